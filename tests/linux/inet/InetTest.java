// SPDX-License-Identifier: GPL-2.0-only
package linux.inet;

import static linux.moduleparam.ModuleParams.read;
import static linux.printk.Printk.pI4;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.TcpTables.ends;

import linux.compiler.IntRef;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class InetTest {
    @Nested
    class in4_pton {
        private String read(String s, int delim) {
            IntRef dst = new IntRef();
            return Inet.in4_pton(s, -1, dst, delim) == 0 ? "none" : pI4(dst.val);
        }

        @Test
        @DisplayName("four numbers up to 255; zeroes in front do not make them octal")
        void addresses() {
            assertThat(read("10.0.0.1", 0)).isEqualTo("10.0.0.1");
            assertThat(read("255.255.255.255", 0)).isEqualTo("255.255.255.255");
            assertThat(read("0.0.0.0", 0)).isEqualTo("0.0.0.0");
            assertThat(read("010.000.0.01", 0)).isEqualTo("10.0.0.1");
        }

        @Test
        @DisplayName("it ends at the delimiter, at a colon, at the given length")
        void ends() {
            assertThat(read("10.0.0.1,x", ',')).isEqualTo("10.0.0.1");
            assertThat(read("10.0.0.1:80", 0)).isEqualTo("10.0.0.1");
            assertThat(read("10.0.0.1 x", -1)).isEqualTo("10.0.0.1");
            IntRef dst = new IntRef();
            assertThat(Inet.in4_pton("10.0.0.123", 8, dst, 0)).isOne();
            assertThat(dst.val).isEqualTo(0x0a000001);
        }

        @Test
        @DisplayName("anything else is none, and leaves the result alone")
        void none() {
            for (String s : new String[] {"", "10", "10.0.0", "10.0.0.", "10..0.1", "10.0.0.0.1", "256.0.0.1", "a.0.0.1",
                "10.0.0.1 ", "-1.0.0.1", "\u0661.0.0.1"}) {
                assertThat(read(s, 0)).as(s).isEqualTo("none");
            }
            IntRef dst = new IntRef(7);
            Inet.in4_pton("10.0.0", -1, dst, 0);
            assertThat(dst.val).isEqualTo(7);
        }
    }
}
