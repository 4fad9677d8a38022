// SPDX-License-Identifier: GPL-2.0-only
package mptcp_olia;

import static mptcp_olia.Olia.mptcp_olia;

import linux.init.Initcall;
import net.tcp.tcp_congestion_ops;
import tcp_cong.Reno;

/** Boot of {@code net/mptcp/mptcp_olia.c}: its variables, and {@code module_init(mptcp_olia_register)}. */
public final class Boot implements Initcall {
    @Override
    public void data() {
        Olia.scale = 10;

        mptcp_olia = new tcp_congestion_ops();
        mptcp_olia.init = Olia::mptcp_olia_init;
        mptcp_olia.ssthresh = Reno::tcp_reno_ssthresh;
        mptcp_olia.cong_avoid = Olia::mptcp_olia_cong_avoid;
        mptcp_olia.set_state = Olia::mptcp_olia_set_state;
        mptcp_olia.min_cwnd = Reno::tcp_reno_min_cwnd;
        mptcp_olia.name = "olia";
    }

    @Override
    public void init() {
        Olia.mptcp_olia_register();
    }
}
