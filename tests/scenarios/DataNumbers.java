// SPDX-License-Identifier: GPL-2.0-only
package scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import linux.tcp.tcp_sock;

/**
 * Initial data sequence numbers of our choice. They are a hash of the keys, which nobody can choose a key for; so a connection that has
 * not sent any data for a while is moved, both ends at once, to other numbers.
 */
final class DataNumbers {
    private DataNumbers() {}

    /** From now on the next byte of the client has the number {@code up}, the next one of the server {@code down}. */
    static void begin(Link l, long up, long down) {
        send(l.c, up);
        receive(l.s, up);
        send(l.s, down);
        receive(l.c, down);
    }

    private static void send(tcp_sock meta, long number) {
        assertThat(meta.packets_out).as("data on its way").isZero();
        assertThat(meta.snd_una).isEqualTo(meta.write_seq);
        int n = (int) number;
        meta.write_seq = n;
        meta.snd_sml = n;
        meta.snd_una = n;
        meta.snd_nxt = n;
        meta.pushed_seq = n;
        meta.snd_up = n;
        meta.mptcp.snt_isn = n;
        meta.mpcb.snd_hiseq_index = 0;
        meta.mpcb.snd_high_order[0] = (int) (number >>> 32);
        meta.mpcb.snd_high_order[1] = meta.mpcb.snd_high_order[0] - 1;
        for (tcp_sock tp = meta.mpcb.connection_list; tp != null; tp = tp.mptcp.next) {
            tp.mptcp.last_end_data_seq = n;
        }
    }

    private static void receive(tcp_sock meta, long number) {
        assertThat(meta.copied_seq).as("data that nobody has read").isEqualTo(meta.rcv_nxt);
        int n = (int) number;
        meta.rcvq_space.seq += n - meta.copied_seq;
        meta.copied_seq = n;
        meta.rcv_nxt = n;
        meta.rcv_wup = n;
        meta.snd_wl1 = n - 1;
        meta.mpcb.rcv_hiseq_index = 0;
        meta.mpcb.rcv_high_order[0] = (int) (number >>> 32);
        meta.mpcb.rcv_high_order[1] = meta.mpcb.rcv_high_order[0] + 1;
    }
}
