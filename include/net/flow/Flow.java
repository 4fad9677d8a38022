// SPDX-License-Identifier: GPL-2.0-only
package net.flow;

/** How a {@link flowi4} is filled in before a route is asked for, from {@code include/net/flow.h}. */
public final class Flow {
    private Flow() {}

    public static void flowi4_init_output(flowi4 fl4, int oif, int mark, int tos, int scope, int proto, int flags,
            int daddr, int saddr, int dport, int sport) {
        fl4.flowic_oif = oif;
        fl4.flowic_iif = 0;
        fl4.flowic_mark = mark;
        fl4.flowic_tos = tos;
        fl4.flowic_scope = scope;
        fl4.flowic_proto = proto;
        fl4.flowic_flags = flags;
        fl4.flowic_secid = 0;
        fl4.daddr = daddr;
        fl4.saddr = saddr;
        fl4.fl4_dport = dport;
        fl4.fl4_sport = sport;
    }

    /** A lookup has changed these: back to what is asked for next. */
    public static void flowi4_update_output(flowi4 fl4, int oif, int tos, int daddr, int saddr) {
        fl4.flowic_oif = oif;
        fl4.flowic_tos = tos;
        fl4.daddr = daddr;
        fl4.saddr = saddr;
    }

    public static flowi flowi4_to_flowi(flowi4 fl4) {
        return fl4;
    }
}
