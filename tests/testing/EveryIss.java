// SPDX-License-Identifier: GPL-2.0-only
package testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A test that runs for several initial sequence numbers: where they start, where the sign changes, where they wrap. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedTest(name = "iss {0}")
@ValueSource(ints = {0, 1, 0x7fffffff, 0x80000000, -1000})
public @interface EveryIss {}
