// SPDX-License-Identifier: GPL-2.0-only
package linux.fs;

import static linux.bug.Bug.BUG_ON;
import static linux.errno.Errno.EBADF;
import static linux.errno.Errno.EMFILE;
import static linux.sched.Sched.current;

import linux.sched.task_struct;

/**
 * Descriptors and open files, {@code fs/file.c} and {@code fs/file_table.c}. Opening takes two steps, as in Linux: a
 * number is taken first and stands for a file only when nothing can fail any more.
 */
public final class Files {
    private Files() {}

    /** The descriptors of the task that runs. A task gets its table when it needs one. */
    public static files_struct currentFiles() {
        files_struct files = current.files;
        if (files == null) {
            files = current.files = new files_struct();
        }
        return files;
    }

    /** The table of {@code task}, for one more task to share it; null if it has none. */
    public static files_struct get_files_struct(task_struct task) {
        files_struct files = task.files;

        if (files != null) {
            files.count++;
        }
        return files;
    }

    /** A task ends; the last one of those who share the table closes what is open. */
    public static void put_files_struct(files_struct files) {
        if (--files.count == 0) {
            files.closeAll();
        }
    }

    /** @return the smallest number that is free, now taken; {@code -EMFILE} */
    public static int get_unused_fd_flags(int flags) {
        files_struct files = currentFiles();
        int fd = files.open_fds.nextClearBit(0);

        if (fd >= files.rlimit) {
            return -EMFILE;
        }
        files.open_fds.set(fd);
        return fd;
    }

    /** Nothing came of it: the number is free again. */
    public static void put_unused_fd(int fd) {
        files_struct files = currentFiles();

        files.open_fds.clear(fd);
    }

    /** From now on {@code fd} stands for {@code file}. */
    public static void fd_install(int fd, file file) {
        files_struct files = currentFiles();

        BUG_ON(files.get(fd) != null);
        files.put(fd, file);
    }

    /** The file, which stays open until {@link #fput}; null if there is none of that number. */
    public static file fget(int fd) {
        files_struct files = currentFiles();
        file file = files.get(fd);

        if (file != null) {
            get_file(file);
        }
        return file;
    }

    public static void get_file(file f) {
        f.f_count++;
    }

    /** Gives the file back; the last user closes it. */
    public static void fput(file file) {
        if (--file.f_count == 0) {
            file.f_op.release.call(file);
        }
    }

    static int filp_close(file filp, files_struct id) {
        fput(filp);
        return 0;
    }

    /** @return 0, or {@code -EBADF} */
    public static int __close_fd(files_struct files, int fd) {
        file file;

        file = files.get(fd);
        if (file == null) {
            return -EBADF;
        }
        files.put(fd, null);
        files.open_fds.clear(fd);
        return filp_close(file, files);
    }
}
