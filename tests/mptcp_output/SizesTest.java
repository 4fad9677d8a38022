// SPDX-License-Identifier: GPL-2.0-only
package mptcp_output;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.MptcpSockets;
import testing.Vectors;

@KernelTest
class SizesTest {
    @Nested
    class mptcp_select_size {
        @Test
        @DisplayName("as the kernel did, row by row")
        void vectors() {
            Vectors.each("mptcp_meta_aggregates", row -> {
                MptcpSockets c = new MptcpSockets(row.i32("in.n"));
                // No column has it: the rows without a subflow that can send show it.
                c.meta.mss_cache = 555;
                for (int i = 0; i < row.i32("in.n"); i++) {
                    String in = "in." + i + ".";
                    c.sub(i).skc_state = row.i32(in + "sk_state");
                    c.sub(i).mptcp.pre_established = row.bool(in + "pre_established");
                    c.sub(i).mss_cache = row.i32(in + "mss_cache");
                }

                assertThat(Sizes.mptcp_select_size(c.meta, false)).as("%s", row)
                        .isEqualTo(row.i32("out.mptcp_select_size_nosg"));
                c.free();
            });
        }
    }

    @Nested
    class mptcp_check_snd_buf {
        @Test
        @DisplayName("as the kernel did, row by row")
        void vectors() {
            Vectors.each("mptcp_check_snd_buf", row -> {
                MptcpSockets c = new MptcpSockets(3);
                c.sub(0).srtt = row.i32("in.tp.srtt");
                c.sub(0).snd_cwnd = row.i32("in.tp.snd_cwnd");
                c.sub(0).reordering = row.i32("in.tp.reordering");
                c.sub(1).srtt = row.i32("in.t1.srtt");
                c.sub(1).skc_state = row.i32("in.t1.sk_state");
                c.sub(2).srtt = row.i32("in.t2.srtt");
                c.sub(2).skc_state = row.i32("in.t2.sk_state");
                c.sub(2).mptcp.pre_established = row.bool("in.t2.pre_established");

                assertThat(Sizes.mptcp_check_snd_buf(c.sub(0))).as("%s", row).isEqualTo(row.i32("out.ret"));
                c.free();
            });
        }
    }
}
