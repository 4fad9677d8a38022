// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ipv4;

import static af_inet.Create.inet_create;
import static inet_connection_sock.Ports.inet_csk_bind_conflict;
import static linux.errno.Errno.EINPROGRESS;
import static linux.errno.Errno.ENOMEM;
import static linux.fs.file.O_NONBLOCK;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.net.socket.SS_UNCONNECTED;
import static linux.printk.Printk.pI4;
import static linux.tcp.Sockets.tcp_sk;
import static linux.timer.Timers.setup_timer;
import static linux.types.Be.raw32;
import static mptcp_ctrl.Close.mptcp_sub_force_close;
import static mptcp_ctrl.Subflows.mptcp_add_sock;
import static net.inet_sock.Sockets.inet_sk;
import static net.mptcp.Sysctls.mptcp_debug;
import static net.mptcp_v4.Globals.mptcp_join_request_sock_ipv4_ops;
import static net.mptcp_v4.Globals.mptcp_request_sock_ipv4_ops;
import static net.mptcp_v4.Globals.mptcp_request_sock_ops;
import static net.mptcp_v4.Globals.mptcp_v4_specific;
import static net.sock.Fields.sk_set_socket;
import static net.sock.Fields.sock_net;
import static net.tcp.Globals.tcp_request_sock_ipv4_ops;
import static net.tcp.Multipath.mptcp;
import static tcp.Close.tcp_close;
import static uapi.linux.in.In.IPPROTO_TCP;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.PF_INET;

import af_inet.Protosw;
import inet_connection_sock.Listen;
import ip_sockglue.Getsockopt;
import ip_sockglue.Setsockopt;
import linux.compiler.KernelBug;
import linux.gfp.Gfp;
import linux.init.Initcall;
import linux.net.socket;
import linux.socket.sockaddr_in;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_loc4;
import net.mptcp.mptcp_rem4;
import net.mptcp.mptcp_request_sock;
import net.request_sock.request_sock_ops;
import net.sock.sock;
import tcp_ipv4.Send;
import tcp_ipv4.Sock;
import tcp_output.AckAndProbe;
import uapi.linux.ip.iphdr;

/** Subflows that we open over IPv4, at the wish of the path manager, and the tables of functions of this file. */
public final class Subsockets {
    private Subsockets() {}

    /** The tables that are there before {@link #mptcp_pm_v4_init} runs. */
    public static final class Boot implements Initcall {
        @Override
        public void data() {
            mptcp_request_sock_ops.family = PF_INET;
            mptcp_request_sock_ops.alloc = mptcp_request_sock::new;
            mptcp_request_sock_ops.rtx_syn_ack = AckAndProbe::tcp_rtx_synack;
            mptcp_request_sock_ops.send_ack = Send::tcp_v4_reqsk_send_ack;
            mptcp_request_sock_ops.destructor = Requests::mptcp_v4_reqsk_destructor;
            mptcp_request_sock_ops.send_reset = Send::tcp_v4_send_reset;
            mptcp_request_sock_ops.syn_ack_timeout = tcp_timer.Keepalive::tcp_syn_ack_timeout;

            mptcp_v4_specific.queue_xmit = ip_output.Output::ip_queue_xmit;
            mptcp_v4_specific.send_check = Send::tcp_v4_send_check;
            mptcp_v4_specific.rebuild_header = Protosw::inet_sk_rebuild_header;
            mptcp_v4_specific.sk_rx_dst_set = Sock::inet_sk_rx_dst_set;
            mptcp_v4_specific.conn_request = mptcp_ctrl.Requests::mptcp_conn_request;
            mptcp_v4_specific.syn_recv_sock = tcp_ipv4.Listen::tcp_v4_syn_recv_sock;
            mptcp_v4_specific.net_header_len = iphdr.SIZE;
            mptcp_v4_specific.setsockopt = Setsockopt::ip_setsockopt;
            mptcp_v4_specific.getsockopt = Getsockopt::ip_getsockopt;
            mptcp_v4_specific.addr2sockaddr = Listen::inet_csk_addr2sockaddr;
            mptcp_v4_specific.sockaddr_len = sockaddr_in.SIZE;
            mptcp_v4_specific.bind_conflict =
                    (sk, tb, relax) -> inet_csk_bind_conflict(sk, tb, relax) != 0;
            mptcp_v4_specific.mtu_reduced = tcp_ipv4.Err::tcp_v4_mtu_reduced;
        }
    }

    /**
     * Opens a subflow from {@code loc} to {@code rem}: a socket of its own, bound and connecting without waiting. The
     * SYN carries MP_JOIN because the socket is a subflow already. Called in process context with {@code meta_sk}
     * locked.
     *
     * @return 0: under way; or a negative errno
     */
    @KernelBug("returns 0 when mptcp_add_sock() fails; fixed upstream by returning its error")
    public static int mptcp_init4_subsockets(sock meta_sk, mptcp_loc4 loc, mptcp_rem4 rem) {
        tcp_sock tp;
        sock sk;
        sockaddr_in loc_in = new sockaddr_in();
        sockaddr_in rem_in = new sockaddr_in();
        socket sock = new socket();
        int ulid_size = 0;
        int ret;

        sock.type = meta_sk.sk_socket.type;
        sock.state = SS_UNCONNECTED;
        sock.wq = meta_sk.sk_socket.wq;
        sock.file = meta_sk.sk_socket.file;
        sock.ops = null;

        ret = inet_create(sock_net(meta_sk), sock, IPPROTO_TCP, 1);
        if (ret < 0) {
            mptcp_debug("%s inet_create failed ret: %d\n", "mptcp_init4_subsockets", ret);
            return ret;
        }

        sk = sock.sk;
        tp = tcp_sk(sk);

        error: {
            if (mptcp_add_sock(meta_sk, sk, loc.loc4_id, rem.rem4_id, GFP_KERNEL) != 0) {
                break error;
            }

            tp.mptcp.slave_sk = true;
            tp.mptcp.low_prio = loc.low_prio;

            setup_timer(tp.mptcp.mptcp_ack_timer, mptcp_output.Timers::mptcp_ack_handler, sk);

            ulid_size = sockaddr_in.SIZE;
            loc_in.sa_family = AF_INET;
            rem_in.sa_family = AF_INET;
            loc_in.sin_port = 0;
            if (rem.port != 0) {
                rem_in.sin_port = rem.port;
            } else {
                rem_in.sin_port = inet_sk(meta_sk).skc_dport;
            }
            loc_in.sin_addr = loc.addr;
            rem_in.sin_addr = rem.addr;

            ret = sock.ops.bind.call(sock, loc_in, ulid_size);
            if (ret < 0) {
                mptcp_debug("%s: MPTCP subsocket bind() failed, error %d\n", "mptcp_init4_subsockets", ret);
                break error;
            }

            mptcp_debug("%s: token %#x pi %d src_addr:%s:%d dst_addr:%s:%d\n", "mptcp_init4_subsockets",
                    raw32(tcp_sk(meta_sk).mpcb.mptcp_loc_token), tp.mptcp.path_index, pI4(loc_in.sin_addr),
                    loc_in.sin_port, pI4(rem_in.sin_addr), rem_in.sin_port);

            if (tcp_sk(meta_sk).mpcb.pm_ops.init_subsocket_v4 != null) {
                tcp_sk(meta_sk).mpcb.pm_ops.init_subsocket_v4.call(sk, rem.addr);
            }

            ret = sock.ops.connect.call(sock, rem_in, ulid_size, O_NONBLOCK);
            if (ret < 0 && ret != -EINPROGRESS) {
                mptcp_debug("%s: MPTCP subsocket connect() failed, error %d\n", "mptcp_init4_subsockets", ret);
                break error;
            }

            sk_set_socket(sk, meta_sk.sk_socket);
            sk.sk_wq = meta_sk.sk_wq;

            return 0;
        }
        // mptcp_add_sock() has failed.
        if (!mptcp(tp)) {
            tcp_close(sk, 0);
        } else {
            local_bh_disable();
            mptcp_sub_force_close(sk);
            local_bh_enable();
        }
        return ret;
    }

    /** @return 0, or {@code -ENOMEM} */
    public static int mptcp_pm_v4_init() {
        int ret = 0;
        request_sock_ops ops = mptcp_request_sock_ops;

        mptcp_request_sock_ipv4_ops.copy(tcp_request_sock_ipv4_ops);
        mptcp_request_sock_ipv4_ops.init_req = Requests::mptcp_v4_init_req;

        mptcp_join_request_sock_ipv4_ops.copy(tcp_request_sock_ipv4_ops);
        mptcp_join_request_sock_ipv4_ops.init_req = Requests::mptcp_v4_join_init_req;
        mptcp_join_request_sock_ipv4_ops.queue_hash_add = Requests::mptcp_v4_reqsk_queue_hash_add;

        ops.slab_name = Gfp.fails(GFP_KERNEL) ? null : "request_sock_MPTCP";
        if (ops.slab_name == null) {
            ret = -ENOMEM;
        }

        return ret;
    }

    public static void mptcp_pm_v4_undo() {
        mptcp_request_sock_ops.slab_name = null;
    }
}
