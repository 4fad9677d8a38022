// SPDX-License-Identifier: GPL-2.0-only
package route;

import static linux.seq_file.seq_file.seq_printf;
import static net.dst.Entries.dst_entries_get_slow;
import static net.net_namespace.NetNs.register_pernet_subsys;
import static route.Init.rt_cache_stat;

import linux.seq_file.seq_file;
import net.net_namespace.net;

/**
 * {@code /proc/net/rt_cache}, empty but for its title since there is no routing cache any more, and {@code
 * /proc/net/stat/rt_cache}. From {@code net/ipv4/route.c}.
 */
public final class Proc {
    private Proc() {}

    static int rt_cache_seq_show(seq_file seq) {
        seq_printf(seq, "%-127s\n", "Iface\tDestination\tGateway \tFlags\t\tRefCnt\tUse\t"
                + "Metric\tSource\t\tMTU\tWindow\tIRTT\tTOS\tHHRef\t"
                + "HHUptod\tSpecDst");
        return 0;
    }

    /** The title and the line of the only CPU. */
    static int rt_cpu_seq_show(seq_file seq) {
        rt_cache_stat st = Init.rt_cache_stat;

        seq_printf(seq, "entries  in_hit in_slow_tot in_slow_mc in_no_route in_brd in_martian_dst in_martian_src "
                + " out_hit out_slow_tot out_slow_mc  gc_total gc_ignored gc_goal_miss gc_dst_overflow in_hlist_search"
                + " out_hlist_search\n");
        seq_printf(seq, "%08x  %08x %08x %08x %08x %08x %08x %08x  %08x %08x %08x %08x %08x %08x %08x %08x %08x \n",
                dst_entries_get_slow(Init.ipv4_dst_ops), 0, st.in_slow_tot, st.in_slow_mc, st.in_no_route, st.in_brd,
                st.in_martian_dst, st.in_martian_src, 0, st.out_slow_tot, st.out_slow_mc, 0, 0, 0, 0, 0, 0);
        return 0;
    }

    static int ip_rt_do_proc_init(net net) {
        net.proc_net.create("rt_cache", Proc::rt_cache_seq_show);
        net.proc_net_stat.create("rt_cache", Proc::rt_cpu_seq_show);
        return 0;
    }

    static void ip_rt_do_proc_exit(net net) {
        net.proc_net_stat.remove("rt_cache");
        net.proc_net.remove("rt_cache");
    }

    static int ip_rt_proc_init() {
        return register_pernet_subsys(Init.ip_rt_proc_ops);
    }
}
