// SPDX-License-Identifier: GPL-2.0-only
package net.secure_seq;

import static org.assertj.core.api.Assertions.assertThat;

import linux.hrtimer.Clock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Vectors;

@KernelTest
class SecureSeqTest {
    /** The secret that the tables were made with. */
    private static void knownSecret() {
        for (Vectors.Row row : Vectors.rows("net_secret")) {
            SecureSeq.net_secret[row.i32("in.index")] = row.i32("out.value");
        }
        SecureSeq.___done.val = true;
    }

    /** Moves the wall clock to {@code ns} since 1970. */
    private static void clock(long ns) {
        Clock.passTo(ns - Clock.BOOT_SECONDS * Clock.NSEC_PER_SEC);
    }

    @Nested
    class net_secret_init {
        @Test
        @DisplayName("draws the secret once")
        void once() {
            SecureSeq.net_secret_init();
            int[] drawn = SecureSeq.net_secret.clone();
            assertThat(drawn).isNotEqualTo(new int[16]);

            SecureSeq.net_secret_init();
            assertThat(SecureSeq.net_secret).isEqualTo(drawn);
        }
    }

    @Nested
    class seq_scale {
        @Test
        @DisplayName("goes up by one in 64 ns")
        void clock_of_64_ns() {
            int now = SecureSeq.seq_scale(0);

            Clock.passTo(Clock.now() + 64 * 1000);

            assertThat(SecureSeq.seq_scale(0) - now).isEqualTo(1000);
            assertThat(SecureSeq.seq_scale(5) - now).isEqualTo(1005);
        }
    }

    @Nested
    class secure_tcp_sequence_number {
        @Test
        @DisplayName("agrees with the real kernel under the same secret at the same time")
        void vectors() {
            knownSecret();
            Vectors.each("secure_tcp_sequence_number", row -> {
                clock(row.i64("in.ktime_real_ns"));

                assertThat(SecureSeq.secure_tcp_sequence_number(
                                row.be32("in.saddr"), row.be32("in.daddr"), row.i32("in.sport"), row.i32("in.dport")))
                        .as("%s", row)
                        .isEqualTo(row.i32("out.ret"));
            });
        }
    }

    @Nested
    class secure_ipv4_port_ephemeral {
        @Test
        @DisplayName("agrees with the real kernel under the same secret; time does not matter")
        void vectors() {
            knownSecret();
            Vectors.each("secure_tcp_sequence_number", row -> assertThat(SecureSeq.secure_ipv4_port_ephemeral(
                            row.be32("in.saddr"), row.be32("in.daddr"), row.i32("in.dport")))
                    .as("%s", row)
                    .isEqualTo(row.i32("out.secure_ipv4_port_ephemeral")));
        }
    }
}
