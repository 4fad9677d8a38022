// SPDX-License-Identifier: GPL-2.0-only
package mptcp_input;

import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.kernel.Kernel.ltU32;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_sk;
import static linux.types.Be.get8;
import static mptcp_ctrl.Close.mptcp_sub_force_close;
import static mptcp_ctrl.Functions.mptcp_sub_force_close_all;
import static mptcp_input.DataAck.mptcp_data_ack;
import static mptcp_input.Options.mptcp_send_reset_rem_id;
import static net.mptcp.Dss.mptcp_is_data_seq;
import static net.mptcp.MetaSockets.mptcp_meta_sk;
import static net.mptcp.MptcpConst.MPTCPHDR_DSS_CSUM;
import static net.mptcp.MptcpConst.MPTCP_SUB_ADD_ADDR;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_ADD_ADDR4;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_REMOVE_ADDR;
import static net.mptcp.MptcpConst.MPTCP_SUB_REMOVE_ADDR;
import static net.mptcp.Subflows.mptcp_sk_can_recv;
import static net.tcp.States.tcp_need_reset;
import static net.tcp.TcpConst.TCPOPT_EOL;
import static net.tcp.TcpConst.TCPOPT_MPTCP;
import static net.tcp.TcpConst.TCPOPT_NOP;
import static net.tcp.WriteQueue.tcp_write_queue_head;
import static tcp_input.Fin.tcp_reset;
import static tcp_output.AckAndProbe.tcp_send_delayed_ack;
import static tcp_output.Push.mptcp_push_pending_frames;
import static uapi.linux.socket.SocketOpt.AF_INET;

import java.util.Arrays;
import linux.compiler.Differs;
import linux.compiler.KernelBug;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import linux.types.View;
import net.mptcp.mp_add_addr;
import net.mptcp.mp_remove_addr;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_option;
import net.mptcp.mptcp_options_received;
import net.mptcp.mptcp_tcp_sock;
import net.sock.sock;
import uapi.linux.tcp.tcphdr;

/**
 * Acting on what the options said: {@link #mptcp_handle_options} is called for each segment of a subflow that TCP has
 * accepted, in {@code tcp_validate_incoming} and when a handshake ends. {@link Options} has noted the options in
 * {@code tp.mptcp.rx_opt}.
 *
 * <p>Data ACKs go to {@link DataAck}, mappings wait for {@link DataReady}; the rest is done here: addresses that come
 * and go (to the path manager), priorities, MP_FAIL, MP_FASTCLOSE.
 */
public final class HandleOptions {
    private HandleOptions() {}

    /**
     * Has a round trip of the slowest subflow passed? The receive buffer is measured in such: what the fast ones bring
     * has to wait for the slow one.
     *
     * @param time jiffies since the last measurement
     * @return 1: yes, or no round-trip time is known; 0: not yet
     */
    public static int mptcp_check_rtt(tcp_sock tp, int time) {
        mptcp_cb mpcb = tp.mpcb;
        sock sk;
        int rtt_max = 0;

        for (sk = mpcb.connection_list; sk != null; sk = tcp_sk(sk).mptcp.next) {
            if (!mptcp_sk_can_recv(sk)) {
                continue;
            }

            if (ltU32(rtt_max, tcp_sk(sk).rcv_rtt_est.rtt)) {
                rtt_max = tcp_sk(sk).rcv_rtt_est.rtt;
            }
        }
        if (ltU32(time, rtt_max >>> 3) || rtt_max == 0) {
            return 1;
        }

        return 0;
    }

    /**
     * Tells the path manager of an address that the peer can be reached at. Nothing proves that it is the peer's: in
     * this version of the protocol the option has no HMAC (RFC 7430, section 2).
     */
    static void mptcp_handle_add_addr(View ptr, sock sk) {
        mp_add_addr mpadd = new mp_add_addr(ptr.b, ptr.at);
        mptcp_cb mpcb = tcp_sk(sk).mpcb;
        int port = 0;
        int addr;
        int family;

        if (mpadd.ipver() == 4) {
            if (mpadd.len() == MPTCP_SUB_LEN_ADD_ADDR4 + 2) {
                port = mpadd.v4Port();
            }
            family = AF_INET;
            addr = mpadd.v4Addr();
        } else {
            return;
        }

        if (mpcb.pm_ops.add_raddr != null) {
            mpcb.pm_ops.add_raddr.call(mpcb, addr, family, port, mpadd.addr_id());
        }
    }

    /** Addresses of the peer are gone: the path manager forgets them, and subflows to them are reset. */
    static void mptcp_handle_rem_addr(View ptr, sock sk) {
        mp_remove_addr mprem = new mp_remove_addr(ptr.b, ptr.at);
        int i;
        int rem_id;
        mptcp_cb mpcb = tcp_sk(sk).mpcb;

        for (i = 0; i <= mprem.len() - MPTCP_SUB_LEN_REMOVE_ADDR; i++) {
            rem_id = mprem.addrs_id(i);

            if (mpcb.pm_ops.rem_raddr != null) {
                mpcb.pm_ops.rem_raddr.call(mpcb, rem_id);
            }
            mptcp_send_reset_rem_id(mpcb, rem_id);
        }
    }

    /** Looks through the options for all ADD_ADDR and REMOVE_ADDR, as there are more than one of either. */
    @KernelBug("takes what follows the length byte for the beginning of the option, so that subtype, version, id and"
            + " address are read two bytes too far behind: 10.0.0.1 is ignored, and 52.0.0.1 (0x34) is an ADD_ADDR"
            + " with a wrong address. The data ACK of a DSS may be taken for an address, too")
    @Differs("what would lie behind the packet reads as 0: the kernel takes addresses and ids from the memory there")
    @Differs("does not read the byte behind the options as a length: a kind in the last place ends the list, as since"
            + " \"ipv4: tcp_input: fix stack out of bounds when parsing TCP options\"")
    static void mptcp_parse_addropt(sk_buff skb, sock sk) {
        tcphdr th = tcp_hdr(skb);
        int ptr;
        int length = th.doff() * 4 - tcphdr.SIZE;

        ptr = th.at + tcphdr.SIZE;
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
                    mptcp_option opt = upToTail(skb, ptr);
                    cont: {
                        if (opcode == TCPOPT_MPTCP
                                && opt.sub() == MPTCP_SUB_ADD_ADDR) {
                            if (opsize != MPTCP_SUB_LEN_ADD_ADDR4
                                    && opsize != MPTCP_SUB_LEN_ADD_ADDR4 + 2) {
                                break cont;
                            }

                            mptcp_handle_add_addr(opt, sk);
                        }
                        if (opcode == TCPOPT_MPTCP
                                && opt.sub() == MPTCP_SUB_REMOVE_ADDR) {
                            if (opsize - MPTCP_SUB_LEN_REMOVE_ADDR < 0) {
                                break cont;
                            }

                            mptcp_handle_rem_addr(opt, sk);
                        }
                    }
                    ptr += opsize - 2;
                    length -= opsize;
            }
        }
    }

    /** What begins at {@code ptr}, and ends with the packet: behind that there are zeros. */
    private static mptcp_option upToTail(sk_buff skb, int ptr) {
        return new mptcp_option(Arrays.copyOfRange(skb.head, ptr, Math.max(ptr, skb.tail)), 0);
    }

    /**
     * Acts on MP_FAIL and MP_FASTCLOSE.
     *
     * <p>MP_FAIL: the peer got a wrong checksum on its last subflow. We announce an infinite mapping, send everything
     * from {@code snd_una} on again, and close the other subflows (RFC 6824, section 3.6).
     *
     * <p>MP_FASTCLOSE with our key: the peer has given up, and so the connection is reset (section 3.5). With a wrong
     * key it is ignored.
     *
     * @return 1: the connection is gone
     */
    @KernelBug("the data sequence number in MP_FAIL is not looked at: whatever is there, everything not acknowledged is"
            + " sent again")
    static int mptcp_mp_fail_rcvd(sock sk, tcphdr th) {
        mptcp_tcp_sock mptcp = tcp_sk(sk).mptcp;
        sock meta_sk = mptcp_meta_sk(sk);
        mptcp_cb mpcb = tcp_sk(sk).mpcb;

        if (mptcp.rx_opt.mp_fail) {
            mptcp.rx_opt.mp_fail = false;

            if (!th.rst() && !mpcb.infinite_mapping_snd) {
                mpcb.send_infinite_mapping = true;
                meta_sk.sk_send_head = tcp_write_queue_head(meta_sk);

                // Nothing counts as sent any more.
                tcp_sk(meta_sk).packets_out = 0;

                // snd_nxt goes back across the wrap of the low half: so does the high half.
                if (ltU32(tcp_sk(meta_sk).snd_nxt, tcp_sk(meta_sk).snd_una)) {
                    mpcb.snd_high_order[mpcb.snd_hiseq_index] -= 2;
                    mpcb.snd_hiseq_index = mpcb.snd_hiseq_index != 0 ? 0 : 1;
                }
                tcp_sk(meta_sk).snd_nxt = tcp_sk(meta_sk).snd_una;

                mptcp_push_pending_frames(meta_sk);

                mptcp_sub_force_close_all(mpcb, sk);
            }

            return 0;
        }

        if (mptcp.rx_opt.mp_fclose) {
            mptcp.rx_opt.mp_fclose = false;
            if (mptcp.rx_opt.mptcp_key != mpcb.mptcp_loc_key) {
                return 0;
            }

            if (tcp_need_reset(sk.skc_state)) {
                tcp_sk(sk).send_active_reset.call(sk, GFP_ATOMIC);
            }

            mptcp_sub_force_close_all(mpcb, null);

            tcp_reset(meta_sk);

            return 1;
        }

        return 0;
    }

    /** The path manager has noted new addresses of the peer: it may make subflows to them now. */
    static void mptcp_path_array_check(sock meta_sk) {
        mptcp_cb mpcb = tcp_sk(meta_sk).mpcb;

        if (mpcb.list_rcvd) {
            mpcb.list_rcvd = false;
            if (mpcb.pm_ops.new_remote_address != null) {
                mpcb.pm_ops.new_remote_address.call(meta_sk);
            }
        }
    }

    /**
     * Acts on the options of a segment of a subflow. After a fallback there are none any more.
     *
     * @return 1: the subflow is gone, drop the segment
     */
    @KernelBug("looks at nothing once the peer's mapping is infinite, so that pf stays set: a subflow that had timed out just before never"
            + " sends again, nor does the connection, which has no timer then")
    public static int mptcp_handle_options(sock sk, tcphdr th, sk_buff skb) {
        tcp_sock tp = tcp_sk(sk);
        mptcp_options_received mopt = tp.mptcp.rx_opt;

        if (tp.mpcb.infinite_mapping_rcv || tp.mpcb.infinite_mapping_snd) {
            return 0;
        }

        if (mptcp_mp_fail_rcvd(sk, th) != 0) {
            return 1;
        }

        // RFC 6824, section 3.3: checksums were agreed on, so a mapping without one breaks the subflow.
        if (mptcp_is_data_seq(skb) && tp.mpcb.dss_csum
                && (TCP_SKB_CB(skb).mptcp_flags & MPTCPHDR_DSS_CSUM) == 0) {
            if (tcp_need_reset(sk.skc_state)) {
                tp.send_active_reset.call(sk, GFP_ATOMIC);
            }

            mptcp_sub_force_close(sk);
            return 1;
        }

        // The third ACK of a join comes again, so the fourth has been lost.
        if (mopt.join_ack) {
            tcp_send_delayed_ack(sk);
            mopt.join_ack = false;
        }

        if (mopt.saw_add_addr != 0 || mopt.saw_rem_addr) {
            if (mopt.more_add_addr || mopt.more_rem_addr) {
                mptcp_parse_addropt(skb, sk);
            } else {
                if (mopt.saw_add_addr != 0) {
                    mptcp_handle_add_addr(mopt.add_addr_ptr, sk);
                }
                if (mopt.saw_rem_addr) {
                    mptcp_handle_rem_addr(mopt.rem_addr_ptr, sk);
                }
            }

            mopt.more_add_addr = false;
            mopt.saw_add_addr = 0;
            mopt.more_rem_addr = false;
            mopt.saw_rem_addr = false;
        }
        if (mopt.saw_low_prio != 0) {
            if (mopt.saw_low_prio == 1) {
                tp.mptcp.rcv_low_prio = mopt.low_prio;
            } else {
                tcp_sock sk_it;
                for (sk_it = tp.mpcb.connection_list; sk_it != null; sk_it = sk_it.mptcp.next) {
                    mptcp_tcp_sock mptcp = sk_it.mptcp;
                    if (mptcp.rem_id == mopt.prio_addr_id) {
                        mptcp.rcv_low_prio = mopt.low_prio;
                    }
                }
            }
            mopt.saw_low_prio = 0;
        }

        mptcp_data_ack(sk, skb);

        mptcp_path_array_check(mptcp_meta_sk(sk));
        // A REMOVE_ADDR may have been about this very subflow.
        if (tp.mp_killed) {
            return 1;
        }

        return 0;
    }
}
