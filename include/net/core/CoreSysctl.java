// SPDX-License-Identifier: GPL-2.0-only
package net.core;

import static linux.printk.Printk.net_ratelimit_state;
import static linux.sysctl.Sysctl.register_net_sysctl;
import static linux.sysctl.Sysctl.unregister_net_sysctl_table;
import static net.net_namespace.NetNs.init_net;
import static net.net_namespace.NetNs.register_pernet_subsys;
import static uapi.linux.socket.SocketOpt.SOMAXCONN;

import java.util.function.IntConsumer;
import java.util.function.IntSupplier;
import linux.init.Initcall;
import linux.sysctl.Sysctl;
import linux.sysctl.ctl_table;
import net.net_namespace.net;
import net.net_namespace.pernet_operations;
import net.sock.NetDebug;
import net.sock.SockLimits;

/**
 * The sysctls {@code net.core.*}, {@code net/core/sysctl_net_core.c}: limits of sockets and of the log. Those of
 * devices are made known by {@code linux.netdevice}. All but {@code somaxconn} are there once, for the whole machine.
 */
public final class CoreSysctl implements Initcall {
    @Override
    public Level level() {
        return Level.FS;
    }

    @Override
    public void init() {
        sysctl_core_init();
    }

    private static ctl_table number(String procname, ctl_table.Handler handler, IntSupplier get, IntConsumer set) {
        ctl_table t = new ctl_table(procname);
        t.proc_handler = handler;
        t.get = () -> new long[] {get.getAsInt()};
        t.set = v -> set.accept((int) v[0]);
        return t;
    }

    private static ctl_table minmax(String procname, Long min, Long max, IntSupplier get, IntConsumer set) {
        ctl_table t = number(procname, Sysctl::proc_dointvec_minmax, get, set);
        t.extra1 = min;
        t.extra2 = max;
        return t;
    }

    private static ctl_table[] net_core_table() {
        return new ctl_table[] {
            minmax("wmem_max", 1L, null, () -> SockLimits.sysctl_wmem_max, v -> SockLimits.sysctl_wmem_max = v),
            minmax("rmem_max", 1L, null, () -> SockLimits.sysctl_rmem_max, v -> SockLimits.sysctl_rmem_max = v),
            minmax("wmem_default", 1L, null,
                    () -> SockLimits.sysctl_wmem_default, v -> SockLimits.sysctl_wmem_default = v),
            minmax("rmem_default", 1L, null,
                    () -> SockLimits.sysctl_rmem_default, v -> SockLimits.sysctl_rmem_default = v),
            number("message_cost", Sysctl::proc_dointvec_jiffies,
                    () -> net_ratelimit_state.interval, v -> net_ratelimit_state.interval = v),
            number("message_burst", Sysctl::proc_dointvec,
                    () -> net_ratelimit_state.burst, v -> net_ratelimit_state.burst = v),
            number("optmem_max", Sysctl::proc_dointvec,
                    () -> SockLimits.sysctl_optmem_max, v -> SockLimits.sysctl_optmem_max = v),
            number("warnings", Sysctl::proc_dointvec,
                    () -> NetDebug.net_msg_warn, v -> NetDebug.net_msg_warn = v),
        };
    }

    private static ctl_table[] netns_core_table(net net) {
        return new ctl_table[] {
            minmax("somaxconn", 0L, 65535L, () -> net.core_sysctl_somaxconn, v -> net.core_sysctl_somaxconn = v),
        };
    }

    static int sysctl_core_net_init(net net) {
        net.core_sysctl_somaxconn = SOMAXCONN;

        register_net_sysctl(net, "net/core", netns_core_table(net));
        return 0;
    }

    static void sysctl_core_net_exit(net net) {
        unregister_net_sysctl_table(net, "net/core", netns_core_table(net));
    }

    static int sysctl_core_init() {
        pernet_operations sysctl_core_ops = new pernet_operations();
        sysctl_core_ops.init = CoreSysctl::sysctl_core_net_init;
        sysctl_core_ops.exit = CoreSysctl::sysctl_core_net_exit;

        register_net_sysctl(init_net, "net/core", net_core_table());
        return register_pernet_subsys(sysctl_core_ops);
    }
}
