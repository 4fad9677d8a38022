// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

import static linux.errno.Errno.EEXIST;
import static linux.errno.Errno.ENOENT;
import static linux.syscalls.FileCalls.sys_poll;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import linux.fs.pollfd;

/** {@code epoll} as far as scripts need it, made of {@code poll}: who is ready is told again and again (level triggered). */
final class Epoll {
    static final int EPOLLIN = 1;
    static final int EPOLLONESHOT = 1 << 30;
    static final int EPOLLET = 1 << 31;

    static final int ADD = 1;
    static final int DEL = 2;
    static final int MOD = 3;

    /** @param data what the program wants to get back */
    record Event(int events, long data) {}

    private final Map<Integer, Event> watched = new LinkedHashMap<>();

    /** {@code epoll_ctl}. */
    int control(int op, int fd, Event event) throws Failure {
        if (event != null && (event.events & EPOLLET) != 0) {
            throw new Failure("EPOLLET: edge-triggered epoll is not played here");
        }
        switch (op) {
            case ADD:
                return watched.putIfAbsent(fd, event) == null ? 0 : -EEXIST;
            case MOD:
                return watched.replace(fd, event) != null ? 0 : -ENOENT;
            default:
                return watched.remove(fd) != null ? 0 : -ENOENT;
        }
    }

    /** {@code epoll_wait}. @return who is ready, at most {@code most} */
    List<Event> await(int most, int timeout) {
        int[] fds = watched.keySet().stream().mapToInt(Integer::intValue).toArray();
        pollfd[] polled = new pollfd[fds.length];
        for (int i = 0; i < fds.length; i++) {
            polled[i] = new pollfd(fds[i], watched.get(fds[i]).events & ~EPOLLONESHOT);
        }
        sys_poll(polled, polled.length, timeout);
        List<Event> ready = new ArrayList<>();
        for (int i = 0; i < fds.length && ready.size() < most; i++) {
            Event e = watched.get(fds[i]);
            if (polled[i].revents != 0) {
                ready.add(new Event(polled[i].revents, e.data));
                if ((e.events & EPOLLONESHOT) != 0) {
                    watched.put(fds[i], new Event(0, e.data));
                }
            }
        }
        return ready;
    }
}
