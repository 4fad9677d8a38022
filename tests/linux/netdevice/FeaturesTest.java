// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.netdev_features.NetdevFeatures.*;
import static linux.netdevice.Notifiers.NETDEV_FEAT_CHANGE;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV4;
import static linux.skbuff.SkbConst.SKB_GSO_TCP_ECN;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.skbuff.sk_buff.CHECKSUM_UNNECESSARY;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.if_ether.IfEther.ETH_P_FCOE;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;
import static uapi.linux.if_ether.IfEther.ETH_P_IPV6;

import java.util.ArrayList;
import java.util.List;
import linux.notifier.notifier_block;
import linux.printk.Printk;
import linux.skbuff.sk_buff;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeDevice;
import testing.Frames;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class FeaturesTest {
    private static final long ALL = NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_TSO | NETIF_F_TSO_ECN;

    private FakeDevice d;
    private final List<Long> events = new ArrayList<>();

    @BeforeEach
    void setUp() {
        d = FakeDevice.up("x0", ALL);
        Notifiers.register_netdevice_notifier(new notifier_block((nb, event, data) -> {
            events.add(event);
            return 0;
        }));
        events.clear();
    }

    @AfterEach
    void remove() {
        Registry.unregister_netdev(d.dev);
    }

    private sk_buff packet(int ip_summed, int gso_type) {
        sk_buff skb = Frames.tcp(d.dev, new byte[6], 1, 2, 3, 0, new byte[0], 100);
        skb.ip_summed = ip_summed;
        if (gso_type != 0) {
            skb.shinfo.gso_size = 10;
            skb.shinfo.gso_segs = 10;
            skb.shinfo.gso_type = gso_type;
        }
        return skb;
    }

    @Nested
    class harmonize_features {
        @Test
        @DisplayName("a protocol of which the device knows no checksums: it has none for it")
        void other_protocol() {
            sk_buff skb = packet(CHECKSUM_PARTIAL, 0);
            long features = NETIF_F_SG | NETIF_F_IP_CSUM;
            assertThat(Features.harmonize_features(skb, d.dev, features)).isEqualTo(features);
            skb.protocol = ETH_P_IPV6;
            assertThat(Features.harmonize_features(skb, d.dev, features)).isEqualTo(NETIF_F_SG);
            skb.ip_summed = CHECKSUM_NONE;
            assertThat(Features.harmonize_features(skb, d.dev, features)).as("nothing to sum").isEqualTo(features);
            kfree_skb(skb);
        }
    }

    @Nested
    class netif_skb_dev_features {
        @Test
        @DisplayName("a packet of more segments than the device takes must be split before")
        void too_many_segments() {
            sk_buff skb = packet(CHECKSUM_PARTIAL, SKB_GSO_TCPV4);
            assertThat(Features.netif_skb_dev_features(skb, d.dev) & NETIF_F_TSO).isNotZero();
            d.dev.gso_max_segs = 9;
            assertThat(Features.netif_skb_features(skb) & NETIF_F_GSO_MASK).isZero();
            kfree_skb(skb);
        }
    }

    @Nested
    class netdev_fix_features {
        private long fixed(long features) {
            return Features.netdev_fix_features(d.dev, features);
        }

        @Test
        @DisplayName("without scatter-gather there is no segmentation, in the device or before")
        void without_sg() {
            assertThat(fixed(NETIF_F_HW_CSUM | NETIF_F_TSO | NETIF_F_TSO_ECN | NETIF_F_GSO | NETIF_F_UFO))
                    .isEqualTo(NETIF_F_HW_CSUM);
        }

        @Test
        @DisplayName("without checksums there is no segmentation in the device; before it there is")
        void without_checksums() {
            assertThat(fixed(NETIF_F_SG | NETIF_F_TSO | NETIF_F_TSO_ECN | NETIF_F_TSO6 | NETIF_F_UFO | NETIF_F_GSO))
                    .isEqualTo(NETIF_F_SG | NETIF_F_GSO);
        }

        @Test
        @DisplayName("ECN for segments needs segments")
        void ecn_alone() {
            assertThat(fixed(NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_TSO_ECN)).isEqualTo(NETIF_F_SG | NETIF_F_HW_CSUM);
        }

        @Test
        @DisplayName("all checksums and some of them do not go together")
        void mixed() {
            assertThat(fixed(NETIF_F_HW_CSUM | NETIF_F_IP_CSUM)).isEqualTo(NETIF_F_HW_CSUM);
            assertThat(Printk.dmesg().toString()).contains("mixed HW and IP checksum settings");
        }

        @Test
        @DisplayName("what goes together stays")
        void stays() {
            assertThat(fixed(ALL | NETIF_F_UFO)).isEqualTo(ALL | NETIF_F_UFO);
            assertThat(fixed(NETIF_F_SG | NETIF_F_IP_CSUM | NETIF_F_TSO)).isEqualTo(NETIF_F_SG | NETIF_F_IP_CSUM | NETIF_F_TSO);
            assertThat(fixed(NETIF_F_SG | NETIF_F_IPV6_CSUM | NETIF_F_TSO6))
                    .isEqualTo(NETIF_F_SG | NETIF_F_IPV6_CSUM | NETIF_F_TSO6);
        }
    }

    @Nested
    class __netdev_update_features {
        @Test
        @DisplayName("0: nothing changes; 1: done; -1: the driver cannot")
        void results() {
            assertThat(Features.__netdev_update_features(d.dev)).isZero();
            d.dev.wanted_features &= ~NETIF_F_TSO;
            d.ops.ndo_set_features = (dev, f) -> -5;
            assertThat(Features.__netdev_update_features(d.dev)).isEqualTo(-1);
            assertThat(d.dev.features & NETIF_F_TSO).isNotZero();
            d.ops.ndo_set_features = null;
            assertThat(Features.__netdev_update_features(d.dev)).isOne();
            assertThat(d.dev.features & NETIF_F_TSO).isZero();
        }

        @Test
        @DisplayName("a driver that has set them itself is believed")
        void set_by_driver() {
            d.dev.wanted_features &= ~NETIF_F_TSO;
            d.ops.ndo_set_features = (dev, f) -> {
                dev.features = 0;
                return 1;
            };
            Features.__netdev_update_features(d.dev);
            assertThat(d.dev.features).isZero();
        }

        @Test
        @DisplayName("a driver may say what does not go together for it")
        void fixed_by_driver() {
            d.ops.ndo_fix_features = (dev, f) -> f & ~NETIF_F_SG;
            Features.__netdev_update_features(d.dev);
            assertThat(d.dev.features & (NETIF_F_SG | NETIF_F_TSO)).isZero();
        }
    }

    @Nested
    class netdev_update_features {
        @Test
        @DisplayName("tells of a change, and only of a change")
        void told() {
            Features.netdev_update_features(d.dev);
            assertThat(events).isEmpty();
            d.dev.wanted_features &= ~NETIF_F_TSO;
            Features.netdev_update_features(d.dev);
            assertThat(events).containsExactly((long) NETDEV_FEAT_CHANGE);
        }
    }

    @Nested
    class netdev_change_features {
        @Test
        @DisplayName("tells in any case")
        void told() {
            Features.netdev_change_features(d.dev);
            assertThat(events).containsExactly((long) NETDEV_FEAT_CHANGE);
        }
    }

    @Nested
    class netdev_increment_features {
        @Test
        @DisplayName("one more device: some things one of them must be able to do, others all")
        void combined() {
            long all = NETIF_F_NOCACHE_COPY;
            assertThat(Features.netdev_increment_features(all, NETIF_F_SG, -1)).isEqualTo(NETIF_F_SG);
            assertThat(Features.netdev_increment_features(all, NETIF_F_SG | NETIF_F_NOCACHE_COPY, NETIF_F_TSO))
                    .as("only what the mask allows").isEqualTo(NETIF_F_NOCACHE_COPY);
            assertThat(Features.netdev_increment_features(NETIF_F_IP_CSUM, NETIF_F_HW_CSUM, NETIF_F_HW_CSUM))
                    .isEqualTo(NETIF_F_HW_CSUM);
        }
    }

    @Nested
    class can_checksum_protocol {
        @Test
        @DisplayName("all; IPv4 only; IPv6 only; FCoE only")
        void cases() {
            assertThat(Features.can_checksum_protocol(NETIF_F_HW_CSUM, 0x1234)).isTrue();
            assertThat(Features.can_checksum_protocol(NETIF_F_IP_CSUM, ETH_P_IP)).isTrue();
            assertThat(Features.can_checksum_protocol(NETIF_F_IP_CSUM, ETH_P_IPV6)).isFalse();
            assertThat(Features.can_checksum_protocol(NETIF_F_IPV6_CSUM, ETH_P_IPV6)).isTrue();
            assertThat(Features.can_checksum_protocol(NETIF_F_IPV6_CSUM, ETH_P_IP)).isFalse();
            assertThat(Features.can_checksum_protocol(NETIF_F_FCOE_CRC, ETH_P_FCOE)).isTrue();
            assertThat(Features.can_checksum_protocol(NETIF_F_SG, ETH_P_IP)).isFalse();
        }
    }

    @Nested
    class net_gso_ok {
        @Test
        @DisplayName("every kind of segmentation that the packet needs must be there")
        void every() {
            assertThat(Features.net_gso_ok(NETIF_F_TSO, SKB_GSO_TCPV4)).isTrue();
            assertThat(Features.net_gso_ok(NETIF_F_TSO, SKB_GSO_TCPV4 | SKB_GSO_TCP_ECN)).isFalse();
            assertThat(Features.net_gso_ok(NETIF_F_TSO | NETIF_F_TSO_ECN, SKB_GSO_TCPV4 | SKB_GSO_TCP_ECN)).isTrue();
            assertThat(Features.net_gso_ok(0, 0)).isTrue();
        }
    }

    @Nested
    class skb_gso_ok {
        @Test
        @DisplayName("a frag_list must be taken as well")
        void frag_list() {
            sk_buff skb = packet(CHECKSUM_PARTIAL, SKB_GSO_TCPV4);
            assertThat(Features.skb_gso_ok(skb, NETIF_F_TSO)).isTrue();
            Skbs.addToList(skb, Skbs.linear(1));
            assertThat(Features.skb_gso_ok(skb, NETIF_F_TSO)).isFalse();
            assertThat(Features.skb_gso_ok(skb, NETIF_F_TSO | NETIF_F_FRAGLIST)).isTrue();
            kfree_skb(skb);
        }
    }

    @Nested
    class netif_needs_gso {
        private boolean needs(int ip_summed, int type, long features) {
            sk_buff skb = packet(ip_summed, type);
            boolean r = Features.netif_needs_gso(skb, features);
            kfree_skb(skb);
            return r;
        }

        @Test
        @DisplayName("only a large packet that the device cannot split, or of which the checksum is not left to it")
        void cases() {
            assertThat(needs(CHECKSUM_PARTIAL, 0, 0)).isFalse();
            assertThat(needs(CHECKSUM_PARTIAL, SKB_GSO_TCPV4, 0)).isTrue();
            assertThat(needs(CHECKSUM_PARTIAL, SKB_GSO_TCPV4, NETIF_F_TSO)).isFalse();
            assertThat(needs(CHECKSUM_UNNECESSARY, SKB_GSO_TCPV4, NETIF_F_TSO)).isFalse();
            assertThat(needs(CHECKSUM_NONE, SKB_GSO_TCPV4, NETIF_F_TSO)).isTrue();
        }
    }

    @Nested
    class netdev_get_wanted_features {
        @Test
        @DisplayName("what can be changed is as one wants it, the rest as it is")
        void wanted() {
            d.dev.hw_features = NETIF_F_SG | NETIF_F_TSO;
            d.dev.features = NETIF_F_SG | NETIF_F_HW_CSUM;
            d.dev.wanted_features = NETIF_F_TSO;

            assertThat(Features.netdev_get_wanted_features(d.dev)).isEqualTo(NETIF_F_HW_CSUM | NETIF_F_TSO);
        }
    }

    @Nested
    class netif_skb_features {
        @Test
        @DisplayName("those of the device that the packet is for")
        void of_its_device() {
            sk_buff skb = packet(linux.skbuff.sk_buff.CHECKSUM_PARTIAL, 0);
            assertThat(Features.netif_skb_features(skb)).isEqualTo(Features.netif_skb_dev_features(skb, d.dev)).isNotZero();
            skb.dev = new net_device();
            assertThat(Features.netif_skb_features(skb)).isEqualTo(Features.netif_skb_dev_features(skb, skb.dev));
            kfree_skb(skb);
        }
    }
}
