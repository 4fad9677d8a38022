// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.bug.Bug.BUG_ON;
import static linux.bug.Bug.WARN_ON;
import static linux.errno.Errno.ENOENT;
import static linux.etherdevice.EtherAddr.compare_ether_header;
import static linux.netdev_features.NetdevFeatures.NETIF_F_GRO;
import static linux.netdevice.Netdev.GRO_DROP;
import static linux.netdevice.Netdev.GRO_HELD;
import static linux.netdevice.Netdev.GRO_MERGED;
import static linux.netdevice.Netdev.GRO_MERGED_FREE;
import static linux.netdevice.Netdev.GRO_NORMAL;
import static linux.netdevice.Netdev.NET_RX_SUCCESS;
import static linux.netdevice.Packets.offload_base;
import static linux.netdevice.Receive.netif_receive_skb_internal;
import static linux.skbuff.Alloc.freeSkb;
import static linux.skbuff.Cb.NAPI_GRO_CB;
import static linux.skbuff.Data.skb_headlen;
import static linux.skbuff.Frags.skb_frag_unref;
import static linux.skbuff.Frags.skb_has_frag_list;
import static linux.skbuff.Free.__kfree_skb;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Gso.skb_is_gso;
import static linux.skbuff.Headers.skb_network_offset;
import static linux.skbuff.Headers.skb_reset_mac_len;
import static linux.skbuff.Headers.skb_set_network_header;
import static linux.skbuff.Paged.pskb_may_pull;
import static linux.skbuff.napi_gro_cb.NAPI_GRO_FREE_STOLEN_HEAD;
import static linux.skbuff.sk_buff.CHECKSUM_COMPLETE;
import static net.checksum.Csum.csum_partial;
import static net.checksum.Csum.csum_sub;
import static uapi.linux.if_ether.IfEther.ETH_HLEN;

import java.util.Arrays;
import linux.jiffies.Jiffies;
import linux.list.list_head;
import linux.skbuff.sk_buff;
import linux.skbuff.skb_frag_t;
import linux.skbuff.skb_shared_info;
import linux.types.View;

/**
 * Receive coalescing, {@code net/core/dev.c}: segments of one stream that arrive in a row become one large packet, so that
 * the stack has less to do. A driver that is asked for packets calls {@link #napi_gro_receive}; the protocols ({@code
 * packet_offload}) decide what belongs together; what is complete goes to {@link Receive}.
 *
 * <p>Packets are held on {@code napi.gro_list} until a segment that does not continue them, or the end of the polling,
 * sends them on. While a header is looked at it may lie in the first page of the packet rather than in the linear part:
 * the {@code skb_gro_*} functions hide that.
 *
 * <p>Neither {@code lo} nor veth receives this way.
 */
public final class Gro {
    private Gro() {}

    /** Packets that may be held at once. */
    static final int MAX_GRO_SKBS = 8;

    /** Sends on a packet that is complete: {@code gro_complete} of its protocol makes its headers right. */
    static int napi_gro_complete(sk_buff skb) {
        packet_offload ptype;
        int type = skb.protocol;
        list_head<packet_offload> head = offload_base;
        int err = -ENOENT;

        if (NAPI_GRO_CB(skb).count == 1) {
            skb.shinfo.gso_size = 0;
            return netif_receive_skb_internal(skb);
        }

        boolean found = false;
        for (list_head<packet_offload> p = head.next; p != head; p = p.next) {
            ptype = p.owner;
            if (ptype.type != type || ptype.gro_complete == null) {
                continue;
            }

            err = ptype.gro_complete.call(skb, 0);
            found = true;
            break;
        }

        if (err != 0) {
            WARN_ON(!found);
            kfree_skb(skb);
            return NET_RX_SUCCESS;
        }

        return netif_receive_skb_internal(skb);
    }

    /**
     * Sends on all packets that are held, the oldest first.
     *
     * @param flush_old true: not those that came in this very jiffy
     */
    public static void napi_gro_flush(napi_struct napi, boolean flush_old) {
        sk_buff skb, prev = null;

        for (skb = napi.gro_list.val; skb != null; skb = skb.next) {
            skb.prev = prev;
            prev = skb;
        }

        for (skb = prev; skb != null; skb = prev) {
            skb.next = null;

            if (flush_old && NAPI_GRO_CB(skb).age == Jiffies.jiffies) {
                return;
            }

            prev = skb.prev;
            napi_gro_complete(skb);
            napi.gro_count--;
        }

        napi.gro_list.val = null;
    }

    /** Marks those held packets that came from the same station by the same device. */
    static void gro_list_prepare(napi_struct napi, sk_buff skb) {
        sk_buff p;
        int maclen = skb.dev.hard_header_len;
        int hash = skb.rxhash;

        for (p = napi.gro_list.val; p != null; p = p.next) {
            boolean diffs;

            NAPI_GRO_CB(p).flush = 0;

            if (hash != p.rxhash) {
                NAPI_GRO_CB(p).same_flow = 0;
                continue;
            }

            diffs = p.dev != skb.dev;
            View mac = skb_gro_mac_header(skb);
            if (maclen == ETH_HLEN) {
                diffs |= compare_ether_header(p.head, p.mac_header, mac.b, mac.at);
            } else if (!diffs) {
                diffs = !Arrays.equals(p.head, p.mac_header, p.mac_header + maclen, mac.b, mac.at, mac.at + maclen);
            }
            NAPI_GRO_CB(p).same_flow = diffs ? 0 : 1;
        }
    }

    static void skb_gro_reset_offset(sk_buff skb) {
        skb_shared_info pinfo = skb.shinfo;

        NAPI_GRO_CB(skb).data_offset = 0;
        NAPI_GRO_CB(skb).frag0 = null;
        NAPI_GRO_CB(skb).frag0_len = 0;

        if (skb.mac_header == skb.tail && pinfo.nr_frags != 0) {
            skb_frag_t frag0 = pinfo.frags(0);

            NAPI_GRO_CB(skb).frag0 = new View(frag0.page.data, frag0.page_offset);
            NAPI_GRO_CB(skb).frag0_len = frag0.size;
        }
    }

    /** Merges the packet with one that is held, holds it, or says that it is to be received as it is. */
    static int dev_gro_receive(napi_struct napi, sk_buff skb) {
        sk_buff pp = null;
        packet_offload ptype;
        int type = skb.protocol;
        list_head<packet_offload> head = offload_base;
        boolean same_flow;
        int ret;

        ok:
        {
            pull:
            {
                normal:
                {
                    if ((skb.dev.features & NETIF_F_GRO) == 0) {
                        break normal;
                    }

                    if (skb_is_gso(skb) || skb_has_frag_list(skb)) {
                        break normal;
                    }

                    skb_gro_reset_offset(skb);
                    gro_list_prepare(napi, skb);
                    NAPI_GRO_CB(skb).csum = skb.csum;

                    boolean found = false;
                    for (list_head<packet_offload> p = head.next; p != head; p = p.next) {
                        ptype = p.owner;
                        if (ptype.type != type || ptype.gro_receive == null) {
                            continue;
                        }

                        skb_set_network_header(skb, skb_gro_offset(skb));
                        skb_reset_mac_len(skb);
                        NAPI_GRO_CB(skb).same_flow = 0;
                        NAPI_GRO_CB(skb).flush = 0;
                        NAPI_GRO_CB(skb).free = 0;

                        pp = ptype.gro_receive.call(napi.gro_list, skb);
                        found = true;
                        break;
                    }

                    if (!found) {
                        break normal;
                    }

                    same_flow = NAPI_GRO_CB(skb).same_flow != 0;
                    ret = NAPI_GRO_CB(skb).free != 0 ? GRO_MERGED_FREE : GRO_MERGED;

                    if (pp != null) {
                        sk_buff nskb = pp;

                        unlinkHeld(napi, nskb);
                        napi_gro_complete(nskb);
                        napi.gro_count--;
                    }

                    if (same_flow) {
                        break ok;
                    }

                    if (NAPI_GRO_CB(skb).flush != 0) {
                        break normal;
                    }

                    if (napi.gro_count >= MAX_GRO_SKBS) {
                        sk_buff nskb = napi.gro_list.val;

                        while (nskb.next != null) {
                            nskb = nskb.next;
                        }
                        unlinkHeld(napi, nskb);
                        napi_gro_complete(nskb);
                    } else {
                        napi.gro_count++;
                    }
                    NAPI_GRO_CB(skb).count = 1;
                    NAPI_GRO_CB(skb).age = Jiffies.jiffies;
                    NAPI_GRO_CB(skb).last = skb;
                    skb.shinfo.gso_size = skb_gro_len(skb);
                    skb.next = napi.gro_list.val;
                    napi.gro_list.val = skb;
                    ret = GRO_HELD;
                    break pull;
                }
                ret = GRO_NORMAL;
            }

            if (skb_headlen(skb) < skb_gro_offset(skb)) {
                int grow = skb_gro_offset(skb) - skb_headlen(skb);

                BUG_ON(skb.end - skb.tail < grow);

                View frag0 = NAPI_GRO_CB(skb).frag0;
                System.arraycopy(frag0.b, frag0.at, skb.head, skb.tail, grow);

                skb.tail += grow;
                skb.data_len -= grow;

                skb_frag_t frag = skb.shinfo.frags(0);
                frag.page_offset += grow;
                frag.size -= grow;

                if (frag.size == 0) {
                    skb_frag_unref(skb, 0);
                    skb.shinfo.moveFrags(0, 1, --skb.shinfo.nr_frags);
                }
            }
        }
        return ret;
    }

    /** {@code *pp = nskb->next}: takes a packet off the list of those held. */
    private static void unlinkHeld(napi_struct napi, sk_buff nskb) {
        if (napi.gro_list.val == nskb) {
            napi.gro_list.val = nskb.next;
        } else {
            sk_buff p = napi.gro_list.val;

            while (p.next != nskb) {
                p = p.next;
            }
            p.next = nskb.next;
        }
        nskb.next = null;
    }

    public static packet_offload gro_find_receive_by_type(int type) {
        list_head<packet_offload> offload_head = offload_base;
        packet_offload ptype;

        for (list_head<packet_offload> p = offload_head.next; p != offload_head; p = p.next) {
            ptype = p.owner;
            if (ptype.type != type || ptype.gro_receive == null) {
                continue;
            }
            return ptype;
        }
        return null;
    }

    public static packet_offload gro_find_complete_by_type(int type) {
        list_head<packet_offload> offload_head = offload_base;
        packet_offload ptype;

        for (list_head<packet_offload> p = offload_head.next; p != offload_head; p = p.next) {
            ptype = p.owner;
            if (ptype.type != type || ptype.gro_complete == null) {
                continue;
            }
            return ptype;
        }
        return null;
    }

    static int napi_skb_finish(int ret, sk_buff skb) {
        switch (ret) {
            case GRO_NORMAL:
                if (netif_receive_skb_internal(skb) != 0) {
                    ret = GRO_DROP;
                }
                break;

            case GRO_DROP:
                kfree_skb(skb);
                break;

            case GRO_MERGED_FREE:
                if (NAPI_GRO_CB(skb).free == NAPI_GRO_FREE_STOLEN_HEAD) {
                    freeSkb(skb);
                } else {
                    __kfree_skb(skb);
                }
                break;

            case GRO_HELD:
            case GRO_MERGED:
                break;

            default:
                break;
        }

        return ret;
    }

    /**
     * Takes a packet, with {@code eth_type_trans} done, from a driver that is being asked for packets.
     *
     * @return {@code GRO_*}: what became of it
     */
    public static int napi_gro_receive(napi_struct napi, sk_buff skb) {
        return napi_skb_finish(dev_gro_receive(napi, skb), skb);
    }

    // ---- include/linux/netdevice.h ----

    /** Where the header that is looked at begins, in bytes from {@code data}. */
    public static int skb_gro_offset(sk_buff skb) {
        return NAPI_GRO_CB(skb).data_offset;
    }

    /** Bytes from there on. */
    public static int skb_gro_len(sk_buff skb) {
        return skb.len - NAPI_GRO_CB(skb).data_offset;
    }

    /** On to what follows {@code len} bytes of header. */
    public static void skb_gro_pull(sk_buff skb, int len) {
        NAPI_GRO_CB(skb).data_offset += len;
    }

    /** The header at {@code offset} where it lies in the first page; null if it does not lie there. */
    public static View skb_gro_header_fast(sk_buff skb, int offset) {
        View frag0 = NAPI_GRO_CB(skb).frag0;

        return frag0 == null ? null : new View(frag0.b, frag0.at + offset);
    }

    /** Must {@link #skb_gro_header_slow} be asked to get at the first {@code hlen} bytes? */
    public static boolean skb_gro_header_hard(sk_buff skb, int hlen) {
        return NAPI_GRO_CB(skb).frag0_len < hlen;
    }

    /** The header at {@code offset} in the linear part; null: the packet has no {@code hlen} bytes. */
    public static View skb_gro_header_slow(sk_buff skb, int hlen, int offset) {
        if (!pskb_may_pull(skb, hlen)) {
            return null;
        }

        NAPI_GRO_CB(skb).frag0 = null;
        NAPI_GRO_CB(skb).frag0_len = 0;
        return new View(skb.head, skb.data + offset);
    }

    static View skb_gro_mac_header(sk_buff skb) {
        View frag0 = NAPI_GRO_CB(skb).frag0;

        return frag0 != null ? frag0 : new View(skb.head, skb.mac_header);
    }

    /** The network header, wherever it lies. */
    public static View skb_gro_network_header(sk_buff skb) {
        View frag0 = NAPI_GRO_CB(skb).frag0;

        return frag0 != null
                ? new View(frag0.b, frag0.at + skb_network_offset(skb))
                : new View(skb.head, skb.data + skb_network_offset(skb));
    }

    /** {@code len} bytes at {@code start} do not count in the checksum any more. */
    public static void skb_gro_postpull_rcsum(sk_buff skb, byte[] start, int start_at, int len) {
        if (skb.ip_summed == CHECKSUM_COMPLETE) {
            NAPI_GRO_CB(skb).csum = csum_sub(NAPI_GRO_CB(skb).csum, csum_partial(start, start_at, len, 0));
        }
    }
}
