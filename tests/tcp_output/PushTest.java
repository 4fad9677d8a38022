// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_PROBE0;
import static net.tcp.Sysctls.sysctl_tcp_adv_win_scale;
import static net.tcp.TcpConst.TCP_NAGLE_CORK;
import static net.tcp.TcpConst.TCP_NAGLE_OFF;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import linux.bug.Oops;
import linux.jiffies.Jiffies;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;

@KernelTest
class PushTest {
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
    class __tcp_push_pending_frames {
        @Test
        @DisplayName("sends what may be sent")
        void sends() {
            s.queue(1000);

            Push.__tcp_push_pending_frames(tp, 1000, 0);

            assertThat(s.drain(1000)).containsExactly("1:1000 .");
        }

        @Test
        @DisplayName("nothing out and nothing to be sent: the timer for window probes starts")
        void probe_timer() {
            s.queue(1000);
            tp.snd_wnd = 0;
            tp.icsk_rto = 300;

            Push.__tcp_push_pending_frames(tp, 1000, 0);

            assertThat(tp.icsk_pending).isEqualTo(ICSK_TIME_PROBE0);
            assertThat(tp.icsk_timeout).isEqualTo(Jiffies.jiffies + 300);
        }

        @Test
        @DisplayName("a closed connection sends nothing any more")
        void closed() {
            s.queue(1000);
            tp.skc_state = TCP_CLOSE;

            Push.__tcp_push_pending_frames(tp, 1000, 0);

            assertThat(s.sent).isEmpty();
        }
    }

    @Nested
    class tcp_push_one {
        @Test
        @DisplayName("sends the full packet at the head, and only that")
        void one() {
            s.queue(1000);
            s.queue(1000);

            Push.tcp_push_one(tp, 1000);

            assertThat(s.drain(1000)).containsExactly("1:1000 .");
        }

        @Test
        @DisplayName("calling it without a full packet is a mistake")
        void not_full() {
            s.queue(999);

            assertThatThrownBy(() -> Push.tcp_push_one(tp, 1000)).isInstanceOf(Oops.class);
        }
    }

    /** The rows of {@code tcp_select_window} test it too, see {@link WindowsTest}. */
    @Nested
    class __tcp_select_window {
        @BeforeEach
        void half_of_the_buffer() {
            sysctl_tcp_adv_win_scale = 1;
            tp.sk_rcvbuf = 20_000;
            tp.rcv_wnd = 10_000;
        }

        @Test
        @DisplayName("whole segments of what is free")
        void whole_segments() {
            tp.sk_rmem_alloc = 5_000;

            assertThat(Push.__tcp_select_window(tp)).isEqualTo(7_000);
        }

        @Test
        @DisplayName("a window within a segment of the free space stays as it is")
        void stays() {
            tp.sk_rmem_alloc = 5_000;
            tp.rcv_wnd = 6_600;

            assertThat(Push.__tcp_select_window(tp)).isEqualTo(6_600);
        }

        @Test
        @DisplayName("more than half full and not a segment free: 0, and no more quick ACKs")
        void silly_window() {
            tp.sk_rmem_alloc = 18_200;
            tp.icsk_ack.quick = 3;

            assertThat(Push.__tcp_select_window(tp)).isZero();
            assertThat(tp.icsk_ack.quick).isZero();
        }

        @Test
        @DisplayName("under memory pressure the window shrinks to four segments")
        void pressure() {
            tp.sk_rmem_alloc = 12_000;
            s.prot.memory_pressure.val = 1;
            tp.advmss = 500;

            assertThat(Push.__tcp_select_window(tp)).isEqualTo(2_000);
            assertThat(tp.rcv_ssthresh).isEqualTo(2_000);
        }

        @Test
        @DisplayName("with scaling the window is rounded up to what can be expressed")
        void scaled() {
            tp.sk_rmem_alloc = 5_000;
            tp.rx_opt.rcv_wscale = 7;

            assertThat(Push.__tcp_select_window(tp)).isEqualTo(7_552);
        }

        @Test
        @DisplayName("a segment as large as the whole space: the window opens by halves")
        void large_segment() {
            tp.icsk_ack.rcv_mss = 20_000;
            tp.rcv_wnd = 4_999;

            assertThat(Push.__tcp_select_window(tp)).isEqualTo(10_000);
            tp.rcv_wnd = 5_000;
            assertThat(Push.__tcp_select_window(tp)).isEqualTo(5_000);
        }

        @ParameterizedTest
        @CsvSource({"0, 1000, 65535", "0, 0, 65535", "20000, 0, 65535", "20000, 1000, 0", "-200, 1000, 65535"})
        @DisplayName("no space, or no idea of the peer's segments: 0 instead of a division by it")
        void no_space(int rcvbuf, int rcv_mss, int clamp) {
            tp.sk_rcvbuf = rcvbuf;
            tp.icsk_ack.rcv_mss = rcv_mss;
            tp.window_clamp = clamp;

            assertThat(Push.__tcp_select_window(tp)).isZero();
        }
    }

    @Nested
    class tcp_push_pending_frames {
        @Test
        @DisplayName("with nothing to send it does nothing at all")
        void nothing() {
            s.sentBefore(1000);
            tp.write_xmit = (sk, mss_now, nonagle, push_one, gfp) -> {
                throw new AssertionError();
            };

            Push.tcp_push_pending_frames(tp);

            assertThat(s.sent).isEmpty();
        }

        @Test
        @DisplayName("sends with the MSS of now and the socket's idea of Nagle")
        void sends() {
            s.queue(10);
            tp.nonagle = TCP_NAGLE_CORK;
            Push.tcp_push_pending_frames(tp);
            assertThat(s.sent).isEmpty();

            tp.nonagle = TCP_NAGLE_OFF;
            Push.tcp_push_pending_frames(tp);
            assertThat(s.drain(1000)).containsExactly("1:10 .");
        }
    }

    @Nested
    class mptcp_push_pending_frames {
        @Test
        @DisplayName("has work with data out as well, and leaves the MSS to each subflow")
        void data_out() {
            List<String> calls = new ArrayList<>();
            tp.write_xmit = (sk, mss_now, nonagle, push_one, gfp) -> calls.add(mss_now + " " + push_one) && false;

            Push.mptcp_push_pending_frames(tp);
            assertThat(calls).isEmpty();

            s.sentBefore(1000);
            Push.mptcp_push_pending_frames(tp);
            assertThat(calls).containsExactly("0 0");

            s.queue(10);
            tp.packets_out = 0;
            Push.mptcp_push_pending_frames(tp);
            assertThat(calls).hasSize(2);
            tp.packets_out = 1;
        }
    }
}
