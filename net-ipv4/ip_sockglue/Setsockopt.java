// SPDX-License-Identifier: GPL-2.0-only
package ip_sockglue;

import static ip_options.IpOptions.ip_options_get;
import static linux.capability.Capability.CAP_NET_ADMIN;
import static linux.capability.Capability.CAP_NET_RAW;
import static linux.capability.Capability.ns_capable;
import static linux.errno.Errno.EADDRNOTAVAIL;
import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOPROTOOPT;
import static linux.errno.Errno.EPERM;
import static linux.errno.Errno.EPROTO;
import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.ltU32;
import static linux.netdevice.Names.dev_get_by_index;
import static linux.netdevice.Netdev.dev_put;
import static linux.skbuff.Queue.skb_queue_purge;
import static linux.uaccess.User.copy_from_user;
import static linux.uaccess.User.get_user;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_ecn.Ecn.INET_ECN_MASK;
import static net.inet_sock.Sockets.inet_sk;
import static net.route.Route.rt_tos2priority;
import static net.sock.Dst.sk_dst_reset;
import static net.sock.Fields.sock_net;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static uapi.linux.in.In.IP_ADD_MEMBERSHIP;
import static uapi.linux.in.In.IP_DROP_MEMBERSHIP;
import static uapi.linux.in.In.IP_FREEBIND;
import static uapi.linux.in.In.IP_HDRINCL;
import static uapi.linux.in.In.IP_MINTTL;
import static uapi.linux.in.In.IP_MTU_DISCOVER;
import static uapi.linux.in.In.IP_MULTICAST_ALL;
import static uapi.linux.in.In.IP_MULTICAST_IF;
import static uapi.linux.in.In.IP_MULTICAST_LOOP;
import static uapi.linux.in.In.IP_MULTICAST_TTL;
import static uapi.linux.in.In.IP_NODEFRAG;
import static uapi.linux.in.In.IP_OPTIONS;
import static uapi.linux.in.In.IP_PASSSEC;
import static uapi.linux.in.In.IP_PKTINFO;
import static uapi.linux.in.In.IP_PMTUDISC_DONT;
import static uapi.linux.in.In.IP_PMTUDISC_INTERFACE;
import static uapi.linux.in.In.IP_RECVERR;
import static uapi.linux.in.In.IP_RECVOPTS;
import static uapi.linux.in.In.IP_RECVORIGDSTADDR;
import static uapi.linux.in.In.IP_RECVTOS;
import static uapi.linux.in.In.IP_RECVTTL;
import static uapi.linux.in.In.IP_RETOPTS;
import static uapi.linux.in.In.IP_TOS;
import static uapi.linux.in.In.IP_TRANSPARENT;
import static uapi.linux.in.In.IP_TTL;
import static uapi.linux.in.In.IP_UNICAST_IF;
import static uapi.linux.socket.SocketOpt.SOCK_RAW;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;
import static uapi.linux.socket.SocketOpt.SOL_IP;

import linux.compiler.Differs;
import linux.compiler.IntRef;
import linux.compiler.Ref;
import linux.netdevice.net_device;
import net.inet_connection_sock.inet_connection_sock;
import net.inet_sock.inet_sock;
import net.inet_sock.ip_options;
import net.sock.sock;

/**
 * {@code setsockopt(2)} of level {@code SOL_IP}: what goes into the IP header, and what of it the application wants to
 * hear. {@code tcp_setsockopt} passes everything on that is not its own.
 *
 * <p>For a meta socket the options are the master's; subflows made later inherit TOS, priority and a few more, see
 * {@code mptcp_sub_inherit_sockopts}.
 */
public final class Setsockopt {
    private Setsockopt() {}

    /** {@code IP_CMSG_*}: what comes with a datagram, in {@code inet_sock.cmsg_flags}. */
    static final int IP_CMSG_PKTINFO = 1;

    static final int IP_CMSG_TTL = 2;
    static final int IP_CMSG_TOS = 4;
    static final int IP_CMSG_RECVOPTS = 8;
    static final int IP_CMSG_RETOPTS = 16;
    static final int IP_CMSG_PASSSEC = 32;
    static final int IP_CMSG_ORIGDSTADDR = 64;

    /**
     * @param optlen in bytes (u32). A number may also come as a single byte; nothing at all counts as 0
     * @return 0; {@code -EINVAL}, {@code -EFAULT}, {@code -ENOPROTOOPT}, {@code -EPERM}, ...
     */
    @Differs("Groups of multicast receivers, router alert and IPsec policies are not there: -ENOPROTOOPT")
    static int do_ip_setsockopt(sock sk, int level,
            int optname, byte[] optval, int optlen) {
        inet_sock inet = inet_sk(sk);
        int val = 0;
        int err;

        switch (optname) {
            case IP_PKTINFO:
            case IP_RECVTTL:
            case IP_RECVOPTS:
            case IP_RECVTOS:
            case IP_RETOPTS:
            case IP_TOS:
            case IP_TTL:
            case IP_HDRINCL:
            case IP_MTU_DISCOVER:
            case IP_RECVERR:
            case IP_FREEBIND:
            case IP_PASSSEC:
            case IP_TRANSPARENT:
            case IP_MINTTL:
            case IP_NODEFRAG:
            case IP_UNICAST_IF:
            case IP_MULTICAST_TTL:
            case IP_MULTICAST_ALL:
            case IP_MULTICAST_LOOP:
            case IP_RECVORIGDSTADDR:
                if (geU32(optlen, Integer.BYTES)) {
                    IntRef v = new IntRef();

                    if (get_user(v, optval) != 0) {
                        return -EFAULT;
                    }
                    val = v.val;
                } else if (geU32(optlen, 1)) {
                    byte[] ucval = new byte[1];

                    if (copy_from_user(ucval, optval, 1) != 0) {
                        return -EFAULT;
                    }
                    val = ucval[0] & 0xff;
                }
                break;
            default:
                break;
        }

        err = 0;
        lock_sock(sk);

        e_inval:
        {
            switch (optname) {
                case IP_OPTIONS: {
                    ip_options old;
                    ip_options opt;
                    byte[] data = new byte[40];
                    Ref<ip_options> optp = new Ref<>();

                    if (gtU32(optlen, 40)) {
                        break e_inval;
                    }
                    if (copy_from_user(data, optval, optlen) != 0) {
                        err = -EFAULT;
                        break;
                    }
                    err = ip_options_get(sock_net(sk), optp,
                                         data, optlen);
                    if (err != 0) {
                        break;
                    }
                    opt = optp.val;
                    old = inet.inet_opt;
                    if (inet.is_icsk) {
                        inet_connection_sock icsk = inet_csk(sk);
                        if (old != null) {
                            icsk.icsk_ext_hdr_len -= old.optlen;
                        }
                        if (opt != null) {
                            icsk.icsk_ext_hdr_len += opt.optlen;
                        }
                        icsk.icsk_sync_mss.call(sk, icsk.icsk_pmtu_cookie);
                    }
                    inet.inet_opt = opt;
                    break;
                }
                case IP_PKTINFO:
                    cmsgFlag(inet, IP_CMSG_PKTINFO, val);
                    break;
                case IP_RECVTTL:
                    cmsgFlag(inet, IP_CMSG_TTL, val);
                    break;
                case IP_RECVTOS:
                    cmsgFlag(inet, IP_CMSG_TOS, val);
                    break;
                case IP_RECVOPTS:
                    cmsgFlag(inet, IP_CMSG_RECVOPTS, val);
                    break;
                case IP_RETOPTS:
                    cmsgFlag(inet, IP_CMSG_RETOPTS, val);
                    break;
                case IP_PASSSEC:
                    cmsgFlag(inet, IP_CMSG_PASSSEC, val);
                    break;
                case IP_RECVORIGDSTADDR:
                    cmsgFlag(inet, IP_CMSG_ORIGDSTADDR, val);
                    break;
                case IP_TOS:
                    // The ECN bits of a stream are TCP's.
                    if (sk.sk_type == SOCK_STREAM) {
                        val &= ~INET_ECN_MASK;
                        val |= inet.tos & INET_ECN_MASK;
                    }
                    if (inet.tos != val) {
                        inet.tos = val & 0xff;
                        sk.sk_priority = rt_tos2priority(val);
                        sk_dst_reset(sk);
                    }
                    break;
                case IP_TTL:
                    if (ltU32(optlen, 1)) {
                        break e_inval;
                    }
                    if (val != -1 && (val < 1 || val > 255)) {
                        break e_inval;
                    }
                    inet.uc_ttl = val;
                    break;
                case IP_HDRINCL:
                    if (sk.sk_type != SOCK_RAW) {
                        err = -ENOPROTOOPT;
                        break;
                    }
                    inet.hdrincl = val != 0;
                    break;
                case IP_NODEFRAG:
                    if (sk.sk_type != SOCK_RAW) {
                        err = -ENOPROTOOPT;
                        break;
                    }
                    inet.nodefrag = val != 0;
                    break;
                case IP_MTU_DISCOVER:
                    if (val < IP_PMTUDISC_DONT || val > IP_PMTUDISC_INTERFACE) {
                        break e_inval;
                    }
                    inet.pmtudisc = val;
                    break;
                case IP_RECVERR:
                    inet.recverr = val != 0;
                    if (val == 0) {
                        skb_queue_purge(sk.sk_error_queue);
                    }
                    break;
                case IP_MULTICAST_TTL:
                    if (sk.sk_type == SOCK_STREAM) {
                        break e_inval;
                    }
                    if (ltU32(optlen, 1)) {
                        break e_inval;
                    }
                    if (val == -1) {
                        val = 1;
                    }
                    if (val < 0 || val > 255) {
                        break e_inval;
                    }
                    inet.mc_ttl = val;
                    break;
                case IP_MULTICAST_LOOP:
                    if (ltU32(optlen, 1)) {
                        break e_inval;
                    }
                    inet.mc_loop = val != 0;
                    break;
                case IP_UNICAST_IF: {
                    net_device dev = null;
                    int ifindex;

                    if (optlen != Integer.BYTES) {
                        break e_inval;
                    }

                    // In the order of the network, unlike any other number here.
                    ifindex = Integer.reverseBytes(val);
                    if (ifindex == 0) {
                        inet.uc_index = 0;
                        err = 0;
                        break;
                    }

                    dev = dev_get_by_index(sock_net(sk), ifindex);
                    err = -EADDRNOTAVAIL;
                    if (dev == null) {
                        break;
                    }
                    dev_put(dev);

                    err = -EINVAL;
                    if (sk.skc_bound_dev_if != 0) {
                        break;
                    }

                    inet.uc_index = ifindex;
                    err = 0;
                    break;
                }
                case IP_MULTICAST_IF:
                    if (sk.sk_type == SOCK_STREAM) {
                        break e_inval;
                    }
                    err = -ENOPROTOOPT;
                    break;
                case IP_ADD_MEMBERSHIP:
                case IP_DROP_MEMBERSHIP:
                    err = -EPROTO;
                    if (inet_sk(sk).is_icsk) {
                        break;
                    }
                    err = -ENOPROTOOPT;
                    break;
                case IP_MULTICAST_ALL:
                    if (ltU32(optlen, 1)) {
                        break e_inval;
                    }
                    if (val != 0 && val != 1) {
                        break e_inval;
                    }
                    inet.mc_all = val != 0;
                    break;

                case IP_FREEBIND:
                    if (ltU32(optlen, 1)) {
                        break e_inval;
                    }
                    inet.freebind = val != 0;
                    break;

                case IP_TRANSPARENT:
                    if (val != 0 && !ns_capable(sock_net(sk), CAP_NET_RAW)
                            && !ns_capable(sock_net(sk), CAP_NET_ADMIN)) {
                        err = -EPERM;
                        break;
                    }
                    if (ltU32(optlen, 1)) {
                        break e_inval;
                    }
                    inet.transparent = val != 0;
                    break;

                case IP_MINTTL:
                    if (ltU32(optlen, 1)) {
                        break e_inval;
                    }
                    if (val < 0 || val > 255) {
                        break e_inval;
                    }
                    inet.min_ttl = val;
                    break;

                default:
                    err = -ENOPROTOOPT;
                    break;
            }
            release_sock(sk);
            return err;
        }
        release_sock(sk);
        return -EINVAL;
    }

    private static void cmsgFlag(inet_sock inet, int flag, int val) {
        if (val != 0) {
            inet.cmsg_flags |= flag;
        } else {
            inet.cmsg_flags &= ~flag;
        }
    }

    /** @return {@code -ENOPROTOOPT} for another level */
    public static int ip_setsockopt(sock sk, int level,
            int optname, byte[] optval, int optlen) {
        int err;

        if (level != SOL_IP) {
            return -ENOPROTOOPT;
        }

        err = do_ip_setsockopt(sk, level, optname, optval, optlen);
        return err;
    }
}
