// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import net.ip.inet_skb_parm;
import net.tcp.tcp_skb_cb;

/**
 * The control block of a packet: 48 bytes that belong to whichever layer holds the packet. In C the layers'
 * views lie over one another; here each has its own place, and a layer that counts on zeroes clears its own.
 */
public final class Cb {
    private Cb() {}

    public static tcp_skb_cb TCP_SKB_CB(sk_buff skb) {
        return skb.tcp_cb;
    }

    public static inet_skb_parm IPCB(sk_buff skb) {
        inet_skb_parm cb = skb.ip_cb;
        if (cb == null) {
            cb = skb.ip_cb = new inet_skb_parm();
        }
        return cb;
    }

    /** {@code memset(IPCB(skb), 0, sizeof(struct inet_skb_parm))}. */
    public static void clearIpcb(sk_buff skb) {
        skb.ip_cb = null;
    }

    /** The view of receive coalescing. */
    public static napi_gro_cb NAPI_GRO_CB(sk_buff skb) {
        if (!(skb.other_cb instanceof napi_gro_cb)) {
            skb.other_cb = new napi_gro_cb();
        }
        return (napi_gro_cb) skb.other_cb;
    }

    /** The view of whichever layer below IP holds the packet: {@code skb->cb} of queues and of drivers. */
    public static Object otherCb(sk_buff skb) {
        return skb.other_cb;
    }

    public static void otherCb(sk_buff skb, Object cb) {
        skb.other_cb = cb;
    }

    /** {@code memcpy(to->cb, from->cb)}. */
    static void copyCb(sk_buff to, sk_buff from) {
        to.tcp_cb.copy(from.tcp_cb);
        to.ip_cb = from.ip_cb == null ? null : new inet_skb_parm(from.ip_cb);
        to.other_cb = from.other_cb instanceof napi_gro_cb ? new napi_gro_cb((napi_gro_cb) from.other_cb) : null;
    }

    /** {@code memset(skb->cb, 0)}. */
    public static void clearCb(sk_buff skb) {
        skb.tcp_cb.clear();
        skb.ip_cb = null;
        skb.other_cb = null;
    }
}
