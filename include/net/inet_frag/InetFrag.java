// SPDX-License-Identifier: GPL-2.0-only
package net.inet_frag;

import static linux.bug.Bug.WARN_ON;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.list.Lists.INIT_LIST_HEAD;
import static linux.list.Lists.hlist_add_head;
import static linux.list.Lists.hlist_del;
import static linux.list.Lists.list_add_tail;
import static linux.list.Lists.list_del_init;
import static linux.list.Lists.list_empty;
import static linux.list.Lists.list_first_entry;
import static linux.list.Lists.list_move_tail;
import static linux.percpu_counter.percpu_counter.percpu_counter_add;
import static linux.percpu_counter.percpu_counter.percpu_counter_read;
import static linux.percpu_counter.percpu_counter.percpu_counter_sum_positive;
import static linux.printk.Printk.net_warn_ratelimited;
import static linux.skbuff.Free.kfree_skb;
import static linux.timer.Timers.del_timer;
import static linux.timer.Timers.mod_timer;
import static linux.timer.Timers.setup_timer;
import static net.inet_ecn.Ecn.INET_ECN_CE;
import static net.inet_frag.inet_frag_queue.INET_FRAG_COMPLETE;
import static net.inet_frag.inet_frags.INETFRAGS_HASHSZ;
import static net.inet_frag.inet_frags.INETFRAGS_MAXDEPTH;

import linux.compiler.IntRef;
import linux.gfp.Gfp;
import linux.jiffies.Jiffies;
import linux.list.hlist_head;
import linux.list.hlist_node;
import linux.percpu_counter.percpu_counter;
import linux.skbuff.sk_buff;

/**
 * Incomplete datagrams: how they are found, limited and given up, {@code net/ipv4/inet_fragment.c}. What is IPv4 about
 * it stands in {@code ip_fragment}. The source also changes the secret of its hash every ten minutes; here it stays.
 */
public final class InetFrag {
    private InetFrag() {}

    private static final int IPFRAG_ECN_NOT_ECT = 0x01;
    private static final int IPFRAG_ECN_ECT_1 = 0x02;
    private static final int IPFRAG_ECN_ECT_0 = 0x04;
    private static final int IPFRAG_ECN_CE = 0x08;

    /**
     * What becomes of the ECN bits (RFC 3168, section 5.3), by which of the four were seen: 0xff: the datagram is dropped;
     * else the bits that are set in it.
     */
    public static final int[] ip_frag_ecn_table = new int[16];

    static {
        ip_frag_ecn_table[IPFRAG_ECN_CE | IPFRAG_ECN_ECT_0] = INET_ECN_CE;
        ip_frag_ecn_table[IPFRAG_ECN_CE | IPFRAG_ECN_ECT_1] = INET_ECN_CE;
        ip_frag_ecn_table[IPFRAG_ECN_CE | IPFRAG_ECN_ECT_0 | IPFRAG_ECN_ECT_1] = INET_ECN_CE;

        ip_frag_ecn_table[IPFRAG_ECN_NOT_ECT | IPFRAG_ECN_CE] = 0xff;
        ip_frag_ecn_table[IPFRAG_ECN_NOT_ECT | IPFRAG_ECN_ECT_0] = 0xff;
        ip_frag_ecn_table[IPFRAG_ECN_NOT_ECT | IPFRAG_ECN_ECT_1] = 0xff;
        ip_frag_ecn_table[IPFRAG_ECN_NOT_ECT | IPFRAG_ECN_ECT_0 | IPFRAG_ECN_ECT_1] = 0xff;
        ip_frag_ecn_table[IPFRAG_ECN_NOT_ECT | IPFRAG_ECN_CE | IPFRAG_ECN_ECT_0] = 0xff;
        ip_frag_ecn_table[IPFRAG_ECN_NOT_ECT | IPFRAG_ECN_CE | IPFRAG_ECN_ECT_1] = 0xff;
        ip_frag_ecn_table[IPFRAG_ECN_NOT_ECT | IPFRAG_ECN_CE | IPFRAG_ECN_ECT_0 | IPFRAG_ECN_ECT_1] = 0xff;
    }

    // ---- include/net/inet_frag.h ----

    /** One user less; the last one takes it down. */
    public static void inet_frag_put(inet_frag_queue q, inet_frags f) {
        if (--q.refcnt == 0) {
            inet_frag_destroy(q, f, null);
        }
    }

    public static int frag_mem_limit(netns_frags nf) {
        return (int) percpu_counter_read(nf.mem);
    }

    public static void sub_frag_mem_limit(inet_frag_queue q, int i) {
        percpu_counter_add(q.net.mem, -i);
    }

    public static void add_frag_mem_limit(inet_frag_queue q, int i) {
        percpu_counter_add(q.net.mem, i);
    }

    static void init_frag_mem_limit(netns_frags nf) {
        nf.mem = new percpu_counter();
    }

    public static int sum_frag_mem_limit(netns_frags nf) {
        return (int) percpu_counter_sum_positive(nf.mem);
    }

    /** It has got a fragment: it is the last to be given up. */
    public static void inet_frag_lru_move(inet_frag_queue q) {
        if (!list_empty(q.lru_list)) {
            list_move_tail(q.lru_list, q.net.lru_list);
        }
    }

    static void inet_frag_lru_del(inet_frag_queue q) {
        list_del_init(q.lru_list);
        q.net.nqueues--;
    }

    static void inet_frag_lru_add(netns_frags nf, inet_frag_queue q) {
        list_add_tail(q.lru_list, nf.lru_list);
        q.net.nqueues++;
    }

    // ---- net/ipv4/inet_fragment.c ----

    @SuppressWarnings({"unchecked", "rawtypes"})
    public static void inet_frags_init(inet_frags f) {
        f.hash = new hlist_head[INETFRAGS_HASHSZ];
        for (int i = 0; i < INETFRAGS_HASHSZ; i++) {
            f.hash[i] = new hlist_head<>();
        }
    }

    public static void inet_frags_init_net(netns_frags nf) {
        nf.nqueues = 0;
        init_frag_mem_limit(nf);
        INIT_LIST_HEAD(nf.lru_list);
    }

    /** Gives up all. */
    public static void inet_frags_exit_net(netns_frags nf, inet_frags f) {
        nf.low_thresh = 0;

        local_bh_disable();
        inet_frag_evictor(nf, f, true);
        local_bh_enable();
    }

    static void fq_unlink(inet_frag_queue fq, inet_frags f) {
        hlist_del(fq.list);
        inet_frag_lru_del(fq);
    }

    /** Nothing more is added to it; its users may still look at it. */
    public static void inet_frag_kill(inet_frag_queue fq, inet_frags f) {
        if (del_timer(fq.timer) != 0) {
            fq.refcnt--;
        }

        if ((fq.last_in & INET_FRAG_COMPLETE) == 0) {
            fq_unlink(fq, f);
            fq.refcnt--;
            fq.last_in |= INET_FRAG_COMPLETE;
        }
    }

    /** @param work bytes that have to be found: fewer afterwards; may be null */
    static void inet_frag_destroy(inet_frag_queue q, inet_frags f, IntRef work) {
        sk_buff fp;
        int sum;
        int sum_truesize = 0;

        WARN_ON((q.last_in & INET_FRAG_COMPLETE) == 0);
        WARN_ON(del_timer(q.timer) != 0);

        fp = q.fragments;
        while (fp != null) {
            sk_buff xp = fp.next;

            sum_truesize += fp.truesize;
            kfree_skb(fp);
            fp = xp;
        }
        sum = sum_truesize + f.qsize;
        if (work != null) {
            work.val -= sum;
        }
        sub_frag_mem_limit(q, sum);

        if (f.destructor != null) {
            f.destructor.call(q);
        }
    }

    /**
     * Gives up datagrams if they cost too much, or ({@code force}) all of them.
     *
     * @return how many
     */
    public static int inet_frag_evictor(netns_frags nf, inet_frags f, boolean force) {
        inet_frag_queue q;
        IntRef work = new IntRef();
        int evicted = 0;

        if (!force) {
            if (frag_mem_limit(nf) <= nf.high_thresh) {
                return 0;
            }
        }

        work.val = frag_mem_limit(nf) - nf.low_thresh;
        while (work.val > 0 || force) {
            if (list_empty(nf.lru_list)) {
                break;
            }

            q = list_first_entry(nf.lru_list);
            q.refcnt++;
            list_del_init(q.lru_list);

            if ((q.last_in & INET_FRAG_COMPLETE) == 0) {
                inet_frag_kill(q, f);
            }

            if (--q.refcnt == 0) {
                inet_frag_destroy(q, f, work);
            }
            evicted++;
        }

        return evicted;
    }

    static inet_frag_queue inet_frag_intern(netns_frags nf, inet_frag_queue qp_in, inet_frags f, Object arg) {
        inet_frag_queue qp;
        int hash;

        hash = f.hashfn.call(qp_in);

        qp = qp_in;
        if (mod_timer(qp.timer, Jiffies.jiffies + nf.timeout) == 0) {
            qp.refcnt++;
        }

        qp.refcnt++;
        hlist_add_head(qp.list, f.hash[hash]);
        inet_frag_lru_add(nf, qp);

        return qp;
    }

    static inet_frag_queue inet_frag_alloc(netns_frags nf, inet_frags f, Object arg) {
        inet_frag_queue q;

        if (Gfp.fails(GFP_ATOMIC)) {
            return null;
        }
        q = f.alloc.call();

        q.net = nf;
        f.constructor.call(q, arg);
        add_frag_mem_limit(q, f.qsize);

        setup_timer(q.timer, f.frag_expire, q);
        q.refcnt = 1;
        INIT_LIST_HEAD(q.lru_list);

        return q;
    }

    static inet_frag_queue inet_frag_create(netns_frags nf, inet_frags f, Object arg) {
        inet_frag_queue q;

        q = inet_frag_alloc(nf, f, arg);
        if (q == null) {
            return null;
        }

        return inet_frag_intern(nf, q, f, arg);
    }

    /**
     * The datagram that a fragment belongs to, made if there is none, with a reference.
     *
     * @return null: no memory, or the chain is too long already
     */
    public static inet_frag_queue inet_frag_find(netns_frags nf, inet_frags f, Object key, int hash) {
        int depth = 0;

        for (hlist_node<inet_frag_queue> p = f.hash[hash].first(); p != null; p = p.next) {
            inet_frag_queue q = p.owner;

            if (q.net == nf && f.match.call(q, key)) {
                q.refcnt++;
                return q;
            }
            depth++;
        }

        if (depth <= INETFRAGS_MAXDEPTH) {
            return inet_frag_create(nf, f, key);
        } else {
            net_warn_ratelimited("inet_frag_find: Fragment hash bucket list length grew over limit %d. Dropping"
                    + " fragment.\n", INETFRAGS_MAXDEPTH);
            return null;
        }
    }
}
