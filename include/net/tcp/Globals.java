// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import linux.compiler.IntRef;
import linux.compiler.LongRef;
import linux.percpu_counter.percpu_counter;
import net.inet_hashtables.inet_hashinfo;
import net.inet_timewait_sock.inet_timewait_death_row;
import net.request_sock.request_sock_ops;
import net.sock.proto;

/**
 * The other variables that {@code tcp.h} declares: tables and counters of all of TCP, and what a C file defines for
 * others to use. The latter are empty here; the file that defines one in C fills it in its own {@code data()}.
 */
public final class Globals {
    private Globals() {}

    /** Connections, listeners and ports; {@code tcp_init} makes the tables. */
    public static inet_hashinfo tcp_hashinfo;

    /** Connections that no descriptor refers to any more and that are not yet in TIME_WAIT. */
    public static percpu_counter tcp_orphan_count;

    /** TIME_WAIT; filled in by {@code tcp_minisocks}. */
    public static inet_timewait_death_row tcp_death_row;

    /** Pages in use. */
    public static LongRef tcp_memory_allocated;

    /** Sockets, of whatever state. */
    public static percpu_counter tcp_sockets_allocated;

    /** Not 0 while the second limit of {@code tcp_mem} is exceeded. */
    public static IntRef tcp_memory_pressure;

    /** TCP over IPv4 as a protocol; filled in by {@code tcp_ipv4}. */
    public static proto tcp_prot;

    /** How SYNs over IPv4 are answered; filled in by {@code tcp_ipv4}. */
    public static tcp_request_sock_ops tcp_request_sock_ipv4_ops;

    /** What a socket has until it gets its congestion control; filled in by {@code tcp_cong}. */
    public static tcp_congestion_ops tcp_init_congestion_ops;

    /** NewReno; filled in by {@code tcp_cong}. */
    public static tcp_congestion_ops tcp_reno;

    /** Key of the Fast Open cookies; null until the first one is made. */
    public static tcp_fastopen_context tcp_fastopen_ctx;

    /** How requests over IPv4 answer; filled in by {@code tcp_ipv4}. */
    public static request_sock_ops tcp_request_sock_ops;

    static void data() {
        tcp_hashinfo = new inet_hashinfo();
        tcp_orphan_count = new percpu_counter();
        tcp_death_row = new inet_timewait_death_row();
        tcp_memory_allocated = new LongRef();
        tcp_sockets_allocated = new percpu_counter();
        tcp_memory_pressure = new IntRef();
        tcp_prot = new proto();
        tcp_request_sock_ipv4_ops = new tcp_request_sock_ops();
        tcp_init_congestion_ops = new tcp_congestion_ops();
        tcp_reno = new tcp_congestion_ops();
        tcp_fastopen_ctx = null;
        tcp_request_sock_ops = new request_sock_ops();
    }
}
