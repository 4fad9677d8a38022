// SPDX-License-Identifier: GPL-2.0-only
package linux.tcp;

import net.inet_timewait_sock.inet_timewait_sock;
import net.mptcp.mptcp_tw;

/** What is left of a TCP connection in TIME_WAIT: enough to answer, and to tell old segments from new. */
public final class tcp_timewait_sock extends inet_timewait_sock {
    public int tw_rcv_nxt;
    public int tw_snd_nxt;
    public int tw_rcv_wnd;
    public int tw_ts_offset;
    public int tw_ts_recent;

    /** Seconds since 1970. */
    public long tw_ts_recent_stamp;

    public mptcp_tw mptcp_tw;
}
