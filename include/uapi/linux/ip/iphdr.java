// SPDX-License-Identifier: GPL-2.0-only
package uapi.linux.ip;

import static linux.types.Be.get16;
import static linux.types.Be.get32;
import static linux.types.Be.get8;
import static linux.types.Be.put16;
import static linux.types.Be.put32;
import static linux.types.Be.put8;

import linux.types.View;

/**
 * The IPv4 header (RFC 791, section 3.1), in a packet. Numbers in host order.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-------+-------+---------------+-------------------------------+
 * |version|  ihl  |      tos      |            tot_len            |
 * +-------+-------+---------------+-----+-------------------------+
 * |              id               |flags|        frag_off         |
 * +---------------+---------------+-----+-------------------------+
 * |      ttl      |   protocol    |             check             |
 * +---------------+---------------+-------------------------------+
 * |                             saddr                             |
 * +---------------------------------------------------------------+
 * |                             daddr                             |
 * +---------------------------------------------------------------+
 * |                       options ... (ihl - 5 words)             |
 * </pre>
 */
public final class iphdr extends View {
    /** {@code sizeof(struct iphdr)}. */
    public static final int SIZE = 20;

    public iphdr(byte[] b, int at) {
        super(b, at);
    }

    /** Length of the header in 32-bit words. */
    public int ihl() {
        return b[at] & 0x0f;
    }

    public void ihl(int v) {
        b[at] = (byte) (b[at] & 0xf0 | v & 0x0f);
    }

    public int version() {
        return (b[at] & 0xf0) >> 4;
    }

    public void version(int v) {
        b[at] = (byte) (b[at] & 0x0f | v << 4);
    }

    public int tos() {
        return get8(b, at + 1);
    }

    public void tos(int v) {
        put8(b, at + 1, v);
    }

    public int tot_len() {
        return get16(b, at + 2);
    }

    public void tot_len(int v) {
        put16(b, at + 2, v);
    }

    public int id() {
        return get16(b, at + 4);
    }

    public void id(int v) {
        put16(b, at + 4, v);
    }

    /** With the flags {@code IP_DF}, {@code IP_MF}. */
    public int frag_off() {
        return get16(b, at + 6);
    }

    public void frag_off(int v) {
        put16(b, at + 6, v);
    }

    public int ttl() {
        return get8(b, at + 8);
    }

    public void ttl(int v) {
        put8(b, at + 8, v);
    }

    public int protocol() {
        return get8(b, at + 9);
    }

    public void protocol(int v) {
        put8(b, at + 9, v);
    }

    public int check() {
        return get16(b, at + 10);
    }

    public void check(int v) {
        put16(b, at + 10, v);
    }

    public int saddr() {
        return get32(b, at + 12);
    }

    public void saddr(int v) {
        put32(b, at + 12, v);
    }

    public int daddr() {
        return get32(b, at + 16);
    }

    public void daddr(int v) {
        put32(b, at + 16, v);
    }
}
