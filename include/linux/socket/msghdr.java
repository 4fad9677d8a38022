// SPDX-License-Identifier: GPL-2.0-only
package linux.socket;

/** What a system call wants to send, or where it wants to receive. */
public final class msghdr {
    /** The peer; null: the one the socket is connected to. */
    public sockaddr msg_name;

    public int msg_namelen;
    public iovec[] msg_iov;
    public int msg_iovlen;

    /** Ancillary data: TCP has none but timestamps. */
    public Object msg_control;

    public int msg_controllen;

    /** {@code MSG_*}. */
    public int msg_flags;
}
