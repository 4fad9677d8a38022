// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import static linux.kernel.Kernel.u32;

import linux.types.Be;

/**
 * MP_JOIN (RFC 6824, section 3.2): another subflow for a connection. It has three forms.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+-------+-----+-+---------------+
 * |   kind (30)   |      len      |sub (1)| rsv |b|    addr_id    |
 * +---------------+---------------+-------+-----+-+---------------+
 *
 * SYN, len 12:        token (32), nonce (32)
 * SYN/ACK, len 16:    truncated HMAC (64), nonce (32)
 * third ACK, len 24:  HMAC (160); b and addr_id are reserved
 * </pre>
 */
public final class mp_join extends mptcp_option {
    public mp_join(byte[] b, int at) {
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

    /** Id of the address that the sender uses. */
    public int addr_id() {
        return u8(3);
    }

    public void addr_id(int v) {
        b[at + 3] = (byte) v;
    }

    /** {@code u.syn.token}: which connection, by the receiver's token. */
    public int synToken() {
        return u32(4);
    }

    public void synToken(int v) {
        Be.put32(b, at + 4, v);
    }

    /** {@code u.syn.nonce}. */
    public int synNonce() {
        return u32(8);
    }

    public void synNonce(int v) {
        Be.put32(b, at + 8, v);
    }

    /** {@code u.synack.mac}: the first 64 bits of the sender's HMAC. */
    public long synackMac() {
        return u64(4);
    }

    public void synackMac(long v) {
        Be.put64(b, at + 4, v);
    }

    /** {@code u.synack.nonce}. */
    public int synackNonce() {
        return u32(12);
    }

    public void synackNonce(int v) {
        Be.put32(b, at + 12, v);
    }

    /** {@code memcpy(mac, u.ack.mac, 20)}. */
    public void getAckMac(byte[] mac) {
        for (int i = 0; i < 20; i++) {
            mac[i] = (byte) u8(4 + i);
        }
    }

    /** {@code memcpy(u.ack.mac, mac, 20)}. */
    public void putAckMac(byte[] mac) {
        System.arraycopy(mac, 0, b, at + 4, 20);
    }
}
