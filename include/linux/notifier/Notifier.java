// SPDX-License-Identifier: GPL-2.0-only
package linux.notifier;

import static linux.notifier.notifier_block.NOTIFY_OK;
import static linux.notifier.notifier_block.NOTIFY_STOP_MASK;

/** How one who hears of an event says no to it, {@code include/linux/notifier.h}. */
public final class Notifier {
    private Notifier() {}

    /** @return what a notifier returns to stop what is going on with the error {@code err} (negative); 0: go on */
    public static int notifier_from_errno(int err) {
        if (err != 0) {
            return NOTIFY_STOP_MASK | (NOTIFY_OK - err);
        }

        return NOTIFY_OK;
    }

    /** @return the negative errno in what the chain returned; 0: nobody objects */
    public static int notifier_to_errno(int ret) {
        ret &= ~NOTIFY_STOP_MASK;
        return ret > NOTIFY_OK ? NOTIFY_OK - ret : 0;
    }
}
