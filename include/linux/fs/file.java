// SPDX-License-Identifier: GPL-2.0-only
package linux.fs;

/** An open file: here always a socket or one end of a pipe. */
public final class file {
    public static final int O_NONBLOCK = 04000;

    /** {@code O_NONBLOCK}. */
    public int f_flags;

    public final file_operations f_op;

    /** A {@code socket}. */
    public final Object private_data;

    /** Descriptors and system calls that use it. */
    int f_count = 1;

    public file(file_operations f_op, Object private_data) {
        this.f_op = f_op;
        this.private_data = private_data;
    }

    public static void get_file(file f) {
        f.f_count++;
    }

    /** Gives it back; the last user closes it. */
    public static void fput(file f) {
        if (--f.f_count == 0) {
            f.f_op.release(f);
        }
    }
}
