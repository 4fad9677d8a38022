// SPDX-License-Identifier: GPL-2.0-only
package testing;

import static linux.kernel.Kernel.maxU32;
import static net.tcp.Congestion.tcp_current_ssthresh;
import static net.tcp.TcpConst.TCP_INFINITE_SSTHRESH;
import static net.tcp.tcp_congestion_ops.CA_EVENT_COMPLETE_CWR;
import static net.tcp.tcp_congestion_ops.CA_EVENT_CWND_RESTART;
import static net.tcp.tcp_congestion_ops.CA_EVENT_FAST_ACK;
import static net.tcp.tcp_congestion_ops.CA_EVENT_LOSS;
import static net.tcp.tcp_congestion_ops.CA_EVENT_SLOW_ACK;
import static net.tcp.tcp_congestion_ops.CA_EVENT_TX_START;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Recovery;

import java.lang.reflect.Field;
import linux.jiffies.Jiffies;
import linux.tcp.tcp_sock;
import net.tcp.tcp_congestion_ops;

/**
 * Replays a table {@code cc_*}: three connections under the control of one module, with losses, timeouts, pauses and
 * undone losses. A row is an event; the driver calls what TCP calls then, and compares the window and everything that
 * the module keeps with what they were in the real kernel.
 */
public final class CcTrajectory {
    /** The bytes of a segment. */
    private static final int MSS = 1000;

    private final tcp_congestion_ops ops;
    private tcp_sock tp;

    private CcTrajectory(tcp_congestion_ops ops) {
        this.ops = ops;
    }

    /**
     * A connection under {@code ops} that has not lost anything yet: window 10, no GSO, all numbers of the module 0.
     */
    public static tcp_sock socket(tcp_congestion_ops ops) {
        tcp_sock tp = new tcp_sock();
        tp.icsk_ca_ops = ops;
        tp.icsk_ca_state = TCP_CA_Open;
        tp.skc_state = TCP_ESTABLISHED;
        tp.sk_gso_type = 1;
        tp.mss_cache = MSS;
        tp.snd_cwnd = 10;
        tp.snd_ssthresh = TCP_INFINITE_SSTHRESH;
        tp.snd_cwnd_clamp = ~0;
        return tp;
    }

    /** Replays all rows of {@code table}; each must agree in every column. */
    public static void replay(String table, tcp_congestion_ops ops) {
        CcTrajectory t = new CcTrajectory(ops);
        Vectors.each(table, t::step);
    }

    private void step(Vectors.Row row) {
        String ev = row.text("in.ev");

        if (ev.equals("init")) {
            tp = socket(ops);
            // The third connection has a limit.
            tp.snd_cwnd_clamp = row.i32("seq") == 2 ? 400 : ~0;
        }
        if (tp.snd_cwnd == 0) {
            tp.snd_cwnd = 1;
        }
        Jiffies.jiffies = row.i64("in.jiffies");
        tp.snd_una = row.i32("in.tp.snd_una");
        tp.snd_nxt = row.i32("in.tp.snd_nxt");
        tp.srtt = row.i32("in.tp.srtt");
        if (row.has("in.tp.rx_opt.rcv_tsval")) {
            tp.rx_opt.rcv_tsval = row.i32("in.tp.rx_opt.rcv_tsval");
            tp.rx_opt.rcv_tsecr = row.i32("in.tp.rx_opt.rcv_tsecr");
        }

        int acked = row.i32("in.acked");
        int reps = row.i32("in.reps");
        int rtt_us = row.i32("in.rtt_us");
        int in_flight = row.i32("in.in_flight");
        switch (ev) {
            case "init" -> {
                if (ops.init != null) {
                    ops.init.call(tp);
                }
            }
            case "ack", "sack" -> {
                for (int i = 0; i < reps; i++) {
                    tp.snd_una += acked * MSS;
                    event(ev.equals("ack") ? CA_EVENT_FAST_ACK : CA_EVENT_SLOW_ACK);
                    pktsAcked(acked, rtt_us);
                    ops.cong_avoid.call(tp, tp.snd_una, acked, in_flight);
                    tp.snd_cwnd_stamp = (int) Jiffies.jiffies;
                }
            }
            case "dack" -> {
                for (int i = 0; i < reps; i++) {
                    tp.snd_una += acked * MSS;
                    event(CA_EVENT_SLOW_ACK);
                    if (acked != 0) {
                        pktsAcked(acked, rtt_us);
                    }
                }
            }
            case "loss" -> {
                tp.prior_ssthresh = tcp_current_ssthresh(tp);
                tp.snd_cwnd_cnt = 0;
                tp.prior_cwnd = tp.snd_cwnd;
                tp.snd_ssthresh = ops.ssthresh.call(tp);
                state(TCP_CA_Recovery);
            }
            case "exit" -> {
                tp.snd_cwnd = tp.snd_ssthresh;
                event(CA_EVENT_COMPLETE_CWR);
                state(TCP_CA_Open);
            }
            case "undo" -> {
                tp.snd_cwnd = ops.undo_cwnd != null
                        ? ops.undo_cwnd.call(tp)
                        : maxU32(tp.snd_cwnd, tp.snd_ssthresh << 1);
                tp.snd_ssthresh = maxU32(tp.snd_ssthresh, tp.prior_ssthresh);
                state(TCP_CA_Open);
            }
            case "rto" -> {
                tp.prior_ssthresh = tcp_current_ssthresh(tp);
                tp.snd_ssthresh = ops.ssthresh.call(tp);
                event(CA_EVENT_LOSS);
                tp.snd_cwnd = 1;
                tp.snd_cwnd_cnt = 0;
                state(TCP_CA_Loss);
            }
            case "open" -> state(TCP_CA_Open);
            case "restart" -> event(CA_EVENT_CWND_RESTART);
            case "tx_start" -> event(CA_EVENT_TX_START);
            default -> throw new AssertionError(row + ": event " + ev);
        }
        compare(row);
    }

    private void event(int ev) {
        if (ops.cwnd_event != null) {
            ops.cwnd_event.call(tp, ev);
        }
    }

    private void pktsAcked(int acked, int rtt_us) {
        if (ops.pkts_acked != null) {
            ops.pkts_acked.call(tp, acked, rtt_us);
        }
    }

    private void state(int state) {
        if (ops.set_state != null) {
            ops.set_state.call(tp, state);
        }
        tp.icsk_ca_state = state;
    }

    private void compare(Vectors.Row row) {
        for (String column : row.columns()) {
            if (!column.startsWith("out.")) {
                continue;
            }
            long value;
            switch (column) {
                case "out.icsk.icsk_ca_state" -> value = tp.icsk_ca_state;
                case "out.tp.snd_cwnd" -> value = tp.snd_cwnd;
                case "out.tp.snd_cwnd_cnt" -> value = tp.snd_cwnd_cnt;
                case "out.tp.snd_ssthresh" -> value = tp.snd_ssthresh;
                case "out.min_cwnd" -> value = ops.min_cwnd == null ? 0 : ops.min_cwnd.call(tp);
                default -> {
                    assertThat(column).startsWith("out.ca.");
                    value = field(tp.icsk_ca_priv, column.substring(column.lastIndexOf('.') + 1));
                }
            }
            // Columns are u32 or narrower, but for illinois' sum_rtt.
            long expected = row.i64(column);
            if (expected >>> 32 == 0) {
                value &= 0xffffffffL;
            }
            assertThat(value).as("%s %s after %s", row, column, row.text("in.ev")).isEqualTo(expected);
        }
    }

    /** A number that a module keeps; it may have inherited it (YeAH). */
    static long field(Object ca, String name) {
        for (Class<?> c = ca.getClass(); c != null; c = c.getSuperclass()) {
            for (Field f : c.getDeclaredFields()) {
                if (f.getName().equals(name)) {
                    f.setAccessible(true);
                    try {
                        Object v = f.get(ca);
                        return v instanceof Boolean b ? b ? 1 : 0 : ((Number) v).longValue();
                    } catch (IllegalAccessException e) {
                        throw new AssertionError(e);
                    }
                }
            }
        }
        throw new AssertionError("no field " + name + " in " + ca.getClass());
    }
}
