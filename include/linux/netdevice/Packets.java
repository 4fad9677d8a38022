// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.list.Lists.list_add;
import static linux.netdevice.Timestamps.net_timestamp_set;
import static linux.printk.Printk.net_crit_ratelimited;
import static linux.printk.Printk.pr_warn;
import static linux.skbuff.Clone.skb_clone;
import static linux.skbuff.Headers.skb_reset_mac_header;
import static linux.skbuff.Headers.skb_reset_network_header;
import static uapi.linux.if_ether.IfEther.ETH_P_ALL;
import static uapi.linux.if_packet.IfPacket.PACKET_OUTGOING;

import linux.list.list_head;
import linux.skbuff.sk_buff;

/**
 * Who gets which packets, {@code net/core/dev.c}: protocols and taps ({@code packet_type}) and those that split and merge
 * ({@code packet_offload}). IP registers itself here when it boots; so does everything that captures.
 */
public final class Packets {
    private Packets() {}

    static final int PTYPE_HASH_SIZE = 16;
    static final int PTYPE_HASH_MASK = PTYPE_HASH_SIZE - 1;

    /** Protocols by their number. */
    static list_head<packet_type>[] ptype_base;

    /** Taps: they see every packet, those that leave too. */
    static list_head<packet_type> ptype_all;

    static list_head<packet_offload> offload_base;

    @SuppressWarnings({"unchecked", "rawtypes"})
    static void data() {
        ptype_base = new list_head[PTYPE_HASH_SIZE];
        for (int i = 0; i < PTYPE_HASH_SIZE; i++) {
            ptype_base[i] = new list_head<>();
        }
        ptype_all = new list_head<>();
        offload_base = new list_head<>();
    }

    static list_head<packet_type> ptype_head(packet_type pt) {
        if (pt.type == ETH_P_ALL) {
            return ptype_all;
        } else {
            return ptype_base[pt.type & PTYPE_HASH_MASK];
        }
    }

    /** From now on {@code pt} gets packets of its type; who came last is asked first. */
    public static void dev_add_pack(packet_type pt) {
        list_head<packet_type> head = ptype_head(pt);

        list_add(pt.list, head);
    }

    public static void __dev_remove_pack(packet_type pt) {
        list_head<packet_type> head = ptype_head(pt);

        for (list_head<packet_type> p = head.next; p != head; p = p.next) {
            if (pt == p.owner) {
                unlinkForWalkers(pt.list);
                return;
            }
        }

        pr_warn("dev_remove_pack: %s not found\n", pt);
    }

    /**
     * {@code list_del_rcu}: takes the entry out but leaves its {@code next} as it is, for a walk over the list that
     * stands there: a tap may remove itself while it is being called.
     */
    private static <T> void unlinkForWalkers(list_head<T> entry) {
        entry.prev.next = entry.next;
        entry.next.prev = entry.prev;
        entry.prev = null;
    }

    public static void dev_remove_pack(packet_type pt) {
        __dev_remove_pack(pt);
    }

    public static void dev_add_offload(packet_offload po) {
        list_head<packet_offload> head = offload_base;

        list_add(po.list, head);
    }

    static void __dev_remove_offload(packet_offload po) {
        list_head<packet_offload> head = offload_base;

        for (list_head<packet_offload> p = head.next; p != head; p = p.next) {
            if (po == p.owner) {
                unlinkForWalkers(po.list);
                return;
            }
        }

        pr_warn("dev_remove_offload: %s not found\n", po);
    }

    public static void dev_remove_offload(packet_offload po) {
        __dev_remove_offload(po);
    }

    /** Gives {@code pt_prev} the packet and a reference of its own: somebody else gets it too. */
    static int deliver_skb(sk_buff skb, packet_type pt_prev, net_device orig_dev) {
        skb.users++;
        return pt_prev.func.call(skb, skb.dev, pt_prev, orig_dev);
    }

    /** Has the tap sent this packet itself? Then it does not want to see it. */
    static boolean skb_loop_sk(packet_type ptype, sk_buff skb) {
        if (ptype.af_packet_priv == null || skb.sk == null) {
            return false;
        }

        if (ptype.id_match != null) {
            return ptype.id_match.call(ptype, skb.sk);
        } else if (ptype.af_packet_priv == skb.sk) {
            return true;
        }

        return false;
    }

    /** Shows a packet that is about to leave to the taps: a clone, for all of them the same. */
    static void dev_queue_xmit_nit(sk_buff skb, net_device dev) {
        packet_type ptype;
        sk_buff skb2 = null;
        packet_type pt_prev = null;

        for (list_head<packet_type> p = ptype_all.next; p != ptype_all; p = p.next) {
            ptype = p.owner;
            if ((ptype.dev == dev || ptype.dev == null) && !skb_loop_sk(ptype, skb)) {
                if (pt_prev != null) {
                    deliver_skb(skb2, pt_prev, skb.dev);
                    pt_prev = ptype;
                    continue;
                }

                skb2 = skb_clone(skb, GFP_ATOMIC);
                if (skb2 == null) {
                    break;
                }

                net_timestamp_set(skb2);

                skb_reset_mac_header(skb2);

                if (skb2.network_header < skb2.data || skb2.network_header > skb2.tail) {
                    net_crit_ratelimited("protocol %04x is buggy, dev %s\n", skb2.protocol, dev.name);
                    skb_reset_network_header(skb2);
                }

                skb2.transport_header = skb2.network_header;
                skb2.pkt_type = PACKET_OUTGOING;
                pt_prev = ptype;
            }
        }
        if (pt_prev != null) {
            pt_prev.func.call(skb2, skb.dev, pt_prev, skb.dev);
        }
    }
}
