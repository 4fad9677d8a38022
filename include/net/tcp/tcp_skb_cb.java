// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

/** What TCP notes about a packet: on its send queue, on its receive queue, on the way between them. */
public final class tcp_skb_cb {
    /** Acknowledged by a SACK block. */
    public static final int TCPCB_SACKED_ACKED = 0x01;

    /** Sent again, and that copy is still out. */
    public static final int TCPCB_SACKED_RETRANS = 0x02;

    /** Taken for lost. */
    public static final int TCPCB_LOST = 0x04;

    public static final int TCPCB_TAGBITS = 0x07;

    /** Put in place by socket repair: no time of sending is known. */
    public static final int TCPCB_REPAIRED = 0x10;

    /** Was sent again at some time. */
    public static final int TCPCB_EVER_RETRANS = 0x80;

    public static final int TCPCB_RETRANS = TCPCB_SACKED_RETRANS | TCPCB_EVER_RETRANS | TCPCB_REPAIRED;

    /** First sequence number, and the one behind the last: payload, SYN and FIN count. */
    public int seq;

    public int end_seq;

    /** {@code tcp_time_stamp} when it was last sent (host order). */
    public int when;

    /** {@code MPTCPHDR_*}. */
    public int mptcp_flags;

    /** Bytes from the transport header to the data sequence number of a DSS option. */
    public int dss_off;

    /** {@code TCPHDR_*}. */
    public int tcp_flags;

    /** {@code TCPCB_*}. */
    public int sacked;

    /** The IP header's TOS byte, for ECN. */
    public int ip_dsfield;

    public int ack_seq;

    /**
     * MPTCP, meta socket: a bit for each subflow that has sent this data. Shares its place with {@link #dss},
     * so setting one clears the other.
     */
    public int path_mask;

    /**
     * MPTCP, subflow: the DSS option (mapping and data ACK) as 32-bit words, written when the packet was
     * given to the subflow and never changed; null: none.
     */
    public int[] dss;

    /** {@code *this = *o}. The words of {@link #dss} are never written in place, so they can be shared. */
    public void copy(tcp_skb_cb o) {
        seq = o.seq;
        end_seq = o.end_seq;
        when = o.when;
        mptcp_flags = o.mptcp_flags;
        dss_off = o.dss_off;
        tcp_flags = o.tcp_flags;
        sacked = o.sacked;
        ip_dsfield = o.ip_dsfield;
        ack_seq = o.ack_seq;
        path_mask = o.path_mask;
        dss = o.dss;
    }

    /** {@code memset(this, 0)}. */
    public void clear() {
        seq = 0;
        end_seq = 0;
        when = 0;
        mptcp_flags = 0;
        dss_off = 0;
        tcp_flags = 0;
        sacked = 0;
        ip_dsfield = 0;
        ack_seq = 0;
        path_mask = 0;
        dss = null;
    }
}
