// SPDX-License-Identifier: GPL-2.0-only
package ip_sockglue;

import static ip_options.IpOptions.ip_options_get;
import static ip_options.IpOptions.ip_options_undo;
import static linux.capability.Capability.CAP_NET_ADMIN;
import static linux.capability.Capability.CAP_NET_RAW;
import static linux.capability.Capability.ns_capable;
import static linux.errno.Errno.EADDRNOTAVAIL;
import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOPROTOOPT;
import static linux.errno.Errno.ENOTCONN;
import static linux.errno.Errno.EOPNOTSUPP;
import static linux.errno.Errno.EPERM;
import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.minU32;
import static linux.netdevice.Names.dev_get_by_index;
import static linux.netdevice.Netdev.dev_put;
import static linux.skbuff.Queue.skb_queue_purge;
import static linux.uaccess.User.bytesOf;
import static linux.uaccess.User.copy_from_user;
import static linux.uaccess.User.copy_to_user;
import static linux.uaccess.User.get_user;
import static net.dst.Garbage.dst_release;
import static net.dst.Metrics.dst_mtu;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_ecn.Ecn.INET_ECN_MASK;
import static net.inet_sock.Sockets.inet_sk;
import static net.route.Globals.sysctl_ip_default_ttl;
import static net.route.Route.rt_tos2priority;
import static net.sock.Dst.sk_dst_get;
import static net.sock.Dst.sk_dst_reset;
import static net.sock.Fields.sock_net;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static uapi.linux.in.In.IP_FREEBIND;
import static uapi.linux.in.In.IP_HDRINCL;
import static uapi.linux.in.In.IP_MINTTL;
import static uapi.linux.in.In.IP_MTU;
import static uapi.linux.in.In.IP_MTU_DISCOVER;
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
import net.dst.dst_entry;
import net.inet_connection_sock.inet_connection_sock;
import net.inet_sock.inet_sock;
import net.inet_sock.ip_options;
import net.sock.sock;

/**
 * Socket options of level {@code IPPROTO_IP}, from {@code net/ipv4/ip_sockglue.c}. {@code tcp_setsockopt} hands on
 * here, through {@code icsk_af_ops}, whatever is not its own; {@code mptcp_binder} sets IP options itself.
 *
 * <p>Values are ints in the order of a little-endian machine, as everywhere in system calls. A single byte is taken for
 * an int as well.
 */
public final class Sockopt {
    private Sockopt() {}

    /** Bits of {@code cmsg_flags}: what the application wants to be told with what it receives. */
    static final int IP_CMSG_PKTINFO = 1;

    static final int IP_CMSG_TTL = 2;
    static final int IP_CMSG_TOS = 4;
    static final int IP_CMSG_RECVOPTS = 8;
    static final int IP_CMSG_RETOPTS = 16;
    static final int IP_CMSG_PASSSEC = 32;
    static final int IP_CMSG_ORIGDSTADDR = 64;

    private static int cmsgFlag(int optname) {
        switch (optname) {
            case IP_PKTINFO:
                return IP_CMSG_PKTINFO;
            case IP_RECVTTL:
                return IP_CMSG_TTL;
            case IP_RECVTOS:
                return IP_CMSG_TOS;
            case IP_RECVOPTS:
                return IP_CMSG_RECVOPTS;
            case IP_RETOPTS:
                return IP_CMSG_RETOPTS;
            case IP_PASSSEC:
                return IP_CMSG_PASSSEC;
            case IP_RECVORIGDSTADDR:
                return IP_CMSG_ORIGDSTADDR;
            default:
                return 0;
        }
    }

    /** @return 0 or a negative errno */
    @Differs("Options of multicast, of router alert and of IPsec answer -ENOPROTOOPT: this machine has none of them")
    static int do_ip_setsockopt(sock sk, int level, int optname, byte[] optval, int optlen) {
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
            case IP_RECVORIGDSTADDR:
                if (geU32(optlen, 4)) {
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
                    Ref<ip_options> opt = new Ref<>();

                    if (gtU32(optlen, 40)) {
                        break e_inval;
                    }
                    byte[] data = new byte[optlen];
                    if (copy_from_user(data, optval, optlen) != 0) {
                        err = -EFAULT;
                        break;
                    }
                    err = ip_options_get(sock_net(sk), opt, data, optlen);
                    if (err != 0) {
                        break;
                    }
                    old = inet.inet_opt;
                    if (inet.is_icsk) {
                        inet_connection_sock icsk = inet_csk(sk);
                        if (old != null) {
                            icsk.icsk_ext_hdr_len -= old.optlen;
                        }
                        if (opt.val != null) {
                            icsk.icsk_ext_hdr_len += opt.val.optlen;
                        }
                        icsk.icsk_sync_mss.call(sk, icsk.icsk_pmtu_cookie);
                    }
                    inet.inet_opt = opt.val;
                    break;
                }
                case IP_PKTINFO:
                case IP_RECVTTL:
                case IP_RECVTOS:
                case IP_RECVOPTS:
                case IP_RETOPTS:
                case IP_PASSSEC:
                case IP_RECVORIGDSTADDR:
                    if (val != 0) {
                        inet.cmsg_flags |= cmsgFlag(optname);
                    } else {
                        inet.cmsg_flags &= ~cmsgFlag(optname);
                    }
                    break;
                case IP_TOS:
                    // The ECN bits of a stream belong to TCP.
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
                    if (optlen < 1) {
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
                case IP_UNICAST_IF: {
                    net_device dev = null;
                    int ifindex;

                    if (optlen != 4) {
                        break e_inval;
                    }

                    // The one option whose value is in network byte order.
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
                case IP_FREEBIND:
                    if (optlen < 1) {
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
                    if (optlen < 1) {
                        break e_inval;
                    }
                    inet.transparent = val != 0;
                    break;
                case IP_MINTTL:
                    if (optlen < 1) {
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

    /** {@code setsockopt(2)} of level {@code IPPROTO_IP}. @return 0 or a negative errno */
    public static int ip_setsockopt(sock sk, int level, int optname, byte[] optval, int optlen) {
        int err;

        if (level != SOL_IP) {
            return -ENOPROTOOPT;
        }

        err = do_ip_setsockopt(sk, level, optname, optval, optlen);
        return err;
    }

    /** @param optlen how much room there is; becomes how much was written */
    @Differs("Options of multicast, and IP_PKTOPTIONS, answer -ENOPROTOOPT: this machine has none of them")
    static int do_ip_getsockopt(sock sk, int level, int optname, byte[] optval, IntRef optlen) {
        inet_sock inet = inet_sk(sk);
        int val;
        int len;

        if (level != SOL_IP) {
            return -EOPNOTSUPP;
        }

        len = optlen.val;
        if (len < 0) {
            return -EINVAL;
        }

        lock_sock(sk);

        switch (optname) {
            case IP_OPTIONS: {
                ip_options opt = new ip_options();

                opt.optlen = 0;
                if (inet.inet_opt != null) {
                    opt.copy(inet.inet_opt);
                }
                release_sock(sk);

                if (opt.optlen == 0) {
                    optlen.val = 0;
                    return 0;
                }

                ip_options_undo(opt);

                len = minU32(len, opt.optlen);
                optlen.val = len;
                if (copy_to_user(optval, opt.__data, len) != 0) {
                    return -EFAULT;
                }
                return 0;
            }
            case IP_PKTINFO:
            case IP_RECVTTL:
            case IP_RECVTOS:
            case IP_RECVOPTS:
            case IP_RETOPTS:
            case IP_PASSSEC:
            case IP_RECVORIGDSTADDR:
                val = (inet.cmsg_flags & cmsgFlag(optname)) != 0 ? 1 : 0;
                break;
            case IP_TOS:
                val = inet.tos;
                break;
            case IP_TTL:
                val = inet.uc_ttl == -1 ? sysctl_ip_default_ttl : inet.uc_ttl;
                break;
            case IP_HDRINCL:
                val = inet.hdrincl ? 1 : 0;
                break;
            case IP_NODEFRAG:
                val = inet.nodefrag ? 1 : 0;
                break;
            case IP_MTU_DISCOVER:
                val = inet.pmtudisc;
                break;
            case IP_MTU: {
                dst_entry dst;
                val = 0;
                dst = sk_dst_get(sk);
                if (dst != null) {
                    val = dst_mtu(dst);
                    dst_release(dst);
                }
                if (val == 0) {
                    release_sock(sk);
                    return -ENOTCONN;
                }
                break;
            }
            case IP_RECVERR:
                val = inet.recverr ? 1 : 0;
                break;
            case IP_UNICAST_IF:
                val = Integer.reverseBytes(inet.uc_index);
                break;
            case IP_FREEBIND:
                val = inet.freebind ? 1 : 0;
                break;
            case IP_TRANSPARENT:
                val = inet.transparent ? 1 : 0;
                break;
            case IP_MINTTL:
                val = inet.min_ttl;
                break;
            default:
                release_sock(sk);
                return -ENOPROTOOPT;
        }
        release_sock(sk);

        if (len < 4 && len > 0 && val >= 0 && val <= 255) {
            byte[] ucval = {(byte) val};
            len = 1;
            optlen.val = len;
            if (copy_to_user(optval, ucval, 1) != 0) {
                return -EFAULT;
            }
        } else {
            len = minU32(4, len);
            optlen.val = len;
            if (copy_to_user(optval, bytesOf(val), len) != 0) {
                return -EFAULT;
            }
        }
        return 0;
    }

    /** {@code getsockopt(2)} of level {@code IPPROTO_IP}. @return 0 or a negative errno */
    public static int ip_getsockopt(sock sk, int level, int optname, byte[] optval, IntRef optlen) {
        int err;

        err = do_ip_getsockopt(sk, level, optname, optval, optlen);
        return err;
    }
}
