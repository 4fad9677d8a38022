// SPDX-License-Identifier: GPL-2.0-only
package linux.net;

import static linux.bug.Bug.BUG_ON;
import static linux.errno.Errno.EAFNOSUPPORT;
import static linux.errno.Errno.EEXIST;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENFILE;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.printk.Printk.net_warn_ratelimited;
import static linux.printk.Printk.printk;
import static linux.sched.Sched.current;
import static linux.seq_file.seq_file.seq_printf;
import static net.net_namespace.NetNs.init_net;
import static uapi.linux.siginfo.Siginfo.SIGIO;
import static uapi.linux.siginfo.Siginfo.SIGURG;
import static uapi.linux.socket.SocketOpt.PF_INET;
import static uapi.linux.socket.SocketOpt.PF_PACKET;
import static uapi.linux.socket.SocketOpt.SOCK_ASYNC_NOSPACE;
import static uapi.linux.socket.SocketOpt.SOCK_ASYNC_WAITDATA;
import static uapi.linux.socket.SocketOpt.SOCK_EXTERNALLY_ALLOCATED;
import static uapi.linux.socket.SocketOpt.SOCK_MAX;
import static uapi.linux.socket.SocketOpt.SOCK_PACKET;
import static uapi.linux.socket.SocketOpt.SOCK_WAKE_IO;
import static uapi.linux.socket.SocketOpt.SOCK_WAKE_SPACE;
import static uapi.linux.socket.SocketOpt.SOCK_WAKE_URG;
import static uapi.linux.socket.SocketOpt.SOCK_WAKE_WAITD;

import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.seq_file.seq_file;
import net.net_namespace.net;

/** How sockets begin and end, as the application sees them, and which families there are. */
public final class Create {
    private Create() {}

    /** So many families can there be, {@code AF_MAX}. */
    static final int NPROTO = 41;

    static net_proto_family[] net_families;

    /** For {@code /proc/net/sockstat}. */
    static int sockets_in_use;

    static long last_ino;

    /** Somebody has used a family that is obsolete. */
    static boolean warned;

    /** A socket without a family, or null. */
    public static socket sock_alloc() {
        socket sock;

        if (Gfp.fails(GFP_KERNEL)) {
            return null;
        }

        sock = new socket();
        sock.wq = new socket_wq();
        sock.state = socket.SS_UNCONNECTED;
        sock.i_ino = ++last_ino;

        sockets_in_use += 1;
        return sock;
    }

    /** Closes the socket. What the protocol still has to do goes on without it. */
    public static void sock_release(socket sock) {
        if (sock.ops != null) {
            sock.ops.release.call(sock);
            sock.ops = null;
        }

        if (sock.wq.fasync_list != null) {
            printk("sock_release: fasync list not empty!");
        }

        if ((sock.flags & 1 << SOCK_EXTERNALLY_ALLOCATED) != 0) {
            return;
        }

        sockets_in_use -= 1;
        sock.file = null;
    }

    /** A socket of which the caller sees to the rest; null and {@code -ENOMEM} in {@code res} and as result. */
    public static int sock_create_lite(int family, int type, int protocol, Ref<socket> res) {
        int err = 0;
        socket sock = null;

        out: {
            sock = sock_alloc();
            if (sock == null) {
                err = -ENOMEM;
                break out;
            }

            sock.type = type;
        }
        res.val = sock;
        return err;
    }

    /**
     * Tells who asked for signals.
     *
     * @param how {@code SOCK_WAKE_*}
     * @param band {@code POLL_*}
     * @return -1: nobody did
     */
    public static int sock_wake_async(socket sock, int how, int band) {
        socket_wq wq;

        if (sock == null) {
            return -1;
        }
        wq = sock.wq;
        if (wq == null || wq.fasync_list == null) {
            return -1;
        }
        switch (how) {
            case SOCK_WAKE_WAITD:
                if ((sock.flags & 1 << SOCK_ASYNC_WAITDATA) != 0) {
                    break;
                }
                wq.fasync_list.call(SIGIO, band);
                break;
            case SOCK_WAKE_SPACE:
                if ((sock.flags & 1 << SOCK_ASYNC_NOSPACE) == 0) {
                    break;
                }
                sock.flags &= ~(1 << SOCK_ASYNC_NOSPACE);
            case SOCK_WAKE_IO:
                wq.fasync_list.call(SIGIO, band);
                break;
            case SOCK_WAKE_URG:
                wq.fasync_list.call(SIGURG, band);
                break;
            default:
                break;
        }
        return 0;
    }

    /**
     * A socket in {@code net}.
     *
     * @param protocol 0: whatever the family takes for {@code type}
     * @param kern 1: for the kernel itself
     * @return 0; {@code -EAFNOSUPPORT}: no such family; {@code -EINVAL}: no such type; {@code -ENFILE}: no memory; or
     *     what the family says
     */
    public static int __sock_create(net net, int family, int type, int protocol, Ref<socket> res, int kern) {
        int err;
        socket sock;
        net_proto_family pf;

        if (family < 0 || family >= NPROTO) {
            return -EAFNOSUPPORT;
        }
        if (type < 0 || type >= SOCK_MAX) {
            return -EINVAL;
        }

        if (family == PF_INET && type == SOCK_PACKET) {
            if (!warned) {
                warned = true;
                printk("%s uses obsolete (PF_INET,SOCK_PACKET)", current.comm);
            }
            family = PF_PACKET;
        }

        sock = sock_alloc();
        if (sock == null) {
            net_warn_ratelimited("socket: no more sockets");
            return -ENFILE;
        }

        sock.type = type;

        pf = net_families[family];
        err = -EAFNOSUPPORT;
        if (pf == null) {
            sock_release(sock);
            return err;
        }

        err = pf.create.call(net, sock, protocol, kern);
        if (err < 0) {
            sock.ops = null;
            sock_release(sock);
            return err;
        }

        res.val = sock;

        return 0;
    }

    /** In the namespace of the task that runs. */
    public static int sock_create(int family, int type, int protocol, Ref<socket> res) {
        return __sock_create(current.net_ns, family, type, protocol, res, 0);
    }

    /** For the kernel itself, in the first namespace. */
    public static int sock_create_kern(int family, int type, int protocol, Ref<socket> res) {
        return __sock_create(init_net, family, type, protocol, res, 1);
    }

    /** Makes a family known. @return 0; {@code -EEXIST}: it is; {@code -ENOBUFS}: no such number */
    public static int sock_register(net_proto_family ops) {
        int err;

        if (ops.family >= NPROTO) {
            printk("protocol %d >= NPROTO(%d)", ops.family, NPROTO);
            return -ENOBUFS;
        }

        if (net_families[ops.family] != null) {
            err = -EEXIST;
        } else {
            net_families[ops.family] = ops;
            err = 0;
        }

        printk("NET: Registered protocol family %d", ops.family);
        return err;
    }

    public static void sock_unregister(int family) {
        BUG_ON(family < 0 || family >= NPROTO);

        net_families[family] = null;

        printk("NET: Unregistered protocol family %d", family);
    }

    /** The first line of {@code /proc/net/sockstat}. */
    public static void socket_seq_show(seq_file seq) {
        int counter = 0;

        counter += sockets_in_use;

        if (counter < 0) {
            counter = 0;
        }

        seq_printf(seq, "sockets: used %d\n", counter);
    }
}
