// SPDX-License-Identifier: GPL-2.0-only
package testing;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.netdevice.Netdev.LL_RESERVED_SPACE;
import static linux.netdevice.Netdev.dev_hard_header;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Headers.skb_reset_network_header;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.types.Be.get16;
import static linux.types.Be.put16;
import static linux.types.Be.put32;
import static net.checksum.Csum.csum_partial;
import static net.checksum.Csum.csum_tcpudp_magic;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;
import static uapi.linux.in.In.IPPROTO_TCP;

import linux.netdevice.net_device;
import linux.skbuff.sk_buff;

/** Packets ready for {@code dev_queue_xmit}. */
public final class Frames {
    private Frames() {}

    /** Flags of TCP. */
    public static final int FLAG_FIN = 1;

    public static final int FLAG_SYN = 2;
    public static final int FLAG_PSH = 8;
    public static final int FLAG_ACK = 0x10;

    /** {@code n} numbered bytes of a protocol, to the station {@code to}. */
    public static sk_buff to(net_device dev, byte[] to, int type, int n) {
        sk_buff skb = alloc_skb(LL_RESERVED_SPACE(dev) + n, GFP_KERNEL);
        skb_reserve(skb, LL_RESERVED_SPACE(dev));
        int at = skb_put(skb, n);
        System.arraycopy(Skbs.count(0, n), 0, skb.head, at, n);
        return finish(skb, dev, to, type);
    }

    private static sk_buff finish(sk_buff skb, net_device dev, byte[] to, int type) {
        skb_reset_network_header(skb);
        skb.dev = dev;
        skb.protocol = type;
        dev_hard_header(skb, dev, type, to, null, skb.len);
        return skb;
    }

    /** {@code n} bytes of {@link Sink#TYPE} by a loopback. */
    public static sk_buff loop(net_device lo, int n) {
        return to(lo, lo.dev_addr, Sink.TYPE, n);
    }

    /** A TCP segment, as it leaves the stack: its checksum left to the device. */
    public static sk_buff tcp(net_device dev, byte[] to, int source, int dest, int seq, int flags, byte[] options, int payload) {
        int tcpLen = 20 + options.length + payload;
        int n = 20 + tcpLen;
        sk_buff skb = alloc_skb(LL_RESERVED_SPACE(dev) + n, GFP_KERNEL);
        skb_reserve(skb, LL_RESERVED_SPACE(dev));
        int ip = skb_put(skb, n);
        byte[] b = skb.head;
        b[ip] = 0x45;
        put16(b, ip + 2, n);
        b[ip + 8] = 64;
        b[ip + 9] = IPPROTO_TCP;
        put32(b, ip + 12, 0x0a010001);
        put32(b, ip + 16, 0x0a010002);
        int th = ip + 20;
        put16(b, th, source);
        put16(b, th + 2, dest);
        put32(b, th + 4, seq);
        b[th + 12] = (byte) ((20 + options.length) / 4 << 4);
        b[th + 13] = (byte) flags;
        put16(b, th + 14, 1000);
        System.arraycopy(options, 0, b, th + 20, options.length);
        System.arraycopy(Skbs.count(0, payload), 0, b, th + 20 + options.length, payload);
        put16(b, th + 16, ~csum_tcpudp_magic(0x0a010001, 0x0a010002, tcpLen, IPPROTO_TCP, 0) & 0xffff);
        skb.ip_summed = CHECKSUM_PARTIAL;
        skb.csum_start = th;
        skb.csum_offset = 16;
        return finish(skb, dev, to, ETH_P_IP);
    }

    /** Is the TCP checksum of a frame right? */
    public static boolean checksumRight(byte[] frame) {
        int len = get16(frame, 16) - 20;
        return csum_tcpudp_magic(0x0a010001, 0x0a010002, len, IPPROTO_TCP, csum_partial(frame, 34, len, 0)) == 0;
    }
}
