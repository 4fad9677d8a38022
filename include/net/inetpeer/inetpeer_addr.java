// SPDX-License-Identifier: GPL-2.0-only
package net.inetpeer;

/** An address of some family; here always of IPv4. */
public final class inetpeer_addr {
    /** Host order. */
    public int a4;

    /** {@code AF_INET}. */
    public int family;

    /** {@code *this = *o}. */
    public void copy(inetpeer_addr o) {
        a4 = o.a4;
        family = o.family;
    }
}
