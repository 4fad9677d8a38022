// SPDX-License-Identifier: GPL-2.0-only
package inet_hashtables;

import static inet_connection_sock.Listen.inet_csk_listen_start;
import static inet_connection_sock.Ports.inet_csk_get_port;
import static inet_timewait_sock.DeathRow.inet_twsk_deschedule;
import static inet_timewait_sock.Twsk.inet_twsk_put;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Alloc.liveSockets;
import static net.sock.Nodes.sock_hold;
import static net.sock.Nodes.sock_put;
import static org.assertj.core.api.Assertions.assertThat;
import static scenario.World.device;
import static testing.CcTrajectory.socket;
import static testing.Ipv4.ip;

import java.util.ArrayList;
import java.util.List;
import linux.tcp.tcp_sock;
import net.inet_timewait_sock.inet_timewait_sock;
import net.net_namespace.NetNs;
import net.sock.sock;
import net.sock.sock_common;
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
class LookupTest {
    private TcpTables tcp;

    @BeforeEach
    void tables() {
        tcp = new TcpTables();
    }

    @AfterEach
    void end() {
        tcp.end();
    }

    /** The listener for a packet to that address by device {@code dif}; its reference is given back. */
    private sock listener(String daddr, int hnum, int dif) {
        return listener(1234, daddr, hnum, dif);
    }

    private sock listener(int sport, String daddr, int hnum, int dif) {
        sock sk = Lookup.__inet_lookup_listener(
                init_net, tcp.hashinfo, ip("10.0.0.7"), sport, ip(daddr), hnum, dif);
        if (sk != null) {
            sock_put(sk);
        }
        return sk;
    }

    private sock_common established(String saddr, int sport, String daddr, int hnum, int dif) {
        sock_common sk = Lookup.__inet_lookup_established(
                init_net, tcp.hashinfo, ip(saddr), sport, ip(daddr), hnum, dif);
        if (sk != null) {
            Lookup.sock_gen_put(sk);
        }
        return sk;
    }

    @Nested
    class compute_score {
        @ParameterizedTest
        @CsvSource({
            "0.0.0.0, 0, 2",
            "10.0.0.1, 0, 6",
            "0.0.0.0, 3, 6",
            "10.0.0.1, 3, 10",
            "10.0.0.2, 0, -1",
            "10.0.0.1, 4, -1"
        })
        @DisplayName("the more is asked for and right, the better; what is wrong counts as no match")
        void score(String addr, int dev, int score) {
            tcp_sock sk = tcp.bound(80);
            sk.skc_rcv_saddr = ip(addr);
            sk.skc_bound_dev_if = dev;

            assertThat(Lookup.compute_score(sk, init_net, 80, ip("10.0.0.1"), 3)).isEqualTo(score);
        }

        @Test
        @DisplayName("another port, another namespace: no match; another family a little less")
        void others() {
            tcp_sock sk = tcp.bound(80);

            assertThat(Lookup.compute_score(sk, init_net, 81, ip("10.0.0.1"), 3)).isEqualTo(-1);
            assertThat(Lookup.compute_score(sk, NetNs.create("other"), 80, ip("10.0.0.1"), 3)).isEqualTo(-1);
            sk.skc_family = 10;
            assertThat(Lookup.compute_score(sk, init_net, 80, ip("10.0.0.1"), 3)).isOne();
        }
    }

    @Nested
    class __inet_lookup_listener {
        @Test
        @DisplayName("finds who listens on the port, with a reference; null if nobody does")
        void by_port() {
            tcp_sock sk = tcp.listening(80);

            assertThat(Lookup.__inet_lookup_listener(init_net, tcp.hashinfo, 0, 1, ip("10.0.0.1"), 80, 0))
                    .isSameAs(sk);
            assertThat(sk.skc_refcnt).isEqualTo(2);
            sock_put(sk);
            assertThat(listener("10.0.0.1", 81, 0)).isNull();
        }

        @Test
        @DisplayName("two ports with the same hash (32 apart) are told apart")
        void same_chain() {
            tcp_sock a = tcp.listening(80);
            tcp_sock b = tcp.listening(112);

            assertThat(listener("10.0.0.1", 80, 0)).isSameAs(a);
            assertThat(listener("10.0.0.1", 112, 0)).isSameAs(b);
        }

        @Test
        @DisplayName("who is bound to the address comes before who takes any")
        void best() {
            tcp_sock exact = tcp.socket(), any = tcp.socket();
            exact.skc_reuseport = any.skc_reuseport = true;
            exact.skc_rcv_saddr = ip("10.0.0.1");
            for (tcp_sock sk : List.of(exact, any)) {
                assertThat(inet_csk_get_port(sk, 80)).isZero();
                assertThat(inet_csk_listen_start(sk, 8)).isZero();
            }

            assertThat(listener("10.0.0.1", 80, 0)).isSameAs(exact);
            assertThat(listener("10.0.0.2", 80, 0)).isSameAs(any);
        }

        @Test
        @DisplayName("among listeners of SO_REUSEPORT the connection decides, and each gets its share")
        void reuseport() {
            List<tcp_sock> all = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                tcp_sock sk = tcp.socket();
                sk.skc_reuseport = true;
                assertThat(inet_csk_get_port(sk, 80)).isZero();
                assertThat(inet_csk_listen_start(sk, 8)).isZero();
                all.add(sk);
            }
            Integer[] hits = {0, 0, 0};
            for (int port = 1024; port < 1624; port++) {
                sock sk = listener(port, "10.0.0.1", 80, 0);
                assertThat(listener(port, "10.0.0.1", 80, 0)).isSameAs(sk);
                hits[all.indexOf(sk)]++;
            }

            assertThat(hits).allSatisfy(n -> assertThat(n).isBetween(150, 250));
        }

        @Test
        @DisplayName("one whose last reference is gone is not found any more")
        void dying() {
            tcp_sock sk = tcp.listening(80);
            sk.skc_refcnt = 0;

            assertThat(listener("10.0.0.1", 80, 0)).isNull();
            sk.skc_refcnt = 1;
        }
    }

    @Nested
    class sock_gen_put {
        @Test
        @DisplayName("the last reference frees a socket")
        void socket() {
            tcp_sock sk = tcp.socket();
            tcp.disown(sk);
            sock_hold(sk);
            int live = liveSockets().size();

            Lookup.sock_gen_put(sk);
            assertThat(liveSockets()).hasSize(live);
            Lookup.sock_gen_put(sk);
            assertThat(liveSockets()).hasSize(live - 1);
        }

        @Test
        @DisplayName("the last reference frees one in TIME_WAIT in its own way")
        void timewait() {
            inet_timewait_sock tw = tcp.timewait(tcp.connected(null, "10.0.0.1", 80, "10.0.0.7", 1234));
            inet_twsk_deschedule(tw, tcp.row);

            Lookup.sock_gen_put(tw);

            assertThat(tcp.log).containsExactly("twsk_destructor");
            assertThat(tcp.prot.twsk_prot.live).isZero();
        }
    }

    @Nested
    class __inet_lookup_established {
        @Test
        @DisplayName("all four numbers must be right")
        void four_numbers() {
            tcp_sock sk = tcp.connected(null, "10.0.0.1", 80, "10.0.0.7", 1234);

            assertThat(established("10.0.0.7", 1234, "10.0.0.1", 80, 0)).isSameAs(sk);
            assertThat(established("10.0.0.8", 1234, "10.0.0.1", 80, 0)).isNull();
            assertThat(established("10.0.0.7", 1235, "10.0.0.1", 80, 0)).isNull();
            assertThat(established("10.0.0.7", 1234, "10.0.0.2", 80, 0)).isNull();
            assertThat(established("10.0.0.7", 1234, "10.0.0.1", 81, 0)).isNull();
            assertThat(sk.skc_refcnt).isOne();
        }

        @Test
        @DisplayName("finds each of many in a small table")
        void many() {
            tcp_sock listener = tcp.listening(80);
            List<tcp_sock> all = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                all.add(tcp.connected(listener, "10.0.0.1", 80, "10.0.0.7", 1000 + i));
            }

            for (int i = 0; i < 100; i++) {
                assertThat(established("10.0.0.7", 1000 + i, "10.0.0.1", 80, 0)).isSameAs(all.get(i));
            }
        }

        @Test
        @DisplayName("one bound to a device gets only what comes by it")
        void device() {
            tcp_sock sk = tcp.connected(null, "10.0.0.1", 80, "10.0.0.7", 1234);
            sk.skc_bound_dev_if = 3;

            assertThat(established("10.0.0.7", 1234, "10.0.0.1", 80, 3)).isSameAs(sk);
            assertThat(established("10.0.0.7", 1234, "10.0.0.1", 80, 4)).isNull();
        }

        @Test
        @DisplayName("finds what is left of a connection in TIME_WAIT")
        void timewait() {
            inet_timewait_sock tw = tcp.timewait(tcp.connected(null, "10.0.0.1", 80, "10.0.0.7", 1234));

            assertThat(established("10.0.0.7", 1234, "10.0.0.1", 80, 0)).isSameAs(tw);

            inet_twsk_deschedule(tw, tcp.row);
            assertThat(established("10.0.0.7", 1234, "10.0.0.1", 80, 0)).isNull();
            inet_twsk_put(tw);
        }

        @Test
        @DisplayName("one whose last reference is gone is not found any more")
        void dying() {
            tcp_sock sk = tcp.connected(null, "10.0.0.1", 80, "10.0.0.7", 1234);
            sk.skc_refcnt = 0;

            assertThat(established("10.0.0.7", 1234, "10.0.0.1", 80, 0)).isNull();
            sk.skc_refcnt = 1;
        }
    }
}
