// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.sk_buff.CHECKSUM_COMPLETE;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.CHECKSUM_UNNECESSARY;
import static net.checksum.Csum.csum_fold;
import static net.checksum.Csum.csum_partial;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static testing.Vectors.each;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import linux.bug.Oops;
import linux.types.Be;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class ChecksumTest {
    /** The checksum over bytes that count up from {@code first}. */
    private static int check(int first, int n) {
        return csum_fold(csum_partial(Skbs.count(first, n), 0, n, 0));
    }

    /** A packet of every kind of bytes whose checksum, at 2, is right. */
    private static sk_buff right() {
        sk_buff skb = Skbs.everything();
        Be.put16(skb.head, skb.data + 2, 0);
        byte[] all = Skbs.bytes(skb);
        Be.put16(skb.head, skb.data + 2, csum_fold(csum_partial(all, 0, all.length, 0)));
        return skb;
    }

    @Nested
    class skb_csum_unnecessary {
        @ParameterizedTest
        @CsvSource({"0, false", "1, true", "2, false", "3, true"})
        @DisplayName("true if a device vouches for it, or if it is still to be sent")
        void each(int ip_summed, boolean expected) {
            sk_buff skb = Skbs.linear(1);
            skb.ip_summed = ip_summed;
            assertThat(Checksum.skb_csum_unnecessary(skb)).isEqualTo(expected);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_postpull_rcsum {
        @Test
        @DisplayName("takes the pulled bytes out of the sum over the whole packet")
        void taken_out() {
            sk_buff skb = Skbs.linear(30);
            skb.ip_summed = CHECKSUM_COMPLETE;
            skb.csum = csum_partial(skb.head, skb.data, 30, 0);

            Checksum.skb_postpull_rcsum(skb, skb.data, 8);

            assertThat(csum_fold(skb.csum)).isEqualTo(check(8, 22));
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a sum that is none stays")
        void none() {
            sk_buff skb = Skbs.linear(30);
            skb.csum = 5;
            Checksum.skb_postpull_rcsum(skb, skb.data, 8);
            assertThat(skb.csum).isEqualTo(5);
            kfree_skb(skb);
        }
    }

    @Nested
    class __skb_checksum_validate_needed {
        @Test
        @DisplayName("not if a device vouches for it, nor if the sender sent none and that is allowed")
        void needed() {
            sk_buff skb = Skbs.linear(1);
            assertThat(Checksum.__skb_checksum_validate_needed(skb, false, 0)).isTrue();
            assertThat(Checksum.__skb_checksum_validate_needed(skb, true, 1)).isTrue();
            assertThat(Checksum.__skb_checksum_validate_needed(skb, true, 0)).isFalse();
            assertThat(skb.ip_summed).isEqualTo(CHECKSUM_UNNECESSARY);
            assertThat(Checksum.__skb_checksum_validate_needed(skb, false, 1)).isFalse();
            kfree_skb(skb);
        }
    }

    @Nested
    class __skb_checksum_validate_complete {
        @Test
        @DisplayName("the device's sum and the pseudo header's fit: right")
        void by_the_device() {
            sk_buff skb = right();
            byte[] all = Skbs.bytes(skb);
            skb.ip_summed = CHECKSUM_COMPLETE;
            skb.csum = csum_partial(all, 0, all.length, 0);

            assertThat(Checksum.__skb_checksum_validate_complete(skb, false, 0)).isZero();

            assertThat(skb.ip_summed).isEqualTo(CHECKSUM_UNNECESSARY);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("the device's sum does not fit: the packet is looked at, and the packet counts")
        void device_is_wrong() {
            sk_buff skb = right();
            skb.ip_summed = CHECKSUM_COMPLETE;
            skb.csum = 12345;

            assertThat(Checksum.__skb_checksum_validate_complete(skb, false, 0)).isZero();

            assertThat(skb.ip_summed).isEqualTo(CHECKSUM_UNNECESSARY);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a short packet is summed up at once, right or wrong")
        void short_one() {
            sk_buff skb = right();
            assertThat(Checksum.__skb_checksum_validate_complete(skb, false, 1)).isNotZero();
            assertThat(skb.ip_summed).isEqualTo(CHECKSUM_NONE);
            assertThat(Checksum.__skb_checksum_validate_complete(skb, false, 0)).isZero();
            assertThat(skb.ip_summed).isEqualTo(CHECKSUM_UNNECESSARY);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a long one waits for its reader, unless it has to be complete")
        void long_one() {
            sk_buff skb = Skbs.linear(77);

            assertThat(Checksum.__skb_checksum_validate_complete(skb, false, 99)).isZero();
            assertThat(skb.ip_summed).isEqualTo(CHECKSUM_NONE);
            assertThat(skb.csum).isEqualTo(99);
            assertThat(Checksum.__skb_checksum_validate_complete(skb, true, 99)).isNotZero();
            kfree_skb(skb);
        }
    }

    @Nested
    class __skb_checksum {
        @Test
        @DisplayName("sums up in the manner that it is given: each piece once, each with its place")
        void ops() {
            sk_buff skb = Skbs.everything();
            List<String> calls = new ArrayList<>();
            skb_checksum_ops ops = new skb_checksum_ops(
                    (mem, at, len, sum) -> {
                        calls.add("update " + len);
                        return sum + len;
                    },
                    (csum, csum2, offset, len) -> {
                        calls.add("combine " + csum2 + " at " + offset);
                        return csum + csum2;
                    });

            assertThat(Checksum.__skb_checksum(skb, 2, 40, 100, ops)).isEqualTo(140);

            assertThat(calls)
                    .containsExactly(
                            "update 5",
                            "update 5",
                            "combine 5 at 5",
                            "update 11",
                            "combine 11 at 10",
                            "update 9",
                            "combine 9 at 21",
                            "update 3",
                            "update 7",
                            "combine 7 at 3",
                            "combine 10 at 30");
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_checksum {
        @Test
        @DisplayName("is that of the bytes in one piece, wherever it begins and ends")
        void any_piece() {
            sk_buff skb = Skbs.everything();
            for (int offset = 0; offset < 43; offset++) {
                for (int len = 1; len <= 43 - offset; len++) {
                    assertThat(csum_fold(Checksum.skb_checksum(skb, offset, len, 0)))
                            .as("%d bytes at %d", len, offset)
                            .isEqualTo(check(offset, len));
                }
            }
            kfree_skb(skb);
        }

        @Test
        @DisplayName("adds to the sum it is given")
        void adds() {
            sk_buff skb = Skbs.everything();
            int pseudo = 0x12345678;
            assertThat(csum_fold(Checksum.skb_checksum(skb, 0, 43, pseudo)))
                    .isEqualTo(csum_fold(csum_partial(Skbs.count(0, 43), 0, 43, pseudo)));
            kfree_skb(skb);
        }

        @Test
        @DisplayName("more bytes than the packet has: a bug")
        void too_many() {
            sk_buff skb = Skbs.everything();
            assertThatThrownBy(() -> Checksum.skb_checksum(skb, 0, 44, 0)).isInstanceOf(Oops.class);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_copy_and_csum_bits {
        @Test
        @DisplayName("copies any piece and sums it up")
        void any_piece() {
            sk_buff skb = Skbs.everything();
            for (int offset = 0; offset < 43; offset++) {
                for (int len = 1; len <= 43 - offset; len++) {
                    byte[] to = new byte[len + 1];

                    int sum = Checksum.skb_copy_and_csum_bits(skb, offset, to, 1, len, 0);

                    assertThat(csum_fold(sum)).as("%d bytes at %d", len, offset).isEqualTo(check(offset, len));
                    assertThat(Arrays.copyOfRange(to, 1, len + 1)).isEqualTo(Skbs.count(offset, len));
                }
            }
            kfree_skb(skb);
        }

        @Test
        @DisplayName("more bytes than the packet has: a bug")
        void too_many() {
            sk_buff skb = Skbs.everything();
            assertThatThrownBy(() -> Checksum.skb_copy_and_csum_bits(skb, 0, new byte[44], 0, 44, 0))
                    .isInstanceOf(Oops.class);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_pull_rcsum {
        @Test
        @DisplayName("pulls, and the sum is that of what is left")
        void pulled() {
            sk_buff skb = Skbs.linear(30);
            skb.ip_summed = CHECKSUM_COMPLETE;
            skb.csum = csum_partial(skb.head, skb.data, 30, 0);

            assertThat(Checksum.skb_pull_rcsum(skb, 8)).isEqualTo(Skbs.HEADROOM + 8);

            assertThat(skb.len).isEqualTo(22);
            assertThat(csum_fold(skb.csum)).isEqualTo(check(8, 22));
            kfree_skb(skb);
        }

        @Test
        @DisplayName("more than the linear part has: a bug")
        void too_many() {
            sk_buff skb = Skbs.paged(10, 20);
            assertThatThrownBy(() -> Checksum.skb_pull_rcsum(skb, 11)).isInstanceOf(Oops.class);
            kfree_skb(skb);
        }
    }

    @Nested
    class __skb_checksum_complete_head {
        @Test
        @DisplayName("looks at the first bytes only")
        void head() {
            sk_buff skb = right();
            sk_buff more = Skbs.linear(4);
            Skbs.addToList(skb, more);

            assertThat(Checksum.__skb_checksum_complete_head(skb, 47)).isNotZero();
            assertThat(skb.ip_summed).isEqualTo(CHECKSUM_NONE);
            assertThat(Checksum.__skb_checksum_complete_head(skb, 43)).isZero();
            assertThat(skb.ip_summed).isEqualTo(CHECKSUM_UNNECESSARY);
            kfree_skb(skb);
        }
    }

    @Nested
    class __skb_checksum_complete {
        @Test
        @DisplayName("right: 0, and noted; one byte changed: not 0, and not noted")
        void whole() {
            sk_buff skb = right();
            skb.shinfo.frags(1).page.data[skb.shinfo.frags(1).page_offset] ^= 1;

            assertThat(Checksum.__skb_checksum_complete(skb)).isNotZero();
            assertThat(skb.ip_summed).isEqualTo(CHECKSUM_NONE);
            skb.shinfo.frags(1).page.data[skb.shinfo.frags(1).page_offset] ^= 1;
            assertThat(Checksum.__skb_checksum_complete(skb)).isZero();
            assertThat(skb.ip_summed).isEqualTo(CHECKSUM_UNNECESSARY);
            kfree_skb(skb);
        }
    }
}
