// SPDX-License-Identifier: GPL-2.0-only
package inet_connection_sock;

import static inet_connection_sock.Timers.inet_csk_delete_keepalive_timer;
import static linux.bug.Bug.BUG_ON;
import static linux.bug.Bug.WARN_ON;
import static linux.err.Err.IS_ERR;
import static linux.errno.Errno.EADDRINUSE;
import static linux.fs.file.O_NONBLOCK;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.mutex.mutex.mutex_lock;
import static linux.mutex.mutex.mutex_unlock;
import static linux.percpu_counter.percpu_counter.percpu_counter_dec;
import static linux.percpu_counter.percpu_counter.percpu_counter_inc;
import static linux.tcp.Sockets.tcp_rsk;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_ctrl.Clone.mptcp_sk_clone;
import static net.inet_connection_sock.Acks.inet_csk_delack_init;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_sock.Sockets.inet_rsk;
import static net.inet_sock.Sockets.inet_sk;
import static net.mptcp.MetaSockets.is_meta_sk;
import static net.request_sock.Queues.__reqsk_queue_destroy;
import static net.request_sock.Queues.reqsk_queue_alloc;
import static net.request_sock.Queues.reqsk_queue_destroy;
import static net.request_sock.Queues.reqsk_queue_yank_acceptq;
import static net.request_sock.Requests.__reqsk_free;
import static net.route.Route.RT_CONN_FLAGS;
import static net.sock.AcceptQueue.sk_acceptq_removed;
import static net.sock.Alloc.sk_clone_lock;
import static net.sock.Dst.__sk_dst_check;
import static net.sock.Dst.sk_dst_reset;
import static net.sock.Dst.sk_setup_caps;
import static net.sock.Fields.sock_net;
import static net.sock.Fields.sock_orphan;
import static net.sock.Flags.sock_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.Lock.bh_lock_sock;
import static net.sock.Lock.bh_unlock_sock;
import static net.sock.Lock.sock_owned_by_user;
import static net.sock.Nodes.sk_unhashed;
import static net.sock.Nodes.sock_hold;
import static net.sock.Nodes.sock_put;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.sock.Stream.sk_stream_kill_queues;
import static net.tcp.Multipath.mptcp;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static net.tcp_states.TcpState.TCP_SYN_RECV;
import static route.Output.ip_route_output_ports;
import static uapi.linux.in.In.IPPROTO_TCP;
import static uapi.linux.socket.SocketOpt.AF_INET;

import linux.socket.sockaddr;
import linux.socket.sockaddr_in;
import net.dst.dst_entry;
import net.flow.flowi;
import net.flow.flowi4;
import net.inet_connection_sock.inet_connection_sock;
import net.inet_sock.inet_sock;
import net.inet_sock.ip_options;
import net.request_sock.request_sock;
import net.request_sock.request_sock_queue;
import net.route.rtable;
import net.sock.Stream;
import net.sock.sock;

/**
 * How sockets begin and end: a child is cloned from its listener, a listener starts and stops, an orphan is destroyed.
 * At the end of the file the route of a connection is found anew after its MTU has changed.
 */
public final class Listen {
    private Listen() {}

    /**
     * The socket of a connection that a request becomes: a copy of {@code sk}, in SYN_RECV, locked, with two
     * references. Of a meta socket the copy is a subflow.
     *
     * @return null without memory
     */
    public static sock inet_csk_clone_lock(sock sk, request_sock req, int priority) {
        sock newsk;

        if (sk.sk_protocol == IPPROTO_TCP && mptcp(tcp_sk(sk))) {
            newsk = mptcp_sk_clone(sk, req.rsk_ops.family, priority);
        } else {
            newsk = sk_clone_lock(sk, priority);
        }

        if (newsk != null) {
            inet_connection_sock newicsk = inet_csk(newsk);

            newsk.skc_state = TCP_SYN_RECV;
            newicsk.icsk_bind_hash = null;

            inet_sk(newsk).skc_dport = inet_rsk(req).skc_dport;
            inet_sk(newsk).skc_num = inet_rsk(req).skc_num;
            inet_sk(newsk).inet_sport = inet_rsk(req).skc_num;
            newsk.sk_write_space = Stream::sk_stream_write_space;

            newicsk.icsk_retransmits = 0;
            newicsk.icsk_backoff = 0;
            newicsk.icsk_probes_out = 0;

            newicsk.icsk_accept_queue.copy(new request_sock_queue());
        }
        return newsk;
    }

    /** Ends an orphan in CLOSE, out of all tables, and gives back the reference that its last user left to it. */
    public static void inet_csk_destroy_sock(sock sk) {
        WARN_ON(sk.skc_state != TCP_CLOSE);
        WARN_ON(!sock_flag(sk, SOCK_DEAD));

        WARN_ON(!sk_unhashed(sk));

        WARN_ON(inet_sk(sk).skc_num != 0 && inet_csk(sk).icsk_bind_hash == null);

        sk.skc_prot.destroy.call(sk);

        sk_stream_kill_queues(sk);

        percpu_counter_dec(sk.skc_prot.orphan_count);
        sock_put(sk);
    }

    /**
     * Unlocks a clone that has failed half-way, and makes it look like an orphan without a port, so that {@link
     * #inet_csk_destroy_sock} can end it.
     */
    public static void inet_csk_prepare_forced_close(sock sk) {
        bh_unlock_sock(sk);
        sock_put(sk);

        sock_set_flag(sk, SOCK_DEAD);
        percpu_counter_inc(sk.skc_prot.orphan_count);
        inet_sk(sk).skc_num = 0;
    }

    /**
     * Makes a listener. It gets its port now if it has none, and must ask again for one it has: others may have shared
     * it as long as nobody listened.
     *
     * @param nr_table_entries backlog, for the size of the SYN queue
     * @return 0, {@code -ENOMEM}, or {@code -EADDRINUSE}
     */
    public static int inet_csk_listen_start(sock sk, int nr_table_entries) {
        inet_sock inet = inet_sk(sk);
        inet_connection_sock icsk = inet_csk(sk);
        int rc = reqsk_queue_alloc(icsk.icsk_accept_queue, nr_table_entries, GFP_KERNEL);

        if (rc != 0) {
            return rc;
        }

        sk.sk_max_ack_backlog = 0;
        sk.sk_ack_backlog = 0;
        inet_csk_delack_init(sk);

        // First the state, then the port: what may share a port depends on who listens.
        sk.skc_state = TCP_LISTEN;
        if (sk.skc_prot.get_port.call(sk, inet.skc_num) == 0) {
            inet.inet_sport = inet.skc_num;

            sk_dst_reset(sk);
            sk.skc_prot.hash.call(sk);

            return 0;
        }

        sk.skc_state = TCP_CLOSE;
        __reqsk_queue_destroy(icsk.icsk_accept_queue);
        return -EADDRINUSE;
    }

    /**
     * Ends what a listener has that nobody will accept any more: requests without a word, finished connections by
     * {@code disconnect} (which sends a RST), Fast Open requests that only count.
     */
    public static void inet_csk_listen_stop(sock sk) {
        inet_connection_sock icsk = inet_csk(sk);
        request_sock_queue queue = icsk.icsk_accept_queue;
        request_sock acc_req;
        request_sock req;

        inet_csk_delete_keepalive_timer(sk);

        acc_req = reqsk_queue_yank_acceptq(queue);

        reqsk_queue_destroy(queue);

        while ((req = acc_req) != null) {
            sock child = req.sk;
            boolean mutex_taken = false;

            acc_req = req.dl_next;

            if (is_meta_sk(child)) {
                mutex_lock(tcp_sk(child).mpcb.mpcb_mutex);
                mutex_taken = true;
            }
            local_bh_disable();
            bh_lock_sock(child);
            WARN_ON(sock_owned_by_user(child));
            sock_hold(child);

            sk.skc_prot.disconnect.call(child, O_NONBLOCK);

            sock_orphan(child);

            percpu_counter_inc(sk.skc_prot.orphan_count);

            if (sk.sk_protocol == IPPROTO_TCP && tcp_rsk(req).listener != null) {
                BUG_ON(tcp_sk(child).fastopen_rsk != req);
                BUG_ON(sk != tcp_rsk(req).listener);

                // The request goes below: nothing that runs for the child may still see it.
                tcp_sk(child).fastopen_rsk = null;
                sock_put(sk);
            }
            inet_csk_destroy_sock(child);

            bh_unlock_sock(child);
            local_bh_enable();
            if (mutex_taken) {
                mutex_unlock(tcp_sk(child).mpcb.mpcb_mutex);
            }
            sock_put(child);

            sk_acceptq_removed(sk);
            __reqsk_free(req);
        }
        if (queue.fastopenq != null) {
            acc_req = queue.fastopenq.rskq_rst_head;
            queue.fastopenq.rskq_rst_head = null;
            while ((req = acc_req) != null) {
                acc_req = req.dl_next;
                __reqsk_free(req);
            }
        }
        WARN_ON(sk.sk_ack_backlog != 0);
    }

    /** The peer's address and port. */
    public static void inet_csk_addr2sockaddr(sock sk, sockaddr uaddr) {
        sockaddr_in sin = (sockaddr_in) uaddr;
        inet_sock inet = inet_sk(sk);

        sin.sa_family = AF_INET;
        sin.sin_addr = inet.skc_daddr;
        sin.sin_port = inet.skc_dport;
    }

    static dst_entry inet_csk_rebuild_route(sock sk, flowi fl) {
        inet_sock inet = inet_sk(sk);
        ip_options inet_opt;
        int daddr = inet.skc_daddr;
        flowi4 fl4;
        rtable rt;

        inet_opt = inet.inet_opt;
        if (inet_opt != null && inet_opt.srr != 0) {
            daddr = inet_opt.faddr;
        }
        fl4 = (flowi4) fl;
        rt = ip_route_output_ports(sock_net(sk), fl4, sk, daddr,
                inet.inet_saddr, inet.skc_dport,
                inet.inet_sport, sk.sk_protocol,
                RT_CONN_FLAGS(sk), sk.skc_bound_dev_if);
        if (IS_ERR(rt)) {
            rt = null;
        }
        if (rt != null) {
            sk_setup_caps(sk, rt);
        }

        return rt;
    }

    /**
     * A router has said that packets may have at most {@code mtu} bytes: tells the route, and finds another one if
     * that has made it stale.
     *
     * @return the route to use now, without a reference; null if there is none
     */
    public static dst_entry inet_csk_update_pmtu(sock sk, int mtu) {
        dst_entry dst = __sk_dst_check(sk, 0);
        inet_sock inet = inet_sk(sk);

        out: {
            if (dst == null) {
                dst = inet_csk_rebuild_route(sk, inet.cork.fl);
                if (dst == null) {
                    break out;
                }
            }
            dst.ops.update_pmtu.call(dst, sk, null, mtu);

            dst = __sk_dst_check(sk, 0);
            if (dst == null) {
                dst = inet_csk_rebuild_route(sk, inet.cork.fl);
            }
        }
        return dst;
    }
}
