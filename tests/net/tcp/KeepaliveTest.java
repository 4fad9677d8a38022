// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.netem.Quantity.time;
import static org.assertj.core.api.Assertions.assertThat;

import linux.jiffies.Jiffies;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;

@KernelTest
class KeepaliveTest {
    private final tcp_sock tp = new tcp_sock();

    @Nested
    class keepalive_intvl_when {
        @Test
        @DisplayName("is the sysctl's 75 s unless the application chose another")
        void chosen() {
            assertThat(Keepalive.keepalive_intvl_when(tp)).isEqualTo(75_000);

            tp.keepalive_intvl = 5000;
            assertThat(Keepalive.keepalive_intvl_when(tp)).isEqualTo(5000);
        }
    }

    @Nested
    class keepalive_time_when {
        @Test
        @DisplayName("is the sysctl's two hours unless the application chose another")
        void chosen() {
            assertThat(Keepalive.keepalive_time_when(tp)).isEqualTo(7_200_000);

            tp.keepalive_time = 1000;
            assertThat(Keepalive.keepalive_time_when(tp)).isEqualTo(1000);
        }
    }

    @Nested
    class keepalive_probes {
        @Test
        @DisplayName("is the sysctl's nine unless the application chose another")
        void chosen() {
            assertThat(Keepalive.keepalive_probes(tp)).isEqualTo(9);

            tp.keepalive_probes = 2;
            assertThat(Keepalive.keepalive_probes(tp)).isEqualTo(2);
        }
    }

    @Nested
    class keepalive_time_elapsed {
        @Test
        @DisplayName("counts from whatever came last, data or an ACK, across the wrap of the clock")
        void latest() {
            Jiffies.jiffies = 0x1_0000_0005L;
            tp.icsk_ack.lrcvtime = -10;
            tp.rcv_tstamp = -3;
            assertThat(Keepalive.keepalive_time_elapsed(tp)).isEqualTo(8);

            tp.icsk_ack.lrcvtime = 1;
            assertThat(Keepalive.keepalive_time_elapsed(tp)).isEqualTo(4);
        }

        @Test
        @DisplayName("a time that lies in the future counts as very long ago")
        void unsigned() {
            Jiffies.jiffies = 100;
            tp.icsk_ack.lrcvtime = 101;
            tp.rcv_tstamp = 40;

            assertThat(Keepalive.keepalive_time_elapsed(tp)).isEqualTo(60);
        }
    }

    @Nested
    class tcp_fin_time {
        @ParameterizedTest
        @CsvSource({
            "0, 200, 60000", // the sysctl
            "5000, 200, 5000", // TCP_LINGER2
            "-1, 200, 700", // none: three and a half timeouts
            "5000, 2000, 7000", // a slow path
            "0, 120000, 420000"
        })
        @DisplayName("is TCP_LINGER2 or the sysctl, and at least three and a half timeouts")
        void time(int linger2, int rto, int expected) {
            tp.linger2 = linger2;
            tp.icsk_rto = rto;

            assertThat(Keepalive.tcp_fin_time(tp)).isEqualTo(expected);
        }
    }
}
