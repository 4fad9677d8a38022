// SPDX-License-Identifier: GPL-2.0-only
package linux.igmp;

import static org.assertj.core.api.Assertions.assertThat;

import linux.inetdevice.in_device;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class IgmpTest {
    private final in_device in_dev = new in_device();

    @Nested
    class ip_mc_up {
        @Test
        @DisplayName("the device hears what is said to all hosts")
        void joined() {
            Igmp.ip_mc_up(in_dev);

            assertThat(Igmp.ip_check_mc_rcu(in_dev, Igmp.IGMP_ALL_HOSTS, 1, 0)).isOne();
        }
    }

    @Nested
    class ip_mc_down {
        @Test
        @DisplayName("and no more")
        void left() {
            Igmp.ip_mc_up(in_dev);
            Igmp.ip_mc_down(in_dev);

            assertThat(Igmp.ip_check_mc_rcu(in_dev, Igmp.IGMP_ALL_HOSTS, 1, 0)).isZero();
        }
    }

    @Nested
    class ip_mc_destroy_dev {
        @Test
        @DisplayName("and no more")
        void left() {
            Igmp.ip_mc_up(in_dev);
            Igmp.ip_mc_destroy_dev(in_dev);

            assertThat(in_dev.allHosts).isFalse();
        }
    }

    @Nested
    class ip_check_mc_rcu {
        @Test
        @DisplayName("no other group is for us")
        void other() {
            Igmp.ip_mc_up(in_dev);

            assertThat(Igmp.ip_check_mc_rcu(in_dev, Igmp.IGMP_ALL_HOSTS + 1, 1, 0)).isZero();
        }
    }
}
