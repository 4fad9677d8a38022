// SPDX-License-Identifier: GPL-2.0-only
package net.netlink;

import static linux.errno.Errno.EMSGSIZE;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import linux.skbuff.sk_buff;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;

@KernelTest
class NlaTest {
    private final sk_buff skb = new sk_buff();

    private void tailroom(int room) {
        skb.head = new byte[room];
        Arrays.fill(skb.head, (byte) -1);
        skb.end = room;
    }

    @ParameterizedTest
    @CsvSource({"0, 4, 4, 0", "1, 5, 8, 3", "4, 8, 8, 0", "5, 9, 12, 3"})
    @DisplayName("header, payload, and padding to four bytes")
    void sizes(int payload, int attr_size, int total_size, int padlen) {
        assertThat(Nla.nla_attr_size(payload)).isEqualTo(attr_size);
        assertThat(Nla.nla_total_size(payload)).isEqualTo(total_size);
        assertThat(Nla.nla_padlen(payload)).isEqualTo(padlen);
    }

    @Nested
    class nla_put {
        @Test
        @DisplayName("length and type are little-endian, the padding is zero and does not count")
        void layout() {
            tailroom(16);

            assertThat(Nla.nla_put(skb, 0x0102, 5, new byte[] {9, 8, 7, 6, 5})).isZero();

            assertThat(skb.len).isEqualTo(12);
            assertThat(skb.head).containsExactly(9, 0, 2, 1, 9, 8, 7, 6, 5, 0, 0, 0, -1, -1, -1, -1);
        }

        @Test
        @DisplayName("-EMSGSIZE when the padding does not fit, and nothing is written")
        void no_room() {
            tailroom(11);

            assertThat(Nla.nla_put(skb, 1, 5, new byte[5])).isEqualTo(-EMSGSIZE);

            assertThat(skb.len).isZero();
            assertThat(skb.head).containsOnly(-1);
        }
    }
}
