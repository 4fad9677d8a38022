// SPDX-License-Identifier: GPL-2.0-only
package inet_connection_sock;

import static linux.errno.Errno.EAGAIN;
import static linux.errno.Errno.EINVAL;
import static linux.fs.file.O_NONBLOCK;
import static linux.sched.Sched.current;
import static linux.sched.Sched.schedule_timeout;
import static linux.sched.Sched.signal_pending;
import static linux.sched.task_struct.TASK_INTERRUPTIBLE;
import static linux.tcp.Sockets.tcp_rsk;
import static linux.wait.Wait.finish_wait;
import static linux.wait.Wait.prepare_to_wait_exclusive;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.request_sock.Queues.reqsk_queue_empty;
import static net.request_sock.Queues.reqsk_queue_remove;
import static net.request_sock.Requests.__reqsk_free;
import static net.sock.AcceptQueue.sk_acceptq_removed;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static net.sock.Waiting.sk_sleep;
import static net.sock.Waiting.sock_intr_errno;
import static net.sock.Waiting.sock_rcvtimeo;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static uapi.linux.in.In.IPPROTO_TCP;

import linux.compiler.IntRef;
import linux.wait.wait_queue_t;
import net.inet_connection_sock.inet_connection_sock;
import net.request_sock.request_sock;
import net.request_sock.request_sock_queue;
import net.sock.sock;

/**
 * {@code accept}: takes the connection that has waited longest in the accept queue of a listener, or waits for one.
 * {@code inet_accept} calls it by {@code proto.accept} and ties the new socket to a descriptor.
 */
public final class Accept {
    private Accept() {}

    /**
     * Sleeps until there is a connection. Each one that comes wakes only one of the tasks that wait.
     *
     * @param timeo jiffies
     * @return 0; {@code -EINVAL} if the socket listens no more; {@code -EAGAIN} when the time is over; what {@code
     *     sock_intr_errno} says about a signal
     */
    static int inet_csk_wait_for_connect(sock sk, long timeo) {
        inet_connection_sock icsk = inet_csk(sk);
        wait_queue_t wait = wait_queue_t.define();
        int err;

        for (;;) {
            prepare_to_wait_exclusive(sk_sleep(sk), wait, TASK_INTERRUPTIBLE);
            release_sock(sk);
            if (reqsk_queue_empty(icsk.icsk_accept_queue)) {
                timeo = schedule_timeout(timeo);
            }
            lock_sock(sk);
            err = 0;
            if (!reqsk_queue_empty(icsk.icsk_accept_queue)) {
                break;
            }
            err = -EINVAL;
            if (sk.skc_state != TCP_LISTEN) {
                break;
            }
            err = sock_intr_errno(timeo);
            if (signal_pending(current)) {
                break;
            }
            err = -EAGAIN;
            if (timeo == 0) {
                break;
            }
        }
        finish_wait(sk_sleep(sk), wait);
        return err;
    }

    /**
     * The next connection, which the caller owns from now on.
     *
     * <p>One that Fast Open has made may still wait for its third ACK. Then its request lives on, with {@code req.sk}
     * cleared to say that the socket has been accepted; {@code reqsk_fastopen_remove} frees it.
     *
     * @param flags {@code O_NONBLOCK}
     * @param err {@code -EINVAL} if the socket does not listen, or an error of {@link #inet_csk_wait_for_connect}
     * @return null on an error
     */
    public static sock inet_csk_accept(sock sk, int flags, IntRef err) {
        inet_connection_sock icsk = inet_csk(sk);
        request_sock_queue queue = icsk.icsk_accept_queue;
        sock newsk;
        request_sock req;
        int error;

        lock_sock(sk);

        out: {
            out_err: {
                error = -EINVAL;
                if (sk.skc_state != TCP_LISTEN) {
                    break out_err;
                }

                if (reqsk_queue_empty(queue)) {
                    long timeo = sock_rcvtimeo(sk, (flags & O_NONBLOCK) != 0);

                    error = -EAGAIN;
                    if (timeo == 0) {
                        break out_err;
                    }

                    error = inet_csk_wait_for_connect(sk, timeo);
                    if (error != 0) {
                        break out_err;
                    }
                }
                req = reqsk_queue_remove(queue);
                newsk = req.sk;

                sk_acceptq_removed(sk);
                if (sk.sk_protocol == IPPROTO_TCP && queue.fastopenq != null) {
                    if (tcp_rsk(req).listener != null) {
                        req.sk = null;
                        req = null;
                    }
                }
                break out;
            }
            newsk = null;
            req = null;
            err.val = error;
        }
        release_sock(sk);
        if (req != null) {
            __reqsk_free(req);
        }
        return newsk;
    }
}
