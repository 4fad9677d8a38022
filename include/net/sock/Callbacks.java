// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.net.Create.sock_wake_async;
import static linux.wait.Wait.wake_up_interruptible_all;
import static linux.wait.Wait.wake_up_interruptible_poll;
import static linux.wait.Wait.wake_up_interruptible_sync_poll;
import static net.sock.Fields.sock_writeable;
import static net.sock.Flags.sock_flag;
import static net.sock.SockFlag.SOCK_FASYNC;
import static net.sock.Waiting.wq_has_sleeper;
import static uapi.linux.poll.Poll.POLLERR;
import static uapi.linux.poll.Poll.POLLIN;
import static uapi.linux.poll.Poll.POLLOUT;
import static uapi.linux.poll.Poll.POLLPRI;
import static uapi.linux.poll.Poll.POLLRDBAND;
import static uapi.linux.poll.Poll.POLLRDNORM;
import static uapi.linux.poll.Poll.POLLWRBAND;
import static uapi.linux.poll.Poll.POLLWRNORM;
import static uapi.linux.siginfo.Siginfo.POLL_ERR;
import static uapi.linux.siginfo.Siginfo.POLL_IN;
import static uapi.linux.siginfo.Siginfo.POLL_OUT;
import static uapi.linux.siginfo.Siginfo.POLL_PRI;
import static uapi.linux.socket.SocketOpt.SOCK_WAKE_IO;
import static uapi.linux.socket.SocketOpt.SOCK_WAKE_SPACE;
import static uapi.linux.socket.SocketOpt.SOCK_WAKE_URG;
import static uapi.linux.socket.SocketOpt.SOCK_WAKE_WAITD;

import linux.compiler.Differs;
import linux.net.socket_wq;

/** What a socket does, unless its protocol knows better, when something happens to it: wakes those who sleep on it. */
public final class Callbacks {
    private Callbacks() {}

    /** Tells those who asked for signals; {@code how} is {@code SOCK_WAKE_*}, {@code band} is {@code POLL_*}. */
    public static void sk_wake_async(sock sk, int how, int band) {
        if (sock_flag(sk, SOCK_FASYNC)) {
            sock_wake_async(sk.sk_socket, how, band);
        }
    }

    /** The state has changed: everybody looks for himself. */
    static void sock_def_wakeup(sock sk) {
        socket_wq wq;

        wq = sk.sk_wq;
        if (wq_has_sleeper(wq)) {
            wake_up_interruptible_all(wq.wait);
        }
    }

    static void sock_def_error_report(sock sk) {
        socket_wq wq;

        wq = sk.sk_wq;
        if (wq_has_sleeper(wq)) {
            wake_up_interruptible_poll(wq.wait, POLLERR);
        }
        sk_wake_async(sk, SOCK_WAKE_IO, POLL_ERR);
    }

    /** Something can be read; {@code len} is a hint that nobody takes. */
    static void sock_def_readable(sock sk, int len) {
        socket_wq wq;

        wq = sk.sk_wq;
        if (wq_has_sleeper(wq)) {
            wake_up_interruptible_sync_poll(wq.wait, POLLIN | POLLPRI | POLLRDNORM | POLLRDBAND);
        }
        sk_wake_async(sk, SOCK_WAKE_WAITD, POLL_IN);
    }

    /** A writer is not woken for every byte, but when half of the buffer is free. */
    static void sock_def_write_space(sock sk) {
        socket_wq wq;

        if (sk.sk_wmem_alloc << 1 <= sk.sk_sndbuf) {
            wq = sk.sk_wq;
            if (wq_has_sleeper(wq)) {
                wake_up_interruptible_sync_poll(wq.wait, POLLOUT | POLLWRNORM | POLLWRBAND);
            }

            if (sock_writeable(sk)) {
                sk_wake_async(sk, SOCK_WAKE_SPACE, POLL_OUT);
            }
        }
    }

    static void sock_def_destruct(sock sk) {
        sk.sk_protinfo = null;
    }

    /** An urgent pointer has come. */
    @Differs("there are no signals and so no owner who would get SIGURG; who asked for SIGIO is told")
    public static void sk_send_sigurg(sock sk) {
        if (sk.sk_socket != null && sk.sk_socket.file != null) {
            sk_wake_async(sk, SOCK_WAKE_URG, POLL_PRI);
        }
    }
}
