// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

/**
 * DSS, the data sequence signal (RFC 6824, section 3.3): what part of the connection's data the segment carries, and
 * how far the other direction has arrived.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+-------+-------+-----+-+-+-+-+-+
 * |   kind (30)   |      len      |sub (2)| rsv1  |rsv2 |F|m|M|a|A|
 * +---------------+---------------+-------+-------+-----+-+-+-+-+-+
 * | A: data ACK (32 bits; with a: 64)                             |
 * +---------------------------------------------------------------+
 * | M: data sequence number (32 bits; with m: 64)                 |
 * +---------------------------------------------------------------+
 * | M: subflow sequence number, relative to its ISN (32 bits)     |
 * +-------------------------------+-------------------------------+
 * | M: length of the mapping      | checksum, if agreed on        |
 * +-------------------------------+-------------------------------+
 * </pre>
 *
 * <p>Capital and small letters are different flags, here as in the source.
 */
public final class mp_dss extends mptcp_option {
    public mp_dss(byte[] b, int at) {
        super(b, at);
    }

    public void rsv1(int v) {
        low(v);
    }

    /** There is a data ACK. */
    public boolean A() {
        return bit(3, 0x01);
    }

    public void A(boolean v) {
        bit(3, 0x01, v);
    }

    /** It has 64 bits. */
    public boolean a() {
        return bit(3, 0x02);
    }

    public void a(boolean v) {
        bit(3, 0x02, v);
    }

    /** There is a mapping. */
    public boolean M() {
        return bit(3, 0x04);
    }

    public void M(boolean v) {
        bit(3, 0x04, v);
    }

    /** Its data sequence number has 64 bits. */
    public boolean m() {
        return bit(3, 0x08);
    }

    public void m(boolean v) {
        bit(3, 0x08, v);
    }

    /** DATA_FIN: the mapping ends with the end of the connection's data. */
    public boolean F() {
        return bit(3, 0x10);
    }

    public void F(boolean v) {
        bit(3, 0x10, v);
    }

    public int rsv2() {
        return u8(3) >> 5;
    }

    public void rsv2(int v) {
        b[at + 3] = (byte) (b[at + 3] & 0x1f | v << 5);
    }
}
