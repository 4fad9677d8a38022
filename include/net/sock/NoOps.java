// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.errno.Errno.EOPNOTSUPP;
import static linux.net.Messages.kernel_sendmsg;

import linux.compiler.IntRef;
import linux.fs.file;
import linux.fs.poll_table;
import linux.mm.page;
import linux.net.socket;
import linux.socket.iovec;
import linux.socket.msghdr;
import linux.socket.sockaddr;

/** What a {@code proto_ops} table has in the place of a function that its protocol does not have. */
public final class NoOps {
    private NoOps() {}

    public static int sock_no_bind(socket sock, sockaddr saddr, int len) {
        return -EOPNOTSUPP;
    }

    public static int sock_no_connect(socket sock, sockaddr saddr, int len, int flags) {
        return -EOPNOTSUPP;
    }

    public static int sock_no_socketpair(socket sock1, socket sock2) {
        return -EOPNOTSUPP;
    }

    public static int sock_no_accept(socket sock, socket newsock, int flags) {
        return -EOPNOTSUPP;
    }

    public static int sock_no_getname(socket sock, sockaddr saddr, IntRef len, int peer) {
        return -EOPNOTSUPP;
    }

    public static int sock_no_poll(file file, socket sock, poll_table pt) {
        return 0;
    }

    public static int sock_no_ioctl(socket sock, int cmd, IntRef arg) {
        return -EOPNOTSUPP;
    }

    public static int sock_no_listen(socket sock, int backlog) {
        return -EOPNOTSUPP;
    }

    public static int sock_no_shutdown(socket sock, int how) {
        return -EOPNOTSUPP;
    }

    public static int sock_no_setsockopt(socket sock, int level, int optname, byte[] optval, int optlen) {
        return -EOPNOTSUPP;
    }

    public static int sock_no_getsockopt(socket sock, int level, int optname, byte[] optval, IntRef optlen) {
        return -EOPNOTSUPP;
    }

    public static int sock_no_sendmsg(socket sock, msghdr m, int len) {
        return -EOPNOTSUPP;
    }

    public static int sock_no_recvmsg(socket sock, msghdr m, int len, int flags) {
        return -EOPNOTSUPP;
    }

    /** A page is sent by copying it, like any other memory. */
    public static int sock_no_sendpage(socket sock, page page, int offset, int size, int flags) {
        int res;
        msghdr msg = new msghdr();
        iovec[] iov = {new iovec(page.data, offset, size)};

        msg.msg_flags = flags;
        res = kernel_sendmsg(sock, msg, iov, 1, size);
        return res;
    }
}
