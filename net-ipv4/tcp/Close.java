// SPDX-License-Identifier: GPL-2.0-only
package tcp;

import static af_inet.Create.inet_sock_destruct;
import static inet_connection_sock.Listen.inet_csk_destroy_sock;
import static inet_connection_sock.Listen.inet_csk_listen_stop;
import static inet_connection_sock.Timers.inet_csk_reset_keepalive_timer;
import static inet_connection_sock.Timers.tcp_clear_xmit_timers;
import static inet_hashtables.Bind.inet_put_port;
import static linux.bug.Bug.WARN_ON;
import static linux.errno.Errno.ECONNABORTED;
import static linux.errno.Errno.ECONNRESET;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.percpu_counter.percpu_counter.percpu_counter_inc;
import static linux.printk.Printk.net_info_ratelimited;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Free.__kfree_skb;
import static linux.skbuff.Queue.__skb_dequeue;
import static linux.skbuff.Queue.__skb_queue_purge;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_ctrl.Close.mptcp_close;
import static mptcp_ctrl.Close.mptcp_disconnect;
import static mptcp_ctrl.TokenTable.mptcp_hash_remove_bh;
import static net.inet_connection_sock.Acks.inet_csk_delack_init;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_sock.Sockets.inet_sk;
import static net.ip.IpPacket.inet_reset_saddr;
import static net.mptcp.MetaSockets.is_meta_sk;
import static net.request_sock.Queues.reqsk_fastopen_remove;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.snmp.Mib.NET_INC_STATS_USER;
import static net.snmp.Mib.TCP_DEC_STATS;
import static net.snmp.Mib.TCP_INC_STATS;
import static net.sock.Dst.__sk_dst_reset;
import static net.sock.Fields.gfp_any;
import static net.sock.Fields.sock_net;
import static net.sock.Fields.sock_orphan;
import static net.sock.Flags.sock_flag;
import static net.sock.Flags.sock_reset_flag;
import static net.sock.Lock.bh_lock_sock;
import static net.sock.Lock.bh_unlock_sock;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static net.sock.Lock.sock_owned_by_user;
import static net.sock.Memory.sk_mem_reclaim;
import static net.sock.Nodes.sock_hold;
import static net.sock.Nodes.sock_put;
import static net.sock.SockFlag.SOCK_DONE;
import static net.sock.SockFlag.SOCK_LINGER;
import static net.sock.Stream.sk_stream_wait_close;
import static net.sock.sock.SEND_SHUTDOWN;
import static net.sock.sock.SHUTDOWN_MASK;
import static net.sock.sock.SOCK_BINDADDR_LOCK;
import static net.sock.sock.SOCK_BINDPORT_LOCK;
import static net.tcp.Congestion.tcp_set_ca_state;
import static net.tcp.Keepalive.tcp_fin_time;
import static net.tcp.Memory.tcp_out_of_memory;
import static net.tcp.Memory.tcp_too_many_orphans;
import static net.tcp.States.tcp_need_reset;
import static net.tcp.TcpConst.TCP_INFINITE_SSTHRESH;
import static net.tcp.TcpConst.TCP_TIMEWAIT_LEN;
import static net.tcp.WriteQueue.tcp_init_send_head;
import static net.tcp.WriteQueue.tcp_write_queue_purge;
import static net.tcp_states.TcpState.TCPF_CLOSE_WAIT;
import static net.tcp_states.TcpState.TCPF_CLOSING;
import static net.tcp_states.TcpState.TCPF_ESTABLISHED;
import static net.tcp_states.TcpState.TCPF_LAST_ACK;
import static net.tcp_states.TcpState.TCPF_SYN_RECV;
import static net.tcp_states.TcpState.TCPF_SYN_SENT;
import static net.tcp_states.TcpState.TCP_ACTION_FIN;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_CLOSE_WAIT;
import static net.tcp_states.TcpState.TCP_CLOSING;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_FIN_WAIT1;
import static net.tcp_states.TcpState.TCP_FIN_WAIT2;
import static net.tcp_states.TcpState.TCP_LAST_ACK;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static net.tcp_states.TcpState.TCP_STATE_MASK;
import static net.tcp_states.TcpState.TCP_SYN_RECV;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static net.tcp_states.TcpState.TCP_TIME_WAIT;
import static tcp_input.Loss.tcp_clear_retrans;
import static tcp_output.Fin.tcp_send_fin;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONCLOSE;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONDATA;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONLINGER;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONMEMORY;
import static uapi.linux.snmp.Snmp.TCP_MIB_CURRESTAB;
import static uapi.linux.snmp.Snmp.TCP_MIB_ESTABRESETS;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;

import linux.compiler.KernelBug;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_options_received;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock;
import net.inet_sock.inet_sock;
import net.request_sock.request_sock;
import net.sock.sock;

/**
 * The end of a connection as this side wants it: {@code close(2)}, {@code shutdown(2)}, and {@code connect(2)} to
 * {@code AF_UNSPEC}. Also {@link #tcp_set_state}, by which every change of state goes.
 *
 * <p>A connection outlives its descriptor: {@link #tcp_close} lets go of the application's side and leaves the rest
 * (repeating the FIN, FIN_WAIT2, TIME_WAIT) to softirqs and timers, unless it can end at once.
 */
public final class Close {
    private Close() {}

    /**
     * Changes the state and keeps {@code CurrEstab} and {@code EstabResets}. A socket that is closed leaves the hash
     * tables first, and its port if the application did not bind it itself.
     */
    public static void tcp_set_state(sock sk, int state) {
        int oldstate = sk.skc_state;

        switch (state) {
            case TCP_ESTABLISHED:
                if (oldstate != TCP_ESTABLISHED) {
                    TCP_INC_STATS(sock_net(sk), TCP_MIB_CURRESTAB);
                }
                break;

            case TCP_CLOSE:
                if (oldstate == TCP_CLOSE_WAIT || oldstate == TCP_ESTABLISHED) {
                    TCP_INC_STATS(sock_net(sk), TCP_MIB_ESTABRESETS);
                }

                sk.skc_prot.unhash.call(sk);
                if (inet_csk(sk).icsk_bind_hash != null
                        && (sk.sk_userlocks & SOCK_BINDPORT_LOCK) == 0) {
                    inet_put_port(sk);
                }
                // falls through
            default:
                if (oldstate == TCP_ESTABLISHED) {
                    TCP_DEC_STATS(sock_net(sk), TCP_MIB_CURRESTAB);
                }
        }

        sk.skc_state = state;
    }

    /** By state: the one after our FIN (RFC 9293, section 3.3.2), and whether there has to be a FIN at all. */
    private static final int[] new_state = new int[16];

    static {
        new_state[0] = TCP_CLOSE;
        new_state[TCP_ESTABLISHED] = TCP_FIN_WAIT1 | TCP_ACTION_FIN;
        new_state[TCP_SYN_SENT] = TCP_CLOSE;
        new_state[TCP_SYN_RECV] = TCP_FIN_WAIT1 | TCP_ACTION_FIN;
        new_state[TCP_FIN_WAIT1] = TCP_FIN_WAIT1;
        new_state[TCP_FIN_WAIT2] = TCP_FIN_WAIT2;
        new_state[TCP_TIME_WAIT] = TCP_CLOSE;
        new_state[TCP_CLOSE] = TCP_CLOSE;
        new_state[TCP_CLOSE_WAIT] = TCP_LAST_ACK | TCP_ACTION_FIN;
        new_state[TCP_LAST_ACK] = TCP_LAST_ACK;
        new_state[TCP_LISTEN] = TCP_CLOSE;
        new_state[TCP_CLOSING] = TCP_CLOSING;
    }

    /** This side has nothing more to send. @return nonzero: send a FIN */
    public static int tcp_close_state(sock sk) {
        int next = new_state[sk.skc_state];
        int ns = next & TCP_STATE_MASK;

        tcp_set_state(sk, ns);

        return next & TCP_ACTION_FIN;
    }

    /** {@code shutdown(2)}: a FIN behind the last data, if none has been sent yet. Not sending is all it is about. */
    public static void tcp_shutdown(sock sk, int how) {
        if ((how & SEND_SHUTDOWN) == 0) {
            return;
        }

        if ((1 << sk.skc_state
                & (TCPF_ESTABLISHED | TCPF_SYN_SENT
                        | TCPF_SYN_RECV | TCPF_CLOSE_WAIT)) != 0) {
            if (tcp_close_state(sk) != 0) {
                tcp_sk(sk).send_fin.call(sk);
            }
        }
    }

    /**
     * Must an orphan die, because there are too many or memory is short?
     *
     * @param shift see {@link Memory#tcp_too_many_orphans}
     */
    public static boolean tcp_check_oom(sock sk, int shift) {
        boolean too_many_orphans;
        boolean out_of_socket_memory;

        too_many_orphans = tcp_too_many_orphans(sk, shift);
        out_of_socket_memory = tcp_out_of_memory(sk);

        if (too_many_orphans) {
            net_info_ratelimited("TCP: too many orphaned sockets\n");
        }
        if (out_of_socket_memory) {
            net_info_ratelimited("TCP: out of memory -- consider tuning tcp_mem\n");
        }
        return too_many_orphans || out_of_socket_memory;
    }

    /**
     * {@code close(2)}. Ends with a FIN, or with a RST if data were not read (RFC 2525, section 2.17) or {@code
     * SO_LINGER} is 0. What is left afterwards is an orphan.
     *
     * <p>In FIN_WAIT2 only the peer can go on, perhaps never: the socket is given {@code TCP_LINGER2} or {@code
     * tcp_fin_timeout}, most of it as a mere TIME_WAIT socket.
     *
     * @param timeout {@code SO_LINGER}: how many jiffies to wait for the FIN to be acknowledged
     */
    public static void tcp_close(sock sk, long timeout) {
        sk_buff skb;
        int data_was_unread = 0;
        int state;

        if (is_meta_sk(sk)) {
            mptcp_close(sk, timeout);
            return;
        }

        lock_sock(sk);
        sk.sk_shutdown = SHUTDOWN_MASK;

        adjudge_to_death: {
            if (sk.skc_state == TCP_LISTEN) {
                tcp_set_state(sk, TCP_CLOSE);

                inet_csk_listen_stop(sk);

                break adjudge_to_death;
            }

            while ((skb = __skb_dequeue(sk.sk_receive_queue)) != null) {
                int len = TCP_SKB_CB(skb).end_seq - TCP_SKB_CB(skb).seq
                        - (tcp_hdr(skb).fin() ? 1 : 0);
                data_was_unread += len;
                __kfree_skb(skb);
            }

            sk_mem_reclaim(sk);

            if (sk.skc_state == TCP_CLOSE) {
                break adjudge_to_death;
            }

            if (tcp_sk(sk).repair) {
                sk.skc_prot.disconnect.call(sk, 0);
            } else if (data_was_unread != 0) {
                NET_INC_STATS_USER(sock_net(sk), LINUX_MIB_TCPABORTONCLOSE);
                tcp_set_state(sk, TCP_CLOSE);
                tcp_sk(sk).send_active_reset.call(sk, sk.sk_allocation);
            } else if (sock_flag(sk, SOCK_LINGER) && sk.sk_lingertime == 0) {
                sk.skc_prot.disconnect.call(sk, 0);
                NET_INC_STATS_USER(sock_net(sk), LINUX_MIB_TCPABORTONDATA);
            } else if (tcp_close_state(sk) != 0) {
                // The state is ahead of the wire: the FIN may have to wait in the queue for window.
                tcp_send_fin(sk);
            }

            sk_stream_wait_close(sk, timeout);
        }
        state = sk.skc_state;
        sock_hold(sk);
        sock_orphan(sk);

        // For the last time: whatever is in the backlog is processed, and the socket may be closed by it.
        release_sock(sk);

        local_bh_disable();
        bh_lock_sock(sk);
        WARN_ON(sock_owned_by_user(sk));

        percpu_counter_inc(sk.skc_prot.orphan_count);

        out: {
            // Then whoever closed it has destroyed it, too.
            if (state != TCP_CLOSE && sk.skc_state == TCP_CLOSE) {
                break out;
            }

            if (sk.skc_state == TCP_FIN_WAIT2) {
                tcp_sock tp = tcp_sk(sk);
                if (tp.linger2 < 0) {
                    tcp_set_state(sk, TCP_CLOSE);
                    tp.send_active_reset.call(sk, GFP_ATOMIC);
                    NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPABORTONLINGER);
                } else {
                    int tmo = tcp_fin_time(sk);

                    if (tmo > TCP_TIMEWAIT_LEN) {
                        inet_csk_reset_keepalive_timer(sk, tmo - TCP_TIMEWAIT_LEN);
                    } else {
                        tcp_sk(sk).time_wait.call(sk, TCP_FIN_WAIT2, tmo);
                        break out;
                    }
                }
            }
            if (sk.skc_state != TCP_CLOSE) {
                sk_mem_reclaim(sk);
                if (tcp_check_oom(sk, 0)) {
                    tcp_set_state(sk, TCP_CLOSE);
                    tcp_sk(sk).send_active_reset.call(sk, GFP_ATOMIC);
                    NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPABORTONMEMORY);
                }
            }

            if (sk.skc_state == TCP_CLOSE) {
                request_sock req = tcp_sk(sk).fastopen_rsk;
                // A Fast Open connection that ends before its handshake does.
                if (req != null) {
                    reqsk_fastopen_remove(sk, req, false);
                }
                inet_csk_destroy_sock(sk);
            }
        }
        bh_unlock_sock(sk);
        local_bh_enable();
        sock_put(sk);
    }

    /**
     * Ends the connection at once (ABORT of RFC 9293, section 3.10.5), with a RST if the peer may believe that there
     * is one, and makes the socket new enough to be connected again. Its options stay, also the port if it was bound.
     *
     * @return 0
     */
    @KernelBug("forgets neither the route that packets came in by (sk_rx_dst) nor tp.highest_sack, a packet that is "
            + "freed; fixed upstream by \"tcp: reset sk_rx_dst in tcp_disconnect()\" and \"tcp: do not leave dangling "
            + "pointers in tp->highest_sack\"")
    public static int tcp_disconnect(sock sk, int flags) {
        inet_sock inet = inet_sk(sk);
        inet_connection_sock icsk = inet_csk(sk);
        tcp_sock tp = tcp_sk(sk);
        int err = 0;
        int old_state = sk.skc_state;

        if (old_state != TCP_CLOSE) {
            tcp_set_state(sk, TCP_CLOSE);
        }

        if (old_state == TCP_LISTEN) {
            inet_csk_listen_stop(sk);
        } else if (tp.repair) {
            sk.sk_err = ECONNABORTED;
        } else if (tcp_need_reset(old_state)
                || tp.snd_nxt != tp.write_seq
                        && (1 << old_state & (TCPF_CLOSING | TCPF_LAST_ACK)) != 0) {
            // In these two states the FIN may not have left yet.
            tp.send_active_reset.call(sk, gfp_any());
            sk.sk_err = ECONNRESET;
        } else if (old_state == TCP_SYN_SENT) {
            sk.sk_err = ECONNRESET;
        }

        tcp_clear_xmit_timers(sk);
        __skb_queue_purge(sk.sk_receive_queue);
        tcp_write_queue_purge(sk);
        __skb_queue_purge(tp.out_of_order_queue);

        inet.skc_dport = 0;

        if ((sk.sk_userlocks & SOCK_BINDADDR_LOCK) == 0) {
            inet_reset_saddr(sk);
        }

        if (is_meta_sk(sk)) {
            mptcp_disconnect(sk);
        } else {
            if (tp.inside_tk_table) {
                mptcp_hash_remove_bh(tp);
            }
        }

        sk.sk_shutdown = 0;
        sock_reset_flag(sk, SOCK_DONE);
        tp.srtt = 0;
        if ((tp.write_seq += tp.max_window + 2) == 0) {
            tp.write_seq = 1;
        }
        icsk.icsk_backoff = 0;
        tp.snd_cwnd = 2;
        icsk.icsk_probes_out = 0;
        tp.packets_out = 0;
        tp.snd_ssthresh = TCP_INFINITE_SSTHRESH;
        tp.snd_cwnd_cnt = 0;
        tp.window_clamp = 0;
        tcp_set_ca_state(sk, TCP_CA_Open);
        tcp_clear_retrans(tp);
        inet_csk_delack_init(sk);
        tcp_init_send_head(sk);
        tp.rx_opt.copy(new tcp_options_received());
        __sk_dst_reset(sk);

        WARN_ON(inet.skc_num != 0 && icsk.icsk_bind_hash == null);

        sk.sk_error_report.call(sk);
        return err;
    }

    /** The {@code sk_destruct} of a listener with Fast Open, which has one more queue. */
    public static void tcp_sock_destruct(sock sk) {
        inet_sock_destruct(sk);

        inet_csk(sk).icsk_accept_queue.fastopenq = null;
    }
}
