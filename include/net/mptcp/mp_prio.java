// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

/**
 * MP_PRIO (RFC 6824, section 3.3.8): a path becomes a backup, or ceases to be one.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+-------+-----+-+---------------+
 * |   kind (30)   |  len: 3 or 4  |sub (5)| rsv |b|addr_id (len 4)|
 * +---------------+---------------+-------+-----+-+---------------+
 * </pre>
 */
public final class mp_prio extends mptcp_option {
    public mp_prio(byte[] b, int at) {
        super(b, at);
    }

    /** A backup path. */
    public boolean b() {
        return bit(2, 0x01);
    }

    public void b(boolean v) {
        bit(2, 0x01, v);
    }

    public int rsv() {
        return low() >> 1;
    }

    public void rsv(int v) {
        low(v << 1 | low() & 1);
    }

    /** The address meant, if it is not that of this subflow. */
    public int addr_id() {
        return u8(3);
    }

    public void addr_id(int v) {
        b[at + 3] = (byte) v;
    }
}
