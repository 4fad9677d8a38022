// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.jump_label.JumpLabel.static_key_slow_inc;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static linux.tcp.Header.tcp_hdr;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_SCHED;
import static net.sock.sock.SOCK_RCVBUF_LOCK;
import static net.sock.sock.SOCK_SNDBUF_LOCK;
import static net.tcp.Globals.tcp_memory_allocated;
import static net.tcp.Globals.tcp_memory_pressure;
import static net.tcp.Multipath.mptcp_static_key;
import static net.tcp.TcpConst.TCPHDR_ACK;
import static net.tcp.TcpConst.TCP_ATO_MIN;
import static net.tcp.Timestamps.tcp_time_stamp;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.CcTrajectory.socket;
import static testing.FreshSocket.fresh;

import linux.hrtimer.Clock;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.tcp.Sysctls;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FreshSocket;
import testing.KernelTest;
import testing.MptcpSockets;
import testing.SocketFields;
import testing.Vectors;

@KernelTest
class BuffersTest {
    private static sk_buff packet(int len, int truesize) {
        sk_buff skb = alloc_skb(40, GFP_KERNEL);
        skb_reset_transport_header(skb);
        tcp_hdr(skb).doffAndFlags(5 << 12 | TCPHDR_ACK);
        skb_reserve(skb, 20);
        skb.len = len;
        skb.truesize = truesize;
        return skb;
    }

    @Nested
    class tcp_sndbuf_expand {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_sndbuf_expand", row -> {
                tcp_sock tp = FreshSocket.of(row);
                Buffers.tcp_sndbuf_expand(tp);
                SocketFields.out(row, tp);
            });
        }

        @Test
        @DisplayName("two windows of segments, each with the memory it takes")
        void two_windows() {
            tcp_sock tp = fresh();
            tp.mss_cache = 1460;
            tp.snd_cwnd = 20;

            Buffers.tcp_sndbuf_expand(tp);

            // 1460 + 160 + 320 is rounded up to 2048, and a sk_buff is 256.
            assertThat(tp.sk_sndbuf).isEqualTo(2 * 20 * (2048 + 256));
        }

        @Test
        @DisplayName("counts ten segments at least, and one more than reordering")
        void at_least() {
            tcp_sock tp = fresh();
            tp.snd_cwnd = 1;
            Buffers.tcp_sndbuf_expand(tp);
            assertThat(tp.sk_sndbuf).isEqualTo(2 * 10 * (1024 + 256));

            tp.reordering = 19;
            Buffers.tcp_sndbuf_expand(tp);
            assertThat(tp.sk_sndbuf).isEqualTo(2 * 20 * (1024 + 256));
        }

        @Test
        @DisplayName("shrinks a buffer that is above the limit, if even that were too small")
        void shrinks() {
            tcp_sock tp = fresh();
            tp.snd_cwnd = 1000;
            tp.sk_sndbuf = 200_000;
            Sysctls.sysctl_tcp_wmem[2] = 100_000;

            Buffers.tcp_sndbuf_expand(tp);

            assertThat(tp.sk_sndbuf).isEqualTo(100_000);
        }

        @Test
        @DisplayName("a subflow that may send more lets its connection accept more, and wakes who waits to write")
        void subflow() {
            MptcpSockets m = new MptcpSockets(1);
            int before = m.meta.sk_sndbuf;
            int[] woken = new int[1];
            m.meta.sk_write_space = sk -> woken[0]++;

            Buffers.tcp_sndbuf_expand(m.sub(0));

            assertThat(m.sub(0).sk_sndbuf).isGreaterThan(before);
            assertThat(m.meta.sk_sndbuf).isEqualTo(m.sub(0).sk_sndbuf);
            assertThat(woken[0]).isOne();
            m.free();
        }
    }

    @Nested
    class __tcp_grow_window {
        @Test
        @DisplayName("two segments while the window is small against the overhead, and none later")
        void overhead() {
            tcp_sock tp = fresh();
            tp.icsk_ack.rcv_mss = 1000;
            Sysctls.sysctl_tcp_rmem[2] = 1 << 20;
            sk_buff skb = packet(500, 4000);

            tp.rcv_ssthresh = 10_000;
            assertThat(Buffers.__tcp_grow_window(tp, skb)).isEqualTo(2000);
            tp.rcv_ssthresh = 250_000;
            assertThat(Buffers.__tcp_grow_window(tp, skb)).isZero();
            kfree_skb(skb);
        }
    }

    @Nested
    class tcp_grow_window {
        @Test
        @DisplayName("agrees with the kernel, and so does the slow part of the check")
        void vectors() {
            Vectors.each("tcp_grow_window", row -> {
                tcp_sock tp = FreshSocket.of(row);
                sk_buff skb = packet(row.i32("in.skb.len"), row.i32("in.skb.truesize"));

                assertThat(Buffers.__tcp_grow_window(tp, skb)).as(row.toString())
                        .isEqualTo(row.i32("out.ret___tcp_grow_window"));
                Buffers.tcp_grow_window(tp, skb);

                SocketFields.out(row, tp);
                kfree_skb(skb);
            });
        }

        private tcp_sock socket() {
            tcp_sock tp = fresh();
            tp.advmss = 1000;
            tp.rcv_ssthresh = 10_000;
            tp.window_clamp = 60_000;
            return tp;
        }

        @Test
        @DisplayName("two segments more for a packet that is worth its memory")
        void grows() {
            tcp_sock tp = socket();
            sk_buff skb = packet(1000, 1500);

            Buffers.tcp_grow_window(tp, skb);

            assertThat(tp.rcv_ssthresh).isEqualTo(12_000);
            assertThat(tp.icsk_ack.quick).isOne();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a subflow grows the window of its meta socket, and acknowledges quickly itself")
        void meta_socket() {
            tcp_sock meta = socket();
            tcp_sock sub = socket();
            static_key_slow_inc(mptcp_static_key);
            sub.mpc = true;
            sub.meta_sk = meta;
            sk_buff skb = packet(1000, 1500);

            Buffers.tcp_grow_window(sub, skb);

            assertThat(meta.rcv_ssthresh).isEqualTo(12_000);
            assertThat(sub.rcv_ssthresh).isEqualTo(10_000);
            assertThat(sub.icsk_ack.quick).isOne();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("stops at the clamp, and while memory is short")
        void stops() {
            tcp_sock tp = socket();
            sk_buff skb = packet(1000, 1500);

            tp.window_clamp = 11_000;
            Buffers.tcp_grow_window(tp, skb);
            assertThat(tp.rcv_ssthresh).isEqualTo(11_000);

            tp.window_clamp = 60_000;
            tcp_memory_pressure.val = 1;
            Buffers.tcp_grow_window(tp, skb);
            assertThat(tp.rcv_ssthresh).isEqualTo(11_000);
            kfree_skb(skb);
        }
    }

    @Nested
    class tcp_fixup_rcvbuf {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_fixup_rcvbuf", row -> {
                tcp_sock tp = FreshSocket.of(row);
                Buffers.tcp_fixup_rcvbuf(tp);
                SocketFields.out(row, tp);
            });
        }

        @Test
        @DisplayName("room for twice the first window of 20 segments, and four times that if it is tuned later")
        void first_window() {
            tcp_sock tp = fresh();
            tp.advmss = 1460;
            tp.sk_rcvbuf = 1000;
            Sysctls.sysctl_tcp_moderate_rcvbuf = 0;
            Buffers.tcp_fixup_rcvbuf(tp);
            assertThat(tp.sk_rcvbuf).isEqualTo(2 * (1460 + 160 + 256 + 320) * 20);

            Sysctls.sysctl_tcp_moderate_rcvbuf = 1;
            Buffers.tcp_fixup_rcvbuf(tp);
            assertThat(tp.sk_rcvbuf).isEqualTo(8 * (1460 + 160 + 256 + 320) * 20);
        }
    }

    @Nested
    class tcp_init_buffer_space {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_init_buffer_space", row -> {
                tcp_sock tp = FreshSocket.of(row);
                Buffers.tcp_init_buffer_space(tp);
                SocketFields.out(row, tp);
            });
        }

        @Test
        @DisplayName("leaves buffers alone that the application has chosen")
        void locked() {
            tcp_sock tp = fresh();
            tp.advmss = 1460;
            tp.sk_rcvbuf = 30_000;
            tp.sk_sndbuf = 5000;
            tp.sk_userlocks = SOCK_RCVBUF_LOCK | SOCK_SNDBUF_LOCK;
            tp.window_clamp = tp.rcv_ssthresh = 100_000;

            Buffers.tcp_init_buffer_space(tp);

            assertThat(tp.sk_rcvbuf).isEqualTo(30_000);
            assertThat(tp.sk_sndbuf).isEqualTo(5000);
            // Half of the buffer is for overhead, and one segment for the application.
            assertThat(tp.window_clamp).isEqualTo(15_000 - 1460);
            assertThat(tp.rcv_ssthresh).isEqualTo(15_000 - 1460);
        }
    }

    @Nested
    class tcp_clamp_window {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_clamp_window", row -> {
                tcp_sock tp = FreshSocket.of(row);
                Buffers.tcp_clamp_window(tp);
                SocketFields.out(row, tp);
            });
            tcp_memory_allocated.val = 0;
        }

        @Test
        @DisplayName("lets the buffer hold what has come, if memory allows")
        void grows() {
            tcp_sock tp = fresh();
            tp.sk_rcvbuf = 50_000;
            tp.sk_rmem_alloc = 70_000;
            tp.icsk_ack.quick = 5;

            Buffers.tcp_clamp_window(tp);

            assertThat(tp.sk_rcvbuf).isEqualTo(70_000);
            assertThat(tp.icsk_ack.quick).isZero();
        }

        @Test
        @DisplayName("otherwise offers two segments only")
        void shrinks() {
            tcp_sock tp = fresh();
            tp.sk_rcvbuf = 50_000;
            tp.sk_rmem_alloc = 70_000;
            tp.advmss = 1000;
            tp.window_clamp = tp.rcv_ssthresh = 40_000;
            tp.sk_userlocks = SOCK_RCVBUF_LOCK;

            Buffers.tcp_clamp_window(tp);

            assertThat(tp.sk_rcvbuf).isEqualTo(50_000);
            assertThat(tp.rcv_ssthresh).isEqualTo(2000);
        }
    }

    @Nested
    class tcp_initialize_rcv_mss {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_initialize_rcv_mss", row -> {
                tcp_sock tp = FreshSocket.of(row);
                Buffers.tcp_initialize_rcv_mss(tp);
                SocketFields.out(row, tp);
            });
        }

        @Test
        @DisplayName("guesses 536 at most and 88 at least")
        void bounds() {
            tcp_sock tp = fresh();
            tp.advmss = tp.mss_cache = 1460;
            tp.rcv_wnd = 29_200;
            Buffers.tcp_initialize_rcv_mss(tp);
            assertThat(tp.icsk_ack.rcv_mss).isEqualTo(536);

            tp.rcv_wnd = 600;
            Buffers.tcp_initialize_rcv_mss(tp);
            assertThat(tp.icsk_ack.rcv_mss).isEqualTo(300);

            tp.rcv_wnd = 10;
            Buffers.tcp_initialize_rcv_mss(tp);
            assertThat(tp.icsk_ack.rcv_mss).isEqualTo(88);
        }
    }

    @Nested
    class tcp_rcv_rtt_update {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_rcv_rtt_update", row -> {
                tcp_sock tp = FreshSocket.of(row);
                Buffers.tcp_rcv_rtt_update(tp, row.i32("in.sample"), row.i32("in.win_dep"));
                SocketFields.out(row, tp);
            });
        }

        @Test
        @DisplayName("timestamps are averaged, fill times of the window only lower the value")
        void two_kinds() {
            tcp_sock tp = fresh();
            Buffers.tcp_rcv_rtt_update(tp, 80, 0);
            assertThat(tp.rcv_rtt_est.rtt).isEqualTo(80 * 8);

            Buffers.tcp_rcv_rtt_update(tp, 160, 0);
            assertThat(tp.rcv_rtt_est.rtt).isEqualTo(90 * 8);
            Buffers.tcp_rcv_rtt_update(tp, 500, 1);
            assertThat(tp.rcv_rtt_est.rtt).isEqualTo(90 * 8);
            Buffers.tcp_rcv_rtt_update(tp, 20, 1);
            assertThat(tp.rcv_rtt_est.rtt).isEqualTo(20 * 8);
        }
    }

    @Nested
    class tcp_rcv_rtt_measure {
        @Test
        @DisplayName("agrees with the kernel, and so does the measurement by timestamps")
        void vectors() {
            Vectors.each("tcp_rcv_rtt_measure", row -> {
                tcp_sock tp = FreshSocket.of(row);
                sk_buff skb = packet(0, 0);
                TCP_SKB_CB(skb).seq = row.i32("in.skb.seq");
                TCP_SKB_CB(skb).end_seq = row.i32("in.skb.end_seq");

                if (row.bool("in.op_ts")) {
                    Buffers.tcp_rcv_rtt_measure_ts(tp, skb);
                } else {
                    Buffers.tcp_rcv_rtt_measure(tp);
                }

                SocketFields.out(row, tp);
                kfree_skb(skb);
            });
        }

        @Test
        @DisplayName("measures how long a window takes to arrive")
        void a_window() {
            tcp_sock tp = fresh();
            tp.rcv_nxt = 1000;
            tp.rcv_wnd = 5000;
            Buffers.tcp_rcv_rtt_measure(tp);
            assertThat(tp.rcv_rtt_est.seq).isEqualTo(6000);

            Clock.passTo(70 * Clock.NSEC_PER_MSEC);
            tp.rcv_nxt = 5999;
            Buffers.tcp_rcv_rtt_measure(tp);
            assertThat(tp.rcv_rtt_est.rtt).isZero();

            tp.rcv_nxt = 6000;
            Buffers.tcp_rcv_rtt_measure(tp);
            assertThat(tp.rcv_rtt_est.rtt).isEqualTo(70 * 8);
            assertThat(tp.rcv_rtt_est.seq).isEqualTo(11_000);
        }
    }

    @Nested
    class tcp_rcv_rtt_measure_ts {
        @Test
        @DisplayName("takes the age of the echoed timestamp, of full segments only")
        void full_segments() {
            tcp_sock tp = fresh();
            tp.icsk_ack.rcv_mss = 1000;
            tp.rx_opt.rcv_tsecr = tcp_time_stamp() - 30;
            sk_buff skb = packet(1000, 1500);
            TCP_SKB_CB(skb).seq = 1;

            TCP_SKB_CB(skb).end_seq = 1000;
            Buffers.tcp_rcv_rtt_measure_ts(tp, skb);
            assertThat(tp.rcv_rtt_est.rtt).isZero();

            TCP_SKB_CB(skb).end_seq = 1001;
            Buffers.tcp_rcv_rtt_measure_ts(tp, skb);
            assertThat(tp.rcv_rtt_est.rtt).isEqualTo(30 * 8);
            kfree_skb(skb);
        }
    }

    @Nested
    class tcp_rcv_space_adjust {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_rcv_space_adjust", row -> {
                tcp_sock tp = FreshSocket.of(row);
                Buffers.tcp_rcv_space_adjust(tp);
                SocketFields.out(row, tp);
            });
        }

        private tcp_sock socket() {
            tcp_sock tp = fresh();
            tp.rcv_rtt_est.rtt = 100 * 8;
            tp.rcvq_space.time = tcp_time_stamp();
            tp.rcvq_space.space = 10_000;
            tp.advmss = 1460;
            return tp;
        }

        @Test
        @DisplayName("waits for the end of a round trip")
        void too_early() {
            tcp_sock tp = socket();
            tp.copied_seq = 50_000;
            Clock.passTo(99 * Clock.NSEC_PER_MSEC);

            Buffers.tcp_rcv_space_adjust(tp);

            assertThat(tp.rcvq_space.space).isEqualTo(10_000);
            assertThat(tp.sk_rcvbuf).isEqualTo(87_380);
        }

        @Test
        @DisplayName("a reader that takes more than ever gets a larger buffer and window")
        void grows() {
            tcp_sock tp = socket();
            tp.copied_seq = 50_000;
            Clock.passTo(100 * Clock.NSEC_PER_MSEC);

            Buffers.tcp_rcv_space_adjust(tp);

            int rcvwin = 2 * (2 * 50_000 + 16 * 1460);
            assertThat(tp.rcvq_space.space).isEqualTo(50_000);
            assertThat(tp.window_clamp).isEqualTo(rcvwin);
            // With half of the memory for overhead, 1460 bytes of window cost 2964.
            assertThat(tp.sk_rcvbuf).isEqualTo(rcvwin / 1460 * 2964);
        }

        @Test
        @DisplayName("a buffer that is large enough keeps its window")
        void large_enough() {
            tcp_sock tp = socket();
            tp.copied_seq = 50_000;
            tp.sk_rcvbuf = 2 * (2 * 50_000 + 16 * 1460) / 1460 * 2964;
            tp.window_clamp = 7000;
            Clock.passTo(100 * Clock.NSEC_PER_MSEC);

            Buffers.tcp_rcv_space_adjust(tp);

            assertThat(tp.window_clamp).isEqualTo(7000);
            assertThat(tp.rcvq_space.space).isEqualTo(50_000);
        }

        @Test
        @DisplayName("leaves the loop although no memory is worth a window with tcp_adv_win_scale -31")
        void no_window() {
            tcp_sock tp = socket();
            tp.copied_seq = 50_000;
            Sysctls.sysctl_tcp_adv_win_scale = -31;
            Clock.passTo(100 * Clock.NSEC_PER_MSEC);

            Buffers.tcp_rcv_space_adjust(tp);

            assertThat(tp.sk_rcvbuf).isEqualTo(87_380);
            assertThat(tp.rcvq_space.space).isEqualTo(50_000);
        }
    }

    @Nested
    class tcp_event_data_recv {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            // What is carried inside a sequence and is no column.
            tcp_sock[] previous = new tcp_sock[1];
            Vectors.each("tcp_event_data_recv", row -> {
                tcp_sock tp = FreshSocket.of(row);
                tp.window_clamp = 65535;
                tp.advmss = 1460;
                tp.tcp_header_len = 32;
                if (row.i32("step") != 0) {
                    tp.rcv_rtt_est.seq = previous[0].rcv_rtt_est.seq;
                    tp.rcv_rtt_est.time = previous[0].rcv_rtt_est.time;
                }
                previous[0] = tp;
                sk_buff skb = packet(row.i32("in.skb.len"), row.i32("in.skb.truesize"));
                tcp_hdr(skb).psh(row.bool("in.th.psh"));
                skb_reserve(skb, 12);
                TCP_SKB_CB(skb).ip_dsfield = row.i32("in.skb.ip_dsfield");

                Buffers.tcp_event_data_recv(tp, skb);

                SocketFields.out(row, tp);
                kfree_skb(skb);
            });
        }

        @Test
        @DisplayName("the first segment starts quick ACKs, and an ACK is due")
        void first() {
            tcp_sock tp = fresh();
            tp.icsk_ack.rcv_mss = 1000;
            tp.rcv_wnd = 8000;
            sk_buff skb = packet(100, 800);

            Buffers.tcp_event_data_recv(tp, skb);

            assertThat(tp.icsk_ack.pending & ICSK_ACK_SCHED).isNotZero();
            assertThat(tp.icsk_ack.quick).isEqualTo(4);
            assertThat(tp.icsk_ack.ato).isEqualTo(TCP_ATO_MIN);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("the expected gap follows the gaps, up to the timeout")
        void gaps() {
            tcp_sock tp = fresh();
            tp.icsk_ack.rcv_mss = 1000;
            tp.rcv_wnd = 8000;
            tp.icsk_ack.ato = 200;
            tp.icsk_rto = 300;
            sk_buff skb = packet(100, 800);
            tcp_hdr(skb).psh(true);

            tp.icsk_ack.lrcvtime = tcp_time_stamp() - 10;
            Buffers.tcp_event_data_recv(tp, skb);
            assertThat(tp.icsk_ack.ato).isEqualTo(100 + 20);

            tp.icsk_ack.lrcvtime = tcp_time_stamp() - 60;
            Buffers.tcp_event_data_recv(tp, skb);
            assertThat(tp.icsk_ack.ato).isEqualTo(60 + 60);
            assertThat(tp.icsk_ack.quick).isZero();

            tp.icsk_ack.lrcvtime = tcp_time_stamp() - 301;
            tcp_memory_allocated.val = 1;
            tp.sk_forward_alloc = 5000;
            Buffers.tcp_event_data_recv(tp, skb);
            assertThat(tp.icsk_ack.ato).isEqualTo(120);
            assertThat(tp.icsk_ack.quick).isEqualTo(4);
            assertThat(tp.sk_forward_alloc).as("what is not needed is given back").isEqualTo(904);
            kfree_skb(skb);
        }
    }
}
