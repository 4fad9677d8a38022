// SPDX-License-Identifier: GPL-2.0-only
package scenarios;

import static linux.syscalls.SocketCalls.sys_recv;
import static linux.syscalls.SocketCalls.sys_send;
import static mptcp_ctrl.Close.mptcp_sub_close;
import static net.tcp_states.TcpState.TCP_CLOSE_WAIT;
import static net.tcp_states.TcpState.TCP_FIN_WAIT2;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.MptcpConnection.locked;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;
import static uapi.linux.socket.SocketOpt.SOL_SOCKET;
import static uapi.linux.socket.SocketOpt.SO_LINGER;

import linux.errno.Errno;
import linux.hrtimer.Clock;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;

/** The ways in which a connection of several subflows ends. */
@KernelTest
class MptcpCloseTest {
    private static final String LINK = "delay 10ms rate 20mbit";

    private static Link mesh(int paths, String faults) {
        Hosts h = new Hosts().mptcp("fullmesh");
        for (int i = 1; i <= paths; i++) {
            h.path(LINK + " " + faults + " seed " + i);
        }
        return h.mesh();
    }

    private static Link two() {
        return mesh(2, "").multipath(4);
    }

    private static int recv(int fd) {
        return sys_recv(fd, new byte[65536], 0, 65536, MSG_DONTWAIT);
    }

    @Nested
    class InOrder {
        @ParameterizedTest(name = "{0} paths, loss {1}, {2} closes first")
        @CsvSource({"1,0%,client", "1,0%,server", "2,0%,client", "2,0%,server", "4,0%,client", "4,0%,server",
            "2,5%,client", "2,5%,server", "4,5%,client", "4,5%,server"})
        @DisplayName("a side sends and closes at once: all of it arrives, then the end")
        void atOnce(int paths, String loss, String who) {
            Link l = mesh(paths, loss.equals("0%") ? "" : "loss " + loss);
            boolean client = who.equals("client");
            Link.Stream stream = client ? l.up : l.down;
            l.startReceiving(stream);
            for (int n = 0; n < 30_000; n += 10_000) {
                assertThat(sys_send(client ? l.clientFd : l.serverFd, Content.bytes(stream.sent, 10_000), 0, 10_000, 0)).isEqualTo(10_000);
                stream.sent += 10_000;
            }
            if (client) {
                l.closeClient();
            } else {
                l.closeServer();
            }
            l.await().intact();
            assertThat(stream.ended).isTrue();
            l.hosts.run(200);
            assertThat(l.hosts.wire.clientResets() + l.hosts.wire.serverResets()).isZero();
            l.end();
            assertThat(l.hosts.client("TcpExt.TW") + l.hosts.server("TcpExt.TW")).as("subflows that were in TIME_WAIT").isPositive();
        }

        @Test
        @DisplayName("one side has said all, the other goes on for a minute (half closed)")
        void halfClosed() {
            Link l = two();
            l.shutdownClient();
            l.startReceiving(l.up).await();
            assertThat(l.up.ended).isTrue();
            for (int i = 0; i < 60; i++) {
                l.hosts.run(1000);
                l.transfer(0, 2000);
            }
            l.multipath(4);
            l.shutdownServer();
            l.startReceiving(l.down).await();
            assertThat(l.down.ended).isTrue();
            assertThat(l.hosts.wire.clientResets() + l.hosts.wire.serverResets()).isZero();
            l.end();
        }

        @ParameterizedTest(name = "{0} paths, loss {1}")
        @CsvSource({"1,0%", "2,0%", "2,5%", "3,5%"})
        @DisplayName("both close at the same time with data on its way both ways")
        void simultaneous(int paths, String loss) {
            Link l = mesh(paths, loss.equals("0%") ? "" : "loss " + loss);
            l.startReceiving(l.up).startReceiving(l.down);
            for (int i = 0; i < 2; i++) {
                Link.Stream stream = i == 0 ? l.up : l.down;
                assertThat(sys_send(i == 0 ? l.clientFd : l.serverFd, Content.bytes(stream.sent, 20_000), 0, 20_000, 0)).isEqualTo(20_000);
                stream.sent += 20_000;
            }
            l.shutdownClient();
            l.shutdownServer();
            l.await().intact();
            assertThat(l.up.ended && l.down.ended).isTrue();
            l.end();
        }

        @Test
        @DisplayName("the same without data, and close() instead of shutdown()")
        void simultaneousClose() {
            Link l = two();
            l.closeClient();
            l.closeServer();
            l.hosts.run(1000);
            assertThat(l.hosts.wire.clientResets() + l.hosts.wire.serverResets()).isZero();
            l.end();
        }
    }

    @Nested
    class Fins {
        @ParameterizedTest(name = "the first {0}")
        @ValueSource(ints = {1, 2, 4, 10})
        @DisplayName("the segments with the DATA_FIN are lost: it is sent again")
        void dataFinLost(int n) {
            Link l = two();
            int[] seen = {0};
            for (int path = 1; path <= 2; path++) {
                l.hosts.middlebox(path, (s, toServer, on, back) -> {
                    byte[] dss = s.mptcp(Segment.DSS);
                    if (!toServer || dss == null || (dss[3] & 0x10) == 0 || seen[0]++ >= n) {
                        on.accept(s);
                    }
                });
            }
            l.shutdownClient();
            l.startReceiving(l.up).await();
            assertThat(l.up.ended).isTrue();
            assertThat(seen[0]).isGreaterThan(n);
            l.end();
        }

        /** The peer answers the FIN of a subflow when the data has ended, not earlier (mptcp_sub_close_passive() in mptcp.h). */
        private void halfOpen(tcp_sock closed, tcp_sock other) {
            assertThat(closed.skc_state).isEqualTo(TCP_FIN_WAIT2);
            assertThat(other.skc_state).isEqualTo(TCP_CLOSE_WAIT);
        }

        @Test
        @DisplayName("a subflow ends in the middle of a transfer, long before the data: its FIN comes before the DATA_FIN")
        void subflowFirst() {
            Link l = two();
            l.start(1_000_000, 500_000);
            l.hosts.run(100);
            tcp_sock sub = Link.subflow(l.c, 2, 2);
            locked(l.c, () -> mptcp_sub_close(sub, 0));
            l.await().intact().multipath(4);
            halfOpen(sub, Link.subflow(l.s, 2, 2));
            l.transfer(100_000, 100_000);
            l.end();
        }

        @Test
        @DisplayName("all subflows but one end one by one, then the connection")
        void oneByOne() {
            Link l = mesh(3, "").multipath(9);
            for (tcp_sock tp = l.c.mpcb.connection_list; tp.mptcp.next != null; tp = tp.mptcp.next) {
                tcp_sock sub = tp;
                l.start(50_000, 50_000);
                locked(l.c, () -> mptcp_sub_close(sub, 0));
                l.await().intact();
                l.hosts.run(500);
                assertThat(sub.skc_state).isEqualTo(TCP_FIN_WAIT2);
            }
            l.multipath(9).end();
        }

        @Test
        @DisplayName("the DATA_FIN is held up on a slow path while subflows on the fast one end")
        void overtaken() {
            Link l = two();
            l.hosts.middlebox(1, (s, toServer, on, back) -> {
                byte[] dss = s.mptcp(Segment.DSS);
                if (dss == null || (dss[3] & 0x10) == 0) {
                    on.accept(s);
                }
            });
            // What of it goes to path 1 is lost; path 2 ends by itself meanwhile.
            l.startReceiving(l.up);
            l.shutdownClient();
            tcp_sock sub = Link.subflow(l.c, 2, 2);
            if (sub != null) {
                locked(l.c, () -> mptcp_sub_close(sub, 0));
            }
            l.await();
            assertThat(l.up.ended).isTrue();
            l.end();
        }

        @Test
        @DisplayName("every FIN of a subflow is lost twice")
        void subflowFinsLost() {
            Link l = two();
            int[] lost = {0};
            for (int path = 1; path <= 2; path++) {
                java.util.Map<Long, Integer> seen = new java.util.HashMap<>();
                l.hosts.middlebox(path, (s, toServer, on, back) -> {
                    long who = (long) s.source << 48 ^ (long) s.dest << 32 ^ s.saddr;
                    if (s.has(Segment.FIN) && seen.merge(who, 1, Integer::sum) <= 2) {
                        lost[0]++;
                    } else {
                        on.accept(s);
                    }
                });
            }
            l.transfer(50_000, 50_000);
            l.end();
            assertThat(lost[0]).isGreaterThanOrEqualTo(8);
        }
    }

    @Nested
    class Fast {
        @ParameterizedTest
        @ValueSource(strings = {"client", "server"})
        @DisplayName("closing with unread data: MP_FASTCLOSE on one subflow, resets on the others, and the peer is told")
        void unread(String who) {
            Link l = two();
            boolean client = who.equals("client");
            sys_send(client ? l.serverFd : l.clientFd, new byte[1000], 0, 1000, 0);
            l.hosts.run(100);
            if (client) {
                l.closeClient();
            } else {
                l.closeServer();
            }
            l.hosts.run(500);
            int peer = client ? l.serverFd : l.clientFd;
            assertThat(client ? l.hosts.wire.client(Segment.MP_FASTCLOSE) : l.hosts.wire.server(Segment.MP_FASTCLOSE)).isEqualTo(1);
            assertThat((client ? l.s : l.c).mpcb.cnt_subflows).as("subflows that are left").isZero();
            assertThat(Errno.name(recv(peer))).isEqualTo("ECONNRESET");
            assertThat(client ? l.hosts.client("TcpExt.TCPAbortOnClose") : l.hosts.server("TcpExt.TCPAbortOnClose")).isEqualTo(1);
            l.end();
        }

        @ParameterizedTest
        @ValueSource(strings = {"client", "server"})
        @DisplayName("the same in the middle of a transfer: the sender fails at once")
        void transfer(String who) {
            Link l = two();
            boolean client = who.equals("client");
            Link.Stream stream = client ? l.down : l.up;
            l.startSending(stream, 2_000_000);
            l.hosts.run(200);
            assertThat(recv(client ? l.clientFd : l.serverFd)).isPositive();
            assertThat(l.busy()).isTrue();
            if (client) {
                l.closeClient();
            } else {
                l.closeServer();
            }
            l.await();
            assertThat(Errno.name(stream.sendError)).isIn("ECONNRESET", "EPIPE");
            l.end();
        }

        @ParameterizedTest(name = "{0}, seed {1}")
        @CsvSource({"client,1", "client,2", "server,1", "server,2"})
        @DisplayName("half of the packets are lost meanwhile: nothing is left in the end")
        void lossy(String who, int seed) {
            Link l = two();
            boolean client = who.equals("client");
            sys_send(client ? l.serverFd : l.clientFd, new byte[1000], 0, 1000, 0);
            l.hosts.run(100);
            l.hosts.netem(1, LINK + " loss 50% seed " + seed).netem(2, LINK + " loss 50% seed " + (seed + 50));
            if (client) {
                l.closeClient();
            } else {
                l.closeServer();
            }
            l.hosts.run(60_000);
            assertThat(Errno.name(recv(client ? l.serverFd : l.clientFd))).isEqualTo("ECONNRESET");
            l.end();
        }

        @ParameterizedTest
        @ValueSource(strings = {"client", "server"})
        @DisplayName("SO_LINGER of 0 seconds: all subflows are reset")
        void lingerZero(String who) {
            Link l = two();
            boolean client = who.equals("client");
            Link.setsockopt(client ? l.clientFd : l.serverFd, SOL_SOCKET, SO_LINGER, 1, 0);
            if (client) {
                l.closeClient();
            } else {
                l.closeServer();
            }
            l.hosts.run(500);
            assertThat(Errno.name(recv(client ? l.serverFd : l.clientFd))).isEqualTo("ECONNRESET");
            assertThat(client ? l.hosts.wire.clientResets() : l.hosts.wire.serverResets()).isPositive();
            l.end();
        }

        @Test
        @DisplayName("both sides at the same time")
        void both() {
            Link l = two();
            sys_send(l.clientFd, new byte[1000], 0, 1000, 0);
            sys_send(l.serverFd, new byte[1000], 0, 1000, 0);
            l.hosts.run(100);
            l.closeClient();
            l.closeServer();
            l.end();
        }
    }

    @Nested
    class Linger {
        @Test
        @DisplayName("close() waits until all data and the DATA_FIN are acknowledged")
        void waits() {
            Link l = two();
            Link.setsockopt(l.clientFd, SOL_SOCKET, SO_LINGER, 1, 30);
            l.startReceiving(l.up);
            assertThat(sys_send(l.clientFd, Content.bytes(l.up.sent, 100_000), 0, 100_000, 0)).isEqualTo(100_000);
            l.up.sent += 100_000;
            long start = Clock.now();
            l.closeClient();
            long waited = Clock.now() - start;
            l.hosts.run(1);
            l.await().intact();
            assertThat(waited).isBetween(20 * Clock.NSEC_PER_MSEC, 500 * Clock.NSEC_PER_MSEC);
            l.end();
        }

        @Test
        @DisplayName("it waits no longer than it was told to: then the rest goes on without the program")
        void inVain() {
            Link l = two();
            Link.setsockopt(l.clientFd, SOL_SOCKET, SO_LINGER, 1, 3);
            l.hosts.netem(1, LINK + " loss 100%").netem(2, LINK + " loss 100%");
            assertThat(sys_send(l.clientFd, Content.bytes(l.up.sent, 50_000), 0, 50_000, 0)).isEqualTo(50_000);
            l.up.sent += 50_000;
            long start = Clock.now();
            l.closeClient();
            assertThat(Clock.now() - start).isBetween(3 * Clock.NSEC_PER_SEC, 3100 * Clock.NSEC_PER_MSEC);
            l.hosts.netem(1, LINK).netem(2, LINK);
            l.startReceiving(l.up).await().intact();
            assertThat(l.up.ended).isTrue();
            l.end();
        }
    }
}
