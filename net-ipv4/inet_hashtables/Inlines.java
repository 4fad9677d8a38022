// SPDX-License-Identifier: GPL-2.0-only
package inet_hashtables;

import static inet_hashtables.Lookup.__inet_lookup_established;
import static inet_hashtables.Lookup.__inet_lookup_listener;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.ip.IpHdr.ip_hdr;
import static linux.netdevice.Netdev.dev_net;
import static linux.skbuff.Dst.skb_dst;
import static net.route.Route.inet_iif;
import static net.sock.Owner.skb_steal_sock;

import linux.skbuff.sk_buff;
import net.inet_hashtables.inet_hashinfo;
import net.net_namespace.net;
import net.sock.sock;
import net.sock.sock_common;
import uapi.linux.ip.iphdr;

/** Inlines of {@code inet_hashtables.h}: the look-ups put together. What is found comes with a reference. */
public final class Inlines {
    private Inlines() {}

    public static sock inet_lookup_listener(net net, inet_hashinfo hashinfo, int saddr, int sport, int daddr, int dport,
            int dif) {
        return __inet_lookup_listener(net, hashinfo, saddr, sport, daddr, dport, dif);
    }

    public static sock_common inet_lookup_established(net net, inet_hashinfo hashinfo, int saddr, int sport, int daddr,
            int dport, int dif) {
        return __inet_lookup_established(net, hashinfo, saddr, sport, daddr, dport, dif);
    }

    /** The connection, or else the listener, or null. Bottom halves are disabled. */
    public static sock_common __inet_lookup(net net, inet_hashinfo hashinfo, int saddr, int sport, int daddr, int dport,
            int dif) {
        int hnum = dport;
        sock_common sk = __inet_lookup_established(net, hashinfo, saddr, sport, daddr, hnum, dif);

        return sk != null ? sk : __inet_lookup_listener(net, hashinfo, saddr, sport, daddr, hnum, dif);
    }

    /** The same for a caller in a system call. */
    public static sock_common inet_lookup(net net, inet_hashinfo hashinfo, int saddr, int sport, int daddr, int dport,
            int dif) {
        sock_common sk;

        local_bh_disable();
        sk = __inet_lookup(net, hashinfo, saddr, sport, daddr, dport, dif);
        local_bh_enable();

        return sk;
    }

    /** Whose the packet is; the socket that early demultiplexing has found needs no search. */
    public static sock_common __inet_lookup_skb(inet_hashinfo hashinfo, sk_buff skb, int sport, int dport) {
        sock sk = skb_steal_sock(skb);
        iphdr iph = ip_hdr(skb);

        if (sk != null) {
            return sk;
        } else {
            return __inet_lookup(dev_net(skb_dst(skb).dev), hashinfo, iph.saddr(), sport, iph.daddr(), dport,
                    inet_iif(skb));
        }
    }
}
