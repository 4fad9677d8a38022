// SPDX-License-Identifier: GPL-2.0-only
package linux.tcp;

/** What the peer's options said: some of them in the last packet, some in its SYN. */
public final class tcp_options_received {
    /** {@code sack_ok}: the peer can do SACK; we use FACK; a D-SACK was seen. */
    public static final int TCP_SACK_SEEN = 1;

    public static final int TCP_FACK_ENABLED = 2;
    public static final int TCP_DSACK_SEEN = 4;

    /** When {@link #ts_recent} was taken, in seconds since 1970. */
    public long ts_recent_stamp;

    /** The peer's timestamp to be echoed next (RFC 7323: TS.Recent). */
    public int ts_recent;

    /** Timestamp and echo of the last packet. */
    public int rcv_tsval;

    public int rcv_tsecr;
    public boolean saw_tstamp;

    /** Both sides send timestamps. */
    public boolean tstamp_ok;

    /** A D-SACK block is to be sent. */
    public boolean dsack;

    public boolean wscale_ok;

    /** {@code TCP_SACK_SEEN} and others. */
    public int sack_ok;

    /** Shifts of the peer's window and of ours. */
    public int snd_wscale;

    public int rcv_wscale;

    /** SACK blocks to be sent. */
    public int num_sacks;

    /** {@code TCP_MAXSEG}, and the MSS agreed on. */
    public int user_mss;

    public int mss_clamp;

    /** {@code *this = *o}. */
    public void copy(tcp_options_received o) {
        ts_recent_stamp = o.ts_recent_stamp;
        ts_recent = o.ts_recent;
        rcv_tsval = o.rcv_tsval;
        rcv_tsecr = o.rcv_tsecr;
        saw_tstamp = o.saw_tstamp;
        tstamp_ok = o.tstamp_ok;
        dsack = o.dsack;
        wscale_ok = o.wscale_ok;
        sack_ok = o.sack_ok;
        snd_wscale = o.snd_wscale;
        rcv_wscale = o.rcv_wscale;
        num_sacks = o.num_sacks;
        user_mss = o.user_mss;
        mss_clamp = o.mss_clamp;
    }
}
