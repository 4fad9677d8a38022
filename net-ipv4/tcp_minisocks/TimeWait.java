// SPDX-License-Identifier: GPL-2.0-only
package tcp_minisocks;

import static inet_timewait_sock.DeathRow.inet_twsk_deschedule;
import static inet_timewait_sock.DeathRow.inet_twsk_schedule;
import static inet_timewait_sock.Twsk.__inet_twsk_hashdance;
import static inet_timewait_sock.Twsk.inet_twsk_alloc;
import static inet_timewait_sock.Twsk.inet_twsk_free;
import static inet_timewait_sock.Twsk.inet_twsk_put;
import static linux.hrtimer.Clock.get_seconds;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.tcp.Sockets.tcp_sk;
import static linux.tcp.Sockets.tcp_twsk;
import static mptcp_ctrl.TimeWait.mptcp_init_tw_sock;
import static mptcp_ctrl.TimeWait.mptcp_twsk_destructor;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_sock.Sockets.inet_sk;
import static net.inet_timewait_sock.Twsk.twsk_net;
import static net.mptcp.Dss.mptcp_is_data_fin;
import static net.mptcp.Options.mptcp_init_mp_opt;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.sock.Fields.sock_net;
import static net.tcp.Globals.tcp_death_row;
import static net.tcp.Globals.tcp_hashinfo;
import static net.tcp.Multipath.mptcp;
import static net.tcp.Paws.tcp_paws_reject;
import static net.tcp.Sequence.after;
import static net.tcp.Sequence.before;
import static net.tcp.Sysctls.sysctl_tcp_rfc1337;
import static net.tcp.TcpConst.TCP_TIMEWAIT_LEN;
import static net.tcp.TcpConst.TCP_TW_ACK;
import static net.tcp.TcpConst.TCP_TW_RST;
import static net.tcp.TcpConst.TCP_TW_SUCCESS;
import static net.tcp.TcpConst.TCP_TW_SYN;
import static net.tcp.Windows.tcp_receive_window;
import static net.tcp_states.TcpState.TCP_FIN_WAIT2;
import static net.tcp_states.TcpState.TCP_TIME_WAIT;
import static tcp.Boot.tcp_done;
import static tcp_input.Options.tcp_parse_options;
import static tcp_metrics.Connection.tcp_remember_stamp;
import static tcp_metrics.Connection.tcp_tw_remember_stamp;
import static tcp_metrics.Connection.tcp_update_metrics;
import static uapi.linux.snmp.Snmp.LINUX_MIB_PAWSESTABREJECTED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPTIMEWAITOVERFLOW;

import linux.compiler.KernelBug;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_options_received;
import linux.tcp.tcp_sock;
import linux.tcp.tcp_timewait_sock;
import net.inet_connection_sock.inet_connection_sock;
import net.inet_sock.inet_sock;
import net.inet_timewait_sock.inet_timewait_sock;
import net.mptcp.mptcp_options_received;
import net.sock.sock;
import uapi.linux.tcp.tcphdr;

/**
 * TIME_WAIT (RFC 793, section 3.5; RFC 1122, section 4.2.2.13), and FIN_WAIT2 of a connection that nobody owns any
 * more: a small struct takes the place of the socket.
 *
 * <p>{@link #tcp_time_wait} makes the exchange; {@code tp.time_wait} of plain TCP and of subflows points to it. Until
 * it times out, {@code tcp_v4_rcv} finds it in the hash tables and asks {@link #tcp_timewait_state_process} what to do
 * with a segment. It is there to repeat the last ACK, should it have got lost, and to keep old segments from a new
 * connection with the same ports. It stays 60 s, whatever the RTO; with {@code tcp_tw_recycle}, three and a half RTOs.
 */
public final class TimeWait {
    private TimeWait() {}

    /** Is any part of the segment in the window from {@code s_win} to {@code e_win}? An empty one may be at its end. */
    static boolean tcp_in_window(int seq, int end_seq, int s_win, int e_win) {
        if (seq == s_win) {
            return true;
        }
        if (after(end_seq, s_win) && before(seq, e_win)) {
            return true;
        }
        return seq == e_win && seq == end_seq;
    }

    /**
     * A segment for a connection that is only a memory.
     *
     * <p>In FIN_WAIT2: the FIN leads to TIME_WAIT, data get a RST since nobody will read them, the rest is as in {@code
     * tcp_rcv_state_process}. In TIME_WAIT: everything is acknowledged, but a SYN may open the connection anew if its
     * sequence number or its timestamp is higher than all before (RFC 1122, section 4.2.2.13; RFC 6191). A RST ends it,
     * which {@code tcp_rfc1337} forbids (RFC 1337).
     *
     * @return {@code TCP_TW_SUCCESS}: forget the segment; {@code TCP_TW_ACK}, {@code TCP_TW_RST}: answer so;
     *     {@code TCP_TW_SYN}: give it to a listener, with {@code TCP_SKB_CB(skb).when} as initial sequence number. With
     *     ACK and SYN the caller still has its reference to {@code tw}
     */
    @KernelBug("without timestamps the options are not read at all, so that MP_FASTCLOSE and DATA_FIN go unseen; later"
            + " versions of MPTCP read them for every subflow")
    public static int tcp_timewait_state_process(inet_timewait_sock tw, sk_buff skb,
            tcphdr th) {
        tcp_options_received tmp_opt = new tcp_options_received();
        tcp_timewait_sock tcptw = tcp_twsk(tw);
        boolean paws_reject = false;
        mptcp_options_received mopt = new mptcp_options_received();

        kill: {
            kill_with_rst: {
                tmp_opt.saw_tstamp = false;
                if (th.doff() > tcphdr.SIZE >> 2 && tcptw.tw_ts_recent_stamp != 0) {
                    mptcp_init_mp_opt(mopt);

                    tcp_parse_options(skb, tmp_opt, mopt, 0, null);

                    if (tmp_opt.saw_tstamp) {
                        tmp_opt.rcv_tsecr -= tcptw.tw_ts_offset;
                        tmp_opt.ts_recent = tcptw.tw_ts_recent;
                        tmp_opt.ts_recent_stamp = tcptw.tw_ts_recent_stamp;
                        paws_reject = tcp_paws_reject(tmp_opt, th.rst() ? 1 : 0);
                    }

                    if (mopt.mp_fclose && tcptw.mptcp_tw != null) {
                        if (mopt.mptcp_key == tcptw.mptcp_tw.loc_key) {
                            break kill_with_rst;
                        }
                    }
                }

                if (tw.tw_substate == TCP_FIN_WAIT2) {
                    if (paws_reject
                            || !tcp_in_window(TCP_SKB_CB(skb).seq, TCP_SKB_CB(skb).end_seq,
                                    tcptw.tw_rcv_nxt,
                                    tcptw.tw_rcv_nxt + tcptw.tw_rcv_wnd)) {
                        return TCP_TW_ACK;
                    }

                    if (th.rst()) {
                        break kill;
                    }

                    if (th.syn() && !before(TCP_SKB_CB(skb).seq, tcptw.tw_rcv_nxt)) {
                        break kill_with_rst;
                    }

                    // Nothing new.
                    if (!th.ack()
                            || !after(TCP_SKB_CB(skb).end_seq, tcptw.tw_rcv_nxt)
                            || TCP_SKB_CB(skb).end_seq == TCP_SKB_CB(skb).seq) {
                        // A DATA_FIN once more: our DATA_ACK must have got lost.
                        if (tcptw.mptcp_tw != null && tcptw.mptcp_tw.meta_tw
                                && mptcp_is_data_fin(skb)
                                && TCP_SKB_CB(skb).seq == tcptw.tw_rcv_nxt
                                && mopt.data_seq + 1 == (int) tcptw.mptcp_tw.rcv_nxt) {
                            return TCP_TW_ACK;
                        }

                        inet_twsk_put(tw);
                        return TCP_TW_SUCCESS;
                    }

                    if (!th.fin()
                            || TCP_SKB_CB(skb).end_seq != tcptw.tw_rcv_nxt + 1) {
                        break kill_with_rst;
                    }

                    tw.tw_substate = TCP_TIME_WAIT;
                    tcptw.tw_rcv_nxt = TCP_SKB_CB(skb).end_seq;
                    if (tmp_opt.saw_tstamp) {
                        tcptw.tw_ts_recent_stamp = get_seconds();
                        tcptw.tw_ts_recent = tmp_opt.rcv_tsval;
                    }

                    if (tcp_death_row.sysctl_tw_recycle != 0
                            && tcptw.tw_ts_recent_stamp != 0
                            && tcp_tw_remember_stamp(tw)) {
                        inet_twsk_schedule(tw, tcp_death_row, tw.tw_timeout,
                                TCP_TIMEWAIT_LEN);
                    } else {
                        inet_twsk_schedule(tw, tcp_death_row, TCP_TIMEWAIT_LEN,
                                TCP_TIMEWAIT_LEN);
                    }
                    return TCP_TW_ACK;
                }

                // From here on it is TIME_WAIT proper.
                if (!paws_reject
                        && TCP_SKB_CB(skb).seq == tcptw.tw_rcv_nxt
                        && (TCP_SKB_CB(skb).seq == TCP_SKB_CB(skb).end_seq || th.rst())) {
                    if (th.rst()) {
                        if (sysctl_tcp_rfc1337 == 0) {
                            break kill;
                        }
                    }
                    inet_twsk_schedule(tw, tcp_death_row, TCP_TIMEWAIT_LEN,
                            TCP_TIMEWAIT_LEN);

                    if (tmp_opt.saw_tstamp) {
                        tcptw.tw_ts_recent = tmp_opt.rcv_tsval;
                        tcptw.tw_ts_recent_stamp = get_seconds();
                    }

                    inet_twsk_put(tw);
                    return TCP_TW_SUCCESS;
                }

                if (th.syn() && !th.rst() && !th.ack() && !paws_reject
                        && (after(TCP_SKB_CB(skb).seq, tcptw.tw_rcv_nxt)
                                || tmp_opt.saw_tstamp
                                        && tcptw.tw_ts_recent - tmp_opt.rcv_tsval < 0)) {
                    // Above everything that the old connection can have sent with a window of 64 KB.
                    int isn = tcptw.tw_snd_nxt + 65535 + 2;
                    if (isn == 0) {
                        isn++;
                    }
                    TCP_SKB_CB(skb).when = isn;
                    return TCP_TW_SYN;
                }

                if (paws_reject) {
                    NET_INC_STATS_BH(twsk_net(tw), LINUX_MIB_PAWSESTABREJECTED);
                }

                if (!th.rst()) {
                    // A SYN may be an old one as well as a good one with an unlucky number: it prolongs nothing.
                    if (paws_reject || th.ack()) {
                        inet_twsk_schedule(tw, tcp_death_row, TCP_TIMEWAIT_LEN,
                                TCP_TIMEWAIT_LEN);
                    }

                    return TCP_TW_ACK;
                }
                inet_twsk_put(tw);
                return TCP_TW_SUCCESS;
            }
            inet_twsk_deschedule(tw, tcp_death_row);
            inet_twsk_put(tw);
            return TCP_TW_RST;
        }
        inet_twsk_deschedule(tw, tcp_death_row);
        inet_twsk_put(tw);
        return TCP_TW_SUCCESS;
    }

    /**
     * Lets a small struct take the socket's place. If there are too many of them, or no memory, the connection just
     * ends, without TIME_WAIT.
     *
     * @param state TIME_WAIT or FIN_WAIT2
     * @param timeo for FIN_WAIT2, in jiffies
     */
    public static void tcp_time_wait(sock sk, int state, int timeo) {
        inet_timewait_sock tw = null;
        inet_connection_sock icsk = inet_csk(sk);
        tcp_sock tp = tcp_sk(sk);
        boolean recycle_ok = false;

        if (tcp_death_row.sysctl_tw_recycle != 0 && tp.rx_opt.ts_recent_stamp != 0) {
            recycle_ok = tcp_remember_stamp(sk);
        }

        if (tcp_death_row.tw_count < tcp_death_row.sysctl_max_tw_buckets) {
            tw = inet_twsk_alloc(sk, state);
        }

        exit:
        if (tw != null) {
            tcp_timewait_sock tcptw = tcp_twsk(tw);
            int rto = (icsk.icsk_rto << 2) - (icsk.icsk_rto >>> 1);
            inet_sock inet = inet_sk(sk);

            tw.tw_transparent = inet.transparent;
            tw.tw_rcv_wscale = tp.rx_opt.rcv_wscale;
            tcptw.tw_rcv_nxt = tp.rcv_nxt;
            tcptw.tw_snd_nxt = tp.snd_nxt;
            tcptw.tw_rcv_wnd = tcp_receive_window(tp);
            tcptw.tw_ts_recent = tp.rx_opt.ts_recent;
            tcptw.tw_ts_recent_stamp = tp.rx_opt.ts_recent_stamp;
            tcptw.tw_ts_offset = tp.tsoffset;

            if (mptcp(tp)) {
                if (mptcp_init_tw_sock(sk, tcptw) != 0) {
                    inet_twsk_free(tw);
                    break exit;
                }
            } else {
                tcptw.mptcp_tw = null;
            }

            __inet_twsk_hashdance(tw, sk, tcp_hashinfo);

            if (timeo < rto) {
                timeo = rto;
            }

            if (recycle_ok) {
                tw.tw_timeout = rto;
            } else {
                tw.tw_timeout = TCP_TIMEWAIT_LEN;
                if (state == TCP_TIME_WAIT) {
                    timeo = TCP_TIMEWAIT_LEN;
                }
            }

            inet_twsk_schedule(tw, tcp_death_row, timeo,
                    TCP_TIMEWAIT_LEN);
            inet_twsk_put(tw);
        } else {
            NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPTIMEWAITOVERFLOW);
        }

        tcp_update_metrics(sk);
        tcp_done(sk);
    }

    /** Lets go of what belongs to the MPTCP connection. */
    public static void tcp_twsk_destructor(inet_timewait_sock sk) {
        tcp_timewait_sock twsk = tcp_twsk(sk);

        if (twsk.mptcp_tw != null) {
            mptcp_twsk_destructor(twsk);
        }
    }
}
