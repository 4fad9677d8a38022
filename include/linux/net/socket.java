// SPDX-License-Identifier: GPL-2.0-only
package linux.net;

import linux.fs.file;
import net.sock.sock;

/** A socket as system calls see it: what a descriptor leads to. {@link #sk} is the network's side. */
public final class socket {
    /** {@code enum socket_state}. */
    public static final int SS_FREE = 0;

    public static final int SS_UNCONNECTED = 1;
    public static final int SS_CONNECTING = 2;
    public static final int SS_CONNECTED = 3;
    public static final int SS_DISCONNECTING = 4;

    public int state;

    /** {@code SOCK_STREAM}. */
    public int type;

    /** Bits {@code SOCK_ASYNC_NOSPACE}, {@code SOCK_NOSPACE}, ... */
    public int flags;

    public socket_wq wq;
    public file file;
    public sock sk;
    public proto_ops ops;

    // ---- of its inode ----

    /** Its number, as {@code /proc/net/tcp} shows it, and the user who made it. */
    public long i_ino;

    public int i_uid;
}
