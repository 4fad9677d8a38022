// SPDX-License-Identifier: GPL-2.0-only
package linux.notifier;

/** One who wants to hear of events. */
public final class notifier_block {
    public static final int NOTIFY_DONE = 0;
    public static final int NOTIFY_OK = 1;
    public static final int NOTIFY_STOP_MASK = 0x8000;

    /** @see notifier_block#call */
    public interface Call {
        int call(notifier_block nb, long event, Object data);
    }

    public final Call notifier_call;

    /** Higher ones hear of it first. */
    public int priority;

    public notifier_block(Call call) {
        notifier_call = call;
    }
}
