// SPDX-License-Identifier: GPL-2.0-only
package ip_options;

import static fib_frontend.Source.fib_compute_spec_dst;
import static fib_frontend.Source.inet_addr_type;
import static icmp.Icmp.icmp_send;
import static ip_output.Output.ip_send_check;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.hrtimer.Clock.NSEC_PER_MSEC;
import static linux.hrtimer.Clock.ktime_get_real;
import static linux.ip.IpHdr.ip_hdr;
import static linux.netdevice.Netdev.dev_net;
import static linux.printk.Printk.net_crit_ratelimited;
import static linux.skbuff.Cb.IPCB;
import static linux.skbuff.Dst.skb_dst;
import static linux.skbuff.Dst.skb_dst_set;
import static linux.skbuff.Dst.skb_rtable;
import static linux.skbuff.Headers.skb_network_header;
import static linux.types.Be.get32;
import static linux.types.Be.get8;
import static linux.types.Be.put32;
import static linux.types.Be.put8;
import static net.cipso_ipv4.Cipso.cipso_v4_validate;
import static net.dst.Dst.refdst_drop;
import static net.dst.Dst.skb_dst_drop;
import static route.Input.ip_route_input;
import static route.Output.ip_rt_get_source;
import static uapi.linux.icmp.Icmp.ICMP_PARAMETERPROB;
import static uapi.linux.if_packet.IfPacket.PACKET_HOST;
import static uapi.linux.ip.Ip.IPOPT_CIPSO;
import static uapi.linux.ip.Ip.IPOPT_COPIED;
import static uapi.linux.ip.Ip.IPOPT_END;
import static uapi.linux.ip.Ip.IPOPT_LSRR;
import static uapi.linux.ip.Ip.IPOPT_NOOP;
import static uapi.linux.ip.Ip.IPOPT_RA;
import static uapi.linux.ip.Ip.IPOPT_RR;
import static uapi.linux.ip.Ip.IPOPT_SEC;
import static uapi.linux.ip.Ip.IPOPT_SID;
import static uapi.linux.ip.Ip.IPOPT_SSRR;
import static uapi.linux.ip.Ip.IPOPT_TIMESTAMP;
import static uapi.linux.ip.Ip.IPOPT_TS_PRESPEC;
import static uapi.linux.ip.Ip.IPOPT_TS_TSANDADDR;
import static uapi.linux.ip.Ip.IPOPT_TS_TSONLY;
import static uapi.linux.rtnetlink.Rt.RTN_LOCAL;
import static uapi.linux.rtnetlink.Rt.RTN_UNICAST;

import java.util.Arrays;
import linux.compiler.IntRef;
import linux.compiler.KernelBug;
import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import net.dst.dst_entry;
import net.inet_sock.ip_options;
import net.net_namespace.net;
import net.route.rtable;
import uapi.linux.ip.iphdr;

/**
 * The options of an IP header, {@code net/ipv4/ip_options.c}: checked when a packet comes in ({@code ip_input}), turned
 * around for an answer ({@code icmp}, TCP's SYN/ACK), written when a packet leaves ({@code ip_output}), and completed by
 * a router.
 *
 * <pre>
 * +------+--------+---------+----------------------------------+
 * | type | length | pointer | addresses, or times              |     RFC 791, section 3.1
 * +------+--------+---------+----------------------------------+
 * </pre>
 *
 * <p>The pointer counts from 1 and begins at 4 (of the timestamp option at 5): it says where the next free place is.
 * Everything in here was written by a stranger; what is not checked in {@link #ip_options_compile} is checked nowhere.
 */
public final class IpOptions {
    private IpOptions() {}

    private static final int INADDR_ANY = 0;

    /** Milliseconds since midnight UTC, as the timestamp option has them. */
    private static int midtime() {
        return (int) (ktime_get_real() / NSEC_PER_MSEC % 86_400_000);
    }

    /**
     * Writes {@code opt} behind the header of {@code skb}, which has room for it.
     *
     * @param daddr the last hop of a source route; the header has the first one
     * @param is_frag not the first fragment: no addresses and times are recorded
     */
    public static void ip_options_build(sk_buff skb, ip_options opt, int daddr, rtable rt, boolean is_frag) {
        byte[] b = skb.head;
        int iph = skb_network_header(skb);

        IPCB(skb).opt.copy(opt);
        System.arraycopy(opt.__data, 0, b, iph + iphdr.SIZE, opt.optlen);
        opt = IPCB(skb).opt;

        if (opt.srr != 0) {
            put32(b, iph + opt.srr + get8(b, iph + opt.srr + 1) - 4, daddr);
        }

        if (!is_frag) {
            if (opt.rr_needaddr) {
                ip_rt_get_source(b, iph + opt.rr + get8(b, iph + opt.rr + 2) - 5, skb, rt);
            }
            if (opt.ts_needaddr) {
                ip_rt_get_source(b, iph + opt.ts + get8(b, iph + opt.ts + 2) - 9, skb, rt);
            }
            if (opt.ts_needtime) {
                int midtime;

                midtime = midtime();
                put32(b, iph + opt.ts + get8(b, iph + opt.ts + 2) - 5, midtime);
            }
            return;
        }
        if (opt.rr != 0) {
            fill(b, iph + opt.rr, IPOPT_NOOP, get8(b, iph + opt.rr + 1));
            opt.rr = 0;
            opt.rr_needaddr = false;
        }
        if (opt.ts != 0) {
            fill(b, iph + opt.ts, IPOPT_NOOP, get8(b, iph + opt.ts + 1));
            opt.ts = 0;
            opt.ts_needaddr = opt.ts_needtime = false;
        }
    }

    private static void fill(byte[] b, int at, int value, int n) {
        Arrays.fill(b, at, at + n, (byte) value);
    }

    /**
     * Makes the options of an answer to {@code skb}: the source route the other way round, and room for record route and
     * timestamps.
     *
     * @param dopt with {@code __data} of 40 bytes
     * @return 0, or {@code -EINVAL}
     */
    @KernelBug("writes our address into the source route of the packet that is answered, so that an ICMP error quotes it"
            + " changed")
    public static int ip_options_echo(ip_options dopt, sk_buff skb) {
        ip_options sopt;
        byte[] sptr;
        int sptr_at;
        byte[] dptr;
        int dptr_at;
        int soffset;
        int doffset;
        int optlen;

        dopt.clear();

        sopt = IPCB(skb).opt;

        if (sopt.optlen == 0) {
            return 0;
        }

        sptr = skb.head;
        sptr_at = skb_network_header(skb);
        dptr = dopt.__data;
        dptr_at = 0;

        if (sopt.rr != 0) {
            optlen = get8(sptr, sptr_at + sopt.rr + 1);
            soffset = get8(sptr, sptr_at + sopt.rr + 2);
            dopt.rr = dopt.optlen + iphdr.SIZE;
            System.arraycopy(sptr, sptr_at + sopt.rr, dptr, dptr_at, optlen);
            if (sopt.rr_needaddr && soffset <= optlen) {
                if (soffset + 3 > optlen) {
                    return -EINVAL;
                }
                put8(dptr, dptr_at + 2, soffset + 4);
                dopt.rr_needaddr = true;
            }
            dptr_at += optlen;
            dopt.optlen += optlen;
        }
        if (sopt.ts != 0) {
            optlen = get8(sptr, sptr_at + sopt.ts + 1);
            soffset = get8(sptr, sptr_at + sopt.ts + 2);
            dopt.ts = dopt.optlen + iphdr.SIZE;
            System.arraycopy(sptr, sptr_at + sopt.ts, dptr, dptr_at, optlen);
            if (soffset <= optlen) {
                if (sopt.ts_needaddr) {
                    if (soffset + 3 > optlen) {
                        return -EINVAL;
                    }
                    dopt.ts_needaddr = true;
                    soffset += 4;
                }
                if (sopt.ts_needtime) {
                    if (soffset + 3 > optlen) {
                        return -EINVAL;
                    }
                    if ((dptr[dptr_at + 3] & 0xF) != IPOPT_TS_PRESPEC) {
                        dopt.ts_needtime = true;
                        soffset += 4;
                    } else {
                        dopt.ts_needtime = false;

                        if (soffset + 7 <= optlen) {
                            int addr;

                            addr = get32(dptr, dptr_at + soffset - 1);
                            if (inet_addr_type(dev_net(skb_dst(skb).dev), addr) != RTN_UNICAST) {
                                dopt.ts_needtime = true;
                                soffset += 8;
                            }
                        }
                    }
                }
                put8(dptr, dptr_at + 2, soffset);
            }
            dptr_at += optlen;
            dopt.optlen += optlen;
        }
        if (sopt.srr != 0) {
            int start = sptr_at + sopt.srr;
            int faddr = 0;

            optlen = get8(sptr, start + 1);
            soffset = get8(sptr, start + 2);
            doffset = 0;
            if (soffset > optlen) {
                soffset = optlen + 1;
            }
            soffset -= 4;
            if (soffset > 3) {
                faddr = get32(sptr, start + soffset - 1);
                for (soffset -= 4, doffset = 4; soffset > 3; soffset -= 4, doffset += 4) {
                    put32(dptr, dptr_at + doffset - 1, get32(sptr, start + soffset - 1));
                }
                // The sender's own address does not belong into its source route (RFC 1812, section 5.2.4.1).
                if (ip_hdr(skb).saddr() == get32(sptr, start + soffset + 3)) {
                    doffset -= 4;
                }
            }
            if (doffset > 3) {
                int daddr = fib_compute_spec_dst(skb);

                put32(sptr, start + doffset - 1, daddr);
                dopt.faddr = faddr;
                dptr[dptr_at] = sptr[start];
                put8(dptr, dptr_at + 1, doffset + 3);
                put8(dptr, dptr_at + 2, 4);
                dptr_at += doffset + 3;
                dopt.srr = dopt.optlen + iphdr.SIZE;
                dopt.optlen += doffset + 3;
                dopt.is_strictroute = sopt.is_strictroute;
            }
        }
        if (sopt.cipso != 0) {
            optlen = get8(sptr, sptr_at + sopt.cipso + 1);
            dopt.cipso = dopt.optlen + iphdr.SIZE;
            System.arraycopy(sptr, sptr_at + sopt.cipso, dptr, dptr_at, optlen);
            dptr_at += optlen;
            dopt.optlen += optlen;
        }
        while ((dopt.optlen & 3) != 0) {
            dptr[dptr_at++] = IPOPT_END;
            dopt.optlen++;
        }
        return 0;
    }

    /** All but the first fragment: blanks out the options that belong into the first one only. */
    public static void ip_options_fragment(sk_buff skb) {
        byte[] b = skb.head;
        int optptr = skb_network_header(skb) + iphdr.SIZE;
        ip_options opt = IPCB(skb).opt;
        int l = opt.optlen;
        int optlen;

        while (l > 0) {
            switch (get8(b, optptr)) {
                case IPOPT_END:
                    return;
                case IPOPT_NOOP:
                    l--;
                    optptr++;
                    continue;
                default:
                    break;
            }
            optlen = get8(b, optptr + 1);
            if (optlen < 2 || optlen > l) {
                return;
            }
            if (IPOPT_COPIED(get8(b, optptr)) == 0) {
                fill(b, optptr, IPOPT_NOOP, optlen);
            }
            l -= optlen;
            optptr += optlen;
        }
        opt.ts = 0;
        opt.rr = 0;
        opt.rr_needaddr = false;
        opt.ts_needaddr = false;
        opt.ts_needtime = false;
    }

    /** Works out which address of ours is recorded, when it is first needed. */
    static void spec_dst_fill(IntRef spec_dst, sk_buff skb) {
        if (spec_dst.val == INADDR_ANY) {
            spec_dst.val = fib_compute_spec_dst(skb);
        }
    }

    /**
     * Checks the options and notes where each of them is. Those of a received packet are completed on the way: our
     * address and the time are recorded. What is wrong with one is told to its sender.
     *
     * @param opt {@code optlen} is set, everything else 0
     * @param skb null: they are an application's, in {@code opt.__data}
     * @return 0, or {@code -EINVAL}
     */
    public static int ip_options_compile(net net, ip_options opt, sk_buff skb) {
        IntRef spec_dst = new IntRef(INADDR_ANY);
        int pp_ptr;
        rtable rt = null;
        byte[] b;
        int optptr;
        int iph;
        int optlen;
        int l;

        if (skb != null) {
            rt = skb_rtable(skb);
            b = skb.head;
            optptr = skb_network_header(skb) + iphdr.SIZE;
        } else {
            b = opt.__data;
            optptr = 0;
        }
        iph = optptr - iphdr.SIZE;

        error:
        {
            for (l = opt.optlen; l > 0; ) {
                switch (get8(b, optptr)) {
                    case IPOPT_END:
                        for (optptr++, l--; l > 0; optptr++, l--) {
                            if (b[optptr] != IPOPT_END) {
                                b[optptr] = IPOPT_END;
                                opt.is_changed = true;
                            }
                        }
                        return 0;
                    case IPOPT_NOOP:
                        l--;
                        optptr++;
                        continue;
                    default:
                        break;
                }
                if (l < 2) {
                    pp_ptr = optptr;
                    break error;
                }
                optlen = get8(b, optptr + 1);
                if (optlen < 2 || optlen > l) {
                    pp_ptr = optptr;
                    break error;
                }
                switch (get8(b, optptr)) {
                    case IPOPT_SSRR:
                    case IPOPT_LSRR:
                        if (optlen < 3) {
                            pp_ptr = optptr + 1;
                            break error;
                        }
                        if (get8(b, optptr + 2) < 4) {
                            pp_ptr = optptr + 2;
                            break error;
                        }
                        if (opt.srr != 0) {
                            pp_ptr = optptr;
                            break error;
                        }
                        if (skb == null) {
                            if (get8(b, optptr + 2) != 4 || optlen < 7 || (optlen - 3 & 3) != 0) {
                                pp_ptr = optptr + 1;
                                break error;
                            }
                            opt.faddr = get32(b, optptr + 3);
                            if (optlen > 7) {
                                System.arraycopy(b, optptr + 7, b, optptr + 3, optlen - 7);
                            }
                        }
                        opt.is_strictroute = get8(b, optptr) == IPOPT_SSRR;
                        opt.srr = optptr - iph;
                        break;
                    case IPOPT_RR:
                        if (opt.rr != 0) {
                            pp_ptr = optptr;
                            break error;
                        }
                        if (optlen < 3) {
                            pp_ptr = optptr + 1;
                            break error;
                        }
                        if (get8(b, optptr + 2) < 4) {
                            pp_ptr = optptr + 2;
                            break error;
                        }
                        if (get8(b, optptr + 2) <= optlen) {
                            if (get8(b, optptr + 2) + 3 > optlen) {
                                pp_ptr = optptr + 2;
                                break error;
                            }
                            if (rt != null) {
                                spec_dst_fill(spec_dst, skb);
                                put32(b, optptr + get8(b, optptr + 2) - 1, spec_dst.val);
                                opt.is_changed = true;
                            }
                            put8(b, optptr + 2, get8(b, optptr + 2) + 4);
                            opt.rr_needaddr = true;
                        }
                        opt.rr = optptr - iph;
                        break;
                    case IPOPT_TIMESTAMP:
                        if (opt.ts != 0) {
                            pp_ptr = optptr;
                            break error;
                        }
                        if (optlen < 4) {
                            pp_ptr = optptr + 1;
                            break error;
                        }
                        if (get8(b, optptr + 2) < 5) {
                            pp_ptr = optptr + 2;
                            break error;
                        }
                        if (get8(b, optptr + 2) <= optlen) {
                            int timeptr = -1;
                            if (get8(b, optptr + 2) + 3 > get8(b, optptr + 1)) {
                                pp_ptr = optptr + 2;
                                break error;
                            }
                            switch (b[optptr + 3] & 0xF) {
                                case IPOPT_TS_TSONLY:
                                    if (skb != null) {
                                        timeptr = optptr + get8(b, optptr + 2) - 1;
                                    }
                                    opt.ts_needtime = true;
                                    put8(b, optptr + 2, get8(b, optptr + 2) + 4);
                                    break;
                                case IPOPT_TS_TSANDADDR:
                                    if (get8(b, optptr + 2) + 7 > get8(b, optptr + 1)) {
                                        pp_ptr = optptr + 2;
                                        break error;
                                    }
                                    if (rt != null) {
                                        spec_dst_fill(spec_dst, skb);
                                        put32(b, optptr + get8(b, optptr + 2) - 1, spec_dst.val);
                                        timeptr = optptr + get8(b, optptr + 2) + 3;
                                    }
                                    opt.ts_needaddr = true;
                                    opt.ts_needtime = true;
                                    put8(b, optptr + 2, get8(b, optptr + 2) + 8);
                                    break;
                                case IPOPT_TS_PRESPEC:
                                    if (get8(b, optptr + 2) + 7 > get8(b, optptr + 1)) {
                                        pp_ptr = optptr + 2;
                                        break error;
                                    }
                                    {
                                        int addr;
                                        addr = get32(b, optptr + get8(b, optptr + 2) - 1);
                                        if (inet_addr_type(net, addr) == RTN_UNICAST) {
                                            break;
                                        }
                                        if (skb != null) {
                                            timeptr = optptr + get8(b, optptr + 2) + 3;
                                        }
                                    }
                                    opt.ts_needtime = true;
                                    put8(b, optptr + 2, get8(b, optptr + 2) + 8);
                                    break;
                                default:
                                    break;
                            }
                            if (timeptr >= 0) {
                                int midtime;
                                midtime = midtime();
                                put32(b, timeptr, midtime);
                                opt.is_changed = true;
                            }
                        } else if ((b[optptr + 3] & 0xF) != IPOPT_TS_PRESPEC) {
                            int overflow = get8(b, optptr + 3) >> 4;
                            if (overflow == 15) {
                                pp_ptr = optptr + 3;
                                break error;
                            }
                            if (skb != null) {
                                put8(b, optptr + 3, b[optptr + 3] & 0xF | overflow + 1 << 4);
                                opt.is_changed = true;
                            }
                        }
                        opt.ts = optptr - iph;
                        break;
                    case IPOPT_RA:
                        if (optlen < 4) {
                            pp_ptr = optptr + 1;
                            break error;
                        }
                        if (b[optptr + 2] == 0 && b[optptr + 3] == 0) {
                            opt.router_alert = optptr - iph;
                        }
                        break;
                    case IPOPT_CIPSO:
                        if (opt.cipso != 0) {
                            pp_ptr = optptr;
                            break error;
                        }
                        opt.cipso = optptr - iph;
                        int wrong = cipso_v4_validate(b, optptr);
                        if (wrong != 0) {
                            pp_ptr = optptr + wrong;
                            break error;
                        }
                        break;
                    case IPOPT_SEC:
                    case IPOPT_SID:
                    default:
                        break;
                }
                l -= optlen;
                optptr += optlen;
            }

            return 0;
        }

        if (skb != null) {
            icmp_send(skb, ICMP_PARAMETERPROB, 0, pp_ptr - iph << 24);
        }
        return -EINVAL;
    }

    /** Undoes what {@link #ip_options_compile} has changed in an application's options, to show them to it. */
    public static void ip_options_undo(ip_options opt) {
        byte[] b = opt.__data;

        if (opt.srr != 0) {
            int optptr = opt.srr - iphdr.SIZE;
            System.arraycopy(b, optptr + 3, b, optptr + 7, get8(b, optptr + 1) - 7);
            put32(b, optptr + 3, opt.faddr);
        }
        if (opt.rr_needaddr) {
            int optptr = opt.rr - iphdr.SIZE;
            put8(b, optptr + 2, get8(b, optptr + 2) - 4);
            put32(b, optptr + get8(b, optptr + 2) - 1, 0);
        }
        if (opt.ts != 0) {
            int optptr = opt.ts - iphdr.SIZE;
            if (opt.ts_needtime) {
                put8(b, optptr + 2, get8(b, optptr + 2) - 4);
                put32(b, optptr + get8(b, optptr + 2) - 1, 0);
                if ((b[optptr + 3] & 0xF) == IPOPT_TS_PRESPEC) {
                    put8(b, optptr + 2, get8(b, optptr + 2) - 4);
                }
            }
            if (opt.ts_needaddr) {
                put8(b, optptr + 2, get8(b, optptr + 2) - 4);
                put32(b, optptr + get8(b, optptr + 2) - 1, 0);
            }
        }
    }

    static ip_options ip_options_get_alloc(int optlen) {
        if (Gfp.fails(GFP_KERNEL)) {
            return null;
        }
        ip_options opt = new ip_options();
        opt.__data = new byte[optlen + 3 & ~3];
        return opt;
    }

    static int ip_options_get_finish(net net, Ref<ip_options> optp, ip_options opt, int optlen) {
        while ((optlen & 3) != 0) {
            opt.__data[optlen++] = IPOPT_END;
        }
        opt.optlen = optlen;
        if (optlen != 0 && ip_options_compile(net, opt, null) != 0) {
            return -EINVAL;
        }
        optp.val = opt;
        return 0;
    }

    /** What an application wants in its packets. @return 0, {@code -ENOMEM}, or {@code -EINVAL} */
    public static int ip_options_get(net net, Ref<ip_options> optp, byte[] data, int optlen) {
        ip_options opt = ip_options_get_alloc(optlen);

        if (opt == null) {
            return -ENOMEM;
        }
        if (optlen != 0) {
            System.arraycopy(data, 0, opt.__data, 0, optlen);
        }
        return ip_options_get_finish(net, optp, opt, optlen);
    }

    /** A router completes the options of a packet that goes through it. */
    public static void ip_forward_options(sk_buff skb) {
        ip_options opt = IPCB(skb).opt;
        int optptr;
        rtable rt = skb_rtable(skb);
        byte[] b = skb.head;
        int raw = skb_network_header(skb);

        if (opt.rr_needaddr) {
            optptr = raw + opt.rr;
            ip_rt_get_source(b, optptr + get8(b, optptr + 2) - 5, skb, rt);
            opt.is_changed = true;
        }
        if (opt.srr_is_hit) {
            int srrptr;
            int srrspace;

            optptr = raw + opt.srr;

            for (srrptr = get8(b, optptr + 2), srrspace = get8(b, optptr + 1); srrptr <= srrspace; srrptr += 4) {
                if (srrptr + 3 > srrspace) {
                    break;
                }
                if (opt.nexthop == get32(b, optptr + srrptr - 1)) {
                    break;
                }
            }
            if (srrptr + 3 <= srrspace) {
                opt.is_changed = true;
                ip_hdr(skb).daddr(opt.nexthop);
                ip_rt_get_source(b, optptr + srrptr - 1, skb, rt);
                put8(b, optptr + 2, srrptr + 4);
            } else {
                net_crit_ratelimited("ip_forward_options(): Argh! Destination lost!\n");
            }
            if (opt.ts_needaddr) {
                optptr = raw + opt.ts;
                ip_rt_get_source(b, optptr + get8(b, optptr + 2) - 9, skb, rt);
                opt.is_changed = true;
            }
        }
        if (opt.is_changed) {
            opt.is_changed = false;
            ip_send_check(ip_hdr(skb));
        }
    }

    /** A packet with a source route has reached one of its hops: finds the way to the next. @return 0 or {@code -EINVAL} */
    public static int ip_options_rcv_srr(sk_buff skb) {
        ip_options opt = IPCB(skb).opt;
        int srrspace;
        int srrptr;
        int nexthop = 0;
        iphdr iph = ip_hdr(skb);
        byte[] b = skb.head;
        int optptr = skb_network_header(skb) + opt.srr;
        rtable rt = skb_rtable(skb);
        rtable rt2;
        dst_entry orefdst;
        boolean orefdstNoref;
        int err;

        if (rt == null) {
            return 0;
        }

        if (skb.pkt_type != PACKET_HOST) {
            return -EINVAL;
        }
        if (rt.rt_type == RTN_UNICAST) {
            if (!opt.is_strictroute) {
                return 0;
            }
            icmp_send(skb, ICMP_PARAMETERPROB, 0, 16 << 24);
            return -EINVAL;
        }
        if (rt.rt_type != RTN_LOCAL) {
            return -EINVAL;
        }

        for (srrptr = get8(b, optptr + 2), srrspace = get8(b, optptr + 1); srrptr <= srrspace; srrptr += 4) {
            if (srrptr + 3 > srrspace) {
                icmp_send(skb, ICMP_PARAMETERPROB, 0, opt.srr + 2 << 24);
                return -EINVAL;
            }
            nexthop = get32(b, optptr + srrptr - 1);

            orefdst = skb._skb_refdst;
            orefdstNoref = skb._skb_dst_noref;
            skb_dst_set(skb, null);
            err = ip_route_input(skb, nexthop, iph.saddr(), iph.tos(), skb.dev);
            rt2 = skb_rtable(skb);
            if (err != 0 || rt2.rt_type != RTN_UNICAST && rt2.rt_type != RTN_LOCAL) {
                skb_dst_drop(skb);
                skb._skb_refdst = orefdst;
                skb._skb_dst_noref = orefdstNoref;
                return -EINVAL;
            }
            refdst_drop(orefdst, orefdstNoref);
            if (rt2.rt_type != RTN_LOCAL) {
                break;
            }
            iph.daddr(nexthop);
            opt.is_changed = true;
        }
        if (srrptr <= srrspace) {
            opt.srr_is_hit = true;
            opt.nexthop = nexthop;
            opt.is_changed = true;
        }
        return 0;
    }
}
