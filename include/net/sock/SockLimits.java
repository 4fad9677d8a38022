// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

/** The limits that the sysctls {@code net.core.*} set for sockets. */
public final class SockLimits {
    private SockLimits() {}

    /** What {@code SO_SNDBUF} and {@code SO_RCVBUF} may ask for at most, in bytes (u32). */
    public static int sysctl_wmem_max;

    public static int sysctl_rmem_max;

    /** What a new socket starts with, unless its protocol knows better. */
    public static int sysctl_wmem_default;

    public static int sysctl_rmem_default;

    /** Bytes of options and ancillary data that a socket may hold. */
    public static int sysctl_optmem_max;
}
