// SPDX-License-Identifier: GPL-2.0-only
package tcp_highspeed;

import static tcp_highspeed.Highspeed.tcp_highspeed;

import linux.init.Initcall;
import net.tcp.tcp_congestion_ops;
import tcp_cong.Reno;

/** Boot of {@code net/ipv4/tcp_highspeed.c}: {@code module_init(hstcp_register)}. */
public final class Boot implements Initcall {
    @Override
    public void data() {
        tcp_highspeed = new tcp_congestion_ops();
        tcp_highspeed.init = Highspeed::hstcp_init;
        tcp_highspeed.ssthresh = Highspeed::hstcp_ssthresh;
        tcp_highspeed.cong_avoid = Highspeed::hstcp_cong_avoid;
        tcp_highspeed.min_cwnd = Reno::tcp_reno_min_cwnd;
        tcp_highspeed.name = "highspeed";
    }

    @Override
    public void init() {
        Highspeed.hstcp_register();
    }
}
