// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static linux.printk.Printk.dmesg;
import static net.mptcp.Globals.mptcp_init_failed;
import static net.mptcp.Sysctls.sysctl_mptcp_enabled;
import static net.sock.Flags.sock_flag;
import static net.sock.SockFlag.SOCK_MPTCP;
import static net.tcp.Multipath.mptcp;
import static net.tcp.Sysctls.sysctl_tcp_wmem;
import static net.tcp.TcpConst.MPTCP_FLAG_DATA_ACKED;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_FIN_WAIT1;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp.Close.tcp_close_state;
import static testing.MptcpConnection.locked;
import static testing.MptcpConnection.softirq;
import static testing.MptcpConnection.subflow;

import java.util.List;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.FreshSocket;
import testing.KernelTest;
import testing.MptcpConnection;
import testing.MptcpSockets;
import testing.Vectors;

@KernelTest
class FunctionsTest {
    private MptcpSockets b;
    private MptcpConnection c;

    @AfterEach
    void free() {
        if (b != null) {
            b.free();
        }
        if (c != null) {
            c.close();
        }
    }

    private MptcpSockets bare(int n) {
        b = new MptcpSockets(n);
        return b;
    }

    private MptcpConnection connection(int paths) {
        c = new MptcpConnection(paths).connect();
        for (int i = 2; i <= paths; i++) {
            c.join(i);
        }
        return c;
    }

    @Nested
    class reset_mpc {
        @Test
        @DisplayName("makes a subflow a plain TCP socket: it offers a window of its own buffer, not of the connection's")
        void plain() {
            bare(1);
            tcp_sock tp = b.sub(0);
            tp.init_congestion_control = null;

            Functions.reset_mpc(tp);

            assertThat(mptcp(tp)).isFalse();
            tp.sk_rcvbuf = 100_000;
            tp.window_clamp = tp.rcv_ssthresh = 40_000;
            tp.icsk_ack.rcv_mss = 1000;
            b.meta.sk_rcvbuf = 0;
            assertThat(tp.__select_window.call(tp)).isGreaterThan(30_000);
            assertThat(tp.init_congestion_control).isNotNull();
        }
    }

    @Nested
    class reset_meta_funcs {
        @Test
        @DisplayName("a probe sends what is in the socket's own queue, not what other sockets have")
        void subflow() {
            bare(1);
            b.meta.skc_state = TCP_CLOSE;
            Functions.reset_meta_funcs(b.meta);

            // A closed TCP socket says -1, a closed meta socket too: but TCP does not look at the subflows.
            b.sub(0).mptcp = null;
            assertThat(b.meta.write_wakeup.call(b.meta)).isEqualTo(-1);
            assertThat(b.meta.cleanup_rbuf).isNotNull();
            b.mpcb.connection_list = null;
        }

        @Test
        @DisplayName("every function that a meta socket has otherwise")
        void all() {
            bare(1);
            tcp_sock tp = b.meta;
            List<Object> was = List.of(tp.send_fin, tp.write_xmit, tp.send_active_reset, tp.write_wakeup,
                    tp.prune_ofo_queue, tp.retransmit_timer, tp.time_wait, tp.cleanup_rbuf);

            Functions.reset_meta_funcs(tp);

            List<Object> now = List.of(tp.send_fin, tp.write_xmit, tp.send_active_reset, tp.write_wakeup,
                    tp.prune_ofo_queue, tp.retransmit_timer, tp.time_wait, tp.cleanup_rbuf);
            for (int i = 0; i < was.size(); i++) {
                assertThat(now.get(i)).as("%d", i).isNotSameAs(was.get(i));
            }
        }
    }

    @Nested
    class mptcp_init_tcp_sock {
        @ParameterizedTest
        @CsvSource({"1, false, true", "0, false, false", "2, false, false", "1, true, false"})
        @DisplayName("a new socket tries MPTCP if the sysctl is 1 and MPTCP could be started")
        void enabled(int sysctl, boolean failed, boolean mptcp) {
            tcp_sock tp = FreshSocket.fresh();
            sysctl_mptcp_enabled = sysctl;
            mptcp_init_failed = failed;

            Functions.mptcp_init_tcp_sock(tp);

            assertThat(sock_flag(tp, SOCK_MPTCP)).isEqualTo(mptcp);
            assertThat(tp.mpc).isFalse();
            assertThat(tp.send_fin).isNotNull();
        }
    }

    @Nested
    class mptcp_send_reset {
        @Test
        @DisplayName("a RST goes out, and the subflow ends")
        void rst() {
            connection(2);
            c.wire();
            softirq(c.c, () -> Functions.mptcp_send_reset(subflow(c.c, 2)));
            c.run(100);

            assertThat(c.wire()).hasSize(1).first().asString().contains("flow 2 c>s").contains(" R");
            assertThat(c.c.mpcb.cnt_subflows).isOne();
            assertThat(c.s.mpcb.cnt_subflows).isOne();
        }
    }

    @Nested
    class mptcp_sub_force_close_all {
        @Test
        @DisplayName("only the one that is excepted is left")
        void all_but_one() {
            connection(3);
            tcp_sock keep = subflow(c.c, 2);

            softirq(c.c, () -> Functions.mptcp_sub_force_close_all(c.c.mpcb, keep));
            c.run(1);

            assertThat(c.c.mpcb.connection_list).isSameAs(keep);
            assertThat(c.c.mpcb.cnt_subflows).isOne();
        }
    }

    @Nested
    class mptcp_sub_close_passive {
        @Test
        @DisplayName("answers the peer's FIN with ours if the peer closed the connection first and our data have arrived")
        void passive() {
            connection(1);
            tcp_sock sub = subflow(c.s, 1);

            softirq(c.s, () -> Functions.mptcp_sub_close_passive(sub));
            assertThat(sub.skc_state).as("not the passive side").isEqualTo(TCP_ESTABLISHED);

            c.s.mpcb.passive_close = true;
            c.s.write_seq++;
            softirq(c.s, () -> Functions.mptcp_sub_close_passive(sub));
            assertThat(sub.skc_state).as("not acknowledged").isEqualTo(TCP_ESTABLISHED);

            c.s.write_seq--;
            softirq(c.s, () -> Functions.mptcp_sub_close_passive(sub));
            assertThat(sub.skc_state).isEqualTo(TCP_FIN_WAIT1);
        }
    }

    @Nested
    class mptcp_fallback_infinite {
        @Test
        @DisplayName("data acknowledged without a DATA_ACK: the first subflow goes on as TCP, all others end")
        void fallback() {
            bare(1);
            b.sub(0).mptcp.fully_established = false;

            assertThat(Functions.mptcp_fallback_infinite(b.sub(0), MPTCP_FLAG_DATA_ACKED)).isFalse();

            assertThat(b.mpcb.infinite_mapping_snd).isTrue();
            assertThat(b.mpcb.infinite_mapping_rcv).isTrue();
            assertThat(b.sub(0).mptcp.fully_established).isTrue();
            assertThat(dmesg().toString()).contains("will fallback - pi 1").contains("from fallback");
        }

        @Test
        @DisplayName("a later subflow is to be reset instead")
        void later() {
            bare(2);
            b.sub(1).mptcp.fully_established = false;

            assertThat(Functions.mptcp_fallback_infinite(b.sub(1), MPTCP_FLAG_DATA_ACKED)).isTrue();
            assertThat(b.mpcb.infinite_mapping_snd).isFalse();
        }

        @Test
        @DisplayName("nothing happens when the peer has shown that it speaks MPTCP, without new data, or a second time")
        void not_now() {
            bare(1);
            assertThat(Functions.mptcp_fallback_infinite(b.sub(0), MPTCP_FLAG_DATA_ACKED)).isFalse();
            b.sub(0).mptcp.fully_established = false;
            assertThat(Functions.mptcp_fallback_infinite(b.sub(0), 0)).isFalse();
            assertThat(b.mpcb.infinite_mapping_snd).isFalse();

            b.mpcb.infinite_mapping_snd = true;
            assertThat(Functions.mptcp_fallback_infinite(b.sub(0), MPTCP_FLAG_DATA_ACKED)).isFalse();
            assertThat(b.sub(0).mptcp.fully_established).isFalse();
        }
    }

    /** A row of mptcp_meta_aggregates as sockets. */
    static MptcpSockets aggregates(Vectors.Row row) {
        int n = row.i32("in.n");
        MptcpSockets c = new MptcpSockets(n);
        sysctl_tcp_wmem[2] = row.i32("in.sysctl_tcp_wmem[2]");
        c.meta.sk_sndbuf = row.i32("in.meta.sk_sndbuf");
        c.meta.icsk_retransmits = row.i32("in.meta.icsk_retransmits");
        c.meta.icsk_rto = row.i32("in.meta.icsk_rto");
        c.meta.icsk_backoff = row.i32("in.meta.icsk_backoff");
        for (int i = 0; i < n; i++) {
            tcp_sock tp = c.sub(i);
            String in = "in." + i + ".";
            tp.skc_state = row.i32(in + "sk_state");
            tp.mptcp.pre_established = row.bool(in + "pre_established");
            tp.sk_sndbuf = row.i32(in + "sk_sndbuf");
            tp.icsk_rto = row.i32(in + "icsk_rto");
        }
        return c;
    }

    @Nested
    class mptcp_set_rto {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("mptcp_meta_aggregates", row -> {
                MptcpSockets c = aggregates(row);

                Functions.mptcp_set_rto(c.meta);

                assertThat(c.meta.icsk_rto).as(row.toString()).isEqualTo(row.i32("out.meta.icsk_rto"));
                assertThat(c.meta.icsk_backoff).as(row.toString()).isEqualTo(row.i32("out.meta.icsk_backoff"));
            });
        }
    }

    @Nested
    class set_mpc {
        @Test
        @DisplayName("the window that a subflow offers is the connection's: it follows the meta socket's buffer")
        void window() {
            bare(1);
            tcp_sock tp = b.sub(0);
            Functions.reset_mpc(tp);

            Functions.set_mpc(tp);

            assertThat(mptcp(tp)).isTrue();
            b.meta.sk_rcvbuf = 100_000;
            b.meta.window_clamp = b.meta.rcv_ssthresh = 40_000;
            tp.icsk_ack.rcv_mss = 1000;
            tp.sk_rcvbuf = 0;
            assertThat(tp.__select_window.call(tp)).isGreaterThan(30_000);
        }
    }

    @Nested
    class set_meta_funcs {
        @Test
        @DisplayName("the end of a meta socket's stream is a DATA_FIN on a subflow, not a FIN")
        void fin() {
            connection(1);
            c.wire();

            locked(c.c, () -> {
                tcp_close_state(c.c);
                c.c.send_fin.call(c.c);
            });
            c.run(50);

            assertThat(c.wire().get(0)).contains("flow 1 c>s").contains("dsn4 1 ssn 0 dlen 1 csum FIN");
        }
    }
}
