// SPDX-License-Identifier: GPL-2.0-only
package linux.socket;

import static linux.errno.Errno.EFAULT;
import static linux.kernel.Kernel.ALIGN;
import static linux.kernel.Kernel.gtU32;
import static linux.net.Addresses.move_addr_to_kernel;
import static linux.uaccess.User.copy_to_user;
import static linux.uaccess.User.put32;
import static linux.uaccess.User.put64;
import static uapi.linux.socket.SocketOpt.MSG_CTRUNC;

import linux.types.View;

/** Taking over what {@code sendmsg} and {@code recvmsg} are told, and handing out ancillary data. */
public final class Msghdr {
    private Msghdr() {}

    /** What the application's memory is for: to be read by us, or to be written to. */
    public static final int VERIFY_READ = 0;

    public static final int VERIFY_WRITE = 1;

    /** {@code sizeof(struct cmsghdr)}. */
    private static final int SIZEOF_CMSGHDR = 16;

    /**
     * Copies the pieces of memory, and the address to send to, so that the application cannot change them meanwhile.
     *
     * @param iov as long as {@code m} says
     * @return bytes in all; {@code -EFAULT}, {@code -EINVAL}
     */
    public static int verify_iovec(msghdr m, iovec[] iov, sockaddr_in address, int mode) {
        int ct;
        int err;

        if (m.msg_namelen != 0) {
            if (mode == VERIFY_READ) {
                err = move_addr_to_kernel(m.msg_name, m.msg_namelen, address);
                if (err < 0) {
                    return err;
                }
            }
            if (m.msg_name != null) {
                m.msg_name = address;
            }
        } else {
            m.msg_name = null;
        }

        if (m.msg_iovlen != 0 && (m.msg_iov == null || m.msg_iov.length < m.msg_iovlen)) {
            return -EFAULT;
        }
        for (ct = 0; ct < m.msg_iovlen; ct++) {
            iovec v = m.msg_iov[ct];
            if (v == null) {
                return -EFAULT;
            }
            iov[ct] = new iovec(v.iov_base, v.iov_off, v.iov_len);
        }

        m.msg_iov = iov;
        err = 0;

        for (ct = 0; ct < m.msg_iovlen; ct++) {
            int len = iov[ct].iov_len;

            if (gtU32(len, Integer.MAX_VALUE - err)) {
                len = Integer.MAX_VALUE - err;
                iov[ct].iov_len = len;
            }
            err += len;
        }

        return err;
    }

    /**
     * Appends a piece of ancillary data, cut off if there is no room for all of it ({@code MSG_CTRUNC}).
     *
     * @param data {@code len} bytes
     * @return 0 or {@code -EFAULT}
     */
    public static int put_cmsg(msghdr msg, int level, int type, int len, byte[] data) {
        View cm = (View) msg.msg_control;
        byte[] cmhdr = new byte[SIZEOF_CMSGHDR];
        int cmlen = SIZEOF_CMSGHDR + len;

        if (cm == null || msg.msg_controllen < SIZEOF_CMSGHDR) {
            msg.msg_flags |= MSG_CTRUNC;
            return 0;
        }
        if (msg.msg_controllen < cmlen) {
            msg.msg_flags |= MSG_CTRUNC;
            cmlen = msg.msg_controllen;
        }
        put64(cmhdr, 0, cmlen);
        put32(cmhdr, 8, level);
        put32(cmhdr, 12, type);

        if (copy_to_user(cm.b, cm.at, cmhdr, 0, SIZEOF_CMSGHDR) != 0) {
            return -EFAULT;
        }
        if (copy_to_user(cm.b, cm.at + SIZEOF_CMSGHDR, data, 0, cmlen - SIZEOF_CMSGHDR) != 0) {
            return -EFAULT;
        }
        cmlen = SIZEOF_CMSGHDR + ALIGN(len, 8);
        if (msg.msg_controllen < cmlen) {
            cmlen = msg.msg_controllen;
        }
        msg.msg_control = new View(cm.b, cm.at + cmlen);
        msg.msg_controllen -= cmlen;
        return 0;
    }
}
