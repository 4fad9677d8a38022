// SPDX-License-Identifier: GPL-2.0-only
package tcp_timer;

import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.jiffies.Jiffies.jiffies;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_pull;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static linux.skbuff.Queue.__skb_queue_tail;
import static linux.skbuff.sk_buff.CHECKSUM_UNNECESSARY;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_TIMER;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static net.sock.Memory.sk_mem_charge;
import static net.tcp.Globals.tcp_memory_allocated;
import static net.tcp.Globals.tcp_memory_pressure;
import static net.tcp.Timestamps.tcp_time_stamp;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.later;
import static testing.ScriptedPeer.sk;
import static uapi.linux.snmp.Snmp.LINUX_MIB_DELAYEDACKLOCKED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_DELAYEDACKS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSCHEDULERFAILED;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.ScriptedPeer;

@KernelTest
class DelackTest {
    private ScriptedPeer peer;

    @BeforeEach
    void begin() {
        peer = new ScriptedPeer();
    }

    @AfterEach
    void end() {
        peer.end();
    }

    private static long mib(int field) {
        return init_net.mib.net_statistics[field];
    }

    /** A segment has come and its ACK waits. */
    private tcp_sock ackWaits() {
        tcp_sock tp = sk(peer.accepted());
        tp.icsk_ack.quick = 0;
        tp.icsk_ack.ato = 40;
        tp.icsk_ack.lrcvtime = tcp_time_stamp();
        peer.send(ACK, new byte[10]);
        assertThat(peer.rest()).isEmpty();
        assertThat(tp.icsk_ack.pending & ICSK_ACK_TIMER).isNotZero();
        return tp;
    }

    @Nested
    class tcp_delack_timer_handler {
        @Test
        @DisplayName("sends the ACK, and waits longer the next time")
        void sends() {
            tcp_sock tp = ackWaits();
            int ato = tp.icsk_ack.ato;
            tp.icsk_ack.timeout = jiffies;

            Delack.tcp_delack_timer_handler(tp);

            assertThat(peer.next().ack()).isEqualTo(peer.seq);
            assertThat(tp.icsk_ack.ato).isEqualTo(Math.min(2 * ato, tp.icsk_rto));
            assertThat(mib(LINUX_MIB_DELAYEDACKS)).isOne();
        }

        @Test
        @DisplayName("in interactive use: that was no answer in time, so it is not interactive")
        void pingpong() {
            tcp_sock tp = ackWaits();
            tp.icsk_ack.pingpong = 1;
            tp.icsk_ack.ato = 150;
            tp.icsk_ack.timeout = jiffies;
            Delack.tcp_delack_timer_handler(tp);
            assertThat(tp.icsk_ack.pingpong).isZero();
            assertThat(tp.icsk_ack.ato).isEqualTo(40);
        }

        @Test
        @DisplayName("too early: waits on; not wanted any more, or closed: nothing")
        void not_now() {
            tcp_sock tp = ackWaits();
            tp.icsk_ack.timeout = jiffies + 30;
            Delack.tcp_delack_timer_handler(tp);
            assertThat(peer.rest()).isEmpty();
            assertThat(tp.icsk_delack_timer.expires).isEqualTo(jiffies + 30);

            tp.icsk_ack.pending &= ~ICSK_ACK_TIMER;
            tp.icsk_ack.timeout = jiffies;
            Delack.tcp_delack_timer_handler(tp);
            assertThat(peer.rest()).isEmpty();
        }

        @Test
        @DisplayName("a reader who was too slow loses his prequeue: it is processed now")
        void prequeue() {
            tcp_sock tp = ackWaits();
            sk_buff skb = peer.segment(ACK, new byte[5]);
            skb_pull(skb, 20);
            skb_reset_transport_header(skb);
            TCP_SKB_CB(skb).seq = peer.seq;
            TCP_SKB_CB(skb).end_seq = peer.seq + 5;
            TCP_SKB_CB(skb).ack_seq = peer.ack;
            peer.seq += 5;
            skb.ip_summed = CHECKSUM_UNNECESSARY;
            skb.skb_iif = peer.nic.dev.ifindex;
            __skb_queue_tail(tp.ucopy.prequeue, skb);
            tp.ucopy.memory = skb.truesize;
            tp.icsk_ack.timeout = jiffies;

            local_bh_disable();
            Delack.tcp_delack_timer_handler(tp);
            local_bh_enable();

            assertThat(tp.rcv_nxt).isEqualTo(peer.seq);
            assertThat(tp.ucopy.memory).isZero();
            assertThat(mib(LINUX_MIB_TCPSCHEDULERFAILED)).isOne();
        }

        @Test
        @DisplayName("gives memory back when it is short")
        void memory() {
            tcp_sock tp = ackWaits();
            tp.icsk_ack.pending = 0;
            tcp_memory_pressure.val = 1;
            sk_mem_charge(tp, -4096);
            tcp_memory_allocated.val++;
            long before = tcp_memory_allocated.val;
            Delack.tcp_delack_timer_handler(tp);
            assertThat(tcp_memory_allocated.val).isLessThan(before);
            assertThat(tp.sk_forward_alloc).isLessThan(4096);
        }
    }

    @Nested
    class tcp_delack_timer {
        @Test
        @DisplayName("runs by itself, 40 ms after the segment")
        void by_itself() {
            ackWaits();
            later(38);
            assertThat(peer.rest()).isEmpty();
            later(5);
            assertThat(peer.next().ack()).isEqualTo(peer.seq);
        }

        @Test
        @DisplayName("while the socket is owned it leaves the work to release_sock")
        void owned() {
            tcp_sock tp = ackWaits();
            int refs = tp.skc_refcnt;
            lock_sock(tp);
            later(60);
            assertThat(peer.rest()).isEmpty();
            assertThat(mib(LINUX_MIB_DELAYEDACKLOCKED)).isOne();
            assertThat(tp.icsk_ack.blocked).isOne();
            assertThat(tp.skc_refcnt).isEqualTo(refs);

            release_sock(tp);

            assertThat(peer.next().ack()).isEqualTo(peer.seq);
            assertThat(tp.skc_refcnt).isEqualTo(refs - 1);
        }
    }
}
