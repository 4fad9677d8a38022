// SPDX-License-Identifier: GPL-2.0-only
package mptcp_input;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static linux.sched.Sched.current;
import static linux.syscalls.SocketCalls.sys_shutdown;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static net.tcp_states.TcpState.TCP_CLOSE_WAIT;
import static net.tcp_states.TcpState.TCP_TIME_WAIT;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.FIN;
import static uapi.linux.socket.SocketOpt.SHUT_WR;

import java.util.ArrayList;
import java.util.List;
import linux.socket.iovec;
import linux.tcp.tcp_sock;
import net.sock.sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;
import testing.MptcpConnection;
import testing.MptcpPeer;
import testing.ScriptedPeer;

@KernelTest
class DataReadyTest {
    private MptcpPeer p;

    @BeforeEach
    void connected() {
        p = new MptcpPeer();
    }

    @AfterEach
    void end() {
        p.end();
    }

    private static byte[] ascii(String s) {
        return s.getBytes(US_ASCII);
    }

    @Nested
    class mptcp_queue_skb {
        @Test
        @DisplayName("0 while the mapping is incomplete; nothing is passed on")
        void incomplete() {
            byte[] all = ascii("abcdef");
            p.send(p.first, ACK, p.dss(p.first).map(1, 1, all).bytes(), ascii("abc"));

            assertThat(DataReady.mptcp_queue_skb(p.sub(p.first))).isZero();
            assertThat(p.read(10)).isEmpty();

            p.plain(p.first, "def");
            assertThat(p.read(10)).isEqualTo("abcdef");
            assertThat(p.sub(p.first).mptcp.mapping_present).isFalse();
        }

        @Test
        @DisplayName("what another subflow has brought already is dropped: the first wins")
        void duplicate() {
            MptcpPeer.Flow second = p.join(40001, 1);
            p.data(p.first, 1, "abc");
            p.data(second, 1, "xyz");
            p.data(second, 4, "def");

            assertThat(p.read(10)).isEqualTo("abcdef");
        }

        @Test
        @DisplayName("of a partial overlap the new end is taken")
        void overlap() {
            MptcpPeer.Flow second = p.join(40001, 1);
            p.data(p.first, 1, "abcd");
            p.data(second, 3, "xydef");

            assertThat(p.read(10)).isEqualTo("abcddef");
        }

        @Test
        @DisplayName("an overlap is cut at packets: where one is covered, the reader skips it")
        void overlap_by_packet() {
            p.data(p.first, 1, "abcd");
            p.data(p.first, 1, "abcdef");

            assertThat(p.read(10)).isEqualTo("abcdef");
            assertThat(p.meta.rcv_nxt).isEqualTo((int) p.idsn + 7);
        }

        @ParameterizedTest(name = "from {0}")
        @DisplayName("outside of the window: dropped, and the subflow goes on")
        @ValueSource(ints = {100_000_000, -100_000})
        void out_of_window(int dsn) {
            p.data(p.first, dsn, "abc");
            p.data(p.first, 1, "def");

            assertThat(p.read(10)).isEqualTo("def");
            assertThat(p.meta.out_of_order_queue.qlen).isZero();
        }

        @Test
        @DisplayName("behind a hole: into the meta socket's out-of-order queue, which pays for it")
        void hole() {
            MptcpPeer.Flow second = p.join(40001, 1);
            p.data(second, 4, "def");

            assertThat(p.meta.out_of_order_queue.qlen).isOne();
            assertThat(p.meta.sk_rmem_alloc).isPositive();
            assertThat(p.sub(second).sk_rmem_alloc).isZero();

            p.data(p.first, 1, "abc");
            assertThat(p.read(10)).isEqualTo("abcdef");
        }

        @Test
        @DisplayName("the subflow of a DATA_FIN is remembered")
        void data_fin() {
            MptcpPeer.Flow second = p.join(40001, 1);
            p.dataFin(second, 1);

            assertThat(p.mpcb.dfin_path_index).isEqualTo(p.sub(second).mptcp.path_index);
            assertThat(p.mpcb.dfin_combined).isFalse();
            assertThat(p.meta.skc_state).isEqualTo(TCP_CLOSE_WAIT);
            assertThat(p.read(10)).isNull();
        }

        @Test
        @DisplayName("DATA_FIN together with the FIN of the subflow")
        void combined() {
            byte[] b = ascii("abc");
            p.send(p.first, ACK | FIN, p.dss(p.first).map(1, 1, b).length(4).fin().bytes(), b);

            assertThat(p.mpcb.dfin_combined).isTrue();
            assertThat(p.read(10)).isEqualTo("abc");
            assertThat(p.read(10)).isNull();
        }

        @Test
        @DisplayName("data numbers wrap: the high half of what is expected goes up once")
        void wrap() {
            int high = p.mpcb.rcv_high_order[p.mpcb.rcv_hiseq_index];
            // Move the connection to just below the wrap.
            int shift = -3 - p.meta.rcv_nxt;
            p.meta.rcv_nxt = p.meta.copied_seq = p.meta.rcv_wup = -3;

            MptcpPeer.Flow second = p.join(40001, 1);
            p.data(second, 1 + shift + 6, "ghi");
            p.data(p.first, 1 + shift, "abcdef");

            assertThat(p.read(10)).isEqualTo("abcdefghi");
            assertThat(p.meta.rcv_nxt).isEqualTo(6);
            assertThat(p.mpcb.rcv_high_order[p.mpcb.rcv_hiseq_index]).isEqualTo(high + 1);
        }

        @Test
        @DisplayName("64-bit numbers with a high half that is neither the present nor the next: dropped")
        void wrong_high_half() {
            byte[] b = ascii("abc");
            p.send(p.first, ACK, p.dss(p.first).map(1, 1, b).wide().high(12345).bytes(), b);
            assertThat(p.read(10)).isEmpty();

            b = ascii("def");
            p.send(p.first, ACK, p.dss(p.first).map(1, 4, b).wide().bytes(), b);
            assertThat(p.read(10)).isEqualTo("def");
        }

        @Test
        @DisplayName("a reader who waits for these bytes gets them directly, when the backlog is processed")
        void direct_copy() {
            byte[] buf = new byte[8];
            lock_sock(p.meta);
            p.data(p.first, 1, "abc");
            p.meta.ucopy.task = current;
            p.meta.ucopy.iov = new iovec[] {new iovec(buf, 0, 8)};
            p.meta.ucopy.len = 8;
            release_sock(p.meta);
            p.meta.ucopy.task = null;

            assertThat(new String(buf, 0, 3, US_ASCII)).isEqualTo("abc");
            assertThat(p.meta.ucopy.len).isEqualTo(5);
            assertThat(p.meta.copied_seq).isEqualTo(p.meta.rcv_nxt);
            assertThat(p.meta.sk_receive_queue.qlen).isZero();
        }

        /** Two mappings come at once, when the byte in front of them fills a hole of the subflow. */
        private void at_once(int dsn, String first, int dsn2, String second, int filler) {
            int seq = p.first.seq;
            p.first.seq += 1;
            p.data(p.first, dsn, first);
            p.data(p.first, dsn2, second);
            int end = p.first.seq;
            p.first.seq = seq;
            p.data(p.first, filler, "-");
            p.first.seq = end;
        }

        @Test
        @DisplayName("in order: ends where the mapping ends, what stands behind it has numbers of its own")
        void next_mapping() {
            at_once(2, "abc", 15, "xyz", 1);
            assertThat(p.read(20)).isEqualTo("-abc");
            assertThat(p.meta.out_of_order_queue.qlen).isOne();

            p.data(p.first, 5, "0123456789");
            assertThat(p.read(20)).isEqualTo("0123456789xyz");
        }

        @Test
        @DisplayName("behind a hole: the next mapping may be the one that is waited for")
        void next_mapping_fills() {
            at_once(12, "abc", 2, "0123456789", 1);
            assertThat(p.read(20)).isEqualTo("-0123456789abc");
        }

        @Test
        @DisplayName("of no use: the next mapping may be")
        void next_mapping_new() {
            p.data(p.first, 1, "abcdef");
            at_once(1, "abc", 8, "ghi", 7);
            assertThat(p.read(20)).isEqualTo("abcdef-ghi");
        }

        @Test
        @DisplayName("a mapping of two packets of which the first has come another way: it costs nothing")
        void half_known() {
            MptcpPeer.Flow second = p.join(40001, 1);
            byte[] all = ascii("abcdef");
            p.send(second, ACK, p.dss(second).map(1, 1, all).bytes(), ascii("abc"));
            p.data(p.first, 1, "abc");
            p.plain(second, "def");

            assertThat(p.read(20)).isEqualTo("abcdef");
            assertThat(p.meta.sk_rmem_alloc).isZero();
            assertThat(p.sub(second).sk_rmem_alloc).isZero();
        }

        @Test
        @DisplayName("behind a hole: ACKs at once, the sender is to know soon")
        void quickack() {
            p.sub(p.first).icsk_ack.quick = 0;
            p.sub(p.first).icsk_ack.pingpong = 1;
            p.data(p.first, 11, "abc");
            assertThat(p.sub(p.first).icsk_ack.pingpong).isZero();
            assertThat(p.sub(p.first).icsk_ack.quick).isPositive();
        }

        @Test
        @DisplayName("in TIME_WAIT what comes is counted and freed, in order or not")
        void time_wait() {
            sys_shutdown(p.fd, SHUT_WR);
            p.dataAck(p.first, 2);
            p.dataFin(p.first, 1);
            assertThat(p.mpcb.in_time_wait).isTrue();
            assertThat(p.sub(p.first)).isNotNull();
            int queued = p.meta.sk_receive_queue.qlen;

            p.data(p.first, 12, "zzz");
            p.data(p.first, 2, "abc");

            assertThat(p.meta.out_of_order_queue.qlen).isZero();
            assertThat(p.meta.sk_receive_queue.qlen).isEqualTo(queued);
        }

        @Test
        @DisplayName("a wrong checksum on one of two subflows: 1, and the mapping is forgotten")
        void checksum() {
            p.mpcb.dss_csum = true;
            MptcpPeer.Flow second = p.join(40001, 1);
            p.sent();
            byte[] b = ascii("abc");
            p.send(second, ACK, p.dss(second).map(1, 1, b).wrongSum().bytes(), b);

            assertThat(p.reset(second)).isTrue();
            assertThat(p.read(10)).isEmpty();
            p.data(p.first, 1, "xyz");
            assertThat(p.read(10)).isEmpty();
            p.mpcb.dss_csum = false;
        }
    }

    @Nested
    class mptcp_data_ready {
        @Test
        @DisplayName("mapped data reach the application, and are acknowledged at the data level")
        void in_order() {
            p.data(p.first, 1, "abc");
            p.data(p.first, 4, "def");

            assertThat(p.read(10)).isEqualTo("abcdef");
            ScriptedPeer.later(300);
            assertThat(p.lastDataAck()).isEqualTo(7);
        }

        @Test
        @DisplayName("the application is woken when data are queued, not when they are behind a hole")
        void wakes() {
            int[] woken = new int[1];
            sock.DataReady was = p.meta.sk_data_ready;
            p.meta.sk_data_ready = (sk, bytes) -> woken[0]++;
            p.data(p.first, 4, "def");
            assertThat(woken[0]).isZero();
            p.data(p.first, 1, "abc");
            assertThat(woken[0]).isOne();
            p.meta.sk_data_ready = was;
        }

        @Test
        @DisplayName("many mappings that come at once, as a hole on the subflow is filled")
        void several_at_once() {
            int seq = p.first.seq;
            p.first.seq += 3;
            p.data(p.first, 4, "def");
            p.data(p.first, 7, "ghi");
            int end = p.first.seq;
            p.first.seq = seq;
            p.data(p.first, 1, "abc");
            p.first.seq = end;

            assertThat(p.read(20)).isEqualTo("abcdefghi");
        }

        @Test
        @DisplayName("a meta socket that receives no more throws away what comes")
        void after_the_end() {
            p.dataFin(p.first, 1);
            p.data(p.first, 2, "abc");

            assertThat(p.sub(p.first).sk_receive_queue.qlen).isZero();
            assertThat(p.sub(p.first).copied_seq).isEqualTo(p.sub(p.first).rcv_nxt);
            assertThat(p.read(10)).isNull();
        }

        @Test
        @DisplayName("the subflow was to be closed when its last data were read: an ACK, and TIME_WAIT")
        void close_it() {
            tcp_sock tp = p.sub(p.first);
            List<Integer> waits = new ArrayList<>();
            var was = tp.time_wait;
            tp.time_wait = (sk, state, timeo) -> waits.add(state);
            tp.close_it = true;
            p.sent();

            MptcpConnection.softirq(p.meta, () -> DataReady.mptcp_data_ready(tp, 0));

            assertThat(waits).containsExactly(TCP_TIME_WAIT);
            assertThat(p.sent()).hasSize(1);
            tp.close_it = false;
            tp.time_wait = was;
        }
    }
}
