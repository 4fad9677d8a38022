// SPDX-License-Identifier: GPL-2.0-only
package ip_output;

import static ip_options.IpOptions.ip_options_get;
import static ip_output.Wire.header;
import static ip_output.Wire.routed;
import static linux.errno.Errno.EHOSTUNREACH;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENETDOWN;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.ip.IpHdr.ip_hdr;
import static linux.skbuff.Copy.skb_copy_expand;
import static linux.skbuff.Dst.skb_dst_set;
import static linux.skbuff.Dst.skb_rtable;
import static linux.skbuff.Free.kfree_skb;
import static linux.types.Be.get32;
import static net.arp.Arp.__ipv4_neigh_lookup_noref;
import static net.checksum.Csum.ip_fast_csum;
import static net.ip.IpPacket.IP_DF;
import static net.neighbour.Neigh.__neigh_create;
import static net.net_namespace.NetNs.init_net;
import static net.route.Route.ip_rt_put;
import static net.sock.Dst.sk_dst_reset;
import static net.sock.Owner.skb_set_owner_w;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.CcTrajectory.socket;
import static testing.Ipv4.route;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;
import static uapi.linux.in.In.IP_PMTUDISC_DONT;
import static uapi.linux.in.In.IP_PMTUDISC_WANT;
import static uapi.linux.ip.Ip.IPOPT_LSRR;
import static uapi.linux.ip.Ip.IPOPT_NOOP;
import static uapi.linux.ip.Ip.IPOPT_SSRR;
import static uapi.linux.rtnetlink.Rt.RTCF_MULTICAST;
import static uapi.linux.rtnetlink.Rt.RTN_MULTICAST;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTBCASTOCTETS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTBCASTPKTS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTMCASTOCTETS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTMCASTPKTS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTNOROUTES;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTOCTETS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTPKTS;

import fib_frontend.IpRoute;
import java.util.ArrayList;
import java.util.List;
import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import net.flow.flowi4;
import net.inet_sock.inet_sock;
import net.inet_sock.ip_options;
import net.neighbour.neighbour;
import net.route.rtable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import raw.raw_sock;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;
import testing.Skbs;
import uapi.linux.ip.iphdr;

@KernelTest
class OutputTest {
    private Nic eth0;

    @BeforeEach
    void network() {
        eth0 = Nic.up("eth0", "10.0.0.1/24");
        assertThat(IpRoute.add(init_net, "default via 10.0.0.254")).isZero();
    }

    /** {@code opt} as {@code setsockopt(IP_OPTIONS)} would take it. */
    private static ip_options options(int... bytes) {
        byte[] b = new byte[bytes.length];
        for (int i = 0; i < b.length; i++) {
            b[i] = (byte) bytes[i];
        }
        Ref<ip_options> opt = new Ref<>();
        assertThat(ip_options_get(init_net, opt, b, b.length)).isZero();
        return opt.val;
    }

    @Nested
    class ip_send_check {
        @Test
        @DisplayName("sums up header and options, whatever the field held before")
        void sums() {
            sk_buff skb = Ipv4.packet("10.0.0.1", "10.0.0.7", 6, new byte[] {1, 1, 1, 0}, 0);
            iphdr iph = ip_hdr(skb);
            iph.check(4711);
            iph.ttl(63);

            Output.ip_send_check(iph);

            assertThat(iph.check()).isNotEqualTo(4711);
            assertThat(ip_fast_csum(iph.b, iph.at, 6)).isZero();
            kfree_skb(skb);
        }
    }

    @Nested
    class __ip_local_out {
        @Test
        @DisplayName("length and checksum are put in; nobody objects")
        void fills_in() {
            sk_buff skb = Wire.packet("10.0.0.7", 30);
            ip_hdr(skb).tot_len(0);

            assertThat(Output.__ip_local_out(skb)).isEqualTo(1);

            assertThat(ip_hdr(skb).tot_len()).isEqualTo(50);
            assertThat(ip_fast_csum(skb.head, ip_hdr(skb).at, 5)).isZero();
            kfree_skb(skb);
        }
    }

    @Nested
    class ip_local_out {
        @Test
        @DisplayName("the packet goes where its route leads")
        void sends() {
            assertThat(Output.ip_local_out(Wire.packet("10.0.0.7", 30))).isZero();

            assertThat(eth0.sent).hasSize(1);
            assertThat(Wire.data(eth0.sent.get(0))).isEqualTo(Skbs.count(0, 30));
        }

        @Test
        @DisplayName("the caller learns what the route says")
        void error() {
            sk_buff skb = Wire.packet("10.0.0.7", 30);
            skb_rtable(skb).output = s -> {
                kfree_skb(s);
                return -ENETDOWN;
            };

            assertThat(Output.ip_local_out(skb)).isEqualTo(-ENETDOWN);
        }
    }

    @Nested
    class ip_select_ttl {
        private int ttl(inet_sock sk) {
            rtable rt = Ipv4.route(init_net, "192.0.2.1");
            int ttl = Output.ip_select_ttl(sk, rt);
            ip_rt_put(rt);
            return ttl;
        }

        @Test
        @DisplayName("what the socket asks for, else the route's, else the default of the machine")
        void order() {
            inet_sock sk = Wire.sock();
            assertThat(ttl(sk)).isEqualTo(64);

            IpRoute.add(init_net, "192.0.2.0/24 via 10.0.0.254 hoplimit 7");
            assertThat(ttl(sk)).isEqualTo(7);

            sk.uc_ttl = 0;
            assertThat(ttl(sk)).isZero();
            sk.uc_ttl = 255;
            assertThat(ttl(sk)).isEqualTo(255);
        }
    }

    @Nested
    class ip_build_and_send_pkt {
        private raw_sock sk;

        @BeforeEach
        void socket() {
            sk = Wire.sock();
        }

        private byte[] send(ip_options opt) {
            sk_buff skb = Wire.payload(null, 20);
            skb_dst_set(skb, Ipv4.route(init_net, "10.0.0.7"));
            assertThat(Output.ip_build_and_send_pkt(skb, sk, Ipv4.ip("10.0.0.1"), Ipv4.ip("10.0.0.7"), opt)).isZero();
            assertThat(eth0.sent).hasSize(1);
            assertThat(Wire.data(eth0.sent.get(0))).isEqualTo(Skbs.count(0, 20));
            return eth0.sent.get(0);
        }

        @Test
        @DisplayName("a header of the addresses that the caller gives and the rest from the socket")
        void header() {
            sk.tos = 0x10;
            sk.uc_ttl = 9;

            iphdr iph = Wire.header(send(null));

            assertThat(iph.ihl()).isEqualTo(5);
            assertThat(iph.tos()).isEqualTo(0x10);
            assertThat(iph.ttl()).isEqualTo(9);
            assertThat(iph.saddr()).isEqualTo(Ipv4.ip("10.0.0.1"));
            assertThat(iph.daddr()).isEqualTo(Ipv4.ip("10.0.0.7"));
            assertThat(iph.protocol()).isEqualTo(Ipv4.IPPROTO_TEST);
        }

        @Test
        @DisplayName("with DF and id 0, as the socket is not connected")
        void df() {
            iphdr iph = Wire.header(send(null));

            assertThat(iph.frag_off()).isEqualTo(IP_DF);
            assertThat(iph.id()).isZero();
        }

        @Test
        @DisplayName("without DF if the socket does not discover the path MTU")
        void no_df() {
            sk.pmtudisc = IP_PMTUDISC_DONT;

            assertThat(Wire.header(send(null)).frag_off()).isZero();
        }

        @Test
        @DisplayName("a source route: to its first hop, and the destination at its end")
        void source_route() {
            iphdr iph = Wire.header(send(options(IPOPT_NOOP, IPOPT_LSRR, 7, 4, 10, 0, 0, 9)));

            assertThat(iph.ihl()).isEqualTo(7);
            assertThat(iph.daddr()).isEqualTo(Ipv4.ip("10.0.0.9"));
            assertThat(iph.b[21]).isEqualTo((byte) IPOPT_LSRR);
            assertThat(get32(iph.b, 24)).isEqualTo(Ipv4.ip("10.0.0.7"));
        }

        @Test
        @DisplayName("priority and mark of the socket are the packet's")
        void priority() {
            sk.sk_priority = 6;
            sk.sk_mark = 42;
            sk_buff skb = Wire.payload(null, 20);
            skb_dst_set(skb, Ipv4.route(init_net, "10.0.0.7"));
            skb_rtable(skb).output = s -> 17;

            assertThat(Output.ip_build_and_send_pkt(skb, sk, 1, 2, null)).isEqualTo(17);

            assertThat(skb.priority).isEqualTo(6);
            assertThat(skb.mark).isEqualTo(42);
            kfree_skb(skb);
        }
    }

    @Nested
    class ip_finish_output2 {
        private sk_buff toLoopback(int headroom) {
            sk_buff skb = Wire.packet("127.0.0.1", 40);
            sk_buff tight = skb_copy_expand(skb, headroom, 0, GFP_KERNEL);
            kfree_skb(skb);
            return tight;
        }

        @Test
        @DisplayName("without room for the link header in front the packet is moved, and stays its owner's")
        void moves() {
            Ipv4.Handler handler = Ipv4.handler();
            raw_sock sk = Wire.sock();
            sk_buff skb = toLoopback(0);
            skb_set_owner_w(skb, sk);
            List<Integer> charged = new ArrayList<>();
            sk.sk_write_space = s -> charged.add(s.sk_wmem_alloc);

            assertThat(Output.ip_finish_output2(skb)).isZero();

            assertThat(handler.received).hasSize(1);
            assertThat(sk.sk_wmem_alloc).isEqualTo(1);
            assertThat(charged).hasSize(2);
        }

        @Test
        @DisplayName("-ENOMEM if there is no memory to move it; it is gone")
        void no_memory() {
            sk_buff skb = toLoopback(0);
            Gfp.failNth(0);

            assertThat(Output.ip_finish_output2(skb)).isEqualTo(-ENOMEM);
        }

        @Test
        @DisplayName("the neighbour is the gateway, if there is one; it is made when it is needed first")
        void neighbour() {
            assertThat(__ipv4_neigh_lookup_noref(eth0.dev, Ipv4.ip("10.0.0.254"))).isNull();

            assertThat(Output.ip_finish_output2(Wire.packet("192.0.2.1", 1))).isZero();

            assertThat(__ipv4_neigh_lookup_noref(eth0.dev, Ipv4.ip("10.0.0.254"))).isNotNull();
            assertThat(__ipv4_neigh_lookup_noref(eth0.dev, Ipv4.ip("192.0.2.1"))).isNull();
            assertThat(eth0.sent).hasSize(1);
        }

        @Test
        @DisplayName("-EINVAL if no neighbour can be made; the packet is gone")
        void no_neighbour() {
            sk_buff skb = Wire.packet("10.0.0.7", 1);
            Gfp.failNth(0);

            assertThat(Output.ip_finish_output2(skb)).isEqualTo(-EINVAL);
            assertThat(eth0.sent).isEmpty();
        }

        @Test
        @DisplayName("multicasts and broadcasts are counted, with their bytes")
        void counted() {
            sk_buff skb = Wire.packet("10.0.0.255", 10);
            assertThat(Output.ip_finish_output2(skb)).isZero();
            assertThat(Wire.mib(IPSTATS_MIB_OUTBCASTPKTS)).isEqualTo(1);
            assertThat(Wire.mib(IPSTATS_MIB_OUTBCASTOCTETS)).isEqualTo(30);

            skb = Wire.packet("10.0.0.7", 10);
            int type = skb_rtable(skb).rt_type;
            skb_rtable(skb).rt_type = RTN_MULTICAST;
            rtable rt = skb_rtable(skb);
            assertThat(Output.ip_finish_output2(skb)).isZero();
            rt.rt_type = type;
            assertThat(Wire.mib(IPSTATS_MIB_OUTMCASTPKTS)).isEqualTo(1);
            assertThat(Wire.mib(IPSTATS_MIB_OUTMCASTOCTETS)).isEqualTo(30);
        }
    }

    @Nested
    class ip_finish_output {
        @Test
        @DisplayName("what is as large as the MTU goes as it is, one byte more in fragments")
        void mtu() {
            assertThat(Output.ip_finish_output(Wire.packet("10.0.0.7", 1480))).isZero();
            assertThat(eth0.sent).hasSize(1);
            eth0.sent.clear();

            assertThat(Output.ip_finish_output(Wire.packet("10.0.0.7", 1481))).isZero();
            assertThat(eth0.sent).hasSize(2);
            assertThat(Wire.joined(eth0.sent)).isEqualTo(Skbs.count(0, 1481));
        }

        @Test
        @DisplayName("what goes wrong below is told above, with and without fragments")
        void failure() {
            __neigh_create(Ipv4.ip("10.0.0.7"), eth0.dev, false).output = (neigh, s) -> {
                kfree_skb(s);
                return -ENOBUFS;
            };

            assertThat(Output.ip_finish_output(Wire.packet("10.0.0.7", 1480))).isEqualTo(-ENOBUFS);
            assertThat(Output.ip_finish_output(Wire.packet("10.0.0.7", 1481))).isEqualTo(-ENOBUFS);
        }

        @Test
        @DisplayName("a packet that a device will split is not fragmented")
        void gso() {
            sk_buff skb = Wire.packet("10.0.0.7", 3000);
            List<sk_buff> got = new ArrayList<>();
            skb.shinfo.gso_size = 1000;
            skb.shinfo.gso_segs = 3;
            neighbour n = __neigh_create(Ipv4.ip("10.0.0.7"), eth0.dev, false);
            n.output = (neigh, s) -> {
                got.add(s);
                return 0;
            };

            assertThat(Output.ip_finish_output(skb)).isZero();

            assertThat(got).containsExactly(skb);
            kfree_skb(skb);
        }
    }

    @Nested
    class ip_mc_output {
        private Ipv4.Handler handler;

        @BeforeEach
        void listen() {
            handler = Ipv4.handler();
        }

        private sk_buff multicast(int ttl) {
            flowi4 fl4 = new flowi4();
            fl4.flowic_oif = eth0.dev.ifindex;
            sk_buff skb = Ipv4.packet("10.0.0.1", "224.0.0.1", Ipv4.IPPROTO_TEST, (byte) 1, (byte) 2);
            ip_hdr(skb).ttl(ttl);
            Ipv4.sum(skb);
            rtable rt = Ipv4.route(init_net, fl4, "224.0.0.1");
            assertThat(rt.rt_flags & RTCF_MULTICAST).isNotZero();
            skb_dst_set(skb, rt);
            return skb;
        }

        @Test
        @DisplayName("a multicast goes out, and to those on this host who belong to the group")
        void loops() {
            assertThat(Output.ip_mc_output(multicast(1))).isZero();

            assertThat(eth0.sent).hasSize(1);
            assertThat(handler.received).hasSize(1);
            assertThat(Wire.mib(IPSTATS_MIB_OUTPKTS)).isEqualTo(1);
            assertThat(Wire.mib(IPSTATS_MIB_OUTOCTETS)).isEqualTo(22);
        }

        @Test
        @DisplayName("not to this host if the socket does not want it (IP_MULTICAST_LOOP)")
        void no_loop() {
            raw_sock sk = Wire.sock();
            sk.mc_loop = false;
            sk_buff skb = multicast(1);
            skb_set_owner_w(skb, sk);

            assertThat(Output.ip_mc_output(skb)).isZero();

            assertThat(eth0.sent).hasSize(1);
            assertThat(handler.received).isEmpty();
        }

        @Test
        @DisplayName("with TTL 0 not beyond this host")
        void ttl() {
            assertThat(Output.ip_mc_output(multicast(0))).isZero();

            assertThat(eth0.sent).isEmpty();
            assertThat(handler.received).hasSize(1);
        }

        @Test
        @DisplayName("a broadcast is for us too")
        void broadcast() {
            assertThat(Output.ip_mc_output(Wire.packet("10.0.0.255", 5))).isZero();

            assertThat(eth0.sent).hasSize(1);
            assertThat(handler.received).hasSize(1);
        }

        @Test
        @DisplayName("without memory for a copy only the others get it")
        void no_memory() {
            sk_buff skb = Wire.packet("10.0.0.255", 5);
            Gfp.failNth(0);

            assertThat(Output.ip_mc_output(skb)).isZero();

            assertThat(eth0.sent).hasSize(1);
            assertThat(handler.received).isEmpty();
        }
    }

    @Nested
    class ip_output {
        @Test
        @DisplayName("counts the packet and its bytes, and says what it is and where it goes")
        void counts() {
            sk_buff skb = Wire.packet("10.0.0.7", 30);
            skb.dev = null;
            skb.protocol = 0;
            neighbour n = __neigh_create(Ipv4.ip("10.0.0.7"), eth0.dev, false);
            n.output = (neigh, s) -> 0;

            assertThat(Output.ip_output(skb)).isZero();

            assertThat(skb.dev).isSameAs(eth0.dev);
            assertThat(skb.protocol).isEqualTo(ETH_P_IP);
            assertThat(Wire.mib(IPSTATS_MIB_OUTPKTS)).isEqualTo(1);
            assertThat(Wire.mib(IPSTATS_MIB_OUTOCTETS)).isEqualTo(50);
            kfree_skb(skb);
        }
    }

    @Nested
    class ip_copy_addrs {
        @Test
        @DisplayName("the addresses of the flow")
        void copies() {
            iphdr iph = new iphdr(new byte[20], 0);
            flowi4 fl4 = new flowi4();
            fl4.saddr = 0x01020304;
            fl4.daddr = 0xf0f1f2f3;

            Output.ip_copy_addrs(iph, fl4);

            assertThat(iph.saddr()).isEqualTo(0x01020304);
            assertThat(iph.daddr()).isEqualTo(0xf0f1f2f3);
        }
    }

    @Nested
    class ip_queue_xmit {
        private raw_sock sk;

        @BeforeEach
        void socket() {
            sk = Wire.connected("192.0.2.1");
        }

        @AfterEach
        void release() {
            sk_dst_reset(sk);
            assertThat(sk.sk_wmem_alloc).isEqualTo(1);
        }

        private int send() {
            return Output.ip_queue_xmit(Wire.payload(sk, 20), sk.cork.fl);
        }

        private iphdr sent() {
            assertThat(send()).isZero();
            return Wire.header(eth0.sent.get(eth0.sent.size() - 1));
        }

        @Test
        @DisplayName("the header of a connected socket's packet, with DF and the connection's own id")
        void header() {
            sk.tos = 0xb8;

            iphdr iph = sent();

            assertThat(iph.ihl()).isEqualTo(5);
            assertThat(iph.tos()).isEqualTo(0xb8);
            assertThat(iph.frag_off()).isEqualTo(IP_DF);
            assertThat(iph.id()).isEqualTo(100);
            assertThat(iph.ttl()).isEqualTo(64);
            assertThat(iph.protocol()).isEqualTo(Ipv4.IPPROTO_TEST);
            assertThat(iph.saddr()).isEqualTo(Ipv4.ip("10.0.0.1"));
            assertThat(iph.daddr()).isEqualTo(Ipv4.ip("192.0.2.1"));
            assertThat(sent().id()).isEqualTo(101);
        }

        @Test
        @DisplayName("the route is looked for once, and the socket learns what its device can do")
        void route() {
            assertThat(sk.sk_dst_cache).isNull();
            sent();
            assertThat(sk.sk_dst_cache).isNotNull();
            assertThat(sk.sk_route_caps).isNotZero();
            rtable rt = (rtable) sk.sk_dst_cache;
            int refs = rt.__refcnt;

            sent();

            assertThat(sk.sk_dst_cache).isSameAs(rt);
            assertThat(rt.__refcnt).isEqualTo(refs);
        }

        @Test
        @DisplayName("a route that is not good any more is replaced")
        void stale() {
            sent();
            Nic eth1 = Nic.up("eth1", "10.1.0.1/24");
            IpRoute.add(init_net, "192.0.2.0/24 via 10.1.0.254");

            assertThat(send()).isZero();

            assertThat(eth1.sent).hasSize(1);
            assertThat(sk.sk_dst_cache.dev).isSameAs(eth1.dev);
        }

        @Test
        @DisplayName("without a route, -EHOSTUNREACH: the packet is gone and counted")
        void no_route() {
            IpRoute.del(init_net, "default via 10.0.0.254");

            assertThat(send()).isEqualTo(-EHOSTUNREACH);

            assertThat(Wire.mib(IPSTATS_MIB_OUTNOROUTES)).isEqualTo(1);
            assertThat(sk.sk_dst_cache).isNull();
        }

        @Test
        @DisplayName("a packet that has a route keeps it")
        void routed() {
            sk_buff skb = Wire.payload(sk, 20);
            skb_dst_set(skb, Ipv4.route(init_net, "10.0.0.7"));
            sk.cork.fl.saddr = 1;
            sk.cork.fl.daddr = 2;

            assertThat(Output.ip_queue_xmit(skb, sk.cork.fl)).isZero();

            assertThat(sk.sk_dst_cache).isNull();
            assertThat(Wire.header(eth0.sent.get(0)).daddr()).isEqualTo(2);
        }

        @Test
        @DisplayName("no DF if the socket does not want it, if the packet may be fragmented, if the MTU is locked")
        void df() {
            sk.pmtudisc = IP_PMTUDISC_DONT;
            assertThat(sent().frag_off()).isZero();

            sk.pmtudisc = IP_PMTUDISC_WANT;
            sk_buff skb = Wire.payload(sk, 20);
            skb.local_df = true;
            assertThat(Output.ip_queue_xmit(skb, sk.cork.fl)).isZero();
            assertThat(Wire.header(eth0.sent.get(1)).frag_off()).isZero();

            IpRoute.add(init_net, "192.0.2.0/24 via 10.0.0.254 mtu lock 1000");
            assertThat(sent().frag_off()).isZero();
        }

        @Test
        @DisplayName("a packet that stands for several takes as many ids")
        void ids() {
            sk_buff skb = Wire.payload(sk, 20);
            skb.shinfo.gso_segs = 5;
            assertThat(Output.ip_queue_xmit(skb, sk.cork.fl)).isZero();

            assertThat(sent().id()).isEqualTo(105);
        }

        @Test
        @DisplayName("a source route leads to its first hop; a strict one must not lead over a gateway")
        void source_route() {
            sk.inet_opt = options(IPOPT_NOOP, IPOPT_LSRR, 7, 4, 10, 0, 0, 9);
            iphdr iph = sent();
            assertThat(iph.ihl()).isEqualTo(7);
            assertThat(iph.daddr()).isEqualTo(Ipv4.ip("10.0.0.9"));
            assertThat(get32(iph.b, 24)).isEqualTo(Ipv4.ip("192.0.2.1"));

            sk_dst_reset(sk);
            sk.inet_opt = options(IPOPT_NOOP, IPOPT_SSRR, 7, 4, 192, 0, 2, 9);
            assertThat(send()).isEqualTo(-EHOSTUNREACH);

            sk_dst_reset(sk);
            sk.inet_opt = options(IPOPT_NOOP, IPOPT_SSRR, 7, 4, 10, 0, 0, 9);
            assertThat(send()).isZero();
        }

        @Test
        @DisplayName("priority and mark of the socket are the packet's")
        void priority() {
            sk.sk_priority = 6;
            sk.sk_mark = 42;
            sk_buff skb = Wire.payload(sk, 20);
            neighbour n = __neigh_create(Ipv4.ip("10.0.0.254"), eth0.dev, false);
            n.output = (neigh, s) -> 0;

            assertThat(Output.ip_queue_xmit(skb, sk.cork.fl)).isZero();

            assertThat(skb.priority).isEqualTo(6);
            assertThat(skb.mark).isEqualTo(42);
            kfree_skb(skb);
        }
    }
}
