// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static linux.errno.Errno.EHOSTUNREACH;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Free.kfree_skb;
import static linux.tcp.tcp_sock.TSQ_THROTTLED;
import static linux.timer.Timers.pending;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_EARLY_RETRANS;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_LOSS_PROBE;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_RETRANS;
import static net.tcp.Segments.tcp_skb_pcount;
import static net.tcp.Sysctls.sysctl_tcp_early_retrans;
import static net.tcp.Sysctls.sysctl_tcp_limit_output_bytes;
import static net.tcp.Sysctls.sysctl_tcp_tso_win_divisor;
import static net.tcp.TcpConst.TCPHDR_ACK;
import static net.tcp.TcpConst.TCPHDR_PSH;
import static net.tcp.TcpConst.TCP_NAGLE_OFF;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp.WriteQueue.tcp_write_queue_head;
import static net.tcp.WriteQueue.tcp_write_queue_purge;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPLOSSPROBES;
import static uapi.linux.tcp.TcpOpt.TCP_CA_CWR;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Disorder;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;
import static uapi.linux.tcp.TcpOpt.TCP_SEND_QUEUE;

import linux.bug.Bug;
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
import testing.Vectors;

@KernelTest
class WriteXmitTest {
    private static final int ISS = 1000;

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

    private boolean write(int nonagle, int push_one) {
        return WriteXmit.tcp_write_xmit(tp, tp.mss_cache, nonagle, push_one, GFP_ATOMIC);
    }

    @Nested
    class tso_fragment {
        @ParameterizedTest
        @ValueSource(ints = {1, 1000, 1001, 2999})
        @DisplayName("cuts a packet of pages without copying; counters of what was sent do not change")
        void bytes_in_pages(int len) {
            s.withGso();
            sk_buff skb = s.queuePaged(1000, 1000, 1000);
            TCP_SKB_CB(skb).tcp_flags |= TCPHDR_PSH;
            tp.packets_out = 7;

            assertThat(WriteXmit.tso_fragment(tp, skb, len, 1000, GFP_ATOMIC)).isZero();

            assertThat(Sender.payloadOf(skb)).isEqualTo(len);
            assertThat(Sender.payloadOf(skb.next)).isEqualTo(3000 - len);
            assertThat(TCP_SKB_CB(skb).tcp_flags).isEqualTo(TCPHDR_ACK);
            assertThat(TCP_SKB_CB(skb.next).tcp_flags).isEqualTo(TCPHDR_ACK | TCPHDR_PSH);
            assertThat(tcp_skb_pcount(skb) + tcp_skb_pcount(skb.next)).isEqualTo((len + 999) / 1000 + (3999 - len) / 1000);
            assertThat(tp.packets_out).isEqualTo(7);
            assertThat(tp.sk_wmem_queued).isEqualTo(skb.truesize + skb.next.truesize);
            tp.packets_out = 0;
        }

        @Test
        @DisplayName("linear bytes are left to tcp_fragment")
        void linear_bytes() {
            sk_buff skb = s.queue(1500);

            assertThat(WriteXmit.tso_fragment(tp, skb, 1000, 1000, GFP_ATOMIC)).isZero();

            assertThat(s.queue_(ISS)).isEqualTo("|1-1001 1001-1501");
            assertThat(Sender.payloadOf(skb.next)).isEqualTo(500);
        }

        @Test
        @DisplayName("-ENOMEM leaves the packet whole")
        void no_memory() {
            sk_buff skb = s.queuePaged(1000, 1000);
            Gfp.failNth(0);

            assertThat(WriteXmit.tso_fragment(tp, skb, 1000, 1000, GFP_ATOMIC)).isEqualTo(-ENOMEM);

            assertThat(Sender.payloadOf(skb)).isEqualTo(2000);
            s.assertCountersFit();
        }
    }

    @Nested
    class tcp_tso_should_defer {
        @Test
        @DisplayName("as the kernel did, row by row")
        void vectors() {
            Vectors.each("tcp_tso_should_defer", row -> {
                Jiffies.jiffies = row.i64("in.jiffies");
                try (Sender s = new Sender()) {
                    tcp_sock tp = s.tp;
                    sysctl_tcp_tso_win_divisor = row.i32("in.sysctl_tcp_tso_win_divisor");
                    sk_buff skb = s.queue(0);
                    if (!row.bool("in.is_tail")) {
                        s.queue(0);
                    }
                    tp.mss_cache = row.i32("in.tp.mss_cache");
                    tp.snd_una = row.i32("in.tp.snd_una");
                    tp.packets_out = row.i32("in.tp.packets_out");
                    tp.snd_cwnd = row.i32("in.tp.snd_cwnd");
                    tp.snd_wnd = row.i32("in.tp.snd_wnd");
                    tp.sk_gso_max_size = row.i32("in.sk.sk_gso_max_size");
                    tp.xmit_size_goal_segs = row.i32("in.tp.xmit_size_goal_segs");
                    tp.icsk_ca_state = row.i32("in.icsk.icsk_ca_state");
                    tp.tso_deferred = row.i32("in.tp.tso_deferred");
                    TCP_SKB_CB(skb).seq = row.i32("in.skb.seq");
                    skb.len = row.i32("in.skb.len");
                    TCP_SKB_CB(skb).tcp_flags = row.i32("in.skb.tcp_flags");
                    TCP_SKB_CB(skb).mptcp_flags = row.i32("in.skb.mptcp_flags");
                    skb.shinfo.gso_segs = row.i32("in.skb.gso_segs");

                    assertThat(WriteXmit.tcp_tso_should_defer(tp, skb)).as("%s", row).isEqualTo(row.bool("out.ret"));
                    assertThat(tp.tso_deferred).as("%s tso_deferred", row)
                            .isEqualTo(row.i32("out.tp.tso_deferred"));
                    skb.len = 0;
                }
            });
        }

        @Test
        @DisplayName("waits less than two jiffies from the first time on")
        void not_for_long() {
            s.withGso();
            sk_buff skb = s.queuePaged(4000);
            Fragment.tcp_set_skb_tso_segs(tp, skb, 1000);
            tp.snd_cwnd = 10;
            tp.packets_out = 8;
            tp.sacked_out = 0;
            assertThat(WriteXmit.tcp_tso_should_defer(tp, skb)).isTrue();

            Jiffies.jiffies++;
            assertThat(WriteXmit.tcp_tso_should_defer(tp, skb)).isTrue();

            Jiffies.jiffies++;
            assertThat(WriteXmit.tcp_tso_should_defer(tp, skb)).isFalse();
            assertThat(tp.tso_deferred).isZero();
            tp.packets_out = 0;
        }
    }

    @Nested
    class tcp_mtu_probe {
        @BeforeEach
        void probing() {
            tp.icsk_mtup.enabled = 1;
            tp.icsk_mtup.search_high = 3000;
            tp.icsk_mtup.search_low = 1040;
            tp.snd_cwnd = 11;
            tp.rx_opt.mss_clamp = 8000;
            for (int i = 0; i < 7; i++) {
                s.queue(1000);
            }
        }

        @Test
        @DisplayName("sends twice the MSS in one segment, made of the packets at the head of the queue")
        void probe() {
            assertThat(WriteXmit.tcp_mtu_probe(tp)).isOne();

            assertThat(s.drain(ISS)).containsExactly("1:2000 .");
            assertThat(s.queue_(ISS)).isEqualTo("1-2001 |2001-3001 3001-4001 4001-5001 5001-6001 6001-7001");
            assertThat(tp.icsk_mtup.probe_size).isEqualTo(2040);
            assertThat(tp.mtu_probe.probe_seq_start).isEqualTo(ISS + 1);
            assertThat(tp.mtu_probe.probe_seq_end).isEqualTo(ISS + 2001);
            assertThat(tp.snd_cwnd).isEqualTo(10);
            assertThat(tp.packets_out).isOne();
            s.assertCountersFit();
        }

        @ParameterizedTest
        @ValueSource(booleans = {false, true})
        @DisplayName("of a packet that is used in part, the rest stays in the queue")
        void part(boolean paged) {
            tcp_write_queue_purge(tp);
            tp.sk_send_head = null;
            tp.write_seq = tp.snd_nxt;
            s.queue(1500);
            sk_buff second = paged ? s.queuePaged(600, 900) : s.queue(1500);
            TCP_SKB_CB(second).tcp_flags |= TCPHDR_PSH;
            s.queue(4000);

            assertThat(WriteXmit.tcp_mtu_probe(tp)).isOne();

            assertThat(s.drain(ISS)).containsExactly("1:2000 .");
            assertThat(s.queue_(ISS)).isEqualTo("1-2001 |2001-3001 3001-7001");
            assertThat(Sender.payloadOf(second)).isEqualTo(1000);
        }

        @Test
        @DisplayName("PSH of a packet that is used up goes with it")
        void push() {
            TCP_SKB_CB(tcp_write_queue_head(tp).next).tcp_flags |= TCPHDR_PSH;

            WriteXmit.tcp_mtu_probe(tp);

            assertThat(s.drain(ISS)).containsExactly("1:2000 P.");
        }

        @Test
        @DisplayName("the highest SACK moves to the probe if it was at a packet that is used up")
        void highest_sack() {
            tp.sacked_out = 1;
            tp.packets_out = 2;
            tp.highest_sack = tcp_send_head(tp);

            WriteXmit.tcp_mtu_probe(tp);

            assertThat(tp.highest_sack).isSameAs(tcp_write_queue_head(tp));
            tp.sacked_out = tp.packets_out = 0;
        }

        @Test
        @DisplayName("no probe: off, one is out, recovery, small window, SACK blocks to send, or the search is over")
        void not_now() {
            tp.icsk_mtup.enabled = 0;
            assertThat(WriteXmit.tcp_mtu_probe(tp)).isEqualTo(-1);
            tp.icsk_mtup.enabled = 1;
            tp.icsk_mtup.probe_size = 2000;
            assertThat(WriteXmit.tcp_mtu_probe(tp)).isEqualTo(-1);
            tp.icsk_mtup.probe_size = 0;
            tp.icsk_ca_state = TCP_CA_Disorder;
            assertThat(WriteXmit.tcp_mtu_probe(tp)).isEqualTo(-1);
            tp.icsk_ca_state = TCP_CA_Open;
            tp.snd_cwnd = 10;
            assertThat(WriteXmit.tcp_mtu_probe(tp)).isEqualTo(-1);
            tp.snd_cwnd = 11;
            tp.rx_opt.num_sacks = 1;
            assertThat(WriteXmit.tcp_mtu_probe(tp)).isEqualTo(-1);
            tp.rx_opt.num_sacks = 0;
            tp.icsk_mtup.search_high = 2039;
            assertThat(WriteXmit.tcp_mtu_probe(tp)).isEqualTo(-1);
            assertThat(s.sent).isEmpty();
        }

        @Test
        @DisplayName("no probe with too little behind it to make a loss known, or a window too small for all of it")
        void too_little() {
            tp.reordering = 5;
            assertThat(WriteXmit.tcp_mtu_probe(tp)).isEqualTo(-1);
            tp.reordering = 3;
            tp.snd_wnd = 5999;
            assertThat(WriteXmit.tcp_mtu_probe(tp)).isEqualTo(-1);
        }

        @Test
        @DisplayName("waits, and nothing else is sent, while what is out takes the room of the probe")
        void waits() {
            tp.packets_out = 10;
            assertThat(WriteXmit.tcp_mtu_probe(tp)).isZero();
            assertThat(write(0, 0)).isFalse();
            assertThat(s.sent).isEmpty();

            tp.packets_out = 0;
            tp.snd_wnd = 6500;
            tp.snd_una -= 1000;
            assertThat(WriteXmit.tcp_mtu_probe(tp)).isZero();
            tp.snd_una += 1000;
        }

        @Test
        @DisplayName("without memory there is no probe")
        void no_memory() {
            Gfp.failNth(0);
            assertThat(WriteXmit.tcp_mtu_probe(tp)).isEqualTo(-1);
            s.assertCountersFit();
        }

        @Test
        @DisplayName("a probe that could not be sent is cut to size again by the normal way")
        void not_sent() {
            s.xmitResult = -EHOSTUNREACH;
            assertThat(WriteXmit.tcp_mtu_probe(tp)).isEqualTo(-1);
            assertThat(tp.icsk_mtup.probe_size).isZero();
            s.drain(ISS);

            s.xmitResult = 0;
            tp.icsk_mtup.enabled = 0;
            write(0, 1);
            assertThat(s.drain(ISS)).containsExactly("1:1000 .");
        }
    }

    @Nested
    class tcp_write_xmit {
        @Test
        @DisplayName("sends packet after packet until the congestion window is full")
        void congestion_window() {
            for (int i = 0; i < 5; i++) {
                s.queue(1000);
            }
            tp.snd_cwnd = 3;

            assertThat(write(0, 0)).isFalse();

            assertThat(s.drain(ISS)).containsExactly("1:1000 .", "1001:1000 .", "2001:1000 .");
            assertThat(s.queue_(ISS)).isEqualTo("1-1001 1001-2001 2001-3001 |3001-4001 4001-5001");
            assertThat(tp.packets_out).isEqualTo(3);
            s.assertCountersFit();
        }

        @Test
        @DisplayName("stops at the right edge of the peer's window")
        void window() {
            s.queue(1000);
            s.queue(1000);
            tp.snd_wnd = 1999;

            assertThat(write(0, 0)).isFalse();

            assertThat(s.drain(ISS)).containsExactly("1:1000 .");
        }

        @Test
        @DisplayName("true: nothing is out and nothing can go, so a probe has to be sent some time")
        void blocked() {
            s.queue(1000);
            tp.snd_wnd = 0;

            assertThat(write(0, 0)).isTrue();

            assertThat(s.sent).isEmpty();
        }

        @Test
        @DisplayName("Nagle: a small segment waits for the ACK of another small one")
        void nagle() {
            s.queue(10);
            write(0, 0);
            s.queue(10);
            write(0, 0);
            assertThat(s.drain(ISS)).containsExactly("1:10 .");

            write(TCP_NAGLE_OFF, 0);
            assertThat(s.drain(ISS)).containsExactly("11:10 .");
        }

        @Test
        @DisplayName("a large packet is cut: full segments without GSO, what the windows allow with it")
        void cut() {
            s.queuePaged(2500);
            write(TCP_NAGLE_OFF, 0);
            assertThat(s.drain(ISS)).containsExactly("1:1000 .", "1001:1000 .", "2001:500 .");

            s.withGso();
            tp.snd_cwnd = 5;
            s.queuePaged(4000);
            write(TCP_NAGLE_OFF, 0);
            assertThat(s.sent.get(0).gso_segs).isEqualTo(2);
            assertThat(s.sent.get(0).gso_size).isEqualTo(1000);
            assertThat(s.drain(ISS)).containsExactly("2501:2000 .");
            s.assertCountersFit();
        }

        @Test
        @DisplayName("push_one: one packet, although more could go")
        void push_one() {
            s.queue(1000);
            s.queue(1000);

            write(0, 1);

            assertThat(s.drain(ISS)).containsExactly("1:1000 .");
        }

        @Test
        @DisplayName("push_one 2: one packet more than the congestion window allows")
        void loss_probe() {
            s.queue(1000);
            s.queue(1000);
            tp.packets_out = tp.snd_cwnd;

            assertThat(write(0, 2)).isFalse();
            assertThat(s.drain(ISS)).containsExactly("1:1000 .");
            tp.packets_out = 1;
            tp.snd_wnd = 0;
            assertThat(write(0, 2)).as("nothing was sent").isTrue();
        }

        @Test
        @DisplayName("small queues: stops with too much in devices, and goes on when a packet was sent")
        void small_queues() {
            sysctl_tcp_limit_output_bytes = 3000;
            tp.sk_pacing_rate = 0;
            s.hold = true;
            for (int i = 0; i < 4; i++) {
                s.queue(1000);
            }
            tp.write_xmit = WriteXmit::tcp_write_xmit;

            write(0, 0);
            assertThat(s.drain(ISS)).containsExactly("1:1000 .", "1001:1000 .");
            assertThat(tp.tsq_flags).isEqualTo(1 << TSQ_THROTTLED);

            local_bh_disable();
            sk_buff first = s.held.remove(0);
            kfree_skb(first);
            local_bh_enable();
            assertThat(s.drain(ISS)).containsExactly("2001:1000 .");
            assertThat(tp.tsq_flags).isEqualTo(1 << TSQ_THROTTLED);
            tp.tsq_flags = 0;
        }

        @Test
        @DisplayName("the pacing rate lifts the limit: a millisecond's worth may wait below")
        void pacing_rate() {
            sysctl_tcp_limit_output_bytes = 1000;
            tp.sk_pacing_rate = 100_000 << 10;
            s.hold = true;
            for (int i = 0; i < 4; i++) {
                s.queue(1000);
            }

            write(0, 0);

            assertThat(s.drain(ISS)).hasSize(4);
        }

        @Test
        @DisplayName("an error of IP ends it; the packet stays send head")
        void error() {
            s.queue(1000);
            s.xmitResult = -EHOSTUNREACH;

            assertThat(write(0, 0)).isTrue();

            assertThat(s.queue_(ISS)).isEqualTo("|1-1001");
            assertThat(tp.packets_out).isZero();
        }

        @Test
        @DisplayName("without memory to cut a packet nothing is sent")
        void no_memory() {
            s.queuePaged(2500);
            Gfp.failNth(0);

            assertThat(write(0, 0)).isTrue();

            assertThat(s.sent).isEmpty();
        }

        @Test
        @DisplayName("a connection under repair only pretends")
        void repair() {
            s.queue(1000);
            tp.repair = true;
            tp.repair_queue = TCP_SEND_QUEUE;

            assertThat(write(0, 0)).isFalse();

            assertThat(s.sent).isEmpty();
            assertThat(tp.snd_nxt).isEqualTo(ISS + 1001);
            assertThat(tp.packets_out).isOne();
        }

        @Test
        @DisplayName("in recovery what is sent counts against the reduction (PRR, RFC 6937)")
        void prr() {
            s.queue(1000);
            tp.icsk_ca_state = TCP_CA_CWR;

            write(0, 0);

            assertThat(tp.prr_out).isOne();
        }

        @Test
        @DisplayName("the last segments of a flight get a loss probe")
        void schedules_probe() {
            tp.srtt = 100 << 3;
            tp.icsk_rto = 1000;
            tp.rx_opt.sack_ok = 1;
            s.queue(1000);

            write(0, 0);

            assertThat(tp.icsk_pending).isEqualTo(ICSK_TIME_LOSS_PROBE);
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 0x7fffffff, 0x80000000, -1000})
        @DisplayName("sequence numbers may wrap")
        void wraps(int iss) {
            s.established(iss);
            for (int i = 0; i < 3; i++) {
                s.queue(1000);
            }

            write(0, 0);

            assertThat(s.drain(iss)).containsExactly("1:1000 .", "1001:1000 .", "2001:1000 .");
            assertThat(tp.snd_nxt).isEqualTo(iss + 3001);
        }
    }

    @Nested
    class tcp_schedule_loss_probe {
        @Test
        @DisplayName("as the kernel did, row by row")
        void vectors() {
            Vectors.each("tcp_schedule_loss_probe", row -> {
                Jiffies.jiffies = row.i64("in.jiffies");
                try (Sender s = new Sender()) {
                    tcp_sock tp = s.tp;
                    tp.skc_state = row.i32("in.sk.sk_state");
                    sysctl_tcp_early_retrans = row.i32("in.sysctl_tcp_early_retrans");
                    tp.srtt = row.i32("in.tp.srtt");
                    if (row.bool("in.has_send_head")) {
                        s.queue(0);
                    }
                    tp.packets_out = row.i32("in.tp.packets_out");
                    tp.snd_cwnd = row.i32("in.tp.snd_cwnd");
                    tp.rx_opt.sack_ok = row.i32("in.tp.rx_opt.sack_ok");
                    tp.icsk_ca_state = row.i32("in.icsk.icsk_ca_state");
                    tp.icsk_pending = row.i32("in.icsk.icsk_pending");
                    tp.icsk_timeout = row.i64("in.icsk.icsk_timeout");

                    assertThat(WriteXmit.tcp_schedule_loss_probe(tp)).as("%s", row).isEqualTo(row.bool("out.ret"));
                    assertThat(tp.icsk_pending).as("%s icsk_pending", row)
                            .isEqualTo(row.i32("out.icsk.icsk_pending"));
                    assertThat(tp.icsk_timeout).as("%s icsk_timeout", row)
                            .isEqualTo(row.i64("out.icsk.icsk_timeout"));
                    tp.packets_out = 0;
                }
            });
        }

        @Test
        @DisplayName("a pending early retransmit or loss probe at this point is a mistake: a warning")
        void pending() {
            tp.icsk_pending = ICSK_TIME_EARLY_RETRANS;
            assertThat(WriteXmit.tcp_schedule_loss_probe(tp)).isFalse();
            tp.icsk_pending = ICSK_TIME_LOSS_PROBE;
            assertThat(WriteXmit.tcp_schedule_loss_probe(tp)).isFalse();

            assertThat(Bug.warnings).hasSize(2);
            Bug.warnings.clear();
        }
    }

    @Nested
    class tcp_send_loss_probe {
        @Test
        @DisplayName("sends something new if there is any")
        void new_data() {
            s.sentBefore(1000);
            s.queue(1000);
            tp.snd_cwnd = 1;

            WriteXmit.tcp_send_loss_probe(tp);

            assertThat(s.drain(ISS)).containsExactly("1001:1000 .");
            assertThat(tp.tlp_high_seq).isZero();
            assertThat(s.mib(LINUX_MIB_TCPLOSSPROBES)).isOne();
            assertThat(tp.icsk_pending).isEqualTo(ICSK_TIME_RETRANS);
        }

        @Test
        @DisplayName("else the last segment once more, cut off if it is part of a larger packet")
        void last_segment() {
            s.withGso();
            s.sentBefore(1000);
            s.wasSent(s.queuePaged(2500));

            WriteXmit.tcp_send_loss_probe(tp);

            assertThat(s.drain(ISS)).containsExactly("3001:500 .");
            assertThat(s.queue_(ISS)).isEqualTo("1-1001 1001-3001 3001-3501");
            assertThat(tp.tlp_high_seq).isEqualTo(ISS + 3501);
            assertThat(s.mib(LINUX_MIB_TCPLOSSPROBES)).isOne();
            s.assertCountersFit();
        }

        @Test
        @DisplayName("one repetition at a time")
        void once() {
            s.sentBefore(1000);
            tp.tlp_high_seq = 5;

            WriteXmit.tcp_send_loss_probe(tp);

            assertThat(s.sent).isEmpty();
            assertThat(s.mib(LINUX_MIB_TCPLOSSPROBES)).isZero();
            assertThat(tp.icsk_pending).isEqualTo(ICSK_TIME_RETRANS);
        }

        @Test
        @DisplayName("a probe that could not be sent is not waited for")
        void not_sent() {
            s.sentBefore(1000);
            s.rebuildResult = -1;

            WriteXmit.tcp_send_loss_probe(tp);

            assertThat(tp.tlp_high_seq).isZero();
            assertThat(s.mib(LINUX_MIB_TCPLOSSPROBES)).isZero();
        }

        @Test
        @DisplayName("with nothing out at all there is a warning")
        void nothing() {
            WriteXmit.tcp_send_loss_probe(tp);

            assertThat(Bug.warnings).hasSize(1);
            Bug.warnings.clear();
        }
    }
}
