// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

/** Constants of {@code include/net/tcp.h}. Times are in jiffies, which are milliseconds, unless said otherwise. */
public final class TcpConst {
    private TcpConst() {}

    /** Counts that look wrong are logged ({@code tcp_input.c}). */
    public static final int FASTRETRANS_DEBUG = 1;

    // ---- sizes, in bytes ----

    /** Headroom that TCP leaves for itself and all headers below it: 128 and {@code MAX_HEADER}. */
    public static final int MAX_TCP_HEADER = 160;

    /** All options of a header: 15 words less the header's five. */
    public static final int MAX_TCP_OPTION_SPACE = 40;

    /** The largest window to offer to a peer that may read it as a signed number. */
    public static final int MAX_TCP_WINDOW = 32767;

    /** The least MSS that a peer may ask for. */
    public static final int TCP_MIN_MSS = 88;

    /** Where path MTU probing begins. */
    public static final int TCP_BASE_MSS = 512;

    // ---- loss recovery, in segments ----

    /** Duplicate ACKs that start fast retransmit (RFC 5681, section 3.2). */
    public static final int TCP_FASTRETRANS_THRESH = 3;

    /** The most reordering that is believed. */
    public static final int TCP_MAX_REORDERING = 127;

    /** The longest row of ACKs sent at once. */
    public static final int TCP_MAX_QUICKACKS = 16;

    /** The initial window (RFC 6928). */
    public static final int TCP_INIT_CWND = 10;

    /** {@code snd_ssthresh} while nothing was lost. */
    public static final int TCP_INFINITE_SSTHRESH = 0x7fffffff;

    /** Timeouts of a thin stream before they are doubled. */
    public static final int TCP_THIN_LINEAR_RETRIES = 6;

    // ---- urg_data: the urgent byte is in the low eight bits ----

    public static final int TCP_URG_VALID = 0x100;

    /** The pointer was seen, the byte has not come. */
    public static final int TCP_URG_NOTYET = 0x200;

    public static final int TCP_URG_READ = 0x400;

    // ---- how often ----

    /** Timeouts until the route is suspected. */
    public static final int TCP_RETR1 = 3;

    /** Timeouts until the connection is given up: between 13 and 30 minutes. */
    public static final int TCP_RETR2 = 15;

    /** SYNs sent again: 127 seconds in all. */
    public static final int TCP_SYN_RETRIES = 6;

    /** SYN/ACKs sent again: 63 seconds in all. */
    public static final int TCP_SYNACK_RETRIES = 5;

    /** Keepalive probes without an answer. */
    public static final int TCP_KEEPALIVE_PROBES = 9;

    // ---- how long ----

    public static final int TCP_TIMEWAIT_LEN = 60000;
    public static final int TCP_FIN_TIMEOUT = 60000;

    /** A delayed ACK waits at most, and at least. */
    public static final int TCP_DELACK_MAX = 200;

    public static final int TCP_DELACK_MIN = 40;

    /** The least that the next packet is expected to take. */
    public static final int TCP_ATO_MIN = 40;

    /** Bounds of the retransmission timeout; below the second of RFC 6298, section 2.4. */
    public static final int TCP_RTO_MAX = 120000;

    public static final int TCP_RTO_MIN = 200;

    /** The timeout before anything was measured (RFC 6298, section 2.1). */
    public static final int TCP_TIMEOUT_INIT = 1000;

    /** The same when the SYN had to be sent again (section 5.7). */
    public static final int TCP_TIMEOUT_FALLBACK = 3000;

    /** The least between two attempts when memory, not the network, was the obstacle. */
    public static final int TCP_RESOURCE_PROBE_INTERVAL = 500;

    public static final int TCP_KEEPALIVE_TIME = 7200000;
    public static final int TCP_KEEPALIVE_INTVL = 75000;

    /** Between two looks at the SYN queue. */
    public static final int TCP_SYNQ_INTERVAL = 200;

    /** Minutes that a SYN cookie is good for. */
    public static final int MAX_SYNCOOKIE_AGE = 2;

    // ---- the most that an application may set: seconds, seconds, times, times ----

    public static final int MAX_TCP_KEEPIDLE = 32767;
    public static final int MAX_TCP_KEEPINTVL = 32767;
    public static final int MAX_TCP_KEEPCNT = 127;
    public static final int MAX_TCP_SYNCNT = 127;

    // ---- PAWS (RFC 7323, section 5), in seconds; the last in ticks of the peer's clock ----

    /** A timestamp older than this may have wrapped. */
    public static final int TCP_PAWS_24DAYS = 2073600;

    /** What is known of a host's clock is good for so long. */
    public static final int TCP_PAWS_MSL = 60;

    public static final int TCP_PAWS_WINDOW = 1;

    // ---- options: kinds ----

    public static final int TCPOPT_NOP = 1;
    public static final int TCPOPT_EOL = 0;
    public static final int TCPOPT_MSS = 2;
    public static final int TCPOPT_WINDOW = 3;
    public static final int TCPOPT_SACK_PERM = 4;
    public static final int TCPOPT_SACK = 5;
    public static final int TCPOPT_TIMESTAMP = 8;
    public static final int TCPOPT_MD5SIG = 19;
    public static final int TCPOPT_MPTCP = 30;

    /** An experiment; the two bytes behind the length say which. Fast Open was one. */
    public static final int TCPOPT_EXP = 254;

    public static final int TCPOPT_FASTOPEN_MAGIC = 0xf989;

    // ---- options: bytes ----

    public static final int TCPOLEN_MSS = 4;
    public static final int TCPOLEN_WINDOW = 3;
    public static final int TCPOLEN_SACK_PERM = 2;
    public static final int TCPOLEN_TIMESTAMP = 10;
    public static final int TCPOLEN_MD5SIG = 18;

    /** Without the cookie. */
    public static final int TCPOLEN_EXP_FASTOPEN_BASE = 4;

    // ---- options: bytes with the NOPs in front that align them ----

    public static final int TCPOLEN_TSTAMP_ALIGNED = 12;
    public static final int TCPOLEN_WSCALE_ALIGNED = 4;
    public static final int TCPOLEN_SACKPERM_ALIGNED = 4;
    public static final int TCPOLEN_SACK_BASE = 2;
    public static final int TCPOLEN_SACK_BASE_ALIGNED = 4;
    public static final int TCPOLEN_SACK_PERBLOCK = 8;
    public static final int TCPOLEN_MD5SIG_ALIGNED = 20;
    public static final int TCPOLEN_MSS_ALIGNED = 4;

    // ---- nonagle ----

    /** {@code TCP_NODELAY}. */
    public static final int TCP_NAGLE_OFF = 1;

    /** {@code TCP_CORK}. */
    public static final int TCP_NAGLE_CORK = 2;

    /** What is queued may go, cork or not. */
    public static final int TCP_NAGLE_PUSH = 4;

    // ---- sysctl_tcp_fastopen (RFC 7413) ----

    public static final int TFO_CLIENT_ENABLE = 1;
    public static final int TFO_SERVER_ENABLE = 2;

    /** Data go with the SYN although no cookie is known. */
    public static final int TFO_CLIENT_NO_COOKIE = 4;

    /** Data in a SYN are taken without a cookie. */
    public static final int TFO_SERVER_COOKIE_NOT_REQD = 0x200;

    /** Every listener takes part, with the queue of {@code listen}'s backlog; or of the sysctl's upper half. */
    public static final int TFO_SERVER_WO_SOCKOPT1 = 0x400;

    public static final int TFO_SERVER_WO_SOCKOPT2 = 0x800;
    public static final int TCP_FASTOPEN_KEY_LENGTH = 16;

    // ---- what tcp_ack finds out about an ACK ----

    /** The segment has payload. */
    public static final int FLAG_DATA = 0x1;

    public static final int FLAG_WIN_UPDATE = 0x2;

    /** New data were acknowledged; and some of these had been sent again. */
    public static final int FLAG_DATA_ACKED = 0x4;

    public static final int FLAG_RETRANS_DATA_ACKED = 0x8;
    public static final int FLAG_SYN_ACKED = 0x10;

    /** Something was newly acknowledged by SACK. */
    public static final int FLAG_DATA_SACKED = 0x20;

    public static final int FLAG_ECE = 0x40;

    /** Set by the caller: the window must be looked at. */
    public static final int FLAG_SLOWPATH = 0x100;

    /** Data that were sent only once have arrived, by ACK or SACK. */
    public static final int FLAG_ORIG_SACK_ACKED = 0x200;

    /** Moves with {@code snd_una}, which a SYN or FIN does too. */
    public static final int FLAG_SND_UNA_ADVANCED = 0x400;

    public static final int FLAG_DSACKING_ACK = 0x800;

    /** The peer has thrown away what it had acknowledged by SACK. */
    public static final int FLAG_SACK_RENEGING = 0x2000;

    /** Set by the caller: the timestamp may be taken over. */
    public static final int FLAG_UPDATE_TS_RECENT = 0x4000;

    public static final int MPTCP_FLAG_DATA_ACKED = 0x8000;
    public static final int FLAG_ACKED = FLAG_DATA_ACKED | FLAG_SYN_ACKED;

    /** With any of these an ACK does not count as a duplicate. */
    public static final int FLAG_NOT_DUP = FLAG_DATA | FLAG_WIN_UPDATE | FLAG_ACKED;

    public static final int FLAG_CA_ALERT = FLAG_DATA_SACKED | FLAG_ECE;
    public static final int FLAG_FORWARD_PROGRESS = FLAG_ACKED | FLAG_DATA_SACKED;

    // ---- ecn_flags (RFC 3168) ----

    /** Agreed on in the handshake. */
    public static final int TCP_ECN_OK = 1;

    /** The next segment carries CWR. */
    public static final int TCP_ECN_QUEUE_CWR = 2;

    /** Our ACKs carry ECE until the peer says CWR. */
    public static final int TCP_ECN_DEMAND_CWR = 4;

    /** A packet with ECT or CE has come. */
    public static final int TCP_ECN_SEEN = 8;

    // ---- enum tcp_tw_status: what to do with a segment for a time-wait socket ----

    /** Drop it. */
    public static final int TCP_TW_SUCCESS = 0;

    public static final int TCP_TW_RST = 1;
    public static final int TCP_TW_ACK = 2;

    /** It begins a new connection. */
    public static final int TCP_TW_SYN = 3;

    // ---- flags of the header, byte 13 ----

    public static final int TCPHDR_FIN = 0x01;
    public static final int TCPHDR_SYN = 0x02;
    public static final int TCPHDR_RST = 0x04;
    public static final int TCPHDR_PSH = 0x08;
    public static final int TCPHDR_ACK = 0x10;
    public static final int TCPHDR_URG = 0x20;
    public static final int TCPHDR_ECE = 0x40;
    public static final int TCPHDR_CWR = 0x80;

    // ---- enum tcp_seq_states: what a line of /proc/net/tcp is about ----

    public static final int TCP_SEQ_STATE_LISTENING = 0;
    public static final int TCP_SEQ_STATE_OPENREQ = 1;
    public static final int TCP_SEQ_STATE_ESTABLISHED = 2;
}
