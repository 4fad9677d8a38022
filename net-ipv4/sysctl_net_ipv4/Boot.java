// SPDX-License-Identifier: GPL-2.0-only
package sysctl_net_ipv4;

import linux.init.Initcall;
import net.net_namespace.pernet_operations;

/** Static variables and initcall of {@code net/ipv4/sysctl_net_ipv4.c}. */
public final class Boot implements Initcall {
    @Override
    public void data() {
        Ipv4Sysctl.ipv4_table = Ipv4Sysctl.newTable();
        Ipv4Sysctl.ipv4_sysctl_ops = new pernet_operations();
        Ipv4Sysctl.ipv4_sysctl_ops.init = Ipv4Sysctl::ipv4_sysctl_init_net;
        Ipv4Sysctl.ipv4_sysctl_ops.exit = Ipv4Sysctl::ipv4_sysctl_exit_net;
    }

    @Override
    public void init() {
        Ipv4Sysctl.sysctl_ipv4_init();
    }
}
