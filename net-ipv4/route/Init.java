// SPDX-License-Identifier: GPL-2.0-only
package route;

import static devinet.Sysctls.devinet_init;
import static fib_frontend.Events.ip_fib_init;
import static linux.bug.Bug.WARN_ON;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.jiffies.Jiffies.HZ;
import static linux.printk.Printk.pr_err;
import static linux.random.Random.get_random_bytes;
import static linux.sysctl.Sysctl.register_net_sysctl;
import static linux.sysctl.Sysctl.unregister_net_sysctl_table;
import static net.dst.Entries.dst_entries_get_slow;
import static net.inetpeer.InetPeer.inetpeer_invalidate_tree;
import static net.net_namespace.NetNs.fnhe_genid_bump;
import static net.net_namespace.NetNs.init_net;
import static net.net_namespace.NetNs.register_pernet_subsys;
import static route.Check.rt_cache_flush;
import static route.Proc.ip_rt_proc_init;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;
import static uapi.linux.socket.SocketOpt.AF_INET;

import java.util.function.IntConsumer;
import java.util.function.IntSupplier;
import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.init.Initcall;
import linux.list.list_head;
import linux.sysctl.Sysctl;
import linux.sysctl.ctl_table;
import net.dst.dst_entry;
import net.dst.dst_ops;
import net.inetpeer.inet_peer_base;
import net.net_namespace.net;
import net.net_namespace.pernet_operations;
import net.route.rtable;

/**
 * The variables of {@code net/ipv4/route.c}, the sysctls {@code net.ipv4.route.*}, and how it all begins. {@link
 * #ip_rt_init} is called by {@code ip_init}.
 */
public final class Init {
    private Init() {}

    private static final int RT_GC_TIMEOUT = 300 * HZ;

    static int ip_rt_max_size;
    static int ip_rt_redirect_number;
    static int ip_rt_redirect_load;
    static int ip_rt_redirect_silence;
    static int ip_rt_error_cost;
    static int ip_rt_error_burst;
    static int ip_rt_mtu_expires;
    static int ip_rt_min_pmtu;
    static int ip_rt_min_advmss;
    static int ip_rt_gc_timeout;
    static int ip_rt_gc_interval;
    static int ip_rt_gc_min_interval;
    static int ip_rt_gc_elasticity;
    static dst_ops ipv4_dst_ops;
    static rt_cache_stat rt_cache_stat;
    static pernet_operations ip_rt_proc_ops;
    static pernet_operations sysctl_route_ops;
    static pernet_operations rt_genid_ops;
    static pernet_operations ipv4_inetpeer_ops;

    /** Static variables. */
    public static final class Boot implements Initcall {
        @Override
        public void data() {
            ip_rt_max_size = 0;
            ip_rt_redirect_number = 9;
            ip_rt_redirect_load = HZ / 50;
            ip_rt_redirect_silence = HZ / 50 << 9 + 1;
            ip_rt_error_cost = HZ;
            ip_rt_error_burst = 5 * HZ;
            ip_rt_mtu_expires = 10 * 60 * HZ;
            ip_rt_min_pmtu = 512 + 20 + 20;
            ip_rt_min_advmss = 256;
            ip_rt_gc_timeout = RT_GC_TIMEOUT;
            ip_rt_gc_interval = 60 * HZ;
            ip_rt_gc_min_interval = HZ / 2;
            ip_rt_gc_elasticity = 8;
            rt_cache_stat = new rt_cache_stat();
            Cache.rt_uncached_list = new list_head<>();
            Ident.initData();

            ipv4_dst_ops = new dst_ops();
            ipv4_dst_ops.family = AF_INET;
            ipv4_dst_ops.protocol = ETH_P_IP;
            ipv4_dst_ops.check = Check::ipv4_dst_check;
            ipv4_dst_ops.default_advmss = Pmtu::ipv4_default_advmss;
            ipv4_dst_ops.mtu = Pmtu::ipv4_mtu;
            ipv4_dst_ops.cow_metrics = Init::ipv4_cow_metrics;
            ipv4_dst_ops.destroy = Cache::ipv4_dst_destroy;
            ipv4_dst_ops.negative_advice = Check::ipv4_negative_advice;
            ipv4_dst_ops.link_failure = Check::ipv4_link_failure;
            ipv4_dst_ops.update_pmtu = Pmtu::ip_rt_update_pmtu;
            ipv4_dst_ops.redirect = Redirect::ip_do_redirect;
            ipv4_dst_ops.local_out = ip_output.Output::__ip_local_out;
            ipv4_dst_ops.neigh_lookup = Check::ipv4_neigh_lookup;

            ip_rt_proc_ops = new pernet_operations();
            ip_rt_proc_ops.init = Proc::ip_rt_do_proc_init;
            ip_rt_proc_ops.exit = Proc::ip_rt_do_proc_exit;
            sysctl_route_ops = new pernet_operations();
            sysctl_route_ops.init = Init::sysctl_route_net_init;
            sysctl_route_ops.exit = Init::sysctl_route_net_exit;
            rt_genid_ops = new pernet_operations();
            rt_genid_ops.init = Init::rt_genid_init;
            ipv4_inetpeer_ops = new pernet_operations();
            ipv4_inetpeer_ops.init = Init::ipv4_inetpeer_init;
            ipv4_inetpeer_ops.exit = Init::ipv4_inetpeer_exit;
        }
    }

    /** Entries that exist, for those who check that nothing was left behind. */
    public static int entries() {
        return dst_entries_get_slow(ipv4_dst_ops);
    }

    /** {@code dst_ops.cow_metrics}: nobody writes metrics into an IPv4 route. */
    static int[] ipv4_cow_metrics(dst_entry dst, int[] old) {
        WARN_ON(true);
        return null;
    }

    /** {@code net.ipv4.route.flush}: every entry is stale, and what ICMP has taught is forgotten. */
    static int ipv4_sysctl_rtcache_flush(ctl_table __ctl, boolean write, Ref<String> value) {
        net net = (net) __ctl.data;

        if (write) {
            rt_cache_flush(net);
            fnhe_genid_bump(net);
            return 0;
        }

        return -EINVAL;
    }

    private static ctl_table entry(String name, IntSupplier get, IntConsumer set, ctl_table.Handler handler) {
        ctl_table t = new ctl_table(name);
        t.proc_handler = handler;
        t.get = () -> new long[] {get.getAsInt()};
        t.set = v -> set.accept((int) v[0]);
        return t;
    }

    private static ctl_table[] ipv4_route_table() {
        return new ctl_table[] {
            entry("gc_thresh", () -> ipv4_dst_ops.gc_thresh, v -> ipv4_dst_ops.gc_thresh = v, Sysctl::proc_dointvec),
            entry("max_size", () -> ip_rt_max_size, v -> ip_rt_max_size = v, Sysctl::proc_dointvec),
            entry("gc_min_interval", () -> ip_rt_gc_min_interval, v -> ip_rt_gc_min_interval = v,
                    Sysctl::proc_dointvec_jiffies),
            entry("gc_min_interval_ms", () -> ip_rt_gc_min_interval, v -> ip_rt_gc_min_interval = v,
                    Sysctl::proc_dointvec_ms_jiffies),
            entry("gc_timeout", () -> ip_rt_gc_timeout, v -> ip_rt_gc_timeout = v, Sysctl::proc_dointvec_jiffies),
            entry("gc_interval", () -> ip_rt_gc_interval, v -> ip_rt_gc_interval = v, Sysctl::proc_dointvec_jiffies),
            entry("redirect_load", () -> ip_rt_redirect_load, v -> ip_rt_redirect_load = v, Sysctl::proc_dointvec),
            entry("redirect_number", () -> ip_rt_redirect_number, v -> ip_rt_redirect_number = v,
                    Sysctl::proc_dointvec),
            entry("redirect_silence", () -> ip_rt_redirect_silence, v -> ip_rt_redirect_silence = v,
                    Sysctl::proc_dointvec),
            entry("error_cost", () -> ip_rt_error_cost, v -> ip_rt_error_cost = v, Sysctl::proc_dointvec),
            entry("error_burst", () -> ip_rt_error_burst, v -> ip_rt_error_burst = v, Sysctl::proc_dointvec),
            entry("gc_elasticity", () -> ip_rt_gc_elasticity, v -> ip_rt_gc_elasticity = v, Sysctl::proc_dointvec),
            entry("mtu_expires", () -> ip_rt_mtu_expires, v -> ip_rt_mtu_expires = v, Sysctl::proc_dointvec_jiffies),
            entry("min_pmtu", () -> ip_rt_min_pmtu, v -> ip_rt_min_pmtu = v, Sysctl::proc_dointvec),
            entry("min_adv_mss", () -> ip_rt_min_advmss, v -> ip_rt_min_advmss = v, Sysctl::proc_dointvec),
        };
    }

    private static ctl_table[] ipv4_route_flush_table(net net) {
        ctl_table flush = new ctl_table("flush");
        flush.mode = 0200;
        flush.proc_handler = Init::ipv4_sysctl_rtcache_flush;
        flush.data = net;
        return new ctl_table[] {flush};
    }

    static int sysctl_route_net_init(net net) {
        if (Gfp.fails(GFP_KERNEL)) {
            return -ENOMEM;
        }

        register_net_sysctl(net, "net/ipv4/route", ipv4_route_flush_table(net));
        return 0;
    }

    static void sysctl_route_net_exit(net net) {
        unregister_net_sysctl_table(net, "net/ipv4/route", ipv4_route_flush_table(net));
    }

    static int rt_genid_init(net net) {
        int[] word = new int[1];

        net.ipv4.rt_genid = 0;
        net.fnhe_genid = 0;
        get_random_bytes(word);
        net.ipv4.dev_addr_genid = word[0];
        return 0;
    }

    static int ipv4_inetpeer_init(net net) {
        if (Gfp.fails(GFP_KERNEL)) {
            return -ENOMEM;
        }
        net.ipv4.peers = new inet_peer_base();
        return 0;
    }

    static void ipv4_inetpeer_exit(net net) {
        inet_peer_base bp = net.ipv4.peers;

        net.ipv4.peers = null;
        inetpeer_invalidate_tree(bp);
    }

    /** Called by {@code ip_init}: routes, addresses and tables begin. */
    public static int ip_rt_init() {
        int rc = 0;

        Ident.initIdents();

        ipv4_dst_ops.kmem_cachep = rtable::new;

        ipv4_dst_ops.gc_thresh = ~0;
        ip_rt_max_size = Integer.MAX_VALUE;

        devinet_init();
        ip_fib_init();

        if (ip_rt_proc_init() != 0) {
            pr_err("Unable to create route proc files\n");
        }

        register_pernet_subsys(sysctl_route_ops);
        register_pernet_subsys(rt_genid_ops);
        register_pernet_subsys(ipv4_inetpeer_ops);
        return rc;
    }

    /** The sysctls of the first namespace only. */
    public static void ip_static_sysctl_init() {
        register_net_sysctl(init_net, "net/ipv4/route", ipv4_route_table());
    }
}
