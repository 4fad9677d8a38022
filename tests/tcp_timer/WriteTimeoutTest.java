// SPDX-License-Identifier: GPL-2.0-only
package tcp_timer;

import static linux.errno.Errno.EHOSTUNREACH;
import static linux.errno.Errno.ETIMEDOUT;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.syscalls.FileCalls.sys_close;
import static linux.syscalls.SocketCalls.sys_send;
import static net.mptcp.Sysctls.mptcp_sysctl_syn_retries;
import static net.mptcp.Sysctls.sysctl_mptcp_enabled;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Flags.sock_flag;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.tcp.Multipath.mptcp;
import static net.tcp.Sysctls.sysctl_tcp_max_orphans;
import static net.tcp.Sysctls.sysctl_tcp_mtu_probing;
import static net.tcp.Sysctls.sysctl_tcp_orphan_retries;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.WriteQueue.tcp_write_queue_head;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_FIN_WAIT1;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp_metrics.Fastopen.tcp_fastopen_cache_get;
import static testing.ScriptedPeer.RST;
import static testing.ScriptedPeer.later;
import static testing.ScriptedPeer.sk;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONMEMORY;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONTIMEOUT;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFASTOPENACTIVEFAIL;

import linux.compiler.IntRef;
import linux.compiler.LongRef;
import linux.jiffies.Jiffies;
import linux.tcp.tcp_fastopen_cookie;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.FreshSocket;
import testing.KernelTest;
import testing.ScriptedPeer;
import testing.Vectors;

@KernelTest
class WriteTimeoutTest {
    private ScriptedPeer peer;

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

    /** An established connection whose peer does not answer any more; 100 bytes are on their way. */
    private tcp_sock unanswered() {
        int fd = peer.accepted();
        assertThat(sys_send(fd, new byte[100], 0, 100, 0)).isEqualTo(100);
        peer.rest();
        return sk(fd);
    }

    /** The same, and nobody owns it any more. */
    private tcp_sock orphan() {
        int fd = peer.accepted();
        tcp_sock tp = sk(fd);
        sys_send(fd, new byte[100], 0, 100, 0);
        sys_close(fd);
        peer.rest();
        assertThat(sock_flag(tp, SOCK_DEAD)).isTrue();
        return tp;
    }

    @Nested
    class tcp_write_err {
        @Test
        @DisplayName("ETIMEDOUT, or what ICMP has said; the socket is closed")
        void gives_up() {
            tcp_sock tp = unanswered();
            int[] told = new int[1];
            tp.sk_error_report = sk -> told[0]++;
            WriteTimeout.tcp_write_err(tp);
            assertThat(told[0]).isOne();
            assertThat(tp.sk_err).isEqualTo(ETIMEDOUT);
            assertThat(tp.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(mib(LINUX_MIB_TCPABORTONTIMEOUT)).isOne();
        }

        @Test
        @DisplayName("an ICMP error that came in the meantime is the reason")
        void soft_error() {
            tcp_sock tp = unanswered();
            tp.sk_err_soft = EHOSTUNREACH;
            WriteTimeout.tcp_write_err(tp);
            assertThat(tp.sk_err).isEqualTo(EHOSTUNREACH);
        }
    }

    @Nested
    class tcp_out_of_resources {
        @Test
        @DisplayName("there is enough of everything: the orphan lives")
        void enough() {
            tcp_sock tp = orphan();
            assertThat(WriteTimeout.tcp_out_of_resources(tp, 1)).isZero();
            assertThat(tp.skc_state).isEqualTo(TCP_FIN_WAIT1);
        }

        @Test
        @DisplayName("too many orphans: killed, with RST")
        void too_many() {
            tcp_sock tp = orphan();
            sysctl_tcp_max_orphans = 0;
            assertThat(WriteTimeout.tcp_out_of_resources(tp, 1)).isOne();
            assertThat(tp.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(mib(LINUX_MIB_TCPABORTONMEMORY)).isOne();
            assertThat(peer.next().flags() & RST).isNotZero();
        }

        @ParameterizedTest
        @CsvSource({"1, 0, 1, false", "1, 0, 0, true", "1, 5, 1, true", "2, 5, 1, false", "2, 5, 0, true"})
        @DisplayName("one without hope, or that ICMP has complained about, counts double")
        void penalties(int max, int soft, int do_reset, boolean dead) {
            tcp_sock tp = orphan();
            sysctl_tcp_max_orphans = max;
            tp.sk_err_soft = soft;
            assertThat(WriteTimeout.tcp_out_of_resources(tp, do_reset)).isEqualTo(dead ? 1 : 0);
        }

        @Test
        @DisplayName("no RST to a peer that was silent for more than a minute, unless its window is closed")
        void silent_peer() {
            tcp_sock tp = orphan();
            tp.lsndtime = tcp_time_stamp() - 61_000;
            sysctl_tcp_max_orphans = 0;
            WriteTimeout.tcp_out_of_resources(tp, 0);
            assertThat(peer.rest()).isEmpty();
        }

        @Test
        @DisplayName("a time of sending in the future counts as long ago: the limit is unsigned")
        void future() {
            tcp_sock tp = orphan();
            tp.lsndtime = tcp_time_stamp() + 10;
            sysctl_tcp_max_orphans = 1;
            assertThat(WriteTimeout.tcp_out_of_resources(tp, 1)).isOne();
        }
    }

    @Nested
    class tcp_orphan_retries {
        @ParameterizedTest
        @CsvSource({"0, 0, 0, 0", "0, 0, 1, 8", "3, 0, 0, 3", "3, 0, 1, 3", "3, 5, 0, 0", "3, 5, 1, 3", "0, 5, 1, 8"})
        @DisplayName("the sysctl; 8 while there is hope; none after an ICMP error if there is none")
        void retries(int sysctl, int soft, int alive, int expected) {
            tcp_sock tp = FreshSocket.fresh();
            sysctl_tcp_orphan_retries = sysctl;
            tp.sk_err_soft = soft;
            assertThat(WriteTimeout.tcp_orphan_retries(tp, alive)).isEqualTo(expected);
        }
    }

    @Nested
    class tcp_mtu_probing {
        @Test
        @DisplayName("turns probing on; the next time it halves the lower end, to 68 bytes less the header")
        void halves() {
            tcp_sock tp = sk(peer.accepted());
            sysctl_tcp_mtu_probing = 1;
            WriteTimeout.tcp_mtu_probing(tp, tp);
            assertThat(tp.icsk_mtup.enabled).isOne();
            int low = tp.icsk_mtup.search_low;

            WriteTimeout.tcp_mtu_probing(tp, tp);
            assertThat(tp.icsk_mtup.search_low).isEqualTo((low - 40) / 2 + 40);
            assertThat(tp.mss_cache).isEqualTo((low - 40) / 2);

            for (int i = 0; i < 10; i++) {
                WriteTimeout.tcp_mtu_probing(tp, tp);
            }
            assertThat(tp.icsk_mtup.search_low).isEqualTo(68 - 20 + 40);
        }

        @Test
        @DisplayName("nothing if the sysctl is off")
        void off() {
            tcp_sock tp = sk(peer.accepted());
            WriteTimeout.tcp_mtu_probing(tp, tp);
            assertThat(tp.icsk_mtup.enabled).isZero();
        }
    }

    @Nested
    class retransmits_timed_out {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            long now = Jiffies.jiffies;
            Vectors.each("retransmits_timed_out", row -> {
                tcp_sock tp = FreshSocket.of(row);
                assertThat(WriteTimeout.retransmits_timed_out(tp, row.i32("in.boundary"), row.i32("in.timeout"),
                        row.bool("in.syn_set"))).as(row.toString()).isEqualTo(row.bool("out.ret"));
            });
            Jiffies.jiffies = now;
        }

        @ParameterizedTest
        @CsvSource({"3, false, 3000", "15, false, 924600", "6, true, 127000", "0, false, 200"})
        @DisplayName("a number of timeouts stands for a time")
        void times(int boundary, boolean syn, int time) {
            tcp_sock tp = FreshSocket.fresh();
            tp.icsk_retransmits = 1;
            tp.retrans_stamp = tcp_time_stamp() - time + 1;
            assertThat(WriteTimeout.retransmits_timed_out(tp, boundary, 0, syn)).isFalse();
            tp.retrans_stamp--;
            assertThat(WriteTimeout.retransmits_timed_out(tp, boundary, 0, syn)).isTrue();
        }

        @Test
        @DisplayName("nothing was sent again yet: never; without a stamp the first segment's time counts")
        void stamp() {
            tcp_sock tp = unanswered();
            later(500);
            tp.retrans_stamp = 0;
            tp.icsk_retransmits = 0;
            assertThat(WriteTimeout.retransmits_timed_out(tp, 0, 1, false)).isFalse();
            tp.icsk_retransmits = 1;
            TCP_SKB_CB(tcp_write_queue_head(tp)).when = tcp_time_stamp() - 400;
            assertThat(WriteTimeout.retransmits_timed_out(tp, 0, 400, false)).isTrue();
            assertThat(WriteTimeout.retransmits_timed_out(tp, 0, 401, false)).isFalse();
        }
    }

    @Nested
    class tcp_write_timeout {
        private tcp_sock late(tcp_sock tp, int ms) {
            tp.icsk_retransmits = 3;
            tp.retrans_stamp = tcp_time_stamp() - ms;
            return tp;
        }

        @Test
        @DisplayName("before R1: go on")
        void early() {
            tcp_sock tp = late(unanswered(), 2000);
            assertThat(WriteTimeout.tcp_write_timeout(tp)).isZero();
            assertThat(tp.skc_state).isEqualTo(TCP_ESTABLISHED);
        }

        @Test
        @DisplayName("after R1 the MTU is suspected, after R2 it is over")
        void suspicion() {
            tcp_sock tp = late(unanswered(), 3000);
            sysctl_tcp_mtu_probing = 1;
            assertThat(WriteTimeout.tcp_write_timeout(tp)).isZero();
            assertThat(tp.icsk_mtup.enabled).isOne();

            late(tp, 924_600);
            assertThat(WriteTimeout.tcp_write_timeout(tp)).isOne();
            assertThat(tp.sk_err).isEqualTo(ETIMEDOUT);
        }

        @Test
        @DisplayName("TCP_USER_TIMEOUT takes the place of R2")
        void user_timeout() {
            tcp_sock tp = late(unanswered(), 5000);
            tp.icsk_user_timeout = 5001;
            assertThat(WriteTimeout.tcp_write_timeout(tp)).isZero();
            tp.icsk_user_timeout = 5000;
            assertThat(WriteTimeout.tcp_write_timeout(tp)).isOne();
        }

        @Test
        @DisplayName("an orphan has fewer tries")
        void fewer_for_orphans() {
            tcp_sock tp = late(orphan(), 102_200);
            assertThat(WriteTimeout.tcp_write_timeout(tp)).as("8 times from 200 ms on").isOne();
        }

        @Test
        @DisplayName("while connecting tcp_syn_retries counts, and TCP_SYNCNT before it")
        void connecting() {
            int fd = peer.open();
            peer.connect(fd);
            tcp_sock tp = late(sk(fd), 127_000);
            tp.icsk_syn_retries = 7;
            assertThat(WriteTimeout.tcp_write_timeout(tp)).isZero();
            tp.icsk_syn_retries = 0;
            assertThat(WriteTimeout.tcp_write_timeout(tp)).isOne();
        }

        @Test
        @DisplayName("a SYN with MP_CAPABLE that is lost some times: the next ones go without")
        void mptcp() {
            sysctl_mptcp_enabled = 1;
            int fd = peer.open();
            peer.connect(fd);
            tcp_sock tp = sk(fd);
            assertThat(tp.request_mptcp).isTrue();
            tp.icsk_retransmits = mptcp_sysctl_syn_retries() - 1;
            WriteTimeout.tcp_write_timeout(tp);
            assertThat(tp.request_mptcp).isTrue();
            tp.icsk_retransmits++;
            WriteTimeout.tcp_write_timeout(tp);
            assertThat(tp.request_mptcp).isFalse();
        }

        @Test
        @DisplayName("a SYN with data that is lost: the cookie cache remembers it")
        void fast_open() {
            int fd = peer.open();
            peer.connect(fd);
            tcp_sock tp = sk(fd);
            tp.syn_data = true;
            tp.icsk_retransmits = 1;

            WriteTimeout.tcp_write_timeout(tp);

            assertThat(mib(LINUX_MIB_TCPFASTOPENACTIVEFAIL)).isOne();
            IntRef syn_loss = new IntRef();
            tcp_fastopen_cache_get(tp, new IntRef(), new tcp_fastopen_cookie(), syn_loss, new LongRef());
            assertThat(syn_loss.val).isOne();
            tp.syn_data = false;
        }
    }
}
