// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static linux.errno.Errno.ENOBUFS;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.list.Lists.list_add;
import static linux.list.Lists.list_del;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_ctrl.MetaSock.mptcp_mpcb_put;
import static net.mptcp.MetaSockets.mptcp_meta_tp;
import static net.mptcp.Sequence64.mptcp_get_rcv_nxt_64;
import static net.tcp_states.TcpState.TCP_TIME_WAIT;
import static tcp.Boot.tcp_done;

import linux.gfp.Gfp;
import linux.list.list_head;
import linux.tcp.tcp_sock;
import linux.tcp.tcp_timewait_sock;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_tw;
import net.sock.sock;

/**
 * TIME_WAIT of subflows. A subflow that has closed may still get the DATA_FIN once more, and must be able to answer
 * with a DATA_ACK: {@code tcp_timewait_state_process} finds what it needs for that in {@code mptcp_tw}. The connection
 * as a whole has no TIME_WAIT socket; {@link #mptcp_time_wait} tells those of the subflows.
 */
public final class TimeWait {
    private TimeWait() {}

    /**
     * A subflow goes into TIME_WAIT. After a fallback there is nothing to be noted: there are no DATA_ACKs any more.
     *
     * @return 0, or {@code -ENOBUFS}
     */
    public static int mptcp_init_tw_sock(sock sk, tcp_timewait_sock tw) {
        mptcp_tw mptw;
        tcp_sock tp = tcp_sk(sk);
        mptcp_cb mpcb = tp.mpcb;

        if (mpcb.infinite_mapping_rcv) {
            tw.mptcp_tw = null;
            return 0;
        }

        mptw = Gfp.fails(GFP_ATOMIC) ? null : new mptcp_tw();
        if (mptw == null) {
            return -ENOBUFS;
        }

        mpcb.mpcb_refcnt++;

        tw.mptcp_tw = mptw;
        mptw.loc_key = mpcb.mptcp_loc_key;
        mptw.meta_tw = mpcb.in_time_wait;
        if (mptw.meta_tw) {
            mptw.rcv_nxt = mptcp_get_rcv_nxt_64(mptcp_meta_tp(tp));
            if (mpcb.mptw_state != TCP_TIME_WAIT) {
                mptw.rcv_nxt++;
            }
        }
        mptw.mpcb = mpcb;

        list_add(mptw.list, tp.mpcb.tw_list);
        mptw.in_list = true;

        return 0;
    }

    /** The TIME_WAIT is over. The control block may be gone already, with the meta socket. */
    public static void mptcp_twsk_destructor(tcp_timewait_sock tw) {
        mptcp_cb mpcb;

        mpcb = tw.mptcp_tw.mpcb;

        if (mpcb != null && mpcb.mpcb_refcnt != 0) {
            mpcb.mpcb_refcnt++;
            if (tw.mptcp_tw.in_list) {
                list_del(tw.mptcp_tw.list);
                tw.mptcp_tw.in_list = false;
            }

            // The one just taken, and the TIME_WAIT's.
            mptcp_mpcb_put(mpcb);
            mptcp_mpcb_put(mpcb);
        }
    }

    /**
     * {@code time_wait} of a meta socket: it ends, and what it has received is told to the subflows' TIME_WAITs. In
     * FIN_WAIT2 the peer's DATA_FIN is still to come; they are told as if it had.
     */
    public static void mptcp_time_wait(sock sk, int state, int timeo) {
        tcp_sock tp = tcp_sk(sk);

        // For subflows that follow later.
        tp.mpcb.in_time_wait = true;
        tp.mpcb.mptw_state = state;

        for (list_head<mptcp_tw> p = tp.mpcb.tw_list.next; p != tp.mpcb.tw_list; p = p.next) {
            mptcp_tw mptw = p.owner;
            mptw.meta_tw = true;
            mptw.rcv_nxt = mptcp_get_rcv_nxt_64(tp);

            if (state != TCP_TIME_WAIT) {
                mptw.rcv_nxt++;
            }
        }

        tcp_done(sk);
    }
}
