// SPDX-License-Identifier: GPL-2.0-only
package trace;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import linux.hrtimer.Clock;
import linux.interrupt.Softirq;
import linux.netdevice.PacketTap;
import linux.netdevice.net_device;
import linux.sched.Sched;
import linux.sched.task_struct;
import linux.skbuff.sk_buff;
import net.sock.sock_common;
import weave.Function;

/**
 * Follows the functions of the kernel as they call each other: keeps a stack of calls for each task, gives sockets and packets their
 * names, and passes on what the filter lets through. It only looks, so that a traced run has the same packets at the same times.
 */
public final class Tracer implements AutoCloseable {
    /** The driver that gets a packet just after the taps have seen it, and gives the same one back. Others send it to another device. */
    private static final String LOOPBACK = "loopback_xmit";

    private final Filter filter;
    private final List<Sink> sinks;
    private final Names names;
    private final Stop stop;
    private final PacketTap tap;
    private final Map<task_struct, Context> contexts = new IdentityHashMap<>();
    private final Map<String, Integer> entries = new HashMap<>();

    private task_struct lastTask;
    private Context context;
    private long calls;
    private int packets;

    /** The packet that the taps have just seen, on its way to a driver; 0: none. */
    private int leaving;

    private Tracer(Filter filter, List<Sink> sinks, Names names, Stop stop, Predicate<net_device> devices) {
        this.filter = filter;
        this.sinks = sinks;
        this.names = names;
        this.stop = stop;
        tap = PacketTap.open(devices, PacketTap.WHOLE, this::packet);
    }

    /** Begins to trace: from now on, until it is closed, the probes report here. The packets of {@code devices} get numbers. */
    static Tracer open(Filter filter, List<Sink> sinks, Names names, Stop stop, Predicate<net_device> devices) {
        Tracer t = new Tracer(filter, sinks, names, stop, devices);
        Probe.tracer = t;
        if (stop != null) {
            stop.start();
        }
        return t;
    }

    private Context context() {
        task_struct task = Sched.current;
        if (task != lastTask) {
            lastTask = task;
            context = contexts.computeIfAbsent(task, Context::new);
            each(s -> s.switched(context));
        }
        return context;
    }

    void enter(Function f, Object[] args) {
        Context in = context();
        Call c = new Call(f, in.top, in, Clock.now(), Softirq.in_serving_softirq(), ++calls, args);
        in.top = c;
        notice(c);
        filter.decide(c, names);
        if (c.shown) {
            each(s -> s.enter(c));
        }
        if (stop != null) {
            stop.entered(c, entries.merge(f.name, 1, Integer::sum));
        }
    }

    void exit(Function f, Object result) {
        Context in = context();
        Call c = in.top;
        if (c == null || c.function != f) {
            // It was entered before the tracer began.
            return;
        }
        in.top = c.parent;
        if (f.name.equals("sk_clone_lock") && result != null) {
            names.born((sock_common) c.args[0], (sock_common) result);
        }
        if (c.shown) {
            each(s -> s.exit(c, result));
        }
        filter.left(c);
    }

    /** Who is who, seen from what is called. */
    private void notice(Call c) {
        if (c.name().equals("tcp_v4_connect")) {
            names.connects((sock_common) c.args[0]);
        } else if (leaving > 0 && c.name().equals(LOOPBACK)) {
            names.packet((sk_buff) c.args[0], leaving);
            leaving = 0;
        }
    }

    private void packet(net_device dev, PacketTap.Direction direction, long ns, byte[] bytes, int length) {
        int number = ++packets;
        Call inside = context().top;
        if (direction == PacketTap.Direction.OUT) {
            leaving = number;
        } else {
            for (Call c = inside; c != null; c = c.parent) {
                Object skb = c.arg("skb");
                if (skb instanceof sk_buff) {
                    names.packet((sk_buff) skb, number);
                    break;
                }
            }
        }
        each(s -> s.packet(number, dev, direction, bytes, length, inside));
        if (stop != null) {
            stop.packet(number, dev, direction, bytes);
        }
    }

    /** How many calls there were, shown or not. */
    public long calls() {
        return calls;
    }

    /** Ends the tracing. */
    @Override
    public void close() {
        if (Probe.tracer == this) {
            Probe.tracer = null;
            tap.close();
            each(Sink::end);
        }
    }

    /** What is done with a sink. */
    private interface Work {
        void on(Sink s) throws IOException;
    }

    private void each(Work work) {
        for (Sink s : sinks) {
            try {
                work.on(s);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
