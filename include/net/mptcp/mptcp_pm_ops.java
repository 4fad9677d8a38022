// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import linux.compiler.BoolRef;
import linux.compiler.IntRef;
import linux.list.list_head;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_out_options;
import net.net_namespace.net;
import net.sock.sock;

/** A path manager: decides which addresses to announce and which subflows to make. Any member may be null. */
public final class mptcp_pm_ops {
    public static final int MPTCP_PM_NAME_MAX = 16;

    public interface Get_local_id {
        int call(int family, int addr, net net, BoolRef low_prio);
    }

    public interface Addr_signal {
        void call(sock sk, IntRef size, tcp_out_options opts, sk_buff skb);
    }

    public interface Add_raddr {
        void call(mptcp_cb mpcb, int addr, int family, int port, int id);
    }

    public interface Rem_raddr {
        void call(mptcp_cb mpcb, int rem_id);
    }

    public interface Init_subsocket_v4 {
        void call(sock sk, int addr);
    }

    public final list_head<mptcp_pm_ops> list = new list_head<>(this);

    /** A connection has begun. */
    public sock.Callback new_session;

    /** The meta socket's lock is being released. */
    public sock.Callback release_sock;

    /** The peer has shown that it speaks MPTCP. */
    public sock.Callback fully_established;

    public sock.Callback new_remote_address;

    /** The id of one of our addresses (host order). */
    public Get_local_id get_local_id;

    /** May add ADD_ADDR or REMOVE_ADDR to a segment. */
    public Addr_signal addr_signal;

    /** The peer announced an address, or took one back. */
    public Add_raddr add_raddr;

    public Rem_raddr rem_raddr;
    public Init_subsocket_v4 init_subsocket_v4;
    public String name;
}
