// SPDX-License-Identifier: GPL-2.0-only
package uapi.linux.inet_diag;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What modules that measure delays tell about a connection: the payload of {@code INET_DIAG_VEGASINFO}. */
public final class tcpvegas_info {
    /** {@code sizeof(struct tcpvegas_info)}. */
    public static final int SIZE = 16;

    public int tcpv_enabled;

    /** Round trips measured within the last round trip. */
    public int tcpv_rttcnt;

    /** In microseconds; which round-trip times they are depends on the module. */
    public int tcpv_rtt;

    public int tcpv_minrtt;

    /** The struct as it lies in memory: four little-endian words. */
    public byte[] bytes() {
        return ByteBuffer.allocate(SIZE)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(tcpv_enabled)
                .putInt(tcpv_rttcnt)
                .putInt(tcpv_rtt)
                .putInt(tcpv_minrtt)
                .array();
    }
}
