// SPDX-License-Identifier: GPL-2.0-only
package linux.fs;

/** An open file: here always a socket or one end of a pipe. */
public final class file {
    public static final int O_RDONLY = 0;
    public static final int O_WRONLY = 1;
    public static final int O_RDWR = 2;
    public static final int O_NONBLOCK = 04000;
    public static final int O_CLOEXEC = 02000000;

    /** {@code O_*}: how it was opened, and whether it blocks. */
    public int f_flags;

    public final file_operations f_op;

    /** A {@code socket}, or a pipe. */
    public final Object private_data;

    /** Descriptors and system calls that use it. */
    int f_count = 1;

    public file(file_operations f_op, Object private_data) {
        this.f_op = f_op;
        this.private_data = private_data;
    }
}
