// SPDX-License-Identifier: GPL-2.0-only
package ip_forward;

import static ip_options.IpOptions.ip_options_compile;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.ip.IpHdr.ip_hdr;
import static linux.netdevice.Flags.dev_set_mtu;
import static linux.netdevice.Netdev.NET_RX_DROP;
import static linux.netdevice.Netdev.NET_RX_SUCCESS;
import static linux.skbuff.Cb.IPCB;
import static linux.skbuff.Clone.skb_clone;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV4;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.tcp.Header.tcp_hdr;
import static linux.types.Be.get16;
import static net.checksum.Csum.ip_fast_csum;
import static net.ip.Globals.ip_ra_chain;
import static net.ip.IpPacket.IP_DF;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static route.Input.ip_route_input_noref;
import static testing.Ipv4.IPPROTO_TEST;
import static uapi.linux.icmp.Icmp.ICMP_DEST_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_EXC_TTL;
import static uapi.linux.icmp.Icmp.ICMP_FRAG_NEEDED;
import static uapi.linux.icmp.Icmp.ICMP_REDIRECT;
import static uapi.linux.icmp.Icmp.ICMP_SR_FAILED;
import static uapi.linux.icmp.Icmp.ICMP_TIME_EXCEEDED;
import static uapi.linux.if_packet.IfPacket.PACKET_BROADCAST;
import static uapi.linux.in.In.IPPROTO_ICMP;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_FRAGFAILS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INHDRERRORS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTFORWDATAGRAMS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTOCTETS;

import fib_frontend.IpRoute;
import java.util.List;
import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import net.ip.ip_ra_chain;
import net.sock.sock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;
import testing.RawSocket;
import testing.Skbs;
import uapi.linux.ip.iphdr;

/** A router between 10.0.0.0/24 on eth0 and 10.1.0.0/24 on eth1; packets go from 10.0.0.7 to 10.1.0.9. */
@KernelTest
class IpForwardTest {
    private Nic eth0;
    private Nic eth1;

    @BeforeEach
    void router() {
        eth0 = Nic.up("eth0", "10.0.0.1/24");
        eth1 = Nic.up("eth1", "10.1.0.1/24");
        assertThat(init_net.sysctls.write("net.ipv4.ip_forward", "1")).isZero();
    }

    private sk_buff in(int len, int frag_off) {
        return in("10.1.0.9", new byte[0], len, frag_off);
    }

    private sk_buff in(String daddr, byte[] options, int len, int frag_off) {
        sk_buff skb = Ipv4.packet("10.0.0.7", daddr, IPPROTO_TEST, options, frag_off, Skbs.count(0, len));
        skb.dev = eth0.dev;
        skb.skb_iif = eth0.dev.ifindex;
        skb.transport_header = skb.network_header + ip_hdr(skb).ihl() * 4;
        assertThat(ip_route_input_noref(skb, ip_hdr(skb).daddr(), ip_hdr(skb).saddr(), ip_hdr(skb).tos(), skb.dev)).isZero();
        if (options.length > 0) {
            IPCB(skb).opt.optlen = options.length;
            assertThat(ip_options_compile(init_net, IPCB(skb).opt, skb)).isZero();
        }
        return skb;
    }

    private int forward(sk_buff skb) {
        local_bh_disable();
        int ret = IpForward.ip_forward(skb);
        local_bh_enable();
        return ret;
    }

    private static long mib(int field) {
        return init_net.mib.ip_statistics[field];
    }

    /** The type and code of the only ICMP message that has gone back. */
    private List<Integer> answer() {
        assertThat(eth0.sent).hasSize(1);
        byte[] b = eth0.sent.get(0);
        int at = (b[0] & 15) * 4;
        return List.of(b[at] & 0xff, b[at + 1] & 0xff, get16(b, at + 6));
    }

    @Nested
    class ip_forward {
        @Test
        @DisplayName("leaves by the other device, with one hop less to live and a right sum, and is counted")
        void forwarded() {
            sk_buff skb = in(100, 0);
            ip_hdr(skb).tos(0x10);
            Ipv4.sum(skb);

            assertThat(forward(skb)).isZero();

            assertThat(eth1.sent).hasSize(1);
            byte[] b = eth1.sent.get(0);
            assertThat(b).hasSize(120);
            assertThat(new iphdr(b, 0).ttl()).isEqualTo(63);
            assertThat(ip_fast_csum(b, 0, 5)).isZero();
            assertThat(mib(IPSTATS_MIB_OUTFORWDATAGRAMS)).isEqualTo(1);
            assertThat(mib(IPSTATS_MIB_OUTOCTETS)).as("kernel bug: twice").isEqualTo(240);
            assertThat(eth0.sent).isEmpty();
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1})
        @DisplayName("no time left: the sender is told")
        void ttl(int ttl) {
            sk_buff skb = in(100, 0);
            ip_hdr(skb).ttl(ttl);
            Ipv4.sum(skb);

            assertThat(forward(skb)).isEqualTo(NET_RX_DROP);

            assertThat(answer()).startsWith(ICMP_TIME_EXCEEDED, ICMP_EXC_TTL);
            assertThat(mib(IPSTATS_MIB_INHDRERRORS)).isEqualTo(1);
            assertThat(eth1.sent).isEmpty();
        }

        @Test
        @DisplayName("the last hop but one may go")
        void ttl_2() {
            sk_buff skb = in(100, 0);
            ip_hdr(skb).ttl(2);
            assertThat(forward(Ipv4.sum(skb))).isZero();
            assertThat(new iphdr(eth1.sent.get(0), 0).ttl()).isOne();
        }

        @Test
        @DisplayName("too large for the link and not to be fragmented: the sender learns the MTU; to the byte it goes")
        void frag_needed() {
            dev_set_mtu(eth1.dev, 1000);
            assertThat(forward(in(980, IP_DF))).isZero();
            assertThat(eth1.sent).hasSize(1);

            assertThat(forward(in(981, IP_DF))).isEqualTo(NET_RX_DROP);
            assertThat(answer()).containsExactly(ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, 1000);
            assertThat(mib(IPSTATS_MIB_FRAGFAILS)).isEqualTo(1);
            assertThat(eth1.sent).hasSize(1);
        }

        @Test
        @DisplayName("too large, but may be fragmented: it is")
        void fragmented() {
            dev_set_mtu(eth1.dev, 1000);
            assertThat(forward(in(1400, 0))).isZero();
            assertThat(eth1.sent).hasSize(2);
        }

        @Test
        @DisplayName("not meant for us on the link: dropped")
        void not_for_us() {
            sk_buff skb = in(100, 0);
            skb.pkt_type = PACKET_BROADCAST;
            assertThat(forward(skb)).isEqualTo(NET_RX_DROP);
            assertThat(eth1.sent).isEmpty();
            assertThat(eth0.sent).isEmpty();
        }

        @Test
        @DisplayName("a strict source route cannot go by a gateway that it does not name")
        void strict() {
            assertThat(IpRoute.add(init_net, "192.0.2.0/24 via 10.1.0.254")).isZero();
            sk_buff skb = in("192.0.2.1", new byte[0], 100, 0);
            IPCB(skb).opt.is_strictroute = true;
            assertThat(forward(skb)).isEqualTo(NET_RX_DROP);
            assertThat(answer()).startsWith(ICMP_DEST_UNREACH, ICMP_SR_FAILED);
        }

        @Test
        @DisplayName("out by the device it came in by: the sender is told of the shorter way, and the packet goes")
        void redirect() {
            assertThat(IpRoute.add(init_net, "192.0.2.0/24 via 10.0.0.254")).isZero();
            assertThat(forward(in("192.0.2.1", new byte[0], 100, 0))).isZero();
            assertThat(eth0.sent).hasSize(2);
            assertThat(eth0.sent).anyMatch(b -> b[9] == IPPROTO_ICMP && b[20] == ICMP_REDIRECT);
        }

        @Test
        @DisplayName("a router alert goes to whoever has asked for it, and no further")
        void router_alert() {
            sock raw = RawSocket.open(init_net, IPPROTO_TEST);
            ip_ra_chain ra = new ip_ra_chain();
            ra.sk = raw;
            net.ip.Globals.ip_ra_chain = ra;

            assertThat(forward(in("10.1.0.9", new byte[] {(byte) 148, 4, 0, 0}, 100, 0))).isEqualTo(NET_RX_SUCCESS);

            assertThat(RawSocket.received(raw)).hasSize(1);
            assertThat(eth1.sent).isEmpty();
            RawSocket.close(raw);
        }

        @Test
        @DisplayName("no room in front and no memory for more: dropped")
        void no_memory() {
            sk_buff skb = in(100, 0);
            sk_buff clone = skb_clone(skb, GFP_ATOMIC);
            Gfp.inject((gfp, i) -> true);
            assertThat(forward(skb)).isEqualTo(NET_RX_DROP);
            Gfp.inject(null);
            assertThat(eth1.sent).isEmpty();
            assertThat(ip_hdr(clone).ttl()).as("a clone is not written to").isEqualTo(64);
            kfree_skb(clone);
        }
    }

    @Nested
    class ip_forward_finish {
        @Test
        @DisplayName("options are completed on the way out")
        void options() {
            assertThat(forward(in("10.1.0.9", new byte[] {7, 7, 4, 0, 0, 0, 0, 0}, 10, 0))).isZero();
            byte[] b = eth1.sent.get(0);
            assertThat(java.util.Arrays.copyOfRange(b, 20, 28)).containsExactly(7, 7, 8, 10, 1, 0, 1, 0);
            assertThat(ip_fast_csum(b, 0, 7)).isZero();
        }
    }

    @Nested
    class ip_may_fragment {
        @Test
        @DisplayName("without DF, or what we have put together ourselves")
        void may() {
            sk_buff skb = in(10, 0);
            assertThat(IpForward.ip_may_fragment(skb)).isTrue();
            ip_hdr(skb).frag_off(IP_DF);
            assertThat(IpForward.ip_may_fragment(skb)).isFalse();
            skb.local_df = true;
            assertThat(IpForward.ip_may_fragment(skb)).isTrue();
            kfree_skb(skb);
        }
    }

    /** A packet that stands for three segments of 1000 bytes of TCP. */
    private sk_buff large() {
        sk_buff skb = in(3020, 0);
        ip_hdr(skb).protocol(6);
        tcp_hdr(skb).doff(5);
        skb.shinfo.gso_size = 1000;
        skb.shinfo.gso_segs = 3;
        skb.shinfo.gso_type = SKB_GSO_TCPV4;
        return skb;
    }

    @Nested
    class ip_exceeds_mtu {
        @Test
        @DisplayName("the packet, or the largest of those that it stands for")
        void exceeds() {
            sk_buff skb = in(980, 0);
            assertThat(IpForward.ip_exceeds_mtu(skb, 1000)).isFalse();
            assertThat(IpForward.ip_exceeds_mtu(skb, 999)).isTrue();
            kfree_skb(skb);

            skb = large();
            assertThat(IpForward.ip_exceeds_mtu(skb, 1040)).isFalse();
            assertThat(IpForward.ip_exceeds_mtu(skb, 1039)).isTrue();
            kfree_skb(skb);
        }
    }

    @Nested
    class ip_gso_exceeds_dst_mtu {
        @Test
        @DisplayName("its segments do not fit into the next link, and may not be cut silently")
        void exceeds() {
            sk_buff skb = large();
            assertThat(IpForward.ip_gso_exceeds_dst_mtu(skb)).isFalse();
            dev_set_mtu(eth1.dev, 1039);
            assertThat(IpForward.ip_gso_exceeds_dst_mtu(skb)).isTrue();
            skb.local_df = true;
            assertThat(IpForward.ip_gso_exceeds_dst_mtu(skb)).isFalse();
            skb.local_df = false;
            skb.shinfo.gso_size = 0;
            assertThat(IpForward.ip_gso_exceeds_dst_mtu(skb)).isFalse();
            kfree_skb(skb);
        }
    }

    @Nested
    class ip_forward_finish_gso {
        @Test
        @DisplayName("split, and each segment is fragmented on its way out")
        void split() {
            dev_set_mtu(eth1.dev, 700);
            sk_buff skb = large();
            skb.ip_summed = CHECKSUM_PARTIAL;
            skb.csum_start = skb.transport_header;
            skb.csum_offset = 16;
            skb.mac_header = skb.network_header;
            skb.mac_len = 0;

            assertThat(IpForward.ip_forward_finish_gso(skb)).isZero();

            assertThat(eth1.sent).hasSize(6);
            assertThat(eth1.sent).allMatch(b -> b.length <= 700);
        }

        @Test
        @DisplayName("without memory for the segments: dropped")
        void no_memory() {
            sk_buff skb = large();
            skb.ip_summed = CHECKSUM_PARTIAL;
            skb.csum_start = skb.transport_header;
            skb.csum_offset = 16;
            skb.mac_header = skb.network_header;
            skb.mac_len = 0;
            Gfp.inject((gfp, i) -> true);
            assertThat(IpForward.ip_forward_finish_gso(skb)).isEqualTo(-ENOMEM);
            Gfp.inject(null);
            assertThat(eth1.sent).isEmpty();
        }
    }
}
