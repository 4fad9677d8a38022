// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.bug.Bug.BUG_ON;
import static linux.bug.Bug.WARN_ON_ONCE;
import static linux.interrupt.Softirq.NET_RX_SOFTIRQ;
import static linux.interrupt.Softirq.__raise_softirq_irqoff;
import static linux.interrupt.Softirq.do_softirq;
import static linux.interrupt.Softirq.local_softirq_pending;
import static linux.jiffies.Jiffies.HZ;
import static linux.jiffies.Jiffies.time_after_eq;
import static linux.list.Lists.INIT_LIST_HEAD;
import static linux.list.Lists.list_add;
import static linux.list.Lists.list_add_tail;
import static linux.list.Lists.list_del;
import static linux.list.Lists.list_del_init;
import static linux.list.Lists.list_empty;
import static linux.list.Lists.list_first_entry;
import static linux.list.Lists.list_move_tail;
import static linux.netdevice.Gro.napi_gro_flush;
import static linux.netdevice.Netdev.NAPI_POLL_WEIGHT;
import static linux.netdevice.Netdev.NET_RX_DROP;
import static linux.netdevice.Netdev.NET_RX_SUCCESS;
import static linux.netdevice.Netdev.napi_disable_pending;
import static linux.netdevice.Receive.__netif_receive_skb;
import static linux.netdevice.Timestamps.net_timestamp_check;
import static linux.netdevice.Xmit.softnet_data;
import static linux.netdevice.napi_struct.NAPI_STATE_SCHED;
import static linux.printk.Printk.pr_err;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Free.kfree_skb_list;
import static linux.skbuff.Queue.__skb_dequeue;
import static linux.skbuff.Queue.__skb_queue_tail;
import static linux.skbuff.Queue.__skb_unlink;
import static linux.skbuff.Queue.skb_queue_len;
import static linux.skbuff.Queue.skb_queue_splice_tail_init;

import linux.jiffies.Jiffies;
import linux.skbuff.sk_buff;

/**
 * How a packet comes in, {@code net/core/dev.c}. A driver hands it to {@link #netif_rx}, which puts it into the backlog
 * and marks {@code NET_RX_SOFTIRQ}; the softirq, {@link #net_rx_action}, asks everybody who has packets for some of them,
 * and {@link #process_backlog} gives those of the backlog to {@link Receive}.
 *
 * <p>On the loopback and on a veth this is what makes one stack of a sender and a receiver: the sender's {@code
 * dev_queue_xmit} has bottom halves disabled, the driver calls {@link #netif_rx}, and when bottom halves are enabled again
 * the softirq runs right there. Packets that the receiver sends meanwhile go into the same backlog and are worked off in the
 * same loop, so the stack does not grow.
 */
public final class Backlog {
    private Backlog() {}

    /** {@code net.core.netdev_max_backlog}: packets that the backlog may hold (one more, to be exact). */
    public static int netdev_max_backlog;

    /** {@code net.core.netdev_tstamp_prequeue}: take the time of arrival before the backlog or behind it. */
    public static int netdev_tstamp_prequeue;

    /** {@code net.core.netdev_budget}: packets that one round of the softirq may handle. */
    public static int netdev_budget;

    /** {@code net.core.dev_weight}: packets of the backlog in one go. */
    public static int weight_p;

    static void data() {
        netdev_max_backlog = 1000;
        netdev_tstamp_prequeue = 1;
        netdev_budget = 300;
        weight_p = 64;
    }

    static void ____napi_schedule(softnet_data sd, napi_struct napi) {
        list_add_tail(napi.poll_list, sd.poll_list);
        __raise_softirq_irqoff(NET_RX_SOFTIRQ);
    }

    /** Puts the packet into the backlog; drops it when that is full. */
    static int enqueue_to_backlog(sk_buff skb) {
        softnet_data sd;
        int qlen;

        sd = softnet_data;

        qlen = skb_queue_len(sd.input_pkt_queue);
        if (qlen <= netdev_max_backlog) {
            if (skb_queue_len(sd.input_pkt_queue) == 0) {
                if ((sd.backlog.state & 1 << NAPI_STATE_SCHED) == 0) {
                    sd.backlog.state |= 1 << NAPI_STATE_SCHED;
                    ____napi_schedule(sd, sd.backlog);
                }
            }
            __skb_queue_tail(sd.input_pkt_queue, skb);
            return NET_RX_SUCCESS;
        }

        sd.dropped++;

        skb.dev.rx_dropped++;
        kfree_skb(skb);
        return NET_RX_DROP;
    }

    static int netif_rx_internal(sk_buff skb) {
        int ret;

        net_timestamp_check(netdev_tstamp_prequeue != 0, skb);

        ret = enqueue_to_backlog(skb);
        return ret;
    }

    /**
     * Takes a packet from a driver and has the softirq see to it. For drivers: in an interrupt, in a softirq or with
     * bottom halves disabled. In a task nothing would run the softirq; there it is {@link #netif_rx_ni}.
     *
     * @return {@code NET_RX_SUCCESS}, or {@code NET_RX_DROP} when the backlog was full
     */
    public static int netif_rx(sk_buff skb) {
        return netif_rx_internal(skb);
    }

    /** The same in a task: the softirq runs before it returns. */
    public static int netif_rx_ni(sk_buff skb) {
        int err;

        err = netif_rx_internal(skb);
        if (local_softirq_pending()) {
            do_softirq();
        }

        return err;
    }

    /** The device goes away: drops what it has received and nobody has looked at. */
    static void flush_backlog(net_device dev) {
        softnet_data sd = softnet_data;
        sk_buff skb, tmp;

        for (skb = sd.input_pkt_queue.next; skb != null; skb = tmp) {
            tmp = skb.next;
            if (skb.dev == dev) {
                __skb_unlink(skb, sd.input_pkt_queue);
                kfree_skb(skb);
            }
        }

        for (skb = sd.process_queue.next; skb != null; skb = tmp) {
            tmp = skb.next;
            if (skb.dev == dev) {
                __skb_unlink(skb, sd.process_queue);
                kfree_skb(skb);
            }
        }
    }

    /** Works off the backlog, {@code quota} packets at most; those that come meanwhile too. */
    static int process_backlog(napi_struct napi, int quota) {
        int work = 0;
        softnet_data sd = softnet_data;

        napi.weight = weight_p;
        while (work < quota) {
            sk_buff skb;
            int qlen;

            while ((skb = __skb_dequeue(sd.process_queue)) != null) {
                __netif_receive_skb(skb);
                if (++work >= quota) {
                    return work;
                }
            }

            qlen = skb_queue_len(sd.input_pkt_queue);
            if (qlen != 0) {
                skb_queue_splice_tail_init(sd.input_pkt_queue, sd.process_queue);
            }

            if (qlen < quota - work) {
                // All that is left fits into the quota: off the list; whoever comes now puts the backlog on it again.
                list_del(napi.poll_list);
                napi.state = 0;

                quota = work + qlen;
            }
        }

        return work;
    }

    public static void __napi_schedule(napi_struct n) {
        ____napi_schedule(softnet_data, n);
    }

    public static void __napi_complete(napi_struct n) {
        BUG_ON((n.state & 1 << NAPI_STATE_SCHED) == 0);
        BUG_ON(n.gro_list.val != null);

        list_del(n.poll_list);
        n.state &= ~(1 << NAPI_STATE_SCHED);
    }

    /** It has no more packets: need not be asked until its next interrupt. Packets held for merging go on. */
    public static void napi_complete(napi_struct n) {
        napi_gro_flush(n, false);
        __napi_complete(n);
    }

    /** Makes {@code napi} known; {@code napi_enable} must follow. */
    public static void netif_napi_add(net_device dev, napi_struct napi, napi_struct.Poll poll, int weight) {
        INIT_LIST_HEAD(napi.poll_list);
        napi.gro_count = 0;
        napi.gro_list.val = null;
        napi.poll = poll;
        if (weight > NAPI_POLL_WEIGHT) {
            pr_err("netif_napi_add() called with weight %d on device %s\n", weight, dev.name);
        }
        napi.weight = weight;
        list_add(napi.dev_list, dev.napi_list);
        napi.dev = dev;
        napi.state |= 1 << NAPI_STATE_SCHED;
    }

    public static void netif_napi_del(napi_struct napi) {
        list_del_init(napi.dev_list);

        kfree_skb_list(napi.gro_list.val);
        napi.gro_list.val = null;
        napi.gro_count = 0;
    }

    /**
     * {@code NET_RX_SOFTIRQ}: asks those who have packets, one after the other, each for as many as its weight; until none
     * has any, or the budget is used up. Then the softirq stays pending, and in the end ksoftirqd goes on with it.
     */
    static void net_rx_action() {
        softnet_data sd = softnet_data;
        long time_limit = Jiffies.jiffies + 2;
        int budget = netdev_budget;

        while (!list_empty(sd.poll_list)) {
            napi_struct n;
            int work, weight;

            if (budget <= 0 || time_after_eq(Jiffies.jiffies, time_limit)) {
                sd.time_squeeze++;
                __raise_softirq_irqoff(NET_RX_SOFTIRQ);
                return;
            }

            n = list_first_entry(sd.poll_list);

            weight = n.weight;

            work = 0;
            if ((n.state & 1 << NAPI_STATE_SCHED) != 0) {
                work = n.poll.call(n, weight);
            }

            WARN_ON_ONCE(work > weight);

            budget -= work;

            if (work == weight) {
                if (napi_disable_pending(n)) {
                    napi_complete(n);
                } else {
                    if (n.gro_list.val != null) {
                        napi_gro_flush(n, HZ >= 1000);
                    }
                    list_move_tail(n.poll_list, sd.poll_list);
                }
            }
        }
    }
}
