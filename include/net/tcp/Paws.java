// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.hrtimer.Clock.get_seconds;
import static net.tcp.TcpConst.TCP_PAWS_24DAYS;
import static net.tcp.TcpConst.TCP_PAWS_MSL;

import linux.tcp.tcp_options_received;

/**
 * Protection against wrapped sequence numbers (RFC 7323, section 5): a segment whose timestamp is older than the
 * newest one seen is a duplicate from an earlier round of sequence numbers.
 */
public final class Paws {
    private Paws() {}

    /**
     * Is the timestamp of the segment acceptable?
     *
     * @param paws_win how many ticks older it may be
     */
    public static boolean tcp_paws_check(tcp_options_received rx_opt, int paws_win) {
        if (rx_opt.ts_recent - rx_opt.rcv_tsval <= paws_win) {
            return true;
        }
        if (Long.compareUnsigned(get_seconds(), rx_opt.ts_recent_stamp + TCP_PAWS_24DAYS) >= 0) {
            return true;
        }
        // Some send 0 in the SYN and true values afterwards: a remembered 0 says nothing.
        if (rx_opt.ts_recent == 0) {
            return true;
        }
        return false;
    }

    /**
     * Is the segment to be dropped? A RST gets through once the remembered timestamp is a minute old: a peer that
     * was rebooted starts its clock anew, and must be able to end what is half open.
     *
     * @param rst not 0: the segment is a RST
     */
    public static boolean tcp_paws_reject(tcp_options_received rx_opt, int rst) {
        if (tcp_paws_check(rx_opt, 0)) {
            return false;
        }

        if (rst != 0 && Long.compareUnsigned(get_seconds(), rx_opt.ts_recent_stamp + TCP_PAWS_MSL) >= 0) {
            return false;
        }
        return true;
    }
}
