// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.errno.Errno.ECONNREFUSED;
import static linux.errno.Errno.ECONNRESET;
import static linux.errno.Errno.EPIPE;
import static linux.printk.Printk.pr_err;
import static linux.skbuff.Queue.__skb_queue_purge;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_ctrl.Functions.mptcp_sub_close_passive;
import static net.dst.Metrics.dst_metric;
import static net.inet_connection_sock.Acks.inet_csk_schedule_ack;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.sock.Callbacks.sk_wake_async;
import static net.sock.Dst.__sk_dst_get;
import static net.sock.Flags.sock_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.Memory.sk_mem_reclaim;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.sock.SockFlag.SOCK_DONE;
import static net.sock.sock.RCV_SHUTDOWN;
import static net.sock.sock.SHUTDOWN_MASK;
import static net.tcp.Congestion.tcp_is_sack;
import static net.tcp.Multipath.mptcp;
import static net.tcp.SackState.tcp_sack_reset;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_CLOSE_WAIT;
import static net.tcp_states.TcpState.TCP_CLOSING;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_FIN_WAIT1;
import static net.tcp_states.TcpState.TCP_FIN_WAIT2;
import static net.tcp_states.TcpState.TCP_LAST_ACK;
import static net.tcp_states.TcpState.TCP_SYN_RECV;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static net.tcp_states.TcpState.TCP_TIME_WAIT;
import static tcp.Boot.tcp_done;
import static tcp.Close.tcp_set_state;
import static tcp_output.AckAndProbe.tcp_send_ack;
import static uapi.linux.rtnetlink.Rt.RTAX_QUICKACK;
import static uapi.linux.siginfo.Siginfo.POLL_HUP;
import static uapi.linux.siginfo.Siginfo.POLL_IN;
import static uapi.linux.socket.SocketOpt.SOCK_WAKE_WAITD;

import linux.tcp.tcp_sock;
import net.dst.dst_entry;
import net.sock.sock;

/**
 * The peer ends the connection: at once with RST, or its half of it with FIN.
 *
 * <p>{@link #tcp_reset} is called wherever a valid RST was found; {@link #tcp_fin} when the FIN's turn has come, that
 * is when everything before it has arrived. {@link States} shows the transitions of RFC 793 in one picture.
 */
public final class Fin {
    private Fin() {}

    /**
     * Closes the connection because of a RST, and leaves the application an error: {@code ECONNREFUSED} while
     * connecting, {@code EPIPE} when it had read the peer's FIN already, else {@code ECONNRESET}.
     */
    public static void tcp_reset(sock sk) {
        switch (sk.skc_state) {
            case TCP_SYN_SENT:
                sk.sk_err = ECONNREFUSED;
                break;
            case TCP_CLOSE_WAIT:
                sk.sk_err = EPIPE;
                break;
            case TCP_CLOSE:
                return;
            default:
                sk.sk_err = ECONNRESET;
        }

        if (!sock_flag(sk, SOCK_DEAD)) {
            sk.sk_error_report.call(sk);
        }

        tcp_done(sk);
    }

    /**
     * Takes the peer's FIN, which comes next in sequence (RFC 793, section 3.9, "eighth"): the reader will find the
     * end of the stream, and an ACK is due. Segments that claim to lie behind the FIN are thrown away.
     *
     * <p>The state moves on, except for a FIN that comes once more. Of an MPTCP subflow the end means nothing to the
     * application, so it is not woken; and in FIN_WAIT2 the subflow stays until its data have been sorted in.
     */
    static void tcp_fin(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        dst_entry dst;

        inet_csk_schedule_ack(sk);

        sk.sk_shutdown |= RCV_SHUTDOWN;
        sock_set_flag(sk, SOCK_DONE);

        switch (sk.skc_state) {
            case TCP_SYN_RECV:
            case TCP_ESTABLISHED:
                tcp_set_state(sk, TCP_CLOSE_WAIT);
                dst = __sk_dst_get(sk);
                // Close may follow soon: let the ACK ride on our FIN.
                if (dst == null || dst_metric(dst, RTAX_QUICKACK) == 0) {
                    inet_csk(sk).icsk_ack.pingpong = 1;
                }
                if (mptcp(tp)) {
                    mptcp_sub_close_passive(sk);
                }
                break;

            case TCP_CLOSE_WAIT:
            case TCP_CLOSING:
                break;
            case TCP_LAST_ACK:
                break;

            case TCP_FIN_WAIT1:
                // Both have closed at the same time.
                tcp_send_ack(sk);
                tcp_set_state(sk, TCP_CLOSING);
                break;
            case TCP_FIN_WAIT2:
                if (mptcp(tp)) {
                    tp.close_it = true;
                    break;
                }
                tcp_send_ack(sk);
                tp.time_wait.call(sk, TCP_TIME_WAIT, 0);
                break;
            default:
                pr_err("TCP: %s: Impossible, sk->sk_state=%d\n",
                        "tcp_fin", sk.skc_state);
                break;
        }

        __skb_queue_purge(tp.out_of_order_queue);
        if (tcp_is_sack(tp)) {
            tcp_sack_reset(tp.rx_opt);
        }
        sk_mem_reclaim(sk);

        if (!sock_flag(sk, SOCK_DEAD)) {
            sk.sk_state_change.call(sk);

            if (mptcp(tp)) {
                return;
            }

            // Half closed, there is still something to be written: no hang-up.
            if (sk.sk_shutdown == SHUTDOWN_MASK
                    || sk.skc_state == TCP_CLOSE) {
                sk_wake_async(sk, SOCK_WAKE_WAITD, POLL_HUP);
            } else {
                sk_wake_async(sk, SOCK_WAKE_WAITD, POLL_IN);
            }
        }
    }
}
