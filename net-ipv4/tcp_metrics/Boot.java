// SPDX-License-Identifier: GPL-2.0-only
package tcp_metrics;

import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.gfp.Gfp.__GFP_NOWARN;
import static linux.kernel.Kernel.order_base_2;
import static linux.mm.Mm.totalram_pages;
import static net.net_namespace.NetNs.register_pernet_subsys;

import linux.compiler.Differs;
import linux.gfp.Gfp;
import linux.init.Initcall;
import net.net_namespace.net;
import net.net_namespace.pernet_operations;

/** The table of each namespace. {@code tcp_init} calls {@link #tcp_metrics_init}. */
public final class Boot implements Initcall {
    /** Buckets that a namespace gets; 0: according to the memory of the machine. */
    static int tcpmhash_entries;

    static pernet_operations tcp_net_metrics_ops;

    @Override
    public void data() {
        tcpmhash_entries = 0;

        tcp_net_metrics_ops = new pernet_operations();
        tcp_net_metrics_ops.init = Boot::tcp_net_metrics_init;
        tcp_net_metrics_ops.exit = Boot::tcp_net_metrics_exit;
    }

    static int tcp_net_metrics_init(net net) {
        int size;
        int slots;

        slots = tcpmhash_entries;
        if (slots == 0) {
            if (totalram_pages >= 128 * 1024) {
                slots = 16 * 1024;
            } else {
                slots = 8 * 1024;
            }
        }

        net.ipv4.tcp_metrics_hash_log = order_base_2(slots);
        size = 1 << net.ipv4.tcp_metrics_hash_log;

        net.ipv4.tcp_metrics_hash = Gfp.fails(GFP_KERNEL | __GFP_NOWARN) ? null : new tcp_metrics_block[size];
        if (net.ipv4.tcp_metrics_hash == null) {
            net.ipv4.tcp_metrics_hash = Gfp.fails(GFP_KERNEL) ? null : new tcp_metrics_block[size];
        }

        if (net.ipv4.tcp_metrics_hash == null) {
            return -ENOMEM;
        }

        return 0;
    }

    static void tcp_net_metrics_exit(net net) {
        net.ipv4.tcp_metrics_hash = null;
    }

    /** Gives every namespace its table. */
    @Differs("no generic netlink: nobody outside can read or delete what is remembered")
    public static void tcp_metrics_init() {
        register_pernet_subsys(tcp_net_metrics_ops);
    }
}
