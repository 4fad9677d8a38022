// SPDX-License-Identifier: GPL-2.0-only
package tcp_cong;

import static linux.bug.Bug.BUG_ON;
import static linux.bug.Bug.WARN_ON;
import static linux.capability.Capability.CAP_NET_ADMIN;
import static linux.capability.Capability.ns_capable;
import static linux.errno.Errno.EEXIST;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOENT;
import static linux.errno.Errno.ENOMEM;
import static linux.errno.Errno.EPERM;
import static linux.gfp.Gfp.GFP_USER;
import static linux.list.Lists.list_add_tail;
import static linux.list.Lists.list_del;
import static linux.list.Lists.list_empty;
import static linux.list.Lists.list_entry;
import static linux.list.Lists.list_move;
import static linux.printk.Printk.pr_err;
import static linux.printk.Printk.pr_info;
import static linux.printk.Printk.pr_notice;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.sock.Fields.sock_net;
import static net.tcp.Globals.tcp_init_congestion_ops;
import static net.tcp.tcp_congestion_ops.TCP_CONG_NON_RESTRICTED;
import static net.tcp_states.TcpState.TCP_CLOSE;

import linux.compiler.Differs;
import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.list.list_head;
import net.inet_connection_sock.inet_connection_sock;
import net.sock.sock;
import net.tcp.tcp_congestion_ops;

/**
 * The list of congestion-control modules, first in {@code net/ipv4/tcp_cong.c}. A module enters it at boot with
 * {@link #tcp_register_congestion_control}; the first on the list is the default of new connections. The sysctls
 * {@code net.ipv4.tcp_congestion_control}, {@code tcp_available_congestion_control} and {@code
 * tcp_allowed_congestion_control} read and change it, {@code setsockopt(TCP_CONGESTION)} picks one for a socket.
 *
 * <p>A socket starts with {@code tcp_init_congestion_ops}, which stands on no list; {@code tcp_finish_connect} and its
 * like replace it by the default when the connection is established.
 */
public final class Registry {
    private Registry() {}

    /** The module that late boot makes the default. */
    static final String CONFIG_DEFAULT_TCP_CONG = "cubic";

    static list_head<tcp_congestion_ops> tcp_cong_list;

    /** The module of that name, or null. */
    static tcp_congestion_ops tcp_ca_find(String name) {
        for (list_head<tcp_congestion_ops> p = tcp_cong_list.next; p != tcp_cong_list; p = p.next) {
            tcp_congestion_ops e = p.owner;

            if (e.name.equals(name)) {
                return e;
            }
        }

        return null;
    }

    /**
     * Makes a module known, behind those that are.
     *
     * @return 0; {@code -EINVAL}: it cannot tell the threshold after a loss, or how to grow; {@code -EEXIST}: there is
     *     one of that name
     */
    public static int tcp_register_congestion_control(tcp_congestion_ops ca) {
        int ret = 0;

        if (ca.ssthresh == null || ca.cong_avoid == null) {
            pr_err("TCP: %s does not implement required ops\n", ca.name);
            return -EINVAL;
        }

        if (tcp_ca_find(ca.name) != null) {
            pr_notice("TCP: %s already registered\n", ca.name);
            ret = -EEXIST;
        } else {
            list_add_tail(ca.list, tcp_cong_list);
            pr_info("TCP: %s registered\n", ca.name);
        }

        return ret;
    }

    /** Takes a module off the list. Sockets that use it keep it. */
    public static void tcp_unregister_congestion_control(tcp_congestion_ops ca) {
        list_del(ca.list);
    }

    /**
     * Called when the connection is established: a socket that nobody has chosen a module for gets the default, and
     * the module gets to know the socket.
     */
    public static void tcp_init_congestion_control(sock sk) {
        inet_connection_sock icsk = inet_csk(sk);

        // There is always a first one: a module that is built in cannot be on its way out.
        if (icsk.icsk_ca_ops == tcp_init_congestion_ops && !list_empty(tcp_cong_list)) {
            icsk.icsk_ca_ops = tcp_cong_list.next.owner;
        }

        if (icsk.icsk_ca_ops.init != null) {
            icsk.icsk_ca_ops.init.call(sk);
        }
    }

    /** The socket lets go of its module: at its end, or when it takes another one. */
    public static void tcp_cleanup_congestion_control(sock sk) {
        inet_connection_sock icsk = inet_csk(sk);

        if (icsk.icsk_ca_ops.release != null) {
            icsk.icsk_ca_ops.release.call(sk);
        }
    }

    /**
     * The module of that name becomes the default, and one that everybody may choose.
     *
     * @return 0, or {@code -ENOENT}
     */
    public static int tcp_set_default_congestion_control(String name) {
        tcp_congestion_ops ca;
        int ret = -ENOENT;

        ca = tcp_ca_find(name);

        if (ca != null) {
            ca.flags |= TCP_CONG_NON_RESTRICTED;
            list_move(ca.list, tcp_cong_list);
            ret = 0;
        }

        return ret;
    }

    /** Last thing at boot, when all modules have registered. */
    static int tcp_congestion_default() {
        return tcp_set_default_congestion_control(CONFIG_DEFAULT_TCP_CONG);
    }

    /** Writes all names, the default first, with blanks between them. */
    public static void tcp_get_available_congestion_control(StringBuilder buf, int maxlen) {
        int offs = 0;

        for (list_head<tcp_congestion_ops> p = tcp_cong_list.next; p != tcp_cong_list; p = p.next) {
            tcp_congestion_ops ca = p.owner;

            offs += printAt(buf, offs, maxlen, (offs == 0 ? "" : " ") + ca.name);
        }
    }

    /** The name of the default. */
    public static void tcp_get_default_congestion_control(Ref<String> name) {
        tcp_congestion_ops ca;
        BUG_ON(list_empty(tcp_cong_list));

        ca = list_entry(tcp_cong_list.next);
        name.val = ca.name;
    }

    /** Writes the names of those that everybody may choose. */
    public static void tcp_get_allowed_congestion_control(StringBuilder buf, int maxlen) {
        int offs = 0;

        buf.setLength(0);
        for (list_head<tcp_congestion_ops> p = tcp_cong_list.next; p != tcp_cong_list; p = p.next) {
            tcp_congestion_ops ca = p.owner;

            if ((ca.flags & TCP_CONG_NON_RESTRICTED) == 0) {
                continue;
            }
            offs += printAt(buf, offs, maxlen, (offs == 0 ? "" : " ") + ca.name);
        }
    }

    /**
     * {@code snprintf(buf + offs, maxlen - offs, ...)}: what does not fit is cut, and still counted.
     *
     * @return the length of {@code text}
     */
    private static int printAt(StringBuilder buf, int offs, int maxlen, String text) {
        int room = maxlen - offs - 1;

        if (room >= 0) {
            buf.setLength(offs);
            buf.append(text, 0, Math.min(text.length(), room));
        }
        return text.length();
    }

    /**
     * From now on everybody may choose the modules named in {@code val}, one blank between two, and no others. The
     * list ends at the first empty name, so at two blanks in a row.
     *
     * @return 0; {@code -ENOENT}: one of them is not there, and nothing has changed; {@code -ENOMEM}
     */
    public static int tcp_set_allowed_congestion_control(String val) {
        tcp_congestion_ops ca;
        String[] clone;
        int ret = 0;

        if (Gfp.fails(GFP_USER)) {
            return -ENOMEM;
        }
        clone = val.split(" ", -1);

        for (int i = 0; i < clone.length && !clone[i].isEmpty(); i++) {
            ca = tcp_ca_find(clone[i]);
            if (ca == null) {
                ret = -ENOENT;
                return ret;
            }
        }

        for (list_head<tcp_congestion_ops> p = tcp_cong_list.next; p != tcp_cong_list; p = p.next) {
            p.owner.flags &= ~TCP_CONG_NON_RESTRICTED;
        }

        for (int i = 0; i < clone.length && !clone[i].isEmpty(); i++) {
            ca = tcp_ca_find(clone[i]);
            WARN_ON(ca == null);
            if (ca != null) {
                ca.flags |= TCP_CONG_NON_RESTRICTED;
            }
        }

        return ret;
    }

    /**
     * {@code setsockopt(TCP_CONGESTION)}. The new module is told about the socket at once, except on one that is
     * closed: there the handshake will do it.
     *
     * @return 0; {@code -ENOENT}: none of that name; {@code -EPERM}: it is not for everybody, and the caller is not
     *     privileged (here all tasks are)
     */
    @Differs("a new module finds its private area zeroed; in C it finds what the former module left there, and takes "
            + "it for its own where its init does not set it (veno's cntrtt and diff); upstream zeroes it since "
            + "c12014440750")
    public static int tcp_set_congestion_control(sock sk, String name) {
        inet_connection_sock icsk = inet_csk(sk);
        tcp_congestion_ops ca;
        int err = 0;

        ca = tcp_ca_find(name);

        out: {
            if (ca == icsk.icsk_ca_ops) {
                break out;
            }

            if (ca == null) {
                err = -ENOENT;

            } else if (!((ca.flags & TCP_CONG_NON_RESTRICTED) != 0
                    || ns_capable(sock_net(sk), CAP_NET_ADMIN))) {
                err = -EPERM;

            } else {
                tcp_cleanup_congestion_control(sk);
                icsk.icsk_ca_ops = ca;

                if (sk.skc_state != TCP_CLOSE && icsk.icsk_ca_ops.init != null) {
                    icsk.icsk_ca_ops.init.call(sk);
                }
            }
        }
        return err;
    }
}
