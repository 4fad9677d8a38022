// SPDX-License-Identifier: GPL-2.0-only
package testing;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.kernel.Kernel.maxU32;
import static linux.skbuff.Free.kfree_skb;
import static linux.tcp.Sockets.tcp_sk;
import static linux.timer.Timers.del_timer;
import static linux.timer.Timers.setup_timer;
import static net.net_namespace.NetNs.init_net;
import static net.tcp.Globals.tcp_memory_allocated;
import static net.tcp.Globals.tcp_memory_pressure;
import static net.tcp.Globals.tcp_orphan_count;
import static net.tcp.Globals.tcp_sockets_allocated;
import static net.tcp.Sysctls.sysctl_tcp_mem;
import static net.tcp.Sysctls.sysctl_tcp_rmem;
import static net.tcp.Sysctls.sysctl_tcp_wmem;
import static net.tcp.TcpConst.MAX_TCP_HEADER;
import static uapi.linux.socket.SocketOpt.AF_INET;

import java.util.List;
import linux.jiffies.Jiffies;
import linux.tcp.tcp_sock;
import linux.timer.timer_list;
import net.inet_connection_sock.inet_connection_sock_af_ops;
import net.sock.proto;
import net.tcp.Sysctls;
import net.tcp.tcp_congestion_ops;
import tcp_input.Buffers;
import tcp_input.Rtt;
import tcp_input.SendCheck;
import tcp_output.Mss;
import tcp_output.Push;
import tcp_output.Windows;
import tcp_output.WriteXmit;

/**
 * A TCP socket as {@code socket()} makes it, without the socket layer and without a network below: for tests of single
 * functions, and for the tables of {@link Vectors}.
 *
 * <p>It has the values of {@code fresh_socket.csv}, a protocol to account memory to, Reno as its congestion control,
 * timers that do nothing when they run out, and plain TCP's functions. What it sends is freed at once.
 */
public final class FreshSocket {
    private FreshSocket() {}

    /** A socket; also sets the limits on memory to those of the machine that made the tables. */
    public static tcp_sock fresh() {
        sysctl_tcp_rmem[2] = 4_092_256;
        sysctl_tcp_wmem[2] = 4_092_256;
        sysctl_tcp_mem[0] = 11_988;
        sysctl_tcp_mem[1] = 15_985;
        sysctl_tcp_mem[2] = 23_976;

        tcp_sock tp = SocketFields.fresh();
        tp.skc_family = AF_INET;
        tp.skc_refcnt = 1;
        tp.sk_wmem_alloc = 1;
        tp.skc_net = init_net;
        tp.skc_prot = protocol();
        tp.sk_allocation = GFP_KERNEL;
        tp.sk_write_space = sk -> {};
        tp.sk_error_report = sk -> {};
        tp.sk_state_change = sk -> {};
        tp.sk_data_ready = (sk, bytes) -> {};
        tp.icsk_ca_ops = reno();
        tp.icsk_af_ops = nowhere();
        setup_timer(tp.icsk_retransmit_timer, data -> {}, tp);
        setup_timer(tp.icsk_delack_timer, data -> {}, tp);
        setup_timer(tp.sk_timer, data -> {}, tp);

        tp.icsk_sync_mss = Mss::tcp_sync_mss;
        tp.__select_window = Push::__tcp_select_window;
        tp.select_window = Windows::tcp_select_window;
        tp.init_buffer_space = Buffers::tcp_init_buffer_space;
        tp.set_rto = Rtt::tcp_set_rto;
        tp.should_expand_sndbuf = SendCheck::tcp_should_expand_sndbuf;
        tp.write_xmit = WriteXmit::tcp_write_xmit;
        return tp;
    }

    /**
     * A socket as a row of a table describes it, on a machine with the time and the sysctls that the row names:
     * columns {@code in.tp.*}, {@code in.icsk.*}, {@code in.sk.*}, {@code in.jiffies}, {@code in.sysctl_tcp_*}, {@code
     * in.tcp_memory_*}.
     */
    public static tcp_sock of(Vectors.Row row) {
        tcp_sock tp = fresh();
        SocketFields.in(row, tp);
        for (String column : row.columns()) {
            if (column.startsWith("in.sysctl_")) {
                sysctl(column.substring(3), row.i64(column));
            }
        }
        if (row.has("in.jiffies")) {
            Jiffies.jiffies = row.i64("in.jiffies");
        }
        if (row.has("in.tcp_memory_pressure")) {
            tcp_memory_pressure.val = row.i32("in.tcp_memory_pressure");
        }
        if (row.has("in.tcp_memory_allocated")) {
            tcp_memory_allocated.val = row.i64("in.tcp_memory_allocated");
        }
        return tp;
    }

    private static void sysctl(String name, long value) {
        try {
            int bracket = name.indexOf('[');
            if (bracket < 0) {
                Sysctls.class.getField(name).setInt(null, (int) value);
            } else {
                Object array = Sysctls.class.getField(name.substring(0, bracket)).get(null);
                int i = Integer.parseInt(name.substring(bracket + 1, name.length() - 1));
                if (array instanceof long[]) {
                    ((long[]) array)[i] = value;
                } else {
                    ((int[]) array)[i] = (int) value;
                }
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(name, e);
        }
    }

    /** Stops the timers: at the end of a test none may be left. */
    public static void stopTimers(tcp_sock tp) {
        for (timer_list t : List.of(tp.icsk_retransmit_timer, tp.icsk_delack_timer, tp.sk_timer)) {
            if (del_timer(t) != 0) {
                tp.skc_refcnt--;
            }
        }
    }

    private static proto protocol() {
        proto p = new proto();
        p.name = "TCP";
        p.max_header = MAX_TCP_HEADER;
        p.memory_allocated = tcp_memory_allocated;
        p.memory_pressure = tcp_memory_pressure;
        p.sockets_allocated = tcp_sockets_allocated;
        p.orphan_count = tcp_orphan_count;
        p.sysctl_mem = sysctl_tcp_mem;
        p.sysctl_wmem = sysctl_tcp_wmem;
        p.sysctl_rmem = sysctl_tcp_rmem;
        p.enter_memory_pressure = sk -> tcp_memory_pressure.val = 1;
        return p;
    }

    /** RFC 5681: half the window after a loss, and one more segment for each ACK until then. */
    private static tcp_congestion_ops reno() {
        tcp_congestion_ops ops = new tcp_congestion_ops();
        ops.name = "reno";
        ops.ssthresh = sk -> maxU32(tcp_sk(sk).snd_cwnd >>> 1, 2);
        ops.min_cwnd = sk -> tcp_sk(sk).snd_ssthresh >>> 1;
        ops.cong_avoid = (sk, ack, acked, in_flight) -> tcp_sk(sk).snd_cwnd += acked;
        return ops;
    }

    private static inet_connection_sock_af_ops nowhere() {
        inet_connection_sock_af_ops ops = new inet_connection_sock_af_ops();
        ops.net_header_len = 20;
        ops.rebuild_header = sk -> 0;
        ops.send_check = (sk, skb) -> {};
        ops.queue_xmit = (skb, fl) -> {
            kfree_skb(skb);
            return 0;
        };
        return ops;
    }
}
