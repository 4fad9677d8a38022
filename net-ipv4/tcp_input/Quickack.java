// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.minU32;
import static linux.skbuff.Headers.skb_transport_header;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_PUSHED;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_PUSHED2;
import static net.tcp.TcpConst.TCP_ATO_MIN;
import static net.tcp.TcpConst.TCP_MAX_QUICKACKS;
import static net.tcp.TcpConst.TCP_MIN_MSS;
import static uapi.linux.tcp.TcpOpt.TCP_FLAG_FIN;
import static uapi.linux.tcp.TcpOpt.TCP_FLAG_PSH;
import static uapi.linux.tcp.TcpOpt.TCP_FLAG_SYN;
import static uapi.linux.tcp.TcpOpt.TCP_FLAG_URG;
import static uapi.linux.tcp.TcpOpt.TCP_MSS_DEFAULT;

import linux.skbuff.sk_buff;
import net.inet_connection_sock.inet_connection_sock;
import net.sock.sock;
import uapi.linux.tcp.tcphdr;

/**
 * When to acknowledge at once, seen from the receiver: how large the peer's full segments are, and how many ACKs are
 * still to go out without delay.
 *
 * <p>RFC 1122 (4.2.3.2) and RFC 5681 (4.2) want an ACK for every second full-sized segment, so the receiver has to
 * guess the peer's MSS: {@code icsk_ack.rcv_mss}. And a sender in slow start grows by ACKs: at the beginning of a
 * connection, after a pause and after anything odd (a hole, an ECN mark) the receiver is in <em>quick</em> mode and
 * spends {@code icsk_ack.quick} immediate ACKs, unless the application answers what it reads: then ({@code
 * icsk_ack.pingpong}) ACKs ride on the answers.
 *
 * <p>Called for every data segment from {@link Buffers#tcp_event_data_recv}, and by whoever sees a reason to hurry;
 * read by {@code __tcp_ack_snd_check}.
 */
public final class Quickack {
    private Quickack() {}

    /** Flags of a segment that may be smaller than the MSS although more follows, or that starts or ends something. */
    static final int TCP_REMNANT = TCP_FLAG_FIN | TCP_FLAG_URG | TCP_FLAG_SYN | TCP_FLAG_PSH;

    /**
     * Adapts {@code rcv_mss} to a segment that has come. A larger one is believed at once, a smaller one when two of
     * the same size came in a row; all others count as the end of a push, which lets the ACK go early.
     *
     * <p>The size is taken with the fixed part of the header, because SACK blocks of the peer take from its payload.
     */
    static void tcp_measure_rcv_mss(sock sk, sk_buff skb) {
        inet_connection_sock icsk = inet_csk(sk);
        int lss = icsk.icsk_ack.last_seg_size;
        int len;

        icsk.icsk_ack.last_seg_size = 0;

        len = skb.shinfo.gso_size != 0 ? skb.shinfo.gso_size : skb.len;
        if (geU32(len, icsk.icsk_ack.rcv_mss)) {
            icsk.icsk_ack.rcv_mss = len & 0xffff;
        } else {
            len += skb.data - skb_transport_header(skb);
            // Without PSH even a tiny segment should be a full one: paths with a very low MTU exist.
            if (geU32(len, TCP_MSS_DEFAULT + tcphdr.SIZE)
                    || (geU32(len, TCP_MIN_MSS + tcphdr.SIZE)
                            && (tcp_hdr(skb).flag_word() & TCP_REMNANT) == 0)) {
                len -= tcp_sk(sk).tcp_header_len;
                icsk.icsk_ack.last_seg_size = len & 0xffff;
                if (len == lss) {
                    icsk.icsk_ack.rcv_mss = len & 0xffff;
                    return;
                }
            }
            if ((icsk.icsk_ack.pending & ICSK_ACK_PUSHED) != 0) {
                icsk.icsk_ack.pending |= ICSK_ACK_PUSHED2;
            }
            icsk.icsk_ack.pending |= ICSK_ACK_PUSHED;
        }
    }

    /** Provides for at least as many quick ACKs as half a window has segments: 2 to {@code TCP_MAX_QUICKACKS}. */
    static void tcp_incr_quickack(sock sk) {
        inet_connection_sock icsk = inet_csk(sk);
        int quickacks = Integer.divideUnsigned(tcp_sk(sk).rcv_wnd, 2 * icsk.icsk_ack.rcv_mss);

        if (quickacks == 0) {
            quickacks = 2;
        }
        if (gtU32(quickacks, icsk.icsk_ack.quick)) {
            icsk.icsk_ack.quick = minU32(quickacks, TCP_MAX_QUICKACKS);
        }
    }

    /** From now on acknowledge at once, also on a connection that was interactive so far. */
    public static void tcp_enter_quickack_mode(sock sk) {
        inet_connection_sock icsk = inet_csk(sk);
        tcp_incr_quickack(sk);
        icsk.icsk_ack.pingpong = 0;
        icsk.icsk_ack.ato = TCP_ATO_MIN;
    }

    static boolean tcp_in_quickack_mode(sock sk) {
        inet_connection_sock icsk = inet_csk(sk);

        return icsk.icsk_ack.quick != 0 && icsk.icsk_ack.pingpong == 0;
    }
}
