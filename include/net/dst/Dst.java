// SPDX-License-Identifier: GPL-2.0-only
package net.dst;

import static linux.err.Err.IS_ERR;
import static linux.jiffies.Jiffies.time_before;
import static linux.skbuff.Dst.skb_dst;
import static linux.skbuff.Dst.skb_dst_is_noref;
import static net.dst.Garbage.__dst_free;
import static net.dst.Garbage.dst_destroy;
import static net.dst.Garbage.dst_release;

import linux.jiffies.Jiffies;
import linux.skbuff.sk_buff;
import net.flow.flowi;
import net.neighbour.neighbour;
import net.net_namespace.net;
import net.sock.sock;

/**
 * What is done with a route: hold it, let go of it, ask whether it is still good, send and receive by it. From
 * {@code include/net/dst.h}.
 *
 * <p>A packet need not hold its route. On the way in it mostly does not ({@code noref}), because the cache of the next
 * hop holds the entry as long as the softirq runs; whoever keeps the packet longer calls {@link #skb_dst_force}.
 */
public final class Dst {
    private Dst() {}

    public static void dst_hold(dst_entry dst) {
        dst.__refcnt++;
    }

    public static void dst_use(dst_entry dst, long time) {
        dst_hold(dst);
        dst.__use++;
        dst.lastuse = time;
    }

    public static void dst_use_noref(dst_entry dst, long time) {
        dst.__use++;
        dst.lastuse = time;
    }

    /** @param dst may be null */
    public static dst_entry dst_clone(dst_entry dst) {
        if (dst != null) {
            dst.__refcnt++;
        }
        return dst;
    }

    /** C packs both into one word. */
    public static void refdst_drop(dst_entry refdst, boolean noref) {
        if (!noref) {
            dst_release(refdst);
        }
    }

    /** The packet has no route afterwards. */
    public static void skb_dst_drop(sk_buff skb) {
        if (skb._skb_refdst != null) {
            refdst_drop(skb._skb_refdst, skb._skb_dst_noref);
            skb._skb_refdst = null;
            skb._skb_dst_noref = false;
        }
    }

    public static void skb_dst_copy(sk_buff nskb, sk_buff oskb) {
        nskb._skb_refdst = oskb._skb_refdst;
        nskb._skb_dst_noref = oskb._skb_dst_noref;
        if (!nskb._skb_dst_noref) {
            dst_clone(skb_dst(nskb));
        }
    }

    /** The packet is going to be kept: it holds its route from now on. */
    public static void skb_dst_force(sk_buff skb) {
        if (skb_dst_is_noref(skb)) {
            skb._skb_dst_noref = false;
            dst_clone(skb_dst(skb));
        }
    }

    /** It is not cached any more: destroyed now, or when its last user lets go. */
    public static void dst_free(dst_entry dst) {
        if (dst.obsolete > 0) {
            return;
        }
        if (dst.__refcnt == 0) {
            dst = dst_destroy(dst);
            if (dst == null) {
                return;
            }
        }
        __dst_free(dst);
    }

    public static void dst_rcu_free(dst_entry dst) {
        dst_free(dst);
    }

    /** The peer has answered, so the neighbour on the way lives. */
    public static void dst_confirm(dst_entry dst) {
        dst.pending_confirm = 1;
    }

    /** Gives the packet to the next hop. */
    public static int dst_neigh_output(dst_entry dst, neighbour n, sk_buff skb) {
        if (dst.pending_confirm != 0) {
            long now = Jiffies.jiffies;

            dst.pending_confirm = 0;
            if (n.confirmed != now) {
                n.confirmed = now;
            }
        }

        return n.output.call(n, skb);
    }

    /** @return null without memory */
    public static neighbour dst_neigh_lookup(dst_entry dst, int daddr) {
        neighbour n = dst.ops.neigh_lookup.call(dst, null, daddr);
        return IS_ERR(n) ? null : n;
    }

    /** The packet could not be sent: the next hop does not answer. */
    public static void dst_link_failure(sk_buff skb) {
        dst_entry dst = skb_dst(skb);
        if (dst != null && dst.ops != null && dst.ops.link_failure != null) {
            dst.ops.link_failure.call(skb);
        }
    }

    /** What was learnt about the path is forgotten in {@code timeout} jiffies, or sooner if that was said before. */
    public static void dst_set_expires(dst_entry dst, int timeout) {
        long expires = Jiffies.jiffies + timeout;

        if (expires == 0) {
            expires = 1;
        }

        if (dst.expires == 0 || time_before(expires, dst.expires)) {
            dst.expires = expires;
        }
    }

    public static int dst_output(sk_buff skb) {
        return skb_dst(skb).output.call(skb);
    }

    public static int dst_input(sk_buff skb) {
        return skb_dst(skb).input.call(skb);
    }

    /** @return {@code dst}, or null if it must not be used any more */
    public static dst_entry dst_check(dst_entry dst, int cookie) {
        if (dst.obsolete != 0) {
            dst = dst.ops.check.call(dst, cookie);
        }
        return dst;
    }

    /** Nothing is encrypted here: the route as it is. */
    public static dst_entry xfrm_lookup(net net, dst_entry dst_orig, flowi fl, sock sk, int flags) {
        return dst_orig;
    }

    public static dst_entry xfrm_lookup_route(net net, dst_entry dst_orig, flowi fl, sock sk, int flags) {
        return dst_orig;
    }
}
