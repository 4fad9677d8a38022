// SPDX-License-Identifier: GPL-2.0-only
package uapi.linux.fs;

/** Limits of {@code include/uapi/linux/fs.h}. */
public final class Limits {
    private Limits() {}

    /** Files that may be open, unless the machine is large. Also what TCP's default limits come from. */
    public static final int NR_FILE = 8192;
}
