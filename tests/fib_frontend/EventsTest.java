// SPDX-License-Identifier: GPL-2.0-only
package fib_frontend;

import static fib_frontend.Source.inet_addr_type;
import static linux.err.Err.IS_ERR;
import static linux.netdevice.Registry.unregister_netdev;
import static net.dst.Metrics.dst_mtu;
import static net.net_namespace.NetNs.init_net;
import static net.net_namespace.NetNs.rt_genid_ipv4;
import static net.route.Route.ip_rt_put;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.ip;
import static testing.Nic.down;
import static testing.Nic.up;
import static uapi.linux.rtnetlink.Rt.RTN_LOCAL;
import static uapi.linux.rtnetlink.Rt.RTN_UNICAST;

import devinet.IpAddr;
import net.net_namespace.net;
import net.route.rtable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;

@KernelTest
class EventsTest {
    private Nic eth0;

    @BeforeEach
    void network() {
        Ipv4.boot();
        eth0 = Nic.up("eth0", "10.0.0.1/24");
        IpRoute.add(init_net, "default via 10.0.0.254");
    }

    private static boolean reachable(String daddr) {
        rtable rt = Ipv4.route(init_net, daddr);
        if (IS_ERR(rt)) {
            return false;
        }
        ip_rt_put(rt);
        return true;
    }

    @Nested
    class fib_disable_ip {
        @Test
        @DisplayName("nothing leaves by the device any more; its address stays ours")
        void down() {
            Events.fib_disable_ip(eth0.dev, 0);

            assertThat(reachable("10.0.0.7")).isFalse();
            assertThat(reachable("192.0.2.1")).isFalse();
            assertThat(inet_addr_type(init_net, ip("10.0.0.1"))).isEqualTo(RTN_LOCAL);
        }

        @Test
        @DisplayName("by force, the address too")
        void forced() {
            Events.fib_disable_ip(eth0.dev, 1);

            assertThat(inet_addr_type(init_net, ip("10.0.0.1"))).isEqualTo(RTN_UNICAST);
        }
    }

    @Nested
    class fib_inetaddr_event {
        @Test
        @DisplayName("an address comes: routes, and source addresses are chosen anew")
        void up() {
            int genid = init_net.ipv4.dev_addr_genid;

            IpAddr.add(eth0.dev, "10.7.0.1/24");

            assertThat(reachable("10.7.0.9")).isTrue();
            assertThat(init_net.ipv4.dev_addr_genid).isEqualTo(genid + 1);
        }

        @Test
        @DisplayName("an address goes: its routes too")
        void down() {
            IpAddr.add(eth0.dev, "10.7.0.1/24");
            int genid = rt_genid_ipv4(init_net);

            IpAddr.del(eth0.dev, "10.7.0.1/24");

            IpRoute.del(init_net, "default");
            assertThat(reachable("10.7.0.9")).isFalse();
            assertThat(reachable("10.0.0.7")).isTrue();
            assertThat(rt_genid_ipv4(init_net)).isGreaterThan(genid);
        }

        @Test
        @DisplayName("the last one goes: nothing leaves by the device")
        void last() {
            IpAddr.del(eth0.dev, "10.0.0.1/24");

            assertThat(reachable("192.0.2.1")).isFalse();
        }
    }

    @Nested
    class fib_netdev_event {
        @Test
        @DisplayName("down and up again: the subnet is back, what was entered by hand is not")
        void up_again() {
            IpAddr.linkDown(eth0.dev);
            assertThat(reachable("10.0.0.7")).isFalse();

            IpAddr.linkUp(eth0.dev);

            assertThat(reachable("10.0.0.7")).isTrue();
            assertThat(reachable("192.0.2.1")).isFalse();
        }

        @Test
        @DisplayName("another MTU: cached entries are stale")
        void mtu() {
            int genid = rt_genid_ipv4(init_net);

            IpAddr.linkMtu(eth0.dev, 1400);

            assertThat(rt_genid_ipv4(init_net)).isEqualTo(genid + 1);
            rtable rt = Ipv4.route(init_net, "10.0.0.7");
            assertThat(dst_mtu(rt)).isEqualTo(1400);
            ip_rt_put(rt);
        }

        @Test
        @DisplayName("gone for good: nobody holds it, not even who still has a route by it")
        void unregistered() {
            rtable rt = Ipv4.route(init_net, "10.0.0.7");
            rtable bcast = Ipv4.route(init_net, "10.0.0.255");

            unregister_netdev(eth0.dev);

            assertThat(eth0.dev.refcnt).isZero();
            assertThat(rt.dev).isSameAs(init_net.loopback_dev);
            assertThat(bcast.dev).isSameAs(init_net.loopback_dev);
            ip_rt_put(rt);
            ip_rt_put(bcast);
        }

        @Test
        @DisplayName("a device without IPv4 is of no interest")
        void no_ip() {
            IpAddr.linkMtu(eth0.dev, 60);
            int genid = rt_genid_ipv4(init_net);

            IpAddr.linkDown(eth0.dev);

            assertThat(rt_genid_ipv4(init_net)).isEqualTo(genid);
        }
    }

    @Nested
    class ip_fib_net_init {
        @Test
        @DisplayName("a namespace begins with rules and without tables")
        void begins() {
            net net = new net("bare");

            assertThat(Events.ip_fib_net_init(net)).isZero();

            assertThat(net.ipv4.rules_ops).hasSize(3);
            assertThat(net.ipv4.fib_table_hash).isEmpty();
        }
    }

    @Nested
    class ip_fib_net_exit {
        @Test
        @DisplayName("and ends without tables")
        void ends() {
            Events.ip_fib_net_exit(init_net);

            assertThat(init_net.ipv4.fib_table_hash).isEmpty();
            assertThat(init_net.ipv4.fib_local).isNull();
            assertThat(init_net.ipv4.fib_main).isNull();
        }
    }

    @Nested
    class fib_net_init {
        @Test
        @DisplayName("the same")
        void begins() {
            net net = new net("bare");

            assertThat(Events.fib_net_init(net)).isZero();

            assertThat(net.ipv4.fib_table_hash).isEmpty();
        }
    }

    @Nested
    class fib_net_exit {
        @Test
        @DisplayName("the same")
        void ends() {
            Events.fib_net_exit(init_net);

            assertThat(init_net.ipv4.fib_main).isNull();
        }
    }

    @Nested
    class ip_fib_init {
        @Test
        @DisplayName("is part of ip_rt_init: addresses and devices make routes")
        void registered() {
            assertThat(reachable("10.0.0.7")).isTrue();
        }
    }
}
