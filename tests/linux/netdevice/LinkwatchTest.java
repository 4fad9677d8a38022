// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.netdevice.Netdev.netif_carrier_ok;
import static linux.netdevice.Registry.register_netdev;
import static linux.netdevice.Xmit.dev_queue_xmit;
import static net.sch_generic.Queueing.noop_qdisc;
import static net.sch_generic.Queueing.noqueue_qdisc;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Nic.down;
import static uapi.linux.if_.Iff.*;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeDevice;
import testing.Frames;
import testing.KernelTest;
import testing.Sink;

@KernelTest
class LinkwatchTest extends DeviceEvents {
    @Nested
    class linkwatch_fire_event {
        @Test
        @DisplayName("a device that is up and loses its carrier gets no packets; with the carrier they come back")
        void carrier() {
            FakeDevice d = up();
            Linkwatch.netif_carrier_off(d.dev);
            assertThat(d.dev.operstate).isEqualTo(IF_OPER_DOWN);
            assertThat(dev_queue_xmit(Frames.to(d.dev, new byte[6], Sink.TYPE, 1))).isEqualTo(Netdev.NET_XMIT_CN);
            Linkwatch.netif_carrier_off(d.dev);
            assertThat(events).containsExactly("CHANGE");

            Linkwatch.netif_carrier_on(d.dev);
            assertThat(d.dev.operstate).isEqualTo(IF_OPER_UP);
            dev_queue_xmit(Frames.to(d.dev, new byte[6], Sink.TYPE, 1));
            Linkwatch.netif_carrier_on(d.dev);
            assertThat(events).containsExactly("CHANGE", "CHANGE");
            assertThat(d.sent).hasSize(1);
        }

        @Test
        @DisplayName("one that is down: only its state is noted; one not yet registered: nothing")
        void down() {
            FakeDevice d = registered();
            Linkwatch.netif_carrier_off(d.dev);
            assertThat(d.dev.operstate).isEqualTo(IF_OPER_DOWN);
            assertThat(events).isEmpty();
            FakeDevice n = FakeDevice.made("n", 0);
            Linkwatch.netif_carrier_off(n.dev);
            assertThat(n.dev.operstate).isEqualTo(IF_OPER_UNKNOWN);
            Linkwatch.netif_carrier_on(n.dev);
            assertThat(netif_carrier_ok(n.dev)).isTrue();
        }

        @Test
        @DisplayName("brought up without a carrier it waits for it with an inactive queue")
        void up_without() {
            FakeDevice d = registered();
            Linkwatch.netif_carrier_off(d.dev);
            Open.dev_open(d.dev);
            assertThat(d.dev._tx.qdisc).isSameAs(noop_qdisc);
            Linkwatch.netif_carrier_on(d.dev);
            assertThat(d.dev._tx.qdisc).isSameAs(noqueue_qdisc);
        }
    }

    @Nested
    class linkwatch_init_dev {
        @Test
        @DisplayName("one that comes without a carrier, or dormant, is marked so")
        void marked() {
            FakeDevice d = FakeDevice.made("x0", 0);
            Linkwatch.netif_carrier_off(d.dev);
            register_netdev(d.dev);
            assertThat(d.dev.operstate).isEqualTo(IF_OPER_DOWN);
            FakeDevice e = FakeDevice.made("x1", 0);
            e.dev.state |= 1 << net_device.__LINK_STATE_DORMANT;
            register_netdev(e.dev);
            assertThat(e.dev.operstate).isEqualTo(IF_OPER_DORMANT);
        }
    }

    @Nested
    class default_operstate {
        @Test
        @DisplayName("a device on top of another one without a carrier: it is the lower one's fault")
        void lower() {
            FakeDevice d = registered();
            d.dev.iflink = 99;
            Linkwatch.netif_carrier_off(d.dev);
            assertThat(d.dev.operstate).isEqualTo(IF_OPER_LOWERLAYERDOWN);
        }
    }
}
