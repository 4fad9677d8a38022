// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.bug.Bug.BUG;
import static linux.errno.Errno.EBUSY;
import static linux.etherdevice.Ethernet.eth_type_trans;
import static linux.netdevice.Backlog.netdev_tstamp_prequeue;
import static linux.netdevice.Backlog.netif_rx_internal;
import static linux.netdevice.Gso.VLAN_HLEN;
import static linux.netdevice.Netdev.NET_RX_DROP;
import static linux.netdevice.Netdev.NET_RX_SUCCESS;
import static linux.netdevice.Packets.PTYPE_HASH_MASK;
import static linux.netdevice.Packets.deliver_skb;
import static linux.netdevice.Packets.ptype_all;
import static linux.netdevice.Packets.ptype_base;
import static linux.netdevice.Timestamps.net_timestamp_check;
import static linux.netdevice.Xmit.softnet_data;
import static linux.netdevice.rx_handler_func_t.RX_HANDLER_ANOTHER;
import static linux.netdevice.rx_handler_func_t.RX_HANDLER_CONSUMED;
import static linux.netdevice.rx_handler_func_t.RX_HANDLER_EXACT;
import static linux.netdevice.rx_handler_func_t.RX_HANDLER_PASS;
import static linux.skbuff.Checksum.skb_postpull_rcsum;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Gso.skb_is_gso;
import static linux.skbuff.Headers.skb_reset_mac_len;
import static linux.skbuff.Headers.skb_reset_network_header;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static linux.skbuff.Headers.skb_transport_header_was_set;
import static linux.skbuff.Meta.skb_scrub_packet;
import static uapi.linux.if_.Iff.IFF_UP;
import static uapi.linux.if_ether.IfEther.ETH_HLEN;

import linux.compiler.Ref;
import linux.list.list_head;
import linux.skbuff.sk_buff;

/**
 * From the device to the protocol, {@code net/core/dev.c}: {@link #__netif_receive_skb_core} shows a packet to the taps and
 * gives it to those who have registered for its type, the last one of which gets it for good ({@code ip_rcv}).
 *
 * <p>Called by {@link Backlog#process_backlog}, and by drivers that are asked for packets, through {@link
 * #netif_receive_skb} or {@link Gro}. {@link #dev_forward_skb} is the way from one device into another: the driver of veth.
 */
public final class Receive {
    private Receive() {}

    static boolean is_skb_forwardable(net_device dev, sk_buff skb) {
        int len;

        if ((dev.flags & IFF_UP) == 0) {
            return false;
        }

        len = dev.mtu + dev.hard_header_len + VLAN_HLEN;
        if (skb.len <= len) {
            return true;
        }

        if (skb_is_gso(skb)) {
            return true;
        }

        return false;
    }

    /**
     * Lets {@code dev} receive a packet that another device was to send. All that it knows of the sender's side is removed:
     * socket, route, mark; the two may be in different namespaces. Packets larger than the MTU are dropped, unless they
     * stand for several.
     *
     * @return {@code NET_RX_SUCCESS} or {@code NET_RX_DROP}; the packet is gone in any case
     */
    public static int dev_forward_skb(net_device dev, sk_buff skb) {
        if (!is_skb_forwardable(dev, skb)) {
            dev.rx_dropped++;
            kfree_skb(skb);
            return NET_RX_DROP;
        }

        skb_scrub_packet(skb, true);
        skb.protocol = eth_type_trans(skb, dev);
        skb_postpull_rcsum(skb, skb.mac_header, ETH_HLEN);

        return netif_rx_internal(skb);
    }

    /**
     * From now on {@code rx_handler} sees what {@code dev} receives before the protocols do.
     *
     * @return 0, or {@code -EBUSY}: there is one already
     */
    public static int netdev_rx_handler_register(net_device dev, rx_handler_func_t rx_handler, Object rx_handler_data) {
        if (dev.rx_handler != null) {
            return -EBUSY;
        }

        dev.rx_handler_data = rx_handler_data;
        dev.rx_handler = rx_handler;

        return 0;
    }

    public static void netdev_rx_handler_unregister(net_device dev) {
        dev.rx_handler = null;
        dev.rx_handler_data = null;
    }

    /**
     * Shows the packet to the taps, then to the handler of the device, then to the protocols. Each but the last gets a
     * reference; the last one gets the packet itself. Nobody wants it: it is dropped.
     */
    static int __netif_receive_skb_core(sk_buff skb) {
        packet_type ptype, pt_prev;
        rx_handler_func_t rx_handler;
        net_device orig_dev;
        net_device null_or_dev;
        boolean deliver_exact = false;
        int ret = NET_RX_DROP;
        int type;

        net_timestamp_check(netdev_tstamp_prequeue == 0, skb);

        orig_dev = skb.dev;

        skb_reset_network_header(skb);
        if (!skb_transport_header_was_set(skb)) {
            skb_reset_transport_header(skb);
        }
        skb_reset_mac_len(skb);

        pt_prev = null;

        another_round:
        while (true) {
            skb.skb_iif = skb.dev.ifindex;

            softnet_data.processed++;

            for (list_head<packet_type> p = ptype_all.next; p != ptype_all; p = p.next) {
                ptype = p.owner;
                if (ptype.dev == null || ptype.dev == skb.dev) {
                    if (pt_prev != null) {
                        ret = deliver_skb(skb, pt_prev, orig_dev);
                    }
                    pt_prev = ptype;
                }
            }

            rx_handler = skb.dev.rx_handler;
            if (rx_handler != null) {
                Ref<sk_buff> pskb = new Ref<>(skb);

                if (pt_prev != null) {
                    ret = deliver_skb(skb, pt_prev, orig_dev);
                    pt_prev = null;
                }
                int result = rx_handler.call(pskb);
                skb = pskb.val;
                switch (result) {
                    case RX_HANDLER_CONSUMED:
                        return NET_RX_SUCCESS;
                    case RX_HANDLER_ANOTHER:
                        continue another_round;
                    case RX_HANDLER_EXACT:
                        deliver_exact = true;
                        break;
                    case RX_HANDLER_PASS:
                        break;
                    default:
                        BUG();
                }
            }
            break;
        }

        null_or_dev = deliver_exact ? skb.dev : null;

        type = skb.protocol;
        list_head<packet_type> head = ptype_base[type & PTYPE_HASH_MASK];
        for (list_head<packet_type> p = head.next; p != head; p = p.next) {
            ptype = p.owner;
            if (ptype.type == type
                    && (ptype.dev == null_or_dev || ptype.dev == skb.dev || ptype.dev == orig_dev)) {
                if (pt_prev != null) {
                    ret = deliver_skb(skb, pt_prev, orig_dev);
                }
                pt_prev = ptype;
            }
        }

        if (pt_prev != null) {
            ret = pt_prev.func.call(skb, skb.dev, pt_prev, orig_dev);
        } else {
            skb.dev.rx_dropped++;
            kfree_skb(skb);
            ret = NET_RX_DROP;
        }

        return ret;
    }

    static int __netif_receive_skb(sk_buff skb) {
        int ret;

        ret = __netif_receive_skb_core(skb);

        return ret;
    }

    static int netif_receive_skb_internal(sk_buff skb) {
        net_timestamp_check(netdev_tstamp_prequeue != 0, skb);

        return __netif_receive_skb(skb);
    }

    /** Takes a packet from a driver that is being asked for packets, in the softirq, without the backlog. */
    public static int netif_receive_skb(sk_buff skb) {
        return netif_receive_skb_internal(skb);
    }
}
