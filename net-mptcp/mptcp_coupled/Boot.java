// SPDX-License-Identifier: GPL-2.0-only
package mptcp_coupled;

import static mptcp_coupled.Coupled.mptcp_ccc;

import linux.init.Initcall;
import net.tcp.tcp_congestion_ops;
import tcp_cong.Reno;

/** Boot of {@code net/mptcp/mptcp_coupled.c}: its variables, and {@code module_init(mptcp_ccc_register)}. */
public final class Boot implements Initcall {
    @Override
    public void data() {
        Coupled.alpha_scale_den = 10;
        Coupled.alpha_scale_num = 32;
        Coupled.alpha_scale = 12;

        mptcp_ccc = new tcp_congestion_ops();
        mptcp_ccc.init = Coupled::mptcp_ccc_init;
        mptcp_ccc.ssthresh = Reno::tcp_reno_ssthresh;
        mptcp_ccc.cong_avoid = Coupled::mptcp_ccc_cong_avoid;
        mptcp_ccc.cwnd_event = Coupled::mptcp_ccc_cwnd_event;
        mptcp_ccc.set_state = Coupled::mptcp_ccc_set_state;
        mptcp_ccc.min_cwnd = Reno::tcp_reno_min_cwnd;
        mptcp_ccc.name = "lia";
    }

    @Override
    public void init() {
        Coupled.mptcp_ccc_register();
    }
}
