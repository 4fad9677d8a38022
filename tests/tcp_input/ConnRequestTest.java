// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.jiffies.Jiffies.jiffies;
import static linux.printk.Printk.dmesg;
import static linux.syscalls.SocketCalls.sys_shutdown;
import static linux.types.Be.put32;
import static net.net_namespace.NetNs.init_net;
import static net.request_sock.Queues.reqsk_queue_len;
import static net.request_sock.Queues.sysctl_max_syn_backlog;
import static net.request_sock.Requests.liveRequests;
import static net.tcp.Globals.tcp_death_row;
import static net.tcp.Sysctls.sysctl_tcp_syncookies;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.FIN;
import static testing.ScriptedPeer.MSS_OPTION;
import static testing.ScriptedPeer.PEER;
import static testing.ScriptedPeer.SYN;
import static testing.ScriptedPeer.SYN_OPTIONS;
import static testing.ScriptedPeer.later;
import static testing.ScriptedPeer.sk;
import static uapi.linux.snmp.Snmp.LINUX_MIB_LISTENDROPS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_LISTENOVERFLOWS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_PAWSPASSIVEREJECTED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_SYNCOOKIESRECV;
import static uapi.linux.snmp.Snmp.LINUX_MIB_SYNCOOKIESSENT;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPREQQFULLDROP;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.SHUT_WR;

import linux.gfp.Gfp;
import linux.tcp.tcp_request_sock;
import net.request_sock.listen_sock;
import net.request_sock.request_sock;
import net.sock.NetDebug;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.Ipv4;
import testing.KernelTest;
import testing.ScriptedPeer;

@KernelTest
class ConnRequestTest {
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

    /** A SYN from the next port of the peer. */
    private void syn(byte[] options) {
        peer.port++;
        peer.options = options;
        peer.send(SYN);
        peer.options = new byte[0];
        peer.seq--;
    }

    private tcp_request_sock request(int listener) {
        listen_sock lopt = sk(listener).icsk_accept_queue.listen_opt;
        for (request_sock req : lopt.syn_table) {
            if (req != null) {
                return (tcp_request_sock) req;
            }
        }
        return null;
    }

    private static boolean inTheLog(String text) {
        return dmesg().stream().anyMatch(l -> l.text().contains(text));
    }

    @Nested
    class pr_drop_req {
        @Test
        @DisplayName("names the peer, if messages are wanted")
        void names() {
            tcp_request_sock req = new tcp_request_sock();
            req.skc_daddr = Ipv4.ip(PEER);
            NetDebug.net_msg_warn = 1;
            ConnRequest.pr_drop_req(req, 4711, AF_INET);
            assertThat(inTheLog("drop open request from 10.0.0.2/4711")).isTrue();
            ConnRequest.pr_drop_req(req, 4712, 10);
            assertThat(inTheLog("4712")).isFalse();
        }
    }

    @Nested
    class tcp_conn_request {
        @Test
        @DisplayName("keeps of the SYN what it says, and answers")
        void answers() {
            int l = peer.listener(80);
            syn(SYN_OPTIONS);

            tcp_request_sock req = request(l);
            ScriptedPeer.Segment synack = peer.next();
            assertThat(synack.flags()).isEqualTo(SYN | ACK);
            assertThat(synack.seq()).isEqualTo(req.snt_isn);
            assertThat(synack.ack()).isEqualTo(peer.seq + 1);
            assertThat(req.mss).isEqualTo(1460);
            assertThat(req.rcv_isn).isEqualTo(peer.seq);
            assertThat(req.snd_wscale).isEqualTo(7);
            assertThat(req.tstamp_ok).isTrue();
            assertThat(req.ts_recent).isEqualTo(100);
            assertThat(req.sack_ok).isTrue();
            assertThat(req.skc_daddr).isEqualTo(Ipv4.ip(PEER));
            assertThat(req.skc_dport).isEqualTo(peer.port);
            assertThat(synack.window()).isEqualTo(req.rcv_wnd);
            assertThat(req.expires - jiffies).isEqualTo(1000);
            assertThat(reqsk_queue_len(sk(l).icsk_accept_queue)).isOne();
        }

        @Test
        @DisplayName("TCP_MAXSEG of the listener lowers the MSS; without an MSS option it is 536")
        void mss() {
            int l = peer.listener(80);
            sk(l).rx_opt.user_mss = 1000;
            syn(MSS_OPTION);
            assertThat(request(l).mss).isEqualTo(1000);
        }

        @Test
        @DisplayName("without an MSS option it is 536")
        void no_mss() {
            int l = peer.listener(80);
            syn(new byte[0]);
            assertThat(request(l).mss).isEqualTo(536);
        }

        @Test
        @DisplayName("the accept queue is full, and two young requests wait: dropped")
        void accept_queue_full() {
            int l = peer.listener(80, 0);
            peer.handshake(MSS_OPTION);
            sk(l).sk_ack_backlog = sk(l).sk_max_ack_backlog + 1;
            syn(MSS_OPTION);
            syn(MSS_OPTION);
            peer.rest();
            assertThat(mib(LINUX_MIB_LISTENOVERFLOWS)).isZero();

            syn(MSS_OPTION);

            assertThat(peer.rest()).isEmpty();
            assertThat(mib(LINUX_MIB_LISTENOVERFLOWS)).isOne();
            assertThat(mib(LINUX_MIB_LISTENDROPS)).isOne();
            sk(l).sk_ack_backlog = 1;
        }

        @Test
        @DisplayName("the SYN queue is full and there are no cookies: dropped")
        void syn_queue_full() {
            sysctl_tcp_syncookies = 0;
            sysctl_max_syn_backlog = 1024;
            int l = peer.listener(80, 8);
            int room = 1 << sk(l).icsk_accept_queue.listen_opt.max_qlen_log;
            for (int i = 0; i < room; i++) {
                syn(MSS_OPTION);
            }
            assertThat(peer.rest()).hasSize(room);

            syn(MSS_OPTION);

            assertThat(peer.rest()).isEmpty();
            assertThat(mib(LINUX_MIB_TCPREQQFULLDROP)).isOne();
            assertThat(mib(LINUX_MIB_LISTENDROPS)).isOne();
            assertThat(inTheLog("request_sock_TCP: Possible SYN flooding on port 80. Dropping request.")).isTrue();
        }

        @Test
        @DisplayName("the SYN queue is full, with cookies: a SYN/ACK that needs no memory, and the ACK connects")
        void cookies() {
            int l = peer.listener(80, 8);
            int room = 1 << sk(l).icsk_accept_queue.listen_opt.max_qlen_log;
            for (int i = 0; i < room; i++) {
                syn(MSS_OPTION);
            }
            peer.rest();

            syn(MSS_OPTION);

            ScriptedPeer.Segment synack = peer.next();
            assertThat(synack.flags()).isEqualTo(SYN | ACK);
            assertThat(reqsk_queue_len(sk(l).icsk_accept_queue)).isEqualTo(room);
            assertThat(mib(LINUX_MIB_SYNCOOKIESSENT)).isOne();
            peer.seq++;
            peer.ack = synack.seq() + 1;
            peer.send(ACK);
            assertThat(sk(peer.accept(l)).skc_state).isEqualTo(TCP_ESTABLISHED);
            assertThat(mib(LINUX_MIB_SYNCOOKIESRECV)).isOne();
        }

        @ParameterizedTest
        @ValueSource(booleans = {true, false})
        @DisplayName("a cookie keeps options in its timestamp; without timestamps they are forgotten")
        void cookie_options(boolean timestamps) {
            sysctl_tcp_syncookies = 2;
            peer.listener(80);
            byte[] sackAndScale = {2, 4, 5, (byte) 0xb4, 1, 1, 4, 2, 1, 3, 3, 7};
            syn(timestamps ? SYN_OPTIONS : sackAndScale);
            byte[] options = peer.next().options();
            assertThat(options).hasSize(timestamps ? 20 : 4);
            assertThat(liveRequests()).isZero();
        }

        @Test
        @DisplayName("no memory, or no route back: dropped")
        void no_memory() {
            int l = peer.listener(80);
            Gfp.inject((gfp, count) -> liveRequests() == 0 && gfp == GFP_ATOMIC && inReqskAlloc());
            syn(MSS_OPTION);
            Gfp.inject(null);
            assertThat(peer.rest()).isEmpty();
            assertThat(mib(LINUX_MIB_LISTENDROPS)).isOne();
            assertThat(request(l)).isNull();
        }

        private boolean inReqskAlloc() {
            return StackWalker.getInstance().walk(s -> s.anyMatch(f -> f.getMethodName().equals("reqsk_alloc")));
        }

        @Test
        @DisplayName("without cookies the last quarter of the SYN queue is for hosts that we know")
        void last_quarter() {
            sysctl_tcp_syncookies = 0;
            NetDebug.net_msg_warn = 1;
            peer.listener(80, 64);
            sysctl_max_syn_backlog = 8;
            for (int i = 0; i < 7; i++) {
                syn(MSS_OPTION);
            }
            assertThat(peer.rest()).hasSize(7);

            syn(MSS_OPTION);

            assertThat(peer.rest()).isEmpty();
            assertThat(inTheLog("drop open request from 10.0.0.2/" + peer.port)).isTrue();
            assertThat(mib(LINUX_MIB_LISTENDROPS)).isOne();
        }

        /** A connection with timestamps that ends with TIME_WAIT on our side: the peer's clock is remembered. */
        private void connectionBefore(int tsval) {
            int l = peer.listener(80);
            peer.options = ts(tsval, true);
            peer.send(SYN);
            peer.ack = peer.next().seq() + 1;
            peer.options = ts(tsval, false);
            peer.send(ACK);
            int fd = peer.accept(l);
            sys_shutdown(fd, SHUT_WR);
            peer.next();
            peer.ack++;
            peer.send(FIN | ACK);
            peer.rest();
            peer.options = new byte[0];
        }

        private byte[] ts(int tsval, boolean syn) {
            byte[] b = syn ? new byte[16] : new byte[12];
            int at = 0;
            if (syn) {
                System.arraycopy(MSS_OPTION, 0, b, 0, 4);
                at = 4;
            }
            b[at] = b[at + 1] = 1;
            b[at + 2] = 8;
            b[at + 3] = 10;
            put32(b, at + 4, tsval);
            return b;
        }

        @Test
        @DisplayName("tcp_tw_recycle: a host whose clock goes back is not let in for a minute")
        void recycle() {
            tcp_death_row.sysctl_tw_recycle = 1;
            connectionBefore(1_000_000);
            syn(ts(900_000, true));
            assertThat(peer.rest()).isEmpty();
            assertThat(mib(LINUX_MIB_PAWSPASSIVEREJECTED)).isOne();

            syn(ts(1_000_001, true));
            assertThat(peer.next().flags()).isEqualTo(SYN | ACK);

            later(61_000);
            peer.rest();
            syn(ts(900_000, true));
            assertThat(peer.next().flags()).isEqualTo(SYN | ACK);
        }
    }
}
