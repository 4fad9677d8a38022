// SPDX-License-Identifier: GPL-2.0-only
package linux.compiler;

/** What C writes as {@code int *}: a place for a number that the callee fills in. */
public final class IntRef {
    public int val;

    public IntRef() {}

    public IntRef(int val) {
        this.val = val;
    }
}
