// SPDX-License-Identifier: GPL-2.0-only
package testing;

import static linux.interrupt.Softirq.in_serving_softirq;
import static linux.netdevice.Packets.dev_add_pack;
import static linux.skbuff.Free.kfree_skb;

import java.util.ArrayList;
import java.util.List;
import linux.netdevice.net_device;
import linux.netdevice.packet_type;
import linux.skbuff.sk_buff;

/** A protocol that writes down the packets it gets. */
public final class Sink {
    /** A type that no real protocol has: IEEE 802 local experimental. */
    public static final int TYPE = 0x88b5;

    /** A packet as the protocol got it: from its own header on. */
    public record Got(net_device dev, net_device origDev, byte[] bytes, int pkt_type, int ip_summed, boolean inSoftirq) {}

    public final List<Got> got = new ArrayList<>();

    /** How deep the Java stack was when the last one came. */
    public List<String> stack;

    public final packet_type pt;

    /** What {@code func} does beside, before it frees the packet; may be null. */
    public java.util.function.Consumer<sk_buff> also;

    public Sink(int type) {
        pt = new packet_type(type, this::receive);
    }

    /** Registered for {@link #TYPE}. */
    public static Sink open() {
        Sink s = new Sink(TYPE);
        dev_add_pack(s.pt);
        return s;
    }

    private int receive(sk_buff skb, net_device dev, packet_type pt, net_device orig_dev) {
        got.add(new Got(dev, orig_dev, Skbs.bytes(skb), skb.pkt_type, skb.ip_summed, in_serving_softirq()));
        stack = StackWalker.getInstance()
                .walk(s -> s.map(StackWalker.StackFrame::getMethodName).toList());
        if (also != null) {
            also.accept(skb);
        }
        kfree_skb(skb);
        return 0;
    }
}
