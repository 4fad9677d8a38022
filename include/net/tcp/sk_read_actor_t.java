// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import linux.fs.read_descriptor_t;
import linux.skbuff.sk_buff;

/** Takes data out of packets of the receive queue, for {@code tcp_read_sock}. */
public interface sk_read_actor_t {
    /**
     * @param offset where in {@code skb} the data begin
     * @param len bytes there
     * @return how many were taken; 0 or a negative errno ends the walk
     */
    int call(read_descriptor_t desc, sk_buff skb, int offset, int len);
}
