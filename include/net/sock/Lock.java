// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.bug.Bug.BUG_ON;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.sched.Sched.schedule;
import static linux.sched.task_struct.TASK_UNINTERRUPTIBLE;
import static linux.wait.Wait.finish_wait;
import static linux.wait.Wait.init_waitqueue_head;
import static linux.wait.Wait.prepare_to_wait_exclusive;
import static linux.wait.Wait.waitqueue_active;
import static linux.wait.Wait.wake_up;
import static net.sock.BacklogQueue.__release_sock;

import linux.wait.wait_queue_t;

/**
 * The lock of a socket. A system call owns the socket from {@link #lock_sock} to {@link #release_sock} and may sleep in
 * between; a softirq takes {@link #bh_lock_sock}, looks at {@link #sock_owned_by_user}, and works on the socket or puts
 * its packet on the backlog.
 *
 * <p>There is one CPU, so nobody ever spins: who finds the spin lock taken has taken it himself, and would hang.
 */
public final class Lock {
    private Lock() {}

    /** For {@link #lock_sock_nested}: a lock of the same class is held already. Says something to lockdep only. */
    public static final int SINGLE_DEPTH_NESTING = 1;

    /** Is a system call at work on the socket? */
    public static boolean sock_owned_by_user(sock sk) {
        return sk.sk_lock.owned != 0;
    }

    public static void sock_release_ownership(sock sk) {
        sk.sk_lock.owned = 0;
    }

    public static void lock_sock(sock sk) {
        lock_sock_nested(sk, 0);
    }

    /** Bottom halves must be off. */
    public static void bh_lock_sock(sock __sk) {
        BUG_ON(__sk.sk_lock.slock);
        __sk.sk_lock.slock = true;
    }

    /** The same for a second socket: a subflow's beside its meta socket's. */
    public static void bh_lock_sock_nested(sock __sk) {
        BUG_ON(__sk.sk_lock.slock);
        __sk.sk_lock.slock = true;
    }

    public static void bh_unlock_sock(sock __sk) {
        BUG_ON(!__sk.sk_lock.slock);
        __sk.sk_lock.slock = false;
    }

    /** @param slow what {@link #lock_sock_fast} has returned */
    public static void unlock_sock_fast(sock sk, boolean slow) {
        if (slow) {
            release_sock(sk);
        } else {
            bh_unlock_sock(sk);
            local_bh_enable();
        }
    }

    /** A lock that nobody has and nobody waits for. */
    public static void sock_lock_init(sock sk) {
        sk.sk_lock.owned = 0;
        init_waitqueue_head(sk.sk_lock.wq);
        sk.sk_lock.slock = false;
    }

    /** Sleeps until the owner is done. Those who wait get the socket one after the other. */
    static void __lock_sock(sock sk) {
        wait_queue_t wait = wait_queue_t.define();

        for (;;) {
            prepare_to_wait_exclusive(sk.sk_lock.wq, wait, TASK_UNINTERRUPTIBLE);
            bh_unlock_sock(sk);
            local_bh_enable();
            schedule();
            local_bh_disable();
            bh_lock_sock(sk);
            if (!sock_owned_by_user(sk)) {
                break;
            }
        }
        finish_wait(sk.sk_lock.wq, wait);
    }

    /** Waits for the socket and owns it then. Bottom halves are on afterwards: packets go to the backlog. */
    public static void lock_sock_nested(sock sk, int subclass) {
        local_bh_disable();
        bh_lock_sock(sk);
        if (sk.sk_lock.owned != 0) {
            __lock_sock(sk);
        }
        sk.sk_lock.owned = 1;
        bh_unlock_sock(sk);
        local_bh_enable();
    }

    /**
     * Gives the socket up: first the backlog, then what the protocol has put off ({@code release_cb}, called while the
     * socket is still owned), then whoever waits.
     */
    public static void release_sock(sock sk) {
        local_bh_disable();
        bh_lock_sock(sk);
        if (sk.sk_backlog.tail != null) {
            __release_sock(sk);
        }

        if (sk.skc_prot.release_cb != null) {
            sk.skc_prot.release_cb.call(sk);
        }

        sock_release_ownership(sk);
        if (waitqueue_active(sk.sk_lock.wq)) {
            wake_up(sk.sk_lock.wq);
        }
        bh_unlock_sock(sk);
        local_bh_enable();
    }

    /**
     * For a few instructions that do not sleep: if nobody owns the socket, it is enough to keep softirqs away.
     *
     * @return false: bottom halves are off and the spin lock is held; true: the socket is owned, as after lock_sock
     */
    public static boolean lock_sock_fast(sock sk) {
        local_bh_disable();
        bh_lock_sock(sk);

        if (sk.sk_lock.owned == 0) {
            return false;
        }

        __lock_sock(sk);
        sk.sk_lock.owned = 1;
        bh_unlock_sock(sk);
        local_bh_enable();
        return true;
    }
}
