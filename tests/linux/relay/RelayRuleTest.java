// SPDX-License-Identifier: GPL-2.0-only
package linux.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RelayRuleTest {
    @Test
    @DisplayName("every word means something")
    void words() {
        RelayRule r = RelayRule.parse("drop 1 c2s data 10 2");
        assertThat(r.action).isEqualTo(RelayRule.Action.DROP);
        assertThat(r.path).isOne();
        assertThat(r.direction).isEqualTo(Direction.C2S);
        assertThat(r.kind).isEqualTo(RelayRule.Kind.DATA);
        assertThat(r.n).isEqualTo(10);
        assertThat(r.count).isEqualTo(2);
    }

    @Test
    @DisplayName("stars, and the word relay of a scenario file in front")
    void stars() {
        RelayRule r = RelayRule.parse("relay drop * * any 0 0");
        assertThat(r.path).isEqualTo(RelayRule.ANY_PATH);
        assertThat(r.direction).isNull();
        assertThat(r.count).isZero();
    }

    @Test
    @DisplayName("arguments: the last segment, milliseconds, which options")
    void arguments() {
        assertThat(RelayRule.parse("swap 1 c2s data 14 0 17").argument).isEqualTo(17);
        assertThat(RelayRule.parse("stall 1 c2s data 30 1 1000").argument).isEqualTo(1000);
        assertThat(RelayRule.parse("strip 1 s2c synack 0 0 mptcp").joinOnly).isFalse();
        assertThat(RelayRule.parse("strip * c2s syn 0 0 join").joinOnly).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "corrupt 1 c2s data 10 1", "drop * * time 500 0", "drop 1 c2s after 1 0", "drop 1 c2s every 20 0",
        "drop 1 c2s fin 0 1", "drop 1 s2c nonsyn 0 3", "drop 2 s2c synack 0 1", "dup 1 c2s data 10 1",
        "stall 1 c2s data 30 1 1000", "strip 1 * nonsyn 0 0 mptcp", "swap 1 c2s data 14 0 17"
    })
    @DisplayName("all that the recordings use")
    void recorded(String text) {
        assertThat(RelayRule.parse(text)).isNotNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "drop 1 c2s | expected ACTION PATH DIRECTION KIND N COUNT [ARGUMENT]",
        "lose 1 c2s data 1 1 | ACTION: expected one of drop, dup, swap, stall, strip, corrupt, not \"lose\"",
        "drop 0 c2s data 1 1 | PATH: expected a number from 1 to 63 or *, not \"0\"",
        "drop x c2s data 1 1 | PATH: expected a number",
        "drop 1 both data 1 1 | DIRECTION: expected one of c2s, s2c, not \"both\"",
        "drop 1 c2s rst 1 1 | KIND: expected one of data, every, syn, synack, fin, nonsyn, any, after, time, not \"rst\"",
        "drop 1 c2s data 0 1 | N of data: expected a number from 1",
        "drop 1 c2s every 0 1 | N of every: expected a number from 1",
        "drop 1 c2s data 1 -1 | COUNT: expected a number from 0",
        "drop 1 c2s data 1 1 7 | nothing is expected behind \"1\"",
        "swap 1 c2s data 14 0 | ARGUMENT: expected the last segment",
        "swap 1 c2s data 14 0 14 | ARGUMENT: expected a number from 15",
        "swap 1 c2s any 14 0 17 | KIND: swap goes with data, not with any",
        "stall 1 c2s data 1 1 | ARGUMENT: expected milliseconds",
        "strip 1 c2s any 0 0 | ARGUMENT: expected mptcp or join",
        "strip 1 c2s any 0 0 tcp | ARGUMENT: expected mptcp or join, not \"tcp\"",
        "strip 1 c2s any 0 0 join 3 | nothing is expected behind \"join\""
    })
    @DisplayName("a wrong rule: says where and what was expected")
    void wrong(String text, String message) {
        assertThatThrownBy(() -> RelayRule.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("relay rule \"" + text + "\": ")
                .hasMessageContaining(message);
    }
}
