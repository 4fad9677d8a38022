// SPDX-License-Identifier: GPL-2.0-only
package tcp_vegas;

import static linux.moduleparam.ModuleParams.module_param;
import static net.tcp.tcp_congestion_ops.TCP_CONG_RTT_STAMP;
import static tcp_vegas.Vegas.tcp_vegas;

import linux.init.Initcall;
import net.tcp.tcp_congestion_ops;
import tcp_cong.Reno;

/** Boot of {@code net/ipv4/tcp_vegas.c}: its parameters, and {@code module_init(tcp_vegas_register)}. */
public final class Boot implements Initcall {
    private static final String MODULE = "tcp_vegas";

    @Override
    public void data() {
        Vegas.alpha = 2;
        Vegas.beta = 4;
        Vegas.gamma = 1;
        module_param(MODULE, "alpha", 0644, () -> Vegas.alpha, v -> Vegas.alpha = v);
        module_param(MODULE, "beta", 0644, () -> Vegas.beta, v -> Vegas.beta = v);
        module_param(MODULE, "gamma", 0644, () -> Vegas.gamma, v -> Vegas.gamma = v);

        tcp_vegas = new tcp_congestion_ops();
        tcp_vegas.flags = TCP_CONG_RTT_STAMP;
        tcp_vegas.init = Vegas::tcp_vegas_init;
        tcp_vegas.ssthresh = Reno::tcp_reno_ssthresh;
        tcp_vegas.cong_avoid = Vegas::tcp_vegas_cong_avoid;
        tcp_vegas.min_cwnd = Reno::tcp_reno_min_cwnd;
        tcp_vegas.pkts_acked = Vegas::tcp_vegas_pkts_acked;
        tcp_vegas.set_state = Vegas::tcp_vegas_state;
        tcp_vegas.cwnd_event = Vegas::tcp_vegas_cwnd_event;
        tcp_vegas.get_info = Vegas::tcp_vegas_get_info;
        tcp_vegas.name = "vegas";
    }

    @Override
    public void init() {
        Vegas.tcp_vegas_register();
    }
}
