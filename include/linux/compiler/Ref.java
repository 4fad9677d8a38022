// SPDX-License-Identifier: GPL-2.0-only
package linux.compiler;

/** What C writes as {@code struct x **}: a place for a pointer that the callee fills in. */
public final class Ref<T> {
    public T val;

    public Ref() {}

    public Ref(T val) {
        this.val = val;
    }
}
