// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.list.Lists.list_add;
import static linux.list.Lists.list_del;
import static linux.printk.Printk.pr_err;
import static net.net_namespace.NetNs.register_pernet_subsys;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import linux.list.list_head;
import net.net_namespace.net;
import net.net_namespace.pernet_operations;

/** The protocols that sockets can have, and how many sockets of each are in use in each namespace. */
public final class Protos {
    private Protos() {}

    /** Should be enough; the last number stands for all that came too late. */
    private static final int PROTO_INUSE_NR = 64;

    static list_head<proto> proto_list;
    static BitSet proto_inuse_idx;

    /** Every protocol that is registered, the last one first. */
    public static List<proto> all() {
        List<proto> protos = new ArrayList<>();
        for (list_head<proto> p = proto_list.next; p != proto_list; p = p.next) {
            protos.add(p.owner);
        }
        return protos;
    }

    /** The socket's address has changed: takes it out of the hash table and puts it where it belongs now. */
    public static void __sk_prot_rehash(sock sk) {
        sk.skc_prot.unhash.call(sk);
        sk.skc_prot.hash.call(sk);
    }

    public static void sock_prot_inuse_add(net net, proto prot, int val) {
        net.core_inuse[prot.inuse_idx] += val;
    }

    /** Sockets in use in {@code net}, as {@code /proc/net/sockstat} shows them. */
    public static int sock_prot_inuse_get(net net, proto prot) {
        int idx = prot.inuse_idx;
        int res = 0;

        res += net.core_inuse[idx];

        return res >= 0 ? res : 0;
    }

    static int sock_inuse_init_net(net net) {
        net.core_inuse = new int[PROTO_INUSE_NR];
        return 0;
    }

    static void sock_inuse_exit_net(net net) {
        net.core_inuse = null;
    }

    static int net_inuse_init() {
        pernet_operations net_inuse_ops = new pernet_operations();
        net_inuse_ops.init = Protos::sock_inuse_init_net;
        net_inuse_ops.exit = Protos::sock_inuse_exit_net;
        return register_pernet_subsys(net_inuse_ops);
    }

    static void assign_proto_idx(proto prot) {
        prot.inuse_idx = proto_inuse_idx.nextClearBit(0);

        if (prot.inuse_idx == PROTO_INUSE_NR - 1) {
            pr_err("PROTO_INUSE_NR exhausted");
            return;
        }

        proto_inuse_idx.set(prot.inuse_idx);
    }

    static void release_proto_idx(proto prot) {
        if (prot.inuse_idx != PROTO_INUSE_NR - 1) {
            proto_inuse_idx.clear(prot.inuse_idx);
        }
    }

    /**
     * Makes the protocol known.
     *
     * @param alloc_slab its sockets come from a cache of their own, which means nothing here
     */
    public static int proto_register(proto prot, int alloc_slab) {
        if (alloc_slab != 0 && prot.rsk_prot != null) {
            prot.rsk_prot.slab_name = "request_sock_" + prot.name;
        }
        list_add(prot.node, proto_list);
        assign_proto_idx(prot);
        return 0;
    }

    public static void proto_unregister(proto prot) {
        release_proto_idx(prot);
        list_del(prot.node);
    }
}
