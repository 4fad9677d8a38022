// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static net.dst.dst_entry.DST_NOCACHE;
import static org.assertj.core.api.Assertions.assertThat;

import net.route.rtable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class DstTest {
    private final sk_buff skb = new sk_buff();
    private final rtable dst = new rtable();

    @Nested
    class skb_dst {
        @Test
        @DisplayName("is the route, owned or borrowed")
        void either() {
            assertThat(Dst.skb_dst(skb)).isNull();
            Dst.skb_dst_set(skb, dst);
            assertThat(Dst.skb_dst(skb)).isSameAs(dst);
            Dst.skb_dst_set_noref(skb, dst);
            assertThat(Dst.skb_dst(skb)).isSameAs(dst);
        }
    }

    @Nested
    class skb_dst_set {
        @Test
        @DisplayName("takes over the caller's reference")
        void owned() {
            dst.__refcnt = 1;
            Dst.skb_dst_set(skb, dst);
            assertThat(dst.__refcnt).isOne();
            assertThat(skb._skb_dst_noref).isFalse();
        }
    }

    @Nested
    class __skb_dst_set_noref {
        @Test
        @DisplayName("borrows, whatever the route, if it is forced to")
        void forced() {
            dst.flags = DST_NOCACHE;
            Dst.__skb_dst_set_noref(skb, dst, true);
            assertThat(skb._skb_dst_noref).isTrue();
            assertThat(dst.__refcnt).isZero();
        }
    }

    @Nested
    class skb_dst_set_noref {
        @Test
        @DisplayName("borrows a route that is cached")
        void cached() {
            Dst.skb_dst_set_noref(skb, dst);
            assertThat(skb._skb_dst_noref).isTrue();
            assertThat(dst.__refcnt).isZero();
        }

        @Test
        @DisplayName("one that is in no cache needs a reference")
        void not_cached() {
            dst.flags = DST_NOCACHE;
            Dst.skb_dst_set_noref(skb, dst);
            assertThat(skb._skb_dst_noref).isFalse();
            assertThat(dst.__refcnt).isOne();
        }
    }

    @Nested
    class skb_dst_is_noref {
        @Test
        @DisplayName("true of a borrowed route only")
        void borrowed() {
            assertThat(Dst.skb_dst_is_noref(skb)).isFalse();
            Dst.skb_dst_set_noref(skb, dst);
            assertThat(Dst.skb_dst_is_noref(skb)).isTrue();
            Dst.skb_dst_set(skb, dst);
            assertThat(Dst.skb_dst_is_noref(skb)).isFalse();
        }
    }

    @Nested
    class skb_rtable {
        @Test
        @DisplayName("is the route as IPv4 has it")
        void ipv4() {
            Dst.skb_dst_set(skb, dst);
            assertThat(Dst.skb_rtable(skb)).isSameAs(dst);
        }
    }
}
