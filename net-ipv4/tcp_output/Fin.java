// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Alloc.alloc_skb_fclone;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_reserve;
import static linux.tcp.Sockets.tcp_sk;
import static net.snmp.Mib.NET_INC_STATS;
import static net.snmp.Mib.TCP_INC_STATS;
import static net.sock.Fields.sock_net;
import static net.tcp.TcpConst.MAX_TCP_HEADER;
import static net.tcp.TcpConst.TCPHDR_ACK;
import static net.tcp.TcpConst.TCPHDR_FIN;
import static net.tcp.TcpConst.TCPHDR_RST;
import static net.tcp.TcpConst.TCP_NAGLE_OFF;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp.WriteQueue.tcp_write_queue_tail;
import static tcp_output.Events.tcp_acceptable_seq;
import static tcp_output.Mss.tcp_current_mss;
import static tcp_output.Options.tcp_init_nondata_skb;
import static tcp_output.Push.__tcp_push_pending_frames;
import static tcp_output.Transmit.tcp_queue_skb;
import static tcp_output.Transmit.tcp_transmit_skb;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTFAILED;
import static uapi.linux.snmp.Snmp.TCP_MIB_OUTRSTS;

import linux.compiler.KernelBug;
import linux.sched.Sched;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.sock.sock;

/**
 * The end of a connection: FIN behind the last data (RFC 9293, section 3.6), or RST at once.
 *
 * <p>{@code tcp_close} and {@code tcp_shutdown} come in through {@code tp.send_fin} and {@code
 * tp.send_active_reset}; for a meta socket those lead to {@code mptcp_output}, which comes here for its subflows.
 */
public final class Fin {
    private Fin() {}

    /**
     * Puts a FIN at the end of what is to be sent: on the last packet if that is still here, else in one of its own.
     * Must not fail, so it waits for memory.
     */
    @KernelBug("Goes round in circles until there is memory, with the socket locked; fixed upstream by \"tcp: avoid"
            + " looping in tcp_send_fin()\"")
    public static void tcp_send_fin(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        sk_buff skb = tcp_write_queue_tail(sk);
        int mss_now;

        mss_now = tcp_current_mss(sk);

        if (tcp_send_head(sk) != null) {
            TCP_SKB_CB(skb).tcp_flags |= TCPHDR_FIN;
            TCP_SKB_CB(skb).end_seq++;
            tp.write_seq++;
        } else {
            for (;;) {
                skb = alloc_skb_fclone(MAX_TCP_HEADER, sk.sk_allocation);
                if (skb != null) {
                    break;
                }
                Sched.yield();
            }

            skb_reserve(skb, MAX_TCP_HEADER);
            tcp_init_nondata_skb(skb, tp.write_seq, TCPHDR_ACK | TCPHDR_FIN);
            tcp_queue_skb(sk, skb);
        }
        __tcp_push_pending_frames(sk, mss_now, TCP_NAGLE_OFF);
    }

    /**
     * Sends a RST: data would be thrown away unread, or the application wants it so ({@code SO_LINGER} with 0; RFC
     * 2525, section 2.17). It is never repeated, and it has no memory of its own: a failure is only counted.
     */
    public static void tcp_send_active_reset(sock sk, int priority) {
        sk_buff skb;

        skb = alloc_skb(MAX_TCP_HEADER, priority);
        if (skb == null) {
            NET_INC_STATS(sock_net(sk), LINUX_MIB_TCPABORTFAILED);
            return;
        }

        skb_reserve(skb, MAX_TCP_HEADER);
        tcp_init_nondata_skb(skb, tcp_acceptable_seq(sk), TCPHDR_ACK | TCPHDR_RST);
        TCP_SKB_CB(skb).when = tcp_time_stamp();
        if (tcp_transmit_skb(sk, skb, 0, priority) != 0) {
            NET_INC_STATS(sock_net(sk), LINUX_MIB_TCPABORTFAILED);
        }

        TCP_INC_STATS(sock_net(sk), TCP_MIB_OUTRSTS);
    }
}
