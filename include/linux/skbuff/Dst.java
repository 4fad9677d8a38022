// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.skbuff.Skel_others.dst_hold;
import static net.dst.dst_entry.DST_NOCACHE;

import net.dst.dst_entry;
import net.route.rtable;

/**
 * A packet's route. Most received packets only borrow it, for as long as they are being processed: no reference
 * is counted then, and who keeps the packet for longer has to call {@code skb_dst_force} first. Dropping and
 * copying are with {@code net.dst}.
 */
public final class Dst {
    private Dst() {}

    public static dst_entry skb_dst(sk_buff skb) {
        return skb._skb_refdst;
    }

    /** The packet takes over a reference of the caller's. */
    public static void skb_dst_set(sk_buff skb, dst_entry dst) {
        skb._skb_refdst = dst;
        skb._skb_dst_noref = false;
    }

    /**
     * Lends the packet a route.
     *
     * @param force also one that is in no cache, and would be gone when the last reference is
     */
    public static void __skb_dst_set_noref(sk_buff skb, dst_entry dst, boolean force) {
        if ((dst.flags & DST_NOCACHE) != 0 && !force) {
            dst_hold(dst);
            skb_dst_set(skb, dst);
        } else {
            skb._skb_refdst = dst;
            skb._skb_dst_noref = true;
        }
    }

    /** Lends the packet a route; one that is in no cache gets a reference all the same. */
    public static void skb_dst_set_noref(sk_buff skb, dst_entry dst) {
        __skb_dst_set_noref(skb, dst, false);
    }

    /** Is the route only borrowed? */
    public static boolean skb_dst_is_noref(sk_buff skb) {
        return skb._skb_dst_noref && skb_dst(skb) != null;
    }

    public static rtable skb_rtable(sk_buff skb) {
        return (rtable) skb_dst(skb);
    }
}
