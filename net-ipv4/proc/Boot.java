// SPDX-License-Identifier: GPL-2.0-only
package proc;

import linux.init.Initcall;
import net.net_namespace.pernet_operations;

/** Boot of {@code net/ipv4/proc.c}; {@code inet_init} calls {@link Proc#ip_misc_proc_init}. */
public final class Boot implements Initcall {
    static pernet_operations ip_proc_ops;

    @Override
    public void data() {
        ip_proc_ops = new pernet_operations();
        ip_proc_ops.init = Proc::ip_proc_init_net;
        ip_proc_ops.exit = Proc::ip_proc_exit_net;
    }
}
