// SPDX-License-Identifier: GPL-2.0-only
package net.request_sock;

import net.sock.sock;
import net.sock.sock_common;

/**
 * A connection that is not one yet: a SYN has come and was answered, the third ACK is missing. It is small,
 * because anybody can send a SYN.
 */
public class request_sock extends sock_common {
    /** The next one in the listener's hash chain, or in the accept queue. */
    public request_sock dl_next;

    /** The peer's MSS option (16 bits). */
    public int mss;

    /** SYN/ACKs sent again. */
    public int num_retrans;

    /** The timestamp in the SYN/ACK carries a SYN cookie's options. */
    public boolean cookie_ts;

    /** Times that the timer ran out. */
    public int num_timeout;

    public int window_clamp;

    /** The window offered in the SYN/ACK. */
    public int rcv_wnd;

    /** The peer's timestamp. */
    public int ts_recent;

    /** When the SYN/ACK is sent again, in jiffies. */
    public long expires;

    public request_sock_ops rsk_ops;

    /** The finished connection, while it waits to be accepted. */
    public sock sk;
}
