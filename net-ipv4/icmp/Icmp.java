// SPDX-License-Identifier: GPL-2.0-only
package icmp;

import static devinet.IfAddrs.inet_select_addr;
import static fib_frontend.Source.fib_compute_spec_dst;
import static icmp.Receive.icmp_pointers;
import static ip_options.IpOptions.ip_options_echo;
import static ip_output.Append.ip_append_data;
import static ip_output.Append.ip_flush_pending_frames;
import static ip_output.Append.ip_push_pending_frames;
import static linux.err.Err.IS_ERR;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.icmp.IcmpHdr.icmp_hdr;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.ip.IpHdr.ip_hdr;
import static linux.netdevice.Names.dev_get_by_index_rcu;
import static linux.netdevice.Netdev.dev_net;
import static linux.skbuff.Bits.skb_header_pointer;
import static linux.skbuff.Checksum.skb_copy_and_csum_bits;
import static linux.skbuff.Data.skb_tail_pointer;
import static linux.skbuff.Dst.skb_rtable;
import static linux.skbuff.Headers.skb_network_header;
import static linux.skbuff.Headers.skb_network_offset;
import static linux.skbuff.Queue.skb_peek;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.types.Be.get8;
import static net.checksum.Csum.csum_add;
import static net.checksum.Csum.csum_block_add;
import static net.checksum.Csum.csum_fold;
import static net.checksum.Csum.csum_partial_copy_nocheck;
import static net.dst.Dst.xfrm_lookup;
import static net.dst.Metrics.dst_mtu;
import static net.flow.Flow.flowi4_to_flowi;
import static net.inet_sock.Sockets.inet_sk;
import static net.inetpeer.InetPeer.inet_getpeer_v4;
import static net.inetpeer.InetPeer.inet_peer_xrlim_allow;
import static net.inetpeer.InetPeer.inet_putpeer;
import static net.ip.IpPacket.IP_OFFSET;
import static net.route.Route.RT_TOS;
import static net.route.Route.inet_iif;
import static net.route.Route.ip_rt_put;
import static net.route.Route.rt_is_input_route;
import static net.snmp.Mib.ICMPMSGOUT_INC_STATS;
import static net.snmp.Mib.ICMP_INC_STATS;
import static net.snmp.Mib.ICMP_INC_STATS_BH;
import static net.sock.Fields.sock_net;
import static route.Output.__ip_route_output_key;
import static route.Output.ip_route_output_key;
import static uapi.linux.icmp.Icmp.ICMP_DEST_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_FRAG_NEEDED;
import static uapi.linux.icmp.Icmp.NR_ICMP_TYPES;
import static uapi.linux.if_.Iff.IFF_LOOPBACK;
import static uapi.linux.if_packet.IfPacket.PACKET_HOST;
import static uapi.linux.in.In.IPPROTO_ICMP;
import static uapi.linux.ip.Ip.IPTOS_PREC_INTERNETCONTROL;
import static uapi.linux.ip.Ip.IPTOS_TOS_MASK;
import static uapi.linux.rtnetlink.Rt.RTCF_BROADCAST;
import static uapi.linux.rtnetlink.Rt.RTCF_LOCAL;
import static uapi.linux.rtnetlink.Rt.RTCF_MULTICAST;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_LINK;
import static uapi.linux.snmp.Snmp.ICMP_MIB_OUTERRORS;
import static uapi.linux.snmp.Snmp.ICMP_MIB_OUTMSGS;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;

import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.netdevice.net_device;
import linux.skbuff.sk_buff;
import linux.types.View;
import net.dst.dst_entry;
import net.flow.flowi4;
import net.inet_sock.inet_sock;
import net.inetpeer.inet_peer;
import net.ip.ipcm_cookie;
import net.net_namespace.net;
import net.route.rtable;
import net.sock.sock;
import uapi.linux.icmp.icmphdr;
import uapi.linux.ip.iphdr;

/**
 * ICMP messages that leave (RFC 792), from {@code net/ipv4/icmp.c}. Everybody in IP who has to turn a packet down calls
 * {@link #icmp_send}; {@link Receive} answers pings through {@link #icmp_reply}. Both go out by {@code ip_append_data} on
 * a socket that the namespace has for that.
 *
 * <p>RFC 1122, section 3.2.2 says when to keep silent: about error messages, broadcasts, and fragments but the first.
 * And not too often: a host gets one message a second on average, six at once.
 */
public final class Icmp {
    private Icmp() {}

    static sock icmp_sk(net net) {
        return net.ipv4.icmp_sk;
    }

    /** With one CPU and bottom halves off, the socket is always free. */
    static sock icmp_xmit_lock(net net) {
        sock sk;

        local_bh_disable();

        sk = icmp_sk(net);

        return sk;
    }

    static void icmp_xmit_unlock(sock sk) {
        local_bh_enable();
    }

    /** May the host get another message? Those that path MTU discovery needs are not counted. */
    static boolean icmpv4_xrlim_allow(net net, rtable rt, flowi4 fl4, int type, int code) {
        dst_entry dst = rt;
        boolean rc = true;

        if (type > NR_ICMP_TYPES) {
            return rc;
        }

        if (type == ICMP_DEST_UNREACH && code == ICMP_FRAG_NEEDED) {
            return rc;
        }

        if (dst.dev != null && (dst.dev.flags & IFF_LOOPBACK) != 0) {
            return rc;
        }

        if ((1 << type & net.ipv4.sysctl_icmp_ratemask) != 0) {
            inet_peer peer = inet_getpeer_v4(net.ipv4.peers, fl4.daddr, true);
            rc = inet_peer_xrlim_allow(peer, net.ipv4.sysctl_icmp_ratelimit);
            if (peer != null) {
                inet_putpeer(peer);
            }
        }
        return rc;
    }

    public static void icmp_out_count(net net, int type) {
        ICMPMSGOUT_INC_STATS(net, type);
        ICMP_INC_STATS(net, ICMP_MIB_OUTMSGS);
    }

    /** Copies a piece of what is quoted, and sums it up; {@code ip_append_data} calls it. */
    static int icmp_glue_bits(Object from, byte[] to, int to_at, int offset, int len, int odd, sk_buff skb) {
        icmp_bxm icmp_param = (icmp_bxm) from;
        int csum;

        csum = skb_copy_and_csum_bits(icmp_param.skb, icmp_param.offset + offset, to, to_at, len, 0);

        skb.csum = csum_block_add(skb.csum, csum, odd);
        return 0;
    }

    static void icmp_push_reply(icmp_bxm icmp_param, flowi4 fl4, ipcm_cookie ipc, Ref<rtable> rt) {
        sock sk;
        sk_buff skb;

        sk = icmp_sk(dev_net(rt.val.dev));
        if (ip_append_data(sk, fl4, Icmp::icmp_glue_bits, icmp_param, icmp_param.data_len + icmp_param.head_len,
                icmp_param.head_len, ipc, rt, MSG_DONTWAIT) < 0) {
            ICMP_INC_STATS_BH(sock_net(sk), ICMP_MIB_OUTERRORS);
            ip_flush_pending_frames(sk);
        } else if ((skb = skb_peek(sk.sk_write_queue)) != null) {
            icmphdr icmph = icmp_hdr(skb);
            int csum = 0;
            sk_buff skb1;

            for (skb1 = skb; skb1 != null; skb1 = skb1.next) {
                csum = csum_add(csum, skb1.csum);
            }
            csum = csum_partial_copy_nocheck(icmp_param.data, 0, icmph.b, icmph.at, icmp_param.head_len, csum);
            icmph.checksum(csum_fold(csum));
            skb.ip_summed = CHECKSUM_NONE;
            ip_push_pending_frames(sk, fl4);
        }
    }

    /** Sends what has been made ready back to the sender of {@code skb}. */
    static void icmp_reply(icmp_bxm icmp_param, sk_buff skb) {
        ipcm_cookie ipc = new ipcm_cookie();
        rtable rt = skb_rtable(skb);
        net net = dev_net(rt.dev);
        flowi4 fl4 = new flowi4();
        sock sk;
        inet_sock inet;
        int daddr;
        int saddr;

        if (ip_options_echo(icmp_param.replyopts, skb) != 0) {
            return;
        }

        sk = icmp_xmit_lock(net);
        if (sk == null) {
            return;
        }
        inet = inet_sk(sk);

        icmp_param.icmph.checksum(0);

        inet.tos = ip_hdr(skb).tos();
        daddr = ipc.addr = ip_hdr(skb).saddr();
        saddr = fib_compute_spec_dst(skb);
        ipc.opt = null;
        ipc.tx_flags = 0;
        ipc.ttl = 0;
        ipc.tos = -1;

        if (icmp_param.replyopts.optlen != 0) {
            ipc.opt = icmp_param.replyopts;
            if (ipc.opt.srr != 0) {
                daddr = icmp_param.replyopts.faddr;
            }
        }
        fl4.daddr = daddr;
        fl4.saddr = saddr;
        fl4.flowic_tos = RT_TOS(ip_hdr(skb).tos());
        fl4.flowic_proto = IPPROTO_ICMP;
        rt = ip_route_output_key(net, fl4);
        if (!IS_ERR(rt)) {
            if (icmpv4_xrlim_allow(net, rt, fl4, icmp_param.icmph.type(), icmp_param.icmph.code())) {
                Ref<rtable> rtp = new Ref<>(rt);
                icmp_push_reply(icmp_param, fl4, ipc, rtp);
                rt = rtp.val;
            }
            ip_rt_put(rt);
        }
        icmp_xmit_unlock(sk);
    }

    /** The route of an error message, back to the sender of {@code skb_in}. Without IPsec the first answer counts. */
    static rtable icmp_route_lookup(net net, flowi4 fl4, sk_buff skb_in, iphdr iph, int saddr, int tos, int type,
            int code, icmp_bxm param) {
        rtable rt;

        fl4.daddr = param.replyopts.srr != 0 ? param.replyopts.faddr : iph.saddr();
        fl4.saddr = saddr;
        fl4.flowic_tos = RT_TOS(tos);
        fl4.flowic_proto = IPPROTO_ICMP;
        fl4.fl4_icmp_type = type;
        fl4.fl4_icmp_code = code;
        rt = __ip_route_output_key(net, fl4);
        if (IS_ERR(rt)) {
            return rt;
        }

        rt = (rtable) xfrm_lookup(net, rt, flowi4_to_flowi(fl4), null, 0);
        return rt;
    }

    /**
     * Tells the sender of {@code skb_in} what is wrong with it, quoting as much of it as fits into 576 bytes.
     *
     * @param skb_in received, with its route and its IP header in place; it stays the caller's
     * @param info the second word of the header: a gateway, an MTU, a pointer
     */
    public static void icmp_send(sk_buff skb_in, int type, int code, int info) {
        iphdr iph;
        int room;
        icmp_bxm icmp_param;
        rtable rt = skb_rtable(skb_in);
        ipcm_cookie ipc = new ipcm_cookie();
        flowi4 fl4 = new flowi4();
        int saddr;
        int tos;
        net net;
        sock sk;

        if (rt == null) {
            return;
        }
        net = dev_net(rt.dev);

        iph = ip_hdr(skb_in);

        if (iph.at < 0 || skb_network_header(skb_in) + iphdr.SIZE > skb_tail_pointer(skb_in)) {
            return;
        }

        if (skb_in.pkt_type != PACKET_HOST) {
            return;
        }

        if ((rt.rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST)) != 0) {
            return;
        }

        if ((iph.frag_off() & IP_OFFSET) != 0) {
            return;
        }

        if (icmp_pointers[type].error) {
            if (iph.protocol() == IPPROTO_ICMP) {
                View itp;

                itp = skb_header_pointer(skb_in, skb_network_header(skb_in) + (iph.ihl() << 2) - skb_in.data, 1,
                        new byte[1]);
                if (itp == null) {
                    return;
                }

                // A type that nobody knows may be an error too.
                int inner_type = get8(itp.b, itp.at);
                if (inner_type > NR_ICMP_TYPES || icmp_pointers[inner_type].error) {
                    return;
                }
            }
        }

        if (Gfp.fails(GFP_ATOMIC)) {
            return;
        }
        icmp_param = new icmp_bxm();

        sk = icmp_xmit_lock(net);
        if (sk == null) {
            return;
        }

        saddr = iph.daddr();
        if ((rt.rt_flags & RTCF_LOCAL) == 0) {
            net_device dev = null;

            if (rt_is_input_route(rt) && net.ipv4.sysctl_icmp_errors_use_inbound_ifaddr != 0) {
                dev = dev_get_by_index_rcu(net, inet_iif(skb_in));
            }

            if (dev != null) {
                saddr = inet_select_addr(dev, 0, RT_SCOPE_LINK);
            } else {
                saddr = 0;
            }
        }

        tos = icmp_pointers[type].error
                ? iph.tos() & IPTOS_TOS_MASK | IPTOS_PREC_INTERNETCONTROL
                : iph.tos();

        out_unlock:
        {
            if (ip_options_echo(icmp_param.replyopts, skb_in) != 0) {
                break out_unlock;
            }

            icmp_param.icmph.type(type);
            icmp_param.icmph.code(code);
            icmp_param.icmph.gateway(info);
            icmp_param.icmph.checksum(0);
            icmp_param.skb = skb_in;
            icmp_param.offset = skb_network_offset(skb_in);
            inet_sk(sk).tos = tos;
            ipc.addr = iph.saddr();
            ipc.opt = icmp_param.replyopts;
            ipc.tx_flags = 0;
            ipc.ttl = 0;
            ipc.tos = -1;

            rt = icmp_route_lookup(net, fl4, skb_in, iph, saddr, tos, type, code, icmp_param);
            if (IS_ERR(rt)) {
                break out_unlock;
            }

            if (icmpv4_xrlim_allow(net, rt, fl4, type, code)) {
                room = dst_mtu(rt);
                if (room > 576) {
                    room = 576;
                }
                room -= iphdr.SIZE + icmp_param.replyopts.optlen;
                room -= icmphdr.SIZE;

                icmp_param.data_len = skb_in.len - icmp_param.offset;
                if (icmp_param.data_len > room) {
                    icmp_param.data_len = room;
                }
                icmp_param.head_len = icmphdr.SIZE;

                Ref<rtable> rtp = new Ref<>(rt);
                icmp_push_reply(icmp_param, fl4, ipc, rtp);
                rt = rtp.val;
            }
            ip_rt_put(rt);
        }
        icmp_xmit_unlock(sk);
    }
}
