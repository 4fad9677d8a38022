// SPDX-License-Identifier: GPL-2.0-only
package linux.syscalls;

import static linux.errno.Errno.EBADF;
import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOIOCTLCMD;
import static linux.errno.Errno.ENOTTY;
import static linux.fs.Files.__close_fd;
import static linux.fs.Files.currentFiles;
import static linux.fs.Files.fget;
import static linux.fs.Files.fput;
import static linux.fs.Pipe.do_pipe_flags;
import static linux.fs.Select.do_sys_poll;
import static linux.fs.file.O_NONBLOCK;
import static linux.fs.file.O_RDWR;
import static linux.fs.file.O_WRONLY;
import static linux.hrtimer.Clock.NSEC_PER_SEC;
import static linux.mm.Mm.PAGE_SIZE;
import static linux.sched.Sched.nanosleep;
import static uapi.linux.fcntl.Fcntl.F_GETFL;
import static uapi.linux.fcntl.Fcntl.F_SETFL;
import static uapi.linux.sockios.Sockios.FIONBIO;

import linux.compiler.IntRef;
import linux.fs.file;
import linux.fs.pollfd;

/** System calls on open files of any kind, and sleeping. All return a negative errno as Linux does inside. */
public final class FileCalls {
    private FileCalls() {}

    /** One call transfers at most so much: {@code MAX_RW_COUNT}. */
    private static final int MAX_RW_COUNT = Integer.MAX_VALUE & -PAGE_SIZE;

    /** @return 0, or {@code -EBADF} */
    public static int sys_close(int fd) {
        return __close_fd(currentFiles(), fd);
    }

    /** Reads up to {@code count} bytes into {@code buf} from {@code off} on. @return bytes; 0 at the end */
    public static int sys_read(int fd, byte[] buf, int off, int count) {
        file f = fget(fd);
        int ret = -EBADF;

        if (f != null) {
            if ((f.f_flags & O_WRONLY) == 0) {
                if (count < 0) {
                    ret = -EINVAL;
                } else {
                    ret = f.f_op.read.call(f, buf, off, Math.min(count, MAX_RW_COUNT));
                }
            }
            fput(f);
        }
        return ret;
    }

    /** Writes {@code count} bytes of {@code buf} from {@code off} on. @return bytes written */
    public static int sys_write(int fd, byte[] buf, int off, int count) {
        file f = fget(fd);
        int ret = -EBADF;

        if (f != null) {
            if ((f.f_flags & (O_WRONLY | O_RDWR)) != 0) {
                if (count < 0) {
                    ret = -EINVAL;
                } else {
                    ret = f.f_op.write.call(f, buf, off, Math.min(count, MAX_RW_COUNT));
                }
            }
            fput(f);
        }
        return ret;
    }

    /**
     * @param cmd {@code FIONBIO}: {@code arg} says whether the file blocks; others are the file's
     * @return {@code -ENOTTY}: it does not know the command
     */
    public static int sys_ioctl(int fd, int cmd, IntRef arg) {
        file f = fget(fd);
        int error;

        if (f == null) {
            return -EBADF;
        }
        if (cmd == FIONBIO) {
            error = arg == null ? -EFAULT : 0;
            if (error == 0) {
                f.f_flags = arg.val != 0 ? f.f_flags | O_NONBLOCK : f.f_flags & ~O_NONBLOCK;
            }
        } else {
            error = -ENOTTY;
            if (f.f_op.unlocked_ioctl != null) {
                error = f.f_op.unlocked_ioctl.call(f, cmd, arg);
                if (error == -ENOIOCTLCMD) {
                    error = -ENOTTY;
                }
            }
        }
        fput(f);
        return error;
    }

    /** @param cmd {@code F_GETFL}, or {@code F_SETFL}, which can change {@code O_NONBLOCK}; others: {@code -EINVAL} */
    public static int sys_fcntl(int fd, int cmd, int arg) {
        file f = fget(fd);
        int err = -EINVAL;

        if (f == null) {
            return -EBADF;
        }
        switch (cmd) {
            case F_GETFL:
                err = f.f_flags;
                break;
            case F_SETFL:
                f.f_flags = arg & O_NONBLOCK | f.f_flags & ~O_NONBLOCK;
                err = 0;
                break;
            default:
                break;
        }
        fput(f);
        return err;
    }

    /**
     * Waits until one of the descriptors is ready.
     *
     * @param timeout_msecs negative: for ever; 0: only look
     * @return how many are ready; 0: the time has passed
     */
    public static int sys_poll(pollfd[] ufds, int nfds, int timeout_msecs) {
        return do_sys_poll(ufds, nfds, timeout_msecs);
    }

    /** @param fildes becomes the end to read from and the end to write to */
    public static int sys_pipe(int[] fildes) {
        if (fildes == null || fildes.length < 2) {
            return -EFAULT;
        }
        return do_pipe_flags(fildes, 0);
    }

    /** Sleeps. @return 0; {@code -EINVAL}: no time span */
    public static int sys_nanosleep(long tv_sec, long tv_nsec) {
        if (tv_sec < 0 || tv_nsec < 0 || tv_nsec >= NSEC_PER_SEC) {
            return -EINVAL;
        }
        nanosleep(Math.min(tv_sec, Long.MAX_VALUE / NSEC_PER_SEC / 2) * NSEC_PER_SEC + tv_nsec);
        return 0;
    }
}
