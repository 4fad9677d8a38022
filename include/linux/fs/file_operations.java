// SPDX-License-Identifier: GPL-2.0-only
package linux.fs;

import linux.compiler.IntRef;

/** What can be done with an open file. A null pointer: that cannot be done with files of this kind. */
public final class file_operations {
    public interface Read {
        /** @return bytes, 0 at the end, or a negative errno */
        int call(file file, byte[] buf, int off, int count);
    }

    public interface Write {
        int call(file file, byte[] buf, int off, int count);
    }

    public interface Poll {
        /** @return the {@code POLL*} bits that hold now */
        int call(file file, poll_table wait);
    }

    public interface Ioctl {
        int call(file file, int cmd, IntRef arg);
    }

    public interface Release {
        int call(file file);
    }

    public Read read;
    public Write write;
    public Poll poll;
    public Ioctl unlocked_ioctl;

    /** Nobody has it open any more. */
    public Release release;
}
