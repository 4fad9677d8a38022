// SPDX-License-Identifier: GPL-2.0-only
package tcp;

import static linux.errno.Errno.ECONNABORTED;
import static linux.errno.Errno.ECONNRESET;
import static linux.errno.Errno.EINPROGRESS;
import static linux.jiffies.Jiffies.HZ;
import static linux.jiffies.Jiffies.jiffies;
import static linux.percpu_counter.percpu_counter.percpu_counter_add;
import static linux.percpu_counter.percpu_counter.percpu_counter_read_positive;
import static linux.sched.Sched.msleep;
import static linux.syscalls.FileCalls.sys_close;
import static linux.syscalls.SocketCalls.sys_accept4;
import static linux.syscalls.SocketCalls.sys_connect;
import static linux.syscalls.SocketCalls.sys_recv;
import static linux.syscalls.SocketCalls.sys_setsockopt;
import static linux.syscalls.SocketCalls.sys_shutdown;
import static linux.syscalls.SocketCalls.sys_socket;
import static net.mptcp.MetaSockets.is_meta_sk;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Flags.sock_set_flag;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static net.sock.SockFlag.SOCK_LINGER;
import static net.sock.sock.RCV_SHUTDOWN;
import static net.sock.sock.SEND_SHUTDOWN;
import static net.sock.sock.SOCK_BINDADDR_LOCK;
import static net.tcp.Globals.tcp_death_row;
import static net.tcp.Globals.tcp_memory_allocated;
import static net.tcp.Globals.tcp_orphan_count;
import static net.tcp.Globals.tcp_sockets_allocated;
import static net.tcp.Sysctls.sysctl_tcp_max_orphans;
import static net.tcp.Sysctls.sysctl_tcp_mem;
import static net.tcp.TcpConst.TCP_INFINITE_SSTHRESH;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_CLOSE_WAIT;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_FIN_WAIT1;
import static net.tcp_states.TcpState.TCP_FIN_WAIT2;
import static net.tcp_states.TcpState.TCP_LAST_ACK;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp.Pair.mptcp;
import static uapi.linux.in.In.INADDR_LOOPBACK;
import static uapi.linux.in.In.IP_OPTIONS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONCLOSE;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONDATA;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONLINGER;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONMEMORY;
import static uapi.linux.snmp.Snmp.TCP_MIB_CURRESTAB;
import static uapi.linux.snmp.Snmp.TCP_MIB_ESTABRESETS;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.AF_UNSPEC;
import static uapi.linux.socket.SocketOpt.MSG_MORE;
import static uapi.linux.socket.SocketOpt.SOCK_NONBLOCK;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;
import static uapi.linux.socket.SocketOpt.SOL_IP;

import java.util.Arrays;
import linux.printk.Printk;
import linux.socket.sockaddr_in;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;
import testing.Nic;

@KernelTest
class CloseTest {
    /** By then a delayed ACK has been sent, in milliseconds. */
    private static final int DELACK = 50;

    /** A socket that is in no table, and how often it was taken out of them all the same. */
    private static final class Lone {
        final Endpoint e = new Endpoint();
        final tcp_sock tp = e.tp;
        int unhashed;
        int fins;

        Lone(int state) {
            tp.skc_prot.unhash = sk -> unhashed++;
            tp.send_fin = sk -> fins++;
            tp.skc_state = state;
        }
    }

    private static long tcpMib(int field) {
        return init_net.mib.tcp_statistics[field];
    }

    private static long mib(int field) {
        return init_net.mib.net_statistics[field];
    }

    private static long orphans() {
        return percpu_counter_read_positive(tcp_orphan_count);
    }

    @Nested
    class tcp_set_state {
        @Test
        @DisplayName("CurrEstab counts who is established now")
        void established() {
            Lone l = new Lone(TCP_SYN_SENT);

            Close.tcp_set_state(l.tp, TCP_ESTABLISHED);
            Close.tcp_set_state(l.tp, TCP_ESTABLISHED);
            assertThat(l.tp.skc_state).isEqualTo(TCP_ESTABLISHED);
            assertThat(tcpMib(TCP_MIB_CURRESTAB)).isOne();

            Close.tcp_set_state(l.tp, TCP_FIN_WAIT1);
            assertThat(tcpMib(TCP_MIB_CURRESTAB)).isZero();
            Close.tcp_set_state(l.tp, TCP_FIN_WAIT2);
            assertThat(tcpMib(TCP_MIB_CURRESTAB)).isZero();
            assertThat(l.unhashed).isZero();
        }

        @ParameterizedTest(name = "state {0}: {1}")
        @CsvSource({"1, 1", "8, 1", "4, 0", "5, 0", "9, 0", "2, 0"})
        @DisplayName("EstabResets counts connections that are cut off: from ESTABLISHED and CLOSE_WAIT")
        void resets(int from, int counted) {
            Lone l = new Lone(from);

            Close.tcp_set_state(l.tp, TCP_CLOSE);

            assertThat(tcpMib(TCP_MIB_ESTABRESETS)).isEqualTo(counted);
            assertThat(l.unhashed).isOne();
        }

        @Test
        @DisplayName("who is closed gives his port back, unless the application bound it")
        void port() {
            Pair p = Pair.tcp();
            assertThat(p.c.icsk_bind_hash).isNotNull();

            Close.tcp_set_state(p.c, TCP_CLOSE);
            assertThat(p.c.icsk_bind_hash).isNull();

            tcp_sock listener = Pair.sock(p.listener);
            Close.tcp_set_state(listener, TCP_CLOSE);
            assertThat(listener.icsk_bind_hash).isNotNull();
            p.close();
        }

        @Test
        @DisplayName("he is out of the hash tables before he is in state CLOSE")
        void order() {
            Lone l = new Lone(TCP_ESTABLISHED);
            l.tp.skc_prot.unhash = sk -> assertThat(sk.skc_state).isEqualTo(TCP_ESTABLISHED);

            Close.tcp_set_state(l.tp, TCP_CLOSE);

            assertThat(l.tp.skc_state).isEqualTo(TCP_CLOSE);
        }
    }

    @Nested
    class tcp_close_state {
        @ParameterizedTest(name = "{0} to {1}, FIN {2}")
        @CsvSource({
            "1, 4, true", "2, 7, false", "3, 4, true", "4, 4, false", "5, 5, false", "6, 7, false",
            "7, 7, false", "8, 9, true", "9, 9, false", "10, 7, false", "11, 11, false"
        })
        @DisplayName("the state after our side has closed, and whether that takes a FIN")
        void table(int from, int to, boolean fin) {
            Lone l = new Lone(from);

            assertThat(Close.tcp_close_state(l.tp) != 0).isEqualTo(fin);
            assertThat(l.tp.skc_state).isEqualTo(to);
        }
    }

    @Nested
    class tcp_shutdown {
        @ParameterizedTest(name = "state {0}: to {1}, {2} FIN")
        @CsvSource({"1, 4, 1", "3, 4, 1", "8, 9, 1", "2, 7, 0", "4, 4, 0", "5, 5, 0", "10, 10, 0", "7, 7, 0"})
        @DisplayName("sends a FIN unless one has been sent or there is no connection; a listener goes on")
        void send(int from, int to, int fins) {
            Lone l = new Lone(from);

            Close.tcp_shutdown(l.tp, SEND_SHUTDOWN);

            assertThat(l.tp.skc_state).isEqualTo(to);
            assertThat(l.fins).isEqualTo(fins);
        }

        @Test
        @DisplayName("no longer reading is no matter of the protocol")
        void receive() {
            Lone l = new Lone(TCP_ESTABLISHED);

            Close.tcp_shutdown(l.tp, RCV_SHUTDOWN);

            assertThat(l.tp.skc_state).isEqualTo(TCP_ESTABLISHED);
        }

        @Test
        @DisplayName("over the wire: the peer reads to the end, and can still send")
        void wire() {
            Pair p = Pair.tcp();
            p.send(p.client, Endpoint.stream(0, 10), 0);
            p.quiet();

            Pair.ok(sys_shutdown(p.client, 1));
            assertThat(p.wire()).first().isEqualTo("c FA");
            assertThat(p.recv(p.server, 100)).hasSize(10);
            assertThat(p.recv(p.server, 100)).isEmpty();
            p.send(p.server, Endpoint.stream(0, 20), 0);
            assertThat(p.recv(p.client, 100)).hasSize(20);
            assertThat(p.c.skc_state).isEqualTo(TCP_FIN_WAIT2);
            assertThat(p.s.skc_state).isEqualTo(TCP_CLOSE_WAIT);
            p.close();
        }
    }

    @Nested
    class tcp_check_oom {
        private Lone l;

        @BeforeEach
        void orphan() {
            l = new Lone(TCP_FIN_WAIT1);
        }

        @Test
        @DisplayName("all is well")
        void fine() {
            sysctl_tcp_max_orphans = 10;

            assertThat(Close.tcp_check_oom(l.tp, 0)).isFalse();
        }

        @Test
        @DisplayName("too many orphans; a penalty makes each count more")
        void orphans() {
            sysctl_tcp_max_orphans = 10;
            percpu_counter_add(tcp_orphan_count, 6);

            assertThat(Close.tcp_check_oom(l.tp, 0)).isFalse();
            assertThat(Close.tcp_check_oom(l.tp, 1)).isTrue();
            assertThat(Printk.dmesg()).last().asString().contains("too many orphaned sockets");
        }

        @Test
        @DisplayName("a full queue while memory is exhausted")
        void memory() {
            sysctl_tcp_max_orphans = 10;
            Arrays.fill(sysctl_tcp_mem, 0);
            tcp_memory_allocated.val = 1;
            l.tp.sk_wmem_queued = 100_000;

            assertThat(Close.tcp_check_oom(l.tp, 0)).isTrue();
            assertThat(Printk.dmesg()).last().asString().contains("out of memory");
            tcp_memory_allocated.val = 0;
        }
    }

    @Nested
    class tcp_close {
        private Pair p;

        @BeforeEach
        void connect() {
            p = Pair.tcp();
        }

        @AfterEach
        void close() {
            p.close();
            assertThat(orphans()).isZero();
            assertThat(percpu_counter_read_positive(tcp_sockets_allocated)).as("sockets").isZero();
        }

        @Test
        @DisplayName("one FIN; then a TIME_WAIT socket waits in FIN_WAIT2 for the other")
        void fin() {
            sys_close(p.client);
            msleep(DELACK);

            assertThat(p.wire()).containsExactly("c FA", "s A");
            assertThat(p.c.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(p.s.skc_state).isEqualTo(TCP_CLOSE_WAIT);
            assertThat(tcp_death_row.tw_count).isOne();

            sys_close(p.server);
            assertThat(p.wire()).containsExactly("s FA", "c A");
            assertThat(p.s.skc_state).isEqualTo(TCP_CLOSE);
        }

        @Test
        @DisplayName("what has been written is sent, and the FIN behind it")
        void data_first() {
            p.send(p.client, Endpoint.stream(0, 100), MSG_MORE);
            assertThat(p.wire()).isEmpty();

            sys_close(p.client);

            assertThat(p.wire()).first().isEqualTo("c FA");
            assertThat(p.recv(p.server, 100)).isEqualTo(Endpoint.stream(0, 100));
        }

        @Test
        @DisplayName("data that nobody has read: RST instead of FIN")
        void unread() {
            p.send(p.server, Endpoint.stream(0, 10), 0);
            p.quiet();

            sys_close(p.client);

            assertThat(p.wire()).containsExactly("c RA");
            assertThat(mib(LINUX_MIB_TCPABORTONCLOSE)).isOne();
            assertThat(p.s.sk_err).isEqualTo(ECONNRESET);
        }

        @Test
        @DisplayName("a FIN that nobody has read is no data")
        void unread_fin() {
            sys_shutdown(p.server, 1);

            sys_close(p.client);

            assertThat(mib(LINUX_MIB_TCPABORTONCLOSE)).isZero();
            assertThat(p.wire()).doesNotContain("c RA");
        }

        @Test
        @DisplayName("SO_LINGER of 0: RST")
        void linger_zero() {
            sock_set_flag(p.c, SOCK_LINGER);
            p.c.sk_lingertime = 0;

            sys_close(p.client);

            assertThat(p.wire()).containsExactly("c RA");
            assertThat(mib(LINUX_MIB_TCPABORTONDATA)).isOne();
        }

        @Test
        @DisplayName("SO_LINGER waits until the FIN is acknowledged, but not for ever")
        void linger() {
            sock_set_flag(p.c, SOCK_LINGER);
            p.c.sk_lingertime = 5 * HZ;
            long before = jiffies;

            lock_sock(p.s);
            sys_close(p.client);
            release_sock(p.s);

            assertThat(jiffies - before).isEqualTo(5 * HZ);
        }

        @Test
        @DisplayName("an orphan counts until its FIN is acknowledged")
        void orphan() {
            lock_sock(p.s);
            sys_close(p.client);
            assertThat(p.c.skc_state).isEqualTo(TCP_FIN_WAIT1);
            assertThat(orphans()).isOne();

            release_sock(p.s);
            msleep(DELACK);
            assertThat(p.c.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(orphans()).isZero();
        }

        @Test
        @DisplayName("TCP_LINGER2 of -1: whoever would wait in FIN_WAIT2 sends a RST")
        void no_fin_wait2() {
            sys_shutdown(p.client, 1);
            msleep(DELACK);
            assertThat(p.c.skc_state).isEqualTo(TCP_FIN_WAIT2);
            p.c.linger2 = -1;
            p.quiet();

            sys_close(p.client);

            assertThat(p.wire()).containsExactly("c RA");
            assertThat(mib(LINUX_MIB_TCPABORTONLINGER)).isOne();
        }

        @Test
        @DisplayName("a longer time in FIN_WAIT2 than TIME_WAIT's: the socket itself stays for the difference")
        void long_fin_wait2() {
            sys_shutdown(p.client, 1);
            msleep(DELACK);
            p.c.linger2 = 100 * HZ;

            sys_close(p.client);

            assertThat(p.c.skc_state).isEqualTo(TCP_FIN_WAIT2);
            assertThat(p.c.sk_timer.expires - jiffies).isBetween(40L * HZ, 41L * HZ);
            msleep(42 * HZ);
            assertThat(p.c.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(tcp_death_row.tw_count).isOne();
        }

        @Test
        @DisplayName("one orphan too many is not kept: RST")
        void too_many() {
            sysctl_tcp_max_orphans = 0;
            lock_sock(p.s);

            sys_close(p.client);

            assertThat(p.wire()).containsExactly("c FA", "c RA");
            assertThat(mib(LINUX_MIB_TCPABORTONMEMORY)).isOne();
            release_sock(p.s);
        }

        @Test
        @DisplayName("a listener closes those who wait to be accepted")
        void listener() {
            int other = Pair.ok(sys_socket(AF_INET, SOCK_STREAM, 0));
            Pair.ok(sys_connect(other, new sockaddr_in(INADDR_LOOPBACK, Pair.PORT), sockaddr_in.SIZE));
            p.quiet();

            sys_close(p.listener);

            assertThat(p.wire()).containsExactly("s RA");
            assertThat(Pair.sock(other).sk_err).isEqualTo(ECONNRESET);
            sys_close(other);
        }

        @Test
        @DisplayName("a socket under repair disappears without a word")
        void repair() {
            p.c.repair = true;

            sys_close(p.client);

            assertThat(p.wire()).isEmpty();
            assertThat(p.s.skc_state).isEqualTo(TCP_ESTABLISHED);
        }

        @Test
        @DisplayName("a RST in the backlog destroys the socket while it is being closed: once")
        void reset_in_the_backlog() {
            p.send(p.client, Endpoint.stream(0, 10), 0);
            p.c.sk_lock.owned = 1;
            sys_close(p.server);
            p.c.sk_lock.owned = 0;
            assertThat(p.c.sk_backlog.tail).isNotNull();

            sys_close(p.client);

            assertThat(p.c.skc_state).isEqualTo(TCP_CLOSE);
        }

        @Test
        @DisplayName("a socket that was never connected")
        void unconnected() {
            int fd = Pair.ok(sys_socket(AF_INET, SOCK_STREAM, 0));

            assertThat(sys_close(fd)).isZero();

            assertThat(p.wire()).isEmpty();
        }
    }

    @Nested
    class MetaSocket {
        @Test
        @DisplayName("is left to MPTCP: a DATA_FIN, then the subflow's FIN")
        void mptcp() {
            Pair p = Pair.mptcp();
            assertThat(is_meta_sk(p.c)).isTrue();

            sys_close(p.client);
            assertThat(p.recv(p.server, 1)).isEmpty();
            sys_close(p.server);

            p.close();
            assertThat(percpu_counter_read_positive(tcp_sockets_allocated)).isZero();
        }
    }

    @Nested
    class tcp_disconnect {
        private Pair p;

        @BeforeEach
        void connect() {
            p = Pair.tcp();
        }

        @AfterEach
        void close() {
            p.close();
        }

        private void disconnect(tcp_sock tp) {
            lock_sock(tp);
            assertThat(Close.tcp_disconnect(tp, 0)).isZero();
            release_sock(tp);
        }

        private int toNobody(int fd) {
            sockaddr_in nobody = new sockaddr_in();
            nobody.sa_family = AF_UNSPEC;
            return sys_connect(fd, nobody, sockaddr_in.SIZE);
        }

        @Test
        @DisplayName("resets the connection and forgets it")
        void forgets() {
            p.send(p.server, Endpoint.stream(0, 100), 0);
            lock_sock(p.s);
            p.send(p.client, Endpoint.stream(0, 100), 0);
            int write_seq = p.c.write_seq;
            int max_window = p.c.max_window;
            p.quiet();

            disconnect(p.c);
            release_sock(p.s);

            assertThat(p.wire()).first().isEqualTo("c RA");
            assertThat(p.c.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(p.c.sk_err).isEqualTo(ECONNRESET);
            assertThat(p.c.sk_receive_queue.qlen).isZero();
            assertThat(p.c.sk_write_queue.qlen).isZero();
            assertThat(p.c.sk_send_head).isNull();
            assertThat(p.c.packets_out).isZero();
            assertThat(p.c.icsk_pending).isZero();
            assertThat(p.c.skc_dport).isZero();
            assertThat(p.c.skc_rcv_saddr).isZero();
            assertThat(p.c.sk_dst_cache).isNull();
            assertThat(p.c.srtt).isZero();
            assertThat(p.c.snd_cwnd).isEqualTo(2);
            assertThat(p.c.snd_ssthresh).isEqualTo(TCP_INFINITE_SSTHRESH);
            assertThat(p.c.window_clamp).isZero();
            assertThat(p.c.rx_opt.tstamp_ok).isFalse();
            assertThat(p.c.rx_opt.sack_ok).isZero();
            assertThat(p.c.icsk_ack.rcv_mss).isZero();
            assertThat(p.c.write_seq).as("far enough from the old ones").isEqualTo(write_seq + max_window + 2);
        }

        @Test
        @DisplayName("0 is no initial sequence number: it would mean that there is none yet")
        void never_zero() {
            p.c.snd_una = p.c.snd_nxt = p.c.write_seq = -(p.c.max_window + 2);

            disconnect(p.c);

            assertThat(p.c.write_seq).isOne();
        }

        @Test
        @DisplayName("the socket can be connected again")
        void again() {
            assertThat(toNobody(p.client)).isZero();
            assertThat(sys_recv(p.server, new byte[1], 0, 1, 0)).isEqualTo(-ECONNRESET);

            Pair.ok(sys_connect(p.client, new sockaddr_in(INADDR_LOOPBACK, Pair.PORT), sockaddr_in.SIZE));
            int server = Pair.ok(sys_accept4(p.listener, null, null, 0));
            p.send(p.client, Endpoint.stream(0, 5000), 0);
            assertThat(p.recv(server, 5000)).isEqualTo(Endpoint.stream(0, 5000));
            sys_close(server);
        }

        @Test
        @DisplayName("an address that was bound stays")
        void bound() {
            p.c.sk_userlocks |= SOCK_BINDADDR_LOCK;

            disconnect(p.c);

            assertThat(p.c.skc_rcv_saddr).isEqualTo(INADDR_LOOPBACK);
        }

        @Test
        @DisplayName("while connecting: nobody to tell, but the one who waits is told")
        void connecting() {
            Nic.up("eth0", "10.0.0.1/24");
            int fd = Pair.ok(sys_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
            assertThat(sys_connect(fd, new sockaddr_in(0x0a000002, 80), sockaddr_in.SIZE)).isEqualTo(-EINPROGRESS);
            tcp_sock tp = Pair.sock(fd);
            p.quiet();

            disconnect(tp);

            assertThat(p.wire()).isEmpty();
            assertThat(tp.sk_err).isEqualTo(ECONNRESET);
            sys_close(fd);
        }

        @Test
        @DisplayName("the FIN is still in the queue: the peer needs a RST, although we are past ESTABLISHED")
        void fin_not_sent() {
            sys_shutdown(p.server, 1);
            lock_sock(p.s);
            p.c.snd_wnd = 0;
            p.send(p.client, Endpoint.stream(0, 10), 0);
            sys_shutdown(p.client, 1);
            assertThat(p.c.skc_state).isEqualTo(TCP_LAST_ACK);
            assertThat(p.c.snd_nxt).isNotEqualTo(p.c.write_seq);
            p.quiet();

            disconnect(p.c);

            assertThat(p.wire()).containsExactly("c RA");
            release_sock(p.s);
        }

        @Test
        @DisplayName("a listener resets those who wait")
        void listener() {
            int other = Pair.ok(sys_socket(AF_INET, SOCK_STREAM, 0));
            Pair.ok(sys_connect(other, new sockaddr_in(INADDR_LOOPBACK, Pair.PORT), sockaddr_in.SIZE));
            p.quiet();

            disconnect(Pair.sock(p.listener));

            assertThat(p.wire()).containsExactly("s RA");
            assertThat(Pair.sock(p.listener).skc_num).as("the port was bound").isEqualTo(Pair.PORT);
            sys_close(other);
        }

        @Test
        @DisplayName("under repair without a RST")
        void repair() {
            p.c.repair = true;

            disconnect(p.c);

            assertThat(p.wire()).isEmpty();
            assertThat(p.c.sk_err).isEqualTo(ECONNABORTED);
        }

        @Test
        @DisplayName("a meta socket's subflows go with it")
        void mptcp() {
            Pair m = Pair.mptcp();

            disconnect(m.c);

            assertThat(m.c.skc_state).isEqualTo(TCP_CLOSE);
            m.close();
        }
    }

    @Nested
    class tcp_sock_destruct {
        private Pair p;
        private tcp_sock listener;

        private void withQueue() {
            p = Pair.tcp();
            listener = Pair.sock(p.listener);
            lock_sock(listener);
            assertThat(Fastopen.fastopen_init_queue(listener, 5)).isZero();
            release_sock(listener);
        }

        @Test
        @DisplayName("a listener with Fast Open loses its queue when it is freed")
        void queue() {
            withQueue();

            sys_close(p.listener);

            assertThat(listener.icsk_accept_queue.fastopenq).isNull();
            p.close();
        }

        @Test
        @DisplayName("it also loses what every socket does")
        void as_any_other() {
            withQueue();
            assertThat(sys_setsockopt(p.listener, SOL_IP, IP_OPTIONS, new byte[] {1, 1, 1, 0}, 4)).isZero();
            assertThat(listener.inet_opt).isNotNull();

            sys_close(p.listener);

            assertThat(listener.inet_opt).isNull();
            p.close();
        }
    }
}
