// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.err.Err.IS_ERR;
import static linux.err.Err.PTR_ERR;
import static linux.netdev_features.NetdevFeatures.NETIF_F_HW_CSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_SG;
import static linux.netdev_features.NetdevFeatures.NETIF_F_TSO;
import static linux.netdevice.Packets.dev_add_offload;
import static linux.skbuff.Alloc.liveSkbs;
import static linux.skbuff.Clone.skb_clone;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV4;
import static linux.skbuff.sk_buff.CHECKSUM_COMPLETE;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.types.Be.put16;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static uapi.linux.if_ether.IfEther.ETH_P_8021Q;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;
import static uapi.linux.if_ether.IfEther.ETH_P_TEB;

import linux.bug.Bug;
import linux.bug.Oops;
import linux.compiler.IntRef;
import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeDevice;
import testing.Frames;
import testing.KernelTest;
import testing.Sink;
import testing.Skbs;

@KernelTest
class GsoTest {
    private FakeDevice d;

    @BeforeEach
    void setUp() {
        d = FakeDevice.up("x0", NETIF_F_SG | NETIF_F_HW_CSUM);
    }

    @AfterEach
    void remove() {
        Registry.unregister_netdev(d.dev);
    }

    private sk_buff tcp(int payload) {
        return Frames.tcp(d.dev, new byte[6], 1, 2, 3, 0x10, new byte[0], payload);
    }

    private sk_buff large() {
        sk_buff skb = Frames.to(d.dev, new byte[6], Sink.TYPE, 200);
        skb.shinfo.gso_size = 100;
        skb.shinfo.gso_segs = 2;
        skb.shinfo.gso_type = SKB_GSO_TCPV4;
        skb.ip_summed = CHECKSUM_PARTIAL;
        skb.network_header = skb.data + 14;
        return skb;
    }

    private static packet_offload offload(int sendCheck) {
        packet_offload po = new packet_offload(Sink.TYPE);
        po.gso_send_check = skb -> sendCheck;
        po.gso_segment = (skb, features) -> {
            assertThat(skb.data).as("the link header is pulled").isEqualTo(skb.network_header);
            sk_buff seg = Skbs.linear(10);
            seg.next = Skbs.linear(20);
            return seg;
        };
        dev_add_offload(po);
        return po;
    }

    private static void free(sk_buff segs) {
        linux.skbuff.Free.kfree_skb_list(segs);
    }

    @Nested
    class skb_checksum_help {
        @Test
        @DisplayName("sums up from csum_start to the end, and stores the result where it belongs")
        void completed() {
            for (int n : new int[] {0, 1, 100, 1448}) {
                sk_buff skb = tcp(n);
                assertThat(Gso.skb_checksum_help(skb)).isZero();
                assertThat(skb.ip_summed).isEqualTo(CHECKSUM_NONE);
                assertThat(Frames.checksumRight(Skbs.bytes(skb))).isTrue();
                kfree_skb(skb);
            }
        }

        @Test
        @DisplayName("bytes in pages count too")
        void pages() {
            sk_buff skb = tcp(10);
            Skbs.addPage(skb, 3, 33);
            put16(skb.head, skb.network_header + 2, 20 + 20 + 43);
            // The pseudo header has the length.
            put16(skb.head, skb.csum_start + 16, ~net.checksum.Csum.csum_tcpudp_magic(0x0a010001, 0x0a010002, 63, 6, 0) & 0xffff);
            Gso.skb_checksum_help(skb);
            assertThat(Frames.checksumRight(Skbs.bytes(skb))).isTrue();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a header that somebody else reads is copied, not written to")
        void shared_header() {
            sk_buff skb = tcp(10);
            sk_buff other = skb_clone(skb, 0);
            byte[] before = Skbs.bytes(other);
            Gso.skb_checksum_help(skb);
            assertThat(Skbs.bytes(other)).isEqualTo(before);
            assertThat(Frames.checksumRight(Skbs.bytes(skb))).isTrue();
            kfree_skb(skb);
            kfree_skb(other);
        }

        @Test
        @DisplayName("no memory for the copy: nothing changes")
        void no_memory() {
            sk_buff skb = tcp(10);
            sk_buff other = skb_clone(skb, 0);
            Gfp.failNth(0);
            assertThat(Gso.skb_checksum_help(skb)).isEqualTo(-12);
            assertThat(skb.ip_summed).isEqualTo(CHECKSUM_PARTIAL);
            kfree_skb(skb);
            kfree_skb(other);
        }

        @Test
        @DisplayName("a received packet with a known sum: it is not known any more")
        void complete() {
            sk_buff skb = tcp(10);
            skb.ip_summed = CHECKSUM_COMPLETE;
            byte[] before = Skbs.bytes(skb);
            assertThat(Gso.skb_checksum_help(skb)).isZero();
            assertThat(skb.ip_summed).isEqualTo(CHECKSUM_NONE);
            assertThat(Skbs.bytes(skb)).isEqualTo(before);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a packet that stands for several has no one checksum: refused, with a warning")
        void gso() {
            sk_buff skb = tcp(10);
            skb.shinfo.gso_size = 5;
            assertThat(Gso.skb_checksum_help(skb)).isEqualTo(-22);
            assertThat(Bug.warnings).hasSize(1);
            Bug.warnings.clear();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a place outside of the linear part is a bug")
        void outside() {
            sk_buff skb = tcp(10);
            skb.csum_start = skb.data + skb.len;
            assertThatThrownBy(() -> Gso.skb_checksum_help(skb)).isInstanceOf(Oops.class);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_warn_bad_offload {
        @Test
        @DisplayName("says what the device can do and what the packet wants")
        void says() {
            sk_buff skb = large();
            Gso.skb_warn_bad_offload(skb);
            assertThat(Bug.warnings.toString()).contains("x0").contains("gso_size=100").contains("ip_summed=3");
            Bug.warnings.clear();
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_network_protocol {
        private final IntRef depth = new IntRef();

        @Test
        @DisplayName("without tags: that of the packet, behind the link header")
        void plain() {
            sk_buff skb = tcp(0);
            skb.mac_len = 14;
            assertThat(Gso.skb_network_protocol(skb, depth)).isEqualTo(ETH_P_IP);
            assertThat(depth.val).isEqualTo(14);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("looks behind VLAN tags that stand in the packet")
        void tagged() {
            sk_buff skb = tcp(0);
            skb.mac_len = 14;
            skb.protocol = ETH_P_8021Q;
            put16(skb.head, skb.data + 16, ETH_P_8021Q);
            put16(skb.head, skb.data + 20, ETH_P_IP);
            assertThat(Gso.skb_network_protocol(skb, depth)).isEqualTo(ETH_P_IP);
            assertThat(depth.val).isEqualTo(22);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a packet that ends in a tag has none")
        void cut() {
            sk_buff skb = Frames.to(d.dev, new byte[6], ETH_P_8021Q, 3);
            skb.mac_len = 14;
            assertThat(Gso.skb_network_protocol(skb, depth)).isZero();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("Ethernet in a tunnel: what the inner header says")
        void inner() {
            sk_buff skb = tcp(0);
            skb.protocol = ETH_P_TEB;
            skb.mac_header = skb.data;
            assertThat(Gso.skb_network_protocol(skb, depth)).isEqualTo(ETH_P_IP);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_mac_gso_segment {
        private sk_buff ready() {
            sk_buff skb = large();
            skb.mac_header = skb.data;
            skb.mac_len = 14;
            return skb;
        }

        @Test
        @DisplayName("has the protocol split it, and puts the link header back")
        void split() {
            offload(0);
            sk_buff skb = ready();
            int data = skb.data;
            sk_buff segs = Gso.skb_mac_gso_segment(skb, 0);
            assertThat(segs.next).isNotNull();
            assertThat(skb.data).isEqualTo(data);
            free(segs);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("nobody knows the protocol: -EPROTONOSUPPORT")
        void unknown() {
            sk_buff skb = ready();
            sk_buff segs = Gso.skb_mac_gso_segment(skb, 0);
            assertThat(IS_ERR(segs)).isTrue();
            assertThat(PTR_ERR(segs)).isEqualTo(-93);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a packet that is not left to the device to be summed is checked first; what is wrong with it is told")
        void checked() {
            offload(-22);
            sk_buff skb = ready();
            skb.ip_summed = CHECKSUM_NONE;
            assertThat(PTR_ERR(Gso.skb_mac_gso_segment(skb, 0))).isEqualTo(-22);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("headers in order, and the device splits it itself: nothing to do")
        void nothing_to_do() {
            offload(0);
            sk_buff skb = ready();
            skb.ip_summed = CHECKSUM_NONE;
            assertThat(Gso.skb_mac_gso_segment(skb, NETIF_F_TSO)).isNull();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("headers in order, and the device does not: split")
        void checked_and_split() {
            offload(0);
            sk_buff skb = ready();
            skb.ip_summed = CHECKSUM_NONE;
            sk_buff segs = Gso.skb_mac_gso_segment(skb, 0);
            assertThat(segs).isNotNull();
            free(segs);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a packet cut off in its tags: -EINVAL")
        void no_protocol() {
            sk_buff skb = Frames.to(d.dev, new byte[6], ETH_P_8021Q, 3);
            skb.mac_len = 14;
            assertThat(PTR_ERR(Gso.skb_mac_gso_segment(skb, 0))).isEqualTo(-22);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_needs_check {
        @Test
        @DisplayName("sending, all that is not left to the device; receiving, what nobody vouches for")
        void cases() {
            sk_buff skb = tcp(0);
            assertThat(Gso.skb_needs_check(skb, true)).isFalse();
            assertThat(Gso.skb_needs_check(skb, false)).isFalse();
            skb.ip_summed = CHECKSUM_NONE;
            assertThat(Gso.skb_needs_check(skb, true)).isTrue();
            assertThat(Gso.skb_needs_check(skb, false)).isTrue();
            skb.ip_summed = CHECKSUM_COMPLETE;
            assertThat(Gso.skb_needs_check(skb, true)).isTrue();
            assertThat(Gso.skb_needs_check(skb, false)).isFalse();
            kfree_skb(skb);
        }
    }

    @Nested
    class __skb_gso_segment {
        @Test
        @DisplayName("a checksum that is not left to the device: a warning, and a header of its own, as it will be written to")
        void bad_offload() {
            offload(0);
            sk_buff skb = large();
            sk_buff other = skb_clone(skb, 0);
            skb.ip_summed = CHECKSUM_NONE;
            sk_buff segs = Gso.__skb_gso_segment(skb, 0, true);
            assertThat(Bug.warnings).hasSize(1);
            Bug.warnings.clear();
            assertThat(skb.head).isNotSameAs(other.head);
            free(segs);
            kfree_skb(skb);
            kfree_skb(other);
        }

        @Test
        @DisplayName("no memory for that header")
        void no_memory() {
            sk_buff skb = large();
            sk_buff other = skb_clone(skb, 0);
            skb.ip_summed = CHECKSUM_NONE;
            Gfp.failNth(0);
            assertThat(PTR_ERR(Gso.__skb_gso_segment(skb, 0, true))).isEqualTo(-12);
            Bug.warnings.clear();
            kfree_skb(skb);
            kfree_skb(other);
        }
    }

    @Nested
    class dev_gso_segment {
        @Test
        @DisplayName("hangs the segments on the packet; they go with it when it is freed")
        void hung() {
            offload(0);
            sk_buff skb = large();
            int[] relieved = new int[1];
            skb.destructor = s -> relieved[0]++;

            assertThat(Gso.dev_gso_segment(skb, 0)).isZero();
            assertThat(skb.next.next).isNotNull();
            assertThat(liveSkbs()).isEqualTo(3);
            kfree_skb(skb);

            assertThat(liveSkbs()).isZero();
            assertThat(relieved[0]).isOne();
        }

        @Test
        @DisplayName("an error leaves the packet as it was")
        void error() {
            sk_buff skb = large();
            assertThat(Gso.dev_gso_segment(skb, 0)).isEqualTo(-93);
            assertThat(skb.next).isNull();
            assertThat(skb.destructor).isNull();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("nothing to split: nothing is hung on")
        void nothing() {
            offload(0);
            sk_buff skb = large();
            skb.ip_summed = CHECKSUM_NONE;
            assertThat(Gso.dev_gso_segment(skb, NETIF_F_TSO)).isZero();
            Bug.warnings.clear();
            assertThat(skb.next).isNull();
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_gso_segment {
        @Test
        @DisplayName("splits for sending")
        void split() {
            offload(0);
            sk_buff skb = large();

            sk_buff segs = Gso.skb_gso_segment(skb, 0);

            assertThat(segs.len).isEqualTo(10);
            assertThat(segs.next.len).isEqualTo(20);
            free(segs);
            kfree_skb(skb);
        }
    }

    @Nested
    class dev_gso_skb_destructor {
        @Test
        @DisplayName("segments that were not sent go with the large packet, and then what it had to do itself")
        void freed() {
            int[] ran = new int[1];
            sk_buff skb = large();
            sk_buff seg = Skbs.linear(10);
            seg.users = 2;
            skb.next = seg;
            Gso.DEV_GSO_CB(skb).destructor = s -> ran[0]++;

            Gso.dev_gso_skb_destructor(skb);

            assertThat(skb.next).isNull();
            assertThat(seg.users).isEqualTo(1);
            assertThat(ran[0]).isOne();

            Gso.DEV_GSO_CB(skb).destructor = null;
            Gso.dev_gso_skb_destructor(skb);
            assertThat(ran[0]).isOne();
            kfree_skb(seg);
            kfree_skb(skb);
        }
    }
}
