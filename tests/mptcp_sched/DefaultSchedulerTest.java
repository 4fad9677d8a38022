// SPDX-License-Identifier: GPL-2.0-only
package mptcp_sched;

import static linux.jiffies.Jiffies.jiffies;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Queue.__skb_queue_head_init;
import static linux.skbuff.Queue.__skb_queue_tail;
import static linux.skbuff.Queue.__skb_unlink;
import static linux.tcp.tcp_sock.TSQ_THROTTLED;
import static net.mptcp.MptcpConst.MPTCPHDR_FIN;
import static net.sock.sock.RCV_SHUTDOWN;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp_states.TcpState.TCP_CLOSE_WAIT;
import static net.tcp_states.TcpState.TCP_FIN_WAIT1;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.socket.SocketOpt.SOCK_NOSPACE;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;

import java.util.ArrayList;
import java.util.List;
import linux.compiler.IntRef;
import linux.compiler.Ref;
import linux.net.socket;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.sock.sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
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

        @Test
        @DisplayName("the lower srtt wins, the first of the list when both are the same")
        void lowest_rtt() {
            subflows(2);
            c.sub(0).srtt = 300;
            c.sub(1).srtt = 200;
            assertThat(DefaultScheduler.get_available_subflow(c.meta, null, false)).isSameAs(c.sub(1));

            c.sub(1).srtt = 300;
            assertThat(DefaultScheduler.get_available_subflow(c.meta, null, false)).isSameAs(c.sub(0));
        }

        @Test
        @DisplayName("a backup subflow only when there are no others")
        void backup() {
            subflows(2);
            c.sub(0).mptcp.rcv_low_prio = true;
            c.sub(1).snd_cwnd = 0;
            assertThat(DefaultScheduler.get_available_subflow(c.meta, null, false)).isNull();

            c.sub(1).mptcp.low_prio = true;
            assertThat(DefaultScheduler.get_available_subflow(c.meta, null, false)).isSameAs(c.sub(0));
        }

        @Test
        @DisplayName("the DATA_FIN goes where the peer's came from")
        void data_fin() {
            subflows(2);
            sk_buff skb = packet(0, 0);
            TCP_SKB_CB(skb).mptcp_flags = MPTCPHDR_FIN;
            c.meta.sk_shutdown = RCV_SHUTDOWN;
            c.mpcb.dfin_path_index = 2;

            assertThat(DefaultScheduler.get_available_subflow(c.meta, skb, false)).isSameAs(c.sub(1));
        }

        @Test
        @DisplayName("what all have sent may be sent again by any: the mask starts anew")
        void sent_on_all() {
            subflows(2);
            sk_buff skb = packet(0, 100);
            TCP_SKB_CB(skb).path_mask = 3;

            assertThat(DefaultScheduler.get_available_subflow(c.meta, skb, false)).isNotNull();
            assertThat(TCP_SKB_CB(skb).path_mask).isZero();
        }
    }

    @Nested
    class defsched_get_priv {
        @Test
        @DisplayName("each subflow has its own, and keeps it")
        void own() {
            subflows(2);
            DefaultScheduler.defsched_get_priv(c.sub(0)).last_rbuf_opti = 5;

            assertThat(DefaultScheduler.defsched_get_priv(c.sub(0)).last_rbuf_opti).isEqualTo(5);
            assertThat(DefaultScheduler.defsched_get_priv(c.sub(1)).last_rbuf_opti).isZero();
        }
    }

    @Nested
    class mptcp_is_available {
        private boolean available(boolean zero_wnd_test) {
            return DefaultScheduler.mptcp_is_available(c.sub(0), packet(1000, 100), zero_wnd_test);
        }

        @BeforeEach
        void one() {
            subflows(1);
            assertThat(available(false)).isTrue();
        }

        @Test
        @DisplayName("not before the fourth ACK, not when it is closing, and not when it may be broken")
        void state() {
            c.sub(0).mptcp.pre_established = true;
            assertThat(available(false)).isFalse();
            c.sub(0).mptcp.pre_established = false;
            c.sub(0).skc_state = TCP_FIN_WAIT1;
            assertThat(available(false)).isFalse();
            c.sub(0).skc_state = TCP_CLOSE_WAIT;
            assertThat(available(false)).isTrue();
            c.sub(0).pf = true;
            assertThat(available(false)).isFalse();
        }

        @Test
        @DisplayName("not after a timeout, except without SACK when everything up to high_seq is acknowledged")
        void loss() {
            c.sub(0).icsk_ca_state = TCP_CA_Loss;
            c.sub(0).high_seq = c.sub(0).snd_una;
            c.sub(0).rx_opt.sack_ok = 1;
            assertThat(available(false)).isFalse();
            c.sub(0).rx_opt.sack_ok = 0;
            assertThat(available(false)).isTrue();
            c.sub(0).high_seq++;
            assertThat(available(false)).isFalse();
        }

        @Test
        @DisplayName("only in order until the peer has shown that it speaks MPTCP")
        void in_order() {
            c.sub(0).mptcp.fully_established = false;
            c.sub(0).mptcp.second_packet = true;
            c.sub(0).mptcp.last_end_data_seq = 900;
            assertThat(available(false)).isFalse();
            c.sub(0).mptcp.last_end_data_seq = 1000;
            assertThat(available(false)).isTrue();
        }

        @Test
        @DisplayName("not while the device has enough of it, or the congestion window is full with what is queued")
        void full() {
            c.sub(0).tsq_flags = 1 << TSQ_THROTTLED;
            assertThat(available(false)).isFalse();
            c.sub(0).tsq_flags = 0;
            c.sub(0).packets_out = 10;
            assertThat(available(false)).isFalse();
            c.sub(0).packets_out = 9;
            c.sub(0).write_seq = c.sub(0).snd_nxt + 1000;
            assertThat(available(false)).isTrue();
            c.sub(0).write_seq++;
            assertThat(available(false)).isFalse();
        }

        @Test
        @DisplayName("not when the peer's window cannot take the segment; for a probe a byte is enough")
        void window() {
            c.sub(0).snd_wnd = 99;
            assertThat(available(false)).isFalse();
            assertThat(available(true)).isTrue();
            c.sub(0).snd_wnd = 0;
            assertThat(available(true)).isFalse();
        }

        @Test
        @DisplayName("what is queued counts from what was sent, wherever the numbers are")
        void queued() {
            c.sub(0).snd_nxt = c.sub(0).snd_una = c.sub(0).write_seq = 5_000_000;
            assertThat(available(false)).isTrue();
            c.sub(0).write_seq += 10_000;
            assertThat(available(false)).isTrue();
            c.sub(0).write_seq++;
            assertThat(available(false)).isFalse();
        }
    }

    @Nested
    class mptcp_dont_reinject_skb {
        @Test
        @DisplayName("not on the subflow that has sent it; without a packet there is nothing to ask")
        void mask() {
            subflows(2);
            sk_buff skb = packet(0, 10);
            TCP_SKB_CB(skb).path_mask = 1 << 1;

            assertThat(DefaultScheduler.mptcp_dont_reinject_skb(c.sub(0), skb)).isZero();
            assertThat(DefaultScheduler.mptcp_dont_reinject_skb(c.sub(1), skb)).isNotZero();
            assertThat(DefaultScheduler.mptcp_dont_reinject_skb(c.sub(1), null)).isZero();
        }
    }

    /** Subflow 0 is fast, subflow 1 slow; the slow one has sent the oldest segment, and everything was sent. */
    private sk_buff blocked() {
        subflows(2);
        c.sub(0).srtt = 80;
        c.sub(1).srtt = 800;
        c.sub(1).snd_ssthresh = 8;
        sk_buff head = MptcpSockets.packet(c.meta.snd_una, 1000);
        TCP_SKB_CB(head).path_mask = 1 << 1;
        __skb_queue_tail(c.meta.sk_write_queue, head);
        DefaultScheduler.defsched_get_priv(c.sub(0)).last_rbuf_opti = tcp_time_stamp() - 1000;
        return head;
    }

    /** Takes the packet of numbers off the queue again. */
    private void unblock(sk_buff head) {
        __skb_unlink(head, c.meta.sk_write_queue);
        packets.add(head);
    }

    @Nested
    class mptcp_rcv_buf_optimization {
        @Test
        @DisplayName("the fast subflow sends what the slow one holds back, and the slow one's window is halved")
        void penalty() {
            sk_buff head = blocked();

            assertThat(DefaultScheduler.mptcp_rcv_buf_optimization(c.sub(0), 1)).isSameAs(head);

            assertThat(c.sub(1).snd_cwnd).isEqualTo(5);
            assertThat(c.sub(1).snd_ssthresh).isEqualTo(4);
            unblock(head);
        }

        @Test
        @DisplayName("once in a round trip; not below one segment; in slow start the threshold stays")
        void limits() {
            sk_buff head = blocked();
            c.sub(1).snd_ssthresh = 1000;
            DefaultScheduler.mptcp_rcv_buf_optimization(c.sub(0), 1);
            DefaultScheduler.mptcp_rcv_buf_optimization(c.sub(0), 1);
            assertThat(c.sub(1).snd_cwnd).isEqualTo(5);
            assertThat(c.sub(1).snd_ssthresh).isEqualTo(1000);

            DefaultScheduler.defsched_get_priv(c.sub(0)).last_rbuf_opti = tcp_time_stamp() - 10;
            c.sub(1).snd_cwnd = 1;
            DefaultScheduler.mptcp_rcv_buf_optimization(c.sub(0), 1);
            assertThat(c.sub(1).snd_cwnd).isEqualTo(1);
            unblock(head);
        }

        @Test
        @DisplayName("no penalty while there is room in the send buffer, and the segment is sent again all the same")
        void optional() {
            sk_buff head = blocked();

            assertThat(DefaultScheduler.mptcp_rcv_buf_optimization(c.sub(0), 0)).isSameAs(head);
            assertThat(c.sub(1).snd_cwnd).isEqualTo(10);
            unblock(head);
        }

        @Test
        @DisplayName("not if the other is less than four times as slow, unless it has almost no window left")
        void worth_it() {
            sk_buff head = blocked();
            c.sub(1).srtt = 320;
            assertThat(DefaultScheduler.mptcp_rcv_buf_optimization(c.sub(0), 0)).isNull();
            c.sub(1).snd_cwnd = 4;
            assertThat(DefaultScheduler.mptcp_rcv_buf_optimization(c.sub(0), 0)).isSameAs(head);
            unblock(head);
        }

        @Test
        @DisplayName("not what it has sent itself, and not what was never sent")
        void own() {
            sk_buff head = blocked();
            TCP_SKB_CB(head).path_mask = 3;
            assertThat(DefaultScheduler.mptcp_rcv_buf_optimization(c.sub(0), 0)).isNull();
            TCP_SKB_CB(head).path_mask = 2;
            c.meta.sk_send_head = head;
            assertThat(DefaultScheduler.mptcp_rcv_buf_optimization(c.sub(0), 1)).isNull();
            c.meta.sk_send_head = null;
            unblock(head);
        }

        @Test
        @DisplayName("a round trip is that of the fast one, to the jiffy")
        void round_trip() {
            sk_buff head = blocked();
            jiffies += 5_000_000;
            DefaultScheduler.defsched_get_priv(c.sub(0)).last_rbuf_opti = tcp_time_stamp() - 9;
            DefaultScheduler.mptcp_rcv_buf_optimization(c.sub(0), 1);
            assertThat(c.sub(1).snd_cwnd).isEqualTo(10);

            DefaultScheduler.defsched_get_priv(c.sub(0)).last_rbuf_opti = tcp_time_stamp() - 10;
            DefaultScheduler.mptcp_rcv_buf_optimization(c.sub(0), 1);
            assertThat(c.sub(1).snd_cwnd).isEqualTo(5);
            assertThat(DefaultScheduler.defsched_get_priv(c.sub(0)).last_rbuf_opti).isEqualTo(tcp_time_stamp());
            unblock(head);
        }

        @Test
        @DisplayName("nobody is punished for what he has not sent, and not while he is in trouble himself")
        void innocent() {
            sk_buff head = blocked();
            TCP_SKB_CB(head).path_mask = 1 << 5;
            assertThat(DefaultScheduler.mptcp_rcv_buf_optimization(c.sub(0), 1)).as("who has it is gone").isNull();
            assertThat(c.sub(1).snd_cwnd).isEqualTo(10);

            TCP_SKB_CB(head).path_mask = 1 << 1;
            c.sub(1).icsk_ca_state = TCP_CA_Loss;
            DefaultScheduler.mptcp_rcv_buf_optimization(c.sub(0), 1);
            assertThat(c.sub(1).snd_cwnd).isEqualTo(10);
            c.sub(1).icsk_ca_state = 0;

            c.sub(1).srtt = c.sub(0).srtt;
            DefaultScheduler.mptcp_rcv_buf_optimization(c.sub(0), 1);
            assertThat(c.sub(1).snd_cwnd).as("as fast").isEqualTo(10);
            unblock(head);
        }
    }

    @Nested
    class __mptcp_next_segment {
        private final IntRef reinject = new IntRef();

        @Test
        @DisplayName("what is to be sent again comes first, then what is new")
        void order() {
            subflows(1);
            sk_buff fresh = packet(0, 10);
            sk_buff again = packet(0, 10);
            c.meta.sk_send_head = fresh;
            assertThat(DefaultScheduler.__mptcp_next_segment(c.meta, reinject)).isSameAs(fresh);
            assertThat(reinject.val).isZero();

            __skb_queue_tail(c.mpcb.reinject_queue, again);
            assertThat(DefaultScheduler.__mptcp_next_segment(c.meta, reinject)).isSameAs(again);
            assertThat(reinject.val).isOne();

            c.mpcb.send_infinite_mapping = true;
            assertThat(DefaultScheduler.__mptcp_next_segment(c.meta, reinject)).as("fallen back").isSameAs(fresh);
            assertThat(reinject.val).isZero();
            c.meta.sk_send_head = null;
            __skb_unlink(again, c.mpcb.reinject_queue);
        }

        @Test
        @DisplayName("with nothing to send and a writer who waits for room: the oldest segment once more")
        void stuck() {
            sk_buff head = blocked();
            c.meta.sk_socket = new socket();
            c.meta.sk_sndbuf = 10_000;
            c.meta.sk_wmem_queued = 9_000;
            assertThat(DefaultScheduler.__mptcp_next_segment(c.meta, reinject)).as("nobody waits").isNull();

            c.meta.sk_socket.flags = 1 << SOCK_NOSPACE;
            assertThat(DefaultScheduler.__mptcp_next_segment(c.meta, reinject)).isSameAs(head);
            assertThat(reinject.val).isEqualTo(-1);

            c.sub(0).pf = c.sub(1).pf = true;
            assertThat(DefaultScheduler.__mptcp_next_segment(c.meta, reinject)).as("no subflow").isNull();
            c.meta.sk_wmem_queued = 0;
            c.meta.sk_socket = null;
            unblock(head);
        }

        @Test
        @DisplayName("a writer has room when a third of what is queued is free")
        void room() {
            sk_buff head = blocked();
            c.meta.sk_socket = new socket();
            c.meta.sk_socket.flags = 1 << SOCK_NOSPACE;
            c.meta.sk_wmem_queued = 6000;
            c.meta.sk_sndbuf = 9000;
            assertThat(DefaultScheduler.__mptcp_next_segment(c.meta, reinject)).isNull();
            c.meta.sk_sndbuf = 8999;
            assertThat(DefaultScheduler.__mptcp_next_segment(c.meta, reinject)).isSameAs(head);
            c.meta.sk_wmem_queued = 0;
            c.meta.sk_socket = null;
            unblock(head);
        }
    }

    @Nested
    class defsched_init {
        @Test
        @DisplayName("a new subflow gives no penalties in its first round trip")
        void now() {
            subflows(1);

            DefaultScheduler.defsched_init(c.sub(0));

            assertThat(DefaultScheduler.defsched_get_priv(c.sub(0)).last_rbuf_opti).isEqualTo(tcp_time_stamp());
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
