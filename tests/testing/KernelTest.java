// SPDX-License-Identifier: GPL-2.0-only
package testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test class of the port: every test gets a freshly booted machine, and nothing may be left behind when it ends
 * ({@link KernelExtension}).
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(KernelExtension.class)
public @interface KernelTest {}
