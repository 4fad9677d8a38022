// SPDX-License-Identifier: GPL-2.0-only
package net.neighbour;

import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENETDOWN;
import static linux.errno.Errno.ENOBUFS;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.gfp.Gfp.fails;
import static linux.netdevice.Netdev.dev_hard_header;
import static linux.netdevice.Netdev.dev_hold;
import static linux.netdevice.Netdev.dev_put;
import static linux.netdevice.Xmit.dev_queue_xmit;
import static linux.skbuff.Data.__skb_pull;
import static linux.skbuff.Dst.skb_dst;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_network_offset;
import static net.arp.Arp.BASE_REACHABLE_TIME;
import static net.arp.Arp.__ipv4_neigh_lookup;
import static net.arp.Arp.arp_constructor;
import static net.arp.Arp.arp_hashfn;
import static net.arp.Arp.arp_tbl;
import static net.neighbour.neighbour.ERR_PTR;
import static uapi.linux.neighbour.Nud.NUD_DELAY;
import static uapi.linux.neighbour.Nud.NUD_NOARP;
import static uapi.linux.neighbour.Nud.NUD_NONE;
import static uapi.linux.neighbour.Nud.NUD_PERMANENT;
import static uapi.linux.neighbour.Nud.NUD_PROBE;
import static uapi.linux.neighbour.Nud.NUD_REACHABLE;
import static uapi.linux.neighbour.Nud.NUD_STALE;

import linux.compiler.Differs;
import linux.jiffies.Jiffies;
import linux.netdevice.net_device;
import linux.skbuff.sk_buff;
import net.dst.dst_entry;

/**
 * From the address of the next hop to a frame, {@code net/core/neighbour.c}: {@code ip_finish_output2} looks the neighbour up
 * ({@code __ipv4_neigh_lookup_noref}), has it made when there is none yet, and calls its {@code output}, which writes the link
 * header and gives the packet to {@code dev_queue_xmit}.
 *
 * <p>Addresses are never asked for: they are entered by hand, with {@link Neighbours#add}. On a loopback none is needed. A
 * packet for a neighbour that nobody has entered is dropped, and counted in {@code arp_tbl.unres_discards}.
 */
public final class Neigh {
    private Neigh() {}

    /** Its address is known and need not be asked for again. */
    public static final int NUD_CONNECTED = NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE;

    /** Its address is known, or was. */
    public static final int NUD_VALID =
            NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_PROBE | NUD_STALE | NUD_DELAY;

    // ---- include/net/neighbour.h ----

    public static void neigh_release(neighbour neigh) {
        if (--neigh.refcnt == 0) {
            neigh_destroy(neigh);
        }
    }

    public static neighbour neigh_create(int pkey, net_device dev) {
        return __neigh_create(pkey, dev, true);
    }

    /** @return 0 if packets can be sent to it; 1: {@code skb} (may be null) was taken care of */
    public static int neigh_event_send(neighbour neigh, sk_buff skb) {
        if ((neigh.nud_state & (NUD_CONNECTED | NUD_DELAY | NUD_PROBE)) == 0) {
            return __neigh_event_send(neigh, skb);
        }
        return 0;
    }

    // ---- net/core/neighbour.c ----

    /** Takes the neighbours of {@code dev} out of the table. */
    private static void neigh_flush_dev(neigh_table tbl, net_device dev) {
        for (int i = 0; i < tbl.hash_buckets.length; i++) {
            neighbour n, prev = null;

            for (n = tbl.hash_buckets[i]; n != null; n = n.next) {
                if (dev != null && n.dev != dev) {
                    prev = n;
                    continue;
                }
                if (prev == null) {
                    tbl.hash_buckets[i] = n.next;
                } else {
                    prev.next = n.next;
                }
                n.dead = true;
                n.nud_state = NUD_NONE;
                n.output = Neigh::neigh_blackhole;
                tbl.entries--;
                neigh_release(n);
            }
        }
    }

    /** The device goes away, and its neighbours with it. */
    public static int neigh_ifdown(neigh_table tbl, net_device dev) {
        neigh_flush_dev(tbl, dev);
        return 0;
    }

    private static neighbour neigh_alloc(int pkey, net_device dev) {
        if (fails(GFP_ATOMIC)) {
            return null;
        }
        neighbour n = new neighbour(pkey, dev);

        n.nud_state = NUD_NONE;
        n.output = Neigh::neigh_blackhole;
        n.dead = true;
        return n;
    }

    /** The caller holds it afterwards; null: there is none. */
    public static neighbour neigh_lookup(int pkey, net_device dev) {
        return __ipv4_neigh_lookup(dev, pkey);
    }

    /**
     * Makes a neighbour, or finds the one that there is. On a loopback it is ready for use; elsewhere its address remains to
     * be entered.
     *
     * @param want_ref the caller holds it afterwards
     * @return never null; an error when there is no memory
     */
    public static neighbour __neigh_create(int pkey, net_device dev, boolean want_ref) {
        int hash_val;
        int error;
        neighbour n1, rc, n = neigh_alloc(pkey, dev);

        if (n == null) {
            rc = ERR_PTR(-ENOBUFS);
            return rc;
        }

        dev_hold(dev);

        error = arp_constructor(n);
        if (error < 0) {
            rc = ERR_PTR(error);
            neigh_release(n);
            return rc;
        }

        n.confirmed = Jiffies.jiffies - (BASE_REACHABLE_TIME << 1);

        hash_val = arp_hashfn(pkey, dev);

        for (n1 = arp_tbl.hash_buckets[hash_val]; n1 != null; n1 = n1.next) {
            if (dev == n1.dev && n1.primary_key == pkey) {
                if (want_ref) {
                    n1.refcnt++;
                }
                rc = n1;
                neigh_release(n);
                return rc;
            }
        }

        n.dead = false;
        if (want_ref) {
            n.refcnt++;
        }
        n.next = arp_tbl.hash_buckets[hash_val];
        arp_tbl.hash_buckets[hash_val] = n;
        arp_tbl.entries++;
        rc = n;
        return rc;
    }

    /** The last user has let go of it. */
    static void neigh_destroy(neighbour neigh) {
        dev_put(neigh.dev);
    }

    @Differs("there is no ARP: the packet is dropped at once and counted in arp_tbl.unres_discards, where Linux keeps it, asks "
            + "for the address three times, a second apart, and then reports the host as unreachable")
    static int __neigh_event_send(neighbour neigh, sk_buff skb) {
        if (skb != null) {
            arp_tbl.unres_discards++;
            kfree_skb(skb);
        }
        return 1;
    }

    /** The neighbour is gone while somebody still holds it: so is the packet. */
    static int neigh_blackhole(neighbour neigh, sk_buff skb) {
        kfree_skb(skb);
        return -ENETDOWN;
    }

    /** Sends to a neighbour whose address may not be known. */
    public static int neigh_resolve_output(neighbour neigh, sk_buff skb) {
        dst_entry dst = skb_dst(skb);
        int rc = 0;

        out_kfree_skb:
        {
            if (dst == null) {
                break out_kfree_skb;
            }

            if (neigh_event_send(neigh, skb) == 0) {
                int err;
                net_device dev = neigh.dev;

                __skb_pull(skb, skb_network_offset(skb));
                err = dev_hard_header(skb, dev, skb.protocol, neigh.ha, null, skb.len);

                if (err >= 0) {
                    rc = dev_queue_xmit(skb);
                } else {
                    break out_kfree_skb;
                }
            }
            return rc;
        }
        rc = -EINVAL;
        kfree_skb(skb);
        return rc;
    }

    /** Sends to a neighbour whose address is known. */
    public static int neigh_connected_output(neighbour neigh, sk_buff skb) {
        net_device dev = neigh.dev;
        int err;

        __skb_pull(skb, skb_network_offset(skb));
        err = dev_hard_header(skb, dev, skb.protocol, neigh.ha, null, skb.len);

        if (err >= 0) {
            err = dev_queue_xmit(skb);
        } else {
            err = -EINVAL;
            kfree_skb(skb);
        }
        return err;
    }

    /** Sends by a device that has no link header. */
    public static int neigh_direct_output(neighbour neigh, sk_buff skb) {
        return dev_queue_xmit(skb);
    }
}
