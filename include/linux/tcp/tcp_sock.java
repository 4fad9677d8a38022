// SPDX-License-Identifier: GPL-2.0-only
package linux.tcp;

import linux.compiler.IntRef;
import linux.list.hlist_nulls_node;
import linux.list.list_head;
import linux.sched.task_struct;
import linux.skbuff.sk_buff;
import linux.skbuff.sk_buff_head;
import linux.socket.iovec;
import net.inet_connection_sock.inet_connection_sock;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_tcp_sock;
import net.request_sock.request_sock;
import net.sock.sock;
import net.sock.sock_common;
import net.tcp.tcp_fastopen_request;

/**
 * A TCP socket. Also a meta socket (what an MPTCP application holds) and a subflow: then {@link #mpc} is set.
 *
 * <p>Sequence numbers, windows and times are u32 and wrap: {@code before}/{@code after} for sequence numbers,
 * {@code Integer.compareUnsigned} for sizes. Times are the low half of jiffies unless said otherwise.
 */
public final class tcp_sock extends inet_connection_sock {
    /** {@code tsq_flags}: what waits for the socket to be released. */
    public static final int TSQ_THROTTLED = 0;

    /** On the list of the tasklet. */
    public static final int TSQ_QUEUED = 1;

    /** The tasklet found the socket owned. */
    public static final int TCP_TSQ_DEFERRED = 2;

    public static final int TCP_WRITE_TIMER_DEFERRED = 3;
    public static final int TCP_DELACK_TIMER_DEFERRED = 4;
    public static final int TCP_MTU_REDUCED_DEFERRED = 5;

    /** New subflows are to be made. */
    public static final int MPTCP_PATH_MANAGER = 6;

    /** A subflow has something deferred. */
    public static final int MPTCP_SUB_DEFERRED = 7;

    /** Length of the header with the options of every segment, in bytes. */
    public int tcp_header_len;

    /** How many segments of MSS a packet for the device is meant to hold. */
    public int xmit_size_goal_segs;

    /**
     * The fourth word of a header that the fast path takes: data offset, ACK, window; 0: take the slow path.
     * Host order.
     */
    public int pred_flags;

    /** Next sequence number expected (RFC 793: RCV.NXT). */
    public int rcv_nxt;

    /** Next one that the application reads. */
    public int copied_seq;

    /** {@link #rcv_nxt} when the window was last told to the peer. */
    public int rcv_wup;

    /** Next one to be sent, and the first not acknowledged (SND.NXT, SND.UNA). */
    public int snd_nxt;

    public int snd_una;

    /** End of the last small segment that was sent: Nagle as Minshall has it. */
    public int snd_sml;

    /** When an ACK, and when data, came or went last. */
    public int rcv_tstamp;

    public int lsndtime;

    /** What is added to our timestamps. */
    public int tsoffset;

    /** Place on the list of sockets that may send again, and what else is deferred ({@code TSQ_*} bits). */
    public final list_head<tcp_sock> tsq_node = new list_head<>(this);

    public int tsq_flags;

    /** The reader who waits for data, for whom a softirq leaves packets to be processed by himself. */
    public static final class Ucopy {
        /** Segments not looked at yet. */
        public final sk_buff_head prequeue = new sk_buff_head();

        public task_struct task;
        public iovec[] iov;

        /** Bytes of memory in the prequeue. */
        public int memory;

        /** Bytes that the reader still wants. */
        public int len;

        /** {@code *this = *o}. */
        public void copy(Ucopy o) {
            copyHead(prequeue, o.prequeue);
            task = o.task;
            iov = o.iov;
            memory = o.memory;
            len = o.len;
        }
    }

    public final Ucopy ucopy = new Ucopy();

    /** Sequence number of the segment that the send window was last taken from (SND.WL1). */
    public int snd_wl1;

    /** The peer's window in bytes, and the largest ever seen. */
    public int snd_wnd;

    public int max_window;

    /** MSS of the path, without room for SACK blocks. */
    public int mss_cache;

    /** The largest window to offer, and how much of it we dare to at present. */
    public int window_clamp;

    public int rcv_ssthresh;

    /** MSS that we announced. */
    public int advmss;

    /** {@code TCP_NAGLE_*}. */
    public int nonagle;

    /** Thin streams: linear timeouts, fast retransmit on the first duplicate ACK. */
    public boolean thin_lto;

    public boolean thin_dupack;
    public boolean repair;

    /** F-RTO (RFC 5682) is looking whether the timeout was spurious. */
    public boolean frto;

    public int repair_queue;

    /** Early retransmit (RFC 5827) is on for this connection. */
    public boolean do_early_retrans;

    /** The SYN had data; had a Fast Open option; its data were acknowledged by the SYN/ACK. */
    public boolean syn_data;

    public boolean syn_fastopen;
    public boolean syn_data_acked;

    /** {@link #snd_nxt} when a tail loss probe was sent. */
    public int tlp_high_seq;

    // ---- round-trip time, in jiffies ----

    /** Smoothed, times 8. */
    public int srtt;

    /** Mean deviation, times 4, its maximum in this round trip, and the smoothed maximum. */
    public int mdev;

    public int mdev_max;
    public int rttvar;

    /** When it is reached, {@link #rttvar} is updated. */
    public int rtt_seq;

    /** Segments out, and of them those that were sent again. */
    public int packets_out;

    public int retrans_out;

    /** {@code TCP_URG_*} and the urgent byte. */
    public int urg_data;

    /** {@code TCP_ECN_*}. */
    public int ecn_flags;

    /** How far segments may overtake each other before a hole counts as a loss. */
    public int reordering;

    /** Urgent pointer of what we send. */
    public int snd_up;

    /** {@code TCP_KEEPCNT}; 0: the sysctl's. */
    public int keepalive_probes;

    public final tcp_options_received rx_opt = new tcp_options_received();

    // ---- congestion control, in segments ----

    public int snd_ssthresh;
    public int snd_cwnd;

    /** ACKs counted towards the next increase. */
    public int snd_cwnd_cnt;

    public int snd_cwnd_clamp;

    /** The most that was in use since {@link #snd_cwnd_stamp}. */
    public int snd_cwnd_used;

    public int snd_cwnd_stamp;

    // ---- proportional rate reduction (RFC 6937) ----

    /** Window when recovery began; segments that arrived, and that were sent, since. */
    public int prior_cwnd;

    public int prr_delivered;
    public int prr_out;

    /** The window that the peer was told. */
    public int rcv_wnd;

    /** End of what the application has written. */
    public int write_seq;

    /** {@code TCP_NOTSENT_LOWAT}. */
    public int notsent_lowat;

    /** End of the last segment that was marked PSH. */
    public int pushed_seq;

    /** Segments taken for lost, acknowledged by SACK, and up to the highest SACK. */
    public int lost_out;

    public int sacked_out;
    public int fackets_out;

    /** When sending was put off in the hope of a larger packet, shifted left and marked; 0: it was not. */
    public int tso_deferred;

    /** Where the last walk along the send queue got to. */
    public sk_buff lost_skb_hint;

    public sk_buff retransmit_skb_hint;

    /** Segments behind a hole, by sequence number. */
    public final sk_buff_head out_of_order_queue = new sk_buff_head();

    /** The D-SACK block to be sent, and the SACK blocks, the latest first. */
    public final tcp_sack_block[] duplicate_sack = tcp_sack_block.array(1);

    public final tcp_sack_block[] selective_acks = tcp_sack_block.array(4);

    /** The blocks that the peer sent last. */
    public final tcp_sack_block[] recv_sack_cache = tcp_sack_block.array(4);

    /** The one behind the highest SACKed; valid while {@link #sacked_out} is not 0. */
    public sk_buff highest_sack;

    /** Segments in front of {@link #lost_skb_hint}. */
    public int lost_cnt_hint;

    /** Segments marked lost end here. */
    public int retransmit_high;

    /** Below this no retransmission can have been lost. */
    public int lost_retrans_low;

    /** {@link #snd_ssthresh} before recovery, for undo. */
    public int prior_ssthresh;

    /** {@link #snd_nxt} when recovery began. */
    public int high_seq;

    /** When the first retransmission (or the first SYN) was sent. */
    public int retrans_stamp;

    /** {@link #snd_una} when recovery began, while it can be undone. */
    public int undo_marker;

    /** Retransmissions not yet reported as unnecessary. */
    public int undo_retrans;

    public int total_retrans;

    /** Where the urgent byte is. */
    public int urg_seq;

    /** {@code TCP_KEEPIDLE}, {@code TCP_KEEPINTVL} in jiffies; 0: the sysctls'. */
    public int keepalive_time;

    public int keepalive_intvl;

    /** {@code TCP_LINGER2} in jiffies; 0: the sysctl's, negative: none. */
    public int linger2;

    /** The receiver's idea of the round-trip time. */
    public static final class RcvRttEst {
        /** In jiffies, times 8. */
        public int rtt;

        public int seq;
        public int time;

        /** {@code *this = *o}. */
        public void copy(RcvRttEst o) {
            rtt = o.rtt;
            seq = o.seq;
            time = o.time;
        }
    }

    public final RcvRttEst rcv_rtt_est = new RcvRttEst();

    /** How fast the application reads: sets the receive buffer. */
    public static final class RcvqSpace {
        /** Bytes in a round trip. */
        public int space;

        public int seq;
        public int time;

        /** {@code *this = *o}. */
        public void copy(RcvqSpace o) {
            space = o.space;
            seq = o.seq;
            time = o.time;
        }
    }

    public final RcvqSpace rcvq_space = new RcvqSpace();

    /** The MTU probe that is out. */
    public static final class MtuProbe {
        public int probe_seq_start;
        public int probe_seq_end;

        /** {@code *this = *o}. */
        public void copy(MtuProbe o) {
            probe_seq_start = o.probe_seq_start;
            probe_seq_end = o.probe_seq_end;
        }
    }

    public final MtuProbe mtu_probe = new MtuProbe();

    /** The MTU that an ICMP error named while the socket was owned. */
    public int mtu_info;

    public tcp_fastopen_request fastopen_req;

    /** The request that this socket was made for by Fast Open. */
    public request_sock fastopen_rsk;

    // ---- Multipath TCP ----

    /** What all sockets of the connection share. */
    public mptcp_cb mpcb;

    public sock meta_sk;

    /** The peer speaks MPTCP: this is a meta socket or a subflow. */
    public boolean mpc;

    public boolean inside_tk_table;
    public boolean send_mp_fclose;

    /** Our SYN had MP_CAPABLE. */
    public boolean request_mptcp;

    /** Potentially failed: not used until it acknowledges something. */
    public boolean pf;

    public boolean mp_killed;

    /** Was a meta socket before it was taken into use again. */
    public boolean was_meta_sk;

    /** To be closed by {@code mptcp_data_ready}. */
    public boolean close_it;

    public boolean closing;

    /** What a subflow has more than a TCP socket; null for a meta socket. */
    public mptcp_tcp_sock mptcp;

    public final hlist_nulls_node<tcp_sock> tk_table = new hlist_nulls_node<>(this);
    public int mptcp_loc_token;
    public long mptcp_loc_key;

    // ---- functions that depend on mpc ----

    public interface SelectWindow {
        int call(sock sk);
    }

    public interface SelectInitialWindow {
        void call(int __space, int mss, IntRef rcv_wnd, IntRef window_clamp, int wscale_ok, IntRef rcv_wscale,
                int init_rcv_wnd, sock sk);
    }

    public interface BoolOf {
        boolean call(sock sk);
    }

    public SelectWindow __select_window;
    public SelectWindow select_window;
    public SelectInitialWindow select_initial_window;
    public Callback init_buffer_space;
    public Callback set_rto;
    public BoolOf should_expand_sndbuf;

    // ---- functions that depend on is_meta_sk() ----

    public interface WriteXmit {
        boolean call(sock sk, int mss_now, int nonagle, int push_one, int gfp);
    }

    public interface SendActiveReset {
        void call(sock sk, int priority);
    }

    public interface WriteWakeup {
        int call(sock sk);
    }

    public interface TimeWait {
        void call(sock sk, int state, int timeo);
    }

    public interface CleanupRbuf {
        void call(sock sk, int copied);
    }

    public Callback send_fin;
    public WriteXmit write_xmit;
    public SendActiveReset send_active_reset;
    public WriteWakeup write_wakeup;
    public BoolOf prune_ofo_queue;
    public Callback retransmit_timer;
    public TimeWait time_wait;
    public CleanupRbuf cleanup_rbuf;
    public Callback init_congestion_control;

    @Override
    public void copy(sock_common other) {
        super.copy(other);
        tcp_sock o = (tcp_sock) other;
        tcp_header_len = o.tcp_header_len;
        xmit_size_goal_segs = o.xmit_size_goal_segs;
        pred_flags = o.pred_flags;
        rcv_nxt = o.rcv_nxt;
        copied_seq = o.copied_seq;
        rcv_wup = o.rcv_wup;
        snd_nxt = o.snd_nxt;
        snd_una = o.snd_una;
        snd_sml = o.snd_sml;
        rcv_tstamp = o.rcv_tstamp;
        lsndtime = o.lsndtime;
        tsoffset = o.tsoffset;
        tsq_node.next = o.tsq_node.next;
        tsq_node.prev = o.tsq_node.prev;
        tsq_flags = o.tsq_flags;
        ucopy.copy(o.ucopy);
        snd_wl1 = o.snd_wl1;
        snd_wnd = o.snd_wnd;
        max_window = o.max_window;
        mss_cache = o.mss_cache;
        window_clamp = o.window_clamp;
        rcv_ssthresh = o.rcv_ssthresh;
        advmss = o.advmss;
        nonagle = o.nonagle;
        thin_lto = o.thin_lto;
        thin_dupack = o.thin_dupack;
        repair = o.repair;
        frto = o.frto;
        repair_queue = o.repair_queue;
        do_early_retrans = o.do_early_retrans;
        syn_data = o.syn_data;
        syn_fastopen = o.syn_fastopen;
        syn_data_acked = o.syn_data_acked;
        tlp_high_seq = o.tlp_high_seq;
        srtt = o.srtt;
        mdev = o.mdev;
        mdev_max = o.mdev_max;
        rttvar = o.rttvar;
        rtt_seq = o.rtt_seq;
        packets_out = o.packets_out;
        retrans_out = o.retrans_out;
        urg_data = o.urg_data;
        ecn_flags = o.ecn_flags;
        reordering = o.reordering;
        snd_up = o.snd_up;
        keepalive_probes = o.keepalive_probes;
        rx_opt.copy(o.rx_opt);
        snd_ssthresh = o.snd_ssthresh;
        snd_cwnd = o.snd_cwnd;
        snd_cwnd_cnt = o.snd_cwnd_cnt;
        snd_cwnd_clamp = o.snd_cwnd_clamp;
        snd_cwnd_used = o.snd_cwnd_used;
        snd_cwnd_stamp = o.snd_cwnd_stamp;
        prior_cwnd = o.prior_cwnd;
        prr_delivered = o.prr_delivered;
        prr_out = o.prr_out;
        rcv_wnd = o.rcv_wnd;
        write_seq = o.write_seq;
        notsent_lowat = o.notsent_lowat;
        pushed_seq = o.pushed_seq;
        lost_out = o.lost_out;
        sacked_out = o.sacked_out;
        fackets_out = o.fackets_out;
        tso_deferred = o.tso_deferred;
        lost_skb_hint = o.lost_skb_hint;
        retransmit_skb_hint = o.retransmit_skb_hint;
        copyHead(out_of_order_queue, o.out_of_order_queue);
        for (int i = 0; i < duplicate_sack.length; i++) {
            duplicate_sack[i].copy(o.duplicate_sack[i]);
        }
        for (int i = 0; i < selective_acks.length; i++) {
            selective_acks[i].copy(o.selective_acks[i]);
        }
        for (int i = 0; i < recv_sack_cache.length; i++) {
            recv_sack_cache[i].copy(o.recv_sack_cache[i]);
        }
        highest_sack = o.highest_sack;
        lost_cnt_hint = o.lost_cnt_hint;
        retransmit_high = o.retransmit_high;
        lost_retrans_low = o.lost_retrans_low;
        prior_ssthresh = o.prior_ssthresh;
        high_seq = o.high_seq;
        retrans_stamp = o.retrans_stamp;
        undo_marker = o.undo_marker;
        undo_retrans = o.undo_retrans;
        total_retrans = o.total_retrans;
        urg_seq = o.urg_seq;
        keepalive_time = o.keepalive_time;
        keepalive_intvl = o.keepalive_intvl;
        linger2 = o.linger2;
        rcv_rtt_est.copy(o.rcv_rtt_est);
        rcvq_space.copy(o.rcvq_space);
        mtu_probe.copy(o.mtu_probe);
        mtu_info = o.mtu_info;
        fastopen_req = o.fastopen_req;
        fastopen_rsk = o.fastopen_rsk;
        mpcb = o.mpcb;
        meta_sk = o.meta_sk;
        mpc = o.mpc;
        inside_tk_table = o.inside_tk_table;
        send_mp_fclose = o.send_mp_fclose;
        request_mptcp = o.request_mptcp;
        pf = o.pf;
        mp_killed = o.mp_killed;
        was_meta_sk = o.was_meta_sk;
        close_it = o.close_it;
        closing = o.closing;
        mptcp = o.mptcp;
        tk_table.next = o.tk_table.next;
        tk_table.pprev = o.tk_table.pprev;
        mptcp_loc_token = o.mptcp_loc_token;
        mptcp_loc_key = o.mptcp_loc_key;
        __select_window = o.__select_window;
        select_window = o.select_window;
        select_initial_window = o.select_initial_window;
        init_buffer_space = o.init_buffer_space;
        set_rto = o.set_rto;
        should_expand_sndbuf = o.should_expand_sndbuf;
        send_fin = o.send_fin;
        write_xmit = o.write_xmit;
        send_active_reset = o.send_active_reset;
        write_wakeup = o.write_wakeup;
        prune_ofo_queue = o.prune_ofo_queue;
        retransmit_timer = o.retransmit_timer;
        time_wait = o.time_wait;
        cleanup_rbuf = o.cleanup_rbuf;
        init_congestion_control = o.init_congestion_control;
    }
}
