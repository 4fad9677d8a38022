// SPDX-License-Identifier: GPL-2.0-only
package mptcp_fullmesh;

import static linux.errno.Errno.ENETUNREACH;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.jiffies.Jiffies.msecs_to_jiffies;
import static linux.kernel.Kernel.ffs;
import static linux.mutex.mutex.mutex_lock;
import static linux.mutex.mutex.mutex_unlock;
import static linux.sched.Sched.cond_resched;
import static linux.tcp.Sockets.tcp_sk;
import static linux.workqueue.Workqueue.delayed_work_pending;
import static linux.workqueue.Workqueue.queue_delayed_work;
import static mptcp_fullmesh.RemoteAddresses.fm_get_ns;
import static mptcp_ipv4.Subsockets.mptcp_init4_subsockets;
import static net.mptcp.Globals.mptcp_wq;
import static net.mptcp.Paths.mptcp_find_free_index;
import static net.sock.Fields.sock_net;
import static net.sock.Flags.sock_flag;
import static net.sock.Lock.SINGLE_DEPTH_NESTING;
import static net.sock.Lock.lock_sock_nested;
import static net.sock.Lock.release_sock;
import static net.sock.Nodes.sock_hold;
import static net.sock.Nodes.sock_put;
import static net.sock.SockFlag.SOCK_DEAD;

import linux.compiler.KernelBug;
import linux.workqueue.work_struct;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_rem4;
import net.sock.sock;

/**
 * Makes the subflows, in process context, since connecting sleeps: from every address of ours to every address of the
 * peer's. {@link FullMesh#full_mesh_create_subflows} queues the work on {@code mptcp_wq}; each subflow is made by
 * {@code mptcp_init4_subsockets}.
 *
 * <p>Between two subflows the locks are given back, so that the application and the network get their turn; then the
 * search begins anew, for the addresses may have changed. The work holds a reference to the meta socket.
 */
final class SubflowWorker {
    private SubflowWorker() {}

    /** Milliseconds until a subflow without a route is tried again: the address may be new and routes not there yet. */
    static final int MPTCP_SUBFLOW_RETRY_DELAY = 1000;

    /** The second and last attempt for those without a route. */
    @KernelBug("Without memory for its copy of the addresses it keeps its reference to the meta socket for ever")
    static void retry_subflow_worker(work_struct work) {
        fullmesh_priv fmp = (fullmesh_priv) work.owner;
        mptcp_cb mpcb = fmp.mpcb;
        sock meta_sk = mpcb.meta_sk;
        mptcp_loc_addr mptcp_local;
        mptcp_fm_ns fm_ns = fm_get_ns(sock_net(meta_sk));
        int iter = 0;
        int i;

        // The list may change while we sleep, and the bits must mean the same all the time.
        mptcp_local = fm_ns.local;
        mptcp_local = mptcp_loc_addr.kmemdup(mptcp_local, GFP_ATOMIC);

        if (mptcp_local == null) {
            return;
        }

        next_subflow:
        for (;;) {
            if (iter != 0) {
                release_sock(meta_sk);
                mutex_unlock(mpcb.mpcb_mutex);

                cond_resched();
            }
            mutex_lock(mpcb.mpcb_mutex);
            lock_sock_nested(meta_sk, SINGLE_DEPTH_NESTING);

            iter++;

            if (sock_flag(meta_sk, SOCK_DEAD)) {
                break next_subflow;
            }

            for (i = ffs(fmp.rem4_bits) - 1; i >= 0; i = ffs(fmp.rem4_bits >> i + 1 << i + 1) - 1) {
                fullmesh_rem4 rem = fmp.remaddr4[i];
                if (rem.retry_bitfield != 0) {
                    int j = mptcp_find_free_index(~rem.retry_bitfield & 0xff);
                    mptcp_rem4 rem4 = new mptcp_rem4();

                    rem.bitfield |= 1 << j;
                    rem.retry_bitfield &= ~(1 << j);

                    rem4.addr = rem.addr;
                    rem4.port = rem.port;
                    rem4.rem4_id = rem.rem4_id;

                    mptcp_init4_subsockets(meta_sk, mptcp_local.locaddr4[j], rem4);
                    continue next_subflow;
                }
            }
            break;
        }

        release_sock(meta_sk);
        mutex_unlock(mpcb.mpcb_mutex);
        sock_put(meta_sk);
    }

    /** Tries every pair of addresses that was not tried before. */
    @KernelBug("Without memory for its copy of the addresses it keeps its reference to the meta socket for ever")
    static void create_subflow_worker(work_struct work) {
        fullmesh_priv fmp = (fullmesh_priv) work.owner;
        mptcp_cb mpcb = fmp.mpcb;
        sock meta_sk = mpcb.meta_sk;
        mptcp_loc_addr mptcp_local;
        mptcp_fm_ns fm_ns = fm_get_ns(sock_net(meta_sk));
        int iter = 0;
        int retry = 0;
        int i;

        mptcp_local = fm_ns.local;
        mptcp_local = mptcp_loc_addr.kmemdup(mptcp_local, GFP_ATOMIC);

        if (mptcp_local == null) {
            return;
        }

        exit:
        {
            next_subflow:
            for (;;) {
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

                if (mpcb.master_sk != null && !tcp_sk(mpcb.master_sk).mptcp.fully_established) {
                    break exit;
                }

                for (i = ffs(fmp.rem4_bits) - 1; i >= 0; i = ffs(fmp.rem4_bits >> i + 1 << i + 1) - 1) {
                    fullmesh_rem4 rem;
                    int remaining_bits;

                    rem = fmp.remaddr4[i];
                    remaining_bits = ~rem.bitfield & mptcp_local.loc4_bits;

                    if (remaining_bits != 0) {
                        int j = mptcp_find_free_index(~remaining_bits & 0xff);
                        mptcp_rem4 rem4 = new mptcp_rem4();

                        rem.bitfield |= 1 << j;

                        rem4.addr = rem.addr;
                        rem4.port = rem.port;
                        rem4.rem4_id = rem.rem4_id;

                        if (mptcp_init4_subsockets(meta_sk, mptcp_local.locaddr4[j], rem4) == -ENETUNREACH) {
                            retry = rem.retry_bitfield |= 1 << j;
                        }
                        continue next_subflow;
                    }
                }
                break;
            }

            if (retry != 0 && !delayed_work_pending(fmp.subflow_retry_work)) {
                sock_hold(meta_sk);
                queue_delayed_work(mptcp_wq, fmp.subflow_retry_work, msecs_to_jiffies(MPTCP_SUBFLOW_RETRY_DELAY));
            }
        }
        release_sock(meta_sk);
        mutex_unlock(mpcb.mpcb_mutex);
        sock_put(meta_sk);
    }
}
