// SPDX-License-Identifier: GPL-2.0-only
package linux.inet;

import linux.compiler.IntRef;

/** Addresses from text, {@code net/core/utils.c}. */
public final class Inet {
    private Inet() {}

    /** {@code xdigit2bin}: what a character can be; a digit has its value in the low bits. */
    private static final int XDIGIT = 0x00010000;

    private static final int DIGIT = 0x00020000;
    private static final int COLON = 0x00700000;
    private static final int DOT = 0x00800000;
    private static final int DELIM = 0x10000000;
    private static final int UNKNOWN = 0x40000000;

    private static int xdigit2bin(char c, int delim) {
        if (c == delim || c == '\0') {
            return DELIM;
        }
        if (c == ':') {
            return COLON;
        }
        if (c == '.') {
            return DOT;
        }

        int val = c < 0x80 ? Character.digit(c, 16) : -1;
        if (val >= 0) {
            return val | XDIGIT | (val < 10 ? DIGIT : 0);
        }

        if (delim == -1) {
            return DELIM;
        }
        return UNKNOWN;
    }

    /**
     * Reads four numbers with dots between. They end at {@code delim}, at a colon, or with the text.
     *
     * <p>The bits that mark a digit go into the number too, above its sixteen: that is how a 0 differs from nothing.
     *
     * @param srclen characters; -1: all
     * @param dst becomes the address, host order
     * @param delim what ends it; -1: anything else
     * @return 1; 0: it is none
     */
    public static int in4_pton(String src, int srclen, IntRef dst, int delim) {
        int s = 0;
        int d = 0;
        int i = 0;
        int w = 0;

        if (srclen < 0) {
            srclen = src.length();
        }
        while (true) {
            int c = xdigit2bin(srclen > 0 ? src.charAt(s) : '\0', delim);
            if ((c & (DIGIT | DOT | DELIM | COLON)) == 0) {
                return 0;
            }
            if ((c & (DOT | DELIM | COLON)) != 0) {
                if (w == 0) {
                    return 0;
                }
                d = d << 8 | w & 0xff;
                w = 0;
                i++;
                if ((c & (DELIM | COLON)) != 0) {
                    if (i != 4) {
                        return 0;
                    }
                    break;
                }
            } else {
                w = w * 10 + c;
                if ((w & 0xffff) > 255) {
                    return 0;
                }
            }
            if (i >= 4) {
                return 0;
            }
            s++;
            srclen--;
        }
        dst.val = d;
        return 1;
    }
}
