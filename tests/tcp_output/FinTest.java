// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static linux.errno.Errno.EHOSTUNREACH;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_PROBE0;
import static net.tcp.TcpConst.TCP_NAGLE_CORK;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTFAILED;
import static uapi.linux.snmp.Snmp.TCP_MIB_OUTRSTS;

import linux.gfp.Gfp;
import linux.sched.Sched;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;

@KernelTest
class FinTest {
    private static final int ISS = 1000;

    private Sender s;
    private tcp_sock tp;

    @BeforeEach
    void setUp() {
        s = new Sender().established(ISS);
        tp = s.tp;
    }

    @AfterEach
    void tearDown() {
        s.close();
    }

    @Nested
    class tcp_send_fin {
        @ParameterizedTest
        @ValueSource(ints = {0, 1, 0x7fffffff, 0x80000000, -1000})
        @DisplayName("everything was sent: a FIN of its own, which takes a sequence number")
        void alone(int iss) {
            s.established(iss);
            s.sentBefore(100);

            Fin.tcp_send_fin(tp);

            assertThat(s.drain(iss)).containsExactly("101:0 F.");
            assertThat(tp.write_seq).isEqualTo(iss + 102);
            assertThat(tp.snd_nxt).isEqualTo(iss + 102);
            assertThat(tp.packets_out).isEqualTo(2);
            s.assertCountersFit();
        }

        @Test
        @DisplayName("something waits to be sent: the FIN goes on the last packet, and Nagle does not hold it")
        void on_last() {
            s.queue(1000);
            s.queue(10);
            tp.nonagle = TCP_NAGLE_CORK;

            Fin.tcp_send_fin(tp);

            assertThat(s.drain(ISS)).containsExactly("1:1000 .", "1001:10 F.");
            assertThat(tp.write_seq).isEqualTo(ISS + 1012);
        }

        @Test
        @DisplayName("a closed window: the FIN waits with the data, and the probe timer runs")
        void closed_window() {
            s.queue(10);
            tp.snd_wnd = 0;

            Fin.tcp_send_fin(tp);

            assertThat(s.sent).isEmpty();
            assertThat(tp.icsk_pending).isEqualTo(ICSK_TIME_PROBE0);
        }

        @Test
        @DisplayName("without memory it tries again, and others run meanwhile")
        void waits_for_memory() {
            boolean[] ran = new boolean[1];
            Sched.kthread_run("other", () -> ran[0] = true);
            Gfp.failNth(0);

            Fin.tcp_send_fin(tp);

            assertThat(ran[0]).isTrue();
            assertThat(s.drain(ISS)).containsExactly("1:0 F.");
        }
    }

    @Nested
    class tcp_send_active_reset {
        @Test
        @DisplayName("a RST with the next sequence number, and with an ACK")
        void rst() {
            s.sentBefore(100);

            Fin.tcp_send_active_reset(tp, GFP_ATOMIC);

            assertThat(s.drain(ISS)).containsExactly("101:0 R.");
            assertThat(s.tcpMib(TCP_MIB_OUTRSTS)).isOne();
            assertThat(s.mib(LINUX_MIB_TCPABORTFAILED)).isZero();
        }

        @Test
        @DisplayName("without memory none is sent")
        void no_memory() {
            Gfp.failNth(0);

            Fin.tcp_send_active_reset(tp, GFP_ATOMIC);

            assertThat(s.sent).isEmpty();
            assertThat(s.mib(LINUX_MIB_TCPABORTFAILED)).isOne();
            assertThat(s.tcpMib(TCP_MIB_OUTRSTS)).isZero();
        }

        @Test
        @DisplayName("a RST that was not sent counts as failed")
        void not_sent() {
            s.xmitResult = -EHOSTUNREACH;

            Fin.tcp_send_active_reset(tp, GFP_ATOMIC);

            assertThat(s.mib(LINUX_MIB_TCPABORTFAILED)).isOne();
        }
    }
}
