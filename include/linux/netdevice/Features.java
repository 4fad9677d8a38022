// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.netdev_features.NetdevFeatures.NETIF_F_ALL_CSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_ALL_FOR_ALL;
import static linux.netdev_features.NetdevFeatures.NETIF_F_ALL_TSO;
import static linux.netdev_features.NetdevFeatures.NETIF_F_FCOE_CRC;
import static linux.netdev_features.NetdevFeatures.NETIF_F_FRAGLIST;
import static linux.netdev_features.NetdevFeatures.NETIF_F_GEN_CSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_GSO;
import static linux.netdev_features.NetdevFeatures.NETIF_F_GSO_MASK;
import static linux.netdev_features.NetdevFeatures.NETIF_F_GSO_SHIFT;
import static linux.netdev_features.NetdevFeatures.NETIF_F_HW_CSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_IPV6_CSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_IP_CSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_ONE_FOR_ALL;
import static linux.netdev_features.NetdevFeatures.NETIF_F_SG;
import static linux.netdev_features.NetdevFeatures.NETIF_F_TSO;
import static linux.netdev_features.NetdevFeatures.NETIF_F_TSO6;
import static linux.netdev_features.NetdevFeatures.NETIF_F_TSO_ECN;
import static linux.netdev_features.NetdevFeatures.NETIF_F_UFO;
import static linux.netdev_features.NetdevFeatures.NETIF_F_V4_CSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_V6_CSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_VLAN_CHALLENGED;
import static linux.netdevice.Gso.skb_network_protocol;
import static linux.netdevice.Notifiers.netdev_features_change;
import static linux.printk.Printk.pr_err;
import static linux.printk.Printk.pr_warn;
import static linux.skbuff.Frags.skb_has_frag_list;
import static linux.skbuff.Gso.skb_is_gso;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.skbuff.sk_buff.CHECKSUM_UNNECESSARY;
import static uapi.linux.if_ether.IfEther.ETH_P_FCOE;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;
import static uapi.linux.if_ether.IfEther.ETH_P_IPV6;

import linux.compiler.IntRef;
import linux.skbuff.sk_buff;

/**
 * What a device can do for a packet, {@code net/core/dev.c} and {@code netdevice.h}: asked by {@link
 * Xmit#dev_hard_start_xmit} for every packet, and by TCP once per route ({@code sk_setup_caps}).
 *
 * <p>{@code features} is what is on. {@code hw_features} is what can be switched, {@code wanted_features} what the user
 * wants of it; {@link #netdev_update_features} makes {@code features} of the two.
 */
public final class Features {
    private Features() {}

    /** Takes from {@code features} what the device cannot do for a packet of this protocol. */
    static long harmonize_features(sk_buff skb, net_device dev, long features) {
        IntRef tmp = new IntRef();

        if (skb.ip_summed != CHECKSUM_NONE && !can_checksum_protocol(features, skb_network_protocol(skb, tmp))) {
            features &= ~NETIF_F_ALL_CSUM;
        }

        return features;
    }

    /** What {@code dev} can do for {@code skb}. */
    public static long netif_skb_dev_features(sk_buff skb, net_device dev) {
        long features = dev.features;

        if (skb.shinfo.gso_segs > dev.gso_max_segs) {
            features &= ~NETIF_F_GSO_MASK;
        }

        return harmonize_features(skb, dev, features);
    }

    /** Removes what does not go together: TSO without scatter-gather or without checksums, and the like. */
    static long netdev_fix_features(net_device dev, long features) {
        if ((features & NETIF_F_HW_CSUM) != 0 && (features & (NETIF_F_IP_CSUM | NETIF_F_IPV6_CSUM)) != 0) {
            pr_warn("%s: mixed HW and IP checksum settings.\n", dev.name);
            features &= ~(NETIF_F_IP_CSUM | NETIF_F_IPV6_CSUM);
        }

        if ((features & NETIF_F_ALL_TSO) != 0 && (features & NETIF_F_SG) == 0) {
            features &= ~NETIF_F_ALL_TSO;
        }

        if ((features & NETIF_F_TSO) != 0 && (features & NETIF_F_HW_CSUM) == 0 && (features & NETIF_F_IP_CSUM) == 0) {
            features &= ~NETIF_F_TSO;
            features &= ~NETIF_F_TSO_ECN;
        }

        if ((features & NETIF_F_TSO6) != 0
                && (features & NETIF_F_HW_CSUM) == 0
                && (features & NETIF_F_IPV6_CSUM) == 0) {
            features &= ~NETIF_F_TSO6;
        }

        if ((features & NETIF_F_ALL_TSO) == NETIF_F_TSO_ECN) {
            features &= ~NETIF_F_TSO_ECN;
        }

        if ((features & NETIF_F_GSO) != 0 && (features & NETIF_F_SG) == 0) {
            features &= ~NETIF_F_GSO;
        }

        if ((features & NETIF_F_UFO) != 0) {
            if (!((features & NETIF_F_GEN_CSUM) != 0
                    || (features & (NETIF_F_IP_CSUM | NETIF_F_IPV6_CSUM)) == (NETIF_F_IP_CSUM | NETIF_F_IPV6_CSUM))) {
                features &= ~NETIF_F_UFO;
            }

            if ((features & NETIF_F_SG) == 0) {
                features &= ~NETIF_F_UFO;
            }
        }

        return features;
    }

    /** @return 1 if {@code dev.features} may have changed, 0 if not, -1 if the driver cannot do it */
    public static int __netdev_update_features(net_device dev) {
        long features;
        int err = 0;

        features = netdev_get_wanted_features(dev);

        if (dev.netdev_ops.ndo_fix_features != null) {
            features = dev.netdev_ops.ndo_fix_features.call(dev, features);
        }

        features = netdev_fix_features(dev, features);

        if (dev.features == features) {
            return 0;
        }

        if (dev.netdev_ops.ndo_set_features != null) {
            err = dev.netdev_ops.ndo_set_features.call(dev, features);
        }

        if (err < 0) {
            pr_err("%s: set_features() failed (%d); wanted 0x%x, left 0x%x\n", dev.name, err, features, dev.features);
            return -1;
        }

        if (err == 0) {
            dev.features = features;
        }

        return 1;
    }

    /** Works out {@code dev.features} anew; those who listen hear of a change ({@code NETDEV_FEAT_CHANGE}). */
    public static void netdev_update_features(net_device dev) {
        if (__netdev_update_features(dev) != 0) {
            netdev_features_change(dev);
        }
    }

    /** The same; they hear of it in any case. */
    public static void netdev_change_features(net_device dev) {
        __netdev_update_features(dev);
        netdev_features_change(dev);
    }

    /** What a device can do that is made of devices, one more of which can do {@code one}. */
    public static long netdev_increment_features(long all, long one, long mask) {
        if ((mask & NETIF_F_GEN_CSUM) != 0) {
            mask |= NETIF_F_ALL_CSUM;
        }
        mask |= NETIF_F_VLAN_CHALLENGED;

        all |= one & (NETIF_F_ONE_FOR_ALL | NETIF_F_ALL_CSUM) & mask;
        all &= one | ~NETIF_F_ALL_FOR_ALL;

        if ((all & NETIF_F_GEN_CSUM) != 0) {
            all &= ~(NETIF_F_ALL_CSUM & ~NETIF_F_GEN_CSUM);
        }

        return all;
    }

    /** Can a device with {@code features} complete checksums of packets of {@code protocol}? */
    public static boolean can_checksum_protocol(long features, int protocol) {
        return (features & NETIF_F_GEN_CSUM) != 0
                || (features & NETIF_F_V4_CSUM) != 0 && protocol == ETH_P_IP
                || (features & NETIF_F_V6_CSUM) != 0 && protocol == ETH_P_IPV6
                || (features & NETIF_F_FCOE_CRC) != 0 && protocol == ETH_P_FCOE;
    }

    static long netdev_get_wanted_features(net_device dev) {
        return dev.features & ~dev.hw_features | dev.wanted_features;
    }

    public static long netif_skb_features(sk_buff skb) {
        return netif_skb_dev_features(skb, skb.dev);
    }

    /** Does a device with {@code features} split packets of {@code gso_type} ({@code SKB_GSO_*}) itself? */
    public static boolean net_gso_ok(long features, int gso_type) {
        long feature = (long) gso_type << NETIF_F_GSO_SHIFT;

        return (features & feature) == feature;
    }

    public static boolean skb_gso_ok(sk_buff skb, long features) {
        return net_gso_ok(features, skb.shinfo.gso_type)
                && (!skb_has_frag_list(skb) || (features & NETIF_F_FRAGLIST) != 0);
    }

    /** Must software split {@code skb} before a device with {@code features} gets it? */
    public static boolean netif_needs_gso(sk_buff skb, long features) {
        return skb_is_gso(skb)
                && (!skb_gso_ok(skb, features)
                        || skb.ip_summed != CHECKSUM_PARTIAL && skb.ip_summed != CHECKSUM_UNNECESSARY);
    }
}
