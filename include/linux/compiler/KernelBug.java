// SPDX-License-Identifier: GPL-2.0-only
package linux.compiler;

import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The kernel of that time has a bug here, and the port keeps it: what it does, and what fixed it
 * upstream. NOTES.md lists every one; a test holds the list against the code.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
@Repeatable(KernelBug.All.class)
public @interface KernelBug {
    /** What goes wrong; fixed upstream by which commit. */
    String value();

    /** Container for a function with more than one. */
    @Retention(RetentionPolicy.RUNTIME)
    @Target({ElementType.METHOD, ElementType.TYPE})
    @interface All {
        KernelBug[] value();
    }
}
