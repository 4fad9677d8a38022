// SPDX-License-Identifier: GPL-2.0-only
package tcp_metrics;

import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.hash.Hash.hash_32;
import static linux.jiffies.Jiffies.HZ;
import static linux.jiffies.Jiffies.jiffies;
import static linux.jiffies.Jiffies.jiffies_to_msecs;
import static linux.jiffies.Jiffies.msecs_to_jiffies;
import static linux.jiffies.Jiffies.time_after;
import static linux.jiffies.Jiffies.time_before;
import static linux.kernel.Kernel.u32;
import static linux.netdevice.Netdev.dev_net;
import static linux.types.Be.raw32;
import static net.dst.Metrics.dst_metric_locked;
import static net.dst.Metrics.dst_metric_raw;
import static net.inet_sock.Sockets.inet_rsk;
import static net.inet_sock.Sockets.inet_sk;
import static net.inet_timewait_sock.Twsk.twsk_net;
import static uapi.linux.rtnetlink.Rt.RTAX_CWND;
import static uapi.linux.rtnetlink.Rt.RTAX_REORDERING;
import static uapi.linux.rtnetlink.Rt.RTAX_RTT;
import static uapi.linux.rtnetlink.Rt.RTAX_RTTVAR;
import static uapi.linux.rtnetlink.Rt.RTAX_SSTHRESH;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.tcp_metrics.TcpMetric.TCP_METRIC_CWND;
import static uapi.linux.tcp_metrics.TcpMetric.TCP_METRIC_REORDERING;
import static uapi.linux.tcp_metrics.TcpMetric.TCP_METRIC_RTT;
import static uapi.linux.tcp_metrics.TcpMetric.TCP_METRIC_RTTVAR;
import static uapi.linux.tcp_metrics.TcpMetric.TCP_METRIC_SSTHRESH;

import linux.gfp.Gfp;
import net.dst.dst_entry;
import net.inet_timewait_sock.inet_timewait_sock;
import net.inetpeer.inetpeer_addr;
import net.net_namespace.net;
import net.request_sock.request_sock;
import net.sock.sock;

/**
 * The table of hosts: a hash table in each namespace, by the address of the host, with short chains. When a chain has
 * more than five entries, the oldest one is used again.
 *
 * <p>{@link Connection} and {@link Fastopen} ask for the entry of a connection. A new entry, and one that was not
 * written for an hour, starts from what the administrator has set for the route.
 */
public final class Metrics {
    private Metrics() {}

    /** After this many jiffies without a word from the host nothing is believed any more. */
    static final long TCP_METRICS_TIMEOUT = 60 * 60 * HZ;

    static final int TCP_METRICS_RECLAIM_DEPTH = 5;

    /** "None, and the chain is too long": stands for an entry and is none. */
    static final tcp_metrics_block TCP_METRICS_RECLAIM_PTR = new tcp_metrics_block();

    /** First entries of the chains; {@code struct tcpm_hash_bucket} has nothing else. */
    static tcp_metrics_block[] hashTable(net net) {
        return (tcp_metrics_block[]) net.ipv4.tcp_metrics_hash;
    }

    /** Has the administrator fixed this one ({@code ip route ... lock})? */
    static boolean tcp_metric_locked(tcp_metrics_block tm, int idx) {
        return (tm.tcpm_lock & 1 << idx) != 0;
    }

    static int tcp_metric_get(tcp_metrics_block tm, int idx) {
        return tm.tcpm_vals[idx];
    }

    static int tcp_metric_get_jiffies(tcp_metrics_block tm, int idx) {
        return (int) msecs_to_jiffies(tm.tcpm_vals[idx]);
    }

    static void tcp_metric_set(tcp_metrics_block tm, int idx, int val) {
        tm.tcpm_vals[idx] = val;
    }

    static void tcp_metric_set_msecs(tcp_metrics_block tm, int idx, int val) {
        tm.tcpm_vals[idx] = jiffies_to_msecs(u32(val));
    }

    static boolean addr_same(inetpeer_addr a, inetpeer_addr b) {
        if (a.family != b.family) {
            return false;
        }
        return a.a4 == b.a4;
    }

    /** Forgets what was learnt and starts from the metrics of the route. @param fastopen_clear the cookie too */
    static void tcpm_suck_dst(tcp_metrics_block tm, dst_entry dst, boolean fastopen_clear) {
        int val;

        tm.tcpm_stamp = jiffies;

        val = 0;
        if (dst_metric_locked(dst, RTAX_RTT)) {
            val |= 1 << TCP_METRIC_RTT;
        }
        if (dst_metric_locked(dst, RTAX_RTTVAR)) {
            val |= 1 << TCP_METRIC_RTTVAR;
        }
        if (dst_metric_locked(dst, RTAX_SSTHRESH)) {
            val |= 1 << TCP_METRIC_SSTHRESH;
        }
        if (dst_metric_locked(dst, RTAX_CWND)) {
            val |= 1 << TCP_METRIC_CWND;
        }
        if (dst_metric_locked(dst, RTAX_REORDERING)) {
            val |= 1 << TCP_METRIC_REORDERING;
        }
        tm.tcpm_lock = val;

        tm.tcpm_vals[TCP_METRIC_RTT] = dst_metric_raw(dst, RTAX_RTT);
        tm.tcpm_vals[TCP_METRIC_RTTVAR] = dst_metric_raw(dst, RTAX_RTTVAR);
        tm.tcpm_vals[TCP_METRIC_SSTHRESH] = dst_metric_raw(dst, RTAX_SSTHRESH);
        tm.tcpm_vals[TCP_METRIC_CWND] = dst_metric_raw(dst, RTAX_CWND);
        tm.tcpm_vals[TCP_METRIC_REORDERING] = dst_metric_raw(dst, RTAX_REORDERING);
        tm.tcpm_ts = 0;
        tm.tcpm_ts_stamp = 0;
        if (fastopen_clear) {
            tm.tcpm_fastopen.mss = 0;
            tm.tcpm_fastopen.syn_loss = 0;
            tm.tcpm_fastopen.cookie.len = 0;
        }
    }

    /** Forgets what is an hour old. @param tm may be null */
    static void tcpm_check_stamp(tcp_metrics_block tm, dst_entry dst) {
        if (tm != null && time_after(jiffies, tm.tcpm_stamp + TCP_METRICS_TIMEOUT)) {
            tcpm_suck_dst(tm, dst, false);
        }
    }

    /** A new entry, or the oldest one of the chain used again. @return null without memory */
    static tcp_metrics_block tcpm_new(dst_entry dst, inetpeer_addr saddr, inetpeer_addr daddr, int hash) {
        tcp_metrics_block tm;
        net net;
        boolean reclaim = false;

        net = dev_net(dst.dev);

        tm = __tcp_get_metrics(saddr, daddr, net, hash);
        if (tm == TCP_METRICS_RECLAIM_PTR) {
            reclaim = true;
            tm = null;
        }
        if (tm != null) {
            tcpm_check_stamp(tm, dst);
            return tm;
        }

        if (reclaim) {
            tcp_metrics_block oldest;

            oldest = hashTable(net)[hash];
            for (tm = oldest.tcpm_next; tm != null; tm = tm.tcpm_next) {
                if (time_before(tm.tcpm_stamp, oldest.tcpm_stamp)) {
                    oldest = tm;
                }
            }
            tm = oldest;
        } else {
            tm = Gfp.fails(GFP_ATOMIC) ? null : new tcp_metrics_block();
            if (tm == null) {
                return null;
            }
        }
        tm.tcpm_saddr.copy(saddr);
        tm.tcpm_daddr.copy(daddr);

        tcpm_suck_dst(tm, dst, true);

        if (!reclaim) {
            tm.tcpm_next = hashTable(net)[hash];
            hashTable(net)[hash] = tm;
        }
        return tm;
    }

    static tcp_metrics_block tcp_get_encode(tcp_metrics_block tm, int depth) {
        if (tm != null) {
            return tm;
        }
        if (depth > TCP_METRICS_RECLAIM_DEPTH) {
            return TCP_METRICS_RECLAIM_PTR;
        }
        return null;
    }

    /** @return null, or {@link #TCP_METRICS_RECLAIM_PTR}, if there is none */
    static tcp_metrics_block __tcp_get_metrics(inetpeer_addr saddr, inetpeer_addr daddr, net net, int hash) {
        tcp_metrics_block tm;
        int depth = 0;

        for (tm = hashTable(net)[hash]; tm != null; tm = tm.tcpm_next) {
            if (addr_same(tm.tcpm_saddr, saddr) && addr_same(tm.tcpm_daddr, daddr)) {
                break;
            }
            depth++;
        }
        return tcp_get_encode(tm, depth);
    }

    /** The entry of who sent a SYN; none is made. @param dst the route of the SYN/ACK */
    static tcp_metrics_block __tcp_get_metrics_req(request_sock req, dst_entry dst) {
        tcp_metrics_block tm;
        inetpeer_addr saddr = new inetpeer_addr(), daddr = new inetpeer_addr();
        int hash;
        net net;

        saddr.family = req.rsk_ops.family;
        daddr.family = req.rsk_ops.family;
        switch (daddr.family) {
            case AF_INET:
                saddr.a4 = inet_rsk(req).skc_rcv_saddr;
                daddr.a4 = inet_rsk(req).skc_daddr;
                hash = raw32(daddr.a4);
                break;
            default:
                return null;
        }

        net = dev_net(dst.dev);
        hash = hash_32(hash, net.ipv4.tcp_metrics_hash_log);

        for (tm = hashTable(net)[hash]; tm != null; tm = tm.tcpm_next) {
            if (addr_same(tm.tcpm_saddr, saddr) && addr_same(tm.tcpm_daddr, daddr)) {
                break;
            }
        }
        tcpm_check_stamp(tm, dst);
        return tm;
    }

    /** The entry of the peer of a time-wait socket; none is made. */
    static tcp_metrics_block __tcp_get_metrics_tw(inet_timewait_sock tw) {
        tcp_metrics_block tm;
        inetpeer_addr saddr = new inetpeer_addr(), daddr = new inetpeer_addr();
        int hash;
        net net;

        if (tw.skc_family == AF_INET) {
            saddr.family = AF_INET;
            saddr.a4 = tw.skc_rcv_saddr;
            daddr.family = AF_INET;
            daddr.a4 = tw.skc_daddr;
            hash = raw32(daddr.a4);
        } else {
            return null;
        }

        net = twsk_net(tw);
        hash = hash_32(hash, net.ipv4.tcp_metrics_hash_log);

        for (tm = hashTable(net)[hash]; tm != null; tm = tm.tcpm_next) {
            if (addr_same(tm.tcpm_saddr, saddr) && addr_same(tm.tcpm_daddr, daddr)) {
                break;
            }
        }
        return tm;
    }

    /**
     * The entry of the peer of {@code sk}.
     *
     * @param dst the route there, not null
     * @param create make one if there is none; null then means that there was no memory
     */
    static tcp_metrics_block tcp_get_metrics(sock sk, dst_entry dst, boolean create) {
        tcp_metrics_block tm;
        inetpeer_addr saddr = new inetpeer_addr(), daddr = new inetpeer_addr();
        int hash;
        net net;

        if (sk.skc_family == AF_INET) {
            saddr.family = AF_INET;
            saddr.a4 = inet_sk(sk).inet_saddr;
            daddr.family = AF_INET;
            daddr.a4 = inet_sk(sk).skc_daddr;
            hash = raw32(daddr.a4);
        } else {
            return null;
        }

        net = dev_net(dst.dev);
        hash = hash_32(hash, net.ipv4.tcp_metrics_hash_log);

        tm = __tcp_get_metrics(saddr, daddr, net, hash);
        if (tm == TCP_METRICS_RECLAIM_PTR) {
            tm = null;
        }
        if (tm == null && create) {
            tm = tcpm_new(dst, saddr, daddr, hash);
        } else {
            tcpm_check_stamp(tm, dst);
        }

        return tm;
    }
}
