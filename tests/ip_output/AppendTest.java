// SPDX-License-Identifier: GPL-2.0-only
package ip_output;

import static ip_output.Wire.header;
import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EMSGSIZE;
import static linux.errno.Errno.ENETDOWN;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.ENOMEM;
import static linux.ip.IpHdr.ip_hdr;
import static linux.netdev_features.NetdevFeatures.NETIF_F_HW_CSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_SG;
import static linux.netdevice.Netdev.LL_RESERVED_SPACE;
import static linux.netdevice.Netdev.NET_XMIT_CN;
import static linux.netdevice.Netdev.NET_XMIT_DROP;
import static linux.sched.Sched.current;
import static linux.skbuff.Data.skb_headroom;
import static linux.skbuff.Data.skb_tailroom;
import static linux.skbuff.Dst.skb_dst;
import static linux.skbuff.Dst.skb_rtable;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static net.checksum.Csum.csum_block_add;
import static net.checksum.Csum.csum_fold;
import static net.checksum.Csum.csum_partial;
import static net.dst.Garbage.dst_release;
import static net.inet_sock.inet_cork.IPCORK_OPT;
import static net.ip.IpPacket.IP_DF;
import static net.neighbour.Neigh.__neigh_create;
import static net.net_namespace.NetNs.init_net;
import static net.route.Route.ip_rt_put;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.icmp;
import static testing.MptcpSockets.free;
import static uapi.linux.in.In.IPPROTO_ICMP;
import static uapi.linux.in.In.IP_PMTUDISC_DO;
import static uapi.linux.in.In.IP_PMTUDISC_DONT;
import static uapi.linux.in.In.IP_PMTUDISC_PROBE;
import static uapi.linux.in.In.IP_PMTUDISC_WANT;
import static uapi.linux.rtnetlink.Rt.RTN_MULTICAST;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTDISCARDS;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;
import static uapi.linux.socket.SocketOpt.MSG_MORE;
import static uapi.linux.socket.SocketOpt.MSG_PROBE;

import fib_frontend.IpRoute;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import net.dst.dst_entry;
import net.flow.flowi4;
import net.inet_sock.ip_options;
import net.ip.GetFrag;
import net.ip.ipcm_cookie;
import net.route.rtable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import raw.raw_sock;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;
import testing.Skbs;
import uapi.linux.ip.iphdr;

@KernelTest
class AppendTest {
    private Nic eth0;
    private raw_sock sk;
    private final flowi4 fl4 = new flowi4();
    private final ipcm_cookie ipc = new ipcm_cookie();

    @BeforeEach
    void network() {
        eth0 = Nic.up("eth0", "10.0.0.1/24");
        sk = Wire.sock();
        sk.pmtudisc = IP_PMTUDISC_DONT;
        ipc.tos = -1;
    }

    @AfterEach
    void flush() {
        if (sk.cork.dst != null) {
            Append.ip_flush_pending_frames(sk);
        }
        assertThat(sk.sk_wmem_alloc).isEqualTo(1);
    }

    /** Numbered bytes, of which {@code offset} says the first; sums up as the kernel's own do. */
    private static int numbers(Object from, byte[] to, int to_at, int offset, int len, int odd, sk_buff skb) {
        System.arraycopy(Skbs.count(offset, len), 0, to, to_at, len);
        skb.csum = csum_block_add(skb.csum, csum_partial(to, to_at, len, 0), odd);
        return 0;
    }

    private int append(int length, int transhdrlen, int flags, GetFrag getfrag) {
        Ref<rtable> rt = new Ref<>(Ipv4.route(init_net, fl4, "10.0.0.7"));
        int err = Append.ip_append_data(sk, fl4, getfrag, null, length, transhdrlen, ipc, rt, flags);
        ip_rt_put(rt.val);
        return err;
    }

    private int append(int length) {
        return append(length, 0, MSG_DONTWAIT, AppendTest::numbers);
    }

    private List<sk_buff> queue() {
        List<sk_buff> q = new ArrayList<>();
        for (sk_buff s = sk.sk_write_queue.next; s != null; s = s.next) {
            q.add(s);
        }
        return q;
    }

    /** All that lies on the queue, without the room for headers; the sum of each packet is that of its bytes. */
    private byte[] payload() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (sk_buff s : queue()) {
            byte[] b = Skbs.bytes(s);
            byte[] data = Arrays.copyOfRange(b, 20, b.length);
            assertThat(csum_fold(s.csum)).isEqualTo(csum_fold(csum_partial(data, 0, data.length, 0)));
            all.writeBytes(data);
        }
        return all.toByteArray();
    }

    /** Appends {@code n} bytes that go on counting where the queue ends. */
    private int more(int n) {
        int at = sk.cork.length;
        return append(n, 0, MSG_DONTWAIT | MSG_MORE,
                (from, to, to_at, offset, len, odd, skb) -> numbers(from, to, to_at, at + offset, len, odd, skb));
    }

    @Nested
    class __ip_append_data {
        @Test
        @DisplayName("one packet with room for the header in front, charged to the socket")
        void one() {
            assertThat(append(100)).isZero();

            sk_buff skb = sk.sk_write_queue.next;
            assertThat(queue()).containsExactly(skb);
            assertThat(skb.len).isEqualTo(120);
            assertThat(skb.network_header).isEqualTo(skb.data);
            assertThat(skb.transport_header).isEqualTo(skb.data + 20);
            assertThat(skb_headroom(skb)).isGreaterThanOrEqualTo(LL_RESERVED_SPACE(eth0.dev));
            assertThat(payload()).isEqualTo(Skbs.count(0, 100));
            assertThat(skb.ip_summed).isEqualTo(CHECKSUM_NONE);
            assertThat(sk.cork.length).isEqualTo(100);
            assertThat(sk.sk_wmem_alloc).isEqualTo(1 + skb.truesize);
        }

        @Test
        @DisplayName("as many packets as fragments will be sent")
        void several() {
            assertThat(append(4000)).isZero();

            assertThat(queue()).extracting(s -> s.len).containsExactly(1500, 1500, 1060);
            assertThat(payload()).isEqualTo(Skbs.count(0, 4000));
        }

        @Test
        @DisplayName("with options their headers are larger")
        void options() {
            ipc.opt = new ip_options();
            ipc.opt.optlen = 12;
            ipc.opt.__data = new byte[40];

            assertThat(append(3000)).isZero();

            assertThat(queue()).extracting(s -> s.len).containsExactly(1496, 1496, 104);
            assertThat(sk.sk_write_queue.next.transport_header - sk.sk_write_queue.next.network_header).isEqualTo(32);
        }

        @Test
        @DisplayName("the last packet may be as large as the MTU; if more comes, what exceeds a multiple of 8 moves on")
        void gap() {
            eth0.dev.mtu = 1003;
            assertThat(append(983, 0, MSG_DONTWAIT | MSG_MORE, AppendTest::numbers)).isZero();
            assertThat(queue()).extracting(s -> s.len).containsExactly(1003);

            assertThat(more(50)).isZero();

            assertThat(queue()).extracting(s -> s.len).containsExactly(996, 77);
            assertThat(payload()).isEqualTo(Skbs.count(0, 1033));
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 2, 7, 8, 99})
        @DisplayName("small pieces one after the other: the tailroom that MSG_MORE asked for is filled up")
        void tailroom(int piece) {
            assertThat(append(piece, 0, MSG_DONTWAIT | MSG_MORE, AppendTest::numbers)).isZero();
            sk_buff first = sk.sk_write_queue.next;
            assertThat(skb_tailroom(first)).isGreaterThanOrEqualTo(1480 - piece);

            while (sk.cork.length < 2000) {
                assertThat(more(piece)).isZero();
            }

            assertThat(queue()).hasSize(2);
            assertThat(queue().get(0)).isSameAs(first);
            assertThat(first.data_len).isZero();
            assertThat(payload()).isEqualTo(Skbs.count(0, sk.cork.length));
        }

        @Test
        @DisplayName("if the device can gather, what is appended lies in pages")
        void pages() {
            eth0.dev.features |= NETIF_F_SG;
            assertThat(append(99)).isZero();

            for (int i = 0; i < 5; i++) {
                assertThat(more(201)).isZero();
            }

            sk_buff skb = sk.sk_write_queue.next;
            assertThat(queue()).hasSize(1);
            assertThat(skb.data_len).isEqualTo(1005);
            assertThat(skb.shinfo.nr_frags).isEqualTo(1);
            assertThat(payload()).isEqualTo(Skbs.count(0, 1104));
            assertThat(sk.sk_wmem_alloc).isEqualTo(1 + skb.truesize);
        }

        @Test
        @DisplayName("no more than 17 pieces of pages: -EMSGSIZE, and what was there stays")
        void pieces() {
            eth0.dev.features |= NETIF_F_SG;
            assertThat(append(20)).isZero();
            for (int i = 0; i < 17; i++) {
                assertThat(more(1)).isZero();
                // Somebody else sends from the page: the next piece does not continue the last one.
                current.task_frag.offset++;
            }

            assertThat(more(1)).isEqualTo(-EMSGSIZE);

            assertThat(sk.cork.length).isEqualTo(37);
            assertThat(payload()).isEqualTo(Skbs.count(0, 37));
        }

        @Test
        @DisplayName("more than 64 KB with the header: -EMSGSIZE")
        void too_large() {
            sk.sk_sndbuf = 1_000_000;
            assertThat(append(65_516)).isEqualTo(-EMSGSIZE);
            assertThat(sk.sk_write_queue.next).isNull();
            Append.ip_flush_pending_frames(sk);

            assertThat(append(65_515)).isZero();
            assertThat(more(1)).isEqualTo(-EMSGSIZE);
        }

        @Test
        @DisplayName("more than the MTU if the path MTU is being discovered by force: -EMSGSIZE")
        void force() {
            sk.pmtudisc = IP_PMTUDISC_DO;
            assertThat(append(1481)).isEqualTo(-EMSGSIZE);
            Append.ip_flush_pending_frames(sk);
            assertThat(append(1480)).isZero();
        }

        @Test
        @DisplayName("the checksum is left to the device if there is a transport header and all fits into one packet")
        void offload() {
            eth0.dev.features |= NETIF_F_HW_CSUM;
            assertThat(append(1480, 8, MSG_DONTWAIT, AppendTest::numbers)).isZero();
            assertThat(sk.sk_write_queue.next.ip_summed).isEqualTo(CHECKSUM_PARTIAL);
            Append.ip_flush_pending_frames(sk);

            assertThat(append(1481, 8, MSG_DONTWAIT, AppendTest::numbers)).isZero();
            assertThat(sk.sk_write_queue.next.ip_summed).isEqualTo(CHECKSUM_NONE);
            Append.ip_flush_pending_frames(sk);

            assertThat(append(100, 0, MSG_DONTWAIT, AppendTest::numbers)).isZero();
            assertThat(sk.sk_write_queue.next.ip_summed).isEqualTo(CHECKSUM_NONE);
        }

        @Test
        @DisplayName("the transport header is left for the caller to fill in")
        void transport_header() {
            assertThat(append(28, 8, MSG_DONTWAIT, AppendTest::numbers)).isZero();

            byte[] b = Skbs.bytes(sk.sk_write_queue.next);
            assertThat(b).hasSize(48);
            assertThat(Arrays.copyOfRange(b, 28, 48)).isEqualTo(Skbs.count(0, 20));
        }

        @Test
        @DisplayName("-EFAULT if data cannot be copied, wherever it was to go; what was there before stays")
        void fault() {
            GetFrag bad = (from, to, to_at, offset, len, odd, skb) -> -1;
            assertThat(append(10, 0, MSG_DONTWAIT, bad)).isEqualTo(-EFAULT);
            assertThat(sk.sk_write_queue.next).isNull();
            assertThat(Wire.mib(IPSTATS_MIB_OUTDISCARDS)).isEqualTo(1);
            assertThat(sk.cork.length).isZero();
            Append.ip_flush_pending_frames(sk);

            assertThat(append(10, 0, MSG_DONTWAIT | MSG_MORE, AppendTest::numbers)).isZero();
            assertThat(append(10, 0, MSG_DONTWAIT, bad)).isEqualTo(-EFAULT);
            assertThat(sk.sk_write_queue.next.len).isEqualTo(30);

            eth0.dev.features |= NETIF_F_SG;
            assertThat(append(10, 0, MSG_DONTWAIT, bad)).isEqualTo(-EFAULT);
            assertThat(sk.sk_write_queue.next.len).isEqualTo(30);
            assertThat(sk.cork.length).isEqualTo(10);
        }

        @Test
        @DisplayName("-ENOBUFS without memory, or if twice the send buffer is in use; -ENOMEM without a page")
        void memory() {
            ip_rt_put(Ipv4.route(init_net, fl4, "10.0.0.7"));
            Gfp.inject((gfp, n) -> true);
            assertThat(append(10)).isEqualTo(-ENOBUFS);
            Gfp.inject(null);
            Append.ip_flush_pending_frames(sk);

            sk.sk_sndbuf = 1000;
            assertThat(append(4400)).isEqualTo(-ENOBUFS);
            assertThat(queue()).hasSize(1);
            assertThat(sk.cork.length).isEqualTo(1480);

            Append.ip_flush_pending_frames(sk);
            sk.sk_sndbuf = 100_000;
            eth0.dev.features |= NETIF_F_SG;
            assertThat(append(10)).isZero();
            Gfp.inject((gfp, n) -> true);
            assertThat(append(10)).isEqualTo(-ENOMEM);
            Gfp.inject(null);
        }

        @Test
        @DisplayName("with a transport header it may wait for room, and says why it did not")
        void may_wait() {
            sk.sk_err = 111;
            assertThat(append(10, 8, MSG_DONTWAIT, AppendTest::numbers)).isEqualTo(-111);
        }

        @Test
        @DisplayName("only the first packet is stamped")
        void stamped() {
            ipc.tx_flags = 1;
            assertThat(append(2000, 8, MSG_DONTWAIT, AppendTest::numbers)).isZero();

            assertThat(queue()).extracting(s -> s.shinfo.tx_flags).containsExactly(1, 0);
        }
    }

    @Nested
    class ip_setup_cork {
        private Ref<rtable> rt() {
            return new Ref<>(Ipv4.route(init_net, fl4, "10.0.0.7"));
        }

        @Test
        @DisplayName("notes what was asked for, and takes the route over")
        void notes() {
            Ref<rtable> rt = rt();
            rtable route = rt.val;
            int refs = route.__refcnt;
            ipc.ttl = 7;
            ipc.tos = 8;
            ipc.priority = 9;
            ipc.tx_flags = 1;
            sk.cork.length = 55;

            assertThat(Append.ip_setup_cork(sk, sk.cork, ipc, rt)).isZero();

            assertThat(rt.val).isNull();
            assertThat(sk.cork.dst).isSameAs(route);
            assertThat(route.__refcnt).isEqualTo(refs);
            assertThat(sk.cork.fragsize).isEqualTo(1500);
            assertThat(sk.cork.length).isZero();
            assertThat(sk.cork.ttl).isEqualTo(7);
            assertThat(sk.cork.tos).isEqualTo(8);
            assertThat(sk.cork.priority).isEqualTo(9);
            assertThat(sk.cork.tx_flags).isEqualTo(1);
            assertThat(sk.cork.flags & IPCORK_OPT).isZero();
        }

        @Test
        @DisplayName("the MTU of the path, or that of the device if the socket probes for itself")
        void mtu() {
            IpRoute.add(init_net, "10.0.0.7/32 dev eth0 mtu 600");
            assertThat(Append.ip_setup_cork(sk, sk.cork, ipc, rt())).isZero();
            assertThat(sk.cork.fragsize).isEqualTo(600);
            dst_release(sk.cork.dst);

            sk.pmtudisc = IP_PMTUDISC_PROBE;
            assertThat(Append.ip_setup_cork(sk, sk.cork, ipc, rt())).isZero();
            assertThat(sk.cork.fragsize).isEqualTo(1500);
        }

        @Test
        @DisplayName("has a copy of the options")
        void options() {
            ipc.opt = new ip_options();
            ipc.opt.optlen = 4;
            ipc.opt.__data = new byte[] {1, 1, 1, 0};
            ipc.addr = 77;

            assertThat(Append.ip_setup_cork(sk, sk.cork, ipc, rt())).isZero();

            assertThat(sk.cork.opt).isNotSameAs(ipc.opt);
            assertThat(sk.cork.opt.optlen).isEqualTo(4);
            assertThat(sk.cork.opt.__data).isEqualTo(ipc.opt.__data).isNotSameAs(ipc.opt.__data);
            assertThat(sk.cork.addr).isEqualTo(77);
            assertThat(sk.cork.flags & IPCORK_OPT).isNotZero();
        }

        @Test
        @DisplayName("-ENOBUFS without memory for them, -EFAULT without a route: the route stays the caller's")
        void errors() {
            ipc.opt = new ip_options();
            Ref<rtable> rt = rt();
            Gfp.failNth(0);
            assertThat(Append.ip_setup_cork(sk, sk.cork, ipc, rt)).isEqualTo(-ENOBUFS);
            assertThat(rt.val).isNotNull();
            ip_rt_put(rt.val);

            assertThat(Append.ip_setup_cork(sk, sk.cork, new ipcm_cookie(), new Ref<>())).isEqualTo(-EFAULT);
        }
    }

    @Nested
    class ip_append_data {
        @Test
        @DisplayName("the first piece begins the datagram; later ones keep its route and have no transport header")
        void begins() {
            assertThat(append(28, 8, MSG_DONTWAIT | MSG_MORE, AppendTest::numbers)).isZero();
            dst_entry dst = sk.cork.dst;

            assertThat(append(28, 8, MSG_DONTWAIT, AppendTest::numbers)).isZero();

            assertThat(sk.cork.dst).isSameAs(dst);
            assertThat(sk.cork.length).isEqualTo(56);
            assertThat(sk.sk_write_queue.next.len).isEqualTo(76);
        }

        @Test
        @DisplayName("MSG_PROBE does nothing")
        void probe() {
            assertThat(append(28, 8, MSG_PROBE, AppendTest::numbers)).isZero();

            assertThat(sk.cork.dst).isNull();
            assertThat(sk.sk_write_queue.next).isNull();
        }

        @Test
        @DisplayName("-EFAULT without a route")
        void no_route() {
            assertThat(Append.ip_append_data(sk, fl4, AppendTest::numbers, null, 10, 0, ipc, new Ref<>(), 0))
                    .isEqualTo(-EFAULT);
        }
    }

    @Nested
    class ip_cork_release {
        @Test
        @DisplayName("lets go of options and route")
        void releases() {
            rtable rt = Ipv4.route(init_net, fl4, "10.0.0.7");
            int refs = rt.__refcnt;
            sk.cork.dst = rt;
            sk.cork.opt = new ip_options();
            sk.cork.flags = IPCORK_OPT | 2;

            Append.ip_cork_release(sk.cork);

            assertThat(sk.cork.opt).isNull();
            assertThat(sk.cork.dst).isNull();
            assertThat(sk.cork.flags).isEqualTo(2);
            assertThat(rt.__refcnt).isEqualTo(refs - 1);
        }
    }

    @Nested
    class __ip_make_skb {
        private sk_buff made;

        @AfterEach
        void free() {
            kfree_skb(made);
        }

        private iphdr make(int n) {
            assertThat(append(n)).isZero();
            made = Append.__ip_make_skb(sk, fl4, sk.sk_write_queue, sk.cork);
            return ip_hdr(made);
        }

        @Test
        @DisplayName("nothing of nothing")
        void nothing() {
            assertThat(Append.__ip_make_skb(sk, fl4, sk.sk_write_queue, sk.cork)).isNull();
        }

        @Test
        @DisplayName("all pieces hang on the first, which pays for them")
        void one() {
            make(4000);

            assertThat(sk.sk_write_queue.next).isNull();
            assertThat(made.len).isEqualTo(4020);
            byte[] b = Skbs.bytes(made);
            assertThat(Arrays.copyOfRange(b, 20, 4020)).isEqualTo(Skbs.count(0, 4000));
            sk_buff second = made.shinfo.frag_list;
            assertThat(second.sk).isNull();
            assertThat(second.next.next).isNull();
            assertThat(sk.sk_wmem_alloc).isEqualTo(1 + made.truesize);
        }

        @Test
        @DisplayName("the header: addresses of the flow, the rest of the socket")
        void header() {
            sk.tos = 0x10;
            sk.sk_priority = 6;
            sk.sk_mark = 42;

            iphdr iph = make(100);

            assertThat(iph.version()).isEqualTo(4);
            assertThat(iph.ihl()).isEqualTo(5);
            assertThat(iph.saddr()).isEqualTo(Ipv4.ip("10.0.0.1"));
            assertThat(iph.daddr()).isEqualTo(Ipv4.ip("10.0.0.7"));
            assertThat(iph.protocol()).isEqualTo(Ipv4.IPPROTO_TEST);
            assertThat(iph.tos()).isEqualTo(0x10);
            assertThat(iph.ttl()).isEqualTo(64);
            assertThat(made.priority).isEqualTo(6);
            assertThat(made.mark).isEqualTo(42);
            assertThat(skb_dst(made)).isNotNull();
            assertThat(sk.cork.dst).isNull();
        }

        @Test
        @DisplayName("TTL and TOS that were asked for with this datagram come first")
        void asked_for() {
            sk.tos = 0x10;
            sk.uc_ttl = 3;
            ipc.ttl = 9;
            ipc.tos = 0x20;
            ipc.priority = 5;

            iphdr iph = make(100);

            assertThat(iph.ttl()).isEqualTo(9);
            assertThat(iph.tos()).isEqualTo(0x20);
            assertThat(made.priority).isEqualTo(5);
        }

        @Test
        @DisplayName("a multicast has a TTL of its own")
        void multicast() {
            sk.mc_ttl = 2;
            assertThat(append(10)).isZero();
            rtable rt = (rtable) sk.cork.dst;
            int type = rt.rt_type;
            rt.rt_type = RTN_MULTICAST;

            made = Append.__ip_make_skb(sk, fl4, sk.sk_write_queue, sk.cork);

            rt.rt_type = type;
            assertThat(ip_hdr(made).ttl()).isEqualTo(2);
        }

        @Test
        @DisplayName("DF and the right to fragment all the same, as path MTU discovery wants it")
        void df() {
            assertThat(make(100).frag_off()).isZero();
            assertThat(made.local_df).isTrue();
            kfree_skb(made);

            sk.pmtudisc = IP_PMTUDISC_WANT;
            assertThat(make(100).frag_off()).isEqualTo(IP_DF);
            assertThat(made.local_df).isTrue();
            kfree_skb(made);
            assertThat(make(2000).frag_off()).isZero();
            kfree_skb(made);

            sk.pmtudisc = IP_PMTUDISC_DO;
            assertThat(make(100).frag_off()).isEqualTo(IP_DF);
            assertThat(made.local_df).isFalse();
            kfree_skb(made);

            sk.pmtudisc = IP_PMTUDISC_PROBE;
            assertThat(make(100).frag_off()).isEqualTo(IP_DF);
            assertThat(made.local_df).isFalse();
        }

        @Test
        @DisplayName("with options")
        void options() {
            ipc.opt = new ip_options();
            ipc.opt.optlen = 4;
            ipc.opt.__data = new byte[] {1, 1, 1, 0};

            iphdr iph = make(10);

            assertThat(iph.ihl()).isEqualTo(6);
            assertThat(Skbs.bytes(made)).hasSize(34);
            assertThat(Arrays.copyOfRange(Skbs.bytes(made), 20, 24)).isEqualTo(new byte[] {1, 1, 1, 0});
            assertThat(sk.cork.opt).isNull();
        }

        @Test
        @DisplayName("messages of ICMP are counted by type")
        void icmp() {
            sk.sk_protocol = IPPROTO_ICMP;
            assertThat(append(8, 0, MSG_DONTWAIT, (from, to, to_at, offset, len, odd, skb) -> {
                to[to_at] = 11;
                return 0;
            })).isZero();

            made = Append.__ip_make_skb(sk, fl4, sk.sk_write_queue, sk.cork);

            assertThat(init_net.mib.icmpmsg_statistics[256 + 11]).isEqualTo(1);
        }
    }

    @Nested
    class ip_send_skb {
        private int send(int answer) {
            sk_buff skb = Wire.packet("10.0.0.7", 10);
            rtable rt = skb_rtable(skb);
            dst_entry.Input output = rt.output;
            rt.output = s -> {
                kfree_skb(s);
                return answer;
            };
            int err = Append.ip_send_skb(init_net, skb);
            rt.output = output;
            return err;
        }

        @Test
        @DisplayName("that a queue gets full is no error; that it dropped the packet is -ENOBUFS, and counted")
        void xmit() {
            assertThat(send(0)).isZero();
            assertThat(send(NET_XMIT_CN)).isZero();
            assertThat(Wire.mib(IPSTATS_MIB_OUTDISCARDS)).isZero();

            assertThat(send(NET_XMIT_DROP)).isEqualTo(-ENOBUFS);
            assertThat(Wire.mib(IPSTATS_MIB_OUTDISCARDS)).isEqualTo(1);
        }

        @Test
        @DisplayName("a negative errno stays what it is, and is counted")
        void errno() {
            assertThat(send(-ENETDOWN)).isEqualTo(-ENETDOWN);
            assertThat(Wire.mib(IPSTATS_MIB_OUTDISCARDS)).isEqualTo(1);
        }
    }

    @Nested
    class ip_push_pending_frames {
        @Test
        @DisplayName("sends what was appended, in fragments if it must")
        void pushes() {
            assertThat(append(2000)).isZero();

            assertThat(Append.ip_push_pending_frames(sk, fl4)).isZero();

            assertThat(eth0.sent).hasSize(2);
            assertThat(Wire.joined(eth0.sent)).isEqualTo(Skbs.count(0, 2000));
            assertThat(sk.sk_write_queue.next).isNull();
            assertThat(sk.cork.dst).isNull();
        }

        @Test
        @DisplayName("what goes wrong below is told above")
        void failure() {
            assertThat(append(20)).isZero();
            __neigh_create(Ipv4.ip("10.0.0.7"), eth0.dev, false).output = (neigh, s) -> {
                kfree_skb(s);
                return -ENOBUFS;
            };

            assertThat(Append.ip_push_pending_frames(sk, fl4)).isEqualTo(-ENOBUFS);
        }

        @Test
        @DisplayName("nothing to do is no error")
        void nothing() {
            assertThat(Append.ip_push_pending_frames(sk, fl4)).isZero();
            assertThat(eth0.sent).isEmpty();
        }
    }

    @Nested
    class __ip_flush_pending_frames {
        @Test
        @DisplayName("empties the queue that it is given, and its cork")
        void flushes() {
            assertThat(append(4000)).isZero();

            Append.__ip_flush_pending_frames(sk, sk.sk_write_queue, sk.cork);

            assertThat(sk.sk_write_queue.next).isNull();
            assertThat(sk.sk_write_queue.qlen).isZero();
            assertThat(sk.cork.dst).isNull();
        }
    }

    @Nested
    class ip_flush_pending_frames {
        @Test
        @DisplayName("throws away what the socket has begun: the next piece begins anew")
        void flushes() {
            assertThat(append(10)).isZero();

            Append.ip_flush_pending_frames(sk);

            assertThat(sk.sk_write_queue.next).isNull();
            assertThat(sk.cork.dst).isNull();
            assertThat(append(10)).isZero();
            assertThat(sk.cork.length).isEqualTo(10);
        }
    }
}
