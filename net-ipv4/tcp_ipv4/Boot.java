// SPDX-License-Identifier: GPL-2.0-only
package tcp_ipv4;

import static inet_connection_sock.Listen.inet_csk_addr2sockaddr;
import static inet_connection_sock.Ports.inet_csk_bind_conflict;
import static net.tcp.Globals.tcp_hashinfo;
import static net.tcp.Globals.tcp_memory_allocated;
import static net.tcp.Globals.tcp_memory_pressure;
import static net.tcp.Globals.tcp_orphan_count;
import static net.tcp.Globals.tcp_prot;
import static net.tcp.Globals.tcp_request_sock_ipv4_ops;
import static net.tcp.Globals.tcp_request_sock_ops;
import static net.tcp.Globals.tcp_sockets_allocated;
import static net.tcp.Sysctls.sysctl_tcp_mem;
import static net.tcp.Sysctls.sysctl_tcp_rmem;
import static net.tcp.Sysctls.sysctl_tcp_wmem;
import static net.tcp.TcpConst.MAX_TCP_HEADER;
import static tcp_ipv4.Sock.ipv4_specific;
import static tcp_ipv4.Sock.tcp_timewait_sock_ops;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.PF_INET;
import static uapi.linux.tcp.TcpOpt.TCP_MSS_DEFAULT;

import af_inet.Protosw;
import inet_connection_sock.Accept;
import inet_connection_sock.Ports;
import inet_connection_sock.SynQueue;
import ip_output.Output;
import linux.init.Initcall;
import linux.socket.sockaddr_in;
import linux.tcp.tcp_request_sock;
import linux.tcp.tcp_sock;
import linux.tcp.tcp_timewait_sock;
import net.inet_connection_sock.inet_connection_sock_af_ops;
import net.inet_timewait_sock.timewait_sock_ops;
import net.net_namespace.pernet_operations;
import net.tcp.WriteQueue;
import net.tcp.tcp_seq_afinfo;
import syncookies.Syncookies;
import tcp.Close;
import tcp.Getsockopt;
import tcp.Init;
import tcp.Poll;
import tcp.Recvmsg;
import tcp.Sendmsg;
import tcp.Setsockopt;
import tcp_minisocks.TimeWait;
import tcp_output.AckAndProbe;
import tcp_output.SmallQueues;
import tcp_timer.Keepalive;
import uapi.linux.ip.iphdr;

/** The tables of {@code tcp_ipv4.c}: who does what for TCP over IPv4. {@code inet_init} starts the rest. */
public final class Boot implements Initcall {
    @Override
    public void data() {
        tcp_request_sock_ops.family = PF_INET;
        tcp_request_sock_ops.alloc = tcp_request_sock::new;
        tcp_request_sock_ops.rtx_syn_ack = AckAndProbe::tcp_rtx_synack;
        tcp_request_sock_ops.send_ack = Send::tcp_v4_reqsk_send_ack;
        tcp_request_sock_ops.destructor = Listen::tcp_v4_reqsk_destructor;
        tcp_request_sock_ops.send_reset = Send::tcp_v4_send_reset;
        tcp_request_sock_ops.syn_ack_timeout = Keepalive::tcp_syn_ack_timeout;

        tcp_request_sock_ipv4_ops.mss_clamp = TCP_MSS_DEFAULT;
        tcp_request_sock_ipv4_ops.init_req = Listen::tcp_v4_init_req;
        tcp_request_sock_ipv4_ops.cookie_init_seq = Syncookies::cookie_v4_init_sequence;
        tcp_request_sock_ipv4_ops.route_req = Listen::tcp_v4_route_req;
        tcp_request_sock_ipv4_ops.init_seq = Connect::tcp_v4_init_sequence;
        tcp_request_sock_ipv4_ops.send_synack = Listen::tcp_v4_send_synack;
        tcp_request_sock_ipv4_ops.queue_hash_add = SynQueue::inet_csk_reqsk_queue_hash_add;

        tcp_timewait_sock_ops = new timewait_sock_ops();
        tcp_timewait_sock_ops.alloc = tcp_timewait_sock::new;
        tcp_timewait_sock_ops.twsk_unique = Connect::tcp_twsk_unique;
        tcp_timewait_sock_ops.twsk_destructor = TimeWait::tcp_twsk_destructor;

        ipv4_specific = new inet_connection_sock_af_ops();
        ipv4_specific.queue_xmit = Output::ip_queue_xmit;
        ipv4_specific.send_check = Send::tcp_v4_send_check;
        ipv4_specific.rebuild_header = Protosw::inet_sk_rebuild_header;
        ipv4_specific.sk_rx_dst_set = Sock::inet_sk_rx_dst_set;
        ipv4_specific.conn_request = Listen::tcp_v4_conn_request;
        ipv4_specific.syn_recv_sock = Listen::tcp_v4_syn_recv_sock;
        ipv4_specific.net_header_len = iphdr.SIZE;
        ipv4_specific.setsockopt = ip_sockglue.Setsockopt::ip_setsockopt;
        ipv4_specific.getsockopt = ip_sockglue.Getsockopt::ip_getsockopt;
        ipv4_specific.addr2sockaddr = (sk, uaddr) -> inet_csk_addr2sockaddr(sk, uaddr);
        ipv4_specific.sockaddr_len = sockaddr_in.SIZE;
        ipv4_specific.bind_conflict = (sk, tb, relax) -> inet_csk_bind_conflict(sk, tb, relax) != 0;
        ipv4_specific.mtu_reduced = Err::tcp_v4_mtu_reduced;

        Proc.tcp4_seq_afinfo = new tcp_seq_afinfo();
        Proc.tcp4_seq_afinfo.name = "tcp";
        Proc.tcp4_seq_afinfo.family = AF_INET;
        Proc.tcp4_seq_afinfo.open = Proc::tcp_seq_open;
        Proc.tcp4_seq_afinfo.seq_ops.show = Proc::tcp4_seq_show;

        Proc.tcp4_net_ops = new pernet_operations();
        Proc.tcp4_net_ops.init = Proc::tcp4_proc_init_net;
        Proc.tcp4_net_ops.exit = Proc::tcp4_proc_exit_net;

        prot();

        Net.tcp_sk_ops = new pernet_operations();
        Net.tcp_sk_ops.init = Net::tcp_sk_init;
        Net.tcp_sk_ops.exit = Net::tcp_sk_exit;
        Net.tcp_sk_ops.exit_batch = Net::tcp_sk_exit_batch;
    }

    private static void prot() {
        tcp_prot.name = "TCP";
        tcp_prot.close = Close::tcp_close;
        tcp_prot.connect = Connect::tcp_v4_connect;
        tcp_prot.disconnect = Close::tcp_disconnect;
        tcp_prot.accept = Accept::inet_csk_accept;
        tcp_prot.ioctl = Poll::tcp_ioctl;
        tcp_prot.init = Sock::tcp_v4_init_sock;
        tcp_prot.destroy = Sock::tcp_v4_destroy_sock;
        tcp_prot.shutdown = Close::tcp_shutdown;
        tcp_prot.setsockopt = Setsockopt::tcp_setsockopt;
        tcp_prot.getsockopt = Getsockopt::tcp_getsockopt;
        tcp_prot.recvmsg = Recvmsg::tcp_recvmsg;
        tcp_prot.sendmsg = Sendmsg::tcp_sendmsg;
        tcp_prot.sendpage = Sendmsg::tcp_sendpage;
        tcp_prot.backlog_rcv = Receive::tcp_v4_do_rcv;
        tcp_prot.release_cb = SmallQueues::tcp_release_cb;
        tcp_prot.hash = inet_hashtables.Connect::inet_hash;
        tcp_prot.unhash = inet_hashtables.Connect::inet_unhash;
        tcp_prot.get_port = Ports::inet_csk_get_port;
        tcp_prot.enter_memory_pressure = Init::tcp_enter_memory_pressure;
        tcp_prot.stream_memory_free = WriteQueue::tcp_stream_memory_free;
        tcp_prot.sockets_allocated = tcp_sockets_allocated;
        tcp_prot.orphan_count = tcp_orphan_count;
        tcp_prot.memory_allocated = tcp_memory_allocated;
        tcp_prot.memory_pressure = tcp_memory_pressure;
        tcp_prot.sysctl_mem = sysctl_tcp_mem;
        tcp_prot.sysctl_wmem = sysctl_tcp_wmem;
        tcp_prot.sysctl_rmem = sysctl_tcp_rmem;
        tcp_prot.max_header = MAX_TCP_HEADER;
        tcp_prot.alloc = tcp_sock::new;
        tcp_prot.twsk_prot = tcp_timewait_sock_ops;
        tcp_prot.rsk_prot = tcp_request_sock_ops;
        tcp_prot.hashinfo = tcp_hashinfo;
        tcp_prot.no_autobind = true;
        tcp_prot.clear_sk = Net::tcp_v4_clear_sk;
    }
}
