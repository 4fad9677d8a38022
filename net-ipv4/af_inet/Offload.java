// SPDX-License-Identifier: GPL-2.0-only
package af_inet;

import static ip_output.Output.ip_send_check;
import static linux.bug.Bug.WARN_ON;
import static linux.err.Err.IS_ERR_OR_NULL;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOSYS;
import static linux.errno.Errno.EPROTONOSUPPORT;
import static linux.ip.IpHdr.ip_hdr;
import static linux.netdevice.Features.netif_skb_features;
import static linux.netdevice.Gro.skb_gro_header_fast;
import static linux.netdevice.Gro.skb_gro_header_hard;
import static linux.netdevice.Gro.skb_gro_header_slow;
import static linux.netdevice.Gro.skb_gro_len;
import static linux.netdevice.Gro.skb_gro_offset;
import static linux.netdevice.Gro.skb_gro_pull;
import static linux.skbuff.Cb.NAPI_GRO_CB;
import static linux.skbuff.Data.__skb_pull;
import static linux.skbuff.Gso.SKB_GSO_CB;
import static linux.skbuff.Headers.skb_mac_header;
import static linux.skbuff.Headers.skb_network_header;
import static linux.skbuff.Headers.skb_reset_inner_headers;
import static linux.skbuff.Headers.skb_reset_network_header;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static linux.skbuff.Headers.skb_set_inner_network_header;
import static linux.skbuff.Headers.skb_set_network_header;
import static linux.skbuff.Headers.skb_set_transport_header;
import static linux.skbuff.Paged.pskb_may_pull;
import static linux.skbuff.SkbConst.SKB_GSO_DODGY;
import static linux.skbuff.SkbConst.SKB_GSO_GRE;
import static linux.skbuff.SkbConst.SKB_GSO_IPIP;
import static linux.skbuff.SkbConst.SKB_GSO_MPLS;
import static linux.skbuff.SkbConst.SKB_GSO_SIT;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV4;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV6;
import static linux.skbuff.SkbConst.SKB_GSO_TCP_ECN;
import static linux.skbuff.SkbConst.SKB_GSO_UDP;
import static linux.skbuff.SkbConst.SKB_GSO_UDP_TUNNEL;
import static linux.types.Be.get32;
import static linux.types.Be.get8;
import static net.checksum.Csum.csum_replace2;
import static net.checksum.Csum.ip_fast_csum;
import static net.ip.IpPacket.IP_DF;
import static net.ip.IpPacket.IP_MF;
import static net.protocol.Protocols.inet_offloads;
import static uapi.linux.in.In.IPPROTO_UDP;

import linux.compiler.Ref;
import linux.skbuff.sk_buff;
import linux.types.View;
import net.protocol.net_offload;
import uapi.linux.ip.iphdr;

/**
 * IP's part in splitting large packets (GSO) and merging small ones (GRO): {@code linux.netdevice} calls in for {@code
 * ETH_P_IP}, and the transport protocol does the rest ({@code tcp_offload}). Segments differ in id and length, and only
 * what differs in nothing else is merged.
 */
public final class Offload {
    private Offload() {}

    /** Looks whether the packet may be split; {@code data} is behind the IP header afterwards. @return 0 or an errno */
    static int inet_gso_send_check(sk_buff skb) {
        net_offload ops;
        iphdr iph;
        int proto;
        int ihl;
        int err = -EINVAL;

        if (!pskb_may_pull(skb, iphdr.SIZE)) {
            return err;
        }

        iph = ip_hdr(skb);
        ihl = iph.ihl() * 4;
        if (ihl < iphdr.SIZE) {
            return err;
        }

        proto = iph.protocol();

        if (!pskb_may_pull(skb, ihl)) {
            return err;
        }
        __skb_pull(skb, ihl);

        skb_reset_transport_header(skb);
        err = -EPROTONOSUPPORT;

        ops = inet_offloads[proto];
        if (ops != null && ops.gso_send_check != null) {
            err = ops.gso_send_check.call(skb);
        }

        return err;
    }

    /**
     * Splits a packet. Each segment gets the IP header, with the next id.
     *
     * @param skb {@code data} at the IP header
     * @param features of the device
     * @return the segments, linked by {@code next}; null: the device takes the packet as it is; or an error pointer
     */
    static sk_buff inet_gso_segment(sk_buff skb, long features) {
        sk_buff segs = sk_buff.ERR_PTR(-EINVAL);
        net_offload ops;
        int offset = 0;
        boolean udpfrag;
        boolean encap;
        iphdr iph;
        int proto;
        int nhoff;
        int ihl;
        int id;

        if ((skb.shinfo.gso_type
                & ~(SKB_GSO_TCPV4
                        | SKB_GSO_UDP
                        | SKB_GSO_DODGY
                        | SKB_GSO_TCP_ECN
                        | SKB_GSO_GRE
                        | SKB_GSO_IPIP
                        | SKB_GSO_SIT
                        | SKB_GSO_TCPV6
                        | SKB_GSO_UDP_TUNNEL
                        | SKB_GSO_MPLS
                        | 0)) != 0) {
            return segs;
        }

        skb_reset_network_header(skb);
        nhoff = skb_network_header(skb) - skb_mac_header(skb);
        if (!pskb_may_pull(skb, iphdr.SIZE)) {
            return segs;
        }

        iph = ip_hdr(skb);
        ihl = iph.ihl() * 4;
        if (ihl < iphdr.SIZE) {
            return segs;
        }

        id = iph.id();
        proto = iph.protocol();

        if (!pskb_may_pull(skb, ihl)) {
            return segs;
        }
        __skb_pull(skb, ihl);

        encap = SKB_GSO_CB(skb).encap_level > 0;
        if (encap) {
            features = skb.dev.hw_enc_features & netif_skb_features(skb);
        }
        SKB_GSO_CB(skb).encap_level += ihl;

        skb_reset_transport_header(skb);

        segs = sk_buff.ERR_PTR(-EPROTONOSUPPORT);

        // A UDP datagram is cut into fragments, which have the same id.
        if (skb.encapsulation && (skb.shinfo.gso_type & (SKB_GSO_SIT | SKB_GSO_IPIP)) != 0) {
            udpfrag = proto == IPPROTO_UDP && encap;
        } else {
            udpfrag = proto == IPPROTO_UDP && !skb.encapsulation;
        }

        ops = inet_offloads[proto];
        if (ops != null && ops.gso_segment != null) {
            segs = ops.gso_segment.call(skb, features);
        }

        if (IS_ERR_OR_NULL(segs)) {
            return segs;
        }

        skb = segs;
        do {
            iph = new iphdr(skb.head, skb_mac_header(skb) + nhoff);
            if (udpfrag) {
                iph.id(id);
                iph.frag_off(offset >> 3);
                if (skb.next != null) {
                    iph.frag_off(iph.frag_off() | IP_MF);
                }
                offset += skb.len - nhoff - ihl;
            } else {
                iph.id(id++);
            }
            iph.tot_len(skb.len - nhoff);
            ip_send_check(iph);
            if (encap) {
                skb_reset_inner_headers(skb);
            }
            skb.network_header = iph.at;
        } while ((skb = skb.next) != null);

        return segs;
    }

    /**
     * A packet that has come in: can it be merged into one of those that are held? Marks those that are of another
     * flow, and says of the others ({@code flush}) whether they may take it; the transport protocol decides. A header
     * with options, a wrong checksum or length, and a fragment exclude it.
     *
     * @param head the packets that are held, linked by {@code next}
     * @return the one that is complete now, or null
     */
    static sk_buff inet_gro_receive(Ref<sk_buff> head, sk_buff skb) {
        net_offload ops;
        sk_buff pp = null;
        sk_buff p;
        View v;
        iphdr iph;
        int hlen;
        int off;
        int id;
        int flush = 1;
        int proto;

        out: {
            off = skb_gro_offset(skb);
            hlen = off + iphdr.SIZE;
            v = skb_gro_header_fast(skb, off);
            if (skb_gro_header_hard(skb, hlen)) {
                v = skb_gro_header_slow(skb, hlen, off);
                if (v == null) {
                    break out;
                }
            }
            iph = new iphdr(v.b, v.at);

            proto = iph.protocol();

            ops = inet_offloads[proto];
            if (ops == null || ops.gro_receive == null) {
                break out;
            }

            if (get8(iph.b, iph.at) != 0x45) {
                break out;
            }

            if (ip_fast_csum(iph.b, iph.at, 5) != 0) {
                break out;
            }

            // 0 if tot_len is the length there is and frag_off is nothing but DF.
            id = get32(iph.b, iph.at + 4);
            flush = (get32(iph.b, iph.at) ^ skb_gro_len(skb) | id & ~IP_DF) & 0xffff;
            id >>>= 16;

            for (p = head.val; p != null; p = p.next) {
                iphdr iph2;

                if (NAPI_GRO_CB(p).same_flow == 0) {
                    continue;
                }

                iph2 = new iphdr(p.head, p.data + off);
                if ((iph.protocol() ^ iph2.protocol() | iph.saddr() ^ iph2.saddr() | iph.daddr() ^ iph2.daddr()) != 0) {
                    NAPI_GRO_CB(p).same_flow = 0;
                    continue;
                }

                NAPI_GRO_CB(p).flush |= iph.ttl() ^ iph2.ttl()
                        | iph.tos() ^ iph2.tos()
                        | (iph.frag_off() ^ iph2.frag_off()) & IP_DF;

                // Whether ids must follow each other is for the transport protocol to say.
                NAPI_GRO_CB(p).flush_id = iph2.id() + NAPI_GRO_CB(p).count & 0xffff ^ id;
                NAPI_GRO_CB(p).flush |= flush;
            }

            NAPI_GRO_CB(skb).flush |= flush;
            skb_set_network_header(skb, off);

            skb_gro_pull(skb, iphdr.SIZE);
            skb_set_transport_header(skb, skb_gro_offset(skb));

            pp = ops.gro_receive.call(head, skb);
        }

        NAPI_GRO_CB(skb).flush |= flush;

        return pp;
    }

    /**
     * A merged packet is complete: length and checksum of its header.
     *
     * @param nhoff where it begins, from {@code data}
     */
    static int inet_gro_complete(sk_buff skb, int nhoff) {
        int newlen = skb.len - nhoff & 0xffff;
        iphdr iph = new iphdr(skb.head, skb.data + nhoff);
        net_offload ops;
        int proto = iph.protocol();
        int err = -ENOSYS;

        if (skb.encapsulation) {
            skb_set_inner_network_header(skb, nhoff);
        }

        iph.check(csum_replace2(iph.check(), iph.tot_len(), newlen));
        iph.tot_len(newlen);

        ops = inet_offloads[proto];
        if (WARN_ON(ops == null || ops.gro_complete == null)) {
            return err;
        }

        // Headers with options were never merged.
        err = ops.gro_complete.call(skb, nhoff + iphdr.SIZE);

        return err;
    }
}
