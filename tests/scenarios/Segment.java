// SPDX-License-Identifier: GPL-2.0-only
package scenarios;

import static linux.types.Be.get16;
import static linux.types.Be.get32;
import static linux.types.Be.get8;
import static linux.types.Be.put16;
import static linux.types.Be.put32;
import static net.checksum.Csum.csum_partial;
import static net.checksum.Csum.csum_tcpudp_magic;
import static net.checksum.Csum.ip_compute_csum;
import static uapi.linux.in.In.IPPROTO_TCP;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A TCP segment over Ethernet, taken apart: a {@link Middlebox} may change whatever it likes. Checksums are made anew. */
final class Segment {
    static final int FIN = 0x01;
    static final int SYN = 0x02;
    static final int RST = 0x04;
    static final int PSH = 0x08;
    static final int ACK = 0x10;
    static final int URG = 0x20;

    /** Options of MPTCP and their subtypes, RFC 6824, section 8. */
    static final int MPTCP = 30;

    static final int MP_CAPABLE = 0;
    static final int MP_JOIN = 1;
    static final int DSS = 2;
    static final int ADD_ADDR = 3;
    static final int REMOVE_ADDR = 4;
    static final int MP_PRIO = 5;
    static final int MP_FAIL = 6;
    static final int MP_FASTCLOSE = 7;

    private static final int ETH = 14;

    /** Ethernet and IP headers. */
    private final byte[] link;

    int saddr;
    int daddr;
    int source;
    int dest;
    int seq;
    int ack;
    int flags;
    int window;
    int urgent;

    /** Each with its kind and length; NOPs and the end are left out, and put in again. */
    List<byte[]> options = new ArrayList<>();

    byte[] payload;

    private Segment(byte[] link) {
        this.link = link;
    }

    /** null: the frame is no TCP over IPv4. */
    static Segment parse(byte[] b) {
        if (b.length < ETH + 40 || get16(b, 12) != 0x0800 || get8(b, ETH + 9) != IPPROTO_TCP) {
            return null;
        }
        int th = ETH + (get8(b, ETH) & 15) * 4;
        int data = th + (get8(b, th + 12) >> 4) * 4;
        Segment s = new Segment(Arrays.copyOf(b, th));
        s.saddr = get32(b, ETH + 12);
        s.daddr = get32(b, ETH + 16);
        s.source = get16(b, th);
        s.dest = get16(b, th + 2);
        s.seq = get32(b, th + 4);
        s.ack = get32(b, th + 8);
        s.flags = get8(b, th + 13);
        s.window = get16(b, th + 14);
        s.urgent = get16(b, th + 18);
        for (int at = th + 20; at < data && b[at] != 0; ) {
            int len = b[at] == 1 ? 1 : get8(b, at + 1);
            if (b[at] != 1) {
                s.options.add(Arrays.copyOfRange(b, at, at + len));
            }
            at += len;
        }
        s.payload = Arrays.copyOfRange(b, data, ETH + get16(b, ETH + 2));
        return s;
    }

    /** The same once more, independent of this one. */
    Segment copy() {
        return parse(frame());
    }

    /** As it goes over the wire. */
    byte[] frame() {
        int optlen = 0;
        for (byte[] o : options) {
            optlen += o.length + 3 & ~3;
        }
        int th = link.length;
        int len = 20 + optlen + payload.length;
        byte[] b = Arrays.copyOf(link, th + len);
        put16(b, ETH + 2, th - ETH + len);
        put32(b, ETH + 12, saddr);
        put32(b, ETH + 16, daddr);
        put16(b, ETH + 10, 0);
        put16(b, ETH + 10, ip_compute_csum(b, ETH, th - ETH));
        put16(b, th, source);
        put16(b, th + 2, dest);
        put32(b, th + 4, seq);
        put32(b, th + 8, ack);
        b[th + 12] = (byte) (20 + optlen << 2);
        b[th + 13] = (byte) flags;
        put16(b, th + 14, window);
        put16(b, th + 18, urgent);
        int at = th + 20;
        for (byte[] o : options) {
            for (int pad = -o.length & 3; pad > 0; pad--) {
                b[at++] = 1;
            }
            System.arraycopy(o, 0, b, at, o.length);
            at += o.length;
        }
        System.arraycopy(payload, 0, b, at, payload.length);
        put16(b, th + 16, csum_tcpudp_magic(saddr, daddr, len, IPPROTO_TCP, csum_partial(b, th, len, 0)));
        return b;
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** The option of MPTCP with this subtype, or null. */
    byte[] mptcp(int subtype) {
        for (byte[] o : options) {
            if (o[0] == MPTCP && (o[2] & 0xff) >> 4 == subtype) {
                return o;
            }
        }
        return null;
    }

    /** Takes all options of this kind out. */
    void strip(int kind) {
        options.removeIf(o -> o[0] == kind);
    }

    /** Takes the options of MPTCP with this subtype out. */
    void stripMptcp(int subtype) {
        options.removeIf(o -> o[0] == MPTCP && (o[2] & 0xff) >> 4 == subtype);
    }

    /** Where the numbers of the segment end. */
    int end() {
        return seq + payload.length + (has(SYN) ? 1 : 0) + (has(FIN) ? 1 : 0);
    }
}
