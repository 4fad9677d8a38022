// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.kernel.Kernel.leU32;
import static linux.sched.Sched.current;
import static linux.sched.Sched.set_current_state;
import static linux.sched.task_struct.TASK_RUNNING;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Checksum.skb_csum_unnecessary;
import static linux.skbuff.Coalesce.kfree_skb_partial;
import static linux.skbuff.Data.__skb_pull;
import static linux.skbuff.Datagram.skb_copy_and_csum_datagram_iovec;
import static linux.skbuff.Datagram.skb_copy_datagram_iovec;
import static linux.skbuff.Free.__kfree_skb;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_input.HandleOptions.mptcp_handle_options;
import static net.inet_connection_sock.Acks.inet_csk_ack_scheduled;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.mptcp.Options.mptcp_reset_mopt;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.snmp.Mib.TCP_INC_STATS_BH;
import static net.sock.Fields.sock_net;
import static net.sock.Lock.sock_owned_by_user;
import static net.tcp.Checksum.__tcp_checksum_complete;
import static net.tcp.Multipath.mptcp;
import static net.tcp.Sequence.after;
import static net.tcp.TcpConst.FLAG_DATA;
import static net.tcp.TcpConst.FLAG_SLOWPATH;
import static net.tcp.TcpConst.FLAG_UPDATE_TS_RECENT;
import static net.tcp.TcpConst.TCPOLEN_TSTAMP_ALIGNED;
import static tcp_input.Ack.tcp_ack;
import static tcp_input.Ack.tcp_send_challenge_ack;
import static tcp_input.Ack.tcp_store_ts_recent;
import static tcp_input.Buffers.tcp_event_data_recv;
import static tcp_input.Buffers.tcp_rcv_rtt_measure_ts;
import static tcp_input.Buffers.tcp_rcv_space_adjust;
import static tcp_input.DataQueue.tcp_data_queue;
import static tcp_input.DataQueue.tcp_queue_rcv;
import static tcp_input.Fin.tcp_reset;
import static tcp_input.Options.tcp_fast_parse_options;
import static tcp_input.Options.tcp_parse_aligned_timestamp;
import static tcp_input.Paws.tcp_paws_discard;
import static tcp_input.Paws.tcp_sequence;
import static tcp_input.SackBlocks.tcp_send_dupack;
import static tcp_input.SendCheck.__tcp_ack_snd_check;
import static tcp_input.SendCheck.tcp_ack_snd_check;
import static tcp_input.SendCheck.tcp_data_snd_check;
import static tcp_input.Urgent.tcp_urg;
import static uapi.linux.snmp.Snmp.LINUX_MIB_PAWSESTABREJECTED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPHPHITS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPHPHITSTOUSER;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSYNCHALLENGE;
import static uapi.linux.snmp.Snmp.TCP_MIB_CSUMERRORS;
import static uapi.linux.snmp.Snmp.TCP_MIB_INERRS;
import static uapi.linux.tcp.Header.tcp_flag_word;
import static uapi.linux.tcp.TcpOpt.TCP_FLAG_PSH;

import linux.compiler.BoolRef;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.sock.sock;
import uapi.linux.tcp.tcphdr;

/**
 * The ESTABLISHED state, where a connection spends its life.
 *
 * <p>{@code tcp_v4_do_rcv} calls {@link #tcp_rcv_established} for every segment. Most segments of a one-way transfer
 * are as expected: the next data with nothing new in the ACK, or a new ACK without data. For these there is a fast path
 * (Van Jacobson's header prediction). Its test is one comparison: {@code pred_flags} holds what the fourth word of such
 * a header looks like,
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-------+-------+-+-+-+-+-+-+-+-+-------------------------------+
 * | doff  |  any  | | | |A|*| | | |            window             |    * PSH may be set
 * +-------+-------+-+-+-+-+-+-+-+-+-------------------------------+
 * </pre>
 *
 * and is 0, which no header equals, whenever something is out of the ordinary: a hole, urgent data, no room in the
 * buffer, a closed window. A segment that fails the test, or any test after it, takes the slow path, which follows RFC
 * 793, section 3.9, "SEGMENT ARRIVES": {@link #tcp_validate_incoming}, then {@link Ack#tcp_ack},
 * {@link Urgent#tcp_urg}, {@link DataQueue#tcp_data_queue}, {@link SendCheck}. Both must come to the same result. MPTCP
 * has options in every segment and always takes the slow path.
 */
public final class Established {
    private Established() {}

    private static final int TCP_RESERVED_BITS = 0x0f000000;

    /** What of the fourth word is compared. */
    static final int TCP_HP_BITS = ~(TCP_RESERVED_BITS | TCP_FLAG_PSH);

    /**
     * Copies the payload straight to the reader, who is the one that runs; past the receive queue. Checks the checksum
     * on the way if nobody has done so. The copy may fault, so softirqs are let in meanwhile.
     *
     * @param hlen bytes of header in front of the payload
     * @return 0, {@code -EFAULT}, or {@code -EINVAL}: wrong checksum
     */
    static int tcp_copy_to_iovec(sock sk, sk_buff skb, int hlen) {
        tcp_sock tp = tcp_sk(sk);
        int chunk = skb.len - hlen;
        int err;

        local_bh_enable();
        if (skb_csum_unnecessary(skb)) {
            err = skb_copy_datagram_iovec(skb, hlen, tp.ucopy.iov, chunk);
        } else {
            err = skb_copy_and_csum_datagram_iovec(skb, hlen,
                    tp.ucopy.iov);
        }

        if (err == 0) {
            tp.ucopy.len -= chunk;
            tp.copied_seq += chunk;
            tcp_rcv_space_adjust(sk);
        }

        local_bh_disable();
        return err;
    }

    /** The sum over the segment, 0 if it is right. It takes time: softirqs may come in if we are in a system call. */
    static int __tcp_checksum_complete_user(sock sk,
            sk_buff skb) {
        int result;

        if (sock_owned_by_user(sk)) {
            local_bh_enable();
            result = __tcp_checksum_complete(skb);
            local_bh_disable();
        } else {
            result = __tcp_checksum_complete(skb);
        }
        return result;
    }

    /** Is the checksum wrong? Asks only if nobody has checked it so far. */
    static boolean tcp_checksum_complete_user(sock sk,
            sk_buff skb) {
        return !skb_csum_unnecessary(skb)
                && __tcp_checksum_complete_user(sk, skb) != 0;
    }

    /**
     * The first four steps of RFC 793, section 3.9: timestamp (RFC 7323, section 5.3), sequence number, RST and SYN,
     * the latter two as hardened by RFC 5961: a RST counts only at exactly {@code rcv_nxt}, any other RST in the
     * window, and any SYN, gets a challenge ACK. Options of MPTCP are acted upon last.
     *
     * @param syn_inerr not 0: a SYN counts as an error
     * @return false: the segment was dropped and freed
     */
    static boolean tcp_validate_incoming(sock sk, sk_buff skb,
            tcphdr th, int syn_inerr) {
        tcp_sock tp = tcp_sk(sk);

        discard: {
            syn_challenge: {
                // A RST gets past an old timestamp, not past the rest.
                if (tcp_fast_parse_options(skb, th, tp) && tp.rx_opt.saw_tstamp
                        && tcp_paws_discard(sk, skb)) {
                    if (!th.rst()) {
                        NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_PAWSESTABREJECTED);
                        tcp_send_dupack(sk, skb);
                        break discard;
                    }
                }

                if (!tcp_sequence(tp, TCP_SKB_CB(skb).seq, TCP_SKB_CB(skb).end_seq)) {
                    if (!th.rst()) {
                        if (th.syn()) {
                            break syn_challenge;
                        }
                        tcp_send_dupack(sk, skb);
                    }
                    break discard;
                }

                if (th.rst()) {
                    if (TCP_SKB_CB(skb).seq == tp.rcv_nxt) {
                        tcp_reset(sk);
                    } else {
                        tcp_send_challenge_ack(sk);
                    }
                    break discard;
                }

                if (th.syn()) {
                    break syn_challenge;
                }

                if (mptcp(tp) && mptcp_handle_options(sk, th, skb) != 0) {
                    break discard;
                }

                return true;
            }
            if (syn_inerr != 0) {
                TCP_INC_STATS_BH(sock_net(sk), TCP_MIB_INERRS);
            }
            NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPSYNCHALLENGE);
            tcp_send_challenge_ack(sk);
        }
        if (mptcp(tp)) {
            mptcp_reset_mopt(tp);
        }
        __kfree_skb(skb);
        return false;
    }

    /**
     * A segment for a connection in ESTABLISHED. Frees or queues it; there is no result, since no answer is left to the
     * caller.
     *
     * @param len of the segment with its header, in bytes
     */
    public static void tcp_rcv_established(sock sk, sk_buff skb,
            tcphdr th, int len) {
        tcp_sock tp = tcp_sk(sk);

        if (sk.sk_rx_dst == null) {
            inet_csk(sk).icsk_af_ops.sk_rx_dst_set.call(sk, skb);
        }

        tp.rx_opt.saw_tstamp = false;

        discard: {
            csum_error: {
                step5: {
                    slow_path: {
                        if (mptcp(tp)) {
                            break slow_path;
                        }

                        if ((tcp_flag_word(th) & TCP_HP_BITS) == tp.pred_flags
                                && TCP_SKB_CB(skb).seq == tp.rcv_nxt
                                && !after(TCP_SKB_CB(skb).ack_seq, tp.snd_nxt)) {
                            // The prediction has the header's length in it: this is also what doff says.
                            int tcp_header_len = tp.tcp_header_len;

                            if (tcp_header_len == tcphdr.SIZE + TCPOLEN_TSTAMP_ALIGNED) {
                                if (!tcp_parse_aligned_timestamp(tp, th)) {
                                    break slow_path;
                                }

                                if (tp.rx_opt.rcv_tsval - tp.rx_opt.ts_recent < 0) {
                                    break slow_path;
                                }

                                // ts_recent waits for the checksum: a garbled one would lock everybody out.
                            }

                            if (len <= tcp_header_len) {
                                // We send, he acknowledges.
                                if (len == tcp_header_len) {
                                    if (tcp_header_len
                                                    == tcphdr.SIZE + TCPOLEN_TSTAMP_ALIGNED
                                            && tp.rcv_nxt == tp.rcv_wup) {
                                        tcp_store_ts_recent(tp);
                                    }

                                    tcp_ack(sk, skb, 0);
                                    __kfree_skb(skb);
                                    tcp_data_snd_check(sk);
                                    return;
                                } else {
                                    TCP_INC_STATS_BH(sock_net(sk), TCP_MIB_INERRS);
                                    break discard;
                                }
                            } else {
                                boolean eaten = false;
                                BoolRef fragstolen = new BoolRef();

                                if (tp.copied_seq == tp.rcv_nxt
                                        && leU32(len - tcp_header_len, tp.ucopy.len)) {
                                    if (tp.ucopy.task == current
                                            && sock_owned_by_user(sk)) {
                                        set_current_state(TASK_RUNNING);

                                        if (tcp_copy_to_iovec(sk, skb, tcp_header_len) == 0) {
                                            eaten = true;
                                        }
                                    }
                                    if (eaten) {
                                        if (tcp_header_len
                                                        == tcphdr.SIZE
                                                                + TCPOLEN_TSTAMP_ALIGNED
                                                && tp.rcv_nxt == tp.rcv_wup) {
                                            tcp_store_ts_recent(tp);
                                        }

                                        tcp_rcv_rtt_measure_ts(sk, skb);

                                        __skb_pull(skb, tcp_header_len);
                                        tp.rcv_nxt = TCP_SKB_CB(skb).end_seq;
                                        NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPHPHITSTOUSER);
                                    }
                                }
                                if (!eaten) {
                                    if (tcp_checksum_complete_user(sk, skb)) {
                                        break csum_error;
                                    }

                                    if (skb.truesize > sk.sk_forward_alloc) {
                                        break step5;
                                    }

                                    if (tcp_header_len
                                                    == tcphdr.SIZE + TCPOLEN_TSTAMP_ALIGNED
                                            && tp.rcv_nxt == tp.rcv_wup) {
                                        tcp_store_ts_recent(tp);
                                    }

                                    tcp_rcv_rtt_measure_ts(sk, skb);

                                    NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPHPHITS);

                                    eaten = tcp_queue_rcv(sk, skb, tcp_header_len,
                                            fragstolen) != 0;
                                }

                                tcp_event_data_recv(sk, skb);

                                no_ack: {
                                    if (TCP_SKB_CB(skb).ack_seq != tp.snd_una) {
                                        tcp_ack(sk, skb, FLAG_DATA);
                                        tcp_data_snd_check(sk);
                                        if (!inet_csk_ack_scheduled(sk)) {
                                            break no_ack;
                                        }
                                    }

                                    __tcp_ack_snd_check(sk, 0);
                                }
                                if (eaten) {
                                    kfree_skb_partial(skb, fragstolen.val);
                                }
                                sk.sk_data_ready.call(sk, 0);
                                return;
                            }
                        }
                    }
                    if (len < th.doff() << 2 || tcp_checksum_complete_user(sk, skb)) {
                        break csum_error;
                    }

                    if (!th.ack() && !th.rst()) {
                        break discard;
                    }

                    if (!tcp_validate_incoming(sk, skb, th, 1)) {
                        return;
                    }
                }
                if (tcp_ack(sk, skb, FLAG_SLOWPATH | FLAG_UPDATE_TS_RECENT) < 0) {
                    break discard;
                }

                tcp_rcv_rtt_measure_ts(sk, skb);

                tcp_urg(sk, skb, th);

                tcp_data_queue(sk, skb);

                tcp_data_snd_check(sk);
                tcp_ack_snd_check(sk);
                return;
            }
            TCP_INC_STATS_BH(sock_net(sk), TCP_MIB_CSUMERRORS);
            TCP_INC_STATS_BH(sock_net(sk), TCP_MIB_INERRS);
        }
        __kfree_skb(skb);
    }
}
