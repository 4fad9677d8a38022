// SPDX-License-Identifier: GPL-2.0-only
package net.inet_hashtables;

import static net.net_namespace.NetNs.net_eq;

import net.net_namespace.net;
import net.sock.sock_common;

/**
 * Does a packet belong to a connection? In C both ports, and both addresses, lie side by side and are compared as one
 * number each; the look-ups make these numbers once and compare them with every socket of the chain.
 */
public final class Match {
    private Match() {}

    /**
     * The two ports as one number: {@code sk_portpair}.
     *
     * @param __sport the peer's
     * @param __dport ours
     */
    public static int INET_COMBINED_PORTS(int __sport, int __dport) {
        return __dport << 16 | __sport;
    }

    /**
     * The two addresses as one number: {@code sk_addrpair}.
     *
     * @param __saddr the peer's
     * @param __daddr ours
     */
    public static long INET_ADDR_COOKIE(int __saddr, int __daddr) {
        return (long) __daddr << 32 | __saddr & 0xffffffffL;
    }

    /**
     * Is {@code __sk} (a socket, or one in TIME_WAIT) the connection from {@code __saddr} to {@code __daddr}?
     *
     * @param __cookie {@link #INET_ADDR_COOKIE} of the two
     * @param __ports {@link #INET_COMBINED_PORTS}
     * @param __dif the device by which the packet came: counts if the socket is bound to one
     */
    public static boolean INET_MATCH(
            sock_common __sk, net __net, long __cookie, int __saddr, int __daddr, int __ports, int __dif) {
        return INET_COMBINED_PORTS(__sk.skc_dport, __sk.skc_num) == __ports
                && INET_ADDR_COOKIE(__sk.skc_daddr, __sk.skc_rcv_saddr) == __cookie
                && (__sk.skc_bound_dev_if == 0 || __sk.skc_bound_dev_if == __dif)
                && net_eq(__sk.skc_net, __net);
    }
}
