// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.ENOMEM;
import static linux.skbuff.Free.kfree_skb;
import static linux.workqueue.Workqueue.queued;
import static net.sock.Flags.sock_set_flag;
import static net.sock.SockFlag.SOCK_DEAD;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import linux.netdevice.net_device;
import linux.skbuff.sk_buff;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeFamily;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class ReceiveTest {
    private final List<Integer> ready = new ArrayList<>();
    private FakeFamily family;
    private sock sk;

    @BeforeEach
    void open() {
        family = new FakeFamily();
        sk = family.sock();
        sk.sk_data_ready = (s, len) -> ready.add(len);
    }

    @AfterEach
    void close() {
        family.closeAll();
    }

    @Nested
    class sock_queue_rcv_skb {
        @Test
        @DisplayName("queues the datagram, charges it and tells the reader")
        void queued() {
            sk_buff skb = Skbs.linear(10);
            skb.dev = new net_device();
            sk.sk_drops = 2;

            assertThat(Receive.sock_queue_rcv_skb(sk, skb)).isZero();

            assertThat(sk.sk_receive_queue.next).isSameAs(skb);
            assertThat(sk.sk_rmem_alloc).isEqualTo(skb.truesize);
            assertThat(skb.dev).isNull();
            assertThat(skb.mark).as("drops before it").isEqualTo(2);
            assertThat(ready).containsExactly(10);
        }

        @Test
        @DisplayName("-ENOMEM when the buffer is full, -ENOBUFS when there are no pages: both count as drops")
        void dropped() {
            sk_buff skb = Skbs.linear(10);
            sk.sk_rcvbuf = 100;
            sk.sk_rmem_alloc = 100;
            assertThat(Receive.sock_queue_rcv_skb(sk, skb)).isEqualTo(-ENOMEM);
            sk.sk_rmem_alloc = 0;
            family.proto.memory_allocated.val = 31;
            assertThat(Receive.sock_queue_rcv_skb(sk, skb)).isEqualTo(-ENOBUFS);
            family.proto.memory_allocated.val = 0;

            assertThat(sk.sk_drops).isEqualTo(2);
            assertThat(ready).isEmpty();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("of a socket that is being closed nobody is told")
        void dead() {
            sock_set_flag(sk, SOCK_DEAD);
            assertThat(Receive.sock_queue_rcv_skb(sk, Skbs.linear(10))).isZero();
            assertThat(ready).isEmpty();
        }
    }
}
