// SPDX-License-Identifier: GPL-2.0-only
package tcp_yeah;

import static net.tcp.tcp_congestion_ops.TCP_CONG_RTT_STAMP;
import static tcp_yeah.Yeah.tcp_yeah;

import linux.init.Initcall;
import net.tcp.tcp_congestion_ops;
import tcp_cong.Reno;
import tcp_vegas.Vegas;

/** Boot of {@code net/ipv4/tcp_yeah.c}: {@code module_init(tcp_yeah_register)}. */
public final class Boot implements Initcall {
    @Override
    public void data() {
        tcp_yeah = new tcp_congestion_ops();
        tcp_yeah.flags = TCP_CONG_RTT_STAMP;
        tcp_yeah.init = Yeah::tcp_yeah_init;
        tcp_yeah.ssthresh = Yeah::tcp_yeah_ssthresh;
        tcp_yeah.cong_avoid = Yeah::tcp_yeah_cong_avoid;
        tcp_yeah.min_cwnd = Reno::tcp_reno_min_cwnd;
        tcp_yeah.set_state = Vegas::tcp_vegas_state;
        tcp_yeah.cwnd_event = Vegas::tcp_vegas_cwnd_event;
        tcp_yeah.get_info = Vegas::tcp_vegas_get_info;
        tcp_yeah.pkts_acked = Yeah::tcp_yeah_pkts_acked;
        tcp_yeah.name = "yeah";
    }

    @Override
    public void init() {
        Yeah.tcp_yeah_register();
    }
}
