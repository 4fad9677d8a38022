// SPDX-License-Identifier: GPL-2.0-only
package af_inet;

import static af_inet.Create.inet_autobind;
import static linux.errno.Errno.EAGAIN;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOIOCTLCMD;
import static linux.errno.Errno.ENOTCONN;
import static linux.fs.file.O_NONBLOCK;
import static linux.net.socket.SS_CONNECTED;
import static linux.net.socket.SS_CONNECTING;
import static linux.net.socket.SS_DISCONNECTING;
import static linux.net.socket.SS_UNCONNECTED;
import static net.inet_sock.Sockets.inet_sk;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static net.sock.NoOps.sock_no_sendpage;
import static net.sock.Timestamps.sock_get_timestamp;
import static net.sock.Timestamps.sock_get_timestampns;
import static net.sock.sock.RCV_SHUTDOWN;
import static net.sock.sock.SHUTDOWN_MASK;
import static net.tcp_states.TcpState.TCPF_CLOSE;
import static net.tcp_states.TcpState.TCPF_SYN_RECV;
import static net.tcp_states.TcpState.TCPF_SYN_SENT;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;
import static uapi.linux.sockios.Sockios.SIOCGSTAMP;
import static uapi.linux.sockios.Sockios.SIOCGSTAMPNS;

import linux.compiler.Differs;
import linux.compiler.IntRef;
import linux.mm.page;
import linux.net.socket;
import linux.socket.msghdr;
import net.sock.sock;

/** Sending, receiving, {@code shutdown()} and {@code ioctl()}: on to the protocol, with a port if there is none yet. */
public final class Io {
    private Io() {}

    /** @return bytes, {@code -EAGAIN}: no port is free, or what the protocol says */
    public static int inet_sendmsg(socket sock, msghdr msg, int size) {
        sock sk = sock.sk;

        if (inet_sk(sk).skc_num == 0 && !sk.skc_prot.no_autobind && inet_autobind(sk) != 0) {
            return -EAGAIN;
        }

        return sk.skc_prot.sendmsg.call(sk, msg, size);
    }

    /** {@code sendfile()}: a piece of a page, without copying if the protocol can. @return as {@link #inet_sendmsg} */
    public static int inet_sendpage(socket sock, page page, int offset, int size, int flags) {
        sock sk = sock.sk;

        if (inet_sk(sk).skc_num == 0 && !sk.skc_prot.no_autobind && inet_autobind(sk) != 0) {
            return -EAGAIN;
        }

        if (sk.skc_prot.sendpage != null) {
            return sk.skc_prot.sendpage.call(sk, page, offset, size, flags);
        }
        return sock_no_sendpage(sock, page, offset, size, flags);
    }

    /** @return bytes, or what the protocol says */
    public static int inet_recvmsg(socket sock, msghdr msg, int size, int flags) {
        sock sk = sock.sk;
        IntRef addr_len = new IntRef();
        int err;

        err = sk.skc_prot.recvmsg.call(sk, msg, size, flags & MSG_DONTWAIT, flags & ~MSG_DONTWAIT, addr_len);
        if (err >= 0) {
            msg.msg_namelen = addr_len.val;
        }
        return err;
    }

    /**
     * {@code shutdown()}. While the SYN is out, and of a listener that is not to receive any more, it is the end of the
     * connection attempt and of listening: the socket may be used anew. Everybody who waits is woken.
     *
     * @param how {@code SHUT_RD}, {@code SHUT_WR}, {@code SHUT_RDWR}; one more is a set of two bits
     * @return 0; {@code -EINVAL}: {@code how} is none of them; {@code -ENOTCONN}: there is no connection, but the
     *     directions are shut down all the same
     */
    public static int inet_shutdown(socket sock, int how) {
        sock sk = sock.sk;
        int err = 0;

        how++;
        if ((how & ~SHUTDOWN_MASK) != 0 || how == 0) {
            return -EINVAL;
        }

        lock_sock(sk);
        if (sock.state == SS_CONNECTING) {
            if ((1 << sk.skc_state & (TCPF_SYN_SENT | TCPF_SYN_RECV | TCPF_CLOSE)) != 0) {
                sock.state = SS_DISCONNECTING;
            } else {
                sock.state = SS_CONNECTED;
            }
        }

        switch (sk.skc_state) {
            case TCP_CLOSE:
                err = -ENOTCONN;
                // Falls through: those who poll are to see a hangup.
            default:
                sk.sk_shutdown |= how;
                if (sk.skc_prot.shutdown != null) {
                    sk.skc_prot.shutdown.call(sk, how);
                }
                break;

            case TCP_LISTEN:
                if ((how & RCV_SHUTDOWN) == 0) {
                    break;
                }
                // Falls through.
            case TCP_SYN_SENT:
                err = sk.skc_prot.disconnect.call(sk, O_NONBLOCK);
                sock.state = err != 0 ? SS_DISCONNECTING : SS_UNCONNECTED;
                break;
        }

        sk.sk_state_change.call(sk);
        release_sock(sk);
        return err;
    }

    /**
     * {@code ioctl()}: what is not about timestamps is for the protocol.
     *
     * @param arg in or out
     * @return 0; {@code -ENOENT}: no packet was stamped; {@code -ENOIOCTLCMD}: unknown; or what the protocol says
     */
    @Differs("does not know the ioctls that configure addresses, routes and ARP: there are other ways to, see devinet")
    public static int inet_ioctl(socket sock, int cmd, IntRef arg) {
        sock sk = sock.sk;
        int err = 0;

        switch (cmd) {
            case SIOCGSTAMP:
                // Only packets of datagram sockets leave a time at the socket, so there is never one to store.
                err = sock_get_timestamp(sk, null);
                break;
            case SIOCGSTAMPNS:
                err = sock_get_timestampns(sk, null);
                break;
            default:
                if (sk.skc_prot.ioctl != null) {
                    err = sk.skc_prot.ioctl.call(sk, cmd, arg);
                } else {
                    err = -ENOIOCTLCMD;
                }
                break;
        }
        return err;
    }
}
