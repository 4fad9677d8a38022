// SPDX-License-Identifier: GPL-2.0-only
package tcp_offload;

import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.ltU32;
import static linux.netdevice.Gro.skb_gro_header_fast;
import static linux.netdevice.Gro.skb_gro_header_hard;
import static linux.netdevice.Gro.skb_gro_header_slow;
import static linux.netdevice.Gro.skb_gro_len;
import static linux.netdevice.Gro.skb_gro_offset;
import static linux.netdevice.Gro.skb_gro_pull;
import static linux.skbuff.Cb.NAPI_GRO_CB;
import static linux.skbuff.Gro.skb_gro_receive;
import static linux.skbuff.SkbConst.SKB_GSO_TCP_ECN;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.tcp.Header.tcp_hdr;
import static linux.types.Be.get32;
import static linux.types.Be.put32;
import static net.tcp.Segments.tcp_skb_mss;
import static uapi.linux.tcp.Header.tcp_flag_word;
import static uapi.linux.tcp.TcpOpt.TCP_FLAG_CWR;
import static uapi.linux.tcp.TcpOpt.TCP_FLAG_FIN;
import static uapi.linux.tcp.TcpOpt.TCP_FLAG_PSH;
import static uapi.linux.tcp.TcpOpt.TCP_FLAG_RST;
import static uapi.linux.tcp.TcpOpt.TCP_FLAG_SYN;
import static uapi.linux.tcp.TcpOpt.TCP_FLAG_URG;

import linux.compiler.Ref;
import linux.skbuff.sk_buff;
import linux.types.View;
import uapi.linux.tcp.tcphdr;

/**
 * Receive coalescing: segments of a connection that follow each other become one packet. {@code dev_gro_receive} calls
 * in by way of {@code inet_gro_receive} and {@link V4#tcp4_gro_receive}. Two segments go together only if what comes
 * out could be cut into the same segments again: same header but for FIN and PSH, same size except for the last one.
 */
public final class Gro {
    private Gro() {}

    /**
     * @param head the packets that are held
     * @return one of them that is complete and has to be sent on; null: none
     */
    public static sk_buff tcp_gro_receive(Ref<sk_buff> head, sk_buff skb) {
        sk_buff pp = null;
        sk_buff p;
        tcphdr th;
        tcphdr th2;
        int len;
        int thlen;
        int flags;
        int mss = 1;
        int hlen;
        int off;
        int flush = 1;
        int i;
        View ptr;
        sk_buff before = null;

        out:
        {
            off = skb_gro_offset(skb);
            hlen = off + tcphdr.SIZE;
            ptr = skb_gro_header_fast(skb, off);
            if (skb_gro_header_hard(skb, hlen)) {
                ptr = skb_gro_header_slow(skb, hlen, off);
                if (ptr == null) {
                    break out;
                }
            }
            th = new tcphdr(ptr.b, ptr.at);

            thlen = th.doff() * 4;
            if (thlen < tcphdr.SIZE) {
                break out;
            }

            hlen = off + thlen;
            if (skb_gro_header_hard(skb, hlen)) {
                ptr = skb_gro_header_slow(skb, hlen, off);
                if (ptr == null) {
                    break out;
                }
                th = new tcphdr(ptr.b, ptr.at);
            }

            skb_gro_pull(skb, thlen);

            len = skb_gro_len(skb);
            flags = tcp_flag_word(th);

            out_check_final:
            {
                found:
                {
                    for (p = head.val; p != null; before = p, p = p.next) {
                        if (NAPI_GRO_CB(p).same_flow == 0) {
                            continue;
                        }

                        th2 = tcp_hdr(p);

                        if (th.source() != th2.source() || th.dest() != th2.dest()) {
                            NAPI_GRO_CB(p).same_flow = 0;
                            continue;
                        }

                        break found;
                    }

                    break out_check_final;
                }

                flush = NAPI_GRO_CB(p).flush | NAPI_GRO_CB(p).flush_id;
                flush |= flags & TCP_FLAG_CWR;
                flush |= (flags ^ tcp_flag_word(th2))
                        & ~(TCP_FLAG_CWR | TCP_FLAG_FIN | TCP_FLAG_PSH);
                flush |= th.ack_seq() ^ th2.ack_seq();
                for (i = tcphdr.SIZE; i < thlen; i += 4) {
                    flush |= get32(th.b, th.at + i)
                            ^ get32(th2.b, th2.at + i);
                }

                mss = tcp_skb_mss(p);

                // A segment without payload counts as too long, too.
                flush |= geU32(len - 1, mss) ? 1 : 0;
                flush |= th2.seq() + skb_gro_len(p) ^ th.seq();

                Ref<sk_buff> link = new Ref<>();
                link.val = p;
                if (flush != 0 || skb_gro_receive(link, skb) != 0) {
                    mss = 1;
                    break out_check_final;
                }

                // A new packet may have taken the place of the one that was held.
                p = link.val;
                if (before != null) {
                    before.next = p;
                } else {
                    head.val = p;
                }
                th2 = tcp_hdr(p);
                put32(th2.b, th2.at + 12, tcp_flag_word(th2) | flags & (TCP_FLAG_FIN | TCP_FLAG_PSH));
            }

            flush = ltU32(len, mss) ? 1 : 0;
            flush |= flags & (TCP_FLAG_URG | TCP_FLAG_PSH
                    | TCP_FLAG_RST | TCP_FLAG_SYN
                    | TCP_FLAG_FIN);

            if (p != null && (NAPI_GRO_CB(skb).same_flow == 0 || flush != 0)) {
                pp = p;
            }
        }
        NAPI_GRO_CB(skb).flush |= flush != 0 ? 1 : 0;

        return pp;
    }

    /** The merged packet is sent on: it looks like one that was sent with segmentation offload. */
    public static int tcp_gro_complete(sk_buff skb) {
        tcphdr th = tcp_hdr(skb);

        skb.csum_start = th.at;
        skb.csum_offset = 16;
        skb.ip_summed = CHECKSUM_PARTIAL;

        skb.shinfo.gso_segs = NAPI_GRO_CB(skb).count;

        if (th.cwr()) {
            skb.shinfo.gso_type |= SKB_GSO_TCP_ECN;
        }

        return 0;
    }
}
