// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.errno.Errno.EDOM;
import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENODEV;
import static linux.errno.Errno.ENOPROTOOPT;
import static linux.errno.Errno.ENOTCONN;
import static linux.errno.Errno.EOPNOTSUPP;
import static linux.jiffies.Jiffies.HZ;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.maxU32;
import static linux.kernel.Kernel.minU32;
import static linux.kernel.Kernel.u32;
import static linux.netdevice.Names.dev_get_by_name_rcu;
import static linux.netdevice.Names.netdev_get_name;
import static linux.printk.Printk.net_ratelimit;
import static linux.printk.Printk.pr_info;
import static linux.printk.Printk.pr_warn;
import static linux.sched.Sched.MAX_SCHEDULE_TIMEOUT;
import static linux.sched.Sched.current;
import static linux.uaccess.User.copy_from_user;
import static linux.uaccess.User.copy_to_user;
import static linux.uaccess.User.get32;
import static linux.uaccess.User.get64;
import static linux.uaccess.User.get_user;
import static linux.uaccess.User.put32;
import static linux.uaccess.User.put64;
import static net.sock.Dst.sk_dst_reset;
import static net.sock.Fields.sock_error;
import static net.sock.Fields.sock_net;
import static net.sock.Flags.sock_flag;
import static net.sock.Flags.sock_reset_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static net.sock.SockConst.SK_CAN_REUSE;
import static net.sock.SockConst.SK_NO_REUSE;
import static net.sock.SockConst.SOCK_MIN_RCVBUF;
import static net.sock.SockConst.SOCK_MIN_SNDBUF;
import static net.sock.SockFlag.SOCK_BROADCAST;
import static net.sock.SockFlag.SOCK_DBG;
import static net.sock.SockFlag.SOCK_KEEPOPEN;
import static net.sock.SockFlag.SOCK_LINGER;
import static net.sock.SockFlag.SOCK_LOCALROUTE;
import static net.sock.SockFlag.SOCK_NOFCS;
import static net.sock.SockFlag.SOCK_RCVTSTAMP;
import static net.sock.SockFlag.SOCK_RCVTSTAMPNS;
import static net.sock.SockFlag.SOCK_RXQ_OVFL;
import static net.sock.SockFlag.SOCK_SELECT_ERR_QUEUE;
import static net.sock.SockFlag.SOCK_TIMESTAMP;
import static net.sock.SockFlag.SOCK_TIMESTAMPING_RAW_HARDWARE;
import static net.sock.SockFlag.SOCK_TIMESTAMPING_RX_HARDWARE;
import static net.sock.SockFlag.SOCK_TIMESTAMPING_RX_SOFTWARE;
import static net.sock.SockFlag.SOCK_TIMESTAMPING_SOFTWARE;
import static net.sock.SockFlag.SOCK_TIMESTAMPING_SYS_HARDWARE;
import static net.sock.SockFlag.SOCK_TIMESTAMPING_TX_HARDWARE;
import static net.sock.SockFlag.SOCK_TIMESTAMPING_TX_SOFTWARE;
import static net.sock.SockFlag.SOCK_URGINLINE;
import static net.sock.SockFlag.SOCK_WIFI_STATUS;
import static net.sock.SockLimits.sysctl_rmem_max;
import static net.sock.SockLimits.sysctl_wmem_max;
import static net.sock.Timestamps.sock_disable_timestamp;
import static net.sock.Timestamps.sock_enable_timestamp;
import static net.sock.sock.SOCK_RCVBUF_LOCK;
import static net.sock.sock.SOCK_SNDBUF_LOCK;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static uapi.linux.in.In.IPPROTO_TCP;
import static uapi.linux.net_tstamp.NetTstamp.SOF_TIMESTAMPING_MASK;
import static uapi.linux.net_tstamp.NetTstamp.SOF_TIMESTAMPING_RAW_HARDWARE;
import static uapi.linux.net_tstamp.NetTstamp.SOF_TIMESTAMPING_RX_HARDWARE;
import static uapi.linux.net_tstamp.NetTstamp.SOF_TIMESTAMPING_RX_SOFTWARE;
import static uapi.linux.net_tstamp.NetTstamp.SOF_TIMESTAMPING_SOFTWARE;
import static uapi.linux.net_tstamp.NetTstamp.SOF_TIMESTAMPING_SYS_HARDWARE;
import static uapi.linux.net_tstamp.NetTstamp.SOF_TIMESTAMPING_TX_HARDWARE;
import static uapi.linux.net_tstamp.NetTstamp.SOF_TIMESTAMPING_TX_SOFTWARE;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;
import static uapi.linux.socket.SocketOpt.SOCK_PASSCRED;
import static uapi.linux.socket.SocketOpt.SOCK_PASSSEC;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;
import static uapi.linux.socket.SocketOpt.SO_ACCEPTCONN;
import static uapi.linux.socket.SocketOpt.SO_BINDTODEVICE;
import static uapi.linux.socket.SocketOpt.SO_BROADCAST;
import static uapi.linux.socket.SocketOpt.SO_BSDCOMPAT;
import static uapi.linux.socket.SocketOpt.SO_DEBUG;
import static uapi.linux.socket.SocketOpt.SO_DOMAIN;
import static uapi.linux.socket.SocketOpt.SO_DONTROUTE;
import static uapi.linux.socket.SocketOpt.SO_ERROR;
import static uapi.linux.socket.SocketOpt.SO_KEEPALIVE;
import static uapi.linux.socket.SocketOpt.SO_LINGER;
import static uapi.linux.socket.SocketOpt.SO_MARK;
import static uapi.linux.socket.SocketOpt.SO_MAX_PACING_RATE;
import static uapi.linux.socket.SocketOpt.SO_NOFCS;
import static uapi.linux.socket.SocketOpt.SO_NO_CHECK;
import static uapi.linux.socket.SocketOpt.SO_OOBINLINE;
import static uapi.linux.socket.SocketOpt.SO_PASSCRED;
import static uapi.linux.socket.SocketOpt.SO_PASSSEC;
import static uapi.linux.socket.SocketOpt.SO_PEEK_OFF;
import static uapi.linux.socket.SocketOpt.SO_PEERNAME;
import static uapi.linux.socket.SocketOpt.SO_PRIORITY;
import static uapi.linux.socket.SocketOpt.SO_PROTOCOL;
import static uapi.linux.socket.SocketOpt.SO_RCVBUF;
import static uapi.linux.socket.SocketOpt.SO_RCVBUFFORCE;
import static uapi.linux.socket.SocketOpt.SO_RCVLOWAT;
import static uapi.linux.socket.SocketOpt.SO_RCVTIMEO;
import static uapi.linux.socket.SocketOpt.SO_REUSEADDR;
import static uapi.linux.socket.SocketOpt.SO_REUSEPORT;
import static uapi.linux.socket.SocketOpt.SO_RXQ_OVFL;
import static uapi.linux.socket.SocketOpt.SO_SELECT_ERR_QUEUE;
import static uapi.linux.socket.SocketOpt.SO_SNDBUF;
import static uapi.linux.socket.SocketOpt.SO_SNDBUFFORCE;
import static uapi.linux.socket.SocketOpt.SO_SNDLOWAT;
import static uapi.linux.socket.SocketOpt.SO_SNDTIMEO;
import static uapi.linux.socket.SocketOpt.SO_TIMESTAMP;
import static uapi.linux.socket.SocketOpt.SO_TIMESTAMPING;
import static uapi.linux.socket.SocketOpt.SO_TIMESTAMPNS;
import static uapi.linux.socket.SocketOpt.SO_TYPE;
import static uapi.linux.socket.SocketOpt.SO_WIFI_STATUS;

import java.nio.charset.StandardCharsets;
import linux.compiler.Differs;
import linux.compiler.IntRef;
import linux.compiler.KernelBug;
import linux.compiler.LongRef;
import linux.compiler.Ref;
import linux.net.socket;
import linux.netdevice.net_device;
import linux.socket.msghdr;
import linux.socket.sockaddr_in;
import linux.types.Be;
import net.net_namespace.net;

/**
 * Socket options of level {@code SOL_SOCKET}, and how those of other levels get to the protocol. Who asks is always
 * the superuser.
 */
public final class Options {
    private Options() {}

    private static final int IFNAMSIZ = 16;
    private static final int USEC_PER_SEC = 1_000_000;

    /** {@code sizeof(struct timeval)}, and that of {@code struct linger}. */
    private static final int SIZEOF_TIMEVAL = 16;

    private static final int SIZEOF_LINGER = 8;

    /** How often somebody was told about a negative timeout, and about SO_BSDCOMPAT (and who was it last). */
    static int timeoutWarned;

    static int bsdismWarned;
    static String warncomm;

    /** {@code SO_KEEPALIVE} of a TCP socket. */
    public interface Set_keepalive {
        void call(sock sk, int val);
    }

    /** {@code tcp_set_keepalive}; set by {@code tcp_timer.c}, which this package cannot name. */
    public static Set_keepalive tcp_set_keepalive;

    /**
     * A {@code struct timeval} becomes jiffies, rounded up; zero means for ever.
     *
     * @return 0; {@code -EINVAL}: too short; {@code -EDOM}: a fraction of a second that is none
     */
    static int sock_set_timeout(LongRef timeo_p, byte[] optval, int optlen) {
        byte[] tv = new byte[SIZEOF_TIMEVAL];

        if (ltU32(optlen, SIZEOF_TIMEVAL)) {
            return -EINVAL;
        }
        if (copy_from_user(tv, optval, SIZEOF_TIMEVAL) != 0) {
            return -EFAULT;
        }
        long tv_sec = get64(tv, 0);
        long tv_usec = get64(tv, 8);
        if (tv_usec < 0 || tv_usec >= USEC_PER_SEC) {
            return -EDOM;
        }

        if (tv_sec < 0) {
            timeo_p.val = 0;
            if (timeoutWarned < 10 && net_ratelimit()) {
                timeoutWarned++;
                pr_info("sock_set_timeout: `%s' (pid %d) tries to set negative timeout", current.comm, current.pid);
            }
            return 0;
        }
        timeo_p.val = MAX_SCHEDULE_TIMEOUT;
        if (tv_sec == 0 && tv_usec == 0) {
            return 0;
        }
        if (tv_sec < MAX_SCHEDULE_TIMEOUT / HZ - 1) {
            timeo_p.val = tv_sec * HZ + (tv_usec + (1000000 / HZ - 1)) / (1000000 / HZ);
        }
        return 0;
    }

    static void sock_warn_obsolete_bsdism(String name) {
        if (!current.comm.equals(warncomm) && bsdismWarned < 5) {
            warncomm = current.comm;
            pr_warn("process `%s' is using obsolete %s SO_BSDCOMPAT", warncomm, name);
            bsdismWarned++;
        }
    }

    /** {@code SO_BINDTODEVICE}: the name of a device, or nothing for all of them. */
    static int sock_setbindtodevice(sock sk, byte[] optval, int optlen) {
        net net = sock_net(sk);
        byte[] devname = new byte[IFNAMSIZ];
        int index;

        if (optlen < 0) {
            return -EINVAL;
        }

        if (optlen > IFNAMSIZ - 1) {
            optlen = IFNAMSIZ - 1;
        }

        if (copy_from_user(devname, optval, optlen) != 0) {
            return -EFAULT;
        }

        index = 0;
        if (devname[0] != '\0') {
            net_device dev;

            dev = dev_get_by_name_rcu(net, new String(devname, StandardCharsets.ISO_8859_1).split("\0", 2)[0]);
            if (dev == null) {
                return -ENODEV;
            }
            index = dev.ifindex;
        }

        lock_sock(sk);
        sk.skc_bound_dev_if = index;
        sk_dst_reset(sk);
        release_sock(sk);

        return 0;
    }

    static int sock_getbindtodevice(sock sk, byte[] optval, IntRef optlen, int len) {
        net net = sock_net(sk);
        Ref<String> devname = new Ref<>();
        int ret;

        if (sk.skc_bound_dev_if == 0) {
            len = 0;
        } else {
            if (len < IFNAMSIZ) {
                return -EINVAL;
            }

            ret = netdev_get_name(net, devname, sk.skc_bound_dev_if);
            if (ret != 0) {
                return ret;
            }

            byte[] text = (devname.val + "\0").getBytes(StandardCharsets.ISO_8859_1);
            len = text.length;

            if (copy_to_user(optval, text, len) != 0) {
                return -EFAULT;
            }
        }

        optlen.val = len;
        return 0;
    }

    static void sock_valbool_flag(sock sk, int bit, int valbool) {
        if (valbool != 0) {
            sock_set_flag(sk, bit);
        } else {
            sock_reset_flag(sk, bit);
        }
    }

    /**
     * {@code setsockopt(SOL_SOCKET)}. Buffer sizes are doubled on the way in, because half of a buffer is bookkeeping,
     * and never fall below two packets (to send) or one (to receive).
     *
     * @return 0; {@code -ENOPROTOOPT}: no such option, or not one that can be set; {@code -EINVAL}, {@code -EFAULT}
     */
    @Differs("options for filters and busy polling are unknown: -ENOPROTOOPT")
    @KernelBug("SO_SNDBUFFORCE and SO_RCVBUFFORCE take a value that doubles to more than INT_MAX, and the size of the"
            + " buffer is negative then; fixed upstream by b98b0bc8c431 (net: avoid signed overflows for"
            + " SO_{SND|RCV}BUFFORCE)")
    public static int sock_setsockopt(socket sock, int level, int optname, byte[] optval, int optlen) {
        sock sk = sock.sk;
        IntRef user = new IntRef();
        int val;
        int valbool;
        int ret = 0;

        if (optname == SO_BINDTODEVICE) {
            return sock_setbindtodevice(sk, optval, optlen);
        }

        if (ltU32(optlen, 4)) {
            return -EINVAL;
        }

        if (get_user(user, optval) != 0) {
            return -EFAULT;
        }
        val = user.val;

        valbool = val != 0 ? 1 : 0;

        lock_sock(sk);

        switch (optname) {
            case SO_DEBUG:
                sock_valbool_flag(sk, SOCK_DBG, valbool);
                break;
            case SO_REUSEADDR:
                sk.skc_reuse = valbool != 0 ? SK_CAN_REUSE : SK_NO_REUSE;
                break;
            case SO_REUSEPORT:
                sk.skc_reuseport = valbool != 0;
                break;
            case SO_TYPE:
            case SO_PROTOCOL:
            case SO_DOMAIN:
            case SO_ERROR:
                ret = -ENOPROTOOPT;
                break;
            case SO_DONTROUTE:
                sock_valbool_flag(sk, SOCK_LOCALROUTE, valbool);
                break;
            case SO_BROADCAST:
                sock_valbool_flag(sk, SOCK_BROADCAST, valbool);
                break;
            case SO_SNDBUF:
                val = minU32(val, sysctl_wmem_max);
            case SO_SNDBUFFORCE:
                sk.sk_userlocks |= SOCK_SNDBUF_LOCK;
                sk.sk_sndbuf = maxU32(val * 2, SOCK_MIN_SNDBUF);
                // Those who wait for room may have some now.
                sk.sk_write_space.call(sk);
                break;

            case SO_RCVBUF:
                val = minU32(val, sysctl_rmem_max);
            case SO_RCVBUFFORCE:
                sk.sk_userlocks |= SOCK_RCVBUF_LOCK;
                sk.sk_rcvbuf = maxU32(val * 2, SOCK_MIN_RCVBUF);
                break;

            case SO_KEEPALIVE:
                if (sk.sk_protocol == IPPROTO_TCP && sk.sk_type == SOCK_STREAM) {
                    tcp_set_keepalive.call(sk, valbool);
                }
                sock_valbool_flag(sk, SOCK_KEEPOPEN, valbool);
                break;

            case SO_OOBINLINE:
                sock_valbool_flag(sk, SOCK_URGINLINE, valbool);
                break;

            case SO_NO_CHECK:
                sk.sk_no_check = valbool;
                break;

            case SO_PRIORITY:
                sk.sk_priority = val;
                break;

            case SO_LINGER: {
                byte[] ling = new byte[SIZEOF_LINGER];

                if (ltU32(optlen, SIZEOF_LINGER)) {
                    ret = -EINVAL;
                    break;
                }
                if (copy_from_user(ling, optval, SIZEOF_LINGER) != 0) {
                    ret = -EFAULT;
                    break;
                }
                if (get32(ling, 0) == 0) {
                    sock_reset_flag(sk, SOCK_LINGER);
                } else {
                    // Seconds times HZ wraps at 32 bits, as in C.
                    sk.sk_lingertime = u32(get32(ling, 4) * HZ);
                    sock_set_flag(sk, SOCK_LINGER);
                }
                break;
            }

            case SO_BSDCOMPAT:
                sock_warn_obsolete_bsdism("setsockopt");
                break;

            case SO_PASSCRED:
                if (valbool != 0) {
                    sock.flags |= 1 << SOCK_PASSCRED;
                } else {
                    sock.flags &= ~(1 << SOCK_PASSCRED);
                }
                break;

            case SO_TIMESTAMP:
            case SO_TIMESTAMPNS:
                if (valbool != 0) {
                    if (optname == SO_TIMESTAMP) {
                        sock_reset_flag(sk, SOCK_RCVTSTAMPNS);
                    } else {
                        sock_set_flag(sk, SOCK_RCVTSTAMPNS);
                    }
                    sock_set_flag(sk, SOCK_RCVTSTAMP);
                    sock_enable_timestamp(sk, SOCK_TIMESTAMP);
                } else {
                    sock_reset_flag(sk, SOCK_RCVTSTAMP);
                    sock_reset_flag(sk, SOCK_RCVTSTAMPNS);
                }
                break;

            case SO_TIMESTAMPING:
                if ((val & ~SOF_TIMESTAMPING_MASK) != 0) {
                    ret = -EINVAL;
                    break;
                }
                sock_valbool_flag(sk, SOCK_TIMESTAMPING_TX_HARDWARE, val & SOF_TIMESTAMPING_TX_HARDWARE);
                sock_valbool_flag(sk, SOCK_TIMESTAMPING_TX_SOFTWARE, val & SOF_TIMESTAMPING_TX_SOFTWARE);
                sock_valbool_flag(sk, SOCK_TIMESTAMPING_RX_HARDWARE, val & SOF_TIMESTAMPING_RX_HARDWARE);
                if ((val & SOF_TIMESTAMPING_RX_SOFTWARE) != 0) {
                    sock_enable_timestamp(sk, SOCK_TIMESTAMPING_RX_SOFTWARE);
                } else {
                    sock_disable_timestamp(sk, 1L << SOCK_TIMESTAMPING_RX_SOFTWARE);
                }
                sock_valbool_flag(sk, SOCK_TIMESTAMPING_SOFTWARE, val & SOF_TIMESTAMPING_SOFTWARE);
                sock_valbool_flag(sk, SOCK_TIMESTAMPING_SYS_HARDWARE, val & SOF_TIMESTAMPING_SYS_HARDWARE);
                sock_valbool_flag(sk, SOCK_TIMESTAMPING_RAW_HARDWARE, val & SOF_TIMESTAMPING_RAW_HARDWARE);
                break;

            case SO_RCVLOWAT:
                if (val < 0) {
                    val = Integer.MAX_VALUE;
                }
                sk.sk_rcvlowat = val != 0 ? val : 1;
                break;

            case SO_RCVTIMEO: {
                LongRef timeo = new LongRef(sk.sk_rcvtimeo);
                ret = sock_set_timeout(timeo, optval, optlen);
                sk.sk_rcvtimeo = timeo.val;
                break;
            }

            case SO_SNDTIMEO: {
                LongRef timeo = new LongRef(sk.sk_sndtimeo);
                ret = sock_set_timeout(timeo, optval, optlen);
                sk.sk_sndtimeo = timeo.val;
                break;
            }

            case SO_PASSSEC:
                if (valbool != 0) {
                    sock.flags |= 1 << SOCK_PASSSEC;
                } else {
                    sock.flags &= ~(1 << SOCK_PASSSEC);
                }
                break;
            case SO_MARK:
                sk.sk_mark = val;
                break;

            case SO_RXQ_OVFL:
                sock_valbool_flag(sk, SOCK_RXQ_OVFL, valbool);
                break;

            case SO_WIFI_STATUS:
                sock_valbool_flag(sk, SOCK_WIFI_STATUS, valbool);
                break;

            case SO_PEEK_OFF:
                if (sock.ops.set_peek_off != null) {
                    ret = sock.ops.set_peek_off.call(sk, val);
                } else {
                    ret = -EOPNOTSUPP;
                }
                break;

            case SO_NOFCS:
                sock_valbool_flag(sk, SOCK_NOFCS, valbool);
                break;

            case SO_SELECT_ERR_QUEUE:
                sock_valbool_flag(sk, SOCK_SELECT_ERR_QUEUE, valbool);
                break;

            case SO_MAX_PACING_RATE:
                sk.sk_max_pacing_rate = val;
                sk.sk_pacing_rate = minU32(sk.sk_pacing_rate, sk.sk_max_pacing_rate);
                break;

            default:
                ret = -ENOPROTOOPT;
                break;
        }
        release_sock(sk);
        return ret;
    }

    private static int flag(sock sk, int flag) {
        return sock_flag(sk, flag) ? 1 : 0;
    }

    /** Jiffies as a {@code struct timeval}; for ever is zero. */
    private static void putTimeval(byte[] v, long timeo) {
        if (timeo == MAX_SCHEDULE_TIMEOUT) {
            put64(v, 0, 0);
            put64(v, 8, 0);
        } else {
            put64(v, 0, timeo / HZ);
            put64(v, 8, timeo % HZ * 1000000 / HZ);
        }
    }

    /**
     * {@code getsockopt(SOL_SOCKET)}: as much of the value as fits into {@code optlen} bytes. SO_ERROR takes the error
     * away: the next system call does not return it.
     *
     * @param optlen in: bytes of {@code optval}; out: bytes written
     * @return 0; {@code -ENOPROTOOPT}: no such option; {@code -EINVAL}, {@code -EFAULT}
     */
    @Differs("options for filters, credentials of the peer and busy polling are unknown: -ENOPROTOOPT")
    public static int sock_getsockopt(socket sock, int level, int optname, byte[] optval, IntRef optlen) {
        sock sk = sock.sk;

        byte[] v = new byte[SIZEOF_TIMEVAL];

        int lv = 4;
        int len;

        if (optlen == null) {
            return -EFAULT;
        }
        len = optlen.val;
        if (len < 0) {
            return -EINVAL;
        }

        switch (optname) {
            case SO_DEBUG:
                put32(v, 0, flag(sk, SOCK_DBG));
                break;

            case SO_DONTROUTE:
                put32(v, 0, flag(sk, SOCK_LOCALROUTE));
                break;

            case SO_BROADCAST:
                put32(v, 0, flag(sk, SOCK_BROADCAST));
                break;

            case SO_SNDBUF:
                put32(v, 0, sk.sk_sndbuf);
                break;

            case SO_RCVBUF:
                put32(v, 0, sk.sk_rcvbuf);
                break;

            case SO_REUSEADDR:
                put32(v, 0, sk.skc_reuse);
                break;

            case SO_REUSEPORT:
                put32(v, 0, sk.skc_reuseport ? 1 : 0);
                break;

            case SO_KEEPALIVE:
                put32(v, 0, flag(sk, SOCK_KEEPOPEN));
                break;

            case SO_TYPE:
                put32(v, 0, sk.sk_type);
                break;

            case SO_PROTOCOL:
                put32(v, 0, sk.sk_protocol);
                break;

            case SO_DOMAIN:
                put32(v, 0, sk.skc_family);
                break;

            case SO_ERROR: {
                int val = -sock_error(sk);
                if (val == 0) {
                    val = sk.sk_err_soft;
                    sk.sk_err_soft = 0;
                }
                put32(v, 0, val);
                break;
            }

            case SO_OOBINLINE:
                put32(v, 0, flag(sk, SOCK_URGINLINE));
                break;

            case SO_NO_CHECK:
                put32(v, 0, sk.sk_no_check);
                break;

            case SO_PRIORITY:
                put32(v, 0, sk.sk_priority);
                break;

            case SO_LINGER:
                lv = SIZEOF_LINGER;
                put32(v, 0, flag(sk, SOCK_LINGER));
                put32(v, 4, (int) (sk.sk_lingertime / HZ));
                break;

            case SO_BSDCOMPAT:
                sock_warn_obsolete_bsdism("getsockopt");
                break;

            case SO_TIMESTAMP:
                put32(v, 0, sock_flag(sk, SOCK_RCVTSTAMP) && !sock_flag(sk, SOCK_RCVTSTAMPNS) ? 1 : 0);
                break;

            case SO_TIMESTAMPNS:
                put32(v, 0, flag(sk, SOCK_RCVTSTAMPNS));
                break;

            case SO_TIMESTAMPING: {
                int val = 0;
                if (sock_flag(sk, SOCK_TIMESTAMPING_TX_HARDWARE)) {
                    val |= SOF_TIMESTAMPING_TX_HARDWARE;
                }
                if (sock_flag(sk, SOCK_TIMESTAMPING_TX_SOFTWARE)) {
                    val |= SOF_TIMESTAMPING_TX_SOFTWARE;
                }
                if (sock_flag(sk, SOCK_TIMESTAMPING_RX_HARDWARE)) {
                    val |= SOF_TIMESTAMPING_RX_HARDWARE;
                }
                if (sock_flag(sk, SOCK_TIMESTAMPING_RX_SOFTWARE)) {
                    val |= SOF_TIMESTAMPING_RX_SOFTWARE;
                }
                if (sock_flag(sk, SOCK_TIMESTAMPING_SOFTWARE)) {
                    val |= SOF_TIMESTAMPING_SOFTWARE;
                }
                if (sock_flag(sk, SOCK_TIMESTAMPING_SYS_HARDWARE)) {
                    val |= SOF_TIMESTAMPING_SYS_HARDWARE;
                }
                if (sock_flag(sk, SOCK_TIMESTAMPING_RAW_HARDWARE)) {
                    val |= SOF_TIMESTAMPING_RAW_HARDWARE;
                }
                put32(v, 0, val);
                break;
            }

            case SO_RCVTIMEO:
                lv = SIZEOF_TIMEVAL;
                putTimeval(v, sk.sk_rcvtimeo);
                break;

            case SO_SNDTIMEO:
                lv = SIZEOF_TIMEVAL;
                putTimeval(v, sk.sk_sndtimeo);
                break;

            case SO_RCVLOWAT:
                put32(v, 0, sk.sk_rcvlowat);
                break;

            case SO_SNDLOWAT:
                put32(v, 0, 1);
                break;

            case SO_PASSCRED:
                put32(v, 0, sock.flags >>> SOCK_PASSCRED & 1);
                break;

            case SO_PEERNAME: {
                sockaddr_in address = new sockaddr_in();
                IntRef alen = new IntRef();
                byte[] text = new byte[sockaddr_in.SIZE];

                if (sock.ops.getname.call(sock, address, alen, 2) != 0) {
                    return -ENOTCONN;
                }
                if (alen.val < len) {
                    return -EINVAL;
                }
                text[0] = (byte) address.sa_family;
                Be.put16(text, 2, address.sin_port);
                Be.put32(text, 4, address.sin_addr);
                if (copy_to_user(optval, text, len) != 0) {
                    return -EFAULT;
                }
                optlen.val = len;
                return 0;
            }

            case SO_ACCEPTCONN:
                put32(v, 0, sk.skc_state == TCP_LISTEN ? 1 : 0);
                break;

            case SO_PASSSEC:
                put32(v, 0, sock.flags >>> SOCK_PASSSEC & 1);
                break;

            case SO_MARK:
                put32(v, 0, sk.sk_mark);
                break;

            case SO_RXQ_OVFL:
                put32(v, 0, flag(sk, SOCK_RXQ_OVFL));
                break;

            case SO_WIFI_STATUS:
                put32(v, 0, flag(sk, SOCK_WIFI_STATUS));
                break;

            case SO_PEEK_OFF:
                if (sock.ops.set_peek_off == null) {
                    return -EOPNOTSUPP;
                }

                put32(v, 0, sk.sk_peek_off);
                break;
            case SO_NOFCS:
                put32(v, 0, flag(sk, SOCK_NOFCS));
                break;

            case SO_BINDTODEVICE:
                return sock_getbindtodevice(sk, optval, optlen, len);

            case SO_SELECT_ERR_QUEUE:
                put32(v, 0, flag(sk, SOCK_SELECT_ERR_QUEUE));
                break;

            case SO_MAX_PACING_RATE:
                put32(v, 0, sk.sk_max_pacing_rate);
                break;

            default:
                return -ENOPROTOOPT;
        }

        if (len > lv) {
            len = lv;
        }
        if (copy_to_user(optval, v, len) != 0) {
            return -EFAULT;
        }
        optlen.val = len;
        return 0;
    }

    /** The {@code getsockopt} of a family that leaves it to the protocol. */
    public static int sock_common_getsockopt(socket sock, int level, int optname, byte[] optval, IntRef optlen) {
        sock sk = sock.sk;

        return sk.skc_prot.getsockopt.call(sk, level, optname, optval, optlen);
    }

    /** The {@code recvmsg} of a family that leaves it to the protocol. */
    public static int sock_common_recvmsg(socket sock, msghdr msg, int size, int flags) {
        sock sk = sock.sk;
        IntRef addr_len = new IntRef();
        int err;

        err = sk.skc_prot.recvmsg.call(sk, msg, size, flags & MSG_DONTWAIT, flags & ~MSG_DONTWAIT, addr_len);
        if (err >= 0) {
            msg.msg_namelen = addr_len.val;
        }
        return err;
    }

    /** The {@code setsockopt} of a family that leaves it to the protocol. */
    public static int sock_common_setsockopt(socket sock, int level, int optname, byte[] optval, int optlen) {
        sock sk = sock.sk;

        return sk.skc_prot.setsockopt.call(sk, level, optname, optval, optlen);
    }
}
