// SPDX-License-Identifier: GPL-2.0-only
package testing;

import static linux.jump_label.JumpLabel.static_key_slow_inc;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Queue.__skb_queue_purge;
import static mptcp_ctrl.Functions.set_meta_funcs;
import static mptcp_ctrl.Functions.set_mpc;
import static net.mptcp.Globals.mptcp_pm_default;
import static net.mptcp.Globals.mptcp_sched_default;
import static net.tcp.Multipath.mptcp_static_key;
import static net.tcp.WriteQueue.tcp_write_queue_purge;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static uapi.linux.in.In.IPPROTO_TCP;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;

import java.util.ArrayList;
import java.util.List;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_tcp_sock;

/**
 * A meta socket and its subflows without a network below and without a handshake: for tests of single functions that
 * look at several subflows, and for the tables of {@link Vectors}. Subflow 0 is the first on the list of the control
 * block and the master; path indices count from 1.
 */
public final class MptcpSockets {
    public final tcp_sock meta = FreshSocket.fresh();
    public final mptcp_cb mpcb = new mptcp_cb();
    private final List<tcp_sock> subflows = new ArrayList<>();

    /** @param n established subflows */
    public MptcpSockets(int n) {
        static_key_slow_inc(mptcp_static_key);
        mpcb.meta_sk = meta;
        mpcb.pm_ops = mptcp_pm_default;
        mpcb.sched_ops = mptcp_sched_default;
        mpcb.mpcb_refcnt = 1;
        meta.mptcp = new mptcp_tcp_sock();
        belongs(meta);
        set_meta_funcs(meta);
        for (int i = 0; i < n; i++) {
            add();
        }
    }

    private void belongs(tcp_sock tp) {
        tp.sk_type = SOCK_STREAM;
        tp.sk_protocol = IPPROTO_TCP;
        tp.skc_state = TCP_ESTABLISHED;
        tp.mpcb = mpcb;
        tp.meta_sk = meta;
        set_mpc(tp);
    }

    /** One more, at the end of the list. */
    public tcp_sock add() {
        tcp_sock tp = FreshSocket.fresh();
        int i = subflows.size();
        tp.mptcp = new mptcp_tcp_sock();
        tp.mptcp.tp = tp;
        tp.mptcp.path_index = i + 1;
        tp.mptcp.attached = true;
        tp.mptcp.fully_established = true;
        tp.mptcp.slave_sk = i > 0;
        belongs(tp);
        tp.mss_cache = 1000;
        tp.snd_cwnd = 10;
        tp.snd_wnd = 100_000;
        tp.srtt = (i + 1) * 10 << 3;
        if (i == 0) {
            mpcb.connection_list = tp;
            mpcb.master_sk = tp;
        } else {
            subflows.get(i - 1).mptcp.next = tp;
        }
        subflows.add(tp);
        mpcb.path_index_bits |= 1 << i + 1;
        mpcb.cnt_subflows++;
        mpcb.cnt_established++;
        meta.skc_refcnt++;
        mpcb.mpcb_refcnt++;
        return tp;
    }

    public tcp_sock sub(int i) {
        return subflows.get(i);
    }

    public List<tcp_sock> subflows() {
        return subflows;
    }

    /** Which subflow is it? -1: null. */
    public int indexOf(Object sk) {
        return sk == null ? -1 : subflows.indexOf(sk);
    }

    /** A packet of numbers only: {@code len} bytes from {@code seq} on, without memory for them. */
    public static sk_buff packet(int seq, int len) {
        sk_buff skb = Skbs.linear(0);
        skb.len = len;
        TCP_SKB_CB(skb).seq = seq;
        TCP_SKB_CB(skb).end_seq = seq + len;
        return skb;
    }

    /** Frees a packet of numbers. */
    public static void free(sk_buff skb) {
        skb.len = 0;
        kfree_skb(skb);
    }

    /** Gives everything back: call it when a test ends. */
    public void free() {
        __skb_queue_purge(mpcb.reinject_queue);
        FreshSocket.stopTimers(meta);
        tcp_write_queue_purge(meta);
        for (tcp_sock tp : subflows) {
            FreshSocket.stopTimers(tp);
            tcp_write_queue_purge(tp);
        }
    }
}
