// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import linux.init.Initcall;

/** First values of the variables that {@code mptcp.h} declares. */
public final class Boot implements Initcall {
    @Override
    public void data() {
        Sysctls.data();
        Globals.data();
    }
}
