// SPDX-License-Identifier: GPL-2.0-only
package linux.netem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetemSettingsTest {
    @Test
    @DisplayName("everything that can be said")
    void all() {
        NetemSettings s = NetemSettings.parse(
                "delay 10ms 2ms rate 10mbit limit 100 loss 1% duplicate 2% reorder 25% corrupt 0.1% seed -7");
        assertThat(s.delay).isEqualTo(10_000_000);
        assertThat(s.jitter).isEqualTo(2_000_000);
        assertThat(s.rate).isEqualTo(10_000_000);
        assertThat(s.limit).isEqualTo(100);
        assertThat(s.loss).isEqualTo(0.01);
        assertThat(s.duplicate).isEqualTo(0.02);
        assertThat(s.reorder).isEqualTo(0.25);
        assertThat(s.corrupt).isEqualTo(0.001);
        assertThat(s.seed).isEqualTo(-7);
    }

    @Test
    @DisplayName("nothing said: nothing happens to packets, 1000 fit")
    void nothing() {
        NetemSettings s = NetemSettings.parse("  ");
        assertThat(s.delay + s.jitter + s.rate).isZero();
        assertThat(s.loss + s.duplicate + s.reorder + s.corrupt).isZero();
        assertThat(s.limit).isEqualTo(1000);
        assertThat(s.seed).isOne();
    }

    @Test
    @DisplayName("in any order, with a delay that does not vary")
    void order() {
        NetemSettings s = NetemSettings.parse("loss 3%\tdelay 5ms rate 1gbit");
        assertThat(s.delay).isEqualTo(5_000_000);
        assertThat(s.jitter).isZero();
        assertThat(s.loss).isEqualTo(0.03);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "delay | netem: nothing follows delay",
        "dealy 1ms | \"dealy\" is unknown; expected delay TIME",
        "delay 1 | netem: delay: \"1\" is not a time like 10ms",
        "delay 1ms 2 | netem: delay: \"2\" is not a time",
        "delay 1ms 2ms | netem: delay: it cannot vary by more than it is",
        "loss 1 | netem: loss: \"1\" is not a share",
        "loss 1% loss 2% | netem: loss is said twice",
        "limit 0 | netem: limit: \"0\" is not a whole number",
        "seed x | netem: seed: \"x\" is not a whole number",
        "reorder 5% | netem: reorder: without a delay there is nothing to overtake",
        "rate 10 | netem: rate: \"10\" is not a rate"
    })
    @DisplayName("wrong texts: says where and what was expected")
    void wrong(String text, String message) {
        assertThatThrownBy(() -> NetemSettings.parse(text)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
