// SPDX-License-Identifier: GPL-2.0-only
package linux.wait;

import linux.list.list_head;

/** Those who wait for something. */
public final class wait_queue_head_t {
    public final list_head<wait_queue_t> task_list = new list_head<>();
}
