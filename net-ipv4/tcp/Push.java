// SPDX-License-Identifier: GPL-2.0-only
package tcp;

import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.ltU32;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Clone.skb_header_release;
import static linux.tcp.Sockets.tcp_sk;
import static linux.tcp.tcp_sock.TSQ_THROTTLED;
import static net.snmp.Mib.NET_INC_STATS;
import static net.sock.Fields.sock_net;
import static net.sock.Memory.sk_mem_charge;
import static net.tcp.Sequence.after;
import static net.tcp.Sysctls.sysctl_tcp_autocorking;
import static net.tcp.TcpConst.TCPHDR_ACK;
import static net.tcp.TcpConst.TCPHDR_PSH;
import static net.tcp.TcpConst.TCP_NAGLE_CORK;
import static net.tcp.TcpConst.TCP_NAGLE_PUSH;
import static net.tcp.WriteQueue.tcp_add_write_queue_tail;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp.WriteQueue.tcp_write_queue_head;
import static net.tcp.WriteQueue.tcp_write_queue_tail;
import static tcp_output.Push.__tcp_push_pending_frames;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPAUTOCORKING;
import static uapi.linux.socket.SocketOpt.MSG_MORE;
import static uapi.linux.socket.SocketOpt.MSG_OOB;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.sock.sock;
import net.tcp.tcp_skb_cb;

/**
 * From {@code tcp_sendmsg} to {@code tcp_output}: a new packet enters the write queue by {@link #skb_entail}, and what
 * has been written is sent off by {@link #tcp_push}, unless it is worth while to wait for more.
 *
 * <p>Three things hold back a segment that is not full: {@code MSG_MORE} and {@code TCP_CORK}, Nagle's rule (RFC 896;
 * both decided in {@code tcp_output}), and autocorking, here: while packets of the socket are still in the device,
 * the next write may yet fill it up.
 */
public final class Push {
    private Push() {}

    /** The last packet gets PSH (RFC 9293, section 3.9.1): what has been written ends here. */
    static void tcp_mark_push(tcp_sock tp, sk_buff skb) {
        TCP_SKB_CB(skb).tcp_flags |= TCPHDR_PSH;
        tp.pushed_seq = tp.write_seq;
    }

    /** Half of the peer's largest window has been written without a PSH: it is time for one. */
    static boolean forced_push(tcp_sock tp) {
        return after(tp.write_seq, tp.pushed_seq + (tp.max_window >>> 1));
    }

    /** Puts an empty packet at the end of the write queue, at {@code write_seq}, and charges it to the send buffer. */
    static void skb_entail(sock sk, sk_buff skb) {
        tcp_sock tp = tcp_sk(sk);
        tcp_skb_cb tcb = TCP_SKB_CB(skb);

        skb.csum = 0;
        tcb.seq = tcb.end_seq = tp.write_seq;
        tcb.tcp_flags = TCPHDR_ACK;
        tcb.sacked = 0;
        skb_header_release(skb);
        tcp_add_write_queue_tail(sk, skb);
        sk.sk_wmem_queued += skb.truesize;
        sk_mem_charge(sk, skb.truesize);
        if ((tp.nonagle & TCP_NAGLE_PUSH) != 0) {
            tp.nonagle &= ~TCP_NAGLE_PUSH;
        }
    }

    /** With {@code MSG_OOB} the last byte written is the urgent one. */
    static void tcp_mark_urg(tcp_sock tp, int flags) {
        if ((flags & MSG_OOB) != 0) {
            tp.snd_up = tp.write_seq;
        }
    }

    /**
     * May {@code skb} wait until the device has sent what is in it? Only if it is not full and not the only one, and
     * if more than the packet's own memory is on its way: an ACK in the device is no reason to wait.
     */
    static boolean tcp_should_autocork(sock sk, sk_buff skb, int size_goal) {
        return ltU32(skb.len, size_goal)
                && sysctl_tcp_autocorking != 0
                && skb != tcp_write_queue_head(sk)
                && gtU32(sk.sk_wmem_alloc, skb.truesize);
    }

    /**
     * The end of a write: marks PSH and the urgent byte, and sends.
     *
     * @param flags {@code MSG_MORE}: a segment that is not full stays
     * @param nonagle {@code TCP_NAGLE_*}
     */
    static void tcp_push(sock sk, int flags, int mss_now, int nonagle, int size_goal) {
        tcp_sock tp = tcp_sk(sk);
        sk_buff skb;

        if (tcp_send_head(sk) == null) {
            return;
        }

        skb = tcp_write_queue_tail(sk);
        if ((flags & MSG_MORE) == 0 || forced_push(tp)) {
            tcp_mark_push(tp, skb);
        }

        tcp_mark_urg(tp, flags);

        if (tcp_should_autocork(sk, skb, size_goal)) {

            if ((tp.tsq_flags & 1 << TSQ_THROTTLED) == 0) {
                NET_INC_STATS(sock_net(sk), LINUX_MIB_TCPAUTOCORKING);
                tp.tsq_flags |= 1 << TSQ_THROTTLED;
            }
            if (gtU32(sk.sk_wmem_alloc, skb.truesize)) {
                return;
            }
        }

        if ((flags & MSG_MORE) != 0) {
            nonagle = TCP_NAGLE_CORK;
        }

        __tcp_push_pending_frames(sk, mss_now, nonagle);
    }
}
