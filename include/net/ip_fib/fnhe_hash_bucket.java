// SPDX-License-Identifier: GPL-2.0-only
package net.ip_fib;

/** Exceptions whose destinations hash to the same number. */
public final class fnhe_hash_bucket {
    public static final int FNHE_HASH_SIZE = 2048;

    /** More than this in a bucket: the one that was not used for longest makes room. */
    public static final int FNHE_RECLAIM_DEPTH = 5;

    public fib_nh_exception chain;
}
