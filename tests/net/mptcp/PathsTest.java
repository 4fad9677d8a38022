// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Vectors;

@KernelTest
class PathsTest {
    @Nested
    class mptcp_pi_to_flag {
        @Test
        @DisplayName("the first path has the lowest bit")
        void bits() {
            assertThat(Paths.mptcp_pi_to_flag(1)).isEqualTo(1);
            assertThat(Paths.mptcp_pi_to_flag(31)).isEqualTo(1 << 30);
        }
    }

    @Nested
    class __mptcp_find_free_index {
        @Test
        @DisplayName("agrees with the real kernel")
        void vectors() {
            Vectors.each("mptcp_find_free_index", row -> assertThat(
                            Paths.__mptcp_find_free_index(row.i32("in.bitfield"), row.i32("in.base")))
                    .as("%s", row)
                    .isEqualTo(row.i32("out.__mptcp_find_free_index")));
        }

        @Test
        @DisplayName("goes round: what is free below the base comes last")
        void round() {
            assertThat(Paths.__mptcp_find_free_index(0b1111_1010, 3)).isZero();
            assertThat(Paths.__mptcp_find_free_index(0b1111_1111, 3)).isEqualTo(-1);
        }
    }

    @Nested
    class mptcp_find_free_index {
        @Test
        @DisplayName("agrees with the real kernel")
        void vectors() {
            Vectors.each("mptcp_find_free_index", row -> assertThat(
                            Paths.mptcp_find_free_index(row.i32("in.bitfield")))
                    .as("%s", row)
                    .isEqualTo(row.i32("out.mptcp_find_free_index")));
        }
    }

    @Nested
    class mptcp_set_new_pathindex {
        private final mptcp_cb mpcb = new mptcp_cb();

        @Test
        @DisplayName("agrees with the real kernel, also where the next index is 32")
        void vectors() {
            Vectors.each("mptcp_set_new_pathindex", row -> {
                mpcb.path_index_bits = row.i32("in.vmp.mpcb.path_index_bits");
                mpcb.next_path_index = row.i32("in.vmp.mpcb.next_path_index");

                assertThat(Paths.mptcp_set_new_pathindex(mpcb)).as("%s", row).isEqualTo(row.i32("out.ret"));

                assertThat(mpcb.path_index_bits).as("%s", row).isEqualTo(row.i32("out.vmp.mpcb.path_index_bits"));
                assertThat(mpcb.next_path_index).as("%s", row).isEqualTo(row.i32("out.vmp.mpcb.next_path_index"));
            });
        }

        @Test
        @DisplayName("an index that was given back is not used again before the others have had their turn")
        void not_at_once() {
            mpcb.next_path_index = 1;
            assertThat(Paths.mptcp_set_new_pathindex(mpcb)).isEqualTo(1);
            mpcb.path_index_bits &= ~(1 << 1);

            assertThat(Paths.mptcp_set_new_pathindex(mpcb)).isEqualTo(2);
        }

        @Test
        @DisplayName("there are 31 of them: 0 is the meta socket's")
        void all_in_use() {
            mpcb.next_path_index = 1;
            for (int i = 1; i <= 31; i++) {
                assertThat(Paths.mptcp_set_new_pathindex(mpcb)).isEqualTo(i);
            }

            assertThat(Paths.mptcp_set_new_pathindex(mpcb)).isZero();
        }
    }
}
