// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Vectors;

@KernelTest
class SequenceTest {
    @Test
    @DisplayName("the three agree with the real kernel, near the wraps and half the space apart too")
    void vectors() {
        Vectors.each("before_after_between", row -> {
            int seq1 = row.i32("in.seq1");
            int seq2 = row.i32("in.seq2");
            int seq3 = row.i32("in.seq3");

            assertThat(Sequence.before(seq1, seq2)).as("%s before", row).isEqualTo(row.bool("out.before_seq1_seq2"));
            assertThat(Sequence.after(seq1, seq2)).as("%s after", row).isEqualTo(row.bool("out.after_seq1_seq2"));
            assertThat(Sequence.between(seq1, seq2, seq3))
                    .as("%s between", row)
                    .isEqualTo(row.bool("out.between_seq1_seq2_seq3"));
        });
    }

    @Nested
    class before {
        @Test
        @DisplayName("a number just below the wrap is before one just above it")
        void across_the_wrap() {
            assertThat(Sequence.before(-1, 0)).isTrue();
            assertThat(Sequence.before(0, -1)).isFalse();
        }

        @Test
        @DisplayName("a number is not before itself")
        void itself() {
            assertThat(Sequence.before(7, 7)).isFalse();
        }

        @Test
        @DisplayName("half the space apart, each of the two is before the other")
        void ambiguous() {
            assertThat(Sequence.before(0, Integer.MIN_VALUE)).isTrue();
            assertThat(Sequence.before(Integer.MIN_VALUE, 0)).isTrue();
        }
    }

    @Nested
    class after {
        @Test
        @DisplayName("is before with the arguments exchanged")
        void exchanged() {
            assertThat(Sequence.after(0, -1)).isTrue();
            assertThat(Sequence.after(-1, 0)).isFalse();
        }
    }

    @Nested
    class between {
        @Test
        @DisplayName("both ends belong to the range, also across the wrap")
        void ends() {
            assertThat(Sequence.between(-2, -2, 3)).isTrue();
            assertThat(Sequence.between(3, -2, 3)).isTrue();
            assertThat(Sequence.between(0, -2, 3)).isTrue();
            assertThat(Sequence.between(4, -2, 3)).isFalse();
            assertThat(Sequence.between(-3, -2, 3)).isFalse();
        }
    }
}
