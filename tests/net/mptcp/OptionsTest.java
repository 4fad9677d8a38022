// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import static org.assertj.core.api.Assertions.assertThat;

import linux.tcp.tcp_sock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class OptionsTest {
    /** Everything set. */
    private static void fill(mptcp_options_received mopt) {
        mopt.saw_mpc = true;
        mopt.dss_csum = true;
        mopt.drop_me = true;
        mopt.is_mp_join = true;
        mopt.join_ack = true;
        mopt.saw_low_prio = 2;
        mopt.low_prio = true;
        mopt.saw_add_addr = 1;
        mopt.more_add_addr = true;
        mopt.saw_rem_addr = true;
        mopt.more_rem_addr = true;
        mopt.mp_fail = true;
        mopt.mp_fclose = true;
        mopt.rem_id = 4;
        mopt.mptcp_key = 5;
    }

    @Nested
    class mptcp_init_mp_opt {
        @Test
        @DisplayName("clears all flags, and leaves the numbers that they vouch for")
        void cleared() {
            mptcp_options_received mopt = new mptcp_options_received();
            fill(mopt);

            Options.mptcp_init_mp_opt(mopt);

            mptcp_options_received expected = new mptcp_options_received();
            expected.rem_id = 4;
            expected.mptcp_key = 5;
            assertThat(mopt).usingRecursiveComparison().isEqualTo(expected);
        }
    }

    @Nested
    class mptcp_reset_mopt {
        @Test
        @DisplayName("clears what one segment said, and keeps what the handshake agreed on")
        void cleared() {
            tcp_sock tp = new tcp_sock();
            tp.mptcp = new mptcp_tcp_sock();
            fill(tp.mptcp.rx_opt);

            Options.mptcp_reset_mopt(tp);

            mptcp_options_received expected = new mptcp_options_received();
            expected.saw_mpc = true;
            expected.dss_csum = true;
            expected.drop_me = true;
            expected.is_mp_join = true;
            expected.low_prio = true;
            expected.rem_id = 4;
            expected.mptcp_key = 5;
            assertThat(tp.mptcp.rx_opt).usingRecursiveComparison().isEqualTo(expected);
        }
    }
}
