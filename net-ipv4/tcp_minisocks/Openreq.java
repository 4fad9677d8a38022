// SPDX-License-Identifier: GPL-2.0-only
package tcp_minisocks;

import static inet_connection_sock.Listen.inet_csk_clone_lock;
import static inet_connection_sock.Reqsk.inet_csk_reqsk_queue_drop;
import static inet_connection_sock.Reqsk.inet_csk_reqsk_queue_removed;
import static inet_connection_sock.SynQueue.inet_rtx_syn_ack;
import static inet_connection_sock.Timers.inet_csk_reset_keepalive_timer;
import static linux.bug.Bug.BUG_ON;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.hrtimer.Clock.get_seconds;
import static linux.jiffies.Jiffies.HZ;
import static linux.jiffies.Jiffies.jiffies;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.minU32;
import static linux.kernel.Kernel.u32;
import static linux.list.Lists.INIT_LIST_HEAD;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Queue.__skb_queue_head_init;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_rsk;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_ctrl.Handshake.mptcp_check_req_child;
import static mptcp_ctrl.Handshake.mptcp_check_req_master;
import static net.dst.Metrics.dst_metric;
import static net.dst.Metrics.dst_metric_advmss;
import static net.inet_connection_sock.Reqsk.inet_csk_reqsk_queue_add;
import static net.inet_connection_sock.Reqsk.inet_csk_reqsk_queue_unlink;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_sock.Sockets.inet_rsk;
import static net.mptcp.MetaSockets.is_meta_sk;
import static net.mptcp.MetaSockets.mptcp_meta_sk;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_DSM_ALIGN;
import static net.mptcp.Options.mptcp_init_mp_opt;
import static net.mptcp.Requests.mptcp_delete_synack_timer;
import static net.request_sock.Queues.reqsk_fastopen_remove;
import static net.request_sock.Queues.reqsk_queue_removed;
import static net.request_sock.Requests.reqsk_free;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.snmp.Mib.TCP_INC_STATS_BH;
import static net.sock.BacklogQueue.__sk_add_backlog;
import static net.sock.Fields.sock_net;
import static net.sock.Flags.sock_flag;
import static net.sock.Lock.bh_unlock_sock;
import static net.sock.Lock.sock_owned_by_user;
import static net.sock.Nodes.sock_put;
import static net.sock.SockFlag.SOCK_KEEPOPEN;
import static net.sock.sock.SOCK_RCVBUF_LOCK;
import static net.tcp.Congestion.tcp_enable_early_retrans;
import static net.tcp.Congestion.tcp_enable_fack;
import static net.tcp.Congestion.tcp_set_ca_state;
import static net.tcp.Keepalive.keepalive_time_when;
import static net.tcp.Multipath.mptcp;
import static net.tcp.Paws.tcp_paws_reject;
import static net.tcp.Prequeue.tcp_prequeue_init;
import static net.tcp.Sequence.after;
import static net.tcp.Sysctls.sysctl_tcp_abort_on_overflow;
import static net.tcp.Sysctls.sysctl_tcp_fack;
import static net.tcp.TcpConst.TCPOLEN_TSTAMP_ALIGNED;
import static net.tcp.TcpConst.TCP_ECN_OK;
import static net.tcp.TcpConst.TCP_INFINITE_SSTHRESH;
import static net.tcp.TcpConst.TCP_INIT_CWND;
import static net.tcp.TcpConst.TCP_RTO_MAX;
import static net.tcp.TcpConst.TCP_TIMEOUT_INIT;
import static net.tcp.Windows.tcp_full_space;
import static net.tcp.Windows.tcp_init_wl;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static net.tcp_states.TcpState.TCP_SYN_RECV;
import static tcp_input.Fin.tcp_reset;
import static tcp_input.Options.tcp_parse_options;
import static tcp_input.States.tcp_rcv_state_process;
import static tcp_minisocks.TimeWait.tcp_in_window;
import static tcp_timer.Keepalive.tcp_init_xmit_timers;
import static uapi.linux.rtnetlink.Rt.RTAX_INITRWND;
import static uapi.linux.rtnetlink.Rt.RTAX_WINDOW;
import static uapi.linux.snmp.Snmp.LINUX_MIB_EMBRYONICRSTS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_PAWSESTABREJECTED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDEFERACCEPTDROP;
import static uapi.linux.snmp.Snmp.TCP_MIB_ATTEMPTFAILS;
import static uapi.linux.snmp.Snmp.TCP_MIB_PASSIVEOPENS;
import static uapi.linux.tcp.Header.tcp_flag_word;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;
import static uapi.linux.tcp.TcpOpt.TCP_FLAG_ACK;
import static uapi.linux.tcp.TcpOpt.TCP_FLAG_RST;
import static uapi.linux.tcp.TcpOpt.TCP_FLAG_SYN;
import static uapi.linux.tcp.TcpOpt.TCP_MSS_DEFAULT;

import linux.compiler.IntRef;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_options_received;
import linux.tcp.tcp_request_sock;
import linux.tcp.tcp_sock;
import net.dst.dst_entry;
import net.inet_connection_sock.inet_connection_sock;
import net.inet_sock.inet_request_sock;
import net.mptcp.mptcp_options_received;
import net.request_sock.ReqLink;
import net.request_sock.request_sock;
import net.sock.sock;
import uapi.linux.tcp.tcphdr;

/**
 * From a request to a connection: SYN_RECV, which has no socket (RFC 793, section 3.9, SYN-RECEIVED).
 *
 * <p>{@code tcp_v4_hnd_req} finds the request that a segment belongs to and calls {@link #tcp_check_req}, which decides
 * whether this is the third ACK. If so, {@code syn_recv_sock} ({@code tcp_v4_syn_recv_sock}) makes the socket with
 * {@link #tcp_create_openreq_child}: a copy of the listener, with what the request has kept of the handshake put in.
 * {@link #tcp_child_process} lets it process the segment once more, which takes it to ESTABLISHED.
 */
public final class Openreq {
    private Openreq() {}

    /**
     * Chooses the window that the SYN/ACK offers, and our window scale with it. The scale cannot be changed any more,
     * so it depends on how large the receive buffer may become, unless the user has fixed that.
     */
    public static void tcp_openreq_init_rwin(request_sock req,
            sock sk, dst_entry dst) {
        inet_request_sock ireq = inet_rsk(req);
        tcp_sock tp = tcp_sk(sk);
        IntRef rcv_wscale = new IntRef();
        int mss = dst_metric_advmss(dst);

        if (tp.rx_opt.user_mss != 0 && tp.rx_opt.user_mss < mss) {
            mss = tp.rx_opt.user_mss;
        }

        req.window_clamp = tp.window_clamp != 0 ? tp.window_clamp : dst_metric(dst, RTAX_WINDOW);

        if ((sk.sk_userlocks & SOCK_RCVBUF_LOCK) != 0
                && (gtU32(req.window_clamp, tcp_full_space(sk)) || req.window_clamp == 0)) {
            req.window_clamp = tcp_full_space(sk);
        }

        IntRef rcv_wnd = new IntRef(req.rcv_wnd);
        IntRef window_clamp = new IntRef(req.window_clamp);
        tp.select_initial_window.call(tcp_full_space(sk),
                mss - (ireq.tstamp_ok ? TCPOLEN_TSTAMP_ALIGNED : 0)
                        - (ireq.saw_mpc ? MPTCP_SUB_LEN_DSM_ALIGN : 0),
                rcv_wnd,
                window_clamp,
                ireq.wscale_ok ? 1 : 0,
                rcv_wscale,
                dst_metric(dst, RTAX_INITRWND), sk);
        req.rcv_wnd = rcv_wnd.val;
        req.window_clamp = window_clamp.val;
        ireq.rcv_wscale = rcv_wscale.val;
    }

    /** ECN was agreed on in the handshake, or not (RFC 3168, section 6.1.1). */
    static void TCP_ECN_openreq_child(tcp_sock tp,
            request_sock req) {
        tp.ecn_flags = inet_rsk(req).ecn_ok ? TCP_ECN_OK : 0;
    }

    /**
     * Makes the socket of a passive connection, in SYN_RECV and locked. It begins as a copy of the listener and so
     * inherits what the user has set there; the rest starts from the sequence numbers and options of the handshake.
     *
     * @param skb the third ACK, or the SYN with Fast Open: its window is the first that counts
     * @return null: no memory
     */
    public static sock tcp_create_openreq_child(sock sk, request_sock req, sk_buff skb) {
        sock newsk = inet_csk_clone_lock(sk, req, GFP_ATOMIC);

        if (newsk != null) {
            inet_request_sock ireq = inet_rsk(req);
            tcp_request_sock treq = tcp_rsk(req);
            inet_connection_sock newicsk = inet_csk(newsk);
            tcp_sock newtp = tcp_sk(newsk);

            newtp.pred_flags = 0;

            newtp.rcv_wup = newtp.copied_seq =
                    newtp.rcv_nxt = treq.rcv_isn + 1;

            newtp.snd_sml = newtp.snd_una =
                    newtp.snd_nxt = newtp.snd_up = treq.snt_isn + 1;

            tcp_prequeue_init(newtp);
            INIT_LIST_HEAD(newtp.tsq_node);

            tcp_init_wl(newtp, treq.rcv_isn);

            newtp.srtt = 0;
            newtp.mdev = TCP_TIMEOUT_INIT;
            newicsk.icsk_rto = TCP_TIMEOUT_INIT;

            newtp.packets_out = 0;
            newtp.retrans_out = 0;
            newtp.sacked_out = 0;
            newtp.fackets_out = 0;
            newtp.snd_ssthresh = TCP_INFINITE_SSTHRESH;
            tcp_enable_early_retrans(newtp);
            newtp.tlp_high_seq = 0;
            newtp.lsndtime = treq.snt_synack;
            newtp.total_retrans = req.num_retrans;

            // A peer that counts our SYN/ACK for its delayed ACKs would answer the first segment late: send more.
            newtp.snd_cwnd = TCP_INIT_CWND;
            newtp.snd_cwnd_cnt = 0;

            tcp_set_ca_state(newsk, TCP_CA_Open);
            tcp_init_xmit_timers(newsk);
            __skb_queue_head_init(newtp.out_of_order_queue);
            newtp.write_seq = newtp.pushed_seq = treq.snt_isn + 1;

            newtp.rx_opt.saw_tstamp = false;

            newtp.rx_opt.dsack = false;
            newtp.rx_opt.num_sacks = 0;

            newtp.urg_data = 0;

            if (sock_flag(newsk, SOCK_KEEPOPEN)) {
                inet_csk_reset_keepalive_timer(newsk,
                        keepalive_time_when(newtp));
            }

            newtp.rx_opt.tstamp_ok = ireq.tstamp_ok;
            newtp.rx_opt.sack_ok = ireq.sack_ok ? 1 : 0;
            if (newtp.rx_opt.sack_ok != 0) {
                if (sysctl_tcp_fack != 0) {
                    tcp_enable_fack(newtp);
                }
            }
            newtp.window_clamp = req.window_clamp;
            newtp.rcv_ssthresh = req.rcv_wnd;
            newtp.rcv_wnd = req.rcv_wnd;
            newtp.rx_opt.wscale_ok = ireq.wscale_ok;
            if (newtp.rx_opt.wscale_ok) {
                newtp.rx_opt.snd_wscale = ireq.snd_wscale;
                newtp.rx_opt.rcv_wscale = ireq.rcv_wscale;
            } else {
                newtp.rx_opt.snd_wscale = newtp.rx_opt.rcv_wscale = 0;
                newtp.window_clamp = minU32(newtp.window_clamp, 65535);
            }
            newtp.snd_wnd = tcp_hdr(skb).window()
                    << newtp.rx_opt.snd_wscale;
            newtp.max_window = newtp.snd_wnd;

            if (newtp.rx_opt.tstamp_ok) {
                newtp.rx_opt.ts_recent = req.ts_recent;
                newtp.rx_opt.ts_recent_stamp = get_seconds();
                newtp.tcp_header_len = tcphdr.SIZE + TCPOLEN_TSTAMP_ALIGNED;
            } else {
                newtp.rx_opt.ts_recent_stamp = 0;
                newtp.tcp_header_len = tcphdr.SIZE;
            }
            if (ireq.saw_mpc) {
                newtp.tcp_header_len += MPTCP_SUB_LEN_DSM_ALIGN;
            }
            newtp.tsoffset = 0;
            if (skb.len >= TCP_MSS_DEFAULT + newtp.tcp_header_len) {
                newicsk.icsk_ack.last_seg_size = skb.len - newtp.tcp_header_len & 0xffff;
            }
            newtp.rx_opt.mss_clamp = req.mss;
            TCP_ECN_openreq_child(newtp, req);
            newtp.fastopen_rsk = null;
            newtp.syn_data_acked = false;

            TCP_INC_STATS_BH(sock_net(sk), TCP_MIB_PASSIVEOPENS);
        }
        return newsk;
    }

    /**
     * A segment for a request: is it the ACK that makes a connection of it?
     *
     * <p>Our SYN once more gets our SYN/ACK once more. A segment out of the window is answered with an ACK, one with
     * RST or a new SYN ends the request. An ACK that the listener has no room for is forgotten (or answered with RST,
     * {@code tcp_abort_on_overflow}): the peer thinks it is connected, and its data will bring the ACK again.
     *
     * @param sk the listener; a meta socket, for MP_JOIN; with Fast Open the connection itself, which exists already
     * @param prev leads to the request; null with Fast Open
     * @return who is to process the segment: the new socket; {@code sk}: with a listener that means RST; null: nobody
     */
    public static sock tcp_check_req(sock sk, sk_buff skb,
            request_sock req,
            ReqLink prev,
            boolean fastopen) {
        tcp_options_received tmp_opt = new tcp_options_received();
        mptcp_options_received mopt = new mptcp_options_received();
        sock child;
        tcphdr th = tcp_hdr(skb);
        int flg = tcp_flag_word(th) & (TCP_FLAG_RST | TCP_FLAG_SYN | TCP_FLAG_ACK);
        boolean paws_reject = false;

        BUG_ON(!mptcp(tcp_sk(sk)) && fastopen == (sk.skc_state == TCP_LISTEN));

        tmp_opt.saw_tstamp = false;

        mptcp_init_mp_opt(mopt);

        if (th.doff() > tcphdr.SIZE >> 2) {
            tcp_parse_options(skb, tmp_opt, mopt, 0, null);

            if (tmp_opt.saw_tstamp) {
                tmp_opt.ts_recent = req.ts_recent;
                // Nobody has noted when the SYN came; the number of timeouts says about how long ago.
                tmp_opt.ts_recent_stamp = get_seconds() - u32(TCP_TIMEOUT_INIT / HZ << req.num_timeout);
                paws_reject = tcp_paws_reject(tmp_opt, th.rst() ? 1 : 0);
            }
        }

        if (TCP_SKB_CB(skb).seq == tcp_rsk(req).rcv_isn
                && flg == TCP_FLAG_SYN
                && !paws_reject) {
            // The SYN once more. Without MP_CAPABLE this time: somebody on the way does not like it.
            if (inet_rsk(req).saw_mpc && !mopt.saw_mpc) {
                inet_rsk(req).saw_mpc = false;
            }

            if (inet_rtx_syn_ack(sk, req) == 0) {
                req.expires = u32(minU32(TCP_TIMEOUT_INIT << req.num_timeout,
                        TCP_RTO_MAX)) + jiffies;
            }
            return null;
        }

        // A wrong ACK: the listener answers with RST (RFC 793, section 3.4, "half-open"). Checked before anything else,
        // lest two crossed SYNs of a third party make a connection.
        if ((flg & TCP_FLAG_ACK) != 0 && !fastopen
                && TCP_SKB_CB(skb).ack_seq
                        != tcp_rsk(req).snt_isn + 1) {
            return sk;
        }

        if (paws_reject || !tcp_in_window(TCP_SKB_CB(skb).seq, TCP_SKB_CB(skb).end_seq,
                tcp_rsk(req).rcv_nxt, tcp_rsk(req).rcv_nxt + req.rcv_wnd)) {
            if ((flg & TCP_FLAG_RST) == 0) {
                req.rsk_ops.send_ack.call(sk, skb, req);
            }
            if (paws_reject) {
                NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_PAWSESTABREJECTED);
            }
            return null;
        }

        if (tmp_opt.saw_tstamp && !after(TCP_SKB_CB(skb).seq, tcp_rsk(req).rcv_nxt)) {
            req.ts_recent = tmp_opt.rcv_tsval;
        }

        if (TCP_SKB_CB(skb).seq == tcp_rsk(req).rcv_isn) {
            // The SYN lies in front of the window.
            flg &= ~TCP_FLAG_SYN;
        }

        embryonic_reset: {
            listen_overflow: {
                if ((flg & (TCP_FLAG_RST | TCP_FLAG_SYN)) != 0) {
                    TCP_INC_STATS_BH(sock_net(sk), TCP_MIB_ATTEMPTFAILS);
                    break embryonic_reset;
                }

                if ((flg & TCP_FLAG_ACK) == 0) {
                    return null;
                }

                // The connection exists already and checks the ACK itself.
                if (fastopen) {
                    return sk;
                }

                // TCP_DEFER_ACCEPT: an ACK alone is not worth waking anybody.
                if (req.num_timeout < inet_csk(sk).icsk_accept_queue.rskq_defer_accept
                        && TCP_SKB_CB(skb).end_seq == tcp_rsk(req).rcv_isn + 1) {
                    inet_rsk(req).acked = true;
                    NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPDEFERACCEPTDROP);
                    return null;
                }

                if (mptcp(tcp_sk(sk))) {
                    child = tcp_sk(sk).mpcb.syn_recv_sock.call(sk, skb, req, null);
                } else {
                    child = inet_csk(sk).icsk_af_ops.syn_recv_sock.call(sk, skb,
                            req, null);
                }

                if (child == null) {
                    break listen_overflow;
                }

                if (!is_meta_sk(sk)) {
                    int ret = mptcp_check_req_master(sk, child, req, prev);
                    if (ret < 0) {
                        break listen_overflow;
                    }

                    // It is an MPTCP connection, and child the meta socket.
                    if (ret == 0) {
                        return tcp_sk(child).mpcb.master_sk;
                    }
                } else {
                    return mptcp_check_req_child(sk, child, req, prev, mopt);
                }
                inet_csk_reqsk_queue_unlink(sk, req, prev);
                inet_csk_reqsk_queue_removed(sk, req);

                inet_csk_reqsk_queue_add(sk, req, child);
                return child;
            }
            if (sysctl_tcp_abort_on_overflow == 0) {
                inet_rsk(req).acked = true;
                return null;
            }
        }
        if ((flg & TCP_FLAG_RST) == 0) {
            // With Fast Open the connection lives on: anybody could send such a SYN.
            req.rsk_ops.send_reset.call(sk, skb);
        } else if (fastopen) {
            reqsk_fastopen_remove(sk, req, true);
            tcp_reset(sk);
        }
        if (!fastopen) {
            if (is_meta_sk(sk)) {
                // The keepalive timer of a meta socket is its own; requests have another one.
                inet_csk_reqsk_queue_unlink(sk, req, prev);
                if (reqsk_queue_removed(inet_csk(sk).icsk_accept_queue, req) == 0) {
                    mptcp_delete_synack_timer(sk);
                }
                reqsk_free(req);
            } else {
                inet_csk_reqsk_queue_drop(sk, req, prev);
            }
            NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_EMBRYONICRSTS);
        }
        return null;
    }

    /**
     * The new socket processes the segment that it was made for, and the listener is told when it is connected. Then it
     * is unlocked, and the reference of the caller is given back.
     *
     * @return 1: the caller is to answer with RST
     */
    public static int tcp_child_process(sock parent, sock child,
            sk_buff skb) {
        int ret = 0;
        int state = child.skc_state;
        sock meta_sk = mptcp(tcp_sk(child)) ? mptcp_meta_sk(child) : child;

        if (!sock_owned_by_user(meta_sk)) {
            ret = tcp_rcv_state_process(child, skb, tcp_hdr(skb),
                    skb.len);
            if (state == TCP_SYN_RECV && child.skc_state != state) {
                parent.sk_data_ready.call(parent, 0);
            }
        } else {
            // Found in the hash table by a system call before the listener's lock was taken.
            if (mptcp(tcp_sk(child))) {
                skb.sk = child;
            }
            __sk_add_backlog(meta_sk, skb);
        }

        if (mptcp(tcp_sk(child))) {
            bh_unlock_sock(child);
        }
        bh_unlock_sock(meta_sk);
        sock_put(child);
        return ret;
    }
}
