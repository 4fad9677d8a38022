// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import linux.types.View;

/** What the MPTCP options of a packet said. */
public final class mptcp_options_received {
    public boolean saw_mpc;

    /** The peer asks for checksums. */
    public boolean dss_csum;

    /** The packet is to be dropped: an MP_CAPABLE with the B flag. */
    public boolean drop_me;

    public boolean is_mp_join;

    /** MP_JOIN as in the third ACK. */
    public boolean join_ack;

    /** 1: MP_PRIO for this subflow, 2: for another one. */
    public int saw_low_prio;

    public boolean low_prio;

    /** 1: an IPv4 address was announced, 2: an IPv6 one. */
    public int saw_add_addr;

    public boolean more_add_addr;
    public boolean saw_rem_addr;
    public boolean more_rem_addr;
    public boolean mp_fail;
    public boolean mp_fclose;

    /** Address ids in MP_JOIN and MP_PRIO. */
    public int rem_id;

    public int prio_addr_id;

    /** Where the first of these options begins; null: there was none. */
    public View add_addr_ptr;

    public View rem_addr_ptr;

    /** The low 32 bits. */
    public int data_ack;

    public int data_seq;
    public int data_len;
    public int mptcp_rem_token;

    /** The key in MP_CAPABLE or MP_FASTCLOSE. */
    public long mptcp_key;

    public int mptcp_recv_nonce;
    public long mptcp_recv_tmac;
    public final byte[] mptcp_recv_mac = new byte[20];

    /** {@code *this = *o}. */
    public void copy(mptcp_options_received o) {
        saw_mpc = o.saw_mpc;
        dss_csum = o.dss_csum;
        drop_me = o.drop_me;
        is_mp_join = o.is_mp_join;
        join_ack = o.join_ack;
        saw_low_prio = o.saw_low_prio;
        low_prio = o.low_prio;
        saw_add_addr = o.saw_add_addr;
        more_add_addr = o.more_add_addr;
        saw_rem_addr = o.saw_rem_addr;
        more_rem_addr = o.more_rem_addr;
        mp_fail = o.mp_fail;
        mp_fclose = o.mp_fclose;
        rem_id = o.rem_id;
        prio_addr_id = o.prio_addr_id;
        add_addr_ptr = o.add_addr_ptr;
        rem_addr_ptr = o.rem_addr_ptr;
        data_ack = o.data_ack;
        data_seq = o.data_seq;
        data_len = o.data_len;
        mptcp_rem_token = o.mptcp_rem_token;
        mptcp_key = o.mptcp_key;
        mptcp_recv_nonce = o.mptcp_recv_nonce;
        mptcp_recv_tmac = o.mptcp_recv_tmac;
        System.arraycopy(o.mptcp_recv_mac, 0, mptcp_recv_mac, 0, mptcp_recv_mac.length);
    }
}
