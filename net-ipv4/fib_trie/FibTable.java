// SPDX-License-Identifier: GPL-2.0-only
package fib_trie;

import static fib_rules.FibRules.__fib_lookup;
import static fib_semantics.FibInfo.errorOf;
import static fib_semantics.FibInfo.fib_create_info;
import static fib_semantics.FibInfo.fib_find_alias;
import static fib_semantics.FibInfo.fib_nh_match;
import static fib_semantics.FibInfo.fib_release_info;
import static linux.err.Err.IS_ERR;
import static linux.err.Err.PTR_ERR;
import static linux.errno.Errno.EEXIST;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENETUNREACH;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.ENOENT;
import static linux.errno.Errno.ESRCH;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.inetdevice.InDev.inet_make_mask;
import static linux.list.Lists.list_add_tail;
import static linux.list.Lists.list_del;
import static linux.list.Lists.list_empty;
import static net.ip_fib.Fib.FIB_LOOKUP_NOREF;
import static net.ip_fib.fib_alias.FA_S_ACCESSED;
import static net.ip_fib.fib_config.NLM_F_APPEND;
import static net.ip_fib.fib_config.NLM_F_CREATE;
import static net.ip_fib.fib_config.NLM_F_EXCL;
import static net.ip_fib.fib_config.NLM_F_REPLACE;
import static route.Check.rt_cache_flush;
import static uapi.linux.rtnetlink.Rt.RTNH_F_DEAD;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_NOWHERE;

import linux.compiler.KernelBug;
import linux.gfp.Gfp;
import linux.list.list_head;
import net.flow.flowi4;
import net.ip_fib.fib_alias;
import net.ip_fib.fib_config;
import net.ip_fib.fib_info;
import net.ip_fib.fib_nh;
import net.ip_fib.fib_result;
import net.ip_fib.fib_table;
import net.ip_fib.leaf_info;
import net.net_namespace.net;

/**
 * The routing tables: which prefixes there are, and which route to a prefix is taken. Entered by {@code fib_frontend},
 * asked by {@code route} through {@link #fib_lookup}.
 *
 * <p>This stands for {@code net/ipv4/fib_trie.c}. Its trie that compresses levels and paths is a plain list here, sorted
 * so that the first prefix that fits is the longest one; what is kept for each prefix, and the rules by which a route
 * is added, replaced, found and deleted, are the source's.
 */
public final class FibTable {
    private FibTable() {}

    public static fib_table fib_trie_table(int id) {
        return new fib_table(id);
    }

    static leaf_info find_leaf_info(fib_table tb, int key, int plen) {
        for (leaf_info li : tb.leaves) {
            if (li.plen == plen && li.key == key) {
                return li;
            }
        }
        return null;
    }

    /** Makes room for routes to a prefix that is not there yet. */
    static list_head<fib_alias> fib_insert_node(fib_table tb, int key, int plen) {
        leaf_info li = new leaf_info(key, plen, inet_make_mask(plen));
        int i = 0;

        while (i < tb.leaves.size() && tb.leaves.get(i).plen >= plen) {
            i++;
        }
        tb.leaves.add(i, li);
        return li.falh;
    }

    /**
     * Enters a route.
     *
     * @return 0; {@code -EEXIST}: there is one like it; {@code -ENOENT}: nothing to replace; {@code -EINVAL}, {@code
     *     -ENETUNREACH}, {@code -ENODEV}, {@code -ENETDOWN}: it makes no sense, or its gateway cannot be reached
     */
    public static int fib_table_insert(fib_table tb, fib_config cfg) {
        fib_alias fa;
        fib_alias new_fa;
        list_head<fib_alias> fa_head = null;
        list_head<fib_alias> before;
        fib_info fi;
        int plen = cfg.fc_dst_len;
        int tos = cfg.fc_tos;
        int key;
        int mask;
        int err;
        leaf_info l;

        if (plen > 32) {
            return -EINVAL;
        }

        key = cfg.fc_dst;

        mask = inet_make_mask(plen);

        if ((key & ~mask) != 0) {
            return -EINVAL;
        }

        key = key & mask;

        fi = fib_create_info(cfg);
        if (IS_ERR(fi)) {
            return PTR_ERR(fi);
        }

        l = find_leaf_info(tb, key, plen);
        fa = null;

        if (l != null) {
            fa_head = l.falh;
            fa = fib_find_alias(fa_head, tos, fi.fib_priority);
        }

        // The new route goes in front of fa, or to the end if there is none.
        before = fa != null ? fa.fa_list : fa_head;

        if (fa != null && fa.fa_tos == tos && fa.fa_info.fib_priority == fi.fib_priority) {
            fib_alias fa_first;
            fib_alias fa_match;

            err = -EEXIST;
            if ((cfg.fc_nlflags & NLM_F_EXCL) != 0) {
                return drop(fi, err);
            }

            fa_match = null;
            fa_first = fa;
            for (before = fa.fa_list; before != fa_head; before = before.next) {
                fa = before.owner;
                if (fa.fa_tos != tos) {
                    break;
                }
                if (fa.fa_info.fib_priority != fi.fib_priority) {
                    break;
                }
                if (fa.fa_type == cfg.fc_type && fa.fa_info == fi) {
                    fa_match = fa;
                    break;
                }
            }

            if ((cfg.fc_nlflags & NLM_F_REPLACE) != 0) {
                fib_info fi_drop;
                int state;

                fa = fa_first;
                if (fa_match != null) {
                    if (fa == fa_match) {
                        err = 0;
                    }
                    return drop(fi, err);
                }
                err = -ENOBUFS;
                if (Gfp.fails(GFP_KERNEL)) {
                    return drop(fi, err);
                }
                new_fa = new fib_alias();

                fi_drop = fa.fa_info;
                new_fa.fa_tos = fa.fa_tos;
                new_fa.fa_info = fi;
                new_fa.fa_type = cfg.fc_type;
                state = fa.fa_state;
                new_fa.fa_state = state & ~FA_S_ACCESSED;

                list_add_tail(new_fa.fa_list, fa.fa_list);
                list_del(fa.fa_list);

                fib_release_info(fi_drop);
                if ((state & FA_S_ACCESSED) != 0) {
                    rt_cache_flush(cfg.nl_net);
                }

                return 0;
            }
            if (fa_match != null) {
                return drop(fi, err);
            }

            if ((cfg.fc_nlflags & NLM_F_APPEND) == 0) {
                before = fa_first.fa_list;
            }
        }
        err = -ENOENT;
        if ((cfg.fc_nlflags & NLM_F_CREATE) == 0) {
            return drop(fi, err);
        }

        err = -ENOBUFS;
        if (Gfp.fails(GFP_KERNEL)) {
            return drop(fi, err);
        }
        new_fa = new fib_alias();

        new_fa.fa_info = fi;
        new_fa.fa_tos = tos;
        new_fa.fa_type = cfg.fc_type;
        new_fa.fa_state = 0;

        if (fa_head == null) {
            fa_head = fib_insert_node(tb, key, plen);
            before = fa_head;
        }

        if (plen == 0) {
            tb.tb_num_default++;
        }

        list_add_tail(new_fa.fa_list, before);

        rt_cache_flush(cfg.nl_net);
        return 0;
    }

    /** {@code out:} of {@link #fib_table_insert}. */
    private static int drop(fib_info fi, int err) {
        fib_release_info(fi);
        return err;
    }

    /**
     * Takes the first route to a prefix that may be used for {@code flp}.
     *
     * @return 0 with {@code res} filled in; 1: none; negative: there is one, and it says no
     */
    static int check_leaf(fib_table tb, leaf_info li, flowi4 flp, fib_result res, int fib_flags) {
        for (list_head<fib_alias> p = li.falh.next; p != li.falh; p = p.next) {
            fib_alias fa = p.owner;
            fib_info fi = fa.fa_info;
            int err;

            if (fa.fa_tos != 0 && fa.fa_tos != flp.flowic_tos) {
                continue;
            }
            if (fi.fib_dead) {
                continue;
            }
            if (fa.fa_info.fib_scope < flp.flowic_scope) {
                continue;
            }
            fa.fa_state |= FA_S_ACCESSED;
            err = errorOf(fa.fa_type);
            if (err != 0) {
                return err;
            }
            if ((fi.fib_flags & RTNH_F_DEAD) != 0) {
                continue;
            }
            for (int nhsel = 0; nhsel < fi.fib_nhs; nhsel++) {
                fib_nh nh = fi.fib_nh[nhsel];

                if ((nh.nh_flags & RTNH_F_DEAD) != 0) {
                    continue;
                }
                if (flp.flowic_oif != 0 && flp.flowic_oif != nh.nh_oif) {
                    continue;
                }

                res.prefixlen = li.plen;
                res.nh_sel = nhsel;
                res.type = fa.fa_type;
                res.scope = fa.fa_info.fib_scope;
                res.fi = fi;
                res.table = tb;
                res.fa_head = li.falh;
                if ((fib_flags & FIB_LOOKUP_NOREF) == 0) {
                    fi.fib_clntref++;
                }
                return 0;
            }
        }

        return 1;
    }

    /** The longest prefix that has a route for {@code flp}. Returns what {@link #check_leaf} returns. */
    public static int fib_table_lookup(fib_table tb, flowi4 flp, fib_result res, int fib_flags) {
        int key = flp.daddr;
        int ret;

        for (int i = 0; i < tb.leaves.size(); i++) {
            leaf_info li = tb.leaves.get(i);

            if (li.key != (key & li.mask_plen)) {
                continue;
            }
            ret = check_leaf(tb, li, flp, res, fib_flags);
            if (ret <= 0) {
                return ret;
            }
        }
        return 1;
    }

    /**
     * Deletes the first route that fits all that {@code cfg} says.
     *
     * @return 0, or {@code -ESRCH}: there is none
     */
    public static int fib_table_delete(fib_table tb, fib_config cfg) {
        int key;
        int mask;
        int plen = cfg.fc_dst_len;
        int tos = cfg.fc_tos;
        fib_alias fa;
        fib_alias fa_to_delete;
        list_head<fib_alias> fa_head;
        leaf_info li;

        if (plen > 32) {
            return -EINVAL;
        }

        key = cfg.fc_dst;
        mask = inet_make_mask(plen);

        if ((key & ~mask) != 0) {
            return -EINVAL;
        }

        key = key & mask;

        li = find_leaf_info(tb, key, plen);

        if (li == null) {
            return -ESRCH;
        }

        fa_head = li.falh;
        fa = fib_find_alias(fa_head, tos, 0);

        if (fa == null) {
            return -ESRCH;
        }

        fa_to_delete = null;
        for (list_head<fib_alias> p = fa.fa_list; p != fa_head; p = p.next) {
            fa = p.owner;
            fib_info fi = fa.fa_info;

            if (fa.fa_tos != tos) {
                break;
            }

            if ((cfg.fc_type == 0 || fa.fa_type == cfg.fc_type)
                    && (cfg.fc_scope == RT_SCOPE_NOWHERE || fa.fa_info.fib_scope == cfg.fc_scope)
                    && (cfg.fc_prefsrc == 0 || fi.fib_prefsrc == cfg.fc_prefsrc)
                    && (cfg.fc_protocol == 0 || fi.fib_protocol == cfg.fc_protocol)
                    && fib_nh_match(cfg, fi) == 0) {
                fa_to_delete = fa;
                break;
            }
        }

        if (fa_to_delete == null) {
            return -ESRCH;
        }

        fa = fa_to_delete;

        list_del(fa.fa_list);

        if (plen == 0) {
            tb.tb_num_default--;
        }

        if (list_empty(fa_head)) {
            tb.leaves.remove(li);
        }

        if ((fa.fa_state & FA_S_ACCESSED) != 0) {
            rt_cache_flush(cfg.nl_net);
        }

        fib_release_info(fa.fa_info);
        return 0;
    }

    static int trie_flush_list(list_head<fib_alias> head) {
        int found = 0;

        for (list_head<fib_alias> p = head.next, n; p != head; p = n) {
            fib_alias fa = p.owner;
            fib_info fi = fa.fa_info;

            n = p.next;
            if (fi != null && (fi.fib_flags & RTNH_F_DEAD) != 0) {
                list_del(fa.fa_list);
                fib_release_info(fa.fa_info);
                found++;
            }
        }
        return found;
    }

    /**
     * Deletes the routes that are dead.
     *
     * @return how many
     */
    public static int fib_table_flush(fib_table tb) {
        int found = 0;

        for (leaf_info li : tb.leaves) {
            found += trie_flush_list(li.falh);
        }
        tb.leaves.removeIf(li -> list_empty(li.falh));
        return found;
    }

    /**
     * The route for {@code flp}, by the rules of the namespace.
     *
     * @return 0 with {@code res} filled in; {@code -ENETUNREACH}: none; another negative errno: the route says no
     */
    @KernelBug("without rules of its own, a route that says no in the local or main table does not end the search")
    public static int fib_lookup(net net, flowi4 flp, fib_result res) {
        if (!net.ipv4.fib_has_custom_rules) {
            if (net.ipv4.fib_local != null
                    && fib_table_lookup(net.ipv4.fib_local, flp, res, FIB_LOOKUP_NOREF) == 0) {
                return 0;
            }
            if (net.ipv4.fib_main != null && fib_table_lookup(net.ipv4.fib_main, flp, res, FIB_LOOKUP_NOREF) == 0) {
                return 0;
            }
            if (net.ipv4.fib_default != null
                    && fib_table_lookup(net.ipv4.fib_default, flp, res, FIB_LOOKUP_NOREF) == 0) {
                return 0;
            }
            return -ENETUNREACH;
        }
        return __fib_lookup(net, flp, res);
    }
}
