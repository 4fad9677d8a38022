// SPDX-License-Identifier: GPL-2.0-only
package linux.socket;

/** An address of any family. */
public class sockaddr {
    public int sa_family;
}
