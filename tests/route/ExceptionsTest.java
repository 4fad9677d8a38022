// SPDX-License-Identifier: GPL-2.0-only
package route;

import static fib_trie.FibTable.fib_lookup;
import static net.dst.Dst.dst_check;
import static net.dst.Metrics.dst_mtu;
import static net.dst.dst_entry.DST_OBSOLETE_DEAD;
import static net.dst.dst_entry.DST_OBSOLETE_KILL;
import static net.ip_fib.Fib.FIB_RES_NH;
import static net.ip_fib.fnhe_hash_bucket.FNHE_HASH_SIZE;
import static net.net_namespace.NetNs.init_net;
import static net.route.Route.ip_rt_put;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.ip;
import static uapi.linux.rtnetlink.Rt.RTCF_REDIRECTED;

import fib_frontend.IpRoute;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import linux.gfp.Gfp;
import linux.hrtimer.Clock;
import linux.jiffies.Jiffies;
import net.flow.flowi4;
import net.ip_fib.fib_nh;
import net.ip_fib.fib_nh_exception;
import net.ip_fib.fib_result;
import net.ip_fib.fnhe_hash_bucket;
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
class ExceptionsTest {
    private fib_nh nh;

    @BeforeEach
    void network() {
        Ipv4.boot();
        Nic.up("eth0", "10.0.0.1/24");
        IpRoute.add(init_net, "default via 10.0.0.254");
        nh = nexthop("192.0.2.1");
    }

    private static fib_nh nexthop(String daddr) {
        flowi4 fl4 = new flowi4();
        fib_result res = new fib_result();
        fl4.daddr = ip(daddr);
        assertThat(fib_lookup(init_net, fl4, res)).isZero();
        return FIB_RES_NH(res);
    }

    private static long in(int jiffies) {
        return Jiffies.jiffies + jiffies;
    }

    /** A destination that stands in the same bucket as 192.0.2.1. */
    private static List<Integer> sameBucket(int n) {
        List<Integer> found = new ArrayList<>();
        int hash = Exceptions.fnhe_hashfun(ip("192.0.2.1"));
        for (int a = ip("198.18.0.0"); found.size() < n; a++) {
            if (Exceptions.fnhe_hashfun(a) == hash) {
                found.add(a);
            }
        }
        return found;
    }

    @Nested
    class update_or_create_fnhe {
        @Test
        @DisplayName("a new one makes the common entry stale; the next lookup gets one of its own")
        void created() {
            rtable common = Ipv4.route(init_net, "192.0.2.1");

            Exceptions.update_or_create_fnhe(nh, ip("192.0.2.1"), 0, 1000, in(100));

            assertThat(common.obsolete).isEqualTo(DST_OBSOLETE_KILL);
            rtable own = Ipv4.route(init_net, "192.0.2.1");
            assertThat(own.rt_pmtu).isEqualTo(1000);
            assertThat(own.expires).isEqualTo(in(100));
            assertThat(Ipv4.route(init_net, "192.0.2.1")).isSameAs(own);
            rtable other = Ipv4.route(init_net, "192.0.2.2");
            assertThat(other).isNotSameAs(own);
            assertThat(other.rt_pmtu).isZero();
            ip_rt_put(common);
            ip_rt_put(own);
            ip_rt_put(own);
            ip_rt_put(other);
        }

        @Test
        @DisplayName("a known one is changed, and the entries that are in use with it")
        void updated() {
            Exceptions.update_or_create_fnhe(nh, ip("192.0.2.1"), 0, 1000, in(100));
            rtable own = Ipv4.route(init_net, "192.0.2.1");

            Exceptions.update_or_create_fnhe(nh, ip("192.0.2.1"), 0, 900, in(200));

            assertThat(own.rt_pmtu).isEqualTo(900);
            assertThat(own.expires).isEqualTo(in(200));
            assertThat(dst_check(own, 0)).isSameAs(own);
            ip_rt_put(own);
        }

        @Test
        @DisplayName("the seventh in a bucket takes the place of the one that was not used for longest")
        void oldest_goes() {
            List<Integer> others = sameBucket(6);
            Exceptions.update_or_create_fnhe(nh, ip("192.0.2.1"), 0, 1000, in(100));
            for (int daddr : others) {
                Clock.passTo(Clock.now() + Clock.NSEC_PER_MSEC);
                Exceptions.update_or_create_fnhe(nh, daddr, 0, 1000, in(100));
            }

            assertThat(Exceptions.find_exception(nh, ip("192.0.2.1"))).isNull();
            assertThat(Exceptions.find_exception(nh, others.get(5))).isNotNull();
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1})
        @DisplayName("without memory nothing is learnt")
        void no_memory(int nth) {
            Gfp.failNth(nth);

            Exceptions.update_or_create_fnhe(nh, ip("192.0.2.1"), 0, 1000, in(100));

            assertThat(Exceptions.find_exception(nh, ip("192.0.2.1"))).isNull();
        }
    }

    @Nested
    class find_exception {
        @Test
        @DisplayName("finds the one of this destination")
        void found() {
            assertThat(Exceptions.find_exception(nh, ip("192.0.2.1"))).isNull();

            Exceptions.update_or_create_fnhe(nh, ip("192.0.2.1"), ip("10.0.0.253"), 0, 0);

            assertThat(Exceptions.find_exception(nh, ip("192.0.2.1")).fnhe_gw).isEqualTo(ip("10.0.0.253"));
            assertThat(Exceptions.find_exception(nh, ip("192.0.2.2"))).isNull();
        }
    }

    @Nested
    class rt_bind_exception {
        @Test
        @DisplayName("an exception from before the flush counts no more, but its place is used")
        void old_generation() {
            Exceptions.update_or_create_fnhe(nh, ip("192.0.2.1"), 0, 1000, in(100));
            ip_rt_put(Ipv4.route(init_net, "192.0.2.1"));

            init_net.sysctls.write("net.ipv4.route.flush", "1");

            rtable rt = Ipv4.route(init_net, "192.0.2.1");
            assertThat(rt.rt_pmtu).isZero();
            assertThat(dst_mtu(rt)).isEqualTo(1500);
            assertThat(Exceptions.find_exception(nh, ip("192.0.2.1")).fnhe_rth_output).isSameAs(rt);
            ip_rt_put(rt);
        }

        @Test
        @DisplayName("an exception that has been given to another destination meanwhile is not for us")
        void other_destination() {
            fib_nh_exception fnhe = new fib_nh_exception();
            fnhe.fnhe_daddr = ip("192.0.2.2");
            rtable rt = Ipv4.route(init_net, "192.0.2.1");

            assertThat(Exceptions.rt_bind_exception(rt, fnhe, ip("192.0.2.1"))).isFalse();

            assertThat(fnhe.fnhe_rth_output).isNull();
            ip_rt_put(rt);
        }
    }

    @Nested
    class fill_route_from_fnhe {
        @Test
        @DisplayName("MTU and end; a gateway only if there is one")
        void filled() {
            fib_nh_exception fnhe = new fib_nh_exception();
            rtable rt = new rtable();
            fnhe.fnhe_pmtu = 700;
            fnhe.fnhe_expires = 7;
            Exceptions.fill_route_from_fnhe(rt, fnhe);
            assertThat(rt.rt_pmtu).isEqualTo(700);
            assertThat(rt.expires).isEqualTo(7);
            assertThat(rt.rt_uses_gateway).isFalse();

            fnhe.fnhe_gw = 5;
            Exceptions.fill_route_from_fnhe(rt, fnhe);
            assertThat(rt.rt_gateway).isEqualTo(5);
            assertThat(rt.rt_uses_gateway).isTrue();
            assertThat(rt.rt_flags & RTCF_REDIRECTED).isNotZero();
        }
    }

    @Nested
    class fnhe_hashfun {
        @Test
        @DisplayName("is a place in the table, and spreads neighbouring addresses")
        void spreads() {
            Set<Integer> hashes = new HashSet<>();
            for (int a = 0; a < 256; a++) {
                int h = Exceptions.fnhe_hashfun(ip("192.0.2.0") + a);
                assertThat(h).isBetween(0, FNHE_HASH_SIZE - 1);
                hashes.add(h);
            }
            assertThat(hashes.size()).isGreaterThan(100);
        }
    }

    @Nested
    class fnhe_oldest {
        @Test
        @DisplayName("is the one with the oldest stamp, and its entries are dropped")
        void oldest() {
            fnhe_hash_bucket hash = new fnhe_hash_bucket();
            fib_nh_exception young = new fib_nh_exception();
            fib_nh_exception old = new fib_nh_exception();
            hash.chain = young;
            young.fnhe_next = old;
            young.fnhe_stamp = Jiffies.jiffies;
            old.fnhe_stamp = Jiffies.jiffies - 1;
            old.fnhe_rth_output = Ipv4.route(init_net, "192.0.2.1");
            rtable rt = old.fnhe_rth_output;

            assertThat(Exceptions.fnhe_oldest(hash)).isSameAs(old);

            assertThat(old.fnhe_rth_output).isNull();
            assertThat(rt.obsolete).isEqualTo(DST_OBSOLETE_DEAD);
            nh.nh_pcpu_rth_output = null;
            ip_rt_put(rt);
        }
    }

    @Nested
    class fnhe_flush_routes {
        @Test
        @DisplayName("drops both entries")
        void both() {
            init_net.sysctls.write("net.ipv4.ip_forward", "1");
            Exceptions.update_or_create_fnhe(nh, ip("192.0.2.1"), 0, 1000, in(100));
            fib_nh_exception fnhe = Exceptions.find_exception(nh, ip("192.0.2.1"));
            ip_rt_put(Ipv4.route(init_net, "192.0.2.1"));
            rtable out = fnhe.fnhe_rth_output;
            int before = Init.entries();

            Exceptions.fnhe_flush_routes(fnhe);

            assertThat(out).isNotNull();
            assertThat(fnhe.fnhe_rth_output).isNull();
            assertThat(fnhe.fnhe_rth_input).isNull();
            assertThat(Init.entries()).isEqualTo(before - 1);
        }
    }

    @Nested
    class rt_free {
        @Test
        @DisplayName("an entry in use is dead until its last user lets go")
        void in_use() {
            rtable rt = Ipv4.route(init_net, "10.0.0.7");
            nexthop("10.0.0.7").nh_pcpu_rth_output = null;
            int before = Init.entries();

            Exceptions.rt_free(rt);

            assertThat(dst_check(rt, 0)).isNull();
            assertThat(Init.entries()).isEqualTo(before);
            ip_rt_put(rt);
            assertThat(Init.entries()).isEqualTo(before - 1);
        }
    }
}
