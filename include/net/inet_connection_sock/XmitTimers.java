// SPDX-License-Identifier: GPL-2.0-only
package net.inet_connection_sock;

import static linux.printk.Printk.pr_debug;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_TIMER;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_DACK;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_EARLY_RETRANS;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_LOSS_PROBE;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_PROBE0;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_RETRANS;
import static net.sock.SockTimers.sk_reset_timer;

import linux.jiffies.Jiffies;
import net.sock.sock;

/**
 * The retransmission timer, which serves four purposes ({@code icsk_pending} says which), and that of the delayed
 * ACK. Stopping one only takes the note away: the timer itself runs out and finds nothing to do.
 */
public final class XmitTimers {
    private XmitTimers() {}

    public static final String inet_csk_timer_bug_msg = "inet_csk BUG: unknown timer value\n";

    /** @param what {@code ICSK_TIME_RETRANS}, {@code _PROBE0} or {@code _DACK} */
    public static void inet_csk_clear_xmit_timer(sock sk, int what) {
        inet_connection_sock icsk = inet_csk(sk);

        if (what == ICSK_TIME_RETRANS || what == ICSK_TIME_PROBE0) {
            icsk.icsk_pending = 0;
        } else if (what == ICSK_TIME_DACK) {
            icsk.icsk_ack.blocked = icsk.icsk_ack.pending = 0;
        } else {
            pr_debug("%s", inet_csk_timer_bug_msg);
        }
    }

    /**
     * Starts a timer, or starts it anew.
     *
     * @param what {@code ICSK_TIME_*}
     * @param when jiffies from now, cut to {@code max_when} (both unsigned)
     */
    public static void inet_csk_reset_xmit_timer(sock sk, int what, long when, long max_when) {
        inet_connection_sock icsk = inet_csk(sk);

        if (Long.compareUnsigned(when, max_when) > 0) {
            pr_debug("reset_xmit_timer: sk=%s %d when=0x%x\n", sk, what, when);
            when = max_when;
        }

        if (what == ICSK_TIME_RETRANS
                || what == ICSK_TIME_PROBE0
                || what == ICSK_TIME_EARLY_RETRANS
                || what == ICSK_TIME_LOSS_PROBE) {
            icsk.icsk_pending = what;
            icsk.icsk_timeout = Jiffies.jiffies + when;
            sk_reset_timer(sk, icsk.icsk_retransmit_timer, icsk.icsk_timeout);
        } else if (what == ICSK_TIME_DACK) {
            icsk.icsk_ack.pending |= ICSK_ACK_TIMER;
            icsk.icsk_ack.timeout = Jiffies.jiffies + when;
            sk_reset_timer(sk, icsk.icsk_delack_timer, icsk.icsk_ack.timeout);
        } else {
            pr_debug("%s", inet_csk_timer_bug_msg);
        }
    }
}
