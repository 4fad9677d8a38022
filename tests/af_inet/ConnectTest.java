// SPDX-License-Identifier: GPL-2.0-only
package af_inet;

import static af_inet.Sockets.connect;
import static linux.errno.Errno.EACCES;
import static linux.errno.Errno.EADDRINUSE;
import static linux.errno.Errno.EADDRNOTAVAIL;
import static linux.errno.Errno.EAFNOSUPPORT;
import static linux.errno.Errno.EAGAIN;
import static linux.errno.Errno.EALREADY;
import static linux.errno.Errno.EBUSY;
import static linux.errno.Errno.ECONNABORTED;
import static linux.errno.Errno.ECONNREFUSED;
import static linux.errno.Errno.ECONNRESET;
import static linux.errno.Errno.EINPROGRESS;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.EISCONN;
import static linux.errno.Errno.ENETUNREACH;
import static linux.errno.Errno.ENOTCONN;
import static linux.fs.file.O_NONBLOCK;
import static linux.net.socket.SS_CONNECTED;
import static linux.net.socket.SS_CONNECTING;
import static linux.net.socket.SS_DISCONNECTING;
import static linux.net.socket.SS_UNCONNECTED;
import static linux.sched.Sched.kthread_run;
import static linux.sched.Sched.msleep;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_sock.Sockets.inet_sk;
import static net.ip.Globals.sysctl_ip_nonlocal_bind;
import static net.mptcp.Sysctls.sysctl_mptcp_enabled;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static net.sock.sock.SOCK_BINDADDR_LOCK;
import static net.sock.sock.SOCK_BINDPORT_LOCK;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_FIN_WAIT1;
import static net.tcp_states.TcpState.TCP_SYN_RECV;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.in.In.INADDR_LOOPBACK;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.AF_UNSPEC;

import java.util.ArrayList;
import java.util.List;
import linux.bug.Bug;
import linux.capability.Capability;
import linux.compiler.IntRef;
import linux.jiffies.Jiffies;
import linux.net.socket;
import linux.sched.task_struct;
import linux.socket.sockaddr_in;
import linux.tcp.tcp_sock;
import net.inet_sock.inet_sock;
import net.sock.sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;
import testing.ScriptedPeer;

@KernelTest
class ConnectTest {
    private Sockets sockets;

    @BeforeEach
    void open() {
        sockets = new Sockets();
    }

    @AfterEach
    void close() {
        sockets.closeAll();
    }

    private static sockaddr_in addr(int family, int addr, int port) {
        sockaddr_in a = new sockaddr_in(addr, port);
        a.sa_family = family;
        return a;
    }

    @Nested
    class inet_bind {
        @Test
        @DisplayName("address and port are the socket's, and locked")
        void binds() {
            socket s = sockets.tcp();

            assertThat(Sockets.bind(s, INADDR_LOOPBACK, 80)).isZero();

            inet_sock inet = inet_sk(s.sk);
            assertThat(inet.skc_rcv_saddr).isEqualTo(INADDR_LOOPBACK);
            assertThat(inet.inet_saddr).isEqualTo(INADDR_LOOPBACK);
            assertThat(inet.skc_num).isEqualTo(80);
            assertThat(inet.inet_sport).isEqualTo(80);
            assertThat(s.sk.sk_userlocks & (SOCK_BINDADDR_LOCK | SOCK_BINDPORT_LOCK))
                    .isEqualTo(SOCK_BINDADDR_LOCK | SOCK_BINDPORT_LOCK);
        }

        @Test
        @DisplayName("any address and any port leave both open, but there is a port")
        void any() {
            socket s = sockets.tcp();

            assertThat(Sockets.bind(s, 0, 0)).isZero();

            assertThat(inet_sk(s.sk).skc_num).isNotZero();
            assertThat(s.sk.sk_userlocks & (SOCK_BINDADDR_LOCK | SOCK_BINDPORT_LOCK)).isZero();
        }

        @Test
        @DisplayName("an address that is too short, -EINVAL; of another family, -EAFNOSUPPORT, unless it is no address at all")
        void family() {
            socket s = sockets.tcp();
            assertThat(Connect.inet_bind(s, new sockaddr_in(0, 80), 15)).isEqualTo(-EINVAL);
            assertThat(Connect.inet_bind(s, addr(10, 0, 80), 16)).isEqualTo(-EAFNOSUPPORT);
            assertThat(Connect.inet_bind(s, addr(AF_UNSPEC, INADDR_LOOPBACK, 80), 16)).isEqualTo(-EAFNOSUPPORT);

            assertThat(Connect.inet_bind(s, addr(AF_UNSPEC, 0, 80), 16)).isZero();
        }

        @Test
        @DisplayName("-EADDRNOTAVAIL for an address that this host does not have, unless that is allowed")
        void not_ours() {
            int other = Ipv4.ip("192.0.2.1");
            assertThat(Sockets.bind(sockets.tcp(), other, 80)).isEqualTo(-EADDRNOTAVAIL);

            socket s = sockets.tcp();
            inet_sk(s.sk).freebind = true;
            assertThat(Sockets.bind(s, other, 81)).isZero();
            s = sockets.tcp();
            inet_sk(s.sk).transparent = true;
            assertThat(Sockets.bind(s, other, 82)).isZero();
            sysctl_ip_nonlocal_bind = 1;
            assertThat(Sockets.bind(sockets.tcp(), other, 83)).isZero();
        }

        @Test
        @DisplayName("a broadcast address can be listened on, but not sent from")
        void broadcast() {
            Nic.up("eth0", "10.0.0.1/24");
            socket s = sockets.tcp();

            assertThat(Sockets.bind(s, Ipv4.ip("10.0.0.255"), 80)).isZero();

            assertThat(inet_sk(s.sk).skc_rcv_saddr).isEqualTo(Ipv4.ip("10.0.0.255"));
            assertThat(inet_sk(s.sk).inet_saddr).isZero();
        }

        @Test
        @DisplayName("-EACCES for ports below 1024 without the right to them")
        void privileged() {
            Capability.privileged = false;
            socket s = sockets.tcp();

            assertThat(Sockets.bind(s, 0, 1023)).isEqualTo(-EACCES);
            assertThat(Sockets.bind(s, 0, 1024)).isZero();
        }

        @Test
        @DisplayName("-EINVAL the second time, and of one that is connected; -EADDRINUSE if somebody has the port")
        void taken() {
            socket s = sockets.listener(80);
            assertThat(Sockets.bind(s, 0, 81)).isEqualTo(-EINVAL);
            assertThat(Sockets.bind(sockets.connected(80), 0, 81)).isEqualTo(-EINVAL);

            s = sockets.tcp();
            assertThat(Sockets.bind(s, INADDR_LOOPBACK, 80)).isEqualTo(-EADDRINUSE);
            assertThat(inet_sk(s.sk).skc_rcv_saddr).isZero();
            assertThat(inet_sk(s.sk).inet_saddr).isZero();
            assertThat(s.sk.sk_lock.owned).isZero();
        }

        @Test
        @DisplayName("a protocol may have a bind of its own")
        void own() {
            sockets.fake.bind = (sk, a, len) -> 17 + len;

            assertThat(Connect.inet_bind(sockets.faked(), new sockaddr_in(0, 1), 3)).isEqualTo(20);
        }
    }

    @Nested
    class inet_dgram_connect {
        private final sockaddr_in peer = new sockaddr_in(INADDR_LOOPBACK, 7);

        @BeforeEach
        void protocol() {
            sockets.fake.connect = (sk, a, len) -> {
                sockets.log.add("connect " + a);
                return 0;
            };
        }

        @Test
        @DisplayName("gives the socket a port before the protocol connects it")
        void connects() {
            assertThat(Connect.inet_dgram_connect(sockets.faked(), peer, 16, 0)).isZero();

            assertThat(sockets.log).containsExactly("get_port 0", "connect 127.0.0.1:7");
        }

        @Test
        @DisplayName("with AF_UNSPEC it is disconnected")
        void disconnects() {
            assertThat(Connect.inet_dgram_connect(sockets.faked(), addr(AF_UNSPEC, 0, 0), 16, 0)).isZero();

            assertThat(sockets.log).containsExactly("disconnect");
        }

        @Test
        @DisplayName("-EINVAL without room for a family, -EAGAIN without a port")
        void errors() {
            assertThat(Connect.inet_dgram_connect(sockets.faked(), peer, 1, 0)).isEqualTo(-EINVAL);
            sockets.fake.get_port = (sk, snum) -> 1;
            assertThat(Connect.inet_dgram_connect(sockets.faked(), peer, 16, 0)).isEqualTo(-EAGAIN);
            assertThat(sockets.log).isEmpty();
        }
    }

    @Nested
    class inet_wait_for_connect {
        private sock sk;

        @BeforeEach
        void connecting() {
            sk = sockets.faked().sk;
            sk.skc_state = TCP_SYN_SENT;
            lock_sock(sk);
        }

        @AfterEach
        void unlock() {
            sk.skc_state = TCP_CLOSE;
            release_sock(sk);
        }

        @Test
        @DisplayName("until the state changes, while others may have the socket; what is left of the time")
        void waits() {
            long start = Jiffies.jiffies;
            task_struct t = kthread_run("peer", () -> {
                msleep(99);
                lock_sock(sk);
                sk.skc_state = TCP_SYN_RECV;
                sk.sk_state_change.call(sk);
                release_sock(sk);
                msleep(49);
                sk.skc_state = TCP_ESTABLISHED;
                sk.sk_state_change.call(sk);
            });

            assertThat(Connect.inet_wait_for_connect(sk, 1000, 1)).isEqualTo(1000 - (Jiffies.jiffies - start));

            assertThat(Jiffies.jiffies - start).isBetween(148L, 152L);
            assertThat(sk.sk_lock.owned).isNotZero();
            assertThat(sk.sk_write_pending).isZero();
            t.exited.wait_for_completion();
        }

        @Test
        @DisplayName("no longer than it may; meanwhile it counts as a writer")
        void timeout() {
            List<Integer> pending = new ArrayList<>();
            task_struct t = kthread_run("other", () -> pending.add(sk.sk_write_pending));
            long start = Jiffies.jiffies;

            assertThat(Connect.inet_wait_for_connect(sk, 50, 1)).isZero();

            assertThat(Jiffies.jiffies - start).isEqualTo(50);
            assertThat(pending).containsExactly(1);
            t.exited.wait_for_completion();
        }

        @Test
        @DisplayName("not at all if it is over already")
        void over() {
            sk.skc_state = TCP_CLOSE;

            assertThat(Connect.inet_wait_for_connect(sk, 50, 0)).isEqualTo(50);
        }
    }

    @Nested
    class __inet_stream_connect {
        private int connect(socket s, int flags) {
            lock_sock(s.sk);
            int err = Connect.__inet_stream_connect(s, new sockaddr_in(INADDR_LOOPBACK, 80), 16, flags);
            release_sock(s.sk);
            return err;
        }

        @Test
        @DisplayName("waits for the handshake")
        void waits() {
            sockets.listener(80);
            socket s = sockets.tcp();

            assertThat(connect(s, 0)).isZero();

            assertThat(s.state).isEqualTo(SS_CONNECTED);
            assertThat(s.sk.skc_state).isEqualTo(TCP_ESTABLISHED);
        }

        @Test
        @DisplayName("not to wait: -EINPROGRESS, then -EALREADY, then 0, then -EISCONN")
        void nonblocking() {
            ScriptedPeer peer = new ScriptedPeer();
            socket s = sockets.tcp();
            sockaddr_in to = new sockaddr_in(Ipv4.ip(ScriptedPeer.PEER), 5000);

            assertThat(Connect.inet_stream_connect(s, to, 16, O_NONBLOCK)).isEqualTo(-EINPROGRESS);
            assertThat(s.state).isEqualTo(SS_CONNECTING);
            assertThat(Connect.inet_stream_connect(s, to, 16, O_NONBLOCK)).isEqualTo(-EALREADY);

            ScriptedPeer.Segment syn = peer.next();
            peer.hostPort = syn.source();
            peer.port = 5000;
            peer.ack = syn.seq() + 1;
            peer.send(ScriptedPeer.SYN | ScriptedPeer.ACK);

            assertThat(Connect.inet_stream_connect(s, to, 16, O_NONBLOCK)).isZero();
            assertThat(s.state).isEqualTo(SS_CONNECTED);
            assertThat(Connect.inet_stream_connect(s, to, 16, O_NONBLOCK)).isEqualTo(-EISCONN);
        }

        @Test
        @DisplayName("refused: -ECONNREFUSED, and the socket may try again")
        void refused() {
            socket s = sockets.tcp();

            assertThat(connect(s, 0)).isEqualTo(-ECONNREFUSED);
            assertThat(s.state).isEqualTo(SS_UNCONNECTED);
            assertThat(s.sk.skc_state).isEqualTo(TCP_CLOSE);

            sockets.listener(80);
            assertThat(connect(s, 0)).isZero();
        }

        @Test
        @DisplayName("SO_SNDTIMEO is over: -EINPROGRESS, and the attempt goes on")
        void timeout() {
            new ScriptedPeer();
            socket s = sockets.tcp();
            s.sk.sk_sndtimeo = 100;
            long start = Jiffies.jiffies;

            assertThat(Connect.inet_stream_connect(s, new sockaddr_in(Ipv4.ip(ScriptedPeer.PEER), 80), 16, 0))
                    .isEqualTo(-EINPROGRESS);

            assertThat(Jiffies.jiffies - start).isEqualTo(100);
            assertThat(s.state).isEqualTo(SS_CONNECTING);
            assertThat(s.sk.skc_state).isEqualTo(TCP_SYN_SENT);
        }

        @Test
        @DisplayName("closed without an error: -ECONNABORTED")
        void aborted() {
            sockets.fake.connect = (sk, a, len) -> 0;
            socket s = sockets.faked();

            assertThat(connect(s, 0)).isEqualTo(-ECONNABORTED);
            assertThat(s.state).isEqualTo(SS_UNCONNECTED);
            assertThat(sockets.log).containsExactly("disconnect");
        }

        @Test
        @DisplayName("what cannot be disconnected stays disconnecting")
        void disconnecting() {
            sockets.fake.connect = (sk, a, len) -> {
                sk.sk_err = ECONNRESET;
                return 0;
            };
            sockets.fake.disconnect = (sk, flags) -> -EBUSY;
            socket s = sockets.faked();

            assertThat(connect(s, 0)).isEqualTo(-ECONNRESET);
            assertThat(s.state).isEqualTo(SS_DISCONNECTING);
            assertThat(connect(s, 0)).isEqualTo(-EINVAL);
            s.state = SS_UNCONNECTED;
        }

        @Test
        @DisplayName("what the protocol says; -EISCONN for a socket that listens; -EINVAL without a family")
        void errors() {
            sockets.fake.connect = (sk, a, len) -> -ENETUNREACH;
            assertThat(connect(sockets.faked(), 0)).isEqualTo(-ENETUNREACH);

            assertThat(connect(sockets.listener(80), 0)).isEqualTo(-EISCONN);

            socket s = sockets.tcp();
            assertThat(Connect.inet_stream_connect(s, new sockaddr_in(0, 1), 1, 0)).isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("AF_UNSPEC ends the connection, and the socket may connect anew")
        void unspec() {
            sockets.listener(80);
            socket s = sockets.connected(80);

            assertThat(Connect.inet_stream_connect(s, addr(AF_UNSPEC, 0, 0), 16, 0)).isZero();
            assertThat(s.state).isEqualTo(SS_UNCONNECTED);
            assertThat(s.sk.skc_state).isEqualTo(TCP_CLOSE);

            assertThat(connect(s, 0)).isZero();
        }
    }

    @Nested
    class inet_stream_connect {
        @Test
        @DisplayName("owns the socket while the protocol connects it")
        void owns() {
            List<Boolean> owned = new ArrayList<>();
            sockets.fake.connect = (sk, a, len) -> {
                owned.add(sk.sk_lock.owned != 0);
                sk.skc_state = TCP_ESTABLISHED;
                return 0;
            };
            socket s = sockets.faked();

            assertThat(Connect.inet_stream_connect(s, new sockaddr_in(INADDR_LOOPBACK, 80), 16, 0)).isZero();

            assertThat(owned).containsExactly(true);
            assertThat(s.sk.sk_lock.owned).isZero();
            assertThat(s.state).isEqualTo(SS_CONNECTED);
        }
    }

    @Nested
    class inet_accept {
        @Test
        @DisplayName("ties the oldest connection to the new socket")
        void accepts() {
            socket listener = sockets.listener(80);
            socket client = sockets.connected(80);
            socket s = sockets.empty();

            assertThat(Connect.inet_accept(listener, s, 0)).isZero();

            assertThat(s.state).isEqualTo(SS_CONNECTED);
            assertThat(s.sk.sk_socket).isSameAs(s);
            assertThat(s.sk.sk_wq).isSameAs(s.wq);
            assertThat(inet_sk(s.sk).skc_dport).isEqualTo(inet_sk(client.sk).skc_num);
            assertThat(s.sk.sk_lock.owned).isZero();
        }

        @Test
        @DisplayName("of an MPTCP connection the meta socket; its first subflow knows as well who has it open")
        void meta() {
            // Not by way of 127.0.0.1, where MPTCP is not tried.
            Nic.up("eth0", "10.0.0.1/24");
            sysctl_mptcp_enabled = 1;
            socket listener = sockets.listener(80);
            assertThat(Sockets.connect(sockets.tcp(), Ipv4.ip("10.0.0.1"), 80, 0)).isZero();
            socket s = sockets.empty();

            assertThat(Connect.inet_accept(listener, s, 0)).isZero();

            tcp_sock meta = tcp_sk(s.sk);
            assertThat(meta.mpc).isTrue();
            sock master = meta.mpcb.master_sk;
            assertThat(master).isNotNull().isNotSameAs(meta);
            assertThat(master.sk_socket).isSameAs(s);
            assertThat(master.sk_wq).isSameAs(s.wq);
            sockets.closeAndWait();
        }

        @Test
        @DisplayName("what the protocol says if there is none")
        void none() {
            assertThat(Connect.inet_accept(sockets.listener(80), sockets.empty(), O_NONBLOCK)).isEqualTo(-EAGAIN);
            assertThat(Connect.inet_accept(sockets.tcp(), sockets.empty(), 0)).isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("a connection in a state that no accepted one has is worth a warning")
        void strange() {
            socket child = sockets.faked();
            sockets.fake.accept = (sk, flags, err) -> {
                child.sk.skc_state = TCP_FIN_WAIT1;
                return child.sk;
            };
            sock sk = child.sk;
            socket s = sockets.empty();

            assertThat(Connect.inet_accept(sockets.faked(), s, 0)).isZero();

            assertThat(Bug.warnings).hasSize(1);
            Bug.warnings.clear();
            assertThat(s.sk).isSameAs(sk);
            child.sk = null;
        }
    }

    @Nested
    class inet_getname {
        private final sockaddr_in a = new sockaddr_in();
        private final IntRef len = new IntRef();

        @Test
        @DisplayName("our side: the address bound to, else the one that packets come from")
        void ours() {
            sockets.listener(80);
            socket s = sockets.connected(80);

            assertThat(Connect.inet_getname(s, a, len, 0)).isZero();
            assertThat(a.sa_family).isEqualTo(AF_INET);
            assertThat(a.sin_addr).isEqualTo(INADDR_LOOPBACK);
            assertThat(a.sin_port).isEqualTo(inet_sk(s.sk).skc_num);
            assertThat(len.val).isEqualTo(16);

            inet_sk(s.sk).inet_saddr = 7;
            Connect.inet_getname(s, a, len, 0);
            assertThat(a.sin_addr).isEqualTo(INADDR_LOOPBACK);
            int bound = inet_sk(s.sk).skc_rcv_saddr;
            inet_sk(s.sk).skc_rcv_saddr = 0;
            Connect.inet_getname(s, a, len, 0);
            assertThat(a.sin_addr).isEqualTo(7);
            inet_sk(s.sk).skc_rcv_saddr = bound;
            inet_sk(s.sk).inet_saddr = bound;
        }

        @Test
        @DisplayName("the other side, if there is one")
        void theirs() {
            sockets.listener(80);
            socket s = sockets.connected(80);

            assertThat(Connect.inet_getname(s, a, len, 1)).isZero();
            assertThat(a.sin_addr).isEqualTo(INADDR_LOOPBACK);
            assertThat(a.sin_port).isEqualTo(80);

            assertThat(Connect.inet_getname(sockets.tcp(), a, len, 1)).isEqualTo(-ENOTCONN);
        }

        @Test
        @DisplayName("while the SYN is out there is only one for those who ask with 2")
        void connecting() {
            socket s = sockets.faked();
            inet_sk(s.sk).skc_dport = 80;
            inet_sk(s.sk).skc_daddr = INADDR_LOOPBACK;
            s.sk.skc_state = TCP_SYN_SENT;

            assertThat(Connect.inet_getname(s, a, len, 1)).isEqualTo(-ENOTCONN);
            assertThat(Connect.inet_getname(s, a, len, 2)).isZero();
            assertThat(a.sin_port).isEqualTo(80);
        }
    }
}
