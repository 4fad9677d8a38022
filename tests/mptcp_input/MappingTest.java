// SPDX-License-Identifier: GPL-2.0-only
package mptcp_input;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.interrupt.Softirq.in_softirq;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.sched.Sched.current;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Queue.__skb_queue_purge;
import static linux.skbuff.Queue.__skb_queue_tail;
import static linux.tcp.Header.tcp_hdr;
import static net.sock.Memory.sk_mem_reclaim;
import static net.sock.Owner.skb_set_owner_r;
import static net.tcp.Globals.tcp_memory_allocated;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.FIN;

import java.util.function.UnaryOperator;
import linux.gfp.Gfp;
import linux.printk.Printk;
import linux.sched.task_struct;
import linux.skbuff.sk_buff;
import linux.socket.iovec;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;
import testing.MptcpPeer;
import testing.MptcpSockets;
import testing.ScriptedPeer;
import testing.Skbs;
import testing.Vectors;

@KernelTest
class MappingTest {
    private static byte[] ascii(String s) {
        return s.getBytes(US_ASCII);
    }

    @Nested
    class without_a_network {
        private MptcpSockets c;
        private tcp_sock tp;

        @BeforeEach
        void connection() {
            c = new MptcpSockets(1);
            tp = c.sub(0);
            tp.tcp_header_len = 32;
        }

        @AfterEach
        void free() {
            __skb_queue_purge(tp.sk_receive_queue);
            tp.sk_forward_alloc = 0;
            sk_mem_reclaim(tp);
            tcp_memory_allocated.val = 0;
            c.free();
        }

        /** A packet of the subflow, with its header in front of it. */
        private sk_buff packet(int seq, String payload) {
            sk_buff skb = alloc_skb(60 + payload.length(), GFP_KERNEL);
            skb_reserve(skb, 32);
            skb.transport_header = skb.data - 32;
            tcp_hdr(skb).doff(8);
            int at = skb_put(skb, payload.length());
            System.arraycopy(ascii(payload), 0, skb.head, at, payload.length());
            TCP_SKB_CB(skb).seq = seq;
            TCP_SKB_CB(skb).end_seq = seq + payload.length();
            __skb_queue_tail(tp.sk_receive_queue, skb);
            skb_set_owner_r(skb, tp);
            tp.rcv_nxt = TCP_SKB_CB(skb).end_seq;
            return skb;
        }

        private void mapping(long dataSeq, int subseq, int len) {
            tp.mptcp.map_data_seq = dataSeq;
            tp.mptcp.map_subseq = subseq;
            tp.mptcp.map_data_len = len;
            tp.mptcp.mapping_present = true;
        }

        /** What the packets in the queue have: {@code seq:payload}. */
        private String queue() {
            StringBuilder s = new StringBuilder();
            for (sk_buff skb = tp.sk_receive_queue.next; skb != null; skb = skb.next) {
                s.append(s.length() > 0 ? " " : "")
                        .append(TCP_SKB_CB(skb).seq)
                        .append(':')
                        .append(new String(Skbs.bytes(skb), US_ASCII));
                assertThat(TCP_SKB_CB(skb).end_seq - TCP_SKB_CB(skb).seq - skb.len).isBetween(0, 1);
            }
            return s.toString();
        }

        @Nested
        class mptcp_prepare_skb {
            @Test
            @DisplayName("sequence numbers become data sequence numbers, the low half of the mapping's")
            void translates() {
                sk_buff skb = packet(105, "abc");
                mapping(0x7_0000_1000L, 100, 8);

                Mapping.mptcp_prepare_skb(skb, null, tp);

                assertThat(TCP_SKB_CB(skb).seq).isEqualTo(0x1005);
                assertThat(TCP_SKB_CB(skb).end_seq).isEqualTo(0x1008);
                assertThat(tcp_hdr(skb).fin()).isFalse();
            }

            @Test
            @DisplayName("a DATA_FIN takes the number behind the last byte, and is marked in the header")
            void data_fin() {
                sk_buff skb = packet(105, "abc");
                mapping(0x1000, 100, 8);
                tp.mptcp.map_data_fin = true;

                Mapping.mptcp_prepare_skb(skb, null, tp);

                assertThat(TCP_SKB_CB(skb).end_seq).isEqualTo(0x1009);
                assertThat(tcp_hdr(skb).fin()).isTrue();
            }

            @Test
            @DisplayName("only the last packet of the mapping has it; the FIN of the subflow is taken off")
            void only_the_last() {
                sk_buff skb = packet(100, "abc");
                tcp_hdr(skb).fin(true);
                TCP_SKB_CB(skb).end_seq++;
                mapping(0x1000, 100, 8);
                tp.mptcp.map_data_fin = true;

                Mapping.mptcp_prepare_skb(skb, null, tp);

                assertThat(TCP_SKB_CB(skb).end_seq).isEqualTo(0x1003);
                assertThat(tcp_hdr(skb).fin()).isFalse();
            }
        }

        @Nested
        class mptcp_direct_copy {
            @Test
            @DisplayName("as much as the reader wants; 1 only if that was all of the packet")
            void part() {
                byte[] buf = new byte[8];
                c.meta.ucopy.iov = new iovec[] {new iovec(buf, 0, 4)};
                c.meta.ucopy.len = 4;
                c.meta.copied_seq = 1;
                sk_buff skb = packet(1, "abcdef");
                local_bh_disable();

                assertThat(Mapping.mptcp_direct_copy(skb, c.meta)).isZero();

                local_bh_enable();
                assertThat(new String(buf, 0, 4, US_ASCII)).isEqualTo("abcd");
                assertThat(c.meta.ucopy.len).isZero();
                assertThat(c.meta.copied_seq).isEqualTo(5);
            }

            @Test
            @DisplayName("all of it")
            void all() {
                byte[] buf = new byte[8];
                c.meta.ucopy.iov = new iovec[] {new iovec(buf, 0, 8)};
                c.meta.ucopy.len = 8;
                sk_buff skb = packet(1, "abc");
                local_bh_disable();

                assertThat(Mapping.mptcp_direct_copy(skb, c.meta)).isOne();

                local_bh_enable();
                assertThat(c.meta.ucopy.len).isEqualTo(5);
            }

            @Test
            @DisplayName("the reader's task runs on, and bottom halves are off again afterwards")
            void context() {
                sk_buff skb = packet(100, "abcdef");
                byte[] to = new byte[6];
                c.meta.ucopy.iov = new iovec[] {new iovec(to, 0, 6)};
                c.meta.ucopy.len = 6;
                local_bh_disable();
                boolean[] inside = {true};
                current.state = task_struct.TASK_INTERRUPTIBLE;

                assertThat(Mapping.mptcp_direct_copy(skb, c.meta)).isOne();

                assertThat(current.state).isEqualTo(task_struct.TASK_RUNNING);
                assertThat(in_softirq()).isTrue();
                local_bh_enable();
                assertThat(in_softirq()).isFalse();
                assertThat(to).isEqualTo(ascii("abcdef"));
            }
        }

        @Nested
        class mptcp_reset_mapping {
            @Test
            @DisplayName("nothing is left of it")
            void nothing() {
                mapping(5, 6, 7);
                tp.mptcp.map_data_fin = true;

                Mapping.mptcp_reset_mapping(tp);

                assertThat(tp.mptcp.mapping_present).isFalse();
                assertThat(tp.mptcp.map_data_fin).isFalse();
                assertThat(tp.mptcp.map_data_seq + tp.mptcp.map_subseq + tp.mptcp.map_data_len).isZero();
            }
        }

        @Nested
        class mptcp_skb_trim_head {
            @Test
            @DisplayName("what lies before the mapping goes, and its memory is given back")
            void trims() {
                sk_buff skb = packet(100, "abcdef");
                int truesize = skb.truesize;

                Mapping.mptcp_skb_trim_head(skb, tp, 104);

                assertThat(queue()).isEqualTo("104:ef");
                assertThat(skb.truesize).isEqualTo(truesize - 4);
                assertThat(tp.sk_rmem_alloc).isEqualTo(skb.truesize);
            }

            @Test
            @DisplayName("the subflow has that memory again")
            void uncharged() {
                sk_buff skb = packet(100, "abcdef");
                int forward = tp.sk_forward_alloc;

                Mapping.mptcp_skb_trim_head(skb, tp, 104);

                assertThat(tp.sk_forward_alloc).isEqualTo(forward + 4);
            }
        }

        @Nested
        class mptcp_skb_split_tail {
            @Test
            @DisplayName("two packets, and the FIN goes with the second")
            void splits() {
                sk_buff skb = packet(100, "abcdef");
                tcp_hdr(skb).fin(true);
                TCP_SKB_CB(skb).end_seq++;

                assertThat(Mapping.mptcp_skb_split_tail(skb, tp, 104)).isZero();

                assertThat(queue()).isEqualTo("100:abcd 104:ef");
                assertThat(tcp_hdr(skb).fin()).isFalse();
                assertThat(tcp_hdr(skb.next).fin()).isTrue();
                assertThat(TCP_SKB_CB(skb.next).end_seq).isEqualTo(107);
                assertThat(tp.sk_rmem_alloc).isEqualTo(skb.truesize + skb.next.truesize);
            }

            @Test
            @DisplayName("no flag of the second part's header is a bit of its payload: in the kernel byte 13 was")
            void header_not_on_payload() {
                String all = "...." + "\377".repeat(30);
                sk_buff skb = alloc_skb(100, GFP_KERNEL);
                skb_reserve(skb, 32);
                skb.transport_header = skb.data - 32;
                System.arraycopy(all.getBytes(ISO_8859_1), 0, skb.head, skb_put(skb, 34), 34);
                TCP_SKB_CB(skb).seq = 100;
                TCP_SKB_CB(skb).end_seq = 134;
                __skb_queue_tail(tp.sk_receive_queue, skb);
                skb_set_owner_r(skb, tp);

                Mapping.mptcp_skb_split_tail(skb, tp, 104);

                assertThat(tcp_hdr(skb.next).fin()).isFalse();
                assertThat(tcp_hdr(skb.next).syn()).isFalse();
                tcp_hdr(skb.next).fin(true);
                assertThat(Skbs.bytes(skb.next)).containsOnly(0xff);
            }

            @Test
            @DisplayName("payload in pages is divided as well")
            void paged() {
                sk_buff skb = Skbs.paged(0, 10, 10);
                skb.transport_header = skb.data - 32;
                TCP_SKB_CB(skb).seq = 100;
                TCP_SKB_CB(skb).end_seq = 120;
                __skb_queue_tail(tp.sk_receive_queue, skb);
                skb_set_owner_r(skb, tp);

                assertThat(Mapping.mptcp_skb_split_tail(skb, tp, 115)).isZero();

                assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, 15));
                assertThat(Skbs.bytes(skb.next)).isEqualTo(Skbs.count(15, 5));
                assertThat(tp.sk_rmem_alloc).isEqualTo(skb.truesize + skb.next.truesize);
            }

            @Test
            @DisplayName("-ENOMEM, and nothing has changed")
            void no_memory() {
                sk_buff skb = packet(100, "abcdef");
                Gfp.failNth(0);

                assertThat(Mapping.mptcp_skb_split_tail(skb, tp, 104)).isEqualTo(-ENOMEM);

                assertThat(queue()).isEqualTo("100:abcdef");
            }

            @Test
            @DisplayName("cut in the pages: the second part has pages only, and both truesizes add up to what there was, with a sk_buff more")
            void in_pages() {
                sk_buff skb = Skbs.paged(5, 10, 10);
                skb.transport_header = skb.data - 32;
                TCP_SKB_CB(skb).seq = 100;
                TCP_SKB_CB(skb).end_seq = 125;
                __skb_queue_tail(tp.sk_receive_queue, skb);
                skb_set_owner_r(skb, tp);
                int truesize = skb.truesize;
                // 25 bytes, 5 of them in the linear part, cut behind 20: nothing of that is linear.
                assertThat(Mapping.mptcp_skb_split_tail(skb, tp, 120)).isZero();

                assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, 20));
                assertThat(Skbs.bytes(skb.next)).isEqualTo(Skbs.count(20, 5));
                int nsize = 5 - 20 + 32;
                int moved = 25 - 20 - nsize;
                sk_buff other = alloc_skb(nsize, GFP_KERNEL);
                int fresh = other.truesize;
                kfree_skb(other);
                assertThat(skb.truesize).isEqualTo(truesize - moved);
                assertThat(skb.next.truesize).isEqualTo(fresh + moved);
            }

            @Test
            @DisplayName("far behind the linear part: no room for it is asked for")
            void no_linear_part() {
                sk_buff skb = Skbs.paged(5, 40, 40);
                skb.transport_header = skb.data - 32;
                TCP_SKB_CB(skb).seq = 100;
                TCP_SKB_CB(skb).end_seq = 185;
                tp.tcp_header_len = 0;
                __skb_queue_tail(tp.sk_receive_queue, skb);
                skb_set_owner_r(skb, tp);

                assertThat(Mapping.mptcp_skb_split_tail(skb, tp, 150)).isZero();

                assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, 50));
                assertThat(Skbs.bytes(skb.next)).isEqualTo(Skbs.count(50, 35));
                assertThat(tp.sk_rmem_alloc).isEqualTo(skb.truesize + skb.next.truesize);
            }
        }

        @Nested
        class mptcp_sequence {
            @Test
            @DisplayName("every row of the kernel's table")
            void vectors() {
                Vectors.each("mptcp_sequence", row -> {
                    c.mpcb.rcv_high_order[0] = row.i32("in.mpcb.rcv_high_order[0]");
                    c.mpcb.rcv_high_order[1] = row.i32("in.mpcb.rcv_high_order[1]");
                    c.mpcb.rcv_hiseq_index = row.i32("in.mpcb.rcv_hiseq_index");
                    c.meta.rcv_nxt = row.i32("in.meta_tp.rcv_nxt");
                    c.meta.rcv_wup = row.i32("in.meta_tp.rcv_wup");
                    c.meta.rcv_wnd = row.i32("in.meta_tp.rcv_wnd");

                    assertThat(Mapping.mptcp_sequence(c.meta, row.i64("in.data_seq"), row.i64("in.end_data_seq")))
                            .as("%s", row)
                            .isEqualTo(row.bool("out.ret"));
                });
            }
        }

        @Nested
        class mptcp_validate_mapping {
            @Test
            @DisplayName("without a mapping there is nothing to do")
            void none() {
                sk_buff skb = packet(100, "abc");

                assertThat(Mapping.mptcp_validate_mapping(tp, skb)).isZero();
                assertThat(queue()).isEqualTo("100:abc");
            }

            @Test
            @DisplayName("cut at both ends")
            void both_ends() {
                sk_buff skb = packet(100, "abcdefgh");
                mapping(1, 102, 3);

                assertThat(Mapping.mptcp_validate_mapping(tp, skb)).isZero();

                assertThat(queue()).isEqualTo("102:cde 105:fgh");
            }

            @Test
            @DisplayName("packets whose mapping never came go, and with them a part of this one, unless it is the first")
            void unmapped() {
                packet(100, "abc");
                packet(103, "def");
                sk_buff skb = packet(106, "ghi");
                mapping(1, 106, 3);

                assertThat(Mapping.mptcp_validate_mapping(tp, skb)).isZero();

                assertThat(queue()).isEqualTo("106:ghi");
                assertThat(tp.copied_seq).isEqualTo(106);
            }

            @Test
            @DisplayName("no memory for the split: the packet goes, for the peer to send it again")
            void no_memory() {
                sk_buff skb = packet(100, "abcdef");
                mapping(1, 100, 3);
                Gfp.failNth(0);

                assertThat(Mapping.mptcp_validate_mapping(tp, skb)).isEqualTo(-1);

                assertThat(queue()).isEmpty();
                assertThat(tp.copied_seq).isEqualTo(106);
            }
        }
    }

    @Nested
    class on_a_connection {
        private MptcpPeer p;

        @BeforeEach
        void connected() {
            p = new MptcpPeer();
        }

        @AfterEach
        void end() {
            p.end();
        }

        @Nested
        class mptcp_prevalidate_skb {
            @Test
            @DisplayName("first data without any mapping on the first subflow: silent fallback, both directions")
            void falls_back() {
                p.plain(p.first, "abc");

                assertThat(p.read(10)).isEqualTo("abc");
                assertThat(p.mpcb.infinite_mapping_rcv).isTrue();
                assertThat(p.mpcb.infinite_mapping_snd).isTrue();
                assertThat(p.mpcb.send_infinite_mapping).isFalse();
                p.write("x");
                ScriptedPeer.Segment s = p.sent().stream().filter(x -> x.payload().length > 0).findFirst().orElseThrow();
                assertThat(s.options()).isEmpty();
                assertThat(Printk.dmesg()).anyMatch(l -> l.text().contains("mptcp_prevalidate_skb"));
            }

            @Test
            @DisplayName("the same on a joined subflow: that one is reset, the connection stays MPTCP")
            void joined() {
                MptcpPeer.Flow second = p.join(40001, 1);
                p.sent();
                p.plain(second, "abc");

                assertThat(p.reset(second)).isTrue();
                assertThat(p.sub(second)).isNull();
                assertThat(p.mpcb.infinite_mapping_rcv).isFalse();
                p.data(p.first, 1, "abc");
                assertThat(p.read(10)).isEqualTo("abc");
            }

            @Test
            @DisplayName("a FIN without data ends the subflow only")
            void subflow_fin() {
                MptcpPeer.Flow second = p.join(40001, 1);
                p.send(second, ACK | FIN, new byte[0]);

                assertThat(p.meta.skc_state).isEqualTo(TCP_ESTABLISHED);
                assertThat(p.read(10)).isEmpty();
            }

            @Test
            @DisplayName("after a whole window with mappings the subflow is fully established")
            void a_window() {
                tcp_sock tp = p.sub(p.first);
                assertThat(tp.mptcp.fully_established).isFalse();
                tp.mptcp.init_rcv_wnd = 5;

                p.data(p.first, 1, "abc");
                assertThat(tp.mptcp.fully_established).isFalse();
                p.data(p.first, 4, "def");
                assertThat(tp.mptcp.fully_established).isTrue();
            }

            @Test
            @DisplayName("such a FIN leaves the queue at once, and counts as read")
            void fin_leaves() {
                MptcpPeer.Flow second = p.join(40001, 1);
                tcp_sock tp = p.sub(second);
                p.send(second, ACK | FIN, new byte[0]);

                assertThat(tp.sk_receive_queue.qlen).isZero();
                assertThat(tp.copied_seq).isEqualTo(tp.rcv_nxt);
            }

            @Test
            @DisplayName("a FIN with data, or with a DATA_FIN, is looked at")
            void fin_with_data() {
                byte[] b = ascii("abc");
                p.send(p.first, ACK | FIN, p.dss(p.first).map(1, 1, b).bytes(), b);
                assertThat(p.read(10)).isEqualTo("abc");
                assertThat(p.meta.skc_state).isEqualTo(TCP_ESTABLISHED);
            }

            @Test
            @DisplayName("a fallback closes the subflows that joined")
            void closes_others() {
                MptcpPeer.Flow second = p.join(40001, 1);
                p.sub(p.first).mptcp.fully_established = false;
                p.plain(p.first, "abc");
                ScriptedPeer.later(1);

                assertThat(p.mpcb.infinite_mapping_rcv).isTrue();
                assertThat(p.sub(second)).isNull();
                assertThat(p.sub(p.first)).isNotNull();
            }

            @Test
            @DisplayName("the window to the byte: not yet fully established")
            void window_to_the_byte() {
                tcp_sock tp = p.sub(p.first);
                tp.mptcp.init_rcv_wnd = 3;
                p.data(p.first, 1, "abc");
                assertThat(tp.mptcp.fully_established).isFalse();
                p.data(p.first, 4, "d");
                assertThat(tp.mptcp.fully_established).isTrue();
            }
        }

        @Nested
        class mptcp_detect_mapping {
            @Test
            @DisplayName("a DATA_FIN without data says subflow sequence number 0, and means here")
            void data_fin_alone() {
                p.data(p.first, 1, "abc");
                p.dataFin(p.first, 4);

                assertThat(p.read(10)).isEqualTo("abc");
                assertThat(p.read(10)).isNull();
            }

            @Test
            @DisplayName("another mapping in a packet that does not complete the present one: reset")
            void does_not_match() {
                MptcpPeer.Flow second = p.join(40001, 1);
                p.sent();
                p.send(second, ACK, p.dss(second).map(1, 1, ascii("abcdef")).bytes(), ascii("abc"));
                p.send(second, ACK, p.dss(second).map(2, 4, ascii("d")).bytes(), ascii("d"));

                assertThat(p.reset(second)).isTrue();
                assertThat(Printk.dmesg()).anyMatch(l -> l.text().contains("Mappings do not match!"));
            }

            @ParameterizedTest(name = "mapping from {0} on, {1} long")
            @DisplayName("a mapping that does not touch the packet, or lies before what was consumed: reset")
            @CsvSource({"4, 3", "100, 3", "-3, 3", "0, 3", "0, 1"})
            void does_not_touch(int ssn, int len) {
                MptcpPeer.Flow second = p.join(40001, 1);
                p.sent();
                p.send(second, ACK, p.dss(second).map(1, ssn, ascii("abc")).length(len).bytes(), ascii("abc"));

                assertThat(p.reset(second)).isTrue();
                ScriptedPeer.later(1);
                assertThat(p.mpcb.cnt_subflows).isOne();
                assertThat(Printk.dmesg()).anyMatch(l -> l.text().contains("does not map"));
            }

            @Test
            @DisplayName("a mapping that begins inside the packet cuts the head off")
            void begins_inside() {
                p.send(p.first, ACK, p.dss(p.first).map(1, 3, ascii("cdef")).bytes(), ascii("abcdef"));

                assertThat(p.read(10)).isEqualTo("cdef");
            }

            @Test
            @DisplayName("one that is too short is accepted; the rest waits for a mapping of its own")
            void too_short() {
                p.sub(p.first).mptcp.fully_established = true;
                p.send(p.first, ACK, p.dss(p.first).map(1, 1, ascii("abc")).bytes(), ascii("abcdef"));
                assertThat(p.read(10)).isEqualTo("abc");

                p.send(p.first, ACK, p.dss(p.first).map(4, 4, ascii("defghi")).bytes(), ascii("ghi"));
                assertThat(p.read(10)).isEqualTo("defghi");
            }

            @Test
            @DisplayName("at the beginning of a connection the rest passes for plain TCP: fallback")
            void too_short_at_first() {
                p.send(p.first, ACK, p.dss(p.first).map(1, 1, ascii("abc")).bytes(), ascii("abcdef"));

                assertThat(p.read(10)).isEqualTo("abcdef");
                assertThat(p.mpcb.infinite_mapping_rcv).isTrue();
            }

            @Test
            @DisplayName("length 0: infinite mapping; the other subflows are closed, out of order is dropped, FIN means DATA_FIN")
            void infinite() {
                MptcpPeer.Flow second = p.join(40001, 1);
                p.data(second, 10, "zzz");
                p.sent();
                p.send(p.first, ACK, p.dss(p.first).map(1, 1, ascii("abc")).length(0).bytes(), ascii("abc"));
                p.plain(p.first, "def");
                p.send(p.first, ACK | FIN, new byte[0]);

                assertThat(p.mpcb.infinite_mapping_rcv).isTrue();
                assertThat(p.sub(second)).isNull();
                assertThat(p.meta.out_of_order_queue.qlen).isZero();
                assertThat(p.read(10)).isEqualTo("abcdef");
                assertThat(p.read(10)).isNull();
            }

            @Test
            @DisplayName("while MP_FAIL is repeated, mappings are ignored, and the packet is dropped")
            void send_mp_fail() {
                p.sub(p.first).mptcp.send_mp_fail = true;
                p.data(p.first, 1, "abc");

                assertThat(p.read(10)).isEmpty();
                assertThat(p.sub(p.first).sk_receive_queue.qlen).isZero();
            }

            @Test
            @DisplayName("more than 64 KiB without a mapping: reset")
            void too_much() {
                MptcpPeer.Flow second = p.join(40001, 1);
                tcp_sock tp = p.sub(second);
                tp.mptcp.fully_established = true;
                p.plain(second, "abc");
                assertThat(p.sub(second)).isNotNull();
                p.sent();

                tp.copied_seq -= 65536;
                p.plain(second, "def");

                assertThat(p.reset(second)).isTrue();
            }

            @Test
            @DisplayName("two DSS options whose flags point behind the packet do not stop the machine: reset")
            void behind_the_packet() {
                MptcpPeer.Flow second = p.join(40001, 1);
                p.sent();
                byte[] mapping = p.dss(second).noAck().map(1, 0, new byte[0]).length(1).fin().bytes();
                byte[] ack = p.dss(second).bytes();
                p.send(second, ACK, MptcpPeer.bytes(new byte[] {1, 1}, mapping, ack));

                assertThat(p.reset(second)).isTrue();
                ScriptedPeer.later(1);
                assertThat(p.mpcb.cnt_subflows).isOne();
            }

            @Test
            @DisplayName("a 32-bit number across the wrap gets the next high half")
            void wraps() {
                int shift = -3 - p.meta.rcv_nxt;
                p.meta.rcv_nxt = p.meta.copied_seq = p.meta.rcv_wup = -3;
                p.data(p.first, 1 + shift + 3, "def");
                p.data(p.first, 1 + shift, "abc");

                assertThat(p.read(10)).isEqualTo("abcdef");
            }

            /** A mapping of nine bytes with a DATA_FIN; the second of three packets has the option too, as {@code with} says. */
            private boolean twice(UnaryOperator<MptcpPeer.Dss> with, int dsn, int ssn) {
                MptcpPeer.Flow second = p.join(40001, 1);
                p.sent();
                byte[] all = ascii("abcdefghi");
                p.send(second, ACK, p.dss(second).map(1, 1, all).length(10).fin().bytes(), ascii("abc"));
                p.send(second, ACK, with.apply(p.dss(second).map(dsn, ssn, all)).bytes(), ascii("def"));
                if (p.reset(second)) {
                    return true;
                }
                p.plain(second, "ghi");
                return false;
            }

            @Test
            @DisplayName("the same mapping in the second packet too: in order")
            void same_again() {
                assertThat(twice(d -> d.length(10).fin(), 1, 1)).isFalse();
                assertThat(p.read(10)).isEqualTo("abcdefghi");
                assertThat(p.read(10)).isNull();
            }

            @Test
            @DisplayName("another length in the second packet: reset")
            void other_length() {
                assertThat(twice(d -> d.length(11).fin(), 1, 1)).isTrue();
            }

            @Test
            @DisplayName("no DATA_FIN in the second packet: reset")
            void no_data_fin() {
                assertThat(twice(d -> d.length(10), 1, 1)).isTrue();
            }

            @Test
            @DisplayName("another place in the subflow: reset")
            void other_place() {
                assertThat(twice(d -> d.length(10).fin(), 1, 2)).isTrue();
            }

            @Test
            @DisplayName("an infinite mapping may come with a DATA_FIN, which counts one")
            void infinite_with_data_fin() {
                p.send(p.first, ACK, p.dss(p.first).map(1, 1, ascii("abc")).length(0).fin().bytes(), ascii("abc"));
                assertThat(p.read(10)).isEqualTo("abc");
                assertThat(p.read(10)).isNull();
            }

            @Test
            @DisplayName("what is out of order is thrown away when the mapping becomes infinite, before anything is read")
            void infinite_purges() {
                p.data(p.first, 4, "zzz");
                assertThat(p.meta.out_of_order_queue.qlen).isOne();
                p.send(p.first, ACK, p.dss(p.first).map(1, 4, ascii("abc")).length(0).bytes(), ascii("abc"));
                assertThat(p.read(10)).isEqualTo("abc");
            }

            @Test
            @DisplayName("together with the FIN of the subflow: the FIN has a number, but not in the mapping")
            void with_fin() {
                byte[] b = ascii("abc");
                p.send(p.first, ACK | FIN, p.dss(p.first).map(1, 1, b).length(4).fin().bytes(), b);
                assertThat(p.read(10)).isEqualTo("abc");
                assertThat(p.read(10)).isNull();
            }

            @Test
            @DisplayName("64-bit numbers of another high half are far away: dropped, the subflow goes on")
            void far_away() {
                byte[] b = ascii("abc");
                p.send(p.first, ACK, p.dss(p.first).map(1, 1, b).wide().high(0x12345678).bytes(), b);
                assertThat(p.read(10)).isEmpty();
                assertThat(p.sub(p.first).mptcp.mapping_present).isFalse();
                p.data(p.first, 1, "xyz");
                assertThat(p.read(10)).isEqualTo("xyz");
            }
        }
    }
}
