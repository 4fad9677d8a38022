// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Vectors;

@KernelTest
class TcpConstTest {
    @Test
    @DisplayName("every constant that the real kernel was asked for has its value")
    void vectors() throws ReflectiveOperationException {
        int found = 0;
        for (Field f : TcpConst.class.getDeclaredFields()) {
            for (Vectors.Row row : Vectors.rows("constants")) {
                if (row.text("name").equals(f.getName())) {
                    assertThat(f.getInt(null)).as("%s", f.getName()).isEqualTo(row.i32("out.value"));
                    found++;
                }
            }
        }
        assertThat(found).isEqualTo(11);
    }
}
