// SPDX-License-Identifier: GPL-2.0-only
package net.inet_frag;

import linux.list.hlist_head;
import linux.timer.timer_list;

/** What the address family knows about its fragments, and the table of incomplete datagrams. */
public final class inet_frags {
    public static final int INETFRAGS_HASHSZ = 1024;

    /** A chain does not get longer: what does not fit is dropped. */
    public static final int INETFRAGS_MAXDEPTH = 128;

    /** @see inet_frags#hashfn */
    public interface Hashfn {
        int call(inet_frag_queue q);
    }

    /** @see inet_frags#match */
    public interface Match {
        boolean call(inet_frag_queue q, Object arg);
    }

    /** @see inet_frags#constructor */
    public interface Constructor {
        void call(inet_frag_queue q, Object arg);
    }

    /** @see inet_frags#destructor */
    public interface Destructor {
        void call(inet_frag_queue q);
    }

    /** Makes an empty one: in C {@code qsize} bytes of zeroes. */
    public interface Alloc {
        inet_frag_queue call();
    }

    public hlist_head<inet_frag_queue>[] hash;

    /** Secret of the hash. */
    public int rnd;

    /** What an empty queue costs, in bytes of kernel memory. */
    public int qsize;

    public Hashfn hashfn;
    public Match match;
    public Alloc alloc;
    public Constructor constructor;
    public Destructor destructor;

    /** It has waited long enough. */
    public timer_list.Function frag_expire;
}
