// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.netdevice.Registry.register_netdev;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.if_.Iff.*;

import java.util.ArrayList;
import java.util.List;
import linux.notifier.Notifier;
import linux.notifier.notifier_block;
import org.junit.jupiter.api.BeforeEach;
import testing.FakeDevice;

/** For tests of devices that come, change and go: writes down what those who listen hear. */
abstract class DeviceEvents {
    /** What they heard of devices other than lo: "UP". */
    final List<String> events = new ArrayList<>();

    /** The event to which they object, and how. */
    long objectTo = -1;

    int objection = -5;
    notifier_block listener;

    static final String[] NAMES = {"0", "UP", "DOWN", "REBOOT", "CHANGE", "REGISTER", "UNREGISTER", "CHANGEMTU",
        "CHANGEADDR", "GOING_DOWN", "CHANGENAME", "FEAT_CHANGE", "BONDING_FAILOVER", "PRE_UP", "PRE_TYPE_CHANGE",
        "POST_TYPE_CHANGE", "POST_INIT", "UNREGISTER_FINAL", "RELEASE", "NOTIFY_PEERS", "JOIN", "CHANGEUPPER", "RESEND_IGMP",
        "PRECHANGEMTU"};

    @BeforeEach
    void listen() {
        listener = new notifier_block((nb, event, data) -> {
            net_device dev = Notifiers.netdev_notifier_info_to_dev(data);
            if (!dev.name.equals("lo")) {
                events.add(NAMES[(int) event]);
            }
            return event == objectTo ? Notifier.notifier_from_errno(objection) : 0;
        });
        Notifiers.register_netdevice_notifier(listener);
    }

    FakeDevice registered() {
        FakeDevice d = FakeDevice.made("x0", 0);
        assertThat(register_netdev(d.dev)).isZero();
        events.clear();
        return d;
    }

    FakeDevice up() {
        FakeDevice d = registered();
        Open.dev_open(d.dev);
        events.clear();
        return d;
    }
}
