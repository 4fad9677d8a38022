// SPDX-License-Identifier: GPL-2.0-only
package tcp_ipv4;

import static inet_hashtables.Inlines.__inet_lookup_skb;
import static inet_hashtables.Inlines.inet_lookup_listener;
import static inet_hashtables.Lookup.__inet_lookup_established;
import static inet_timewait_sock.DeathRow.inet_twsk_deschedule;
import static inet_timewait_sock.Twsk.inet_twsk_put;
import static linux.bug.Bug.BUG_ON;
import static linux.ip.IpHdr.ip_hdr;
import static linux.netdevice.Netdev.dev_net;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Checksum.skb_checksum_init;
import static linux.skbuff.Dst.skb_dst_set_noref;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_transport_offset;
import static linux.skbuff.Paged.pskb_may_pull;
import static linux.skbuff.Queue.__skb_dequeue;
import static linux.skbuff.Queue.__skb_queue_tail;
import static linux.skbuff.Queue.skb_queue_len;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Header.tcp_hdrlen;
import static linux.tcp.Sockets.tcp_sk;
import static linux.wait.Wait.wake_up_interruptible_sync_poll;
import static mptcp_input.Join.mptcp_check_req;
import static mptcp_input.Join.mptcp_lookup_join;
import static mptcp_ipv4.Receive.mptcp_v4_do_rcv;
import static net.dsfield.DsField.ipv4_get_dsfield;
import static net.dst.Dst.dst_check;
import static net.dst.Dst.skb_dst_force;
import static net.dst.Garbage.dst_release;
import static net.inet_connection_sock.Acks.inet_csk_ack_scheduled;
import static net.inet_connection_sock.XmitTimers.inet_csk_reset_xmit_timer;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_DACK;
import static net.inet_sock.Sockets.inet_sk;
import static net.inet_timewait_sock.Twsk.inet_twsk;
import static net.mptcp.MetaSockets.is_meta_sk;
import static net.mptcp.MetaSockets.mptcp_meta_sk;
import static net.route.Route.inet_iif;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.snmp.Mib.TCP_INC_STATS_BH;
import static net.sock.BacklogQueue.sk_add_backlog;
import static net.sock.BacklogQueue.sk_backlog_rcv;
import static net.sock.Fields.sock_net;
import static net.sock.Lock.bh_lock_sock_nested;
import static net.sock.Lock.bh_unlock_sock;
import static net.sock.Lock.sock_owned_by_user;
import static net.sock.Nodes.sock_put;
import static net.sock.Waiting.sk_sleep;
import static net.tcp.Checksum.tcp_checksum_complete;
import static net.tcp.Globals.tcp_death_row;
import static net.tcp.Globals.tcp_hashinfo;
import static net.tcp.Multipath.mptcp;
import static net.tcp.Rto.tcp_rto_min;
import static net.tcp.Sysctls.sysctl_tcp_low_latency;
import static net.tcp.TcpConst.TCP_RTO_MAX;
import static net.tcp.TcpConst.TCP_TW_ACK;
import static net.tcp.TcpConst.TCP_TW_RST;
import static net.tcp.TcpConst.TCP_TW_SUCCESS;
import static net.tcp.TcpConst.TCP_TW_SYN;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static net.tcp_states.TcpState.TCP_TIME_WAIT;
import static tcp_input.Established.tcp_rcv_established;
import static tcp_input.States.tcp_rcv_state_process;
import static tcp_ipv4.Listen.tcp_v4_hnd_req;
import static tcp_ipv4.Send.tcp_v4_send_reset;
import static tcp_ipv4.Send.tcp_v4_timewait_ack;
import static tcp_minisocks.Openreq.tcp_child_process;
import static tcp_minisocks.TimeWait.tcp_timewait_state_process;
import static uapi.linux.if_packet.IfPacket.PACKET_HOST;
import static uapi.linux.in.In.IPPROTO_TCP;
import static uapi.linux.poll.Poll.POLLIN;
import static uapi.linux.poll.Poll.POLLRDBAND;
import static uapi.linux.poll.Poll.POLLRDNORM;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPBACKLOGDROP;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPMINTTLDROP;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPPREQUEUEDROPPED;
import static uapi.linux.snmp.Snmp.TCP_MIB_CSUMERRORS;
import static uapi.linux.snmp.Snmp.TCP_MIB_INERRS;
import static uapi.linux.snmp.Snmp.TCP_MIB_INSEGS;

import linux.compiler.KernelBug;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.dst.dst_entry;
import net.ip.IpPacket;
import net.net_namespace.net;
import net.sock.Owner;
import net.sock.sock;
import net.sock.sock_common;
import net.tcp.tcp_skb_cb;
import uapi.linux.ip.iphdr;
import uapi.linux.tcp.tcphdr;

/**
 * Where segments come in: {@code ip_local_deliver_finish} calls {@link #tcp_v4_rcv} for each. It checks the header,
 * finds the socket, and hands the segment on: to the backlog if a system call owns the socket, to the prequeue if a
 * reader waits, else to {@link #tcp_v4_do_rcv}, which is also what empties both.
 *
 * <p>For a subflow "owns" means the meta socket; {@code mptcp_check_req} and {@code mptcp_lookup_join} look for
 * requests that are not in a listener's queue.
 */
public final class Receive {
    private Receive() {}

    /**
     * Processes a segment; the socket is locked. An established connection goes straight to {@code
     * tcp_rcv_established}, everybody else by way of the state machine, and a listener first looks for whom it is.
     *
     * @return 0; the segment is used up
     */
    public static int tcp_v4_do_rcv(sock sk, sk_buff skb) {
        sock rsk;

        if (is_meta_sk(sk)) {
            return mptcp_v4_do_rcv(sk, skb);
        }

        if (sk.skc_state == TCP_ESTABLISHED) {
            dst_entry dst = sk.sk_rx_dst;

            if (dst != null) {
                if (inet_sk(sk).rx_dst_ifindex != skb.skb_iif
                        || dst.ops.check.call(dst, 0) == null) {
                    dst_release(dst);
                    sk.sk_rx_dst = null;
                }
            }
            tcp_rcv_established(sk, skb, tcp_hdr(skb), skb.len);
            return 0;
        }

        discard:
        {
            csum_err:
            {
                reset:
                {
                    if (skb.len < tcp_hdrlen(skb) || tcp_checksum_complete(skb)) {
                        break csum_err;
                    }

                    if (sk.skc_state == TCP_LISTEN) {
                        sock nsk = tcp_v4_hnd_req(sk, skb);
                        if (nsk == null) {
                            break discard;
                        }

                        if (nsk != sk) {
                            if (tcp_child_process(sk, nsk, skb) != 0) {
                                rsk = nsk;
                                break reset;
                            }
                            return 0;
                        }
                    }

                    if (tcp_rcv_state_process(sk, skb, tcp_hdr(skb), skb.len) != 0) {
                        rsk = sk;
                        break reset;
                    }
                    return 0;
                }
                tcp_v4_send_reset(rsk, skb);
                break discard;
            }
            TCP_INC_STATS_BH(sock_net(sk), TCP_MIB_CSUMERRORS);
            TCP_INC_STATS_BH(sock_net(sk), TCP_MIB_INERRS);
        }
        kfree_skb(skb);
        return 0;
    }

    /**
     * Finds the connection of a segment before the route is looked up, and with it the route: the one by which the
     * connection's last segment came in.
     *
     * <p>A connection in TIME_WAIT has no route to offer, so here {@link #tcp_v4_rcv} finds it anew; in C the packet
     * would keep the reference until then.
     */
    public static void tcp_v4_early_demux(sk_buff skb) {
        iphdr iph;
        tcphdr th;
        sock_common found;

        if (skb.pkt_type != PACKET_HOST) {
            return;
        }

        if (!pskb_may_pull(skb, skb_transport_offset(skb) + tcphdr.SIZE)) {
            return;
        }

        iph = ip_hdr(skb);
        th = tcp_hdr(skb);

        if (th.doff() < tcphdr.SIZE / 4) {
            return;
        }

        found = __inet_lookup_established(dev_net(skb.dev), tcp_hashinfo,
                                          iph.saddr(), th.source(),
                                          iph.daddr(), th.dest(),
                                          skb.skb_iif);
        if (found != null) {
            if (found.skc_state != TCP_TIME_WAIT) {
                sock sk = (sock) found;
                dst_entry dst = sk.sk_rx_dst;

                skb.sk = sk;
                skb.destructor = Owner.sock_edemux;
                if (dst != null) {
                    dst = dst_check(dst, 0);
                }
                if (dst != null
                        && inet_sk(sk).rx_dst_ifindex == skb.skb_iif) {
                    skb_dst_set_noref(skb, dst);
                }
            } else {
                inet_twsk_put(inet_twsk(found));
            }
        }
    }

    /**
     * Leaves the segment to a reader who waits in {@code recvmsg}: he checks the sum and copies in one go, in his own
     * time. The first one wakes him; if there is more than his receive buffer holds, all of it is processed here after
     * all. ACKs must not wait for him forever, hence the timer.
     *
     * @return false: nobody waits, or it is a bare ACK; the caller goes on with it
     */
    public static boolean tcp_prequeue(sock sk, sk_buff skb) {
        tcp_sock tp = tcp_sk(sk);

        if (sysctl_tcp_low_latency != 0 || tp.ucopy.task == null) {
            return false;
        }

        if (skb.len <= tcp_hdrlen(skb)
                && skb_queue_len(tp.ucopy.prequeue) == 0) {
            return false;
        }

        skb_dst_force(skb);
        __skb_queue_tail(tp.ucopy.prequeue, skb);
        tp.ucopy.memory += skb.truesize;
        if (tp.ucopy.memory > sk.sk_rcvbuf) {
            sk_buff skb1;

            BUG_ON(sock_owned_by_user(sk));

            while ((skb1 = __skb_dequeue(tp.ucopy.prequeue)) != null) {
                sk_backlog_rcv(sk, skb1);
                NET_INC_STATS_BH(sock_net(sk),
                                 LINUX_MIB_TCPPREQUEUEDROPPED);
            }

            tp.ucopy.memory = 0;
        } else if (skb_queue_len(tp.ucopy.prequeue) == 1) {
            wake_up_interruptible_sync_poll(sk_sleep(sk),
                                            POLLIN | POLLRDNORM | POLLRDBAND);
            if (!inet_csk_ack_scheduled(sk) && !mptcp(tp)) {
                inet_csk_reset_xmit_timer(sk, ICSK_TIME_DACK,
                                          Integer.divideUnsigned(3 * tcp_rto_min(sk), 4),
                                          TCP_RTO_MAX);
            }
        }
        return true;
    }

    /**
     * Takes a segment from IP.
     *
     * <p>A SYN that meets a connection in TIME_WAIT, and is acceptable (RFC 9293, section 3.10.7.4), ends that and
     * starts again with the listener.
     *
     * @return 0, or what processing has returned; the segment is used up
     */
    @KernelBug("a SYN with an MP_JOIN that is refused, to a connection in TIME_WAIT without a listener: the reference to that is never given"
            + " back")
    public static int tcp_v4_rcv(sk_buff skb) {
        iphdr iph;
        tcphdr th;
        sock_common found;
        sock sk;
        sock meta_sk = null;
        int ret;
        net net = dev_net(skb.dev);

        discard_it:
        {
            discard_and_relse:
            {
                bad_packet:
                {
                    csum_error:
                    {
                        no_tcp_socket:
                        {
                            if (skb.pkt_type != PACKET_HOST) {
                                break discard_it;
                            }

                            // Counted even if it turns out to be damaged.
                            TCP_INC_STATS_BH(net, TCP_MIB_INSEGS);

                            if (!pskb_may_pull(skb, tcphdr.SIZE)) {
                                break discard_it;
                            }

                            th = tcp_hdr(skb);

                            if (th.doff() < tcphdr.SIZE / 4) {
                                break bad_packet;
                            }
                            if (!pskb_may_pull(skb, th.doff() * 4)) {
                                break discard_it;
                            }

                            // A doff beyond the end of the segment is found later: header prediction does not match it.
                            if (skb_checksum_init(skb, IPPROTO_TCP, IpPacket::inet_compute_pseudo) != 0) {
                                break csum_error;
                            }

                            th = tcp_hdr(skb);
                            iph = ip_hdr(skb);
                            tcp_skb_cb cb = TCP_SKB_CB(skb);
                            cb.seq = th.seq();
                            cb.end_seq = cb.seq + (th.syn() ? 1 : 0) + (th.fin() ? 1 : 0)
                                    + skb.len - th.doff() * 4;
                            cb.ack_seq = th.ack_seq();
                            cb.mptcp_flags = 0;
                            cb.dss_off = 0;
                            cb.when = 0;
                            cb.ip_dsfield = ipv4_get_dsfield(iph);
                            cb.sacked = 0;

                            found = __inet_lookup_skb(tcp_hashinfo, skb, th.source(), th.dest());

                            process:
                            for (;;) {
                                do_time_wait:
                                {
                                    if (found != null && found.skc_state == TCP_TIME_WAIT) {
                                        break do_time_wait;
                                    }
                                    sk = (sock) found;

                                    if (sk == null && th.syn() && !th.ack()) {
                                        int join = mptcp_lookup_join(skb, null);

                                        if (join < 0) {
                                            tcp_v4_send_reset(null, skb);
                                            break discard_it;
                                        } else if (join > 0) {
                                            return 0;
                                        }
                                    }

                                    if ((sk == null || sk.skc_state == TCP_LISTEN) && mptcp_check_req(skb, net) != 0) {
                                        if (sk != null) {
                                            sock_put(sk);
                                        }
                                        return 0;
                                    }
                                    if (sk == null) {
                                        break no_tcp_socket;
                                    }

                                    if (iph.ttl() < inet_sk(sk).min_ttl) {
                                        NET_INC_STATS_BH(net, LINUX_MIB_TCPMINTTLDROP);
                                        break discard_and_relse;
                                    }

                                    skb.dev = null;

                                    if (mptcp(tcp_sk(sk))) {
                                        meta_sk = mptcp_meta_sk(sk);

                                        bh_lock_sock_nested(meta_sk);
                                        // The backlog is the meta socket's: note which subflow it came by.
                                        if (sock_owned_by_user(meta_sk)) {
                                            skb.sk = sk;
                                        }
                                    } else {
                                        meta_sk = sk;
                                        bh_lock_sock_nested(sk);
                                    }

                                    ret = 0;
                                    if (!sock_owned_by_user(meta_sk)) {
                                        if (!tcp_prequeue(meta_sk, skb)) {
                                            ret = tcp_v4_do_rcv(sk, skb);
                                        }
                                    } else if (sk_add_backlog(meta_sk, skb,
                                            meta_sk.sk_rcvbuf + meta_sk.sk_sndbuf) != 0) {
                                        bh_unlock_sock(meta_sk);
                                        NET_INC_STATS_BH(net, LINUX_MIB_TCPBACKLOGDROP);
                                        break discard_and_relse;
                                    }
                                    bh_unlock_sock(meta_sk);

                                    sock_put(sk);

                                    return ret;
                                }

                                if (skb.len < th.doff() << 2) {
                                    inet_twsk_put(inet_twsk(found));
                                    break bad_packet;
                                }
                                if (tcp_checksum_complete(skb)) {
                                    inet_twsk_put(inet_twsk(found));
                                    break csum_error;
                                }
                                switch (tcp_timewait_state_process(inet_twsk(found), skb, th)) {
                                    case TCP_TW_SYN: {
                                        sock sk2 = inet_lookup_listener(dev_net(skb.dev),
                                                tcp_hashinfo,
                                                iph.saddr(), th.source(),
                                                iph.daddr(), th.dest(),
                                                inet_iif(skb));
                                        if (sk2 != null) {
                                            inet_twsk_deschedule(inet_twsk(found), tcp_death_row);
                                            inet_twsk_put(inet_twsk(found));
                                            found = sk2;
                                            continue process;
                                        }
                                        if (th.syn() && !th.ack()) {
                                            int join = mptcp_lookup_join(skb, inet_twsk(found));

                                            if (join < 0) {
                                                tcp_v4_send_reset(null, skb);
                                                break discard_it;
                                            } else if (join > 0) {
                                                return 0;
                                            }
                                        }
                                    }
                                    // fall through
                                    case TCP_TW_ACK:
                                        tcp_v4_timewait_ack(found, skb);
                                        break;
                                    case TCP_TW_RST:
                                        break no_tcp_socket;
                                    case TCP_TW_SUCCESS:
                                    default:
                                        break;
                                }
                                break discard_it;
                            }
                        }

                        if (!(skb.len < th.doff() << 2 || tcp_checksum_complete(skb))) {
                            tcp_v4_send_reset(null, skb);
                            break discard_it;
                        }
                    }
                    TCP_INC_STATS_BH(net, TCP_MIB_CSUMERRORS);
                }
                TCP_INC_STATS_BH(net, TCP_MIB_INERRS);
                break discard_it;
            }
            sock_put(sk);
        }
        kfree_skb(skb);
        return 0;
    }
}
