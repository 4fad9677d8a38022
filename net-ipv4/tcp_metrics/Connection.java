// SPDX-License-Identifier: GPL-2.0-only
package tcp_metrics;

import static linux.hrtimer.Clock.get_seconds;
import static linux.jiffies.Jiffies.jiffies;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.leU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.maxU32;
import static linux.kernel.Kernel.u32;
import static linux.tcp.Sockets.tcp_sk;
import static linux.tcp.Sockets.tcp_twsk;
import static net.dst.Dst.dst_confirm;
import static net.dst.dst_entry.DST_HOST;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.sock.Dst.__sk_dst_get;
import static net.tcp.Congestion.tcp_disable_early_retrans;
import static net.tcp.Congestion.tcp_in_initial_slowstart;
import static net.tcp.Rto.tcp_rto_min;
import static net.tcp.Sysctls.sysctl_tcp_nometrics_save;
import static net.tcp.Sysctls.sysctl_tcp_reordering;
import static net.tcp.TcpConst.TCP_INFINITE_SSTHRESH;
import static net.tcp.TcpConst.TCP_PAWS_MSL;
import static net.tcp.TcpConst.TCP_PAWS_WINDOW;
import static net.tcp.TcpConst.TCP_TIMEOUT_FALLBACK;
import static net.tcp.Timestamps.tcp_time_stamp;
import static tcp_input.Reordering.tcp_disable_fack;
import static tcp_input.Rtt.tcp_init_cwnd;
import static tcp_metrics.Metrics.__tcp_get_metrics_req;
import static tcp_metrics.Metrics.__tcp_get_metrics_tw;
import static tcp_metrics.Metrics.tcp_get_metrics;
import static tcp_metrics.Metrics.tcp_metric_get;
import static tcp_metrics.Metrics.tcp_metric_get_jiffies;
import static tcp_metrics.Metrics.tcp_metric_locked;
import static tcp_metrics.Metrics.tcp_metric_set;
import static tcp_metrics.Metrics.tcp_metric_set_msecs;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;
import static uapi.linux.tcp_metrics.TcpMetric.TCP_METRIC_CWND;
import static uapi.linux.tcp_metrics.TcpMetric.TCP_METRIC_REORDERING;
import static uapi.linux.tcp_metrics.TcpMetric.TCP_METRIC_RTT;
import static uapi.linux.tcp_metrics.TcpMetric.TCP_METRIC_RTTVAR;
import static uapi.linux.tcp_metrics.TcpMetric.TCP_METRIC_SSTHRESH;

import linux.tcp.tcp_sock;
import linux.tcp.tcp_timewait_sock;
import net.dst.dst_entry;
import net.inet_connection_sock.inet_connection_sock;
import net.inet_timewait_sock.inet_timewait_sock;
import net.request_sock.request_sock;
import net.sock.sock;

/**
 * What a connection leaves to the next one to the same host (RFC 2140): {@link #tcp_update_metrics} writes down RTT,
 * ssthresh and cwnd when it ends well, {@link #tcp_init_metrics} starts the next one from that. The other functions
 * remember the last timestamp of a host, so that old segments are known for what they are even when the connection
 * that they belong to is forgotten.
 */
public final class Connection {
    private Connection() {}

    /**
     * A connection ends in good order, in TIME_WAIT or from LAST_ACK: what it learnt is kept.
     *
     * <p>A longer RTT is taken as it is, a shorter one counts an eighth: to take the RTT for too long is the lesser
     * evil.
     */
    public static void tcp_update_metrics(sock sk) {
        inet_connection_sock icsk = inet_csk(sk);
        dst_entry dst = __sk_dst_get(sk);
        tcp_sock tp = tcp_sk(sk);
        tcp_metrics_block tm;
        long rtt;
        int val;
        int m;

        if (sysctl_tcp_nometrics_save != 0 || dst == null) {
            return;
        }

        if ((dst.flags & DST_HOST) != 0) {
            dst_confirm(dst);
        }

        if (icsk.icsk_backoff != 0 || tp.srtt == 0) {
            // No RTT was measured, so what was known before is in doubt too.
            tm = tcp_get_metrics(sk, dst, false);
            if (tm != null && !tcp_metric_locked(tm, TCP_METRIC_RTT)) {
                tcp_metric_set(tm, TCP_METRIC_RTT, 0);
            }
            return;
        } else {
            tm = tcp_get_metrics(sk, dst, true);
        }

        if (tm == null) {
            return;
        }

        rtt = u32(tcp_metric_get_jiffies(tm, TCP_METRIC_RTT));
        m = (int) (rtt - u32(tp.srtt));

        if (!tcp_metric_locked(tm, TCP_METRIC_RTT)) {
            if (m <= 0) {
                rtt = u32(tp.srtt);
            } else {
                rtt -= m >> 3;
            }
            tcp_metric_set_msecs(tm, TCP_METRIC_RTT, (int) rtt);
        }

        if (!tcp_metric_locked(tm, TCP_METRIC_RTTVAR)) {
            long var;

            if (m < 0) {
                m = -m;
            }

            m >>= 1;
            if (ltU32(m, tp.mdev)) {
                m = tp.mdev;
            }

            var = u32(tcp_metric_get_jiffies(tm, TCP_METRIC_RTTVAR));
            if (Long.compareUnsigned(m, var) >= 0) {
                var = m;
            } else {
                var -= var - m >>> 2;
            }

            tcp_metric_set_msecs(tm, TCP_METRIC_RTTVAR, (int) var);
        }

        if (tcp_in_initial_slowstart(tp)) {
            if (!tcp_metric_locked(tm, TCP_METRIC_SSTHRESH)) {
                val = tcp_metric_get(tm, TCP_METRIC_SSTHRESH);
                if (val != 0 && gtU32(tp.snd_cwnd >>> 1, val)) {
                    tcp_metric_set(tm, TCP_METRIC_SSTHRESH, tp.snd_cwnd >>> 1);
                }
            }
            if (!tcp_metric_locked(tm, TCP_METRIC_CWND)) {
                val = tcp_metric_get(tm, TCP_METRIC_CWND);
                if (gtU32(tp.snd_cwnd, val)) {
                    tcp_metric_set(tm, TCP_METRIC_CWND, tp.snd_cwnd);
                }
            }
        } else if (gtU32(tp.snd_cwnd, tp.snd_ssthresh) && icsk.icsk_ca_state == TCP_CA_Open) {
            // Congestion avoidance: the window has been proven.
            if (!tcp_metric_locked(tm, TCP_METRIC_SSTHRESH)) {
                tcp_metric_set(tm, TCP_METRIC_SSTHRESH, maxU32(tp.snd_cwnd >>> 1, tp.snd_ssthresh));
            }
            if (!tcp_metric_locked(tm, TCP_METRIC_CWND)) {
                val = tcp_metric_get(tm, TCP_METRIC_CWND);
                tcp_metric_set(tm, TCP_METRIC_CWND, val + tp.snd_cwnd >>> 1);
            }
        } else {
            // Losses not yet repaired, or slow start after them: the window says little.
            if (!tcp_metric_locked(tm, TCP_METRIC_CWND)) {
                val = tcp_metric_get(tm, TCP_METRIC_CWND);
                tcp_metric_set(tm, TCP_METRIC_CWND, val + tp.snd_ssthresh >>> 1);
            }
            if (!tcp_metric_locked(tm, TCP_METRIC_SSTHRESH)) {
                val = tcp_metric_get(tm, TCP_METRIC_SSTHRESH);
                if (val != 0 && gtU32(tp.snd_ssthresh, val)) {
                    tcp_metric_set(tm, TCP_METRIC_SSTHRESH, tp.snd_ssthresh);
                }
            }
            if (!tcp_metric_locked(tm, TCP_METRIC_REORDERING)) {
                val = tcp_metric_get(tm, TCP_METRIC_REORDERING);
                if (ltU32(val, tp.reordering) && tp.reordering != sysctl_tcp_reordering) {
                    tcp_metric_set(tm, TCP_METRIC_REORDERING, tp.reordering);
                }
            }
        }
        tm.tcpm_stamp = jiffies;
    }

    /**
     * A connection begins, or its route has changed: starts from what is known about the host.
     *
     * <p>A known RTT only makes the first timeout longer, never shorter. Without any sample (the SYN was repeated, or
     * cookies) the timeout is 3 s (RFC 6298, section 5.7). The window begins at 1 if more than one SYN or SYN/ACK had
     * to be repeated (RFC 5681, section 3.1, has that after the first one).
     */
    public static void tcp_init_metrics(sock sk) {
        dst_entry dst = __sk_dst_get(sk);
        tcp_sock tp = tcp_sk(sk);
        tcp_metrics_block tm;
        int val, crtt = 0;

        reset: {
            if (dst == null) {
                break reset;
            }

            dst_confirm(dst);

            tm = tcp_get_metrics(sk, dst, true);
            if (tm == null) {
                break reset;
            }

            if (tcp_metric_locked(tm, TCP_METRIC_CWND)) {
                tp.snd_cwnd_clamp = tcp_metric_get(tm, TCP_METRIC_CWND);
            }

            val = tcp_metric_get(tm, TCP_METRIC_SSTHRESH);
            if (val != 0) {
                tp.snd_ssthresh = val;
                if (gtU32(tp.snd_ssthresh, tp.snd_cwnd_clamp)) {
                    tp.snd_ssthresh = tp.snd_cwnd_clamp;
                }
            } else {
                // A SYN that was repeated has lowered it without need.
                tp.snd_ssthresh = TCP_INFINITE_SSTHRESH;
            }
            val = tcp_metric_get(tm, TCP_METRIC_REORDERING);
            if (val != 0 && tp.reordering != val) {
                tcp_disable_fack(tp);
                tcp_disable_early_retrans(tp);
                tp.reordering = val;
            }

            crtt = tcp_metric_get_jiffies(tm, TCP_METRIC_RTT);
        }
        if (gtU32(crtt, tp.srtt)) {
            crtt >>>= 3;
            inet_csk(sk).icsk_rto = crtt + maxU32(2 * crtt, tcp_rto_min(sk));
        } else if (tp.srtt == 0) {
            tp.mdev = tp.mdev_max = tp.rttvar = TCP_TIMEOUT_FALLBACK;
            inet_csk(sk).icsk_rto = TCP_TIMEOUT_FALLBACK;
        }
        if (gtU32(tp.total_retrans, 1)) {
            tp.snd_cwnd = 1;
        } else {
            tp.snd_cwnd = tcp_init_cwnd(tp, dst);
        }
        tp.snd_cwnd_stamp = tcp_time_stamp();
    }

    /**
     * Is the sender of a SYN one to be believed?
     *
     * @param dst the route back, or null
     * @param paws_check true: the timestamp of the SYN is not older than the last one that the host sent within a
     *     minute; false: there was a connection with the host before
     */
    public static boolean tcp_peer_is_proven(request_sock req, dst_entry dst, boolean paws_check) {
        tcp_metrics_block tm;
        boolean ret;

        if (dst == null) {
            return false;
        }

        tm = __tcp_get_metrics_req(req, dst);
        if (paws_check) {
            if (tm != null
                    && ltU32((int) get_seconds() - tm.tcpm_ts_stamp, TCP_PAWS_MSL)
                    && tm.tcpm_ts - req.ts_recent > TCP_PAWS_WINDOW) {
                ret = false;
            } else {
                ret = true;
            }
        } else {
            if (tm != null && tcp_metric_get(tm, TCP_METRIC_RTT) != 0 && tm.tcpm_ts_stamp != 0) {
                ret = true;
            } else {
                ret = false;
            }
        }

        return ret;
    }

    /**
     * With {@code tcp_tw_recycle} time-wait sockets die early: {@code connect} takes the last timestamp of the host
     * from here, if it is not older than a minute, so that old segments fail the check of RFC 7323, section 5.
     */
    public static void tcp_fetch_timewait_stamp(sock sk, dst_entry dst) {
        tcp_metrics_block tm;

        tm = tcp_get_metrics(sk, dst, true);
        if (tm != null) {
            tcp_sock tp = tcp_sk(sk);

            if (leU32((int) get_seconds() - tm.tcpm_ts_stamp, TCP_PAWS_MSL)) {
                tp.rx_opt.ts_recent_stamp = u32(tm.tcpm_ts_stamp);
                tp.rx_opt.ts_recent = tm.tcpm_ts;
            }
        }
    }

    /**
     * Keeps the last timestamp of the peer, unless a newer one is known already.
     *
     * @return true if there is a place to keep it: then a short TIME_WAIT is enough
     */
    public static boolean tcp_remember_stamp(sock sk) {
        dst_entry dst = __sk_dst_get(sk);
        boolean ret = false;

        if (dst != null) {
            tcp_metrics_block tm;

            tm = tcp_get_metrics(sk, dst, true);
            if (tm != null) {
                tcp_sock tp = tcp_sk(sk);

                if (tm.tcpm_ts - tp.rx_opt.ts_recent <= 0
                        || gtU32((int) get_seconds() - tm.tcpm_ts_stamp, TCP_PAWS_MSL)
                                && leU32(tm.tcpm_ts_stamp, (int) tp.rx_opt.ts_recent_stamp)) {
                    tm.tcpm_ts_stamp = (int) tp.rx_opt.ts_recent_stamp;
                    tm.tcpm_ts = tp.rx_opt.ts_recent;
                }
                ret = true;
            }
        }
        return ret;
    }

    /** The same for a time-wait socket; no entry is made for it. */
    public static boolean tcp_tw_remember_stamp(inet_timewait_sock tw) {
        tcp_metrics_block tm;
        boolean ret = false;

        tm = __tcp_get_metrics_tw(tw);
        if (tm != null) {
            tcp_timewait_sock tcptw;

            tcptw = tcp_twsk(tw);
            if (tm.tcpm_ts - tcptw.tw_ts_recent <= 0
                    || gtU32((int) get_seconds() - tm.tcpm_ts_stamp, TCP_PAWS_MSL)
                            && leU32(tm.tcpm_ts_stamp, (int) tcptw.tw_ts_recent_stamp)) {
                tm.tcpm_ts_stamp = (int) tcptw.tw_ts_recent_stamp;
                tm.tcpm_ts = tcptw.tw_ts_recent;
            }
            ret = true;
        }

        return ret;
    }
}
