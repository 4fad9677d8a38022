// SPDX-License-Identifier: GPL-2.0-only
package mptcp_output;

import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.kernel.Kernel.div64_u64;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.maxU32;
import static linux.kernel.Kernel.u32;
import static linux.mm.Mm.PAGE_SIZE;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Clone.skb_cloned;
import static linux.skbuff.Copy.pskb_expand_head;
import static linux.skbuff.Truesize.SKB_MAX_HEAD;
import static linux.skbuff.Truesize.SKB_WITH_OVERHEAD;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.skbuff.skb_shared_info.MAX_SKB_FRAGS;
import static linux.tcp.Sockets.tcp_sk;
import static net.mptcp.Subflows.mptcp_sk_can_gso;
import static net.mptcp.Subflows.mptcp_sk_can_send;
import static net.sock.Flags.sock_set_flag;
import static net.sock.Memory.sk_mem_uncharge;
import static net.sock.SockFlag.SOCK_QUEUE_SHRUNK;
import static net.tcp.Segments.tcp_skb_mss;
import static net.tcp.Segments.tcp_skb_pcount;
import static net.tcp.TcpConst.MAX_TCP_HEADER;
import static net.tcp.Windows.tcp_win_from_space;
import static tcp.Sendmsg.tcp_xmit_size_goal;
import static tcp_output.Fragment.__pskb_trim_head;
import static tcp_output.Fragment.tcp_set_skb_tso_segs;
import static tcp_output.Mss.tcp_current_mss;
import static tcp_output.Windows.tcp_select_initial_window;

import linux.compiler.IntRef;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_cb;
import net.sock.sock;

/**
 * Sizes on the level of the connection, each from those of the subflows that can send: how large a segment, a packet,
 * a send buffer may be. {@code tcp.Sendmsg} asks for most of them when it fills packets before anybody knows on which
 * subflow they will go, so the largest counts and what is too large is cut later.
 */
public final class Sizes {
    private Sizes() {}

    /** A joining subflow's {@code tp.select_initial_window}: it starts with the buffer that the first one started with. */
    public static void mptcp_select_initial_window(int __space, int mss, IntRef rcv_wnd, IntRef window_clamp,
            int wscale_ok, IntRef rcv_wscale, int init_rcv_wnd, sock sk) {
        mptcp_cb mpcb = tcp_sk(sk).mpcb;

        window_clamp.val = mpcb.orig_window_clamp;
        __space = tcp_win_from_space(mpcb.orig_sk_rcvbuf);

        tcp_select_initial_window(__space, mss, rcv_wnd, window_clamp, wscale_ok, rcv_wscale, init_rcv_wnd, sk);
    }

    /** The largest MSS of the subflows at present; without any, that of the meta socket. */
    public static int mptcp_current_mss(sock meta_sk) {
        int mss = 0;
        tcp_sock sk;

        for (sk = tcp_sk(meta_sk).mpcb.connection_list; sk != null; sk = sk.mptcp.next) {
            int this_mss;

            if (!mptcp_sk_can_send(sk)) {
                continue;
            }

            this_mss = tcp_current_mss(sk);
            if (gtU32(this_mss, mss)) {
                mss = this_mss;
            }
        }

        return mss == 0 ? tcp_current_mss(meta_sk) : mss;
    }

    /**
     * {@code select_size} for a meta socket: the linear part of a new packet.
     *
     * @param sg data can go into pages: then a full segment is not needed
     */
    public static int mptcp_select_size(sock meta_sk, boolean sg) {
        int mss = 0;
        tcp_sock sk;

        for (sk = tcp_sk(meta_sk).mpcb.connection_list; sk != null; sk = sk.mptcp.next) {
            int this_mss;

            if (!mptcp_sk_can_send(sk)) {
                continue;
            }

            this_mss = tcp_sk(sk).mss_cache;
            if (this_mss > mss) {
                mss = this_mss;
            }
        }

        if (sg) {
            if (mptcp_sk_can_gso(meta_sk)) {
                mss = SKB_WITH_OVERHEAD(2048 - MAX_TCP_HEADER);
            } else {
                int pgbreak = SKB_MAX_HEAD(MAX_TCP_HEADER);

                if (mss >= pgbreak && mss <= pgbreak + (MAX_SKB_FRAGS - 1) * PAGE_SIZE) {
                    mss = pgbreak;
                }
            }
        }

        return mss == 0 ? tcp_sk(meta_sk).mss_cache : mss;
    }

    /**
     * How many packets subflow {@code tp} would need in flight to keep up for one round trip of the slowest subflow:
     * the meta socket's buffer has to hold what is sent meanwhile.
     *
     * @return packets (u32)
     */
    public static int mptcp_check_snd_buf(tcp_sock tp) {
        tcp_sock sk;
        int rtt_max = tp.srtt;
        long bw_est;

        if (tp.srtt == 0) {
            return tp.reordering + 1;
        }

        for (sk = tp.mpcb.connection_list; sk != null; sk = sk.mptcp.next) {
            if (!mptcp_sk_can_send(sk)) {
                continue;
            }

            if (ltU32(rtt_max, tcp_sk(sk).srtt)) {
                rtt_max = tcp_sk(sk).srtt;
            }
        }

        bw_est = div64_u64(u32(tp.snd_cwnd) * u32(rtt_max) << 16, u32(tp.srtt));

        return maxU32((int) (bw_est >>> 16), tp.reordering + 1);
    }

    /** How many bytes {@code tcp_sendmsg} may put into one packet: the largest that a subflow takes. */
    public static int mptcp_xmit_size_goal(sock meta_sk, int mss_now, int large_allowed) {
        tcp_sock sk;
        int xmit_size_goal = 0;

        if (large_allowed != 0 && mptcp_sk_can_gso(meta_sk)) {
            for (sk = tcp_sk(meta_sk).mpcb.connection_list; sk != null; sk = sk.mptcp.next) {
                int this_size_goal;

                if (!mptcp_sk_can_send(sk)) {
                    continue;
                }

                this_size_goal = tcp_xmit_size_goal(sk, mss_now, 1);
                if (gtU32(this_size_goal, xmit_size_goal)) {
                    xmit_size_goal = this_size_goal;
                }
            }
        }

        return maxU32(xmit_size_goal, mss_now);
    }

    /**
     * {@code tcp_trim_head} for a meta socket: drops {@code len} bytes in front, which were acknowledged.
     *
     * @return 0 or {@code -ENOMEM}
     */
    public static int mptcp_trim_head(sock sk, sk_buff skb, int len) {
        if (skb_cloned(skb)) {
            if (pskb_expand_head(skb, 0, 0, GFP_ATOMIC) != 0) {
                return -ENOMEM;
            }
        }

        __pskb_trim_head(skb, len);

        TCP_SKB_CB(skb).seq += len;
        skb.ip_summed = CHECKSUM_PARTIAL;

        skb.truesize -= len;
        sk.sk_wmem_queued -= len;
        sk_mem_uncharge(sk, len);
        sock_set_flag(sk, SOCK_QUEUE_SHRUNK);

        if (tcp_skb_pcount(skb) > 1) {
            tcp_set_skb_tso_segs(sk, skb, tcp_skb_mss(skb));
        }

        return 0;
    }
}
