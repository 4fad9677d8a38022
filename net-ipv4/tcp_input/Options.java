// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.printk.Printk.net_info_ratelimited;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.tcp_fastopen_cookie.TCP_FASTOPEN_COOKIE_MAX;
import static linux.tcp.tcp_fastopen_cookie.TCP_FASTOPEN_COOKIE_MIN;
import static linux.tcp.tcp_options_received.TCP_SACK_SEEN;
import static linux.types.Be.get16;
import static linux.types.Be.get32;
import static linux.types.Be.get8;
import static mptcp_input.Options.mptcp_parse_options;
import static net.tcp.Multipath.mptcp;
import static net.tcp.SackState.tcp_sack_reset;
import static net.tcp.Sysctls.sysctl_tcp_sack;
import static net.tcp.Sysctls.sysctl_tcp_timestamps;
import static net.tcp.Sysctls.sysctl_tcp_window_scaling;
import static net.tcp.TcpConst.TCPOLEN_EXP_FASTOPEN_BASE;
import static net.tcp.TcpConst.TCPOLEN_MSS;
import static net.tcp.TcpConst.TCPOLEN_SACK_BASE;
import static net.tcp.TcpConst.TCPOLEN_SACK_PERBLOCK;
import static net.tcp.TcpConst.TCPOLEN_SACK_PERM;
import static net.tcp.TcpConst.TCPOLEN_TIMESTAMP;
import static net.tcp.TcpConst.TCPOLEN_TSTAMP_ALIGNED;
import static net.tcp.TcpConst.TCPOLEN_WINDOW;
import static net.tcp.TcpConst.TCPOPT_EOL;
import static net.tcp.TcpConst.TCPOPT_EXP;
import static net.tcp.TcpConst.TCPOPT_FASTOPEN_MAGIC;
import static net.tcp.TcpConst.TCPOPT_MPTCP;
import static net.tcp.TcpConst.TCPOPT_MSS;
import static net.tcp.TcpConst.TCPOPT_NOP;
import static net.tcp.TcpConst.TCPOPT_SACK;
import static net.tcp.TcpConst.TCPOPT_SACK_PERM;
import static net.tcp.TcpConst.TCPOPT_TIMESTAMP;
import static net.tcp.TcpConst.TCPOPT_WINDOW;

import linux.compiler.Differs;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_fastopen_cookie;
import linux.tcp.tcp_options_received;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_options_received;
import uapi.linux.tcp.tcphdr;

/**
 * Reading the options of a segment.
 *
 * <p>{@link #tcp_fast_parse_options} is called for every segment of the slow path; a header that has nothing but
 * timestamps, aligned as everybody sends them, goes to {@link #tcp_parse_aligned_timestamp}, which the fast path of
 * {@link Established} uses directly. {@link #tcp_parse_options} understands everything, SYNs included.
 *
 * <pre>
 * kind  length   option                                        section
 *   0      -     end of the list                               RFC 793, 3.1
 *   1      -     no operation: padding                         RFC 793, 3.1
 *   2      4     maximum segment size          SYN only        RFC 793, 3.1
 *   3      3     window scale                  SYN only        RFC 7323, 2.2
 *   4      2     SACK permitted                SYN only        RFC 2018, 2
 *   5    8n+2    SACK blocks: n times left edge, right edge    RFC 2018, 3
 *   8     10     timestamps: value, echo                       RFC 7323, 3.2
 *  30    3-40    Multipath TCP                                 RFC 6824, 3
 * 254    4+n     Fast Open: magic f989, cookie   SYN only      RFC 7413, 4.1.1
 *
 * +--------+--------+--------+-----
 * |  kind  | length |  value ...          kinds 0 and 1 are the kind alone; the length counts all three
 * +--------+--------+--------+-----
 * </pre>
 *
 * <p>The length of an option comes from the peer. It is believed only if it is at least 2 and does not lead out of the
 * header; everything behind an option that fails this is ignored. Fast Open had no number of its own yet and uses that
 * for experiments (RFC 6994).
 */
public final class Options {
    private Options() {}

    /**
     * Reads all options of a segment. What the peer may say only in its SYN counts only there, and only if the sysctl
     * for it is on. {@code opt_rx} is not cleared but for {@code saw_tstamp}; the place of a SACK option is left in
     * {@code TCP_SKB_CB(skb).sacked}, as its distance from the header in bytes.
     *
     * @param mopt gets what MPTCP options say; null: they are ignored
     * @param estab not 0: the connection exists, so timestamps count if they were agreed on
     * @param foc gets the Fast Open cookie: length 0 asks for one, -1 has an impossible length; null: not wanted
     */
    @Differs("does not read the byte behind the options as a length: a kind in the last place ends the list, as since"
            + " \"ipv4: tcp_input: fix stack out of bounds when parsing TCP options\"; nothing else comes of it, since"
            + " one byte is too few for any option")
    public static void tcp_parse_options(sk_buff skb,
            tcp_options_received opt_rx,
            mptcp_options_received mopt,
            int estab, tcp_fastopen_cookie foc) {
        int ptr;
        tcphdr th = tcp_hdr(skb);
        int length = th.doff() * 4 - tcphdr.SIZE;

        ptr = th.at + tcphdr.SIZE;
        opt_rx.saw_tstamp = false;

        while (length > 0) {
            int opcode = get8(th.b, ptr++);
            int opsize;

            switch (opcode) {
                case TCPOPT_EOL:
                    return;
                case TCPOPT_NOP:
                    length--;
                    continue;
                default:
                    if (length < 2) {
                        return;
                    }
                    opsize = get8(th.b, ptr++);
                    if (opsize < 2) {
                        return;
                    }
                    if (opsize > length) {
                        return;
                    }
                    switch (opcode) {
                        case TCPOPT_MSS:
                            if (opsize == TCPOLEN_MSS && th.syn() && estab == 0) {
                                int in_mss = get16(th.b, ptr);
                                if (in_mss != 0) {
                                    if (opt_rx.user_mss != 0
                                            && opt_rx.user_mss < in_mss) {
                                        in_mss = opt_rx.user_mss;
                                    }
                                    opt_rx.mss_clamp = in_mss;
                                }
                            }
                            break;
                        case TCPOPT_WINDOW:
                            if (opsize == TCPOLEN_WINDOW && th.syn()
                                    && estab == 0 && sysctl_tcp_window_scaling != 0) {
                                int snd_wscale = get8(th.b, ptr);
                                opt_rx.wscale_ok = true;
                                if (snd_wscale > 14) {
                                    net_info_ratelimited("TCP: %s: Illegal window scaling value %d >14 received\n",
                                            "tcp_parse_options",
                                            snd_wscale);
                                    snd_wscale = 14;
                                }
                                opt_rx.snd_wscale = snd_wscale;
                            }
                            break;
                        case TCPOPT_TIMESTAMP:
                            if (opsize == TCPOLEN_TIMESTAMP
                                    && (estab != 0 && opt_rx.tstamp_ok
                                            || estab == 0 && sysctl_tcp_timestamps != 0)) {
                                opt_rx.saw_tstamp = true;
                                opt_rx.rcv_tsval = get32(th.b, ptr);
                                opt_rx.rcv_tsecr = get32(th.b, ptr + 4);
                            }
                            break;
                        case TCPOPT_SACK_PERM:
                            if (opsize == TCPOLEN_SACK_PERM && th.syn()
                                    && estab == 0 && sysctl_tcp_sack != 0) {
                                opt_rx.sack_ok = TCP_SACK_SEEN;
                                tcp_sack_reset(opt_rx);
                            }
                            break;

                        case TCPOPT_SACK:
                            if (opsize >= TCPOLEN_SACK_BASE + TCPOLEN_SACK_PERBLOCK
                                    && (opsize - TCPOLEN_SACK_BASE) % TCPOLEN_SACK_PERBLOCK == 0
                                    && opt_rx.sack_ok != 0) {
                                TCP_SKB_CB(skb).sacked = ptr - 2 - th.at;
                            }
                            break;
                        case TCPOPT_MPTCP:
                            mptcp_parse_options(th.b, ptr - 2, opsize, mopt, skb);
                            break;
                        case TCPOPT_EXP:
                            // Others experiment under this number too: only the magic tells.
                            if (opsize < TCPOLEN_EXP_FASTOPEN_BASE
                                    || get16(th.b, ptr) != TCPOPT_FASTOPEN_MAGIC
                                    || foc == null || !th.syn() || (opsize & 1) != 0) {
                                break;
                            }
                            foc.len = opsize - TCPOLEN_EXP_FASTOPEN_BASE;
                            if (foc.len >= TCP_FASTOPEN_COOKIE_MIN
                                    && foc.len <= TCP_FASTOPEN_COOKIE_MAX) {
                                System.arraycopy(th.b, ptr + 2, foc.val, 0, foc.len);
                            } else if (foc.len != 0) {
                                foc.len = -1;
                            }
                            break;
                    }
                    ptr += opsize - 2;
                    length -= opsize;
            }
        }
    }

    /**
     * Reads timestamps if they stand in front of all other options behind two NOPs (RFC 7323, appendix A). The echo is
     * what we have sent, so our offset is taken off again; 0 means that the peer has nothing to echo and stays 0.
     *
     * @return false: something else is there, and nothing has changed
     */
    static boolean tcp_parse_aligned_timestamp(tcp_sock tp, tcphdr th) {
        int ptr = th.at + tcphdr.SIZE;

        if (get32(th.b, ptr) == (TCPOPT_NOP << 24 | TCPOPT_NOP << 16
                | TCPOPT_TIMESTAMP << 8 | TCPOLEN_TIMESTAMP)) {
            tp.rx_opt.saw_tstamp = true;
            ptr += 4;
            tp.rx_opt.rcv_tsval = get32(th.b, ptr);
            ptr += 4;
            if (get32(th.b, ptr) != 0) {
                tp.rx_opt.rcv_tsecr = get32(th.b, ptr) - tp.tsoffset;
            } else {
                tp.rx_opt.rcv_tsecr = 0;
            }
            return true;
        }
        return false;
    }

    /**
     * Reads the options of a segment of an existing connection: none, timestamps alone, or whatever there is.
     *
     * @return false if there are no options at all; true says nothing about what was found
     */
    static boolean tcp_fast_parse_options(sk_buff skb,
            tcphdr th, tcp_sock tp) {
        if (th.doff() == tcphdr.SIZE / 4) {
            tp.rx_opt.saw_tstamp = false;
            return false;
        } else if (tp.rx_opt.tstamp_ok
                && th.doff() == (tcphdr.SIZE + TCPOLEN_TSTAMP_ALIGNED) / 4) {
            if (tcp_parse_aligned_timestamp(tp, th)) {
                return true;
            }
        }
        tcp_parse_options(skb, tp.rx_opt, mptcp(tp) ? tp.mptcp.rx_opt : null,
                1, null);
        if (tp.rx_opt.saw_tstamp && tp.rx_opt.rcv_tsecr != 0) {
            tp.rx_opt.rcv_tsecr -= tp.tsoffset;
        }

        return true;
    }
}
