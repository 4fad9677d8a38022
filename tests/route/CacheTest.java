// SPDX-License-Identifier: GPL-2.0-only
package route;

import static fib_trie.FibTable.fib_lookup;
import static linux.list.Lists.list_empty;
import static net.dst.Metrics.dst_metric;
import static net.dst.dst_entry.DST_HOST;
import static net.dst.dst_entry.DST_NOCACHE;
import static net.dst.dst_entry.DST_NOPOLICY;
import static net.dst.dst_entry.DST_NOXFRM;
import static net.dst.dst_entry.DST_OBSOLETE_DEAD;
import static net.dst.dst_entry.DST_OBSOLETE_FORCE_CHK;
import static net.dst.dst_entry.DST_OBSOLETE_KILL;
import static net.flow.flowi.FLOWI_FLAG_KNOWN_NH;
import static net.ip_fib.Fib.FIB_RES_NH;
import static net.net_namespace.NetNs.init_net;
import static net.net_namespace.NetNs.rt_genid_ipv4;
import static net.route.Route.ip_rt_put;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.FakeDevice.made;
import static testing.Ipv4.ip;
import static uapi.linux.rtnetlink.Rt.RTAX_WINDOW;

import fib_frontend.IpRoute;
import linux.gfp.Gfp;
import net.flow.flowi4;
import net.ip_fib.fib_nh;
import net.ip_fib.fib_result;
import net.route.rtable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;

@KernelTest
class CacheTest {
    private Nic eth0;
    private fib_nh nh;

    @BeforeEach
    void network() {
        Ipv4.boot();
        eth0 = Nic.up("eth0", "10.0.0.1/24");
        flowi4 fl4 = new flowi4();
        fib_result res = new fib_result();
        fl4.daddr = ip("10.0.0.7");
        assertThat(fib_lookup(init_net, fl4, res)).isZero();
        nh = FIB_RES_NH(res);
    }

    @Nested
    class rt_cache_route {
        @Test
        @DisplayName("takes the place of the entry before, which dies")
        void replaces() {
            rtable a = Ipv4.route(init_net, "10.0.0.7");
            rtable b = Cache.rt_dst_alloc(eth0.dev, false, false, true);
            b.rt_genid = rt_genid_ipv4(init_net);

            assertThat(Cache.rt_cache_route(nh, b)).isTrue();

            assertThat(nh.nh_pcpu_rth_output).isSameAs(b);
            assertThat(a.obsolete).isEqualTo(DST_OBSOLETE_DEAD);
            ip_rt_put(a);
            ip_rt_put(b);
        }

        @Test
        @DisplayName("packets that come in have an entry of their own")
        void input() {
            rtable out = Ipv4.route(init_net, "10.0.0.7");
            rtable in = Cache.rt_dst_alloc(eth0.dev, false, false, true);
            in.rt_is_input = true;

            Cache.rt_cache_route(nh, in);

            assertThat(nh.nh_rth_input).isSameAs(in);
            assertThat(nh.nh_pcpu_rth_output).isSameAs(out);
            ip_rt_put(in);
            ip_rt_put(out);
        }
    }

    @Nested
    class rt_add_uncached_list {
        @Test
        @DisplayName("an entry that is not cached can be found by its device all the same")
        void listed() {
            rtable rt = Cache.rt_dst_alloc(eth0.dev, false, false, false);

            Cache.rt_add_uncached_list(rt);

            assertThat(Cache.rt_uncached_list.next.owner).isSameAs(rt);
            ip_rt_put(rt);
        }
    }

    @Nested
    class ipv4_dst_destroy {
        @Test
        @DisplayName("takes it off that list")
        void unlisted() {
            rtable rt = Cache.rt_dst_alloc(eth0.dev, false, false, false);
            Cache.rt_add_uncached_list(rt);

            ip_rt_put(rt);

            assertThat(list_empty(Cache.rt_uncached_list)).isTrue();
        }
    }

    @Nested
    class rt_flush_dev {
        @Test
        @DisplayName("entries that nobody has cached let go of a device that disappears")
        void let_go() {
            rtable rt = Ipv4.route(init_net, "10.0.0.255");
            assertThat(rt.flags & DST_NOCACHE).isNotZero();
            int refs = eth0.dev.refcnt;

            Cache.rt_flush_dev(eth0.dev);

            assertThat(rt.dev).isSameAs(init_net.loopback_dev);
            assertThat(eth0.dev.refcnt).isEqualTo(refs - 1);
            ip_rt_put(rt);
        }
    }

    @Nested
    class rt_cache_valid {
        @Test
        @DisplayName("null is not, nor a stale one")
        void valid() {
            rtable rt = Ipv4.route(init_net, "10.0.0.7");
            assertThat(Cache.rt_cache_valid(rt)).isTrue();
            assertThat(Cache.rt_cache_valid(null)).isFalse();

            rt.obsolete = DST_OBSOLETE_KILL;
            assertThat(Cache.rt_cache_valid(rt)).isFalse();

            rt.obsolete = DST_OBSOLETE_FORCE_CHK;
            Check.rt_cache_flush(init_net);
            assertThat(Cache.rt_cache_valid(rt)).isFalse();
            ip_rt_put(rt);
        }
    }

    @Nested
    class rt_set_nexthop {
        @Test
        @DisplayName("the route's metrics and gateway; the next hop caches the entry")
        void cached() {
            IpRoute.add(init_net, "192.0.2.0/24 via 10.0.0.254 window 5000");

            rtable rt = Ipv4.route(init_net, "192.0.2.1");

            assertThat(dst_metric(rt, RTAX_WINDOW)).isEqualTo(5000);
            assertThat(rt.rt_gateway).isEqualTo(ip("10.0.0.254"));
            assertThat(rt.flags & DST_NOCACHE).isZero();
            ip_rt_put(rt);
            assertThat(Ipv4.route(init_net, "192.0.2.9")).isSameAs(rt);
            ip_rt_put(rt);
        }

        @Test
        @DisplayName("an entry that is not cached knows its receiver, for nobody else will use it")
        void not_cached() {
            flowi4 fl4 = new flowi4();
            fl4.flowic_flags = FLOWI_FLAG_KNOWN_NH;

            rtable rt = Ipv4.route(init_net, fl4, "10.0.0.7");

            assertThat(rt.rt_gateway).isEqualTo(ip("10.0.0.7"));
            assertThat(Cache.rt_uncached_list.next.owner).isSameAs(rt);
            ip_rt_put(rt);
        }
    }

    @Nested
    class rt_dst_alloc {
        @Test
        @DisplayName("has one user and holds the device; the flags say what it may be used for")
        void made() {
            int refs = eth0.dev.refcnt;

            rtable rt = Cache.rt_dst_alloc(eth0.dev, true, true, false);

            assertThat(rt.__refcnt).isOne();
            assertThat(rt.obsolete).isEqualTo(DST_OBSOLETE_FORCE_CHK);
            assertThat(rt.flags).isEqualTo(DST_HOST | DST_NOCACHE | DST_NOPOLICY | DST_NOXFRM);
            assertThat(eth0.dev.refcnt).isEqualTo(refs + 1);
            ip_rt_put(rt);
            assertThat(eth0.dev.refcnt).isEqualTo(refs);
        }

        @Test
        @DisplayName("null without memory")
        void no_memory() {
            Gfp.failNth(0);

            assertThat(Cache.rt_dst_alloc(eth0.dev, false, false, true)).isNull();
        }
    }
}
