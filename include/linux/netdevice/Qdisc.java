// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import linux.skbuff.sk_buff;

/** What stands between the stack and a driver: here only netem, where somebody asks for it. */
public interface Qdisc {
    /**
     * Takes the packet, now or later to be given to the driver by {@code dev_hard_start_xmit}.
     *
     * @return {@code NET_XMIT_SUCCESS} or {@code NET_XMIT_DROP}
     */
    int enqueue(sk_buff skb, net_device dev);

    /** Packets in it. */
    int qlen();

    /** Drops all that it holds. */
    void reset();
}
