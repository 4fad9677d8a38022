// SPDX-License-Identifier: GPL-2.0-only
package net.net_namespace;

import java.util.ArrayList;
import java.util.List;
import linux.sched.Sched;

/** Namespaces and those who take part in them, {@code net/core/net_namespace.c}. */
public final class NetNs {
    private NetNs() {}

    /** The first namespace. */
    public static net init_net;

    private static final List<net> namespaces = new ArrayList<>();
    private static final List<pernet_operations> pernet_list = new ArrayList<>();

    /** How many on the list are subsystems: they come before the devices, which need them, whoever registered first. */
    private static int subsystems;

    /** Called when the machine boots. */
    public static void boot() {
        namespaces.clear();
        pernet_list.clear();
        subsystems = 0;
        init_net = new net("init");
        namespaces.add(init_net);
        Sched.current.net_ns = init_net;
    }

    /** Takes part from now on, in the namespaces that exist and in those to come. */
    public static int register_pernet_subsys(pernet_operations ops) {
        return register_pernet_operations(subsystems++, ops);
    }

    private static int register_pernet_operations(int at, pernet_operations ops) {
        pernet_list.add(at, ops);
        for (net net : namespaces) {
            int err = ops_init(ops, net);
            if (err < 0) {
                return err;
            }
        }
        return 0;
    }

    /** The same for what makes devices. */
    public static int register_pernet_device(pernet_operations ops) {
        return register_pernet_operations(pernet_list.size(), ops);
    }

    public static void unregister_pernet_subsys(pernet_operations ops) {
        for (net net : namespaces) {
            opsExit(ops, net);
        }
        pernet_list.remove(ops);
        subsystems--;
    }

    private static int ops_init(pernet_operations ops, net net) {
        return ops.init == null ? 0 : ops.init.call(net);
    }

    private static void opsExit(pernet_operations ops, net net) {
        if (ops.exit != null) {
            ops.exit.call(net);
        }
        if (ops.exit_batch != null) {
            ops.exit_batch.call(net);
        }
    }

    /** {@code ip netns add}. */
    public static net create(String name) {
        net net = new net(name);
        net.hash_mix = namespaces.size() * 0x9e3779b9;
        namespaces.add(net);
        for (pernet_operations ops : pernet_list) {
            int err = ops_init(ops, net);
            linux.bug.Bug.BUG_ON(err < 0);
        }
        return net;
    }

    /** All namespaces, the first one first: {@code for_each_net}. */
    public static List<net> all() {
        return namespaces;
    }

    public static net get_net(net net) {
        net.count++;
        return net;
    }

    /** {@code maybe_get_net}: namespaces of this machine live as long as it does. */
    public static net maybe_get_net(net net) {
        return get_net(net);
    }

    public static void put_net(net net) {
        net.count--;
    }

    public static net hold_net(net net) {
        return net;
    }

    public static void release_net(net net) {}

    public static boolean net_eq(net net1, net net2) {
        return net1 == net2;
    }

    public static int net_hash_mix(net net) {
        return net.hash_mix;
    }

    public static int rt_genid_ipv4(net net) {
        return net.ipv4.rt_genid;
    }

    /** All cached routes are stale from now on. */
    public static void rt_genid_bump_ipv4(net net) {
        net.ipv4.rt_genid++;
    }

    public static int fnhe_genid(net net) {
        return net.fnhe_genid;
    }

    public static void fnhe_genid_bump(net net) {
        net.fnhe_genid++;
    }
}
