// SPDX-License-Identifier: GPL-2.0-only
package linux.compiler;

/** What C writes as {@code bool *}: a place for a flag that the callee fills in. */
public final class BoolRef {
    public boolean val;

    public BoolRef() {}

    public BoolRef(boolean val) {
        this.val = val;
    }
}
