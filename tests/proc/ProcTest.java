// SPDX-License-Identifier: GPL-2.0-only
package proc;

import static linux.errno.Errno.ENOMEM;
import static linux.interrupt.Softirq.in_softirq;
import static linux.percpu_counter.percpu_counter.percpu_counter_add;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Protos.sock_prot_inuse_add;
import static net.sock.Protos.sock_prot_inuse_get;
import static net.tcp.Globals.tcp_death_row;
import static net.tcp.Globals.tcp_memory_allocated;
import static net.tcp.Globals.tcp_orphan_count;
import static net.tcp.Globals.tcp_prot;
import static net.tcp.Globals.tcp_sockets_allocated;
import static org.assertj.core.api.Assertions.assertThat;
import static raw.Raw.raw_prot;
import static uapi.linux.icmp.Icmp.ICMP_DEST_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_ECHO;
import static uapi.linux.icmp.Icmp.ICMP_ECHOREPLY;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_FORWARDING;
import static uapi.linux.snmp.Snmp.ICMP_MIB_CSUMERRORS;
import static uapi.linux.snmp.Snmp.ICMP_MIB_INERRORS;
import static uapi.linux.snmp.Snmp.ICMP_MIB_INMSGS;
import static uapi.linux.snmp.Snmp.ICMP_MIB_OUTERRORS;
import static uapi.linux.snmp.Snmp.ICMP_MIB_OUTMSGS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_FRAGCREATES;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INOCTETS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INPKTS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_NOECTPKTS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPORIGDATASENT;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPTIMEOUTS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TIMEWAITRECYCLED;
import static uapi.linux.snmp.Snmp.TCP_MIB_INSEGS;
import static uapi.linux.snmp.Snmp.TCP_MIB_MAXCONN;
import static uapi.linux.snmp.Snmp.TCP_MIB_OUTRSTS;
import static uapi.linux.snmp.Snmp.UDP_MIB_NOPORTS;

import java.util.List;
import linux.seq_file.seq_file;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import net.snmp.snmp_mib;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.Ipv4;
import testing.KernelTest;

@KernelTest
class ProcTest {
    private final seq_file seq = new seq_file();

    @BeforeEach
    void namespace() {
        Ipv4.boot();
        seq.private_ = init_net;
    }

    /** The text of a file of {@code /proc/net}. */
    private static String read(String name) {
        return init_net.proc_net.read(name);
    }

    /** The number below a name. */
    private static String value(String text, String group, String name) {
        List<String> lines = text.lines().filter(l -> l.startsWith(group + ": ")).toList();
        assertThat(lines).as(group).hasSize(2);
        List<String> names = List.of(lines.get(0).split(" "));
        List<String> values = List.of(lines.get(1).split(" "));
        assertThat(values).hasSameSizeAs(names);
        assertThat(names).contains(name);
        return values.get(names.indexOf(name));
    }

    @Nested
    class sockstat_seq_show {
        @Test
        @DisplayName("sockets, orphans, time-wait sockets and memory")
        void numbers() {
            sock_prot_inuse_add(init_net, tcp_prot, 3);
            percpu_counter_add(tcp_orphan_count, 2);
            percpu_counter_add(tcp_sockets_allocated, 4);
            tcp_death_row.tw_count = 5;
            tcp_memory_allocated.val = 6;
            int raw = sock_prot_inuse_get(init_net, raw_prot);

            assertThat(Proc.sockstat_seq_show(seq, null)).isZero();

            String[] lines = seq.text().split("\n");
            assertThat(lines[0]).matches("sockets: used \\d+");
            assertThat(lines)
                    .endsWith("TCP: inuse 3 orphan 2 tw 5 alloc 4 mem 6",
                            "UDP: inuse 0 mem 0",
                            "UDPLITE: inuse 0",
                            "RAW: inuse " + raw,
                            "FRAG: inuse 0 memory 0");
            assertThat(in_softirq()).isFalse();
            tcp_memory_allocated.val = 0;
            tcp_death_row.tw_count = 0;
        }
    }

    @Nested
    class sockstat_seq_open {
        @Test
        @DisplayName("shows the namespace that is asked for")
        void namespace() {
            net other = NetNs.create("other");
            sock_prot_inuse_add(init_net, tcp_prot, 3);

            assertThat(Proc.sockstat_seq_open(other, seq)).isZero();

            assertThat(seq.text()).contains("TCP: inuse 0 ");
        }
    }

    @Nested
    class icmpmsg_put_line {
        @Test
        @DisplayName("bit 8 of the type says that it was sent")
        void directions() {
            Proc.icmpmsg_put_line(seq, new long[] {5, -1}, new int[] {8, 0x103}, 2);

            assertThat(seq.text()).isEqualTo("\nIcmpMsg: InType8 OutType3\nIcmpMsg: 5 18446744073709551615");
        }

        @Test
        @DisplayName("nothing to show, no line")
        void nothing() {
            Proc.icmpmsg_put_line(seq, new long[1], new int[1], 0);

            assertThat(seq.text()).isEmpty();
        }
    }

    @Nested
    class icmpmsg_put {
        @Test
        @DisplayName("the types that there were any of, sixteen to a line")
        void sixteen() {
            for (int i = 0; i < 17; i++) {
                init_net.mib.icmpmsg_statistics[i == 16 ? 0x108 : i] = 100 + i;
            }

            Proc.icmpmsg_put(seq);

            assertThat(seq.text().lines().skip(1))
                    .containsExactly(
                            "IcmpMsg: InType0 InType1 InType2 InType3 InType4 InType5 InType6 InType7 InType8 InType9"
                                    + " InType10 InType11 InType12 InType13 InType14 InType15",
                            "IcmpMsg: 100 101 102 103 104 105 106 107 108 109 110 111 112 113 114 115",
                            "IcmpMsg: OutType8",
                            "IcmpMsg: 116");
        }
    }

    @Nested
    class icmp_put {
        @Test
        @DisplayName("totals, and the types that have a name, received and sent")
        void names() {
            init_net.mib.icmp_statistics[ICMP_MIB_INMSGS] = 1;
            init_net.mib.icmp_statistics[ICMP_MIB_INERRORS] = 2;
            init_net.mib.icmp_statistics[ICMP_MIB_CSUMERRORS] = 3;
            init_net.mib.icmp_statistics[ICMP_MIB_OUTMSGS] = 4;
            init_net.mib.icmp_statistics[ICMP_MIB_OUTERRORS] = 5;
            init_net.mib.icmpmsg_statistics[ICMP_DEST_UNREACH] = 6;
            init_net.mib.icmpmsg_statistics[ICMP_ECHO] = 7;
            init_net.mib.icmpmsg_statistics[ICMP_ECHOREPLY | 0x100] = 8;

            Proc.icmp_put(seq);

            assertThat(seq.text())
                    .isEqualTo("\nIcmp: InMsgs InErrors InCsumErrors InDestUnreachs InTimeExcds InParmProbs"
                            + " InSrcQuenchs InRedirects InEchos InEchoReps InTimestamps"
                            + " InTimestampReps InAddrMasks InAddrMaskReps"
                            + " OutMsgs OutErrors OutDestUnreachs OutTimeExcds OutParmProbs OutSrcQuenchs OutRedirects"
                            + " OutEchos OutEchoReps OutTimestamps OutTimestampReps OutAddrMasks OutAddrMaskReps"
                            + "\nIcmp: 1 2 3 6 0 0 0 0 7 0 0 0 0 0 4 5 0 0 0 0 0 0 8 0 0 0 0");
        }
    }

    @Nested
    class snmp_seq_show {
        @Test
        @DisplayName("each name of IP and TCP stands above its number; MaxConn is signed")
        void names() {
            for (snmp_mib m : MibNames.snmp4_ipstats_list) {
                init_net.mib.ip_statistics[m.entry()] = 1000 + m.entry();
            }
            for (snmp_mib m : MibNames.snmp4_tcp_list) {
                init_net.mib.tcp_statistics[m.entry()] = 2000 + m.entry();
            }
            init_net.mib.tcp_statistics[TCP_MIB_MAXCONN] = -1;
            init_net.mib.udp_statistics[UDP_MIB_NOPORTS] = 3000;
            init_net.mib.udplite_statistics[UDP_MIB_NOPORTS] = 4000;

            assertThat(Proc.snmp_seq_show(seq, null)).isZero();

            String text = seq.text();
            assertThat(value(text, "Ip", "Forwarding")).isEqualTo("2");
            assertThat(value(text, "Ip", "DefaultTTL")).isEqualTo("64");
            assertThat(value(text, "Ip", "InReceives")).isEqualTo("" + (1000 + IPSTATS_MIB_INPKTS));
            assertThat(value(text, "Ip", "FragCreates")).isEqualTo("" + (1000 + IPSTATS_MIB_FRAGCREATES));
            assertThat(value(text, "Tcp", "MaxConn")).isEqualTo("-1");
            assertThat(value(text, "Tcp", "OutRsts")).isEqualTo("" + (2000 + TCP_MIB_OUTRSTS));
            assertThat(value(text, "Udp", "NoPorts")).isEqualTo("3000");
            assertThat(value(text, "UdpLite", "NoPorts")).isEqualTo("4000");
            assertThat(text.lines().map(l -> l.replaceAll(":.*", "")))
                    .containsExactly("Ip", "Ip", "Icmp", "Icmp", "Tcp", "Tcp", "Udp", "Udp", "UdpLite", "UdpLite");
            assertThat(text).endsWith("\n");
        }

        @Test
        @DisplayName("a router says Forwarding 1")
        void router() {
            init_net.ipv4.devconf_all.data[IPV4_DEVCONF_FORWARDING - 1] = 1;

            Proc.snmp_seq_show(seq, null);

            assertThat(value(seq.text(), "Ip", "Forwarding")).isEqualTo("1");
        }

        @Test
        @DisplayName("ICMP messages that came or went have a line for each type there was")
        void icmp_types() {
            init_net.mib.icmpmsg_statistics[ICMP_ECHO] = 7;
            init_net.mib.icmpmsg_statistics[ICMP_ECHOREPLY | 0x100] = 6;

            Proc.snmp_seq_show(seq, null);

            assertThat(value(seq.text(), "IcmpMsg", "InType8")).isEqualTo("7");
            assertThat(value(seq.text(), "IcmpMsg", "OutType0")).isEqualTo("6");
        }
    }

    @Nested
    class snmp_seq_open {
        @Test
        @DisplayName("shows the namespace that is asked for")
        void namespace() {
            net other = NetNs.create("other");
            other.mib.tcp_statistics[TCP_MIB_INSEGS] = 7;

            assertThat(Proc.snmp_seq_open(other, seq)).isZero();

            assertThat(value(seq.text(), "Tcp", "InSegs")).isEqualTo("7");
        }
    }

    @Nested
    class netstat_seq_show {
        @Test
        @DisplayName("every counter of TcpExt has a name of its own, above its number")
        void names() {
            for (int i = 1; i < init_net.mib.net_statistics.length; i++) {
                init_net.mib.net_statistics[i] = i;
            }

            assertThat(Proc.netstat_seq_show(seq, null)).isZero();

            String text = seq.text();
            List<String> numbers = List.of(text.lines().skip(1).findFirst().orElseThrow().split(" "));
            assertThat(numbers).hasSize(init_net.mib.net_statistics.length).doesNotHaveDuplicates();
            assertThat(value(text, "TcpExt", "TWRecycled")).isEqualTo("" + LINUX_MIB_TIMEWAITRECYCLED);
            assertThat(value(text, "TcpExt", "TCPOrigDataSent")).isEqualTo("" + LINUX_MIB_TCPORIGDATASENT);
        }

        @Test
        @DisplayName("IpExt has what snmp does not show of IP")
        void ip_ext() {
            init_net.mib.ip_statistics[IPSTATS_MIB_INOCTETS] = 608;
            init_net.mib.ip_statistics[IPSTATS_MIB_NOECTPKTS] = 9;

            Proc.netstat_seq_show(seq, null);

            assertThat(value(seq.text(), "IpExt", "InOctets")).isEqualTo("608");
            assertThat(value(seq.text(), "IpExt", "InNoECTPkts")).isEqualTo("9");
        }
    }

    @Nested
    class netstat_seq_open {
        @Test
        @DisplayName("shows the namespace that is asked for")
        void namespace() {
            net other = NetNs.create("other");
            other.mib.net_statistics[LINUX_MIB_TCPTIMEOUTS] = 7;

            assertThat(Proc.netstat_seq_open(other, seq)).isZero();

            assertThat(value(seq.text(), "TcpExt", "TCPTimeouts")).isEqualTo("7");
        }
    }

    @Nested
    class ip_proc_init_net {
        @Test
        @DisplayName("the three files are there")
        void files() {
            net net = new net("n");

            assertThat(Proc.ip_proc_init_net(net)).isZero();

            assertThat(net.proc_net.names()).containsExactly("netstat", "snmp", "sockstat");
        }
    }

    @Nested
    class ip_proc_exit_net {
        @Test
        @DisplayName("they are gone with the namespace")
        void gone() {
            net net = new net("n");
            Proc.ip_proc_init_net(net);

            Proc.ip_proc_exit_net(net);

            assertThat(net.proc_net.names()).isEmpty();
        }
    }

    @Nested
    class ip_misc_proc_init {
        @Test
        @DisplayName("every namespace has them, and they can be read")
        void every_namespace() {
            Proc.ip_misc_proc_init();

            assertThat(read("sockstat")).contains("TCP: inuse");
            assertThat(read("snmp")).startsWith("Ip: Forwarding");
            assertThat(read("netstat")).startsWith("TcpExt: SyncookiesSent");
            assertThat(NetNs.create("other").proc_net.names()).contains("netstat", "snmp", "sockstat");
        }

        @Test
        @DisplayName("-ENOMEM: a namespace could not have them")
        void no_memory() {
            Boot.ip_proc_ops.init = net -> -ENOMEM;

            assertThat(Proc.ip_misc_proc_init()).isEqualTo(-ENOMEM);
        }
    }
}
