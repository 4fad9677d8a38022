// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.leU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.max;
import static linux.kernel.Kernel.maxU32;
import static linux.kernel.Kernel.min;
import static linux.kernel.Kernel.minU32;
import static linux.kernel.Kernel.roundup_pow_of_two;
import static linux.kernel.Kernel.u32;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Truesize.SKB_DATA_ALIGN;
import static linux.skbuff.Truesize.SKB_TRUESIZE;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_ctrl.Close.mptcp_update_sndbuf;
import static mptcp_input.HandleOptions.mptcp_check_rtt;
import static mptcp_output.Sizes.mptcp_check_snd_buf;
import static net.inet_connection_sock.Acks.inet_csk_schedule_ack;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.mptcp.MetaSockets.mptcp_meta_sk;
import static net.sock.Memory.sk_mem_reclaim;
import static net.sock.Memory.sk_memory_allocated;
import static net.sock.Memory.sk_prot_mem_limits;
import static net.sock.Memory.sk_under_memory_pressure;
import static net.sock.sock.SOCK_RCVBUF_LOCK;
import static net.sock.sock.SOCK_SNDBUF_LOCK;
import static net.tcp.Multipath.mptcp;
import static net.tcp.Sequence.before;
import static net.tcp.Sysctls.sysctl_tcp_app_win;
import static net.tcp.Sysctls.sysctl_tcp_moderate_rcvbuf;
import static net.tcp.Sysctls.sysctl_tcp_rmem;
import static net.tcp.Sysctls.sysctl_tcp_wmem;
import static net.tcp.TcpConst.MAX_TCP_HEADER;
import static net.tcp.TcpConst.TCP_ATO_MIN;
import static net.tcp.TcpConst.TCP_INIT_CWND;
import static net.tcp.TcpConst.TCP_MIN_MSS;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.Windows.tcp_full_space;
import static net.tcp.Windows.tcp_space;
import static net.tcp.Windows.tcp_win_from_space;
import static tcp_input.Ecn.TCP_ECN_check_ce;
import static tcp_input.Quickack.tcp_incr_quickack;
import static tcp_input.Quickack.tcp_measure_rcv_mss;
import static tcp_output.Windows.tcp_default_init_rwnd;
import static uapi.linux.tcp.TcpOpt.TCP_MSS_DEFAULT;

import linux.compiler.Differs;
import linux.skbuff.sk_buff;
import linux.skbuff.skb_shared_info;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock;
import net.sock.sock;

/**
 * How large buffers and windows are to be.
 *
 * <ul>
 *   <li>{@code sk_sndbuf} follows the congestion window: {@link #tcp_sndbuf_expand}.
 *   <li>{@code window_clamp} is the most that will ever be offered to the peer. Of the receive buffer a part is for the
 *       overhead of packets ({@code tcp_win_from_space}); of the rest another part may be kept for the application.
 *   <li>{@code rcv_ssthresh} is what is offered for now. It starts small and grows with every segment whose
 *       payload is a good part of the memory it takes ({@link #tcp_grow_window}): a peer that sends many tiny
 *       segments shall not be able to fill the buffer with overhead.
 *   <li>{@code sk_rcvbuf} follows the application: dynamic right-sizing counts what it reads in a round trip and
 *       provides for a multiple of it ({@link #tcp_rcv_space_adjust}). The round-trip time is measured by the
 *       receiver itself: by echoed timestamps, or by how long a window takes to fill.
 * </ul>
 *
 * <p>{@link #tcp_event_data_recv} is called for every data segment, {@link #tcp_init_buffer_space} once a connection is
 * established, {@link #tcp_rcv_space_adjust} whenever the application has read. With Multipath TCP the window belongs
 * to the meta socket, so a subflow grows the window of its meta socket.
 */
public final class Buffers {
    private Buffers() {}

    /**
     * Makes the send buffer hold two congestion windows, each segment counted with all its memory: enough to send new
     * data during a whole fast recovery (RFC 5681, section 3.2). The limit is {@code tcp_wmem[2]}; since that is not
     * compared with the present size, a buffer that the application had made larger may shrink. A subflow passes what
     * it gained on to its meta socket.
     */
    static void tcp_sndbuf_expand(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        int sndmem, per_mss;
        int nr_segs;

        per_mss = maxU32(tp.rx_opt.mss_clamp, tp.mss_cache)
                + MAX_TCP_HEADER
                + SKB_DATA_ALIGN(skb_shared_info.SIZE);

        per_mss = roundup_pow_of_two(per_mss)
                + SKB_DATA_ALIGN(sk_buff.SIZE);

        if (mptcp(tp)) {
            nr_segs = mptcp_check_snd_buf(tp);
        } else {
            nr_segs = maxU32(TCP_INIT_CWND, tp.snd_cwnd);
            nr_segs = maxU32(nr_segs, tp.reordering + 1);
        }

        sndmem = 2 * nr_segs * per_mss;

        if (sk.sk_sndbuf < sndmem) {
            int old_sndbuf = sk.sk_sndbuf;
            sk.sk_sndbuf = min(sndmem, sysctl_tcp_wmem[2]);
            if (mptcp(tp) && old_sndbuf != sk.sk_sndbuf) {
                mptcp_update_sndbuf(tp.mpcb);
            }
        }
    }

    /**
     * May the window grow although this packet's overhead is above average? It may as long as the window is small:
     * each halving of {@code rcv_ssthresh} against the largest possible window allows for twice the overhead.
     *
     * @return the increment in bytes, 0: no growth
     */
    static int __tcp_grow_window(sock sk, sk_buff skb) {
        tcp_sock tp = tcp_sk(sk);
        int truesize = tcp_win_from_space(skb.truesize) >> 1;
        int window = tcp_win_from_space(sysctl_tcp_rmem[2]) >> 1;

        while (leU32(tp.rcv_ssthresh, window)) {
            if (leU32(truesize, skb.len)) {
                return 2 * inet_csk(sk).icsk_ack.rcv_mss;
            }

            truesize >>= 1;
            window >>= 1;
        }
        return 0;
    }

    /** Raises {@code rcv_ssthresh} by two segments, or by two of the packet if that is more. */
    static void tcp_grow_window(sock sk, sk_buff skb) {
        tcp_sock tp = tcp_sk(sk);
        sock meta_sk = mptcp(tp) ? mptcp_meta_sk(sk) : sk;
        tcp_sock meta_tp = tcp_sk(meta_sk);

        if (ltU32(meta_tp.rcv_ssthresh, meta_tp.window_clamp)
                && meta_tp.rcv_ssthresh < tcp_space(meta_sk)
                && !sk_under_memory_pressure(sk)) {
            int incr;

            if (leU32(tcp_win_from_space(skb.truesize), skb.len)) {
                incr = 2 * meta_tp.advmss;
            } else {
                incr = __tcp_grow_window(meta_sk, skb);
            }

            if (incr != 0) {
                incr = max(incr, 2 * skb.len);
                meta_tp.rcv_ssthresh = minU32(meta_tp.rcv_ssthresh + incr,
                        meta_tp.window_clamp);
                inet_csk(sk).icsk_ack.quick |= 1;
            }
        }
    }

    /**
     * Makes the receive buffer large enough for twice the window that a new connection offers; for eight times when
     * it is to be tuned later, because the tuning needs some round trips before it acts. Like the send buffer it may
     * shrink.
     */
    static void tcp_fixup_rcvbuf(sock sk) {
        int mss = tcp_sk(sk).advmss;
        int rcvmem;

        rcvmem = 2 * SKB_TRUESIZE(mss + MAX_TCP_HEADER)
                * tcp_default_init_rwnd(mss);

        if (sysctl_tcp_moderate_rcvbuf != 0) {
            rcvmem <<= 2;
        }

        if (sk.sk_rcvbuf < rcvmem) {
            sk.sk_rcvbuf = min(rcvmem, sysctl_tcp_rmem[2]);
        }
    }

    /**
     * Sets up buffers and windows of a connection that has just been established. Buffers that the application has
     * chosen are left alone.
     */
    public static void tcp_init_buffer_space(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        int maxwin;

        if ((sk.sk_userlocks & SOCK_RCVBUF_LOCK) == 0) {
            tcp_fixup_rcvbuf(sk);
        }
        if ((sk.sk_userlocks & SOCK_SNDBUF_LOCK) == 0) {
            tcp_sndbuf_expand(sk);
        }

        tp.rcvq_space.space = tp.rcv_wnd;
        tp.rcvq_space.time = tcp_time_stamp();
        tp.rcvq_space.seq = tp.copied_seq;

        maxwin = tcp_full_space(sk);

        if (geU32(tp.window_clamp, maxwin)) {
            tp.window_clamp = maxwin;

            if (sysctl_tcp_app_win != 0 && maxwin > 4 * tp.advmss) {
                tp.window_clamp = max(maxwin
                        - (maxwin >> sysctl_tcp_app_win),
                        4 * tp.advmss);
            }
        }

        // At least one segment's room is kept for the application.
        if (sysctl_tcp_app_win != 0
                && gtU32(tp.window_clamp, 2 * tp.advmss)
                && gtU32(tp.window_clamp + tp.advmss, maxwin)) {
            tp.window_clamp = max(2 * tp.advmss, maxwin - tp.advmss);
        }

        tp.rcv_ssthresh = minU32(tp.rcv_ssthresh, tp.window_clamp);
        tp.snd_cwnd_stamp = tcp_time_stamp();
    }

    /**
     * The receive buffer is full. If memory allows, it may keep what it has; otherwise the window shrinks to two
     * segments.
     */
    static void tcp_clamp_window(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        inet_connection_sock icsk = inet_csk(sk);

        icsk.icsk_ack.quick = 0;

        if (sk.sk_rcvbuf < sysctl_tcp_rmem[2]
                && (sk.sk_userlocks & SOCK_RCVBUF_LOCK) == 0
                && !sk_under_memory_pressure(sk)
                && sk_memory_allocated(sk) < sk_prot_mem_limits(sk, 0)) {
            sk.sk_rcvbuf = min(sk.sk_rmem_alloc,
                    sysctl_tcp_rmem[2]);
        }
        if (sk.sk_rmem_alloc > sk.sk_rcvbuf) {
            tp.rcv_ssthresh = minU32(tp.window_clamp, 2 * tp.advmss);
        }
    }

    /**
     * A first guess at the size of the peer's segments. Too low is better than too high: {@link
     * Quickack#tcp_measure_rcv_mss} corrects upwards at once, while a guess above the truth means too few ACKs.
     */
    public static void tcp_initialize_rcv_mss(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        int hint = minU32(tp.advmss, tp.mss_cache);

        hint = minU32(hint, tp.rcv_wnd >>> 1);
        hint = minU32(hint, TCP_MSS_DEFAULT);
        hint = maxU32(hint, TCP_MIN_MSS);

        inet_csk(sk).icsk_ack.rcv_mss = hint;
    }

    /**
     * Takes a sample of the round-trip time as the receiver sees it, into {@code rcv_rtt_est.rtt} (jiffies times 8).
     *
     * @param sample in jiffies
     * @param win_dep not 0: the sample is the time that a window took to arrive. It is too long whenever the sender
     *     pauses, so only the minimum counts; timestamps are averaged
     */
    static void tcp_rcv_rtt_update(tcp_sock tp, int sample, int win_dep) {
        int new_sample = tp.rcv_rtt_est.rtt;
        long m = u32(sample);

        if (m == 0) {
            m = 1;
        }

        if (new_sample != 0) {
            if (win_dep == 0) {
                m -= new_sample >>> 3;
                new_sample += (int) m;
            } else {
                m <<= 3;
                if (m < u32(new_sample)) {
                    new_sample = (int) m;
                }
            }
        } else {
            new_sample = (int) (m << 3);
        }

        if (tp.rcv_rtt_est.rtt != new_sample) {
            tp.rcv_rtt_est.rtt = new_sample;
        }
    }

    /** Without timestamps: a round trip is over when what was the whole window has arrived. */
    static void tcp_rcv_rtt_measure(tcp_sock tp) {
        new_measure: {
            if (tp.rcv_rtt_est.time == 0) {
                break new_measure;
            }
            if (before(tp.rcv_nxt, tp.rcv_rtt_est.seq)) {
                return;
            }
            tcp_rcv_rtt_update(tp, tcp_time_stamp() - tp.rcv_rtt_est.time, 1);
        }
        tp.rcv_rtt_est.seq = tp.rcv_nxt + tp.rcv_wnd;
        tp.rcv_rtt_est.time = tcp_time_stamp();
    }

    /** With timestamps (RFC 7323): full segments only, others may echo an older one because their ACK was delayed. */
    static void tcp_rcv_rtt_measure_ts(sock sk, sk_buff skb) {
        tcp_sock tp = tcp_sk(sk);
        if (tp.rx_opt.rcv_tsecr != 0
                && geU32(TCP_SKB_CB(skb).end_seq
                        - TCP_SKB_CB(skb).seq, inet_csk(sk).icsk_ack.rcv_mss)) {
            tcp_rcv_rtt_update(tp, tcp_time_stamp() - tp.rx_opt.rcv_tsecr, 0);
        }
    }

    /**
     * The application has read: once per round trip, looks how much that was, and if it was more than ever before,
     * grows the receive buffer. The factor is 2 against losses, and up to 4 while the sender speeds up, since what is
     * offered now is for the round trip after this one.
     */
    @Differs("stops growing rcvmem when it wraps: with tcp_adv_win_scale at -21 or below no amount of memory is"
            + " worth a window, and the kernel never leaves the loop")
    public static void tcp_rcv_space_adjust(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        int time;
        int copied;

        time = tcp_time_stamp() - tp.rcvq_space.time;
        if (mptcp(tp)) {
            if (mptcp_check_rtt(tp, time) != 0) {
                return;
            }
        } else if (ltU32(time, tp.rcv_rtt_est.rtt >>> 3) || tp.rcv_rtt_est.rtt == 0) {
            return;
        }

        new_measure: {
            copied = tp.copied_seq - tp.rcvq_space.seq;
            if (copied <= tp.rcvq_space.space) {
                break new_measure;
            }

            if (sysctl_tcp_moderate_rcvbuf != 0
                    && (sk.sk_userlocks & SOCK_RCVBUF_LOCK) == 0) {
                int rcvwin, rcvmem, rcvbuf;

                rcvwin = (copied << 1) + 16 * tp.advmss;

                // A quarter more than last time looks like slow start, a half more like its doubling.
                if (copied
                        >= tp.rcvq_space.space + (tp.rcvq_space.space >> 2)) {
                    if (copied
                            >= tp.rcvq_space.space + (tp.rcvq_space.space >> 1)) {
                        rcvwin <<= 1;
                    } else {
                        rcvwin += rcvwin >> 1;
                    }
                }

                rcvmem = SKB_TRUESIZE(tp.advmss + MAX_TCP_HEADER);
                while (tcp_win_from_space(rcvmem) < tp.advmss && rcvmem > 0) {
                    rcvmem += 128;
                }

                rcvbuf = min(rcvwin / tp.advmss * rcvmem, sysctl_tcp_rmem[2]);
                if (rcvbuf > sk.sk_rcvbuf) {
                    sk.sk_rcvbuf = rcvbuf;

                    tp.window_clamp = rcvwin;
                }
            }
            tp.rcvq_space.space = copied;
        }
        tp.rcvq_space.seq = tp.copied_seq;
        tp.rcvq_space.time = tcp_time_stamp();
    }

    /**
     * A data segment has come: an ACK is due. Keeps the estimate {@code icsk_ack.ato} of the time to the next segment,
     * for which a delayed ACK waits (jiffies): half of what it was plus half of {@code TCP_ATO_MIN} or the gap just
     * seen. After a gap longer than an RTO the sender probably starts over, so acknowledge quickly.
     */
    static void tcp_event_data_recv(sock sk, sk_buff skb) {
        tcp_sock tp = tcp_sk(sk);
        inet_connection_sock icsk = inet_csk(sk);
        int now;

        inet_csk_schedule_ack(sk);

        tcp_measure_rcv_mss(sk, skb);

        tcp_rcv_rtt_measure(tp);

        now = tcp_time_stamp();

        if (icsk.icsk_ack.ato == 0) {
            tcp_incr_quickack(sk);
            icsk.icsk_ack.ato = TCP_ATO_MIN;
        } else {
            int m = now - icsk.icsk_ack.lrcvtime;

            if (leU32(m, TCP_ATO_MIN / 2)) {
                icsk.icsk_ack.ato = (icsk.icsk_ack.ato >>> 1) + TCP_ATO_MIN / 2;
            } else if (ltU32(m, icsk.icsk_ack.ato)) {
                icsk.icsk_ack.ato = (icsk.icsk_ack.ato >>> 1) + m;
                if (gtU32(icsk.icsk_ack.ato, icsk.icsk_rto)) {
                    icsk.icsk_ack.ato = icsk.icsk_rto;
                }
            } else if (gtU32(m, icsk.icsk_rto)) {
                tcp_incr_quickack(sk);
                sk_mem_reclaim(sk);
            }
        }
        icsk.icsk_ack.lrcvtime = now;

        TCP_ECN_check_ce(tp, skb);

        if (skb.len >= 128) {
            tcp_grow_window(sk, skb);
        }
    }
}
