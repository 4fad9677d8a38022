// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.bug.Bug.WARN_ON;
import static linux.errno.Errno.EAGAIN;
import static linux.errno.Errno.EPIPE;
import static linux.jiffies.Jiffies.HZ;
import static linux.kernel.Kernel.maxU32;
import static linux.kernel.Kernel.min;
import static linux.net.Create.sock_wake_async;
import static linux.random.Random.prandom_u32;
import static linux.sched.Sched.MAX_SCHEDULE_TIMEOUT;
import static linux.sched.Sched.current;
import static linux.sched.Sched.signal_pending;
import static linux.sched.task_struct.TASK_INTERRUPTIBLE;
import static linux.skbuff.Queue.__skb_queue_purge;
import static linux.skbuff.Queue.skb_queue_empty;
import static linux.wait.Wait.finish_wait;
import static linux.wait.Wait.prepare_to_wait;
import static linux.wait.Wait.wake_up_interruptible_poll;
import static net.sock.Fields.sock_error;
import static net.sock.Memory.sk_mem_reclaim;
import static net.sock.SockConst.SOCK_MIN_SNDBUF;
import static net.sock.Waiting.sk_sleep;
import static net.sock.Waiting.sk_wait_event;
import static net.sock.Waiting.sock_intr_errno;
import static net.sock.Waiting.wq_has_sleeper;
import static net.sock.sock.SEND_SHUTDOWN;
import static net.sock.sock.SOCK_SNDBUF_LOCK;
import static net.tcp_states.TcpState.TCPF_CLOSE_WAIT;
import static net.tcp_states.TcpState.TCPF_CLOSING;
import static net.tcp_states.TcpState.TCPF_ESTABLISHED;
import static net.tcp_states.TcpState.TCPF_FIN_WAIT1;
import static net.tcp_states.TcpState.TCPF_LAST_ACK;
import static net.tcp_states.TcpState.TCPF_SYN_RECV;
import static net.tcp_states.TcpState.TCPF_SYN_SENT;
import static uapi.linux.poll.Poll.POLLOUT;
import static uapi.linux.poll.Poll.POLLWRBAND;
import static uapi.linux.poll.Poll.POLLWRNORM;
import static uapi.linux.siginfo.Siginfo.POLL_OUT;
import static uapi.linux.socket.SocketOpt.SOCK_ASYNC_NOSPACE;
import static uapi.linux.socket.SocketOpt.SOCK_NOSPACE;
import static uapi.linux.socket.SocketOpt.SOCK_WAKE_SPACE;

import linux.compiler.Differs;
import linux.compiler.LongRef;
import linux.net.socket;
import linux.net.socket_wq;
import linux.sched.task_struct;
import linux.wait.wait_queue_t;

/**
 * What stream sockets have in common, {@code net/core/stream.c}: room in the send buffer, waiting for room, for the
 * connection, and for its end.
 *
 * <p>The send buffer is counted in {@code sk_wmem_queued}: what was written and is not yet acknowledged.
 */
public final class Stream {
    private Stream() {}

    /** A writer is woken when there is at least so much room: a third of the buffer. */
    public static int sk_stream_min_wspace(sock sk) {
        return sk.sk_wmem_queued >> 1;
    }

    /** Room in the send buffer; negative when there is more in it than fits. */
    public static int sk_stream_wspace(sock sk) {
        return sk.sk_sndbuf - sk.sk_wmem_queued;
    }

    /** May something be written at all? TCP_NOTSENT_LOWAT has a say in it ({@code stream_memory_free}). */
    public static boolean sk_stream_memory_free(sock sk) {
        if (sk.sk_wmem_queued >= sk.sk_sndbuf) {
            return false;
        }

        return sk.skc_prot.stream_memory_free != null ? sk.skc_prot.stream_memory_free.call(sk) : true;
    }

    /** Is there enough room to wake a writer? */
    public static boolean sk_stream_is_writeable(sock sk) {
        return sk_stream_wspace(sk) >= sk_stream_min_wspace(sk) && sk_stream_memory_free(sk);
    }

    /** Memory is short: the send buffer shrinks to half of what is in it, unless the application has set its size. */
    public static void sk_stream_moderate_sndbuf(sock sk) {
        if ((sk.sk_userlocks & SOCK_SNDBUF_LOCK) == 0) {
            sk.sk_sndbuf = min(sk.sk_sndbuf, sk.sk_wmem_queued >> 1);
            sk.sk_sndbuf = maxU32(sk.sk_sndbuf, SOCK_MIN_SNDBUF);
        }
    }

    /** The {@code sk_write_space} of streams: wakes writers when it is worth while. */
    public static void sk_stream_write_space(sock sk) {
        socket sock = sk.sk_socket;
        socket_wq wq;

        if (sk_stream_is_writeable(sk) && sock != null) {
            sock.flags &= ~(1 << SOCK_NOSPACE);

            wq = sk.sk_wq;
            if (wq_has_sleeper(wq)) {
                wake_up_interruptible_poll(wq.wait, POLLOUT | POLLWRNORM | POLLWRBAND);
            }
            if (wq != null && wq.fasync_list != null && (sk.sk_shutdown & SEND_SHUTDOWN) == 0) {
                sock_wake_async(sock, SOCK_WAKE_SPACE, POLL_OUT);
            }
        }
    }

    /**
     * Waits until the connection is there. The socket is owned.
     *
     * @param timeo_p jiffies; what is left of them afterwards
     * @return 0; {@code -EAGAIN}: the time has passed; {@code -EPIPE}: there is no connection and none is being made;
     *     or why it failed
     */
    public static int sk_stream_wait_connect(sock sk, LongRef timeo_p) {
        task_struct tsk = current;
        wait_queue_t wait = wait_queue_t.define();
        boolean done;

        do {
            int err = sock_error(sk);
            if (err != 0) {
                return err;
            }
            if ((1 << sk.skc_state & ~(TCPF_SYN_SENT | TCPF_SYN_RECV)) != 0) {
                return -EPIPE;
            }
            if (timeo_p.val == 0) {
                return -EAGAIN;
            }
            if (signal_pending(tsk)) {
                return sock_intr_errno(timeo_p.val);
            }

            prepare_to_wait(sk_sleep(sk), wait, TASK_INTERRUPTIBLE);
            sk.sk_write_pending++;
            done = sk_wait_event(sk, timeo_p, s -> s.sk_err == 0
                    && (1 << s.skc_state & ~(TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)) == 0);
            finish_wait(sk_sleep(sk), wait);
            sk.sk_write_pending--;
        } while (!done);
        return 0;
    }

    /** Is our FIN still to be acknowledged? */
    static boolean sk_stream_closing(sock sk) {
        return (1 << sk.skc_state & (TCPF_FIN_WAIT1 | TCPF_CLOSING | TCPF_LAST_ACK)) != 0;
    }

    /** SO_LINGER: waits until our FIN is acknowledged, for at most {@code timeout} jiffies. */
    public static void sk_stream_wait_close(sock sk, long timeout) {
        if (timeout != 0) {
            wait_queue_t wait = wait_queue_t.define();
            LongRef timeo = new LongRef(timeout);

            do {
                prepare_to_wait(sk_sleep(sk), wait, TASK_INTERRUPTIBLE);
                if (sk_wait_event(sk, timeo, s -> !sk_stream_closing(s))) {
                    break;
                }
            } while (!signal_pending(current) && timeo.val != 0);

            finish_wait(sk_sleep(sk), wait);
        }
    }

    /**
     * Waits for room in the send buffer. If there is room, it was memory that was missing: then there is nobody to wake
     * us, and we come back after a random time of at most 0.2 s.
     *
     * @param timeo_p jiffies; what is left of them afterwards
     * @return 0; {@code -EAGAIN}: the time has passed; {@code -EPIPE}: nothing can be sent any more
     */
    public static int sk_stream_wait_memory(sock sk, LongRef timeo_p) {
        int err = 0;
        long vm_wait = 0;
        LongRef current_timeo = new LongRef(timeo_p.val);
        wait_queue_t wait = wait_queue_t.define();

        if (sk_stream_memory_free(sk)) {
            current_timeo.val = vm_wait = Integer.remainderUnsigned(prandom_u32(), HZ / 5) + 2;
        }

        while (true) {
            sk.sk_socket.flags |= 1 << SOCK_ASYNC_NOSPACE;

            prepare_to_wait(sk_sleep(sk), wait, TASK_INTERRUPTIBLE);

            if (sk.sk_err != 0 || (sk.sk_shutdown & SEND_SHUTDOWN) != 0) {
                err = -EPIPE;
                break;
            }
            if (timeo_p.val == 0) {
                err = -EAGAIN;
                break;
            }
            if (signal_pending(current)) {
                err = sock_intr_errno(timeo_p.val);
                break;
            }
            sk.sk_socket.flags &= ~(1 << SOCK_ASYNC_NOSPACE);
            if (sk_stream_memory_free(sk) && vm_wait == 0) {
                break;
            }

            sk.sk_socket.flags |= 1 << SOCK_NOSPACE;
            sk.sk_write_pending++;
            boolean vm_waits = vm_wait != 0;
            sk_wait_event(sk, current_timeo, s -> s.sk_err != 0
                    || (s.sk_shutdown & SEND_SHUTDOWN) != 0
                    || sk_stream_memory_free(s) && !vm_waits);
            sk.sk_write_pending--;

            if (vm_wait != 0) {
                vm_wait -= current_timeo.val;
                current_timeo.val = timeo_p.val;
                if (current_timeo.val != MAX_SCHEDULE_TIMEOUT && (current_timeo.val -= vm_wait) < 0) {
                    current_timeo.val = 0;
                }
                vm_wait = 0;
            }
            timeo_p.val = current_timeo.val;
        }
        finish_wait(sk_sleep(sk), wait);
        return err;
    }

    /** What a write returns that found the connection closed: {@code -EPIPE}, or the error that closed it. */
    @Differs("there are no signals: the writer does not get SIGPIPE, whether he asked for MSG_NOSIGNAL or not")
    public static int sk_stream_error(sock sk, int flags, int err) {
        if (err == -EPIPE) {
            int sk_err = sock_error(sk);
            err = sk_err != 0 ? sk_err : -EPIPE;
        }
        return err;
    }

    /** The socket is about to be freed: empties its queues and gives its memory back. The write queue is empty. */
    public static void sk_stream_kill_queues(sock sk) {
        __skb_queue_purge(sk.sk_receive_queue);

        __skb_queue_purge(sk.sk_error_queue);

        WARN_ON(!skb_queue_empty(sk.sk_write_queue));

        sk_mem_reclaim(sk);

        WARN_ON(sk.sk_wmem_queued != 0);
        WARN_ON(sk.sk_forward_alloc != 0);
    }
}
