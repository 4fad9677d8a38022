// SPDX-License-Identifier: GPL-2.0-only
package linux.compiler;

import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The function behaves differently from the source, and why. NOTES.md lists every one; a test holds
 * the list against the code.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
@Repeatable(Differs.All.class)
public @interface Differs {
    /** What differs, and the reason: a later fix, a read past the end, ... */
    String value();

    /** Container for a function that differs in more than one place. */
    @Retention(RetentionPolicy.RUNTIME)
    @Target({ElementType.METHOD, ElementType.TYPE})
    @interface All {
        Differs[] value();
    }
}
