// SPDX-License-Identifier: GPL-2.0-only
package uapi.linux.tcp;

/** Socket options of level {@code SOL_TCP}, flags of {@code TCP_INFO}, states of congestion control. */
public final class TcpOpt {
    private TcpOpt() {}

    public static final int TCP_FLAG_CWR = 0x00800000;
    public static final int TCP_FLAG_ECE = 0x00400000;
    public static final int TCP_FLAG_URG = 0x00200000;
    public static final int TCP_FLAG_ACK = 0x00100000;
    public static final int TCP_FLAG_PSH = 0x00080000;
    public static final int TCP_FLAG_RST = 0x00040000;
    public static final int TCP_FLAG_SYN = 0x00020000;
    public static final int TCP_FLAG_FIN = 0x00010000;
    public static final int TCP_RESERVED_BITS = 0x0f000000;
    public static final int TCP_DATA_OFFSET = 0xf0000000;
    public static final int TCP_MSS_DEFAULT = 536;
    public static final int TCP_MSS_DESIRED = 1220;
    public static final int TCP_NODELAY = 1;
    public static final int TCP_MAXSEG = 2;
    public static final int TCP_CORK = 3;
    public static final int TCP_KEEPIDLE = 4;
    public static final int TCP_KEEPINTVL = 5;
    public static final int TCP_KEEPCNT = 6;
    public static final int TCP_SYNCNT = 7;
    public static final int TCP_LINGER2 = 8;
    public static final int TCP_DEFER_ACCEPT = 9;
    public static final int TCP_WINDOW_CLAMP = 10;
    public static final int TCP_INFO = 11;
    public static final int TCP_QUICKACK = 12;
    public static final int TCP_CONGESTION = 13;
    public static final int TCP_MD5SIG = 14;
    public static final int TCP_THIN_LINEAR_TIMEOUTS = 16;
    public static final int TCP_THIN_DUPACK = 17;
    public static final int TCP_USER_TIMEOUT = 18;
    public static final int TCP_REPAIR = 19;
    public static final int TCP_REPAIR_QUEUE = 20;
    public static final int TCP_QUEUE_SEQ = 21;
    public static final int TCP_REPAIR_OPTIONS = 22;
    public static final int TCP_FASTOPEN = 23;
    public static final int TCP_TIMESTAMP = 24;
    public static final int TCP_NOTSENT_LOWAT = 25;
    public static final int MPTCP_ENABLED = 26;
    public static final int TCP_NO_QUEUE = 0;
    public static final int TCP_RECV_QUEUE = 1;
    public static final int TCP_SEND_QUEUE = 2;
    public static final int TCP_QUEUES_NR = 3;
    public static final int TCPI_OPT_TIMESTAMPS = 1;
    public static final int TCPI_OPT_SACK = 2;
    public static final int TCPI_OPT_WSCALE = 4;
    public static final int TCPI_OPT_ECN = 8;
    public static final int TCPI_OPT_ECN_SEEN = 16;
    public static final int TCPI_OPT_SYN_DATA = 32;
    public static final int TCP_CA_Open = 0;
    public static final int TCP_CA_Disorder = 1;
    public static final int TCP_CA_CWR = 2;
    public static final int TCP_CA_Recovery = 3;
    public static final int TCP_CA_Loss = 4;
    public static final int TCPF_CA_Open = 1 << 0;
    public static final int TCPF_CA_Disorder = 1 << 1;
    public static final int TCPF_CA_CWR = 1 << 2;
    public static final int TCPF_CA_Recovery = 1 << 3;
    public static final int TCPF_CA_Loss = 1 << 4;
    public static final int TCP_MD5SIG_MAXKEYLEN = 80;
}
