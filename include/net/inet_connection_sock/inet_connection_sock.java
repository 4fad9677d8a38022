// SPDX-License-Identifier: GPL-2.0-only
package net.inet_connection_sock;

import linux.timer.timer_list;
import net.inet_hashtables.inet_bind_bucket;
import net.inet_sock.inet_sock;
import net.request_sock.request_sock_queue;
import net.sock.sock;
import net.sock.sock_common;
import net.tcp.tcp_congestion_ops;

/** A socket that makes connections: queues of a listener, timers, delayed ACKs, congestion control. */
public class inet_connection_sock extends inet_sock {
    /** {@code icsk_pending}: what the retransmission timer is running for. */
    public static final int ICSK_TIME_RETRANS = 1;

    public static final int ICSK_TIME_DACK = 2;

    /** Zero-window probe. */
    public static final int ICSK_TIME_PROBE0 = 3;

    public static final int ICSK_TIME_EARLY_RETRANS = 4;

    /** Tail loss probe. */
    public static final int ICSK_TIME_LOSS_PROBE = 5;

    /** {@code icsk_ack.pending}. */
    public static final int ICSK_ACK_SCHED = 1;

    public static final int ICSK_ACK_TIMER = 2;
    public static final int ICSK_ACK_PUSHED = 4;
    public static final int ICSK_ACK_PUSHED2 = 8;

    /** How a new MSS is taken over. */
    public interface Sync_mss {
        int call(sock sk, int pmtu);
    }

    /** Delayed ACKs. */
    public static final class Ack {
        /** {@code ICSK_ACK_*}. */
        public int pending;

        /** ACKs still to be sent at once. */
        public int quick;

        /** The application answers: ACKs can ride on its data. */
        public int pingpong;

        /** An ACK was due while the socket was owned. */
        public int blocked;

        /** The predicted time to the next packet, in jiffies. */
        public int ato;

        /** When the delayed ACK goes out, in jiffies. */
        public long timeout;

        /** When data came last (low 32 bits of jiffies). */
        public int lrcvtime;

        /** Size of the last packet received (16 bits). */
        public int last_seg_size;

        /** What we take for the peer's MSS (16 bits). */
        public int rcv_mss;

        /** {@code *this = *o}. */
        public void copy(Ack o) {
            pending = o.pending;
            quick = o.quick;
            pingpong = o.pingpong;
            blocked = o.blocked;
            ato = o.ato;
            timeout = o.timeout;
            lrcvtime = o.lrcvtime;
            last_seg_size = o.last_seg_size;
            rcv_mss = o.rcv_mss;
        }
    }

    /** Path MTU discovery by probing (RFC 4821). */
    public static final class Mtup {
        public int enabled;

        /** The range that the MTU is in, and the size of the probe that is out (0: none). */
        public int search_high;

        public int search_low;
        public int probe_size;

        /** {@code *this = *o}. */
        public void copy(Mtup o) {
            enabled = o.enabled;
            search_high = o.search_high;
            search_low = o.search_low;
            probe_size = o.probe_size;
        }
    }

    /**
     * What a congestion-control module keeps for a socket: its view of {@code icsk_ca_priv}.
     *
     * <p>In C these are 64 bytes, and each module lays its own struct over whatever the last one has left there. A
     * module of the port has a class for its struct and one method that gives the socket's, zeroed if another module's
     * was there:
     *
     * <pre>{@code
     * private static bictcp ca(sock sk) {
     *     if (inet_csk_ca(sk) instanceof bictcp ca) {
     *         return ca;
     *     }
     *     bictcp ca = new bictcp();
     *     inet_csk(sk).icsk_ca_priv = ca;
     *     return ca;
     * }
     * }</pre>
     *
     * <p>and then writes {@code bictcp ca = ca(sk)} where C has {@code struct bictcp *ca = inet_csk_ca(sk)}. A struct
     * that begins with another module's (yeah with vegas's) extends its class, so that the other's functions find it.
     */
    public interface CaPriv {
        /** A copy, for a socket that is cloned. */
        CaPriv copy();
    }

    public final request_sock_queue icsk_accept_queue = new request_sock_queue();

    /** The local port. */
    public inet_bind_bucket icsk_bind_hash;

    /** When the retransmission timer is due, in jiffies. */
    public long icsk_timeout;

    public final timer_list icsk_retransmit_timer = new timer_list();
    public final timer_list icsk_delack_timer = new timer_list();

    /** Retransmission timeout, in jiffies. */
    public int icsk_rto;

    /** The path MTU that the MSS was computed for. */
    public int icsk_pmtu_cookie;

    public tcp_congestion_ops icsk_ca_ops;
    public inet_connection_sock_af_ops icsk_af_ops;
    public Sync_mss icsk_sync_mss;

    /** {@code TCP_CA_*}. */
    public int icsk_ca_state;

    /** Timeouts of the segment that is due (8 bits). */
    public int icsk_retransmits;

    /** {@code ICSK_TIME_*}. */
    public int icsk_pending;

    /** How often the RTO was doubled. */
    public int icsk_backoff;

    /** {@code TCP_SYNCNT}; 0: the sysctl's. */
    public int icsk_syn_retries;

    /** Zero-window or keepalive probes not answered. */
    public int icsk_probes_out;

    /** Length of IP options, in bytes. */
    public int icsk_ext_hdr_len;

    public final Ack icsk_ack = new Ack();
    public final Mtup icsk_mtup = new Mtup();

    /** In C 64 bytes that every module lays its own struct over. */
    public CaPriv icsk_ca_priv;

    /** {@code TCP_USER_TIMEOUT}, in jiffies. */
    public int icsk_user_timeout;

    @Override
    public void copy(sock_common other) {
        super.copy(other);
        inet_connection_sock o = (inet_connection_sock) other;
        icsk_accept_queue.copy(o.icsk_accept_queue);
        icsk_bind_hash = o.icsk_bind_hash;
        icsk_timeout = o.icsk_timeout;
        copyTimer(icsk_retransmit_timer, o.icsk_retransmit_timer);
        copyTimer(icsk_delack_timer, o.icsk_delack_timer);
        icsk_rto = o.icsk_rto;
        icsk_pmtu_cookie = o.icsk_pmtu_cookie;
        icsk_ca_ops = o.icsk_ca_ops;
        icsk_af_ops = o.icsk_af_ops;
        icsk_sync_mss = o.icsk_sync_mss;
        icsk_ca_state = o.icsk_ca_state;
        icsk_retransmits = o.icsk_retransmits;
        icsk_pending = o.icsk_pending;
        icsk_backoff = o.icsk_backoff;
        icsk_syn_retries = o.icsk_syn_retries;
        icsk_probes_out = o.icsk_probes_out;
        icsk_ext_hdr_len = o.icsk_ext_hdr_len;
        icsk_ack.copy(o.icsk_ack);
        icsk_mtup.copy(o.icsk_mtup);
        icsk_ca_priv = o.icsk_ca_priv == null ? null : o.icsk_ca_priv.copy();
        icsk_user_timeout = o.icsk_user_timeout;
    }
}
