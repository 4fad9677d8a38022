// SPDX-License-Identifier: GPL-2.0-only
package icmp;

import static linux.errno.Errno.ENOMEM;
import static linux.skbuff.Truesize.SKB_TRUESIZE;
import static net.inet_sock.Sockets.inet_sk;
import static net.net_namespace.NetNs.unregister_pernet_subsys;
import static net.sock.Alloc.liveSockets;
import static net.sock.Flags.sock_flag;
import static net.sock.Nodes.sk_unhashed;
import static net.sock.SockFlag.SOCK_USE_WRITE_QUEUE;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.icmp.Icmp.ICMP_DEST_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_PARAMETERPROB;
import static uapi.linux.icmp.Icmp.ICMP_SOURCE_QUENCH;
import static uapi.linux.icmp.Icmp.ICMP_TIME_EXCEEDED;
import static uapi.linux.in.In.IPPROTO_ICMP;
import static uapi.linux.in.In.IP_PMTUDISC_DONT;
import static uapi.linux.socket.SocketOpt.SOCK_RAW;

import linux.gfp.Gfp;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import net.sock.sock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class InitTest {
    @Nested
    class icmp_sk_init {
        @Test
        @DisplayName("a raw socket that is in no table, and that fragments what is too large")
        void socket() {
            sock sk = NetNs.create("other").ipv4.icmp_sk;

            assertThat(sk.sk_type).isEqualTo(SOCK_RAW);
            assertThat(inet_sk(sk).skc_num).isEqualTo(IPPROTO_ICMP);
            assertThat(sk_unhashed(sk)).isTrue();
            assertThat(inet_sk(sk).pmtudisc).isEqualTo(IP_PMTUDISC_DONT);
            assertThat(sk.sk_sndbuf).isEqualTo(2 * SKB_TRUESIZE(64 * 1024));
            assertThat(sock_flag(sk, SOCK_USE_WRITE_QUEUE)).isTrue();
        }

        @Test
        @DisplayName("sysctls: quiet about broadcasts and bogus errors, one error a second")
        void sysctls() {
            net net = NetNs.create("other");
            net.ipv4.sysctl_icmp_echo_ignore_all = 1;
            net.ipv4.sysctl_icmp_ratelimit = 5;
            Init.icmp_sk_exit(net);

            assertThat(Init.icmp_sk_init(net)).isZero();

            assertThat(net.ipv4.sysctl_icmp_echo_ignore_all).isZero();
            assertThat(net.ipv4.sysctl_icmp_echo_ignore_broadcasts).isEqualTo(1);
            assertThat(net.ipv4.sysctl_icmp_ignore_bogus_error_responses).isEqualTo(1);
            assertThat(net.ipv4.sysctl_icmp_ratelimit).isEqualTo(1000);
            assertThat(net.ipv4.sysctl_icmp_ratemask)
                    .isEqualTo(1 << ICMP_DEST_UNREACH | 1 << ICMP_SOURCE_QUENCH | 1 << ICMP_TIME_EXCEEDED
                            | 1 << ICMP_PARAMETERPROB);
            assertThat(net.ipv4.sysctl_icmp_errors_use_inbound_ifaddr).isZero();
        }

        @Test
        @DisplayName("no memory for the socket: its error")
        void no_memory() {
            net net = NetNs.create("other");
            Init.icmp_sk_exit(net);
            Gfp.failNth(0);

            assertThat(Init.icmp_sk_init(net)).isNegative();
            assertThat(net.ipv4.icmp_sk).isNull();

            assertThat(Init.icmp_sk_init(net)).isZero();
        }
    }

    @Nested
    class icmp_sk_exit {
        @Test
        @DisplayName("the socket is closed")
        void closed() {
            net net = NetNs.create("other");
            int before = liveSockets().size();

            Init.icmp_sk_exit(net);

            assertThat(net.ipv4.icmp_sk).isNull();
            assertThat(liveSockets()).hasSize(before - 1);
            assertThat(Init.icmp_sk_init(net)).isZero();
        }
    }

    @Nested
    class icmp_init {
        @Test
        @DisplayName("from now on each namespace gets a socket, those that are there at once")
        void registered() {
            unregister_pernet_subsys(Init.icmp_sk_ops);
            assertThat(NetNs.init_net.ipv4.icmp_sk).isNull();

            assertThat(Init.icmp_init()).isZero();

            assertThat(NetNs.init_net.ipv4.icmp_sk).isNotNull();
            assertThat(NetNs.create("other").ipv4.icmp_sk).isNotNull();
        }

        @Test
        @DisplayName("-ENOMEM: a namespace could not have its socket")
        void no_memory() {
            Init.icmp_sk_ops.init = net -> -ENOMEM;

            assertThat(Init.icmp_init()).isEqualTo(-ENOMEM);
        }
    }
}
