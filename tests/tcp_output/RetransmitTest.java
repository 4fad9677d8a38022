// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static linux.errno.Errno.EAGAIN;
import static linux.errno.Errno.EHOSTUNREACH;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static net.checksum.Csum.csum_fold;
import static net.checksum.Csum.csum_partial;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_RETRANS;
import static net.tcp.Multipath.mptcp_static_key;
import static net.tcp.Segments.tcp_skb_pcount;
import static net.tcp.Sysctls.sysctl_tcp_retrans_collapse;
import static net.tcp.TcpConst.TCPHDR_ACK;
import static net.tcp.TcpConst.TCPHDR_PSH;
import static net.tcp.TcpConst.TCPHDR_SYN;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.tcp_skb_cb.TCPCB_EVER_RETRANS;
import static net.tcp.tcp_skb_cb.TCPCB_LOST;
import static net.tcp.tcp_skb_cb.TCPCB_RETRANS;
import static net.tcp.tcp_skb_cb.TCPCB_SACKED_ACKED;
import static net.tcp.tcp_skb_cb.TCPCB_SACKED_RETRANS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFASTRETRANS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFORWARDRETRANS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPRETRANSFAIL;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSLOWSTARTRETRANS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSYNRETRANS;
import static uapi.linux.snmp.Snmp.TCP_MIB_RETRANSSEGS;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Recovery;

import linux.bug.Oops;
import linux.gfp.Gfp;
import linux.jiffies.Jiffies;
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
class RetransmitTest {
    private static final int ISS = 1000;

    private Sender s;
    private tcp_sock tp;

    @BeforeEach
    void setUp() {
        s = new Sender().established(ISS);
        tp = s.tp;
        tp.rx_opt.sack_ok = 1;
    }

    @AfterEach
    void tearDown() {
        s.close();
    }

    /** A packet of {@code len} bytes with room for more, sent before. */
    private sk_buff roomy(int len) {
        return s.wasSent(s.queue(len, 1000 - len));
    }

    private void lost(sk_buff... skbs) {
        for (sk_buff skb : skbs) {
            TCP_SKB_CB(skb).sacked |= TCPCB_LOST;
            tp.lost_out += tcp_skb_pcount(skb);
            tp.retransmit_high = TCP_SKB_CB(skb).end_seq;
        }
    }

    private void sacked(sk_buff... skbs) {
        for (sk_buff skb : skbs) {
            TCP_SKB_CB(skb).sacked |= TCPCB_SACKED_ACKED;
            tp.sacked_out += tcp_skb_pcount(skb);
            tp.highest_sack = skb.next;
        }
    }

    @Nested
    class tcp_collapse_retrans {
        @ParameterizedTest
        @ValueSource(ints = {100, 101})
        @DisplayName("bytes, end, flags, tags and checksum of the second packet go into the first")
        void merges(int len) {
            sk_buff a = roomy(len);
            sk_buff b = s.sentBefore(200);
            for (sk_buff skb : new sk_buff[] {a, b}) {
                skb.ip_summed = CHECKSUM_NONE;
                skb.csum = csum_partial(skb.head, skb.data, skb.len, 0);
            }
            TCP_SKB_CB(b).tcp_flags |= TCPHDR_PSH;
            TCP_SKB_CB(b).sacked = TCPCB_EVER_RETRANS | TCPCB_LOST;
            tp.lost_out = 1;
            tp.retransmit_skb_hint = b;
            tp.lost_skb_hint = b;

            Retransmit.tcp_collapse_retrans(tp, a);

            assertThat(s.queue_(ISS)).isEqualTo("1-" + (len + 201));
            assertThat(Sender.payloadOf(a)).isEqualTo(len + 200);
            assertThat(csum_fold(a.csum)).isEqualTo(csum_fold(csum_partial(a.head, a.data, a.len, 0)));
            assertThat(TCP_SKB_CB(a).tcp_flags).isEqualTo(TCPHDR_ACK | TCPHDR_PSH);
            assertThat(TCP_SKB_CB(a).sacked).isEqualTo(TCPCB_EVER_RETRANS);
            assertThat(tp.retransmit_skb_hint).isSameAs(a);
            assertThat(tp.lost_skb_hint).isNull();
            s.assertCountersFit();
        }

        @Test
        @DisplayName("a sum that the device will make needs none here")
        void partial() {
            sk_buff a = roomy(100);
            a.ip_summed = CHECKSUM_NONE;
            s.sentBefore(200);

            Retransmit.tcp_collapse_retrans(tp, a);

            assertThat(a.ip_summed).isEqualTo(CHECKSUM_PARTIAL);
        }

        @Test
        @DisplayName("the highest SACK moves along")
        void highest_sack() {
            sk_buff a = roomy(100);
            sk_buff b = s.sentBefore(200);
            sk_buff c = s.sentBefore(200);
            sacked(c);
            tp.highest_sack = b;

            Retransmit.tcp_collapse_retrans(tp, a);

            assertThat(tp.highest_sack).isSameAs(a);
        }
    }

    @Nested
    class tcp_can_collapse {
        @Test
        @DisplayName("only one segment, linear, not shared, sent, not SACKed")
        void conditions() {
            sk_buff skb = roomy(100);
            assertThat(Retransmit.tcp_can_collapse(tp, skb)).isTrue();

            TCP_SKB_CB(skb).sacked = TCPCB_SACKED_ACKED;
            assertThat(Retransmit.tcp_can_collapse(tp, skb)).isFalse();
            TCP_SKB_CB(skb).sacked = TCPCB_LOST;
            assertThat(Retransmit.tcp_can_collapse(tp, skb)).isTrue();

            skb.shinfo.gso_segs = 2;
            assertThat(Retransmit.tcp_can_collapse(tp, skb)).isFalse();
            skb.shinfo.gso_segs = 1;

            s.hold = true;
            Transmit.tcp_transmit_skb(tp, skb, 1, GFP_ATOMIC);
            assertThat(Retransmit.tcp_can_collapse(tp, skb)).isFalse();
            s.release();

            assertThat(Retransmit.tcp_can_collapse(tp, s.queue(10))).isFalse();
            tp.sk_send_head = null;
            assertThat(Retransmit.tcp_can_collapse(tp, s.queuePaged(10))).isFalse();
        }
    }

    @Nested
    class tcp_retrans_try_collapse {
        @Test
        @DisplayName("takes packets along until a segment is full")
        void until_full() {
            sk_buff a = roomy(100);
            for (int i = 0; i < 4; i++) {
                s.sentBefore(300);
            }

            Retransmit.tcp_retrans_try_collapse(tp, a, 1000);

            assertThat(s.queue_(ISS)).isEqualTo("1-1001 1001-1301");
            assertThat(Sender.payloadOf(a)).isEqualTo(1000);
            s.assertCountersFit();
        }

        @Test
        @DisplayName("until the first has no more room")
        void room() {
            sk_buff a = s.wasSent(s.queue(100, 350));
            s.sentBefore(300);
            s.sentBefore(300);

            Retransmit.tcp_retrans_try_collapse(tp, a, 1000);

            assertThat(s.queue_(ISS)).isEqualTo("1-401 401-701");
        }

        @Test
        @DisplayName("until the end of the window")
        void window() {
            sk_buff a = roomy(100);
            s.sentBefore(100);
            s.sentBefore(100);
            tp.snd_wnd = 250;

            Retransmit.tcp_retrans_try_collapse(tp, a, 1000);

            assertThat(s.queue_(ISS)).isEqualTo("1-201 201-301");
        }

        @Test
        @DisplayName("until a packet that must stay alone")
        void alone() {
            sk_buff a = roomy(100);
            s.sentBefore(100);
            sacked(s.sentBefore(100));
            s.sentBefore(100);

            Retransmit.tcp_retrans_try_collapse(tp, a, 1000);

            assertThat(s.queue_(ISS)).isEqualTo("1-201 201-301 301-401");
        }

        @Test
        @DisplayName("not at all: the sysctl says so, or it is a SYN, or a subflow of MPTCP")
        void never() {
            sk_buff a = roomy(100);
            s.sentBefore(100);

            sysctl_tcp_retrans_collapse = 0;
            Retransmit.tcp_retrans_try_collapse(tp, a, 1000);
            sysctl_tcp_retrans_collapse = 1;
            TCP_SKB_CB(a).tcp_flags |= TCPHDR_SYN;
            Retransmit.tcp_retrans_try_collapse(tp, a, 1000);
            TCP_SKB_CB(a).tcp_flags &= ~TCPHDR_SYN;
            mptcp_static_key.enabled = 1;
            tp.mpc = true;
            Retransmit.tcp_retrans_try_collapse(tp, a, 1000);
            tp.mpc = false;

            assertThat(s.queue_(ISS)).isEqualTo("1-101 101-201");
        }
    }

    @Nested
    class __tcp_retransmit_skb {
        @Test
        @DisplayName("sends the packet again, with the time of now, and marks it")
        void again() {
            sk_buff skb = s.sentBefore(1000);
            Jiffies.jiffies += 500;

            assertThat(Retransmit.__tcp_retransmit_skb(tp, skb)).isZero();

            assertThat(s.drain(ISS)).containsExactly("1:1000 .");
            assertThat(TCP_SKB_CB(skb).sacked).isEqualTo(TCPCB_EVER_RETRANS);
            assertThat(TCP_SKB_CB(skb).when).isEqualTo(tcp_time_stamp());
            assertThat(tp.retrans_out).isZero();
        }

        @Test
        @DisplayName("a packet larger than the MSS of today is cut: the first segment goes")
        void cut() {
            s.withGso();
            sk_buff skb = s.wasSent(s.queuePaged(2500));
            tp.mss_cache = 700;

            Retransmit.__tcp_retransmit_skb(tp, skb);

            assertThat(s.drain(ISS)).containsExactly("1:700 .");
            assertThat(s.queue_(ISS)).isEqualTo("1-701 701-2501");
            s.assertCountersFit();
        }

        @Test
        @DisplayName("one that was several segments and fits into one now is counted as one")
        void fits_now() {
            s.withGso();
            tp.mss_cache = 500;
            sk_buff skb = s.wasSent(s.queue(900));
            assertThat(tp.packets_out).isEqualTo(2);
            tp.mss_cache = 1000;

            Retransmit.__tcp_retransmit_skb(tp, skb);

            assertThat(s.sent.get(0).gso_segs).isOne();
            s.assertCountersFit();
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 0x7fffffff, 0x80000000, -1000})
        @DisplayName("bytes that were acknowledged meanwhile are left out")
        void trimmed(int iss) {
            s.established(iss);
            sk_buff skb = s.sentBefore(1000);
            tp.snd_una += 300;

            Retransmit.__tcp_retransmit_skb(tp, skb);

            assertThat(s.drain(iss)).containsExactly("301:700 .");
            s.assertCountersFit();
        }

        @Test
        @DisplayName("a packet all of which was acknowledged must not be here: the machine stops")
        void acknowledged() {
            sk_buff skb = s.sentBefore(1000);
            tp.snd_una += 1001;

            assertThatThrownBy(() -> Retransmit.__tcp_retransmit_skb(tp, skb)).isInstanceOf(Oops.class);
        }

        @Test
        @DisplayName("-EAGAIN while more waits in devices than is queued")
        void too_much() {
            sk_buff skb = s.sentBefore(1000);
            int limit = tp.sk_wmem_queued + (tp.sk_wmem_queued >> 2);
            tp.sk_wmem_alloc = limit + 1;
            assertThat(Retransmit.__tcp_retransmit_skb(tp, skb)).isEqualTo(-EAGAIN);
            tp.sk_wmem_alloc = limit;
            assertThat(Retransmit.__tcp_retransmit_skb(tp, skb)).isZero();
            tp.sk_wmem_alloc = 1;
        }

        @Test
        @DisplayName("-EAGAIN outside a window that was shrunk; but the first segment probes a window of 0")
        void shrunk() {
            sk_buff a = s.sentBefore(1000);
            sk_buff b = s.sentBefore(1000);
            tp.snd_wnd = 500;
            assertThat(Retransmit.__tcp_retransmit_skb(tp, b)).isEqualTo(-EAGAIN);
            tp.snd_wnd = 0;
            assertThat(Retransmit.__tcp_retransmit_skb(tp, a)).isZero();
            assertThat(s.drain(ISS)).containsExactly("1:1000 .");
        }

        @Test
        @DisplayName("-EHOSTUNREACH without a route")
        void no_route() {
            sk_buff skb = s.sentBefore(1000);
            s.rebuildResult = -1;

            assertThat(Retransmit.__tcp_retransmit_skb(tp, skb)).isEqualTo(-EHOSTUNREACH);
            assertThat(s.sent).isEmpty();
        }

        @Test
        @DisplayName("-ENOMEM if it cannot be cut")
        void no_memory() {
            s.withGso();
            sk_buff skb = s.wasSent(s.queuePaged(2000));
            Gfp.failNth(0);

            assertThat(Retransmit.__tcp_retransmit_skb(tp, skb)).isEqualTo(-ENOMEM);
            assertThat(TCP_SKB_CB(skb).sacked).isZero();
        }

        @Test
        @DisplayName("an MTU probe that is out is not waited for any more")
        void mtu_probe() {
            tp.icsk_mtup.probe_size = 2000;

            Retransmit.__tcp_retransmit_skb(tp, s.sentBefore(1000));

            assertThat(tp.icsk_mtup.probe_size).isZero();
        }

        @Test
        @DisplayName("so much headroom that a 16-bit offset does not reach over it: a copy is sent")
        void headroom() {
            sk_buff skb = s.sentBefore(1000);
            byte[] head = new byte[0x10000 + skb.end];
            System.arraycopy(skb.head, 0, head, 0x10000, skb.head.length);
            skb.head = head;
            skb.data += 0x10000;
            skb.tail += 0x10000;
            skb.end += 0x10000;
            s.hold = true;

            assertThat(Retransmit.__tcp_retransmit_skb(tp, skb)).isZero();

            assertThat(s.held.get(0).head).isNotSameAs(head);
            assertThat(s.drain(ISS)).containsExactly("1:1000 .");
        }

        @Test
        @DisplayName("small packets behind it go along in one")
        void collapse() {
            sk_buff a = roomy(100);
            s.sentBefore(100);
            s.sentBefore(100);

            Retransmit.__tcp_retransmit_skb(tp, a);

            assertThat(s.drain(ISS)).containsExactly("1:300 .");
            s.assertCountersFit();
        }
    }

    @Nested
    class tcp_retransmit_skb {
        @Test
        @DisplayName("counts it everywhere, and remembers when and where sending stood")
        void counts() {
            sk_buff a = s.sentBefore(1000);
            s.sentBefore(1000);
            tp.undo_retrans = -1;

            assertThat(Retransmit.tcp_retransmit_skb(tp, a)).isZero();

            assertThat(TCP_SKB_CB(a).sacked).isEqualTo(TCPCB_RETRANS);
            assertThat(TCP_SKB_CB(a).ack_seq).isEqualTo(tp.snd_nxt);
            assertThat(tp.retrans_out).isOne();
            assertThat(tp.total_retrans).isOne();
            assertThat(tp.undo_retrans).isOne();
            assertThat(tp.retrans_stamp).isEqualTo(TCP_SKB_CB(a).when);
            assertThat(tp.lost_retrans_low).isEqualTo(tp.snd_nxt);
            assertThat(s.tcpMib(TCP_MIB_RETRANSSEGS)).isOne();
            assertThat(s.mib(LINUX_MIB_TCPSYNRETRANS)).isZero();
        }

        @Test
        @DisplayName("the stamp of the first one stays, and a SYN has a counter of its own")
        void second() {
            sk_buff a = s.sentBefore(1000);
            TCP_SKB_CB(a).tcp_flags |= TCPHDR_SYN;
            tp.retrans_stamp = 77;
            tp.retrans_out = 1;
            tp.lost_retrans_low = 5;

            Retransmit.tcp_retransmit_skb(tp, a);

            assertThat(tp.retrans_stamp).isEqualTo(77);
            assertThat(tp.lost_retrans_low).isEqualTo(5);
            assertThat(s.mib(LINUX_MIB_TCPSYNRETRANS)).isOne();
        }

        @Test
        @DisplayName("a failure is counted, and still counts for undo")
        void failure() {
            sk_buff a = s.sentBefore(1000);
            s.rebuildResult = -1;

            assertThat(Retransmit.tcp_retransmit_skb(tp, a)).isEqualTo(-EHOSTUNREACH);

            assertThat(s.mib(LINUX_MIB_TCPRETRANSFAIL)).isOne();
            assertThat(tp.retrans_out).isZero();
            assertThat(tp.undo_retrans).isOne();
        }
    }

    @Nested
    class tcp_can_forward_retransmit {
        @Test
        @DisplayName("in recovery, with SACK, and with nothing new to be sent")
        void conditions() {
            tp.icsk_ca_state = TCP_CA_Recovery;
            assertThat(Retransmit.tcp_can_forward_retransmit(tp)).isTrue();

            tp.icsk_ca_state = TCP_CA_Loss;
            assertThat(Retransmit.tcp_can_forward_retransmit(tp)).isFalse();

            tp.icsk_ca_state = TCP_CA_Recovery;
            tp.rx_opt.sack_ok = 0;
            assertThat(Retransmit.tcp_can_forward_retransmit(tp)).isFalse();

            tp.rx_opt.sack_ok = 1;
            s.queue(1000);
            assertThat(Retransmit.tcp_can_forward_retransmit(tp)).isFalse();
        }
    }

    @Nested
    class tcp_xmit_retransmit_queue {
        private final sk_buff[] p = new sk_buff[6];

        @BeforeEach
        void six_out() {
            for (int i = 0; i < p.length; i++) {
                p[i] = s.sentBefore(1000);
            }
            tp.icsk_ca_state = TCP_CA_Recovery;
            tp.snd_cwnd = 20;
            tp.retransmit_high = tp.snd_una;
        }

        @Test
        @DisplayName("repeats what is lost, in order, and starts the timer anew for the first")
        void lost_segments() {
            lost(p[0], p[2]);
            sacked(p[1], p[3], p[4]);
            tp.icsk_rto = 250;
            // Keep to what is lost: something new could be sent.
            s.queue(1000);

            Retransmit.tcp_xmit_retransmit_queue(tp);

            assertThat(s.drain(ISS)).containsExactly("1:1000 .", "2001:1000 .");
            assertThat(s.mib(LINUX_MIB_TCPFASTRETRANS)).isEqualTo(2);
            assertThat(tp.prr_out).isEqualTo(2);
            assertThat(tp.icsk_pending).isEqualTo(ICSK_TIME_RETRANS);
            assertThat(tp.icsk_timeout).isEqualTo(Jiffies.jiffies + 250);
            s.assertCountersFit();
        }

        @Test
        @DisplayName("as far as the window goes; the next call goes on from there")
        void window() {
            lost(p[0], p[1], p[2]);
            s.queue(1000);
            tp.snd_cwnd = 4;

            Retransmit.tcp_xmit_retransmit_queue(tp);
            assertThat(s.drain(ISS)).containsExactly("1:1000 .");
            assertThat(tp.retransmit_skb_hint).isSameAs(p[1]);

            tp.snd_cwnd = 5;
            Retransmit.tcp_xmit_retransmit_queue(tp);
            assertThat(s.drain(ISS)).containsExactly("1001:1000 .");
        }

        @Test
        @DisplayName("after a timeout it counts as slow start")
        void loss() {
            lost(p[0]);
            tp.icsk_ca_state = TCP_CA_Loss;

            Retransmit.tcp_xmit_retransmit_queue(tp);

            assertThat(s.mib(LINUX_MIB_TCPSLOWSTARTRETRANS)).isOne();
            assertThat(tp.prr_out).isZero();
        }

        @Test
        @DisplayName("what is on its way again already is not repeated once more")
        void already() {
            lost(p[0], p[1]);
            TCP_SKB_CB(p[0]).sacked |= TCPCB_SACKED_RETRANS;
            tp.retrans_out = 1;
            s.queue(1000);

            Retransmit.tcp_xmit_retransmit_queue(tp);

            assertThat(s.drain(ISS)).containsExactly("1001:1000 .");
        }

        @Test
        @DisplayName("then the holes below the highest SACK, though not marked lost (forward retransmission)")
        void forward() {
            lost(p[0]);
            sacked(p[2], p[4]);

            Retransmit.tcp_xmit_retransmit_queue(tp);

            assertThat(s.drain(ISS)).containsExactly("1:1000 .", "1001:1000 .", "3001:1000 .");
            assertThat(s.mib(LINUX_MIB_TCPFORWARDRETRANS)).isEqualTo(2);
        }

        @Test
        @DisplayName("a hole found on the way to the last lost one is gone back to")
        void backtrack() {
            lost(p[0], p[2]);
            sacked(p[4]);

            Retransmit.tcp_xmit_retransmit_queue(tp);

            assertThat(s.drain(ISS)).containsExactly("1:1000 .", "2001:1000 .", "1001:1000 .", "3001:1000 .");
        }

        @Test
        @DisplayName("kept bug: the hole is left out if the segment behind the lost ones is SACKed")
        void backtrack_bug() {
            lost(p[0], p[2]);
            sacked(p[3], p[4]);

            Retransmit.tcp_xmit_retransmit_queue(tp);

            assertThat(s.drain(ISS)).containsExactly("1:1000 .", "2001:1000 .");
        }

        @Test
        @DisplayName("stops at an error")
        void error() {
            lost(p[0], p[1]);
            s.rebuildResult = -1;

            Retransmit.tcp_xmit_retransmit_queue(tp);

            assertThat(s.mib(LINUX_MIB_TCPRETRANSFAIL)).isOne();
        }

        @Test
        @DisplayName("nothing out: nothing to do")
        void nothing() {
            tp.packets_out = 0;
            lost(p[0]);

            Retransmit.tcp_xmit_retransmit_queue(tp);

            assertThat(s.sent).isEmpty();
        }
    }
}
