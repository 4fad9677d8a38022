// SPDX-License-Identifier: GPL-2.0-only
package inet_hashtables;

import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.list.Lists.__hlist_del;
import static linux.list.Lists.hlist_add_head;
import static linux.list.Lists.hlist_empty;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_hashtables.Hash.ib_net;
import static net.inet_hashtables.Hash.inet_bhashfn;
import static net.inet_sock.Sockets.inet_sk;
import static net.net_namespace.NetNs.hold_net;
import static net.net_namespace.NetNs.net_eq;
import static net.net_namespace.NetNs.release_net;
import static net.sock.Fields.sock_net;
import static net.sock.Nodes.__sk_del_bind_node;
import static net.sock.Nodes.sk_add_bind_node;

import linux.gfp.Gfp;
import linux.list.hlist_node;
import net.inet_hashtables.inet_bind_bucket;
import net.inet_hashtables.inet_bind_hashbucket;
import net.inet_hashtables.inet_hashinfo;
import net.net_namespace.net;
import net.sock.sock;

/**
 * The table of local ports in use: a bucket per port and namespace, with all its owners. {@code inet_csk_get_port},
 * {@code inet_hash_connect} and new children ({@link #__inet_inherit_port}) come in; {@code tcp_set_state} lets go of
 * the port when a socket closes.
 */
public final class Bind {
    private Bind() {}

    /** Marks port {@code snum} as in use, still without an owner. @return null without memory */
    public static inet_bind_bucket inet_bind_bucket_create(net net, inet_bind_hashbucket head, int snum) {
        inet_bind_bucket tb = Gfp.fails(GFP_ATOMIC) ? null : new inet_bind_bucket(hold_net(net), snum);

        if (tb != null) {
            tb.fastreuse = 0;
            tb.fastreuseport = 0;
            tb.num_owners = 0;
            hlist_add_head(tb.node, head.chain);
        }
        return tb;
    }

    /** Frees the port if nobody owns it any more. */
    public static void inet_bind_bucket_destroy(inet_bind_bucket tb) {
        if (hlist_empty(tb.owners)) {
            __hlist_del(tb.node);
            release_net(ib_net(tb));
        }
    }

    /** {@code sk} owns port {@code snum} from now on, maybe with others. */
    public static void inet_bind_hash(sock sk, inet_bind_bucket tb, int snum) {
        inet_hashinfo hashinfo = sk.skc_prot.hashinfo;

        hashinfo.bsockets++;

        inet_sk(sk).skc_num = snum;
        sk_add_bind_node(sk, tb.owners);
        tb.num_owners++;
        inet_csk(sk).icsk_bind_hash = tb;
    }

    static void __inet_put_port(sock sk) {
        inet_hashinfo hashinfo = sk.skc_prot.hashinfo;
        inet_bind_bucket tb;

        hashinfo.bsockets--;

        tb = inet_csk(sk).icsk_bind_hash;
        __sk_del_bind_node(sk);
        tb.num_owners--;
        inet_csk(sk).icsk_bind_hash = null;
        inet_sk(sk).skc_num = 0;
        inet_bind_bucket_destroy(tb);
    }

    /** {@code sk} lets go of its port, which it has. */
    public static void inet_put_port(sock sk) {
        local_bh_disable();
        __inet_put_port(sk);
        local_bh_enable();
    }

    /**
     * A new child owns the port of its listener too; or another one, if a transparent proxy has led the connection
     * from there to this listener.
     *
     * @return 0 or {@code -ENOMEM}
     */
    public static int __inet_inherit_port(sock sk, sock child) {
        inet_hashinfo table = sk.skc_prot.hashinfo;
        int port = inet_sk(child).skc_num;
        int bhash = inet_bhashfn(sock_net(sk), port, table.bhash_size);
        inet_bind_hashbucket head = table.bhash[bhash];
        inet_bind_bucket tb;

        tb = inet_csk(sk).icsk_bind_hash;
        if (tb.port != port) {
            hlist_node<inet_bind_bucket> node;

            for (node = head.chain.first(); node != null; node = node.next) {
                tb = node.owner;
                if (net_eq(ib_net(tb), sock_net(sk)) && tb.port == port) {
                    break;
                }
            }
            if (node == null) {
                tb = inet_bind_bucket_create(sock_net(sk), head, port);
                if (tb == null) {
                    return -ENOMEM;
                }
            }
        }
        inet_bind_hash(child, tb, port);

        return 0;
    }
}
