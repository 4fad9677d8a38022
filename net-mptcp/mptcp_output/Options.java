// SPDX-License-Identifier: GPL-2.0-only
package mptcp_output;

import static linux.kernel.Kernel.ffs;
import static linux.kernel.Kernel.geU32;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_output.Dss.mptcp_write_dss_data_ack;
import static mptcp_output.Dss.mptcp_write_dss_data_seq;
import static mptcp_output.Reinject.mptcp_sub_len_remove_addr;
import static mptcp_output.Reinject.mptcp_sub_len_remove_addr_align;
import static net.mptcp.Dss.mptcp_is_data_seq;
import static net.mptcp.MetaSockets.is_master_tp;
import static net.mptcp.MetaSockets.mptcp_meta_tp;
import static net.mptcp.MptcpConst.MPTCPHDR_INF;
import static net.mptcp.MptcpConst.MPTCP_SUB_ADD_ADDR;
import static net.mptcp.MptcpConst.MPTCP_SUB_CAPABLE;
import static net.mptcp.MptcpConst.MPTCP_SUB_FAIL;
import static net.mptcp.MptcpConst.MPTCP_SUB_FCLOSE;
import static net.mptcp.MptcpConst.MPTCP_SUB_JOIN;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_ACK_ALIGN;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_ADD_ADDR4;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_ADD_ADDR4_ALIGN;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_ADD_ADDR6;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_ADD_ADDR6_ALIGN;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_CAPABLE_ACK;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_CAPABLE_ACK_ALIGN;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_CAPABLE_SYN;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_CAPABLE_SYN_ALIGN;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_DSS_ALIGN;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_FAIL;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_FAIL_ALIGN;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_FCLOSE;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_FCLOSE_ALIGN;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_JOIN_ACK;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_JOIN_ACK_ALIGN;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_JOIN_SYN;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_JOIN_SYNACK;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_JOIN_SYNACK_ALIGN;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_JOIN_SYN_ALIGN;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_PRIO;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_PRIO_ALIGN;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_SEQ_ALIGN;
import static net.mptcp.MptcpConst.MPTCP_SUB_PRIO;
import static net.mptcp.MptcpConst.MPTCP_SUB_REMOVE_ADDR;
import static net.mptcp.MptcpConst.OPTION_ADD_ADDR;
import static net.mptcp.MptcpConst.OPTION_DATA_ACK;
import static net.mptcp.MptcpConst.OPTION_MPTCP;
import static net.mptcp.MptcpConst.OPTION_MP_CAPABLE;
import static net.mptcp.MptcpConst.OPTION_MP_FAIL;
import static net.mptcp.MptcpConst.OPTION_MP_FCLOSE;
import static net.mptcp.MptcpConst.OPTION_MP_JOIN;
import static net.mptcp.MptcpConst.OPTION_MP_PRIO;
import static net.mptcp.MptcpConst.OPTION_REMOVE_ADDR;
import static net.mptcp.MptcpConst.OPTION_TYPE_ACK;
import static net.mptcp.MptcpConst.OPTION_TYPE_SYN;
import static net.mptcp.MptcpConst.OPTION_TYPE_SYNACK;
import static net.mptcp.Requests.mptcp_rsk;
import static net.mptcp.Sysctls.sysctl_mptcp_checksum;
import static net.tcp.Sequence.before;
import static net.tcp.TcpConst.MAX_TCP_OPTION_SPACE;
import static net.tcp.TcpConst.TCPOPT_MPTCP;
import static net.tcp.TcpConst.TCPOPT_NOP;
import static tcp_output.Windows.tcp_select_window;

import linux.compiler.IntRef;
import linux.compiler.KernelBug;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_out_options;
import linux.tcp.tcp_sock;
import net.mptcp.mp_add_addr;
import net.mptcp.mp_capable;
import net.mptcp.mp_fail;
import net.mptcp.mp_fclose;
import net.mptcp.mp_join;
import net.mptcp.mp_prio;
import net.mptcp.mp_remove_addr;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_request_sock;
import net.request_sock.request_sock;
import net.sock.sock;
import net.tcp.tcp_skb_cb;

/**
 * The MPTCP options of what we send (RFC 6824, section 3). {@code tcp_output.Options} calls in twice: first one of
 * {@link #mptcp_syn_options}, {@link #mptcp_synack_options}, {@link #mptcp_established_options} decides what goes in
 * and how many bytes that takes, then {@link #mptcp_options_write} writes it behind the other options.
 *
 * <pre>
 *             first subflow             joining subflow
 * SYN         MP_CAPABLE 12             MP_JOIN 12
 * SYN/ACK     MP_CAPABLE 12             MP_JOIN 16
 * third ACK   MP_CAPABLE 20, DSS 8      MP_JOIN 24, again until the fourth ACK has come
 * later       DSS: 8 without data, 20 with; now and then ADD_ADDR, REMOVE_ADDR, MP_PRIO, MP_FAIL, MP_FASTCLOSE
 * </pre>
 */
public final class Options {
    private Options() {}

    /** @param remaining bytes left for options, of which this takes its part */
    public static void mptcp_syn_options(sock sk, tcp_out_options opts, IntRef remaining) {
        tcp_sock tp = tcp_sk(sk);

        opts.options |= OPTION_MPTCP;
        if (is_master_tp(tp)) {
            opts.mptcp_options |= OPTION_MP_CAPABLE | OPTION_TYPE_SYN;
            remaining.val -= MPTCP_SUB_LEN_CAPABLE_SYN_ALIGN;
            opts.mp_capable.sender_key = tp.mptcp_loc_key;
            opts.dss_csum = sysctl_mptcp_checksum != 0;
        } else {
            mptcp_cb mpcb = tp.mpcb;

            opts.mptcp_options |= OPTION_MP_JOIN | OPTION_TYPE_SYN;
            remaining.val -= MPTCP_SUB_LEN_JOIN_SYN_ALIGN;
            opts.mp_join_syns.token = mpcb.mptcp_rem_token;
            opts.mp_join_syns.low_prio = tp.mptcp.low_prio;
            opts.addr_id = tp.mptcp.loc_id;
            opts.mp_join_syns.sender_nonce = tp.mptcp.mptcp_loc_nonce;
        }
    }

    /** @param remaining bytes left for options, of which this takes its part */
    public static void mptcp_synack_options(request_sock req, tcp_out_options opts, IntRef remaining) {
        mptcp_request_sock mtreq;
        mtreq = mptcp_rsk(req);

        opts.options |= OPTION_MPTCP;
        if (!mtreq.is_sub) {
            opts.mptcp_options |= OPTION_MP_CAPABLE | OPTION_TYPE_SYNACK;
            opts.mp_capable.sender_key = mtreq.mptcp_loc_key;
            opts.dss_csum = sysctl_mptcp_checksum != 0 || mtreq.dss_csum;
            remaining.val -= MPTCP_SUB_LEN_CAPABLE_SYN_ALIGN;
        } else {
            opts.mptcp_options |= OPTION_MP_JOIN | OPTION_TYPE_SYNACK;
            opts.mp_join_syns.sender_truncated_mac = mtreq.mptcp_hash_tmac;
            opts.mp_join_syns.sender_nonce = mtreq.mptcp_loc_nonce;
            opts.mp_join_syns.low_prio = mtreq.low_prio;
            opts.addr_id = mtreq.loc_id;
            remaining.val -= MPTCP_SUB_LEN_JOIN_SYNACK_ALIGN;
        }
    }

    /**
     * Decides for a segment that is no SYN. MP_FAIL and MP_FASTCLOSE go alone. Once the mapping that we send is
     * infinite nothing is added any more, except to segments from before it.
     *
     * @param skb null: only the size is asked for, of a segment with data, and nothing counts as sent
     * @param size bytes taken so far, to which this adds; can come to more than 40, as MP_CAPABLE goes together with
     *     whatever the segment needs
     */
    @KernelBug("while MP_FAIL is repeated, data goes out without its mapping, the announcement of the infinite one too: when both sides send "
            + "at the time of the damage, the data of the one that found it never arrives")
    public static void mptcp_established_options(sock sk, sk_buff skb, tcp_out_options opts, IntRef size) {
        tcp_sock tp = tcp_sk(sk);
        mptcp_cb mpcb = tp.mpcb;
        tcp_skb_cb tcb = skb != null ? TCP_SKB_CB(skb) : null;

        if (tp.mptcp.send_mp_fail) {
            opts.options |= OPTION_MPTCP;
            opts.mptcp_options |= OPTION_MP_FAIL;
            size.val += MPTCP_SUB_LEN_FAIL;
            return;
        }

        if (tp.send_mp_fclose) {
            opts.options |= OPTION_MPTCP;
            opts.mptcp_options |= OPTION_MP_FCLOSE;
            opts.mp_capable.receiver_key = mpcb.mptcp_rem_key;
            size.val += MPTCP_SUB_LEN_FCLOSE_ALIGN;
            return;
        }

        // send_infinite_mapping: we announce it, else the peer did. The announcement itself has to be repeatable, and
        // what was sent before it keeps its mapping.
        if (mpcb.infinite_mapping_snd
                && ((mpcb.send_infinite_mapping && tcb != null
                                && mptcp_is_data_seq(skb)
                                && (tcb.mptcp_flags & MPTCPHDR_INF) == 0
                                && !before(tcb.seq, tp.mptcp.infinite_cutoff_seq))
                        || !mpcb.send_infinite_mapping)) {
            return;
        }

        if (tp.mptcp.include_mpc) {
            opts.options |= OPTION_MPTCP;
            opts.mptcp_options |= OPTION_MP_CAPABLE | OPTION_TYPE_ACK;
            size.val += MPTCP_SUB_LEN_CAPABLE_ACK_ALIGN;
            opts.mp_capable.sender_key = mpcb.mptcp_loc_key;
            opts.mp_capable.receiver_key = mpcb.mptcp_rem_key;
            opts.dss_csum = mpcb.dss_csum;

            if (skb != null) {
                tp.mptcp.include_mpc = false;
            }
        }
        if (tp.mptcp.pre_established) {
            opts.options |= OPTION_MPTCP;
            opts.mptcp_options |= OPTION_MP_JOIN | OPTION_TYPE_ACK;
            size.val += MPTCP_SUB_LEN_JOIN_ACK_ALIGN;
        }

        if (!tp.mptcp.include_mpc && !tp.mptcp.pre_established) {
            opts.options |= OPTION_MPTCP;
            opts.mptcp_options |= OPTION_DATA_ACK;
            if (skb != null && !mptcp_is_data_seq(skb)) {
                size.val += MPTCP_SUB_LEN_ACK_ALIGN;
            } else {
                // 12 with a checksum or without: padding takes its place.
                size.val += MPTCP_SUB_LEN_ACK_ALIGN + MPTCP_SUB_LEN_SEQ_ALIGN;
            }

            size.val += MPTCP_SUB_LEN_DSS_ALIGN;
        }

        if (mpcb.pm_ops.addr_signal != null) {
            mpcb.pm_ops.addr_signal.call(sk, size, opts, skb);
        }

        if (tp.mptcp.send_mp_prio && geU32(MAX_TCP_OPTION_SPACE - size.val, MPTCP_SUB_LEN_PRIO_ALIGN)) {
            opts.options |= OPTION_MPTCP;
            opts.mptcp_options |= OPTION_MP_PRIO;
            if (skb != null) {
                tp.mptcp.send_mp_prio = false;
            }
            size.val += MPTCP_SUB_LEN_PRIO_ALIGN;
        }
    }

    /** A subflow's {@code tp.select_window}: what it offers in its segment counts as offered by the meta socket. */
    public static int mptcp_select_window(sock sk) {
        int new_win = tcp_select_window(sk);
        tcp_sock tp = tcp_sk(sk);
        tcp_sock meta_tp = mptcp_meta_tp(tp);

        meta_tp.rcv_wnd = tp.rcv_wnd;
        meta_tp.rcv_wup = meta_tp.rcv_nxt;

        return new_win;
    }

    /**
     * Writes the options that were decided on.
     *
     * @param tp null for a SYN/ACK
     * @param skb whose mapping is to be written; null for a SYN/ACK
     */
    @KernelBug("The MP_JOIN of a third ACK keeps the last bit of whatever was in memory where its reserved bits are;"
            + " receivers ignore it")
    public static void mptcp_options_write(byte[] ptr, int ptr_at, tcp_sock tp, tcp_out_options opts, sk_buff skb) {
        if ((OPTION_MP_CAPABLE & opts.mptcp_options) != 0) {
            mp_capable mpc = new mp_capable(ptr, ptr_at);

            mpc.kind(TCPOPT_MPTCP);

            if ((OPTION_TYPE_SYN & opts.mptcp_options) != 0 || (OPTION_TYPE_SYNACK & opts.mptcp_options) != 0) {
                mpc.sender_key(opts.mp_capable.sender_key);
                mpc.len(MPTCP_SUB_LEN_CAPABLE_SYN);
                ptr_at += MPTCP_SUB_LEN_CAPABLE_SYN_ALIGN;
            } else if ((OPTION_TYPE_ACK & opts.mptcp_options) != 0) {
                mpc.sender_key(opts.mp_capable.sender_key);
                mpc.receiver_key(opts.mp_capable.receiver_key);
                mpc.len(MPTCP_SUB_LEN_CAPABLE_ACK);
                ptr_at += MPTCP_SUB_LEN_CAPABLE_ACK_ALIGN;
            }

            mpc.sub(MPTCP_SUB_CAPABLE);
            mpc.ver(0);
            mpc.a(opts.dss_csum);
            mpc.b(false);
            mpc.rsv(0);
            mpc.h(true);
        }

        if ((OPTION_MP_JOIN & opts.mptcp_options) != 0) {
            mp_join mpj = new mp_join(ptr, ptr_at);

            mpj.kind(TCPOPT_MPTCP);
            mpj.sub(MPTCP_SUB_JOIN);
            mpj.rsv(0);

            if ((OPTION_TYPE_SYN & opts.mptcp_options) != 0) {
                mpj.len(MPTCP_SUB_LEN_JOIN_SYN);
                mpj.synToken(opts.mp_join_syns.token);
                mpj.synNonce(opts.mp_join_syns.sender_nonce);
                mpj.b(opts.mp_join_syns.low_prio);
                mpj.addr_id(opts.addr_id);
                ptr_at += MPTCP_SUB_LEN_JOIN_SYN_ALIGN;
            } else if ((OPTION_TYPE_SYNACK & opts.mptcp_options) != 0) {
                mpj.len(MPTCP_SUB_LEN_JOIN_SYNACK);
                mpj.synackMac(opts.mp_join_syns.sender_truncated_mac);
                mpj.synackNonce(opts.mp_join_syns.sender_nonce);
                mpj.b(opts.mp_join_syns.low_prio);
                mpj.addr_id(opts.addr_id);
                ptr_at += MPTCP_SUB_LEN_JOIN_SYNACK_ALIGN;
            } else if ((OPTION_TYPE_ACK & opts.mptcp_options) != 0) {
                mpj.len(MPTCP_SUB_LEN_JOIN_ACK);
                mpj.addr_id(0);
                mpj.putAckMac(tp.mptcp.sender_mac);
                ptr_at += MPTCP_SUB_LEN_JOIN_ACK_ALIGN;
            }
        }
        if ((OPTION_ADD_ADDR & opts.mptcp_options) != 0) {
            mp_add_addr mpadd = new mp_add_addr(ptr, ptr_at);

            mpadd.kind(TCPOPT_MPTCP);
            if (opts.add_addr_v4) {
                mpadd.len(MPTCP_SUB_LEN_ADD_ADDR4);
                mpadd.sub(MPTCP_SUB_ADD_ADDR);
                mpadd.ipver(4);
                mpadd.addr_id(opts.add_addr4.addr_id);
                mpadd.v4Addr(opts.add_addr4.addr);
                ptr_at += MPTCP_SUB_LEN_ADD_ADDR4_ALIGN;
            } else if (opts.add_addr_v6) {
                mpadd.len(MPTCP_SUB_LEN_ADD_ADDR6);
                mpadd.sub(MPTCP_SUB_ADD_ADDR);
                mpadd.ipver(6);
                mpadd.addr_id(opts.add_addr6.addr_id);
                mpadd.putV6Addr(opts.add_addr6.addr);
                ptr_at += MPTCP_SUB_LEN_ADD_ADDR6_ALIGN;
            }
        }
        if ((OPTION_REMOVE_ADDR & opts.mptcp_options) != 0) {
            mp_remove_addr mprem = new mp_remove_addr(ptr, ptr_at);
            int addrs_id;
            int id;
            int len;
            int len_align;

            len = mptcp_sub_len_remove_addr(opts.remove_addrs);
            len_align = mptcp_sub_len_remove_addr_align(opts.remove_addrs);

            mprem.kind(TCPOPT_MPTCP);
            mprem.len(len);
            mprem.sub(MPTCP_SUB_REMOVE_ADDR);
            mprem.rsv(0);
            addrs_id = 0;

            for (id = ffs(opts.remove_addrs) - 1; id >= 0; id = ffs(opts.remove_addrs >> id + 1 << id + 1) - 1) {
                mprem.addrs_id(addrs_id++, id);
            }

            if (len_align > len) {
                int i;
                for (i = 0; i < len_align - len; i++) {
                    mprem.addrs_id(addrs_id++, TCPOPT_NOP);
                }
            }

            ptr_at += len_align;
        }
        if ((OPTION_MP_FAIL & opts.mptcp_options) != 0) {
            mp_fail mpfail = new mp_fail(ptr, ptr_at);

            mpfail.kind(TCPOPT_MPTCP);
            mpfail.len(MPTCP_SUB_LEN_FAIL);
            mpfail.sub(MPTCP_SUB_FAIL);
            mpfail.rsv1(0);
            mpfail.rsv2(0);
            mpfail.data_seq(tp.mpcb.csum_cutoff_seq);

            ptr_at += MPTCP_SUB_LEN_FAIL_ALIGN;
        }
        if ((OPTION_MP_FCLOSE & opts.mptcp_options) != 0) {
            mp_fclose mpfclose = new mp_fclose(ptr, ptr_at);

            mpfclose.kind(TCPOPT_MPTCP);
            mpfclose.len(MPTCP_SUB_LEN_FCLOSE);
            mpfclose.sub(MPTCP_SUB_FCLOSE);
            mpfclose.rsv1(0);
            mpfclose.rsv2(0);
            mpfclose.key(opts.mp_capable.receiver_key);

            ptr_at += MPTCP_SUB_LEN_FCLOSE_ALIGN;
        }

        if ((OPTION_DATA_ACK & opts.mptcp_options) != 0) {
            if (!mptcp_is_data_seq(skb)) {
                ptr_at += 4 * mptcp_write_dss_data_ack(tp, skb, ptr, ptr_at);
            } else {
                ptr_at += 4 * mptcp_write_dss_data_seq(tp, skb, ptr, ptr_at);
            }
        }
        if ((OPTION_MP_PRIO & opts.mptcp_options) != 0) {
            mp_prio mpprio = new mp_prio(ptr, ptr_at);

            mpprio.kind(TCPOPT_MPTCP);
            mpprio.len(MPTCP_SUB_LEN_PRIO);
            mpprio.sub(MPTCP_SUB_PRIO);
            mpprio.rsv(0);
            mpprio.b(tp.mptcp.low_prio);
            mpprio.addr_id(TCPOPT_NOP);

            ptr_at += MPTCP_SUB_LEN_PRIO_ALIGN;
        }
    }
}
