// SPDX-License-Identifier: GPL-2.0-only
package mptcp_input;

import static inet_timewait_sock.DeathRow.inet_twsk_deschedule;
import static inet_timewait_sock.Twsk.inet_twsk_put;
import static linux.ip.IpHdr.ip_hdr;
import static linux.netdevice.Netdev.dev_net;
import static linux.skbuff.Alloc.skb_get;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Dst.skb_dst;
import static linux.skbuff.Free.kfree_skb;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_sk;
import static linux.types.Be.get8;
import static mptcp_ctrl.TokenTable.mptcp_hash_find;
import static mptcp_ipv4.Receive.mptcp_v4_search_req;
import static net.mptcp.Globals.mptcp_init_failed;
import static net.mptcp.MptcpConst.MPTCPHDR_JOIN;
import static net.mptcp.MptcpConst.MPTCP_SUB_JOIN;
import static net.mptcp.Sysctls.mptcp_debug;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.sock.BacklogQueue.sk_add_backlog;
import static net.sock.Fields.sock_net;
import static net.sock.Lock.bh_lock_sock;
import static net.sock.Lock.bh_lock_sock_nested;
import static net.sock.Lock.bh_unlock_sock;
import static net.sock.Lock.sock_owned_by_user;
import static net.sock.Nodes.sock_put;
import static net.tcp.Globals.tcp_death_row;
import static net.tcp.TcpConst.TCPOPT_EOL;
import static net.tcp.TcpConst.TCPOPT_MPTCP;
import static net.tcp.TcpConst.TCPOPT_NOP;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static tcp_ipv4.Receive.tcp_v4_do_rcv;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPBACKLOGDROP;

import linux.compiler.Differs;
import linux.skbuff.sk_buff;
import net.inet_timewait_sock.inet_timewait_sock;
import net.mptcp.mp_join;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_option;
import net.mptcp.mptcp_options_received;
import net.net_namespace.net;
import net.sock.sock;
import uapi.linux.tcp.tcphdr;

/**
 * SYNs and third ACKs of joining subflows (RFC 6824, section 3.2): which connection do they belong to? A SYN says it by
 * the receiver's token, and the ACK that follows is found by its addresses and ports. The packet is then given to the
 * meta socket, whose {@code mptcp_v4_do_rcv} makes the request or the subflow.
 *
 * <pre>
 * tcp_v4_rcv:  the socket found      SYN, MP_JOIN         ACK
 *              -------------------   ------------------   ---------------
 *              none                  mptcp_lookup_join    mptcp_check_req
 *              TIME_WAIT             mptcp_lookup_join    mptcp_check_req
 *              LISTEN                mptcp_do_join_short  (tcp_v4_do_rcv) mptcp_check_req
 * </pre>
 *
 * <p>If the application has the meta socket locked, the packet waits in its backlog; {@code MPTCPHDR_JOIN} tells it
 * apart from those of subflows.
 */
public final class Join {
    private Join() {}

    /**
     * Is it the third ACK of a subflow that joins? Looks for a request with the addresses and ports of {@code skb}.
     *
     * @return 1: yes, and {@code skb} was taken
     */
    public static int mptcp_check_req(sk_buff skb, net net) {
        tcphdr th = tcp_hdr(skb);
        sock meta_sk = null;

        if (mptcp_init_failed) {
            return 0;
        }

        if (skb.protocol == ETH_P_IP) {
            meta_sk = mptcp_v4_search_req(th.source(), ip_hdr(skb).saddr(),
                    ip_hdr(skb).daddr(), net);
        }

        if (meta_sk == null) {
            return 0;
        }

        TCP_SKB_CB(skb).mptcp_flags |= MPTCPHDR_JOIN;

        bh_lock_sock_nested(meta_sk);
        if (sock_owned_by_user(meta_sk)) {
            skb.sk = meta_sk;
            if (sk_add_backlog(meta_sk, skb,
                    meta_sk.sk_rcvbuf + meta_sk.sk_sndbuf) != 0) {
                bh_unlock_sock(meta_sk);
                NET_INC_STATS_BH(net, LINUX_MIB_TCPBACKLOGDROP);
                sock_put(meta_sk);
                kfree_skb(skb);
                return 1;
            }
        } else if (skb.protocol == ETH_P_IP) {
            tcp_v4_do_rcv(meta_sk, skb);
        }
        bh_unlock_sock(meta_sk);
        sock_put(meta_sk);
        return 1;
    }

    /**
     * The MP_JOIN option of a segment, or null. Neither its length nor its form is looked at: a token behind an option
     * that is too short is read from what follows it.
     */
    @Differs("does not read the byte behind the options as a length: a kind in the last place ends the list, as since"
            + " \"ipv4: tcp_input: fix stack out of bounds when parsing TCP options\"")
    public static mp_join mptcp_find_join(sk_buff skb) {
        tcphdr th = tcp_hdr(skb);
        int ptr;
        int length = th.doff() * 4 - tcphdr.SIZE;

        ptr = th.at + tcphdr.SIZE;
        while (length > 0) {
            int opcode = get8(th.b, ptr++);
            int opsize;

            switch (opcode) {
                case TCPOPT_EOL:
                    return null;
                case TCPOPT_NOP:
                    length--;
                    continue;
                default:
                    if (length < 2) {
                        return null;
                    }
                    opsize = get8(th.b, ptr++);
                    if (opsize < 2) {
                        return null;
                    }
                    if (opsize > length) {
                        return null;
                    }
                    if (opcode == TCPOPT_MPTCP
                            && new mptcp_option(th.b, ptr - 2).sub() == MPTCP_SUB_JOIN) {
                        return new mp_join(th.b, ptr - 2);
                    }
                    ptr += opsize - 2;
                    length -= opsize;
            }
        }
        return null;
    }

    /**
     * A SYN for which there is no socket, or one in TIME_WAIT: does it want to join a connection?
     *
     * @param tw goes away if it does; null: there is none
     * @return 1: yes, and {@code skb} was taken. 0: it has no MP_JOIN. -1: there is no such connection, or it has
     *     fallen back to TCP: answer with a reset
     */
    public static int mptcp_lookup_join(sk_buff skb, inet_timewait_sock tw) {
        mptcp_cb mpcb;
        sock meta_sk;
        int token;
        mp_join join_opt = mptcp_find_join(skb);
        if (join_opt == null) {
            return 0;
        }

        if (mptcp_init_failed) {
            return -1;
        }

        token = join_opt.synToken();
        meta_sk = mptcp_hash_find(dev_net(skb_dst(skb).dev), token);
        if (meta_sk == null) {
            mptcp_debug("%s:mpcb not found:%x\n", "mptcp_lookup_join", token);
            return -1;
        }

        mpcb = tcp_sk(meta_sk).mpcb;
        if (mpcb.infinite_mapping_rcv || mpcb.send_infinite_mapping) {
            sock_put(meta_sk);
            return -1;
        }

        // Or mptcp_v4_do_rcv would find it once more.
        if (tw != null) {
            inet_twsk_deschedule(tw, tcp_death_row);
            inet_twsk_put(tw);
        }

        TCP_SKB_CB(skb).mptcp_flags |= MPTCPHDR_JOIN;
        bh_lock_sock_nested(meta_sk);
        if (sock_owned_by_user(meta_sk)) {
            skb.sk = meta_sk;
            if (sk_add_backlog(meta_sk, skb,
                    meta_sk.sk_rcvbuf + meta_sk.sk_sndbuf) != 0) {
                bh_unlock_sock(meta_sk);
                NET_INC_STATS_BH(sock_net(meta_sk),
                        LINUX_MIB_TCPBACKLOGDROP);
                sock_put(meta_sk);
                kfree_skb(skb);
                return 1;
            }
        } else if (skb.protocol == ETH_P_IP) {
            tcp_v4_do_rcv(meta_sk, skb);
        }
        bh_unlock_sock(meta_sk);
        sock_put(meta_sk);
        return 1;
    }

    /**
     * A SYN with MP_JOIN came to a listening socket. The caller frees {@code skb} in any case, so whoever keeps it here
     * holds it once more. Two sockets are locked now, and a reset would take a third lock: so that is left to the
     * caller too.
     *
     * @param mopt its options
     * @return 0: taken care of. -1: there is no such connection, or it takes no subflows: answer with a reset
     */
    public static int mptcp_do_join_short(sk_buff skb, mptcp_options_received mopt,
            net net) {
        sock meta_sk;
        int token;

        token = mopt.mptcp_rem_token;
        meta_sk = mptcp_hash_find(net, token);
        if (meta_sk == null) {
            mptcp_debug("%s:mpcb not found:%x\n", "mptcp_do_join_short", token);
            return -1;
        }

        TCP_SKB_CB(skb).mptcp_flags |= MPTCPHDR_JOIN;

        bh_lock_sock(meta_sk);

        if (tcp_sk(meta_sk).mpcb.infinite_mapping_rcv
                || tcp_sk(meta_sk).mpcb.send_infinite_mapping
                || meta_sk.skc_state == TCP_CLOSE || !tcp_sk(meta_sk).inside_tk_table) {
            bh_unlock_sock(meta_sk);
            sock_put(meta_sk);
            return -1;
        }

        if (sock_owned_by_user(meta_sk)) {
            skb.sk = meta_sk;
            if (sk_add_backlog(meta_sk, skb,
                    meta_sk.sk_rcvbuf + meta_sk.sk_sndbuf) != 0) {
                NET_INC_STATS_BH(net, LINUX_MIB_TCPBACKLOGDROP);
            } else {
                skb_get(skb);
            }
        } else {
            skb_get(skb);
            if (skb.protocol == ETH_P_IP) {
                tcp_v4_do_rcv(meta_sk, skb);
            }
        }

        bh_unlock_sock(meta_sk);
        sock_put(meta_sk);
        return 0;
    }
}
