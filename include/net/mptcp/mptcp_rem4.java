// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

/** One of the peer's addresses. */
public final class mptcp_rem4 {
    public int rem4_id;

    /** 0: the connection's. */
    public int port;

    /** Host order. */
    public int addr;
}
