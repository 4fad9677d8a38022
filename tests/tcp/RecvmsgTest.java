// SPDX-License-Identifier: GPL-2.0-only
package tcp;

import static linux.errno.Errno.EAGAIN;
import static linux.errno.Errno.ECONNRESET;
import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOMEM;
import static linux.errno.Errno.ENOTCONN;
import static linux.errno.Errno.EPERM;
import static linux.interrupt.Softirq.in_softirq;
import static linux.jiffies.Jiffies.jiffies;
import static linux.moduleparam.ModuleParams.read;
import static linux.sched.Sched.kthread_run;
import static linux.sched.Sched.msleep;
import static linux.skbuff.Bits.skb_copy_bits;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Queue.__skb_queue_tail;
import static linux.syscalls.SocketCalls.sys_recv;
import static linux.tcp.Header.tcp_hdr;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_PUSHED;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_PUSHED2;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_SCHED;
import static net.sock.Flags.sock_set_flag;
import static net.sock.SockFlag.SOCK_DONE;
import static net.sock.SockFlag.SOCK_URGINLINE;
import static net.sock.sock.RCV_SHUTDOWN;
import static net.sock.sock.SEND_SHUTDOWN;
import static net.tcp.Sysctls.sysctl_tcp_low_latency;
import static net.tcp.TcpConst.TCP_URG_NOTYET;
import static net.tcp.TcpConst.TCP_URG_READ;
import static net.tcp.TcpConst.TCP_URG_VALID;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDIRECTCOPYFROMBACKLOG;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDIRECTCOPYFROMPREQUEUE;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPPREQUEUED;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;
import static uapi.linux.socket.SocketOpt.MSG_MORE;
import static uapi.linux.socket.SocketOpt.MSG_OOB;
import static uapi.linux.socket.SocketOpt.MSG_PEEK;
import static uapi.linux.socket.SocketOpt.MSG_TRUNC;
import static uapi.linux.socket.SocketOpt.MSG_WAITALL;
import static uapi.linux.tcp.TcpOpt.TCP_RECV_QUEUE;
import static uapi.linux.tcp.TcpOpt.TCP_SEND_QUEUE;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import linux.bug.Bug;
import linux.compiler.IntRef;
import linux.fs.read_descriptor_t;
import linux.skbuff.sk_buff;
import linux.socket.iovec;
import linux.socket.msghdr;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class RecvmsgTest {
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

    /** The byte {@code at} bytes behind what has been read is urgent. */
    private void urgentAt(int at) {
        tp.urg_seq = tp.copied_seq + at;
        tp.urg_data = TCP_URG_VALID | 0x55;
    }

    @Nested
    class tcp_recv_urg {
        private final byte[] to = {0};

        private int read(int len, int flags) {
            return Recvmsg.tcp_recv_urg(tp, msg, len, flags);
        }

        private final msghdr msg = Endpoint.msg(0, new iovec(to, 0, 1));

        @Test
        @DisplayName("reads the byte, once")
        void once() {
            urgentAt(0);

            assertThat(read(1, 0)).isOne();
            assertThat(to[0]).isEqualTo((byte) 0x55);
            assertThat(msg.msg_flags).isEqualTo(MSG_OOB);
            assertThat(read(1, 0)).isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("looks at it without taking it")
        void peek() {
            urgentAt(0);

            assertThat(read(1, MSG_PEEK)).isOne();
            assertThat(tp.urg_data).isEqualTo(TCP_URG_VALID | 0x55);
        }

        @Test
        @DisplayName("no room: 0, and MSG_TRUNC tells that there was something")
        void no_room() {
            urgentAt(0);

            assertThat(read(0, 0)).isZero();
            assertThat(msg.msg_flags).isEqualTo(MSG_OOB | MSG_TRUNC);
        }

        @Test
        @DisplayName("throws it away with MSG_TRUNC")
        void thrown_away() {
            urgentAt(0);

            assertThat(read(1, MSG_TRUNC)).isOne();
            assertThat(to[0]).isZero();
            assertThat(tp.urg_data).isEqualTo(TCP_URG_READ);
        }

        @Test
        @DisplayName("memory that cannot be written: -EFAULT")
        void fault() {
            urgentAt(0);
            msg.msg_iov[0].iov_base = null;

            assertThat(read(1, 0)).isEqualTo(-EFAULT);
        }

        @Test
        @DisplayName("none, or inline: -EINVAL")
        void none() {
            assertThat(read(1, 0)).isEqualTo(-EINVAL);

            urgentAt(0);
            sock_set_flag(tp, SOCK_URGINLINE);
            assertThat(read(1, 0)).isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("announced but not here: -EAGAIN; if nothing can come any more 0; never connected: -ENOTCONN")
        void announced() {
            tp.urg_data = TCP_URG_NOTYET;
            assertThat(read(1, 0)).isEqualTo(-EAGAIN);

            tp.sk_shutdown = RCV_SHUTDOWN;
            assertThat(read(1, 0)).isZero();

            tp.skc_state = TCP_CLOSE;
            assertThat(read(1, 0)).isEqualTo(-ENOTCONN);

            sock_set_flag(tp, SOCK_DONE);
            assertThat(read(1, 0)).isZero();
        }
    }

    @Nested
    class tcp_peek_sndq {
        @Test
        @DisplayName("copies what is to be acknowledged and what is to be sent")
        void copies() {
            e.write(100, 0);
            e.write(50, MSG_MORE);
            byte[] to = new byte[200];

            assertThat(Recvmsg.tcp_peek_sndq(tp, Endpoint.msg(0, new iovec(to, 0, 200)), 200)).isEqualTo(150);

            assertThat(Arrays.copyOf(to, 150)).isEqualTo(Endpoint.stream(0, 150));
            assertThat(e.queued()).containsExactly(100, 50);
        }

        @Test
        @DisplayName("an application that has no room for all: -EFAULT")
        void no_room() {
            e.write(100, 0);

            assertThat(Recvmsg.tcp_peek_sndq(tp, Endpoint.msg(0, new iovec(new byte[9], 0, 9)), 9)).isEqualTo(-EFAULT);
        }
    }

    @Nested
    class tcp_cleanup_rbuf {
        /** A delayed ACK is due; the window is wide open, so that it says nothing. */
        @BeforeEach
        void due() {
            tp.icsk_ack.pending = ICSK_ACK_SCHED;
            tp.rcv_wup = tp.rcv_nxt;
        }

        private int acks(int copied) {
            e.wire.clear();
            Recvmsg.tcp_cleanup_rbuf(tp, copied);
            return e.wire.size();
        }

        @Test
        @DisplayName("a delayed ACK stays delayed if nothing speaks against it")
        void waits() {
            assertThat(acks(100)).isZero();
        }

        @Test
        @DisplayName("the timer came while the socket was owned: now")
        void blocked() {
            tp.icsk_ack.blocked = 1;

            assertThat(acks(0)).isOne();
        }

        @Test
        @DisplayName("more than a segment has come since the last ACK: now")
        void two_segments() {
            tp.rcv_wup = tp.rcv_nxt - tp.icsk_ack.rcv_mss;
            assertThat(acks(0)).isZero();

            tp.rcv_wup--;
            assertThat(acks(0)).isOne();
        }

        @Test
        @DisplayName("a PSH, everything read, and the application does not answer: now")
        void pushed() {
            tp.icsk_ack.pending |= ICSK_ACK_PUSHED;

            assertThat(acks(1)).isOne();
        }

        @Test
        @DisplayName("an application that answers lets the first PSH ride on its answer, not the second")
        void pingpong() {
            tp.icsk_ack.pingpong = 1;
            tp.icsk_ack.pending |= ICSK_ACK_PUSHED;
            assertThat(acks(1)).isZero();

            tp.icsk_ack.pending |= ICSK_ACK_PUSHED2;
            assertThat(acks(1)).isOne();
        }

        @Test
        @DisplayName("nothing read, or not all of it: the PSH does not count")
        void not_read() {
            tp.icsk_ack.pending |= ICSK_ACK_PUSHED2;
            assertThat(acks(0)).isZero();

            e.received(10);
            tp.rcv_wup = tp.rcv_nxt;
            assertThat(acks(1)).isZero();
        }

        @Test
        @DisplayName("the window has doubled by the read: now")
        void window() {
            tp.icsk_ack.pending = 0;
            tp.rcv_wnd = 10_000;

            assertThat(acks(1)).isOne();
            assertThat(tp.rcv_wnd).isGreaterThanOrEqualTo(20_000);
        }

        @Test
        @DisplayName("less than that is not worth an ACK")
        void small_step() {
            tp.icsk_ack.pending = 0;
            tp.rcv_wnd = 10_000;
            tp.__select_window = sk -> 19_999;

            assertThat(acks(1)).isZero();
        }

        @Test
        @DisplayName("half of the largest window cannot double: it is not even computed")
        void no_room_to_double() {
            tp.icsk_ack.pending = 0;
            tp.rcv_wnd = tp.window_clamp / 2 + 1;
            tp.__select_window = null;

            assertThat(acks(1)).isZero();
        }

        @Test
        @DisplayName("who can get nothing any more needs no window")
        void shut_down() {
            tp.icsk_ack.pending = 0;
            tp.rcv_wnd = 0;
            tp.sk_shutdown = RCV_SHUTDOWN;

            assertThat(acks(1)).isZero();
        }

        @Test
        @DisplayName("a packet at the head that has been read is a bug, and is reported")
        void bug() {
            e.received(10);
            tp.copied_seq += 10;

            acks(0);

            assertThat(Bug.warnings).singleElement().asString().contains("cleanup rbuf bug");
            Bug.warnings.clear();
        }
    }

    @Nested
    class tcp_prequeue_process {
        @Test
        @DisplayName("each packet goes to the protocol, in order and with bottom halves off; then the memory is free")
        void process() {
            List<sk_buff> got = new ArrayList<>();
            tp.sk_backlog_rcv = (sk, skb) -> {
                assertThat(in_softirq()).isTrue();
                got.add(skb);
                return 0;
            };
            sk_buff first = Skbs.linear(10);
            sk_buff second = Skbs.linear(20);
            __skb_queue_tail(tp.ucopy.prequeue, first);
            __skb_queue_tail(tp.ucopy.prequeue, second);
            tp.ucopy.memory = 1000;

            Recvmsg.tcp_prequeue_process(tp);

            assertThat(got).containsExactly(first, second);
            assertThat(tp.ucopy.memory).isZero();
            assertThat(tp.ucopy.prequeue.qlen).isZero();
            assertThat(e.mib(LINUX_MIB_TCPPREQUEUED)).isOne();
            assertThat(in_softirq()).isFalse();
            got.forEach(skb -> kfree_skb(skb));
        }
    }

    @Nested
    class tcp_recv_skb {
        private final IntRef off = new IntRef(-1);

        @Test
        @DisplayName("finds the packet and the place in it; what is older is freed")
        void finds() {
            int start = tp.rcv_nxt;
            e.received(100);
            sk_buff second = e.received(100);

            assertThat(Recvmsg.tcp_recv_skb(tp, start + 130, off)).isSameAs(second);
            assertThat(off.val).isEqualTo(30);
            assertThat(tp.sk_receive_queue.qlen).isOne();
        }

        @Test
        @DisplayName("the FIN counts as a place, also behind the data")
        void fin() {
            int start = tp.rcv_nxt;
            sk_buff skb = e.received(100, true);

            assertThat(Recvmsg.tcp_recv_skb(tp, start + 100, off)).isSameAs(skb);
            assertThat(off.val).isEqualTo(100);
        }

        @Test
        @DisplayName("a SYN takes one sequence number and no byte")
        void syn() {
            sk_buff skb = e.received(100);
            tcp_hdr(skb).syn(true);

            assertThat(Recvmsg.tcp_recv_skb(tp, TCP_SKB_CB(skb).seq + 1, off)).isSameAs(skb);
            assertThat(off.val).isZero();
        }

        @Test
        @DisplayName("everything is older: null, and the queue is empty")
        void none() {
            e.received(100);

            assertThat(Recvmsg.tcp_recv_skb(tp, tp.rcv_nxt, off)).isNull();
            assertThat(tp.sk_receive_queue.qlen).isZero();
            assertThat(off.val).isEqualTo(-1);
        }
    }

    @Nested
    class tcp_read_sock {
        private final read_descriptor_t desc = new read_descriptor_t();
        private final ByteArrayOutputStream got = new ByteArrayOutputStream();

        @BeforeEach
        void wanted() {
            desc.count = 1_000_000;
        }

        /** Takes at most {@code most} bytes at a time and {@code desc.count} in all. */
        private int read(int most) {
            return Recvmsg.tcp_read_sock(tp, desc, (d, skb, offset, len) -> {
                int n = Math.min(Math.min(most, len), d.count);
                byte[] b = new byte[n];
                skb_copy_bits(skb, offset, b, 0, n);
                got.writeBytes(b);
                d.count -= n;
                return n;
            });
        }

        @Test
        @DisplayName("hands over all that is there and frees it")
        void all() {
            e.received(100);
            e.received(200);

            assertThat(read(1000)).isEqualTo(300);

            assertThat(got.toByteArray()).isEqualTo(Endpoint.stream(0, 300));
            assertThat(tp.sk_receive_queue.qlen).isZero();
            assertThat(tp.copied_seq).isEqualTo(tp.rcv_nxt);
        }

        @Test
        @DisplayName("goes on in the same packet when the actor takes a part of it")
        void parts() {
            e.received(100);

            assertThat(read(33)).isEqualTo(100);
            assertThat(got.toByteArray()).isEqualTo(Endpoint.stream(0, 100));
        }

        @Test
        @DisplayName("an actor that has got enough ends it; the rest stays")
        void enough() {
            e.received(100);
            e.received(100);
            desc.count = 100;

            assertThat(read(1000)).isEqualTo(100);

            assertThat(tp.rcv_nxt - tp.copied_seq).isEqualTo(100);
            e.reads(100, 100);
        }

        @Test
        @DisplayName("an error of the actor is returned if nothing was taken before")
        void error() {
            e.received(100);

            assertThat(Recvmsg.tcp_read_sock(tp, desc, (d, skb, offset, len) -> -ENOMEM)).isEqualTo(-ENOMEM);
            assertThat(tp.rcv_nxt - tp.copied_seq).isEqualTo(100);
        }

        @Test
        @DisplayName("stops in front of urgent data")
        void urgent() {
            e.received(100);
            urgentAt(40);

            assertThat(read(1000)).isEqualTo(40);
            assertThat(read(1000)).isZero();
            tp.urg_data = 0;
        }

        @Test
        @DisplayName("takes the FIN")
        void fin() {
            e.received(100, true);

            assertThat(read(1000)).isEqualTo(100);
            assertThat(tp.copied_seq).isEqualTo(tp.rcv_nxt);
            assertThat(tp.sk_receive_queue.qlen).isZero();
        }

        @Test
        @DisplayName("a listener has no data: -ENOTCONN")
        void listener() {
            tp.skc_state = TCP_LISTEN;

            assertThat(read(1)).isEqualTo(-ENOTCONN);
        }

        @Test
        @DisplayName("ACKs what has become due by it")
        void acks() {
            e.received(3000);
            tp.icsk_ack.pending = ICSK_ACK_SCHED;

            read(5000);

            assertThat(e.wire).containsExactly("ack");
        }
    }

    @Nested
    class tcp_recvmsg {
        @Test
        @DisplayName("takes bytes across packets, in pieces, and frees what has been read")
        void reads() {
            e.received(100);
            e.received(100);

            e.reads(0, 30);
            e.reads(30, 120);
            assertThat(tp.sk_receive_queue.qlen).isOne();

            Endpoint.Got rest = e.read(1000, 0);
            assertThat(rest.bytes()).isEqualTo(Endpoint.stream(150, 50));
            assertThat(tp.sk_receive_queue.qlen).isZero();
            assertThat(tp.sk_rmem_alloc).isZero();
        }

        @Test
        @DisplayName("fills all pieces of the application's memory")
        void iovec() {
            e.received(100);
            byte[] to = new byte[100];
            msghdr m = Endpoint.msg(0, new iovec(to, 0, 10), new iovec(to, 10, 0), new iovec(to, 10, 90));

            assertThat(Recvmsg.tcp_recvmsg(tp, m, 100, 1, 0, null)).isEqualTo(100);
            assertThat(to).isEqualTo(Endpoint.stream(0, 100));
        }

        @Test
        @DisplayName("MSG_PEEK copies across packets and takes nothing")
        void peek() {
            e.received(100);
            e.received(100);

            assertThat(e.read(150, MSG_PEEK).bytes()).isEqualTo(Endpoint.stream(0, 150));
            assertThat(e.read(150, MSG_PEEK).bytes()).isEqualTo(Endpoint.stream(0, 150));
            e.reads(0, 200);
        }

        @Test
        @DisplayName("MSG_TRUNC throws bytes away without looking at the application's memory")
        void truncate() {
            e.received(100);

            assertThat(Recvmsg.tcp_recvmsg(tp, Endpoint.msg(0, new iovec(null, 0, 60)), 60, 1, MSG_TRUNC, null))
                    .isEqualTo(60);
            e.reads(60, 40);
        }

        @Test
        @DisplayName("memory that cannot be written: -EFAULT, unless something has been read before")
        void fault() {
            e.received(100);
            e.received(100);
            assertThat(Recvmsg.tcp_recvmsg(tp, Endpoint.msg(0, new iovec(null, 0, 60)), 60, 1, 0, null))
                    .isEqualTo(-EFAULT);

            msghdr m = Endpoint.msg(0, new iovec(new byte[100], 0, 100), new iovec(null, 0, 100));
            assertThat(Recvmsg.tcp_recvmsg(tp, m, 200, 1, 0, null)).isEqualTo(100);
            e.reads(100, 100);
        }

        @Test
        @DisplayName("nothing there: -EAGAIN for who does not wait")
        void empty() {
            assertThat(e.read(10, 0).ret()).isEqualTo(-EAGAIN);
        }

        @Test
        @DisplayName("the peer has closed: what is there, then 0")
        void fin() {
            e.received(100, true);

            e.reads(0, 100);
            assertThat(e.read(10, 0).ret()).isZero();
            assertThat(tp.copied_seq).isEqualTo(tp.rcv_nxt);
            assertThat(tp.sk_receive_queue.qlen).isZero();
        }

        @Test
        @DisplayName("the FIN is not taken by a peek")
        void fin_peek() {
            e.received(0, true);

            assertThat(e.read(10, MSG_PEEK).ret()).isZero();
            assertThat(tp.sk_receive_queue.qlen).isOne();
            assertThat(e.read(10, 0).ret()).isZero();
            assertThat(tp.sk_receive_queue.qlen).isZero();
        }

        @Test
        @DisplayName("shut down by ourselves: 0")
        void shut_down() {
            tp.sk_shutdown = RCV_SHUTDOWN;

            assertThat(e.read(10, 0).ret()).isZero();
        }

        @Test
        @DisplayName("an error is reported once, and only when there is nothing to read")
        void error() {
            e.received(10);
            tp.sk_err = ECONNRESET;

            e.reads(0, 10);
            assertThat(e.read(10, 0).ret()).isEqualTo(-ECONNRESET);
            assertThat(e.read(10, 0).ret()).isEqualTo(-EAGAIN);
        }

        @Test
        @DisplayName("never connected, or a listener: -ENOTCONN")
        void not_connected() {
            tp.skc_state = TCP_CLOSE;
            assertThat(e.read(10, 0).ret()).isEqualTo(-ENOTCONN);

            tp.skc_state = TCP_LISTEN;
            assertThat(e.read(10, 0).ret()).isEqualTo(-ENOTCONN);
        }

        @Test
        @DisplayName("a read ends in front of the urgent byte; the next one skips it")
        void urgent() {
            e.received(100);
            urgentAt(40);

            e.read(100, 0);
            assertThat(tp.rcv_nxt - tp.copied_seq).isEqualTo(60);

            assertThat(e.read(100, 0).bytes()).isEqualTo(Endpoint.stream(41, 59));
            assertThat(tp.urg_data).as("it is behind us").isZero();
        }

        @Test
        @DisplayName("inline it is read like others, but begins a read of its own")
        void urgent_inline() {
            e.received(100);
            urgentAt(40);
            sock_set_flag(tp, SOCK_URGINLINE);

            e.reads(0, 40);
            e.reads(40, 60);
            assertThat(tp.urg_data).isZero();
        }

        @Test
        @DisplayName("an urgent byte that is all there is: nothing to read behind it")
        void urgent_only() {
            e.received(1);
            urgentAt(0);

            assertThat(e.read(10, 0).ret()).isEqualTo(-EAGAIN);
            assertThat(tp.sk_receive_queue.qlen).isZero();
        }

        @Test
        @DisplayName("MSG_OOB reads the urgent byte")
        void oob() {
            e.received(10);
            urgentAt(4);

            assertThat(e.read(1, MSG_OOB).bytes()).containsExactly(0x55);
        }

        @Test
        @DisplayName("repair: reading is for peeking only, and from the queue that was chosen")
        void repair() {
            e.write(20, MSG_MORE);
            e.received(10);
            tp.repair = true;

            assertThat(e.read(10, 0).ret()).isEqualTo(-EPERM);
            assertThat(e.read(10, MSG_PEEK).ret()).isEqualTo(-EINVAL);

            tp.repair_queue = TCP_RECV_QUEUE;
            assertThat(e.read(10, MSG_PEEK).bytes()).isEqualTo(Endpoint.stream(0, 10));

            tp.repair_queue = TCP_SEND_QUEUE;
            assertThat(e.read(20, MSG_PEEK).bytes()).isEqualTo(Endpoint.stream(0, 20));
        }

        @Test
        @DisplayName("a packet that begins behind the reader is a bug, and is reported")
        void bug() {
            e.received(10);
            tp.copied_seq -= 5;

            assertThat(e.read(10, 0).ret()).isEqualTo(-EAGAIN);

            assertThat(Bug.warnings).isNotEmpty();
            assertThat(Bug.warnings.get(0)).contains("recvmsg bug");
            Bug.warnings.clear();
        }
    }

    /** Reading from a connection. */
    @Nested
    class Connected {
        private Pair p;

        @BeforeEach
        void connect() {
            p = Pair.tcp();
        }

        @AfterEach
        void close() {
            p.close();
        }

        @Test
        @DisplayName("a reader who waits processes the packet himself, and gets the bytes without the receive queue")
        void prequeue() {
            kthread_run("writer", () -> Sendmsg.tcp_sendmsg(p.c,
                    Endpoint.msg(0, new iovec(Endpoint.stream(0, 100), 0, 100)), 100));

            assertThat(p.recv(p.server, 100)).isEqualTo(Endpoint.stream(0, 100));

            assertThat(e.mib(LINUX_MIB_TCPPREQUEUED)).isOne();
            assertThat(e.mib(LINUX_MIB_TCPDIRECTCOPYFROMPREQUEUE)).isEqualTo(100);
            assertThat(p.s.ucopy.task).isNull();
        }

        @Test
        @DisplayName("with tcp_low_latency the softirq does it")
        void low_latency() {
            sysctl_tcp_low_latency = 1;
            kthread_run("writer", () -> Sendmsg.tcp_sendmsg(p.c,
                    Endpoint.msg(0, new iovec(Endpoint.stream(0, 100), 0, 100)), 100));

            assertThat(p.recv(p.server, 100)).isEqualTo(Endpoint.stream(0, 100));

            assertThat(e.mib(LINUX_MIB_TCPPREQUEUED)).isZero();
        }

        @Test
        @DisplayName("MSG_WAITALL comes back with all, or with what is there at the end")
        void wait_all() {
            kthread_run("writer", () -> {
                for (int i = 0; i < 3; i++) {
                    Sendmsg.tcp_sendmsg(p.c, Endpoint.msg(0, new iovec(Endpoint.stream(100 * i, 100), 0, 100)), 100);
                    msleep(10);
                }
                Close.tcp_shutdown(p.c, SEND_SHUTDOWN);
            });

            byte[] b = new byte[250];
            assertThat(sys_recv(p.server, b, 0, 250, MSG_WAITALL)).isEqualTo(250);
            assertThat(b).isEqualTo(Endpoint.stream(0, 250));
            assertThat(sys_recv(p.server, b, 0, 250, MSG_WAITALL)).isEqualTo(50);
            assertThat(Arrays.copyOf(b, 50)).isEqualTo(Endpoint.stream(250, 50));
        }

        @Test
        @DisplayName("SO_RCVTIMEO: -EAGAIN when the time has passed")
        void timeout() {
            p.s.sk_rcvtimeo = 250;
            long before = jiffies;

            assertThat(sys_recv(p.server, new byte[1], 0, 1, 0)).isEqualTo(-EAGAIN);
            assertThat(jiffies - before).isEqualTo(250);
        }

        /** As if the softirq had come in the middle of the read. */
        private void intoTheBacklog(int from, int n) {
            p.s.sk_lock.owned = 1;
            p.send(p.client, Endpoint.stream(from, n), 0);
            p.s.sk_lock.owned = 0;
            assertThat(p.s.sk_backlog.tail).isNotNull();
        }

        @Test
        @DisplayName("bytes that came while the reader worked are in the backlog, and belong to the read")
        void backlog() {
            p.send(p.client, Endpoint.stream(0, 100), 0);
            intoTheBacklog(100, 100);

            assertThat(p.recv(p.server, 200)).isEqualTo(Endpoint.stream(0, 200));

            assertThat(e.mib(LINUX_MIB_TCPDIRECTCOPYFROMBACKLOG)).isEqualTo(100);
        }

        @Test
        @DisplayName("who does not wait leaves them for the next read")
        void backlog_nonblocking() {
            p.send(p.client, Endpoint.stream(0, 100), 0);
            intoTheBacklog(100, 100);

            byte[] b = new byte[200];
            assertThat(sys_recv(p.server, b, 0, 200, MSG_DONTWAIT)).isEqualTo(100);
            assertThat(p.recv(p.server, 200)).isEqualTo(Endpoint.stream(100, 100));
        }

        @Test
        @DisplayName("reading opens the window: the writer can go on with megabytes")
        void large() {
            int all = 3_000_000;
            kthread_run("writer", () -> Sendmsg.tcp_sendmsg(p.c,
                    Endpoint.msg(0, new iovec(Endpoint.stream(0, all), 0, all)), all));

            byte[] b = new byte[all];
            assertThat(sys_recv(p.server, b, 0, all, MSG_WAITALL)).isEqualTo(all);
            assertThat(b).isEqualTo(Endpoint.stream(0, all));
        }
    }
}
