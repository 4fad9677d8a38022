// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

/** What a walk along the send queue finds out while it tags segments: one for each ACK that carries SACK blocks. */
final class tcp_sacktag_state {
    /** Lowest position of a segment that arrived late; {@code packets_out}: none did. */
    int reord;

    /** Segments from the head of the queue to where the walk is. */
    int fack_count;

    /** {@code FLAG_*} to be added to those of the ACK. */
    int flag;

    /** Round-trip time in jiffies of the earliest segment that was SACKed now and sent only once; -1: none. */
    int rtt;
}
