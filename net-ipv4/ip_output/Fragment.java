// SPDX-License-Identifier: GPL-2.0-only
package ip_output;

import static icmp.Icmp.icmp_send;
import static ip_options.IpOptions.ip_options_fragment;
import static ip_output.Output.ip_send_check;
import static linux.bug.Bug.BUG;
import static linux.bug.Bug.BUG_ON;
import static linux.errno.Errno.EMSGSIZE;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.ip.IpHdr.ip_hdr;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.ltU32;
import static linux.netdevice.Gso.skb_checksum_help;
import static linux.netdevice.Netdev.LL_RESERVED_SPACE_EXTRA;
import static linux.netdevice.Netdev.dev_net;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Bits.skb_copy_bits;
import static linux.skbuff.Bits.skb_copy_from_linear_data;
import static linux.skbuff.Cb.IPCB;
import static linux.skbuff.Clone.skb_cloned;
import static linux.skbuff.Clone.skb_shared;
import static linux.skbuff.Data.__skb_push;
import static linux.skbuff.Data.skb_headlen;
import static linux.skbuff.Data.skb_headroom;
import static linux.skbuff.Data.skb_pagelen;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Dst.skb_rtable;
import static linux.skbuff.Frags.skb_frag_list_init;
import static linux.skbuff.Frags.skb_has_frag_list;
import static linux.skbuff.Free.consume_skb;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_network_header;
import static linux.skbuff.Headers.skb_reset_network_header;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static linux.skbuff.Headers.skb_transport_header;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static net.dst.Dst.skb_dst_copy;
import static net.dst.Dst.skb_dst_drop;
import static net.ip.IpPacket.IP_DF;
import static net.ip.IpPacket.IP_MF;
import static net.ip.IpPacket.IP_OFFSET;
import static net.ip.IpPacket.ip_dst_mtu_maybe_forward;
import static net.ip.IpPacket.ip_is_fragment;
import static net.ip.inet_skb_parm.IPSKB_FORWARDED;
import static net.ip.inet_skb_parm.IPSKB_FRAG_COMPLETE;
import static net.snmp.Mib.IP_INC_STATS;
import static net.sock.NetDebug.NETDEBUG;
import static net.sock.Owner.skb_set_owner_w;
import static uapi.linux.icmp.Icmp.ICMP_DEST_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_FRAG_NEEDED;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_FRAGCREATES;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_FRAGFAILS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_FRAGOKS;

import linux.compiler.Differs;
import linux.compiler.KernelBug;
import linux.netdevice.net_device;
import linux.skbuff.sk_buff;
import net.dst.dst_entry;
import net.route.rtable;
import net.sock.Owner;
import uapi.linux.ip.iphdr;

/**
 * Cuts a packet into fragments (RFC 791, section 3.2). {@link Output#ip_finish_output} calls it for what is larger than
 * the MTU, sent or forwarded. TCP's segments have DF set, unless path MTU discovery is off or the MTU of the route is
 * locked: then they come here when the MTU has shrunk.
 */
public final class Fragment {
    private Fragment() {}

    /** What a fragment has in common with the packet that it comes from, beside bytes and header. */
    static void ip_copy_metadata(sk_buff to, sk_buff from) {
        to.pkt_type = from.pkt_type;
        to.priority = from.priority;
        to.protocol = from.protocol;
        skb_dst_drop(to);
        skb_dst_copy(to, from);
        to.dev = from.dev;
        to.mark = from.mark;

        IPCB(to).flags = IPCB(from).flags;
    }

    /**
     * Sends {@code skb}, which is gone afterwards, in fragments. A packet whose {@code frag_list} happens to be cut
     * where fragments end (one that was put together here) goes out without copying: each member gets a header of its
     * own. Everything else is copied, the fast way's leftovers included.
     *
     * @param output gets each fragment
     * @return 0; {@code -EMSGSIZE}: DF is set, and the sender has been told; {@code -ENOMEM}; or the first error of
     *     {@code output}, after which the rest is dropped
     */
    @Differs("-EMSGSIZE when behind the header there is no room for 8 bytes in the MTU; the kernel loops forever")
    @KernelBug("a packet whose checksum cannot be computed is dropped, and 0 returned; fixed upstream in 4.4")
    public static int ip_fragment(sk_buff skb, dst_entry.Input output) {
        iphdr iph;
        int ptr;
        net_device dev;
        sk_buff skb2;
        int mtu;
        int hlen;
        int left;
        int len;
        int ll_rs;
        int offset;
        int not_last_frag;
        rtable rt = skb_rtable(skb);
        int err = 0;
        boolean forwarding = (IPCB(skb).flags & IPSKB_FORWARDED) != 0;

        dev = rt.dev;

        iph = ip_hdr(skb);

        mtu = ip_dst_mtu_maybe_forward(rt, forwarding);
        if ((iph.frag_off() & IP_DF) != 0 && !skb.local_df
                || IPCB(skb).frag_max_size != 0 && gtU32(IPCB(skb).frag_max_size, mtu)) {
            IP_INC_STATS(dev_net(dev), IPSTATS_MIB_FRAGFAILS);
            icmp_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, mtu);
            kfree_skb(skb);
            return -EMSGSIZE;
        }

        hlen = iph.ihl() * 4;
        mtu = mtu - hlen;
        IPCB(skb).flags |= IPSKB_FRAG_COMPLETE;

        slow_path:
        if (skb_has_frag_list(skb)) {
            sk_buff frag;
            sk_buff frag2;
            int first_len = skb_pagelen(skb);

            if (gtU32(first_len - hlen, mtu)
                    || (first_len - hlen & 7) != 0
                    || ip_is_fragment(iph)
                    || skb_cloned(skb)) {
                break slow_path;
            }

            slow_path_clean: {
                for (frag = skb.shinfo.frag_list; frag != null; frag = frag.next) {
                    if (gtU32(frag.len, mtu)
                            || (frag.len & 7) != 0 && frag.next != null
                            || ltU32(skb_headroom(frag), hlen)) {
                        break slow_path_clean;
                    }

                    if (skb_shared(frag)) {
                        break slow_path_clean;
                    }

                    BUG_ON(frag.sk != null);
                    if (skb.sk != null) {
                        frag.sk = skb.sk;
                        frag.destructor = Owner::sock_wfree;
                    }
                    skb.truesize -= frag.truesize;
                }

                err = 0;
                offset = 0;
                frag = skb.shinfo.frag_list;
                skb_frag_list_init(skb);
                skb.data_len = first_len - skb_headlen(skb);
                skb.len = first_len;
                iph.tot_len(first_len);
                iph.frag_off(IP_MF);
                ip_send_check(iph);

                for (;;) {
                    // The next header is a copy of this one, so it is made before this one is on its way.
                    if (frag != null) {
                        frag.ip_summed = CHECKSUM_NONE;
                        skb_reset_transport_header(frag);
                        __skb_push(frag, hlen);
                        skb_reset_network_header(frag);
                        System.arraycopy(iph.b, iph.at, frag.head, skb_network_header(frag), hlen);
                        iph = ip_hdr(frag);
                        iph.tot_len(frag.len);
                        ip_copy_metadata(frag, skb);
                        if (offset == 0) {
                            ip_options_fragment(frag);
                        }
                        offset += skb.len - hlen;
                        iph.frag_off(offset >> 3);
                        if (frag.next != null) {
                            iph.frag_off(iph.frag_off() | IP_MF);
                        }
                        ip_send_check(iph);
                    }

                    err = output.call(skb);

                    if (err == 0) {
                        IP_INC_STATS(dev_net(dev), IPSTATS_MIB_FRAGCREATES);
                    }
                    if (err != 0 || frag == null) {
                        break;
                    }

                    skb = frag;
                    frag = skb.next;
                    skb.next = null;
                }

                if (err == 0) {
                    IP_INC_STATS(dev_net(dev), IPSTATS_MIB_FRAGOKS);
                    return 0;
                }

                while (frag != null) {
                    skb = frag.next;
                    kfree_skb(frag);
                    frag = skb;
                }
                IP_INC_STATS(dev_net(dev), IPSTATS_MIB_FRAGFAILS);
                return err;
            }

            for (frag2 = skb.shinfo.frag_list; frag2 != null; frag2 = frag2.next) {
                if (frag2 == frag) {
                    break;
                }
                frag2.sk = null;
                frag2.destructor = null;
                skb.truesize += frag2.truesize;
            }
        }

        fail: {
            // The checksum covers the whole: once it is in pieces nobody could compute it.
            if (skb.ip_summed == CHECKSUM_PARTIAL && skb_checksum_help(skb) != 0) {
                break fail;
            }
            iph = ip_hdr(skb);

            left = skb.len - hlen;
            ptr = hlen;

            ll_rs = LL_RESERVED_SPACE_EXTRA(rt.dev, 0);

            // It may be a fragment itself, that a router has to make smaller.
            offset = (iph.frag_off() & IP_OFFSET) << 3;
            not_last_frag = iph.frag_off() & IP_MF;

            while (left > 0) {
                len = left;
                if (gtU32(len, mtu)) {
                    len = mtu;
                }
                // Offsets count in units of 8 bytes.
                if (ltU32(len, left)) {
                    len &= ~7;
                    if (len == 0) {
                        err = -EMSGSIZE;
                        break fail;
                    }
                }

                if ((skb2 = alloc_skb(len + hlen + ll_rs, GFP_ATOMIC)) == null) {
                    NETDEBUG("IP: frag: no memory for new fragment!\n");
                    err = -ENOMEM;
                    break fail;
                }

                ip_copy_metadata(skb2, skb);
                skb_reserve(skb2, ll_rs);
                skb_put(skb2, len + hlen);
                skb_reset_network_header(skb2);
                skb2.transport_header = skb2.network_header + hlen;

                if (skb.sk != null) {
                    skb_set_owner_w(skb2, skb.sk);
                }

                skb_copy_from_linear_data(skb, skb2.head, skb_network_header(skb2), hlen);

                if (skb_copy_bits(skb, ptr, skb2.head, skb_transport_header(skb2), len) != 0) {
                    BUG();
                }
                left -= len;

                iph = ip_hdr(skb2);
                iph.frag_off(offset >> 3);

                // Only the first fragment has all options. Changed in the packet itself, so that the others, which
                // are copied from it after this one, have those that RFC 791 wants copied.
                if (offset == 0) {
                    ip_options_fragment(skb);
                }

                if (left > 0 || not_last_frag != 0) {
                    iph.frag_off(iph.frag_off() | IP_MF);
                }
                ptr += len;
                offset += len;

                iph.tot_len(len + hlen);

                ip_send_check(iph);

                err = output.call(skb2);
                if (err != 0) {
                    break fail;
                }

                IP_INC_STATS(dev_net(dev), IPSTATS_MIB_FRAGCREATES);
            }
            consume_skb(skb);
            IP_INC_STATS(dev_net(dev), IPSTATS_MIB_FRAGOKS);
            return err;
        }
        kfree_skb(skb);
        IP_INC_STATS(dev_net(dev), IPSTATS_MIB_FRAGFAILS);
        return err;
    }
}
