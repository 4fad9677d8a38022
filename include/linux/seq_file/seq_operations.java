// SPDX-License-Identifier: GPL-2.0-only
package linux.seq_file;

import linux.compiler.LongRef;

/** How a file of {@code /proc} that is a list is walked and shown. */
public final class seq_operations {
    public interface Start {
        /** @return record number {@code pos}, or null: the list ends before it */
        Object call(seq_file m, LongRef pos);
    }

    public interface Next {
        /** @return the record behind {@code v}, or null; {@code pos} becomes its number */
        Object call(seq_file m, Object v, LongRef pos);
    }

    public interface Stop {
        void call(seq_file m, Object v);
    }

    public interface Show {
        /** @return 0; negative: an error; positive: nothing is to be shown */
        int call(seq_file m, Object v);
    }

    public Start start;
    public Next next;

    /** Called behind what {@link #start} began, with the record (or null) at which the walk was left. */
    public Stop stop;

    public Show show;
}
