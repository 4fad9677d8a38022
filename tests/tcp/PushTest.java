// SPDX-License-Identifier: GPL-2.0-only
package tcp;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.tcp.tcp_sock.TSQ_THROTTLED;
import static net.tcp.Sysctls.sysctl_tcp_autocorking;
import static net.tcp.TcpConst.TCPHDR_ACK;
import static net.tcp.TcpConst.TCPHDR_FIN;
import static net.tcp.TcpConst.TCPHDR_PSH;
import static net.tcp.TcpConst.TCP_NAGLE_CORK;
import static net.tcp.TcpConst.TCP_NAGLE_OFF;
import static net.tcp.TcpConst.TCP_NAGLE_PUSH;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.packet;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPAUTOCORKING;
import static uapi.linux.socket.SocketOpt.MSG_MORE;
import static uapi.linux.socket.SocketOpt.MSG_OOB;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class PushTest {
    private Endpoint e;
    private tcp_sock tp;

    @BeforeEach
    void setUp() {
        e = new Endpoint();
        tp = e.tp;
    }

    @AfterEach
    void tearDown() {
        e.free();
    }

    @Nested
    class tcp_mark_push {
        @Test
        @DisplayName("the packet gets PSH beside what it has; everything up to here has been pushed")
        void marks() {
            e.q.unsent(1);
            TCP_SKB_CB(e.last()).tcp_flags = TCPHDR_ACK | TCPHDR_FIN;

            Push.tcp_mark_push(tp, e.last());

            assertThat(TCP_SKB_CB(e.last()).tcp_flags).isEqualTo(TCPHDR_ACK | TCPHDR_FIN | TCPHDR_PSH);
            assertThat(tp.pushed_seq).isEqualTo(tp.write_seq);
        }
    }

    @Nested
    class forced_push {
        @Test
        @DisplayName("when more than half of the peer's largest window has been written since the last PSH")
        void half() {
            tp.max_window = 10_001;
            tp.write_seq = tp.pushed_seq + 5000;
            assertThat(Push.forced_push(tp)).isFalse();

            tp.write_seq++;
            assertThat(Push.forced_push(tp)).isTrue();
            tp.write_seq = tp.pushed_seq;
        }

        @Test
        @DisplayName("sequence numbers may wrap in between")
        void wraps() {
            tp.max_window = 1000;
            tp.pushed_seq = -100;
            tp.write_seq = 400;
            assertThat(Push.forced_push(tp)).isFalse();

            tp.write_seq = 401;
            assertThat(Push.forced_push(tp)).isTrue();
        }
    }

    @Nested
    class skb_entail {
        private sk_buff skb;

        @BeforeEach
        void packet() {
            skb = Sendmsg.sk_stream_alloc_skb(tp, 100, GFP_KERNEL);
            skb.csum = 77;
            TCP_SKB_CB(skb).sacked = 7;
            TCP_SKB_CB(skb).tcp_flags = TCPHDR_FIN;
        }

        @Test
        @DisplayName("an empty packet at write_seq is last on the queue and first to be sent")
        void queues() {
            e.q.sent(2);

            Push.skb_entail(tp, skb);

            assertThat(e.last()).isSameAs(skb);
            assertThat(tp.sk_send_head).isSameAs(skb);
            assertThat(TCP_SKB_CB(skb).seq).isEqualTo(tp.write_seq);
            assertThat(TCP_SKB_CB(skb).end_seq).isEqualTo(tp.write_seq);
            assertThat(TCP_SKB_CB(skb).tcp_flags).isEqualTo(TCPHDR_ACK);
            assertThat(TCP_SKB_CB(skb).sacked).isZero();
            assertThat(skb.csum).isZero();
            assertThat(skb.nohdr).as("clones may write in front of the payload").isTrue();
        }

        @Test
        @DisplayName("its memory is charged to the send buffer and to the protocol's pages")
        void charges() {
            int forward = tp.sk_forward_alloc;

            Push.skb_entail(tp, skb);

            assertThat(tp.sk_wmem_queued).isEqualTo(skb.truesize);
            assertThat(tp.sk_forward_alloc).isEqualTo(forward - skb.truesize);
        }

        @Test
        @DisplayName("an earlier order to push does not hold for it; other Nagle flags stay")
        void nagle() {
            tp.nonagle = TCP_NAGLE_PUSH | TCP_NAGLE_OFF;

            Push.skb_entail(tp, skb);

            assertThat(tp.nonagle).isEqualTo(TCP_NAGLE_OFF);
        }
    }

    @Nested
    class tcp_mark_urg {
        @Test
        @DisplayName("with MSG_OOB urgent data end at write_seq, without nothing changes")
        void marks() {
            int before = tp.snd_up;
            tp.write_seq += 10;

            Push.tcp_mark_urg(tp, MSG_MORE);
            assertThat(tp.snd_up).isEqualTo(before);

            Push.tcp_mark_urg(tp, MSG_OOB);
            assertThat(tp.snd_up).isEqualTo(before + 10);
            tp.write_seq -= 10;
        }
    }

    @Nested
    class tcp_should_autocork {
        @BeforeEach
        void in_the_device() {
            e.q.sent(1).unsent(1);
            tp.sk_wmem_alloc = e.last().truesize + 1;
        }

        @Test
        @DisplayName("a packet that is not full waits while an older one is in the device")
        void waits() {
            assertThat(Push.tcp_should_autocork(tp, e.last(), 1001)).isTrue();
        }

        @Test
        @DisplayName("not if it is full")
        void full() {
            assertThat(Push.tcp_should_autocork(tp, e.last(), 1000)).isFalse();
        }

        @Test
        @DisplayName("not if the sysctl is off")
        void off() {
            sysctl_tcp_autocorking = 0;

            assertThat(Push.tcp_should_autocork(tp, e.last(), 1001)).isFalse();
        }

        @Test
        @DisplayName("not if it is the only one: no ACK will come that could send it")
        void only_one() {
            assertThat(Push.tcp_should_autocork(tp, e.q.skb(0), 1001)).isFalse();
        }

        @Test
        @DisplayName("not if the device has no more than an ACK")
        void only_an_ack() {
            tp.sk_wmem_alloc--;

            assertThat(Push.tcp_should_autocork(tp, e.last(), 1001)).isFalse();
        }
    }

    @Nested
    class tcp_push {
        private void push(int flags) {
            Push.tcp_push(tp, flags, 1000, 0, 1000);
        }

        @Test
        @DisplayName("marks the last packet and sends")
        void sends() {
            e.q.unsent(1, 1);

            push(0);

            assertThat(TCP_SKB_CB(e.last()).tcp_flags & TCPHDR_PSH).isNotZero();
            assertThat(e.wire).containsExactly("0-1", "1-2");
        }

        @Test
        @DisplayName("with everything sent there is nothing to do, not even a mark")
        void nothing() {
            e.q.sent(1);

            push(MSG_OOB);

            assertThat(TCP_SKB_CB(e.last()).tcp_flags & TCPHDR_PSH).isZero();
            assertThat(tp.snd_up).isEqualTo(e.q.start);
        }

        @Test
        @DisplayName("MSG_MORE: no PSH, and a segment that is not full stays")
        void more() {
            e.write(600, MSG_MORE);

            assertThat(TCP_SKB_CB(e.last()).tcp_flags & TCPHDR_PSH).isZero();
            assertThat(e.wire).isEmpty();

            push(0);
            assertThat(e.wire).containsExactly("0-0.6");
        }

        @Test
        @DisplayName("MSG_MORE gets its PSH all the same after half a window")
        void more_forced() {
            tp.max_window = 1998;
            e.q.unsent(1);

            push(MSG_MORE);

            assertThat(TCP_SKB_CB(e.last()).tcp_flags & TCPHDR_PSH).isNotZero();
        }

        @Test
        @DisplayName("MSG_MORE is a cork for this push only")
        void cork_is_not_kept() {
            e.write(600, MSG_MORE);

            assertThat(tp.nonagle & TCP_NAGLE_CORK).isZero();
        }

        @Test
        @DisplayName("MSG_OOB marks the urgent byte")
        void urgent() {
            e.q.unsent(1);

            push(MSG_OOB);

            assertThat(tp.snd_up).isEqualTo(tp.write_seq);
        }

        @Test
        @DisplayName("autocorking: counted once, until the device has sent something")
        void autocork() {
            e.q.sent(1).unsent(1);
            tp.sk_wmem_alloc = 1 << 20;

            Push.tcp_push(tp, 0, 1000, 0, 5000);
            Push.tcp_push(tp, 0, 1000, 0, 5000);

            assertThat(e.wire).isEmpty();
            assertThat(tp.tsq_flags).isEqualTo(1 << TSQ_THROTTLED);
            assertThat(e.mib(LINUX_MIB_TCPAUTOCORKING)).isOne();
            assertThat(TCP_SKB_CB(e.last()).tcp_flags & TCPHDR_PSH).isNotZero();
            tp.sk_wmem_alloc = 1;
        }
    }
}
