// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static org.assertj.core.api.Assertions.assertThat;
import static testing.FreshSocket.fresh;

import linux.tcp.tcp_sock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FreshSocket;
import testing.KernelTest;
import testing.SocketFields;
import testing.Vectors;

@KernelTest
class RenoSackTest {
    private static tcp_sock reno(int packets_out, int sacked_out) {
        tcp_sock tp = fresh();
        tp.packets_out = packets_out;
        tp.sacked_out = sacked_out;
        return tp;
    }

    @Test
    @DisplayName("all of them agree with the kernel")
    void vectors() {
        Vectors.each("tcp_reno_sacks", row -> {
            tcp_sock tp = FreshSocket.of(row);
            switch (row.text("in.op")) {
                case "tcp_limit_reno_sacked" -> assertThat(RenoSack.tcp_limit_reno_sacked(tp)).as(row.toString())
                        .isEqualTo(row.bool("out.ret"));
                case "tcp_add_reno_sack" -> RenoSack.tcp_add_reno_sack(tp);
                case "tcp_remove_reno_sacks" -> RenoSack.tcp_remove_reno_sacks(tp, row.i32("in.acked"));
                default -> throw new IllegalArgumentException(row.text("in.op"));
            }
            SocketFields.out(row, tp);
        });
    }

    @Nested
    class tcp_limit_reno_sacked {
        @Test
        @DisplayName("leaves room for one hole, or for what is marked lost")
        void holes() {
            tcp_sock tp = reno(5, 4);
            assertThat(RenoSack.tcp_limit_reno_sacked(tp)).isFalse();

            tp.sacked_out = 5;
            assertThat(RenoSack.tcp_limit_reno_sacked(tp)).isTrue();
            assertThat(tp.sacked_out).isEqualTo(4);

            tp.lost_out = 3;
            assertThat(RenoSack.tcp_limit_reno_sacked(tp)).isTrue();
            assertThat(tp.sacked_out).isEqualTo(2);
        }
    }

    @Nested
    class tcp_check_reno_reordering {
        @Test
        @DisplayName("more duplicate ACKs than segments mean that a whole window was reordered")
        void whole_window() {
            tcp_sock tp = reno(8, 8);
            RenoSack.tcp_check_reno_reordering(tp, 2);
            assertThat(tp.reordering).isEqualTo(10);
            assertThat(tp.sacked_out).isEqualTo(7);

            RenoSack.tcp_check_reno_reordering(tp, 50);
            assertThat(tp.reordering).isEqualTo(10);
        }
    }

    @Nested
    class tcp_add_reno_sack {
        @Test
        @DisplayName("counts one more segment as arrived")
        void counts() {
            tcp_sock tp = reno(5, 0);
            RenoSack.tcp_add_reno_sack(tp);
            RenoSack.tcp_add_reno_sack(tp);
            assertThat(tp.sacked_out).isEqualTo(2);
            assertThat(tp.reordering).isEqualTo(3);
        }
    }

    @Nested
    class tcp_remove_reno_sacks {
        @Test
        @DisplayName("of what is acknowledged one was the hole, the rest had sent duplicate ACKs")
        void all_but_one() {
            tcp_sock tp = reno(10, 4);
            RenoSack.tcp_remove_reno_sacks(tp, 3);
            assertThat(tp.sacked_out).isEqualTo(2);
            RenoSack.tcp_remove_reno_sacks(tp, 0);
            assertThat(tp.sacked_out).isEqualTo(2);
            RenoSack.tcp_remove_reno_sacks(tp, 5);
            assertThat(tp.sacked_out).isZero();
        }
    }

    @Nested
    class tcp_reset_reno_sack {
        @Test
        @DisplayName("forgets the duplicate ACKs")
        void forgets() {
            tcp_sock tp = reno(10, 4);
            RenoSack.tcp_reset_reno_sack(tp);
            assertThat(tp.sacked_out).isZero();
        }
    }
}
