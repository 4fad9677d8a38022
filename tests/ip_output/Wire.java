// SPDX-License-Identifier: GPL-2.0-only
package ip_output;

import static linux.err.Err.IS_ERR;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Dst.skb_dst_set;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static net.checksum.Csum.ip_fast_csum;
import static net.ip.IpPacket.IP_MF;
import static net.ip.IpPacket.IP_OFFSET;
import static net.ip.IpPacket.ip_hdrlen;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Owner.skb_set_owner_w;
import static org.assertj.core.api.Assertions.assertThat;
import static raw.Raw.raw_prot;
import static uapi.linux.in.In.IP_PMTUDISC_WANT;
import static uapi.linux.socket.SocketOpt.AF_INET;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import linux.skbuff.sk_buff;
import net.route.rtable;
import net.sock.sock;
import raw.raw_sock;
import testing.Ipv4;
import testing.Skbs;
import uapi.linux.ip.iphdr;

/** What the tests of this package send, and what they look at in it. */
final class Wire {
    private Wire() {}

    /** A socket of {@link Ipv4#IPPROTO_TEST}, as {@code socket()} would make it; the caller takes care of its route. */
    static raw_sock sock() {
        raw_sock sk = new raw_sock();
        sk.skc_family = AF_INET;
        sk.skc_net = init_net;
        sk.skc_prot = raw_prot;
        sk.skc_refcnt = 1;
        sk.sk_wmem_alloc = 1;
        sk.sk_sndbuf = 200_000;
        sk.sk_allocation = GFP_KERNEL;
        sk.sk_protocol = Ipv4.IPPROTO_TEST;
        sk.sk_write_space = s -> {};
        sk.pmtudisc = IP_PMTUDISC_WANT;
        sk.uc_ttl = -1;
        sk.mc_loop = true;
        sk.mc_ttl = 1;
        return sk;
    }

    /** {@link #sock()}, connected: 10.0.0.1:1000 to {@code daddr}:2000. */
    static raw_sock connected(String daddr) {
        raw_sock sk = sock();
        sk.inet_saddr = sk.skc_rcv_saddr = Ipv4.ip("10.0.0.1");
        sk.inet_sport = sk.skc_num = 1000;
        sk.skc_daddr = Ipv4.ip(daddr);
        sk.skc_dport = 2000;
        sk.inet_id = 100;
        return sk;
    }

    /** {@code n} numbered bytes of {@code sk}, with room for the headers in front. */
    static sk_buff payload(sock sk, int n) {
        sk_buff skb = alloc_skb(128 + n, GFP_KERNEL);
        skb_reserve(skb, 128);
        int at = skb_put(skb, n);
        System.arraycopy(Skbs.count(0, n), 0, skb.head, at, n);
        skb_reset_transport_header(skb);
        if (sk != null) {
            skb_set_owner_w(skb, sk);
        }
        return skb;
    }

    /** A packet from 10.0.0.1 with its IP header and a route to {@code daddr}, ready for {@code ip_local_out}. */
    static sk_buff packet(String daddr, int n) {
        return routed(Ipv4.packet("10.0.0.1", daddr, Ipv4.IPPROTO_TEST, Skbs.count(0, n)), daddr);
    }

    /** Gives {@code skb} a route to {@code daddr}. */
    static sk_buff routed(sk_buff skb, String daddr) {
        rtable rt = Ipv4.route(init_net, daddr);
        assertThat(IS_ERR(rt)).isFalse();
        skb_dst_set(skb, rt);
        skb.dev = rt.dev;
        skb.transport_header = skb.network_header + ip_hdrlen(skb);
        return skb;
    }

    /** The header of a packet that left; its checksum is right. */
    static iphdr header(byte[] sent) {
        iphdr iph = new iphdr(sent, 0);
        assertThat(iph.version()).isEqualTo(4);
        assertThat(iph.tot_len()).isEqualTo(sent.length);
        assertThat(ip_fast_csum(sent, 0, iph.ihl())).isZero();
        return iph;
    }

    /** What stands behind the header. */
    static byte[] data(byte[] sent) {
        return Arrays.copyOfRange(sent, header(sent).ihl() * 4, sent.length);
    }

    /** The payload of all fragments together, which are of one datagram and in order. */
    static byte[] joined(List<byte[]> sent) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] p : sent) {
            iphdr iph = header(p);
            assertThat((iph.frag_off() & IP_OFFSET) * 8).isEqualTo(all.size());
            assertThat((iph.frag_off() & IP_MF) != 0).isEqualTo(p != sent.get(sent.size() - 1));
            assertThat(iph.id()).isEqualTo(header(sent.get(0)).id());
            all.writeBytes(data(p));
        }
        return all.toByteArray();
    }

    /** A counter of IP. */
    static long mib(int field) {
        return init_net.mib.ip_statistics[field];
    }
}
