// SPDX-License-Identifier: GPL-2.0-only
package inet_timewait_sock;

import static inet_hashtables.Connect.inet_unhash;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Nodes.sk_unhashed;
import static net.sock.Protos.sock_prot_inuse_get;
import static net.tcp_states.TcpState.TCP_FIN_WAIT2;
import static net.tcp_states.TcpState.TCP_TIME_WAIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static testing.Ipv4.ip;
import static uapi.linux.socket.SocketOpt.AF_INET;

import linux.bug.Oops;
import linux.gfp.Gfp;
import linux.tcp.tcp_sock;
import net.inet_hashtables.inet_ehash_bucket;
import net.inet_timewait_sock.inet_timewait_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.TcpTables;

@KernelTest
class TwskTest {
    private TcpTables tcp;
    private tcp_sock sk;

    @BeforeEach
    void connection() {
        tcp = new TcpTables();
        sk = tcp.connected(null, "10.0.0.1", 80, "10.0.0.7", 1234);
    }

    @AfterEach
    void end() {
        tcp.end();
    }

    /** Ends what the test leaves in the tables; the caller has a reference. */
    private void kill(inet_timewait_sock tw) {
        Twsk.__inet_twsk_kill(tw, tcp.hashinfo);
        Twsk.inet_twsk_put(tw);
    }

    @Nested
    class inet_twsk_unhash {
        @Test
        @DisplayName("takes it out of the table once; the table's reference is the caller's then")
        void once() {
            inet_timewait_sock tw = tcp.timewait(sk);

            assertThat(Twsk.inet_twsk_unhash(tw)).isOne();
            assertThat(tcp.hashinfo.ehash[tw.skc_hash & 15].chain.first()).isNull();
            assertThat(Twsk.inet_twsk_unhash(tw)).isZero();
            assertThat(tw.skc_refcnt).isEqualTo(3);

            Twsk.inet_twsk_put(tw);
            kill(tw);
        }
    }

    @Nested
    class inet_twsk_bind_unhash {
        @Test
        @DisplayName("lets go of the port, which is free then if nobody else has it")
        void port() {
            inet_timewait_sock tw = tcp.timewait(sk);
            assertThat(tcp.ports()).isOne();

            assertThat(Twsk.inet_twsk_bind_unhash(tw, tcp.hashinfo)).isOne();
            assertThat(tcp.ports()).isZero();
            assertThat(Twsk.inet_twsk_bind_unhash(tw, tcp.hashinfo)).isZero();

            Twsk.inet_twsk_put(tw);
            kill(tw);
        }

        @Test
        @DisplayName("the port stays with the listener")
        void shared() {
            tcp_sock listener = tcp.listening(443);
            inet_timewait_sock tw = tcp.timewait(tcp.connected(listener, "10.0.0.1", 443, "10.0.0.7", 1234));

            Twsk.inet_twsk_bind_unhash(tw, tcp.hashinfo);

            assertThat(listener.icsk_bind_hash.owners.first().owner).isSameAs(listener);
            Twsk.inet_twsk_put(tw);
            kill(tw);
        }
    }

    @Nested
    class __inet_twsk_kill {
        @Test
        @DisplayName("out of both tables, with their references; the caller's is left")
        void both() {
            inet_timewait_sock tw = tcp.timewait(sk);

            Twsk.__inet_twsk_kill(tw, tcp.hashinfo);

            assertThat(tw.skc_refcnt).isOne();
            assertThat(tcp.ports()).isZero();
            Twsk.inet_twsk_put(tw);
        }

        @Test
        @DisplayName("stops the machine if the caller has no reference")
        void without_reference() {
            inet_timewait_sock tw = tcp.timewait(sk);
            tw.skc_refcnt = 2;

            assertThatThrownBy(() -> Twsk.__inet_twsk_kill(tw, tcp.hashinfo)).isInstanceOf(Oops.class);

            tw.skc_refcnt = 1;
            Twsk.inet_twsk_put(tw);
        }
    }

    @Nested
    class inet_twsk_free {
        @Test
        @DisplayName("tells the protocol, and it is not counted any more")
        void told() {
            inet_timewait_sock tw = Twsk.inet_twsk_alloc(sk, TCP_TIME_WAIT);
            assertThat(tcp.prot.twsk_prot.live).isOne();

            Twsk.inet_twsk_free(tw);

            assertThat(tcp.log).containsExactly("twsk_destructor");
            assertThat(tcp.prot.twsk_prot.live).isZero();
        }
    }

    @Nested
    class inet_twsk_put {
        @Test
        @DisplayName("frees it with the last reference only")
        void last() {
            inet_timewait_sock tw = Twsk.inet_twsk_alloc(sk, TCP_TIME_WAIT);
            tw.skc_refcnt = 2;

            Twsk.inet_twsk_put(tw);
            assertThat(tcp.log).isEmpty();
            Twsk.inet_twsk_put(tw);
            assertThat(tcp.log).containsExactly("twsk_destructor");
        }
    }

    @Nested
    class inet_twsk_add_node_rcu {
        @Test
        @DisplayName("puts it first in a chain of connections")
        void first() {
            inet_timewait_sock tw = new inet_timewait_sock();
            inet_ehash_bucket head = tcp.hashinfo.ehash[sk.skc_hash & 15];

            Twsk.inet_twsk_add_node_rcu(tw, head.chain);

            assertThat(head.chain.first().owner).isSameAs(tw);
            assertThat(head.chain.first().next.owner).isSameAs(sk);
            Twsk.inet_twsk_unhash(tw);
        }
    }

    @Nested
    class inet_twsk_add_bind_node {
        @Test
        @DisplayName("puts it first among the owners of a port")
        void first() {
            inet_timewait_sock tw = new inet_timewait_sock();
            tw.tw_tb = sk.icsk_bind_hash;

            Twsk.inet_twsk_add_bind_node(tw, sk.icsk_bind_hash.owners);

            assertThat(sk.icsk_bind_hash.owners.first().owner).isSameAs(tw);
            assertThat(sk.icsk_bind_hash.owners.first().next.owner).isSameAs(sk);
            Twsk.inet_twsk_bind_unhash(tw, tcp.hashinfo);
        }
    }

    @Nested
    class __inet_twsk_hashdance {
        @Test
        @DisplayName("it takes the socket's place among the connections, and joins it at the port")
        void dance() {
            inet_timewait_sock tw = Twsk.inet_twsk_alloc(sk, TCP_TIME_WAIT);

            Twsk.__inet_twsk_hashdance(tw, sk, tcp.hashinfo);

            inet_ehash_bucket head = tcp.hashinfo.ehash[sk.skc_hash & 15];
            assertThat(head.chain.first().owner).isSameAs(tw);
            assertThat(head.chain.first().next).isNull();
            assertThat(sk_unhashed(sk)).isTrue();
            assertThat(tw.tw_tb).isSameAs(sk.icsk_bind_hash);
            assertThat(tw.tw_tb.owners.first().owner).isSameAs(tw);
            assertThat(tw.tw_tb.owners.first().next.owner).isSameAs(sk);
            assertThat(tw.skc_refcnt).isEqualTo(3);
            assertThat(sock_prot_inuse_get(init_net, tcp.prot)).isZero();
            kill(tw);
        }

        @Test
        @DisplayName("a socket that is in no table any more is not counted twice")
        void unhashed() {
            inet_unhash(sk);
            inet_timewait_sock tw = Twsk.inet_twsk_alloc(sk, TCP_TIME_WAIT);

            Twsk.__inet_twsk_hashdance(tw, sk, tcp.hashinfo);

            assertThat(init_net.core_inuse[tcp.prot.inuse_idx]).isZero();
            kill(tw);
        }
    }

    @Nested
    class inet_twsk_alloc {
        @Test
        @DisplayName("has the identity of the socket, state TIME_WAIT, and notes what state it stands for")
        void identity() {
            sk.skc_bound_dev_if = 3;
            sk.skc_reuse = 1;
            sk.skc_reuseport = true;
            sk.tos = 0x10;
            sk.transparent = true;

            inet_timewait_sock tw = Twsk.inet_twsk_alloc(sk, TCP_FIN_WAIT2);

            assertThat(tw.skc_daddr).isEqualTo(ip("10.0.0.7"));
            assertThat(tw.skc_rcv_saddr).isEqualTo(ip("10.0.0.1"));
            assertThat(tw.skc_dport).isEqualTo(1234);
            assertThat(tw.skc_num).isEqualTo(80);
            assertThat(tw.tw_sport).isEqualTo(80);
            assertThat(tw.skc_bound_dev_if).isEqualTo(3);
            assertThat(tw.skc_family).isEqualTo(AF_INET);
            assertThat(tw.skc_hash).isEqualTo(sk.skc_hash);
            assertThat(tw.skc_reuse).isOne();
            assertThat(tw.skc_reuseport).isFalse();
            assertThat(tw.tw_tos).isEqualTo(0x10);
            assertThat(tw.tw_transparent).isTrue();
            assertThat(tw.skc_state).isEqualTo(TCP_TIME_WAIT);
            assertThat(tw.tw_substate).isEqualTo(TCP_FIN_WAIT2);
            assertThat(tw.skc_net).isSameAs(init_net);
            assertThat(tw.skc_prot).isSameAs(tcp.prot);
            assertThat(tw.skc_refcnt).isZero();
            Twsk.inet_twsk_free(tw);
        }

        @Test
        @DisplayName("without memory: null")
        void no_memory() {
            Gfp.failNth(0);

            assertThat(Twsk.inet_twsk_alloc(sk, TCP_TIME_WAIT)).isNull();
            assertThat(tcp.prot.twsk_prot.live).isZero();
        }
    }
}
