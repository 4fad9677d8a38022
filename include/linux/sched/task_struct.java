// SPDX-License-Identifier: GPL-2.0-only
package linux.sched;

import linux.fs.files_struct;
import linux.mm.page_frag;
import net.net_namespace.net;

/**
 * A process or a kernel thread: a Java thread that runs only while it holds the CPU.
 *
 * @see Sched
 */
public final class task_struct {
    public static final int TASK_RUNNING = 0;
    public static final int TASK_INTERRUPTIBLE = 1;
    public static final int TASK_UNINTERRUPTIBLE = 2;

    /** The task has ended. */
    public static final int TASK_DEAD = 64;

    /** {@code flags}: the task is about to end. */
    public static final int PF_EXITING = 0x4;

    /** {@code flags}: may use the memory reserves. */
    public static final int PF_MEMALLOC = 0x800;

    /** {@link #TASK_RUNNING}: runs or waits for the CPU; else it sleeps. */
    public int state;

    public final int pid;

    /** The name, as {@code ps} shows it. */
    public final String comm;

    /** {@code nsproxy->net_ns}: the network that this task sees. */
    public net net_ns;

    /** Open descriptors; null for a kernel thread. */
    public files_struct files;

    /** The page that small sends of this task share: {@code sk_page_frag}. */
    public final page_frag task_frag = new page_frag();

    /** Allocation flags: {@code PF_MEMALLOC} and the like. */
    public int flags;

    /** Is it on the run queue, or running? */
    boolean on_rq;

    // ---- what Linux does not have: the Java thread behind the task ----

    final Runnable body;
    Thread thread;

    /** It may go on. Written by the one who leaves the CPU, read by this task's thread. */
    volatile boolean onCpu;

    /** Its thread sleeps in {@code park} rather than spinning. */
    volatile boolean parked;

    /** How often it looks before it parks. */
    int spins = Sched.SPINS;

    /** Told when the task is about to sleep (a worker of a work queue lets another one work). */
    public Runnable sleeping;

    /** A real-time task of higher priority: it runs before all others that wait. */
    public boolean urgent;

    /** Completes when the task has ended. */
    public final Completion exited = new Completion();

    task_struct(int pid, String comm, Runnable body) {
        this.pid = pid;
        this.comm = comm;
        this.body = body;
    }

    @Override
    public String toString() {
        return comm;
    }
}
