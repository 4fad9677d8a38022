// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.jiffies.Jiffies.HZ;
import static net.tcp.Globals.tcp_request_sock_ops;
import static org.assertj.core.api.Assertions.assertThat;

import linux.compiler.IntRef;
import linux.jiffies.Jiffies;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Vectors;

@KernelTest
class SynCookiesTest {
    private final tcp_sock listener = new tcp_sock();

    @Nested
    class tcp_synq_overflow {
        @Test
        @DisplayName("notes the time in jiffies, where another socket has the peer's timestamps")
        void noted() {
            SynCookies.tcp_synq_overflow(listener);

            assertThat(listener.rx_opt.ts_recent_stamp).isEqualTo(Jiffies.jiffies);
        }
    }

    @Nested
    class tcp_synq_no_recent_overflow {
        @Test
        @DisplayName("for three seconds after an overflow cookies are possible, then they are not")
        void three_seconds() {
            SynCookies.tcp_synq_overflow(listener);
            assertThat(SynCookies.tcp_synq_no_recent_overflow(listener)).isFalse();

            Jiffies.jiffies += 3 * HZ;
            assertThat(SynCookies.tcp_synq_no_recent_overflow(listener)).isFalse();

            Jiffies.jiffies += 1;
            assertThat(SynCookies.tcp_synq_no_recent_overflow(listener)).isTrue();
        }
    }

    @Nested
    class tcp_cookie_time {
        @Test
        @DisplayName("counts minutes of the jiffies clock, as the real kernel does")
        void vectors() {
            Vectors.each("syncookie_v4", row -> {
                Jiffies.jiffies = row.i64("in.jiffies");

                assertThat(SynCookies.tcp_cookie_time()).as("%s", row).isEqualTo(row.i32("out.tcp_cookie_time"));
            });
        }

        @Test
        @DisplayName("goes on where jiffies leave the positive numbers")
        void unsigned() {
            Jiffies.jiffies = -1;

            assertThat(SynCookies.tcp_cookie_time()).isEqualTo((int) Long.divideUnsigned(-1, 60_000)).isNotZero();
        }
    }

    @Nested
    class cookie_init_sequence {
        @Test
        @DisplayName("asks the protocol, and hands on what it chose for the MSS")
        void asks_the_protocol() {
            tcp_request_sock_ops ops = new tcp_request_sock_ops();
            ops.cookie_init_seq = (sk, skb, mss) -> {
                mss.val = 1440;
                return sk == listener ? 4711 : 0;
            };
            IntRef mss = new IntRef(1460);

            assertThat(SynCookies.cookie_init_sequence(ops, listener, new sk_buff(), mss)).isEqualTo(4711);
            assertThat(mss.val).isEqualTo(1440);
        }
    }
}
