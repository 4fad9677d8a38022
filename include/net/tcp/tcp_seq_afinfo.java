// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

/** A file of {@code /proc} that lists TCP sockets. */
public final class tcp_seq_afinfo {
    public interface Show {
        int call(linux.seq_file.seq_file seq, Object v);
    }

    public String name;
    public int family;
    public Show show;
}
