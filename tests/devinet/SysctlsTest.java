// SPDX-License-Identifier: GPL-2.0-only
package devinet;

import static devinet.Sysctls.ipv4_devconf;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.EPERM;
import static linux.errno.Errno.name;
import static net.net_namespace.NetNs.init_net;
import static net.net_namespace.NetNs.rt_genid_ipv4;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_MEDIUM_ID;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_RP_FILTER;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_TAG;

import java.util.List;
import linux.gfp.Gfp;
import linux.inetdevice.ipv4_devconf;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;

@KernelTest
class SysctlsTest {
    private Nic eth0;

    @BeforeEach
    void network() {
        Ipv4.boot();
        eth0 = Nic.up("eth0");
    }

    private static String read(String name) {
        return init_net.sysctls.read("net.ipv4.conf." + name);
    }

    private static void write(String name, String value) {
        assertThat(init_net.sysctls.write("net.ipv4.conf." + name, value)).isZero();
    }

    @Nested
    class devinet_conf_proc {
        @Test
        @DisplayName("a device's own setting is its own")
        void own() {
            write("eth0.rp_filter", "1");

            assertThat(eth0.dev.ip_ptr.cnf.data[IPV4_DEVCONF_RP_FILTER - 1]).isOne();
            assertThat(read("all.rp_filter")).isEqualTo("0");
            assertThat(init_net.sysctls.write("net.ipv4.conf.eth0.rp_filter", "x")).isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("the default reaches devices without an address that have not been set")
        void defaults() {
            write("eth0.arp_filter", "0");
            write("default.arp_filter", "1");
            write("default.tag", "7");
            assertThat(read("eth0.arp_filter")).isEqualTo("0");
            assertThat(read("eth0.tag")).isEqualTo("7");

            IpAddr.add(eth0.dev, "10.0.0.1/24");
            write("default.tag", "8");
            assertThat(read("eth0.tag")).isEqualTo("7");
        }

        @Test
        @DisplayName("what allowed packets and no longer does makes routes stale")
        void flushes() {
            int genid = rt_genid_ipv4(init_net);
            write("eth0.accept_local", "1");
            assertThat(rt_genid_ipv4(init_net)).isEqualTo(genid);
            write("eth0.accept_local", "0");
            assertThat(rt_genid_ipv4(init_net)).isEqualTo(genid + 1);
        }

        @Test
        @DisplayName("mc_forwarding can only be read")
        void read_only() {
            assertThat(init_net.sysctls.write("net.ipv4.conf.all.mc_forwarding", "1")).isEqualTo(-EPERM);
        }
    }

    @Nested
    class devinet_copy_dflt_conf {
        @Test
        @DisplayName("only what has never been set")
        void unset() {
            eth0.dev.ip_ptr.cnf.state.clear();
            eth0.dev.ip_ptr.cnf.state.set(IPV4_DEVCONF_TAG - 1);
            init_net.ipv4.devconf_dflt.data[IPV4_DEVCONF_TAG - 1] = 5;
            init_net.ipv4.devconf_dflt.data[IPV4_DEVCONF_MEDIUM_ID - 1] = 6;

            Sysctls.devinet_copy_dflt_conf(init_net, IPV4_DEVCONF_TAG - 1);
            Sysctls.devinet_copy_dflt_conf(init_net, IPV4_DEVCONF_MEDIUM_ID - 1);

            assertThat(read("eth0.tag")).isEqualTo("0");
            assertThat(read("eth0.medium_id")).isEqualTo("6");
        }
    }

    @Nested
    class devinet_sysctl_forward {
        @Test
        @DisplayName("ip_forward is all.forwarding, and sets every device")
        void all() {
            int genid = rt_genid_ipv4(init_net);

            assertThat(init_net.sysctls.write("net.ipv4.ip_forward", "1")).isZero();

            assertThat(read("all.forwarding")).isEqualTo("1");
            assertThat(read("default.forwarding")).isEqualTo("1");
            assertThat(read("eth0.forwarding")).isEqualTo("1");
            assertThat(read("lo.forwarding")).isEqualTo("1");
            assertThat(read("all.accept_redirects")).as("a router takes no redirects").isEqualTo("0");
            assertThat(rt_genid_ipv4(init_net)).isEqualTo(genid + 1);
        }

        @Test
        @DisplayName("one device, or only those to come")
        void one() {
            write("eth0.forwarding", "1");
            assertThat(init_net.sysctls.read("net.ipv4.ip_forward")).isEqualTo("0");
            int genid = rt_genid_ipv4(init_net);

            write("default.forwarding", "1");

            assertThat(read("lo.forwarding")).isEqualTo("0");
            assertThat(rt_genid_ipv4(init_net)).isEqualTo(genid);
            Nic.down(init_net, "eth1");
            assertThat(read("eth1.forwarding")).isEqualTo("1");
        }
    }

    @Nested
    class inet_forward_change {
        @Test
        @DisplayName("off again")
        void off() {
            init_net.sysctls.write("net.ipv4.ip_forward", "1");
            init_net.sysctls.write("net.ipv4.ip_forward", "0");

            assertThat(read("eth0.forwarding")).isEqualTo("0");
            assertThat(read("all.accept_redirects")).isEqualTo("1");
        }
    }

    @Nested
    class ipv4_doint_and_flush {
        @Test
        @DisplayName("every change makes routes stale, and only a change")
        void flushes() {
            int genid = rt_genid_ipv4(init_net);

            write("eth0.promote_secondaries", "1");
            write("eth0.promote_secondaries", "1");

            assertThat(rt_genid_ipv4(init_net)).isEqualTo(genid + 1);
        }
    }

    @Nested
    class __devinet_sysctl_register {
        @Test
        @DisplayName("28 settings for each device, for all, and for those to come")
        void settings() {
            for (String who : List.of("all", "default", "lo", "eth0")) {
                int n = 0;
                for (String name : init_net.sysctls.names()) {
                    n += name.startsWith("net.ipv4.conf." + who + ".") ? 1 : 0;
                }
                assertThat(n).as(who).isEqualTo(28);
            }
        }

        @Test
        @DisplayName("-ENOBUFS without memory")
        void no_memory() {
            Gfp.failNth(0);

            assertThat(Sysctls.__devinet_sysctl_register(init_net, "x", new ipv4_devconf())).isEqualTo(-ENOBUFS);
        }
    }

    @Nested
    class __devinet_sysctl_unregister {
        @Test
        @DisplayName("takes them away; twice is fine")
        void gone() {
            Sysctls.__devinet_sysctl_unregister(eth0.dev.ip_ptr.cnf);
            Sysctls.__devinet_sysctl_unregister(eth0.dev.ip_ptr.cnf);

            assertThat(read("eth0.tag")).isNull();
            assertThat(read("lo.tag")).isEqualTo("0");
        }
    }

    @Nested
    class devinet_sysctl_register {
        @Test
        @DisplayName("under the name of the device")
        void name() {
            Sysctls.devinet_sysctl_unregister(eth0.dev.ip_ptr);
            eth0.dev.name = "wan0";

            Sysctls.devinet_sysctl_register(eth0.dev.ip_ptr);

            assertThat(read("wan0.tag")).isEqualTo("0");
        }
    }

    @Nested
    class devinet_sysctl_unregister {
        @Test
        @DisplayName("under the name that it had then")
        void name() {
            eth0.dev.name = "wan0";

            Sysctls.devinet_sysctl_unregister(eth0.dev.ip_ptr);

            assertThat(read("eth0.tag")).isNull();
        }
    }

    @Nested
    class devinet_init_net {
        @ParameterizedTest
        @CsvSource({"accept_redirects, 1, 1", "send_redirects, 1, 1", "secure_redirects, 1, 1", "shared_media, 1, 1",
            "accept_source_route, 0, 1", "rp_filter, 0, 0", "forwarding, 0, 0", "log_martians, 0, 0",
            "igmpv2_unsolicited_report_interval, 10000, 10000", "igmpv3_unsolicited_report_interval, 1000, 1000"})
        @DisplayName("the first values of all and default")
        void first_values(String name, String all, String dflt) {
            assertThat(read("all." + name)).isEqualTo(all);
            assertThat(read("default." + name)).isEqualTo(dflt);
        }

        @Test
        @DisplayName("a new namespace begins with what the first one has now, and is on its own then")
        void namespace() {
            write("all.rp_filter", "2");
            net other = NetNs.create("other");
            assertThat(other.sysctls.read("net.ipv4.conf.all.rp_filter")).isEqualTo("2");

            other.sysctls.write("net.ipv4.ip_forward", "1");
            assertThat(init_net.sysctls.read("net.ipv4.ip_forward")).isEqualTo("0");
            assertThat(other.sysctls.read("net.ipv4.conf.lo.forwarding")).isEqualTo("1");
        }

        @ParameterizedTest
        @CsvSource({"0, -12", "1, -12", "2, -105", "3, -105"})
        @DisplayName("without memory it fails")
        void no_memory(int nth, int err) {
            net bare = new net("bare");
            Gfp.failNth(nth);

            assertThat(Sysctls.devinet_init_net(bare)).isEqualTo(err);

            assertThat(bare.sysctls.names()).isEmpty();
        }
    }

    @Nested
    class devinet_exit_net {
        @Test
        @DisplayName("the sysctls go")
        void ends() {
            net other = NetNs.create("other");

            Sysctls.devinet_exit_net(other);

            assertThat(other.sysctls.read("net.ipv4.ip_forward")).isNull();
            assertThat(other.sysctls.read("net.ipv4.conf.all.tag")).isNull();
        }
    }

    @Nested
    class devinet_init {
        @Test
        @DisplayName("is part of ip_rt_init: devices that come have IPv4")
        void registered() {
            assertThat(Nic.down(init_net, "eth7").dev.ip_ptr).isNotNull();
        }
    }
}
