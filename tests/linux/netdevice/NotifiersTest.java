// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.netdevice.DeviceEvents.NAMES;
import static linux.printk.Printk.listener;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.if_.Iff.*;

import java.util.ArrayList;
import java.util.List;
import linux.notifier.Notifier;
import linux.notifier.notifier_block;
import net.net_namespace.NetNs;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeDevice;
import testing.KernelTest;

@KernelTest
class NotifiersTest extends DeviceEvents {
    @Nested
    class register_netdevice_notifier {
        private final List<String> heard = new ArrayList<>();

        /** What it is told; {@code lo} may be up or not. */
        private int hear(long event, Object data) {
            String name = Notifiers.netdev_notifier_info_to_dev(data).name;
            if (!name.equals("lo") || event == Notifiers.NETDEV_REGISTER || event == Notifiers.NETDEV_UNREGISTER) {
                heard.add(NAMES[(int) event] + " " + name);
            }
            return 0;
        }

        @Test
        @DisplayName("is told of what there is already: REGISTER for each, UP for those that are up, in all namespaces")
        void replay() {
            up();
            NetNs.create("other");
            Notifiers.register_netdevice_notifier(new notifier_block((nb, event, data) -> hear(event, data)));
            assertThat(heard).containsExactly("REGISTER lo", "REGISTER x0", "UP x0", "REGISTER lo");
        }

        @Test
        @DisplayName("objects to one of them: what it was told is taken back, and it is not registered")
        void objection() {
            up();
            FakeDevice.up("x1", 0);
            int err = Notifiers.register_netdevice_notifier(new notifier_block((nb, event, data) -> {
                hear(event, data);
                return heard.contains("REGISTER x1") ? Notifier.notifier_from_errno(-9) : 0;
            }));
            assertThat(err).isEqualTo(-9);
            assertThat(heard).containsExactly("REGISTER lo", "REGISTER x0", "UP x0", "REGISTER x1", "UNREGISTER lo",
                    "GOING_DOWN x0", "DOWN x0", "UNREGISTER x0");
            heard.clear();
            FakeDevice.up("x2", 0);
            assertThat(heard).isEmpty();
        }
    }

    @Nested
    class unregister_netdevice_notifier {
        @Test
        @DisplayName("to it all devices go away, and it hears no more")
        void reverse() {
            up();
            Notifiers.unregister_netdevice_notifier(listener);
            assertThat(events).containsExactly("GOING_DOWN", "DOWN", "UNREGISTER");
            events.clear();
            FakeDevice.up("x1", 0);
            assertThat(events).isEmpty();
        }
    }

    @Nested
    class call_netdevice_notifiers {
        @Test
        @DisplayName("asks all until one objects, and tells the objection")
        void stopped() {
            FakeDevice d = registered();
            int[] second = new int[1];
            Notifiers.register_netdevice_notifier(new notifier_block((nb, event, data) -> {
                second[0]++;
                return 0;
            }));
            second[0] = 0;
            assertThat(Notifiers.call_netdevice_notifiers(Notifiers.NETDEV_REBOOT, d.dev)).isZero();
            assertThat(second[0]).isOne();
            objectTo = Notifiers.NETDEV_REBOOT;
            assertThat(Notifier.notifier_to_errno(Notifiers.call_netdevice_notifiers(Notifiers.NETDEV_REBOOT, d.dev)))
                    .isEqualTo(-5);
            assertThat(second[0]).isOne();
        }
    }

    @Nested
    class netdev_state_change {
        @Test
        @DisplayName("is told of a device that is up")
        void only_up() {
            FakeDevice d = registered();
            Notifiers.netdev_state_change(d.dev);
            assertThat(events).isEmpty();
            Open.dev_open(d.dev);
            events.clear();
            Notifiers.netdev_state_change(d.dev);
            assertThat(events).containsExactly("CHANGE");
        }
    }

    @Nested
    class netdev_notify_peers {
        @Test
        @DisplayName("tells so")
        void told() {
            FakeDevice d = registered();
            Notifiers.netdev_notify_peers(d.dev);
            assertThat(events).containsExactly("NOTIFY_PEERS");
        }
    }

    @Nested
    class netdev_features_change {
        @Test
        @DisplayName("all who listen hear of it, also while the device is down")
        void told() {
            Notifiers.netdev_features_change(registered().dev);
            assertThat(events).containsExactly("FEAT_CHANGE");
        }
    }

    @Nested
    class call_netdevice_notifier {
        @Test
        @DisplayName("this one alone, and what it answers")
        void alone() {
            net_device dev = registered().dev;
            List<String> heard = new ArrayList<>();
            notifier_block nb = new notifier_block((self, event, data) -> {
                heard.add(event + " " + Notifiers.netdev_notifier_info_to_dev(data).name);
                return 4711;
            });

            assertThat(Notifiers.call_netdevice_notifier(nb, Notifiers.NETDEV_CHANGE, dev)).isEqualTo(4711);

            assertThat(heard).containsExactly("4 x0");
            assertThat(events).isEmpty();
        }
    }

    @Nested
    class call_netdevice_notifiers_info {
        @Test
        @DisplayName("they get what the caller has to say, completed by the device; an objection comes back")
        void info() {
            net_device dev = registered().dev;
            List<Integer> changed = new ArrayList<>();
            Notifiers.netdev_chain.register(new notifier_block((self, event, data) -> {
                changed.add(((netdev_notifier_change_info) data).flags_changed);
                return 0;
            }));
            objectTo = Notifiers.NETDEV_CHANGE;
            netdev_notifier_change_info said = new netdev_notifier_change_info();
            said.flags_changed = 77;

            int ret = Notifiers.call_netdevice_notifiers_info(Notifiers.NETDEV_CHANGE, dev, said);

            assertThat(linux.notifier.Notifier.notifier_to_errno(ret)).isEqualTo(-5);
            assertThat(said.dev).isSameAs(dev);
            assertThat(events).containsExactly("CHANGE");

            objectTo = -1;
            assertThat(Notifiers.call_netdevice_notifiers_info(Notifiers.NETDEV_CHANGE, dev, said)).isZero();
            assertThat(changed).endsWith(77);
        }
    }

    @Nested
    class netdev_notifier_info_init {
        @Test
        @DisplayName("names the device")
        void named() {
            netdev_notifier_info info = new netdev_notifier_info();
            net_device dev = new net_device();
            Notifiers.netdev_notifier_info_init(info, dev);
            assertThat(info.dev).isSameAs(dev);
        }
    }

    @Nested
    class netdev_notifier_info_to_dev {
        @Test
        @DisplayName("the device that it is about")
        void device() {
            netdev_notifier_change_info info = new netdev_notifier_change_info();
            info.dev = new net_device();
            assertThat(Notifiers.netdev_notifier_info_to_dev(info)).isSameAs(info.dev);
        }
    }
}
