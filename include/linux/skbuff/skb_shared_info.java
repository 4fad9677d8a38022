// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import java.util.Arrays;

/**
 * What a packet and its clones have in common beside the bytes. In C it lies behind the linear data, at
 * {@code end}.
 */
public final class skb_shared_info {
    /** {@code sizeof(struct skb_shared_info)}. */
    public static final int SIZE = 320;

    /** 64 KB in pages of 4 KB, and one more because the first need not begin at a page's start. */
    public static final int MAX_SKB_FRAGS = 65536 / 4096 + 1;

    private static final skb_frag_t[] NONE = {};

    public int nr_frags;

    /** {@code SKBTX_*}. */
    public int tx_flags;

    /** Size of the payload of each segment that this packet stands for; 0: it is just one. */
    public int gso_size;

    /** How many segments: {@code tcp_skb_pcount}. */
    public int gso_segs;

    /** {@code SKB_GSO_*}. */
    public int gso_type;

    /** More packets that continue this one; {@code next} links them. */
    public sk_buff frag_list;

    /**
     * How many sk_buffs use the data; the upper half counts those that only care for the payload
     * ({@code nohdr}).
     */
    public int dataref;

    private skb_frag_t[] frags = NONE;

    /** {@code frags[i]}, a place that can be written to. */
    public skb_frag_t frags(int i) {
        if (i >= frags.length) {
            frags = Arrays.copyOf(frags, i < 2 ? 2 : MAX_SKB_FRAGS);
        }
        skb_frag_t frag = frags[i];
        if (frag == null) {
            frag = frags[i] = new skb_frag_t();
        }
        return frag;
    }

    /** {@code memmove(&frags[to], &frags[from], n)}; the places left are free to be written to. */
    public void moveFrags(int to, int from, int n) {
        frags(Math.max(to, from) + n - 1);
        for (int i = 0; i < n; i++) {
            int k = to < from ? i : n - 1 - i;
            frags(to + k).copy(frags(from + k));
        }
    }

    /** {@code memcpy(this, o, offsetof(struct skb_shared_info, frags[o->nr_frags]))}. */
    void copy(skb_shared_info o) {
        nr_frags = o.nr_frags;
        tx_flags = o.tx_flags;
        gso_size = o.gso_size;
        gso_segs = o.gso_segs;
        gso_type = o.gso_type;
        frag_list = o.frag_list;
        dataref = o.dataref;
        for (int i = 0; i < o.nr_frags; i++) {
            frags(i).copy(o.frags(i));
        }
    }
}
