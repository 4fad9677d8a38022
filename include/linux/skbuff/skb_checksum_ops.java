// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

/** How {@code __skb_checksum} sums up: the Internet checksum, or another one. */
public final class skb_checksum_ops {
    public interface Update {
        int call(byte[] mem, int mem_at, int len, int wsum);
    }

    public interface Combine {
        /** @param offset of what {@code csum2} is the sum of, within the whole */
        int call(int csum, int csum2, int offset, int len);
    }

    /** The sum of some more bytes. */
    public final Update update;

    /** The sum of two pieces that were summed up each for itself. */
    public final Combine combine;

    public skb_checksum_ops(Update update, Combine combine) {
        this.update = update;
        this.combine = combine;
    }
}
