// SPDX-License-Identifier: GPL-2.0-only
package linux.fs;

import java.util.Arrays;
import java.util.BitSet;

/** The descriptors of a task: small numbers that stand for open files. Tasks may share one. */
public final class files_struct {
    /** {@code RLIMIT_NOFILE}: a descriptor is below it. */
    public int rlimit = 1 << 20;

    file[] fd = new file[8];

    /** Numbers that are taken, by an open file or for one that is just being opened. */
    final BitSet open_fds = new BitSet();

    /** Tasks that share it. */
    int count = 1;

    /** Is nothing open? */
    public boolean isEmpty() {
        return open_fds.isEmpty();
    }

    void closeAll() {
        for (int i = 0; i < fd.length; i++) {
            if (fd[i] != null) {
                Files.__close_fd(this, i);
            }
        }
    }

    void put(int n, file f) {
        if (n >= fd.length) {
            fd = Arrays.copyOf(fd, Math.max(n + 1, fd.length * 2));
        }
        fd[n] = f;
    }

    file get(int n) {
        return n >= 0 && n < fd.length ? fd[n] : null;
    }
}
