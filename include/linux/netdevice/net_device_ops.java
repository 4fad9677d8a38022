// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import linux.skbuff.sk_buff;
import uapi.linux.if_link.rtnl_link_stats64;

/** A driver. Any member but {@code ndo_start_xmit} may be null. */
public final class net_device_ops {
    public interface Ndo_init {
        int call(net_device dev);
    }

    public interface Ndo_uninit {
        void call(net_device dev);
    }

    public interface Ndo_start_xmit {
        /** @return {@code NETDEV_TX_OK}; the driver owns the packet then */
        int call(sk_buff skb, net_device dev);
    }

    public interface Ndo_change_mtu {
        int call(net_device dev, int new_mtu);
    }

    public interface Ndo_get_stats64 {
        rtnl_link_stats64 call(net_device dev, rtnl_link_stats64 storage);
    }

    public interface Ndo_set_mac_address {
        /** @return 0, or why it cannot have that address */
        int call(net_device dev, byte[] addr);
    }

    public interface Ndo_change_rx_flags {
        void call(net_device dev, int flags);
    }

    public interface Ndo_change_carrier {
        int call(net_device dev, boolean new_carrier);
    }

    public interface Ndo_fix_features {
        /** @return those of {@code features} that go together */
        long call(net_device dev, long features);
    }

    public interface Ndo_set_features {
        /** @return 0: set {@code dev.features}; positive: it has been set; negative: it cannot */
        int call(net_device dev, long features);
    }

    public Ndo_init ndo_init;
    public Ndo_uninit ndo_uninit;
    public Ndo_init ndo_open;
    public Ndo_init ndo_stop;
    public Ndo_start_xmit ndo_start_xmit;
    public Ndo_change_mtu ndo_change_mtu;
    public Ndo_get_stats64 ndo_get_stats64;
    public Ndo_set_mac_address ndo_set_mac_address;
    public Ndo_init ndo_validate_addr;
    public Ndo_change_rx_flags ndo_change_rx_flags;
    public Ndo_change_carrier ndo_change_carrier;
    public Ndo_fix_features ndo_fix_features;
    public Ndo_set_features ndo_set_features;
    public Ndo_uninit ndo_set_rx_mode;
}
