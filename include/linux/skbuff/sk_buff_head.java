// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

/**
 * A queue of packets. In C the ring closes through the head, which a cast makes look like a packet; here
 * the first packet has no {@code prev} and the last one no {@code next}.
 */
public final class sk_buff_head {
    /** The first packet, null when empty. */
    public sk_buff next;

    /** The last packet, null when empty. */
    public sk_buff prev;

    public int qlen;
}
