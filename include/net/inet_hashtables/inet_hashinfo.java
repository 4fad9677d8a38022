// SPDX-License-Identifier: GPL-2.0-only
package net.inet_hashtables;

/** The three hash tables of TCP: connections by both ends, local ports, listeners. */
public final class inet_hashinfo {
    public static final int INET_LHTABLE_SIZE = 32;

    /** {@code ehash_mask + 1} buckets. */
    public inet_ehash_bucket[] ehash;

    public int ehash_mask;
    public inet_bind_hashbucket[] bhash;
    public int bhash_size;
    public final inet_listen_hashbucket[] listening_hash = new inet_listen_hashbucket[INET_LHTABLE_SIZE];

    /** Ports in use. */
    public int bsockets;
}
