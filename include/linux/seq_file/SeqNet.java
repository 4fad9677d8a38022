// SPDX-License-Identifier: GPL-2.0-only
package linux.seq_file;

import linux.proc_fs.ProcDir;
import net.net_namespace.net;

/** Files of {@code /proc/net}, which are about a namespace, from {@code include/linux/seq_file_net.h}. */
public final class SeqNet {
    private SeqNet() {}

    /** Writes the text of a file in one go. */
    public interface Show {
        /** @param v for files of many records the record; here null */
        int call(seq_file m, Object v);
    }

    /** How a file is opened: the member of {@code file_operations} that tells one file from the other. */
    public interface Open {
        int call(net net, seq_file seq);
    }

    /** A file of {@code net} that {@code open} opens. */
    public static ProcDir.Show fileOf(net net, Open open) {
        return m -> open.call(net, m);
    }

    /** Opens a file that is read in one go; {@code show} finds the namespace in {@code private_}. */
    public static int single_open_net(net net, seq_file seq, Show show) {
        seq.private_ = net;
        return show.call(seq, null);
    }
}
