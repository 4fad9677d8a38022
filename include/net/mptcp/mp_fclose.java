// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import linux.types.Be;

/**
 * MP_FASTCLOSE (RFC 6824, section 3.5): the RST of the connection as a whole.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+-------+-------+---------------+
 * |   kind (30)   |   len (12)    |sub (7)| rsv1  |     rsv2      |
 * +---------------+---------------+-------+-------+---------------+
 * |                  key of the receiver (64 bits)                |
 * +---------------------------------------------------------------+
 * </pre>
 */
public final class mp_fclose extends mptcp_option {
    public mp_fclose(byte[] b, int at) {
        super(b, at);
    }

    public void rsv1(int v) {
        low(v);
    }

    public void rsv2(int v) {
        b[at + 3] = (byte) v;
    }

    public long key() {
        return u64(4);
    }

    public void key(long v) {
        Be.put64(b, at + 4, v);
    }
}
