// SPDX-License-Identifier: GPL-2.0-only
package proc;

import static af_inet.Boot.snmp_fold_field;
import static ip_fragment.IpFragment.ip_frag_mem;
import static ip_fragment.IpFragment.ip_frag_nqueues;
import static linux.inetdevice.Conf.IPV4_DEVCONF_ALL;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.net.Create.socket_seq_show;
import static linux.percpu_counter.percpu_counter.percpu_counter_sum_positive;
import static linux.seq_file.SeqNet.fileOf;
import static linux.seq_file.SeqNet.single_open_net;
import static linux.seq_file.seq_file.seq_printf;
import static linux.seq_file.seq_file.seq_putc;
import static linux.seq_file.seq_file.seq_puts;
import static net.net_namespace.NetNs.register_pernet_subsys;
import static net.route.Globals.sysctl_ip_default_ttl;
import static net.sock.Memory.proto_memory_allocated;
import static net.sock.Memory.proto_sockets_allocated_sum_positive;
import static net.sock.Protos.sock_prot_inuse_get;
import static net.tcp.Globals.tcp_death_row;
import static net.tcp.Globals.tcp_orphan_count;
import static net.tcp.Globals.tcp_prot;
import static proc.MibNames.icmpmibmap;
import static proc.MibNames.snmp4_ipextstats_list;
import static proc.MibNames.snmp4_ipstats_list;
import static proc.MibNames.snmp4_net_list;
import static proc.MibNames.snmp4_tcp_list;
import static proc.MibNames.snmp4_udp_list;
import static raw.Raw.raw_prot;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_FORWARDING;
import static uapi.linux.snmp.Snmp.ICMP_MIB_CSUMERRORS;
import static uapi.linux.snmp.Snmp.ICMP_MIB_INERRORS;
import static uapi.linux.snmp.Snmp.ICMP_MIB_INMSGS;
import static uapi.linux.snmp.Snmp.ICMP_MIB_OUTERRORS;
import static uapi.linux.snmp.Snmp.ICMP_MIB_OUTMSGS;
import static uapi.linux.snmp.Snmp.TCP_MIB_MAXCONN;

import linux.compiler.Differs;
import linux.seq_file.seq_file;
import net.net_namespace.net;

/**
 * {@code /proc/net/sockstat}, {@code snmp} and {@code netstat} of each namespace: sockets in use, and the counters in
 * pairs of lines, names above numbers. What the names are stands in {@link MibNames}.
 */
public final class Proc {
    private Proc() {}

    /** Sockets and memory. Orphans, time-wait sockets and memory are those of the whole machine. */
    @Differs("no UDP and no UDP-Lite: their lines show 0")
    static int sockstat_seq_show(seq_file seq, Object v) {
        net net = (net) seq.private_;
        int orphans, sockets;

        local_bh_disable();
        orphans = (int) percpu_counter_sum_positive(tcp_orphan_count);
        sockets = proto_sockets_allocated_sum_positive(tcp_prot);
        local_bh_enable();

        socket_seq_show(seq);
        seq_printf(seq, "TCP: inuse %d orphan %d tw %d alloc %d mem %d\n",
                sock_prot_inuse_get(net, tcp_prot), orphans,
                tcp_death_row.tw_count, sockets,
                proto_memory_allocated(tcp_prot));
        seq_printf(seq, "UDP: inuse %d mem %d\n", 0, 0);
        seq_printf(seq, "UDPLITE: inuse %d\n", 0);
        seq_printf(seq, "RAW: inuse %d\n", sock_prot_inuse_get(net, raw_prot));
        seq_printf(seq, "FRAG: inuse %d memory %d\n", ip_frag_nqueues(net), ip_frag_mem(net));
        return 0;
    }

    static int sockstat_seq_open(net net, seq_file seq) {
        return single_open_net(net, seq, Proc::sockstat_seq_show);
    }

    /** @param type ICMP types: sent ones with bit 8 set, received ones without */
    static void icmpmsg_put_line(seq_file seq, long[] vals, int[] type, int count) {
        int j;

        if (count != 0) {
            seq_printf(seq, "\nIcmpMsg:");
            for (j = 0; j < count; ++j) {
                seq_printf(seq, " %sType%d", (type[j] & 0x100) != 0 ? "Out" : "In", type[j] & 0xff);
            }
            seq_printf(seq, "\nIcmpMsg:");
            for (j = 0; j < count; ++j) {
                seq_printf(seq, " %s", Long.toUnsignedString(vals[j]));
            }
        }
    }

    /** Messages of each type that there were any of. */
    static void icmpmsg_put(seq_file seq) {
        final int PERLINE = 16;

        int i, count;
        int[] type = new int[PERLINE];
        long[] vals = new long[PERLINE];
        long val;
        net net = (net) seq.private_;

        count = 0;
        for (i = 0; i < net.mib.icmpmsg_statistics.length; i++) {
            val = net.mib.icmpmsg_statistics[i];
            if (val != 0) {
                type[count] = i;
                vals[count++] = val;
            }
            if (count == PERLINE) {
                icmpmsg_put_line(seq, vals, type, count);
                count = 0;
            }
        }
        icmpmsg_put_line(seq, vals, type, count);
    }

    /** The messages that have a name of their own. */
    static void icmp_put(seq_file seq) {
        int i;
        net net = (net) seq.private_;
        long[] ptr = net.mib.icmpmsg_statistics;

        seq_puts(seq, "\nIcmp: InMsgs InErrors InCsumErrors");
        for (i = 0; i < icmpmibmap.length; i++) {
            seq_printf(seq, " In%s", icmpmibmap[i].name());
        }
        seq_printf(seq, " OutMsgs OutErrors");
        for (i = 0; i < icmpmibmap.length; i++) {
            seq_printf(seq, " Out%s", icmpmibmap[i].name());
        }
        seq_printf(seq, "\nIcmp: %s %s %s",
                Long.toUnsignedString(snmp_fold_field(net.mib.icmp_statistics, ICMP_MIB_INMSGS)),
                Long.toUnsignedString(snmp_fold_field(net.mib.icmp_statistics, ICMP_MIB_INERRORS)),
                Long.toUnsignedString(snmp_fold_field(net.mib.icmp_statistics, ICMP_MIB_CSUMERRORS)));
        for (i = 0; i < icmpmibmap.length; i++) {
            seq_printf(seq, " %s", Long.toUnsignedString(ptr[icmpmibmap[i].entry()]));
        }
        seq_printf(seq, " %s %s",
                Long.toUnsignedString(snmp_fold_field(net.mib.icmp_statistics, ICMP_MIB_OUTMSGS)),
                Long.toUnsignedString(snmp_fold_field(net.mib.icmp_statistics, ICMP_MIB_OUTERRORS)));
        for (i = 0; i < icmpmibmap.length; i++) {
            seq_printf(seq, " %s", Long.toUnsignedString(ptr[icmpmibmap[i].entry() | 0x100]));
        }
    }

    /** {@code /proc/net/snmp}: what the standard MIBs ask for. */
    static int snmp_seq_show(seq_file seq, Object v) {
        int i;
        net net = (net) seq.private_;

        seq_puts(seq, "Ip: Forwarding DefaultTTL");

        for (i = 0; i < snmp4_ipstats_list.length; i++) {
            seq_printf(seq, " %s", snmp4_ipstats_list[i].name());
        }

        seq_printf(seq, "\nIp: %d %d", IPV4_DEVCONF_ALL(net, IPV4_DEVCONF_FORWARDING) != 0 ? 1 : 2,
                sysctl_ip_default_ttl);

        for (i = 0; i < snmp4_ipstats_list.length; i++) {
            seq_printf(seq, " %s", Long.toUnsignedString(
                    snmp_fold_field(net.mib.ip_statistics, snmp4_ipstats_list[i].entry())));
        }

        icmp_put(seq);
        icmpmsg_put(seq);

        seq_puts(seq, "\nTcp:");
        for (i = 0; i < snmp4_tcp_list.length; i++) {
            seq_printf(seq, " %s", snmp4_tcp_list[i].name());
        }

        seq_puts(seq, "\nTcp:");
        for (i = 0; i < snmp4_tcp_list.length; i++) {
            // MaxConn is -1: there is no fixed limit.
            if (snmp4_tcp_list[i].entry() == TCP_MIB_MAXCONN) {
                seq_printf(seq, " %d", snmp_fold_field(net.mib.tcp_statistics, snmp4_tcp_list[i].entry()));
            } else {
                seq_printf(seq, " %s", Long.toUnsignedString(
                        snmp_fold_field(net.mib.tcp_statistics, snmp4_tcp_list[i].entry())));
            }
        }

        seq_puts(seq, "\nUdp:");
        for (i = 0; i < snmp4_udp_list.length; i++) {
            seq_printf(seq, " %s", snmp4_udp_list[i].name());
        }

        seq_puts(seq, "\nUdp:");
        for (i = 0; i < snmp4_udp_list.length; i++) {
            seq_printf(seq, " %s", Long.toUnsignedString(
                    snmp_fold_field(net.mib.udp_statistics, snmp4_udp_list[i].entry())));
        }

        seq_puts(seq, "\nUdpLite:");
        for (i = 0; i < snmp4_udp_list.length; i++) {
            seq_printf(seq, " %s", snmp4_udp_list[i].name());
        }

        seq_puts(seq, "\nUdpLite:");
        for (i = 0; i < snmp4_udp_list.length; i++) {
            seq_printf(seq, " %s", Long.toUnsignedString(
                    snmp_fold_field(net.mib.udplite_statistics, snmp4_udp_list[i].entry())));
        }

        seq_putc(seq, '\n');
        return 0;
    }

    static int snmp_seq_open(net net, seq_file seq) {
        return single_open_net(net, seq, Proc::snmp_seq_show);
    }

    /** {@code /proc/net/netstat}: what Linux counts besides. */
    static int netstat_seq_show(seq_file seq, Object v) {
        int i;
        net net = (net) seq.private_;

        seq_puts(seq, "TcpExt:");
        for (i = 0; i < snmp4_net_list.length; i++) {
            seq_printf(seq, " %s", snmp4_net_list[i].name());
        }

        seq_puts(seq, "\nTcpExt:");
        for (i = 0; i < snmp4_net_list.length; i++) {
            seq_printf(seq, " %s", Long.toUnsignedString(
                    snmp_fold_field(net.mib.net_statistics, snmp4_net_list[i].entry())));
        }

        seq_puts(seq, "\nIpExt:");
        for (i = 0; i < snmp4_ipextstats_list.length; i++) {
            seq_printf(seq, " %s", snmp4_ipextstats_list[i].name());
        }

        seq_puts(seq, "\nIpExt:");
        for (i = 0; i < snmp4_ipextstats_list.length; i++) {
            seq_printf(seq, " %s", Long.toUnsignedString(
                    snmp_fold_field(net.mib.ip_statistics, snmp4_ipextstats_list[i].entry())));
        }

        seq_putc(seq, '\n');
        return 0;
    }

    static int netstat_seq_open(net net, seq_file seq) {
        return single_open_net(net, seq, Proc::netstat_seq_show);
    }

    static int ip_proc_init_net(net net) {
        net.proc_net.create("sockstat", fileOf(net, Proc::sockstat_seq_open));
        net.proc_net.create("netstat", fileOf(net, Proc::netstat_seq_open));
        net.proc_net.create("snmp", fileOf(net, Proc::snmp_seq_open));

        return 0;
    }

    static void ip_proc_exit_net(net net) {
        net.proc_net.remove("snmp");
        net.proc_net.remove("netstat");
        net.proc_net.remove("sockstat");
    }

    /** Called by {@code inet_init}: from now on every namespace has the three files. */
    public static int ip_misc_proc_init() {
        return register_pernet_subsys(Boot.ip_proc_ops);
    }
}
