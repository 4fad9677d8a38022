// SPDX-License-Identifier: GPL-2.0-only
package linux.err;

/**
 * {@code IS_ERR} and {@code PTR_ERR}: functions that return a pointer or an error. C hides the error
 * in the address; here the structs concerned ({@code sk_buff}, {@code dst_entry}, ...) can be made as
 * a value that stands for an error and is nothing else.
 */
public final class Err {
    private Err() {}

    /** A struct of which a function may return an error instead. */
    public interface ErrPtr {
        /** 0 for a real one, else the negative errno. */
        int ptr_err();
    }

    public static boolean IS_ERR(ErrPtr ptr) {
        return ptr != null && ptr.ptr_err() != 0;
    }

    public static boolean IS_ERR_OR_NULL(ErrPtr ptr) {
        return ptr == null || ptr.ptr_err() != 0;
    }

    public static int PTR_ERR(ErrPtr ptr) {
        return ptr.ptr_err();
    }
}
