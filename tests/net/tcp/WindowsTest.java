// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.skbuff.Queue.__skb_queue_tail;
import static net.tcp.TcpConst.TCP_URG_NOTYET;
import static org.assertj.core.api.Assertions.assertThat;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;
import testing.SocketFields;
import testing.Vectors;

@KernelTest
class WindowsTest {
    private final tcp_sock tp = new tcp_sock();

    @Nested
    class tcp_bound_to_half_wnd {
        @Test
        @DisplayName("agrees with the real kernel")
        void vectors() {
            Vectors.each("tcp_mtu_to_mss", row -> {
                tcp_sock tp = SocketFields.fresh();
                SocketFields.in(row, tp);

                assertThat(Windows.tcp_bound_to_half_wnd(tp, row.i32("in.mss")))
                        .as("%s", row)
                        .isEqualTo(row.i32("out.tcp_bound_to_half_wnd"));
            });
        }

        @ParameterizedTest
        @CsvSource({"512, 256", "1000, 500", "511, 511", "100, 100"})
        @DisplayName("half of the largest window, but all of one below 512")
        void half(int max_window, int expected) {
            tp.max_window = max_window;

            assertThat(Windows.tcp_bound_to_half_wnd(tp, 1460)).isEqualTo(expected);
        }

        @Test
        @DisplayName("a tiny window does not go below a segment of 68 bytes in all")
        void floor() {
            tp.max_window = 10;
            tp.tcp_header_len = 32;

            assertThat(Windows.tcp_bound_to_half_wnd(tp, 1460)).isEqualTo(36);
        }

        @Test
        @DisplayName("as long as no window was seen nothing is cut")
        void no_window() {
            assertThat(Windows.tcp_bound_to_half_wnd(tp, 1460)).isEqualTo(1460);
        }
    }

    @Nested
    class __tcp_fast_path_on {
        @Test
        @DisplayName("is the header's fourth word: length, ACK flag, window")
        void word() {
            tp.tcp_header_len = 32;

            Windows.__tcp_fast_path_on(tp, 0x1234);

            assertThat(tp.pred_flags).isEqualTo(0x80101234);
        }
    }

    @Nested
    class tcp_fast_path_on {
        @Test
        @DisplayName("agrees with the real kernel")
        void vectors() {
            Vectors.each("tcp_fast_path_on", row -> {
                SocketFields.in(row, tp);

                Windows.tcp_fast_path_on(tp);

                assertThat(tp.pred_flags).as("%s", row).isEqualTo(row.i32("out.tp.pred_flags_host_order"));
            });
        }
    }

    @Nested
    class tcp_fast_path_check {
        @BeforeEach
        void allowed() {
            tp.tcp_header_len = 20;
            tp.rcv_wnd = 1;
            tp.sk_rcvbuf = 1000;
            tp.sk_rmem_alloc = 999;
        }

        @Test
        @DisplayName("opens the fast path when nothing forbids it")
        void opens() {
            Windows.tcp_fast_path_check(tp);

            assertThat(tp.pred_flags).isNotZero();
        }

        @Test
        @DisplayName("not with a hole in the data")
        void hole() {
            __skb_queue_tail(tp.out_of_order_queue, new sk_buff());
            Windows.tcp_fast_path_check(tp);

            assertThat(tp.pred_flags).isZero();
        }

        @Test
        @DisplayName("not with a closed window")
        void closed() {
            tp.rcv_wnd = 0;
            Windows.tcp_fast_path_check(tp);

            assertThat(tp.pred_flags).isZero();
        }

        @Test
        @DisplayName("not with a full buffer")
        void full() {
            tp.sk_rmem_alloc = 1000;
            Windows.tcp_fast_path_check(tp);

            assertThat(tp.pred_flags).isZero();
        }

        @Test
        @DisplayName("not while urgent data are expected")
        void urgent() {
            tp.urg_data = TCP_URG_NOTYET;
            Windows.tcp_fast_path_check(tp);

            assertThat(tp.pred_flags).isZero();
        }
    }

    @Nested
    class tcp_receive_window {
        @ParameterizedTest
        @ValueSource(strings = {"tcp_select_window", "tcp_sequence"})
        @DisplayName("agrees with the real kernel")
        void vectors(String table) {
            Vectors.each(table, row -> {
                SocketFields.in(row, tp);

                assertThat(Windows.tcp_receive_window(tp)).as("%s", row).isEqualTo(row.i32("out.tcp_receive_window"));
            });
        }

        @Test
        @DisplayName("is 0, not negative, when the peer has sent more than was offered")
        void overrun() {
            tp.rcv_wup = 1000;
            tp.rcv_wnd = 500;
            tp.rcv_nxt = 1501;

            assertThat(Windows.tcp_receive_window(tp)).isZero();
        }
    }

    @Nested
    class tcp_wnd_end {
        @Test
        @DisplayName("agrees with the real kernel")
        void vectors() {
            Vectors.each("tcp_send_tests", row -> {
                SocketFields.in(row, tp);

                assertThat(Windows.tcp_wnd_end(tp)).as("%s", row).isEqualTo(row.i32("out.tcp_wnd_end"));
            });
        }
    }

    @Nested
    class tcp_init_wl {
        @Test
        @DisplayName("notes the sequence number")
        void noted() {
            Windows.tcp_init_wl(tp, 42);

            assertThat(tp.snd_wl1).isEqualTo(42);
        }
    }

    @Nested
    class tcp_update_wl {
        @Test
        @DisplayName("notes the sequence number")
        void noted() {
            Windows.tcp_update_wl(tp, 43);

            assertThat(tp.snd_wl1).isEqualTo(43);
        }
    }

    @Nested
    class tcp_win_from_space {
        @Test
        @DisplayName("agrees with the real kernel, for negative spaces and both signs of the sysctl")
        void vectors() {
            Vectors.each("tcp_win_from_space", row -> {
                Sysctls.sysctl_tcp_adv_win_scale = row.i32("in.sysctl_tcp_adv_win_scale");

                assertThat(Windows.tcp_win_from_space(row.i32("in.space")))
                        .as("%s", row)
                        .isEqualTo(row.i32("out.ret"));
            });
        }
    }

    @Nested
    class tcp_space {
        @Test
        @DisplayName("counts what is free in the buffer, and is negative when it is overdrawn")
        void free() {
            tp.sk_rcvbuf = 1000;
            tp.sk_rmem_alloc = 400;
            assertThat(Windows.tcp_space(tp)).isEqualTo(300);

            tp.sk_rmem_alloc = 1400;
            assertThat(Windows.tcp_space(tp)).isEqualTo(-200);
        }
    }

    @Nested
    class tcp_full_space {
        @Test
        @DisplayName("counts the whole buffer, however full it is")
        void whole() {
            tp.sk_rcvbuf = 1000;
            tp.sk_rmem_alloc = 400;

            assertThat(Windows.tcp_full_space(tp)).isEqualTo(500);
        }
    }
}
