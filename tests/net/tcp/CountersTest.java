// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.snmp.Snmp.TCP_MIB_MAXCONN;
import static uapi.linux.snmp.Snmp.TCP_MIB_RTOALGORITHM;
import static uapi.linux.snmp.Snmp.TCP_MIB_RTOMAX;
import static uapi.linux.snmp.Snmp.TCP_MIB_RTOMIN;

import net.net_namespace.net;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class CountersTest {
    @Nested
    class tcp_mib_init {
        @Test
        @DisplayName("sets the four that /proc/net/snmp begins with: algorithm, least and most RTO in ms, no limit")
        void constants() {
            net net = new net("n");

            Counters.tcp_mib_init(net);

            assertThat(net.mib.tcp_statistics[TCP_MIB_RTOALGORITHM]).isEqualTo(1);
            assertThat(net.mib.tcp_statistics[TCP_MIB_RTOMIN]).isEqualTo(200);
            assertThat(net.mib.tcp_statistics[TCP_MIB_RTOMAX]).isEqualTo(120_000);
            assertThat(net.mib.tcp_statistics[TCP_MIB_MAXCONN]).isEqualTo(-1);
        }
    }
}
