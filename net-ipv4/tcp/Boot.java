// SPDX-License-Identifier: GPL-2.0-only
package tcp;

import static inet_connection_sock.Listen.inet_csk_destroy_sock;
import static inet_connection_sock.Timers.tcp_clear_xmit_timers;
import static linux.bootmem.Bootmem.alloc_large_system_hash;
import static linux.bug.Bug.WARN_ON;
import static linux.kernel.Kernel.kstrtoul;
import static linux.kernel.Kernel.max;
import static linux.kernel.Kernel.min;
import static linux.mm.Mm.PAGE_SHIFT;
import static linux.mm.Mm.nr_free_buffer_pages;
import static linux.moduleparam.ModuleParams.__setup;
import static linux.printk.Printk.pr_info;
import static linux.tcp.Sockets.tcp_sk;
import static net.request_sock.Queues.reqsk_fastopen_remove;
import static net.request_sock.Queues.sysctl_max_syn_backlog;
import static net.snmp.Mib.TCP_INC_STATS_BH;
import static net.sock.Fields.sock_net;
import static net.sock.Flags.sock_flag;
import static net.sock.SockConst.SK_MEM_QUANTUM;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.sock.sock.SHUTDOWN_MASK;
import static net.tcp.Globals.tcp_death_row;
import static net.tcp.Globals.tcp_hashinfo;
import static net.tcp.Globals.tcp_reno;
import static net.tcp.Sysctls.sysctl_tcp_max_orphans;
import static net.tcp.Sysctls.sysctl_tcp_mem;
import static net.tcp.Sysctls.sysctl_tcp_rmem;
import static net.tcp.Sysctls.sysctl_tcp_wmem;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_SYN_RECV;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static tcp.Close.tcp_set_state;
import static tcp_cong.Registry.tcp_register_congestion_control;
import static tcp_metrics.Boot.tcp_metrics_init;
import static tcp_output.SmallQueues.tcp_tasklet_init;
import static uapi.linux.snmp.Snmp.TCP_MIB_ATTEMPTFAILS;

import linux.compiler.IntRef;
import linux.compiler.LongRef;
import linux.init.Initcall;
import net.inet_hashtables.inet_bind_hashbucket;
import net.inet_hashtables.inet_ehash_bucket;
import net.request_sock.request_sock;
import net.sock.sock;

/**
 * {@link #tcp_init}: hash tables and limits, by the size of memory. Called by {@code inet_init} when all static
 * variables have their first values.
 *
 * <p>As in the source, {@link #tcp_done} stands here as well: the end of a connection when it is not the application
 * that ends it.
 */
public final class Boot implements Initcall {
    /** Buckets of the table of connections as the command line has them; 0: according to memory. */
    private static long thash_entries;

    @Override
    public void data() {
        thash_entries = 0;
        __setup("thash_entries=", Boot::set_thash_entries);
    }

    /**
     * The connection has ended: a RST, a timeout, the last ACK. Wakes the application, which finds the error in {@code
     * sk_err}; an orphan is destroyed at once. Called with bottom halves off.
     */
    public static void tcp_done(sock sk) {
        request_sock req = tcp_sk(sk).fastopen_rsk;

        if (sk.skc_state == TCP_SYN_SENT || sk.skc_state == TCP_SYN_RECV) {
            TCP_INC_STATS_BH(sock_net(sk), TCP_MIB_ATTEMPTFAILS);
        }

        WARN_ON(sk.skc_state == TCP_CLOSE);
        tcp_set_state(sk, TCP_CLOSE);

        tcp_clear_xmit_timers(sk);

        if (req != null) {
            reqsk_fastopen_remove(sk, req, false);
        }

        sk.sk_shutdown = SHUTDOWN_MASK;

        if (!sock_flag(sk, SOCK_DEAD)) {
            sk.sk_state_change.call(sk);
        } else {
            inet_csk_destroy_sock(sk);
        }
    }

    /** {@code thash_entries=} of the command line. @return 0: it is no number */
    static int set_thash_entries(String str) {
        int ret;

        if (str == null) {
            return 0;
        }

        LongRef entries = new LongRef(thash_entries);
        ret = kstrtoul(str, 0, entries);
        thash_entries = entries.val;
        if (ret != 0) {
            return 0;
        }

        return 1;
    }

    /** {@code tcp_mem}: pressure begins at an eighth of the memory; in pages. */
    static void tcp_init_mem() {
        long limit = nr_free_buffer_pages() / 8;
        limit = max(limit, 128L);
        sysctl_tcp_mem[0] = limit / 4 * 3;
        sysctl_tcp_mem[1] = limit;
        sysctl_tcp_mem[2] = sysctl_tcp_mem[0] * 2;
    }

    /**
     * Makes the tables of connections and of ports, derives the limits from their size and from the memory, and
     * registers Reno: with it there is always a congestion control.
     */
    public static void tcp_init() {
        long limit;
        int max_rshare;
        int max_wshare;
        int cnt;
        int i;
        IntRef ehash_mask = new IntRef();
        IntRef bhash_size = new IntRef();

        tcp_hashinfo.ehash = alloc_large_system_hash("TCP established", inet_ehash_bucket[]::new, 8, thash_entries,
                17, 0, null, ehash_mask, 0, thash_entries != 0 ? 0 : 512 * 1024);
        tcp_hashinfo.ehash_mask = ehash_mask.val;
        for (i = 0; i <= tcp_hashinfo.ehash_mask; i++) {
            tcp_hashinfo.ehash[i] = new inet_ehash_bucket();
        }

        tcp_hashinfo.bhash = alloc_large_system_hash("TCP bind", inet_bind_hashbucket[]::new, 8,
                tcp_hashinfo.ehash_mask + 1, 17, 0, bhash_size, null, 0, 64 * 1024);
        tcp_hashinfo.bhash_size = 1 << bhash_size.val;
        for (i = 0; i < tcp_hashinfo.bhash_size; i++) {
            tcp_hashinfo.bhash[i] = new inet_bind_hashbucket();
        }

        cnt = tcp_hashinfo.ehash_mask + 1;

        tcp_death_row.sysctl_max_tw_buckets = cnt / 2;
        sysctl_tcp_max_orphans = cnt / 2;
        sysctl_max_syn_backlog = max(128, cnt / 256);

        tcp_init_mem();
        // No socket gets more than 1/128 of the memory at which pressure begins.
        limit = nr_free_buffer_pages() << PAGE_SHIFT - 7;
        max_wshare = (int) min(4L * 1024 * 1024, limit);
        max_rshare = (int) min(6L * 1024 * 1024, limit);

        sysctl_tcp_wmem[0] = SK_MEM_QUANTUM;
        sysctl_tcp_wmem[1] = 16 * 1024;
        sysctl_tcp_wmem[2] = max(64 * 1024, max_wshare);

        sysctl_tcp_rmem[0] = SK_MEM_QUANTUM;
        sysctl_tcp_rmem[1] = 87380;
        sysctl_tcp_rmem[2] = max(87380, max_rshare);

        pr_info("TCP: Hash tables configured (established %d bind %d)\n",
                tcp_hashinfo.ehash_mask + 1, tcp_hashinfo.bhash_size);

        tcp_metrics_init();

        tcp_register_congestion_control(tcp_reno);

        tcp_tasklet_init();
    }
}
