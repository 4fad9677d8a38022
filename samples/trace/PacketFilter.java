// SPDX-License-Identifier: GPL-2.0-only
package trace;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/** Lets through what sends one packet and what receives it, and of the callers of that each alone. */
final class PacketFilter extends PacketTrees {
    private final Sink to;
    private final int number;

    PacketFilter(Sink to, Names names, int number) {
        super(names);
        this.to = to;
        this.number = number;
    }

    @Override
    void began(Root root) {}

    @Override
    void finished(Root root) throws IOException {
        if (root.received != number && !root.sent.contains(number)) {
            return;
        }
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
            if (e.begins()) {
                to.enter(e.call());
            } else {
                to.exit(e.call(), e.result());
            }
        }
        for (Call p : (Iterable<Call>) callers::descendingIterator) {
            to.exit(p, null);
        }
    }

    @Override
    public void end() throws IOException {
        to.end();
    }
}
