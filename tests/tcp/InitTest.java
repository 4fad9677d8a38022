// SPDX-License-Identifier: GPL-2.0-only
package tcp;

import static linux.percpu_counter.percpu_counter.percpu_counter_read_positive;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Flags.sock_flag;
import static net.sock.SockFlag.SOCK_USE_WRITE_QUEUE;
import static net.tcp.Globals.tcp_init_congestion_ops;
import static net.tcp.Globals.tcp_memory_pressure;
import static net.tcp.Globals.tcp_prot;
import static net.tcp.Globals.tcp_sockets_allocated;
import static net.tcp.Sysctls.sysctl_tcp_reordering;
import static net.tcp.Sysctls.sysctl_tcp_rmem;
import static net.tcp.Sysctls.sysctl_tcp_wmem;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.FakeDevice.made;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPMEMORYPRESSURES;

import linux.tcp.tcp_sock;
import linux.timer.Timers;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FreshSocket;
import testing.KernelTest;
import testing.SocketFields;
import testing.Vectors;

@KernelTest
class InitTest {
    @Nested
    class tcp_enter_memory_pressure {
        @Test
        @DisplayName("is counted once, when the pressure begins")
        void once() {
            tcp_sock tp = FreshSocket.fresh();

            Init.tcp_enter_memory_pressure(tp);
            Init.tcp_enter_memory_pressure(tp);

            assertThat(tcp_memory_pressure.val).isOne();
            assertThat(init_net.mib.net_statistics[LINUX_MIB_TCPMEMORYPRESSURES]).isOne();

            tcp_memory_pressure.val = 0;
            Init.tcp_enter_memory_pressure(tp);
            assertThat(init_net.mib.net_statistics[LINUX_MIB_TCPMEMORYPRESSURES]).isEqualTo(2);
        }
    }

    @Nested
    class secs_to_retrans {
        @Test
        @DisplayName("as in the real kernel")
        void vectors() {
            Vectors.each("secs_to_retrans", row -> assertThat(Init.secs_to_retrans(row.i32("in.seconds"),
                            row.i32("in.timeout"), row.i32("in.rto_max")))
                    .as("%s", row)
                    .isEqualTo(row.i32("out.secs_to_retrans")));
        }

        @Test
        @DisplayName("time that doubles from a second to two minutes: 1, 3, 7, ... seconds, at most 255 times")
        void doubles() {
            assertThat(Init.secs_to_retrans(0, 1, 120)).isZero();
            assertThat(Init.secs_to_retrans(1, 1, 120)).isOne();
            assertThat(Init.secs_to_retrans(3, 1, 120)).isEqualTo(2);
            assertThat(Init.secs_to_retrans(4, 1, 120)).isEqualTo(3);
            assertThat(Init.secs_to_retrans(Integer.MAX_VALUE, 1, 120)).isEqualTo(255);
        }
    }

    @Nested
    class retrans_to_secs {
        @Test
        @DisplayName("as in the real kernel")
        void vectors() {
            Vectors.each("secs_to_retrans", row -> assertThat(Init.retrans_to_secs(row.i32("in.retrans"),
                            row.i32("in.timeout"), row.i32("in.rto_max")))
                    .as("%s", row)
                    .isEqualTo(row.i32("out.retrans_to_secs")));
        }

        @Test
        @DisplayName("turns 4 seconds, which became 3 times, into 7")
        void back() {
            assertThat(Init.retrans_to_secs(3, 1, 120)).isEqualTo(7);
            assertThat(Init.retrans_to_secs(0, 1, 120)).isZero();
        }
    }

    @Nested
    class tcp_init_sock {
        private final tcp_sock tp = new tcp_sock();

        @BeforeEach
        void made() {
            tp.skc_prot = tcp_prot;
            tp.skc_state = TCP_ESTABLISHED;
            Init.tcp_init_sock(tp);
        }

        @Test
        @DisplayName("leaves the socket with the values that the real kernel's has")
        void values() {
            tcp_sock real = SocketFields.fresh();

            assertThat(tp.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(tp.icsk_rto).isEqualTo(real.icsk_rto).isEqualTo(1000);
            assertThat(tp.mdev).isEqualTo(real.mdev);
            assertThat(tp.snd_cwnd).isEqualTo(real.snd_cwnd).isEqualTo(10);
            assertThat(tp.snd_ssthresh).isEqualTo(real.snd_ssthresh);
            assertThat(tp.snd_cwnd_clamp).isEqualTo(real.snd_cwnd_clamp).isEqualTo(-1);
            assertThat(tp.mss_cache).isEqualTo(real.mss_cache).isEqualTo(536);
            assertThat(tp.reordering).isEqualTo(real.reordering).isEqualTo(3);
            assertThat(tp.do_early_retrans).isEqualTo(real.do_early_retrans).isTrue();
            assertThat(tp.sk_sndbuf).isEqualTo(real.sk_sndbuf);
            assertThat(tp.sk_rcvbuf).isEqualTo(real.sk_rcvbuf);
        }

        @Test
        @DisplayName("nothing is queued, no timer runs, nobody reads")
        void empty() {
            assertThat(tp.out_of_order_queue.qlen).isZero();
            assertThat(tp.ucopy.prequeue.qlen).isZero();
            assertThat(tp.ucopy.task).isNull();
            assertThat(tp.icsk_retransmit_timer.function).isNotNull();
            assertThat(tp.icsk_delack_timer.function).isNotNull();
            assertThat(tp.sk_timer.function).isNotNull();
            assertThat(Timers.pending()).isZero();
        }

        @Test
        @DisplayName("its functions are plain TCP's")
        void functions() {
            assertThat(tp.icsk_ca_ops).isSameAs(tcp_init_congestion_ops);
            assertThat(sock_flag(tp, SOCK_USE_WRITE_QUEUE)).isTrue();
            assertThat(tp.sk_write_space).isNotNull();
            assertThat(tp.icsk_sync_mss).isNotNull();
            assertThat(tp.cleanup_rbuf).isNotNull();
            assertThat(tp.write_xmit).isNotNull();
            assertThat(tp.send_fin).isNotNull();
        }

        @Test
        @DisplayName("is counted as a socket of the protocol")
        void counted() {
            assertThat(percpu_counter_read_positive(tcp_sockets_allocated)).isOne();
        }

        @Test
        @DisplayName("the sysctls decide about buffers and reordering")
        void sysctls() {
            sysctl_tcp_wmem[1] = 5000;
            sysctl_tcp_rmem[1] = 6000;
            sysctl_tcp_reordering = 7;

            Init.tcp_init_sock(tp);

            assertThat(tp.sk_sndbuf).isEqualTo(5000);
            assertThat(tp.sk_rcvbuf).isEqualTo(6000);
            assertThat(tp.reordering).isEqualTo(7);
        }
    }
}
