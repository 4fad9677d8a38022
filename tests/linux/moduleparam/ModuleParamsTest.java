// SPDX-License-Identifier: GPL-2.0-only
package linux.moduleparam;

import static linux.errno.Errno.EACCES;
import static linux.errno.Errno.ENOENT;
import static org.assertj.core.api.Assertions.assertThat;

import linux.init.Machine;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;

@KernelTest
class ModuleParamsTest {
    private int value = 7;

    @BeforeEach
    void parameters() {
        ModuleParams.module_param("test", "i", 0644, () -> value, v -> value = v);
        ModuleParams.module_param("test", "b", ModuleParams.Type.BYTE, 0644, () -> value, v -> value = v);
        ModuleParams.module_param("test", "o", ModuleParams.Type.BOOL, 0644, () -> value, v -> value = v);
        ModuleParams.module_param("test", "fixed", 0444, () -> value, v -> value = v);
        ModuleParams.module_param("test", "hidden", 0, () -> value, v -> value = v);
    }

    @Test
    @DisplayName("a parameter is a file of its module")
    void path() {
        assertThat(ModuleParams.read("/sys/module/test/parameters/i")).isEqualTo("7");
        assertThat(ModuleParams.write("/sys/module/test/parameters/i", "-8\n")).isZero();
        assertThat(ModuleParams.read("test.i")).isEqualTo("-8");
        assertThat(value).isEqualTo(-8);
    }

    @ParameterizedTest
    @CsvSource({"i, 0x10, 0, 16", "i, 010, 0, 8", "i, 2147483648, -34, 7", "i, 1x, -22, 7", "i, '', -22, 7",
        "i, 08, -22, 7", "i, ' 1', -22, 7", "i, +5, 0, 5", "b, 255, 0, 255", "b, 256, -34, 7", "b, -1, -22, 7",
        "o, Y, 0, 1", "o, n, 0, 0", "o, 1, 0, 1", "o, 0, 0, 0", "o, 2, -22, 7", "o, '', -22, 7"})
    @DisplayName("the text must be a number of the type")
    void text(String name, String text, int ret, int stored) {
        assertThat(ModuleParams.write("test." + name, text)).isEqualTo(ret);
        assertThat(value).isEqualTo(stored);
    }

    @Test
    @DisplayName("a bool reads as Y or N")
    void bool() {
        assertThat(ModuleParams.read("test.o")).isEqualTo("Y");
        value = 0;
        assertThat(ModuleParams.read("test.o")).isEqualTo("N");
    }

    @Test
    @DisplayName("one without write permission can be read, one without a mode has no file")
    void permissions() {
        assertThat(ModuleParams.read("test.fixed")).isEqualTo("7");
        assertThat(ModuleParams.write("test.fixed", "1")).isEqualTo(-EACCES);
        assertThat(ModuleParams.read("test.hidden")).isNull();
        assertThat(ModuleParams.write("test.hidden", "1")).isEqualTo(-ENOENT);
        assertThat(ModuleParams.write("test.none", "1")).isEqualTo(-ENOENT);
        assertThat(ModuleParams.names()).contains("test.i", "test.fixed", "tcp_cubic.hystart")
                .doesNotContain("test.hidden", "tcp_illinois.theta");
    }

    @Test
    @DisplayName("the command line sets any of them when the module is loaded")
    void command_line() {
        try {
            ModuleParams.commandLine = "quiet test.fixed=9 test.hidde=3";
            parameters();
        } finally {
            ModuleParams.commandLine = "";
        }

        assertThat(value).isEqualTo(9);
    }

    @Test
    @DisplayName("a boot brings back the first values")
    void boot() {
        ModuleParams.write("tcp_cubic.hystart", "0");
        Machine.boot();

        assertThat(ModuleParams.read("tcp_cubic.hystart")).isEqualTo("1");
    }
}
