// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.skbuff.Data.skb_headroom;

/**
 * Where in a packet the headers begin. They are kept from the start of {@code head} in 16 bits, so they stay true
 * when {@code data} moves on; what is returned as an offset from the data may be negative: the header has been
 * pulled already.
 */
public final class Headers {
    private Headers() {}

    /** What came with the outer headers is what a tunnel would have put its own in front of. */
    public static void skb_reset_inner_headers(sk_buff skb) {
        skb.inner_mac_header = skb.mac_header;
        skb.inner_network_header = skb.network_header;
        skb.inner_transport_header = skb.transport_header;
    }

    public static void skb_reset_mac_len(sk_buff skb) {
        skb.mac_len = skb.network_header - skb.mac_header & 0xffff;
    }

    public static int skb_inner_transport_header(sk_buff skb) {
        return skb.inner_transport_header;
    }

    public static void skb_reset_inner_transport_header(sk_buff skb) {
        skb.inner_transport_header = skb.data & 0xffff;
    }

    public static void skb_set_inner_transport_header(sk_buff skb, int offset) {
        skb_reset_inner_transport_header(skb);
        skb.inner_transport_header = skb.inner_transport_header + offset & 0xffff;
    }

    public static int skb_inner_network_header(sk_buff skb) {
        return skb.inner_network_header;
    }

    public static void skb_reset_inner_network_header(sk_buff skb) {
        skb.inner_network_header = skb.data & 0xffff;
    }

    public static void skb_set_inner_network_header(sk_buff skb, int offset) {
        skb_reset_inner_network_header(skb);
        skb.inner_network_header = skb.inner_network_header + offset & 0xffff;
    }

    public static boolean skb_transport_header_was_set(sk_buff skb) {
        return skb.transport_header != 0xffff;
    }

    /** Where the TCP header is, as an offset into {@code skb.head}. */
    public static int skb_transport_header(sk_buff skb) {
        return skb.transport_header;
    }

    /** The transport header begins where the data begin now. */
    public static void skb_reset_transport_header(sk_buff skb) {
        skb.transport_header = skb.data & 0xffff;
    }

    /** @param offset from the data */
    public static void skb_set_transport_header(sk_buff skb, int offset) {
        skb_reset_transport_header(skb);
        skb.transport_header = skb.transport_header + offset & 0xffff;
    }

    /** Where the IP header is, as an offset into {@code skb.head}. */
    public static int skb_network_header(sk_buff skb) {
        return skb.network_header;
    }

    /** The IP header begins where the data begin now. */
    public static void skb_reset_network_header(sk_buff skb) {
        skb.network_header = skb.data & 0xffff;
    }

    /** @param offset from the data */
    public static void skb_set_network_header(sk_buff skb, int offset) {
        skb_reset_network_header(skb);
        skb.network_header = skb.network_header + offset & 0xffff;
    }

    /** Where the link header is, as an offset into {@code skb.head}. */
    public static int skb_mac_header(sk_buff skb) {
        return skb.mac_header;
    }

    public static boolean skb_mac_header_was_set(sk_buff skb) {
        return skb.mac_header != 0xffff;
    }

    /** The link header begins where the data begin now. */
    public static void skb_reset_mac_header(sk_buff skb) {
        skb.mac_header = skb.data & 0xffff;
    }

    /** @param offset from the data */
    public static void skb_set_mac_header(sk_buff skb, int offset) {
        skb_reset_mac_header(skb);
        skb.mac_header = skb.mac_header + offset & 0xffff;
    }

    /** From where on the device is to sum up, counted from the data. */
    public static int skb_checksum_start_offset(sk_buff skb) {
        return skb.csum_start - skb_headroom(skb);
    }

    public static int skb_transport_offset(sk_buff skb) {
        return skb_transport_header(skb) - skb.data;
    }

    /** Length of the IP header, options included. */
    public static int skb_network_header_len(sk_buff skb) {
        return skb.transport_header - skb.network_header;
    }

    public static int skb_network_offset(sk_buff skb) {
        return skb_network_header(skb) - skb.data;
    }
}
