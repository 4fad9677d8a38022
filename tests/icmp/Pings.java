// SPDX-License-Identifier: GPL-2.0-only
package icmp;

import static linux.ip.IpHdr.ip_hdr;
import static linux.printk.Printk.pI4;
import static linux.skbuff.Data.__skb_pull;
import static linux.types.Be.get32;
import static net.checksum.Csum.ip_compute_csum;
import static net.checksum.Csum.ip_fast_csum;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static route.Input.ip_route_input_noref;
import static uapi.linux.in.In.IPPROTO_ICMP;

import java.util.Arrays;
import java.util.List;
import linux.skbuff.sk_buff;
import testing.Ipv4;
import testing.Nic;
import uapi.linux.ip.iphdr;

/** Packets for tests of ICMP, and what left because of them. */
final class Pings {
    private Pings() {}

    /** A message that left: from its IP header and its ICMP header. {@code data} is what stands behind both. */
    record Message(String src, String dst, int tos, int type, int code, int info, byte[] data) {}

    /** A packet that came in by {@code nic}, with its route; {@code skb.data} is the IP header. */
    static sk_buff routed(Nic nic, sk_buff skb) {
        iphdr iph = ip_hdr(skb);
        skb.dev = nic.dev;
        skb.skb_iif = nic.dev.ifindex;
        skb.transport_header = skb.network_header + iph.ihl() * 4;
        assertThat(ip_route_input_noref(skb, iph.daddr(), iph.saddr(), iph.tos(), skb.dev)).isZero();
        return skb;
    }

    /** The same with {@code skb.data} at the ICMP header. */
    static sk_buff atIcmp(Nic nic, sk_buff skb) {
        routed(nic, skb);
        __skb_pull(skb, ip_hdr(skb).ihl() * 4);
        return skb;
    }

    /** The same with {@code skb.data} behind the ICMP header: what {@code icmp_rcv} gives to a handler. */
    static sk_buff atData(Nic nic, sk_buff skb) {
        atIcmp(nic, skb);
        __skb_pull(skb, 8);
        return skb;
    }

    /** The ICMP messages among what {@code nic} has sent since the last call; their checksums are right. */
    static List<Message> sent(Nic nic) {
        List<Message> all = nic.sent.stream().map(Pings::parse).toList();
        nic.sent.clear();
        return all;
    }

    private static Message parse(byte[] b) {
        iphdr iph = new iphdr(b, 0);
        int at = iph.ihl() * 4;
        assertThat(iph.protocol()).isEqualTo(IPPROTO_ICMP);
        assertThat(ip_fast_csum(b, 0, iph.ihl())).isZero();
        assertThat(iph.tot_len()).isEqualTo(b.length);
        assertThat(ip_compute_csum(b, at, b.length - at)).as("checksum").isZero();
        return new Message(pI4(iph.saddr()), pI4(iph.daddr()), iph.tos(), b[at] & 0xff, b[at + 1] & 0xff,
                get32(b, at + 4), Arrays.copyOfRange(b, at + 8, b.length));
    }

    /** The bytes of a packet of {@code Ipv4}, as a message quotes them. */
    static byte[] quoted(String saddr, String daddr, int protocol, byte... payload) {
        return Ipv4.bytes(Ipv4.packet(saddr, daddr, protocol, payload));
    }

    static long mib(int field) {
        return init_net.mib.icmp_statistics[field];
    }
}
