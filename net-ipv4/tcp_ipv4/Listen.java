// SPDX-License-Identifier: GPL-2.0-only
package tcp_ipv4;

import static inet_connection_sock.Listen.inet_csk_prepare_forced_close;
import static inet_connection_sock.SynQueue.inet_csk_route_child_sock;
import static inet_connection_sock.SynQueue.inet_csk_route_req;
import static inet_connection_sock.SynQueue.inet_csk_search_req;
import static inet_hashtables.Bind.__inet_inherit_port;
import static inet_hashtables.Connect.__inet_hash_nolisten;
import static inet_hashtables.Inlines.inet_lookup_established;
import static inet_timewait_sock.Twsk.inet_twsk_put;
import static ip_options.IpOptions.ip_options_echo;
import static ip_output.Output.ip_build_and_send_pkt;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.ip.IpHdr.ip_hdr;
import static linux.netdevice.Netdev.net_xmit_eval;
import static linux.printk.Printk.pr_info;
import static linux.skbuff.Cb.IPCB;
import static linux.skbuff.Dst.skb_rtable;
import static linux.skbuff.Meta.skb_set_queue_mapping;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV4;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_rsk;
import static linux.tcp.Sockets.tcp_sk;
import static net.dst.Garbage.dst_release;
import static net.dst.Metrics.dst_metric_advmss;
import static net.dst.Metrics.dst_mtu;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_sock.Sockets.inet_rsk;
import static net.inet_sock.Sockets.inet_sk;
import static net.inet_timewait_sock.Twsk.inet_twsk;
import static net.mptcp.MetaSockets.is_meta_sk;
import static net.mptcp.MetaSockets.mptcp_meta_sk;
import static net.route.Route.inet_iif;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.sock.AcceptQueue.sk_acceptq_is_full;
import static net.sock.Dst.sk_setup_caps;
import static net.sock.Fields.sock_net;
import static net.sock.Lock.bh_lock_sock;
import static net.tcp.Globals.tcp_hashinfo;
import static net.tcp.Globals.tcp_request_sock_ipv4_ops;
import static net.tcp.Globals.tcp_request_sock_ops;
import static net.tcp.Multipath.mptcp;
import static net.tcp.Sysctls.sysctl_tcp_syncookies;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp_states.TcpState.TCP_TIME_WAIT;
import static syncookies.Syncookies.cookie_v4_check;
import static tcp.Boot.tcp_done;
import static tcp_input.Buffers.tcp_initialize_rcv_mss;
import static tcp_input.ConnRequest.tcp_conn_request;
import static tcp_ipv4.Send.__tcp_v4_send_check;
import static tcp_ipv4.Sock.inet_sk_rx_dst_set;
import static tcp_minisocks.Openreq.tcp_check_req;
import static tcp_minisocks.Openreq.tcp_create_openreq_child;
import static tcp_output.Mss.tcp_sync_mss;
import static tcp_output.Syn.tcp_make_synack;
import static uapi.linux.rtnetlink.Rt.RTCF_BROADCAST;
import static uapi.linux.rtnetlink.Rt.RTCF_MULTICAST;
import static uapi.linux.snmp.Snmp.LINUX_MIB_LISTENDROPS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_LISTENOVERFLOWS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPREQQFULLDOCOOKIES;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPREQQFULLDROP;

import linux.compiler.BoolRef;
import linux.gfp.Gfp;
import linux.jiffies.Jiffies;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_fastopen_cookie;
import linux.tcp.tcp_sock;
import net.dst.dst_entry;
import net.flow.flowi;
import net.flow.flowi4;
import net.inet_sock.inet_request_sock;
import net.inet_sock.inet_sock;
import net.inet_sock.ip_options;
import net.request_sock.ReqLink;
import net.request_sock.listen_sock;
import net.request_sock.request_sock;
import net.sock.sock;
import net.sock.sock_common;
import uapi.linux.ip.iphdr;
import uapi.linux.tcp.tcphdr;

/**
 * The passive side of the handshake over IPv4. A SYN comes from {@code tcp_rcv_state_process} to {@link
 * #tcp_v4_conn_request}; {@code tcp_conn_request} does the work and calls back for what is IPv4: addresses, route,
 * SYN/ACK. The third ACK comes to {@link #tcp_v4_hnd_req}, by way of {@code tcp_check_req} or of a SYN cookie to {@link
 * #tcp_v4_syn_recv_sock}, which makes the socket.
 */
public final class Listen {
    private Listen() {}

    /**
     * Sends a SYN/ACK for a request.
     *
     * @param dst the route, whose reference goes over; null: it is looked up
     * @param foc Fast Open cookie to hand out, or null
     * @return 0, -1 without route or memory, or an error of sending
     */
    public static int tcp_v4_send_synack(sock sk, dst_entry dst,
            flowi fl,
            request_sock req,
            int queue_mapping,
            tcp_fastopen_cookie foc) {
        inet_request_sock ireq = inet_rsk(req);
        flowi4 fl4;
        int err = -1;
        sk_buff skb;

        if (dst == null) {
            fl4 = new flowi4();
            if ((dst = inet_csk_route_req(sk, fl4, req)) == null) {
                return -1;
            }
        }

        skb = tcp_make_synack(sk, dst, req, foc);

        if (skb != null) {
            __tcp_v4_send_check(skb, ireq.skc_rcv_saddr, ireq.skc_daddr);

            skb_set_queue_mapping(skb, queue_mapping);
            err = ip_build_and_send_pkt(skb, sk, ireq.skc_rcv_saddr,
                                        ireq.skc_daddr,
                                        ireq.opt);
            err = net_xmit_eval(err);
            if (tcp_rsk(req).snt_synack == 0 && err == 0) {
                tcp_rsk(req).snt_synack = tcp_time_stamp();
            }
        }

        return err;
    }

    /** What a request over IPv4 has to give back: its IP options. */
    public static void tcp_v4_reqsk_destructor(request_sock req) {
        inet_rsk(req).opt = null;
    }

    /**
     * The SYN queue is full. Counts it and says so, once for each listener.
     *
     * @param proto for the log: "TCP"
     * @return true if the SYN is to be answered with a cookie, false if it is to be dropped
     */
    public static boolean tcp_syn_flood_action(sock sk,
            sk_buff skb,
            String proto) {
        String msg = "Dropping request";
        boolean want_cookie = false;
        listen_sock lopt;

        if (sysctl_tcp_syncookies != 0) {
            msg = "Sending cookies";
            want_cookie = true;
            NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPREQQFULLDOCOOKIES);
        } else {
            NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPREQQFULLDROP);
        }

        lopt = inet_csk(sk).icsk_accept_queue.listen_opt;
        if (lopt.synflood_warned == 0 && sysctl_tcp_syncookies != 2) {
            lopt.synflood_warned = 1;
            pr_info("TCP: %s: Possible SYN flooding on port %d. %s.  Check SNMP counters.\n",
                    proto, tcp_hdr(skb).dest(), msg);
        }
        return want_cookie;
    }

    /** The IP options of the SYN as they have to be in our packets: a source route backwards. Null: none. */
    public static ip_options tcp_v4_save_options(sk_buff skb) {
        ip_options opt = IPCB(skb).opt;
        ip_options dopt = null;

        if (opt != null && opt.optlen != 0) {
            dopt = Gfp.fails(GFP_ATOMIC) ? null : new ip_options();
            if (dopt != null) {
                dopt.__data = new byte[IP_OPTIONS_MAX];
                if (ip_options_echo(dopt, skb) != 0) {
                    dopt = null;
                }
            }
        }
        return dopt;
    }

    /** Bytes of IP options at most: 15 words of header less 5. */
    private static final int IP_OPTIONS_MAX = 40;

    /** What a request takes from the IP header of its SYN. */
    static int tcp_v4_init_req(request_sock req, sock sk,
            sk_buff skb) {
        inet_request_sock ireq = inet_rsk(req);

        ireq.skc_rcv_saddr = ip_hdr(skb).daddr();
        ireq.skc_daddr = ip_hdr(skb).saddr();
        ireq.no_srccheck = inet_sk(sk).transparent;
        ireq.opt = tcp_v4_save_options(skb);

        return 0;
    }

    /**
     * The route of the SYN/ACK.
     *
     * @param strict set to whether it leads to the peer itself, not to the first hop of a source route: only then what
     *     was learnt about the peer may be used. Null: nobody wants to know
     */
    static dst_entry tcp_v4_route_req(sock sk, flowi fl,
            request_sock req,
            BoolRef strict) {
        dst_entry dst = inet_csk_route_req(sk, (flowi4) fl, req);

        if (strict != null) {
            if (((flowi4) fl).daddr == inet_rsk(req).skc_daddr) {
                strict.val = true;
            } else {
                strict.val = false;
            }
        }

        return dst;
    }

    /** A SYN for a listener. One that was sent to many is not answered. @return 0, or not 0: answer with a RST */
    public static int tcp_v4_conn_request(sock sk, sk_buff skb) {
        drop:
        {
            if ((skb_rtable(skb).rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST)) != 0) {
                break drop;
            }

            return tcp_conn_request(tcp_request_sock_ops,
                                    tcp_request_sock_ipv4_ops, sk, skb);
        }
        NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_LISTENDROPS);
        return 0;
    }

    /**
     * The handshake is over: makes the socket of the new connection and enters it into the hash tables.
     *
     * @param dst the route if it is known already (a SYN cookie); its reference goes over. Null: it is looked up
     * @return locked, with a reference; null if the accept queue is full or without memory or route
     */
    public static sock tcp_v4_syn_recv_sock(sock sk, sk_buff skb,
            request_sock req,
            dst_entry dst) {
        inet_request_sock ireq;
        inet_sock newinet;
        tcp_sock newtp;
        sock newsk;
        ip_options inet_opt;

        exit:
        {
            exit_nonewsk:
            {
                exit_overflow:
                {
                    if (sk_acceptq_is_full(sk)) {
                        break exit_overflow;
                    }

                    newsk = tcp_create_openreq_child(sk, req, skb);
                    if (newsk == null) {
                        break exit_nonewsk;
                    }

                    newsk.sk_gso_type = SKB_GSO_TCPV4;
                    inet_sk_rx_dst_set(newsk, skb);

                    newtp = tcp_sk(newsk);
                    newinet = inet_sk(newsk);
                    ireq = inet_rsk(req);
                    newinet.skc_daddr = ireq.skc_daddr;
                    newinet.skc_rcv_saddr = ireq.skc_rcv_saddr;
                    newinet.inet_saddr = ireq.skc_rcv_saddr;
                    inet_opt = ireq.opt;
                    newinet.inet_opt = inet_opt;
                    ireq.opt = null;
                    newinet.mc_index = inet_iif(skb);
                    newinet.mc_ttl = ip_hdr(skb).ttl();
                    newinet.rcv_tos = ip_hdr(skb).tos();
                    inet_csk(newsk).icsk_ext_hdr_len = 0;
                    if (inet_opt != null) {
                        inet_csk(newsk).icsk_ext_hdr_len = inet_opt.optlen;
                    }
                    newinet.inet_id = (newtp.write_seq ^ (int) Jiffies.jiffies) & 0xffff;

                    put_and_exit:
                    {
                        // With a cookie the flow was set up, too: see the end of cookie_v4_check.
                        if (dst == null) {
                            dst = inet_csk_route_child_sock(sk, newsk, req);
                            if (dst == null) {
                                break put_and_exit;
                            }
                        }
                        sk_setup_caps(newsk, dst);

                        tcp_sync_mss(newsk, dst_mtu(dst));
                        newtp.advmss = dst_metric_advmss(dst) & 0xffff;
                        if (tcp_sk(sk).rx_opt.user_mss != 0
                                && tcp_sk(sk).rx_opt.user_mss < newtp.advmss) {
                            newtp.advmss = tcp_sk(sk).rx_opt.user_mss;
                        }

                        tcp_initialize_rcv_mss(newsk);

                        if (__inet_inherit_port(sk, newsk) < 0) {
                            break put_and_exit;
                        }
                        __inet_hash_nolisten(newsk, null);

                        return newsk;
                    }
                    inet_csk_prepare_forced_close(newsk);
                    tcp_done(newsk);
                    break exit;
                }
                NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_LISTENOVERFLOWS);
            }
            dst_release(dst);
        }
        NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_LISTENDROPS);
        return null;
    }

    /**
     * Whom is a segment for a listener really meant for: a request of its own, a connection that has come into being
     * since the look-up, a connection that a SYN cookie brings back, or the listener?
     *
     * @return {@code sk} itself; a connection, locked (for a subflow the meta socket, too); or null: drop it
     */
    public static sock tcp_v4_hnd_req(sock sk, sk_buff skb) {
        tcphdr th = tcp_hdr(skb);
        iphdr iph = ip_hdr(skb);
        sock_common nsk;
        ReqLink prev = new ReqLink();
        request_sock req = inet_csk_search_req(sk, prev, th.source(),
                                               iph.saddr(), iph.daddr());
        if (req != null) {
            return tcp_check_req(sk, skb, req, prev, false);
        }

        nsk = inet_lookup_established(sock_net(sk), tcp_hashinfo, iph.saddr(),
                th.source(), iph.daddr(), th.dest(), inet_iif(skb));

        if (nsk != null) {
            if (nsk.skc_state != TCP_TIME_WAIT) {
                sock nsock = (sock) nsk;

                // If sk is a meta socket, its caller has locked it already.
                if (mptcp(tcp_sk(nsock)) && !is_meta_sk(sk)) {
                    bh_lock_sock(mptcp_meta_sk(nsock));
                }
                bh_lock_sock(nsock);

                return nsock;
            }
            inet_twsk_put(inet_twsk(nsk));
            return null;
        }

        if (!th.syn()) {
            sk = cookie_v4_check(sk, skb, IPCB(skb).opt);
        }
        return sk;
    }
}
