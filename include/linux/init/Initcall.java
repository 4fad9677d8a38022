// SPDX-License-Identifier: GPL-2.0-only
package linux.init;

/**
 * What a C file brings to the boot of the machine: its static variables and its initcall. A class that implements
 * it stands in the file's package and is named in {@code META-INF/services/linux.init.Initcall}, which is the link
 * order of this kernel.
 */
public interface Initcall {
    /** When the initcall runs; within a level the link order decides. */
    enum Level {
        CORE,
        SUBSYS,
        FS,
        DEVICE,
        LATE
    }

    /** The level of {@link #init}. */
    default Level level() {
        return Level.DEVICE;
    }

    /** Gives every static variable of the file its initial value: what the loader does with {@code .data}. */
    default void data() {}

    /** The initcall itself. */
    default void init() {}
}
