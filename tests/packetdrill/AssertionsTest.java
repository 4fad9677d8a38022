// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import uapi.linux.tcp.tcp_info;

class AssertionsTest {
    private static void check(String code) throws Failure {
        tcp_info info = new tcp_info();
        info.tcpi_state = 1;
        info.tcpi_options = 6;
        info.tcpi_snd_wscale = 7;
        info.tcpi_snd_cwnd = 10;
        info.tcpi_rto = 200_000;
        info.tcpi_snd_ssthresh = -1;
        Assertions.check(code, info.bytes());
    }

    @Test
    @DisplayName("what holds: comparisons, chains of them, arithmetic, bits, and, or, not")
    void holds() {
        for (String code : new String[] {"assert tcpi_state == 1 and tcpi_snd_cwnd == 10", "assert 5 < tcpi_snd_cwnd <= 10",
            "assert tcpi_rto == 2*100*1000, tcpi_rto", "assert not tcpi_state == 2 or False", "assert tcpi_options & 4", "x = tcpi_snd_cwnd - 1\nassert x == 9",
            "assert tcpi_snd_ssthresh == 4294967295", "assert (tcpi_snd_cwnd + 2) * 2 == 24 # a note", "assert abs(tcpi_rto - 210000) <= 10*1000",
            "assert tcpi_snd_cwnd // 3 == 3 and tcpi_snd_cwnd % 3 == 1 and -1 < 0", "assert tcpi_ca_state == TCP_CA_Open; assert tcpi_snd_wscale == 7",
            "print(tcpi_rto)"}) {
            assertThatCode(() -> check(code)).as(code).doesNotThrowAnyException();
        }
    }

    @Test
    @DisplayName("what does not hold is shown with the values that it is about")
    void fails() {
        assertThatThrownBy(() -> check("assert tcpi_state == 1 and tcpi_snd_cwnd == 11"))
                .hasMessage("assertion failed: tcpi_state == 1 and tcpi_snd_cwnd == 11 (tcpi_state is 1, tcpi_snd_cwnd is 10)");
    }

    @Test
    @DisplayName("what makes no sense")
    void senseless() {
        assertThatThrownBy(() -> check("assert tcpi_foo == 1")).hasMessage("\"tcpi_foo\" is unknown here");
        assertThatThrownBy(() -> check("assert (1 == 1")).hasMessageContaining("expected \")\"");
        assertThatThrownBy(() -> check("assert 1 == 1 2")).hasMessageContaining("cannot make sense of \"2\"");
        assertThatThrownBy(() -> check("import os")).hasMessageContaining("cannot make sense of \"import os\"");
        assertThatThrownBy(() -> check("assert 1 ==")).hasMessage("an expression ends too early");
    }
}
