// SPDX-License-Identifier: GPL-2.0-only
package devinet;

import static linux.errno.Errno.EADDRNOTAVAIL;
import static linux.errno.Errno.EEXIST;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.ENODEV;
import static linux.inetdevice.in_ifaddr.IFA_F_PERMANENT;
import static net.ip_fib.fib_config.NLM_F_CREATE;
import static net.ip_fib.fib_config.NLM_F_EXCL;
import static net.ip_fib.fib_config.NLM_F_REPLACE;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.ip;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_LINK;

import linux.compiler.IntRef;
import linux.gfp.Gfp;
import linux.inetdevice.in_ifaddr;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;

@KernelTest
class RtnetlinkTest {
    private Nic eth0;
    private final ifaddrmsg m = new ifaddrmsg();

    @BeforeEach
    void network() {
        Ipv4.boot();
        eth0 = Nic.up("eth0");
        m.ifa_index = eth0.dev.ifindex;
        m.ifa_prefixlen = 24;
        m.local = ip("10.0.0.1");
        m.nlmsg_flags = NLM_F_CREATE;
    }

    private in_ifaddr first() {
        return eth0.dev.ip_ptr.ifa_list;
    }

    @Nested
    class inet_rtm_newaddr {
        @Test
        @DisplayName("with everything that was said")
        void entered() {
            m.broadcast = ip("10.0.0.255");
            m.label = "eth0:1";
            m.ifa_scope = RT_SCOPE_LINK;

            assertThat(Rtnetlink.inet_rtm_newaddr(init_net, m)).isZero();

            assertThat(first().ifa_local).isEqualTo(ip("10.0.0.1"));
            assertThat(first().ifa_address).isEqualTo(ip("10.0.0.1"));
            assertThat(first().ifa_broadcast).isEqualTo(ip("10.0.0.255"));
            assertThat(first().ifa_label).isEqualTo("eth0:1");
            assertThat(first().ifa_scope).isEqualTo(RT_SCOPE_LINK);
            assertThat(first().ifa_flags).isEqualTo(IFA_F_PERMANENT);
        }

        @Test
        @DisplayName("what is there stays, unless it is to be replaced")
        void there_already() {
            Rtnetlink.inet_rtm_newaddr(init_net, m);
            in_ifaddr ifa = first();
            assertThat(Rtnetlink.inet_rtm_newaddr(init_net, m)).isEqualTo(-EEXIST);

            m.nlmsg_flags = NLM_F_REPLACE;
            assertThat(Rtnetlink.inet_rtm_newaddr(init_net, m)).isZero();
            assertThat(first()).isSameAs(ifa);
            m.nlmsg_flags = NLM_F_REPLACE | NLM_F_EXCL;
            assertThat(Rtnetlink.inet_rtm_newaddr(init_net, m)).isEqualTo(-EEXIST);
        }
    }

    @Nested
    class rtm_to_ifaddr {
        private int err(ifaddrmsg m) {
            IntRef err = new IntRef();
            assertThat(Rtnetlink.rtm_to_ifaddr(init_net, m, err)).isNull();
            return err.val;
        }

        @Test
        @DisplayName("no address, or too long a prefix: -EINVAL; no device: -ENODEV; no IPv4 on it: -ENOBUFS")
        void refused() {
            m.ifa_prefixlen = 33;
            assertThat(err(m)).isEqualTo(-EINVAL);
            m.ifa_prefixlen = 24;
            m.local = null;
            assertThat(err(m)).isEqualTo(-EINVAL);
            m.local = 1;
            m.ifa_index = 99;
            assertThat(err(m)).isEqualTo(-ENODEV);
            m.ifa_index = eth0.dev.ifindex;
            Gfp.failNth(0);
            assertThat(err(m)).isEqualTo(-ENOBUFS);
            IpAddr.linkMtu(eth0.dev, 60);
            assertThat(err(m)).isEqualTo(-ENOBUFS);
        }

        @Test
        @DisplayName("the label is the device's name, if nothing is said")
        void label() {
            in_ifaddr ifa = Rtnetlink.rtm_to_ifaddr(init_net, m, new IntRef());

            assertThat(ifa.ifa_label).isEqualTo("eth0");
            assertThat(ifa.ifa_mask).isEqualTo(ip("255.255.255.0"));
            IfAddrs.inet_free_ifa(ifa);
        }
    }

    @Nested
    class find_matching_ifa {
        @Test
        @DisplayName("the same address in the same subnet")
        void same() {
            Rtnetlink.inet_rtm_newaddr(init_net, m);
            in_ifaddr ifa = Rtnetlink.rtm_to_ifaddr(init_net, m, new IntRef());
            assertThat(Rtnetlink.find_matching_ifa(ifa)).isSameAs(first());
            ifa.ifa_mask = ip("255.255.0.0");
            assertThat(Rtnetlink.find_matching_ifa(ifa)).isNull();
            ifa.ifa_local = 0;
            assertThat(Rtnetlink.find_matching_ifa(ifa)).isNull();
            IfAddrs.inet_free_ifa(ifa);
        }
    }

    @Nested
    class inet_rtm_deladdr {
        @Test
        @DisplayName("the one that fits all that is said")
        void fits() {
            Rtnetlink.inet_rtm_newaddr(init_net, m);
            ifaddrmsg del = new ifaddrmsg();
            del.ifa_index = eth0.dev.ifindex;
            del.local = ip("10.0.0.2");
            assertThat(Rtnetlink.inet_rtm_deladdr(init_net, del)).isEqualTo(-EADDRNOTAVAIL);
            del.local = ip("10.0.0.1");
            del.label = "eth0:7";
            assertThat(Rtnetlink.inet_rtm_deladdr(init_net, del)).isEqualTo(-EADDRNOTAVAIL);
            del.label = null;
            del.address = ip("10.0.0.1");
            del.ifa_prefixlen = 16;
            assertThat(Rtnetlink.inet_rtm_deladdr(init_net, del)).isEqualTo(-EADDRNOTAVAIL);
            del.ifa_prefixlen = 24;
            assertThat(Rtnetlink.inet_rtm_deladdr(init_net, del)).isZero();
            assertThat(first()).isNull();
        }

        @Test
        @DisplayName("no such device: -ENODEV")
        void no_device() {
            m.ifa_index = 99;

            assertThat(Rtnetlink.inet_rtm_deladdr(init_net, m)).isEqualTo(-ENODEV);
        }
    }
}
