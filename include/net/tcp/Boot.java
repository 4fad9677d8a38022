// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import linux.init.Initcall;
import linux.jump_label.static_key;

/** First values of the variables that {@code tcp.h} declares. */
public final class Boot implements Initcall {
    @Override
    public void data() {
        Multipath.mptcp_static_key = new static_key();
        Sysctls.data();
        Globals.data();
    }
}
