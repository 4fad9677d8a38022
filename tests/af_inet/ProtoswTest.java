// SPDX-License-Identifier: GPL-2.0-only
package af_inet;

import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENETUNREACH;
import static linux.printk.Printk.dmesg;
import static net.ip.Globals.sysctl_ip_dynaddr;
import static net.net_namespace.NetNs.init_net;
import static net.protocol.inet_protosw.INET_PROTOSW_PERMANENT;
import static net.sock.Dst.sk_dst_reset;
import static net.sock.sock.SOCK_BINDADDR_LOCK;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.in.In.IPPROTO_TCP;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;

import devinet.IpAddr;
import fib_frontend.IpRoute;
import java.util.ArrayList;
import java.util.List;
import linux.list.list_head;
import linux.printk.Printk;
import net.inet_sock.ip_options;
import net.protocol.inet_protosw;
import net.route.rtable;
import net.sock.proto;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import raw.raw_sock;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;

@KernelTest
class ProtoswTest {
    private static inet_protosw entry(int type, int protocol, int flags) {
        inet_protosw p = new inet_protosw();
        p.type = type;
        p.protocol = protocol;
        p.flags = flags;
        return p;
    }

    private static List<inet_protosw> entries(int type) {
        List<inet_protosw> l = new ArrayList<>();
        for (list_head<inet_protosw> h = Create.inetsw[type].next; h != Create.inetsw[type]; h = h.next) {
            l.add(h.owner);
        }
        return l;
    }

    private static String lastMessage() {
        return dmesg().get(dmesg().size() - 1).toString();
    }

    @Nested
    class inet_register_protosw {
        @Test
        @DisplayName("behind the permanent ones, in front of the others")
        void order() {
            inet_protosw tcp = entries(SOCK_STREAM).get(0);
            inet_protosw a = entry(SOCK_STREAM, 200, 0);
            inet_protosw b = entry(SOCK_STREAM, 201, 0);
            inet_protosw c = entry(SOCK_STREAM, 202, INET_PROTOSW_PERMANENT);

            Protosw.inet_register_protosw(a);
            Protosw.inet_register_protosw(b);
            Protosw.inet_register_protosw(c);

            assertThat(entries(SOCK_STREAM)).containsExactly(tcp, c, b, a);
        }

        @Test
        @DisplayName("a permanent one cannot be replaced, another one can")
        void override() {
            Protosw.inet_register_protosw(entry(SOCK_STREAM, IPPROTO_TCP, 0));
            assertThat(entries(SOCK_STREAM)).hasSize(1);
            assertThat(lastMessage()).contains("override permanent protocol 6");

            inet_protosw first = entry(SOCK_STREAM, 200, 0);
            inet_protosw second = entry(SOCK_STREAM, 200, 0);
            Protosw.inet_register_protosw(first);
            Protosw.inet_register_protosw(second);
            assertThat(entries(SOCK_STREAM)).endsWith(second, first);
        }

        @Test
        @DisplayName("there are no types from 11 on")
        void illegal() {
            Protosw.inet_register_protosw(entry(11, 200, 0));

            assertThat(lastMessage()).contains("invalid socket type 11");
        }
    }

    @Nested
    class inet_unregister_protosw {
        @Test
        @DisplayName("is not found any more, but for a permanent one")
        void unregisters() {
            inet_protosw p = entry(SOCK_STREAM, 200, 0);
            Protosw.inet_register_protosw(p);

            Protosw.inet_unregister_protosw(p);
            assertThat(entries(SOCK_STREAM)).hasSize(1);

            Protosw.inet_unregister_protosw(entries(SOCK_STREAM).get(0));
            assertThat(entries(SOCK_STREAM)).hasSize(1);
            assertThat(lastMessage()).contains("unregister permanent protocol 6");
        }
    }

    /** A socket in SYN_SENT from 10.0.0.1 to 192.0.2.1, and a device with another address. */
    private abstract class Dialling {
        raw_sock sk;
        final List<String> log = new ArrayList<>();

        @BeforeEach
        void dial() {
            Nic.up("eth0", "10.0.0.1/24");
            sk = new raw_sock();
            sk.skc_net = init_net;
            sk.skc_family = AF_INET;
            sk.skc_prot = new proto();
            sk.skc_prot.unhash = s -> log.add("unhash " + Printk.pI4(s.skc_rcv_saddr));
            sk.skc_prot.hash = s -> log.add("hash " + Printk.pI4(s.skc_rcv_saddr));
            sk.skc_state = TCP_SYN_SENT;
            sk.sk_protocol = IPPROTO_TCP;
            sk.inet_saddr = sk.skc_rcv_saddr = Ipv4.ip("10.0.0.1");
            sk.inet_sport = sk.skc_num = 1000;
            sk.skc_daddr = Ipv4.ip("192.0.2.1");
            sk.skc_dport = 80;
        }

        @AfterEach
        void release() {
            sk_dst_reset(sk);
        }

        /** The socket's packets are to go by 203.0.113.5, which can be reached. */
        void sourceRoute() {
            IpRoute.add(init_net, "203.0.113.0/24 via 10.0.0.254");
            sk.inet_opt = new ip_options();
            sk.inet_opt.srr = 20;
            sk.inet_opt.faddr = Ipv4.ip("203.0.113.5");
        }

        /** The only way leads by eth1, which has 10.1.0.1. */
        void redial() {
            Nic.up("eth1", "10.1.0.1/24");
            IpAddr.del(init_net.dev_name_head.get("eth0"), "10.0.0.1/24");
            IpRoute.add(init_net, "default via 10.1.0.254");
        }
    }

    @Nested
    class inet_sk_reselect_saddr extends Dialling {
        @Test
        @DisplayName("the socket goes on with the address that fits the route, and finds its place in the tables anew")
        void shifts() {
            redial();
            sysctl_ip_dynaddr = 2;

            assertThat(Protosw.inet_sk_reselect_saddr(sk)).isZero();

            assertThat(sk.inet_saddr).isEqualTo(Ipv4.ip("10.1.0.1"));
            assertThat(sk.skc_rcv_saddr).isEqualTo(Ipv4.ip("10.1.0.1"));
            assertThat(log).containsExactly("unhash 10.1.0.1", "hash 10.1.0.1");
            assertThat(lastMessage()).contains("from 10.0.0.1 to 10.1.0.1");
            assertThat(sk.sk_dst_cache).isNotNull();
        }

        @Test
        @DisplayName("if it is the same address nothing else changes")
        void same() {
            IpRoute.add(init_net, "default via 10.0.0.254");

            assertThat(Protosw.inet_sk_reselect_saddr(sk)).isZero();

            assertThat(log).isEmpty();
            assertThat(sk.sk_dst_cache).isNotNull();
        }

        @Test
        @DisplayName("a source route begins at its first hop")
        void source_route() {
            sourceRoute();

            assertThat(Protosw.inet_sk_reselect_saddr(sk)).isZero();
            assertThat(sk.cork.fl.daddr).isEqualTo(Ipv4.ip("203.0.113.5"));
        }

        @Test
        @DisplayName("without a route, why")
        void no_route() {
            assertThat(Protosw.inet_sk_reselect_saddr(sk)).isEqualTo(-ENETUNREACH);
            assertThat(sk.inet_saddr).isEqualTo(Ipv4.ip("10.0.0.1"));
        }
    }

    @Nested
    class inet_sk_rebuild_header extends Dialling {
        @Test
        @DisplayName("a route that is good is kept, one that is not is replaced")
        void rebuilds() {
            IpRoute.add(init_net, "default via 10.0.0.254");
            assertThat(Protosw.inet_sk_rebuild_header(sk)).isZero();
            rtable rt = (rtable) sk.sk_dst_cache;
            assertThat(rt.rt_gateway).isEqualTo(Ipv4.ip("10.0.0.254"));
            assertThat(sk.sk_route_caps).isNotZero();

            assertThat(Protosw.inet_sk_rebuild_header(sk)).isZero();
            assertThat(sk.sk_dst_cache).isSameAs(rt);

            IpRoute.replace(init_net, "default via 10.0.0.253");
            assertThat(Protosw.inet_sk_rebuild_header(sk)).isZero();
            assertThat(((rtable) sk.sk_dst_cache).rt_gateway).isEqualTo(Ipv4.ip("10.0.0.253"));
        }

        @Test
        @DisplayName("a source route begins at its first hop")
        void source_route() {
            sourceRoute();

            assertThat(Protosw.inet_sk_rebuild_header(sk)).isZero();
            assertThat(sk.cork.fl.daddr).isEqualTo(Ipv4.ip("203.0.113.5"));
        }

        @Test
        @DisplayName("without one the error is kept for later, and nothing is expected of the device")
        void no_route() {
            sk.sk_route_caps = 1;

            assertThat(Protosw.inet_sk_rebuild_header(sk)).isEqualTo(-ENETUNREACH);

            assertThat(sk.sk_err_soft).isEqualTo(ENETUNREACH);
            assertThat(sk.sk_route_caps).isZero();
        }

        @Test
        @DisplayName("with ip_dynaddr a SYN is sent from another address, but not if that was bound, and not later")
        void dynaddr() {
            redial();
            assertThat(Protosw.inet_sk_rebuild_header(sk)).isEqualTo(-EINVAL);

            sysctl_ip_dynaddr = 1;
            sk.sk_userlocks = SOCK_BINDADDR_LOCK;
            assertThat(Protosw.inet_sk_rebuild_header(sk)).isEqualTo(-EINVAL);
            sk.sk_userlocks = 0;
            sk.skc_state = TCP_ESTABLISHED;
            assertThat(Protosw.inet_sk_rebuild_header(sk)).isEqualTo(-EINVAL);
            assertThat(log).isEmpty();

            sk.skc_state = TCP_SYN_SENT;
            sk.sk_err_soft = 0;
            assertThat(Protosw.inet_sk_rebuild_header(sk)).isZero();
            assertThat(sk.inet_saddr).isEqualTo(Ipv4.ip("10.1.0.1"));
            assertThat(sk.sk_err_soft).isZero();
        }
    }
}
