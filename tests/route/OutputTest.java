// SPDX-License-Identifier: GPL-2.0-only
package route;

import static linux.err.Err.IS_ERR;
import static linux.err.Err.PTR_ERR;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENETUNREACH;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.ENODEV;
import static linux.skbuff.Dst.skb_rtable;
import static linux.skbuff.Free.kfree_skb;
import static net.dst.Dst.dst_check;
import static net.dst.dst_entry.DST_NOCACHE;
import static net.flow.flowi.FLOWI_FLAG_ANYSRC;
import static net.flow.flowi.FLOWI_FLAG_KNOWN_NH;
import static net.net_namespace.NetNs.init_net;
import static net.route.Route.ip_rt_put;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.ip;
import static uapi.linux.in.In.INADDR_LOOPBACK;
import static uapi.linux.in.In.IPPROTO_TCP;
import static uapi.linux.rtnetlink.Rt.RTCF_BROADCAST;
import static uapi.linux.rtnetlink.Rt.RTCF_LOCAL;
import static uapi.linux.rtnetlink.Rt.RTN_BROADCAST;
import static uapi.linux.rtnetlink.Rt.RTN_LOCAL;
import static uapi.linux.rtnetlink.Rt.RTN_MULTICAST;
import static uapi.linux.rtnetlink.Rt.RTN_UNICAST;
import static uapi.linux.rtnetlink.Rt.RTO_ONLINK;

import devinet.IpAddr;
import fib_frontend.IpRoute;
import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import net.flow.flowi4;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import net.route.rtable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;

@KernelTest
class OutputTest {
    private Nic eth0;
    private Nic eth1;
    private final flowi4 fl4 = new flowi4();

    @BeforeEach
    void network() {
        Ipv4.boot();
        eth0 = Nic.up("eth0", "10.0.0.1/24");
        eth1 = Nic.up("eth1", "10.1.0.1/24");
    }

    private rtable to(String daddr) {
        return Ipv4.route(init_net, fl4, daddr);
    }

    @Nested
    class __ip_route_output_key {
        @Test
        @DisplayName("a neighbour is reached directly, from the address in its subnet")
        void connected() {
            rtable rt = to("10.1.0.7");

            assertThat(rt.dev).isSameAs(eth1.dev);
            assertThat(rt.rt_type).isEqualTo(RTN_UNICAST);
            assertThat(rt.rt_gateway).isZero();
            assertThat(rt.rt_uses_gateway).isFalse();
            assertThat(fl4.saddr).isEqualTo(ip("10.1.0.1"));
            assertThat(fl4.flowic_oif).isEqualTo(eth1.dev.ifindex);
            ip_rt_put(rt);
        }

        @Test
        @DisplayName("everybody else through the gateway, from the address in the gateway's subnet")
        void default_route() {
            assertThat(IpRoute.add(init_net, "default via 10.0.0.254")).isZero();

            rtable rt = to("192.0.2.1");

            assertThat(rt.dev).isSameAs(eth0.dev);
            assertThat(rt.rt_gateway).isEqualTo(ip("10.0.0.254"));
            assertThat(rt.rt_uses_gateway).isTrue();
            assertThat(fl4.saddr).isEqualTo(ip("10.0.0.1"));
            ip_rt_put(rt);
        }

        @Test
        @DisplayName("without a route, -ENETUNREACH")
        void no_route() {
            assertThat(PTR_ERR(to("192.0.2.1"))).isEqualTo(-ENETUNREACH);
        }

        @Test
        @DisplayName("to one of our own addresses by the loopback, from that address")
        void local() {
            rtable rt = to("10.0.0.1");

            assertThat(rt.dev).isSameAs(init_net.loopback_dev);
            assertThat(rt.rt_type).isEqualTo(RTN_LOCAL);
            assertThat(rt.rt_flags & RTCF_LOCAL).isNotZero();
            assertThat(fl4.saddr).isEqualTo(ip("10.0.0.1"));
            ip_rt_put(rt);
        }

        @Test
        @DisplayName("127.0.0.9 is ours too, and answers from 127.0.0.1")
        void loopback_net() {
            rtable rt = to("127.0.0.9");

            assertThat(rt.dev).isSameAs(init_net.loopback_dev);
            assertThat(fl4.saddr).isEqualTo(ip("127.0.0.1"));
            ip_rt_put(rt);
        }

        @Test
        @DisplayName("to nobody means to 127.0.0.1, or to the source address if there is one")
        void to_nobody() {
            rtable rt = to("0.0.0.0");

            assertThat(fl4.daddr).isEqualTo(INADDR_LOOPBACK);
            assertThat(fl4.saddr).isEqualTo(INADDR_LOOPBACK);
            assertThat(rt.dev).isSameAs(init_net.loopback_dev);
            ip_rt_put(rt);

            flowi4 from = new flowi4();
            from.saddr = ip("10.0.0.1");
            ip_rt_put(Ipv4.route(init_net, from, "0.0.0.0"));
            assertThat(from.daddr).isEqualTo(ip("10.0.0.1"));
        }

        @Test
        @DisplayName("a source address that is not ours is refused with -EINVAL, unless any will do")
        void foreign_source() {
            fl4.saddr = ip("10.9.9.9");
            assertThat(PTR_ERR(to("10.0.0.7"))).isEqualTo(-EINVAL);

            flowi4 any = new flowi4();
            any.saddr = ip("10.9.9.9");
            any.flowic_flags = FLOWI_FLAG_ANYSRC;
            rtable rt = Ipv4.route(init_net, any, "10.0.0.7");
            assertThat(rt.dev).isSameAs(eth0.dev);
            ip_rt_put(rt);
        }

        @ParameterizedTest
        @ValueSource(strings = {"224.0.0.1", "255.255.255.255", "0.1.2.3"})
        @DisplayName("no source address at all: a group, the broadcast, this network")
        void impossible_source(String saddr) {
            fl4.saddr = ip(saddr);

            assertThat(PTR_ERR(to("10.0.0.7"))).isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("a source address does not bind to its device: the packet leaves where the destination is")
        void source_of_another_device() {
            fl4.saddr = ip("10.0.0.1");

            rtable rt = to("10.1.0.7");

            assertThat(rt.dev).isSameAs(eth1.dev);
            ip_rt_put(rt);
        }

        @Test
        @DisplayName("with a device given, its routes count; and without one the destination is taken to be on its link")
        void oif() {
            IpRoute.add(init_net, "default via 10.0.0.254");
            IpRoute.add(init_net, "default via 10.1.0.254 metric 10");

            fl4.flowic_oif = eth1.dev.ifindex;
            rtable rt = to("192.0.2.1");
            assertThat(rt.rt_gateway).isEqualTo(ip("10.1.0.254"));
            assertThat(fl4.saddr).isEqualTo(ip("10.1.0.1"));
            assertThat(rt.rt_iif).isEqualTo(eth1.dev.ifindex);
            ip_rt_put(rt);

            IpRoute.del(init_net, "default metric 10");
            flowi4 again = new flowi4();
            again.flowic_oif = eth1.dev.ifindex;
            rt = Ipv4.route(init_net, again, "192.0.2.1");
            assertThat(rt.dev).isSameAs(eth1.dev);
            assertThat(rt.rt_uses_gateway).isFalse();
            assertThat(again.saddr).isEqualTo(ip("10.1.0.1"));
            ip_rt_put(rt);
        }

        @Test
        @DisplayName("a device that does not exist: -ENODEV; one that is down: -ENETUNREACH")
        void oif_not_usable() {
            fl4.flowic_oif = 99;
            assertThat(PTR_ERR(to("10.1.0.7"))).isEqualTo(-ENODEV);

            IpAddr.linkDown(eth1.dev);
            fl4.flowic_oif = eth1.dev.ifindex;
            assertThat(PTR_ERR(to("10.1.0.7"))).isEqualTo(-ENETUNREACH);
        }

        @Test
        @DisplayName("the more specific route wins, then the lower metric")
        void longest_prefix() {
            IpRoute.add(init_net, "192.0.2.0/24 via 10.0.0.254");
            IpRoute.add(init_net, "192.0.2.128/25 via 10.1.0.254");
            IpRoute.add(init_net, "192.0.2.0/24 via 10.1.0.253 metric 5");

            rtable rt = to("192.0.2.1");
            assertThat(rt.rt_gateway).isEqualTo(ip("10.0.0.254"));
            ip_rt_put(rt);
            rt = Ipv4.route(init_net, "192.0.2.200");
            assertThat(rt.rt_gateway).isEqualTo(ip("10.1.0.254"));
            ip_rt_put(rt);
        }

        @Test
        @DisplayName("the route's own source address is preferred")
        void prefsrc() {
            IpRoute.add(init_net, "192.0.2.0/24 via 10.0.0.254 src 10.1.0.1");

            ip_rt_put(to("192.0.2.1"));

            assertThat(fl4.saddr).isEqualTo(ip("10.1.0.1"));
        }

        @Test
        @DisplayName("RTO_ONLINK asks for the link only: a gateway will not do")
        void onlink() {
            IpRoute.add(init_net, "default via 10.0.0.254");
            fl4.flowic_tos = RTO_ONLINK;

            assertThat(PTR_ERR(to("192.0.2.1"))).isEqualTo(-ENETUNREACH);
        }

        @Test
        @DisplayName("namespaces know nothing of each other's routes")
        void namespaces() {
            net other = NetNs.create("other");
            Nic nic = Nic.up(other, "eth0", "10.0.0.2/24");

            rtable here = to("10.0.0.7");
            rtable there = Ipv4.route(other, "10.0.0.7");

            assertThat(here.dev).isSameAs(eth0.dev);
            assertThat(there.dev).isSameAs(nic.dev);
            assertThat(PTR_ERR(Ipv4.route(other, "10.1.0.7"))).isEqualTo(-ENETUNREACH);
            ip_rt_put(here);
            ip_rt_put(there);
        }

        @Test
        @DisplayName("of several default routes, one whose gateway seems to live is taken")
        void several_defaults() {
            IpRoute.add(init_net, "default via 10.0.0.254");
            IpRoute.append(init_net, "default via 10.0.0.253");

            rtable rt = to("192.0.2.1");

            assertThat(rt.rt_gateway).isIn(ip("10.0.0.254"), ip("10.0.0.253"));
            ip_rt_put(rt);
        }
    }

    @Nested
    class __mkroute_output {
        @Test
        @DisplayName("whoever goes the same way gets the same entry, until a route changes")
        void cached() {
            rtable a = to("10.0.0.7");
            rtable b = Ipv4.route(init_net, "10.0.0.8");
            assertThat(b).isSameAs(a);
            assertThat(a.__refcnt).isEqualTo(2);

            IpRoute.add(init_net, "192.0.2.0/24 via 10.0.0.254");

            rtable c = Ipv4.route(init_net, "10.0.0.7");
            assertThat(c).isNotSameAs(a);
            assertThat(dst_check(a, 0)).isNull();
            ip_rt_put(a);
            ip_rt_put(b);
            ip_rt_put(c);
        }

        @Test
        @DisplayName("routes to the same gateway share an entry, whatever their prefixes are")
        void shared_by_prefixes() {
            IpRoute.add(init_net, "192.0.2.0/24 via 10.0.0.254");
            IpRoute.add(init_net, "198.51.100.0/24 via 10.0.0.254");

            rtable a = to("192.0.2.1");
            rtable b = Ipv4.route(init_net, "198.51.100.1");

            assertThat(b).isSameAs(a);
            ip_rt_put(a);
            ip_rt_put(b);
        }

        @Test
        @DisplayName("a broadcast is also for us: it goes out by ip_mc_output")
        void broadcast() {
            rtable rt = to("10.0.0.255");

            assertThat(rt.rt_type).isEqualTo(RTN_BROADCAST);
            assertThat(rt.rt_flags & (RTCF_BROADCAST | RTCF_LOCAL)).isEqualTo(RTCF_BROADCAST | RTCF_LOCAL);
            assertThat(rt.flags & DST_NOCACHE).isNotZero();
            ip_rt_put(rt);
        }

        @Test
        @DisplayName("to a group: by the device of the source address, not for us unless we belong to it")
        void multicast() {
            fl4.saddr = ip("10.1.0.1");
            rtable rt = to("224.0.0.251");
            assertThat(rt.dev).isSameAs(eth1.dev);
            assertThat(rt.rt_type).isEqualTo(RTN_MULTICAST);
            assertThat(rt.rt_flags & RTCF_LOCAL).isZero();
            ip_rt_put(rt);

            flowi4 all = new flowi4();
            all.saddr = ip("10.1.0.1");
            rt = Ipv4.route(init_net, all, "224.0.0.1");
            assertThat(rt.rt_flags & RTCF_LOCAL).isNotZero();
            ip_rt_put(rt);
        }

        @Test
        @DisplayName("127.0.0.1 must not leave the host")
        void loopback_source() {
            fl4.saddr = INADDR_LOOPBACK;

            assertThat(PTR_ERR(to("10.0.0.7"))).isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("unless route_localnet allows it")
        void route_localnet() {
            init_net.sysctls.write("net.ipv4.conf.eth0.route_localnet", "1");
            fl4.saddr = INADDR_LOOPBACK;

            rtable rt = to("10.0.0.7");

            assertThat(IS_ERR(rt)).isFalse();
            ip_rt_put(rt);
        }

        @Test
        @DisplayName("0.1.2.3 is no destination")
        void zeronet() {
            IpRoute.add(init_net, "default via 10.0.0.254");

            assertThat(PTR_ERR(to("0.1.2.3"))).isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("without memory, -ENOBUFS, and nothing is lost")
        void no_memory() {
            Gfp.failNth(0);

            assertThat(PTR_ERR(to("10.0.0.7"))).isEqualTo(-ENOBUFS);
        }

        @Test
        @DisplayName("FLOWI_FLAG_KNOWN_NH: an entry of its own, gone with its user")
        void known_nexthop() {
            fl4.flowic_flags = FLOWI_FLAG_KNOWN_NH;
            int before = Init.entries();

            rtable rt = to("10.0.0.7");

            assertThat(rt.flags & DST_NOCACHE).isNotZero();
            assertThat(rt.rt_gateway).isEqualTo(ip("10.0.0.7"));
            ip_rt_put(rt);
            assertThat(Init.entries()).isEqualTo(before);
        }
    }

    @Nested
    class ip_route_output_flow {
        @Test
        @DisplayName("finds what __ip_route_output_key finds, or the same error")
        void same() {
            fl4.daddr = ip("10.0.0.7");
            fl4.flowic_proto = IPPROTO_TCP;
            rtable rt = Output.ip_route_output_flow(init_net, fl4, null);
            assertThat(rt.dev).isSameAs(eth0.dev);
            ip_rt_put(rt);

            flowi4 nowhere = new flowi4();
            nowhere.daddr = ip("192.0.2.1");
            assertThat(PTR_ERR(Output.ip_route_output_flow(init_net, nowhere, null))).isEqualTo(-ENETUNREACH);
        }
    }

    @Nested
    class ip_route_output_key {
        @Test
        @DisplayName("needs no socket")
        void no_socket() {
            fl4.daddr = ip("10.1.0.7");

            rtable rt = Output.ip_route_output_key(init_net, fl4);

            assertThat(rt.dev).isSameAs(eth1.dev);
            ip_rt_put(rt);
        }
    }

    @Nested
    class ip_route_output_ports {
        @Test
        @DisplayName("fills in the flow first, ports included")
        void filled_in() {
            rtable rt = Output.ip_route_output_ports(
                    init_net, fl4, null, ip("10.1.0.7"), 0, 80, 4000, IPPROTO_TCP, 0x1f, 0);

            assertThat(rt.dev).isSameAs(eth1.dev);
            assertThat(fl4.fl4_dport).isEqualTo(80);
            assertThat(fl4.fl4_sport).isEqualTo(4000);
            assertThat(fl4.flowic_proto).isEqualTo(IPPROTO_TCP);
            assertThat(fl4.flowic_tos).isEqualTo(0x1c);
            ip_rt_put(rt);
        }
    }

    @Nested
    class ip_rt_get_source {
        @Test
        @DisplayName("of a packet of ours, its source address")
        void output() {
            sk_buff skb = Ipv4.packet("10.0.0.1", "10.0.0.7", Ipv4.IPPROTO_TEST);
            byte[] addr = new byte[8];
            rtable rt = to("10.0.0.7");

            Output.ip_rt_get_source(addr, 2, skb, rt);

            assertThat(addr).containsExactly(0, 0, 10, 0, 0, 1, 0, 0);
            ip_rt_put(rt);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("of a packet that goes through us, our address where it leaves")
        void forwarded() {
            init_net.sysctls.write("net.ipv4.ip_forward", "1");
            sk_buff skb = Ipv4.packet("10.0.0.7", "10.1.0.7", Ipv4.IPPROTO_TEST);
            skb.dev = eth0.dev;
            byte[] addr = new byte[4];
            assertThat(Input.ip_route_input(skb, ip("10.1.0.7"), ip("10.0.0.7"), 0, eth0.dev)).isZero();

            Output.ip_rt_get_source(addr, 0, skb, skb_rtable(skb));

            assertThat(addr).containsExactly(10, 1, 0, 1);
            kfree_skb(skb);
        }
    }
}
