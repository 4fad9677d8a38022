// SPDX-License-Identifier: GPL-2.0-only
package ip_input;

import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.ip.IpHdr.ip_hdr;
import static linux.netdevice.Netdev.NET_RX_DROP;
import static linux.netdevice.Netdev.NET_RX_SUCCESS;
import static linux.printk.Printk.dmesg;
import static linux.skbuff.Alloc.skb_get;
import static linux.skbuff.Cb.IPCB;
import static linux.skbuff.Clone.skb_clone;
import static linux.skbuff.Data.__skb_pull;
import static linux.skbuff.Data.__skb_trim;
import static linux.skbuff.Dst.skb_dst;
import static linux.skbuff.Dst.skb_dst_set_noref;
import static linux.skbuff.Dst.skb_rtable;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.sk_buff.CHECKSUM_COMPLETE;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static net.ip.Globals.ip_ra_chain;
import static net.ip.Globals.sysctl_ip_early_demux;
import static net.ip.IpPacket.IP_MF;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static protocol.Protocol.inet_add_protocol;
import static route.Input.ip_route_input_noref;
import static testing.Ipv4.IPPROTO_TEST;
import static testing.RawSocket.close;
import static uapi.linux.icmp.Icmp.ICMP_DEST_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_PROT_UNREACH;
import static uapi.linux.if_packet.IfPacket.PACKET_OTHERHOST;
import static uapi.linux.ip.Ip.IPOPT_LSRR;
import static uapi.linux.ip.Ip.IPOPT_RR;
import static uapi.linux.rtnetlink.Rt.RTN_LOCAL;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_CEPKTS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_CSUMERRORS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_ECT0PKTS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_ECT1PKTS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INBCASTOCTETS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INBCASTPKTS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INDELIVERS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INDISCARDS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INHDRERRORS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INMCASTOCTETS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INMCASTPKTS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INOCTETS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INPKTS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INTRUNCATEDPKTS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INUNKNOWNPROTOS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_NOECTPKTS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_IPRPFILTER;

import java.util.ArrayList;
import java.util.List;
import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import net.ip.Globals;
import net.ip.ip_ra_chain;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import net.protocol.net_protocol;
import net.route.rtable;
import net.sock.sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import raw.raw_sock;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;
import testing.RawSocket;
import testing.Skbs;
import uapi.linux.ip.iphdr;

/** Packets from 10.0.0.7 come in by eth0, 10.0.0.1. */
@KernelTest
class IpInputTest {
    private static final byte[] DATA = Skbs.count(1, 40);

    private Nic eth0;
    private Nic eth1;
    private Ipv4.Handler upper;

    @BeforeEach
    void network() {
        eth0 = Nic.up("eth0", "10.0.0.1/24");
        eth1 = Nic.up("eth1", "10.1.0.1/24");
        upper = Ipv4.handler();
    }

    private static sk_buff packet() {
        return Ipv4.packet("10.0.0.7", "10.0.0.1", IPPROTO_TEST, DATA);
    }

    private static sk_buff withOptions(int... bytes) {
        byte[] options = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            options[i] = (byte) bytes[i];
        }
        return Ipv4.packet("10.0.0.7", "10.0.0.1", IPPROTO_TEST, options, 0, DATA);
    }

    private static sk_buff fragment(int offset, boolean more, int protocol, byte[] data) {
        return Ipv4.packet("10.0.0.7", "10.0.0.1", protocol, new byte[0], offset / 8 | (more ? IP_MF : 0), data);
    }

    /** {@code skb}, come in by {@code nic}, as {@code ip_rcv} leaves it. */
    private static sk_buff at(Nic nic, sk_buff skb) {
        skb.dev = nic.dev;
        skb.skb_iif = nic.dev.ifindex;
        skb.transport_header = skb.network_header + ip_hdr(skb).ihl() * 4;
        return skb;
    }

    /** The same, with its route. */
    private sk_buff routed(sk_buff skb) {
        at(eth0, skb);
        iphdr iph = ip_hdr(skb);
        assertThat(ip_route_input_noref(skb, iph.daddr(), iph.saddr(), iph.tos(), skb.dev)).isZero();
        return skb;
    }

    private static long mib(int field) {
        return init_net.mib.ip_statistics[field];
    }

    @Nested
    class ip_rcv {
        @Test
        @DisplayName("a good packet goes up with what stands behind its header, and is counted with its bytes")
        void good() {
            assertThat(eth0.receive(packet())).isEqualTo(NET_RX_SUCCESS);

            assertThat(upper.received).containsExactly(DATA);
            assertThat(mib(IPSTATS_MIB_INPKTS)).isEqualTo(1);
            assertThat(mib(IPSTATS_MIB_INOCTETS)).isEqualTo(60);
            assertThat(mib(IPSTATS_MIB_INDELIVERS)).isEqualTo(1);
        }

        @Test
        @DisplayName("one for another station, seen because the device listens to all, is dropped without being counted")
        void other_host() {
            sk_buff skb = packet();
            skb.pkt_type = PACKET_OTHERHOST;

            assertThat(eth0.receive(skb)).isEqualTo(NET_RX_DROP);

            assertThat(mib(IPSTATS_MIB_INPKTS)).isZero();
            assertThat(upper.received).isEmpty();
        }

        @Test
        @DisplayName("one that somebody else holds too is cloned: his stays as it was")
        void shared() {
            sk_buff skb = packet();
            skb_get(skb);

            assertThat(eth0.receive(skb)).isEqualTo(NET_RX_SUCCESS);

            assertThat(upper.received).containsExactly(DATA);
            assertThat(skb.len).isEqualTo(60);
            assertThat(skb_dst(skb)).isNull();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("no memory for the clone: discarded, and only our hold on it is gone")
        void shared_no_memory() {
            sk_buff skb = packet();
            skb_get(skb);
            Gfp.failNth(0);

            assertThat(eth0.receive(skb)).isEqualTo(NET_RX_DROP);

            assertThat(mib(IPSTATS_MIB_INDISCARDS)).isEqualTo(1);
            assertThat(skb.users).isEqualTo(1);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("shorter than a header")
        void runt() {
            sk_buff skb = packet();
            __skb_trim(skb, 19);

            assertThat(eth0.receive(skb)).isEqualTo(NET_RX_DROP);

            assertThat(mib(IPSTATS_MIB_INPKTS)).isEqualTo(1);
            assertThat(mib(IPSTATS_MIB_INHDRERRORS)).isEqualTo(1);
            assertThat(mib(IPSTATS_MIB_NOECTPKTS)).isZero();
        }

        @ParameterizedTest
        @CsvSource({"6, 5", "4, 4", "0, 5"})
        @DisplayName("a wrong version, or a header shorter than the shortest, although the sum is right")
        void not_ip(int version, int ihl) {
            sk_buff skb = packet();
            ip_hdr(skb).version(version);
            ip_hdr(skb).ihl(ihl);
            Ipv4.sum(skb);

            assertThat(eth0.receive(skb)).isEqualTo(NET_RX_DROP);

            assertThat(mib(IPSTATS_MIB_INHDRERRORS)).isEqualTo(1);
            assertThat(mib(IPSTATS_MIB_CSUMERRORS)).isZero();
            assertThat(mib(IPSTATS_MIB_NOECTPKTS)).isZero();
        }

        @Test
        @DisplayName("the packet ends before its options do")
        void cut_options() {
            sk_buff skb = packet();
            ip_hdr(skb).ihl(15);
            __skb_trim(skb, 59);

            assertThat(eth0.receive(skb)).isEqualTo(NET_RX_DROP);

            assertThat(mib(IPSTATS_MIB_INHDRERRORS)).isEqualTo(1);
            assertThat(mib(IPSTATS_MIB_NOECTPKTS)).isEqualTo(1);
        }

        @Test
        @DisplayName("a wrong checksum counts as that and as an error of the header")
        void checksum() {
            sk_buff skb = packet();
            ip_hdr(skb).ttl(63);

            assertThat(eth0.receive(skb)).isEqualTo(NET_RX_DROP);

            assertThat(mib(IPSTATS_MIB_CSUMERRORS)).isEqualTo(1);
            assertThat(mib(IPSTATS_MIB_INHDRERRORS)).isEqualTo(1);
            assertThat(upper.received).isEmpty();
        }

        @Test
        @DisplayName("longer by its header than it is: truncated on the way, no error of the header")
        void truncated() {
            sk_buff skb = packet();
            ip_hdr(skb).tot_len(61);
            Ipv4.sum(skb);

            assertThat(eth0.receive(skb)).isEqualTo(NET_RX_DROP);

            assertThat(mib(IPSTATS_MIB_INTRUNCATEDPKTS)).isEqualTo(1);
            assertThat(mib(IPSTATS_MIB_INHDRERRORS)).isZero();
        }

        @Test
        @DisplayName("shorter by its header than the header itself")
        void total_length() {
            sk_buff skb = packet();
            ip_hdr(skb).tot_len(19);
            Ipv4.sum(skb);

            assertThat(eth0.receive(skb)).isEqualTo(NET_RX_DROP);

            assertThat(mib(IPSTATS_MIB_INHDRERRORS)).isEqualTo(1);
            assertThat(mib(IPSTATS_MIB_INTRUNCATEDPKTS)).isZero();
        }

        @Test
        @DisplayName("what the link put behind the end is cut off, and its sum over all is void")
        void padding() {
            sk_buff skb = packet();
            ip_hdr(skb).tot_len(30);
            Ipv4.sum(skb);
            skb.ip_summed = CHECKSUM_COMPLETE;
            int[] summed = new int[1];
            upper.prot.handler = s -> {
                summed[0] = s.ip_summed;
                upper.received.add(Ipv4.bytes(s));
                return 0;
            };

            eth0.receive(skb);

            assertThat(upper.received).containsExactly(Skbs.count(1, 10));
            assertThat(summed[0]).isEqualTo(CHECKSUM_NONE);
        }

        @Test
        @DisplayName("no memory to cut it: discarded")
        void padding_no_memory() {
            sk_buff skb = Ipv4.packet("10.0.0.7", "10.0.0.1", IPPROTO_TEST, new byte[0], 0, Skbs.count(0, 4));
            ip_hdr(skb).tot_len(30);
            Ipv4.sum(skb);
            Skbs.addPage(skb, 4, 20);
            sk_buff clone = skb_clone(skb, GFP_ATOMIC);
            Gfp.failNth(0);

            assertThat(eth0.receive(skb)).isEqualTo(NET_RX_DROP);

            assertThat(mib(IPSTATS_MIB_INDISCARDS)).isEqualTo(1);
            assertThat(upper.received).isEmpty();
            kfree_skb(clone);
        }

        @ParameterizedTest
        @CsvSource({"0, 32", "1, 33", "2, 34", "3, 35"})
        @DisplayName("the bits of congestion notification are counted, each segment of a large packet")
        void ecn(int bits, int field) {
            sk_buff skb = packet();
            ip_hdr(skb).tos(0xb8 | bits);
            Ipv4.sum(skb);
            skb.shinfo.gso_segs = 3;

            eth0.receive(skb);

            assertThat(mib(field)).isEqualTo(3);
            assertThat(mib(IPSTATS_MIB_NOECTPKTS) + mib(IPSTATS_MIB_ECT1PKTS) + mib(IPSTATS_MIB_ECT0PKTS)
                    + mib(IPSTATS_MIB_CEPKTS)).isEqualTo(3);
        }

        @Test
        @DisplayName("the protocol finds its header, an empty control block, and no socket of the sender")
        void cleared() {
            sk_buff skb = withOptions(1, 1, 1, 0);
            IPCB(skb).flags = 7;
            boolean[] freed = new boolean[1];
            skb.sk = new raw_sock();
            skb.destructor = s -> freed[0] = true;
            List<Integer> seen = new ArrayList<>();
            upper.prot.handler = s -> {
                seen.addAll(List.of(s.transport_header - s.network_header, s.data - s.network_header, IPCB(s).flags));
                kfree_skb(s);
                return 0;
            };

            eth0.receive(skb);

            assertThat(seen).containsExactly(24, 24, 0);
            assertThat(freed[0]).isTrue();
        }
    }

    @Nested
    class ip_rcv_finish {
        private final List<sk_buff> asked = new ArrayList<>();

        private void demux() {
            upper.prot.early_demux = asked::add;
        }

        private int finish(sk_buff skb) {
            return IpInput.ip_rcv_finish(at(eth0, skb));
        }

        @Test
        @DisplayName("finds a route, and goes on with it")
        void local() {
            assertThat(finish(packet())).isZero();

            assertThat(upper.received).containsExactly(DATA);
            assertThat(upper.routes.get(0).rt_type).isEqualTo(RTN_LOCAL);
        }

        @Test
        @DisplayName("the protocol is asked first: it may know the route")
        void early_demux() {
            demux();
            finish(packet());
            assertThat(asked).hasSize(1);

            upper.prot.early_demux = s -> {
                // That of a connection; what it does with packets is what is done.
                rtable rt = new rtable();
                rt.input = p -> {
                    kfree_skb(p);
                    return 4711;
                };
                rt.dev = eth0.dev;
                skb_dst_set_noref(s, rt);
            };
            assertThat(finish(packet())).isEqualTo(4711);
            assertThat(upper.received).hasSize(1);
        }

        @Test
        @DisplayName("not if ip_early_demux is 0")
        void no_early_demux() {
            sysctl_ip_early_demux = 0;
            demux();

            finish(packet());

            assertThat(asked).isEmpty();
            assertThat(upper.received).hasSize(1);
        }

        @Test
        @DisplayName("not if the packet has a route or a socket already: that stays")
        void known() {
            demux();
            finish(routed(packet()));
            assertThat(upper.received).hasSize(1);

            sk_buff skb = packet();
            skb.sk = new raw_sock();
            skb.destructor = s -> {};
            finish(skb);

            assertThat(upper.received).hasSize(2);
            assertThat(asked).isEmpty();
        }

        @Test
        @DisplayName("no route: dropped; not counted as a wrong way")
        void no_route() {
            assertThat(finish(Ipv4.packet("127.0.0.1", "10.0.0.1", IPPROTO_TEST, DATA))).isEqualTo(NET_RX_DROP);

            assertThat(init_net.mib.net_statistics[LINUX_MIB_IPRPFILTER]).isZero();
            assertThat(upper.received).isEmpty();
        }

        @Test
        @DisplayName("from somebody whom we would answer by another device, with rp_filter: dropped and counted")
        void wrong_way() {
            init_net.sysctls.write("net.ipv4.conf.all.rp_filter", "1");

            assertThat(finish(Ipv4.packet("10.1.0.7", "10.0.0.1", IPPROTO_TEST, DATA))).isEqualTo(NET_RX_DROP);

            assertThat(init_net.mib.net_statistics[LINUX_MIB_IPRPFILTER]).isEqualTo(1);
            assertThat(upper.received).isEmpty();
        }

        @Test
        @DisplayName("bad options: dropped")
        void bad_options() {
            assertThat(finish(withOptions(IPOPT_RR, 1, 4, 0))).isEqualTo(NET_RX_DROP);

            assertThat(mib(IPSTATS_MIB_INHDRERRORS)).isEqualTo(1);
            assertThat(upper.received).isEmpty();
        }

        @Test
        @DisplayName("broadcasts and multicasts are counted with their bytes")
        void cast() {
            finish(Ipv4.packet("10.0.0.7", "10.0.0.255", IPPROTO_TEST, DATA));
            assertThat(mib(IPSTATS_MIB_INBCASTPKTS)).isEqualTo(1);
            assertThat(mib(IPSTATS_MIB_INBCASTOCTETS)).isEqualTo(60);

            finish(Ipv4.packet("10.0.0.7", "224.0.0.1", IPPROTO_TEST, DATA));
            assertThat(mib(IPSTATS_MIB_INMCASTPKTS)).isEqualTo(1);
            assertThat(mib(IPSTATS_MIB_INMCASTOCTETS)).isEqualTo(60);

            finish(packet());
            assertThat(mib(IPSTATS_MIB_INBCASTPKTS) + mib(IPSTATS_MIB_INMCASTPKTS)).isEqualTo(2);
            assertThat(upper.received).hasSize(3);
        }
    }

    @Nested
    class ip_rcv_options {
        @Test
        @DisplayName("reads them into the control block; a route is recorded")
        void record() {
            sk_buff skb = routed(withOptions(IPOPT_RR, 7, 4, 0, 0, 0, 0, 0));

            assertThat(IpInput.ip_rcv_options(skb)).isFalse();

            assertThat(IPCB(skb).opt.optlen).isEqualTo(8);
            assertThat(IPCB(skb).opt.rr).isEqualTo(20);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a pointer that points before the first address: an error of the header")
        void bad() {
            sk_buff skb = routed(withOptions(IPOPT_RR, 7, 3, 0, 0, 0, 0, 0));

            assertThat(IpInput.ip_rcv_options(skb)).isTrue();

            assertThat(mib(IPSTATS_MIB_INHDRERRORS)).isEqualTo(1);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("they are written to, so that a clone needs bytes of its own: none, discarded")
        void no_memory() {
            sk_buff skb = routed(withOptions(IPOPT_RR, 7, 4, 0, 0, 0, 0, 0));
            sk_buff clone = skb_clone(skb, GFP_ATOMIC);
            Gfp.failNth(0);
            assertThat(IpInput.ip_rcv_options(skb)).isTrue();
            assertThat(mib(IPSTATS_MIB_INDISCARDS)).isEqualTo(1);

            assertThat(IpInput.ip_rcv_options(skb)).isFalse();
            assertThat(skb.head).isNotSameAs(clone.head);
            kfree_skb(skb);
            kfree_skb(clone);
        }

        @Test
        @DisplayName("a source route is taken only where the device allows it; the others may be logged")
        void source_route() {
            init_net.sysctls.write("net.ipv4.conf.all.accept_source_route", "1");
            assertThat(dropsSourceRoute()).isFalse();

            init_net.sysctls.write("net.ipv4.conf.all.accept_source_route", "0");
            int lines = dmesg().size();
            assertThat(dropsSourceRoute()).isTrue();
            assertThat(dmesg()).hasSize(lines);

            init_net.sysctls.write("net.ipv4.conf.all.log_martians", "1");
            assertThat(dropsSourceRoute()).isTrue();
            assertThat(dmesg().get(lines).toString()).contains("source route option 10.0.0.7 -> 10.0.0.1");
            assertThat(mib(IPSTATS_MIB_INHDRERRORS)).isZero();
        }

        /** A packet that has come to the end of its source route. */
        private boolean dropsSourceRoute() {
            sk_buff skb = routed(withOptions(IPOPT_LSRR, 7, 8, 10, 0, 0, 9, 0));
            boolean drop = IpInput.ip_rcv_options(skb);
            kfree_skb(skb);
            return drop;
        }

        @Test
        @DisplayName("a source route that has not come to its end, with a next address that is not ours: the packet goes there")
        void source_route_goes_on() {
            assertThat(init_net.sysctls.write("net.ipv4.ip_forward", "1")).isZero();
            init_net.sysctls.write("net.ipv4.conf.all.accept_source_route", "1");
            sk_buff skb = routed(withOptions(IPOPT_LSRR, 7, 4, 10, 1, 0, 9, 0));

            assertThat(IpInput.ip_rcv_options(skb)).isFalse();

            assertThat(IPCB(skb).opt.srr_is_hit).isTrue();
            assertThat(skb_rtable(skb).dev).isSameAs(eth1.dev);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a source route that nobody can follow: dropped")
        void source_route_ends() {
            init_net.sysctls.write("net.ipv4.conf.all.accept_source_route", "1");
            sk_buff skb = routed(withOptions(IPOPT_LSRR, 7, 4, 10, 1, 0, 9, 0));

            assertThat(IpInput.ip_rcv_options(skb)).isTrue();
            kfree_skb(skb);
        }
    }

    @Nested
    class ip_local_deliver {
        @Test
        @DisplayName("a whole datagram goes up at once")
        void whole() {
            assertThat(IpInput.ip_local_deliver(routed(packet()))).isZero();

            assertThat(upper.received).containsExactly(DATA);
        }

        @Test
        @DisplayName("fragments wait for each other")
        void fragments() {
            assertThat(IpInput.ip_local_deliver(routed(fragment(16, false, IPPROTO_TEST, Skbs.count(16, 10))))).isZero();
            assertThat(upper.received).isEmpty();

            assertThat(IpInput.ip_local_deliver(routed(fragment(0, true, IPPROTO_TEST, Skbs.count(0, 16))))).isZero();
            assertThat(upper.received).containsExactly(Skbs.count(0, 26));
        }
    }

    @Nested
    class ip_local_deliver_finish {
        private List<byte[]> finish(int protocol) {
            sk_buff skb = routed(Ipv4.packet("10.0.0.7", "10.0.0.1", protocol, DATA));
            local_bh_disable();
            assertThat(IpInput.ip_local_deliver_finish(skb)).isZero();
            local_bh_enable();
            return eth0.sent;
        }

        @Test
        @DisplayName("the protocol gets what stands behind the header")
        void delivered() {
            assertThat(finish(IPPROTO_TEST)).isEmpty();

            assertThat(upper.received).containsExactly(DATA);
            assertThat(mib(IPSTATS_MIB_INDELIVERS)).isEqualTo(1);
        }

        @Test
        @DisplayName("one that has unpacked another protocol from it says which one by a negative number")
        void again() {
            net_protocol tunnel = new net_protocol();
            tunnel.netns_ok = true;
            tunnel.handler = s -> {
                __skb_pull(s, 8);
                return -IPPROTO_TEST;
            };
            assertThat(inet_add_protocol(tunnel, 254)).isZero();

            finish(254);

            assertThat(upper.received).containsExactly(Skbs.count(9, 32));
            assertThat(mib(IPSTATS_MIB_INDELIVERS)).isEqualTo(1);
        }

        @Test
        @DisplayName("a protocol that nobody handles: the sender is told")
        void unknown() {
            List<byte[]> sent = finish(254);

            assertThat(mib(IPSTATS_MIB_INUNKNOWNPROTOS)).isEqualTo(1);
            assertThat(mib(IPSTATS_MIB_INDELIVERS)).isZero();
            assertThat(sent).hasSize(1);
            iphdr iph = new iphdr(sent.get(0), 0);
            assertThat(iph.daddr()).isEqualTo(Ipv4.ip("10.0.0.7"));
            assertThat(sent.get(0)[20]).isEqualTo((byte) ICMP_DEST_UNREACH);
            assertThat(sent.get(0)[21]).isEqualTo((byte) ICMP_PROT_UNREACH);
        }

        @Test
        @DisplayName("but for a raw socket: it gets the whole packet, and nobody is told")
        void raw() {
            sock raw = RawSocket.open(init_net, 254);

            assertThat(finish(254)).isEmpty();

            assertThat(RawSocket.received(raw)).singleElement().satisfies(p -> assertThat(p).hasSize(60));
            assertThat(mib(IPSTATS_MIB_INUNKNOWNPROTOS)).isZero();
            assertThat(mib(IPSTATS_MIB_INDELIVERS)).isEqualTo(1);
            RawSocket.close(raw);
        }

        @Test
        @DisplayName("a raw socket beside the protocol: both get it, counted once")
        void both() {
            sock raw = RawSocket.open(init_net, IPPROTO_TEST);

            finish(IPPROTO_TEST);

            assertThat(RawSocket.received(raw)).hasSize(1);
            assertThat(upper.received).containsExactly(DATA);
            assertThat(mib(IPSTATS_MIB_INDELIVERS)).isEqualTo(1);
            RawSocket.close(raw);
        }
    }

    @Nested
    class ip_call_ra_chain {
        private final List<sock> raws = new ArrayList<>();

        /** A raw socket that has asked for router alerts: the last of the chain. */
        private sock asks(net net, int protocol) {
            raw_sock sk = RawSocket.open(net, protocol);
            ip_ra_chain ra = new ip_ra_chain();
            ra.sk = sk;
            ra.next = Globals.ip_ra_chain;
            Globals.ip_ra_chain = ra;
            raws.add(sk);
            return sk;
        }

        @AfterEach
        void close() {
            raws.forEach(RawSocket::close);
        }

        @Test
        @DisplayName("nobody has asked: the packet stays the caller's")
        void nobody() {
            sk_buff skb = at(eth0, packet());

            assertThat(IpInput.ip_call_ra_chain(skb)).isFalse();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("who has asked gets the whole packet")
        void one() {
            sock sk = asks(init_net, IPPROTO_TEST);

            assertThat(IpInput.ip_call_ra_chain(at(eth0, packet()))).isTrue();

            assertThat(RawSocket.received(sk)).singleElement().satisfies(p -> assertThat(p).hasSize(60));
        }

        @Test
        @DisplayName("several get a copy each; without memory the last one alone")
        void several() {
            sock first = asks(init_net, IPPROTO_TEST);
            sock second = asks(init_net, IPPROTO_TEST);

            assertThat(IpInput.ip_call_ra_chain(at(eth0, packet()))).isTrue();
            assertThat(RawSocket.received(first)).hasSize(1);
            assertThat(RawSocket.received(second)).hasSize(1);

            sk_buff skb = at(eth0, packet());
            Gfp.failNth(0);
            assertThat(IpInput.ip_call_ra_chain(skb)).isTrue();
            assertThat(RawSocket.received(first)).hasSize(1);
            assertThat(RawSocket.received(second)).isEmpty();
        }

        @Test
        @DisplayName("another protocol, another device, another namespace: not theirs")
        void not_theirs() {
            asks(init_net, 254);
            sock bound = asks(init_net, IPPROTO_TEST);
            bound.skc_bound_dev_if = eth1.dev.ifindex;
            asks(NetNs.create("other"), IPPROTO_TEST);

            sk_buff skb = at(eth0, packet());
            assertThat(IpInput.ip_call_ra_chain(skb)).isFalse();
            kfree_skb(skb);

            assertThat(IpInput.ip_call_ra_chain(at(eth1, packet()))).isTrue();
            assertThat(RawSocket.received(bound)).hasSize(1);
        }

        @Test
        @DisplayName("fragments are put together first")
        void fragments() {
            sock sk = asks(init_net, IPPROTO_TEST);

            assertThat(IpInput.ip_call_ra_chain(at(eth0, fragment(0, true, IPPROTO_TEST, Skbs.count(0, 16))))).isTrue();
            assertThat(RawSocket.received(sk)).isEmpty();

            assertThat(IpInput.ip_call_ra_chain(at(eth0, fragment(16, false, IPPROTO_TEST, Skbs.count(16, 10)))))
                    .isTrue();
            assertThat(RawSocket.received(sk)).singleElement().satisfies(p -> assertThat(p).hasSize(46));
        }
    }
}
