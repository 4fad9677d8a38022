// SPDX-License-Identifier: GPL-2.0-only
package tcp_westwood;

import static tcp_westwood.Westwood.tcp_westwood;

import linux.init.Initcall;
import net.tcp.tcp_congestion_ops;
import tcp_cong.Reno;

/** Boot of {@code net/ipv4/tcp_westwood.c}: {@code module_init(tcp_westwood_register)}. */
public final class Boot implements Initcall {
    @Override
    public void data() {
        tcp_westwood = new tcp_congestion_ops();
        tcp_westwood.init = Westwood::tcp_westwood_init;
        tcp_westwood.ssthresh = Reno::tcp_reno_ssthresh;
        tcp_westwood.cong_avoid = Reno::tcp_reno_cong_avoid;
        tcp_westwood.min_cwnd = Westwood::tcp_westwood_bw_rttmin;
        tcp_westwood.cwnd_event = Westwood::tcp_westwood_event;
        tcp_westwood.get_info = Westwood::tcp_westwood_info;
        tcp_westwood.pkts_acked = Westwood::tcp_westwood_pkts_acked;
        tcp_westwood.name = "westwood";
    }

    @Override
    public void init() {
        Westwood.tcp_westwood_register();
    }
}
