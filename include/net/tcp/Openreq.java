// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_rsk;
import static net.inet_sock.Sockets.inet_rsk;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_options_received;
import net.inet_sock.inet_request_sock;
import net.request_sock.request_sock;

/** Filling in a connection request from a SYN: first thing that {@code tcp_conn_request} does with it. */
public final class Openreq {
    private Openreq() {}

    /**
     * Everything that the SYN's header and options tell; the addresses come later, from the protocol's {@code
     * init_req}. {@code rcv_wnd} 0 tells {@code tcp_make_synack} that no window was chosen yet.
     */
    public static void tcp_openreq_init(request_sock req, tcp_options_received rx_opt, sk_buff skb) {
        inet_request_sock ireq = inet_rsk(req);

        req.rcv_wnd = 0;
        req.cookie_ts = false;
        tcp_rsk(req).rcv_isn = TCP_SKB_CB(skb).seq;
        tcp_rsk(req).rcv_nxt = TCP_SKB_CB(skb).seq + 1;
        tcp_rsk(req).snt_synack = 0;
        req.mss = rx_opt.mss_clamp;
        req.ts_recent = rx_opt.saw_tstamp ? rx_opt.rcv_tsval : 0;
        ireq.tstamp_ok = rx_opt.tstamp_ok;
        // One bit takes the lowest of four: TCP_SACK_SEEN.
        ireq.sack_ok = (rx_opt.sack_ok & 1) != 0;
        ireq.snd_wscale = rx_opt.snd_wscale;
        ireq.wscale_ok = rx_opt.wscale_ok;
        ireq.acked = false;
        ireq.ecn_ok = false;
        ireq.mptcp_rqsk = false;
        ireq.saw_mpc = false;
        ireq.skc_dport = tcp_hdr(skb).source();
        ireq.skc_num = tcp_hdr(skb).dest();
    }
}
