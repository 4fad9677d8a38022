// SPDX-License-Identifier: GPL-2.0-only
package mptcp_fullmesh;

/** One of the peer's addresses, and with which of ours there is a subflow to it. */
final class fullmesh_rem4 {
    /** The peer's id of it. */
    int rem4_id;

    /** A bit for each of our addresses from which a subflow was tried, or is to be tried once more. */
    int bitfield;

    int retry_bitfield;

    /** 0: the connection's. */
    int port;

    /** Host order. */
    int addr;
}
