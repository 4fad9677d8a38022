// SPDX-License-Identifier: GPL-2.0-only
package linux.kernel;

import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ERANGE;

import java.math.BigInteger;
import linux.compiler.LongRef;

/**
 * Small arithmetic of {@code include/linux/kernel.h}, {@code log2.h} and {@code math64.h}. C's {@code
 * min} takes the signedness of its operands; here the plain names are signed and {@code min_u},
 * {@code max_u} ... (ours in spelling only) compare as unsigned.
 */
public final class Kernel {
    private Kernel() {}

    public static int min(int a, int b) {
        return Math.min(a, b);
    }

    public static int max(int a, int b) {
        return Math.max(a, b);
    }

    public static long min(long a, long b) {
        return Math.min(a, b);
    }

    public static long max(long a, long b) {
        return Math.max(a, b);
    }

    /** {@code min_t(u32, a, b)}. */
    public static int minU32(int a, int b) {
        return Integer.compareUnsigned(a, b) < 0 ? a : b;
    }

    /** {@code max_t(u32, a, b)}. */
    public static int maxU32(int a, int b) {
        return Integer.compareUnsigned(a, b) > 0 ? a : b;
    }

    /** {@code a < b} of two u32. */
    public static boolean ltU32(int a, int b) {
        return Integer.compareUnsigned(a, b) < 0;
    }

    /** {@code a <= b} of two u32. */
    public static boolean leU32(int a, int b) {
        return Integer.compareUnsigned(a, b) <= 0;
    }

    /** {@code a > b} of two u32. */
    public static boolean gtU32(int a, int b) {
        return Integer.compareUnsigned(a, b) > 0;
    }

    /** {@code a >= b} of two u32. */
    public static boolean geU32(int a, int b) {
        return Integer.compareUnsigned(a, b) >= 0;
    }

    /** A u32 as a number that Java does not take for negative. */
    public static long u32(int a) {
        return a & 0xffffffffL;
    }

    public static int clamp(int val, int lo, int hi) {
        return Math.max(lo, Math.min(val, hi));
    }

    /** {@code roundup(x, y)} of non-negative numbers. */
    public static int roundup(int x, int y) {
        return (x + y - 1) / y * y;
    }

    public static int rounddown(int x, int y) {
        return x - x % y;
    }

    public static int DIV_ROUND_UP(int n, int d) {
        return (n + d - 1) / d;
    }

    /** {@code ALIGN(x, a)}: up to a multiple of {@code a}, a power of two. */
    public static int ALIGN(int x, int a) {
        return x + a - 1 & -a;
    }

    /** Position of the highest set bit, -1 for 0. */
    public static int ilog2(int n) {
        return 31 - Integer.numberOfLeadingZeros(n);
    }

    public static int roundup_pow_of_two(int n) {
        return n <= 1 ? 1 : Integer.highestOneBit(n - 1) << 1;
    }

    /** The smallest {@code x} with {@code 1 << x >= n}. */
    public static int order_base_2(int n) {
        return ilog2(roundup_pow_of_two(n));
    }

    public static int rounddown_pow_of_two(int n) {
        return Integer.highestOneBit(n);
    }

    public static boolean is_power_of_2(int n) {
        return n != 0 && (n & n - 1) == 0;
    }

    /** Number of the highest set bit counted from 1; 0 for 0. */
    public static int fls(int x) {
        return 32 - Integer.numberOfLeadingZeros(x);
    }

    public static int fls64(long x) {
        return 64 - Long.numberOfLeadingZeros(x);
    }

    /** Number of the lowest set bit counted from 1; 0 for 0. */
    public static int ffs(int x) {
        return x == 0 ? 0 : Integer.numberOfTrailingZeros(x) + 1;
    }

    /** {@code dividend / divisor}, all unsigned: u64 by u32. A divisor of 0 traps, as in C. */
    public static long div_u64(long dividend, int divisor) {
        return Long.divideUnsigned(dividend, divisor & 0xffffffffL);
    }

    /** {@code dividend / divisor}, both u64. */
    public static long div64_u64(long dividend, long divisor) {
        return Long.divideUnsigned(dividend, divisor);
    }

    /** A random number below {@code ep_ro} from 32 random bits, without a division. */
    public static int reciprocal_scale(int val, int ep_ro) {
        return (int) (u32(val) * u32(ep_ro) >>> 32);
    }

    /**
     * Reads a number: all of {@code s}, but a newline may follow.
     *
     * @param base 0: {@code 0x} means hexadecimal, another leading 0 octal
     * @return 0; {@code -EINVAL}: it is none; {@code -ERANGE}: it does not fit into 64 bits. Then {@code res} stays.
     */
    public static int kstrtoul(String s, int base, LongRef res) {
        String digits = s.startsWith("+") ? s.substring(1) : s;
        digits = digits.endsWith("\n") ? digits.substring(0, digits.length() - 1) : digits;
        boolean hex = digits.matches("0[xX]\\p{XDigit}.*");
        if (base == 0) {
            base = hex ? 16 : digits.startsWith("0") ? 8 : 10;
        }
        if (base == 16 && hex) {
            digits = digits.substring(2);
        }
        if (digits.isEmpty()) {
            return -EINVAL;
        }
        BigInteger number = BigInteger.ZERO;
        for (char c : digits.toCharArray()) {
            if (c >= 128 || Character.digit(c, base) < 0) {
                return -EINVAL;
            }
            number = number.multiply(BigInteger.valueOf(base)).add(BigInteger.valueOf(Character.digit(c, base)));
        }
        if (number.bitLength() > Long.SIZE) {
            return -ERANGE;
        }
        res.val = number.longValue();
        return 0;
    }
}
