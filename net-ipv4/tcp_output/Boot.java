// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import linux.init.Initcall;
import net.net_namespace.net;
import net.sock.Owner;

/** The variables of {@code tcp_output.c} that are its own; the sysctls are in {@link net.tcp}. */
public final class Boot implements Initcall {
    @Override
    public void data() {
        SmallQueues.tsq_tasklet = new SmallQueues.tsq_tasklet();
        Owner.tcp_wfree = SmallQueues::tcp_wfree;
    }
}
