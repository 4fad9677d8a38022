// SPDX-License-Identifier: GPL-2.0-only
package linux.rtnetlink;

import static linux.mutex.mutex.mutex_is_locked;
import static linux.mutex.mutex.mutex_lock;
import static linux.mutex.mutex.mutex_trylock;
import static linux.mutex.mutex.mutex_unlock;
import static linux.netdevice.Registry.netdev_run_todo;

import linux.mutex.mutex;

/**
 * The lock of all that is configured: devices, addresses, routes ({@code include/linux/rtnetlink.h}). Who lets go of it
 * finishes the devices that were unregistered meanwhile, which may take until their last user has let go of them.
 */
public final class Rtnl {
    private Rtnl() {}

    private static mutex rtnl_mutex;

    /** Called when the machine boots. */
    public static void boot() {
        rtnl_mutex = new mutex();
    }

    public static void rtnl_lock() {
        mutex_lock(rtnl_mutex);
    }

    /** Lets go of the lock and of nothing else. */
    public static void __rtnl_unlock() {
        mutex_unlock(rtnl_mutex);
    }

    public static void rtnl_unlock() {
        netdev_run_todo();
    }

    /** @return 1 if it was free and is ours now */
    public static int rtnl_trylock() {
        return mutex_trylock(rtnl_mutex);
    }

    public static boolean rtnl_is_locked() {
        return mutex_is_locked(rtnl_mutex);
    }
}
