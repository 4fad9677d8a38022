// SPDX-License-Identifier: GPL-2.0-only
package net.inetpeer;

import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.jiffies.Jiffies.HZ;
import static linux.kernel.Kernel.u32;

import linux.gfp.Gfp;
import linux.init.Initcall;
import linux.jiffies.Jiffies;

/**
 * A memory of other hosts, {@code net/ipv4/inetpeer.c}. {@code icmp} limits by it what it sends to one host, {@code
 * route} the redirects, {@code ip_fragment} sees from it how far a fragment lags behind.
 *
 * <p>What is not in use is forgotten when there are more than {@link #inet_peer_threshold}; the source also forgets
 * what was not used for some minutes, which gives the host the same tokens as if it was new.
 */
public final class InetPeer {
    private InetPeer() {}

    /** {@code net.ipv4.inet_peer_threshold}, {@code inet_peer_minttl} and {@code inet_peer_maxttl} (jiffies). */
    public static int inet_peer_threshold;

    public static int inet_peer_minttl;
    public static int inet_peer_maxttl;

    /** A host may get this many messages at once. */
    private static final int XRLIM_BURST_FACTOR = 6;

    /** Static variables. */
    public static final class Boot implements Initcall {
        @Override
        public void data() {
            inet_peer_threshold = 65536 + 128;
            inet_peer_minttl = 120 * HZ;
            inet_peer_maxttl = 10 * 60 * HZ;
        }
    }

    /** With a reference. @return null if it is not known and {@code create} is false, or without memory */
    public static inet_peer inet_getpeer_v4(inet_peer_base base, int v4daddr, boolean create) {
        inet_peer p = base.peers.get(v4daddr);

        if (p != null) {
            p.refcnt++;
            return p;
        }
        if (!create || Gfp.fails(GFP_ATOMIC)) {
            return null;
        }
        if (base.peers.size() >= inet_peer_threshold) {
            base.peers.values().removeIf(q -> q.refcnt == 0);
        }
        p = new inet_peer(v4daddr);
        p.refcnt = 1;
        p.rate_tokens = 0;
        // A minute is more than enough for a full bucket.
        p.rate_last = Jiffies.jiffies - 60 * HZ;
        base.peers.put(v4daddr, p);
        return p;
    }

    public static void inet_putpeer(inet_peer p) {
        p.dtime = (int) Jiffies.jiffies;
        p.refcnt--;
    }

    /**
     * May the host get another message? A message costs {@code timeout} tokens, a jiffy brings one, and {@value
     * #XRLIM_BURST_FACTOR} times the cost can be saved up (RFC 1812, section 4.3.2.8).
     *
     * @param peer null: yes
     */
    public static boolean inet_peer_xrlim_allow(inet_peer peer, int timeout) {
        long now;
        long token;
        boolean rc = false;

        if (peer == null) {
            return true;
        }

        token = u32(peer.rate_tokens);
        now = Jiffies.jiffies;
        token += now - peer.rate_last;
        peer.rate_last = now;
        if (Long.compareUnsigned(token, (long) (XRLIM_BURST_FACTOR * timeout)) > 0) {
            token = XRLIM_BURST_FACTOR * timeout;
        }
        if (Long.compareUnsigned(token, timeout) >= 0) {
            token -= timeout;
            rc = true;
        }
        peer.rate_tokens = (int) token;
        return rc;
    }

    /** Forgets all. */
    public static void inetpeer_invalidate_tree(inet_peer_base base) {
        base.peers.clear();
    }
}
