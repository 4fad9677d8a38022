// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Dst.skb_rtable;
import static mptcp_ctrl.Crypto.mptcp_hmac_sha1;
import static mptcp_ctrl.Tokens.mptcp_reqsk_new_mptcp;
import static mptcp_input.Join.mptcp_do_join_short;
import static mptcp_input.Options.tcp_parse_mptcp_options;
import static net.inet_connection_sock.Reqsk.inet_csk_reqsk_queue_is_full;
import static net.inet_sock.Sockets.inet_rsk;
import static net.mptcp.Options.mptcp_init_mp_opt;
import static net.mptcp.Requests.mptcp_rsk;
import static net.mptcp_v4.Globals.mptcp_request_sock_ipv4_ops;
import static net.mptcp_v4.Globals.mptcp_request_sock_ops;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.sock.Fields.sock_net;
import static net.sock.Flags.sock_flag;
import static net.sock.SockFlag.SOCK_MPTCP;
import static net.tcp.Sysctls.sysctl_tcp_syncookies;
import static tcp_input.ConnRequest.tcp_conn_request;
import static tcp_ipv4.Listen.tcp_syn_flood_action;
import static tcp_ipv4.Listen.tcp_v4_conn_request;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;
import static uapi.linux.rtnetlink.Rt.RTCF_BROADCAST;
import static uapi.linux.rtnetlink.Rt.RTCF_MULTICAST;
import static uapi.linux.snmp.Snmp.LINUX_MIB_LISTENDROPS;

import linux.skbuff.sk_buff;
import linux.types.Be;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_options_received;
import net.mptcp.mptcp_request_sock;
import net.request_sock.request_sock;
import net.sock.sock;

/** SYNs: what becomes of one at a listener, and what a request notes of MP_CAPABLE or MP_JOIN. */
public final class Requests {
    private Requests() {}

    /**
     * A SYN with MP_JOIN (RFC 6824, section 3.2): notes the peer's nonce, and computes the HMAC that the SYN/ACK will
     * carry the first 64 bits of. The request has our nonce already.
     */
    public static void mptcp_join_reqsk_init(mptcp_cb mpcb, request_sock req, sk_buff skb) {
        mptcp_request_sock mtreq = mptcp_rsk(req);
        mptcp_options_received mopt = new mptcp_options_received();
        byte[] mptcp_hash_mac = new byte[20];

        mptcp_init_mp_opt(mopt);
        tcp_parse_mptcp_options(skb, mopt);

        mtreq = mptcp_rsk(req);
        mtreq.mptcp_mpcb = mpcb;
        mtreq.is_sub = true;
        inet_rsk(req).mptcp_rqsk = true;

        mtreq.mptcp_rem_nonce = mopt.mptcp_recv_nonce;

        mptcp_hmac_sha1(Crypto.bytes(mpcb.mptcp_loc_key), Crypto.bytes(mpcb.mptcp_rem_key),
                Crypto.bytes(mtreq.mptcp_loc_nonce), Crypto.bytes(mtreq.mptcp_rem_nonce), mptcp_hash_mac);
        mtreq.mptcp_hash_tmac = Be.get64(mptcp_hash_mac, 0);

        mtreq.rem_id = mopt.rem_id;
        mtreq.rcv_low_prio = mopt.low_prio;
        inet_rsk(req).saw_mpc = true;
    }

    /** A SYN with MP_CAPABLE: the request gets a key and a token. */
    public static void mptcp_reqsk_init(request_sock req, sk_buff skb) {
        mptcp_options_received mopt = new mptcp_options_received();
        mptcp_request_sock mreq = mptcp_rsk(req);

        mptcp_init_mp_opt(mopt);
        tcp_parse_mptcp_options(skb, mopt);

        mreq.is_sub = false;
        inet_rsk(req).mptcp_rqsk = true;
        mreq.dss_csum = mopt.dss_csum;
        mreq.hash_entry.pprev = null;

        mptcp_reqsk_new_mptcp(req, mopt, skb);
    }

    /**
     * {@code conn_request} of a listener that speaks MPTCP: a SYN with MP_JOIN goes to its connection, one with
     * MP_CAPABLE makes a request for an MPTCP connection, any other one for TCP. Where only a SYN cookie is left there
     * is no MPTCP: a cookie has no room for keys.
     *
     * @return 0: the SYN is dropped by the caller in any case
     */
    public static int mptcp_conn_request(sock sk, sk_buff skb) {
        mptcp_options_received mopt = new mptcp_options_received();
        int isn = TCP_SKB_CB(skb).when;
        boolean want_cookie = false;

        drop: {
            if ((sysctl_tcp_syncookies == 2 || inet_csk_reqsk_queue_is_full(sk)) && isn == 0) {
                want_cookie = tcp_syn_flood_action(sk, skb, mptcp_request_sock_ops.slab_name);
                if (!want_cookie) {
                    break drop;
                }
            }

            mptcp_init_mp_opt(mopt);
            tcp_parse_mptcp_options(skb, mopt);

            if (mopt.is_mp_join) {
                return mptcp_do_join_short(skb, mopt, sock_net(sk));
            }
            if (mopt.drop_me) {
                break drop;
            }

            if (!sock_flag(sk, SOCK_MPTCP)) {
                mopt.saw_mpc = false;
            }

            if (skb.protocol == ETH_P_IP) {
                if (mopt.saw_mpc && !want_cookie) {
                    if ((skb_rtable(skb).rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST)) != 0) {
                        break drop;
                    }

                    return tcp_conn_request(mptcp_request_sock_ops, mptcp_request_sock_ipv4_ops, sk, skb);
                }

                return tcp_v4_conn_request(sk, skb);
            }
        }
        NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_LISTENDROPS);
        return 0;
    }
}
