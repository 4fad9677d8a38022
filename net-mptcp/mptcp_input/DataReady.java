// SPDX-License-Identifier: GPL-2.0-only
package mptcp_input;

import static linux.sched.Sched.current;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Coalesce.kfree_skb_partial;
import static linux.skbuff.Free.__kfree_skb;
import static linux.skbuff.Free.skb_orphan;
import static linux.skbuff.Queue.__skb_unlink;
import static linux.skbuff.Queue.skb_queue_empty;
import static linux.skbuff.Queue.skb_queue_purge;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_input.Checksum.mptcp_verif_dss_csum;
import static mptcp_input.DataAck.mptcp_fin;
import static mptcp_input.Mapping.mptcp_detect_mapping;
import static mptcp_input.Mapping.mptcp_direct_copy;
import static mptcp_input.Mapping.mptcp_prepare_skb;
import static mptcp_input.Mapping.mptcp_prevalidate_skb;
import static mptcp_input.Mapping.mptcp_reset_mapping;
import static mptcp_input.Mapping.mptcp_sequence;
import static mptcp_input.Mapping.mptcp_validate_mapping;
import static mptcp_input.MetaStates.before64;
import static mptcp_ofo_queue.OfoQueue.mptcp_add_meta_ofo_queue;
import static mptcp_ofo_queue.OfoQueue.mptcp_ofo_queue;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.mptcp.MetaSockets.mptcp_meta_sk;
import static net.mptcp.MetaSockets.mptcp_meta_tp;
import static net.mptcp.Sequence64.mptcp_check_rcvseq_wrap;
import static net.mptcp.Sequence64.mptcp_get_rcv_nxt_64;
import static net.mptcp.Subflows.mptcp_sk_can_recv;
import static net.sock.Flags.sock_flag;
import static net.sock.Lock.sock_owned_by_user;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.sock.sock.RCV_SHUTDOWN;
import static net.tcp.Sequence.after;
import static net.tcp.Sequence.before;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp_states.TcpState.TCP_TIME_WAIT;
import static tcp_input.DataQueue.tcp_queue_rcv;
import static tcp_input.Quickack.tcp_enter_quickack_mode;
import static tcp_output.AckAndProbe.tcp_send_ack;

import linux.compiler.BoolRef;
import linux.compiler.KernelBug;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_cb;
import net.sock.sock;

/**
 * From a subflow to the connection: {@code sk_data_ready} of a subflow, called by TCP whenever something has come into
 * the subflow's receive queue.
 *
 * <pre>
 *   subflow's out_of_order_queue
 *          v   tcp_ofo_queue
 *   subflow's sk_receive_queue          subflow sequence numbers, headers with their options
 *          |   mptcp_data_ready: Mapping, then mptcp_queue_skb
 *          |                            data sequence numbers from here on
 *     next data      behind a hole      received already, or out of window: freed
 *          |                v
 *          |   meta socket's out_of_order_queue    {@link mptcp_ofo_queue.OfoQueue}
 *          v                v
 *   meta socket's sk_receive_queue
 *          v   tcp_recvmsg
 *     the application
 * </pre>
 *
 * <p>A mapping is passed on only when all of it has come in, because only then can its checksum be verified.
 */
public final class DataReady {
    private DataReady() {}

    /**
     * Passes the present mapping on to the meta socket, if it is complete. A DATA_FIN in it takes effect when its turn
     * has come. The meta socket pays for the memory then.
     *
     * @return 0: not complete yet. 1: the subflow is broken. -1: it is in the meta socket's receive queue, or was of
     *     no use. -2: nothing for the reader came of it
     */
    @KernelBug("a segment that goes on behind the end of the mapping is passed on whole when a segment before it is looked at first, as "
            + "it has not been split then: a box that coalesces segments makes other data of what is behind the end")
    static int mptcp_queue_skb(sock sk) {
        tcp_sock tp = tcp_sk(sk), meta_tp = mptcp_meta_tp(tp);
        sock meta_sk = mptcp_meta_sk(sk);
        mptcp_cb mpcb = tp.mpcb;
        sk_buff tmp, tmp1;
        long rcv_nxt64 = mptcp_get_rcv_nxt_64(meta_tp);
        boolean data_queued = false;

        if (!tp.mptcp.mapping_present
                || before(tp.rcv_nxt, tp.mptcp.map_subseq + tp.mptcp.map_data_len)) {
            return 0;
        }

        int fin = tp.mptcp.map_data_fin ? 1 : 0;
        if (!before64(rcv_nxt64, tp.mptcp.map_data_seq + tp.mptcp.map_data_len + fin)
                || !mptcp_sequence(meta_tp, tp.mptcp.map_data_seq,
                        tp.mptcp.map_data_seq + tp.mptcp.map_data_len + fin)) {
            for (tmp1 = sk.sk_receive_queue.next; tmp1 != null; tmp1 = tmp) {
                tmp = tmp1.next;
                __skb_unlink(tmp1, sk.sk_receive_queue);
                tp.copied_seq = TCP_SKB_CB(tmp1).end_seq;
                __kfree_skb(tmp1);

                if (!skb_queue_empty(sk.sk_receive_queue)
                        && !before(TCP_SKB_CB(tmp).seq,
                                tp.mptcp.map_subseq + tp.mptcp.map_data_len)) {
                    break;
                }
            }

            mptcp_reset_mapping(tp);

            return -1;
        }

        // Our own DATA_FIN, or its acknowledgement, goes the way that the peer's came.
        if (tp.mptcp.map_data_fin) {
            mpcb.dfin_path_index = tp.mptcp.path_index;
            mpcb.dfin_combined = (sk.sk_shutdown & RCV_SHUTDOWN) != 0;
        }

        if (mpcb.dss_csum && !mpcb.infinite_mapping_rcv) {
            int ret = mptcp_verif_dss_csum(sk);

            if (ret <= 0) {
                mptcp_reset_mapping(tp);
                return 1;
            }
        }

        if (before64(rcv_nxt64, tp.mptcp.map_data_seq)) {
            for (tmp1 = sk.sk_receive_queue.next; tmp1 != null; tmp1 = tmp) {
                tmp = tmp1.next;
                tp.copied_seq = TCP_SKB_CB(tmp1).end_seq;
                mptcp_prepare_skb(tmp1, tmp, sk);
                __skb_unlink(tmp1, sk.sk_receive_queue);
                // Now: if its bytes are taken over by another packet, nobody gives the memory back later.
                skb_orphan(tmp1);

                if (!mpcb.in_time_wait) {
                    mptcp_add_meta_ofo_queue(meta_sk, tmp1, sk);
                } else {
                    __kfree_skb(tmp1);
                }

                if (!skb_queue_empty(sk.sk_receive_queue)
                        && !before(TCP_SKB_CB(tmp).seq,
                                tp.mptcp.map_subseq + tp.mptcp.map_data_len)) {
                    break;
                }
            }
            tcp_enter_quickack_mode(sk);
        } else {
            for (tmp1 = sk.sk_receive_queue.next; tmp1 != null; tmp1 = tmp) {
                int eaten = 0;
                BoolRef fragstolen = new BoolRef();
                int old_rcv_nxt = meta_tp.rcv_nxt;

                tmp = tmp1.next;
                tp.copied_seq = TCP_SKB_CB(tmp1).end_seq;
                mptcp_prepare_skb(tmp1, tmp, sk);
                __skb_unlink(tmp1, sk.sk_receive_queue);
                skb_orphan(tmp1);

                next: {
                    // Another subflow has brought it before.
                    if (!after(TCP_SKB_CB(tmp1).end_seq, meta_tp.rcv_nxt)) {
                        __kfree_skb(tmp1);
                        break next;
                    }

                    if (TCP_SKB_CB(tmp1).seq == meta_tp.rcv_nxt
                            && meta_tp.ucopy.task == current
                            && meta_tp.copied_seq == meta_tp.rcv_nxt
                            && meta_tp.ucopy.len != 0 && sock_owned_by_user(meta_sk)) {
                        eaten = mptcp_direct_copy(tmp1, meta_sk);
                    }

                    if (mpcb.in_time_wait) {
                        eaten = 1;
                    }

                    if (eaten == 0) {
                        eaten = tcp_queue_rcv(meta_sk, tmp1, 0, fragstolen);
                    }

                    meta_tp.rcv_nxt = TCP_SKB_CB(tmp1).end_seq;
                    mptcp_check_rcvseq_wrap(meta_tp, old_rcv_nxt);

                    if (tcp_hdr(tmp1).fin() && !mpcb.in_time_wait) {
                        mptcp_fin(meta_sk);
                    }

                    if (!skb_queue_empty(meta_tp.out_of_order_queue)) {
                        mptcp_ofo_queue(meta_sk);
                    }

                    if (eaten != 0) {
                        kfree_skb_partial(tmp1, fragstolen.val);
                    }

                    data_queued = true;
                }
                if (!skb_queue_empty(sk.sk_receive_queue)
                        && !before(TCP_SKB_CB(tmp).seq,
                                tp.mptcp.map_subseq + tp.mptcp.map_data_len)) {
                    break;
                }
            }
        }

        inet_csk(meta_sk).icsk_ack.lrcvtime = tcp_time_stamp();
        mptcp_reset_mapping(tp);

        return data_queued ? -1 : -2;
    }

    /**
     * Something has come in on a subflow: takes everything from its receive queue that has a mapping, and wakes the
     * reader. Whatever takes packets out of the queue makes the walk begin anew. If the meta socket cannot receive any
     * more, the subflow's data are thrown away.
     *
     * @param bytes not used
     */
    public static void mptcp_data_ready(sock sk, int bytes) {
        sock meta_sk = mptcp_meta_sk(sk);
        sk_buff skb, tmp;
        int queued = 0;

        exit: {
            restart:
            while (true) {
                // Each time: a DATA_FIN may have changed the state. In TIME_WAIT the peer's last FIN may be missing.
                if (!mptcp_sk_can_recv(meta_sk) && !tcp_sk(sk).mpcb.in_time_wait) {
                    skb_queue_purge(sk.sk_receive_queue);
                    tcp_sk(sk).copied_seq = tcp_sk(sk).rcv_nxt;
                    break exit;
                }

                for (skb = sk.sk_receive_queue.next; skb != null; skb = tmp) {
                    int ret;

                    tmp = skb.next;
                    ret = mptcp_prevalidate_skb(sk, skb);
                    if (ret < 0) {
                        continue restart;
                    } else if (ret > 0) {
                        break;
                    }

                    ret = mptcp_detect_mapping(sk, skb);
                    if (ret < 0) {
                        continue restart;
                    } else if (ret > 0) {
                        break;
                    }

                    if (mptcp_validate_mapping(sk, skb) < 0) {
                        continue restart;
                    }

                    ret = mptcp_queue_skb(sk);
                    if (ret < 0) {
                        if (ret == -1) {
                            queued = ret;
                        }
                        continue restart;
                    } else if (ret == 0) {
                        continue;
                    } else {
                        break;
                    }
                }
                break;
            }
        }

        if (tcp_sk(sk).close_it) {
            tcp_send_ack(sk);
            tcp_sk(sk).time_wait.call(sk, TCP_TIME_WAIT, 0);
        }

        if (queued == -1 && !sock_flag(meta_sk, SOCK_DEAD)) {
            meta_sk.sk_data_ready.call(meta_sk, 0);
        }
    }
}
