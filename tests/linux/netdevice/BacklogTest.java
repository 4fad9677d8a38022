// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.interrupt.Softirq.local_softirq_pending;
import static linux.netdevice.Netdev.NET_RX_DROP;
import static linux.netdevice.Netdev.NET_RX_SUCCESS;
import static linux.netdevice.Netdev.napi_disable;
import static linux.netdevice.Netdev.napi_enable;
import static linux.netdevice.Netdev.napi_schedule;
import static linux.netdevice.Netdev.napi_schedule_prep;
import static linux.netdevice.Open.dev_open;
import static linux.netdevice.Xmit.softnet_data;
import static linux.netdevice.napi_struct.NAPI_STATE_SCHED;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static testing.Ipv4.later;

import java.util.ArrayList;
import java.util.List;
import linux.bug.Oops;
import linux.etherdevice.Ethernet;
import linux.list.Lists;
import linux.sched.Sched;
import linux.skbuff.sk_buff;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeDevice;
import testing.Frames;
import testing.KernelTest;
import testing.Sink;

@KernelTest
class BacklogTest {
    private net_device lo;
    private Sink sink;

    @BeforeEach
    void setUp() {
        lo = init_net.loopback_dev;
        dev_open(lo);
        sink = Sink.open();
    }

    /** A packet as a driver has received it. */
    private sk_buff received(net_device dev, int n) {
        sk_buff skb = Frames.to(dev, dev.dev_addr, Sink.TYPE, n);
        skb.protocol = Ethernet.eth_type_trans(skb, dev);
        return skb;
    }

    @Nested
    class netif_rx {
        @Test
        @DisplayName("leaves the packet to the softirq: it runs when bottom halves are enabled")
        void deferred() {
            local_bh_disable();
            assertThat(Backlog.netif_rx(received(lo, 10))).isEqualTo(NET_RX_SUCCESS);
            assertThat(sink.got).isEmpty();

            local_bh_enable();

            assertThat(sink.got).hasSize(1);
        }

        @Test
        @DisplayName("in a task nothing runs the softirq: the packet waits for the next one who does")
        void not_for_tasks() {
            Backlog.netif_rx(received(lo, 10));
            assertThat(sink.got).isEmpty();
            assertThat(local_softirq_pending()).isTrue();

            local_bh_disable();
            local_bh_enable();

            assertThat(sink.got).hasSize(1);
        }
    }

    @Nested
    class netif_rx_ni {
        @Test
        @DisplayName("in a task runs the softirq itself")
        void at_once() {
            assertThat(Backlog.netif_rx_ni(received(lo, 10))).isEqualTo(NET_RX_SUCCESS);

            assertThat(sink.got).hasSize(1);
            assertThat(sink.got.get(0).inSoftirq()).isTrue();
        }

        @Test
        @DisplayName("with bottom halves disabled leaves it to those who enable them")
        void later() {
            local_bh_disable();
            Backlog.netif_rx_ni(received(lo, 10));
            assertThat(sink.got).isEmpty();
            local_bh_enable();
            assertThat(sink.got).hasSize(1);
        }
    }

    @Nested
    class netif_rx_internal {
        @Test
        @DisplayName("takes the time of arrival while somebody wants it")
        void stamped() {
            long[] stamps = new long[2];
            sink.also = skb -> stamps[sink.got.size() - 1] = skb.tstamp;
            Backlog.netif_rx_ni(received(lo, 1));
            Timestamps.net_enable_timestamp();
            Backlog.netif_rx_ni(received(lo, 1));
            Timestamps.net_disable_timestamp();

            assertThat(stamps[0]).isZero();
            assertThat(stamps[1]).isEqualTo(linux.hrtimer.Clock.ktime_get_real());
        }
    }

    @Nested
    class enqueue_to_backlog {
        @Test
        @DisplayName("netdev_max_backlog and one more fit; the rest is dropped and counted, at the CPU and at the device")
        void overflow() {
            Backlog.netdev_max_backlog = 5;
            local_bh_disable();
            List<Integer> results = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                results.add(Backlog.enqueue_to_backlog(received(lo, i)));
            }
            local_bh_enable();

            assertThat(results).containsExactly(0, 0, 0, 0, 0, 0, NET_RX_DROP, NET_RX_DROP);
            assertThat(sink.got).hasSize(6);
            assertThat(softnet_data.dropped).isEqualTo(2);
            assertThat(lo.rx_dropped).isEqualTo(2);
        }

        @Test
        @DisplayName("puts the backlog on the list of those to be asked once, however many packets come")
        void scheduled_once() {
            local_bh_disable();
            Backlog.enqueue_to_backlog(received(lo, 1));
            Backlog.enqueue_to_backlog(received(lo, 2));

            assertThat(softnet_data.poll_list.next).isSameAs(softnet_data.backlog.poll_list);
            assertThat(softnet_data.poll_list.prev).isSameAs(softnet_data.backlog.poll_list);
            local_bh_enable();
            assertThat(Lists.list_empty(softnet_data.poll_list)).isTrue();
            assertThat(softnet_data.backlog.state).isZero();
        }
    }

    @Nested
    class process_backlog {
        @Test
        @DisplayName("stops at its quota and stays on the list; the rest waits in its own queue")
        void quota() {
            local_bh_disable();
            for (int i = 0; i < 5; i++) {
                Backlog.netif_rx(received(lo, i));
            }

            assertThat(Backlog.process_backlog(softnet_data.backlog, 3)).isEqualTo(3);

            assertThat(sink.got).hasSize(3);
            assertThat(softnet_data.process_queue.qlen).isEqualTo(2);
            assertThat(softnet_data.backlog.state & 1 << NAPI_STATE_SCHED).isNotZero();
            local_bh_enable();
            assertThat(sink.got).hasSize(5);
        }

        @Test
        @DisplayName("works in the order of arrival, and on what comes meanwhile too")
        void in_order() {
            sink.also = skb -> {
                if (sink.got.size() == 1) {
                    Backlog.netif_rx(received(lo, 33));
                }
            };
            local_bh_disable();
            Backlog.netif_rx(received(lo, 11));
            Backlog.netif_rx(received(lo, 22));
            local_bh_enable();

            assertThat(sink.got).extracting(g -> g.bytes().length).containsExactly(11, 22, 33);
        }

        @Test
        @DisplayName("takes the weight that is set now")
        void weight() {
            Backlog.weight_p = 7;
            Backlog.netif_rx_ni(received(lo, 1));
            assertThat(softnet_data.backlog.weight).isEqualTo(7);
        }
    }

    @Nested
    class flush_backlog {
        @Test
        @DisplayName("drops what a device has received that goes away, and nothing else, wherever it waits")
        void flushed() {
            FakeDevice other = FakeDevice.up("x0", 0);
            local_bh_disable();
            Backlog.netif_rx(received(lo, 1));
            Backlog.netif_rx(received(other.dev, 2));
            Backlog.netif_rx(received(lo, 3));
            Backlog.process_backlog(softnet_data.backlog, 1);
            Backlog.netif_rx(received(other.dev, 4));
            Backlog.netif_rx(received(lo, 5));

            Backlog.flush_backlog(other.dev);
            local_bh_enable();

            assertThat(sink.got).extracting(g -> g.bytes().length).containsExactly(1, 3, 5);
        }
    }

    @Nested
    class net_rx_action {
        @Test
        @DisplayName("handles no more than the budget in one go; it stays pending, and ksoftirqd goes on with it in the end")
        void budget() {
            Backlog.netdev_budget = 64;
            local_bh_disable();
            for (int i = 0; i < 900; i++) {
                Backlog.netif_rx(received(lo, 1));
            }
            local_bh_enable();

            assertThat(sink.got).as("ten rounds of 64").hasSize(640);
            assertThat(softnet_data.time_squeeze).isEqualTo(10);
            assertThat(local_softirq_pending()).isTrue();
            Sched.msleep(1);
            assertThat(sink.got).hasSize(900);
        }

        @Test
        @DisplayName("asks in turn: who has used up its weight goes to the end of the list")
        void round_robin() {
            FakeDevice d = FakeDevice.up("x0", 0);
            List<String> asked = new ArrayList<>();
            napi_struct a = new napi_struct();
            napi_struct b = new napi_struct();
            int[] left = {3, 1};
            Backlog.netif_napi_add(d.dev, a, (napi, budget) -> ask(asked, "a", left, 0, napi), 1);
            Backlog.netif_napi_add(d.dev, b, (napi, budget) -> ask(asked, "b", left, 1, napi), 1);
            napi_enable(a);
            napi_enable(b);
            local_bh_disable();
            napi_schedule(a);
            napi_schedule(b);
            local_bh_enable();

            assertThat(asked).containsExactly("a", "b", "a", "b", "a", "a");
            assertThat(Lists.list_empty(softnet_data.poll_list)).isTrue();
            Registry.unregister_netdev(d.dev);
        }

        private int ask(List<String> asked, String name, int[] left, int i, napi_struct napi) {
            asked.add(name);
            if (left[i] == 0) {
                Backlog.napi_complete(napi);
                return 0;
            }
            left[i]--;
            return 1;
        }
    }

    @Nested
    class __napi_schedule {
        @Test
        @DisplayName("has the softirq ask")
        void asked() {
            napi_struct n = new napi_struct();
            int[] asked = new int[1];
            Backlog.netif_napi_add(lo, n, (napi, budget) -> {
                asked[0]++;
                Backlog.napi_complete(napi);
                return 0;
            }, 64);
            napi_enable(n);
            assertThat(napi_schedule_prep(n)).isTrue();
            assertThat(napi_schedule_prep(n)).as("already").isFalse();
            local_bh_disable();
            Backlog.__napi_schedule(n);
            local_bh_enable();

            assertThat(asked[0]).isOne();
            Backlog.netif_napi_del(n);
        }
    }

    @Nested
    class __napi_complete {
        @Test
        @DisplayName("is only for one that is being asked, and holds no packets")
        void checked() {
            napi_struct n = new napi_struct();
            assertThatThrownBy(() -> Backlog.__napi_complete(n)).isInstanceOf(Oops.class);
            n.state = 1 << NAPI_STATE_SCHED;
            n.gro_list.val = new sk_buff();
            assertThatThrownBy(() -> Backlog.__napi_complete(n)).isInstanceOf(Oops.class);
        }
    }

    @Nested
    class napi_complete {
        @Test
        @DisplayName("it is not being asked any more")
        void done() {
            napi_struct n = new napi_struct();
            n.state = 1 << NAPI_STATE_SCHED;
            Lists.list_add_tail(n.poll_list, softnet_data.poll_list);

            Backlog.napi_complete(n);

            assertThat(n.state).isZero();
            assertThat(Lists.list_empty(softnet_data.poll_list)).isTrue();
        }
    }

    @Nested
    class netif_napi_add {
        @Test
        @DisplayName("is known to its device, and disabled at first")
        void disabled() {
            napi_struct n = new napi_struct();
            Backlog.netif_napi_add(lo, n, (napi, budget) -> 0, 32);

            assertThat(lo.napi_list.next.owner).isSameAs(n);
            assertThat(n.weight).isEqualTo(32);
            assertThat(napi_schedule_prep(n)).isFalse();
            Backlog.netif_napi_del(n);
        }

        @Test
        @DisplayName("a weight above 64 is complained about")
        void too_heavy() {
            napi_struct n = new napi_struct();
            Backlog.netif_napi_add(lo, n, (napi, budget) -> 0, 65);
            assertThat(linux.printk.Printk.dmesg().toString()).contains("weight 65");
            Backlog.netif_napi_del(n);
        }
    }

    @Nested
    class netif_napi_del {
        @Test
        @DisplayName("packets that it holds are freed")
        void freed() {
            napi_struct n = new napi_struct();
            Backlog.netif_napi_add(lo, n, (napi, budget) -> 0, 32);
            n.gro_list.val = received(lo, 1);
            n.gro_list.val.next = received(lo, 1);
            n.gro_count = 2;

            Backlog.netif_napi_del(n);

            assertThat(n.gro_count).isZero();
            assertThat(Lists.list_empty(lo.napi_list)).isTrue();
        }
    }

    @Nested
    class napi_disable {
        @Test
        @DisplayName("a disabled one cannot be scheduled; disabling waits until it is not being asked")
        void waits() {
            napi_struct n = new napi_struct();
            napi_enable(stateSched(n));
            assertThat(napi_schedule_prep(n)).isTrue();
            Sched.kthread_run("poll", () -> {
                Sched.msleep(5);
                n.state &= ~(1 << NAPI_STATE_SCHED);
            });
            long before = linux.hrtimer.Clock.now();
            napi_disable(n);

            assertThat(linux.hrtimer.Clock.now() - before).isGreaterThanOrEqualTo(5_000_000);
            assertThat(napi_schedule_prep(n)).isFalse();
            napi_enable(n);
            assertThat(napi_schedule_prep(n)).isTrue();
        }

        private napi_struct stateSched(napi_struct n) {
            n.state = 1 << NAPI_STATE_SCHED;
            return n;
        }
    }

    @Nested
    class ____napi_schedule {
        @Test
        @DisplayName("puts it last on the list and marks the softirq")
        void last() {
            napi_struct a = new napi_struct();
            napi_struct b = new napi_struct();
            local_bh_disable();
            Backlog.____napi_schedule(softnet_data, a);
            Backlog.____napi_schedule(softnet_data, b);

            assertThat(softnet_data.poll_list.next.owner).isSameAs(a);
            assertThat(softnet_data.poll_list.prev.owner).isSameAs(b);
            assertThat(local_softirq_pending()).isTrue();
            Lists.list_del(a.poll_list);
            Lists.list_del(b.poll_list);
            local_bh_enable();
        }
    }

    @Test
    @DisplayName("a machine that booted anew has an empty backlog and the defaults of the kernel")
    void fresh() {
        assertThat(Backlog.netdev_max_backlog).isEqualTo(1000);
        assertThat(Backlog.netdev_budget).isEqualTo(300);
        assertThat(Backlog.weight_p).isEqualTo(64);
        assertThat(softnet_data.input_pkt_queue.qlen).isZero();
    }

    @Test
    @DisplayName("the sysctls of net.core set them")
    void sysctls() {
        assertThat(init_net.sysctls.read("net.core.netdev_max_backlog")).isEqualTo("1000");
        assertThat(init_net.sysctls.write("net.core.netdev_max_backlog", "1")).isZero();
        assertThat(init_net.sysctls.write("net.core.netdev_budget", "2")).isZero();
        assertThat(init_net.sysctls.write("net.core.dev_weight", "3")).isZero();
        assertThat(init_net.sysctls.write("net.core.netdev_tstamp_prequeue", "0")).isZero();
        assertThat(Backlog.netdev_max_backlog).isEqualTo(1);
        assertThat(Backlog.netdev_budget).isEqualTo(2);
        assertThat(Backlog.weight_p).isEqualTo(3);
        assertThat(Backlog.netdev_tstamp_prequeue).isZero();
    }
}
