// SPDX-License-Identifier: GPL-2.0-only
package net.inet_sock;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Vectors;

@KernelTest
class HashTest {
    @Nested
    class __inet_ehashfn {
        @Test
        @DisplayName("agrees with the real kernel")
        void vectors() {
            Vectors.each("inet_hashes", row -> assertThat(Hash.__inet_ehashfn(
                            row.be32("in.laddr"),
                            row.i32("in.lport"),
                            row.be32("in.faddr"),
                            row.i32("in.fport"),
                            row.i32("in.initval")))
                    .as("%s", row)
                    .isEqualTo(row.i32("out.__inet_ehashfn")));
        }
    }
}
