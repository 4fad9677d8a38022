// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Queue.__skb_queue_tail;
import static org.assertj.core.api.Assertions.assertThat;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class SackStateTest {
    private final tcp_sock tp = new tcp_sock();
    private final sk_buff first = new sk_buff();
    private final sk_buff second = new sk_buff();

    @BeforeEach
    void queue() {
        __skb_queue_tail(tp.sk_write_queue, first);
        __skb_queue_tail(tp.sk_write_queue, second);
        TCP_SKB_CB(first).seq = 1000;
        TCP_SKB_CB(second).seq = 2000;
        tp.snd_una = 1000;
        tp.snd_nxt = 3000;
    }

    @Nested
    class tcp_sack_reset {
        @Test
        @DisplayName("leaves no block to be sent")
        void none() {
            tp.rx_opt.dsack = true;
            tp.rx_opt.num_sacks = 3;

            SackState.tcp_sack_reset(tp.rx_opt);

            assertThat(tp.rx_opt.dsack).isFalse();
            assertThat(tp.rx_opt.num_sacks).isZero();
        }
    }

    @Nested
    class tcp_highest_sack_seq {
        @Test
        @DisplayName("is snd_una when nothing is SACKed, whatever the place says")
        void nothing_sacked() {
            tp.highest_sack = second;

            assertThat(SackState.tcp_highest_sack_seq(tp)).isEqualTo(1000);
        }

        @Test
        @DisplayName("is where the packet behind the highest SACK begins")
        void behind() {
            tp.sacked_out = 1;
            tp.highest_sack = second;

            assertThat(SackState.tcp_highest_sack_seq(tp)).isEqualTo(2000);
        }

        @Test
        @DisplayName("is snd_nxt when the last packet sent is SACKed")
        void end() {
            tp.sacked_out = 1;

            assertThat(SackState.tcp_highest_sack_seq(tp)).isEqualTo(3000);
        }
    }

    @Nested
    class tcp_advance_highest_sack {
        @Test
        @DisplayName("goes to the packet behind, and off the end of the queue to null")
        void behind() {
            SackState.tcp_advance_highest_sack(tp, first);
            assertThat(tp.highest_sack).isSameAs(second);

            SackState.tcp_advance_highest_sack(tp, second);
            assertThat(tp.highest_sack).isNull();
        }
    }

    @Nested
    class tcp_highest_sack {
        @Test
        @DisplayName("is the packet that was noted")
        void noted() {
            tp.highest_sack = second;

            assertThat(SackState.tcp_highest_sack(tp)).isSameAs(second);
        }
    }

    @Nested
    class tcp_highest_sack_reset {
        @Test
        @DisplayName("goes back to the front of the queue")
        void front() {
            SackState.tcp_highest_sack_reset(tp);

            assertThat(tp.highest_sack).isSameAs(first);
        }
    }

    @Nested
    class tcp_highest_sack_combine {
        @Test
        @DisplayName("moves on to the packet that takes the bytes over")
        void moved() {
            tp.sacked_out = 1;
            tp.highest_sack = second;

            SackState.tcp_highest_sack_combine(tp, second, first);

            assertThat(tp.highest_sack).isSameAs(first);
        }

        @Test
        @DisplayName("any other packet may go without a trace, and so may any while nothing is SACKed")
        void unconcerned() {
            tp.highest_sack = second;
            SackState.tcp_highest_sack_combine(tp, second, first);
            assertThat(tp.highest_sack).isSameAs(second);

            tp.sacked_out = 1;
            SackState.tcp_highest_sack_combine(tp, first, new sk_buff());
            assertThat(tp.highest_sack).isSameAs(second);
        }
    }
}
