// SPDX-License-Identifier: GPL-2.0-only
package linux.fs;

import static linux.errno.Errno.EAGAIN;
import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EPIPE;
import static linux.fs.Files.fd_install;
import static linux.fs.Files.get_unused_fd_flags;
import static linux.fs.Files.put_unused_fd;
import static linux.fs.file.O_NONBLOCK;
import static linux.fs.file.O_RDONLY;
import static linux.fs.file.O_WRONLY;
import static linux.fs.poll_table.poll_wait;
import static linux.sched.Sched.schedule;
import static linux.sched.task_struct.TASK_INTERRUPTIBLE;
import static linux.uaccess.User.copy_from_user;
import static linux.uaccess.User.copy_to_user;
import static linux.wait.Wait.finish_wait;
import static linux.wait.Wait.prepare_to_wait;
import static linux.wait.Wait.wake_up_interruptible_poll;
import static linux.wait.Wait.wake_up_interruptible_sync_poll;
import static uapi.linux.poll.Poll.POLLERR;
import static uapi.linux.poll.Poll.POLLHUP;
import static uapi.linux.poll.Poll.POLLIN;
import static uapi.linux.poll.Poll.POLLOUT;
import static uapi.linux.poll.Poll.POLLRDNORM;
import static uapi.linux.poll.Poll.POLLWRNORM;

import linux.wait.wait_queue_head_t;
import linux.wait.wait_queue_t;

/**
 * A pipe: bytes go in at one end and come out at the other. Tasks wait for each other with it. In place of {@code
 * fs/pipe.c}, of which it keeps the rules: a write of at most {@link #PIPE_BUF} bytes is not torn, a reader at the end
 * gets 0, and a writer without readers gets {@code -EPIPE}.
 */
public final class Pipe {
    /** Bytes that fit. */
    private static final int CAPACITY = 65536;

    private static final int PIPE_BUF = 4096;

    private static final file_operations READ_END = new file_operations();
    private static final file_operations WRITE_END = new file_operations();

    static {
        READ_END.read = Pipe::read;
        READ_END.poll = Pipe::pollRead;
        READ_END.release = f -> of(f).release(true);
        WRITE_END.write = Pipe::write;
        WRITE_END.poll = Pipe::pollWrite;
        WRITE_END.release = f -> of(f).release(false);
    }

    private final byte[] ring = new byte[CAPACITY];
    private int head;
    private int len;
    private boolean readers = true;
    private boolean writers = true;
    private final wait_queue_head_t wait = new wait_queue_head_t();

    private Pipe() {}

    /** The two ends of a new pipe: first the one to read from. */
    static file[] open() {
        Pipe pipe = new Pipe();
        file reader = new file(READ_END, pipe);
        file writer = new file(WRITE_END, pipe);
        reader.f_flags = O_RDONLY;
        writer.f_flags = O_WRONLY;
        return new file[] {reader, writer};
    }

    private static Pipe of(file f) {
        return (Pipe) f.private_data;
    }

    private int release(boolean reader) {
        if (reader) {
            readers = false;
        } else {
            writers = false;
        }
        wake_up_interruptible_poll(wait, POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM | POLLERR | POLLHUP);
        return 0;
    }

    private void sleep() {
        wait_queue_t me = wait_queue_t.define();

        prepare_to_wait(wait, me, TASK_INTERRUPTIBLE);
        schedule();
        finish_wait(wait, me);
    }

    private static int read(file f, byte[] buf, int off, int count) {
        Pipe p = of(f);

        if (count == 0) {
            return 0;
        }
        while (p.len == 0) {
            if (!p.writers) {
                return 0;
            }
            if ((f.f_flags & O_NONBLOCK) != 0) {
                return -EAGAIN;
            }
            p.sleep();
        }
        int n = Math.min(count, p.len);
        int first = Math.min(n, CAPACITY - p.head);
        if (copy_to_user(buf, off, p.ring, p.head, first) != 0
                || copy_to_user(buf, off + first, p.ring, 0, n - first) != 0) {
            return -EFAULT;
        }
        p.head = (p.head + n) % CAPACITY;
        p.len -= n;
        wake_up_interruptible_sync_poll(p.wait, POLLOUT | POLLWRNORM);
        return n;
    }

    private static int write(file f, byte[] buf, int off, int count) {
        Pipe p = of(f);
        int done = 0;

        while (done < count) {
            if (!p.readers) {
                return done != 0 ? done : -EPIPE;
            }
            int room = CAPACITY - p.len;
            int n = Math.min(room, count - done);
            if (room == 0 || count <= PIPE_BUF && n < count) {
                if ((f.f_flags & O_NONBLOCK) != 0) {
                    return done != 0 ? done : -EAGAIN;
                }
                p.sleep();
                continue;
            }
            int tail = (p.head + p.len) % CAPACITY;
            int first = Math.min(n, CAPACITY - tail);
            if (copy_from_user(p.ring, tail, buf, off + done, first) != 0
                    || copy_from_user(p.ring, 0, buf, off + done + first, n - first) != 0) {
                return done != 0 ? done : -EFAULT;
            }
            p.len += n;
            done += n;
            wake_up_interruptible_sync_poll(p.wait, POLLIN | POLLRDNORM);
        }
        return done;
    }

    private static int pollRead(file f, poll_table wait) {
        Pipe p = of(f);

        poll_wait(f, p.wait, wait);
        return (p.len != 0 ? POLLIN | POLLRDNORM : 0) | (p.writers ? 0 : POLLHUP);
    }

    private static int pollWrite(file f, poll_table wait) {
        Pipe p = of(f);

        poll_wait(f, p.wait, wait);
        return (CAPACITY - p.len >= PIPE_BUF ? POLLOUT | POLLWRNORM : 0) | (p.readers ? 0 : POLLERR);
    }

    /** @return 0, or {@code -EMFILE} */
    public static int do_pipe_flags(int[] fd, int flags) {
        int fdr = get_unused_fd_flags(flags);
        if (fdr < 0) {
            return fdr;
        }
        int fdw = get_unused_fd_flags(flags);
        if (fdw < 0) {
            put_unused_fd(fdr);
            return fdw;
        }
        file[] ends = open();
        fd_install(fdr, ends[0]);
        fd_install(fdw, ends[1]);
        fd[0] = fdr;
        fd[1] = fdw;
        return 0;
    }
}
