// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.gfp.Gfp.fails;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.jump_label.JumpLabel.static_key_slow_inc;
import static linux.sched.Sched.current;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Coalesce.kfree_skb_partial;
import static linux.skbuff.Data.__skb_pull;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Queue.skb_peek;
import static linux.workqueue.Workqueue.queued;
import static net.inet_connection_sock.Acks.inet_csk_ack_scheduled;
import static net.mptcp.MptcpConst.MPTCPHDR_FIN;
import static net.sock.Flags.sock_set_flag;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.sock.sock.SOCK_RCVBUF_LOCK;
import static net.tcp.Globals.tcp_memory_allocated;
import static net.tcp.Multipath.mptcp_static_key;
import static net.tcp.TcpConst.TCP_URG_NOTYET;
import static net.tcp_states.TcpState.TCP_CLOSE_WAIT;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.snmp.Snmp.LINUX_MIB_DELAYEDACKLOST;
import static uapi.linux.snmp.Snmp.LINUX_MIB_OFOPRUNED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_RCVPRUNED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPOFODROP;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPOFOMERGE;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPOFOQUEUE;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPRCVCOALESCE;

import java.util.Random;
import linux.compiler.BoolRef;
import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import linux.socket.iovec;
import linux.socket.msghdr;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;

@KernelTest
class DataQueueTest {
    private final Receivers rs = new Receivers();

    @AfterEach
    void free() {
        rs.free();
    }

    /** Somebody sits in {@code recv} and wants {@code len} bytes: it is the task that runs. */
    private static byte[] reader(Receiver r, int len) {
        byte[] buffer = new byte[len];
        r.tp.ucopy.task = current;
        r.tp.ucopy.iov = new iovec[] {new iovec(buffer, 0, len)};
        r.tp.ucopy.len = len;
        r.tp.sk_lock.owned = 1;
        return buffer;
    }

    private static void checkBytes(Receiver r, byte[] buffer, int seq, int n) {
        for (int i = 0; i < n; i++) {
            assertThat(buffer[i]).as("byte " + i).isEqualTo(Receiver.byteAt(seq + i));
        }
    }

    /** A subflow of MPTCP; the memory of its packets is asked for at the meta socket. */
    private Receiver subflow() {
        Receiver r = rs.receiver();
        static_key_slow_inc(mptcp_static_key);
        r.tp.mpc = true;
        r.tp.meta_sk = rs.receiver().tp;
        return r;
    }

    /** No payload, but a DATA_FIN in its options. */
    private static sk_buff dataFin(Receiver r, double at) {
        sk_buff skb = r.data(at, at);
        TCP_SKB_CB(skb).mptcp_flags = MPTCPHDR_FIN;
        return skb;
    }

    @Nested
    class tcp_ofo_queue {
        @Test
        @DisplayName("moves what follows without a gap, up to the next hole")
        void up_to_the_next_hole() {
            Receiver r = rs.receiver();
            r.got(1, 2, 2, 3, 4, 5);
            r.tp.rcv_nxt = r.seq(1);

            DataQueue.tcp_ofo_queue(r.tp);

            assertThat(r.outOfOrder()).isEqualTo("4-5");
            assertThat(r.at(r.tp.rcv_nxt)).isEqualTo("3");
        }

        @Test
        @DisplayName("throws away what has come in the meantime, and reports it")
        void came_twice() {
            Receiver r = rs.receiver();
            r.got(1, 2, 3, 4);
            r.tp.rx_opt.dsack = false;
            r.tp.rcv_nxt = r.seq(2.5);

            DataQueue.tcp_ofo_queue(r.tp);

            assertThat(r.outOfOrder()).isEqualTo("3-4");
            assertThat(r.receiveQueue()).isEmpty();
            assertThat(r.blocks()).startsWith("dsack 1-2");
        }

        @Test
        @DisplayName("MPTCP: an empty DATA_FIN is passed on, not thrown away as nothing new")
        void data_fin() {
            Receiver r = subflow();
            r.tp.sk_data_ready = (sk, bytes) -> {};
            DataQueue.tcp_data_queue(r.tp, dataFin(r, 1));
            assertThat(r.outOfOrder()).isEqualTo("1-1");
            r.tp.rcv_nxt = r.seq(1);

            DataQueue.tcp_ofo_queue(r.tp);

            assertThat(r.receiveQueue()).isEqualTo("1-1");
            r.tp.mpc = false;
        }

        @Test
        @DisplayName("a FIN that was waiting behind the hole takes effect")
        void fin() {
            Receiver r = rs.receiver();
            r.got(1, 2);
            DataQueue.tcp_data_queue(r.tp, r.segment().data(2, 3).flags("FA").skb());
            r.tp.rcv_nxt = r.seq(1);

            DataQueue.tcp_ofo_queue(r.tp);

            assertThat(r.tp.skc_state).isEqualTo(TCP_CLOSE_WAIT);
            assertThat(r.tp.rcv_nxt).isEqualTo(r.seq(3) + 1);
        }
    }

    @Nested
    class tcp_try_rmem_schedule {
        @Test
        @DisplayName("charges memory while there is room")
        void room() {
            Receiver r = rs.receiver();
            sk_buff skb = r.data(0, 1);

            assertThat(DataQueue.tcp_try_rmem_schedule(r.tp, skb, skb.truesize)).isZero();

            assertThat(r.tp.sk_forward_alloc).isEqualTo(4096);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("makes room by giving up what is out of order, when nothing else helps")
        void prunes() {
            Receiver r = rs.receiver();
            r.got(2, 3, 4, 5, 6, 7);
            fixedBuffer(r, r.tp.sk_rmem_alloc - 1);
            sk_buff skb = r.data(0, 1);

            assertThat(DataQueue.tcp_try_rmem_schedule(r.tp, skb, skb.truesize)).isZero();

            assertThat(r.outOfOrder()).isEmpty();
            assertThat(r.mib(LINUX_MIB_OFOPRUNED)).isOne();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("refuses when the buffer is full of what the reader has not read")
        void refuses() {
            Receiver r = rs.receiver();
            r.got(0, 1, 1, 2);
            fixedBuffer(r, 100);
            sk_buff skb = r.data(2, 3);

            assertThat(DataQueue.tcp_try_rmem_schedule(r.tp, skb, skb.truesize)).isEqualTo(-1);

            assertThat(r.mib(LINUX_MIB_RCVPRUNED)).isOne();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("refuses when TCP as a whole has used up its memory")
        void no_memory() {
            Receiver r = rs.receiver();
            r.got(0, 1);
            int used = (int) tcp_memory_allocated.val;
            tcp_memory_allocated.val += 30_000;
            r.tp.sk_sndbuf = r.tp.sk_rcvbuf = 1;
            r.tp.sk_userlocks = SOCK_RCVBUF_LOCK;
            sk_buff skb = r.data(1, 2);

            assertThat(DataQueue.tcp_try_rmem_schedule(r.tp, skb, 1 << 20)).isEqualTo(-1);

            tcp_memory_allocated.val -= 30_000;
            assertThat(tcp_memory_allocated.val).isEqualTo(used);
            kfree_skb(skb);
        }
    }

    /** A receive buffer of this size that does not grow. */
    static void fixedBuffer(Receiver r, int size) {
        r.tp.sk_rcvbuf = size;
        r.tp.sk_userlocks = SOCK_RCVBUF_LOCK;
    }

    @Nested
    class tcp_try_coalesce {
        private boolean coalesce(Receiver r, sk_buff to, sk_buff from) {
            BoolRef fragstolen = new BoolRef();
            fragstolen.val = true;
            boolean done = DataQueue.tcp_try_coalesce(r.tp, to, from, fragstolen);
            if (done) {
                kfree_skb_partial(from, fragstolen.val);
            } else {
                assertThat(fragstolen.val).isFalse();
                kfree_skb(from);
            }
            return done;
        }

        private sk_buff queued(Receiver r) {
            DataQueue.tcp_data_queue(r.tp, r.segment().data(0, 1).inPage().skb());
            return skb_peek(r.tp.sk_receive_queue);
        }

        private sk_buff next(Receiver r, double from, double to, String flags) {
            sk_buff skb = r.segment().data(from, to).inPage().flags(flags).skb();
            __skb_pull(skb, 20);
            return skb;
        }

        @Test
        @DisplayName("adds the page to the packet in front, and its memory to what the socket is charged")
        void adds() {
            Receiver r = rs.receiver();
            sk_buff to = queued(r);
            int before = r.tp.sk_rmem_alloc;

            assertThat(coalesce(r, to, next(r, 1, 2, "A"))).isTrue();

            assertThat(r.receiveQueue()).isEqualTo("0-2");
            assertThat(r.read()).isEqualTo(2000);
            assertThat(r.tp.sk_rmem_alloc - before).isPositive().isEqualTo(to.truesize - before);
            assertThat(r.mib(LINUX_MIB_TCPRCVCOALESCE)).isOne();
        }

        @Test
        @DisplayName("not with a FIN, which the reader looks for in a header, and not across a hole or an overlap")
        void refuses() {
            Receiver r = rs.receiver();
            sk_buff to = queued(r);

            assertThat(coalesce(r, to, next(r, 1, 2, "FA"))).isFalse();
            assertThat(coalesce(r, to, next(r, 1.5, 2, "A"))).isFalse();
            assertThat(coalesce(r, to, next(r, 0.5, 2, "A"))).isFalse();
            assertThat(r.receiveQueue()).isEqualTo("0-1");
        }

        @Test
        @DisplayName("not on a subflow of MPTCP: each packet has a mapping of its own")
        void subflow() {
            Receiver r = rs.receiver();
            sk_buff to = queued(r);
            static_key_slow_inc(mptcp_static_key);
            r.tp.mpc = true;
            r.tp.meta_sk = rs.receiver().tp;

            assertThat(coalesce(r, to, next(r, 1, 2, "A"))).isFalse();

            r.tp.mpc = false;
        }
    }

    @Nested
    class tcp_data_queue_ofo {
        @Test
        @DisplayName("keeps the queue sorted whatever the order of arrival, and free of what is covered")
        void sorted() {
            Receiver r = rs.receiver();
            r.got(6, 7, 2, 3, 4, 5);
            assertThat(r.outOfOrder()).isEqualTo("2-3 4-5 6-7");
            assertThat(r.blocks()).isEqualTo("4-5 2-3 6-7");
            assertThat(r.mib(LINUX_MIB_TCPOFOQUEUE)).isEqualTo(3);
        }

        @Test
        @DisplayName("the first segment behind a hole makes the first block, and turns the fast path off")
        void first() {
            Receiver r = rs.receiver();
            r.tp.pred_flags = 1234;

            r.got(2, 3);

            assertThat(r.blocks()).isEqualTo("2-3");
            assertThat(r.tp.pred_flags).isZero();
            assertThat(inet_csk_ack_scheduled(r.tp)).isTrue();
            assertThat(r.tp.sk_rmem_alloc).isPositive();
        }

        @Test
        @DisplayName("in order behind the hole: the first block just grows, and pages are put together")
        void in_order() {
            Receiver r = rs.receiver();
            for (int i = 2; i < 6; i++) {
                DataQueue.tcp_data_queue(r.tp, r.segment().data(i, i + 1).inPage().skb());
            }
            assertThat(r.outOfOrder()).isEqualTo("2-6");
            assertThat(r.blocks()).isEqualTo("2-6");
            assertThat(r.mib(LINUX_MIB_TCPRCVCOALESCE)).isEqualTo(3);
        }

        @Test
        @DisplayName("drops a segment that brings nothing new, and says so by D-SACK")
        void nothing_new() {
            Receiver r = rs.receiver();
            r.got(2, 5, 3, 4);
            assertThat(r.outOfOrder()).isEqualTo("2-5");
            assertThat(r.blocks()).isEqualTo("dsack 3-4 2-5");
            assertThat(r.mib(LINUX_MIB_TCPOFOMERGE)).isOne();
        }

        @Test
        @DisplayName("frees what a larger segment covers; an overlap at either end stays in both")
        void overlaps() {
            Receiver r = rs.receiver();
            r.got(2, 3, 4, 5, 6, 7);

            r.got(2.5, 6.5);

            assertThat(r.outOfOrder()).isEqualTo("2-3 2.5-6.5 6-7");
            assertThat(r.tp.rx_opt.num_sacks).isOne();
            assertThat(r.at(r.tp.selective_acks[0].start_seq)).isEqualTo("2");
            assertThat(r.at(r.tp.selective_acks[0].end_seq)).isEqualTo("7");
        }

        @Test
        @DisplayName("one with the same beginning and more goes in front of the shorter one, which is freed")
        void same_beginning() {
            Receiver r = rs.receiver();
            r.got(2, 3, 4, 5, 2, 3.5);
            assertThat(r.outOfOrder()).isEqualTo("2-3.5 4-5");
            assertThat(r.blocks()).isEqualTo("dsack 2-3 2-3.5 4-5");
        }

        @Test
        @DisplayName("without memory it drops the segment and counts it")
        void no_memory() {
            Receiver r = rs.receiver();
            r.got(0, 1);
            fixedBuffer(r, 100);

            r.got(2, 3);

            assertThat(r.outOfOrder()).isEmpty();
            assertThat(r.mib(LINUX_MIB_TCPOFODROP)).isOne();
        }

        @Test
        @DisplayName("MPTCP: an empty DATA_FIN inside of a larger segment stays; the search goes on behind it")
        void data_fin() {
            Receiver r = subflow();
            DataQueue.tcp_data_queue(r.tp, dataFin(r, 4));
            r.got(4, 4.5);
            assertThat(r.outOfOrder()).isEqualTo("4-4 4-4.5");

            r.got(2, 5);

            assertThat(r.outOfOrder()).isEqualTo("2-5 4-4");
            r.got(3, 3.5);
            assertThat(r.outOfOrder()).as("covered").isEqualTo("2-5 4-4");
            r.tp.mpc = false;
        }

        @Test
        @DisplayName("without SACK it keeps the segments all the same")
        void no_sack() {
            Receiver r = rs.receiver();
            r.tp.rx_opt.sack_ok = 0;
            r.got(2, 3, 5, 6);
            assertThat(r.outOfOrder()).isEqualTo("2-3 5-6");
            assertThat(r.tp.rx_opt.num_sacks).isZero();
        }
    }

    @Nested
    class tcp_queue_rcv {
        @Test
        @DisplayName("takes the header off and charges for the packet")
        void queues() {
            Receiver r = rs.receiver();
            sk_buff skb = r.data(0, 1);

            assertThat(DataQueue.tcp_queue_rcv(r.tp, skb, 20, new BoolRef())).isZero();

            assertThat(r.receiveQueue()).isEqualTo("0-1");
            assertThat(skb.len).isEqualTo(1000);
            assertThat(r.tp.sk_rmem_alloc).isEqualTo(skb.truesize);
            assertThat(r.at(r.tp.rcv_nxt)).isEqualTo("1");
            assertThat(r.read()).isEqualTo(1000);
        }

        @Test
        @DisplayName("1 if the payload went into the packet in front")
        void eaten() {
            Receiver r = rs.receiver();
            DataQueue.tcp_queue_rcv(r.tp, r.segment().data(0, 1).inPage().skb(), 20, new BoolRef());
            BoolRef fragstolen = new BoolRef();
            sk_buff skb = r.segment().data(1, 2).inPage().skb();

            assertThat(DataQueue.tcp_queue_rcv(r.tp, skb, 20, fragstolen)).isOne();

            assertThat(r.receiveQueue()).isEqualTo("0-2");
            assertThat(r.at(r.tp.rcv_nxt)).isEqualTo("2");
            kfree_skb_partial(skb, fragstolen.val);
        }
    }

    @Nested
    class tcp_send_rcvq {
        private msghdr message(byte[] b) {
            msghdr m = new msghdr();
            m.msg_iov = new iovec[] {new iovec(b, 0, b.length)};
            return m;
        }

        @Test
        @DisplayName("puts bytes into one's own receive queue, as if the peer had sent them")
        void own_queue() {
            Receiver r = rs.receiver();
            byte[] b = new byte[300];
            for (int i = 0; i < b.length; i++) {
                b[i] = Receiver.byteAt(r.start + i);
            }

            assertThat(DataQueue.tcp_send_rcvq(r.tp, message(b), 300)).isEqualTo(300);

            assertThat(r.read()).isEqualTo(300);
            assertThat(r.tp.rcv_nxt).isEqualTo(r.start + 300);
            assertThat(DataQueue.tcp_send_rcvq(r.tp, message(b), 0)).isZero();
        }

        @Test
        @DisplayName("-ENOMEM without memory, without room in the buffer, and for bytes that cannot be read")
        void fails() {
            Receiver r = rs.receiver();
            r.tp.sk_allocation = GFP_KERNEL;
            Gfp.failNth(1);
            assertThat(DataQueue.tcp_send_rcvq(r.tp, message(new byte[10]), 10)).isEqualTo(-ENOMEM);

            r.got(0, 1);
            fixedBuffer(r, 1);
            assertThat(DataQueue.tcp_send_rcvq(r.tp, message(new byte[10]), 10)).isEqualTo(-ENOMEM);
            assertThat(r.receiveQueue()).isEqualTo("0-1");
        }
    }

    @Nested
    class tcp_data_queue {
        @Test
        @DisplayName("the next in sequence goes to the receive queue, and the reader is told")
        void in_sequence() {
            Receiver r = rs.receiver();
            r.got(0, 1);
            assertThat(r.receiveQueue()).isEqualTo("0-1");
            assertThat(r.at(r.tp.rcv_nxt)).isEqualTo("1");
            assertThat(r.events).containsExactly("data_ready");
            assertThat(inet_csk_ack_scheduled(r.tp)).isTrue();
            assertThat(r.read()).isEqualTo(1000);
        }

        @Test
        @DisplayName("a segment that fills the hole brings what waited behind it along, and no block is left")
        void fills_the_hole() {
            Receiver r = rs.receiver();
            r.tp.icsk_ack.pingpong = 1;
            r.got(1, 2, 3, 4);
            assertThat(r.blocks()).isEqualTo("3-4 1-2");
            r.tp.icsk_ack.pingpong = 1;

            r.got(0, 1);
            assertThat(r.blocks()).isEqualTo("3-4");
            assertThat(r.tp.icsk_ack.pingpong).as("a hole is left").isOne();
            r.got(2, 3);

            assertThat(r.read()).isEqualTo(4000);
            assertThat(r.blocks()).isEmpty();
            assertThat(r.tp.icsk_ack.pingpong).as("the last hole was filled: ACK at once").isZero();
        }

        @Test
        @DisplayName("copies to a reader who is here and waits for exactly this")
        void straight_to_the_reader() {
            Receiver r = rs.receiver();
            byte[] buffer = reader(r, 1500);
            local_bh_disable();

            r.got(0, 1);

            local_bh_enable();
            assertThat(r.receiveQueue()).isEmpty();
            assertThat(r.tp.ucopy.len).isEqualTo(500);
            assertThat(r.at(r.tp.copied_seq)).isEqualTo("1");
            checkBytes(r, buffer, r.start, 1000);
        }

        @Test
        @DisplayName("a reader who wants less than the segment has gets his part, and the segment is queued")
        void part_to_the_reader() {
            Receiver r = rs.receiver();
            byte[] buffer = reader(r, 300);
            local_bh_disable();

            r.got(0, 1);

            local_bh_enable();
            assertThat(r.receiveQueue()).isEqualTo("0-1");
            assertThat(r.tp.copied_seq).isEqualTo(r.start + 300);
            checkBytes(r, buffer, r.start, 300);
            assertThat(r.read()).isEqualTo(700);
        }

        @Test
        @DisplayName("does not go past the receive queue while there is urgent data, or if it is not his turn")
        void not_straight() {
            Receiver r = rs.receiver();
            reader(r, 1500);
            r.tp.urg_data = TCP_URG_NOTYET;
            r.got(0, 1);
            assertThat(r.receiveQueue()).isEqualTo("0-1");

            r.tp.urg_data = 0;
            r.got(1, 2);
            assertThat(r.tp.ucopy.len).as("copied_seq is behind").isEqualTo(1500);
        }

        @Test
        @DisplayName("drops what came twice, with a D-SACK and an ACK that is due at once")
        void twice() {
            Receiver r = rs.receiver();
            r.got(0, 2);
            r.tp.icsk_ack.quick = 0;

            r.got(0, 1);

            assertThat(r.receiveQueue()).isEqualTo("0-2");
            assertThat(r.blocks()).isEqualTo("dsack 0-1");
            assertThat(r.mib(LINUX_MIB_DELAYEDACKLOST)).isOne();
            assertThat(r.tp.icsk_ack.quick).isPositive();
        }

        @Test
        @DisplayName("takes a segment that is new at its end only, and reports its beginning")
        void partly_new() {
            Receiver r = rs.receiver();
            r.got(0, 2, 1, 3);
            assertThat(r.at(r.tp.rcv_nxt)).isEqualTo("3");
            assertThat(r.blocks()).isEqualTo("dsack 1-2");
            assertThat(r.read()).isEqualTo(3000);
        }

        @Test
        @DisplayName("drops what lies outside of the window; a probe of a closed one is answered")
        void out_of_window() {
            Receiver r = rs.receiver();
            r.got(30, 31);
            assertThat(r.outOfOrder()).isEmpty();

            r.tp.rcv_wnd = 0;
            r.got(0, 0.001);
            assertThat(r.receiveQueue()).isEmpty();
            assertThat(inet_csk_ack_scheduled(r.tp)).isTrue();
        }

        @Test
        @DisplayName("with the window closed a partly new segment is dropped, but its D-SACK stays")
        void closed_window() {
            Receiver r = rs.receiver();
            r.got(0, 2);
            r.tp.rcv_wup = r.tp.rcv_nxt;
            r.tp.rcv_wnd = 0;
            DataQueue.tcp_data_queue(r.tp, r.data(1, 3));
            assertThat(r.at(r.tp.rcv_nxt)).isEqualTo("2");
        }

        @Test
        @DisplayName("an empty segment is nothing; a bare FIN is something")
        void empty() {
            Receiver r = rs.receiver();
            DataQueue.tcp_data_queue(r.tp, r.segment().skb());
            assertThat(r.events).isEmpty();

            DataQueue.tcp_data_queue(r.tp, r.segment().flags("FA").skb());
            assertThat(r.tp.skc_state).isEqualTo(TCP_CLOSE_WAIT);
            assertThat(r.tp.rcv_nxt).isEqualTo(r.start + 1);
        }

        @Test
        @DisplayName("without room in the buffer the segment is dropped, for the peer to send again")
        void no_room() {
            Receiver r = rs.receiver();
            r.got(0, 1);
            fixedBuffer(r, 100);

            r.got(1, 2);

            assertThat(r.at(r.tp.rcv_nxt)).isEqualTo("1");
            assertThat(r.receiveQueue()).isEqualTo("0-1");
        }

        @Test
        @DisplayName("nobody holds the socket any more: nobody is told")
        void dead() {
            Receiver r = rs.receiver();
            sock_set_flag(r.tp, SOCK_DEAD);
            r.got(0, 1);
            assertThat(r.events).isEmpty();
            assertThat(r.at(r.tp.rcv_nxt)).isEqualTo("1");
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 999, 0x7fffe000, 0xfffff000, 0xffffffff})
        @DisplayName("whatever the order, the overlaps and the packets, the reader gets the stream as it was sent")
        void any_order(int irs) {
            for (int seed = 0; seed < 20; seed++) {
                Receiver r = rs.receiver(irs);
                Random random = new Random(seed);
                r.tp.sk_rcvbuf = 2_000_000;
                for (int n = 0; n < 400 && r.tp.rcv_nxt != r.seq(20); n++) {
                    int from = random.nextInt(20_000);
                    int to = Math.min(20_000, from + 1 + random.nextInt(1500));
                    Receiver.Segment s = r.segment().seq(r.start + from).len(to - from);
                    DataQueue.tcp_data_queue(r.tp, (random.nextBoolean() ? s : s.inPage()).skb());
                    int end = r.tp.rcv_nxt;
                    for (sk_buff skb = skb_peek(r.tp.out_of_order_queue); skb != null; skb = skb.next) {
                        assertThat(TCP_SKB_CB(skb).seq - end).as("sorted").isPositive();
                        end = TCP_SKB_CB(skb).seq;
                    }
                }
                assertThat(r.read()).isEqualTo(r.tp.rcv_nxt - r.start);
            }
        }
    }
}
