// SPDX-License-Identifier: GPL-2.0-only
package net.inet_timewait_sock;

import static linux.list.Lists.__hlist_del;
import static linux.list.Lists.hlist_unhashed;

import linux.jiffies.Jiffies;
import net.net_namespace.net;
import net.sock.sock_common;

/** Small things about time-wait sockets; what makes, moves and ends them is in {@code inet_timewait_sock.c}. */
public final class Twsk {
    private Twsk() {}

    /** The clock of {@code tw_ttd}: the low half of jiffies. */
    public static int inet_tw_time_stamp() {
        return (int) Jiffies.jiffies;
    }

    /** Does it wait in a slot of the death row? */
    public static boolean inet_twsk_dead_hashed(inet_timewait_sock tw) {
        return !hlist_unhashed(tw.tw_death_node);
    }

    public static void inet_twsk_dead_node_init(inet_timewait_sock tw) {
        tw.tw_death_node.pprev = null;
    }

    public static void __inet_twsk_del_dead_node(inet_timewait_sock tw) {
        __hlist_del(tw.tw_death_node);
        inet_twsk_dead_node_init(tw);
    }

    /** Takes it off the death row. @return 1 if it was there */
    public static int inet_twsk_del_dead_node(inet_timewait_sock tw) {
        if (inet_twsk_dead_hashed(tw)) {
            __inet_twsk_del_dead_node(tw);
            return 1;
        }
        return 0;
    }

    /** @param sk what a look-up found: in C a time-wait socket passes as a {@code struct sock} until it is looked at */
    public static inet_timewait_sock inet_twsk(sock_common sk) {
        return (inet_timewait_sock) sk;
    }

    public static net twsk_net(inet_timewait_sock twsk) {
        return twsk.skc_net;
    }

    public static void twsk_net_set(inet_timewait_sock twsk, net net) {
        twsk.skc_net = net;
    }
}
