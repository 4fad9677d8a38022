// SPDX-License-Identifier: GPL-2.0-only
package fib_trie;

import static fib_frontend.IpRoute.append;
import static fib_frontend.IpRoute.replace;
import static fib_semantics.FibInfo.fib_info_put;
import static linux.errno.Errno.EEXIST;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENETUNREACH;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.ENOENT;
import static linux.errno.Errno.ESRCH;
import static linux.inetdevice.InDev.inet_make_mask;
import static linux.printk.Printk.pI4;
import static net.ip_fib.Fib.FIB_LOOKUP_NOREF;
import static net.ip_fib.Fib.FIB_RES_DEV;
import static net.ip_fib.Fib.FIB_RES_GW;
import static net.ip_fib.fib_config.NLM_F_APPEND;
import static net.ip_fib.fib_config.NLM_F_CREATE;
import static net.ip_fib.fib_config.NLM_F_EXCL;
import static net.ip_fib.fib_config.NLM_F_REPLACE;
import static net.net_namespace.NetNs.init_net;
import static net.net_namespace.NetNs.rt_genid_ipv4;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.ip;
import static uapi.linux.rtnetlink.Rt.RTNH_F_DEAD;
import static uapi.linux.rtnetlink.Rt.RTN_BLACKHOLE;
import static uapi.linux.rtnetlink.Rt.RTN_UNICAST;
import static uapi.linux.rtnetlink.Rt.RTPROT_KERNEL;
import static uapi.linux.rtnetlink.Rt.RTPROT_STATIC;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_LINK;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_NOWHERE;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_UNIVERSE;
import static uapi.linux.rtnetlink.Rt.RT_TABLE_DEFAULT;
import static uapi.linux.rtnetlink.Rt.RT_TABLE_LOCAL;
import static uapi.linux.rtnetlink.Rt.RT_TABLE_MAIN;

import fib_frontend.IpRoute;
import java.util.ArrayList;
import java.util.List;
import linux.gfp.Gfp;
import linux.in.Prefix;
import linux.list.list_head;
import net.flow.flowi4;
import net.ip_fib.fib_alias;
import net.ip_fib.fib_config;
import net.ip_fib.fib_info;
import net.ip_fib.fib_result;
import net.ip_fib.fib_table;
import net.ip_fib.leaf_info;
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
class FibTableTest {
    private Nic eth0;
    private fib_table tb;

    @BeforeEach
    void network() {
        Ipv4.boot();
        eth0 = Nic.up("eth0", "10.0.0.1/24");
        tb = FibTable.fib_trie_table(7);
    }

    private fib_config cfg(String prefix, String gw) {
        Prefix p = Prefix.parse(prefix);
        fib_config cfg = new fib_config();
        cfg.nl_net = init_net;
        cfg.fc_dst = p.addr;
        cfg.fc_dst_len = p.len;
        cfg.fc_type = RTN_UNICAST;
        cfg.fc_protocol = RTPROT_STATIC;
        cfg.fc_nlflags = NLM_F_CREATE | NLM_F_EXCL;
        if (gw == null) {
            cfg.fc_oif = eth0.dev.ifindex;
            cfg.fc_scope = RT_SCOPE_LINK;
        } else {
            cfg.fc_gw = ip(gw);
        }
        return cfg;
    }

    private void insert(fib_config cfg) {
        assertThat(FibTable.fib_table_insert(tb, cfg)).isZero();
    }

    private fib_result res = new fib_result();

    private int lookup(flowi4 fl4) {
        return FibTable.fib_table_lookup(tb, fl4, res, FIB_LOOKUP_NOREF);
    }

    private int lookup(String daddr) {
        flowi4 fl4 = new flowi4();
        fl4.daddr = ip(daddr);
        return lookup(fl4);
    }

    private String gateway(String daddr) {
        return lookup(daddr) == 0 ? pI4(FIB_RES_GW(res)) : null;
    }

    @Nested
    class fib_trie_table {
        @Test
        @DisplayName("an empty table")
        void empty() {
            assertThat(tb.tb_id).isEqualTo(7);
            assertThat(tb.tb_default).isEqualTo(-1);
            assertThat(lookup("10.0.0.7")).isOne();
        }
    }

    @Nested
    class fib_table_lookup {
        @Test
        @DisplayName("the longest prefix that fits, in whatever order they were entered")
        void longest() {
            insert(cfg("192.0.2.0/24", "10.0.0.24"));
            insert(cfg("default", "10.0.0.100"));
            insert(cfg("192.0.2.128/25", "10.0.0.25"));
            insert(cfg("192.0.0.0/16", "10.0.0.16"));
            insert(cfg("192.0.2.129/32", "10.0.0.32"));

            assertThat(gateway("192.0.2.1")).isEqualTo("10.0.0.24");
            assertThat(gateway("192.0.2.130")).isEqualTo("10.0.0.25");
            assertThat(gateway("192.0.2.129")).isEqualTo("10.0.0.32");
            assertThat(gateway("192.0.3.1")).isEqualTo("10.0.0.16");
            assertThat(gateway("193.0.0.1")).isEqualTo("10.0.0.100");
        }

        @Test
        @DisplayName("says which prefix and which kind it was")
        void result() {
            insert(cfg("192.0.2.0/24", "10.0.0.24"));

            lookup("192.0.2.1");

            assertThat(res.prefixlen).isEqualTo(24);
            assertThat(res.type).isEqualTo(RTN_UNICAST);
            assertThat(res.scope).isEqualTo(RT_SCOPE_UNIVERSE);
            assertThat(res.table).isSameAs(tb);
            assertThat(res.fi.fib_clntref).isOne();
            FibTable.fib_table_lookup(tb, flow("192.0.2.1"), res, 0);
            assertThat(res.fi.fib_clntref).isEqualTo(2);
            fib_info_put(res.fi);
        }

        private flowi4 flow(String daddr) {
            flowi4 fl4 = new flowi4();
            fl4.daddr = ip(daddr);
            return fl4;
        }

        @Test
        @DisplayName("agrees with a search through all prefixes, for many of them")
        void many() {
            java.util.Random random = new java.util.Random(1);
            List<int[]> prefixes = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                int len = 8 + random.nextInt(25);
                int addr = (0x0b000000 | random.nextInt(1 << 24)) & inet_make_mask(len);
                fib_config c = cfg(pI4(addr) + "/" + len, "10.0.0." + (2 + i % 250));
                if (FibTable.fib_table_insert(tb, c) == 0) {
                    prefixes.add(new int[] {addr, len});
                }
            }
            for (int i = 0; i < 2000; i++) {
                int a = 0x0b000000 | random.nextInt(1 << 24);
                int best = -1;
                for (int[] p : prefixes) {
                    if ((a & inet_make_mask(p[1])) == p[0] && p[1] > best) {
                        best = p[1];
                    }
                }
                assertThat(lookup(pI4(a)) == 0 ? res.prefixlen : -1).isEqualTo(best);
            }
        }
    }

    @Nested
    class check_leaf {
        @Test
        @DisplayName("a route with a type of service is for packets with that one only")
        void tos() {
            fib_config c = cfg("192.0.2.0/24", "10.0.0.8");
            c.fc_tos = 8;
            insert(c);
            flowi4 fl4 = new flowi4();
            fl4.daddr = ip("192.0.2.1");
            assertThat(lookup(fl4)).isOne();

            fl4.flowic_tos = 8;
            assertThat(lookup(fl4)).isZero();

            insert(cfg("192.0.2.0/24", "10.0.0.9"));
            assertThat(lookup(fl4)).isZero();
            assertThat(FIB_RES_GW(res)).isEqualTo(ip("10.0.0.8"));
            assertThat(gateway("192.0.2.1")).isEqualTo("10.0.0.9");
        }

        @Test
        @DisplayName("only what is near enough: on the link, not behind a gateway")
        void scope() {
            insert(cfg("192.0.2.0/24", "10.0.0.8"));
            flowi4 fl4 = new flowi4();
            fl4.daddr = ip("192.0.2.1");
            fl4.flowic_scope = RT_SCOPE_LINK;

            assertThat(lookup(fl4)).isOne();
        }

        @Test
        @DisplayName("only by the device that was asked for; else the next shorter prefix")
        void oif() {
            Nic eth1 = Nic.up("eth1", "10.1.0.1/24");
            insert(cfg("192.0.2.0/24", "10.0.0.8"));
            insert(cfg("default", "10.1.0.8"));
            flowi4 fl4 = new flowi4();
            fl4.daddr = ip("192.0.2.1");
            fl4.flowic_oif = eth1.dev.ifindex;

            assertThat(lookup(fl4)).isZero();

            assertThat(FIB_RES_DEV(res)).isSameAs(eth1.dev);
        }

        @ParameterizedTest
        @CsvSource({"6, -22", "7, -113", "8, -13", "9, -11"})
        @DisplayName("a route that says no: blackhole, unreachable, prohibit, throw")
        void says_no(int type, int err) {
            fib_config c = cfg("192.0.2.0/24", null);
            c.fc_type = type;
            c.fc_oif = 0;
            insert(c);

            assertThat(lookup("192.0.2.1")).isEqualTo(err);
        }

        @Test
        @DisplayName("dead routes and next hops do not count")
        void dead() {
            insert(cfg("192.0.2.0/24", "10.0.0.8"));
            lookup("192.0.2.1");
            fib_info fi = res.fi;

            fi.fib_flags |= RTNH_F_DEAD;
            assertThat(lookup("192.0.2.1")).isOne();
            fi.fib_flags = 0;
            fi.fib_nh[0].nh_flags |= RTNH_F_DEAD;
            assertThat(lookup("192.0.2.1")).isOne();
            fi.fib_nh[0].nh_flags = 0;
            fi.fib_dead = true;
            assertThat(lookup("192.0.2.1")).isOne();
        }
    }

    @Nested
    class fib_table_insert {
        @Test
        @DisplayName("bits behind the prefix, or a prefix longer than an address: -EINVAL")
        void no_prefix() {
            assertThat(FibTable.fib_table_insert(tb, cfg("192.0.2.1/24", "10.0.0.8"))).isEqualTo(-EINVAL);
            fib_config c = cfg("192.0.2.0/24", "10.0.0.8");
            c.fc_dst_len = 33;
            assertThat(FibTable.fib_table_insert(tb, c)).isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("a gateway that nobody can reach: -ENETUNREACH")
        void no_gateway() {
            assertThat(FibTable.fib_table_insert(tb, cfg("192.0.2.0/24", "10.9.9.9"))).isEqualTo(-ENETUNREACH);
        }

        @Test
        @DisplayName("EXCL: there is one with the same prefix, type of service and metric")
        void excl() {
            insert(cfg("192.0.2.0/24", "10.0.0.8"));

            assertThat(FibTable.fib_table_insert(tb, cfg("192.0.2.0/24", "10.0.0.9"))).isEqualTo(-EEXIST);

            fib_config other = cfg("192.0.2.0/24", "10.0.0.9");
            other.fc_priority = 5;
            assertThat(FibTable.fib_table_insert(tb, other)).isZero();
        }

        @Test
        @DisplayName("the lower metric is in front, whoever came first; it is unsigned")
        void metric() {
            for (int metric : new int[] {5, 0x80000000, 0, 7}) {
                fib_config c = cfg("192.0.2.0/24", "10.0.0." + (10 + (metric & 7) + (metric < 0 ? 9 : 0)));
                c.fc_priority = metric;
                insert(c);
            }

            List<Integer> metrics = new ArrayList<>();
            leaf_info li = FibTable.find_leaf_info(tb, ip("192.0.2.0"), 24);
            for (list_head<fib_alias> p = li.falh.next; p != li.falh; p = p.next) {
                metrics.add(p.owner.fa_info.fib_priority);
            }
            assertThat(metrics).containsExactly(0, 5, 7, 0x80000000);
        }

        @Test
        @DisplayName("APPEND puts it behind its equals, nothing puts it in front; twice the same is -EEXIST")
        void append() {
            insert(cfg("192.0.2.0/24", "10.0.0.8"));
            fib_config c = cfg("192.0.2.0/24", "10.0.0.9");
            c.fc_nlflags = NLM_F_CREATE | NLM_F_APPEND;
            insert(c);
            assertThat(gateway("192.0.2.1")).isEqualTo("10.0.0.8");

            c = cfg("192.0.2.0/24", "10.0.0.10");
            c.fc_nlflags = NLM_F_CREATE;
            insert(c);
            assertThat(gateway("192.0.2.1")).isEqualTo("10.0.0.10");

            c = cfg("192.0.2.0/24", "10.0.0.9");
            c.fc_nlflags = NLM_F_CREATE | NLM_F_APPEND;
            assertThat(FibTable.fib_table_insert(tb, c)).isEqualTo(-EEXIST);
        }

        @Test
        @DisplayName("REPLACE takes the place of the first; the same again is fine; without CREATE there must be one")
        void replace() {
            fib_config c = cfg("192.0.2.0/24", "10.0.0.9");
            c.fc_nlflags = NLM_F_REPLACE;
            assertThat(FibTable.fib_table_insert(tb, c)).isEqualTo(-ENOENT);

            insert(cfg("192.0.2.0/24", "10.0.0.8"));
            insert(c);
            assertThat(gateway("192.0.2.1")).isEqualTo("10.0.0.9");
            insert(c);
            fib_config behind = cfg("192.0.2.0/24", "10.0.0.10");
            behind.fc_nlflags = NLM_F_CREATE | NLM_F_APPEND;
            insert(behind);
            behind.fc_nlflags = NLM_F_REPLACE;
            assertThat(FibTable.fib_table_insert(tb, behind)).as("it is there, but not the first").isEqualTo(-EEXIST);
        }

        @Test
        @DisplayName("cached entries are stale; with REPLACE only if the route was in use")
        void flushes() {
            int genid = rt_genid_ipv4(init_net);
            insert(cfg("192.0.2.0/24", "10.0.0.8"));
            assertThat(rt_genid_ipv4(init_net)).isEqualTo(genid + 1);

            fib_config c = cfg("192.0.2.0/24", "10.0.0.9");
            c.fc_nlflags = NLM_F_REPLACE;
            insert(c);
            assertThat(rt_genid_ipv4(init_net)).isEqualTo(genid + 1);
            lookup("192.0.2.1");
            c = cfg("192.0.2.0/24", "10.0.0.10");
            c.fc_nlflags = NLM_F_REPLACE;
            insert(c);
            assertThat(rt_genid_ipv4(init_net)).isEqualTo(genid + 2);
        }

        @Test
        @DisplayName("counts default routes")
        void defaults() {
            insert(cfg("default", "10.0.0.8"));
            fib_config c = cfg("default", "10.0.0.9");
            c.fc_nlflags = NLM_F_CREATE | NLM_F_APPEND;
            insert(c);

            assertThat(tb.tb_num_default).isEqualTo(2);
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1})
        @DisplayName("-ENOBUFS without memory, and nothing is left behind")
        void no_memory(int nth) {
            int refs = eth0.dev.refcnt;
            Gfp.failNth(nth);

            assertThat(FibTable.fib_table_insert(tb, cfg("192.0.2.0/24", "10.0.0.8"))).isEqualTo(-ENOBUFS);

            assertThat(lookup("192.0.2.1")).isOne();
            assertThat(eth0.dev.refcnt).isEqualTo(refs);
        }
    }

    @Nested
    class find_leaf_info {
        @Test
        @DisplayName("address and length must fit")
        void both() {
            insert(cfg("192.0.2.0/24", "10.0.0.8"));

            assertThat(FibTable.find_leaf_info(tb, ip("192.0.2.0"), 24)).isNotNull();
            assertThat(FibTable.find_leaf_info(tb, ip("192.0.2.0"), 25)).isNull();
            assertThat(FibTable.find_leaf_info(tb, ip("192.0.3.0"), 24)).isNull();
        }
    }

    @Nested
    class fib_insert_node {
        @Test
        @DisplayName("the longest prefix stands first")
        void sorted() {
            FibTable.fib_insert_node(tb, 0, 0);
            FibTable.fib_insert_node(tb, ip("10.0.0.0"), 24);
            FibTable.fib_insert_node(tb, ip("10.0.0.0"), 8);
            FibTable.fib_insert_node(tb, ip("10.0.1.0"), 24);

            assertThat(tb.leaves.stream().map(li -> li.plen)).containsExactly(24, 24, 8, 0);
        }
    }

    @Nested
    class fib_table_delete {
        @Test
        @DisplayName("the first that fits what was said; what was not said does not matter")
        void fits() {
            insert(cfg("192.0.2.0/24", "10.0.0.8"));
            fib_config c = cfg("192.0.2.0/24", "10.0.0.9");
            c.fc_priority = 5;
            insert(c);

            fib_config del = cfg("192.0.2.0/24", "10.0.0.9");
            assertThat(FibTable.fib_table_delete(tb, del)).isZero();
            assertThat(gateway("192.0.2.1")).isEqualTo("10.0.0.8");
            del.fc_gw = 0;
            del.fc_scope = RT_SCOPE_NOWHERE;
            assertThat(FibTable.fib_table_delete(tb, del)).isZero();
            assertThat(lookup("192.0.2.1")).isOne();
            assertThat(tb.leaves).isEmpty();
        }

        @Test
        @DisplayName("-ESRCH if none fits")
        void none() {
            insert(cfg("192.0.2.0/24", "10.0.0.8"));

            assertThat(FibTable.fib_table_delete(tb, cfg("192.0.2.0/25", "10.0.0.8"))).isEqualTo(-ESRCH);
            assertThat(FibTable.fib_table_delete(tb, cfg("192.0.2.0/24", "10.0.0.9"))).isEqualTo(-ESRCH);
            fib_config c = cfg("192.0.2.0/24", "10.0.0.8");
            c.fc_protocol = RTPROT_KERNEL;
            assertThat(FibTable.fib_table_delete(tb, c)).isEqualTo(-ESRCH);
            c = cfg("192.0.2.0/24", "10.0.0.8");
            c.fc_tos = 8;
            assertThat(FibTable.fib_table_delete(tb, c)).isEqualTo(-ESRCH);
            c = cfg("192.0.2.0/24", "10.0.0.8");
            c.fc_type = RTN_BLACKHOLE;
            assertThat(FibTable.fib_table_delete(tb, c)).isEqualTo(-ESRCH);
            c = cfg("192.0.2.0/24", "10.0.0.8");
            c.fc_prefsrc = ip("10.0.0.1");
            assertThat(FibTable.fib_table_delete(tb, c)).isEqualTo(-ESRCH);
        }

        @Test
        @DisplayName("what is no prefix is -EINVAL")
        void no_prefix() {
            assertThat(FibTable.fib_table_delete(tb, cfg("192.0.2.1/24", "10.0.0.8"))).isEqualTo(-EINVAL);
            fib_config c = cfg("192.0.2.0/24", "10.0.0.8");
            c.fc_dst_len = 33;
            assertThat(FibTable.fib_table_delete(tb, c)).isEqualTo(-EINVAL);
        }
    }

    @Nested
    class fib_table_flush {
        @Test
        @DisplayName("only dead routes go")
        void dead_only() {
            insert(cfg("192.0.2.0/24", "10.0.0.8"));
            insert(cfg("198.51.100.0/24", "10.0.0.9"));
            lookup("192.0.2.1");
            res.fi.fib_flags |= RTNH_F_DEAD;

            assertThat(FibTable.fib_table_flush(tb)).isOne();

            assertThat(tb.leaves).hasSize(1);
            assertThat(gateway("198.51.100.1")).isEqualTo("10.0.0.9");
        }
    }

    @Nested
    class trie_flush_list {
        @Test
        @DisplayName("of several routes to a prefix, those that are dead")
        void some() {
            insert(cfg("192.0.2.0/24", "10.0.0.8"));
            fib_config c = cfg("192.0.2.0/24", "10.0.0.9");
            c.fc_priority = 5;
            insert(c);
            lookup("192.0.2.1");
            res.fi.fib_flags |= RTNH_F_DEAD;

            assertThat(FibTable.trie_flush_list(FibTable.find_leaf_info(tb, ip("192.0.2.0"), 24).falh)).isOne();

            assertThat(gateway("192.0.2.1")).isEqualTo("10.0.0.9");
        }
    }

    @Nested
    class fib_lookup {
        private final flowi4 fl4 = new flowi4();

        @Test
        @DisplayName("the local table comes first, then the main one, then the default one")
        void order() {
            IpRoute.add(init_net, "default via 10.0.0.8 table default");
            fl4.daddr = ip("192.0.2.1");
            assertThat(FibTable.fib_lookup(init_net, fl4, res)).isZero();
            assertThat(res.table.tb_id).isEqualTo(RT_TABLE_DEFAULT);

            IpRoute.add(init_net, "default via 10.0.0.9");
            FibTable.fib_lookup(init_net, fl4, res);
            assertThat(res.table.tb_id).isEqualTo(RT_TABLE_MAIN);

            fl4.daddr = ip("10.0.0.1");
            FibTable.fib_lookup(init_net, fl4, res);
            assertThat(res.table.tb_id).isEqualTo(RT_TABLE_LOCAL);
        }

        @Test
        @DisplayName("nothing found: -ENETUNREACH; and a route that says no does not end the search")
        void none() {
            fl4.daddr = ip("192.0.2.1");
            assertThat(FibTable.fib_lookup(init_net, fl4, res)).isEqualTo(-ENETUNREACH);

            IpRoute.add(init_net, "prohibit 192.0.2.0/24");
            IpRoute.add(init_net, "default via 10.0.0.8 table default");
            assertThat(FibTable.fib_lookup(init_net, fl4, res)).isZero();
        }
    }
}
