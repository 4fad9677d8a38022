// SPDX-License-Identifier: GPL-2.0-only
package linux.workqueue;

/** A name for a group of works that one can wait for. All queues share the same workers. */
public final class workqueue_struct {
    public final String name;

    /** Works queued or running. */
    int in_flight;

    workqueue_struct(String name) {
        this.name = name;
    }
}
