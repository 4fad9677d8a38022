// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import linux.list.list_head;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import linux.timer.timer_list;
import linux.workqueue.delayed_work;

/** What a subflow has more than a TCP socket. */
public final class mptcp_tcp_sock {
    /** The next subflow. */
    public tcp_sock next;

    public final list_head<mptcp_tcp_sock> cb_list = new list_head<>(this);
    public final mptcp_options_received rx_opt = new mptcp_options_received();

    /** The present mapping: data sequence number (64 bits), subflow sequence number, length. */
    public long map_data_seq;

    public int map_subseq;
    public int map_data_len;

    /** Not the first subflow. */
    public boolean slave_sk;

    /** Something came back that only an MPTCP peer sends, so it has understood us. */
    public boolean fully_established;

    public boolean establish_increased;

    /** The next packet is the second one received. */
    public boolean second_packet;

    /** Part of the connection: its meta socket is held. */
    public boolean attached;

    public boolean send_mp_fail;

    /** MP_CAPABLE is still to be sent with ACKs. */
    public boolean include_mpc;

    public boolean mapping_present;
    public boolean map_data_fin;

    /** A backup path, as we see it. */
    public boolean low_prio;

    /** A backup path, as the peer sees it. */
    public boolean rcv_low_prio;

    public boolean send_mp_prio;

    /** The third ACK of a join has been sent, the fourth has not come. */
    public boolean pre_established;

    /** Initial sequence numbers: mappings count from them. */
    public int snt_isn;

    public int rcv_isn;

    /** 1 to 31; unique in the connection. */
    public int path_index;

    /** Ids of our address and of the peer's. */
    public int loc_id;

    public int rem_id;

    /** What the scheduler keeps: in C an area of 4 bytes. */
    public Object mptcp_sched;

    /** Where in the meta socket's out-of-order queue the last packet of this subflow went. */
    public sk_buff shortcut_ofoqueue;

    public int init_rcv_wnd;

    /** The subflow sequence number behind which the mapping is infinite. */
    public int infinite_cutoff_seq;

    public final delayed_work work = new delayed_work();
    public int mptcp_loc_nonce;

    /** The socket that this belongs to. */
    public tcp_sock tp;

    public int last_end_data_seq;

    /** Sends the third ACK of a join again. */
    public final timer_list mptcp_ack_timer = new timer_list();

    /** The HMAC in it. */
    public final byte[] sender_mac = new byte[20];
}
