// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.bug.Bug.BUG_ON;
import static linux.bug.Bug.WARN_ON;
import static linux.interrupt.Softirq.in_irq;
import static linux.mm.Mm.put_page;
import static linux.skbuff.Alloc.freePair;
import static linux.skbuff.Alloc.freeSkb;
import static linux.skbuff.Alloc.kfree;
import static linux.skbuff.Alloc.retire;
import static linux.skbuff.Alloc.skb_get;
import static linux.skbuff.Frags.skb_frag_unref;
import static linux.skbuff.Frags.skb_has_frag_list;
import static linux.skbuff.SkbConst.SKB_DATAREF_SHIFT;
import static linux.skbuff.sk_buff.SKB_FCLONE_CLONE;
import static linux.skbuff.sk_buff.SKB_FCLONE_ORIG;
import static linux.skbuff.sk_buff.SKB_FCLONE_UNAVAILABLE;
import static net.dst.Dst.skb_dst_drop;

import linux.hrtimer.Clock;
import linux.hrtimer.Costs;

/**
 * Where packets go in the end. Three counts decide what is given back: {@code users} for the sk_buff, {@code
 * dataref} for the bytes and what hangs on them (pages, frag_list), and for a pair made by {@code
 * alloc_skb_fclone} how many of the two are in use. The destructor runs with the sk_buff, so the sender's socket
 * is relieved when its clone has been consumed, not when the bytes are gone.
 */
public final class Free {
    private Free() {}

    // ---- include/linux/skbuff.h ----

    /** Takes the packet from the socket that pays for it, as if it were freed. */
    public static void skb_orphan(sk_buff skb) {
        if (skb.destructor != null) {
            skb.destructor.call(skb);
            skb.destructor = null;
            skb.sk = null;
        } else {
            BUG_ON(skb.sk != null);
        }
    }

    // ---- net/core/skbuff.c ----

    /** Frees a list linked by {@code next}. In C it takes the place that leads to it and clears that, too. */
    static void skb_drop_list(sk_buff list) {
        kfree_skb_list(list);
    }

    static void skb_drop_fraglist(sk_buff skb) {
        skb_drop_list(skb.shinfo.frag_list);
        skb.shinfo.frag_list = null;
    }

    /** Another packet has come to the same frag_list: one more user for each on it. */
    public static void skb_clone_fraglist(sk_buff skb) {
        sk_buff list;

        for (list = skb.shinfo.frag_list; list != null; list = list.next) {
            skb_get(list);
        }
    }

    static void skb_free_head(sk_buff skb) {
        if (skb.head_frag) {
            put_page(skb.headPage);
        } else {
            kfree(skb.head);
        }
    }

    /** Gives up this packet's share of the data; the last one frees pages, frag_list and bytes. */
    static void skb_release_data(sk_buff skb) {
        skb_shared_info shinfo = skb.shinfo;

        if (!skb.cloned || (shinfo.dataref -= skb.nohdr ? (1 << SKB_DATAREF_SHIFT) + 1 : 1) == 0) {
            if (shinfo.nr_frags != 0) {
                int i;

                for (i = 0; i < shinfo.nr_frags; i++) {
                    skb_frag_unref(skb, i);
                }
            }

            if (skb_has_frag_list(skb)) {
                skb_drop_fraglist(skb);
            }

            skb_free_head(skb);
        }
    }

    /** Frees the sk_buff itself. The second half of a pair becomes available for the next clone. */
    static void kfree_skbmem(sk_buff skb) {
        sk_buff other;

        switch (skb.fclone) {
            case SKB_FCLONE_UNAVAILABLE:
                freeSkb(skb);
                break;

            case SKB_FCLONE_ORIG:
                retire(skb);
                if (--skb.fclone_ref == 0) {
                    freePair();
                }
                break;

            case SKB_FCLONE_CLONE:
                retire(skb);
                other = skb.companion;

                skb.fclone = SKB_FCLONE_UNAVAILABLE;

                if (--other.fclone_ref == 0) {
                    freePair();
                }
                break;

            default:
                break;
        }
    }

    /** Lets go of the route and of the socket. */
    static void skb_release_head_state(sk_buff skb) {
        skb_dst_drop(skb);
        if (skb.destructor != null) {
            WARN_ON(in_irq());
            skb.destructor.call(skb);
        }
    }

    static void skb_release_all(sk_buff skb) {
        skb_release_head_state(skb);
        if (skb.head != null) {
            skb_release_data(skb);
        }
    }

    /** Frees a packet that has no other user. */
    public static void __kfree_skb(sk_buff skb) {
        skb_release_all(skb);
        kfree_skbmem(skb);
        Clock.spend(Costs.costs().freeSkb());
    }

    /** One user less; frees the packet after the last. For packets that are dropped. Null is fine. */
    public static void kfree_skb(sk_buff skb) {
        if (skb == null) {
            return;
        }
        if (skb.users != 1 && --skb.users != 0) {
            return;
        }
        __kfree_skb(skb);
    }

    /** {@link #kfree_skb} for each of a list linked by {@code next}. */
    public static void kfree_skb_list(sk_buff segs) {
        while (segs != null) {
            sk_buff next = segs.next;

            kfree_skb(segs);
            segs = next;
        }
    }

    /** Like {@link #kfree_skb}, for packets that have served their purpose. */
    public static void consume_skb(sk_buff skb) {
        if (skb == null) {
            return;
        }
        if (skb.users != 1 && --skb.users != 0) {
            return;
        }
        __kfree_skb(skb);
    }
}
