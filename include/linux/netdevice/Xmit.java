// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.bug.Bug.WARN_ON;
import static linux.errno.Errno.ENETDOWN;
import static linux.errno.Errno.ENOMEM;
import static linux.interrupt.Softirq.NET_TX_SOFTIRQ;
import static linux.interrupt.Softirq.in_irq;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.interrupt.Softirq.raise_softirq_irqoff;
import static linux.kernel.Kernel.DIV_ROUND_UP;
import static linux.list.Lists.list_empty;
import static linux.netdev_features.NetdevFeatures.NETIF_F_ALL_CSUM;
import static linux.netdevice.Backlog.netif_rx_ni;
import static linux.netdevice.Features.netif_needs_gso;
import static linux.netdevice.Features.netif_skb_features;
import static linux.netdevice.Gso.DEV_GSO_CB;
import static linux.netdevice.Gso.dev_gso_segment;
import static linux.netdevice.Gso.skb_checksum_help;
import static linux.netdevice.Netdev.HARD_TX_LOCK;
import static linux.netdevice.Netdev.HARD_TX_UNLOCK;
import static linux.netdevice.Netdev.NETDEV_TX_BUSY;
import static linux.netdevice.Netdev.NETDEV_TX_MASK;
import static linux.netdevice.Netdev.NETDEV_TX_OK;
import static linux.netdevice.Netdev.NET_XMIT_DROP;
import static linux.netdevice.Netdev.NET_XMIT_MASK;
import static linux.netdevice.Netdev.NET_XMIT_SUCCESS;
import static linux.netdevice.Netdev.dev_xmit_complete;
import static linux.netdevice.Netdev.netdev_get_tx_queue;
import static linux.netdevice.Netdev.netif_xmit_stopped;
import static linux.netdevice.Netdev.txq_trans_update;
import static linux.netdevice.Packets.dev_queue_xmit_nit;
import static linux.netdevice.Packets.ptype_all;
import static linux.printk.Printk.net_crit_ratelimited;
import static linux.skbuff.Data.__skb_pull;
import static linux.skbuff.Dst.skb_dst;
import static linux.skbuff.Free.__kfree_skb;
import static linux.skbuff.Free.consume_skb;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Gso.skb_needs_linearize;
import static linux.skbuff.Headers.skb_checksum_start_offset;
import static linux.skbuff.Headers.skb_network_offset;
import static linux.skbuff.Headers.skb_reset_mac_header;
import static linux.skbuff.Headers.skb_set_inner_transport_header;
import static linux.skbuff.Headers.skb_set_transport_header;
import static linux.skbuff.Meta.skb_set_queue_mapping;
import static linux.skbuff.Paged.__skb_linearize;
import static linux.skbuff.SkbConst.SKB_GSO_DODGY;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV4;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV6;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.skbuff.sk_buff.CHECKSUM_UNNECESSARY;
import static linux.tcp.Header.tcp_hdrlen;
import static net.dst.Dst.skb_dst_drop;
import static net.dst.Dst.skb_dst_force;
import static net.sch_generic.Qdisc.TCQ_F_CAN_BYPASS;
import static net.sch_generic.Qdisc.__QDISC_STATE_DEACTIVATED;
import static net.sch_generic.Qdisc.__QDISC_STATE_SCHED;
import static net.sch_generic.Queueing.__qdisc_run;
import static net.sch_generic.Queueing.qdisc_bstats_update;
import static net.sch_generic.Queueing.qdisc_run;
import static net.sch_generic.Queueing.qdisc_run_begin;
import static net.sch_generic.Queueing.qdisc_run_end;
import static net.sch_generic.Queueing.qdisc_skb_cb;
import static net.sch_generic.Queueing.sch_direct_xmit;
import static uapi.linux.if_.Iff.IFF_UP;
import static uapi.linux.if_.Iff.IFF_XMIT_DST_RELEASE;
import static uapi.linux.if_packet.IfPacket.PACKET_LOOPBACK;

import linux.skbuff.sk_buff;
import linux.skbuff.skb_shared_info;
import net.sch_generic.Qdisc;

/**
 * How a packet leaves, {@code net/core/dev.c}. IP calls {@link #dev_queue_xmit}; a queue, where the device has one, takes
 * the packet and calls {@link #dev_hard_start_xmit} when its time has come; without a queue that is now. There the taps
 * see it, and the driver gets it.
 *
 * <p>Bottom halves are disabled meanwhile. The driver of {@code lo} and of a veth puts the packet into the backlog of
 * this very CPU, so the receiver's softirq runs on the sender's stack when they are enabled again: at the end of {@link
 * #dev_queue_xmit}, or wherever the sender had disabled them before.
 */
public final class Xmit {
    private Xmit() {}

    /** {@code smp_processor_id()}. */
    private static final int CPU = 0;

    /** Devices that send by way of devices, how deep. */
    private static final int RECURSION_LIMIT = 10;

    /** {@code sizeof(struct udphdr)}. */
    private static final int UDP_HLEN = 8;

    static int xmit_recursion;

    static softnet_data softnet_data;

    static void data() {
        xmit_recursion = 0;
        softnet_data = new softnet_data();
        Timestamps.netstamp_needed = 0;
    }

    static void __netif_reschedule(Qdisc q) {
        softnet_data sd;

        sd = softnet_data;
        q.next_sched = null;
        if (sd.output_queue == null) {
            sd.output_queue = q;
        } else {
            sd.output_queue_tail.next_sched = q;
        }
        sd.output_queue_tail = q;
        raise_softirq_irqoff(NET_TX_SOFTIRQ);
    }

    /** Has {@code net_tx_action} send from the queue, soon. */
    public static void __netif_schedule(Qdisc q) {
        if ((q.state & 1 << __QDISC_STATE_SCHED) == 0) {
            q.state |= 1 << __QDISC_STATE_SCHED;
            __netif_reschedule(q);
        }
    }

    /** Lets go of a packet in an interrupt, where nothing may be freed: the softirq does it. */
    public static void __dev_kfree_skb_irq(sk_buff skb) {
        if (--skb.users != 0) {
            return;
        }
        skb.next = softnet_data.completion_queue;
        softnet_data.completion_queue = skb;
        raise_softirq_irqoff(NET_TX_SOFTIRQ);
    }

    public static void __dev_kfree_skb_any(sk_buff skb) {
        if (in_irq()) {
            __dev_kfree_skb_irq(skb);
        } else {
            kfree_skb(skb);
        }
    }

    /**
     * Gives a packet to the driver, after having done for it what the device cannot: split it, copy it into one piece,
     * complete its checksum. A packet that has a {@code next} has been split before.
     *
     * @return {@code NETDEV_TX_OK}, or {@code NETDEV_TX_BUSY}: then it is still the caller's
     */
    public static int dev_hard_start_xmit(sk_buff skb, net_device dev, netdev_queue txq) {
        net_device_ops ops = dev.netdev_ops;
        int rc = NETDEV_TX_OK;

        out_kfree_skb:
        {
            gso:
            {
                if (skb.next == null) {
                    long features;

                    if ((dev.priv_flags & IFF_XMIT_DST_RELEASE) != 0) {
                        skb_dst_drop(skb);
                    }

                    features = netif_skb_features(skb);

                    if (skb.encapsulation) {
                        features &= dev.hw_enc_features;
                    }

                    if (netif_needs_gso(skb, features)) {
                        if (dev_gso_segment(skb, features) != 0) {
                            break out_kfree_skb;
                        }
                        if (skb.next != null) {
                            break gso;
                        }
                    } else {
                        if (skb_needs_linearize(skb, features) && __skb_linearize(skb) != 0) {
                            break out_kfree_skb;
                        }

                        if (skb.ip_summed == CHECKSUM_PARTIAL) {
                            if (skb.encapsulation) {
                                skb_set_inner_transport_header(skb, skb_checksum_start_offset(skb));
                            } else {
                                skb_set_transport_header(skb, skb_checksum_start_offset(skb));
                            }
                            if ((features & NETIF_F_ALL_CSUM) == 0 && skb_checksum_help(skb) != 0) {
                                break out_kfree_skb;
                            }
                        }
                    }

                    if (!list_empty(ptype_all)) {
                        dev_queue_xmit_nit(skb, dev);
                    }

                    rc = ops.ndo_start_xmit.call(skb, dev);
                    if (rc == NETDEV_TX_OK) {
                        txq_trans_update(txq);
                    }
                    return rc;
                }
            }

            do {
                sk_buff nskb = skb.next;

                skb.next = nskb.next;
                nskb.next = null;

                if (!list_empty(ptype_all)) {
                    dev_queue_xmit_nit(nskb, dev);
                }

                rc = ops.ndo_start_xmit.call(nskb, dev);
                if (rc != NETDEV_TX_OK) {
                    if ((rc & ~NETDEV_TX_MASK) != 0) {
                        break;
                    }
                    nskb.next = skb.next;
                    skb.next = nskb;
                    return rc;
                }
                txq_trans_update(txq);
                if (netif_xmit_stopped(txq) && skb.next != null) {
                    return NETDEV_TX_BUSY;
                }
            } while (skb.next != null);

            if (skb.next == null) {
                skb.destructor = DEV_GSO_CB(skb).destructor;
                consume_skb(skb);
                return rc;
            }
        }
        kfree_skb(skb);
        return rc;
    }

    /** Notes how long the packet will be on the wire: a large one as all its segments with their headers. */
    static void qdisc_pkt_len_init(sk_buff skb) {
        skb_shared_info shinfo = skb.shinfo;

        qdisc_skb_cb(skb).pkt_len = skb.len;

        if (shinfo.gso_size != 0) {
            int hdr_len;
            int gso_segs = shinfo.gso_segs;

            hdr_len = skb.transport_header - skb.mac_header;

            if ((shinfo.gso_type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6)) != 0) {
                hdr_len += tcp_hdrlen(skb);
            } else {
                hdr_len += UDP_HLEN;
            }

            if ((shinfo.gso_type & SKB_GSO_DODGY) != 0) {
                gso_segs = DIV_ROUND_UP(skb.len - hdr_len, shinfo.gso_size);
            }

            qdisc_skb_cb(skb).pkt_len += (gso_segs - 1) * hdr_len;
        }
    }

    /** Gives the packet to the queue, and sends what the queue lets go. */
    static int __dev_xmit_skb(sk_buff skb, Qdisc q, net_device dev, netdev_queue txq) {
        int rc;

        qdisc_pkt_len_init(skb);
        if ((q.state & 1 << __QDISC_STATE_DEACTIVATED) != 0) {
            kfree_skb(skb);
            rc = NET_XMIT_DROP;
        } else if ((q.flags & TCQ_F_CAN_BYPASS) != 0 && q.qlen == 0 && qdisc_run_begin(q)) {
            if ((dev.priv_flags & IFF_XMIT_DST_RELEASE) == 0) {
                skb_dst_force(skb);
            }

            qdisc_bstats_update(q, skb);

            if (sch_direct_xmit(skb, q, dev, txq) != 0) {
                __qdisc_run(q);
            } else {
                qdisc_run_end(q);
            }

            rc = NET_XMIT_SUCCESS;
        } else {
            skb_dst_force(skb);
            rc = q.enqueue.call(skb, q) & NET_XMIT_MASK;
            if (qdisc_run_begin(q)) {
                __qdisc_run(q);
            }
        }
        return rc;
    }

    /** Has IP receive a packet that it has just sent: broadcasts reach the sender too. */
    public static int dev_loopback_xmit(sk_buff skb) {
        skb_reset_mac_header(skb);
        __skb_pull(skb, skb_network_offset(skb));
        skb.pkt_type = PACKET_LOOPBACK;
        skb.ip_summed = CHECKSUM_UNNECESSARY;
        WARN_ON(skb_dst(skb) == null);
        skb_dst_force(skb);
        netif_rx_ni(skb);
        return 0;
    }

    /** Which queue of the device it is for: they have one each. */
    static netdev_queue netdev_pick_tx(net_device dev, sk_buff skb) {
        int queue_index = 0;

        skb_set_queue_mapping(skb, queue_index);
        return netdev_get_tx_queue(dev, queue_index);
    }

    static int __dev_queue_xmit(sk_buff skb) {
        net_device dev = skb.dev;
        netdev_queue txq;
        Qdisc q;
        int rc = -ENOMEM;

        skb_reset_mac_header(skb);

        local_bh_disable();

        txq = netdev_pick_tx(dev, skb);
        q = txq.qdisc;

        out:
        {
            if (q.enqueue != null) {
                rc = __dev_xmit_skb(skb, q, dev, txq);
                break out;
            }

            if ((dev.flags & IFF_UP) != 0) {
                int cpu = CPU;

                asked_to_queue:
                {
                    recursion_alert:
                    {
                        if (txq.xmit_lock_owner != cpu) {
                            if (xmit_recursion > RECURSION_LIMIT) {
                                break recursion_alert;
                            }

                            HARD_TX_LOCK(dev, txq, cpu);

                            if (!netif_xmit_stopped(txq)) {
                                xmit_recursion++;
                                rc = dev_hard_start_xmit(skb, dev, txq);
                                xmit_recursion--;
                                if (dev_xmit_complete(rc)) {
                                    HARD_TX_UNLOCK(dev, txq);
                                    break out;
                                }
                            }
                            HARD_TX_UNLOCK(dev, txq);
                            net_crit_ratelimited("Virtual device %s asks to queue packet!\n", dev.name);
                            break asked_to_queue;
                        }
                    }
                    net_crit_ratelimited("Dead loop on virtual device %s, fix it urgently!\n", dev.name);
                }
            }

            rc = -ENETDOWN;
            local_bh_enable();

            kfree_skb(skb);
            return rc;
        }
        local_bh_enable();
        return rc;
    }

    /**
     * Sends a packet, link header and all, by way of {@code skb.dev}. It is gone in any case.
     *
     * <p>0 says that it is on its way, not that it will get there. May be called in a softirq or in a task, not in an
     * interrupt.
     *
     * @return {@code NET_XMIT_*} or a negative errno, {@code -ENETDOWN} when the device is down
     */
    public static int dev_queue_xmit(sk_buff skb) {
        return __dev_queue_xmit(skb);
    }

    /** {@code NET_TX_SOFTIRQ}: frees what interrupts could not, and runs the queues that asked for it. */
    static void net_tx_action() {
        softnet_data sd = softnet_data;

        if (sd.completion_queue != null) {
            sk_buff clist;

            clist = sd.completion_queue;
            sd.completion_queue = null;

            while (clist != null) {
                sk_buff skb = clist;
                clist = clist.next;

                WARN_ON(skb.users != 0);
                skb.next = null;
                __kfree_skb(skb);
            }
        }

        if (sd.output_queue != null) {
            Qdisc head;

            head = sd.output_queue;
            sd.output_queue = null;
            sd.output_queue_tail = null;

            while (head != null) {
                Qdisc q = head;

                head = head.next_sched;

                q.state &= ~(1 << __QDISC_STATE_SCHED);
                qdisc_run(q);
            }
        }
    }
}
