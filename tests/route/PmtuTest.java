// SPDX-License-Identifier: GPL-2.0-only
package route;

import static linux.skbuff.Free.kfree_skb;
import static net.dst.Metrics.dst_mtu;
import static net.net_namespace.NetNs.init_net;
import static net.route.Route.ip_rt_put;
import static net.sock.Dst.sk_dst_reset;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.CcTrajectory.socket;
import static testing.Ipv4.ip;
import static uapi.linux.in.In.IPPROTO_ICMP;
import static uapi.linux.in.In.IP_PMTUDISC_INTERFACE;
import static uapi.linux.in.In.IP_PMTUDISC_WANT;

import devinet.IpAddr;
import fib_frontend.IpRoute;
import linux.hrtimer.Clock;
import linux.skbuff.sk_buff;
import net.dst.dst_entry;
import net.flow.flowi4;
import net.route.rtable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import raw.raw_sock;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;

@KernelTest
class PmtuTest {
    private Nic eth0;
    private final flowi4 fl4 = new flowi4();

    @BeforeEach
    void network() {
        Ipv4.boot();
        eth0 = Nic.up("eth0", "10.0.0.1/24");
        IpRoute.add(init_net, "default via 10.0.0.254");
        fl4.daddr = ip("192.0.2.1");
    }

    private static int mtu(String daddr) {
        rtable rt = Ipv4.route(init_net, daddr);
        ip_rt_put(rt);
        return dst_mtu(rt);
    }

    private void learn(int mtu) {
        rtable rt = Ipv4.route(init_net, "192.0.2.1");
        Pmtu.__ip_rt_update_pmtu(rt, fl4, mtu);
        ip_rt_put(rt);
    }

    private static void pass(int ms) {
        Clock.passTo(Clock.now() + ms * Clock.NSEC_PER_MSEC);
    }

    /** The header of a packet to 192.0.2.1, as ICMP quotes it. */
    private sk_buff quoted() {
        sk_buff skb = Ipv4.packet("10.0.0.1", "192.0.2.1", Ipv4.IPPROTO_TEST, new byte[8]);
        skb.dev = eth0.dev;
        return skb;
    }

    @Nested
    class __ip_rt_update_pmtu {
        @Test
        @DisplayName("holds for this destination and ten minutes")
        void learnt() {
            learn(1400);

            assertThat(mtu("192.0.2.1")).isEqualTo(1400);
            assertThat(mtu("192.0.2.2")).isEqualTo(1500);
            pass(599_999);
            assertThat(mtu("192.0.2.1")).isEqualTo(1400);
            pass(1);
            assertThat(mtu("192.0.2.1")).isEqualTo(1500);
        }

        @ParameterizedTest
        @CsvSource({"0, 552", "1, 552", "68, 552", "551, 552", "552, 552", "1499, 1499", "1500, 1500", "1501, 1500",
            "65535, 1500"})
        @DisplayName("less than min_pmtu is not believed, more than the device's MTU is ignored")
        void limits(int said, int mtu) {
            learn(said);

            assertThat(mtu("192.0.2.1")).isEqualTo(mtu);
        }

        @Test
        @DisplayName("min_pmtu is a sysctl")
        void min_pmtu() {
            init_net.sysctls.write("net.ipv4.route.min_pmtu", "68");

            learn(68);

            assertThat(mtu("192.0.2.1")).isEqualTo(68);
        }

        @Test
        @DisplayName("so is how long it holds")
        void mtu_expires() {
            init_net.sysctls.write("net.ipv4.route.mtu_expires", "5");

            learn(1400);
            pass(5_000);

            assertThat(mtu("192.0.2.1")).isEqualTo(1500);
        }

        @Test
        @DisplayName("the same again only counts when half of the time is over")
        void refreshed() {
            learn(1400);
            pass(299_999);
            learn(1400);
            pass(300_001);
            assertThat(mtu("192.0.2.1")).as("the first ten minutes are over").isEqualTo(1500);

            learn(1400);
            pass(300_001);
            learn(1400);
            pass(300_000);
            assertThat(mtu("192.0.2.1")).isEqualTo(1400);
        }

        @Test
        @DisplayName("a locked MTU stays")
        void locked() {
            IpRoute.add(init_net, "192.0.2.0/24 via 10.0.0.254 mtu lock 1450");

            learn(1400);

            assertThat(mtu("192.0.2.1")).isEqualTo(1450);
        }
    }

    @Nested
    class ip_rt_update_pmtu {
        @Test
        @DisplayName("dst_ops.update_pmtu: the socket says which destination it is")
        void socket() {
            raw_sock sk = new raw_sock();
            sk.skc_daddr = ip("192.0.2.1");
            rtable rt = Ipv4.route(init_net, "192.0.2.1");

            rt.ops.update_pmtu.call(rt, sk, null, 1400);

            assertThat(mtu("192.0.2.1")).isEqualTo(1400);
            ip_rt_put(rt);
        }
    }

    @Nested
    class ipv4_update_pmtu {
        @Test
        @DisplayName("the quoted header says which destination it is")
        void header() {
            sk_buff skb = quoted();

            Pmtu.ipv4_update_pmtu(skb, init_net, 1400, 0, 0, IPPROTO_ICMP, 0);

            assertThat(mtu("192.0.2.1")).isEqualTo(1400);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("without a route there is nothing to learn")
        void no_route() {
            IpRoute.del(init_net, "default");
            sk_buff skb = quoted();

            Pmtu.ipv4_update_pmtu(skb, init_net, 1400, 0, 0, IPPROTO_ICMP, 0);

            IpRoute.add(init_net, "default via 10.0.0.254");
            assertThat(mtu("192.0.2.1")).isEqualTo(1500);
            kfree_skb(skb);
        }
    }

    @Nested
    class __ipv4_sk_update_pmtu {
        @Test
        @DisplayName("learns about the destination in the quoted header")
        void header() {
            raw_sock sk = new raw_sock();
            sk.skc_net = init_net;
            sk_buff skb = quoted();

            Pmtu.__ipv4_sk_update_pmtu(skb, sk, 1400);

            assertThat(mtu("192.0.2.1")).isEqualTo(1400);
            kfree_skb(skb);
        }
    }

    @Nested
    class ipv4_sk_update_pmtu {
        private final raw_sock sk = new raw_sock();

        @BeforeEach
        void socket() {
            sk.skc_net = init_net;
            sk.skc_daddr = ip("192.0.2.1");
            sk.pmtudisc = IP_PMTUDISC_WANT;
        }

        @Test
        @DisplayName("gives the socket the entry with the new MTU")
        void new_entry() {
            sk.sk_dst_cache = Ipv4.route(init_net, "192.0.2.1");
            sk_buff skb = quoted();

            Pmtu.ipv4_sk_update_pmtu(skb, sk, 1400);

            assertThat(dst_mtu(sk.sk_dst_cache)).isEqualTo(1400);
            assertThat(sk.sk_dst_cache.__refcnt).isOne();
            sk_dst_reset(sk);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("an entry that is stale already is replaced first")
        void stale() {
            sk.sk_dst_cache = Ipv4.route(init_net, "192.0.2.1");
            Check.rt_cache_flush(init_net);
            sk_buff skb = quoted();

            Pmtu.ipv4_sk_update_pmtu(skb, sk, 1400);

            assertThat(dst_mtu(sk.sk_dst_cache)).isEqualTo(1400);
            sk_dst_reset(sk);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("without an entry, or while a system call owns the socket, only the route learns")
        void no_entry() {
            sk_buff skb = quoted();
            Pmtu.ipv4_sk_update_pmtu(skb, sk, 1400);
            assertThat(sk.sk_dst_cache).isNull();
            assertThat(mtu("192.0.2.1")).isEqualTo(1400);

            sk.sk_dst_cache = Ipv4.route(init_net, "192.0.2.1");
            dst_entry old = sk.sk_dst_cache;
            sk.sk_lock.owned = 1;
            Pmtu.ipv4_sk_update_pmtu(skb, sk, 1300);
            assertThat(sk.sk_dst_cache).isSameAs(old);
            assertThat(mtu("192.0.2.1")).isEqualTo(1300);
            sk.sk_lock.owned = 0;
            sk_dst_reset(sk);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("IP_PMTUDISC_INTERFACE: nothing is believed")
        void interface_only() {
            sk.pmtudisc = IP_PMTUDISC_INTERFACE;
            sk_buff skb = quoted();

            Pmtu.ipv4_sk_update_pmtu(skb, sk, 1400);

            assertThat(mtu("192.0.2.1")).isEqualTo(1500);
            kfree_skb(skb);
        }
    }

    @Nested
    class ipv4_default_advmss {
        private int advmss() {
            rtable rt = Ipv4.route(init_net, "192.0.2.1");
            ip_rt_put(rt);
            return Pmtu.ipv4_default_advmss(rt);
        }

        @ParameterizedTest
        @CsvSource({"1500, 1460", "296, 256", "100, 256", "65535, 65495"})
        @DisplayName("the device's MTU less two headers, at least min_adv_mss")
        void from_mtu(int mtu, int mss) {
            IpAddr.linkMtu(eth0.dev, mtu);

            assertThat(advmss()).isEqualTo(mss);
        }

        @Test
        @DisplayName("a loopback's 65536 bytes give no more than fit into a packet")
        void loopback() {
            rtable rt = Ipv4.route(init_net, "127.0.0.1");

            assertThat(Pmtu.ipv4_default_advmss(rt)).isEqualTo(65495);
            ip_rt_put(rt);
        }

        @Test
        @DisplayName("what was set with the route counts more; the path MTU does not count")
        void metric() {
            IpRoute.add(init_net, "192.0.2.0/24 via 10.0.0.254 advmss 700");
            learn(1000);

            assertThat(advmss()).isEqualTo(700);
        }
    }

    @Nested
    class ipv4_mtu {
        @Test
        @DisplayName("the device's, at most 65535")
        void device() {
            assertThat(mtu("127.0.0.1")).isEqualTo(65535);
            assertThat(mtu("192.0.2.1")).isEqualTo(1500);
        }

        @Test
        @DisplayName("or what was set with the route")
        void metric() {
            IpRoute.add(init_net, "192.0.2.0/24 via 10.0.0.254 mtu 1450");

            assertThat(mtu("192.0.2.1")).isEqualTo(1450);
        }

        @Test
        @DisplayName("locked without a value: 576 behind a gateway (RFC 1122)")
        void locked() {
            IpRoute.add(init_net, "192.0.2.0/24 via 10.0.0.254 mtu lock 0");

            assertThat(mtu("192.0.2.1")).isEqualTo(576);
        }
    }
}
