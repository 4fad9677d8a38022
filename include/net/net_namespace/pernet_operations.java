// SPDX-License-Identifier: GPL-2.0-only
package net.net_namespace;

/** What a part of the stack does for each namespace that begins or ends. Either may be null. */
public final class pernet_operations {
    public interface Init {
        /** @return 0 or a negative errno */
        int call(net net);
    }

    public interface Exit {
        void call(net net);
    }

    public Init init;
    public Exit exit;

    /** Called after {@link #exit} of all members. */
    public Exit exit_batch;
}
