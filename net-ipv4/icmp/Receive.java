// SPDX-License-Identifier: GPL-2.0-only
package icmp;

import static fib_frontend.Source.inet_addr_type;
import static icmp.Icmp.icmp_reply;
import static linux.bug.Bug.BUG;
import static linux.hrtimer.Clock.NSEC_PER_MSEC;
import static linux.hrtimer.Clock.ktime_get_real;
import static linux.icmp.IcmpHdr.icmp_hdr;
import static linux.ip.IpHdr.ip_hdr;
import static linux.kernel.Kernel.ltU32;
import static linux.netdevice.Netdev.dev_net;
import static linux.printk.Printk.net_info_ratelimited;
import static linux.printk.Printk.net_warn_ratelimited;
import static linux.printk.Printk.pI4;
import static linux.skbuff.Bits.skb_copy_bits;
import static linux.skbuff.Checksum.__skb_checksum_complete;
import static linux.skbuff.Dst.skb_dst;
import static linux.skbuff.Dst.skb_rtable;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Paged.pskb_may_pull;
import static linux.skbuff.Paged.pskb_pull;
import static linux.skbuff.sk_buff.CHECKSUM_COMPLETE;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.types.Be.put32;
import static net.checksum.Csum.csum_fold;
import static net.protocol.Protocols.inet_protos;
import static net.snmp.Mib.ICMPMSGIN_INC_STATS_BH;
import static net.snmp.Mib.ICMP_INC_STATS_BH;
import static raw.Raw.raw_icmp_error;
import static route.Pmtu.ipv4_update_pmtu;
import static route.Redirect.ipv4_redirect;
import static uapi.linux.icmp.Icmp.ICMP_ADDRESS;
import static uapi.linux.icmp.Icmp.ICMP_ADDRESSREPLY;
import static uapi.linux.icmp.Icmp.ICMP_DEST_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_ECHO;
import static uapi.linux.icmp.Icmp.ICMP_ECHOREPLY;
import static uapi.linux.icmp.Icmp.ICMP_FRAG_NEEDED;
import static uapi.linux.icmp.Icmp.ICMP_HOST_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_INFO_REPLY;
import static uapi.linux.icmp.Icmp.ICMP_INFO_REQUEST;
import static uapi.linux.icmp.Icmp.ICMP_NET_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_PARAMETERPROB;
import static uapi.linux.icmp.Icmp.ICMP_PORT_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_PROT_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_REDIRECT;
import static uapi.linux.icmp.Icmp.ICMP_SOURCE_QUENCH;
import static uapi.linux.icmp.Icmp.ICMP_SR_FAILED;
import static uapi.linux.icmp.Icmp.ICMP_TIMESTAMP;
import static uapi.linux.icmp.Icmp.ICMP_TIMESTAMPREPLY;
import static uapi.linux.icmp.Icmp.ICMP_TIME_EXCEEDED;
import static uapi.linux.icmp.Icmp.NR_ICMP_TYPES;
import static uapi.linux.icmp.Icmp.NR_ICMP_UNREACH;
import static uapi.linux.in.In.IPPROTO_ICMP;
import static uapi.linux.rtnetlink.Rt.RTCF_BROADCAST;
import static uapi.linux.rtnetlink.Rt.RTCF_MULTICAST;
import static uapi.linux.rtnetlink.Rt.RTN_BROADCAST;
import static uapi.linux.snmp.Snmp.ICMP_MIB_CSUMERRORS;
import static uapi.linux.snmp.Snmp.ICMP_MIB_INERRORS;
import static uapi.linux.snmp.Snmp.ICMP_MIB_INMSGS;

import linux.compiler.Differs;
import linux.skbuff.sk_buff;
import net.net_namespace.net;
import net.protocol.net_protocol;
import net.route.rtable;
import uapi.linux.icmp.icmphdr;
import uapi.linux.ip.iphdr;

/**
 * ICMP messages that come in (RFC 792), from {@code net/ipv4/icmp.c}. {@code ip_input} calls {@link #icmp_rcv}. Errors go
 * on to the protocol whose packet they quote ({@code tcp_v4_err}); pings are answered.
 */
public final class Receive {
    private Receive() {}

    /** What to do with each type. */
    static icmp_control[] icmp_pointers;

    /** {@code .data}. */
    static void initPointers() {
        icmp_control discardedError = new icmp_control(Receive::icmp_discard, true);
        icmp_control discarded = new icmp_control(Receive::icmp_discard, false);
        icmp_control unreach = new icmp_control(Receive::icmp_unreach, true);

        icmp_pointers = new icmp_control[NR_ICMP_TYPES + 1];
        icmp_pointers[ICMP_ECHOREPLY] = discarded; // ping_rcv, which finds nobody who has pinged
        icmp_pointers[1] = discardedError;
        icmp_pointers[2] = discardedError;
        icmp_pointers[ICMP_DEST_UNREACH] = unreach;
        icmp_pointers[ICMP_SOURCE_QUENCH] = unreach;
        icmp_pointers[ICMP_REDIRECT] = new icmp_control(Receive::icmp_redirect, true);
        icmp_pointers[6] = discardedError;
        icmp_pointers[7] = discardedError;
        icmp_pointers[ICMP_ECHO] = new icmp_control(Receive::icmp_echo, false);
        icmp_pointers[9] = discardedError;
        icmp_pointers[10] = discardedError;
        icmp_pointers[ICMP_TIME_EXCEEDED] = unreach;
        icmp_pointers[ICMP_PARAMETERPROB] = unreach;
        icmp_pointers[ICMP_TIMESTAMP] = new icmp_control(Receive::icmp_timestamp, false);
        icmp_pointers[ICMP_TIMESTAMPREPLY] = discarded;
        icmp_pointers[ICMP_INFO_REQUEST] = discarded;
        icmp_pointers[ICMP_INFO_REPLY] = discarded;
        icmp_pointers[ICMP_ADDRESS] = discarded;
        icmp_pointers[ICMP_ADDRESSREPLY] = discarded;
    }

    /** An error about a packet of ours, whose header begins at {@code skb.data}: tells its protocol. */
    static void icmp_socket_deliver(sk_buff skb, int info) {
        iphdr iph = new iphdr(skb.head, skb.data);
        net_protocol ipprot;
        int protocol = iph.protocol();

        if (!pskb_may_pull(skb, iph.ihl() * 4 + 8)) {
            return;
        }

        raw_icmp_error(skb, protocol, info);

        ipprot = inet_protos[protocol];
        if (ipprot != null && ipprot.err_handler != null) {
            ipprot.err_handler.call(skb, info);
        }
    }

    /** Does the protocol check that it really has sent what an error quotes? */
    @Differs("a protocol that nobody handles does not check; the source follows a null pointer")
    static boolean icmp_tag_validation(int proto) {
        boolean ok;

        ok = inet_protos[proto] != null && inet_protos[proto].icmp_strict_tag_validation;
        return ok;
    }

    /** "Destination unreachable", "time exceeded", "source quench", "parameter problem". */
    static void icmp_unreach(sk_buff skb) {
        iphdr iph;
        icmphdr icmph;
        net net;
        int info = 0;

        net = dev_net(skb_dst(skb).dev);

        out_err:
        {
            if (!pskb_may_pull(skb, iphdr.SIZE)) {
                break out_err;
            }

            icmph = icmp_hdr(skb);
            iph = new iphdr(skb.head, skb.data);

            if (iph.ihl() < 5) {
                break out_err;
            }

            if (icmph.type() == ICMP_DEST_UNREACH) {
                switch (icmph.code() & 15) {
                    case ICMP_NET_UNREACH:
                    case ICMP_HOST_UNREACH:
                    case ICMP_PROT_UNREACH:
                    case ICMP_PORT_UNREACH:
                        break;
                    case ICMP_FRAG_NEEDED:
                        switch (net.ipv4.sysctl_ip_no_pmtu_disc) {
                            default:
                                net_info_ratelimited("icmp: %s: fragmentation needed and DF set\n", pI4(iph.daddr()));
                                break;
                            case 2:
                                return;
                            case 3:
                                if (!icmp_tag_validation(iph.protocol())) {
                                    return;
                                }
                                // fall through
                            case 0:
                                info = icmph.mtu();
                        }
                        break;
                    case ICMP_SR_FAILED:
                        net_info_ratelimited("icmp: %s: Source Route Failed\n", pI4(iph.daddr()));
                        break;
                    default:
                        break;
                }
                if (icmph.code() > NR_ICMP_UNREACH) {
                    return;
                }
            } else if (icmph.type() == ICMP_PARAMETERPROB) {
                info = icmph.gateway() >>> 24;
            }

            // Some routers answer broadcasts, which they must not.
            if (net.ipv4.sysctl_icmp_ignore_bogus_error_responses == 0
                    && inet_addr_type(net, iph.daddr()) == RTN_BROADCAST) {
                net_warn_ratelimited("%s sent an invalid ICMP type %d, code %d error to a broadcast: %s on %s\n",
                        pI4(ip_hdr(skb).saddr()), icmph.type(), icmph.code(), pI4(iph.daddr()), skb.dev.name);
                return;
            }

            icmp_socket_deliver(skb, info);
            return;
        }

        ICMP_INC_STATS_BH(net, ICMP_MIB_INERRORS);
    }

    static void icmp_redirect(sk_buff skb) {
        if (ltU32(skb.len, iphdr.SIZE)) {
            ICMP_INC_STATS_BH(dev_net(skb.dev), ICMP_MIB_INERRORS);
            return;
        }

        if (!pskb_may_pull(skb, iphdr.SIZE)) {
            return;
        }

        icmp_socket_deliver(skb, icmp_hdr(skb).gateway());
    }

    /** A ping: sends its data back (RFC 1122, section 3.2.2.6). */
    static void icmp_echo(sk_buff skb) {
        net net;

        net = dev_net(skb_dst(skb).dev);
        if (net.ipv4.sysctl_icmp_echo_ignore_all == 0) {
            icmp_bxm icmp_param = new icmp_bxm();

            copyHeader(icmp_param, skb);
            icmp_param.icmph.type(ICMP_ECHOREPLY);
            icmp_param.skb = skb;
            icmp_param.offset = 0;
            icmp_param.data_len = skb.len;
            icmp_param.head_len = icmphdr.SIZE;
            icmp_reply(icmp_param, skb);
        }
    }

    /** {@code icmp_param.data.icmph = *icmp_hdr(skb)}. */
    private static void copyHeader(icmp_bxm icmp_param, sk_buff skb) {
        icmphdr icmph = icmp_hdr(skb);
        System.arraycopy(icmph.b, icmph.at, icmp_param.data, 0, icmphdr.SIZE);
    }

    /** What time is it? In milliseconds since midnight UTC. */
    static void icmp_timestamp(sk_buff skb) {
        icmp_bxm icmp_param = new icmp_bxm();
        int now;

        if (ltU32(skb.len, 4)) {
            ICMP_INC_STATS_BH(dev_net(skb_dst(skb).dev), ICMP_MIB_INERRORS);
            return;
        }

        now = (int) (ktime_get_real() / NSEC_PER_MSEC % 86_400_000);
        put32(icmp_param.data, icmphdr.SIZE + 4, now);
        put32(icmp_param.data, icmphdr.SIZE + 8, now);
        if (skb_copy_bits(skb, 0, icmp_param.data, icmphdr.SIZE, 4) != 0) {
            BUG();
        }
        copyHeader(icmp_param, skb);
        icmp_param.icmph.type(ICMP_TIMESTAMPREPLY);
        icmp_param.icmph.code(0);
        icmp_param.skb = skb;
        icmp_param.offset = 0;
        icmp_param.data_len = 0;
        icmp_param.head_len = icmphdr.SIZE + 12;
        icmp_reply(icmp_param, skb);
    }

    static void icmp_discard(sk_buff skb) {}

    /** An ICMP message for us; {@code skb.data} is its header. It is gone afterwards. @return 0 */
    public static int icmp_rcv(sk_buff skb) {
        icmphdr icmph;
        rtable rt = skb_rtable(skb);
        net net = dev_net(rt.dev);

        drop:
        {
            error:
            {
                csum_error:
                {
                    ICMP_INC_STATS_BH(net, ICMP_MIB_INMSGS);

                    switch (skb.ip_summed) {
                        case CHECKSUM_COMPLETE:
                            if (csum_fold(skb.csum) == 0) {
                                break;
                            }
                            // fall through
                        case CHECKSUM_NONE:
                            skb.csum = 0;
                            if (__skb_checksum_complete(skb) != 0) {
                                break csum_error;
                            }
                            break;
                        default:
                            break;
                    }

                    if (pskb_pull(skb, icmphdr.SIZE) < 0) {
                        break error;
                    }

                    icmph = icmp_hdr(skb);

                    ICMPMSGIN_INC_STATS_BH(net, icmph.type());
                    if (icmph.type() > NR_ICMP_TYPES) {
                        break error;
                    }

                    if ((rt.rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST)) != 0) {
                        if ((icmph.type() == ICMP_ECHO || icmph.type() == ICMP_TIMESTAMP)
                                && net.ipv4.sysctl_icmp_echo_ignore_broadcasts != 0) {
                            break error;
                        }
                        if (icmph.type() != ICMP_ECHO
                                && icmph.type() != ICMP_TIMESTAMP
                                && icmph.type() != ICMP_ADDRESS
                                && icmph.type() != ICMP_ADDRESSREPLY) {
                            break error;
                        }
                    }

                    icmp_pointers[icmph.type()].handler.call(skb);
                    break drop;
                }
                ICMP_INC_STATS_BH(net, ICMP_MIB_CSUMERRORS);
            }
            ICMP_INC_STATS_BH(net, ICMP_MIB_INERRORS);
        }
        kfree_skb(skb);
        return 0;
    }

    /** An error about an ICMP message of ours. Only answers to pings count: nobody here pings. */
    public static void icmp_err(sk_buff skb, int info) {
        iphdr iph = new iphdr(skb.head, skb.data);
        int offset = iph.ihl() << 2;
        icmphdr icmph = new icmphdr(skb.head, skb.data + offset);
        int type = icmp_hdr(skb).type();
        int code = icmp_hdr(skb).code();
        net net = dev_net(skb.dev);

        if (icmph.type() != ICMP_ECHOREPLY) {
            return;
        }

        if (type == ICMP_DEST_UNREACH && code == ICMP_FRAG_NEEDED) {
            ipv4_update_pmtu(skb, net, info, 0, 0, IPPROTO_ICMP, 0);
        } else if (type == ICMP_REDIRECT) {
            ipv4_redirect(skb, net, 0, 0, IPPROTO_ICMP, 0);
        }
    }
}
