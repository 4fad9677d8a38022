// SPDX-License-Identifier: GPL-2.0-only
package fib_rules;

import static linux.err.Err.IS_ERR;
import static linux.err.Err.PTR_ERR;
import static linux.errno.Errno.EAGAIN;
import static linux.errno.Errno.ENETUNREACH;
import static net.ip_fib.fib_rule.FR_ACT_TO_TBL;
import static net.net_namespace.NetNs.init_net;
import static net.route.Route.ip_rt_put;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.ip;
import static testing.Skbs.everything;
import static uapi.linux.rtnetlink.Rt.RTN_LOCAL;

import fib_frontend.IpRoute;
import net.flow.flowi4;
import net.ip_fib.fib_result;
import net.ip_fib.fib_rule;
import net.route.rtable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;

@KernelTest
class FibRulesTest {
    private Nic eth0;
    private Nic eth1;

    /** Two ways out, as on a phone: the usual set-up for MPTCP. */
    @BeforeEach
    void network() {
        Ipv4.boot();
        eth0 = Nic.up("eth0", "10.0.0.1/24");
        eth1 = Nic.up("eth1", "10.1.0.1/24");
        IpRoute.add(init_net, "default via 10.0.0.254");
        IpRoute.add(init_net, "10.1.0.0/24 dev eth1 scope link table 1");
        IpRoute.add(init_net, "default via 10.1.0.254 dev eth1 table 1");
    }

    private static rtable from(String saddr, String daddr) {
        flowi4 fl4 = new flowi4();
        fl4.saddr = ip(saddr);
        rtable rt = Ipv4.route(init_net, fl4, daddr);
        if (!IS_ERR(rt)) {
            ip_rt_put(rt);
        }
        return rt;
    }

    private static fib_rule rule(int action) {
        fib_rule r = new fib_rule();
        r.pref = 100;
        r.action = action;
        return r;
    }

    @Nested
    class __fib_lookup {
        @Test
        @DisplayName("packets from the second address leave by the second device")
        void by_source() {
            assertThat(from("10.1.0.1", "192.0.2.1").dev).isSameAs(eth0.dev);

            IpRule.addFrom(init_net, "10.1.0.1", 1);

            assertThat(from("10.1.0.1", "192.0.2.1").dev).isSameAs(eth1.dev);
            assertThat(from("10.0.0.1", "192.0.2.1").dev).isSameAs(eth0.dev);
            assertThat(from("10.1.0.1", "10.0.0.1").rt_type).as("the local table is asked first").isEqualTo(RTN_LOCAL);
        }

        @Test
        @DisplayName("a table in which nothing fits is passed over")
        void passed_over() {
            IpRule.addFrom(init_net, "10.0.0.1", 99);

            assertThat(from("10.0.0.1", "192.0.2.1").dev).isSameAs(eth0.dev);
        }

        @Test
        @DisplayName("nothing found by any rule: -ENETUNREACH")
        void none() {
            IpRule.addFrom(init_net, "10.1.0.1", 1);
            IpRoute.del(init_net, "default");

            assertThat(PTR_ERR(from("10.0.0.1", "192.0.2.1"))).isEqualTo(-ENETUNREACH);
        }
    }

    @Nested
    class fib4_rule_action {
        private final fib_result res = new fib_result();
        private final flowi4 fl4 = new flowi4();

        @ParameterizedTest
        @CsvSource({"7, -101", "8, -13", "6, -22"})
        @DisplayName("rules that say no: unreachable, prohibit, blackhole")
        void says_no(int action, int err) {
            assertThat(FibRules.fib4_rule_action(init_net, rule(action), fl4, res)).isEqualTo(err);
        }

        @Test
        @DisplayName("-EAGAIN if the table knows nothing, or \"throw\"")
        void on_to_the_next() {
            fib_rule r = rule(FR_ACT_TO_TBL);
            r.table = 1;
            fl4.daddr = ip("192.0.2.1");
            assertThat(FibRules.fib4_rule_action(init_net, r, fl4, res)).isZero();
            r.table = 99;
            assertThat(FibRules.fib4_rule_action(init_net, r, fl4, res)).isEqualTo(-EAGAIN);
            IpRoute.add(init_net, "throw 192.0.2.0/24 table 1");
            r.table = 1;
            assertThat(FibRules.fib4_rule_action(init_net, r, fl4, res)).isEqualTo(-EAGAIN);
            IpRoute.del(init_net, "default table 1");
            fl4.daddr = ip("198.51.100.1");
            assertThat(FibRules.fib4_rule_action(init_net, r, fl4, res)).isEqualTo(-EAGAIN);
        }
    }

    @Nested
    class fib_rule_match {
        @Test
        @DisplayName("devices and mark")
        void devices() {
            flowi4 fl4 = new flowi4();
            fib_rule r = rule(FR_ACT_TO_TBL);
            r.iifindex = 1;
            r.oifindex = 2;
            r.mark = 0x10;
            r.mark_mask = 0xf0;
            fl4.flowic_iif = 1;
            fl4.flowic_oif = 2;
            fl4.flowic_mark = 0x1f;
            assertThat(FibRules.fib_rule_match(r, fl4)).isTrue();

            fl4.flowic_mark = 0x2f;
            assertThat(FibRules.fib_rule_match(r, fl4)).isFalse();
            fl4.flowic_mark = 0x10;
            fl4.flowic_oif = 3;
            assertThat(FibRules.fib_rule_match(r, fl4)).isFalse();
            fl4.flowic_oif = 2;
            fl4.flowic_iif = 3;
            assertThat(FibRules.fib_rule_match(r, fl4)).isFalse();
        }
    }

    @Nested
    class fib4_rule_match {
        @Test
        @DisplayName("addresses and type of service")
        void addresses() {
            flowi4 fl4 = new flowi4();
            fib_rule r = rule(FR_ACT_TO_TBL);
            r.src = ip("10.1.0.0");
            r.srcmask = ip("255.255.255.0");
            r.dst = ip("192.0.2.0");
            r.dstmask = ip("255.255.255.0");
            r.tos = 8;
            fl4.saddr = ip("10.1.0.77");
            fl4.daddr = ip("192.0.2.7");
            fl4.flowic_tos = 8;
            assertThat(FibRules.fib4_rule_match(r, fl4)).isTrue();

            fl4.flowic_tos = 0;
            assertThat(FibRules.fib4_rule_match(r, fl4)).isFalse();
            fl4.flowic_tos = 8;
            fl4.daddr = ip("192.0.3.7");
            assertThat(FibRules.fib4_rule_match(r, fl4)).isFalse();
            fl4.daddr = ip("192.0.2.7");
            fl4.saddr = ip("10.2.0.77");
            assertThat(FibRules.fib4_rule_match(r, fl4)).isFalse();
        }
    }

    @Nested
    class fib4_rules_init {
        @Test
        @DisplayName("local, main, default")
        void three() {
            assertThat(init_net.ipv4.rules_ops.stream().map(r -> r.pref + ":" + r.table))
                    .containsExactly("0:255", "32766:254", "32767:253");
            assertThat(init_net.ipv4.fib_has_custom_rules).isFalse();
        }
    }

    @Nested
    class fib_default_rule_add {
        @Test
        @DisplayName("fits everything")
        void everything() {
            fib_rule r = init_net.ipv4.rules_ops.get(0);

            assertThat(r.action).isEqualTo(FR_ACT_TO_TBL);
            assertThat(FibRules.fib_rule_match(r, new flowi4())).isTrue();
        }
    }
}
