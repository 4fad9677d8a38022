// SPDX-License-Identifier: GPL-2.0-only
package tcp;

import static linux.errno.Errno.EAGAIN;
import static linux.errno.Errno.EALREADY;
import static linux.errno.Errno.ECONNRESET;
import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.EOPNOTSUPP;
import static linux.errno.Errno.EPIPE;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.mm.Mm.PAGE_SIZE;
import static linux.mm.Mm.alloc_page;
import static linux.mm.Mm.page_count;
import static linux.mm.Mm.put_page;
import static linux.netdev_features.NetdevFeatures.NETIF_F_ALL_CSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_GSO;
import static linux.netdev_features.NetdevFeatures.NETIF_F_SG;
import static linux.netdev_features.NetdevFeatures.NETIF_F_TSO;
import static linux.sched.Sched.current;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_availroom;
import static linux.skbuff.Frags.skb_frag_page;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.SkbConst.SKBTX_SHARED_FRAG;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV4;
import static linux.skbuff.Truesize.SKB_MAX_HEAD;
import static linux.skbuff.Truesize.SKB_WITH_OVERHEAD;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.skbuff.skb_shared_info.MAX_SKB_FRAGS;
import static net.checksum.Csum.csum_fold;
import static net.checksum.Csum.csum_partial;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static net.sock.sock.SEND_SHUTDOWN;
import static net.tcp.Globals.tcp_memory_pressure;
import static net.tcp.Sysctls.sysctl_tcp_fastopen;
import static net.tcp.Sysctls.sysctl_tcp_mem;
import static net.tcp.TcpConst.MAX_TCP_HEADER;
import static net.tcp.TcpConst.TCPHDR_ACK;
import static net.tcp.TcpConst.TCPHDR_PSH;
import static net.tcp.TcpConst.TFO_SERVER_ENABLE;
import static net.tcp.tcp_skb_cb.TCPCB_REPAIRED;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_SYN_RECV;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;
import static uapi.linux.socket.SocketOpt.MSG_FASTOPEN;
import static uapi.linux.socket.SocketOpt.MSG_MORE;
import static uapi.linux.socket.SocketOpt.MSG_OOB;
import static uapi.linux.socket.SocketOpt.MSG_SENDPAGE_NOTLAST;
import static uapi.linux.socket.SocketOpt.SOCK_NOSPACE;
import static uapi.linux.tcp.TcpOpt.TCP_RECV_QUEUE;
import static uapi.linux.tcp.TcpOpt.TCP_SEND_QUEUE;

import java.util.Arrays;
import linux.compiler.IntRef;
import linux.gfp.Gfp;
import linux.mm.page;
import linux.skbuff.Alloc;
import linux.skbuff.sk_buff;
import linux.socket.iovec;
import linux.socket.msghdr;
import linux.tcp.tcp_request_sock;
import linux.tcp.tcp_sock;
import net.tcp.tcp_fastopen_request;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FreshSocket;
import testing.KernelTest;
import testing.SocketFields;
import testing.Vectors;

@KernelTest
class SendmsgTest {
    /** Bytes that fit into the linear part of a packet: what is left of 2 KB. */
    private static final int HEAD = SKB_WITH_OVERHEAD(2048 - MAX_TCP_HEADER);

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

    /** A device that cannot do anything. */
    private void plainDevice() {
        tp.sk_route_caps = 0;
    }

    @Nested
    class sk_stream_alloc_skb {
        @Test
        @DisplayName("room for all headers in front and for as many bytes as were asked for, in whole words, behind")
        void room() {
            sk_buff skb = Sendmsg.sk_stream_alloc_skb(tp, 101, GFP_KERNEL);

            assertThat(skb.len).isZero();
            assertThat(skb.data).isEqualTo(MAX_TCP_HEADER);
            assertThat(skb_availroom(skb)).isEqualTo(104);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("without memory: null, memory pressure begins and the send buffer shrinks to half of its content")
        void no_memory() {
            e.write(40_000, MSG_MORE);
            int used = tp.sk_wmem_queued;
            Gfp.failNth(0);

            assertThat(Sendmsg.sk_stream_alloc_skb(tp, 100, GFP_KERNEL)).isNull();

            assertThat(tcp_memory_pressure.val).isOne();
            assertThat(tp.sk_sndbuf).isEqualTo(used / 2);
            tcp_memory_pressure.val = 0;
        }

        @Test
        @DisplayName("with tcp_mem exhausted: null, and the memory is given back")
        void no_share() {
            Arrays.fill(sysctl_tcp_mem, 0);

            assertThat(Sendmsg.sk_stream_alloc_skb(tp, 100, GFP_KERNEL)).isNull();

            assertThat(Alloc.liveSkbs()).isZero();
            tcp_memory_pressure.val = 0;
        }
    }

    @Nested
    class tcp_xmit_size_goal {
        @Test
        @DisplayName("as in the real kernel")
        void vectors() {
            Vectors.each("tcp_xmit_size_goal", row -> {
                tcp_sock sk = FreshSocket.of(row);
                if (row.bool("in.sk_can_gso")) {
                    sk.sk_gso_type = SKB_GSO_TCPV4;
                    sk.sk_route_caps = NETIF_F_TSO;
                } else {
                    sk.sk_gso_type = SKB_GSO_TCPV4;
                }

                assertThat(Sendmsg.tcp_xmit_size_goal(sk, row.i32("in.mss_now"), row.i32("in.large_allowed")))
                        .as("%s", row)
                        .isEqualTo(row.i32("out.ret"));
                SocketFields.out(row, sk);
            });
        }

        @Test
        @DisplayName("whole segments, as many as are sent in a millisecond")
        void paced() {
            tp.sk_pacing_rate = 2 * 1000 * 7500;

            assertThat(Sendmsg.tcp_xmit_size_goal(tp, 1000, 1)).isEqualTo(7000);
            assertThat(tp.xmit_size_goal_segs).isEqualTo(7);
        }

        @Test
        @DisplayName("a rate above 2^31 is no negative one")
        void unsigned_rate() {
            tp.sk_pacing_rate = 0x80000000;

            assertThat(Sendmsg.tcp_xmit_size_goal(tp, 1000, 1)).isEqualTo(30_000);
        }

        @Test
        @DisplayName("one segment without GSO, or if nothing large is allowed")
        void one() {
            assertThat(Sendmsg.tcp_xmit_size_goal(tp, 1000, 0)).isEqualTo(1000);

            plainDevice();
            assertThat(Sendmsg.tcp_xmit_size_goal(tp, 1000, 1)).isEqualTo(1000);
        }
    }

    @Nested
    class tcp_send_mss {
        private final IntRef goal = new IntRef();

        @Test
        @DisplayName("the MSS as it is now, and how large packets are to be")
        void both() {
            assertThat(Sendmsg.tcp_send_mss(tp, goal, 0)).isEqualTo(1000);
            assertThat(goal.val).isEqualTo(30_000);
        }

        @Test
        @DisplayName("urgent data: one segment a packet, since each has an urgent pointer of its own")
        void urgent() {
            assertThat(Sendmsg.tcp_send_mss(tp, goal, MSG_OOB)).isEqualTo(1000);
            assertThat(goal.val).isEqualTo(1000);
        }
    }

    @Nested
    class select_size {
        @Test
        @DisplayName("one that can send from pages and split: what is left of half a page")
        void half_a_page() {
            assertThat(Sendmsg.select_size(tp, true)).isEqualTo(HEAD);
        }

        @Test
        @DisplayName("one that can send from pages only: an MSS, but not more than a page if pages can take the rest")
        void a_page() {
            plainDevice();
            int page = SKB_MAX_HEAD(MAX_TCP_HEADER);
            int most = page + (MAX_SKB_FRAGS - 1) * PAGE_SIZE;

            tp.mss_cache = page - 1;
            assertThat(Sendmsg.select_size(tp, true)).isEqualTo(page - 1);
            tp.mss_cache = page + 1;
            assertThat(Sendmsg.select_size(tp, true)).isEqualTo(page);
            tp.mss_cache = most;
            assertThat(Sendmsg.select_size(tp, true)).isEqualTo(page);
            tp.mss_cache = most + 1;
            assertThat(Sendmsg.select_size(tp, true)).isEqualTo(most + 1);
        }

        @Test
        @DisplayName("one that cannot: a whole segment")
        void a_segment() {
            plainDevice();

            assertThat(Sendmsg.select_size(tp, false)).isEqualTo(1000);
        }
    }

    @Nested
    class tcp_free_fastopen_req {
        @Test
        @DisplayName("forgets what was to go with the SYN; twice does no harm")
        void forgets() {
            tp.fastopen_req = new tcp_fastopen_request();

            Sendmsg.tcp_free_fastopen_req(tp);
            Sendmsg.tcp_free_fastopen_req(tp);

            assertThat(tp.fastopen_req).isNull();
        }
    }

    @Nested
    class tcp_sendmsg_fastopen {
        private final IntRef copied = new IntRef();

        private int send() {
            return Sendmsg.tcp_sendmsg_fastopen(tp, Endpoint.msg(MSG_FASTOPEN), copied, 100);
        }

        @Test
        @DisplayName("is not supported unless the sysctl has the client's bit")
        void off() {
            sysctl_tcp_fastopen = TFO_SERVER_ENABLE;

            assertThat(send()).isEqualTo(-EOPNOTSUPP);
        }

        @Test
        @DisplayName("another task's Fast Open is under way")
        void already() {
            tcp_fastopen_request other = tp.fastopen_req = new tcp_fastopen_request();

            assertThat(send()).isEqualTo(-EALREADY);
            assertThat(tp.fastopen_req).isSameAs(other);
        }

        @Test
        @DisplayName("without memory: -ENOBUFS")
        void no_memory() {
            Gfp.failNth(0);

            assertThat(send()).isEqualTo(-ENOBUFS);
            assertThat(tp.fastopen_req).isNull();
        }
    }

    @Nested
    class tcp_sendmsg {
        @Test
        @DisplayName("a small write becomes a segment of its own and goes out at once")
        void one() {
            assertThat(e.write(100, 0)).isEqualTo(100);

            assertThat(e.wire).containsExactly("0-0.1");
            assertThat(e.queuedBytes()).isEqualTo(Endpoint.stream(0, 100));
            assertThat(TCP_SKB_CB(e.last()).tcp_flags).isEqualTo(TCPHDR_ACK | TCPHDR_PSH);
            assertThat(e.last().ip_summed).isEqualTo(CHECKSUM_PARTIAL);
            e.assertCharged();
        }

        @Test
        @DisplayName("writes that may wait fill up the last packet: first its head, then one piece of a page")
        void appends() {
            for (int i = 0; i < 9; i++) {
                assertThat(e.write(400, MSG_MORE)).isEqualTo(400);
            }

            assertThat(e.queued()).containsExactly(3600);
            assertThat(e.last().len - e.last().data_len).isEqualTo(HEAD);
            assertThat(e.last().shinfo.nr_frags).isOne();
            assertThat(e.queuedBytes()).isEqualTo(Endpoint.stream(0, 3600));
            e.assertCharged();
        }

        @Test
        @DisplayName("what has been sent is not touched: the next write begins a new packet")
        void new_packet() {
            e.write(100, 0);
            e.write(100, MSG_MORE);

            assertThat(e.queued()).containsExactly(100, 100);
        }

        @Test
        @DisplayName("a large write becomes packets of the size goal; full ones are sent before the rest is copied")
        void large() {
            tp.snd_cwnd = 1000;

            assertThat(e.write(80_000, MSG_MORE)).isEqualTo(80_000);

            assertThat(e.queued()).containsExactly(30_000, 30_000, 20_000);
            assertThat(e.queuedBytes()).isEqualTo(Endpoint.stream(0, 80_000));
            assertThat(e.wire).containsExactly("0-30", "30-60");
            e.assertCharged();
        }

        @Test
        @DisplayName("without scatter-gather: an MSS each, linear, and summed up on the way")
        void plain() {
            plainDevice();

            e.write(2500, 0);

            assertThat(e.queued()).containsExactly(1000, 1000, 500);
            assertThat(e.last().data_len).isZero();
            assertThat(e.last().ip_summed).isEqualTo(CHECKSUM_NONE);
            assertThat(csum_fold(e.last().csum))
                    .isEqualTo(csum_fold(csum_partial(Endpoint.stream(2000, 500), 0, 500, 0)));
            assertThat(e.queuedBytes()).isEqualTo(Endpoint.stream(0, 2500));
        }

        @Test
        @DisplayName("a packet that was summed up is filled to one MSS only, whatever the size goal")
        void summed_up() {
            plainDevice();
            e.write(600, MSG_MORE);
            tp.sk_route_caps = NETIF_F_SG | NETIF_F_TSO | NETIF_F_GSO | NETIF_F_ALL_CSUM;

            e.write(600, MSG_MORE);

            assertThat(e.queued()).containsExactly(1000, 200);
        }

        @Test
        @DisplayName("no more than 17 pieces of pages: then a new packet, and the full one is pushed")
        void pieces() {
            Endpoint other = new Endpoint();
            e.write(HEAD, MSG_MORE);
            other.write(HEAD, MSG_MORE);

            // In turns, so that no two pieces of a socket are neighbours in the page.
            for (int i = 0; i <= MAX_SKB_FRAGS; i++) {
                e.write(10, MSG_MORE);
                other.write(10, MSG_MORE);
            }

            assertThat(e.queued()).containsExactly(HEAD + 10 * MAX_SKB_FRAGS, 10);
            assertThat(e.q.skb(0).shinfo.nr_frags).isEqualTo(MAX_SKB_FRAGS);
            assertThat(TCP_SKB_CB(e.q.skb(0)).tcp_flags & TCPHDR_PSH).isNotZero();
            assertThat(e.queuedBytes()).isEqualTo(Endpoint.stream(0, HEAD + 10 * MAX_SKB_FRAGS + 10));
            other.free();
        }

        @Test
        @DisplayName("takes all pieces of the application's memory, and leaves the list of them as it is")
        void iovec() {
            byte[] b = Endpoint.stream(0, 300);
            msghdr m = Endpoint.msg(0, new iovec(b, 0, 100), new iovec(b, 0, 0), new iovec(b, 100, 200));

            assertThat(Sendmsg.tcp_sendmsg(tp, m, 300)).isEqualTo(300);

            assertThat(e.queuedBytes()).isEqualTo(b);
            assertThat(m.msg_iov[2].iov_off).isEqualTo(100);
            assertThat(m.msg_iov[2].iov_len).isEqualTo(200);
        }

        @Test
        @DisplayName("nothing to be written: 0, and nothing happens")
        void nothing() {
            assertThat(e.write(0, 0)).isZero();

            assertThat(e.queued()).isEmpty();
        }

        @Test
        @DisplayName("memory that cannot be read: -EFAULT, and no empty packet is left on the queue")
        void fault() {
            msghdr m = Endpoint.msg(0, new iovec(null, 0, 100));

            assertThat(Sendmsg.tcp_sendmsg(tp, m, 100)).isEqualTo(-EFAULT);

            assertThat(e.queued()).isEmpty();
            assertThat(tp.sk_send_head).isNull();
            assertThat(tp.sk_wmem_queued).isZero();
        }

        @Test
        @DisplayName("what was read before counts, and is sent; so does a packet that had something in it")
        void fault_later() {
            msghdr m = Endpoint.msg(0, new iovec(Endpoint.stream(0, 100), 0, 100), new iovec(null, 0, 100));

            assertThat(Sendmsg.tcp_sendmsg(tp, m, 200)).isEqualTo(100);

            assertThat(e.wire).containsExactly("0-0.1");
        }

        @Test
        @DisplayName("the same where bytes go into a page")
        void fault_in_page() {
            e.write(HEAD, MSG_MORE);
            msghdr m = Endpoint.msg(0, new iovec(null, 0, 100));

            assertThat(Sendmsg.tcp_sendmsg(tp, m, 100)).isEqualTo(-EFAULT);

            assertThat(e.queued()).containsExactly(HEAD);
            e.assertCharged();
        }

        @Test
        @DisplayName("a closed socket, or one that has been shut down: -EPIPE")
        void pipe() {
            tp.sk_shutdown = SEND_SHUTDOWN;
            assertThat(e.write(10, 0)).isEqualTo(-EPIPE);

            tp.sk_shutdown = 0;
            tp.skc_state = TCP_CLOSE;
            assertThat(e.write(10, 0)).isEqualTo(-EPIPE);
        }

        @Test
        @DisplayName("an error of the connection is reported once")
        void error() {
            tp.sk_err = ECONNRESET;

            assertThat(e.write(10, 0)).isEqualTo(-ECONNRESET);
            assertThat(tp.sk_err).isZero();
        }

        @Test
        @DisplayName("while connecting, one who does not wait gets -EAGAIN")
        void connecting() {
            tp.skc_state = TCP_SYN_SENT;

            assertThat(e.write(10, MSG_DONTWAIT)).isEqualTo(-EAGAIN);
        }

        @Test
        @DisplayName("a Fast Open server may answer before the handshake is over")
        void passive_fastopen() {
            tp.skc_state = TCP_SYN_RECV;
            tp.fastopen_rsk = new tcp_request_sock();

            assertThat(e.write(10, MSG_DONTWAIT)).isEqualTo(10);
            tp.fastopen_rsk = null;
        }

        @Test
        @DisplayName("the send buffer is full: what fitted is pushed and counts, then -EAGAIN for who does not wait")
        void full() {
            tp.sk_sndbuf = 10_000;
            tp.snd_wnd = 0;

            int wrote = e.write(100_000, MSG_DONTWAIT | MSG_MORE);

            assertThat(wrote).isBetween(1, 99_999);
            assertThat(e.queuedBytes()).isEqualTo(Endpoint.stream(0, wrote));
            assertThat(TCP_SKB_CB(e.last()).tcp_flags & TCPHDR_PSH).as("MSG_MORE does not count then").isNotZero();
            assertThat(e.sock.flags & 1 << SOCK_NOSPACE).isNotZero();
            assertThat(e.write(1, MSG_DONTWAIT)).isEqualTo(-EAGAIN);
        }

        @Test
        @DisplayName("no memory: -EAGAIN for who does not wait")
        void no_memory() {
            Gfp.failNth(0);

            assertThat(e.write(100, MSG_DONTWAIT)).isEqualTo(-EAGAIN);
            tcp_memory_pressure.val = 0;
        }

        @Test
        @DisplayName("no page: what went into the head counts")
        void no_page() {
            Gfp.inject((gfp, count) -> current.task_frag.page == null && e.last() != null);

            assertThat(e.write(HEAD + 100, MSG_DONTWAIT)).isEqualTo(HEAD);
            tcp_memory_pressure.val = 0;
        }

        @Test
        @DisplayName("the last byte of a write with MSG_OOB is urgent")
        void urgent() {
            e.write(100, MSG_OOB);

            assertThat(tp.snd_up).isEqualTo(e.q.start + 100);
            assertThat(e.queued()).containsExactly(100);
        }

        @Test
        @DisplayName("repair: without a queue -EINVAL")
        void repair_none() {
            tp.repair = true;

            assertThat(e.write(10, 0)).isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("repair of the send queue: the packets count as sent, but when is not known")
        void repair_send() {
            tp.repair = true;
            tp.repair_queue = TCP_SEND_QUEUE;

            assertThat(e.write(10, 0)).isEqualTo(10);

            assertThat(TCP_SKB_CB(e.last()).sacked & TCPCB_REPAIRED).isNotZero();
            assertThat(e.wire).isEmpty();
        }

        @Test
        @DisplayName("repair of the receive queue: the bytes can be read")
        void repair_receive() {
            tp.repair = true;
            tp.repair_queue = TCP_RECV_QUEUE;

            assertThat(e.write(10, 0)).isEqualTo(10);

            tp.repair = false;
            assertThat(tp.rcv_nxt - tp.copied_seq).isEqualTo(10);
            e.reads(0, 10);
        }
    }

    @Nested
    class do_tcp_sendpages {
        private page page;

        @BeforeEach
        void pages() {
            page = alloc_page(GFP_KERNEL);
            System.arraycopy(Endpoint.stream(0, PAGE_SIZE), 0, page.data, 0, PAGE_SIZE);
        }

        @AfterEach
        void put() {
            put_page(page);
        }

        private int send(int offset, int size, int flags) {
            lock_sock(tp);
            int ret = Sendmsg.do_tcp_sendpages(tp, page, offset, size, flags);
            release_sock(tp);
            return ret;
        }

        @Test
        @DisplayName("the packet refers to the page; nothing is copied")
        void refers() {
            assertThat(send(100, 2000, 0)).isEqualTo(2000);

            assertThat(e.queued()).containsExactly(2000);
            assertThat(e.last().data_len).isEqualTo(2000);
            assertThat(skb_frag_page(e.last().shinfo.frags(0))).isSameAs(page);
            assertThat(page_count(page)).isEqualTo(2);
            assertThat(e.last().shinfo.tx_flags & SKBTX_SHARED_FRAG).isNotZero();
            assertThat(e.queuedBytes()).isEqualTo(Endpoint.stream(100, 2000));
            assertThat(e.wire).containsExactly("0-2");
            e.assertCharged();
        }

        @Test
        @DisplayName("neighbouring pieces become one; then one piece has one reference")
        void coalesces() {
            send(0, 500, MSG_MORE);
            send(500, 300, MSG_MORE);

            assertThat(e.last().shinfo.nr_frags).isOne();
            assertThat(page_count(page)).isEqualTo(2);
            assertThat(e.queuedBytes()).isEqualTo(Endpoint.stream(0, 800));
        }

        @Test
        @DisplayName("no more than 17 pieces: then a new packet")
        void pieces() {
            for (int i = 0; i <= MAX_SKB_FRAGS; i++) {
                send(2 * i, 1, MSG_MORE);
            }

            assertThat(e.queued()).containsExactly(MAX_SKB_FRAGS, 1);
            assertThat(TCP_SKB_CB(e.q.skb(0)).tcp_flags & TCPHDR_PSH).isNotZero();
        }

        @Test
        @DisplayName("a packet is not larger than the size goal")
        void size_goal() {
            tp.max_window = 2000;

            assertThat(send(0, 4000, MSG_MORE)).isEqualTo(4000);

            assertThat(e.queued()).containsExactly(1000, 1000, 1000, 1000);
            assertThat(e.queuedBytes()).isEqualTo(Endpoint.stream(0, 4000));
        }

        @Test
        @DisplayName("more pages are to come: nothing is pushed yet")
        void not_last() {
            send(0, 500, MSG_SENDPAGE_NOTLAST);

            assertThat(e.wire).isEmpty();
        }

        @Test
        @DisplayName("the send buffer is full: -EAGAIN for who does not wait")
        void full() {
            tp.sk_sndbuf = 2000;
            tp.snd_wnd = 0;
            send(0, 3000, MSG_DONTWAIT);

            assertThat(send(0, 3000, MSG_DONTWAIT | MSG_OOB)).isEqualTo(-EAGAIN);
            assertThat(e.sock.flags & 1 << SOCK_NOSPACE).isNotZero();
        }

        @Test
        @DisplayName("nobody to send it to: -EPIPE")
        void pipe() {
            tp.sk_shutdown = SEND_SHUTDOWN;

            assertThat(send(0, 10, 0)).isEqualTo(-EPIPE);
        }
    }

    @Nested
    class tcp_sendpage {
        private page page;

        @BeforeEach
        void pages() {
            page = alloc_page(GFP_KERNEL);
            System.arraycopy(Endpoint.stream(0, PAGE_SIZE), 0, page.data, 0, PAGE_SIZE);
        }

        @AfterEach
        void put() {
            put_page(page);
        }

        @Test
        @DisplayName("a device that sends from pages and sums up: no copy")
        void no_copy() {
            assertThat(Sendmsg.tcp_sendpage(tp, page, 0, 100, 0)).isEqualTo(100);

            assertThat(e.last().data_len).isEqualTo(100);
        }

        @Test
        @DisplayName("one that does not: the bytes are copied like those of any write")
        void copies() {
            tp.sk_route_caps = NETIF_F_SG;

            assertThat(Sendmsg.tcp_sendpage(tp, page, 0, 100, 0)).isEqualTo(100);

            assertThat(page_count(page)).isOne();
            assertThat(e.queuedBytes()).isEqualTo(Endpoint.stream(0, 100));
        }
    }
}
