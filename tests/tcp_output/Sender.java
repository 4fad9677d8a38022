// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.mm.Mm.alloc_page;
import static linux.netdev_features.NetdevFeatures.NETIF_F_ALL_CSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_GSO;
import static linux.netdev_features.NetdevFeatures.NETIF_F_SG;
import static linux.netdev_features.NetdevFeatures.NETIF_F_TSO;
import static linux.skbuff.Alloc.alloc_skb_fclone;
import static linux.skbuff.Bits.skb_copy_bits;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Clone.skb_cloned;
import static linux.skbuff.Clone.skb_header_release;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Frags.skb_fill_page_desc;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV4;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_sk;
import static linux.timer.Timers.setup_timer;
import static net.dst.Metrics.dst_init_metrics;
import static net.dst.Metrics.dst_metric_raw;
import static net.dst.Metrics.dst_metric_set;
import static net.inet_sock.Sockets.inet_sk;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Alloc.sk_alloc;
import static net.sock.Alloc.sk_free;
import static net.sock.Flags.sock_set_flag;
import static net.sock.Memory.sk_mem_charge;
import static net.sock.SockFlag.SOCK_USE_WRITE_QUEUE;
import static net.sock.SockTimers.sk_stop_timer;
import static net.tcp.Segments.tcp_skb_pcount;
import static net.tcp.TcpConst.MAX_TCP_HEADER;
import static net.tcp.TcpConst.TCPHDR_ACK;
import static net.tcp.TcpConst.TCP_INFINITE_SSTHRESH;
import static net.tcp.TcpConst.TCP_INIT_CWND;
import static net.tcp.TcpConst.TCP_TIMEOUT_INIT;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.WriteQueue.tcp_add_write_queue_tail;
import static net.tcp.WriteQueue.tcp_advance_send_head;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp.WriteQueue.tcp_write_queue_head;
import static net.tcp.WriteQueue.tcp_write_queue_purge;
import static net.tcp.tcp_skb_cb.TCPCB_LOST;
import static net.tcp.tcp_skb_cb.TCPCB_SACKED_ACKED;
import static net.tcp.tcp_skb_cb.TCPCB_SACKED_RETRANS;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp_output.Fragment.tcp_set_skb_tso_segs;
import static tcp_output.SmallQueues.tcp_tasklet_init;
import static uapi.linux.in.In.IPPROTO_TCP;
import static uapi.linux.rtnetlink.Rt.RTAX_MAX;
import static uapi.linux.rtnetlink.Rt.RTAX_MTU;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;
import static uapi.linux.tcp.TcpOpt.TCP_MSS_DEFAULT;

import java.util.ArrayList;
import java.util.List;
import linux.compiler.IntRef;
import linux.compiler.LongRef;
import linux.mm.page;
import linux.percpu_counter.percpu_counter;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.dst.dst_entry;
import net.dst.dst_ops;
import net.flow.flowi;
import net.inet_connection_sock.inet_connection_sock_af_ops;
import net.sock.proto;
import net.tcp.tcp_congestion_ops;
import uapi.linux.tcp.tcphdr;

/**
 * A {@code tcp_sock} without the layers around it: what it sends is copied into {@link #sent} instead of going to
 * IP. It starts as {@code socket(AF_INET, SOCK_STREAM)} leaves it ({@code vectors/fresh_socket}); {@link #established}
 * makes a connection of it.
 *
 * <p>Payload bytes are derived from their sequence numbers ({@link #byteAt}), so every segment tells by itself whether
 * it has the right ones.
 */
final class Sender implements AutoCloseable {
    /** The peer is at 10.0.0.2:80, we are at 10.0.0.1:4000; it has sent up to here. */
    static final int RCV_NXT = 5000;

    /** Initial sequence numbers at which something wraps or changes its sign. */
    static final int[] ISS = {0, 1, 0x7fffffff, 0x80000000, -1000};

    final proto prot = new proto();
    final inet_connection_sock_af_ops af = new inet_connection_sock_af_ops();
    final tcp_congestion_ops ca = new tcp_congestion_ops();
    final tcp_sock tp;

    /** Everything that was handed to IP. */
    final List<Segment> sent = new ArrayList<>();

    /** The packets themselves, if {@link #hold} is set: a device that has not sent them yet. */
    final List<sk_buff> held = new ArrayList<>();

    /** {@code CA_EVENT_*} that congestion control was told. */
    final List<Integer> caEvents = new ArrayList<>();

    boolean hold;

    /** What {@code queue_xmit} and {@code rebuild_header} return. */
    int xmitResult;

    int rebuildResult;

    /** Runs inside {@code queue_xmit}. */
    Runnable onXmit = () -> {};

    int memoryPressureEntered;

    /** A copy of a packet as IP got it. */
    static final class Segment {
        final byte[] bytes;
        final tcphdr th;
        final int gso_segs;
        final int gso_size;
        final int gso_type;
        final int truesize;
        final long tstamp;
        final boolean ooo_okay;
        final boolean clone;
        final int tos;

        Segment(sk_buff skb) {
            bytes = new byte[skb.len];
            skb_copy_bits(skb, 0, bytes, 0, skb.len);
            th = new tcphdr(bytes, 0);
            gso_segs = skb.shinfo.gso_segs;
            gso_size = skb.shinfo.gso_size;
            gso_type = skb.shinfo.gso_type;
            truesize = skb.truesize;
            tstamp = skb.tstamp;
            ooo_okay = skb.ooo_okay;
            clone = skb_cloned(skb);
            tos = inet_sk(skb.sk).tos;
        }

        /** The options, as hex. */
        String options() {
            return hex(bytes, tcphdr.SIZE, th.doff() * 4 - tcphdr.SIZE);
        }

        /** Bytes behind the header; they must be those of their sequence numbers. */
        int payload() {
            int len = bytes.length - th.doff() * 4;
            int from = th.seq() + (th.syn() ? 1 : 0);
            for (int i = 0; i < len; i++) {
                assertThat(bytes[th.doff() * 4 + i]).as("byte %d", i).isEqualTo(byteAt(from + i));
            }
            return len;
        }

        /** "seq-iss:payload flags", for short expectations; the flags as tcpdump has them. */
        String relative(int iss) {
            StringBuilder s = new StringBuilder();
            for (int i : new int[] {1, 0, 2, 3, 5, 6, 7, 4}) {
                if ((th.flags() & 1 << i) != 0) {
                    s.append("FSRP.UEW".charAt(i));
                }
            }
            return th.seq() - iss + ":" + payload() + " " + s;
        }

        @Override
        public String toString() {
            return relative(0);
        }
    }

    Sender() {
        prot.name = "TCP";
        prot.alloc = tcp_sock::new;
        prot.memory_allocated = new LongRef();
        prot.memory_pressure = new IntRef();
        prot.sockets_allocated = new percpu_counter();
        prot.orphan_count = new percpu_counter();
        prot.sysctl_mem = new long[] {11988, 15985, 23976};
        prot.sysctl_wmem = new int[] {4096, 16384, 4092256};
        prot.sysctl_rmem = new int[] {4096, 87380, 4092256};
        prot.max_header = MAX_TCP_HEADER;
        prot.enter_memory_pressure = sk -> memoryPressureEntered++;

        tp = (tcp_sock) sk_alloc(init_net, AF_INET, GFP_KERNEL, prot);
        tp.sk_type = SOCK_STREAM;
        tp.sk_protocol = IPPROTO_TCP;
        tp.sk_allocation = GFP_KERNEL;
        tp.skc_state = TCP_CLOSE;
        tp.skc_refcnt = 1;
        tp.sk_sndbuf = 16384;
        tp.sk_rcvbuf = 87380;
        tp.sk_pacing_rate = -1;
        tp.sk_max_pacing_rate = -1;
        tp.sk_write_space = sk -> {};
        sock_set_flag(tp, SOCK_USE_WRITE_QUEUE);
        setup_timer(tp.icsk_retransmit_timer, data -> {}, tp);
        setup_timer(tp.icsk_delack_timer, data -> {}, tp);
        setup_timer(tp.sk_timer, data -> {}, tp);

        tp.icsk_rto = TCP_TIMEOUT_INIT;
        tp.mdev = TCP_TIMEOUT_INIT;
        tp.snd_ssthresh = TCP_INFINITE_SSTHRESH;
        tp.snd_cwnd = TCP_INIT_CWND;
        tp.snd_cwnd_clamp = -1;
        tp.mss_cache = TCP_MSS_DEFAULT;
        tp.reordering = 3;
        tp.do_early_retrans = true;

        ca.name = "test";
        ca.ssthresh = sk -> Math.max(tcp_sk(sk).snd_cwnd >>> 1, 2);
        ca.cong_avoid = (sk, ack, acked, in_flight) -> {};
        ca.cwnd_event = (sk, ev) -> caEvents.add(ev);
        tp.icsk_ca_ops = ca;

        af.queue_xmit = this::xmit;
        af.send_check = (sk, skb) -> assertThat(tcp_hdr(skb).check()).isZero();
        af.rebuild_header = sk -> rebuildResult;
        af.net_header_len = 20;
        tp.icsk_af_ops = af;

        tp.select_window = Windows::tcp_select_window;
        tp.__select_window = Push::__tcp_select_window;
        tp.select_initial_window = Windows::tcp_select_initial_window;
        tp.write_xmit = WriteXmit::tcp_write_xmit;
        tp.write_wakeup = AckAndProbe::tcp_write_wakeup;
        tp.send_fin = Fin::tcp_send_fin;
        tp.send_active_reset = Fin::tcp_send_active_reset;

        // tcp_init does this when all of TCP is there.
        tcp_tasklet_init();
    }

    private int xmit(sk_buff skb, flowi fl) {
        assertThat(fl).isSameAs(tp.cork.fl);
        sent.add(new Segment(skb));
        onXmit.run();
        if (hold) {
            held.add(skb);
        } else {
            kfree_skb(skb);
        }
        return xmitResult;
    }

    /** An established connection with nothing on the way: MSS 1000, window 65535, no options, no GSO. */
    Sender established(int iss) {
        tp.skc_state = TCP_ESTABLISHED;
        tp.skc_rcv_saddr = tp.inet_saddr = 0x0a000001;
        tp.skc_daddr = 0x0a000002;
        tp.skc_num = tp.inet_sport = 4000;
        tp.skc_dport = 80;
        tp.snd_una = tp.snd_nxt = tp.write_seq = tp.pushed_seq = tp.snd_up = tp.snd_sml = iss + 1;
        tp.rcv_nxt = tp.rcv_wup = tp.copied_seq = RCV_NXT;
        tp.snd_wnd = tp.max_window = 65535;
        tp.rcv_wnd = 32000;
        tp.window_clamp = 65535;
        tp.rcv_ssthresh = 32000;
        tp.icsk_ack.rcv_mss = 1000;
        tp.tcp_header_len = tcphdr.SIZE;
        tp.rx_opt.mss_clamp = 1000;
        tp.advmss = 1460;
        tp.mss_cache = 1000;
        tp.icsk_pmtu_cookie = 1040;
        tp.icsk_mtup.search_high = 1500;
        tp.sk_sndbuf = 1 << 20;
        tp.lsndtime = tcp_time_stamp();
        return this;
    }

    /** {@link #established} behind a device that splits packets of up to 64 KB. */
    Sender withGso() {
        tp.sk_gso_type = SKB_GSO_TCPV4;
        tp.sk_route_caps = NETIF_F_GSO | NETIF_F_SG | NETIF_F_ALL_CSUM | NETIF_F_TSO;
        tp.sk_gso_max_size = 65536;
        tp.sk_gso_max_segs = 65535;
        tp.xmit_size_goal_segs = 60;
        return this;
    }

    /** The payload byte with this sequence number. */
    static byte byteAt(int seq) {
        return (byte) (seq * 0x9e3779b1 >>> 24);
    }

    private static void fill(byte[] b, int at, int seq, int len) {
        for (int i = 0; i < len; i++) {
            b[at + i] = byteAt(seq + i);
        }
    }

    /** Puts a packet with {@code len} linear bytes at the end of the queue, to be sent; no spare room in it. */
    sk_buff queue(int len) {
        return queue(len, 0);
    }

    /** The same with room for {@code room} more bytes. */
    sk_buff queue(int len, int room) {
        sk_buff skb = alloc_skb_fclone(len + room + MAX_TCP_HEADER, GFP_KERNEL);
        skb_reserve(skb, MAX_TCP_HEADER);
        skb.reserved_tailroom = skb.end - skb.tail - len - room;
        fill(skb.head, skb_put(skb, len), tp.write_seq, len);
        return entail(skb);
    }

    /** Puts a packet with all its bytes in pages there, one page of {@code pieces[i]} bytes each. */
    sk_buff queuePaged(int... pieces) {
        return queueMixed(0, pieces);
    }

    /** Puts a packet with {@code len} linear bytes, and more in pages, there. */
    sk_buff queueMixed(int len, int... pieces) {
        sk_buff skb = alloc_skb_fclone(len + MAX_TCP_HEADER, GFP_KERNEL);
        skb_reserve(skb, MAX_TCP_HEADER);
        skb.reserved_tailroom = skb.end - skb.tail - len;
        fill(skb.head, skb_put(skb, len), tp.write_seq, len);
        for (int i = 0; i < pieces.length; i++) {
            page page = alloc_page(GFP_KERNEL);
            fill(page.data, 50, tp.write_seq + skb.len, pieces[i]);
            skb_fill_page_desc(skb, i, page, 50, pieces[i]);
            skb.len += pieces[i];
            skb.data_len += pieces[i];
            skb.truesize += pieces[i];
        }
        return entail(skb);
    }

    private sk_buff entail(sk_buff skb) {
        TCP_SKB_CB(skb).seq = tp.write_seq;
        TCP_SKB_CB(skb).end_seq = tp.write_seq + skb.len;
        TCP_SKB_CB(skb).tcp_flags = TCPHDR_ACK;
        TCP_SKB_CB(skb).sacked = 0;
        skb.ip_summed = CHECKSUM_PARTIAL;
        skb_header_release(skb);
        tcp_add_write_queue_tail(tp, skb);
        tp.sk_wmem_queued += skb.truesize;
        sk_mem_charge(tp, skb.truesize);
        tp.write_seq += skb.len;
        return skb;
    }

    /** The packet, which is the send head, was sent a while ago; no device holds it any more. */
    sk_buff wasSent(sk_buff skb) {
        assertThat(tcp_send_head(tp)).isSameAs(skb);
        tcp_set_skb_tso_segs(tp, skb, tp.mss_cache);
        TCP_SKB_CB(skb).when = tcp_time_stamp();
        tcp_advance_send_head(tp, skb);
        tp.snd_nxt = TCP_SKB_CB(skb).end_seq;
        tp.packets_out += tcp_skb_pcount(skb);
        return skb;
    }

    /** {@link #queue} and {@link #wasSent}. */
    sk_buff sentBefore(int len) {
        return wasSent(queue(len));
    }

    /** Everything in the write queue, relative to {@code iss}: "seq-end" with a "|" in front of the send head. */
    String queue_(int iss) {
        List<String> all = new ArrayList<>();
        for (sk_buff skb = tcp_write_queue_head(tp); skb != null; skb = skb.next) {
            all.add((skb == tcp_send_head(tp) ? "|" : "")
                    + (TCP_SKB_CB(skb).seq - iss) + "-" + (TCP_SKB_CB(skb).end_seq - iss));
        }
        return String.join(" ", all);
    }

    /** Bytes of a packet, which must be those of its sequence numbers. */
    static int payloadOf(sk_buff skb) {
        byte[] b = new byte[skb.len];
        assertThat(skb_copy_bits(skb, 0, b, 0, skb.len)).isZero();
        for (int i = 0; i < b.length; i++) {
            assertThat(b[i]).as("byte %d", i).isEqualTo(byteAt(TCP_SKB_CB(skb).seq + i));
        }
        return b.length;
    }

    /** What is wrong with the sums of the write queue: memory and, by state, segments. */
    void assertCountersFit() {
        int truesize = 0;
        int out = 0;
        int sacked = 0;
        int lost = 0;
        int retrans = 0;
        boolean unsent = false;
        for (sk_buff skb = tcp_write_queue_head(tp); skb != null; skb = skb.next) {
            truesize += skb.truesize;
            unsent |= skb == tcp_send_head(tp);
            if (!unsent) {
                int n = tcp_skb_pcount(skb);
                int tags = TCP_SKB_CB(skb).sacked;
                out += n;
                sacked += (tags & TCPCB_SACKED_ACKED) != 0 ? n : 0;
                lost += (tags & TCPCB_LOST) != 0 ? n : 0;
                retrans += (tags & TCPCB_SACKED_RETRANS) != 0 ? n : 0;
            }
        }
        assertThat(tp.sk_wmem_queued).as("sk_wmem_queued").isEqualTo(truesize);
        assertThat(tp.packets_out).as("packets_out").isEqualTo(out);
        if (tp.rx_opt.sack_ok != 0) {
            assertThat(tp.sacked_out).as("sacked_out").isEqualTo(sacked);
        }
        assertThat(tp.lost_out).as("lost_out").isEqualTo(lost);
        assertThat(tp.retrans_out).as("retrans_out").isEqualTo(retrans);
    }

    /** The device has sent what it held. */
    void release() {
        hold = false;
        List<sk_buff> skbs = new ArrayList<>(held);
        held.clear();
        skbs.forEach(skb -> kfree_skb(skb));
    }

    /** A counter of {@code /proc/net/netstat}. */
    long mib(int field) {
        return init_net.mib.net_statistics[field];
    }

    /** A counter of {@code /proc/net/snmp}, Tcp. */
    long tcpMib(int field) {
        return init_net.mib.tcp_statistics[field];
    }

    /** {@code relative} of everything sent since the last call. */
    List<String> drain(int iss) {
        List<String> s = new ArrayList<>();
        sent.forEach(seg -> s.add(seg.relative(iss)));
        sent.clear();
        return s;
    }

    /** A route with these metrics: {@code RTAX_*, value, ...}. */
    dst_entry route(int... metrics) {
        dst_entry dst = new dst_entry();
        dst.ops = new dst_ops();
        dst.ops.default_advmss = d -> 1460;
        dst.ops.mtu = d -> dst_metric_raw(d, RTAX_MTU) != 0 ? dst_metric_raw(d, RTAX_MTU) : 1500;
        dst.__refcnt = 1;
        dst_init_metrics(dst, new int[RTAX_MAX], false);
        for (int i = 0; i < metrics.length; i += 2) {
            dst_metric_set(dst, metrics[i], metrics[i + 1]);
        }
        tp.sk_dst_cache = dst;
        return dst;
    }

    static String hex(byte[] b, int at, int len) {
        StringBuilder s = new StringBuilder();
        for (int i = 0; i < len; i++) {
            s.append(String.format("%02x", b[at + i]));
        }
        return s.toString();
    }

    /** Gives everything back, and looks whether everything was there. */
    @Override
    public void close() {
        release();
        sk_stop_timer(tp, tp.icsk_retransmit_timer);
        sk_stop_timer(tp, tp.icsk_delack_timer);
        sk_stop_timer(tp, tp.sk_timer);
        tp.sk_dst_cache = null;
        tcp_write_queue_purge(tp);
        assertThat(tp.sk_wmem_queued).as("sk_wmem_queued").isZero();
        assertThat(tp.sk_wmem_alloc).as("sk_wmem_alloc").isOne();
        assertThat(tp.skc_refcnt).as("references").isOne();
        sk_free(tp);
    }
}
