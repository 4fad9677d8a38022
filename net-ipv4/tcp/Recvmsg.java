// SPDX-License-Identifier: GPL-2.0-only
package tcp;

import static linux.bug.Bug.WARN;
import static linux.bug.Bug.WARN_ON;
import static linux.errno.Errno.EAGAIN;
import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOTCONN;
import static linux.errno.Errno.EPERM;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.leU32;
import static linux.kernel.Kernel.ltU32;
import static linux.printk.Printk.net_dbg_ratelimited;
import static linux.sched.Sched.current;
import static linux.sched.Sched.signal_pending;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Datagram.skb_copy_datagram_iovec;
import static linux.skbuff.Queue.__skb_dequeue;
import static linux.skbuff.Queue.skb_peek;
import static linux.skbuff.Queue.skb_queue_empty;
import static linux.socket.Iovec.memcpy_toiovec;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_connection_sock.Acks.inet_csk_ack_scheduled;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_PUSHED;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_PUSHED2;
import static net.snmp.Mib.NET_ADD_STATS_USER;
import static net.snmp.Mib.NET_INC_STATS_USER;
import static net.sock.BacklogQueue.sk_backlog_rcv;
import static net.sock.Fields.sock_error;
import static net.sock.Fields.sock_net;
import static net.sock.Flags.sock_flag;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static net.sock.Owner.sk_eat_skb;
import static net.sock.SockFlag.SOCK_DONE;
import static net.sock.SockFlag.SOCK_URGINLINE;
import static net.sock.Waiting.sk_wait_data;
import static net.sock.Waiting.sock_intr_errno;
import static net.sock.Waiting.sock_rcvlowat;
import static net.sock.Waiting.sock_rcvtimeo;
import static net.sock.sock.RCV_SHUTDOWN;
import static net.tcp.Sequence.after;
import static net.tcp.Sequence.before;
import static net.tcp.Sysctls.sysctl_tcp_low_latency;
import static net.tcp.TcpConst.TCP_URG_READ;
import static net.tcp.TcpConst.TCP_URG_VALID;
import static net.tcp.Windows.tcp_fast_path_check;
import static net.tcp.Windows.tcp_receive_window;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static tcp_input.Buffers.tcp_rcv_space_adjust;
import static tcp_output.AckAndProbe.tcp_send_ack;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDIRECTCOPYFROMBACKLOG;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDIRECTCOPYFROMPREQUEUE;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPPREQUEUED;
import static uapi.linux.socket.SocketOpt.MSG_OOB;
import static uapi.linux.socket.SocketOpt.MSG_PEEK;
import static uapi.linux.socket.SocketOpt.MSG_TRUNC;
import static uapi.linux.socket.SocketOpt.MSG_WAITALL;
import static uapi.linux.tcp.TcpOpt.TCP_NO_QUEUE;
import static uapi.linux.tcp.TcpOpt.TCP_SEND_QUEUE;

import linux.compiler.IntRef;
import linux.compiler.LongRef;
import linux.fs.read_descriptor_t;
import linux.sched.task_struct;
import linux.skbuff.sk_buff;
import linux.socket.msghdr;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock;
import net.sock.sock;
import net.tcp.sk_read_actor_t;

/**
 * {@code recv(2)}: from the receive queue to the application's memory.
 *
 * <p>{@code inet_recvmsg} comes in at {@link #tcp_recvmsg}, which copies ({@code skb_copy_datagram_iovec}), frees what
 * has been read, and tells the peer when the window has opened by it ({@link #tcp_cleanup_rbuf}). {@link
 * #tcp_read_sock} is the way for those who take the packets themselves.
 *
 * <p>Four queues hold what is on its way to the reader, the oldest data first; one is looked at only when those in
 * front of it are empty:
 *
 * <pre>
 *  receive queue   in order, acknowledged; the reader takes from here
 *  prequeue        packets left to a reader who waits: he processes them himself, in tcp_prequeue_process
 *  backlog         packets that came while the socket was owned: processed when it is released
 *  the network
 * </pre>
 *
 * <p>A reader who waits is named in {@code tp.ucopy}: data that come in order while he processes his prequeue or the
 * backlog are copied to him at once ({@code tcp_copy_to_iovec}) and never see the receive queue.
 */
public final class Recvmsg {
    private Recvmsg() {}

    /**
     * Reads the urgent byte when it is not inline. Never waits.
     *
     * @return 1 (0 if {@code len} is 0; or if no byte can come any more); {@code -EINVAL}: there is none, or it has
     *     been read; {@code -EAGAIN}: it is announced but not here; {@code -ENOTCONN}; {@code -EFAULT}
     */
    static int tcp_recv_urg(sock sk, msghdr msg, int len, int flags) {
        tcp_sock tp = tcp_sk(sk);

        if (sock_flag(sk, SOCK_URGINLINE) || tp.urg_data == 0
                || tp.urg_data == TCP_URG_READ) {
            return -EINVAL;
        }

        if (sk.skc_state == TCP_CLOSE && !sock_flag(sk, SOCK_DONE)) {
            return -ENOTCONN;
        }

        if ((tp.urg_data & TCP_URG_VALID) != 0) {
            int err = 0;
            byte[] c = {(byte) tp.urg_data};

            if ((flags & MSG_PEEK) == 0) {
                tp.urg_data = TCP_URG_READ;
            }

            msg.msg_flags |= MSG_OOB;

            if (len > 0) {
                if ((flags & MSG_TRUNC) == 0) {
                    err = memcpy_toiovec(msg.msg_iov, c, 0, 1);
                }
                len = 1;
            } else {
                msg.msg_flags |= MSG_TRUNC;
            }

            return err != 0 ? -EFAULT : len;
        }

        if (sk.skc_state == TCP_CLOSE || (sk.sk_shutdown & RCV_SHUTDOWN) != 0) {
            return 0;
        }

        return -EAGAIN;
    }

    /** Socket repair: copies all of the write queue, whatever {@code len} is. @return bytes, or {@code -EFAULT} */
    static int tcp_peek_sndq(sock sk, msghdr msg, int len) {
        sk_buff skb;
        int copied = 0;
        int err = 0;

        for (skb = skb_peek(sk.sk_write_queue); skb != null; skb = skb.next) {
            err = skb_copy_datagram_iovec(skb, 0, msg.msg_iov, skb.len);
            if (err != 0) {
                break;
            }

            copied += skb.len;
        }

        return err != 0 ? err : copied;
    }

    /**
     * Data have been read: is an ACK due? Yes if a delayed one is and there is no reason to wait any longer, or if the
     * window has at least doubled by the read (RFC 1122, section 4.2.3.3: no small steps).
     *
     * @param copied how many bytes the application has got so far in this call
     */
    public static void tcp_cleanup_rbuf(sock sk, int copied) {
        tcp_sock tp = tcp_sk(sk);
        boolean time_to_ack = false;

        sk_buff skb = skb_peek(sk.sk_receive_queue);

        if (skb != null && !before(tp.copied_seq, TCP_SKB_CB(skb).end_seq)) {
            WARN(true, "cleanup rbuf bug: copied %X seq %X rcvnxt %X\n",
                    tp.copied_seq, TCP_SKB_CB(skb).end_seq, tp.rcv_nxt);
        }

        if (inet_csk_ack_scheduled(sk)) {
            inet_connection_sock icsk = inet_csk(sk);
            // Someone who only listens, has read everything and got a PSH will not answer: nothing to ride on.
            if (icsk.icsk_ack.blocked != 0
                    || gtU32(tp.rcv_nxt - tp.rcv_wup, icsk.icsk_ack.rcv_mss)
                    || copied > 0
                            && ((icsk.icsk_ack.pending & ICSK_ACK_PUSHED2) != 0
                                    || (icsk.icsk_ack.pending & ICSK_ACK_PUSHED) != 0
                                            && icsk.icsk_ack.pingpong == 0)
                            && sk.sk_rmem_alloc == 0) {
                time_to_ack = true;
            }
        }

        if (copied > 0 && !time_to_ack && (sk.sk_shutdown & RCV_SHUTDOWN) == 0) {
            int rcv_window_now = tcp_receive_window(tp);

            if (leU32(2 * rcv_window_now, tp.window_clamp)) {
                int new_window = tp.__select_window.call(sk);

                if (new_window != 0 && geU32(new_window, 2 * rcv_window_now)) {
                    time_to_ack = true;
                }
            }
        }
        if (time_to_ack) {
            tcp_send_ack(sk);
        }
    }

    /** The reader processes the packets that were left to him, as a softirq would have. He owns the socket. */
    static void tcp_prequeue_process(sock sk) {
        sk_buff skb;
        tcp_sock tp = tcp_sk(sk);

        NET_INC_STATS_USER(sock_net(sk), LINUX_MIB_TCPPREQUEUED);

        local_bh_disable();
        while ((skb = __skb_dequeue(tp.ucopy.prequeue)) != null) {
            sk_backlog_rcv(sk, skb);
        }
        local_bh_enable();

        tp.ucopy.memory = 0;
    }

    /**
     * The packet in which {@code seq} lies, or its FIN; older ones are freed.
     *
     * @param off where in it
     * @return null: there is none
     */
    static sk_buff tcp_recv_skb(sock sk, int seq, IntRef off) {
        sk_buff skb;
        int offset;

        while ((skb = skb_peek(sk.sk_receive_queue)) != null) {
            offset = seq - TCP_SKB_CB(skb).seq;
            if (tcp_hdr(skb).syn()) {
                offset--;
            }
            if (ltU32(offset, skb.len) || tcp_hdr(skb).fin()) {
                off.val = offset;
                return skb;
            }
            sk_eat_skb(sk, skb, false);
        }
        return null;
    }

    /**
     * Hands what is in the receive queue to {@code recv_actor}, piece by piece, until that takes no more or {@code
     * desc.count} is 0. The socket is owned by the caller; nobody waits. Stops in front of urgent data.
     *
     * @return bytes taken, or what {@code recv_actor} returned if there are none; {@code -ENOTCONN}: a listener
     */
    public static int tcp_read_sock(sock sk, read_descriptor_t desc, sk_read_actor_t recv_actor) {
        sk_buff skb;
        tcp_sock tp = tcp_sk(sk);
        int seq = tp.copied_seq;
        IntRef offset = new IntRef();
        int copied = 0;

        if (sk.skc_state == TCP_LISTEN) {
            return -ENOTCONN;
        }
        while ((skb = tcp_recv_skb(sk, seq, offset)) != null) {
            if (ltU32(offset.val, skb.len)) {
                int used;
                int len;

                len = skb.len - offset.val;
                if (tp.urg_data != 0) {
                    int urg_offset = tp.urg_seq - seq;
                    if (ltU32(urg_offset, len)) {
                        len = urg_offset;
                    }
                    if (len == 0) {
                        break;
                    }
                }
                used = recv_actor.call(desc, skb, offset.val, len);
                if (used <= 0) {
                    if (copied == 0) {
                        copied = used;
                    }
                    break;
                } else if (used <= len) {
                    seq += used;
                    copied += used;
                    offset.val += used;
                }
                // The actor may have let go of the socket: then the packet may have been merged into another one.
                skb = tcp_recv_skb(sk, seq - 1, offset);
                if (skb == null) {
                    break;
                }
                if (offset.val + 1 != skb.len) {
                    continue;
                }
            }
            if (tcp_hdr(skb).fin()) {
                sk_eat_skb(sk, skb, false);
                ++seq;
                break;
            }
            sk_eat_skb(sk, skb, false);
            if (desc.count == 0) {
                break;
            }
            tp.copied_seq = seq;
        }
        tp.copied_seq = seq;

        tcp_rcv_space_adjust(sk);

        if (copied > 0) {
            tcp_recv_skb(sk, seq, offset);
            tp.cleanup_rbuf.call(sk, copied);
        }
        return copied;
    }

    /** C's {@code *seq}, which points to {@code copied_seq} or, while peeking, to {@code peek_seq}. */
    private static int seq(tcp_sock tp, IntRef peek_seq) {
        return peek_seq != null ? peek_seq.val : tp.copied_seq;
    }

    /** {@code *seq += n}. */
    private static void advance(tcp_sock tp, IntRef peek_seq, int n) {
        if (peek_seq != null) {
            peek_seq.val += n;
        } else {
            tp.copied_seq += n;
        }
    }

    /**
     * Reads up to {@code len} bytes; returns with what is there once it is {@code SO_RCVLOWAT} bytes, or with {@code
     * MSG_WAITALL} all of them. A read ends in front of the urgent byte, which is skipped by the next one unless it is
     * inline. {@code MSG_TRUNC} throws the bytes away.
     *
     * @return bytes, 0 at the end of the stream; {@code -EAGAIN}: none in time, {@code -ENOTCONN}, {@code -EFAULT}, or
     *     why the connection has failed
     */
    public static int tcp_recvmsg(sock sk, msghdr msg, int len, int nonblock, int flags, IntRef addr_len) {
        tcp_sock tp = tcp_sk(sk);
        int copied = 0;
        IntRef peek_seq = null;
        int used;
        int err;
        int target;
        LongRef timeo;
        task_struct user_recv = null;
        boolean copied_early = false;
        sk_buff skb;
        int urg_hole = 0;

        lock_sock(sk);

        out: {
            recv_sndq: {
                recv_urg: {
                    err = -ENOTCONN;
                    if (sk.skc_state == TCP_LISTEN) {
                        break out;
                    }

                    timeo = new LongRef(sock_rcvtimeo(sk, nonblock != 0));

                    if ((flags & MSG_OOB) != 0) {
                        break recv_urg;
                    }

                    if (tp.repair) {
                        err = -EPERM;
                        if ((flags & MSG_PEEK) == 0) {
                            break out;
                        }

                        if (tp.repair_queue == TCP_SEND_QUEUE) {
                            break recv_sndq;
                        }

                        err = -EINVAL;
                        if (tp.repair_queue == TCP_NO_QUEUE) {
                            break out;
                        }
                    }

                    if ((flags & MSG_PEEK) != 0) {
                        peek_seq = new IntRef(tp.copied_seq);
                    }

                    target = sock_rcvlowat(sk, flags & MSG_WAITALL, len);

                    do {
                        int offset = 0;

                        // Urgent data end a read, or interrupt one that has not begun.
                        if (tp.urg_data != 0 && tp.urg_seq == seq(tp, peek_seq)) {
                            if (copied != 0) {
                                break;
                            }
                            if (signal_pending(current)) {
                                copied = timeo.val != 0 ? sock_intr_errno(timeo.val) : -EAGAIN;
                                break;
                            }
                        }

                        found_fin_ok: {
                            found_ok_skb: {
                                for (skb = skb_peek(sk.sk_receive_queue); skb != null; skb = skb.next) {
                                    if (before(seq(tp, peek_seq), TCP_SKB_CB(skb).seq)) {
                                        WARN(true, "recvmsg bug: copied %X seq %X rcvnxt %X fl %X\n",
                                                seq(tp, peek_seq), TCP_SKB_CB(skb).seq, tp.rcv_nxt, flags);
                                        break;
                                    }

                                    offset = seq(tp, peek_seq) - TCP_SKB_CB(skb).seq;
                                    if (tcp_hdr(skb).syn()) {
                                        offset--;
                                    }
                                    if (ltU32(offset, skb.len)) {
                                        break found_ok_skb;
                                    }
                                    if (tcp_hdr(skb).fin()) {
                                        break found_fin_ok;
                                    }
                                    if ((flags & MSG_PEEK) == 0) {
                                        WARN(true, "recvmsg bug 2: copied %X seq %X rcvnxt %X fl %X\n",
                                                seq(tp, peek_seq), TCP_SKB_CB(skb).seq, tp.rcv_nxt, flags);
                                    }
                                }

                                if (copied >= target && sk.sk_backlog.tail == null) {
                                    break;
                                }

                                if (copied != 0) {
                                    if (sk.sk_err != 0
                                            || sk.skc_state == TCP_CLOSE
                                            || (sk.sk_shutdown & RCV_SHUTDOWN) != 0
                                            || timeo.val == 0
                                            || signal_pending(current)) {
                                        break;
                                    }
                                } else {
                                    if (sock_flag(sk, SOCK_DONE)) {
                                        break;
                                    }

                                    if (sk.sk_err != 0) {
                                        copied = sock_error(sk);
                                        break;
                                    }

                                    if ((sk.sk_shutdown & RCV_SHUTDOWN) != 0) {
                                        break;
                                    }

                                    if (sk.skc_state == TCP_CLOSE) {
                                        if (!sock_flag(sk, SOCK_DONE)) {
                                            copied = -ENOTCONN;
                                            break;
                                        }
                                        break;
                                    }

                                    if (timeo.val == 0) {
                                        copied = -EAGAIN;
                                        break;
                                    }

                                    if (signal_pending(current)) {
                                        copied = sock_intr_errno(timeo.val);
                                        break;
                                    }
                                }

                                tp.cleanup_rbuf.call(sk, copied);

                                after_prequeue: {
                                    int chunk;

                                    do_prequeue: {
                                        if (sysctl_tcp_low_latency == 0 && tp.ucopy.task == user_recv) {
                                            if (user_recv == null && (flags & (MSG_TRUNC | MSG_PEEK)) == 0) {
                                                user_recv = current;
                                                tp.ucopy.task = user_recv;
                                                tp.ucopy.iov = msg.msg_iov;
                                            }

                                            tp.ucopy.len = len;

                                            WARN_ON(tp.copied_seq != tp.rcv_nxt
                                                    && (flags & (MSG_PEEK | MSG_TRUNC)) == 0);

                                            // What is in the backlog is younger: it must not be processed first, and
                                            // releasing the socket would do just that.
                                            if (!skb_queue_empty(tp.ucopy.prequeue)) {
                                                break do_prequeue;
                                            }
                                        }

                                        if (copied >= target) {
                                            release_sock(sk);
                                            lock_sock(sk);
                                        } else {
                                            sk_wait_data(sk, timeo);
                                        }

                                        if (user_recv == null) {
                                            break after_prequeue;
                                        }

                                        if ((chunk = len - tp.ucopy.len) != 0) {
                                            NET_ADD_STATS_USER(
                                                    sock_net(sk), LINUX_MIB_TCPDIRECTCOPYFROMBACKLOG, chunk);
                                            len -= chunk;
                                            copied += chunk;
                                        }

                                        if (tp.rcv_nxt != tp.copied_seq || skb_queue_empty(tp.ucopy.prequeue)) {
                                            break after_prequeue;
                                        }
                                    }
                                    tcp_prequeue_process(sk);

                                    if ((chunk = len - tp.ucopy.len) != 0) {
                                        NET_ADD_STATS_USER(
                                                sock_net(sk), LINUX_MIB_TCPDIRECTCOPYFROMPREQUEUE, chunk);
                                        len -= chunk;
                                        copied += chunk;
                                    }
                                }
                                if ((flags & MSG_PEEK) != 0
                                        && peek_seq.val - copied - urg_hole != tp.copied_seq) {
                                    net_dbg_ratelimited("TCP(%s:%d): Application bug, race in MSG_PEEK\n",
                                            current.comm, current.pid);
                                    peek_seq.val = tp.copied_seq;
                                }
                                continue;
                            }
                            used = skb.len - offset;
                            if (len < used) {
                                used = len;
                            }

                            skip_copy: {
                                if (tp.urg_data != 0) {
                                    int urg_offset = tp.urg_seq - seq(tp, peek_seq);
                                    if (ltU32(urg_offset, used)) {
                                        if (urg_offset == 0) {
                                            if (!sock_flag(sk, SOCK_URGINLINE)) {
                                                advance(tp, peek_seq, 1);
                                                urg_hole++;
                                                offset++;
                                                used--;
                                                if (used == 0) {
                                                    break skip_copy;
                                                }
                                            }
                                        } else {
                                            used = urg_offset;
                                        }
                                    }
                                }

                                if ((flags & MSG_TRUNC) == 0) {
                                    err = skb_copy_datagram_iovec(skb, offset, msg.msg_iov, used);
                                    if (err != 0) {
                                        if (copied == 0) {
                                            copied = -EFAULT;
                                        }
                                        break;
                                    }
                                }

                                advance(tp, peek_seq, used);
                                copied += used;
                                len -= used;

                                tcp_rcv_space_adjust(sk);
                            }
                            if (tp.urg_data != 0 && after(tp.copied_seq, tp.urg_seq)) {
                                tp.urg_data = 0;
                                tcp_fast_path_check(sk);
                            }
                            if (used + offset < skb.len) {
                                continue;
                            }

                            if (tcp_hdr(skb).fin()) {
                                break found_fin_ok;
                            }
                            if ((flags & MSG_PEEK) == 0) {
                                sk_eat_skb(sk, skb, copied_early);
                                copied_early = false;
                            }
                            continue;
                        }
                        advance(tp, peek_seq, 1);
                        if ((flags & MSG_PEEK) == 0) {
                            sk_eat_skb(sk, skb, copied_early);
                            copied_early = false;
                        }
                        break;
                    } while (len > 0);

                    if (user_recv != null) {
                        if (!skb_queue_empty(tp.ucopy.prequeue)) {
                            int chunk;

                            tp.ucopy.len = copied > 0 ? len : 0;

                            tcp_prequeue_process(sk);

                            if (copied > 0 && (chunk = len - tp.ucopy.len) != 0) {
                                NET_ADD_STATS_USER(sock_net(sk), LINUX_MIB_TCPDIRECTCOPYFROMPREQUEUE, chunk);
                                len -= chunk;
                                copied += chunk;
                            }
                        }

                        tp.ucopy.task = null;
                        tp.ucopy.len = 0;
                    }

                    tp.cleanup_rbuf.call(sk, copied);

                    release_sock(sk);
                    return copied;
                }
                err = tcp_recv_urg(sk, msg, len, flags);
                break out;
            }
            err = tcp_peek_sndq(sk, msg, len);
        }
        release_sock(sk);
        return err;
    }
}
