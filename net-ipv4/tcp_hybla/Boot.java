// SPDX-License-Identifier: GPL-2.0-only
package tcp_hybla;

import static linux.moduleparam.ModuleParams.module_param;
import static tcp_hybla.Hybla.tcp_hybla;

import linux.init.Initcall;
import net.tcp.tcp_congestion_ops;
import tcp_cong.Reno;

/** Boot of {@code net/ipv4/tcp_hybla.c}: its parameter, and {@code module_init(hybla_register)}. */
public final class Boot implements Initcall {
    @Override
    public void data() {
        Hybla.rtt0 = 25;
        module_param("tcp_hybla", "rtt0", 0644, () -> Hybla.rtt0, v -> Hybla.rtt0 = v);

        tcp_hybla = new tcp_congestion_ops();
        tcp_hybla.init = Hybla::hybla_init;
        tcp_hybla.ssthresh = Reno::tcp_reno_ssthresh;
        tcp_hybla.min_cwnd = Reno::tcp_reno_min_cwnd;
        tcp_hybla.cong_avoid = Hybla::hybla_cong_avoid;
        tcp_hybla.set_state = Hybla::hybla_state;
        tcp_hybla.name = "hybla";
    }

    @Override
    public void init() {
        Hybla.hybla_register();
    }
}
