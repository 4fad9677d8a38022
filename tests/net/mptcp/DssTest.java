// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import static linux.skbuff.Cb.TCP_SKB_CB;
import static net.mptcp.MptcpConst.MPTCPHDR_FIN;
import static net.mptcp.MptcpConst.MPTCPHDR_SEQ;
import static net.mptcp.MptcpConst.MPTCPHDR_SEQ64_INDEX;
import static net.mptcp.MptcpConst.MPTCPHDR_SEQ64_SET;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.packet;

import linux.compiler.IntRef;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import linux.types.Be;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Vectors;
import uapi.linux.tcp.tcphdr;

@KernelTest
class DssTest {
    private final sk_buff skb = new sk_buff();

    @Nested
    class mptcp_sub_len_dss {
        @Test
        @DisplayName("agrees with the real kernel")
        void vectors() {
            Vectors.each("mptcp_sub_len", row -> {
                mp_dss dss = new mp_dss(row.bytes("in.dss"), 0);

                assertThat(Dss.mptcp_sub_len_dss(dss, 0))
                        .as("%s", row)
                        .isEqualTo(row.i32("out.mptcp_sub_len_dss_nocsum"));
                assertThat(Dss.mptcp_sub_len_dss(dss, 1))
                        .as("%s", row)
                        .isEqualTo(row.i32("out.mptcp_sub_len_dss_csum"));
            });
        }
    }

    @Nested
    class mptcp_is_data_seq {
        @Test
        @DisplayName("looks at the control block")
        void flag() {
            TCP_SKB_CB(skb).mptcp_flags = ~MPTCPHDR_SEQ;
            assertThat(Dss.mptcp_is_data_seq(skb)).isFalse();

            TCP_SKB_CB(skb).mptcp_flags = MPTCPHDR_SEQ;
            assertThat(Dss.mptcp_is_data_seq(skb)).isTrue();
        }
    }

    @Nested
    class mptcp_is_data_fin {
        @Test
        @DisplayName("looks at the control block")
        void flag() {
            TCP_SKB_CB(skb).mptcp_flags = ~MPTCPHDR_FIN;
            assertThat(Dss.mptcp_is_data_fin(skb)).isFalse();

            TCP_SKB_CB(skb).mptcp_flags = MPTCPHDR_FIN;
            assertThat(Dss.mptcp_is_data_fin(skb)).isTrue();
        }
    }

    @Nested
    class mptcp_is_data_fin2 {
        private final tcp_sock tp = new tcp_sock();
        private tcphdr th;

        @BeforeEach
        void packet() {
            tp.mpcb = new mptcp_cb();
            skb.head = new byte[40];
            skb.transport_header = 20;
            th = new tcphdr(skb.head, 20);
        }

        @Test
        @DisplayName("a DATA_FIN is one")
        void data_fin() {
            TCP_SKB_CB(skb).mptcp_flags = MPTCPHDR_FIN;

            assertThat(Dss.mptcp_is_data_fin2(skb, tp)).isTrue();
        }

        @Test
        @DisplayName("a plain FIN is one only after a fallback")
        void fin() {
            th.fin(true);
            assertThat(Dss.mptcp_is_data_fin2(skb, tp)).isFalse();

            tp.mpcb.infinite_mapping_rcv = true;
            assertThat(Dss.mptcp_is_data_fin2(skb, tp)).isTrue();

            th.fin(false);
            assertThat(Dss.mptcp_is_data_fin2(skb, tp)).isFalse();
        }
    }

    @Nested
    class mptcp_skb_set_data_seq {
        private final mptcp_cb mpcb = new mptcp_cb();
        private final IntRef data_seq = new IntRef();

        @BeforeEach
        void packet() {
            skb.head = new byte[80];
            skb.transport_header = 20;
            TCP_SKB_CB(skb).dss_off = 24;
            Be.put32(skb.head, 44, 0x00000007);
            Be.put32(skb.head, 48, 0x89abcdef);
        }

        @Test
        @DisplayName("reads 32 bits, and says where they stand")
        void short_form() {
            assertThat(Dss.mptcp_skb_set_data_seq(skb, data_seq, mpcb)).isEqualTo(44);

            assertThat(data_seq.val).isEqualTo(7);
            assertThat(TCP_SKB_CB(skb).mptcp_flags).isZero();
        }

        @Test
        @DisplayName("of 64 bits the low half counts; the high one decides about the window")
        void long_form() {
            TCP_SKB_CB(skb).mptcp_flags = MPTCPHDR_SEQ64_SET;
            mpcb.rcv_high_order[1] = 7;

            assertThat(Dss.mptcp_skb_set_data_seq(skb, data_seq, mpcb)).isEqualTo(48);

            assertThat(data_seq.val).isEqualTo(0x89abcdef);
            assertThat(TCP_SKB_CB(skb).mptcp_flags).isEqualTo(MPTCPHDR_SEQ64_SET | MPTCPHDR_SEQ64_INDEX);
        }

        @Test
        @DisplayName("without a connection nothing is noted")
        void no_connection() {
            TCP_SKB_CB(skb).mptcp_flags = MPTCPHDR_SEQ64_SET;

            Dss.mptcp_skb_set_data_seq(skb, data_seq, null);

            assertThat(TCP_SKB_CB(skb).mptcp_flags).isEqualTo(MPTCPHDR_SEQ64_SET);
        }
    }
}
