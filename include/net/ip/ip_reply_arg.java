// SPDX-License-Identifier: GPL-2.0-only
package net.ip;

/** A packet that answers another one without a socket: a RST, or an ACK from TIME_WAIT. */
public final class ip_reply_arg {
    public static final int IP_REPLY_ARG_NOSRCCHECK = 1;

    /** The transport header and what follows it: {@code iov[0]}. */
    public byte[] iov_base;

    public int iov_len;
    public int flags;

    /** Sum of the pseudo header. */
    public int csum;

    /** Where in the transport header the checksum goes, in 16-bit words; -1: nowhere. */
    public int csumoffset;

    public int bound_dev_if;
    public int tos;
}
