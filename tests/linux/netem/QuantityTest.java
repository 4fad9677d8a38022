// SPDX-License-Identifier: GPL-2.0-only
package linux.netem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantityTest {
    @ParameterizedTest
    @CsvSource({"0%, 0", "1%, 0.01", "100%, 1", "0.05%, 0.0005", "33.3%, 0.333", ".5%, 0.005"})
    @DisplayName("a share")
    void share(String text, double expected) {
        assertThat(Quantity.share(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "0.01", "101%", "-1%", "%", "x%", "1e1%", "1 %", "", "+1%"})
    @DisplayName("no share: says what one looks like")
    void no_share(String text) {
        assertThatThrownBy(() -> Quantity.share(text)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("\"" + text + "\" is not a share like 1% or 0.05%, from 0% to 100%");
    }

    @ParameterizedTest
    @CsvSource({"10ms, 10000000", "0s, 0", "1.5us, 1500", "7ns, 7", "2s, 2000000000", "0.4ns, 0", "250.75ms, 250750000"})
    @DisplayName("a time in nanoseconds")
    void time(String text, long expected) {
        assertThat(Quantity.time(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10", "ms", "10 ms", "-1ms", "10m", "10msec", "1.2.3s", "9999999999999999s", "999999999999999s"})
    @DisplayName("no time: says what one looks like")
    void no_time(String text) {
        assertThatThrownBy(() -> Quantity.time(text)).hasMessageContaining("is not a time like 10ms");
    }

    @ParameterizedTest
    @CsvSource({"10mbit, 10000000", "1gbit, 1000000000", "64kbit, 64000", "1bit, 1", "2.5gbit, 2500000000"})
    @DisplayName("a rate in bits a second")
    void rate(String text, long expected) {
        assertThat(Quantity.rate(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0mbit", "10", "10mbps", "10Mbit", "10mb", "0.1bit"})
    @DisplayName("no rate: says what one looks like")
    void no_rate(String text) {
        assertThatThrownBy(() -> Quantity.rate(text)).hasMessageContaining("is not a rate like 10mbit");
    }

    @Test
    @DisplayName("a number of something")
    void count() {
        assertThat(Quantity.count("1000")).isEqualTo(1000);
        for (String text : new String[] {"0", "-1", "1.5", "x", "99999999999"}) {
            assertThatThrownBy(() -> Quantity.count(text)).hasMessageContaining("is not a whole number from 1");
        }
    }
}
