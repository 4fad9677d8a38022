// SPDX-License-Identifier: GPL-2.0-only
package tcp_scalable;

import static tcp_scalable.Scalable.tcp_scalable;

import linux.init.Initcall;
import net.tcp.tcp_congestion_ops;
import tcp_cong.Reno;

/** Boot of {@code net/ipv4/tcp_scalable.c}: {@code module_init(tcp_scalable_register)}. */
public final class Boot implements Initcall {
    @Override
    public void data() {
        tcp_scalable = new tcp_congestion_ops();
        tcp_scalable.ssthresh = Scalable::tcp_scalable_ssthresh;
        tcp_scalable.cong_avoid = Scalable::tcp_scalable_cong_avoid;
        tcp_scalable.min_cwnd = Reno::tcp_reno_min_cwnd;
        tcp_scalable.name = "scalable";
    }

    @Override
    public void init() {
        Scalable.tcp_scalable_register();
    }
}
