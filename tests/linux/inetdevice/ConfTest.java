// SPDX-License-Identifier: GPL-2.0-only
package linux.inetdevice;

import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_ACCEPT_LOCAL;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_ACCEPT_REDIRECTS;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_FORWARDING;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_LOG_MARTIANS;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_MAX;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_PROMOTE_SECONDARIES;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_ROUTE_LOCALNET;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_RP_FILTER;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_SECURE_REDIRECTS;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_SEND_REDIRECTS;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_SHARED_MEDIA;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_SRC_VMARK;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_TAG;

import java.util.Arrays;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;

@KernelTest
class ConfTest {
    private in_device in_dev;

    @BeforeEach
    void network() {
        Ipv4.boot();
        in_dev = Nic.down(init_net, "eth0").dev.ip_ptr;
        Arrays.fill(in_dev.cnf.data, 0);
        Arrays.fill(init_net.ipv4.devconf_all.data, 0);
    }

    private void own(int attr, int v) {
        in_dev.cnf.data[attr - 1] = v;
    }

    private void all(int attr, int v) {
        init_net.ipv4.devconf_all.data[attr - 1] = v;
    }

    /** Off, only the device, only all, both. */
    private String truth(int attr, Predicate<in_device> f) {
        StringBuilder s = new StringBuilder();
        for (int i = 0; i < 4; i++) {
            own(attr, i & 1);
            all(attr, i >> 1);
            s.append(f.test(in_dev) ? '1' : '0');
        }
        return s.toString();
    }

    @Nested
    class IN_DEV_ANDCONF {
        @Test
        @DisplayName("both: source routes")
        void both() {
            assertThat(truth(IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE, Conf::IN_DEV_SOURCE_ROUTE)).isEqualTo("0001");
        }
    }

    @Nested
    class IN_DEV_ORCONF {
        @Test
        @DisplayName("one of them")
        void either() {
            assertThat(truth(IPV4_DEVCONF_ACCEPT_LOCAL, Conf::IN_DEV_ACCEPT_LOCAL)).isEqualTo("0111");
            assertThat(truth(IPV4_DEVCONF_LOG_MARTIANS, Conf::IN_DEV_LOG_MARTIANS)).isEqualTo("0111");
            assertThat(truth(IPV4_DEVCONF_SHARED_MEDIA, Conf::IN_DEV_SHARED_MEDIA)).isEqualTo("0111");
            assertThat(truth(IPV4_DEVCONF_SEND_REDIRECTS, Conf::IN_DEV_TX_REDIRECTS)).isEqualTo("0111");
            assertThat(truth(IPV4_DEVCONF_SECURE_REDIRECTS, Conf::IN_DEV_SEC_REDIRECTS)).isEqualTo("0111");
            assertThat(truth(IPV4_DEVCONF_PROMOTE_SECONDARIES, Conf::IN_DEV_PROMOTE_SECONDARIES)).isEqualTo("0111");
            assertThat(truth(IPV4_DEVCONF_ROUTE_LOCALNET, Conf::IN_DEV_ROUTE_LOCALNET)).isEqualTo("0111");
            assertThat(truth(IPV4_DEVCONF_SRC_VMARK, Conf::IN_DEV_SRC_VMARK)).isEqualTo("0111");
        }
    }

    @Nested
    class IN_DEV_NET_ORCONF {
        @Test
        @DisplayName("with the namespace given")
        void either() {
            assertThat(truth(IPV4_DEVCONF_ROUTE_LOCALNET, d -> Conf.IN_DEV_NET_ROUTE_LOCALNET(d, init_net)))
                    .isEqualTo("0111");
        }
    }

    @Nested
    class IN_DEV_MAXCONF {
        @Test
        @DisplayName("the stricter rp_filter")
        void larger() {
            own(IPV4_DEVCONF_RP_FILTER, 1);
            all(IPV4_DEVCONF_RP_FILTER, 2);
            assertThat(Conf.IN_DEV_RPFILTER(in_dev)).isEqualTo(2);
            all(IPV4_DEVCONF_RP_FILTER, 0);
            assertThat(Conf.IN_DEV_RPFILTER(in_dev)).isEqualTo(1);
        }
    }

    @Nested
    class IN_DEV_FORWARD {
        @Test
        @DisplayName("only the device's own")
        void own_only() {
            assertThat(truth(IPV4_DEVCONF_FORWARDING, Conf::IN_DEV_FORWARD)).isEqualTo("0101");
        }
    }

    @Nested
    class IN_DEV_RX_REDIRECTS {
        @Test
        @DisplayName("a host needs one, a router both")
        void host_and_router() {
            assertThat(truth(IPV4_DEVCONF_ACCEPT_REDIRECTS, Conf::IN_DEV_RX_REDIRECTS)).isEqualTo("0111");
            own(IPV4_DEVCONF_FORWARDING, 1);
            assertThat(truth(IPV4_DEVCONF_ACCEPT_REDIRECTS, Conf::IN_DEV_RX_REDIRECTS)).isEqualTo("0001");
        }
    }

    @Nested
    class ipv4_devconf_set {
        @Test
        @DisplayName("a new default does not touch it any more")
        void set() {
            in_dev.cnf.state.clear();
            Conf.IN_DEV_CONF_SET(in_dev, IPV4_DEVCONF_TAG, 5);

            init_net.sysctls.write("net.ipv4.conf.default.tag", "7");

            assertThat(Conf.IN_DEV_CONF_GET(in_dev, IPV4_DEVCONF_TAG)).isEqualTo(5);
        }
    }

    @Nested
    class ipv4_devconf_setall {
        @Test
        @DisplayName("nor anything else")
        void set_all() {
            Conf.ipv4_devconf_setall(in_dev);

            assertThat(in_dev.cnf.state.cardinality()).isEqualTo(IPV4_DEVCONF_MAX);
        }
    }

    @Nested
    class ipv4_devconf_get {
        @Test
        @DisplayName("counts from 1")
        void from_one() {
            in_dev.cnf.data[0] = 5;

            assertThat(Conf.ipv4_devconf_get(in_dev, IPV4_DEVCONF_FORWARDING)).isEqualTo(5);
            assertThat(Conf.IPV4_DEVCONF(in_dev.cnf, IPV4_DEVCONF_FORWARDING)).isEqualTo(5);
        }
    }
}
