// SPDX-License-Identifier: GPL-2.0-only
package linux.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class OptionsTest {
    @Nested
    class tcp_clear_options {
        @Test
        @DisplayName("takes back what an earlier SYN may have agreed on, and keeps what the application set")
        void taken_back() {
            tcp_options_received rx_opt = new tcp_options_received();
            rx_opt.tstamp_ok = true;
            rx_opt.sack_ok = 3;
            rx_opt.wscale_ok = true;
            rx_opt.snd_wscale = 7;
            rx_opt.rcv_wscale = 6;
            rx_opt.user_mss = 1000;

            Options.tcp_clear_options(rx_opt);

            assertThat(rx_opt.tstamp_ok).isFalse();
            assertThat(rx_opt.sack_ok).isZero();
            assertThat(rx_opt.wscale_ok).isFalse();
            assertThat(rx_opt.snd_wscale).isZero();
            assertThat(rx_opt.rcv_wscale).isEqualTo(6);
            assertThat(rx_opt.user_mss).isEqualTo(1000);
        }
    }
}
