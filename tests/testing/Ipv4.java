// SPDX-License-Identifier: GPL-2.0-only
package testing;

import static ip_fragment.IpFragment.ipfrag_init;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.ip.IpHdr.ip_hdr;
import static linux.jiffies.Jiffies.HZ;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Dst.skb_rtable;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_reset_network_header;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.types.Be.put16;
import static linux.types.Be.put32;
import static net.checksum.Csum.ip_compute_csum;
import static net.checksum.Csum.ip_fast_csum;
import static net.net_namespace.NetNs.init_net;
import static net.net_namespace.NetNs.register_pernet_subsys;
import static org.assertj.core.api.Assertions.assertThat;
import static protocol.Protocol.inet_add_protocol;
import static raw.Raw.raw_prot;
import static route.Init.ip_rt_init;
import static route.Init.ip_static_sysctl_init;
import static route.Output.__ip_route_output_key;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;
import static uapi.linux.if_packet.IfPacket.PACKET_HOST;
import static uapi.linux.in.In.IP_PMTUDISC_DONT;
import static uapi.linux.socket.SocketOpt.AF_INET;

import java.util.ArrayList;
import java.util.List;
import linux.in.Prefix;
import linux.skbuff.sk_buff;
import net.flow.flowi4;
import net.net_namespace.net;
import net.net_namespace.pernet_operations;
import net.protocol.net_protocol;
import net.route.rtable;
import org.opentest4j.TestAbortedException;
import raw.raw_sock;
import uapi.linux.ip.iphdr;

/** What tests of IP need: IP itself, packets, and somebody to hand them to. */
public final class Ipv4 {
    private Ipv4() {}

    /** A protocol number that nobody uses (RFC 3692). */
    public static final int IPPROTO_TEST = 253;

    /** Starts as much of IP as {@code inet_init} would, if nobody has yet. */
    public static void boot() {
        if (init_net.ipv4.devconf_all == null) {
            ip_rt_init();
            ip_static_sysctl_init();
            ipfrag_init();
        }
        if (init_net.ipv4.icmp_sk == null) {
            pernet_operations ops = new pernet_operations();
            ops.init = Ipv4::icmpSocket;
            register_pernet_subsys(ops);
        }
    }

    /** What is left of {@code icmp_sk_init} as long as no sockets can be made. */
    private static int icmpSocket(net net) {
        raw_sock sk = new raw_sock();
        sk.skc_net = net;
        sk.skc_prot = raw_prot;
        sk.skc_family = AF_INET;
        sk.pmtudisc = IP_PMTUDISC_DONT;
        net.ipv4.icmp_sk = sk;
        net.ipv4.sysctl_icmp_echo_ignore_broadcasts = 1;
        net.ipv4.sysctl_icmp_ignore_bogus_error_responses = 1;
        net.ipv4.sysctl_icmp_ratelimit = HZ;
        net.ipv4.sysctl_icmp_ratemask = 0x1818;
        return 0;
    }

    /** "10.0.0.1" in host order. */
    public static int ip(String s) {
        return Prefix.parseAddr(s);
    }

    /** A whole IP packet with a right checksum, as it comes from the link. */
    public static sk_buff packet(String saddr, String daddr, int protocol, byte... payload) {
        return packet(saddr, daddr, protocol, new byte[0], 0, payload);
    }

    /** The same with options (a multiple of 4 bytes) and {@code frag_off}. */
    public static sk_buff packet(String saddr, String daddr, int protocol, byte[] options, int frag_off,
            byte... payload) {
        int hlen = 20 + options.length;
        sk_buff skb = alloc_skb(64 + hlen + payload.length, GFP_KERNEL);
        skb_reserve(skb, 64);
        skb_reset_network_header(skb);
        int at = skb_put(skb, hlen + payload.length);
        iphdr iph = ip_hdr(skb);
        iph.version(4);
        iph.ihl(hlen / 4);
        iph.tot_len(hlen + payload.length);
        iph.id(4711);
        iph.frag_off(frag_off);
        iph.ttl(64);
        iph.protocol(protocol);
        iph.saddr(ip(saddr));
        iph.daddr(ip(daddr));
        System.arraycopy(options, 0, skb.head, at + 20, options.length);
        System.arraycopy(payload, 0, skb.head, at + hlen, payload.length);
        sum(skb);
        skb.protocol = ETH_P_IP;
        skb.pkt_type = PACKET_HOST;
        skb.ip_summed = CHECKSUM_NONE;
        return skb;
    }

    /** Puts the checksum of the IP header right. */
    public static sk_buff sum(sk_buff skb) {
        iphdr iph = ip_hdr(skb);
        iph.check(0);
        iph.check(ip_fast_csum(iph.b, iph.at, iph.ihl()));
        return skb;
    }

    /** An ICMP message with a right checksum. {@code info} is the second word of the header. */
    public static byte[] icmp(int type, int code, int info, byte... data) {
        byte[] m = new byte[8 + data.length];
        m[0] = (byte) type;
        m[1] = (byte) code;
        put32(m, 4, info);
        System.arraycopy(data, 0, m, 8, data.length);
        put16(m, 2, ip_compute_csum(m, 0, m.length));
        return m;
    }

    /** The bytes of {@code skb}, which is gone afterwards. */
    public static byte[] bytes(sk_buff skb) {
        byte[] b = Skbs.bytes(skb);
        kfree_skb(skb);
        return b;
    }

    /** Handles {@link #IPPROTO_TEST} from now on. */
    public static Handler handler() {
        return new Handler();
    }

    /** A protocol that writes down what it gets. */
    public static final class Handler {
        public final List<byte[]> received = new ArrayList<>();

        /** The routes that they came by. */
        public final List<rtable> routes = new ArrayList<>();

        /** What {@code err_handler} was told, and the packet that was quoted. */
        public final List<Integer> infos = new ArrayList<>();

        public final List<byte[]> quoted = new ArrayList<>();
        public final net_protocol prot = new net_protocol();

        private Handler() {
            prot.netns_ok = true;
            prot.no_policy = true;
            prot.handler = skb -> {
                routes.add(skb_rtable(skb));
                received.add(Skbs.bytes(skb));
                kfree_skb(skb);
                return 0;
            };
            prot.err_handler = (skb, info) -> {
                infos.add(info);
                quoted.add(Skbs.bytes(skb));
            };
            assertThat(inet_add_protocol(prot, IPPROTO_TEST)).isZero();
        }
    }

    /** The route to {@code daddr}; to be put back with {@code ip_rt_put}. */
    public static rtable route(net net, String daddr) {
        return route(net, new flowi4(), daddr);
    }

    /** The same; what was chosen stands in {@code fl4} afterwards. */
    public static rtable route(net net, flowi4 fl4, String daddr) {
        fl4.daddr = ip(daddr);
        return __ip_route_output_key(net, fl4);
    }

    /** Runs what needs a part of the kernel that may not be ported yet: if so, the test is skipped. */
    public static void later(Runnable r) {
        try {
            r.run();
        } catch (UnsupportedOperationException e) {
            throw new TestAbortedException(e.getMessage());
        }
    }
}
