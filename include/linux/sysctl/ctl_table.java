// SPDX-License-Identifier: GPL-2.0-only
package linux.sysctl;

import java.util.function.Consumer;
import java.util.function.Supplier;

/** A sysctl: how its text is made of the variable, and the other way round. */
public final class ctl_table {
    /** Reads or writes the variable. */
    public interface Handler {
        /**
         * @param write true: {@code value.val} is to be stored; false: it is to be filled in
         * @return 0, or {@code -EINVAL} when the text is no value for it
         */
        int call(ctl_table table, boolean write, linux.compiler.Ref<String> value);
    }

    /** The last part of the name. */
    public final String procname;

    public int mode = 0644;

    /** Room for a text, the byte that ends it in C included. */
    public int maxlen;

    public Handler proc_handler;

    /** The variable as numbers; one that is no array has one element. Written through {@link #set}. */
    public Supplier<long[]> get;

    public Consumer<long[]> set;

    /** Smallest and largest value of the {@code _minmax} handlers; null: no limit. */
    public Long extra1;

    public Long extra2;

    /** What the handler needs to know: a namespace; the text of {@code proc_dostring}, a {@code Ref<String>}. */
    public Object data;

    public ctl_table(String procname) {
        this.procname = procname;
    }
}
