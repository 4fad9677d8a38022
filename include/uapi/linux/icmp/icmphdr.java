// SPDX-License-Identifier: GPL-2.0-only
package uapi.linux.icmp;

import static linux.types.Be.get16;
import static linux.types.Be.get32;
import static linux.types.Be.get8;
import static linux.types.Be.put16;
import static linux.types.Be.put32;
import static linux.types.Be.put8;

import linux.types.View;

/**
 * The ICMP header (RFC 792), in a packet. Numbers in host order.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+-------------------------------+
 * |     type      |     code      |           checksum            |
 * +---------------+---------------+-------------------------------+
 * |  echo: id                     |  echo: sequence               |
 * |  redirect: gateway                                            |
 * |  frag needed: unused          |  frag needed: mtu (RFC 1191)  |
 * |  parameter problem: pointer |  unused                         |
 * +---------------------------------------------------------------+
 * |  errors: IP header and first 8 bytes (or more) of the packet  |
 * </pre>
 */
public final class icmphdr extends View {
    /** {@code sizeof(struct icmphdr)}. */
    public static final int SIZE = 8;

    public icmphdr(byte[] b, int at) {
        super(b, at);
    }

    public int type() {
        return get8(b, at);
    }

    public void type(int v) {
        put8(b, at, v);
    }

    public int code() {
        return get8(b, at + 1);
    }

    public void code(int v) {
        put8(b, at + 1, v);
    }

    public int checksum() {
        return get16(b, at + 2);
    }

    public void checksum(int v) {
        put16(b, at + 2, v);
    }

    /** {@code un.echo.id}. */
    public int id() {
        return get16(b, at + 4);
    }

    public void id(int v) {
        put16(b, at + 4, v);
    }

    /** {@code un.echo.sequence}. */
    public int sequence() {
        return get16(b, at + 6);
    }

    public void sequence(int v) {
        put16(b, at + 6, v);
    }

    /** {@code un.gateway}; also the four bytes as a whole. */
    public int gateway() {
        return get32(b, at + 4);
    }

    public void gateway(int v) {
        put32(b, at + 4, v);
    }

    /** {@code un.frag.mtu}. */
    public int mtu() {
        return get16(b, at + 6);
    }

    public void mtu(int v) {
        put16(b, at + 6, v);
    }
}
