// SPDX-License-Identifier: GPL-2.0-only
package net.dst;

import linux.netdevice.net_device;
import linux.percpu_counter.percpu_counter;
import linux.skbuff.sk_buff;
import net.neighbour.neighbour;
import net.sock.sock;

/** What the address family knows about its routes. */
public final class dst_ops {
    public interface Check {
        dst_entry call(dst_entry dst, int cookie);
    }

    public interface Number {
        int call(dst_entry dst);
    }

    public interface Cow_metrics {
        int[] call(dst_entry dst, int[] old);
    }

    public interface Negative_advice {
        dst_entry call(dst_entry dst);
    }

    public interface Destroy {
        void call(dst_entry dst);
    }

    public interface Link_failure {
        void call(sk_buff skb);
    }

    public interface Update_pmtu {
        void call(dst_entry dst, sock sk, sk_buff skb, int mtu);
    }

    public interface Redirect {
        void call(dst_entry dst, sock sk, sk_buff skb);
    }

    public interface Local_out {
        int call(sk_buff skb);
    }

    public interface Neigh_lookup {
        neighbour call(dst_entry dst, sk_buff skb, int daddr);
    }

    /** @see dst_ops#gc */
    public interface Gc {
        int call(dst_ops ops);
    }

    /** @see dst_ops#ifdown */
    public interface Ifdown {
        void call(dst_entry dst, net_device dev, int how);
    }

    /** @see dst_ops#kmem_cachep */
    public interface Kmem_cache {
        dst_entry call();
    }

    public int family;

    /** {@code ETH_P_*}. */
    public int protocol;

    /** From how many entries on {@link #gc} is asked to make room; null: there is no limit. */
    public int gc_thresh;

    public Gc gc;

    /** Is the route still good? Returns it, or null. */
    public Check check;

    public Number default_advmss;
    public Number mtu;
    public Cow_metrics cow_metrics;
    public Destroy destroy;

    /** A device that the route uses goes away. */
    public Ifdown ifdown;

    /** The route seems not to work: forget it? */
    public Negative_advice negative_advice;

    public Link_failure link_failure;
    public Update_pmtu update_pmtu;
    public Redirect redirect;
    public Local_out local_out;
    public Neigh_lookup neigh_lookup;

    /** Makes an entry: in C the cache that its memory comes from. */
    public Kmem_cache kmem_cachep;

    /** Routes alive. */
    public final percpu_counter pcpuc_entries = new percpu_counter();
}
