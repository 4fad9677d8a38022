// SPDX-License-Identifier: GPL-2.0-only
package testing;

import static org.assertj.core.api.Assertions.assertThat;

import linux.moduleparam.ModuleParams;

/** Parameters of modules as their users see them: files below {@code /sys/module}. */
public final class ModuleFiles {
    private ModuleFiles() {}

    /** No parameter has this as its default. */
    private static final String OTHER = "7";

    /** The file shows {@code initial}, and what was written last. */
    public static void keeps(String module, String name, String initial) {
        String file = "/sys/module/" + module + "/parameters/" + name;

        assertThat(initial).isNotEqualTo(OTHER);
        assertThat(ModuleParams.read(file)).isEqualTo(initial);
        assertThat(ModuleParams.write(file, OTHER)).isZero();
        assertThat(ModuleParams.read(file)).isEqualTo(OTHER);
    }
}
