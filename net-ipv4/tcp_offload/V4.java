// SPDX-License-Identifier: GPL-2.0-only
package tcp_offload;

import static linux.errno.Errno.EINVAL;
import static linux.ip.IpHdr.ip_hdr;
import static linux.netdevice.Gro.skb_gro_len;
import static linux.netdevice.Gro.skb_gro_network_header;
import static linux.netdevice.Gro.skb_gro_offset;
import static linux.skbuff.Cb.NAPI_GRO_CB;
import static linux.skbuff.Checksum.skb_checksum;
import static linux.skbuff.Paged.pskb_may_pull;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV4;
import static linux.skbuff.sk_buff.CHECKSUM_COMPLETE;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.skbuff.sk_buff.CHECKSUM_UNNECESSARY;
import static linux.tcp.Header.tcp_hdr;
import static net.tcp.Checksum.tcp_v4_check;
import static protocol.Protocol.inet_add_offload;
import static tcp_ipv4.Send.__tcp_v4_send_check;
import static tcp_offload.Gro.tcp_gro_complete;
import static tcp_offload.Gro.tcp_gro_receive;
import static uapi.linux.in.In.IPPROTO_TCP;

import linux.compiler.Ref;
import linux.skbuff.sk_buff;
import linux.types.View;
import net.protocol.net_offload;
import uapi.linux.ip.iphdr;
import uapi.linux.tcp.tcphdr;

/** TCP over IPv4 in the table of offloads: the checksums are what differs from IPv6. */
public final class V4 {
    private V4() {}

    static net_offload tcpv4_offload;

    /** Makes the checksum of a large packet from outside what {@link Gso#tcp_gso_segment} expects. */
    static int tcp_v4_gso_send_check(sk_buff skb) {
        iphdr iph;
        tcphdr th;

        if (!pskb_may_pull(skb, tcphdr.SIZE)) {
            return -EINVAL;
        }

        iph = ip_hdr(skb);
        th = tcp_hdr(skb);

        th.check(0);
        skb.ip_summed = CHECKSUM_PARTIAL;
        __tcp_v4_send_check(skb, iph.saddr(), iph.daddr());
        return 0;
    }

    /** Only segments whose checksum is right are merged: afterwards it could not be told any more. */
    static sk_buff tcp4_gro_receive(Ref<sk_buff> head, sk_buff skb) {
        View ptr = skb_gro_network_header(skb);
        iphdr iph = new iphdr(ptr.b, ptr.at);
        int wsum;

        skip_csum:
        {
            if (NAPI_GRO_CB(skb).flush != 0) {
                break skip_csum;
            }

            wsum = NAPI_GRO_CB(skb).csum;

            switch (skb.ip_summed) {
                case CHECKSUM_NONE:
                    wsum = skb_checksum(skb, skb_gro_offset(skb), skb_gro_len(skb),
                                        0);
                    // fall through
                case CHECKSUM_COMPLETE:
                    if (tcp_v4_check(skb_gro_len(skb), iph.saddr(), iph.daddr(),
                                     wsum) == 0) {
                        skb.ip_summed = CHECKSUM_UNNECESSARY;
                        break;
                    }

                    NAPI_GRO_CB(skb).flush = 1;
                    return null;
                default:
                    break;
            }
        }

        return tcp_gro_receive(head, skb);
    }

    /** @param thoff where the TCP header begins, in bytes from the data */
    static int tcp4_gro_complete(sk_buff skb, int thoff) {
        iphdr iph = ip_hdr(skb);
        tcphdr th = tcp_hdr(skb);

        th.check(~tcp_v4_check(skb.len - thoff, iph.saddr(),
                               iph.daddr(), 0));
        skb.shinfo.gso_type |= SKB_GSO_TCPV4;

        return tcp_gro_complete(skb);
    }

    /** Called by {@code inet_init}. */
    public static int tcpv4_offload_init() {
        return inet_add_offload(tcpv4_offload, IPPROTO_TCP);
    }
}
