// SPDX-License-Identifier: GPL-2.0-only
package fib_rules;

import static linux.errno.Errno.ENOENT;
import static net.net_namespace.NetNs.init_net;
import static net.net_namespace.NetNs.rt_genid_ipv4;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.ip_fib.fib_rule;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import testing.Ipv4;
import testing.KernelTest;

@KernelTest
class IpRuleTest {
    @BeforeEach
    void network() {
        Ipv4.boot();
    }

    private static List<Integer> prefs() {
        return init_net.ipv4.rules_ops.stream().map(r -> r.pref).toList();
    }

    private static fib_rule rule(int pref) {
        fib_rule r = new fib_rule();
        r.pref = pref;
        return r;
    }

    @Test
    @DisplayName("sorted by preference, behind equals")
    void sorted() {
        fib_rule a = rule(10);
        fib_rule b = rule(10);
        IpRule.add(init_net, rule(20));
        IpRule.add(init_net, a);
        IpRule.add(init_net, b);

        assertThat(prefs()).containsExactly(0, 10, 10, 20, 32766, 32767);
        assertThat(init_net.ipv4.rules_ops.get(1)).isSameAs(a);
        assertThat(init_net.ipv4.fib_has_custom_rules).isTrue();
    }

    @Test
    @DisplayName("without a preference, in front of those that are there: 32765, 32764, ...")
    void default_pref() {
        IpRule.addFrom(init_net, "10.0.0.1", 1);
        IpRule.addFrom(init_net, "10.0.0.0/24", 2);

        assertThat(prefs()).containsExactly(0, 32764, 32765, 32766, 32767);
        assertThat(init_net.ipv4.rules_ops.get(1).srcmask).isEqualTo(0xffffff00);
    }

    @Test
    @DisplayName("each change makes cached routes stale; what is not there cannot be deleted")
    void deleted() {
        int genid = rt_genid_ipv4(init_net);
        fib_rule r = rule(10);
        IpRule.add(init_net, r);

        assertThat(IpRule.del(init_net, r)).isZero();
        assertThat(rt_genid_ipv4(init_net)).isEqualTo(genid + 2);
        assertThat(IpRule.del(init_net, r)).isEqualTo(-ENOENT);
        assertThat(prefs()).containsExactly(0, 32766, 32767);
    }
}
