// SPDX-License-Identifier: GPL-2.0-only
package uapi.linux.fcntl;

/** Commands of {@code fcntl}. */
public final class Fcntl {
    private Fcntl() {}

    public static final int F_DUPFD = 0;
    public static final int F_GETFD = 1;
    public static final int F_SETFD = 2;
    public static final int F_GETFL = 3;
    public static final int F_SETFL = 4;
}
