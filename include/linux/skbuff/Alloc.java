// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.bug.Bug.BUG_ON;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.gfp.Gfp.__GFP_MEMALLOC;
import static linux.gfp.Gfp.__GFP_NOMEMALLOC;
import static linux.gfp.Gfp.__GFP_NOWARN;
import static linux.gfp.Gfp.__GFP_WAIT;
import static linux.gfp.Gfp.gfp_pfmemalloc_allowed;
import static linux.kernel.Kernel.ilog2;
import static linux.mm.Mm.PAGE_SIZE;
import static linux.mm.Mm.alloc_page;
import static linux.mm.Mm.put_page;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Data.skb_reset_tail_pointer;
import static linux.skbuff.SkbConst.SKB_ALLOC_FCLONE;
import static linux.skbuff.SkbConst.SKB_ALLOC_RX;
import static linux.skbuff.Truesize.NET_SKB_PAD;
import static linux.skbuff.Truesize.SKB_DATA_ALIGN;
import static linux.skbuff.Truesize.SKB_TRUESIZE;
import static linux.skbuff.Truesize.SKB_WITH_OVERHEAD;
import static linux.skbuff.sk_buff.SKB_FCLONE_ORIG;
import static linux.slab.Slab.ksize;
import static net.sock.Flags.sk_memalloc_socks;

import java.util.Arrays;
import linux.compiler.BoolRef;
import linux.gfp.Gfp;
import linux.hrtimer.Clock;
import linux.hrtimer.Costs;
import linux.mm.page;
import linux.netdevice.net_device;
import linux.slab.SlabCache;

/**
 * Where packets come from. TCP takes those it sends from {@link #alloc_skb_fclone}, since each will be cloned
 * when it goes out; drivers take those that come in from {@link #netdev_alloc_skb}, whose bytes lie in a page, so
 * that TCP may later hang them onto the packet before ({@link Coalesce}).
 *
 * <p>The bytes asked for are rounded up to what the slab has, less 320 for the skb_shared_info: the packet may
 * use all of it and is charged for all of it ({@link Truesize}).
 */
public final class Alloc {
    private Alloc() {}

    /** Larger pieces than this (4 MB) cannot be had. */
    private static final int KMALLOC_MAX_SIZE = 1 << 22;

    /** Pieces of 512, 1024, 2048 and 4096 bytes are kept for the next packet, with what is in them: as by the slab. */
    private static final int MIN_KEPT = 512;

    private static final int KEEP = 2048;
    private static final byte[][][] kept = new byte[4][KEEP][];
    private static final int[] nrKept = new int[4];

    private static int live;

    /**
     * Where the bytes come from, by shelf; pairs; single ones. Sizes of the latter, and what booting leaves over: as recorded. Of the small
     * pieces there are so many that the recordings never show a page being made.
     */
    private static final SlabCache[] kmalloc_caches = {
        new SlabCache(512, SlabCache.PLENTY), new SlabCache(1024, 1), new SlabCache(2048, 1), new SlabCache(4096, 0)
    };

    private static final SlabCache skbuff_fclone_cache = new SlabCache(448, 0);
    private static final SlabCache skbuff_head_cache = new SlabCache(256, 1);

    /** Called when the machine boots. */
    public static void boot() {
        live = 0;
        Arrays.fill(nrKept, 0);
        for (SlabCache cache : kmalloc_caches) {
            cache.boot();
        }
        skbuff_fclone_cache.boot();
        skbuff_head_cache.boot();
    }

    /** Packets in use, clones included, for those who check that nothing was left behind. */
    public static int liveSkbs() {
        return live;
    }

    /** {@code kmem_cache_alloc(skbuff_head_cache)}. */
    static sk_buff newSkb() {
        live++;
        skbuff_head_cache.alloc();
        return new sk_buff();
    }

    /** {@code kmem_cache_alloc(skbuff_fclone_cache)}: the second half comes when it is asked for. */
    private static sk_buff newPair() {
        live++;
        skbuff_fclone_cache.alloc();
        return new sk_buff();
    }

    /** A clone comes to life in the second half of a pair. */
    static void revive(sk_buff skb) {
        live++;
        skb.freed = false;
    }

    /** {@code kmem_cache_free(skbuff_head_cache, skb)}. */
    public static void freeSkb(sk_buff skb) {
        retire(skb);
        skbuff_head_cache.free();
    }

    /** {@code kmem_cache_free(skbuff_fclone_cache)}: neither half is in use. */
    static void freePair() {
        skbuff_fclone_cache.free();
    }

    /** Nobody uses this packet any more; of a pair, this half. */
    static void retire(sk_buff skb) {
        BUG_ON(skb.freed);
        live--;
        skb.freed = true;
        skb.head = null;
        skb.shinfo = null;
        skb.sk = null;
        skb.users = 1;
    }

    // ---- include/linux/skbuff.h ----

    /** @return a packet with room for {@code size} bytes of data and no headroom, or null */
    public static sk_buff alloc_skb(int size, int priority) {
        return __alloc_skb(size, priority, 0);
    }

    /** Like {@link #alloc_skb}, with a place for one clone beside it. */
    public static sk_buff alloc_skb_fclone(int size, int priority) {
        return __alloc_skb(size, priority, SKB_ALLOC_FCLONE);
    }

    /** One more user: each of them calls {@code kfree_skb} once. */
    public static sk_buff skb_get(sk_buff skb) {
        skb.users++;
        return skb;
    }

    /** A packet for a driver to put what it has received into; there is some headroom already. May be null. */
    public static sk_buff netdev_alloc_skb(net_device dev, int length) {
        return __netdev_alloc_skb(dev, length, GFP_ATOMIC);
    }

    /** {@link #netdev_alloc_skb} of a driver that sets the device later. */
    public static sk_buff dev_alloc_skb(int length) {
        return netdev_alloc_skb(null, length);
    }

    // ---- net/core/skbuff.c ----

    /**
     * {@code kmalloc} for the bytes of a packet.
     *
     * @param size with the skb_shared_info, which is a separate object here: the array is shorter by that
     * @param pfmemalloc set if it was taken from the reserves; null: nobody wants to know
     * @return as much as the slab has for {@code size} ({@code ksize}), or null
     */
    static byte[] __kmalloc_reserve(int size, int flags, BoolRef pfmemalloc) {
        byte[] obj;
        boolean ret_pfmemalloc = false;

        obj = kmalloc(size, flags | __GFP_NOMEMALLOC | __GFP_NOWARN);
        if (obj == null && gfp_pfmemalloc_allowed(flags)) {
            ret_pfmemalloc = true;
            obj = kmalloc(size, flags);
        }

        if (pfmemalloc != null) {
            pfmemalloc.val = ret_pfmemalloc;
        }

        return obj;
    }

    private static byte[] kmalloc(int size, int flags) {
        if (Integer.compareUnsigned(size, KMALLOC_MAX_SIZE) > 0 || Gfp.fails(flags)) {
            return null;
        }
        size = ksize(size);
        int shelf = shelf(size);
        if (shelf < kept.length) {
            kmalloc_caches[shelf].alloc();
            if (nrKept[shelf] != 0) {
                return kept[shelf][--nrKept[shelf]];
            }
        }
        return new byte[SKB_WITH_OVERHEAD(size)];
    }

    /** {@code kfree} of the bytes of a packet. */
    static void kfree(byte[] obj) {
        int shelf = shelf(obj.length + SKB_DATA_ALIGN(skb_shared_info.SIZE));
        if (shelf < kept.length) {
            kmalloc_caches[shelf].free();
            if (nrKept[shelf] < KEEP) {
                kept[shelf][nrKept[shelf]++] = obj;
            }
        }
    }

    private static int shelf(int size) {
        return ilog2(size / MIN_KEPT);
    }

    /**
     * Makes a packet.
     *
     * @param size bytes of linear data that there must be room for
     * @param flags {@code SKB_ALLOC_*}
     * @return an empty packet with one user, or null
     */
    public static sk_buff __alloc_skb(int size, int gfp_mask, int flags) {
        skb_shared_info shinfo;
        sk_buff skb;
        byte[] data;
        BoolRef pfmemalloc = new BoolRef();

        if (sk_memalloc_socks() && (flags & SKB_ALLOC_RX) != 0) {
            gfp_mask |= __GFP_MEMALLOC;
        }

        if (Gfp.fails(gfp_mask)) {
            return null;
        }

        size = SKB_DATA_ALIGN(size);
        size += SKB_DATA_ALIGN(skb_shared_info.SIZE);
        data = __kmalloc_reserve(size, gfp_mask, pfmemalloc);
        if (data == null) {
            return null;
        }
        size = data.length;

        skb = (flags & SKB_ALLOC_FCLONE) != 0 ? newPair() : newSkb();
        skb.truesize = SKB_TRUESIZE(size);
        skb.pfmemalloc = pfmemalloc.val;
        skb.users = 1;
        skb.head = data;
        skb.data = 0;
        skb_reset_tail_pointer(skb);
        skb.end = skb.tail + size;
        skb.mac_header = 0xffff;
        skb.transport_header = 0xffff;

        shinfo = skb.shinfo = new skb_shared_info();
        shinfo.dataref = 1;

        if ((flags & SKB_ALLOC_FCLONE) != 0) {
            skb.fclone = SKB_FCLONE_ORIG;
            skb.fclone_ref = 1;
        }
        Clock.spend(Costs.costs().allocSkb());
        return skb;
    }

    /**
     * Makes a packet around a page that has been filled.
     *
     * @param data becomes the packet's head; nothing is done to it if that fails
     * @param frag_size how much of it belongs to the packet, the skb_shared_info included
     * @return the packet, or null
     */
    public static sk_buff build_skb(page data, int frag_size) {
        skb_shared_info shinfo;
        sk_buff skb;
        int size = frag_size;

        if (Gfp.fails(GFP_ATOMIC)) {
            return null;
        }

        size -= SKB_DATA_ALIGN(skb_shared_info.SIZE);

        skb = newSkb();
        skb.truesize = SKB_TRUESIZE(size);
        skb.head_frag = true;
        skb.users = 1;
        skb.head = data.data;
        skb.headPage = data;
        skb.data = 0;
        skb_reset_tail_pointer(skb);
        skb.end = skb.tail + size;
        skb.mac_header = 0xffff;
        skb.transport_header = 0xffff;

        shinfo = skb.shinfo = new skb_shared_info();
        shinfo.dataref = 1;

        return skb;
    }

    /**
     * A piece of a page for the bytes of one packet. The kernel cuts eight or more of them from 32 KB in one
     * piece; here each has a page of its own, which nobody can tell but the page allocator.
     *
     * @param fragsz at most a page
     */
    static page __netdev_alloc_frag(int fragsz, int gfp_mask) {
        BUG_ON(fragsz > PAGE_SIZE);
        return alloc_page(gfp_mask);
    }

    /**
     * {@link #netdev_alloc_skb} with a choice how to allocate. What fits into a page comes from a page, if it
     * need not wait.
     */
    public static sk_buff __netdev_alloc_skb(net_device dev, int length, int gfp_mask) {
        sk_buff skb = null;
        int fragsz = SKB_DATA_ALIGN(length + NET_SKB_PAD) + SKB_DATA_ALIGN(skb_shared_info.SIZE);

        if (Integer.compareUnsigned(fragsz, PAGE_SIZE) <= 0 && (gfp_mask & __GFP_WAIT) == 0) {
            page data;

            if (sk_memalloc_socks()) {
                gfp_mask |= __GFP_MEMALLOC;
            }

            data = __netdev_alloc_frag(fragsz, gfp_mask);

            if (data != null) {
                skb = build_skb(data, fragsz);
                if (skb == null) {
                    put_page(data);
                }
            }
        } else {
            skb = __alloc_skb(length + NET_SKB_PAD, gfp_mask, SKB_ALLOC_RX);
        }
        if (skb != null) {
            skb_reserve(skb, NET_SKB_PAD);
            skb.dev = dev;
        }
        return skb;
    }
}
