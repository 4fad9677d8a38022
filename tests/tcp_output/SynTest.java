// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static linux.errno.Errno.ECONNREFUSED;
import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EHOSTUNREACH;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.skbuff.Alloc.alloc_skb_fclone;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Dst.skb_dst;
import static linux.skbuff.Free.kfree_skb;
import static linux.workqueue.Workqueue.queued;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_RETRANS;
import static net.net_namespace.NetNs.init_net;
import static net.sock.sock.SOCK_RCVBUF_LOCK;
import static net.tcp.Segments.tcp_skb_pcount;
import static net.tcp.Sysctls.sysctl_tcp_adv_win_scale;
import static net.tcp.Sysctls.sysctl_tcp_fastopen;
import static net.tcp.Sysctls.sysctl_tcp_rmem;
import static net.tcp.TcpConst.MAX_TCP_HEADER;
import static net.tcp.TcpConst.TCPHDR_ACK;
import static net.tcp.TcpConst.TCPHDR_CWR;
import static net.tcp.TcpConst.TCPHDR_ECE;
import static net.tcp.TcpConst.TCPHDR_PSH;
import static net.tcp.TcpConst.TCPHDR_SYN;
import static net.tcp.TcpConst.TCP_TIMEOUT_INIT;
import static net.tcp.TcpConst.TFO_CLIENT_ENABLE;
import static net.tcp.TcpConst.TFO_CLIENT_NO_COOKIE;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp.WriteQueue.tcp_write_queue_head;
import static net.tcp.WriteQueue.tcp_write_queue_purge;
import static net.tcp.WriteQueue.tcp_write_queue_tail;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.rtnetlink.Rt.RTAX_ADVMSS;
import static uapi.linux.rtnetlink.Rt.RTAX_INITRWND;
import static uapi.linux.rtnetlink.Rt.RTAX_MTU;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPORIGDATASENT;
import static uapi.linux.snmp.Snmp.TCP_MIB_ACTIVEOPENS;
import static uapi.linux.snmp.Snmp.TCP_MIB_OUTSEGS;

import linux.gfp.Gfp;
import linux.jiffies.Jiffies;
import linux.skbuff.sk_buff;
import linux.socket.iovec;
import linux.socket.msghdr;
import linux.tcp.tcp_fastopen_cookie;
import linux.tcp.tcp_request_sock;
import linux.tcp.tcp_sock;
import net.dst.dst_entry;
import net.tcp.tcp_fastopen_request;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;

@KernelTest
class SynTest {
    private static final int ISS = 1000;

    private Sender s;
    private tcp_sock tp;

    @BeforeEach
    void setUp() {
        s = new Sender().established(ISS);
        tp = s.tp;
    }

    @AfterEach
    void tearDown() {
        s.close();
    }

    /** About to connect: a route with MTU 1500, and {@code write_seq} drawn. */
    private dst_entry connecting(int iss, int... metrics) {
        tp.skc_state = TCP_SYN_SENT;
        tp.write_seq = iss;
        tp.rx_opt.mss_clamp = 1460;
        tp.window_clamp = 0;
        tp.sk_sndbuf = 16384;
        sysctl_tcp_rmem[2] = 6 << 20;
        return s.route(metrics);
    }

    @Nested
    class tcp_send_synack {
        private sk_buff syn;

        @BeforeEach
        void syn_sent() {
            tp.write_seq = ISS;
            tp.snd_una = tp.snd_up = ISS;
            syn = alloc_skb_fclone(MAX_TCP_HEADER + 15, GFP_ATOMIC);
            skb_reserve(syn, MAX_TCP_HEADER);
            Options.tcp_init_nondata_skb(syn, ISS, TCPHDR_SYN | TCPHDR_ECE | TCPHDR_CWR);
            Syn.tcp_connect_queue_skb(tp, syn);
            tp.snd_nxt = tp.write_seq;
        }

        @Test
        @DisplayName("the SYN of the queue becomes a SYN/ACK, for this and every later time")
        void becomes_synack() {
            assertThat(Syn.tcp_send_synack(tp)).isZero();

            assertThat(s.drain(ISS)).containsExactly("0:0 S.");
            assertThat(tcp_write_queue_head(tp)).isSameAs(syn);
            assertThat(TCP_SKB_CB(syn).tcp_flags).isEqualTo(TCPHDR_SYN | TCPHDR_ACK);

            assertThat(Syn.tcp_send_synack(tp)).isZero();
            assertThat(s.drain(ISS)).containsExactly("0:0 S.");
        }

        @Test
        @DisplayName("while a device holds the SYN, a copy takes its place")
        void copy() {
            s.hold = true;
            Transmit.tcp_transmit_skb(tp, syn, 1, GFP_ATOMIC);
            s.drain(ISS);

            assertThat(Syn.tcp_send_synack(tp)).isZero();

            assertThat(s.drain(ISS)).containsExactly("0:0 S.");
            assertThat(tcp_write_queue_head(tp)).isNotSameAs(syn);
            s.assertCountersFit();
        }

        @Test
        @DisplayName("-ENOMEM without memory for the copy")
        void no_memory() {
            s.hold = true;
            Transmit.tcp_transmit_skb(tp, syn, 1, GFP_ATOMIC);
            Gfp.failNth(0);

            assertThat(Syn.tcp_send_synack(tp)).isEqualTo(-ENOMEM);
            assertThat(tcp_write_queue_head(tp)).isSameAs(syn);
        }

        @Test
        @DisplayName("-EFAULT if there is no SYN")
        void no_syn() {
            TCP_SKB_CB(syn).tcp_flags = TCPHDR_ACK;
            assertThat(Syn.tcp_send_synack(tp)).isEqualTo(-EFAULT);
            tcp_write_queue_purge(tp);
            assertThat(Syn.tcp_send_synack(tp)).isEqualTo(-EFAULT);
        }
    }

    @Nested
    class tcp_make_synack {
        private final tcp_request_sock req = new tcp_request_sock();

        @BeforeEach
        void request() {
            req.skc_num = 80;
            req.skc_dport = 4000;
            req.snt_isn = 0x01020304;
            req.rcv_isn = 0x11111111;
            req.rcv_nxt = 0x11111112;
            req.rcv_wnd = 70000;
        }

        private String synackBytes(dst_entry dst, tcp_fastopen_cookie foc) {
            sk_buff skb = Syn.tcp_make_synack(tp, dst, req, foc);
            assertThat(tp.sk_wmem_alloc).isEqualTo(1 + skb.truesize);
            assertThat(skb_dst(skb)).isSameAs(dst);
            assertThat(skb.transport_header).isEqualTo(skb.data);
            assertThat(tcp_skb_pcount(skb)).isOne();
            String bytes = Sender.hex(skb.head, skb.data, skb.len);
            kfree_skb(skb);
            assertThat(dst.__refcnt).isZero();
            return bytes;
        }

        @Test
        @DisplayName("a SYN/ACK from the request: our number, the peer's next one, a window that is not scaled")
        void header() {
            assertThat(synackBytes(s.route(RTAX_ADVMSS, 1460), null)).isEqualTo(
                    "00500fa0" + "01020304" + "11111112" + "6012ffff" + "00000000" + "020405b4");
            assertThat(s.tcpMib(TCP_MIB_OUTSEGS)).isOne();
        }

        @Test
        @DisplayName("the options that the SYN had, and our time")
        void options() {
            req.tstamp_ok = req.sack_ok = req.wscale_ok = true;
            req.ts_recent = 0x55667788;
            req.rcv_wscale = 7;
            Jiffies.jiffies = 0x01234567;

            assertThat(synackBytes(s.route(RTAX_ADVMSS, 1460), null)).endsWith(
                    "020405b4" + "0402080a" + "01234567" + "55667788" + "01030307");
        }

        @Test
        @DisplayName("TCP_MAXSEG of the listener counts if it is smaller")
        void user_mss() {
            tp.rx_opt.user_mss = 500;
            assertThat(synackBytes(s.route(RTAX_ADVMSS, 1460), null)).endsWith("020401f4");
            tp.rx_opt.user_mss = 9000;
            assertThat(synackBytes(s.route(RTAX_ADVMSS, 1460), null)).endsWith("020405b4");
        }

        @Test
        @DisplayName("ECE agrees to ECN")
        void ecn() {
            req.ecn_ok = true;
            assertThat(synackBytes(s.route(RTAX_ADVMSS, 1460), null)).contains("6052ffff");
        }

        @Test
        @DisplayName("a Fast Open cookie is handed out")
        void cookie() {
            tcp_fastopen_cookie foc = new tcp_fastopen_cookie();
            foc.len = 8;
            foc.val[7] = 9;
            assertThat(synackBytes(s.route(RTAX_ADVMSS, 1460), foc)).endsWith("fe0cf989" + "0000000000000009");
        }

        @Test
        @DisplayName("without memory the route is given back")
        void no_memory() {
            dst_entry dst = s.route(RTAX_ADVMSS, 1460);
            Gfp.failNth(0);

            assertThat(Syn.tcp_make_synack(tp, dst, req, null)).isNull();
            assertThat(dst.__refcnt).isZero();
        }
    }

    @Nested
    class tcp_connect_init {
        @ParameterizedTest
        @ValueSource(ints = {0, 1, 0x7fffffff, 0x80000000, -1000})
        @DisplayName("all sequence numbers begin at write_seq, nothing is known of the peer")
        void sequence_numbers(int iss) {
            connecting(iss);
            tp.sk_err = 5;

            Syn.tcp_connect_init(tp);

            assertThat(new int[] {tp.snd_una, tp.snd_nxt, tp.snd_sml, tp.snd_up}).containsOnly(iss);
            assertThat(new int[] {tp.rcv_nxt, tp.rcv_wup, tp.copied_seq, tp.snd_wnd, tp.snd_wl1, tp.max_window, tp.sk_err})
                    .containsOnly(0);
            assertThat(tp.icsk_rto).isEqualTo(TCP_TIMEOUT_INIT);
            assertThat(tp.tcp_header_len).isEqualTo(32);
        }

        @Test
        @DisplayName("MSS and window from the route")
        void from_the_route() {
            connecting(ISS, RTAX_MTU, 1400, RTAX_ADVMSS, 1360, RTAX_INITRWND, 5);

            Syn.tcp_connect_init(tp);

            assertThat(tp.advmss).isEqualTo(1360);
            assertThat(tp.mss_cache).isEqualTo(1348);
            assertThat(tp.rcv_wnd).isEqualTo(5 * 1360);
            assertThat(tp.rcv_ssthresh).isEqualTo(tp.rcv_wnd);
            assertThat(tp.rx_opt.rcv_wscale).isEqualTo(7);
        }

        @Test
        @DisplayName("TCP_MAXSEG and SO_RCVBUF of the application limit them")
        void user() {
            connecting(ISS);
            tp.rx_opt.user_mss = 700;
            tp.sk_userlocks = SOCK_RCVBUF_LOCK;
            tp.sk_rcvbuf = 8000;
            sysctl_tcp_adv_win_scale = 1;

            Syn.tcp_connect_init(tp);

            assertThat(tp.advmss).isEqualTo(700);
            assertThat(tp.mss_cache).isEqualTo(688);
            assertThat(tp.window_clamp).isEqualTo(4000);
            assertThat(tp.rcv_wnd).isEqualTo(3500);
            assertThat(tp.rx_opt.rcv_wscale).isZero();
        }

        @Test
        @DisplayName("a connection under repair keeps what the application has put into it")
        void repair() {
            connecting(ISS);
            tp.repair = true;
            tp.rcv_nxt = 77;

            Syn.tcp_connect_init(tp);

            assertThat(new int[] {tp.rcv_nxt, tp.rcv_wup, tp.copied_seq}).containsOnly(77);
            assertThat(tp.rcv_tstamp).isEqualTo(tcp_time_stamp());
        }
    }

    @Nested
    class tcp_connect_queue_skb {
        @Test
        @DisplayName("queues it as sent: it counts as out, and the send head does not move")
        void queued() {
            sk_buff skb = alloc_skb_fclone(MAX_TCP_HEADER, GFP_ATOMIC);
            skb_reserve(skb, MAX_TCP_HEADER);
            Options.tcp_init_nondata_skb(skb, tp.write_seq, TCPHDR_SYN);

            Syn.tcp_connect_queue_skb(tp, skb);

            assertThat(tcp_write_queue_head(tp)).isSameAs(skb);
            assertThat(tcp_send_head(tp)).isNull();
            assertThat(tp.packets_out).isOne();
            assertThat(tp.write_seq).isEqualTo(ISS + 2);
            assertThat(tp.sk_wmem_queued).isEqualTo(skb.truesize);
        }
    }

    @Nested
    class tcp_connect {
        @ParameterizedTest
        @ValueSource(ints = {0, 1, 0x7fffffff, 0x80000000, -1000})
        @DisplayName("sends a SYN and waits for the answer")
        void syn(int iss) {
            connecting(iss);

            assertThat(Syn.tcp_connect(tp)).isZero();

            assertThat(s.drain(iss)).containsExactly("0:0 S");
            assertThat(s.queue_(iss)).isEqualTo("0-1");
            assertThat(new int[] {tp.snd_nxt, tp.write_seq, tp.pushed_seq}).containsOnly(iss + 1);
            assertThat(tp.snd_una).isEqualTo(iss);
            assertThat(tp.packets_out).isOne();
            assertThat(tp.retrans_stamp).isEqualTo(tcp_time_stamp());
            assertThat(tp.icsk_pending).isEqualTo(ICSK_TIME_RETRANS);
            assertThat(tp.icsk_timeout).isEqualTo(Jiffies.jiffies + 1000);
            assertThat(s.tcpMib(TCP_MIB_ACTIVEOPENS)).isOne();
            assertThat(s.tcpMib(TCP_MIB_OUTSEGS)).isOne();
        }

        @Test
        @DisplayName("with all options that we have")
        void options() {
            connecting(ISS);
            init_net.ipv4.sysctl_tcp_ecn = 1;

            Syn.tcp_connect(tp);

            assertThat(s.sent.get(0).options()).startsWith("020405b4" + "0402080a").endsWith("00000000" + "01030307");
            assertThat(s.sent.get(0).relative(ISS)).isEqualTo("0:0 SEW");
        }

        @Test
        @DisplayName("an error of sending is left to the timer, but a refusal is final")
        void errors() {
            connecting(ISS);
            s.xmitResult = -EHOSTUNREACH;
            assertThat(Syn.tcp_connect(tp)).isZero();
            tcp_write_queue_purge(tp);
            tp.packets_out = 0;

            s.xmitResult = -ECONNREFUSED;
            assertThat(Syn.tcp_connect(tp)).isEqualTo(-ECONNREFUSED);
            assertThat(tp.packets_out).isOne();
        }

        @Test
        @DisplayName("-ENOBUFS without memory")
        void no_memory() {
            connecting(ISS);
            Gfp.failNth(0);

            assertThat(Syn.tcp_connect(tp)).isEqualTo(-ENOBUFS);
            assertThat(s.sent).isEmpty();
        }
    }

    @Nested
    class tcp_send_syn_data {
        private dst_entry dst;

        private tcp_fastopen_request data(int cookie, int... pieces) {
            dst = connecting(ISS, RTAX_ADVMSS, 1460);
            dst.dev = net.net_namespace.NetNs.init_net.loopback_dev;
            tcp_fastopen_request fo = new tcp_fastopen_request();
            fo.cookie.len = cookie;
            fo.data = new msghdr();
            fo.data.msg_iov = new iovec[pieces.length];
            fo.data.msg_iovlen = pieces.length;
            int seq = ISS + 1;
            for (int i = 0; i < pieces.length; i++) {
                byte[] b = new byte[pieces[i] + 3];
                for (int j = 0; j < pieces[i]; j++) {
                    b[3 + j] = Sender.byteAt(seq++);
                }
                fo.data.msg_iov[i] = new iovec(b, 3, pieces[i]);
                fo.size += pieces[i];
            }
            tp.fastopen_req = fo;
            return fo;
        }

        @Test
        @DisplayName("a SYN with cookie and data; in the queue bare SYN and data, ready to be repeated")
        void with_data() {
            sysctl_tcp_fastopen = TFO_CLIENT_ENABLE | TFO_CLIENT_NO_COOKIE;
            tcp_fastopen_request fo = data(0, 100, 200);

            assertThat(Syn.tcp_connect(tp)).isZero();

            assertThat(s.drain(ISS)).containsExactly("0:300 S");
            assertThat(s.queue_(ISS)).isEqualTo("0-1 1-301");
            assertThat(Sender.payloadOf(tcp_write_queue_tail(tp))).isEqualTo(300);
            assertThat(TCP_SKB_CB(tcp_write_queue_tail(tp)).tcp_flags).isEqualTo(TCPHDR_ACK | TCPHDR_PSH);
            assertThat(tp.packets_out).isEqualTo(2);
            assertThat(tp.syn_data).isTrue();
            assertThat(fo.copied).isEqualTo(300);
            assertThat(fo.data).as("all of it was taken").isNull();
            assertThat(fo.cookie.len).isEqualTo(-1);
            assertThat(tp.snd_nxt).isEqualTo(ISS + 301);
            assertThat(s.mib(LINUX_MIB_TCPORIGDATASENT)).isOne();
        }

        @Test
        @DisplayName("no more than fits into one packet with room for all options")
        void too_much() {
            sysctl_tcp_fastopen = TFO_CLIENT_ENABLE | TFO_CLIENT_NO_COOKIE;
            tcp_fastopen_request fo = data(0, 1000, 1000);

            Syn.tcp_connect(tp);

            assertThat(s.drain(ISS)).containsExactly("0:1420 S");
            assertThat(fo.copied).isEqualTo(1420);
            assertThat(fo.data).isNotNull();
        }

        @Test
        @DisplayName("without a cookie a bare SYN asks for one")
        void asks() {
            tcp_fastopen_request fo = data(0, 100);

            assertThat(Syn.tcp_connect(tp)).isZero();

            assertThat(s.sent.get(0).options()).endsWith("fe04f989");
            assertThat(s.drain(ISS)).containsExactly("0:0 S");
            assertThat(tp.syn_data).isFalse();
            assertThat(tp.syn_fastopen).isTrue();
            assertThat(fo.cookie.len).isEqualTo(-1);
            assertThat(fo.data).isNotNull();
        }

        @ParameterizedTest
        @ValueSource(ints = {2, 4})
        @DisplayName("without memory for SYN with data or for its copy, a bare SYN goes")
        void no_memory(int nth) {
            sysctl_tcp_fastopen = TFO_CLIENT_ENABLE | TFO_CLIENT_NO_COOKIE;
            data(0, 100);
            Gfp.failNth(nth);

            assertThat(Syn.tcp_connect(tp)).isZero();

            assertThat(s.drain(ISS)).containsExactly("0:0 S");
            assertThat(s.queue_(ISS)).isEqualTo("0-1");
            assertThat(tp.syn_data).isFalse();
        }

        @Test
        @DisplayName("SYN with data could not be sent: a bare one follows, and the data are in the queue already")
        void not_sent() {
            sysctl_tcp_fastopen = TFO_CLIENT_ENABLE | TFO_CLIENT_NO_COOKIE;
            data(0, 100);
            s.xmitResult = -EHOSTUNREACH;

            assertThat(Syn.tcp_connect(tp)).isZero();

            assertThat(s.drain(ISS)).containsExactly("0:100 S", "0:0 S");
            assertThat(s.queue_(ISS)).isEqualTo("0-1 1-101");
            assertThat(tp.syn_data).isFalse();
            assertThat(tp.syn_fastopen).isFalse();
        }
    }
}
