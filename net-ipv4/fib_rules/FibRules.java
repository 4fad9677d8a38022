// SPDX-License-Identifier: GPL-2.0-only
package fib_rules;

import static fib_frontend.Tables.fib_get_table;
import static fib_trie.FibTable.fib_table_lookup;
import static linux.errno.Errno.EACCES;
import static linux.errno.Errno.EAGAIN;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENETUNREACH;
import static linux.errno.Errno.ESRCH;
import static net.ip_fib.Fib.FIB_LOOKUP_NOREF;
import static net.ip_fib.fib_rule.FR_ACT_BLACKHOLE;
import static net.ip_fib.fib_rule.FR_ACT_PROHIBIT;
import static net.ip_fib.fib_rule.FR_ACT_TO_TBL;
import static net.ip_fib.fib_rule.FR_ACT_UNREACHABLE;
import static uapi.linux.rtnetlink.Rt.RT_TABLE_DEFAULT;
import static uapi.linux.rtnetlink.Rt.RT_TABLE_LOCAL;
import static uapi.linux.rtnetlink.Rt.RT_TABLE_MAIN;

import java.util.ArrayList;
import net.flow.flowi4;
import net.ip_fib.fib_result;
import net.ip_fib.fib_rule;
import net.ip_fib.fib_table;
import net.net_namespace.net;

/**
 * Policy routing: which routing table is asked for which packet. Hosts with several addresses use it so that packets
 * from each leave by its own device ({@code ip rule add from 10.0.1.2 table 1}), which is what the subflows of a
 * multipath connection need. It stands for {@code net/ipv4/fib_rules.c} and as much of {@code net/core/fib_rules.c} as
 * concerns addresses, devices and marks.
 */
public final class FibRules {
    private FibRules() {}

    /** Goes through the rules. @return as {@code fib_lookup} */
    public static int __fib_lookup(net net, flowi4 flp, fib_result res) {
        int err = -ESRCH;

        for (int i = 0; i < net.ipv4.rules_ops.size(); i++) {
            fib_rule rule = net.ipv4.rules_ops.get(i);

            if (!fib_rule_match(rule, flp)) {
                continue;
            }
            int ret = fib4_rule_action(net, rule, flp, res);
            if (ret != -EAGAIN) {
                err = ret;
                break;
            }
        }

        if (err == -ESRCH) {
            err = -ENETUNREACH;
        }

        return err;
    }

    static boolean fib_rule_match(fib_rule rule, flowi4 fl) {
        if (rule.iifindex != 0 && rule.iifindex != fl.flowic_iif) {
            return false;
        }

        if (rule.oifindex != 0 && rule.oifindex != fl.flowic_oif) {
            return false;
        }

        if (((rule.mark ^ fl.flowic_mark) & rule.mark_mask) != 0) {
            return false;
        }

        return fib4_rule_match(rule, fl);
    }

    /** @return {@code -EAGAIN}: nothing found, on to the next rule */
    static int fib4_rule_action(net net, fib_rule rule, flowi4 flp, fib_result res) {
        int err = -EAGAIN;
        fib_table tbl;

        switch (rule.action) {
            case FR_ACT_TO_TBL:
                break;

            case FR_ACT_UNREACHABLE:
                return -ENETUNREACH;

            case FR_ACT_PROHIBIT:
                return -EACCES;

            case FR_ACT_BLACKHOLE:
            default:
                return -EINVAL;
        }

        tbl = fib_get_table(net, rule.table);
        if (tbl == null) {
            return err;
        }

        err = fib_table_lookup(tbl, flp, res, FIB_LOOKUP_NOREF);
        if (err > 0) {
            err = -EAGAIN;
        }
        return err;
    }

    static boolean fib4_rule_match(fib_rule r, flowi4 fl4) {
        int daddr = fl4.daddr;
        int saddr = fl4.saddr;

        if (((saddr ^ r.src) & r.srcmask) != 0 || ((daddr ^ r.dst) & r.dstmask) != 0) {
            return false;
        }

        if (r.tos != 0 && r.tos != fl4.flowic_tos) {
            return false;
        }

        return true;
    }

    /** The three rules and tables that every namespace has: local, main, default. */
    public static int fib4_rules_init(net net) {
        net.ipv4.rules_ops = new ArrayList<>();
        fib_default_rule_add(net, 0, RT_TABLE_LOCAL);
        fib_default_rule_add(net, 0x7FFE, RT_TABLE_MAIN);
        fib_default_rule_add(net, 0x7FFF, RT_TABLE_DEFAULT);
        net.ipv4.fib_has_custom_rules = false;
        return 0;
    }

    static int fib_default_rule_add(net net, int pref, int table) {
        fib_rule r = new fib_rule();

        r.pref = pref;
        r.table = table;
        net.ipv4.rules_ops.add(r);
        return 0;
    }
}
