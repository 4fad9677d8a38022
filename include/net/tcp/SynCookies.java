// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.jiffies.Jiffies.HZ;
import static linux.jiffies.Jiffies.get_jiffies_64;
import static linux.jiffies.Jiffies.time_after;
import static linux.tcp.Sockets.tcp_sk;
import static net.tcp.Globals.tcp_request_sock_ops;
import static net.tcp.TcpConst.TCP_TIMEOUT_FALLBACK;

import linux.compiler.IntRef;
import linux.jiffies.Jiffies;
import linux.skbuff.sk_buff;
import net.sock.sock;

/**
 * When a listener answers with cookies, and by which clock: the part of {@code syncookies.c} that {@code
 * tcp_conn_request} and the listener's own bookkeeping need. A listener has no timestamps of a peer, so the time of
 * its last overflow stands in {@code rx_opt.ts_recent_stamp}, in jiffies there.
 */
public final class SynCookies {
    private SynCookies() {}

    /** The SYN queue of {@code sk} has just overflowed: third ACKs may carry cookies from now on. */
    public static void tcp_synq_overflow(sock sk) {
        tcp_sk(sk).rx_opt.ts_recent_stamp = Jiffies.jiffies;
    }

    /** Is the last overflow more than three seconds ago? Then no cookie can be under way. */
    public static boolean tcp_synq_no_recent_overflow(sock sk) {
        long last_overflow = tcp_sk(sk).rx_opt.ts_recent_stamp;
        return time_after(Jiffies.jiffies, last_overflow + TCP_TIMEOUT_FALLBACK);
    }

    /** The clock of cookies: minutes. A cookie is good for {@code MAX_SYNCOOKIE_AGE} of them. */
    public static int tcp_cookie_time() {
        long val = get_jiffies_64();

        val = Long.divideUnsigned(val, 60 * HZ);
        return (int) val;
    }

    /**
     * The initial sequence number that has a connection request folded into it.
     *
     * @param mss in: what the peer offered, out: the value of the table that the cookie can carry
     */
    public static int cookie_init_sequence(tcp_request_sock_ops ops, sock sk, sk_buff skb, IntRef mss) {
        return ops.cookie_init_seq.call(sk, skb, mss);
    }
}
