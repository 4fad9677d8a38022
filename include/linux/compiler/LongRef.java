// SPDX-License-Identifier: GPL-2.0-only
package linux.compiler;

/** What C writes as {@code u64 *}: a place for a number that the callee fills in. */
public final class LongRef {
    public long val;

    public LongRef() {}

    public LongRef(long val) {
        this.val = val;
    }
}
