// SPDX-License-Identifier: GPL-2.0-only
package tcp_cubic;

import static linux.moduleparam.ModuleParams.module_param;
import static tcp_cubic.Cubic.HYSTART_ACK_TRAIN;
import static tcp_cubic.Cubic.HYSTART_DELAY;
import static tcp_cubic.Cubic.cubictcp;

import linux.init.Initcall;
import net.tcp.tcp_congestion_ops;

/** Boot of {@code net/ipv4/tcp_cubic.c}: its parameters, and {@code module_init(cubictcp_register)}. */
public final class Boot implements Initcall {
    private static final String MODULE = "tcp_cubic";

    @Override
    public void data() {
        Cubic.fast_convergence = 1;
        Cubic.beta = 717;
        Cubic.initial_ssthresh = 0;
        Cubic.bic_scale = 41;
        Cubic.tcp_friendliness = 1;
        Cubic.hystart = 1;
        Cubic.hystart_detect = HYSTART_ACK_TRAIN | HYSTART_DELAY;
        Cubic.hystart_low_window = 16;
        Cubic.hystart_ack_delta = 2;
        module_param(MODULE, "fast_convergence", 0644, () -> Cubic.fast_convergence, v -> Cubic.fast_convergence = v);
        module_param(MODULE, "beta", 0644, () -> Cubic.beta, v -> Cubic.beta = v);
        module_param(MODULE, "initial_ssthresh", 0644, () -> Cubic.initial_ssthresh, v -> Cubic.initial_ssthresh = v);
        module_param(MODULE, "bic_scale", 0444, () -> Cubic.bic_scale, v -> Cubic.bic_scale = v);
        module_param(MODULE, "tcp_friendliness", 0644, () -> Cubic.tcp_friendliness, v -> Cubic.tcp_friendliness = v);
        module_param(MODULE, "hystart", 0644, () -> Cubic.hystart, v -> Cubic.hystart = v);
        module_param(MODULE, "hystart_detect", 0644, () -> Cubic.hystart_detect, v -> Cubic.hystart_detect = v);
        module_param(
                MODULE, "hystart_low_window", 0644, () -> Cubic.hystart_low_window, v -> Cubic.hystart_low_window = v);
        module_param(
                MODULE, "hystart_ack_delta", 0644, () -> Cubic.hystart_ack_delta, v -> Cubic.hystart_ack_delta = v);

        Cubic.cube_rtt_scale = 0;
        Cubic.beta_scale = 0;
        Cubic.cube_factor = 0;

        cubictcp = new tcp_congestion_ops();
        cubictcp.init = Cubic::bictcp_init;
        cubictcp.ssthresh = Cubic::bictcp_recalc_ssthresh;
        cubictcp.cong_avoid = Cubic::bictcp_cong_avoid;
        cubictcp.set_state = Cubic::bictcp_state;
        cubictcp.undo_cwnd = Cubic::bictcp_undo_cwnd;
        cubictcp.pkts_acked = Cubic::bictcp_acked;
        cubictcp.name = "cubic";
    }

    @Override
    public void init() {
        Cubic.cubictcp_register();
    }
}
