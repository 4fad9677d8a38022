// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.gfp.Gfp.__GFP_MEMALLOC;
import static linux.skbuff.Alloc.alloc_skb_fclone;
import static linux.skbuff.Alloc.liveSkbs;
import static linux.skbuff.Alloc.newSkb;
import static linux.skbuff.Alloc.skb_get;
import static linux.skbuff.Cb.IPCB;
import static linux.skbuff.Cb.NAPI_GRO_CB;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Clone.skb_clone;
import static linux.skbuff.Clone.skb_header_release;
import static linux.skbuff.Data.skb_headroom;
import static linux.skbuff.Data.skb_pull;
import static linux.skbuff.Data.skb_push;
import static linux.skbuff.Data.skb_trim;
import static linux.skbuff.Dst.skb_dst_set;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_network_header;
import static linux.skbuff.Headers.skb_transport_header;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.skbuff.sk_buff.SKB_FCLONE_CLONE;
import static linux.skbuff.sk_buff.SKB_FCLONE_UNAVAILABLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import linux.bug.Oops;
import linux.gfp.Gfp;
import linux.netdevice.net_device;
import net.dst.dst_entry;
import net.sock.sock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class CloneTest {
    @Nested
    class skb_cloned {
        @Test
        @DisplayName("true of both, for as long as both are there")
        void both() {
            sk_buff skb = Skbs.linear(10);
            assertThat(Clone.skb_cloned(skb)).isFalse();
            sk_buff clone = skb_clone(skb, GFP_KERNEL);
            assertThat(Clone.skb_cloned(skb)).isTrue();
            assertThat(Clone.skb_cloned(clone)).isTrue();

            kfree_skb(clone);

            assertThat(Clone.skb_cloned(skb)).isFalse();
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_unclone {
        @Test
        @DisplayName("a clone gets bytes of its own, and the other one keeps the old")
        void own_bytes() {
            sk_buff skb = Skbs.linear(10);
            sk_buff clone = skb_clone(skb, GFP_KERNEL);

            assertThat(Clone.skb_unclone(clone, GFP_ATOMIC)).isZero();

            clone.head[clone.data] = 99;
            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, 10));
            assertThat(Clone.skb_cloned(skb)).isFalse();
            assertThat(Clone.skb_cloned(clone)).isFalse();
            kfree_skb(skb);
            kfree_skb(clone);
        }

        @Test
        @DisplayName("a packet that is not cloned keeps its bytes")
        void not_cloned() {
            sk_buff skb = Skbs.linear(10);
            byte[] head = skb.head;

            assertThat(Clone.skb_unclone(skb, GFP_ATOMIC)).isZero();

            assertThat(skb.head).isSameAs(head);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("no memory: -ENOMEM, and it is still a clone")
        void no_memory() {
            sk_buff skb = Skbs.linear(10);
            sk_buff clone = skb_clone(skb, GFP_KERNEL);
            Gfp.failNth(0);

            assertThat(Clone.skb_unclone(clone, GFP_ATOMIC)).isEqualTo(-ENOMEM);

            assertThat(clone.head).isSameAs(skb.head);
            kfree_skb(skb);
            kfree_skb(clone);
        }
    }

    @Nested
    class skb_header_cloned {
        @Test
        @DisplayName("not if the other one has released the header: TCP's queue and the packet on its way")
        void released() {
            sk_buff queued = Skbs.linear(10);
            Clone.skb_header_release(queued);
            sk_buff sent = skb_clone(queued, GFP_KERNEL);

            assertThat(Clone.skb_header_cloned(sent)).isFalse();
            assertThat(Clone.skb_cloned(sent)).isTrue();
            sk_buff tapped = skb_clone(sent, GFP_KERNEL);
            assertThat(Clone.skb_header_cloned(sent)).isTrue();

            kfree_skb(tapped);
            kfree_skb(sent);
            kfree_skb(queued);
        }

        @Test
        @DisplayName("like skb_cloned if nobody has released it")
        void plain() {
            sk_buff skb = Skbs.linear(10);
            assertThat(Clone.skb_header_cloned(skb)).isFalse();
            sk_buff clone = skb_clone(skb, GFP_KERNEL);
            assertThat(Clone.skb_header_cloned(skb)).isTrue();
            kfree_skb(clone);
            assertThat(Clone.skb_header_cloned(skb)).isFalse();
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_header_release {
        @Test
        @DisplayName("counts in the upper half; twice is a bug")
        void upper_half() {
            sk_buff skb = Skbs.linear(10);

            Clone.skb_header_release(skb);

            assertThat(skb.shinfo.dataref).isEqualTo(0x10001);
            assertThat(skb.nohdr).isTrue();
            assertThatThrownBy(() -> Clone.skb_header_release(skb)).isInstanceOf(Oops.class);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_shared {
        @Test
        @DisplayName("true while the sk_buff has a second user")
        void users() {
            sk_buff skb = skb_get(Skbs.linear(10));
            assertThat(Clone.skb_shared(skb)).isTrue();
            kfree_skb(skb);
            assertThat(Clone.skb_shared(skb)).isFalse();
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_share_check {
        @Test
        @DisplayName("a shared packet is given up for a clone")
        void shared() {
            sk_buff skb = skb_get(Skbs.linear(10));

            sk_buff own = Clone.skb_share_check(skb, GFP_ATOMIC);

            assertThat(own).isNotSameAs(skb);
            assertThat(own.head).isSameAs(skb.head);
            assertThat(skb.users).isOne();
            kfree_skb(own);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a packet that nobody shares is as good as it is")
        void not_shared() {
            sk_buff skb = Skbs.linear(10);
            assertThat(Clone.skb_share_check(skb, GFP_ATOMIC)).isSameAs(skb);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("no memory: null, and the use of the packet is given up all the same")
        void no_memory() {
            sk_buff skb = skb_get(Skbs.linear(10));
            Gfp.failNth(0);

            assertThat(Clone.skb_share_check(skb, GFP_ATOMIC)).isNull();

            assertThat(skb.users).isOne();
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_unshare {
        @Test
        @DisplayName("a clone is given up for a copy")
        void cloned() {
            sk_buff skb = Skbs.linear(10);
            sk_buff clone = skb_clone(skb, GFP_KERNEL);

            sk_buff own = Clone.skb_unshare(clone, GFP_ATOMIC);

            assertThat(own.head).isNotSameAs(skb.head);
            assertThat(Skbs.bytes(own)).isEqualTo(Skbs.count(0, 10));
            assertThat(Clone.skb_cloned(skb)).isFalse();
            kfree_skb(own);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("no memory: null, and the clone is given up all the same")
        void no_memory() {
            sk_buff skb = Skbs.linear(10);
            sk_buff clone = skb_clone(skb, GFP_KERNEL);
            Gfp.failNth(0);

            assertThat(Clone.skb_unshare(clone, GFP_ATOMIC)).isNull();

            assertThat(liveSkbs()).isOne();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a packet that is not cloned is as good as it is")
        void not_cloned() {
            sk_buff skb = Skbs.linear(10);
            assertThat(Clone.skb_unshare(skb, GFP_ATOMIC)).isSameAs(skb);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_clone_writable {
        @Test
        @DisplayName("what was header to the one that has released it may be written to, and no more")
        void header() {
            sk_buff queued = Skbs.linear(10);
            Clone.skb_header_release(queued);
            sk_buff sent = skb_clone(queued, GFP_KERNEL);
            skb_push(sent, 20);

            assertThat(Clone.skb_clone_writable(sent, 20)).isTrue();
            assertThat(Clone.skb_clone_writable(sent, 21)).isFalse();
            kfree_skb(sent);
            kfree_skb(queued);
        }
    }

    @Nested
    class __skb_cow {
        @Test
        @DisplayName("headroom grows by whole cache lines")
        void grows() {
            sk_buff skb = Skbs.linear(10);

            assertThat(Clone.__skb_cow(skb, Skbs.HEADROOM + 1, false)).isZero();

            assertThat(skb_headroom(skb)).isEqualTo(Skbs.HEADROOM + 64);
            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, 10));
            kfree_skb(skb);
        }

        @Test
        @DisplayName("enough headroom and no clone: nothing happens, not even an allocation")
        void enough() {
            sk_buff skb = Skbs.linear(10);
            Gfp.failNth(0);
            assertThat(Clone.__skb_cow(skb, Skbs.HEADROOM, false)).isZero();
            assertThat(Clone.__skb_cow(skb, Skbs.HEADROOM, true)).isEqualTo(-ENOMEM);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_cow {
        @Test
        @DisplayName("a clone gets a linear part of its own")
        void cloned() {
            sk_buff skb = Skbs.linear(10);
            sk_buff clone = skb_clone(skb, GFP_KERNEL);

            assertThat(Clone.skb_cow(clone, 0)).isZero();

            assertThat(clone.head).isNotSameAs(skb.head);
            kfree_skb(skb);
            kfree_skb(clone);
        }
    }

    @Nested
    class skb_cow_head {
        @Test
        @DisplayName("a clone of one that has released its header keeps the bytes")
        void header_released() {
            sk_buff skb = Skbs.linear(10);
            Clone.skb_header_release(skb);
            sk_buff clone = skb_clone(skb, GFP_KERNEL);

            assertThat(Clone.skb_cow_head(clone, 20)).isZero();
            assertThat(clone.head).isSameAs(skb.head);
            sk_buff tapped = skb_clone(clone, GFP_KERNEL);
            assertThat(Clone.skb_cow_head(clone, 20)).isZero();
            assertThat(clone.head).isNotSameAs(skb.head);

            kfree_skb(tapped);
            kfree_skb(clone);
            kfree_skb(skb);
        }
    }

    @Nested
    class __copy_skb_header {
        @Test
        @DisplayName("copies what the layers have noted, each cb deeply, and takes a reference on the route")
        void notes() {
            sk_buff old = Skbs.linear(10);
            sk_buff new_ = Skbs.linear(3);
            dst_entry dst = new dst_entry();
            dst.__refcnt = 1;
            skb_dst_set(old, dst);
            old.dev = new net_device();
            old.network_header = 70;
            old.transport_header = 90;
            old.ip_summed = CHECKSUM_PARTIAL;
            old.csum_start = 90;
            old.csum_offset = 16;
            old.mark = 7;
            old.rxhash = 8;
            old.queue_mapping = 9;
            TCP_SKB_CB(old).seq = 1000;
            IPCB(old).flags = 2;
            NAPI_GRO_CB(old).count = 3;

            Clone.__copy_skb_header(new_, old);

            assertThat(new_.len).isEqualTo(3);
            assertThat(new_.dev).isSameAs(old.dev);
            assertThat(skb_network_header(new_)).isEqualTo(70);
            assertThat(skb_transport_header(new_)).isEqualTo(90);
            assertThat(new_.ip_summed).isEqualTo(CHECKSUM_PARTIAL);
            assertThat(new_.csum_start).isEqualTo(90);
            assertThat(new_.csum_offset).isEqualTo(16);
            assertThat(new_.mark).isEqualTo(7);
            assertThat(new_.rxhash).isEqualTo(8);
            assertThat(new_.queue_mapping).isEqualTo(9);
            assertThat(dst.__refcnt).isEqualTo(2);
            TCP_SKB_CB(old).seq = 2000;
            IPCB(old).flags = 4;
            NAPI_GRO_CB(old).count = 6;
            assertThat(TCP_SKB_CB(new_).seq).isEqualTo(1000);
            assertThat(IPCB(new_).flags).isEqualTo(2);
            assertThat(NAPI_GRO_CB(new_).count).isEqualTo(3);
            kfree_skb(new_);
            kfree_skb(old);
            assertThat(dst.__refcnt).isZero();
        }
    }

    @Nested
    class __skb_clone {
        @Test
        @DisplayName("the same bytes seen alike, without an owner and out of any queue")
        void alike() {
            sk_buff skb = Skbs.paged(10, 20);
            skb.sk = new sock();
            skb.destructor = s -> {};
            skb.next = skb;

            sk_buff n = Clone.__skb_clone(newSkb(), skb);

            assertThat(Skbs.bytes(n)).isEqualTo(Skbs.count(0, 30));
            assertThat(n.shinfo).isSameAs(skb.shinfo);
            assertThat(n.truesize).isEqualTo(skb.truesize);
            assertThat(n.sk).isNull();
            assertThat(n.destructor).isNull();
            assertThat(n.next).isNull();
            assertThat(n.users).isOne();
            assertThat(skb.shinfo.dataref).isEqualTo(2);
            kfree_skb(n);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("notes how much in front the original does not look at any more")
        void header_length() {
            sk_buff skb = Skbs.linear(10);
            skb_header_release(skb);

            sk_buff n = Clone.__skb_clone(newSkb(), skb);

            assertThat(n.hdr_len).isEqualTo(Skbs.HEADROOM);
            assertThat(n.nohdr).isFalse();
            sk_buff nn = Clone.__skb_clone(newSkb(), n);
            assertThat(nn.hdr_len).isEqualTo(Skbs.HEADROOM);
            kfree_skb(nn);
            kfree_skb(n);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_clone {
        @Test
        @DisplayName("each moves its own data pointer over the same bytes")
        void offsets() {
            sk_buff skb = Skbs.linear(10);
            sk_buff clone = Clone.skb_clone(skb, GFP_KERNEL);

            skb_pull(clone, 4);
            skb_trim(clone, 3);

            assertThat(Skbs.bytes(clone)).isEqualTo(Skbs.count(4, 3));
            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, 10));
            kfree_skb(clone);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("of a pair the second half is taken first, and needs no memory")
        void pair() {
            sk_buff skb = alloc_skb_fclone(100, GFP_KERNEL);
            Gfp.failNth(0);

            sk_buff first = Clone.skb_clone(skb, GFP_ATOMIC);
            assertThat(first).isSameAs(Clone.companion(skb));
            assertThat(first.fclone).isEqualTo(SKB_FCLONE_CLONE);
            assertThat(Clone.skb_clone(skb, GFP_ATOMIC)).isNull();
            sk_buff second = Clone.skb_clone(skb, GFP_ATOMIC);
            assertThat(second.fclone).isEqualTo(SKB_FCLONE_UNAVAILABLE);

            assertThat(skb.shinfo.dataref).isEqualTo(3);
            assertThat(liveSkbs()).isEqualTo(3);
            kfree_skb(skb);
            kfree_skb(second);
            kfree_skb(first);
        }

        @Test
        @DisplayName("a clone of the second half is made alone")
        void of_the_second() {
            sk_buff skb = alloc_skb_fclone(100, GFP_KERNEL);
            sk_buff clone = Clone.skb_clone(skb, GFP_KERNEL);

            sk_buff other = Clone.skb_clone(clone, GFP_KERNEL);

            assertThat(other).isNotSameAs(skb);
            assertThat(other.fclone).isEqualTo(SKB_FCLONE_UNAVAILABLE);
            kfree_skb(other);
            kfree_skb(clone);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("no memory: null")
        void no_memory() {
            sk_buff skb = Skbs.linear(10);
            Gfp.failNth(0);

            assertThat(Clone.skb_clone(skb, GFP_ATOMIC)).isNull();

            assertThat(skb.cloned).isFalse();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a clone of a packet from the reserves may take from them, too")
        void reserves() {
            sk_buff skb = Skbs.linear(10);
            skb.pfmemalloc = true;
            int[] asked = new int[1];
            Gfp.inject((gfp, i) -> {
                asked[0] = gfp;
                return false;
            });

            sk_buff clone = Clone.skb_clone(skb, GFP_ATOMIC);

            assertThat(asked[0]).isEqualTo(GFP_ATOMIC | __GFP_MEMALLOC);
            assertThat(clone.pfmemalloc).isTrue();
            kfree_skb(clone);
            kfree_skb(skb);
        }
    }
}
