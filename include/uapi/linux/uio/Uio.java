// SPDX-License-Identifier: GPL-2.0-only
package uapi.linux.uio;

/** Limits of {@code sendmsg} and {@code recvmsg}. */
public final class Uio {
    private Uio() {}

    /** So many pieces of memory may one call name. */
    public static final int UIO_MAXIOV = 1024;
}
