// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.netdev_features.NetdevFeatures.NETIF_F_GSO;
import static linux.netdev_features.NetdevFeatures.NETIF_F_GSO_MASK;
import static linux.netdev_features.NetdevFeatures.NETIF_F_GSO_SOFTWARE;
import static linux.netdev_features.NetdevFeatures.NETIF_F_HW_CSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_SG;
import static linux.netdev_features.NetdevFeatures.NETIF_F_TSO;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV4;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Frames.to;

import linux.netdevice.net_device;
import net.dst.dst_entry;
import net.dst.dst_ops;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class DstTest {
    private final sock sk = new sock();
    private dst_entry dst;

    /** A route with {@code refs} references that stays when the last one is gone. */
    private static dst_entry route(int refs) {
        dst_entry dst = new dst_entry();
        dst.ops = new dst_ops();
        dst.dev = new net_device();
        dst.__refcnt = refs;
        return dst;
    }

    @BeforeEach
    void setUp() {
        dst = route(2);
        sk.sk_dst_cache = dst;
        sk.skc_tx_queue_mapping = 3;
    }

    @Nested
    class __sk_dst_get {
        @Test
        @DisplayName("takes no reference")
        void no_reference() {
            assertThat(Dst.__sk_dst_get(sk)).isSameAs(dst);
            assertThat(dst.__refcnt).isEqualTo(2);
        }
    }

    @Nested
    class sk_dst_get {
        @Test
        @DisplayName("takes a reference, if there is a route that anybody refers to")
        void reference() {
            assertThat(Dst.sk_dst_get(sk)).isSameAs(dst);
            assertThat(dst.__refcnt).isEqualTo(3);

            dst.__refcnt = 0;
            assertThat(Dst.sk_dst_get(sk)).isNull();
            sk.sk_dst_cache = null;
            assertThat(Dst.sk_dst_get(sk)).isNull();
        }
    }

    @Nested
    class dst_negative_advice {
        @Test
        @DisplayName("takes over what the route puts in its place")
        void another() {
            dst_entry other = route(1);
            dst.ops.negative_advice = d -> other;

            Dst.dst_negative_advice(sk);

            assertThat(sk.sk_dst_cache).isSameAs(other);
            assertThat(sk.skc_tx_queue_mapping).isEqualTo(-1);
        }

        @Test
        @DisplayName("changes nothing if the route stands by itself, or cannot be asked, or does not exist")
        void nothing() {
            Dst.dst_negative_advice(sk);
            dst.ops.negative_advice = d -> d;
            Dst.dst_negative_advice(sk);
            assertThat(sk.sk_dst_cache).isSameAs(dst);
            assertThat(sk.skc_tx_queue_mapping).isEqualTo(3);

            sk.sk_dst_cache = null;
            Dst.dst_negative_advice(sk);
            assertThat(sk.sk_dst_cache).isNull();
        }
    }

    @Nested
    class __sk_dst_set {
        @Test
        @DisplayName("gives the old route back and takes the reference of the new one over")
        void replaced() {
            dst_entry other = route(1);

            Dst.__sk_dst_set(sk, other);

            assertThat(sk.sk_dst_cache).isSameAs(other);
            assertThat(other.__refcnt).isEqualTo(1);
            assertThat(dst.__refcnt).isEqualTo(1);
            assertThat(sk.skc_tx_queue_mapping).isEqualTo(-1);
        }
    }

    @Nested
    class sk_dst_set {
        @Test
        @DisplayName("does the same when the socket is not locked")
        void replaced() {
            dst_entry other = route(1);

            Dst.sk_dst_set(sk, other);

            assertThat(sk.sk_dst_cache).isSameAs(other);
            assertThat(dst.__refcnt).isEqualTo(1);
        }
    }

    @Nested
    class __sk_dst_reset {
        @Test
        @DisplayName("the socket has no route any more")
        void none() {
            Dst.__sk_dst_reset(sk);

            assertThat(sk.sk_dst_cache).isNull();
            assertThat(dst.__refcnt).isEqualTo(1);
        }
    }

    @Nested
    class sk_dst_reset {
        @Test
        @DisplayName("the socket has no route any more")
        void none() {
            Dst.sk_dst_reset(sk);

            assertThat(sk.sk_dst_cache).isNull();
            assertThat(dst.__refcnt).isEqualTo(1);
        }
    }

    @Nested
    class sk_can_gso {
        @Test
        @DisplayName("the route's device must be able to split packets of the socket's kind")
        void kind() {
            sk.sk_gso_type = SKB_GSO_TCPV4;
            assertThat(Dst.sk_can_gso(sk)).isFalse();
            sk.sk_route_caps = NETIF_F_TSO;
            assertThat(Dst.sk_can_gso(sk)).isTrue();
        }
    }

    @Nested
    class sk_nocaps_add {
        @Test
        @DisplayName("what is given up is given up on this route and on those to come")
        void given_up() {
            sk.sk_route_caps = NETIF_F_SG | NETIF_F_TSO;

            Dst.sk_nocaps_add(sk, NETIF_F_GSO_MASK);

            assertThat(sk.sk_route_caps).isEqualTo(NETIF_F_SG);
            assertThat(sk.sk_route_nocaps).isEqualTo(NETIF_F_GSO_MASK);
        }
    }

    @Nested
    class __sk_dst_check {
        @Test
        @DisplayName("a route that is obsolete and says no is dropped")
        void says_no() {
            dst.obsolete = dst_entry.DST_OBSOLETE_FORCE_CHK;
            dst.ops.check = (d, cookie) -> null;

            assertThat(Dst.__sk_dst_check(sk, 0)).isNull();

            assertThat(sk.sk_dst_cache).isNull();
            assertThat(dst.__refcnt).isEqualTo(1);
            assertThat(sk.skc_tx_queue_mapping).isEqualTo(-1);
        }

        @Test
        @DisplayName("one that says yes stays, and one that is not obsolete is not even asked")
        void says_yes() {
            assertThat(Dst.__sk_dst_check(sk, 0)).isSameAs(dst);
            dst.obsolete = dst_entry.DST_OBSOLETE_FORCE_CHK;
            dst.ops.check = (d, cookie) -> cookie == 7 ? d : null;

            assertThat(Dst.__sk_dst_check(sk, 7)).isSameAs(dst);

            assertThat(dst.__refcnt).isEqualTo(2);
            assertThat(sk.skc_tx_queue_mapping).isEqualTo(3);
        }
    }

    @Nested
    class sk_dst_check {
        @Test
        @DisplayName("gives the caller a reference to a route that is good")
        void good() {
            assertThat(Dst.sk_dst_check(sk, 0)).isSameAs(dst);
            assertThat(dst.__refcnt).isEqualTo(3);
        }

        @Test
        @DisplayName("of one that is not good both references go, the socket's and the caller's")
        void not_good() {
            dst.obsolete = dst_entry.DST_OBSOLETE_DEAD;
            dst.ops.check = (d, cookie) -> null;

            assertThat(Dst.sk_dst_check(sk, 0)).isNull();

            assertThat(sk.sk_dst_cache).isNull();
            assertThat(dst.__refcnt).isEqualTo(1);
        }
    }

    @Nested
    class sk_setup_caps {
        private dst_entry to(long features) {
            dst_entry other = route(1);
            other.dev.features = features;
            other.dev.gso_max_size = 65536;
            other.dev.gso_max_segs = 65535;
            sk.sk_gso_type = SKB_GSO_TCPV4;
            return other;
        }

        @Test
        @DisplayName("with GSO the socket builds large packets in pieces, without checksums, whatever the device can do")
        void gso() {
            dst_entry other = to(NETIF_F_GSO);

            Dst.sk_setup_caps(sk, other);

            assertThat(sk.sk_dst_cache).isSameAs(other);
            assertThat(sk.sk_route_caps)
                    .isEqualTo(NETIF_F_GSO | NETIF_F_GSO_SOFTWARE | NETIF_F_SG | NETIF_F_HW_CSUM);
            assertThat(sk.sk_gso_max_size).isEqualTo(65536);
            assertThat(sk.sk_gso_max_segs).isEqualTo(65535);
        }

        @Test
        @DisplayName("a device without GSO gets packets of one segment, summed up and in one piece")
        void no_gso() {
            Dst.sk_setup_caps(sk, to(0));

            assertThat(sk.sk_route_caps).isZero();
            assertThat(sk.sk_gso_max_size).isZero();
        }

        @Test
        @DisplayName("a route that needs room for headers of its own cannot have GSO")
        void header_len() {
            dst_entry other = to(NETIF_F_GSO);
            other.header_len = 20;

            Dst.sk_setup_caps(sk, other);

            assertThat(sk.sk_route_caps & NETIF_F_GSO_MASK).isZero();
            assertThat(sk.sk_gso_max_size).isZero();
        }

        @Test
        @DisplayName("what the socket has given up it does not get back")
        void nocaps() {
            sk.sk_route_nocaps = NETIF_F_GSO_MASK;

            Dst.sk_setup_caps(sk, to(NETIF_F_GSO));

            assertThat(sk.sk_route_caps).isEqualTo(NETIF_F_GSO);
        }
    }
}
