// SPDX-License-Identifier: GPL-2.0-only
package linux.fs;

/** How far a read without a system call has got: what {@code tcp_read_sock} hands to the one who takes the data. */
public final class read_descriptor_t {
    public int written;

    /** Bytes still wanted. */
    public int count;

    /** {@code arg.data}: whatever the taker needs. */
    public Object data;

    /** Negative errno. */
    public int error;
}
