// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import linux.mm.page;

/** A piece of a page that belongs to a packet. */
public final class skb_frag_t {
    public page page;
    public int page_offset;

    /** Bytes. */
    public int size;

    /** {@code *this = *o}. */
    public void copy(skb_frag_t o) {
        page = o.page;
        page_offset = o.page_offset;
        size = o.size;
    }
}
