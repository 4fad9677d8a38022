// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static linux.errno.Errno.ECONNREFUSED;
import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.jiffies.Jiffies.HZ;
import static linux.jiffies.Jiffies.jiffies;
import static linux.jiffies.Jiffies.time_before;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.minU32;
import static linux.kernel.Kernel.u32;
import static linux.printk.Printk.pr_debug;
import static linux.skbuff.Alloc.alloc_skb_fclone;
import static linux.skbuff.Bits.skb_add_data;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Clone.skb_cloned;
import static linux.skbuff.Clone.skb_header_release;
import static linux.skbuff.Copy.pskb_copy;
import static linux.skbuff.Copy.skb_copy;
import static linux.skbuff.Copy.skb_copy_expand;
import static linux.skbuff.Data.skb_push;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Dst.skb_dst_set;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static linux.skbuff.Truesize.SKB_MAX_HEAD;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_rsk;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_ctrl.Enable.mptcp_connect_init;
import static mptcp_ctrl.Handshake.mptcp_doit;
import static mptcp_ipv4.Requests.mptcp_v4_get_nonce;
import static net.dst.Garbage.dst_release;
import static net.dst.Metrics.dst_metric;
import static net.dst.Metrics.dst_metric_advmss;
import static net.dst.Metrics.dst_mtu;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.XmitTimers.inet_csk_reset_xmit_timer;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_RETRANS;
import static net.inet_sock.Sockets.inet_rsk;
import static net.inet_sock.Sockets.inet_sk;
import static net.mptcp.MetaSockets.is_master_tp;
import static net.snmp.Mib.NET_INC_STATS;
import static net.snmp.Mib.TCP_ADD_STATS;
import static net.snmp.Mib.TCP_INC_STATS;
import static net.sock.Buffers.sock_wmalloc;
import static net.sock.Dst.__sk_dst_get;
import static net.sock.Fields.sock_net;
import static net.sock.Flags.sock_flag;
import static net.sock.Flags.sock_reset_flag;
import static net.sock.Memory.sk_mem_charge;
import static net.sock.Owner.sk_wmem_free_skb;
import static net.sock.SockFlag.SOCK_DONE;
import static net.sock.SockFlag.SOCK_MPTCP;
import static net.sock.sock.SOCK_RCVBUF_LOCK;
import static net.tcp.Segments.tcp_skb_pcount;
import static net.tcp.Sysctls.sysctl_tcp_fastopen;
import static net.tcp.Sysctls.sysctl_tcp_timestamps;
import static net.tcp.Sysctls.sysctl_tcp_window_scaling;
import static net.tcp.TcpConst.MAX_TCP_HEADER;
import static net.tcp.TcpConst.MAX_TCP_OPTION_SPACE;
import static net.tcp.TcpConst.TCPHDR_ACK;
import static net.tcp.TcpConst.TCPHDR_PSH;
import static net.tcp.TcpConst.TCPHDR_SYN;
import static net.tcp.TcpConst.TCPOLEN_TSTAMP_ALIGNED;
import static net.tcp.TcpConst.TCP_RTO_MAX;
import static net.tcp.TcpConst.TCP_TIMEOUT_INIT;
import static net.tcp.TcpConst.TFO_CLIENT_NO_COOKIE;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.Windows.tcp_full_space;
import static net.tcp.Windows.tcp_init_wl;
import static net.tcp.WriteQueue.__tcp_add_write_queue_head;
import static net.tcp.WriteQueue.__tcp_add_write_queue_tail;
import static net.tcp.WriteQueue.tcp_unlink_write_queue;
import static net.tcp.WriteQueue.tcp_write_queue_head;
import static syncookies.Syncookies.cookie_init_timestamp;
import static tcp_input.Buffers.tcp_initialize_rcv_mss;
import static tcp_input.Loss.tcp_clear_retrans;
import static tcp_input.SynSent.tcp_finish_connect;
import static tcp_metrics.Fastopen.tcp_fastopen_cache_get;
import static tcp_output.Ecn.TCP_ECN_make_synack;
import static tcp_output.Ecn.TCP_ECN_send_syn;
import static tcp_output.Ecn.TCP_ECN_send_synack;
import static tcp_output.Mss.__tcp_mtu_to_mss;
import static tcp_output.Mss.tcp_mtup_init;
import static tcp_output.Mss.tcp_sync_mss;
import static tcp_output.Options.tcp_init_nondata_skb;
import static tcp_output.Options.tcp_options_write;
import static tcp_output.Options.tcp_synack_options;
import static tcp_output.Transmit.tcp_transmit_skb;
import static uapi.linux.rtnetlink.Rt.RTAX_INITRWND;
import static uapi.linux.rtnetlink.Rt.RTAX_WINDOW;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPORIGDATASENT;
import static uapi.linux.snmp.Snmp.TCP_MIB_ACTIVEOPENS;
import static uapi.linux.snmp.Snmp.TCP_MIB_OUTSEGS;
import static uapi.linux.socket.SocketOpt.AF_INET;

import java.util.Arrays;
import linux.compiler.IntRef;
import linux.compiler.LongRef;
import linux.skbuff.sk_buff;
import linux.socket.iovec;
import linux.tcp.tcp_fastopen_cookie;
import linux.tcp.tcp_out_options;
import linux.tcp.tcp_sock;
import net.dst.dst_entry;
import net.inet_sock.inet_request_sock;
import net.inet_sock.inet_sock;
import net.request_sock.request_sock;
import net.sock.sock;
import net.tcp.tcp_fastopen_request;
import net.tcp.tcp_skb_cb;
import uapi.linux.tcp.tcphdr;

/**
 * The handshake, as far as it is sent (RFC 9293, section 3.5): the SYN of {@code tcp_v4_connect}, with data if Fast
 * Open has a cookie for this server (RFC 7413, section 4.2.1); the SYN/ACK that answers one; and the SYN/ACK of two
 * SYNs that cross each other.
 *
 * <p>{@link #tcp_connect} is called with route and addresses known and goes on to {@link Transmit}. {@link
 * #tcp_make_synack} only makes the packet: {@code tcp_v4_send_synack} sends it, since there is no socket yet.
 */
public final class Syn {
    private Syn() {}

    /** For {@link #tcp_make_synack}: nothing sends or sleeps while it is in use. */
    private static final tcp_out_options opts = new tcp_out_options();

    /**
     * Our SYN crossed the peer's: repeats it with an ACK (simultaneous open, RFC 9293, section 3.5, figure 7). The
     * packet is the SYN at the head of the queue; if a device still holds it, a copy takes its place there.
     *
     * @return 0, {@code -EFAULT} if the queue has no SYN, {@code -ENOMEM}, or the error of sending
     */
    public static int tcp_send_synack(sock sk) {
        sk_buff skb;

        skb = tcp_write_queue_head(sk);
        if (skb == null || (TCP_SKB_CB(skb).tcp_flags & TCPHDR_SYN) == 0) {
            pr_debug("TCP: tcp_send_synack: wrong queue state\n");
            return -EFAULT;
        }
        if ((TCP_SKB_CB(skb).tcp_flags & TCPHDR_ACK) == 0) {
            if (skb_cloned(skb)) {
                sk_buff nskb = skb_copy(skb, GFP_ATOMIC);
                if (nskb == null) {
                    return -ENOMEM;
                }
                tcp_unlink_write_queue(skb, sk);
                skb_header_release(nskb);
                __tcp_add_write_queue_head(sk, nskb);
                sk_wmem_free_skb(sk, skb);
                sk.sk_wmem_queued += nskb.truesize;
                sk_mem_charge(sk, nskb.truesize);
                skb = nskb;
            }

            TCP_SKB_CB(skb).tcp_flags |= TCPHDR_ACK;
            TCP_ECN_send_synack(tcp_sk(sk), skb);
        }
        TCP_SKB_CB(skb).when = tcp_time_stamp();
        return tcp_transmit_skb(sk, skb, 1, GFP_ATOMIC);
    }

    /**
     * Makes the SYN/ACK for a request, without IP header and without checksum.
     *
     * @param sk the listener, which pays for the packet, beyond its limit if need be
     * @param dst the route; this function takes over the caller's reference
     * @param foc Fast Open cookie to hand out, or null
     * @return null without memory
     */
    public static sk_buff tcp_make_synack(sock sk, dst_entry dst, request_sock req, tcp_fastopen_cookie foc) {
        inet_request_sock ireq = inet_rsk(req);
        tcp_sock tp = tcp_sk(sk);
        tcphdr th;
        sk_buff skb;
        int tcp_header_size;
        int mss;

        skb = sock_wmalloc(sk, MAX_TCP_HEADER + 15, 1, GFP_ATOMIC);
        if (skb == null) {
            dst_release(dst);
            return null;
        }
        skb_reserve(skb, MAX_TCP_HEADER);

        skb_dst_set(skb, dst);

        mss = dst_metric_advmss(dst);
        if (tp.rx_opt.user_mss != 0 && tp.rx_opt.user_mss < mss) {
            mss = tp.rx_opt.user_mss;
        }

        opts.clear();
        if (req.cookie_ts) {
            // A SYN cookie: no request is kept, so the timestamp has to remember the options.
            TCP_SKB_CB(skb).when = cookie_init_timestamp(req);
        } else {
            TCP_SKB_CB(skb).when = tcp_time_stamp();
        }
        tcp_header_size = tcp_synack_options(sk, req, mss, skb, opts, foc) + tcphdr.SIZE;

        skb_push(skb, tcp_header_size);
        skb_reset_transport_header(skb);

        th = tcp_hdr(skb);
        Arrays.fill(th.b, th.at, th.at + tcphdr.SIZE, (byte) 0);
        th.syn(true);
        th.ack(true);
        TCP_ECN_make_synack(req, th);
        th.source(ireq.skc_num);
        th.dest(ireq.skc_dport);
        tcp_init_nondata_skb(skb, tcp_rsk(req).snt_isn, TCPHDR_SYN | TCPHDR_ACK);

        th.seq(TCP_SKB_CB(skb).seq);
        th.ack_seq(tcp_rsk(req).rcv_nxt);

        // The window of a SYN/ACK is never scaled (RFC 7323, section 2.2).
        th.window(minU32(req.rcv_wnd, 65535));
        tcp_options_write(th.b, th.at + tcphdr.SIZE, tp, opts, skb);
        th.doff(tcp_header_size >> 2);
        TCP_ADD_STATS(sock_net(sk), TCP_MIB_OUTSEGS, tcp_skb_pcount(skb));

        return skb;
    }

    /**
     * Gives everything that a connection counts its first value: sequence numbers from {@code write_seq}, MSS and
     * window from the route, RTO of one second (RFC 6298, section 2.1). For MPTCP draws a key, or the nonce of a
     * joining subflow.
     */
    static void tcp_connect_init(sock sk) {
        dst_entry dst = __sk_dst_get(sk);
        tcp_sock tp = tcp_sk(sk);
        IntRef rcv_wnd = new IntRef();
        IntRef window_clamp = new IntRef();
        IntRef rcv_wscale = new IntRef();

        // What the SYN/ACK will not agree to is corrected when it comes.
        tp.tcp_header_len = tcphdr.SIZE + (sysctl_tcp_timestamps != 0 ? TCPOLEN_TSTAMP_ALIGNED : 0);

        if (tp.rx_opt.user_mss != 0) {
            tp.rx_opt.mss_clamp = tp.rx_opt.user_mss;
        }
        tp.max_window = 0;
        tcp_mtup_init(sk);
        tcp_sync_mss(sk, dst_mtu(dst));

        if (tp.window_clamp == 0) {
            tp.window_clamp = dst_metric(dst, RTAX_WINDOW);
        }
        tp.advmss = dst_metric_advmss(dst) & 0xffff;
        if (tp.rx_opt.user_mss != 0 && tp.rx_opt.user_mss < tp.advmss) {
            tp.advmss = tp.rx_opt.user_mss;
        }

        tcp_initialize_rcv_mss(sk);

        // The application has set a smaller buffer.
        if ((sk.sk_userlocks & SOCK_RCVBUF_LOCK) != 0
                && (gtU32(tp.window_clamp, tcp_full_space(sk)) || tp.window_clamp == 0)) {
            tp.window_clamp = tcp_full_space(sk);
        }

        rcv_wnd.val = tp.rcv_wnd;
        window_clamp.val = tp.window_clamp;
        tp.select_initial_window.call(tcp_full_space(sk),
                tp.advmss - (tp.rx_opt.ts_recent_stamp != 0 ? tp.tcp_header_len - tcphdr.SIZE : 0),
                rcv_wnd,
                window_clamp,
                sysctl_tcp_window_scaling,
                rcv_wscale,
                dst_metric(dst, RTAX_INITRWND), sk);
        tp.rcv_wnd = rcv_wnd.val;
        tp.window_clamp = window_clamp.val;

        tp.rx_opt.rcv_wscale = rcv_wscale.val;
        tp.rcv_ssthresh = tp.rcv_wnd;

        sk.sk_err = 0;
        sock_reset_flag(sk, SOCK_DONE);
        tp.snd_wnd = 0;
        tcp_init_wl(tp, 0);
        tp.snd_una = tp.write_seq;
        tp.snd_sml = tp.write_seq;
        tp.snd_up = tp.write_seq;
        tp.snd_nxt = tp.write_seq;

        if (!tp.repair) {
            tp.rcv_nxt = 0;
        } else {
            tp.rcv_tstamp = tcp_time_stamp();
        }
        tp.rcv_wup = tp.rcv_nxt;
        tp.copied_seq = tp.rcv_nxt;

        inet_csk(sk).icsk_rto = TCP_TIMEOUT_INIT;
        inet_csk(sk).icsk_retransmits = 0;
        tcp_clear_retrans(tp);

        if (sock_flag(sk, SOCK_MPTCP) && mptcp_doit(sk) != 0) {
            if (is_master_tp(tp)) {
                tp.request_mptcp = true;
                mptcp_connect_init(sk);
            } else if (tp.mptcp != null) {
                inet_sock inet = inet_sk(sk);

                tp.mptcp.snt_isn = tp.write_seq;
                tp.mptcp.init_rcv_wnd = tp.rcv_wnd;

                if (sk.skc_family == AF_INET) {
                    tp.mptcp.mptcp_loc_nonce = mptcp_v4_get_nonce(
                            inet.inet_saddr,
                            inet.skc_daddr,
                            inet.inet_sport,
                            inet.skc_dport);
                }
            }
        }
    }

    /** Appends a SYN, or the data behind it, to the write queue, as if it had been sent already. */
    static void tcp_connect_queue_skb(sock sk, sk_buff skb) {
        tcp_sock tp = tcp_sk(sk);
        tcp_skb_cb tcb = TCP_SKB_CB(skb);

        tcb.end_seq += skb.len;
        skb_header_release(skb);
        __tcp_add_write_queue_tail(sk, skb);
        sk.sk_wmem_queued += skb.truesize;
        sk_mem_charge(sk, skb.truesize);
        tp.write_seq = tcb.end_seq;
        tp.packets_out += tcp_skb_pcount(skb);
    }

    /**
     * Sends a SYN with data and the cookie that this server gave us last time (RFC 7413, section 4.2.1), or without
     * a cookie if the sysctl says so. If there is no cookie it sends a plain SYN that asks for one.
     *
     * <p>The queue then holds the bare SYN and, behind it, the data as a segment of their own: that is how they are
     * repeated if the server takes only the SYN. What did not fit into one packet stays with {@code tcp_sendmsg}.
     *
     * @return 0, or the error of sending
     */
    static int tcp_send_syn_data(sock sk, sk_buff syn) {
        tcp_sock tp = tcp_sk(sk);
        tcp_fastopen_request fo = tp.fastopen_req;
        IntRef syn_loss = new IntRef();
        int space;
        int i;
        int err = 0;
        int iovlen = fo.data.msg_iovlen;
        sk_buff syn_data = null;
        sk_buff data;
        LongRef last_syn_loss = new LongRef();
        IntRef mss = new IntRef();

        done:
        {
            fallback:
            {
                tp.rx_opt.mss_clamp = tp.advmss;
                mss.val = tp.rx_opt.mss_clamp;
                tcp_fastopen_cache_get(sk, mss, fo.cookie, syn_loss, last_syn_loss);
                tp.rx_opt.mss_clamp = mss.val;
                // SYNs with data got lost: somebody on the path does not like them. A plain one for a while.
                if (syn_loss.val > 1
                        && time_before(jiffies, last_syn_loss.val + (60 * HZ << syn_loss.val))) {
                    fo.cookie.len = -1;
                    break fallback;
                }

                if ((sysctl_tcp_fastopen & TFO_CLIENT_NO_COOKIE) != 0) {
                    fo.cookie.len = -1;
                } else if (fo.cookie.len <= 0) {
                    break fallback;
                }

                // Room for all options there can be, since some middleboxes add theirs.
                if (tp.rx_opt.user_mss != 0 && tp.rx_opt.user_mss < tp.rx_opt.mss_clamp) {
                    tp.rx_opt.mss_clamp = tp.rx_opt.user_mss;
                }
                space = __tcp_mtu_to_mss(sk, inet_csk(sk).icsk_pmtu_cookie) - MAX_TCP_OPTION_SPACE;

                space = minU32(space, fo.size);

                space = minU32(space, SKB_MAX_HEAD(MAX_TCP_HEADER));

                syn_data = skb_copy_expand(syn, MAX_TCP_HEADER, space, sk.sk_allocation);
                if (syn_data == null) {
                    break fallback;
                }

                for (i = 0; i < iovlen && ltU32(syn_data.len, space); ++i) {
                    iovec iov = fo.data.msg_iov[i];
                    byte[] from = iov.iov_base;
                    int len = iov.iov_len;

                    if (gtU32(syn_data.len + len, space)) {
                        len = space - syn_data.len;
                    } else if (i + 1 == iovlen) {
                        // All of it is in the SYN: inet_wait_for_connect need not wait for more.
                        fo.data = null;
                    }

                    if (skb_add_data(syn_data, from, iov.iov_off, len) != 0) {
                        break fallback;
                    }
                }

                data = pskb_copy(syn_data, sk.sk_allocation);
                if (data == null) {
                    break fallback;
                }
                TCP_SKB_CB(data).seq++;
                TCP_SKB_CB(data).tcp_flags &= ~TCPHDR_SYN;
                TCP_SKB_CB(data).tcp_flags = TCPHDR_ACK | TCPHDR_PSH;
                tcp_connect_queue_skb(sk, data);
                fo.copied = data.len;

                if (tcp_transmit_skb(sk, syn_data, 0, sk.sk_allocation) == 0) {
                    tp.syn_data = fo.copied > 0;
                    NET_INC_STATS(sock_net(sk), LINUX_MIB_TCPORIGDATASENT);
                    break done;
                }
                syn_data = null;
            }
            if (fo.cookie.len > 0) {
                fo.cookie.len = 0;
            }
            err = tcp_transmit_skb(sk, syn, 1, sk.sk_allocation);
            if (err != 0) {
                tp.syn_fastopen = false;
            }
            kfree_skb(syn_data);
        }
        fo.cookie.len = -1;
        return err;
    }

    /**
     * Sends the SYN of an active open and starts the timer that repeats it. With {@code TCP_REPAIR} nothing is sent:
     * the connection exists at once.
     *
     * @return 0; {@code -ENOBUFS}; {@code -ECONNREFUSED}. Other errors of sending do not count: the timer tries again
     */
    public static int tcp_connect(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        sk_buff buff;
        int err;

        tcp_connect_init(sk);

        if (tp.repair) {
            tcp_finish_connect(sk, null);
            return 0;
        }

        buff = alloc_skb_fclone(MAX_TCP_HEADER + 15, sk.sk_allocation);
        if (buff == null) {
            return -ENOBUFS;
        }

        skb_reserve(buff, MAX_TCP_HEADER);

        tcp_init_nondata_skb(buff, tp.write_seq++, TCPHDR_SYN);
        tp.retrans_stamp = TCP_SKB_CB(buff).when = tcp_time_stamp();
        tcp_connect_queue_skb(sk, buff);
        TCP_ECN_send_syn(sk, buff);

        err = tp.fastopen_req != null ? tcp_send_syn_data(sk, buff)
                : tcp_transmit_skb(sk, buff, 1, sk.sk_allocation);
        if (err == -ECONNREFUSED) {
            return err;
        }

        // Only now, so that the SYN counted as new when it was sent.
        tp.snd_nxt = tp.write_seq;
        tp.pushed_seq = tp.write_seq;
        TCP_INC_STATS(sock_net(sk), TCP_MIB_ACTIVEOPENS);

        inet_csk_reset_xmit_timer(sk, ICSK_TIME_RETRANS, u32(inet_csk(sk).icsk_rto), TCP_RTO_MAX);
        return 0;
    }
}
