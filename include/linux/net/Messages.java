// SPDX-License-Identifier: GPL-2.0-only
package linux.net;

import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.EMSGSIZE;
import static linux.errno.Errno.ENOBUFS;
import static linux.fs.Files.fput;
import static linux.fs.file.O_NONBLOCK;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.kernel.Kernel.gtU32;
import static linux.net.Addresses._K_SS_MAXSIZE;
import static linux.net.Addresses.move_addr_to_user;
import static linux.net.SocketFiles.sockfd_lookup_light;
import static linux.socket.Msghdr.VERIFY_READ;
import static linux.socket.Msghdr.VERIFY_WRITE;
import static linux.socket.Msghdr.verify_iovec;
import static linux.uaccess.User.copy_from_user;
import static net.sock.Buffers.sock_kfree_s;
import static net.sock.Buffers.sock_kmalloc;
import static uapi.linux.socket.SocketOpt.MSG_CMSG_CLOEXEC;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;
import static uapi.linux.uio.Uio.UIO_MAXIOV;

import linux.compiler.IntRef;
import linux.socket.iovec;
import linux.socket.msghdr;
import linux.socket.sockaddr;
import linux.socket.sockaddr_in;
import linux.types.View;

/**
 * Sending and receiving, between the system calls and the family's {@code sendmsg} and {@code recvmsg}. The kernel's
 * own threads come in by {@link #kernel_sendmsg} and {@link #kernel_recvmsg}.
 */
public final class Messages {
    private Messages() {}

    /** {@code sizeof(struct cmsghdr) + 20}: ancillary data up to here need no memory of the socket. */
    private static final int CTL_SIZE = 36;

    static int __sock_sendmsg_nosec(socket sock, msghdr msg, int size) {
        return sock.ops.sendmsg.call(sock, msg, size);
    }

    static int __sock_sendmsg(socket sock, msghdr msg, int size) {
        return __sock_sendmsg_nosec(sock, msg, size);
    }

    /** @param size of all that {@code msg_iov} holds, in bytes */
    public static int sock_sendmsg(socket sock, msghdr msg, int size) {
        int ret;

        ret = __sock_sendmsg(sock, msg, size);
        return ret;
    }

    /** @param vec used up from the front as it is sent */
    public static int kernel_sendmsg(socket sock, msghdr msg, iovec[] vec, int num, int size) {
        int result;

        msg.msg_iov = vec;
        msg.msg_iovlen = num;
        result = sock_sendmsg(sock, msg, size);
        return result;
    }

    static int __sock_recvmsg_nosec(socket sock, msghdr msg, int size, int flags) {
        return sock.ops.recvmsg.call(sock, msg, size, flags);
    }

    static int __sock_recvmsg(socket sock, msghdr msg, int size, int flags) {
        return __sock_recvmsg_nosec(sock, msg, size, flags);
    }

    /** @param size of all that {@code msg_iov} can take, in bytes */
    public static int sock_recvmsg(socket sock, msghdr msg, int size, int flags) {
        int ret;

        ret = __sock_recvmsg(sock, msg, size, flags);
        return ret;
    }

    /** @param vec filled from the front; what is left of it is not filled */
    public static int kernel_recvmsg(socket sock, msghdr msg, iovec[] vec, int num, int size, int flags) {
        int result;

        msg.msg_iov = vec;
        msg.msg_iovlen = num;
        result = sock_recvmsg(sock, msg, size, flags);
        return result;
    }

    /** @return 0, {@code -EFAULT} or {@code -EINVAL} */
    static int copy_msghdr_from_user(msghdr kmsg, msghdr umsg) {
        if (umsg == null) {
            return -EFAULT;
        }
        kmsg.msg_name = umsg.msg_name;
        kmsg.msg_namelen = umsg.msg_namelen;
        kmsg.msg_iov = umsg.msg_iov;
        kmsg.msg_iovlen = umsg.msg_iovlen;
        kmsg.msg_control = umsg.msg_control;
        kmsg.msg_controllen = umsg.msg_controllen;
        kmsg.msg_flags = umsg.msg_flags;

        if (kmsg.msg_namelen < 0) {
            return -EINVAL;
        }

        if (kmsg.msg_namelen > _K_SS_MAXSIZE) {
            kmsg.msg_namelen = _K_SS_MAXSIZE;
        }
        return 0;
    }

    static int ___sys_sendmsg(socket sock, msghdr msg, msghdr msg_sys, int flags) {
        sockaddr_in address = new sockaddr_in();
        byte[] ctl_buf;
        int err;
        int ctl_len;
        int total_len;

        err = copy_msghdr_from_user(msg_sys, msg);
        if (err != 0) {
            return err;
        }

        if (gtU32(msg_sys.msg_iovlen, UIO_MAXIOV)) {
            return -EMSGSIZE;
        }
        iovec[] iov = new iovec[msg_sys.msg_iovlen];

        err = verify_iovec(msg_sys, iov, address, VERIFY_READ);
        if (err < 0) {
            return err;
        }
        total_len = err;

        if (msg_sys.msg_controllen < 0) {
            return -ENOBUFS;
        }
        ctl_len = msg_sys.msg_controllen;
        ctl_buf = null;
        out_freectl: {
            if (ctl_len != 0) {
                if (ctl_len > CTL_SIZE) {
                    ctl_buf = sock_kmalloc(sock.sk, ctl_len, GFP_KERNEL);
                    if (ctl_buf == null) {
                        return -ENOBUFS;
                    }
                } else {
                    ctl_buf = new byte[CTL_SIZE];
                }
                err = -EFAULT;
                if (!(msg_sys.msg_control instanceof byte[])
                        || copy_from_user(ctl_buf, (byte[]) msg_sys.msg_control, ctl_len) != 0) {
                    break out_freectl;
                }
                msg_sys.msg_control = ctl_buf;
            }
            msg_sys.msg_flags = flags;

            if ((sock.file.f_flags & O_NONBLOCK) != 0) {
                msg_sys.msg_flags |= MSG_DONTWAIT;
            }
            err = sock_sendmsg(sock, msg_sys, total_len);
        }

        if (ctl_len > CTL_SIZE) {
            sock_kfree_s(sock.sk, ctl_buf, ctl_len);
        }
        return err;
    }

    /** {@code sendmsg}, of the application or of whoever does its work. */
    public static int __sys_sendmsg(int fd, msghdr msg, int flags) {
        IntRef err = new IntRef();
        msghdr msg_sys = new msghdr();
        socket sock;

        sock = sockfd_lookup_light(fd, err);
        if (sock == null) {
            return err.val;
        }

        err.val = ___sys_sendmsg(sock, msg, msg_sys, flags);

        fput(sock.file);
        return err.val;
    }

    static int ___sys_recvmsg(socket sock, msghdr msg, msghdr msg_sys, int flags) {
        int err;
        int total_len;
        int len;

        sockaddr_in addr = new sockaddr_in();

        sockaddr uaddr;

        err = copy_msghdr_from_user(msg_sys, msg);
        if (err != 0) {
            return err;
        }

        if (gtU32(msg_sys.msg_iovlen, UIO_MAXIOV)) {
            return -EMSGSIZE;
        }
        iovec[] iov = new iovec[msg_sys.msg_iovlen];

        uaddr = msg_sys.msg_name;
        IntRef uaddr_len = new IntRef(msg.msg_namelen);
        err = verify_iovec(msg_sys, iov, addr, VERIFY_WRITE);
        if (err < 0) {
            return err;
        }
        total_len = err;

        int controllen = msg_sys.msg_controllen;
        if (msg_sys.msg_control instanceof byte[]) {
            msg_sys.msg_control = new View((byte[]) msg_sys.msg_control, 0);
        } else {
            msg_sys.msg_control = null;
        }
        msg_sys.msg_flags = flags & MSG_CMSG_CLOEXEC;

        msg_sys.msg_namelen = 0;

        if ((sock.file.f_flags & O_NONBLOCK) != 0) {
            flags |= MSG_DONTWAIT;
        }
        err = sock_recvmsg(sock, msg_sys, total_len, flags);
        if (err < 0) {
            return err;
        }
        len = err;

        if (uaddr != null) {
            err = move_addr_to_user(addr, msg_sys.msg_namelen, uaddr, uaddr_len);
            if (err < 0) {
                return err;
            }
            msg.msg_namelen = uaddr_len.val;
        }
        msg.msg_flags = msg_sys.msg_flags;
        msg.msg_controllen = controllen - msg_sys.msg_controllen;
        return len;
    }

    /** {@code recvmsg}, of the application or of whoever does its work. */
    public static int __sys_recvmsg(int fd, msghdr msg, int flags) {
        IntRef err = new IntRef();
        msghdr msg_sys = new msghdr();
        socket sock;

        sock = sockfd_lookup_light(fd, err);
        if (sock == null) {
            return err.val;
        }

        err.val = ___sys_recvmsg(sock, msg, msg_sys, flags);

        fput(sock.file);
        return err.val;
    }
}
