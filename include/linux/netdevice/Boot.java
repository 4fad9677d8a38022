// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.bug.Bug.BUG_ON;
import static linux.errno.Errno.ENOMEM;
import static linux.interrupt.Softirq.NET_RX_SOFTIRQ;
import static linux.interrupt.Softirq.NET_TX_SOFTIRQ;
import static linux.interrupt.Softirq.open_softirq;
import static linux.netdevice.Backlog.weight_p;
import static linux.netdevice.Loopback.loopback_net_ops;
import static linux.netdevice.Notifiers.dev_boot_phase;
import static linux.netdevice.Xmit.softnet_data;
import static linux.sysctl.Sysctl.register_net_sysctl;
import static net.dst.Garbage.dst_init;
import static net.net_namespace.NetNs.init_net;
import static net.net_namespace.NetNs.register_pernet_device;
import static net.net_namespace.NetNs.register_pernet_subsys;

import linux.init.Initcall;
import linux.rtnetlink.Rtnl;
import linux.sysctl.Sysctl;
import linux.sysctl.ctl_table;
import net.net_namespace.net;
import net.net_namespace.pernet_operations;
import net.sch_generic.Queueing;

/** How {@code net/core/dev.c} comes to life: its variables, its softirqs, the loopback of each namespace. */
public final class Boot implements Initcall {
    @Override
    public Level level() {
        return Level.SUBSYS;
    }

    @Override
    public void data() {
        Rtnl.boot();
        Packets.data();
        Notifiers.data();
        Xmit.data();
        Backlog.data();
        Registry.data();
        Queueing.boot();
        Loopback.data();
        Veth.data();
    }

    @Override
    public void init() {
        BUG_ON(net_dev_init() != 0);
        registerSysctls();
    }

    static int netdev_init(net net) {
        net.dev_base_head.clear();
        net.dev_name_head.clear();

        return 0;
    }

    static int net_dev_init() {
        int rc = -ENOMEM;

        BUG_ON(!dev_boot_phase);

        pernet_operations netdev_net_ops = new pernet_operations();
        netdev_net_ops.init = Boot::netdev_init;
        if (register_pernet_subsys(netdev_net_ops) != 0) {
            return rc;
        }

        softnet_data.backlog.poll = Backlog::process_backlog;
        softnet_data.backlog.weight = weight_p;

        dev_boot_phase = false;

        // Of the devices of a namespace the loopback comes first: everything else may rely on it.
        if (register_pernet_device(loopback_net_ops) != 0) {
            return rc;
        }

        open_softirq(NET_TX_SOFTIRQ, Xmit::net_tx_action);
        open_softirq(NET_RX_SOFTIRQ, Backlog::net_rx_action);

        dst_init();
        rc = 0;
        return rc;
    }

    /** Those of {@code net.core} that this package reads; as in Linux only the first namespace has them. */
    private static void registerSysctls() {
        ctl_table weight = number("dev_weight");
        weight.get = () -> new long[] {Backlog.weight_p};
        weight.set = v -> Backlog.weight_p = (int) v[0];

        ctl_table backlog = number("netdev_max_backlog");
        backlog.get = () -> new long[] {Backlog.netdev_max_backlog};
        backlog.set = v -> Backlog.netdev_max_backlog = (int) v[0];

        ctl_table budget = number("netdev_budget");
        budget.get = () -> new long[] {Backlog.netdev_budget};
        budget.set = v -> Backlog.netdev_budget = (int) v[0];

        ctl_table prequeue = number("netdev_tstamp_prequeue");
        prequeue.get = () -> new long[] {Backlog.netdev_tstamp_prequeue};
        prequeue.set = v -> Backlog.netdev_tstamp_prequeue = (int) v[0];

        register_net_sysctl(init_net, "net/core", new ctl_table[] {weight, backlog, budget, prequeue});
    }

    private static ctl_table number(String procname) {
        ctl_table t = new ctl_table(procname);
        t.proc_handler = Sysctl::proc_dointvec;
        return t;
    }
}
