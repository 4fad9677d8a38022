// SPDX-License-Identifier: GPL-2.0-only
package mptcp_wvegas;

import static linux.moduleparam.ModuleParams.module_param;
import static mptcp_wvegas.Wvegas.mptcp_wvegas;
import static net.tcp.tcp_congestion_ops.TCP_CONG_RTT_STAMP;

import linux.init.Initcall;
import net.tcp.tcp_congestion_ops;
import tcp_cong.Reno;

/** Boot of {@code net/mptcp/mptcp_wvegas.c}: its parameters, and {@code module_init(mptcp_wvegas_register)}. */
public final class Boot implements Initcall {
    private static final String MODULE = "mptcp_wvegas";

    @Override
    public void data() {
        Wvegas.initial_alpha = 2;
        Wvegas.total_alpha = 10;
        Wvegas.gamma = 1;
        module_param(MODULE, "initial_alpha", 0644, () -> Wvegas.initial_alpha, v -> Wvegas.initial_alpha = v);
        module_param(MODULE, "total_alpha", 0644, () -> Wvegas.total_alpha, v -> Wvegas.total_alpha = v);
        module_param(MODULE, "gamma", 0644, () -> Wvegas.gamma, v -> Wvegas.gamma = v);

        mptcp_wvegas = new tcp_congestion_ops();
        mptcp_wvegas.flags = TCP_CONG_RTT_STAMP;
        mptcp_wvegas.init = Wvegas::mptcp_wvegas_init;
        mptcp_wvegas.ssthresh = Reno::tcp_reno_ssthresh;
        mptcp_wvegas.cong_avoid = Wvegas::mptcp_wvegas_cong_avoid;
        mptcp_wvegas.min_cwnd = Reno::tcp_reno_min_cwnd;
        mptcp_wvegas.pkts_acked = Wvegas::mptcp_wvegas_pkts_acked;
        mptcp_wvegas.set_state = Wvegas::mptcp_wvegas_state;
        mptcp_wvegas.cwnd_event = Wvegas::mptcp_wvegas_cwnd_event;
        mptcp_wvegas.name = "wvegas";
    }

    @Override
    public void init() {
        Wvegas.mptcp_wvegas_register();
    }
}
