// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.netdev_features.NetdevFeatures.NETIF_F_ALL_CSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_ALL_TSO;
import static linux.netdev_features.NetdevFeatures.NETIF_F_GRO;
import static linux.netdev_features.NetdevFeatures.NETIF_F_GSO;
import static linux.netdev_features.NetdevFeatures.NETIF_F_RXCSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_SG;
import static linux.netdev_features.NetdevFeatures.NETIF_F_UFO;
import static linux.netdevice.Features.netdev_update_features;
import static linux.rtnetlink.Rtnl.rtnl_lock;
import static linux.rtnetlink.Rtnl.rtnl_unlock;

import java.util.LinkedHashMap;
import java.util.Map;

/** {@code ethtool -K}: switching on and off what a device does for the stack, by the names that people use. */
public final class Offloads {
    private Offloads() {}

    private static final Map<String, Long> NAMES = new LinkedHashMap<>();

    static {
        NAMES.put("rx", NETIF_F_RXCSUM);
        NAMES.put("tx", NETIF_F_ALL_CSUM);
        NAMES.put("sg", NETIF_F_SG);
        NAMES.put("tso", NETIF_F_ALL_TSO);
        NAMES.put("ufo", NETIF_F_UFO);
        NAMES.put("gso", NETIF_F_GSO);
        NAMES.put("gro", NETIF_F_GRO);
    }

    /**
     * Switches one on or off. What depends on it follows: without {@code sg} there is no {@code tso} either.
     *
     * @param name rx, tx (checksums), sg, tso, ufo, gso or gro
     */
    public static void set(net_device dev, String name, boolean on) {
        Long mask = NAMES.get(name);
        if (mask == null) {
            throw new IllegalArgumentException("\"" + name + "\" is none of " + NAMES.keySet());
        }
        long changeable = mask & dev.hw_features;
        if (changeable == 0) {
            throw new IllegalArgumentException(dev + " cannot switch " + name + " on or off");
        }
        rtnl_lock();
        if (on) {
            dev.wanted_features |= changeable;
        } else {
            dev.wanted_features &= ~changeable;
        }
        netdev_update_features(dev);
        rtnl_unlock();
    }

    /** Is any of it on? */
    public static boolean isOn(net_device dev, String name) {
        Long mask = NAMES.get(name);
        if (mask == null) {
            throw new IllegalArgumentException("\"" + name + "\" is none of " + NAMES.keySet());
        }
        return (dev.features & mask) != 0;
    }
}
