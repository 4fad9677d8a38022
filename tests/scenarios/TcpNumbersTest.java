// SPDX-License-Identifier: GPL-2.0-only
package scenarios;

import static linux.syscalls.FileCalls.sys_ioctl;
import static linux.syscalls.SocketCalls.sys_recv;
import static linux.syscalls.SocketCalls.sys_send;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;
import static uapi.linux.socket.SocketOpt.MSG_OOB;
import static uapi.linux.socket.SocketOpt.SOL_SOCKET;
import static uapi.linux.socket.SocketOpt.SO_LINGER;
import static uapi.linux.socket.SocketOpt.SO_RCVBUF;
import static uapi.linux.sockios.Sockios.SIOCATMARK;

import java.util.List;
import java.util.function.Consumer;
import linux.compiler.IntRef;
import linux.errno.Errno;
import org.junit.jupiter.api.DisplayName;
import testing.EveryIss;
import testing.KernelTest;

/**
 * Whatever a connection's numbers begin with, the same happens: each scenario is played with numbers far from all borders, and then with
 * those where they wrap and change their sign; both exchanges must be the same, packet by packet.
 */
@KernelTest
class TcpNumbersTest {
    private static void same(int iss, Consumer<Hosts> scenario) {
        List<String> expected = Runs.play(Runs.PLAIN, scenario);
        assertThat(expected).isNotEmpty();
        assertThat(Runs.play(iss, scenario)).isEqualTo(expected);
    }

    @EveryIss
    @DisplayName("handshake and close: the numbers in the SYNs are those that were asked for")
    void handshake(int iss) {
        same(iss, h -> {
            h.path("delay 10ms");
            int[] syns = {0};
            h.wire.listener = (byClient, flags, seq, payload) -> {
                if ((flags & Segment.SYN) != 0) {
                    syns[0]++;
                    assertThat(seq).isIn(iss, Runs.PLAIN);
                }
            };
            Link l = h.connect();
            assertThat(syns[0]).isEqualTo(2);
            l.end();
        });
    }

    @EveryIss
    @DisplayName("data in both directions")
    void bothWays(int iss) {
        same(iss, h -> h.path("delay 10ms rate 20mbit").connect().transfer(200_000, 100_000).end());
    }

    @EveryIss
    @DisplayName("a lost SYN, SYN/ACK, and the end of a transfer")
    void lostHandshake(int iss) {
        int[] seen = {0};
        same(iss, h -> {
            seen[0] = 0;
            h.path("delay 10ms").middlebox(1, (s, toServer, on, back) -> {
                boolean first = s.has(Segment.SYN) && seen[0]++ < 3 || s.has(Segment.FIN) && seen[0]++ < 6;
                if (!first) {
                    on.accept(s);
                }
            });
            Link l = h.connect().transfer(5_000, 5_000);
            assertThat(h.client("TcpExt.TCPTimeouts")).isPositive();
            l.end();
        });
    }

    @EveryIss
    @DisplayName("urgent data: the mark stands where it should")
    void urgent(int iss) {
        same(iss, h -> {
            Link l = h.path("delay 10ms").connect();
            byte[] b = new byte[100];
            IntRef mark = new IntRef();
            assertThat(sys_send(l.clientFd, b, 0, 30, 0)).isEqualTo(30);
            b[9] = 33;
            assertThat(sys_send(l.clientFd, b, 0, 10, MSG_OOB)).isEqualTo(10);
            assertThat(sys_send(l.clientFd, b, 0, 20, 0)).isEqualTo(20);
            h.run(200);
            assertThat(sys_ioctl(l.serverFd, SIOCATMARK, mark)).isZero();
            assertThat(mark.val).isZero();
            assertThat(sys_recv(l.serverFd, b, 0, 1, MSG_OOB)).isEqualTo(1);
            assertThat(b[0]).isEqualTo((byte) 33);
            assertThat(sys_recv(l.serverFd, b, 0, 100, 0)).as("up to the mark").isEqualTo(39);
            assertThat(sys_ioctl(l.serverFd, SIOCATMARK, mark)).isZero();
            assertThat(mark.val).isEqualTo(1);
            assertThat(sys_recv(l.serverFd, b, 0, 100, 0)).as("behind it").isEqualTo(20);
            l.end();
        });
    }

    @EveryIss
    @DisplayName("urgent data beyond a window that is shut: the pointer gets through")
    void urgentZeroWindow(int iss) {
        same(iss, h -> {
            Link l = new Link(h.path("delay 10ms")).listen();
            Link.setsockopt(l.listenFd, SOL_SOCKET, SO_RCVBUF, 4096);
            l.connect().startSending(l.up, 100_000);
            h.run(2000);
            assertThat(l.busy()).isTrue();
            assertThat(sys_send(l.clientFd, new byte[] {1}, 0, 1, MSG_OOB | MSG_DONTWAIT)).isIn(1, -Errno.EAGAIN);
            h.run(2000);
            // The one byte that is out of line makes the rest come at odd places: read without looking.
            byte[] b = new byte[65536];
            for (int n = 0; n < 100_000 && l.busy() || sys_recv(l.serverFd, b, 0, 1, MSG_DONTWAIT) > 0; h.run(10)) {
                n += Math.max(0, sys_recv(l.serverFd, b, 0, b.length, MSG_DONTWAIT));
            }
            l.await();
            assertThat(l.up.sent).isEqualTo(100_000);
            l.end();
        });
    }

    @EveryIss
    @DisplayName("a window that is shut for a minute is probed, and opens again")
    void zeroWindow(int iss) {
        same(iss, h -> {
            Link l = h.path("delay 10ms").connect();
            l.startSending(l.up, 2_000_000);
            h.run(60_000);
            assertThat(h.client("TcpExt.TCPTimeouts") + h.both("Tcp.RetransSegs")).as("a probe is no timeout").isZero();
            l.shutdownServer();
            l.startReceiving(l.up);
            h.run(30_000);
            l.shutdownClient();
            l.await().intact();
            assertThat(l.up.received).isEqualTo(2_000_000);
            l.end();
        });
    }

    @EveryIss
    @DisplayName("losses repaired by SACK")
    void sack(int iss) {
        same(iss, h -> {
            Link l = h.path("delay 10ms rate 20mbit loss 3% seed 4").connect();
            l.transfer(300_000, 100_000);
            assertThat(h.client("TcpExt.TCPSackRecovery")).isPositive();
            l.end();
        });
    }

    @EveryIss
    @DisplayName("losses repaired without SACK")
    void reno(int iss) {
        same(iss, h -> {
            h.sysctl("net.ipv4.tcp_sack", "0");
            Link l = h.path("delay 10ms rate 20mbit loss 3% seed 4").connect();
            l.transfer(300_000, 0);
            assertThat(h.client("TcpExt.TCPRenoRecovery")).isPositive();
            l.end();
        });
    }

    @EveryIss
    @DisplayName("reordering and duplicates")
    void reordering(int iss) {
        same(iss, h -> {
            Link l = h.path("delay 10ms rate 20mbit reorder 10% duplicate 5% seed 3").connect();
            l.transfer(300_000, 100_000);
            assertThat(h.server("TcpExt.TCPOFOQueue")).isPositive();
            l.end();
        });
    }

    @EveryIss
    @DisplayName("everything is lost for some seconds in the middle: timeouts")
    void outage(int iss) {
        same(iss, h -> {
            Link l = h.path("delay 10ms rate 20mbit").connect();
            l.start(1_000_000, 0);
            h.run(100).netem(1, "delay 10ms rate 20mbit loss 100%").run(5000).netem(1, "delay 10ms rate 20mbit");
            l.await().intact();
            assertThat(h.client("TcpExt.TCPTimeouts")).isPositive();
            l.end();
        });
    }

    @EveryIss
    @DisplayName("the server closes first, and the client goes on sending for a while")
    void halfClose(int iss) {
        same(iss, h -> {
            Link l = h.path("delay 10ms").connect();
            l.transfer(1000, 1000);
            l.shutdownServer();
            h.run(100);
            l.transfer(50_000, 0);
            l.startReceiving(l.down).await();
            assertThat(l.down.ended).isTrue();
            l.closeServer();
            h.run(100);
            l.end();
        });
    }

    @EveryIss
    @DisplayName("both close at the same time")
    void simultaneousClose(int iss) {
        same(iss, h -> {
            Link l = h.path("delay 10ms").connect();
            l.transfer(1000, 1000);
            l.closeClient();
            l.closeServer();
            l.end();
        });
    }

    @EveryIss
    @DisplayName("closing with data unread, and closing to abort: a reset either way")
    void reset(int iss) {
        same(iss, h -> {
            Link l = h.path("delay 10ms").connect();
            l.startSending(l.up, 1000).await();
            h.run(100);
            l.closeServer();
            h.run(100);
            assertThat(h.wire.serverResets()).isEqualTo(1);
            assertThat(sys_recv(l.clientFd, new byte[1], 0, 1, 0)).isEqualTo(-Errno.ECONNRESET);
            l.closeClient();
            l.closeListener();

            l = new Link(h);
            l.port = Hosts.PORT + 1;
            l.listen().connect();
            Link.setsockopt(l.clientFd, SOL_SOCKET, SO_LINGER, 1, 0);
            l.closeClient();
            h.run(100);
            assertThat(h.wire.clientResets()).isEqualTo(1);
            assertThat(sys_recv(l.serverFd, new byte[1], 0, 1, 0)).isEqualTo(-Errno.ECONNRESET);
            l.end();
        });
    }
}
