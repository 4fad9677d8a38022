// SPDX-License-Identifier: GPL-2.0-only
package tcp_ipv4;

import static inet_hashtables.Connect.inet_hashinfo_init;
import static inet_timewait_sock.DeathRow.inet_twsk_purge;
import static linux.bug.Bug.BUG_ON;
import static net.net_namespace.NetNs.register_pernet_subsys;
import static net.sock.Alloc.sk_prot_clear_nulls;
import static net.tcp.Globals.tcp_death_row;
import static net.tcp.Globals.tcp_hashinfo;
import static uapi.linux.socket.SocketOpt.AF_INET;

import net.net_namespace.net;
import net.net_namespace.pernet_operations;
import net.sock.sock;

/** TCP over IPv4 in each network namespace, and its start: {@code inet_init} calls {@link #tcp_v4_init}. */
public final class Net {
    private Net() {}

    static pernet_operations tcp_sk_ops;

    /**
     * Makes the memory of a socket that is used again look new, but for the links by which somebody may be walking
     * over it. Here sockets are new each time.
     */
    static void tcp_v4_clear_sk(sock sk, int size) {
        sk_prot_clear_nulls(sk, size);
    }

    /** ECN is accepted from peers, but not asked for (RFC 3168). */
    static int tcp_sk_init(net net) {
        net.ipv4.sysctl_tcp_ecn = 2;
        return 0;
    }

    /** Nothing of TCP is a namespace's own but what {@link #tcp_sk_exit_batch} removes. */
    static void tcp_sk_exit(net net) {}

    /** The connections in TIME_WAIT of namespaces that end. */
    static void tcp_sk_exit_batch(net net) {
        inet_twsk_purge(tcp_hashinfo, tcp_death_row, AF_INET);
    }

    /** Called when the machine boots. */
    public static void tcp_v4_init() {
        inet_hashinfo_init(tcp_hashinfo);
        BUG_ON(register_pernet_subsys(tcp_sk_ops) != 0);
    }
}
