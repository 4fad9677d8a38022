// SPDX-License-Identifier: GPL-2.0-only
package uapi.linux.siginfo;

/** Signals that sockets send, and what is said with them: the {@code si_code} of SIGIO. */
public final class Siginfo {
    private Siginfo() {}

    public static final int SIGPIPE = 13;
    public static final int SIGURG = 23;
    public static final int SIGIO = 29;

    private static final int __SI_POLL = 2 << 16;

    public static final int POLL_IN = __SI_POLL | 1;
    public static final int POLL_OUT = __SI_POLL | 2;
    public static final int POLL_MSG = __SI_POLL | 3;
    public static final int POLL_ERR = __SI_POLL | 4;
    public static final int POLL_PRI = __SI_POLL | 5;
    public static final int POLL_HUP = __SI_POLL | 6;
}
