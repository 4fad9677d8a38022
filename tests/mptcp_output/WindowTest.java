// SPDX-License-Identifier: GPL-2.0-only
package mptcp_output;

import static net.tcp.Globals.tcp_memory_pressure;
import static net.tcp.Sysctls.sysctl_tcp_adv_win_scale;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp_output.Windows.tcp_select_window;
import static testing.MptcpSockets.free;

import linux.tcp.tcp_sock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.MptcpSockets;
import testing.Vectors;

@KernelTest
class WindowTest {
    @Nested
    class __mptcp_select_window {
        @Test
        @DisplayName("as the kernel did, row by row; so does tcp_select_window through it")
        void vectors() {
            Vectors.each("__mptcp_select_window", row -> {
                MptcpSockets c = new MptcpSockets(1);
                tcp_sock tp = c.sub(0);
                c.meta.sk_rcvbuf = row.i32("in.meta.sk_rcvbuf");
                c.meta.sk_rmem_alloc = row.i32("in.meta.sk_rmem_alloc");
                tp.icsk_ack.rcv_mss = row.i32("in.icsk.icsk_ack.rcv_mss");
                tp.icsk_ack.quick = row.i32("in.icsk.icsk_ack.quick");
                c.meta.window_clamp = row.i32("in.meta_tp.window_clamp");
                c.meta.rcv_ssthresh = row.i32("in.meta_tp.rcv_ssthresh");
                c.meta.advmss = row.i32("in.meta_tp.advmss");
                tp.rx_opt.rcv_wscale = row.i32("in.tp.rx_opt.rcv_wscale");
                c.meta.rcv_wnd = row.i32("in.meta_tp.rcv_wnd");
                c.meta.rcv_nxt = row.i32("in.meta_tp.rcv_nxt");
                c.meta.rcv_wup = row.i32("in.meta_tp.rcv_wup");
                tp.rcv_nxt = row.i32("in.tp.rcv_nxt");
                tcp_memory_pressure.val = row.i32("in.tcp_memory_pressure");
                sysctl_tcp_adv_win_scale = row.i32("in.sysctl_tcp_adv_win_scale");
                tp.__select_window = Window::__mptcp_select_window;

                assertThat(Window.__mptcp_select_window(tp)).as("%s", row)
                        .isEqualTo(row.i32("out.ret___mptcp_select_window"));
                assertThat(tp.icsk_ack.quick).as("%s", row).isEqualTo(row.i32("out.quick_after"));
                assertThat(c.meta.rcv_ssthresh).as("%s", row).isEqualTo(row.i32("out.meta_tp.rcv_ssthresh"));
                assertThat(tcp_select_window(tp)).as("%s", row).isEqualTo(row.i32("out.ret_tcp_select_window"));
                assertThat(tp.rcv_wnd).as("%s", row).isEqualTo(row.i32("out.tp.rcv_wnd"));
                assertThat(tp.rcv_wup).as("%s", row).isEqualTo(row.i32("out.tp.rcv_wup"));
                tcp_memory_pressure.val = 0;
                c.free();
            });
        }

        private MptcpSockets c;
        private tcp_sock tp;

        /** A buffer of {@code full} bytes of which {@code free} are left, all of them window. */
        private void buffer(int full, int free, int mss) {
            c = new MptcpSockets(1);
            tp = c.sub(0);
            sysctl_tcp_adv_win_scale = 0;
            c.meta.sk_rcvbuf = full;
            c.meta.sk_rmem_alloc = full - free;
            c.meta.window_clamp = c.meta.rcv_ssthresh = 1_000_000;
            tp.icsk_ack.rcv_mss = mss;
            tp.icsk_ack.quick = 8;
            tp.rx_opt.rcv_wscale = 0;
        }

        private int window(int now) {
            c.meta.rcv_wnd = now;
            return Window.__mptcp_select_window(tp);
        }

        private void free() {
            c.meta.sk_rmem_alloc = 0;
            c.free();
        }

        @Test
        @DisplayName("less than half of the buffer free: no quick ACKs; less than a segment: a closed window")
        void little() {
            buffer(10_000, 5000, 1000);
            assertThat(window(5000)).isEqualTo(5000);
            assertThat(tp.icsk_ack.quick).isEqualTo(8);
            free();

            buffer(10_000, 4999, 1000);
            assertThat(window(4000)).isEqualTo(4000);
            assertThat(tp.icsk_ack.quick).isZero();
            free();

            buffer(10_000, 1000, 1000);
            assertThat(window(0)).isEqualTo(1000);
            free();
            buffer(10_000, 999, 1000);
            assertThat(window(0)).isZero();
            free();
        }

        @Test
        @DisplayName("without scaling whole segments, as soon as there is one more, or if the window must shrink")
        void segments() {
            buffer(10_000, 7500, 1000);
            assertThat(window(6501)).as("not a whole segment more").isEqualTo(6501);
            assertThat(window(6500)).isEqualTo(7000);
            assertThat(window(7500)).isEqualTo(7500);
            assertThat(window(7501)).isEqualTo(7000);
            free();
        }

        @Test
        @DisplayName("a buffer smaller than a segment: the window moves when more than half of it is new")
        void small_buffer() {
            buffer(900, 900, 1460);
            assertThat(window(900 - 450)).isEqualTo(450);
            assertThat(window(900 - 451)).isEqualTo(900);
            free();
            buffer(900, 900, 899);
            assertThat(window(2)).as("a segment fits").isEqualTo(2);
            free();
        }

        @Test
        @DisplayName("no buffer at all: 0")
        void none() {
            buffer(0, 0, 1460);
            assertThat(window(0)).isZero();
            free();
        }

        @Test
        @DisplayName("with scaling rounded up, so that a small window is not scaled away")
        void scaled() {
            buffer(10_000, 5001, 1000);
            tp.rx_opt.rcv_wscale = 4;
            assertThat(window(0)).isEqualTo(5008);
            free();
            buffer(10_000, 5008, 1000);
            tp.rx_opt.rcv_wscale = 4;
            assertThat(window(0)).isEqualTo(5008);
            free();
        }
    }

    @Nested
    class mptcp_write_space {
        @Test
        @DisplayName("room on a subflow lets the connection send")
        void pushes() {
            try (Bundle b = new Bundle(2)) {
                b.write(100);
                Window.mptcp_write_space(b.m.sub(1));
                assertThat(b.drain()).containsExactly("0: 0+100 A map 0 1 100");
            }
        }
    }
}
