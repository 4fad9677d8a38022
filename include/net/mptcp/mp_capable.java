// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import linux.types.Be;

/**
 * MP_CAPABLE (RFC 6824, section 3.1): in the SYN and the SYN/ACK with the key of whoever sends it, in the third ACK
 * with both.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+-------+-------+-+-+---------+-+
 * |   kind (30)   | len: 12 or 20 |sub (0)|  ver  |a|b|   rsv   |h|
 * +---------------+---------------+-------+-------+-+-+---------+-+
 * |                     sender_key (64 bits)                      |
 * +---------------------------------------------------------------+
 * |              receiver_key (64 bits, if len is 20)             |
 * +---------------------------------------------------------------+
 * </pre>
 */
public final class mp_capable extends mptcp_option {
    public mp_capable(byte[] b, int at) {
        super(b, at);
    }

    public void ver(int v) {
        low(v);
    }

    /** The sender wants checksums. */
    public boolean a() {
        return bit(3, 0x80);
    }

    public void a(boolean v) {
        bit(3, 0x80, v);
    }

    /** An extension that nobody knows yet: ignore the whole SYN. */
    public boolean b() {
        return bit(3, 0x40);
    }

    public void b(boolean v) {
        bit(3, 0x40, v);
    }

    public int rsv() {
        return u8(3) >> 1 & 0x1f;
    }

    public void rsv(int v) {
        b[at + 3] = (byte) (b[at + 3] & 0xc1 | (v & 0x1f) << 1);
    }

    /** Keys are hashed with HMAC-SHA1. */
    public boolean h() {
        return bit(3, 0x01);
    }

    public void h(boolean v) {
        bit(3, 0x01, v);
    }

    public long sender_key() {
        return u64(4);
    }

    public void sender_key(long v) {
        Be.put64(b, at + 4, v);
    }

    public long receiver_key() {
        return u64(12);
    }

    public void receiver_key(long v) {
        Be.put64(b, at + 12, v);
    }
}
