// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Queue.__skb_queue_tail;
import static linux.tcp.tcp_options_received.TCP_SACK_SEEN;
import static net.tcp.Sequence.after;
import static net.tcp.Sysctls.sysctl_tcp_dsack;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.snmp.Snmp.LINUX_MIB_DELAYEDACKLOST;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDSACKOFOSENT;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDSACKOLDSENT;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sack_block;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.FreshSocket;
import testing.KernelTest;
import testing.SocketFields;
import testing.Vectors;

@KernelTest
class SackBlocksTest {
    private final Receivers rs = new Receivers();

    @AfterEach
    void free() {
        rs.free();
    }

    private static tcp_sack_block block(int start, int end) {
        tcp_sack_block b = new tcp_sack_block();
        b.start_seq = start;
        b.end_seq = end;
        return b;
    }

    /** Runs the rows of one function; the others are in the same table. */
    private static void rows(String op) {
        Vectors.each("tcp_sack_blocks", row -> {
            if (!row.text("in.op").equals(op)) {
                return;
            }
            tcp_sock tp = FreshSocket.of(row);
            int seq = row.i32("in.seq"), end_seq = row.i32("in.end_seq");
            sk_buff skb = null;
            if (!row.bool("in.ofo_empty")) {
                skb = alloc_skb(10, GFP_KERNEL);
                __skb_queue_tail(tp.out_of_order_queue, skb);
            }
            switch (op) {
                case "tcp_sack_new_ofo_skb":
                    SackBlocks.tcp_sack_new_ofo_skb(tp, seq, end_seq);
                    break;
                case "tcp_sack_remove":
                    SackBlocks.tcp_sack_remove(tp);
                    break;
                case "tcp_dsack_set":
                    SackBlocks.tcp_dsack_set(tp, seq, end_seq);
                    break;
                default:
                    SackBlocks.tcp_dsack_extend(tp, seq, end_seq);
            }
            SocketFields.out(row, tp);
            if (skb != null) {
                kfree_skb(skb);
            }
        });
    }

    @Nested
    class tcp_sack_extend {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_sack_extend", row -> {
                tcp_sack_block b = block(row.i32("in.b.start_seq"), row.i32("in.b.end_seq"));
                assertThat(SackBlocks.tcp_sack_extend(b, row.i32("in.seq"), row.i32("in.end_seq")))
                        .as(row.toString()).isEqualTo(row.bool("out.ret"));
                assertThat(b.start_seq).as(row.toString()).isEqualTo(row.i32("out.b.start_seq"));
                assertThat(b.end_seq).as(row.toString()).isEqualTo(row.i32("out.b.end_seq"));
            });
        }

        @ParameterizedTest
        @CsvSource({
            "100, 200, 200, 300, true, 100, 300", "100, 200, 50, 100, true, 50, 200",
            "100, 200, 120, 130, true, 100, 200", "100, 200, 50, 300, true, 50, 300",
            "100, 200, 201, 300, false, 100, 200", "100, 200, 50, 99, false, 100, 200",
            "-50, 50, 50, 70, true, -50, 70"
        })
        @DisplayName("grows to both sides over what overlaps or touches")
        void grows(int start, int end, int seq, int end_seq, boolean ret, int new_start, int new_end) {
            tcp_sack_block b = block(start, end);
            assertThat(SackBlocks.tcp_sack_extend(b, seq, end_seq)).isEqualTo(ret);
            assertThat(b.start_seq).isEqualTo(new_start);
            assertThat(b.end_seq).isEqualTo(new_end);
        }
    }

    @Nested
    class tcp_dsack_set {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            rows("tcp_dsack_set");
        }

        @Test
        @DisplayName("tells old data from data that lie behind a hole in its counters")
        void counters() {
            Receiver r = rs.receiver();
            SackBlocks.tcp_dsack_set(r.tp, r.seq(-2), r.seq(-1));
            assertThat(r.blocks()).isEqualTo("dsack -2--1");
            assertThat(r.mib(LINUX_MIB_TCPDSACKOLDSENT)).isOne();

            SackBlocks.tcp_dsack_set(r.tp, r.seq(4), r.seq(5));
            assertThat(r.blocks()).isEqualTo("dsack 4-5");
            assertThat(r.mib(LINUX_MIB_TCPDSACKOFOSENT)).isOne();
        }

        @Test
        @DisplayName("says nothing without SACK, or if the sysctl is off")
        void off() {
            Receiver r = rs.receiver();
            r.tp.rx_opt.sack_ok = 0;
            SackBlocks.tcp_dsack_set(r.tp, r.seq(-2), r.seq(-1));
            assertThat(r.tp.rx_opt.dsack).isFalse();

            r.tp.rx_opt.sack_ok = TCP_SACK_SEEN;
            sysctl_tcp_dsack = 0;
            SackBlocks.tcp_dsack_set(r.tp, r.seq(-2), r.seq(-1));
            assertThat(r.tp.rx_opt.dsack).isFalse();
        }
    }

    @Nested
    class tcp_dsack_extend {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            rows("tcp_dsack_extend");
        }

        @Test
        @DisplayName("there is one block: what does not touch it is not reported")
        void one_block() {
            Receiver r = rs.receiver();
            SackBlocks.tcp_dsack_extend(r.tp, r.seq(4), r.seq(5));
            SackBlocks.tcp_dsack_extend(r.tp, r.seq(5), r.seq(6));
            SackBlocks.tcp_dsack_extend(r.tp, r.seq(8), r.seq(9));
            assertThat(r.blocks()).isEqualTo("dsack 4-6");
        }
    }

    @Nested
    class tcp_send_dupack {
        @Test
        @DisplayName("answers old data with an ACK that has a D-SACK block, and hurries from now on")
        void old_data() {
            Receiver r = rs.receiver();
            r.got(0, 3);
            r.tp.icsk_ack.quick = 0;
            sk_buff skb = r.data(1, 2);

            SackBlocks.tcp_send_dupack(r.tp, skb);

            assertThat(r.wire).containsExactly("A 3 sack 1-2");
            assertThat(r.mib(LINUX_MIB_DELAYEDACKLOST)).isOne();
            assertThat(r.tp.icsk_ack.quick).isPositive();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("of a segment that reaches beyond rcv_nxt only the old part came twice")
        void partly_old() {
            Receiver r = rs.receiver();
            r.got(0, 3);
            sk_buff skb = r.data(2, 4);
            SackBlocks.tcp_send_dupack(r.tp, skb);
            assertThat(r.wire).containsExactly("A 3 sack 2-3");
            kfree_skb(skb);
        }

        @Test
        @DisplayName("answers anything else with an ACK only")
        void empty() {
            Receiver r = rs.receiver();
            sk_buff skb = r.segment().seq(r.seq(-1)).skb();
            SackBlocks.tcp_send_dupack(r.tp, skb);
            assertThat(r.wire).containsExactly("A 0");
            assertThat(r.mib(LINUX_MIB_DELAYEDACKLOST)).isZero();
            kfree_skb(skb);
        }
    }

    @Nested
    class tcp_sack_maybe_coalesce {
        @Test
        @DisplayName("the first block swallows all that it touches, also through one another")
        void swallows() {
            Receiver r = rs.receiver();
            int[][] b = {{2, 6}, {9, 10}, {6, 7}, {3, 4}};
            for (int i = 0; i < 4; i++) {
                r.tp.selective_acks[i].start_seq = r.seq(b[i][0]);
                r.tp.selective_acks[i].end_seq = r.seq(b[i][1]);
            }
            r.tp.rx_opt.num_sacks = 4;

            SackBlocks.tcp_sack_maybe_coalesce(r.tp);

            assertThat(r.blocks()).isEqualTo("2-7 9-10");
        }
    }

    @Nested
    class tcp_sack_new_ofo_skb {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            rows("tcp_sack_new_ofo_skb");
        }

        private String after(int... fromTo) {
            Receiver r = rs.receiver();
            for (int i = 0; i < fromTo.length; i += 2) {
                SackBlocks.tcp_sack_new_ofo_skb(r.tp, r.seq(fromTo[i]), r.seq(fromTo[i + 1]));
            }
            return r.blocks();
        }

        @Test
        @DisplayName("what came last stands first, and the fifth block drops out (RFC 2018, section 4)")
        void latest_first() {
            assertThat(after(2, 3, 5, 6)).isEqualTo("5-6 2-3");
            assertThat(after(2, 3, 4, 5, 6, 7, 8, 9, 10, 11)).isEqualTo("10-11 8-9 6-7 4-5");
        }

        @Test
        @DisplayName("a block that grows moves to the front")
        void moves() {
            assertThat(after(2, 3, 5, 6, 8, 9, 3, 4)).isEqualTo("2-4 8-9 5-6");
        }

        @Test
        @DisplayName("two blocks become one when what was missing between them comes")
        void joins() {
            assertThat(after(2, 3, 8, 9, 4, 5, 3, 4)).isEqualTo("2-5 8-9");
        }
    }

    @Nested
    class tcp_sack_remove {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            rows("tcp_sack_remove");
        }

        @Test
        @DisplayName("takes out the blocks that the ACK number covers, and keeps the order of the rest")
        void covered() {
            Receiver r = rs.receiver();
            r.got(5, 6, 2, 3, 8, 9);
            assertThat(r.blocks()).isEqualTo("8-9 2-3 5-6");

            r.tp.rcv_nxt = r.seq(3);
            SackBlocks.tcp_sack_remove(r.tp);

            assertThat(r.blocks()).isEqualTo("8-9 5-6");
        }

        @Test
        @DisplayName("nothing out of order is left: no blocks")
        void none() {
            Receiver r = rs.receiver();
            r.tp.rx_opt.num_sacks = 3;
            SackBlocks.tcp_sack_remove(r.tp);
            assertThat(r.tp.rx_opt.num_sacks).isZero();
        }
    }
}
