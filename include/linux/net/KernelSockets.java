// SPDX-License-Identifier: GPL-2.0-only
package linux.net;

import static linux.net.Create.sock_create_lite;
import static linux.net.Create.sock_release;
import static net.sock.NoOps.sock_no_sendpage;
import static net.sock.Options.sock_getsockopt;
import static net.sock.Options.sock_setsockopt;
import static uapi.linux.socket.SocketOpt.SOL_SOCKET;

import linux.compiler.IntRef;
import linux.compiler.Ref;
import linux.mm.page;
import linux.socket.sockaddr;
import net.sock.sock;

/** What system calls do for applications, for the kernel's own threads: without descriptors. */
public final class KernelSockets {
    private KernelSockets() {}

    public static int kernel_bind(socket sock, sockaddr addr, int addrlen) {
        return sock.ops.bind.call(sock, addr, addrlen);
    }

    public static int kernel_listen(socket sock, int backlog) {
        return sock.ops.listen.call(sock, backlog);
    }

    /** @param newsock the connection; null after an error */
    public static int kernel_accept(socket sock, Ref<socket> newsock, int flags) {
        sock sk = sock.sk;
        int err;

        err = sock_create_lite(sk.skc_family, sk.sk_type, sk.sk_protocol, newsock);
        if (err < 0) {
            return err;
        }

        err = sock.ops.accept.call(sock, newsock.val, flags);
        if (err < 0) {
            sock_release(newsock.val);
            newsock.val = null;
            return err;
        }

        newsock.val.ops = sock.ops;

        return err;
    }

    public static int kernel_connect(socket sock, sockaddr addr, int addrlen, int flags) {
        return sock.ops.connect.call(sock, addr, addrlen, flags);
    }

    public static int kernel_getsockname(socket sock, sockaddr addr, IntRef addrlen) {
        return sock.ops.getname.call(sock, addr, addrlen, 0);
    }

    public static int kernel_getpeername(socket sock, sockaddr addr, IntRef addrlen) {
        return sock.ops.getname.call(sock, addr, addrlen, 1);
    }

    public static int kernel_getsockopt(socket sock, int level, int optname, byte[] optval, IntRef optlen) {
        int err;

        if (level == SOL_SOCKET) {
            err = sock_getsockopt(sock, level, optname, optval, optlen);
        } else {
            err = sock.ops.getsockopt.call(sock, level, optname, optval, optlen);
        }
        return err;
    }

    public static int kernel_setsockopt(socket sock, int level, int optname, byte[] optval, int optlen) {
        int err;

        if (level == SOL_SOCKET) {
            err = sock_setsockopt(sock, level, optname, optval, optlen);
        } else {
            err = sock.ops.setsockopt.call(sock, level, optname, optval, optlen);
        }
        return err;
    }

    public static int kernel_sendpage(socket sock, page page, int offset, int size, int flags) {
        if (sock.ops.sendpage != null) {
            return sock.ops.sendpage.call(sock, page, offset, size, flags);
        }

        return sock_no_sendpage(sock, page, offset, size, flags);
    }

    public static int kernel_sock_shutdown(socket sock, int how) {
        return sock.ops.shutdown.call(sock, how);
    }
}
