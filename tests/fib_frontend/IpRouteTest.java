// SPDX-License-Identifier: GPL-2.0-only
package fib_frontend;

import static fib_frontend.Tables.fib_get_table;
import static fib_trie.FibTable.fib_table_lookup;
import static linux.err.Err.PTR_ERR;
import static linux.errno.Errno.EEXIST;
import static linux.errno.Errno.ENETUNREACH;
import static linux.errno.Errno.ESRCH;
import static net.ip_fib.Fib.FIB_LOOKUP_NOREF;
import static net.ip_fib.Fib.FIB_RES_GW;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static testing.Ipv4.ip;
import static testing.Skbs.everything;
import static uapi.linux.rtnetlink.Rt.RTAX_INITCWND;
import static uapi.linux.rtnetlink.Rt.RTAX_LOCK;
import static uapi.linux.rtnetlink.Rt.RTAX_MTU;
import static uapi.linux.rtnetlink.Rt.RTAX_RTO_MIN;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_HOST;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_LINK;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_UNIVERSE;
import static uapi.linux.rtnetlink.Rt.RT_TABLE_LOCAL;
import static uapi.linux.rtnetlink.Rt.RT_TABLE_MAIN;

import net.flow.flowi4;
import net.ip_fib.fib_result;
import net.ip_fib.fib_table;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;

@KernelTest
class IpRouteTest {
    private Nic eth0;

    @BeforeEach
    void network() {
        Ipv4.boot();
        eth0 = Nic.up("eth0", "10.0.0.1/24");
    }

    private static fib_result lookup(int table, String daddr, int tos) {
        flowi4 fl4 = new flowi4();
        fib_result res = new fib_result();
        fl4.daddr = ip(daddr);
        fl4.flowic_tos = tos;
        fib_table tb = fib_get_table(init_net, table);
        return tb != null && fib_table_lookup(tb, fl4, res, FIB_LOOKUP_NOREF) == 0 ? res : null;
    }

    @Nested
    class inet_rtm_newroute {
        @Test
        @DisplayName("everything that can be said about a route")
        void everything() {
            assertThat(IpRoute.add(init_net, "192.0.2.0/24 via 10.0.0.254 dev eth0 src 10.0.0.1 metric 7 tos 0x10"
                            + " table 9 mtu lock 1400 initcwnd 3 rto_min 50"))
                    .isZero();

            fib_result res = lookup(9, "192.0.2.1", 0x10);
            assertThat(FIB_RES_GW(res)).isEqualTo(ip("10.0.0.254"));
            assertThat(res.fi.fib_prefsrc).isEqualTo(ip("10.0.0.1"));
            assertThat(res.fi.fib_priority).isEqualTo(7);
            assertThat(res.fi.fib_metrics[RTAX_MTU - 1]).isEqualTo(1400);
            assertThat(res.fi.fib_metrics[RTAX_LOCK - 1]).isEqualTo(1 << RTAX_MTU);
            assertThat(res.fi.fib_metrics[RTAX_INITCWND - 1]).isEqualTo(3);
            assertThat(res.fi.fib_metrics[RTAX_RTO_MIN - 1]).isEqualTo(50);
            assertThat(lookup(9, "192.0.2.1", 0)).isNull();
        }

        @Test
        @DisplayName("scopes follow from what it is: global with a gateway, link without, host for local")
        void scopes() {
            IpRoute.add(init_net, "192.0.2.0/24 via 10.0.0.254");
            IpRoute.add(init_net, "198.51.100.0/24 dev eth0");
            IpRoute.add(init_net, "local 203.0.113.1 dev eth0");
            IpRoute.add(init_net, "192.0.3.0/24 dev eth0 scope global");

            assertThat(lookup(RT_TABLE_MAIN, "192.0.2.1", 0).scope).isEqualTo(RT_SCOPE_UNIVERSE);
            assertThat(lookup(RT_TABLE_MAIN, "198.51.100.1", 0).scope).isEqualTo(RT_SCOPE_LINK);
            assertThat(lookup(RT_TABLE_LOCAL, "203.0.113.1", 0).scope).isEqualTo(RT_SCOPE_HOST);
            assertThat(lookup(RT_TABLE_MAIN, "192.0.3.1", 0).scope).isEqualTo(RT_SCOPE_UNIVERSE);
        }

        @Test
        @DisplayName("add refuses a second one, append and replace do not")
        void second() {
            assertThat(IpRoute.add(init_net, "default via 10.0.0.254")).isZero();
            assertThat(IpRoute.add(init_net, "default via 10.0.0.253")).isEqualTo(-EEXIST);
            assertThat(IpRoute.append(init_net, "default via 10.0.0.253")).isZero();
            assertThat(FIB_RES_GW(lookup(RT_TABLE_MAIN, "192.0.2.1", 0))).isEqualTo(ip("10.0.0.254"));
            assertThat(IpRoute.replace(init_net, "default via 10.0.0.252")).isZero();
            assertThat(FIB_RES_GW(lookup(RT_TABLE_MAIN, "192.0.2.1", 0))).isEqualTo(ip("10.0.0.252"));
        }

        @Test
        @DisplayName("what cannot be said is refused before the kernel hears of it")
        void nonsense() {
            assertThatThrownBy(() -> IpRoute.add(init_net, "default over 10.0.0.254"))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> IpRoute.add(init_net, "default dev eth9"))
                    .hasMessageContaining("Cannot find device");
        }
    }

    @Nested
    class inet_rtm_delroute {
        @Test
        @DisplayName("-ESRCH if there is none, or not even the table")
        void none() {
            assertThat(IpRoute.del(init_net, "default")).isEqualTo(-ESRCH);
            assertThat(IpRoute.del(init_net, "default table 77")).isEqualTo(-ESRCH);
            IpRoute.add(init_net, "default via 10.0.0.254");
            assertThat(IpRoute.del(init_net, "default via 10.0.0.253")).isEqualTo(-ESRCH);

            assertThat(IpRoute.del(init_net, "default")).isZero();

            assertThat(lookup(RT_TABLE_MAIN, "192.0.2.1", 0)).isNull();
        }

        @Test
        @DisplayName("also what an address has brought")
        void subnet() {
            assertThat(IpRoute.del(init_net, "10.0.0.0/24 dev eth0")).isZero();

            assertThat(PTR_ERR(Ipv4.route(init_net, "10.0.0.7"))).isEqualTo(-ENETUNREACH);
        }
    }
}
