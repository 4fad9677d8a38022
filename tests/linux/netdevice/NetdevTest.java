// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.skbuff.Alloc.skb_get;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_reset_mac_header;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static uapi.linux.if_.Iff.*;

import java.util.Arrays;
import linux.bug.Oops;
import linux.jiffies.Jiffies;
import linux.skbuff.sk_buff;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import net.sch_generic.Qdisc;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeDevice;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class NetdevTest extends DeviceEvents {
    @Test
    @DisplayName("what the small functions of the header say")
    void header() {
        FakeDevice d = registered();
        assertThat(Netdev.net_xmit_eval(Netdev.NET_XMIT_CN)).isZero();
        assertThat(Netdev.net_xmit_eval(Netdev.NET_XMIT_DROP)).isEqualTo(1);
        assertThat(Netdev.net_xmit_errno(Netdev.NET_XMIT_DROP)).isEqualTo(-105);
        assertThat(Netdev.net_xmit_errno(Netdev.NET_XMIT_CN)).isZero();
        assertThat(Netdev.LL_RESERVED_SPACE(d.dev)).isEqualTo(16);
        assertThat(Netdev.LL_RESERVED_SPACE_EXTRA(d.dev, 2)).isEqualTo(32);
        assertThat(Netdev.first_net_device(init_net).name).isEqualTo("lo");
        assertThat(Netdev.next_net_device(init_net.loopback_dev)).isSameAs(d.dev);
        assertThat(Netdev.next_net_device(d.dev)).isNull();
        Netdev.netif_set_gso_max_size(d.dev, 5);
        assertThat(d.dev.gso_max_size).isEqualTo(5);
    }

    @Nested
    class dev_xmit_complete {
        @Test
        @DisplayName("sent, dropped, or an error: the packet is gone; busy: it is not")
        void complete() {
            assertThat(Netdev.dev_xmit_complete(Netdev.NETDEV_TX_OK)).isTrue();
            assertThat(Netdev.dev_xmit_complete(Netdev.NET_XMIT_CN)).isTrue();
            assertThat(Netdev.dev_xmit_complete(-5)).isTrue();
            assertThat(Netdev.dev_xmit_complete(Netdev.NET_XMIT_MASK)).isFalse();
            assertThat(Netdev.dev_xmit_complete(Netdev.NETDEV_TX_BUSY)).isFalse();
        }
    }

    /** Things that are asked for packets. */
    @Nested
    class Napi {
        private final napi_struct n = new napi_struct();
        private int asked;

        @BeforeEach
        void added() {
            n.poll = (self, budget) -> {
                asked++;
                Backlog.napi_complete(self);
                return 0;
            };
            n.weight = 64;
        }

        @Nested
        class napi_disable_pending {
            @Test
            @DisplayName("somebody waits until it is not being asked")
            void pending() {
                n.state = 1 << napi_struct.NAPI_STATE_SCHED;
                assertThat(Netdev.napi_disable_pending(n)).isFalse();
                n.state |= 1 << napi_struct.NAPI_STATE_DISABLE;
                assertThat(Netdev.napi_disable_pending(n)).isTrue();
            }
        }

        @Nested
        class napi_schedule_prep {
            @Test
            @DisplayName("only once until it has been asked, and not at all if it is to be disabled")
            void once() {
                assertThat(Netdev.napi_schedule_prep(n)).isTrue();
                assertThat(n.state & 1 << napi_struct.NAPI_STATE_SCHED).isNotZero();
                assertThat(Netdev.napi_schedule_prep(n)).isFalse();

                n.state = 1 << napi_struct.NAPI_STATE_DISABLE;
                assertThat(Netdev.napi_schedule_prep(n)).isFalse();
                assertThat(n.state & 1 << napi_struct.NAPI_STATE_SCHED).isZero();
            }
        }

        @Nested
        class napi_schedule {
            @Test
            @DisplayName("the softirq asks it, once, however often it has called")
            void asked_once() {
                local_bh_disable();
                Netdev.napi_schedule(n);
                Netdev.napi_schedule(n);
                assertThat(asked).isZero();
                local_bh_enable();
                assertThat(asked).isOne();
            }
        }

        @Nested
        class napi_enable {
            @Test
            @DisplayName("it may be asked; one that may already is a bug")
            void enabled() {
                n.state = 1 << napi_struct.NAPI_STATE_SCHED;
                Netdev.napi_enable(n);
                assertThat(Netdev.napi_schedule_prep(n)).isTrue();
                n.state = 0;
                assertThatThrownBy(() -> Netdev.napi_enable(n)).isInstanceOf(Oops.class);
            }
        }
    }

    @Nested
    class netdev_get_tx_queue {
        @Test
        @DisplayName("there is one")
        void one() {
            net_device dev = registered().dev;
            assertThat(Netdev.netdev_get_tx_queue(dev, 0)).isSameAs(dev._tx).isNotNull();
        }
    }

    @Nested
    class dev_net {
        @Test
        @DisplayName("the namespace that it was put into")
        void namespace() {
            net other = NetNs.create("other");
            assertThat(Netdev.dev_net(other.loopback_dev)).isSameAs(other);
            assertThat(Netdev.dev_net(registered().dev)).isSameAs(init_net);
        }
    }

    @Nested
    class dev_net_set {
        @Test
        @DisplayName("puts it into a namespace")
        void put() {
            net other = NetNs.create("other");
            net_device dev = new net_device();
            Netdev.dev_net_set(dev, other);
            assertThat(dev.nd_net).isSameAs(other);
            Netdev.dev_net_set(dev, init_net);
            assertThat(dev.nd_net).isSameAs(init_net);
        }
    }

    @Nested
    class netdev_priv {
        @Test
        @DisplayName("what the driver keeps of it")
        void kept() {
            net_device dev = Registry.alloc_netdev("mine", "x0", d -> {});
            assertThat(Netdev.netdev_priv(dev)).isEqualTo("mine");
        }
    }

    @Nested
    class next_net_device {
        @Test
        @DisplayName("in the order in which they came, in their namespace")
        void order() {
            net_device x = registered().dev;
            NetNs.create("other");
            assertThat(Netdev.next_net_device(init_net.loopback_dev)).isSameAs(x);
            assertThat(Netdev.next_net_device(x)).isNull();
        }
    }

    @Nested
    class first_net_device {
        @Test
        @DisplayName("the loopback; in a namespace without any, none")
        void loopback() {
            net other = NetNs.create("other");
            assertThat(Netdev.first_net_device(other)).isSameAs(other.loopback_dev);
            assertThat(Netdev.first_net_device(new net("empty"))).isNull();
        }
    }

    @Nested
    class dev_hard_header {
        @Test
        @DisplayName("the link header that the device's kind of link has; none, if it has none")
        void header() {
            net_device dev = registered().dev;
            sk_buff skb = Skbs.linear(10);
            byte[] to = {2, 0, 0, 0, 0, 9};

            assertThat(Netdev.dev_hard_header(skb, dev, 0x88b5, to, null, skb.len)).isEqualTo(14);
            assertThat(skb.len).isEqualTo(24);
            assertThat(Arrays.copyOfRange(skb.head, skb.data, skb.data + 6)).isEqualTo(to);
            assertThat(skb.head[skb.data + 12]).isEqualTo((byte) 0x88);

            header_ops none = new header_ops();
            dev.header_ops = none;
            assertThat(Netdev.dev_hard_header(skb, dev, 0x88b5, to, null, skb.len)).isZero();
            dev.header_ops = null;
            assertThat(Netdev.dev_hard_header(skb, dev, 0x88b5, to, null, skb.len)).isZero();
            assertThat(skb.len).isEqualTo(24);
            kfree_skb(skb);
        }
    }

    @Nested
    class dev_parse_header {
        @Test
        @DisplayName("who has sent it, as its link header says")
        void sender() {
            net_device dev = registered().dev;
            sk_buff skb = Skbs.linear(10);
            skb.dev = dev;
            Netdev.dev_hard_header(skb, dev, 0x88b5, new byte[6], new byte[] {2, 3, 4, 5, 6, 7}, skb.len);
            skb_reset_mac_header(skb);
            byte[] haddr = new byte[6];

            assertThat(Netdev.dev_parse_header(skb, haddr)).isEqualTo(6);
            assertThat(haddr).isEqualTo(new byte[] {2, 3, 4, 5, 6, 7});

            dev.header_ops = null;
            assertThat(Netdev.dev_parse_header(skb, haddr)).isZero();
            kfree_skb(skb);
        }
    }

    /** The queue of a driver that has had no room. */
    @Nested
    class Stopped {
        private net_device dev;
        private int ran;

        @BeforeEach
        void stopped() {
            dev = up().dev;
            Qdisc q = new Qdisc("test");
            q.enqueue = (skb, self) -> 0;
            q.dequeue = self -> {
                ran++;
                return null;
            };
            q.dev_queue = dev._tx;
            dev._tx.qdisc = q;
            Netdev.netif_stop_queue(dev);
        }

        @Nested
        class netif_stop_queue {
            @Test
            @DisplayName("the driver gets no more packets")
            void no_more() {
                assertThat(dev._tx.state).isEqualTo(1 << netdev_queue.__QUEUE_STATE_DRV_XOFF);
            }
        }

        @Nested
        class netif_queue_stopped {
            @Test
            @DisplayName("by the driver, not by the stack")
            void by_the_driver() {
                assertThat(Netdev.netif_queue_stopped(dev)).isTrue();
                dev._tx.state = 1 << netdev_queue.__QUEUE_STATE_STACK_XOFF;
                assertThat(Netdev.netif_queue_stopped(dev)).isFalse();
            }
        }

        @Nested
        class netif_xmit_stopped {
            @Test
            @DisplayName("by the driver or by the stack; frozen is something else")
            void by_any() {
                assertThat(Netdev.netif_xmit_stopped(dev._tx)).isTrue();
                dev._tx.state = 1 << netdev_queue.__QUEUE_STATE_STACK_XOFF;
                assertThat(Netdev.netif_xmit_stopped(dev._tx)).isTrue();
                dev._tx.state = 1 << netdev_queue.__QUEUE_STATE_FROZEN;
                assertThat(Netdev.netif_xmit_stopped(dev._tx)).isFalse();
            }
        }

        @Nested
        class netif_xmit_frozen_or_stopped {
            @Test
            @DisplayName("or frozen")
            void by_any() {
                assertThat(Netdev.netif_xmit_frozen_or_stopped(dev._tx)).isTrue();
                dev._tx.state = 1 << netdev_queue.__QUEUE_STATE_FROZEN;
                assertThat(Netdev.netif_xmit_frozen_or_stopped(dev._tx)).isTrue();
                dev._tx.state = 0;
                assertThat(Netdev.netif_xmit_frozen_or_stopped(dev._tx)).isFalse();
            }
        }

        @Nested
        class netif_wake_queue {
            @Test
            @DisplayName("there is room again: the queue goes on")
            void woken() {
                Netdev.netif_wake_queue(dev);
                local_bh_disable();
                local_bh_enable();
                assertThat(Netdev.netif_queue_stopped(dev)).isFalse();
                assertThat(ran).isOne();
            }
        }

        @Nested
        class netif_tx_wake_queue {
            @Test
            @DisplayName("one that was not stopped is left alone")
            void once() {
                local_bh_disable();
                Netdev.netif_tx_wake_queue(dev._tx);
                Netdev.netif_tx_wake_queue(dev._tx);
                local_bh_enable();
                assertThat(ran).isOne();
                local_bh_disable();
                Netdev.netif_tx_wake_queue(dev._tx);
                local_bh_enable();
                assertThat(ran).isOne();
            }
        }
    }

    @Nested
    class netif_running {
        @Test
        @DisplayName("it is switched on")
        void on() {
            net_device dev = registered().dev;
            assertThat(Netdev.netif_running(dev)).isFalse();
            Open.dev_open(dev);
            assertThat(Netdev.netif_running(dev)).isTrue();
        }
    }

    /** Packets freed where one cannot know whether this is an interrupt. */
    @Nested
    class Freed {
        private sk_buff skb;

        @BeforeEach
        void held() {
            skb = skb_get(Skbs.linear(1));
        }

        @AfterEach
        void once() {
            assertThat(skb.users).isEqualTo(1);
            kfree_skb(skb);
        }

        @Nested
        class dev_kfree_skb_irq {
            @Test
            @DisplayName("it was dropped")
            void freed() {
                Netdev.dev_kfree_skb_irq(skb);
            }
        }

        @Nested
        class dev_consume_skb_irq {
            @Test
            @DisplayName("it was sent")
            void freed() {
                Netdev.dev_consume_skb_irq(skb);
            }
        }

        @Nested
        class dev_kfree_skb_any {
            @Test
            @DisplayName("it was dropped")
            void freed() {
                Netdev.dev_kfree_skb_any(skb);
            }
        }

        @Nested
        class dev_consume_skb_any {
            @Test
            @DisplayName("it was sent")
            void freed() {
                Netdev.dev_consume_skb_any(skb);
            }
        }
    }

    @Nested
    class dev_hold {
        @Test
        @DisplayName("one more holds it")
        void held() {
            net_device dev = new net_device();
            Netdev.dev_hold(dev);
            Netdev.dev_hold(dev);
            assertThat(dev.refcnt).isEqualTo(2);
        }
    }

    @Nested
    class dev_put {
        @Test
        @DisplayName("one less holds it")
        void put() {
            net_device dev = new net_device();
            dev.refcnt = 5;
            Netdev.dev_put(dev);
            assertThat(dev.refcnt).isEqualTo(4);
        }
    }

    @Nested
    class netif_carrier_ok {
        @Test
        @DisplayName("unless the driver has said that there is none")
        void carrier() {
            net_device dev = new net_device();
            assertThat(Netdev.netif_carrier_ok(dev)).isTrue();
            dev.state = 1 << net_device.__LINK_STATE_NOCARRIER;
            assertThat(Netdev.netif_carrier_ok(dev)).isFalse();
        }
    }

    @Nested
    class netif_dormant {
        @Test
        @DisplayName("waits for something outside")
        void dormant() {
            net_device dev = new net_device();
            assertThat(Netdev.netif_dormant(dev)).isFalse();
            dev.state = 1 << net_device.__LINK_STATE_DORMANT;
            assertThat(Netdev.netif_dormant(dev)).isTrue();
        }
    }

    @Nested
    class netif_oper_up {
        @Test
        @DisplayName("up, or nobody knows")
        void up() {
            net_device dev = new net_device();
            for (int state = 0; state <= 6; state++) {
                dev.operstate = state;
                assertThat(Netdev.netif_oper_up(dev)).as("RFC 2863 state %d", state).isEqualTo(state == 6 || state == 0);
            }
        }
    }

    @Nested
    class netif_device_present {
        @Test
        @DisplayName("it has been registered, and nobody has pulled it out")
        void present() {
            assertThat(Netdev.netif_device_present(new net_device())).isFalse();
            assertThat(Netdev.netif_device_present(registered().dev)).isTrue();
        }
    }

    @Nested
    class __netif_tx_lock {
        @Test
        @DisplayName("says who is inside the driver")
        void locked() {
            netdev_queue q = registered().dev._tx;
            Netdev.__netif_tx_lock(q, 0);
            assertThat(q.xmit_lock_owner).isZero();
            Netdev.__netif_tx_unlock(q);
        }
    }

    @Nested
    class __netif_tx_unlock {
        @Test
        @DisplayName("nobody is inside")
        void unlocked() {
            netdev_queue q = registered().dev._tx;
            q.xmit_lock_owner = 0;
            Netdev.__netif_tx_unlock(q);
            assertThat(q.xmit_lock_owner).isEqualTo(-1);
        }
    }

    @Nested
    class txq_trans_update {
        @Test
        @DisplayName("notes when a packet was sent, unless the driver does without the lock")
        void noted() {
            netdev_queue q = registered().dev._tx;
            q.trans_start = 5;
            Netdev.txq_trans_update(q);
            assertThat(q.trans_start).isEqualTo(5);
            q.xmit_lock_owner = 0;
            Netdev.txq_trans_update(q);
            assertThat(q.trans_start).isEqualTo(Jiffies.jiffies);
            q.xmit_lock_owner = -1;
        }
    }

    @Nested
    class netif_set_gso_max_size {
        @Test
        @DisplayName("the largest packet that it takes")
        void set() {
            net_device dev = registered().dev;
            Netdev.netif_set_gso_max_size(dev, 5000);
            assertThat(dev.gso_max_size).isEqualTo(5000);
        }
    }
}
