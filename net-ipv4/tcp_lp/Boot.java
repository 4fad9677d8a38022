// SPDX-License-Identifier: GPL-2.0-only
package tcp_lp;

import static net.tcp.tcp_congestion_ops.TCP_CONG_RTT_STAMP;
import static tcp_lp.Lp.tcp_lp;

import linux.init.Initcall;
import net.tcp.tcp_congestion_ops;
import tcp_cong.Reno;

/** Boot of {@code net/ipv4/tcp_lp.c}: {@code module_init(tcp_lp_register)}. */
public final class Boot implements Initcall {
    @Override
    public void data() {
        tcp_lp = new tcp_congestion_ops();
        tcp_lp.flags = TCP_CONG_RTT_STAMP;
        tcp_lp.init = Lp::tcp_lp_init;
        tcp_lp.ssthresh = Reno::tcp_reno_ssthresh;
        tcp_lp.cong_avoid = Lp::tcp_lp_cong_avoid;
        tcp_lp.min_cwnd = Reno::tcp_reno_min_cwnd;
        tcp_lp.pkts_acked = Lp::tcp_lp_pkts_acked;
        tcp_lp.name = "lp";
    }

    @Override
    public void init() {
        Lp.tcp_lp_register();
    }
}
