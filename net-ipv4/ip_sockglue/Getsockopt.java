// SPDX-License-Identifier: GPL-2.0-only
package ip_sockglue;

import static ip_options.IpOptions.ip_options_undo;
import static ip_sockglue.Setsockopt.IP_CMSG_ORIGDSTADDR;
import static ip_sockglue.Setsockopt.IP_CMSG_PASSSEC;
import static ip_sockglue.Setsockopt.IP_CMSG_PKTINFO;
import static ip_sockglue.Setsockopt.IP_CMSG_RECVOPTS;
import static ip_sockglue.Setsockopt.IP_CMSG_RETOPTS;
import static ip_sockglue.Setsockopt.IP_CMSG_TOS;
import static ip_sockglue.Setsockopt.IP_CMSG_TTL;
import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOPROTOOPT;
import static linux.errno.Errno.ENOTCONN;
import static linux.errno.Errno.EOPNOTSUPP;
import static linux.kernel.Kernel.minU32;
import static linux.socket.Msghdr.put_cmsg;
import static linux.types.Be.put32;
import static linux.uaccess.User.bytesOf;
import static linux.uaccess.User.copy_to_user;
import static net.dst.Garbage.dst_release;
import static net.dst.Metrics.dst_mtu;
import static net.inet_sock.Sockets.inet_sk;
import static net.route.Globals.sysctl_ip_default_ttl;
import static net.sock.Dst.sk_dst_get;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static uapi.linux.in.In.IP_FREEBIND;
import static uapi.linux.in.In.IP_HDRINCL;
import static uapi.linux.in.In.IP_MINTTL;
import static uapi.linux.in.In.IP_MTU;
import static uapi.linux.in.In.IP_MTU_DISCOVER;
import static uapi.linux.in.In.IP_MULTICAST_ALL;
import static uapi.linux.in.In.IP_MULTICAST_IF;
import static uapi.linux.in.In.IP_MULTICAST_LOOP;
import static uapi.linux.in.In.IP_MULTICAST_TTL;
import static uapi.linux.in.In.IP_NODEFRAG;
import static uapi.linux.in.In.IP_OPTIONS;
import static uapi.linux.in.In.IP_PASSSEC;
import static uapi.linux.in.In.IP_PKTINFO;
import static uapi.linux.in.In.IP_PKTOPTIONS;
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
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;
import static uapi.linux.socket.SocketOpt.SOL_IP;

import linux.compiler.Differs;
import linux.compiler.IntRef;
import linux.socket.msghdr;
import linux.types.View;
import linux.uaccess.User;
import net.dst.dst_entry;
import net.inet_sock.inet_sock;
import net.inet_sock.ip_options;
import net.sock.sock;

/** {@code getsockopt(2)} of level {@code SOL_IP}; {@code tcp_getsockopt} passes on what is not its own. */
public final class Getsockopt {
    private Getsockopt() {}

    /**
     * A value from 0 to 255 is given as a single byte to whoever has room for less than four.
     *
     * @param optlen in: the room in {@code optval}; out: bytes given
     * @return 0; {@code -ENOTCONN} ({@code IP_MTU} without a route), {@code -ENOPROTOOPT}, {@code -EFAULT}, ...
     */
    @Differs("Filters of multicast receivers are not there: -ENOPROTOOPT")
    static int do_ip_getsockopt(sock sk, int level, int optname,
            byte[] optval, IntRef optlen, int flags) {
        inet_sock inet = inet_sk(sk);
        int val;
        int len;

        if (level != SOL_IP) {
            return -EOPNOTSUPP;
        }

        if (optlen == null) {
            return -EFAULT;
        }
        len = optlen.val;
        if (len < 0) {
            return -EINVAL;
        }

        lock_sock(sk);

        switch (optname) {
            case IP_OPTIONS: {
                ip_options opt = new ip_options();
                ip_options inet_opt;

                inet_opt = inet.inet_opt;
                opt.optlen = 0;
                if (inet_opt != null) {
                    opt.copy(inet_opt);
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
                val = (inet.cmsg_flags & IP_CMSG_PKTINFO) != 0 ? 1 : 0;
                break;
            case IP_RECVTTL:
                val = (inet.cmsg_flags & IP_CMSG_TTL) != 0 ? 1 : 0;
                break;
            case IP_RECVTOS:
                val = (inet.cmsg_flags & IP_CMSG_TOS) != 0 ? 1 : 0;
                break;
            case IP_RECVOPTS:
                val = (inet.cmsg_flags & IP_CMSG_RECVOPTS) != 0 ? 1 : 0;
                break;
            case IP_RETOPTS:
                val = (inet.cmsg_flags & IP_CMSG_RETOPTS) != 0 ? 1 : 0;
                break;
            case IP_PASSSEC:
                val = (inet.cmsg_flags & IP_CMSG_PASSSEC) != 0 ? 1 : 0;
                break;
            case IP_RECVORIGDSTADDR:
                val = (inet.cmsg_flags & IP_CMSG_ORIGDSTADDR) != 0 ? 1 : 0;
                break;
            case IP_TOS:
                val = inet.tos;
                break;
            case IP_TTL:
                val = inet.uc_ttl == -1
                        ? sysctl_ip_default_ttl
                        : inet.uc_ttl;
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
            case IP_MULTICAST_TTL:
                val = inet.mc_ttl;
                break;
            case IP_MULTICAST_LOOP:
                val = inet.mc_loop ? 1 : 0;
                break;
            case IP_UNICAST_IF:
                val = Integer.reverseBytes(inet.uc_index);
                break;
            case IP_MULTICAST_IF: {
                byte[] addr = new byte[4];
                len = minU32(len, 4);
                put32(addr, 0, inet.mc_addr);
                release_sock(sk);

                optlen.val = len;
                if (copy_to_user(optval, addr, len) != 0) {
                    return -EFAULT;
                }
                return 0;
            }
            case IP_MULTICAST_ALL:
                val = inet.mc_all ? 1 : 0;
                break;
            case IP_PKTOPTIONS: {
                msghdr msg = new msghdr();

                release_sock(sk);

                if (sk.sk_type != SOCK_STREAM) {
                    return -ENOPROTOOPT;
                }

                msg.msg_control = optval != null ? new View(optval, 0) : null;
                msg.msg_controllen = len;
                msg.msg_flags = flags;

                if ((inet.cmsg_flags & IP_CMSG_PKTINFO) != 0) {
                    byte[] info = new byte[12];

                    User.put32(info, 0, inet.mc_index);
                    put32(info, 4, inet.skc_rcv_saddr);
                    put32(info, 8, inet.skc_rcv_saddr);
                    put_cmsg(msg, SOL_IP, IP_PKTINFO, info.length, info);
                }
                if ((inet.cmsg_flags & IP_CMSG_TTL) != 0) {
                    int hlim = inet.mc_ttl;
                    put_cmsg(msg, SOL_IP, IP_TTL, Integer.BYTES, bytesOf(hlim));
                }
                if ((inet.cmsg_flags & IP_CMSG_TOS) != 0) {
                    int tos = inet.rcv_tos;
                    put_cmsg(msg, SOL_IP, IP_TOS, Integer.BYTES, bytesOf(tos));
                }
                len -= msg.msg_controllen;
                optlen.val = len;
                return 0;
            }
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

        if (len < Integer.BYTES && len > 0 && val >= 0 && val <= 255) {
            byte[] ucval = {(byte) val};
            len = 1;
            optlen.val = len;
            if (copy_to_user(optval, ucval, 1) != 0) {
                return -EFAULT;
            }
        } else {
            len = minU32(Integer.BYTES, len);
            optlen.val = len;
            if (copy_to_user(optval, bytesOf(val), len) != 0) {
                return -EFAULT;
            }
        }
        return 0;
    }

    /** @see #do_ip_getsockopt */
    public static int ip_getsockopt(sock sk, int level,
            int optname, byte[] optval, IntRef optlen) {
        int err;

        err = do_ip_getsockopt(sk, level, optname, optval, optlen, 0);
        return err;
    }
}
