// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ipv4;

import static inet_connection_sock.SynQueue.inet_csk_search_req;
import static inet_connection_sock.SynQueue.inet_synq_hash;
import static inet_hashtables.Inlines.inet_lookup_established;
import static inet_timewait_sock.Twsk.inet_twsk_put;
import static linux.bug.Bug.WARN;
import static linux.ip.IpHdr.ip_hdr;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Free.kfree_skb;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_ipv4.Requests.mptcp_v4_join_request;
import static net.inet_connection_sock.Reqsk.inet_csk_reqsk_queue_unlink;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_sock.Sockets.inet_rsk;
import static net.inet_timewait_sock.Twsk.inet_twsk;
import static net.mptcp.Globals.mptcp_reqsk_htb;
import static net.mptcp.MetaSockets.is_meta_sk;
import static net.mptcp.MptcpConst.MPTCPHDR_JOIN;
import static net.mptcp.MptcpConst.MPTCP_HASH_SIZE;
import static net.mptcp.Requests.rev_mptcp_rsk;
import static net.net_namespace.NetNs.net_eq;
import static net.request_sock.Queues.reqsk_queue_len;
import static net.request_sock.Queues.reqsk_queue_removed;
import static net.request_sock.Requests.reqsk_free;
import static net.route.Route.inet_iif;
import static net.sock.Fields.sock_net;
import static net.sock.Lock.bh_unlock_sock;
import static net.sock.Nodes.sock_hold;
import static net.sock.Nodes.sock_put;
import static net.tcp.Globals.tcp_hashinfo;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_TIME_WAIT;
import static tcp_input.States.tcp_rcv_state_process;
import static tcp_ipv4.Listen.tcp_v4_hnd_req;
import static tcp_ipv4.Receive.tcp_v4_do_rcv;
import static tcp_ipv4.Send.tcp_v4_send_reset;
import static uapi.linux.socket.SocketOpt.AF_INET;

import linux.compiler.Differs;
import linux.list.hlist_nulls_node;
import linux.skbuff.sk_buff;
import net.inet_sock.inet_request_sock;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_request_sock;
import net.net_namespace.net;
import net.request_sock.ReqLink;
import net.request_sock.request_sock;
import net.sock.sock;
import net.sock.sock_common;
import uapi.linux.ip.iphdr;
import uapi.linux.tcp.tcphdr;

/**
 * Packets that are not for a subflow that exists but for the connection: SYNs with MP_JOIN and their third ACKs. {@code
 * tcp_v4_rcv} and {@code mptcp_do_join_short} have found the meta socket and marked the packet with {@code
 * MPTCPHDR_JOIN}; {@code tcp_v4_do_rcv} of a meta socket is {@link #mptcp_v4_do_rcv}.
 */
public final class Receive {
    private Receive() {}

    /**
     * The meta socket is locked and not owned by a task. A packet without the mark has waited in its backlog, while its
     * subflow came to be: it goes there.
     *
     * @return 0, or what {@code tcp_v4_do_rcv} returned
     */
    @Differs("asks whether it has found a full socket before it asks whether that is a meta socket: in C a TIME_WAIT "
            + "socket is asked for fields that it does not have")
    public static int mptcp_v4_do_rcv(sock meta_sk, sk_buff skb) {
        mptcp_cb mpcb = tcp_sk(meta_sk).mpcb;
        sock child;
        sock rsk = null;
        int ret;

        if ((TCP_SKB_CB(skb).mptcp_flags & MPTCPHDR_JOIN) == 0) {
            tcphdr th = tcp_hdr(skb);
            iphdr iph = ip_hdr(skb);
            sock_common sk;

            sk = inet_lookup_established(
                    sock_net(meta_sk), tcp_hashinfo, iph.saddr(), th.source(), iph.daddr(), th.dest(), inet_iif(skb));

            if (sk == null) {
                kfree_skb(skb);
                return 0;
            }
            if (sk.skc_state != TCP_TIME_WAIT && is_meta_sk((sock) sk)) {
                WARN(true, "%s Did not find a sub-sk - did found the meta!\n", "mptcp_v4_do_rcv");
                kfree_skb(skb);
                sock_put((sock) sk);
                return 0;
            }

            if (sk.skc_state == TCP_TIME_WAIT) {
                inet_twsk_put(inet_twsk(sk));
                kfree_skb(skb);
                return 0;
            }

            ret = tcp_v4_do_rcv((sock) sk, skb);
            sock_put((sock) sk);

            return ret;
        }
        TCP_SKB_CB(skb).mptcp_flags = 0;

        discard: {
            reset_and_discard: {
                // Closed, which need not have gone through mptcp_close(), or fallen back: no more subflows.
                if (meta_sk.skc_state == TCP_CLOSE
                        || !tcp_sk(meta_sk).inside_tk_table
                        || mpcb.infinite_mapping_rcv
                        || mpcb.send_infinite_mapping) {
                    break reset_and_discard;
                }

                child = tcp_v4_hnd_req(meta_sk, skb);

                if (child == null) {
                    break discard;
                }

                if (child != meta_sk) {
                    // Not tcp_child_process(): that would look who owns the child, and the meta socket's lock is ours.
                    ret = tcp_rcv_state_process(child, skb, tcp_hdr(skb), skb.len);
                    bh_unlock_sock(child);
                    sock_put(child);
                    if (ret != 0) {
                        rsk = child;
                        break reset_and_discard;
                    }
                } else {
                    if (tcp_hdr(skb).syn()) {
                        mptcp_v4_join_request(meta_sk, skb);
                        break discard;
                    }
                    break reset_and_discard;
                }
                return 0;
            }
            if (reqsk_queue_len(inet_csk(meta_sk).icsk_accept_queue) != 0) {
                tcphdr th = tcp_hdr(skb);
                iphdr iph = ip_hdr(skb);
                ReqLink prev = new ReqLink();
                request_sock req;
                // Closed, but not by mptcp_close(), which would have emptied the queue.
                req = inet_csk_search_req(meta_sk, prev, th.source(), iph.saddr(), iph.daddr());
                if (req != null) {
                    inet_csk_reqsk_queue_unlink(meta_sk, req, prev);
                    reqsk_queue_removed(inet_csk(meta_sk).icsk_accept_queue, req);
                    reqsk_free(req);
                }
            }

            tcp_v4_send_reset(rsk, skb);
        }
        kfree_skb(skb);
        return 0;
    }

    /**
     * Which connection does the third ACK of a join belong to? It has no token, so it is looked for by its addresses.
     *
     * @param rport port and address of the peer, then our address
     * @return the meta socket, with a reference for the caller; null: there is no such request
     */
    public static sock mptcp_v4_search_req(int rport, int raddr, int laddr, net net) {
        sock meta_sk = null;
        hlist_nulls_node<mptcp_request_sock> node;
        int hash = inet_synq_hash(raddr, rport, 0, MPTCP_HASH_SIZE);

        for (node = mptcp_reqsk_htb[hash].first(); node != null; node = node.next) {
            mptcp_request_sock mtreq = node.owner;
            inet_request_sock ireq = inet_rsk(rev_mptcp_rsk(mtreq));
            meta_sk = mtreq.mptcp_mpcb.meta_sk;

            if (ireq.skc_dport == rport
                    && ireq.skc_daddr == raddr
                    && ireq.skc_rcv_saddr == laddr
                    && rev_mptcp_rsk(mtreq).rsk_ops.family == AF_INET
                    && net_eq(net, sock_net(meta_sk))) {
                break;
            }
            meta_sk = null;
        }

        if (meta_sk != null) {
            if (meta_sk.skc_refcnt == 0) {
                meta_sk = null;
            } else {
                sock_hold(meta_sk);
            }
        }

        return meta_sk;
    }
}
