// SPDX-License-Identifier: GPL-2.0-only
package net.ip_fib;

import linux.netdevice.net_device;
import net.net_namespace.net;

/**
 * What a lookup in the routing tables has found, from {@code include/net/ip_fib.h}. The tables themselves: {@code
 * fib_trie} finds a prefix, {@code fib_semantics} knows what a route means, {@code fib_rules} which table is asked,
 * {@code fib_frontend} enters what follows from a device's addresses.
 */
public final class Fib {
    private Fib() {}

    /** {@code fib_flags} of a lookup: no reference is wanted. */
    public static final int FIB_LOOKUP_NOREF = 1;

    public static fib_nh FIB_RES_NH(fib_result res) {
        return res.fi.fib_nh[0];
    }

    public static int FIB_RES_GW(fib_result res) {
        return FIB_RES_NH(res).nh_gw;
    }

    public static net_device FIB_RES_DEV(fib_result res) {
        return FIB_RES_NH(res).nh_dev;
    }

    public static int FIB_RES_OIF(fib_result res) {
        return FIB_RES_NH(res).nh_oif;
    }

    /** Routes that carry a class: none do. */
    public static int fib_num_tclassid_users(net net) {
        return 0;
    }

    public static void fibInfoHold(fib_info fi) {
        fi.fib_clntref++;
    }
}
