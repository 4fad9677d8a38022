// SPDX-License-Identifier: GPL-2.0-only
package fib_frontend;

import static fib_frontend.Rtnetlink.inet_rtm_delroute;
import static fib_frontend.Rtnetlink.inet_rtm_newroute;
import static linux.netdevice.Names.__dev_get_by_name;
import static net.ip_fib.fib_config.NLM_F_APPEND;
import static net.ip_fib.fib_config.NLM_F_CREATE;
import static net.ip_fib.fib_config.NLM_F_EXCL;
import static net.ip_fib.fib_config.NLM_F_REPLACE;
import static uapi.linux.rtnetlink.Rt.RTAX_ADVMSS;
import static uapi.linux.rtnetlink.Rt.RTAX_CWND;
import static uapi.linux.rtnetlink.Rt.RTAX_FEATURES;
import static uapi.linux.rtnetlink.Rt.RTAX_HOPLIMIT;
import static uapi.linux.rtnetlink.Rt.RTAX_INITCWND;
import static uapi.linux.rtnetlink.Rt.RTAX_INITRWND;
import static uapi.linux.rtnetlink.Rt.RTAX_LOCK;
import static uapi.linux.rtnetlink.Rt.RTAX_MAX;
import static uapi.linux.rtnetlink.Rt.RTAX_MTU;
import static uapi.linux.rtnetlink.Rt.RTAX_QUICKACK;
import static uapi.linux.rtnetlink.Rt.RTAX_REORDERING;
import static uapi.linux.rtnetlink.Rt.RTAX_RTO_MIN;
import static uapi.linux.rtnetlink.Rt.RTAX_RTT;
import static uapi.linux.rtnetlink.Rt.RTAX_RTTVAR;
import static uapi.linux.rtnetlink.Rt.RTAX_SSTHRESH;
import static uapi.linux.rtnetlink.Rt.RTAX_WINDOW;
import static uapi.linux.rtnetlink.Rt.RTNH_F_ONLINK;
import static uapi.linux.rtnetlink.Rt.RTN_BLACKHOLE;
import static uapi.linux.rtnetlink.Rt.RTN_BROADCAST;
import static uapi.linux.rtnetlink.Rt.RTN_LOCAL;
import static uapi.linux.rtnetlink.Rt.RTN_PROHIBIT;
import static uapi.linux.rtnetlink.Rt.RTN_THROW;
import static uapi.linux.rtnetlink.Rt.RTN_UNICAST;
import static uapi.linux.rtnetlink.Rt.RTN_UNREACHABLE;
import static uapi.linux.rtnetlink.Rt.RTPROT_BOOT;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_HOST;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_LINK;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_NOWHERE;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_UNIVERSE;
import static uapi.linux.rtnetlink.Rt.RT_TABLE_DEFAULT;
import static uapi.linux.rtnetlink.Rt.RT_TABLE_LOCAL;
import static uapi.linux.rtnetlink.Rt.RT_TABLE_MAIN;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import linux.in.Prefix;
import linux.netdevice.net_device;
import net.ip_fib.fib_config;
import net.net_namespace.net;

/**
 * {@code ip route}, in its own words: {@code IpRoute.add(net, "10.2.0.0/16 via 10.1.0.254 dev eth0 metric 5")}. What
 * the program of that name works out before it asks the kernel is worked out here.
 */
public final class IpRoute {
    private IpRoute() {}

    private static final Map<String, Integer> TYPES = Map.of("unicast", RTN_UNICAST, "local", RTN_LOCAL, "broadcast",
            RTN_BROADCAST, "blackhole", RTN_BLACKHOLE, "unreachable", RTN_UNREACHABLE, "prohibit", RTN_PROHIBIT,
            "throw", RTN_THROW);

    private static final Map<String, Integer> SCOPES =
            Map.of("global", RT_SCOPE_UNIVERSE, "link", RT_SCOPE_LINK, "host", RT_SCOPE_HOST);

    private static final Map<String, Integer> TABLES =
            Map.of("local", RT_TABLE_LOCAL, "main", RT_TABLE_MAIN, "default", RT_TABLE_DEFAULT);

    /** Those that are plain numbers. */
    private static final Map<String, Integer> METRICS = Map.ofEntries(Map.entry("mtu", RTAX_MTU),
            Map.entry("window", RTAX_WINDOW), Map.entry("rtt", RTAX_RTT), Map.entry("rttvar", RTAX_RTTVAR),
            Map.entry("ssthresh", RTAX_SSTHRESH), Map.entry("cwnd", RTAX_CWND), Map.entry("advmss", RTAX_ADVMSS),
            Map.entry("reordering", RTAX_REORDERING), Map.entry("hoplimit", RTAX_HOPLIMIT),
            Map.entry("initcwnd", RTAX_INITCWND), Map.entry("features", RTAX_FEATURES),
            Map.entry("rto_min", RTAX_RTO_MIN), Map.entry("initrwnd", RTAX_INITRWND),
            Map.entry("quickack", RTAX_QUICKACK));

    /** {@code ip route add}. @return 0 or a negative errno, {@code -EEXIST} if there is one to the prefix */
    public static int add(net net, String route) {
        fib_config cfg = parse(net, route, true);
        cfg.fc_nlflags = NLM_F_CREATE | NLM_F_EXCL;
        return inet_rtm_newroute(net, cfg);
    }

    /** {@code ip route replace}. */
    public static int replace(net net, String route) {
        fib_config cfg = parse(net, route, true);
        cfg.fc_nlflags = NLM_F_CREATE | NLM_F_REPLACE;
        return inet_rtm_newroute(net, cfg);
    }

    /** {@code ip route append}. */
    public static int append(net net, String route) {
        fib_config cfg = parse(net, route, true);
        cfg.fc_nlflags = NLM_F_CREATE | NLM_F_APPEND;
        return inet_rtm_newroute(net, cfg);
    }

    /** {@code ip route del}. @return 0 or {@code -ESRCH} */
    public static int del(net net, String route) {
        return inet_rtm_delroute(net, parse(net, route, false));
    }

    private static fib_config parse(net net, String route, boolean create) {
        fib_config cfg = new fib_config();
        Iterator<String> words = List.of(route.strip().split("\\s+")).iterator();
        String word = words.next();
        boolean scopeGiven = false;
        boolean tableGiven = false;

        cfg.fc_scope = RT_SCOPE_NOWHERE;
        if (create) {
            cfg.fc_type = RTN_UNICAST;
            cfg.fc_protocol = RTPROT_BOOT;
        }
        if (TYPES.containsKey(word)) {
            cfg.fc_type = TYPES.get(word);
            word = words.next();
        }
        Prefix dst = Prefix.parse(word);
        cfg.fc_dst = dst.addr;
        cfg.fc_dst_len = dst.len;
        while (words.hasNext()) {
            word = words.next();
            switch (word) {
                case "via":
                    cfg.fc_gw = Prefix.parseAddr(words.next());
                    break;
                case "dev":
                    cfg.fc_oif = ifindex(net, words.next());
                    break;
                case "src":
                    cfg.fc_prefsrc = Prefix.parseAddr(words.next());
                    break;
                case "metric":
                    cfg.fc_priority = Integer.parseUnsignedInt(words.next());
                    break;
                case "tos":
                    cfg.fc_tos = Integer.decode(words.next());
                    break;
                case "table":
                    cfg.fc_table = number(words.next(), TABLES);
                    tableGiven = true;
                    break;
                case "scope":
                    cfg.fc_scope = number(words.next(), SCOPES);
                    scopeGiven = true;
                    break;
                case "onlink":
                    cfg.fc_flags |= RTNH_F_ONLINK;
                    break;
                default:
                    metric(cfg, word, words);
                    break;
            }
        }
        boolean local = cfg.fc_type == RTN_LOCAL;
        boolean broadcast = cfg.fc_type == RTN_BROADCAST;
        if (!tableGiven) {
            cfg.fc_table = local || broadcast ? RT_TABLE_LOCAL : RT_TABLE_MAIN;
        }
        if (create && !scopeGiven) {
            if (local) {
                cfg.fc_scope = RT_SCOPE_HOST;
            } else if (broadcast || cfg.fc_type == RTN_UNICAST && cfg.fc_gw == 0) {
                cfg.fc_scope = RT_SCOPE_LINK;
            } else {
                cfg.fc_scope = RT_SCOPE_UNIVERSE;
            }
        }
        return cfg;
    }

    private static void metric(fib_config cfg, String name, Iterator<String> words) {
        Integer metric = METRICS.get(name);
        if (metric == null) {
            throw new IllegalArgumentException("ip route does not know \"" + name + "\"");
        }
        if (cfg.fc_mx == null) {
            cfg.fc_mx = new int[RTAX_MAX];
        }
        String value = words.next();
        if (value.equals("lock")) {
            cfg.fc_mx[RTAX_LOCK - 1] |= 1 << metric;
            value = words.next();
        }
        cfg.fc_mx[metric - 1] = Integer.parseUnsignedInt(value);
    }

    private static int number(String word, Map<String, Integer> names) {
        Integer n = names.get(word);
        return n != null ? n : Integer.parseUnsignedInt(word);
    }

    private static int ifindex(net net, String name) {
        net_device dev = __dev_get_by_name(net, name);
        if (dev == null) {
            throw new IllegalArgumentException("Cannot find device \"" + name + "\"");
        }
        return dev.ifindex;
    }
}
