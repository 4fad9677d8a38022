// SPDX-License-Identifier: GPL-2.0-only
package ip_output;

import static icmp.Icmp.icmp_out_count;
import static ip_options.IpOptions.ip_options_build;
import static ip_output.Output.ip_copy_addrs;
import static ip_output.Output.ip_local_out;
import static ip_output.Output.ip_select_ttl;
import static ip_output.Reply.ip_finish_skb;
import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EMSGSIZE;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.ENOMEM;
import static linux.ip.IpHdr.ip_hdr;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.leU32;
import static linux.kernel.Kernel.min;
import static linux.mm.Mm.get_page;
import static linux.netdev_features.NetdevFeatures.NETIF_F_SG;
import static linux.netdev_features.NetdevFeatures.NETIF_F_V4_CSUM;
import static linux.netdevice.Netdev.LL_RESERVED_SPACE;
import static linux.netdevice.Netdev.net_xmit_errno;
import static linux.skbuff.Checksum.skb_copy_and_csum_bits;
import static linux.skbuff.Data.__skb_pull;
import static linux.skbuff.Data.__skb_trim;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Dst.skb_dst_set;
import static linux.skbuff.Frags.__skb_fill_page_desc;
import static linux.skbuff.Frags.skb_can_coalesce;
import static linux.skbuff.Frags.skb_frag_size_add;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_network_header;
import static linux.skbuff.Headers.skb_network_header_len;
import static linux.skbuff.Headers.skb_network_offset;
import static linux.skbuff.Headers.skb_set_network_header;
import static linux.skbuff.Headers.skb_transport_header;
import static linux.skbuff.Paged.pskb_trim_unique;
import static linux.skbuff.Queue.__skb_dequeue;
import static linux.skbuff.Queue.__skb_dequeue_tail;
import static linux.skbuff.Queue.__skb_queue_tail;
import static linux.skbuff.Queue.skb_peek_tail;
import static linux.skbuff.Queue.skb_queue_empty;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.skbuff.skb_shared_info.MAX_SKB_FRAGS;
import static net.checksum.Csum.csum_sub;
import static net.dst.Garbage.dst_release;
import static net.dst.Metrics.dst_mtu;
import static net.inet_sock.Sockets.inet_sk;
import static net.inet_sock.inet_cork.IPCORK_OPT;
import static net.ip.IpPacket.IP_DF;
import static net.ip.IpPacket.ip_dont_fragment;
import static net.ip.IpPacket.ip_sk_use_pmtu;
import static net.snmp.Mib.IP_INC_STATS;
import static net.sock.Buffers.sk_page_frag;
import static net.sock.Buffers.sk_page_frag_refill;
import static net.sock.Buffers.sock_alloc_send_skb;
import static net.sock.Buffers.sock_wmalloc;
import static net.sock.Fields.sock_net;
import static route.Ident.ip_select_ident;
import static uapi.linux.in.In.IPPROTO_ICMP;
import static uapi.linux.in.In.IP_PMTUDISC_DO;
import static uapi.linux.in.In.IP_PMTUDISC_PROBE;
import static uapi.linux.rtnetlink.Rt.RTN_MULTICAST;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTDISCARDS;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;
import static uapi.linux.socket.SocketOpt.MSG_MORE;
import static uapi.linux.socket.SocketOpt.MSG_PROBE;

import linux.compiler.Differs;
import linux.compiler.IntRef;
import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.mm.page_frag;
import linux.skbuff.sk_buff;
import linux.skbuff.sk_buff_head;
import net.flow.flowi4;
import net.inet_sock.inet_cork;
import net.inet_sock.inet_sock;
import net.inet_sock.ip_options;
import net.ip.GetFrag;
import net.ip.ipcm_cookie;
import net.net_namespace.net;
import net.route.rtable;
import net.sock.sock;
import uapi.linux.icmp.icmphdr;
import uapi.linux.ip.iphdr;

/**
 * Datagrams of a socket of the kernel itself: {@code icmp} and {@link Reply} put one together on the write queue with
 * {@link #ip_append_data}, complete its checksum there and send it with {@link #ip_push_pending_frames}. On the queue
 * it already lies in pieces of the size of the MTU, with room for a header each; {@link #__ip_make_skb} makes one
 * packet of them.
 *
 * <p>What only UDP and raw sockets of programs use is not here: {@code ip_append_page}, {@code ip_make_skb}, {@code
 * ip_generic_getfrag}, UDP fragmentation offload.
 */
public final class Append {
    private Append() {}

    /**
     * Appends {@code length} bytes to what {@code queue} holds: first into what is free in the last packet (in its
     * linear part, or in pages if the device can gather), then in new ones. All but the last are filled to a multiple
     * of 8 bytes of payload; what was more in one that was the last goes over into the new one, checksum included.
     *
     * @param transhdrlen of that, bytes of transport header; more than 0 only at the beginning of a datagram
     * @param flags {@code MSG_DONTWAIT}, {@code MSG_MORE}
     * @return 0; {@code -EMSGSIZE}: more than 64 KB, or than the MTU while {@code IP_PMTUDISC_DO} is on; {@code
     *     -EFAULT}: {@code getfrag} failed; {@code -ENOBUFS}, {@code -ENOMEM}, or why {@code sock_alloc_send_skb} did
     */
    @Differs("-EMSGSIZE queues no error for IP_RECVERR: the sockets of the kernel itself do not ask for it")
    static int __ip_append_data(sock sk, flowi4 fl4, sk_buff_head queue, inet_cork cork, page_frag pfrag,
            GetFrag getfrag, Object from, int length, int transhdrlen, int flags) {
        inet_sock inet = inet_sk(sk);
        sk_buff skb;

        ip_options opt = cork.opt;
        int hh_len;
        int exthdrlen;
        int mtu;
        int copy = 0;
        IntRef err = new IntRef();
        int offset = 0;
        int maxfraglen;
        int fragheaderlen;
        int maxnonfragsize;
        int csummode = CHECKSUM_NONE;
        rtable rt = (rtable) cork.dst;

        skb = skb_peek_tail(queue);

        exthdrlen = skb == null ? rt.header_len : 0;
        mtu = cork.fragsize;

        hh_len = LL_RESERVED_SPACE(rt.dev);

        fragheaderlen = iphdr.SIZE + (opt != null ? opt.optlen : 0);
        maxfraglen = (mtu - fragheaderlen & ~7) + fragheaderlen;
        maxnonfragsize = inet.pmtudisc >= IP_PMTUDISC_DO ? mtu : 0xFFFF;

        if (gtU32(cork.length + length, maxnonfragsize - fragheaderlen)) {
            return -EMSGSIZE;
        }

        // The whole datagram in one packet: the device may compute the checksum.
        if (transhdrlen != 0
                && leU32(length + fragheaderlen, mtu)
                && (rt.dev.features & NETIF_F_V4_CSUM) != 0
                && exthdrlen == 0) {
            csummode = CHECKSUM_PARTIAL;
        }

        cork.length += length;

        error: {
            boolean alloc_new_skb = skb == null;

            while (alloc_new_skb || length > 0) {
                if (!alloc_new_skb) {
                    copy = mtu - skb.len;
                    if (copy < length) {
                        copy = maxfraglen - skb.len;
                    }
                }
                if (alloc_new_skb || copy <= 0) {
                    int data;
                    int datalen;
                    int fraglen;
                    int fraggap;
                    int alloclen;
                    sk_buff skb_prev;

                    alloc_new_skb = false;
                    skb_prev = skb;
                    if (skb_prev != null) {
                        fraggap = skb_prev.len - maxfraglen;
                    } else {
                        fraggap = 0;
                    }

                    datalen = length + fraggap;
                    if (gtU32(datalen, mtu - fragheaderlen)) {
                        datalen = maxfraglen - fragheaderlen;
                    }
                    fraglen = datalen + fragheaderlen;

                    if ((flags & MSG_MORE) != 0 && (rt.dev.features & NETIF_F_SG) == 0) {
                        alloclen = mtu;
                    } else {
                        alloclen = fraglen;
                    }

                    alloclen += exthdrlen;

                    if (datalen == length + fraggap) {
                        alloclen += rt.trailer_len;
                    }

                    if (transhdrlen != 0) {
                        skb = sock_alloc_send_skb(sk, alloclen + hh_len + 15, flags & MSG_DONTWAIT, err);
                    } else {
                        skb = null;
                        if (sk.sk_wmem_alloc <= 2 * sk.sk_sndbuf) {
                            skb = sock_wmalloc(sk, alloclen + hh_len + 15, 1, sk.sk_allocation);
                        }
                        if (skb == null) {
                            err.val = -ENOBUFS;
                        } else {
                            cork.tx_flags = 0;
                        }
                    }
                    if (skb == null) {
                        break error;
                    }

                    skb.ip_summed = csummode;
                    skb.csum = 0;
                    skb_reserve(skb, hh_len);
                    skb.shinfo.tx_flags = cork.tx_flags;

                    data = skb_put(skb, fraglen + exthdrlen);
                    skb_set_network_header(skb, exthdrlen);
                    skb.transport_header = skb.network_header + fragheaderlen;
                    data += fragheaderlen + exthdrlen;

                    if (fraggap != 0) {
                        skb.csum = skb_copy_and_csum_bits(
                                skb_prev, maxfraglen, skb.head, data + transhdrlen, fraggap, 0);
                        skb_prev.csum = csum_sub(skb_prev.csum, skb.csum);
                        data += fraggap;
                        pskb_trim_unique(skb_prev, maxfraglen);
                    }

                    copy = datalen - transhdrlen - fraggap;
                    if (copy > 0
                            && getfrag.call(from, skb.head, data + transhdrlen, offset, copy, fraggap, skb) < 0) {
                        err.val = -EFAULT;
                        kfree_skb(skb);
                        break error;
                    }

                    offset += copy;
                    length -= datalen - fraggap;
                    transhdrlen = 0;
                    exthdrlen = 0;
                    csummode = CHECKSUM_NONE;

                    __skb_queue_tail(queue, skb);
                    continue;
                }

                if (copy > length) {
                    copy = length;
                }

                if ((rt.dev.features & NETIF_F_SG) == 0) {
                    int off;

                    off = skb.len;
                    if (getfrag.call(from, skb.head, skb_put(skb, copy), offset, copy, off, skb) < 0) {
                        __skb_trim(skb, off);
                        err.val = -EFAULT;
                        break error;
                    }
                } else {
                    int i = skb.shinfo.nr_frags;

                    err.val = -ENOMEM;
                    if (!sk_page_frag_refill(sk, pfrag)) {
                        break error;
                    }

                    if (!skb_can_coalesce(skb, i, pfrag.page, pfrag.offset)) {
                        err.val = -EMSGSIZE;
                        if (i == MAX_SKB_FRAGS) {
                            break error;
                        }

                        __skb_fill_page_desc(skb, i, pfrag.page, pfrag.offset, 0);
                        skb.shinfo.nr_frags = ++i;
                        get_page(pfrag.page);
                    }
                    copy = min(copy, pfrag.size - pfrag.offset);
                    if (getfrag.call(from, pfrag.page.data, pfrag.offset, offset, copy, skb.len, skb) < 0) {
                        err.val = -EFAULT;
                        break error;
                    }

                    pfrag.offset += copy;
                    skb_frag_size_add(skb.shinfo.frags(i - 1), copy);
                    skb.len += copy;
                    skb.data_len += copy;
                    skb.truesize += copy;
                    sk.sk_wmem_alloc += copy;
                }
                offset += copy;
                length -= copy;
            }

            return 0;
        }

        cork.length -= length;
        IP_INC_STATS(sock_net(sk), IPSTATS_MIB_OUTDISCARDS);
        return err.val;
    }

    /**
     * A datagram begins: notes what its header will need.
     *
     * @param rtp the route, which the cork takes over: null afterwards
     * @return 0; {@code -ENOBUFS}: no memory for the options; {@code -EFAULT}: no route
     */
    static int ip_setup_cork(sock sk, inet_cork cork, ipcm_cookie ipc, Ref<rtable> rtp) {
        ip_options opt;
        rtable rt;

        opt = ipc.opt;
        if (opt != null) {
            if (cork.opt == null) {
                if (Gfp.fails(sk.sk_allocation)) {
                    return -ENOBUFS;
                }
                cork.opt = new ip_options();
            }
            cork.opt.copy(opt);
            cork.flags |= IPCORK_OPT;
            cork.addr = ipc.addr;
        }
        rt = rtp.val;
        if (rt == null) {
            return -EFAULT;
        }

        rtp.val = null;
        cork.fragsize = ip_sk_use_pmtu(sk) ? dst_mtu(rt) : rt.dev.mtu;
        cork.dst = rt;
        cork.length = 0;
        cork.ttl = ipc.ttl;
        cork.tos = ipc.tos;
        cork.priority = ipc.priority;
        cork.tx_flags = ipc.tx_flags;

        return 0;
    }

    /**
     * Begins a datagram, or appends to the one that {@code sk} has begun. Nothing is sent before {@link
     * #ip_push_pending_frames}; after an error the caller calls {@link #ip_flush_pending_frames}.
     *
     * @param getfrag copies from {@code from}, whatever that is
     * @param length bytes, {@code transhdrlen} bytes of transport header included, which are left for the caller to
     *     fill in
     * @param rtp null in it afterwards if the datagram took the route over
     * @return 0 or a negative errno, see {@link #__ip_append_data}
     */
    public static int ip_append_data(sock sk, flowi4 fl4, GetFrag getfrag, Object from, int length, int transhdrlen,
            ipcm_cookie ipc, Ref<rtable> rtp, int flags) {
        inet_sock inet = inet_sk(sk);
        int err;

        if ((flags & MSG_PROBE) != 0) {
            return 0;
        }

        if (skb_queue_empty(sk.sk_write_queue)) {
            err = ip_setup_cork(sk, inet.cork, ipc, rtp);
            if (err != 0) {
                return err;
            }
        } else {
            transhdrlen = 0;
        }

        return __ip_append_data(sk, fl4, sk.sk_write_queue, inet.cork, sk_page_frag(sk), getfrag, from, length,
                transhdrlen, flags);
    }

    /** The datagram is done with: lets go of its options and of the route, unless the packet has that now. */
    static void ip_cork_release(inet_cork cork) {
        cork.flags &= ~IPCORK_OPT;
        cork.opt = null;
        dst_release(cork.dst);
        cork.dst = null;
    }

    /**
     * One packet of all that lies on {@code queue}: the first, with the others on its {@code frag_list}, and the IP
     * header in front. It takes the route over.
     *
     * @return null: there was nothing
     */
    public static sk_buff __ip_make_skb(sock sk, flowi4 fl4, sk_buff_head queue, inet_cork cork) {
        sk_buff skb;
        sk_buff tmp_skb;
        sk_buff tail_skb;
        inet_sock inet = inet_sk(sk);
        net net = sock_net(sk);
        ip_options opt = null;
        rtable rt = (rtable) cork.dst;
        iphdr iph;
        int df = 0;
        int ttl;

        if ((skb = __skb_dequeue(queue)) == null) {
            return skb;
        }
        tail_skb = null;

        if (skb.data < skb_network_header(skb)) {
            __skb_pull(skb, skb_network_offset(skb));
        }
        while ((tmp_skb = __skb_dequeue(queue)) != null) {
            __skb_pull(tmp_skb, skb_network_header_len(skb));
            if (tail_skb == null) {
                skb.shinfo.frag_list = tmp_skb;
            } else {
                tail_skb.next = tmp_skb;
            }
            tail_skb = tmp_skb;
            skb.len += tmp_skb.len;
            skb.data_len += tmp_skb.len;
            skb.truesize += tmp_skb.truesize;
            tmp_skb.destructor = null;
            tmp_skb.sk = null;
        }

        // Too large is no error, unless the path MTU is being discovered by force.
        if (inet.pmtudisc < IP_PMTUDISC_DO) {
            skb.local_df = true;
        }

        if (inet.pmtudisc == IP_PMTUDISC_DO
                || inet.pmtudisc == IP_PMTUDISC_PROBE
                || leU32(skb.len, dst_mtu(rt)) && ip_dont_fragment(sk, rt)) {
            df = IP_DF;
        }

        if ((cork.flags & IPCORK_OPT) != 0) {
            opt = cork.opt;
        }

        if (cork.ttl != 0) {
            ttl = cork.ttl;
        } else if (rt.rt_type == RTN_MULTICAST) {
            ttl = inet.mc_ttl;
        } else {
            ttl = ip_select_ttl(inet, rt);
        }

        iph = ip_hdr(skb);
        iph.version(4);
        iph.ihl(5);
        iph.tos(cork.tos != -1 ? cork.tos : inet.tos);
        iph.frag_off(df);
        iph.ttl(ttl);
        iph.protocol(sk.sk_protocol);
        ip_copy_addrs(iph, fl4);
        ip_select_ident(skb, sk);

        if (opt != null) {
            iph.ihl(iph.ihl() + (opt.optlen >> 2));
            ip_options_build(skb, opt, cork.addr, rt, false);
        }

        skb.priority = cork.tos != -1 ? cork.priority : sk.sk_priority;
        skb.mark = sk.sk_mark;

        cork.dst = null;
        skb_dst_set(skb, rt);

        if (iph.protocol() == IPPROTO_ICMP) {
            icmp_out_count(net, new icmphdr(skb.head, skb_transport_header(skb)).type());
        }

        ip_cork_release(cork);
        return skb;
    }

    /** @return 0, also when a queue was full but says so only to let us slow down; or a negative errno */
    public static int ip_send_skb(net net, sk_buff skb) {
        int err;

        err = ip_local_out(skb);
        if (err != 0) {
            if (err > 0) {
                err = net_xmit_errno(err);
            }
            if (err != 0) {
                IP_INC_STATS(net, IPSTATS_MIB_OUTDISCARDS);
            }
        }

        return err;
    }

    /** Sends the datagram that {@code sk} has put together, if any. @return 0 or a negative errno */
    public static int ip_push_pending_frames(sock sk, flowi4 fl4) {
        sk_buff skb;

        skb = ip_finish_skb(sk, fl4);
        if (skb == null) {
            return 0;
        }

        return ip_send_skb(sock_net(sk), skb);
    }

    /** Throws away what lies on {@code queue}. */
    static void __ip_flush_pending_frames(sock sk, sk_buff_head queue, inet_cork cork) {
        sk_buff skb;

        while ((skb = __skb_dequeue_tail(queue)) != null) {
            kfree_skb(skb);
        }

        ip_cork_release(cork);
    }

    /** Throws away the datagram that {@code sk} has begun. */
    public static void ip_flush_pending_frames(sock sk) {
        __ip_flush_pending_frames(sk, sk.sk_write_queue, inet_sk(sk).cork);
    }
}
