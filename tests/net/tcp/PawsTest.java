// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.hrtimer.Clock.get_seconds;
import static net.tcp.TcpConst.TCP_PAWS_24DAYS;
import static org.assertj.core.api.Assertions.assertThat;

import linux.tcp.tcp_options_received;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Vectors;

@KernelTest
class PawsTest {
    private final tcp_options_received rx_opt = new tcp_options_received();

    /** The table's clock stands at the second of boot, as ours does. */
    private void from(Vectors.Row row) {
        assertThat(row.i64("in.get_seconds_now")).isEqualTo(get_seconds());
        rx_opt.ts_recent = row.i32("in.tp.rx_opt.ts_recent");
        rx_opt.rcv_tsval = row.i32("in.tp.rx_opt.rcv_tsval");
        rx_opt.ts_recent_stamp = row.i64("in.tp.rx_opt.ts_recent_stamp");
    }

    @Nested
    class tcp_paws_check {
        @Test
        @DisplayName("agrees with the real kernel")
        void vectors() {
            Vectors.each("tcp_paws", row -> {
                from(row);

                assertThat(Paws.tcp_paws_check(rx_opt, row.i32("in.paws_win")))
                        .as("%s", row)
                        .isEqualTo(row.bool("out.tcp_paws_check"));
            });
        }

        @Test
        @DisplayName("an older timestamp is refused, unless the newer one was seen 24 days ago")
        void days() {
            rx_opt.ts_recent = 1000;
            rx_opt.rcv_tsval = 999;
            rx_opt.ts_recent_stamp = get_seconds() - TCP_PAWS_24DAYS + 1;
            assertThat(Paws.tcp_paws_check(rx_opt, 0)).isFalse();

            rx_opt.ts_recent_stamp--;
            assertThat(Paws.tcp_paws_check(rx_opt, 0)).isTrue();
        }

        @Test
        @DisplayName("the replay window forgives some ticks")
        void window() {
            rx_opt.ts_recent = 1000;
            rx_opt.rcv_tsval = 999;
            rx_opt.ts_recent_stamp = get_seconds();

            assertThat(Paws.tcp_paws_check(rx_opt, 1)).isTrue();
            rx_opt.rcv_tsval = 998;
            assertThat(Paws.tcp_paws_check(rx_opt, 1)).isFalse();
        }

        @Test
        @DisplayName("a remembered 0 forbids nothing")
        void zero() {
            rx_opt.ts_recent = 0;
            rx_opt.rcv_tsval = -5;
            rx_opt.ts_recent_stamp = get_seconds();

            assertThat(Paws.tcp_paws_check(rx_opt, 0)).isTrue();
        }
    }

    @Nested
    class tcp_paws_reject {
        @Test
        @DisplayName("agrees with the real kernel")
        void vectors() {
            Vectors.each("tcp_paws", row -> {
                from(row);

                assertThat(Paws.tcp_paws_reject(rx_opt, row.i32("in.rst")))
                        .as("%s", row)
                        .isEqualTo(row.bool("out.tcp_paws_reject"));
            });
        }

        @Test
        @DisplayName("a RST of a peer that was rebooted gets through after a minute, anything else does not")
        void rst() {
            rx_opt.ts_recent = 1_000_000;
            rx_opt.rcv_tsval = 5;
            rx_opt.ts_recent_stamp = get_seconds() - 60;

            assertThat(Paws.tcp_paws_reject(rx_opt, 1)).isFalse();
            assertThat(Paws.tcp_paws_reject(rx_opt, 0)).isTrue();

            rx_opt.ts_recent_stamp++;
            assertThat(Paws.tcp_paws_reject(rx_opt, 1)).isTrue();
        }
    }
}
