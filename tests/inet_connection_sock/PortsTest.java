// SPDX-License-Identifier: GPL-2.0-only
package inet_connection_sock;

import static inet_hashtables.Bind.inet_bind_hash;
import static inet_timewait_sock.DeathRow.inet_twsk_deschedule;
import static inet_timewait_sock.Twsk.inet_twsk_put;
import static linux.interrupt.Softirq.in_softirq;
import static net.ip.Globals.sysctl_local_reserved_ports;
import static net.net_namespace.NetNs.init_net;
import static net.sock.SockConst.SK_FORCE_REUSE;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.ip;

import java.util.Set;
import java.util.TreeSet;
import linux.compiler.IntRef;
import linux.gfp.Gfp;
import linux.net.socket;
import linux.tcp.tcp_sock;
import net.inet_hashtables.inet_bind_bucket;
import net.inet_timewait_sock.inet_timewait_sock;
import net.net_namespace.NetNs;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;
import testing.TcpTables;

@KernelTest
class PortsTest {
    private TcpTables tcp;

    @BeforeEach
    void tables() {
        tcp = new TcpTables();
        TcpTables.range(40000, 40003);
    }

    @AfterEach
    void end() {
        tcp.end();
    }

    /** A socket that has a port in common with {@code other}, if it may. */
    private int share(tcp_sock sk, int port) {
        return Ports.inet_csk_get_port(sk, port);
    }

    @Nested
    class inet_get_local_port_range {
        @Test
        @DisplayName("gives the first and the last port of the namespace")
        void both() {
            IntRef low = new IntRef(), high = new IntRef();

            Ports.inet_get_local_port_range(init_net, low, high);

            assertThat(low.val).isEqualTo(40000);
            assertThat(high.val).isEqualTo(40003);
        }
    }

    @Nested
    class inet_csk_bind_conflict {
        private tcp_sock owner;
        private tcp_sock sk;

        @BeforeEach
        void two() {
            owner = tcp.bound(80);
            sk = tcp.socket();
        }

        private boolean conflict(boolean relax) {
            return Ports.inet_csk_bind_conflict(sk, owner.icsk_bind_hash, relax) != 0;
        }

        @Test
        @DisplayName("two that want the same port are in each other's way; one is not in its own")
        void two_of_them() {
            assertThat(conflict(true)).isTrue();
            assertThat(Ports.inet_csk_bind_conflict(owner, owner.icsk_bind_hash, true)).isZero();
        }

        @ParameterizedTest
        @CsvSource({
            "10.0.0.1, 10.0.0.2, false",
            "10.0.0.1, 10.0.0.1, true",
            "0.0.0.0, 10.0.0.1, true",
            "10.0.0.1, 0.0.0.0, true"
        })
        @DisplayName("with different addresses they can both have it; no address means all of them")
        void addresses(String a, String b, boolean conflict) {
            owner.skc_rcv_saddr = ip(a);
            sk.skc_rcv_saddr = ip(b);

            assertThat(conflict(true)).isEqualTo(conflict);
        }

        @ParameterizedTest
        @CsvSource({"1, 2, false", "1, 1, true", "0, 1, true", "1, 0, true"})
        @DisplayName("bound to different devices they can both have it")
        void devices(int a, int b, boolean conflict) {
            owner.skc_bound_dev_if = a;
            sk.skc_bound_dev_if = b;

            assertThat(conflict(true)).isEqualTo(conflict);
        }

        @ParameterizedTest
        @CsvSource({"1, 1, 7, false", "1, 1, 10, true", "0, 1, 7, true", "1, 0, 7, true"})
        @DisplayName("SO_REUSEADDR of both lets them share, unless the owner listens (10)")
        void reuseaddr(int a, int b, int state, boolean conflict) {
            owner.skc_reuse = a;
            owner.skc_state = state;
            sk.skc_reuse = b;

            assertThat(conflict(true)).isEqualTo(conflict);
        }

        @Test
        @DisplayName("while a port is searched for, one that could be shared with SO_REUSEADDR is left alone")
        void not_relaxed() {
            owner.skc_reuse = sk.skc_reuse = 1;
            assertThat(conflict(false)).isTrue();

            owner.skc_rcv_saddr = ip("10.0.0.1");
            sk.skc_rcv_saddr = ip("10.0.0.2");
            assertThat(conflict(false)).isFalse();
        }

        @Test
        @DisplayName("SO_REUSEPORT of both lets them share, also while the owner listens, but only one user's")
        void reuseport() {
            owner.skc_reuseport = sk.skc_reuseport = true;
            owner.skc_state = TCP_LISTEN;
            assertThat(conflict(true)).isFalse();

            socket open = new socket();
            open.i_uid = 1000;
            sk.sk_socket = open;
            assertThat(conflict(true)).isTrue();

            sk.sk_socket = null;
            owner.skc_reuseport = false;
            assertThat(conflict(true)).isTrue();
        }

        @Test
        @DisplayName("one in TIME_WAIT with SO_REUSEADDR does not stop a server that starts again")
        void time_wait() {
            tcp_sock old = tcp.socket();
            TcpTables.ends(old, "10.0.0.1", 81, "10.0.0.2", 1234);
            old.skc_reuse = 1;
            inet_bind_hash(old, tcp.bucket(81), 81);
            inet_bind_bucket tb = old.icsk_bind_hash;
            inet_timewait_sock tw = tcp.timewait(old);

            assertThat(Ports.inet_csk_bind_conflict(sk, tb, true)).isOne();
            sk.skc_reuse = 1;
            assertThat(Ports.inet_csk_bind_conflict(sk, tb, true)).isZero();

            inet_twsk_deschedule(tw, tcp.row);
            inet_twsk_put(tw);
        }
    }

    @Nested
    class inet_csk_get_port {
        @Test
        @DisplayName("gives a port that is free to the socket")
        void free() {
            tcp_sock sk = tcp.socket();

            assertThat(Ports.inet_csk_get_port(sk, 80)).isZero();

            assertThat(sk.skc_num).isEqualTo(80);
            assertThat(sk.icsk_bind_hash.port).isEqualTo(80);
            assertThat(sk.icsk_bind_hash.fastreuse).isZero();
            assertThat(tcp.hashinfo.bsockets).isOne();
            assertThat(in_softirq()).isFalse();
        }

        @Test
        @DisplayName("refuses one that somebody has")
        void in_use() {
            tcp.bound(80);
            tcp_sock sk = tcp.socket();

            assertThat(Ports.inet_csk_get_port(sk, 80)).isOne();

            assertThat(sk.icsk_bind_hash).isNull();
            assertThat(in_softirq()).isFalse();
        }

        @Test
        @DisplayName("the same port of another namespace is another port")
        void namespace() {
            tcp.bound(80);
            tcp_sock sk = tcp.socket(NetNs.create("other"));

            assertThat(Ports.inet_csk_get_port(sk, 80)).isZero();
            assertThat(tcp.ports()).isEqualTo(2);
        }

        @Test
        @DisplayName("a socket that has a port keeps it when it asks once more: listen does")
        void again() {
            tcp_sock sk = tcp.bound(80);
            sk.skc_state = TCP_LISTEN;

            assertThat(Ports.inet_csk_get_port(sk, 80)).isZero();

            assertThat(sk.icsk_bind_hash.num_owners).isOne();
        }

        @Test
        @DisplayName("those with SO_REUSEADDR share it until one of them listens: then the others cannot")
        void reuseaddr() {
            tcp_sock a = tcp.socket(), b = tcp.socket(), c = tcp.socket();
            a.skc_reuse = b.skc_reuse = c.skc_reuse = 1;
            assertThat(share(a, 80)).isZero();
            assertThat(a.icsk_bind_hash.fastreuse).isOne();
            assertThat(share(b, 80)).isZero();
            assertThat(a.icsk_bind_hash.num_owners).isEqualTo(2);

            a.skc_state = TCP_LISTEN;
            assertThat(share(a, 80)).isZero();
            assertThat(a.icsk_bind_hash.fastreuse).isZero();
            b.skc_state = TCP_LISTEN;
            assertThat(share(b, 80)).isOne();
            assertThat(share(c, 80)).isOne();
        }

        @Test
        @DisplayName("listeners with SO_REUSEPORT share it; one without is refused, or ends the agreement")
        void reuseport() {
            tcp_sock a = tcp.socket(), b = tcp.socket(), c = tcp.socket();
            a.skc_reuseport = b.skc_reuseport = true;
            a.skc_state = b.skc_state = c.skc_state = TCP_LISTEN;
            assertThat(share(a, 80)).isZero();
            assertThat(a.icsk_bind_hash.fastreuseport).isOne();
            assertThat(share(b, 80)).isZero();
            assertThat(share(c, 80)).isOne();

            c.skc_rcv_saddr = ip("10.0.0.2");
            a.skc_rcv_saddr = b.skc_rcv_saddr = ip("10.0.0.1");
            assertThat(share(c, 80)).isZero();
            assertThat(a.icsk_bind_hash.fastreuseport).isZero();
        }

        @Test
        @DisplayName("SO_REUSEADDR set to 2 by the kernel asks nobody")
        void forced() {
            tcp.bound(80);
            tcp_sock sk = tcp.socket();
            sk.skc_reuse = SK_FORCE_REUSE;

            assertThat(share(sk, 80)).isZero();
            assertThat(sk.icsk_bind_hash.num_owners).isEqualTo(2);
        }

        @Test
        @DisplayName("any port: all of the range are given away, each once, then there are none left")
        void any() {
            Set<Integer> got = new TreeSet<>();
            for (int i = 0; i < 4; i++) {
                tcp_sock sk = tcp.socket();
                assertThat(Ports.inet_csk_get_port(sk, 0)).isZero();
                got.add(sk.skc_num);
            }

            assertThat(got).containsExactly(40000, 40001, 40002, 40003);
            assertThat(Ports.inet_csk_get_port(tcp.socket(), 0)).isOne();
            assertThat(in_softirq()).isFalse();
        }

        @Test
        @DisplayName("any port but a reserved one")
        void reserved() {
            sysctl_local_reserved_ports.set(40000, 40003);

            assertThat(tcp.bound(0).skc_num).isEqualTo(40003);
            assertThat(Ports.inet_csk_get_port(tcp.socket(), 0)).isOne();
        }

        @Test
        @DisplayName("any port, none free: with SO_REUSEADDR one on which nobody listens is shared")
        void any_shared() {
            for (int port = 40000; port <= 40003; port++) {
                tcp_sock owner = tcp.socket();
                owner.skc_reuse = 1;
                assertThat(share(owner, port)).isZero();
                if (port != 40002) {
                    owner.skc_state = TCP_LISTEN;
                    assertThat(share(owner, port)).isZero();
                }
            }
            tcp_sock sk = tcp.socket();
            sk.skc_reuse = 1;

            assertThat(Ports.inet_csk_get_port(sk, 0)).isZero();
            assertThat(sk.skc_num).isEqualTo(40002);

            tcp_sock without = tcp.socket();
            assertThat(Ports.inet_csk_get_port(without, 0)).isOne();
        }

        @Test
        @DisplayName("any port, none free: of those that can be shared the one with the fewest owners")
        void fewest() {
            for (int port = 40000; port <= 40003; port++) {
                for (int i = 0; i < (port == 40001 ? 2 : 3); i++) {
                    tcp_sock owner = tcp.socket();
                    owner.skc_reuse = 1;
                    assertThat(share(owner, port)).isZero();
                }
            }
            tcp_sock sk = tcp.socket();
            sk.skc_reuse = 1;

            assertThat(Ports.inet_csk_get_port(sk, 0)).isZero();
            assertThat(sk.skc_num).isEqualTo(40001);
        }

        @Test
        @DisplayName("any port: one whose owners use another address is shared on the way")
        void other_address() {
            TcpTables.range(40000, 40000);
            tcp_sock owner = tcp.socket();
            owner.skc_rcv_saddr = ip("10.0.0.1");
            assertThat(share(owner, 40000)).isZero();
            tcp_sock sk = tcp.socket();
            sk.skc_rcv_saddr = ip("10.0.0.2");

            assertThat(Ports.inet_csk_get_port(sk, 0)).isZero();
            assertThat(sk.skc_num).isEqualTo(40000);
        }

        @Test
        @DisplayName("without memory for the bucket it is refused, and nothing is left locked")
        void no_memory() {
            tcp_sock sk = tcp.socket();
            Gfp.failNth(0);

            assertThat(Ports.inet_csk_get_port(sk, 80)).isOne();

            assertThat(tcp.ports()).isZero();
            assertThat(in_softirq()).isFalse();
        }
    }
}
