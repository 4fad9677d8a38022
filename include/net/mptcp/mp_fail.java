// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import linux.types.Be;

/**
 * MP_FAIL (RFC 6824, section 3.6): a checksum was wrong; without another subflow the connection falls back to TCP.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+-------+-------+---------------+
 * |   kind (30)   |   len (12)    |sub (6)| rsv1  |     rsv2      |
 * +---------------+---------------+-------+-------+---------------+
 * |              data_seq: where it went wrong (64 bits)          |
 * +---------------------------------------------------------------+
 * </pre>
 */
public final class mp_fail extends mptcp_option {
    public mp_fail(byte[] b, int at) {
        super(b, at);
    }

    public void rsv1(int v) {
        low(v);
    }

    public void rsv2(int v) {
        b[at + 3] = (byte) v;
    }

    public long data_seq() {
        return u64(4);
    }

    public void data_seq(long v) {
        Be.put64(b, at + 4, v);
    }
}
