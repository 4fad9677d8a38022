// SPDX-License-Identifier: GPL-2.0-only
package mptcp_output;

import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.netdev_features.NetdevFeatures.NETIF_F_ALL_CSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_SG;
import static linux.skbuff.Alloc.alloc_skb_fclone;
import static linux.skbuff.Bits.skb_copy_bits;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Clone.skb_header_release;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV4;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.timer.Timers.setup_timer;
import static linux.types.Be.get16;
import static linux.types.Be.get32;
import static linux.types.Be.get64;
import static net.mptcp.Dss.mptcp_is_data_fin;
import static net.mptcp.MptcpConst.MPTCP_SUB_DSS;
import static net.mptcp.MptcpConst.MPTCP_SUB_FCLOSE;
import static net.mptcp.MptcpConst.MPTCP_SUB_JOIN;
import static net.sock.Memory.sk_mem_charge;
import static net.sock.SockTimers.sk_stop_timer;
import static net.tcp.TcpConst.MAX_TCP_HEADER;
import static net.tcp.TcpConst.TCPHDR_ACK;
import static net.tcp.TcpConst.TCPOPT_MPTCP;
import static net.tcp.TcpConst.TCPOPT_NOP;
import static net.tcp.TcpConst.TCP_NAGLE_PUSH;
import static net.tcp.WriteQueue.tcp_add_write_queue_tail;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import linux.compiler.IntRef;
import linux.compiler.Ref;
import linux.skbuff.sk_buff;
import linux.skbuff.sk_buff_head;
import linux.tcp.tcp_sock;
import net.mptcp.mp_dss;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_sched_ops;
import net.sock.sock;
import testing.MptcpSockets;
import uapi.linux.tcp.tcphdr;

/**
 * A connection of bare sockets ({@link MptcpSockets}) that sends: what subflows hand to IP is written down in {@link
 * #wire}. The scheduler is the test's: data go to {@link #to}, as long as {@link #budget} lasts, the reinject queue
 * first. Data and sequence numbers begin at {@link #DSN}, those of subflow i at {@link #ssn}. MSS 1000, no GSO.
 *
 * <pre>
 * 1: 0+1000 PA map 0 1 1000        subflow 1 sends 1000 bytes, mapped to the first of the connection
 * </pre>
 *
 * <p>The payload byte of a data sequence number is {@link #byteAt}, so each segment shows whether it has the right ones.
 */
final class Bundle implements AutoCloseable {
    /** Wraps inside the first packets. */
    static final int DSN = -1500;

    final MptcpSockets m;
    final tcp_sock meta;
    final mptcp_cb mpcb;
    final List<String> wire = new ArrayList<>();

    /** Where data go; null: no subflow is free. */
    tcp_sock to;

    int budget = 1000;

    /** What the scheduler says for {@code limit}; 0: no limit. */
    int sublimit;

    /** What IP answers. */
    int xmitResult;

    /** The next segment that the scheduler gives is this one, sent before: {@code reinject} is -1. */
    sk_buff again;

    private final mptcp_sched_ops ops = new mptcp_sched_ops();

    Bundle(int subflows) {
        m = new MptcpSockets(subflows);
        meta = m.meta;
        mpcb = m.mpcb;
        ops.get_subflow = (meta_sk, skb, zero_wnd_test) -> to;
        ops.next_segment = this::nextSegment;
        mpcb.sched_ops = ops;
        mpcb.mptcp_rem_key = 0x0102030405060708L;
        meta.snd_una = meta.snd_nxt = meta.write_seq = meta.pushed_seq = meta.snd_up = meta.snd_sml = DSN;
        meta.rcv_nxt = meta.rcv_wup = meta.copied_seq = 77;
        meta.snd_wnd = meta.max_window = 60_000;
        meta.window_clamp = meta.rcv_ssthresh = 60_000;
        meta.mss_cache = 1000;
        meta.sk_sndbuf = 1 << 20;
        meta.icsk_rto = 300;
        meta.icsk_ack.rcv_mss = 1000;
        mpcb.snd_high_order[1] = 1;
        for (int i = 0; i < subflows; i++) {
            tcp_sock tp = m.sub(i);
            int index = i;
            tp.snd_una = tp.snd_nxt = tp.write_seq = tp.pushed_seq = tp.snd_up = tp.snd_sml = ssn(i);
            tp.mptcp.snt_isn = ssn(i) - 1;
            tp.rcv_nxt = tp.rcv_wup = tp.copied_seq = 5000;
            tp.window_clamp = 60_000;
            tp.tcp_header_len = 20 + 20;
            tp.rx_opt.mss_clamp = 1460;
            tp.advmss = 1460;
            tp.icsk_ack.rcv_mss = 1000;
            tp.sk_sndbuf = 1 << 20;
            tp.icsk_rto = 300;
            tp.sk_route_caps = NETIF_F_SG | NETIF_F_ALL_CSUM;
            tp.sk_gso_type = SKB_GSO_TCPV4;
            setup_timer(tp.mptcp.mptcp_ack_timer, Timers::mptcp_ack_handler, tp);
            tp.icsk_af_ops.queue_xmit = (skb, fl) -> {
                wire.add(index + ": " + describe(skb, tp));
                kfree_skb(skb);
                return xmitResult;
            };
        }
        to = subflows > 0 ? m.sub(0) : null;
    }

    private sk_buff nextSegment(sock meta_sk, IntRef reinject, Ref<sock> subsk, IntRef limit) {
        sk_buff skb = mpcb.reinject_queue.next;
        reinject.val = skb != null ? 1 : 0;
        if (skb == null && again != null) {
            skb = again;
            again = null;
            reinject.val = -1;
        }
        if (skb == null) {
            skb = meta.sk_send_head;
        }
        if (skb == null || to == null || budget-- <= 0) {
            return null;
        }
        subsk.val = to;
        limit.val = sublimit;
        return skb;
    }

    /** Where the subflow sequence numbers of subflow i begin: with the byte behind the SYN. */
    static int ssn(int i) {
        return 0x7fffff00 + i * 0x10000;
    }

    static byte byteAt(int dsn) {
        return (byte) (dsn * 0x9e3779b1 >>> 24);
    }

    /** What a packet is, as its bytes say. */
    String describe(sk_buff skb, tcp_sock tp) {
        byte[] b = new byte[skb.len];
        assertThat(skb_copy_bits(skb, 0, b, 0, skb.len)).isZero();
        tcphdr th = new tcphdr(b, 0);
        int head = th.doff() * 4;
        int len = b.length - head;
        StringBuilder s = new StringBuilder();
        s.append(th.seq() - ssn(m.indexOf(tp))).append('+').append(len).append(' ');
        s.append(th.fin() ? "F" : "").append(th.rst() ? "R" : "").append(th.psh() ? "P" : "").append(th.ack() ? "A" : "");
        for (int at = tcphdr.SIZE; at < head; ) {
            if (b[at] == TCPOPT_NOP || b[at] == 0) {
                at++;
                continue;
            }
            if (b[at] == TCPOPT_MPTCP) {
                mp_dss o = new mp_dss(b, at);
                switch (o.sub()) {
                    case MPTCP_SUB_DSS:
                        if (o.M()) {
                            int dsn = get32(b, at + 8);
                            int ssn = get32(b, at + 12);
                            s.append(" map ").append(dsn - DSN).append(' ').append(ssn)
                                    .append(' ').append(get16(b, at + 16));
                            int first = th.seq() - tp.mptcp.snt_isn - ssn;
                            for (int i = 0; i < len; i++) {
                                assertThat(b[head + i]).as("byte %d of %s", i, s).isEqualTo(byteAt(dsn + first + i));
                            }
                        }
                        s.append(o.F() ? " DATA_FIN" : "");
                        break;
                    case MPTCP_SUB_FCLOSE:
                        s.append(" FASTCLOSE ").append(Long.toHexString(get64(b, at + 4)));
                        break;
                    case MPTCP_SUB_JOIN:
                        s.append(" JOIN ").append(o.len());
                        break;
                    default:
                        s.append(" sub").append(o.sub());
                        break;
                }
            }
            at += b[at + 1];
        }
        return s.toString();
    }

    /** The application has written {@code len} bytes, which lie in one packet. */
    sk_buff write(int len) {
        sk_buff skb = alloc_skb_fclone(len + MAX_TCP_HEADER, GFP_KERNEL);
        skb_reserve(skb, MAX_TCP_HEADER);
        int at = skb_put(skb, len);
        for (int i = 0; i < len; i++) {
            skb.head[at + i] = byteAt(meta.write_seq + i);
        }
        TCP_SKB_CB(skb).seq = meta.write_seq;
        TCP_SKB_CB(skb).end_seq = meta.write_seq += len;
        TCP_SKB_CB(skb).tcp_flags = TCPHDR_ACK;
        skb.ip_summed = CHECKSUM_PARTIAL;
        skb_header_release(skb);
        tcp_add_write_queue_tail(meta, skb);
        meta.sk_wmem_queued += skb.truesize;
        sk_mem_charge(meta, skb.truesize);
        return skb;
    }

    /** Pushes the meta socket. */
    boolean push() {
        return WriteXmit.mptcp_write_xmit(meta, 0, TCP_NAGLE_PUSH, 0, GFP_ATOMIC);
    }

    /** A queue in data sequence numbers: {@code 0-1000 1000-2500F}; F: with DATA_FIN. Its links must fit. */
    static String queue(sk_buff_head head) {
        List<String> s = new ArrayList<>();
        sk_buff last = null;
        for (sk_buff skb = head.next; skb != null; skb = skb.next) {
            assertThat(skb.prev).isSameAs(last);
            last = skb;
            s.add((TCP_SKB_CB(skb).seq - DSN) + "-" + (TCP_SKB_CB(skb).end_seq - DSN)
                    + (mptcp_is_data_fin(skb) ? "F" : ""));
        }
        assertThat(head.prev).as("tail").isSameAs(last);
        assertThat(head.qlen).as("qlen").isEqualTo(s.size());
        return String.join(" ", s);
    }

    /** What was sent since the last call. */
    List<String> drain() {
        List<String> s = new ArrayList<>(wire);
        wire.clear();
        return s;
    }

    @Override
    public void close() {
        for (int i = 0; i < mpcb.cnt_subflows; i++) {
            sk_stop_timer(m.sub(i), m.sub(i).mptcp.mptcp_ack_timer);
        }
        m.free();
        assertThat(meta.sk_wmem_queued).as("sk_wmem_queued of the meta socket").isZero();
    }
}
