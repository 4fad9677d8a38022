// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.minU32;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.tcp.Sockets.tcp_sk;
import static linux.types.Be.put32;
import static mptcp_output.Options.mptcp_established_options;
import static mptcp_output.Options.mptcp_options_write;
import static mptcp_output.Options.mptcp_syn_options;
import static mptcp_output.Options.mptcp_synack_options;
import static net.inet_sock.Sockets.inet_rsk;
import static net.mptcp.MptcpConst.OPTION_MPTCP;
import static net.tcp.Multipath.mptcp;
import static net.tcp.Sysctls.sysctl_tcp_sack;
import static net.tcp.Sysctls.sysctl_tcp_timestamps;
import static net.tcp.Sysctls.sysctl_tcp_window_scaling;
import static net.tcp.TcpConst.MAX_TCP_OPTION_SPACE;
import static net.tcp.TcpConst.TCPHDR_FIN;
import static net.tcp.TcpConst.TCPHDR_SYN;
import static net.tcp.TcpConst.TCPOLEN_EXP_FASTOPEN_BASE;
import static net.tcp.TcpConst.TCPOLEN_MSS;
import static net.tcp.TcpConst.TCPOLEN_MSS_ALIGNED;
import static net.tcp.TcpConst.TCPOLEN_SACKPERM_ALIGNED;
import static net.tcp.TcpConst.TCPOLEN_SACK_BASE;
import static net.tcp.TcpConst.TCPOLEN_SACK_BASE_ALIGNED;
import static net.tcp.TcpConst.TCPOLEN_SACK_PERBLOCK;
import static net.tcp.TcpConst.TCPOLEN_SACK_PERM;
import static net.tcp.TcpConst.TCPOLEN_TIMESTAMP;
import static net.tcp.TcpConst.TCPOLEN_TSTAMP_ALIGNED;
import static net.tcp.TcpConst.TCPOLEN_WINDOW;
import static net.tcp.TcpConst.TCPOLEN_WSCALE_ALIGNED;
import static net.tcp.TcpConst.TCPOPT_EXP;
import static net.tcp.TcpConst.TCPOPT_FASTOPEN_MAGIC;
import static net.tcp.TcpConst.TCPOPT_MSS;
import static net.tcp.TcpConst.TCPOPT_NOP;
import static net.tcp.TcpConst.TCPOPT_SACK;
import static net.tcp.TcpConst.TCPOPT_SACK_PERM;
import static net.tcp.TcpConst.TCPOPT_TIMESTAMP;
import static net.tcp.TcpConst.TCPOPT_WINDOW;
import static tcp_output.Events.tcp_advertise_mss;

import linux.compiler.IntRef;
import linux.skbuff.sk_buff;
import linux.skbuff.skb_shared_info;
import linux.tcp.tcp_fastopen_cookie;
import linux.tcp.tcp_out_options;
import linux.tcp.tcp_sack_block;
import linux.tcp.tcp_sock;
import net.inet_sock.inet_request_sock;
import net.request_sock.request_sock;
import net.sock.sock;
import net.tcp.tcp_fastopen_request;
import net.tcp.tcp_skb_cb;

/**
 * The options of what we send (RFC 9293, section 3.2; RFC 7323; RFC 2018; RFC 2883; RFC 7413; RFC 6824).
 *
 * <p>Done in two steps. First one of {@link #tcp_syn_options}, {@link #tcp_synack_options}, {@link
 * #tcp_established_options} decides what goes in and how many bytes that takes: all of it has to fit into 40.
 * Then {@link #tcp_options_write} writes it down, always in the same order, since some middleboxes and hosts only
 * understand the usual one. Everything is padded to words of 32 bits:
 *
 * <pre>
 *  MSS              | kind 2  | len 4   |        MSS        |
 *  timestamps       | NOP     | NOP     | kind 8  | len 10  |   NOP NOP may be SACK permitted: | kind 4 | len 2 |
 *                   |                 TSval                 |
 *                   |                 TSecr                 |
 *  SACK permitted   | NOP     | NOP     | kind 4  | len 2   |   when there are no timestamps
 *  window scale     | NOP     | kind 3  | len 3   |  shift  |
 *  SACK             | NOP     | NOP     | kind 5  | len     |
 *                   |            left edge, right edge      |   for each block, a D-SACK block first
 *  Fast Open        | kind 254| len     |      0xf989       |
 *                   |            cookie ...                 |
 *  MPTCP            | kind 30 | len     | sub |  ...         |   {@code mptcp_output.Options}
 * </pre>
 *
 * <p>{@link Transmit#tcp_transmit_skb} and {@link Syn#tcp_make_synack} call in; {@link Mss#tcp_current_mss} asks for
 * the size alone. Sizes are unsigned, and {@link #tcp_established_options} can exceed 40 with MPTCP: the room for
 * SACK blocks then wraps.
 */
public final class Options {
    private Options() {}

    /** {@code options}: SACK permitted. The bits of MPTCP are in {@code include/net/mptcp.h}. */
    static final int OPTION_SACK_ADVERTISE = 1 << 0;

    static final int OPTION_TS = 1 << 1;
    static final int OPTION_WSCALE = 1 << 3;
    static final int OPTION_FAST_OPEN_COOKIE = 1 << 8;

    /** {@code &size} for MPTCP. Nothing below {@code mptcp_established_options} sends, so one is enough. */
    private static final IntRef size_ref = new IntRef();

    /**
     * Fills in the control block of a packet without data. SYN and FIN take a sequence number each, but both in one
     * packet do not happen and would count as one.
     *
     * @param flags {@code TCPHDR_*}
     */
    public static void tcp_init_nondata_skb(sk_buff skb, int seq, int flags) {
        skb_shared_info shinfo = skb.shinfo;

        skb.ip_summed = CHECKSUM_PARTIAL;
        skb.csum = 0;

        TCP_SKB_CB(skb).tcp_flags = flags;
        TCP_SKB_CB(skb).sacked = 0;

        shinfo.gso_segs = 1;
        shinfo.gso_size = 0;
        shinfo.gso_type = 0;

        TCP_SKB_CB(skb).seq = seq;
        if ((flags & (TCPHDR_SYN | TCPHDR_FIN)) != 0) {
            seq++;
        }
        TCP_SKB_CB(skb).end_seq = seq;
    }

    /** Is there urgent data that the peer has not acknowledged (RFC 9293, section 3.8.5)? */
    public static boolean tcp_urg_mode(tcp_sock tp) {
        return tp.snd_una != tp.snd_up;
    }

    /**
     * Writes the options that were decided on behind the header. A D-SACK block is reported once: {@code
     * rx_opt.dsack} is cleared here (RFC 2883, section 4).
     *
     * @param ptr where the options begin: {@code th + 1}
     */
    static void tcp_options_write(byte[] ptr, int ptr_at, tcp_sock tp, tcp_out_options opts, sk_buff skb) {
        int options = opts.options;

        if (opts.mss != 0) {
            put32(ptr, ptr_at, TCPOPT_MSS << 24 | TCPOLEN_MSS << 16 | opts.mss);
            ptr_at += 4;
        }

        if ((OPTION_TS & options) != 0) {
            if ((OPTION_SACK_ADVERTISE & options) != 0) {
                put32(ptr, ptr_at,
                        TCPOPT_SACK_PERM << 24 | TCPOLEN_SACK_PERM << 16 | TCPOPT_TIMESTAMP << 8 | TCPOLEN_TIMESTAMP);
                ptr_at += 4;
                options &= ~OPTION_SACK_ADVERTISE;
            } else {
                put32(ptr, ptr_at, TCPOPT_NOP << 24 | TCPOPT_NOP << 16 | TCPOPT_TIMESTAMP << 8 | TCPOLEN_TIMESTAMP);
                ptr_at += 4;
            }
            put32(ptr, ptr_at, opts.tsval);
            put32(ptr, ptr_at + 4, opts.tsecr);
            ptr_at += 8;
        }

        if ((OPTION_SACK_ADVERTISE & options) != 0) {
            put32(ptr, ptr_at, TCPOPT_NOP << 24 | TCPOPT_NOP << 16 | TCPOPT_SACK_PERM << 8 | TCPOLEN_SACK_PERM);
            ptr_at += 4;
        }

        if ((OPTION_WSCALE & options) != 0) {
            put32(ptr, ptr_at, TCPOPT_NOP << 24 | TCPOPT_WINDOW << 16 | TCPOLEN_WINDOW << 8 | opts.ws);
            ptr_at += 4;
        }

        if (opts.num_sack_blocks != 0) {
            // In C the two arrays lie one behind the other, and the walk runs from the first into the second.
            int dsack = tp.rx_opt.dsack ? 1 : 0;
            int this_sack;

            put32(ptr, ptr_at, TCPOPT_NOP << 24 | TCPOPT_NOP << 16 | TCPOPT_SACK << 8
                    | TCPOLEN_SACK_BASE + opts.num_sack_blocks * TCPOLEN_SACK_PERBLOCK);
            ptr_at += 4;

            for (this_sack = 0; this_sack < opts.num_sack_blocks; ++this_sack) {
                tcp_sack_block sp = this_sack < dsack ? tp.duplicate_sack[0] : tp.selective_acks[this_sack - dsack];

                put32(ptr, ptr_at, sp.start_seq);
                put32(ptr, ptr_at + 4, sp.end_seq);
                ptr_at += 8;
            }

            tp.rx_opt.dsack = false;
        }

        if ((OPTION_FAST_OPEN_COOKIE & options) != 0) {
            tcp_fastopen_cookie foc = opts.fastopen_cookie;

            put32(ptr, ptr_at,
                    TCPOPT_EXP << 24 | TCPOLEN_EXP_FASTOPEN_BASE + foc.len << 16 | TCPOPT_FASTOPEN_MAGIC);
            ptr_at += 4;

            System.arraycopy(foc.val, 0, ptr, ptr_at, foc.len);
            if ((foc.len & 3) == 2) {
                int align = ptr_at + foc.len;
                ptr[align] = ptr[align + 1] = TCPOPT_NOP;
            }
            ptr_at += foc.len + 3 >> 2 << 2;
        }

        if ((OPTION_MPTCP & opts.options) != 0) {
            mptcp_options_write(ptr, ptr_at, tp, opts, skb);
        }
    }

    /**
     * The options of a SYN: all that we can do and the sysctls allow.
     *
     * <p>A Fast Open cookie, or the request for one, goes in only if there is still room: after MPTCP's 12 bytes a
     * cookie of 16 does not fit.
     *
     * @return bytes
     */
    static int tcp_syn_options(sock sk, sk_buff skb, tcp_out_options opts) {
        tcp_sock tp = tcp_sk(sk);
        IntRef remaining = new IntRef(MAX_TCP_OPTION_SPACE);
        tcp_fastopen_request fastopen = tp.fastopen_req;

        opts.mss = tcp_advertise_mss(sk);
        remaining.val -= TCPOLEN_MSS_ALIGNED;

        if (sysctl_tcp_timestamps != 0) {
            opts.options |= OPTION_TS;
            opts.tsval = TCP_SKB_CB(skb).when + tp.tsoffset;
            opts.tsecr = tp.rx_opt.ts_recent;
            remaining.val -= TCPOLEN_TSTAMP_ALIGNED;
        }
        if (sysctl_tcp_window_scaling != 0) {
            opts.ws = tp.rx_opt.rcv_wscale;
            opts.options |= OPTION_WSCALE;
            remaining.val -= TCPOLEN_WSCALE_ALIGNED;
        }
        if (sysctl_tcp_sack != 0) {
            opts.options |= OPTION_SACK_ADVERTISE;
            if ((OPTION_TS & opts.options) == 0) {
                remaining.val -= TCPOLEN_SACKPERM_ALIGNED;
            }
        }
        if (tp.request_mptcp || mptcp(tp)) {
            mptcp_syn_options(sk, opts, remaining);
        }

        if (fastopen != null && fastopen.cookie.len >= 0) {
            int need = TCPOLEN_EXP_FASTOPEN_BASE + fastopen.cookie.len;
            need = need + 3 & ~3;
            if (geU32(remaining.val, need)) {
                opts.options |= OPTION_FAST_OPEN_COOKIE;
                opts.fastopen_cookie = fastopen.cookie;
                remaining.val -= need;
                tp.syn_fastopen = true;
            }
        }

        return MAX_TCP_OPTION_SPACE - remaining.val;
    }

    /**
     * The options of a SYN/ACK: those of ours that the SYN had too (RFC 7323, section 1.3).
     *
     * @param mss to be announced
     * @param foc the Fast Open cookie to hand out, or null
     * @return bytes
     */
    static int tcp_synack_options(sock sk, request_sock req, int mss, sk_buff skb, tcp_out_options opts,
            tcp_fastopen_cookie foc) {
        inet_request_sock ireq = inet_rsk(req);
        IntRef remaining = new IntRef(MAX_TCP_OPTION_SPACE);

        opts.mss = mss & 0xffff;
        remaining.val -= TCPOLEN_MSS_ALIGNED;

        if (ireq.wscale_ok) {
            opts.ws = ireq.rcv_wscale;
            opts.options |= OPTION_WSCALE;
            remaining.val -= TCPOLEN_WSCALE_ALIGNED;
        }
        if (ireq.tstamp_ok) {
            opts.options |= OPTION_TS;
            opts.tsval = TCP_SKB_CB(skb).when;
            opts.tsecr = req.ts_recent;
            remaining.val -= TCPOLEN_TSTAMP_ALIGNED;
        }
        if (ireq.sack_ok) {
            opts.options |= OPTION_SACK_ADVERTISE;
            if (!ireq.tstamp_ok) {
                remaining.val -= TCPOLEN_SACKPERM_ALIGNED;
            }
        }
        if (foc != null && foc.len >= 0) {
            int need = TCPOLEN_EXP_FASTOPEN_BASE + foc.len;
            need = need + 3 & ~3;
            if (geU32(remaining.val, need)) {
                opts.options |= OPTION_FAST_OPEN_COOKIE;
                opts.fastopen_cookie = foc;
                remaining.val -= need;
            }
        }

        if (ireq.saw_mpc) {
            mptcp_synack_options(req, opts, remaining);
        }

        return MAX_TCP_OPTION_SPACE - remaining.val;
    }

    /**
     * The options of every other segment: timestamps, MPTCP, and as many SACK blocks as still fit.
     *
     * <p>What is left for SACK blocks is unsigned: if MPTCP has gone beyond 40 bytes, it is huge and all blocks are
     * granted.
     *
     * @param skb null: only the size is of interest, for a segment with data
     * @return bytes
     */
    static int tcp_established_options(sock sk, sk_buff skb, tcp_out_options opts) {
        tcp_skb_cb tcb = skb != null ? TCP_SKB_CB(skb) : null;
        tcp_sock tp = tcp_sk(sk);
        int size = 0;
        int eff_sacks;

        opts.options = 0;

        if (tp.rx_opt.tstamp_ok) {
            opts.options |= OPTION_TS;
            opts.tsval = tcb != null ? tcb.when + tp.tsoffset : 0;
            opts.tsecr = tp.rx_opt.ts_recent;
            size += TCPOLEN_TSTAMP_ALIGNED;
        }
        if (mptcp(tp)) {
            size_ref.val = size;
            mptcp_established_options(sk, skb, opts, size_ref);
            size = size_ref.val;
        }

        eff_sacks = tp.rx_opt.num_sacks + (tp.rx_opt.dsack ? 1 : 0);
        if (eff_sacks != 0) {
            int remaining = MAX_TCP_OPTION_SPACE - size;
            if (ltU32(remaining, TCPOLEN_SACK_BASE_ALIGNED)) {
                opts.num_sack_blocks = 0;
            } else {
                opts.num_sack_blocks = minU32(eff_sacks,
                        Integer.divideUnsigned(remaining - TCPOLEN_SACK_BASE_ALIGNED, TCPOLEN_SACK_PERBLOCK));
            }
            if (opts.num_sack_blocks != 0) {
                size += TCPOLEN_SACK_BASE_ALIGNED + opts.num_sack_blocks * TCPOLEN_SACK_PERBLOCK;
            }
        }

        return size;
    }
}
