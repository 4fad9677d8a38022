// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import linux.wait.wait_queue_head_t;

/**
 * The lock of a socket. A system call owns it for as long as it works on the socket and may sleep meanwhile;
 * a softirq that finds it owned puts its packet on the backlog. {@code slock} is held only to look at {@code
 * owned}, and by softirqs.
 */
public final class socket_lock_t {
    /** A softirq, or a task with bottom halves off, is at work on the socket. */
    public boolean slock;

    /** 1: a system call owns the socket. */
    public int owned;

    /** Those who want to own it next. */
    public final wait_queue_head_t wq = new wait_queue_head_t();
}
