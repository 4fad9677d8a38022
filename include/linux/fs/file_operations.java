// SPDX-License-Identifier: GPL-2.0-only
package linux.fs;

/** What can be done with an open file, beside the system calls for sockets. */
public interface file_operations {
    /** @return the {@code POLL*} bits that hold now */
    int poll(file file, poll_table wait);

    /** Nobody has it open any more. */
    void release(file file);
}
