// SPDX-License-Identifier: GPL-2.0-only
package fib_frontend;

import static devinet.IfAddrs.inet_ifa_byprefix;
import static fib_frontend.Source.inet_addr_type;
import static fib_frontend.Tables.fib_flush;
import static fib_frontend.Tables.fib_new_table;
import static fib_semantics.FibInfo.fib_sync_down_addr;
import static fib_trie.FibTable.fib_table_delete;
import static fib_trie.FibTable.fib_table_insert;
import static linux.in.Addresses.ipv4_is_zeronet;
import static linux.inetdevice.InDev.inet_ifa_match;
import static linux.inetdevice.in_ifaddr.IFA_F_SECONDARY;
import static linux.netdevice.Netdev.dev_net;
import static linux.printk.Printk.pr_warn;
import static net.ip_fib.fib_config.NLM_F_APPEND;
import static net.ip_fib.fib_config.NLM_F_CREATE;
import static uapi.linux.if_.Iff.IFF_LOOPBACK;
import static uapi.linux.if_.Iff.IFF_UP;
import static uapi.linux.rtnetlink.Rt.RTM_DELROUTE;
import static uapi.linux.rtnetlink.Rt.RTM_NEWROUTE;
import static uapi.linux.rtnetlink.Rt.RTN_BROADCAST;
import static uapi.linux.rtnetlink.Rt.RTN_LOCAL;
import static uapi.linux.rtnetlink.Rt.RTN_UNICAST;
import static uapi.linux.rtnetlink.Rt.RTPROT_KERNEL;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_HOST;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_LINK;
import static uapi.linux.rtnetlink.Rt.RT_TABLE_LOCAL;
import static uapi.linux.rtnetlink.Rt.RT_TABLE_MAIN;

import linux.inetdevice.in_device;
import linux.inetdevice.in_ifaddr;
import linux.netdevice.net_device;
import net.ip_fib.fib_config;
import net.ip_fib.fib_table;
import net.net_namespace.net;

/**
 * The routes that follow from an address, from {@code net/ipv4/fib_frontend.c}. 10.0.0.1/24 on a device makes
 *
 * <pre>
 * local     10.0.0.1          scope host      table local
 * unicast   10.0.0.0/24       scope link      table main      src 10.0.0.1
 * broadcast 10.0.0.0          scope link      table local
 * broadcast 10.0.0.255        scope link      table local
 * </pre>
 *
 * A second address in the same subnet (secondary) only adds the first line. Deleting is harder than adding: what another
 * address needs must stay.
 */
public final class IfAddr {
    private IfAddr() {}

    private static final int LOCAL_OK = 1;
    private static final int BRD_OK = 2;
    private static final int BRD0_OK = 4;
    private static final int BRD1_OK = 8;

    /** Enters or deletes one of these routes. {@code cmd} is {@code RTM_NEWROUTE} or {@code RTM_DELROUTE}. */
    static void fib_magic(int cmd, int type, int dst, int dst_len, in_ifaddr ifa) {
        net net = dev_net(ifa.ifa_dev.dev);
        fib_table tb;
        fib_config cfg = new fib_config();

        cfg.fc_protocol = RTPROT_KERNEL;
        cfg.fc_type = type;
        cfg.fc_dst = dst;
        cfg.fc_dst_len = dst_len;
        cfg.fc_prefsrc = ifa.ifa_local;
        cfg.fc_oif = ifa.ifa_dev.dev.ifindex;
        cfg.fc_nlflags = NLM_F_CREATE | NLM_F_APPEND;
        cfg.nl_net = net;

        if (type == RTN_UNICAST) {
            tb = fib_new_table(net, RT_TABLE_MAIN);
        } else {
            tb = fib_new_table(net, RT_TABLE_LOCAL);
        }

        if (tb == null) {
            return;
        }

        cfg.fc_table = tb.tb_id;

        if (type != RTN_LOCAL) {
            cfg.fc_scope = RT_SCOPE_LINK;
        } else {
            cfg.fc_scope = RT_SCOPE_HOST;
        }

        if (cmd == RTM_NEWROUTE) {
            fib_table_insert(tb, cfg);
        } else {
            fib_table_delete(tb, cfg);
        }
    }

    /** An address has come, or its device is up again: only while it is up, there is a way to the subnet. */
    public static void fib_add_ifaddr(in_ifaddr ifa) {
        in_device in_dev = ifa.ifa_dev;
        net_device dev = in_dev.dev;
        in_ifaddr prim = ifa;
        int mask = ifa.ifa_mask;
        int addr = ifa.ifa_local;
        int prefix = ifa.ifa_address & mask;

        if ((ifa.ifa_flags & IFA_F_SECONDARY) != 0) {
            prim = inet_ifa_byprefix(in_dev, prefix, mask);
            if (prim == null) {
                pr_warn("fib_add_ifaddr: bug: prim == NULL\n");
                return;
            }
        }

        fib_magic(RTM_NEWROUTE, RTN_LOCAL, addr, 32, prim);

        if ((dev.flags & IFF_UP) == 0) {
            return;
        }

        if (ifa.ifa_broadcast != 0 && ifa.ifa_broadcast != 0xFFFFFFFF) {
            fib_magic(RTM_NEWROUTE, RTN_BROADCAST, ifa.ifa_broadcast, 32, prim);
        }

        if (!ipv4_is_zeronet(prefix)
                && (ifa.ifa_flags & IFA_F_SECONDARY) == 0
                && (prefix != addr || ifa.ifa_prefixlen < 32)) {
            fib_magic(RTM_NEWROUTE, (dev.flags & IFF_LOOPBACK) != 0 ? RTN_LOCAL : RTN_UNICAST, prefix,
                    ifa.ifa_prefixlen, prim);

            if (ifa.ifa_prefixlen < 31) {
                fib_magic(RTM_NEWROUTE, RTN_BROADCAST, prefix, 32, prim);
                fib_magic(RTM_NEWROUTE, RTN_BROADCAST, prefix | ~mask, 32, prim);
            }
        }
    }

    /**
     * An address goes.
     *
     * @param iprim not null: a primary address goes and {@code ifa} is about to take its place, so what the whole subnet
     *     of {@code iprim} has entered goes too, although those addresses stay on the device
     */
    public static void fib_del_ifaddr(in_ifaddr ifa, in_ifaddr iprim) {
        in_device in_dev = ifa.ifa_dev;
        net_device dev = in_dev.dev;
        in_ifaddr ifa1;
        in_ifaddr prim = ifa;
        in_ifaddr prim1 = null;
        int brd = ifa.ifa_address | ~ifa.ifa_mask;
        int any = ifa.ifa_address & ifa.ifa_mask;
        int ok = 0;
        boolean subnet = false;
        boolean gone = true;
        boolean same_prefsrc = false;

        if ((ifa.ifa_flags & IFA_F_SECONDARY) != 0) {
            prim = inet_ifa_byprefix(in_dev, any, ifa.ifa_mask);
            if (prim == null) {
                pr_warn("fib_del_ifaddr: bug: prim == NULL\n");
                return;
            }
            if (iprim != null && iprim != prim) {
                pr_warn("fib_del_ifaddr: bug: iprim != prim\n");
                return;
            }
        } else if (!ipv4_is_zeronet(any) && (any != ifa.ifa_local || ifa.ifa_prefixlen < 32)) {
            fib_magic(RTM_DELROUTE, (dev.flags & IFF_LOOPBACK) != 0 ? RTN_LOCAL : RTN_UNICAST, any, ifa.ifa_prefixlen,
                    prim);
            subnet = true;
        }

        for (ifa1 = in_dev.ifa_list; ifa1 != null; ifa1 = ifa1.ifa_next) {
            if (ifa1 == ifa) {
                gone = false;
                continue;
            }
            if (iprim != null && ifa1.ifa_mask == iprim.ifa_mask && inet_ifa_match(ifa1.ifa_address, iprim)) {
                continue;
            }

            // A route is known by its source address too: only those with the same one matter.
            if ((ifa1.ifa_flags & IFA_F_SECONDARY) != 0) {
                if (ifa1.ifa_mask == prim.ifa_mask && inet_ifa_match(ifa1.ifa_address, prim)) {
                    prim1 = prim;
                } else {
                    if (!same_prefsrc) {
                        continue;
                    }
                    if (prim1 == null
                            || ifa1.ifa_mask != prim1.ifa_mask
                            || !inet_ifa_match(ifa1.ifa_address, prim1)) {
                        prim1 = inet_ifa_byprefix(in_dev, ifa1.ifa_address, ifa1.ifa_mask);
                    }
                    if (prim1 == null) {
                        continue;
                    }
                    if (prim1.ifa_local != prim.ifa_local) {
                        continue;
                    }
                }
            } else {
                if (prim.ifa_local != ifa1.ifa_local) {
                    continue;
                }
                prim1 = ifa1;
                if (prim != prim1) {
                    same_prefsrc = true;
                }
            }
            if (ifa.ifa_local == ifa1.ifa_local) {
                ok |= LOCAL_OK;
            }
            if (ifa.ifa_broadcast == ifa1.ifa_broadcast) {
                ok |= BRD_OK;
            }
            if (brd == ifa1.ifa_broadcast) {
                ok |= BRD1_OK;
            }
            if (any == ifa1.ifa_broadcast) {
                ok |= BRD0_OK;
            }
            if (prim1 == ifa1 && ifa1.ifa_prefixlen < 31) {
                int brd1 = ifa1.ifa_address | ~ifa1.ifa_mask;
                int any1 = ifa1.ifa_address & ifa1.ifa_mask;

                if (!ipv4_is_zeronet(any1)) {
                    if (ifa.ifa_broadcast == brd1 || ifa.ifa_broadcast == any1) {
                        ok |= BRD_OK;
                    }
                    if (brd == brd1 || brd == any1) {
                        ok |= BRD1_OK;
                    }
                    if (any == brd1 || any == any1) {
                        ok |= BRD0_OK;
                    }
                }
            }
        }

        if ((ok & BRD_OK) == 0) {
            fib_magic(RTM_DELROUTE, RTN_BROADCAST, ifa.ifa_broadcast, 32, prim);
        }
        if (subnet && ifa.ifa_prefixlen < 31) {
            if ((ok & BRD1_OK) == 0) {
                fib_magic(RTM_DELROUTE, RTN_BROADCAST, brd, 32, prim);
            }
            if ((ok & BRD0_OK) == 0) {
                fib_magic(RTM_DELROUTE, RTN_BROADCAST, any, 32, prim);
            }
        }
        if ((ok & LOCAL_OK) == 0) {
            fib_magic(RTM_DELROUTE, RTN_LOCAL, ifa.ifa_local, 32, prim);

            // No device has the address any more: routes that prefer it as source address go too.
            if (gone && inet_addr_type(dev_net(dev), ifa.ifa_local) != RTN_LOCAL) {
                if (fib_sync_down_addr(dev_net(dev), ifa.ifa_local) != 0) {
                    fib_flush(dev_net(dev));
                }
            }
        }
    }
}
