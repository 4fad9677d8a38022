// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ipv4;

import static inet_connection_sock.SynQueue.inet_synq_hash;
import static linux.cryptohash.Md5.MD5_DIGEST_WORDS;
import static linux.cryptohash.Md5.md5_transform;
import static linux.ip.IpHdr.ip_hdr;
import static linux.kernel.Kernel.u32;
import static linux.list.Lists.hlist_nulls_add_head_rcu;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_sk;
import static linux.types.Be.raw16;
import static linux.types.Be.raw32;
import static mptcp_ctrl.Requests.mptcp_join_reqsk_init;
import static mptcp_ctrl.Requests.mptcp_reqsk_init;
import static mptcp_ctrl.Tokens.mptcp_reqsk_destructor;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_sock.Sockets.inet_rsk;
import static net.mptcp.Globals.mptcp_reqsk_htb;
import static net.mptcp.Globals.mptcp_secret;
import static net.mptcp.Globals.mptcp_seed;
import static net.mptcp.MptcpConst.MPTCP_HASH_SIZE;
import static net.mptcp.Requests.mptcp_reset_synack_timer;
import static net.mptcp.Requests.mptcp_rsk;
import static net.mptcp_v4.Globals.mptcp_join_request_sock_ipv4_ops;
import static net.mptcp_v4.Globals.mptcp_request_sock_ops;
import static net.request_sock.Queues.reqsk_queue_added;
import static net.request_sock.Queues.reqsk_queue_hash_req;
import static net.sock.Fields.sock_net;
import static net.tcp.Globals.tcp_request_sock_ipv4_ops;
import static tcp_input.ConnRequest.tcp_conn_request;
import static tcp_ipv4.Listen.tcp_v4_reqsk_destructor;
import static uapi.linux.socket.SocketOpt.AF_INET;

import linux.compiler.BoolRef;
import linux.skbuff.sk_buff;
import net.inet_connection_sock.inet_connection_sock;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_request_sock;
import net.request_sock.listen_sock;
import net.request_sock.request_sock;
import net.sock.sock;

/**
 * Requests over IPv4 that use MPTCP, {@code net/mptcp/mptcp_ipv4.c}: how they differ from TCP's, as {@code
 * tcp_conn_request} sees them through {@code tcp_request_sock_ops}.
 */
public final class Requests {
    private Requests() {}

    /** The four numbers of a connection and the next value of the counter, hashed with the secret. */
    private static int[] hash(int saddr, int daddr, int sport, int dport) {
        int[] hash = new int[MD5_DIGEST_WORDS];

        hash[0] = raw32(saddr);
        hash[1] = raw32(daddr);
        hash[2] = (raw16(sport) << 16) + raw16(dport);
        hash[3] = mptcp_seed++;

        return hash;
    }

    /** A nonce for MP_JOIN: 32 bits that the peer cannot guess. */
    public static int mptcp_v4_get_nonce(int saddr, int daddr, int sport, int dport) {
        int[] hash = hash(saddr, daddr, sport, dport);

        md5_transform(hash, mptcp_secret);

        return raw32(hash[0]);
    }

    /** A key for MP_CAPABLE: 64 bits that nobody else can guess. */
    public static long mptcp_v4_get_key(int saddr, int daddr, int sport, int dport) {
        int[] hash = hash(saddr, daddr, sport, dport);

        md5_transform(hash, mptcp_secret);

        return (long) raw32(hash[0]) << 32 | u32(raw32(hash[1]));
    }

    static void mptcp_v4_reqsk_destructor(request_sock req) {
        mptcp_reqsk_destructor(req);

        tcp_v4_reqsk_destructor(req);
    }

    /** {@code init_req} for a SYN with MP_CAPABLE. */
    static int mptcp_v4_init_req(request_sock req, sock sk, sk_buff skb) {
        tcp_request_sock_ipv4_ops.init_req.call(req, sk, skb);
        mptcp_reqsk_init(req, skb);

        return 0;
    }

    /**
     * {@code init_req} for a SYN with MP_JOIN.
     *
     * @param sk the meta socket
     * @return -1: the path manager does not want subflows to this address of ours
     */
    static int mptcp_v4_join_init_req(request_sock req, sock sk, sk_buff skb) {
        mptcp_request_sock mtreq = mptcp_rsk(req);
        mptcp_cb mpcb = tcp_sk(sk).mpcb;
        int addr;
        int loc_id;
        BoolRef low_prio = new BoolRef(false);

        // On failure reqsk_free() looks whether it is in a table.
        mtreq.hash_entry.pprev = null;

        tcp_request_sock_ipv4_ops.init_req.call(req, sk, skb);

        mtreq.mptcp_loc_nonce = mptcp_v4_get_nonce(
                ip_hdr(skb).saddr(), ip_hdr(skb).daddr(), tcp_hdr(skb).source(), tcp_hdr(skb).dest());
        addr = inet_rsk(req).skc_rcv_saddr;
        loc_id = mpcb.pm_ops.get_local_id.call(AF_INET, addr, sock_net(sk), low_prio);
        if (loc_id == -1) {
            return -1;
        }
        mtreq.loc_id = loc_id & 0xff;
        mtreq.low_prio = low_prio.val;

        mptcp_join_reqsk_init(mpcb, req, skb);

        return 0;
    }

    /**
     * {@code queue_hash_add} for a SYN with MP_JOIN: puts the request into the meta socket's SYN queue, and into the
     * table where its third ACK will be looked for. The timer is the meta socket's own one: the keepalive timer, which
     * a listener uses for this, means something else here.
     */
    static void mptcp_v4_reqsk_queue_hash_add(sock meta_sk, request_sock req, long timeout) {
        int h1 = inet_synq_hash(inet_rsk(req).skc_daddr, inet_rsk(req).skc_dport, 0, MPTCP_HASH_SIZE);
        inet_connection_sock meta_icsk = inet_csk(meta_sk);
        listen_sock lopt = meta_icsk.icsk_accept_queue.listen_opt;
        int h2 = inet_synq_hash(
                inet_rsk(req).skc_daddr, inet_rsk(req).skc_dport, lopt.hash_rnd, lopt.nr_table_entries);

        reqsk_queue_hash_req(meta_icsk.icsk_accept_queue, h2, req, timeout);
        if (reqsk_queue_added(meta_icsk.icsk_accept_queue) == 0) {
            mptcp_reset_synack_timer(meta_sk, timeout);
        }

        hlist_nulls_add_head_rcu(mptcp_rsk(req).hash_entry, mptcp_reqsk_htb[h1]);
    }

    /** A SYN with MP_JOIN for {@code meta_sk}: answers it as a listener would. */
    static int mptcp_v4_join_request(sock meta_sk, sk_buff skb) {
        return tcp_conn_request(mptcp_request_sock_ops, mptcp_join_request_sock_ipv4_ops, meta_sk, skb);
    }
}
