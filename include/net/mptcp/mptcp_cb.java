// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import linux.list.list_head;
import linux.mutex.mutex;
import linux.skbuff.sk_buff_head;
import linux.tcp.tcp_sock;
import linux.timer.timer_list;
import net.inet_connection_sock.inet_connection_sock_af_ops;
import net.sock.sock;

/** What all sockets of a Multipath TCP connection share: the meta socket, and every subflow. */
public final class mptcp_cb {
    /** What the application holds. */
    public sock meta_sk;

    /** The subflows, the latest first; {@code mptcp.next} links them. */
    public tcp_sock connection_list;

    /** Subflows whose {@code release_cb} is to be called. */
    public final list_head<mptcp_tcp_sock> callback_list = new list_head<>();

    /** Subflows in TIME_WAIT. */
    public final list_head<mptcp_tw> tw_list = new list_head<>();

    /** Substate of the connection's TIME_WAIT. */
    public int mptw_state;

    public int mpcb_refcnt;

    /** The high halves of the data sequence numbers: of the present 4 GB and of the next (or the last). */
    public final int[] snd_high_order = new int[2];

    public final int[] rcv_high_order = new int[2];

    public boolean send_infinite_mapping;
    public boolean in_time_wait;

    /** The peer's addresses are known. */
    public boolean list_rcvd;

    /** DSS options have checksums. */
    public boolean dss_csum;

    public boolean server_side;

    /** Fallen back to TCP, in this direction. */
    public boolean infinite_mapping_rcv;

    public boolean infinite_mapping_snd;

    /** The DATA_FIN went with the FIN of a subflow. */
    public boolean dfin_combined;

    /** The peer closed first. */
    public boolean passive_close;

    /** Which element of {@link #snd_high_order} goes with {@code snd_nxt} (0 or 1), likewise for receiving. */
    public int snd_hiseq_index;

    public int rcv_hiseq_index;

    /** Subflows, and of them those established. */
    public int cnt_subflows;

    public int cnt_established;

    /** Data to be sent again on another subflow. */
    public final sk_buff_head reinject_queue = new sk_buff_head();

    /** The subflow that brought the DATA_FIN. */
    public int dfin_path_index;

    /** What the path manager keeps: in C an area of 608 bytes. */
    public Object mptcp_pm;

    public mptcp_pm_ops pm_ops;
    public mptcp_sched_ops sched_ops;

    /** Held by whoever changes the list of subflows and may sleep. */
    public final mutex mpcb_mutex = new mutex();

    /** The first subflow. */
    public sock master_sk;

    /** Where checksums end, in data sequence numbers: the infinite mapping begins there. */
    public long csum_cutoff_seq;

    /** Keys and tokens as the bytes on the wire say, read in network byte order. */
    public long mptcp_loc_key;

    public int mptcp_loc_token;
    public long mptcp_rem_key;
    public int mptcp_rem_token;

    /** Makes the socket of a joining subflow. */
    public inet_connection_sock_af_ops.Syn_recv_sock syn_recv_sock;

    /** A bit for each path index in use. */
    public int path_index_bits;

    public int next_path_index;

    /** Buffers of the first subflow when it became one: those of later ones start there. */
    public int orig_sk_rcvbuf;

    public int orig_sk_sndbuf;
    public int orig_window_clamp;

    /** Sends the SYN/ACKs of joins again. */
    public final timer_list synack_timer = new timer_list();
}
