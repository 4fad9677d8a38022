// SPDX-License-Identifier: GPL-2.0-only
package tcp_cong;

import static net.tcp.Globals.tcp_init_congestion_ops;
import static net.tcp.Globals.tcp_reno;
import static net.tcp.tcp_congestion_ops.TCP_CONG_NON_RESTRICTED;
import static tcp_cong.Registry.tcp_cong_list;

import linux.init.Initcall;
import linux.list.list_head;

/** Boot of {@code net/ipv4/tcp_cong.c}: an empty list, Reno, and when all modules are there, the default. */
public final class Boot implements Initcall {
    @Override
    public Level level() {
        return Level.LATE;
    }

    @Override
    public void data() {
        tcp_cong_list = new list_head<>();

        tcp_reno.flags = TCP_CONG_NON_RESTRICTED;
        tcp_reno.name = "reno";
        tcp_reno.ssthresh = Reno::tcp_reno_ssthresh;
        tcp_reno.cong_avoid = Reno::tcp_reno_cong_avoid;
        tcp_reno.min_cwnd = Reno::tcp_reno_min_cwnd;

        // Reno under another name, so that it can be told whether the application has chosen.
        tcp_init_congestion_ops.name = "";
        tcp_init_congestion_ops.ssthresh = Reno::tcp_reno_ssthresh;
        tcp_init_congestion_ops.cong_avoid = Reno::tcp_reno_cong_avoid;
        tcp_init_congestion_ops.min_cwnd = Reno::tcp_reno_min_cwnd;
    }

    @Override
    public void init() {
        Registry.tcp_congestion_default();
    }
}
