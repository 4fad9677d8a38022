// SPDX-License-Identifier: GPL-2.0-only
package af_inet;

import static af_inet.Create.inet_autobind;
import static fib_frontend.Source.inet_addr_type;
import static linux.bug.Bug.WARN_ON;
import static linux.capability.Capability.CAP_NET_BIND_SERVICE;
import static linux.capability.Capability.ns_capable;
import static linux.errno.Errno.EACCES;
import static linux.errno.Errno.EADDRINUSE;
import static linux.errno.Errno.EADDRNOTAVAIL;
import static linux.errno.Errno.EAFNOSUPPORT;
import static linux.errno.Errno.EAGAIN;
import static linux.errno.Errno.EALREADY;
import static linux.errno.Errno.ECONNABORTED;
import static linux.errno.Errno.EINPROGRESS;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.EISCONN;
import static linux.errno.Errno.ENOTCONN;
import static linux.fs.file.O_NONBLOCK;
import static linux.kernel.Kernel.ltU32;
import static linux.net.socket.SS_CONNECTED;
import static linux.net.socket.SS_CONNECTING;
import static linux.net.socket.SS_DISCONNECTING;
import static linux.net.socket.SS_UNCONNECTED;
import static linux.sched.Sched.current;
import static linux.sched.Sched.schedule_timeout;
import static linux.sched.Sched.signal_pending;
import static linux.sched.task_struct.TASK_INTERRUPTIBLE;
import static linux.tcp.Sockets.tcp_sk;
import static linux.wait.Wait.finish_wait;
import static linux.wait.Wait.prepare_to_wait;
import static net.inet_sock.Sockets.inet_sk;
import static net.ip.Globals.sysctl_ip_nonlocal_bind;
import static net.sock.Dst.sk_dst_reset;
import static net.sock.Fields.sock_error;
import static net.sock.Fields.sock_graft;
import static net.sock.Fields.sock_net;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static net.sock.SockConst.PROT_SOCK;
import static net.sock.Waiting.sk_sleep;
import static net.sock.Waiting.sock_intr_errno;
import static net.sock.Waiting.sock_sndtimeo;
import static net.sock.sock.SOCK_BINDADDR_LOCK;
import static net.sock.sock.SOCK_BINDPORT_LOCK;
import static net.tcp.Multipath.mptcp;
import static net.tcp_states.TcpState.TCPF_CLOSE;
import static net.tcp_states.TcpState.TCPF_CLOSE_WAIT;
import static net.tcp_states.TcpState.TCPF_ESTABLISHED;
import static net.tcp_states.TcpState.TCPF_SYN_RECV;
import static net.tcp_states.TcpState.TCPF_SYN_SENT;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static uapi.linux.in.In.INADDR_ANY;
import static uapi.linux.in.In.IPPROTO_TCP;
import static uapi.linux.rtnetlink.Rt.RTN_BROADCAST;
import static uapi.linux.rtnetlink.Rt.RTN_LOCAL;
import static uapi.linux.rtnetlink.Rt.RTN_MULTICAST;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.AF_UNSPEC;

import linux.compiler.IntRef;
import linux.net.socket;
import linux.socket.sockaddr;
import linux.socket.sockaddr_in;
import linux.wait.wait_queue_t;
import net.inet_sock.inet_sock;
import net.net_namespace.net;
import net.sock.sock;

/**
 * {@code bind()}, {@code connect()}, {@code accept()} and {@code getsockname()}. The state of the application's side
 * ({@code sock.state}) is kept here, that of the network's side ({@code sk.skc_state}) by the protocol: a connect that
 * does not wait is called again to learn what has become of it.
 */
public final class Connect {
    private Connect() {}

    /**
     * {@code bind()}: address and port that packets come from, and must be sent to. Address 0: any of this host; port
     * 0: one that is free.
     *
     * @return 0; {@code -EINVAL}: bound already, connected, or no IPv4 address by its length; {@code -EAFNOSUPPORT};
     *     {@code -EADDRNOTAVAIL}: not an address of this host; {@code -EACCES}: a port below 1024 without the right to
     *     it; {@code -EADDRINUSE}
     */
    public static int inet_bind(socket sock, sockaddr uaddr, int addr_len) {
        sockaddr_in addr = (sockaddr_in) uaddr;
        sock sk = sock.sk;
        inet_sock inet = inet_sk(sk);
        net net = sock_net(sk);
        int snum;
        int chk_addr_ret;
        int err;

        if (sk.skc_prot.bind != null) {
            err = sk.skc_prot.bind.call(sk, uaddr, addr_len);
            return err;
        }
        err = -EINVAL;
        if (ltU32(addr_len, sockaddr_in.SIZE)) {
            return err;
        }

        if (addr.sa_family != AF_INET) {
            // Old programs leave the family out, which is tolerated for "any address".
            err = -EAFNOSUPPORT;
            if (addr.sa_family != AF_UNSPEC || addr.sin_addr != INADDR_ANY) {
                return err;
            }
        }

        chk_addr_ret = inet_addr_type(net, addr.sin_addr);

        err = -EADDRNOTAVAIL;
        if (sysctl_ip_nonlocal_bind == 0
                && !(inet.freebind || inet.transparent)
                && addr.sin_addr != INADDR_ANY
                && chk_addr_ret != RTN_LOCAL
                && chk_addr_ret != RTN_MULTICAST
                && chk_addr_ret != RTN_BROADCAST) {
            return err;
        }

        snum = addr.sin_port;
        err = -EACCES;
        if (snum != 0 && snum < PROT_SOCK && !ns_capable(net, CAP_NET_BIND_SERVICE)) {
            return err;
        }

        lock_sock(sk);

        out_release_sock: {
            err = -EINVAL;
            if (sk.skc_state != TCP_CLOSE || inet.skc_num != 0) {
                break out_release_sock;
            }

            inet.skc_rcv_saddr = inet.inet_saddr = addr.sin_addr;
            // Nothing may be sent from such an address: routing chooses one.
            if (chk_addr_ret == RTN_MULTICAST || chk_addr_ret == RTN_BROADCAST) {
                inet.inet_saddr = 0;
            }

            if (sk.skc_prot.get_port.call(sk, snum) != 0) {
                inet.inet_saddr = inet.skc_rcv_saddr = 0;
                err = -EADDRINUSE;
                break out_release_sock;
            }

            if (inet.skc_rcv_saddr != 0) {
                sk.sk_userlocks |= SOCK_BINDADDR_LOCK;
            }
            if (snum != 0) {
                sk.sk_userlocks |= SOCK_BINDPORT_LOCK;
            }
            inet.inet_sport = inet.skc_num;
            inet.skc_daddr = 0;
            inet.skc_dport = 0;
            sk_dst_reset(sk);
            err = 0;
        }
        release_sock(sk);
        return err;
    }

    /**
     * {@code connect()} of a socket without connections: from now on packets go to, and come from, this address only.
     */
    public static int inet_dgram_connect(socket sock, sockaddr uaddr, int addr_len, int flags) {
        sock sk = sock.sk;

        if (ltU32(addr_len, 2)) {
            return -EINVAL;
        }
        if (uaddr.sa_family == AF_UNSPEC) {
            return sk.skc_prot.disconnect.call(sk, flags);
        }

        if (inet_sk(sk).skc_num == 0 && inet_autobind(sk) != 0) {
            return -EAGAIN;
        }
        return sk.skc_prot.connect.call(sk, uaddr, addr_len);
    }

    /**
     * Waits until the handshake is over, one way or the other. The socket is owned, before and after.
     *
     * @param timeo jiffies
     * @param writebias 1: the SYN will carry data, so the task counts as a writer that waits
     * @return what is left of {@code timeo}; 0: the time is over
     */
    static long inet_wait_for_connect(sock sk, long timeo, int writebias) {
        wait_queue_t wait = wait_queue_t.define();

        prepare_to_wait(sk_sleep(sk), wait, TASK_INTERRUPTIBLE);
        sk.sk_write_pending += writebias;

        // Whoever sets sk_err leaves these states too, so the state is all that has to be looked at.
        while ((1 << sk.skc_state & (TCPF_SYN_SENT | TCPF_SYN_RECV)) != 0) {
            release_sock(sk);
            timeo = schedule_timeout(timeo);
            lock_sock(sk);
            if (signal_pending(current) || timeo == 0) {
                break;
            }
            prepare_to_wait(sk_sleep(sk), wait, TASK_INTERRUPTIBLE);
        }
        finish_wait(sk_sleep(sk), wait);
        sk.sk_write_pending -= writebias;
        return timeo;
    }

    /**
     * {@code connect()} of a socket that is owned. {@code tcp_sendmsg} calls it for Fast Open. With family {@code
     * AF_UNSPEC} it ends the connection, and the socket may be used anew.
     *
     * @return 0; {@code -EINPROGRESS}: the SYN is on its way, and the caller does not want to wait; {@code -EALREADY}:
     *     so it is from an earlier call; {@code -EISCONN}; {@code -EINVAL}; or why there is no connection: {@code
     *     -ECONNREFUSED}, {@code -ETIMEDOUT}, ..., {@code -ECONNABORTED} if nobody knows
     */
    public static int __inet_stream_connect(socket sock, sockaddr uaddr, int addr_len, int flags) {
        sock sk = sock.sk;
        int err;
        long timeo;

        if (ltU32(addr_len, 2)) {
            return -EINVAL;
        }

        if (uaddr.sa_family == AF_UNSPEC) {
            err = sk.skc_prot.disconnect.call(sk, flags);
            sock.state = err != 0 ? SS_DISCONNECTING : SS_UNCONNECTED;
            return err;
        }

        sock_error: {
            switch (sock.state) {
                default:
                    err = -EINVAL;
                    return err;
                case SS_CONNECTED:
                    err = -EISCONN;
                    return err;
                case SS_CONNECTING:
                    err = -EALREADY;
                    break;
                case SS_UNCONNECTED:
                    err = -EISCONN;
                    if (sk.skc_state != TCP_CLOSE) {
                        return err;
                    }

                    err = sk.skc_prot.connect.call(sk, uaddr, addr_len);
                    if (err < 0) {
                        return err;
                    }

                    sock.state = SS_CONNECTING;

                    err = -EINPROGRESS;
                    break;
            }

            timeo = sock_sndtimeo(sk, (flags & O_NONBLOCK) != 0);

            if ((1 << sk.skc_state & (TCPF_SYN_SENT | TCPF_SYN_RECV)) != 0) {
                int writebias = sk.sk_protocol == IPPROTO_TCP
                        && tcp_sk(sk).fastopen_req != null
                        && tcp_sk(sk).fastopen_req.data != null ? 1 : 0;

                if (timeo == 0 || inet_wait_for_connect(sk, timeo, writebias) == 0) {
                    return err;
                }

                err = sock_intr_errno(timeo);
                if (signal_pending(current)) {
                    return err;
                }
            }

            // A RST, an ICMP error, a timeout, or another task that has disconnected the socket.
            if (sk.skc_state == TCP_CLOSE) {
                break sock_error;
            }

            // An error that came after the handshake is left for the next call: this one was successful.
            sock.state = SS_CONNECTED;
            err = 0;
            return err;
        }

        err = sock_error(sk);
        if (err == 0) {
            err = -ECONNABORTED;
        }
        sock.state = SS_UNCONNECTED;
        if (sk.skc_prot.disconnect.call(sk, flags) != 0) {
            sock.state = SS_DISCONNECTING;
        }
        return err;
    }

    /** {@code connect()}, see {@link #__inet_stream_connect}. */
    public static int inet_stream_connect(socket sock, sockaddr uaddr, int addr_len, int flags) {
        int err;

        lock_sock(sock.sk);
        err = __inet_stream_connect(sock, uaddr, addr_len, flags);
        release_sock(sock.sk);
        return err;
    }

    /**
     * {@code accept()}: ties a connection that has come in to {@code newsock}. Of an MPTCP connection {@code accept}
     * returns the meta socket; its first subflow learns as well who has it open.
     *
     * @return 0, or what {@code proto.accept} says
     */
    public static int inet_accept(socket sock, socket newsock, int flags) {
        sock sk1 = sock.sk;
        IntRef err = new IntRef(-EINVAL);
        sock sk2 = sk1.skc_prot.accept.call(sk1, flags, err);

        if (sk2 == null) {
            return err.val;
        }

        lock_sock(sk2);

        if (sk2.sk_protocol == IPPROTO_TCP && mptcp(tcp_sk(sk2))) {
            sock sk_it = sk2;

            if (tcp_sk(sk2).mpcb.master_sk != null) {
                sk_it = tcp_sk(sk2).mpcb.master_sk;

                sk_it.sk_wq = newsock.wq;
                sk_it.sk_socket = newsock;
            }
        }

        WARN_ON((1 << sk2.skc_state & (TCPF_ESTABLISHED | TCPF_SYN_RECV | TCPF_CLOSE_WAIT | TCPF_CLOSE)) == 0);

        sock_graft(sk2, newsock);

        newsock.state = SS_CONNECTED;
        err.val = 0;
        release_sock(sk2);
        return err.val;
    }

    /**
     * {@code getsockname()}, and {@code getpeername()}.
     *
     * @param peer 0: our side; 1: the other side, {@code -ENOTCONN} if there is none yet; 2: also while the SYN is out
     * @param uaddr_len becomes 16
     */
    public static int inet_getname(socket sock, sockaddr uaddr, IntRef uaddr_len, int peer) {
        sock sk = sock.sk;
        inet_sock inet = inet_sk(sk);
        sockaddr_in sin = (sockaddr_in) uaddr;

        sin.sa_family = AF_INET;
        if (peer != 0) {
            if (inet.skc_dport == 0 || (1 << sk.skc_state & (TCPF_CLOSE | TCPF_SYN_SENT)) != 0 && peer == 1) {
                return -ENOTCONN;
            }
            sin.sin_port = inet.skc_dport;
            sin.sin_addr = inet.skc_daddr;
        } else {
            int addr = inet.skc_rcv_saddr;
            if (addr == 0) {
                addr = inet.inet_saddr;
            }
            sin.sin_port = inet.inet_sport;
            sin.sin_addr = addr;
        }
        uaddr_len.val = sockaddr_in.SIZE;
        return 0;
    }
}
