// SPDX-License-Identifier: GPL-2.0-only
package linux.mm;

/**
 * Memory that several packets may share: 4 KB, or more in one piece (a compound page). It goes back when
 * the last user has put it.
 */
public final class page {
    public final byte[] data;
    int _count = 1;

    page(byte[] data) {
        this.data = data;
    }

    /** Size in bytes. */
    public int size() {
        return data.length;
    }
}
