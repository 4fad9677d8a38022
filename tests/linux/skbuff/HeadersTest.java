// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.skbuff.Data.skb_pull;
import static linux.skbuff.Data.skb_push;
import static linux.skbuff.Free.kfree_skb;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class HeadersTest {
    private sk_buff skb;

    @BeforeEach
    void fresh() {
        skb = Skbs.linear(100);
    }

    @AfterEach
    void free() {
        kfree_skb(skb);
    }

    @Nested
    class skb_reset_inner_headers {
        @Test
        @DisplayName("the inner headers are where the outer ones are")
        void copied() {
            Headers.skb_set_mac_header(skb, -14);
            Headers.skb_set_network_header(skb, 0);
            Headers.skb_set_transport_header(skb, 20);

            Headers.skb_reset_inner_headers(skb);

            assertThat(skb.inner_mac_header).isEqualTo(skb.mac_header);
            assertThat(skb.inner_network_header).isEqualTo(skb.network_header);
            assertThat(skb.inner_transport_header).isEqualTo(skb.transport_header);
        }
    }

    @Nested
    class skb_reset_mac_len {
        @Test
        @DisplayName("the link header reaches up to the IP header")
        void length() {
            Headers.skb_set_mac_header(skb, -14);
            Headers.skb_set_network_header(skb, 0);

            Headers.skb_reset_mac_len(skb);

            assertThat(skb.mac_len).isEqualTo(14);
        }
    }

    @Nested
    class skb_inner_transport_header {
        @Test
        @DisplayName("is an offset into head")
        void offset() {
            skb.inner_transport_header = 77;
            assertThat(Headers.skb_inner_transport_header(skb)).isEqualTo(77);
        }
    }

    @Nested
    class skb_reset_inner_transport_header {
        @Test
        @DisplayName("is where the data begin")
        void reset() {
            Headers.skb_reset_inner_transport_header(skb);
            assertThat(skb.inner_transport_header).isEqualTo(skb.data);
        }
    }

    @Nested
    class skb_set_inner_transport_header {
        @Test
        @DisplayName("counts from where the data begin")
        void set() {
            Headers.skb_set_inner_transport_header(skb, -4);
            assertThat(skb.inner_transport_header).isEqualTo(skb.data - 4);
        }
    }

    @Nested
    class skb_inner_network_header {
        @Test
        @DisplayName("is an offset into head")
        void offset() {
            skb.inner_network_header = 78;
            assertThat(Headers.skb_inner_network_header(skb)).isEqualTo(78);
        }
    }

    @Nested
    class skb_reset_inner_network_header {
        @Test
        @DisplayName("is where the data begin")
        void reset() {
            Headers.skb_reset_inner_network_header(skb);
            assertThat(skb.inner_network_header).isEqualTo(skb.data);
        }
    }

    @Nested
    class skb_set_inner_network_header {
        @Test
        @DisplayName("counts from where the data begin")
        void set() {
            Headers.skb_set_inner_network_header(skb, 6);
            assertThat(skb.inner_network_header).isEqualTo(skb.data + 6);
        }
    }

    @Nested
    class skb_transport_header_was_set {
        @Test
        @DisplayName("false of a new packet")
        void fresh() {
            assertThat(Headers.skb_transport_header_was_set(skb)).isFalse();
            Headers.skb_reset_transport_header(skb);
            assertThat(Headers.skb_transport_header_was_set(skb)).isTrue();
        }
    }

    @Nested
    class skb_transport_header {
        @Test
        @DisplayName("stays where it is when the data move on")
        void stays() {
            Headers.skb_reset_transport_header(skb);
            skb_pull(skb, 20);
            assertThat(Headers.skb_transport_header(skb)).isEqualTo(Skbs.HEADROOM);
        }
    }

    @Nested
    class skb_reset_transport_header {
        @Test
        @DisplayName("is where the data begin")
        void reset() {
            skb_pull(skb, 5);
            Headers.skb_reset_transport_header(skb);
            assertThat(skb.transport_header).isEqualTo(Skbs.HEADROOM + 5);
        }
    }

    @Nested
    class skb_set_transport_header {
        @Test
        @DisplayName("counts from where the data begin, forwards or backwards")
        void set() {
            Headers.skb_set_transport_header(skb, 20);
            assertThat(skb.transport_header).isEqualTo(skb.data + 20);
            Headers.skb_set_transport_header(skb, -20);
            assertThat(skb.transport_header).isEqualTo(skb.data - 20);
        }
    }

    @Nested
    class skb_network_header {
        @Test
        @DisplayName("stays where it is when the data move on")
        void stays() {
            Headers.skb_reset_network_header(skb);
            skb_pull(skb, 20);
            assertThat(Headers.skb_network_header(skb)).isEqualTo(Skbs.HEADROOM);
        }
    }

    @Nested
    class skb_reset_network_header {
        @Test
        @DisplayName("is where the data begin")
        void reset() {
            Headers.skb_reset_network_header(skb);
            assertThat(skb.network_header).isEqualTo(Skbs.HEADROOM);
        }
    }

    @Nested
    class skb_set_network_header {
        @Test
        @DisplayName("counts from where the data begin")
        void set() {
            Headers.skb_set_network_header(skb, -20);
            assertThat(skb.network_header).isEqualTo(skb.data - 20);
        }
    }

    @Nested
    class skb_mac_header {
        @Test
        @DisplayName("is an offset into head")
        void offset() {
            Headers.skb_reset_mac_header(skb);
            assertThat(Headers.skb_mac_header(skb)).isEqualTo(Skbs.HEADROOM);
        }
    }

    @Nested
    class skb_mac_header_was_set {
        @Test
        @DisplayName("false of a new packet")
        void fresh() {
            assertThat(Headers.skb_mac_header_was_set(skb)).isFalse();
            Headers.skb_reset_mac_header(skb);
            assertThat(Headers.skb_mac_header_was_set(skb)).isTrue();
        }
    }

    @Nested
    class skb_reset_mac_header {
        @Test
        @DisplayName("is where the data begin")
        void reset() {
            skb_push(skb, 14);
            Headers.skb_reset_mac_header(skb);
            assertThat(skb.mac_header).isEqualTo(Skbs.HEADROOM - 14);
        }
    }

    @Nested
    class skb_set_mac_header {
        @Test
        @DisplayName("counts from where the data begin")
        void set() {
            Headers.skb_set_mac_header(skb, -14);
            assertThat(skb.mac_header).isEqualTo(skb.data - 14);
        }
    }

    @Nested
    class skb_checksum_start_offset {
        @Test
        @DisplayName("counts from where the data begin now")
        void start() {
            skb.csum_start = Skbs.HEADROOM + 20;
            skb_pull(skb, 14);
            assertThat(Headers.skb_checksum_start_offset(skb)).isEqualTo(6);
        }
    }

    @Nested
    class skb_transport_offset {
        @Test
        @DisplayName("counts from where the data begin now; negative once it has been pulled")
        void pulled() {
            Headers.skb_set_transport_header(skb, 20);
            assertThat(Headers.skb_transport_offset(skb)).isEqualTo(20);
            skb_pull(skb, 40);
            assertThat(Headers.skb_transport_offset(skb)).isEqualTo(-20);
        }
    }

    @Nested
    class skb_network_header_len {
        @Test
        @DisplayName("reaches up to the transport header")
        void length() {
            Headers.skb_set_network_header(skb, 0);
            Headers.skb_set_transport_header(skb, 24);
            assertThat(Headers.skb_network_header_len(skb)).isEqualTo(24);
        }
    }

    @Nested
    class skb_network_offset {
        @Test
        @DisplayName("counts from where the data begin now; negative once it has been pulled")
        void pulled() {
            Headers.skb_reset_network_header(skb);
            skb_pull(skb, 20);
            assertThat(Headers.skb_network_offset(skb)).isEqualTo(-20);
        }
    }
}
