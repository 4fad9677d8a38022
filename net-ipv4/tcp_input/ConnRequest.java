// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.kernel.Kernel.u32;
import static linux.printk.Printk.pI4;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Meta.skb_get_queue_mapping;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Options.tcp_clear_options;
import static linux.tcp.Sockets.tcp_rsk;
import static linux.tcp.Sockets.tcp_sk;
import static net.dst.Garbage.dst_release;
import static net.inet_connection_sock.Reqsk.inet_csk_reqsk_queue_is_full;
import static net.inet_connection_sock.Reqsk.inet_csk_reqsk_queue_len;
import static net.inet_connection_sock.Reqsk.inet_csk_reqsk_queue_young;
import static net.inet_sock.Requests.inet_reqsk_alloc;
import static net.inet_sock.Sockets.inet_rsk;
import static net.request_sock.Queues.sysctl_max_syn_backlog;
import static net.request_sock.Requests.reqsk_free;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.sock.AcceptQueue.sk_acceptq_is_full;
import static net.sock.Fields.sock_net;
import static net.sock.NetDebug.LIMIT_NETDEBUG;
import static net.tcp.Ecn.TCP_ECN_create_request;
import static net.tcp.Globals.tcp_death_row;
import static net.tcp.Globals.tcp_request_sock_ops;
import static net.tcp.Openreq.tcp_openreq_init;
import static net.tcp.SynCookies.cookie_init_sequence;
import static net.tcp.Sysctls.sysctl_tcp_syncookies;
import static net.tcp.TcpConst.TCP_TIMEOUT_INIT;
import static tcp_fastopen.Fastopen.tcp_try_fastopen;
import static tcp_input.Options.tcp_parse_options;
import static tcp_ipv4.Listen.tcp_syn_flood_action;
import static tcp_metrics.Connection.tcp_peer_is_proven;
import static tcp_minisocks.Openreq.tcp_openreq_init_rwin;
import static uapi.linux.snmp.Snmp.LINUX_MIB_LISTENDROPS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_LISTENOVERFLOWS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_PAWSPASSIVEREJECTED;
import static uapi.linux.socket.SocketOpt.AF_INET;

import linux.compiler.BoolRef;
import linux.compiler.IntRef;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_fastopen_cookie;
import linux.tcp.tcp_options_received;
import linux.tcp.tcp_sock;
import net.dst.dst_entry;
import net.flow.flowi;
import net.flow.flowi4;
import net.inet_sock.inet_request_sock;
import net.request_sock.request_sock;
import net.request_sock.request_sock_ops;
import net.sock.sock;
import net.tcp.tcp_request_sock_ops;

/**
 * A SYN for a listener (RFC 793, section 3.9, LISTEN): becomes a request that waits for the third ACK, or a cookie that
 * needs no memory, or, with Fast Open, a connection at once.
 *
 * <p>{@link States} calls {@code conn_request} of the address family ({@code tcp_v4_conn_request}), which calls {@link
 * #tcp_conn_request} with what differs between IPv4 and IPv6, plain TCP and MPTCP ({@code af_ops}).
 */
public final class ConnRequest {
    private ConnRequest() {}

    /** Says in the log that a SYN was dropped. */
    static void pr_drop_req(request_sock req, int port, int family) {
        inet_request_sock ireq = inet_rsk(req);

        if (family == AF_INET) {
            LIMIT_NETDEBUG("TCP: drop open request from %s/%d\n",
                    pI4(ireq.skc_daddr), port);
        }
    }

    /**
     * Answers a SYN with a SYN/ACK. Drops it, counted as {@code LISTENDROPS}, when there is no memory, no route, no
     * room in the accept queue, or when the SYN queue is full and cookies are off.
     *
     * <p>Without cookies the last quarter of the SYN queue is kept for peers that we have had a connection with. A SYN
     * for a connection in TIME_WAIT comes with a sequence number to be used in {@code TCP_SKB_CB(skb).when}; it is
     * never refused for a full SYN queue.
     *
     * @return 0: whatever happened, no RST shall be sent
     */
    public static int tcp_conn_request(request_sock_ops rsk_ops,
            tcp_request_sock_ops af_ops,
            sock sk, sk_buff skb) {
        tcp_options_received tmp_opt = new tcp_options_received();
        request_sock req;
        tcp_sock tp = tcp_sk(sk);
        dst_entry dst = null;
        int isn = TCP_SKB_CB(skb).when;
        boolean want_cookie = false, fastopen;
        flowi fl = new flowi4();
        tcp_fastopen_cookie foc = new tcp_fastopen_cookie();
        foc.len = -1;
        int err;

        drop: {
            if ((sysctl_tcp_syncookies == 2
                    || inet_csk_reqsk_queue_is_full(sk)) && isn == 0) {
                want_cookie = tcp_syn_flood_action(sk, skb, rsk_ops.slab_name);
                if (!want_cookie) {
                    break drop;
                }
            }

            // Nobody accepts, and there are requests enough that will be finished soon.
            if (sk_acceptq_is_full(sk) && inet_csk_reqsk_queue_young(sk) > 1) {
                NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_LISTENOVERFLOWS);
                break drop;
            }

            req = inet_reqsk_alloc(rsk_ops);
            if (req == null) {
                break drop;
            }

            drop_and_free: {
                drop_and_release: {
                    tcp_rsk(req).af_specific = af_ops;

                    tcp_clear_options(tmp_opt);
                    tmp_opt.mss_clamp = af_ops.mss_clamp;
                    tmp_opt.user_mss = tp.rx_opt.user_mss;
                    tcp_parse_options(skb, tmp_opt, null, 0, want_cookie ? null : foc);

                    // A cookie keeps the options in its timestamp: without one they are forgotten.
                    if (want_cookie && !tmp_opt.saw_tstamp) {
                        tcp_clear_options(tmp_opt);
                    }

                    tmp_opt.tstamp_ok = tmp_opt.saw_tstamp;
                    tcp_openreq_init(req, tmp_opt, skb);

                    if (af_ops.init_req.call(req, sk, skb) != 0) {
                        break drop_and_free;
                    }

                    if (!want_cookie || tmp_opt.tstamp_ok) {
                        TCP_ECN_create_request(req, skb, sock_net(sk));
                    }

                    if (want_cookie) {
                        IntRef mss = new IntRef(req.mss);
                        isn = cookie_init_sequence(af_ops, sk, skb, mss);
                        req.mss = mss.val & 0xffff;
                        req.cookie_ts = tmp_opt.tstamp_ok;
                    } else if (isn == 0) {
                        // tcp_tw_recycle: the last timestamp of the whole host is remembered and must not go back.
                        if (tmp_opt.saw_tstamp && tcp_death_row.sysctl_tw_recycle != 0) {
                            BoolRef strict = new BoolRef();

                            dst = af_ops.route_req.call(sk, fl, req, strict);
                            if (dst != null && strict.val
                                    && !tcp_peer_is_proven(req, dst, true)) {
                                NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_PAWSPASSIVEREJECTED);
                                break drop_and_release;
                            }
                        } else if (sysctl_tcp_syncookies == 0
                                && sysctl_max_syn_backlog - inet_csk_reqsk_queue_len(sk)
                                        < sysctl_max_syn_backlog >> 2
                                && !tcp_peer_is_proven(req, dst, false)) {
                            pr_drop_req(req, tcp_hdr(skb).source(),
                                    rsk_ops.family);
                            break drop_and_release;
                        }

                        isn = af_ops.init_seq.call(skb);
                    }
                    if (dst == null) {
                        dst = af_ops.route_req.call(sk, fl, req, null);
                        if (dst == null) {
                            break drop_and_free;
                        }
                    }

                    tcp_rsk(req).snt_isn = isn;
                    tcp_openreq_init_rwin(req, sk, dst);
                    fastopen = !want_cookie
                            && tcp_try_fastopen(sk, skb, req, foc, dst);
                    err = af_ops.send_synack.call(sk, dst, fl, req,
                            skb_get_queue_mapping(skb), foc);
                    if (!fastopen) {
                        if (err != 0 || want_cookie) {
                            break drop_and_free;
                        }

                        tcp_rsk(req).listener = null;
                        af_ops.queue_hash_add.call(sk, req, u32(TCP_TIMEOUT_INIT));
                    }

                    return 0;
                }
                dst_release(dst);
            }
            reqsk_free(req);
        }
        NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_LISTENDROPS);
        return 0;
    }
}
