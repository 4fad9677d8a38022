// SPDX-License-Identifier: GPL-2.0-only
package tcp_ipv4;

import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.jiffies.Jiffies.jiffies_delta_to_clock_t;
import static linux.jiffies.Jiffies.jiffies_to_clock_t;
import static linux.list.Lists.hlist_nulls_empty;
import static linux.seq_file.seq_file.SEQ_START_TOKEN;
import static linux.seq_file.seq_file.seq_pad;
import static linux.seq_file.seq_file.seq_printf;
import static linux.seq_file.seq_file.seq_puts;
import static linux.seq_file.seq_file.seq_read;
import static linux.seq_file.seq_file.seq_setwidth;
import static linux.tcp.Sockets.tcp_sk;
import static linux.timer.Timers.timer_pending;
import static linux.types.Be.raw32;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_EARLY_RETRANS;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_LOSS_PROBE;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_PROBE0;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_RETRANS;
import static net.inet_hashtables.inet_hashinfo.INET_LHTABLE_SIZE;
import static net.inet_sock.Sockets.inet_rsk;
import static net.inet_sock.Sockets.inet_sk;
import static net.inet_timewait_sock.Twsk.inet_tw_time_stamp;
import static net.inet_timewait_sock.Twsk.inet_twsk;
import static net.net_namespace.NetNs.net_eq;
import static net.net_namespace.NetNs.register_pernet_subsys;
import static net.net_namespace.NetNs.unregister_pernet_subsys;
import static net.request_sock.Queues.reqsk_queue_len;
import static net.sock.Fields.sock_i_ino;
import static net.sock.Fields.sock_i_uid;
import static net.sock.Nodes.sk_nulls_head;
import static net.sock.Nodes.sk_nulls_next;
import static net.tcp.Congestion.tcp_in_initial_slowstart;
import static net.tcp.Globals.tcp_hashinfo;
import static net.tcp.TcpConst.TCP_SEQ_STATE_ESTABLISHED;
import static net.tcp.TcpConst.TCP_SEQ_STATE_LISTENING;
import static net.tcp.TcpConst.TCP_SEQ_STATE_OPENREQ;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static net.tcp_states.TcpState.TCP_SYN_RECV;
import static net.tcp_states.TcpState.TCP_TIME_WAIT;

import linux.compiler.LongRef;
import linux.jiffies.Jiffies;
import linux.seq_file.seq_file;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock;
import net.inet_sock.inet_request_sock;
import net.inet_sock.inet_sock;
import net.inet_timewait_sock.inet_timewait_sock;
import net.net_namespace.net;
import net.net_namespace.pernet_operations;
import net.request_sock.fastopen_queue;
import net.request_sock.request_sock;
import net.sock.sock;
import net.sock.sock_common;
import net.tcp.tcp_iter_state;
import net.tcp.tcp_seq_afinfo;

/**
 * {@code /proc/net/tcp}: a line for each TCP socket of the namespace, with addresses and ports in hexadecimal as they
 * lie in memory. First the listeners, each followed by the requests in its SYN queue, then everything in the table of
 * connections, TIME_WAIT included.
 *
 * <p>{@code seq_read} walks with {@link #tcp_seq_start}, {@link #tcp_seq_next} and {@link #tcp_seq_stop}; between start
 * and stop bottom halves are disabled, as the lock of a bucket does in C, so the sockets that are shown stay. Who reads
 * on later starts again at bucket and offset of where he was, {@link #tcp_seek_last_pos}.
 *
 * <p>The addresses of kernel structs are shown as zeros, as {@code kernel.kptr_restrict=2} does.
 */
public final class Proc {
    private Proc() {}

    static tcp_seq_afinfo tcp4_seq_afinfo;
    static pernet_operations tcp4_net_ops;

    /**
     * The listener, or request, behind {@code cur}; null: the first one from {@code st.bucket} on. Requests are walked
     * with the SYN queue locked, besides the bucket.
     *
     * @return null: there is none any more
     */
    static Object listening_get_next(seq_file seq, Object cur) {
        inet_connection_sock icsk;
        sock_common sk;
        request_sock req = null;
        tcp_iter_state st = (tcp_iter_state) seq.private_;
        net net = st.net;
        boolean get_req = false;

        if (cur == null) {
            local_bh_disable();
            sk = sk_nulls_head(tcp_hashinfo.listening_hash[st.bucket].head);
            st.offset = 0;
        } else {
            ++st.num;
            ++st.offset;

            if (st.state == TCP_SEQ_STATE_OPENREQ) {
                sk = st.syn_wait_sk;
                req = ((request_sock) cur).dl_next;
                get_req = true;
            } else {
                sk = (sock) cur;
                icsk = inet_csk((sock) sk);
                local_bh_disable();
                if (reqsk_queue_len(icsk.icsk_accept_queue) != 0) {
                    req = startReq(st, (sock) sk);
                    get_req = true;
                } else {
                    local_bh_enable();
                    sk = sk_nulls_next(sk);
                }
            }
        }

        get_sk:
        for (;;) {
            if (get_req) {
                icsk = inet_csk(st.syn_wait_sk);
                for (;;) {
                    while (req != null) {
                        if (req.rsk_ops.family == st.family) {
                            return req;
                        }
                        req = req.dl_next;
                    }
                    if (++st.sbucket >= icsk.icsk_accept_queue.listen_opt.nr_table_entries) {
                        break;
                    }
                    req = icsk.icsk_accept_queue.listen_opt.syn_table[st.sbucket];
                }
                sk = sk_nulls_next(st.syn_wait_sk);
                st.state = TCP_SEQ_STATE_LISTENING;
                local_bh_enable();
                get_req = false;
            }

            for (; sk != null; sk = sk_nulls_next(sk)) {
                if (!net_eq(sk.skc_net, net)) {
                    continue;
                }
                if (sk.skc_family == st.family) {
                    return sk;
                }
                icsk = inet_csk((sock) sk);
                local_bh_disable();
                if (reqsk_queue_len(icsk.icsk_accept_queue) != 0) {
                    req = startReq(st, (sock) sk);
                    get_req = true;
                    continue get_sk;
                }
                local_bh_enable();
            }
            local_bh_enable();
            st.offset = 0;
            if (++st.bucket < INET_LHTABLE_SIZE) {
                local_bh_disable();
                sk = sk_nulls_head(tcp_hashinfo.listening_hash[st.bucket].head);
                continue get_sk;
            }
            return null;
        }
    }

    /** The requests of {@code sk} come next. @return the first one of the first chain, or null */
    private static request_sock startReq(tcp_iter_state st, sock sk) {
        st.uid = sock_i_uid(sk);
        st.syn_wait_sk = sk;
        st.state = TCP_SEQ_STATE_OPENREQ;
        st.sbucket = 0;
        return inet_csk(sk).icsk_accept_queue.listen_opt.syn_table[0];
    }

    /** The listener or request number {@code pos}; what is left of {@code pos} if there are not as many. */
    static Object listening_get_idx(seq_file seq, LongRef pos) {
        tcp_iter_state st = (tcp_iter_state) seq.private_;
        Object rc;

        st.bucket = 0;
        st.offset = 0;
        rc = listening_get_next(seq, null);

        while (rc != null && pos.val != 0) {
            rc = listening_get_next(seq, rc);
            --pos.val;
        }
        return rc;
    }

    static boolean empty_bucket(tcp_iter_state st) {
        return hlist_nulls_empty(tcp_hashinfo.ehash[st.bucket].chain);
    }

    /** The first connection from {@code st.bucket} on; its bucket stays locked. Null: there is none. */
    static Object established_get_first(seq_file seq) {
        tcp_iter_state st = (tcp_iter_state) seq.private_;
        net net = st.net;
        Object rc = null;

        st.offset = 0;
        out:
        for (; st.bucket <= tcp_hashinfo.ehash_mask; ++st.bucket) {
            sock_common sk;

            if (empty_bucket(st)) {
                continue;
            }

            local_bh_disable();
            for (sk = sk_nulls_head(tcp_hashinfo.ehash[st.bucket].chain); sk != null; sk = sk_nulls_next(sk)) {
                if (sk.skc_family != st.family
                        || !net_eq(sk.skc_net, net)) {
                    continue;
                }
                rc = sk;
                break out;
            }
            local_bh_enable();
        }
        return rc;
    }

    /** The connection behind {@code cur}, in its bucket or the next one that has any. */
    static Object established_get_next(seq_file seq, Object cur) {
        sock_common sk = (sock_common) cur;
        tcp_iter_state st = (tcp_iter_state) seq.private_;
        net net = st.net;

        ++st.num;
        ++st.offset;

        sk = sk_nulls_next(sk);

        for (; sk != null; sk = sk_nulls_next(sk)) {
            if (sk.skc_family == st.family && net_eq(sk.skc_net, net)) {
                return sk;
            }
        }

        local_bh_enable();
        ++st.bucket;
        return established_get_first(seq);
    }

    /** The connection number {@code pos}. */
    static Object established_get_idx(seq_file seq, long pos) {
        tcp_iter_state st = (tcp_iter_state) seq.private_;
        Object rc;

        st.bucket = 0;
        rc = established_get_first(seq);

        while (rc != null && pos != 0) {
            rc = established_get_next(seq, rc);
            --pos;
        }
        return rc;
    }

    /** Number {@code pos} of all: listeners and their requests first. */
    static Object tcp_get_idx(seq_file seq, long pos) {
        Object rc;
        tcp_iter_state st = (tcp_iter_state) seq.private_;
        LongRef left = new LongRef(pos);

        st.state = TCP_SEQ_STATE_LISTENING;
        rc = listening_get_idx(seq, left);

        if (rc == null) {
            st.state = TCP_SEQ_STATE_ESTABLISHED;
            rc = established_get_idx(seq, left.val);
        }

        return rc;
    }

    /** Where the last reading stopped, counted from the bucket: cheaper than from the beginning. */
    static Object tcp_seek_last_pos(seq_file seq) {
        tcp_iter_state st = (tcp_iter_state) seq.private_;
        int offset = st.offset;
        int orig_num = st.num;
        Object rc = null;

        switch (st.state) {
            case TCP_SEQ_STATE_OPENREQ:
            case TCP_SEQ_STATE_LISTENING:
                if (st.bucket >= INET_LHTABLE_SIZE) {
                    break;
                }
                st.state = TCP_SEQ_STATE_LISTENING;
                rc = listening_get_next(seq, null);
                while (offset-- != 0 && rc != null) {
                    rc = listening_get_next(seq, rc);
                }
                if (rc != null) {
                    break;
                }
                st.bucket = 0;
                st.state = TCP_SEQ_STATE_ESTABLISHED;
                // fall through
            case TCP_SEQ_STATE_ESTABLISHED:
                if (st.bucket > tcp_hashinfo.ehash_mask) {
                    break;
                }
                rc = established_get_first(seq);
                while (offset-- != 0 && rc != null) {
                    rc = established_get_next(seq, rc);
                }
                break;
            default:
                break;
        }

        st.num = orig_num;

        return rc;
    }

    /** The line number {@code pos}; 0 is the title, {@code SEQ_START_TOKEN}. Null: there are not as many. */
    static Object tcp_seq_start(seq_file seq, LongRef pos) {
        tcp_iter_state st = (tcp_iter_state) seq.private_;
        Object rc;

        out:
        {
            if (pos.val != 0 && pos.val == st.last_pos) {
                rc = tcp_seek_last_pos(seq);
                if (rc != null) {
                    break out;
                }
            }

            st.state = TCP_SEQ_STATE_LISTENING;
            st.num = 0;
            st.bucket = 0;
            st.offset = 0;
            rc = pos.val != 0 ? tcp_get_idx(seq, pos.val - 1) : SEQ_START_TOKEN;
        }
        st.last_pos = pos.val;
        return rc;
    }

    /** The line behind {@code v}. */
    static Object tcp_seq_next(seq_file seq, Object v, LongRef pos) {
        tcp_iter_state st = (tcp_iter_state) seq.private_;
        Object rc = null;

        out:
        {
            if (v == SEQ_START_TOKEN) {
                rc = tcp_get_idx(seq, 0);
                break out;
            }

            switch (st.state) {
                case TCP_SEQ_STATE_OPENREQ:
                case TCP_SEQ_STATE_LISTENING:
                    rc = listening_get_next(seq, v);
                    if (rc == null) {
                        st.state = TCP_SEQ_STATE_ESTABLISHED;
                        st.bucket = 0;
                        st.offset = 0;
                        rc = established_get_first(seq);
                    }
                    break;
                case TCP_SEQ_STATE_ESTABLISHED:
                    rc = established_get_next(seq, v);
                    break;
                default:
                    break;
            }
        }
        ++pos.val;
        st.last_pos = pos.val;
        return rc;
    }

    /** Gives back the locks that are held while {@code v} is shown. */
    static void tcp_seq_stop(seq_file seq, Object v) {
        tcp_iter_state st = (tcp_iter_state) seq.private_;

        switch (st.state) {
            case TCP_SEQ_STATE_OPENREQ:
                if (v != null) {
                    local_bh_enable();
                }
                // fall through
            case TCP_SEQ_STATE_LISTENING:
                if (v != SEQ_START_TOKEN) {
                    local_bh_enable();
                }
                break;
            case TCP_SEQ_STATE_ESTABLISHED:
                if (v != null) {
                    local_bh_enable();
                }
                break;
            default:
                break;
        }
    }

    /** Somebody begins to read the file. */
    public static int tcp_seq_open(tcp_seq_afinfo afinfo, net net, seq_file seq) {
        tcp_iter_state s = new tcp_iter_state();

        seq.op = afinfo.seq_ops;
        seq.private_ = s;
        s.net = net;
        s.family = afinfo.family;
        s.last_pos = 0;
        return 0;
    }

    /** Makes the file of {@code afinfo} in {@code /proc/net}. */
    public static int tcp_proc_register(net net, tcp_seq_afinfo afinfo) {
        int rc = 0;

        afinfo.seq_ops.start = Proc::tcp_seq_start;
        afinfo.seq_ops.next = Proc::tcp_seq_next;
        afinfo.seq_ops.stop = Proc::tcp_seq_stop;

        net.proc_net.create(afinfo.name, seq -> {
            afinfo.open.call(afinfo, net, seq);
            seq_read(seq);
        });
        return rc;
    }

    public static void tcp_proc_unregister(net net, tcp_seq_afinfo afinfo) {
        net.proc_net.remove(afinfo.name);
    }

    /** What {@code %pK} shows. */
    private static final String HIDDEN = "0000000000000000";

    /** The line of a request. */
    static void get_openreq4(sock sk, request_sock req,
            seq_file f, int i, int uid) {
        inet_request_sock ireq = inet_rsk(req);
        long delta = req.expires - Jiffies.jiffies;

        seq_printf(f, "%4d: %08X:%04X %08X:%04X"
                + " %02X %08X:%08X %02X:%08X %08X %5s %8d %d %d %s",
                i,
                raw32(ireq.skc_rcv_saddr),
                inet_sk(sk).inet_sport,
                raw32(ireq.skc_daddr),
                ireq.skc_dport,
                TCP_SYN_RECV,
                0, 0,
                1,
                jiffies_delta_to_clock_t(delta),
                req.num_timeout,
                Integer.toUnsignedString(uid),
                0,
                0,
                sk.skc_refcnt,
                HIDDEN);
    }

    /**
     * The line of a socket. In the column {@code tr} which timer runs: 1 retransmission, 2 keepalive (or FIN_WAIT2), 4
     * window probe, 0 none; times are in units of 10 ms.
     */
    static void get_tcp4_sock(sock sk, seq_file f, int i) {
        int timer_active;
        long timer_expires;
        tcp_sock tp = tcp_sk(sk);
        inet_connection_sock icsk = inet_csk(sk);
        inet_sock inet = inet_sk(sk);
        fastopen_queue fastopenq = icsk.icsk_accept_queue.fastopenq;
        int dest = inet.skc_daddr;
        int src = inet.skc_rcv_saddr;
        int destp = inet.skc_dport;
        int srcp = inet.inet_sport;
        int rx_queue;

        if (icsk.icsk_pending == ICSK_TIME_RETRANS
                || icsk.icsk_pending == ICSK_TIME_EARLY_RETRANS
                || icsk.icsk_pending == ICSK_TIME_LOSS_PROBE) {
            timer_active = 1;
            timer_expires = icsk.icsk_timeout;
        } else if (icsk.icsk_pending == ICSK_TIME_PROBE0) {
            timer_active = 4;
            timer_expires = icsk.icsk_timeout;
        } else if (timer_pending(sk.sk_timer)) {
            timer_active = 2;
            timer_expires = sk.sk_timer.expires;
        } else {
            timer_active = 0;
            timer_expires = Jiffies.jiffies;
        }

        if (sk.skc_state == TCP_LISTEN) {
            rx_queue = sk.sk_ack_backlog;
        } else {
            rx_queue = Math.max(tp.rcv_nxt - tp.copied_seq, 0);
        }

        seq_printf(f, "%4d: %08X:%04X %08X:%04X %02X %08X:%08X %02X:%08X "
                + "%08X %5s %8d %d %d %s %d %d %d %s %d",
                i, raw32(src), srcp, raw32(dest), destp, sk.skc_state,
                tp.write_seq - tp.snd_una,
                rx_queue,
                timer_active,
                jiffies_delta_to_clock_t(timer_expires - Jiffies.jiffies),
                icsk.icsk_retransmits,
                Integer.toUnsignedString(sock_i_uid(sk)),
                icsk.icsk_probes_out,
                sock_i_ino(sk),
                sk.skc_refcnt, HIDDEN,
                jiffies_to_clock_t(icsk.icsk_rto & 0xffffffffL),
                jiffies_to_clock_t(icsk.icsk_ack.ato & 0xffffffffL),
                icsk.icsk_ack.quick << 1 | icsk.icsk_ack.pingpong,
                Integer.toUnsignedString(tp.snd_cwnd),
                sk.skc_state == TCP_LISTEN
                        ? fastopenq != null ? fastopenq.max_qlen : 0
                        : tcp_in_initial_slowstart(tp) ? -1 : tp.snd_ssthresh);
    }

    /** The line of a connection in TIME_WAIT. */
    static void get_timewait4_sock(inet_timewait_sock tw,
            seq_file f, int i) {
        int dest;
        int src;
        int destp;
        int srcp;
        int delta = tw.tw_ttd - inet_tw_time_stamp();

        dest = tw.skc_daddr;
        src = tw.skc_rcv_saddr;
        destp = tw.skc_dport;
        srcp = tw.tw_sport;

        seq_printf(f, "%4d: %08X:%04X %08X:%04X"
                + " %02X %08X:%08X %02X:%08X %08X %5d %8d %d %d %s",
                i, raw32(src), srcp, raw32(dest), destp, tw.tw_substate, 0, 0,
                3, jiffies_delta_to_clock_t(delta), 0, 0, 0, 0,
                tw.skc_refcnt, HIDDEN);
    }

    /** Characters of a line, with its end. */
    private static final int TMPSZ = 150;

    /** The title, or the line of {@code v}. */
    static int tcp4_seq_show(seq_file seq, Object v) {
        tcp_iter_state st;

        seq_setwidth(seq, TMPSZ - 1);
        out:
        {
            if (v == SEQ_START_TOKEN) {
                seq_puts(seq, "  sl  local_address rem_address   st tx_queue "
                        + "rx_queue tr tm->when retrnsmt   uid  timeout "
                        + "inode");
                break out;
            }
            st = (tcp_iter_state) seq.private_;

            switch (st.state) {
                case TCP_SEQ_STATE_LISTENING:
                case TCP_SEQ_STATE_ESTABLISHED:
                    sock_common sk = (sock_common) v;
                    if (sk.skc_state == TCP_TIME_WAIT) {
                        get_timewait4_sock(inet_twsk(sk), seq, st.num);
                    } else {
                        get_tcp4_sock((sock) sk, seq, st.num);
                    }
                    break;
                case TCP_SEQ_STATE_OPENREQ:
                    get_openreq4(st.syn_wait_sk, (request_sock) v, seq, st.num, st.uid);
                    break;
                default:
                    break;
            }
        }
        seq_pad(seq, '\n');
        return 0;
    }

    static int tcp4_proc_init_net(net net) {
        return tcp_proc_register(net, tcp4_seq_afinfo);
    }

    static void tcp4_proc_exit_net(net net) {
        tcp_proc_unregister(net, tcp4_seq_afinfo);
    }

    /** Called when the machine boots. */
    public static int tcp4_proc_init() {
        return register_pernet_subsys(tcp4_net_ops);
    }

    public static void tcp4_proc_exit() {
        unregister_pernet_subsys(tcp4_net_ops);
    }
}
