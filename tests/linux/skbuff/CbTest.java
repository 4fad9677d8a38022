// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class CbTest {
    private final sk_buff skb = new sk_buff();

    @Test
    @DisplayName("each layer has its own place, and finds it again")
    void places() {
        Cb.TCP_SKB_CB(skb).seq = 1;
        Cb.IPCB(skb).flags = 2;
        Cb.NAPI_GRO_CB(skb).count = 3;

        assertThat(Cb.TCP_SKB_CB(skb).seq).isEqualTo(1);
        assertThat(Cb.IPCB(skb).flags).isEqualTo(2);
        assertThat(Cb.NAPI_GRO_CB(skb).count).isEqualTo(3);
    }

    @Test
    @DisplayName("IP clears its own, and TCP's stays")
    void ip_only() {
        Cb.TCP_SKB_CB(skb).seq = 1;
        Cb.IPCB(skb).flags = 2;

        Cb.clearIpcb(skb);

        assertThat(Cb.IPCB(skb).flags).isZero();
        assertThat(Cb.TCP_SKB_CB(skb).seq).isEqualTo(1);
    }

    @Test
    @DisplayName("all can be cleared at once")
    void all() {
        Cb.TCP_SKB_CB(skb).seq = 1;
        Cb.IPCB(skb).flags = 2;
        Cb.NAPI_GRO_CB(skb).count = 3;

        Cb.clearCb(skb);

        assertThat(Cb.TCP_SKB_CB(skb).seq).isZero();
        assertThat(Cb.IPCB(skb).flags).isZero();
        assertThat(Cb.NAPI_GRO_CB(skb).count).isZero();
    }
}
