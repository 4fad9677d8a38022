// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import static linux.skbuff.Cb.TCP_SKB_CB;
import static net.mptcp.MptcpConst.MPTCPHDR_SEQ;
import static net.mptcp.MptcpConst.MPTCPHDR_SEQ64_INDEX;
import static net.mptcp.MptcpConst.MPTCPHDR_SEQ64_OFO;
import static org.assertj.core.api.Assertions.assertThat;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Vectors;

@KernelTest
class Sequence64Test {
    private final mptcp_cb mpcb = new mptcp_cb();
    private final tcp_sock meta_tp = new tcp_sock();

    @BeforeEach
    void connection() {
        meta_tp.mpcb = mpcb;
    }

    private void from(Vectors.Row row) {
        for (int i = 0; i < 2; i++) {
            mpcb.rcv_high_order[i] = row.i32("in.mpcb.rcv_high_order[" + i + "]");
            mpcb.snd_high_order[i] = row.i32("in.mpcb.snd_high_order[" + i + "]");
        }
        mpcb.snd_hiseq_index = row.i32("in.mpcb.snd_hiseq_index");
        mpcb.rcv_hiseq_index = row.i32("in.mpcb.rcv_hiseq_index");
        meta_tp.snd_nxt = row.i32("in.meta_tp.snd_nxt");
        meta_tp.rcv_nxt = row.i32("in.meta_tp.rcv_nxt");
    }

    @Nested
    class mptcp_get_64_bit {
        @Test
        @DisplayName("agrees with the real kernel")
        void vectors() {
            Vectors.each("mptcp_seq64", row -> {
                from(row);

                assertThat(Sequence64.mptcp_get_64_bit(row.i64("in.data_seq_64"), mpcb))
                        .as("%s", row)
                        .isEqualTo(row.i32("out.mptcp_get_64_bit"));
            });
        }

        @Test
        @DisplayName("finds either half, or says that it is out of window")
        void halves() {
            mpcb.rcv_high_order[0] = 0xffffffff;
            mpcb.rcv_high_order[1] = 0;

            assertThat(Sequence64.mptcp_get_64_bit(-1L, mpcb)).isZero();
            assertThat(Sequence64.mptcp_get_64_bit(5, mpcb)).isEqualTo(MPTCPHDR_SEQ64_INDEX);
            assertThat(Sequence64.mptcp_get_64_bit(1L << 32, mpcb)).isEqualTo(MPTCPHDR_SEQ64_OFO);
        }
    }

    @Nested
    class mptcp_get_highorder_sndbits {
        @Test
        @DisplayName("takes the half that the packet's flag names")
        void by_flag() {
            sk_buff skb = new sk_buff();
            mpcb.snd_high_order[0] = 10;
            mpcb.snd_high_order[1] = 11;

            assertThat(Sequence64.mptcp_get_highorder_sndbits(skb, mpcb)).isEqualTo(10);

            TCP_SKB_CB(skb).mptcp_flags = MPTCPHDR_SEQ | MPTCPHDR_SEQ64_INDEX;
            assertThat(Sequence64.mptcp_get_highorder_sndbits(skb, mpcb)).isEqualTo(11);
        }
    }

    @Nested
    class mptcp_get_data_seq_64 {
        @Test
        @DisplayName("agrees with the real kernel")
        void vectors() {
            Vectors.each("mptcp_seq64", row -> {
                from(row);

                assertThat(Sequence64.mptcp_get_data_seq_64(mpcb, row.i32("in.index"), row.i32("in.data_seq_32")))
                        .as("%s", row)
                        .isEqualTo(row.i64("out.mptcp_get_data_seq_64"));
            });
        }
    }

    @Nested
    class mptcp_get_rcv_nxt_64 {
        @Test
        @DisplayName("agrees with the real kernel")
        void vectors() {
            Vectors.each("mptcp_seq64", row -> {
                from(row);

                assertThat(Sequence64.mptcp_get_rcv_nxt_64(meta_tp))
                        .as("%s", row)
                        .isEqualTo(row.i64("out.mptcp_get_rcv_nxt_64"));
            });
        }
    }

    @Nested
    class mptcp_check_sndseq_wrap {
        @Test
        @DisplayName("agrees with the real kernel")
        void vectors() {
            Vectors.each("mptcp_seq64", row -> {
                from(row);

                Sequence64.mptcp_check_sndseq_wrap(meta_tp, row.i32("in.inc"));

                assertThat(mpcb.snd_hiseq_index).as("%s", row).isEqualTo(row.i32("out.mpcb.snd_hiseq_index"));
                assertThat(mpcb.snd_high_order)
                        .as("%s", row)
                        .containsExactly(
                                row.i32("out.mpcb.snd_high_order[0]"), row.i32("out.mpcb.snd_high_order[1]"));
            });
        }

        @Test
        @DisplayName("when the low half wraps the other element becomes the present one, two above what it was")
        void wrap() {
            mpcb.snd_high_order[0] = 5;
            mpcb.snd_high_order[1] = 4;
            meta_tp.snd_nxt = -10;

            Sequence64.mptcp_check_sndseq_wrap(meta_tp, 9);
            assertThat(mpcb.snd_hiseq_index).isZero();

            Sequence64.mptcp_check_sndseq_wrap(meta_tp, 10);
            assertThat(mpcb.snd_hiseq_index).isEqualTo(1);
            assertThat(mpcb.snd_high_order).containsExactly(5, 6);
        }
    }

    @Nested
    class mptcp_check_rcvseq_wrap {
        @Test
        @DisplayName("agrees with the real kernel")
        void vectors() {
            Vectors.each("mptcp_seq64", row -> {
                from(row);

                Sequence64.mptcp_check_rcvseq_wrap(meta_tp, row.i32("in.old_rcv_nxt"));

                assertThat(mpcb.rcv_hiseq_index).as("%s", row).isEqualTo(row.i32("out.mpcb.rcv_hiseq_index"));
                assertThat(mpcb.rcv_high_order)
                        .as("%s", row)
                        .containsExactly(
                                row.i32("out.mpcb.rcv_high_order[0]"), row.i32("out.mpcb.rcv_high_order[1]"));
            });
        }

        @Test
        @DisplayName("the element left behind is raised by two: it is for the next wrap")
        void wrap() {
            mpcb.rcv_high_order[0] = 5;
            mpcb.rcv_high_order[1] = 6;
            meta_tp.rcv_nxt = 3;

            Sequence64.mptcp_check_rcvseq_wrap(meta_tp, -3);

            assertThat(mpcb.rcv_hiseq_index).isEqualTo(1);
            assertThat(mpcb.rcv_high_order).containsExactly(7, 6);
        }
    }
}
