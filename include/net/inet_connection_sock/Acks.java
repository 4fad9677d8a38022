// SPDX-License-Identifier: GPL-2.0-only
package net.inet_connection_sock;

import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_SCHED;

import net.sock.sock;

/** Is an ACK due? */
public final class Acks {
    private Acks() {}

    /** Something has come that has to be acknowledged, soon or at once. */
    public static void inet_csk_schedule_ack(sock sk) {
        inet_csk(sk).icsk_ack.pending |= ICSK_ACK_SCHED;
    }

    public static boolean inet_csk_ack_scheduled(sock sk) {
        return (inet_csk(sk).icsk_ack.pending & ICSK_ACK_SCHED) != 0;
    }

    /** Forgets everything about delayed ACKs. The timer is not touched. */
    public static void inet_csk_delack_init(sock sk) {
        inet_csk(sk).icsk_ack.copy(new inet_connection_sock.Ack());
    }
}
