// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import linux.list.list_head;
import linux.skbuff.sk_buff;
import net.sock.sock;

/** A congestion-control module. {@code ssthresh} and {@code cong_avoid} are there always, the rest may be null. */
public final class tcp_congestion_ops {
    public static final int TCP_CA_NAME_MAX = 16;
    public static final int TCP_CA_MAX = 128;
    public static final int TCP_CA_BUF_MAX = TCP_CA_NAME_MAX * TCP_CA_MAX;

    /** Everybody may choose it. */
    public static final int TCP_CONG_NON_RESTRICTED = 0x1;

    /** It needs round-trip times finer than a jiffy. */
    public static final int TCP_CONG_RTT_STAMP = 0x2;

    /** {@code enum tcp_ca_event}. */
    public static final int CA_EVENT_TX_START = 0;

    public static final int CA_EVENT_CWND_RESTART = 1;
    public static final int CA_EVENT_COMPLETE_CWR = 2;
    public static final int CA_EVENT_LOSS = 3;
    public static final int CA_EVENT_FAST_ACK = 4;
    public static final int CA_EVENT_SLOW_ACK = 5;

    /** Returns a window in segments (u32). */
    public interface Window {
        int call(sock sk);
    }

    public interface Cong_avoid {
        void call(sock sk, int ack, int acked, int in_flight);
    }

    public interface Set_state {
        void call(sock sk, int new_state);
    }

    public interface Cwnd_event {
        void call(sock sk, int ev);
    }

    public interface Pkts_acked {
        void call(sock sk, int num_acked, int rtt_us);
    }

    public interface Get_info {
        void call(sock sk, int ext, sk_buff skb);
    }

    public final list_head<tcp_congestion_ops> list = new list_head<>(this);
    public int flags;
    public sock.Callback init;
    public sock.Callback release;

    /** The slow-start threshold after a loss. */
    public Window ssthresh;

    public Window min_cwnd;

    /** An ACK has come: grow the window. */
    public Cong_avoid cong_avoid;

    /** Called before {@code icsk_ca_state} changes. */
    public Set_state set_state;

    public Cwnd_event cwnd_event;

    /** The window after a loss that was none. */
    public Window undo_cwnd;

    /** Segments were acknowledged; {@code rtt_us} is -1 if it could not be measured. */
    public Pkts_acked pkts_acked;

    public Get_info get_info;
    public String name;
}
