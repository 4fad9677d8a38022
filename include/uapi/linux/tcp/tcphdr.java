// SPDX-License-Identifier: GPL-2.0-only
package uapi.linux.tcp;

import static linux.types.Be.get16;
import static linux.types.Be.get32;
import static linux.types.Be.put16;
import static linux.types.Be.put32;

import linux.types.View;

/**
 * The TCP header (RFC 9293, section 3.1), in a packet. Numbers in host order.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-------------------------------+-------------------------------+
 * |            source             |             dest              |
 * +-------------------------------+-------------------------------+
 * |                              seq                              |
 * +---------------------------------------------------------------+
 * |                            ack_seq                            |
 * +-------+-------+-+-+-+-+-+-+-+-+-------------------------------+
 * | doff  | res1  |C|E|U|A|P|R|S|F|            window             |
 * |       |       |W|C|R|C|S|S|Y|I|                               |
 * |       |       |R|E|G|K|H|T|N|N|                               |
 * +-------+-------+-+-+-+-+-+-+-+-+-------------------------------+
 * |             check             |            urg_ptr            |
 * +-------------------------------+-------------------------------+
 * |                       options ... (doff - 5 words)            |
 * </pre>
 */
public final class tcphdr extends View {
    /** {@code sizeof(struct tcphdr)}. */
    public static final int SIZE = 20;

    public tcphdr(byte[] b, int at) {
        super(b, at);
    }

    public int source() {
        return get16(b, at);
    }

    public void source(int v) {
        put16(b, at, v);
    }

    public int dest() {
        return get16(b, at + 2);
    }

    public void dest(int v) {
        put16(b, at + 2, v);
    }

    public int seq() {
        return get32(b, at + 4);
    }

    public void seq(int v) {
        put32(b, at + 4, v);
    }

    public int ack_seq() {
        return get32(b, at + 8);
    }

    public void ack_seq(int v) {
        put32(b, at + 8, v);
    }

    /** Length of the header in 32-bit words. */
    public int doff() {
        return (b[at + 12] & 0xf0) >> 4;
    }

    public void doff(int v) {
        b[at + 12] = (byte) (b[at + 12] & 0x0f | v << 4);
    }

    public int res1() {
        return b[at + 12] & 0x0f;
    }

    public boolean fin() {
        return (b[at + 13] & 0x01) != 0;
    }

    public boolean syn() {
        return (b[at + 13] & 0x02) != 0;
    }

    public boolean rst() {
        return (b[at + 13] & 0x04) != 0;
    }

    public boolean psh() {
        return (b[at + 13] & 0x08) != 0;
    }

    public boolean ack() {
        return (b[at + 13] & 0x10) != 0;
    }

    public boolean urg() {
        return (b[at + 13] & 0x20) != 0;
    }

    public boolean ece() {
        return (b[at + 13] & 0x40) != 0;
    }

    public boolean cwr() {
        return (b[at + 13] & 0x80) != 0;
    }

    public void fin(boolean v) {
        flag(0x01, v);
    }

    public void syn(boolean v) {
        flag(0x02, v);
    }

    public void rst(boolean v) {
        flag(0x04, v);
    }

    public void psh(boolean v) {
        flag(0x08, v);
    }

    public void ack(boolean v) {
        flag(0x10, v);
    }

    public void urg(boolean v) {
        flag(0x20, v);
    }

    public void ece(boolean v) {
        flag(0x40, v);
    }

    public void cwr(boolean v) {
        flag(0x80, v);
    }

    private void flag(int bit, boolean v) {
        b[at + 13] = (byte) (v ? b[at + 13] | bit : b[at + 13] & ~bit);
    }

    /** All eight flags: {@code tcp_flag_byte}, {@code TCPHDR_*}. */
    public int flags() {
        return b[at + 13] & 0xff;
    }

    /** {@code tcp_flag_word}: data offset, flags and window as one word. */
    public int flag_word() {
        return get32(b, at + 12);
    }

    /** Sets the 16 bits of data offset and flags at once. */
    public void doffAndFlags(int v) {
        put16(b, at + 12, v);
    }

    public int window() {
        return get16(b, at + 14);
    }

    public void window(int v) {
        put16(b, at + 14, v);
    }

    public int check() {
        return get16(b, at + 16);
    }

    public void check(int v) {
        put16(b, at + 16, v);
    }

    public int urg_ptr() {
        return get16(b, at + 18);
    }

    public void urg_ptr(int v) {
        put16(b, at + 18, v);
    }
}
