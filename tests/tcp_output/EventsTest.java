// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_SCHED;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_TIMER;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_EARLY_RETRANS;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_LOSS_PROBE;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_RETRANS;
import static net.tcp.Sysctls.sysctl_tcp_slow_start_after_idle;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp.tcp_congestion_ops.CA_EVENT_CWND_RESTART;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.rtnetlink.Rt.RTAX_ADVMSS;
import static uapi.linux.rtnetlink.Rt.RTAX_INITCWND;
import static uapi.linux.rtnetlink.Rt.RTAX_QUICKACK;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPORIGDATASENT;

import linux.jiffies.Jiffies;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;
import testing.Vectors;

@KernelTest
class EventsTest {
    private Sender s;
    private tcp_sock tp;

    @BeforeEach
    void setUp() {
        s = new Sender().established(1000);
        tp = s.tp;
    }

    @AfterEach
    void tearDown() {
        s.close();
    }

    @Nested
    class tcp_event_new_data_sent {
        @Test
        @DisplayName("moves the send head on, and the segments of the packet are out now")
        void moves_on() {
            sk_buff first = s.withGso().queue(2500);
            sk_buff second = s.queue(10);
            Fragment.tcp_set_skb_tso_segs(tp, first, 1000);

            Events.tcp_event_new_data_sent(tp, first);

            assertThat(tcp_send_head(tp)).isSameAs(second);
            assertThat(tp.snd_nxt).isEqualTo(1001 + 2500);
            assertThat(tp.packets_out).isEqualTo(3);
            assertThat(s.mib(LINUX_MIB_TCPORIGDATASENT)).isEqualTo(3);
        }

        @Test
        @DisplayName("with nothing out before, the retransmission timer starts: one RTO from now")
        void starts_timer() {
            sk_buff skb = s.queue(10);
            Fragment.tcp_set_skb_tso_segs(tp, skb, 1000);
            tp.icsk_rto = 300;

            Events.tcp_event_new_data_sent(tp, skb);

            assertThat(tp.icsk_pending).isEqualTo(ICSK_TIME_RETRANS);
            assertThat(tp.icsk_timeout).isEqualTo(Jiffies.jiffies + 300);
        }

        @Test
        @DisplayName("with something out already the timer keeps its time")
        void keeps_timer() {
            s.sentBefore(100);
            tp.icsk_pending = ICSK_TIME_RETRANS;
            tp.icsk_timeout = 77;
            sk_buff skb = s.queue(10);
            Fragment.tcp_set_skb_tso_segs(tp, skb, 1000);

            Events.tcp_event_new_data_sent(tp, skb);

            assertThat(tp.icsk_timeout).isEqualTo(77);
        }

        @ParameterizedTest
        @ValueSource(ints = {ICSK_TIME_EARLY_RETRANS, ICSK_TIME_LOSS_PROBE})
        @DisplayName("a pending early retransmit or loss probe gives way to the RTO")
        void replaces_probe(int pending) {
            s.sentBefore(100);
            tp.icsk_pending = pending;
            sk_buff skb = s.queue(10);
            Fragment.tcp_set_skb_tso_segs(tp, skb, 1000);

            Events.tcp_event_new_data_sent(tp, skb);

            assertThat(tp.icsk_pending).isEqualTo(ICSK_TIME_RETRANS);
        }
    }

    @Nested
    class tcp_acceptable_seq {
        @ParameterizedTest
        @ValueSource(ints = {0, 1, 0x7fffffff, 0x80000000, -1000})
        @DisplayName("is SND.NXT, or the right edge of a window that was shrunk below that")
        void shrunk_window(int iss) {
            tp.snd_una = iss;
            tp.snd_nxt = iss + 3000;
            tp.snd_wnd = 3000;
            assertThat(Events.tcp_acceptable_seq(tp)).isEqualTo(iss + 3000);

            tp.snd_wnd = 2000;
            assertThat(Events.tcp_acceptable_seq(tp)).isEqualTo(iss + 2000);
        }
    }

    @Nested
    class tcp_advertise_mss {
        @Test
        @DisplayName("without a route what was chosen before stays")
        void no_route() {
            assertThat(Events.tcp_advertise_mss(tp)).isEqualTo(1460);
        }

        @Test
        @DisplayName("a route may lower it, and that is remembered")
        void lower() {
            s.route(RTAX_ADVMSS, 1200);

            assertThat(Events.tcp_advertise_mss(tp)).isEqualTo(1200);
            assertThat(tp.advmss).isEqualTo(1200);
        }

        @Test
        @DisplayName("a route does not raise it")
        void higher() {
            s.route(RTAX_ADVMSS, 8960);

            assertThat(Events.tcp_advertise_mss(tp)).isEqualTo(1460);
            assertThat(tp.advmss).isEqualTo(1460);
        }
    }

    @Nested
    class tcp_cwnd_restart {
        @Test
        @DisplayName("as the kernel did, row by row")
        void vectors() {
            Vectors.each("tcp_cwnd_restart", row -> {
                Jiffies.jiffies = row.i64("in.jiffies");
                try (Sender s = new Sender()) {
                    tcp_sock tp = s.tp;
                    tp.icsk_ca_state = row.i32("in.icsk.icsk_ca_state");
                    tp.lsndtime = row.i32("in.tp.lsndtime");
                    tp.icsk_rto = row.i32("in.icsk.icsk_rto");
                    tp.snd_cwnd = row.i32("in.tp.snd_cwnd");
                    tp.snd_cwnd_clamp = row.i32("in.tp.snd_cwnd_clamp");
                    tp.snd_ssthresh = row.i32("in.tp.snd_ssthresh");
                    tp.snd_cwnd_used = row.i32("in.tp.snd_cwnd_used");

                    Events.tcp_cwnd_restart(tp, null);

                    assertThat(tp.snd_cwnd).as("%s cwnd", row).isEqualTo(row.i32("out.tp.snd_cwnd"));
                    assertThat(tp.snd_ssthresh).as("%s ssthresh", row).isEqualTo(row.i32("out.tp.snd_ssthresh"));
                    assertThat(tp.snd_cwnd_stamp).as("%s stamp", row).isEqualTo(row.i32("out.tp.snd_cwnd_stamp"));
                    assertThat(tp.snd_cwnd_used).as("%s used", row).isEqualTo(row.i32("out.tp.snd_cwnd_used"));
                    assertThat(s.caEvents).containsExactly(CA_EVENT_CWND_RESTART);
                }
            });
        }

        @Test
        @DisplayName("halves once for each RTO of the pause, and stops at the initial window")
        void halves() {
            tp.snd_cwnd = 100;
            tp.icsk_rto = 200;
            tp.lsndtime = tcp_time_stamp() - 500;

            Events.tcp_cwnd_restart(tp, null);
            assertThat(tp.snd_cwnd).isEqualTo(25);

            tp.lsndtime = tcp_time_stamp() - 100_000;
            Events.tcp_cwnd_restart(tp, null);
            assertThat(tp.snd_cwnd).isEqualTo(10);
        }

        @Test
        @DisplayName("the route may have another initial window")
        void initcwnd() {
            tp.snd_cwnd = 100;
            tp.icsk_rto = 200;
            tp.lsndtime = tcp_time_stamp() - 100_000;

            Events.tcp_cwnd_restart(tp, s.route(RTAX_INITCWND, 40));

            assertThat(tp.snd_cwnd).isEqualTo(40);
        }
    }

    @Nested
    class tcp_event_data_sent {
        @Test
        @DisplayName("as the kernel did, row by row")
        void vectors() {
            Vectors.each("tcp_event_data_sent", row -> {
                Jiffies.jiffies = row.i64("in.jiffies");
                try (Sender s = new Sender()) {
                    tcp_sock tp = s.tp;
                    tp.packets_out = row.i32("in.tp.packets_out");
                    tp.lsndtime = row.i32("in.tp.lsndtime");
                    tp.icsk_rto = row.i32("in.icsk.icsk_rto");
                    tp.snd_cwnd = row.i32("in.tp.snd_cwnd");
                    tp.snd_ssthresh = row.i32("in.tp.snd_ssthresh");
                    tp.icsk_ack.lrcvtime = row.i32("in.icsk.icsk_ack.lrcvtime");
                    tp.icsk_ack.ato = row.i32("in.icsk.icsk_ack.ato");

                    Events.tcp_event_data_sent(tp, tp);

                    assertThat(tp.lsndtime).as("%s", row).isEqualTo(row.i32("out.tp.lsndtime"));
                    assertThat(tp.snd_cwnd).as("%s cwnd", row).isEqualTo(row.i32("out.tp.snd_cwnd"));
                    assertThat(tp.snd_ssthresh).as("%s ssthresh", row).isEqualTo(row.i32("out.tp.snd_ssthresh"));
                    assertThat(tp.icsk_ack.pingpong).as("%s pingpong", row)
                            .isEqualTo(row.i32("out.icsk.icsk_ack.pingpong"));
                }
            });
        }

        @Test
        @DisplayName("tcp_slow_start_after_idle 0: the window survives a pause")
        void no_restart() {
            sysctl_tcp_slow_start_after_idle = 0;
            tp.snd_cwnd = 100;
            tp.lsndtime = tcp_time_stamp() - 100_000;

            Events.tcp_event_data_sent(tp, tp);

            assertThat(tp.snd_cwnd).isEqualTo(100);
            assertThat(tp.lsndtime).isEqualTo(tcp_time_stamp());
        }

        @Test
        @DisplayName("a route that asks for quick ACKs never lets a connection become interactive")
        void quickack_route() {
            tp.icsk_ack.lrcvtime = tcp_time_stamp() - 5;
            tp.icsk_ack.ato = 40;
            s.route(RTAX_QUICKACK, 1);

            Events.tcp_event_data_sent(tp, tp);
            assertThat(tp.icsk_ack.pingpong).isZero();

            s.route();
            Events.tcp_event_data_sent(tp, tp);
            assertThat(tp.icsk_ack.pingpong).isOne();
        }
    }

    @Nested
    class tcp_event_ack_sent {
        @Test
        @DisplayName("uses up the ration of quick ACKs, and no delayed ACK is due any more")
        void no_ack_due() {
            tp.icsk_ack.quick = 5;
            tp.icsk_ack.pending = ICSK_ACK_SCHED | ICSK_ACK_TIMER;
            tp.icsk_ack.blocked = 1;

            Events.tcp_event_ack_sent(tp, 2);

            assertThat(tp.icsk_ack.quick).isEqualTo(3);
            assertThat(tp.icsk_ack.pending).isZero();
            assertThat(tp.icsk_ack.blocked).isZero();
        }
    }
}
