// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.gfp.Gfp.__GFP_MEMALLOC;
import static linux.interrupt.Softirq.in_softirq;
import static net.net_namespace.NetNs.hold_net;
import static net.net_namespace.NetNs.put_net;
import static net.sock.Flags.sock_set_flag;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.sock.sock.SEND_SHUTDOWN;

import linux.net.socket;
import net.net_namespace.net;

/** Small questions about a socket, and fields that are set together. */
public final class Fields {
    private Fields() {}

    /** For work in a softirq: with the reserves, if the socket carries swap traffic. */
    public static int sk_gfp_atomic(sock sk, int gfp_mask) {
        return GFP_ATOMIC | sk.sk_allocation & __GFP_MEMALLOC;
    }

    public static void sk_tx_queue_set(sock sk, int tx_queue) {
        sk.skc_tx_queue_mapping = tx_queue;
    }

    /** Forgets by which queue of the device the socket sends. */
    public static void sk_tx_queue_clear(sock sk) {
        sk.skc_tx_queue_mapping = -1;
    }

    public static int sk_tx_queue_get(sock sk) {
        return sk != null ? sk.skc_tx_queue_mapping : -1;
    }

    /** Ties the network's side to the application's; null: nobody has it open. */
    public static void sk_set_socket(sock sk, socket sock) {
        sk_tx_queue_clear(sk);
        sk.sk_socket = sock;
    }

    /**
     * The application has let go of the socket, which may live on: a connection still has to send its FIN. No one
     * can be woken any more. The reference that the application's side held is the caller's now.
     */
    public static void sock_orphan(sock sk) {
        sock_set_flag(sk, SOCK_DEAD);
        sk_set_socket(sk, null);
        sk.sk_wq = null;
    }

    /** Gives a connection that was accepted to the application's side. */
    public static void sock_graft(sock sk, socket parent) {
        sk.sk_wq = parent.wq;
        parent.sk = sk;
        sk_set_socket(sk, parent);
    }

    /** @return {@code -sk_err}, which is 0 from now on: an error is reported once */
    public static int sock_error(sock sk) {
        int err;
        if (sk.sk_err == 0) {
            return 0;
        }
        err = sk.sk_err;
        sk.sk_err = 0;
        return -err;
    }

    /** Room in the send buffer of a datagram socket, in bytes of memory. */
    public static long sock_wspace(sock sk) {
        int amt = 0;

        if ((sk.sk_shutdown & SEND_SHUTDOWN) == 0) {
            amt = sk.sk_sndbuf - sk.sk_wmem_alloc;
            if (amt < 0) {
                amt = 0;
            }
        }
        return amt;
    }

    /** May a datagram socket be written to, as poll sees it? */
    public static boolean sock_writeable(sock sk) {
        return sk.sk_wmem_alloc < sk.sk_sndbuf >> 1;
    }

    /** How an allocation may be made here: a softirq cannot wait. */
    public static int gfp_any() {
        return in_softirq() ? GFP_ATOMIC : GFP_KERNEL;
    }

    public static net sock_net(sock_common sk) {
        return sk.skc_net;
    }

    public static void sock_net_set(sock_common sk, net net) {
        sk.skc_net = net;
    }

    /** Moves a socket of the kernel itself into a namespace, which it does not keep alive. */
    public static void sk_change_net(sock sk, net net) {
        put_net(sock_net(sk));
        sock_net_set(sk, hold_net(net));
    }

    /** Who opened the socket: the superuser, here always. */
    public static int sock_i_uid(sock sk) {
        return sk.sk_socket != null ? sk.sk_socket.i_uid : 0;
    }

    /** The number by which {@code /proc} tells sockets apart; 0 for an orphan. */
    public static long sock_i_ino(sock sk) {
        return sk.sk_socket != null ? sk.sk_socket.i_ino : 0;
    }
}
