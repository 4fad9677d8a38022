// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.jump_label.JumpLabel.static_key_false;

import linux.jump_label.static_key;
import linux.tcp.tcp_sock;

/** The question by which plain TCP branches off into Multipath TCP. */
public final class Multipath {
    private Multipath() {}

    /** Counts the sockets that use MPTCP: while there is none, no connection is even looked at. */
    public static static_key mptcp_static_key;

    /** Is this a meta socket or a subflow of one? */
    public static boolean mptcp(tcp_sock tp) {
        return static_key_false(mptcp_static_key) && tp.mpc;
    }
}
