// SPDX-License-Identifier: GPL-2.0-only
package testing;

import static net.tcp.tcp_congestion_ops.CA_EVENT_COMPLETE_CWR;
import static net.tcp.tcp_congestion_ops.CA_EVENT_CWND_RESTART;
import static net.tcp.tcp_congestion_ops.CA_EVENT_LOSS;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Recovery;

import java.util.List;
import java.util.Map;
import linux.tcp.tcp_sock;
import net.tcp.tcp_congestion_ops;

/**
 * Replays a table {@code mptcp_lia}, {@code mptcp_olia} or {@code mptcp_wvegas}: five connections of two or three
 * subflows under one module. A row is an event on one subflow; then the windows of all, and what the module keeps for
 * each, must be those of the real kernel.
 */
public final class MptcpTrajectory {
    private static final int MSS = 1000;

    /** Columns that do not have the field's name. */
    private static final Map<String, String> FIELDS = Map.of(
            "loss1", "mptcp_loss1", "loss2", "mptcp_loss2", "loss3", "mptcp_loss3", "doing", "doing_wvegas_now");

    private final tcp_congestion_ops ops;
    private MptcpSockets c;

    private MptcpTrajectory(tcp_congestion_ops ops) {
        this.ops = ops;
    }

    /** A connection of {@code n} subflows under {@code ops}, each with a window of 10 and no loss so far. */
    public static MptcpSockets connection(int n, tcp_congestion_ops ops) {
        MptcpSockets c = new MptcpSockets(n);
        for (tcp_sock tp : c.subflows()) {
            tp.icsk_ca_ops = ops;
            tp.snd_cwnd = 10;
            tp.srtt = 0;
        }
        return c;
    }

    /** Replays all rows of {@code table}; each must agree in every column. */
    public static void replay(String table, tcp_congestion_ops ops) {
        MptcpTrajectory t = new MptcpTrajectory(ops);
        List<Vectors.Row> rows = Vectors.rows(table);
        assertThat(rows).isNotEmpty();
        for (int i = 0; i < rows.size(); i++) {
            if (rows.get(i).i32("step") == 0) {
                t.begin(rows, i);
            }
            t.step(rows.get(i));
        }
    }

    /** The first rows, one for each subflow, say how the connection begins. */
    private void begin(List<Vectors.Row> rows, int at) {
        int n = rows.get(at).i32("in.n_subflows");
        c = connection(n, ops);
        for (int i = 0; i < n; i++) {
            Vectors.Row row = rows.get(at + i);
            tcp_sock tp = c.sub(i);
            tp.snd_ssthresh = row.i32("out." + i + ".snd_ssthresh");
            tp.srtt = row.i32("in.tp.srtt");
            tp.snd_una = row.i32("in.tp.snd_una");
            tp.snd_nxt = row.i32("in.tp.snd_nxt");
        }
    }

    private void step(Vectors.Row row) {
        String ev = row.text("in.ev");
        tcp_sock tp = c.sub(row.i32("in.sub"));

        if (tp.snd_cwnd == 0) {
            tp.snd_cwnd = 1;
        }
        tp.snd_una = row.i32("in.tp.snd_una");
        tp.snd_nxt = row.i32("in.tp.snd_nxt");
        tp.srtt = row.i32("in.tp.srtt");

        switch (ev) {
            case "init" -> ops.init.call(tp);
            case "ack" -> {
                int acked = row.i32("in.acked");
                for (int i = 0; i < row.i32("in.reps"); i++) {
                    tp.snd_una += acked * MSS;
                    if (ops.pkts_acked != null) {
                        ops.pkts_acked.call(tp, acked, row.i32("in.rtt_us"));
                    }
                    ops.cong_avoid.call(tp, tp.snd_una, acked, row.i32("in.in_flight"));
                }
            }
            case "loss" -> {
                tp.snd_cwnd_cnt = 0;
                tp.prior_cwnd = tp.snd_cwnd;
                tp.snd_ssthresh = ops.ssthresh.call(tp);
                state(tp, TCP_CA_Recovery);
            }
            case "exit" -> {
                tp.snd_cwnd = tp.snd_ssthresh;
                event(tp, CA_EVENT_COMPLETE_CWR);
                state(tp, TCP_CA_Open);
            }
            case "rto" -> {
                tp.snd_ssthresh = ops.ssthresh.call(tp);
                event(tp, CA_EVENT_LOSS);
                tp.snd_cwnd = 1;
                tp.snd_cwnd_cnt = 0;
                state(tp, TCP_CA_Loss);
            }
            case "open" -> state(tp, TCP_CA_Open);
            case "restart" -> event(tp, CA_EVENT_CWND_RESTART);
            case "estab" -> c.mpcb.cnt_established = c.mpcb.cnt_established == 1 ? c.subflows().size() : 1;
            case "srtt0" -> tp.mptcp.pre_established = !tp.mptcp.pre_established;
            default -> throw new AssertionError(row + ": event " + ev);
        }
        compare(row);
    }

    private void event(tcp_sock tp, int ev) {
        if (ops.cwnd_event != null) {
            ops.cwnd_event.call(tp, ev);
        }
    }

    private void state(tcp_sock tp, int state) {
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
            String[] name = column.split("\\.");
            long value;
            if (name[1].equals("mpcb")) {
                value = c.mpcb.cnt_established;
            } else if (name[1].equals("meta_ca")) {
                value = ca(c.meta, name[2]);
            } else {
                int i = Integer.parseInt(name[1]);
                if (i >= c.subflows().size()) {
                    continue;
                }
                tcp_sock tp = c.sub(i);
                value = switch (name[2]) {
                    case "snd_cwnd" -> tp.snd_cwnd;
                    case "snd_cwnd_cnt" -> tp.snd_cwnd_cnt;
                    case "snd_ssthresh" -> tp.snd_ssthresh;
                    case "srtt" -> tp.srtt;
                    case "icsk_ca_state" -> tp.icsk_ca_state;
                    case "pre_established" -> tp.mptcp.pre_established ? 1 : 0;
                    case "ca" -> ca(tp, FIELDS.getOrDefault(name[3], name[3]));
                    default -> throw new AssertionError(column);
                };
            }
            long expected = row.i64(column);
            if (expected >>> 32 == 0) {
                value &= 0xffffffffL;
            }
            assertThat(value).as("%s %s after %s", row, column, row.text("in.ev")).isEqualTo(expected);
        }
    }

    /** A number that the module keeps; before it has looked at a socket, all are 0. */
    private static long ca(tcp_sock tp, String name) {
        return tp.icsk_ca_priv == null ? 0 : CcTrajectory.field(tp.icsk_ca_priv, name);
    }
}
