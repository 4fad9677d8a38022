// SPDX-License-Identifier: GPL-2.0-only
package tcp_metrics;

import static linux.jiffies.Jiffies.jiffies;
import static net.sock.Dst.__sk_dst_get;
import static tcp_metrics.Metrics.tcp_get_metrics;

import linux.compiler.IntRef;
import linux.compiler.LongRef;
import linux.tcp.tcp_fastopen_cookie;
import net.dst.dst_entry;
import net.sock.sock;

/** The cookies that servers gave us for Fast Open (RFC 7413, section 4.1.3), and how often SYNs to them were lost. */
public final class Fastopen {
    private Fastopen() {}

    /**
     * What is known about the server that {@code sk} connects to; nothing is written if it is unknown.
     *
     * @param mss stays as it is if the server's is not known
     * @param syn_loss SYNs with data lost one after the other
     * @param last_syn_loss when the last one was sent, in jiffies; 0 if none was lost
     */
    public static void tcp_fastopen_cache_get(sock sk, IntRef mss, tcp_fastopen_cookie cookie, IntRef syn_loss,
            LongRef last_syn_loss) {
        tcp_metrics_block tm;

        tm = tcp_get_metrics(sk, __sk_dst_get(sk), false);
        if (tm != null) {
            tcp_fastopen_metrics tfom = tm.tcpm_fastopen;

            if (tfom.mss != 0) {
                mss.val = tfom.mss;
            }
            cookie.copy(tfom.cookie);
            syn_loss.val = tfom.syn_loss;
            last_syn_loss.val = syn_loss.val != 0 ? tfom.last_syn_loss : 0;
        }
    }

    /**
     * Keeps what a SYN with a Fast Open option has brought.
     *
     * @param mss 0: leave what is known
     * @param cookie null or empty: leave what is known
     * @param syn_lost the SYN with data had to be repeated
     */
    public static void tcp_fastopen_cache_set(sock sk, int mss, tcp_fastopen_cookie cookie, boolean syn_lost) {
        dst_entry dst = __sk_dst_get(sk);
        tcp_metrics_block tm;

        if (dst == null) {
            return;
        }
        tm = tcp_get_metrics(sk, dst, true);
        if (tm != null) {
            tcp_fastopen_metrics tfom = tm.tcpm_fastopen;

            if (mss != 0) {
                tfom.mss = mss & 0xffff;
            }
            if (cookie != null && cookie.len > 0) {
                tfom.cookie.copy(cookie);
            }
            if (syn_lost) {
                tfom.syn_loss = tfom.syn_loss + 1 & 0x3ff;
                tfom.last_syn_loss = jiffies;
            } else {
                tfom.syn_loss = 0;
            }
        }
    }
}
