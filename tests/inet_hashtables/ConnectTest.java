// SPDX-License-Identifier: GPL-2.0-only
package inet_hashtables;

import static inet_connection_sock.Ports.inet_csk_get_port;
import static inet_hashtables.Hash.inet_sk_ehashfn;
import static inet_timewait_sock.DeathRow.inet_twsk_deschedule;
import static inet_timewait_sock.DeathRow.inet_twsk_schedule;
import static inet_timewait_sock.Twsk.inet_twsk_put;
import static linux.errno.Errno.EADDRNOTAVAIL;
import static linux.interrupt.Softirq.in_softirq;
import static net.inet_hashtables.Hash.inet_sk_listen_hashfn;
import static net.ip.Globals.sysctl_local_reserved_ports;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Nodes.sk_hashed;
import static net.sock.Nodes.sk_unhashed;
import static net.sock.Nodes.sock_hold;
import static net.sock.Protos.sock_prot_inuse_add;
import static net.sock.Protos.sock_prot_inuse_get;
import static net.tcp.TcpConst.TCP_TIMEWAIT_LEN;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.ip;
import static testing.SocketFields.out;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TIMEWAITRECYCLED;

import java.util.ArrayList;
import java.util.List;
import linux.bug.Bug;
import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.tcp.tcp_sock;
import net.inet_hashtables.inet_hashinfo;
import net.inet_timewait_sock.inet_timewait_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.TcpTables;

@KernelTest
class ConnectTest {
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

    /** A socket that is about to connect, without a port. */
    private tcp_sock connecting(String faddr, int fport) {
        tcp_sock sk = tcp.socket();
        TcpTables.ends(sk, "10.0.0.1", 0, faddr, fport);
        sk.skc_state = TCP_SYN_SENT;
        return sk;
    }

    private int connect(tcp_sock sk) {
        return Connect.inet_hash_connect(tcp.row, sk);
    }

    private int inuse() {
        return sock_prot_inuse_get(init_net, tcp.prot);
    }

    /** A connection from port 40000 in TIME_WAIT, whose protocol says whether its ports may be used again. */
    private inet_timewait_sock timewait(boolean unique) {
        tcp_sock old = tcp.connected(null, "10.0.0.1", 40000, "10.0.0.7", 80);
        old.icsk_bind_hash.fastreuse = -1;
        old.icsk_bind_hash.fastreuseport = -1;
        inet_timewait_sock tw = tcp.timewait(old);
        inet_twsk_schedule(tw, tcp.row, TCP_TIMEWAIT_LEN, TCP_TIMEWAIT_LEN);
        inet_twsk_put(tw);
        tcp.prot.twsk_prot.twsk_unique = (sk, sktw, twp) -> {
            if (unique) {
                // As tcp_twsk_unique does.
                sock_hold(sktw);
            }
            return unique ? 1 : 0;
        };
        return tw;
    }

    @Nested
    class __inet_check_established {
        private final Ref<inet_timewait_sock> twp = new Ref<>();

        @Test
        @DisplayName("enters the socket with the port if there is no such connection yet")
        void unique() {
            tcp_sock sk = connecting("10.0.0.7", 80);

            assertThat(Connect.__inet_check_established(tcp.row, sk, 40000, twp)).isZero();

            assertThat(sk.skc_num).isEqualTo(40000);
            assertThat(sk.inet_sport).isEqualTo(40000);
            assertThat(sk_hashed(sk)).isTrue();
            assertThat(sk.skc_hash).isEqualTo(inet_sk_ehashfn(sk));
            assertThat(twp.val).isNull();
            assertThat(inuse()).isOne();
        }

        @Test
        @DisplayName("refuses when there is one: EADDRNOTAVAIL, and the socket is as before")
        void not_unique() {
            tcp.connected(null, "10.0.0.1", 40000, "10.0.0.7", 80);
            tcp_sock sk = connecting("10.0.0.7", 80);

            assertThat(Connect.__inet_check_established(tcp.row, sk, 40000, twp)).isEqualTo(-EADDRNOTAVAIL);

            assertThat(sk.skc_num).isZero();
            assertThat(sk_unhashed(sk)).isTrue();
        }

        @Test
        @DisplayName("one in TIME_WAIT that must not be used again is in the way")
        void timewait_refuses() {
            timewait(false);
            tcp_sock sk = connecting("10.0.0.7", 80);

            assertThat(Connect.__inet_check_established(tcp.row, sk, 40000, twp)).isEqualTo(-EADDRNOTAVAIL);
        }

        @Test
        @DisplayName("one in TIME_WAIT that may be used again gives way; the caller gets it, to end it")
        void timewait_gives_way() {
            inet_timewait_sock tw = timewait(true);
            tcp_sock sk = connecting("10.0.0.7", 80);

            assertThat(Connect.__inet_check_established(tcp.row, sk, 40000, twp)).isZero();

            assertThat(twp.val).isSameAs(tw);
            assertThat(sk_unhashed(tw)).isTrue();
            assertThat(init_net.mib.net_statistics[LINUX_MIB_TIMEWAITRECYCLED]).isOne();
            assertThat(tcp.prot.twsk_prot.live).isOne();
            inet_twsk_deschedule(tw, tcp.row);
            inet_twsk_put(tw);
            assertThat(tcp.prot.twsk_prot.live).isZero();
        }

        @Test
        @DisplayName("who does not want to have it has it ended at once")
        void timewait_ended() {
            timewait(true);
            tcp_sock sk = connecting("10.0.0.7", 80);

            assertThat(Connect.__inet_check_established(tcp.row, sk, 40000, null)).isZero();

            assertThat(tcp.prot.twsk_prot.live).isZero();
            assertThat(tcp.row.tw_count).isZero();
        }
    }

    @Nested
    class inet_sk_port_offset {
        @Test
        @DisplayName("depends on both addresses and the peer's port, and is always the same for these")
        void depends() {
            tcp_sock sk = connecting("10.0.0.7", 80);
            int offset = Connect.inet_sk_port_offset(sk);

            assertThat(Connect.inet_sk_port_offset(sk)).isEqualTo(offset);
            assertThat(Connect.inet_sk_port_offset(connecting("10.0.0.8", 80))).isNotEqualTo(offset);
            assertThat(Connect.inet_sk_port_offset(connecting("10.0.0.7", 81))).isNotEqualTo(offset);
        }
    }

    @Nested
    class __inet_hash_nolisten {
        @Test
        @DisplayName("enters the socket in place of one in TIME_WAIT, whose reference the caller gives back")
        void replaces() {
            inet_timewait_sock tw = timewait(true);
            tcp_sock sk = connecting("10.0.0.7", 80);
            sk.skc_num = 40000;

            assertThat(Connect.__inet_hash_nolisten(sk, tw)).isOne();

            assertThat(sk_hashed(sk)).isTrue();
            assertThat(sk_unhashed(tw)).isTrue();
            assertThat(inuse()).isOne();
            inet_twsk_put(tw);
        }

        @Test
        @DisplayName("warns about a socket that is in a table already")
        void twice() {
            tcp_sock sk = tcp.connected(null, "10.0.0.1", 40000, "10.0.0.7", 80);

            Connect.__inet_hash_nolisten(sk, null);

            assertThat(Bug.warnings).hasSize(1);
            Bug.warnings.clear();
            takeOut(sk);
        }

        /** Takes it out of the chain where it stands twice. */
        private void takeOut(tcp_sock sk) {
            sk.skc_nulls_node.next = null;
            tcp.hashinfo.ehash[sk.skc_hash & 15].chain.next = sk.skc_nulls_node;
            Connect.inet_unhash(sk);
            sock_prot_inuse_add(init_net, tcp.prot, -1);
        }
    }

    @Nested
    class __inet_hash {
        @Test
        @DisplayName("a listener goes to the listeners, every other one to the connections")
        void by_state() {
            tcp_sock listener = tcp.bound(80);
            listener.skc_state = TCP_LISTEN;
            Connect.__inet_hash(listener);
            tcp_sock sk = connecting("10.0.0.7", 80);
            Connect.__inet_hash(sk);

            assertThat(tcp.hashinfo.listening_hash[inet_sk_listen_hashfn(listener)].head.first().owner)
                    .isSameAs(listener);
            assertThat(tcp.hashinfo.ehash[sk.skc_hash & 15].chain.first().owner).isSameAs(sk);
            assertThat(inuse()).isEqualTo(2);
        }
    }

    @Nested
    class inet_hash {
        @Test
        @DisplayName("a socket in CLOSE stays outside")
        void close() {
            tcp_sock sk = tcp.bound(80);

            Connect.inet_hash(sk);
            assertThat(sk_unhashed(sk)).isTrue();

            sk.skc_state = TCP_LISTEN;
            Connect.inet_hash(sk);
            assertThat(sk_hashed(sk)).isTrue();
            assertThat(in_softirq()).isFalse();
        }
    }

    @Nested
    class inet_unhash {
        @Test
        @DisplayName("takes listener and connection out, and leaves alone what is in no table")
        void out() {
            tcp_sock listener = tcp.listening(80);
            tcp_sock sk = tcp.connected(listener, "10.0.0.1", 80, "10.0.0.7", 1234);
            assertThat(inuse()).isEqualTo(2);

            for (tcp_sock s : List.of(listener, sk, sk)) {
                Connect.inet_unhash(s);
                assertThat(sk_unhashed(s)).isTrue();
            }

            assertThat(inuse()).isZero();
        }
    }

    @Nested
    class __inet_hash_connect {
        @Test
        @DisplayName("the search begins where the offset says and goes round, but not to ports that bind gave away")
        void order() {
            tcp.bound(40002);
            List<Integer> ports = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                tcp_sock sk = connecting("10.0.0.7", 80);
                Connect.hint = 0;
                assertThat(Connect.__inet_hash_connect(tcp.row, sk, 0,
                                Connect::__inet_check_established, Connect::__inet_hash_nolisten))
                        .isZero();
                ports.add(sk.skc_num);
            }

            assertThat(ports).containsExactly(40001, 40003, 40000);
        }

        @Test
        @DisplayName("an offset of u32: the remainder is unsigned")
        void unsigned() {
            Connect.hint = 0;
            tcp_sock sk = connecting("10.0.0.7", 80);

            Connect.__inet_hash_connect(tcp.row, sk, -2,
                    Connect::__inet_check_established, Connect::__inet_hash_nolisten);

            // (1 + 0xfffffffe) % 4 == 3
            assertThat(sk.skc_num).isEqualTo(40003);
        }

        @Test
        @DisplayName("the next search goes on behind the last one, to whomever")
        void hint() {
            Connect.hint = 0;
            tcp_sock a = connecting("10.0.0.7", 80), b = connecting("10.0.0.8", 80);
            for (tcp_sock sk : List.of(a, b)) {
                Connect.__inet_hash_connect(tcp.row, sk, 0,
                        Connect::__inet_check_established, Connect::__inet_hash_nolisten);
            }

            assertThat(a.skc_num).isEqualTo(40001);
            assertThat(b.skc_num).isEqualTo(40002);
        }

        @Test
        @DisplayName("a socket with a port of its own always asks whether the connection is unique")
        void bound_alone() {
            tcp_sock sk = tcp.bound(5000);
            sk.skc_daddr = ip("10.0.0.7");
            sk.skc_dport = 80;
            int[] asked = new int[1];

            assertThat(Connect.__inet_hash_connect(tcp.row, sk, 0,
                            (row, s, lport, twp) -> {
                                asked[0]++;
                                assertThat(twp).isNull();
                                return Connect.__inet_check_established(row, s, lport, twp);
                            },
                            (s, tw) -> {
                                throw new AssertionError("the short way");
                            }))
                    .isZero();

            assertThat(asked[0]).isOne();
            assertThat(sk_hashed(sk)).isTrue();
            assertThat(in_softirq()).isFalse();
        }
    }

    @Nested
    class inet_hash_connect {
        @Test
        @DisplayName("without bind the socket gets a port of the range and is entered with it")
        void any_port() {
            tcp_sock sk = connecting("10.0.0.7", 80);

            assertThat(connect(sk)).isZero();

            assertThat(sk.skc_num).isBetween(40000, 40003).isEqualTo(sk.inet_sport);
            assertThat(sk.icsk_bind_hash.fastreuse).isEqualTo(-1);
            assertThat(sk.icsk_bind_hash.fastreuseport).isEqualTo(-1);
            assertThat(sk_hashed(sk)).isTrue();
            assertThat(in_softirq()).isFalse();
        }

        @Test
        @DisplayName("as many connections to a server as there are ports; to another server the same ports serve again")
        void shared_ports() {
            for (int i = 0; i < 4; i++) {
                assertThat(connect(connecting("10.0.0.7", 80))).isZero();
            }
            assertThat(connect(connecting("10.0.0.7", 80))).isEqualTo(-EADDRNOTAVAIL);
            assertThat(in_softirq()).isFalse();

            for (int i = 0; i < 4; i++) {
                assertThat(connect(connecting("10.0.0.8", 80))).isZero();
            }
            assertThat(tcp.ports()).isEqualTo(4);
        }

        @Test
        @DisplayName("a reserved port is not taken")
        void reserved() {
            sysctl_local_reserved_ports.set(40000, 40003);

            tcp_sock sk = connecting("10.0.0.7", 80);
            assertThat(connect(sk)).isZero();
            assertThat(sk.skc_num).isEqualTo(40003);
        }

        @Test
        @DisplayName("one in TIME_WAIT gives its port up and is gone, with all of its references")
        void timewait_gives_way() {
            TcpTables.range(40000, 40000);
            timewait(true);
            tcp_sock sk = connecting("10.0.0.7", 80);

            assertThat(connect(sk)).isZero();

            assertThat(sk.skc_num).isEqualTo(40000);
            assertThat(sk.icsk_bind_hash.num_owners).isEqualTo(1);
            assertThat(tcp.prot.twsk_prot.live).isZero();
            assertThat(tcp.row.tw_count).isZero();
        }

        @Test
        @DisplayName("with bind: EADDRNOTAVAIL if the connection exists")
        void bound() {
            tcp_sock a = tcp.socket(), b = tcp.socket();
            for (tcp_sock sk : List.of(a, b)) {
                sk.skc_reuse = 1;
                assertThat(inet_csk_get_port(sk, 5000)).isZero();
                TcpTables.ends(sk, "10.0.0.1", 5000, "10.0.0.7", 80);
            }

            assertThat(connect(a)).isZero();
            assertThat(connect(b)).isEqualTo(-EADDRNOTAVAIL);
        }

        @Test
        @DisplayName("without memory for a port: EADDRNOTAVAIL")
        void no_memory() {
            tcp_sock sk = connecting("10.0.0.7", 80);
            Gfp.failNth(0);

            assertThat(connect(sk)).isEqualTo(-EADDRNOTAVAIL);
            assertThat(tcp.ports()).isZero();
        }
    }

    @Nested
    class inet_hashinfo_init {
        @Test
        @DisplayName("no listener, no port")
        void empty() {
            inet_hashinfo h = new inet_hashinfo();
            h.bsockets = 7;

            Connect.inet_hashinfo_init(h);

            assertThat(h.bsockets).isZero();
            assertThat(h.listening_hash).hasSize(32).allSatisfy(b -> assertThat(b.head.first()).isNull());
        }
    }
}
