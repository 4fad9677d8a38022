// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import linux.compiler.IntRef;
import linux.compiler.LongRef;
import linux.list.list_head;
import linux.mm.page;
import linux.percpu_counter.percpu_counter;
import linux.socket.msghdr;
import linux.socket.sockaddr;
import net.inet_hashtables.inet_hashinfo;
import net.inet_timewait_sock.timewait_sock_ops;
import net.request_sock.request_sock_ops;

/**
 * A transport protocol: what system calls, softirqs and the hash tables need of it. As in C a table of
 * function pointers that is filled in by name; null where the protocol has no such function.
 */
public class proto {
    public interface Close {
        void call(sock sk, long timeout);
    }

    public interface Connect {
        int call(sock sk, sockaddr uaddr, int addr_len);
    }

    public interface Disconnect {
        int call(sock sk, int flags);
    }

    public interface Accept {
        sock call(sock sk, int flags, IntRef err);
    }

    public interface Ioctl {
        int call(sock sk, int cmd, IntRef arg);
    }

    public interface Init {
        int call(sock sk);
    }

    public interface Shutdown {
        void call(sock sk, int how);
    }

    public interface Setsockopt {
        int call(sock sk, int level, int optname, byte[] optval, int optlen);
    }

    public interface Getsockopt {
        int call(sock sk, int level, int optname, byte[] optval, IntRef optlen);
    }

    public interface Sendmsg {
        int call(sock sk, msghdr msg, int len);
    }

    public interface Recvmsg {
        int call(sock sk, msghdr msg, int len, int noblock, int flags, IntRef addr_len);
    }

    public interface Sendpage {
        int call(sock sk, page page, int offset, int size, int flags);
    }

    public interface Get_port {
        int call(sock sk, int snum);
    }

    public interface Clear_sk {
        void call(sock sk, int size);
    }

    public interface Stream_memory_free {
        boolean call(sock sk);
    }

    /** Makes an empty socket of this protocol: what {@code obj_size} is for in C. */
    public interface Alloc {
        sock call();
    }

    public Close close;
    public Connect connect;
    public Disconnect disconnect;
    public Accept accept;
    public Ioctl ioctl;
    public Init init;
    public sock.Callback destroy;
    public Shutdown shutdown;
    public Setsockopt setsockopt;
    public Getsockopt getsockopt;
    public Sendmsg sendmsg;
    public Recvmsg recvmsg;
    public Sendpage sendpage;
    public Connect bind;
    public sock.BacklogRcv backlog_rcv;
    public sock.Callback release_cb;
    public sock.Callback hash;
    public sock.Callback unhash;
    public sock.Callback rehash;
    public Get_port get_port;
    public Clear_sk clear_sk;
    public Stream_memory_free stream_memory_free;
    public sock.Callback enter_memory_pressure;

    /** Pages in use by all sockets of the protocol. */
    public LongRef memory_allocated;

    public percpu_counter sockets_allocated;

    /** Nonzero while memory is short. */
    public IntRef memory_pressure;

    /** SockLimits in pages: below the first all is well, above the second is pressure, the third is the end. */
    public long[] sysctl_mem;

    /** Bytes: least, default, most. */
    public int[] sysctl_wmem;

    public int[] sysctl_rmem;
    public int max_header;
    public boolean no_autobind;
    public Alloc alloc;
    public percpu_counter orphan_count;
    public request_sock_ops rsk_prot;
    public timewait_sock_ops twsk_prot;
    public inet_hashinfo hashinfo;
    public String name;

    /** Place of the protocol in the table of sockets in use, for /proc/net/sockstat. */
    public int inuse_idx;

    /** Place on the list of protocols. */
    public final list_head<proto> node = new list_head<>(this);
}
