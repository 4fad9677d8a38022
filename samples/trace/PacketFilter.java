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
 * Lets through what sends one packet and what receives it: the call that builds it with all that this calls, and the call that takes it from
 * the device; with their callers, each alone.
 *
 * <p>Whether a packet will be the one is known when it leaves. So the calls of each packet under construction are kept until it has left, and
 * those of all others are forgotten.
 */
final class PacketFilter implements Sink {
    /** Functions that build a packet, outermost first where one calls another. */
    private static final Set<String> BUILDERS = Set.of("tcp_transmit_skb", "tcp_v4_send_synack", "tcp_v4_send_reset", "tcp_v4_send_ack",
            "tcp_xmit_probe_skb", "tcp_send_ack", "mptcp_v4_send_synack", "ip_queue_xmit", "ip_send_unicast_reply", "ip_build_and_send_pkt", "ip_local_out",
            "dev_queue_xmit");

    /** A call's beginning, or its end. */
    private record Event(Call call, boolean begins, Object result) {}

    /** A call that builds a packet, or receives the one that is wanted. */
    private static final class Root {
        final Call call;
        final List<Event> events = new ArrayList<>();
        boolean wanted;

        Root(Call call, boolean wanted) {
            this.call = call;
            this.wanted = wanted;
        }
    }

    private final Sink to;
    private final Names names;
    private final int number;
    private final Deque<Root> roots = new ArrayDeque<>();


    PacketFilter(Sink to, Names names, int number) {
        this.to = to;
        this.names = names;
        this.number = number;
    }

    @Override
    public void enter(Call c) {
        c.text(names);
        Root top = roots.peekLast();
        boolean apart = top == null || isApart(c, top.call);
        Object skb = c.arg("skb");
        boolean receives = c.softirq && skb instanceof sk_buff && names.packet((sk_buff) skb) == number;
        if (apart && (BUILDERS.contains(c.name()) || receives)) {
            roots.addLast(top = new Root(c, receives));
            apart = false;
        }
        if (!apart) {
            top.events.add(new Event(c, true, null));
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
        if (top == null || isApart(c, top.call)) {
            return;
        }
        top.events.add(new Event(c, false, result));
        if (c == top.call) {
            roots.removeLast();
            if (top.wanted) {
                show(top);
            }
        }
    }

    private void show(Root root) throws IOException {
        Deque<Call> callers = new ArrayDeque<>();
        for (Call p = root.call.parent; p != null; p = p.parent) {
            if (p.shown) {
                callers.addFirst(p);
            }
        }
        to.switched(root.call.context);
        for (Call p : callers) {
            to.enter(p);
        }
        for (Event e : root.events) {
            if (e.begins) {
                to.enter(e.call);
            } else {
                to.exit(e.call, e.result);
            }
        }
        for (Call p : (Iterable<Call>) callers::descendingIterator) {
            to.exit(p, null);
        }
    }

    @Override
    public void packet(int packet, net_device dev, PacketTap.Direction direction, byte[] bytes, int length, Call inside) throws IOException {
        if (packet == number) {
            for (Root r : roots) {
                r.wanted |= inside != null && !isApart(inside, r.call);
            }
        }
    }

    @Override
    public void end() throws IOException {
        to.end();
    }
}
