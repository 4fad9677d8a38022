// SPDX-License-Identifier: GPL-2.0-only
package af_inet;

import static af_inet.Create.inetsw;
import static af_inet.Protosw.inet_register_protosw;
import static icmp.Init.icmp_init;
import static ip_fragment.IpFragment.ipfrag_init;
import static ip_output.Reply.ip_init;
import static linux.bug.Bug.BUG_ON;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.list.Lists.INIT_LIST_HEAD;
import static linux.net.Create.sock_create_kern;
import static linux.net.Create.sock_register;
import static linux.netdevice.Packets.dev_add_offload;
import static linux.netdevice.Packets.dev_add_pack;
import static linux.printk.Printk.pr_crit;
import static mptcp_ctrl.Boot.mptcp_init;
import static net.inet_common.Globals.inet_stream_ops;
import static net.ip.Globals.sysctl_local_reserved_ports;
import static net.net_namespace.NetNs.register_pernet_subsys;
import static net.protocol.inet_protosw.INET_PROTOSW_ICSK;
import static net.protocol.inet_protosw.INET_PROTOSW_PERMANENT;
import static net.protocol.inet_protosw.INET_PROTOSW_REUSE;
import static net.sock.Fields.sk_change_net;
import static net.sock.Protos.proto_register;
import static net.sock.Protos.proto_unregister;
import static net.tcp.Counters.tcp_mib_init;
import static net.tcp.Globals.tcp_prot;
import static proc.Proc.ip_misc_proc_init;
import static protocol.Protocol.inet_add_offload;
import static protocol.Protocol.inet_add_protocol;
import static raw.Raw.raw_prot;
import static route.Init.ip_static_sysctl_init;
import static tcp.Boot.tcp_init;
import static tcp_ipv4.Net.tcp_v4_init;
import static tcp_ipv4.Proc.tcp4_proc_exit;
import static tcp_ipv4.Proc.tcp4_proc_init;
import static tcp_offload.V4.tcpv4_offload_init;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;
import static uapi.linux.in.In.IPPROTO_ICMP;
import static uapi.linux.in.In.IPPROTO_IP;
import static uapi.linux.in.In.IPPROTO_IPIP;
import static uapi.linux.in.In.IPPROTO_TCP;
import static uapi.linux.snmp.Snmp.__ICMP_MIB_MAX;
import static uapi.linux.snmp.Snmp.__IPSTATS_MIB_MAX;
import static uapi.linux.snmp.Snmp.__LINUX_MIB_MAX;
import static uapi.linux.snmp.Snmp.__TCP_MIB_MAX;
import static uapi.linux.snmp.Snmp.__UDP_MIB_MAX;
import static uapi.linux.socket.SocketOpt.PF_INET;
import static uapi.linux.socket.SocketOpt.SOCK_MAX;
import static uapi.linux.socket.SocketOpt.SOCK_RAW;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;

import ip_input.IpInput;
import java.util.BitSet;
import linux.bug.Oops;
import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.init.Initcall;
import linux.list.list_head;
import linux.net.net_proto_family;
import linux.net.proto_ops;
import linux.net.socket;
import linux.netdevice.packet_offload;
import linux.netdevice.packet_type;
import net.net_namespace.net;
import net.net_namespace.pernet_operations;
import net.protocol.Protocols;
import net.protocol.inet_protosw;
import net.protocol.net_offload;
import net.protocol.net_protocol;
import net.sock.NoOps;
import net.sock.Options;
import net.sock.proto;
import net.sock.sock;
import tcp.Poll;
import tcp_ipv4.Err;

/**
 * The Internet begins: {@link #inet_init} registers the protocols and starts IP, MPTCP, TCP and ICMP, in this order.
 * Also the counters of each namespace, and the sockets that the kernel makes for itself.
 */
public final class Boot implements Initcall {
    static net_proto_family inet_family_ops;
    static proto_ops inet_sockraw_ops;

    /** What sockets can be made of from the beginning. */
    static inet_protosw[] inetsw_array;

    static net_protocol tcp_protocol;
    static net_protocol icmp_protocol;
    static pernet_operations ipv4_mib_ops;
    static packet_offload ip_packet_offload;
    static net_offload ipip_offload;
    static packet_type ip_packet_type;

    @Override
    public Level level() {
        return Level.FS;
    }

    @Override
    @SuppressWarnings({"unchecked", "rawtypes"})
    public void data() {
        Protocols.boot();
        inetsw = new list_head[SOCK_MAX];
        for (int r = 0; r < SOCK_MAX; ++r) {
            inetsw[r] = new list_head<>();
        }

        fill(inet_stream_ops);
        inet_stream_ops.connect = Connect::inet_stream_connect;
        inet_stream_ops.accept = Connect::inet_accept;
        inet_stream_ops.poll = Poll::tcp_poll;
        inet_stream_ops.listen = Create::inet_listen;
        inet_sockraw_ops = new proto_ops();
        fill(inet_sockraw_ops);
        inet_sockraw_ops.connect = Connect::inet_dgram_connect;
        inet_sockraw_ops.accept = NoOps::sock_no_accept;
        inet_sockraw_ops.poll = NoOps::sock_no_poll;
        inet_sockraw_ops.listen = NoOps::sock_no_listen;

        inet_family_ops = new net_proto_family();
        inet_family_ops.family = PF_INET;
        inet_family_ops.create = Create::inet_create;

        inetsw_array = new inet_protosw[] {
            protosw(SOCK_STREAM, IPPROTO_TCP, tcp_prot, inet_stream_ops, INET_PROTOSW_PERMANENT | INET_PROTOSW_ICSK),
            protosw(SOCK_RAW, IPPROTO_IP, raw_prot, inet_sockraw_ops, INET_PROTOSW_REUSE),
        };

        tcp_protocol = new net_protocol();
        tcp_protocol.early_demux = tcp_ipv4.Receive::tcp_v4_early_demux;
        tcp_protocol.handler = tcp_ipv4.Receive::tcp_v4_rcv;
        tcp_protocol.err_handler = Err::tcp_v4_err;
        tcp_protocol.no_policy = true;
        tcp_protocol.netns_ok = true;
        tcp_protocol.icmp_strict_tag_validation = true;

        icmp_protocol = new net_protocol();
        icmp_protocol.handler = icmp.Receive::icmp_rcv;
        icmp_protocol.err_handler = icmp.Receive::icmp_err;
        icmp_protocol.no_policy = true;
        icmp_protocol.netns_ok = true;

        ipv4_mib_ops = new pernet_operations();
        ipv4_mib_ops.init = Boot::ipv4_mib_init_net;
        ipv4_mib_ops.exit = Boot::ipv4_mib_exit_net;

        ip_packet_offload = new packet_offload(ETH_P_IP);
        ip_packet_offload.gso_send_check = Offload::inet_gso_send_check;
        ip_packet_offload.gso_segment = Offload::inet_gso_segment;
        ip_packet_offload.gro_receive = Offload::inet_gro_receive;
        ip_packet_offload.gro_complete = Offload::inet_gro_complete;

        ipip_offload = new net_offload();
        ipip_offload.gso_send_check = Offload::inet_gso_send_check;
        ipip_offload.gso_segment = Offload::inet_gso_segment;

        ip_packet_type = new packet_type(ETH_P_IP, IpInput::ip_rcv);
    }

    @Override
    public void init() {
        ipv4_offload_init();
        inet_init();
    }

    /** What the tables of all socket types have in common. */
    private static void fill(proto_ops ops) {
        ops.family = PF_INET;
        ops.release = Create::inet_release;
        ops.bind = Connect::inet_bind;
        ops.socketpair = NoOps::sock_no_socketpair;
        ops.getname = Connect::inet_getname;
        ops.ioctl = Io::inet_ioctl;
        ops.shutdown = Io::inet_shutdown;
        ops.setsockopt = Options::sock_common_setsockopt;
        ops.getsockopt = Options::sock_common_getsockopt;
        ops.sendmsg = Io::inet_sendmsg;
        ops.recvmsg = Io::inet_recvmsg;
        ops.sendpage = Io::inet_sendpage;
    }

    private static inet_protosw protosw(int type, int protocol, proto prot, proto_ops ops, int flags) {
        inet_protosw p = new inet_protosw();
        p.type = type;
        p.protocol = protocol;
        p.prot = prot;
        p.ops = ops;
        p.no_check = 0;
        p.flags = flags;
        return p;
    }

    /**
     * A socket for the kernel itself, in {@code net}, that never receives: it is in no table.
     *
     * @return 0 or a negative errno
     */
    public static int inet_ctl_sock_create(Ref<sock> sk, int family, int type, int protocol, net net) {
        Ref<socket> sock = new Ref<>();
        int rc = sock_create_kern(family, type, protocol, sock);

        if (rc == 0) {
            sk.val = sock.val.sk;
            sk.val.sk_allocation = GFP_ATOMIC;
            sk.val.skc_prot.unhash.call(sk.val);

            sk_change_net(sk.val, net);
        }
        return rc;
    }

    /** The value of a counter: with more CPUs it would be a sum. */
    public static long snmp_fold_field(long[] mib, int offt) {
        long res = 0;

        res += mib[offt];
        return res;
    }

    /**
     * @param mibsize how many counters
     * @param align without meaning here
     * @return 0 or {@code -ENOMEM}
     */
    public static int snmp_mib_init(Ref<long[]> ptr, int mibsize, int align) {
        BUG_ON(ptr == null);
        if (Gfp.fails(GFP_KERNEL)) {
            return -ENOMEM;
        }
        ptr.val = new long[mibsize];
        return 0;
    }

    /** Counters of a new namespace. @return 0, or {@code -ENOMEM} and there are none */
    static int ipv4_mib_init_net(net net) {
        Ref<long[]> ptr = new Ref<>();

        err_tcp_mib: {
            if (snmp_mib_init(ptr, __TCP_MIB_MAX, 8) < 0) {
                break err_tcp_mib;
            }
            net.mib.tcp_statistics = ptr.val;
            if (snmp_mib_init(ptr, __IPSTATS_MIB_MAX, 8) < 0) {
                break err_tcp_mib;
            }
            net.mib.ip_statistics = ptr.val;

            if (snmp_mib_init(ptr, __LINUX_MIB_MAX, 8) < 0) {
                break err_tcp_mib;
            }
            net.mib.net_statistics = ptr.val;
            if (snmp_mib_init(ptr, __UDP_MIB_MAX, 8) < 0) {
                break err_tcp_mib;
            }
            net.mib.udp_statistics = ptr.val;
            if (snmp_mib_init(ptr, __UDP_MIB_MAX, 8) < 0) {
                break err_tcp_mib;
            }
            net.mib.udplite_statistics = ptr.val;
            if (snmp_mib_init(ptr, __ICMP_MIB_MAX, 8) < 0) {
                break err_tcp_mib;
            }
            net.mib.icmp_statistics = ptr.val;
            if (Gfp.fails(GFP_KERNEL)) {
                break err_tcp_mib;
            }
            net.mib.icmpmsg_statistics = new long[512];

            tcp_mib_init(net);
            return 0;
        }

        freeMibs(net);
        return -ENOMEM;
    }

    static void ipv4_mib_exit_net(net net) {
        freeMibs(net);
    }

    private static void freeMibs(net net) {
        net.mib.icmpmsg_statistics = null;
        net.mib.icmp_statistics = null;
        net.mib.udplite_statistics = null;
        net.mib.udp_statistics = null;
        net.mib.net_statistics = null;
        net.mib.ip_statistics = null;
        net.mib.tcp_statistics = null;
    }

    static int init_ipv4_mibs() {
        return register_pernet_subsys(ipv4_mib_ops);
    }

    /** {@code fs_initcall}: from now on IP packets can be split and merged. */
    static int ipv4_offload_init() {
        if (tcpv4_offload_init() < 0) {
            pr_crit("%s: Cannot add TCP protocol offload\n", "ipv4_offload_init");
        }

        dev_add_offload(ip_packet_offload);
        inet_add_offload(ipip_offload, IPPROTO_IPIP);
        return 0;
    }

    /** {@code fs_initcall}: everything else. @return 0, or a negative errno and there is no Internet */
    static int inet_init() {
        int rc = -EINVAL;

        out_free_reserved_ports: {
            out_unregister_tcp_proto: {
                if (Gfp.fails(GFP_KERNEL)) {
                    return rc;
                }
                sysctl_local_reserved_ports = new BitSet(65536);

                rc = proto_register(tcp_prot, 1);
                if (rc != 0) {
                    break out_free_reserved_ports;
                }

                rc = proto_register(raw_prot, 1);
                if (rc != 0) {
                    break out_unregister_tcp_proto;
                }

                sock_register(inet_family_ops);

                ip_static_sysctl_init();

                if (inet_add_protocol(icmp_protocol, IPPROTO_ICMP) < 0) {
                    pr_crit("%s: Cannot add ICMP protocol\n", "inet_init");
                }
                if (inet_add_protocol(tcp_protocol, IPPROTO_TCP) < 0) {
                    pr_crit("%s: Cannot add TCP protocol\n", "inet_init");
                }

                for (int r = 0; r < SOCK_MAX; ++r) {
                    INIT_LIST_HEAD(inetsw[r]);
                }

                for (inet_protosw q : inetsw_array) {
                    inet_register_protosw(q);
                }

                ip_init();

                // Before TCP, whose sockets may be MPTCP's from the first one on.
                mptcp_init();

                tcp_v4_init();

                tcp_init();

                if (icmp_init() < 0) {
                    throw new Oops("Failed to create the ICMP control socket.");
                }

                if (init_ipv4_mibs() != 0) {
                    pr_crit("%s: Cannot init ipv4 mibs\n", "inet_init");
                }

                ipv4_proc_init();

                ipfrag_init();

                dev_add_pack(ip_packet_type);

                rc = 0;
                return rc;
            }
            proto_unregister(tcp_prot);
        }
        sysctl_local_reserved_ports = null;
        return rc;
    }

    /** {@code /proc/net/tcp}, {@code snmp}, {@code netstat}, {@code sockstat}. @return 0 or {@code -ENOMEM} */
    static int ipv4_proc_init() {
        int rc = 0;

        out_tcp: {
            out_misc: {
                if (tcp4_proc_init() != 0) {
                    break out_tcp;
                }
                if (ip_misc_proc_init() != 0) {
                    break out_misc;
                }
                return rc;
            }
            tcp4_proc_exit();
        }
        rc = -ENOMEM;
        return rc;
    }
}
