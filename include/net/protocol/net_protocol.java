// SPDX-License-Identifier: GPL-2.0-only
package net.protocol;

import linux.skbuff.sk_buff;

/** Who gets the packets of an IP protocol. */
public final class net_protocol {
    public interface Handler {
        /** @return 0; negative: hand it on to protocol {@code -ret} */
        int call(sk_buff skb);
    }

    public interface Early_demux {
        void call(sk_buff skb);
    }

    public interface Err_handler {
        void call(sk_buff skb, int info);
    }

    /** Finds the socket, and so the route, before routing does. */
    public Early_demux early_demux;

    public Handler handler;

    /** An ICMP error has come about a packet of this protocol. */
    public Err_handler err_handler;

    public boolean no_policy;
    public boolean netns_ok;

    /** ICMP errors are only passed on after a strict check of the tag: not for TCP. */
    public boolean icmp_strict_tag_validation;
}
