// SPDX-License-Identifier: GPL-2.0-only
package route;

import static linux.errno.Errno.EHOSTUNREACH;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENETUNREACH;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.EXDEV;
import static linux.skbuff.Dst.skb_dst;
import static linux.skbuff.Dst.skb_dst_is_noref;
import static linux.skbuff.Dst.skb_rtable;
import static linux.skbuff.Free.kfree_skb;
import static net.dst.Metrics.dst_mtu;
import static net.dst.dst_entry.DST_NOCACHE;
import static net.net_namespace.NetNs.init_net;
import static net.route.Route.ip_rt_put;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.ip;
import static uapi.linux.rtnetlink.Rt.RTCF_BROADCAST;
import static uapi.linux.rtnetlink.Rt.RTCF_DOREDIRECT;
import static uapi.linux.rtnetlink.Rt.RTCF_LOCAL;
import static uapi.linux.rtnetlink.Rt.RTN_BROADCAST;
import static uapi.linux.rtnetlink.Rt.RTN_LOCAL;
import static uapi.linux.rtnetlink.Rt.RTN_MULTICAST;
import static uapi.linux.rtnetlink.Rt.RTN_UNICAST;
import static uapi.linux.rtnetlink.Rt.RTN_UNREACHABLE;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INADDRERRORS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INNOROUTES;

import devinet.IpAddr;
import fib_frontend.IpRoute;
import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.hrtimer.Clock;
import linux.skbuff.sk_buff;
import net.flow.flowi4;
import net.route.rtable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;

@KernelTest
class InputTest {
    private Nic eth0;
    private Nic eth1;

    @BeforeEach
    void network() {
        Ipv4.boot();
        eth0 = Nic.up("eth0", "10.0.0.1/24");
        eth1 = Nic.up("eth1", "10.1.0.1/24");
    }

    /** What the lookup returns for a packet that came in by {@code nic}; the packet is gone, its route remains. */
    private int in(Nic nic, String saddr, String daddr, Ref<rtable> rt) {
        sk_buff skb = Ipv4.packet(saddr, daddr, Ipv4.IPPROTO_TEST);
        skb.dev = nic.dev;
        int err = Input.ip_route_input_noref(skb, ip(daddr), ip(saddr), 0, nic.dev);
        rt.val = skb_rtable(skb);
        kfree_skb(skb);
        return err;
    }

    private int in(Nic nic, String saddr, String daddr) {
        return in(nic, saddr, daddr, new Ref<>());
    }

    private rtable route(Nic nic, String saddr, String daddr) {
        Ref<rtable> rt = new Ref<>();
        assertThat(in(nic, saddr, daddr, rt)).isZero();
        return rt.val;
    }

    private void router() {
        assertThat(init_net.sysctls.write("net.ipv4.ip_forward", "1")).isZero();
    }

    @Nested
    class ip_route_input_slow {
        @Test
        @DisplayName("for one of our addresses: delivered here, with one entry for all packets to it")
        void local() {
            rtable rt = route(eth0, "10.0.0.7", "10.0.0.1");

            assertThat(rt.rt_type).isEqualTo(RTN_LOCAL);
            assertThat(rt.rt_flags & RTCF_LOCAL).isNotZero();
            assertThat(rt.rt_is_input).isTrue();
            assertThat(route(eth0, "10.0.0.8", "10.0.0.1")).isSameAs(rt);
            assertThat(rt.__refcnt).isZero();
        }

        @Test
        @DisplayName("the address of another of our devices is ours as well")
        void other_device() {
            assertThat(route(eth0, "10.0.0.7", "10.1.0.1").rt_type).isEqualTo(RTN_LOCAL);
        }

        @ParameterizedTest
        @ValueSource(strings = {"10.0.0.255", "10.0.0.0", "255.255.255.255"})
        @DisplayName("a broadcast is for us")
        void broadcast(String daddr) {
            rtable rt = route(eth0, "10.0.0.7", daddr);

            assertThat(rt.rt_type).isEqualTo(RTN_BROADCAST);
            assertThat(rt.rt_flags & RTCF_BROADCAST).isNotZero();
        }

        @Test
        @DisplayName("for somebody else while we are a host: an entry that drops it")
        void not_a_router() {
            rtable rt = route(eth0, "10.0.0.7", "10.1.0.7");

            assertThat(rt.rt_type).isEqualTo(RTN_UNREACHABLE);
            assertThat(rt.error).isEqualTo(EHOSTUNREACH);
            assertThat(rt.rt_flags & RTCF_LOCAL).isZero();
        }

        @Test
        @DisplayName("no route at all, as a router: network unreachable")
        void no_route() {
            router();

            assertThat(route(eth0, "10.0.0.7", "192.0.2.1").error).isEqualTo(ENETUNREACH);
        }

        @Test
        @DisplayName("without IPv4 on the device, -EINVAL")
        void no_in_device() {
            IpAddr.linkMtu(eth0.dev, 60);

            assertThat(in(eth0, "10.0.0.7", "10.0.0.1")).isEqualTo(-EINVAL);
        }

        @ParameterizedTest
        @ValueSource(strings = {"224.0.0.1", "255.255.255.255", "0.0.0.0", "0.1.2.3", "127.0.0.1"})
        @DisplayName("martian sources: a group, the broadcast, this network, the loopback")
        void martian_source(String saddr) {
            assertThat(in(eth0, saddr, "10.0.0.1")).isEqualTo(-EINVAL);
            assertThat(Init.rt_cache_stat.in_martian_src).isEqualTo(1);
        }

        @ParameterizedTest
        @ValueSource(strings = {"0.1.2.3", "127.0.0.1"})
        @DisplayName("martian destinations")
        void martian_destination(String daddr) {
            assertThat(in(eth0, "10.0.0.7", daddr)).isEqualTo(-EINVAL);
            assertThat(Init.rt_cache_stat.in_martian_dst).isEqualTo(1);
        }

        @Test
        @DisplayName("route_localnet lets 127.0.0.0/8 in")
        void route_localnet() {
            init_net.sysctls.write("net.ipv4.conf.eth0.route_localnet", "1");

            assertThat(in(eth0, "10.0.0.7", "127.0.0.1")).isZero();
        }

        @Test
        @DisplayName("0.0.0.0 to 0.0.0.0 counts as a broadcast: somebody asks for an address")
        void bootp() {
            assertThat(route(eth0, "0.0.0.0", "0.0.0.0").rt_type).isEqualTo(RTN_BROADCAST);
        }

        @Test
        @DisplayName("rp_filter 1 refuses a source that we would answer by another device: -EXDEV")
        void reverse_path() {
            init_net.sysctls.write("net.ipv4.conf.all.rp_filter", "1");

            assertThat(in(eth1, "10.0.0.7", "10.1.0.1")).isEqualTo(-EXDEV);
            assertThat(in(eth0, "10.0.0.7", "10.0.0.1")).isZero();
        }

        @Test
        @DisplayName("and our own address as a source: -EINVAL")
        void own_source() {
            init_net.sysctls.write("net.ipv4.conf.all.rp_filter", "1");

            assertThat(in(eth0, "10.0.0.1", "10.0.0.1")).isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("without memory, -ENOBUFS")
        void no_memory() {
            sk_buff skb = Ipv4.packet("10.0.0.7", "10.0.0.1", Ipv4.IPPROTO_TEST);
            Gfp.failNth(0);

            assertThat(Input.ip_route_input_slow(skb, ip("10.0.0.1"), ip("10.0.0.7"), 0, eth0.dev))
                    .isEqualTo(-ENOBUFS);
            kfree_skb(skb);
        }
    }

    @Nested
    class __mkroute_input {
        @Test
        @DisplayName("a router passes it on to the device where the receiver is")
        void forwarded() {
            router();

            rtable rt = route(eth0, "10.0.0.7", "10.1.0.7");

            assertThat(rt.dev).isSameAs(eth1.dev);
            assertThat(rt.rt_type).isEqualTo(RTN_UNICAST);
            assertThat(rt.rt_is_input).isTrue();
            assertThat(route(eth0, "10.0.0.8", "10.1.0.8")).isSameAs(rt);
        }

        @Test
        @DisplayName("back by the device it came in by: the sender is to be told of the better way")
        void redirect() {
            router();
            IpRoute.add(init_net, "192.0.2.0/24 via 10.0.0.254");
            sk_buff skb = Ipv4.packet("10.0.0.7", "192.0.2.1", Ipv4.IPPROTO_TEST);

            assertThat(Input.ip_route_input(skb, ip("192.0.2.1"), ip("10.0.0.7"), 0, eth0.dev)).isZero();

            assertThat(skb_rtable(skb).rt_flags & RTCF_DOREDIRECT).isNotZero();
            assertThat(skb_rtable(skb).flags & DST_NOCACHE).isNotZero();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("what ICMP has taught about the receiver counts here too")
        void exception() {
            router();
            IpRoute.add(init_net, "192.0.2.0/24 via 10.1.0.254");
            rtable out = Ipv4.route(init_net, "192.0.2.1");
            flowi4 fl4 = new flowi4();
            fl4.daddr = ip("192.0.2.1");
            Pmtu.__ip_rt_update_pmtu(out, fl4, 1000);
            ip_rt_put(out);

            assertThat(dst_mtu(route(eth0, "10.0.0.7", "192.0.2.1"))).isEqualTo(1000);
            assertThat(dst_mtu(route(eth0, "10.0.0.7", "192.0.2.2"))).isEqualTo(1500);
        }
    }

    @Nested
    class ip_mkroute_input {
        @Test
        @DisplayName("is what a router does with a packet for somebody else")
        void router_only() {
            router();

            assertThat(route(eth1, "10.1.0.7", "10.0.0.7").dev).isSameAs(eth0.dev);
        }

        @Test
        @DisplayName("it does nothing with one that came from where its source is not: -EXDEV")
        void reverse_path() {
            router();
            init_net.sysctls.write("net.ipv4.conf.all.rp_filter", "1");

            assertThat(in(eth1, "10.0.0.8", "10.0.0.7")).isEqualTo(-EXDEV);
        }
    }

    @Nested
    class ip_route_input_noref {
        @Test
        @DisplayName("a group that we belong to is for us")
        void all_hosts() {
            rtable rt = route(eth0, "10.0.0.7", "224.0.0.1");

            assertThat(rt.rt_type).isEqualTo(RTN_MULTICAST);
            assertThat(rt.rt_flags & RTCF_LOCAL).isNotZero();
        }

        @Test
        @DisplayName("any other is not: -EINVAL")
        void other_group() {
            assertThat(in(eth0, "10.0.0.7", "224.0.0.251")).isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("holds no reference to an entry that is cached")
        void noref() {
            sk_buff skb = Ipv4.packet("10.0.0.7", "10.0.0.1", Ipv4.IPPROTO_TEST);
            in(eth0, "10.0.0.7", "10.0.0.1");

            Input.ip_route_input_noref(skb, ip("10.0.0.1"), ip("10.0.0.7"), 0, eth0.dev);

            assertThat(skb_dst_is_noref(skb)).isTrue();
            kfree_skb(skb);
        }
    }

    @Nested
    class ip_route_input {
        @Test
        @DisplayName("holds a reference")
        void ref() {
            sk_buff skb = Ipv4.packet("10.0.0.7", "10.0.0.1", Ipv4.IPPROTO_TEST);
            in(eth0, "10.0.0.7", "10.0.0.1");

            assertThat(Input.ip_route_input(skb, ip("10.0.0.1"), ip("10.0.0.7"), 0, eth0.dev)).isZero();

            rtable rt = skb_rtable(skb);
            assertThat(rt.__refcnt).isOne();
            kfree_skb(skb);
            assertThat(rt.__refcnt).isZero();
        }
    }

    @Nested
    class ip_route_input_mc {
        @ParameterizedTest
        @CsvSource({"224.0.0.2, -22", "255.255.255.255, -22", "127.0.0.1, -22", "0.0.0.0, 0", "10.0.0.7, 0"})
        @DisplayName("the sender of a multicast has an address of his own, or (on the link) none yet")
        void source(String saddr, int err) {
            sk_buff skb = Ipv4.packet(saddr, "224.0.0.1", Ipv4.IPPROTO_TEST);

            assertThat(Input.ip_route_input_mc(skb, ip("224.0.0.1"), ip(saddr), 0, eth0.dev, true)).isEqualTo(err);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("the reverse path counts for it too")
        void reverse_path() {
            init_net.sysctls.write("net.ipv4.conf.all.rp_filter", "1");
            sk_buff skb = Ipv4.packet("10.0.0.7", "224.0.0.1", Ipv4.IPPROTO_TEST);

            assertThat(Input.ip_route_input_mc(skb, ip("224.0.0.1"), ip("10.0.0.7"), 0, eth1.dev, true))
                    .isEqualTo(-EXDEV);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("without memory, -ENOBUFS")
        void no_memory() {
            sk_buff skb = Ipv4.packet("10.0.0.7", "224.0.0.1", Ipv4.IPPROTO_TEST);
            Gfp.failNth(0);

            assertThat(Input.ip_route_input_mc(skb, ip("224.0.0.1"), ip("10.0.0.7"), 0, eth0.dev, true))
                    .isEqualTo(-ENOBUFS);
            kfree_skb(skb);
        }
    }

    @Nested
    class ip_handle_martian_source {
        @Test
        @DisplayName("counts it")
        void counted() {
            Input.ip_handle_martian_source(eth0.dev, eth0.dev.ip_ptr, null, 1, 2);

            assertThat(Init.rt_cache_stat.in_martian_src).isOne();
        }
    }

    @Nested
    class ip_error {
        /** Drops a packet of 10.0.0.7 for {@code daddr}. */
        private void drop(String daddr) {
            sk_buff skb = Ipv4.packet("10.0.0.7", daddr, Ipv4.IPPROTO_TEST);
            skb.dev = eth0.dev;
            assertThat(Input.ip_route_input(skb, ip(daddr), ip("10.0.0.7"), 0, eth0.dev)).isZero();
            assertThat(skb_dst(skb).input.call(skb)).isZero();
        }

        @Test
        @DisplayName("a host counts an address that is not his, and keeps silent")
        void host() {
            drop("192.0.2.1");

            assertThat(init_net.mib.ip_statistics[IPSTATS_MIB_INADDRERRORS]).isOne();
            assertThat(eth0.sent).isEmpty();
        }

        @Test
        @DisplayName("a device that IPv4 has left: the packet is dropped")
        void no_in_device() {
            sk_buff skb = Ipv4.packet("10.0.0.7", "192.0.2.1", Ipv4.IPPROTO_TEST);
            skb.dev = eth0.dev;
            Input.ip_route_input(skb, ip("192.0.2.1"), ip("10.0.0.7"), 0, eth0.dev);
            IpAddr.linkMtu(eth0.dev, 60);

            assertThat(Input.ip_error(skb)).isZero();
        }

        @Test
        @DisplayName("a router tells the sender, twice at once: this limit and that of ICMP are paid from one purse")
        void router_tells() {
            router();
            Ipv4.later(() -> {
                for (int i = 0; i < 8; i++) {
                    drop("192.0.2.1");
                }
            });

            assertThat(init_net.mib.ip_statistics[IPSTATS_MIB_INNOROUTES]).isEqualTo(8);
            assertThat(eth0.sent).hasSize(2);

            Clock.passTo(Clock.now() + 2 * Clock.NSEC_PER_SEC);
            drop("192.0.2.1");
            assertThat(eth0.sent).hasSize(3);
        }
    }
}
