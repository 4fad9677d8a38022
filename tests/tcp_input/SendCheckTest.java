// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.jump_label.JumpLabel.static_key_slow_inc;
import static linux.timer.Timers.timer_pending;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_SCHED;
import static net.sock.Flags.sock_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.SockFlag.SOCK_QUEUE_SHRUNK;
import static net.sock.sock.SOCK_SNDBUF_LOCK;
import static net.tcp.Globals.tcp_memory_allocated;
import static net.tcp.Globals.tcp_memory_pressure;
import static net.tcp.Multipath.mptcp_static_key;
import static net.tcp.Sysctls.sysctl_tcp_mem;
import static net.tcp.Timestamps.tcp_time_stamp;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.socket.SocketOpt.SOCK_NOSPACE;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Recovery;

import linux.net.socket;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.SendQueue;

@KernelTest
class SendCheckTest {
    private final Receivers rs = new Receivers();
    private SendQueue q;

    @AfterEach
    void free() {
        rs.free();
        if (q != null) {
            q.free();
        }
    }

    private static socket waitsForRoom(tcp_sock tp) {
        tp.sk_socket = new socket();
        tp.sk_socket.flags = 1 << SOCK_NOSPACE;
        return tp.sk_socket;
    }

    @Nested
    class tcp_cwnd_application_limited {
        private tcp_sock idle(int cwnd, int used) {
            tcp_sock tp = rs.receiver().tp;
            tp.sk_socket = new socket();
            tp.snd_cwnd = cwnd;
            tp.snd_cwnd_used = used;
            tp.snd_ssthresh = 5;
            return tp;
        }

        @Test
        @DisplayName("goes half way down to what was used, and remembers where it was")
        void half_way() {
            tcp_sock tp = idle(100, 40);
            SendCheck.tcp_cwnd_application_limited(tp);
            assertThat(tp.snd_cwnd).isEqualTo(70);
            assertThat(tp.snd_ssthresh).isEqualTo(75);
            assertThat(tp.snd_cwnd_used).isZero();
            assertThat(tp.snd_cwnd_stamp).isEqualTo(tcp_time_stamp());
        }

        @Test
        @DisplayName("the initial window counts as used")
        void initial_window() {
            tcp_sock tp = idle(30, 2);
            SendCheck.tcp_cwnd_application_limited(tp);
            assertThat(tp.snd_cwnd).isEqualTo(20);
        }

        @Test
        @DisplayName("not while recovering, and not if the writer waited for room")
        void not_now() {
            tcp_sock tp = idle(100, 40);
            tp.icsk_ca_state = TCP_CA_Recovery;
            SendCheck.tcp_cwnd_application_limited(tp);
            assertThat(tp.snd_cwnd).isEqualTo(100);

            tp = idle(100, 40);
            waitsForRoom(tp);
            SendCheck.tcp_cwnd_application_limited(tp);
            assertThat(tp.snd_cwnd).isEqualTo(100);
            assertThat(tp.snd_cwnd_stamp).isEqualTo(tcp_time_stamp());
        }
    }

    @Nested
    class tcp_should_expand_sndbuf {
        private tcp_sock tp() {
            tcp_sock tp = rs.receiver().tp;
            tp.snd_cwnd = 10;
            tp.packets_out = 9;
            return tp;
        }

        @Test
        @DisplayName("yes while the congestion window has room")
        void yes() {
            assertThat(SendCheck.tcp_should_expand_sndbuf(tp())).isTrue();
        }

        @Test
        @DisplayName("no if the window is full, the user has fixed the size, or memory is short or getting short")
        void no() {
            tcp_sock tp = tp();
            tp.packets_out = 10;
            assertThat(SendCheck.tcp_should_expand_sndbuf(tp)).isFalse();

            tp = tp();
            tp.sk_userlocks = SOCK_SNDBUF_LOCK;
            assertThat(SendCheck.tcp_should_expand_sndbuf(tp)).isFalse();

            tp = tp();
            tcp_memory_pressure.val = 1;
            assertThat(SendCheck.tcp_should_expand_sndbuf(tp)).isFalse();
            tcp_memory_pressure.val = 0;

            tcp_memory_allocated.val = sysctl_tcp_mem[0];
            assertThat(SendCheck.tcp_should_expand_sndbuf(tp)).isFalse();
            tcp_memory_allocated.val = 0;
        }
    }

    @Nested
    class tcp_new_space {
        @Test
        @DisplayName("makes the buffer larger if that helps, and wakes the writer in any case")
        void larger() {
            Receiver r = rs.receiver();
            r.tp.snd_cwnd = 50;
            r.tp.sk_sndbuf = 10_000;
            SendCheck.tcp_new_space(r.tp);
            assertThat(r.tp.sk_sndbuf).isGreaterThan(10_000);
            assertThat(r.tp.snd_cwnd_stamp).isEqualTo(tcp_time_stamp());

            r.tp.sk_userlocks = SOCK_SNDBUF_LOCK;
            r.tp.sk_sndbuf = 10_000;
            SendCheck.tcp_new_space(r.tp);
            assertThat(r.tp.sk_sndbuf).isEqualTo(10_000);
            assertThat(r.events).containsExactly("write_space", "write_space");
        }
    }

    @Nested
    class tcp_check_space {
        @Test
        @DisplayName("the queue has shrunk and somebody waits: wakes him, once")
        void wakes() {
            Receiver r = rs.receiver();
            waitsForRoom(r.tp);
            sock_set_flag(r.tp, SOCK_QUEUE_SHRUNK);
            SendCheck.tcp_check_space(r.tp);
            SendCheck.tcp_check_space(r.tp);
            assertThat(r.events).containsExactly("write_space");
            r.tp.sk_socket = null;
        }

        @Test
        @DisplayName("nobody waits: nobody is woken, unless it is a subflow, which cannot know")
        void nobody() {
            Receiver r = rs.receiver();
            sock_set_flag(r.tp, SOCK_QUEUE_SHRUNK);
            SendCheck.tcp_check_space(r.tp);
            assertThat(r.events).isEmpty();

            static_key_slow_inc(mptcp_static_key);
            r.tp.mpc = true;
            r.tp.should_expand_sndbuf = sk -> false;
            sock_set_flag(r.tp, SOCK_QUEUE_SHRUNK);
            SendCheck.tcp_check_space(r.tp);
            assertThat(r.events).containsExactly("write_space");
            r.tp.mpc = false;
        }
    }

    @Nested
    class tcp_data_snd_check {
        @Test
        @DisplayName("sends what waits, then wakes the writer")
        void sends() {
            q = new SendQueue(999);
            q.unsent(1, 1);
            q.tp.snd_cwnd = 10;
            waitsForRoom(q.tp);
            sock_set_flag(q.tp, SOCK_QUEUE_SHRUNK);
            // The packets that are freed tell him too, but before the queue counts as shorter.
            q.tp.sk_write_space = sk -> q.wire.add(sock_flag(sk, SOCK_QUEUE_SHRUNK) ? "freed" : "write_space");

            SendCheck.tcp_data_snd_check(q.tp);

            assertThat(q.wire).containsExactly("0-1", "freed", "1-2", "freed", "write_space");
            q.tp.sk_socket = null;
        }
    }

    @Nested
    class __tcp_ack_snd_check {
        private Receiver ackDue() {
            Receiver r = rs.receiver();
            r.tp.icsk_ack.quick = 0;
            r.tp.icsk_ack.pingpong = 1;
            r.tp.icsk_ack.pending = ICSK_ACK_SCHED;
            return r;
        }

        private void check(Receiver r, int ofo_possible) {
            SendCheck.__tcp_ack_snd_check(r.tp, ofo_possible);
        }

        @Test
        @DisplayName("one full segment waits; a byte more than one does not (RFC 5681, section 4.2)")
        void every_second() {
            Receiver r = ackDue();
            r.tp.rcv_nxt = r.seq(1);
            check(r, 0);
            assertThat(r.wire).isEmpty();
            assertThat(timer_pending(r.tp.icsk_delack_timer)).isTrue();

            r.tp.rcv_nxt = r.seq(1) + 1;
            check(r, 0);
            assertThat(r.wire).containsExactly("A 1.001");
        }

        @Test
        @DisplayName("the reader has not read: the ACK waits for him, because it could not open the window")
        void reader_is_slow() {
            Receiver r = ackDue();
            r.tp.rcv_nxt = r.seq(3);
            r.tp.__select_window = sk -> r.tp.rcv_wnd - 1;
            check(r, 0);
            assertThat(r.wire).isEmpty();
        }

        @Test
        @DisplayName("quick mode: at once")
        void quick() {
            Receiver r = ackDue();
            r.tp.icsk_ack.quick = 2;
            r.tp.icsk_ack.pingpong = 0;
            check(r, 0);
            assertThat(r.wire).containsExactly("A 0");
        }

        @Test
        @DisplayName("a hole: at once, if there can be one")
        void hole() {
            Receiver r = ackDue();
            r.got(2, 3);
            r.tp.icsk_ack.quick = 0;
            check(r, 0);
            assertThat(r.wire).isEmpty();
            check(r, 1);
            assertThat(r.wire).containsExactly("A 0 sack 2-3");
        }
    }

    @Nested
    class tcp_ack_snd_check {
        @Test
        @DisplayName("nothing to do if data have carried the ACK away")
        void done_already() {
            Receiver r = rs.receiver();
            r.tp.icsk_ack.quick = 5;
            SendCheck.tcp_ack_snd_check(r.tp);
            assertThat(r.wire).isEmpty();

            r.tp.icsk_ack.pending = ICSK_ACK_SCHED;
            SendCheck.tcp_ack_snd_check(r.tp);
            assertThat(r.wire).containsExactly("A 0");
        }
    }
}
