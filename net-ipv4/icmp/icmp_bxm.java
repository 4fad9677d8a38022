// SPDX-License-Identifier: GPL-2.0-only
package icmp;

import linux.skbuff.sk_buff;
import net.inet_sock.ip_options;
import uapi.linux.icmp.icmphdr;

/** An ICMP message that is about to be sent. */
final class icmp_bxm {
    /** The packet that it answers or complains about; what is quoted begins at {@link #offset}. */
    sk_buff skb;

    int offset;

    /** Bytes that are quoted. */
    int data_len;

    /** The header, and for timestamps the three times behind it. */
    final byte[] data = new byte[icmphdr.SIZE + 3 * 4];

    /** {@code data.icmph}. */
    final icmphdr icmph = new icmphdr(data, 0);

    /** Bytes of {@link #data}. */
    int head_len;

    final ip_options replyopts = new ip_options();

    icmp_bxm() {
        replyopts.__data = new byte[40];
    }
}
