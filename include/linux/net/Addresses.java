// SPDX-License-Identifier: GPL-2.0-only
package linux.net;

import static linux.bug.Bug.BUG_ON;
import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EINVAL;

import linux.compiler.IntRef;
import linux.socket.sockaddr;
import linux.socket.sockaddr_in;

/** Addresses on their way between the application and the kernel. They are copied, and what is copied is checked. */
public final class Addresses {
    private Addresses() {}

    /** {@code sizeof(struct sockaddr_storage)}: no address is longer. */
    public static final int _K_SS_MAXSIZE = 128;

    /**
     * Takes an address over.
     *
     * @param ulen its length as the application says
     * @param kaddr what C has a {@code sockaddr_storage} for: whatever the family, it looks like an IPv4 address
     * @return 0; {@code -EINVAL}: no length of an address; {@code -EFAULT}: there is none
     */
    public static int move_addr_to_kernel(sockaddr uaddr, int ulen, sockaddr_in kaddr) {
        if (ulen < 0 || ulen > _K_SS_MAXSIZE) {
            return -EINVAL;
        }
        if (ulen == 0) {
            return 0;
        }
        if (uaddr == null) {
            return -EFAULT;
        }
        kaddr.sa_family = uaddr.sa_family;
        if (uaddr instanceof sockaddr_in) {
            sockaddr_in in = (sockaddr_in) uaddr;
            kaddr.sin_port = in.sin_port;
            kaddr.sin_addr = in.sin_addr;
        }
        return 0;
    }

    /**
     * Gives an address to the application: as much of it as there is room for.
     *
     * @param ulen in: the room, in bytes; out: the length of the whole address
     * @return 0; {@code -EINVAL}: the room is negative; {@code -EFAULT}
     */
    public static int move_addr_to_user(sockaddr_in kaddr, int klen, sockaddr uaddr, IntRef ulen) {
        int len;

        BUG_ON(klen > _K_SS_MAXSIZE);
        if (ulen == null) {
            return -EFAULT;
        }
        len = ulen.val;
        if (len > klen) {
            len = klen;
        }
        if (len < 0) {
            return -EINVAL;
        }
        if (len != 0) {
            if (uaddr == null) {
                return -EFAULT;
            }
            // The fields lie at 0, 2 and 4; one that does not fit is cut off.
            if (len >= 2) {
                uaddr.sa_family = kaddr.sa_family;
            }
            if (uaddr instanceof sockaddr_in) {
                sockaddr_in in = (sockaddr_in) uaddr;
                if (len >= 4) {
                    in.sin_port = kaddr.sin_port;
                }
                if (len >= 8) {
                    in.sin_addr = kaddr.sin_addr;
                }
            }
        }
        ulen.val = klen;
        return 0;
    }
}
