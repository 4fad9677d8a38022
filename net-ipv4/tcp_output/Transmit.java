// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static linux.bug.Bug.BUG_ON;
import static linux.errno.Errno.ENOBUFS;
import static linux.kernel.Kernel.minU32;
import static linux.netdevice.Netdev.net_xmit_eval;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Clone.companion;
import static linux.skbuff.Clone.skb_clone;
import static linux.skbuff.Clone.skb_cloned;
import static linux.skbuff.Clone.skb_header_release;
import static linux.skbuff.Copy.pskb_copy;
import static linux.skbuff.Data.skb_push;
import static linux.skbuff.Free.skb_orphan;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static linux.skbuff.Meta.__net_timestamp;
import static linux.skbuff.sk_buff.SKB_FCLONE_CLONE;
import static linux.skbuff.sk_buff.SKB_FCLONE_ORIG;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_sock.Sockets.inet_sk;
import static net.snmp.Mib.NET_INC_STATS;
import static net.snmp.Mib.TCP_ADD_STATS;
import static net.sock.Fields.sock_net;
import static net.sock.Memory.sk_mem_charge;
import static net.sock.Owner.sk_wmem_alloc_get;
import static net.tcp.Congestion.tcp_ca_event;
import static net.tcp.Congestion.tcp_packets_in_flight;
import static net.tcp.Segments.tcp_skb_pcount;
import static net.tcp.Sequence.after;
import static net.tcp.Sequence.before;
import static net.tcp.TcpConst.TCPHDR_ACK;
import static net.tcp.TcpConst.TCPHDR_SYN;
import static net.tcp.WriteQueue.tcp_add_write_queue_tail;
import static net.tcp.tcp_congestion_ops.CA_EVENT_TX_START;
import static net.tcp.tcp_congestion_ops.TCP_CONG_RTT_STAMP;
import static tcp_input.Recovery.tcp_enter_cwr;
import static tcp_output.Ecn.TCP_ECN_send;
import static tcp_output.Events.tcp_event_ack_sent;
import static tcp_output.Events.tcp_event_data_sent;
import static tcp_output.Options.tcp_established_options;
import static tcp_output.Options.tcp_options_write;
import static tcp_output.Options.tcp_syn_options;
import static tcp_output.Options.tcp_urg_mode;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSPURIOUS_RTX_HOSTQUEUES;
import static uapi.linux.snmp.Snmp.TCP_MIB_OUTSEGS;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_out_options;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock;
import net.inet_sock.inet_sock;
import net.sock.Owner;
import net.sock.sock;
import net.tcp.tcp_skb_cb;
import uapi.linux.tcp.tcphdr;

/**
 * The last step of TCP: a packet gets its header and goes to IP. Everything that TCP sends for a socket comes
 * through {@link #tcp_transmit_skb}: new data ({@link WriteXmit}), repetitions ({@link Retransmit}), SYN, FIN, RST,
 * ACKs and probes. It calls on {@link Options}, {@link Windows} and {@link Ecn}, then {@code send_check} ({@code
 * tcp_v4_send_check}) and {@code queue_xmit} ({@code ip_queue_xmit}) of the address family.
 *
 * <p>On loopback {@code queue_xmit} may run the receiver, whose ACK is sent by another {@code tcp_transmit_skb}
 * before this one returns.
 */
public final class Transmit {
    private Transmit() {}

    /**
     * The options of the segment in hand: one object for all of them. It is in use from where the options are decided
     * on to where they are written, and nothing between the two sends, frees another packet or sleeps. {@code
     * queue_xmit}, under which the next segment may come through here, is called after that.
     */
    private static final tcp_out_options opts = new tcp_out_options();

    /**
     * Puts a TCP header in front of {@code skb} and hands it to IP.
     *
     * <p>A packet on the write queue has no header and stays there, so a clone of it is sent ({@code clone_it}); if
     * an earlier clone is still with a device, a copy, since the header is written into bytes that both share.
     *
     * @param clone_it 0: {@code skb} itself is sent, and the caller must not touch it any more
     * @return 0, or a negative error: {@code -ENOBUFS} without memory for a clone. Congestion in a local queue is
     *     none, but halves the window like a mark from the network (CWR)
     */
    public static int tcp_transmit_skb(sock sk, sk_buff skb, int clone_it, int gfp_mask) {
        inet_connection_sock icsk = inet_csk(sk);
        inet_sock inet;
        tcp_sock tp;
        tcp_skb_cb tcb;
        int tcp_options_size;
        int tcp_header_size;
        tcphdr th;
        int err;

        BUG_ON(skb == null || tcp_skb_pcount(skb) == 0);

        if (clone_it != 0) {
            // Before it is cloned, so that the clone has the time too.
            if ((icsk.icsk_ca_ops.flags & TCP_CONG_RTT_STAMP) != 0) {
                __net_timestamp(skb);
            }

            if (skb.fclone == SKB_FCLONE_ORIG && companion(skb).fclone == SKB_FCLONE_CLONE) {
                NET_INC_STATS(sock_net(sk), LINUX_MIB_TCPSPURIOUS_RTX_HOSTQUEUES);
            }

            if (skb_cloned(skb)) {
                skb = pskb_copy(skb, gfp_mask);
            } else {
                skb = skb_clone(skb, gfp_mask);
            }
            if (skb == null) {
                return -ENOBUFS;
            }
        }

        inet = inet_sk(sk);
        tp = tcp_sk(sk);
        tcb = TCP_SKB_CB(skb);
        opts.clear();

        if ((tcb.tcp_flags & TCPHDR_SYN) != 0) {
            tcp_options_size = tcp_syn_options(sk, skb, opts);
        } else {
            tcp_options_size = tcp_established_options(sk, skb, opts);
        }
        tcp_header_size = tcp_options_size + tcphdr.SIZE;

        if (tcp_packets_in_flight(tp) == 0) {
            tcp_ca_event(sk, CA_EVENT_TX_START);
        }

        // With nothing of this socket below, a driver may choose another queue: order cannot suffer.
        skb.ooo_okay = sk_wmem_alloc_get(sk) == 0;

        skb_push(skb, tcp_header_size);
        skb_reset_transport_header(skb);

        skb_orphan(skb);
        skb.sk = sk;
        skb.destructor = Owner.tcp_wfree;
        sk.sk_wmem_alloc += skb.truesize;

        th = tcp_hdr(skb);
        th.source(inet.inet_sport);
        th.dest(inet.skc_dport);
        th.seq(tcb.seq);
        th.ack_seq(tp.rcv_nxt);
        th.doffAndFlags(tcp_header_size >> 2 << 12 | tcb.tcp_flags);

        if ((tcb.tcp_flags & TCPHDR_SYN) != 0) {
            // The window of a SYN is never scaled (RFC 7323, section 2.2).
            th.window(minU32(tp.rcv_wnd, 65535));
        } else {
            th.window(tp.select_window.call(sk));
        }
        th.check(0);
        th.urg_ptr(0);

        // A probe below snd_una carries no urgent pointer that lies behind it.
        if (tcp_urg_mode(tp) && before(tcb.seq, tp.snd_up)) {
            if (before(tp.snd_up, tcb.seq + 0x10000)) {
                th.urg_ptr(tp.snd_up - tcb.seq);
                th.urg(true);
            } else if (after(tcb.seq + 0xFFFF, tp.snd_nxt)) {
                th.urg_ptr(0xFFFF);
                th.urg(true);
            }
        }

        tcp_options_write(th.b, th.at + tcphdr.SIZE, tp, opts, skb);
        if ((tcb.tcp_flags & TCPHDR_SYN) == 0) {
            TCP_ECN_send(sk, skb, tcp_header_size);
        }

        icsk.icsk_af_ops.send_check.call(sk, skb);

        if ((tcb.tcp_flags & TCPHDR_ACK) != 0) {
            tcp_event_ack_sent(sk, tcp_skb_pcount(skb));
        }

        if (skb.len != tcp_header_size) {
            tcp_event_data_sent(tp, sk);
        }

        if (after(tcb.end_seq, tp.snd_nxt) || tcb.seq == tcb.end_seq) {
            TCP_ADD_STATS(sock_net(sk), TCP_MIB_OUTSEGS, tcp_skb_pcount(skb));
        }

        err = icsk.icsk_af_ops.queue_xmit.call(skb, inet.cork.fl);
        if (err <= 0) {
            return err;
        }

        tcp_enter_cwr(sk, 1);

        return net_xmit_eval(err);
    }

    /**
     * Appends {@code skb} to the write queue and charges its memory; sends nothing. The caller has to push, or the
     * packet may lie there with no timer running.
     */
    public static void tcp_queue_skb(sock sk, sk_buff skb) {
        tcp_sock tp = tcp_sk(sk);

        tp.write_seq = TCP_SKB_CB(skb).end_seq;
        skb_header_release(skb);
        tcp_add_write_queue_tail(sk, skb);
        sk.sk_wmem_queued += skb.truesize;
        sk_mem_charge(sk, skb.truesize);
    }
}
