// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_set_network_header;
import static linux.skbuff.Headers.skb_set_transport_header;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV4;
import static linux.skbuff.SkbConst.SKB_GSO_UDP;
import static linux.skbuff.sk_buff.CHECKSUM_COMPLETE;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class ForwardTest {
    private sk_buff skb;

    /** IP header of 20 bytes, TCP header of 32, and segments of 1000 bytes. */
    @BeforeEach
    void segments() {
        skb = Skbs.linear(100);
        skb_set_network_header(skb, 0);
        skb_set_transport_header(skb, 20);
        skb.head[skb.transport_header + 12] = (byte) (8 << 4);
        skb.shinfo.gso_size = 1000;
        skb.shinfo.gso_type = SKB_GSO_TCPV4;
    }

    @AfterEach
    void free() {
        kfree_skb(skb);
    }

    @Nested
    class skb_forward_csum {
        @Test
        @DisplayName("only a sum over the whole packet is void")
        void complete() {
            skb.ip_summed = CHECKSUM_COMPLETE;
            Forward.skb_forward_csum(skb);
            assertThat(skb.ip_summed).isEqualTo(CHECKSUM_NONE);
            skb.ip_summed = CHECKSUM_PARTIAL;
            Forward.skb_forward_csum(skb);
            assertThat(skb.ip_summed).isEqualTo(CHECKSUM_PARTIAL);
        }
    }

    @Nested
    class skb_gso_transport_seglen {
        @Test
        @DisplayName("TCP's header is in each segment; UDP's size counts it already")
        void transport() {
            assertThat(Forward.skb_gso_transport_seglen(skb)).isEqualTo(1032);
            skb.shinfo.gso_type = SKB_GSO_UDP;
            assertThat(Forward.skb_gso_transport_seglen(skb)).isEqualTo(1000);
        }
    }

    @Nested
    class skb_gso_network_seglen {
        @Test
        @DisplayName("with the IP header")
        void network() {
            assertThat(Forward.skb_gso_network_seglen(skb)).isEqualTo(1052);
        }
    }
}
