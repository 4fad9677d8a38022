// SPDX-License-Identifier: GPL-2.0-only
package ip_output;

import static linux.errno.Errno.EMSGSIZE;
import static linux.errno.Errno.ENETDOWN;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.ip.IpHdr.ip_hdr;
import static linux.skbuff.Alloc.skb_get;
import static linux.skbuff.Cb.IPCB;
import static linux.skbuff.Clone.skb_clone;
import static linux.skbuff.Dst.skb_dst_set;
import static linux.skbuff.Dst.skb_rtable;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.types.Be.get32;
import static linux.types.Be.put16;
import static net.checksum.Csum.csum_fold;
import static net.checksum.Csum.csum_partial;
import static net.dst.Dst.skb_dst_drop;
import static net.ip.IpPacket.IP_DF;
import static net.ip.IpPacket.IP_MF;
import static net.ip.inet_skb_parm.IPSKB_FORWARDED;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Owner.skb_set_owner_w;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Skbs.paged;
import static uapi.linux.icmp.Icmp.ICMP_DEST_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_FRAG_NEEDED;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_FRAGCREATES;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_FRAGFAILS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_FRAGOKS;

import fib_frontend.IpRoute;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import net.route.rtable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import raw.raw_sock;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;
import testing.Skbs;

@KernelTest
class FragmentTest {
    private Nic eth0;

    /** Fragments that {@link #take} got, and the packets themselves. */
    private final List<byte[]> out = new ArrayList<>();

    private final List<sk_buff> taken = new ArrayList<>();

    @BeforeEach
    void network() {
        eth0 = Nic.up("eth0", "10.0.0.1/24");
        assertThat(IpRoute.add(init_net, "default via 10.0.0.254")).isZero();
    }

    private int take(sk_buff skb) {
        out.add(Skbs.bytes(skb));
        taken.add(skb);
        kfree_skb(skb);
        return 0;
    }

    /** A packet without DF to 10.0.0.7 with {@code n} bytes of payload. */
    private static sk_buff packet(int n, int frag_off, byte... options) {
        byte[] payload = Skbs.count(0, n);
        return Wire.routed(
                Ipv4.packet("10.0.0.1", "10.0.0.7", Ipv4.IPPROTO_TEST, options, frag_off, payload), "10.0.0.7");
    }

    /** A packet with a {@code frag_list}: {@code first} bytes of payload, then members with these many. */
    private static sk_buff listed(int first, int... members) {
        sk_buff skb = packet(first, 0);
        int at = first;
        for (int n : members) {
            sk_buff m = Skbs.linear(n);
            Skbs.fill(m, at);
            Skbs.addToList(skb, m);
            at += n;
        }
        return skb;
    }

    @Nested
    class ip_copy_metadata {
        @Test
        @DisplayName("what belongs to the whole packet; of the route a reference, instead of the one that was there")
        void copies() {
            sk_buff from = packet(10, 0);
            sk_buff to = packet(10, 0);
            rtable rt = skb_rtable(from);
            rtable other = Ipv4.route(init_net, "192.0.2.1");
            skb_dst_drop(to);
            skb_dst_set(to, other);
            int refs = rt.__refcnt;
            int others = other.__refcnt;
            from.pkt_type = 3;
            from.priority = 6;
            from.protocol = 0x1234;
            from.mark = 42;
            IPCB(from).flags = IPSKB_FORWARDED;
            to.dev = null;

            Fragment.ip_copy_metadata(to, from);

            assertThat(to.pkt_type).isEqualTo(3);
            assertThat(to.priority).isEqualTo(6);
            assertThat(to.protocol).isEqualTo(0x1234);
            assertThat(to.mark).isEqualTo(42);
            assertThat(to.dev).isSameAs(eth0.dev);
            assertThat(IPCB(to).flags).isEqualTo(IPSKB_FORWARDED);
            assertThat(skb_rtable(to)).isSameAs(rt);
            assertThat(rt.__refcnt).isEqualTo(refs + 1);
            assertThat(other.__refcnt).isEqualTo(others - 1);
            kfree_skb(from);
            kfree_skb(to);
        }
    }

    @Nested
    class ip_fragment {
        @Test
        @DisplayName("pieces of as many bytes as fit, a multiple of 8 in all but the last")
        void cuts() {
            assertThat(Fragment.ip_fragment(packet(4000, 0), FragmentTest.this::take)).isZero();

            assertThat(out).extracting(b -> b.length).containsExactly(1500, 1500, 1060);
            assertThat(Wire.joined(out)).isEqualTo(Skbs.count(0, 4000));
            assertThat(Wire.header(out.get(0)).saddr()).isEqualTo(Ipv4.ip("10.0.0.1"));
            assertThat(Wire.header(out.get(2)).ttl()).isEqualTo(64);
            assertThat(Wire.mib(IPSTATS_MIB_FRAGCREATES)).isEqualTo(3);
            assertThat(Wire.mib(IPSTATS_MIB_FRAGOKS)).isEqualTo(1);
            assertThat(Wire.mib(IPSTATS_MIB_FRAGFAILS)).isZero();
        }

        @Test
        @DisplayName("an MTU that is no multiple of 8 is not used up")
        void odd_mtu() {
            eth0.dev.mtu = 1003;

            assertThat(Fragment.ip_fragment(packet(2000, 0), FragmentTest.this::take)).isZero();

            assertThat(out).extracting(b -> b.length).containsExactly(996, 996, 68);
            assertThat(Wire.joined(out)).isEqualTo(Skbs.count(0, 2000));
        }

        @Test
        @DisplayName("pieces in pages are copied as well")
        void paged() {
            sk_buff skb = packet(100, 0);
            Skbs.addPage(skb, 100, 3000);
            ip_hdr(skb).tot_len(skb.len);

            assertThat(Fragment.ip_fragment(skb, FragmentTest.this::take)).isZero();

            assertThat(Wire.joined(out)).isEqualTo(Skbs.count(0, 3100));
        }

        @Test
        @DisplayName("each fragment is charged to the socket, and the packet is not any more")
        void owner() {
            raw_sock sk = Wire.sock();
            sk_buff skb = packet(4000, 0);
            skb_set_owner_w(skb, sk);
            List<Integer> charged = new ArrayList<>();

            assertThat(Fragment.ip_fragment(skb, s -> {
                assertThat(s.sk).isSameAs(sk);
                charged.add(sk.sk_wmem_alloc);
                return take(s);
            })).isZero();

            assertThat(charged).hasSize(3);
            assertThat(sk.sk_wmem_alloc).isEqualTo(1);
        }

        @Test
        @DisplayName("with DF: -EMSGSIZE, and the sender is told the MTU")
        void df() {
            sk_buff skb = Ipv4.packet("10.0.0.7", "192.0.2.1", Ipv4.IPPROTO_TEST, new byte[0], IP_DF, new byte[3000]);
            Wire.routed(skb, "192.0.2.1");

            assertThat(Fragment.ip_fragment(skb, FragmentTest.this::take)).isEqualTo(-EMSGSIZE);

            assertThat(out).isEmpty();
            assertThat(Wire.mib(IPSTATS_MIB_FRAGFAILS)).isEqualTo(1);
            assertThat(eth0.sent).hasSize(1);
            byte[] icmp = Wire.data(eth0.sent.get(0));
            assertThat(Wire.header(eth0.sent.get(0)).daddr()).isEqualTo(Ipv4.ip("10.0.0.7"));
            assertThat(icmp).startsWith(ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED);
            assertThat(get32(icmp, 4)).isEqualTo(1500);
        }

        @Test
        @DisplayName("with DF, but the socket has allowed it: fragments without DF")
        void local_df() {
            sk_buff skb = packet(3000, IP_DF);
            skb.local_df = true;

            assertThat(Fragment.ip_fragment(skb, FragmentTest.this::take)).isZero();

            assertThat(Wire.joined(out)).isEqualTo(Skbs.count(0, 3000));
            assertThat(Wire.header(out.get(0)).frag_off() & IP_DF).isZero();
        }

        @Test
        @DisplayName("put together here of fragments larger than the MTU: -EMSGSIZE, their sender wanted them so")
        void max_size() {
            sk_buff skb = packet(3000, 0);
            IPCB(skb).frag_max_size = 1501;
            assertThat(Fragment.ip_fragment(skb, FragmentTest.this::take)).isEqualTo(-EMSGSIZE);

            skb = packet(3000, 0);
            IPCB(skb).frag_max_size = 1500;
            assertThat(Fragment.ip_fragment(skb, FragmentTest.this::take)).isZero();
        }

        @Test
        @DisplayName("a router does not trust a learnt path MTU, the sender does")
        void forwarding() {
            IpRoute.add(init_net, "192.0.2.0/24 via 10.0.0.254 mtu 600");
            sk_buff skb = Wire.packet("192.0.2.1", 1400);
            IPCB(skb).flags |= IPSKB_FORWARDED;
            assertThat(Fragment.ip_fragment(skb, FragmentTest.this::take)).isZero();
            assertThat(out).hasSize(1);

            assertThat(Fragment.ip_fragment(Wire.packet("192.0.2.1", 1400), FragmentTest.this::take)).isZero();
            assertThat(out).hasSize(4);
        }

        @Test
        @DisplayName("a fragment is cut further: offsets go on from its own, MF stays on the last piece")
        void again() {
            assertThat(Fragment.ip_fragment(packet(2960, IP_MF | 100), FragmentTest.this::take)).isZero();

            assertThat(out).extracting(b -> Wire.header(b).frag_off()).containsExactly(IP_MF | 100, IP_MF | 285);
            out.clear();

            assertThat(Fragment.ip_fragment(packet(2960, 100), FragmentTest.this::take)).isZero();
            assertThat(out).extracting(b -> Wire.header(b).frag_off()).containsExactly(IP_MF | 100, 285);
        }

        @Test
        @DisplayName("the first fragment has all options, the others those that are to be copied")
        void options() {
            // Record route is for the first only, router alert for all.
            byte[] options = {7, 7, 4, 0, 0, 0, 0, 1, (byte) 148, 4, 0, 0};
            sk_buff skb = packet(2000, 0, options);
            IPCB(skb).opt.optlen = 12;
            IPCB(skb).opt.rr = 20;
            IPCB(skb).opt.router_alert = 28;

            assertThat(Fragment.ip_fragment(skb, FragmentTest.this::take)).isZero();

            assertThat(Arrays.copyOfRange(out.get(0), 20, 32)).isEqualTo(options);
            byte[] copied = {1, 1, 1, 1, 1, 1, 1, 1, (byte) 148, 4, 0, 0};
            assertThat(Arrays.copyOfRange(out.get(1), 20, 32)).isEqualTo(copied);
            assertThat(Wire.joined(out)).isEqualTo(Skbs.count(0, 2000));
        }

        @Test
        @DisplayName("a checksum that was left to the device is computed first: over the whole")
        void checksum() {
            sk_buff skb = packet(2000, 0);
            skb.ip_summed = CHECKSUM_PARTIAL;
            skb.csum_start = skb.transport_header;
            skb.csum_offset = 16;
            byte[] payload = Skbs.count(0, 2000);
            int sum = csum_fold(csum_partial(payload, 0, 2000, 0));

            assertThat(Fragment.ip_fragment(skb, FragmentTest.this::take)).isZero();

            put16(payload, 16, sum);
            assertThat(Wire.joined(out)).isEqualTo(payload);
        }

        @Test
        @DisplayName("if that fails for want of memory the packet is gone, and nobody is told")
        void checksum_no_memory() {
            sk_buff skb = packet(2000, 0);
            skb.ip_summed = CHECKSUM_PARTIAL;
            skb.csum_start = skb.transport_header;
            skb.csum_offset = 16;
            sk_buff clone = skb_clone(skb, GFP_KERNEL);
            Gfp.failNth(0);

            assertThat(Fragment.ip_fragment(skb, FragmentTest.this::take)).isZero();

            assertThat(out).isEmpty();
            assertThat(Wire.mib(IPSTATS_MIB_FRAGFAILS)).isEqualTo(1);
            kfree_skb(clone);
        }

        @Test
        @DisplayName("without memory for a fragment, -ENOMEM, and no more of them; those before are on their way")
        void no_memory() {
            sk_buff skb = packet(4000, 0);
            // Each takes two: the sk_buff and the bytes.
            Gfp.failNth(2);

            assertThat(Fragment.ip_fragment(skb, FragmentTest.this::take)).isEqualTo(-ENOMEM);

            assertThat(out).hasSize(1);
            assertThat(Wire.mib(IPSTATS_MIB_FRAGFAILS)).isEqualTo(1);
            assertThat(Wire.mib(IPSTATS_MIB_FRAGOKS)).isZero();
        }

        @Test
        @DisplayName("the first fragment that cannot be sent is the last")
        void error() {
            assertThat(Fragment.ip_fragment(packet(4000, 0), s -> {
                take(s);
                return out.size() == 2 ? -ENETDOWN : 0;
            })).isEqualTo(-ENETDOWN);

            assertThat(out).hasSize(2);
            assertThat(Wire.mib(IPSTATS_MIB_FRAGCREATES)).isEqualTo(1);
            assertThat(Wire.mib(IPSTATS_MIB_FRAGFAILS)).isEqualTo(1);
        }

        @Test
        @DisplayName("an MTU without room for 8 bytes behind the header: -EMSGSIZE, where the kernel loops")
        void tiny_mtu() {
            IpRoute.add(init_net, "192.0.2.0/24 via 10.0.0.254 mtu lock 27");
            assertThat(Fragment.ip_fragment(Wire.packet("192.0.2.1", 20), FragmentTest.this::take))
                    .isEqualTo(-EMSGSIZE);
            assertThat(out).isEmpty();

            IpRoute.replace(init_net, "192.0.2.0/24 via 10.0.0.254 mtu lock 28");
            assertThat(Fragment.ip_fragment(Wire.packet("192.0.2.1", 20), FragmentTest.this::take)).isZero();
            assertThat(out).hasSize(3);
        }

        @Test
        @DisplayName("a frag_list that is cut in the right places goes out as it is, each member with its header")
        void fast() {
            sk_buff skb = listed(1480, 1480, 100);
            sk_buff second = skb.shinfo.frag_list;
            sk_buff third = second.next;

            assertThat(Fragment.ip_fragment(skb, FragmentTest.this::take)).isZero();

            assertThat(taken).containsExactly(skb, second, third);
            assertThat(Wire.joined(out)).isEqualTo(Skbs.count(0, 3060));
            assertThat(Wire.mib(IPSTATS_MIB_FRAGCREATES)).isEqualTo(3);
            assertThat(Wire.mib(IPSTATS_MIB_FRAGOKS)).isEqualTo(1);
        }

        @Test
        @DisplayName("the members are charged to the socket, each for itself")
        void fast_owner() {
            raw_sock sk = Wire.sock();
            sk_buff skb = listed(1480, 100);
            skb_set_owner_w(skb, sk);
            int all = sk.sk_wmem_alloc;
            List<Integer> charged = new ArrayList<>();

            assertThat(Fragment.ip_fragment(skb, s -> {
                charged.add(sk.sk_wmem_alloc);
                return take(s);
            })).isZero();

            assertThat(charged.get(0)).isEqualTo(all);
            assertThat(charged.get(1)).isLessThan(all);
            assertThat(sk.sk_wmem_alloc).isEqualTo(1);
        }

        @Test
        @DisplayName("the first error of a member is the last: the rest is dropped")
        void fast_error() {
            assertThat(Fragment.ip_fragment(listed(1480, 1480, 100), s -> {
                take(s);
                return -ENETDOWN;
            })).isEqualTo(-ENETDOWN);

            assertThat(out).hasSize(1);
            assertThat(Wire.mib(IPSTATS_MIB_FRAGFAILS)).isEqualTo(1);
        }

        @ParameterizedTest
        @CsvSource({"1480, 1488, 8", "1479, 8, 8", "1480, 12, 8", "1488, 8, 8"})
        @DisplayName("a frag_list that is cut in other places is copied")
        void slow(int first, int second, int third) {
            raw_sock sk = Wire.sock();
            sk_buff skb = listed(first, second, third);
            skb_set_owner_w(skb, sk);

            assertThat(Fragment.ip_fragment(skb, FragmentTest.this::take)).isZero();

            assertThat(taken).doesNotContain(skb);
            assertThat(Wire.joined(out)).isEqualTo(Skbs.count(0, first + second + third));
            assertThat(sk.sk_wmem_alloc).isEqualTo(1);
        }

        @Test
        @DisplayName("so it is if a member has no room for a header, or if others use a member or the packet")
        void slow_shared() {
            sk_buff skb = listed(1480, 16, 8);
            withoutHeadroom(skb.shinfo.frag_list.next);
            assertThat(Fragment.ip_fragment(skb, FragmentTest.this::take)).isZero();
            assertThat(Wire.joined(out)).isEqualTo(Skbs.count(0, 1504));
            out.clear();

            skb = listed(1480, 16, 8);
            sk_buff held = skb_get(skb.shinfo.frag_list.next);
            assertThat(Fragment.ip_fragment(skb, FragmentTest.this::take)).isZero();
            assertThat(Wire.joined(out)).isEqualTo(Skbs.count(0, 1504));
            kfree_skb(held);
            out.clear();

            skb = listed(1480, 16, 8);
            sk_buff clone = skb_clone(skb, GFP_KERNEL);
            assertThat(Fragment.ip_fragment(skb, FragmentTest.this::take)).isZero();
            assertThat(Wire.joined(out)).isEqualTo(Skbs.count(0, 1504));
            kfree_skb(clone);
        }

        /** Takes the headroom away from {@code skb}. */
        private void withoutHeadroom(sk_buff skb) {
            byte[] bytes = Skbs.bytes(skb);
            System.arraycopy(bytes, 0, skb.head, 0, bytes.length);
            skb.data = 0;
            skb.tail = bytes.length;
        }
    }
}
