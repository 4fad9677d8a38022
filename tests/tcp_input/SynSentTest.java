// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.errno.Errno.ECONNREFUSED;
import static linux.errno.Errno.EINPROGRESS;
import static linux.sched.Sched.kthread_run;
import static linux.syscalls.SocketCalls.sys_send;
import static linux.syscalls.SocketCalls.sys_sendto;
import static linux.syscalls.SocketCalls.sys_socket;
import static linux.tcp.tcp_options_received.TCP_FACK_ENABLED;
import static linux.tcp.tcp_options_received.TCP_SACK_SEEN;
import static linux.timer.Timers.timer_pending;
import static linux.types.Be.get32;
import static linux.types.Be.put32;
import static net.inet_connection_sock.Acks.inet_csk_ack_scheduled;
import static net.mptcp.Sysctls.sysctl_mptcp_enabled;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Flags.sock_set_flag;
import static net.sock.SockFlag.SOCK_FASYNC;
import static net.sock.SockFlag.SOCK_KEEPOPEN;
import static net.tcp.Globals.tcp_init_congestion_ops;
import static net.tcp.Multipath.mptcp;
import static net.tcp.Sysctls.sysctl_tcp_mtu_probing;
import static net.tcp.TcpConst.TCP_ECN_OK;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_SYN_RECV;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp_metrics.Connection.tcp_update_metrics;
import static tcp_metrics.Fastopen.tcp_fastopen_cache_get;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.CWR;
import static testing.ScriptedPeer.ECE;
import static testing.ScriptedPeer.FIN;
import static testing.ScriptedPeer.MSS_OPTION;
import static testing.ScriptedPeer.PEER;
import static testing.ScriptedPeer.RST;
import static testing.ScriptedPeer.SYN;
import static testing.ScriptedPeer.SYN_OPTIONS;
import static testing.ScriptedPeer.later;
import static testing.ScriptedPeer.sk;
import static uapi.linux.siginfo.Siginfo.POLL_OUT;
import static uapi.linux.snmp.Snmp.LINUX_MIB_PAWSACTIVEREJECTED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFASTOPENACTIVE;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFASTOPENACTIVEFAIL;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.MSG_FASTOPEN;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import linux.compiler.IntRef;
import linux.compiler.LongRef;
import linux.jiffies.Jiffies;
import linux.netdevice.net_device_ops;
import linux.socket.sockaddr_in;
import linux.tcp.tcp_fastopen_cookie;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.Ipv4;
import testing.KernelTest;
import testing.ScriptedPeer;

@KernelTest
class SynSentTest {
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

    /** The host has sent its SYN. */
    private tcp_sock connecting() {
        fd = peer.open();
        peer.port = 8080;
        assertThat(peer.connect(fd)).isEqualTo(-EINPROGRESS);
        answerTo(peer.next());
        return sk(fd);
    }

    private void answerTo(ScriptedPeer.Segment syn) {
        assertThat(syn.flags()).isEqualTo(SYN);
        peer.hostPort = syn.source();
        peer.ack = syn.seq() + 1;
    }

    /** Timestamps in a SYN/ACK that echo {@code tsecr}. */
    private static byte[] synackOptions(int tsecr) {
        byte[] b = Arrays.copyOf(SYN_OPTIONS, SYN_OPTIONS.length);
        put32(b, 12, tsecr);
        return b;
    }

    @Nested
    class tcp_finish_connect {
        @Test
        @DisplayName("opens the connection: fast path, window of the buffers, and a time for the next pause")
        void opens() {
            tcp_sock tp = connecting();
            tp.snd_wnd = 5000;
            tp.icsk_ca_ops = tcp_init_congestion_ops;
            later(30);

            SynSent.tcp_finish_connect(tp, null);

            assertThat(tp.skc_state).isEqualTo(TCP_ESTABLISHED);
            assertThat(tp.pred_flags & 0xffff).isEqualTo(5000);
            assertThat(tp.lsndtime).isEqualTo(tcp_time_stamp());
            assertThat(tp.rcvq_space.space).isEqualTo(tp.rcv_wnd);
            assertThat(tp.icsk_ca_ops.name).isEqualTo("cubic");
            assertThat(timer_pending(tp.sk_timer)).isFalse();
        }

        @Test
        @DisplayName("begins with what earlier connections have learned of the path")
        void metrics() {
            tcp_sock before = connecting();
            before.srtt = 800;
            before.snd_ssthresh = 30;
            before.snd_cwnd = 40;
            tcp_update_metrics(before);
            tcp_sock tp = connecting();

            SynSent.tcp_finish_connect(tp, null);

            assertThat(tp.snd_ssthresh).isEqualTo(30);
        }

        @Test
        @DisplayName("who wants SIGIO gets it: one can write now")
        void sigio() {
            tcp_sock tp = connecting();
            List<Integer> bands = new ArrayList<>();
            sock_set_flag(tp, SOCK_FASYNC);
            tp.sk_wq.fasync_list = (sig, band) -> bands.add(band);

            SynSent.tcp_finish_connect(tp, null);

            assertThat(bands).containsExactly(POLL_OUT);
            tp.sk_wq.fasync_list = null;
        }

        @Test
        @DisplayName("keeps the route by which the SYN/ACK came, for those that follow")
        void rx_dst() {
            tcp_sock tp = connecting();
            peer.options = MSS_OPTION;

            peer.send(SYN | ACK);

            assertThat(tp.sk_rx_dst).isNotNull();
            assertThat(tp.rx_dst_ifindex).isEqualTo(peer.nic.dev.ifindex);
        }

        @Test
        @DisplayName("SO_KEEPALIVE: the timer starts now")
        void keepalive() {
            tcp_sock tp = connecting();
            sock_set_flag(tp, SOCK_KEEPOPEN);
            SynSent.tcp_finish_connect(tp, null);
            assertThat(tp.sk_timer.expires - Jiffies.jiffies).isBetween(7_200_000L, 7_230_000L);
        }

        @Test
        @DisplayName("a scaled window cannot be predicted yet")
        void scaled() {
            tcp_sock tp = connecting();
            tp.rx_opt.snd_wscale = 3;
            tp.pred_flags = 99;
            SynSent.tcp_finish_connect(tp, null);
            assertThat(tp.pred_flags).isZero();
        }

        @Test
        @DisplayName("wakes the one who waits in connect")
        void wakes() {
            peer.nic.ops.ndo_start_xmit = answering(peer.nic.ops.ndo_start_xmit);
            int s = peer.keep(sys_socket(AF_INET, SOCK_STREAM, 0));
            peer.port = 8080;

            assertThat(peer.connect(s)).isZero();

            assertThat(sk(s).skc_state).isEqualTo(TCP_ESTABLISHED);
        }

        /** A peer that answers a SYN 20 ms later. */
        private net_device_ops.Ndo_start_xmit answering(net_device_ops.Ndo_start_xmit xmit) {
            return (skb, dev) -> {
                int ret = xmit.call(skb, dev);
                if (peer.nic.sent.size() == 1) {
                    kthread_run("peer", () -> {
                        later(20);
                        answerTo(peer.next());
                        peer.options = MSS_OPTION;
                        peer.send(SYN | ACK);
                        peer.options = new byte[0];
                    });
                }
                return ret;
            };
        }
    }

    @Nested
    class tcp_rcv_fastopen_synack {
        private static final String COOKIE = "fe0cf9890102030405060708";

        private int sendFast(int n) {
            fd = peer.open();
            peer.port = 8080;
            byte[] b = new byte[n];
            Arrays.fill(b, (byte) 'x');
            return sys_sendto(fd, b, 0, n, MSG_FASTOPEN, new sockaddr_in(Ipv4.ip(PEER), 8080), sockaddr_in.SIZE);
        }

        private void synack(int ack, String options) {
            peer.ack = ack;
            peer.options = HexFormat.of().parseHex(options);
            peer.send(SYN | ACK);
            peer.options = new byte[0];
        }

        /** The first connection gets the cookie. */
        private void getCookie() {
            assertThat(sendFast(100)).isEqualTo(-EINPROGRESS);
            ScriptedPeer.Segment syn = peer.next();
            assertThat(HexFormat.of().formatHex(syn.options())).contains("fe04f989");
            assertThat(syn.payload()).isEmpty();
            answerTo(syn);
            synack(syn.seq() + 1, "020405b4" + COOKIE);
            assertThat(peer.next().is(ACK)).isTrue();
            peer.send(RST);
            peer.seq = 2_000_000;
        }

        /** The second one sends data in its SYN. */
        private ScriptedPeer.Segment synWithData() {
            getCookie();
            assertThat(sendFast(100)).isEqualTo(100);
            ScriptedPeer.Segment syn = peer.next();
            assertThat(HexFormat.of().formatHex(syn.options())).contains(COOKIE);
            assertThat(syn.payload()).hasSize(100);
            answerTo(syn);
            return syn;
        }

        @Test
        @DisplayName("the cookie of one connection lets the next one send data in its SYN")
        void accepted() {
            ScriptedPeer.Segment syn = synWithData();

            synack(syn.seq() + 101, "020405b4");

            tcp_sock tp = sk(fd);
            assertThat(tp.syn_data_acked).isTrue();
            assertThat(tp.skc_state).isEqualTo(TCP_ESTABLISHED);
            assertThat(tp.packets_out).isZero();
            assertThat(mib(LINUX_MIB_TCPFASTOPENACTIVE)).isOne();
            assertThat(peer.next().is(ACK)).isTrue();
        }

        @Test
        @DisplayName("a SYN/ACK that acknowledges the SYN only: the data go out again at once")
        void data_refused() {
            ScriptedPeer.Segment syn = synWithData();

            synack(syn.seq() + 1, "020405b4");

            ScriptedPeer.Segment again = peer.next();
            assertThat(again.seq()).isEqualTo(syn.seq() + 1);
            assertThat(again.payload()).hasSize(100);
            assertThat(peer.rest()).isEmpty();
            assertThat(sk(fd).syn_data_acked).isFalse();
            assertThat(mib(LINUX_MIB_TCPFASTOPENACTIVEFAIL)).isOne();
        }

        @Test
        @DisplayName("an answer only to the SYN without data: the loss is remembered")
        void syn_lost() {
            ScriptedPeer.Segment syn = synWithData();
            later(1010);
            ScriptedPeer.Segment again = peer.next();
            assertThat(again.payload()).as("SYN again, without data").isEmpty();

            assertThat(losses()).isZero();
            synack(syn.seq() + 1, "020405b4");
            assertThat(losses()).isOne();
        }

        private int losses() {
            IntRef syn_loss = new IntRef();
            tcp_fastopen_cache_get(sk(fd), new IntRef(), new tcp_fastopen_cookie(), syn_loss, new LongRef());
            return syn_loss.val;
        }

        @Test
        @DisplayName("remembers the MSS that the peer has said, not the one that TCP_MAXSEG made of it")
        void mss_of_the_peer() {
            ScriptedPeer.Segment syn = synWithData();
            sk(fd).rx_opt.user_mss = 700;
            synack(syn.seq() + 101, "020405a0");
            assertThat(sk(fd).rx_opt.mss_clamp).isEqualTo(700);
            peer.rest();
            peer.send(RST);

            IntRef mss = new IntRef();
            tcp_fastopen_cookie cookie = new tcp_fastopen_cookie();
            fd = peer.open();
            peer.connect(fd);
            tcp_fastopen_cache_get(sk(fd), mss, cookie, new IntRef(), new LongRef());
            assertThat(mss.val).isEqualTo(1440);
            assertThat(cookie.len).isEqualTo(8);
        }
    }

    @Nested
    class tcp_rcv_synsent_state_process {
        @Test
        @DisplayName("SYN/ACK: connected, third ACK out, everything that the options said is set")
        void synack() {
            tcp_sock tp = connecting();
            peer.options = synackOptions(tcp_time_stamp());
            peer.window = 3000;
            peer.send(SYN | ACK);

            assertThat(tp.skc_state).isEqualTo(TCP_ESTABLISHED);
            assertThat(tp.rcv_nxt).isEqualTo(peer.seq).isEqualTo(tp.copied_seq);
            assertThat(tp.snd_una).isEqualTo(peer.ack);
            assertThat(tp.snd_wnd).as("never scaled in a SYN").isEqualTo(3000);
            assertThat(tp.rx_opt.tstamp_ok).isTrue();
            assertThat(tp.rx_opt.ts_recent).isEqualTo(100);
            assertThat(tp.rx_opt.snd_wscale).isEqualTo(7);
            assertThat(tp.rx_opt.sack_ok).isEqualTo(TCP_SACK_SEEN | TCP_FACK_ENABLED);
            assertThat(tp.tcp_header_len).isEqualTo(32);
            assertThat(tp.advmss).isEqualTo(1448);
            assertThat(tp.mss_cache).isEqualTo(1448);
            ScriptedPeer.Segment third = peer.next();
            assertThat(third.is(ACK)).isTrue();
            assertThat(third.ack()).isEqualTo(peer.seq);
        }

        @Test
        @DisplayName("a peer without options: no scale, no timestamps, header of 20 bytes, and the fast path is on")
        void no_options() {
            tcp_sock tp = connecting();
            peer.send(SYN | ACK);
            assertThat(tp.tcp_header_len).isEqualTo(20);
            assertThat(tp.rx_opt.rcv_wscale).isZero();
            assertThat(Integer.toUnsignedLong(tp.window_clamp)).isLessThanOrEqualTo(65535);
            assertThat(tp.mss_cache).isEqualTo(536);
            assertThat(tp.rx_opt.sack_ok).isZero();
            assertThat(tp.pred_flags).isNotZero();
        }

        @ParameterizedTest
        @ValueSource(ints = {-1, 1, 0x40000000})
        @DisplayName("an ACK of something else: RST, and its options leave no trace")
        void wrong_ack(int distance) {
            tcp_sock tp = connecting();
            int clamp = tp.rx_opt.mss_clamp;
            peer.ack += distance;
            peer.options = synackOptions(tcp_time_stamp());
            peer.send(SYN | ACK);

            ScriptedPeer.Segment rst = peer.next();
            assertThat(rst.is(RST)).isTrue();
            assertThat(rst.seq()).isEqualTo(peer.ack);
            assertThat(tp.skc_state).isEqualTo(TCP_SYN_SENT);
            assertThat(tp.rx_opt.mss_clamp).isEqualTo(clamp);
            assertThat(tp.rx_opt.sack_ok).isZero();
            assertThat(tp.rx_opt.wscale_ok).isFalse();
        }

        @Test
        @DisplayName("an echo of a timestamp that we have not sent: RST")
        void wrong_echo() {
            tcp_sock tp = connecting();
            peer.options = synackOptions(tcp_time_stamp() + 1000);
            peer.send(SYN | ACK);
            assertThat(peer.next().is(RST)).isTrue();
            assertThat(mib(LINUX_MIB_PAWSACTIVEREJECTED)).isOne();
            assertThat(tp.skc_state).isEqualTo(TCP_SYN_SENT);
        }

        @Test
        @DisplayName("a RST counts only with an ACK of our SYN")
        void rst() {
            tcp_sock tp = connecting();
            peer.send(RST);
            assertThat(tp.skc_state).isEqualTo(TCP_SYN_SENT);
            peer.ack++;
            peer.send(RST | ACK);
            assertThat(tp.skc_state).isEqualTo(TCP_SYN_SENT);
            assertThat(peer.rest()).isEmpty();
            peer.ack--;
            peer.send(RST | ACK);
            assertThat(tp.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(tp.sk_err).isEqualTo(ECONNREFUSED);
        }

        @Test
        @DisplayName("neither SYN nor RST: dropped without a word")
        void bare_ack() {
            tcp_sock tp = connecting();
            peer.send(ACK, new byte[5]);
            peer.send(FIN);
            assertThat(peer.rest()).isEmpty();
            assertThat(tp.skc_state).isEqualTo(TCP_SYN_SENT);
        }

        @Test
        @DisplayName("two SYNs cross: SYN/ACK with our number, and the ACK of it connects")
        void crossed() {
            tcp_sock tp = connecting();
            peer.options = MSS_OPTION;
            peer.send(SYN);
            peer.options = new byte[0];

            assertThat(tp.skc_state).isEqualTo(TCP_SYN_RECV);
            ScriptedPeer.Segment synack = peer.next();
            assertThat(synack.flags()).isEqualTo(SYN | ACK);
            assertThat(synack.seq()).isEqualTo(peer.ack - 1);
            assertThat(synack.ack()).isEqualTo(peer.seq);

            peer.send(ACK);
            assertThat(tp.skc_state).isEqualTo(TCP_ESTABLISHED);
        }

        @Test
        @DisplayName("data will follow soon: the third ACK waits for them, up to 200 ms")
        void third_ack_waits() {
            tcp_sock tp = connecting();
            tp.icsk_ack.pingpong = 1;
            peer.options = MSS_OPTION;
            peer.send(SYN | ACK);
            assertThat(peer.rest()).isEmpty();
            assertThat(sys_send(fd, new byte[10], 0, 10, 0)).isEqualTo(10);
            ScriptedPeer.Segment data = peer.next();
            assertThat(data.is(ACK)).isTrue();
            assertThat(data.payload()).hasSize(10);
            assertThat(data.ack()).isEqualTo(peer.seq);
        }

        @Test
        @DisplayName("a peer that does not know MPTCP: a plain connection")
        void no_mptcp() {
            sysctl_mptcp_enabled = 1;
            tcp_sock tp = connecting();
            assertThat(tp.request_mptcp).isTrue();
            peer.options = MSS_OPTION;
            peer.send(SYN | ACK);
            assertThat(tp.skc_state).isEqualTo(TCP_ESTABLISHED);
            assertThat(tp.mpc).isFalse();
            assertThat(peer.next().is(ACK)).isTrue();
        }

        @Test
        @DisplayName("a peer that does: the socket is a meta socket now, and its master subflow has sent the third ACK")
        void mptcp() {
            sysctl_mptcp_enabled = 1;
            tcp_sock tp = connecting();
            peer.options = HexFormat.of().parseHex("020405b4 1e0c0081 1122334455667788".replace(" ", ""));
            peer.send(SYN | ACK);
            peer.options = new byte[0];
            assertThat(tp.mpc).isTrue();
            assertThat(tp.mpcb.master_sk).isNotNull();
            ScriptedPeer.Segment third = peer.next();
            assertThat(third.is(ACK)).isTrue();
            assertThat(HexFormat.of().formatHex(third.options())).contains("1e14").contains("1122334455667788");
            peer.send(RST);
        }

        @ParameterizedTest
        @CsvSource({"true", "false"})
        @DisplayName("ECN only if the SYN/ACK has ECE (RFC 3168, section 6.1.1)")
        void ecn(boolean ece) {
            init_net.ipv4.sysctl_tcp_ecn = 1;
            fd = peer.open();
            peer.port = 8080;
            peer.connect(fd);
            ScriptedPeer.Segment syn = peer.next();
            assertThat(syn.flags()).isEqualTo(SYN | ECE | CWR);
            peer.hostPort = syn.source();
            peer.ack = syn.seq() + 1;

            peer.send(ece ? SYN | ACK | ECE : SYN | ACK);

            assertThat(sk(fd).ecn_flags).isEqualTo(ece ? TCP_ECN_OK : 0);
        }

        @ParameterizedTest
        @CsvSource({"true", "false"})
        @DisplayName("two SYNs cross: ECN only if the other one asks for it with both bits")
        void crossed_ecn(boolean both) {
            tcp_sock tp = connecting();
            tp.ecn_flags = TCP_ECN_OK;
            peer.options = MSS_OPTION;
            peer.send(both ? SYN | ECE | CWR : SYN | ECE);
            peer.options = new byte[0];
            assertThat(tp.ecn_flags).isEqualTo(both ? TCP_ECN_OK : 0);
        }

        @ParameterizedTest
        @CsvSource({"true", "false"})
        @DisplayName("the MSS of the peer decides where the search for the path MTU begins, and the guess at its segments")
        void mss(boolean crossed) {
            tcp_sock tp = connecting();
            sysctl_tcp_mtu_probing = 2;
            tp.icsk_ack.rcv_mss = 1;
            peer.options = new byte[] {2, 4, 1, 44};

            peer.send(crossed ? SYN : SYN | ACK);

            peer.options = new byte[0];
            assertThat(tp.mss_cache).isEqualTo(300);
            assertThat(tp.icsk_ack.rcv_mss).isEqualTo(300);
            assertThat(tp.icsk_mtup.enabled).isOne();
            assertThat(tp.icsk_mtup.search_high).isEqualTo(340);
        }

        @Test
        @DisplayName("two SYNs cross: the timestamp is remembered, to be echoed")
        void crossed_timestamp() {
            tcp_sock tp = connecting();
            peer.options = SYN_OPTIONS;
            peer.send(SYN);
            assertThat(tp.rx_opt.ts_recent).isEqualTo(100);
            assertThat(tp.tcp_header_len).isEqualTo(32);
            assertThat(get32(peer.next().options(), 12)).isEqualTo(100);
        }

        @Test
        @DisplayName("the third ACK waits for data: without any it goes after 200 ms, and the next ones do not wait")
        void third_ack_alone() {
            tcp_sock tp = connecting();
            tp.icsk_ack.pingpong = 1;
            later(50);
            peer.options = MSS_OPTION;
            peer.send(SYN | ACK);
            assertThat(peer.rest()).isEmpty();
            assertThat(inet_csk_ack_scheduled(tp)).isTrue();
            assertThat(tp.icsk_ack.lrcvtime).isEqualTo(tcp_time_stamp());
            assertThat(tp.icsk_ack.pingpong).isZero();
            assertThat(tp.icsk_ack.quick).isNotZero();

            later(190);
            assertThat(peer.rest()).isEmpty();
            later(20);
            assertThat(peer.next().is(ACK)).isTrue();
        }

        @Test
        @DisplayName("a SYN that is a RST too means nothing, nor do its options")
        void syn_and_rst() {
            tcp_sock tp = connecting();
            int clamp = tp.rx_opt.mss_clamp;
            peer.options = SYN_OPTIONS;
            peer.send(SYN | RST);
            assertThat(tp.skc_state).isEqualTo(TCP_SYN_SENT);
            assertThat(tp.rx_opt.sack_ok).isZero();
            assertThat(tp.rx_opt.wscale_ok).isFalse();
            assertThat(tp.rx_opt.mss_clamp).isEqualTo(clamp);
        }
    }
}
