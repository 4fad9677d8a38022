// SPDX-License-Identifier: GPL-2.0-only
package ip_sockglue;

import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOPROTOOPT;
import static linux.errno.Errno.ENOTCONN;
import static linux.errno.Errno.EOPNOTSUPP;
import static linux.syscalls.SocketCalls.sys_getsockopt;
import static linux.syscalls.SocketCalls.sys_setsockopt;
import static linux.uaccess.User.bytesOf;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.ScriptedPeer.sk;
import static uapi.linux.in.In.IP_HDRINCL;
import static uapi.linux.in.In.IP_MSFILTER;
import static uapi.linux.in.In.IP_MTU;
import static uapi.linux.in.In.IP_MTU_DISCOVER;
import static uapi.linux.in.In.IP_MULTICAST_IF;
import static uapi.linux.in.In.IP_MULTICAST_LOOP;
import static uapi.linux.in.In.IP_MULTICAST_TTL;
import static uapi.linux.in.In.IP_NODEFRAG;
import static uapi.linux.in.In.IP_OPTIONS;
import static uapi.linux.in.In.IP_PKTINFO;
import static uapi.linux.in.In.IP_PKTOPTIONS;
import static uapi.linux.in.In.IP_RECVTOS;
import static uapi.linux.in.In.IP_RECVTTL;
import static uapi.linux.in.In.IP_TOS;
import static uapi.linux.in.In.IP_TTL;
import static uapi.linux.in.In.IP_UNICAST_IF;
import static uapi.linux.socket.SocketOpt.SOL_IP;

import java.util.Arrays;
import linux.compiler.IntRef;
import linux.tcp.tcp_sock;
import linux.types.Be;
import linux.uaccess.User;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.Ipv4;
import testing.KernelTest;
import testing.ScriptedPeer;

@KernelTest
class GetsockoptTest {
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

    private int get(int optname) {
        byte[] b = new byte[4];
        IntRef len = new IntRef(4);
        assertThat(sys_getsockopt(fd, SOL_IP, optname, b, len)).isZero();
        assertThat(len.val).isEqualTo(4);
        return User.get32(b, 0);
    }

    @Nested
    class do_ip_getsockopt {
        @ParameterizedTest(name = "option {0}: {1} -> {2}")
        @CsvSource({"8, 1, 1", "12, 1, 1", "6, 1, 1", "13, 1, 1", "7, 1, 1", "18, 1, 1", "20, 1, 1", "1, 16, 16",
            "2, 33, 33", "10, 2, 2", "11, 1, 1", "15, 1, 1", "19, 1, 1", "21, 5, 5", "34, 0, 0", "49, 0, 0"})
        @DisplayName("gives back what was set")
        void given_back(int optname, int val, int got) {
            assertThat(sys_setsockopt(fd, SOL_IP, optname, bytesOf(val), 4)).isZero();

            assertThat(get(optname)).isEqualTo(got);
        }

        @Test
        @DisplayName("what a new socket has")
        void fresh() {
            assertThat(get(IP_TTL)).isEqualTo(64);
            assertThat(get(IP_TOS)).isZero();
            assertThat(get(IP_MTU_DISCOVER)).isEqualTo(1);
            assertThat(get(IP_MULTICAST_TTL)).isEqualTo(1);
            assertThat(get(IP_MULTICAST_LOOP)).isEqualTo(1);
            assertThat(get(IP_HDRINCL)).isZero();
            assertThat(get(IP_NODEFRAG)).isZero();
            assertThat(get(IP_MULTICAST_IF)).isZero();
            tp.uc_index = 3;
            assertThat(get(IP_UNICAST_IF)).isEqualTo(0x03000000);
        }

        @Test
        @DisplayName("IP_MTU is the path's; without one -ENOTCONN")
        void mtu() {
            assertThat(sys_getsockopt(fd, SOL_IP, IP_MTU, new byte[4], new IntRef(4))).isEqualTo(-ENOTCONN);

            fd = peer.connected();

            assertThat(get(IP_MTU)).isEqualTo(1500);
        }

        @Test
        @DisplayName("IP_OPTIONS as they were set, with the destination back in the source route")
        void options() {
            byte[] b = new byte[40];
            IntRef len = new IntRef(40);
            assertThat(sys_getsockopt(fd, SOL_IP, IP_OPTIONS, b, len)).isZero();
            assertThat(len.val).isZero();

            byte[] lsrr = {(byte) 131, 7, 4, 10, 0, 0, 9, 0};
            assertThat(sys_setsockopt(fd, SOL_IP, IP_OPTIONS, lsrr, 8)).isZero();
            len.val = 40;
            assertThat(sys_getsockopt(fd, SOL_IP, IP_OPTIONS, b, len)).isZero();

            assertThat(len.val).isEqualTo(8);
            assertThat(Arrays.copyOf(b, 8)).isEqualTo(lsrr);
            assertThat(sys_getsockopt(fd, SOL_IP, IP_OPTIONS, null, len)).isEqualTo(-EFAULT);
        }

        @Test
        @DisplayName("a small value fits into one byte")
        void one_byte() {
            byte[] b = new byte[3];
            IntRef len = new IntRef(3);

            assertThat(sys_getsockopt(fd, SOL_IP, IP_TTL, b, len)).isZero();

            assertThat(len.val).isEqualTo(1);
            assertThat(b).containsExactly(64, 0, 0);
        }

        @Test
        @DisplayName("errors: length, pointer, option, level")
        void errors() {
            assertThat(sys_getsockopt(fd, SOL_IP, IP_TTL, new byte[4], new IntRef(-1))).isEqualTo(-EINVAL);
            assertThat(sys_getsockopt(fd, SOL_IP, IP_TTL, new byte[4], null)).isEqualTo(-EFAULT);
            assertThat(sys_getsockopt(fd, SOL_IP, IP_TTL, null, new IntRef(4))).isEqualTo(-EFAULT);
            assertThat(sys_getsockopt(fd, SOL_IP, IP_TTL, null, new IntRef(1))).isEqualTo(-EFAULT);
            assertThat(sys_getsockopt(fd, SOL_IP, IP_MULTICAST_IF, null, new IntRef(4))).isEqualTo(-EFAULT);
            assertThat(sys_getsockopt(fd, SOL_IP, IP_MSFILTER, new byte[4], new IntRef(4))).isEqualTo(-ENOPROTOOPT);
            assertThat(sys_getsockopt(fd, 99, IP_TTL, new byte[4], new IntRef(4))).isEqualTo(-EOPNOTSUPP);
        }

        @Test
        @DisplayName("IP_PKTOPTIONS: what the third segment of the handshake came with")
        void pktoptions() {
            peer.ttl = 33;
            peer.tos = 8;
            fd = peer.accepted();
            for (int o : new int[] {IP_PKTINFO, IP_RECVTTL, IP_RECVTOS}) {
                assertThat(sys_setsockopt(fd, SOL_IP, o, bytesOf(1), 4)).isZero();
            }
            byte[] b = new byte[200];
            IntRef len = new IntRef(200);

            assertThat(sys_getsockopt(fd, SOL_IP, IP_PKTOPTIONS, b, len)).isZero();

            assertThat(len.val).isEqualTo(32 + 24 + 24);
            assertThat(User.get32(b, 12)).isEqualTo(IP_PKTINFO);
            assertThat(User.get32(b, 16)).isEqualTo(peer.nic.dev.ifindex);
            assertThat(Be.get32(b, 20)).isEqualTo(Ipv4.ip(ScriptedPeer.HOST));
            assertThat(User.get32(b, 32 + 12)).isEqualTo(IP_TTL);
            assertThat(User.get32(b, 32 + 16)).isEqualTo(33);
            assertThat(User.get32(b, 56 + 12)).isEqualTo(IP_TOS);
            assertThat(User.get32(b, 56 + 16)).isEqualTo(8);
        }
    }

    @Nested
    class ip_getsockopt {
        @Test
        @DisplayName("fills in value and length")
        void filled() {
            byte[] b = new byte[8];
            IntRef len = new IntRef(8);

            assertThat(Getsockopt.ip_getsockopt(tp, SOL_IP, IP_TTL, b, len)).isZero();

            assertThat(len.val).isEqualTo(4);
            assertThat(User.get32(b, 0)).isEqualTo(64);
        }
    }
}
