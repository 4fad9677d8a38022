// SPDX-License-Identifier: GPL-2.0-only
package linux.types;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class BeTest {
    @Test
    @DisplayName("raw numbers are the bytes of a packet read by a little-endian machine")
    void raw() {
        assertThat(Be.raw32(0x0a000102)).isEqualTo(0x0201000a);
        assertThat(Be.raw16(0xabcd)).isEqualTo(0xcdab);
        assertThat(Be.raw16(80)).isEqualTo(0x5000);
    }
}
