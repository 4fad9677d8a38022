// SPDX-License-Identifier: GPL-2.0-only
package ip_fragment;

import static icmp.Icmp.icmp_send;
import static linux.bug.Bug.WARN_ON;
import static linux.errno.Errno.E2BIG;
import static linux.errno.Errno.EINPROGRESS;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOENT;
import static linux.errno.Errno.ENOMEM;
import static linux.errno.Errno.ETIMEDOUT;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.ip.IpHdr.ip_hdr;
import static linux.jhash.Jhash.jhash_3words;
import static linux.kernel.Kernel.gtU32;
import static linux.net.Once.net_get_random_once;
import static linux.netdevice.Names.dev_get_by_index_rcu;
import static linux.netdevice.Netdev.dev_net;
import static linux.printk.Printk.net_err_ratelimited;
import static linux.printk.Printk.net_info_ratelimited;
import static linux.printk.Printk.pI4;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Cb.IPCB;
import static linux.skbuff.Clone.skb_clone;
import static linux.skbuff.Clone.skb_morph;
import static linux.skbuff.Clone.skb_unclone;
import static linux.skbuff.Coalesce.kfree_skb_partial;
import static linux.skbuff.Coalesce.skb_try_coalesce;
import static linux.skbuff.Data.skb_push;
import static linux.skbuff.Dst.skb_dst;
import static linux.skbuff.Frags.skb_frag_list_init;
import static linux.skbuff.Frags.skb_frag_size;
import static linux.skbuff.Frags.skb_has_frag_list;
import static linux.skbuff.Free.consume_skb;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_network_header;
import static linux.skbuff.Paged.pskb_pull;
import static linux.skbuff.Paged.pskb_trim_rcsum;
import static linux.skbuff.sk_buff.CHECKSUM_COMPLETE;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.CHECKSUM_UNNECESSARY;
import static linux.sysctl.Sysctl.register_net_sysctl;
import static linux.sysctl.Sysctl.unregister_net_sysctl_table;
import static linux.timer.Timers.mod_timer;
import static net.checksum.Csum.csum_add;
import static net.dst.Dst.skb_dst_drop;
import static net.inet_ecn.Ecn.INET_ECN_MASK;
import static net.inet_frag.InetFrag.add_frag_mem_limit;
import static net.inet_frag.InetFrag.inet_frag_evictor;
import static net.inet_frag.InetFrag.inet_frag_find;
import static net.inet_frag.InetFrag.inet_frag_kill;
import static net.inet_frag.InetFrag.inet_frag_lru_move;
import static net.inet_frag.InetFrag.inet_frag_put;
import static net.inet_frag.InetFrag.inet_frags_exit_net;
import static net.inet_frag.InetFrag.inet_frags_init;
import static net.inet_frag.InetFrag.inet_frags_init_net;
import static net.inet_frag.InetFrag.ip_frag_ecn_table;
import static net.inet_frag.InetFrag.sub_frag_mem_limit;
import static net.inet_frag.InetFrag.sum_frag_mem_limit;
import static net.inet_frag.inet_frag_queue.INET_FRAG_COMPLETE;
import static net.inet_frag.inet_frag_queue.INET_FRAG_FIRST_IN;
import static net.inet_frag.inet_frag_queue.INET_FRAG_LAST_IN;
import static net.inet_frag.inet_frags.INETFRAGS_HASHSZ;
import static net.inetpeer.InetPeer.inet_getpeer_v4;
import static net.inetpeer.InetPeer.inet_putpeer;
import static net.ip.IpPacket.IP_DF;
import static net.ip.IpPacket.IP_FRAG_TIME;
import static net.ip.IpPacket.IP_MF;
import static net.ip.IpPacket.IP_OFFSET;
import static net.ip.IpPacket.ip_hdrlen;
import static net.ip.inet_skb_parm.IPSKB_FRAG_COMPLETE;
import static net.net_namespace.NetNs.init_net;
import static net.net_namespace.NetNs.register_pernet_subsys;
import static net.snmp.Mib.IP_ADD_STATS_BH;
import static net.snmp.Mib.IP_INC_STATS_BH;
import static route.Input.ip_route_input_noref;
import static uapi.linux.icmp.Icmp.ICMP_EXC_FRAGTIME;
import static uapi.linux.icmp.Icmp.ICMP_TIME_EXCEEDED;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_REASMFAILS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_REASMOKS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_REASMREQDS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_REASMTIMEOUT;

import java.util.function.IntConsumer;
import java.util.function.IntSupplier;
import linux.compiler.BoolRef;
import linux.compiler.IntRef;
import linux.gfp.Gfp;
import linux.init.Initcall;
import linux.jiffies.Jiffies;
import linux.netdevice.net_device;
import linux.skbuff.sk_buff;
import linux.sysctl.Sysctl;
import linux.sysctl.ctl_table;
import net.dst.dst_entry;
import net.inet_frag.inet_frag_queue;
import net.inet_frag.inet_frags;
import net.inet_frag.netns_frags;
import net.inetpeer.inet_peer;
import net.net_namespace.net;
import net.net_namespace.pernet_operations;
import uapi.linux.ip.iphdr;

/**
 * Puts the fragments of a datagram together (RFC 791, section 3.2), {@code net/ipv4/ip_fragment.c}. {@code ip_input}
 * calls {@link #ip_defrag} for each fragment and goes on when that returns 0: then the packet is whole.
 *
 * <p>TCP does not send fragments, it discovers the path MTU; but routers make some of packets without DF, and strangers
 * send what they like: pieces that overlap, that contradict each other, or that never come. Fragments that overlap are
 * cut; a datagram is given up after 30 s, or when it costs too much memory, or when its sender has sent 64 other
 * fragments since.
 */
public final class IpFragment {
    private IpFragment() {}

    /** {@code user} of {@link #ip_defrag}. */
    public static final int IP_DEFRAG_LOCAL_DELIVER = 0;

    public static final int IP_DEFRAG_CALL_RA_CHAIN = 1;

    static int sysctl_ipfrag_max_dist;
    static inet_frags ip4_frags;
    private static BoolRef rndDone;
    static pernet_operations ip4_frags_ops;

    /** Static variables. {@link #ipfrag_init} is called by {@code inet_init}. */
    public static final class Boot implements Initcall {
        @Override
        public void data() {
            sysctl_ipfrag_max_dist = 64;
            ip4_frags = new inet_frags();
            rndDone = new BoolRef();
            ip4_frags_ops = new pernet_operations();
            ip4_frags_ops.init = IpFragment::ipv4_frags_init_net;
            ip4_frags_ops.exit = IpFragment::ipv4_frags_exit_net;
        }
    }

    /** {@code struct ip4_create_arg}. */
    static final class ip4_create_arg {
        iphdr iph;
        int user;

        /** In C found from the {@code netns_frags}, which is part of it. */
        net net;
    }

    static int ip4_frag_ecn(int tos) {
        return 1 << (tos & INET_ECN_MASK);
    }

    public static int ip_frag_nqueues(net net) {
        return net.ipv4.frags.nqueues;
    }

    public static int ip_frag_mem(net net) {
        return sum_frag_mem_limit(net.ipv4.frags);
    }

    static int ipqhashfn(int id, int saddr, int daddr, int prot) {
        int[] rnd = {ip4_frags.rnd};

        net_get_random_once(rnd, rndDone);
        ip4_frags.rnd = rnd[0];
        return jhash_3words(id << 16 | prot, saddr, daddr, ip4_frags.rnd) & INETFRAGS_HASHSZ - 1;
    }

    static int ip4_hashfn(inet_frag_queue q) {
        ipq ipq;

        ipq = (ipq) q;
        return ipqhashfn(ipq.id, ipq.saddr, ipq.daddr, ipq.protocol);
    }

    static boolean ip4_frag_match(inet_frag_queue q, Object a) {
        ipq qp;
        ip4_create_arg arg = (ip4_create_arg) a;

        qp = (ipq) q;
        return qp.id == arg.iph.id()
                && qp.saddr == arg.iph.saddr()
                && qp.daddr == arg.iph.daddr()
                && qp.protocol == arg.iph.protocol()
                && qp.user == arg.user;
    }

    static void ip4_frag_init(inet_frag_queue q, Object a) {
        ipq qp = (ipq) q;
        ip4_create_arg arg = (ip4_create_arg) a;
        net net = arg.net;

        qp.protocol = arg.iph.protocol();
        qp.id = arg.iph.id();
        qp.ecn = ip4_frag_ecn(arg.iph.tos());
        qp.saddr = arg.iph.saddr();
        qp.daddr = arg.iph.daddr();
        qp.user = arg.user;
        qp.netNs = net;
        qp.peer = sysctl_ipfrag_max_dist != 0 ? inet_getpeer_v4(net.ipv4.peers, arg.iph.saddr(), true) : null;
    }

    static void ip4_frag_free(inet_frag_queue q) {
        ipq qp;

        qp = (ipq) q;
        if (qp.peer != null) {
            inet_putpeer(qp.peer);
        }
    }

    static void ipq_put(ipq ipq) {
        inet_frag_put(ipq, ip4_frags);
    }

    static void ipq_kill(ipq ipq) {
        inet_frag_kill(ipq, ip4_frags);
    }

    static void ip_evictor(net net) {
        int evicted;

        evicted = inet_frag_evictor(net.ipv4.frags, ip4_frags, false);
        if (evicted != 0) {
            IP_ADD_STATS_BH(net, IPSTATS_MIB_REASMFAILS, evicted);
        }
    }

    /** 30 s are over: tells the sender, if the first fragment has come (RFC 792). */
    static void ip_expire(Object arg) {
        ipq qp;
        net net;

        qp = (ipq) arg;
        net = qp.netNs;

        if ((qp.last_in & INET_FRAG_COMPLETE) != 0) {
            ipq_put(qp);
            return;
        }

        ipq_kill(qp);

        IP_INC_STATS_BH(net, IPSTATS_MIB_REASMTIMEOUT);
        IP_INC_STATS_BH(net, IPSTATS_MIB_REASMFAILS);

        out_rcu_unlock:
        if ((qp.last_in & INET_FRAG_FIRST_IN) != 0 && qp.fragments != null) {
            sk_buff head = qp.fragments;
            iphdr iph;
            int err;

            head.dev = dev_get_by_index_rcu(net, qp.iif);
            if (head.dev == null) {
                break out_rcu_unlock;
            }

            iph = ip_hdr(head);
            err = ip_route_input_noref(head, iph.daddr(), iph.saddr(), iph.tos(), head.dev);
            if (err != 0) {
                break out_rcu_unlock;
            }

            icmp_send(head, ICMP_TIME_EXCEEDED, ICMP_EXC_FRAGTIME, 0);
        }
        ipq_put(qp);
    }

    static ipq ip_find(net net, iphdr iph, int user) {
        inet_frag_queue q;
        ip4_create_arg arg = new ip4_create_arg();
        int hash;

        arg.iph = iph;
        arg.user = user;
        arg.net = net;

        hash = ipqhashfn(iph.id(), iph.saddr(), iph.daddr(), iph.protocol());

        q = inet_frag_find(net.ipv4.frags, ip4_frags, arg, hash);
        return (ipq) q;
    }

    /** Has the sender sent so much since the last fragment that its ids may have come round? */
    static boolean ip_frag_too_far(ipq qp) {
        inet_peer peer = qp.peer;
        int max = sysctl_ipfrag_max_dist;
        int start;
        int end;

        boolean rc;

        if (peer == null || max == 0) {
            return false;
        }

        start = qp.rid;
        end = ++peer.rid;
        qp.rid = end;

        rc = qp.fragments != null && gtU32(end - start, max);

        if (rc) {
            net net;

            net = qp.netNs;
            IP_INC_STATS_BH(net, IPSTATS_MIB_REASMFAILS);
        }

        return rc;
    }

    /** Begins anew with the same id. @return 0, or {@code -ETIMEDOUT} */
    static int ip_frag_reinit(ipq qp) {
        sk_buff fp;
        int sum_truesize = 0;

        if (mod_timer(qp.timer, Jiffies.jiffies + qp.net.timeout) == 0) {
            qp.refcnt++;
            return -ETIMEDOUT;
        }

        fp = qp.fragments;
        do {
            sk_buff xp = fp.next;

            sum_truesize += fp.truesize;
            kfree_skb(fp);
            fp = xp;
        } while (fp != null);
        sub_frag_mem_limit(qp, sum_truesize);

        qp.last_in = 0;
        qp.len = 0;
        qp.meat = 0;
        qp.fragments = null;
        qp.fragments_tail = null;
        qp.iif = 0;
        qp.ecn = 0;

        return 0;
    }

    /**
     * Adds a fragment.
     *
     * @return 0: the datagram is whole, and {@code skb} is it; {@code -EINPROGRESS}: others are missing; another negative
     *     errno: the fragment was dropped
     */
    static int ip_frag_queue(ipq qp, sk_buff skb) {
        sk_buff prev;
        sk_buff next;
        net_device dev;
        int flags;
        int offset;
        int ihl;
        int end;
        int err = -ENOENT;
        int ecn;

        err:
        {
            if ((qp.last_in & INET_FRAG_COMPLETE) != 0) {
                break err;
            }

            if ((IPCB(skb).flags & IPSKB_FRAG_COMPLETE) == 0
                    && ip_frag_too_far(qp)
                    && (err = ip_frag_reinit(qp)) != 0) {
                ipq_kill(qp);
                break err;
            }

            ecn = ip4_frag_ecn(ip_hdr(skb).tos());
            offset = ip_hdr(skb).frag_off();
            flags = offset & ~IP_OFFSET;
            offset &= IP_OFFSET;
            offset <<= 3;
            ihl = ip_hdrlen(skb);

            end = offset + skb.len - ihl;
            err = -EINVAL;

            if ((flags & IP_MF) == 0) {
                // The last one must not contradict what is known about the end.
                if (end < qp.len || (qp.last_in & INET_FRAG_LAST_IN) != 0 && end != qp.len) {
                    break err;
                }
                qp.last_in |= INET_FRAG_LAST_IN;
                qp.len = end;
            } else {
                if ((end & 7) != 0) {
                    end &= ~7;
                    if (skb.ip_summed != CHECKSUM_UNNECESSARY) {
                        skb.ip_summed = CHECKSUM_NONE;
                    }
                }
                if (end > qp.len) {
                    if ((qp.last_in & INET_FRAG_LAST_IN) != 0) {
                        break err;
                    }
                    qp.len = end;
                }
            }
            if (end == offset) {
                break err;
            }

            err = -ENOMEM;
            if (pskb_pull(skb, ihl) < 0) {
                break err;
            }

            err = pskb_trim_rcsum(skb, end - offset);
            if (err != 0) {
                break err;
            }

            found:
            {
                prev = qp.fragments_tail;
                if (prev == null || IPCB(prev).fragOffset < offset) {
                    next = null;
                    break found;
                }
                prev = null;
                for (next = qp.fragments; next != null; next = next.next) {
                    if (IPCB(next).fragOffset >= offset) {
                        break;
                    }
                    prev = next;
                }
            }

            if (prev != null) {
                int i = IPCB(prev).fragOffset + prev.len - offset;

                // What the one before has already is cut off.
                if (i > 0) {
                    offset += i;
                    err = -EINVAL;
                    if (end <= offset) {
                        break err;
                    }
                    err = -ENOMEM;
                    if (pskb_pull(skb, i) < 0) {
                        break err;
                    }
                    if (skb.ip_summed != CHECKSUM_UNNECESSARY) {
                        skb.ip_summed = CHECKSUM_NONE;
                    }
                }
            }

            err = -ENOMEM;

            while (next != null && IPCB(next).fragOffset < end) {
                int i = end - IPCB(next).fragOffset;

                if (i < next.len) {
                    // The one behind loses what this one has.
                    if (pskb_pull(next, i) < 0) {
                        break err;
                    }
                    IPCB(next).fragOffset += i;
                    qp.meat -= i;
                    if (next.ip_summed != CHECKSUM_UNNECESSARY) {
                        next.ip_summed = CHECKSUM_NONE;
                    }
                    break;
                } else {
                    sk_buff free_it = next;

                    next = next.next;

                    if (prev != null) {
                        prev.next = next;
                    } else {
                        qp.fragments = next;
                    }

                    qp.meat -= free_it.len;
                    sub_frag_mem_limit(qp, free_it.truesize);
                    kfree_skb(free_it);
                }
            }

            IPCB(skb).fragOffset = offset;

            skb.next = next;
            if (next == null) {
                qp.fragments_tail = skb;
            }
            if (prev != null) {
                prev.next = skb;
            } else {
                qp.fragments = skb;
            }

            dev = skb.dev;
            if (dev != null) {
                qp.iif = dev.ifindex;
                skb.dev = null;
            }
            qp.stamp = skb.tstamp;
            qp.meat += skb.len;
            qp.ecn |= ecn;
            add_frag_mem_limit(qp, skb.truesize);
            if (offset == 0) {
                qp.last_in |= INET_FRAG_FIRST_IN;
            }

            if ((ip_hdr(skb).frag_off() & IP_DF) != 0 && skb.len + ihl > qp.max_size) {
                qp.max_size = skb.len + ihl;
            }

            if (qp.last_in == (INET_FRAG_FIRST_IN | INET_FRAG_LAST_IN) && qp.meat == qp.len) {
                dst_entry orefdst = skb._skb_refdst;
                boolean orefdstNoref = skb._skb_dst_noref;

                skb._skb_refdst = null;
                skb._skb_dst_noref = false;
                err = ip_frag_reasm(qp, prev, dev);
                skb._skb_refdst = orefdst;
                skb._skb_dst_noref = orefdstNoref;
                return err;
            }

            skb_dst_drop(skb);
            inet_frag_lru_move(qp);
            return -EINPROGRESS;
        }

        kfree_skb(skb);
        return err;
    }

    /**
     * Makes one packet of all fragments: of the one that came last, whose place the caller knows.
     *
     * @param prev the fragment in front of it; null: it is the first
     * @return 0, or a negative errno: all are dropped
     */
    static int ip_frag_reasm(ipq qp, sk_buff prev, net_device dev) {
        net net = qp.netNs;
        iphdr iph;
        sk_buff fp;
        sk_buff head = qp.fragments;
        int len;
        int ihlen;
        int err;
        int sum_truesize;
        int ecn;

        ipq_kill(qp);

        out_fail:
        {
            out_nomem:
            {
                ecn = ip_frag_ecn_table[qp.ecn];
                if (ecn == 0xff) {
                    err = -EINVAL;
                    break out_fail;
                }
                if (prev != null) {
                    head = prev.next;
                    fp = skb_clone(head, GFP_ATOMIC);
                    if (fp == null) {
                        break out_nomem;
                    }

                    fp.next = head.next;
                    if (fp.next == null) {
                        qp.fragments_tail = fp;
                    }
                    prev.next = fp;

                    skb_morph(head, qp.fragments);
                    head.next = qp.fragments.next;

                    consume_skb(qp.fragments);
                    qp.fragments = head;
                }

                WARN_ON(head == null);
                WARN_ON(IPCB(head).fragOffset != 0);

                ihlen = ip_hdrlen(head);
                len = ihlen + qp.len;

                err = -E2BIG;
                if (len > 65535) {
                    net_info_ratelimited("Oversized IP packet from %s\n", pI4(qp.saddr));
                    break out_fail;
                }

                if (skb_unclone(head, GFP_ATOMIC) != 0) {
                    break out_nomem;
                }

                // The list of the head is for the others: what it has there moves into a packet of its own.
                if (skb_has_frag_list(head)) {
                    sk_buff clone;
                    int plen = 0;

                    if ((clone = alloc_skb(0, GFP_ATOMIC)) == null) {
                        break out_nomem;
                    }
                    clone.next = head.next;
                    head.next = clone;
                    clone.shinfo.frag_list = head.shinfo.frag_list;
                    skb_frag_list_init(head);
                    for (int i = 0; i < head.shinfo.nr_frags; i++) {
                        plen += skb_frag_size(head.shinfo.frags(i));
                    }
                    clone.len = clone.data_len = head.data_len - plen;
                    head.data_len -= clone.len;
                    head.len -= clone.len;
                    clone.csum = 0;
                    clone.ip_summed = head.ip_summed;
                    add_frag_mem_limit(qp, clone.truesize);
                }

                skb_push(head, head.data - skb_network_header(head));

                sum_truesize = head.truesize;
                for (fp = head.next; fp != null; ) {
                    BoolRef headstolen = new BoolRef();
                    IntRef delta = new IntRef();
                    sk_buff next = fp.next;

                    sum_truesize += fp.truesize;
                    if (head.ip_summed != fp.ip_summed) {
                        head.ip_summed = CHECKSUM_NONE;
                    } else if (head.ip_summed == CHECKSUM_COMPLETE) {
                        head.csum = csum_add(head.csum, fp.csum);
                    }

                    if (skb_try_coalesce(head, fp, headstolen, delta)) {
                        kfree_skb_partial(fp, headstolen.val);
                    } else {
                        if (head.shinfo.frag_list == null) {
                            head.shinfo.frag_list = fp;
                        }
                        head.data_len += fp.len;
                        head.len += fp.len;
                        head.truesize += fp.truesize;
                    }
                    fp = next;
                }
                sub_frag_mem_limit(qp, sum_truesize);

                head.next = null;
                head.dev = dev;
                head.tstamp = qp.stamp;
                IPCB(head).frag_max_size = qp.max_size;

                iph = ip_hdr(head);
                iph.frag_off(qp.max_size != 0 ? IP_DF : 0);
                iph.tot_len(len);
                iph.tos(iph.tos() | ecn);
                IP_INC_STATS_BH(net, IPSTATS_MIB_REASMOKS);
                qp.fragments = null;
                qp.fragments_tail = null;
                return 0;
            }

            net_err_ratelimited("IPv4: queue_glue: no memory for gluing queue %s\n", qp);
            err = -ENOMEM;
        }

        IP_INC_STATS_BH(net, IPSTATS_MIB_REASMFAILS);
        return err;
    }

    /**
     * A fragment has come, with its route.
     *
     * @return 0: {@code skb} is the whole datagram now; negative: it was kept or dropped
     */
    public static int ip_defrag(sk_buff skb, int user) {
        ipq qp;
        net net;

        net = skb.dev != null ? dev_net(skb.dev) : dev_net(skb_dst(skb).dev);
        IP_INC_STATS_BH(net, IPSTATS_MIB_REASMREQDS);

        ip_evictor(net);

        qp = ip_find(net, ip_hdr(skb), user);
        if (qp != null) {
            int ret;

            ret = ip_frag_queue(qp, skb);

            ipq_put(qp);
            return ret;
        }

        IP_INC_STATS_BH(net, IPSTATS_MIB_REASMFAILS);
        kfree_skb(skb);
        return -ENOMEM;
    }

    private static ctl_table entry(String name, IntSupplier get, IntConsumer set, ctl_table.Handler handler) {
        ctl_table t = new ctl_table(name);
        t.proc_handler = handler;
        t.get = () -> new long[] {get.getAsInt()};
        t.set = v -> set.accept((int) v[0]);
        return t;
    }

    private static ctl_table[] ip4_frags_ns_ctl_table(netns_frags f) {
        return new ctl_table[] {
            entry("ipfrag_high_thresh", () -> f.high_thresh, v -> f.high_thresh = v, Sysctl::proc_dointvec),
            entry("ipfrag_low_thresh", () -> f.low_thresh, v -> f.low_thresh = v, Sysctl::proc_dointvec),
            entry("ipfrag_time", () -> f.timeout, v -> f.timeout = v, Sysctl::proc_dointvec_jiffies),
        };
    }

    static int ip4_frags_ns_ctl_register(net net) {
        if (Gfp.fails(GFP_KERNEL)) {
            return -ENOMEM;
        }
        register_net_sysctl(net, "net/ipv4", ip4_frags_ns_ctl_table(net.ipv4.frags));
        return 0;
    }

    static void ip4_frags_ns_ctl_unregister(net net) {
        unregister_net_sysctl_table(net, "net/ipv4", ip4_frags_ns_ctl_table(net.ipv4.frags));
    }

    static void ip4_frags_ctl_register() {
        ctl_table max_dist = entry("ipfrag_max_dist", () -> sysctl_ipfrag_max_dist, v -> sysctl_ipfrag_max_dist = v,
                Sysctl::proc_dointvec_minmax);
        max_dist.extra1 = 0L;
        register_net_sysctl(init_net, "net/ipv4", new ctl_table[] {max_dist});
    }

    static int ipv4_frags_init_net(net net) {
        net.ipv4.frags.high_thresh = 4 * 1024 * 1024;
        net.ipv4.frags.low_thresh = 3 * 1024 * 1024;
        net.ipv4.frags.timeout = IP_FRAG_TIME;

        inet_frags_init_net(net.ipv4.frags);

        return ip4_frags_ns_ctl_register(net);
    }

    static void ipv4_frags_exit_net(net net) {
        ip4_frags_ns_ctl_unregister(net);
        inet_frags_exit_net(net.ipv4.frags, ip4_frags);
    }

    /** Called by {@code inet_init}. */
    public static void ipfrag_init() {
        ip4_frags_ctl_register();
        register_pernet_subsys(ip4_frags_ops);
        ip4_frags.hashfn = IpFragment::ip4_hashfn;
        ip4_frags.constructor = IpFragment::ip4_frag_init;
        ip4_frags.destructor = IpFragment::ip4_frag_free;
        ip4_frags.alloc = ipq::new;
        ip4_frags.qsize = 200;
        ip4_frags.match = IpFragment::ip4_frag_match;
        ip4_frags.frag_expire = IpFragment::ip_expire;
        inet_frags_init(ip4_frags);
    }
}
