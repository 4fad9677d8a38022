// SPDX-License-Identifier: GPL-2.0-only
package mptcp_input;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.MptcpPeer;
import testing.ScriptedPeer;

@KernelTest
class DataReadyTest {
    private MptcpPeer p;

    @BeforeEach
    void connected() {
        p = new MptcpPeer();
    }

    @AfterEach
    void end() {
        p.end();
    }

    @Nested
    class mptcp_data_ready {
        @Test
        @DisplayName("mapped data reach the application, and are acknowledged at the data level")
        void in_order() {
            p.data(p.first, 1, "abc");
            p.data(p.first, 4, "def");

            assertThat(p.read(10)).isEqualTo("abcdef");
            ScriptedPeer.later(300);
            assertThat(p.lastDataAck()).isEqualTo(7);
        }

        @Test
        @DisplayName("two subflows make one stream, whichever comes first")
        void two_subflows() {
            MptcpPeer.Flow second = p.join(40001, 1);

            p.data(second, 4, "def");
            assertThat(p.read(10)).isEmpty();
            p.data(p.first, 1, "abc");

            assertThat(p.read(10)).isEqualTo("abcdef");
        }
    }
}
