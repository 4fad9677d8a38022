// SPDX-License-Identifier: GPL-2.0-only
package af_inet;

import static af_inet.Create.inetsw;
import static linux.err.Err.IS_ERR;
import static linux.err.Err.PTR_ERR;
import static linux.list.Lists.list_add;
import static linux.list.Lists.list_del;
import static linux.list.Lists.list_entry;
import static linux.netdevice.Registry.synchronize_net;
import static linux.printk.Printk.pI4;
import static linux.printk.Printk.pr_err;
import static linux.printk.Printk.pr_info;
import static net.inet_sock.Sockets.inet_sk;
import static net.ip.Globals.sysctl_ip_dynaddr;
import static net.protocol.inet_protosw.INET_PROTOSW_PERMANENT;
import static net.route.Route.RT_CONN_FLAGS;
import static net.sock.Dst.__sk_dst_check;
import static net.sock.Dst.sk_setup_caps;
import static net.sock.Fields.sock_net;
import static net.sock.Protos.__sk_prot_rehash;
import static net.sock.sock.SOCK_BINDADDR_LOCK;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static route.Connect.ip_route_connect;
import static route.Output.ip_route_output_ports;
import static uapi.linux.socket.SocketOpt.SOCK_MAX;

import linux.list.list_head;
import net.flow.flowi4;
import net.inet_sock.inet_sock;
import net.inet_sock.ip_options;
import net.protocol.inet_protosw;
import net.route.rtable;
import net.sock.sock;

/**
 * Which protocols sockets can be made of, and routes of sockets that have lost theirs: {@link #inet_sk_rebuild_header}
 * is {@code icsk_af_ops.rebuild_header}, called when a retransmission finds no route.
 */
public final class Protosw {
    private Protosw() {}

    /**
     * Makes a protocol known, in front of those that are not permanent: it takes their place for whoever leaves the
     * protocol open. A permanent one cannot be replaced.
     */
    public static void inet_register_protosw(inet_protosw p) {
        list_head<inet_protosw> lh;
        inet_protosw answer;
        int protocol = p.protocol;
        list_head<inet_protosw> last_perm;

        if (p.type >= SOCK_MAX) {
            pr_err("Ignoring attempt to register invalid socket type %d\n", p.type);
            return;
        }

        answer = null;
        last_perm = inetsw[p.type];
        for (lh = inetsw[p.type].next; lh != inetsw[p.type]; lh = lh.next) {
            answer = list_entry(lh);

            if ((INET_PROTOSW_PERMANENT & answer.flags) != 0) {
                if (protocol == answer.protocol) {
                    break;
                }
                last_perm = lh;
            }

            answer = null;
        }
        if (answer != null) {
            pr_err("Attempt to override permanent protocol %d\n", protocol);
            return;
        }

        list_add(p.list, last_perm);
    }

    /** No more sockets of it; permanent ones stay. */
    public static void inet_unregister_protosw(inet_protosw p) {
        if ((INET_PROTOSW_PERMANENT & p.flags) != 0) {
            pr_err("Attempt to unregister permanent protocol %d\n", p.protocol);
        } else {
            list_del(p.list);

            synchronize_net();
        }
    }

    /**
     * {@code net.ipv4.ip_dynaddr}: the address that a SYN came from is gone, the connection goes on with another one.
     *
     * @return 0 or a negative errno: there is no route
     */
    static int inet_sk_reselect_saddr(sock sk) {
        inet_sock inet = inet_sk(sk);
        int old_saddr = inet.inet_saddr;
        int daddr = inet.skc_daddr;
        flowi4 fl4;
        rtable rt;
        int new_saddr;
        ip_options inet_opt;

        inet_opt = inet.inet_opt;
        if (inet_opt != null && inet_opt.srr != 0) {
            daddr = inet_opt.faddr;
        }

        fl4 = inet.cork.fl;
        rt = ip_route_connect(fl4, daddr, 0, RT_CONN_FLAGS(sk), sk.skc_bound_dev_if, sk.sk_protocol, inet.inet_sport,
                inet.skc_dport, sk);
        if (IS_ERR(rt)) {
            return PTR_ERR(rt);
        }

        sk_setup_caps(sk, rt);

        new_saddr = fl4.saddr;

        if (new_saddr == old_saddr) {
            return 0;
        }

        if (sysctl_ip_dynaddr > 1) {
            pr_info("%s(): shifting inet->saddr from %s to %s\n", "inet_sk_reselect_saddr", pI4(old_saddr),
                    pI4(new_saddr));
        }

        inet.inet_saddr = inet.skc_rcv_saddr = new_saddr;

        // The only place where a socket changes its identity while it is in the tables.
        __sk_prot_rehash(sk);
        return 0;
    }

    /**
     * Gives a connected socket a new route if its own is not good any more.
     *
     * @return 0, or a negative errno that {@code sk_err_soft} keeps for later
     */
    public static int inet_sk_rebuild_header(sock sk) {
        inet_sock inet = inet_sk(sk);
        rtable rt = (rtable) __sk_dst_check(sk, 0);
        int daddr;
        ip_options inet_opt;
        flowi4 fl4;
        int err;

        if (rt != null) {
            return 0;
        }

        inet_opt = inet.inet_opt;
        daddr = inet.skc_daddr;
        if (inet_opt != null && inet_opt.srr != 0) {
            daddr = inet_opt.faddr;
        }
        fl4 = inet.cork.fl;
        rt = ip_route_output_ports(sock_net(sk), fl4, sk, daddr, inet.inet_saddr, inet.skc_dport, inet.inet_sport,
                sk.sk_protocol, RT_CONN_FLAGS(sk), sk.skc_bound_dev_if);
        if (!IS_ERR(rt)) {
            err = 0;
            sk_setup_caps(sk, rt);
        } else {
            err = PTR_ERR(rt);

            sk.sk_route_caps = 0;
            if (sysctl_ip_dynaddr == 0
                    || sk.skc_state != TCP_SYN_SENT
                    || (sk.sk_userlocks & SOCK_BINDADDR_LOCK) != 0
                    || (err = inet_sk_reselect_saddr(sk)) != 0) {
                sk.sk_err_soft = -err;
            }
        }

        return err;
    }
}
