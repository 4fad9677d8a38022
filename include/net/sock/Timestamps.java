// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.ENOENT;
import static linux.hrtimer.Clock.NSEC_PER_SEC;
import static linux.hrtimer.Clock.ktime_get_real;
import static linux.netdevice.Skel_dev_c.net_disable_timestamp;
import static linux.netdevice.Skel_dev_c.net_enable_timestamp;
import static linux.uaccess.User.copy_to_user;
import static net.sock.Flags.sock_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.SockConst.SK_FLAGS_TIMESTAMP;
import static net.sock.SockFlag.SOCK_TIMESTAMP;

/** When the last packet came in ({@code SIOCGSTAMP}), and switching on the clock that is read for every packet. */
public final class Timestamps {
    private Timestamps() {}

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
        if (sk.sk_stamp == -1 * NSEC_PER_SEC) {
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
        if (sk.sk_stamp == -1 * NSEC_PER_SEC) {
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
}
