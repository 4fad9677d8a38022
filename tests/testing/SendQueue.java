// SPDX-License-Identifier: GPL-2.0-only
package testing;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.mm.Mm.alloc_pages;
import static linux.mm.Mm.get_page;
import static linux.mm.Mm.put_page;
import static linux.netdev_features.NetdevFeatures.NETIF_F_ALL_CSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_GSO;
import static linux.netdev_features.NetdevFeatures.NETIF_F_SG;
import static linux.netdev_features.NetdevFeatures.NETIF_F_TSO;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Frags.skb_fill_page_desc;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static linux.skbuff.Queue.__skb_queue_tail;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV4;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.tcp_options_received.TCP_FACK_ENABLED;
import static linux.tcp.tcp_options_received.TCP_SACK_SEEN;
import static linux.types.Be.put32;
import static net.sock.Memory.sk_mem_charge;
import static net.sock.Memory.sk_wmem_schedule;
import static net.tcp.TcpConst.MAX_TCP_HEADER;
import static net.tcp.TcpConst.TCPHDR_ACK;
import static net.tcp.TcpConst.TCPHDR_FIN;
import static net.tcp.TcpConst.TCPHDR_SYN;
import static net.tcp.TcpConst.TCPOPT_NOP;
import static net.tcp.TcpConst.TCPOPT_SACK;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.WriteQueue.tcp_add_write_queue_tail;
import static net.tcp.WriteQueue.tcp_write_queue_purge;
import static net.tcp.tcp_skb_cb.TCPCB_EVER_RETRANS;
import static net.tcp.tcp_skb_cb.TCPCB_LOST;
import static net.tcp.tcp_skb_cb.TCPCB_SACKED_ACKED;
import static net.tcp.tcp_skb_cb.TCPCB_SACKED_RETRANS;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import linux.hrtimer.Clock;
import linux.mm.page;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import uapi.linux.tcp.tcphdr;

/**
 * A socket with a send queue, for tests of what walks along it. Everything is counted in segments of {@link #MSS}
 * bytes: segment 0 begins at {@link #start}, and a SACK block (2, 4) covers segments 2 and 3.
 *
 * <pre>{@code
 * SendQueue q = new SendQueue(0x7fffffff).sent(1, 1, 3);    // two packets of one segment, one of three
 * Sack.tcp_sacktag_write_queue(q.tp, q.ack(0, 1, 2), q.start, rtt);
 * assertThat(q.tags()).isEqualTo("- S -*3");
 * }</pre>
 */
public final class SendQueue {
    /** Bytes in a segment. */
    public static final int MSS = 1000;

    public final tcp_sock tp = FreshSocket.fresh();

    /** Sequence number of segment 0: the one behind the SYN. */
    public final int start;

    /** What the socket has handed to the IP layer: {@code from-to} in segments, or {@code ack}. */
    public final List<String> wire = new ArrayList<>();

    private final List<sk_buff> acks = new ArrayList<>();
    private page page;
    private int pageUsed;

    /**
     * An established connection with SACK and FACK, and nothing on its queue.
     *
     * @param iss initial sequence number
     */
    public SendQueue(int iss) {
        start = iss + 1;
        tp.skc_state = TCP_ESTABLISHED;
        tp.snd_una = tp.snd_nxt = tp.write_seq = tp.snd_up = tp.snd_sml = tp.pushed_seq = tp.high_seq = start;
        tp.snd_wl1 = tp.rcv_nxt = tp.rcv_wup = tp.copied_seq = 5000;
        tp.snd_wnd = tp.max_window = 60 * MSS;
        tp.rcv_wnd = tp.window_clamp = tp.rcv_ssthresh = 60_000;
        tp.mss_cache = MSS;
        tp.rx_opt.mss_clamp = MSS;
        tp.advmss = MSS;
        tp.tcp_header_len = 20;
        tp.icsk_ack.rcv_mss = MSS;
        tp.rx_opt.sack_ok = TCP_SACK_SEEN | TCP_FACK_ENABLED;
        tp.sk_gso_type = SKB_GSO_TCPV4;
        tp.sk_gso_max_size = 65536;
        tp.sk_gso_max_segs = 64;
        tp.sk_sndbuf = 1 << 20;
        tp.sk_route_caps = NETIF_F_SG | NETIF_F_TSO | NETIF_F_GSO | NETIF_F_ALL_CSUM;
        tp.icsk_rto = 300;
        tp.srtt = 100 << 3;
        tp.icsk_af_ops.queue_xmit = (skb, fl) -> {
            wire.add(skb.len == tcp_hdr(skb).doff() * 4 ? "ack"
                    : segment(TCP_SKB_CB(skb).seq) + "-" + segment(TCP_SKB_CB(skb).end_seq));
            kfree_skb(skb);
            return 0;
        };
    }

    /** The peer cannot do SACK. */
    public SendQueue reno() {
        tp.rx_opt.sack_ok = 0;
        return this;
    }

    /** Counting as in RFC 6675 instead of FACK. */
    public SendQueue sackOnly() {
        tp.rx_opt.sack_ok = TCP_SACK_SEEN;
        return this;
    }

    /** Adds packets of so many segments each, all sent now. */
    public SendQueue sent(int... segments) {
        for (int n : segments) {
            sk_buff skb = packet(n);
            __skb_queue_tail(tp.sk_write_queue, skb);
            tp.packets_out += n;
            tp.snd_nxt = TCP_SKB_CB(skb).end_seq;
        }
        return this;
    }

    /** Adds packets that wait to be sent. */
    public SendQueue unsent(int... segments) {
        for (int n : segments) {
            tcp_add_write_queue_tail(tp, packet(n));
        }
        return this;
    }

    private sk_buff packet(int segments) {
        sk_buff skb = alloc_skb(MAX_TCP_HEADER, GFP_KERNEL);
        int bytes = segments * MSS;

        skb_reserve(skb, MAX_TCP_HEADER);
        if (page == null || pageUsed + bytes > page.size()) {
            if (page != null) {
                put_page(page);
            }
            page = alloc_pages(GFP_KERNEL, 4);
            pageUsed = 0;
        }
        get_page(page);
        skb_fill_page_desc(skb, 0, page, pageUsed, bytes);
        pageUsed += bytes;
        skb.len = skb.data_len = bytes;
        skb.truesize += bytes;
        skb.ip_summed = CHECKSUM_PARTIAL;
        skb.shinfo.gso_segs = segments;
        if (segments > 1) {
            skb.shinfo.gso_size = MSS;
            skb.shinfo.gso_type = SKB_GSO_TCPV4;
        }
        TCP_SKB_CB(skb).seq = tp.write_seq;
        TCP_SKB_CB(skb).end_seq = tp.write_seq += bytes;
        TCP_SKB_CB(skb).tcp_flags = TCPHDR_ACK;
        TCP_SKB_CB(skb).when = tcp_time_stamp();
        tp.sk_wmem_queued += skb.truesize;
        sk_wmem_schedule(tp, skb.truesize);
        sk_mem_charge(tp, skb.truesize);
        return skb;
    }

    /** The i-th packet on the queue. */
    public sk_buff skb(int i) {
        sk_buff skb = tp.sk_write_queue.next;
        while (i-- > 0) {
            skb = skb.next;
        }
        return skb;
    }

    /**
     * Gives each packet its tags, in the notation of {@link #tags}, and counts them.
     */
    public SendQueue tag(String tags) {
        sk_buff skb = tp.sk_write_queue.next;
        int count = 0;
        for (String t : tags.split(" ")) {
            int n = skb.shinfo.gso_segs;
            count += n;
            if (t.contains("S")) {
                TCP_SKB_CB(skb).sacked |= TCPCB_SACKED_ACKED;
                tp.sacked_out += n;
                tp.fackets_out = count;
                tp.highest_sack = skb.next;
            }
            if (t.contains("R")) {
                TCP_SKB_CB(skb).sacked |= TCPCB_SACKED_RETRANS | TCPCB_EVER_RETRANS;
                TCP_SKB_CB(skb).ack_seq = tp.snd_nxt;
                tp.retrans_out += n;
            }
            if (t.contains("r")) {
                TCP_SKB_CB(skb).sacked |= TCPCB_EVER_RETRANS;
            }
            if (t.contains("L")) {
                TCP_SKB_CB(skb).sacked |= TCPCB_LOST;
                tp.lost_out += n;
            }
            skb = skb.next;
        }
        return this;
    }

    /**
     * The tags of the packets that were sent, in order: {@code L} lost, {@code S} SACKed, {@code R} sent again,
     * {@code r} only was sent again at some time, {@code -} none; {@code *3}: three segments.
     */
    public String tags() {
        StringBuilder s = new StringBuilder();
        for (sk_buff skb = tp.sk_write_queue.next; skb != tp.sk_send_head; skb = skb.next) {
            int t = TCP_SKB_CB(skb).sacked;
            s.append(s.length() > 0 ? " " : "");
            int at = s.length();
            s.append((t & TCPCB_LOST) != 0 ? "L" : "");
            s.append((t & TCPCB_SACKED_ACKED) != 0 ? "S" : "");
            s.append((t & TCPCB_SACKED_RETRANS) != 0 ? "R" : (t & TCPCB_EVER_RETRANS) != 0 ? "r" : "");
            s.append(s.length() == at ? "-" : "");
            s.append(skb.shinfo.gso_segs != 1 ? "*" + skb.shinfo.gso_segs : "");
        }
        return s.toString();
    }

    /** The counters: {@code out 5 sacked 2 lost 1 retrans 0 fackets 4}. Fails if a new count of the queue differs. */
    public String counts() {
        int[] recount = new int[4];
        int end = tp.snd_una;
        for (sk_buff skb = tp.sk_write_queue.next; skb != tp.sk_send_head; skb = skb.next) {
            int t = TCP_SKB_CB(skb).sacked;
            int n = skb.shinfo.gso_segs;
            recount[0] += n;
            recount[1] += (t & TCPCB_SACKED_ACKED) != 0 ? n : 0;
            recount[2] += (t & TCPCB_LOST) != 0 ? n : 0;
            recount[3] += (t & TCPCB_SACKED_RETRANS) != 0 ? n : 0;
            assertThat(TCP_SKB_CB(skb).seq - end).as("hole in the queue").isLessThanOrEqualTo(0);
            int synOrFin = (TCP_SKB_CB(skb).tcp_flags & (TCPHDR_SYN | TCPHDR_FIN)) != 0 ? 1 : 0;
            assertThat(skb.len + synOrFin).as("length of a packet")
                    .isEqualTo(TCP_SKB_CB(skb).end_seq - TCP_SKB_CB(skb).seq);
            end = TCP_SKB_CB(skb).end_seq;
        }
        assertThat(new int[] {tp.packets_out, tp.rx_opt.sack_ok != 0 ? tp.sacked_out : 0, tp.lost_out, tp.retrans_out})
                .as("packets_out, sacked_out, lost_out, retrans_out and what the queue has")
                .containsExactly(recount);
        return "out " + tp.packets_out + " sacked " + tp.sacked_out + " lost " + tp.lost_out + " retrans "
                + tp.retrans_out + " fackets " + tp.fackets_out;
    }

    /** Sequence number of a segment. */
    public int seq(int segment) {
        return start + segment * MSS;
    }

    /** The segment that a sequence number belongs to, with a fraction where it is none. */
    public String segment(int seq) {
        int d = seq - start;
        return d % MSS == 0 ? "" + d / MSS : "" + d / (double) MSS;
    }

    /**
     * An ACK from the peer.
     *
     * @param una everything before this segment has arrived
     * @param blocks SACK blocks: first segment and the one behind the last, for each
     */
    public sk_buff ack(int una, int... blocks) {
        int[] seqs = new int[blocks.length];
        for (int i = 0; i < blocks.length; i++) {
            seqs[i] = seq(blocks[i]);
        }
        return ackOf(seq(una), seqs);
    }

    /** An ACK with sequence numbers instead of segments. */
    public sk_buff ackOf(int ack_seq, int... blocks) {
        int options = blocks.length == 0 ? 0 : 2 + blocks.length * 4 + 2;
        sk_buff skb = alloc_skb(100, GFP_KERNEL);
        tcphdr th = new tcphdr(skb.head, skb.data);

        skb_reset_transport_header(skb);
        skb_put(skb, 20 + options);
        Arrays.fill(skb.head, skb.data, skb.tail, (byte) 0);
        th.doff(5 + options / 4);
        th.ack(true);
        th.window(tp.snd_wnd >>> tp.rx_opt.snd_wscale);
        TCP_SKB_CB(skb).seq = TCP_SKB_CB(skb).end_seq = tp.rcv_nxt;
        TCP_SKB_CB(skb).ack_seq = ack_seq;
        if (options != 0) {
            int at = skb.data + 20;
            skb.head[at++] = TCPOPT_NOP;
            skb.head[at++] = TCPOPT_NOP;
            TCP_SKB_CB(skb).sacked = at - skb.data;
            skb.head[at++] = TCPOPT_SACK;
            skb.head[at++] = (byte) (2 + blocks.length * 4);
            for (int b : blocks) {
                put32(skb.head, at, b);
                at += 4;
            }
        }
        acks.add(skb);
        return skb;
    }

    /** Lets time pass. */
    public SendQueue later(int milliseconds) {
        Clock.passTo(Clock.now() + milliseconds * Clock.NSEC_PER_MSEC);
        return this;
    }

    /** How often a counter of {@code /proc/net/netstat} has counted. */
    public long mib(int field) {
        return tp.skc_net.mib.net_statistics[field];
    }

    /** Gives everything back: call it when a test ends. */
    public void free() {
        FreshSocket.stopTimers(tp);
        tcp_write_queue_purge(tp);
        acks.forEach(skb -> kfree_skb(skb));
        acks.clear();
        if (page != null) {
            put_page(page);
            page = null;
        }
    }
}
