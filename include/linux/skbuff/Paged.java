// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.bug.Bug.BUG;
import static linux.bug.Bug.BUG_ON;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.leU32;
import static linux.kernel.Kernel.ltU32;
import static linux.skbuff.Bits.skb_copy_bits;
import static linux.skbuff.Clone.skb_clone;
import static linux.skbuff.Clone.skb_cloned;
import static linux.skbuff.Clone.skb_shared;
import static linux.skbuff.Copy.pskb_expand_head;
import static linux.skbuff.Data.__skb_trim;
import static linux.skbuff.Data.skb_headlen;
import static linux.skbuff.Data.skb_is_nonlinear;
import static linux.skbuff.Data.skb_set_tail_pointer;
import static linux.skbuff.Data.skb_tail_pointer;
import static linux.skbuff.Frags.skb_frag_size;
import static linux.skbuff.Frags.skb_frag_size_set;
import static linux.skbuff.Frags.skb_frag_size_sub;
import static linux.skbuff.Frags.skb_frag_unref;
import static linux.skbuff.Frags.skb_has_frag_list;
import static linux.skbuff.Free.consume_skb;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Free.skb_drop_fraglist;
import static linux.skbuff.Free.skb_drop_list;
import static linux.skbuff.sk_buff.CHECKSUM_COMPLETE;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;

/**
 * {@code pull} and {@code trim} for packets whose bytes may lie in pages and in a frag_list. Headers are only
 * looked at in the linear part, so whoever reads one asks {@link #pskb_may_pull} first, which brings the bytes
 * there. That may move {@code head}: offsets and views taken before are wrong afterwards.
 */
public final class Paged {
    private Paged() {}

    // ---- include/linux/skbuff.h ----

    static int __pskb_pull(sk_buff skb, int len) {
        if (gtU32(len, skb_headlen(skb)) && __pskb_pull_tail(skb, len - skb_headlen(skb)) < 0) {
            return -1;
        }
        skb.len -= len;
        return skb.data += len;
    }

    /** Takes {@code len} bytes off the front. @return the new beginning, or -1: too short, or no memory */
    public static int pskb_pull(sk_buff skb, int len) {
        return gtU32(len, skb.len) ? -1 : __pskb_pull(skb, len);
    }

    /** Are the first {@code len} bytes in the linear part, or can they be brought there? */
    public static boolean pskb_may_pull(sk_buff skb, int len) {
        if (leU32(len, skb_headlen(skb))) {
            return true;
        }
        if (gtU32(len, skb.len)) {
            return false;
        }
        return __pskb_pull_tail(skb, len - skb_headlen(skb)) >= 0;
    }

    static int __pskb_trim(sk_buff skb, int len) {
        if (skb.data_len != 0) {
            return ___pskb_trim(skb, len);
        }
        __skb_trim(skb, len);
        return 0;
    }

    /** Cuts the packet to {@code len} bytes if it is longer. @return 0 or {@code -ENOMEM} */
    public static int pskb_trim(sk_buff skb, int len) {
        return ltU32(len, skb.len) ? __pskb_trim(skb, len) : 0;
    }

    /** {@link #pskb_trim} of a packet that shares nothing: cannot fail. */
    public static void pskb_trim_unique(sk_buff skb, int len) {
        int err = pskb_trim(skb, len);

        BUG_ON(err != 0);
    }

    public static int __skb_linearize(sk_buff skb) {
        return __pskb_pull_tail(skb, skb.data_len) >= 0 ? 0 : -ENOMEM;
    }

    /** Brings all bytes into the linear part. @return 0 or {@code -ENOMEM} */
    public static int skb_linearize(sk_buff skb) {
        return skb_is_nonlinear(skb) ? __skb_linearize(skb) : 0;
    }

    /** {@link #pskb_trim} of a received packet: a sum over the whole packet is void afterwards. */
    public static int pskb_trim_rcsum(sk_buff skb, int len) {
        if (geU32(len, skb.len)) {
            return 0;
        }
        if (skb.ip_summed == CHECKSUM_COMPLETE) {
            skb.ip_summed = CHECKSUM_NONE;
        }
        return __pskb_trim(skb, len);
    }

    // ---- net/core/skbuff.c ----

    /** Cuts a packet with pages or frag_list to {@code len} bytes, giving back what is behind. */
    static int ___pskb_trim(sk_buff skb, int len) {
        sk_buff fragp;
        sk_buff frag;
        int offset = skb_headlen(skb);
        int nfrags = skb.shinfo.nr_frags;
        int i;
        int err;

        if (skb_cloned(skb) && (err = pskb_expand_head(skb, 0, 0, GFP_ATOMIC)) != 0) {
            return err;
        }

        done:
        {
            drop_pages:
            {
                i = 0;
                if (offset >= len) {
                    break drop_pages;
                }

                for (; i < nfrags; i++) {
                    int end = offset + skb_frag_size(skb.shinfo.frags(i));

                    if (end < len) {
                        offset = end;
                        continue;
                    }

                    skb_frag_size_set(skb.shinfo.frags(i++), len - offset);
                    break drop_pages;
                }

                // fragp is the packet whose next leads to frag; null: the frag_list itself does.
                fragp = null;
                for (frag = skb.shinfo.frag_list; frag != null; fragp = frag, frag = frag.next) {
                    int end = offset + frag.len;

                    if (skb_shared(frag)) {
                        sk_buff nfrag;

                        nfrag = skb_clone(frag, GFP_ATOMIC);
                        if (nfrag == null) {
                            return -ENOMEM;
                        }

                        nfrag.next = frag.next;
                        consume_skb(frag);
                        frag = nfrag;
                        if (fragp == null) {
                            skb.shinfo.frag_list = frag;
                        } else {
                            fragp.next = frag;
                        }
                    }

                    if (end < len) {
                        offset = end;
                        continue;
                    }

                    if (end > len && (err = pskb_trim(frag, len - offset)) != 0) {
                        return err;
                    }

                    if (frag.next != null) {
                        skb_drop_list(frag.next);
                        frag.next = null;
                    }
                    break;
                }
                break done;
            }
            skb.shinfo.nr_frags = i;

            for (; i < nfrags; i++) {
                skb_frag_unref(skb, i);
            }

            if (skb_has_frag_list(skb)) {
                skb_drop_fraglist(skb);
            }
        }

        if (len > skb_headlen(skb)) {
            skb.data_len -= skb.len - len;
            skb.len = len;
        } else {
            skb.len = len;
            skb.data_len = 0;
            skb_set_tail_pointer(skb, len);
        }

        return 0;
    }

    /**
     * Brings {@code delta} more bytes into the linear part, and takes them out of the pages and the frag_list. If
     * there is too little tailroom, or if the bytes are shared, the linear part moves to new memory.
     *
     * @return the new end of the linear part; -1 (C: NULL): no memory, nothing has changed
     */
    public static int __pskb_pull_tail(sk_buff skb, int delta) {
        int i;
        int k;
        int eat = skb.tail + delta - skb.end;

        if (eat > 0 || skb_cloned(skb)) {
            if (pskb_expand_head(skb, 0, eat > 0 ? eat + 128 : 0, GFP_ATOMIC) != 0) {
                return -1;
            }
        }

        if (skb_copy_bits(skb, skb_headlen(skb), skb.head, skb_tail_pointer(skb), delta) != 0) {
            BUG();
        }

        pull_pages:
        {
            if (!skb_has_frag_list(skb)) {
                break pull_pages;
            }

            eat = delta;
            for (i = 0; i < skb.shinfo.nr_frags; i++) {
                int size = skb_frag_size(skb.shinfo.frags(i));

                if (size >= eat) {
                    break pull_pages;
                }
                eat -= size;
            }

            // All pages are used up: the rest comes out of the frag_list.
            if (eat != 0) {
                sk_buff list = skb.shinfo.frag_list;
                sk_buff clone = null;
                sk_buff insp = null;

                do {
                    BUG_ON(list == null);

                    if (list.len <= eat) {
                        eat -= list.len;
                        list = list.next;
                        insp = list;
                    } else {
                        if (skb_shared(list)) {
                            clone = skb_clone(list, GFP_ATOMIC);
                            if (clone == null) {
                                return -1;
                            }
                            insp = list.next;
                            list = clone;
                        } else {
                            insp = list;
                        }
                        if (pskb_pull(list, eat) < 0) {
                            kfree_skb(clone);
                            return -1;
                        }
                        break;
                    }
                } while (eat != 0);

                while ((list = skb.shinfo.frag_list) != insp) {
                    skb.shinfo.frag_list = list.next;
                    kfree_skb(list);
                }
                if (clone != null) {
                    clone.next = list;
                    skb.shinfo.frag_list = clone;
                }
            }
        }

        eat = delta;
        k = 0;
        for (i = 0; i < skb.shinfo.nr_frags; i++) {
            int size = skb_frag_size(skb.shinfo.frags(i));

            if (size <= eat) {
                skb_frag_unref(skb, i);
                eat -= size;
            } else {
                skb.shinfo.frags(k).copy(skb.shinfo.frags(i));
                if (eat != 0) {
                    skb.shinfo.frags(k).page_offset += eat;
                    skb_frag_size_sub(skb.shinfo.frags(k), eat);
                    eat = 0;
                }
                k++;
            }
        }
        skb.shinfo.nr_frags = k;

        skb.tail += delta;
        skb.data_len -= delta;

        return skb_tail_pointer(skb);
    }
}
