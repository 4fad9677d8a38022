// SPDX-License-Identifier: GPL-2.0-only
package linux.uaccess;

import static linux.errno.Errno.EFAULT;
import static linux.hrtimer.Costs.spendOnCopy;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import linux.compiler.IntRef;

/**
 * The application's memory, for socket options and the like: bytes, with numbers in them as a little-endian machine
 * has them. A null pointer is what an application passes by mistake: {@code -EFAULT}.
 */
public final class User {
    private User() {}

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    public static int get32(byte[] b, int at) {
        return (int) INT.get(b, at);
    }

    public static void put32(byte[] b, int at, int v) {
        INT.set(b, at, v);
    }

    public static long get64(byte[] b, int at) {
        return (long) LONG.get(b, at);
    }

    public static void put64(byte[] b, int at, long v) {
        LONG.set(b, at, v);
    }

    /** An option's value: the four bytes of an int. */
    public static byte[] bytesOf(int v) {
        byte[] b = new byte[4];
        put32(b, 0, v);
        return b;
    }

    /**
     * {@code get_user(val, (int *)from)}.
     *
     * @return 0, or {@code -EFAULT}
     */
    public static int get_user(IntRef val, byte[] from) {
        if (from == null || from.length < 4) {
            return -EFAULT;
        }
        val.val = get32(from, 0);
        return 0;
    }

    /**
     * {@code copy_from_user(to, from, n)}.
     *
     * @return the number of bytes not copied
     */
    public static int copy_from_user(byte[] to, byte[] from, int n) {
        if (n != 0 && (from == null || from.length < n)) {
            return n;
        }
        if (n != 0) {
            System.arraycopy(from, 0, to, 0, n);
        }
        return 0;
    }

    /**
     * {@code copy_to_user(to, from, n)}.
     *
     * @return the number of bytes not copied
     */
    public static int copy_to_user(byte[] to, byte[] from, int n) {
        if (n != 0 && (to == null || to.length < n)) {
            return n;
        }
        if (n != 0) {
            System.arraycopy(from, 0, to, 0, n);
        }
        return 0;
    }

    /**
     * {@code copy_from_user(to + to_at, from + from_at, n)}: all of it or nothing.
     *
     * @return the number of bytes not copied
     */
    public static int copy_from_user(byte[] to, int to_at, byte[] from, int from_at, int n) {
        if (n != 0) {
            if (from == null || from_at < 0 || from.length - from_at < n) {
                return n;
            }
            System.arraycopy(from, from_at, to, to_at, n);
            spendOnCopy(n);
        }
        return 0;
    }

    /**
     * {@code copy_to_user(to + to_at, from + from_at, n)}: all of it or nothing.
     *
     * @return the number of bytes not copied
     */
    public static int copy_to_user(byte[] to, int to_at, byte[] from, int from_at, int n) {
        if (n != 0) {
            if (to == null || to_at < 0 || to.length - to_at < n) {
                return n;
            }
            System.arraycopy(from, from_at, to, to_at, n);
            spendOnCopy(n);
        }
        return 0;
    }

    /**
     * {@code put_user(val, (int *)to)}.
     *
     * @return 0, or {@code -EFAULT}
     */
    public static int put_user(int val, byte[] to) {
        if (to == null || to.length < 4) {
            return -EFAULT;
        }
        put32(to, 0, val);
        return 0;
    }

    /**
     * {@code strncpy_from_user(to, from, count)}: a string up to its NUL, or {@code count} bytes of it.
     *
     * @return its length without the NUL, or {@code -EFAULT}
     */
    public static int strncpy_from_user(byte[] to, byte[] from, int count) {
        for (int i = 0; i < count; i++) {
            if (from == null || i == from.length) {
                return -EFAULT;
            }
            to[i] = from[i];
            if (from[i] == 0) {
                return i;
            }
        }
        return count;
    }
}
