// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

/** {@code struct skb_gso_cb}: what is noted about a packet while it is being cut into segments. */
public final class skb_gso_cb {
    /** Headroom in front of the outermost link header. */
    public int mac_offset;

    /** Headers of tunnels that have been gone through. */
    public int encap_level;
}
