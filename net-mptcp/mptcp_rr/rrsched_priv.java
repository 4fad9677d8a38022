// SPDX-License-Identifier: GPL-2.0-only
package mptcp_rr;

/** What the round-robin scheduler keeps for a subflow. */
final class rrsched_priv {
    /** Segments sent in this round (8 bits). */
    int quota;
}
