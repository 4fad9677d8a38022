// SPDX-License-Identifier: GPL-2.0-only
package tcp_metrics;

import static uapi.linux.tcp_metrics.TcpMetric.TCP_METRIC_MAX;

import net.inetpeer.inetpeer_addr;

/** What is remembered about the way from one of our addresses to a host. */
final class tcp_metrics_block {
    /** Next one in the bucket. */
    tcp_metrics_block tcpm_next;

    final inetpeer_addr tcpm_saddr = new inetpeer_addr();
    final inetpeer_addr tcpm_daddr = new inetpeer_addr();

    /** When it was written last, in jiffies: forgotten after an hour. */
    long tcpm_stamp;

    /** The last timestamp that the host sent (RFC 7323), and when, in seconds since 1970; 0: none. */
    int tcpm_ts;

    int tcpm_ts_stamp;

    /** Metrics that the route fixes: bit {@code 1 << TCP_METRIC_*}. */
    int tcpm_lock;

    /** By {@code TCP_METRIC_*}; 0: not known. */
    final int[] tcpm_vals = new int[TCP_METRIC_MAX + 1];

    final tcp_fastopen_metrics tcpm_fastopen = new tcp_fastopen_metrics();
}
