// SPDX-License-Identifier: GPL-2.0-only
package ip_sockglue;

import static linux.errno.Errno.EADDRNOTAVAIL;
import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOPROTOOPT;
import static linux.errno.Errno.EPERM;
import static linux.errno.Errno.EPROTO;
import static linux.syscalls.SocketCalls.sys_send;
import static linux.syscalls.SocketCalls.sys_setsockopt;
import static linux.uaccess.User.bytesOf;
import static net.route.Route.rt_tos2priority;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.ScriptedPeer.sk;
import static uapi.linux.in.In.IP_ADD_MEMBERSHIP;
import static uapi.linux.in.In.IP_ADD_SOURCE_MEMBERSHIP;
import static uapi.linux.in.In.IP_DROP_MEMBERSHIP;
import static uapi.linux.in.In.IP_FREEBIND;
import static uapi.linux.in.In.IP_HDRINCL;
import static uapi.linux.in.In.IP_MINTTL;
import static uapi.linux.in.In.IP_MTU;
import static uapi.linux.in.In.IP_MTU_DISCOVER;
import static uapi.linux.in.In.IP_MULTICAST_ALL;
import static uapi.linux.in.In.IP_MULTICAST_IF;
import static uapi.linux.in.In.IP_MULTICAST_LOOP;
import static uapi.linux.in.In.IP_MULTICAST_TTL;
import static uapi.linux.in.In.IP_NODEFRAG;
import static uapi.linux.in.In.IP_OPTIONS;
import static uapi.linux.in.In.IP_PASSSEC;
import static uapi.linux.in.In.IP_PKTINFO;
import static uapi.linux.in.In.IP_PMTUDISC_DO;
import static uapi.linux.in.In.IP_RECVERR;
import static uapi.linux.in.In.IP_RECVOPTS;
import static uapi.linux.in.In.IP_RECVORIGDSTADDR;
import static uapi.linux.in.In.IP_RECVTOS;
import static uapi.linux.in.In.IP_RECVTTL;
import static uapi.linux.in.In.IP_RETOPTS;
import static uapi.linux.in.In.IP_ROUTER_ALERT;
import static uapi.linux.in.In.IP_TOS;
import static uapi.linux.in.In.IP_TRANSPARENT;
import static uapi.linux.in.In.IP_TTL;
import static uapi.linux.in.In.IP_UNICAST_IF;
import static uapi.linux.socket.SocketOpt.SOL_IP;

import java.util.function.ToLongFunction;
import linux.capability.Capability;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;
import testing.ScriptedPeer;

@KernelTest
class SetsockoptTest {
    private ScriptedPeer peer;
    private int fd;
    private tcp_sock tp;

    @BeforeEach
    void begin() {
        peer = new ScriptedPeer();
        fd = peer.open();
        tp = sk(fd);
    }

    @AfterEach
    void end() {
        peer.end();
    }

    private int set(int optname, int val) {
        return sys_setsockopt(fd, SOL_IP, optname, bytesOf(val), 4);
    }

    private void flag(int optname, ToLongFunction<tcp_sock> field) {
        assertThat(set(optname, 5)).isZero();
        assertThat(field.applyAsLong(tp)).as("option %d on", optname).isNotZero();
        assertThat(set(optname, 0)).isZero();
        assertThat(field.applyAsLong(tp)).as("option %d off", optname).isZero();
    }

    @Nested
    class do_ip_setsockopt {
        @Test
        @DisplayName("switches")
        void switches() {
            flag(IP_PKTINFO, s -> s.cmsg_flags & 1);
            flag(IP_RECVTTL, s -> s.cmsg_flags & 2);
            flag(IP_RECVTOS, s -> s.cmsg_flags & 4);
            flag(IP_RECVOPTS, s -> s.cmsg_flags & 8);
            flag(IP_RETOPTS, s -> s.cmsg_flags & 16);
            flag(IP_PASSSEC, s -> s.cmsg_flags & 32);
            flag(IP_RECVORIGDSTADDR, s -> s.cmsg_flags & 64);
            flag(IP_RECVERR, s -> s.recverr ? 1 : 0);
            flag(IP_MULTICAST_LOOP, s -> s.mc_loop ? 1 : 0);
            flag(IP_FREEBIND, s -> s.freebind ? 1 : 0);
            flag(IP_TRANSPARENT, s -> s.transparent ? 1 : 0);
        }

        @Test
        @DisplayName("IP_TOS of a stream leaves the ECN bits alone, sets the priority and has the route looked up anew")
        void tos() {
            int connected = peer.connected();
            tcp_sock conn = sk(connected);
            conn.tos = 2;
            assertThat(conn.sk_dst_cache).isNotNull();

            assertThat(sys_setsockopt(connected, SOL_IP, IP_TOS, bytesOf(0x13), 4)).isZero();

            assertThat(conn.tos).isEqualTo(0x12);
            assertThat(conn.sk_priority).isEqualTo(rt_tos2priority(0x12));
            assertThat(conn.sk_dst_cache).isNull();
        }

        @ParameterizedTest(name = "IP_TTL {0}: {1}")
        @CsvSource({"-1, 0", "0, -22", "1, 0", "255, 0", "256, -22"})
        @DisplayName("IP_TTL is from 1 to 255; -1: the route's")
        void ttl(int ttl, int ret) {
            assertThat(set(IP_TTL, ttl)).isEqualTo(ret);

            assertThat(tp.uc_ttl).isEqualTo(ret == 0 ? ttl : -1);
        }

        @ParameterizedTest(name = "IP_MINTTL {0}: {1}")
        @CsvSource({"-1, -22", "0, 0", "255, 0", "256, -22"})
        @DisplayName("IP_MINTTL is from 0 to 255")
        void min_ttl(int ttl, int ret) {
            assertThat(set(IP_MINTTL, ttl)).isEqualTo(ret);
        }

        @ParameterizedTest(name = "{0}: {1}")
        @CsvSource({"-1, -22", "0, 0", "3, 0", "4, 0", "5, -22"})
        @DisplayName("IP_MTU_DISCOVER has five values")
        void mtu_discover(int val, int ret) {
            assertThat(set(IP_MTU_DISCOVER, val)).isEqualTo(ret);

            assertThat(tp.pmtudisc).isEqualTo(ret == 0 ? val : 1);
        }

        @Test
        @DisplayName("a number may come as a single byte, and nothing at all is 0")
        void lengths() {
            assertThat(sys_setsockopt(fd, SOL_IP, IP_TTL, new byte[] {77}, 1)).isZero();
            assertThat(tp.uc_ttl).isEqualTo(77);
            assertThat(sys_setsockopt(fd, SOL_IP, IP_TTL, new byte[0], 0)).isEqualTo(-EINVAL);

            tp.recverr = true;
            assertThat(sys_setsockopt(fd, SOL_IP, IP_RECVERR, new byte[0], 0)).isZero();
            assertThat(tp.recverr).isFalse();
            assertThat(sys_setsockopt(fd, SOL_IP, IP_RECVERR, null, 4)).isEqualTo(-EFAULT);
            assertThat(sys_setsockopt(fd, SOL_IP, IP_RECVERR, null, 1)).isEqualTo(-EFAULT);
        }

        @ParameterizedTest
        @ValueSource(ints = {IP_HDRINCL, IP_NODEFRAG, IP_ADD_SOURCE_MEMBERSHIP, IP_ROUTER_ALERT, IP_MTU, 77})
        @DisplayName("-ENOPROTOOPT for what a stream, or this machine, does not have")
        void none(int optname) {
            assertThat(set(optname, 1)).isEqualTo(-ENOPROTOOPT);
        }

        @Test
        @DisplayName("a stream has no multicast")
        void multicast() {
            assertThat(set(IP_MULTICAST_TTL, 1)).isEqualTo(-EINVAL);
            assertThat(set(IP_MULTICAST_IF, 1)).isEqualTo(-EINVAL);
            assertThat(set(IP_ADD_MEMBERSHIP, 1)).isEqualTo(-EPROTO);
            assertThat(set(IP_DROP_MEMBERSHIP, 1)).isEqualTo(-EPROTO);
            assertThat(set(IP_MULTICAST_ALL, 2)).isEqualTo(-EINVAL);
            assertThat(set(IP_MULTICAST_ALL, 0)).isZero();
            assertThat(tp.mc_all).isFalse();
        }

        @Test
        @DisplayName("IP_TRANSPARENT is for root; anybody may turn it off")
        void transparent() {
            Capability.privileged = false;

            assertThat(set(IP_TRANSPARENT, 1)).isEqualTo(-EPERM);
            assertThat(set(IP_TRANSPARENT, 0)).isZero();
            assertThat(tp.transparent).isFalse();
        }

        @Test
        @DisplayName("IP_UNICAST_IF has the index in the order of the network")
        void unicast_if() {
            int index = peer.nic.dev.ifindex;
            assertThat(set(IP_UNICAST_IF, Integer.reverseBytes(index))).isZero();
            assertThat(tp.uc_index).isEqualTo(index);
            assertThat(set(IP_UNICAST_IF, Integer.reverseBytes(999))).isEqualTo(-EADDRNOTAVAIL);
            assertThat(sys_setsockopt(fd, SOL_IP, IP_UNICAST_IF, new byte[8], 8)).isEqualTo(-EINVAL);
            tp.skc_bound_dev_if = index;
            assertThat(set(IP_UNICAST_IF, Integer.reverseBytes(index))).isEqualTo(-EINVAL);
            assertThat(set(IP_UNICAST_IF, 0)).isZero();
            assertThat(tp.uc_index).isZero();
            tp.skc_bound_dev_if = 0;
        }

        @Test
        @DisplayName("IP_OPTIONS of a connection take room from its segments, and give it back")
        void options() {
            int connected = peer.connected();
            tcp_sock conn = sk(connected);
            assertThat(conn.mss_cache).isEqualTo(1460);
            byte[] rr = {7, 7, 4, 0, 0, 0, 0, 0};

            assertThat(sys_setsockopt(connected, SOL_IP, IP_OPTIONS, rr, 8)).isZero();
            assertThat(conn.icsk_ext_hdr_len).isEqualTo(8);
            assertThat(conn.mss_cache).isEqualTo(1452);
            assertThat(sys_send(connected, new byte[10], 0, 10, 0)).isEqualTo(10);
            assertThat(peer.nic.sent.get(peer.nic.sent.size() - 1)[0]).isEqualTo((byte) 0x47);

            assertThat(sys_setsockopt(connected, SOL_IP, IP_OPTIONS, new byte[0], 0)).isZero();
            assertThat(conn.icsk_ext_hdr_len).isZero();
        }

        @Test
        @DisplayName("bad IP_OPTIONS: too long, not there, nonsense")
        void bad_options() {
            assertThat(sys_setsockopt(fd, SOL_IP, IP_OPTIONS, new byte[41], 41)).isEqualTo(-EINVAL);
            assertThat(sys_setsockopt(fd, SOL_IP, IP_OPTIONS, null, 8)).isEqualTo(-EFAULT);
            assertThat(sys_setsockopt(fd, SOL_IP, IP_OPTIONS, new byte[] {7, 90, 4, 0}, 4)).isEqualTo(-EINVAL);
            assertThat(tp.inet_opt).isNull();
        }

        @Test
        @DisplayName("IP_MTU_DISCOVER decides about DF")
        void dont_fragment() {
            set(IP_MTU_DISCOVER, IP_PMTUDISC_DO);
            peer.connect(fd);
            assertThat(peer.nic.sent.get(0)[6] & 0x40).isNotZero();

            fd = peer.open();
            set(IP_MTU_DISCOVER, 0);
            peer.connect(fd);
            assertThat(peer.nic.sent.get(1)[6] & 0x40).isZero();
        }
    }

    @Nested
    class ip_setsockopt {
        @Test
        @DisplayName("is the end of the line: -ENOPROTOOPT for another level")
        void other_level() {
            assertThat(Setsockopt.ip_setsockopt(tp, 99, IP_TTL, bytesOf(1), 4)).isEqualTo(-ENOPROTOOPT);
            assertThat(Setsockopt.ip_setsockopt(tp, SOL_IP, IP_TTL, bytesOf(1), 4)).isZero();
            assertThat(tp.uc_ttl).isEqualTo(1);
        }
    }
}
