// SPDX-License-Identifier: GPL-2.0-only
package net.inet_connection_sock;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class CaStructTest {
    private static class base extends CaStruct {
        int a = 1;
    }

    private static final class derived extends base {
        long b = 2;
    }

    @Test
    @DisplayName("a copy has every field, of the struct that it begins with too, and is another one")
    void all_fields() {
        derived ca = new derived();
        ca.a = 3;
        ca.b = 4;

        derived copy = (derived) ca.copy();
        ca.a = ca.hashCode();

        assertThat(copy).isNotSameAs(ca);
        assertThat(copy.a).isEqualTo(3);
        assertThat(copy.b).isEqualTo(4);
    }
}
