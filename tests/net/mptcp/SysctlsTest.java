// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import static org.assertj.core.api.Assertions.assertThat;

import linux.init.Machine;
import linux.printk.Printk;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class SysctlsTest {
    @Test
    @DisplayName("the defaults are those of the real kernel, and a boot brings them back")
    void defaults() {
        Sysctls.sysctl_mptcp_enabled = 0;
        Sysctls.sysctl_mptcp_checksum = 0;
        Sysctls.sysctl_mptcp_debug = 1;
        Machine.boot();

        assertThat(Sysctls.sysctl_mptcp_enabled).isEqualTo(1);
        assertThat(Sysctls.sysctl_mptcp_checksum).isEqualTo(1);
        assertThat(Sysctls.sysctl_mptcp_debug).isZero();
    }

    @Nested
    class mptcp_debug {
        @Test
        @DisplayName("logs with the name of the source file, if the sysctl says so")
        void logged() {
            int booted = Printk.dmesg().size();
            Sysctls.mptcp_debug("%s: %#x\n", "f", 16);
            assertThat(Printk.dmesg()).hasSize(booted);

            Sysctls.sysctl_mptcp_debug = 1;
            Sysctls.mptcp_debug("%s: %#x\n", "f", 16);
            assertThat(Printk.dmesg()).hasSize(booted + 1);
            assertThat(Printk.dmesg().get(booted).text()).isEqualTo("net/mptcp/net.mptcp.c: f: 0x10");
        }
    }

    @Nested
    class mptcp_sysctl_syn_retries {
        @Test
        @DisplayName("is the sysctl")
        void sysctl() {
            assertThat(Sysctls.mptcp_sysctl_syn_retries()).isEqualTo(3);

            Sysctls.sysctl_mptcp_syn_retries = 5;
            assertThat(Sysctls.mptcp_sysctl_syn_retries()).isEqualTo(5);
        }
    }
}
