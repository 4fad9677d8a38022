// SPDX-License-Identifier: GPL-2.0-only
package inet_hashtables;

import static inet_hashtables.Hash.inet_ehashfn;
import static inet_timewait_sock.Twsk.inet_twsk_free;
import static linux.kernel.Kernel.u32;
import static linux.random.Random.next_pseudo_random32;
import static net.inet_hashtables.Hash.inet_lhashfn;
import static net.inet_hashtables.Match.INET_ADDR_COOKIE;
import static net.inet_hashtables.Match.INET_COMBINED_PORTS;
import static net.inet_hashtables.Match.INET_MATCH;
import static net.inet_sock.Sockets.inet_sk;
import static net.inet_timewait_sock.Twsk.inet_twsk;
import static net.net_namespace.NetNs.net_eq;
import static net.sock.Alloc.sk_free;
import static net.sock.Fields.sock_net;
import static net.sock.Nodes.sock_put;
import static net.tcp_states.TcpState.TCP_TIME_WAIT;
import static uapi.linux.socket.SocketOpt.PF_INET;

import linux.list.hlist_nulls_node;
import net.inet_hashtables.inet_ehash_bucket;
import net.inet_hashtables.inet_hashinfo;
import net.inet_hashtables.inet_listen_hashbucket;
import net.inet_sock.inet_sock;
import net.net_namespace.net;
import net.sock.sock;
import net.sock.sock_common;

/**
 * Whose is a packet that has come in? {@code tcp_v4_rcv} asks first for a connection with these four numbers (one in
 * TIME_WAIT counts), then for a listener. What is found comes with a reference.
 */
public final class Lookup {
    private Lookup() {}

    /**
     * How well a listener fits: 2, and 4 more each for being bound to this address and to this device.
     *
     * @return -1 if it does not fit
     */
    static int compute_score(sock sk, net net, int hnum, int daddr, int dif) {
        int score = -1;
        inet_sock inet = inet_sk(sk);

        if (net_eq(sock_net(sk), net) && inet.skc_num == hnum) {
            int rcv_saddr = inet.skc_rcv_saddr;
            score = sk.skc_family == PF_INET ? 2 : 1;
            if (rcv_saddr != 0) {
                if (rcv_saddr != daddr) {
                    return -1;
                }
                score += 4;
            }
            if (sk.skc_bound_dev_if != 0) {
                if (sk.skc_bound_dev_if != dif) {
                    return -1;
                }
                score += 4;
            }
        }
        return score;
    }

    /**
     * The listener that fits best. Among several of {@code SO_REUSEPORT} that fit equally well the hash of the
     * connection chooses, so that all its packets come to the same one.
     *
     * @param daddr address and {@code hnum} port that the packet was sent to
     * @param dif index of the device by which it came
     * @return null if nobody listens
     */
    public static sock __inet_lookup_listener(net net, inet_hashinfo hashinfo, int saddr, int sport, int daddr,
            int hnum, int dif) {
        sock sk, result;
        hlist_nulls_node<sock_common> node;
        int hash = inet_lhashfn(net, hnum);
        inet_listen_hashbucket ilb = hashinfo.listening_hash[hash];
        int score, hiscore, matches = 0;
        boolean reuseport = false;
        int phash = 0;

        begin:
        while (true) {
            result = null;
            hiscore = 0;
            for (node = ilb.head.first(); node != null; node = node.next) {
                sk = (sock) node.owner;
                score = compute_score(sk, net, hnum, daddr, dif);
                if (score > hiscore) {
                    result = sk;
                    hiscore = score;
                    reuseport = sk.skc_reuseport;
                    if (reuseport) {
                        phash = inet_ehashfn(net, daddr, hnum, saddr, sport);
                        matches = 1;
                    }
                } else if (score == hiscore && reuseport) {
                    matches++;
                    if (u32(phash) * matches >>> 32 == 0) {
                        result = sk;
                    }
                    phash = next_pseudo_random32(phash);
                }
            }
            if (result != null) {
                if (result.skc_refcnt == 0) {
                    result = null;
                } else {
                    result.skc_refcnt++;
                    if (compute_score(result, net, hnum, daddr, dif) < hiscore) {
                        sock_put(result);
                        continue begin;
                    }
                }
            }
            return result;
        }
    }

    /** Gives a reference back to what a look-up has found, a socket or one in TIME_WAIT. */
    public static void sock_gen_put(sock_common sk) {
        if (--sk.skc_refcnt != 0) {
            return;
        }

        if (sk.skc_state == TCP_TIME_WAIT) {
            inet_twsk_free(inet_twsk(sk));
        } else {
            sk_free((sock) sk);
        }
    }

    /**
     * The connection from {@code saddr}, {@code sport} to {@code daddr}, {@code hnum}.
     *
     * @return a {@code sock}, an {@code inet_timewait_sock} (in state TIME_WAIT), or null
     */
    public static sock_common __inet_lookup_established(net net, inet_hashinfo hashinfo, int saddr, int sport,
            int daddr, int hnum, int dif) {
        long acookie = INET_ADDR_COOKIE(saddr, daddr);
        int ports = INET_COMBINED_PORTS(sport, hnum);
        sock_common sk;
        hlist_nulls_node<sock_common> node;
        int hash = inet_ehashfn(net, daddr, hnum, saddr, sport);
        int slot = hash & hashinfo.ehash_mask;
        inet_ehash_bucket head = hashinfo.ehash[slot];

        found: {
            out: {
                begin:
                while (true) {
                    for (node = head.chain.first(); node != null; node = node.next) {
                        sk = node.owner;
                        if (sk.skc_hash != hash) {
                            continue;
                        }
                        if (INET_MATCH(sk, net, acookie, saddr, daddr, ports, dif)) {
                            if (sk.skc_refcnt == 0) {
                                break out;
                            }
                            sk.skc_refcnt++;
                            if (!INET_MATCH(sk, net, acookie, saddr, daddr, ports, dif)) {
                                sock_gen_put(sk);
                                continue begin;
                            }
                            break found;
                        }
                    }
                    break;
                }
            }
            sk = null;
        }
        return sk;
    }
}
