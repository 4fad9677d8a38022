// SPDX-License-Identifier: GPL-2.0-only
package net.inet_frag;

import linux.list.hlist_node;
import linux.list.list_head;
import linux.skbuff.sk_buff;
import linux.timer.timer_list;

/** A datagram of which fragments are missing. */
public class inet_frag_queue {
    /** {@link #last_in}: no more is wanted; the first fragment is there; the last one is. */
    public static final int INET_FRAG_COMPLETE = 4;

    public static final int INET_FRAG_FIRST_IN = 2;
    public static final int INET_FRAG_LAST_IN = 1;

    /** When it is given up. */
    public final timer_list timer = new timer_list();

    public final list_head<inet_frag_queue> lru_list = new list_head<>(this);
    public final hlist_node<inet_frag_queue> list = new hlist_node<>(this);
    public int refcnt;

    /** By their place in the datagram. */
    public sk_buff fragments;

    public sk_buff fragments_tail;

    /** When the last one came, in nanoseconds since 1970. */
    public long stamp;

    /** Length of the datagram, as far as it is known. */
    public int len;

    /** Bytes that are there. */
    public int meat;

    /** {@code INET_FRAG_*}. */
    public int last_in;

    /** Size of the largest fragment that must not be fragmented itself. */
    public int max_size;

    public netns_frags net;
}
