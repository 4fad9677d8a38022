// SPDX-License-Identifier: GPL-2.0-only
package linux.syscalls;

import static linux.errno.Errno.ECONNABORTED;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENFILE;
import static linux.fs.Files.fd_install;
import static linux.fs.Files.fput;
import static linux.fs.Files.get_unused_fd_flags;
import static linux.fs.Files.put_unused_fd;
import static linux.fs.file.O_CLOEXEC;
import static linux.fs.file.O_NONBLOCK;
import static linux.kernel.Kernel.gtU32;
import static linux.net.Addresses.move_addr_to_kernel;
import static linux.net.Addresses.move_addr_to_user;
import static linux.net.Create.sock_alloc;
import static linux.net.Create.sock_create;
import static linux.net.Create.sock_release;
import static linux.net.Messages.__sys_recvmsg;
import static linux.net.Messages.__sys_sendmsg;
import static linux.net.Messages.sock_recvmsg;
import static linux.net.Messages.sock_sendmsg;
import static linux.net.SocketFiles.sock_alloc_file;
import static linux.net.SocketFiles.sock_map_fd;
import static linux.net.SocketFiles.sockfd_lookup_light;
import static net.sock.Fields.sock_net;
import static net.sock.Options.sock_getsockopt;
import static net.sock.Options.sock_setsockopt;
import static uapi.linux.socket.SocketOpt.MSG_CMSG_COMPAT;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;
import static uapi.linux.socket.SocketOpt.SOCK_CLOEXEC;
import static uapi.linux.socket.SocketOpt.SOCK_NONBLOCK;
import static uapi.linux.socket.SocketOpt.SOCK_TYPE_MASK;
import static uapi.linux.socket.SocketOpt.SOL_SOCKET;

import linux.compiler.IntRef;
import linux.compiler.Ref;
import linux.fs.file;
import linux.net.socket;
import linux.socket.iovec;
import linux.socket.msghdr;
import linux.socket.sockaddr;
import linux.socket.sockaddr_in;

/**
 * System calls on sockets, from {@code net/socket.c}. They find the socket behind the descriptor, take over what the
 * application passes, and leave the rest to the family's {@code proto_ops}. All return a negative errno as Linux does
 * inside, where the C library would return -1 and set {@code errno}.
 *
 * <p>{@code -EBADF}: no such descriptor; {@code -ENOTSOCK}: it is no socket; {@code -EFAULT}: a null pointer, or an
 * array that is too short.
 */
public final class SocketCalls {
    private SocketCalls() {}

    /**
     * @param type {@code SOCK_STREAM}, ..., and {@code SOCK_NONBLOCK}
     * @return a descriptor; {@code -EINVAL}, {@code -EAFNOSUPPORT}, {@code -EPROTONOSUPPORT}, {@code -EMFILE}, ...
     */
    public static int sys_socket(int family, int type, int protocol) {
        int retval;
        Ref<socket> sock = new Ref<>();
        int flags;

        flags = type & ~SOCK_TYPE_MASK;
        if ((flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) != 0) {
            return -EINVAL;
        }
        type &= SOCK_TYPE_MASK;

        retval = sock_create(family, type, protocol, sock);
        if (retval < 0) {
            return retval;
        }

        retval = sock_map_fd(sock.val, flags & (O_CLOEXEC | O_NONBLOCK));
        if (retval < 0) {
            sock_release(sock.val);
        }
        return retval;
    }

    /** Gives the socket an address of its own. */
    public static int sys_bind(int fd, sockaddr umyaddr, int addrlen) {
        socket sock;
        sockaddr_in address = new sockaddr_in();
        IntRef err = new IntRef();

        sock = sockfd_lookup_light(fd, err);
        if (sock != null) {
            err.val = move_addr_to_kernel(umyaddr, addrlen, address);
            if (err.val >= 0) {
                err.val = sock.ops.bind.call(sock, address, addrlen);
            }
            fput(sock.file);
        }
        return err.val;
    }

    /** @param backlog how many connections may wait to be accepted; at most {@code net.core.somaxconn} */
    public static int sys_listen(int fd, int backlog) {
        socket sock;
        IntRef err = new IntRef();
        int somaxconn;

        sock = sockfd_lookup_light(fd, err);
        if (sock != null) {
            somaxconn = sock_net(sock.sk).core_sysctl_somaxconn;
            if (gtU32(backlog, somaxconn)) {
                backlog = somaxconn;
            }

            err.val = sock.ops.listen.call(sock, backlog);

            fput(sock.file);
        }
        return err.val;
    }

    /**
     * Waits for a connection and gives it a descriptor.
     *
     * @param upeer_sockaddr filled in with the peer's address, unless it is null
     * @param upeer_addrlen in: room for the address; out: its length
     * @param flags {@code SOCK_NONBLOCK}: the new socket does not block; the listener's flags are not inherited
     */
    public static int sys_accept4(int fd, sockaddr upeer_sockaddr, IntRef upeer_addrlen, int flags) {
        socket sock;
        socket newsock;
        file newfile;
        IntRef err = new IntRef();
        IntRef len = new IntRef();
        int newfd;

        if ((flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) != 0) {
            return -EINVAL;
        }

        sock = sockfd_lookup_light(fd, err);
        if (sock == null) {
            return err.val;
        }

        out_put: {
            err.val = -ENFILE;
            newsock = sock_alloc();
            if (newsock == null) {
                break out_put;
            }

            newsock.type = sock.type;
            newsock.ops = sock.ops;

            newfd = get_unused_fd_flags(flags);
            if (newfd < 0) {
                err.val = newfd;
                sock_release(newsock);
                break out_put;
            }
            newfile = sock_alloc_file(newsock, flags, sock.sk.sk_prot_creator.name);

            out_fd: {
                err.val = sock.ops.accept.call(sock, newsock, sock.file.f_flags);
                if (err.val < 0) {
                    break out_fd;
                }

                if (upeer_sockaddr != null) {
                    sockaddr_in address = new sockaddr_in();
                    if (newsock.ops.getname.call(newsock, address, len, 2) < 0) {
                        err.val = -ECONNABORTED;
                        break out_fd;
                    }
                    err.val = move_addr_to_user(address, len.val, upeer_sockaddr, upeer_addrlen);
                    if (err.val < 0) {
                        break out_fd;
                    }
                }

                fd_install(newfd, newfile);
                err.val = newfd;
                break out_put;
            }
            fput(newfile);
            put_unused_fd(newfd);
        }
        fput(sock.file);
        return err.val;
    }

    public static int sys_accept(int fd, sockaddr upeer_sockaddr, IntRef upeer_addrlen) {
        return sys_accept4(fd, upeer_sockaddr, upeer_addrlen, 0);
    }

    /** Makes a connection; {@code -EINPROGRESS}: the socket does not block, poll tells when it is writable. */
    public static int sys_connect(int fd, sockaddr uservaddr, int addrlen) {
        socket sock;
        sockaddr_in address = new sockaddr_in();
        IntRef err = new IntRef();

        sock = sockfd_lookup_light(fd, err);
        if (sock == null) {
            return err.val;
        }
        err.val = move_addr_to_kernel(uservaddr, addrlen, address);
        if (err.val >= 0) {
            err.val = sock.ops.connect.call(sock, address, addrlen, sock.file.f_flags);
        }
        fput(sock.file);
        return err.val;
    }

    /** Our own address. @param usockaddr_len in: room for it; out: its length */
    public static int sys_getsockname(int fd, sockaddr usockaddr, IntRef usockaddr_len) {
        socket sock;
        sockaddr_in address = new sockaddr_in();
        IntRef len = new IntRef();
        IntRef err = new IntRef();

        sock = sockfd_lookup_light(fd, err);
        if (sock == null) {
            return err.val;
        }

        err.val = sock.ops.getname.call(sock, address, len, 0);
        if (err.val == 0) {
            err.val = move_addr_to_user(address, len.val, usockaddr, usockaddr_len);
        }

        fput(sock.file);
        return err.val;
    }

    /** The peer's address; {@code -ENOTCONN}. @param usockaddr_len in: room for it; out: its length */
    public static int sys_getpeername(int fd, sockaddr usockaddr, IntRef usockaddr_len) {
        socket sock;
        sockaddr_in address = new sockaddr_in();
        IntRef len = new IntRef();
        IntRef err = new IntRef();

        sock = sockfd_lookup_light(fd, err);
        if (sock != null) {
            err.val = sock.ops.getname.call(sock, address, len, 1);
            if (err.val == 0) {
                err.val = move_addr_to_user(address, len.val, usockaddr, usockaddr_len);
            }
            fput(sock.file);
        }
        return err.val;
    }

    /**
     * Sends {@code len} bytes of {@code buff} from {@code off} on.
     *
     * @param flags {@code MSG_*}
     * @param addr the receiver; null: the peer of the connection
     * @return bytes taken, or a negative errno
     */
    public static int sys_sendto(int fd, byte[] buff, int off, int len, int flags, sockaddr addr, int addr_len) {
        socket sock;
        IntRef err = new IntRef();
        msghdr msg = new msghdr();
        iovec iov;

        if (len < 0) {
            // A size_t beyond INT_MAX.
            len = Integer.MAX_VALUE;
        }
        sock = sockfd_lookup_light(fd, err);
        if (sock == null) {
            return err.val;
        }

        iov = new iovec(buff, off, len);
        msg.msg_name = null;
        msg.msg_iov = new iovec[] {iov};
        msg.msg_iovlen = 1;
        msg.msg_control = null;
        msg.msg_controllen = 0;
        msg.msg_namelen = 0;
        out_put: {
            if (addr != null) {
                sockaddr_in address = new sockaddr_in();
                err.val = move_addr_to_kernel(addr, addr_len, address);
                if (err.val < 0) {
                    break out_put;
                }
                msg.msg_name = address;
                msg.msg_namelen = addr_len;
            }
            if ((sock.file.f_flags & O_NONBLOCK) != 0) {
                flags |= MSG_DONTWAIT;
            }
            msg.msg_flags = flags;
            err.val = sock_sendmsg(sock, msg, len);
        }

        fput(sock.file);
        return err.val;
    }

    public static int sys_send(int fd, byte[] buff, int off, int len, int flags) {
        return sys_sendto(fd, buff, off, len, flags, null, 0);
    }

    /**
     * Receives up to {@code size} bytes into {@code ubuf} from {@code off} on.
     *
     * @param flags {@code MSG_*}
     * @param addr filled in with the sender's address, unless it is null
     * @param addr_len in: room for the address; out: its length
     * @return bytes; 0: the peer has closed; or a negative errno
     */
    public static int sys_recvfrom(int fd, byte[] ubuf, int off, int size, int flags, sockaddr addr, IntRef addr_len) {
        socket sock;
        iovec iov;
        msghdr msg = new msghdr();
        sockaddr_in address = null;
        IntRef err = new IntRef();
        int err2;

        if (size < 0) {
            // A size_t beyond INT_MAX.
            size = Integer.MAX_VALUE;
        }
        sock = sockfd_lookup_light(fd, err);
        if (sock == null) {
            return err.val;
        }

        iov = new iovec(ubuf, off, size);
        msg.msg_control = null;
        msg.msg_controllen = 0;
        msg.msg_iovlen = 1;
        msg.msg_iov = new iovec[] {iov};
        if (addr != null) {
            address = new sockaddr_in();
        }
        msg.msg_name = address;
        msg.msg_namelen = 0;
        if ((sock.file.f_flags & O_NONBLOCK) != 0) {
            flags |= MSG_DONTWAIT;
        }
        err.val = sock_recvmsg(sock, msg, size, flags);

        if (err.val >= 0 && addr != null) {
            err2 = move_addr_to_user(address, msg.msg_namelen, addr, addr_len);
            if (err2 < 0) {
                err.val = err2;
            }
        }

        fput(sock.file);
        return err.val;
    }

    public static int sys_recv(int fd, byte[] ubuf, int off, int size, int flags) {
        return sys_recvfrom(fd, ubuf, off, size, flags, null, null);
    }

    /** @param optval little-endian, as {@code linux.uaccess.User} makes it */
    public static int sys_setsockopt(int fd, int level, int optname, byte[] optval, int optlen) {
        IntRef err = new IntRef();
        socket sock;

        if (optlen < 0) {
            return -EINVAL;
        }

        sock = sockfd_lookup_light(fd, err);
        if (sock != null) {
            if (level == SOL_SOCKET) {
                err.val = sock_setsockopt(sock, level, optname, optval, optlen);
            } else {
                err.val = sock.ops.setsockopt.call(sock, level, optname, optval, optlen);
            }
            fput(sock.file);
        }
        return err.val;
    }

    /** @param optlen in: bytes of {@code optval}; out: bytes of the value */
    public static int sys_getsockopt(int fd, int level, int optname, byte[] optval, IntRef optlen) {
        IntRef err = new IntRef();
        socket sock;

        sock = sockfd_lookup_light(fd, err);
        if (sock != null) {
            if (level == SOL_SOCKET) {
                err.val = sock_getsockopt(sock, level, optname, optval, optlen);
            } else {
                err.val = sock.ops.getsockopt.call(sock, level, optname, optval, optlen);
            }
            fput(sock.file);
        }
        return err.val;
    }

    /** @param how {@code SHUT_RD}, {@code SHUT_WR} or {@code SHUT_RDWR} */
    public static int sys_shutdown(int fd, int how) {
        IntRef err = new IntRef();
        socket sock;

        sock = sockfd_lookup_light(fd, err);
        if (sock != null) {
            err.val = sock.ops.shutdown.call(sock, how);
            fput(sock.file);
        }
        return err.val;
    }

    /** Sends from several pieces of memory. */
    public static int sys_sendmsg(int fd, msghdr msg, int flags) {
        if ((flags & MSG_CMSG_COMPAT) != 0) {
            return -EINVAL;
        }
        return __sys_sendmsg(fd, msg, flags);
    }

    /** Receives into several pieces of memory. @param msg its name, flags and control length are set */
    public static int sys_recvmsg(int fd, msghdr msg, int flags) {
        if ((flags & MSG_CMSG_COMPAT) != 0) {
            return -EINVAL;
        }
        return __sys_recvmsg(fd, msg, flags);
    }
}
