// SPDX-License-Identifier: GPL-2.0-only
package af_inet;

import static inet_connection_sock.Listen.inet_csk_listen_start;
import static linux.bug.Bug.WARN_ON;
import static linux.errno.Errno.EAGAIN;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.EPERM;
import static linux.errno.Errno.EPROTONOSUPPORT;
import static linux.errno.Errno.ESOCKTNOSUPPORT;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.list.Lists.list_entry;
import static linux.net.socket.SS_UNCONNECTED;
import static linux.printk.Printk.pr_err;
import static linux.sched.Sched.current;
import static linux.sched.task_struct.PF_EXITING;
import static linux.skbuff.Queue.__skb_queue_purge;
import static mptcp_ctrl.Enable.mptcp_disable_static_key;
import static net.dst.Garbage.dst_release;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_sock.Sockets.inet_sk;
import static net.protocol.inet_protosw.INET_PROTOSW_ICSK;
import static net.protocol.inet_protosw.INET_PROTOSW_REUSE;
import static net.sock.Alloc.sk_alloc;
import static net.sock.Alloc.sk_common_release;
import static net.sock.Alloc.sock_init_data;
import static net.sock.Flags.sock_flag;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static net.sock.Memory.sk_mem_reclaim;
import static net.sock.SockConst.SK_CAN_REUSE;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.sock.SockFlag.SOCK_LINGER;
import static net.sock.SockFlag.SOCK_MPTCP;
import static net.tcp.Sysctls.sysctl_tcp_fastopen;
import static net.tcp.TcpConst.TFO_SERVER_ENABLE;
import static net.tcp.TcpConst.TFO_SERVER_WO_SOCKOPT1;
import static net.tcp.TcpConst.TFO_SERVER_WO_SOCKOPT2;
import static net.tcp_states.TcpState.TCPF_CLOSE;
import static net.tcp_states.TcpState.TCPF_LISTEN;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static tcp.Fastopen.fastopen_init_queue;
import static uapi.linux.in.In.IPPROTO_IP;
import static uapi.linux.in.In.IPPROTO_RAW;
import static uapi.linux.in.In.IP_PMTUDISC_DONT;
import static uapi.linux.in.In.IP_PMTUDISC_WANT;
import static uapi.linux.socket.SocketOpt.PF_INET;
import static uapi.linux.socket.SocketOpt.SOCK_RAW;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;

import linux.compiler.Differs;
import linux.list.list_head;
import linux.net.socket;
import net.inet_sock.inet_sock;
import net.net_namespace.net;
import net.protocol.inet_protosw;
import net.sock.proto;
import net.sock.sock;

/**
 * Sockets of the Internet family, from {@code socket()} to {@code close()}: {@code linux.net} calls in for system
 * calls. What a socket does is up to its protocol ({@code sk.skc_prot}); here is what all have in common.
 */
public final class Create {
    private Create() {}

    /** By {@code SOCK_*}: what {@link #inet_create} can make, permanent entries first. */
    static list_head<inet_protosw>[] inetsw;

    /** {@code sk_destruct}: the last reference is gone. Whoever gets here with memory still charged has lost count. */
    public static void inet_sock_destruct(sock sk) {
        inet_sock inet = inet_sk(sk);

        __skb_queue_purge(sk.sk_receive_queue);
        __skb_queue_purge(sk.sk_error_queue);

        sk_mem_reclaim(sk);

        if (sk.sk_type == SOCK_STREAM && sk.skc_state != TCP_CLOSE) {
            pr_err("Attempt to release TCP socket in state %d\n", sk.skc_state);
            return;
        }
        if (!sock_flag(sk, SOCK_DEAD)) {
            pr_err("Attempt to release alive inet socket\n");
            return;
        }

        if (sock_flag(sk, SOCK_MPTCP)) {
            mptcp_disable_static_key();
        }

        WARN_ON(sk.sk_rmem_alloc != 0);
        WARN_ON(sk.sk_wmem_alloc != 0);
        WARN_ON(sk.sk_wmem_queued != 0);
        WARN_ON(sk.sk_forward_alloc != 0);

        inet.inet_opt = null;
        dst_release(sk.sk_dst_cache);
        dst_release(sk.sk_rx_dst);
    }

    /** Gives the socket a port if it has none. @return 0, or {@code -EAGAIN}: none is free */
    static int inet_autobind(sock sk) {
        inet_sock inet;

        lock_sock(sk);
        inet = inet_sk(sk);
        if (inet.skc_num == 0) {
            if (sk.skc_prot.get_port.call(sk, 0) != 0) {
                release_sock(sk);
                return -EAGAIN;
            }
            inet.inet_sport = inet.skc_num;
        }
        release_sock(sk);
        return 0;
    }

    /**
     * {@code listen()}. On a socket that listens already it only changes the backlog.
     *
     * @param backlog connections that may wait to be accepted
     * @return 0; {@code -EINVAL}: no stream socket, or it is connected; or what {@code inet_csk_listen_start} says
     */
    public static int inet_listen(socket sock, int backlog) {
        sock sk = sock.sk;
        int old_state;
        int err;

        lock_sock(sk);

        out: {
            err = -EINVAL;
            if (sock.state != SS_UNCONNECTED || sock.type != SOCK_STREAM) {
                break out;
            }

            old_state = sk.skc_state;
            if ((1 << old_state & (TCPF_CLOSE | TCPF_LISTEN)) == 0) {
                break out;
            }

            if (old_state != TCP_LISTEN) {
                // Fast Open for every listener, for tests: the sysctl says so, and in its upper half how many may wait.
                if ((sysctl_tcp_fastopen & TFO_SERVER_ENABLE) != 0
                        && inet_csk(sk).icsk_accept_queue.fastopenq == null) {
                    if ((sysctl_tcp_fastopen & TFO_SERVER_WO_SOCKOPT1) != 0) {
                        err = fastopen_init_queue(sk, backlog);
                    } else if ((sysctl_tcp_fastopen & TFO_SERVER_WO_SOCKOPT2) != 0) {
                        err = fastopen_init_queue(sk, sysctl_tcp_fastopen >>> 16);
                    } else {
                        err = 0;
                    }
                    if (err != 0) {
                        break out;
                    }
                }
                err = inet_csk_listen_start(sk, backlog);
                if (err != 0) {
                    break out;
                }
            }
            sk.sk_max_ack_backlog = backlog;
            err = 0;
        }
        release_sock(sk);
        return err;
    }

    /**
     * {@code net_proto_family.create}: {@code socket(AF_INET, type, protocol)}.
     *
     * @param protocol {@code IPPROTO_*}; 0: the first that there is for the type
     * @param kern 1: for the kernel itself, which needs no rights
     * @return 0; {@code -ESOCKTNOSUPPORT}: nothing is known of that type, {@code -EPROTONOSUPPORT}: not the protocol;
     *     {@code -EPERM}: raw sockets are for the kernel; {@code -ENOBUFS}; or what {@code proto.init} says
     */
    @Differs("refuses raw sockets to programs, the superuser's too: those of this machine do not send or receive")
    public static int inet_create(net net, socket sock, int protocol, int kern) {
        sock sk;
        inet_protosw answer = null;
        inet_sock inet;
        proto answer_prot;
        int answer_flags;
        int answer_no_check;
        int err;

        sock.state = SS_UNCONNECTED;

        // There are no modules to load: who is not found now never will be.
        err = -ESOCKTNOSUPPORT;
        for (list_head<inet_protosw> l = inetsw[sock.type].next; l != inetsw[sock.type]; l = l.next) {
            answer = list_entry(l);

            err = 0;
            if (protocol == answer.protocol) {
                if (protocol != IPPROTO_IP) {
                    break;
                }
            } else {
                // Either side may leave it open.
                if (IPPROTO_IP == protocol) {
                    protocol = answer.protocol;
                    break;
                }
                if (IPPROTO_IP == answer.protocol) {
                    break;
                }
            }
            err = -EPROTONOSUPPORT;
        }

        if (err != 0) {
            return err;
        }

        err = -EPERM;
        if (sock.type == SOCK_RAW && kern == 0) {
            return err;
        }

        sock.ops = answer.ops;
        answer_prot = answer.prot;
        answer_no_check = answer.no_check;
        answer_flags = answer.flags;

        WARN_ON(answer_prot.alloc == null);

        err = -ENOBUFS;
        sk = sk_alloc(net, PF_INET, GFP_KERNEL, answer_prot);
        if (sk == null) {
            return err;
        }

        err = 0;
        sk.sk_no_check = answer_no_check;
        if ((INET_PROTOSW_REUSE & answer_flags) != 0) {
            sk.skc_reuse = SK_CAN_REUSE;
        }

        inet = inet_sk(sk);
        inet.is_icsk = (INET_PROTOSW_ICSK & answer_flags) != 0;

        inet.nodefrag = false;

        if (SOCK_RAW == sock.type) {
            inet.skc_num = protocol;
            if (IPPROTO_RAW == protocol) {
                inet.hdrincl = true;
            }
        }

        if (net.ipv4.sysctl_ip_no_pmtu_disc != 0) {
            inet.pmtudisc = IP_PMTUDISC_DONT;
        } else {
            inet.pmtudisc = IP_PMTUDISC_WANT;
        }

        inet.inet_id = 0;

        sock_init_data(sock, sk);

        sk.sk_destruct = Create::inet_sock_destruct;
        sk.sk_protocol = protocol;
        sk.sk_backlog_rcv = sk.skc_prot.backlog_rcv;

        inet.uc_ttl = -1;
        inet.mc_loop = true;
        inet.mc_ttl = 1;
        inet.mc_all = true;
        inet.mc_index = 0;
        inet.rcv_tos = 0;

        if (inet.skc_num != 0) {
            // A raw socket: its "port" is the protocol, and any number of sockets may have the same.
            inet.inet_sport = inet.skc_num;
            sk.skc_prot.hash.call(sk);
        }

        if (sk.skc_prot.init != null) {
            err = sk.skc_prot.init.call(sk);
            if (err != 0) {
                sk_common_release(sk);
            }
        }
        return err;
    }

    /**
     * {@code close()}: the application's side is gone, the network's side ends by itself. With {@code SO_LINGER} the
     * caller waits for that, unless it is a task that ends.
     */
    public static int inet_release(socket sock) {
        sock sk = sock.sk;

        if (sk != null) {
            long timeout;

            timeout = 0;
            if (sock_flag(sk, SOCK_LINGER) && (current.flags & PF_EXITING) == 0) {
                timeout = sk.sk_lingertime;
            }
            sock.sk = null;
            sk.skc_prot.close.call(sk, timeout);
        }
        return 0;
    }
}
