// SPDX-License-Identifier: GPL-2.0-only
package mptcp_fullmesh;

/** An IPv6 address of the peer, as {@link fullmesh_rem4}. */
final class fullmesh_rem6 {
    int rem6_id;
    int bitfield;
    int retry_bitfield;
    int port;
    final byte[] addr = new byte[16];
}
