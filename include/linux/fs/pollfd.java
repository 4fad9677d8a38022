// SPDX-License-Identifier: GPL-2.0-only
package linux.fs;

/** A descriptor that poll looks at: what is asked, and what is answered. */
public final class pollfd {
    public int fd;
    public int events;
    public int revents;

    public pollfd(int fd, int events) {
        this.fd = fd;
        this.events = events;
    }
}
