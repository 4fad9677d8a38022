// SPDX-License-Identifier: GPL-2.0-only
package tcp;

import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOIOCTLCMD;
import static linux.kernel.Kernel.geU32;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_connection_sock.Reqsk.inet_csk_listen_poll;
import static net.sock.Flags.sock_flag;
import static net.sock.Lock.lock_sock_fast;
import static net.sock.Lock.unlock_sock_fast;
import static net.sock.SockFlag.SOCK_DONE;
import static net.sock.SockFlag.SOCK_URGINLINE;
import static net.sock.Stream.sk_stream_is_writeable;
import static net.sock.Waiting.sk_sleep;
import static net.sock.Waiting.sock_poll_wait;
import static net.sock.Waiting.sock_rcvlowat;
import static net.sock.sock.RCV_SHUTDOWN;
import static net.sock.sock.SEND_SHUTDOWN;
import static net.sock.sock.SHUTDOWN_MASK;
import static net.tcp.Sequence.before;
import static net.tcp.TcpConst.TCP_URG_VALID;
import static net.tcp_states.TcpState.TCPF_SYN_RECV;
import static net.tcp_states.TcpState.TCPF_SYN_SENT;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static net.tcp_states.TcpState.TCP_SYN_RECV;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static uapi.linux.poll.Poll.POLLERR;
import static uapi.linux.poll.Poll.POLLHUP;
import static uapi.linux.poll.Poll.POLLIN;
import static uapi.linux.poll.Poll.POLLOUT;
import static uapi.linux.poll.Poll.POLLPRI;
import static uapi.linux.poll.Poll.POLLRDHUP;
import static uapi.linux.poll.Poll.POLLRDNORM;
import static uapi.linux.poll.Poll.POLLWRNORM;
import static uapi.linux.socket.SocketOpt.SOCK_ASYNC_NOSPACE;
import static uapi.linux.socket.SocketOpt.SOCK_NOSPACE;
import static uapi.linux.sockios.Sockios.SIOCATMARK;
import static uapi.linux.sockios.Sockios.SIOCINQ;
import static uapi.linux.sockios.Sockios.SIOCOUTQ;
import static uapi.linux.sockios.Sockios.SIOCOUTQNSD;

import linux.compiler.IntRef;
import linux.fs.file;
import linux.fs.poll_table;
import linux.net.socket;
import linux.tcp.tcp_sock;
import net.sock.sock;

/** What can be done with the socket now, {@code poll(2)}, and how much of what is in its queues, {@code ioctl(2)}. */
public final class Poll {
    private Poll() {}

    /**
     * Which of the {@code POLL*} events hold; the caller is put on the socket's wait queue first. The socket is not
     * locked: with one CPU nothing changes in between.
     *
     * <p>Readable: there are {@code SO_RCVLOWAT} bytes, of which an urgent byte that is not inline does not count.
     * {@code POLLHUP} only when both directions are closed (or the socket is no connection): it cannot be masked, and
     * a connection of which the peer has closed his half can still be written to.
     */
    public static int tcp_poll(file file, socket sock, poll_table wait) {
        int mask;
        sock sk = sock.sk;
        tcp_sock tp = tcp_sk(sk);

        sock_poll_wait(file, sk_sleep(sk), wait);
        if (sk.skc_state == TCP_LISTEN) {
            return inet_csk_listen_poll(sk);
        }

        mask = 0;

        if (sk.sk_shutdown == SHUTDOWN_MASK || sk.skc_state == TCP_CLOSE) {
            mask |= POLLHUP;
        }
        if ((sk.sk_shutdown & RCV_SHUTDOWN) != 0) {
            mask |= POLLIN | POLLRDNORM | POLLRDHUP;
        }

        // A socket made by Fast Open can be used although its handshake is not over.
        if (sk.skc_state != TCP_SYN_SENT
                && (sk.skc_state != TCP_SYN_RECV || tp.fastopen_rsk != null)) {
            int target = sock_rcvlowat(sk, 0, Integer.MAX_VALUE);

            if (tp.urg_seq == tp.copied_seq
                    && !sock_flag(sk, SOCK_URGINLINE)
                    && tp.urg_data != 0) {
                target++;
            }

            if (geU32(tp.rcv_nxt - tp.copied_seq, target)) {
                mask |= POLLIN | POLLRDNORM;
            }

            if ((sk.sk_shutdown & SEND_SHUTDOWN) == 0) {
                if (sk_stream_is_writeable(sk)) {
                    mask |= POLLOUT | POLLWRNORM;
                } else {
                    sk.sk_socket.flags |= 1 << SOCK_ASYNC_NOSPACE;
                    sk.sk_socket.flags |= 1 << SOCK_NOSPACE;

                    if (sk_stream_is_writeable(sk)) {
                        mask |= POLLOUT | POLLWRNORM;
                    }
                }
            } else {
                mask |= POLLOUT | POLLWRNORM;
            }

            if ((tp.urg_data & TCP_URG_VALID) != 0) {
                mask |= POLLPRI;
            }
        }
        if (sk.sk_err != 0) {
            mask |= POLLERR;
        }

        return mask;
    }

    /**
     * {@code SIOCINQ}: bytes that can be read before the next urgent one (a FIN does not count); {@code SIOCOUTQ}:
     * bytes not yet acknowledged; {@code SIOCOUTQNSD}: of them those not yet sent; {@code SIOCATMARK}: is the urgent
     * byte the next one?
     *
     * @return 0; {@code -EINVAL}: a listener has no data; {@code -ENOIOCTLCMD}: it is not one of these; {@code
     *     -EFAULT}
     */
    public static int tcp_ioctl(sock sk, int cmd, IntRef arg) {
        tcp_sock tp = tcp_sk(sk);
        int answ;
        boolean slow;

        switch (cmd) {
            case SIOCINQ:
                if (sk.skc_state == TCP_LISTEN) {
                    return -EINVAL;
                }

                slow = lock_sock_fast(sk);
                if ((1 << sk.skc_state & (TCPF_SYN_SENT | TCPF_SYN_RECV)) != 0) {
                    answ = 0;
                } else if (sock_flag(sk, SOCK_URGINLINE)
                        || tp.urg_data == 0
                        || before(tp.urg_seq, tp.copied_seq)
                        || !before(tp.urg_seq, tp.rcv_nxt)) {

                    answ = tp.rcv_nxt - tp.copied_seq;

                    if (answ != 0 && sock_flag(sk, SOCK_DONE)) {
                        answ--;
                    }
                } else {
                    answ = tp.urg_seq - tp.copied_seq;
                }
                unlock_sock_fast(sk, slow);
                break;
            case SIOCATMARK:
                answ = tp.urg_data != 0 && tp.urg_seq == tp.copied_seq ? 1 : 0;
                break;
            case SIOCOUTQ:
                if (sk.skc_state == TCP_LISTEN) {
                    return -EINVAL;
                }

                if ((1 << sk.skc_state & (TCPF_SYN_SENT | TCPF_SYN_RECV)) != 0) {
                    answ = 0;
                } else {
                    answ = tp.write_seq - tp.snd_una;
                }
                break;
            case SIOCOUTQNSD:
                if (sk.skc_state == TCP_LISTEN) {
                    return -EINVAL;
                }

                if ((1 << sk.skc_state & (TCPF_SYN_SENT | TCPF_SYN_RECV)) != 0) {
                    answ = 0;
                } else {
                    answ = tp.write_seq - tp.snd_nxt;
                }
                break;
            default:
                return -ENOIOCTLCMD;
        }

        if (arg == null) {
            return -EFAULT;
        }
        arg.val = answ;
        return 0;
    }
}
