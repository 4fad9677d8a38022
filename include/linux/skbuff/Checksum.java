// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.bug.Bug.BUG_ON;
import static linux.bug.Bug.WARN_ON;
import static linux.hrtimer.Costs.spendOnSum;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.ltU32;
import static linux.skbuff.Data.skb_headlen;
import static linux.skbuff.Frags.skb_frag_page;
import static linux.skbuff.Frags.skb_frag_size;
import static linux.skbuff.SkbConst.CHECKSUM_BREAK;
import static linux.skbuff.sk_buff.CHECKSUM_COMPLETE;
import static linux.skbuff.sk_buff.CHECKSUM_UNNECESSARY;
import static net.checksum.Csum.csum_add;
import static net.checksum.Csum.csum_block_add;
import static net.checksum.Csum.csum_fold;
import static net.checksum.Csum.csum_partial;
import static net.checksum.Csum.csum_partial_copy_nocheck;
import static net.checksum.Csum.csum_sub;

import net.checksum.Csum;

/**
 * Checksums over packets. The bytes are in several pieces, and each piece is summed up for itself: one that
 * begins at an odd place of the packet has its sum rotated by a byte before it is added ({@code csum_block_add}).
 *
 * <p>On the way in, {@code ip_summed} says how much has been done already. {@code csum} is the sum over the packet
 * (CHECKSUM_COMPLETE), or a pseudo header's sum that waits for the rest (CHECKSUM_NONE): the checksum is right if
 * the sum over everything, checksum field included, folds to 0.
 */
public final class Checksum {
    private Checksum() {}

    // ---- include/linux/skbuff.h ----

    /**
     * Takes out of a received packet's sum what has been pulled off.
     *
     * @param start where it began
     */
    public static void skb_postpull_rcsum(sk_buff skb, int start, int len) {
        if (skb.ip_summed == CHECKSUM_COMPLETE) {
            skb.csum = csum_sub(skb.csum, csum_partial(skb.head, start, len, 0));
        }
    }

    /** Need nobody look at the checksum? Also for a packet that is to be sent (CHECKSUM_PARTIAL): loopback. */
    public static boolean skb_csum_unnecessary(sk_buff skb) {
        return (skb.ip_summed & CHECKSUM_UNNECESSARY) != 0;
    }

    /**
     * Has the checksum still to be looked at?
     *
     * @param zero_okay a checksum field of 0 means that the sender did not compute it (UDP)
     */
    public static boolean __skb_checksum_validate_needed(sk_buff skb, boolean zero_okay, int check) {
        if (skb_csum_unnecessary(skb)) {
            return false;
        } else if (zero_okay && check == 0) {
            skb.ip_summed = CHECKSUM_UNNECESSARY;
            return false;
        }

        return true;
    }

    /**
     * Checks with the device's sum, if there is one and it is right. Otherwise a short packet is summed up now and a
     * long one later, when it is copied to the reader: {@code csum} keeps the pseudo header's sum until then.
     *
     * @param complete now, however long it is
     * @param psum of the pseudo header
     * @return not 0: wrong; 0 means right only if {@code ip_summed} says so, too
     */
    public static int __skb_checksum_validate_complete(sk_buff skb, boolean complete, int psum) {
        if (skb.ip_summed == CHECKSUM_COMPLETE) {
            if (csum_fold(csum_add(psum, skb.csum)) == 0) {
                skb.ip_summed = CHECKSUM_UNNECESSARY;
                return 0;
            }
        }

        skb.csum = psum;

        if (complete || skb.len <= CHECKSUM_BREAK) {
            return __skb_checksum_complete(skb);
        }

        return 0;
    }

    /** Sums up the pseudo header of a packet. */
    public interface ComputePseudo {
        int call(sk_buff skb, int proto);
    }

    /**
     * A packet has come in: checks its sum, unless it is long and the device has not done so; then that is left to
     * whoever copies it. @return not 0: it is damaged
     */
    public static int skb_checksum_init(sk_buff skb, int proto, ComputePseudo compute_pseudo) {
        int __ret = 0;

        if (__skb_checksum_validate_needed(skb, false, 0)) {
            __ret = __skb_checksum_validate_complete(skb, false, compute_pseudo.call(skb, proto));
        }
        return __ret;
    }

    // ---- net/core/skbuff.c ----

    /** {@link #skb_checksum} in the manner of {@code ops}. */
    public static int __skb_checksum(sk_buff skb, int offset, int len, int csum, skb_checksum_ops ops) {
        int start = skb_headlen(skb);
        int i;
        int copy = start - offset;
        sk_buff frag_iter;
        int pos = 0;

        if (copy > 0) {
            if (copy > len) {
                copy = len;
            }
            csum = ops.update.call(skb.head, skb.data + offset, copy, csum);
            if ((len -= copy) == 0) {
                return csum;
            }
            offset += copy;
            pos = copy;
        }

        for (i = 0; i < skb.shinfo.nr_frags; i++) {
            int end;
            skb_frag_t frag = skb.shinfo.frags(i);

            WARN_ON(start > offset + len);

            end = start + skb_frag_size(frag);
            if ((copy = end - offset) > 0) {
                int csum2;

                if (copy > len) {
                    copy = len;
                }
                csum2 = ops.update.call(skb_frag_page(frag).data, frag.page_offset + offset - start, copy, 0);
                csum = ops.combine.call(csum, csum2, pos, copy);
                if ((len -= copy) == 0) {
                    return csum;
                }
                offset += copy;
                pos += copy;
            }
            start = end;
        }

        for (frag_iter = skb.shinfo.frag_list; frag_iter != null; frag_iter = frag_iter.next) {
            int end;

            WARN_ON(start > offset + len);

            end = start + frag_iter.len;
            if ((copy = end - offset) > 0) {
                int csum2;

                if (copy > len) {
                    copy = len;
                }
                csum2 = __skb_checksum(frag_iter, offset - start, copy, 0, ops);
                csum = ops.combine.call(csum, csum2, pos, copy);
                if ((len -= copy) == 0) {
                    return csum;
                }
                offset += copy;
                pos += copy;
            }
            start = end;
        }
        BUG_ON(len != 0);

        return csum;
    }

    private static final skb_checksum_ops ops = new skb_checksum_ops(Csum::csum_partial_ext, Csum::csum_block_add_ext);

    /** The sum of {@code len} bytes at {@code offset}, added to {@code csum}. */
    public static int skb_checksum(sk_buff skb, int offset, int len, int csum) {
        spendOnSum(len);
        return __skb_checksum(skb, offset, len, csum, ops);
    }

    /** {@link #skb_checksum} and {@code skb_copy_bits} in one go. */
    public static int skb_copy_and_csum_bits(sk_buff skb, int offset, byte[] to, int to_at, int len, int csum) {
        int start = skb_headlen(skb);
        int i;
        int copy = start - offset;
        sk_buff frag_iter;
        int pos = 0;

        if (copy > 0) {
            if (copy > len) {
                copy = len;
            }
            csum = csum_partial_copy_nocheck(skb.head, skb.data + offset, to, to_at, copy, csum);
            if ((len -= copy) == 0) {
                return csum;
            }
            offset += copy;
            to_at += copy;
            pos = copy;
        }

        for (i = 0; i < skb.shinfo.nr_frags; i++) {
            int end;

            WARN_ON(start > offset + len);

            end = start + skb_frag_size(skb.shinfo.frags(i));
            if ((copy = end - offset) > 0) {
                int csum2;
                skb_frag_t frag = skb.shinfo.frags(i);

                if (copy > len) {
                    copy = len;
                }
                csum2 = csum_partial_copy_nocheck(
                        skb_frag_page(frag).data, frag.page_offset + offset - start, to, to_at, copy, 0);
                csum = csum_block_add(csum, csum2, pos);
                if ((len -= copy) == 0) {
                    return csum;
                }
                offset += copy;
                to_at += copy;
                pos += copy;
            }
            start = end;
        }

        for (frag_iter = skb.shinfo.frag_list; frag_iter != null; frag_iter = frag_iter.next) {
            int csum2;
            int end;

            WARN_ON(start > offset + len);

            end = start + frag_iter.len;
            if ((copy = end - offset) > 0) {
                if (copy > len) {
                    copy = len;
                }
                csum2 = skb_copy_and_csum_bits(frag_iter, offset - start, to, to_at, copy, 0);
                csum = csum_block_add(csum, csum2, pos);
                if ((len -= copy) == 0) {
                    return csum;
                }
                offset += copy;
                to_at += copy;
                pos += copy;
            }
            start = end;
        }
        BUG_ON(len != 0);
        return csum;
    }

    /** {@code skb_pull} off a received packet whose sum is to stay true. @return the new beginning */
    public static int skb_pull_rcsum(sk_buff skb, int len) {
        BUG_ON(gtU32(len, skb.len));
        skb.len -= len;
        BUG_ON(ltU32(skb.len, skb.data_len));
        skb_postpull_rcsum(skb, skb.data, len);
        return skb.data += len;
    }

    // ---- net/core/datagram.c ----

    /** Sums up the first {@code len} bytes and {@code csum}. @return 0: right, and noted as such */
    public static int __skb_checksum_complete_head(sk_buff skb, int len) {
        int sum;

        sum = csum_fold(skb_checksum(skb, 0, len, skb.csum));
        if (sum == 0) {
            skb.ip_summed = CHECKSUM_UNNECESSARY;
        }
        return sum;
    }

    /** Sums up the packet and {@code csum}. @return 0: right, and noted as such */
    public static int __skb_checksum_complete(sk_buff skb) {
        return __skb_checksum_complete_head(skb, skb.len);
    }
}
