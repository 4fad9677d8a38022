// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static linux.errno.Errno.ENOENT;
import static mptcp_pm.PathManager.mptcp_register_path_manager;
import static net.mptcp.Globals.mptcp_pm_default;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;

import net.mptcp.mptcp_pm_ops;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;

@KernelTest
class SysctlTest {
    @Nested
    class proc_mptcp_path_manager {
        @Test
        @DisplayName("reads the name of the default, and makes another one the default")
        void read_and_write() {
            assertThat(init_net.sysctls.read("net.mptcp.mptcp_path_manager")).isEqualTo("default");

            assertThat(init_net.sysctls.write("net.mptcp.mptcp_path_manager", "fullmesh\n")).isZero();

            assertThat(init_net.sysctls.read("net.mptcp.mptcp_path_manager")).isEqualTo("fullmesh");
        }

        @Test
        @DisplayName("-ENOENT: none of that name; the default stays. Of a name that is too long 15 characters count")
        void unknown() {
            assertThat(init_net.sysctls.write("net.mptcp.mptcp_path_manager", "full")).isEqualTo(-ENOENT);
            mptcp_pm_ops pm = new mptcp_pm_ops();
            pm.name = "fifteen_letters";
            pm.get_local_id = mptcp_pm_default.get_local_id;
            mptcp_register_path_manager(pm);

            assertThat(init_net.sysctls.read("net.mptcp.mptcp_path_manager")).isEqualTo("default");
            assertThat(init_net.sysctls.write("net.mptcp.mptcp_path_manager", "fifteen_letters_and_more")).isZero();
            assertThat(init_net.sysctls.read("net.mptcp.mptcp_path_manager")).isEqualTo("fifteen_letters");
        }
    }

    @Nested
    class proc_mptcp_scheduler {
        @Test
        @DisplayName("reads the name of the default, and makes another one the default")
        void read_and_write() {
            assertThat(init_net.sysctls.read("net.mptcp.mptcp_scheduler")).isEqualTo("default");

            assertThat(init_net.sysctls.write("net.mptcp.mptcp_scheduler", "roundrobin")).isZero();

            assertThat(init_net.sysctls.read("net.mptcp.mptcp_scheduler")).isEqualTo("roundrobin");
        }

        @Test
        @DisplayName("-ENOENT: none of that name, and the default stays")
        void unknown() {
            assertThat(init_net.sysctls.write("net.mptcp.mptcp_scheduler", "")).isEqualTo(-ENOENT);
            assertThat(init_net.sysctls.read("net.mptcp.mptcp_scheduler")).isEqualTo("default");
        }
    }

    @ParameterizedTest
    @CsvSource({"mptcp_enabled, 1", "mptcp_checksum, 1", "mptcp_debug, 0", "mptcp_syn_retries, 3"})
    @DisplayName("the numbers have the kernel's defaults, and can be changed")
    void numbers(String name, String value) {
        assertThat(init_net.sysctls.read("net.mptcp." + name)).isEqualTo(value);
        assertThat(init_net.sysctls.write("net.mptcp." + name, "17")).isZero();
        assertThat(init_net.sysctls.read("net.mptcp." + name)).isEqualTo("17");
    }
}
