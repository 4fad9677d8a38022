// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.skbuff.Free.kfree_skb;
import static net.sock.Flags.sock_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.SockFlag.SOCK_QUEUE_SHRUNK;
import static net.sock.SockFlag.SOCK_USE_WRITE_QUEUE;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import linux.skbuff.Queue;
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
class OwnerTest {
    private final List<Integer> left = new ArrayList<>();
    private FakeFamily family;
    private sock sk;

    @BeforeEach
    void open() {
        family = new FakeFamily();
        sk = family.orphan();
        sk.sk_write_space = s -> left.add(s.sk_wmem_alloc);
    }

    @AfterEach
    void close() {
        Owner.tcp_wfree = null;
        sk.sk_forward_alloc = 0;
        sk.sk_wmem_queued = 0;
        family.closeAll();
    }

    @Nested
    class sk_wmem_free_skb {
        @Test
        @DisplayName("takes the packet's memory out of the send queue, and notes that somebody may be waiting for it")
        void shrunk() {
            sk_buff skb = Skbs.linear(100);
            sk.sk_wmem_queued = skb.truesize + 5;

            Owner.sk_wmem_free_skb(sk, skb);

            assertThat(sk.sk_wmem_queued).isEqualTo(5);
            assertThat(sk.sk_forward_alloc).isEqualTo(skb.truesize);
            assertThat(sock_flag(sk, SOCK_QUEUE_SHRUNK)).isTrue();
            assertThat(linux.skbuff.Alloc.liveSkbs()).isZero();
        }
    }

    @Nested
    class sk_wmem_alloc_get {
        @Test
        @DisplayName("does not count the one byte that stands for the socket")
        void minus_one() {
            assertThat(Owner.sk_wmem_alloc_get(sk)).isZero();
            sk.sk_wmem_alloc = 101;
            assertThat(Owner.sk_wmem_alloc_get(sk)).isEqualTo(100);
            sk.sk_wmem_alloc = 1;
        }
    }

    @Nested
    class sk_rmem_alloc_get {
        @Test
        @DisplayName("is what was received")
        void received() {
            sk.sk_rmem_alloc = 5;
            assertThat(Owner.sk_rmem_alloc_get(sk)).isEqualTo(5);
        }
    }

    @Nested
    class sk_has_allocations {
        @Test
        @DisplayName("is there anything on the way, or unread?")
        void anything() {
            assertThat(Owner.sk_has_allocations(sk)).isFalse();
            sk.sk_rmem_alloc = 1;
            assertThat(Owner.sk_has_allocations(sk)).isTrue();
            sk.sk_rmem_alloc = 0;
            sk.sk_wmem_alloc = 2;
            assertThat(Owner.sk_has_allocations(sk)).isTrue();
            sk.sk_wmem_alloc = 1;
        }
    }

    @Nested
    class skb_set_owner_w {
        @Test
        @DisplayName("charges the packet to the socket that sends it, after whoever had it before has got his memory back")
        void charged() {
            sock before = family.orphan();
            sk_buff skb = Skbs.linear(10);
            Owner.skb_set_owner_w(skb, before);

            Owner.skb_set_owner_w(skb, sk);

            assertThat(before.sk_wmem_alloc).isEqualTo(1);
            assertThat(skb.sk).isSameAs(sk);
            assertThat(skb.destructor).isSameAs(Owner.sock_wfree);
            assertThat(sk.sk_wmem_alloc).isEqualTo(1 + skb.truesize);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_set_owner_r {
        @Test
        @DisplayName("charges the packet to the receive buffer and to what the socket has taken of the protocol's pages")
        void charged() {
            sk_buff skb = Skbs.linear(10);
            sk.sk_forward_alloc = 4096;

            Owner.skb_set_owner_r(skb, sk);

            assertThat(skb.destructor).isSameAs(Owner.sock_rfree);
            assertThat(sk.sk_rmem_alloc).isEqualTo(skb.truesize);
            assertThat(sk.sk_forward_alloc).isEqualTo(4096 - skb.truesize);
            kfree_skb(skb);
            assertThat(sk.sk_forward_alloc).isEqualTo(4096);
        }
    }

    @Nested
    class sk_eat_skb {
        @Test
        @DisplayName("takes the packet out of the receive queue and frees it")
        void eaten() {
            sk_buff a = Skbs.linear(1);
            sk_buff b = Skbs.linear(2);
            Queue.__skb_queue_tail(sk.sk_receive_queue, a);
            Queue.__skb_queue_tail(sk.sk_receive_queue, b);

            Owner.sk_eat_skb(sk, a, false);

            assertThat(sk.sk_receive_queue.next).isSameAs(b);
            assertThat(sk.sk_receive_queue.qlen).isEqualTo(1);
            assertThat(linux.skbuff.Alloc.liveSkbs()).isEqualTo(1);
        }
    }

    @Nested
    class skb_steal_sock {
        @Test
        @DisplayName("the packet's reference to the socket becomes the caller's")
        void stolen() {
            sk_buff skb = Skbs.linear(1);
            Nodes.sock_hold(sk);
            skb.sk = sk;
            skb.destructor = Owner.sock_edemux;

            assertThat(Owner.skb_steal_sock(skb)).isSameAs(sk);

            kfree_skb(skb);
            assertThat(sk.skc_refcnt).isEqualTo(2);
            Nodes.sock_put(sk);
        }

        @Test
        @DisplayName("null if nobody has looked for the socket yet")
        void none() {
            assertThat(Owner.skb_steal_sock(new sk_buff())).isNull();
        }
    }

    @Nested
    class sock_wfree {
        @Test
        @DisplayName("tells writers that there is room, while one byte still keeps the socket")
        void room() {
            sk_buff skb = Skbs.linear(10);
            Owner.skb_set_owner_w(skb, sk);

            kfree_skb(skb);

            assertThat(left).containsExactly(2);
            assertThat(sk.sk_wmem_alloc).isEqualTo(1);
        }

        @Test
        @DisplayName("tells nobody if the send queue is what writers wait for")
        void use_write_queue() {
            sock_set_flag(sk, SOCK_USE_WRITE_QUEUE);
            sk_buff skb = Skbs.linear(10);
            Owner.skb_set_owner_w(skb, sk);

            kfree_skb(skb);

            assertThat(left).isEmpty();
            assertThat(sk.sk_wmem_alloc).isEqualTo(1);
        }

        @Test
        @DisplayName("the last packet of a socket that nobody refers to frees it")
        void last() {
            sock other = family.orphan();
            family.disown(other);
            other.sk_write_space = s -> left.add(s.sk_wmem_alloc);
            sk_buff skb = Skbs.linear(10);
            Owner.skb_set_owner_w(skb, other);
            Nodes.sock_put(other);
            assertThat(net.sock.Alloc.liveSockets()).contains(other);

            kfree_skb(skb);

            assertThat(net.sock.Alloc.liveSockets()).doesNotContain(other);
        }
    }

    @Nested
    class skb_orphan_partial {
        @Test
        @DisplayName("gives back all but one byte, and the packet still keeps the socket")
        void all_but_one() {
            sk_buff skb = Skbs.linear(10);
            Owner.skb_set_owner_w(skb, sk);

            Owner.skb_orphan_partial(skb);

            assertThat(skb.truesize).isEqualTo(1);
            assertThat(sk.sk_wmem_alloc).isEqualTo(2);
            assertThat(skb.sk).isSameAs(sk);
            kfree_skb(skb);
            assertThat(sk.sk_wmem_alloc).isEqualTo(1);
        }

        @Test
        @DisplayName("does the same with a packet of TCP's, and takes others away from their socket")
        void others() {
            List<String> log = new ArrayList<>();
            Owner.tcp_wfree = p -> log.add("tcp_wfree " + p.truesize);
            sk_buff tcp = Skbs.linear(10);
            tcp.sk = sk;
            tcp.destructor = Owner.tcp_wfree;
            sk.sk_wmem_alloc += tcp.truesize;
            sk_buff other = Skbs.linear(10);
            other.sk = sk;
            other.destructor = p -> log.add("other");

            Owner.skb_orphan_partial(tcp);
            Owner.skb_orphan_partial(other);

            assertThat(log).containsExactly("other");
            assertThat(other.sk).isNull();
            kfree_skb(tcp);
            kfree_skb(other);
            assertThat(log).containsExactly("other", "tcp_wfree 1");
            sk.sk_wmem_alloc = 1;
        }
    }

    @Nested
    class sock_rfree {
        @Test
        @DisplayName("there is room in the receive buffer again")
        void room() {
            sk_buff skb = Skbs.linear(10);
            skb.sk = sk;
            sk.sk_rmem_alloc = skb.truesize + 1;

            Owner.sock_rfree(skb);

            assertThat(sk.sk_rmem_alloc).isEqualTo(1);
            assertThat(sk.sk_forward_alloc).isEqualTo(skb.truesize);
            skb.sk = null;
            sk.sk_rmem_alloc = 0;
            kfree_skb(skb);
        }
    }

    @Nested
    class sock_edemux {
        @Test
        @DisplayName("a packet that is dropped on its way to the socket gives its reference back")
        void given_back() {
            sk_buff skb = Skbs.linear(1);
            Nodes.sock_hold(sk);
            skb.sk = sk;
            skb.destructor = Owner.sock_edemux;

            kfree_skb(skb);

            assertThat(sk.skc_refcnt).isEqualTo(1);
        }
    }
}
