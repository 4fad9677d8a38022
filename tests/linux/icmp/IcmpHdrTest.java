// SPDX-License-Identifier: GPL-2.0-only
package linux.icmp;

import static linux.skbuff.Free.kfree_skb;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import linux.skbuff.sk_buff;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Skbs;
import uapi.linux.icmp.icmphdr;

@KernelTest
class IcmpHdrTest {
    @Nested
    class icmp_hdr {
        @Test
        @DisplayName("a view at transport_header, with every field in its place")
        void view() {
            sk_buff skb = Skbs.linear(40);
            skb.transport_header = skb.data;

            icmphdr h = IcmpHdr.icmp_hdr(skb);

            assertThat(h.type()).isEqualTo(0);
            assertThat(h.code()).isEqualTo(1);
            assertThat(h.checksum()).isEqualTo(0x0203);
            assertThat(h.gateway()).isEqualTo(0x04050607);
            assertThat(h.id()).isEqualTo(0x0405);
            assertThat(h.sequence()).isEqualTo(0x0607);
            assertThat(h.mtu()).isEqualTo(0x0607);
            h.type(9);
            h.code(8);
            h.checksum(0x0706);
            h.id(0x0504);
            h.sequence(0x0302);
            assertThat(Arrays.copyOfRange(skb.head, skb.data, skb.data + 8)).containsExactly(9, 8, 7, 6, 5, 4, 3, 2);
            h.gateway(0x01020304);
            h.mtu(0x0506);
            assertThat(h.gateway()).isEqualTo(0x01020506);
            kfree_skb(skb);
        }
    }
}
