// SPDX-License-Identifier: GPL-2.0-only
package mptcp_pm;

import static linux.bug.Bug.BUG_ON;
import static linux.errno.Errno.EEXIST;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOENT;
import static linux.list.Lists.list_add_tail;
import static linux.list.Lists.list_del;
import static linux.list.Lists.list_empty;
import static linux.list.Lists.list_entry;
import static linux.list.Lists.list_move;
import static linux.printk.Printk.pr_info;
import static linux.printk.Printk.pr_notice;

import linux.compiler.BoolRef;
import linux.compiler.Ref;
import linux.list.list_head;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_pm_ops;
import net.net_namespace.net;

/**
 * The list of path managers, {@code net/mptcp/mptcp_pm.c}. The first on the list is the one that new connections get;
 * the sysctl {@code net.mptcp.mptcp_path_manager} moves one there. The path manager {@code default} makes no subflows,
 * but lets the peer make some.
 */
public final class PathManager {
    private PathManager() {}

    /** What late boot makes the default. */
    static final String CONFIG_DEFAULT_MPTCP_PM = "default";

    static list_head<mptcp_pm_ops> mptcp_pm_list;

    /** {@code get_local_id} of the default path manager: all addresses are number 0. */
    static int mptcp_default_id(int family, int addr, net net, BoolRef low_prio) {
        return 0;
    }

    /** The path manager of that name, or null. */
    static mptcp_pm_ops mptcp_pm_find(String name) {
        for (list_head<mptcp_pm_ops> p = mptcp_pm_list.next; p != mptcp_pm_list; p = p.next) {
            mptcp_pm_ops e = p.owner;
            if (e.name.equals(name)) {
                return e;
            }
        }

        return null;
    }

    /**
     * Makes a path manager known.
     *
     * @return 0; {@code -EINVAL}: it cannot tell the id of an address; {@code -EEXIST}: there is one of that name
     */
    public static int mptcp_register_path_manager(mptcp_pm_ops pm) {
        int ret = 0;

        if (pm.get_local_id == null) {
            return -EINVAL;
        }

        if (mptcp_pm_find(pm.name) != null) {
            pr_notice("%s already registered\n", pm.name);
            ret = -EEXIST;
        } else {
            list_add_tail(pm.list, mptcp_pm_list);
            pr_info("%s registered\n", pm.name);
        }

        return ret;
    }

    public static void mptcp_unregister_path_manager(mptcp_pm_ops pm) {
        list_del(pm.list);
    }

    /** The name of the one that new connections get. */
    public static void mptcp_get_default_path_manager(Ref<String> name) {
        mptcp_pm_ops pm;

        BUG_ON(list_empty(mptcp_pm_list));

        pm = list_entry(mptcp_pm_list.next);
        name.val = pm.name;
    }

    /** New connections get the one of that name; {@code -ENOENT}: there is none. */
    public static int mptcp_set_default_path_manager(String name) {
        mptcp_pm_ops pm;
        int ret = -ENOENT;

        pm = mptcp_pm_find(name);

        if (pm != null) {
            list_move(pm.list, mptcp_pm_list);
            ret = 0;
        } else {
            pr_info("%s is not available\n", name);
        }

        return ret;
    }

    /** A new connection gets its path manager. */
    public static void mptcp_init_path_manager(mptcp_cb mpcb) {
        for (list_head<mptcp_pm_ops> p = mptcp_pm_list.next; p != mptcp_pm_list; p = p.next) {
            mptcp_pm_ops pm = p.owner;
            // It is built in: nobody can be unloading it.
            mpcb.pm_ops = pm;
            break;
        }
    }

    /** The connection lets go of its path manager. */
    public static void mptcp_cleanup_path_manager(mptcp_cb mpcb) {
        mpcb.pm_ops = null;
    }

    /** The path manager cannot work for this connection (no memory): the default one takes over. */
    public static void mptcp_fallback_default(mptcp_cb mpcb) {
        mptcp_pm_ops pm;

        mptcp_cleanup_path_manager(mpcb);
        pm = mptcp_pm_find("default");

        mpcb.pm_ops = pm;
    }

    /** Last thing at boot, when all path managers have registered. */
    static int mptcp_path_manager_default() {
        return mptcp_set_default_path_manager(CONFIG_DEFAULT_MPTCP_PM);
    }
}
