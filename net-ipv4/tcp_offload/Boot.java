// SPDX-License-Identifier: GPL-2.0-only
package tcp_offload;

import linux.init.Initcall;
import net.protocol.net_offload;

/** The table of {@code tcp_offload.c}; {@code inet_init} registers it. */
public final class Boot implements Initcall {
    @Override
    public void data() {
        V4.tcpv4_offload = new net_offload();
        V4.tcpv4_offload.gso_send_check = V4::tcp_v4_gso_send_check;
        V4.tcpv4_offload.gso_segment = Gso::tcp_gso_segment;
        V4.tcpv4_offload.gro_receive = V4::tcp4_gro_receive;
        V4.tcpv4_offload.gro_complete = V4::tcp4_gro_complete;
    }
}
