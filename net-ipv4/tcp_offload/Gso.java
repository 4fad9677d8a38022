// SPDX-License-Identifier: GPL-2.0-only
package tcp_offload;

import static linux.err.Err.IS_ERR;
import static linux.errno.Errno.EINVAL;
import static linux.kernel.Kernel.DIV_ROUND_UP;
import static linux.kernel.Kernel.leU32;
import static linux.netdev_features.NetdevFeatures.NETIF_F_GSO_ROBUST;
import static linux.netdevice.Features.skb_gso_ok;
import static linux.skbuff.Data.__skb_pull;
import static linux.skbuff.Data.skb_tail_pointer;
import static linux.skbuff.Gso.skb_segment;
import static linux.skbuff.Headers.skb_transport_header;
import static linux.skbuff.Paged.pskb_may_pull;
import static linux.skbuff.SkbConst.SKB_GSO_DODGY;
import static linux.skbuff.SkbConst.SKB_GSO_GRE;
import static linux.skbuff.SkbConst.SKB_GSO_IPIP;
import static linux.skbuff.SkbConst.SKB_GSO_MPLS;
import static linux.skbuff.SkbConst.SKB_GSO_SIT;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV4;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV6;
import static linux.skbuff.SkbConst.SKB_GSO_TCP_ECN;
import static linux.skbuff.SkbConst.SKB_GSO_UDP_TUNNEL;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.skbuff.sk_buff.ERR_PTR;
import static linux.tcp.Header.tcp_hdr;
import static net.checksum.Csum.csum_fold;
import static net.checksum.Csum.csum_partial;
import static net.sock.Owner.tcp_wfree;
import static net.tcp.Segments.tcp_skb_mss;

import linux.skbuff.sk_buff;
import net.sock.sock;
import uapi.linux.tcp.tcphdr;

/**
 * Cutting a large packet of TCP into segments for a device that cannot: {@code dev_hard_start_xmit} has it done, by way
 * of {@code inet_gso_segment}. {@code skb_segment} copies the header in front of each piece; here it is put right.
 */
public final class Gso {
    private Gso() {}

    /**
     * @param skb its data begin with the TCP header; {@code check} is the sum of the pseudo header with the whole
     *     length
     * @param features what the device can do ({@code NETIF_F_*})
     * @return the segments, linked by {@code next}; null: the device can do it after all; {@code -EINVAL}
     */
    public static sk_buff tcp_gso_segment(sk_buff skb,
            long features) {
        sk_buff segs = ERR_PTR(-EINVAL);
        int sum_truesize = 0;
        tcphdr th;
        int thlen;
        int seq;
        int delta;
        int oldlen;
        int mss;
        sk_buff gso_skb = skb;
        int newcheck;
        boolean ooo_okay;
        boolean copy_destructor;

        out:
        {
            if (!pskb_may_pull(skb, tcphdr.SIZE)) {
                break out;
            }

            th = tcp_hdr(skb);
            thlen = th.doff() * 4;
            if (thlen < tcphdr.SIZE) {
                break out;
            }

            if (!pskb_may_pull(skb, thlen)) {
                break out;
            }

            oldlen = ~skb.len & 0xffff;
            __skb_pull(skb, thlen);

            mss = tcp_skb_mss(skb);
            if (leU32(skb.len, mss)) {
                break out;
            }

            if (skb_gso_ok(skb, features | NETIF_F_GSO_ROBUST)) {
                // It comes from outside: the number of segments cannot be trusted.
                int type = skb.shinfo.gso_type;

                if ((type
                        & ~(SKB_GSO_TCPV4
                                | SKB_GSO_DODGY
                                | SKB_GSO_TCP_ECN
                                | SKB_GSO_TCPV6
                                | SKB_GSO_GRE
                                | SKB_GSO_IPIP
                                | SKB_GSO_SIT
                                | SKB_GSO_MPLS
                                | SKB_GSO_UDP_TUNNEL
                                | 0)) != 0
                        || (type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6)) == 0) {
                    break out;
                }

                skb.shinfo.gso_segs = DIV_ROUND_UP(skb.len, mss);

                segs = null;
                break out;
            }

            copy_destructor = gso_skb.destructor != null && gso_skb.destructor == tcp_wfree;
            ooo_okay = gso_skb.ooo_okay;
            skb.ooo_okay = false;

            segs = skb_segment(skb, features);
            if (IS_ERR(segs)) {
                break out;
            }

            segs.ooo_okay = ooo_okay;

            // The sum changes by the difference of the lengths (RFC 1624).
            delta = oldlen + (thlen + mss);

            skb = segs;
            th = tcp_hdr(skb);
            seq = th.seq();

            newcheck = ~csum_fold(th.check() + delta);

            do {
                th.fin(false);
                th.psh(false);
                th.check(newcheck);

                if (skb.ip_summed != CHECKSUM_PARTIAL) {
                    th.check(csum_fold(csum_partial(skb.head, skb_transport_header(skb),
                                                    thlen, skb.csum)));
                }

                seq += mss;
                if (copy_destructor) {
                    skb.destructor = gso_skb.destructor;
                    skb.sk = gso_skb.sk;
                    sum_truesize += skb.truesize;
                }
                skb = skb.next;
                th = tcp_hdr(skb);

                th.seq(seq);
                th.cwr(false);
            } while (skb.next != null);

            // TCP is to be told when the last segment has left, not when the packet has been cut.
            if (copy_destructor) {
                sock sk = gso_skb.sk;
                gso_skb.sk = skb.sk;
                skb.sk = sk;
                sk_buff.Destructor destructor = gso_skb.destructor;
                gso_skb.destructor = skb.destructor;
                skb.destructor = destructor;
                sum_truesize += skb.truesize;
                skb.sk.sk_wmem_alloc += sum_truesize - gso_skb.truesize;
            }

            delta = oldlen + (skb_tail_pointer(skb)
                            - skb_transport_header(skb))
                    + skb.data_len;
            th.check(~csum_fold(th.check() + delta));
            if (skb.ip_summed != CHECKSUM_PARTIAL) {
                th.check(csum_fold(csum_partial(skb.head, skb_transport_header(skb),
                                                thlen, skb.csum)));
            }
        }
        return segs;
    }
}
