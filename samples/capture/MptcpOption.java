// SPDX-License-Identifier: GPL-2.0-only
package capture;

import static capture.Tcpdump.hex;
import static capture.Tcpdump.unsigned;
import static linux.types.Be.get16;
import static linux.types.Be.get32;
import static linux.types.Be.get64;
import static linux.types.Be.get8;

/** An option of Multipath TCP (kind 30, RFC 6824 section 3) in tcpdump's wording. */
final class MptcpOption {
    private MptcpOption() {}

    private static final int DATA_ACK = 1;
    private static final int DATA_ACK_8 = 2;
    private static final int MAPPING = 4;
    private static final int DSN_8 = 8;
    private static final int DATA_FIN = 16;

    /** @param len the whole option, which lies within {@code b} */
    static String text(byte[] b, int at, int len) {
        if (len < 3) {
            return "mptcp bad";
        }
        switch (get8(b, at + 2) >> 4) {
            case 0:
                return "mptcp capable" + ((get8(b, at + 3) & 0x80) != 0 ? " csum" : "") + (len >= 12 ? " {0x" + hex(b, at + 4, 8)
                        + (len >= 20 ? ",0x" + hex(b, at + 12, 8) : "") + "}" : "");
            case 1:
                return "mptcp join" + join(b, at, len);
            case 2:
                return "mptcp dss" + dss(b, at, len);
            case 3:
                return "mptcp add-addr id " + get8(b, at + 3) + (len >= 8 ? " " + address(get32(b, at + 4)) : "")
                        + (len == 10 ? ":" + get16(b, at + 8) : "");
            case 4:
                StringBuilder ids = new StringBuilder("mptcp rem-addr id");
                for (int i = 3; i < len; i++) {
                    ids.append(' ').append(get8(b, at + i));
                }
                return ids.toString();
            case 5:
                return "mptcp prio" + ((get8(b, at + 2) & 1) != 0 ? " backup" : "") + (len == 4 ? " id " + get8(b, at + 3) : "");
            case 6:
                return len >= 12 ? "mptcp fail seq " + Long.toUnsignedString(get64(b, at + 4)) : "mptcp fail bad";
            case 7:
                return len >= 12 ? "mptcp fast-close key 0x" + hex(b, at + 4, 8) : "mptcp fast-close bad";
            default:
                return "mptcp subtype " + (get8(b, at + 2) >> 4);
        }
    }

    private static String join(byte[] b, int at, int len) {
        String backup = (get8(b, at + 2) & 1) != 0 ? " backup" : "";
        switch (len) {
            case 12:
                return backup + " id " + get8(b, at + 3) + " token 0x" + hex(b, at + 4, 4) + " nonce 0x" + hex(b, at + 8, 4);
            case 16:
                return backup + " id " + get8(b, at + 3) + " hmac 0x" + hex(b, at + 4, 8) + " nonce 0x" + hex(b, at + 12, 4);
            case 24:
                return " hmac 0x" + hex(b, at + 4, 20);
            default:
                return " bad";
        }
    }

    private static String dss(byte[] b, int at, int len) {
        int flags = len > 3 ? get8(b, at + 3) : 0;
        int p = at + 4;
        int end = at + len;
        StringBuilder s = new StringBuilder((flags & DATA_FIN) != 0 ? " fin" : "");
        if ((flags & DATA_ACK) != 0) {
            int n = (flags & DATA_ACK_8) != 0 ? 8 : 4;
            if (p + n > end) {
                return s + " bad";
            }
            s.append(" ack ").append(number(b, p, n));
            p += n;
        }
        if ((flags & MAPPING) != 0) {
            int n = (flags & DSN_8) != 0 ? 8 : 4;
            if (p + n + 6 > end) {
                return s + " bad";
            }
            s.append(" seq ").append(number(b, p, n)).append(" subseq ").append(unsigned(get32(b, p + n)));
            s.append(" len ").append(get16(b, p + n + 4));
            p += n + 6;
            if (p + 2 <= end) {
                s.append(" csum 0x").append(hex(b, p, 2));
            }
        }
        return s.toString();
    }

    private static String number(byte[] b, int at, int n) {
        return n == 8 ? Long.toUnsignedString(get64(b, at)) : unsigned(get32(b, at));
    }

    private static String address(int a) {
        return (a >>> 24) + "." + (a >> 16 & 0xff) + "." + (a >> 8 & 0xff) + "." + (a & 0xff);
    }
}
