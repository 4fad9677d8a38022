// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.hrtimer.Clock.now;
import static linux.skbuff.Dst.skb_dst;
import static linux.skbuff.Dst.skb_dst_set;
import static linux.skbuff.Skel_others.PACKET_HOST;
import static org.assertj.core.api.Assertions.assertThat;

import linux.hrtimer.Clock;
import net.dst.dst_entry;
import net.sock.sock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class MetaTest {
    private final sk_buff skb = new sk_buff();
    private final sk_buff other = new sk_buff();

    @Nested
    class skb_pfmemalloc {
        @Test
        @DisplayName("true of a packet from the reserves")
        void reserves() {
            assertThat(Meta.skb_pfmemalloc(skb)).isFalse();
            skb.pfmemalloc = true;
            assertThat(Meta.skb_pfmemalloc(skb)).isTrue();
        }
    }

    @Nested
    class skb_copy_hash {
        @Test
        @DisplayName("copies the hash and how good it is")
        void copied() {
            skb.rxhash = 5;
            skb.l4_rxhash = true;
            Meta.skb_copy_hash(other, skb);
            assertThat(other.rxhash).isEqualTo(5);
            assertThat(other.l4_rxhash).isTrue();
        }
    }

    @Nested
    class __net_timestamp {
        @Test
        @DisplayName("notes the wall-clock time")
        void now() {
            Clock.passTo(5_000_000);
            Meta.__net_timestamp(skb);
            assertThat(skb.tstamp).isEqualTo(Clock.BOOT_SECONDS * Clock.NSEC_PER_SEC + 5_000_000);
        }
    }

    @Nested
    class net_invalid_timestamp {
        @Test
        @DisplayName("is what a new packet has")
        void none() {
            assertThat(Meta.net_invalid_timestamp()).isEqualTo(skb.tstamp);
        }
    }

    @Nested
    class skb_set_queue_mapping {
        @Test
        @DisplayName("keeps 16 bits")
        void set() {
            Meta.skb_set_queue_mapping(skb, 0x12345);
            assertThat(skb.queue_mapping).isEqualTo(0x2345);
        }
    }

    @Nested
    class skb_get_queue_mapping {
        @Test
        @DisplayName("is what was set")
        void get() {
            skb.queue_mapping = 7;
            assertThat(Meta.skb_get_queue_mapping(skb)).isEqualTo(7);
        }
    }

    @Nested
    class skb_copy_queue_mapping {
        @Test
        @DisplayName("copies it")
        void copied() {
            skb.queue_mapping = 7;
            Meta.skb_copy_queue_mapping(other, skb);
            assertThat(other.queue_mapping).isEqualTo(7);
        }
    }

    @Nested
    class skb_scrub_packet {
        private int destroyed;

        private void used() {
            skb.sk = new sock();
            skb.destructor = s -> destroyed++;
            skb.tstamp = 5;
            skb.pkt_type = PACKET_HOST + 3;
            skb.skb_iif = 4;
            skb.local_df = true;
            skb.mark = 6;
            dst_entry dst = new dst_entry();
            dst.__refcnt = 1;
            skb_dst_set(skb, dst);
        }

        @Test
        @DisplayName("wipes off time, type, device, mark and route")
        void wiped() {
            used();

            Meta.skb_scrub_packet(skb, false);

            assertThat(skb.tstamp).isZero();
            assertThat(skb.pkt_type).isEqualTo(PACKET_HOST);
            assertThat(skb.skb_iif).isZero();
            assertThat(skb.local_df).isFalse();
            assertThat(skb.mark).isZero();
            assertThat(skb_dst(skb)).isNull();
            assertThat(destroyed).isZero();
            assertThat(skb.sk).isNotNull();
        }

        @Test
        @DisplayName("into another namespace it leaves its socket, too")
        void another_namespace() {
            used();

            Meta.skb_scrub_packet(skb, true);

            assertThat(destroyed).isOne();
            assertThat(skb.sk).isNull();
        }
    }
}
