// SPDX-License-Identifier: GPL-2.0-only
package mptcp_sched;

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

import linux.compiler.Ref;
import linux.list.list_head;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_sched_ops;

/**
 * The list of schedulers, second in {@code net/mptcp/mptcp_sched.c}: like that of path managers. The sysctl is {@code
 * net.mptcp.mptcp_scheduler}.
 */
public final class Registry {
    private Registry() {}

    /** What late boot makes the default. */
    static final String CONFIG_DEFAULT_MPTCP_SCHED = "default";

    static list_head<mptcp_sched_ops> mptcp_sched_list;

    /** The scheduler of that name, or null. */
    static mptcp_sched_ops mptcp_sched_find(String name) {
        for (list_head<mptcp_sched_ops> p = mptcp_sched_list.next; p != mptcp_sched_list; p = p.next) {
            mptcp_sched_ops e = p.owner;
            if (e.name.equals(name)) {
                return e;
            }
        }

        return null;
    }

    /**
     * Makes a scheduler known.
     *
     * @return 0; {@code -EINVAL}: it cannot pick a subflow or a segment; {@code -EEXIST}: there is one of that name
     */
    public static int mptcp_register_scheduler(mptcp_sched_ops sched) {
        int ret = 0;

        if (sched.get_subflow == null || sched.next_segment == null) {
            return -EINVAL;
        }

        if (mptcp_sched_find(sched.name) != null) {
            pr_notice("%s already registered\n", sched.name);
            ret = -EEXIST;
        } else {
            list_add_tail(sched.list, mptcp_sched_list);
            pr_info("%s registered\n", sched.name);
        }

        return ret;
    }

    public static void mptcp_unregister_scheduler(mptcp_sched_ops sched) {
        list_del(sched.list);
    }

    /** The name of the one that new connections get. */
    public static void mptcp_get_default_scheduler(Ref<String> name) {
        mptcp_sched_ops sched;

        BUG_ON(list_empty(mptcp_sched_list));

        sched = list_entry(mptcp_sched_list.next);
        name.val = sched.name;
    }

    /** New connections get the one of that name; {@code -ENOENT}: there is none. */
    public static int mptcp_set_default_scheduler(String name) {
        mptcp_sched_ops sched;
        int ret = -ENOENT;

        sched = mptcp_sched_find(name);

        if (sched != null) {
            list_move(sched.list, mptcp_sched_list);
            ret = 0;
        } else {
            pr_info("%s is not available\n", name);
        }

        return ret;
    }

    /** A new connection gets its scheduler, and keeps it. */
    public static void mptcp_init_scheduler(mptcp_cb mpcb) {
        for (list_head<mptcp_sched_ops> p = mptcp_sched_list.next; p != mptcp_sched_list; p = p.next) {
            mptcp_sched_ops sched = p.owner;
            // It is built in: nobody can be unloading it.
            mpcb.sched_ops = sched;
            break;
        }
    }

    /** The connection lets go of its scheduler. */
    public static void mptcp_cleanup_scheduler(mptcp_cb mpcb) {
        mpcb.sched_ops = null;
    }

    /** Last thing at boot, when all schedulers have registered. */
    static int mptcp_scheduler_default() {
        return mptcp_set_default_scheduler(CONFIG_DEFAULT_MPTCP_SCHED);
    }
}
