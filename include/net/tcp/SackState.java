// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.tcp.Sockets.tcp_sk;
import static net.tcp.WriteQueue.tcp_skb_is_last;
import static net.tcp.WriteQueue.tcp_write_queue_head;
import static net.tcp.WriteQueue.tcp_write_queue_next;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_options_received;
import linux.tcp.tcp_sock;
import net.sock.sock;

/**
 * SACK: forgetting the blocks to be sent, and the place of the highest SACK on the send queue ({@code highest_sack}
 * is the packet <i>behind</i> it, null at the end of the queue; valid while {@code sacked_out} is not 0).
 */
public final class SackState {
    private SackState() {}

    /** No blocks are to be sent. */
    public static void tcp_sack_reset(tcp_options_received rx_opt) {
        rx_opt.dsack = false;
        rx_opt.num_sacks = 0;
    }

    /** The sequence number behind the highest SACK; {@code snd_una} if there is none. */
    public static int tcp_highest_sack_seq(tcp_sock tp) {
        if (tp.sacked_out == 0) {
            return tp.snd_una;
        }

        if (tp.highest_sack == null) {
            return tp.snd_nxt;
        }

        return TCP_SKB_CB(tp.highest_sack).seq;
    }

    /** {@code skb} is the highest SACKed packet now. */
    public static void tcp_advance_highest_sack(sock sk, sk_buff skb) {
        tcp_sk(sk).highest_sack = tcp_skb_is_last(sk, skb) ? null : tcp_write_queue_next(sk, skb);
    }

    public static sk_buff tcp_highest_sack(sock sk) {
        return tcp_sk(sk).highest_sack;
    }

    /** To the front of the queue: no packet is SACKed. */
    public static void tcp_highest_sack_reset(sock sk) {
        tcp_sk(sk).highest_sack = tcp_write_queue_head(sk);
    }

    /** {@code old} is about to go, its bytes are in {@code new_} from now on. */
    public static void tcp_highest_sack_combine(sock sk, sk_buff old, sk_buff new_) {
        if (tcp_sk(sk).sacked_out != 0 && old == tcp_sk(sk).highest_sack) {
            tcp_sk(sk).highest_sack = new_;
        }
    }
}
