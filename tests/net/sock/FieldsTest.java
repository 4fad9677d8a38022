// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.gfp.Gfp.__GFP_MEMALLOC;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Flags.sock_flag;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.sock.sock.SEND_SHUTDOWN;
import static org.assertj.core.api.Assertions.assertThat;

import linux.net.socket;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeFamily;
import testing.KernelTest;

@KernelTest
class FieldsTest {
    private FakeFamily family;
    private sock sk;

    @BeforeEach
    void open() {
        family = new FakeFamily();
        sk = family.sock();
    }

    @AfterEach
    void close() {
        family.closeAll();
    }

    @Nested
    class sk_gfp_atomic {
        @Test
        @DisplayName("whatever is asked for: no waiting, and the reserves if the socket may have them")
        void reserves() {
            assertThat(Fields.sk_gfp_atomic(sk, GFP_KERNEL)).isEqualTo(GFP_ATOMIC);
            sk.sk_allocation |= __GFP_MEMALLOC;
            assertThat(Fields.sk_gfp_atomic(sk, GFP_KERNEL)).isEqualTo(GFP_ATOMIC | __GFP_MEMALLOC);
        }
    }

    @Nested
    class sk_tx_queue_set {
        @Test
        @DisplayName("is remembered")
        void remembered() {
            Fields.sk_tx_queue_set(sk, 4);
            assertThat(Fields.sk_tx_queue_get(sk)).isEqualTo(4);
        }
    }

    @Nested
    class sk_tx_queue_clear {
        @Test
        @DisplayName("no queue is -1")
        void none() {
            Fields.sk_tx_queue_set(sk, 4);
            Fields.sk_tx_queue_clear(sk);
            assertThat(Fields.sk_tx_queue_get(sk)).isEqualTo(-1);
        }
    }

    @Nested
    class sk_tx_queue_get {
        @Test
        @DisplayName("a packet without a socket has no queue")
        void no_socket() {
            assertThat(Fields.sk_tx_queue_get(null)).isEqualTo(-1);
        }
    }

    @Nested
    class sk_set_socket {
        @Test
        @DisplayName("another application may send by another queue")
        void queue() {
            socket other = new socket();
            Fields.sk_tx_queue_set(sk, 4);

            Fields.sk_set_socket(sk, other);

            assertThat(sk.sk_socket).isSameAs(other);
            assertThat(sk.skc_tx_queue_mapping).isEqualTo(-1);
        }
    }

    @Nested
    class sock_orphan {
        @Test
        @DisplayName("nobody has it open, nobody can be woken; the reference is still there")
        void orphan() {
            Fields.sock_orphan(sk);

            assertThat(sock_flag(sk, SOCK_DEAD)).isTrue();
            assertThat(sk.sk_socket).isNull();
            assertThat(sk.sk_wq).isNull();
            assertThat(sk.skc_refcnt).isEqualTo(1);
        }
    }

    @Nested
    class sock_graft {
        @Test
        @DisplayName("ties the two sides together")
        void tied() {
            socket newsock = linux.net.Create.sock_alloc();
            sock child = family.orphan();

            Fields.sock_graft(child, newsock);

            assertThat(newsock.sk).isSameAs(child);
            assertThat(child.sk_socket).isSameAs(newsock);
            assertThat(child.sk_wq).isSameAs(newsock.wq);
            linux.net.Create.sock_release(newsock);
        }
    }

    @Nested
    class sock_error {
        @Test
        @DisplayName("an error is reported once")
        void once() {
            sk.sk_err = 104;
            assertThat(Fields.sock_error(sk)).isEqualTo(-104);
            assertThat(Fields.sock_error(sk)).isZero();
        }
    }

    @Nested
    class sock_wspace {
        @Test
        @DisplayName("is what a datagram socket may still send; nothing after shutdown, and never less than nothing")
        void space() {
            sk.sk_sndbuf = 100;
            sk.sk_wmem_alloc = 30;
            assertThat(Fields.sock_wspace(sk)).isEqualTo(70);
            sk.sk_sndbuf = 10;
            assertThat(Fields.sock_wspace(sk)).isZero();
            sk.sk_sndbuf = 100;
            sk.sk_shutdown = SEND_SHUTDOWN;
            assertThat(Fields.sock_wspace(sk)).isZero();
            sk.sk_wmem_alloc = 1;
        }
    }

    @Nested
    class sock_writeable {
        @Test
        @DisplayName("less than half of the buffer is in use")
        void half() {
            sk.sk_sndbuf = 100;
            sk.sk_wmem_alloc = 49;
            assertThat(Fields.sock_writeable(sk)).isTrue();
            sk.sk_wmem_alloc = 50;
            assertThat(Fields.sock_writeable(sk)).isFalse();
            sk.sk_wmem_alloc = 1;
        }
    }

    @Nested
    class gfp_any {
        @Test
        @DisplayName("a task may wait for memory, a softirq may not")
        void context() {
            assertThat(Fields.gfp_any()).isEqualTo(GFP_KERNEL);
            local_bh_disable();
            assertThat(Fields.gfp_any()).isEqualTo(GFP_ATOMIC);
            local_bh_enable();
        }
    }

    @Nested
    class sock_net {
        @Test
        @DisplayName("is the namespace of the task that made the socket")
        void namespace() {
            assertThat(Fields.sock_net(sk)).isSameAs(init_net);
        }
    }

    @Nested
    class sock_net_set {
        @Test
        @DisplayName("moves the socket, without references")
        void moved() {
            net ns = new net("ns");
            Fields.sock_net_set(sk, ns);
            assertThat(sk.skc_net).isSameAs(ns);
            Fields.sock_net_set(sk, init_net);
        }
    }

    @Nested
    class sk_change_net {
        @Test
        @DisplayName("the socket keeps neither its old nor its new namespace")
        void keeps_none() {
            net ns = NetNs.create("ns");
            int inInit = init_net.count;
            int inNs = ns.count;

            Fields.sk_change_net(sk, ns);

            assertThat(Fields.sock_net(sk)).isSameAs(ns);
            assertThat(init_net.count).isEqualTo(inInit - 1);
            assertThat(ns.count).isEqualTo(inNs);
        }
    }

    @Nested
    class sock_i_uid {
        @Test
        @DisplayName("is the superuser for an orphan")
        void orphan() {
            sk.sk_socket.i_uid = 1000;
            assertThat(Fields.sock_i_uid(sk)).isEqualTo(1000);
            assertThat(Fields.sock_i_uid(family.orphan())).isZero();
        }
    }

    @Nested
    class sock_i_ino {
        @Test
        @DisplayName("every open socket has a number of its own; an orphan has none")
        void number() {
            assertThat(Fields.sock_i_ino(sk)).isPositive().isNotEqualTo(Fields.sock_i_ino(family.sock()));
            assertThat(Fields.sock_i_ino(family.orphan())).isZero();
        }
    }
}
