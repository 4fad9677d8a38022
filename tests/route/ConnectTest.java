// SPDX-License-Identifier: GPL-2.0-only
package route;

import static linux.err.Err.PTR_ERR;
import static linux.errno.Errno.ENETUNREACH;
import static net.flow.flowi.FLOWI_FLAG_ANYSRC;
import static net.net_namespace.NetNs.init_net;
import static net.route.Route.ip_rt_put;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.ip;
import static uapi.linux.in.In.IPPROTO_TCP;

import fib_frontend.IpRoute;
import fib_rules.IpRule;
import net.flow.flowi4;
import net.route.rtable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import raw.raw_sock;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;

@KernelTest
class ConnectTest {
    private final flowi4 fl4 = new flowi4();
    private final raw_sock sk = new raw_sock();
    private Nic eth0;

    @BeforeEach
    void network() {
        Ipv4.boot();
        eth0 = Nic.up("eth0", "10.0.0.1/24");
        Nic.up("eth1", "10.1.0.1/24");
        sk.skc_net = init_net;
    }

    private rtable connect(String daddr, String saddr) {
        return Connect.ip_route_connect(fl4, ip(daddr), ip(saddr), 0, 0, IPPROTO_TCP, 0, 80, sk);
    }

    @Nested
    class ip_route_connect_init {
        @Test
        @DisplayName("a transparent socket may have any source address")
        void transparent() {
            Connect.ip_route_connect_init(fl4, 1, 2, 0, 0, IPPROTO_TCP, 3, 4, sk);
            assertThat(fl4.flowic_flags).isZero();
            assertThat(fl4.daddr).isEqualTo(1);
            assertThat(fl4.saddr).isEqualTo(2);
            assertThat(fl4.fl4_sport).isEqualTo(3);
            assertThat(fl4.fl4_dport).isEqualTo(4);

            sk.transparent = true;
            Connect.ip_route_connect_init(fl4, 1, 2, 0, 0, IPPROTO_TCP, 3, 4, sk);
            assertThat(fl4.flowic_flags).isEqualTo(FLOWI_FLAG_ANYSRC);
        }
    }

    @Nested
    class ip_route_connect {
        @Test
        @DisplayName("chooses the source address, then the route for both")
        void chooses() {
            rtable rt = connect("10.1.0.7", "0.0.0.0");

            assertThat(fl4.saddr).isEqualTo(ip("10.1.0.1"));
            assertThat(rt.__refcnt).isOne();
            ip_rt_put(rt);
        }

        @Test
        @DisplayName("the second lookup knows the source address: a rule may send it elsewhere")
        void policy() {
            IpRoute.add(init_net, "default via 10.0.0.254");
            IpRule.addFrom(init_net, "10.0.0.1", 7);
            IpRoute.add(init_net, "default via 10.0.0.253 table 7");

            rtable rt = connect("192.0.2.1", "0.0.0.0");

            assertThat(rt.rt_gateway).isEqualTo(ip("10.0.0.253"));
            ip_rt_put(rt);
        }

        @Test
        @DisplayName("no route, no source address: -ENETUNREACH")
        void unreachable() {
            assertThat(PTR_ERR(connect("192.0.2.1", "0.0.0.0"))).isEqualTo(-ENETUNREACH);
            assertThat(PTR_ERR(connect("192.0.2.1", "10.0.0.1"))).isEqualTo(-ENETUNREACH);
        }

        @Test
        @DisplayName("connect and the packets that follow meet the same entry")
        void same_entry() {
            rtable rt = connect("10.0.0.7", "0.0.0.0");

            assertThat(connect("10.0.0.7", "10.0.0.1")).isSameAs(rt);
            ip_rt_put(rt);
            ip_rt_put(rt);
        }
    }

    @Nested
    class ip_route_newports {
        @Test
        @DisplayName("nothing new: the same route, with the same reference")
        void same() {
            rtable rt = connect("10.0.0.7", "0.0.0.0");

            assertThat(Connect.ip_route_newports(fl4, rt, 4000, 80, 4000, 80, sk)).isSameAs(rt);

            assertThat(rt.__refcnt).isOne();
            ip_rt_put(rt);
        }

        @Test
        @DisplayName("a new port: looks again, for the device that the socket is bound to")
        void looks_again() {
            rtable rt = connect("10.0.0.7", "0.0.0.0");
            sk.skc_bound_dev_if = eth0.dev.ifindex;

            rtable again = Connect.ip_route_newports(fl4, rt, 0, 80, 4000, 80, sk);

            assertThat(again.dev).isSameAs(eth0.dev);
            assertThat(again.__refcnt).isOne();
            assertThat(fl4.fl4_sport).isEqualTo(4000);
            ip_rt_put(again);
        }
    }
}
