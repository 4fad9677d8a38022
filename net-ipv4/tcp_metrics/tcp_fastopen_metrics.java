// SPDX-License-Identifier: GPL-2.0-only
package tcp_metrics;

import linux.tcp.tcp_fastopen_cookie;

/** What Fast Open remembers about a server (RFC 7413, section 4.1.3). */
final class tcp_fastopen_metrics {
    /** The server's MSS option (16 bits); 0: not known. */
    int mss;

    /** SYNs with data that were lost, one after the other (10 bits). */
    int syn_loss;

    /** When that happened last, in jiffies. */
    long last_syn_loss;

    final tcp_fastopen_cookie cookie = new tcp_fastopen_cookie();
}
