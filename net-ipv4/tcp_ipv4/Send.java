// SPDX-License-Identifier: GPL-2.0-only
package tcp_ipv4;

import static inet_timewait_sock.Twsk.inet_twsk_put;
import static ip_output.Reply.ip_send_unicast_reply;
import static linux.ip.IpHdr.ip_hdr;
import static linux.netdevice.Netdev.dev_net;
import static linux.skbuff.Dst.skb_dst;
import static linux.skbuff.Dst.skb_rtable;
import static linux.skbuff.Headers.skb_transport_header;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_rsk;
import static linux.tcp.Sockets.tcp_sk;
import static linux.tcp.Sockets.tcp_twsk;
import static linux.types.Be.put32;
import static net.checksum.Csum.csum_partial;
import static net.checksum.Csum.csum_tcpudp_nofold;
import static net.inet_sock.Sockets.inet_rsk;
import static net.inet_sock.Sockets.inet_sk;
import static net.inet_timewait_sock.Twsk.inet_twsk;
import static net.ip.ip_reply_arg.IP_REPLY_ARG_NOSRCCHECK;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_ACK;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_DSS;
import static net.snmp.Mib.TCP_INC_STATS_BH;
import static net.tcp.Checksum.tcp_v4_check;
import static net.tcp.TcpConst.TCPOLEN_TIMESTAMP;
import static net.tcp.TcpConst.TCPOLEN_TSTAMP_ALIGNED;
import static net.tcp.TcpConst.TCPOPT_MPTCP;
import static net.tcp.TcpConst.TCPOPT_NOP;
import static net.tcp.TcpConst.TCPOPT_TIMESTAMP;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static uapi.linux.in.In.IPPROTO_TCP;
import static uapi.linux.rtnetlink.Rt.RTN_LOCAL;
import static uapi.linux.snmp.Snmp.TCP_MIB_OUTRSTS;
import static uapi.linux.snmp.Snmp.TCP_MIB_OUTSEGS;

import linux.compiler.KernelBug;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_timewait_sock;
import net.inet_sock.inet_sock;
import net.inet_timewait_sock.inet_timewait_sock;
import net.ip.ip_reply_arg;
import net.net_namespace.net;
import net.request_sock.request_sock;
import net.sock.sock;
import net.sock.sock_common;
import uapi.linux.tcp.tcphdr;

/**
 * What goes out without, or below, a socket: the checksum of every segment, RSTs, and the ACKs of TIME_WAIT and
 * SYN_RECV, which are made from the segment that they answer and sent by {@code ip_send_unicast_reply}.
 */
public final class Send {
    private Send() {}

    /**
     * Writes the checksum (RFC 9293, section 3.1), or what the device needs to do it: the sum of the pseudo header and
     * where the checksum belongs.
     */
    public static void __tcp_v4_send_check(sk_buff skb, int saddr, int daddr) {
        tcphdr th = tcp_hdr(skb);

        if (skb.ip_summed == CHECKSUM_PARTIAL) {
            th.check(~tcp_v4_check(skb.len, saddr, daddr, 0));
            skb.csum_start = skb_transport_header(skb);
            skb.csum_offset = CHECK_OFFSET;
        } else {
            th.check(tcp_v4_check(skb.len, saddr, daddr,
                                  csum_partial(th.b, th.at,
                                               th.doff() << 2,
                                               skb.csum)));
        }
    }

    /** {@code offsetof(struct tcphdr, check)}. */
    private static final int CHECK_OFFSET = 16;

    /** The checksum of a segment of {@code sk}. */
    public static void tcp_v4_send_check(sock sk, sk_buff skb) {
        inet_sock inet = inet_sk(sk);

        __tcp_v4_send_check(skb, inet.inet_saddr, inet.skc_daddr);
    }

    /**
     * Answers a segment that nobody wants with a RST (RFC 9293, section 3.5.2), unless it is one itself or was not for
     * this machine.
     *
     * @param sk its device and transparency count; null: there is no socket. TOS and TTL are never the socket's: that
     *     an answer is needed means that the segment does not belong to it
     */
    public static void tcp_v4_send_reset(sock sk, sk_buff skb) {
        tcphdr th = tcp_hdr(skb);
        tcphdr rep;
        ip_reply_arg arg;
        net net;

        if (th.rst()) {
            return;
        }

        if (skb_rtable(skb).rt_type != RTN_LOCAL) {
            return;
        }

        rep = new tcphdr(new byte[tcphdr.SIZE], 0);
        rep.dest(th.source());
        rep.source(th.dest());
        rep.doff(tcphdr.SIZE / 4);
        rep.rst(true);

        if (th.ack()) {
            rep.seq(th.ack_seq());
        } else {
            rep.ack(true);
            rep.ack_seq(th.seq() + (th.syn() ? 1 : 0) + (th.fin() ? 1 : 0)
                    + skb.len - (th.doff() << 2));
        }

        arg = new ip_reply_arg();
        arg.iov_base = rep.b;
        arg.iov_len = tcphdr.SIZE;

        arg.csum = csum_tcpudp_nofold(ip_hdr(skb).daddr(),
                                      ip_hdr(skb).saddr(),
                                      arg.iov_len, IPPROTO_TCP, 0);
        arg.csumoffset = CHECK_OFFSET / 2;
        arg.flags = sk != null && inet_sk(sk).transparent ? IP_REPLY_ARG_NOSRCCHECK : 0;
        // Without a socket routing decides: the way back need not be the way by which the segment came.
        if (sk != null) {
            arg.bound_dev_if = sk.skc_bound_dev_if;
        }

        net = dev_net(skb_dst(skb).dev);
        arg.tos = ip_hdr(skb).tos();
        ip_send_unicast_reply(net, skb, ip_hdr(skb).saddr(),
                              ip_hdr(skb).daddr(), arg, arg.iov_len);

        TCP_INC_STATS_BH(net, TCP_MIB_OUTSEGS);
        TCP_INC_STATS_BH(net, TCP_MIB_OUTRSTS);
    }

    /**
     * Sends an ACK in answer to {@code skb}, for something that is less than a socket.
     *
     * @param data_ack low half of the MPTCP data ACK, if {@code mptcp} is not 0 (RFC 6824, section 3.3)
     * @param win already scaled
     * @param tsecr 0: no timestamps option
     * @param oif index of the device it has to leave by; 0: any
     */
    static void tcp_v4_send_ack(sk_buff skb, int seq, int ack, int data_ack,
            int win, int tsval, int tsecr, int oif,
            int reply_flags, int tos, int mptcp) {
        tcphdr th = tcp_hdr(skb);
        tcphdr rep;
        ip_reply_arg arg;
        net net = dev_net(skb_dst(skb).dev);

        rep = new tcphdr(new byte[tcphdr.SIZE + TCPOLEN_TSTAMP_ALIGNED
                + MPTCP_SUB_LEN_DSS + MPTCP_SUB_LEN_ACK], 0);
        arg = new ip_reply_arg();

        arg.iov_base = rep.b;
        arg.iov_len = tcphdr.SIZE;
        if (tsecr != 0) {
            put32(rep.b, OPT, TCPOPT_NOP << 24 | TCPOPT_NOP << 16
                    | TCPOPT_TIMESTAMP << 8
                    | TCPOLEN_TIMESTAMP);
            put32(rep.b, OPT + 4, tsval);
            put32(rep.b, OPT + 8, tsecr);
            arg.iov_len += TCPOLEN_TSTAMP_ALIGNED;
        }

        rep.dest(th.source());
        rep.source(th.dest());
        rep.doff(arg.iov_len / 4);
        rep.seq(seq);
        rep.ack_seq(ack);
        rep.ack(true);
        rep.window(win);

        if (mptcp != 0) {
            int offset = tsecr != 0 ? 3 : 0;
            // A DSS with a data ACK of 32 bits and nothing else.
            put32(rep.b, OPT + 4 * offset++, TCPOPT_MPTCP << 24
                    | (MPTCP_SUB_LEN_DSS + MPTCP_SUB_LEN_ACK) << 16
                    | 0x20 << 8
                    | 0x01);
            put32(rep.b, OPT + 4 * offset, data_ack);

            arg.iov_len += MPTCP_SUB_LEN_DSS + MPTCP_SUB_LEN_ACK;
            rep.doff(arg.iov_len / 4);
        }

        arg.flags = reply_flags;
        arg.csum = csum_tcpudp_nofold(ip_hdr(skb).daddr(),
                                      ip_hdr(skb).saddr(),
                                      arg.iov_len, IPPROTO_TCP, 0);
        arg.csumoffset = CHECK_OFFSET / 2;
        if (oif != 0) {
            arg.bound_dev_if = oif;
        }
        arg.tos = tos;
        ip_send_unicast_reply(net, skb, ip_hdr(skb).saddr(),
                              ip_hdr(skb).daddr(), arg, arg.iov_len);

        TCP_INC_STATS_BH(net, TCP_MIB_OUTSEGS);
    }

    /** Where the options begin. */
    private static final int OPT = tcphdr.SIZE;

    /** The answer of TIME_WAIT (RFC 9293, section 3.10.7.4); gives back the reference to {@code sk}. */
    static void tcp_v4_timewait_ack(sock_common sk, sk_buff skb) {
        inet_timewait_sock tw = inet_twsk(sk);
        tcp_timewait_sock tcptw = tcp_twsk(sk);
        int data_ack = 0;
        int mptcp = 0;

        if (tcptw.mptcp_tw != null && tcptw.mptcp_tw.meta_tw) {
            data_ack = (int) tcptw.mptcp_tw.rcv_nxt;
            mptcp = 1;
        }

        tcp_v4_send_ack(skb, tcptw.tw_snd_nxt, tcptw.tw_rcv_nxt,
                data_ack,
                tcptw.tw_rcv_wnd >>> tw.tw_rcv_wscale,
                tcp_time_stamp() + tcptw.tw_ts_offset,
                tcptw.tw_ts_recent,
                tw.skc_bound_dev_if,
                tw.tw_transparent ? IP_REPLY_ARG_NOSRCCHECK : 0,
                tw.tw_tos, mptcp);

        inet_twsk_put(tw);
    }

    /**
     * The ACK of a request that does not like what has come: out of the window, or with an old timestamp.
     *
     * @param sk the listener; with Fast Open the connection that is there already
     */
    @KernelBug("The window of this ACK should be scaled (RFC 7323, section 2.2) and is not;"
            + " fixed upstream in 4.8")
    public static void tcp_v4_reqsk_send_ack(sock sk, sk_buff skb,
            request_sock req) {
        tcp_v4_send_ack(skb, sk.skc_state == TCP_LISTEN
                        ? tcp_rsk(req).snt_isn + 1 : tcp_sk(sk).snd_nxt,
                tcp_rsk(req).rcv_nxt, 0, req.rcv_wnd,
                tcp_time_stamp(),
                req.ts_recent,
                0,
                inet_rsk(req).no_srccheck ? IP_REPLY_ARG_NOSRCCHECK : 0,
                ip_hdr(skb).tos(), 0);
    }
}
