// SPDX-License-Identifier: GPL-2.0-only
package mptcp_input;

import static linux.errno.Errno.ECONNRESET;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Headers.skb_transport_header;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_sk;
import static linux.types.Be.get16;
import static linux.types.Be.get32;
import static linux.types.Be.get64;
import static linux.types.Be.get8;
import static mptcp_ctrl.Close.mptcp_sub_force_close;
import static mptcp_output.Reinject.mptcp_reinject_data;
import static net.mptcp.Dss.mptcp_sub_len_dss;
import static net.mptcp.MptcpConst.MPTCPHDR_ACK;
import static net.mptcp.MptcpConst.MPTCPHDR_DSS_CSUM;
import static net.mptcp.MptcpConst.MPTCPHDR_FIN;
import static net.mptcp.MptcpConst.MPTCPHDR_SEQ;
import static net.mptcp.MptcpConst.MPTCPHDR_SEQ64_SET;
import static net.mptcp.MptcpConst.MPTCP_SUB_ADD_ADDR;
import static net.mptcp.MptcpConst.MPTCP_SUB_CAPABLE;
import static net.mptcp.MptcpConst.MPTCP_SUB_DSS;
import static net.mptcp.MptcpConst.MPTCP_SUB_FAIL;
import static net.mptcp.MptcpConst.MPTCP_SUB_FCLOSE;
import static net.mptcp.MptcpConst.MPTCP_SUB_JOIN;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_ACK;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_ACK_64;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_ADD_ADDR4;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_CAPABLE_ACK;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_CAPABLE_SYN;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_FAIL;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_FCLOSE;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_JOIN_ACK;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_JOIN_SYN;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_JOIN_SYNACK;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_PRIO;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_PRIO_ADDR;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_REMOVE_ADDR;
import static net.mptcp.MptcpConst.MPTCP_SUB_PRIO;
import static net.mptcp.MptcpConst.MPTCP_SUB_REMOVE_ADDR;
import static net.mptcp.Sysctls.mptcp_debug;
import static net.mptcp.Sysctls.sysctl_mptcp_checksum;
import static net.tcp.States.tcp_need_reset;
import static net.tcp.TcpConst.TCPOPT_EOL;
import static net.tcp.TcpConst.TCPOPT_MPTCP;
import static net.tcp.TcpConst.TCPOPT_NOP;

import linux.compiler.Differs;
import linux.compiler.KernelBug;
import linux.skbuff.sk_buff;
import linux.types.View;
import net.mptcp.mp_capable;
import net.mptcp.mp_dss;
import net.mptcp.mp_fclose;
import net.mptcp.mp_join;
import net.mptcp.mp_prio;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_option;
import net.mptcp.mptcp_options_received;
import net.sock.sock;
import net.tcp.tcp_skb_cb;
import uapi.linux.tcp.tcphdr;

/**
 * Reading the options of Multipath TCP (RFC 6824, section 3). All have number 30 and are told apart by a subtype:
 *
 * <pre>
 * subtype            lengths              read into mptcp_options_received
 *  0  MP_CAPABLE     12, 20               saw_mpc, dss_csum, mptcp_key; drop_me
 *  1  MP_JOIN        12, 16, 24           saw_mpc; is_mp_join, rem_id, token, nonce; MAC, nonce; join_ack, MAC
 *  2  DSS            4 to 28, by flags    data_ack, data_seq, data_len; flags in the control block
 *  3  ADD_ADDR       8, 10                where it is
 *  4  REMOVE_ADDR    from 4 on            where it is
 *  5  MP_PRIO        3, 4                 saw_low_prio, low_prio, prio_addr_id
 *  6  MP_FAIL        12                   mp_fail
 *  7  MP_FASTCLOSE   12                   mp_fclose, mptcp_key
 * </pre>
 *
 * <p>{@code tcp_parse_options} finds the options and calls {@link #mptcp_parse_options} for each; nothing is done here
 * but noting them. {@link HandleOptions} acts later, when the segment is known to be acceptable. An option of an
 * impossible length is ignored. The subtype is read before the length is looked at: it may lie behind the option.
 */
public final class Options {
    private Options() {}

    /**
     * The peer has taken back an address: resets the subflows to it. What is out on them goes out on others.
     *
     * @param rem_id the peer's id of the address
     */
    @KernelBug("the application does not hear of it when the last subflow is lost this way")
    static void mptcp_send_reset_rem_id(mptcp_cb mpcb, int rem_id) {
        sock sk_it, tmpsk;

        for (sk_it = mpcb.connection_list; sk_it != null; sk_it = tmpsk) {
            tmpsk = tcp_sk(sk_it).mptcp.next;
            if (tcp_sk(sk_it).mptcp.rem_id == rem_id) {
                mptcp_reinject_data(sk_it, 0);
                sk_it.sk_err = ECONNRESET;
                if (tcp_need_reset(sk_it.skc_state)) {
                    tcp_sk(sk_it).send_active_reset.call(sk_it,
                            GFP_ATOMIC);
                }
                mptcp_sub_force_close(sk_it);
            }
        }
    }

    /**
     * Notes one option. Several of a kind in one segment add up: fields are those of the last, flags those of all.
     *
     * @param opsize its length as it says, which does not lead out of the header
     * @param mopt null: nobody wants to know
     */
    @KernelBug("of a 64-bit data ACK only the low half is taken, so that one with a wrong high half acknowledges too")
    @KernelBug("flags of several DSS options in one segment add up, while the place is that of the last one")
    public static void mptcp_parse_options(byte[] ptr, int ptr_at, int opsize,
            mptcp_options_received mopt,
            sk_buff skb) {
        mptcp_option mp_opt = new mptcp_option(ptr, ptr_at);

        if (mopt == null) {
            return;
        }

        switch (mp_opt.sub()) {
            case MPTCP_SUB_CAPABLE: {
                mp_capable mpcapable = new mp_capable(ptr, ptr_at);

                if (opsize != MPTCP_SUB_LEN_CAPABLE_SYN
                        && opsize != MPTCP_SUB_LEN_CAPABLE_ACK) {
                    mptcp_debug("%s: mp_capable: bad option size %d\n",
                            "mptcp_parse_options", opsize);
                    break;
                }

                if (mpcapable.ver() != 0) {
                    break;
                }

                // RFC 6824, section 3.1: an extension not known to us; the peer will try again without.
                if (mpcapable.b()) {
                    mopt.drop_me = true;
                    break;
                }

                // No algorithm in common.
                if (!mpcapable.h()) {
                    break;
                }

                mopt.saw_mpc = true;
                mopt.dss_csum = sysctl_mptcp_checksum != 0 || mpcapable.a();

                if (opsize >= MPTCP_SUB_LEN_CAPABLE_SYN) {
                    mopt.mptcp_key = mpcapable.sender_key();
                }

                break;
            }
            case MPTCP_SUB_JOIN: {
                mp_join mpjoin = new mp_join(ptr, ptr_at);

                if (opsize != MPTCP_SUB_LEN_JOIN_SYN
                        && opsize != MPTCP_SUB_LEN_JOIN_SYNACK
                        && opsize != MPTCP_SUB_LEN_JOIN_ACK) {
                    mptcp_debug("%s: mp_join: bad option size %d\n",
                            "mptcp_parse_options", opsize);
                    break;
                }

                // saw_mpc with each of them: without it a SYN that comes again counts as one of plain TCP.
                switch (opsize) {
                    case MPTCP_SUB_LEN_JOIN_SYN:
                        mopt.is_mp_join = true;
                        mopt.saw_mpc = true;
                        mopt.low_prio = mpjoin.b();
                        mopt.rem_id = mpjoin.addr_id();
                        mopt.mptcp_rem_token = mpjoin.synToken();
                        mopt.mptcp_recv_nonce = mpjoin.synNonce();
                        break;
                    case MPTCP_SUB_LEN_JOIN_SYNACK:
                        mopt.saw_mpc = true;
                        mopt.low_prio = mpjoin.b();
                        mopt.rem_id = mpjoin.addr_id();
                        mopt.mptcp_recv_tmac = mpjoin.synackMac();
                        mopt.mptcp_recv_nonce = mpjoin.synackNonce();
                        break;
                    case MPTCP_SUB_LEN_JOIN_ACK:
                        mopt.saw_mpc = true;
                        mopt.join_ack = true;
                        mpjoin.getAckMac(mopt.mptcp_recv_mac);
                        break;
                }
                break;
            }
            case MPTCP_SUB_DSS: {
                mp_dss mdss = new mp_dss(ptr, ptr_at);
                tcp_skb_cb tcb = TCP_SKB_CB(skb);

                // With or without a checksum, whatever was agreed on: one too many is ignored (section 3.3).
                if (opsize != mptcp_sub_len_dss(mdss, 0)
                        && opsize != mptcp_sub_len_dss(mdss, 1)) {
                    mptcp_debug("%s: mp_dss: bad option size %d\n",
                            "mptcp_parse_options", opsize);
                    break;
                }

                ptr_at += 4;

                if (mdss.A()) {
                    tcb.mptcp_flags |= MPTCPHDR_ACK;

                    if (mdss.a()) {
                        mopt.data_ack = (int) get64(ptr, ptr_at);
                        ptr_at += MPTCP_SUB_LEN_ACK_64;
                    } else {
                        mopt.data_ack = get32(ptr, ptr_at);
                        ptr_at += MPTCP_SUB_LEN_ACK;
                    }
                }

                tcb.dss_off = ptr_at - skb_transport_header(skb) & 0xff;

                if (mdss.M()) {
                    if (mdss.m()) {
                        long data_seq64 = get64(ptr, ptr_at);

                        tcb.mptcp_flags |= MPTCPHDR_SEQ64_SET;
                        mopt.data_seq = (int) data_seq64;

                        ptr_at += 12;
                    } else {
                        mopt.data_seq = get32(ptr, ptr_at);
                        ptr_at += 8;
                    }
                    mopt.data_len = get16(ptr, ptr_at);

                    tcb.mptcp_flags |= MPTCPHDR_SEQ;

                    if (opsize == mptcp_sub_len_dss(mdss, 1)) {
                        tcb.mptcp_flags |= MPTCPHDR_DSS_CSUM;
                    }

                    // A DATA_FIN is the last number of a mapping: without one it means nothing.
                    if (mdss.F()) {
                        tcb.mptcp_flags |= MPTCPHDR_FIN;
                    }
                }

                break;
            }
            case MPTCP_SUB_ADD_ADDR: {
                if (opsize != MPTCP_SUB_LEN_ADD_ADDR4
                        && opsize != MPTCP_SUB_LEN_ADD_ADDR4 + 2) {
                    mptcp_debug("%s: mp_add_addr: bad option size %d\n",
                            "mptcp_parse_options", opsize);
                    break;
                }

                // There is room for one only; from the second on, mptcp_parse_addropt looks for them again.
                if (mopt.saw_add_addr != 0) {
                    mopt.more_add_addr = true;
                    break;
                }
                mopt.saw_add_addr = 1;
                mopt.add_addr_ptr = new View(ptr, ptr_at);
                break;
            }
            case MPTCP_SUB_REMOVE_ADDR:
                if (opsize - MPTCP_SUB_LEN_REMOVE_ADDR < 0) {
                    mptcp_debug("%s: mp_remove_addr: bad option size %d\n",
                            "mptcp_parse_options", opsize);
                    break;
                }

                if (mopt.saw_rem_addr) {
                    mopt.more_rem_addr = true;
                    break;
                }
                mopt.saw_rem_addr = true;
                mopt.rem_addr_ptr = new View(ptr, ptr_at);
                break;
            case MPTCP_SUB_PRIO: {
                mp_prio mpprio = new mp_prio(ptr, ptr_at);

                if (opsize != MPTCP_SUB_LEN_PRIO
                        && opsize != MPTCP_SUB_LEN_PRIO_ADDR) {
                    mptcp_debug("%s: mp_prio: bad option size %d\n",
                            "mptcp_parse_options", opsize);
                    break;
                }

                mopt.saw_low_prio = 1;
                mopt.low_prio = mpprio.b();

                if (opsize == MPTCP_SUB_LEN_PRIO_ADDR) {
                    mopt.saw_low_prio = 2;
                    mopt.prio_addr_id = mpprio.addr_id();
                }
                break;
            }
            case MPTCP_SUB_FAIL:
                if (opsize != MPTCP_SUB_LEN_FAIL) {
                    mptcp_debug("%s: mp_fail: bad option size %d\n",
                            "mptcp_parse_options", opsize);
                    break;
                }
                mopt.mp_fail = true;
                break;
            case MPTCP_SUB_FCLOSE:
                if (opsize != MPTCP_SUB_LEN_FCLOSE) {
                    mptcp_debug("%s: mp_fclose: bad option size %d\n",
                            "mptcp_parse_options", opsize);
                    break;
                }

                mopt.mp_fclose = true;
                mopt.mptcp_key = new mp_fclose(ptr, ptr_at).key();

                break;
            default:
                mptcp_debug("%s: Received unkown subtype: %d\n",
                        "mptcp_parse_options", mp_opt.sub());
                break;
        }
    }

    /** Reads the options of a segment, but only those of MPTCP. {@code mopt} must have been cleared. */
    @Differs("does not read the byte behind the options as a length: a kind in the last place ends the list, as since"
            + " \"ipv4: tcp_input: fix stack out of bounds when parsing TCP options\"")
    public static void tcp_parse_mptcp_options(sk_buff skb,
            mptcp_options_received mopt) {
        tcphdr th = tcp_hdr(skb);
        int length = th.doff() * 4 - tcphdr.SIZE;
        int ptr = th.at + tcphdr.SIZE;

        while (length > 0) {
            int opcode = get8(th.b, ptr++);
            int opsize;

            switch (opcode) {
                case TCPOPT_EOL:
                    return;
                case TCPOPT_NOP:
                    length--;
                    continue;
                default:
                    if (length < 2) {
                        return;
                    }
                    opsize = get8(th.b, ptr++);
                    if (opsize < 2) {
                        return;
                    }
                    if (opsize > length) {
                        return;
                    }
                    if (opcode == TCPOPT_MPTCP) {
                        mptcp_parse_options(th.b, ptr - 2, opsize, mopt, skb);
                    }
            }
            ptr += opsize - 2;
            length -= opsize;
        }
    }
}
