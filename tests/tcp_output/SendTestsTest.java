// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static linux.skbuff.Cb.TCP_SKB_CB;
import static net.mptcp.MptcpConst.MPTCPHDR_FIN;
import static net.tcp.Sysctls.sysctl_tcp_slow_start_after_idle;
import static net.tcp.TcpConst.TCPHDR_FIN;
import static net.tcp.TcpConst.TCP_NAGLE_CORK;
import static net.tcp.TcpConst.TCP_NAGLE_OFF;
import static net.tcp.TcpConst.TCP_NAGLE_PUSH;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.Windows.tcp_wnd_end;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.socket.SocketOpt.SOCK_NOSPACE;

import linux.jiffies.Jiffies;
import linux.net.socket;
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
class SendTestsTest {
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
    class tcp_cwnd_validate {
        @Test
        @DisplayName("as the kernel did, row by row")
        void vectors() {
            Vectors.each("tcp_cwnd_validate", row -> {
                Jiffies.jiffies = row.i64("in.jiffies");
                try (Sender s = new Sender()) {
                    tcp_sock tp = s.tp;
                    tp.icsk_ca_state = row.i32("in.icsk.icsk_ca_state");
                    tp.packets_out = row.i32("in.tp.packets_out");
                    tp.sk_socket = new socket();
                    if (row.bool("in.SOCK_NOSPACE")) {
                        tp.sk_socket.flags |= 1 << SOCK_NOSPACE;
                    }
                    tp.icsk_rto = row.i32("in.icsk.icsk_rto");
                    sysctl_tcp_slow_start_after_idle = row.i32("in.sysctl_tcp_slow_start_after_idle");
                    tp.snd_cwnd = row.i32("in.tp.snd_cwnd");
                    tp.snd_cwnd_used = row.i32("in.tp.snd_cwnd_used");
                    tp.snd_cwnd_stamp = row.i32("in.tp.snd_cwnd_stamp");
                    tp.snd_ssthresh = row.i32("in.tp.snd_ssthresh");

                    SendTests.tcp_cwnd_validate(tp);

                    assertThat(tp.snd_cwnd).as("%s cwnd", row).isEqualTo(row.i32("out.tp.snd_cwnd"));
                    assertThat(tp.snd_cwnd_used).as("%s used", row).isEqualTo(row.i32("out.tp.snd_cwnd_used"));
                    assertThat(tp.snd_cwnd_stamp).as("%s stamp", row).isEqualTo(row.i32("out.tp.snd_cwnd_stamp"));
                    assertThat(tp.snd_ssthresh).as("%s ssthresh", row).isEqualTo(row.i32("out.tp.snd_ssthresh"));
                    tp.sk_socket = null;
                    tp.packets_out = 0;
                }
            });
        }

        @Test
        @DisplayName("a full window counts as used")
        void full() {
            tp.packets_out = tp.snd_cwnd;
            tp.snd_cwnd_used = 3;

            SendTests.tcp_cwnd_validate(tp);

            assertThat(tp.snd_cwnd_used).isZero();
            assertThat(tp.snd_cwnd_stamp).isEqualTo(tcp_time_stamp());
            tp.packets_out = 0;
        }
    }

    @Nested
    class tcp_minshall_check {
        @ParameterizedTest
        @ValueSource(ints = {0, 1, 0x7fffffff, 0x80000000, -1000})
        @DisplayName("a small segment between snd_una and snd_nxt is on the way")
        void on_the_way(int iss) {
            tp.snd_una = iss;
            tp.snd_nxt = iss + 3000;

            tp.snd_sml = iss;
            assertThat(SendTests.tcp_minshall_check(tp)).isFalse();
            tp.snd_sml = iss + 1;
            assertThat(SendTests.tcp_minshall_check(tp)).isTrue();
            tp.snd_sml = iss + 3000;
            assertThat(SendTests.tcp_minshall_check(tp)).isTrue();
            tp.snd_sml = iss + 3001;
            assertThat(SendTests.tcp_minshall_check(tp)).isFalse();
        }
    }

    @Nested
    class tcp_minshall_update {
        @Test
        @DisplayName("remembers the end of a packet whose last segment is small")
        void last_segment() {
            sk_buff full = s.withGso().queue(2000);
            Fragment.tcp_set_skb_tso_segs(tp, full, 1000);
            SendTests.tcp_minshall_update(tp, 1000, full);
            assertThat(tp.snd_sml).isEqualTo(1001);

            sk_buff partial = s.queue(2001);
            Fragment.tcp_set_skb_tso_segs(tp, partial, 1000);
            SendTests.tcp_minshall_update(tp, 1000, partial);
            assertThat(tp.snd_sml).isEqualTo(1001 + 4001);
        }
    }

    /** One table for all of them: they were called one after the other on the same socket and packet. */
    @Nested
    class tcp_nagle_check {
        @Test
        @DisplayName("as the kernel did, row by row, with all other tests on the same packet")
        void vectors() {
            Vectors.each("tcp_send_tests", row -> {
                try (Sender s = new Sender()) {
                    tcp_sock tp = s.tp;
                    int cur_mss = row.i32("in.cur_mss");
                    int nonagle = row.i32("in.nonagle");
                    sk_buff skb = s.queue(0);
                    sk_buff last = row.bool("in.is_tail") ? null : s.queue(0);
                    tp.snd_una = row.i32("in.tp.snd_una");
                    tp.snd_nxt = row.i32("in.tp.snd_nxt");
                    tp.snd_wnd = row.i32("in.tp.snd_wnd");
                    tp.snd_cwnd = row.i32("in.tp.snd_cwnd");
                    tp.packets_out = row.i32("in.tp.packets_out");
                    tp.sacked_out = row.i32("in.tp.sacked_out");
                    tp.lost_out = row.i32("in.tp.lost_out");
                    tp.retrans_out = row.i32("in.tp.retrans_out");
                    tp.snd_sml = row.i32("in.tp.snd_sml");
                    tp.snd_up = row.i32("in.tp.snd_up");
                    skb.len = row.i32("in.skb.len");
                    TCP_SKB_CB(skb).seq = row.i32("in.skb.seq");
                    TCP_SKB_CB(skb).end_seq = row.i32("in.skb.end_seq");
                    TCP_SKB_CB(skb).tcp_flags = row.i32("in.skb.tcp_flags");
                    TCP_SKB_CB(skb).mptcp_flags = row.i32("in.skb.mptcp_flags");
                    skb.shinfo.gso_segs = row.i32("in.skb.gso_segs");

                    assertThat(SendTests.tcp_minshall_check(tp)).as("%s tcp_minshall_check", row)
                            .isEqualTo(row.bool("out.tcp_minshall_check"));
                    assertThat(SendTests.tcp_nagle_check(row.bool("in.partial"), tp, cur_mss, nonagle))
                            .as("%s tcp_nagle_check", row).isEqualTo(row.bool("out.tcp_nagle_check"));
                    assertThat(SendTests.tcp_nagle_test(tp, skb, cur_mss, nonagle)).as("%s tcp_nagle_test", row)
                            .isEqualTo(row.bool("out.tcp_nagle_test"));
                    assertThat(SendTests.tcp_cwnd_test(tp, skb)).as("%s tcp_cwnd_test", row)
                            .isEqualTo(row.i32("out.tcp_cwnd_test"));
                    assertThat(SendTests.tcp_snd_wnd_test(tp, skb, cur_mss)).as("%s tcp_snd_wnd_test", row)
                            .isEqualTo(row.bool("out.tcp_snd_wnd_test"));
                    assertThat(SendTests.tcp_mss_split_point(tp, skb, cur_mss, row.i32("in.max_segs"), nonagle))
                            .as("%s tcp_mss_split_point", row).isEqualTo(row.i32("out.tcp_mss_split_point"));
                    assertThat(Events.tcp_acceptable_seq(tp)).as("%s tcp_acceptable_seq", row)
                            .isEqualTo(row.i32("out.tcp_acceptable_seq"));
                    assertThat(tcp_wnd_end(tp)).as("%s tcp_wnd_end", row).isEqualTo(row.i32("out.tcp_wnd_end"));
                    assertThat(Options.tcp_urg_mode(tp)).as("%s tcp_urg_mode", row)
                            .isEqualTo(row.bool("out.tcp_urg_mode"));
                    SendTests.tcp_minshall_update(tp, cur_mss, skb);
                    assertThat(tp.snd_sml).as("%s snd_sml", row).isEqualTo(row.i32("out.tp.snd_sml"));
                    assertThat(last == null).isEqualTo(skb.next == null);
                    skb.len = 0;
                }
            });
        }

        @Test
        @DisplayName("CORK holds a small segment back always, Nagle while another small one is out, NODELAY never")
        void rules() {
            tp.packets_out = 1;
            tp.snd_nxt = tp.snd_una + 100;
            tp.snd_sml = tp.snd_nxt;
            assertThat(SendTests.tcp_nagle_check(true, tp, 1000, 0)).isTrue();
            assertThat(SendTests.tcp_nagle_check(true, tp, 1000, TCP_NAGLE_OFF)).isFalse();
            assertThat(SendTests.tcp_nagle_check(true, tp, 1000, TCP_NAGLE_CORK)).isTrue();
            assertThat(SendTests.tcp_nagle_check(false, tp, 1000, TCP_NAGLE_CORK)).isFalse();

            tp.snd_sml = tp.snd_una;
            assertThat(SendTests.tcp_nagle_check(true, tp, 1000, 0)).isFalse();
        }
    }

    @Nested
    class tcp_mss_split_point {
        @Test
        @DisplayName("cuts at the last full segment if the rest has to wait for Nagle's sake")
        void nagle() {
            sk_buff skb = s.withGso().queue(2500);
            tp.packets_out = 1;
            tp.snd_sml = tp.snd_nxt = tp.snd_una + 100;
            TCP_SKB_CB(skb).seq = tp.snd_nxt;

            assertThat(SendTests.tcp_mss_split_point(tp, skb, 1000, 10, 0)).isEqualTo(2000);
            assertThat(SendTests.tcp_mss_split_point(tp, skb, 1000, 10, TCP_NAGLE_OFF)).isEqualTo(2500);
            assertThat(SendTests.tcp_mss_split_point(tp, skb, 1000, 1, 0)).isEqualTo(1000);
        }

        @Test
        @DisplayName("does not go beyond the peer's window")
        void window() {
            sk_buff skb = s.withGso().queue(2500);
            tp.snd_wnd = 1700;

            assertThat(SendTests.tcp_mss_split_point(tp, skb, 1000, 10, 0)).isEqualTo(1700);
        }
    }

    @Nested
    class tcp_cwnd_test {
        @Test
        @DisplayName("what the window has room for; SACKed and lost segments are not in the network")
        void room() {
            tp.snd_cwnd = 10;
            tp.packets_out = 10;
            assertThat(SendTests.tcp_cwnd_test(tp, null)).isZero();

            tp.sacked_out = 2;
            tp.lost_out = 1;
            assertThat(SendTests.tcp_cwnd_test(tp, null)).isEqualTo(3);

            tp.retrans_out = 1;
            assertThat(SendTests.tcp_cwnd_test(tp, null)).isEqualTo(2);
        }

        @Test
        @DisplayName("a FIN may go although the window is full")
        void fin() {
            sk_buff skb = s.queue(0);
            Fragment.tcp_set_skb_tso_segs(tp, skb, 1000);
            TCP_SKB_CB(skb).tcp_flags |= TCPHDR_FIN;
            tp.packets_out = tp.snd_cwnd;

            assertThat(SendTests.tcp_cwnd_test(tp, skb)).isOne();
        }
    }

    @Nested
    class tcp_init_tso_segs {
        @Test
        @DisplayName("counts a packet that was not counted, or was for another MSS")
        void counts() {
            sk_buff skb = s.withGso().queue(2500);
            assertThat(SendTests.tcp_init_tso_segs(tp, skb, 1000)).isEqualTo(3);
            assertThat(SendTests.tcp_init_tso_segs(tp, skb, 500)).isEqualTo(5);
            assertThat(skb.shinfo.gso_size).isEqualTo(500);
        }

        @Test
        @DisplayName("one segment stays one, whatever the MSS is now")
        void single() {
            sk_buff skb = s.withGso().queue(800);
            assertThat(SendTests.tcp_init_tso_segs(tp, skb, 1000)).isOne();
            assertThat(SendTests.tcp_init_tso_segs(tp, skb, 500)).isOne();
        }
    }

    @Nested
    class tcp_nagle_test {
        @Test
        @DisplayName("urgent data, FIN and DATA_FIN do not wait")
        void exceptions() {
            sk_buff skb = s.queue(10);
            assertThat(SendTests.tcp_nagle_test(tp, skb, 1000, TCP_NAGLE_CORK)).isFalse();
            assertThat(SendTests.tcp_nagle_test(tp, skb, 1000, TCP_NAGLE_PUSH | TCP_NAGLE_CORK)).isTrue();

            TCP_SKB_CB(skb).tcp_flags |= TCPHDR_FIN;
            assertThat(SendTests.tcp_nagle_test(tp, skb, 1000, TCP_NAGLE_CORK)).isTrue();

            TCP_SKB_CB(skb).tcp_flags &= ~TCPHDR_FIN;
            TCP_SKB_CB(skb).mptcp_flags = MPTCPHDR_FIN;
            assertThat(SendTests.tcp_nagle_test(tp, skb, 1000, TCP_NAGLE_CORK)).isTrue();

            TCP_SKB_CB(skb).mptcp_flags = 0;
            tp.snd_up = tp.snd_una + 5;
            assertThat(SendTests.tcp_nagle_test(tp, skb, 1000, TCP_NAGLE_CORK)).isTrue();
        }
    }

    @Nested
    class tcp_snd_wnd_test {
        @ParameterizedTest
        @ValueSource(ints = {0, 1, 0x7fffffff, 0x80000000, -1000})
        @DisplayName("the first segment has to fit, not the whole packet")
        void first_segment(int iss) {
            s.established(iss);
            sk_buff skb = s.queue(2500);
            tp.snd_wnd = 1000;
            assertThat(SendTests.tcp_snd_wnd_test(tp, skb, 1000)).isTrue();
            tp.snd_wnd = 999;
            assertThat(SendTests.tcp_snd_wnd_test(tp, skb, 1000)).isFalse();
        }
    }

    @Nested
    class tcp_snd_test {
        @Test
        @DisplayName("0 if any of the tests fails, else what the congestion window allows")
        void all_tests() {
            sk_buff skb = s.queue(1000);
            tp.snd_cwnd = 4;
            assertThat(SendTests.tcp_snd_test(tp, skb, 1000, 0)).isEqualTo(4);

            assertThat(SendTests.tcp_snd_test(tp, skb, 1001, TCP_NAGLE_CORK)).isZero();

            tp.snd_wnd = 500;
            assertThat(SendTests.tcp_snd_test(tp, skb, 1000, 0)).isZero();

            tp.snd_wnd = 5000;
            tp.packets_out = 4;
            assertThat(SendTests.tcp_snd_test(tp, skb, 1000, 0)).isZero();
        }
    }

    @Nested
    class tcp_may_send_now {
        @Test
        @DisplayName("no: nothing is there")
        void nothing() {
            assertThat(SendTests.tcp_may_send_now(tp)).isFalse();
        }

        @Test
        @DisplayName("Nagle's rule counts for the last packet only")
        void last_packet() {
            s.queue(10);
            tp.nonagle = TCP_NAGLE_CORK;
            assertThat(SendTests.tcp_may_send_now(tp)).isFalse();

            s.queue(10);
            assertThat(SendTests.tcp_may_send_now(tp)).isTrue();
        }
    }
}
