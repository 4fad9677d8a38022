// SPDX-License-Identifier: GPL-2.0-only
package tcp_ipv4;

import static linux.errno.Errno.ECONNREFUSED;
import static linux.errno.Errno.EMSGSIZE;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_set_transport_header;
import static linux.syscalls.FileCalls.sys_close;
import static linux.syscalls.SocketCalls.sys_send;
import static linux.tcp.tcp_sock.MPTCP_SUB_DEFERRED;
import static linux.tcp.tcp_sock.TCP_MTU_REDUCED_DEFERRED;
import static net.net_namespace.NetNs.init_net;
import static net.request_sock.Requests.liveRequests;
import static net.sock.Dst.sk_dst_reset;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.FIN;
import static testing.ScriptedPeer.HOST;
import static testing.ScriptedPeer.PEER;
import static testing.ScriptedPeer.SYN;
import static testing.ScriptedPeer.sk;
import static uapi.linux.in.In.IPPROTO_TCP;
import static uapi.linux.in.In.IP_PMTUDISC_DONT;
import static uapi.linux.snmp.Snmp.ICMP_MIB_INERRORS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_LISTENDROPS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_LOCKDROPPEDICMPS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_OUTOFWINDOWICMPS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPMINTTLDROP;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;

import linux.init.Machine;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.dst.dst_ops;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.Ipv4;
import testing.KernelTest;
import testing.MptcpPeer;
import testing.ScriptedPeer;

@KernelTest
class ErrTest {
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

    /** A connection that has sent {@code segments} full segments. */
    private tcp_sock sending(int segments) {
        int fd = peer.accepted();
        tcp_sock tp = sk(fd);
        assertThat(sys_send(fd, new byte[1460 * segments], 0, 1460 * segments, 0)).isEqualTo(1460 * segments);
        return tp;
    }

    @Nested
    class tcp_v4_mtu_reduced {
        @Test
        @DisplayName("lowers the MSS and sends again what was too large")
        void smaller() {
            tcp_sock tp = sending(2);
            peer.rest();
            tp.mtu_info = 1000;

            Err.tcp_v4_mtu_reduced(tp);

            assertThat(tp.icsk_pmtu_cookie).isEqualTo(1000);
            assertThat(tp.mss_cache).isEqualTo(960);
            assertThat(tp.icsk_ca_state).isEqualTo(TCP_CA_Loss);
            ScriptedPeer.Segment again = peer.next();
            assertThat(again.seq()).isEqualTo(tp.snd_una);
            assertThat(again.payload()).hasSize(960);
        }

        @Test
        @DisplayName("a larger MTU than the one in use changes nothing")
        void larger() {
            tcp_sock tp = sending(1);
            peer.rest();
            tp.mtu_info = 9000;

            Err.tcp_v4_mtu_reduced(tp);

            assertThat(tp.mss_cache).isEqualTo(1460);
            assertThat(peer.rest()).isEmpty();
        }

        @Test
        @DisplayName("a route that does not go below 552 bytes is no reason to send again, but one for a timeout")
        void disbelieved() {
            tcp_sock tp = sending(1);
            peer.rest();
            tp.mtu_info = 68;

            Err.tcp_v4_mtu_reduced(tp);

            assertThat(tp.icsk_pmtu_cookie).isEqualTo(552);
            assertThat(tp.sk_err_soft).isEqualTo(EMSGSIZE);
        }

        @Test
        @DisplayName("who does not want path MTU discovery keeps his MSS")
        void dont() {
            tcp_sock tp = sending(1);
            tp.pmtudisc = IP_PMTUDISC_DONT;
            tp.mtu_info = 1000;

            Err.tcp_v4_mtu_reduced(tp);

            assertThat(tp.mss_cache).isEqualTo(1460);
        }
    }

    @Nested
    class do_redirect {
        @Test
        @DisplayName("goes to the route of the socket; without one nothing happens")
        void to_the_route() {
            tcp_sock tp = sending(1);
            int[] calls = {0};
            dst_ops.Redirect was = tp.sk_dst_cache.ops.redirect;
            tp.sk_dst_cache.ops.redirect = (dst, sk, skb) -> calls[0]++;

            Err.do_redirect(null, tp);
            assertThat(calls[0]).isEqualTo(1);

            tp.sk_dst_cache.ops.redirect = was;
            sk_dst_reset(tp);
            Err.do_redirect(null, tp);
            assertThat(calls[0]).isEqualTo(1);
        }
    }

    @Nested
    class tcp_v4_err {
        private tcp_sock synSent() {
            int fd = peer.open();
            peer.connect(fd);
            ScriptedPeer.Segment syn = peer.next();
            peer.hostPort = syn.source();
            return sk(fd);
        }

        @ParameterizedTest(name = "type {0} code {1}: errno {2}")
        @CsvSource({"3, 0, 101", "3, 1, 113", "3, 2, 92", "3, 3, 111", "3, 5, 95", "3, 6, 101", "3, 7, 112", "3, 8, 64",
            "3, 9, 101", "3, 10, 113", "3, 11, 101", "3, 12, 113", "3, 13, 113", "3, 14, 113", "3, 15, 113",
            "11, 0, 113", "12, 0, 71"})
        @DisplayName("connect ends with the error")
        void syn_sent(int type, int code, int errno) {
            tcp_sock tp = synSent();
            int[] told = new int[1];
            tp.sk_error_report = sk -> told[0]++;

            peer.icmp(type, code, 0, tp.snd_una);

            assertThat(told[0]).isOne();
            assertThat(tp.sk_err).isEqualTo(errno);
            assertThat(tp.skc_state).isEqualTo(TCP_CLOSE);
        }

        @ParameterizedTest(name = "type {0} code {1}")
        @CsvSource({"3, 16", "4, 0", "0, 0", "13, 0", "5, 1"})
        @DisplayName("source quench, redirects and unknown messages do not")
        void ignored(int type, int code) {
            tcp_sock tp = synSent();

            peer.icmp(type, code, Ipv4.ip("10.0.0.7"), tp.snd_una);

            assertThat(tp.sk_err).isZero();
            assertThat(tp.skc_state).isEqualTo(TCP_SYN_SENT);
        }

        @Test
        @DisplayName("a message that quotes too little, or a connection that does not exist, is only counted")
        void nobody() {
            peer.hostPort = 9999;
            peer.icmp(3, 3, 0, 1);
            assertThat(init_net.mib.icmp_statistics[ICMP_MIB_INERRORS]).isEqualTo(1);

            sk_buff skb = Ipv4.packet(HOST, PEER, IPPROTO_TCP, new byte[7]);
            skb.dev = peer.nic.dev;
            skb_set_transport_header(skb, 0);
            Err.tcp_v4_err(skb, 0);
            assertThat(init_net.mib.icmp_statistics[ICMP_MIB_INERRORS]).isEqualTo(2);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a sequence number that is not out gives a forgery away")
        void out_of_window() {
            tcp_sock tp = synSent();

            peer.icmp(3, 3, 0, tp.snd_una - 1);
            peer.icmp(3, 3, 0, tp.snd_nxt + 1);

            assertThat(mib(LINUX_MIB_OUTOFWINDOWICMPS)).isEqualTo(2);
            assertThat(tp.skc_state).isEqualTo(TCP_SYN_SENT);
        }

        @Test
        @DisplayName("IP_MINTTL is asked of the quoted packet, too")
        void min_ttl() {
            tcp_sock tp = synSent();
            tp.min_ttl = 255;

            peer.icmp(3, 3, 0, tp.snd_una);

            assertThat(mib(LINUX_MIB_TCPMINTTLDROP)).isEqualTo(1);
            assertThat(tp.skc_state).isEqualTo(TCP_SYN_SENT);
        }

        @Test
        @DisplayName("an established connection only notes it for the case of a timeout")
        void established() {
            tcp_sock tp = sending(1);

            peer.icmp(3, 3, 0, tp.snd_una);

            assertThat(tp.sk_err_soft).isEqualTo(ECONNREFUSED);
            assertThat(tp.sk_err).isZero();
            assertThat(tp.skc_state).isEqualTo(TCP_ESTABLISHED);
        }

        @Test
        @DisplayName("with IP_RECVERR the application hears of it, and the connection goes on all the same")
        void recverr() {
            tcp_sock tp = sending(1);
            tp.recverr = true;
            int[] told = new int[1];
            tp.sk_error_report = sk -> told[0]++;

            peer.icmp(3, 3, 0, tp.snd_una);

            assertThat(told[0]).isOne();
            assertThat(tp.sk_err).isEqualTo(ECONNREFUSED);
            assertThat(tp.skc_state).isEqualTo(TCP_ESTABLISHED);
        }

        @Test
        @DisplayName("fragmentation needed lowers the MSS at once")
        void frag_needed() {
            tcp_sock tp = sending(1);

            peer.icmp(3, 4, 1200, tp.snd_una);

            assertThat(tp.mss_cache).isEqualTo(1160);
        }

        @Test
        @DisplayName("while the socket is owned: fragmentation needed waits, everything else is as good as lost")
        void owned() {
            tcp_sock tp = sending(1);
            lock_sock(tp);
            int refs = tp.skc_refcnt;

            peer.icmp(3, 4, 1200, tp.snd_una);
            peer.icmp(3, 4, 1100, tp.snd_una);
            assertThat(tp.skc_refcnt).as("held once until then").isEqualTo(refs + 1);
            assertThat(tp.mss_cache).isEqualTo(1460);
            assertThat(tp.tsq_flags & 1 << TCP_MTU_REDUCED_DEFERRED).isNotZero();
            assertThat(mib(LINUX_MIB_LOCKDROPPEDICMPS)).isZero();
            peer.icmp(3, 3, 0, tp.snd_una);
            assertThat(mib(LINUX_MIB_LOCKDROPPEDICMPS)).isEqualTo(1);
            assertThat(tp.sk_err_soft).isEqualTo(ECONNREFUSED);

            release_sock(tp);
            assertThat(tp.mss_cache).isEqualTo(1060);
        }

        @Test
        @DisplayName("a connect in progress that is owned notes the error, too")
        void owned_syn_sent() {
            tcp_sock tp = synSent();
            lock_sock(tp);

            peer.icmp(3, 3, 0, tp.snd_una);

            assertThat(tp.sk_err_soft).isEqualTo(ECONNREFUSED);
            assertThat(tp.skc_state).isEqualTo(TCP_SYN_SENT);
            release_sock(tp);
        }

        @Test
        @DisplayName("a request for a connection is dropped, if the quoted sequence number is that of its SYN/ACK")
        void request() {
            peer.listener(80);
            peer.send(SYN);
            int isn = peer.next().seq();

            peer.icmp(3, 3, 0, isn + 1);
            assertThat(liveRequests()).isEqualTo(1);
            assertThat(mib(LINUX_MIB_OUTOFWINDOWICMPS)).isEqualTo(1);

            peer.icmp(3, 3, 0, isn);
            assertThat(liveRequests()).isZero();
            assertThat(mib(LINUX_MIB_LISTENDROPS)).isEqualTo(1);
        }

        @Test
        @DisplayName("a listener has no MTU, and nothing to say about requests while it is owned")
        void listener() {
            int fd = peer.listener(80);
            peer.send(SYN);
            int isn = peer.next().seq();

            peer.icmp(3, 4, 1000, isn);
            lock_sock(sk(fd));
            peer.icmp(3, 3, 0, isn);
            release_sock(sk(fd));

            assertThat(liveRequests()).isEqualTo(1);
            peer.port++;
            peer.icmp(3, 3, 0, isn);
            assertThat(liveRequests()).isEqualTo(1);
        }

        @Test
        @DisplayName("TIME_WAIT does not care")
        void time_wait() {
            int fd = peer.accepted();
            sys_close(fd);
            peer.ack++;
            peer.send(FIN | ACK);

            peer.icmp(3, 3, 0, peer.ack);

            peer.rest();
            peer.seq--;
            peer.send(FIN | ACK);
            assertThat(peer.next().is(ACK)).isTrue();
        }

        @Test
        @DisplayName("host unreachable takes a doubling of the RTO back, and sends again if that is due by now")
        void backoff_reverted() {
            tcp_sock tp = sending(1);
            ScriptedPeer.later(tp.icsk_rto + 1);
            ScriptedPeer.later(tp.icsk_rto + 1);
            assertThat(tp.icsk_backoff).isEqualTo(2);
            int rto = tp.icsk_rto;
            peer.rest();

            peer.icmp(3, 1, 0, tp.snd_una);

            assertThat(tp.icsk_backoff).isEqualTo(1);
            assertThat(tp.icsk_rto).isEqualTo(rto / 2);
            assertThat(peer.rest()).isEmpty();
            assertThat(tp.icsk_timeout - linux.jiffies.Jiffies.jiffies).isBetween(1L, rto / 2L);

            ScriptedPeer.later(rto / 2 - 10);
            tp.icsk_backoff = 2;
            peer.rest();
            peer.icmp(3, 0, 0, tp.snd_una);
            assertThat(tp.icsk_backoff).isEqualTo(1);
        }

        @Test
        @DisplayName("and does not if the segment is not the first one that is out, or has not timed out")
        void backoff_stays() {
            tcp_sock tp = sending(2);
            tp.icsk_backoff = 1;
            peer.icmp(3, 1, 0, tp.snd_una);
            assertThat(tp.icsk_backoff).isEqualTo(1);

            tp.icsk_retransmits = 1;
            peer.icmp(3, 1, 0, tp.snd_una + 1460);
            assertThat(tp.icsk_backoff).isEqualTo(1);

            lock_sock(tp);
            peer.icmp(3, 1, 0, tp.snd_una);
            release_sock(tp);
            assertThat(tp.icsk_backoff).isEqualTo(1);

            peer.icmp(3, 1, 0, tp.snd_una);
            assertThat(tp.icsk_backoff).isZero();
        }

        @Test
        @DisplayName("of a subflow: the meta socket's owner decides, and does what was put off when he is done")
        void subflow() {
            peer.end();
            Machine.boot();
            MptcpPeer p = new MptcpPeer();
            peer = p.wire;
            tcp_sock sub = p.sub(p.first);
            p.write("abc");
            lock_sock(p.meta);

            peer.icmp(3, 4, 1200, sub.snd_una);
            peer.icmp(3, 3, 0, sub.snd_una);
            assertThat(mib(LINUX_MIB_LOCKDROPPEDICMPS)).isEqualTo(1);
            assertThat(sub.icsk_pmtu_cookie).isEqualTo(1500);
            assertThat(p.meta.tsq_flags & 1 << MPTCP_SUB_DEFERRED).isNotZero();

            release_sock(p.meta);
            assertThat(sub.icsk_pmtu_cookie).isEqualTo(1200);
        }

        @Test
        @DisplayName("a socket that is closed hears nothing any more")
        void closed() {
            tcp_sock tp = synSent();
            int was = tp.skc_state;
            tp.skc_state = TCP_CLOSE;

            peer.icmp(3, 3, 0, tp.snd_una);

            assertThat(tp.sk_err).isZero();
            tp.skc_state = was;
        }

        @Test
        @DisplayName("a redirect goes to the route of the socket")
        void redirect() {
            tcp_sock tp = sending(1);
            int[] calls = {0};
            dst_ops.Redirect was = tp.sk_dst_cache.ops.redirect;
            tp.sk_dst_cache.ops.redirect = (dst, sk, skb) -> calls[0]++;

            peer.icmp(5, 1, Ipv4.ip("10.0.0.7"), tp.snd_una);

            tp.sk_dst_cache.ops.redirect = was;
            assertThat(calls[0]).isOne();
            assertThat(tp.sk_err_soft).isZero();
        }

        @Test
        @DisplayName("no route for a while: a doubling of the RTO is taken back, and what is late by the shorter one goes at once")
        void late_by_the_shorter_rto() {
            tcp_sock tp = sending(1);
            peer.rest();
            int rto = tp.icsk_rto;
            ScriptedPeer.later(rto + 10);
            assertThat(peer.next().seq()).isEqualTo(tp.snd_una);
            assertThat(tp.icsk_backoff).isOne();
            ScriptedPeer.later(rto + 10);
            assertThat(peer.rest()).isEmpty();

            peer.icmp(3, 1, 0, tp.snd_una);

            assertThat(peer.next().seq()).isEqualTo(tp.snd_una);
        }
    }
}
