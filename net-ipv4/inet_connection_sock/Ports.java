// SPDX-License-Identifier: GPL-2.0-only
package inet_connection_sock;

import static inet_hashtables.Bind.inet_bind_bucket_create;
import static inet_hashtables.Bind.inet_bind_hash;
import static linux.bug.Bug.WARN_ON;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.list.Lists.hlist_empty;
import static linux.random.Random.prandom_u32;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_hashtables.Hash.ib_net;
import static net.inet_hashtables.Hash.inet_bhashfn;
import static net.ip.IpPacket.inet_is_reserved_local_port;
import static net.net_namespace.NetNs.net_eq;
import static net.sock.Fields.sock_i_uid;
import static net.sock.Fields.sock_net;
import static net.sock.SockConst.SK_FORCE_REUSE;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static net.tcp_states.TcpState.TCP_TIME_WAIT;

import linux.compiler.IntRef;
import linux.list.hlist_node;
import net.inet_hashtables.inet_bind_bucket;
import net.inet_hashtables.inet_bind_hashbucket;
import net.inet_hashtables.inet_hashinfo;
import net.net_namespace.net;
import net.sock.sock;
import net.sock.sock_common;

/**
 * Local ports: who may share one, and which one a socket gets that asks for none.
 *
 * <p>{@code bind} and {@code listen} come in by {@code proto.get_port}, which is {@link #inet_csk_get_port}; {@code
 * connect} without {@code bind} searches for itself, in {@code inet_hashtables}. A port in use has an {@code
 * inet_bind_bucket} with all its owners; two numbers in it ({@code fastreuse}, {@code fastreuseport}) say that every
 * owner agrees to share, which saves asking them one by one.
 */
public final class Ports {
    private Ports() {}

    /** The first and the last port that sockets get which ask for none ({@code net.ipv4.ip_local_port_range}). */
    public static void inet_get_local_port_range(net net, IntRef low, IntRef high) {
        low.val = net.ipv4.sysctl_local_ports_range[0];
        high.val = net.ipv4.sysctl_local_ports_range[1];
    }

    /**
     * Does {@code sk} get in the way of an owner of the port? Only one with whom it shares address and device can be
     * in the way. They may share if both have {@code SO_REUSEADDR} and the owner does not listen, or if both have
     * {@code SO_REUSEPORT} and the same user (who does not matter in TIME_WAIT).
     *
     * @param relax false while a port is being searched for: then one with the same address is left alone even if it
     *     could be shared
     * @return 1 if so
     */
    public static int inet_csk_bind_conflict(sock sk, inet_bind_bucket tb, boolean relax) {
        hlist_node<sock_common> node;
        int reuse = sk.skc_reuse;
        boolean reuseport = sk.skc_reuseport;
        int uid = sock_i_uid(sk);

        for (node = tb.owners.first(); node != null; node = node.next) {
            sock_common sk2 = node.owner;

            if (sk != sk2
                    && (sk.skc_bound_dev_if == 0
                            || sk2.skc_bound_dev_if == 0
                            || sk.skc_bound_dev_if == sk2.skc_bound_dev_if)) {
                if ((reuse == 0 || sk2.skc_reuse == 0 || sk2.skc_state == TCP_LISTEN)
                        && (!reuseport
                                || !sk2.skc_reuseport
                                || sk2.skc_state != TCP_TIME_WAIT && uid != sock_i_uid((sock) sk2))) {

                    if (sk2.skc_rcv_saddr == 0 || sk.skc_rcv_saddr == 0 || sk2.skc_rcv_saddr == sk.skc_rcv_saddr) {
                        break;
                    }
                }
                if (!relax && reuse != 0 && sk2.skc_reuse != 0 && sk2.skc_state != TCP_LISTEN) {

                    if (sk2.skc_rcv_saddr == 0 || sk.skc_rcv_saddr == 0 || sk2.skc_rcv_saddr == sk.skc_rcv_saddr) {
                        break;
                    }
                }
            }
        }
        return node != null ? 1 : 0;
    }

    /**
     * Binds {@code sk} to a local port.
     *
     * <p>Without a number it takes the first free port after a random one, or on the way one that it may share. When
     * all are in use it tries the one with the fewest owners, five times.
     *
     * @param snum the port, 0: any
     * @return 0, or 1 if the port is not to be had
     */
    public static int inet_csk_get_port(sock sk, int snum) {
        inet_hashinfo hashinfo = sk.skc_prot.hashinfo;
        inet_bind_hashbucket head = null;
        inet_bind_bucket tb = null;
        int ret, attempts = 5;
        net net = sock_net(sk);
        int smallest_size = -1, smallest_rover;
        int uid = sock_i_uid(sk);
        boolean any = snum == 0;

        local_bh_disable();
        fail_unlock: {
            again:
            while (true) {
                success: {
                    tb_not_found: {
                        tb_found: {
                            have_snum: {
                                if (!any) {
                                    break have_snum;
                                }
                                int remaining, rover;
                                IntRef low = new IntRef(), high = new IntRef();

                                inet_get_local_port_range(net, low, high);
                                remaining = high.val - low.val + 1;
                                smallest_rover = rover = Integer.remainderUnsigned(prandom_u32(), remaining) + low.val;

                                smallest_size = -1;
                                search:
                                do {
                                    next: {
                                        if (inet_is_reserved_local_port(rover)) {
                                            break next;
                                        }
                                        head = hashinfo.bhash[inet_bhashfn(net, rover, hashinfo.bhash_size)];
                                        for (hlist_node<inet_bind_bucket> node = head.chain.first(); node != null;
                                                node = node.next) {
                                            tb = node.owner;
                                            if (net_eq(ib_net(tb), net) && tb.port == rover) {
                                                if ((tb.fastreuse > 0 && sk.skc_reuse != 0 && sk.skc_state != TCP_LISTEN
                                                                || tb.fastreuseport > 0
                                                                        && sk.skc_reuseport
                                                                        && tb.fastuid == uid)
                                                        && (tb.num_owners < smallest_size || smallest_size == -1)) {
                                                    smallest_size = tb.num_owners;
                                                    smallest_rover = rover;
                                                    if (hashinfo.bsockets > high.val - low.val + 1
                                                            && !inet_csk(sk).icsk_af_ops.bind_conflict
                                                                    .call(sk, tb, false)) {
                                                        snum = smallest_rover;
                                                        break tb_found;
                                                    }
                                                }
                                                if (!inet_csk(sk).icsk_af_ops.bind_conflict.call(sk, tb, false)) {
                                                    snum = rover;
                                                    break tb_found;
                                                }
                                                break next;
                                            }
                                        }
                                        break search;
                                    }
                                    if (++rover > high.val) {
                                        rover = low.val;
                                    }
                                } while (--remaining > 0);

                                ret = 1;
                                if (remaining <= 0) {
                                    if (smallest_size != -1) {
                                        snum = smallest_rover;
                                        break have_snum;
                                    }
                                    break fail_unlock;
                                }
                                snum = rover;
                                tb = null;
                                break tb_not_found;
                            }
                            head = hashinfo.bhash[inet_bhashfn(net, snum, hashinfo.bhash_size)];
                            for (hlist_node<inet_bind_bucket> node = head.chain.first(); node != null;
                                    node = node.next) {
                                tb = node.owner;
                                if (net_eq(ib_net(tb), net) && tb.port == snum) {
                                    break tb_found;
                                }
                            }
                            tb = null;
                            break tb_not_found;
                        }
                        if (!hlist_empty(tb.owners)) {
                            if (sk.skc_reuse == SK_FORCE_REUSE) {
                                break success;
                            }

                            if ((tb.fastreuse > 0 && sk.skc_reuse != 0 && sk.skc_state != TCP_LISTEN
                                            || tb.fastreuseport > 0 && sk.skc_reuseport && tb.fastuid == uid)
                                    && smallest_size == -1) {
                                break success;
                            } else {
                                ret = 1;
                                if (inet_csk(sk).icsk_af_ops.bind_conflict.call(sk, tb, true)) {
                                    if ((sk.skc_reuse != 0 && sk.skc_state != TCP_LISTEN
                                                    || tb.fastreuseport > 0 && sk.skc_reuseport && tb.fastuid == uid)
                                            && smallest_size != -1
                                            && --attempts >= 0) {
                                        continue again;
                                    }

                                    break fail_unlock;
                                }
                            }
                        }
                    }
                    ret = 1;
                    if (tb == null && (tb = inet_bind_bucket_create(net, head, snum)) == null) {
                        break fail_unlock;
                    }
                    if (hlist_empty(tb.owners)) {
                        if (sk.skc_reuse != 0 && sk.skc_state != TCP_LISTEN) {
                            tb.fastreuse = 1;
                        } else {
                            tb.fastreuse = 0;
                        }
                        if (sk.skc_reuseport) {
                            tb.fastreuseport = 1;
                            tb.fastuid = uid;
                        } else {
                            tb.fastreuseport = 0;
                        }
                    } else {
                        if (tb.fastreuse != 0 && (sk.skc_reuse == 0 || sk.skc_state == TCP_LISTEN)) {
                            tb.fastreuse = 0;
                        }
                        if (tb.fastreuseport != 0 && (!sk.skc_reuseport || tb.fastuid != uid)) {
                            tb.fastreuseport = 0;
                        }
                    }
                }
                if (inet_csk(sk).icsk_bind_hash == null) {
                    inet_bind_hash(sk, tb, snum);
                }
                WARN_ON(inet_csk(sk).icsk_bind_hash != tb);
                ret = 0;
                break fail_unlock;
            }
        }
        local_bh_enable();
        return ret;
    }
}
