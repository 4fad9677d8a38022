// SPDX-License-Identifier: GPL-2.0-only
package tcp_htcp;

import static linux.moduleparam.ModuleParams.module_param;

import linux.init.Initcall;
import net.tcp.tcp_congestion_ops;

/** Boot of {@code net/ipv4/tcp_htcp.c}: its parameters, and {@code module_init(htcp_register)}. */
public final class Boot implements Initcall {
    private static final String MODULE = "tcp_htcp";

    @Override
    public void data() {
        Htcp.use_rtt_scaling = 1;
        Htcp.use_bandwidth_switch = 1;
        module_param(MODULE, "use_rtt_scaling", 0644, () -> Htcp.use_rtt_scaling, v -> Htcp.use_rtt_scaling = v);
        module_param(
                MODULE, "use_bandwidth_switch", 0644, () -> Htcp.use_bandwidth_switch,
                v -> Htcp.use_bandwidth_switch = v);

        Htcp.htcp = new tcp_congestion_ops();
        Htcp.htcp.init = Htcp::htcp_init;
        Htcp.htcp.ssthresh = Htcp::htcp_recalc_ssthresh;
        Htcp.htcp.cong_avoid = Htcp::htcp_cong_avoid;
        Htcp.htcp.set_state = Htcp::htcp_state;
        Htcp.htcp.undo_cwnd = Htcp::htcp_cwnd_undo;
        Htcp.htcp.pkts_acked = Htcp::measure_achieved_throughput;
        Htcp.htcp.name = "htcp";
    }

    @Override
    public void init() {
        Htcp.htcp_register();
    }
}
