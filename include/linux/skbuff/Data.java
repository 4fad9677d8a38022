// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.bug.Bug.BUG;
import static linux.bug.Bug.BUG_ON;
import static linux.bug.Bug.WARN_ON;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.ltU32;
import static linux.printk.Printk.pr_emerg;
import static linux.skbuff.Frags.skb_frag_size;

/**
 * The linear part of a packet: how it grows and shrinks at both ends. A header is put in front with {@code push}
 * and taken off with {@code pull}; data are added at the end with {@code put} and cut off with {@code trim}. What
 * C returns as a pointer is an offset into {@code skb.head}.
 *
 * <p>The names with two underscores do not check. What also works on packets with pages is in {@link Paged}.
 */
public final class Data {
    private Data() {}

    // ---- include/linux/skbuff.h ----

    /** Where the linear data may end at most. */
    public static int skb_end_pointer(sk_buff skb) {
        return skb.end;
    }

    public static int skb_end_offset(sk_buff skb) {
        return skb.end;
    }

    /** Are there bytes outside the linear part: in pages, or in more packets behind this one? */
    public static boolean skb_is_nonlinear(sk_buff skb) {
        return skb.data_len != 0;
    }

    /** Bytes in the linear part. */
    public static int skb_headlen(sk_buff skb) {
        return skb.len - skb.data_len;
    }

    /** Bytes in the linear part and in pages, without the frag_list. */
    public static int skb_pagelen(sk_buff skb) {
        int i;
        int len = 0;

        for (i = skb.shinfo.nr_frags - 1; i >= 0; i--) {
            len += skb_frag_size(skb.shinfo.frags(i));
        }
        return len + skb_headlen(skb);
    }

    public static int skb_tail_pointer(sk_buff skb) {
        return skb.tail;
    }

    public static void skb_reset_tail_pointer(sk_buff skb) {
        skb.tail = skb.data;
    }

    /** The linear data end {@code offset} bytes behind their beginning. */
    public static void skb_set_tail_pointer(sk_buff skb, int offset) {
        skb_reset_tail_pointer(skb);
        skb.tail += offset;
    }

    public static int __skb_put(sk_buff skb, int len) {
        int tmp = skb_tail_pointer(skb);

        BUG_ON(skb_is_nonlinear(skb));
        skb.tail += len;
        skb.len += len;
        return tmp;
    }

    public static int __skb_push(sk_buff skb, int len) {
        skb.data -= len;
        skb.len += len;
        return skb.data;
    }

    /** Takes bytes off the front that are known to be in the linear part. */
    public static int __skb_pull(sk_buff skb, int len) {
        skb.len -= len;
        BUG_ON(ltU32(skb.len, skb.data_len));
        return skb.data += len;
    }

    /** @return the new beginning, or -1 (C: NULL) if the packet is shorter than that */
    public static int skb_pull_inline(sk_buff skb, int len) {
        return gtU32(len, skb.len) ? -1 : __skb_pull(skb, len);
    }

    /** Free bytes in front of the data. */
    public static int skb_headroom(sk_buff skb) {
        return skb.data;
    }

    /** Free bytes behind the data; none once there are pages, since more bytes would then follow those. */
    public static int skb_tailroom(sk_buff skb) {
        return skb_is_nonlinear(skb) ? 0 : skb.end - skb.tail;
    }

    /** Like {@link #skb_tailroom}, less what {@code sk_stream_alloc_skb} was not asked for. */
    public static int skb_availroom(sk_buff skb) {
        if (skb_is_nonlinear(skb)) {
            return 0;
        }

        return skb.end - skb.tail - skb.reserved_tailroom;
    }

    /** Turns tailroom of an empty packet into headroom. */
    public static void skb_reserve(sk_buff skb, int len) {
        skb.data += len;
        skb.tail += len;
    }

    /** Cuts a linear packet to {@code len} bytes. */
    public static void __skb_trim(sk_buff skb, int len) {
        if (skb_is_nonlinear(skb)) {
            WARN_ON(true);
            return;
        }
        skb.len = len;
        skb_set_tail_pointer(skb, len);
    }

    // ---- net/core/skbuff.c ----

    static void skb_panic(sk_buff skb, int sz, String msg) {
        pr_emerg(
                "%s: len:%d put:%d data:%d tail:%#x end:%#x dev:%s\n",
                msg, skb.len, sz, skb.data, skb.tail, skb.end, skb.dev != null ? skb.dev.name : "<NULL>");
        BUG();
    }

    static void skb_over_panic(sk_buff skb, int sz) {
        skb_panic(skb, sz, "skb_over_panic");
    }

    static void skb_under_panic(sk_buff skb, int sz) {
        skb_panic(skb, sz, "skb_under_panic");
    }

    /**
     * Adds {@code len} bytes at the end of a linear packet; there must be tailroom.
     *
     * @return where they begin: they are still to be written
     */
    public static int skb_put(sk_buff skb, int len) {
        int tmp = skb_tail_pointer(skb);

        BUG_ON(skb_is_nonlinear(skb));
        skb.tail += len;
        skb.len += len;
        if (gtU32(skb.tail, skb.end)) {
            skb_over_panic(skb, len);
        }
        return tmp;
    }

    /**
     * Adds {@code len} bytes in front; there must be headroom.
     *
     * @return where they begin: they are still to be written
     */
    public static int skb_push(sk_buff skb, int len) {
        skb.data -= len;
        skb.len += len;
        if (skb.data < 0) {
            skb_under_panic(skb, len);
        }
        return skb.data;
    }

    /** @return the new beginning, or -1 (C: NULL) if the packet is shorter than {@code len} */
    public static int skb_pull(sk_buff skb, int len) {
        return skb_pull_inline(skb, len);
    }

    /** Cuts a linear packet to {@code len} bytes if it is longer. */
    public static void skb_trim(sk_buff skb, int len) {
        if (gtU32(skb.len, len)) {
            __skb_trim(skb, len);
        }
    }
}
