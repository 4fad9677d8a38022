// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.bug.Bug.BUG;
import static linux.kernel.Kernel.ltU32;
import static linux.skbuff.Bits.skb_copy_bits;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Free.__kfree_skb;
import static linux.skbuff.Queue.__skb_unlink;
import static linux.skbuff.Queue.skb_peek;
import static linux.tcp.Sockets.tcp_sk;
import static net.sock.Callbacks.sk_send_sigurg;
import static net.sock.Flags.sock_flag;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.sock.SockFlag.SOCK_URGINLINE;
import static net.tcp.Multipath.mptcp;
import static net.tcp.Sequence.after;
import static net.tcp.Sequence.before;
import static net.tcp.Sysctls.sysctl_tcp_stdurg;
import static net.tcp.TcpConst.TCP_URG_NOTYET;
import static net.tcp.TcpConst.TCP_URG_VALID;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.sock.sock;
import uapi.linux.tcp.tcphdr;

/**
 * Urgent data: one byte that the reader can take out of turn ({@code MSG_OOB}).
 *
 * <p>{@link Established} and {@link States} call {@link #tcp_urg} for every segment before its payload is queued. What
 * is found stays in {@code tp.urg_data}: a state in the upper byte, the byte itself in the lower one.
 *
 * <pre>
 *              segment with URG                the byte has arrived            recvmsg(MSG_OOB)
 *   0 -----------------------&gt; TCP_URG_NOTYET -----------------&gt; TCP_URG_VALID ---------------&gt; TCP_URG_READ
 * </pre>
 *
 * <p>RFC 793 disagrees with itself about what the pointer points at; RFC 1122 (section 4.2.2.4) says the last urgent
 * byte, but everybody does what BSD did: the byte behind it. {@code net.ipv4.tcp_stdurg} gives the RFC's meaning (RFC
 * 6093 tells the story). There is one urgent byte at a time: a second pointer makes the first byte normal data.
 */
public final class Urgent {
    private Urgent() {}

    /**
     * A segment has URG set. Takes the pointer if it is news, announces it with SIGURG, and turns the fast path off
     * until the byte is here.
     *
     * <p>If the reader stands right before an urgent byte that he was given already, it is taken out of the stream now:
     * from here on it would look like normal data.
     */
    static void tcp_check_urg(sock sk, tcphdr th) {
        tcp_sock tp = tcp_sk(sk);
        int ptr = th.urg_ptr();

        if (ptr != 0 && sysctl_tcp_stdurg == 0) {
            ptr--;
        }
        ptr += th.seq();

        // Read already.
        if (after(tp.copied_seq, ptr)) {
            return;
        }

        // Already in the receive queue: too late to find it.
        if (before(ptr, tp.rcv_nxt)) {
            return;
        }

        // No news.
        if (tp.urg_data != 0 && !after(ptr, tp.urg_seq)) {
            return;
        }

        sk_send_sigurg(sk);

        if (tp.urg_seq == tp.copied_seq && tp.urg_data != 0
                && !sock_flag(sk, SOCK_URGINLINE) && tp.copied_seq != tp.rcv_nxt) {
            sk_buff skb = skb_peek(sk.sk_receive_queue);
            tp.copied_seq++;
            if (skb != null && !before(tp.copied_seq, TCP_SKB_CB(skb).end_seq)) {
                __skb_unlink(skb, sk.sk_receive_queue);
                __kfree_skb(skb);
            }
        }

        tp.urg_data = TCP_URG_NOTYET;
        tp.urg_seq = ptr;

        tp.pred_flags = 0;
    }

    /** Is there a new urgent pointer, and is the byte that we wait for in this segment? Not with MPTCP. */
    static void tcp_urg(sock sk, sk_buff skb, tcphdr th) {
        tcp_sock tp = tcp_sk(sk);

        if (mptcp(tp)) {
            return;
        }

        if (th.urg()) {
            tcp_check_urg(sk, th);
        }

        if (tp.urg_data == TCP_URG_NOTYET) {
            int ptr = tp.urg_seq - th.seq() + th.doff() * 4
                    - (th.syn() ? 1 : 0);

            if (ltU32(ptr, skb.len)) {
                byte[] tmp = new byte[1];
                if (skb_copy_bits(skb, ptr, tmp, 0, 1) != 0) {
                    BUG();
                }
                tp.urg_data = TCP_URG_VALID | tmp[0] & 0xff;
                if (!sock_flag(sk, SOCK_DEAD)) {
                    sk.sk_data_ready.call(sk, 0);
                }
            }
        }
    }
}
