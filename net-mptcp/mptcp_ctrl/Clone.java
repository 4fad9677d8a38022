// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static inet_connection_sock.SynQueue.inet_csk_reqsk_queue_prune;
import static inet_connection_sock.Timers.inet_csk_delete_keepalive_timer;
import static inet_connection_sock.Timers.inet_csk_reset_keepalive_timer;
import static inet_hashtables.Bind.inet_bind_hash;
import static inet_hashtables.Bind.inet_put_port;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.gfp.Gfp.__GFP_ZERO;
import static linux.jiffies.Jiffies.HZ;
import static linux.list.Lists.INIT_LIST_HEAD;
import static linux.netdevice.Timestamps.net_enable_timestamp;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Queue.skb_queue_head_init;
import static linux.skbuff.Queue.skb_queue_tail;
import static linux.skbuff.Queue.skb_unlink;
import static linux.tcp.Sockets.tcp_sk;
import static linux.timer.Timers.setup_timer;
import static linux.types.Be.raw32;
import static mptcp_ctrl.Crypto.mptcp_key_sha1;
import static mptcp_ctrl.Enable.mptcp_enable_static_key;
import static mptcp_ctrl.Functions.set_meta_funcs;
import static mptcp_ctrl.Functions.set_mpc;
import static mptcp_ctrl.Tokens.__mptcp_hash_insert;
import static mptcp_pm.PathManager.mptcp_init_path_manager;
import static mptcp_sched.Registry.mptcp_init_scheduler;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.XmitTimers.inet_csk_clear_xmit_timer;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_RETRANS;
import static net.inet_sock.Sockets.inet_sk;
import static net.mptcp.Requests.mptcp_reset_synack_timer;
import static net.mptcp.Sysctls.mptcp_debug;
import static net.mptcp_v4.Globals.mptcp_v4_specific;
import static net.net_namespace.NetNs.get_net;
import static net.request_sock.Queues.reqsk_queue_alloc;
import static net.sock.Alloc.sk_free;
import static net.sock.Alloc.sk_prot_alloc;
import static net.sock.Dst.sk_dst_reset;
import static net.sock.Fields.sk_set_socket;
import static net.sock.Fields.sock_net;
import static net.sock.Fields.sock_net_set;
import static net.sock.Flags.sock_flag;
import static net.sock.Flags.sock_reset_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.Lock.bh_lock_sock;
import static net.sock.Lock.bh_unlock_sock;
import static net.sock.Lock.sock_lock_init;
import static net.sock.Lock.sock_owned_by_user;
import static net.sock.Memory.sk_mem_charge;
import static net.sock.Memory.sk_sockets_allocated_inc;
import static net.sock.Nodes.sk_node_init;
import static net.sock.Nodes.sock_hold;
import static net.sock.Nodes.sock_put;
import static net.sock.SockConst.SK_FLAGS_TIMESTAMP;
import static net.sock.SockFlag.SOCK_DONE;
import static net.sock.SockFlag.SOCK_KEEPOPEN;
import static net.sock.SockFlag.SOCK_MPTCP;
import static net.sock.sock.SOCK_BINDPORT_LOCK;
import static net.tcp.Globals.tcp_prot;
import static net.tcp.Keepalive.keepalive_time_when;
import static net.tcp.Prequeue.tcp_prequeue_init;
import static net.tcp.TcpConst.TCP_NAGLE_OFF;
import static net.tcp.TcpConst.TCP_NAGLE_PUSH;
import static net.tcp.TcpConst.TCP_RTO_MAX;
import static net.tcp.TcpConst.TCP_SYNQ_INTERVAL;
import static net.tcp.TcpConst.TCP_TIMEOUT_INIT;
import static net.tcp.WriteQueue.tcp_write_queue_purge;
import static tcp_ipv4.Receive.tcp_v4_do_rcv;
import static tcp_timer.Keepalive.tcp_init_xmit_timers;
import static uapi.linux.socket.SocketOpt.AF_INET;

import linux.compiler.Differs;
import linux.compiler.IntRef;
import linux.compiler.KernelBug;
import linux.compiler.LongRef;
import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock;
import net.inet_connection_sock.inet_connection_sock_af_ops;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_tcp_sock;
import net.request_sock.listen_sock;
import net.sock.proto;
import net.sock.sock;

/**
 * How one socket becomes two. The application holds a TCP socket with a SYN out, or one that a listener has made; when
 * it turns out that the peer speaks MPTCP this socket must stay the application's, and so becomes the meta socket. A
 * copy of it, the master, takes over the TCP connection and is the first subflow. The sequence numbers of the meta
 * socket are data sequence numbers from then on.
 *
 * <p>{@link Handshake#mptcp_create_master_sk} calls {@link #mptcp_alloc_mpcb}. Sockets of later subflows are made with
 * {@link #mptcp_sk_clone} when a MP_JOIN comes in.
 */
public final class Clone {
    private Clone() {}

    /** Divides the socket options between the two: keepalive is the meta socket's, errors are not reported upwards. */
    static void mptcp_mpcb_inherit_sockopts(sock meta_sk, sock master_sk) {
        // New subflows are to be accepted at once.
        inet_csk(meta_sk).icsk_accept_queue.rskq_defer_accept = 0;

        if (sock_flag(meta_sk, SOCK_KEEPOPEN)) {
            inet_csk_reset_keepalive_timer(meta_sk, keepalive_time_when(tcp_sk(meta_sk)));
            sock_reset_flag(master_sk, SOCK_KEEPOPEN);
            inet_csk_delete_keepalive_timer(master_sk);
        }

        inet_sk(master_sk).recverr = false;
    }

    /** Options of the connection that hold for a new subflow too. Nagle's algorithm is the meta socket's business. */
    static void mptcp_sub_inherit_sockopts(sock meta_sk, sock sub_sk) {
        if (inet_sk(sub_sk).tos != inet_sk(meta_sk).tos) {
            inet_sk(sub_sk).tos = inet_sk(meta_sk).tos;
            sub_sk.sk_priority = meta_sk.sk_priority;
            sk_dst_reset(sub_sk);
        }

        sub_sk.skc_reuse = meta_sk.skc_reuse;

        sub_sk.sk_userlocks = meta_sk.sk_userlocks & ~SOCK_BINDPORT_LOCK;

        tcp_sk(sub_sk).nonagle = TCP_NAGLE_OFF | TCP_NAGLE_PUSH;

        if (sock_flag(sub_sk, SOCK_KEEPOPEN)) {
            sock_reset_flag(sub_sk, SOCK_KEEPOPEN);
            inet_csk_delete_keepalive_timer(sub_sk);
        }

        inet_sk(sub_sk).recverr = false;
    }

    /**
     * {@code sk_backlog_rcv} of a meta socket: while its owner was busy the packets of all subflows waited here, each
     * with its subflow noted in {@code skb.sk}, but no reference to it: it may have ended since. One without came while
     * the socket was still plain TCP, right behind the SYN/ACK.
     */
    public static int mptcp_backlog_rcv(sock meta_sk, sk_buff skb) {
        sock sk = skb.sk != null ? skb.sk : meta_sk;
        int ret = 0;

        skb.sk = null;

        if (sk.skc_refcnt == 0) {
            kfree_skb(skb);
            return 0;
        }
        sock_hold(sk);

        if (sk.skc_family == AF_INET) {
            ret = tcp_v4_do_rcv(sk, skb);
        }

        sock_put(sk);
        return ret;
    }

    /**
     * Makes {@code newsk} a copy of {@code sk} with empty queues, unlocked by its owner but with its spin lock held,
     * as {@code sk_clone_lock} does for the child of a listener. What is set before the call stays: protocol and {@code
     * icsk_af_ops}.
     *
     * @return 0
     */
    static int mptcp_inherit_sk(sock sk, sock newsk, int family, int flags) {
        proto prot = newsk.skc_prot;
        inet_connection_sock_af_ops af_ops = inet_csk(newsk).icsk_af_ops;

        newsk.copy(sk);

        newsk.skc_family = family;
        newsk.skc_prot = prot;
        newsk.sk_prot_creator = prot;
        inet_csk(newsk).icsk_af_ops = af_ops;

        // It has no part in the connection yet, so it must not give one back if it ends now.
        newsk.sk_destruct = af_inet.Create::inet_sock_destruct;

        get_net(sock_net(newsk));
        sk_node_init(newsk.skc_nulls_node);
        sock_lock_init(newsk);

        // Unlocked by tcp_rcv_state_process() (client) or tcp_child_process() (server).
        bh_lock_sock(newsk);
        newsk.sk_backlog.head = null;
        newsk.sk_backlog.tail = null;
        newsk.sk_backlog.len = 0;

        newsk.sk_rmem_alloc = 0;
        newsk.sk_wmem_alloc = 1;
        newsk.sk_omem_alloc = 0;

        skb_queue_head_init(newsk.sk_receive_queue);
        skb_queue_head_init(newsk.sk_write_queue);

        newsk.sk_dst_cache = null;
        newsk.sk_rx_dst = null;
        newsk.sk_wmem_queued = 0;
        newsk.sk_forward_alloc = 0;
        newsk.sk_send_head = null;
        newsk.sk_userlocks = sk.sk_userlocks & ~SOCK_BINDPORT_LOCK;

        tcp_sk(newsk).mptcp = null;

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

        return 0;
    }

    /** Timer of the meta socket: sends the SYN/ACKs of joining subflows again, and drops requests that are too old. */
    static void mptcp_synack_timer_handler(Object data) {
        sock meta_sk = (sock) data;
        listen_sock lopt = inet_csk(meta_sk).icsk_accept_queue.listen_opt;

        bh_lock_sock(meta_sk);

        out: {
            if (sock_owned_by_user(meta_sk)) {
                mptcp_reset_synack_timer(meta_sk, HZ / 20);
                break out;
            }

            // mptcp_close() has destroyed the queue.
            if (lopt == null) {
                break out;
            }

            inet_csk_reqsk_queue_prune(meta_sk, TCP_SYNQ_INTERVAL, TCP_TIMEOUT_INIT, TCP_RTO_MAX);

            if (lopt.qlen != 0) {
                mptcp_reset_synack_timer(meta_sk, TCP_SYNQ_INTERVAL);
            }
        }
        bh_unlock_sock(meta_sk);
        sock_put(meta_sk);
    }

    /**
     * Makes the control block and the master of a connection whose peer speaks MPTCP, and turns {@code meta_sk} into
     * its meta socket. What waits in its send queue, a SYN, goes to the master.
     *
     * @param remote_key from the peer's MP_CAPABLE: with it, the data sequence number to expect (RFC 6824, section 3.1)
     * @param window that the peer has announced, in bytes
     * @return 0; {@code -ENOBUFS} or {@code -ENOMEM}, and {@code meta_sk} is of no more use
     */
    @Differs("the master has no bind bucket until it has a place in it, and on failure it gets a namespace, a place, or "
            + "rid of the SYN before all is given back: the kernel takes meta_sk out of its bucket twice, dereferences "
            + "NULL, or loses the SYN")
    @KernelBug("a master that is given up after mptcp_inherit_sk() stays counted in sockets_allocated; not fixed upstream")
    static int mptcp_alloc_mpcb(sock meta_sk, long remote_key, int window) {
        mptcp_cb mpcb;
        sock master_sk;
        inet_connection_sock master_icsk;
        inet_connection_sock meta_icsk = inet_csk(meta_sk);
        tcp_sock master_tp;
        tcp_sock meta_tp = tcp_sk(meta_sk);
        sk_buff skb;
        sk_buff tmp;
        IntRef token = new IntRef();
        LongRef idsn = new LongRef();

        master_sk = sk_prot_alloc(meta_sk.skc_prot, GFP_ATOMIC | __GFP_ZERO, meta_sk.skc_family);
        if (master_sk == null) {
            return -ENOBUFS;
        }

        master_tp = tcp_sk(master_sk);
        master_icsk = inet_csk(master_sk);

        // mptcp_inherit_sk() leaves these as they are.
        master_sk.skc_prot = meta_sk.skc_prot;
        master_sk.sk_prot_creator = meta_sk.skc_prot;
        master_icsk.icsk_af_ops = meta_icsk.icsk_af_ops;

        mpcb = Gfp.fails(GFP_ATOMIC) ? null : new mptcp_cb();
        if (mpcb == null) {
            master_sk.sk_wmem_alloc = 1;
            sock_net_set(master_sk, get_net(sock_net(meta_sk)));
            sk_free(master_sk);
            return -ENOBUFS;
        }

        if (mptcp_inherit_sk(meta_sk, master_sk, meta_sk.skc_family, GFP_ATOMIC) != 0) {
            return -ENOBUFS;
        }

        master_icsk.icsk_bind_hash = null;

        meta_tp.mptcp = Gfp.fails(GFP_ATOMIC) ? null : new mptcp_tcp_sock();
        if (meta_tp.mptcp == null) {
            sk_free(master_sk);
            return -ENOBUFS;
        }

        INIT_LIST_HEAD(meta_tp.mptcp.cb_list);

        mpcb.mptcp_loc_key = meta_tp.mptcp_loc_key;
        mpcb.mptcp_loc_token = meta_tp.mptcp_loc_token;

        mptcp_key_sha1(mpcb.mptcp_loc_key, null, idsn);
        idsn.val = idsn.val + 1;
        mpcb.snd_high_order[0] = (int) (idsn.val >>> 32);
        mpcb.snd_high_order[1] = mpcb.snd_high_order[0] - 1;

        meta_tp.write_seq = (int) idsn.val;
        meta_tp.snd_sml = meta_tp.write_seq;
        meta_tp.snd_una = meta_tp.write_seq;
        meta_tp.snd_nxt = meta_tp.write_seq;
        meta_tp.pushed_seq = meta_tp.write_seq;
        meta_tp.snd_up = meta_tp.write_seq;

        mpcb.mptcp_rem_key = remote_key;
        mptcp_key_sha1(mpcb.mptcp_rem_key, token, idsn);
        mpcb.mptcp_rem_token = token.val;
        idsn.val = idsn.val + 1;
        mpcb.rcv_high_order[0] = (int) (idsn.val >>> 32);
        mpcb.rcv_high_order[1] = mpcb.rcv_high_order[0] + 1;
        meta_tp.copied_seq = (int) idsn.val;
        meta_tp.rcv_nxt = (int) idsn.val;
        meta_tp.rcv_wup = (int) idsn.val;

        meta_tp.snd_wl1 = meta_tp.rcv_nxt - 1;
        meta_tp.snd_wnd = window;
        meta_tp.retrans_stamp = 0; // tcp_connect() had set it

        meta_tp.packets_out = 0;
        meta_tp.mptcp.snt_isn = meta_tp.write_seq;
        meta_icsk.icsk_probes_out = 0;

        master_tp.mpcb = mpcb;
        master_tp.meta_sk = meta_sk;
        meta_tp.mpcb = mpcb;
        meta_tp.meta_sk = meta_sk;
        mpcb.meta_sk = meta_sk;
        mpcb.master_sk = master_sk;

        meta_tp.mptcp.attached = false;
        meta_tp.was_meta_sk = false;

        skb_queue_head_init(mpcb.reinject_queue);
        skb_queue_head_init(master_tp.out_of_order_queue);
        tcp_prequeue_init(master_tp);
        INIT_LIST_HEAD(master_tp.tsq_node);

        master_tp.tsq_flags = 0;

        // Only the SYN: tcp_sendmsg() waits until the connection is established.
        for (skb = meta_sk.sk_write_queue.next; skb != null; skb = tmp) {
            tmp = skb.next;
            skb_unlink(skb, meta_sk.sk_write_queue);
            skb_queue_tail(master_sk.sk_write_queue, skb);

            master_sk.sk_wmem_queued += skb.truesize;
            sk_mem_charge(master_sk, skb.truesize);
        }

        meta_sk.sk_wmem_queued = 0;
        meta_sk.sk_forward_alloc = 0;

        // Requests to join wait in the meta socket as other requests do in a listener: room for 32 is enough.
        if (reqsk_queue_alloc(meta_icsk.icsk_accept_queue, 32, GFP_ATOMIC) != 0) {
            inet_bind_hash(master_sk, meta_icsk.icsk_bind_hash, master_tp.skc_num);
            tcp_write_queue_purge(master_sk);
            inet_put_port(master_sk);
            sk_free(master_sk);
            return -ENOMEM;
        }

        if (!sock_flag(meta_sk, SOCK_MPTCP)) {
            mptcp_enable_static_key();
            sock_set_flag(meta_sk, SOCK_MPTCP);
        }

        set_mpc(meta_tp);
        set_meta_funcs(meta_tp);
        meta_sk.sk_backlog_rcv = Clone::mptcp_backlog_rcv;
        meta_sk.sk_destruct = MetaSock::mptcp_sock_destruct;
        mpcb.syn_recv_sock = MetaSock::mptcp_syn_recv_sock;

        meta_icsk.icsk_rto *= 2;

        tcp_init_xmit_timers(master_sk);
        // It ran for the SYN.
        inet_csk_clear_xmit_timer(meta_sk, ICSK_TIME_RETRANS);

        if (!meta_tp.inside_tk_table) {
            // The server side; a client is there since its SYN.
            __mptcp_hash_insert(meta_tp, mpcb.mptcp_loc_token);
        }
        master_tp.inside_tk_table = false;

        INIT_LIST_HEAD(mpcb.tw_list);

        INIT_LIST_HEAD(mpcb.callback_list);

        mptcp_mpcb_inherit_sockopts(meta_sk, master_sk);

        mpcb.orig_sk_rcvbuf = meta_sk.sk_rcvbuf;
        mpcb.orig_sk_sndbuf = meta_sk.sk_sndbuf;
        mpcb.orig_window_clamp = meta_tp.window_clamp;

        mpcb.mpcb_refcnt = 1;

        mptcp_init_path_manager(mpcb);
        mptcp_init_scheduler(mpcb);

        setup_timer(mpcb.synack_timer, Clone::mptcp_synack_timer_handler, meta_sk);

        mptcp_debug("%s: created mpcb with token %#x\n", "mptcp_alloc_mpcb", raw32(mpcb.mptcp_loc_token));

        return 0;
    }

    /**
     * A socket for a subflow that joins {@code sk}, a meta socket: {@code inet_csk_clone_lock} calls it in place of
     * {@code sk_clone_lock}.
     *
     * @return null: no memory
     */
    public static sock mptcp_sk_clone(sock sk, int family, int priority) {
        sock newsk = null;

        if (family == AF_INET && sk.skc_family == AF_INET) {
            newsk = sk_prot_alloc(tcp_prot, priority, family);
            if (newsk == null) {
                return null;
            }

            newsk.skc_prot = tcp_prot;
            newsk.sk_prot_creator = tcp_prot;
            inet_csk(newsk).icsk_af_ops = mptcp_v4_specific;
            newsk.skc_family = AF_INET;
        }

        if (mptcp_inherit_sk(sk, newsk, family, priority) != 0) {
            return null;
        }

        return newsk;
    }
}
