// SPDX-License-Identifier: GPL-2.0-only
package route;

import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.jiffies.Jiffies.time_before;
import static linux.netdevice.Netdev.dev_net;
import static net.dst.Dst.dst_rcu_free;
import static net.dst.dst_entry.DST_NOCACHE;
import static net.dst.dst_entry.DST_OBSOLETE_KILL;
import static net.ip_fib.fnhe_hash_bucket.FNHE_HASH_SIZE;
import static net.ip_fib.fnhe_hash_bucket.FNHE_RECLAIM_DEPTH;
import static net.net_namespace.NetNs.fnhe_genid;
import static net.route.Route.rt_is_input_route;
import static uapi.linux.rtnetlink.Rt.RTCF_REDIRECTED;

import linux.gfp.Gfp;
import linux.jiffies.Jiffies;
import net.ip_fib.fib_nh;
import net.ip_fib.fib_nh_exception;
import net.ip_fib.fnhe_hash_bucket;
import net.route.rtable;

/**
 * What is special about one destination behind a next hop, from {@code net/ipv4/route.c}: a smaller MTU or a better
 * gateway that ICMP has told of. All destinations behind a next hop share its cached entries; one with an exception has
 * entries of its own. Filled by {@link Pmtu} and {@link Redirect}, asked by {@link Input} and {@link Output}.
 */
public final class Exceptions {
    private Exceptions() {}

    static void rt_free(rtable rt) {
        dst_rcu_free(rt);
    }

    static void fnhe_flush_routes(fib_nh_exception fnhe) {
        rtable rt;

        rt = fnhe.fnhe_rth_input;
        if (rt != null) {
            fnhe.fnhe_rth_input = null;
            rt_free(rt);
        }
        rt = fnhe.fnhe_rth_output;
        if (rt != null) {
            fnhe.fnhe_rth_output = null;
            rt_free(rt);
        }
    }

    /** The one of a bucket that was not used for longest, emptied to be used for another destination. */
    static fib_nh_exception fnhe_oldest(fnhe_hash_bucket hash) {
        fib_nh_exception fnhe;
        fib_nh_exception oldest;

        oldest = hash.chain;
        for (fnhe = oldest.fnhe_next; fnhe != null; fnhe = fnhe.fnhe_next) {
            if (time_before(fnhe.fnhe_stamp, oldest.fnhe_stamp)) {
                oldest = fnhe;
            }
        }
        fnhe_flush_routes(oldest);
        return oldest;
    }

    /** The source hashes the address as the four bytes that stand in memory, on a little-endian machine. */
    static int fnhe_hashfun(int daddr) {
        int hval;

        hval = Integer.reverseBytes(daddr);
        hval ^= hval >>> 11 ^ hval >>> 22;

        return hval & FNHE_HASH_SIZE - 1;
    }

    static void fill_route_from_fnhe(rtable rt, fib_nh_exception fnhe) {
        rt.rt_pmtu = fnhe.fnhe_pmtu;
        rt.expires = fnhe.fnhe_expires;

        if (fnhe.fnhe_gw != 0) {
            rt.rt_flags |= RTCF_REDIRECTED;
            rt.rt_gateway = fnhe.fnhe_gw;
            rt.rt_uses_gateway = true;
        }
    }

    /**
     * Notes what ICMP has told about {@code daddr}.
     *
     * @param gw a better gateway; 0: as before
     * @param pmtu 0: as before
     * @param expires when {@code pmtu} ends, in jiffies
     */
    static void update_or_create_fnhe(fib_nh nh, int daddr, int gw, int pmtu, long expires) {
        fnhe_hash_bucket[] table;
        fnhe_hash_bucket hash;
        fib_nh_exception fnhe;
        rtable rt;
        int depth;
        int hval = fnhe_hashfun(daddr);

        table = nh.nh_exceptions;
        if (table == null) {
            if (Gfp.fails(GFP_ATOMIC)) {
                return;
            }
            table = new fnhe_hash_bucket[FNHE_HASH_SIZE];
            nh.nh_exceptions = table;
        }

        hash = table[hval];
        if (hash == null) {
            hash = table[hval] = new fnhe_hash_bucket();
        }

        depth = 0;
        for (fnhe = hash.chain; fnhe != null; fnhe = fnhe.fnhe_next) {
            if (fnhe.fnhe_daddr == daddr) {
                break;
            }
            depth++;
        }

        if (fnhe != null) {
            if (gw != 0) {
                fnhe.fnhe_gw = gw;
            }
            if (pmtu != 0) {
                fnhe.fnhe_pmtu = pmtu;
                fnhe.fnhe_expires = expires != 0 ? expires : 1;
            }
            // Those who hold one of these learn of it at once.
            rt = fnhe.fnhe_rth_input;
            if (rt != null) {
                fill_route_from_fnhe(rt, fnhe);
            }
            rt = fnhe.fnhe_rth_output;
            if (rt != null) {
                fill_route_from_fnhe(rt, fnhe);
            }
        } else {
            if (depth > FNHE_RECLAIM_DEPTH) {
                fnhe = fnhe_oldest(hash);
            } else {
                if (Gfp.fails(GFP_ATOMIC)) {
                    return;
                }
                fnhe = new fib_nh_exception();

                fnhe.fnhe_next = hash.chain;
                hash.chain = fnhe;
            }
            fnhe.fnhe_genid = fnhe_genid(dev_net(nh.nh_dev));
            fnhe.fnhe_daddr = daddr;
            fnhe.fnhe_gw = gw;
            fnhe.fnhe_pmtu = pmtu;
            fnhe.fnhe_expires = expires;

            // Whoever holds the common entry has to look again whether the exception is about him.
            rt = nh.nh_rth_input;
            if (rt != null) {
                rt.obsolete = DST_OBSOLETE_KILL;
            }

            rt = nh.nh_pcpu_rth_output;
            if (rt != null) {
                rt.obsolete = DST_OBSOLETE_KILL;
            }
        }

        fnhe.fnhe_stamp = Jiffies.jiffies;
    }

    /** @return null: nothing special about {@code daddr} */
    static fib_nh_exception find_exception(fib_nh nh, int daddr) {
        fnhe_hash_bucket[] hash = nh.nh_exceptions;
        fib_nh_exception fnhe;
        int hval;

        if (hash == null) {
            return null;
        }

        hval = fnhe_hashfun(daddr);

        for (fnhe = hash[hval] == null ? null : hash[hval].chain; fnhe != null; fnhe = fnhe.fnhe_next) {
            if (fnhe.fnhe_daddr == daddr) {
                return fnhe;
            }
        }
        return null;
    }

    /** Makes {@code rt} the entry for {@code daddr}. @return false: it is not cached */
    static boolean rt_bind_exception(rtable rt, fib_nh_exception fnhe, int daddr) {
        boolean ret = false;

        if (daddr == fnhe.fnhe_daddr) {
            boolean input = rt_is_input_route(rt);
            rtable orig;
            int genid = fnhe_genid(dev_net(rt.dev));

            orig = input ? fnhe.fnhe_rth_input : fnhe.fnhe_rth_output;

            if (fnhe.fnhe_genid != genid) {
                fnhe.fnhe_genid = genid;
                fnhe.fnhe_gw = 0;
                fnhe.fnhe_pmtu = 0;
                fnhe.fnhe_expires = 0;
                fnhe_flush_routes(fnhe);
                orig = null;
            }
            fill_route_from_fnhe(rt, fnhe);
            if (rt.rt_gateway == 0) {
                rt.rt_gateway = daddr;
            }

            if ((rt.flags & DST_NOCACHE) == 0) {
                if (input) {
                    fnhe.fnhe_rth_input = rt;
                } else {
                    fnhe.fnhe_rth_output = rt;
                }
                if (orig != null) {
                    rt_free(orig);
                }
                ret = true;
            }

            fnhe.fnhe_stamp = Jiffies.jiffies;
        }

        return ret;
    }
}
