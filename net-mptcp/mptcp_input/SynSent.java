// SPDX-License-Identifier: GPL-2.0-only
package mptcp_input;

import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_sk;
import static linux.types.Be.get64;
import static linux.types.Be.put32;
import static linux.types.Be.put64;
import static mptcp_ctrl.Close.mptcp_sub_force_close;
import static mptcp_ctrl.Crypto.mptcp_hmac_sha1;
import static mptcp_ctrl.Handshake.mptcp_create_master_sk;
import static mptcp_ctrl.TokenTable.mptcp_hash_remove;
import static net.mptcp.MetaSockets.mptcp_meta_sk;
import static net.sock.Fields.sk_set_socket;
import static net.sock.Nodes.sock_put;
import static net.tcp.Multipath.mptcp;

import linux.compiler.Ref;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_options_received;
import net.sock.sock;

/**
 * The SYN/ACK has come, {@code tcp_rcv_synsent_state_process} asks: does the peer speak MPTCP?
 *
 * <p>On the first subflow the answer decides what the socket becomes. So far it is an ordinary one, with the
 * application holding it; if there is an MP_CAPABLE, it turns into the meta socket, and a first subflow is made that
 * takes over from here (RFC 6824, section 3.1). On a joining subflow the peer has to prove that it knows both keys, by
 * an HMAC over the nonces of both sides (section 3.2).
 */
public final class SynSent {
    private SynSent() {}

    /** {@code (u8 *)&v} of a key as it was on the wire. */
    private static byte[] bytes64(long v) {
        byte[] b = new byte[8];
        put64(b, 0, v);
        return b;
    }

    /** The same of a nonce. */
    private static byte[] bytes32(int v) {
        byte[] b = new byte[4];
        put32(b, 0, v);
        return b;
    }

    /**
     * Acts on the MPTCP option of a SYN/ACK, or on there being none.
     *
     * @param skptr gets the first subflow, if {@code sk} becomes a meta socket
     * @param mopt the options of a socket that is none of MPTCP yet; a subflow has its own
     * @return 0: go on. 1: the HMAC of a joining subflow is wrong, reset it. 2: no memory, drop the SYN/ACK
     */
    public static int mptcp_rcv_synsent_state_process(sock sk, Ref<sock> skptr,
            sk_buff skb,
            mptcp_options_received mopt) {
        tcp_sock tp = tcp_sk(sk);

        if (mptcp(tp)) {
            byte[] hash_mac_check = new byte[20];
            mptcp_cb mpcb = tp.mpcb;

            mptcp_hmac_sha1(bytes64(mpcb.mptcp_rem_key),
                    bytes64(mpcb.mptcp_loc_key),
                    bytes32(tp.mptcp.rx_opt.mptcp_recv_nonce),
                    bytes32(tp.mptcp.mptcp_loc_nonce),
                    hash_mac_check);
            if (get64(hash_mac_check, 0)
                    != tp.mptcp.rx_opt.mptcp_recv_tmac) {
                mptcp_sub_force_close(sk);
                return 1;
            }

            // No data until the fourth ACK: the peer cannot know before the third one who we are.
            tp.mptcp.pre_established = true;
            tp.mptcp.rcv_low_prio = tp.mptcp.rx_opt.low_prio;

            mptcp_hmac_sha1(bytes64(mpcb.mptcp_loc_key),
                    bytes64(mpcb.mptcp_rem_key),
                    bytes32(tp.mptcp.mptcp_loc_nonce),
                    bytes32(tp.mptcp.rx_opt.mptcp_recv_nonce),
                    tp.mptcp.sender_mac);

        } else if (mopt.saw_mpc) {
            if (mptcp_create_master_sk(sk, mopt.mptcp_key,
                    tcp_hdr(skb).window()) != 0) {
                return 2;
            }

            sk = tcp_sk(sk).mpcb.master_sk;
            skptr.val = sk;
            tp = tcp_sk(sk);

            // tcp_connect has counted the SYN already.
            tp.mptcp.snt_isn = tp.snd_nxt - 1;
            tp.mpcb.dss_csum = mopt.dss_csum;
            tp.mptcp.include_mpc = true;

            // Data for a SYN belong to the meta socket.
            tp.fastopen_req = null;

            sk_set_socket(sk, mptcp_meta_sk(sk).sk_socket);
            sk.sk_wq = mptcp_meta_sk(sk).sk_wq;

            // A new socket has two references, one of them for whoever asked for it.
            sock_put(sk);
        } else {
            tp.request_mptcp = false;

            if (tp.inside_tk_table) {
                mptcp_hash_remove(tp);
            }
        }

        if (mptcp(tp)) {
            tp.mptcp.rcv_isn = TCP_SKB_CB(skb).seq;
        }

        return 0;
    }
}
