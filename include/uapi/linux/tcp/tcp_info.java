// SPDX-License-Identifier: GPL-2.0-only
package uapi.linux.tcp;

import linux.uaccess.User;

/** What {@code getsockopt(TCP_INFO)} tells. */
public final class tcp_info {
    /** {@code sizeof(struct tcp_info)}. */
    public static final int SIZE = 104;

    /** {@code TCP_ESTABLISHED}, ... */
    public int tcpi_state;

    /** {@code TCP_CA_*}. */
    public int tcpi_ca_state;

    public int tcpi_retransmits;
    public int tcpi_probes;
    public int tcpi_backoff;

    /** {@code TCPI_OPT_*}. */
    public int tcpi_options;

    public int tcpi_snd_wscale;
    public int tcpi_rcv_wscale;

    /** Microseconds. */
    public int tcpi_rto;

    /** Microseconds. */
    public int tcpi_ato;

    public int tcpi_snd_mss;
    public int tcpi_rcv_mss;

    /** Segments, or for a listener the length of the accept queue. */
    public int tcpi_unacked;

    public int tcpi_sacked;
    public int tcpi_lost;
    public int tcpi_retrans;
    public int tcpi_fackets;

    /** Milliseconds ago. */
    public int tcpi_last_data_sent;

    public int tcpi_last_ack_sent;
    public int tcpi_last_data_recv;
    public int tcpi_last_ack_recv;

    /** Bytes. */
    public int tcpi_pmtu;

    public int tcpi_rcv_ssthresh;

    /** Microseconds. */
    public int tcpi_rtt;

    public int tcpi_rttvar;
    public int tcpi_snd_ssthresh;

    /** Segments. */
    public int tcpi_snd_cwnd;

    public int tcpi_advmss;
    public int tcpi_reordering;

    /** Microseconds. */
    public int tcpi_rcv_rtt;

    public int tcpi_rcv_space;
    public int tcpi_total_retrans;

    /** {@code memset(this, 0)}. */
    public void clear() {
        tcpi_state = 0;
        tcpi_ca_state = 0;
        tcpi_retransmits = 0;
        tcpi_probes = 0;
        tcpi_backoff = 0;
        tcpi_options = 0;
        tcpi_snd_wscale = 0;
        tcpi_rcv_wscale = 0;
        tcpi_rto = 0;
        tcpi_ato = 0;
        tcpi_snd_mss = 0;
        tcpi_rcv_mss = 0;
        tcpi_unacked = 0;
        tcpi_sacked = 0;
        tcpi_lost = 0;
        tcpi_retrans = 0;
        tcpi_fackets = 0;
        tcpi_last_data_sent = 0;
        tcpi_last_ack_sent = 0;
        tcpi_last_data_recv = 0;
        tcpi_last_ack_recv = 0;
        tcpi_pmtu = 0;
        tcpi_rcv_ssthresh = 0;
        tcpi_rtt = 0;
        tcpi_rttvar = 0;
        tcpi_snd_ssthresh = 0;
        tcpi_snd_cwnd = 0;
        tcpi_advmss = 0;
        tcpi_reordering = 0;
        tcpi_rcv_rtt = 0;
        tcpi_rcv_space = 0;
        tcpi_total_retrans = 0;
    }

    /** The struct as it lies in memory: {@link #SIZE} bytes, little endian. */
    public byte[] bytes() {
        byte[] b = new byte[SIZE];
        b[0] = (byte) tcpi_state;
        b[1] = (byte) tcpi_ca_state;
        b[2] = (byte) tcpi_retransmits;
        b[3] = (byte) tcpi_probes;
        b[4] = (byte) tcpi_backoff;
        b[5] = (byte) tcpi_options;
        b[6] = (byte) (tcpi_snd_wscale | tcpi_rcv_wscale << 4);
        User.put32(b, 8, tcpi_rto);
        User.put32(b, 12, tcpi_ato);
        User.put32(b, 16, tcpi_snd_mss);
        User.put32(b, 20, tcpi_rcv_mss);
        User.put32(b, 24, tcpi_unacked);
        User.put32(b, 28, tcpi_sacked);
        User.put32(b, 32, tcpi_lost);
        User.put32(b, 36, tcpi_retrans);
        User.put32(b, 40, tcpi_fackets);
        User.put32(b, 44, tcpi_last_data_sent);
        User.put32(b, 48, tcpi_last_ack_sent);
        User.put32(b, 52, tcpi_last_data_recv);
        User.put32(b, 56, tcpi_last_ack_recv);
        User.put32(b, 60, tcpi_pmtu);
        User.put32(b, 64, tcpi_rcv_ssthresh);
        User.put32(b, 68, tcpi_rtt);
        User.put32(b, 72, tcpi_rttvar);
        User.put32(b, 76, tcpi_snd_ssthresh);
        User.put32(b, 80, tcpi_snd_cwnd);
        User.put32(b, 84, tcpi_advmss);
        User.put32(b, 88, tcpi_reordering);
        User.put32(b, 92, tcpi_rcv_rtt);
        User.put32(b, 96, tcpi_rcv_space);
        User.put32(b, 100, tcpi_total_retrans);
        return b;
    }
}
