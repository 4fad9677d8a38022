// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.bug.Bug.BUG_ON;
import static linux.bug.Bug.WARN;
import static linux.err.Err.IS_ERR;
import static linux.err.Err.PTR_ERR;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.EPROTONOSUPPORT;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.if_ether.EthHdr.eth_hdr;
import static linux.netdevice.Features.skb_gso_ok;
import static linux.netdevice.Packets.offload_base;
import static linux.printk.Printk.net_ratelimit;
import static linux.skbuff.Cb.otherCb;
import static linux.skbuff.Checksum.skb_checksum;
import static linux.skbuff.Clone.skb_clone_writable;
import static linux.skbuff.Clone.skb_cloned;
import static linux.skbuff.Clone.skb_header_cloned;
import static linux.skbuff.Copy.pskb_expand_head;
import static linux.skbuff.Data.__skb_pull;
import static linux.skbuff.Data.__skb_push;
import static linux.skbuff.Data.skb_headlen;
import static linux.skbuff.Data.skb_headroom;
import static linux.skbuff.Frags.skb_has_shared_frag;
import static linux.skbuff.Free.kfree_skb_list;
import static linux.skbuff.Gso.SKB_GSO_CB;
import static linux.skbuff.Headers.skb_checksum_start_offset;
import static linux.skbuff.Headers.skb_reset_mac_header;
import static linux.skbuff.Headers.skb_reset_mac_len;
import static linux.skbuff.Paged.__skb_linearize;
import static linux.skbuff.Paged.pskb_may_pull;
import static linux.skbuff.sk_buff.CHECKSUM_COMPLETE;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.skbuff.sk_buff.ERR_PTR;
import static linux.types.Be.get16;
import static linux.types.Be.put16;
import static net.checksum.Csum.csum_fold;
import static uapi.linux.if_ether.IfEther.ETH_HLEN;
import static uapi.linux.if_ether.IfEther.ETH_P_8021AD;
import static uapi.linux.if_ether.IfEther.ETH_P_8021Q;
import static uapi.linux.if_ether.IfEther.ETH_P_TEB;

import linux.compiler.IntRef;
import linux.list.list_head;
import linux.skbuff.sk_buff;

/**
 * What software does in place of a device that cannot, {@code net/core/dev.c}: completing checksums and splitting
 * packets. Called by {@link Xmit#dev_hard_start_xmit}; the splitting itself is the protocols' business ({@code
 * packet_offload}: IP, which calls TCP).
 */
public final class Gso {
    private Gso() {}

    /** {@code sizeof(struct vlan_hdr)}. */
    static final int VLAN_HLEN = 4;

    /** Where {@link #dev_gso_segment} keeps the destructor of the large packet. */
    static final class dev_gso_cb {
        sk_buff.Destructor destructor;
    }

    static dev_gso_cb DEV_GSO_CB(sk_buff skb) {
        if (!(otherCb(skb) instanceof dev_gso_cb)) {
            otherCb(skb, new dev_gso_cb());
        }
        return (dev_gso_cb) otherCb(skb);
    }

    static void skb_warn_bad_offload(sk_buff skb) {
        net_device dev = skb.dev;

        if (!net_ratelimit()) {
            return;
        }

        WARN(true, "%s: caps=(0x%x, 0x%x) len=%d data_len=%d gso_size=%d gso_type=%d ip_summed=%d\n",
                dev != null ? dev.name : "", dev != null ? dev.features : 0L,
                skb.sk != null ? skb.sk.sk_route_caps : 0L,
                skb.len, skb.data_len, skb.shinfo.gso_size,
                skb.shinfo.gso_type, skb.ip_summed);
    }

    /**
     * Completes the checksum that was left to the device: sums up from {@code csum_start} to the end and stores it.
     * Afterwards {@code ip_summed} is {@code CHECKSUM_NONE}. The header is copied first if somebody else reads it.
     *
     * @return 0, {@code -ENOMEM}, or {@code -EINVAL} for a packet that stands for several
     */
    public static int skb_checksum_help(sk_buff skb) {
        int csum;
        int ret = 0, offset;

        out:
        {
            out_set_summed:
            {
                if (skb.ip_summed == CHECKSUM_COMPLETE) {
                    break out_set_summed;
                }

                if (skb.shinfo.gso_size != 0) {
                    skb_warn_bad_offload(skb);
                    return -EINVAL;
                }

                if (skb_has_shared_frag(skb)) {
                    ret = __skb_linearize(skb);
                    if (ret != 0) {
                        break out;
                    }
                }

                offset = skb_checksum_start_offset(skb);
                BUG_ON(offset >= skb_headlen(skb));
                csum = skb_checksum(skb, offset, skb.len - offset, 0);

                offset += skb.csum_offset;
                BUG_ON(offset + 2 > skb_headlen(skb));

                if (skb_cloned(skb) && !skb_clone_writable(skb, offset + 2)) {
                    ret = pskb_expand_head(skb, 0, 0, GFP_ATOMIC);
                    if (ret != 0) {
                        break out;
                    }
                }

                put16(skb.head, skb.data + offset, csum_fold(csum));
            }
            skb.ip_summed = CHECKSUM_NONE;
        }
        return ret;
    }

    /**
     * The protocol of the packet behind VLAN tags, which may still stand in the bytes.
     *
     * @param depth set to the length of the link header with the tags
     * @return {@code ETH_P_*}; 0: the packet is too short
     */
    public static int skb_network_protocol(sk_buff skb, IntRef depth) {
        int type = skb.protocol;
        int vlan_depth = skb.mac_len;

        if (type == ETH_P_TEB) {
            if (!pskb_may_pull(skb, ETH_HLEN)) {
                return 0;
            }

            type = eth_hdr(skb).h_proto();
        }

        while (type == ETH_P_8021Q || type == ETH_P_8021AD) {
            if (!pskb_may_pull(skb, vlan_depth + VLAN_HLEN)) {
                return 0;
            }

            type = get16(skb.head, skb.data + vlan_depth + 2);
            vlan_depth += VLAN_HLEN;
        }

        depth.val = vlan_depth;

        return type;
    }

    /** Has the protocol of the packet split it. The link header is left in front of each segment. */
    public static sk_buff skb_mac_gso_segment(sk_buff skb, long features) {
        sk_buff segs = ERR_PTR(-EPROTONOSUPPORT);
        packet_offload ptype;
        IntRef vlan_depth = new IntRef(skb.mac_len);
        int type = skb_network_protocol(skb, vlan_depth);

        if (type == 0) {
            return ERR_PTR(-EINVAL);
        }

        __skb_pull(skb, vlan_depth.val);

        for (list_head<packet_offload> p = offload_base.next; p != offload_base; p = p.next) {
            ptype = p.owner;
            if (ptype.type == type && ptype.gso_segment != null) {
                if (skb.ip_summed != CHECKSUM_PARTIAL) {
                    int err;

                    err = ptype.gso_send_check.call(skb);
                    // ERR_PTR(0) is NULL: headers are in order and there is nothing to split.
                    segs = err != 0 ? ERR_PTR(err) : null;
                    if (err != 0 || skb_gso_ok(skb, features)) {
                        break;
                    }
                    __skb_push(skb, skb.data - skb.network_header);
                }
                segs = ptype.gso_segment.call(skb, features);
                break;
            }
        }

        __skb_push(skb, skb.data - skb.mac_header);

        return segs;
    }

    static boolean skb_needs_check(sk_buff skb, boolean tx_path) {
        if (tx_path) {
            return skb.ip_summed != CHECKSUM_PARTIAL;
        } else {
            return skb.ip_summed == CHECKSUM_NONE;
        }
    }

    /**
     * Splits a packet into segments, linked by {@code next}, for a device with {@code features}. {@code skb} itself is
     * left to the caller.
     *
     * @return null if it need not be split; or an error
     */
    public static sk_buff __skb_gso_segment(sk_buff skb, long features, boolean tx_path) {
        if (skb_needs_check(skb, tx_path)) {
            int err;

            skb_warn_bad_offload(skb);

            if (skb_header_cloned(skb)) {
                err = pskb_expand_head(skb, 0, 0, GFP_ATOMIC);
                if (err != 0) {
                    return ERR_PTR(err);
                }
            }
        }

        SKB_GSO_CB(skb).mac_offset = skb_headroom(skb);
        SKB_GSO_CB(skb).encap_level = 0;

        skb_reset_mac_header(skb);
        skb_reset_mac_len(skb);

        return skb_mac_gso_segment(skb, features);
    }

    public static sk_buff skb_gso_segment(sk_buff skb, long features) {
        return __skb_gso_segment(skb, features, true);
    }

    /** Runs when the large packet is freed: the segments that were not sent go with it. */
    static void dev_gso_skb_destructor(sk_buff skb) {
        dev_gso_cb cb;

        kfree_skb_list(skb.next);
        skb.next = null;

        cb = DEV_GSO_CB(skb);
        if (cb.destructor != null) {
            cb.destructor.call(skb);
        }
    }

    /**
     * Splits {@code skb} and hangs the segments on its {@code next}. The memory stays charged to the socket by the large
     * packet, until it is freed.
     *
     * @return 0 (without segments if none were needed), or a negative errno
     */
    static int dev_gso_segment(sk_buff skb, long features) {
        sk_buff segs;

        segs = skb_gso_segment(skb, features);

        if (segs == null) {
            return 0;
        }

        if (IS_ERR(segs)) {
            return PTR_ERR(segs);
        }

        skb.next = segs;
        DEV_GSO_CB(skb).destructor = skb.destructor;
        skb.destructor = Gso::dev_gso_skb_destructor;

        return 0;
    }
}
