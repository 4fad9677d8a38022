// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import linux.init.Machine;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class SysctlsTest {
    @Test
    @DisplayName("the defaults are those of the real kernel, and a boot brings them back")
    void defaults() {
        assertThat(Sysctls.sysctl_tcp_fin_timeout).isEqualTo(60_000);
        assertThat(Sysctls.sysctl_tcp_max_orphans).isEqualTo(4096);
        assertThat(Sysctls.sysctl_tcp_notsent_lowat).isEqualTo(-1);
        assertThat(Sysctls.sysctl_tcp_early_retrans).isEqualTo(3);

        Sysctls.sysctl_tcp_sack = 0;
        Sysctls.sysctl_tcp_rmem[2] = 1;
        Machine.boot();

        assertThat(Sysctls.sysctl_tcp_sack).isEqualTo(1);
        assertThat(Sysctls.sysctl_tcp_rmem[2]).isNotEqualTo(1);
    }
}
