// SPDX-License-Identifier: GPL-2.0-only
package ip_output;

import static linux.err.Err.IS_ERR;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.ip.IpHdr.ip_hdr;
import static linux.skbuff.Cb.IPCB;
import static linux.skbuff.Free.kfree_skb;
import static linux.types.Be.get32;
import static linux.types.Be.put16;
import static linux.types.Be.put32;
import static net.checksum.Csum.csum_fold;
import static net.checksum.Csum.csum_partial;
import static net.checksum.Csum.csum_tcpudp_magic;
import static net.checksum.Csum.csum_tcpudp_nofold;
import static net.ip.IpPacket.IP_DF;
import static net.neighbour.Neigh.__neigh_create;
import static net.net_namespace.NetNs.init_net;
import static net.route.Route.ip_rt_put;
import static org.assertj.core.api.Assertions.assertThat;
import static route.Input.ip_route_input_noref;
import static uapi.linux.in.In.INADDR_LOOPBACK;
import static uapi.linux.in.In.IPPROTO_TCP;
import static uapi.linux.ip.Ip.IPOPT_LSRR;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;

import fib_frontend.IpRoute;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import net.flow.flowi4;
import net.ip.ip_reply_arg;
import net.ip.ipcm_cookie;
import net.neighbour.neighbour;
import net.route.rtable;
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
class ReplyTest {
    private Nic eth0;

    @BeforeEach
    void network() {
        eth0 = Nic.up("eth0", "10.0.0.1/24");
        assertThat(IpRoute.add(init_net, "default via 10.0.0.254")).isZero();
    }

    @Nested
    class ip_reply_glue_bits {
        @Test
        @DisplayName("copies a piece of the array, and adds its sum where it belongs")
        void copies() {
            byte[] from = Skbs.count(1, 40);
            byte[] to = new byte[50];
            sk_buff skb = Skbs.linear(0);

            assertThat(Reply.ip_reply_glue_bits(from, to, 3, 10, 7, 0, skb)).isZero();
            assertThat(Arrays.copyOfRange(to, 3, 10)).isEqualTo(Skbs.count(11, 7));
            assertThat(Reply.ip_reply_glue_bits(from, to, 10, 17, 8, 7, skb)).isZero();

            assertThat(csum_fold(skb.csum)).isEqualTo(csum_fold(csum_partial(from, 10, 15, 0)));
            kfree_skb(skb);
        }
    }

    @Nested
    class ip_send_unicast_reply {
        private final ip_reply_arg arg = new ip_reply_arg();

        /** A segment from 192.0.2.1:5555 to 10.0.0.1:80, as it was routed when it came in. */
        private sk_buff segment(byte... options) {
            byte[] tcp = new byte[20];
            put32(tcp, 0, 5555 << 16 | 80);
            tcp[12] = 0x50;
            sk_buff skb = Ipv4.packet("192.0.2.1", "10.0.0.1", IPPROTO_TCP, options, 0, tcp);
            skb.dev = eth0.dev;
            skb.transport_header = skb.network_header + 20 + options.length;
            assertThat(ip_route_input_noref(skb, Ipv4.ip("10.0.0.1"), Ipv4.ip("192.0.2.1"), 0, eth0.dev)).isZero();
            return skb;
        }

        /** Replies with a TCP header of {@code n} bytes. */
        private void reply(sk_buff skb, int n) {
            int saddr = Ipv4.ip("10.0.0.1");
            int daddr = Ipv4.ip("192.0.2.1");
            arg.iov_base = Skbs.count(0, n);
            put16(arg.iov_base, 16, 0);
            arg.iov_len = n;
            arg.csum = csum_tcpudp_nofold(saddr, daddr, n, IPPROTO_TCP, 0);
            arg.csumoffset = 8;
            local_bh_disable();
            Reply.ip_send_unicast_reply(init_net, skb, daddr, saddr, arg, n);
            local_bh_enable();
        }

        @Test
        @DisplayName("the header that the caller made, with the right checksum, back to where the segment came from")
        void replies() {
            sk_buff skb = segment();
            arg.tos = 0x10;

            reply(skb, 32);

            assertThat(eth0.sent).hasSize(1);
            iphdr iph = Wire.header(eth0.sent.get(0));
            assertThat(iph.saddr()).isEqualTo(Ipv4.ip("10.0.0.1"));
            assertThat(iph.daddr()).isEqualTo(Ipv4.ip("192.0.2.1"));
            assertThat(iph.protocol()).isEqualTo(IPPROTO_TCP);
            assertThat(iph.tos()).isEqualTo(0x10);
            assertThat(iph.ttl()).isEqualTo(64);
            assertThat(iph.frag_off()).isEqualTo(IP_DF);
            byte[] tcp = Wire.data(eth0.sent.get(0));
            int sum = csum_partial(tcp, 0, 32, 0);
            assertThat(csum_tcpudp_magic(iph.saddr(), iph.daddr(), 32, IPPROTO_TCP, sum)).isZero();
            put16(tcp, 16, 0);
            assertThat(tcp).isEqualTo(arg.iov_base);
            assertThat(Reply.unicast_sock.sk_wmem_alloc).isEqualTo(1);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a checksum of the caller's own is left as it is")
        void no_checksum() {
            sk_buff skb = segment();
            arg.iov_base = Skbs.count(0, 20);
            arg.csumoffset = -1;
            local_bh_disable();
            Reply.ip_send_unicast_reply(init_net, skb, Ipv4.ip("192.0.2.1"), Ipv4.ip("10.0.0.1"), arg, 20);
            local_bh_enable();

            assertThat(Wire.data(eth0.sent.get(0))).isEqualTo(Skbs.count(0, 20));
            kfree_skb(skb);
        }

        @Test
        @DisplayName("the priority of the segment is that of the answer, and its queue too")
        void priority() {
            sk_buff skb = segment();
            skb.priority = 6;
            skb.queue_mapping = 3;
            List<Integer> got = new ArrayList<>();
            neighbour n = __neigh_create(Ipv4.ip("10.0.0.254"), eth0.dev, false);
            n.output = (neigh, s) -> {
                got.add(s.priority);
                got.add(s.queue_mapping);
                assertThat(s.sk).isNull();
                kfree_skb(s);
                return 0;
            };

            reply(skb, 20);

            assertThat(got).containsExactly(6, 3);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a source route is gone back")
        void source_route() {
            // The packet came by 203.0.113.9, the last hop, and has arrived.
            byte[] lsrr = {(byte) IPOPT_LSRR, 7, 8, (byte) 203, 0, 113, 9, 0};
            sk_buff skb = segment(lsrr);
            IPCB(skb).opt.optlen = 8;
            IPCB(skb).opt.srr = 20;

            reply(skb, 20);

            iphdr iph = Wire.header(eth0.sent.get(0));
            assertThat(iph.daddr()).isEqualTo(Ipv4.ip("203.0.113.9"));
            assertThat(iph.ihl()).isEqualTo(7);
            assertThat(get32(iph.b, 23)).isEqualTo(Ipv4.ip("192.0.2.1"));
            kfree_skb(skb);
        }

        @Test
        @DisplayName("without a route back nothing is sent")
        void no_route() {
            sk_buff skb = segment();
            IpRoute.del(init_net, "default via 10.0.0.254");

            reply(skb, 20);

            assertThat(eth0.sent).isEmpty();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("without memory neither, and the next answer is not disturbed")
        void no_memory() {
            sk_buff skb = segment();
            ip_rt_put(Ipv4.route(init_net, "192.0.2.1"));
            Gfp.failNth(0);
            reply(skb, 20);
            assertThat(eth0.sent).isEmpty();
            assertThat(Reply.unicast_sock.cork.dst).isNull();

            reply(skb, 24);
            assertThat(Wire.data(eth0.sent.get(0))).hasSize(24);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("an answer to a program on this host reaches it within the call")
        void local() {
            Ipv4.Handler handler = Ipv4.handler();
            sk_buff skb = Wire.packet("127.0.0.1", 20);
            put32(skb.head, skb.transport_header, 5555 << 16 | 80);
            arg.iov_base = Skbs.count(0, 20);
            arg.csumoffset = -1;

            local_bh_disable();
            Reply.ip_send_unicast_reply(init_net, skb, INADDR_LOOPBACK, INADDR_LOOPBACK, arg, 20);
            local_bh_enable();

            assertThat(handler.received).hasSize(1);
            kfree_skb(skb);
        }
    }

    @Nested
    class ip_init {
        @Test
        @DisplayName("has started routing and addresses when the machine is up")
        void started() {
            rtable rt = Ipv4.route(init_net, "127.0.0.1");

            assertThat(IS_ERR(rt)).isFalse();
            assertThat(rt.dev).isSameAs(init_net.loopback_dev);
            assertThat(init_net.ipv4.peers).isNotNull();
            ip_rt_put(rt);
        }
    }

    @Nested
    class ip_finish_skb {
        @Test
        @DisplayName("the datagram on the write queue of the socket")
        void finishes() {
            raw_sock sk = Wire.sock();
            flowi4 fl4 = new flowi4();
            ipcm_cookie ipc = new ipcm_cookie();
            Ref<rtable> rt = new Ref<>(Ipv4.route(init_net, fl4, "10.0.0.7"));
            assertThat(Append.ip_append_data(sk, fl4, Reply::ip_reply_glue_bits, Skbs.count(0, 30), 30, 0, ipc, rt,
                    MSG_DONTWAIT)).isZero();

            sk_buff skb = Reply.ip_finish_skb(sk, fl4);

            assertThat(skb.len).isEqualTo(50);
            assertThat(ip_hdr(skb).daddr()).isEqualTo(Ipv4.ip("10.0.0.7"));
            kfree_skb(skb);
            assertThat(Reply.ip_finish_skb(sk, fl4)).isNull();
        }
    }
}
