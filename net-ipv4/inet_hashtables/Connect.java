// SPDX-License-Identifier: GPL-2.0-only
package inet_hashtables;

import static inet_connection_sock.Ports.inet_get_local_port_range;
import static inet_hashtables.Bind.inet_bind_bucket_create;
import static inet_hashtables.Bind.inet_bind_hash;
import static inet_hashtables.Hash.inet_ehashfn;
import static inet_hashtables.Hash.inet_sk_ehashfn;
import static inet_timewait_sock.DeathRow.inet_twsk_deschedule;
import static inet_timewait_sock.Twsk.inet_twsk_bind_unhash;
import static inet_timewait_sock.Twsk.inet_twsk_put;
import static inet_timewait_sock.Twsk.inet_twsk_unhash;
import static linux.bug.Bug.WARN_ON;
import static linux.errno.Errno.EADDRNOTAVAIL;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.list.Lists.hlist_empty;
import static net.inet_hashtables.Hash.ib_net;
import static net.inet_hashtables.Hash.inet_bhashfn;
import static net.inet_hashtables.Hash.inet_ehash_bucket;
import static net.inet_hashtables.Hash.inet_sk_listen_hashfn;
import static net.inet_hashtables.Match.INET_ADDR_COOKIE;
import static net.inet_hashtables.Match.INET_COMBINED_PORTS;
import static net.inet_hashtables.Match.INET_MATCH;
import static net.inet_hashtables.inet_hashinfo.INET_LHTABLE_SIZE;
import static net.inet_sock.Sockets.inet_sk;
import static net.inet_timewait_sock.Twsk.inet_twsk;
import static net.ip.IpPacket.inet_is_reserved_local_port;
import static net.net_namespace.NetNs.net_eq;
import static net.secure_seq.SecureSeq.secure_ipv4_port_ephemeral;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.sock.Fields.sock_net;
import static net.sock.Nodes.__sk_nulls_add_node_rcu;
import static net.sock.Nodes.__sk_nulls_del_node_init_rcu;
import static net.sock.Nodes.sk_unhashed;
import static net.sock.Protos.sock_prot_inuse_add;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static net.tcp_states.TcpState.TCP_TIME_WAIT;
import static net.timewait_sock.Ops.twsk_unique;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TIMEWAITRECYCLED;

import linux.compiler.IntRef;
import linux.compiler.KernelBug;
import linux.compiler.Ref;
import linux.list.hlist_node;
import linux.list.hlist_nulls_head;
import linux.list.hlist_nulls_node;
import net.inet_hashtables.CheckEstablished;
import net.inet_hashtables.HashFn;
import net.inet_hashtables.inet_bind_bucket;
import net.inet_hashtables.inet_bind_hashbucket;
import net.inet_hashtables.inet_ehash_bucket;
import net.inet_hashtables.inet_hashinfo;
import net.inet_hashtables.inet_listen_hashbucket;
import net.inet_sock.inet_sock;
import net.inet_timewait_sock.inet_timewait_death_row;
import net.inet_timewait_sock.inet_timewait_sock;
import net.net_namespace.net;
import net.sock.sock;
import net.sock.sock_common;

/**
 * Entering a socket into the tables of connections and listeners and taking it out; and for {@code connect} the search
 * for a local port that makes the connection unique.
 *
 * <p>{@code tcp_v4_connect} comes in by {@link #inet_hash_connect}, new children by {@link #__inet_hash_nolisten},
 * listeners by {@code proto.hash}. Unlike the port a socket is in only one of the tables of connections and listeners.
 */
public final class Connect {
    private Connect() {}

    /** Ports tried so far by searches that were successful: the next one goes on behind them. */
    static int hint;

    /**
     * Enters {@code sk} with local port {@code lport}, unless there is such a connection. One in TIME_WAIT gives way
     * if the protocol says so, which may also take over its timestamp.
     *
     * @param twp gets the one that gave way, with a reference, to be ended by the caller; null: it is ended here
     * @return 0 or {@code -EADDRNOTAVAIL}
     */
    static int __inet_check_established(inet_timewait_death_row death_row, sock sk, int lport,
            Ref<inet_timewait_sock> twp) {
        inet_hashinfo hinfo = death_row.hashinfo;
        inet_sock inet = inet_sk(sk);
        int daddr = inet.skc_rcv_saddr;
        int saddr = inet.skc_daddr;
        int dif = sk.skc_bound_dev_if;
        long acookie = INET_ADDR_COOKIE(saddr, daddr);
        int ports = INET_COMBINED_PORTS(inet.skc_dport, lport);
        net net = sock_net(sk);
        int hash = inet_ehashfn(net, daddr, lport, saddr, inet.skc_dport);
        inet_ehash_bucket head = inet_ehash_bucket(hinfo, hash);
        sock_common sk2;
        hlist_nulls_node<sock_common> node;
        inet_timewait_sock tw = null;
        int twrefcnt = 0;

        not_unique: {
            for (node = head.chain.first(); node != null; node = node.next) {
                sk2 = node.owner;
                if (sk2.skc_hash != hash) {
                    continue;
                }

                if (INET_MATCH(sk2, net, acookie, saddr, daddr, ports, dif)) {
                    if (sk2.skc_state == TCP_TIME_WAIT) {
                        tw = inet_twsk(sk2);
                        if (twsk_unique(sk, sk2, twp) != 0) {
                            break;
                        }
                    }
                    break not_unique;
                }
            }

            inet.skc_num = lport;
            inet.inet_sport = lport;
            sk.skc_hash = hash;
            WARN_ON(!sk_unhashed(sk));
            __sk_nulls_add_node_rcu(sk, head.chain);
            if (tw != null) {
                twrefcnt = inet_twsk_unhash(tw);
                NET_INC_STATS_BH(net, LINUX_MIB_TIMEWAITRECYCLED);
            }
            if (twrefcnt != 0) {
                inet_twsk_put(tw);
            }
            sock_prot_inuse_add(sock_net(sk), sk.skc_prot, 1);

            if (twp != null) {
                twp.val = tw;
            } else if (tw != null) {
                inet_twsk_deschedule(tw, death_row);

                inet_twsk_put(tw);
            }
            return 0;
        }
        return -EADDRNOTAVAIL;
    }

    /** Where the search for a port begins (RFC 6056, algorithm 3): outsiders cannot tell. */
    static int inet_sk_port_offset(sock sk) {
        inet_sock inet = inet_sk(sk);
        return secure_ipv4_port_ephemeral(inet.skc_rcv_saddr, inet.skc_daddr, inet.skc_dport);
    }

    /**
     * Enters a socket that does not listen into the table of connections, in place of {@code tw} if there is one.
     *
     * @return how many references of {@code tw} the caller has to give back
     */
    public static int __inet_hash_nolisten(sock sk, inet_timewait_sock tw) {
        inet_hashinfo hashinfo = sk.skc_prot.hashinfo;
        hlist_nulls_head<sock_common> list;
        inet_ehash_bucket head;
        int twrefcnt = 0;

        WARN_ON(!sk_unhashed(sk));

        sk.skc_hash = inet_sk_ehashfn(sk);
        head = inet_ehash_bucket(hashinfo, sk.skc_hash);
        list = head.chain;

        __sk_nulls_add_node_rcu(sk, list);
        if (tw != null) {
            WARN_ON(sk.skc_hash != tw.skc_hash);
            twrefcnt = inet_twsk_unhash(tw);
        }
        sock_prot_inuse_add(sock_net(sk), sk.skc_prot, 1);
        return twrefcnt;
    }

    static void __inet_hash(sock sk) {
        inet_hashinfo hashinfo = sk.skc_prot.hashinfo;
        inet_listen_hashbucket ilb;

        if (sk.skc_state != TCP_LISTEN) {
            __inet_hash_nolisten(sk, null);
            return;
        }

        WARN_ON(!sk_unhashed(sk));
        ilb = hashinfo.listening_hash[inet_sk_listen_hashfn(sk)];

        __sk_nulls_add_node_rcu(sk, ilb.head);
        sock_prot_inuse_add(sock_net(sk), sk.skc_prot, 1);
    }

    /** Enters the socket where its state says; one in CLOSE is in no table. */
    public static void inet_hash(sock sk) {
        if (sk.skc_state != TCP_CLOSE) {
            local_bh_disable();
            __inet_hash(sk);
            local_bh_enable();
        }
    }

    /** Takes the socket out of its table, if it is in one. */
    public static void inet_unhash(sock sk) {
        boolean done;

        if (sk_unhashed(sk)) {
            return;
        }

        done = __sk_nulls_del_node_init_rcu(sk);
        if (done) {
            sock_prot_inuse_add(sock_net(sk), sk.skc_prot, -1);
        }
    }

    /**
     * Enters a socket that connects, with the port it has or with the first that will do. A port that {@code bind}
     * has given to somebody is passed over; those of other connections may be used again as long as the four numbers
     * differ.
     *
     * @param port_offset where to begin
     * @return 0 or {@code -EADDRNOTAVAIL}
     */
    @KernelBug("the short way for a socket that owns its port alone is never taken, because the test reads the chain of"
            + " owners by the wrong link; fixed upstream by 21cbd90a6fab (inet: fix fast path in __inet_hash_connect())")
    public static int __inet_hash_connect(inet_timewait_death_row death_row, sock sk, int port_offset,
            CheckEstablished check_established, HashFn hash) {
        inet_hashinfo hinfo = death_row.hashinfo;
        int snum = inet_sk(sk).skc_num;
        inet_bind_hashbucket head;
        inet_bind_bucket tb;
        int ret;
        net net = sock_net(sk);
        int twrefcnt = 1;

        out: {
            if (snum == 0) {
                int i, remaining, port;
                IntRef low = new IntRef(), high = new IntRef();
                int offset = hint + port_offset;
                Ref<inet_timewait_sock> tw = new Ref<>();

                inet_get_local_port_range(net, low, high);
                remaining = high.val - low.val + 1;

                local_bh_disable();
                ok: {
                    next_port:
                    for (i = 1; i <= remaining; i++) {
                        port = low.val + Integer.remainderUnsigned(i + offset, remaining);
                        if (inet_is_reserved_local_port(port)) {
                            continue;
                        }
                        head = hinfo.bhash[inet_bhashfn(net, port, hinfo.bhash_size)];

                        for (hlist_node<inet_bind_bucket> node = head.chain.first(); node != null; node = node.next) {
                            tb = node.owner;
                            if (net_eq(ib_net(tb), net) && tb.port == port) {
                                if (tb.fastreuse >= 0 || tb.fastreuseport >= 0) {
                                    continue next_port;
                                }
                                WARN_ON(hlist_empty(tb.owners));
                                if (check_established.call(death_row, sk, port, tw) == 0) {
                                    break ok;
                                }
                                continue next_port;
                            }
                        }

                        tb = inet_bind_bucket_create(net, head, port);
                        if (tb == null) {
                            break;
                        }
                        tb.fastreuse = -1;
                        tb.fastreuseport = -1;
                        break ok;
                    }
                    local_bh_enable();

                    return -EADDRNOTAVAIL;
                }

                hint += i;

                inet_bind_hash(sk, tb, port);
                if (sk_unhashed(sk)) {
                    inet_sk(sk).inet_sport = port;
                    twrefcnt += hash.call(sk, tw.val);
                }
                if (tw.val != null) {
                    twrefcnt += inet_twsk_bind_unhash(tw.val, hinfo);
                }

                if (tw.val != null) {
                    inet_twsk_deschedule(tw.val, death_row);
                    while (twrefcnt != 0) {
                        twrefcnt--;
                        inet_twsk_put(tw.val);
                    }
                }

                ret = 0;
                break out;
            }

            local_bh_disable();
            ret = check_established.call(death_row, sk, snum, null);
        }
        local_bh_enable();
        return ret;
    }

    /**
     * Enters a socket that connects to the address and port in it; see {@link #__inet_hash_connect}.
     *
     * @return 0 or {@code -EADDRNOTAVAIL}: no port is free, or the connection exists
     */
    public static int inet_hash_connect(inet_timewait_death_row death_row, sock sk) {
        return __inet_hash_connect(death_row, sk, inet_sk_port_offset(sk),
                Connect::__inet_check_established, Connect::__inet_hash_nolisten);
    }

    /** An empty table of listeners; {@code tcp_init} makes the other two. */
    public static void inet_hashinfo_init(inet_hashinfo h) {
        int i;

        h.bsockets = 0;
        for (i = 0; i < INET_LHTABLE_SIZE; i++) {
            h.listening_hash[i] = new inet_listen_hashbucket();
        }
    }
}
