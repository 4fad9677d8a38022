// SPDX-License-Identifier: GPL-2.0-only
package mptcp_output;

import static linux.skbuff.Cb.TCP_SKB_CB;
import static net.mptcp.Dss.mptcp_sub_len_dss;
import static org.assertj.core.api.Assertions.assertThat;

import linux.skbuff.sk_buff;
import linux.types.Be;
import net.mptcp.mp_dss;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.MptcpSockets;
import testing.Vectors;

@KernelTest
class ReinjectTest {
    @Nested
    class mptcp_sub_len_remove_addr {
        @Test
        @DisplayName("as the kernel did, row by row; so do the lengths of a DSS option")
        void vectors() {
            Vectors.each("mptcp_sub_len", row -> {
                mp_dss dss = new mp_dss(row.bytes("in.dss"), 0);

                assertThat(mptcp_sub_len_dss(dss, 0)).as("%s", row).isEqualTo(row.i32("out.mptcp_sub_len_dss_nocsum"));
                assertThat(mptcp_sub_len_dss(dss, 1)).as("%s", row).isEqualTo(row.i32("out.mptcp_sub_len_dss_csum"));
                assertThat(Reinject.mptcp_sub_len_remove_addr(row.i32("in.bitfield"))).as("%s", row)
                        .isEqualTo(row.i32("out.mptcp_sub_len_remove_addr"));
                assertThat(Reinject.mptcp_sub_len_remove_addr_align(row.i32("in.bitfield"))).as("%s", row)
                        .isEqualTo(row.i32("out.mptcp_sub_len_remove_addr_align"));
            });
        }
    }

    @Nested
    class mptcp_sub_len_remove_addr_align {
        @Test
        @DisplayName("one id fills a word; each further one takes a byte, filled up to words")
        void words() {
            assertThat(Reinject.mptcp_sub_len_remove_addr_align(0x8000)).isEqualTo(4);
            assertThat(Reinject.mptcp_sub_len_remove_addr_align(0x0003)).isEqualTo(8);
            assertThat(Reinject.mptcp_sub_len_remove_addr_align(0x001f)).isEqualTo(8);
            assertThat(Reinject.mptcp_sub_len_remove_addr_align(0x003f)).isEqualTo(12);
        }
    }

    @Nested
    class mptcp_reconstruct_mapping {
        @Test
        @DisplayName("as the kernel did, row by row")
        void vectors() {
            Vectors.each("mptcp_reconstruct_mapping", row -> {
                sk_buff skb = MptcpSockets.packet(7, 0);
                byte[] dss = row.bytes("in.dss");
                int[] words = new int[6];
                for (int i = 0; i < dss.length / 4; i++) {
                    words[i] = Be.get32(dss, 4 * i);
                }
                TCP_SKB_CB(skb).dss = words;

                int ret = Reinject.mptcp_reconstruct_mapping(skb, skb);

                assertThat(ret).as("%s", row).isEqualTo(row.i32("out.ret"));
                if (ret == 0) {
                    assertThat(TCP_SKB_CB(skb).seq).as("%s seq", row).isEqualTo(row.i32("out.skb.seq"));
                    assertThat(TCP_SKB_CB(skb).end_seq).as("%s end_seq", row).isEqualTo(row.i32("out.skb.end_seq"));
                }
                MptcpSockets.free(skb);
            });
        }

        @Test
        @DisplayName("a packet that never got a mapping has none")
        void none() {
            sk_buff skb = MptcpSockets.packet(7, 0);

            assertThat(Reinject.mptcp_reconstruct_mapping(skb, skb)).isOne();
            assertThat(TCP_SKB_CB(skb).seq).isEqualTo(7);
            MptcpSockets.free(skb);
        }
    }
}
