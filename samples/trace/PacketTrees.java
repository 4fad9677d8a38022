// SPDX-License-Identifier: GPL-2.0-only
package trace;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import linux.netdevice.PacketTap;
import linux.netdevice.net_device;
import linux.skbuff.sk_buff;

/**
 * Finds for each packet the call that builds and sends it, and the calls that receive it, with all that they call: one from the device on, and
 * a second one if the packet had to wait in a backlog or a prequeue.
 *
 * <p>Whether a call sends a packet is known when the packet leaves. So what a builder calls is kept until then.
 */
abstract class PacketTrees implements Sink {
    /** Functions that build a packet, or at least begin to send one. */
    private static final Set<String> BUILDERS = Set.of("tcp_transmit_skb", "tcp_v4_send_synack", "tcp_v4_send_reset", "tcp_v4_send_ack",
            "tcp_xmit_probe_skb", "tcp_send_ack", "ip_queue_xmit", "ip_send_unicast_reply", "ip_build_and_send_pkt", "ip_local_out", "dev_queue_xmit");

    private static final Set<String> RECEIVERS = Set.of("__netif_receive_skb", "ip_rcv", "tcp_v4_do_rcv", "mptcp_backlog_rcv");

    /** A call's beginning, or its end. */
    record Event(Call call, boolean begins, Object result) {}

    /** A call that sends or receives a packet. */
    static final class Root {
        final Call call;
        final List<Event> events = new ArrayList<>();

        /** The packet that it receives, or 0. */
        final int received;

        /** Packets that it sends: one, or several segments of a large one. */
        final List<Integer> sent = new ArrayList<>();

        Root(Call call, int received) {
            this.call = call;
            this.received = received;
        }

        boolean isSender() {
            return received == 0;
        }
    }

    protected final Names names;
    private final Deque<Root> roots = new ArrayDeque<>();

    PacketTrees(Names names) {
        this.names = names;
    }

    /** A call begins that may send a packet, or receives one. */
    abstract void began(Root root) throws IOException;

    /** It has ended. */
    abstract void finished(Root root) throws IOException;

    @Override
    public void enter(Call c) throws IOException {
        c.text(names);
        boolean sends = false;
        boolean receives = false;
        for (Root r : roots) {
            if (!isApart(c, r.call)) {
                sends |= r.isSender();
                receives |= !r.isSender();
            }
        }
        Root root = null;
        if (!sends && BUILDERS.contains(c.name())) {
            root = new Root(c, 0);
        } else if (!sends && !receives && RECEIVERS.contains(c.name()) && c.arg("skb") instanceof sk_buff) {
            int number = names.packet((sk_buff) c.arg("skb"));
            root = number > 0 ? new Root(c, number) : null;
        }
        note(new Event(c, true, null), sends);
        if (root != null) {
            roots.addLast(root);
            root.events.add(new Event(c, true, null));
            began(root);
        }
    }

    /** A receiver keeps of a packet that it sends only the outermost call: the rest is that packet's. */
    private void note(Event e, boolean sends) {
        for (Root r : roots) {
            if (!isApart(e.call, r.call) && (r.isSender() || !sends)) {
                r.events.add(e);
            }
        }
    }

    /** Does a softirq, or another task, lie between the two? */
    private static boolean isApart(Call c, Call root) {
        for (Call p = c; p != root; p = p.parent) {
            if (p == null || p.name().equals("__do_softirq")) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void exit(Call c, Object result) throws IOException {
        Root top = roots.peekLast();
        Root ended = null;
        if (top != null && c == top.call) {
            ended = roots.removeLast();
            ended.events.add(new Event(c, false, result));
        }
        boolean sends = false;
        for (Root r : roots) {
            sends |= r.isSender() && !isApart(c, r.call);
        }
        note(new Event(c, false, result), sends);
        if (ended != null) {
            finished(ended);
        }
    }

    @Override
    public void packet(int number, net_device dev, PacketTap.Direction direction, byte[] bytes, int length, Call inside) throws IOException {
        for (Root r : roots) {
            if (r.isSender() && inside != null && !isApart(inside, r.call)) {
                r.sent.add(number);
            }
        }
    }
}
