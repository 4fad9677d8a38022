// SPDX-License-Identifier: GPL-2.0-only
package net.neighbour;

/** The neighbours of all devices: there is one table, for IPv4. */
public final class neigh_table {
    private static final int BUCKETS = 256;

    public final neighbour[] hash_buckets = new neighbour[BUCKETS];

    /** Neighbours in it. */
    public int entries;

    /** Packets dropped because the address of their neighbour was not known. */
    public long unres_discards;
}
