// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

/**
 * A connection of Multipath TCP, seen from the script: data sequence numbers count from the initial ones of either side, so that the
 * first byte of data has the number 1.
 */
final class Connection {
    /** Keys of the peer, which the script plays, and of the host; null as long as they are unknown. */
    Long peerKey;

    Long hostKey;

    /** What the next mapping of the peer begins with, and the number after the host's last data: for fields that say nothing else. */
    long peerNext = 1;

    long hostNext = 1;

    long peerIdsn() {
        return peerKey == null ? 0 : Keys.idsn(peerKey);
    }

    long hostIdsn() {
        return hostKey == null ? 0 : Keys.idsn(hostKey);
    }
}
