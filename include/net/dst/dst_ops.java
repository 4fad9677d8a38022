// SPDX-License-Identifier: GPL-2.0-only
package net.dst;

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

    public int family;

    /** Is the route still good? Returns it, or null. */
    public Check check;

    public Number default_advmss;
    public Number mtu;
    public Cow_metrics cow_metrics;
    public Destroy destroy;

    /** The route seems not to work: forget it? */
    public Negative_advice negative_advice;

    public Link_failure link_failure;
    public Update_pmtu update_pmtu;
    public Redirect redirect;
    public Local_out local_out;
    public Neigh_lookup neigh_lookup;

    /** Routes alive. */
    public final percpu_counter pcpuc_entries = new percpu_counter();
}
