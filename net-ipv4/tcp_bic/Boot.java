// SPDX-License-Identifier: GPL-2.0-only
package tcp_bic;

import static linux.moduleparam.ModuleParams.module_param;

import linux.init.Initcall;
import net.tcp.tcp_congestion_ops;

/** Boot of {@code net/ipv4/tcp_bic.c}: its parameters, and {@code module_init(bictcp_register)}. */
public final class Boot implements Initcall {
    private static final String MODULE = "tcp_bic";

    @Override
    public void data() {
        Bic.fast_convergence = 1;
        Bic.max_increment = 16;
        Bic.low_window = 14;
        Bic.beta = 819;
        Bic.initial_ssthresh = 0;
        Bic.smooth_part = 20;
        module_param(MODULE, "fast_convergence", 0644, () -> Bic.fast_convergence, v -> Bic.fast_convergence = v);
        module_param(MODULE, "max_increment", 0644, () -> Bic.max_increment, v -> Bic.max_increment = v);
        module_param(MODULE, "low_window", 0644, () -> Bic.low_window, v -> Bic.low_window = v);
        module_param(MODULE, "beta", 0644, () -> Bic.beta, v -> Bic.beta = v);
        module_param(MODULE, "initial_ssthresh", 0644, () -> Bic.initial_ssthresh, v -> Bic.initial_ssthresh = v);
        module_param(MODULE, "smooth_part", 0644, () -> Bic.smooth_part, v -> Bic.smooth_part = v);

        Bic.bictcp = new tcp_congestion_ops();
        Bic.bictcp.init = Bic::bictcp_init;
        Bic.bictcp.ssthresh = Bic::bictcp_recalc_ssthresh;
        Bic.bictcp.cong_avoid = Bic::bictcp_cong_avoid;
        Bic.bictcp.set_state = Bic::bictcp_state;
        Bic.bictcp.undo_cwnd = Bic::bictcp_undo_cwnd;
        Bic.bictcp.pkts_acked = Bic::bictcp_acked;
        Bic.bictcp.name = "bic";
    }

    @Override
    public void init() {
        Bic.bictcp_register();
    }
}
