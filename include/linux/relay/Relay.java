// SPDX-License-Identifier: GPL-2.0-only
package linux.relay;

import static linux.err.Err.IS_ERR;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.kernel.Kernel.u32;
import static linux.moduleparam.ModuleParams.read;
import static linux.netdevice.Gso.skb_gso_segment;
import static linux.netdevice.Netdev.LL_RESERVED_SPACE;
import static linux.netdevice.Open.dev_open;
import static linux.netdevice.Packets.dev_add_pack;
import static linux.netdevice.Packets.dev_remove_pack;
import static linux.netdevice.Xmit.dev_queue_xmit;
import static linux.rtnetlink.Rtnl.rtnl_lock;
import static linux.rtnetlink.Rtnl.rtnl_unlock;
import static linux.sched.Sched.compute;
import static linux.sched.Sched.kthread_create;
import static linux.sched.Sched.schedule_hrtimeout;
import static linux.sched.Sched.set_current_state;
import static linux.sched.Sched.wake_up_process;
import static linux.sched.task_struct.TASK_INTERRUPTIBLE;
import static linux.sched.task_struct.TASK_RUNNING;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Bits.skb_copy_bits;
import static linux.skbuff.Clone.skb_share_check;
import static linux.skbuff.Copy.skb_copy;
import static linux.skbuff.Data.skb_push;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Free.consume_skb;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Gso.skb_is_gso;
import static linux.skbuff.Headers.skb_reset_mac_header;
import static linux.skbuff.Headers.skb_reset_network_header;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.types.Be.get16;
import static linux.types.Be.put16;
import static net.checksum.Csum.csum_fold;
import static net.checksum.Csum.csum_partial;
import static net.net_namespace.NetNs.init_net;
import static net.tcp.Sequence.after;
import static uapi.linux.if_ether.IfEther.ETH_ALEN;
import static uapi.linux.if_ether.IfEther.ETH_P_ALL;
import static uapi.linux.if_packet.IfPacket.PACKET_OUTGOING;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import linux.hrtimer.Clock;
import linux.netdevice.Veth;
import linux.netdevice.net_device;
import linux.netdevice.packet_type;
import linux.sched.task_struct;
import linux.skbuff.Free;
import linux.skbuff.sk_buff;
import net.net_namespace.net;

/**
 * The relay that the recordings of the real kernel were made with. It stands between a client and a server, each in a namespace of
 * its own, on one or more paths: every frame that comes in on one side goes out on the other after the one-way delay, in order; its
 * checksum is completed, as on a wire; and {@link RelayRule rules} lose, double, reorder, delay and change some.
 *
 * <pre>
 *   client                   init namespace                    server
 *  +------+  veth  +---------------------------------+  veth  +------+
 *  |  c0  |--------| rc0  --- delay, rules, log ---  rs0 |------|  s0  |   path 1
 *  |  c1  |--------| rc1  ---                   ---  rs1 |------|  s1  |   path 2
 *  +------+        +---------------------------------+        +------+
 * </pre>
 *
 * <p>On its own devices it is a tap, like the program with packet sockets that it stands for: the stack below sees the packet too,
 * and drops it because it is for another station. A socket keeps a clone until the program reads it, on its way a frame is bytes in the
 * program's memory, and what arrives is a new packet: it costs as much memory as one that was received.
 *
 * <p>The relay is a task that is more urgent than all others. In each round it reads all frames that have come, one direction after
 * the other, and sends all that are due; then it sleeps until the next frame is due or comes. So frames that are due at the same time
 * arrive together, before the tasks that they wake can run; one that is due a moment later arrives after those have had their turn. And
 * while a burst of large frames is read nothing arrives.
 */
public final class Relay {
    /** Unless {@link #addPath} says otherwise: 10 ms. */
    public static final long DEFAULT_DELAY = 10 * Clock.NSEC_PER_MSEC;

    /** Something that the relay did. */
    public record LogLine(long ns, String text) {
        /** As the recordings have it: seconds since the start, who, what. */
        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%d.%06d relay %s", ns / 1_000_000_000, ns / 1000 % 1_000_000, text);
        }
    }

    private final List<Path> paths = new ArrayList<>();
    private final List<RelayRule> rules = new ArrayList<>();
    private final List<LogLine> log = new ArrayList<>();
    private final List<Line> lines = new ArrayList<>();
    private final task_struct task = kthread_create("relay", this::work);
    private long startTime = Clock.now();
    private boolean closed;

    /**
     * What the relay's work takes, nanoseconds of the CPU's time.
     *
     * @param tap to put a frame that has come into a socket's queue
     * @param read to read one, up to the moment that counts as its arrival
     * @param handle to look at it, and to sum it up; {@code handleByte} for each of its bytes
     * @param look to look for another one in vain
     * @param send to send one, up to the device; {@code sendByte} for each of its bytes; {@code sent} after that
     * @param poll to find out that there is something to do
     * @param sleep to go to sleep; {@code wake} to come back when a frame has come, {@code wakeDue} when the time is over
     * @param each in poll, before sleep and after either for each device that it watches
     * @param note to write a character of the log
     */
    public record Costs(long tap, long read, long handle, double handleByte, long look, long send, double sendByte, long sent,
            long poll, long sleep, long wake, long wakeDue, long each, long note) {
        /** It takes no time. */
        static final Costs FREE = new Costs(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    private Costs costs = Costs.FREE;

    public Relay() {
        task.urgent = true;
        wake_up_process(task);
    }

    /** The relay's own work costs this from now on. */
    public void costs(Costs costs) {
        this.costs = costs;
    }

    /** The task: a round, a nap, a round. */
    private void work() {
        while (!closed) {
            lines.forEach(Line::readAll);
            sendDue();
            nap();
        }
    }

    /** Sends what has arrived, and what arrives while it does: of all directions, in the order in which it is due. */
    private void sendDue() {
        while (!lines.isEmpty()) {
            Line first = lines.get(0);
            for (Line l : lines) {
                if (l.due() < first.due()) {
                    first = l;
                }
            }
            if (first.due() > Clock.now()) {
                break;
            }
            first.arrive();
        }
    }

    private void nap() {
        long due = Long.MAX_VALUE;
        boolean unread = false;
        for (Line l : lines) {
            due = Math.min(due, l.due());
            unread |= !l.unread.isEmpty();
        }
        long rest = due == Long.MAX_VALUE ? due : due - Clock.now();
        if (!closed && !unread && rest > 0) {
            // It asks for a time to sleep, and gets that much from when it has asked. Even if that is over before it sleeps, others run first.
            compute(costs.sleep);
            long until = rest == Long.MAX_VALUE ? rest : Clock.now() + rest;
            compute(lines.size() * costs.each);
            set_current_state(TASK_INTERRUPTIBLE);
            boolean timedOut = schedule_hrtimeout(until) == 0;
            set_current_state(TASK_RUNNING);
            compute((timedOut ? costs.wakeDue : costs.wake) + lines.size() * costs.each);
        } else {
            compute(costs.poll + lines.size() * costs.each);
        }
    }

    /** A pair of devices at either end. */
    public static final class Path {
        /** Counted from 1. */
        public final int number;

        /** The client's device and the server's. */
        public final net_device client;

        public final net_device server;

        private final Line c2s;
        private final Line s2c;

        private Path(Relay relay, int number, net_device client, net_device server, long delay) {
            this.number = number;
            this.client = client;
            this.server = server;
            net_device relayClient = Veth.peer(client);
            net_device relayServer = Veth.peer(server);
            c2s = new Line(relay, number, Direction.C2S, relayClient, relayServer, delay);
            s2c = new Line(relay, number, Direction.S2C, relayServer, relayClient, delay);
            relay.lines.add(c2s);
            relay.lines.add(s2c);
        }
    }

    /** One direction of a path: what has gone through, and what is on its way. */
    private static final class Line {
        private final Relay relay;
        private final int path;
        private final Direction direction;
        private final net_device out;
        private final long delay;
        private final packet_type hook;
        /** What has come and was not read yet: the socket's queue. */
        private final ArrayDeque<sk_buff> unread = new ArrayDeque<>();

        /** Frames on their way and when they arrive, in this order. */
        private final ArrayDeque<byte[]> frames = new ArrayDeque<>();

        private final ArrayDeque<Long> times = new ArrayDeque<>();

        /** New data segments that have come. */
        private long segments;

        /** The end of what each flow has sent, and where it began. */
        private final Map<TcpFlow, int[]> sent = new HashMap<>();

        /** Nothing arrives before this. */
        private long stalledUntil;

        /** The frames that a {@code swap} holds, and the number of the last one that it waits for. */
        private final List<byte[]> held = new ArrayList<>();

        private RelayRule holding;

        private Line(Relay relay, int path, Direction direction, net_device in, net_device out, long delay) {
            this.relay = relay;
            this.path = path;
            this.direction = direction;
            this.out = out;
            this.delay = delay;
            hook = new packet_type(ETH_P_ALL, this::receive);
            hook.dev = in;
            dev_add_pack(hook);
        }

        /** The tap: takes what comes in, from its Ethernet header on. */
        private int receive(sk_buff skb, net_device dev, packet_type pt, net_device orig_dev) {
            if (skb.pkt_type == PACKET_OUTGOING) {
                consume_skb(skb);
                return 0;
            }
            Clock.spend(relay.costs.tap);
            skb = skb_share_check(skb, GFP_ATOMIC);
            if (skb == null) {
                return 0;
            }
            skb_push(skb, skb.data - skb.mac_header);
            if (skb_is_gso(skb)) {
                receiveSegments(skb);
            } else {
                comes(skb);
            }
            return 0;
        }

        /** Leaves a frame for the task. */
        private void comes(sk_buff skb) {
            unread.addLast(skb);
            wake_up_process(relay.task);
        }

        /** Takes in all frames that have come. */
        private void readAll() {
            while (!unread.isEmpty()) {
                sk_buff skb = unread.removeFirst();
                compute(relay.costs.read);
                byte[] frame = bytesOf(skb);
                consume_skb(skb);
                long now = Clock.now();
                compute(relay.costs.handle + (long) (frame.length * relay.costs.handleByte));
                take(frame, now);
            }
            compute(relay.costs.look);
        }

        /** When its first frame is due; {@code Long.MAX_VALUE}: there is none. */
        private long due() {
            return frames.isEmpty() ? Long.MAX_VALUE : times.peekFirst();
        }

        /** A wire has no large packets: splits it. */
        private void receiveSegments(sk_buff skb) {
            sk_buff whole = skb_copy(skb, GFP_ATOMIC);
            consume_skb(skb);
            if (whole == null) {
                return;
            }
            sk_buff segs = skb_gso_segment(whole, 0);
            kfree_skb(whole);
            while (segs != null && !IS_ERR(segs)) {
                sk_buff next = segs.next;
                segs.next = null;
                comes(segs);
                segs = next;
            }
        }

        /** What the program has when it has read the frame: its bytes, with its checksum completed. */
        private static byte[] bytesOf(sk_buff skb) {
            byte[] bytes = new byte[skb.len];
            skb_copy_bits(skb, 0, bytes, 0, bytes.length);
            if (skb.ip_summed == CHECKSUM_PARTIAL) {
                int start = skb.csum_start - skb.data;
                put16(bytes, start + skb.csum_offset, csum_fold(csum_partial(bytes, start, bytes.length - start, 0)));
            }
            return bytes;
        }

        /** What it sends: a packet of its own, linear. Null: no memory. */
        private sk_buff packetOf(byte[] bytes) {
            sk_buff skb = alloc_skb(LL_RESERVED_SPACE(out) + out.needed_tailroom + bytes.length, GFP_KERNEL);
            if (skb == null) {
                return null;
            }
            skb_reserve(skb, LL_RESERVED_SPACE(out));
            int at = skb_put(skb, bytes.length);
            System.arraycopy(bytes, 0, skb.head, at, bytes.length);
            skb_reset_mac_header(skb);
            skb_reset_network_header(skb);
            skb.protocol = get16(bytes, 2 * ETH_ALEN);
            skb.dev = out;
            return skb;
        }

        /** Applies the rules, and sends the frame on its way if it survives them. */
        private void take(byte[] bytes, long now) {
            RelayFrame frame = new RelayFrame(bytes);
            long newData = newData(frame);
            long ms = (now - relay.startTime) / Clock.NSEC_PER_MSEC;
            int copies = 1;

            for (RelayRule rule : relay.rules) {
                if (!rule.matches(path, direction, frame, newData, ms) || rule.count != 0 && rule.hits >= rule.count) {
                    continue;
                }
                switch (rule.action) {
                    case DROP:
                        rule.hits++;
                        relay.log(now, "drops %s path %d %s #%d (data segment %d, seq %d, len %d, flags 0x%02x)", direction.text(),
                                path, rule.kindText(), rule.hits, segments, u32(frame.headerSeq), frame.payload,
                                frame.flags);
                        return;
                    case DUP:
                        rule.hits++;
                        copies++;
                        relay.log(now, "duplicates %s data segment %d", direction.text(), segments);
                        break;
                    case STALL:
                        rule.hits++;
                        stalledUntil = now + rule.argument * Clock.NSEC_PER_MSEC;
                        relay.log(now, "holds everything in direction %s from data segment %d on for %d ms", direction.text(),
                                segments, rule.argument);
                        break;
                    case STRIP:
                        if (frame.isTcp && frame.strip(rule.joinOnly)) {
                            rule.hits++;
                            relay.log(now, "strips MPTCP options (%s) of %s packet, flags 0x%02x len %d",
                                    rule.joinOnly ? "join" : "mptcp", direction.text(), frame.flags, frame.payload);
                        }
                        break;
                    case CORRUPT:
                        if (frame.payload > 0) {
                            rule.hits++;
                            relay.log(now, "flips byte %d of %s data segment %d, len %d", frame.corrupt(), direction.text(),
                                    segments, frame.payload);
                        }
                        break;
                    case SWAP:
                        if (newData == rule.n && holding == null) {
                            rule.hits++;
                            holding = rule;
                            relay.log(now, "holds %s data segments %d..%d back", direction.text(), rule.n, rule.argument);
                        }
                        break;
                    default:
                        break;
                }
            }
            for (int i = 0; i < copies; i++) {
                pass(bytes, newData, now);
            }
        }

        /** The number of the new data segment that this is, or 0. */
        private long newData(RelayFrame frame) {
            if (!frame.isTcp) {
                return 0;
            }
            int[] range = sent.get(frame.flow);
            if (range == null || frame.syn() && range[0] != frame.seq) {
                range = new int[] {frame.seq, frame.seq};
                sent.put(frame.flow, range);
            }
            if (frame.payload > 0 && after(frame.seq + frame.payload, range[1])) {
                range[1] = frame.seq + frame.payload;
                return ++segments;
            }
            return 0;
        }

        /** Through a {@code swap} that holds segments, if there is one. */
        private void pass(byte[] frame, long newData, long now) {
            if (holding == null || newData == 0 || newData > holding.argument) {
                send(frame, now);
                return;
            }
            held.add(frame);
            if (newData == holding.argument) {
                relay.log(now, "releases them as last, middle ones, first");
                send(held.remove(held.size() - 1), now);
                byte[] firstOne = held.remove(0);
                held.forEach(h -> send(h, now));
                send(firstOne, now);
                held.clear();
                holding = null;
            }
        }

        private void send(byte[] frame, long now) {
            frames.addLast(frame);
            times.addLast(Math.max(now + delay, stalledUntil));
        }

        /** The first frame has arrived: puts it on the wire at the other side. */
        private void arrive() {
            times.removeFirst();
            byte[] frame = frames.removeFirst();
            compute(relay.costs.send + (long) (frame.length * relay.costs.sendByte));
            sk_buff skb = packetOf(frame);
            if (skb != null) {
                dev_queue_xmit(skb);
            }
            compute(relay.costs.sent);
        }

        private void close() {
            dev_remove_pack(hook);
            unread.forEach(Free::kfree_skb);
            unread.clear();
            frames.clear();
            times.clear();
            held.clear();
            holding = null;
        }
    }

    /**
     * Adds a path: makes a device at the client and one at the server, with the hardware addresses of the recordings, switches them
     * on and joins them. Addresses, routes and neighbours are the caller's business.
     *
     * @param clientName like "c0"; the relay's own device is "rc0"
     * @param delay one way, in nanoseconds
     */
    public Path addPath(net client, String clientName, net server, String serverName, long delay) {
        int number = paths.size() + 1;
        net_device c = newDevice(client, clientName, mac(number, 1));
        net_device s = newDevice(server, serverName, mac(number, 2));
        Path path = new Path(this, number, c, s, delay);
        paths.add(path);
        return path;
    }

    /** The address of the client's ({@code side} 1) and of the server's device (2) in the recordings. */
    private static byte[] mac(int path, int side) {
        return new byte[] {2, 0, 0, 0, (byte) path, (byte) side};
    }

    private static net_device newDevice(net net, String name, byte[] mac) {
        byte[] own = mac.clone();
        own[5] |= (byte) 0x80;
        net_device dev = Veth.createPair(new Veth.End(net, name, mac), new Veth.End(init_net, "r" + name, own));
        rtnl_lock();
        dev_open(Veth.peer(dev));
        dev_open(dev);
        rtnl_unlock();
        return dev;
    }

    /** A rule like {@code drop 1 c2s data 10 1}, behind those that there are. */
    public void addRule(String rule) {
        rules.add(RelayRule.parse(rule));
    }

    public void addRule(RelayRule rule) {
        rules.add(rule);
    }

    /** From now on times count: in the log and in rules of kind {@code time}. */
    public void start() {
        startTime = Clock.now();
    }

    private void log(long now, String format, Object... args) {
        String text = String.format(Locale.ROOT, format, args);
        log.add(new LogLine(now - startTime, text));
        compute(text.length() * costs.note);
    }

    /** What it has done to packets, in order. */
    public List<LogLine> log() {
        return Collections.unmodifiableList(log);
    }

    public List<Path> paths() {
        return Collections.unmodifiableList(paths);
    }

    /** Frames that are on their way or held. */
    public int inFlight() {
        int n = 0;
        for (Path p : paths) {
            n += p.c2s.unread.size() + p.s2c.unread.size() + p.c2s.frames.size() + p.c2s.held.size() + p.s2c.frames.size() + p.s2c.held.size();
        }
        return n;
    }

    /** Ends: frames on their way are lost, and all its devices go away, the client's and the server's too. */
    public void close() {
        closed = true;
        lines.clear();
        wake_up_process(task);
        task.exited.wait_for_completion();
        for (Path p : paths) {
            p.c2s.close();
            p.s2c.close();
            Veth.deletePair(p.client);
            Veth.deletePair(p.server);
        }
        paths.clear();
    }
}
