// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.mm.Mm.alloc_page;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Bits.skb_copy_bits;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Frags.skb_fill_page_desc;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static linux.skbuff.Queue.__skb_queue_purge;
import static linux.skbuff.Queue.skb_peek;
import static linux.skbuff.sk_buff.CHECKSUM_UNNECESSARY;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.tcp_options_received.TCP_SACK_SEEN;
import static linux.types.Be.get32;
import static linux.types.Be.get8;
import static net.sock.Memory.sk_mem_reclaim;
import static net.tcp.TcpConst.TCPOPT_NOP;
import static net.tcp.TcpConst.TCPOPT_SACK;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.WriteQueue.tcp_write_queue_purge;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import linux.hrtimer.Clock;
import linux.mm.page;
import linux.skbuff.sk_buff;
import linux.skbuff.sk_buff_head;
import linux.tcp.tcp_sock;
import net.dst.dst_entry;
import testing.FreshSocket;
import uapi.linux.tcp.tcphdr;

/**
 * An established connection seen from the receiver, without the layers around it. Segments are made with
 * {@link #segment} as {@code tcp_v4_rcv} hands them over; what the socket sends is written down in {@link #wire}, whom
 * it calls in {@link #events}.
 *
 * <p>Sequence numbers are counted in segments of {@link #MSS} bytes: segment 0 is the next one expected at the
 * beginning. Payload bytes are derived from their sequence numbers, so that {@link #read} can tell whether each of them
 * is in its place.
 */
final class Receiver {
    static final int MSS = 1000;

    final tcp_sock tp = FreshSocket.fresh();

    /** Sequence number of segment 0. */
    final int start;

    /** {@code A 3 sack 5-6}: an ACK of everything below segment 3, with its SACK blocks; {@code RA 3}: a RST. */
    final List<String> wire = new ArrayList<>();

    /** {@code data_ready}, {@code state_change}, {@code write_space}, {@code error_report}, {@code time_wait 6 0}. */
    final List<String> events = new ArrayList<>();

    /** @param irs the peer's initial sequence number */
    Receiver(int irs) {
        start = irs + 1;
        tp.skc_state = TCP_ESTABLISHED;
        tp.rcv_nxt = tp.rcv_wup = tp.copied_seq = start;
        tp.snd_una = tp.snd_nxt = tp.write_seq = tp.snd_up = tp.snd_sml = tp.pushed_seq = 7000;
        tp.snd_wl1 = start;
        tp.snd_wnd = tp.max_window = 30_000;
        tp.rcv_wnd = tp.window_clamp = tp.rcv_ssthresh = 30_000;
        tp.sk_rcvbuf = 200_000;
        tp.mss_cache = tp.advmss = MSS;
        tp.rx_opt.mss_clamp = MSS;
        tp.tcp_header_len = 20;
        tp.icsk_ack.rcv_mss = MSS;
        tp.icsk_ack.ato = 40;
        tp.icsk_ack.lrcvtime = tcp_time_stamp();
        tp.rx_opt.sack_ok = TCP_SACK_SEEN;
        tp.icsk_rto = 300;
        tp.sk_rx_dst = new dst_entry();
        tp.prune_ofo_queue = Prune::tcp_prune_ofo_queue;
        tp.sk_data_ready = (sk, bytes) -> events.add("data_ready");
        tp.sk_state_change = sk -> events.add("state_change");
        tp.sk_write_space = sk -> events.add("write_space");
        tp.sk_error_report = sk -> events.add("error_report");
        tp.time_wait = (sk, state, timeo) -> events.add("time_wait " + state + " " + timeo);
        tp.send_active_reset = (sk, priority) -> events.add("active_reset");
        tp.icsk_af_ops.queue_xmit = (skb, fl) -> {
            wire.add(line(skb));
            kfree_skb(skb);
            return 0;
        };
    }

    Receiver() {
        this(999);
    }

    private String line(sk_buff skb) {
        tcphdr th = tcp_hdr(skb);
        StringBuilder s = new StringBuilder();
        s.append(th.syn() ? "S" : "").append(th.fin() ? "F" : "").append(th.rst() ? "R" : "");
        s.append("A ").append(at(th.ack_seq()));
        for (int at = th.at + 20; at < th.at + th.doff() * 4; ) {
            int kind = get8(th.b, at);
            if (kind == TCPOPT_NOP) {
                at++;
                continue;
            }
            int end = at + get8(th.b, at + 1);
            if (kind == TCPOPT_SACK) {
                s.append(" sack");
                for (at += 2; at < end; at += 8) {
                    s.append(' ').append(at(get32(th.b, at))).append('-').append(at(get32(th.b, at + 4)));
                }
            }
            at = end;
        }
        int payload = skb.len - th.doff() * 4;
        return s.append(payload > 0 ? " +" + payload : "").toString();
    }

    /** A sequence number in segments. */
    String at(int seq) {
        int d = seq - start;
        return d % MSS == 0 ? "" + d / MSS : "" + d / (double) MSS;
    }

    /** The sequence number of a segment. */
    int seq(double segment) {
        return start + (int) Math.round(segment * MSS);
    }

    /** The payload byte that belongs to a sequence number. */
    static byte byteAt(int seq) {
        return (byte) (seq * 31 + (seq >>> 8));
    }

    /** A segment from the peer. */
    final class Segment {
        private int seq = tp.rcv_nxt;
        private int ack = tp.snd_una;
        private int len;
        private int window = tp.snd_wnd >>> tp.rx_opt.snd_wscale;
        private int urg_ptr;
        private String flags = "A";
        private byte[] options = {};
        private int ip_dsfield;
        private boolean paged;

        /** The payload is from segment {@code from} to segment {@code to}; parts of segments are decimals. */
        Segment data(double from, double to) {
            seq = Receiver.this.seq(from);
            len = Receiver.this.seq(to) - seq;
            return this;
        }

        Segment seq(int seq) {
            this.seq = seq;
            return this;
        }

        Segment len(int bytes) {
            len = bytes;
            return this;
        }

        /** Any of {@code S F R P A U E C}. */
        Segment flags(String flags) {
            this.flags = flags;
            return this;
        }

        Segment ack(int ack) {
            this.ack = ack;
            return this;
        }

        Segment window(int window) {
            this.window = window;
            return this;
        }

        Segment urgent(int urg_ptr) {
            flags += "U";
            this.urg_ptr = urg_ptr;
            return this;
        }

        /** Options in hex; their length is a multiple of four. */
        Segment options(String hex) {
            options = HexFormat.of().parseHex(hex.replace(" ", ""));
            return this;
        }

        /** Timestamps as everybody sends them: behind two NOPs. */
        Segment ts(int tsval, int tsecr) {
            return options(String.format("0101080a%08x%08x", tsval, tsecr));
        }

        /** The ECN bits of the IP header. */
        Segment ecn(int dsfield) {
            ip_dsfield = dsfield;
            return this;
        }

        /** The payload is in a page, as most devices deliver it. */
        Segment inPage() {
            paged = true;
            return this;
        }

        sk_buff skb() {
            int header = 20 + options.length;
            sk_buff skb = alloc_skb(64 + header + (paged ? 0 : len), GFP_KERNEL);
            skb_reserve(skb, 64);
            skb_reset_transport_header(skb);
            skb_put(skb, header + (paged ? 0 : len));
            Arrays.fill(skb.head, skb.data, skb.tail, (byte) 0);
            tcphdr th = tcp_hdr(skb);
            th.source(80);
            th.dest(4000);
            th.seq(seq);
            th.ack_seq(ack);
            th.doff(header / 4);
            th.syn(flags.contains("S"));
            th.fin(flags.contains("F"));
            th.rst(flags.contains("R"));
            th.psh(flags.contains("P"));
            th.ack(flags.contains("A"));
            th.urg(flags.contains("U"));
            th.ece(flags.contains("E"));
            th.cwr(flags.contains("C"));
            th.window(window);
            th.urg_ptr(urg_ptr);
            System.arraycopy(options, 0, skb.head, skb.data + 20, options.length);
            int first = seq + (th.syn() ? 1 : 0);
            if (paged) {
                page page = alloc_page(GFP_KERNEL);
                for (int i = 0; i < len; i++) {
                    page.data[i] = byteAt(first + i);
                }
                skb_fill_page_desc(skb, 0, page, 0, len);
                skb.len += len;
                skb.data_len += len;
                skb.truesize += len;
            } else {
                for (int i = 0; i < len; i++) {
                    skb.head[skb.data + header + i] = byteAt(first + i);
                }
            }
            skb.ip_summed = CHECKSUM_UNNECESSARY;
            TCP_SKB_CB(skb).seq = seq;
            TCP_SKB_CB(skb).end_seq = seq + len + (th.syn() ? 1 : 0) + (th.fin() ? 1 : 0);
            TCP_SKB_CB(skb).ack_seq = ack;
            TCP_SKB_CB(skb).ip_dsfield = ip_dsfield;
            return skb;
        }
    }

    Segment segment() {
        return new Segment();
    }

    /** A data segment. */
    sk_buff data(double from, double to) {
        return segment().data(from, to).skb();
    }

    /** Puts such segments where they belong, by {@code tcp_data_queue}. */
    Receiver got(double... fromTo) {
        for (int i = 0; i < fromTo.length; i += 2) {
            DataQueue.tcp_data_queue(tp, data(fromTo[i], fromTo[i + 1]));
        }
        return this;
    }

    /** What is on a queue: {@code 0-2 3-4}. */
    String queue(sk_buff_head list) {
        StringBuilder s = new StringBuilder();
        for (sk_buff skb = skb_peek(list); skb != null; skb = skb.next) {
            s.append(s.length() > 0 ? " " : "");
            s.append(at(TCP_SKB_CB(skb).seq)).append('-').append(at(TCP_SKB_CB(skb).end_seq));
        }
        return s.toString();
    }

    String receiveQueue() {
        return queue(tp.sk_receive_queue);
    }

    String outOfOrder() {
        return queue(tp.out_of_order_queue);
    }

    /** The SACK blocks to be sent, the D-SACK block in front. */
    String blocks() {
        StringBuilder s = new StringBuilder();
        if (tp.rx_opt.dsack) {
            s.append("dsack ").append(at(tp.duplicate_sack[0].start_seq)).append('-')
                    .append(at(tp.duplicate_sack[0].end_seq));
        }
        for (int i = 0; i < tp.rx_opt.num_sacks; i++) {
            s.append(s.length() > 0 ? " " : "").append(at(tp.selective_acks[i].start_seq)).append('-')
                    .append(at(tp.selective_acks[i].end_seq));
        }
        return s.toString();
    }

    /** Looks at every byte on the receive queue from {@code copied_seq} on. @return how many there are */
    int read() {
        int seq = tp.copied_seq;
        for (sk_buff skb = skb_peek(tp.sk_receive_queue); skb != null; skb = skb.next) {
            int offset = seq - TCP_SKB_CB(skb).seq;
            assertThat(offset).as("hole at " + at(seq)).isNotNegative();
            byte[] b = new byte[Math.max(skb.len - offset, 0)];
            if (b.length > 0) {
                assertThat(skb_copy_bits(skb, offset, b, 0, b.length)).isZero();
            }
            for (byte x : b) {
                assertThat(x).as("byte at " + at(seq)).isEqualTo(byteAt(seq));
                seq++;
            }
        }
        return seq - tp.copied_seq;
    }

    /** How often a counter of {@code /proc/net/netstat} has counted. */
    long mib(int field) {
        return tp.skc_net.mib.net_statistics[field];
    }

    /** Lets time pass. */
    Receiver later(int milliseconds) {
        Clock.passTo(Clock.now() + milliseconds * Clock.NSEC_PER_MSEC);
        return this;
    }

    /** Gives everything back: call it when a test ends. */
    void free() {
        FreshSocket.stopTimers(tp);
        __skb_queue_purge(tp.sk_receive_queue);
        __skb_queue_purge(tp.out_of_order_queue);
        __skb_queue_purge(tp.ucopy.prequeue);
        tcp_write_queue_purge(tp);
        sk_mem_reclaim(tp);
    }
}
