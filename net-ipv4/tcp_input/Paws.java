// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.jiffies.Jiffies.HZ;
import static linux.kernel.Kernel.leU32;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.tcp.Paws.tcp_paws_check;
import static net.tcp.Sequence.after;
import static net.tcp.Sequence.before;
import static net.tcp.TcpConst.TCP_PAWS_WINDOW;
import static net.tcp.Windows.tcp_receive_window;
import static tcp_input.Ack.tcp_may_update_window;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.sock.sock;
import uapi.linux.tcp.tcphdr;

/**
 * Does a segment belong to this connection and to this time? Timestamps and sequence numbers say so. {@link
 * Established#tcp_validate_incoming} asks both, timestamps first; {@code net.tcp.Paws} has the bare comparison.
 *
 * <p>Sequence numbers alone do not tell an old duplicate from a new segment once 4 GB have been sent in between, which
 * takes 34 seconds at 1 Gbit/s. The timestamp serves as their upper half (RFC 7323, section 5).
 */
public final class Paws {
    private Paws() {}

    /**
     * A segment with an old timestamp: is it a pure duplicate ACK that was merely overtaken? That one carries no data
     * and moves no window, so an old one can do no harm, and fast retransmit needs it.
     *
     * <p>The age in ticks of the peer is compared with an RTO, as if a tick were a millisecond. Both sides are unsigned
     * in that comparison.
     *
     * @return 1: let it pass
     */
    static int tcp_disordered_ack(sock sk, sk_buff skb) {
        tcp_sock tp = tcp_sk(sk);
        tcphdr th = tcp_hdr(skb);
        int seq = TCP_SKB_CB(skb).seq;
        int ack = TCP_SKB_CB(skb).ack_seq;

        return
                // Nothing but an ACK, and in its place,
                th.ack() && seq == TCP_SKB_CB(skb).end_seq && seq == tp.rcv_nxt

                // for what was acknowledged before,
                && ack == tp.snd_una

                // with the window that we know,
                && !tcp_may_update_window(tp, ack, seq, th.window() << tp.rx_opt.snd_wscale)

                // and not too old.
                && leU32(tp.rx_opt.ts_recent - tp.rx_opt.rcv_tsval,
                        Integer.divideUnsigned(inet_csk(sk).icsk_rto * 1024, HZ)) ? 1 : 0;
    }

    /** Is the segment to be dropped for its timestamp? One tick back is forgiven. */
    static boolean tcp_paws_discard(sock sk,
            sk_buff skb) {
        tcp_sock tp = tcp_sk(sk);

        return !tcp_paws_check(tp.rx_opt, TCP_PAWS_WINDOW)
                && tcp_disordered_ack(sk, skb) == 0;
    }

    /**
     * Does any part of the segment lie in the window (RFC 793, section 3.3)? More generous than the RFC on the left: it
     * compares with what was last acknowledged, not with what has arrived since, because the peer cannot know of that
     * yet; a RST that refers to it shall count. The parts outside of the window are cut off later.
     */
    static boolean tcp_sequence(tcp_sock tp, int seq, int end_seq) {
        return !before(end_seq, tp.rcv_wup)
                && !after(seq, tp.rcv_nxt + tcp_receive_window(tp));
    }
}
