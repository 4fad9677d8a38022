// SPDX-License-Identifier: GPL-2.0-only
package mptcp_input;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static linux.jiffies.Jiffies.jiffies;
import static linux.mm.Mm.PAGE_SIZE;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Free.kfree_skb;
import static linux.syscalls.SocketCalls.sys_shutdown;
import static linux.tcp.Header.tcp_hdr;
import static linux.timer.Timers.setup_timer;
import static linux.timer.Timers.timer_pending;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_SCHED;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_PROBE0;
import static net.mptcp.MptcpConst.MPTCPHDR_ACK;
import static net.mptcp.MptcpConst.MPTCPHDR_SEQ;
import static net.sock.Flags.sock_flag;
import static net.sock.SockFlag.SOCK_DONE;
import static net.sock.SockFlag.SOCK_QUEUE_SHRUNK;
import static net.sock.SockTimers.sk_reset_timer;
import static net.sock.sock.RCV_SHUTDOWN;
import static net.tcp.Globals.tcp_memory_allocated;
import static net.tcp.TcpConst.TCP_NAGLE_OFF;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_CLOSE_WAIT;
import static net.tcp_states.TcpState.TCP_CLOSING;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_FIN_WAIT2;
import static net.tcp_states.TcpState.TCP_LAST_ACK;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.RST;
import static uapi.linux.socket.SocketOpt.SHUT_WR;
import static uapi.linux.socket.SocketOpt.SOCK_NOSPACE;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;

import linux.printk.Printk;
import linux.skbuff.sk_buff;
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
import testing.MptcpSockets;
import testing.ScriptedPeer;
import testing.Skbs;
import uapi.linux.tcp.tcphdr;

@KernelTest
class DataAckTest {
    private MptcpPeer p;

    @BeforeEach
    void connected() {
        p = new MptcpPeer();
    }

    @AfterEach
    void end() {
        p.end();
    }

    /** The payload that the host has sent since the last look. */
    private String payloads() {
        StringBuilder s = new StringBuilder();
        for (ScriptedPeer.Segment x : p.sent()) {
            s.append(new String(x.payload(), US_ASCII));
        }
        return s.toString();
    }

    /** The next segments acknowledge on the subflow what was sent on it. */
    private void subflowAck(MptcpPeer.Flow f) {
        f.ack = p.sub(f).snd_nxt;
    }

    /** An ACK without options. Until MPTCP is known to get through, it would mean a fallback. */
    private void plainAck() {
        p.sub(p.first).mptcp.fully_established = true;
        subflowAck(p.first);
        p.send(p.first, ACK, new byte[0]);
    }

    @Nested
    class mptcp_fin {
        @Test
        @DisplayName("ESTABLISHED: CLOSE_WAIT, end of file, waiters are woken")
        void established() {
            int[] woken = new int[1];
            sock.Callback was = p.meta.sk_state_change;
            p.meta.sk_state_change = sk -> woken[0]++;
            p.dataFin(p.first, 1);
            p.meta.sk_state_change = was;

            assertThat(p.meta.skc_state).isEqualTo(TCP_CLOSE_WAIT);
            assertThat(p.meta.sk_shutdown).isEqualTo(RCV_SHUTDOWN);
            assertThat(sock_flag(p.meta, SOCK_DONE)).isTrue();
            assertThat(woken[0]).isOne();
            assertThat(p.read(1)).isNull();
        }

        @Test
        @DisplayName("FIN_WAIT1: CLOSING, with an ACK at once")
        void fin_wait1() {
            sys_shutdown(p.fd, SHUT_WR);
            p.sent();
            p.dataFin(p.first, 1);

            assertThat(p.meta.skc_state).isEqualTo(TCP_CLOSING);
            assertThat(p.lastDataAck()).isEqualTo(2);
        }

        @Test
        @DisplayName("FIN_WAIT2: TIME_WAIT, with an ACK at once")
        void fin_wait2() {
            sys_shutdown(p.fd, SHUT_WR);
            p.dataAck(p.first, 2);
            p.sent();
            p.dataFin(p.first, 1);

            assertThat(p.mpcb.in_time_wait).isTrue();
            assertThat(p.lastDataAck()).isEqualTo(2);
        }

        @Test
        @DisplayName("what is out of order behind the end of data is thrown away")
        void behind_the_end() {
            p.data(p.first, 5, "abc");
            p.dataFin(p.first, 1);

            assertThat(p.meta.out_of_order_queue.qlen).isZero();
        }

        @Test
        @DisplayName("the subflow that it came on is gone: another one acknowledges it")
        void another_one() {
            MptcpPeer.Flow second = p.join(40001, 1);
            p.dataFin(second, 4);
            p.send(second, RST, new byte[0]);
            ScriptedPeer.later(1);
            p.sent();
            p.data(p.first, 1, "abc");
            ScriptedPeer.later(300);

            assertThat(p.meta.skc_state).isEqualTo(TCP_CLOSE_WAIT);
            assertThat(p.lastDataAck()).isEqualTo(5);
        }

        @Test
        @DisplayName("no subflow can send an ACK: the state changes all the same")
        void no_subflow() {
            MptcpSockets c = new MptcpSockets(1);
            c.sub(0).skc_state = TCP_CLOSE;
            c.mpcb.dfin_path_index = 1;

            DataAck.mptcp_fin(c.meta);

            assertThat(c.meta.skc_state).isEqualTo(TCP_CLOSE_WAIT);
            c.free();
        }

        @ParameterizedTest(name = "state {0}")
        @DisplayName("a DATA_FIN that comes again changes nothing")
        @ValueSource(ints = {TCP_CLOSE_WAIT, TCP_CLOSING, TCP_LAST_ACK})
        void again(int state) {
            MptcpSockets c = new MptcpSockets(1);
            c.meta.skc_state = state;

            DataAck.mptcp_fin(c.meta);

            assertThat(c.meta.skc_state).isEqualTo(state);
            c.free();
        }

        @Test
        @DisplayName("in a state without data it is logged")
        void impossible() {
            MptcpSockets c = new MptcpSockets(1);
            c.meta.skc_state = TCP_LISTEN;

            DataAck.mptcp_fin(c.meta);

            assertThat(Printk.dmesg()).anyMatch(l -> l.text().contains("mptcp_fin: Impossible"));
            c.free();
        }

        private void fin() {
            MptcpConnection.softirq(p.meta, () -> DataAck.mptcp_fin(p.meta));
        }

        @Test
        @DisplayName("of two subflows that of the DATA_FIN owes an ACK, and may wait with it for data of its own")
        void owes_an_ack() {
            MptcpPeer.Flow second = p.join(40001, 1);
            tcp_sock one = p.sub(p.first);
            tcp_sock two = p.sub(second);
            one.icsk_ack.pending = two.icsk_ack.pending = 0;
            one.icsk_ack.pingpong = two.icsk_ack.pingpong = 0;
            p.mpcb.dfin_path_index = two.mptcp.path_index;

            fin();

            assertThat(two.icsk_ack.pending).isEqualTo(ICSK_ACK_SCHED);
            assertThat(two.icsk_ack.pingpong).isOne();
            assertThat(one.icsk_ack.pending).isZero();
            assertThat(one.icsk_ack.pingpong).isZero();
        }

        @Test
        @DisplayName("who closed first sends the ACK itself, on the subflow of the DATA_FIN")
        void acks() {
            MptcpPeer.Flow second = p.join(40001, 1);
            sys_shutdown(p.fd, SHUT_WR);
            p.mpcb.dfin_path_index = p.sub(second).mptcp.path_index;
            p.sent();

            fin();
            assertThat(p.meta.skc_state).isEqualTo(TCP_CLOSING);
            assertThat(p.sent()).singleElement().satisfies(s -> assertThat(s.dest()).isEqualTo(second.port));

            p.meta.skc_state = TCP_FIN_WAIT2;
            fin();
            assertThat(p.sent()).anyMatch(s -> s.dest() == second.port && s.flags() == ACK);
            assertThat(p.mpcb.in_time_wait).isTrue();
        }

        @Test
        @DisplayName("the subflow of the DATA_FIN is closed: another one acknowledges it")
        void closed() {
            MptcpPeer.Flow second = p.join(40001, 1);
            sys_shutdown(p.fd, SHUT_WR);
            p.mpcb.dfin_path_index = p.sub(second).mptcp.path_index;
            p.sub(second).skc_state = TCP_CLOSE;
            p.sent();

            fin();

            assertThat(p.sent()).singleElement().satisfies(s -> assertThat(s.dest()).isEqualTo(p.first.port));
            p.sub(second).skc_state = TCP_ESTABLISHED;
        }

        @Test
        @DisplayName("memory that it does not need any more goes back")
        void memory() {
            p.meta.sk_forward_alloc += 2 * PAGE_SIZE;
            tcp_memory_allocated.val += 2;

            fin();

            assertThat(p.meta.sk_forward_alloc).isLessThan(PAGE_SIZE);
        }
    }

    @Nested
    class mptcp_xmit_retransmit_queue {
        @Test
        @DisplayName("all that is out goes out once more, on the subflows that take it")
        void all_again() {
            p.meta.nonagle = TCP_NAGLE_OFF;
            p.write("abc");
            p.write("def");
            plainAck();
            p.sent();

            DataAck.mptcp_xmit_retransmit_queue(p.meta);

            assertThat(payloads()).isEqualTo("abcdef");
        }

        @Test
        @DisplayName("nothing is out: nothing happens")
        void nothing() {
            DataAck.mptcp_xmit_retransmit_queue(p.meta);

            assertThat(p.sent().stream().anyMatch(s -> s.payload().length > 0)).isFalse();
        }

        @Test
        @DisplayName("the oldest packet has gone out: the timer begins anew")
        void timer() {
            p.write("abc");
            ScriptedPeer.later(50);
            long was = p.meta.icsk_timeout;

            MptcpConnection.softirq(p.meta, () -> DataAck.mptcp_xmit_retransmit_queue(p.meta));

            assertThat(p.meta.icsk_timeout).isGreaterThan(was).isEqualTo(jiffies + p.meta.icsk_rto);
        }
    }

    @Nested
    class mptcp_data_ack {
        @Test
        @DisplayName("frees what it covers, whatever the subflow's ACK has freed")
        void frees() {
            p.write("abc");
            plainAck();
            assertThat(p.meta.packets_out).isOne();

            p.dataAck(p.first, 4);

            assertThat(p.meta.packets_out).isZero();
            assertThat(p.meta.snd_una).isEqualTo(p.meta.snd_nxt);
        }

        @ParameterizedTest(name = "data ACK {0}")
        @DisplayName("older than the last one, or of data never sent: ignored")
        @ValueSource(ints = {-5, 5, 1_000_000})
        void out_of_range(int dack) {
            p.write("abc");
            int una = p.meta.snd_una;

            p.dataAck(p.first, dack);

            assertThat(p.meta.snd_una).isEqualTo(una);
            assertThat(p.meta.packets_out).isOne();
        }

        @Test
        @DisplayName("of 64 bits only the low half counts: a wrong high half acknowledges too")
        void high_half() {
            p.write("abc");
            p.send(p.first, ACK, p.dss(p.first).ack64(p.hostIdsn + 4 ^ 1L << 40).bytes());

            assertThat(p.meta.packets_out).isZero();
        }

        @Test
        @DisplayName("the window comes with a data ACK, from any subflow, and its right edge never moves back")
        void window() {
            MptcpPeer.Flow second = p.join(40001, 1);
            p.wire.window = 2000;
            p.dataAck(p.first, 1);
            assertThat(p.meta.snd_wnd).isEqualTo(65535);

            p.meta.snd_wnd = 1000;
            p.dataAck(second, 1);
            assertThat(p.meta.snd_wnd).isEqualTo(2000);
            assertThat(p.meta.max_window).isEqualTo(65535);
        }

        @Test
        @DisplayName("without a data ACK the subflow's ACK says nothing about the connection")
        void none() {
            p.write("abc");
            plainAck();

            assertThat(p.meta.packets_out).isOne();
        }

        @Test
        @DisplayName("a subflow that was potentially failed works again")
        void pf() {
            p.sub(p.first).pf = true;

            p.dataAck(p.first, 1);

            assertThat(p.sub(p.first).pf).isFalse();
        }

        @Test
        @DisplayName("acknowledges data: the peer speaks MPTCP")
        void fully_established() {
            p.write("abc");
            assertThat(p.sub(p.first).mptcp.fully_established).isFalse();

            subflowAck(p.first);
            p.dataAck(p.first, 4);

            assertThat(p.sub(p.first).mptcp.fully_established).isTrue();
        }

        @Test
        @DisplayName("after the meta socket's timeout, the first progress sends all of the rest again")
        void loss() {
            p.meta.nonagle = TCP_NAGLE_OFF;
            p.write("abc");
            p.write("def");
            plainAck();
            p.meta.icsk_ca_state = TCP_CA_Loss;
            p.sent();

            p.dataAck(p.first, 4);

            assertThat(p.meta.icsk_ca_state).isEqualTo(TCP_CA_Open);
            assertThat(payloads()).isEqualTo("def");
        }

        @Test
        @DisplayName("memory has become free: whoever waits to write is woken")
        void write_space() {
            int[] woken = new int[1];
            sock.Callback was = p.meta.sk_write_space;
            p.meta.sk_write_space = sk -> woken[0]++;
            p.meta.sk_socket.flags |= 1 << SOCK_NOSPACE;
            p.write("abc");

            p.dataAck(p.first, 4);

            assertThat(woken[0]).isPositive();
            p.meta.sk_write_space = was;
        }

        @Test
        @DisplayName("nothing is out and the window is closed: the probe timer runs; open again: it stops")
        void probe() {
            p.wire.window = 0;
            p.meta.snd_wnd = 0;
            p.write("abc");
            assertThat(payloads()).isEmpty();

            p.dataAck(p.first, 1);
            assertThat(p.meta.icsk_pending).isEqualTo(ICSK_TIME_PROBE0);

            p.wire.window = 65535;
            p.dataAck(p.first, 1);
            assertThat(payloads()).isEqualTo("abc");
        }

        /** An ACK as the subflow has received it, with a data ACK of what is expected and these flags. */
        private sk_buff ack(int window, int dack) {
            tcp_sock tp = p.sub(p.first);
            sk_buff skb = Skbs.linear(20);
            skb.transport_header = skb.data;
            tcphdr th = tcp_hdr(skb);
            th.syn(false);
            th.window(window);
            TCP_SKB_CB(skb).mptcp_flags = MPTCPHDR_ACK;
            TCP_SKB_CB(skb).ack_seq = tp.snd_una;
            tp.mptcp.rx_opt.data_ack = p.meta.snd_una + dack;
            return skb;
        }

        private void process(sk_buff skb) {
            MptcpConnection.softirq(p.meta, () -> DataAck.mptcp_data_ack(p.sub(p.first), skb));
            kfree_skb(skb);
        }

        @Test
        @DisplayName("the fourth ACK of a join ends the repeating of the third; a SYN/ACK that comes again does not")
        void fourth_ack() {
            tcp_sock tp = p.sub(p.first);
            tp.mptcp.pre_established = true;
            setup_timer(tp.mptcp.mptcp_ack_timer, data -> {}, tp);
            sk_reset_timer(tp, tp.mptcp.mptcp_ack_timer, jiffies + 1000);
            sk_buff syn = ack(1000, 0);
            tcp_hdr(syn).syn(true);

            process(syn);
            assertThat(tp.mptcp.pre_established).isTrue();
            assertThat(timer_pending(tp.mptcp.mptcp_ack_timer)).isTrue();

            process(ack(1000, 0));
            assertThat(tp.mptcp.pre_established).isFalse();
            assertThat(timer_pending(tp.mptcp.mptcp_ack_timer)).isFalse();
        }

        @Test
        @DisplayName("after a fallback the data ACK that was made up counts without an option")
        void made_up() {
            p.write("abc");
            int una = p.meta.snd_una;
            sk_buff skb = ack(1000, 3);
            TCP_SKB_CB(skb).mptcp_flags = 0;
            process(skb);
            assertThat(p.meta.snd_una).isEqualTo(una);

            p.mpcb.infinite_mapping_snd = true;
            skb = ack(1000, 3);
            TCP_SKB_CB(skb).mptcp_flags = 0;
            process(skb);
            assertThat(p.meta.snd_una).isEqualTo(una + 3);
            p.mpcb.infinite_mapping_snd = false;
        }

        @Test
        @DisplayName("an ACK of the SYN alone does not show that the peer speaks MPTCP, one of data does")
        void of_data() {
            tcp_sock tp = p.sub(p.first);
            tp.mptcp.fully_established = false;
            sk_buff skb = ack(1000, 0);
            TCP_SKB_CB(skb).ack_seq = tp.mptcp.snt_isn + 1;
            process(skb);
            assertThat(tp.mptcp.fully_established).isFalse();

            skb = ack(1000, 0);
            TCP_SKB_CB(skb).ack_seq = tp.mptcp.snt_isn + 2;
            process(skb);
            assertThat(tp.mptcp.fully_established).isTrue();
        }

        @Test
        @DisplayName("the window is scaled as on the subflow, but not on a SYN; and it is noted which data it came with")
        void scaled() {
            tcp_sock tp = p.sub(p.first);
            tp.rx_opt.snd_wscale = 3;
            p.meta.snd_wnd = 100;
            sk_buff skb = ack(1000, 0);
            TCP_SKB_CB(skb).mptcp_flags |= MPTCPHDR_SEQ;
            tp.mptcp.rx_opt.data_seq = p.meta.snd_wl1 + 5;
            int wl1 = p.meta.snd_wl1;

            process(skb);
            assertThat(p.meta.snd_wnd).isEqualTo(8000);
            assertThat(p.meta.snd_wl1).isEqualTo(wl1 + 5);

            skb = ack(10_000, 0);
            tcp_hdr(skb).syn(true);
            process(skb);
            assertThat(p.meta.snd_wnd).isEqualTo(10_000);
        }

        @Test
        @DisplayName("the queue has shrunk: noted no more; nobody is woken who has found room")
        void shrunk() {
            int[] woken = new int[1];
            sock.Callback was = p.meta.sk_write_space;
            p.write("abc");
            p.meta.sk_write_space = sk -> woken[0]++;
            p.meta.sk_socket.flags &= ~(1 << SOCK_NOSPACE);

            process(ack(1000, 3));

            assertThat(sock_flag(p.meta, SOCK_QUEUE_SHRUNK)).isFalse();
            assertThat(woken[0]).isZero();
            p.meta.sk_write_space = was;
        }
    }

    @Nested
    class mptcp_clean_rtx_infinite {
        @Test
        @DisplayName("after a fallback the subflow's ACK is the data ACK")
        void fallback() {
            p.plain(p.first, "x");
            assertThat(p.mpcb.infinite_mapping_snd).isTrue();
            p.write("abc");
            assertThat(p.meta.packets_out).isOne();

            subflowAck(p.first);
            p.send(p.first, ACK, new byte[0]);

            assertThat(p.meta.packets_out).isZero();
        }

        @Test
        @DisplayName("before that it does nothing")
        void not_before() {
            p.write("abc");
            tcp_sock tp = p.sub(p.first);
            sk_buff skb = p.wire.segment(ACK);
            tp.snd_una = tp.snd_nxt;

            DataAck.mptcp_clean_rtx_infinite(skb, tp);

            assertThat(p.meta.packets_out).isOne();
            tp.snd_una = tp.snd_nxt - 3;
            kfree_skb(skb);
        }
    }
}
