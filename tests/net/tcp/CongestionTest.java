// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.tcp.tcp_options_received.TCP_FACK_ENABLED;
import static linux.tcp.tcp_options_received.TCP_SACK_SEEN;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.tcp.tcp_congestion_ops.CA_EVENT_CWND_RESTART;
import static net.tcp.tcp_congestion_ops.CA_EVENT_LOSS;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Disorder;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Recovery;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import linux.bug.Bug;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;
import testing.SocketFields;
import testing.Vectors;

@KernelTest
class CongestionTest {
    private final tcp_sock tp = new tcp_sock();

    private static void fackets(Consumer<tcp_sock> check, Vectors.Row row) {
        tcp_sock tp = new tcp_sock();
        SocketFields.in(row, tp);
        check.accept(tp);
    }

    @Nested
    class tcp_set_ca_state {
        @Test
        @DisplayName("tells the module while the old state is still in place, then enters the new one")
        void told_before() {
            List<Integer> seen = new ArrayList<>();
            tp.icsk_ca_ops = new tcp_congestion_ops();
            tp.icsk_ca_ops.set_state = (sk, state) -> {
                seen.add(inet_csk(sk).icsk_ca_state);
                seen.add(state);
            };
            tp.icsk_ca_state = TCP_CA_Disorder;

            Congestion.tcp_set_ca_state(tp, TCP_CA_Recovery);

            assertThat(seen).containsExactly(TCP_CA_Disorder, TCP_CA_Recovery);
            assertThat(tp.icsk_ca_state).isEqualTo(TCP_CA_Recovery);
        }

        @Test
        @DisplayName("a module need not listen")
        void no_hook() {
            tp.icsk_ca_ops = new tcp_congestion_ops();

            Congestion.tcp_set_ca_state(tp, TCP_CA_Loss);

            assertThat(tp.icsk_ca_state).isEqualTo(TCP_CA_Loss);
        }
    }

    @Nested
    class tcp_ca_event {
        @Test
        @DisplayName("hands the event to the module, if it wants to know")
        void told() {
            List<Integer> seen = new ArrayList<>();
            tp.icsk_ca_ops = new tcp_congestion_ops();
            Congestion.tcp_ca_event(tp, CA_EVENT_LOSS);

            tp.icsk_ca_ops.cwnd_event = (sk, ev) -> seen.add(ev);
            Congestion.tcp_ca_event(tp, CA_EVENT_CWND_RESTART);

            assertThat(seen).containsExactly(CA_EVENT_CWND_RESTART);
        }
    }

    @Nested
    class tcp_is_sack {
        @Test
        @DisplayName("agrees with the real kernel, which returns all bits of sack_ok")
        void vectors() {
            Vectors.each("tcp_fackets_dupack", row -> fackets(
                    tp -> assertThat(Congestion.tcp_is_sack(tp)).as("%s", row).isEqualTo(row.bool("out.tcp_is_sack")),
                    row));
        }
    }

    @Nested
    class tcp_is_reno {
        @Test
        @DisplayName("agrees with the real kernel")
        void vectors() {
            Vectors.each("tcp_fackets_dupack", row -> fackets(
                    tp -> assertThat(Congestion.tcp_is_reno(tp)).as("%s", row).isEqualTo(row.bool("out.tcp_is_reno")),
                    row));
        }
    }

    @Nested
    class tcp_is_fack {
        @Test
        @DisplayName("agrees with the real kernel")
        void vectors() {
            Vectors.each("tcp_fackets_dupack", row -> fackets(
                    tp -> assertThat(Congestion.tcp_is_fack(tp)).as("%s", row).isEqualTo(row.bool("out.tcp_is_fack")),
                    row));
        }
    }

    @Nested
    class tcp_enable_fack {
        @Test
        @DisplayName("adds FACK to what SACK has already agreed on")
        void added() {
            tp.rx_opt.sack_ok = TCP_SACK_SEEN;

            Congestion.tcp_enable_fack(tp);

            assertThat(tp.rx_opt.sack_ok).isEqualTo(TCP_SACK_SEEN | TCP_FACK_ENABLED);
        }
    }

    @Nested
    class tcp_enable_early_retrans {
        @ParameterizedTest
        @CsvSource({"0, false", "1, true", "2, true", "3, true", "4, false"})
        @DisplayName("is on for 1 to 3 of tcp_early_retrans")
        void by_sysctl(int sysctl, boolean on) {
            Sysctls.sysctl_tcp_early_retrans = sysctl;

            Congestion.tcp_enable_early_retrans(tp);

            assertThat(tp.do_early_retrans).isEqualTo(on);
        }

        @Test
        @DisplayName("not with the thin-stream rule on")
        void thin_dupack() {
            Sysctls.sysctl_tcp_thin_dupack = 1;
            tp.do_early_retrans = true;

            Congestion.tcp_enable_early_retrans(tp);

            assertThat(tp.do_early_retrans).isFalse();
        }

        @Test
        @DisplayName("not when the default reordering was changed")
        void reordering() {
            Sysctls.sysctl_tcp_reordering = 4;
            tp.do_early_retrans = true;

            Congestion.tcp_enable_early_retrans(tp);

            assertThat(tp.do_early_retrans).isFalse();
        }
    }

    @Nested
    class tcp_disable_early_retrans {
        @Test
        @DisplayName("switches it off")
        void off() {
            tp.do_early_retrans = true;

            Congestion.tcp_disable_early_retrans(tp);

            assertThat(tp.do_early_retrans).isFalse();
        }
    }

    @Nested
    class tcp_left_out {
        @Test
        @DisplayName("agrees with the real kernel")
        void vectors() {
            Vectors.each("tcp_fackets_dupack", row -> fackets(
                    tp -> assertThat(Congestion.tcp_left_out(tp)).as("%s", row).isEqualTo(row.i32("out.tcp_left_out")),
                    row));
        }
    }

    @Nested
    class tcp_packets_in_flight {
        @Test
        @DisplayName("agrees with the real kernel")
        void vectors() {
            Vectors.each("tcp_fackets_dupack", row -> fackets(
                    tp -> assertThat(Congestion.tcp_packets_in_flight(tp))
                            .as("%s", row)
                            .isEqualTo(row.i32("out.tcp_packets_in_flight")),
                    row));
        }
    }

    @Nested
    class tcp_in_initial_slowstart {
        @ParameterizedTest
        @CsvSource({"2147483647, true", "-2, true", "2147483646, false", "2, false"})
        @DisplayName("as long as the threshold is infinite; an infinite one doubled by an undo is that too")
        void infinite(int ssthresh, boolean initial) {
            tp.snd_ssthresh = ssthresh;

            assertThat(Congestion.tcp_in_initial_slowstart(tp)).isEqualTo(initial);
        }
    }

    @Nested
    class tcp_in_cwnd_reduction {
        @Test
        @DisplayName("agrees with the real kernel")
        void vectors() {
            Vectors.each("tcp_ack_flags", row -> {
                tp.icsk_ca_state = row.i32("in.icsk.icsk_ca_state");

                assertThat(Congestion.tcp_in_cwnd_reduction(tp))
                        .as("%s", row)
                        .isEqualTo(row.bool("out.tcp_in_cwnd_reduction"));
            });
        }
    }

    @Nested
    class tcp_current_ssthresh {
        @Test
        @DisplayName("agrees with the real kernel, for windows above 2^31 too")
        void vectors() {
            Vectors.each("tcp_reno", row -> {
                SocketFields.in(row, tp);

                assertThat(Congestion.tcp_current_ssthresh(tp))
                        .as("%s", row)
                        .isEqualTo(row.i32("out.tcp_current_ssthresh_Open"));
            });
        }

        @Test
        @DisplayName("while the window is being reduced the threshold stays as it is")
        void in_reduction() {
            tp.snd_cwnd = 100;
            tp.snd_ssthresh = 10;
            assertThat(Congestion.tcp_current_ssthresh(tp)).isEqualTo(75);

            tp.icsk_ca_state = TCP_CA_Recovery;
            assertThat(Congestion.tcp_current_ssthresh(tp)).isEqualTo(10);
        }
    }

    @Nested
    class tcp_verify_left_out {
        @Test
        @DisplayName("warns when more has left than was sent")
        void warns() {
            tp.packets_out = 2;
            tp.sacked_out = 1;
            tp.lost_out = 1;
            Congestion.tcp_verify_left_out(tp);
            assertThat(Bug.warnings).isEmpty();

            tp.lost_out = 2;
            Congestion.tcp_verify_left_out(tp);
            assertThat(Bug.warnings).hasSize(1);

            Bug.warnings.clear();
        }
    }

    @Nested
    class tcp_max_tso_deferred_mss {
        @Test
        @DisplayName("is three")
        void three() {
            assertThat(Congestion.tcp_max_tso_deferred_mss(tp)).isEqualTo(3);
        }
    }

    @Nested
    class tcp_max_burst {
        @Test
        @DisplayName("is what reordering allows")
        void reordering() {
            tp.reordering = 17;

            assertThat(Congestion.tcp_max_burst(tp)).isEqualTo(17);
        }
    }

    @Nested
    class tcp_stream_is_thin {
        @ParameterizedTest
        @CsvSource({"3, 10, true", "4, 10, false", "3, 2147483647, false", "-1, 10, false"})
        @DisplayName("needs fewer than four packets out, and a threshold: a connection that just began is not thin")
        void thin(int packets_out, int ssthresh, boolean thin) {
            tp.packets_out = packets_out;
            tp.snd_ssthresh = ssthresh;

            assertThat(Congestion.tcp_stream_is_thin(tp)).isEqualTo(thin);
        }
    }
}
