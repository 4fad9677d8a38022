// SPDX-License-Identifier: GPL-2.0-only
package linux.fs;

import static linux.fs.Files.fput;
import static linux.fs.Files.get_file;
import static linux.wait.Wait.add_wait_queue;
import static linux.wait.Wait.remove_wait_queue;

import java.util.ArrayList;
import java.util.List;
import linux.wait.wait_queue_head_t;
import linux.wait.wait_queue_t;

/** A poll in progress: the queues that it waits on. */
public final class poll_table {
    /** A place on a queue, and for which events a wake-up counts there. */
    static final class Entry {
        final file filp;
        final wait_queue_head_t wait_address;
        final wait_queue_t wait;
        final int key;

        Entry(file filp, wait_queue_head_t wait_address, int key, wait_queue_t.Function wake) {
            this.filp = filp;
            this.wait_address = wait_address;
            this.key = key;
            wait = new wait_queue_t(this, wake);
        }
    }

    private final List<Entry> entries = new ArrayList<>();
    private final wait_queue_t.Function wake;

    /** The {@code POLL*} bits that the caller asks for, of the file that is looked at now. */
    public int _key;

    /** Nothing more to wait for: from here on files are only looked at. */
    boolean done;

    poll_table(wait_queue_t.Function wake) {
        this.wake = wake;
    }

    /** Called by a file's poll: "wait for me here". The file stays open until the poll is over. */
    public static void poll_wait(file filp, wait_queue_head_t wait_address, poll_table p) {
        if (p != null && !p.done && wait_address != null) {
            Entry entry = new Entry(filp, wait_address, p._key, p.wake);
            get_file(filp);
            p.entries.add(entry);
            add_wait_queue(wait_address, entry.wait);
        }
    }

    public static boolean poll_does_not_wait(poll_table p) {
        return p == null || p.done;
    }

    public static int poll_requested_events(poll_table p) {
        return p == null ? ~0 : p._key;
    }

    void free() {
        for (Entry entry : entries) {
            remove_wait_queue(entry.wait_address, entry.wait);
            fput(entry.filp);
        }
        entries.clear();
    }
}
