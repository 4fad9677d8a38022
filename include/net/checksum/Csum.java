// SPDX-License-Identifier: GPL-2.0-only
package net.checksum;

import static linux.errno.Errno.EFAULT;
import static linux.hrtimer.Costs.spendOnCopySum;
import static linux.kernel.Kernel.ltU32;
import static linux.types.Be.get16;
import static linux.types.Be.get32;
import static linux.types.Be.put32;
import static linux.uaccess.User.copy_from_user;
import static linux.uaccess.User.copy_to_user;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import linux.compiler.IntRef;

/**
 * The Internet checksum (RFC 1071): the one's complement of the one's complement sum of all 16-bit words.
 *
 * <p>Two types of C are both {@code int} here. A {@code __wsum} is a sum in progress: 32 bits, of which only what
 * {@link #csum_fold} makes of them counts. A {@code __sum16} is what stands in a header, 0 to 0xffff. Both are in
 * host order, as the accessors of the headers are: they are sums of big-endian words, and bytes are never swapped
 * by a caller.
 *
 * <p>Sums wrap around: a carry out of the top comes in again at the bottom. So a sum is 0 only if all that went
 * into it was.
 */
public final class Csum {
    private Csum() {}

    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long LOW = 0xffffffffL;

    // ---- include/net/checksum.h ----

    /**
     * Copies from the application's memory and sums up on the way.
     *
     * @param err_ptr becomes 0, or {@code -EFAULT}: then zeroes are at {@code dst}
     * @return {@code sum} plus that of the bytes
     */
    public static int csum_and_copy_from_user(
            byte[] src, int src_at, byte[] dst, int dst_at, int len, int sum, IntRef err_ptr) {
        err_ptr.val = 0;
        if (copy_from_user(dst, dst_at, src, src_at, len) != 0) {
            err_ptr.val = -EFAULT;
            Arrays.fill(dst, dst_at, dst_at + len, (byte) 0);
            return sum;
        }
        spendOnCopySum(len);
        return csum_partial(dst, dst_at, len, sum);
    }

    /**
     * Copies to the application's memory and sums up on the way.
     *
     * @param err_ptr becomes 0, or {@code -EFAULT}
     * @return {@code sum} plus that of the bytes; 0 after an error
     */
    public static int csum_and_copy_to_user(
            byte[] src, int src_at, byte[] dst, int dst_at, int len, int sum, IntRef err_ptr) {
        err_ptr.val = 0;
        if (copy_to_user(dst, dst_at, src, src_at, len) != 0) {
            err_ptr.val = -EFAULT;
            return 0;
        }
        spendOnCopySum(len);
        return csum_partial(src, src_at, len, sum);
    }

    /** The sum of two sums. */
    public static int csum_add(int csum, int addend) {
        int res = csum;

        res += addend;
        return ltU32(res, addend) ? res + 1 : res;
    }

    /** Takes {@code addend} out of a sum that it is part of. */
    public static int csum_sub(int csum, int addend) {
        return csum_add(csum, ~addend);
    }

    /**
     * Adds the sum of a piece that was summed up for itself.
     *
     * @param offset where the piece begins in the whole: from an odd place its bytes count in each other's place
     */
    public static int csum_block_add(int csum, int csum2, int offset) {
        int sum = csum2;

        if ((offset & 1) != 0) {
            sum = ((sum & 0xff00ff) << 8) + (sum >>> 8 & 0xff00ff);
        }
        return csum_add(csum, sum);
    }

    /** {@link #csum_block_add} for {@code skb_checksum_ops}. */
    public static int csum_block_add_ext(int csum, int csum2, int offset, int len) {
        return csum_block_add(csum, csum2, offset);
    }

    /** Takes out the sum of a piece that begins at {@code offset}. */
    public static int csum_block_sub(int csum, int csum2, int offset) {
        int sum = csum2;

        if ((offset & 1) != 0) {
            sum = ((sum & 0xff00ff) << 8) + (sum >>> 8 & 0xff00ff);
        }
        return csum_sub(csum, sum);
    }

    /** A checksum out of a header as a sum to go on with. */
    public static int csum_unfold(int n) {
        return n;
    }

    /** {@link #csum_partial} for {@code skb_checksum_ops}. */
    public static int csum_partial_ext(byte[] buff, int at, int len, int sum) {
        return csum_partial(buff, at, len, sum);
    }

    /**
     * The checksum field after 32 bits that it covers have changed (RFC 1624).
     *
     * @return the new field; C writes it in place
     */
    public static int csum_replace4(int sum, int from, int to) {
        byte[] diff = new byte[8];

        put32(diff, 0, ~from);
        put32(diff, 4, to);
        return csum_fold(csum_partial(diff, 0, diff.length, ~csum_unfold(sum)));
    }

    /** The checksum field after 16 bits that it covers have changed. @return the new field */
    public static int csum_replace2(int sum, int from, int to) {
        return csum_replace4(sum, from, to);
    }

    // ---- arch/x86/include/asm/checksum_64.h, arch/x86/lib/csum-partial_64.c and csum-wrappers_64.c ----

    /** A sum as it goes into a header: folded to 16 bits and complemented. */
    public static int csum_fold(int sum) {
        sum = (sum & 0xffff) + (sum >>> 16);
        sum += sum >>> 16;
        return ~sum & 0xffff;
    }

    /**
     * The checksum over an IPv4 header; 0 if its own checksum field is right.
     *
     * @param ihl its length in 32-bit words. Below 5 it is no header, and what is returned are its first two bytes.
     */
    public static int ip_fast_csum(byte[] iph, int at, int ihl) {
        if (ihl < 5) {
            return get16(iph, at);
        }
        long sum = 0;
        for (int i = 0; i < ihl; i++) {
            sum += get32(iph, at + 4 * i) & LOW;
        }
        return csum_fold(from64to32(sum));
    }

    /**
     * The sum over the pseudo header (RFC 9293, section 3.1): addresses, protocol, length.
     *
     * @param len of the TCP segment, in bytes
     * @param sum to be added to
     */
    public static int csum_tcpudp_nofold(int saddr, int daddr, int len, int proto, int sum) {
        return from64to32(
                (saddr & LOW) + (daddr & LOW) + (len & 0xffff) + (proto & 0xffff) + (sum & LOW));
    }

    /** The checksum of a segment, ready for its header. @param sum over the segment */
    public static int csum_tcpudp_magic(int saddr, int daddr, int len, int proto, int sum) {
        return csum_fold(csum_tcpudp_nofold(saddr, daddr, len, proto, sum));
    }

    /** {@code a + b} with the carry added in again. */
    private static int from64to32(long sum) {
        sum = (sum & LOW) + (sum >>> 32);
        sum = (sum & LOW) + (sum >>> 32);
        return (int) sum;
    }

    /**
     * The sum of {@code len} bytes. Reads eight at a time, as they lie in memory; the order of bytes is put right
     * once, at the end. So that no carry gets lost, upper halves are also added up for themselves: what is left of
     * the sum of all, modulo 2^64, are the lower halves.
     *
     * <p>A turn of the loop is long, so that the virtual machine compiles this method for itself: within its callers
     * the loop runs out of registers.
     */
    private static int do_csum(byte[] buff, int at, int len) {
        long sum = 0;
        long high = 0;
        int end = at + len;

        for (; at <= end - 64; at += 64) {
            long a = (long) LONG.get(buff, at);
            long b = (long) LONG.get(buff, at + 8);
            long c = (long) LONG.get(buff, at + 16);
            long d = (long) LONG.get(buff, at + 24);
            long e = (long) LONG.get(buff, at + 32);
            long f = (long) LONG.get(buff, at + 40);
            long g = (long) LONG.get(buff, at + 48);
            long h = (long) LONG.get(buff, at + 56);
            sum += ((a + b) + (c + d)) + ((e + f) + (g + h));
            high += (((a >>> 32) + (b >>> 32)) + ((c >>> 32) + (d >>> 32)))
                    + (((e >>> 32) + (f >>> 32)) + ((g >>> 32) + (h >>> 32)));
        }
        for (; at <= end - 8; at += 8) {
            long a = (long) LONG.get(buff, at);
            sum += a;
            high += a >>> 32;
        }
        long low = sum - (high << 32);
        for (; at <= end - 4; at += 4) {
            low += (int) INT.get(buff, at) & LOW;
        }
        if (at <= end - 2) {
            low += (buff[at] & 0xff) + ((buff[at + 1] & 0xff) << 8);
            at += 2;
        }
        if (at < end) {
            low += buff[at] & 0xff;
        }
        return Integer.reverseBytes(from64to32((low & LOW) + (low >>> 32) + (high & LOW) + (high >>> 32)));
    }

    /**
     * The sum of {@code len} bytes, added to {@code sum}. An odd last byte counts as if a zero followed. Which of the
     * sums that fold to the same checksum it is differs from what an x86 computes.
     */
    public static int csum_partial(byte[] buff, int at, int len, int sum) {
        return csum_add(do_csum(buff, at, len), sum);
    }

    /** The checksum of {@code len} bytes, ready for a header: ICMP. */
    public static int ip_compute_csum(byte[] buff, int at, int len) {
        return csum_fold(csum_partial(buff, at, len, 0));
    }

    /** Copies, and sums up on the way. */
    public static int csum_partial_copy_nocheck(byte[] src, int src_at, byte[] dst, int dst_at, int len, int sum) {
        System.arraycopy(src, src_at, dst, dst_at, len);
        spendOnCopySum(len);
        return csum_partial(dst, dst_at, len, sum);
    }
}
