// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.bug.Bug.BUG_ON;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.gfp.Gfp.__GFP_ZERO;
import static linux.hrtimer.Clock.NSEC_PER_SEC;
import static linux.mm.Mm.put_page;
import static linux.net.Create.sock_release;
import static linux.netdevice.Timestamps.net_enable_timestamp;
import static linux.sched.Sched.MAX_SCHEDULE_TIMEOUT;
import static linux.skbuff.Queue.skb_queue_head_init;
import static linux.timer.Timers.init_timer;
import static net.net_namespace.NetNs.get_net;
import static net.net_namespace.NetNs.init_net;
import static net.net_namespace.NetNs.put_net;
import static net.net_namespace.NetNs.release_net;
import static net.sock.Fields.sk_set_socket;
import static net.sock.Fields.sk_tx_queue_clear;
import static net.sock.Fields.sock_net;
import static net.sock.Fields.sock_net_set;
import static net.sock.Fields.sock_orphan;
import static net.sock.Flags.sock_reset_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.Lock.bh_lock_sock;
import static net.sock.Lock.sock_lock_init;
import static net.sock.Memory.sk_sockets_allocated_inc;
import static net.sock.Nodes.sk_node_init;
import static net.sock.Nodes.sock_hold;
import static net.sock.Nodes.sock_put;
import static net.sock.SockConst.SK_FLAGS_TIMESTAMP;
import static net.sock.SockFlag.SOCK_DONE;
import static net.sock.SockFlag.SOCK_MPTCP;
import static net.sock.SockFlag.SOCK_ZAPPED;
import static net.sock.SockLimits.sysctl_rmem_default;
import static net.sock.SockLimits.sysctl_wmem_default;
import static net.sock.Timestamps.sock_disable_timestamp;
import static net.sock.sock.SOCK_BINDPORT_LOCK;
import static net.tcp_states.TcpState.TCP_CLOSE;

import java.util.Collection;
import java.util.Set;
import linux.gfp.Gfp;
import linux.hrtimer.Clock;
import linux.hrtimer.Costs;
import linux.net.socket;
import net.net_namespace.net;

/**
 * How sockets begin and end. {@code inet_create} makes them with {@link #sk_alloc}, a listener's children come from
 * {@link #sk_clone_lock}, subflows from {@link #sk_prot_alloc}.
 *
 * <p>A socket has two counts: {@code skc_refcnt} for those who lead to it, and {@code sk_wmem_alloc} for packets on
 * their way through devices, plus one for all of the former together. It is freed when the second is 0.
 */
public final class Alloc {
    private Alloc() {}

    /** Sockets that are allocated and not freed. */
    static Set<sock> live;

    /** Sockets that are allocated and not freed, for those who check that nothing was left behind. */
    public static Collection<sock> liveSockets() {
        return live;
    }

    /**
     * Sets all to zero but the link by which somebody may be walking along the chain. A new socket is zero already, so
     * what is left is the mark that it is in no chain.
     *
     * @param size means nothing here
     */
    public static void sk_prot_clear_nulls(sock sk, int size) {
        sk.skc_nulls_node.pprev = null;
    }

    /** Copies a socket, whatever its protocol makes of it, except for its place in the hash table. */
    static void sock_copy(sock nsk, sock osk) {
        nsk.copy(osk);
    }

    /** An empty socket of {@code prot}, or null. Who fills it in also sets {@code skc_prot}. */
    public static sock sk_prot_alloc(proto prot, int priority, int family) {
        sock sk;

        sk = Gfp.fails(priority) ? null : prot.alloc.call();
        if (sk == null) {
            return sk;
        }
        if ((priority & __GFP_ZERO) != 0) {
            if (prot.clear_sk != null) {
                prot.clear_sk.call(sk, 0);
            } else {
                sk_prot_clear_nulls(sk, 0);
            }
        }
        live.add(sk);
        sk_tx_queue_clear(sk);

        return sk;
    }

    static void sk_prot_free(proto prot, sock sk) {
        BUG_ON(!live.remove(sk));
    }

    /** A socket that nobody refers to yet; it keeps its namespace alive. Null: no memory. */
    public static sock sk_alloc(net net, int family, int priority, proto prot) {
        sock sk;

        sk = sk_prot_alloc(prot, priority | __GFP_ZERO, family);
        if (sk != null) {
            sk.skc_family = family;
            sk.skc_prot = sk.sk_prot_creator = prot;
            sock_lock_init(sk);
            sock_net_set(sk, get_net(net));
            sk.sk_wmem_alloc = 1;
        }

        return sk;
    }

    static void __sk_free(sock sk) {
        if (sk.sk_destruct != null) {
            sk.sk_destruct.call(sk);
        }

        sock_disable_timestamp(sk, SK_FLAGS_TIMESTAMP);

        put_net(sock_net(sk));
        sk_prot_free(sk.sk_prot_creator, sk);
    }

    /** Nobody refers to the socket any more. If packets of it are on the way, the last of them frees it. */
    public static void sk_free(sock sk) {
        if (--sk.sk_wmem_alloc == 0) {
            __sk_free(sk);
        }
    }

    /** Ends a socket of the kernel itself, one that {@code sk_change_net} has moved. */
    public static void sk_release_kernel(sock sk) {
        if (sk == null || sk.sk_socket == null) {
            return;
        }

        sock_hold(sk);
        sock_release(sk.sk_socket);
        release_net(sock_net(sk));
        sock_net_set(sk, get_net(init_net));
        sock_put(sk);
    }

    /**
     * A second socket like {@code sk}, with empty queues and nothing allocated: what becomes of a listener when a
     * connection comes. It has two references, for the hash table and for the caller, and its spin lock is held.
     */
    public static sock sk_clone_lock(sock sk, int priority) {
        sock newsk;

        Clock.spend(Costs.costs().cloneSock());
        newsk = sk_prot_alloc(sk.skc_prot, priority, sk.skc_family);
        if (newsk != null) {
            sock_copy(newsk, sk);

            get_net(sock_net(newsk));
            sk_node_init(newsk.skc_nulls_node);
            sock_lock_init(newsk);
            bh_lock_sock(newsk);
            newsk.sk_backlog.head = newsk.sk_backlog.tail = null;
            newsk.sk_backlog.len = 0;

            newsk.sk_rmem_alloc = 0;
            newsk.sk_wmem_alloc = 1;
            newsk.sk_omem_alloc = 0;
            skb_queue_head_init(newsk.sk_receive_queue);
            skb_queue_head_init(newsk.sk_write_queue);

            newsk.sk_dst_cache = null;
            newsk.sk_wmem_queued = 0;
            newsk.sk_forward_alloc = 0;
            newsk.sk_send_head = null;
            newsk.sk_userlocks = sk.sk_userlocks & ~SOCK_BINDPORT_LOCK;

            sock_reset_flag(newsk, SOCK_DONE);
            sock_reset_flag(newsk, SOCK_MPTCP);
            skb_queue_head_init(newsk.sk_error_queue);

            newsk.sk_err = 0;
            newsk.sk_priority = 0;
            newsk.skc_refcnt = 2;

            sk_set_socket(newsk, null);
            newsk.sk_wq = null;

            if (newsk.skc_prot.sockets_allocated != null) {
                sk_sockets_allocated_inc(newsk);
            }

            if ((newsk.sk_flags & SK_FLAGS_TIMESTAMP) != 0) {
                net_enable_timestamp();
            }
        }
        return newsk;
    }

    /** What every socket starts with. {@code sock}: the application's side, null if there is none. */
    public static void sock_init_data(socket sock, sock sk) {
        skb_queue_head_init(sk.sk_receive_queue);
        skb_queue_head_init(sk.sk_write_queue);
        skb_queue_head_init(sk.sk_error_queue);

        sk.sk_send_head = null;

        init_timer(sk.sk_timer);

        sk.sk_allocation = GFP_KERNEL;
        sk.sk_rcvbuf = sysctl_rmem_default;
        sk.sk_sndbuf = sysctl_wmem_default;
        sk.skc_state = TCP_CLOSE;
        sk_set_socket(sk, sock);

        sock_set_flag(sk, SOCK_ZAPPED);

        if (sock != null) {
            sk.sk_type = sock.type;
            sk.sk_wq = sock.wq;
            sock.sk = sk;
        } else {
            sk.sk_wq = null;
        }

        sk.sk_state_change = Callbacks::sock_def_wakeup;
        sk.sk_data_ready = Callbacks::sock_def_readable;
        sk.sk_write_space = Callbacks::sock_def_write_space;
        sk.sk_error_report = Callbacks::sock_def_error_report;
        sk.sk_destruct = Callbacks::sock_def_destruct;

        sk.sk_frag.page = null;
        sk.sk_frag.offset = 0;
        sk.sk_peek_off = -1;

        sk.sk_write_pending = 0;
        sk.sk_rcvlowat = 1;
        sk.sk_rcvtimeo = MAX_SCHEDULE_TIMEOUT;
        sk.sk_sndtimeo = MAX_SCHEDULE_TIMEOUT;

        sk.sk_stamp = -1 * NSEC_PER_SEC;

        sk.sk_max_pacing_rate = ~0;
        sk.sk_pacing_rate = ~0;
        sk.skc_refcnt = 1;
        sk.sk_drops = 0;
    }

    /** {@code close} of protocols without connections: gone from the hash tables, then from the application. */
    public static void sk_common_release(sock sk) {
        if (sk.skc_prot.destroy != null) {
            sk.skc_prot.destroy.call(sk);
        }

        sk.skc_prot.unhash.call(sk);

        sock_orphan(sk);

        if (sk.sk_frag.page != null) {
            put_page(sk.sk_frag.page);
            sk.sk_frag.page = null;
        }

        sock_put(sk);
    }
}
