// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.maxU32;
import static linux.skbuff.Queue.skb_peek;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_connection_sock.Acks.inet_csk_ack_scheduled;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.sock.Dst.__sk_dst_get;
import static net.sock.Flags.sock_flag;
import static net.sock.Flags.sock_reset_flag;
import static net.sock.Memory.sk_memory_allocated;
import static net.sock.Memory.sk_prot_mem_limits;
import static net.sock.Memory.sk_under_memory_pressure;
import static net.sock.SockFlag.SOCK_QUEUE_SHRUNK;
import static net.sock.sock.SOCK_SNDBUF_LOCK;
import static net.tcp.Congestion.tcp_current_ssthresh;
import static net.tcp.Multipath.mptcp;
import static net.tcp.Timestamps.tcp_time_stamp;
import static tcp_input.Buffers.tcp_sndbuf_expand;
import static tcp_input.Quickack.tcp_in_quickack_mode;
import static tcp_input.Rtt.tcp_init_cwnd;
import static tcp_output.AckAndProbe.tcp_send_ack;
import static tcp_output.AckAndProbe.tcp_send_delayed_ack;
import static tcp_output.Push.tcp_push_pending_frames;
import static uapi.linux.socket.SocketOpt.SOCK_NOSPACE;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;

import linux.tcp.tcp_sock;
import net.sock.sock;

/**
 * After every segment: is there something to be sent now, is there room again for a writer, is an ACK due?
 *
 * <p>{@link Established} and {@link States} end with {@link #tcp_data_snd_check} and {@link #tcp_ack_snd_check}, in
 * this order, so that an ACK can ride on data. The first goes to {@code tcp_output} and then wakes the writer if the
 * ACK has emptied part of the queue; the second chooses between an ACK at once and a delayed one (RFC 1122, section
 * 4.2.3.2; RFC 5681, section 4.2).
 */
public final class SendCheck {
    private SendCheck() {}

    /**
     * The application has not filled the congestion window for a timeout: the window says nothing about the network any
     * more, so it goes half way down to what was used (RFC 7661 has the same aim). Not while recovering, and not if it
     * was the send buffer that was too small.
     */
    public static void tcp_cwnd_application_limited(sock sk) {
        tcp_sock tp = tcp_sk(sk);

        if (inet_csk(sk).icsk_ca_state == TCP_CA_Open
                && sk.sk_socket != null && (sk.sk_socket.flags & 1 << SOCK_NOSPACE) == 0) {
            int init_win = tcp_init_cwnd(tp, __sk_dst_get(sk));
            int win_used = maxU32(tp.snd_cwnd_used, init_win);
            if (ltU32(win_used, tp.snd_cwnd)) {
                tp.snd_ssthresh = tcp_current_ssthresh(sk);
                tp.snd_cwnd = tp.snd_cwnd + win_used >>> 1;
            }
            tp.snd_cwnd_used = 0;
        }
        tp.snd_cwnd_stamp = tcp_time_stamp();
    }

    /**
     * Would a larger send buffer do any good? Not if the user has fixed its size, if memory is short, or if the
     * congestion window is full: then it is the network that limits. {@code should_expand_sndbuf} of plain TCP.
     */
    public static boolean tcp_should_expand_sndbuf(sock sk) {
        tcp_sock tp = tcp_sk(sk);

        if ((sk.sk_userlocks & SOCK_SNDBUF_LOCK) != 0) {
            return false;
        }

        if (sk_under_memory_pressure(sk)) {
            return false;
        }

        if (sk_memory_allocated(sk) >= sk_prot_mem_limits(sk, 0)) {
            return false;
        }

        if (geU32(tp.packets_out, tp.snd_cwnd)) {
            return false;
        }

        return true;
    }

    /** There is room in the send queue: makes the buffer larger if that helps, and wakes who wants to write. */
    static void tcp_new_space(sock sk) {
        tcp_sock tp = tcp_sk(sk);

        if (tp.should_expand_sndbuf.call(sk)) {
            tcp_sndbuf_expand(sk);
            tp.snd_cwnd_stamp = tcp_time_stamp();
        }

        sk.sk_write_space.call(sk);
    }

    /**
     * Has the send queue become shorter while somebody waits for that? A subflow has no socket whose flags could say
     * so: with MPTCP the connection is always told.
     */
    static void tcp_check_space(sock sk) {
        if (sock_flag(sk, SOCK_QUEUE_SHRUNK)) {
            sock_reset_flag(sk, SOCK_QUEUE_SHRUNK);
            if (mptcp(tcp_sk(sk))
                    || sk.sk_socket != null
                            && (sk.sk_socket.flags & 1 << SOCK_NOSPACE) != 0) {
                tcp_new_space(sk);
            }
        }
    }

    /** Sends what the ACK just processed has made room for, and lets the writer go on. */
    static void tcp_data_snd_check(sock sk) {
        tcp_push_pending_frames(sk);
        tcp_check_space(sk);
    }

    /**
     * Sends an ACK at once if more than a full segment was received and the reader has taken enough of it to open the
     * window, if we are in quick mode, or if there is a hole; else lets it wait.
     *
     * @param ofo_possible 0: the caller knows that nothing is out of order
     */
    static void __tcp_ack_snd_check(sock sk, int ofo_possible) {
        tcp_sock tp = tcp_sk(sk);

        if (gtU32(tp.rcv_nxt - tp.rcv_wup, inet_csk(sk).icsk_ack.rcv_mss)
                        // Otherwise the reader sends it when he has read.
                        && geU32(tp.__select_window.call(sk), tp.rcv_wnd)
                || tcp_in_quickack_mode(sk)
                || ofo_possible != 0 && skb_peek(tp.out_of_order_queue) != null) {
            tcp_send_ack(sk);
        } else {
            tcp_send_delayed_ack(sk);
        }
    }

    /** Sees to the ACK, unless data have carried it away in the meantime. */
    static void tcp_ack_snd_check(sock sk) {
        if (!inet_csk_ack_scheduled(sk)) {
            return;
        }
        __tcp_ack_snd_check(sk, 1);
    }
}
