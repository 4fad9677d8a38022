// SPDX-License-Identifier: GPL-2.0-only
package linux.hrtimer;

/**
 * What the CPU's work costs, in nanoseconds of virtual time. On a machine that has just booted it costs nothing: {@link #FREE}.
 * Somebody who plays a recording of a real machine sets what that machine needed, because who comes first depends on it.
 *
 * @param tick the timer interrupt of each jiffy that passes while the CPU is busy
 * @param softirq to begin with softirqs
 * @param timerStart to start a timer or to put it off; {@code timerStop} to stop it
 * @param wakeUp to make a task that sleeps ready to run
 * @param sleep to go to sleep
 * @param resume to go on where one had gone to sleep, the switch to this task included
 * @param cloneSock to make a connection's socket of a listening one
 * @param copy to copy something between a program and the kernel; {@code copyByte} for each byte of it
 * @param sum to sum up a packet's data, and what goes with it; {@code sumByte} for each byte of it, {@code copySumByte} for each
 *     byte that is summed up while it is copied
 * @param memory to charge a socket for another page
 * @param queue to put a packet into a receive queue
 * @param backlog to take one from the backlog or the prequeue; {@code backlogMeta} from those of Multipath TCP
 * @param allocSkb to make a packet
 * @param freeSkb to take it apart
 * @param secret to draw a secret from the pool of randomness
 * @param hash to put a block of 64 bytes through SHA-1
 * @param slab to make another page of a slab cache; {@code slabObject} for each object on it; {@code slabBack} to give one up
 * @param refill to take free objects from a cache's pages; {@code refillObject} for each
 * @param flush to put them back; {@code flushObject} for each
 * @param printk to write a line of the log
 */
public record Costs(long tick, long softirq, long timerStart, long timerStop, long wakeUp, long sleep,
        long resume, long cloneSock, long copy, double copyByte, long sum, double sumByte, double copySumByte,
        long memory, long queue, long backlog, long backlogMeta, long allocSkb, long freeSkb, long secret, long hash,
        long slab, long slabObject, long refill, long refillObject, long flush, long flushObject, long slabBack, long printk) {
    /** Computing takes no time. */
    public static final Costs FREE = new Costs(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    /** Those of this machine. */
    private static Costs now = FREE;

    /** Called when the machine boots. */
    static void boot() {
        now = FREE;
    }

    /** From now on work costs this. */
    public static void set(Costs costs) {
        now = costs;
    }

    public static Costs costs() {
        return now;
    }

    /** The CPU is busy with something done to {@code n} bytes. */
    public static void spendOnCopy(int n) {
        if (now != FREE) {
            Clock.spend(now.copy + (long) (n * now.copyByte));
        }
    }

    /** The same for a checksum. */
    public static void spendOnSum(int n) {
        if (now != FREE) {
            Clock.spend(now.sum + (long) (n * now.sumByte));
        }
    }

    /** Summing up {@code n} bytes while they are copied: in addition to the copy. */
    public static void spendOnCopySum(int n) {
        if (now != FREE) {
            Clock.spend((long) (n * now.copySumByte));
        }
    }
}
