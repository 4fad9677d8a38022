// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static net.sock.SockLimits.sysctl_rmem_max;
import static net.tcp.Multipath.mptcp_static_key;
import static net.tcp.Sysctls.sysctl_tcp_adv_win_scale;
import static net.tcp.Sysctls.sysctl_tcp_rmem;
import static net.tcp.Sysctls.sysctl_tcp_workaround_signed_windows;
import static net.tcp.Windows.tcp_receive_window;
import static org.assertj.core.api.Assertions.assertThat;

import linux.compiler.IntRef;
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
class WindowsTest {
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
    class tcp_default_init_rwnd {
        @Test
        @DisplayName("as the kernel did, row by row")
        void vectors() {
            Vectors.each("tcp_default_init_rwnd", row -> assertThat(Windows.tcp_default_init_rwnd(row.i32("in.mss")))
                    .as("%s", row)
                    .isEqualTo(row.i32("out.ret")));
        }

        @Test
        @DisplayName("20 segments, fewer of jumbo size, but two of any")
        void large_segments() {
            assertThat(Windows.tcp_default_init_rwnd(1460)).isEqualTo(20);
            assertThat(Windows.tcp_default_init_rwnd(8960)).isEqualTo(3);
            assertThat(Windows.tcp_default_init_rwnd(65495)).isEqualTo(2);
        }
    }

    @Nested
    class tcp_select_initial_window {
        @Test
        @DisplayName("as the kernel did, row by row")
        void vectors() {
            Vectors.each("tcp_select_initial_window", row -> {
                sysctl_tcp_workaround_signed_windows = row.i32("in.sysctl_tcp_workaround_signed_windows");
                sysctl_tcp_rmem[2] = row.i32("in.sysctl_tcp_rmem[2]");
                sysctl_rmem_max = row.i32("in.sysctl_rmem_max");
                IntRef rcv_wnd = new IntRef();
                IntRef window_clamp = new IntRef(row.i32("in.window_clamp"));
                IntRef rcv_wscale = new IntRef();

                Windows.tcp_select_initial_window(row.i32("in.__space"), row.i32("in.mss"), rcv_wnd, window_clamp,
                        row.i32("in.wscale_ok"), rcv_wscale, row.i32("in.init_rcv_wnd"), null);

                assertThat(rcv_wnd.val).as("%s rcv_wnd", row).isEqualTo(row.i32("out.rcv_wnd"));
                assertThat(window_clamp.val).as("%s window_clamp", row).isEqualTo(row.i32("out.window_clamp"));
                assertThat(rcv_wscale.val).as("%s rcv_wscale", row).isEqualTo(row.i32("out.rcv_wscale"));
            });
        }

        @Test
        @DisplayName("the scale is for the largest buffer there may be, not for the one there is")
        void scale() {
            sysctl_tcp_rmem[2] = 6 << 20;
            IntRef rcv_wnd = new IntRef();
            IntRef window_clamp = new IntRef();
            IntRef rcv_wscale = new IntRef();

            Windows.tcp_select_initial_window(43690, 1460, rcv_wnd, window_clamp, 1, rcv_wscale, 0, tp);

            assertThat(rcv_wnd.val).isEqualTo(20 * 1460);
            assertThat(rcv_wscale.val).isEqualTo(7);
            assertThat(window_clamp.val).isEqualTo(65535 << 7);
        }
    }

    @Nested
    class tcp_select_window {
        @Test
        @DisplayName("as the kernel did, row by row")
        void vectors() {
            Vectors.each("tcp_select_window", row -> {
                try (Sender s = new Sender()) {
                    tcp_sock tp = s.tp;
                    tp.sk_rcvbuf = row.i32("in.sk.sk_rcvbuf");
                    tp.sk_rmem_alloc = row.i32("in.sk.sk_rmem_alloc");
                    tp.icsk_ack.rcv_mss = row.i32("in.icsk.icsk_ack.rcv_mss");
                    tp.icsk_ack.quick = row.i32("in.icsk.icsk_ack.quick");
                    tp.window_clamp = row.i32("in.tp.window_clamp");
                    tp.rcv_ssthresh = row.i32("in.tp.rcv_ssthresh");
                    tp.advmss = row.i32("in.tp.advmss");
                    tp.rx_opt.rcv_wscale = row.i32("in.tp.rx_opt.rcv_wscale");
                    tp.rcv_wnd = row.i32("in.tp.rcv_wnd");
                    tp.rcv_nxt = row.i32("in.tp.rcv_nxt");
                    tp.rcv_wup = row.i32("in.tp.rcv_wup");
                    s.prot.memory_pressure.val = row.i32("in.tcp_memory_pressure");
                    sysctl_tcp_adv_win_scale = row.i32("in.sysctl_tcp_adv_win_scale");
                    sysctl_tcp_workaround_signed_windows = row.i32("in.sysctl_tcp_workaround_signed_windows");
                    tp.pred_flags = 0x12345678;

                    assertThat(tcp_receive_window(tp)).as("%s", row).isEqualTo(row.i32("out.tcp_receive_window"));
                    assertThat(Push.__tcp_select_window(tp)).as("%s __tcp_select_window", row)
                            .isEqualTo(row.i32("out.ret___tcp_select_window"));
                    assertThat(tp.icsk_ack.quick).as("%s quick", row).isEqualTo(row.i32("out.quick_after"));
                    assertThat(tp.rcv_ssthresh).as("%s rcv_ssthresh", row)
                            .isEqualTo(row.i32("out.rcv_ssthresh_after"));
                    assertThat(Windows.tcp_select_window(tp)).as("%s tcp_select_window", row)
                            .isEqualTo(row.i32("out.ret_tcp_select_window"));
                    assertThat(tp.rcv_wnd).as("%s rcv_wnd", row).isEqualTo(row.i32("out.tp.rcv_wnd"));
                    assertThat(tp.rcv_wup).as("%s rcv_wup", row).isEqualTo(row.i32("out.tp.rcv_wup"));
                    assertThat(tp.pred_flags == 0).as("%s pred_flags", row)
                            .isEqualTo(row.bool("out.pred_flags_cleared"));
                }
            });
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 0x7fffffff, 0x80000000, -1000})
        @DisplayName("does not take back what was offered: the right edge stays")
        void right_edge(int irs) {
            tp.rcv_wup = irs;
            tp.rcv_nxt = irs + 500;
            tp.rcv_wnd = 2000;
            tp.sk_rmem_alloc = tp.sk_rcvbuf;

            assertThat(Windows.tcp_select_window(tp)).isEqualTo(1500);
            assertThat(tp.rcv_wup + tp.rcv_wnd).isEqualTo(irs + 2000);
        }

        @Test
        @DisplayName("a subflow must not take back what the connection has offered")
        void meta_window() {
            Sender meta = new Sender().established(1);
            mptcp_static_key.enabled = 1;
            tp.mpc = true;
            tp.meta_sk = meta.tp;
            tp.__select_window = sk -> 1000;
            tp.rcv_wnd = 0;
            meta.tp.rcv_wnd = 3000;

            assertThat(Windows.tcp_select_window(tp)).isEqualTo(3000);
            assertThat(tp.rcv_wnd).isEqualTo(3000);

            tp.mpc = false;
            meta.close();
        }

        @Test
        @DisplayName("a window of 0 switches the fast path off")
        void zero() {
            tp.rcv_wnd = 0;
            tp.pred_flags = 1;
            tp.__select_window = sk -> 0;

            assertThat(Windows.tcp_select_window(tp)).isZero();
            assertThat(tp.pred_flags).isZero();
        }
    }
}
