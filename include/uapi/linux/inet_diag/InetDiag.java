// SPDX-License-Identifier: GPL-2.0-only
package uapi.linux.inet_diag;

/** Attributes that a dump of sockets may carry, {@code include/uapi/linux/inet_diag.h}. */
public final class InetDiag {
    private InetDiag() {}

    public static final int INET_DIAG_NONE = 0;
    public static final int INET_DIAG_MEMINFO = 1;
    public static final int INET_DIAG_INFO = 2;
    public static final int INET_DIAG_VEGASINFO = 3;
    public static final int INET_DIAG_CONG = 4;
    public static final int INET_DIAG_TOS = 5;
    public static final int INET_DIAG_TCLASS = 6;
    public static final int INET_DIAG_SKMEMINFO = 7;
    public static final int INET_DIAG_SHUTDOWN = 8;
    public static final int INET_DIAG_MAX = INET_DIAG_SHUTDOWN;
}
