// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.bug.Bug.WARN_ON;
import static linux.errno.Errno.EFAULT;
import static linux.skbuff.Data.__skb_trim;
import static linux.skbuff.Data.skb_headlen;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Frags.skb_frag_page;
import static linux.skbuff.Frags.skb_frag_size;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.uaccess.User.copy_from_user;
import static net.checksum.Csum.csum_and_copy_from_user;
import static net.checksum.Csum.csum_block_add;

import linux.compiler.IntRef;
import linux.types.View;

/**
 * Copying bytes out of a packet and into it, wherever they are: linear part, pages, frag_list, one after the
 * other. An offset counts from {@code data}; a negative one reaches into the headroom.
 */
public final class Bits {
    private Bits() {}

    // ---- include/linux/skbuff.h ----

    /**
     * Adds bytes of the application at the end of a linear packet, with their checksum if the device does none.
     *
     * @return 0, or {@code -EFAULT} and the packet is as it was
     */
    public static int skb_add_data(sk_buff skb, byte[] from, int from_at, int copy) {
        int off = skb.len;

        if (skb.ip_summed == CHECKSUM_NONE) {
            IntRef err = new IntRef();
            int csum = csum_and_copy_from_user(from, from_at, skb.head, skb_put(skb, copy), copy, 0, err);

            if (err.val == 0) {
                skb.csum = csum_block_add(skb.csum, csum, off);
                return 0;
            }
        } else if (copy_from_user(skb.head, skb_put(skb, copy), from, from_at, copy) == 0) {
            return 0;
        }

        __skb_trim(skb, off);
        return -EFAULT;
    }

    /**
     * Where {@code len} bytes at {@code offset} can be read in one piece.
     *
     * @param buffer they are copied here if they are not all in the linear part
     * @return in the packet or in {@code buffer}; null: the packet is too short
     */
    public static View skb_header_pointer(sk_buff skb, int offset, int len, byte[] buffer) {
        int hlen = skb_headlen(skb);

        if (hlen - offset >= len) {
            return new View(skb.head, skb.data + offset);
        }

        if (skb_copy_bits(skb, offset, buffer, 0, len) < 0) {
            return null;
        }

        return new View(buffer, 0);
    }

    public static void skb_copy_from_linear_data(sk_buff skb, byte[] to, int to_at, int len) {
        System.arraycopy(skb.head, skb.data, to, to_at, len);
    }

    public static void skb_copy_from_linear_data_offset(sk_buff skb, int offset, byte[] to, int to_at, int len) {
        // Nothing may be asked for from a place that C does not look at and Java would complain about.
        if (len != 0) {
            System.arraycopy(skb.head, skb.data + offset, to, to_at, len);
        }
    }

    public static void skb_copy_to_linear_data_offset(sk_buff skb, int offset, byte[] from, int from_at, int len) {
        System.arraycopy(from, from_at, skb.head, skb.data + offset, len);
    }

    // ---- net/core/skbuff.c ----

    /** Copies {@code len} bytes at {@code offset}. @return 0, or {@code -EFAULT}: the packet is too short */
    public static int skb_copy_bits(sk_buff skb, int offset, byte[] to, int to_at, int len) {
        int start = skb_headlen(skb);
        sk_buff frag_iter;
        int i;
        int copy;

        if (offset > skb.len - len) {
            return -EFAULT;
        }

        if ((copy = start - offset) > 0) {
            if (copy > len) {
                copy = len;
            }
            skb_copy_from_linear_data_offset(skb, offset, to, to_at, copy);
            if ((len -= copy) == 0) {
                return 0;
            }
            offset += copy;
            to_at += copy;
        }

        for (i = 0; i < skb.shinfo.nr_frags; i++) {
            int end;
            skb_frag_t f = skb.shinfo.frags(i);

            WARN_ON(start > offset + len);

            end = start + skb_frag_size(f);
            if ((copy = end - offset) > 0) {
                if (copy > len) {
                    copy = len;
                }

                System.arraycopy(skb_frag_page(f).data, f.page_offset + offset - start, to, to_at, copy);

                if ((len -= copy) == 0) {
                    return 0;
                }
                offset += copy;
                to_at += copy;
            }
            start = end;
        }

        for (frag_iter = skb.shinfo.frag_list; frag_iter != null; frag_iter = frag_iter.next) {
            int end;

            WARN_ON(start > offset + len);

            end = start + frag_iter.len;
            if ((copy = end - offset) > 0) {
                if (copy > len) {
                    copy = len;
                }
                if (skb_copy_bits(frag_iter, offset - start, to, to_at, copy) != 0) {
                    return -EFAULT;
                }
                if ((len -= copy) == 0) {
                    return 0;
                }
                offset += copy;
                to_at += copy;
            }
            start = end;
        }

        if (len == 0) {
            return 0;
        }

        return -EFAULT;
    }

    /** Writes {@code len} bytes at {@code offset}. @return 0, or {@code -EFAULT}: the packet is too short */
    public static int skb_store_bits(sk_buff skb, int offset, byte[] from, int from_at, int len) {
        int start = skb_headlen(skb);
        sk_buff frag_iter;
        int i;
        int copy;

        if (offset > skb.len - len) {
            return -EFAULT;
        }

        if ((copy = start - offset) > 0) {
            if (copy > len) {
                copy = len;
            }
            skb_copy_to_linear_data_offset(skb, offset, from, from_at, copy);
            if ((len -= copy) == 0) {
                return 0;
            }
            offset += copy;
            from_at += copy;
        }

        for (i = 0; i < skb.shinfo.nr_frags; i++) {
            skb_frag_t frag = skb.shinfo.frags(i);
            int end;

            WARN_ON(start > offset + len);

            end = start + skb_frag_size(frag);
            if ((copy = end - offset) > 0) {
                if (copy > len) {
                    copy = len;
                }

                System.arraycopy(from, from_at, skb_frag_page(frag).data, frag.page_offset + offset - start, copy);

                if ((len -= copy) == 0) {
                    return 0;
                }
                offset += copy;
                from_at += copy;
            }
            start = end;
        }

        for (frag_iter = skb.shinfo.frag_list; frag_iter != null; frag_iter = frag_iter.next) {
            int end;

            WARN_ON(start > offset + len);

            end = start + frag_iter.len;
            if ((copy = end - offset) > 0) {
                if (copy > len) {
                    copy = len;
                }
                if (skb_store_bits(frag_iter, offset - start, from, from_at, copy) != 0) {
                    return -EFAULT;
                }
                if ((len -= copy) == 0) {
                    return 0;
                }
                offset += copy;
                from_at += copy;
            }
            start = end;
        }
        if (len == 0) {
            return 0;
        }

        return -EFAULT;
    }
}
