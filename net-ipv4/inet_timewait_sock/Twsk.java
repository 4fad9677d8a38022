// SPDX-License-Identifier: GPL-2.0-only
package inet_timewait_sock;

import static inet_hashtables.Bind.inet_bind_bucket_destroy;
import static linux.bug.Bug.BUG_ON;
import static linux.bug.Bug.WARN_ON;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.list.Lists.__hlist_del;
import static linux.list.Lists.hlist_add_head;
import static linux.list.Lists.hlist_nulls_add_head_rcu;
import static linux.list.Lists.hlist_nulls_del_rcu;
import static linux.list.Lists.hlist_nulls_unhashed;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_hashtables.Hash.inet_ehash_bucket;
import static net.inet_sock.Sockets.inet_sk;
import static net.inet_timewait_sock.Twsk.inet_twsk_dead_node_init;
import static net.inet_timewait_sock.Twsk.twsk_net;
import static net.inet_timewait_sock.Twsk.twsk_net_set;
import static net.net_namespace.NetNs.hold_net;
import static net.net_namespace.NetNs.release_net;
import static net.sock.Fields.sock_net;
import static net.sock.Nodes.__sk_nulls_del_node_init_rcu;
import static net.sock.Nodes.sk_nulls_node_init;
import static net.sock.Protos.sock_prot_inuse_add;
import static net.tcp_states.TcpState.TCP_TIME_WAIT;
import static net.timewait_sock.Ops.twsk_destructor;

import linux.compiler.Differs;
import linux.gfp.Gfp;
import linux.list.hlist_head;
import linux.list.hlist_nulls_head;
import net.inet_connection_sock.inet_connection_sock;
import net.inet_hashtables.inet_bind_bucket;
import net.inet_hashtables.inet_ehash_bucket;
import net.inet_hashtables.inet_hashinfo;
import net.inet_sock.inet_sock;
import net.inet_timewait_sock.inet_timewait_sock;
import net.sock.sock;
import net.sock.sock_common;

/**
 * How a time-wait socket begins and ends. {@code tcp_time_wait} allocates one and puts it in the place of the
 * connection ({@link #__inet_twsk_hashdance}); {@link DeathRow} lets it wait and kills it.
 *
 * <p>References: one for the table of connections, one for the port, one for the death row, and one for whoever works
 * with it at the moment.
 */
public final class Twsk {
    private Twsk() {}

    /** Takes it out of the table of connections. @return how many references the caller has to give back: 1 or 0 */
    public static int inet_twsk_unhash(inet_timewait_sock tw) {
        if (hlist_nulls_unhashed(tw.skc_nulls_node)) {
            return 0;
        }

        hlist_nulls_del_rcu(tw.skc_nulls_node);
        sk_nulls_node_init(tw.skc_nulls_node);
        return 1;
    }

    /** Lets go of its port. @return how many references the caller has to give back: 1 or 0 */
    public static int inet_twsk_bind_unhash(inet_timewait_sock tw, inet_hashinfo hashinfo) {
        inet_bind_bucket tb = tw.tw_tb;

        if (tb == null) {
            return 0;
        }

        __hlist_del(tw.skc_bind_node);
        tw.tw_tb = null;
        inet_bind_bucket_destroy(tb);
        return 1;
    }

    /** Takes it out of both tables. The caller's reference is not the last one before or after. */
    static void __inet_twsk_kill(inet_timewait_sock tw, inet_hashinfo hashinfo) {
        int refcnt;

        refcnt = inet_twsk_unhash(tw);

        refcnt += inet_twsk_bind_unhash(tw, hashinfo);

        BUG_ON(refcnt >= tw.skc_refcnt);
        tw.skc_refcnt -= refcnt;
    }

    public static void inet_twsk_free(inet_timewait_sock tw) {
        twsk_destructor(tw);
        release_net(twsk_net(tw));
        BUG_ON(tw.skc_prot.twsk_prot.live-- <= 0);
    }

    /** Gives a reference back; after the last one it is freed. */
    public static void inet_twsk_put(inet_timewait_sock tw) {
        if (--tw.skc_refcnt == 0) {
            inet_twsk_free(tw);
        }
    }

    static void inet_twsk_add_node_rcu(inet_timewait_sock tw, hlist_nulls_head<sock_common> list) {
        hlist_nulls_add_head_rcu(tw.skc_nulls_node, list);
    }

    static void inet_twsk_add_bind_node(inet_timewait_sock tw, hlist_head<sock_common> list) {
        hlist_add_head(tw.skc_bind_node, list);
    }

    /**
     * Puts {@code tw} in the place of {@code sk}: into its chain of connections, which {@code sk} leaves, and among the
     * owners of its port, where {@code sk} stays until it is closed. Three references: connections, port, caller.
     */
    public static void __inet_twsk_hashdance(inet_timewait_sock tw, sock sk, inet_hashinfo hashinfo) {
        inet_connection_sock icsk = inet_csk(sk);
        inet_ehash_bucket ehead = inet_ehash_bucket(hashinfo, sk.skc_hash);

        tw.tw_tb = icsk.icsk_bind_hash;
        WARN_ON(icsk.icsk_bind_hash == null);
        inet_twsk_add_bind_node(tw, tw.tw_tb.owners);

        tw.skc_refcnt = 1 + 1 + 1;
        inet_twsk_add_node_rcu(tw, ehead.chain);

        if (__sk_nulls_del_node_init_rcu(sk)) {
            sock_prot_inuse_add(sock_net(sk), sk.skc_prot, -1);
        }
    }

    /**
     * A time-wait socket with the addresses and ports of {@code sk}, in no table, without a reference.
     *
     * @param state what {@code tw_substate} is to say: TIME_WAIT or FIN_WAIT2
     * @return null without memory
     */
    @Differs("skc_reuseport is false, where the source leaves what was in that memory before")
    public static inet_timewait_sock inet_twsk_alloc(sock sk, int state) {
        inet_timewait_sock tw = Gfp.fails(GFP_ATOMIC) ? null : sk.sk_prot_creator.twsk_prot.alloc.call();
        if (tw != null) {
            inet_sock inet = inet_sk(sk);

            sk.sk_prot_creator.twsk_prot.live++;

            tw.skc_daddr = inet.skc_daddr;
            tw.skc_rcv_saddr = inet.skc_rcv_saddr;
            tw.skc_bound_dev_if = sk.skc_bound_dev_if;
            tw.tw_tos = inet.tos;
            tw.skc_num = inet.skc_num;
            tw.skc_state = TCP_TIME_WAIT;
            tw.tw_substate = state;
            tw.tw_sport = inet.inet_sport;
            tw.skc_dport = inet.skc_dport;
            tw.skc_family = sk.skc_family;
            tw.skc_reuse = sk.skc_reuse;
            tw.skc_hash = sk.skc_hash;
            tw.tw_transparent = inet.transparent;
            tw.skc_prot = sk.sk_prot_creator;
            twsk_net_set(tw, hold_net(sock_net(sk)));
            tw.skc_refcnt = 0;
            inet_twsk_dead_node_init(tw);
        }

        return tw;
    }
}
