// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.gfp.Gfp.__GFP_ZERO;
import static linux.net.Create.sock_create_kern;
import static linux.percpu_counter.percpu_counter.percpu_counter_read;
import static linux.sched.Sched.MAX_SCHEDULE_TIMEOUT;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Flags.sock_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.Lock.bh_unlock_sock;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.sock.SockFlag.SOCK_DONE;
import static net.sock.SockFlag.SOCK_KEEPOPEN;
import static net.sock.SockFlag.SOCK_MPTCP;
import static net.sock.SockFlag.SOCK_TIMESTAMP;
import static net.sock.SockFlag.SOCK_ZAPPED;
import static net.sock.SockLimits.sysctl_rmem_default;
import static net.sock.SockLimits.sysctl_wmem_default;
import static net.sock.sock.SOCK_BINDADDR_LOCK;
import static net.sock.sock.SOCK_BINDPORT_LOCK;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static testing.FakeFamily.PF_FAKE;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;

import java.util.ArrayList;
import java.util.List;
import linux.bug.Oops;
import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.mm.Mm;
import linux.net.socket;
import linux.skbuff.Queue;
import linux.skbuff.sk_buff;
import net.dst.dst_entry;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeFamily;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class AllocTest {
    private final List<String> log = new ArrayList<>();
    private FakeFamily family;

    @BeforeEach
    void open() {
        family = new FakeFamily();
    }

    @AfterEach
    void close() {
        family.closeAll();
    }

    private sock bare() {
        return Alloc.sk_alloc(init_net, PF_FAKE, GFP_KERNEL, family.proto);
    }

    @Nested
    class sk_prot_clear_nulls {
        @Test
        @DisplayName("the socket is in no chain")
        void in_no_chain() {
            sock sk = new sock();
            sk.skc_nulls_node.pprev = new linux.list.hlist_nulls_head<>();

            Alloc.sk_prot_clear_nulls(sk, 0);

            assertThat(Nodes.sk_unhashed(sk)).isTrue();
        }
    }

    @Nested
    class sk_prot_alloc {
        @Test
        @DisplayName("makes a socket of the protocol's kind and counts it until it is freed")
        void counted() {
            int before = Alloc.liveSockets().size();

            sock sk = Alloc.sk_prot_alloc(family.proto, GFP_ATOMIC, PF_FAKE);

            assertThat(Alloc.liveSockets()).hasSize(before + 1).contains(sk);
            assertThat(sk.skc_tx_queue_mapping).isEqualTo(-1);
            Alloc.sk_prot_free(family.proto, sk);
            assertThat(Alloc.liveSockets()).hasSize(before);
        }

        @Test
        @DisplayName("lets the protocol clear it, if it wants to and if it is to be cleared")
        void clear_sk() {
            family.proto.clear_sk = (sk, size) -> log.add("clear");

            sock a = Alloc.sk_prot_alloc(family.proto, GFP_ATOMIC | __GFP_ZERO, PF_FAKE);
            sock b = Alloc.sk_prot_alloc(family.proto, GFP_ATOMIC, PF_FAKE);

            assertThat(log).containsExactly("clear");
            Alloc.sk_prot_free(family.proto, a);
            Alloc.sk_prot_free(family.proto, b);
        }

        @Test
        @DisplayName("null when there is no memory")
        void no_memory() {
            Gfp.failNth(0);

            assertThat(Alloc.sk_prot_alloc(family.proto, GFP_ATOMIC, PF_FAKE)).isNull();

            Gfp.inject(null);
        }
    }

    @Nested
    class sk_prot_free {
        @Test
        @DisplayName("a socket that is freed twice stops the machine")
        void twice() {
            sock sk = Alloc.sk_prot_alloc(family.proto, GFP_ATOMIC, PF_FAKE);
            Alloc.sk_prot_free(family.proto, sk);

            assertThatThrownBy(() -> Alloc.sk_prot_free(family.proto, sk)).isInstanceOf(Oops.class);
        }
    }

    @Nested
    class sk_alloc {
        @Test
        @DisplayName("ties the socket to its protocol and its namespace, which it keeps")
        void tied() {
            int before = init_net.count;

            sock sk = bare();

            assertThat(sk.skc_prot).isSameAs(family.proto);
            assertThat(sk.sk_prot_creator).isSameAs(family.proto);
            assertThat(sk.skc_family).isEqualTo(PF_FAKE);
            assertThat(sk.skc_net).isSameAs(init_net);
            assertThat(init_net.count).isEqualTo(before + 1);
            assertThat(sk.sk_wmem_alloc).isEqualTo(1);
            Alloc.sk_free(sk);
            assertThat(init_net.count).isEqualTo(before);
        }

        @Test
        @DisplayName("null when there is no memory")
        void no_memory() {
            Gfp.failNth(0);

            assertThat(bare()).isNull();

            Gfp.inject(null);
        }
    }

    @Nested
    class __sk_free {
        @Test
        @DisplayName("calls sk_destruct first, while the socket still has all it had")
        void destruct() {
            sock sk = bare();
            sk.sk_destruct = s -> log.add("destruct " + Alloc.liveSockets().contains(s));

            Alloc.__sk_free(sk);

            assertThat(log).containsExactly("destruct true");
            assertThat(Alloc.liveSockets()).doesNotContain(sk);
        }
    }

    @Nested
    class sk_free {
        @Test
        @DisplayName("waits for packets that are on their way: the last of them frees the socket")
        void packets_on_the_way() {
            sock sk = bare();
            sk.sk_write_space = s -> log.add("space");
            sk.sk_destruct = s -> log.add("destruct");
            sk_buff skb = Skbs.linear(10);
            Owner.skb_set_owner_w(skb, sk);

            Alloc.sk_free(sk);
            assertThat(log).isEmpty();
            linux.skbuff.Free.kfree_skb(skb);

            assertThat(log).containsExactly("space", "destruct");
        }
    }

    @Nested
    class sk_release_kernel {
        @Test
        @DisplayName("ends a socket of the kernel, which did not keep its namespace")
        void ended() {
            net ns = NetNs.create("ns");
            Ref<socket> res = new Ref<>();
            assertThat(sock_create_kern(PF_FAKE, SOCK_STREAM, 0, res)).isZero();
            sock sk = res.val.sk;
            Fields.sk_change_net(sk, ns);
            int inInit = init_net.count;
            int inNs = ns.count;

            Alloc.sk_release_kernel(sk);

            assertThat(Alloc.liveSockets()).doesNotContain(sk);
            assertThat(init_net.count).isEqualTo(inInit);
            assertThat(ns.count).isEqualTo(inNs);
        }

        @Test
        @DisplayName("of no socket, or one that nobody has open, there is nothing to end")
        void nothing() {
            sock sk = family.orphan();

            Alloc.sk_release_kernel(null);
            Alloc.sk_release_kernel(sk);

            assertThat(Alloc.liveSockets()).contains(sk);
        }
    }

    @Nested
    class sock_copy {
        @Test
        @DisplayName("copies whatever class the socket is, except for its place in the table and its references")
        void copied() {
            linux.tcp.tcp_sock a = new linux.tcp.tcp_sock();
            linux.tcp.tcp_sock b = new linux.tcp.tcp_sock();
            a.snd_nxt = 5;
            a.skc_refcnt = 3;
            b.skc_refcnt = 1;

            Alloc.sock_copy(b, a);

            assertThat(b.snd_nxt).isEqualTo(5);
            assertThat(b.skc_refcnt).isEqualTo(1);
        }
    }

    @Nested
    class sk_clone_lock {
        @Test
        @DisplayName("is like the original, but with empty queues, no memory, no route, no error, no application")
        void field_by_field() {
            sock sk = family.sock();
            sk.skc_state = TCP_LISTEN;
            sk.skc_num = 80;
            sk.sk_mark = 9;
            sk.sk_priority = 6;
            sk.sk_err = 4;
            sk.sk_wmem_queued = 100;
            sk.sk_forward_alloc = 50;
            sk.sk_rmem_alloc = 1;
            sk.sk_wmem_alloc = 7;
            sk.sk_omem_alloc = 3;
            sk.sk_userlocks = SOCK_BINDPORT_LOCK | SOCK_BINDADDR_LOCK;
            sk.sk_dst_cache = new dst_entry();
            sk.sk_send_head = new sk_buff();
            sk.sk_backlog.head = sk.sk_backlog.tail = sk.sk_send_head;
            sk.sk_backlog.len = 5;
            sk.skc_refcnt = 5;
            sk.sk_lock.owned = 1;
            sk.sk_rcvbuf = 12345;
            sock_set_flag(sk, SOCK_DONE);
            sock_set_flag(sk, SOCK_MPTCP);
            sock_set_flag(sk, SOCK_KEEPOPEN);
            Queue.__skb_queue_tail(sk.sk_receive_queue, Skbs.linear(1));
            sk.skc_nulls_node.pprev = new linux.list.hlist_nulls_head<>();
            int inNet = init_net.count;

            sock newsk = Alloc.sk_clone_lock(sk, GFP_ATOMIC);

            assertThat(newsk.skc_prot).isSameAs(sk.skc_prot);
            assertThat(newsk.sk_prot_creator).isSameAs(sk.sk_prot_creator);
            assertThat(newsk.skc_state).isEqualTo(TCP_LISTEN);
            assertThat(newsk.skc_num).isEqualTo(80);
            assertThat(newsk.sk_mark).isEqualTo(9);
            assertThat(newsk.sk_rcvbuf).isEqualTo(12345);
            assertThat(newsk.sk_data_ready).isSameAs(sk.sk_data_ready);
            assertThat(newsk.skc_net).isSameAs(init_net);
            assertThat(init_net.count).isEqualTo(inNet + 1);
            assertThat(newsk.sk_priority).isZero();
            assertThat(newsk.sk_err).isZero();
            assertThat(newsk.sk_wmem_queued).isZero();
            assertThat(newsk.sk_forward_alloc).isZero();
            assertThat(newsk.sk_rmem_alloc).isZero();
            assertThat(newsk.sk_wmem_alloc).isEqualTo(1);
            assertThat(newsk.sk_omem_alloc).isZero();
            assertThat(newsk.sk_userlocks).isEqualTo(SOCK_BINDADDR_LOCK);
            assertThat(newsk.sk_dst_cache).isNull();
            assertThat(newsk.sk_send_head).isNull();
            assertThat(newsk.sk_backlog.head).isNull();
            assertThat(newsk.sk_backlog.tail).isNull();
            assertThat(newsk.sk_backlog.len).isZero();
            assertThat(newsk.sk_receive_queue.next).isNull();
            assertThat(newsk.sk_receive_queue.qlen).isZero();
            assertThat(newsk.sk_write_queue.next).isNull();
            assertThat(newsk.sk_error_queue.next).isNull();
            assertThat(newsk.skc_refcnt).isEqualTo(2);
            assertThat(newsk.sk_lock.owned).isZero();
            assertThat(newsk.sk_lock.slock).isTrue();
            assertThat(newsk.sk_socket).isNull();
            assertThat(newsk.sk_wq).isNull();
            assertThat(newsk.skc_tx_queue_mapping).isEqualTo(-1);
            assertThat(Nodes.sk_unhashed(newsk)).isTrue();
            assertThat(sock_flag(newsk, SOCK_DONE)).isFalse();
            assertThat(sock_flag(newsk, SOCK_MPTCP)).isFalse();
            assertThat(sock_flag(newsk, SOCK_KEEPOPEN)).isTrue();
            assertThat(percpu_counter_read(family.proto.sockets_allocated)).isEqualTo(1);
            assertThat(sk.sk_receive_queue.qlen).as("the original keeps its packet").isEqualTo(1);

            bh_unlock_sock(newsk);
            Alloc.sk_free(newsk);
            sk.skc_refcnt = 1;
            sk.sk_wmem_alloc = 1;
            sk.sk_dst_cache = null;
            sk.sk_wmem_queued = 0;
            sk.sk_forward_alloc = 0;
            sk.sk_lock.owned = 0;
        }

        @Test
        @DisplayName("a copy of a socket that wants timestamps wants them too, until it is freed")
        void timestamps() {
            sock sk = family.sock();
            Timestamps.sock_enable_timestamp(sk, SOCK_TIMESTAMP);

            sock newsk = Alloc.sk_clone_lock(sk, GFP_ATOMIC);

            assertThat(sock_flag(newsk, SOCK_TIMESTAMP)).isTrue();
            bh_unlock_sock(newsk);
            Alloc.sk_free(newsk);
            assertThat(sock_flag(newsk, SOCK_TIMESTAMP)).isFalse();
        }

        @Test
        @DisplayName("null when there is no memory")
        void no_memory() {
            sock sk = family.sock();
            Gfp.failNth(0);

            assertThat(Alloc.sk_clone_lock(sk, GFP_ATOMIC)).isNull();

            Gfp.inject(null);
        }
    }

    @Nested
    class sock_init_data {
        @Test
        @DisplayName("gives the socket what every socket starts with")
        void start() {
            sock sk = bare();
            socket sock = new socket();
            sock.type = SOCK_STREAM;
            sock.wq = new linux.net.socket_wq();

            Alloc.sock_init_data(sock, sk);

            assertThat(sock.sk).isSameAs(sk);
            assertThat(sk.sk_socket).isSameAs(sock);
            assertThat(sk.sk_wq).isSameAs(sock.wq);
            assertThat(sk.sk_type).isEqualTo(SOCK_STREAM);
            assertThat(sk.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(sk.sk_rcvbuf).isEqualTo(sysctl_rmem_default).isEqualTo(212992);
            assertThat(sk.sk_sndbuf).isEqualTo(sysctl_wmem_default).isEqualTo(212992);
            assertThat(sk.sk_allocation).isEqualTo(GFP_KERNEL);
            assertThat(sk.sk_rcvlowat).isEqualTo(1);
            assertThat(sk.sk_rcvtimeo).isEqualTo(MAX_SCHEDULE_TIMEOUT);
            assertThat(sk.sk_sndtimeo).isEqualTo(MAX_SCHEDULE_TIMEOUT);
            assertThat(sk.sk_peek_off).isEqualTo(-1);
            assertThat(sk.sk_pacing_rate).isEqualTo(-1);
            assertThat(sk.sk_max_pacing_rate).isEqualTo(-1);
            assertThat(sk.skc_refcnt).isEqualTo(1);
            assertThat(sk.skc_tx_queue_mapping).isEqualTo(-1);
            assertThat(sock_flag(sk, SOCK_ZAPPED)).isTrue();
            assertThat(sk.sk_data_ready).isNotNull();
            Nodes.sock_put(sk);
        }

        @Test
        @DisplayName("without an application there is nobody to wake")
        void no_application() {
            sock sk = bare();

            Alloc.sock_init_data(null, sk);

            assertThat(sk.sk_wq).isNull();
            assertThat(sk.sk_socket).isNull();
            assertThat(sk.sk_type).isZero();
            sk.sk_data_ready.call(sk, 1);
            Nodes.sock_put(sk);
        }
    }

    @Nested
    class sk_common_release {
        @Test
        @DisplayName("first the protocol's end, then out of the tables, then the application lets go")
        void order() {
            sock sk = family.sock();
            family.disown(sk);
            family.proto.destroy = s -> log.add("destroy");
            family.proto.unhash = s -> log.add("unhash dead=" + sock_flag(s, SOCK_DEAD));
            sk.sk_destruct = s -> log.add("destruct dead=" + sock_flag(s, SOCK_DEAD));
            sk.sk_frag.page = Mm.alloc_page(GFP_KERNEL);

            Alloc.sk_common_release(sk);

            assertThat(log).containsExactly("destroy", "unhash dead=false", "destruct dead=true");
            assertThat(sk.sk_frag.page).isNull();
        }
    }
}
