// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import linux.compiler.IntRef;
import linux.compiler.Ref;
import linux.list.list_head;
import linux.skbuff.sk_buff;
import net.sock.sock;

/** A scheduler: decides what is sent next, and on which subflow. */
public final class mptcp_sched_ops {
    public static final int MPTCP_SCHED_NAME_MAX = 16;

    public interface Get_subflow {
        sock call(sock meta_sk, sk_buff skb, boolean zero_wnd_test);
    }

    public interface Next_segment {
        sk_buff call(sock meta_sk, IntRef reinject, Ref<sock> subsk, IntRef limit);
    }

    public final list_head<mptcp_sched_ops> list = new list_head<>(this);
    public Get_subflow get_subflow;
    public Next_segment next_segment;
    public sock.Callback init;
    public String name;
}
