// SPDX-License-Identifier: GPL-2.0-only
package net.inet_sock;

import static linux.jhash.Jhash.jhash_3words;
import static linux.types.Be.raw16;
import static linux.types.Be.raw32;

/** The hash of a connection. */
public final class Hash {
    private Hash() {}

    /** Hash of a connection's four numbers under the secret {@code initval}. */
    public static int __inet_ehashfn(int laddr, int lport, int faddr, int fport, int initval) {
        return jhash_3words(raw32(laddr), raw32(faddr), lport << 16 | raw16(fport), initval);
    }
}
