// SPDX-License-Identifier: GPL-2.0-only
package uapi.linux.tcp;

/** The fourth word of the TCP header, which the fast path compares as a whole. */
public final class Header {
    private Header() {}

    /** Data offset, flags and window in one word; {@code TCP_FLAG_*} pick the flags. */
    public static int tcp_flag_word(tcphdr tp) {
        return tp.flag_word();
    }
}
