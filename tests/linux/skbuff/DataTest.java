// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Free.kfree_skb;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static testing.Skbs.linear;

import linux.bug.Bug;
import linux.bug.Oops;
import linux.printk.Printk;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class DataTest {
    private sk_buff skb;

    @BeforeEach
    void fresh() {
        skb = Skbs.linear(10, 20);
    }

    @AfterEach
    void free() {
        kfree_skb(skb);
    }

    private void paged() {
        kfree_skb(skb);
        skb = Skbs.paged(10, 30, 5);
    }

    @Nested
    class skb_end_pointer {
        @Test
        @DisplayName("is where the linear part may end at most")
        void end() {
            assertThat(Data.skb_end_pointer(skb)).isEqualTo(skb.head.length);
        }
    }

    @Nested
    class skb_end_offset {
        @Test
        @DisplayName("is the size of the linear part's memory")
        void end() {
            assertThat(Data.skb_end_offset(skb)).isEqualTo(192);
        }
    }

    @Nested
    class skb_is_nonlinear {
        @Test
        @DisplayName("true once there are bytes in pages")
        void pages() {
            assertThat(Data.skb_is_nonlinear(skb)).isFalse();
            paged();
            assertThat(Data.skb_is_nonlinear(skb)).isTrue();
        }
    }

    @Nested
    class skb_headlen {
        @Test
        @DisplayName("counts the linear bytes")
        void linear() {
            paged();
            assertThat(Data.skb_headlen(skb)).isEqualTo(10);
        }
    }

    @Nested
    class skb_pagelen {
        @Test
        @DisplayName("counts the bytes in the linear part and in pages, not those of the frag_list")
        void pages() {
            paged();
            Skbs.addToList(skb, Skbs.linear(7));
            assertThat(Data.skb_pagelen(skb)).isEqualTo(45);
        }
    }

    @Nested
    class skb_tail_pointer {
        @Test
        @DisplayName("is where the linear bytes end")
        void end() {
            assertThat(Data.skb_tail_pointer(skb)).isEqualTo(Skbs.HEADROOM + 10);
        }
    }

    @Nested
    class skb_reset_tail_pointer {
        @Test
        @DisplayName("the linear bytes end where they begin")
        void reset() {
            Data.skb_reset_tail_pointer(skb);
            assertThat(skb.tail).isEqualTo(skb.data);
        }
    }

    @Nested
    class skb_set_tail_pointer {
        @Test
        @DisplayName("counts from where they begin")
        void set() {
            Data.skb_set_tail_pointer(skb, 4);
            assertThat(skb.tail).isEqualTo(skb.data + 4);
        }
    }

    @Nested
    class __skb_put {
        @Test
        @DisplayName("adds bytes behind and says where they begin")
        void put() {
            assertThat(Data.__skb_put(skb, 5)).isEqualTo(Skbs.HEADROOM + 10);
            assertThat(skb.len).isEqualTo(15);
            assertThat(skb.tail).isEqualTo(Skbs.HEADROOM + 15);
        }

        @Test
        @DisplayName("a bug once there are pages")
        void nonlinear() {
            paged();
            assertThatThrownBy(() -> Data.__skb_put(skb, 5)).isInstanceOf(Oops.class);
        }
    }

    @Nested
    class __skb_push {
        @Test
        @DisplayName("adds bytes in front")
        void push() {
            assertThat(Data.__skb_push(skb, 4)).isEqualTo(Skbs.HEADROOM - 4);
            assertThat(skb.len).isEqualTo(14);
        }
    }

    @Nested
    class __skb_pull {
        @Test
        @DisplayName("takes bytes off the front")
        void pull() {
            assertThat(Data.__skb_pull(skb, 4)).isEqualTo(Skbs.HEADROOM + 4);
            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(4, 6));
        }

        @Test
        @DisplayName("a bug if that many are not in the linear part")
        void too_many() {
            paged();
            assertThatThrownBy(() -> Data.__skb_pull(skb, 11)).isInstanceOf(Oops.class);
        }
    }

    @Nested
    class skb_pull_inline {
        @Test
        @DisplayName("nothing happens to a packet that is too short, also if the length is negative")
        void too_short() {
            assertThat(Data.skb_pull_inline(skb, 11)).isNegative();
            assertThat(Data.skb_pull_inline(skb, -1)).isNegative();
            assertThat(skb.len).isEqualTo(10);
            assertThat(Data.skb_pull_inline(skb, 10)).isEqualTo(skb.tail);
        }
    }

    @Nested
    class skb_headroom {
        @Test
        @DisplayName("counts the free bytes in front")
        void front() {
            Data.skb_pull(skb, 3);
            assertThat(Data.skb_headroom(skb)).isEqualTo(Skbs.HEADROOM + 3);
        }
    }

    @Nested
    class skb_tailroom {
        @Test
        @DisplayName("counts the free bytes behind; there are none behind pages")
        void behind() {
            assertThat(Data.skb_tailroom(skb)).isEqualTo(192 - Skbs.HEADROOM - 10);
            paged();
            assertThat(Data.skb_tailroom(skb)).isZero();
        }
    }

    @Nested
    class skb_availroom {
        @Test
        @DisplayName("leaves out what is reserved; there is none behind pages")
        void reserved() {
            skb.reserved_tailroom = 100;
            assertThat(Data.skb_availroom(skb)).isEqualTo(192 - Skbs.HEADROOM - 10 - 100);
            paged();
            assertThat(Data.skb_availroom(skb)).isZero();
        }
    }

    @Nested
    class skb_reserve {
        @Test
        @DisplayName("moves the place of the data that are to come")
        void reserve() {
            sk_buff empty = alloc_skb(100, GFP_KERNEL);
            Data.skb_reserve(empty, 40);
            assertThat(empty.data).isEqualTo(40);
            assertThat(empty.tail).isEqualTo(40);
            assertThat(empty.len).isZero();
            kfree_skb(empty);
        }
    }

    @Nested
    class __skb_trim {
        @Test
        @DisplayName("cuts off the end")
        void trim() {
            Data.__skb_trim(skb, 6);
            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, 6));
            assertThat(skb.tail).isEqualTo(skb.data + 6);
        }

        @Test
        @DisplayName("warns and does nothing if there are pages")
        void nonlinear() {
            paged();
            Data.__skb_trim(skb, 6);
            assertThat(skb.len).isEqualTo(45);
            assertThat(Bug.warnings).hasSize(1);
            Bug.warnings.clear();
        }
    }

    @Nested
    class skb_panic {
        @Test
        @DisplayName("says what the packet looked like and stops the machine")
        void stops() {
            assertThatThrownBy(() -> Data.skb_panic(skb, 77, "who")).isInstanceOf(Oops.class);
            assertThat(Printk.dmesg().get(Printk.dmesg().size() - 1).text())
                    .startsWith("who: len:10 put:77")
                    .endsWith("dev:<NULL>");
        }
    }

    @Nested
    class skb_over_panic {
        @Test
        @DisplayName("stops the machine")
        void stops() {
            assertThatThrownBy(() -> Data.skb_over_panic(skb, 1)).isInstanceOf(Oops.class);
        }
    }

    @Nested
    class skb_under_panic {
        @Test
        @DisplayName("stops the machine")
        void stops() {
            assertThatThrownBy(() -> Data.skb_under_panic(skb, 1)).isInstanceOf(Oops.class);
        }
    }

    @Nested
    class skb_put {
        @Test
        @DisplayName("adds bytes behind, up to the end of the memory")
        void put() {
            int room = Data.skb_tailroom(skb);
            assertThat(Data.skb_put(skb, room)).isEqualTo(Skbs.HEADROOM + 10);
            assertThat(skb.len).isEqualTo(10 + room);
            assertThat(skb.tail).isEqualTo(skb.end);
        }

        @Test
        @DisplayName("a bug if they do not fit")
        void too_many() {
            int room = Data.skb_tailroom(skb);
            assertThatThrownBy(() -> Data.skb_put(skb, room + 1)).isInstanceOf(Oops.class);
        }

        @Test
        @DisplayName("a bug once there are pages")
        void nonlinear() {
            paged();
            assertThatThrownBy(() -> Data.skb_put(skb, 1)).isInstanceOf(Oops.class);
        }
    }

    @Nested
    class skb_push {
        @Test
        @DisplayName("adds bytes in front, up to the beginning of the memory")
        void push() {
            assertThat(Data.skb_push(skb, Skbs.HEADROOM)).isZero();
            assertThat(skb.len).isEqualTo(10 + Skbs.HEADROOM);
        }

        @Test
        @DisplayName("a bug if they do not fit")
        void too_many() {
            assertThatThrownBy(() -> Data.skb_push(skb, Skbs.HEADROOM + 1)).isInstanceOf(Oops.class);
        }
    }

    @Nested
    class skb_pull {
        @Test
        @DisplayName("takes bytes off the front; nothing happens to a packet that is too short")
        void pull() {
            assertThat(Data.skb_pull(skb, 3)).isEqualTo(Skbs.HEADROOM + 3);
            assertThat(Data.skb_pull(skb, 8)).isNegative();
            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(3, 7));
        }
    }

    @Nested
    class skb_trim {
        @Test
        @DisplayName("cuts a packet that is longer, and leaves others alone")
        void trim() {
            Data.skb_trim(skb, 12);
            assertThat(skb.len).isEqualTo(10);
            Data.skb_trim(skb, 4);
            assertThat(skb.len).isEqualTo(4);
        }
    }
}
