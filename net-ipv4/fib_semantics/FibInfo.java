// SPDX-License-Identifier: GPL-2.0-only
package fib_semantics;

import static devinet.IfAddrs.inet_select_addr;
import static devinet.InDevices.inetdev_by_index;
import static fib_frontend.Source.inet_addr_type;
import static fib_trie.FibTable.fib_lookup;
import static linux.bug.Bug.BUG_ON;
import static linux.errno.Errno.EACCES;
import static linux.errno.Errno.EAGAIN;
import static linux.errno.Errno.EHOSTUNREACH;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENETDOWN;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.ENODEV;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.gtU32;
import static linux.netdevice.Names.__dev_get_by_index;
import static linux.netdevice.Names.dev_get_by_index;
import static linux.netdevice.Netdev.dev_hold;
import static linux.netdevice.Netdev.dev_put;
import static linux.printk.Printk.pr_warn;
import static net.dst.Dst.dst_free;
import static net.dst.Metrics.dst_default_metrics;
import static net.ip_fib.Fib.FIB_RES_DEV;
import static net.ip_fib.Fib.FIB_RES_NH;
import static net.ip_fib.Fib.FIB_RES_OIF;
import static net.ip_fib.fib_alias.FA_S_ACCESSED;
import static net.ip_fib.fnhe_hash_bucket.FNHE_HASH_SIZE;
import static net.neighbour.Neigh.NUD_VALID;
import static net.neighbour.Neigh.neigh_lookup;
import static net.neighbour.Neigh.neigh_release;
import static net.net_namespace.NetNs.hold_net;
import static net.net_namespace.NetNs.net_eq;
import static net.net_namespace.NetNs.release_net;
import static uapi.linux.if_.Iff.IFF_UP;
import static uapi.linux.neighbour.Nud.NUD_NONE;
import static uapi.linux.neighbour.Nud.NUD_REACHABLE;
import static uapi.linux.rtnetlink.Rt.RTAX_ADVMSS;
import static uapi.linux.rtnetlink.Rt.RTAX_MAX;
import static uapi.linux.rtnetlink.Rt.RTAX_MTU;
import static uapi.linux.rtnetlink.Rt.RTNH_F_DEAD;
import static uapi.linux.rtnetlink.Rt.RTNH_F_ONLINK;
import static uapi.linux.rtnetlink.Rt.RTNH_F_PERVASIVE;
import static uapi.linux.rtnetlink.Rt.RTN_ANYCAST;
import static uapi.linux.rtnetlink.Rt.RTN_BROADCAST;
import static uapi.linux.rtnetlink.Rt.RTN_LOCAL;
import static uapi.linux.rtnetlink.Rt.RTN_MAX;
import static uapi.linux.rtnetlink.Rt.RTN_MULTICAST;
import static uapi.linux.rtnetlink.Rt.RTN_UNICAST;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_HOST;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_LINK;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_NOWHERE;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_UNIVERSE;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import linux.compiler.IntRef;
import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.inetdevice.in_device;
import linux.init.Initcall;
import linux.list.list_head;
import linux.netdevice.net_device;
import net.flow.flowi4;
import net.ip_fib.fib_alias;
import net.ip_fib.fib_config;
import net.ip_fib.fib_info;
import net.ip_fib.fib_nh;
import net.ip_fib.fib_nh_exception;
import net.ip_fib.fib_result;
import net.ip_fib.fib_table;
import net.ip_fib.fnhe_hash_bucket;
import net.neighbour.neighbour;
import net.net_namespace.net;
import net.route.rtable;

/**
 * What a route means: checks it when it is entered, finds the device to its gateway, shares what routes have in common,
 * and declares routes dead when their device or source address goes. Called by {@code fib_trie} and {@code
 * fib_frontend}; a part of {@code net/ipv4/fib_semantics.c}, without multipath routes and netlink.
 *
 * <p>Routes that lead to the same place share a {@link fib_info} and with it the cached entries: so all hosts behind a
 * gateway have one {@code rtable}.
 *
 * <p>Scopes say how far away something is. A route's gateway must be nearer than the route itself: a gateway on the link
 * for a route to the universe. That is also what keeps lookups from going in circles.
 */
public final class FibInfo {
    private FibInfo() {}

    /** What a kind of route answers, and the nearest scope it may have. */
    static final class fib_prop {
        final int error;
        final int scope;

        fib_prop(int error, int scope) {
            this.error = error;
            this.scope = scope;
        }
    }

    /** All that are in use. In C in hash tables by content, device and source address. */
    private static List<fib_info> fib_info_hash;

    /** Static variables. */
    public static final class Boot implements Initcall {
        @Override
        public void data() {
            fib_info_hash = new ArrayList<>();
        }
    }

    /** By {@code RTN_*}. */
    private static final fib_prop[] fib_props = {
        new fib_prop(0, RT_SCOPE_NOWHERE), // RTN_UNSPEC
        new fib_prop(0, RT_SCOPE_UNIVERSE), // RTN_UNICAST
        new fib_prop(0, RT_SCOPE_HOST), // RTN_LOCAL
        new fib_prop(0, RT_SCOPE_LINK), // RTN_BROADCAST
        new fib_prop(0, RT_SCOPE_LINK), // RTN_ANYCAST
        new fib_prop(0, RT_SCOPE_UNIVERSE), // RTN_MULTICAST
        new fib_prop(-EINVAL, RT_SCOPE_UNIVERSE), // RTN_BLACKHOLE
        new fib_prop(-EHOSTUNREACH, RT_SCOPE_UNIVERSE), // RTN_UNREACHABLE
        new fib_prop(-EACCES, RT_SCOPE_UNIVERSE), // RTN_PROHIBIT
        new fib_prop(-EAGAIN, RT_SCOPE_UNIVERSE), // RTN_THROW
        new fib_prop(-EINVAL, RT_SCOPE_NOWHERE), // RTN_NAT
        new fib_prop(-EINVAL, RT_SCOPE_NOWHERE), // RTN_XRESOLVE
    };

    /** What a lookup that finds a route of this kind returns: 0, or the negative errno of one that says no. */
    public static int errorOf(int type) {
        return fib_props[type].error;
    }

    /** Drops a cached entry. */
    static void rt_fibinfo_free(rtable rtp) {
        rtable rt = rtp;

        if (rt == null) {
            return;
        }

        dst_free(rt);
    }

    static void free_nh_exceptions(fib_nh nh) {
        fnhe_hash_bucket[] hash = nh.nh_exceptions;

        for (int i = 0; i < FNHE_HASH_SIZE; i++) {
            fib_nh_exception fnhe;

            fnhe = hash[i] == null ? null : hash[i].chain;
            while (fnhe != null) {
                fib_nh_exception next;

                next = fnhe.fnhe_next;

                rt_fibinfo_free(fnhe.fnhe_rth_input);
                rt_fibinfo_free(fnhe.fnhe_rth_output);

                fnhe = next;
            }
        }
    }

    static void rt_fibinfo_free_cpus(rtable rtp) {
        if (rtp != null) {
            dst_free(rtp);
        }
    }

    /** Lets go of the devices, the cached entries and the namespace. */
    static void free_fib_info_rcu(fib_info fi) {
        for (fib_nh nexthop_nh : fi.fib_nh) {
            if (nexthop_nh.nh_dev != null) {
                dev_put(nexthop_nh.nh_dev);
            }
            if (nexthop_nh.nh_exceptions != null) {
                free_nh_exceptions(nexthop_nh);
            }
            rt_fibinfo_free_cpus(nexthop_nh.nh_pcpu_rth_output);
            rt_fibinfo_free(nexthop_nh.nh_rth_input);
        }

        release_net(fi.fib_net);
    }

    public static void free_fib_info(fib_info fi) {
        if (!fi.fib_dead) {
            pr_warn("Freeing alive fib_info %s\n", fi);
            return;
        }
        free_fib_info_rcu(fi);
    }

    public static void fib_info_put(fib_info fi) {
        if (--fi.fib_clntref == 0) {
            free_fib_info(fi);
        }
    }

    /** A route less. @param fi may be null */
    public static void fib_release_info(fib_info fi) {
        if (fi != null && --fi.fib_treeref == 0) {
            fib_info_hash.remove(fi);
            fi.fib_dead = true;
            fib_info_put(fi);
        }
    }

    /** @return 0 if both lead to the same next hop */
    static int nh_comp(fib_info fi, fib_info ofi) {
        fib_nh nh = fi.fib_nh[0];
        fib_nh onh = ofi.fib_nh[0];

        if (nh.nh_oif != onh.nh_oif
                || nh.nh_gw != onh.nh_gw
                || nh.nh_scope != onh.nh_scope
                || ((nh.nh_flags ^ onh.nh_flags) & ~RTNH_F_DEAD) != 0) {
            return -1;
        }
        return 0;
    }

    /** One that says the same. */
    static fib_info fib_find_info(fib_info nfi) {
        for (int i = fib_info_hash.size() - 1; i >= 0; i--) {
            fib_info fi = fib_info_hash.get(i);

            if (!net_eq(fi.fib_net, nfi.fib_net)) {
                continue;
            }
            if (fi.fib_nhs != nfi.fib_nhs) {
                continue;
            }
            if (nfi.fib_protocol == fi.fib_protocol
                    && nfi.fib_scope == fi.fib_scope
                    && nfi.fib_prefsrc == fi.fib_prefsrc
                    && nfi.fib_priority == fi.fib_priority
                    && nfi.fib_type == fi.fib_type
                    && Arrays.equals(nfi.fib_metrics, fi.fib_metrics)
                    && ((nfi.fib_flags ^ fi.fib_flags) & ~RTNH_F_DEAD) == 0
                    && (nfi.fib_nhs == 0 || nh_comp(fi, nfi) == 0)) {
                return fi;
            }
        }

        return null;
    }

    /** @return 0 if {@code gw} on {@code dev} is the gateway of some route: only for redirects */
    public static int ip_fib_check_default(int gw, net_device dev) {
        for (fib_info fi : fib_info_hash) {
            fib_nh nh = fi.fib_nh[0];

            if (nh.nh_dev == dev && nh.nh_gw == gw && (nh.nh_flags & RTNH_F_DEAD) == 0) {
                return 0;
            }
        }

        return -1;
    }

    /** The first of the routes {@code fah} behind which {@code tos} and {@code prio} do not belong; null: none. */
    public static fib_alias fib_find_alias(list_head<fib_alias> fah, int tos, int prio) {
        if (fah != null) {
            for (list_head<fib_alias> p = fah.next; p != fah; p = p.next) {
                fib_alias fa = p.owner;

                if (fa.fa_tos > tos) {
                    continue;
                }
                if (geU32(fa.fa_info.fib_priority, prio) || fa.fa_tos < tos) {
                    return fa;
                }
            }
        }
        return null;
    }

    /** Does the gateway of {@code fi} seem not to live? */
    static boolean fib_detect_death(fib_info fi, int order, Ref<fib_info> last_resort, IntRef last_idx, int dflt) {
        neighbour n;
        int state = NUD_NONE;

        n = neigh_lookup(fi.fib_nh[0].nh_gw, fi.fib_nh[0].nh_dev);
        if (n != null) {
            state = n.nud_state;
            neigh_release(n);
        }
        if (state == NUD_REACHABLE) {
            return false;
        }
        if ((state & NUD_VALID) != 0 && order != dflt) {
            return false;
        }
        if ((state & NUD_VALID) != 0 || last_idx.val < 0 && order > dflt) {
            last_resort.val = fi;
            last_idx.val = order;
        }
        return true;
    }

    /** @return 0 if {@code fi} has the next hop and metric that {@code cfg} names, if it names any */
    public static int fib_nh_match(fib_config cfg, fib_info fi) {
        if (cfg.fc_priority != 0 && cfg.fc_priority != fi.fib_priority) {
            return 1;
        }

        if (cfg.fc_oif != 0 || cfg.fc_gw != 0) {
            if ((cfg.fc_oif == 0 || cfg.fc_oif == fi.fib_nh[0].nh_oif)
                    && (cfg.fc_gw == 0 || cfg.fc_gw == fi.fib_nh[0].nh_gw)) {
                return 0;
            }
            return 1;
        }

        return 0;
    }

    /**
     * Finds the device to the next hop, and how far it is.
     *
     * @return 0; {@code -ENETUNREACH}: no route to the gateway that is nearer than the route itself; {@code -ENODEV},
     *     {@code -ENETDOWN}; {@code -EINVAL}
     */
    static int fib_check_nh(fib_config cfg, fib_info fi, fib_nh nh) {
        int err;
        net net;
        net_device dev;

        net = cfg.nl_net;
        if (nh.nh_gw != 0) {
            fib_result res = new fib_result();

            if ((nh.nh_flags & RTNH_F_ONLINK) != 0) {

                if (cfg.fc_scope >= RT_SCOPE_LINK) {
                    return -EINVAL;
                }
                if (inet_addr_type(net, nh.nh_gw) != RTN_UNICAST) {
                    return -EINVAL;
                }
                dev = __dev_get_by_index(net, nh.nh_oif);
                if (dev == null) {
                    return -ENODEV;
                }
                if ((dev.flags & IFF_UP) == 0) {
                    return -ENETDOWN;
                }
                nh.nh_dev = dev;
                dev_hold(dev);
                nh.nh_scope = RT_SCOPE_LINK;
                return 0;
            }
            {
                flowi4 fl4 = new flowi4();

                fl4.daddr = nh.nh_gw;
                fl4.flowic_scope = cfg.fc_scope + 1;
                fl4.flowic_oif = nh.nh_oif;

                if (fl4.flowic_scope < RT_SCOPE_LINK) {
                    fl4.flowic_scope = RT_SCOPE_LINK;
                }
                err = fib_lookup(net, fl4, res);
                if (err != 0) {
                    return err;
                }
            }
            err = -EINVAL;
            if (res.type != RTN_UNICAST && res.type != RTN_LOCAL) {
                return err;
            }
            nh.nh_scope = res.scope;
            nh.nh_oif = FIB_RES_OIF(res);
            nh.nh_dev = dev = FIB_RES_DEV(res);
            if (dev == null) {
                return err;
            }
            dev_hold(dev);
            err = (dev.flags & IFF_UP) != 0 ? 0 : -ENETDOWN;
        } else {
            in_device in_dev;

            if ((nh.nh_flags & (RTNH_F_PERVASIVE | RTNH_F_ONLINK)) != 0) {
                return -EINVAL;
            }

            err = -ENODEV;
            in_dev = inetdev_by_index(net, nh.nh_oif);
            if (in_dev == null) {
                return err;
            }
            err = -ENETDOWN;
            if ((in_dev.dev.flags & IFF_UP) == 0) {
                return err;
            }
            nh.nh_dev = in_dev.dev;
            dev_hold(nh.nh_dev);
            nh.nh_scope = RT_SCOPE_HOST;
            err = 0;
        }
        return err;
    }

    /** The device's addresses have changed: chooses the source address for the next hop anew. */
    public static int fib_info_update_nh_saddr(net net, fib_nh nh) {
        nh.nh_saddr = inet_select_addr(nh.nh_dev, nh.nh_gw, nh.nh_parent.fib_scope);
        nh.nh_saddr_genid = net.ipv4.dev_addr_genid;

        return nh.nh_saddr;
    }

    public static int FIB_RES_SADDR(net net, fib_result res) {
        return FIB_RES_NH(res).nh_saddr_genid == net.ipv4.dev_addr_genid
                ? FIB_RES_NH(res).nh_saddr
                : fib_info_update_nh_saddr(net, FIB_RES_NH(res));
    }

    /** The source address for packets by this route. */
    public static int FIB_RES_PREFSRC(net net, fib_result res) {
        return res.fi.fib_prefsrc != 0 ? res.fi.fib_prefsrc : FIB_RES_SADDR(net, res);
    }

    /**
     * Makes what a route refers to, or finds one that says the same.
     *
     * @return with one more user ({@code fib_treeref}), or an error pointer: {@code -EINVAL}, {@code -ENOBUFS}, and
     *     those of {@link #fib_check_nh}
     */
    public static fib_info fib_create_info(fib_config cfg) {
        int err;
        fib_info fi = null;
        fib_info ofi;
        int nhs = 1;
        net net = cfg.nl_net;

        if (cfg.fc_type > RTN_MAX) {
            return failure(fi, -EINVAL);
        }

        if (fib_props[cfg.fc_type].scope > cfg.fc_scope) {
            return failure(fi, -EINVAL);
        }

        err = -ENOBUFS;
        if (Gfp.fails(GFP_KERNEL)) {
            return failure(fi, err);
        }
        fi = new fib_info();
        if (cfg.fc_mx != null) {
            if (Gfp.fails(GFP_KERNEL)) {
                return failure(fi, err);
            }
            fi.fib_metrics = new int[RTAX_MAX];
        } else {
            fi.fib_metrics = dst_default_metrics;
        }

        fi.fib_net = hold_net(net);
        fi.fib_protocol = cfg.fc_protocol;
        fi.fib_scope = cfg.fc_scope;
        fi.fib_flags = cfg.fc_flags;
        fi.fib_priority = cfg.fc_priority;
        fi.fib_prefsrc = cfg.fc_prefsrc;
        fi.fib_type = cfg.fc_type;

        fi.fib_nhs = nhs;

        if (cfg.fc_mx != null) {
            for (int type = 1; type <= RTAX_MAX; type++) {
                int val = cfg.fc_mx[type - 1];

                if (type == RTAX_ADVMSS && gtU32(val, 65535 - 40)) {
                    val = 65535 - 40;
                }
                if (type == RTAX_MTU && gtU32(val, 65535 - 15)) {
                    val = 65535 - 15;
                }
                fi.fib_metrics[type - 1] = val;
            }
        }

        fib_nh nh = fi.fib_nh[0];

        nh.nh_oif = cfg.fc_oif;
        nh.nh_gw = cfg.fc_gw;
        nh.nh_flags = cfg.fc_flags;

        link_it:
        {
            if (fib_props[cfg.fc_type].error != 0) {
                if (cfg.fc_gw != 0 || cfg.fc_oif != 0) {
                    return failure(fi, -EINVAL);
                }
                break link_it;
            } else {
                switch (cfg.fc_type) {
                    case RTN_UNICAST:
                    case RTN_LOCAL:
                    case RTN_BROADCAST:
                    case RTN_ANYCAST:
                    case RTN_MULTICAST:
                        break;
                    default:
                        return failure(fi, -EINVAL);
                }
            }

            if (cfg.fc_scope > RT_SCOPE_HOST) {
                return failure(fi, -EINVAL);
            }

            if (cfg.fc_scope == RT_SCOPE_HOST) {

                if (nhs != 1 || nh.nh_gw != 0) {
                    return failure(fi, -EINVAL);
                }
                nh.nh_scope = RT_SCOPE_NOWHERE;
                nh.nh_dev = dev_get_by_index(net, fi.fib_nh[0].nh_oif);
                err = -ENODEV;
                if (nh.nh_dev == null) {
                    return failure(fi, err);
                }
            } else {
                err = fib_check_nh(cfg, fi, nh);
                if (err != 0) {
                    return failure(fi, err);
                }
            }

            if (fi.fib_prefsrc != 0) {
                if (cfg.fc_type != RTN_LOCAL || cfg.fc_dst == 0 || fi.fib_prefsrc != cfg.fc_dst) {
                    if (inet_addr_type(net, fi.fib_prefsrc) != RTN_LOCAL) {
                        return failure(fi, -EINVAL);
                    }
                }
            }

            fib_info_update_nh_saddr(net, nh);
        }

        ofi = fib_find_info(fi);
        if (ofi != null) {
            fi.fib_dead = true;
            free_fib_info(fi);
            ofi.fib_treeref++;
            return ofi;
        }

        fi.fib_treeref++;
        fi.fib_clntref++;
        fib_info_hash.add(fi);
        return fi;
    }

    /** {@code failure:} of {@link #fib_create_info}. */
    private static fib_info failure(fib_info fi, int err) {
        if (fi != null) {
            fi.fib_dead = true;
            free_fib_info(fi);
        }

        return fib_info.ERR_PTR(err);
    }

    /**
     * A local address has gone: routes that wanted it as source address are dead.
     *
     * @return how many
     */
    public static int fib_sync_down_addr(net net, int local) {
        int ret = 0;

        if (local == 0) {
            return 0;
        }

        for (fib_info fi : fib_info_hash) {
            if (!net_eq(fi.fib_net, net)) {
                continue;
            }
            if (fi.fib_prefsrc == local) {
                fi.fib_flags |= RTNH_F_DEAD;
                ret++;
            }
        }
        return ret;
    }

    /**
     * A device has gone down: routes by it are dead.
     *
     * @param force 0: not those to its own addresses, which stay ours; 1: those too; 2: it goes for good
     * @return how many
     */
    public static int fib_sync_down_dev(net_device dev, int force) {
        int ret = 0;
        int scope = RT_SCOPE_NOWHERE;

        if (force != 0) {
            scope = -1;
        }

        for (fib_info fi : fib_info_hash) {
            fib_nh nh = fi.fib_nh[0];
            int dead;

            BUG_ON(fi.fib_nhs == 0);
            if (nh.nh_dev != dev) {
                continue;
            }
            dead = 0;
            if ((nh.nh_flags & RTNH_F_DEAD) != 0) {
                dead++;
            } else if (nh.nh_dev == dev && nh.nh_scope != scope) {
                nh.nh_flags |= RTNH_F_DEAD;
                dead++;
            }
            if (dead == fi.fib_nhs) {
                fi.fib_flags |= RTNH_F_DEAD;
                ret++;
            }
        }

        return ret;
    }

    /** There are several default routes: takes the first whose gateway seems to live. */
    public static void fib_select_default(fib_result res) {
        fib_info fi = null;
        Ref<fib_info> last_resort = new Ref<>();
        list_head<fib_alias> fa_head = res.fa_head;
        fib_table tb = res.table;
        int order = -1;
        IntRef last_idx = new IntRef(-1);

        for (list_head<fib_alias> p = fa_head.next; p != fa_head; p = p.next) {
            fib_alias fa = p.owner;
            fib_info next_fi = fa.fa_info;

            if (next_fi.fib_scope != res.scope || fa.fa_type != RTN_UNICAST) {
                continue;
            }

            if (gtU32(next_fi.fib_priority, res.fi.fib_priority)) {
                break;
            }
            if (next_fi.fib_nh[0].nh_gw == 0 || next_fi.fib_nh[0].nh_scope != RT_SCOPE_LINK) {
                continue;
            }

            fa.fa_state |= FA_S_ACCESSED;

            if (fi == null) {
                if (next_fi != res.fi) {
                    break;
                }
            } else if (!fib_detect_death(fi, order, last_resort, last_idx, tb.tb_default)) {
                res.fi = fi;
                tb.tb_default = order;
                return;
            }
            fi = next_fi;
            order++;
        }

        if (order <= 0 || fi == null) {
            tb.tb_default = -1;
            return;
        }

        if (!fib_detect_death(fi, order, last_resort, last_idx, tb.tb_default)) {
            res.fi = fi;
            tb.tb_default = order;
            return;
        }

        if (last_idx.val >= 0) {
            res.fi = last_resort.val;
        }
        tb.tb_default = last_idx.val;
    }
}
