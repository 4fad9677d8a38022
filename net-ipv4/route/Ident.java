// SPDX-License-Identifier: GPL-2.0-only
package route;

import static linux.ip.IpHdr.ip_hdr;
import static linux.jhash.Jhash.jhash_3words;
import static linux.net.Once.net_get_random_once;
import static linux.random.Random.prandom_u32;
import static linux.random.Random.prandom_u32_max;
import static net.inet_sock.Sockets.inet_sk;
import static net.ip.IpPacket.IP_DF;

import linux.compiler.BoolRef;
import linux.jiffies.Jiffies;
import linux.skbuff.sk_buff;
import net.sock.sock;
import uapi.linux.ip.iphdr;

/**
 * Chooses the id of an IP packet, from {@code net/ipv4/route.c} and {@code include/net/ip.h}. Called by {@code
 * ip_output}. The ids that may be needed to put fragments together (RFC 6864, section 4) are counted in 2048 counters by
 * addresses and protocol; one that was not used for a while jumps, so that nobody can tell from ids how much was sent.
 */
public final class Ident {
    private Ident() {}

    private static final int IP_IDENTS_SZ = 2048;

    /** {@code struct ip_ident_bucket}. */
    static final class ip_ident_bucket {
        int id;

        /** When it was used last, in jiffies. */
        int stamp32;
    }

    static ip_ident_bucket[] ip_idents;
    private static int[] ip_idents_hashrnd;
    private static BoolRef hashrndDone;

    /** {@code .data}, and what {@code ip_rt_init} fills in. */
    static void initData() {
        ip_idents_hashrnd = new int[1];
        hashrndDone = new BoolRef();
        ip_idents = null;
    }

    /** {@code prandom_bytes(ip_idents, ...)}. */
    static void initIdents() {
        ip_idents = new ip_ident_bucket[IP_IDENTS_SZ];
        for (int i = 0; i < IP_IDENTS_SZ; i++) {
            ip_idents[i] = new ip_ident_bucket();
            ip_idents[i].id = prandom_u32();
            ip_idents[i].stamp32 = prandom_u32();
        }
    }

    /** @return the first of {@code segs} ids */
    public static int ip_idents_reserve(int hash, int segs) {
        ip_ident_bucket bucket = ip_idents[Integer.remainderUnsigned(hash, IP_IDENTS_SZ)];
        int old = bucket.stamp32;
        int now = (int) Jiffies.jiffies;
        int delta = 0;

        if (old != now) {
            bucket.stamp32 = now;
            delta = prandom_u32_max(now - old);
        }

        bucket.id += segs + delta;
        return bucket.id - segs;
    }

    public static void __ip_select_ident(iphdr iph, int segs) {
        int hash;
        int id;

        net_get_random_once(ip_idents_hashrnd, hashrndDone);

        hash = jhash_3words(iph.daddr(), iph.saddr(), iph.protocol(), ip_idents_hashrnd[0]);
        id = ip_idents_reserve(hash, segs);
        iph.id(id);
    }

    /** A packet that must not be fragmented needs no id: a connected socket counts its own. */
    public static void ip_select_ident_segs(sk_buff skb, sock sk, int segs) {
        iphdr iph = ip_hdr(skb);

        if ((iph.frag_off() & IP_DF) != 0 && !skb.local_df) {
            if (sk != null && inet_sk(sk).skc_daddr != 0) {
                iph.id(inet_sk(sk).inet_id);
                inet_sk(sk).inet_id = inet_sk(sk).inet_id + segs & 0xffff;
            } else {
                iph.id(0);
            }
        } else {
            __ip_select_ident(iph, segs);
        }
    }

    public static void ip_select_ident(sk_buff skb, sock sk) {
        ip_select_ident_segs(skb, sk, 1);
    }
}
