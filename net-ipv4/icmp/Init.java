// SPDX-License-Identifier: GPL-2.0-only
package icmp;

import static af_inet.Boot.inet_ctl_sock_create;
import static linux.jiffies.Jiffies.HZ;
import static linux.skbuff.Truesize.SKB_TRUESIZE;
import static net.inet_common.CtlSock.inet_ctl_sock_destroy;
import static net.inet_sock.Sockets.inet_sk;
import static net.net_namespace.NetNs.register_pernet_subsys;
import static net.sock.Flags.sock_set_flag;
import static net.sock.SockFlag.SOCK_USE_WRITE_QUEUE;
import static uapi.linux.in.In.IPPROTO_ICMP;
import static uapi.linux.in.In.IP_PMTUDISC_DONT;
import static uapi.linux.socket.SocketOpt.PF_INET;
import static uapi.linux.socket.SocketOpt.SOCK_RAW;

import linux.compiler.Ref;
import linux.init.Initcall;
import net.net_namespace.net;
import net.net_namespace.pernet_operations;
import net.sock.sock;

/** The socket and the sysctls of ICMP in each namespace, from {@code net/ipv4/icmp.c}. */
public final class Init {
    private Init() {}

    static pernet_operations icmp_sk_ops;

    /** Static variables. {@link #icmp_init} is called by {@code inet_init}. */
    public static final class Boot implements Initcall {
        @Override
        public void data() {
            Receive.initPointers();
            icmp_sk_ops = new pernet_operations();
            icmp_sk_ops.init = Init::icmp_sk_init;
            icmp_sk_ops.exit = Init::icmp_sk_exit;
        }
    }

    static void icmp_sk_exit(net net) {
        inet_ctl_sock_destroy(net.ipv4.icmp_sk);
        net.ipv4.icmp_sk = null;
    }

    static int icmp_sk_init(net net) {
        int err;
        Ref<sock> skp = new Ref<>();
        sock sk;

        err = inet_ctl_sock_create(skp, PF_INET, SOCK_RAW, IPPROTO_ICMP, net);
        if (err < 0) {
            return err;
        }
        sk = skp.val;

        net.ipv4.icmp_sk = sk;

        // Room for two messages of the largest size.
        sk.sk_sndbuf = 2 * SKB_TRUESIZE(64 * 1024);

        sock_set_flag(sk, SOCK_USE_WRITE_QUEUE);
        inet_sk(sk).pmtudisc = IP_PMTUDISC_DONT;

        net.ipv4.sysctl_icmp_echo_ignore_all = 0;
        net.ipv4.sysctl_icmp_echo_ignore_broadcasts = 1;

        net.ipv4.sysctl_icmp_ignore_bogus_error_responses = 1;

        // Types 3, 4, 11 and 12 are limited: unreachable, source quench, time exceeded, parameter problem.
        net.ipv4.sysctl_icmp_ratelimit = 1 * HZ;
        net.ipv4.sysctl_icmp_ratemask = 0x1818;
        net.ipv4.sysctl_icmp_errors_use_inbound_ifaddr = 0;

        return 0;
    }

    /** Called by {@code inet_init}. */
    public static int icmp_init() {
        return register_pernet_subsys(icmp_sk_ops);
    }
}
