// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import static linux.cryptohash.Md5.MD5_MESSAGE_BYTES;
import static net.mptcp.MptcpConst.MPTCP_HASH_SIZE;

import linux.list.hlist_nulls_head;
import linux.tcp.tcp_sock;
import linux.workqueue.workqueue_struct;

/** The other variables that {@code mptcp.h} declares: tables, secrets, and the default modules. */
public final class Globals {
    private Globals() {}

    /** Initialisation failed: every socket stays plain TCP. */
    public static boolean mptcp_init_failed;

    /** Where subflows are made and closed, in process context; {@code mptcp_init} makes it. */
    public static workqueue_struct mptcp_wq;

    /** The secret that keys and nonces are made from, and a counter that makes each of them another one. */
    public static int[] mptcp_secret;

    public static int mptcp_seed;

    /** Meta sockets by our token. */
    public static hlist_nulls_head<tcp_sock>[] tk_hashtable;

    /** Requests to join, by both ends: their third ACK has no token. */
    public static hlist_nulls_head<mptcp_request_sock>[] mptcp_reqsk_htb;

    /** The path manager that does nothing; filled in by {@code mptcp_pm}. */
    public static mptcp_pm_ops mptcp_pm_default;

    /** The scheduler that takes the lowest round-trip time; filled in by {@code mptcp_sched}. */
    public static mptcp_sched_ops mptcp_sched_default;

    static void data() {
        mptcp_init_failed = false;
        mptcp_wq = null;
        mptcp_secret = new int[MD5_MESSAGE_BYTES / 4];
        mptcp_seed = 0;
        tk_hashtable = heads();
        mptcp_reqsk_htb = heads();
        mptcp_pm_default = new mptcp_pm_ops();
        mptcp_sched_default = new mptcp_sched_ops();
    }

    /** The buckets of a table, empty. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    private static <T> hlist_nulls_head<T>[] heads() {
        hlist_nulls_head<T>[] heads = new hlist_nulls_head[MPTCP_HASH_SIZE];
        for (int i = 0; i < MPTCP_HASH_SIZE; i++) {
            heads[i] = new hlist_nulls_head<>();
        }
        return heads;
    }
}
