// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static inet_connection_sock.Listen.inet_csk_destroy_sock;
import static inet_connection_sock.Timers.inet_csk_reset_keepalive_timer;
import static linux.bug.Bug.WARN_ON;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.interrupt.Softirq.in_softirq;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.jiffies.Jiffies.jiffies;
import static linux.kernel.Kernel.max;
import static linux.kernel.Kernel.min;
import static linux.kernel.Kernel.u32;
import static linux.mutex.mutex.mutex_lock;
import static linux.mutex.mutex.mutex_unlock;
import static linux.percpu_counter.percpu_counter.percpu_counter_inc;
import static linux.printk.Printk.net_ratelimit;
import static linux.printk.Printk.pr_info;
import static linux.skbuff.Alloc.alloc_skb_fclone;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Free.__kfree_skb;
import static linux.skbuff.Queue.__skb_dequeue;
import static linux.skbuff.Queue.__skb_queue_purge;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_sk;
import static linux.types.Be.raw32;
import static linux.workqueue.Workqueue.cancel_delayed_work;
import static linux.workqueue.Workqueue.queue_delayed_work;
import static linux.workqueue.Workqueue.work_pending;
import static mptcp_ctrl.Functions.reset_meta_funcs;
import static mptcp_ctrl.Functions.reset_mpc;
import static mptcp_ctrl.Subflows.mptcp_del_sock;
import static mptcp_ctrl.TokenTable.mptcp_hash_remove_bh;
import static mptcp_output.Fin.mptcp_send_fin;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.mptcp.Globals.mptcp_wq;
import static net.mptcp.MetaSockets.mptcp_meta_sk;
import static net.mptcp.Requests.mptcp_delete_synack_timer;
import static net.mptcp.Subflows.mptcp_sk_can_send;
import static net.mptcp.Sysctls.mptcp_debug;
import static net.request_sock.Queues.reqsk_queue_destroy;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.snmp.Mib.NET_INC_STATS_USER;
import static net.snmp.Mib.TCP_INC_STATS;
import static net.sock.Fields.sk_set_socket;
import static net.sock.Fields.sock_net;
import static net.sock.Fields.sock_orphan;
import static net.sock.Flags.sock_flag;
import static net.sock.Lock.bh_lock_sock;
import static net.sock.Lock.bh_unlock_sock;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.lock_sock_nested;
import static net.sock.Lock.release_sock;
import static net.sock.Lock.sock_owned_by_user;
import static net.sock.Memory.sk_mem_reclaim;
import static net.sock.Nodes.sock_hold;
import static net.sock.Nodes.sock_put;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.sock.SockFlag.SOCK_LINGER;
import static net.sock.Stream.sk_stream_wait_close;
import static net.sock.sock.SEND_SHUTDOWN;
import static net.sock.sock.SHUTDOWN_MASK;
import static net.tcp.Keepalive.tcp_fin_time;
import static net.tcp.Memory.tcp_too_many_orphans;
import static net.tcp.Multipath.mptcp;
import static net.tcp.Sysctls.sysctl_tcp_wmem;
import static net.tcp.TcpConst.MAX_TCP_HEADER;
import static net.tcp.TcpConst.TCPHDR_ACK;
import static net.tcp.TcpConst.TCPHDR_FIN;
import static net.tcp.TcpConst.TCP_NAGLE_OFF;
import static net.tcp.TcpConst.TCP_TIMEWAIT_LEN;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp.WriteQueue.tcp_write_queue_tail;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_FIN_WAIT2;
import static tcp.Boot.tcp_done;
import static tcp.Close.tcp_close;
import static tcp.Close.tcp_close_state;
import static tcp.Close.tcp_set_state;
import static tcp_output.Fin.tcp_send_fin;
import static tcp_output.Mss.tcp_current_mss;
import static tcp_output.Options.tcp_init_nondata_skb;
import static tcp_output.Push.__tcp_push_pending_frames;
import static tcp_output.Transmit.tcp_queue_skb;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONCLOSE;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONDATA;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONLINGER;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONMEMORY;
import static uapi.linux.snmp.Snmp.TCP_MIB_CURRESTAB;

import linux.compiler.Differs;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import linux.workqueue.delayed_work;
import linux.workqueue.work_struct;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_tcp_sock;
import net.sock.sock;

/**
 * How connections and subflows end. {@code tcp_close} of a meta socket is {@link #mptcp_close}: it sends a DATA_FIN
 * (RFC 6824, section 3.3.3), and when that is acknowledged the subflows are closed one by one with {@link
 * #mptcp_sub_close}. Closing a subflow needs the locks of process context, so in a softirq a work queue does it, but
 * the FIN goes out at once.
 */
public final class Close {
    private Close() {}

    /**
     * Sends the FIN of a subflow from a softirq, where {@code tcp_send_fin} could not wait for memory.
     *
     * @return 1: no memory, nothing was sent
     */
    static int mptcp_sub_send_fin(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        sk_buff skb = tcp_write_queue_tail(sk);
        int mss_now;

        mss_now = tcp_current_mss(sk);

        if (tcp_send_head(sk) != null) {
            TCP_SKB_CB(skb).tcp_flags |= TCPHDR_FIN;
            TCP_SKB_CB(skb).end_seq++;
            tp.write_seq++;
        } else {
            skb = alloc_skb_fclone(MAX_TCP_HEADER, GFP_ATOMIC);
            if (skb == null) {
                return 1;
            }

            skb_reserve(skb, MAX_TCP_HEADER);
            tcp_init_nondata_skb(skb, tp.write_seq, TCPHDR_ACK | TCPHDR_FIN);
            tcp_queue_skb(sk, skb);
        }
        __tcp_push_pending_frames(sk, mss_now, TCP_NAGLE_OFF);

        return 0;
    }

    /** The work that {@link #mptcp_sub_close} has queued; gives back the reference that it took. */
    public static void mptcp_sub_close_wq(work_struct work) {
        tcp_sock tp = ((mptcp_tcp_sock) work.owner).tp;
        sock sk = tp;
        sock meta_sk = mptcp_meta_sk(sk);

        mutex_lock(tp.mpcb.mpcb_mutex);
        lock_sock_nested(meta_sk, 1);

        exit: {
            if (sock_flag(sk, SOCK_DEAD)) {
                break exit;
            }

            // tcp_disconnect() has made it plain TCP.
            if (!mptcp(tp)) {
                tp.closing = true;
                tcp_close(sk, 0);
                break exit;
            }

            if (meta_sk.sk_shutdown == SHUTDOWN_MASK || sk.skc_state == TCP_CLOSE) {
                tp.closing = true;
                tcp_close(sk, 0);
            } else if (tcp_close_state(sk) != 0) {
                sk.sk_shutdown |= SEND_SHUTDOWN;
                tcp_send_fin(sk);
            }
        }
        release_sock(meta_sk);
        mutex_unlock(tp.mpcb.mpcb_mutex);
        sock_put(sk);
    }

    /**
     * Closes a subflow: wholly if the application has closed the connection (or the subflow is dead), else only our
     * direction.
     *
     * @param delay jiffies until then; 0: now, in process context before this returns, in a softirq a FIN now and the
     *     rest by the work queue. An earlier time that was set before stays
     */
    public static void mptcp_sub_close(sock sk, long delay) {
        tcp_sock tp = tcp_sk(sk);
        delayed_work work = tcp_sk(sk).mptcp.work;

        if (tp.closing) {
            return;
        }

        if (work_pending(work)) {
            if (Long.compareUnsigned(jiffies + delay, work.timer.expires) > 0) {
                return;
            }

            // Not cancelled: it is about to run.
            if (!cancel_delayed_work(work)) {
                return;
            }
            sock_put(sk);
        }

        if (delay == 0) {
            int old_state = sk.skc_state;

            if (!in_softirq()) {
                if (sock_flag(sk, SOCK_DEAD)) {
                    return;
                }

                if (!mptcp(tp)) {
                    tp.closing = true;
                    tcp_close(sk, 0);
                    return;
                }

                if (mptcp_meta_sk(sk).sk_shutdown == SHUTDOWN_MASK || sk.skc_state == TCP_CLOSE) {
                    tp.closing = true;
                    tcp_close(sk, 0);
                } else if (tcp_close_state(sk) != 0) {
                    sk.sk_shutdown |= SEND_SHUTDOWN;
                    tcp_send_fin(sk);
                }

                return;
            }

            // If the FIN cannot be sent, the work has to send it: then the state must be as if nothing had happened.
            if (sk.sk_err == 0 && old_state != TCP_CLOSE && tcp_close_state(sk) != 0 && mptcp_sub_send_fin(sk) != 0) {
                if (old_state == TCP_ESTABLISHED) {
                    TCP_INC_STATS(sock_net(sk), TCP_MIB_CURRESTAB);
                }
                sk.skc_state = old_state;
            }
        }

        sock_hold(sk);
        queue_delayed_work(mptcp_wq, work, delay);
    }

    /** Ends a subflow without a FIN: after a reset, in either direction. */
    public static void mptcp_sub_force_close(sock sk) {
        // tcp_done() frees a socket that is dead already.
        boolean sock_is_dead = sock_flag(sk, SOCK_DEAD);

        tcp_sk(sk).mp_killed = true;

        if (sk.skc_state != TCP_CLOSE) {
            tcp_done(sk);
        }

        if (!sock_is_dead) {
            mptcp_sub_close(sk, 0);
        }
    }

    /** The send buffer of a connection is as large as those of all its subflows, up to {@code tcp_wmem}'s third. */
    public static void mptcp_update_sndbuf(mptcp_cb mpcb) {
        sock meta_sk = mpcb.meta_sk;
        tcp_sock sk;
        int new_sndbuf = 0;
        int old_sndbuf = meta_sk.sk_sndbuf;
        for (sk = mpcb.connection_list; sk != null; sk = sk.mptcp.next) {
            if (!mptcp_sk_can_send(sk)) {
                continue;
            }

            new_sndbuf += sk.sk_sndbuf;

            if (new_sndbuf > sysctl_tcp_wmem[2] || new_sndbuf < 0) {
                new_sndbuf = sysctl_tcp_wmem[2];
                break;
            }
        }
        meta_sk.sk_sndbuf = max(min(new_sndbuf, sysctl_tcp_wmem[2]), meta_sk.sk_sndbuf);

        // A subflow's sk_write_space never wakes the application.
        if (old_sndbuf != meta_sk.sk_sndbuf) {
            meta_sk.sk_write_space.call(meta_sk);
        }
    }

    /**
     * {@code close} of a meta socket, as {@code tcp_close} is that of a TCP socket: data that nobody has read mean a
     * reset (an MP_FASTCLOSE), else a DATA_FIN goes out, and the socket lives on without an owner until its end.
     *
     * @param timeout how long to wait for that ({@code SO_LINGER}), in jiffies
     */
    @Differs("ends the connection at once when it has fallen back and lost its last subflow: in the kernel nothing would ever"
            + " send or free what is left, as the meta socket's timer does not run after a fallback")
    public static void mptcp_close(sock meta_sk, long timeout) {
        tcp_sock meta_tp = tcp_sk(meta_sk);
        tcp_sock sk_it;
        tcp_sock tmpsk;
        mptcp_cb mpcb = meta_tp.mpcb;
        sk_buff skb;
        int data_was_unread = 0;
        int state;

        mptcp_debug("%s: Close of meta_sk with tok %#x\n", "mptcp_close", raw32(mpcb.mptcp_loc_token));

        mutex_lock(mpcb.mpcb_mutex);
        lock_sock(meta_sk);

        if (meta_tp.inside_tk_table) {
            mptcp_hash_remove_bh(meta_tp);
            reqsk_queue_destroy(inet_csk(meta_sk).icsk_accept_queue);
        }

        meta_sk.sk_shutdown = SHUTDOWN_MASK;
        while ((skb = __skb_dequeue(meta_sk.sk_receive_queue)) != null) {
            int len = TCP_SKB_CB(skb).end_seq - TCP_SKB_CB(skb).seq - (tcp_hdr(skb).fin() ? 1 : 0);
            data_was_unread += len;
            __kfree_skb(skb);
        }

        sk_mem_reclaim(meta_sk);

        adjudge_to_death: {
            // Reset already.
            if (meta_sk.skc_state == TCP_CLOSE) {
                for (sk_it = mpcb.connection_list; sk_it != null; sk_it = tmpsk) {
                    tmpsk = sk_it.mptcp.next;
                    if (tcp_sk(sk_it).send_mp_fclose) {
                        continue;
                    }
                    mptcp_sub_close(sk_it, 0);
                }
                break adjudge_to_death;
            }

            if (data_was_unread != 0) {
                NET_INC_STATS_USER(sock_net(meta_sk), LINUX_MIB_TCPABORTONCLOSE);
                tcp_set_state(meta_sk, TCP_CLOSE);
                tcp_sk(meta_sk).send_active_reset.call(meta_sk, meta_sk.sk_allocation);
            } else if (sock_flag(meta_sk, SOCK_LINGER) && meta_sk.sk_lingertime == 0) {
                meta_sk.skc_prot.disconnect.call(meta_sk, 0);
                NET_INC_STATS_USER(sock_net(meta_sk), LINUX_MIB_TCPABORTONDATA);
            } else if (tcp_close_state(meta_sk) != 0) {
                mptcp_send_fin(meta_sk);
            } else if (meta_tp.snd_una == meta_tp.write_seq) {
                // shutdown() has sent the DATA_FIN, and the peer has acknowledged it.
                for (sk_it = mpcb.connection_list; sk_it != null; sk_it = tmpsk) {
                    tmpsk = sk_it.mptcp.next;
                    long delay = 0;
                    // The peer closed first, so it closes its subflows first too: leave the TIME_WAIT to it.
                    if (mpcb.passive_close && sk_it.skc_state == TCP_ESTABLISHED) {
                        delay = u32(inet_csk(sk_it).icsk_rto << 3);
                    }

                    mptcp_sub_close(sk_it, delay);
                }
            }

            sk_stream_wait_close(meta_sk, timeout);
        }
        state = meta_sk.skc_state;
        sock_hold(meta_sk);
        sock_orphan(meta_sk);

        // The application's side goes away. Not sock_orphan(): a subflow's callbacks must still be called.
        for (sk_it = mpcb.connection_list; sk_it != null; sk_it = sk_it.mptcp.next) {
            sk_set_socket(sk_it, null);
            sk_it.sk_wq = null;
        }

        release_sock(meta_sk);

        local_bh_disable();
        bh_lock_sock(meta_sk);
        WARN_ON(sock_owned_by_user(meta_sk));

        percpu_counter_inc(meta_sk.skc_prot.orphan_count);

        out: {
            // The backlog or a softirq has destroyed it.
            if (state != TCP_CLOSE && meta_sk.skc_state == TCP_CLOSE) {
                break out;
            }

            if (meta_sk.skc_state == TCP_FIN_WAIT2) {
                if (meta_tp.linger2 < 0) {
                    tcp_set_state(meta_sk, TCP_CLOSE);
                    meta_tp.send_active_reset.call(meta_sk, GFP_ATOMIC);
                    NET_INC_STATS_BH(sock_net(meta_sk), LINUX_MIB_TCPABORTONLINGER);
                } else {
                    int tmo = tcp_fin_time(meta_sk);

                    if (tmo > TCP_TIMEWAIT_LEN) {
                        inet_csk_reset_keepalive_timer(meta_sk, tmo - TCP_TIMEWAIT_LEN);
                    } else {
                        meta_tp.time_wait.call(meta_sk, TCP_FIN_WAIT2, tmo);
                        break out;
                    }
                }
            }
            // After a fallback the meta socket has no timer of its own, and here no subflow either.
            if (!anyAlive(mpcb)
                    && (mpcb.infinite_mapping_rcv || mpcb.infinite_mapping_snd || mpcb.send_infinite_mapping)) {
                tcp_set_state(meta_sk, TCP_CLOSE);
            }
            if (meta_sk.skc_state != TCP_CLOSE) {
                sk_mem_reclaim(meta_sk);
                if (tcp_too_many_orphans(meta_sk, 0)) {
                    if (net_ratelimit()) {
                        pr_info("MPTCP: too many of orphaned sockets\n");
                    }
                    tcp_set_state(meta_sk, TCP_CLOSE);
                    meta_tp.send_active_reset.call(meta_sk, GFP_ATOMIC);
                    NET_INC_STATS_BH(sock_net(meta_sk), LINUX_MIB_TCPABORTONMEMORY);
                }
            }

            if (meta_sk.skc_state == TCP_CLOSE) {
                inet_csk_destroy_sock(meta_sk);
            }
        }
        bh_unlock_sock(meta_sk);
        local_bh_enable();
        mutex_unlock(mpcb.mpcb_mutex);
        sock_put(meta_sk);
    }

    /** Is there a subflow that has not ended? */
    private static boolean anyAlive(mptcp_cb mpcb) {
        for (tcp_sock sk = mpcb.connection_list; sk != null; sk = sk.mptcp.next) {
            if (sk.skc_state != TCP_CLOSE) {
                return true;
            }
        }
        return false;
    }

    /**
     * {@code tcp_disconnect} of a meta socket: all subflows are dropped, and the socket is a plain TCP socket again,
     * which may connect to somebody else.
     */
    public static void mptcp_disconnect(sock sk) {
        tcp_sock subsk;
        tcp_sock tmpsk;
        tcp_sock tp = tcp_sk(sk);

        mptcp_delete_synack_timer(sk);

        __skb_queue_purge(tp.mpcb.reinject_queue);

        if (tp.inside_tk_table) {
            mptcp_hash_remove_bh(tp);
            reqsk_queue_destroy(inet_csk(tp.meta_sk).icsk_accept_queue);
        }

        local_bh_disable();
        for (subsk = tp.mpcb.connection_list; subsk != null; subsk = tmpsk) {
            tmpsk = subsk.mptcp.next;
            // A packet that comes for it from now on must find a plain socket.
            bh_lock_sock(subsk);
            mptcp_del_sock(subsk);
            reset_mpc(tcp_sk(subsk));
            mptcp_sub_force_close(subsk);
            bh_unlock_sock(subsk);
        }
        local_bh_enable();

        tp.was_meta_sk = true;
        reset_mpc(tp);
        reset_meta_funcs(tp);
    }
}
