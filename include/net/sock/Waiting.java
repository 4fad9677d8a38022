// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.errno.Errno.EINTR;
import static linux.errno.Errno.ERESTARTSYS;
import static linux.fs.poll_table.poll_does_not_wait;
import static linux.fs.poll_table.poll_wait;
import static linux.kernel.Kernel.min;
import static linux.sched.Sched.MAX_SCHEDULE_TIMEOUT;
import static linux.sched.Sched.schedule_timeout;
import static linux.sched.task_struct.TASK_INTERRUPTIBLE;
import static linux.skbuff.Queue.skb_queue_empty;
import static linux.wait.Wait.finish_wait;
import static linux.wait.Wait.prepare_to_wait;
import static linux.wait.Wait.waitqueue_active;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static uapi.linux.socket.SocketOpt.SOCK_ASYNC_WAITDATA;

import linux.compiler.LongRef;
import linux.fs.file;
import linux.fs.poll_table;
import linux.net.socket_wq;
import linux.wait.wait_queue_head_t;
import linux.wait.wait_queue_t;

/** Sleeping on a socket: where, for how long, and what for. */
public final class Waiting {
    private Waiting() {}

    /** What is waited for. */
    public interface Condition {
        boolean call(sock sk);
    }

    /**
     * Lets go of the socket, sleeps unless the condition holds by then (releasing the socket works off the backlog),
     * and takes the socket again. The caller is on the wait queue and has set its state.
     *
     * @param __timeo jiffies; what is left of them afterwards
     * @return does the condition hold now?
     */
    public static boolean sk_wait_event(sock __sk, LongRef __timeo, Condition __condition) {
        boolean __rc;

        release_sock(__sk);
        __rc = __condition.call(__sk);
        if (!__rc) {
            __timeo.val = schedule_timeout(__timeo.val);
        }
        lock_sock(__sk);
        __rc = __condition.call(__sk);
        return __rc;
    }

    /** Where those wait who have the socket open. */
    public static wait_queue_head_t sk_sleep(sock sk) {
        return sk.sk_wq.wait;
    }

    public static boolean wq_has_sleeper(socket_wq wq) {
        return wq != null && waitqueue_active(wq.wait);
    }

    public static void sock_poll_wait(file filp, wait_queue_head_t wait_address, poll_table p) {
        if (!poll_does_not_wait(p) && wait_address != null) {
            poll_wait(filp, wait_address, p);
        }
    }

    /** How long a reader waits, in jiffies. */
    public static long sock_rcvtimeo(sock sk, boolean noblock) {
        return noblock ? 0 : sk.sk_rcvtimeo;
    }

    /** How long a writer, or a connect, waits, in jiffies. */
    public static long sock_sndtimeo(sock sk, boolean noblock) {
        return noblock ? 0 : sk.sk_sndtimeo;
    }

    /** With how many bytes a reader who wants {@code len} comes back; never 0. */
    public static int sock_rcvlowat(sock sk, int waitall, int len) {
        int v = waitall != 0 ? len : min(sk.sk_rcvlowat, len);
        return v != 0 ? v : 1;
    }

    /** What a system call returns when a signal has interrupted it. */
    public static int sock_intr_errno(long timeo) {
        return timeo == MAX_SCHEDULE_TIMEOUT ? -ERESTARTSYS : -EINTR;
    }

    /**
     * Waits for something to come into the receive queue. The socket is owned, before and after.
     *
     * @param timeo jiffies; what is left of them afterwards
     * @return nonzero if there is something
     */
    public static int sk_wait_data(sock sk, LongRef timeo) {
        boolean rc;
        wait_queue_t wait = wait_queue_t.define();

        prepare_to_wait(sk_sleep(sk), wait, TASK_INTERRUPTIBLE);
        sk.sk_socket.flags |= 1 << SOCK_ASYNC_WAITDATA;
        rc = sk_wait_event(sk, timeo, s -> !skb_queue_empty(s.sk_receive_queue));
        sk.sk_socket.flags &= ~(1 << SOCK_ASYNC_WAITDATA);
        finish_wait(sk_sleep(sk), wait);
        return rc ? 1 : 0;
    }
}
