// SPDX-License-Identifier: GPL-2.0-only
package devinet;

import static fib_frontend.IfAddr.fib_add_ifaddr;
import static fib_frontend.IfAddr.fib_del_ifaddr;
import static fib_frontend.Tables.fib_get_table;
import static fib_trie.FibTable.fib_table_lookup;
import static linux.errno.Errno.EEXIST;
import static linux.errno.Errno.EINVAL;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.hash.Hash.hash_32;
import static linux.inetdevice.Conf.IN_DEV_PROMOTE_SECONDARIES;
import static linux.inetdevice.InDev.__in_dev_get_rcu;
import static linux.inetdevice.InDev.in_dev_put;
import static linux.inetdevice.InDev.inet_ifa_match;
import static linux.inetdevice.in_ifaddr.IFA_F_DEPRECATED;
import static linux.inetdevice.in_ifaddr.IFA_F_PERMANENT;
import static linux.inetdevice.in_ifaddr.IFA_F_SECONDARY;
import static linux.list.Lists.hlist_add_head_rcu;
import static linux.list.Lists.hlist_del_init;
import static linux.netdevice.Netdev.dev_hold;
import static linux.netdevice.Netdev.dev_net;
import static linux.netdevice.Notifiers.NETDEV_DOWN;
import static linux.netdevice.Notifiers.NETDEV_UP;
import static net.ip_fib.Fib.FIB_LOOKUP_NOREF;
import static net.ip_fib.Fib.FIB_RES_DEV;
import static net.net_namespace.NetNs.net_eq;
import static net.net_namespace.NetNs.net_hash_mix;
import static uapi.linux.rtnetlink.Rt.RTN_LOCAL;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_LINK;
import static uapi.linux.rtnetlink.Rt.RT_TABLE_LOCAL;

import linux.gfp.Gfp;
import linux.inetdevice.in_device;
import linux.inetdevice.in_ifaddr;
import linux.jiffies.Jiffies;
import linux.list.hlist_head;
import linux.list.hlist_node;
import linux.netdevice.net_device;
import net.flow.flowi4;
import net.ip_fib.fib_result;
import net.ip_fib.fib_table;
import net.net_namespace.net;

/**
 * The IPv4 addresses of devices, from {@code net/ipv4/devinet.c}: entering, deleting, finding and choosing them. Called
 * by {@code Rtnetlink} ({@code ip addr}), by {@link InDevices} for the loopback device, and by {@code route} for a source
 * address. Whoever wants to know of changes registers with {@link InDevices#register_inetaddr_notifier}: the routes
 * ({@code fib_frontend}) and the path managers of MPTCP.
 *
 * <p>The first address in a subnet is primary, those that follow are secondary: they are deleted with it, or the first
 * of them takes its place if {@code promote_secondaries} is set.
 */
public final class IfAddrs {
    private IfAddrs() {}

    private static final int IN4_ADDR_HSIZE_SHIFT = 8;
    private static final int IN4_ADDR_HSIZE = 1 << IN4_ADDR_HSIZE_SHIFT;
    static final int INFINITY_LIFE_TIME = 0xFFFFFFFF;

    /** All addresses of all namespaces, by {@code ifa_local}. */
    static hlist_head<in_ifaddr>[] inet_addr_lst;

    /** Called by {@code devinet_init}. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    static void initHash() {
        inet_addr_lst = new hlist_head[IN4_ADDR_HSIZE];
        for (int i = 0; i < IN4_ADDR_HSIZE; i++) {
            inet_addr_lst[i] = new hlist_head<>();
        }
    }

    static int inet_addr_hash(net net, int addr) {
        int val = addr ^ net_hash_mix(net);

        return hash_32(val, IN4_ADDR_HSIZE_SHIFT);
    }

    static void inet_hash_insert(net net, in_ifaddr ifa) {
        int hash = inet_addr_hash(net, ifa.ifa_local);

        hlist_add_head_rcu(ifa.hash, inet_addr_lst[hash]);
    }

    static void inet_hash_remove(in_ifaddr ifa) {
        hlist_del_init(ifa.hash);
    }

    /**
     * Whose address is {@code addr}? Each address of 127.0.0.0/8 is the loopback device's.
     *
     * @param devref with a reference
     * @return null: nobody's here
     */
    public static net_device __ip_dev_find(net net, int addr, boolean devref) {
        int hash = inet_addr_hash(net, addr);
        net_device result = null;

        for (hlist_node<in_ifaddr> p = inet_addr_lst[hash].first(); p != null; p = p.next) {
            in_ifaddr ifa = p.owner;

            if (ifa.ifa_local == addr) {
                net_device dev = ifa.ifa_dev.dev;

                if (!net_eq(dev_net(dev), net)) {
                    continue;
                }
                result = dev;
                break;
            }
        }
        if (result == null) {
            flowi4 fl4 = new flowi4();
            fib_result res = new fib_result();
            fib_table local;

            fl4.daddr = addr;
            local = fib_get_table(net, RT_TABLE_LOCAL);
            if (local != null
                    && fib_table_lookup(local, fl4, res, FIB_LOOKUP_NOREF) == 0
                    && res.type == RTN_LOCAL) {
                result = FIB_RES_DEV(res);
            }
        }
        if (result != null && devref) {
            dev_hold(result);
        }
        return result;
    }

    /** @return null without memory */
    static in_ifaddr inet_alloc_ifa() {
        if (Gfp.fails(GFP_KERNEL)) {
            return null;
        }
        return new in_ifaddr();
    }

    static void inet_rcu_free_ifa(in_ifaddr ifa) {
        if (ifa.ifa_dev != null) {
            in_dev_put(ifa.ifa_dev);
        }
    }

    static void inet_free_ifa(in_ifaddr ifa) {
        inet_rcu_free_ifa(ifa);
    }

    /** Are {@code a} and (unless 0) {@code b} in one subnet of the device? */
    public static boolean inet_addr_onlink(in_device in_dev, int a, int b) {
        for (in_ifaddr ifa = in_dev.ifa_list;
                ifa != null && (ifa.ifa_flags & IFA_F_SECONDARY) == 0;
                ifa = ifa.ifa_next) {
            if (inet_ifa_match(a, ifa)) {
                if (b == 0 || inet_ifa_match(b, ifa)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Puts {@code ifa} behind {@code prev}, or to the front if that is null. */
    private static void link(in_device in_dev, in_ifaddr prev, in_ifaddr ifa) {
        if (prev == null) {
            in_dev.ifa_list = ifa;
        } else {
            prev.ifa_next = ifa;
        }
    }

    /**
     * Deletes an address, and with a primary one the others of its subnet, unless the first of them is promoted.
     *
     * @param prev the one before it on the list; null: it is the first. (C has the pointer that leads to it.)
     * @param destroy also lets go of it
     */
    static void __inet_del_ifa(in_device in_dev, in_ifaddr prev, boolean destroy) {
        in_ifaddr promote = null;
        in_ifaddr ifa;
        in_ifaddr ifa1 = prev == null ? in_dev.ifa_list : prev.ifa_next;
        in_ifaddr last_prim = in_dev.ifa_list;
        in_ifaddr prev_prom = null;
        boolean do_promote = IN_DEV_PROMOTE_SECONDARIES(in_dev);

        if ((ifa1.ifa_flags & IFA_F_SECONDARY) == 0) {
            in_ifaddr before = ifa1;

            while ((ifa = before.ifa_next) != null) {
                if ((ifa.ifa_flags & IFA_F_SECONDARY) == 0 && ifa1.ifa_scope <= ifa.ifa_scope) {
                    last_prim = ifa;
                }

                if ((ifa.ifa_flags & IFA_F_SECONDARY) == 0
                        || ifa1.ifa_mask != ifa.ifa_mask
                        || !inet_ifa_match(ifa1.ifa_address, ifa)) {
                    before = ifa;
                    prev_prom = ifa;
                    continue;
                }

                if (!do_promote) {
                    inet_hash_remove(ifa);
                    before.ifa_next = ifa.ifa_next;

                    InDevices.inetaddr_chain.call_chain(NETDEV_DOWN, ifa);
                    inet_free_ifa(ifa);
                } else {
                    promote = ifa;
                    break;
                }
            }
        }

        // The routes of those that stay name the address that goes. They come back below with the new one.
        for (ifa = promote; ifa != null; ifa = ifa.ifa_next) {
            if (ifa1.ifa_mask == ifa.ifa_mask && inet_ifa_match(ifa1.ifa_address, ifa)) {
                fib_del_ifaddr(ifa, ifa1);
            }
        }

        link(in_dev, prev, ifa1.ifa_next);
        inet_hash_remove(ifa1);

        InDevices.inetaddr_chain.call_chain(NETDEV_DOWN, ifa1);

        if (promote != null) {
            in_ifaddr next_sec = promote.ifa_next;

            if (prev_prom != null) {
                prev_prom.ifa_next = promote.ifa_next;
                promote.ifa_next = last_prim.ifa_next;
                last_prim.ifa_next = promote;
            }

            promote.ifa_flags &= ~IFA_F_SECONDARY;
            InDevices.inetaddr_chain.call_chain(NETDEV_UP, promote);
            for (ifa = next_sec; ifa != null; ifa = ifa.ifa_next) {
                if (ifa1.ifa_mask != ifa.ifa_mask || !inet_ifa_match(ifa1.ifa_address, ifa)) {
                    continue;
                }
                fib_add_ifaddr(ifa);
            }
        }
        if (destroy) {
            inet_free_ifa(ifa1);
        }
    }

    static void inet_del_ifa(in_device in_dev, in_ifaddr prev, boolean destroy) {
        __inet_del_ifa(in_dev, prev, destroy);
    }

    /**
     * Enters {@code ifa}, with {@code ifa_dev} set. It is gone if that fails.
     *
     * @return 0 (also for 0.0.0.0, which is ignored); {@code -EEXIST}; {@code -EINVAL}: the subnet is known with another
     *     scope
     */
    static int __inet_insert_ifa(in_ifaddr ifa) {
        in_device in_dev = ifa.ifa_dev;
        in_ifaddr ifa1;
        in_ifaddr prev;
        in_ifaddr last_primary;

        if (ifa.ifa_local == 0) {
            inet_free_ifa(ifa);
            return 0;
        }

        ifa.ifa_flags &= ~IFA_F_SECONDARY;
        last_primary = null;

        prev = null;
        for (ifa1 = in_dev.ifa_list; ifa1 != null; prev = ifa1, ifa1 = ifa1.ifa_next) {
            if ((ifa1.ifa_flags & IFA_F_SECONDARY) == 0 && ifa.ifa_scope <= ifa1.ifa_scope) {
                last_primary = ifa1;
            }
            if (ifa1.ifa_mask == ifa.ifa_mask && inet_ifa_match(ifa1.ifa_address, ifa)) {
                if (ifa1.ifa_local == ifa.ifa_local) {
                    inet_free_ifa(ifa);
                    return -EEXIST;
                }
                if (ifa1.ifa_scope != ifa.ifa_scope) {
                    inet_free_ifa(ifa);
                    return -EINVAL;
                }
                ifa.ifa_flags |= IFA_F_SECONDARY;
            }
        }

        if ((ifa.ifa_flags & IFA_F_SECONDARY) == 0) {
            prev = last_primary;
        }

        ifa.ifa_next = prev == null ? in_dev.ifa_list : prev.ifa_next;
        link(in_dev, prev, ifa);

        inet_hash_insert(dev_net(in_dev.dev), ifa);

        InDevices.inetaddr_chain.call_chain(NETDEV_UP, ifa);

        return 0;
    }

    static int inet_insert_ifa(in_ifaddr ifa) {
        return __inet_insert_ifa(ifa);
    }

    /** The primary address of the device whose subnet is {@code prefix}. */
    public static in_ifaddr inet_ifa_byprefix(in_device in_dev, int prefix, int mask) {
        for (in_ifaddr ifa = in_dev.ifa_list;
                ifa != null && (ifa.ifa_flags & IFA_F_SECONDARY) == 0;
                ifa = ifa.ifa_next) {
            if (ifa.ifa_mask == mask && inet_ifa_match(prefix, ifa)) {
                return ifa;
            }
        }
        return null;
    }

    /** For how long the address is good, in seconds; {@code ~0} is for ever, and all that there is here. */
    static void set_ifa_lifetime(in_ifaddr ifa, int valid_lft, int prefered_lft) {
        ifa.ifa_flags &= ~(IFA_F_PERMANENT | IFA_F_DEPRECATED);

        if (valid_lft != INFINITY_LIFE_TIME) {
            ifa.ifa_valid_lft = valid_lft;
        } else {
            ifa.ifa_flags |= IFA_F_PERMANENT;
        }

        if (prefered_lft != INFINITY_LIFE_TIME) {
            if (prefered_lft == 0) {
                ifa.ifa_flags |= IFA_F_DEPRECATED;
            }
            ifa.ifa_preferred_lft = prefered_lft;
        }
        ifa.ifa_tstamp = Jiffies.jiffies;
        if (ifa.ifa_cstamp == 0) {
            ifa.ifa_cstamp = ifa.ifa_tstamp;
        }
    }

    /**
     * Chooses a source address.
     *
     * @param dev the device that the packet leaves by: one of its addresses if it has any
     * @param dst the receiver or its gateway: an address in the same subnet is best; 0: does not matter
     * @param scope the address must be known at least that far: {@code RT_SCOPE_*}
     * @return 0: there is none
     */
    public static int inet_select_addr(net_device dev, int dst, int scope) {
        int addr = 0;
        in_device in_dev;
        net net = dev_net(dev);

        in_dev = __in_dev_get_rcu(dev);
        if (in_dev != null) {
            for (in_ifaddr ifa = in_dev.ifa_list;
                    ifa != null && (ifa.ifa_flags & IFA_F_SECONDARY) == 0;
                    ifa = ifa.ifa_next) {
                if (ifa.ifa_scope > scope) {
                    continue;
                }
                if (dst == 0 || inet_ifa_match(dst, ifa)) {
                    addr = ifa.ifa_local;
                    break;
                }
                if (addr == 0) {
                    addr = ifa.ifa_local;
                }
            }

            if (addr != 0) {
                return addr;
            }
        }

        // Any other device will do. The loopback device is the first, so what is entered there comes first.
        for (int i = 0; i < net.dev_base_head.size(); i++) {
            in_dev = __in_dev_get_rcu(net.dev_base_head.get(i));
            if (in_dev == null) {
                continue;
            }

            for (in_ifaddr ifa = in_dev.ifa_list;
                    ifa != null && (ifa.ifa_flags & IFA_F_SECONDARY) == 0;
                    ifa = ifa.ifa_next) {
                if (ifa.ifa_scope != RT_SCOPE_LINK && ifa.ifa_scope <= scope) {
                    addr = ifa.ifa_local;
                    return addr;
                }
            }
        }
        return addr;
    }

    static int confirm_addr_indev(in_device in_dev, int dst, int local, int scope) {
        boolean same = false;
        int addr = 0;

        for (in_ifaddr ifa = in_dev.ifa_list; ifa != null; ifa = ifa.ifa_next) {
            if (addr == 0 && (local == ifa.ifa_local || local == 0) && ifa.ifa_scope <= scope) {
                addr = ifa.ifa_local;
                if (same) {
                    break;
                }
            }
            if (!same) {
                same = (local == 0 || inet_ifa_match(local, ifa)) && (dst == 0 || inet_ifa_match(dst, ifa));
                if (same && addr != 0) {
                    if (local != 0 || dst == 0) {
                        break;
                    }
                    if (inet_ifa_match(addr, ifa)) {
                        break;
                    }
                    if (ifa.ifa_scope <= scope) {
                        addr = ifa.ifa_local;
                        break;
                    }
                    same = false;
                }
            }
        }

        return same ? addr : 0;
    }

    /**
     * Is there a local address that fits? 0 fits all.
     *
     * @param in_dev on this device only; null: on any
     * @param dst in the same subnet
     * @param local this one
     * @param scope not nearer than that
     * @return the address, or 0
     */
    public static int inet_confirm_addr(net net, in_device in_dev, int dst, int local, int scope) {
        int addr = 0;

        if (in_dev != null) {
            return confirm_addr_indev(in_dev, dst, local, scope);
        }

        for (int i = 0; i < net.dev_base_head.size(); i++) {
            in_dev = __in_dev_get_rcu(net.dev_base_head.get(i));
            if (in_dev != null) {
                addr = confirm_addr_indev(in_dev, dst, local, scope);
                if (addr != 0) {
                    break;
                }
            }
        }

        return addr;
    }
}
