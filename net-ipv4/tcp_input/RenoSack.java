// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.maxU32;
import static linux.kernel.Kernel.minU32;
import static linux.tcp.Sockets.tcp_sk;
import static net.tcp.Congestion.tcp_verify_left_out;
import static tcp_input.Reordering.tcp_update_reordering;

import linux.tcp.tcp_sock;
import net.sock.sock;

/**
 * Counting as if there were SACKs, for a peer that cannot do them. A duplicate ACK says that one more segment has
 * arrived, though not which: {@code sacked_out} is raised, and no tag is set. That makes the rest of the machinery,
 * {@code tcp_packets_in_flight} above all, work without a case of its own; it replaces the window inflation of RFC
 * 5681, section 3.2, and RFC 6582.
 */
public final class RenoSack {
    private RenoSack() {}

    /**
     * At least one segment must be missing, or there would be no duplicate ACKs: keeps {@code sacked_out} plus the
     * holes within {@code packets_out}.
     *
     * @return true if there were more duplicate ACKs than that, which means reordering (or duplicates from the network)
     */
    static boolean tcp_limit_reno_sacked(tcp_sock tp) {
        int holes;

        holes = maxU32(tp.lost_out, 1);
        holes = minU32(holes, tp.packets_out);

        if (gtU32(tp.sacked_out + holes, tp.packets_out)) {
            tp.sacked_out = tp.packets_out - holes;
            return true;
        }
        return false;
    }

    /**
     * More duplicate ACKs than segments: the whole window was reordered.
     *
     * @param addend segments that this ACK has taken from the queue
     */
    static void tcp_check_reno_reordering(sock sk, int addend) {
        tcp_sock tp = tcp_sk(sk);
        if (tcp_limit_reno_sacked(tp)) {
            tcp_update_reordering(sk, tp.packets_out + addend, 0);
        }
    }

    /** A duplicate ACK. */
    static void tcp_add_reno_sack(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        tp.sacked_out++;
        tcp_check_reno_reordering(sk, 0);
        tcp_verify_left_out(tp);
    }

    /** An ACK has taken {@code acked} segments from the queue: one was the hole, the others had sent duplicate ACKs. */
    static void tcp_remove_reno_sacks(sock sk, int acked) {
        tcp_sock tp = tcp_sk(sk);

        if (acked > 0) {
            if (geU32(acked - 1, tp.sacked_out)) {
                tp.sacked_out = 0;
            } else {
                tp.sacked_out -= acked - 1;
            }
        }
        tcp_check_reno_reordering(sk, acked);
        tcp_verify_left_out(tp);
    }

    static void tcp_reset_reno_sack(tcp_sock tp) {
        tp.sacked_out = 0;
    }
}
