// SPDX-License-Identifier: GPL-2.0-only
package testing;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Frags.skb_fill_page_desc;

import java.io.ByteArrayOutputStream;
import linux.mm.Mm;
import linux.mm.page;
import linux.skbuff.sk_buff;

/** Packets for tests: made of numbered bytes, so that each byte tells where in the packet it was. */
public final class Skbs {
    private Skbs() {}

    /** Headroom of the packets made here. */
    public static final int HEADROOM = 64;

    /** {@code n} bytes that count up from {@code first}. */
    public static byte[] count(int first, int n) {
        byte[] b = new byte[n];
        for (int i = 0; i < n; i++) {
            b[i] = (byte) (first + i);
        }
        return b;
    }

    /** A packet with {@code n} bytes in the linear part, counting up from 0, and room for {@code tailroom} more. */
    public static sk_buff linear(int n, int tailroom) {
        sk_buff skb = alloc_skb(HEADROOM + n + tailroom, GFP_KERNEL);
        skb_reserve(skb, HEADROOM);
        int at = skb_put(skb, n);
        System.arraycopy(count(0, n), 0, skb.head, at, n);
        return skb;
    }

    public static sk_buff linear(int n) {
        return linear(n, 0);
    }

    /** A packet whose bytes count up from 0: {@code headlen} in the linear part, then pieces of a page each. */
    public static sk_buff paged(int headlen, int... sizes) {
        sk_buff skb = linear(headlen);
        for (int size : sizes) {
            addPage(skb, skb.len, size);
        }
        return skb;
    }

    /** Adds a piece of a new page: {@code size} bytes from {@code first} on, at some offset in the page. */
    public static page addPage(sk_buff skb, int first, int size) {
        page page = Mm.alloc_page(GFP_KERNEL);
        int off = 100;
        System.arraycopy(count(first, size), 0, page.data, off, size);
        addPiece(skb, page, off, size);
        return page;
    }

    /** Adds a piece of {@code page}, whose reference the packet takes over. */
    public static void addPiece(sk_buff skb, page page, int off, int size) {
        skb_fill_page_desc(skb, skb.shinfo.nr_frags, page, off, size);
        skb.len += size;
        skb.data_len += size;
        skb.truesize += size;
    }

    /** Hangs {@code frag} to the end of the frag_list. */
    public static void addToList(sk_buff skb, sk_buff frag) {
        if (skb.shinfo.frag_list == null) {
            skb.shinfo.frag_list = frag;
        } else {
            sk_buff last = skb.shinfo.frag_list;
            while (last.next != null) {
                last = last.next;
            }
            last.next = frag;
        }
        skb.len += frag.len;
        skb.data_len += frag.len;
        skb.truesize += frag.truesize;
    }

    /**
     * A packet of every kind of bytes, counting up from 0: 7 linear ones, pieces of 5 and 11, and a frag_list of a
     * linear packet of 9 and a paged one of 3 + 8. 43 in all, and every other piece begins at an odd place.
     */
    public static sk_buff everything() {
        sk_buff skb = paged(7, 5, 11);
        sk_buff second = linear(9);
        fill(second, 23);
        sk_buff third = linear(3);
        fill(third, 32);
        addPage(third, 35, 8);
        addToList(skb, second);
        addToList(skb, third);
        return skb;
    }

    /** Writes bytes that count up from {@code first} over the linear part. */
    public static void fill(sk_buff skb, int first) {
        int n = skb.len - skb.data_len;
        System.arraycopy(count(first, n), 0, skb.head, skb.data, n);
    }

    /** All bytes of a packet, gathered without any function of the kernel. */
    public static byte[] bytes(sk_buff skb) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        gather(skb, out);
        return out.toByteArray();
    }

    private static void gather(sk_buff skb, ByteArrayOutputStream out) {
        out.write(skb.head, skb.data, skb.len - skb.data_len);
        for (int i = 0; i < skb.shinfo.nr_frags; i++) {
            out.write(skb.shinfo.frags(i).page.data, skb.shinfo.frags(i).page_offset, skb.shinfo.frags(i).size);
        }
        for (sk_buff f = skb.shinfo.frag_list; f != null; f = f.next) {
            gather(f, out);
        }
    }
}
