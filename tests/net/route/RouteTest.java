// SPDX-License-Identifier: GPL-2.0-only
package net.route;

import static linux.skbuff.Dst.skb_dst_set_noref;
import static linux.skbuff.Free.kfree_skb;
import static net.dst.Metrics.dst_default_metrics;
import static net.dst.Metrics.dst_init_metrics;
import static net.sock.Flags.sock_set_flag;
import static net.sock.SockFlag.SOCK_LOCALROUTE;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.rtnetlink.Rt.RTAX_HOPLIMIT;
import static uapi.linux.rtnetlink.Rt.RTAX_MAX;

import linux.skbuff.sk_buff;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import raw.raw_sock;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class RouteTest {
    private final raw_sock sk = new raw_sock();
    private final rtable rt = new rtable();

    @Nested
    class RT_TOS {
        @Test
        @DisplayName("four bits: no precedence, no ECN")
        void bits() {
            assertThat(Route.RT_TOS(0xff)).isEqualTo(0x1e);
        }
    }

    @Nested
    class RT_CONN_FLAGS {
        @Test
        @DisplayName("the socket's type of service, and 1 if it stays on the link")
        void flags() {
            sk.tos = 0xff;
            assertThat(Route.RT_CONN_FLAGS(sk)).isEqualTo(0x1e);
            sock_set_flag(sk, SOCK_LOCALROUTE);
            assertThat(Route.RT_CONN_FLAGS(sk)).isEqualTo(0x1f);
        }
    }

    @Nested
    class RT_CONN_FLAGS_TOS {
        @Test
        @DisplayName("with another type of service")
        void flags() {
            sk.tos = 0xff;
            assertThat(Route.RT_CONN_FLAGS_TOS(sk, 8)).isEqualTo(8);
        }
    }

    @Nested
    class rt_is_input_route {
        @Test
        @DisplayName("made for a packet that came in")
        void input() {
            assertThat(Route.rt_is_input_route(rt)).isFalse();
            rt.rt_is_input = true;
            assertThat(Route.rt_is_input_route(rt)).isTrue();
        }
    }

    @Nested
    class rt_is_output_route {
        @Test
        @DisplayName("the opposite")
        void output() {
            assertThat(Route.rt_is_output_route(rt)).isTrue();
            rt.rt_is_input = true;
            assertThat(Route.rt_is_output_route(rt)).isFalse();
        }
    }

    @Nested
    class rt_nexthop {
        @Test
        @DisplayName("the gateway, or the receiver")
        void nexthop() {
            assertThat(Route.rt_nexthop(rt, 5)).isEqualTo(5);
            rt.rt_gateway = 6;
            assertThat(Route.rt_nexthop(rt, 5)).isEqualTo(6);
        }
    }

    @Nested
    class ip_rt_put {
        @Test
        @DisplayName("one user less; null is fine")
        void put() {
            rt.__refcnt = 2;
            Route.ip_rt_put(rt);
            Route.ip_rt_put(null);

            assertThat(rt.__refcnt).isOne();
        }
    }

    @Nested
    class rt_tos2priority {
        @ParameterizedTest
        @CsvSource({"0x00, 0", "0x02, 0", "0x08, 2", "0x0a, 2", "0x10, 6", "0x18, 4", "0x1e, 4", "0xe0, 0"})
        @DisplayName("throughput, delay, both (RFC 1349)")
        void priority(String tos, int prio) {
            assertThat(Route.rt_tos2priority(Integer.decode(tos))).isEqualTo(prio);
        }
    }

    @Nested
    class inet_iif {
        @Test
        @DisplayName("the route's if it has one, else the device that it came in by")
        void iif() {
            sk_buff skb = Skbs.linear(20);
            skb.skb_iif = 3;
            skb_dst_set_noref(skb, rt);
            assertThat(Route.inet_iif(skb)).isEqualTo(3);

            rt.rt_iif = 4;
            assertThat(Route.inet_iif(skb)).isEqualTo(4);
            kfree_skb(skb);
        }
    }

    @Nested
    class ip4_dst_hoplimit {
        @Test
        @DisplayName("what was set with the route, else ip_default_ttl")
        void hoplimit() {
            dst_init_metrics(rt, dst_default_metrics, true);
            assertThat(Route.ip4_dst_hoplimit(rt)).isEqualTo(64);
            Globals.sysctl_ip_default_ttl = 32;
            assertThat(Route.ip4_dst_hoplimit(rt)).isEqualTo(32);

            int[] m = new int[RTAX_MAX];
            m[RTAX_HOPLIMIT - 1] = 5;
            dst_init_metrics(rt, m, true);
            assertThat(Route.ip4_dst_hoplimit(rt)).isEqualTo(5);
        }
    }
}
