// SPDX-License-Identifier: GPL-2.0-only
package fib_rules;

import static linux.errno.Errno.ENOENT;
import static linux.inetdevice.InDev.inet_make_mask;
import static route.Check.rt_cache_flush;

import java.util.List;
import linux.in.Prefix;
import net.ip_fib.fib_rule;
import net.net_namespace.net;

/** {@code ip rule}: what {@code fib_nl_newrule} and {@code fib_nl_delrule} do behind netlink. */
public final class IpRule {
    private IpRule() {}

    /** Behind those of the same {@code pref}. If {@code pref} is 0, in front of all that were added. */
    public static int add(net net, fib_rule rule) {
        List<fib_rule> rules = net.ipv4.rules_ops;
        if (rule.pref == 0) {
            // fib_default_rule_pref: one less than the first one behind the rule for the local table.
            int next = rules.size() > 1 ? rules.get(1).pref : 0;
            rule.pref = next > 0 ? next - 1 : 0;
        }
        int i = 0;
        while (i < rules.size() && rules.get(i).pref <= rule.pref) {
            i++;
        }
        rules.add(i, rule);
        net.ipv4.fib_has_custom_rules = true;
        rt_cache_flush(net);
        return 0;
    }

    /** {@code ip rule add from ADDR table N}; {@code from} as "10.0.0.1" or "10.0.0.0/24". */
    public static int addFrom(net net, String from, int table) {
        fib_rule rule = new fib_rule();
        Prefix p = Prefix.parse(from);
        rule.src = p.addr;
        rule.srcmask = inet_make_mask(p.len);
        rule.table = table;
        return add(net, rule);
    }

    /** @return 0, or {@code -ENOENT}: there is no such rule */
    public static int del(net net, fib_rule rule) {
        if (!net.ipv4.rules_ops.remove(rule)) {
            return -ENOENT;
        }
        net.ipv4.fib_has_custom_rules = true;
        rt_cache_flush(net);
        return 0;
    }
}
