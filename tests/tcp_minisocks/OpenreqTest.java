// SPDX-License-Identifier: GPL-2.0-only
package tcp_minisocks;

import static inet_connection_sock.Listen.inet_csk_destroy_sock;
import static linux.errno.Errno.ECONNRESET;
import static linux.jiffies.Jiffies.jiffies;
import static linux.list.Lists.list_empty;
import static linux.percpu_counter.percpu_counter.percpu_counter_inc;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_pull;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static linux.skbuff.Queue.__skb_dequeue;
import static linux.skbuff.Queue.__skb_queue_tail;
import static linux.skbuff.Queue.skb_queue_empty;
import static linux.skbuff.sk_buff.CHECKSUM_UNNECESSARY;
import static linux.syscalls.SocketCalls.sys_recv;
import static linux.syscalls.SocketCalls.sys_setsockopt;
import static linux.tcp.tcp_options_received.TCP_FACK_ENABLED;
import static linux.tcp.tcp_options_received.TCP_SACK_SEEN;
import static linux.timer.Timers.timer_pending;
import static linux.types.Be.put32;
import static linux.uaccess.User.bytesOf;
import static net.dst.Metrics.dst_init_metrics;
import static net.mptcp.Sysctls.sysctl_mptcp_enabled;
import static net.net_namespace.NetNs.init_net;
import static net.request_sock.Requests.liveRequests;
import static net.sock.Flags.sock_reset_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.Lock.bh_lock_sock;
import static net.sock.Lock.bh_unlock_sock;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static net.sock.Nodes.sock_hold;
import static net.sock.Nodes.sock_put;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.sock.SockFlag.SOCK_KEEPOPEN;
import static net.sock.SockTimers.sk_stop_timer;
import static net.sock.sock.RCV_SHUTDOWN;
import static net.sock.sock.SOCK_RCVBUF_LOCK;
import static net.tcp.Multipath.mptcp;
import static net.tcp.Sysctls.sysctl_tcp_abort_on_overflow;
import static net.tcp.Sysctls.sysctl_tcp_fastopen;
import static net.tcp.TcpConst.TCP_ECN_OK;
import static net.tcp.TcpConst.TFO_SERVER_COOKIE_NOT_REQD;
import static net.tcp.TcpConst.TFO_SERVER_ENABLE;
import static net.tcp.Windows.tcp_full_space;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_FIN_WAIT2;
import static net.tcp_states.TcpState.TCP_SYN_RECV;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static testing.MptcpSockets.free;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.MSS_OPTION;
import static testing.ScriptedPeer.RST;
import static testing.ScriptedPeer.SYN;
import static testing.ScriptedPeer.SYN_OPTIONS;
import static testing.ScriptedPeer.later;
import static testing.ScriptedPeer.sk;
import static uapi.linux.rtnetlink.Rt.RTAX_MAX;
import static uapi.linux.snmp.Snmp.LINUX_MIB_EMBRYONICRSTS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_PAWSESTABREJECTED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDEFERACCEPTDROP;
import static uapi.linux.snmp.Snmp.TCP_MIB_ATTEMPTFAILS;
import static uapi.linux.snmp.Snmp.TCP_MIB_PASSIVEOPENS;
import static uapi.linux.socket.SocketOpt.SOL_TCP;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;
import static uapi.linux.tcp.TcpOpt.TCP_FASTOPEN;

import java.util.HexFormat;
import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_request_sock;
import linux.tcp.tcp_sock;
import net.dst.dst_entry;
import net.dst.dst_ops;
import net.mptcp.mptcp_request_sock;
import net.request_sock.request_sock;
import net.sock.sock;
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

@KernelTest
class OpenreqTest {
    private ScriptedPeer peer;
    private int l;

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

    private static byte[] ts(int tsval) {
        byte[] b = {1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0};
        put32(b, 4, tsval);
        return b;
    }

    /** A SYN has come and was answered. */
    private tcp_request_sock request(byte[] options) {
        l = peer.listener(80);
        peer.options = options;
        peer.send(SYN);
        peer.options = new byte[0];
        peer.ack = peer.next().seq() + 1;
        return request();
    }

    /** The request that waits; null: there is none. */
    private tcp_request_sock request() {
        for (request_sock req : sk(l).icsk_accept_queue.listen_opt.syn_table) {
            if (req != null) {
                return (tcp_request_sock) req;
            }
        }
        return null;
    }

    @Nested
    class tcp_openreq_init_rwin {
        private tcp_request_sock rwin(tcp_sock listener, int advmss) {
            tcp_request_sock req = new tcp_request_sock();
            req.wscale_ok = true;
            req.tstamp_ok = true;
            dst_entry dst = new dst_entry();
            dst.ops = new dst_ops();
            dst.ops.default_advmss = d -> advmss;
            dst_init_metrics(dst, new int[RTAX_MAX], false);
            Openreq.tcp_openreq_init_rwin(req, listener, dst);
            return req;
        }

        @Test
        @DisplayName("ten segments at first, and a scale that fits the largest buffer")
        void initial() {
            tcp_sock listener = sk(peer.open());
            tcp_request_sock req = rwin(listener, 1460);
            assertThat(req.rcv_wnd).isEqualTo(20 * 1448);
            assertThat(req.rcv_wscale).isEqualTo(7);
            assertThat(Integer.toUnsignedLong(req.window_clamp)).isGreaterThan(65535);
        }

        @Test
        @DisplayName("a buffer that the user has fixed: no more than it holds, and no scale")
        void fixed() {
            tcp_sock listener = sk(peer.open());
            listener.sk_userlocks = SOCK_RCVBUF_LOCK;
            listener.sk_rcvbuf = 20_000;
            tcp_request_sock req = rwin(listener, 1460);
            assertThat(req.window_clamp).isEqualTo(tcp_full_space(listener));
            assertThat(req.rcv_wscale).isZero();
            assertThat(req.rcv_wnd).isLessThanOrEqualTo(15_000);
        }

        @Test
        @DisplayName("TCP_WINDOW_CLAMP and TCP_MAXSEG of the listener count")
        void options() {
            tcp_sock listener = sk(peer.open());
            listener.window_clamp = 5000;
            listener.rx_opt.user_mss = 500;
            tcp_request_sock req = rwin(listener, 1460);
            assertThat(req.window_clamp).isEqualTo(5000);
            assertThat(req.rcv_wnd % 488).as("whole segments, less the timestamps").isZero();
        }
    }

    @Nested
    class TCP_ECN_openreq_child {
        @Test
        @DisplayName("ECN as the handshake agreed")
        void agreed() {
            tcp_sock tp = FreshSocket.fresh();
            tcp_request_sock req = new tcp_request_sock();
            tp.ecn_flags = 255;
            Openreq.TCP_ECN_openreq_child(tp, req);
            assertThat(tp.ecn_flags).isZero();
            req.ecn_ok = true;
            Openreq.TCP_ECN_openreq_child(tp, req);
            assertThat(tp.ecn_flags).isEqualTo(TCP_ECN_OK);
        }
    }

    @Nested
    class tcp_create_openreq_child {
        /** The socket that the third ACK makes, before it processes it. */
        private tcp_sock child(byte[] synOptions, byte[] ackOptions) {
            tcp_request_sock req = request(synOptions);
            peer.options = ackOptions;
            sk_buff skb = peer.segment(ACK);
            skb_pull(skb, 20);
            skb_reset_transport_header(skb);
            tcp_sock tp = (tcp_sock) Openreq.tcp_create_openreq_child(sk(l), req, skb);
            kfree_skb(skb);
            return tp;
        }

        private void free(tcp_sock tp) {
            bh_unlock_sock(tp);
            sock_put(tp);
            inet_csk_destroy_sock_now(tp);
        }

        private void inet_csk_destroy_sock_now(tcp_sock tp) {
            tp.skc_state = TCP_CLOSE;
            tp.skc_num = 0;
            sock_set_flag(tp, SOCK_DEAD);
            sock_hold(tp);
            percpu_counter_inc(tp.skc_prot.orphan_count);
            inet_csk_destroy_sock(tp);
            sock_put(tp);
        }

        @Test
        @DisplayName("a copy of the listener with the numbers and options of the handshake")
        void copy() {
            tcp_sock tp = child(SYN_OPTIONS, ts(105));
            tcp_request_sock req = request();

            assertThat(tp.skc_state).isEqualTo(TCP_SYN_RECV);
            assertThat(tp.rcv_nxt).isEqualTo(peer.seq).isEqualTo(tp.copied_seq).isEqualTo(tp.rcv_wup);
            assertThat(tp.snd_una).isEqualTo(peer.ack).isEqualTo(tp.snd_nxt).isEqualTo(tp.write_seq);
            assertThat(tp.snd_wl1).isEqualTo(req.rcv_isn);
            assertThat(tp.icsk_rto).isEqualTo(1000);
            assertThat(tp.snd_cwnd).isEqualTo(10);
            assertThat(tp.snd_ssthresh).isEqualTo(0x7fffffff);
            assertThat(tp.lsndtime).isEqualTo(req.snt_synack);
            assertThat(tp.rx_opt.tstamp_ok).isTrue();
            assertThat(tp.rx_opt.ts_recent).isEqualTo(100);
            assertThat(tp.rx_opt.sack_ok).isEqualTo(TCP_SACK_SEEN | TCP_FACK_ENABLED);
            assertThat(tp.rx_opt.snd_wscale).isEqualTo(7);
            assertThat(tp.snd_wnd).isEqualTo(65535 << 7);
            assertThat(tp.rcv_wnd).isEqualTo(req.rcv_wnd).isEqualTo(tp.rcv_ssthresh);
            assertThat(tp.rx_opt.mss_clamp).isEqualTo(1460);
            assertThat(tp.tcp_header_len).isEqualTo(32);
            assertThat(tp.fastopen_rsk).isNull();
            assertThat(init_net.mib.tcp_statistics[TCP_MIB_PASSIVEOPENS]).isOne();
            free(tp);
        }

        @Test
        @DisplayName("without options: no scale, at most 64 KB, header of 20 bytes")
        void plain() {
            tcp_sock tp = child(MSS_OPTION, new byte[0]);
            assertThat(tp.rx_opt.snd_wscale).isZero();
            assertThat(tp.rx_opt.rcv_wscale).isZero();
            assertThat(Integer.toUnsignedLong(tp.window_clamp)).isLessThanOrEqualTo(65535);
            assertThat(tp.snd_wnd).isEqualTo(65535);
            assertThat(tp.tcp_header_len).isEqualTo(20);
            assertThat(tp.rx_opt.sack_ok).isZero();
            free(tp);
        }

        @Test
        @DisplayName("SO_KEEPALIVE is inherited, and its timer starts")
        void keepalive() {
            tcp_request_sock req = request(MSS_OPTION);
            sock_set_flag(sk(l), SOCK_KEEPOPEN);
            sk_buff skb = peer.segment(ACK);
            skb_pull(skb, 20);
            skb_reset_transport_header(skb);
            tcp_sock tp = (tcp_sock) Openreq.tcp_create_openreq_child(sk(l), req, skb);
            kfree_skb(skb);
            assertThat(timer_pending(tp.sk_timer)).isTrue();
            sk_stop_timer(tp, tp.sk_timer);
            free(tp);
            sock_reset_flag(sk(l), SOCK_KEEPOPEN);
        }

        @Test
        @DisplayName("no memory: null")
        void no_memory() {
            tcp_request_sock req = request(MSS_OPTION);
            sk_buff skb = peer.segment(ACK);
            Gfp.failNth(0);
            assertThat(Openreq.tcp_create_openreq_child(sk(l), req, skb)).isNull();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("what the listener has of congestion, ECN, queues and readers is not inherited")
        void starts_anew() {
            tcp_request_sock req = request(MSS_OPTION);
            tcp_sock listener = sk(l);
            listener.icsk_ca_state = TCP_CA_Loss;
            listener.do_early_retrans = false;
            listener.ecn_flags = TCP_ECN_OK;
            listener.ucopy.len = 5;
            __skb_queue_tail(listener.out_of_order_queue, peer.segment(ACK));
            sk_buff skb = peer.segment(ACK);
            skb_pull(skb, 20);
            skb_reset_transport_header(skb);

            tcp_sock tp = (tcp_sock) Openreq.tcp_create_openreq_child(listener, req, skb);

            assertThat(tp.icsk_ca_state).isEqualTo(TCP_CA_Open);
            assertThat(tp.do_early_retrans).isTrue();
            assertThat(tp.ecn_flags).isZero();
            assertThat(tp.ucopy.len).isZero();
            assertThat(list_empty(tp.tsq_node)).isTrue();
            assertThat(skb_queue_empty(tp.out_of_order_queue)).isTrue();
            kfree_skb(skb);
            free(tp);
            kfree_skb(__skb_dequeue(listener.out_of_order_queue));
            listener.icsk_ca_state = TCP_CA_Open;
            listener.ucopy.len = 0;
        }
    }

    @Nested
    class tcp_check_req {
        @Test
        @DisplayName("the third ACK makes the connection, which waits to be accepted")
        void third_ack() {
            request(MSS_OPTION);
            peer.send(ACK);
            assertThat(request()).isNull();
            assertThat(sk(l).sk_ack_backlog).isOne();
            assertThat(sk(peer.accept(l)).skc_state).isEqualTo(TCP_ESTABLISHED);
            assertThat(peer.rest()).isEmpty();
        }

        @Test
        @DisplayName("data with the third ACK are there when the connection is accepted")
        void data() {
            request(MSS_OPTION);
            peer.send(ACK, new byte[] {1, 2, 3});
            assertThat(sys_recv(peer.accept(l), new byte[9], 0, 9, 0)).isEqualTo(3);
        }

        @Test
        @DisplayName("the SYN once more gets the SYN/ACK once more, and the timer starts anew")
        void syn_again() {
            tcp_request_sock req = request(MSS_OPTION);
            later(500);
            peer.seq--;
            peer.options = MSS_OPTION;
            peer.send(SYN);
            assertThat(peer.next().seq()).isEqualTo(req.snt_isn);
            assertThat(req.expires - jiffies).isEqualTo(1000);
        }

        @Test
        @DisplayName("the SYN once more, but without MP_CAPABLE: plain TCP from here on")
        void without_mp_capable() {
            sysctl_mptcp_enabled = 1;
            byte[] mpCapable = HexFormat.of().parseHex("020405b4" + "1e0c0081" + "1122334455667788");
            tcp_request_sock req = request(mpCapable);
            assertThat(req.saw_mpc).isTrue();
            peer.seq--;
            peer.options = MSS_OPTION;
            peer.send(SYN);
            assertThat(req.saw_mpc).isFalse();
            assertThat(HexFormat.of().formatHex(peer.next().options())).doesNotContain("1e0c");
        }

        @ParameterizedTest
        @CsvSource({"-1", "1", "100000"})
        @DisplayName("an ACK of something else: RST, and the request stays")
        void wrong_ack(int distance) {
            request(MSS_OPTION);
            peer.ack += distance;
            peer.send(ACK);
            ScriptedPeer.Segment rst = peer.next();
            assertThat(rst.is(RST)).isTrue();
            assertThat(rst.seq()).isEqualTo(peer.ack);
            assertThat(request()).isNotNull();
        }

        @Test
        @DisplayName("outside of the window: an ACK; a RST there is ignored")
        void out_of_window() {
            request(MSS_OPTION);
            peer.seq += 1_000_000;
            peer.send(ACK, new byte[4]);
            assertThat(peer.next().is(ACK)).isTrue();
            peer.send(RST | ACK);
            assertThat(peer.rest()).isEmpty();
            assertThat(request()).isNotNull();
        }

        @Test
        @DisplayName("an old timestamp: an ACK; a new one is remembered")
        void timestamps() {
            tcp_request_sock req = request(SYN_OPTIONS);
            peer.options = ts(50);
            peer.send(ACK);
            assertThat(peer.next().is(ACK)).isTrue();
            assertThat(mib(LINUX_MIB_PAWSESTABREJECTED)).isOne();
            assertThat(req.ts_recent).isEqualTo(100);
            assertThat(request()).as("no connection yet").isSameAs(req);

            peer.options = ts(150);
            peer.send(ACK);
            assertThat(req.ts_recent).isEqualTo(150);
            assertThat(sk(peer.accept(l)).rx_opt.ts_recent).isEqualTo(150);
        }

        @Test
        @DisplayName("a RST in the window ends the request; so does a SYN, which is answered with RST")
        void rst() {
            request(MSS_OPTION);
            peer.send(RST);
            assertThat(request()).isNull();
            assertThat(peer.rest()).isEmpty();
            assertThat(mib(LINUX_MIB_EMBRYONICRSTS)).isOne();
            assertThat(init_net.mib.tcp_statistics[TCP_MIB_ATTEMPTFAILS]).isOne();
        }

        @Test
        @DisplayName("another SYN in the window: RST")
        void other_syn() {
            request(MSS_OPTION);
            peer.seq += 10;
            peer.send(SYN);
            assertThat(peer.next().flags() & RST).isNotZero();
            assertThat(request()).isNull();
        }

        @Test
        @DisplayName("neither ACK nor SYN nor RST: nothing")
        void no_flags() {
            request(MSS_OPTION);
            peer.send(0, new byte[3]);
            assertThat(peer.rest()).isEmpty();
            assertThat(request()).isNotNull();
            peer.seq -= 3;
        }

        @Test
        @DisplayName("TCP_DEFER_ACCEPT: a bare ACK is not enough, data are")
        void defer_accept() {
            tcp_request_sock req = request(MSS_OPTION);
            sk(l).icsk_accept_queue.rskq_defer_accept = 2;
            peer.send(ACK);
            assertThat(req.acked).isTrue();
            assertThat(mib(LINUX_MIB_TCPDEFERACCEPTDROP)).isOne();
            assertThat(peer.rest()).isEmpty();

            peer.send(ACK, new byte[2]);
            assertThat(sys_recv(peer.accept(l), new byte[9], 0, 9, 0)).isEqualTo(2);
        }

        @ParameterizedTest
        @CsvSource({"0", "1"})
        @DisplayName("no room in the accept queue: the ACK is forgotten, or, with tcp_abort_on_overflow, refused")
        void overflow(int abort) {
            tcp_request_sock req = request(MSS_OPTION);
            sysctl_tcp_abort_on_overflow = abort;
            sk(l).sk_ack_backlog = sk(l).sk_max_ack_backlog + 1;
            peer.send(ACK);
            sk(l).sk_ack_backlog = 0;
            if (abort == 0) {
                assertThat(peer.rest()).isEmpty();
                assertThat(req.acked).isTrue();
                peer.send(ACK);
                assertThat(peer.accept(l)).isNotNegative();
            } else {
                assertThat(peer.next().flags() & RST).isNotZero();
                assertThat(request()).isNull();
            }
        }

        @Test
        @DisplayName("MPTCP: the connection that waits is the master subflow's, and its meta socket is accepted")
        void mptcp() {
            sysctl_mptcp_enabled = 1;
            request(HexFormat.of().parseHex("020405b4" + "1e0c0081" + "1122334455667788"));
            long remote = ((mptcp_request_sock) request()).mptcp_loc_key;
            peer.options = HexFormat.of().parseHex("1e140081" + "1122334455667788" + String.format("%016x", remote));
            peer.send(ACK);
            peer.options = new byte[0];
            tcp_sock meta = sk(peer.accept(l));
            assertThat(meta.mpc).isTrue();
            assertThat(meta.mpcb.master_sk.skc_state).isEqualTo(TCP_ESTABLISHED);
            peer.send(RST);
        }

        @Test
        @DisplayName("Fast Open is for the connection itself, never for a listener")
        void not_a_listener() {
            tcp_request_sock req = request(MSS_OPTION);
            sk_buff skb = peer.segment(ACK);
            skb_pull(skb, 20);
            skb_reset_transport_header(skb);

            assertThatThrownBy(() -> Openreq.tcp_check_req(sk(l), skb, req, null, true)).hasMessageContaining("kernel BUG");
            kfree_skb(skb);
        }

        /** Fast Open without a cookie: a SYN with data has made the connection. */
        private tcp_sock fastopen() {
            sysctl_tcp_fastopen = TFO_SERVER_ENABLE | TFO_SERVER_COOKIE_NOT_REQD;
            l = peer.listener(80);
            assertThat(sys_setsockopt(l, SOL_TCP, TCP_FASTOPEN, bytesOf(5), 4)).isZero();
            peer.options = MSS_OPTION;
            peer.send(SYN, new byte[3]);
            peer.options = new byte[0];
            peer.ack = peer.next().seq() + 1;
            return sk(peer.accept(l));
        }

        @Test
        @DisplayName("Fast Open: the ACK goes to the connection, which is there already")
        void fastopen_ack() {
            tcp_sock tp = fastopen();
            assertThat(tp.skc_state).isEqualTo(TCP_SYN_RECV);

            peer.send(ACK);

            assertThat(tp.skc_state).isEqualTo(TCP_ESTABLISHED);
            assertThat(tp.fastopen_rsk).isNull();
        }

        @Test
        @DisplayName("Fast Open: a RST ends the connection; its place is taken for a minute more")
        void fastopen_reset() {
            tcp_sock tp = fastopen();

            peer.send(RST);

            assertThat(tp.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(tp.sk_err).isEqualTo(ECONNRESET);
            assertThat(tp.fastopen_rsk).isNull();
            assertThat(sk(l).icsk_accept_queue.fastopenq.rskq_rst_head).isNotNull();
            assertThat(sk(l).icsk_accept_queue.fastopenq.qlen).isOne();
        }

        @Test
        @DisplayName("Fast Open: another SYN in the window is answered with RST, and the connection lives")
        void fastopen_syn() {
            tcp_sock tp = fastopen();
            peer.seq += 10;

            peer.send(SYN);

            assertThat(peer.next().flags() & RST).isNotZero();
            assertThat(tp.skc_state).isEqualTo(TCP_SYN_RECV);
        }

        @Test
        @DisplayName("a RST ends the request of a subflow too, and the last one stops the timer of the meta socket")
        void mp_join_reset() {
            sysctl_mptcp_enabled = 1;
            request(HexFormat.of().parseHex("020405b4" + "1e0c0081" + "1122334455667788"));
            long local = ((mptcp_request_sock) request()).mptcp_loc_key;
            peer.options = HexFormat.of().parseHex("1e140081" + "1122334455667788" + String.format("%016x", local));
            peer.send(ACK);
            int first = peer.port, seq = peer.seq, ack = peer.ack;
            tcp_sock meta = sk(peer.accept(l));
            peer.rest();

            peer.port = 41000;
            peer.options = HexFormat.of().parseHex("020405b4" + "1e0c1001"
                    + String.format("%08x", meta.mpcb.mptcp_loc_token) + "00000001");
            peer.send(SYN);
            assertThat(peer.next().flags()).isEqualTo(SYN | ACK);
            assertThat(liveRequests()).isOne();
            assertThat(meta.icsk_accept_queue.listen_opt.qlen).isOne();
            assertThat(timer_pending(meta.mpcb.synack_timer)).isTrue();

            peer.options = new byte[0];
            peer.send(RST);
            assertThat(liveRequests()).isZero();
            assertThat(meta.icsk_accept_queue.listen_opt.qlen).isZero();
            assertThat(timer_pending(meta.mpcb.synack_timer)).isFalse();
            assertThat(mib(LINUX_MIB_EMBRYONICRSTS)).isOne();

            peer.port = first;
            peer.seq = seq;
            peer.ack = ack;
            peer.send(RST);
        }
    }

    @Nested
    class tcp_child_process {
        /** A connection, locked and held as {@code syn_recv_sock} leaves it. */
        private tcp_sock locked(int fd) {
            tcp_sock tp = sk(fd);
            bh_lock_sock(tp);
            sock_hold(tp);
            return tp;
        }

        private sk_buff segment(byte... payload) {
            sk_buff skb = peer.segment(ACK, payload);
            skb_pull(skb, 20);
            skb_reset_transport_header(skb);
            TCP_SKB_CB(skb).seq = peer.seq;
            TCP_SKB_CB(skb).end_seq = peer.seq + payload.length;
            TCP_SKB_CB(skb).ack_seq = peer.ack;
            skb.ip_summed = CHECKSUM_UNNECESSARY;
            skb.skb_iif = peer.nic.dev.ifindex;
            return skb;
        }

        @Test
        @DisplayName("processes the segment, tells the listener of a new connection, and lets go of the socket")
        void connected() {
            request(MSS_OPTION);
            int[] told = new int[1];
            sock.DataReady was = sk(l).sk_data_ready;
            sk(l).sk_data_ready = (sk, bytes) -> {
                told[0]++;
                was.call(sk, bytes);
            };
            peer.send(ACK);
            assertThat(told[0]).isOne();
            sk(l).sk_data_ready = was;
            tcp_sock tp = sk(peer.accept(l));
            assertThat(tp.skc_refcnt).isOne();
        }

        @Test
        @DisplayName("an owned socket gets the segment into its backlog")
        void owned() {
            int fd = peer.accepted();
            tcp_sock tp = sk(fd);
            lock_sock(tp);
            locked(fd);

            assertThat(Openreq.tcp_child_process(tp, tp, segment((byte) 7))).isZero();
            assertThat(tp.sk_backlog.head).isNotNull();
            assertThat(tp.rcv_nxt).isEqualTo(peer.seq);

            release_sock(tp);
            assertThat(tp.rcv_nxt).isEqualTo(peer.seq + 1);
            assertThat(tp.skc_refcnt).isLessThanOrEqualTo(2);
            peer.seq++;
        }

        @Test
        @DisplayName("1: the caller is to answer with RST, here since nobody will read the data")
        void reset() {
            int fd = peer.accepted();
            tcp_sock tp = locked(fd);
            tp.sk_shutdown = RCV_SHUTDOWN;
            tp.skc_state = TCP_FIN_WAIT2;

            sk_buff skb = segment((byte) 7);
            assertThat(Openreq.tcp_child_process(tp, tp, skb)).isOne();

            assertThat(tp.skc_state).isEqualTo(TCP_CLOSE);
            kfree_skb(skb);
        }
    }
}
