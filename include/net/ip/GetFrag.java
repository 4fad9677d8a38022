// SPDX-License-Identifier: GPL-2.0-only
package net.ip;

import linux.skbuff.sk_buff;

/** Copies a piece of a datagram that is being put together, and sums it up. */
public interface GetFrag {
    /**
     * @param from where the data come from: whatever the caller of {@code ip_append_data} gave it
     * @param offset of the piece in the data
     * @param odd bytes of the packet in front of it: decides how its sum is added
     * @return 0 or a negative errno
     */
    int call(Object from, byte[] to, int to_at, int offset, int len, int odd, sk_buff skb);
}
