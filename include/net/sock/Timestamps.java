// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.ENOENT;
import static linux.hrtimer.Clock.NSEC_PER_SEC;
import static linux.hrtimer.Clock.ktime_get_real;
import static linux.netdevice.Timestamps.net_disable_timestamp;
import static linux.netdevice.Timestamps.net_enable_timestamp;
import static linux.skbuff.Meta.__net_timestamp;
import static linux.skbuff.SkbConst.SKBTX_HW_TSTAMP;
import static linux.skbuff.SkbConst.SKBTX_SW_TSTAMP;
import static linux.skbuff.SkbConst.SKBTX_WIFI_STATUS;
import static linux.socket.Msghdr.put_cmsg;
import static linux.uaccess.User.bytesOf;
import static linux.uaccess.User.copy_to_user;
import static linux.uaccess.User.put64;
import static net.sock.Flags.sock_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.SockConst.SK_FLAGS_TIMESTAMP;
import static net.sock.SockFlag.SOCK_RCVTSTAMP;
import static net.sock.SockFlag.SOCK_RCVTSTAMPNS;
import static net.sock.SockFlag.SOCK_RXQ_OVFL;
import static net.sock.SockFlag.SOCK_TIMESTAMP;
import static net.sock.SockFlag.SOCK_TIMESTAMPING_RAW_HARDWARE;
import static net.sock.SockFlag.SOCK_TIMESTAMPING_RX_SOFTWARE;
import static net.sock.SockFlag.SOCK_TIMESTAMPING_SOFTWARE;
import static net.sock.SockFlag.SOCK_TIMESTAMPING_SYS_HARDWARE;
import static net.sock.SockFlag.SOCK_TIMESTAMPING_TX_HARDWARE;
import static net.sock.SockFlag.SOCK_TIMESTAMPING_TX_SOFTWARE;
import static net.sock.SockFlag.SOCK_WIFI_STATUS;
import static uapi.linux.socket.SocketOpt.SOL_SOCKET;
import static uapi.linux.socket.SocketOpt.SO_RXQ_OVFL;
import static uapi.linux.socket.SocketOpt.SO_TIMESTAMP;
import static uapi.linux.socket.SocketOpt.SO_TIMESTAMPING;
import static uapi.linux.socket.SocketOpt.SO_TIMESTAMPNS;

import linux.compiler.Differs;
import linux.compiler.IntRef;
import linux.skbuff.sk_buff;
import linux.socket.msghdr;

/**
 * When packets came in: told to the reader of a datagram ({@code SO_TIMESTAMP}), or of the last packet to whoever asks
 * ({@code SIOCGSTAMP}). The clock is read for every packet only while some socket wants it.
 */
public final class Timestamps {
    private Timestamps() {}

    /** With any of these flags a reader gets more than the bytes. */
    private static final long FLAGS_TS_OR_DROPS = 1L << SOCK_RXQ_OVFL
            | 1L << SOCK_RCVTSTAMP
            | 1L << SOCK_TIMESTAMPING_SOFTWARE
            | 1L << SOCK_TIMESTAMPING_RAW_HARDWARE
            | 1L << SOCK_TIMESTAMPING_SYS_HARDWARE;

    /** Notes when the datagram came in, and tells the reader if he wants to know. */
    static void sock_recv_timestamp(msghdr msg, sock sk, sk_buff skb) {
        long kt = skb.tstamp;

        if (sock_flag(sk, SOCK_RCVTSTAMP)
                || sock_flag(sk, SOCK_TIMESTAMPING_RX_SOFTWARE)
                || kt != 0 && sock_flag(sk, SOCK_TIMESTAMPING_SOFTWARE)) {
            __sock_recv_timestamp(msg, sk, skb);
        } else {
            sk.sk_stamp = kt;
        }
    }

    /** The same, and how many datagrams were dropped before this one ({@code SO_RXQ_OVFL}). */
    public static void sock_recv_ts_and_drops(msghdr msg, sock sk, sk_buff skb) {
        if ((sk.sk_flags & FLAGS_TS_OR_DROPS) != 0) {
            __sock_recv_ts_and_drops(msg, sk, skb);
        } else {
            sk.sk_stamp = skb.tstamp;
        }
    }

    /** @param flags bits of {@code sk_flags} */
    static void sock_disable_timestamp(sock sk, long flags) {
        if ((sk.sk_flags & flags) != 0) {
            sk.sk_flags &= ~flags;
            if ((sk.sk_flags & SK_FLAGS_TIMESTAMP) == 0) {
                net_disable_timestamp();
            }
        }
    }

    /**
     * The time of the last packet as a {@code struct timeval}. Asking for it is what makes packets be stamped.
     *
     * @return 0; {@code -ENOENT}: none has been stamped; {@code -EFAULT}
     */
    public static int sock_get_timestamp(sock sk, byte[] userstamp) {
        byte[] tv = new byte[16];
        if (!sock_flag(sk, SOCK_TIMESTAMP)) {
            sock_enable_timestamp(sk, SOCK_TIMESTAMP);
        }
        if (Math.floorDiv(sk.sk_stamp, NSEC_PER_SEC) == -1) {
            return -ENOENT;
        }
        if (sk.sk_stamp / NSEC_PER_SEC == 0) {
            sk.sk_stamp = ktime_get_real();
        }
        put64(tv, 0, sk.sk_stamp / NSEC_PER_SEC);
        put64(tv, 8, sk.sk_stamp % NSEC_PER_SEC / 1000);
        return copy_to_user(userstamp, tv, tv.length) != 0 ? -EFAULT : 0;
    }

    /** The same as a {@code struct timespec}. */
    public static int sock_get_timestampns(sock sk, byte[] userstamp) {
        byte[] ts = new byte[16];
        if (!sock_flag(sk, SOCK_TIMESTAMP)) {
            sock_enable_timestamp(sk, SOCK_TIMESTAMP);
        }
        if (Math.floorDiv(sk.sk_stamp, NSEC_PER_SEC) == -1) {
            return -ENOENT;
        }
        if (sk.sk_stamp / NSEC_PER_SEC == 0) {
            sk.sk_stamp = ktime_get_real();
        }
        put64(ts, 0, sk.sk_stamp / NSEC_PER_SEC);
        put64(ts, 8, sk.sk_stamp % NSEC_PER_SEC);
        return copy_to_user(userstamp, ts, ts.length) != 0 ? -EFAULT : 0;
    }

    /** @param flag {@code SOCK_TIMESTAMP} or {@code SOCK_TIMESTAMPING_RX_SOFTWARE} */
    public static void sock_enable_timestamp(sock sk, int flag) {
        if (!sock_flag(sk, flag)) {
            long previous_flags = sk.sk_flags;

            sock_set_flag(sk, flag);
            if ((previous_flags & SK_FLAGS_TIMESTAMP) == 0) {
                net_enable_timestamp();
            }
        }
    }

    /** What {@code SO_TIMESTAMPING} and others want to have done to a packet that goes out: {@code SKBTX_*}. */
    public static void sock_tx_timestamp(sock sk, IntRef tx_flags) {
        tx_flags.val = 0;
        if (sock_flag(sk, SOCK_TIMESTAMPING_TX_HARDWARE)) {
            tx_flags.val |= SKBTX_HW_TSTAMP;
        }
        if (sock_flag(sk, SOCK_TIMESTAMPING_TX_SOFTWARE)) {
            tx_flags.val |= SKBTX_SW_TSTAMP;
        }
        if (sock_flag(sk, SOCK_WIFI_STATUS)) {
            tx_flags.val |= SKBTX_WIFI_STATUS;
        }
    }

    /** Ancillary data: a timeval or a timespec, and with {@code SO_TIMESTAMPING} three timespecs, two of them zero. */
    @Differs("no device takes timestamps of its own")
    static void __sock_recv_timestamp(msghdr msg, sock sk, sk_buff skb) {
        boolean need_software_tstamp = sock_flag(sk, SOCK_RCVTSTAMP);

        // It may have come in before anybody wanted to know.
        if (need_software_tstamp && skb.tstamp == 0) {
            __net_timestamp(skb);
        }

        if (need_software_tstamp) {
            byte[] t = new byte[16];
            put64(t, 0, skb.tstamp / NSEC_PER_SEC);
            if (!sock_flag(sk, SOCK_RCVTSTAMPNS)) {
                put64(t, 8, skb.tstamp % NSEC_PER_SEC / 1000);
                put_cmsg(msg, SOL_SOCKET, SO_TIMESTAMP, t.length, t);
            } else {
                put64(t, 8, skb.tstamp % NSEC_PER_SEC);
                put_cmsg(msg, SOL_SOCKET, SO_TIMESTAMPNS, t.length, t);
            }
        }

        if (sock_flag(sk, SOCK_TIMESTAMPING_SOFTWARE) && skb.tstamp != 0) {
            byte[] ts = new byte[3 * 16];
            put64(ts, 0, skb.tstamp / NSEC_PER_SEC);
            put64(ts, 8, skb.tstamp % NSEC_PER_SEC);
            put_cmsg(msg, SOL_SOCKET, SO_TIMESTAMPING, ts.length, ts);
        }
    }

    /** In C the number of drops lies where the mark was. */
    static void sock_recv_drops(msghdr msg, sock sk, sk_buff skb) {
        if (sock_flag(sk, SOCK_RXQ_OVFL) && skb != null && skb.mark != 0) {
            put_cmsg(msg, SOL_SOCKET, SO_RXQ_OVFL, 4, bytesOf(skb.mark));
        }
    }

    static void __sock_recv_ts_and_drops(msghdr msg, sock sk, sk_buff skb) {
        sock_recv_timestamp(msg, sk, skb);
        sock_recv_drops(msg, sk, skb);
    }
}
