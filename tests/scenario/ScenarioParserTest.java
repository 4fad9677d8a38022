// SPDX-License-Identifier: GPL-2.0-only
package scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import linux.init.Machine;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The language of the scenarios: what its lines mean, and what is said of those that mean nothing. */
class ScenarioParserTest {
    private static Scenario parse(String... lines) throws ScenarioException {
        return ScenarioParser.parse("own.scn", String.join("\n", lines));
    }

    @Nested
    class Reads {
        @Test
        @DisplayName("settings stand in the scenario, and what is not said has its usual value")
        void settings() throws ScenarioException {
            Scenario s = parse("title two words", "topo two mtu=576 gso=off delay2=40", "settle 1500", "snap 96", "seed 21", "S: socket l");

            assertThat(s.name).isEqualTo("own");
            assertThat(s.title).isEqualTo("two words");
            assertThat(s.topology).isEqualTo(Scenario.Topology.TWO);
            assertThat(s.mtu).isEqualTo(576);
            assertThat(s.gso).isFalse();
            assertThat(s.delay).containsExactly(10, 40);
            assertThat(List.of(s.settle, s.snap)).containsExactly(1500, 96);
            assertThat(s.seed).isEqualTo(21);
            assertThat(parse("S: socket l").seed).isEqualTo(Machine.DEFAULT_SEED);
        }

        @Test
        @DisplayName("the lines of a task follow each other; empty ones and comments are nothing")
        void tasks() throws ScenarioException {
            Scenario s = parse("# a comment", "", "S: socket l; bind l 0.0.0.0 5001;", "C: socket s", "S: listen l 5");

            assertThat(s.tasks.get("S")).extracting(Instruction::word).containsExactly("socket", "bind", "listen");
            assertThat(s.tasks.get("S")).extracting(Instruction::line).containsExactly(3, 3, 5);
            assertThat(s.tasks.get("C")).extracting(Instruction::word).containsExactly("socket");
        }
    }

    @ParameterizedTest
    @DisplayName("a mistake gets the file, the line, and what was expected there")
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            tittle x                                | expected one of title, group, topo, sysctl, setup, relay, settle, snap, seed, S:, C:
            topo ring                               | expected lo, pair or two
            topo lo mtu=12                          | expected a whole number from 68
            topo lo speed=3                         | expected mtu=N, gso=on|off, delay1=MS or delay2=MS
            settle soon                             | expected a whole number from 0, not "soon"
            seed -1                                 | expected a whole number from 0, not "-1"
            setup Q ip link set lo up               | expected setup R|C|S COMMAND
            sysctl net.ipv4.tcp_sack                | expected sysctl NAME VALUE
            S: sockets l                            | expected one of accept, atmark, bind
            S: socket                               | too few arguments; expected socket NEW
            S: socket a b                           | "b" is too much
            S: listen l 5                           | task S has no descriptor "l" here
            S: socket l; bind l 10.0.0 5            | expected an IPv4 address
            S: socket l; bind l 10.0.0.1 70000      | expected a port from 0 to 65535
            S: socket l; send l 5 slowly            | flags of send: expected one of oob, more, dontwait
            S: socket l; shutdown l all             | expected one of rd, wr, rdwr
            S: socket l; setsockopt l SOL_TCP X 1   | has no option "X"
            S: wait E                               | wait E: no task marks it
            """)
    void mistakes(String line, String expected) {
        assertThatThrownBy(() -> parse("title x", line, "C: mark D")).isInstanceOf(ScenarioException.class)
                .hasMessageStartingWith("own.scn:2: ").hasMessageContaining(expected);
    }

    @Test
    @DisplayName("a scenario in which nobody does anything is none, and loopback has no relay")
    void wholes() {
        assertThatThrownBy(() -> parse("title x")).hasMessageContaining("expected a line S: or C: with instructions");
        assertThatThrownBy(() -> parse("topo lo", "relay drop 1 c2s data 1 1", "S: socket l")).hasMessageContaining("topo lo has no relay");
    }
}
