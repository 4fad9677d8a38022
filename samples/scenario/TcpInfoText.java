// SPDX-License-Identifier: GPL-2.0-only
package scenario;

import static linux.uaccess.User.get32;

/** {@code struct tcp_info} in one line, as the recordings have it. */
final class TcpInfoText {
    private TcpInfoText() {}

    /** The fields of 32 bits, in their order; those that the recordings leave out are null. */
    private static final String[] WORDS = {
        "rto", "ato", "snd_mss", "rcv_mss", "unacked", "sacked", "lost", "retrans", "fackets", null, null, null, null, "pmtu",
        "rcv_ssthresh", "rtt", "rttvar", "snd_ssthresh", "snd_cwnd", "advmss", "reordering", "rcv_rtt", "rcv_space", "total_retrans"
    };

    /** @param b the struct as it lies in memory */
    static String of(byte[] b) {
        StringBuilder s = new StringBuilder();
        s.append("state ").append(b[0] & 0xff).append(" ca_state ").append(b[1] & 0xff);
        s.append(" retransmits ").append(b[2] & 0xff).append(" probes ").append(b[3] & 0xff);
        s.append(" backoff ").append(b[4] & 0xff).append(" options 0x").append(Integer.toHexString(b[5] & 0xff));
        s.append(" snd_wscale ").append(b[6] & 0xf).append(" rcv_wscale ").append(b[6] >> 4 & 0xf);
        for (int i = 0; i < WORDS.length; i++) {
            if (WORDS[i] != null) {
                s.append(' ').append(WORDS[i]).append(' ').append(Integer.toUnsignedString(get32(b, 8 + 4 * i)));
            }
        }
        return s.toString();
    }
}
