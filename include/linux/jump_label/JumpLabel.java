// SPDX-License-Identifier: GPL-2.0-only
package linux.jump_label;

/** Switches for features that cost nothing while nobody uses them, from {@code include/linux/jump_label.h}. */
public final class JumpLabel {
    private JumpLabel() {}

    /** Is it on? Expected not to be. */
    public static boolean static_key_false(static_key key) {
        return key.enabled > 0;
    }

    /** One more wants it on. */
    public static void static_key_slow_inc(static_key key) {
        key.enabled++;
    }

    /** One less wants it on. */
    public static void static_key_slow_dec(static_key key) {
        key.enabled--;
    }
}
