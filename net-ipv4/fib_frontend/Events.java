// SPDX-License-Identifier: GPL-2.0-only
package fib_frontend;

import static devinet.InDevices.register_inetaddr_notifier;
import static fib_frontend.IfAddr.fib_add_ifaddr;
import static fib_frontend.IfAddr.fib_del_ifaddr;
import static fib_frontend.Tables.fib_flush;
import static fib_rules.FibRules.fib4_rules_init;
import static fib_semantics.FibInfo.fib_sync_down_dev;
import static fib_trie.FibTable.fib_table_flush;
import static linux.inetdevice.InDev.__in_dev_get_rtnl;
import static linux.netdevice.Netdev.dev_net;
import static linux.netdevice.Notifiers.NETDEV_CHANGE;
import static linux.netdevice.Notifiers.NETDEV_CHANGEMTU;
import static linux.netdevice.Notifiers.NETDEV_DOWN;
import static linux.netdevice.Notifiers.NETDEV_UNREGISTER;
import static linux.netdevice.Notifiers.NETDEV_UP;
import static linux.netdevice.Notifiers.netdev_notifier_info_to_dev;
import static linux.netdevice.Notifiers.register_netdevice_notifier;
import static linux.notifier.notifier_block.NOTIFY_DONE;
import static net.net_namespace.NetNs.register_pernet_subsys;
import static route.Cache.rt_flush_dev;
import static route.Check.rt_cache_flush;

import java.util.ArrayList;
import linux.compiler.Differs;
import linux.inetdevice.in_device;
import linux.inetdevice.in_ifaddr;
import linux.init.Initcall;
import linux.netdevice.net_device;
import linux.notifier.notifier_block;
import net.ip_fib.fib_table;
import net.net_namespace.net;
import net.net_namespace.pernet_operations;

/**
 * What becomes of the routes when devices and addresses come and go, from {@code net/ipv4/fib_frontend.c}. Called by the
 * chains of notifiers of {@code linux.netdevice} and {@code devinet}. Whatever happens, each cached entry is stale
 * afterwards: {@code rt_cache_flush}.
 */
public final class Events {
    private Events() {}

    static notifier_block fib_inetaddr_notifier;
    static notifier_block fib_netdev_notifier;
    static pernet_operations fib_net_ops;

    /** Static variables. {@link #ip_fib_init} is called by {@code ip_rt_init}. */
    public static final class Boot implements Initcall {
        @Override
        public void data() {
            fib_inetaddr_notifier = new notifier_block(Events::fib_inetaddr_event);
            fib_netdev_notifier = new notifier_block(Events::fib_netdev_event);
            fib_net_ops = new pernet_operations();
            fib_net_ops.init = Events::fib_net_init;
            fib_net_ops.exit = Events::fib_net_exit;
        }
    }

    /** No packets by this device any more. {@code force} as for {@code fib_sync_down_dev}. */
    @Differs("the device's neighbours stay: they were entered by hand, and no ARP would find them again")
    static void fib_disable_ip(net_device dev, int force) {
        if (fib_sync_down_dev(dev, force) != 0) {
            fib_flush(dev_net(dev));
        }
        rt_cache_flush(dev_net(dev));
    }

    /** An address has come or gone. */
    static int fib_inetaddr_event(notifier_block nb, long event, Object ptr) {
        in_ifaddr ifa = (in_ifaddr) ptr;
        net_device dev = ifa.ifa_dev.dev;
        net net = dev_net(dev);

        switch ((int) event) {
            case NETDEV_UP:
                fib_add_ifaddr(ifa);
                net.ipv4.dev_addr_genid++;
                rt_cache_flush(dev_net(dev));
                break;
            case NETDEV_DOWN:
                fib_del_ifaddr(ifa, null);
                net.ipv4.dev_addr_genid++;
                if (ifa.ifa_dev.ifa_list == null) {
                    fib_disable_ip(dev, 1);
                } else {
                    rt_cache_flush(dev_net(dev));
                }
                break;
            default:
                break;
        }
        return NOTIFY_DONE;
    }

    /** A device has come up, gone down, changed, or gone for good. */
    static int fib_netdev_event(notifier_block nb, long event, Object ptr) {
        net_device dev = netdev_notifier_info_to_dev(ptr);
        in_device in_dev;
        net net = dev_net(dev);

        if (event == NETDEV_UNREGISTER) {
            fib_disable_ip(dev, 2);
            rt_flush_dev(dev);
            return NOTIFY_DONE;
        }

        in_dev = __in_dev_get_rtnl(dev);
        if (in_dev == null) {
            return NOTIFY_DONE;
        }

        switch ((int) event) {
            case NETDEV_UP:
                for (in_ifaddr ifa = in_dev.ifa_list; ifa != null; ifa = ifa.ifa_next) {
                    fib_add_ifaddr(ifa);
                }
                net.ipv4.dev_addr_genid++;
                rt_cache_flush(net);
                break;
            case NETDEV_DOWN:
                fib_disable_ip(dev, 0);
                break;
            case NETDEV_CHANGEMTU:
            case NETDEV_CHANGE:
                rt_cache_flush(net);
                break;
            default:
                break;
        }
        return NOTIFY_DONE;
    }

    static int ip_fib_net_init(net net) {
        int err;

        net.ipv4.fib_table_hash = new ArrayList<>();

        err = fib4_rules_init(net);
        return err;
    }

    static void ip_fib_net_exit(net net) {
        for (fib_table tb : net.ipv4.fib_table_hash) {
            fib_table_flush(tb);
        }
        net.ipv4.fib_table_hash.clear();
        net.ipv4.fib_local = null;
        net.ipv4.fib_main = null;
        net.ipv4.fib_default = null;
    }

    static int fib_net_init(net net) {
        int error;

        error = ip_fib_net_init(net);
        return error;
    }

    static void fib_net_exit(net net) {
        ip_fib_net_exit(net);
    }

    /** Called by {@code ip_rt_init}. */
    public static void ip_fib_init() {
        register_pernet_subsys(fib_net_ops);
        register_netdevice_notifier(fib_netdev_notifier);
        register_inetaddr_notifier(fib_inetaddr_notifier);
    }
}
