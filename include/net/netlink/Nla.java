// SPDX-License-Identifier: GPL-2.0-only
package net.netlink;

import static linux.errno.Errno.EMSGSIZE;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Data.skb_tailroom;

import java.util.Arrays;
import linux.skbuff.sk_buff;

/**
 * Netlink attributes, of {@code include/net/netlink.h} and {@code lib/nlattr.c} as much as it takes to append one to a
 * packet. Netlink stays on the machine, so numbers have the machine's byte order: little-endian.
 *
 * <pre>
 *    0               16              32
 *   +---------------+---------------+----------------- - - -+---------+
 *   | nla_len       | nla_type      | payload               | padding |
 *   +---------------+---------------+----------------- - - -+---------+
 *    &lt;------------------ nla_len ---------------------------&gt;  to a multiple of 4
 * </pre>
 */
public final class Nla {
    private Nla() {}

    public static final int NLA_ALIGNTO = 4;
    public static final int NLA_HDRLEN = 4;

    public static int NLA_ALIGN(int len) {
        return len + NLA_ALIGNTO - 1 & ~(NLA_ALIGNTO - 1);
    }

    /** Header and payload. */
    public static int nla_attr_size(int payload) {
        return NLA_HDRLEN + payload;
    }

    /** Header, payload and padding. */
    public static int nla_total_size(int payload) {
        return NLA_ALIGN(nla_attr_size(payload));
    }

    public static int nla_padlen(int payload) {
        return nla_total_size(payload) - nla_attr_size(payload);
    }

    /**
     * Appends an attribute without filling in its payload. The tailroom must be there.
     *
     * @return where it begins in {@code skb.head}
     */
    static int __nla_reserve(sk_buff skb, int attrtype, int attrlen) {
        int nla = skb_put(skb, nla_total_size(attrlen));

        skb.head[nla] = (byte) nla_attr_size(attrlen);
        skb.head[nla + 1] = (byte) (nla_attr_size(attrlen) >>> 8);
        skb.head[nla + 2] = (byte) attrtype;
        skb.head[nla + 3] = (byte) (attrtype >>> 8);
        Arrays.fill(skb.head, nla + nla_attr_size(attrlen), nla + nla_total_size(attrlen), (byte) 0);

        return nla;
    }

    static void __nla_put(sk_buff skb, int attrtype, int attrlen, byte[] data) {
        int nla = __nla_reserve(skb, attrtype, attrlen);

        System.arraycopy(data, 0, skb.head, nla + NLA_HDRLEN, attrlen);
    }

    /**
     * Appends an attribute.
     *
     * @return 0, or {@code -EMSGSIZE}: there is no room for it
     */
    public static int nla_put(sk_buff skb, int attrtype, int attrlen, byte[] data) {
        if (skb_tailroom(skb) < nla_total_size(attrlen)) {
            return -EMSGSIZE;
        }

        __nla_put(skb, attrtype, attrlen, data);
        return 0;
    }
}
