// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static linux.errno.Errno.EHOSTUNREACH;
import static linux.gfp.Gfp.fails;
import static linux.hrtimer.Clock.now;
import static linux.netdevice.Netdev.NET_XMIT_DROP;
import static linux.timer.Timers.timer_pending;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_SCHED;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_TIMER;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_PROBE0;
import static net.tcp.Globals.tcp_request_sock_ops;
import static net.tcp.Sysctls.sysctl_tcp_retries2;
import static net.tcp.TcpConst.TCP_ATO_MIN;
import static net.tcp.TcpConst.TCP_DELACK_MAX;
import static net.tcp.TcpConst.TCP_RESOURCE_PROBE_INTERVAL;
import static net.tcp.TcpConst.TCP_RTO_MAX;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_FIN_WAIT1;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSYNRETRANS;
import static uapi.linux.snmp.Snmp.TCP_MIB_RETRANSSEGS;

import linux.gfp.Gfp;
import linux.jiffies.Jiffies;
import linux.tcp.tcp_request_sock;
import linux.tcp.tcp_sock;
import net.tcp.tcp_request_sock_ops;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;
import testing.Vectors;

@KernelTest
class AckAndProbeTest {
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
    class tcp_send_delayed_ack {
        @Test
        @DisplayName("as the kernel did, row by row")
        void vectors() {
            Vectors.each("tcp_send_delayed_ack", row -> {
                Jiffies.jiffies = row.i64("in.jiffies");
                try (Sender s = new Sender()) {
                    tcp_sock tp = s.tp;
                    tp.icsk_ack.ato = row.i32("in.icsk.icsk_ack.ato");
                    tp.icsk_ack.pingpong = row.i32("in.icsk.icsk_ack.pingpong");
                    tp.icsk_ack.pending = row.i32("in.icsk.icsk_ack.pending");
                    tp.srtt = row.i32("in.tp.srtt");
                    tp.icsk_ack.timeout = row.i64("in.icsk.icsk_ack.timeout");

                    AckAndProbe.tcp_send_delayed_ack(tp);

                    assertThat(tp.icsk_ack.pending).as("%s pending", row)
                            .isEqualTo(row.i32("out.icsk.icsk_ack.pending"));
                    assertThat(tp.icsk_ack.timeout).as("%s timeout", row)
                            .isEqualTo(row.i64("out.icsk.icsk_ack.timeout"));
                    assertThat(timer_pending(tp.icsk_delack_timer)).as("%s", row).isTrue();
                }
            });
        }

        @ParameterizedTest
        @CsvSource({"1, 1000", "0, 9"})
        @DisplayName("sends now if the timer found the socket busy, or would run out soon anyway")
        void now(int blocked, int timeout) {
            tp.icsk_ack.ato = 40;
            tp.icsk_ack.pending = ICSK_ACK_SCHED | ICSK_ACK_TIMER;
            tp.icsk_ack.blocked = blocked;
            tp.icsk_ack.timeout = Jiffies.jiffies + timeout;

            AckAndProbe.tcp_send_delayed_ack(tp);

            assertThat(s.drain(ISS)).containsExactly("1:0 .");
            assertThat(tp.icsk_ack.pending).isZero();
        }
    }

    @Nested
    class tcp_send_ack {
        @Test
        @DisplayName("an ACK of what has come, with the window of now")
        void ack() {
            AckAndProbe.tcp_send_ack(tp);

            assertThat(s.drain(ISS)).containsExactly("1:0 .");
            assertThat(tp.sk_wmem_alloc).isOne();
        }

        @Test
        @DisplayName("a closed connection does not answer")
        void closed() {
            tp.skc_state = TCP_CLOSE;

            AckAndProbe.tcp_send_ack(tp);

            assertThat(s.sent).isEmpty();
        }

        @Test
        @DisplayName("without memory the timer of the delayed ACK tries again")
        void no_memory() {
            Gfp.failNth(0);

            AckAndProbe.tcp_send_ack(tp);

            assertThat(s.sent).isEmpty();
            assertThat(tp.icsk_ack.ato).isEqualTo(TCP_ATO_MIN);
            assertThat(tp.icsk_ack.pending).isEqualTo(ICSK_ACK_SCHED | ICSK_ACK_TIMER);
            assertThat(tp.icsk_ack.timeout).isEqualTo(Jiffies.jiffies + TCP_DELACK_MAX);
        }
    }

    @Nested
    class tcp_xmit_probe_skb {
        @ParameterizedTest
        @ValueSource(ints = {0, 1, 0x7fffffff, 0x80000000, -1000})
        @DisplayName("one below snd_una, which the peer has to answer; at snd_una to bring the urgent pointer")
        void probe(int iss) {
            s.established(iss);
            s.sentBefore(100);
            tp.snd_up = tp.snd_una + 50;

            assertThat(AckAndProbe.tcp_xmit_probe_skb(tp, 0)).isZero();
            assertThat(AckAndProbe.tcp_xmit_probe_skb(tp, 1)).isZero();

            assertThat(s.sent.get(0).th.seq()).isEqualTo(iss);
            assertThat(s.sent.get(0).th.urg_ptr()).isEqualTo(51);
            assertThat(s.sent.get(1).th.seq()).isEqualTo(iss + 1);
            assertThat(s.sent.get(1).th.urg_ptr()).isEqualTo(50);
            tp.snd_up = tp.snd_una;
        }

        @Test
        @DisplayName("-1 without memory")
        void no_memory() {
            Gfp.failNth(0);
            assertThat(AckAndProbe.tcp_xmit_probe_skb(tp, 0)).isEqualTo(-1);
        }
    }

    @Nested
    class tcp_send_window_probe {
        @Test
        @DisplayName("any answer will be taken for a newer window")
        void probe() {
            AckAndProbe.tcp_send_window_probe(tp);

            assertThat(s.drain(ISS)).containsExactly("0:0 .");
            assertThat(tp.snd_wl1).isEqualTo(Sender.RCV_NXT - 1);
        }

        @Test
        @DisplayName("only on an established connection")
        void other_state() {
            tp.skc_state = TCP_FIN_WAIT1;

            AckAndProbe.tcp_send_window_probe(tp);

            assertThat(s.sent).isEmpty();
        }
    }

    @Nested
    class tcp_write_wakeup {
        @Test
        @DisplayName("an open window that was too small for a segment: as much as goes in, with PSH")
        void part() {
            s.queue(800);
            tp.snd_wnd = 300;

            assertThat(AckAndProbe.tcp_write_wakeup(tp)).isZero();

            assertThat(s.drain(ISS)).containsExactly("1:300 P.");
            assertThat(s.queue_(ISS)).isEqualTo("1-301 |301-801");
            assertThat(tp.pushed_seq).isEqualTo(ISS + 801);
            assertThat(tp.packets_out).isOne();
            s.assertCountersFit();
        }

        @Test
        @DisplayName("never more than a segment")
        void one_segment() {
            s.withGso().queuePaged(2500);

            AckAndProbe.tcp_write_wakeup(tp);

            assertThat(s.drain(ISS)).containsExactly("1:1000 P.");
        }

        @Test
        @DisplayName("a packet that fits goes whole")
        void whole() {
            s.queue(100);

            AckAndProbe.tcp_write_wakeup(tp);

            assertThat(s.drain(ISS)).containsExactly("1:100 P.");
            assertThat(tcp_send_head(tp)).isNull();
        }

        @Test
        @DisplayName("a closed window, or nothing to send: a segment without data")
        void empty() {
            assertThat(AckAndProbe.tcp_write_wakeup(tp)).isZero();
            assertThat(s.drain(ISS)).containsExactly("0:0 .");

            s.queue(10);
            tp.snd_wnd = 0;
            AckAndProbe.tcp_write_wakeup(tp);
            assertThat(s.drain(ISS)).containsExactly("0:0 .");
        }

        @Test
        @DisplayName("in urgent mode a second one brings the pointer")
        void urgent() {
            s.queue(10);
            tp.snd_wnd = 0;
            tp.snd_up = tp.snd_una + 10;

            AckAndProbe.tcp_write_wakeup(tp);

            assertThat(s.drain(ISS)).containsExactly("1:0 U.", "0:0 U.");
            tp.snd_up = tp.snd_una;
        }

        @Test
        @DisplayName("-1: closed, or no memory to cut")
        void fails() {
            s.queue(800);
            tp.snd_wnd = 300;
            Gfp.failNth(0);
            assertThat(AckAndProbe.tcp_write_wakeup(tp)).isEqualTo(-1);

            tp.skc_state = TCP_CLOSE;
            assertThat(AckAndProbe.tcp_write_wakeup(tp)).isEqualTo(-1);
            assertThat(s.sent).isEmpty();
        }

        @Test
        @DisplayName("what was not sent stays send head")
        void not_sent() {
            s.queue(100);
            s.xmitResult = -EHOSTUNREACH;

            assertThat(AckAndProbe.tcp_write_wakeup(tp)).isEqualTo(-EHOSTUNREACH);

            assertThat(s.queue_(ISS)).isEqualTo("|1-101");
        }
    }

    @Nested
    class tcp_send_probe0 {
        @BeforeEach
        void closed_window() {
            s.queue(100);
            tp.snd_wnd = 0;
            tp.icsk_rto = 300;
        }

        @Test
        @DisplayName("each probe doubles the time to the next, up to two minutes")
        void backoff() {
            AckAndProbe.tcp_send_probe0(tp);
            assertThat(tp.icsk_backoff).isOne();
            assertThat(tp.icsk_probes_out).isOne();
            assertThat(tp.icsk_pending).isEqualTo(ICSK_TIME_PROBE0);
            assertThat(tp.icsk_timeout).isEqualTo(Jiffies.jiffies + 600);

            tp.icsk_backoff = 14;
            AckAndProbe.tcp_send_probe0(tp);
            assertThat(tp.icsk_timeout).isEqualTo(Jiffies.jiffies + TCP_RTO_MAX);
            AckAndProbe.tcp_send_probe0(tp);
            assertThat(tp.icsk_backoff).as("ends at tcp_retries2").isEqualTo(15);
        }

        @Test
        @DisplayName("the window is open again: no more probes")
        void opens() {
            tp.snd_wnd = 1000;
            tp.icsk_probes_out = 3;
            tp.icsk_backoff = 3;

            AckAndProbe.tcp_send_probe0(tp);

            assertThat(s.drain(ISS)).containsExactly("1:100 P.");
            assertThat(tp.icsk_probes_out).isZero();
            assertThat(tp.icsk_backoff).isZero();
        }

        @Test
        @DisplayName("a probe lost in a local queue does not count, and is tried again within half a second")
        void local_congestion() {
            s.xmitResult = NET_XMIT_DROP;
            tp.icsk_backoff = 5;

            AckAndProbe.tcp_send_probe0(tp);

            assertThat(tp.icsk_backoff).isEqualTo(5);
            assertThat(tp.icsk_probes_out).isOne();
            assertThat(tp.icsk_timeout).isEqualTo(Jiffies.jiffies + TCP_RESOURCE_PROBE_INTERVAL);
        }

        @Test
        @DisplayName("kept bug: with tcp_retries2 above 15 the shifted RTO wraps")
        void wraps() {
            sysctl_tcp_retries2 = 30;
            tp.icsk_rto = 1 << 17;
            tp.icsk_backoff = 14;

            AckAndProbe.tcp_send_probe0(tp);

            assertThat(tp.icsk_timeout).isEqualTo(Jiffies.jiffies);
        }
    }

    @Nested
    class tcp_rtx_synack {
        @Test
        @DisplayName("leaves it to the address family, and counts it if it was sent")
        void counted() {
            tcp_request_sock req = new tcp_request_sock();
            tcp_request_sock_ops ops = new tcp_request_sock_ops();
            req.af_specific = ops;
            ops.send_synack = (sk, dst, fl, r, queue_mapping, foc) -> {
                assertThat(sk).isSameAs(tp);
                assertThat(r).isSameAs(req);
                assertThat(dst).isNull();
                assertThat(foc).isNull();
                assertThat(fl).isNotNull();
                return s.xmitResult;
            };

            assertThat(AckAndProbe.tcp_rtx_synack(tp, req)).isZero();
            assertThat(s.tcpMib(TCP_MIB_RETRANSSEGS)).isOne();
            assertThat(s.mib(LINUX_MIB_TCPSYNRETRANS)).isOne();

            s.xmitResult = -EHOSTUNREACH;
            assertThat(AckAndProbe.tcp_rtx_synack(tp, req)).isEqualTo(-EHOSTUNREACH);
            assertThat(s.tcpMib(TCP_MIB_RETRANSSEGS)).isOne();
        }
    }
}
