// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.errno.Errno.EAGAIN;
import static linux.errno.Errno.ECONNREFUSED;
import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EMSGSIZE;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.EPIPE;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.mm.Mm.get_page;
import static linux.mm.Mm.put_page;
import static linux.sched.Sched.current;
import static linux.sched.Sched.kthread_run;
import static linux.sched.Sched.msleep;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Free.kfree_skb;
import static net.checksum.Csum.csum_fold;
import static net.checksum.Csum.csum_partial;
import static net.sock.SockLimits.sysctl_optmem_max;
import static net.sock.sock.SEND_SHUTDOWN;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.socket.SocketOpt.SOCK_NOSPACE;

import linux.compiler.IntRef;
import linux.gfp.Gfp;
import linux.jiffies.Jiffies;
import linux.mm.Mm;
import linux.mm.page;
import linux.mm.page_frag;
import linux.sched.task_struct;
import linux.skbuff.sk_buff;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeFamily;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class BuffersTest {
    private FakeFamily family;
    private sock sk;

    @BeforeEach
    void open() {
        family = new FakeFamily();
        sk = family.sock();
    }

    @AfterEach
    void close() {
        Gfp.inject(null);
        sk.sk_wmem_queued = 0;
        sk.sk_forward_alloc = 0;
        family.closeAll();
    }

    /** The sum of {@code n} bytes that count up from {@code first}, beginning at an even place. */
    private static int sum(int first, int n) {
        return csum_fold(csum_partial(Skbs.count(first, n), 0, n, 0));
    }

    @Nested
    class skb_do_copy_data_nocache {
        @Test
        @DisplayName("sums up what it copies, added to what the packet has, even at an odd place")
        void sums_up() {
            sk_buff skb = new sk_buff();
            byte[] to = new byte[64];

            assertThat(Buffers.skb_do_copy_data_nocache(sk, skb, Skbs.count(0, 20), 0, to, 1, 7, 0)).isZero();
            assertThat(Buffers.skb_do_copy_data_nocache(sk, skb, Skbs.count(0, 20), 7, to, 8, 13, 7)).isZero();

            assertThat(to).startsWith(0, 0, 1, 2, 3).contains(19);
            assertThat(csum_fold(skb.csum)).isEqualTo(sum(0, 20));
        }

        @Test
        @DisplayName("if the device sums up, it only copies")
        void device_sums_up() {
            sk_buff skb = new sk_buff();
            skb.ip_summed = sk_buff.CHECKSUM_PARTIAL;
            byte[] to = new byte[8];

            assertThat(Buffers.skb_do_copy_data_nocache(sk, skb, Skbs.count(5, 3), 1, to, 2, 2, 0)).isZero();

            assertThat(to).containsExactly(0, 0, 6, 7, 0, 0, 0, 0);
            assertThat(skb.csum).isZero();
        }

        @Test
        @DisplayName("-EFAULT when the application's memory ends too early, or is none")
        void fault() {
            sk_buff skb = new sk_buff();
            byte[] to = new byte[8];
            for (int summed : new int[] {sk_buff.CHECKSUM_NONE, sk_buff.CHECKSUM_PARTIAL}) {
                skb.ip_summed = summed;
                assertThat(Buffers.skb_do_copy_data_nocache(sk, skb, new byte[3], 1, to, 0, 3, 0)).isEqualTo(-EFAULT);
                assertThat(Buffers.skb_do_copy_data_nocache(sk, skb, null, 0, to, 0, 3, 0)).isEqualTo(-EFAULT);
            }
        }
    }

    @Nested
    class skb_add_data_nocache {
        @Test
        @DisplayName("appends to the linear part")
        void appended() {
            sk_buff skb = alloc_skb(100, GFP_KERNEL);

            assertThat(Buffers.skb_add_data_nocache(sk, skb, Skbs.count(0, 5), 0, 5)).isZero();
            assertThat(Buffers.skb_add_data_nocache(sk, skb, Skbs.count(5, 5), 0, 5)).isZero();

            assertThat(skb.len).isEqualTo(10);
            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, 10));
            assertThat(csum_fold(skb.csum)).isEqualTo(sum(0, 10));
            kfree_skb(skb);
        }

        @Test
        @DisplayName("after -EFAULT the packet is as long as it was")
        void fault() {
            sk_buff skb = Skbs.linear(5, 10);

            assertThat(Buffers.skb_add_data_nocache(sk, skb, null, 0, 5)).isEqualTo(-EFAULT);

            assertThat(skb.len).isEqualTo(5);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_copy_to_page_nocache {
        @Test
        @DisplayName("charges the bytes to the packet, the send queue and the socket's pages")
        void charged() {
            page page = Mm.alloc_page(GFP_KERNEL);
            sk_buff skb = Skbs.linear(3);
            int truesize = skb.truesize;
            sk.sk_forward_alloc = 4096;

            assertThat(Buffers.skb_copy_to_page_nocache(sk, Skbs.count(3, 50), 0, skb, page, 7, 50)).isZero();

            assertThat(page.data[7]).isEqualTo((byte) 3);
            assertThat(skb.len).isEqualTo(53);
            assertThat(skb.data_len).isEqualTo(50);
            assertThat(skb.truesize).isEqualTo(truesize + 50);
            assertThat(sk.sk_wmem_queued).isEqualTo(50);
            assertThat(sk.sk_forward_alloc).isEqualTo(4046);
            skb.len = 3;
            skb.data_len = 0;
            kfree_skb(skb);
            put_page(page);
        }

        @Test
        @DisplayName("-EFAULT charges nothing")
        void fault() {
            page page = Mm.alloc_page(GFP_KERNEL);
            sk_buff skb = Skbs.linear(3);

            assertThat(Buffers.skb_copy_to_page_nocache(sk, null, 0, skb, page, 7, 50)).isEqualTo(-EFAULT);

            assertThat(skb.len).isEqualTo(3);
            assertThat(sk.sk_wmem_queued).isZero();
            kfree_skb(skb);
            put_page(page);
        }
    }

    @Nested
    class sk_page_frag {
        @Test
        @DisplayName("is the task's, or the socket's own where nobody may sleep")
        void whose() {
            assertThat(Buffers.sk_page_frag(sk)).isSameAs(current.task_frag);
            sk.sk_allocation = GFP_ATOMIC;
            assertThat(Buffers.sk_page_frag(sk)).isSameAs(sk.sk_frag);
        }
    }

    @Nested
    class sock_wmalloc {
        @Test
        @DisplayName("gives a packet that is charged to the socket, as long as there is room or it is forced")
        void room() {
            sk.sk_sndbuf = 1000;
            sk.sk_wmem_alloc = 1000;
            assertThat(Buffers.sock_wmalloc(sk, 100, 0, GFP_KERNEL)).isNull();
            sk_buff skb = Buffers.sock_wmalloc(sk, 100, 1, GFP_KERNEL);
            assertThat(skb.sk).isSameAs(sk);
            kfree_skb(skb);
            sk.sk_wmem_alloc = 999;
            skb = Buffers.sock_wmalloc(sk, 100, 0, GFP_KERNEL);
            assertThat(sk.sk_wmem_alloc).isEqualTo(999 + skb.truesize);
            kfree_skb(skb);
            sk.sk_wmem_alloc = 1;
        }

        @Test
        @DisplayName("null when there is no memory")
        void no_memory() {
            Gfp.failNth(0);
            assertThat(Buffers.sock_wmalloc(sk, 100, 1, GFP_KERNEL)).isNull();
        }
    }

    @Nested
    class sock_kmalloc {
        @Test
        @DisplayName("charges the socket, up to a limit that is never reached")
        void limit() {
            assertThat(sysctl_optmem_max).isEqualTo(20480);
            byte[] mem = Buffers.sock_kmalloc(sk, 20_000, GFP_KERNEL);
            assertThat(mem).hasSize(20_000);
            assertThat(sk.sk_omem_alloc).isEqualTo(20_000);

            assertThat(Buffers.sock_kmalloc(sk, 480, GFP_KERNEL)).isNull();
            assertThat(Buffers.sock_kmalloc(sk, -1, GFP_KERNEL)).isNull();
            assertThat(sk.sk_omem_alloc).isEqualTo(20_000);
            sk.sk_omem_alloc = 0;
        }

        @Test
        @DisplayName("charges nothing when there is no memory")
        void no_memory() {
            Gfp.failNth(0);
            assertThat(Buffers.sock_kmalloc(sk, 100, GFP_KERNEL)).isNull();
            assertThat(sk.sk_omem_alloc).isZero();
        }
    }

    @Nested
    class sock_kfree_s {
        @Test
        @DisplayName("gives the charge back")
        void given_back() {
            byte[] mem = Buffers.sock_kmalloc(sk, 100, GFP_KERNEL);
            Buffers.sock_kfree_s(sk, mem, 100);
            assertThat(sk.sk_omem_alloc).isZero();
        }
    }

    @Nested
    class sock_wait_for_wmem {
        @Test
        @DisplayName("waits until a packet has left")
        void left() {
            sk.sk_sndbuf = 100;
            sk_buff skb = Skbs.linear(10);
            Owner.skb_set_owner_w(skb, sk);
            task_struct device = kthread_run("device", () -> {
                msleep(5);
                assertThat(sk.sk_socket.flags & 1 << SOCK_NOSPACE).isNotZero();
                kfree_skb(skb);
            });

            long timeo = Buffers.sock_wait_for_wmem(sk, 100);

            assertThat(timeo).isBetween(93L, 95L);
            device.exited.wait_for_completion();
        }

        @Test
        @DisplayName("does not wait when nothing can be sent any more, or there is an error, or no time")
        void not_at_all() {
            long before = Jiffies.jiffies;
            sk.sk_sndbuf = 0;
            assertThat(Buffers.sock_wait_for_wmem(sk, 0)).isZero();
            sk.sk_shutdown = SEND_SHUTDOWN;
            assertThat(Buffers.sock_wait_for_wmem(sk, 100)).isEqualTo(100);
            sk.sk_shutdown = 0;
            sk.sk_err = 5;
            assertThat(Buffers.sock_wait_for_wmem(sk, 100)).isEqualTo(100);
            assertThat(Jiffies.jiffies).isEqualTo(before);
        }
    }

    @Nested
    class sock_alloc_send_pskb {
        private final IntRef err = new IntRef();

        @Test
        @DisplayName("a header in the linear part and the rest in pages, as large as allowed")
        void pages() {
            sk_buff skb = Buffers.sock_alloc_send_pskb(sk, 100, 3 * 4096 + 5, 1, err, 1);

            assertThat(skb.shinfo.nr_frags).isEqualTo(2);
            assertThat(skb.shinfo.frags(0).size).isEqualTo(8192);
            assertThat(skb.shinfo.frags(1).size).isEqualTo(4096 + 5);
            assertThat(skb.sk).isSameAs(sk);
            assertThat(sk.sk_wmem_alloc).isEqualTo(1 + skb.truesize).isGreaterThan(3 * 4096);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("-EMSGSIZE: more pages than a packet has places for")
        void too_long() {
            assertThat(Buffers.sock_alloc_send_pskb(sk, 100, 18 * 4096, 1, err, 0)).isNull();
            assertThat(err.val).isEqualTo(-EMSGSIZE);
        }

        @Test
        @DisplayName("-ENOBUFS when a page is missing, and nothing is left behind")
        void no_page() {
            Gfp.failNth(3);

            assertThat(Buffers.sock_alloc_send_pskb(sk, 100, 3 * 4096, 1, err, 0)).isNull();

            assertThat(err.val).isEqualTo(-ENOBUFS);
            assertThat(sk.sk_wmem_alloc).isEqualTo(1);
        }
    }

    @Nested
    class sock_alloc_send_skb {
        private final IntRef err = new IntRef();

        @Test
        @DisplayName("reports the socket's error first, then that nothing can be sent any more")
        void errors() {
            sk.sk_err = ECONNREFUSED;
            sk.sk_shutdown = SEND_SHUTDOWN;
            assertThat(Buffers.sock_alloc_send_skb(sk, 10, 0, err)).isNull();
            assertThat(err.val).isEqualTo(-ECONNREFUSED);
            assertThat(Buffers.sock_alloc_send_skb(sk, 10, 0, err)).isNull();
            assertThat(err.val).isEqualTo(-EPIPE);
        }

        @Test
        @DisplayName("-EAGAIN when the buffer is full and nobody wants to wait; else waits")
        void full() {
            sk.sk_sndbuf = 1;
            assertThat(Buffers.sock_alloc_send_skb(sk, 10, 1, err)).isNull();
            assertThat(err.val).isEqualTo(-EAGAIN);

            task_struct other = kthread_run("other", () -> {
                msleep(3);
                sk.sk_sndbuf = 10_000;
                sk.sk_write_space.call(sk);
            });
            sk_buff skb = Buffers.sock_alloc_send_skb(sk, 10, 0, err);
            assertThat(skb).isNotNull();
            kfree_skb(skb);
            other.exited.wait_for_completion();
        }
    }

    @Nested
    class skb_page_frag_refill {
        private final page_frag frag = new page_frag();

        @AfterEach
        void put() {
            if (frag.page != null) {
                put_page(frag.page);
            }
        }

        @Test
        @DisplayName("begins with eight pages in one piece")
        void eight_pages() {
            assertThat(Buffers.skb_page_frag_refill(32, frag, GFP_KERNEL)).isTrue();

            assertThat(frag.size).isEqualTo(32768);
            assertThat(frag.offset).isZero();
        }

        @Test
        @DisplayName("takes smaller pieces when larger ones are not to be had")
        void smaller() {
            Gfp.inject((gfp, n) -> n < 2);

            assertThat(Buffers.skb_page_frag_refill(32, frag, GFP_KERNEL)).isTrue();

            assertThat(frag.size).isEqualTo(8192);
        }

        @Test
        @DisplayName("goes on with the same page while there is room, and begins anew when nobody else uses it")
        void same() {
            Buffers.skb_page_frag_refill(32, frag, GFP_KERNEL);
            page first = frag.page;
            get_page(first);
            frag.offset = 32768 - 32;
            assertThat(Buffers.skb_page_frag_refill(32, frag, GFP_KERNEL)).isTrue();
            assertThat(frag.page).isSameAs(first);
            assertThat(frag.offset).isEqualTo(32768 - 32);

            assertThat(Buffers.skb_page_frag_refill(33, frag, GFP_KERNEL)).isTrue();
            assertThat(frag.page).isNotSameAs(first);
            assertThat(Mm.page_count(first)).isEqualTo(1);
            put_page(first);

            frag.offset = 32768;
            assertThat(Buffers.skb_page_frag_refill(33, frag, GFP_KERNEL)).isTrue();
            assertThat(frag.offset).isZero();
        }

        @Test
        @DisplayName("false when there is not one page: then there is none at all")
        void none() {
            Gfp.inject((gfp, n) -> true);

            assertThat(Buffers.skb_page_frag_refill(32, frag, GFP_KERNEL)).isFalse();

            assertThat(frag.page).isNull();
        }
    }

    @Nested
    class sk_page_frag_refill {
        @Test
        @DisplayName("without a page the protocol is under pressure and the send buffer shrinks")
        void pressure() {
            Gfp.inject((gfp, n) -> true);
            sk.sk_sndbuf = 100_000;
            sk.sk_wmem_queued = 20_000;

            assertThat(Buffers.sk_page_frag_refill(sk, sk.sk_frag)).isFalse();

            assertThat(family.proto.memory_pressure.val).isEqualTo(1);
            assertThat(sk.sk_sndbuf).isEqualTo(10_000);
        }

        @Test
        @DisplayName("with one all is well")
        void well() {
            assertThat(Buffers.sk_page_frag_refill(sk, sk.sk_frag)).isTrue();

            assertThat(family.proto.memory_pressure.val).isZero();
            put_page(sk.sk_frag.page);
            sk.sk_frag.page = null;
        }
    }
}
