// SPDX-License-Identifier: GPL-2.0-only
package fib_frontend;

import static fib_trie.FibTable.fib_table_flush;
import static fib_trie.FibTable.fib_trie_table;
import static route.Check.rt_cache_flush;
import static uapi.linux.rtnetlink.Rt.RT_TABLE_DEFAULT;
import static uapi.linux.rtnetlink.Rt.RT_TABLE_LOCAL;
import static uapi.linux.rtnetlink.Rt.RT_TABLE_MAIN;

import net.ip_fib.fib_table;
import net.net_namespace.net;

/** The routing tables of a namespace, from {@code net/ipv4/fib_frontend.c}: local, main, and others as they are needed. */
public final class Tables {
    private Tables() {}

    /** The table {@code id}, made if there is none; 0 is the main table. */
    public static fib_table fib_new_table(net net, int id) {
        fib_table tb;

        if (id == 0) {
            id = RT_TABLE_MAIN;
        }
        tb = fib_get_table(net, id);
        if (tb != null) {
            return tb;
        }

        tb = fib_trie_table(id);

        switch (id) {
            case RT_TABLE_LOCAL:
                net.ipv4.fib_local = tb;
                break;

            case RT_TABLE_MAIN:
                net.ipv4.fib_main = tb;
                break;

            case RT_TABLE_DEFAULT:
                net.ipv4.fib_default = tb;
                break;

            default:
                break;
        }

        net.ipv4.fib_table_hash.add(tb);
        return tb;
    }

    /** @return null if nothing was ever put into it */
    public static fib_table fib_get_table(net net, int id) {
        if (id == 0) {
            id = RT_TABLE_MAIN;
        }

        for (int i = 0; i < net.ipv4.fib_table_hash.size(); i++) {
            fib_table tb = net.ipv4.fib_table_hash.get(i);

            if (tb.tb_id == id) {
                return tb;
            }
        }
        return null;
    }

    /** Deletes the routes that are dead; if there were any, every route is looked up anew. */
    static void fib_flush(net net) {
        int flushed = 0;

        for (fib_table tb : net.ipv4.fib_table_hash) {
            flushed += fib_table_flush(tb);
        }

        if (flushed != 0) {
            rt_cache_flush(net);
        }
    }
}
