// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

/**
 * REMOVE_ADDR (RFC 6824, section 3.4.2): these addresses of the sender are gone.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+-------+-------+---------------+
 * |   kind (30)   |  len: 3 + n   |sub (4)|  rsv  | addrs_id[n] ...
 * +---------------+---------------+-------+-------+---------------+
 * </pre>
 */
public final class mp_remove_addr extends mptcp_option {
    public mp_remove_addr(byte[] b, int at) {
        super(b, at);
    }

    public int rsv() {
        return low();
    }

    public void rsv(int v) {
        low(v);
    }

    /** {@code (&addrs_id)[i]}. */
    public int addrs_id(int i) {
        return u8(3 + i);
    }

    public void addrs_id(int i, int v) {
        b[at + 3 + i] = (byte) v;
    }
}
