// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import linux.types.Be;
import linux.types.View;

/**
 * The beginning that all MPTCP options have in common (RFC 6824, section 3), in a packet. Numbers in host order; keys,
 * tokens, nonces and HMACs are read as big-endian numbers too.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+-------+-------+---------------+
 * |   kind (30)   |      len      |  sub  |  ver  |      ...      |
 * +---------------+---------------+-------+-------+---------------+
 * </pre>
 *
 * <p>The parsers look at subtype and flags before they look at the length, so a short option at the end of the options
 * is read past its end. C finds the payload there, or free memory behind the packet. Here too, and what would lie
 * behind the array reads as 0: the accessors of this class and of those that extend it never throw when they read.
 */
public class mptcp_option extends View {
    public mptcp_option(byte[] b, int at) {
        super(b, at);
    }

    /** The byte at {@code off}. */
    final int u8(int off) {
        int i = at + off;
        return i < b.length ? b[i] & 0xff : 0;
    }

    final int u16(int off) {
        return u8(off) << 8 | u8(off + 1);
    }

    final int u32(int off) {
        int i = at + off;
        return i + 4 <= b.length ? Be.get32(b, i) : u16(off) << 16 | u16(off + 2);
    }

    final long u64(int off) {
        int i = at + off;
        return i + 8 <= b.length ? Be.get64(b, i) : (long) u32(off) << 32 | u32(off + 4) & 0xffffffffL;
    }

    final boolean bit(int off, int bit) {
        return (u8(off) & bit) != 0;
    }

    final void bit(int off, int bit, boolean v) {
        b[at + off] = (byte) (v ? b[at + off] | bit : b[at + off] & ~bit);
    }

    /** {@code TCPOPT_MPTCP}. */
    public final int kind() {
        return u8(0);
    }

    public final void kind(int v) {
        b[at] = (byte) v;
    }

    /** Bytes of the whole option. */
    public final int len() {
        return u8(1);
    }

    public final void len(int v) {
        b[at + 1] = (byte) v;
    }

    /** Which option: {@code MPTCP_SUB_*}. */
    public final int sub() {
        return u8(2) >> 4;
    }

    public final void sub(int v) {
        b[at + 2] = (byte) (v << 4 | b[at + 2] & 0x0f);
    }

    /** The other half of that byte: a version, or flags. */
    final int low() {
        return u8(2) & 0x0f;
    }

    final void low(int v) {
        b[at + 2] = (byte) (b[at + 2] & 0xf0 | v & 0x0f);
    }

    public int ver() {
        return low();
    }
}
