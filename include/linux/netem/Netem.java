// SPDX-License-Identifier: GPL-2.0-only
package linux.netem;

import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.netdevice.Gso.skb_checksum_help;
import static linux.netdevice.Netdev.NET_XMIT_DROP;
import static linux.netdevice.Netdev.NET_XMIT_SUCCESS;
import static linux.netdevice.Xmit.__netif_schedule;
import static linux.rtnetlink.Rtnl.rtnl_lock;
import static linux.rtnetlink.Rtnl.rtnl_unlock;
import static linux.skbuff.Clone.skb_clone;
import static linux.skbuff.Clone.skb_unshare;
import static linux.skbuff.Data.skb_headlen;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Free.skb_orphan;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static net.sch_generic.Queueing.graft;
import static net.sch_generic.Queueing.qdisc_bstats_update;
import static net.sch_generic.Queueing.qdisc_drop;
import static net.sch_generic.Queueing.qdisc_pkt_len;
import static net.sch_generic.Queueing.qdisc_skb_cb;

import java.util.SplittableRandom;
import linux.hrtimer.Clock;
import linux.hrtimer.hrtimer;
import linux.netdevice.net_device;
import linux.skbuff.sk_buff;
import net.sch_generic.Qdisc;

/**
 * A link that is long, slow or bad, in front of a device: the queue of {@code net/sched/sch_netem.c}, written anew. {@link
 * NetemSettings} says what it does; each kind of accident is drawn from a generator of its own, so that a run repeats exactly,
 * and loses the same packets when something else is changed.
 *
 * <p>A packet's time to leave is fixed when it comes in. With a delay alone it is now plus the delay. With a rate, it leaves when
 * it is through the wire behind the one before it: {@code max(time of that one, now + delay) + size / rate}, which is what a
 * serial link followed by a long line does. A timer per queue, for the first packet in it, runs {@code net_tx_action}, which
 * hands what is due to the driver.
 *
 * <p>A packet that is held long no longer counts as unsent for its socket (sch_netem does the same): TCP Small Queues do not hold
 * the sender back, the queue does, by its limit.
 */
public final class Netem {
    private static final long NSEC_PER_SEC = Clock.NSEC_PER_SEC;

    private final net_device dev;
    private final Qdisc qdisc = new Qdisc("netem");
    private final hrtimer watchdog = new hrtimer(this::watchdog);

    private NetemSettings settings;
    private SplittableRandom lossRandom;
    private SplittableRandom duplicateRandom;
    private SplittableRandom reorderRandom;
    private SplittableRandom corruptRandom;
    private SplittableRandom jitterRandom;

    /** Packets and when each is to leave, in this order; a ring. */
    private sk_buff[] ring = new sk_buff[16];

    private long[] times = new long[16];
    private int first;
    private int count;

    /** Part of a nanosecond, in units of 1 / rate, that packets in a row have taken beyond what was counted. */
    private long remainder;

    private long lost;
    private long duplicated;
    private long reordered;
    private long corrupted;

    private Netem(net_device dev, NetemSettings settings) {
        this.dev = dev;
        qdisc.enqueue = this::enqueue;
        qdisc.dequeue = this::dequeue;
        qdisc.reset = this::reset;
        set(settings);
    }

    private void set(NetemSettings settings) {
        this.settings = settings;
        qdisc.limit = settings.limit;
        SplittableRandom seeds = new SplittableRandom(settings.seed);
        lossRandom = seeds.split();
        duplicateRandom = seeds.split();
        reorderRandom = seeds.split();
        corruptRandom = seeds.split();
        jitterRandom = seeds.split();
    }

    /** {@code tc qdisc replace dev DEV root netem ...}: from now on it is in front of {@code dev}. */
    public static Netem attach(net_device dev, NetemSettings settings) {
        Netem netem = new Netem(dev, settings);
        rtnl_lock();
        graft(dev, netem.qdisc);
        rtnl_unlock();
        return netem;
    }

    /** {@code tc qdisc change}: for packets that come from now on; those in the queue leave when it was said. */
    public void change(NetemSettings settings) {
        set(settings);
    }

    /** {@code tc qdisc del}: packets in the queue are dropped. */
    public void detach() {
        if (dev.qdisc == qdisc) {
            rtnl_lock();
            graft(dev, null);
            rtnl_unlock();
        }
    }

    /** Packets in the queue. */
    public int queued() {
        return qdisc.qlen;
    }

    /** Packets that have gone to the driver. */
    public long sent() {
        return qdisc.packets;
    }

    /** Packets for which there was no room. */
    public long overflowed() {
        return qdisc.drops;
    }

    public long lost() {
        return lost;
    }

    public long duplicated() {
        return duplicated;
    }

    public long reordered() {
        return reordered;
    }

    public long corrupted() {
        return corrupted;
    }

    private static boolean happens(double share, SplittableRandom random) {
        return share > 0 && random.nextDouble() < share;
    }

    /** A lost packet is no error for the sender; one for which there is no room is. */
    private int enqueue(sk_buff skb, Qdisc sch) {
        int copies = 1;

        if (happens(settings.duplicate, duplicateRandom)) {
            copies++;
            duplicated++;
        }
        if (happens(settings.loss, lossRandom)) {
            copies--;
            lost++;
        }
        if (copies == 0) {
            kfree_skb(skb);
            return NET_XMIT_SUCCESS;
        }

        if (settings.delay != 0) {
            skb_orphan(skb);
        }

        if (copies == 2) {
            sk_buff skb2 = skb_clone(skb, GFP_ATOMIC);
            if (skb2 != null) {
                qdisc_skb_cb(skb2).pkt_len = qdisc_pkt_len(skb);
                hold(skb2);
            }
        }
        return hold(skb);
    }

    /** Finds the packet its place. */
    private int hold(sk_buff skb) {
        if (happens(settings.corrupt, corruptRandom)) {
            skb = flipOneBit(skb);
            if (skb == null) {
                qdisc.drops++;
                return NET_XMIT_DROP;
            }
        }

        if (count >= qdisc.limit) {
            return qdisc_drop(skb, qdisc);
        }

        long now = Clock.now();
        if (happens(settings.reorder, reorderRandom)) {
            reordered++;
            putFirst(skb, now);
            return NET_XMIT_SUCCESS;
        }

        long time = now + settings.delay;
        if (settings.jitter != 0) {
            time += jitterRandom.nextLong(-settings.jitter, settings.jitter + 1);
        }
        if (settings.rate != 0) {
            if (count != 0 && lastTime() >= time) {
                time = lastTime();
            } else {
                remainder = 0;
            }
            long units = qdisc_pkt_len(skb) * 8L * NSEC_PER_SEC + remainder;
            time += units / settings.rate;
            remainder = units % settings.rate;
        }
        putInOrder(skb, time);
        return NET_XMIT_SUCCESS;
    }

    /** A packet that others share is copied; an unfinished checksum is completed first, or the damage would not show. */
    private sk_buff flipOneBit(sk_buff skb) {
        int len = qdisc_pkt_len(skb);

        skb = skb_unshare(skb, GFP_ATOMIC);
        if (skb == null) {
            return null;
        }
        if (skb.ip_summed == CHECKSUM_PARTIAL && skb_checksum_help(skb) != 0) {
            kfree_skb(skb);
            return null;
        }
        qdisc_skb_cb(skb).pkt_len = len;
        int at = skb.data + corruptRandom.nextInt(skb_headlen(skb));
        skb.head[at] ^= (byte) (1 << corruptRandom.nextInt(8));
        corrupted++;
        return skb;
    }

    // ---- the ring ----

    private int place(int i) {
        return first + i & ring.length - 1;
    }

    private long lastTime() {
        return times[place(count - 1)];
    }

    private void makeRoom() {
        if (count < ring.length) {
            return;
        }
        sk_buff[] ring2 = new sk_buff[ring.length * 2];
        long[] times2 = new long[ring.length * 2];
        for (int i = 0; i < count; i++) {
            ring2[i] = ring[place(i)];
            times2[i] = times[place(i)];
        }
        ring = ring2;
        times = times2;
        first = 0;
    }

    private void putFirst(sk_buff skb, long time) {
        makeRoom();
        first = first - 1 & ring.length - 1;
        ring[first] = skb;
        times[first] = time;
        count++;
        qdisc.qlen++;
    }

    /** Behind all that leave at the same time or earlier: without jitter, at the end. */
    private void putInOrder(sk_buff skb, long time) {
        makeRoom();
        int i = count++;
        qdisc.qlen++;
        while (i > 0 && times[place(i - 1)] > time) {
            ring[place(i)] = ring[place(i - 1)];
            times[place(i)] = times[place(i - 1)];
            i--;
        }
        ring[place(i)] = skb;
        times[place(i)] = time;
    }

    /** Gives what is due; else has the timer wake us when something is. */
    private sk_buff dequeue(Qdisc sch) {
        if (count == 0) {
            return null;
        }
        long time = times[first];
        if (time > Clock.now()) {
            if (!Clock.hrtimer_active(watchdog) || watchdog.expires != time) {
                Clock.hrtimer_start(watchdog, time);
            }
            return null;
        }
        sk_buff skb = ring[first];
        ring[first] = null;
        first = first + 1 & ring.length - 1;
        count--;
        qdisc.qlen--;
        qdisc_bstats_update(qdisc, skb);
        return skb;
    }

    private void watchdog(hrtimer timer) {
        __netif_schedule(qdisc);
    }

    private void reset(Qdisc sch) {
        for (int i = 0; i < count; i++) {
            kfree_skb(ring[place(i)]);
            ring[place(i)] = null;
        }
        first = 0;
        count = 0;
        qdisc.qlen = 0;
        remainder = 0;
        Clock.hrtimer_cancel(watchdog);
    }
}
