// SPDX-License-Identifier: GPL-2.0-only
package af_inet;

import static linux.err.Err.PTR_ERR;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOMEM;
import static linux.errno.Errno.ENOSYS;
import static linux.errno.Errno.EPROTONOSUPPORT;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.ip.IpHdr.ip_hdr;
import static linux.netdev_features.NetdevFeatures.NETIF_F_SG;
import static linux.netdev_features.NetdevFeatures.NETIF_F_TSO;
import static linux.netdevice.Gro.skb_gro_offset;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Cb.NAPI_GRO_CB;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Data.skb_trim;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Gso.SKB_GSO_CB;
import static linux.skbuff.SkbConst.SKB_GSO_FCOE;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV4;
import static linux.skbuff.SkbConst.SKB_GSO_UDP;
import static net.checksum.Csum.ip_fast_csum;
import static net.ip.IpPacket.IP_DF;
import static net.ip.IpPacket.IP_MF;
import static org.assertj.core.api.Assertions.assertThat;
import static protocol.Protocol.inet_add_offload;
import static uapi.linux.in.In.IPPROTO_UDP;

import java.util.ArrayList;
import java.util.List;
import linux.bug.Bug;
import linux.compiler.Ref;
import linux.netdevice.packet_offload;
import linux.skbuff.sk_buff;
import linux.types.View;
import net.protocol.net_offload;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.FakeDevice;
import testing.Ipv4;
import testing.KernelTest;
import testing.Skbs;
import uapi.linux.ip.iphdr;

@KernelTest
class OffloadTest {
    private static final int ETH_HLEN = 14;

    /** How {@link Ipv4#IPPROTO_TEST} splits and merges. */
    private net_offload ops;

    private final List<sk_buff> packets = new ArrayList<>();

    @BeforeEach
    void protocol() {
        ops = new net_offload();
        assertThat(inet_add_offload(ops, Ipv4.IPPROTO_TEST)).isZero();
    }

    @AfterEach
    void free() {
        packets.forEach(skb -> kfree_skb(skb));
    }

    private sk_buff packet(int protocol, byte[] options, int n) {
        sk_buff skb = Ipv4.packet("10.0.0.1", "10.0.0.7", protocol, options, IP_DF, Skbs.count(0, n));
        skb.mac_header = skb.network_header - ETH_HLEN;
        packets.add(skb);
        return skb;
    }

    private sk_buff packet(int n) {
        return packet(Ipv4.IPPROTO_TEST, new byte[0], n);
    }

    @Nested
    class inet_gso_send_check {
        @Test
        @DisplayName("the protocol looks at the packet behind the IP header")
        void asks() {
            sk_buff skb = packet(Ipv4.IPPROTO_TEST, new byte[8], 50);
            ops.gso_send_check = s -> s == skb && s.len == 50 && s.transport_header == s.data ? -7 : 0;

            assertThat(Offload.inet_gso_send_check(skb)).isEqualTo(-7);
        }

        @Test
        @DisplayName("-EPROTONOSUPPORT if the protocol does not split packets")
        void unknown() {
            assertThat(Offload.inet_gso_send_check(packet(10))).isEqualTo(-EPROTONOSUPPORT);
            assertThat(Offload.inet_gso_send_check(packet(252, new byte[0], 10))).isEqualTo(-EPROTONOSUPPORT);
        }

        @Test
        @DisplayName("-EINVAL for a header that is not there")
        void invalid() {
            sk_buff skb = packet(0);
            skb_trim(skb, 19);
            assertThat(Offload.inet_gso_send_check(skb)).isEqualTo(-EINVAL);

            skb = packet(10);
            ip_hdr(skb).ihl(4);
            assertThat(Offload.inet_gso_send_check(skb)).isEqualTo(-EINVAL);

            skb = packet(10);
            ip_hdr(skb).ihl(15);
            assertThat(Offload.inet_gso_send_check(skb)).isEqualTo(-EINVAL);
        }
    }

    @Nested
    class inet_gso_segment {
        /** The protocol cuts into pieces of {@code size} bytes, each with a copy of the headers in front. */
        private void cutInto(int size) {
            ops.gso_segment = (skb, features) -> {
                int hlen = skb.transport_header - skb.mac_header;
                sk_buff first = null;
                sk_buff last = null;
                for (int at = 0; at < skb.len; at += size) {
                    int n = Math.min(size, skb.len - at);
                    sk_buff s = alloc_skb(hlen + n, GFP_ATOMIC);
                    skb_put(s, hlen + n);
                    System.arraycopy(skb.head, skb.mac_header, s.head, s.data, hlen);
                    System.arraycopy(skb.head, skb.data + at, s.head, s.data + hlen, n);
                    s.mac_header = s.data;
                    packets.add(s);
                    if (first == null) {
                        first = s;
                    } else {
                        last.next = s;
                    }
                    last = s;
                }
                return first;
            };
        }

        private List<iphdr> headers(sk_buff segs) {
            List<iphdr> l = new ArrayList<>();
            for (sk_buff s = segs; s != null; s = s.next) {
                iphdr iph = ip_hdr(s);
                assertThat(iph.at).isEqualTo(s.mac_header + ETH_HLEN);
                assertThat(ip_fast_csum(iph.b, iph.at, iph.ihl())).isZero();
                assertThat(iph.tot_len()).isEqualTo(s.len - ETH_HLEN);
                l.add(iph);
            }
            // They are freed one by one.
            for (sk_buff s = segs; s != null; ) {
                sk_buff next = s.next;
                s.next = null;
                s = next;
            }
            return l;
        }

        private sk_buff large(int n) {
            sk_buff skb = packet(n);
            skb.shinfo.gso_type = SKB_GSO_TCPV4;
            return skb;
        }

        @Test
        @DisplayName("each segment has the header with its own length and checksum, and the next id")
        void segments() {
            cutInto(1000);
            sk_buff skb = large(2500);
            ip_hdr(skb).id(0xffff);

            List<iphdr> headers = headers(Offload.inet_gso_segment(skb, 0));

            assertThat(headers).extracting(iphdr::id).containsExactly(0xffff, 0, 1);
            assertThat(headers).extracting(iphdr::tot_len).containsExactly(1020, 1020, 520);
            assertThat(headers).extracting(iphdr::frag_off).containsOnly(IP_DF);
        }

        @Test
        @DisplayName("a datagram of UDP is cut into fragments")
        void udp() {
            cutInto(1000);
            net_offload udp = new net_offload();
            udp.gso_segment = ops.gso_segment;
            inet_add_offload(udp, IPPROTO_UDP);
            sk_buff skb = packet(IPPROTO_UDP, new byte[0], 2500);
            skb.shinfo.gso_type = SKB_GSO_UDP;

            List<iphdr> headers = headers(Offload.inet_gso_segment(skb, 0));

            assertThat(headers).extracting(iphdr::id).containsOnly(4711);
            assertThat(headers).extracting(iphdr::frag_off).containsExactly(IP_MF, IP_MF | 125, 250);
        }

        @Test
        @DisplayName("the protocol is told what the device can; what it says is passed on: null, or an error")
        void passed_on() {
            sk_buff skb = large(100);
            ops.gso_segment = (s, features) -> features == 42 && s.len == 100 ? null : sk_buff.ERR_PTR(-ENOMEM);

            assertThat(Offload.inet_gso_segment(skb, 42)).isNull();
            assertThat(SKB_GSO_CB(skb).encap_level).isEqualTo(20);

            skb = large(100);
            assertThat(PTR_ERR(Offload.inet_gso_segment(skb, 41))).isEqualTo(-ENOMEM);
        }

        @Test
        @DisplayName("inside a tunnel the device must be able to see through it; the inner headers are noted")
        void tunnel() {
            FakeDevice dev = FakeDevice.up("eth0", NETIF_F_SG);
            sk_buff skb = large(100);
            skb.dev = dev.dev;
            dev.dev.hw_enc_features = NETIF_F_SG | NETIF_F_TSO;
            SKB_GSO_CB(skb).encap_level = 20;
            cutInto(100);
            packet_offload.Gso_segment cut = ops.gso_segment;
            List<Long> asked = new ArrayList<>();
            ops.gso_segment = (s, features) -> {
                asked.add(features);
                return cut.call(s, features);
            };

            sk_buff seg = Offload.inet_gso_segment(skb, -1);

            assertThat(asked.get(0) & NETIF_F_TSO).isZero();
            assertThat(seg.inner_mac_header).isEqualTo(seg.mac_header);
            assertThat(SKB_GSO_CB(skb).encap_level).isEqualTo(40);
            headers(seg);
        }

        @Test
        @DisplayName("-EINVAL for what is no IP packet or of a kind that nobody knows; -EPROTONOSUPPORT for another protocol")
        void errors() {
            sk_buff skb = large(10);
            skb.shinfo.gso_type = SKB_GSO_FCOE;
            assertThat(PTR_ERR(Offload.inet_gso_segment(skb, 0))).isEqualTo(-EINVAL);

            skb = large(0);
            skb_trim(skb, 19);
            assertThat(PTR_ERR(Offload.inet_gso_segment(skb, 0))).isEqualTo(-EINVAL);

            skb = large(10);
            ip_hdr(skb).ihl(4);
            assertThat(PTR_ERR(Offload.inet_gso_segment(skb, 0))).isEqualTo(-EINVAL);

            skb = large(10);
            ip_hdr(skb).ihl(15);
            assertThat(PTR_ERR(Offload.inet_gso_segment(skb, 0))).isEqualTo(-EINVAL);

            assertThat(PTR_ERR(Offload.inet_gso_segment(large(10), 0))).isEqualTo(-EPROTONOSUPPORT);
        }
    }

    @Nested
    class inet_gro_receive {
        private final Ref<sk_buff> held = new Ref<>();
        private int asked;

        @BeforeEach
        void merge() {
            ops.gro_receive = (head, skb) -> {
                asked++;
                return head.val;
            };
        }

        /** A packet as it lies in the list of those that are held, or comes in. */
        private sk_buff arrived(int n) {
            sk_buff skb = packet(n);
            NAPI_GRO_CB(skb).same_flow = 1;
            NAPI_GRO_CB(skb).count = 1;
            NAPI_GRO_CB(skb).data_offset = 0;
            return skb;
        }

        private sk_buff receive(sk_buff skb) {
            Ipv4.sum(skb);
            return Offload.inet_gro_receive(held, skb);
        }

        @Test
        @DisplayName("one like it is held: the protocol may merge, and says which one is complete")
        void merges() {
            held.val = arrived(100);
            ip_hdr(held.val).id(1);
            sk_buff skb = arrived(100);
            ip_hdr(skb).id(2);

            assertThat(receive(skb)).isSameAs(held.val);

            assertThat(asked).isEqualTo(1);
            assertThat(NAPI_GRO_CB(held.val).same_flow).isEqualTo(1);
            assertThat(NAPI_GRO_CB(held.val).flush).isZero();
            assertThat(NAPI_GRO_CB(held.val).flush_id).isZero();
            assertThat(NAPI_GRO_CB(skb).flush).isZero();
            assertThat(skb_gro_offset(skb)).isEqualTo(20);
            assertThat(skb.transport_header).isEqualTo(skb.data + 20);
        }

        @Test
        @DisplayName("ids must follow each other, counted from the first, modulo 2^16")
        void ids() {
            held.val = arrived(100);
            ip_hdr(held.val).id(0xffff);
            NAPI_GRO_CB(held.val).count = 3;
            sk_buff skb = arrived(100);
            ip_hdr(skb).id(2);
            receive(skb);
            assertThat(NAPI_GRO_CB(held.val).flush_id).isZero();

            skb = arrived(100);
            ip_hdr(skb).id(3);
            receive(skb);
            assertThat(NAPI_GRO_CB(held.val).flush_id).isNotZero();
        }

        @ParameterizedTest
        @ValueSource(strings = {"saddr", "daddr"})
        @DisplayName("packets between others are of another flow")
        void flow(String field) {
            held.val = arrived(100);
            sk_buff skb = arrived(100);
            if (field.equals("saddr")) {
                ip_hdr(skb).saddr(1);
            } else {
                ip_hdr(skb).daddr(1);
            }

            receive(skb);

            assertThat(NAPI_GRO_CB(held.val).same_flow).isZero();
            assertThat(NAPI_GRO_CB(held.val).flush).isZero();
        }

        @Test
        @DisplayName("one that the link layer has told apart already is not looked at")
        void other_flow() {
            held.val = arrived(100);
            NAPI_GRO_CB(held.val).same_flow = 0;
            ip_hdr(held.val).ttl(1);

            receive(arrived(100));

            assertThat(NAPI_GRO_CB(held.val).flush).isZero();
        }

        @ParameterizedTest
        @ValueSource(strings = {"ttl", "tos", "df"})
        @DisplayName("what differs in TTL, TOS or DF cannot be merged")
        void differs(String field) {
            held.val = arrived(100);
            sk_buff skb = arrived(100);
            switch (field) {
                case "ttl" -> ip_hdr(skb).ttl(63);
                case "tos" -> ip_hdr(skb).tos(4);
                default -> ip_hdr(skb).frag_off(0);
            }

            receive(skb);

            assertThat(NAPI_GRO_CB(held.val).flush).isNotZero();
        }

        @Test
        @DisplayName("nor a fragment, or a packet with padding behind it: those pass, and what is held as well")
        void flush() {
            held.val = arrived(100);
            sk_buff skb = arrived(100);
            ip_hdr(skb).frag_off(IP_MF);
            receive(skb);
            assertThat(NAPI_GRO_CB(skb).flush).isNotZero();
            assertThat(NAPI_GRO_CB(held.val).flush).isNotZero();

            skb = arrived(100);
            ip_hdr(skb).tot_len(119);
            receive(skb);
            assertThat(NAPI_GRO_CB(skb).flush).isNotZero();
            assertThat(asked).isEqualTo(2);
        }

        @Test
        @DisplayName("options, a wrong checksum, a protocol that does not merge, a header cut off: it passes unseen")
        void unseen() {
            sk_buff skb = packet(Ipv4.IPPROTO_TEST, new byte[4], 10);
            assertThat(receive(skb)).isNull();
            assertThat(NAPI_GRO_CB(skb).flush).isNotZero();

            skb = arrived(10);
            ip_hdr(skb).check(ip_hdr(skb).check() ^ 1);
            assertThat(Offload.inet_gro_receive(held, skb)).isNull();
            assertThat(NAPI_GRO_CB(skb).flush).isNotZero();

            skb = packet(252, new byte[0], 10);
            assertThat(receive(skb)).isNull();
            assertThat(NAPI_GRO_CB(skb).flush).isNotZero();

            skb = arrived(0);
            skb_trim(skb, 19);
            assertThat(Offload.inet_gro_receive(held, skb)).isNull();
            assertThat(NAPI_GRO_CB(skb).flush).isNotZero();

            assertThat(asked).isZero();
        }

        @Test
        @DisplayName("a header that lies in a page is read there")
        void in_page() {
            sk_buff whole = arrived(40);
            byte[] bytes = Skbs.bytes(whole);
            sk_buff skb = Skbs.paged(0, bytes.length);
            packets.add(skb);
            System.arraycopy(bytes, 0, skb.shinfo.frags(0).page.data, skb.shinfo.frags(0).page_offset, bytes.length);
            NAPI_GRO_CB(skb).frag0 = new View(skb.shinfo.frags(0).page.data, skb.shinfo.frags(0).page_offset);
            NAPI_GRO_CB(skb).frag0_len = bytes.length;

            Offload.inet_gro_receive(held, skb);

            assertThat(asked).isEqualTo(1);
            assertThat(NAPI_GRO_CB(skb).flush).isZero();
            assertThat(skb.data_len).isEqualTo(bytes.length);
        }
    }

    @Nested
    class inet_gro_complete {
        @Test
        @DisplayName("the header has the length of all, and the protocol does the rest")
        void completes() {
            sk_buff skb = packet(100);
            Skbs.addPage(skb, 100, 1000);
            ops.gro_complete = (s, nhoff) -> nhoff;

            assertThat(Offload.inet_gro_complete(skb, 0)).isEqualTo(20);

            iphdr iph = ip_hdr(skb);
            assertThat(iph.tot_len()).isEqualTo(1120);
            assertThat(ip_fast_csum(iph.b, iph.at, 5)).isZero();
        }

        @Test
        @DisplayName("inside a tunnel it is the inner network header")
        void tunnel() {
            sk_buff skb = packet(100);
            skb.encapsulation = true;
            ops.gro_complete = (s, nhoff) -> 0;

            Offload.inet_gro_complete(skb, 0);

            assertThat(skb.inner_network_header).isEqualTo(skb.data);
        }

        @Test
        @DisplayName("-ENOSYS, and a warning, if the protocol is gone")
        void gone() {
            assertThat(Offload.inet_gro_complete(packet(10), 0)).isEqualTo(-ENOSYS);

            assertThat(Bug.warnings).hasSize(1);
            Bug.warnings.clear();
        }
    }
}
