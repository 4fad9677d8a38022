// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ndiffports;

import static linux.mutex.mutex.mutex_lock;
import static linux.mutex.mutex.mutex_unlock;
import static linux.sched.Sched.cond_resched;
import static linux.tcp.Sockets.tcp_sk;
import static linux.workqueue.Workqueue.INIT_WORK;
import static linux.workqueue.Workqueue.queue_work;
import static linux.workqueue.Workqueue.work_pending;
import static mptcp_ipv4.Subsockets.mptcp_init4_subsockets;
import static mptcp_pm.PathManager.mptcp_register_path_manager;
import static mptcp_pm.PathManager.mptcp_unregister_path_manager;
import static net.inet_sock.Sockets.inet_sk;
import static net.mptcp.Globals.mptcp_wq;
import static net.mptcp.Subflows.mptcp_v6_is_v4_mapped;
import static net.sock.Flags.sock_flag;
import static net.sock.Lock.SINGLE_DEPTH_NESTING;
import static net.sock.Lock.lock_sock_nested;
import static net.sock.Lock.release_sock;
import static net.sock.Nodes.sock_hold;
import static net.sock.Nodes.sock_put;
import static net.sock.SockFlag.SOCK_DEAD;
import static uapi.linux.socket.SocketOpt.AF_INET;

import linux.compiler.BoolRef;
import linux.workqueue.work_struct;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_loc4;
import net.mptcp.mptcp_pm_ops;
import net.mptcp.mptcp_rem4;
import net.net_namespace.net;
import net.sock.sock;

/**
 * The path manager "ndiffports", {@code net/mptcp/mptcp_ndiffports.c}: several subflows between the same two
 * addresses, with different ports of ours. For networks that choose the path by a hash over addresses and ports.
 *
 * <p>Only the client makes subflows. When the first one is fully established, {@link #ndiffports_create_subflows}
 * queues work, because making sockets and connecting them sleeps; {@link #create_subflow_worker} does it.
 */
public final class Ndiffports {
    private Ndiffports() {}

    /** What the path manager keeps for a connection. */
    static final class ndiffports_priv {
        /** Makes the subflows. */
        final work_struct subflow_work = new work_struct();

        mptcp_cb mpcb;
    }

    /** Module parameter: subflows of a connection, the first one included. */
    static int num_subflows;

    static mptcp_pm_ops ndiffports;

    /**
     * Makes the subflows, one after the other. Between two of them the locks are released, so that others get at the
     * connection; it may be over then. Gives up the reference to the meta socket that was taken when it was queued.
     */
    static void create_subflow_worker(work_struct work) {
        ndiffports_priv pm_priv = (ndiffports_priv) work.owner;
        mptcp_cb mpcb = pm_priv.mpcb;
        sock meta_sk = mpcb.meta_sk;
        int iter = 0;

        exit: {
            next_subflow:
            while (true) {
                if (iter != 0) {
                    release_sock(meta_sk);
                    mutex_unlock(mpcb.mpcb_mutex);

                    cond_resched();
                }
                mutex_lock(mpcb.mpcb_mutex);
                lock_sock_nested(meta_sk, SINGLE_DEPTH_NESTING);

                iter++;

                if (sock_flag(meta_sk, SOCK_DEAD)) {
                    break exit;
                }

                if (mpcb.master_sk != null
                        && !tcp_sk(mpcb.master_sk).mptcp.fully_established) {
                    break exit;
                }

                if (num_subflows > iter && num_subflows > mpcb.cnt_subflows) {
                    if (meta_sk.skc_family == AF_INET
                            || mptcp_v6_is_v4_mapped(meta_sk)) {
                        mptcp_loc4 loc = new mptcp_loc4();
                        mptcp_rem4 rem = new mptcp_rem4();

                        loc.addr = inet_sk(meta_sk).inet_saddr;
                        loc.loc4_id = 0;
                        loc.low_prio = false;

                        rem.addr = inet_sk(meta_sk).skc_daddr;
                        rem.port = inet_sk(meta_sk).skc_dport;
                        rem.rem4_id = 0;

                        mptcp_init4_subsockets(meta_sk, loc, rem);
                    }
                    continue next_subflow;
                }
                break;
            }
        }
        release_sock(meta_sk);
        mutex_unlock(mpcb.mpcb_mutex);
        sock_put(meta_sk);
    }

    /** A connection has begun. */
    static void ndiffports_new_session(sock meta_sk) {
        mptcp_cb mpcb = tcp_sk(meta_sk).mpcb;
        ndiffports_priv fmp = new ndiffports_priv();

        mpcb.mptcp_pm = fmp;
        INIT_WORK(fmp.subflow_work, Ndiffports::create_subflow_worker, fmp);
        fmp.mpcb = mpcb;
    }

    /** The first subflow is fully established: now is the time for the others, if we are the client. */
    static void ndiffports_create_subflows(sock meta_sk) {
        mptcp_cb mpcb = tcp_sk(meta_sk).mpcb;
        ndiffports_priv pm_priv = (ndiffports_priv) mpcb.mptcp_pm;

        if (mpcb.infinite_mapping_snd || mpcb.infinite_mapping_rcv
                || mpcb.send_infinite_mapping
                || mpcb.server_side || sock_flag(meta_sk, SOCK_DEAD)) {
            return;
        }

        if (!work_pending(pm_priv.subflow_work)) {
            sock_hold(meta_sk);
            queue_work(mptcp_wq, pm_priv.subflow_work);
        }
    }

    /** All subflows have the address of the first one, whose id is 0. */
    static int ndiffports_get_local_id(int family, int addr,
            net net, BoolRef low_prio) {
        return 0;
    }

    /** @return 0, or -1: there is such a path manager already */
    static int ndiffports_register() {
        if (mptcp_register_path_manager(ndiffports) != 0) {
            return -1;
        }

        return 0;
    }

    static void ndiffports_unregister() {
        mptcp_unregister_path_manager(ndiffports);
    }
}
