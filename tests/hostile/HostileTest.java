// SPDX-License-Identifier: GPL-2.0-only
package hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Hostile input: the port does what the real kernel did, but where that would have stopped the machine. */
class HostileTest {
    @TestFactory
    Stream<DynamicTest> recorded() {
        String only = System.getProperty("only", "");
        return HostileCase.all().stream().filter(c -> c.name.matches(".*" + only + ".*")).map(c -> DynamicTest.dynamicTest(c.name, () -> {
            List<String> differences = null;
            for (Play.Timeline t : Play.Timeline.values()) {
                List<String> d = Play.of(c, null, t).differences();
                if (differences == null || d.size() < differences.size()) {
                    differences = d;
                }
                if (d.isEmpty()) {
                    break;
                }
            }
            assertThat(differences).isEmpty();
        }));
    }
}
