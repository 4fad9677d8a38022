// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static net.tcp.TcpConst.TCP_BASE_MSS;
import static net.tcp.TcpConst.TCP_FASTRETRANS_THRESH;
import static net.tcp.TcpConst.TCP_FIN_TIMEOUT;
import static net.tcp.TcpConst.TCP_KEEPALIVE_INTVL;
import static net.tcp.TcpConst.TCP_KEEPALIVE_PROBES;
import static net.tcp.TcpConst.TCP_KEEPALIVE_TIME;
import static net.tcp.TcpConst.TCP_RETR1;
import static net.tcp.TcpConst.TCP_RETR2;
import static net.tcp.TcpConst.TCP_SYNACK_RETRIES;
import static net.tcp.TcpConst.TCP_SYN_RETRIES;
import static net.tcp.TcpConst.TFO_CLIENT_ENABLE;
import static uapi.linux.fs.Limits.NR_FILE;

/**
 * {@code net.ipv4.tcp_*}: the variables behind the sysctls of TCP that are the same in all namespaces. {@link Boot}
 * gives them their defaults; who wants to change one in a running machine writes to {@code /proc/sys}, or here.
 */
public final class Sysctls {
    private Sysctls() {}

    /** Timestamp options are sent and asked for (RFC 7323). */
    public static int sysctl_tcp_timestamps;

    /** Window scaling (RFC 7323). */
    public static int sysctl_tcp_window_scaling;

    /** Selective acknowledgments (RFC 2018). */
    public static int sysctl_tcp_sack;

    /** Time in FIN_WAIT2 without an owner, in jiffies. */
    public static int sysctl_tcp_fin_timeout;

    /** Silence before the first keepalive probe, in jiffies. */
    public static int sysctl_tcp_keepalive_time;

    /** Keepalive probes without an answer that end a connection. */
    public static int sysctl_tcp_keepalive_probes;

    /** Between two keepalive probes, in jiffies. */
    public static int sysctl_tcp_keepalive_intvl;

    /** How often a SYN is repeated. */
    public static int sysctl_tcp_syn_retries;

    /** How often a SYN/ACK is repeated. */
    public static int sysctl_tcp_synack_retries;

    /** Timeouts after which the route is suspected. */
    public static int sysctl_tcp_retries1;

    /** Timeouts after which the connection is given up. */
    public static int sysctl_tcp_retries2;

    /** The same for a connection that nobody owns any more; 0: 8. */
    public static int sysctl_tcp_orphan_retries;

    /** 1: cookies when the SYN queue overflows, 2: always. */
    public static int sysctl_tcp_syncookies;

    /** {@code TFO_*}. */
    public static int sysctl_tcp_fastopen;

    /** Neighbouring small segments may be merged when they are sent again. */
    public static int sysctl_tcp_retrans_collapse;

    /** The urgent pointer points to the last urgent byte (RFC 1122), not behind it. */
    public static int sysctl_tcp_stdurg;

    /** A RST does not end TIME_WAIT (RFC 1337). */
    public static int sysctl_tcp_rfc1337;

    /** A full accept queue is answered with a RST instead of silence. */
    public static int sysctl_tcp_abort_on_overflow;

    /** Connections that nobody owns, at most. */
    public static int sysctl_tcp_max_orphans;

    /** Forward acknowledgment. */
    public static int sysctl_tcp_fack;

    /** Segments that a new connection lets overtake each other before it sees a loss. */
    public static int sysctl_tcp_reordering;

    /** D-SACK blocks are sent (RFC 2883). */
    public static int sysctl_tcp_dsack;

    /** Limits for all of TCP in pages: no pressure, pressure, the end. {@code tcp_init_mem} computes them. */
    public static long[] sysctl_tcp_mem;

    /** Send buffer in bytes: least, at first, at most. {@code tcp_init} computes them. */
    public static int[] sysctl_tcp_wmem;

    /** Receive buffer in bytes: least, at first, at most. {@code tcp_init} computes them. */
    public static int[] sysctl_tcp_rmem;

    /** The window keeps back {@code 1 / (1 << n)} of it for the application's delay; 31: nothing. */
    public static int sysctl_tcp_app_win;

    /** How much of a buffer is overhead, see {@link Windows#tcp_win_from_space}. */
    public static int sysctl_tcp_adv_win_scale;

    /** A connection out may take over the ports of one in TIME_WAIT. */
    public static int sysctl_tcp_tw_reuse;

    /** Spurious timeouts are looked for (F-RTO, RFC 5682). */
    public static int sysctl_tcp_frto;

    /** No prequeue. */
    public static int sysctl_tcp_low_latency;

    /** Only for NET_DMA, which is not built. */
    public static int sysctl_tcp_dma_copybreak;

    /** What a connection learnt about a host is not kept ({@code tcp_no_metrics_save}). */
    public static int sysctl_tcp_nometrics_save;

    /** The receive buffer grows with the speed at which the application reads. */
    public static int sysctl_tcp_moderate_rcvbuf;

    /** A TSO packet waits until it can take {@code 1 / n} of the window. */
    public static int sysctl_tcp_tso_win_divisor;

    /** Path MTU probing (RFC 4821). 1: after a black hole was found, 2: always. */
    public static int sysctl_tcp_mtu_probing;

    /** Where probing begins, in bytes. */
    public static int sysctl_tcp_base_mss;

    /** A peer without window scaling is taken for one that reads windows as signed. */
    public static int sysctl_tcp_workaround_signed_windows;

    /** After a pause the window starts small again (RFC 2861). */
    public static int sysctl_tcp_slow_start_after_idle;

    /** Thin streams do not double their timeout the first six times. */
    public static int sysctl_tcp_thin_linear_timeouts;

    /** Thin streams retransmit on the first duplicate ACK. */
    public static int sysctl_tcp_thin_dupack;

    /** 0: off, 1: early retransmit, 2: after a delay, 3: that and tail loss probes, 4: only probes. */
    public static int sysctl_tcp_early_retrans;

    /** Bytes that a socket may have below TCP, in qdisc and device ("small queues"). */
    public static int sysctl_tcp_limit_output_bytes;

    /** Challenge ACKs a second (RFC 5961). */
    public static int sysctl_tcp_challenge_ack_limit;

    /** Bytes that may wait to be sent before the socket stops being writable (u32); all ones: no limit. */
    public static int sysctl_tcp_notsent_lowat;

    /** Segments in a paced TSO packet, at least. */
    public static int sysctl_tcp_min_tso_segs;

    /** Small writes wait while packets of the socket are still in the device. */
    public static int sysctl_tcp_autocorking;

    /** The defaults, as the kernel is compiled with them. */
    static void data() {
        sysctl_tcp_timestamps = 1;
        sysctl_tcp_window_scaling = 1;
        sysctl_tcp_sack = 1;
        sysctl_tcp_fin_timeout = TCP_FIN_TIMEOUT;
        sysctl_tcp_keepalive_time = TCP_KEEPALIVE_TIME;
        sysctl_tcp_keepalive_probes = TCP_KEEPALIVE_PROBES;
        sysctl_tcp_keepalive_intvl = TCP_KEEPALIVE_INTVL;
        sysctl_tcp_syn_retries = TCP_SYN_RETRIES;
        sysctl_tcp_synack_retries = TCP_SYNACK_RETRIES;
        sysctl_tcp_retries1 = TCP_RETR1;
        sysctl_tcp_retries2 = TCP_RETR2;
        sysctl_tcp_orphan_retries = 0;
        sysctl_tcp_syncookies = 1;
        sysctl_tcp_fastopen = TFO_CLIENT_ENABLE;
        sysctl_tcp_retrans_collapse = 1;
        sysctl_tcp_stdurg = 0;
        sysctl_tcp_rfc1337 = 0;
        sysctl_tcp_abort_on_overflow = 0;
        sysctl_tcp_max_orphans = NR_FILE;
        sysctl_tcp_fack = 1;
        sysctl_tcp_reordering = TCP_FASTRETRANS_THRESH;
        sysctl_tcp_dsack = 1;
        sysctl_tcp_mem = new long[3];
        sysctl_tcp_wmem = new int[3];
        sysctl_tcp_rmem = new int[3];
        sysctl_tcp_app_win = 31;
        sysctl_tcp_adv_win_scale = 1;
        sysctl_tcp_tw_reuse = 0;
        sysctl_tcp_frto = 2;
        sysctl_tcp_low_latency = 0;
        sysctl_tcp_dma_copybreak = 0;
        sysctl_tcp_nometrics_save = 0;
        sysctl_tcp_moderate_rcvbuf = 1;
        sysctl_tcp_tso_win_divisor = 3;
        sysctl_tcp_mtu_probing = 0;
        sysctl_tcp_base_mss = TCP_BASE_MSS;
        sysctl_tcp_workaround_signed_windows = 0;
        sysctl_tcp_slow_start_after_idle = 1;
        sysctl_tcp_thin_linear_timeouts = 0;
        sysctl_tcp_thin_dupack = 0;
        sysctl_tcp_early_retrans = 3;
        sysctl_tcp_limit_output_bytes = 131072;
        sysctl_tcp_challenge_ack_limit = 100;
        sysctl_tcp_notsent_lowat = -1;
        sysctl_tcp_min_tso_segs = 2;
        sysctl_tcp_autocorking = 1;
    }
}
