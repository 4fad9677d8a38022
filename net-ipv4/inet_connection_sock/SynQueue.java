// SPDX-License-Identifier: GPL-2.0-only
package inet_connection_sock;

import static inet_connection_sock.Reqsk.inet_csk_reqsk_queue_added;
import static inet_connection_sock.Timers.inet_csk_reset_keepalive_timer;
import static linux.bug.Bug.WARN_ON;
import static linux.err.Err.IS_ERR;
import static linux.jhash.Jhash.jhash_2words;
import static linux.jiffies.Jiffies.jiffies;
import static linux.jiffies.Jiffies.time_after_eq;
import static linux.types.Be.raw16;
import static linux.types.Be.raw32;
import static net.flow.Flow.flowi4_init_output;
import static net.inet_connection_sock.Reqsk.inet_csk_reqsk_queue_unlink;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_sock.Sockets.inet_rsk;
import static net.inet_sock.Sockets.inet_sk;
import static net.inet_sock.Sockets.inet_sk_flowi_flags;
import static net.mptcp.MetaSockets.is_meta_sk;
import static net.request_sock.Queues.reqsk_queue_hash_req;
import static net.request_sock.Queues.reqsk_queue_removed;
import static net.request_sock.Requests.reqsk_free;
import static net.route.Route.RT_CONN_FLAGS;
import static net.route.Route.ip_rt_put;
import static net.snmp.Mib.IP_INC_STATS_BH;
import static net.sock.Fields.sock_net;
import static net.tcp.Sysctls.sysctl_tcp_synack_retries;
import static route.Output.ip_route_output_flow;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_UNIVERSE;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTNOROUTES;

import linux.compiler.IntRef;
import net.dst.dst_entry;
import net.flow.flowi4;
import net.inet_connection_sock.inet_connection_sock;
import net.inet_sock.inet_request_sock;
import net.inet_sock.inet_sock;
import net.inet_sock.ip_options;
import net.net_namespace.net;
import net.request_sock.ReqLink;
import net.request_sock.listen_sock;
import net.request_sock.request_sock;
import net.request_sock.request_sock_queue;
import net.route.rtable;
import net.sock.sock;

/**
 * Connection requests of a listener: their routes, the hash table in which the third ACK finds them, and the timer
 * that repeats SYN/ACKs and throws out those who never answer.
 *
 * <p>{@code tcp_v4_conn_request} puts requests in ({@link #inet_csk_reqsk_queue_hash_add}), {@code tcp_v4_hnd_req}
 * finds them ({@link #inet_csk_search_req}), and the keepalive timer of the listener calls {@link
 * #inet_csk_reqsk_queue_prune} every 200 ms while there are any.
 */
public final class SynQueue {
    private SynQueue() {}

    /**
     * The route for the SYN/ACK. The packet that asked may have named the way back (source routing).
     *
     * @param fl4 filled in
     * @return with a reference; null if there is none
     */
    public static dst_entry inet_csk_route_req(sock sk, flowi4 fl4, request_sock req) {
        rtable rt;
        inet_request_sock ireq = inet_rsk(req);
        ip_options opt = inet_rsk(req).opt;
        net net = sock_net(sk);
        int flags = inet_sk_flowi_flags(sk);

        flowi4_init_output(fl4, sk.skc_bound_dev_if, sk.sk_mark,
                RT_CONN_FLAGS(sk), RT_SCOPE_UNIVERSE,
                sk.sk_protocol,
                flags,
                opt != null && opt.srr != 0 ? opt.faddr : ireq.skc_daddr,
                ireq.skc_rcv_saddr, ireq.skc_dport, inet_sk(sk).inet_sport);
        no_route: {
            route_err: {
                rt = ip_route_output_flow(net, fl4, sk);
                if (IS_ERR(rt)) {
                    break no_route;
                }
                if (opt != null && opt.is_strictroute && rt.rt_uses_gateway) {
                    break route_err;
                }
                return rt;
            }
            ip_rt_put(rt);
        }
        IP_INC_STATS_BH(net, IPSTATS_MIB_OUTNOROUTES);
        return null;
    }

    /** The same for the new socket, whose flow is filled in; its IP options are those of the request. */
    public static dst_entry inet_csk_route_child_sock(sock sk, sock newsk, request_sock req) {
        inet_request_sock ireq = inet_rsk(req);
        inet_sock newinet = inet_sk(newsk);
        ip_options opt;
        net net = sock_net(sk);
        flowi4 fl4;
        rtable rt;

        fl4 = newinet.cork.fl;

        opt = newinet.inet_opt;
        flowi4_init_output(fl4, sk.skc_bound_dev_if, sk.sk_mark,
                RT_CONN_FLAGS(sk), RT_SCOPE_UNIVERSE,
                sk.sk_protocol, inet_sk_flowi_flags(sk),
                opt != null && opt.srr != 0 ? opt.faddr : ireq.skc_daddr,
                ireq.skc_rcv_saddr, ireq.skc_dport, inet_sk(sk).inet_sport);
        no_route: {
            route_err: {
                rt = ip_route_output_flow(net, fl4, sk);
                if (IS_ERR(rt)) {
                    break no_route;
                }
                if (opt != null && opt.is_strictroute && rt.rt_uses_gateway) {
                    break route_err;
                }
                return rt;
            }
            ip_rt_put(rt);
        }
        IP_INC_STATS_BH(net, IPSTATS_MIB_OUTNOROUTES);
        return null;
    }

    /** Slot of a request. @param synq_hsize how many there are, a power of two */
    public static int inet_synq_hash(int raddr, int rport, int rnd, int synq_hsize) {
        return jhash_2words(raw32(raddr), raw16(rport), rnd) & synq_hsize - 1;
    }

    /**
     * The request of the connection from {@code raddr}, {@code rport} to {@code laddr}.
     *
     * @param prevp leads to the request afterwards, so that it can be unlinked
     * @return null if there is none
     */
    public static request_sock inet_csk_search_req(sock sk, ReqLink prevp, int rport, int raddr, int laddr) {
        inet_connection_sock icsk = inet_csk(sk);
        listen_sock lopt = icsk.icsk_accept_queue.listen_opt;
        request_sock req;

        for (prevp.set(lopt.syn_table, inet_synq_hash(raddr, rport, lopt.hash_rnd, lopt.nr_table_entries));
                (req = prevp.get()) != null;
                prevp.set(req)) {
            inet_request_sock ireq = inet_rsk(req);

            if (ireq.skc_dport == rport && ireq.skc_daddr == raddr && ireq.skc_rcv_saddr == laddr) {
                WARN_ON(req.sk != null);
                break;
            }
        }

        return req;
    }

    /** Puts a request into the SYN queue. @param timeout jiffies until its SYN/ACK is repeated */
    public static void inet_csk_reqsk_queue_hash_add(sock sk, request_sock req, long timeout) {
        inet_connection_sock icsk = inet_csk(sk);
        listen_sock lopt = icsk.icsk_accept_queue.listen_opt;
        int h = inet_synq_hash(inet_rsk(req).skc_daddr, inet_rsk(req).skc_dport, lopt.hash_rnd, lopt.nr_table_entries);

        reqsk_queue_hash_req(icsk.icsk_accept_queue, h, req, timeout);
        inet_csk_reqsk_queue_added(sk, timeout);
    }

    /**
     * What is to happen to a request whose time is over.
     *
     * <p>With {@code TCP_DEFER_ACCEPT} the third ACK alone does not make a connection: a request that has got it
     * waits in silence for data, and only at the end of the period one more SYN/ACK asks for them.
     *
     * @param thresh timeouts that a request gets without an answer
     * @param max_retries those it gets after the third ACK
     * @param expire 1: give it up
     * @param resend 1: send the SYN/ACK again
     */
    static void syn_ack_recalc(request_sock req, int thresh, int max_retries, int rskq_defer_accept, IntRef expire,
            IntRef resend) {
        if (rskq_defer_accept == 0) {
            expire.val = req.num_timeout >= thresh ? 1 : 0;
            resend.val = 1;
            return;
        }
        expire.val = req.num_timeout >= thresh && (!inet_rsk(req).acked || req.num_timeout >= max_retries) ? 1 : 0;
        resend.val = !inet_rsk(req).acked || req.num_timeout >= rskq_defer_accept - 1 ? 1 : 0;
    }

    /** Sends the SYN/ACK once more. @return 0 or a negative errno */
    public static int inet_rtx_syn_ack(sock parent, request_sock req) {
        int err = req.rsk_ops.rtx_syn_ack.call(parent, req);

        if (err == 0) {
            req.num_retrans = req.num_retrans + 1 & 0xff;
        }
        return err;
    }

    /**
     * Looks through a part of the SYN queue for requests whose time is over, and goes on from there next time: all of
     * it is looked through twice within {@code timeout}.
     *
     * <p>Half of the queue is kept for requests that have not timed out once. The older ones get fewer attempts the
     * more of them there are, since an honest peer answers the first SYN/ACK.
     *
     * @param interval jiffies between two calls
     * @param timeout jiffies until the first repetition of a SYN/ACK; doubles each time
     * @param max_rto its limit
     */
    public static void inet_csk_reqsk_queue_prune(sock parent, long interval, long timeout, long max_rto) {
        inet_connection_sock icsk = inet_csk(parent);
        request_sock_queue queue = icsk.icsk_accept_queue;
        listen_sock lopt = queue.listen_opt;
        int max_retries = icsk.icsk_syn_retries != 0 ? icsk.icsk_syn_retries : sysctl_tcp_synack_retries;
        int thresh = max_retries;
        long now = jiffies;
        ReqLink reqp = new ReqLink();
        request_sock req;
        int i, budget;
        IntRef expire = new IntRef(), resend = new IntRef();

        if (lopt == null || lopt.qlen == 0) {
            return;
        }

        if (lopt.qlen >> lopt.max_qlen_log - 1 != 0) {
            int young = lopt.qlen_young << 1;

            while (thresh > 2) {
                if (lopt.qlen < young) {
                    break;
                }
                thresh--;
                young <<= 1;
            }
        }

        if (queue.rskq_defer_accept != 0) {
            max_retries = queue.rskq_defer_accept;
        }

        budget = (int) (2 * Long.divideUnsigned(lopt.nr_table_entries, Long.divideUnsigned(timeout, interval)));
        i = lopt.clock_hand;

        do {
            reqp.set(lopt.syn_table, i);
            while ((req = reqp.get()) != null) {
                if (time_after_eq(now, req.expires)) {
                    expire.val = 0;
                    resend.val = 0;

                    syn_ack_recalc(req, thresh, max_retries, queue.rskq_defer_accept, expire, resend);
                    req.rsk_ops.syn_ack_timeout.call(parent, req);
                    if (expire.val == 0
                            && (resend.val == 0 || inet_rtx_syn_ack(parent, req) == 0 || inet_rsk(req).acked)) {
                        long timeo;

                        if (req.num_timeout == 0) {
                            lopt.qlen_young--;
                        }
                        req.num_timeout = req.num_timeout + 1 & 0x7f;
                        timeo = timeout << req.num_timeout;
                        timeo = Long.compareUnsigned(timeo, max_rto) < 0 ? timeo : max_rto;
                        req.expires = now + timeo;
                        reqp.set(req);
                        continue;
                    }

                    inet_csk_reqsk_queue_unlink(parent, req, reqp);
                    reqsk_queue_removed(queue, req);
                    reqsk_free(req);
                    continue;
                }
                reqp.set(req);
            }

            i = i + 1 & lopt.nr_table_entries - 1;

        } while (--budget > 0);

        lopt.clock_hand = i;

        if (lopt.qlen != 0 && !is_meta_sk(parent)) {
            inet_csk_reset_keepalive_timer(parent, interval);
        }
    }
}
