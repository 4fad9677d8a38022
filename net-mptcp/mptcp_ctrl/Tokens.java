// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static linux.interrupt.Softirq.in_softirq;
import static linux.ip.IpHdr.ip_hdr;
import static linux.list.Lists.hlist_nulls_add_head_rcu;
import static linux.list.Lists.hlist_nulls_del_init_rcu;
import static linux.tcp.Sockets.tcp_sk;
import static linux.types.Be.raw32;
import static mptcp_ctrl.Crypto.mptcp_key_sha1;
import static mptcp_ipv4.Requests.mptcp_v4_get_key;
import static net.inet_sock.Sockets.inet_rsk;
import static net.inet_sock.Sockets.inet_sk;
import static net.mptcp.Globals.tk_hashtable;
import static net.mptcp.MptcpConst.MPTCP_HASH_SIZE;
import static net.mptcp.Requests.mptcp_hash_request_remove;
import static net.mptcp.Requests.mptcp_rsk;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;
import static uapi.linux.socket.SocketOpt.AF_INET;

import linux.compiler.IntRef;
import linux.list.hlist_nulls_head;
import linux.list.hlist_nulls_node;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.inet_sock.inet_request_sock;
import net.inet_sock.inet_sock;
import net.mptcp.mptcp_options_received;
import net.mptcp.mptcp_request_sock;
import net.request_sock.request_sock;
import net.sock.sock;

/**
 * Keys and tokens (RFC 6824, sections 2.1 and 3.1). Each side of a connection has a key of 64 bits that it tells the
 * other in MP_CAPABLE; the token, 32 bits of the key's SHA-1, names the connection in the MP_JOIN of a later subflow.
 * So a token must not be in use twice on a machine, neither by a connection nor by a request for one: both kinds have
 * a table here, and keys are made until the token is new.
 *
 * <p>Keys, tokens and nonces are the bytes on the wire, read as big-endian numbers.
 */
public final class Tokens {
    private Tokens() {}

    /** Requests for new connections by our token: only looked into so that no token is given twice. */
    static hlist_nulls_head<mptcp_request_sock>[] mptcp_reqsk_tk_htb;

    /** The bucket of a token, which the kernel hashes as a little-endian machine reads it. */
    static int mptcp_hash_tk(int token) {
        return Integer.remainderUnsigned(raw32(token), MPTCP_HASH_SIZE);
    }

    /** Has a request for a connection this token? */
    static boolean mptcp_reqsk_find_tk(int token) {
        int hash = mptcp_hash_tk(token);
        hlist_nulls_node<mptcp_request_sock> node;

        for (node = mptcp_reqsk_tk_htb[hash].first(); node != null; node = node.next) {
            mptcp_request_sock mtreqsk = node.owner;
            if (token == mtreqsk.mptcp_loc_token) {
                return true;
            }
        }
        return false;
    }

    static void mptcp_reqsk_insert_tk(request_sock reqsk, int token) {
        int hash = mptcp_hash_tk(token);

        hlist_nulls_add_head_rcu(mptcp_rsk(reqsk).hash_entry, mptcp_reqsk_tk_htb[hash]);
    }

    static void mptcp_reqsk_remove_tk(request_sock reqsk) {
        hlist_nulls_del_init_rcu(mptcp_rsk(reqsk).hash_entry);
    }

    /** The request ends: out of the table it is in, that of tokens or (a joining subflow) that of joins. */
    public static void mptcp_reqsk_destructor(request_sock req) {
        if (!mptcp_rsk(req).is_sub) {
            if (in_softirq()) {
                mptcp_reqsk_remove_tk(req);
            } else {
                hlist_nulls_del_init_rcu(mptcp_rsk(req).hash_entry);
            }
        } else {
            mptcp_hash_request_remove(req);
        }
    }

    /** From now on MP_JOINs find the connection. */
    static void __mptcp_hash_insert(tcp_sock meta_tp, int token) {
        int hash = mptcp_hash_tk(token);
        hlist_nulls_add_head_rcu(meta_tp.tk_table, tk_hashtable[hash]);
        meta_tp.inside_tk_table = true;
    }

    /** Has a connection this token? Whatever namespace it is in. */
    static boolean mptcp_find_token(int token) {
        int hash = mptcp_hash_tk(token);
        hlist_nulls_node<tcp_sock> node;

        for (node = tk_hashtable[hash].first(); node != null; node = node.next) {
            tcp_sock meta_tp = node.owner;
            if (token == meta_tp.mptcp_loc_token) {
                return true;
            }
        }
        return false;
    }

    /** A key for a connection that {@code req} asks for, and its token. */
    static void mptcp_set_key_reqsk(request_sock req, sk_buff skb) {
        inet_request_sock ireq = inet_rsk(req);
        mptcp_request_sock mtreq = mptcp_rsk(req);
        IntRef token = new IntRef();

        if (skb.protocol == ETH_P_IP) {
            mtreq.mptcp_loc_key =
                    mptcp_v4_get_key(ip_hdr(skb).saddr(), ip_hdr(skb).daddr(), ireq.skc_num, ireq.skc_dport);
        }

        mptcp_key_sha1(mtreq.mptcp_loc_key, token, null);
        mtreq.mptcp_loc_token = token.val;
    }

    /** A SYN with MP_CAPABLE: notes the peer's key and picks ours, which the SYN/ACK will carry. */
    public static void mptcp_reqsk_new_mptcp(request_sock req, mptcp_options_received mopt, sk_buff skb) {
        mptcp_request_sock mtreq = mptcp_rsk(req);

        inet_rsk(req).saw_mpc = true;

        do {
            mptcp_set_key_reqsk(req, skb);
        } while (mptcp_reqsk_find_tk(mtreq.mptcp_loc_token) || mptcp_find_token(mtreq.mptcp_loc_token));

        mptcp_reqsk_insert_tk(req, mtreq.mptcp_loc_token);
        mtreq.mptcp_rem_key = mopt.mptcp_key;
    }

    /** A key for a connection that we open, and its token. */
    static void mptcp_set_key_sk(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        inet_sock isk = inet_sk(sk);
        IntRef token = new IntRef();

        if (sk.skc_family == AF_INET) {
            tp.mptcp_loc_key = mptcp_v4_get_key(isk.inet_saddr, isk.skc_daddr, isk.inet_sport, isk.skc_dport);
        }

        mptcp_key_sha1(tp.mptcp_loc_key, token, null);
        tp.mptcp_loc_token = token.val;
    }
}
