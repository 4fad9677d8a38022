// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import linux.skbuff.sk_buff;

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

    public interface Ndo_get_stats {
        net_device_stats call(net_device dev);
    }

    public Ndo_init ndo_init;
    public Ndo_uninit ndo_uninit;
    public Ndo_init ndo_open;
    public Ndo_init ndo_stop;
    public Ndo_start_xmit ndo_start_xmit;
    public Ndo_change_mtu ndo_change_mtu;
    public Ndo_get_stats ndo_get_stats;
    public Ndo_uninit ndo_set_rx_mode;
}
