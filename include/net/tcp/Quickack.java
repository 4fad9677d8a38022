// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.kernel.Kernel.geU32;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.tcp.TcpConst.TCP_ATO_MIN;

import net.inet_connection_sock.inet_connection_sock;
import net.sock.sock;

/** The end of quickack mode, in which every segment is acknowledged at once. {@code tcp_input.Quickack} begins it. */
public final class Quickack {
    private Quickack() {}

    /** {@code pkts} ACKs have gone out. The last one of the ration also puts the delayed-ACK timeout back to 40 ms. */
    public static void tcp_dec_quickack_mode(sock sk, int pkts) {
        inet_connection_sock icsk = inet_csk(sk);

        if (icsk.icsk_ack.quick != 0) {
            if (geU32(pkts, icsk.icsk_ack.quick)) {
                icsk.icsk_ack.quick = 0;
                // Bulk data is over: from here on ACKs wait for company again.
                icsk.icsk_ack.ato = TCP_ATO_MIN;
            } else {
                icsk.icsk_ack.quick -= pkts;
            }
        }
    }
}
