// SPDX-License-Identifier: GPL-2.0-only
package tcp_veno;

import static net.tcp.tcp_congestion_ops.TCP_CONG_RTT_STAMP;
import static tcp_veno.Veno.tcp_veno;

import linux.init.Initcall;
import net.tcp.tcp_congestion_ops;

/** Boot of {@code net/ipv4/tcp_veno.c}: {@code module_init(tcp_veno_register)}. */
public final class Boot implements Initcall {
    @Override
    public void data() {
        tcp_veno = new tcp_congestion_ops();
        tcp_veno.flags = TCP_CONG_RTT_STAMP;
        tcp_veno.init = Veno::tcp_veno_init;
        tcp_veno.ssthresh = Veno::tcp_veno_ssthresh;
        tcp_veno.cong_avoid = Veno::tcp_veno_cong_avoid;
        tcp_veno.pkts_acked = Veno::tcp_veno_pkts_acked;
        tcp_veno.set_state = Veno::tcp_veno_state;
        tcp_veno.cwnd_event = Veno::tcp_veno_cwnd_event;
        tcp_veno.name = "veno";
    }

    @Override
    public void init() {
        Veno.tcp_veno_register();
    }
}
