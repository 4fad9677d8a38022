// SPDX-License-Identifier: GPL-2.0-only
package af_inet;

import static linux.errno.Errno.EADDRINUSE;
import static linux.errno.Errno.EAGAIN;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.ENOMEM;
import static linux.errno.Errno.EPERM;
import static linux.errno.Errno.EPROTONOSUPPORT;
import static linux.errno.Errno.ESOCKTNOSUPPORT;
import static linux.net.Create.__sock_create;
import static linux.net.Create.sock_release;
import static linux.net.socket.SS_UNCONNECTED;
import static linux.printk.Printk.dmesg;
import static linux.sched.Sched.current;
import static linux.sched.task_struct.PF_EXITING;
import static linux.skbuff.Queue.__skb_queue_tail;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_ctrl.Enable.mptcp_enable_sock;
import static net.dst.Dst.dst_hold;
import static net.inet_common.Globals.inet_stream_ops;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_sock.Sockets.inet_sk;
import static net.net_namespace.NetNs.create;
import static net.net_namespace.NetNs.init_net;
import static net.route.Route.ip_rt_put;
import static net.sock.Flags.sock_reset_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.Nodes.sk_hashed;
import static net.sock.SockConst.SK_CAN_REUSE;
import static net.sock.SockConst.SK_NO_REUSE;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.sock.SockFlag.SOCK_LINGER;
import static net.tcp.Globals.tcp_prot;
import static net.tcp.Multipath.mptcp;
import static net.tcp.Multipath.mptcp_static_key;
import static net.tcp.Sysctls.sysctl_tcp_fastopen;
import static net.tcp.TcpConst.TFO_SERVER_ENABLE;
import static net.tcp.TcpConst.TFO_SERVER_WO_SOCKOPT1;
import static net.tcp.TcpConst.TFO_SERVER_WO_SOCKOPT2;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.CcTrajectory.socket;
import static testing.Frames.tcp;
import static uapi.linux.in.In.IPPROTO_ICMP;
import static uapi.linux.in.In.IPPROTO_RAW;
import static uapi.linux.in.In.IPPROTO_TCP;
import static uapi.linux.in.In.IPPROTO_UDP;
import static uapi.linux.in.In.IP_PMTUDISC_DONT;
import static uapi.linux.in.In.IP_PMTUDISC_WANT;
import static uapi.linux.socket.SocketOpt.PF_INET;
import static uapi.linux.socket.SocketOpt.SOCK_RAW;
import static uapi.linux.socket.SocketOpt.SOCK_RDM;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;

import linux.bug.Bug;
import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.net.socket;
import linux.tcp.tcp_sock;
import net.inet_sock.ip_options;
import net.request_sock.listen_sock;
import net.route.rtable;
import net.sock.sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import raw.raw_sock;
import testing.Ipv4;
import testing.KernelTest;
import testing.Skbs;
import testing.SocketFields;
import testing.Vectors;

@KernelTest
class CreateTest {
    private Sockets sockets;

    @BeforeEach
    void open() {
        sockets = new Sockets();
    }

    @AfterEach
    void close() {
        sockets.closeAll();
    }

    @Nested
    class inet_sock_destruct {
        private raw_sock sk;

        @BeforeEach
        void socket() {
            sk = new raw_sock();
            sk.skc_prot = sockets.fake;
            sk.skc_state = TCP_CLOSE;
            sk.sk_type = SOCK_STREAM;
            sock_set_flag(sk, SOCK_DEAD);
        }

        @Test
        @DisplayName("what was never read is freed, and both routes are given back")
        void frees() {
            rtable rt = Ipv4.route(init_net, "127.0.0.1");
            dst_hold(rt);
            int refs = rt.__refcnt;
            sk.sk_dst_cache = rt;
            sk.sk_rx_dst = rt;
            sk.inet_opt = new ip_options();
            __skb_queue_tail(sk.sk_receive_queue, Skbs.linear(10));
            __skb_queue_tail(sk.sk_error_queue, Skbs.linear(10));

            Create.inet_sock_destruct(sk);

            assertThat(sk.sk_receive_queue.next).isNull();
            assertThat(rt.__refcnt).isEqualTo(refs - 2);
            assertThat(sk.inet_opt).isNull();
        }

        @Test
        @DisplayName("one that is still connected, or that somebody has open, is left alone")
        void too_early() {
            rtable rt = Ipv4.route(init_net, "127.0.0.1");
            sk.sk_dst_cache = rt;
            sk.skc_state = TCP_ESTABLISHED;
            Create.inet_sock_destruct(sk);
            assertThat(dmesg().get(dmesg().size() - 1).toString()).contains("release TCP socket in state 1");

            sk.skc_state = TCP_CLOSE;
            sock_reset_flag(sk, SOCK_DEAD);
            Create.inet_sock_destruct(sk);
            assertThat(dmesg().get(dmesg().size() - 1).toString()).contains("release alive inet socket");

            assertThat(rt.__refcnt).isEqualTo(1);
            ip_rt_put(rt);
        }

        @ParameterizedTest
        @ValueSource(strings = {"sk_rmem_alloc", "sk_wmem_alloc", "sk_wmem_queued", "sk_forward_alloc"})
        @DisplayName("memory that is still charged is worth a warning")
        void charged(String field) throws ReflectiveOperationException {
            sock.class.getField(field).setInt(sk, 1);

            Create.inet_sock_destruct(sk);

            assertThat(Bug.warnings).hasSize(1);
            Bug.warnings.clear();
        }

        @Test
        @DisplayName("the last socket with MPTCP switches it off for the machine")
        void mptcp() {
            mptcp_enable_sock(sk);
            assertThat(mptcp_static_key.enabled).isEqualTo(1);

            Create.inet_sock_destruct(sk);

            assertThat(mptcp_static_key.enabled).isZero();
        }
    }

    @Nested
    class inet_autobind {
        @Test
        @DisplayName("gives a port, once")
        void binds() {
            socket s = sockets.faked();

            assertThat(Create.inet_autobind(s.sk)).isZero();
            assertThat(inet_sk(s.sk).skc_num).isEqualTo(4711);
            assertThat(inet_sk(s.sk).inet_sport).isEqualTo(4711);

            assertThat(Create.inet_autobind(s.sk)).isZero();
            assertThat(sockets.log).containsExactly("get_port 0");
            assertThat(s.sk.sk_lock.owned).isZero();
        }

        @Test
        @DisplayName("-EAGAIN if there is none")
        void none() {
            socket s = sockets.faked();
            sockets.fake.get_port = (sk, snum) -> 1;

            assertThat(Create.inet_autobind(s.sk)).isEqualTo(-EAGAIN);
            assertThat(s.sk.sk_lock.owned).isZero();
        }
    }

    @Nested
    class inet_listen {
        @Test
        @DisplayName("a socket without a port gets one, and listens")
        void listens() {
            socket s = sockets.tcp();

            assertThat(Create.inet_listen(s, 7)).isZero();

            assertThat(s.sk.skc_state).isEqualTo(TCP_LISTEN);
            assertThat(s.sk.sk_max_ack_backlog).isEqualTo(7);
            assertThat(inet_sk(s.sk).skc_num).isNotZero();
        }

        @Test
        @DisplayName("a second time only the backlog changes")
        void again() {
            socket s = sockets.listener(80);
            listen_sock table = inet_csk(s.sk).icsk_accept_queue.listen_opt;

            assertThat(Create.inet_listen(s, 100)).isZero();

            assertThat(s.sk.sk_max_ack_backlog).isEqualTo(100);
            assertThat(inet_csk(s.sk).icsk_accept_queue.listen_opt).isSameAs(table);
        }

        @Test
        @DisplayName("-EINVAL for one that is connected or connecting, and for other types")
        void invalid() {
            sockets.listener(80);
            assertThat(Create.inet_listen(sockets.connected(80), 5)).isEqualTo(-EINVAL);

            socket s = sockets.tcp();
            s.sk.skc_state = TCP_SYN_SENT;
            assertThat(Create.inet_listen(s, 5)).isEqualTo(-EINVAL);
            s.sk.skc_state = TCP_CLOSE;

            assertThat(Create.inet_listen(sockets.faked(), 5)).isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("-EADDRINUSE if somebody listens on the port already")
        void in_use() {
            socket first = sockets.tcp();
            socket second = sockets.tcp();
            first.sk.skc_reuse = second.sk.skc_reuse = SK_CAN_REUSE;
            assertThat(Sockets.bind(first, 0, 80)).isZero();
            assertThat(Sockets.bind(second, 0, 80)).isZero();
            assertThat(Create.inet_listen(first, 5)).isZero();

            assertThat(Create.inet_listen(second, 5)).isEqualTo(-EADDRINUSE);
            assertThat(second.sk.skc_state).isEqualTo(TCP_CLOSE);
        }

        @Test
        @DisplayName("with the sysctl, Fast Open for every listener; how many may wait says the backlog, or the sysctl")
        void fastopen() {
            socket s = sockets.tcp();
            sysctl_tcp_fastopen = TFO_SERVER_ENABLE;
            assertThat(Create.inet_listen(s, 7)).isZero();
            assertThat(inet_csk(s.sk).icsk_accept_queue.fastopenq).isNull();

            s = sockets.tcp();
            sysctl_tcp_fastopen = TFO_SERVER_ENABLE | TFO_SERVER_WO_SOCKOPT1;
            assertThat(Create.inet_listen(s, 7)).isZero();
            assertThat(inet_csk(s.sk).icsk_accept_queue.fastopenq.max_qlen).isEqualTo(7);

            s = sockets.tcp();
            sysctl_tcp_fastopen = 0x90000000 | TFO_SERVER_ENABLE | TFO_SERVER_WO_SOCKOPT2;
            assertThat(Create.inet_listen(s, 7)).isZero();
            assertThat(inet_csk(s.sk).icsk_accept_queue.fastopenq.max_qlen).isEqualTo(0x9000);
        }

        @Test
        @DisplayName("-ENOMEM without memory for its queue; the socket does not listen")
        void fastopen_no_memory() {
            socket s = sockets.tcp();
            sysctl_tcp_fastopen = TFO_SERVER_ENABLE | TFO_SERVER_WO_SOCKOPT1;
            Gfp.failNth(0);

            assertThat(Create.inet_listen(s, 7)).isEqualTo(-ENOMEM);
            assertThat(s.sk.skc_state).isEqualTo(TCP_CLOSE);
        }
    }

    @Nested
    class inet_create {
        private int create(int type, int protocol, int kern, Ref<socket> res) {
            return __sock_create(init_net, PF_INET, type, protocol, res, kern);
        }

        private int create(int type, int protocol) {
            Ref<socket> res = new Ref<>();
            int err = create(type, protocol, 0, res);
            assertThat(res.val == null).isEqualTo(err != 0);
            if (res.val != null) {
                sock_release(res.val);
            }
            return err;
        }

        @Test
        @DisplayName("a stream socket is one of TCP, whether that is asked for or not")
        void tcp() {
            assertThat(create(SOCK_STREAM, 0)).isZero();
            assertThat(create(SOCK_STREAM, IPPROTO_TCP)).isZero();

            socket s = sockets.tcp();
            assertThat(s.ops).isSameAs(inet_stream_ops);
            assertThat(s.state).isEqualTo(SS_UNCONNECTED);
            assertThat(s.sk.skc_prot).isSameAs(tcp_prot);
            assertThat(s.sk.sk_protocol).isEqualTo(IPPROTO_TCP);
            assertThat(s.sk.sk_backlog_rcv).isSameAs(tcp_prot.backlog_rcv);
            assertThat(inet_sk(s.sk).is_icsk).isTrue();
            assertThat(s.sk.skc_reuse).isEqualTo(SK_NO_REUSE);
        }

        @Test
        @DisplayName("with the fields that the real kernel's socket() leaves")
        void fresh() {
            tcp_sock tp = tcp_sk(sockets.tcp().sk);
            Vectors.each("fresh_socket", row -> {
                String name = row.text("name").replace("->", ".");
                SocketFields.check(row, tp, name, row.i64("out.value"));
            });
        }

        @Test
        @DisplayName("-ESOCKTNOSUPPORT for a type that nobody has, -EPROTONOSUPPORT for another protocol of the type")
        void unknown() {
            assertThat(create(SOCK_RDM, 0)).isEqualTo(-ESOCKTNOSUPPORT);
            assertThat(create(SOCK_STREAM, IPPROTO_UDP)).isEqualTo(-EPROTONOSUPPORT);
        }

        @Test
        @DisplayName("raw sockets are for the kernel, of any protocol but 0; the protocol is their port")
        void raw() {
            assertThat(create(SOCK_RAW, IPPROTO_ICMP)).isEqualTo(-EPERM);

            Ref<socket> res = new Ref<>();
            assertThat(create(SOCK_RAW, IPPROTO_ICMP, 1, res)).isZero();
            raw_sock sk = (raw_sock) res.val.sk;
            assertThat(sk.skc_num).isEqualTo(IPPROTO_ICMP);
            assertThat(sk.inet_sport).isEqualTo(IPPROTO_ICMP);
            assertThat(sk.skc_reuse).isEqualTo(SK_CAN_REUSE);
            assertThat(sk.is_icsk).isFalse();
            assertThat(sk.hdrincl).isFalse();
            assertThat(sk_hashed(sk)).isTrue();
            sock_release(res.val);

            assertThat(create(SOCK_RAW, 0, 1, res)).isEqualTo(-EPROTONOSUPPORT);

            assertThat(create(SOCK_RAW, IPPROTO_RAW, 1, res)).isZero();
            assertThat(inet_sk(res.val.sk).hdrincl).isTrue();
            sock_release(res.val);
        }

        @Test
        @DisplayName("path MTU discovery as the sysctl says")
        void pmtu() {
            assertThat(inet_sk(sockets.tcp().sk).pmtudisc).isEqualTo(IP_PMTUDISC_WANT);
            init_net.ipv4.sysctl_ip_no_pmtu_disc = 1;
            assertThat(inet_sk(sockets.tcp().sk).pmtudisc).isEqualTo(IP_PMTUDISC_DONT);
        }

        @Test
        @DisplayName("-ENOBUFS without memory; what the protocol says if it does not want the socket, which is gone then")
        void refused() {
            // The first is the application's side.
            Gfp.failNth(1);
            assertThat(create(SOCK_STREAM, 0)).isEqualTo(-ENOBUFS);

            sockets.fake.init = sk -> -ENOMEM;
            assertThat(create(Sockets.SOCK_FAKE, 0)).isEqualTo(-ENOMEM);
            assertThat(sockets.log).containsExactly("unhash");
        }
    }

    @Nested
    class inet_release {
        @Test
        @DisplayName("the protocol closes the socket, at once")
        void closes() {
            socket s = sockets.faked();

            assertThat(Create.inet_release(s)).isZero();

            assertThat(s.sk).isNull();
            assertThat(sockets.log).contains("close 0");
        }

        @Test
        @DisplayName("with SO_LINGER it may take its time, but not if the task is about to end")
        void linger() {
            socket s = sockets.faked();
            sock_set_flag(s.sk, SOCK_LINGER);
            s.sk.sk_lingertime = 55;
            Create.inet_release(s);
            assertThat(sockets.log).contains("close 55");

            s = sockets.faked();
            sock_set_flag(s.sk, SOCK_LINGER);
            s.sk.sk_lingertime = 66;
            current.flags |= PF_EXITING;
            Create.inet_release(s);
            current.flags &= ~PF_EXITING;
            assertThat(sockets.log).contains("close 0").doesNotContain("close 66");
        }

        @Test
        @DisplayName("a second time there is nothing to do")
        void twice() {
            socket s = sockets.faked();
            Create.inet_release(s);
            sockets.log.clear();

            assertThat(Create.inet_release(s)).isZero();
            assertThat(sockets.log).isEmpty();
        }
    }
}
