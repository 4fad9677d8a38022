// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.tcp.tcp_options_received.TCP_DSACK_SEEN;
import static linux.tcp.tcp_options_received.TCP_FACK_ENABLED;
import static linux.tcp.tcp_options_received.TCP_SACK_SEEN;
import static net.tcp.TcpConst.TCP_MAX_REORDERING;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.FreshSocket.fresh;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFACKREORDER;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPRENOREORDER;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSACKREORDER;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPTSREORDER;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.EveryIss;
import testing.FreshSocket;
import testing.KernelTest;
import testing.SendQueue;
import testing.SocketFields;
import testing.Vectors;

@KernelTest
class ReorderingTest {
    private SendQueue q;

    @AfterEach
    void free() {
        if (q != null) {
            q.free();
        }
    }

    @Nested
    class tcp_disable_fack {
        @Test
        @DisplayName("keeps SACK, and forgets the hint because its count means something else now")
        void hint() {
            tcp_sock tp = fresh();
            tp.rx_opt.sack_ok = TCP_SACK_SEEN | TCP_FACK_ENABLED;
            tp.lost_skb_hint = new sk_buff();

            Reordering.tcp_disable_fack(tp);

            assertThat(tp.rx_opt.sack_ok).isEqualTo(TCP_SACK_SEEN);
            assertThat(tp.lost_skb_hint).isNull();
        }

        @Test
        @DisplayName("without FACK the hint stays")
        void without() {
            tcp_sock tp = fresh();
            tp.rx_opt.sack_ok = TCP_SACK_SEEN;
            tp.lost_skb_hint = new sk_buff();

            Reordering.tcp_disable_fack(tp);

            assertThat(tp.lost_skb_hint).isNotNull();
        }
    }

    @Nested
    class tcp_dsack_seen {
        @Test
        @DisplayName("is noted beside SACK")
        void noted() {
            tcp_sock tp = fresh();
            tp.rx_opt.sack_ok = TCP_SACK_SEEN;
            Reordering.tcp_dsack_seen(tp);
            assertThat(tp.rx_opt.sack_ok).isEqualTo(TCP_SACK_SEEN | TCP_DSACK_SEEN);
        }
    }

    @Nested
    class tcp_update_reordering {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_update_reordering", row -> {
                tcp_sock tp = FreshSocket.of(row);
                Reordering.tcp_update_reordering(tp, row.i32("in.metric"), row.i32("in.ts"));
                SocketFields.out(row, tp);
            });
        }

        @Test
        @DisplayName("raises the threshold, gives up FACK and early retransmit, and counts how it found out")
        void raises() {
            tcp_sock tp = fresh();
            long[] mib = tp.skc_net.mib.net_statistics;
            tp.rx_opt.sack_ok = TCP_SACK_SEEN | TCP_FACK_ENABLED;
            tp.do_early_retrans = true;

            Reordering.tcp_update_reordering(tp, 7, 0);
            assertThat(tp.reordering).isEqualTo(7);
            assertThat(tp.rx_opt.sack_ok).isEqualTo(TCP_SACK_SEEN);
            assertThat(tp.do_early_retrans).isFalse();
            assertThat(mib[LINUX_MIB_TCPFACKREORDER]).isOne();

            Reordering.tcp_update_reordering(tp, 9, 0);
            assertThat(mib[LINUX_MIB_TCPSACKREORDER]).isOne();
            Reordering.tcp_update_reordering(tp, 11, 1);
            assertThat(mib[LINUX_MIB_TCPTSREORDER]).isOne();
            tp.rx_opt.sack_ok = 0;
            Reordering.tcp_update_reordering(tp, 500, 0);
            assertThat(mib[LINUX_MIB_TCPRENOREORDER]).isOne();
            assertThat(tp.reordering).isEqualTo(TCP_MAX_REORDERING);
        }

        @Test
        @DisplayName("a small distance still ends early retransmit, none changes nothing")
        void small() {
            tcp_sock tp = fresh();
            tp.do_early_retrans = true;
            Reordering.tcp_update_reordering(tp, 0, 0);
            assertThat(tp.do_early_retrans).isTrue();
            Reordering.tcp_update_reordering(tp, 1, 0);
            assertThat(tp.do_early_retrans).isFalse();
            assertThat(tp.reordering).isEqualTo(3);
        }
    }

    @Nested
    class tcp_verify_retransmit_hint {
        @EveryIss
        @DisplayName("begins at the first of the segments and ends behind the last")
        void both_ends(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1);

            Reordering.tcp_verify_retransmit_hint(q.tp, q.skb(1));
            assertThat(q.tp.retransmit_skb_hint).isSameAs(q.skb(1));
            assertThat(q.tp.retransmit_high).isEqualTo(q.seq(2));

            q.tp.lost_out = 1;
            Reordering.tcp_verify_retransmit_hint(q.tp, q.skb(0));
            assertThat(q.tp.retransmit_skb_hint).isSameAs(q.skb(0));
            assertThat(q.tp.retransmit_high).isEqualTo(q.seq(2));

            Reordering.tcp_verify_retransmit_hint(q.tp, q.skb(2));
            assertThat(q.tp.retransmit_skb_hint).isSameAs(q.skb(0));
            assertThat(q.tp.retransmit_high).isEqualTo(q.seq(3));
            q.tp.lost_out = 0;
        }

        @EveryIss
        @DisplayName("with nothing lost so far the old end means nothing")
        void stale(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1);
            q.tp.retransmit_high = q.seq(3);

            Reordering.tcp_verify_retransmit_hint(q.tp, q.skb(0));

            assertThat(q.tp.retransmit_high).isEqualTo(q.seq(1));
        }
    }

    @Nested
    class tcp_skb_mark_lost {
        @EveryIss
        @DisplayName("marks and counts all segments of a packet, once, and not one that has arrived")
        void marks(int iss) {
            q = new SendQueue(iss).sent(2, 1).tag("- S");

            Reordering.tcp_skb_mark_lost(q.tp, q.skb(0));
            Reordering.tcp_skb_mark_lost(q.tp, q.skb(0));
            Reordering.tcp_skb_mark_lost(q.tp, q.skb(1));

            assertThat(q.tags()).isEqualTo("L*2 S");
            assertThat(q.counts()).isEqualTo("out 3 sacked 1 lost 2 retrans 0 fackets 3");
            assertThat(q.tp.retransmit_high).isEqualTo(q.seq(2));
        }
    }

    @Nested
    class tcp_skb_mark_lost_uncond_verify {
        @EveryIss
        @DisplayName("moves the hint also for a segment that is marked already")
        void again(int iss) {
            q = new SendQueue(iss).sent(1, 1).tag("L L");
            q.tp.retransmit_skb_hint = q.skb(1);

            Reordering.tcp_skb_mark_lost_uncond_verify(q.tp, q.skb(0));

            assertThat(q.tp.retransmit_skb_hint).isSameAs(q.skb(0));
            assertThat(q.counts()).isEqualTo("out 2 sacked 0 lost 2 retrans 0 fackets 0");
        }

        @EveryIss
        @DisplayName("marks and counts one that is not")
        void first(int iss) {
            q = new SendQueue(iss).sent(3);

            Reordering.tcp_skb_mark_lost_uncond_verify(q.tp, q.skb(0));

            assertThat(q.tags()).isEqualTo("L*3");
            assertThat(q.counts()).isEqualTo("out 3 sacked 0 lost 3 retrans 0 fackets 0");
        }
    }
}
