// SPDX-License-Identifier: GPL-2.0-only
package net.inet_sock;

import linux.skbuff.sk_buff;
import net.request_sock.request_sock;

/**
 * A connection request over IPv4: the options that the SYN brought. The addresses and ports are those of
 * {@code sock_common}: {@code ir_rmt_addr} is {@code skc_daddr}, {@code ir_loc_addr} {@code skc_rcv_saddr},
 * {@code ir_rmt_port} {@code skc_dport}, {@code ir_num} {@code skc_num}, {@code ir_iif} {@code
 * skc_bound_dev_if}.
 */
public class inet_request_sock extends request_sock {
    public int snd_wscale;
    public int rcv_wscale;
    public boolean tstamp_ok;
    public boolean sack_ok;
    public boolean wscale_ok;
    public boolean ecn_ok;

    /** The third ACK has come, but the listener waits for data or has no room. */
    public boolean acked;

    public boolean no_srccheck;

    /** It is an {@code mptcp_request_sock}. */
    public boolean mptcp_rqsk;

    /** The SYN had MP_CAPABLE. */
    public boolean saw_mpc;

    public ip_options opt;
    public sk_buff pktopts;
}
