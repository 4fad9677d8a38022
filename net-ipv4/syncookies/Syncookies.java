// SPDX-License-Identifier: GPL-2.0-only
package syncookies;

import static ip_options.IpOptions.ip_options_echo;
import static linux.cryptohash.Sha1.SHA_DIGEST_WORDS;
import static linux.cryptohash.Sha1.SHA_MESSAGE_BYTES;
import static linux.cryptohash.Sha1.SHA_WORKSPACE_WORDS;
import static linux.cryptohash.Sha1.sha_transform;
import static linux.err.Err.IS_ERR;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.ip.IpHdr.ip_hdr;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.ltU32;
import static linux.net.Once.net_get_random_once;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Options.tcp_clear_options;
import static linux.tcp.Sockets.tcp_rsk;
import static linux.tcp.Sockets.tcp_sk;
import static linux.tcp.tcp_options_received.TCP_SACK_SEEN;
import static linux.types.Be.put32;
import static linux.types.Be.raw16;
import static linux.types.Be.raw32;
import static net.dst.Metrics.dst_metric;
import static net.flow.Flow.flowi4_init_output;
import static net.inet_connection_sock.Reqsk.inet_csk_reqsk_queue_add;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_sock.Requests.inet_reqsk_alloc;
import static net.inet_sock.Sockets.inet_rsk;
import static net.inet_sock.Sockets.inet_sk;
import static net.inet_sock.Sockets.inet_sk_flowi_flags;
import static net.request_sock.Requests.reqsk_free;
import static net.route.Route.RT_CONN_FLAGS;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.sock.Fields.sock_net;
import static net.tcp.Globals.tcp_request_sock_ops;
import static net.tcp.SynCookies.tcp_cookie_time;
import static net.tcp.SynCookies.tcp_synq_no_recent_overflow;
import static net.tcp.SynCookies.tcp_synq_overflow;
import static net.tcp.Sysctls.sysctl_tcp_sack;
import static net.tcp.Sysctls.sysctl_tcp_syncookies;
import static net.tcp.Sysctls.sysctl_tcp_timestamps;
import static net.tcp.Sysctls.sysctl_tcp_window_scaling;
import static net.tcp.TcpConst.MAX_SYNCOOKIE_AGE;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.Windows.tcp_full_space;
import static route.Output.ip_route_output_key;
import static tcp_input.Options.tcp_parse_options;
import static uapi.linux.in.In.IPPROTO_TCP;
import static uapi.linux.rtnetlink.Rt.RTAX_INITRWND;
import static uapi.linux.rtnetlink.Rt.RTAX_WINDOW;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_UNIVERSE;
import static uapi.linux.snmp.Snmp.LINUX_MIB_SYNCOOKIESFAILED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_SYNCOOKIESRECV;
import static uapi.linux.snmp.Snmp.LINUX_MIB_SYNCOOKIESSENT;

import linux.compiler.BoolRef;
import linux.compiler.IntRef;
import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_options_received;
import linux.tcp.tcp_request_sock;
import linux.tcp.tcp_sock;
import net.dst.dst_entry;
import net.flow.flowi4;
import net.inet_connection_sock.inet_connection_sock;
import net.inet_sock.inet_request_sock;
import net.inet_sock.ip_options;
import net.net_namespace.net;
import net.request_sock.request_sock;
import net.route.rtable;
import net.sock.sock;
import uapi.linux.ip.iphdr;
import uapi.linux.tcp.tcphdr;

/**
 * SYN cookies (RFC 4987, section 3.6): when the SYN queue is full, the SYN/ACK's sequence number carries all that has
 * to be known about the request, and the third ACK brings it back. Nothing is kept in between.
 *
 * <pre>
 * cookie = hash(addresses, ports; secret 0) + peer's sequence number
 *        + (minute &lt;&lt; 24)
 *        + ((hash(addresses, ports, minute; secret 1) + index into msstab) mod 2^24)
 * </pre>
 *
 * <p>If timestamps are used, the low six bits of ours carry the rest: window scale, SACK and ECN. They can only stand
 * there because timestamps of the peer come back to us unchanged.
 *
 * <p>{@code tcp_conn_request} asks for cookies through {@code tcp_request_sock_ipv4_ops}, {@code tcp_v4_hnd_req} brings
 * third ACKs to {@link #cookie_v4_check}.
 */
public final class Syncookies {
    private Syncookies() {}

    /** Bits of a timestamp that hold options. */
    private static final int TSBITS = 6;

    private static final int TSMASK = (1 << TSBITS) - 1;

    /** Two secrets, each as it lies behind the four words of the connection and before the digest's five. */
    static int[][] syncookie_secret;

    static BoolRef ___done;

    /** Bits below the minute. */
    private static final int COOKIEBITS = 24;

    private static final int COOKIEMASK = (1 << COOKIEBITS) - 1;

    /** One block of SHA-1 over the connection and secret {@code c}; also the digest that it starts from is secret. */
    static int cookie_hash(int saddr, int daddr, int sport, int dport,
            int count, int c) {
        int[] tmp = new int[16 + 5];
        int[] digest = new int[SHA_DIGEST_WORDS];
        byte[] block = new byte[SHA_MESSAGE_BYTES];

        drawSecret();

        System.arraycopy(syncookie_secret[c], 0, tmp, 4, syncookie_secret[c].length);
        tmp[0] = raw32(saddr);
        tmp[1] = raw32(daddr);
        tmp[2] = (raw16(sport) << 16) + raw16(dport);
        tmp[3] = count;
        // The words as they lie in the memory of a little-endian machine.
        for (int i = 0; i < 16; i++) {
            put32(block, 4 * i, raw32(tmp[i]));
        }
        System.arraycopy(tmp, 16, digest, 0, SHA_DIGEST_WORDS);
        sha_transform(digest, block, 0, new int[SHA_WORKSPACE_WORDS]);

        return digest[1];
    }

    /** {@code net_get_random_once} for both rows at a time. */
    private static void drawSecret() {
        if (!___done.val) {
            int[] both = new int[2 * syncookie_secret[0].length];

            net_get_random_once(both, ___done);
            System.arraycopy(both, 0, syncookie_secret[0], 0, syncookie_secret[0].length);
            System.arraycopy(both, syncookie_secret[0].length, syncookie_secret[1], 0, syncookie_secret[1].length);
        }
    }

    /**
     * A timestamp for the SYN/ACK that carries the options of {@code req}: window scale (15: none), SACK, ECN. It is
     * not later than now, or PAWS would throw the next segment away; so it is up to 63 ms too early.
     */
    public static int cookie_init_timestamp(request_sock req) {
        inet_request_sock ireq;
        int ts;
        int ts_now = tcp_time_stamp();
        int options = 0;

        ireq = inet_rsk(req);

        options = ireq.wscale_ok ? ireq.snd_wscale : 0xf;
        options |= (ireq.sack_ok ? 1 : 0) << 4;
        options |= (ireq.ecn_ok ? 1 : 0) << 5;

        ts = ts_now & ~TSMASK;
        ts |= options;
        if (gtU32(ts, ts_now)) {
            ts >>>= TSBITS;
            ts--;
            ts <<= TSBITS;
            ts |= options;
        }
        return ts;
    }

    /**
     * Makes a cookie.
     *
     * @param sseq the peer's initial sequence number
     * @param data what it carries: below 2^24, in fact an index into {@link #msstab}
     */
    static int secure_tcp_syn_cookie(int saddr, int daddr, int sport,
            int dport, int sseq, int data) {
        int count = tcp_cookie_time();
        return cookie_hash(saddr, daddr, sport, dport, 0, 0)
                + sseq + (count << COOKIEBITS)
                + (cookie_hash(saddr, daddr, sport, dport, count, 1) + data
                        & COOKIEMASK);
    }

    /**
     * What a cookie carries. For a wrong one this is some number of 24 bits: the caller has to see whether it makes
     * sense.
     *
     * @return -1 if it is {@code MAX_SYNCOOKIE_AGE} minutes old
     */
    static int check_tcp_syn_cookie(int cookie, int saddr, int daddr,
            int sport, int dport, int sseq) {
        int diff;
        int count = tcp_cookie_time();

        cookie -= cookie_hash(saddr, daddr, sport, dport, 0, 0) + sseq;

        // Of the minute only eight bits are left.
        diff = count - (cookie >>> COOKIEBITS) & -1 >>> COOKIEBITS;
        if (diff >= MAX_SYNCOOKIE_AGE) {
            return -1;
        }

        return cookie
                - cookie_hash(saddr, daddr, sport, dport, count - diff, 1)
                & COOKIEMASK;
    }

    /** The values of the peer's MSS that a cookie can carry, in order: the usual ones. */
    private static final int[] msstab = {
        536,
        1300,
        1440,
        1460,
    };

    /**
     * A cookie for a SYN.
     *
     * @param mssp in: the peer's MSS; out: the largest of {@link #msstab} that does not exceed it, or the
     *     smallest of all
     */
    public static int __cookie_v4_init_sequence(iphdr iph, tcphdr th,
            IntRef mssp) {
        int mssind;
        int mss = mssp.val;

        for (mssind = msstab.length - 1; mssind != 0; mssind--) {
            if (mss >= msstab[mssind]) {
                break;
            }
        }
        mssp.val = msstab[mssind];

        return secure_tcp_syn_cookie(iph.saddr(), iph.daddr(),
                                     th.source(), th.dest(), th.seq(),
                                     mssind);
    }

    /** The initial sequence number of a SYN/ACK that is a cookie; notes that there are cookies under way. */
    public static int cookie_v4_init_sequence(sock sk, sk_buff skb,
            IntRef mssp) {
        iphdr iph = ip_hdr(skb);
        tcphdr th = tcp_hdr(skb);

        tcp_synq_overflow(sk);
        NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_SYNCOOKIESSENT);

        return __cookie_v4_init_sequence(iph, th, mssp);
    }

    /**
     * Is {@code cookie}, which {@code th} acknowledges, one of ours? A guess passes once in four million times.
     *
     * @return the peer's MSS as the cookie has it, or 0
     */
    public static int __cookie_v4_check(iphdr iph, tcphdr th,
            int cookie) {
        int seq = th.seq() - 1;
        int mssind = check_tcp_syn_cookie(cookie, iph.saddr(), iph.daddr(),
                                          th.source(), th.dest(), seq);

        return ltU32(mssind, msstab.length) ? msstab[mssind] : 0;
    }

    /** The connection of a request that a cookie has brought back; it waits to be accepted. */
    static sock get_cookie_sock(sock sk, sk_buff skb,
            request_sock req,
            dst_entry dst) {
        inet_connection_sock icsk = inet_csk(sk);
        sock child;

        child = icsk.icsk_af_ops.syn_recv_sock.call(sk, skb, req, dst);
        if (child != null) {
            inet_csk_reqsk_queue_add(sk, req, child);
        } else {
            reqsk_free(req);
        }

        return child;
    }

    /**
     * Takes the options out of the timestamp that the peer echoes, see {@link #cookie_init_timestamp}.
     *
     * @param ecn_ok set to whether the peer wanted ECN
     * @return false: there are options that we would not have agreed to, so it cannot be a cookie
     */
    public static boolean cookie_check_timestamp(tcp_options_received tcp_opt,
            net net, BoolRef ecn_ok) {
        int options = tcp_opt.rcv_tsecr & TSMASK;

        if (!tcp_opt.saw_tstamp) {
            tcp_clear_options(tcp_opt);
            return true;
        }

        if (sysctl_tcp_timestamps == 0) {
            return false;
        }

        tcp_opt.sack_ok = (options & 1 << 4) != 0 ? TCP_SACK_SEEN : 0;
        ecn_ok.val = (options >> 5 & 1) != 0;
        if (ecn_ok.val && net.ipv4.sysctl_tcp_ecn == 0) {
            return false;
        }

        if (tcp_opt.sack_ok != 0 && sysctl_tcp_sack == 0) {
            return false;
        }

        if ((options & 0xf) == 0xf) {
            return true;
        }

        tcp_opt.wscale_ok = true;
        tcp_opt.snd_wscale = options & 0xf;
        return sysctl_tcp_window_scaling != 0;
    }

    /**
     * A listener has got an ACK that belongs to nothing: if it acknowledges a cookie, makes the request that was never
     * kept, and the connection from it.
     *
     * @param opt IP options of the segment: those of the SYN are gone, these should be the same (RFC 1122, section
     *     4.2.3.8)
     * @return the connection, locked; {@code sk} if it is no cookie; null without memory, route, or room in the accept
     *     queue
     */
    public static sock cookie_v4_check(sock sk, sk_buff skb,
            ip_options opt) {
        tcp_options_received tcp_opt;
        inet_request_sock ireq;
        tcp_request_sock treq;
        tcp_sock tp = tcp_sk(sk);
        tcphdr th = tcp_hdr(skb);
        int cookie = th.ack_seq() - 1;
        sock ret = sk;
        request_sock req;
        int mss = 0;
        rtable rt;
        IntRef rcv_wscale = new IntRef();
        BoolRef ecn_ok = new BoolRef();
        flowi4 fl4;

        out:
        {
            if (sysctl_tcp_syncookies == 0 || !th.ack() || th.rst()) {
                break out;
            }

            if (tcp_synq_no_recent_overflow(sk)
                    || (mss = __cookie_v4_check(ip_hdr(skb), th, cookie)) == 0) {
                NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_SYNCOOKIESFAILED);
                break out;
            }

            NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_SYNCOOKIESRECV);

            tcp_opt = new tcp_options_received();
            tcp_parse_options(skb, tcp_opt, null, 0, null);

            if (!cookie_check_timestamp(tcp_opt, sock_net(sk), ecn_ok)) {
                break out;
            }

            ret = null;
            req = inet_reqsk_alloc(tcp_request_sock_ops);
            if (req == null) {
                break out;
            }

            ireq = inet_rsk(req);
            treq = tcp_rsk(req);
            treq.rcv_isn = th.seq() - 1;
            treq.snt_isn = cookie;
            req.mss = mss;
            ireq.skc_num = th.dest();
            ireq.skc_dport = th.source();
            ireq.skc_rcv_saddr = ip_hdr(skb).daddr();
            ireq.skc_daddr = ip_hdr(skb).saddr();
            ireq.ecn_ok = ecn_ok.val;
            ireq.snd_wscale = tcp_opt.snd_wscale;
            ireq.sack_ok = (tcp_opt.sack_ok & 1) != 0;
            ireq.wscale_ok = tcp_opt.wscale_ok;
            ireq.tstamp_ok = tcp_opt.saw_tstamp;
            req.ts_recent = tcp_opt.saw_tstamp ? tcp_opt.rcv_tsval : 0;
            treq.snt_synack = tcp_opt.saw_tstamp ? tcp_opt.rcv_tsecr : 0;
            treq.listener = null;

            if (opt != null && opt.optlen != 0) {
                ireq.opt = Gfp.fails(GFP_ATOMIC) ? null : new ip_options();
                if (ireq.opt != null) {
                    ireq.opt.__data = new byte[40];
                    if (ip_options_echo(ireq.opt, skb) != 0) {
                        ireq.opt = null;
                    }
                }
            }

            req.expires = 0;
            req.num_retrans = 0;

            // The window depends on the route; it had better be the same as for the SYN/ACK.
            fl4 = new flowi4();
            flowi4_init_output(fl4, sk.skc_bound_dev_if, sk.sk_mark,
                               RT_CONN_FLAGS(sk), RT_SCOPE_UNIVERSE, IPPROTO_TCP,
                               inet_sk_flowi_flags(sk),
                               opt != null && opt.srr != 0 ? opt.faddr : ireq.skc_daddr,
                               ireq.skc_rcv_saddr, th.source(), th.dest());
            rt = ip_route_output_key(sock_net(sk), fl4);
            if (IS_ERR(rt)) {
                reqsk_free(req);
                break out;
            }

            req.window_clamp = tp.window_clamp != 0 ? tp.window_clamp : dst_metric(rt, RTAX_WINDOW);

            IntRef rcv_wnd = new IntRef(req.rcv_wnd);
            IntRef window_clamp = new IntRef(req.window_clamp);
            tp.select_initial_window.call(tcp_full_space(sk), req.mss,
                                          rcv_wnd, window_clamp,
                                          ireq.wscale_ok ? 1 : 0, rcv_wscale,
                                          dst_metric(rt, RTAX_INITRWND), sk);
            req.rcv_wnd = rcv_wnd.val;
            req.window_clamp = window_clamp.val;

            ireq.rcv_wscale = rcv_wscale.val;

            ret = get_cookie_sock(sk, skb, req, rt);
            // Other connections get their flow from inet_csk_route_child_sock.
            if (ret != null) {
                inet_sk(ret).cork.fl.copy(fl4);
            }
        }
        return ret;
    }
}
