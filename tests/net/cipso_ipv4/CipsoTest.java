// SPDX-License-Identifier: GPL-2.0-only
package net.cipso_ipv4;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;

@KernelTest
class CipsoTest {
    @Nested
    class cipso_v4_validate {
        @ParameterizedTest
        @CsvSource({
            "860a00000001 01040001, 0",
            "86 07 00000001 01, 1", // too short
            "860a00000000 01040001, 2", // no domain
            "860a00000001 01000001, 7", // a tag without a length
            "860a00000001 01050001, 7", // longer than the option
            "860900000001 010201, 8", // only the first byte of a tag
        })
        @DisplayName("says where it is wrong")
        void where(String hex, int wrong) {
            byte[] opt = HexFormat.of().parseHex(hex.replace(" ", ""));

            assertThat(Cipso.cipso_v4_validate(opt, 0)).isEqualTo(wrong);
        }
    }
}
