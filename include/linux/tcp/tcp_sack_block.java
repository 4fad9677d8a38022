// SPDX-License-Identifier: GPL-2.0-only
package linux.tcp;

/** A range of sequence numbers that has arrived: {@code [start_seq, end_seq)}. */
public final class tcp_sack_block {
    /** Blocks that fit into the options of a header, and so all that are kept. */
    public static final int TCP_NUM_SACKS = 4;

    public int start_seq;
    public int end_seq;

    /** {@code struct tcp_sack_block blocks[n]}. */
    public static tcp_sack_block[] array(int n) {
        tcp_sack_block[] blocks = new tcp_sack_block[n];
        for (int i = 0; i < n; i++) {
            blocks[i] = new tcp_sack_block();
        }
        return blocks;
    }

    /** {@code *this = *o}. */
    public void copy(tcp_sack_block o) {
        start_seq = o.start_seq;
        end_seq = o.end_seq;
    }
}
