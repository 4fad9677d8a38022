// SPDX-License-Identifier: GPL-2.0-only
package devinet;

import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.inetdevice.Conf.IN_DEV_CONF_SET;
import static linux.inetdevice.Conf.IPV4_DEVCONF_ALL;
import static linux.inetdevice.InDev.__in_dev_get_rcu;
import static linux.netdevice.Netdev.dev_net;
import static linux.netdevice.Notifiers.register_netdevice_notifier;
import static linux.sysctl.Sysctl.proc_dointvec;
import static linux.sysctl.Sysctl.register_net_sysctl;
import static linux.sysctl.Sysctl.unregister_net_sysctl_table;
import static net.neighbour.Neighbours.of;
import static net.net_namespace.NetNs.init_net;
import static net.net_namespace.NetNs.net_eq;
import static net.net_namespace.NetNs.register_pernet_subsys;
import static route.Check.rt_cache_flush;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_ACCEPT_LOCAL;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_ACCEPT_REDIRECTS;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_ARPFILTER;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_ARP_ACCEPT;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_ARP_ANNOUNCE;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_ARP_IGNORE;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_ARP_NOTIFY;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_BOOTP_RELAY;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_FORCE_IGMP_VERSION;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_FORWARDING;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_IGMPV2_UNSOLICITED_REPORT_INTERVAL;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_IGMPV3_UNSOLICITED_REPORT_INTERVAL;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_LOG_MARTIANS;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_MC_FORWARDING;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_MEDIUM_ID;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_NOPOLICY;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_NOXFRM;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_PROMOTE_SECONDARIES;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_PROXY_ARP;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_PROXY_ARP_PVLAN;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_ROUTE_LOCALNET;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_RP_FILTER;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_SECURE_REDIRECTS;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_SEND_REDIRECTS;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_SHARED_MEDIA;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_SRC_VMARK;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_TAG;

import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.inetdevice.in_device;
import linux.inetdevice.ipv4_devconf;
import linux.netdevice.net_device;
import linux.sysctl.ctl_table;
import net.net_namespace.net;
import net.net_namespace.pernet_operations;

/**
 * {@code net.ipv4.conf.*} and {@code net.ipv4.ip_forward}, from {@code net/ipv4/devinet.c}. A new value of {@code
 * default} also reaches the devices that exist, unless they have been set by themselves or have an address.
 */
public final class Sysctls {
    private Sysctls() {}

    static ipv4_devconf ipv4_devconf;
    static ipv4_devconf ipv4_devconf_dflt;
    static pernet_operations devinet_ops;

    /** {@code .data}. */
    static void initData() {
        ipv4_devconf = new ipv4_devconf();
        ipv4_devconf_dflt = new ipv4_devconf();
        for (ipv4_devconf cnf : new ipv4_devconf[] {ipv4_devconf, ipv4_devconf_dflt}) {
            cnf.data[IPV4_DEVCONF_ACCEPT_REDIRECTS - 1] = 1;
            cnf.data[IPV4_DEVCONF_SEND_REDIRECTS - 1] = 1;
            cnf.data[IPV4_DEVCONF_SECURE_REDIRECTS - 1] = 1;
            cnf.data[IPV4_DEVCONF_SHARED_MEDIA - 1] = 1;
            cnf.data[IPV4_DEVCONF_IGMPV2_UNSOLICITED_REPORT_INTERVAL - 1] = 10000;
            cnf.data[IPV4_DEVCONF_IGMPV3_UNSOLICITED_REPORT_INTERVAL - 1] = 1000;
        }
        ipv4_devconf_dflt.data[IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE - 1] = 1;
        devinet_ops = new pernet_operations();
        devinet_ops.init = Sysctls::devinet_init_net;
        devinet_ops.exit = Sysctls::devinet_exit_net;
    }

    /** Makes one of the table's entries for the settings {@code p}. */
    private interface Entry {
        ctl_table of(net net, ipv4_devconf p);
    }

    private static Entry entry(int attr, String name, int mode, ctl_table.Handler proc) {
        return (net, p) -> {
            ctl_table t = new ctl_table(name);
            t.mode = mode;
            t.proc_handler = proc;
            t.get = () -> new long[] {p.data[attr - 1]};
            t.set = v -> p.data[attr - 1] = (int) v[0];
            t.data = new Setting(net, p, attr);
            return t;
        };
    }

    /** {@code data}, {@code extra1} and {@code extra2} of an entry: whose setting it is, and which. */
    private static final class Setting {
        final net net;
        final ipv4_devconf cnf;
        final int attr;

        Setting(net net, ipv4_devconf cnf, int attr) {
            this.net = net;
            this.cnf = cnf;
            this.attr = attr;
        }

        int val() {
            return cnf.data[attr - 1];
        }
    }

    private static Entry DEVINET_SYSCTL_RW_ENTRY(int attr, String name) {
        return entry(attr, name, 0644, Sysctls::devinet_conf_proc);
    }

    private static Entry DEVINET_SYSCTL_RO_ENTRY(int attr, String name) {
        return entry(attr, name, 0444, Sysctls::devinet_conf_proc);
    }

    private static Entry DEVINET_SYSCTL_COMPLEX_ENTRY(int attr, String name, ctl_table.Handler proc) {
        return entry(attr, name, 0644, proc);
    }

    private static Entry DEVINET_SYSCTL_FLUSHING_ENTRY(int attr, String name) {
        return DEVINET_SYSCTL_COMPLEX_ENTRY(attr, name, Sysctls::ipv4_doint_and_flush);
    }

    private static final Entry[] devinet_vars = {
        DEVINET_SYSCTL_COMPLEX_ENTRY(IPV4_DEVCONF_FORWARDING, "forwarding", Sysctls::devinet_sysctl_forward),
        DEVINET_SYSCTL_RO_ENTRY(IPV4_DEVCONF_MC_FORWARDING, "mc_forwarding"),

        DEVINET_SYSCTL_RW_ENTRY(IPV4_DEVCONF_ACCEPT_REDIRECTS, "accept_redirects"),
        DEVINET_SYSCTL_RW_ENTRY(IPV4_DEVCONF_SECURE_REDIRECTS, "secure_redirects"),
        DEVINET_SYSCTL_RW_ENTRY(IPV4_DEVCONF_SHARED_MEDIA, "shared_media"),
        DEVINET_SYSCTL_RW_ENTRY(IPV4_DEVCONF_RP_FILTER, "rp_filter"),
        DEVINET_SYSCTL_RW_ENTRY(IPV4_DEVCONF_SEND_REDIRECTS, "send_redirects"),
        DEVINET_SYSCTL_RW_ENTRY(IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE, "accept_source_route"),
        DEVINET_SYSCTL_RW_ENTRY(IPV4_DEVCONF_ACCEPT_LOCAL, "accept_local"),
        DEVINET_SYSCTL_RW_ENTRY(IPV4_DEVCONF_SRC_VMARK, "src_valid_mark"),
        DEVINET_SYSCTL_RW_ENTRY(IPV4_DEVCONF_PROXY_ARP, "proxy_arp"),
        DEVINET_SYSCTL_RW_ENTRY(IPV4_DEVCONF_MEDIUM_ID, "medium_id"),
        DEVINET_SYSCTL_RW_ENTRY(IPV4_DEVCONF_BOOTP_RELAY, "bootp_relay"),
        DEVINET_SYSCTL_RW_ENTRY(IPV4_DEVCONF_LOG_MARTIANS, "log_martians"),
        DEVINET_SYSCTL_RW_ENTRY(IPV4_DEVCONF_TAG, "tag"),
        DEVINET_SYSCTL_RW_ENTRY(IPV4_DEVCONF_ARPFILTER, "arp_filter"),
        DEVINET_SYSCTL_RW_ENTRY(IPV4_DEVCONF_ARP_ANNOUNCE, "arp_announce"),
        DEVINET_SYSCTL_RW_ENTRY(IPV4_DEVCONF_ARP_IGNORE, "arp_ignore"),
        DEVINET_SYSCTL_RW_ENTRY(IPV4_DEVCONF_ARP_ACCEPT, "arp_accept"),
        DEVINET_SYSCTL_RW_ENTRY(IPV4_DEVCONF_ARP_NOTIFY, "arp_notify"),
        DEVINET_SYSCTL_RW_ENTRY(IPV4_DEVCONF_PROXY_ARP_PVLAN, "proxy_arp_pvlan"),
        DEVINET_SYSCTL_RW_ENTRY(IPV4_DEVCONF_FORCE_IGMP_VERSION, "force_igmp_version"),
        DEVINET_SYSCTL_RW_ENTRY(
                IPV4_DEVCONF_IGMPV2_UNSOLICITED_REPORT_INTERVAL, "igmpv2_unsolicited_report_interval"),
        DEVINET_SYSCTL_RW_ENTRY(
                IPV4_DEVCONF_IGMPV3_UNSOLICITED_REPORT_INTERVAL, "igmpv3_unsolicited_report_interval"),

        DEVINET_SYSCTL_FLUSHING_ENTRY(IPV4_DEVCONF_NOXFRM, "disable_xfrm"),
        DEVINET_SYSCTL_FLUSHING_ENTRY(IPV4_DEVCONF_NOPOLICY, "disable_policy"),
        DEVINET_SYSCTL_FLUSHING_ENTRY(IPV4_DEVCONF_PROMOTE_SECONDARIES, "promote_secondaries"),
        DEVINET_SYSCTL_FLUSHING_ENTRY(IPV4_DEVCONF_ROUTE_LOCALNET, "route_localnet"),
    };

    /** Hands number {@code i} (from 0) of {@code default} on to the devices that have never been set. */
    static void devinet_copy_dflt_conf(net net, int i) {
        for (net_device dev : net.dev_base_head) {
            in_device in_dev;

            in_dev = __in_dev_get_rcu(dev);
            if (in_dev != null && !in_dev.cnf.state.get(i)) {
                in_dev.cnf.data[i] = net.ipv4.devconf_dflt.data[i];
            }
        }
    }

    /** {@code all.forwarding} was written: a host becomes a router or the other way round, on all its devices. */
    static void inet_forward_change(net net) {
        int on = IPV4_DEVCONF_ALL(net, IPV4_DEVCONF_FORWARDING);

        net.ipv4.devconf_all.data[IPV4_DEVCONF_ACCEPT_REDIRECTS - 1] = on == 0 ? 1 : 0;
        net.ipv4.devconf_dflt.data[IPV4_DEVCONF_FORWARDING - 1] = on;

        for (net_device dev : net.dev_base_head) {
            in_device in_dev;

            in_dev = __in_dev_get_rcu(dev);
            if (in_dev != null) {
                IN_DEV_CONF_SET(in_dev, IPV4_DEVCONF_FORWARDING, on);
            }
        }
    }

    static int devinet_conf_proc(ctl_table ctl, boolean write, Ref<String> value) {
        Setting s = (Setting) ctl.data;
        int old_value = s.val();
        int ret = proc_dointvec(ctl, write, value);
        int new_value = s.val();

        if (write) {
            ipv4_devconf cnf = s.cnf;
            net net = s.net;
            int i = s.attr - 1;

            cnf.state.set(i);

            if (cnf == net.ipv4.devconf_dflt) {
                devinet_copy_dflt_conf(net, i);
            }
            if (i == IPV4_DEVCONF_ACCEPT_LOCAL - 1 || i == IPV4_DEVCONF_ROUTE_LOCALNET - 1) {
                if (new_value == 0 && old_value != 0) {
                    rt_cache_flush(net);
                }
            }
        }

        return ret;
    }

    static int devinet_sysctl_forward(ctl_table ctl, boolean write, Ref<String> value) {
        Setting s = (Setting) ctl.data;
        int val = s.val();
        int ret = proc_dointvec(ctl, write, value);

        if (write && s.val() != val) {
            net net = s.net;

            if (s.cnf != net.ipv4.devconf_dflt) {
                if (s.cnf == net.ipv4.devconf_all) {
                    inet_forward_change(net);
                }
                rt_cache_flush(net);
            }
        }

        return ret;
    }

    static int ipv4_doint_and_flush(ctl_table ctl, boolean write, Ref<String> value) {
        Setting s = (Setting) ctl.data;
        int val = s.val();
        int ret = proc_dointvec(ctl, write, value);
        net net = s.net;

        if (write && s.val() != val) {
            rt_cache_flush(net);
        }

        return ret;
    }

    /** @return 0, or {@code -ENOBUFS} without memory */
    static int __devinet_sysctl_register(net net, String dev_name, ipv4_devconf p) {
        ctl_table[] t;
        String path;

        if (Gfp.fails(GFP_KERNEL)) {
            return -ENOBUFS;
        }
        t = new ctl_table[devinet_vars.length];

        for (int i = 0; i < devinet_vars.length; i++) {
            t[i] = devinet_vars[i].of(net, p);
        }

        path = "net/ipv4/conf/" + dev_name;

        register_net_sysctl(net, path, t);

        p.sysctl = t;
        p.sysctlPath = path;
        return 0;
    }

    static void __devinet_sysctl_unregister(ipv4_devconf cnf) {
        ctl_table[] t = cnf.sysctl;

        if (t == null) {
            return;
        }

        cnf.sysctl = null;
        unregister_net_sysctl_table(((Setting) t[0].data).net, cnf.sysctlPath, t);
    }

    static void devinet_sysctl_register(in_device idev) {
        __devinet_sysctl_register(dev_net(idev.dev), idev.dev.name, idev.cnf);
    }

    static void devinet_sysctl_unregister(in_device idev) {
        __devinet_sysctl_unregister(idev.cnf);
    }

    /** A namespace begins with the settings that the first one has now. */
    static int devinet_init_net(net net) {
        int err;
        ipv4_devconf all;
        ipv4_devconf dflt;

        err = -ENOMEM;
        all = ipv4_devconf;
        dflt = ipv4_devconf_dflt;

        if (!net_eq(net, init_net)) {
            if (Gfp.fails(GFP_KERNEL)) {
                return err;
            }
            all = new ipv4_devconf();
            all.copy(ipv4_devconf);

            if (Gfp.fails(GFP_KERNEL)) {
                return err;
            }
            dflt = new ipv4_devconf();
            dflt.copy(ipv4_devconf_dflt);
        }

        err = __devinet_sysctl_register(net, "all", all);
        if (err < 0) {
            return err;
        }

        err = __devinet_sysctl_register(net, "default", dflt);
        if (err < 0) {
            __devinet_sysctl_unregister(all);
            return err;
        }

        Entry ip_forward = entry(IPV4_DEVCONF_FORWARDING, "ip_forward", 0644, Sysctls::devinet_sysctl_forward);
        register_net_sysctl(net, "net/ipv4", new ctl_table[] {ip_forward.of(net, all)});

        net.ipv4.devconf_all = all;
        net.ipv4.devconf_dflt = dflt;
        return 0;
    }

    static void devinet_exit_net(net net) {
        net.sysctls.unregister("net/ipv4", new ctl_table("ip_forward"));
        __devinet_sysctl_unregister(net.ipv4.devconf_dflt);
        __devinet_sysctl_unregister(net.ipv4.devconf_all);
    }

    /** Called by {@code ip_rt_init}. Devices that exist already are taken up at once. */
    public static void devinet_init() {
        register_pernet_subsys(devinet_ops);

        register_netdevice_notifier(InDevices.ip_netdev_notifier);
    }
}
