// SPDX-License-Identifier: GPL-2.0-only
package linux.init;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import linux.bug.Bug;
import linux.gfp.Gfp;
import linux.hrtimer.Clock;
import linux.interrupt.Softirq;
import linux.mm.Mm;
import linux.printk.Printk;
import linux.random.Random;
import linux.sched.Sched;
import linux.skbuff.Alloc;
import linux.timer.Timers;
import linux.workqueue.Workqueue;
import net.net_namespace.NetNs;

/**
 * The computer: {@link #boot} gives every static variable its first value and runs the initcalls. It takes about a
 * millisecond, so every test has a machine of its own.
 */
public final class Machine {
    private Machine() {}

    /** What decides all that is random, if nothing else is asked for. */
    public static final long DEFAULT_SEED = 20150101;

    private static List<Initcall> initcalls;

    /** Boots with the default seed. */
    public static void boot() {
        boot(DEFAULT_SEED);
    }

    /**
     * Boots anew: whatever ran before ends. The calling thread becomes the task {@code init}.
     *
     * @param seed of all random numbers: the same seed and the same program make the same run
     */
    public static void boot(long seed) {
        Sched.sched_init();
        Clock.boot();
        Bug.boot();
        Printk.boot();
        Random.boot(seed);
        Gfp.boot();
        Mm.boot();
        Alloc.boot();
        Softirq.softirq_init();
        Timers.init_timers();
        Clock.hrtimers_init();
        Workqueue.init_workqueues();
        NetNs.boot();

        List<Initcall> calls = initcalls();
        for (Initcall c : calls) {
            c.data();
        }
        for (Initcall.Level level : Initcall.Level.values()) {
            for (Initcall c : calls) {
                if (c.level() == level) {
                    c.init();
                }
            }
        }
    }

    /** Stops the machine and the threads of its tasks. */
    public static void halt() {
        Sched.halt();
    }

    private static List<Initcall> initcalls() {
        if (initcalls == null) {
            List<Initcall> found = new ArrayList<>();
            ServiceLoader.load(Initcall.class, Machine.class.getClassLoader()).forEach(found::add);
            initcalls = found;
        }
        return initcalls;
    }
}
