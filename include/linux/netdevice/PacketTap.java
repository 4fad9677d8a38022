// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.netdevice.Packets.dev_add_pack;
import static linux.netdevice.Packets.dev_remove_pack;
import static linux.skbuff.Bits.skb_copy_bits;
import static linux.skbuff.Free.consume_skb;
import static uapi.linux.if_.Iff.IFF_LOOPBACK;
import static uapi.linux.if_ether.IfEther.ETH_P_ALL;
import static uapi.linux.if_packet.IfPacket.PACKET_OUTGOING;

import java.util.function.Predicate;
import linux.hrtimer.Clock;
import linux.skbuff.sk_buff;

/**
 * Watches packets, like a packet socket: for captures and for tests. The listener gets a copy of the bytes and never the packet
 * itself, so that watching changes nothing; while nobody watches it costs nothing.
 *
 * <p>A packet is seen when the driver gets it and when it comes in. On a loopback, where the two follow each other at once, only
 * the first is shown. What leaves may have an unfinished checksum, and be larger than the MTU: nobody has split it yet.
 */
public final class PacketTap implements AutoCloseable {
    /** Which way the packet went, seen from the device. */
    public enum Direction {
        IN,
        OUT
    }

    /** @see PacketTap */
    public interface Listener {
        /**
         * Called in the middle of the stack: must not send anything.
         *
         * @param ns virtual time, nanoseconds since boot
         * @param bytes the frame from the Ethernet header on, as much of it as was asked for
         * @param wireLength bytes of the whole frame
         */
        void packet(net_device dev, Direction direction, long ns, byte[] bytes, int wireLength);
    }

    /** As many bytes as there are. */
    public static final int WHOLE = Integer.MAX_VALUE;

    private final packet_type hook = new packet_type(ETH_P_ALL, this::receive);
    private final Predicate<net_device> which;
    private final int snap;
    private final Listener listener;
    private boolean closed;

    private PacketTap(Predicate<net_device> which, int snap, Listener listener) {
        this.which = which;
        this.snap = snap;
        this.listener = listener;
    }

    /**
     * Begins to watch. A machine that boots forgets those who watched the one before.
     *
     * @param which devices, of any namespace
     * @param snap bytes wanted of each frame
     */
    public static PacketTap open(Predicate<net_device> which, int snap, Listener listener) {
        PacketTap tap = new PacketTap(which, snap, listener);
        dev_add_pack(tap.hook);
        return tap;
    }

    /** The same for one device. */
    public static PacketTap open(net_device dev, Listener listener) {
        PacketTap tap = new PacketTap(d -> d == dev, WHOLE, listener);
        tap.hook.dev = dev;
        dev_add_pack(tap.hook);
        return tap;
    }

    /** Watches no more. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            dev_remove_pack(hook);
        }
    }

    private int receive(sk_buff skb, net_device dev, packet_type pt, net_device orig_dev) {
        Direction direction = skb.pkt_type == PACKET_OUTGOING ? Direction.OUT : Direction.IN;

        if (!closed && (direction == Direction.OUT || (dev.flags & IFF_LOOPBACK) == 0) && which.test(dev)) {
            int header = skb.data - skb.mac_header;
            byte[] bytes = new byte[Math.min(snap, header + skb.len)];
            int fromHeader = Math.min(bytes.length, header);

            System.arraycopy(skb.head, skb.mac_header, bytes, 0, fromHeader);
            skb_copy_bits(skb, 0, bytes, fromHeader, bytes.length - fromHeader);
            listener.packet(dev, direction, Clock.now(), bytes, header + skb.len);
        }
        consume_skb(skb);
        return 0;
    }
}
