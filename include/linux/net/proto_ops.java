// SPDX-License-Identifier: GPL-2.0-only
package linux.net;

import linux.compiler.IntRef;
import linux.fs.file;
import linux.fs.poll_table;
import linux.mm.page;
import linux.socket.msghdr;
import linux.socket.sockaddr;
import net.sock.sock;

/** What an address family does for system calls. */
public final class proto_ops {
    public interface Release {
        int call(socket sock);
    }

    public interface Bind {
        int call(socket sock, sockaddr myaddr, int sockaddr_len);
    }

    public interface Connect {
        int call(socket sock, sockaddr vaddr, int sockaddr_len, int flags);
    }

    public interface Socketpair {
        int call(socket sock1, socket sock2);
    }

    public interface Accept {
        int call(socket sock, socket newsock, int flags);
    }

    public interface Getname {
        int call(socket sock, sockaddr addr, IntRef sockaddr_len, int peer);
    }

    public interface Poll {
        int call(file file, socket sock, poll_table wait);
    }

    public interface Ioctl {
        int call(socket sock, int cmd, IntRef arg);
    }

    public interface Listen {
        int call(socket sock, int len);
    }

    public interface Setsockopt {
        int call(socket sock, int level, int optname, byte[] optval, int optlen);
    }

    public interface Getsockopt {
        int call(socket sock, int level, int optname, byte[] optval, IntRef optlen);
    }

    public interface Sendmsg {
        int call(socket sock, msghdr m, int total_len);
    }

    public interface Recvmsg {
        int call(socket sock, msghdr m, int total_len, int flags);
    }

    public interface Sendpage {
        int call(socket sock, page page, int offset, int size, int flags);
    }

    public interface Set_peek_off {
        int call(sock sk, int val);
    }

    public int family;
    public Release release;
    public Bind bind;
    public Connect connect;
    public Socketpair socketpair;
    public Accept accept;
    public Getname getname;
    public Poll poll;
    public Ioctl ioctl;
    public Listen listen;
    public Listen shutdown;
    public Setsockopt setsockopt;
    public Getsockopt getsockopt;
    public Sendmsg sendmsg;
    public Recvmsg recvmsg;
    public Sendpage sendpage;
    public Set_peek_off set_peek_off;
}
