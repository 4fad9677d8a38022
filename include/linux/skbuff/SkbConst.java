// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

/** Flags of packets. */
public final class SkbConst {
    private SkbConst() {}

    /** {@code skb_shared_info.tx_flags}: somebody wants to know when the packet was sent, or how that went. */
    public static final int SKBTX_HW_TSTAMP = 1 << 0;

    public static final int SKBTX_SW_TSTAMP = 1 << 1;
    public static final int SKBTX_WIFI_STATUS = 1 << 4;

    /** A page may be written to by somebody else while the packet is sent. */
    public static final int SKBTX_SHARED_FRAG = 1 << 5;

    /** {@code dataref}: the upper half counts those that do not care for the header. */
    public static final int SKB_DATAREF_SHIFT = 16;

    public static final int SKB_DATAREF_MASK = (1 << SKB_DATAREF_SHIFT) - 1;

    /** {@code skb_shared_info.gso_type}: how the packet is to be cut into segments. */
    public static final int SKB_GSO_TCPV4 = 1 << 0;

    public static final int SKB_GSO_UDP = 1 << 1;

    /** From a source that is not trusted: sizes and counts are to be checked. */
    public static final int SKB_GSO_DODGY = 1 << 2;

    /** CWR is set, and belongs into the first segment only. */
    public static final int SKB_GSO_TCP_ECN = 1 << 3;

    public static final int SKB_GSO_TCPV6 = 1 << 4;
    public static final int SKB_GSO_FCOE = 1 << 5;
    public static final int SKB_GSO_GRE = 1 << 6;
    public static final int SKB_GSO_IPIP = 1 << 7;
    public static final int SKB_GSO_SIT = 1 << 8;
    public static final int SKB_GSO_UDP_TUNNEL = 1 << 9;
    public static final int SKB_GSO_MPLS = 1 << 10;

    /** {@code __alloc_skb}: make a pair, a clone will be wanted soon. */
    public static final int SKB_ALLOC_FCLONE = 0x01;

    /** {@code __alloc_skb}: for a packet that comes in; may take from the reserves that swapping needs. */
    public static final int SKB_ALLOC_RX = 0x02;

    /** A packet up to this length is summed up as soon as its checksum is asked for. */
    public static final int CHECKSUM_BREAK = 76;
}
