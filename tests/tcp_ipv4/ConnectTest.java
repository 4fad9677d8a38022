// SPDX-License-Identifier: GPL-2.0-only
package tcp_ipv4;

import static linux.errno.Errno.EADDRNOTAVAIL;
import static linux.errno.Errno.EAFNOSUPPORT;
import static linux.errno.Errno.EINPROGRESS;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENETUNREACH;
import static linux.errno.Errno.ENOBUFS;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_set_transport_header;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV4;
import static linux.syscalls.SocketCalls.sys_bind;
import static linux.syscalls.SocketCalls.sys_setsockopt;
import static net.net_namespace.NetNs.init_net;
import static net.secure_seq.SecureSeq.secure_tcp_sequence_number;
import static net.sock.Nodes.sk_unhashed;
import static net.tcp.Globals.tcp_death_row;
import static net.tcp.Sysctls.sysctl_tcp_tw_reuse;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp_metrics.Connection.tcp_remember_stamp;
import static testing.Frames.to;
import static testing.ScriptedPeer.HOST;
import static testing.ScriptedPeer.PEER;
import static testing.ScriptedPeer.SYN;
import static testing.ScriptedPeer.sk;
import static uapi.linux.in.In.IP_OPTIONS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTNOROUTES;
import static uapi.linux.socket.SocketOpt.SOL_IP;

import fib_frontend.IpRoute;
import linux.gfp.Gfp;
import linux.hrtimer.Clock;
import linux.jiffies.Jiffies;
import linux.skbuff.sk_buff;
import linux.socket.sockaddr;
import linux.socket.sockaddr_in;
import linux.tcp.tcp_sock;
import linux.tcp.tcp_timewait_sock;
import linux.types.Be;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.Ipv4;
import testing.KernelTest;
import testing.ScriptedPeer;
import uapi.linux.ip.iphdr;

@KernelTest
class ConnectTest {
    private ScriptedPeer peer;

    private ScriptedPeer peer() {
        peer = new ScriptedPeer();
        return peer;
    }

    @AfterEach
    void end() {
        if (peer != null) {
            peer.end();
        }
    }

    @Nested
    class tcp_v4_init_sequence {
        @Test
        @DisplayName("is that of a connection from us to the sender of the SYN")
        void seen_from_us() {
            peer();
            sk_buff skb = peer.segment(SYN);
            skb_set_transport_header(skb, iphdr.SIZE);

            assertThat(Connect.tcp_v4_init_sequence(skb)).isEqualTo(
                    secure_tcp_sequence_number(Ipv4.ip(HOST), Ipv4.ip(PEER), peer.hostPort, peer.port));
            kfree_skb(skb);
        }
    }

    @Nested
    class tcp_twsk_unique {
        private final tcp_sock tp = new tcp_sock();
        private final tcp_timewait_sock tw = new tcp_timewait_sock();

        private int ask(Object twp) {
            tw.tw_snd_nxt = 5000;
            tw.tw_ts_recent = 77;
            tw.skc_refcnt = 1;
            return Connect.tcp_twsk_unique(tp, tw, twp);
        }

        @Test
        @DisplayName("without timestamps the ports are not free before TIME_WAIT ends")
        void no_timestamps() {
            tw.tw_ts_recent_stamp = 0;

            assertThat(ask(null)).isZero();
            assertThat(tp.write_seq).isZero();
        }

        @Test
        @DisplayName("with timestamps the new connection goes on above the old one, and holds it")
        void taken_over() {
            tw.tw_ts_recent_stamp = Clock.get_seconds();

            assertThat(ask(null)).isEqualTo(1);

            assertThat(tp.write_seq).isEqualTo(5000 + 65537);
            assertThat(tp.rx_opt.ts_recent).isEqualTo(77);
            assertThat(tp.rx_opt.ts_recent_stamp).isEqualTo(tw.tw_ts_recent_stamp);
            assertThat(tw.skc_refcnt).isEqualTo(2);
        }

        @Test
        @DisplayName("a sequence number of 0 would mean that there is none")
        void not_zero() {
            tw.tw_ts_recent_stamp = Clock.get_seconds();
            tw.skc_refcnt = 1;
            tw.tw_snd_nxt = -65537;

            Connect.tcp_twsk_unique(tp, tw, null);

            assertThat(tp.write_seq).isEqualTo(1);
        }

        @ParameterizedTest(name = "tcp_tw_reuse {0}, {1} s old: {2}")
        @CsvSource({"0, 5, 0", "1, 1, 0", "1, 2, 1"})
        @DisplayName("a port that nobody insists on is taken over only with tcp_tw_reuse, and after more than a second")
        void by_choice(int reuse, int age, int ret) {
            sysctl_tcp_tw_reuse = reuse;
            tw.tw_ts_recent_stamp = Clock.get_seconds() - age;

            assertThat(ask(tw)).isEqualTo(ret);
        }
    }

    @Nested
    class tcp_v4_connect {
        private sockaddr_in to(String a, int port) {
            return new sockaddr_in(Ipv4.ip(a), port);
        }

        @Test
        @DisplayName("sends a SYN from the address of the device, from some port")
        void syn() {
            peer();
            int fd = peer.open();

            assertThat(peer.connect(fd)).isEqualTo(-EINPROGRESS);

            tcp_sock tp = sk(fd);
            ScriptedPeer.Segment syn = peer.next();
            assertThat(syn.flags()).isEqualTo(SYN);
            assertThat(syn.saddr()).isEqualTo(Ipv4.ip(HOST));
            assertThat(syn.daddr()).isEqualTo(Ipv4.ip(PEER));
            assertThat(syn.source()).isEqualTo(tp.inet_sport).isBetween(32768, 61000);
            assertThat(syn.dest()).isEqualTo(40000);
            assertThat(syn.intact()).isTrue();
            assertThat(tp.skc_state).isEqualTo(TCP_SYN_SENT);
            assertThat(tp.inet_saddr).isEqualTo(Ipv4.ip(HOST));
            assertThat(tp.skc_rcv_saddr).isEqualTo(Ipv4.ip(HOST));
            assertThat(tp.skc_daddr).isEqualTo(Ipv4.ip(PEER));
            assertThat(tp.rx_opt.mss_clamp).isEqualTo(536);
            assertThat(tp.sk_gso_type).isEqualTo(SKB_GSO_TCPV4);
            assertThat(syn.seq() - secure_tcp_sequence_number(tp.inet_saddr, tp.skc_daddr, tp.inet_sport, tp.skc_dport))
                    .isBetween(-1_000_000, 0);
        }

        @Test
        @DisplayName("a bound address and port are kept")
        void bound() {
            peer();
            int fd = peer.open();
            assertThat(sys_bind(fd, to(HOST, 1234), sockaddr_in.SIZE)).isZero();

            peer.connect(fd);

            assertThat(peer.next().source()).isEqualTo(1234);
        }

        @Test
        @DisplayName("-EINVAL for an address that is too short, -EAFNOSUPPORT for another family")
        void bad_address() {
            peer();
            tcp_sock tp = sk(peer.open());
            sockaddr other = new sockaddr();
            other.sa_family = 10;

            assertThat(Connect.tcp_v4_connect(tp, to(PEER, 1), 15)).isEqualTo(-EINVAL);
            assertThat(Connect.tcp_v4_connect(tp, other, 16)).isEqualTo(-EAFNOSUPPORT);
        }

        @Test
        @DisplayName("-ENETUNREACH without a route, which is counted")
        void no_route() {
            peer();

            assertThat(Connect.tcp_v4_connect(sk(peer.open()), to("192.0.2.1", 1), 16)).isEqualTo(-ENETUNREACH);

            assertThat(init_net.mib.ip_statistics[IPSTATS_MIB_OUTNOROUTES]).isEqualTo(1);
        }

        @ParameterizedTest
        @ValueSource(strings = {"10.0.0.255", "224.0.0.1"})
        @DisplayName("-ENETUNREACH for an address of many")
        void many(String addr) {
            peer();
            IpRoute.add(init_net, "224.0.0.0/4 dev eth0");

            assertThat(Connect.tcp_v4_connect(sk(peer.open()), to(addr, 1), 16)).isEqualTo(-ENETUNREACH);
        }

        @Test
        @DisplayName("what was learnt about another peer is forgotten")
        void other_peer() {
            peer();
            int fd = peer.open();
            tcp_sock tp = sk(fd);
            tp.rx_opt.ts_recent = 5;
            tp.rx_opt.ts_recent_stamp = 6;
            tp.write_seq = 7;
            tp.skc_daddr = Ipv4.ip("10.0.0.3");

            peer.connect(fd);

            assertThat(tp.rx_opt.ts_recent).isZero();
            assertThat(tp.rx_opt.ts_recent_stamp).isZero();
            assertThat(peer.next().seq()).isNotEqualTo(7);
        }

        @Test
        @DisplayName("to the same peer the sequence numbers and timestamps go on")
        void same_peer() {
            peer();
            int fd = peer.open();
            tcp_sock tp = sk(fd);
            tp.rx_opt.ts_recent = 5;
            tp.rx_opt.ts_recent_stamp = 6;
            tp.write_seq = 7;
            tp.skc_daddr = Ipv4.ip(PEER);

            peer.connect(fd);

            assertThat(tp.rx_opt.ts_recent).isEqualTo(5);
            assertThat(peer.next().seq()).isEqualTo(7);
        }

        @Test
        @DisplayName("without a port left the socket is closed again and may be used for another peer")
        void no_port() {
            peer();
            init_net.ipv4.sysctl_local_ports_range[0] = 50000;
            init_net.ipv4.sysctl_local_ports_range[1] = 50000;
            int first = peer.open();
            peer.connect(first);
            tcp_sock tp = sk(peer.open());

            assertThat(Connect.tcp_v4_connect(tp, to(PEER, peer.port), 16)).isEqualTo(-EADDRNOTAVAIL);

            assertThat(tp.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(tp.skc_dport).isZero();
            assertThat(tp.sk_route_caps).isZero();
        }

        @Test
        @DisplayName("IP options of the socket take room from the segments; a source route leads by its first hop")
        void options() {
            peer();
            int fd = peer.open();
            byte[] lsrr = {(byte) 131, 7, 4, 10, 0, 0, 9, 0};
            assertThat(sys_setsockopt(fd, SOL_IP, IP_OPTIONS, lsrr, lsrr.length)).isZero();

            assertThat(Connect.tcp_v4_connect(sk(fd), to(PEER, 40000), 16)).isZero();

            assertThat(sk(fd).icsk_ext_hdr_len).isEqualTo(8);
            byte[] packet = peer.nic.sent.get(0);
            assertThat(packet[0]).isEqualTo((byte) 0x47);
            assertThat(Be.get32(packet, 16)).isEqualTo(Ipv4.ip("10.0.0.9"));
            assertThat(sk(fd).skc_daddr).isEqualTo(Ipv4.ip(PEER));
        }

        @Test
        @DisplayName("a source route to nowhere is -EINVAL")
        void source_route_to_nowhere() {
            peer();
            int fd = peer.open();
            byte[] lsrr = {(byte) 131, 7, 4, 10, 0, 0, 9, 0};
            assertThat(sys_setsockopt(fd, SOL_IP, IP_OPTIONS, lsrr, lsrr.length)).isZero();

            assertThat(Connect.tcp_v4_connect(sk(fd), new sockaddr_in(0, 1), 16)).isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("without memory for the SYN the port is free again")
        void no_memory() {
            peer();
            tcp_sock tp = sk(peer.open());
            Gfp.inject((gfp, n) -> tp.skc_state == TCP_SYN_SENT && tp.sk_dst_cache != null);

            assertThat(Connect.tcp_v4_connect(tp, to(PEER, 40000), 16)).isEqualTo(-ENOBUFS);

            Gfp.inject(null);
            assertThat(tp.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(sk_unhashed(tp)).isTrue();
            assertThat(tp.icsk_bind_hash).isNull();
            assertThat(peer.rest()).isEmpty();
        }

        @ParameterizedTest(name = "connected to it before: {0}")
        @ValueSource(booleans = {true, false})
        @DisplayName("with tcp_tw_recycle the peer's last timestamp counts; but a new socket asks before it has a peer")
        void recycle(boolean before) {
            peer();
            tcp_death_row.sysctl_tw_recycle = 1;
            tcp_sock last = sk(peer.connected(ScriptedPeer.SYN_OPTIONS));
            assertThat(tcp_remember_stamp(last)).isTrue();

            int fd = peer.open();
            sk(fd).skc_daddr = before ? Ipv4.ip(PEER) : 0;
            peer.connect(fd);

            assertThat(sk(fd).rx_opt.ts_recent).isEqualTo(before ? last.rx_opt.ts_recent : 0);
        }

        @Test
        @DisplayName("the first IP id depends on sequence number and time")
        void id() {
            peer();
            int fd = peer.open();
            peer.connect(fd);
            ScriptedPeer.Segment syn = peer.next();

            assertThat(Be.get16(peer.nic.sent.get(0), 4)).isEqualTo((syn.seq() ^ (int) Jiffies.jiffies) & 0xffff);
        }
    }
}
