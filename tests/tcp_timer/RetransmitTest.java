// SPDX-License-Identifier: GPL-2.0-only
package tcp_timer;

import static linux.errno.Errno.ETIMEDOUT;
import static linux.jiffies.Jiffies.jiffies;
import static linux.netdevice.Netdev.NET_XMIT_DROP;
import static linux.printk.Printk.dmesg;
import static linux.skbuff.Free.kfree_skb;
import static linux.syscalls.FileCalls.sys_close;
import static linux.syscalls.SocketCalls.sys_bind;
import static linux.syscalls.SocketCalls.sys_listen;
import static linux.syscalls.SocketCalls.sys_send;
import static linux.syscalls.SocketCalls.sys_setsockopt;
import static linux.tcp.tcp_sock.TCP_WRITE_TIMER_DEFERRED;
import static linux.uaccess.User.bytesOf;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_EARLY_RETRANS;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_LOSS_PROBE;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_PROBE0;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_RETRANS;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static net.tcp.Sysctls.sysctl_tcp_early_retrans;
import static net.tcp.Sysctls.sysctl_tcp_fastopen;
import static net.tcp.Sysctls.sysctl_tcp_max_orphans;
import static net.tcp.Sysctls.sysctl_tcp_synack_retries;
import static net.tcp.TcpConst.TFO_SERVER_COOKIE_NOT_REQD;
import static net.tcp.TcpConst.TFO_SERVER_ENABLE;
import static net.tcp.TcpConst.TFO_SERVER_WO_SOCKOPT1;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_FIN_WAIT1;
import static net.tcp_states.TcpState.TCP_SYN_RECV;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.SYN;
import static testing.ScriptedPeer.later;
import static testing.ScriptedPeer.sk;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONMEMORY;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPLOSSFAILURES;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPLOSSPROBES;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPRENOFAILURES;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPRENORECOVERYFAIL;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSACKFAILURES;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSACKRECOVERYFAIL;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPTIMEOUTS;
import static uapi.linux.socket.SocketOpt.SOL_TCP;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Disorder;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Recovery;
import static uapi.linux.tcp.TcpOpt.TCP_FASTOPEN;

import java.util.ArrayList;
import java.util.List;
import linux.socket.sockaddr_in;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock_af_ops;
import net.sock.NetDebug;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;
import testing.ScriptedPeer;

@KernelTest
class RetransmitTest {
    private ScriptedPeer peer;
    private int fd;

    @BeforeEach
    void begin() {
        peer = new ScriptedPeer();
        sysctl_tcp_early_retrans = 0;
    }

    @AfterEach
    void end() {
        peer.end();
    }

    private static long mib(int field) {
        return init_net.mib.net_statistics[field];
    }

    /** An established connection with so many bytes on their way. */
    private tcp_sock sent(int n) {
        fd = peer.accepted();
        assertThat(sys_send(fd, new byte[n], 0, n, 0)).isEqualTo(n);
        peer.rest();
        return sk(fd);
    }

    /** The peer's window is closed, and data wait. */
    private tcp_sock closedWindow() {
        peer.window = 0;
        fd = peer.accepted();
        sys_send(fd, new byte[10], 0, 10, 0);
        assertThat(peer.rest()).isEmpty();
        return sk(fd);
    }

    @Nested
    class tcp_probe_timer {
        @Test
        @DisplayName("sends a probe with an old number, and the next one later")
        void probe() {
            tcp_sock tp = closedWindow();
            Retransmit.tcp_probe_timer(tp);
            assertThat(peer.next().seq()).isEqualTo(tp.snd_una - 1);
            assertThat(tp.icsk_probes_out).isOne();
            assertThat(tp.icsk_backoff).isOne();
            assertThat(tp.icsk_pending).isEqualTo(ICSK_TIME_PROBE0);
        }

        @Test
        @DisplayName("a peer that answers is probed for ever, one that does not until tcp_retries2")
        void answers() {
            tcp_sock tp = closedWindow();
            for (int i = 0; i < 20; i++) {
                Retransmit.tcp_probe_timer(tp);
                peer.send(ACK);
            }
            assertThat(tp.skc_state).isEqualTo(TCP_ESTABLISHED);
            assertThat(tp.icsk_probes_out).isZero();

            for (int i = 0; i < 16; i++) {
                Retransmit.tcp_probe_timer(tp);
            }
            assertThat(tp.icsk_probes_out).isEqualTo(16);
            Retransmit.tcp_probe_timer(tp);
            assertThat(tp.sk_err).isEqualTo(ETIMEDOUT);
        }

        @Test
        @DisplayName("nothing waits, or something is out: no probe")
        void needless() {
            tcp_sock tp = sent(10);
            tp.icsk_probes_out = 3;
            Retransmit.tcp_probe_timer(tp);
            assertThat(tp.icsk_probes_out).isZero();
            assertThat(peer.rest()).isEmpty();
        }

        @Test
        @DisplayName("an orphan has fewer tries, and none when there are too many of them")
        void orphan() {
            tcp_sock tp = closedWindow();
            sys_close(fd);
            tp.icsk_probes_out = 8;
            Retransmit.tcp_probe_timer(tp);
            assertThat(tp.skc_state).isEqualTo(TCP_FIN_WAIT1);
            Retransmit.tcp_probe_timer(tp);
            assertThat(tp.skc_state).isEqualTo(TCP_CLOSE);
        }

        @Test
        @DisplayName("too many orphans: killed")
        void too_many() {
            tcp_sock tp = closedWindow();
            sys_close(fd);
            sysctl_tcp_max_orphans = 0;
            Retransmit.tcp_probe_timer(tp);
            assertThat(tp.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(mib(LINUX_MIB_TCPABORTONMEMORY)).isOne();
        }
    }

    @Nested
    class tcp_fastopen_synack_timer {
        /** A connection that the SYN has made; its SYN/ACK was not acknowledged. */
        private tcp_sock fastOpen() {
            sysctl_tcp_fastopen = TFO_SERVER_ENABLE | TFO_SERVER_COOKIE_NOT_REQD | TFO_SERVER_WO_SOCKOPT1;
            int l = peer.open();
            assertThat(sys_bind(l, new sockaddr_in(0, 80), sockaddr_in.SIZE)).isZero();
            assertThat(sys_setsockopt(l, SOL_TCP, TCP_FASTOPEN, bytesOf(5), 4)).isZero();
            assertThat(sys_listen(l, 5)).isZero();
            peer.options = ScriptedPeer.MSS_OPTION;
            peer.send(SYN, new byte[4]);
            peer.options = new byte[0];
            ScriptedPeer.Segment synack = peer.next();
            assertThat(synack.ack()).isEqualTo(peer.seq);
            peer.ack = synack.seq() + 1;
            return sk(peer.accept(l));
        }

        @Test
        @DisplayName("repeats the SYN/ACK, each time after twice the time")
        void repeats() {
            tcp_sock tp = fastOpen();
            long begin = jiffies;
            later(1010);
            ScriptedPeer.Segment again = peer.next();
            assertThat(again.flags()).isEqualTo(SYN | ACK);
            assertThat(again.seq()).isEqualTo(peer.ack - 1);
            assertThat(tp.fastopen_rsk.num_timeout).isOne();
            assertThat(tp.icsk_timeout - begin).isBetween(3000L, 3020L);
            assertThat(mib(LINUX_MIB_TCPTIMEOUTS)).isOne();
            later(2010);
            assertThat(peer.next().flags()).isEqualTo(SYN | ACK);
        }

        @Test
        @DisplayName("gives up after tcp_synack_retries and one more")
        void gives_up() {
            sysctl_tcp_synack_retries = 1;
            tcp_sock tp = fastOpen();
            later(1010);
            later(2010);
            assertThat(tp.skc_state).isEqualTo(TCP_SYN_RECV);
            assertThat(peer.rest()).hasSize(2);
            later(4100);
            assertThat(tp.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(tp.sk_err).isEqualTo(ETIMEDOUT);
        }
    }

    @Nested
    class tcp_retransmit_timer {
        @Test
        @DisplayName("sends the first segment again, takes all for lost, and doubles the timeout")
        void timeout() {
            tcp_sock tp = sent(1460 * 4);
            int rto = tp.icsk_rto;
            int una = tp.snd_una;

            Retransmit.tcp_retransmit_timer(tp);

            ScriptedPeer.Segment again = peer.next();
            assertThat(again.seq()).isEqualTo(una);
            assertThat(peer.rest()).isEmpty();
            assertThat(tp.icsk_rto).isEqualTo(2 * rto);
            assertThat(tp.icsk_backoff).isOne();
            assertThat(tp.icsk_retransmits).isOne();
            assertThat(tp.snd_cwnd).isOne();
            assertThat(tp.icsk_ca_state).isEqualTo(TCP_CA_Loss);
            assertThat(mib(LINUX_MIB_TCPTIMEOUTS)).isOne();
            assertThat(tp.icsk_timeout - jiffies).isEqualTo(2L * rto);
        }

        @ParameterizedTest
        @CsvSource({
            TCP_CA_Recovery + ", true, " + LINUX_MIB_TCPSACKRECOVERYFAIL,
            TCP_CA_Recovery + ", false, " + LINUX_MIB_TCPRENORECOVERYFAIL,
            TCP_CA_Loss + ", true, " + LINUX_MIB_TCPLOSSFAILURES,
            TCP_CA_Disorder + ", true, " + LINUX_MIB_TCPSACKFAILURES,
            TCP_CA_Disorder + ", false, " + LINUX_MIB_TCPRENOFAILURES,
            TCP_CA_Open + ", true, " + LINUX_MIB_TCPTIMEOUTS
        })
        @DisplayName("counts in what state the timeout has met the connection, once")
        void counters(int state, boolean sack, int counter) {
            tcp_sock tp = sent(100);
            tp.rx_opt.sack_ok = sack ? 1 : 0;
            tp.icsk_ca_state = state;
            Retransmit.tcp_retransmit_timer(tp);
            Retransmit.tcp_retransmit_timer(tp);
            assertThat(mib(counter)).isOne();
        }

        @Test
        @DisplayName("the largest timeout is two minutes")
        void largest() {
            tcp_sock tp = sent(100);
            tp.icsk_rto = 119_000;
            Retransmit.tcp_retransmit_timer(tp);
            assertThat(tp.icsk_rto).isEqualTo(120_000);
        }

        @Test
        @DisplayName("a thin stream: six linear timeouts, then exponential ones")
        void thin() {
            tcp_sock tp = sent(100);
            tp.thin_lto = true;
            int rto = tp.icsk_rto;
            for (int i = 0; i < 6; i++) {
                Retransmit.tcp_retransmit_timer(tp);
                assertThat(tp.icsk_rto).isLessThanOrEqualTo(rto);
                assertThat(tp.icsk_backoff).isZero();
            }
            Retransmit.tcp_retransmit_timer(tp);
            assertThat(tp.icsk_backoff).isOne();
        }

        @Test
        @DisplayName("the device is full: tries again in half a second, and the timeout does not grow")
        void local_congestion() {
            tcp_sock tp = sent(100);
            int rto = tp.icsk_rto = 700;
            inet_connection_sock_af_ops ipv4 = tp.icsk_af_ops;
            tp.icsk_af_ops = ops(ipv4);
            tp.icsk_af_ops.queue_xmit = (skb, fl) -> {
                kfree_skb(skb);
                return NET_XMIT_DROP;
            };

            Retransmit.tcp_retransmit_timer(tp);

            assertThat(tp.icsk_rto).isEqualTo(rto);
            assertThat(tp.icsk_backoff).isZero();
            assertThat(tp.icsk_retransmits).isOne();
            assertThat(tp.icsk_timeout - jiffies).isEqualTo(500);
            tp.icsk_af_ops = ipv4;
        }

        private inet_connection_sock_af_ops ops(inet_connection_sock_af_ops o) {
            inet_connection_sock_af_ops c = new inet_connection_sock_af_ops();
            c.send_check = o.send_check;
            c.rebuild_header = o.rebuild_header;
            c.sk_rx_dst_set = o.sk_rx_dst_set;
            c.net_header_len = o.net_header_len;
            return c;
        }

        @Test
        @DisplayName("the peer has taken its window back: it is probed by retransmissions, for the longest timeout")
        void shrunk_window() {
            NetDebug.net_msg_warn = 1;
            tcp_sock tp = sent(100);
            tp.snd_wnd = 0;
            Retransmit.tcp_retransmit_timer(tp);
            assertThat(peer.next().payload()).hasSize(100);
            assertThat(tp.icsk_retransmits).isZero();
            assertThat(tp.icsk_ca_state).isEqualTo(TCP_CA_Loss);
            assertThat(tp.sk_dst_cache).as("perhaps there is a better route").isNull();
            assertThat(dmesg()).anyMatch(l -> l.text().contains("Peer 10.0.0.2:40000/80 unexpectedly shrunk window"));

            tp.snd_wnd = 0;
            tp.rcv_tstamp = tcp_time_stamp() - 120_001;
            Retransmit.tcp_retransmit_timer(tp);
            assertThat(tp.sk_err).isEqualTo(ETIMEDOUT);
        }

        @Test
        @DisplayName("nothing is out: nothing to do")
        void nothing_out() {
            tcp_sock tp = sk(peer.accepted());
            Retransmit.tcp_retransmit_timer(tp);
            assertThat(peer.rest()).isEmpty();
            assertThat(tp.icsk_pending).isZero();
        }

        @Test
        @DisplayName("an unanswered connection: 15 retransmissions with doubling distances, then ETIMEDOUT")
        void whole_life() {
            tcp_sock tp = sent(100);
            long begin = jiffies;
            List<Long> at = new ArrayList<>();
            int n = 0;
            while (tp.skc_state == TCP_ESTABLISHED) {
                later(1);
                int k = peer.rest().size();
                if (k > 0) {
                    at.add(jiffies - begin);
                }
                n += k;
                if (n > 3 && tp.skc_state == TCP_ESTABLISHED) {
                    later(900);
                }
            }
            assertThat(n).isEqualTo(15);
            for (int i = 2; i < at.size() && i < 9; i++) {
                double ratio = (at.get(i) - at.get(i - 1)) / (double) (at.get(i - 1) - at.get(i - 2));
                assertThat(ratio).isBetween(1.0, 3.0);
            }
            assertThat(jiffies - begin).isBetween(924_600L, 1_000_000L);
            assertThat(tp.sk_err).isEqualTo(ETIMEDOUT);
        }
    }

    @Nested
    class tcp_write_timer_handler {
        @Test
        @DisplayName("set anew for later: it only starts again")
        void later_again() {
            tcp_sock tp = sent(100);
            tp.icsk_timeout = jiffies + 77;
            Retransmit.tcp_write_timer_handler(tp);
            assertThat(peer.rest()).isEmpty();
            assertThat(tp.icsk_retransmit_timer.expires).isEqualTo(jiffies + 77);
        }

        @Test
        @DisplayName("retransmission: by the function that the socket has for it")
        void retransmission() {
            tcp_sock tp = sent(100);
            int[] pending = {-1};
            tp.retransmit_timer = sk -> {
                pending[0] = tp.icsk_pending;
                Retransmit.tcp_retransmit_timer(sk);
            };
            tp.icsk_timeout = jiffies;
            Retransmit.tcp_write_timer_handler(tp);
            assertThat(pending[0]).isZero();
            assertThat(peer.rest()).hasSize(1);
        }

        @Test
        @DisplayName("a probe of the closed window")
        void probe() {
            tcp_sock tp = closedWindow();
            tp.icsk_pending = ICSK_TIME_PROBE0;
            tp.icsk_timeout = jiffies;
            Retransmit.tcp_write_timer_handler(tp);
            assertThat(peer.next().payload()).isEmpty();
        }

        @Test
        @DisplayName("a tail loss probe sends the last segment again")
        void tail_loss_probe() {
            tcp_sock tp = sent(1460 * 2);
            tp.icsk_pending = ICSK_TIME_LOSS_PROBE;
            tp.icsk_timeout = jiffies;
            Retransmit.tcp_write_timer_handler(tp);
            assertThat(peer.next().seq()).isEqualTo(tp.snd_nxt - 1460);
            assertThat(mib(LINUX_MIB_TCPLOSSPROBES)).isOne();
        }

        @Test
        @DisplayName("an early retransmit enters recovery")
        void early_retransmit() {
            tcp_sock tp = sent(1460 * 2);
            tp.do_early_retrans = true;
            tp.icsk_pending = ICSK_TIME_EARLY_RETRANS;
            tp.icsk_timeout = jiffies;
            Retransmit.tcp_write_timer_handler(tp);
            assertThat(tp.icsk_ca_state).isEqualTo(TCP_CA_Recovery);
        }

        @Test
        @DisplayName("a closed socket, or one whose timer is not wanted any more: nothing")
        void nothing() {
            tcp_sock tp = sent(100);
            tp.icsk_pending = 0;
            tp.icsk_timeout = jiffies;
            Retransmit.tcp_write_timer_handler(tp);
            assertThat(peer.rest()).isEmpty();
            tp.icsk_pending = ICSK_TIME_RETRANS;
        }
    }

    @Nested
    class tcp_write_timer {
        @Test
        @DisplayName("runs by itself when the timeout is over")
        void by_itself() {
            tcp_sock tp = sent(100);
            later(tp.icsk_rto - 2);
            assertThat(peer.rest()).isEmpty();
            later(10);
            assertThat(peer.rest()).hasSize(1);
        }

        @Test
        @DisplayName("while the socket is owned it leaves the work to release_sock")
        void owned() {
            tcp_sock tp = sent(100);
            int refs = tp.skc_refcnt;
            lock_sock(tp);
            later(tp.icsk_rto + 100);
            assertThat(peer.rest()).isEmpty();
            assertThat(tp.tsq_flags & 1 << TCP_WRITE_TIMER_DEFERRED).isNotZero();

            release_sock(tp);

            assertThat(peer.rest()).hasSize(1);
            assertThat(tp.skc_refcnt).isEqualTo(refs);
        }
    }
}
