// SPDX-License-Identifier: GPL-2.0-only
package mptcp_input;

import static net.sock.sock.SOCK_RCVBUF_LOCK;
import static net.sock.sock.SOCK_SNDBUF_LOCK;
import static net.tcp.Globals.tcp_memory_allocated;
import static net.tcp.Globals.tcp_memory_pressure;
import static net.tcp.Sysctls.sysctl_tcp_mem;
import static net.tcp.Sysctls.sysctl_tcp_rmem;
import static net.tcp.Sysctls.sysctl_tcp_wmem;
import static net.tcp_states.TcpState.TCP_FIN_WAIT1;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.socket.SocketOpt.SOCK_NOSPACE;

import linux.net.socket;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.MptcpSockets;

@KernelTest
class BuffersTest {
    private MptcpSockets c;

    @BeforeEach
    void sockets() {
        c = new MptcpSockets(2);
    }

    @AfterEach
    void free() {
        c.free();
    }

    @Nested
    class mptcp_should_expand_sndbuf {
        @BeforeEach
        void somebodyWaits() {
            c.meta.sk_socket = new socket();
            c.meta.sk_socket.flags = 1 << SOCK_NOSPACE;
        }

        @Test
        @DisplayName("yes, if any subflow could send more")
        void yes() {
            c.sub(0).packets_out = 10;
            assertThat(Buffers.mptcp_should_expand_sndbuf(c.sub(0))).isTrue();

            c.sub(1).packets_out = 10;
            assertThat(Buffers.mptcp_should_expand_sndbuf(c.sub(0))).isFalse();
        }

        @Test
        @DisplayName("a backup path counts only if there is nothing else")
        void backup() {
            c.sub(0).packets_out = 10;
            c.sub(1).mptcp.low_prio = true;
            assertThat(Buffers.mptcp_should_expand_sndbuf(c.sub(0))).isFalse();

            c.sub(0).mptcp.rcv_low_prio = true;
            assertThat(Buffers.mptcp_should_expand_sndbuf(c.sub(0))).isTrue();
        }

        @Test
        @DisplayName("no, if nobody waits, the application has set a size, or memory is short")
        void no() {
            c.meta.sk_socket.flags = 0;
            assertThat(Buffers.mptcp_should_expand_sndbuf(c.sub(0))).isFalse();
            c.meta.sk_socket.flags = 1 << SOCK_NOSPACE;

            c.meta.sk_userlocks = SOCK_SNDBUF_LOCK;
            assertThat(Buffers.mptcp_should_expand_sndbuf(c.sub(0))).isFalse();
            c.meta.sk_userlocks = 0;

            tcp_memory_pressure.val = 1;
            assertThat(Buffers.mptcp_should_expand_sndbuf(c.sub(0))).isFalse();
            tcp_memory_pressure.val = 0;

            tcp_memory_allocated.val = sysctl_tcp_mem[0];
            assertThat(Buffers.mptcp_should_expand_sndbuf(c.sub(0))).isFalse();
            tcp_memory_allocated.val = 0;

            assertThat(Buffers.mptcp_should_expand_sndbuf(c.sub(0))).isTrue();
        }

        @Test
        @DisplayName("a subflow that cannot send does not count")
        void cannot_send() {
            c.sub(0).mptcp.pre_established = true;
            c.sub(1).skc_state = TCP_FIN_WAIT1;

            assertThat(Buffers.mptcp_should_expand_sndbuf(c.sub(0))).isFalse();
        }
    }

    @Nested
    class mptcp_init_buffer_space {
        @Test
        @DisplayName("the meta socket takes over what the first subflow has")
        void first() {
            tcp_sock tp = c.sub(0);
            tp.rcv_wnd = 30_000;
            tp.sk_rcvbuf = 200_000;
            tp.sk_sndbuf = 100_000;
            c.meta.rcv_wnd = 28_000;
            c.meta.copied_seq = 77;

            Buffers.mptcp_init_buffer_space(tp);

            assertThat(c.meta.sk_rcvbuf).isEqualTo(tp.sk_rcvbuf);
            assertThat(c.meta.sk_sndbuf).isEqualTo(tp.sk_sndbuf);
            assertThat(c.meta.window_clamp).isEqualTo(tp.window_clamp);
            assertThat(c.meta.rcv_ssthresh).isEqualTo(tp.rcv_ssthresh);
            assertThat(c.meta.rcvq_space.space).isEqualTo(28_000);
            assertThat(c.meta.rcvq_space.seq).isEqualTo(77);
        }

        @Test
        @DisplayName("each other one adds its own, up to the sysctls")
        void another() {
            int[] woken = new int[1];
            c.meta.sk_write_space = sk -> woken[0]++;
            c.meta.sk_rcvbuf = 100_000;
            c.meta.sk_sndbuf = sysctl_tcp_wmem[2] - 1;
            c.meta.window_clamp = 50_000;
            tcp_sock tp = c.sub(1);
            tp.sk_rcvbuf = 200_000;
            tp.sk_sndbuf = 200_000;

            Buffers.mptcp_init_buffer_space(tp);

            assertThat(c.meta.sk_rcvbuf).isEqualTo(100_000 + tp.sk_rcvbuf);
            assertThat(c.meta.window_clamp).isEqualTo(50_000 + tp.window_clamp);
            assertThat(c.meta.sk_sndbuf).isEqualTo(sysctl_tcp_wmem[2]);
            assertThat(woken[0]).isOne();
        }

        @Test
        @DisplayName("what the application has set stays")
        void locked() {
            // Subflows inherit it.
            c.sub(1).sk_userlocks = c.meta.sk_userlocks = SOCK_SNDBUF_LOCK | SOCK_RCVBUF_LOCK;
            c.meta.sk_rcvbuf = 100_000;
            c.meta.sk_sndbuf = 50_000;

            Buffers.mptcp_init_buffer_space(c.sub(1));

            assertThat(c.meta.sk_rcvbuf).isEqualTo(100_000);
            assertThat(c.meta.sk_sndbuf).isEqualTo(50_000);
        }

        @Test
        @DisplayName("another one adds its window and its threshold")
        void sums() {
            tcp_sock tp = c.sub(1);
            c.meta.sk_rcvbuf = 100_000;
            c.meta.window_clamp = 50_000;
            c.meta.rcv_ssthresh = 7000;
            c.meta.sk_sndbuf = sysctl_tcp_wmem[2];
            int[] woken = new int[1];
            c.meta.sk_write_space = sk -> woken[0]++;
            tp.window_clamp = 1 << 30;
            tp.rcv_ssthresh = 5000;

            Buffers.mptcp_init_buffer_space(tp);

            assertThat(tp.window_clamp).as("tcp_init_buffer_space has been here").isLessThan(1 << 30);
            assertThat(c.meta.window_clamp).isEqualTo(50_000 + tp.window_clamp);
            assertThat(c.meta.rcv_ssthresh).isEqualTo(7000 + tp.rcv_ssthresh);
            assertThat(woken[0]).as("the send buffer is as large as it may be").isZero();

            c.meta.sk_rcvbuf = sysctl_tcp_rmem[2];
            int clamp = c.meta.window_clamp;
            Buffers.mptcp_init_buffer_space(tp);
            assertThat(c.meta.window_clamp).as("so is the receive buffer").isEqualTo(clamp);
        }
    }

    @Nested
    class mptcp_tcp_set_rto {
        @Test
        @DisplayName("the subflow's timeout, and the meta socket's, which is twice the longest of all")
        void both() {
            c.sub(0).srtt = 100 << 3;
            c.sub(0).rttvar = 50;
            c.sub(1).icsk_rto = 300;
            c.meta.icsk_rto = 1;

            Buffers.mptcp_tcp_set_rto(c.sub(0));

            assertThat(c.sub(0).icsk_rto).isEqualTo(150);
            assertThat(c.meta.icsk_rto).isEqualTo(600);
        }
    }
}
