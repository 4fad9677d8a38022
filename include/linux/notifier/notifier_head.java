// SPDX-License-Identifier: GPL-2.0-only
package linux.notifier;

import java.util.ArrayList;
import java.util.List;

/** A chain of those who want to hear of some kind of event: {@code raw_notifier_head} and its likes. */
public final class notifier_head {
    private final List<notifier_block> chain = new ArrayList<>();

    public void register(notifier_block nb) {
        int i = 0;
        while (i < chain.size() && chain.get(i).priority >= nb.priority) {
            i++;
        }
        chain.add(i, nb);
    }

    public void unregister(notifier_block nb) {
        chain.remove(nb);
    }

    /** Tells all, until one says stop. */
    public int call_chain(long event, Object data) {
        int ret = notifier_block.NOTIFY_DONE;
        for (notifier_block nb : List.copyOf(chain)) {
            ret = nb.notifier_call.call(nb, event, data);
            if ((ret & notifier_block.NOTIFY_STOP_MASK) != 0) {
                break;
            }
        }
        return ret;
    }
}
