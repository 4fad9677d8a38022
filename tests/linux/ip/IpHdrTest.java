// SPDX-License-Identifier: GPL-2.0-only
package linux.ip;

import static linux.skbuff.Free.kfree_skb;
import static org.assertj.core.api.Assertions.assertThat;

import linux.skbuff.sk_buff;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class IpHdrTest {
    @Nested
    class ip_hdr {
        @Test
        @DisplayName("a view at network_header")
        void view() {
            sk_buff skb = Skbs.linear(40);
            skb.network_header = skb.data + 4;

            assertThat(IpHdr.ip_hdr(skb).tot_len()).isEqualTo(0x0607);
            kfree_skb(skb);
        }
    }
}
