// SPDX-License-Identifier: GPL-2.0-only
package linux.socket;

/** A piece of an application's memory. It shrinks from the front while bytes are copied to or from it. */
public final class iovec {
    public byte[] iov_base;

    /** Where in {@link #iov_base} it begins. */
    public int iov_off;

    /** Bytes. */
    public int iov_len;

    public iovec(byte[] iov_base, int iov_off, int iov_len) {
        this.iov_base = iov_base;
        this.iov_off = iov_off;
        this.iov_len = iov_len;
    }
}
