// SPDX-License-Identifier: GPL-2.0-only
package mptcp_rr;

import static linux.errno.Errno.ENOENT;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Queue.__skb_queue_tail;
import static linux.skbuff.Queue.__skb_unlink;
import static mptcp_sched.Registry.mptcp_set_default_scheduler;
import static net.mptcp.MptcpConst.MPTCPHDR_FIN;
import static net.sock.sock.RCV_SHUTDOWN;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_FIN_WAIT1;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp_output.Mss.tcp_current_mss;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;

import java.util.ArrayList;
import java.util.List;
import linux.compiler.IntRef;
import linux.compiler.Ref;
import linux.skbuff.sk_buff;
import net.sock.sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.MptcpSockets;

@KernelTest
class RoundRobinTest {
    private MptcpSockets c;

    /** Packets of numbers that a test has made. */
    private final List<sk_buff> packets = new ArrayList<>();

    private final IntRef reinject = new IntRef();
    private final Ref<sock> subsk = new Ref<>();
    private final IntRef limit = new IntRef();

    @AfterEach
    void free() {
        packets.forEach(MptcpSockets::free);
        if (c != null) {
            c.meta.sk_send_head = null;
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

    private rrsched_priv priv(int i) {
        return RoundRobin.rrsched_get_priv(c.sub(i));
    }

    @Nested
    class rrsched_get_priv {
        @Test
        @DisplayName("each subflow has its own, and keeps it")
        void own() {
            subflows(2);
            priv(0).quota = 5;

            assertThat(priv(0).quota).isEqualTo(5);
            assertThat(priv(1).quota).isZero();
        }
    }

    @Nested
    class mptcp_rr_is_available {
        private boolean available(boolean zero_wnd_test, boolean cwnd_test) {
            return RoundRobin.mptcp_rr_is_available(c.sub(0), packet(1000, 100), zero_wnd_test, cwnd_test);
        }

        @BeforeEach
        void one() {
            subflows(1);
            assertThat(available(true, true)).isTrue();
        }

        @Test
        @DisplayName("not before the fourth ACK, not when it is closing, not when it may be broken, not after a timeout")
        void state() {
            c.sub(0).mptcp.pre_established = true;
            assertThat(available(false, false)).isFalse();
            c.sub(0).mptcp.pre_established = false;
            c.sub(0).skc_state = TCP_FIN_WAIT1;
            assertThat(available(false, false)).isFalse();
            c.sub(0).skc_state = TCP_ESTABLISHED;
            c.sub(0).pf = true;
            assertThat(available(false, false)).isFalse();
            c.sub(0).pf = false;
            c.sub(0).icsk_ca_state = TCP_CA_Loss;
            c.sub(0).rx_opt.sack_ok = 1;
            assertThat(available(false, false)).isFalse();
            c.sub(0).rx_opt.sack_ok = 0;
            c.sub(0).high_seq = c.sub(0).snd_una;
            assertThat(available(false, false)).isTrue();
            c.sub(0).high_seq++;
            assertThat(available(false, false)).isFalse();
        }

        @Test
        @DisplayName("only in order until the peer has shown that it speaks MPTCP")
        void in_order() {
            c.sub(0).mptcp.fully_established = false;
            c.sub(0).mptcp.second_packet = true;
            c.sub(0).mptcp.last_end_data_seq = 900;
            assertThat(available(false, false)).isFalse();
        }

        @Test
        @DisplayName("a full congestion window matters only if it is asked for")
        void cwnd() {
            c.sub(0).packets_out = 10;
            assertThat(available(false, true)).isFalse();
            assertThat(available(false, false)).isTrue();
            c.sub(0).packets_out = 9;
            c.sub(0).write_seq = c.sub(0).snd_nxt + 1001;
            assertThat(available(false, true)).isFalse();
        }

        @Test
        @DisplayName("likewise the peer's window")
        void window() {
            c.sub(0).snd_wnd = 0;
            assertThat(available(true, true)).isFalse();
            assertThat(available(false, true)).isTrue();
        }

        @Test
        @DisplayName("room for what is queued: what the window has left, in segments of its MSS, counted from what was sent")
        void room() {
            c.sub(0).snd_wnd = 100_000;
            c.sub(0).snd_nxt = c.sub(0).snd_una = c.sub(0).write_seq = 5_000_000;
            c.sub(0).packets_out = 7;
            c.sub(0).write_seq += 3000;
            assertThat(available(false, true)).isTrue();
            c.sub(0).write_seq++;
            assertThat(available(false, true)).isFalse();
        }
    }

    @Nested
    class mptcp_rr_dont_reinject_skb {
        @Test
        @DisplayName("not on the subflow that has sent it; without a packet there is nothing to ask")
        void mask() {
            subflows(2);
            sk_buff skb = packet(0, 10);
            TCP_SKB_CB(skb).path_mask = 1 << 1;

            assertThat(RoundRobin.mptcp_rr_dont_reinject_skb(c.sub(0), skb)).isZero();
            assertThat(RoundRobin.mptcp_rr_dont_reinject_skb(c.sub(1), skb)).isNotZero();
            assertThat(RoundRobin.mptcp_rr_dont_reinject_skb(c.sub(1), null)).isZero();
        }
    }

    @Nested
    class rr_get_available_subflow {
        @Test
        @DisplayName("the last of the list that can send, however slow")
        void last() {
            subflows(3);
            c.sub(2).pf = true;
            assertThat(RoundRobin.rr_get_available_subflow(c.meta, null, false)).isSameAs(c.sub(1));

            c.sub(0).pf = c.sub(1).pf = true;
            assertThat(RoundRobin.rr_get_available_subflow(c.meta, null, false)).isNull();
        }

        @Test
        @DisplayName("better one that has not sent the segment; when all have, the mask starts anew")
        void again() {
            subflows(2);
            sk_buff skb = packet(0, 10);
            TCP_SKB_CB(skb).path_mask = 2;
            assertThat(RoundRobin.rr_get_available_subflow(c.meta, skb, false)).isSameAs(c.sub(0));

            TCP_SKB_CB(skb).path_mask = 3;
            assertThat(RoundRobin.rr_get_available_subflow(c.meta, skb, false)).isSameAs(c.sub(1));
            assertThat(TCP_SKB_CB(skb).path_mask).isZero();
        }

        @Test
        @DisplayName("the DATA_FIN goes where the peer's came from")
        void data_fin() {
            subflows(2);
            sk_buff skb = packet(0, 0);
            TCP_SKB_CB(skb).mptcp_flags = MPTCPHDR_FIN;
            c.meta.sk_shutdown = RCV_SHUTDOWN;
            c.mpcb.dfin_path_index = 1;

            assertThat(RoundRobin.rr_get_available_subflow(c.meta, skb, false)).isSameAs(c.sub(0));
        }
    }

    @Nested
    class __mptcp_rr_next_segment {
        @Test
        @DisplayName("what is to be sent again comes first, then what is new; after a fallback only that")
        void order() {
            subflows(1);
            sk_buff fresh = packet(0, 10);
            sk_buff again = packet(0, 10);
            c.meta.sk_send_head = fresh;
            assertThat(RoundRobin.__mptcp_rr_next_segment(c.meta, reinject)).isSameAs(fresh);
            assertThat(reinject.val).isZero();

            __skb_queue_tail(c.mpcb.reinject_queue, again);
            assertThat(RoundRobin.__mptcp_rr_next_segment(c.meta, reinject)).isSameAs(again);
            assertThat(reinject.val).isOne();

            c.mpcb.infinite_mapping_snd = true;
            assertThat(RoundRobin.__mptcp_rr_next_segment(c.meta, reinject)).isSameAs(fresh);
            __skb_unlink(again, c.mpcb.reinject_queue);
        }
    }

    @Nested
    class mptcp_rr_next_segment {
        private int next(int len) {
            c.meta.sk_send_head = packet(0, len);
            subsk.val = null;
            RoundRobin.mptcp_rr_next_segment(c.meta, reinject, subsk, limit);
            return c.indexOf(subsk.val);
        }

        @Test
        @DisplayName("one segment each in turn")
        void turns() {
            subflows(3);

            List<Integer> turns = new ArrayList<>();
            for (int i = 0; i < 7; i++) {
                turns.add(next(500));
            }

            assertThat(turns).containsExactly(2, 1, 0, 2, 1, 0, 2);
        }

        @Test
        @DisplayName("several segments a turn, if the parameter says so; a turn that has begun goes on")
        void bursts() {
            subflows(2);
            RoundRobin.num_segments = 3;

            List<Integer> turns = new ArrayList<>();
            List<Integer> limits = new ArrayList<>();
            for (int i = 0; i < 7; i++) {
                turns.add(next(500));
                limits.add(limit.val);
            }

            assertThat(turns).containsExactly(1, 1, 1, 0, 0, 0, 1);
            int mss = limits.get(2);
            assertThat(limits).containsExactly(3 * mss, 2 * mss, mss, 3 * mss, 2 * mss, mss, 3 * mss);
        }

        @Test
        @DisplayName("a large segment counts whole, and then the subflow never has a turn again, as in the kernel")
        void large() {
            subflows(1);

            assertThat(next(5_000)).isZero();
            assertThat(next(500)).isEqualTo(-1);
        }

        @Test
        @DisplayName("a full window costs the turn; if windows do not matter, it stops everything")
        void full_window() {
            subflows(2);
            c.sub(1).packets_out = 10;
            assertThat(next(500)).isZero();
            assertThat(next(500)).as("the other has no turn in this round").isZero();

            RoundRobin.cwnd_limited = false;
            assertThat(next(500)).isEqualTo(-1);
        }

        @Test
        @DisplayName("what is sent again takes no turn; without a subflow or a segment: null")
        void reinjected() {
            subflows(1);
            assertThat(RoundRobin.mptcp_rr_next_segment(c.meta, reinject, subsk, limit)).isNull();
            sk_buff again = packet(0, 10);
            __skb_queue_tail(c.mpcb.reinject_queue, again);

            assertThat(RoundRobin.mptcp_rr_next_segment(c.meta, reinject, subsk, limit)).isSameAs(again);
            assertThat(priv(0).quota).isZero();
            c.sub(0).pf = true;
            assertThat(RoundRobin.mptcp_rr_next_segment(c.meta, reinject, subsk, limit)).isNull();
            __skb_unlink(again, c.mpcb.reinject_queue);
        }

        @Test
        @DisplayName("no segments a turn: the loop ends when its 8-bit counters have gone round")
        void zero_segments() {
            subflows(1);
            RoundRobin.num_segments = 0;

            assertThat(next(500)).isZero();
            assertThat(limit.val).isZero();
        }

        @Test
        @DisplayName("a large segment takes as much of the turn as it has segments; it may be cut to what is left of the turn")
        void large_in_a_long_turn() {
            subflows(2);
            RoundRobin.num_segments = 5;
            assertThat(next(500)).isEqualTo(1);
            int mss = limit.val / 5;
            assertThat(mss).isEqualTo(tcp_current_mss(c.sub(1)));

            assertThat(next(2 * mss + 1)).isEqualTo(1);
            assertThat(limit.val).isEqualTo(4 * mss);
            assertThat(priv(1).quota).isEqualTo(1 + 3);
            assertThat(next(mss)).isEqualTo(1);
            assertThat(priv(1).quota).isEqualTo(5);
            assertThat(next(500)).isZero();
        }
    }

    @Nested
    class rr_register {
        @Test
        @DisplayName("once; a second time it is -1")
        void twice() {
            assertThat(RoundRobin.rr_register()).isEqualTo(-1);

            RoundRobin.rr_unregister();
            assertThat(RoundRobin.rr_register()).isZero();
        }
    }

    @Nested
    class rr_unregister {
        @Test
        @DisplayName("nobody can choose it any more")
        void gone() {
            RoundRobin.rr_unregister();

            assertThat(mptcp_set_default_scheduler("roundrobin")).isEqualTo(-ENOENT);
        }
    }
}
