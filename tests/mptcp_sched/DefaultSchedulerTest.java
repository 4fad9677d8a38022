// SPDX-License-Identifier: GPL-2.0-only
package mptcp_sched;

import static linux.jiffies.Jiffies.jiffies;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Queue.__skb_queue_head_init;
import static linux.skbuff.Queue.__skb_queue_tail;
import static linux.tcp.tcp_sock.TSQ_THROTTLED;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import linux.compiler.IntRef;
import linux.compiler.Ref;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.sock.sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.MptcpSockets;
import testing.Vectors;

@KernelTest
class DefaultSchedulerTest {
    private MptcpSockets c;

    /** Packets of numbers that a test has made. */
    private final List<sk_buff> packets = new ArrayList<>();

    @AfterEach
    void free() {
        packets.forEach(MptcpSockets::free);
        if (c != null) {
            c.free();
        }
    }

    private MptcpSockets subflows(int n) {
        c = new MptcpSockets(n);
        return c;
    }

    private sk_buff packet(int seq, int len) {
        sk_buff skb = MptcpSockets.packet(seq, len);
        packets.add(skb);
        return skb;
    }

    /** Subflows as a row of the tables describes them. */
    private static MptcpSockets of(Vectors.Row row) {
        MptcpSockets c = new MptcpSockets(row.i32("in.n"));
        for (int i = 0; i < row.i32("in.n"); i++) {
            tcp_sock tp = c.sub(i);
            String in = "in." + i + ".";
            tp.skc_state = row.i32(in + "sk_state");
            tp.mptcp.pre_established = row.bool(in + "pre_established");
            tp.mptcp.fully_established = row.bool(in + "fully_established");
            tp.mptcp.second_packet = row.bool(in + "second_packet");
            tp.mptcp.last_end_data_seq = row.i32(in + "last_end_data_seq");
            tp.pf = row.bool(in + "pf");
            tp.icsk_ca_state = row.i32(in + "icsk_ca_state");
            tp.rx_opt.sack_ok = row.i32(in + "sack_ok");
            tp.snd_una = row.i32(in + "snd_una");
            tp.high_seq = row.i32(in + "high_seq");
            tp.tsq_flags = row.i32(in + "TSQ_THROTTLED") << TSQ_THROTTLED;
            tp.packets_out = row.i32(in + "packets_out");
            tp.snd_cwnd = row.i32(in + "snd_cwnd");
            tp.snd_ssthresh = row.i32(in + "snd_ssthresh");
            tp.mss_cache = row.i32(in + "mss_cache");
            tp.snd_nxt = row.i32(in + "snd_nxt");
            tp.write_seq = row.i32(in + "write_seq");
            tp.snd_wnd = row.i32(in + "snd_wnd");
            tp.srtt = row.i32(in + "srtt");
            tp.mptcp.low_prio = row.bool(in + "low_prio");
            tp.mptcp.rcv_low_prio = row.bool(in + "rcv_low_prio");
            tp.sk_gso_max_segs = row.i32(in + "sk_gso_max_segs");
            tp.tcp_header_len = 32;
            tp.rx_opt.tstamp_ok = true;
        }
        return c;
    }

    @Nested
    class get_available_subflow {
        @Test
        @DisplayName("agrees with the kernel, and so does mptcp_is_available for each subflow")
        void vectors() {
            Vectors.each("mptcp_get_available_subflow", row -> {
                MptcpSockets c = of(row);
                boolean zero_wnd_test = row.bool("in.zero_wnd_test");
                sk_buff skb = null;
                if (row.bool("in.has_skb")) {
                    skb = MptcpSockets.packet(row.i32("in.skb.seq"), row.i32("in.skb.len"));
                    TCP_SKB_CB(skb).path_mask = row.i32("in.skb.path_mask");
                    TCP_SKB_CB(skb).mptcp_flags = row.i32("in.skb.mptcp_flags");
                }
                c.meta.sk_shutdown = row.i32("in.meta.sk_shutdown");
                c.mpcb.dfin_path_index = row.i32("in.vmp.mpcb.dfin_path_index");
                c.mpcb.cnt_established = row.i32("in.vmp.mpcb.cnt_established");

                for (int i = 0; i < row.i32("in.n"); i++) {
                    assertThat(DefaultScheduler.mptcp_is_available(c.sub(i), skb, zero_wnd_test))
                            .as("subflow " + i + " " + row)
                            .isEqualTo(row.bool("out." + i + ".mptcp_is_available"));
                }
                assertThat(c.indexOf(DefaultScheduler.get_available_subflow(c.meta, skb, zero_wnd_test)))
                        .as(row.toString())
                        .isEqualTo(row.i32("out.selected"));
                if (skb != null) {
                    assertThat(TCP_SKB_CB(skb).path_mask).as(row.toString()).isEqualTo(row.i32("out.skb.path_mask"));
                    MptcpSockets.free(skb);
                }
                c.free();
            });
        }
    }

    @Nested
    class mptcp_next_segment {
        @Test
        @DisplayName("agrees with the kernel, penalties included")
        void vectors() {
            Vectors.each("mptcp_next_segment", row -> {
                MptcpSockets c = of(row);
                int n = row.i32("in.n");
                jiffies = row.i64("in.jiffies");
                c.meta.snd_una = row.i32("in.meta_tp.snd_una");
                c.meta.snd_wnd = row.i32("in.meta_tp.snd_wnd");
                c.mpcb.infinite_mapping_snd = row.bool("in.vmp.mpcb.infinite_mapping_snd");
                for (int i = 0; i < n; i++) {
                    DefaultScheduler.defsched_get_priv(c.sub(i)).last_rbuf_opti =
                            row.i32("in." + i + ".last_rbuf_opti");
                }
                sk_buff skb = MptcpSockets.packet(row.i32("in.skb.seq"), row.i32("in.skb.len"));
                sk_buff head = MptcpSockets.packet(row.i32("in.head.seq"), row.i32("in.head.len"));
                TCP_SKB_CB(head).path_mask = row.i32("in.head.path_mask");
                if (row.bool("in.has_sent_head_skb")) {
                    __skb_queue_tail(c.meta.sk_write_queue, head);
                }
                if (row.bool("in.skb_in_reinject_queue")) {
                    __skb_queue_tail(c.mpcb.reinject_queue, skb);
                } else {
                    __skb_queue_tail(c.meta.sk_write_queue, skb);
                    c.meta.sk_send_head = skb;
                }
                IntRef reinject = new IntRef();
                Ref<sock> subsk = new Ref<>();
                IntRef limit = new IntRef();

                sk_buff ret = DefaultScheduler.mptcp_next_segment(c.meta, reinject, subsk, limit);

                assertThat(ret == null ? 0 : ret == skb ? 1 : 2)
                        .as(row.toString())
                        .isEqualTo(row.i32("out.ret_0none_1skb_2head"));
                assertThat(reinject.val).as(row.toString()).isEqualTo(row.i32("out.reinject"));
                assertThat(c.indexOf(subsk.val)).as(row.toString()).isEqualTo(row.i32("out.subsk"));
                assertThat(limit.val).as(row.toString()).isEqualTo(row.i32("out.limit"));
                for (int i = 0; i < n; i++) {
                    tcp_sock tp = c.sub(i);
                    String out = "out." + i + ".";
                    assertThat(tp.snd_cwnd).as(row.toString()).isEqualTo(row.i32(out + "snd_cwnd"));
                    assertThat(tp.snd_ssthresh).as(row.toString()).isEqualTo(row.i32(out + "snd_ssthresh"));
                    assertThat(DefaultScheduler.defsched_get_priv(tp).last_rbuf_opti)
                            .as(row.toString())
                            .isEqualTo(row.i32(out + "last_rbuf_opti"));
                }
                c.meta.sk_send_head = null;
                __skb_queue_head_init(c.meta.sk_write_queue);
                __skb_queue_head_init(c.mpcb.reinject_queue);
                for (sk_buff p : List.of(skb, head)) {
                    p.next = p.prev = null;
                    MptcpSockets.free(p);
                }
                c.free();
            });
        }
    }
}
