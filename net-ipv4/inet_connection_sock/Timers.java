// SPDX-License-Identifier: GPL-2.0-only
package inet_connection_sock;

import static linux.jiffies.Jiffies.jiffies;
import static linux.timer.Timers.setup_timer;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.sock.SockTimers.sk_reset_timer;
import static net.sock.SockTimers.sk_stop_timer;

import linux.timer.timer_list;
import net.inet_connection_sock.inet_connection_sock;
import net.sock.sock;

/**
 * The three timers of a connection: for retransmissions (and what else {@code icsk_pending} may say), for the delayed
 * ACK, and {@code sk_timer}, which serves as keepalive timer, as that of FIN_WAIT2, and for a listener as that of its
 * SYN queue. What they do when they expire is in {@code tcp_timer}. A timer that runs holds a reference to the socket.
 */
public final class Timers {
    private Timers() {}

    /** Sets the timers up; none runs. Each handler gets the socket. */
    public static void inet_csk_init_xmit_timers(sock sk, timer_list.Function retransmit_handler,
            timer_list.Function delack_handler, timer_list.Function keepalive_handler) {
        inet_connection_sock icsk = inet_csk(sk);

        setup_timer(icsk.icsk_retransmit_timer, retransmit_handler, sk);
        setup_timer(icsk.icsk_delack_timer, delack_handler, sk);
        setup_timer(sk.sk_timer, keepalive_handler, sk);
        icsk.icsk_pending = icsk.icsk_ack.pending = 0;
    }

    /** Stops all three. */
    public static void inet_csk_clear_xmit_timers(sock sk) {
        inet_connection_sock icsk = inet_csk(sk);

        icsk.icsk_pending = icsk.icsk_ack.pending = icsk.icsk_ack.blocked = 0;

        sk_stop_timer(sk, icsk.icsk_retransmit_timer);
        sk_stop_timer(sk, icsk.icsk_delack_timer);
        sk_stop_timer(sk, sk.sk_timer);
    }

    public static void inet_csk_delete_keepalive_timer(sock sk) {
        sk_stop_timer(sk, sk.sk_timer);
    }

    /** @param len jiffies from now */
    public static void inet_csk_reset_keepalive_timer(sock sk, long len) {
        sk_reset_timer(sk, sk.sk_timer, jiffies + len);
    }

    /** All timers of a TCP socket: it has no others. */
    public static void tcp_clear_xmit_timers(sock sk) {
        inet_csk_clear_xmit_timers(sk);
    }
}
