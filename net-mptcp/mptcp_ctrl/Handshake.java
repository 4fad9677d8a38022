// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static inet_connection_sock.Listen.inet_csk_prepare_forced_close;
import static inet_connection_sock.Reqsk.inet_csk_reqsk_queue_removed;
import static inet_hashtables.Bind.__inet_inherit_port;
import static inet_hashtables.Connect.__inet_hash_nolisten;
import static linux.errno.Errno.ENOBUFS;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.in.Addresses.ipv4_is_loopback;
import static linux.tcp.Sockets.tcp_rsk;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_ctrl.Clone.mptcp_alloc_mpcb;
import static mptcp_ctrl.Crypto.mptcp_hmac_sha1;
import static mptcp_ctrl.Functions.reset_meta_funcs;
import static mptcp_ctrl.Functions.reset_mpc;
import static mptcp_ctrl.Subflows.mptcp_add_sock;
import static mptcp_ctrl.Subflows.mptcp_fallback_meta_sk;
import static mptcp_ctrl.Subflows.mptcp_update_metasocket;
import static mptcp_ctrl.Tokens.mptcp_reqsk_remove_tk;
import static net.inet_connection_sock.Reqsk.inet_csk_reqsk_queue_add;
import static net.inet_connection_sock.Reqsk.inet_csk_reqsk_queue_unlink;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_sock.Sockets.inet_rsk;
import static net.inet_sock.Sockets.inet_sk;
import static net.mptcp.Requests.mptcp_rsk;
import static net.mptcp.Subflows.mptcp_v6_is_v4_mapped;
import static net.request_sock.Queues.reqsk_queue_removed;
import static net.request_sock.Requests.reqsk_free;
import static net.sock.Fields.sk_set_socket;
import static net.sock.Nodes.sock_put;
import static net.tcp.WriteQueue.tcp_write_queue_empty;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static tcp.Boot.tcp_done;
import static uapi.linux.socket.SocketOpt.AF_INET;

import java.util.Arrays;
import linux.compiler.Differs;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_options_received;
import net.mptcp.mptcp_request_sock;
import net.request_sock.ReqLink;
import net.request_sock.request_sock;
import net.sock.sock;

/**
 * A connection becomes an MPTCP connection (RFC 6824, section 3.1): on the client when the SYN/ACK brings MP_CAPABLE
 * ({@code mptcp_rcv_synsent_state_process} calls {@link #mptcp_create_master_sk}), on the server when the third ACK
 * does ({@code tcp_check_req} calls {@link #mptcp_check_req_master}). And a subflow becomes part of one, on the side
 * that was joined, with the third ACK of its MP_JOIN (section 3.2): {@link #mptcp_check_req_child}.
 */
public final class Handshake {
    private Handshake() {}

    /** Is MPTCP any use for this connection? Not on loopback, where there is no second path. */
    public static int mptcp_doit(sock sk) {
        if (sk.skc_family == AF_INET
                && (ipv4_is_loopback(inet_sk(sk).skc_daddr) || ipv4_is_loopback(inet_sk(sk).inet_saddr))) {
            return 0;
        }
        if (mptcp_v6_is_v4_mapped(sk) && ipv4_is_loopback(inet_sk(sk).inet_saddr)) {
            return 0;
        }

        return 1;
    }

    /**
     * Makes {@code meta_sk} the meta socket of a connection with one subflow, its master. In the hash table the master
     * takes its place: from now on packets go there.
     *
     * @param window that the peer has announced, in bytes
     * @return 0; {@code -ENOBUFS}: both are closed, or were never made
     */
    @Differs("on failure a client's socket, which an application has, is closed and plain TCP, so that connect() fails; "
            + "the kernel treats it as a child that nobody has: unlocks it twice, drops the application's reference, and "
            + "goes on with what it has freed")
    public static int mptcp_create_master_sk(sock meta_sk, long remote_key, int window) {
        tcp_sock master_tp;
        sock master_sk;

        err_alloc_mpcb: {
            if (mptcp_alloc_mpcb(meta_sk, remote_key, window) != 0) {
                break err_alloc_mpcb;
            }

            master_sk = tcp_sk(meta_sk).mpcb.master_sk;
            master_tp = tcp_sk(master_sk);

            err_add_sock: {
                if (mptcp_add_sock(meta_sk, master_sk, 0, 0, GFP_ATOMIC) != 0) {
                    break err_add_sock;
                }

                if (__inet_inherit_port(meta_sk, master_sk) < 0) {
                    break err_add_sock;
                }

                meta_sk.skc_prot.unhash.call(meta_sk);

                if (master_sk.skc_family == AF_INET || mptcp_v6_is_v4_mapped(master_sk)) {
                    __inet_hash_nolisten(master_sk, null);
                }

                master_tp.mptcp.init_rcv_wnd = master_tp.rcv_wnd;

                return 0;
            }
            mptcp_fallback_meta_sk(meta_sk);

            inet_csk_prepare_forced_close(master_sk);
            tcp_done(master_sk);
            if (meta_sk.sk_socket == null) {
                inet_csk_prepare_forced_close(meta_sk);
                tcp_done(meta_sk);
            }
        }
        if (meta_sk.sk_socket != null && tcp_write_queue_empty(meta_sk)) {
            // The SYN went to the master, and with it.
            tcp_sk(meta_sk).was_meta_sk = true;
            reset_mpc(tcp_sk(meta_sk));
            reset_meta_funcs(tcp_sk(meta_sk));
            tcp_done(meta_sk);
        }
        return -ENOBUFS;
    }

    /**
     * The third ACK has come to a listener, and {@code child} was made: turns it into a connection if the SYN had
     * MP_CAPABLE, and puts it into the accept queue.
     *
     * @return 0: it is the meta socket now; 1: plain TCP, the caller goes on; {@code -ENOBUFS}
     */
    @Differs("closes the child when there is no memory for the rest of the connection; the kernel leaves it in the hash "
            + "table, locked and nobody's")
    public static int mptcp_check_req_master(sock sk, sock child, request_sock req, ReqLink prev) {
        tcp_sock child_tp = tcp_sk(child);
        sock meta_sk = child;
        mptcp_cb mpcb;
        mptcp_request_sock mtreq;

        if (!inet_rsk(req).mptcp_rqsk) {
            return 1;
        }

        if (!inet_rsk(req).saw_mpc) {
            // A later SYN was without MP_CAPABLE. The request got a token with the first one, and has it still.
            mptcp_reqsk_remove_tk(req);
            return 1;
        }

        // This is how they get to mptcp_alloc_mpcb().
        mtreq = mptcp_rsk(req);
        child_tp.mptcp_loc_key = mtreq.mptcp_loc_key;
        child_tp.mptcp_loc_token = mtreq.mptcp_loc_token;

        if (mptcp_create_master_sk(meta_sk, mtreq.mptcp_rem_key, child_tp.snd_wnd) != 0) {
            if (meta_sk.skc_state != TCP_CLOSE) {
                inet_csk_prepare_forced_close(meta_sk);
                tcp_done(meta_sk);
            }
            return -ENOBUFS;
        }

        child = tcp_sk(child).mpcb.master_sk;
        child_tp = tcp_sk(child);
        mpcb = child_tp.mpcb;

        child_tp.mptcp.snt_isn = tcp_rsk(req).snt_isn;
        child_tp.mptcp.rcv_isn = tcp_rsk(req).rcv_isn;

        mpcb.dss_csum = mtreq.dss_csum;
        mpcb.server_side = true;

        // tcp_rcv_state_process() will establish it.
        mptcp_update_metasocket(child, meta_sk);

        // accept() frees requests by __reqsk_free(), which leaves the table alone.
        mptcp_reqsk_remove_tk(req);

        // Taken for the hash table, where the master is now.
        sock_put(meta_sk);

        inet_csk_reqsk_queue_unlink(sk, req, prev);
        inet_csk_reqsk_queue_removed(sk, req);
        inet_csk_reqsk_queue_add(sk, req, meta_sk);

        return 0;
    }

    /**
     * The third ACK of a MP_JOIN has come and {@code child} was made: if the HMAC in it is right, it is a subflow of
     * {@code meta_sk} from now on. A wrong one, or none, ends the subflow.
     *
     * @return the subflow, or {@code meta_sk}: the caller answers with a RST
     */
    public static sock mptcp_check_req_child(
            sock meta_sk, sock child, request_sock req, ReqLink prev, mptcp_options_received mopt) {
        tcp_sock child_tp = tcp_sk(child);
        mptcp_request_sock mtreq = mptcp_rsk(req);
        mptcp_cb mpcb = tcp_sk(meta_sk).mpcb;
        byte[] hash_mac_check = new byte[20];

        child_tp.inside_tk_table = false;

        teardown: {
            if (!mopt.join_ack) {
                break teardown;
            }

            mptcp_hmac_sha1(Crypto.bytes(mpcb.mptcp_rem_key), Crypto.bytes(mpcb.mptcp_loc_key),
                    Crypto.bytes(mtreq.mptcp_rem_nonce), Crypto.bytes(mtreq.mptcp_loc_nonce), hash_mac_check);

            if (!Arrays.equals(hash_mac_check, mopt.mptcp_recv_mac)) {
                break teardown;
            }

            sk_set_socket(child, meta_sk.sk_socket);
            child.sk_wq = meta_sk.sk_wq;

            if (mptcp_add_sock(meta_sk, child, mtreq.loc_id, mtreq.rem_id, GFP_ATOMIC) != 0) {
                // Inherited from the meta socket.
                reset_mpc(child_tp);
                break teardown;
            }

            child_tp.mptcp.rcv_low_prio = mtreq.rcv_low_prio;
            reset_meta_funcs(child_tp);

            // The meta socket's have grown with the number of its subflows.
            child.sk_sndbuf = mpcb.orig_sk_sndbuf;
            child.sk_rcvbuf = mpcb.orig_sk_rcvbuf;

            child_tp.mptcp.slave_sk = true;
            child_tp.mptcp.snt_isn = tcp_rsk(req).snt_isn;
            child_tp.mptcp.rcv_isn = tcp_rsk(req).rcv_isn;
            child_tp.mptcp.init_rcv_wnd = req.rcv_wnd;

            child_tp.tsq_flags = 0;

            // Nobody accepts a subflow.
            inet_csk_reqsk_queue_unlink(meta_sk, req, prev);
            reqsk_queue_removed(inet_csk(meta_sk).icsk_accept_queue, req);
            reqsk_free(req);
            return child;
        }
        inet_csk_reqsk_queue_unlink(meta_sk, req, prev);
        reqsk_queue_removed(inet_csk(meta_sk).icsk_accept_queue, req);
        reqsk_free(req);
        inet_csk_prepare_forced_close(child);
        tcp_done(child);
        return meta_sk;
    }
}
