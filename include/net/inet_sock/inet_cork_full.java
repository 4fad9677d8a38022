// SPDX-License-Identifier: GPL-2.0-only
package net.inet_sock;

import net.flow.flowi4;

/** A cork and the flow it belongs to. */
public final class inet_cork_full extends inet_cork {
    public final flowi4 fl = new flowi4();

    /** {@code *this = *o}. */
    public void copy(inet_cork_full o) {
        super.copy(o);
        fl.copy(o.fl);
    }
}
