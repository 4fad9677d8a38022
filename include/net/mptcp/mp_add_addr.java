// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import static linux.kernel.Kernel.u32;

import linux.types.Be;

/**
 * ADD_ADDR (RFC 6824, section 3.4.1): the sender can also be reached at this address.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+-------+-------+---------------+
 * |   kind (30)   |      len      |sub (3)| ipver |    addr_id    |
 * +---------------+---------------+-------+-------+---------------+
 * |       address: IPv4 (len 8 or 10) or IPv6 (len 20 or 22)      |
 * +-------------------------------+-------------------------------+
 * |   port (if len is 2 longer)   |
 * +-------------------------------+
 * </pre>
 */
public final class mp_add_addr extends mptcp_option {
    public mp_add_addr(byte[] b, int at) {
        super(b, at);
    }

    /** 4 or 6. */
    public int ipver() {
        return low();
    }

    public void ipver(int v) {
        low(v);
    }

    /** The sender's id of the address. */
    public int addr_id() {
        return u8(3);
    }

    public void addr_id(int v) {
        b[at + 3] = (byte) v;
    }

    /** {@code u.v4.addr}. */
    public int v4Addr() {
        return u32(4);
    }

    public void v4Addr(int v) {
        Be.put32(b, at + 4, v);
    }

    /** {@code u.v4.port}. */
    public int v4Port() {
        return u16(8);
    }

    /** {@code memcpy(u.v6.addr, addr, 16)}. */
    public void putV6Addr(byte[] addr) {
        System.arraycopy(addr, 0, b, at + 4, 16);
    }
}
