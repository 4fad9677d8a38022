// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import static linux.kernel.Kernel.ffs;

/**
 * Numbers of paths and of addresses. A subflow's path index is 1 to 31 and unique in the connection; bit {@code index -
 * 1} in a packet's {@code path_mask} says that it was sent there.
 */
public final class Paths {
    private Paths() {}

    /** The bit of a path in {@code path_mask}. */
    public static int mptcp_pi_to_flag(int pi) {
        return 1 << pi - 1;
    }

    /**
     * The first bit from {@code base} on that is not set in {@code bitfield} (8 bits), going round once.
     *
     * @return -1: all are set
     */
    public static int __mptcp_find_free_index(int bitfield, int base) {
        exit:
        for (int i = ffs(~bitfield >> base) - 1; i >= 0; i = ffs(~bitfield >> base >> i + 1 << i + 1) - 1) {
            // Past the eighth bit: none was free from base on.
            if (i + base >= 8) {
                for (i = ffs(~bitfield) - 1; i >= 0; i = ffs(~bitfield >> i + 1 << i + 1) - 1) {
                    if (i >= 8) {
                        break exit;
                    }
                    return i;
                }
                break exit;
            }
            if (i + base >= 8) {
                break;
            }

            return i + base;
        }
        return -1;
    }

    /** The first bit that is not set in {@code bitfield} (8 bits), -1: all are set. */
    public static int mptcp_find_free_index(int bitfield) {
        return __mptcp_find_free_index(bitfield, 0);
    }

    /**
     * Takes a path index for a new subflow: the next one after the last given, going round, so that an index is not
     * used again soon.
     *
     * @return 0: all 31 are in use
     */
    public static int mptcp_set_new_pathindex(mptcp_cb mpcb) {
        int base = mpcb.next_path_index;

        // 0 is not for subflows: it stands for the meta socket. A base of 32 shifts by 0, on x86 as in Java.
        for (int i = ffs(~mpcb.path_index_bits >>> base) - 1;
                i >= 0;
                i = ffs(~mpcb.path_index_bits >>> base >>> i + 1 << i + 1) - 1) {
            if (i + base < 1) {
                continue;
            }
            if (i + base >= 32) {
                break;
            }
            i += base;
            mpcb.path_index_bits |= 1 << i;
            mpcb.next_path_index = i + 1;
            return i;
        }
        for (int i = ffs(~mpcb.path_index_bits) - 1;
                i >= 0;
                i = ffs(~mpcb.path_index_bits >>> i + 1 << i + 1) - 1) {
            if (i >= 32) {
                break;
            }
            if (i < 1) {
                continue;
            }
            mpcb.path_index_bits |= 1 << i;
            mpcb.next_path_index = i + 1;
            return i;
        }

        return 0;
    }
}
