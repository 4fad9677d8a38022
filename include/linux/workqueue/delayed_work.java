// SPDX-License-Identifier: GPL-2.0-only
package linux.workqueue;

import linux.timer.timer_list;

/** Work that starts when its timer has expired. */
public final class delayed_work extends work_struct {
    public final timer_list timer = new timer_list();

    /** Where it goes then. */
    workqueue_struct wq;
}
