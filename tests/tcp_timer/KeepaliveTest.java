// SPDX-License-Identifier: GPL-2.0-only
package tcp_timer;

import static linux.errno.Errno.ETIMEDOUT;
import static linux.hrtimer.Clock.now;
import static linux.jiffies.Jiffies.jiffies;
import static linux.syscalls.FileCalls.sys_close;
import static linux.syscalls.SocketCalls.sys_send;
import static linux.syscalls.SocketCalls.sys_setsockopt;
import static linux.timer.Timers.timer_pending;
import static linux.uaccess.User.bytesOf;
import static net.net_namespace.NetNs.init_net;
import static net.request_sock.Queues.reqsk_queue_len;
import static net.sock.Flags.sock_reset_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static net.sock.Nodes.sock_hold;
import static net.sock.SockFlag.SOCK_KEEPOPEN;
import static net.tcp.Globals.tcp_death_row;
import static net.tcp.Sysctls.sysctl_tcp_synack_retries;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_FIN_WAIT2;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.MSS_OPTION;
import static testing.ScriptedPeer.RST;
import static testing.ScriptedPeer.SYN;
import static testing.ScriptedPeer.later;
import static testing.ScriptedPeer.sk;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPTIMEOUTS;
import static uapi.linux.socket.SocketOpt.SOL_SOCKET;
import static uapi.linux.socket.SocketOpt.SO_KEEPALIVE;

import linux.tcp.tcp_sock;
import net.request_sock.request_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.ScriptedPeer;

@KernelTest
class KeepaliveTest {
    private ScriptedPeer peer;
    private int fd;

    @BeforeEach
    void begin() {
        peer = new ScriptedPeer();
    }

    @AfterEach
    void end() {
        peer.end();
    }

    private static long mib(int field) {
        return init_net.mib.net_statistics[field];
    }

    /** A connection that is probed after 10 s of silence, every 2 s, three times. */
    private tcp_sock probed() {
        fd = peer.accepted();
        tcp_sock tp = sk(fd);
        tp.keepalive_time = 10_000;
        tp.keepalive_intvl = 2_000;
        tp.keepalive_probes = 3;
        assertThat(sys_setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, bytesOf(1), 4)).isZero();
        return tp;
    }

    @Nested
    class tcp_synack_timer {
        @Test
        @DisplayName("repeats the SYN/ACK of a request, and drops it in the end")
        void repeats() {
            int l = peer.listener(80);
            sysctl_tcp_synack_retries = 2;
            peer.options = MSS_OPTION;
            peer.send(SYN);
            ScriptedPeer.Segment synack = peer.next();
            later(1300);
            assertThat(peer.next().seq()).isEqualTo(synack.seq());
            later(20_000);
            assertThat(peer.rest()).hasSize(1);
            assertThat(reqsk_queue_len(sk(l).icsk_accept_queue)).isZero();
        }

        @Test
        @DisplayName("looks at the queue now")
        void now() {
            int l = peer.listener(80);
            peer.options = MSS_OPTION;
            peer.send(SYN);
            peer.next();
            for (request_sock req : sk(l).icsk_accept_queue.listen_opt.syn_table) {
                if (req != null) {
                    req.expires = jiffies;
                }
            }
            // It looks at a part of the table each time.
            for (int i = 0; i < 20; i++) {
                Keepalive.tcp_synack_timer(sk(l));
            }
            assertThat(peer.rest()).hasSize(1);
        }
    }

    @Nested
    class tcp_syn_ack_timeout {
        @Test
        @DisplayName("counts a timeout")
        void counts() {
            Keepalive.tcp_syn_ack_timeout(sk(peer.open()), null);
            assertThat(mib(LINUX_MIB_TCPTIMEOUTS)).isOne();
        }
    }

    @Nested
    class tcp_set_keepalive {
        @Test
        @DisplayName("switched on: the timer starts with the whole time; off: it stops")
        void on_and_off() {
            tcp_sock tp = sk(peer.accepted());
            Keepalive.tcp_set_keepalive(tp, 1);
            assertThat(tp.sk_timer.expires - jiffies).isBetween(7_200_000L, 7_230_000L);
            Keepalive.tcp_set_keepalive(tp, 0);
            assertThat(timer_pending(tp.sk_timer)).isFalse();
        }

        @Test
        @DisplayName("on already, or not connected: nothing")
        void nothing() {
            tcp_sock tp = sk(peer.accepted());
            sock_set_flag(tp, SOCK_KEEPOPEN);
            Keepalive.tcp_set_keepalive(tp, 1);
            assertThat(timer_pending(tp.sk_timer)).isFalse();
            sock_reset_flag(tp, SOCK_KEEPOPEN);

            tcp_sock closed = sk(peer.open());
            Keepalive.tcp_set_keepalive(closed, 1);
            assertThat(timer_pending(closed.sk_timer)).isFalse();
        }
    }

    @Nested
    class tcp_keepalive_timer {
        @Test
        @DisplayName("asks a silent peer, and asks again later if it answers")
        void asks() {
            tcp_sock tp = probed();
            later(10_100);
            ScriptedPeer.Segment probe = peer.next();
            assertThat(probe.seq()).isEqualTo(tp.snd_nxt - 1);
            assertThat(probe.payload()).isEmpty();
            peer.send(ACK);
            later(5_000);
            assertThat(peer.rest()).isEmpty();
            later(5_100);
            assertThat(peer.rest()).hasSize(1);
            assertThat(tp.skc_state).isEqualTo(TCP_ESTABLISHED);
        }

        @Test
        @DisplayName("gives a silent peer up after three probes, with RST and ETIMEDOUT")
        void gives_up() {
            tcp_sock tp = probed();
            later(15_000);
            assertThat(peer.rest()).hasSize(3);
            assertThat(tp.icsk_probes_out).isEqualTo(3);
            later(1_200);
            assertThat(peer.next().flags() & RST).isNotZero();
            assertThat(tp.sk_err).isEqualTo(ETIMEDOUT);
        }

        @Test
        @DisplayName("with TCP_USER_TIMEOUT its time decides, after one probe")
        void user_timeout() {
            tcp_sock tp = probed();
            tp.icsk_user_timeout = 11_000;
            later(11_900);
            assertThat(tp.skc_state).isEqualTo(TCP_ESTABLISHED);
            later(500);
            assertThat(tp.skc_state).isEqualTo(TCP_CLOSE);
        }

        @Test
        @DisplayName("whoever is heard of is not asked; nor is anybody while data are on their way")
        void heard_of() {
            tcp_sock tp = probed();
            later(6_000);
            peer.send(ACK);
            later(6_000);
            assertThat(peer.rest()).isEmpty();

            sys_send(fd, new byte[10], 0, 10, 0);
            peer.rest();
            tp.rcv_tstamp -= 60_000;
            tp.icsk_ack.lrcvtime -= 60_000;
            Keepalive.tcp_keepalive_timer(held(tp));
            assertThat(peer.rest()).isEmpty();
            assertThat(tp.sk_timer.expires - jiffies).isBetween(10_000L, 10_100L);
        }

        /** The timer has a reference, which the function gives back. */
        private tcp_sock held(tcp_sock tp) {
            sock_hold(tp);
            return tp;
        }

        @Test
        @DisplayName("while the socket is owned it tries again 50 ms later")
        void owned() {
            tcp_sock tp = probed();
            lock_sock(tp);
            Keepalive.tcp_keepalive_timer(held(tp));
            assertThat(tp.sk_timer.expires - jiffies).isEqualTo(50);
            release_sock(tp);
        }

        @Test
        @DisplayName("FIN_WAIT2 that nobody owns: the rest of a long TCP_LINGER2 is spent in a small struct")
        void fin_wait2() {
            fd = peer.accepted();
            tcp_sock tp = sk(fd);
            tp.linger2 = 90_000;
            sys_close(fd);
            peer.next();
            peer.ack++;
            peer.send(ACK);
            assertThat(tp.skc_state).isEqualTo(TCP_FIN_WAIT2);

            later(31_000);

            assertThat(tp.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(tcp_death_row.tw_count).isOne();
        }

        @Test
        @DisplayName("FIN_WAIT2 whose time is over: RST")
        void fin_wait2_over() {
            fd = peer.accepted();
            tcp_sock tp = sk(fd);
            tp.linger2 = 90_000;
            sys_close(fd);
            peer.next();
            peer.ack++;
            peer.send(ACK);
            tp.linger2 = 1000;
            later(31_000);
            assertThat(peer.next().flags() & RST).isNotZero();
            assertThat(tp.skc_state).isEqualTo(TCP_CLOSE);
        }

        @Test
        @DisplayName("the probe did not leave the device: tries again in half a second, and it does not count")
        void local_congestion() {
            tcp_sock tp = probed();
            tp.write_wakeup = sk -> 1;
            tp.rcv_tstamp -= 60_000;
            tp.icsk_ack.lrcvtime -= 60_000;
            Keepalive.tcp_keepalive_timer(held(tp));
            assertThat(tp.icsk_probes_out).isZero();
            assertThat(tp.sk_timer.expires - jiffies).isBetween(500L, 502L);
        }

        @Test
        @DisplayName("MP_FASTCLOSE is repeated until it is answered, and given up like data")
        void fastclose() {
            tcp_sock tp = sk(peer.accepted());
            tp.send_mp_fclose = true;
            tp.retrans_stamp = 0;
            int rto = tp.icsk_rto;

            Keepalive.tcp_keepalive_timer(held(tp));

            assertThat(peer.next().is(ACK)).isTrue();
            assertThat(tp.icsk_rto).isEqualTo(2 * rto);
            assertThat(tp.icsk_retransmits).isOne();
            assertThat(tp.retrans_stamp).isEqualTo(tcp_time_stamp());

            tp.retrans_stamp = tcp_time_stamp() - 1_000_000;
            Keepalive.tcp_keepalive_timer(held(tp));
            assertThat(tp.skc_state).isEqualTo(TCP_CLOSE);
            tp.send_mp_fclose = false;
        }
    }

    @Nested
    class tcp_init_xmit_timers {
        @Test
        @DisplayName("gives the socket its three timers, none of which runs")
        void three() {
            tcp_sock tp = new tcp_sock();
            Keepalive.tcp_init_xmit_timers(tp);
            assertThat(tp.icsk_retransmit_timer.function).isNotNull();
            assertThat(tp.icsk_delack_timer.function).isNotNull();
            assertThat(tp.sk_timer.function).isNotNull();
            assertThat(timer_pending(tp.icsk_retransmit_timer) || timer_pending(tp.icsk_delack_timer)
                    || timer_pending(tp.sk_timer)).isFalse();
            assertThat(tp.icsk_pending).isZero();
        }
    }
}
