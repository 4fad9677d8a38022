// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import linux.socket.msghdr;
import linux.tcp.tcp_fastopen_cookie;

/** Data to be sent in a SYN. */
public final class tcp_fastopen_request {
    public final tcp_fastopen_cookie cookie = new tcp_fastopen_cookie();
    public msghdr data;

    /** Bytes in {@link #data}, and how many of them went into the SYN. */
    public int size;

    public int copied;
}
