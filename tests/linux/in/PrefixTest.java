// SPDX-License-Identifier: GPL-2.0-only
package linux.in;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrefixTest {
    @ParameterizedTest
    @CsvSource({"10.0.0.1/24, 0x0a000001, 24", "255.255.255.255, -1, 32", "default, 0, 0", "0.0.0.0/0, 0, 0"})
    @DisplayName("an address with or without a length, or \"default\"")
    void parsed(String s, String addr, int len) {
        Prefix p = Prefix.parse(s);

        assertThat(p.addr).isEqualTo(Long.decode(addr).intValue());
        assertThat(p.len).isEqualTo(len);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0", "10.0.0.256", "10.0.0.1.2", "10.0.0.1/33", "10.0.0.-1", "10.0.0.1/", "a.b.c.d"})
    @DisplayName("everything else is refused")
    void refused(String s) {
        assertThatThrownBy(() -> Prefix.parse(s)).isInstanceOf(IllegalArgumentException.class);
    }
}
