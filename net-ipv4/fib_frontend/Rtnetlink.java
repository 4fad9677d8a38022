// SPDX-License-Identifier: GPL-2.0-only
package fib_frontend;

import static fib_frontend.Tables.fib_get_table;
import static fib_frontend.Tables.fib_new_table;
import static fib_trie.FibTable.fib_table_delete;
import static fib_trie.FibTable.fib_table_insert;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.ESRCH;

import net.ip_fib.fib_config;
import net.ip_fib.fib_table;
import net.net_namespace.net;

/**
 * Routes that somebody enters and deletes, from {@code net/ipv4/fib_frontend.c}. A request does not come as a netlink
 * message that has to be parsed, but as the {@link fib_config} that the source makes of it.
 */
public final class Rtnetlink {
    private Rtnetlink() {}

    /** @return 0, or {@code -ESRCH}: there is none like it */
    public static int inet_rtm_delroute(net net, fib_config cfg) {
        fib_table tb;
        int err;

        cfg.nl_net = net;
        tb = fib_get_table(net, cfg.fc_table);
        if (tb == null) {
            err = -ESRCH;
            return err;
        }

        err = fib_table_delete(tb, cfg);
        return err;
    }

    /** @return as {@code fib_table_insert} */
    public static int inet_rtm_newroute(net net, fib_config cfg) {
        fib_table tb;
        int err;

        cfg.nl_net = net;
        tb = fib_new_table(net, cfg.fc_table);
        if (tb == null) {
            err = -ENOBUFS;
            return err;
        }

        err = fib_table_insert(tb, cfg);
        return err;
    }
}
