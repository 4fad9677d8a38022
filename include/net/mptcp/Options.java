// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import linux.tcp.tcp_sock;

/** Clearing what earlier options have left: parsing only ever adds to it. */
public final class Options {
    private Options() {}

    /** Before a segment of a handshake is parsed. Numbers and pointers stay: each has a flag that says it is valid. */
    public static void mptcp_init_mp_opt(mptcp_options_received mopt) {
        mopt.saw_mpc = false;
        mopt.dss_csum = false;
        mopt.drop_me = false;

        mopt.is_mp_join = false;
        mopt.join_ack = false;

        mopt.saw_low_prio = 0;
        mopt.low_prio = false;

        mopt.saw_add_addr = 0;
        mopt.more_add_addr = false;

        mopt.saw_rem_addr = false;
        mopt.more_rem_addr = false;

        mopt.mp_fail = false;
        mopt.mp_fclose = false;
    }

    /** Before a segment of an established subflow is parsed: what the handshake agreed on stays. */
    public static void mptcp_reset_mopt(tcp_sock tp) {
        mptcp_options_received mopt = tp.mptcp.rx_opt;

        mopt.saw_low_prio = 0;
        mopt.saw_add_addr = 0;
        mopt.more_add_addr = false;
        mopt.saw_rem_addr = false;
        mopt.more_rem_addr = false;
        mopt.join_ack = false;
        mopt.mp_fail = false;
        mopt.mp_fclose = false;
    }
}
