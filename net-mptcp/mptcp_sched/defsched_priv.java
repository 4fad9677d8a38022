// SPDX-License-Identifier: GPL-2.0-only
package mptcp_sched;

/** What the default scheduler keeps for a subflow. */
final class defsched_priv {
    /** When this subflow last made a slower one's window smaller (low 32 bits of jiffies). */
    int last_rbuf_opti;
}
