// SPDX-License-Identifier: GPL-2.0-only
package linux.fs;

import static linux.errno.Errno.EBADF;
import static linux.errno.Errno.EMFILE;

import java.util.Arrays;

/** The descriptors of a task: small numbers that stand for open files. */
public final class files_struct {
    private static final int RLIMIT_NOFILE = 1 << 20;

    private file[] fd = new file[8];

    /** The first number that may be free. */
    private int next_fd;

    /** @return the smallest free descriptor, now standing for {@code f}; {@code -EMFILE} */
    public int install(file f) {
        int i = next_fd;
        while (i < fd.length && fd[i] != null) {
            i++;
        }
        if (i >= RLIMIT_NOFILE) {
            return -EMFILE;
        }
        if (i == fd.length) {
            fd = Arrays.copyOf(fd, i * 2);
        }
        fd[i] = f;
        next_fd = i + 1;
        return i;
    }

    /** @return the file, or null if the descriptor is not open */
    public file fget(int n) {
        return n >= 0 && n < fd.length ? fd[n] : null;
    }

    /** @return 0, or {@code -EBADF} */
    public int close(int n) {
        file f = fget(n);
        if (f == null) {
            return -EBADF;
        }
        fd[n] = null;
        next_fd = Math.min(next_fd, n);
        file.fput(f);
        return 0;
    }

    /** The task ends. */
    public void closeAll() {
        for (int i = 0; i < fd.length; i++) {
            close(i);
        }
    }
}
