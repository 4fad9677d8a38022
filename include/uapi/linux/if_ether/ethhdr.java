// SPDX-License-Identifier: GPL-2.0-only
package uapi.linux.if_ether;

import static linux.types.Be.get16;
import static linux.types.Be.put16;

import linux.types.View;

/**
 * The Ethernet header, in a packet.
 *
 * <pre>
 *  0             6             12      14
 * +-------------+-------------+-------+--------
 * | destination |   source    | proto | payload
 * +-------------+-------------+-------+--------
 * </pre>
 */
public final class ethhdr extends View {
    /** {@code sizeof(struct ethhdr)}. */
    public static final int SIZE = 14;

    public ethhdr(byte[] b, int at) {
        super(b, at);
    }

    /** Where in {@link #b} the receiver's address begins. */
    public int h_dest() {
        return at;
    }

    /** Where in {@link #b} the sender's address begins. */
    public int h_source() {
        return at + 6;
    }

    /** {@code ETH_P_*}; below 1536 it is a length (IEEE 802.3). */
    public int h_proto() {
        return get16(b, at + 12);
    }

    public void h_proto(int v) {
        put16(b, at + 12, v);
    }
}
