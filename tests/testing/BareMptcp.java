// SPDX-License-Identifier: GPL-2.0-only
package testing;

import static mptcp_ctrl.Enable.mptcp_enable_static_key;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static uapi.linux.in.In.IPPROTO_TCP;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_pm_ops;
import net.mptcp.mptcp_tcp_sock;

/**
 * An MPTCP connection made of bare sockets, for tests of single functions: a meta socket and established subflows that
 * belong to it, without the socket layer and without a network below.
 *
 * <p>Subflow 0 is the first one. The subflows are fully established and can send; their path index is 1 for subflow 0,
 * 2 for subflow 1. There is no path manager.
 */
public final class BareMptcp {
    public final tcp_sock meta;
    public final mptcp_cb mpcb = new mptcp_cb();
    public final List<tcp_sock> subs;

    private BareMptcp(tcp_sock meta, tcp_sock[] subs) {
        this.meta = meta;
        this.subs = Arrays.asList(subs);

        mptcp_enable_static_key();
        attach(meta);
        mpcb.meta_sk = meta;
        mpcb.pm_ops = new mptcp_pm_ops();
        for (int i = 0; i < subs.length; i++) {
            tcp_sock tp = subs[i];
            attach(tp);
            tp.mptcp = new mptcp_tcp_sock();
            tp.mptcp.tp = tp;
            tp.mptcp.path_index = i + 1;
            tp.mptcp.slave_sk = i > 0;
            tp.mptcp.fully_established = true;
            // The list begins with the latest.
            tp.mptcp.next = mpcb.connection_list;
            mpcb.connection_list = tp;
            mpcb.path_index_bits |= 1 << i + 1;
        }
        if (subs.length > 0) {
            mpcb.master_sk = subs[0];
        }
        mpcb.cnt_subflows = subs.length;
        mpcb.cnt_established = subs.length;
    }

    private void attach(tcp_sock tp) {
        tp.sk_type = SOCK_STREAM;
        tp.sk_protocol = IPPROTO_TCP;
        tp.skc_state = TCP_ESTABLISHED;
        tp.mpc = true;
        tp.mpcb = mpcb;
        tp.meta_sk = meta;
    }

    /** A connection with {@code n} subflows. */
    public static BareMptcp of(int n) {
        return of(n, i -> FreshSocket.fresh());
    }

    /** A connection of sockets that {@code maker} makes: the meta socket as number -1, then the subflows. */
    public static BareMptcp of(int n, IntFunction<tcp_sock> maker) {
        tcp_sock meta = maker.apply(-1);
        tcp_sock[] subs = new tcp_sock[n];
        Arrays.setAll(subs, maker);
        return new BareMptcp(meta, subs);
    }

    public tcp_sock sub(int i) {
        return subs.get(i);
    }
}
