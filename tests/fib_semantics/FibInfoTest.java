// SPDX-License-Identifier: GPL-2.0-only
package fib_semantics;

import static fib_trie.FibTable.fib_lookup;
import static linux.err.Err.IS_ERR;
import static linux.err.Err.PTR_ERR;
import static linux.errno.Errno.EHOSTUNREACH;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENETDOWN;
import static linux.errno.Errno.ENETUNREACH;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.ENODEV;
import static linux.list.Lists.list_add_tail;
import static net.dst.dst_entry.DST_OBSOLETE_DEAD;
import static net.ip_fib.Fib.FIB_RES_GW;
import static net.ip_fib.Fib.fibInfoHold;
import static net.neighbour.Neigh.neigh_create;
import static net.neighbour.Neigh.neigh_release;
import static net.net_namespace.NetNs.init_net;
import static net.route.Route.ip_rt_put;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.ip;
import static testing.Nic.down;
import static uapi.linux.neighbour.Nud.NUD_FAILED;
import static uapi.linux.neighbour.Nud.NUD_REACHABLE;
import static uapi.linux.neighbour.Nud.NUD_STALE;
import static uapi.linux.rtnetlink.Rt.RTAX_ADVMSS;
import static uapi.linux.rtnetlink.Rt.RTAX_MAX;
import static uapi.linux.rtnetlink.Rt.RTAX_MTU;
import static uapi.linux.rtnetlink.Rt.RTAX_WINDOW;
import static uapi.linux.rtnetlink.Rt.RTNH_F_DEAD;
import static uapi.linux.rtnetlink.Rt.RTNH_F_ONLINK;
import static uapi.linux.rtnetlink.Rt.RTN_BLACKHOLE;
import static uapi.linux.rtnetlink.Rt.RTN_LOCAL;
import static uapi.linux.rtnetlink.Rt.RTN_NAT;
import static uapi.linux.rtnetlink.Rt.RTN_UNICAST;
import static uapi.linux.rtnetlink.Rt.RTN_UNREACHABLE;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_HOST;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_LINK;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_NOWHERE;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_UNIVERSE;

import devinet.IpAddr;
import fib_frontend.IpRoute;
import java.util.ArrayList;
import java.util.List;
import linux.compiler.IntRef;
import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.list.list_head;
import linux.printk.Printk;
import net.flow.flowi4;
import net.ip_fib.fib_alias;
import net.ip_fib.fib_config;
import net.ip_fib.fib_info;
import net.ip_fib.fib_nh;
import net.ip_fib.fib_result;
import net.neighbour.neighbour;
import net.net_namespace.NetNs;
import net.route.rtable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import raw.raw_sock;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;

@KernelTest
class FibInfoTest {
    private Nic eth0;

    @BeforeEach
    void network() {
        Ipv4.boot();
        eth0 = Nic.up("eth0", "10.0.0.1/24");
    }

    private fib_config cfg(String gw) {
        fib_config cfg = new fib_config();
        cfg.nl_net = init_net;
        cfg.fc_type = RTN_UNICAST;
        if (gw == null) {
            cfg.fc_oif = eth0.dev.ifindex;
            cfg.fc_scope = RT_SCOPE_LINK;
        } else {
            cfg.fc_gw = ip(gw);
        }
        return cfg;
    }

    private static int err(fib_config cfg) {
        fib_info fi = FibInfo.fib_create_info(cfg);
        if (!IS_ERR(fi)) {
            FibInfo.fib_release_info(fi);
            return 0;
        }
        return PTR_ERR(fi);
    }

    private static fib_result lookup(String daddr) {
        flowi4 fl4 = new flowi4();
        fib_result res = new fib_result();
        fl4.daddr = ip(daddr);
        assertThat(fib_lookup(init_net, fl4, res)).isZero();
        return res;
    }

    @Nested
    class fib_create_info {
        @Test
        @DisplayName("finds device and source address for a gateway")
        void gateway() {
            fib_info fi = FibInfo.fib_create_info(cfg("10.0.0.254"));

            fib_nh nh = fi.fib_nh[0];
            assertThat(nh.nh_dev).isSameAs(eth0.dev);
            assertThat(nh.nh_oif).isEqualTo(eth0.dev.ifindex);
            assertThat(nh.nh_scope).isEqualTo(RT_SCOPE_LINK);
            assertThat(nh.nh_saddr).isEqualTo(ip("10.0.0.1"));
            assertThat(fi.fib_treeref).isOne();
            FibInfo.fib_release_info(fi);
        }

        @Test
        @DisplayName("who says the same gets the same")
        void shared() {
            fib_info a = FibInfo.fib_create_info(cfg("10.0.0.254"));
            fib_info b = FibInfo.fib_create_info(cfg("10.0.0.254"));

            assertThat(b).isSameAs(a);
            assertThat(a.fib_treeref).isEqualTo(2);
            FibInfo.fib_release_info(a);
            FibInfo.fib_release_info(a);
        }

        @Test
        @DisplayName("with metrics; those that cannot be are cut down")
        void metrics() {
            fib_config c = cfg("10.0.0.254");
            c.fc_mx = new int[RTAX_MAX];
            c.fc_mx[RTAX_MTU - 1] = 70000;
            c.fc_mx[RTAX_ADVMSS - 1] = -1;
            c.fc_mx[RTAX_WINDOW - 1] = 5;
            fib_info fi = FibInfo.fib_create_info(c);

            assertThat(fi.fib_metrics[RTAX_MTU - 1]).isEqualTo(65520);
            assertThat(fi.fib_metrics[RTAX_ADVMSS - 1]).isEqualTo(65495);
            assertThat(fi.fib_metrics[RTAX_WINDOW - 1]).isEqualTo(5);
            FibInfo.fib_release_info(fi);
        }

        @Test
        @DisplayName("what makes no sense is -EINVAL")
        void nonsense() {
            fib_config c = cfg("10.0.0.254");
            c.fc_type = 12;
            assertThat(err(c)).as("no such kind").isEqualTo(-EINVAL);
            c = cfg(null);
            c.fc_type = RTN_LOCAL;
            assertThat(err(c)).as("a local address is not on the link").isEqualTo(-EINVAL);
            c = cfg("10.0.0.254");
            c.fc_type = RTN_BLACKHOLE;
            assertThat(err(c)).as("a blackhole has no gateway").isEqualTo(-EINVAL);
            c = cfg("10.0.0.254");
            c.fc_scope = RT_SCOPE_HOST;
            assertThat(err(c)).as("ourselves are not behind a gateway").isEqualTo(-EINVAL);
            c = cfg("10.0.0.254");
            c.fc_scope = RT_SCOPE_NOWHERE;
            assertThat(err(c)).isEqualTo(-EINVAL);
            c = cfg("10.0.0.254");
            c.fc_prefsrc = ip("10.0.0.99");
            assertThat(err(c)).as("not our address").isEqualTo(-EINVAL);
            c = cfg("10.0.0.254");
            c.fc_type = RTN_NAT;
            c.fc_scope = RT_SCOPE_NOWHERE;
            c.fc_gw = 0;
            assertThat(err(c)).as("it is only refused for what it is when somebody looks it up").isZero();
        }

        @Test
        @DisplayName("a device that does not exist: -ENODEV")
        void no_device() {
            fib_config c = cfg(null);
            c.fc_oif = 99;
            assertThat(err(c)).isEqualTo(-ENODEV);
            c.fc_type = RTN_LOCAL;
            c.fc_scope = RT_SCOPE_HOST;
            assertThat(err(c)).isEqualTo(-ENODEV);
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1})
        @DisplayName("-ENOBUFS without memory")
        void no_memory(int nth) {
            fib_config c = cfg("10.0.0.254");
            c.fc_mx = new int[RTAX_MAX];
            Gfp.failNth(nth);

            assertThat(err(c)).isEqualTo(-ENOBUFS);
        }
    }

    @Nested
    class fib_check_nh {
        @Test
        @DisplayName("a gateway must be on the link: not behind another gateway")
        void too_far() {
            IpRoute.add(init_net, "default via 10.0.0.254");

            assertThat(err(cfg("192.0.2.1"))).isEqualTo(-ENETUNREACH);
        }

        @Test
        @DisplayName("nor a broadcast")
        void broadcast() {
            assertThat(err(cfg("10.0.0.255"))).isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("one of our own addresses is fine")
        void ourselves() {
            fib_info fi = FibInfo.fib_create_info(cfg("10.0.0.1"));

            assertThat(fi.fib_nh[0].nh_scope).isEqualTo(RT_SCOPE_HOST);
            FibInfo.fib_release_info(fi);
        }

        @Test
        @DisplayName("onlink: the device must be given, and nothing else is asked")
        void onlink() {
            fib_config c = cfg("192.0.2.1");
            c.fc_flags = RTNH_F_ONLINK;
            assertThat(err(c)).isEqualTo(-ENODEV);
            c.fc_oif = eth0.dev.ifindex;
            assertThat(err(c)).isZero();
            c.fc_gw = ip("10.0.0.1");
            assertThat(err(c)).as("ourselves").isEqualTo(-EINVAL);
            c.fc_gw = ip("192.0.2.1");
            c.fc_scope = RT_SCOPE_LINK;
            assertThat(err(c)).isEqualTo(-EINVAL);
            c.fc_scope = RT_SCOPE_UNIVERSE;
            IpAddr.linkDown(eth0.dev);
            assertThat(err(c)).isEqualTo(-ENETDOWN);
            c = cfg(null);
            c.fc_flags = RTNH_F_ONLINK;
            assertThat(err(c)).as("without a gateway").isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("a device that is down: -ENETDOWN; one without IPv4: -ENODEV")
        void down() {
            IpAddr.linkDown(eth0.dev);
            assertThat(err(cfg(null))).isEqualTo(-ENETDOWN);
            IpAddr.linkMtu(eth0.dev, 60);
            assertThat(err(cfg(null))).isEqualTo(-ENODEV);
        }
    }

    @Nested
    class fib_release_info {
        @Test
        @DisplayName("the last route lets go of the device")
        void last() {
            int refs = eth0.dev.refcnt;
            fib_info fi = FibInfo.fib_create_info(cfg("10.0.0.254"));
            assertThat(eth0.dev.refcnt).isEqualTo(refs + 1);

            FibInfo.fib_release_info(fi);

            assertThat(fi.fib_dead).isTrue();
            assertThat(eth0.dev.refcnt).isEqualTo(refs);
            FibInfo.fib_release_info(null);
        }
    }

    @Nested
    class fib_info_put {
        @Test
        @DisplayName("who still looks at it may go on")
        void last() {
            int refs = eth0.dev.refcnt;
            fib_info fi = FibInfo.fib_create_info(cfg("10.0.0.254"));
            fibInfoHold(fi);
            FibInfo.fib_release_info(fi);
            assertThat(eth0.dev.refcnt).isEqualTo(refs + 1);

            FibInfo.fib_info_put(fi);

            assertThat(eth0.dev.refcnt).isEqualTo(refs);
        }
    }

    @Nested
    class free_fib_info {
        @Test
        @DisplayName("complains if routes still use it")
        void alive() {
            fib_info fi = FibInfo.fib_create_info(cfg("10.0.0.254"));

            FibInfo.free_fib_info(fi);

            assertThat(Printk.dmesg()).anyMatch(l -> l.text().startsWith("Freeing alive fib_info"));
            FibInfo.fib_release_info(fi);
        }
    }

    @Nested
    class free_fib_info_rcu {
        @Test
        @DisplayName("what it has cached dies with it")
        void cached() {
            IpRoute.add(init_net, "192.0.2.0/24 via 10.0.0.254");
            rtable rt = Ipv4.route(init_net, "192.0.2.1");

            IpRoute.del(init_net, "192.0.2.0/24");

            assertThat(rt.obsolete).isEqualTo(DST_OBSOLETE_DEAD);
            ip_rt_put(rt);
        }
    }

    @Nested
    class rt_fibinfo_free {
        @Test
        @DisplayName("null is fine")
        void nothing() {
            FibInfo.rt_fibinfo_free(null);
            rtable rt = Ipv4.route(init_net, "10.0.0.7");
            lookup("10.0.0.7").fi.fib_nh[0].nh_pcpu_rth_output = null;

            FibInfo.rt_fibinfo_free(rt);

            assertThat(rt.obsolete).isEqualTo(DST_OBSOLETE_DEAD);
            ip_rt_put(rt);
        }
    }

    @Nested
    class rt_fibinfo_free_cpus {
        @Test
        @DisplayName("the same for the entry of packets that leave")
        void nothing() {
            FibInfo.rt_fibinfo_free_cpus(null);
            rtable rt = Ipv4.route(init_net, "10.0.0.7");
            lookup("10.0.0.7").fi.fib_nh[0].nh_pcpu_rth_output = null;

            FibInfo.rt_fibinfo_free_cpus(rt);

            assertThat(rt.obsolete).isEqualTo(DST_OBSOLETE_DEAD);
            ip_rt_put(rt);
        }
    }

    @Nested
    class free_nh_exceptions {
        @Test
        @DisplayName("entries of exceptions die with the next hop")
        void exceptions() {
            IpRoute.add(init_net, "192.0.2.0/24 via 10.0.0.254");
            rtable common = Ipv4.route(init_net, "192.0.2.1");
            raw_sock sk = new raw_sock();
            sk.skc_daddr = ip("192.0.2.1");
            common.ops.update_pmtu.call(common, sk, null, 1000);
            rtable own = Ipv4.route(init_net, "192.0.2.1");

            IpRoute.del(init_net, "192.0.2.0/24");

            assertThat(own.obsolete).isEqualTo(DST_OBSOLETE_DEAD);
            ip_rt_put(own);
            ip_rt_put(common);
        }
    }

    @Nested
    class nh_comp {
        @Test
        @DisplayName("device, gateway, scope and flags; being dead does not matter")
        void compared() {
            fib_info a = new fib_info();
            fib_info b = new fib_info();
            b.fib_nh[0].nh_flags = RTNH_F_DEAD;
            assertThat(FibInfo.nh_comp(a, b)).isZero();
            b.fib_nh[0].nh_flags = RTNH_F_ONLINK;
            assertThat(FibInfo.nh_comp(a, b)).isNotZero();
            b.fib_nh[0].nh_flags = 0;
            b.fib_nh[0].nh_gw = 1;
            assertThat(FibInfo.nh_comp(a, b)).isNotZero();
        }
    }

    @Nested
    class fib_find_info {
        @Test
        @DisplayName("everything must be the same: namespace, metric, source address, kind")
        void different() {
            fib_info a = FibInfo.fib_create_info(cfg("10.0.0.254"));
            fib_config c = cfg("10.0.0.254");
            c.fc_priority = 5;
            fib_info b = FibInfo.fib_create_info(c);
            c = cfg("10.0.0.254");
            c.fc_prefsrc = ip("10.0.0.1");
            fib_info d = FibInfo.fib_create_info(c);

            assertThat(b).isNotSameAs(a);
            assertThat(d).isNotSameAs(a).isNotSameAs(b);
            assertThat(FibInfo.fib_find_info(a)).isSameAs(a);
            FibInfo.fib_release_info(a);
            FibInfo.fib_release_info(b);
            FibInfo.fib_release_info(d);
        }
    }

    @Nested
    class ip_fib_check_default {
        @Test
        @DisplayName("is it the gateway of a route by this device?")
        void gateway() {
            IpRoute.add(init_net, "192.0.2.0/24 via 10.0.0.254");

            assertThat(FibInfo.ip_fib_check_default(ip("10.0.0.254"), eth0.dev)).isZero();
            assertThat(FibInfo.ip_fib_check_default(ip("10.0.0.253"), eth0.dev)).isEqualTo(-1);
            assertThat(FibInfo.ip_fib_check_default(ip("10.0.0.254"), init_net.loopback_dev)).isEqualTo(-1);
        }
    }

    @Nested
    class fib_find_alias {
        @Test
        @DisplayName("the place of a route by type of service (highest first) and metric")
        void place() {
            list_head<fib_alias> fah = new list_head<>();
            int[][] aliases = {{8, 0}, {8, 5}, {0, 3}};
            List<fib_alias> all = new ArrayList<>();
            for (int[] a : aliases) {
                fib_alias fa = new fib_alias();
                fa.fa_tos = a[0];
                fa.fa_info = new fib_info();
                fa.fa_info.fib_priority = a[1];
                list_add_tail(fa.fa_list, fah);
                all.add(fa);
            }

            assertThat(FibInfo.fib_find_alias(fah, 8, 1)).isSameAs(all.get(1));
            assertThat(FibInfo.fib_find_alias(fah, 8, 6)).isSameAs(all.get(2));
            assertThat(FibInfo.fib_find_alias(fah, 0, 0)).isSameAs(all.get(2));
            assertThat(FibInfo.fib_find_alias(fah, 0, 4)).isNull();
            assertThat(FibInfo.fib_find_alias(null, 0, 4)).isNull();
        }
    }

    @Nested
    class fib_detect_death {
        @Test
        @DisplayName("a neighbour that was never heard of may be dead; one that is known to be there is not")
        void neighbour_state() {
            IpRoute.add(init_net, "192.0.2.0/24 via 10.0.0.254");
            fib_info fi = lookup("192.0.2.1").fi;
            Ref<fib_info> last = new Ref<>();
            IntRef idx = new IntRef(-1);
            assertThat(FibInfo.fib_detect_death(fi, 0, last, idx, -1)).isTrue();
            assertThat(last.val).isSameAs(fi);

            neighbour n = neigh_create(ip("10.0.0.254"), eth0.dev);
            n.nud_state = NUD_REACHABLE;
            assertThat(FibInfo.fib_detect_death(fi, 0, last, idx, -1)).isFalse();
            n.nud_state = NUD_STALE;
            assertThat(FibInfo.fib_detect_death(fi, 0, last, idx, -1)).isFalse();
            assertThat(FibInfo.fib_detect_death(fi, 0, last, idx, 0)).as("the one in use has to prove it").isTrue();
            neigh_release(n);
        }
    }

    @Nested
    class fib_nh_match {
        @Test
        @DisplayName("what is not said fits")
        void match() {
            fib_info fi = FibInfo.fib_create_info(cfg("10.0.0.254"));
            fib_config c = new fib_config();
            assertThat(FibInfo.fib_nh_match(c, fi)).isZero();
            c.fc_gw = ip("10.0.0.254");
            assertThat(FibInfo.fib_nh_match(c, fi)).isZero();
            c.fc_oif = eth0.dev.ifindex + 1;
            assertThat(FibInfo.fib_nh_match(c, fi)).isOne();
            c = new fib_config();
            c.fc_priority = 5;
            assertThat(FibInfo.fib_nh_match(c, fi)).isOne();
            FibInfo.fib_release_info(fi);
        }
    }

    @Nested
    class fib_info_update_nh_saddr {
        @Test
        @DisplayName("an address in the gateway's subnet is best")
        void best() {
            IpAddr.add(eth0.dev, "10.5.0.1/24");
            fib_info fi = FibInfo.fib_create_info(cfg("10.5.0.254"));

            assertThat(FibInfo.fib_info_update_nh_saddr(init_net, fi.fib_nh[0])).isEqualTo(ip("10.5.0.1"));
            assertThat(fi.fib_nh[0].nh_saddr_genid).isEqualTo(init_net.ipv4.dev_addr_genid);
            FibInfo.fib_release_info(fi);
        }
    }

    @Nested
    class FIB_RES_PREFSRC {
        @Test
        @DisplayName("the route's, else one that is chosen anew when addresses change")
        void chosen() {
            IpRoute.add(init_net, "192.0.2.0/24 via 10.0.0.254");
            fib_result res = lookup("192.0.2.1");
            assertThat(FibInfo.FIB_RES_PREFSRC(init_net, res)).isEqualTo(ip("10.0.0.1"));

            IpAddr.add(eth0.dev, "10.0.0.2/24");
            IpAddr.del(eth0.dev, "10.0.0.2/24");
            res.fi.fib_nh[0].nh_saddr = 5;
            assertThat(FibInfo.FIB_RES_SADDR(init_net, res)).isEqualTo(ip("10.0.0.1"));
            res.fi.fib_nh[0].nh_saddr = 5;
            assertThat(FibInfo.FIB_RES_SADDR(init_net, res)).as("nothing has changed").isEqualTo(5);
        }
    }

    @Nested
    class fib_sync_down_addr {
        @Test
        @DisplayName("routes that want this source address")
        void routes() {
            IpRoute.add(init_net, "192.0.2.0/24 via 10.0.0.254 src 10.0.0.1");
            fib_info fi = lookup("192.0.2.1").fi;

            assertThat(FibInfo.fib_sync_down_addr(init_net, 0)).isZero();
            assertThat(FibInfo.fib_sync_down_addr(init_net, ip("10.0.0.9"))).isZero();
            assertThat(FibInfo.fib_sync_down_addr(NetNs.create("other"), ip("10.0.0.1"))).isZero();
            assertThat(FibInfo.fib_sync_down_addr(init_net, ip("10.0.0.1"))).isPositive();

            assertThat(fi.fib_flags & RTNH_F_DEAD).isNotZero();
        }
    }

    @Nested
    class fib_sync_down_dev {
        @Test
        @DisplayName("down: routes by the device die, its addresses stay; forced: those die too")
        void down() {
            fib_info local = lookup("10.0.0.1").fi;
            fib_info subnet = lookup("10.0.0.7").fi;

            assertThat(FibInfo.fib_sync_down_dev(eth0.dev, 0)).isPositive();
            assertThat(subnet.fib_flags & RTNH_F_DEAD).isNotZero();
            assertThat(local.fib_flags & RTNH_F_DEAD).isZero();

            assertThat(FibInfo.fib_sync_down_dev(eth0.dev, 1)).isPositive();
            assertThat(local.fib_flags & RTNH_F_DEAD).isNotZero();
        }
    }

    @Nested
    class fib_select_default {
        private fib_result select() {
            fib_result res = lookup("192.0.2.1");
            FibInfo.fib_select_default(res);
            return res;
        }

        private void state(String gw, int nud) {
            neighbour n = neigh_create(ip(gw), eth0.dev);
            n.nud_state = nud;
            neigh_release(n);
        }

        @BeforeEach
        void two() {
            IpRoute.add(init_net, "default via 10.0.0.254");
            IpRoute.append(init_net, "default via 10.0.0.253");
        }

        @Test
        @DisplayName("the first one whose gateway answers")
        void reachable() {
            state("10.0.0.254", NUD_FAILED);
            state("10.0.0.253", NUD_REACHABLE);

            fib_result res = select();

            assertThat(FIB_RES_GW(res)).isEqualTo(ip("10.0.0.253"));
            assertThat(res.table.tb_default).isOne();
        }

        @Test
        @DisplayName("the first, if it does")
        void first() {
            state("10.0.0.254", NUD_REACHABLE);

            assertThat(FIB_RES_GW(select())).isEqualTo(ip("10.0.0.254"));
        }

        @Test
        @DisplayName("nothing is known: they take turns")
        void turns() {
            int a = FIB_RES_GW(select());
            int b = FIB_RES_GW(select());

            assertThat(b).isNotEqualTo(a);
        }

        @Test
        @DisplayName("one route is no choice")
        void one() {
            IpRoute.del(init_net, "default via 10.0.0.253");

            fib_result res = select();

            assertThat(FIB_RES_GW(res)).isEqualTo(ip("10.0.0.254"));
            assertThat(res.table.tb_default).isEqualTo(-1);
        }

        @Test
        @DisplayName("a higher metric is not among the choices")
        void metric() {
            IpRoute.del(init_net, "default via 10.0.0.253");
            IpRoute.add(init_net, "default via 10.0.0.253 metric 5");
            state("10.0.0.254", NUD_FAILED);
            state("10.0.0.253", NUD_REACHABLE);

            assertThat(FIB_RES_GW(select())).isEqualTo(ip("10.0.0.254"));
        }
    }

    @Nested
    class errorOf {
        @Test
        @DisplayName("what kinds of routes answer")
        void errors() {
            assertThat(FibInfo.errorOf(RTN_UNICAST)).isZero();
            assertThat(FibInfo.errorOf(RTN_UNREACHABLE)).isEqualTo(-EHOSTUNREACH);
        }
    }
}
