// SPDX-License-Identifier: GPL-2.0-only
package net.ip;

import net.inet_sock.ip_options;

/** What IP notes about a packet. */
public final class inet_skb_parm {
    public static final int IPSKB_FORWARDED = 1;
    public static final int IPSKB_FRAG_COMPLETE = 8;
    public static final int IPSKB_REROUTED = 16;

    /** Options of the received header, compiled. */
    public final ip_options opt = new ip_options();

    /** {@code IPSKB_*}. */
    public int flags;

    /** Size of the largest fragment of a packet put together here. */
    public int frag_max_size;

    /** {@code FRAG_CB(skb)->offset}: where in the datagram a fragment begins that waits for the others. */
    public int fragOffset;

    public inet_skb_parm() {}

    /** A copy. */
    public inet_skb_parm(inet_skb_parm o) {
        opt.copy(o.opt);
        flags = o.flags;
        frag_max_size = o.frag_max_size;
        fragOffset = o.fragOffset;
    }
}
