// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

/** How many connections wait to be accepted, and how many may ({@code listen}'s argument). */
public final class AcceptQueue {
    private AcceptQueue() {}

    public static void sk_acceptq_removed(sock sk) {
        sk.sk_ack_backlog = sk.sk_ack_backlog - 1 & 0xffff;
    }

    public static void sk_acceptq_added(sock sk) {
        sk.sk_ack_backlog = sk.sk_ack_backlog + 1 & 0xffff;
    }

    /** True only when there is one more than {@code listen} asked for: {@code listen(fd, 0)} lets one in. */
    public static boolean sk_acceptq_is_full(sock sk) {
        return sk.sk_ack_backlog > sk.sk_max_ack_backlog;
    }
}
