// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static linux.errno.Errno.EHOSTUNREACH;
import static linux.errno.Errno.ENOBUFS;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.netdevice.Netdev.NET_XMIT_CN;
import static linux.netdevice.Netdev.NET_XMIT_DROP;
import static linux.skbuff.Alloc.alloc_skb_fclone;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.sk_buff.SKB_FCLONE_ORIG;
import static linux.skbuff.sk_buff.SKB_FCLONE_UNAVAILABLE;
import static linux.workqueue.Workqueue.queued;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_SCHED;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_TIMER;
import static net.tcp.Sysctls.sysctl_tcp_sack;
import static net.tcp.Sysctls.sysctl_tcp_timestamps;
import static net.tcp.TcpConst.MAX_TCP_HEADER;
import static net.tcp.TcpConst.TCPHDR_ACK;
import static net.tcp.TcpConst.TCPHDR_FIN;
import static net.tcp.TcpConst.TCPHDR_PSH;
import static net.tcp.TcpConst.TCPHDR_SYN;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp.tcp_congestion_ops.CA_EVENT_TX_START;
import static net.tcp.tcp_congestion_ops.TCP_CONG_RTT_STAMP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSPURIOUS_RTX_HOSTQUEUES;
import static uapi.linux.snmp.Snmp.TCP_MIB_OUTSEGS;
import static uapi.linux.tcp.TcpOpt.TCP_CA_CWR;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;

import linux.bug.Oops;
import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;

@KernelTest
class TransmitTest {
    private static final int ISS = 0x01020303;

    private Sender s;
    private tcp_sock tp;

    @BeforeEach
    void setUp() {
        s = new Sender().established(ISS);
        tp = s.tp;
    }

    @AfterEach
    void tearDown() {
        s.close();
    }

    private sk_buff counted(sk_buff skb) {
        Fragment.tcp_set_skb_tso_segs(tp, skb, 1000);
        return skb;
    }

    @Nested
    class tcp_transmit_skb {
        @Test
        @DisplayName("puts a header in front: ports, sequence numbers, flags, window, no checksum yet")
        void header() {
            sk_buff skb = counted(s.queue(3));
            TCP_SKB_CB(skb).tcp_flags |= TCPHDR_PSH;

            assertThat(Transmit.tcp_transmit_skb(tp, skb, 1, GFP_ATOMIC)).isZero();

            byte[] b = s.sent.get(0).bytes;
            assertThat(Sender.hex(b, 0, 20))
                    .isEqualTo("0fa00050" + "01020304" + "00001388" + "50187d00" + "00000000");
            assertThat(s.sent.get(0).payload()).isEqualTo(3);
        }

        @Test
        @DisplayName("the options follow the header, and are counted in its length")
        void options() {
            tp.rx_opt.tstamp_ok = true;
            tp.rx_opt.ts_recent = 0x11223344;
            tp.tsoffset = 5;
            sk_buff skb = counted(s.queue(1));
            TCP_SKB_CB(skb).when = 0x1000;

            Transmit.tcp_transmit_skb(tp, skb, 1, GFP_ATOMIC);

            assertThat(s.sent.get(0).th.doff()).isEqualTo(8);
            assertThat(s.sent.get(0).options()).isEqualTo("0101080a" + "00001005" + "11223344");
        }

        @Test
        @DisplayName("sends a clone; the packet itself stays as it was, without header and charged to the queue")
        void sends_a_clone() {
            sk_buff skb = counted(s.queue(100));
            s.hold = true;

            Transmit.tcp_transmit_skb(tp, skb, 1, GFP_ATOMIC);

            sk_buff clone = s.held.get(0);
            assertThat(clone).isNotSameAs(skb);
            assertThat(clone.head).isSameAs(skb.head);
            assertThat(clone.sk).isSameAs(tp);
            assertThat(skb.sk).isNull();
            assertThat(skb.len).isEqualTo(100);
            assertThat(clone.len).isEqualTo(120);
            assertThat(tp.sk_wmem_alloc).isEqualTo(1 + clone.truesize);
            assertThat(s.mib(LINUX_MIB_TCPSPURIOUS_RTX_HOSTQUEUES)).isZero();
        }

        @Test
        @DisplayName("while a device has a clone, the next one is a copy, and that counts as a hasty repetition")
        void sends_a_copy() {
            sk_buff skb = counted(s.queue(100));
            s.hold = true;
            Transmit.tcp_transmit_skb(tp, skb, 1, GFP_ATOMIC);

            Transmit.tcp_transmit_skb(tp, skb, 1, GFP_ATOMIC);

            assertThat(s.held.get(1).head).isNotSameAs(skb.head);
            assertThat(s.sent.get(1).payload()).isEqualTo(100);
            assertThat(s.mib(LINUX_MIB_TCPSPURIOUS_RTX_HOSTQUEUES)).isOne();
        }

        @ParameterizedTest
        @ValueSource(booleans = {false, true})
        @DisplayName("without memory for clone or copy nothing is sent: -ENOBUFS")
        void no_memory(boolean held) {
            sk_buff skb = counted(s.queue(100));
            if (held) {
                s.hold = true;
                Transmit.tcp_transmit_skb(tp, skb, 1, GFP_ATOMIC);
            } else {
                skb.fclone = SKB_FCLONE_UNAVAILABLE;
            }
            int before = s.sent.size();
            Gfp.failNth(0);

            assertThat(Transmit.tcp_transmit_skb(tp, skb, 1, GFP_ATOMIC)).isEqualTo(-ENOBUFS);

            assertThat(s.sent).hasSize(before);
            skb.fclone = SKB_FCLONE_ORIG;
        }

        @Test
        @DisplayName("a packet of no segments is a mistake of the caller")
        void no_segments() {
            sk_buff skb = s.queue(1);

            assertThatThrownBy(() -> Transmit.tcp_transmit_skb(tp, skb, 1, GFP_ATOMIC)).isInstanceOf(Oops.class);
        }

        @Test
        @DisplayName("the window of a SYN is not scaled")
        void syn_window() {
            tp.rcv_wnd = 70000;
            tp.rx_opt.rcv_wscale = 7;
            tp.rx_opt.tstamp_ok = true;
            sysctl_tcp_timestamps = 0;
            sysctl_tcp_sack = 0;
            sk_buff skb = s.queue(0);
            Options.tcp_init_nondata_skb(skb, ISS, TCPHDR_SYN);

            Transmit.tcp_transmit_skb(tp, skb, 1, GFP_ATOMIC);

            assertThat(s.sent.get(0).th.window()).isEqualTo(65535);
            assertThat(s.sent.get(0).options()).isEqualTo("020405b4" + "01030307");
        }

        @Test
        @DisplayName("urgent data: the pointer says where they end; too far away, it says 65535")
        void urgent() {
            sk_buff skb = counted(s.queue(10));
            tp.snd_up = TCP_SKB_CB(skb).seq + 7;
            Transmit.tcp_transmit_skb(tp, skb, 1, GFP_ATOMIC);
            assertThat(s.sent.get(0).th.urg()).isTrue();
            assertThat(s.sent.get(0).th.urg_ptr()).isEqualTo(7);

            tp.snd_up = TCP_SKB_CB(skb).seq + 0x10001;
            Transmit.tcp_transmit_skb(tp, skb, 1, GFP_ATOMIC);
            assertThat(s.sent.get(1).th.urg()).isTrue();
            assertThat(s.sent.get(1).th.urg_ptr()).isEqualTo(0xffff);

            tp.snd_nxt = TCP_SKB_CB(skb).seq + 0x10000;
            Transmit.tcp_transmit_skb(tp, skb, 1, GFP_ATOMIC);
            assertThat(s.sent.get(2).th.urg()).as("below what was sent, a far pointer is of no use").isFalse();

            tp.snd_up = TCP_SKB_CB(skb).seq;
            Transmit.tcp_transmit_skb(tp, skb, 1, GFP_ATOMIC);
            assertThat(s.sent.get(3).th.urg()).isFalse();
            tp.snd_up = tp.snd_una;
        }

        @Test
        @DisplayName("a full local queue (NET_XMIT_CN) is no error, but it halves the window")
        void congestion() {
            sk_buff skb = counted(s.queue(10));
            tp.packets_out = 10;
            s.xmitResult = NET_XMIT_CN;

            assertThat(Transmit.tcp_transmit_skb(tp, skb, 1, GFP_ATOMIC)).isZero();

            assertThat(tp.icsk_ca_state).isEqualTo(TCP_CA_CWR);
            assertThat(tp.snd_ssthresh).isEqualTo(5);
        }

        @Test
        @DisplayName("a packet dropped by a local queue (NET_XMIT_DROP) is an error, and congestion as well")
        void dropped() {
            sk_buff skb = counted(s.queue(10));
            s.xmitResult = NET_XMIT_DROP;

            assertThat(Transmit.tcp_transmit_skb(tp, skb, 1, GFP_ATOMIC)).isEqualTo(NET_XMIT_DROP);

            assertThat(tp.icsk_ca_state).isEqualTo(TCP_CA_CWR);
        }

        @Test
        @DisplayName("without a route the error goes back to the caller, and the window stays")
        void no_route() {
            sk_buff skb = counted(s.queue(10));
            s.xmitResult = -EHOSTUNREACH;

            assertThat(Transmit.tcp_transmit_skb(tp, skb, 1, GFP_ATOMIC)).isEqualTo(-EHOSTUNREACH);

            assertThat(tp.icsk_ca_state).isEqualTo(TCP_CA_Open);
        }

        @Test
        @DisplayName("new data count as segments sent, repetitions do not")
        void out_segs() {
            sk_buff skb = counted(s.withGso().queue(2500));
            Transmit.tcp_transmit_skb(tp, skb, 1, GFP_ATOMIC);
            assertThat(s.tcpMib(TCP_MIB_OUTSEGS)).isEqualTo(3);

            tp.snd_nxt = tp.write_seq;
            Transmit.tcp_transmit_skb(tp, skb, 1, GFP_ATOMIC);
            assertThat(s.tcpMib(TCP_MIB_OUTSEGS)).isEqualTo(3);
        }

        @Test
        @DisplayName("the first packet on an empty path is told to congestion control; another queue may be chosen for it")
        void first() {
            sk_buff skb = counted(s.queue(10));
            s.hold = true;
            Transmit.tcp_transmit_skb(tp, skb, 1, GFP_ATOMIC);
            assertThat(s.caEvents).containsExactly(CA_EVENT_TX_START);
            assertThat(s.sent.get(0).ooo_okay).isTrue();

            s.caEvents.clear();
            tp.packets_out = 1;
            Transmit.tcp_transmit_skb(tp, skb, 1, GFP_ATOMIC);
            assertThat(s.caEvents).isEmpty();
            assertThat(s.sent.get(1).ooo_okay).isFalse();
        }

        @Test
        @DisplayName("congestion control that measures in microseconds gets the time in the packet")
        void time_stamp() {
            sk_buff skb = counted(s.queue(10));
            Transmit.tcp_transmit_skb(tp, skb, 1, GFP_ATOMIC);
            assertThat(skb.tstamp).isZero();

            s.ca.flags = TCP_CONG_RTT_STAMP;
            Transmit.tcp_transmit_skb(tp, skb, 1, GFP_ATOMIC);
            assertThat(skb.tstamp).isNotZero();
            assertThat(s.sent.get(1).tstamp).isEqualTo(skb.tstamp);
        }

        @Test
        @DisplayName("the ACK in it makes a delayed ACK unnecessary; data in it end a pause")
        void events() {
            tp.icsk_ack.pending = ICSK_ACK_SCHED | ICSK_ACK_TIMER;
            tp.lsndtime = 1;

            Transmit.tcp_transmit_skb(tp, counted(s.queue(10)), 1, GFP_ATOMIC);

            assertThat(tp.icsk_ack.pending).isZero();
            assertThat(tp.lsndtime).isEqualTo(tcp_time_stamp());
        }

        @Test
        @DisplayName("the next segment may be sent while IP still has this one: its options are its own")
        void nested() {
            tp.rx_opt.num_sacks = 1;
            tp.selective_acks[0].start_seq = 0x100;
            tp.selective_acks[0].end_seq = 0x200;
            sk_buff skb = counted(s.queue(10));
            s.onXmit = () -> {
                s.onXmit = () -> {};
                tp.rx_opt.num_sacks = 0;
                AckAndProbe.tcp_send_ack(tp);
            };

            Transmit.tcp_transmit_skb(tp, skb, 1, GFP_ATOMIC);

            assertThat(s.sent.get(0).options()).isEqualTo("0101050a" + "00000100" + "00000200");
            assertThat(s.sent.get(1).options()).isEmpty();
        }
    }

    @Nested
    class tcp_queue_skb {
        @Test
        @DisplayName("puts a packet at the end of the queue, and charges its memory")
        void queued() {
            sk_buff skb = alloc_skb_fclone(MAX_TCP_HEADER, GFP_ATOMIC);
            skb_reserve(skb, MAX_TCP_HEADER);
            Options.tcp_init_nondata_skb(skb, tp.write_seq, TCPHDR_ACK | TCPHDR_FIN);
            int forward = tp.sk_forward_alloc;

            Transmit.tcp_queue_skb(tp, skb);

            assertThat(tcp_send_head(tp)).isSameAs(skb);
            assertThat(tp.write_seq).isEqualTo(ISS + 2);
            assertThat(skb.nohdr).isTrue();
            assertThat(tp.sk_wmem_queued).isEqualTo(skb.truesize);
            assertThat(tp.sk_forward_alloc).isEqualTo(forward - skb.truesize);
        }
    }
}
