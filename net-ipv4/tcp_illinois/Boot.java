// SPDX-License-Identifier: GPL-2.0-only
package tcp_illinois;

import static linux.moduleparam.ModuleParams.module_param;
import static net.tcp.tcp_congestion_ops.TCP_CONG_RTT_STAMP;
import static tcp_illinois.Illinois.tcp_illinois;

import linux.init.Initcall;
import net.tcp.tcp_congestion_ops;
import tcp_cong.Reno;

/** Boot of {@code net/ipv4/tcp_illinois.c}: its parameters, and {@code module_init(tcp_illinois_register)}. */
public final class Boot implements Initcall {
    private static final String MODULE = "tcp_illinois";

    @Override
    public void data() {
        Illinois.win_thresh = 15;
        Illinois.theta = 5;
        module_param(MODULE, "win_thresh", 0, () -> Illinois.win_thresh, v -> Illinois.win_thresh = v);
        module_param(MODULE, "theta", 0, () -> Illinois.theta, v -> Illinois.theta = v);

        tcp_illinois = new tcp_congestion_ops();
        tcp_illinois.flags = TCP_CONG_RTT_STAMP;
        tcp_illinois.init = Illinois::tcp_illinois_init;
        tcp_illinois.ssthresh = Illinois::tcp_illinois_ssthresh;
        tcp_illinois.min_cwnd = Reno::tcp_reno_min_cwnd;
        tcp_illinois.cong_avoid = Illinois::tcp_illinois_cong_avoid;
        tcp_illinois.set_state = Illinois::tcp_illinois_state;
        tcp_illinois.get_info = Illinois::tcp_illinois_info;
        tcp_illinois.pkts_acked = Illinois::tcp_illinois_acked;
        tcp_illinois.name = "illinois";
    }

    @Override
    public void init() {
        Illinois.tcp_illinois_register();
    }
}
