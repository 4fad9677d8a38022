// SPDX-License-Identifier: GPL-2.0-only
package linux.tcp;

/** A Fast Open cookie (RFC 7413). */
public final class tcp_fastopen_cookie {
    public static final int TCP_FASTOPEN_COOKIE_MIN = 4;
    public static final int TCP_FASTOPEN_COOKIE_MAX = 16;

    /** What we hand out. */
    public static final int TCP_FASTOPEN_COOKIE_SIZE = 8;

    /** Bytes; 0: a request for one, -1: no option at all. */
    public int len;

    public final byte[] val = new byte[TCP_FASTOPEN_COOKIE_MAX];

    /** {@code *this = *o}. */
    public void copy(tcp_fastopen_cookie o) {
        len = o.len;
        System.arraycopy(o.val, 0, val, 0, val.length);
    }
}
