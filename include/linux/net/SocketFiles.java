// SPDX-License-Identifier: GPL-2.0-only
package linux.net;

import static linux.errno.Errno.EBADF;
import static linux.errno.Errno.ENOTSOCK;
import static linux.fs.Files.fd_install;
import static linux.fs.Files.fget;
import static linux.fs.Files.fput;
import static linux.fs.Files.get_unused_fd_flags;
import static linux.fs.file.O_NONBLOCK;
import static linux.fs.file.O_RDWR;
import static linux.net.Create.sock_release;
import static linux.net.Messages.__sock_recvmsg;
import static linux.net.Messages.__sock_sendmsg;
import static net.sock.Fields.sock_net;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;
import static uapi.linux.socket.SocketOpt.MSG_EOR;
import static uapi.linux.socket.SocketOpt.SOCK_SEQPACKET;

import linux.compiler.Differs;
import linux.compiler.IntRef;
import linux.fs.file;
import linux.fs.file_operations;
import linux.fs.poll_table;
import linux.socket.iovec;
import linux.socket.msghdr;
import net.net_namespace.net;
import net.sock.sock;

/**
 * A socket as an open file: how a descriptor leads to it, and what {@code read}, {@code write}, {@code poll}, {@code
 * ioctl} and {@code close} do with it.
 */
public final class SocketFiles {
    private SocketFiles() {}

    /** By this table an open file is known to be a socket. */
    static final file_operations socket_file_ops = new file_operations();

    static {
        socket_file_ops.read = SocketFiles::sock_aio_read;
        socket_file_ops.write = SocketFiles::sock_aio_write;
        socket_file_ops.poll = SocketFiles::sock_poll;
        socket_file_ops.unlocked_ioctl = SocketFiles::sock_ioctl;
        socket_file_ops.release = SocketFiles::sock_close;
    }

    /** The file for a socket. @param flags of which {@code O_NONBLOCK} matters */
    public static file sock_alloc_file(socket sock, int flags, String dname) {
        file file;

        file = new file(socket_file_ops, sock);

        sock.file = file;
        file.f_flags = O_RDWR | flags & O_NONBLOCK;
        return file;
    }

    /** Gives the socket a descriptor. @return it, or {@code -EMFILE} */
    public static int sock_map_fd(socket sock, int flags) {
        file newfile;
        int fd = get_unused_fd_flags(flags);
        if (fd < 0) {
            return fd;
        }

        newfile = sock_alloc_file(sock, flags, null);
        fd_install(fd, newfile);
        return fd;
    }

    /** The socket behind an open file; null and {@code -ENOTSOCK} if it is something else. */
    public static socket sock_from_file(file file, IntRef err) {
        if (file.f_op == socket_file_ops) {
            return (socket) file.private_data;
        }

        err.val = -ENOTSOCK;
        return null;
    }

    /** The socket behind a descriptor, in use until its file is put; null and {@code -EBADF} or {@code -ENOTSOCK}. */
    public static socket sockfd_lookup(int fd, IntRef err) {
        file file;
        socket sock;

        file = fget(fd);
        if (file == null) {
            err.val = -EBADF;
            return null;
        }

        sock = sock_from_file(file, err);
        if (sock == null) {
            fput(file);
        }
        return sock;
    }

    /** The same for a system call, which gives the file back with {@code fput}. */
    public static socket sockfd_lookup_light(int fd, IntRef err) {
        file f = fget(fd);
        socket sock;

        err.val = -EBADF;
        if (f != null) {
            sock = sock_from_file(f, err);
            if (sock != null) {
                return sock;
            }
            fput(f);
        }
        return null;
    }

    static int do_sock_read(msghdr msg, file file, iovec[] iov, int nr_segs) {
        socket sock = (socket) file.private_data;
        int size = 0;
        int i;

        for (i = 0; i < nr_segs; i++) {
            size += iov[i].iov_len;
        }

        msg.msg_name = null;
        msg.msg_namelen = 0;
        msg.msg_control = null;
        msg.msg_controllen = 0;
        msg.msg_iov = iov;
        msg.msg_iovlen = nr_segs;
        msg.msg_flags = (file.f_flags & O_NONBLOCK) != 0 ? MSG_DONTWAIT : 0;

        return __sock_recvmsg(sock, msg, size, msg.msg_flags);
    }

    static int sock_aio_read(file file, byte[] buf, int off, int count) {
        if (count == 0) {
            return 0;
        }

        return do_sock_read(new msghdr(), file, new iovec[] {new iovec(buf, off, count)}, 1);
    }

    static int do_sock_write(msghdr msg, file file, iovec[] iov, int nr_segs) {
        socket sock = (socket) file.private_data;
        int size = 0;
        int i;

        for (i = 0; i < nr_segs; i++) {
            size += iov[i].iov_len;
        }

        msg.msg_name = null;
        msg.msg_namelen = 0;
        msg.msg_control = null;
        msg.msg_controllen = 0;
        msg.msg_iov = iov;
        msg.msg_iovlen = nr_segs;
        msg.msg_flags = (file.f_flags & O_NONBLOCK) != 0 ? MSG_DONTWAIT : 0;
        if (sock.type == SOCK_SEQPACKET) {
            msg.msg_flags |= MSG_EOR;
        }

        return __sock_sendmsg(sock, msg, size);
    }

    static int sock_aio_write(file file, byte[] buf, int off, int count) {
        return do_sock_write(new msghdr(), file, new iovec[] {new iovec(buf, off, count)}, 1);
    }

    /** @return {@code -ENOIOCTLCMD}: neither the family nor a device knows the command */
    static int sock_do_ioctl(net net, socket sock, int cmd, IntRef arg) {
        int err;

        err = sock.ops.ioctl.call(sock, cmd, arg);

        return err;
    }

    @Differs("devices have no ioctls, and there are no signals that would need an owner: such commands are unknown")
    static int sock_ioctl(file file, int cmd, IntRef arg) {
        socket sock;
        sock sk;
        net net;

        sock = (socket) file.private_data;
        sk = sock.sk;
        net = sock_net(sk);
        return sock_do_ioctl(net, sock, cmd, arg);
    }

    /** What is ready on the socket now, {@code POLL*} bits. */
    static int sock_poll(file file, poll_table wait) {
        socket sock;

        sock = (socket) file.private_data;

        return sock.ops.poll.call(file, sock, wait);
    }

    static int sock_close(file filp) {
        sock_release((socket) filp.private_data);
        return 0;
    }
}
