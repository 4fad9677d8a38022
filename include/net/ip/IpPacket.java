// SPDX-License-Identifier: GPL-2.0-only
package net.ip;

import static linux.bug.Bug.WARN_ON;
import static linux.ip.IpHdr.ip_hdr;
import static linux.kernel.Kernel.minU32;
import static linux.netdevice.Netdev.dev_net;
import static linux.skbuff.Cb.IPCB;
import static linux.skbuff.Dst.skb_dst;
import static net.checksum.Csum.csum_tcpudp_nofold;
import static net.dst.Metrics.dst_metric_locked;
import static net.dst.Metrics.dst_mtu;
import static net.flow.flowi.FLOWI_FLAG_ANYSRC;
import static net.inet_sock.Sockets.inet_sk;
import static net.ip.Globals.sysctl_local_reserved_ports;
import static net.ip.inet_skb_parm.IPSKB_FORWARDED;
import static net.ip.ip_reply_arg.IP_REPLY_ARG_NOSRCCHECK;
import static net.route.Route.RT_CONN_FLAGS;
import static net.route.Route.RT_CONN_FLAGS_TOS;
import static net.route.Route.RT_TOS;
import static uapi.linux.in.In.IP_PMTUDISC_DO;
import static uapi.linux.in.In.IP_PMTUDISC_INTERFACE;
import static uapi.linux.in.In.IP_PMTUDISC_PROBE;
import static uapi.linux.in.In.IP_PMTUDISC_WANT;
import static uapi.linux.rtnetlink.Rt.IP_MAX_MTU;
import static uapi.linux.rtnetlink.Rt.RTAX_MTU;
import static uapi.linux.socket.SocketOpt.AF_INET;

import linux.jiffies.Jiffies;
import linux.skbuff.sk_buff;
import net.dst.dst_entry;
import net.inet_sock.inet_sock;
import net.net_namespace.net;
import net.sock.sock;
import uapi.linux.ip.iphdr;

/**
 * Questions about an IP packet and the socket it belongs to, from {@code include/net/ip.h}. Choosing an IP id needs
 * {@code net/ipv4/route.c} and stands in {@code route.Ident}.
 */
public final class IpPacket {
    private IpPacket() {}

    /** Flags in {@code frag_off}, and the offset itself, in units of 8 bytes (RFC 791, section 3.1). */
    public static final int IP_CE = 0x8000;

    public static final int IP_DF = 0x4000;
    public static final int IP_MF = 0x2000;
    public static final int IP_OFFSET = 0x1FFF;

    /** How long fragments wait for the others, in jiffies. */
    public static final int IP_FRAG_TIME = 30 * Jiffies.HZ;

    /** Length of the IP header in bytes. */
    public static int ip_hdrlen(sk_buff skb) {
        return ip_hdr(skb).ihl() * 4;
    }

    public static int get_rttos(ipcm_cookie ipc, inet_sock inet) {
        return ipc.tos != -1 ? RT_TOS(ipc.tos) : RT_TOS(inet.tos);
    }

    public static int get_rtconn_flags(ipcm_cookie ipc, sock sk) {
        return ipc.tos != -1 ? RT_CONN_FLAGS_TOS(sk, ipc.tos) : RT_CONN_FLAGS(sk);
    }

    public static int ip_reply_arg_flowi_flags(ip_reply_arg arg) {
        return (arg.flags & IP_REPLY_ARG_NOSRCCHECK) != 0 ? FLOWI_FLAG_ANYSRC : 0;
    }

    public static boolean inet_is_reserved_local_port(int port) {
        return sysctl_local_reserved_ports.get(port);
    }

    public static boolean ip_is_fragment(iphdr iph) {
        return (iph.frag_off() & (IP_MF | IP_OFFSET)) != 0;
    }

    /** One hop less, with the checksum put right without summing up again (RFC 1141). @return what is left */
    public static int ip_decrease_ttl(iphdr iph) {
        int check = iph.check();
        check += 0x0100;
        iph.check(check + (check >= 0xFFFF ? 1 : 0));
        iph.ttl(iph.ttl() - 1);
        return iph.ttl();
    }

    /** Does the socket want DF set? Not on a route whose MTU is locked, unless it insists. */
    public static boolean ip_dont_fragment(sock sk, dst_entry dst) {
        return inet_sk(sk).pmtudisc == IP_PMTUDISC_DO
                || inet_sk(sk).pmtudisc == IP_PMTUDISC_WANT && !dst_metric_locked(dst, RTAX_MTU);
    }

    public static boolean ip_sk_accept_pmtu(sock sk) {
        return inet_sk(sk).pmtudisc != IP_PMTUDISC_INTERFACE;
    }

    public static boolean ip_sk_use_pmtu(sock sk) {
        return inet_sk(sk).pmtudisc < IP_PMTUDISC_PROBE;
    }

    /** A router does not let others change the MTU it uses, unless {@code ip_forward_use_pmtu} says so. */
    public static int ip_dst_mtu_maybe_forward(dst_entry dst, boolean forwarding) {
        net net = dev_net(dst.dev);

        if (net.ipv4.sysctl_ip_fwd_use_pmtu != 0 || dst_metric_locked(dst, RTAX_MTU) || !forwarding) {
            return dst_mtu(dst);
        }

        return minU32(dst.dev.mtu, IP_MAX_MTU);
    }

    /** The MTU that a packet must fit into. */
    public static int ip_skb_dst_mtu(sk_buff skb) {
        if (skb.sk == null || ip_sk_use_pmtu(skb.sk)) {
            boolean forwarding = (IPCB(skb).flags & IPSKB_FORWARDED) != 0;
            return ip_dst_mtu_maybe_forward(skb_dst(skb), forwarding);
        } else {
            return minU32(skb_dst(skb).dev.mtu, IP_MAX_MTU);
        }
    }

    /** The sum of the pseudo header of a packet that has come in. */
    public static int inet_compute_pseudo(sk_buff skb, int proto) {
        return csum_tcpudp_nofold(ip_hdr(skb).saddr(), ip_hdr(skb).daddr(), skb.len, proto, 0);
    }

    /** The socket has no address of its own any more. */
    public static void inet_reset_saddr(sock sk) {
        inet_sk(sk).skc_rcv_saddr = inet_sk(sk).inet_saddr = 0;
    }

    /** Does the sender of a multicast hear it too? */
    public static boolean sk_mc_loop(sock sk) {
        if (sk == null) {
            return true;
        }
        switch (sk.skc_family) {
            case AF_INET:
                return inet_sk(sk).mc_loop;
            default:
                break;
        }
        WARN_ON(true);
        return true;
    }
}
