// SPDX-License-Identifier: GPL-2.0-only
package mptcp_output;

import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.mm.Mm.PAGE_SIZE;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Copy.pskb_copy_for_clone;
import static linux.skbuff.Free.kfree_skb;
import static linux.workqueue.Workqueue.queued;
import static net.mptcp.Dss.mptcp_sub_len_dss;
import static net.mptcp.MptcpConst.MPTCPHDR_FIN;
import static net.sock.Flags.sock_flag;
import static net.sock.SockFlag.SOCK_QUEUE_SHRUNK;
import static net.tcp.TcpConst.TCPHDR_FIN;
import static net.tcp.TcpConst.TCPHDR_SYN;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static org.assertj.core.api.Assertions.assertThat;

import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import linux.skbuff.sk_buff_head;
import linux.tcp.tcp_sock;
import linux.types.Be;
import net.mptcp.mp_dss;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
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

    @Nested
    class mptcp_find_and_set_pathmask {
        @Test
        @DisplayName("from the packet with the same number, if that was sent")
        void found() {
            try (Bundle b = new Bundle(1)) {
                b.write(10);
                sk_buff sent = b.write(10);
                sk_buff unsent = b.write(10);
                b.meta.sk_send_head = unsent;
                TCP_SKB_CB(sent).path_mask = 5;
                TCP_SKB_CB(unsent).path_mask = 9;
                sk_buff skb = MptcpSockets.packet(TCP_SKB_CB(sent).seq, 0);

                Reinject.mptcp_find_and_set_pathmask(b.meta, skb);
                assertThat(TCP_SKB_CB(skb).path_mask).isEqualTo(5);

                TCP_SKB_CB(skb).seq = TCP_SKB_CB(unsent).seq;
                TCP_SKB_CB(skb).path_mask = 0;
                Reinject.mptcp_find_and_set_pathmask(b.meta, skb);
                assertThat(TCP_SKB_CB(skb).path_mask).isZero();
                MptcpSockets.free(skb);
            }
        }
    }

    @Nested
    class __mptcp_reinject_data {
        private Bundle b;

        @BeforeEach
        void sent_on_subflow_0() {
            b = new Bundle(2);
        }

        @AfterEach
        void nothing_left() {
            b.close();
        }

        /** Packets of these lengths, sent on subflow 0; nothing more will be sent. */
        private void sent(int... lengths) {
            for (int len : lengths) {
                b.write(len);
            }
            b.push();
            b.drain();
            b.budget = 0;
        }

        private void reinject(sk_buff skb, int clone_it) {
            Reinject.__mptcp_reinject_data(skb, b.meta, b.m.sub(0), clone_it);
        }

        /** The i-th packet of subflow 0. */
        private sk_buff sub(int i) {
            sk_buff skb = b.m.sub(0).sk_write_queue.next;
            while (i-- > 0) {
                skb = skb.next;
            }
            return skb;
        }

        private String queued() {
            return Bundle.queue(b.mpcb.reinject_queue);
        }

        @Test
        @DisplayName("a copy with the connection's numbers and the paths that it has been on, without mapping")
        void copy() {
            sent(1000, 1000);

            reinject(sub(1), 1);

            assertThat(queued()).isEqualTo("1000-2000");
            sk_buff skb = b.mpcb.reinject_queue.next;
            assertThat(TCP_SKB_CB(skb).path_mask).isEqualTo(1);
            assertThat(TCP_SKB_CB(skb).dss).isNull();
            assertThat(skb.sk).isSameAs(b.meta);
            assertThat(b.m.sub(0).sk_write_queue.qlen).isEqualTo(2);
            assertThat(TCP_SKB_CB(sub(1)).dss).isNotNull();
        }

        @Test
        @DisplayName("not a copy: the subflow has it no more, nor its memory")
        void taken() {
            sent(1000, 1000);
            sk_buff skb = sub(0);
            int queued = b.m.sub(0).sk_wmem_queued;

            reinject(skb, 0);

            assertThat(b.mpcb.reinject_queue.next).isSameAs(skb);
            assertThat(b.m.sub(0).sk_write_queue.qlen).isOne();
            assertThat(b.m.sub(0).sk_wmem_queued).isEqualTo(queued - skb.truesize);
            assertThat(sock_flag(b.m.sub(0), SOCK_QUEUE_SHRUNK)).isTrue();
        }

        @Test
        @DisplayName("sorted by data sequence number, each only once")
        void sorted() {
            sent(100, 100, 100, 100);

            reinject(sub(2), 1);
            reinject(sub(0), 1);
            reinject(sub(3), 1);
            reinject(sub(1), 1);
            reinject(sub(2), 1);

            assertThat(queued()).isEqualTo("0-100 100-200 200-300 300-400");
        }

        @Test
        @DisplayName("what has arrived, or never had a mapping, is dropped")
        void not_needed() {
            sent(100, 100);
            b.meta.snd_una = Bundle.DSN + 100;
            reinject(sub(0), 1);
            TCP_SKB_CB(sub(1)).dss = null;
            reinject(sub(1), 1);

            assertThat(queued()).isEmpty();
        }

        @Test
        @DisplayName("a larger one takes the place of a smaller one with the same start, and of all that it covers")
        void larger() {
            sent(300);
            sk_buff large = pskb_copy_for_clone(b.meta.sk_write_queue.next, GFP_ATOMIC);
            b.meta.sk_send_head = b.meta.sk_write_queue.next;
            WriteXmit.mptcp_fragment(b.meta, b.meta.sk_write_queue.next, 100, GFP_ATOMIC, 0);
            sk_buff first = b.meta.sk_write_queue.next;
            Reinject.__mptcp_reinject_data(first, b.meta, null, 1);
            Reinject.__mptcp_reinject_data(first.next, b.meta, null, 1);
            assertThat(queued()).isEqualTo("0-100 100-300");

            Reinject.__mptcp_reinject_data(large, b.meta, null, 1);

            assertThat(queued()).isEqualTo("0-300");
            kfree_skb(large);
        }

        @Test
        @DisplayName("a part with the mapping: in its place the connection's packets that lie within; a part without: nothing")
        void part() {
            sent(100, 2500, 100);
            assertThat(b.m.sub(0).sk_write_queue.qlen).as("cut by the subflow").isEqualTo(5);

            reinject(sub(2), 1);
            assertThat(queued()).as("a part without the mapping").isEmpty();

            reinject(sub(1), 1);
            assertThat(queued()).isEqualTo("100-2600");
        }

        @Test
        @DisplayName("without memory for the copy nothing happens")
        void no_memory() {
            sent(100);
            Gfp.failNth(0);
            reinject(sub(0), 1);
            assertThat(queued()).isEmpty();
        }

        @Test
        @DisplayName("taken from the subflow, its memory is the connection's affair again; a DATA_FIN counts one")
        void uncharged() {
            b.write(100);
            b.push();
            sk_buff fin = b.write(50);
            TCP_SKB_CB(fin).mptcp_flags |= MPTCPHDR_FIN;
            TCP_SKB_CB(fin).end_seq++;
            b.meta.write_seq++;
            b.push();
            b.drain();
            b.budget = 0;
            tcp_sock sub = b.m.sub(0);
            sk_buff skb = sub.sk_write_queue.next;
            int forward = sub.sk_forward_alloc;

            reinject(skb, 0);
            assertThat((sub.sk_forward_alloc - forward - skb.truesize) % PAGE_SIZE).isZero();

            reinject(sub(0), 1);
            assertThat(queued()).isEqualTo("0-100 100-151F");
        }
    }

    @Nested
    class mptcp_reinject_data {
        private Bundle b;

        @BeforeEach
        void two_subflows() {
            b = new Bundle(2);
        }

        @AfterEach
        void nothing_left() {
            b.close();
        }

        @Test
        @DisplayName("all that the subflow has goes to the other one at once, and the subflow counts as failed")
        void moved() {
            b.write(100);
            b.write(100);
            b.push();
            b.drain();
            b.to = b.m.sub(1);

            Reinject.mptcp_reinject_data(b.m.sub(0), 1);

            assertThat(b.drain()).containsExactly("1: 0+100 A map 0 1 100", "1: 100+100 A map 100 101 100");
            assertThat(b.m.sub(0).pf).isTrue();
            assertThat(b.m.sub(0).sk_write_queue.qlen).isEqualTo(2);
        }

        @Test
        @DisplayName("the subflow's own SYN and FIN stay with it; data that carry both FINs do not")
        void flags() {
            sk_buff syn = b.write(10);
            sk_buff fin = b.write(10);
            sk_buff both = b.write(10);
            b.push();
            b.budget = 0;
            sk_buff_head q = b.m.sub(0).sk_write_queue;
            TCP_SKB_CB(q.next).tcp_flags |= TCPHDR_SYN;
            TCP_SKB_CB(q.next.next).tcp_flags |= TCPHDR_FIN;
            TCP_SKB_CB(q.prev).tcp_flags |= TCPHDR_FIN;
            TCP_SKB_CB(q.prev).mptcp_flags |= MPTCPHDR_FIN;
            TCP_SKB_CB(q.prev).dss[4] += 1 << 16;
            TCP_SKB_CB(both).end_seq++;

            Reinject.mptcp_reinject_data(b.m.sub(0), 0);

            assertThat(Bundle.queue(b.mpcb.reinject_queue)).isEqualTo("20-31F");
            assertThat(q.qlen).isEqualTo(2);
            assertThat(new sk_buff[] {syn, fin, both}).doesNotHaveDuplicates();
        }

        @Test
        @DisplayName("an empty DATA_FIN that went this way is sent again, though the subflow has none queued")
        void data_fin() {
            // Subflow 1 is not done yet, so the FIN of subflow 0 does not go with the DATA_FIN.
            b.write(5);
            b.to = b.m.sub(1);
            b.push();
            sk_buff skb = b.write(0);
            TCP_SKB_CB(skb).mptcp_flags |= MPTCPHDR_FIN;
            TCP_SKB_CB(skb).end_seq++;
            b.meta.write_seq++;
            b.to = b.m.sub(0);
            b.push();
            assertThat(b.drain()).endsWith("0: 0+0 A map 5 0 1 DATA_FIN");
            b.budget = 0;

            Reinject.mptcp_reinject_data(b.m.sub(0), 1);

            assertThat(Bundle.queue(b.mpcb.reinject_queue)).isEqualTo("5-6F");
        }

        @Test
        @DisplayName("a closed connection has nothing to save")
        void closed() {
            b.write(100);
            b.push();
            b.meta.skc_state = TCP_CLOSE;
            Reinject.mptcp_reinject_data(b.m.sub(0), 1);
            b.meta.skc_state = TCP_ESTABLISHED;

            assertThat(Bundle.queue(b.mpcb.reinject_queue)).isEmpty();
            assertThat(b.m.sub(0).pf).isFalse();
        }
    }
}
