// SPDX-License-Identifier: GPL-2.0-only
package net.protocol;

import linux.list.list_head;
import linux.net.proto_ops;
import net.sock.proto;

/** What {@code socket(AF_INET, type, protocol)} makes. */
public final class inet_protosw {
    /** {@code flags}: ports are shared without being asked; nobody may replace it; it makes connections. */
    public static final int INET_PROTOSW_REUSE = 0x01;

    public static final int INET_PROTOSW_PERMANENT = 0x02;
    public static final int INET_PROTOSW_ICSK = 0x04;

    public final list_head<inet_protosw> list = new list_head<>(this);

    /** {@code SOCK_STREAM}, ... */
    public int type;

    /** {@code IPPROTO_*}; 0: any. */
    public int protocol;

    public proto prot;
    public proto_ops ops;
    public int no_check;
    public int flags;
}
