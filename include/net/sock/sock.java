// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import linux.mm.page_frag;
import linux.net.socket;
import linux.net.socket_wq;
import linux.skbuff.sk_buff;
import linux.skbuff.sk_buff_head;
import linux.timer.timer_list;
import net.dst.dst_entry;

/**
 * A socket as the network sees it: queues, memory accounting, the lock, and what to tell whom when something
 * happens.
 *
 * <p>The function pointers at the end are how MPTCP gets in: a subflow's {@code sk_data_ready} is {@code
 * mptcp_data_ready} instead of waking a reader.
 */
public class sock extends sock_common {
    /** {@code sk_userlocks}: the application has chosen this itself, so leave it alone. */
    public static final int SOCK_SNDBUF_LOCK = 1;

    public static final int SOCK_RCVBUF_LOCK = 2;
    public static final int SOCK_BINDADDR_LOCK = 4;
    public static final int SOCK_BINDPORT_LOCK = 8;

    /** {@code sk_shutdown}. */
    public static final int RCV_SHUTDOWN = 1;

    public static final int SEND_SHUTDOWN = 2;
    public static final int SHUTDOWN_MASK = 3;

    /** Something has happened to the socket. */
    public interface Callback {
        void call(sock sk);
    }

    /** @see sock#sk_data_ready */
    public interface DataReady {
        void call(sock sk, int bytes);
    }

    /** @see sock#sk_backlog_rcv */
    public interface BacklogRcv {
        int call(sock sk, sk_buff skb);
    }

    /** Packets that came while a system call owned the socket. */
    public static final class Backlog {
        /** Bytes of memory in it. */
        public int len;

        public sk_buff head;
        public sk_buff tail;
    }

    public final socket_lock_t sk_lock = new socket_lock_t();

    /** In order, without headers, for the reader to take. */
    public final sk_buff_head sk_receive_queue = new sk_buff_head();

    public final Backlog sk_backlog = new Backlog();

    /** Memory of what was received and not yet read (in C a part of the backlog, for the cache's sake). */
    public int sk_rmem_alloc;

    /** Memory already charged to the protocol and not yet in use by the socket. */
    public int sk_forward_alloc;

    /** Packets dropped. */
    public int sk_drops;

    /** {@code SO_RCVBUF}, in bytes of memory. */
    public int sk_rcvbuf;

    public socket_wq sk_wq;

    /** A bit for each of {@link SockFlag}. */
    public long sk_flags;

    /** The route by which packets come in, for those that follow. */
    public dst_entry sk_rx_dst;

    /** The route to the peer. */
    public dst_entry sk_dst_cache;

    /** Bytes on their way through devices, plus one for the socket itself. */
    public int sk_wmem_alloc;

    /** Memory for options and the like. */
    public int sk_omem_alloc;

    /** {@code SO_SNDBUF}, in bytes of memory. */
    public int sk_sndbuf;

    /** Sent and not acknowledged, then (from {@link #sk_send_head}) not yet sent. */
    public final sk_buff_head sk_write_queue = new sk_buff_head();

    /** {@link #RCV_SHUTDOWN} and {@link #SEND_SHUTDOWN}. */
    public int sk_shutdown;

    public int sk_no_check;

    /** {@code SOCK_*_LOCK}. */
    public int sk_userlocks;

    /** {@code IPPROTO_TCP}. */
    public int sk_protocol;

    /** {@code SOCK_STREAM}. */
    public int sk_type;

    /** Bytes of memory on {@link #sk_write_queue}. */
    public int sk_wmem_queued;

    /** {@code GFP_KERNEL} mostly. */
    public int sk_allocation;

    /** Bytes a second (u32); {@code ~0}: no limit. */
    public int sk_pacing_rate;

    public int sk_max_pacing_rate;

    /** What the device on the route can do for us; {@code NETIF_F_*}. */
    public long sk_route_caps;

    /** And what it must not do. */
    public long sk_route_nocaps;

    /** {@code SKB_GSO_TCPV4}. */
    public int sk_gso_type;

    /** The largest packet that the device splits, in bytes and in segments. */
    public int sk_gso_max_size;

    public int sk_gso_max_segs;

    /** {@code SO_RCVLOWAT}. */
    public int sk_rcvlowat;

    /** {@code SO_LINGER}, in jiffies. */
    public long sk_lingertime;

    public final sk_buff_head sk_error_queue = new sk_buff_head();
    public proto sk_prot_creator;

    /** The error that the next system call returns, and the one that it returns if nothing worse happens. */
    public int sk_err;

    public int sk_err_soft;

    /** Connections waiting to be accepted, and how many may wait. */
    public int sk_ack_backlog;

    public int sk_max_ack_backlog;
    public int sk_priority;

    /** {@code SO_RCVTIMEO} and {@code SO_SNDTIMEO}, in jiffies. */
    public long sk_rcvtimeo;

    public long sk_sndtimeo;
    public Object sk_protinfo;

    /** TCP: the keepalive timer, also SYN/ACK and FIN_WAIT2. */
    public final timer_list sk_timer = new timer_list();

    /** When the last packet was received, in nanoseconds since 1970. */
    public long sk_stamp;

    /** The application's side; null for an orphan. */
    public socket sk_socket;

    public Object sk_user_data;

    /** The page that small sends of this socket share. */
    public final page_frag sk_frag = new page_frag();

    /** The first packet on {@link #sk_write_queue} that was never sent; null: all were. */
    public sk_buff sk_send_head;

    /** Where the next peek starts; -1: at the beginning. */
    public int sk_peek_off;

    /** Writers that wait for memory. */
    public int sk_write_pending;

    public int sk_mark;

    /** {@code wake up, the state has changed}; for a subflow {@code mptcp_set_state}. */
    public Callback sk_state_change;

    /** Data have come. */
    public DataReady sk_data_ready;

    /** There is room to write. */
    public Callback sk_write_space;

    public Callback sk_error_report;

    /** What to do with a packet of the backlog. */
    public BacklogRcv sk_backlog_rcv;

    /** Called when the last reference is gone. */
    public Callback sk_destruct;

    @Override
    public void copy(sock_common other) {
        super.copy(other);
        sock o = (sock) other;
        copyHead(sk_receive_queue, o.sk_receive_queue);
        sk_backlog.len = o.sk_backlog.len;
        sk_backlog.head = o.sk_backlog.head;
        sk_backlog.tail = o.sk_backlog.tail;
        sk_rmem_alloc = o.sk_rmem_alloc;
        sk_forward_alloc = o.sk_forward_alloc;
        sk_drops = o.sk_drops;
        sk_rcvbuf = o.sk_rcvbuf;
        sk_wq = o.sk_wq;
        sk_flags = o.sk_flags;
        sk_rx_dst = o.sk_rx_dst;
        sk_dst_cache = o.sk_dst_cache;
        sk_wmem_alloc = o.sk_wmem_alloc;
        sk_omem_alloc = o.sk_omem_alloc;
        sk_sndbuf = o.sk_sndbuf;
        copyHead(sk_write_queue, o.sk_write_queue);
        sk_shutdown = o.sk_shutdown;
        sk_no_check = o.sk_no_check;
        sk_userlocks = o.sk_userlocks;
        sk_protocol = o.sk_protocol;
        sk_type = o.sk_type;
        sk_wmem_queued = o.sk_wmem_queued;
        sk_allocation = o.sk_allocation;
        sk_pacing_rate = o.sk_pacing_rate;
        sk_max_pacing_rate = o.sk_max_pacing_rate;
        sk_route_caps = o.sk_route_caps;
        sk_route_nocaps = o.sk_route_nocaps;
        sk_gso_type = o.sk_gso_type;
        sk_gso_max_size = o.sk_gso_max_size;
        sk_gso_max_segs = o.sk_gso_max_segs;
        sk_rcvlowat = o.sk_rcvlowat;
        sk_lingertime = o.sk_lingertime;
        copyHead(sk_error_queue, o.sk_error_queue);
        sk_prot_creator = o.sk_prot_creator;
        sk_err = o.sk_err;
        sk_err_soft = o.sk_err_soft;
        sk_ack_backlog = o.sk_ack_backlog;
        sk_max_ack_backlog = o.sk_max_ack_backlog;
        sk_priority = o.sk_priority;
        sk_rcvtimeo = o.sk_rcvtimeo;
        sk_sndtimeo = o.sk_sndtimeo;
        sk_protinfo = o.sk_protinfo;
        copyTimer(sk_timer, o.sk_timer);
        sk_stamp = o.sk_stamp;
        sk_socket = o.sk_socket;
        sk_user_data = o.sk_user_data;
        sk_frag.page = o.sk_frag.page;
        sk_frag.offset = o.sk_frag.offset;
        sk_frag.size = o.sk_frag.size;
        sk_send_head = o.sk_send_head;
        sk_peek_off = o.sk_peek_off;
        sk_write_pending = o.sk_write_pending;
        sk_mark = o.sk_mark;
        sk_state_change = o.sk_state_change;
        sk_data_ready = o.sk_data_ready;
        sk_write_space = o.sk_write_space;
        sk_error_report = o.sk_error_report;
        sk_backlog_rcv = o.sk_backlog_rcv;
        sk_destruct = o.sk_destruct;
    }

    /** A queue's head as bytes: where it leads to, not what is there. */
    protected static void copyHead(sk_buff_head to, sk_buff_head from) {
        to.next = from.next;
        to.prev = from.prev;
        to.qlen = from.qlen;
    }

    /** What the timer does and when; it is not running, whatever {@code from} is. */
    protected static void copyTimer(timer_list to, timer_list from) {
        to.expires = from.expires;
        to.function = from.function;
        to.data = from.data;
        to.slack = from.slack;
    }
}
