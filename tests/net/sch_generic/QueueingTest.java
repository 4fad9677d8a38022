// SPDX-License-Identifier: GPL-2.0-only
package net.sch_generic;

import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.netdevice.Netdev.NETDEV_TX_LOCKED;
import static linux.netdevice.Netdev.NET_XMIT_CN;
import static linux.netdevice.Netdev.NET_XMIT_DROP;
import static linux.netdevice.Netdev.netif_stop_queue;
import static linux.netdevice.Netdev.netif_wake_queue;
import static linux.netdevice.Open.dev_close;
import static linux.netdevice.Open.dev_open;
import static linux.netdevice.Xmit.dev_queue_xmit;
import static linux.skbuff.Free.kfree_skb;
import static net.dst.Garbage.busy;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Nic.down;

import java.util.ArrayDeque;
import linux.netdevice.Backlog;
import linux.netdevice.Registry;
import linux.netdevice.Xmit;
import linux.printk.Printk;
import linux.sched.Sched;
import linux.skbuff.Alloc;
import linux.skbuff.sk_buff;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeDevice;
import testing.Frames;
import testing.KernelTest;
import testing.Sink;

@KernelTest
class QueueingTest {
    private FakeDevice d;
    private final ArrayDeque<sk_buff> held = new ArrayDeque<>();
    private final Qdisc q = new Qdisc("fifo");

    @BeforeEach
    void setUp() {
        d = FakeDevice.up("x0", 0);
        q.enqueue = (skb, self) -> {
            held.add(skb);
            self.qlen++;
            return 0;
        };
        q.dequeue = self -> {
            if (!held.isEmpty()) {
                self.qlen--;
            }
            return held.poll();
        };
        q.reset = self -> {
            held.forEach(s -> kfree_skb(s));
            held.clear();
            self.qlen = 0;
        };
    }

    @AfterEach
    void remove() {
        Registry.unregister_netdev(d.dev);
    }

    private sk_buff packet() {
        return Frames.to(d.dev, new byte[6], Sink.TYPE, 10);
    }

    @Nested
    class qdisc_run_begin {
        @Test
        @DisplayName("one at a time")
        void one() {
            assertThat(Queueing.qdisc_run_begin(q)).isTrue();
            assertThat(Queueing.qdisc_run_begin(q)).isFalse();
            Queueing.qdisc_run_end(q);
            assertThat(Queueing.qdisc_is_running(q)).isFalse();
            assertThat(Queueing.qdisc_run_begin(q)).isTrue();
        }
    }

    @Nested
    class qdisc_bstats_update {
        @Test
        @DisplayName("counts the length on the wire, and segments")
        void counted() {
            sk_buff skb = packet();
            Queueing.qdisc_skb_cb(skb).pkt_len = 77;
            Queueing.qdisc_bstats_update(q, skb);
            skb.shinfo.gso_size = 5;
            skb.shinfo.gso_segs = 3;
            Queueing.qdisc_bstats_update(q, skb);
            assertThat(q.bytes).isEqualTo(154);
            assertThat(q.packets).isEqualTo(4);
            assertThat(Queueing.qdisc_qlen(q)).isZero();
            kfree_skb(skb);
        }
    }

    @Nested
    class qdisc_drop {
        @Test
        @DisplayName("frees and counts")
        void dropped() {
            assertThat(Queueing.qdisc_drop(packet(), q)).isEqualTo(NET_XMIT_DROP);
            assertThat(q.drops).isOne();
            assertThat(Alloc.liveSkbs()).isZero();
        }
    }

    @Nested
    class sch_direct_xmit {
        @Test
        @DisplayName("the driver has no room: the packet is put back and tried again by the softirq")
        void busy() {
            Queueing.graft(d.dev, q);
            d.refuse = 2;
            dev_queue_xmit(packet());
            assertThat(d.sent).hasSize(1);
            assertThat(q.requeues).isEqualTo(2);
            assertThat(q.qlen).isZero();
        }

        @Test
        @DisplayName("the driver's queue is stopped: nothing is tried until it wakes up")
        void stopped() {
            Queueing.graft(d.dev, q);
            netif_stop_queue(d.dev);
            dev_queue_xmit(packet());
            dev_queue_xmit(packet());
            assertThat(d.sent).isEmpty();
            assertThat(q.qlen).isEqualTo(2);
            local_bh_disable();
            netif_wake_queue(d.dev);
            local_bh_enable();
            assertThat(d.sent).hasSize(2);
        }

        @Test
        @DisplayName("a driver that is locked by itself: the packet is dropped, with a complaint")
        void locked() {
            Queueing.graft(d.dev, q);
            d.ops.ndo_start_xmit = (skb, dev) -> NETDEV_TX_LOCKED;
            dev_queue_xmit(packet());
            assertThat(Printk.dmesg().toString()).contains("Dead loop on netdevice x0");
            assertThat(Alloc.liveSkbs()).isZero();
        }

        @Test
        @DisplayName("a driver that returns nonsense is complained about, and the packet kept")
        void nonsense() {
            Queueing.graft(d.dev, q);
            int[] times = new int[1];
            d.ops.ndo_start_xmit = (skb, dev) -> {
                if (times[0]++ == 0) {
                    return 0x55;
                }
                kfree_skb(skb);
                return 0;
            };
            local_bh_disable();
            dev_queue_xmit(packet());
            assertThat(Printk.dmesg().toString()).contains("BUG x0 code 85 qlen 0");
            assertThat(q.qlen).isOne();
            local_bh_enable();
            assertThat(times[0]).isEqualTo(2);
        }
    }

    @Nested
    class __qdisc_run {
        @Test
        @DisplayName("after dev_weight packets the softirq goes on with it")
        void quota() {
            Queueing.graft(d.dev, q);
            Backlog.weight_p = 3;
            for (int i = 0; i < 7; i++) {
                q.enqueue.call(packet(), q);
            }
            local_bh_disable();
            Queueing.qdisc_run(q);
            assertThat(d.sent).hasSize(3);
            local_bh_enable();
            assertThat(d.sent).hasSize(7);
            assertThat(Queueing.qdisc_is_running(q)).isFalse();
        }

        @Test
        @DisplayName("a queue that somebody sends from is left to him")
        void running() {
            Queueing.graft(d.dev, q);
            q.enqueue.call(packet(), q);
            Queueing.qdisc_run_begin(q);
            Queueing.qdisc_run(q);
            assertThat(d.sent).isEmpty();
            Queueing.qdisc_run_end(q);
            Queueing.qdisc_run(q);
            assertThat(d.sent).hasSize(1);
        }
    }

    @Nested
    class noop_enqueue {
        @Test
        @DisplayName("packets vanish, and the sender is told of congestion")
        void vanish() {
            assertThat(Queueing.noop_enqueue(packet(), Queueing.noop_qdisc)).isEqualTo(NET_XMIT_CN);
            assertThat(Queueing.noop_dequeue(Queueing.noop_qdisc)).isNull();
            assertThat(Alloc.liveSkbs()).isZero();
        }
    }

    @Nested
    class qdisc_reset {
        @Test
        @DisplayName("drops what it holds, and what the driver did not take")
        void dropped() {
            Queueing.graft(d.dev, q);
            netif_stop_queue(d.dev);
            q.enqueue.call(packet(), q);
            q.gso_skb = packet();
            q.qlen++;
            Queueing.qdisc_reset(q);
            assertThat(q.qlen).isZero();
            assertThat(Alloc.liveSkbs()).isZero();
            Queueing.qdisc_reset(new Qdisc("nothing to reset"));
            netif_wake_queue(d.dev);
        }
    }

    @Nested
    class graft {
        @Test
        @DisplayName("the queue is in front of the device, until another one or none is")
        void grafted() {
            Queueing.graft(d.dev, q);
            assertThat(d.dev.qdisc).isSameAs(q);
            assertThat(d.dev._tx.qdisc).isSameAs(q);
            assertThat(q.dev_queue).isSameAs(d.dev._tx);
            netif_stop_queue(d.dev);
            dev_queue_xmit(packet());
            netif_wake_queue(d.dev);
            Queueing.graft(d.dev, null);
            assertThat(held).as("what was in it is dropped").isEmpty();
            assertThat(d.dev.qdisc).isSameAs(Queueing.noqueue_qdisc);
            dev_queue_xmit(packet());
            assertThat(d.sent).hasSize(1);
        }

        @Test
        @DisplayName("on a device that is down it is there when that comes up")
        void down() {
            dev_close(d.dev);
            Queueing.graft(d.dev, q);
            assertThat(d.dev._tx.qdisc).isSameAs(Queueing.noop_qdisc);
            dev_open(d.dev);
            assertThat(d.dev._tx.qdisc).isSameAs(q);
        }
    }

    @Nested
    class dev_deactivate {
        @Test
        @DisplayName("what the queue holds is dropped, and it takes nothing while the device is down")
        void dropped() {
            Queueing.graft(d.dev, q);
            netif_stop_queue(d.dev);
            dev_queue_xmit(packet());
            dev_close(d.dev);
            assertThat(held).isEmpty();
            assertThat(q.state & 1 << Qdisc.__QDISC_STATE_DEACTIVATED).isNotZero();
            netif_wake_queue(d.dev);
            dev_open(d.dev);
            assertThat(q.state & 1 << Qdisc.__QDISC_STATE_DEACTIVATED).isZero();
            dev_queue_xmit(packet());
            assertThat(d.sent).hasSize(1);
        }

        @Test
        @DisplayName("waits until nobody sends from it any more")
        void busy() {
            Queueing.graft(d.dev, q);
            Queueing.qdisc_run_begin(q);
            Sched.kthread_run("sender", () -> Queueing.qdisc_run_end(q));
            dev_close(d.dev);
            assertThat(Queueing.qdisc_is_running(q)).isFalse();
        }
    }

    @Nested
    class dev_shutdown {
        @Test
        @DisplayName("a device that goes away takes its queue with it")
        void gone() {
            FakeDevice e = FakeDevice.up("x1", 0);
            Queueing.graft(e.dev, q);
            netif_stop_queue(e.dev);
            dev_queue_xmit(Frames.to(e.dev, new byte[6], Sink.TYPE, 10));
            Registry.unregister_netdev(e.dev);
            assertThat(held).isEmpty();
            assertThat(e.dev.qdisc).isSameAs(Queueing.noop_qdisc);
        }
    }

    @Test
    @DisplayName("a queue that was scheduled and is empty by then does no harm")
    void scheduled_empty() {
        Queueing.graft(d.dev, q);
        local_bh_disable();
        Xmit.__netif_schedule(q);
        local_bh_enable();
        assertThat(d.sent).isEmpty();
    }
}
