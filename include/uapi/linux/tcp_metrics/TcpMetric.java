// SPDX-License-Identifier: GPL-2.0-only
package uapi.linux.tcp_metrics;

/** What TCP remembers about a host, from {@code tcp_metrics.h}: indices of {@code tcpm_vals}. */
public final class TcpMetric {
    private TcpMetric() {}

    /** Smoothed RTT times 8, in milliseconds. */
    public static final int TCP_METRIC_RTT = 0;

    /** Its variation times 4, in milliseconds. */
    public static final int TCP_METRIC_RTTVAR = 1;

    /** In segments. */
    public static final int TCP_METRIC_SSTHRESH = 2;

    public static final int TCP_METRIC_CWND = 3;
    public static final int TCP_METRIC_REORDERING = 4;
    public static final int TCP_METRIC_MAX = 4;
}
