// SPDX-License-Identifier: GPL-2.0-only
package mptcp_output;

import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.mm.Mm.PAGE_SIZE;
import static linux.netdevice.Netdev.NET_XMIT_DROP;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Checksum.skb_checksum;
import static linux.skbuff.Copy.pskb_copy_for_clone;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Queue.skb_queue_head;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static net.checksum.Csum.csum_fold;
import static net.mptcp.MptcpConst.MPTCPHDR_FIN;
import static net.mptcp.MptcpConst.MPTCPHDR_INF;
import static net.mptcp.MptcpConst.MPTCPHDR_SEQ64_INDEX;
import static net.tcp.Globals.tcp_memory_allocated;
import static net.tcp.TcpConst.TCPHDR_FIN;
import static net.tcp.TcpConst.TCP_NAGLE_PUSH;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_LAST_ACK;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp_output.Fragment.tcp_set_skb_tso_segs;

import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class WriteXmitTest {
    private Bundle b;

    @BeforeEach
    void two_subflows() {
        b = new Bundle(2);
    }

    @AfterEach
    void nothing_left() {
        b.close();
    }

    @Nested
    class mptcp_skb_entail {
        @Test
        @DisplayName("a copy with the subflow's numbers stands on its queue; the original remembers the path")
        void copy() {
            sk_buff skb = b.write(1000);
            tcp_sock tp = b.m.sub(1);

            assertThat(WriteXmit.mptcp_skb_entail(tp, skb, 0)).isTrue();

            sk_buff sub = tp.sk_write_queue.next;
            assertThat(sub).isNotSameAs(skb).isSameAs(tp.sk_send_head);
            assertThat(TCP_SKB_CB(sub).seq).isEqualTo(Bundle.ssn(1));
            assertThat(TCP_SKB_CB(sub).end_seq).isEqualTo(Bundle.ssn(1) + 1000).isEqualTo(tp.write_seq);
            assertThat(TCP_SKB_CB(sub).path_mask).isZero();
            assertThat(sub.shinfo.gso_segs).isZero();
            assertThat(tp.sk_wmem_queued).isEqualTo(sub.truesize);
            assertThat(TCP_SKB_CB(skb).path_mask).isEqualTo(1 << 1);
            assertThat(TCP_SKB_CB(skb).seq).isEqualTo(Bundle.DSN);
            assertThat(b.wire).isEmpty();
        }

        @Test
        @DisplayName("which half of the data sequence numbers it is is noted the first time only")
        void high_order() {
            sk_buff skb = b.write(10);
            b.mpcb.snd_hiseq_index = 1;

            WriteXmit.mptcp_skb_entail(b.m.sub(0), skb, 1);
            assertThat(TCP_SKB_CB(skb).mptcp_flags & MPTCPHDR_SEQ64_INDEX).isZero();
            WriteXmit.mptcp_skb_entail(b.m.sub(0), skb, 0);
            assertThat(TCP_SKB_CB(skb).mptcp_flags & MPTCPHDR_SEQ64_INDEX).isNotZero();
        }

        @Test
        @DisplayName("without memory nothing happens")
        void no_memory() {
            sk_buff skb = b.write(10);
            Gfp.failNth(0);

            assertThat(WriteXmit.mptcp_skb_entail(b.m.sub(0), skb, 0)).isFalse();
            assertThat(TCP_SKB_CB(skb).path_mask).isZero();
            assertThat(b.m.sub(0).write_seq).isEqualTo(Bundle.ssn(0));
        }

        @Test
        @DisplayName("a device that cannot sum up: both packets get their checksum now")
        void checksum() {
            sk_buff skb = b.write(10);
            b.m.sub(0).sk_route_caps = 0;

            WriteXmit.mptcp_skb_entail(b.m.sub(0), skb, 0);

            assertThat(skb.ip_summed).isEqualTo(CHECKSUM_NONE);
            assertThat(csum_fold(skb.csum)).isEqualTo(csum_fold(skb_checksum(skb, 0, 10, 0)));
            assertThat(b.m.sub(0).sk_write_queue.next.ip_summed).isEqualTo(CHECKSUM_NONE);
            assertThat(b.m.sub(0).sk_write_queue.next.csum).isEqualTo(skb.csum);
        }

        @Test
        @DisplayName("a DATA_FIN alone is sent at once and not queued")
        void empty_data_fin() {
            sk_buff skb = b.write(0);
            TCP_SKB_CB(skb).mptcp_flags |= MPTCPHDR_FIN;
            TCP_SKB_CB(skb).end_seq++;
            b.write(100);
            WriteXmit.mptcp_skb_entail(b.m.sub(1), b.meta.sk_write_queue.prev, 0);

            assertThat(WriteXmit.mptcp_skb_entail(b.m.sub(0), skb, 0)).isTrue();

            assertThat(b.drain()).containsExactly("0: 0+0 A map 0 0 1 DATA_FIN");
            assertThat(b.m.sub(0).sk_write_queue.next).isNull();
        }

        @Test
        @DisplayName("the first new data after a fallback that we asked for carry the infinite mapping")
        void infinite() {
            sk_buff old = b.write(10);
            sk_buff skb = b.write(10);
            b.meta.snd_nxt = TCP_SKB_CB(old).end_seq;
            b.mpcb.send_infinite_mapping = true;

            WriteXmit.mptcp_skb_entail(b.m.sub(0), old, -1);
            assertThat(b.mpcb.infinite_mapping_snd).isFalse();
            WriteXmit.mptcp_skb_entail(b.m.sub(0), skb, 0);

            assertThat(b.mpcb.infinite_mapping_snd).isTrue();
            assertThat(b.m.sub(0).mptcp.infinite_cutoff_seq).isEqualTo(Bundle.ssn(0) + 10);
            assertThat(TCP_SKB_CB(b.m.sub(0).sk_write_queue.prev).mptcp_flags & MPTCPHDR_INF).isNotZero();
            assertThat(TCP_SKB_CB(b.m.sub(0).sk_write_queue.prev).dss[4] >>> 16).as("length").isZero();
        }

        @Test
        @DisplayName("while the peer has shown nothing of MPTCP it is noted how far the data go")
        void second_packet() {
            sk_buff skb = b.write(10);
            b.m.sub(0).mptcp.fully_established = false;

            WriteXmit.mptcp_skb_entail(b.m.sub(0), skb, 0);

            assertThat(b.m.sub(0).mptcp.second_packet).isTrue();
            assertThat(b.m.sub(0).mptcp.last_end_data_seq).isEqualTo(Bundle.DSN + 10);
        }

        @Test
        @DisplayName("the subflow pays for the copy")
        void charged() {
            tcp_sock tp = b.m.sub(1);
            tp.sk_forward_alloc = 4 * PAGE_SIZE;
            tcp_memory_allocated.val += 4;
            WriteXmit.mptcp_skb_entail(tp, b.write(1000), 0);
            assertThat(tp.sk_forward_alloc).isEqualTo(4 * PAGE_SIZE - tp.sk_write_queue.next.truesize);
        }

        @Test
        @DisplayName("the DATA_FIN behind which the connection ends takes the subflow's FIN along, and that has a number")
        void with_fin() {
            b.meta.skc_state = TCP_LAST_ACK;
            b.mpcb.passive_close = true;
            tcp_sock tp = b.m.sub(0);
            sk_buff skb = b.write(10);
            TCP_SKB_CB(skb).mptcp_flags |= MPTCPHDR_FIN;
            TCP_SKB_CB(skb).end_seq++;
            b.meta.write_seq++;

            assertThat(WriteXmit.mptcp_skb_entail(tp, skb, 0)).isTrue();

            sk_buff sub = tp.sk_write_queue.next;
            assertThat(TCP_SKB_CB(sub).tcp_flags & TCPHDR_FIN).isNotZero();
            assertThat(tp.write_seq).isEqualTo(Bundle.ssn(0) + 11);
            assertThat(TCP_SKB_CB(sub).end_seq).isEqualTo(tp.write_seq);
        }

        @Test
        @DisplayName("a DATA_FIN alone that the local queue drops: false")
        void empty_data_fin_dropped() {
            sk_buff skb = b.write(0);
            TCP_SKB_CB(skb).mptcp_flags |= MPTCPHDR_FIN;
            TCP_SKB_CB(skb).end_seq++;
            b.write(100);
            WriteXmit.mptcp_skb_entail(b.m.sub(1), b.meta.sk_write_queue.prev, 0);
            b.xmitResult = NET_XMIT_DROP;

            assertThat(WriteXmit.mptcp_skb_entail(b.m.sub(0), skb, 0)).isFalse();
            b.drain();
        }
    }

    @Nested
    class mptcp_fragment {
        @Test
        @DisplayName("a DATA_FIN goes with the rest, the paths with both")
        void rest() {
            sk_buff skb = b.write(1000);
            TCP_SKB_CB(skb).mptcp_flags = MPTCPHDR_FIN | MPTCPHDR_SEQ64_INDEX;
            TCP_SKB_CB(skb).end_seq++;
            TCP_SKB_CB(skb).path_mask = 5;
            tcp_set_skb_tso_segs(b.meta, skb, -1);

            assertThat(WriteXmit.mptcp_fragment(b.meta, skb, 400, GFP_ATOMIC, 0)).isZero();

            assertThat(Bundle.queue(b.meta.sk_write_queue)).isEqualTo("0-400 400-1001F");
            assertThat(TCP_SKB_CB(skb).mptcp_flags).isEqualTo(MPTCPHDR_SEQ64_INDEX);
            assertThat(TCP_SKB_CB(skb.next).path_mask).isEqualTo(5);
        }

        @Test
        @DisplayName("on the reinject queue: nothing is charged, and both queues stay whole")
        void reinject() {
            b.write(3000);
            sk_buff other = b.write(10);
            sk_buff skb = pskb_copy_for_clone(b.meta.sk_write_queue.next, GFP_ATOMIC);
            tcp_set_skb_tso_segs(b.meta, skb, -1);
            skb.sk = b.meta;
            skb_queue_head(b.mpcb.reinject_queue, skb);
            int queued = b.meta.sk_wmem_queued;
            int forward = b.meta.sk_forward_alloc;

            assertThat(WriteXmit.mptcp_fragment(b.meta, skb, 1000, GFP_ATOMIC, 1)).isZero();

            assertThat(Bundle.queue(b.mpcb.reinject_queue)).isEqualTo("0-1000 1000-3000");
            assertThat(Bundle.queue(b.meta.sk_write_queue)).isEqualTo("0-3000 3000-3010");
            assertThat(b.meta.sk_write_queue.prev).isSameAs(other);
            assertThat(b.meta.sk_wmem_queued).isEqualTo(queued);
            assertThat((b.meta.sk_forward_alloc - forward) % PAGE_SIZE).as("but for whole pages").isZero();

            assertThat(WriteXmit.mptcp_fragment(b.meta, skb, 300, GFP_ATOMIC, 1)).isZero();
            assertThat(Bundle.queue(b.mpcb.reinject_queue)).isEqualTo("0-300 300-1000 1000-3000");
            assertThat(Bundle.queue(b.meta.sk_write_queue)).isEqualTo("0-3000 3000-3010");
        }

        @Test
        @DisplayName("on the reinject queue, sent before: packets_out does not change")
        void packets_out() {
            b.write(3000);
            assertThat(b.push()).isFalse();
            b.budget = 0;
            sk_buff skb = pskb_copy_for_clone(b.meta.sk_write_queue.next, GFP_ATOMIC);
            skb.sk = b.meta;
            skb_queue_head(b.mpcb.reinject_queue, skb);
            int out = b.meta.packets_out;

            assertThat(WriteXmit.mptcp_fragment(b.meta, skb, 300, GFP_ATOMIC, 1)).isZero();
            assertThat(b.meta.packets_out).isEqualTo(out);
        }

        @Test
        @DisplayName("without memory nothing changes")
        void no_memory() {
            sk_buff skb = b.write(1000);
            Gfp.failNth(0);

            assertThat(WriteXmit.mptcp_fragment(b.meta, skb, 400, GFP_ATOMIC, 0)).isEqualTo(-ENOMEM);
            assertThat(Bundle.queue(b.meta.sk_write_queue)).isEqualTo("0-1000");
        }

        @Test
        @DisplayName("on the reinject queue, with data in pages: what tcp_fragment has charged is taken back")
        void reinject_paged() {
            sk_buff orig = b.write(1000);
            b.write(10);
            sk_buff skb = pskb_copy_for_clone(orig, GFP_ATOMIC);
            Skbs.addPage(skb, 0, 500);
            TCP_SKB_CB(skb).end_seq += 500;
            skb.sk = b.meta;
            skb_queue_head(b.mpcb.reinject_queue, skb);
            int queued = b.meta.sk_wmem_queued;
            int forward = b.meta.sk_forward_alloc;

            assertThat(WriteXmit.mptcp_fragment(b.meta, skb, 1200, GFP_ATOMIC, 1)).isZero();

            assertThat(skb.len).isEqualTo(1200);
            assertThat(skb.next.len).isEqualTo(300);
            assertThat(b.meta.sk_wmem_queued).isEqualTo(queued);
            assertThat((b.meta.sk_forward_alloc - forward) % PAGE_SIZE).isZero();
        }
    }

    @Nested
    class mptcp_write_wakeup {
        @Test
        @DisplayName("a window that takes some bytes gets some")
        void part() {
            b.write(1000);
            b.meta.snd_wnd = 300;

            assertThat(WriteXmit.mptcp_write_wakeup(b.meta)).isZero();

            assertThat(b.drain()).containsExactly("0: 0+300 PA map 0 1 300");
            assertThat(b.meta.snd_nxt).isEqualTo(Bundle.DSN + 300);
            assertThat(b.meta.pushed_seq).isEqualTo(Bundle.DSN + 1000);
            assertThat(Bundle.queue(b.meta.sk_write_queue)).isEqualTo("0-300 300-1000");
        }

        @Test
        @DisplayName("the subflow's own window limits it too")
        void subflow_window() {
            b.write(1000);
            b.m.sub(0).snd_wnd = 200;

            assertThat(WriteXmit.mptcp_write_wakeup(b.meta)).isZero();
            assertThat(b.drain()).containsExactly("0: 0+200 PA map 0 1 200");
        }

        @Test
        @DisplayName("a whole packet that fits is sent whole")
        void whole() {
            b.write(500);

            assertThat(WriteXmit.mptcp_write_wakeup(b.meta)).isZero();
            assertThat(b.drain()).containsExactly("0: 0+500 PA map 0 1 500");
            assertThat(b.meta.packets_out).isOne();
        }

        @Test
        @DisplayName("with a closed window, or without a free subflow, every subflow sends a probe")
        void probes() {
            b.write(1000);
            b.meta.snd_wnd = 0;
            assertThat(WriteXmit.mptcp_write_wakeup(b.meta)).isZero();
            assertThat(b.drain()).containsExactly("0: -1+0 A", "1: -1+0 A");

            b.meta.snd_wnd = 60_000;
            b.to = null;
            assertThat(WriteXmit.mptcp_write_wakeup(b.meta)).isZero();
            assertThat(b.drain()).containsExactly("0: -1+0 A", "1: -1+0 A");
        }

        @Test
        @DisplayName("urgent data: two probes on each; local congestion is reported; not on a half-open subflow")
        void urgent() {
            b.write(1000);
            b.meta.snd_wnd = 0;
            b.meta.snd_up = b.meta.snd_una + 5;
            b.m.sub(1).mptcp.pre_established = true;
            b.xmitResult = NET_XMIT_DROP;

            assertThat(WriteXmit.mptcp_write_wakeup(b.meta)).isEqualTo(NET_XMIT_DROP);
            assertThat(b.drain()).containsExactly("0: 0+0 A", "0: -1+0 A");
        }

        @Test
        @DisplayName("a closed connection: -1; so without memory")
        void nothing() {
            b.write(1000);
            Gfp.failNth(0);
            assertThat(WriteXmit.mptcp_write_wakeup(b.meta)).isEqualTo(-1);

            b.meta.skc_state = TCP_CLOSE;
            assertThat(WriteXmit.mptcp_write_wakeup(b.meta)).isEqualTo(-1);
            b.meta.skc_state = TCP_ESTABLISHED;
            assertThat(b.drain()).isEmpty();
        }

        @Test
        @DisplayName("what it sends is counted as sent, and the high half of the numbers follows when they wrap")
        void wraps() {
            b.write(1400);
            b.write(400);
            b.meta.mss_cache = b.m.sub(0).mss_cache = 1400;
            assertThat(WriteXmit.mptcp_write_wakeup(b.meta)).isZero();
            assertThat(b.mpcb.snd_hiseq_index).isZero();
            assertThat(WriteXmit.mptcp_write_wakeup(b.meta)).isZero();
            while (b.meta.sk_send_head != null) {
                assertThat(WriteXmit.mptcp_write_wakeup(b.meta)).isZero();
            }

            assertThat(b.mpcb.snd_hiseq_index).isOne();
            assertThat(b.mpcb.snd_high_order[1]).isEqualTo(3);
            b.drain();
        }

        @Test
        @DisplayName("urgent data count up to 65535 bytes on; congestion on the first subflow is reported although the second is fine")
        void urgent_range() {
            b.write(1000);
            b.meta.snd_wnd = 0;
            for (int up : new int[] {0, 0x10000}) {
                b.meta.snd_up = b.meta.snd_una + up;
                WriteXmit.mptcp_write_wakeup(b.meta);
                assertThat(b.drain()).hasSize(2);
            }
            for (int up : new int[] {1, 0xffff}) {
                b.meta.snd_up = b.meta.snd_una + up;
                WriteXmit.mptcp_write_wakeup(b.meta);
                assertThat(b.drain()).hasSize(4);
            }
            b.m.sub(0).icsk_af_ops.queue_xmit = (skb, fl) -> {
                kfree_skb(skb);
                return NET_XMIT_DROP;
            };
            assertThat(WriteXmit.mptcp_write_wakeup(b.meta)).isEqualTo(NET_XMIT_DROP);
            b.drain();
        }
    }

    @Nested
    class mptcp_write_xmit {
        @Test
        @DisplayName("packets are sent whole as they are; the connection's numbers wrap, and the high half follows")
        void new_data() {
            b.write(1000);
            b.write(1000);

            assertThat(b.push()).isFalse();

            assertThat(b.drain()).containsExactly("0: 0+1000 A map 0 1 1000", "0: 1000+1000 A map 1000 1001 1000");
            assertThat(b.meta.snd_nxt).isEqualTo(Bundle.DSN + 2000);
            assertThat(b.meta.packets_out).isEqualTo(2);
            assertThat(b.meta.sk_send_head).isNull();
            assertThat(b.mpcb.snd_hiseq_index).isOne();
            assertThat(b.mpcb.snd_high_order[1]).isEqualTo(3);
        }

        @Test
        @DisplayName("a packet larger than an MSS goes in one piece, and the subflow cuts it; the mapping, for all, comes with the first part")
        void large() {
            b.write(2500);

            b.push();

            assertThat(Bundle.queue(b.meta.sk_write_queue)).isEqualTo("0-2500");
            assertThat(b.drain()).containsExactly("0: 0+1000 A map 0 1 2500", "0: 1000+1000 A", "0: 2000+500 A");
        }

        @Test
        @DisplayName("the scheduler's limit cuts it")
        void limit() {
            b.write(2500);
            b.sublimit = 700;
            b.budget = 2;

            b.push();
            assertThat(b.drain()).containsExactly("0: 0+700 A map 0 1 700", "0: 700+700 A map 700 701 700");
            assertThat(Bundle.queue(b.meta.sk_write_queue)).isEqualTo("0-700 700-1400 1400-2500");
        }

        @Test
        @DisplayName("the connection's window stops it, Nagle stops a small last one")
        void window_and_nagle() {
            b.write(1000);
            b.write(1000);
            b.meta.snd_wnd = 1500;
            assertThat(b.push()).isFalse();
            assertThat(b.drain()).containsExactly("0: 0+1000 A map 0 1 1000");

            b.meta.snd_wnd = 60_000;
            b.write(10);
            sk_buff last = b.write(10);
            assertThat(WriteXmit.mptcp_write_xmit(b.meta, 0, 0, 0, GFP_ATOMIC)).isFalse();
            assertThat(b.drain()).containsExactly("0: 1000+1000 A map 1000 1001 1000", "0: 2000+10 A map 2000 2001 10");
            assertThat(b.meta.sk_send_head).isSameAs(last);
        }

        @Test
        @DisplayName("nothing on the way and nothing can go: true, for the probe timer")
        void stuck() {
            b.write(1000);
            b.to = null;
            assertThat(b.push()).isTrue();
        }

        @Test
        @DisplayName("push_one: one packet")
        void one() {
            b.write(1000);
            b.write(1000);
            WriteXmit.mptcp_write_xmit(b.meta, 0, TCP_NAGLE_PUSH, 1, GFP_ATOMIC);
            assertThat(b.drain()).hasSize(1);
        }

        @Test
        @DisplayName("the reinject queue goes first; what has arrived meanwhile is dropped from it")
        void reinject() {
            b.write(1000);
            b.write(1000);
            b.push();
            b.drain();
            b.to = b.m.sub(1);
            b.budget = 0;
            Reinject.mptcp_reinject_data(b.m.sub(0), 1);
            assertThat(Bundle.queue(b.mpcb.reinject_queue)).isEqualTo("0-1000 1000-2000");
            b.meta.snd_una = Bundle.DSN + 1000;
            b.budget = 10;
            b.write(50);
            int out = b.meta.packets_out;

            b.push();

            assertThat(b.drain()).containsExactly("1: 0+1000 A map 1000 1 1000", "1: 1000+50 A map 2000 1001 50");
            assertThat(Bundle.queue(b.mpcb.reinject_queue)).isEmpty();
            assertThat(b.meta.packets_out).isEqualTo(out + 1);
        }

        @Test
        @DisplayName("what the scheduler takes from the send queue a second time stays there and is not counted again")
        void again() {
            sk_buff skb = b.write(1000);
            b.push();
            b.drain();
            b.to = b.m.sub(1);
            b.again = skb;

            b.push();

            assertThat(b.drain()).containsExactly("1: 0+1000 A map 0 1 1000");
            assertThat(TCP_SKB_CB(skb).path_mask).isEqualTo(3);
            assertThat(b.meta.packets_out).isOne();
        }

        @Test
        @DisplayName("without memory the rest stays on the queue")
        void no_memory() {
            b.write(1000);
            Gfp.inject((gfp, i) -> true);
            assertThat(b.push()).isTrue();
            Gfp.inject(null);
            assertThat(b.meta.sk_send_head).isNotNull();
        }
    }
}
