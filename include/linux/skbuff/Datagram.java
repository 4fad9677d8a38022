// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.bug.Bug.WARN_ON;
import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EINVAL;
import static linux.skbuff.Checksum.__skb_checksum_complete;
import static linux.skbuff.Data.skb_headlen;
import static linux.skbuff.Frags.skb_frag_page;
import static linux.skbuff.Frags.skb_frag_size;
import static linux.socket.Iovec.memcpy_toiovec;
import static net.checksum.Csum.csum_and_copy_to_user;
import static net.checksum.Csum.csum_block_add;
import static net.checksum.Csum.csum_fold;
import static net.checksum.Csum.csum_partial;

import linux.compiler.Differs;
import linux.compiler.IntRef;
import linux.mm.page;
import linux.socket.iovec;

/**
 * From a packet to the application's memory, {@code net/core/datagram.c}: the last step of recvmsg. The iovec
 * shrinks by what has been copied, so the next packet goes on where this one ended.
 */
public final class Datagram {
    private Datagram() {}

    /** Copies {@code len} bytes at {@code offset}. @return 0 or {@code -EFAULT} */
    public static int skb_copy_datagram_iovec(sk_buff skb, int offset, iovec[] to, int len) {
        int start = skb_headlen(skb);
        int i;
        int copy = start - offset;
        sk_buff frag_iter;

        if (copy > 0) {
            if (copy > len) {
                copy = len;
            }
            if (memcpy_toiovec(to, skb.head, skb.data + offset, copy) != 0) {
                return -EFAULT;
            }
            if ((len -= copy) == 0) {
                return 0;
            }
            offset += copy;
        }

        for (i = 0; i < skb.shinfo.nr_frags; i++) {
            int end;
            skb_frag_t frag = skb.shinfo.frags(i);

            WARN_ON(start > offset + len);

            end = start + skb_frag_size(frag);
            if ((copy = end - offset) > 0) {
                int err;
                page page = skb_frag_page(frag);

                if (copy > len) {
                    copy = len;
                }
                err = memcpy_toiovec(to, page.data, frag.page_offset + offset - start, copy);
                if (err != 0) {
                    return -EFAULT;
                }
                if ((len -= copy) == 0) {
                    return 0;
                }
                offset += copy;
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
                if (skb_copy_datagram_iovec(frag_iter, offset - start, to, copy) != 0) {
                    return -EFAULT;
                }
                if ((len -= copy) == 0) {
                    return 0;
                }
                offset += copy;
            }
            start = end;
        }
        if (len == 0) {
            return 0;
        }

        return -EFAULT;
    }

    /**
     * Copies {@code len} bytes at {@code offset} into one piece of the application's memory and adds their sum to
     * {@code csump}.
     *
     * @return 0 or {@code -EFAULT}
     */
    static int skb_copy_and_csum_datagram(sk_buff skb, int offset, byte[] to, int to_at, int len, IntRef csump) {
        int start = skb_headlen(skb);
        int i;
        int copy = start - offset;
        sk_buff frag_iter;
        int pos = 0;
        IntRef err = new IntRef();

        if (copy > 0) {
            if (copy > len) {
                copy = len;
            }
            csump.val = csum_and_copy_to_user(skb.head, skb.data + offset, to, to_at, copy, csump.val, err);
            if (err.val != 0) {
                return -EFAULT;
            }
            if ((len -= copy) == 0) {
                return 0;
            }
            offset += copy;
            to_at += copy;
            pos = copy;
        }

        for (i = 0; i < skb.shinfo.nr_frags; i++) {
            int end;
            skb_frag_t frag = skb.shinfo.frags(i);

            WARN_ON(start > offset + len);

            end = start + skb_frag_size(frag);
            if ((copy = end - offset) > 0) {
                int csum2;
                page page = skb_frag_page(frag);

                if (copy > len) {
                    copy = len;
                }
                csum2 = csum_and_copy_to_user(page.data, frag.page_offset + offset - start, to, to_at, copy, 0, err);
                if (err.val != 0) {
                    return -EFAULT;
                }
                csump.val = csum_block_add(csump.val, csum2, pos);
                if ((len -= copy) == 0) {
                    return 0;
                }
                offset += copy;
                to_at += copy;
                pos += copy;
            }
            start = end;
        }

        for (frag_iter = skb.shinfo.frag_list; frag_iter != null; frag_iter = frag_iter.next) {
            int end;

            WARN_ON(start > offset + len);

            end = start + frag_iter.len;
            if ((copy = end - offset) > 0) {
                IntRef csum2 = new IntRef();

                if (copy > len) {
                    copy = len;
                }
                if (skb_copy_and_csum_datagram(frag_iter, offset - start, to, to_at, copy, csum2) != 0) {
                    return -EFAULT;
                }
                csump.val = csum_block_add(csump.val, csum2.val, pos);
                if ((len -= copy) == 0) {
                    return 0;
                }
                offset += copy;
                to_at += copy;
                pos += copy;
            }
            start = end;
        }
        if (len == 0) {
            return 0;
        }

        return -EFAULT;
    }

    /**
     * Copies a packet whose checksum has not been looked at, and looks at it. When one piece of the application's
     * memory takes all of it, both is done in one go: the bytes may then be there although the checksum is wrong.
     *
     * @param hlen where the payload begins; what is in front counts for the checksum
     * @return 0, {@code -EINVAL}: the checksum is wrong, {@code -EFAULT}: part of {@code iov} may be used up
     */
    @Differs("stops with -EFAULT at the end of an iovec of empty pieces; the kernel reads on behind it")
    public static int skb_copy_and_csum_datagram_iovec(sk_buff skb, int hlen, iovec[] iov) {
        IntRef csum;
        int chunk = skb.len - hlen;
        int at = 0;

        if (chunk == 0) {
            return 0;
        }

        while (at < iov.length && iov[at].iov_len == 0) {
            at++;
        }
        if (at == iov.length) {
            return -EFAULT;
        }

        if (iov[at].iov_len < chunk) {
            if (__skb_checksum_complete(skb) != 0) {
                return -EINVAL;
            }
            if (skb_copy_datagram_iovec(skb, hlen, iov, chunk) != 0) {
                return -EFAULT;
            }
        } else {
            csum = new IntRef(csum_partial(skb.head, skb.data, hlen, skb.csum));
            if (skb_copy_and_csum_datagram(skb, hlen, iov[at].iov_base, iov[at].iov_off, chunk, csum) != 0) {
                return -EFAULT;
            }
            if (csum_fold(csum.val) != 0) {
                return -EINVAL;
            }
            iov[at].iov_len -= chunk;
            iov[at].iov_off += chunk;
        }
        return 0;
    }
}
