// SPDX-License-Identifier: GPL-2.0-only
package linux.fs;

import java.util.ArrayList;
import java.util.List;
import linux.wait.Wait;
import linux.wait.wait_queue_head_t;
import linux.wait.wait_queue_t;

/** A poll in progress: the queues that it waits on. */
public final class poll_table {
    /** A queue and the place on it. */
    private record Entry(wait_queue_head_t queue, wait_queue_t entry) {}

    private final List<Entry> entries = new ArrayList<>();
    private final wait_queue_t.Function wake;

    /** The {@code POLL*} bits that the caller asks for. */
    public int _key;

    /** Nothing more to wait for: from here on files are only looked at. */
    boolean done;

    poll_table(wait_queue_t.Function wake) {
        this.wake = wake;
    }

    /** Called by a file's poll: "wait for me here". */
    public static void poll_wait(file file, wait_queue_head_t queue, poll_table p) {
        if (p != null && !p.done && queue != null) {
            wait_queue_t wait = new wait_queue_t(p, p.wake);
            p.entries.add(new Entry(queue, wait));
            Wait.add_wait_queue(queue, wait);
        }
    }

    public static boolean poll_does_not_wait(poll_table p) {
        return p == null || p.done;
    }

    public static int poll_requested_events(poll_table p) {
        return p == null ? ~0 : p._key;
    }

    void free() {
        for (Entry e : entries) {
            Wait.remove_wait_queue(e.queue, e.entry);
        }
        entries.clear();
    }
}
