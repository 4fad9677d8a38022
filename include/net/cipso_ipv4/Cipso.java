// SPDX-License-Identifier: GPL-2.0-only
package net.cipso_ipv4;

import static linux.types.Be.get32;
import static linux.types.Be.get8;

import linux.compiler.Differs;

/** Security labels in IP options, from {@code include/net/cipso_ipv4.h}: nobody reads them here, but they must be whole. */
public final class Cipso {
    private Cipso() {}

    /** @param at of the option, all of which is there. @return offset in it of what is wrong; 0: nothing */
    @Differs("a tag of which only the first byte is in the option is wrong; upstream: netlabel: out of bound access in"
            + " cipso_v4_validate()")
    public static int cipso_v4_validate(byte[] opt, int at) {
        int opt_len = get8(opt, at + 1);
        int opt_iter;
        int tag_len;

        if (opt_len < 8) {
            return 1;
        }

        if (get32(opt, at + 2) == 0) {
            return 2;
        }

        for (opt_iter = 6; opt_iter < opt_len; ) {
            if (opt_iter + 1 == opt_len) {
                return opt_iter;
            }
            tag_len = get8(opt, at + opt_iter + 1);
            if (tag_len == 0 || tag_len > opt_len - opt_iter) {
                return opt_iter + 1;
            }
            opt_iter += tag_len;
        }

        return 0;
    }
}
