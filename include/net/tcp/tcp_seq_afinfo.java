// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import linux.seq_file.seq_file;
import linux.seq_file.seq_operations;
import net.net_namespace.net;

/** A file of {@code /proc} that lists TCP sockets. */
public final class tcp_seq_afinfo {
    public interface Open {
        int call(tcp_seq_afinfo afinfo, net net, seq_file seq);
    }

    public String name;
    public int family;

    /** {@code seq_fops->open}: somebody begins to read. */
    public Open open;

    /** {@code show} is given; {@code tcp_proc_register} fills in the rest. */
    public final seq_operations seq_ops = new seq_operations();
}
