// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.errno.Errno.ECONNRESET;
import static linux.errno.Errno.EINVAL;
import static linux.hrtimer.Clock.get_seconds;
import static linux.interrupt.Softirq.in_softirq;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.interrupt.Softirq.tasklet_init;
import static linux.interrupt.Softirq.tasklet_schedule;
import static linux.sched.Sched.current;
import static linux.skbuff.Checksum.skb_checksum;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.CHECKSUM_UNNECESSARY;
import static linux.syscalls.SocketCalls.sys_send;
import static linux.tcp.Header.tcp_hdr;
import static linux.types.Be.put32;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Memory.sk_rmem_schedule;
import static net.tcp.TcpConst.TCP_NAGLE_OFF;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.Windows.tcp_fast_path_on;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.sum;
import static testing.ScriptedPeer.ACK;
import static uapi.linux.snmp.Snmp.LINUX_MIB_PAWSESTABREJECTED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPCHALLENGEACK;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPHPACKS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPHPHITS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPHPHITSTOUSER;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSYNCHALLENGE;
import static uapi.linux.snmp.Snmp.TCP_MIB_CSUMERRORS;
import static uapi.linux.snmp.Snmp.TCP_MIB_INERRS;

import linux.interrupt.tasklet_struct;
import linux.skbuff.sk_buff;
import linux.socket.iovec;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;
import testing.ScriptedPeer;

@KernelTest
class EstablishedTest {
    private final Receivers rs = new Receivers();
    private ScriptedPeer peer;

    @AfterEach
    void free() {
        rs.free();
        if (peer != null) {
            peer.end();
        }
    }

    /** A connection of a real machine with timestamps; the peer's clock is at 100. */
    private tcp_sock connection() {
        peer = new ScriptedPeer();
        tcp_sock tp = ScriptedPeer.sk(peer.accepted(ScriptedPeer.SYN_OPTIONS));
        peer.rest();
        peer.options = ts(101);
        return tp;
    }

    private static byte[] ts(int tsval) {
        byte[] b = {1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0};
        put32(b, 4, tsval);
        put32(b, 8, tcp_time_stamp());
        return b;
    }

    private static long mib(int field) {
        return init_net.mib.net_statistics[field];
    }

    private static long tcpMib(int field) {
        return init_net.mib.tcp_statistics[field];
    }

    /** The checksum is to be checked still: {@code csum} is what makes it right, or wrong. */
    private static sk_buff unchecked(sk_buff skb, boolean right) {
        skb.ip_summed = CHECKSUM_NONE;
        skb.csum = ~skb_checksum(skb, 0, skb.len, 0) + (right ? 0 : 1);
        return skb;
    }

    @Nested
    class tcp_copy_to_iovec {
        private byte[] reader(Receiver r, int len) {
            byte[] buffer = new byte[len];
            r.tp.ucopy.iov = new iovec[] {new iovec(buffer, 0, len)};
            r.tp.ucopy.len = len;
            return buffer;
        }

        private int copy(Receiver r, sk_buff skb) {
            local_bh_disable();
            int err = Established.tcp_copy_to_iovec(r.tp, skb, 20);
            local_bh_enable();
            kfree_skb(skb);
            return err;
        }

        @Test
        @DisplayName("hands the payload to the reader")
        void copies() {
            Receiver r = rs.receiver();
            byte[] buffer = reader(r, 1200);

            assertThat(copy(r, r.data(0, 1))).isZero();

            assertThat(r.at(r.tp.copied_seq)).isEqualTo("1");
            assertThat(r.tp.ucopy.len).isEqualTo(200);
            for (int i = 0; i < 1000; i++) {
                assertThat(buffer[i]).isEqualTo(Receiver.byteAt(r.start + i));
            }
        }

        @Test
        @DisplayName("checks the sum on the way; a wrong one leaves the reader where he was")
        void checks() {
            Receiver r = rs.receiver();
            reader(r, 1200);
            assertThat(copy(r, unchecked(r.data(0, 1), false))).isEqualTo(-EINVAL);
            assertThat(r.tp.copied_seq).isEqualTo(r.start);
            assertThat(r.tp.ucopy.len).isEqualTo(1200);

            assertThat(copy(r, unchecked(r.data(0, 1), true))).isZero();
            assertThat(r.tp.ucopy.len).isEqualTo(200);
        }

        @Test
        @DisplayName("lets softirqs in while it copies")
        void softirqs() {
            Receiver r = rs.receiver();
            reader(r, 1200);
            r.tp.sk_lock.owned = 1;
            int[] ran = new int[1];
            tasklet_struct t = new tasklet_struct();
            tasklet_init(t, data -> ran[0]++, null);
            local_bh_disable();
            tasklet_schedule(t);
            sk_buff skb = r.data(0, 1);

            Established.tcp_copy_to_iovec(r.tp, skb, 20);

            assertThat(ran[0]).isOne();
            assertThat(in_softirq()).isTrue();
            local_bh_enable();
            kfree_skb(skb);
        }
    }

    @Nested
    class __tcp_checksum_complete_user {
        @Test
        @DisplayName("0 if the sum is right, whether the socket is owned or not")
        void sum() {
            for (int owned = 0; owned < 2; owned++) {
                Receiver r = rs.receiver();
                r.tp.sk_lock.owned = owned;
                local_bh_disable();
                sk_buff skb = unchecked(r.data(0, 1), true);
                assertThat(Established.__tcp_checksum_complete_user(r.tp, skb)).isZero();
                kfree_skb(skb);
                skb = unchecked(r.data(0, 1), false);
                assertThat(Established.__tcp_checksum_complete_user(r.tp, skb)).isNotZero();
                kfree_skb(skb);
                local_bh_enable();
            }
        }
    }

    @Nested
    class tcp_checksum_complete_user {
        @Test
        @DisplayName("true if it is wrong; what the device has checked is believed")
        void wrong() {
            Receiver r = rs.receiver();
            sk_buff skb = unchecked(r.data(0, 1), false);
            assertThat(Established.tcp_checksum_complete_user(r.tp, skb)).isTrue();
            skb.ip_summed = CHECKSUM_UNNECESSARY;
            assertThat(Established.tcp_checksum_complete_user(r.tp, skb)).isFalse();
            kfree_skb(skb);

            skb = unchecked(r.data(0, 1), true);
            assertThat(Established.tcp_checksum_complete_user(r.tp, skb)).isFalse();
            kfree_skb(skb);
        }
    }

    @Nested
    class tcp_validate_incoming {
        @Test
        @DisplayName("an old timestamp: dropped, with an ACK that says where we are")
        void old_timestamp() {
            tcp_sock tp = connection();
            peer.send(ScriptedPeer.ACK, new byte[10]);
            peer.rest();
            peer.options = ts(50);

            peer.send(ScriptedPeer.ACK, new byte[10]);

            assertThat(mib(LINUX_MIB_PAWSESTABREJECTED)).isOne();
            assertThat(peer.next().ack()).isEqualTo(peer.seq - 10);
            assertThat(tp.rcv_nxt).isEqualTo(peer.seq - 10);
        }

        @Test
        @DisplayName("a RST gets past an old timestamp")
        void rst_with_old_timestamp() {
            tcp_sock tp = connection();
            peer.options = ts(50);
            peer.send(ScriptedPeer.RST);
            assertThat(tp.sk_err).isEqualTo(ECONNRESET);
        }

        @Test
        @DisplayName("outside of the window: an ACK; a RST there is ignored")
        void out_of_window() {
            tcp_sock tp = connection();
            peer.seq += 10_000_000;
            peer.send(ScriptedPeer.ACK, new byte[10]);
            assertThat(peer.next().ack()).isEqualTo(tp.rcv_nxt);

            peer.send(ScriptedPeer.RST);
            assertThat(peer.rest()).isEmpty();
            assertThat(tp.skc_state).isEqualTo(TCP_ESTABLISHED);
            peer.seq = tp.rcv_nxt;
        }

        @Test
        @DisplayName("a RST counts only at exactly the next number; elsewhere in the window it gets a challenge ACK")
        void rst() {
            tcp_sock tp = connection();
            peer.seq++;
            peer.send(ScriptedPeer.RST);
            assertThat(mib(LINUX_MIB_TCPCHALLENGEACK)).isOne();
            assertThat(peer.next().ack()).isEqualTo(tp.rcv_nxt);
            assertThat(tp.skc_state).isEqualTo(TCP_ESTABLISHED);

            peer.seq--;
            peer.send(ScriptedPeer.RST);
            assertThat(tp.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(peer.rest()).isEmpty();
        }

        @ParameterizedTest
        @CsvSource({"0", "-5000000"})
        @DisplayName("a SYN gets a challenge ACK, in the window or not, and counts as an error")
        void syn(int distance) {
            tcp_sock tp = connection();
            peer.seq += distance;
            peer.send(ScriptedPeer.SYN | ScriptedPeer.ACK);
            assertThat(mib(LINUX_MIB_TCPSYNCHALLENGE)).isOne();
            assertThat(tcpMib(TCP_MIB_INERRS)).isOne();
            assertThat(peer.next().ack()).isEqualTo(tp.rcv_nxt);
            assertThat(tp.skc_state).isEqualTo(TCP_ESTABLISHED);
            peer.seq = tp.rcv_nxt;
        }

        @Test
        @DisplayName("anything else may go on, and the segment is the caller's still")
        void good() {
            Receiver r = rs.receiver();
            sk_buff skb = r.data(0, 1);
            assertThat(Established.tcp_validate_incoming(r.tp, skb, tcp_hdr(skb), 1)).isTrue();
            kfree_skb(skb);
        }
    }

    @Nested
    class tcp_rcv_established {
        private Receiver predicted() {
            Receiver r = rs.receiver();
            tcp_fast_path_on(r.tp);
            r.tp.snd_cwnd = 10;
            return r;
        }

        private void rcv(Receiver r, sk_buff skb) {
            local_bh_disable();
            Established.tcp_rcv_established(r.tp, skb, tcp_hdr(skb), skb.len);
            local_bh_enable();
        }

        /** Memory in advance: without it data take the slow path's last part. */
        private void memory(Receiver r) {
            sk_buff skb = r.data(0, 1);
            assertThat(sk_rmem_schedule(r.tp, skb, 100_000)).isTrue();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("fast path, receiver: the next data go to the queue")
        void fast_data() {
            Receiver r = predicted();
            memory(r);
            rcv(r, r.data(0, 1));
            rcv(r, r.segment().data(1, 2).flags("PA").skb());

            assertThat(r.mib(LINUX_MIB_TCPHPHITS)).isEqualTo(2);
            assertThat(r.read()).isEqualTo(2000);
            assertThat(r.events).filteredOn(e -> e.equals("data_ready")).hasSize(2);
            assertThat(r.wire).isNotEmpty();
        }

        @Test
        @DisplayName("fast path, sender: a bare ACK takes data off the queue and no more")
        void fast_ack() {
            Receiver r = predicted();
            r.tp.snd_nxt += 1;
            r.tp.write_seq = r.tp.snd_nxt;
            r.tp.snd_una = r.tp.snd_nxt - 1;
            rcv(r, r.segment().ack(r.tp.snd_nxt).skb());
            assertThat(r.tp.snd_una).isEqualTo(r.tp.snd_nxt);
            assertThat(r.mib(LINUX_MIB_TCPHPACKS)).isOne();
            assertThat(r.events).isEmpty();
        }

        @Test
        @DisplayName("fast path with timestamps: remembered when the window edge is up to date, compared with the last")
        void fast_timestamps() {
            Receiver r = rs.receiver();
            r.tp.rx_opt.tstamp_ok = true;
            r.tp.tcp_header_len = 32;
            r.tp.rx_opt.ts_recent = 100;
            r.tp.rx_opt.ts_recent_stamp = get_seconds();
            tcp_fast_path_on(r.tp);
            memory(r);

            rcv(r, r.segment().data(0, 1).ts(103, 1).skb());
            assertThat(r.tp.rx_opt.ts_recent).isEqualTo(103);
            assertThat(r.mib(LINUX_MIB_TCPHPHITS)).isOne();

            rcv(r, r.segment().data(1, 2).ts(90, 1).skb());
            assertThat(r.mib(LINUX_MIB_PAWSESTABREJECTED)).isOne();
            assertThat(r.at(r.tp.rcv_nxt)).isEqualTo("1");

            rcv(r, r.segment().ts(105, 1).skb());
            assertThat(r.tp.rx_opt.ts_recent).as("of a bare ACK").isEqualTo(105);
        }

        @Test
        @DisplayName("a reader who is here gets the payload at once")
        void to_user() {
            Receiver r = predicted();
            byte[] buffer = new byte[1000];
            r.tp.ucopy.task = current;
            r.tp.ucopy.iov = new iovec[] {new iovec(buffer, 0, 1000)};
            r.tp.ucopy.len = 1000;
            r.tp.sk_lock.owned = 1;

            rcv(r, r.data(0, 1));

            assertThat(r.mib(LINUX_MIB_TCPHPHITSTOUSER)).isOne();
            assertThat(r.receiveQueue()).isEmpty();
            assertThat(buffer[999]).isEqualTo(Receiver.byteAt(r.start + 999));
            assertThat(r.tp.rcv_nxt).isEqualTo(r.tp.copied_seq).isEqualTo(r.seq(1));
        }

        @Test
        @DisplayName("no memory in advance: the slow path's last part, same result")
        void step5() {
            Receiver r = predicted();
            rcv(r, r.data(0, 1));
            assertThat(r.mib(LINUX_MIB_TCPHPHITS)).isZero();
            assertThat(r.read()).isEqualTo(1000);
        }

        @Test
        @DisplayName("slow path: a hole, then what fills it")
        void slow() {
            Receiver r = predicted();
            rcv(r, r.data(1, 2));
            assertThat(r.wire).containsExactly("A 0 sack 1-2");
            rcv(r, r.data(0, 1));
            assertThat(r.read()).isEqualTo(2000);
            assertThat(r.wire.get(1)).isEqualTo("A 2");
        }

        @Test
        @DisplayName("data with a new ACK in the fast path do both")
        void data_and_ack() {
            Receiver r = predicted();
            memory(r);
            r.tp.snd_nxt += 1;
            r.tp.write_seq = r.tp.snd_nxt;
            rcv(r, r.segment().data(0, 1).ack(r.tp.snd_nxt).skb());
            assertThat(r.tp.snd_una).isEqualTo(r.tp.snd_nxt);
            assertThat(r.read()).isEqualTo(1000);
        }

        @Test
        @DisplayName("a wrong checksum, in either path: dropped and counted twice")
        void wrong_sum() {
            for (boolean fast : new boolean[] {true, false}) {
                Receiver r = predicted();
                if (!fast) {
                    r.tp.pred_flags = 0;
                }
                rcv(r, unchecked(r.data(0, 1), false));
                assertThat(r.receiveQueue()).isEmpty();
            }
            assertThat(tcpMib(TCP_MIB_CSUMERRORS)).isEqualTo(2);
            assertThat(tcpMib(TCP_MIB_INERRS)).isEqualTo(2);
        }

        @Test
        @DisplayName("a segment that is shorter than its header says: an error, in either path")
        void too_short() {
            Receiver r = rs.receiver();
            r.tp.tcp_header_len = 32;
            tcp_fast_path_on(r.tp);
            sk_buff skb = r.segment().ts(1, 1).skb();
            Established.tcp_rcv_established(r.tp, skb, tcp_hdr(skb), 28);
            assertThat(tcpMib(TCP_MIB_INERRS)).isOne();
            assertThat(tcpMib(TCP_MIB_CSUMERRORS)).isZero();

            r.tp.pred_flags = 0;
            skb = r.segment().ts(1, 1).skb();
            Established.tcp_rcv_established(r.tp, skb, tcp_hdr(skb), 28);
            assertThat(tcpMib(TCP_MIB_CSUMERRORS)).isOne();
        }

        @Test
        @DisplayName("without ACK and RST a segment is nothing; with an ACK of what was never sent it is dropped")
        void dropped() {
            Receiver r = predicted();
            rcv(r, r.segment().data(0, 1).flags("").skb());
            assertThat(r.receiveQueue()).isEmpty();
            assertThat(r.wire).isEmpty();

            rcv(r, r.segment().data(0, 1).ack(r.tp.snd_nxt + 1).skb());
            assertThat(r.receiveQueue()).isEmpty();
        }

        @Test
        @DisplayName("the first segment brings the route by which it came")
        void rx_dst() {
            Receiver r = predicted();
            r.tp.sk_rx_dst = null;
            int[] set = new int[1];
            r.tp.icsk_af_ops.sk_rx_dst_set = (sk, skb) -> set[0]++;
            rcv(r, r.segment().skb());
            assertThat(set[0]).isOne();
        }

        @Test
        @DisplayName("both paths come to the same, whatever the segment")
        void same_result() {
            for (int i = 0; i < 2; i++) {
                Receiver r = predicted();
                memory(r);
                if (i == 1) {
                    r.tp.pred_flags = 0;
                }
                rcv(r, r.data(0, 1));
                if (i == 1) {
                    assertThat(r.tp.pred_flags).as("the fast path is on again").isNotZero();
                }
                assertThat(r.tp.rcv_nxt).isEqualTo(r.seq(1));
                assertThat(r.read()).isEqualTo(1000);
                assertThat(r.events).containsExactly("data_ready");
            }
        }

        @ParameterizedTest
        @CsvSource({"true, false", "false, false", "true, true", "false, true"})
        @DisplayName("an ACK that opens the window lets data go that wait, in either path, alone or with data")
        void waiting_data(boolean fast, boolean withData) {
            peer = new ScriptedPeer();
            int fd = peer.accepted();
            tcp_sock tp = ScriptedPeer.sk(fd);
            peer.rest();
            tp.snd_cwnd = 1;
            assertThat(sys_send(fd, new byte[200], 0, 200, 0)).isEqualTo(200);
            assertThat(peer.next().payload()).hasSize(200);
            tp.nonagle = TCP_NAGLE_OFF;
            assertThat(sys_send(fd, new byte[50], 0, 50, 0)).isEqualTo(50);
            assertThat(peer.rest()).as("the congestion window is full").isEmpty();
            if (!fast) {
                tp.pred_flags = 0;
            }

            peer.ack += 200;
            peer.send(ACK, new byte[withData ? 10 : 0]);

            assertThat(peer.next().payload()).hasSize(50);
            assertThat(mib(LINUX_MIB_TCPHPACKS) + mib(LINUX_MIB_TCPHPHITS) > 0).isEqualTo(fast);
        }

        @ParameterizedTest
        @CsvSource({"true", "false"})
        @DisplayName("an echoed timestamp measures the round trip of the receiver, in either path")
        void receiver_rtt(boolean fast) {
            tcp_sock tp = connection();
            ScriptedPeer.later(40);
            tp.icsk_ack.rcv_mss = 100;
            tp.rcv_rtt_est.rtt = 0;
            if (!fast) {
                tp.pred_flags = 0;
            }

            peer.send(ACK, new byte[200]);

            assertThat(tp.rcv_rtt_est.rtt >> 3).isBetween(38, 44);
        }
    }
}
