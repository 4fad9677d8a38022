// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.skbuff.Queue.__skb_queue_tail;
import static linux.skbuff.Queue.skb_queue_empty;
import static org.assertj.core.api.Assertions.assertThat;

import linux.sched.Sched;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class PrequeueTest {
    @Nested
    class tcp_prequeue_init {
        @Test
        @DisplayName("leaves nobody waiting and nothing queued")
        void empty() {
            tcp_sock tp = new tcp_sock();
            tp.ucopy.task = Sched.current;
            tp.ucopy.len = 5;
            tp.ucopy.memory = 7;
            __skb_queue_tail(tp.ucopy.prequeue, new sk_buff());

            Prequeue.tcp_prequeue_init(tp);

            assertThat(tp.ucopy.task).isNull();
            assertThat(tp.ucopy.len).isZero();
            assertThat(tp.ucopy.memory).isZero();
            assertThat(skb_queue_empty(tp.ucopy.prequeue)).isTrue();
            assertThat(tp.ucopy.prequeue.qlen).isZero();
        }
    }
}
