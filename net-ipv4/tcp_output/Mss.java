// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.min;
import static linux.tcp.Sockets.tcp_sk;
import static net.dst.Metrics.dst_allfrag;
import static net.dst.Metrics.dst_mtu;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.sock.Dst.__sk_dst_get;
import static net.tcp.Sysctls.sysctl_tcp_base_mss;
import static net.tcp.Sysctls.sysctl_tcp_mtu_probing;
import static net.tcp.Windows.tcp_bound_to_half_wnd;
import static tcp_output.Options.tcp_established_options;

import linux.compiler.KernelBug;
import linux.tcp.tcp_out_options;
import linux.tcp.tcp_sock;
import net.dst.dst_entry;
import net.inet_connection_sock.inet_connection_sock;
import net.sock.sock;
import uapi.linux.tcp.tcphdr;

/**
 * How large a segment may be. The peer's MSS option, the path MTU (RFC 1191, RFC 4821) and our own options all
 * limit it (RFC 9293, section 3.7.1):
 *
 * <pre>
 *   path MTU  =  IP header + IP options + TCP header with timestamps + mss_cache
 *                20          icsk_ext_hdr_len  tcp_header_len
 *   rx_opt.mss_clamp  what the SYNs agreed on, without any options
 *   mss_cache         payload of a full segment that has no SACK blocks
 *   tcp_current_mss   payload of a full segment if it were sent now
 * </pre>
 *
 * <p>{@link #tcp_sync_mss} keeps {@code mss_cache} in step with the path MTU; it is called when a connection begins,
 * when ICMP says something new, after an MTU probe, and by {@link #tcp_current_mss}, which everybody who is about to
 * send asks.
 */
public final class Mss {
    private Mss() {}

    /** For {@link #tcp_current_mss}, which only wants the size: nothing sends or sleeps while it is in use. */
    private static final tcp_out_options opts = new tcp_out_options();

    /** Payload that fits into {@code pmtu}, before TCP options. Never below 48: 40 of options and 8 of data. */
    @KernelBug("A peer or an ICMP message can bring the MSS down to a few bytes of data in each segment"
            + " (CVE-2019-11479); a setting since upstream's \"tcp: add tcp_min_snd_mss sysctl\"")
    static int __tcp_mtu_to_mss(sock sk, int pmtu) {
        tcp_sock tp = tcp_sk(sk);
        inet_connection_sock icsk = inet_csk(sk);
        int mss_now;

        mss_now = pmtu - icsk.icsk_af_ops.net_header_len - tcphdr.SIZE;

        if (icsk.icsk_af_ops.net_frag_header_len != 0) {
            dst_entry dst = __sk_dst_get(sk);

            if (dst != null && dst_allfrag(dst) != 0) {
                mss_now -= icsk.icsk_af_ops.net_frag_header_len;
            }
        }

        if (mss_now > tp.rx_opt.mss_clamp) {
            mss_now = tp.rx_opt.mss_clamp;
        }

        mss_now -= icsk.icsk_ext_hdr_len;

        if (mss_now < 48) {
            mss_now = 48;
        }
        return mss_now;
    }

    /** Payload of a segment that fits into {@code pmtu}, with the options that every segment has. */
    public static int tcp_mtu_to_mss(sock sk, int pmtu) {
        return __tcp_mtu_to_mss(sk, pmtu) - (tcp_sk(sk).tcp_header_len - tcphdr.SIZE);
    }

    /** The MTU that a segment with {@code mss} bytes of payload takes. */
    public static int tcp_mss_to_mtu(sock sk, int mss) {
        tcp_sock tp = tcp_sk(sk);
        inet_connection_sock icsk = inet_csk(sk);
        int mtu;

        mtu = mss + tp.tcp_header_len + icsk.icsk_ext_hdr_len + icsk.icsk_af_ops.net_header_len;

        if (icsk.icsk_af_ops.net_frag_header_len != 0) {
            dst_entry dst = __sk_dst_get(sk);

            if (dst != null && dst_allfrag(dst) != 0) {
                mtu += icsk.icsk_af_ops.net_frag_header_len;
            }
        }
        return mtu;
    }

    /**
     * Starts the search for the path MTU (RFC 4821, section 7): somewhere between the base MSS and what the SYNs
     * agreed on. It is on from the start only if {@code tcp_mtu_probing} is 2.
     */
    public static void tcp_mtup_init(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        inet_connection_sock icsk = inet_csk(sk);

        icsk.icsk_mtup.enabled = sysctl_tcp_mtu_probing > 1 ? 1 : 0;
        icsk.icsk_mtup.search_high = tp.rx_opt.mss_clamp + tcphdr.SIZE + icsk.icsk_af_ops.net_header_len;
        icsk.icsk_mtup.search_low = tcp_mss_to_mtu(sk, sysctl_tcp_base_mss);
        icsk.icsk_mtup.probe_size = 0;
    }

    /**
     * Takes over a path MTU: computes {@code mss_cache} for it. A segment is never larger than half of the largest
     * window the peer has ever offered, and while probing not larger than what is known to get through.
     *
     * @return the new {@code mss_cache}
     */
    public static int tcp_sync_mss(sock sk, int pmtu) {
        tcp_sock tp = tcp_sk(sk);
        inet_connection_sock icsk = inet_csk(sk);
        int mss_now;

        if (gtU32(icsk.icsk_mtup.search_high, pmtu)) {
            icsk.icsk_mtup.search_high = pmtu;
        }

        mss_now = tcp_mtu_to_mss(sk, pmtu);
        mss_now = tcp_bound_to_half_wnd(tp, mss_now);

        icsk.icsk_pmtu_cookie = pmtu;
        if (icsk.icsk_mtup.enabled != 0) {
            mss_now = min(mss_now, tcp_mtu_to_mss(sk, icsk.icsk_mtup.search_low));
        }
        tp.mss_cache = mss_now;

        return mss_now;
    }

    /**
     * The payload of a full segment if it were sent now: {@code mss_cache}, less what SACK blocks and MPTCP options
     * take beyond the usual header. Notices when the route's MTU has changed.
     */
    public static int tcp_current_mss(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        dst_entry dst = __sk_dst_get(sk);
        int mss_now;
        int header_len;

        mss_now = tp.mss_cache;

        if (dst != null) {
            int mtu = dst_mtu(dst);
            if (mtu != inet_csk(sk).icsk_pmtu_cookie) {
                mss_now = tcp_sync_mss(sk, mtu);
            }
        }

        opts.clear();
        header_len = tcp_established_options(sk, null, opts) + tcphdr.SIZE;
        if (header_len != tp.tcp_header_len) {
            int delta = header_len - tp.tcp_header_len;
            mss_now -= delta;
        }

        return mss_now;
    }
}
