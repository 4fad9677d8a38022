// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EINVAL;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.sk_buff.CHECKSUM_UNNECESSARY;
import static net.checksum.Csum.csum_fold;
import static net.checksum.Csum.csum_partial;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import linux.compiler.IntRef;
import linux.socket.iovec;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class DatagramTest {
    private static iovec[] iov(int... sizes) {
        iovec[] iov = new iovec[sizes.length];
        for (int i = 0; i < sizes.length; i++) {
            iov[i] = new iovec(new byte[sizes[i]], 0, sizes[i]);
        }
        return iov;
    }

    private static byte[] content(iovec[] iov) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (iovec v : iov) {
            out.write(v.iov_base, 0, v.iov_off);
        }
        return out.toByteArray();
    }

    /** Makes the checksum over the whole packet right, by what its pseudo header would add. */
    private static void makeRight(sk_buff skb) {
        byte[] all = Skbs.bytes(skb);
        skb.csum = csum_fold(csum_partial(all, 0, all.length, 0));
    }

    @Nested
    class skb_copy_datagram_iovec {
        @Test
        @DisplayName("any piece of the packet into any pieces of memory")
        void any_piece() {
            sk_buff skb = Skbs.everything();
            for (int offset = 0; offset <= 43; offset++) {
                for (int len = 0; len <= 43 - offset; len++) {
                    iovec[] iov = iov(4, 0, 15, 30);

                    assertThat(Datagram.skb_copy_datagram_iovec(skb, offset, iov, len)).isZero();

                    assertThat(content(iov)).isEqualTo(Skbs.count(offset, len));
                }
            }
            kfree_skb(skb);
        }

        @Test
        @DisplayName("more than the packet has, or no room in one of its parts: -EFAULT")
        void fault() {
            sk_buff skb = Skbs.everything();
            assertThat(Datagram.skb_copy_datagram_iovec(skb, 0, iov(50), 44)).isEqualTo(-EFAULT);
            for (int room : new int[] {3, 10, 20, 30, 40}) {
                assertThat(Datagram.skb_copy_datagram_iovec(skb, 0, iov(room), 43)).isEqualTo(-EFAULT);
            }
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_copy_and_csum_datagram {
        @Test
        @DisplayName("any piece, with its sum")
        void any_piece() {
            sk_buff skb = Skbs.everything();
            for (int offset = 0; offset < 43; offset++) {
                for (int len = 1; len <= 43 - offset; len++) {
                    byte[] to = new byte[len + 1];
                    IntRef csum = new IntRef(7);

                    assertThat(Datagram.skb_copy_and_csum_datagram(skb, offset, to, 1, len, csum)).isZero();

                    assertThat(Arrays.copyOfRange(to, 1, len + 1)).isEqualTo(Skbs.count(offset, len));
                    assertThat(csum_fold(csum.val))
                            .isEqualTo(csum_fold(csum_partial(Skbs.count(offset, len), 0, len, 7)));
                }
            }
            kfree_skb(skb);
        }

        @Test
        @DisplayName("more than the packet has, or no room in one of its parts: -EFAULT")
        void fault() {
            sk_buff skb = Skbs.everything();
            IntRef csum = new IntRef();
            assertThat(Datagram.skb_copy_and_csum_datagram(skb, 0, new byte[50], 0, 44, csum)).isEqualTo(-EFAULT);
            for (int room : new int[] {3, 10, 20, 30, 40}) {
                assertThat(Datagram.skb_copy_and_csum_datagram(skb, 0, new byte[room], 0, 43, csum))
                        .isEqualTo(-EFAULT);
            }
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_copy_and_csum_datagram_iovec {
        @Test
        @DisplayName("one piece of memory takes all: copied and checked in one go, the header counting, too")
        void one_piece() {
            sk_buff skb = Skbs.everything();
            makeRight(skb);
            iovec[] iov = iov(0, 60);

            assertThat(Datagram.skb_copy_and_csum_datagram_iovec(skb, 4, iov)).isZero();

            assertThat(content(iov)).isEqualTo(Skbs.count(4, 39));
            assertThat(iov[1].iov_len).isEqualTo(21);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("the checksum is wrong: -EINVAL, and the memory is not used up")
        void one_piece_wrong() {
            sk_buff skb = Skbs.everything();
            makeRight(skb);
            skb.csum++;
            iovec[] iov = iov(60);

            assertThat(Datagram.skb_copy_and_csum_datagram_iovec(skb, 4, iov)).isEqualTo(-EINVAL);

            assertThat(iov[0].iov_len).isEqualTo(60);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("several pieces of memory: checked first, then copied")
        void several_pieces() {
            sk_buff skb = Skbs.everything();
            makeRight(skb);
            iovec[] iov = iov(10, 20, 30);

            assertThat(Datagram.skb_copy_and_csum_datagram_iovec(skb, 4, iov)).isZero();

            assertThat(content(iov)).isEqualTo(Skbs.count(4, 39));
            assertThat(skb.ip_summed).isEqualTo(CHECKSUM_UNNECESSARY);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("the checksum is wrong: -EINVAL, and nothing is copied")
        void several_pieces_wrong() {
            sk_buff skb = Skbs.everything();
            iovec[] iov = iov(10, 20, 30);

            assertThat(Datagram.skb_copy_and_csum_datagram_iovec(skb, 4, iov)).isEqualTo(-EINVAL);

            assertThat(content(iov)).isEmpty();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("no payload: nothing to do, whatever the checksum")
        void no_payload() {
            sk_buff skb = Skbs.linear(20);
            assertThat(Datagram.skb_copy_and_csum_datagram_iovec(skb, 20, iov(0))).isZero();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("memory that is not there, or none at all: -EFAULT")
        void fault() {
            sk_buff skb = Skbs.everything();
            makeRight(skb);
            assertThat(Datagram.skb_copy_and_csum_datagram_iovec(skb, 4, iov(0, 0))).isEqualTo(-EFAULT);
            iovec[] one = {new iovec(null, 0, 60)};
            assertThat(Datagram.skb_copy_and_csum_datagram_iovec(skb, 4, one)).isEqualTo(-EFAULT);
            iovec[] two = {new iovec(new byte[10], 0, 10), new iovec(null, 0, 60)};
            assertThat(Datagram.skb_copy_and_csum_datagram_iovec(skb, 4, two)).isEqualTo(-EFAULT);
            kfree_skb(skb);
        }
    }
}
