// SPDX-License-Identifier: GPL-2.0-only
package raw;

import static linux.errno.Errno.EADDRNOTAVAIL;
import static linux.errno.Errno.ECONNREFUSED;
import static linux.errno.Errno.EINVAL;
import static linux.ip.IpHdr.ip_hdr;
import static linux.netdevice.Netdev.NET_RX_DROP;
import static linux.netdevice.Netdev.NET_RX_SUCCESS;
import static linux.netdevice.Veth.peer;
import static linux.skbuff.Alloc.skb_get;
import static linux.skbuff.Data.__skb_pull;
import static linux.skbuff.Dst.skb_dst;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Queue.__skb_queue_tail;
import static net.dst.Metrics.dst_mtu;
import static net.net_namespace.NetNs.init_net;
import static net.route.Route.ip_rt_put;
import static net.sock.Dst.sk_dst_set;
import static net.sock.Fields.sk_change_net;
import static net.sock.Flags.sock_flag;
import static net.sock.Nodes.sk_unhashed;
import static net.sock.Nodes.sock_hold;
import static net.sock.Nodes.sock_put;
import static net.sock.Protos.sock_prot_inuse_get;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static org.assertj.core.api.Assertions.assertThat;
import static raw.Raw.raw_prot;
import static route.Input.ip_route_input_noref;
import static testing.Ipv4.IPPROTO_TEST;
import static uapi.linux.icmp.Icmp.ICMP_DEST_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_ECHO;
import static uapi.linux.icmp.Icmp.ICMP_ECHOREPLY;
import static uapi.linux.icmp.Icmp.ICMP_FRAG_NEEDED;
import static uapi.linux.icmp.Icmp.ICMP_PORT_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_REDIRECT;
import static uapi.linux.icmp.Icmp.ICMP_SOURCE_QUENCH;
import static uapi.linux.in.In.IPPROTO_ICMP;
import static uapi.linux.in.In.IP_PMTUDISC_DONT;

import fib_frontend.IpRoute;
import java.util.ArrayList;
import java.util.List;
import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import linux.socket.sockaddr_in;
import net.net_namespace.NetNs;
import net.route.rtable;
import net.sock.sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;
import testing.RawSocket;
import testing.Skbs;

/** Raw sockets of the kernel on 10.0.0.1 (eth0) and 10.1.0.1 (eth1). */
@KernelTest
class RawTest {
    private static final byte[] DATA = Skbs.count(1, 40);

    private final List<sock> open = new ArrayList<>();
    private Nic eth0;
    private Nic eth1;

    @BeforeEach
    void network() {
        eth0 = Nic.up("eth0", "10.0.0.1/24");
        eth1 = Nic.up("eth1", "10.1.0.1/24");
    }

    @AfterEach
    void close() {
        open.forEach(RawSocket::close);
    }

    private raw_sock socket(int protocol) {
        raw_sock sk = RawSocket.open(init_net, protocol);
        open.add(sk);
        return sk;
    }

    /** A packet that came in by eth0, with {@code skb.data} behind its IP header. */
    private sk_buff in(String saddr, String daddr, int protocol, byte... data) {
        sk_buff skb = Ipv4.packet(saddr, daddr, protocol, data);
        skb.dev = eth0.dev;
        skb.transport_header = skb.network_header + 20;
        __skb_pull(skb, 20);
        return skb;
    }

    private sk_buff in(int protocol) {
        return in("10.0.0.7", "10.0.0.1", protocol, DATA);
    }

    /** An error from 10.0.0.254 about a packet of ours to 10.0.0.7; {@code skb.data} is what it quotes. */
    private sk_buff error(int type, int code) {
        byte[] quoted = Ipv4.bytes(Ipv4.packet("10.0.0.1", "10.0.0.7", IPPROTO_TEST, DATA));
        sk_buff skb = in("10.0.0.254", "10.0.0.1", IPPROTO_ICMP, Ipv4.icmp(type, code, 0, quoted));
        __skb_pull(skb, 8);
        return skb;
    }

    @Nested
    class raw_hash_sk {
        @Test
        @DisplayName("puts it where packets of its protocol look, and counts it")
        void hashed() {
            raw_sock sk = socket(IPPROTO_TEST);
            Raw.raw_unhash_sk(sk);
            int inuse = sock_prot_inuse_get(init_net, raw_prot);
            assertThat(sk_unhashed(sk)).isTrue();

            Raw.raw_hash_sk(sk);

            assertThat(sk_unhashed(sk)).isFalse();
            assertThat(sock_prot_inuse_get(init_net, raw_prot)).isEqualTo(inuse + 1);
            sk_buff skb = in(IPPROTO_TEST);
            assertThat(Raw.raw_local_deliver(skb, IPPROTO_TEST)).isTrue();
            assertThat(Raw.raw_local_deliver(skb, 254)).isFalse();
            kfree_skb(skb);
        }
    }

    @Nested
    class raw_unhash_sk {
        @Test
        @DisplayName("it gets nothing any more; a second time does nothing")
        void unhashed() {
            raw_sock sk = socket(IPPROTO_TEST);
            int inuse = sock_prot_inuse_get(init_net, raw_prot);

            Raw.raw_unhash_sk(sk);
            Raw.raw_unhash_sk(sk);

            assertThat(sock_prot_inuse_get(init_net, raw_prot)).isEqualTo(inuse - 1);
            sk_buff skb = in(IPPROTO_TEST);
            assertThat(Raw.raw_local_deliver(skb, IPPROTO_TEST)).isFalse();
            kfree_skb(skb);
        }
    }

    @Nested
    class __raw_v4_lookup {
        private sock lookup(sock from, int num, String raddr, String laddr, int dif) {
            return Raw.__raw_v4_lookup(init_net, from, num, Ipv4.ip(raddr), Ipv4.ip(laddr), dif);
        }

        @Test
        @DisplayName("one that is not bound gets all of its protocol, in its namespace")
        void any() {
            raw_sock sk = socket(IPPROTO_TEST);

            assertThat(lookup(sk, IPPROTO_TEST, "1.2.3.4", "5.6.7.8", 3)).isSameAs(sk);
            assertThat(lookup(sk, 254, "1.2.3.4", "5.6.7.8", 3)).isNull();
            assertThat(lookup(null, IPPROTO_TEST, "1.2.3.4", "5.6.7.8", 3)).isNull();
            assertThat(Raw.__raw_v4_lookup(NetNs.create("other"), sk, IPPROTO_TEST, 1, 2, 3)).isNull();
        }

        @Test
        @DisplayName("one that is connected gets that peer's only")
        void peer() {
            raw_sock sk = socket(IPPROTO_TEST);
            sk.skc_daddr = Ipv4.ip("1.2.3.4");

            assertThat(lookup(sk, IPPROTO_TEST, "1.2.3.4", "5.6.7.8", 3)).isSameAs(sk);
            assertThat(lookup(sk, IPPROTO_TEST, "1.2.3.5", "5.6.7.8", 3)).isNull();
        }

        @Test
        @DisplayName("one with an address gets those to that address, one with a device those that came by it")
        void bound() {
            raw_sock sk = socket(IPPROTO_TEST);
            sk.skc_rcv_saddr = Ipv4.ip("5.6.7.8");
            assertThat(lookup(sk, IPPROTO_TEST, "1.2.3.4", "5.6.7.8", 3)).isSameAs(sk);
            assertThat(lookup(sk, IPPROTO_TEST, "1.2.3.4", "5.6.7.9", 3)).isNull();

            sk.skc_bound_dev_if = 3;
            assertThat(lookup(sk, IPPROTO_TEST, "1.2.3.4", "5.6.7.8", 3)).isSameAs(sk);
            assertThat(lookup(sk, IPPROTO_TEST, "1.2.3.4", "5.6.7.8", 4)).isNull();
        }

        @Test
        @DisplayName("goes on behind one that does not fit")
        void next() {
            raw_sock last = socket(IPPROTO_TEST);
            raw_sock first = socket(IPPROTO_TEST);
            first.skc_bound_dev_if = 99;

            assertThat(lookup(first, IPPROTO_TEST, "1.2.3.4", "5.6.7.8", 3)).isSameAs(last);
        }
    }

    @Nested
    class icmp_filter {
        private boolean filtered(raw_sock sk, byte... message) {
            sk_buff skb = in("10.0.0.7", "10.0.0.1", IPPROTO_ICMP, message);
            boolean f = Raw.icmp_filter(sk, skb);
            kfree_skb(skb);
            return f;
        }

        @Test
        @DisplayName("a bit for each type that is not wanted; types without a bit are")
        void types() {
            raw_sock sk = new raw_sock();
            sk.filter = 1 << ICMP_ECHO | 1 << 31;

            assertThat(filtered(sk, Ipv4.icmp(ICMP_ECHO, 0, 0))).isTrue();
            assertThat(filtered(sk, Ipv4.icmp(31, 0, 0))).isTrue();
            assertThat(filtered(sk, Ipv4.icmp(ICMP_ECHOREPLY, 0, 0))).isFalse();
            assertThat(filtered(sk, Ipv4.icmp(40, 0, 0))).isFalse();
        }

        @Test
        @DisplayName("a message without a whole header is not wanted")
        void cut() {
            assertThat(filtered(new raw_sock(), new byte[7])).isTrue();
            assertThat(filtered(new raw_sock(), new byte[8])).isFalse();
        }
    }

    @Nested
    class raw_v4_input {
        private boolean input(sk_buff skb) {
            boolean delivered = Raw.raw_v4_input(skb, ip_hdr(skb), ip_hdr(skb).protocol());
            assertThat(skb.users).as("the caller's").isEqualTo(1);
            kfree_skb(skb);
            return delivered;
        }

        @Test
        @DisplayName("each that fits gets a copy, from the IP header on")
        void copies() {
            raw_sock one = socket(IPPROTO_TEST);
            raw_sock two = socket(IPPROTO_TEST);
            raw_sock other = socket(IPPROTO_TEST);
            other.skc_rcv_saddr = Ipv4.ip("10.1.0.1");

            assertThat(input(in(IPPROTO_TEST))).isTrue();

            byte[] whole = Ipv4.bytes(Ipv4.packet("10.0.0.7", "10.0.0.1", IPPROTO_TEST, DATA));
            assertThat(RawSocket.received(one)).containsExactly(whole);
            assertThat(RawSocket.received(two)).containsExactly(whole);
            assertThat(RawSocket.received(other)).isEmpty();
        }

        @Test
        @DisplayName("nobody, or nobody that fits")
        void nobody() {
            assertThat(input(in(IPPROTO_TEST))).isFalse();

            socket(IPPROTO_TEST).skc_bound_dev_if = eth1.dev.ifindex;
            assertThat(input(in(IPPROTO_TEST))).isFalse();
        }

        @Test
        @DisplayName("an ICMP message that the socket filters counts as delivered, but is not")
        void filter() {
            raw_sock sk = socket(IPPROTO_ICMP);
            sk.filter = 1 << ICMP_ECHO;

            assertThat(input(in("10.0.0.7", "10.0.0.1", IPPROTO_ICMP, Ipv4.icmp(ICMP_ECHO, 0, 0)))).isTrue();
            assertThat(RawSocket.received(sk)).isEmpty();

            assertThat(input(in("10.0.0.7", "10.0.0.1", IPPROTO_ICMP, Ipv4.icmp(ICMP_ECHOREPLY, 0, 0)))).isTrue();
            assertThat(RawSocket.received(sk)).hasSize(1);
        }

        @Test
        @DisplayName("no memory for a copy: that one goes without")
        void no_memory() {
            raw_sock one = socket(IPPROTO_TEST);
            raw_sock two = socket(IPPROTO_TEST);
            sk_buff skb = in(IPPROTO_TEST);
            Gfp.failNth(0);

            assertThat(input(skb)).isTrue();

            assertThat(RawSocket.received(two)).isEmpty();
            assertThat(RawSocket.received(one)).hasSize(1);
        }
    }

    @Nested
    class raw_local_deliver {
        @Test
        @DisplayName("says whether a raw socket has taken it; the packet stays the caller's")
        void delivered() {
            sk_buff skb = in(IPPROTO_TEST);
            assertThat(Raw.raw_local_deliver(skb, IPPROTO_TEST)).isFalse();

            raw_sock sk = socket(IPPROTO_TEST);
            assertThat(Raw.raw_local_deliver(skb, IPPROTO_TEST)).isTrue();
            assertThat(RawSocket.received(sk)).hasSize(1);

            sk.skc_daddr = Ipv4.ip("10.0.0.99");
            assertThat(Raw.raw_local_deliver(skb, IPPROTO_TEST)).isFalse();
            kfree_skb(skb);
        }
    }

    @Nested
    class raw_err {
        private raw_sock sk;
        private final List<sock> reported = new ArrayList<>();

        @BeforeEach
        void connected() {
            sk = socket(IPPROTO_TEST);
            sk.skc_state = TCP_ESTABLISHED;
            sk.sk_error_report = reported::add;
        }

        private int err(int type, int code, int info) {
            sk_buff skb = error(type, code);
            sk.sk_err = 0;
            Raw.raw_err(sk, skb, info);
            kfree_skb(skb);
            return sk.sk_err;
        }

        @ParameterizedTest
        @CsvSource({
            "3, 2, 92", // ICMP_PROT_UNREACH: ENOPROTOOPT
            "3, 3, 111", // ICMP_PORT_UNREACH: ECONNREFUSED
            "3, 4, 90", // ICMP_FRAG_NEEDED: EMSGSIZE
            "3, 9, 101", // ICMP_NET_ANO: ENETUNREACH
            "12, 0, 71", // ICMP_PARAMETERPROB: EPROTO
        })
        @DisplayName("errors that are final are reported to a connected socket")
        void hard(int type, int code, int errno) {
            assertThat(err(type, code, 1000)).isEqualTo(errno);
            assertThat(reported).containsExactly(sk);
        }

        @ParameterizedTest
        @CsvSource({"3, 0, 101", "3, 1, 113", "3, 99, 113", "11, 0, 113", "40, 0, 113"})
        @DisplayName("those that may pass only if it wants to hear of all")
        void soft(int type, int code, int errno) {
            assertThat(err(type, code, 0)).isZero();
            assertThat(reported).isEmpty();

            sk.recverr = true;
            assertThat(err(type, code, 0)).isEqualTo(errno);
            assertThat(reported).containsExactly(sk);
        }

        @Test
        @DisplayName("a socket that is not connected hears of nothing, unless it wants to hear of all")
        void not_connected() {
            sk.skc_state = TCP_CLOSE;
            assertThat(err(ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0)).isZero();

            sk.recverr = true;
            assertThat(err(ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0)).isEqualTo(ECONNREFUSED);
        }

        @Test
        @DisplayName("source quench is obsolete")
        void source_quench() {
            sk.recverr = true;
            assertThat(err(ICMP_SOURCE_QUENCH, 0, 0)).isZero();
        }

        @Test
        @DisplayName("too large a packet: the route learns the MTU; one that lets routers fragment is not told")
        void frag_needed() {
            sk.pmtudisc = IP_PMTUDISC_DONT;
            sk.skc_daddr = Ipv4.ip("10.0.0.7");

            assertThat(err(ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, 1000)).isZero();

            rtable rt = Ipv4.route(init_net, "10.0.0.7");
            assertThat(dst_mtu(rt)).isEqualTo(1000);
            ip_rt_put(rt);
        }

        @Test
        @DisplayName("a redirect changes the route and is no error")
        void redirect() {
            assertThat(IpRoute.add(init_net, "192.0.2.0/24 via 10.0.0.254")).isZero();
            byte[] quoted = Ipv4.bytes(Ipv4.packet("10.0.0.1", "192.0.2.1", IPPROTO_TEST, DATA));
            sk_buff skb = in("10.0.0.254", "10.0.0.1", IPPROTO_ICMP,
                    Ipv4.icmp(ICMP_REDIRECT, 1, Ipv4.ip("10.0.0.253"), quoted));
            __skb_pull(skb, 8);
            sk.recverr = true;

            Raw.raw_err(sk, skb, 0);
            kfree_skb(skb);

            assertThat(sk.sk_err).isZero();
            rtable rt = Ipv4.route(init_net, "192.0.2.1");
            assertThat(rt.rt_gateway).isEqualTo(Ipv4.ip("10.0.0.253"));
            ip_rt_put(rt);
        }
    }

    @Nested
    class raw_icmp_error {
        @Test
        @DisplayName("each socket that may have sent what is quoted hears of it")
        void each() {
            raw_sock one = socket(IPPROTO_TEST);
            raw_sock peer = socket(IPPROTO_TEST);
            raw_sock elsewhere = socket(IPPROTO_TEST);
            raw_sock other = socket(254);
            peer.skc_daddr = Ipv4.ip("10.0.0.7");
            peer.skc_rcv_saddr = Ipv4.ip("10.0.0.1");
            elsewhere.skc_daddr = Ipv4.ip("10.0.0.8");
            List.of(one, peer, elsewhere, other).forEach(sk -> sk.recverr = true);
            sk_buff skb = error(ICMP_DEST_UNREACH, ICMP_PORT_UNREACH);

            Raw.raw_icmp_error(skb, IPPROTO_TEST, 0);

            assertThat(one.sk_err).isEqualTo(ECONNREFUSED);
            assertThat(peer.sk_err).isEqualTo(ECONNREFUSED);
            assertThat(elsewhere.sk_err).isZero();
            assertThat(other.sk_err).isZero();
            kfree_skb(skb);
        }
    }

    @Nested
    class raw_rcv_skb {
        @Test
        @DisplayName("queues it without its route, and wakes the reader")
        void queued() {
            raw_sock sk = socket(IPPROTO_TEST);
            List<Integer> woken = new ArrayList<>();
            sk.sk_data_ready = (s, len) -> woken.add(len);
            sk_buff skb = in(IPPROTO_TEST);
            assertThat(ip_route_input_noref(skb, Ipv4.ip("10.0.0.1"), Ipv4.ip("10.0.0.7"), 0, eth0.dev)).isZero();

            assertThat(Raw.raw_rcv_skb(sk, skb)).isEqualTo(NET_RX_SUCCESS);

            assertThat(woken).containsExactly(40);
            assertThat(skb_dst(skb)).isNull();
            assertThat(sk.sk_receive_queue.next).isSameAs(skb);
            assertThat(RawSocket.received(sk)).hasSize(1);
        }

        @Test
        @DisplayName("the buffer is full: dropped")
        void full() {
            raw_sock sk = socket(IPPROTO_TEST);
            sk.sk_rmem_alloc = sk.sk_rcvbuf;

            assertThat(Raw.raw_rcv_skb(sk, in(IPPROTO_TEST))).isEqualTo(NET_RX_DROP);

            sk.sk_rmem_alloc = 0;
            assertThat(sk.sk_receive_queue.qlen).isZero();
        }
    }

    @Nested
    class raw_rcv {
        @Test
        @DisplayName("the reader sees the IP header, too")
        void whole() {
            raw_sock sk = socket(IPPROTO_TEST);

            assertThat(Raw.raw_rcv(sk, in(IPPROTO_TEST))).isZero();

            assertThat(RawSocket.received(sk))
                    .containsExactly(Ipv4.bytes(Ipv4.packet("10.0.0.7", "10.0.0.1", IPPROTO_TEST, DATA)));
        }
    }

    @Nested
    class raw_close {
        @Test
        @DisplayName("takes it out of the table and gives it up")
        void closed() {
            raw_sock sk = RawSocket.open(init_net, IPPROTO_TEST);
            sock_hold(sk);
            sk_change_net(sk, init_net);

            Raw.raw_close(sk, 0);

            assertThat(sk_unhashed(sk)).isTrue();
            assertThat(sock_flag(sk, SOCK_DEAD)).isTrue();
            assertThat(sk.skc_refcnt).isEqualTo(1);
            sock_put(sk);
        }
    }

    @Nested
    class raw_destroy {
        @Test
        @DisplayName("throws away what was put together and not sent yet")
        void flushed() {
            raw_sock sk = socket(IPPROTO_TEST);
            sk_buff skb = Skbs.linear(10);
            __skb_queue_tail(sk.sk_write_queue, skb);
            skb_get(skb);

            Raw.raw_destroy(sk);

            assertThat(sk.sk_write_queue.qlen).isZero();
            assertThat(skb.users).isEqualTo(1);
            assertThat(sk.sk_lock.owned).isZero();
            kfree_skb(skb);
        }
    }

    @Nested
    class raw_bind {
        private int bind(raw_sock sk, String addr) {
            return Raw.raw_bind(sk, new sockaddr_in(Ipv4.ip(addr), 0), sockaddr_in.SIZE);
        }

        @Test
        @DisplayName("to an address of ours: what it receives and sends has it")
        void ours() {
            raw_sock sk = socket(IPPROTO_TEST);

            assertThat(bind(sk, "10.0.0.1")).isZero();

            assertThat(sk.skc_rcv_saddr).isEqualTo(Ipv4.ip("10.0.0.1"));
            assertThat(sk.inet_saddr).isEqualTo(Ipv4.ip("10.0.0.1"));
        }

        @ParameterizedTest
        @CsvSource({"10.0.0.255", "224.0.0.1"})
        @DisplayName("to a broadcast or a multicast: what it sends has the device's")
        void cast(String addr) {
            raw_sock sk = socket(IPPROTO_TEST);

            assertThat(bind(sk, addr)).isZero();

            assertThat(sk.skc_rcv_saddr).isEqualTo(Ipv4.ip(addr));
            assertThat(sk.inet_saddr).isZero();
        }

        @Test
        @DisplayName("to any; its route is not used any more")
        void any() {
            raw_sock sk = socket(IPPROTO_TEST);
            bind(sk, "10.0.0.1");
            sk_dst_set(sk, Ipv4.route(init_net, "10.0.0.7"));

            assertThat(bind(sk, "0.0.0.0")).isZero();

            assertThat(sk.skc_rcv_saddr).isZero();
            assertThat(sk.sk_dst_cache).isNull();
        }

        @Test
        @DisplayName("to somebody else's: -EADDRNOTAVAIL")
        void not_ours() {
            raw_sock sk = socket(IPPROTO_TEST);
            assertThat(bind(sk, "10.0.0.7")).isEqualTo(-EADDRNOTAVAIL);
            assertThat(sk.skc_rcv_saddr).isZero();
        }

        @Test
        @DisplayName("connected, or with a short address: -EINVAL")
        void invalid() {
            raw_sock sk = socket(IPPROTO_TEST);
            assertThat(Raw.raw_bind(sk, new sockaddr_in(Ipv4.ip("10.0.0.1"), 0), sockaddr_in.SIZE - 1))
                    .isEqualTo(-EINVAL);
            sk.skc_state = TCP_ESTABLISHED;
            assertThat(bind(sk, "10.0.0.1")).isEqualTo(-EINVAL);
        }
    }

    @Nested
    class raw_init {
        @Test
        @DisplayName("a socket for ICMP wants all types")
        void filter() {
            raw_sock sk = new raw_sock();
            sk.filter = -1;
            sk.skc_num = IPPROTO_TEST;
            assertThat(Raw.raw_init(sk)).isZero();
            assertThat(sk.filter).isEqualTo(-1);

            sk.skc_num = IPPROTO_ICMP;
            assertThat(Raw.raw_init(sk)).isZero();
            assertThat(sk.filter).isZero();
        }
    }
}
