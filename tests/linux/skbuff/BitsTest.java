// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.errno.Errno.EFAULT;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static net.checksum.Csum.csum_fold;
import static net.checksum.Csum.csum_partial;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Skbs.linear;

import java.util.Arrays;
import linux.types.View;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class BitsTest {
    @Nested
    class skb_add_data {
        @Test
        @DisplayName("adds the application's bytes; a device that does checksums needs no sum")
        void copied() {
            sk_buff skb = Skbs.linear(4, 10);
            skb.ip_summed = CHECKSUM_PARTIAL;

            assertThat(Bits.skb_add_data(skb, Skbs.count(2, 7), 2, 5)).isZero();

            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, 9));
            assertThat(skb.csum).isZero();
            kfree_skb(skb);
        }

        @ParameterizedTest
        @ValueSource(ints = {4, 5})
        @DisplayName("otherwise they are summed up, from an even or an odd place on")
        void summed(int n) {
            sk_buff skb = Skbs.linear(n, 10);
            skb.csum = csum_partial(skb.head, skb.data, n, 0);

            assertThat(Bits.skb_add_data(skb, Skbs.count(n, 5), 0, 5)).isZero();

            assertThat(csum_fold(skb.csum)).isEqualTo(csum_fold(csum_partial(skb.head, skb.data, n + 5, 0)));
            kfree_skb(skb);
        }

        @ParameterizedTest
        @ValueSource(ints = {CHECKSUM_NONE, CHECKSUM_PARTIAL})
        @DisplayName("a bad pointer: -EFAULT, and the packet is as it was")
        void fault(int ip_summed) {
            sk_buff skb = Skbs.linear(4, 10);
            skb.ip_summed = ip_summed;
            skb.csum = 77;

            assertThat(Bits.skb_add_data(skb, null, 0, 5)).isEqualTo(-EFAULT);

            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, 4));
            assertThat(skb.csum).isEqualTo(77);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_header_pointer {
        private final byte[] buffer = new byte[8];

        @Test
        @DisplayName("in the linear part: there")
        void linear() {
            sk_buff skb = Skbs.everything();

            View v = Bits.skb_header_pointer(skb, 3, 4, buffer);

            assertThat(v.b).isSameAs(skb.head);
            assertThat(v.at).isEqualTo(skb.data + 3);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("beyond: a copy")
        void copy() {
            sk_buff skb = Skbs.everything();

            View v = Bits.skb_header_pointer(skb, 4, 8, buffer);

            assertThat(v.b).isSameAs(buffer).isEqualTo(Skbs.count(4, 8));
            assertThat(v.at).isZero();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("the packet is too short: null")
        void too_short() {
            sk_buff skb = Skbs.everything();
            assertThat(Bits.skb_header_pointer(skb, 36, 8, buffer)).isNull();
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_copy_from_linear_data {
        @Test
        @DisplayName("copies from the front of the linear part")
        void copied() {
            sk_buff skb = Skbs.linear(10);
            byte[] to = new byte[6];
            Bits.skb_copy_from_linear_data(skb, to, 1, 5);
            assertThat(to).isEqualTo(new byte[] {0, 0, 1, 2, 3, 4});
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_copy_from_linear_data_offset {
        @Test
        @DisplayName("copies from anywhere in the linear part")
        void copied() {
            sk_buff skb = Skbs.linear(10);
            byte[] to = new byte[6];
            Bits.skb_copy_from_linear_data_offset(skb, 4, to, 1, 5);
            assertThat(to).isEqualTo(new byte[] {0, 4, 5, 6, 7, 8});
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_copy_to_linear_data_offset {
        @Test
        @DisplayName("writes anywhere in the linear part")
        void written() {
            sk_buff skb = Skbs.linear(5);
            Bits.skb_copy_to_linear_data_offset(skb, 2, new byte[] {0, 21, 22}, 1, 2);
            assertThat(Skbs.bytes(skb)).isEqualTo(new byte[] {0, 1, 21, 22, 4});
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_copy_bits {
        @Test
        @DisplayName("copies any piece, wherever it begins and ends")
        void any_piece() {
            sk_buff skb = Skbs.everything();
            for (int offset = 0; offset <= 43; offset++) {
                for (int len = 0; len <= 43 - offset; len++) {
                    byte[] to = new byte[len + 2];

                    assertThat(Bits.skb_copy_bits(skb, offset, to, 1, len)).isZero();

                    assertThat(Arrays.copyOfRange(to, 1, 1 + len)).isEqualTo(Skbs.count(offset, len));
                    assertThat(to[len + 1]).isZero();
                }
            }
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a negative offset reaches into the headroom")
        void headroom() {
            sk_buff skb = Skbs.everything();
            skb.head[Skbs.HEADROOM - 2] = 98;
            skb.head[Skbs.HEADROOM - 1] = 99;
            byte[] to = new byte[12];

            assertThat(Bits.skb_copy_bits(skb, -2, to, 0, 12)).isZero();

            assertThat(to).isEqualTo(new byte[] {98, 99, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
            kfree_skb(skb);
        }

        @Test
        @DisplayName("the packet is too short: -EFAULT")
        void too_short() {
            sk_buff skb = Skbs.everything();
            assertThat(Bits.skb_copy_bits(skb, 40, new byte[4], 0, 4)).isEqualTo(-EFAULT);
            assertThat(Bits.skb_copy_bits(skb, 0, new byte[44], 0, 44)).isEqualTo(-EFAULT);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a packet of the frag_list that has less than its length says: -EFAULT")
        void broken_list() {
            sk_buff skb = Skbs.linear(2);
            sk_buff frag = Skbs.linear(4);
            Skbs.addToList(skb, frag);
            frag.data_len = 2;

            assertThat(Bits.skb_copy_bits(skb, 0, new byte[6], 0, 6)).isEqualTo(-EFAULT);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_store_bits {
        @Test
        @DisplayName("writes any piece, wherever it begins and ends")
        void any_piece() {
            for (int offset = 0; offset <= 43; offset++) {
                int len = Math.min(17, 43 - offset);
                sk_buff skb = Skbs.everything();
                byte[] expected = Skbs.count(0, 43);
                System.arraycopy(Skbs.count(100, len), 0, expected, offset, len);

                assertThat(Bits.skb_store_bits(skb, offset, Skbs.count(99, len + 1), 1, len)).isZero();

                assertThat(Skbs.bytes(skb)).isEqualTo(expected);
                kfree_skb(skb);
            }
        }

        @Test
        @DisplayName("the packet is too short: -EFAULT, and nothing is written")
        void too_short() {
            sk_buff skb = Skbs.everything();
            assertThat(Bits.skb_store_bits(skb, 40, new byte[4], 0, 4)).isEqualTo(-EFAULT);
            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, 43));
            kfree_skb(skb);
        }
    }
}
