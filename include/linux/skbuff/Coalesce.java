// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.bug.Bug.BUG_ON;
import static linux.bug.Bug.WARN_ON_ONCE;
import static linux.skbuff.Alloc.freeSkb;
import static linux.skbuff.Bits.skb_copy_bits;
import static linux.skbuff.Clone.skb_cloned;
import static linux.skbuff.Data.skb_end_offset;
import static linux.skbuff.Data.skb_headlen;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Data.skb_tailroom;
import static linux.skbuff.Frags.skb_fill_page_desc;
import static linux.skbuff.Frags.skb_frag_ref;
import static linux.skbuff.Frags.skb_has_frag_list;
import static linux.skbuff.Free.__kfree_skb;
import static linux.skbuff.Free.skb_release_head_state;
import static linux.skbuff.Truesize.SKB_DATA_ALIGN;
import static linux.skbuff.Truesize.SKB_TRUESIZE;
import static linux.skbuff.skb_shared_info.MAX_SKB_FRAGS;

import linux.compiler.BoolRef;
import linux.compiler.IntRef;
import linux.mm.page;

/**
 * Hanging the bytes of a received packet onto the one before it, so that a full window does not cost an sk_buff
 * for each segment. {@code tcp_try_coalesce} calls in for the receive queue, the out-of-order queue and the
 * backlog.
 */
public final class Coalesce {
    private Coalesce() {}

    // ---- include/linux/skbuff.h ----

    /** Must the bytes of the linear part stay with this packet? Only a page that nobody shares can be given away. */
    public static boolean skb_head_is_locked(sk_buff skb) {
        return !skb.head_frag || skb_cloned(skb);
    }

    // ---- net/core/skbuff.c ----

    /**
     * Frees a packet whose bytes have gone to another one.
     *
     * @param head_stolen the page with the linear part has, too
     */
    public static void kfree_skb_partial(sk_buff skb, boolean head_stolen) {
        if (head_stolen) {
            skb_release_head_state(skb);
            freeSkb(skb);
        } else {
            __kfree_skb(skb);
        }
    }

    /**
     * Adds the bytes of {@code from} to the end of {@code to}: copies them into its tailroom if they fit, or moves
     * the pages.
     *
     * @param fragstolen to be given to {@link #kfree_skb_partial}: the linear part has become a piece of {@code to}
     * @param delta_truesize what {@code to} costs more now, when its owner has to be charged for that
     * @return false: nothing has changed
     */
    public static boolean skb_try_coalesce(sk_buff to, sk_buff from, BoolRef fragstolen, IntRef delta_truesize) {
        int i;
        int delta;
        int len = from.len;

        fragstolen.val = false;

        if (skb_cloned(to)) {
            return false;
        }

        if (len <= skb_tailroom(to)) {
            BUG_ON(skb_copy_bits(from, 0, to.head, skb_put(to, len), len) != 0);
            delta_truesize.val = 0;
            return true;
        }

        if (skb_has_frag_list(to) || skb_has_frag_list(from)) {
            return false;
        }

        if (skb_headlen(from) != 0) {
            page page;
            int offset;

            if (to.shinfo.nr_frags + from.shinfo.nr_frags >= MAX_SKB_FRAGS) {
                return false;
            }

            if (skb_head_is_locked(from)) {
                return false;
            }

            delta = from.truesize - SKB_DATA_ALIGN(sk_buff.SIZE);

            page = from.headPage;
            offset = from.data;

            skb_fill_page_desc(to, to.shinfo.nr_frags, page, offset, skb_headlen(from));
            fragstolen.val = true;
        } else {
            if (to.shinfo.nr_frags + from.shinfo.nr_frags > MAX_SKB_FRAGS) {
                return false;
            }

            delta = from.truesize - SKB_TRUESIZE(skb_end_offset(from));
        }

        WARN_ON_ONCE(delta < len);

        for (i = 0; i < from.shinfo.nr_frags; i++) {
            to.shinfo.frags(to.shinfo.nr_frags + i).copy(from.shinfo.frags(i));
        }
        to.shinfo.nr_frags += from.shinfo.nr_frags;

        if (!skb_cloned(from)) {
            from.shinfo.nr_frags = 0;
        }

        // Whoever shares the pages with from keeps them; without a clone nr_frags is 0 now.
        for (i = 0; i < from.shinfo.nr_frags; i++) {
            skb_frag_ref(from, i);
        }

        to.truesize += delta;
        to.len += len;
        to.data_len += len;

        delta_truesize.val = delta;
        return true;
    }
}
