// SPDX-License-Identifier: GPL-2.0-only
package tcp_ipv4;

import static inet_connection_sock.Listen.inet_csk_update_pmtu;
import static inet_connection_sock.Reqsk.inet_csk_reqsk_queue_drop;
import static inet_connection_sock.SynQueue.inet_csk_search_req;
import static inet_hashtables.Inlines.inet_lookup;
import static inet_timewait_sock.Twsk.inet_twsk_put;
import static linux.bug.Bug.BUG_ON;
import static linux.bug.Bug.WARN_ON;
import static linux.errno.Errno.EHOSTUNREACH;
import static linux.errno.Errno.EMSGSIZE;
import static linux.errno.Errno.EPROTO;
import static linux.icmp.IcmpHdr.icmp_hdr;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.minU32;
import static linux.netdevice.Netdev.dev_net;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.tcp.Sockets.tcp_rsk;
import static linux.tcp.Sockets.tcp_sk;
import static linux.tcp.tcp_sock.TCP_MTU_REDUCED_DEFERRED;
import static mptcp_ctrl.SmallQueues.mptcp_tsq_flags;
import static net.dst.Metrics.dst_mtu;
import static net.icmp.icmp_err.icmp_err_convert;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.XmitTimers.inet_csk_reset_xmit_timer;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_RETRANS;
import static net.inet_sock.Sockets.inet_sk;
import static net.inet_timewait_sock.Twsk.inet_twsk;
import static net.ip.IpPacket.ip_dont_fragment;
import static net.ip.IpPacket.ip_sk_accept_pmtu;
import static net.mptcp.MetaSockets.mptcp_meta_sk;
import static net.route.Route.inet_iif;
import static net.snmp.Mib.ICMP_INC_STATS_BH;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.sock.Dst.__sk_dst_check;
import static net.sock.Fields.sock_net;
import static net.sock.Lock.bh_lock_sock;
import static net.sock.Lock.bh_unlock_sock;
import static net.sock.Lock.sock_owned_by_user;
import static net.sock.Nodes.sock_hold;
import static net.sock.Nodes.sock_put;
import static net.tcp.Globals.tcp_hashinfo;
import static net.tcp.Multipath.mptcp;
import static net.tcp.Rto.__tcp_set_rto;
import static net.tcp.Rto.tcp_bound_rto;
import static net.tcp.Sequence.between;
import static net.tcp.TcpConst.TCP_RTO_MAX;
import static net.tcp.TcpConst.TCP_TIMEOUT_INIT;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.WriteQueue.tcp_write_queue_head;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static net.tcp_states.TcpState.TCP_SYN_RECV;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static net.tcp_states.TcpState.TCP_TIME_WAIT;
import static tcp.Boot.tcp_done;
import static tcp_input.Recovery.tcp_simple_retransmit;
import static tcp_output.Mss.tcp_sync_mss;
import static tcp_timer.Retransmit.tcp_retransmit_timer;
import static uapi.linux.icmp.Icmp.ICMP_DEST_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_FRAG_NEEDED;
import static uapi.linux.icmp.Icmp.ICMP_HOST_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_NET_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_PARAMETERPROB;
import static uapi.linux.icmp.Icmp.ICMP_REDIRECT;
import static uapi.linux.icmp.Icmp.ICMP_SOURCE_QUENCH;
import static uapi.linux.icmp.Icmp.ICMP_TIME_EXCEEDED;
import static uapi.linux.icmp.Icmp.NR_ICMP_UNREACH;
import static uapi.linux.in.In.IP_PMTUDISC_DONT;
import static uapi.linux.snmp.Snmp.ICMP_MIB_INERRORS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_LISTENDROPS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_LOCKDROPPEDICMPS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_OUTOFWINDOWICMPS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPMINTTLDROP;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.dst.dst_entry;
import net.inet_connection_sock.inet_connection_sock;
import net.inet_sock.inet_sock;
import net.net_namespace.net;
import net.request_sock.ReqLink;
import net.request_sock.request_sock;
import net.sock.sock;
import net.sock.sock_common;
import uapi.linux.ip.iphdr;
import uapi.linux.tcp.tcphdr;

/**
 * What an ICMP error does to a connection (RFC 1122, section 4.2.3.9; RFC 5927). {@code icmp_rcv} calls {@link
 * #tcp_v4_err} for a message that quotes a TCP header; the quoted sequence number has to be one that is out, or anybody
 * could end connections of others.
 *
 * <p>"Fragmentation needed" lowers the MSS ({@link #tcp_v4_mtu_reduced}, RFC 1191); everything else is at most noted in
 * {@code sk_err_soft}, unless the connection is not established yet or the application has asked for errors.
 */
public final class Err {
    private Err() {}

    /**
     * A router has said that packets of {@code mtu_info} bytes are the largest that pass. Tells the route, takes over a
     * smaller MSS and repeats what is out. Called at once, or by {@code tcp_release_cb} if the socket was owned.
     */
    public static void tcp_v4_mtu_reduced(sock sk) {
        dst_entry dst;
        inet_sock inet = inet_sk(sk);
        int mtu = tcp_sk(sk).mtu_info;

        dst = inet_csk_update_pmtu(sk, mtu);
        if (dst == null) {
            return;
        }

        // The route did not believe it, and the packets will not pass: this is why, should the connection time out.
        if (ltU32(mtu, dst_mtu(dst)) && ip_dont_fragment(sk, dst)) {
            sk.sk_err_soft = EMSGSIZE;
        }

        mtu = dst_mtu(dst);

        if (inet.pmtudisc != IP_PMTUDISC_DONT
                && ip_sk_accept_pmtu(sk)
                && gtU32(inet_csk(sk).icsk_pmtu_cookie, mtu)) {
            tcp_sync_mss(sk, mtu);

            // What is out was too large and is gone: that is no congestion, so the window stays.
            tcp_simple_retransmit(sk);
        }
    }

    /** A router says that there is a better one: the route remembers it. */
    static void do_redirect(sk_buff skb, sock sk) {
        dst_entry dst = __sk_dst_check(sk, 0);

        if (dst != null) {
            dst.ops.redirect.call(dst, sk, skb);
        }
    }

    /**
     * An ICMP error about a segment of ours.
     *
     * <p>While the application owns the socket (for a subflow: the meta socket) it is only noted; "fragmentation
     * needed" is put off until the socket is released.
     *
     * @param icmp_skb its data begin with the IP header that the message quotes
     * @param info the MTU, for "fragmentation needed"
     */
    public static void tcp_v4_err(sk_buff icmp_skb, int info) {
        iphdr iph = new iphdr(icmp_skb.head, icmp_skb.data);
        tcphdr th = new tcphdr(icmp_skb.head, icmp_skb.data + (iph.ihl() << 2));
        inet_connection_sock icsk;
        tcp_sock tp;
        inet_sock inet;
        int type = icmp_hdr(icmp_skb).type();
        int code = icmp_hdr(icmp_skb).code();
        sock sk;
        sock meta_sk;
        sk_buff skb;
        request_sock fastopen;
        int seq;
        int snd_una;
        int remaining;
        int err;
        net net = dev_net(icmp_skb.dev);

        if (icmp_skb.len < (iph.ihl() << 2) + 8) {
            ICMP_INC_STATS_BH(net, ICMP_MIB_INERRORS);
            return;
        }

        sock_common found = inet_lookup(net, tcp_hashinfo, iph.daddr(), th.dest(),
                iph.saddr(), th.source(), inet_iif(icmp_skb));
        if (found == null) {
            ICMP_INC_STATS_BH(net, ICMP_MIB_INERRORS);
            return;
        }
        if (found.skc_state == TCP_TIME_WAIT) {
            inet_twsk_put(inet_twsk(found));
            return;
        }
        sk = (sock) found;

        tp = tcp_sk(sk);
        if (mptcp(tp)) {
            meta_sk = mptcp_meta_sk(sk);
        } else {
            meta_sk = sk;
        }

        bh_lock_sock(meta_sk);
        if (sock_owned_by_user(meta_sk)) {
            if (!(type == ICMP_DEST_UNREACH && code == ICMP_FRAG_NEEDED)) {
                NET_INC_STATS_BH(net, LINUX_MIB_LOCKDROPPEDICMPS);
            }
        }
        out:
        {
            if (sk.skc_state == TCP_CLOSE) {
                break out;
            }

            if (iph.ttl() < inet_sk(sk).min_ttl) {
                NET_INC_STATS_BH(net, LINUX_MIB_TCPMINTTLDROP);
                break out;
            }

            icsk = inet_csk(sk);
            seq = th.seq();
            fastopen = tp.fastopen_rsk;
            snd_una = fastopen != null ? tcp_rsk(fastopen).snt_isn : tp.snd_una;
            if (sk.skc_state != TCP_LISTEN
                    && !between(seq, snd_una, tp.snd_nxt)) {
                NET_INC_STATS_BH(net, LINUX_MIB_OUTOFWINDOWICMPS);
                break out;
            }

            switch (type) {
                case ICMP_REDIRECT:
                    do_redirect(icmp_skb, sk);
                    break out;
                case ICMP_SOURCE_QUENCH:
                    // RFC 6633: to be ignored.
                    break out;
                case ICMP_PARAMETERPROB:
                    err = EPROTO;
                    break;
                case ICMP_DEST_UNREACH:
                    if (code > NR_ICMP_UNREACH) {
                        break out;
                    }

                    if (code == ICMP_FRAG_NEEDED) {
                        // SYN/ACKs are small enough for every path.
                        if (sk.skc_state == TCP_LISTEN) {
                            break out;
                        }

                        tp.mtu_info = info;
                        if (!sock_owned_by_user(meta_sk)) {
                            tcp_v4_mtu_reduced(sk);
                        } else {
                            if ((tp.tsq_flags & 1 << TCP_MTU_REDUCED_DEFERRED) == 0) {
                                tp.tsq_flags |= 1 << TCP_MTU_REDUCED_DEFERRED;
                                sock_hold(sk);
                            }
                            if (mptcp(tp)) {
                                mptcp_tsq_flags(sk);
                            }
                        }
                        break out;
                    }

                    err = icmp_err_convert[code].errno;
                    // The network is broken, not full: a doubling of the RTO is taken back (RFC 6069).
                    if (code != ICMP_NET_UNREACH && code != ICMP_HOST_UNREACH) {
                        break;
                    }
                    if (seq != tp.snd_una || icsk.icsk_retransmits == 0
                            || icsk.icsk_backoff == 0 || fastopen != null) {
                        break;
                    }

                    if (sock_owned_by_user(meta_sk)) {
                        break;
                    }

                    icsk.icsk_backoff--;
                    inet_csk(sk).icsk_rto = (tp.srtt != 0 ? __tcp_set_rto(tp)
                            : TCP_TIMEOUT_INIT) << icsk.icsk_backoff;
                    tcp_bound_rto(sk);

                    skb = tcp_write_queue_head(sk);
                    BUG_ON(skb == null);

                    remaining = icsk.icsk_rto - minU32(icsk.icsk_rto,
                            tcp_time_stamp() - TCP_SKB_CB(skb).when);

                    if (remaining != 0) {
                        inet_csk_reset_xmit_timer(sk, ICSK_TIME_RETRANS,
                                                  remaining & 0xffffffffL, TCP_RTO_MAX);
                    } else {
                        // With the shorter RTO it would have been sent by now.
                        tcp_retransmit_timer(sk);
                    }

                    break;
                case ICMP_TIME_EXCEEDED:
                    err = EHOSTUNREACH;
                    break;
                default:
                    break out;
            }

            switch (sk.skc_state) {
                case TCP_LISTEN:
                    request_sock req;
                    ReqLink prev = new ReqLink();
                    if (sock_owned_by_user(meta_sk)) {
                        break out;
                    }

                    req = inet_csk_search_req(sk, prev, th.dest(),
                                              iph.daddr(), iph.saddr());
                    if (req == null) {
                        break out;
                    }

                    WARN_ON(req.sk != null);

                    if (seq != tcp_rsk(req).snt_isn) {
                        NET_INC_STATS_BH(net, LINUX_MIB_OUTOFWINDOWICMPS);
                        break out;
                    }

                    // accept() has no way of telling that somebody who was not there yet has gone.
                    inet_csk_reqsk_queue_drop(sk, req, prev);
                    NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_LISTENDROPS);
                    break out;

                case TCP_SYN_SENT:
                case TCP_SYN_RECV:
                    // A Fast Open connection that has been accepted is as good as established.
                    if (fastopen != null && fastopen.sk == null) {
                        break;
                    }

                    if (!sock_owned_by_user(meta_sk)) {
                        sk.sk_err = err;

                        sk.sk_error_report.call(sk);

                        tcp_done(sk);
                    } else {
                        sk.sk_err_soft = err;
                    }
                    break out;

                default:
                    break;
            }

            // Whoever is connected goes on until it times out: routes fail for a while, and ICMP can be forged.
            inet = inet_sk(sk);
            if (!sock_owned_by_user(meta_sk) && inet.recverr) {
                sk.sk_err = err;
                sk.sk_error_report.call(sk);
            } else {
                sk.sk_err_soft = err;
            }
        }

        bh_unlock_sock(meta_sk);
        sock_put(sk);
    }
}
