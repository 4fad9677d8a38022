// SPDX-License-Identifier: GPL-2.0-only
package mptcp_output;

import static net.tcp.Globals.tcp_memory_pressure;
import static net.tcp.Sysctls.sysctl_tcp_adv_win_scale;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp_output.Windows.tcp_select_window;

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
