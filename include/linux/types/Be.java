// SPDX-License-Identifier: GPL-2.0-only
package linux.types;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Numbers in network byte order in an array of bytes: what {@code ntohs} and {@code htonl} are for in C.
 * Everything that was read through it is in host order, and nothing else in the port swaps bytes.
 */
public final class Be {
    private Be() {}

    private static final VarHandle SHORT =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    public static int get8(byte[] b, int at) {
        return b[at] & 0xff;
    }

    public static int get16(byte[] b, int at) {
        return (short) SHORT.get(b, at) & 0xffff;
    }

    public static int get32(byte[] b, int at) {
        return (int) INT.get(b, at);
    }

    public static long get64(byte[] b, int at) {
        return (long) LONG.get(b, at);
    }

    public static void put8(byte[] b, int at, int v) {
        b[at] = (byte) v;
    }

    public static void put16(byte[] b, int at, int v) {
        SHORT.set(b, at, (short) v);
    }

    public static void put32(byte[] b, int at, int v) {
        INT.set(b, at, v);
    }

    public static void put64(byte[] b, int at, long v) {
        LONG.set(b, at, v);
    }

    /**
     * {@code v} as a little-endian machine sees it when it reads its four bytes from a packet without swapping:
     * what a {@code __be32} of C holds. Only hash functions need it, which take addresses as they lie in memory.
     */
    public static int raw32(int v) {
        return Integer.reverseBytes(v);
    }

    /** The same for a port: what a {@code __be16} holds. */
    public static int raw16(int v) {
        return Short.reverseBytes((short) v) & 0xffff;
    }
}
