// SPDX-License-Identifier: GPL-2.0-only
package af_inet;

import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOMEM;
import static linux.errno.Errno.ESOCKTNOSUPPORT;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.net.Create.__sock_create;
import static linux.net.Create.sock_release;
import static linux.netdevice.Gro.gro_find_complete_by_type;
import static linux.netdevice.Gro.gro_find_receive_by_type;
import static linux.printk.Printk.dmesg;
import static net.inet_common.CtlSock.inet_ctl_sock_destroy;
import static net.net_namespace.NetNs.init_net;
import static net.protocol.Protocols.inet_offloads;
import static net.protocol.Protocols.inet_protos;
import static net.sock.Fields.sock_net;
import static net.sock.Nodes.sk_hashed;
import static net.tcp.Globals.tcp_prot;
import static org.assertj.core.api.Assertions.assertThat;
import static raw.Raw.raw_prot;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;
import static uapi.linux.in.In.IPPROTO_ICMP;
import static uapi.linux.in.In.IPPROTO_IPIP;
import static uapi.linux.in.In.IPPROTO_TCP;
import static uapi.linux.in.In.IPPROTO_UDP;
import static uapi.linux.snmp.Snmp.TCP_MIB_RTOMAX;
import static uapi.linux.snmp.Snmp.TCP_MIB_RTOMIN;
import static uapi.linux.snmp.Snmp.__ICMP_MIB_MAX;
import static uapi.linux.snmp.Snmp.__IPSTATS_MIB_MAX;
import static uapi.linux.snmp.Snmp.__LINUX_MIB_MAX;
import static uapi.linux.snmp.Snmp.__TCP_MIB_MAX;
import static uapi.linux.socket.SocketOpt.PF_INET;
import static uapi.linux.socket.SocketOpt.SOCK_RAW;
import static uapi.linux.socket.SocketOpt.SOCK_RDM;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;

import java.util.List;
import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.net.socket;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import net.sock.Protos;
import net.sock.sock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;
import testing.ScriptedPeer;

@KernelTest
class BootTest {
    @Nested
    class inet_ctl_sock_create {
        @Test
        @DisplayName("a socket in the namespace, in no table, that never waits for memory")
        void creates() {
            net net = NetNs.create("client");
            Ref<sock> sk = new Ref<>();
            int count = init_net.count;

            assertThat(Boot.inet_ctl_sock_create(sk, PF_INET, SOCK_RAW, IPPROTO_ICMP, net)).isZero();

            assertThat(sock_net(sk.val)).isSameAs(net);
            assertThat(init_net.count).isEqualTo(count);
            assertThat(sk.val.sk_allocation).isEqualTo(GFP_ATOMIC);
            assertThat(sk_hashed(sk.val)).isFalse();
            inet_ctl_sock_destroy(sk.val);
        }

        @Test
        @DisplayName("says why there is none")
        void error() {
            Ref<sock> sk = new Ref<>();

            assertThat(Boot.inet_ctl_sock_create(sk, PF_INET, SOCK_RDM, 0, init_net)).isEqualTo(-ESOCKTNOSUPPORT);
            assertThat(sk.val).isNull();
        }
    }

    @Nested
    class snmp_fold_field {
        @Test
        @DisplayName("the counter, all 64 bits of it")
        void value() {
            assertThat(Boot.snmp_fold_field(new long[] {1, 1L << 40, 3}, 1)).isEqualTo(1L << 40);
        }
    }

    @Nested
    class snmp_mib_init {
        @Test
        @DisplayName("counters that are all 0")
        void zero() {
            Ref<long[]> ptr = new Ref<>();

            assertThat(Boot.snmp_mib_init(ptr, 5, 8)).isZero();
            assertThat(ptr.val).containsExactly(0, 0, 0, 0, 0);
        }

        @Test
        @DisplayName("-ENOMEM")
        void no_memory() {
            Ref<long[]> ptr = new Ref<>();
            Gfp.failNth(0);

            assertThat(Boot.snmp_mib_init(ptr, 5, 8)).isEqualTo(-ENOMEM);
            assertThat(ptr.val).isNull();
        }
    }

    @Nested
    class ipv4_mib_init_net {
        @Test
        @DisplayName("fresh counters, and the constants among those of TCP")
        void fresh() {
            net net = new net("bare");
            long[] old = net.mib.tcp_statistics;

            assertThat(Boot.ipv4_mib_init_net(net)).isZero();

            assertThat(net.mib.tcp_statistics).isNotSameAs(old).hasSize(__TCP_MIB_MAX);
            assertThat(net.mib.ip_statistics).hasSize(__IPSTATS_MIB_MAX).containsOnly(0);
            assertThat(net.mib.net_statistics).hasSize(__LINUX_MIB_MAX).containsOnly(0);
            assertThat(net.mib.icmp_statistics).hasSize(__ICMP_MIB_MAX).containsOnly(0);
            assertThat(net.mib.icmpmsg_statistics).hasSize(512).containsOnly(0);
            assertThat(net.mib.tcp_statistics[TCP_MIB_RTOMIN]).isEqualTo(200);
            assertThat(net.mib.tcp_statistics[TCP_MIB_RTOMAX]).isEqualTo(120_000);
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 2, 3, 4, 5})
        @DisplayName("-ENOMEM, and there are none")
        void no_memory(int nth) {
            net net = new net("bare");
            Gfp.failNth(nth);

            assertThat(Boot.ipv4_mib_init_net(net)).isEqualTo(-ENOMEM);
            assertThat(net.mib.tcp_statistics).isNull();
            assertThat(net.mib.icmpmsg_statistics).isNull();
        }
    }

    @Nested
    class ipv4_mib_exit_net {
        @Test
        @DisplayName("the counters are gone")
        void gone() {
            net net = new net("bare");

            Boot.ipv4_mib_exit_net(net);

            assertThat(net.mib.tcp_statistics).isNull();
            assertThat(net.mib.ip_statistics).isNull();
            assertThat(net.mib.net_statistics).isNull();
            assertThat(net.mib.udp_statistics).isNull();
            assertThat(net.mib.icmp_statistics).isNull();
            assertThat(net.mib.icmpmsg_statistics).isNull();
        }
    }

    @Nested
    class init_ipv4_mibs {
        @Test
        @DisplayName("every namespace counts for itself")
        void every() {
            net net = NetNs.create("client");

            assertThat(net.mib.tcp_statistics[TCP_MIB_RTOMIN]).isEqualTo(200);
            assertThat(net.mib.tcp_statistics).isNotSameAs(init_net.mib.tcp_statistics);
        }

        @Test
        @DisplayName("-ENOMEM without memory for those of the namespaces that exist")
        void no_memory() {
            Gfp.failNth(0);

            assertThat(Boot.init_ipv4_mibs()).isEqualTo(-ENOMEM);
        }
    }

    @Nested
    class ipv4_offload_init {
        @Test
        @DisplayName("IP packets are split and merged, TCP's in them and those in other IP packets")
        void offloads() {
            assertThat(gro_find_receive_by_type(ETH_P_IP)).isSameAs(Boot.ip_packet_offload);
            assertThat(gro_find_complete_by_type(ETH_P_IP)).isSameAs(Boot.ip_packet_offload);
            assertThat(inet_offloads[IPPROTO_TCP].gso_segment).isNotNull();
            assertThat(inet_offloads[IPPROTO_IPIP]).isSameAs(Boot.ipip_offload);
        }

        @Test
        @DisplayName("a second time it complains, and goes on")
        void again() {
            assertThat(Boot.ipv4_offload_init()).isZero();

            assertThat(dmesg().get(dmesg().size() - 1).toString()).contains("Cannot add TCP protocol offload");
        }
    }

    @Nested
    class inet_init {
        @Test
        @DisplayName("TCP and ICMP get their packets, and sockets can be made")
        void started() {
            assertThat(inet_protos[IPPROTO_TCP]).isSameAs(Boot.tcp_protocol);
            assertThat(inet_protos[IPPROTO_ICMP]).isSameAs(Boot.icmp_protocol);
            assertThat(inet_protos[IPPROTO_UDP]).isNull();
            assertThat(Protos.all()).contains(tcp_prot, raw_prot);
            Ref<socket> s = new Ref<>();
            assertThat(__sock_create(init_net, PF_INET, SOCK_STREAM, 0, s, 0)).isZero();
            sock_release(s.val);
        }

        @Test
        @DisplayName("MPTCP before TCP, TCP before ICMP")
        void order() {
            List<String> log = dmesg().stream().map(Object::toString).toList();
            int mptcp = find(log, "MPTCP: Stable release v0.89.5");
            int tcp = find(log, "TCP: Hash tables configured");

            assertThat(find(log, "NET: Registered protocol family 2")).isLessThan(mptcp);
            assertThat(mptcp).isLessThan(tcp);
        }

        private int find(List<String> log, String text) {
            for (int i = 0; i < log.size(); i++) {
                if (log.get(i).contains(text)) {
                    return i;
                }
            }
            throw new AssertionError(text + " is not in " + log);
        }

        @Test
        @DisplayName("the first packet to a host that nobody listens on is answered: everything below works")
        void answers() {
            ScriptedPeer peer = new ScriptedPeer();

            peer.send(ScriptedPeer.SYN);

            assertThat(peer.next().is(ScriptedPeer.RST | ScriptedPeer.ACK)).isTrue();
        }

        @Test
        @DisplayName("-EINVAL without memory for the reserved ports: nothing has begun")
        void no_memory() {
            Gfp.failNth(0);

            assertThat(Boot.inet_init()).isEqualTo(-EINVAL);
        }
    }

    @Nested
    class ipv4_proc_init {
        @Test
        @DisplayName("the files are there, in every namespace")
        void files() {
            assertThat(init_net.proc_net.names()).contains("tcp", "snmp", "netstat", "sockstat");
            assertThat(NetNs.create("client").proc_net.names()).contains("tcp", "snmp", "netstat", "sockstat");
        }
    }
}
