// SPDX-License-Identifier: GPL-2.0-only
package linux.netdev_features;

/**
 * What a device can do beside sending bytes: a {@code netdev_features_t} is a long of the bits {@code NETIF_F_*}.
 *
 * <p>The bits from {@link #NETIF_F_GSO_SHIFT} on stand in the order of {@code SKB_GSO_*}: a packet that stands for many
 * segments names what it needs, and one shift turns that into the features that the device must have.
 */
public final class NetdevFeatures {
    private NetdevFeatures() {}

    public static final int NETIF_F_SG_BIT = 0;
    public static final int NETIF_F_IP_CSUM_BIT = 1;
    public static final int NETIF_F_HW_CSUM_BIT = 3;
    public static final int NETIF_F_IPV6_CSUM_BIT = 4;
    public static final int NETIF_F_HIGHDMA_BIT = 5;
    public static final int NETIF_F_FRAGLIST_BIT = 6;
    public static final int NETIF_F_HW_VLAN_CTAG_TX_BIT = 7;
    public static final int NETIF_F_HW_VLAN_CTAG_RX_BIT = 8;
    public static final int NETIF_F_HW_VLAN_CTAG_FILTER_BIT = 9;
    public static final int NETIF_F_VLAN_CHALLENGED_BIT = 10;
    public static final int NETIF_F_GSO_BIT = 11;
    public static final int NETIF_F_LLTX_BIT = 12;
    public static final int NETIF_F_NETNS_LOCAL_BIT = 13;
    public static final int NETIF_F_GRO_BIT = 14;
    public static final int NETIF_F_LRO_BIT = 15;
    public static final int NETIF_F_GSO_SHIFT = 16;
    public static final int NETIF_F_TSO_BIT = NETIF_F_GSO_SHIFT;
    public static final int NETIF_F_UFO_BIT = 17;
    public static final int NETIF_F_GSO_ROBUST_BIT = 18;
    public static final int NETIF_F_TSO_ECN_BIT = 19;
    public static final int NETIF_F_TSO6_BIT = 20;
    public static final int NETIF_F_FSO_BIT = 21;
    public static final int NETIF_F_GSO_GRE_BIT = 22;
    public static final int NETIF_F_GSO_IPIP_BIT = 23;
    public static final int NETIF_F_GSO_SIT_BIT = 24;
    public static final int NETIF_F_GSO_UDP_TUNNEL_BIT = 25;
    public static final int NETIF_F_GSO_MPLS_BIT = 26;
    public static final int NETIF_F_GSO_LAST = NETIF_F_GSO_MPLS_BIT;
    public static final int NETIF_F_FCOE_CRC_BIT = 27;
    public static final int NETIF_F_SCTP_CSUM_BIT = 28;
    public static final int NETIF_F_FCOE_MTU_BIT = 29;
    public static final int NETIF_F_NTUPLE_BIT = 30;
    public static final int NETIF_F_RXHASH_BIT = 31;
    public static final int NETIF_F_RXCSUM_BIT = 32;
    public static final int NETIF_F_NOCACHE_COPY_BIT = 33;
    public static final int NETIF_F_LOOPBACK_BIT = 34;
    public static final int NETIF_F_RXFCS_BIT = 35;
    public static final int NETIF_F_RXALL_BIT = 36;
    public static final int NETIF_F_HW_VLAN_STAG_TX_BIT = 37;
    public static final int NETIF_F_HW_VLAN_STAG_RX_BIT = 38;
    public static final int NETIF_F_HW_VLAN_STAG_FILTER_BIT = 39;
    public static final int NETIF_F_HW_L2FW_DOFFLOAD_BIT = 40;
    public static final int NETDEV_FEATURE_COUNT = 41;

    public static final long NETIF_F_FCOE_CRC = 1L << NETIF_F_FCOE_CRC_BIT;
    public static final long NETIF_F_FCOE_MTU = 1L << NETIF_F_FCOE_MTU_BIT;

    /** It takes frag_lists. */
    public static final long NETIF_F_FRAGLIST = 1L << NETIF_F_FRAGLIST_BIT;

    public static final long NETIF_F_FSO = 1L << NETIF_F_FSO_BIT;

    /** Received segments may be merged. */
    public static final long NETIF_F_GRO = 1L << NETIF_F_GRO_BIT;

    /** Packets may be split in software just before the device. */
    public static final long NETIF_F_GSO = 1L << NETIF_F_GSO_BIT;

    public static final long NETIF_F_GSO_ROBUST = 1L << NETIF_F_GSO_ROBUST_BIT;

    /** It reaches all of the memory. */
    public static final long NETIF_F_HIGHDMA = 1L << NETIF_F_HIGHDMA_BIT;

    /** It completes any checksum, given where to start and where to store. */
    public static final long NETIF_F_HW_CSUM = 1L << NETIF_F_HW_CSUM_BIT;

    public static final long NETIF_F_HW_VLAN_CTAG_FILTER = 1L << NETIF_F_HW_VLAN_CTAG_FILTER_BIT;
    public static final long NETIF_F_HW_VLAN_CTAG_RX = 1L << NETIF_F_HW_VLAN_CTAG_RX_BIT;
    public static final long NETIF_F_HW_VLAN_CTAG_TX = 1L << NETIF_F_HW_VLAN_CTAG_TX_BIT;

    /** It completes checksums of TCP and UDP over IPv4. */
    public static final long NETIF_F_IP_CSUM = 1L << NETIF_F_IP_CSUM_BIT;

    public static final long NETIF_F_IPV6_CSUM = 1L << NETIF_F_IPV6_CSUM_BIT;

    /** The driver does without the lock of the queue. */
    public static final long NETIF_F_LLTX = 1L << NETIF_F_LLTX_BIT;

    /** What it sends comes back. */
    public static final long NETIF_F_LOOPBACK = 1L << NETIF_F_LOOPBACK_BIT;

    public static final long NETIF_F_LRO = 1L << NETIF_F_LRO_BIT;

    /** It cannot move to another namespace. */
    public static final long NETIF_F_NETNS_LOCAL = 1L << NETIF_F_NETNS_LOCAL_BIT;

    public static final long NETIF_F_NOCACHE_COPY = 1L << NETIF_F_NOCACHE_COPY_BIT;
    public static final long NETIF_F_NTUPLE = 1L << NETIF_F_NTUPLE_BIT;

    /** It checks checksums of what it receives. */
    public static final long NETIF_F_RXCSUM = 1L << NETIF_F_RXCSUM_BIT;

    public static final long NETIF_F_RXHASH = 1L << NETIF_F_RXHASH_BIT;
    public static final long NETIF_F_SCTP_CSUM = 1L << NETIF_F_SCTP_CSUM_BIT;

    /** It takes a packet in pieces (frags). */
    public static final long NETIF_F_SG = 1L << NETIF_F_SG_BIT;

    public static final long NETIF_F_TSO6 = 1L << NETIF_F_TSO6_BIT;

    /** It does so rightly when CWR is set: only in the first segment. */
    public static final long NETIF_F_TSO_ECN = 1L << NETIF_F_TSO_ECN_BIT;

    /** It splits TCP packets over IPv4. */
    public static final long NETIF_F_TSO = 1L << NETIF_F_TSO_BIT;

    /** It fragments UDP packets. */
    public static final long NETIF_F_UFO = 1L << NETIF_F_UFO_BIT;

    /** VLAN tags are too much for it. */
    public static final long NETIF_F_VLAN_CHALLENGED = 1L << NETIF_F_VLAN_CHALLENGED_BIT;

    public static final long NETIF_F_RXFCS = 1L << NETIF_F_RXFCS_BIT;
    public static final long NETIF_F_RXALL = 1L << NETIF_F_RXALL_BIT;
    public static final long NETIF_F_GSO_GRE = 1L << NETIF_F_GSO_GRE_BIT;
    public static final long NETIF_F_GSO_IPIP = 1L << NETIF_F_GSO_IPIP_BIT;
    public static final long NETIF_F_GSO_SIT = 1L << NETIF_F_GSO_SIT_BIT;
    public static final long NETIF_F_GSO_UDP_TUNNEL = 1L << NETIF_F_GSO_UDP_TUNNEL_BIT;
    public static final long NETIF_F_GSO_MPLS = 1L << NETIF_F_GSO_MPLS_BIT;
    public static final long NETIF_F_HW_VLAN_STAG_FILTER = 1L << NETIF_F_HW_VLAN_STAG_FILTER_BIT;
    public static final long NETIF_F_HW_VLAN_STAG_RX = 1L << NETIF_F_HW_VLAN_STAG_RX_BIT;
    public static final long NETIF_F_HW_VLAN_STAG_TX = 1L << NETIF_F_HW_VLAN_STAG_TX_BIT;
    public static final long NETIF_F_HW_L2FW_DOFFLOAD = 1L << NETIF_F_HW_L2FW_DOFFLOAD_BIT;

    /** What nobody can switch on or off. */
    public static final long NETIF_F_NEVER_CHANGE = NETIF_F_VLAN_CHALLENGED | NETIF_F_LLTX | NETIF_F_NETNS_LOCAL;

    /** All kinds of segmentation. */
    public static final long NETIF_F_GSO_MASK = (1L << NETIF_F_GSO_LAST + 1) - (1L << NETIF_F_GSO_SHIFT);

    /** Kinds of segmentation that software can do in place of the device. */
    public static final long NETIF_F_GSO_SOFTWARE = NETIF_F_TSO | NETIF_F_TSO_ECN | NETIF_F_TSO6 | NETIF_F_UFO;

    public static final long NETIF_F_GEN_CSUM = NETIF_F_HW_CSUM;
    public static final long NETIF_F_V4_CSUM = NETIF_F_GEN_CSUM | NETIF_F_IP_CSUM;
    public static final long NETIF_F_V6_CSUM = NETIF_F_GEN_CSUM | NETIF_F_IPV6_CSUM;
    public static final long NETIF_F_ALL_CSUM = NETIF_F_V4_CSUM | NETIF_F_V6_CSUM;
    public static final long NETIF_F_ALL_TSO = NETIF_F_TSO | NETIF_F_TSO6 | NETIF_F_TSO_ECN;

    /** A device made of several has it when one of them has it; and: when all of them have it. */
    public static final long NETIF_F_ONE_FOR_ALL = NETIF_F_GSO_SOFTWARE | NETIF_F_GSO_ROBUST | NETIF_F_SG
            | NETIF_F_HIGHDMA | NETIF_F_FRAGLIST | NETIF_F_VLAN_CHALLENGED;

    public static final long NETIF_F_ALL_FOR_ALL = NETIF_F_NOCACHE_COPY | NETIF_F_FSO;

    /** Every device has these: software does it. */
    public static final long NETIF_F_SOFT_FEATURES = NETIF_F_GSO | NETIF_F_GRO;
}
