// SPDX-License-Identifier: GPL-2.0-only
package icmp;

import linux.skbuff.sk_buff;

/** What is done with a type of ICMP message. */
final class icmp_control {
    /** @see icmp_control#handler */
    interface Handler {
        void call(sk_buff skb);
    }

    final Handler handler;

    /** It is an error message: nothing is ever sent in answer to it (RFC 1122, section 3.2.2). */
    final boolean error;

    icmp_control(Handler handler, boolean error) {
        this.handler = handler;
        this.error = error;
    }
}
