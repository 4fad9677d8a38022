// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

import static linux.sched.Sched.current;
import static linux.sched.Sched.schedule_hrtimeout;
import static linux.sched.Sched.set_current_state;
import static linux.sched.Sched.wake_up_process;
import static linux.sched.task_struct.TASK_INTERRUPTIBLE;
import static linux.sched.task_struct.TASK_RUNNING;
import static linux.syscalls.SocketCalls.sys_getsockopt;
import static uapi.linux.socket.SocketOpt.SOL_TCP;
import static uapi.linux.tcp.TcpOpt.TCP_INFO;

import capture.PcapngWriter;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import linux.bug.Bug;
import linux.bug.Oops;
import linux.compiler.IntRef;
import linux.errno.Errno;
import linux.hrtimer.Clock;
import linux.init.Machine;
import linux.netdevice.PacketTap;
import linux.printk.Printk;
import linux.sched.task_struct;
import uapi.linux.tcp.tcp_info;

/**
 * Plays a script on a machine that it boots for it: takes the place of the network and of the process. Events happen one after the
 * other; a packet of the host that no event expects is a mistake as soon as something else happens. Set a breakpoint in {@link
 * #play(Script.Event)} to step from event to event.
 */
public final class Runner {
    /** The machine is left alone for so long after it has booted. */
    private static final long IDLE = 2 * Clock.NSEC_PER_SEC;

    /** How long a packet may take that can come at any time: longer than a keepalive's first probe. */
    private static final long ANY_TIME = 3 * 3600 * Clock.NSEC_PER_SEC;

    /** A packet that has not come in time is looked for so much longer: to say when it came. */
    private static final long LATE = 20 * Clock.NSEC_PER_SEC;

    private final Script script;
    private final Settings settings;
    private final PrintStream out;
    private final Flows flows;
    private final Keys keys;
    private Tun tun;
    private SystemCalls calls;
    private Process process;
    private Packets packets;
    private ShellCommands shell;
    private task_struct me;
    private long start;

    /** When the event happens that is played, relative to the start; and the end of its range. */
    private long at;

    private long until;

    /** The number of the event that is played, and of the last packet that the script expects. */
    private int played;

    private int lastExpected = -1;

    /** The blocking call that has not come back. */
    private Script.Event sleeping;

    private long sleepsUntil;

    /** @param out where the exchange is shown, if that is asked for */
    public Runner(Script script, Settings settings, PrintStream out) throws ScriptException {
        this.script = script;
        this.settings = settings.copy();
        this.out = out;
        keys = new Keys(script.keys());
        flows = new Flows(this.settings);
        for (Script.Setting s : script.settings()) {
            String wrong = this.settings.set(s.name(), s.value());
            if (wrong != null) {
                throw new ScriptException(script.file(), s.line(), s.column(), wrong);
            }
        }
    }

    /** Boots, plays, and stops the machine. */
    public void run() throws ScriptException, IOException {
        if (settings.dryRun) {
            return;
        }
        Machine.boot();
        try {
            prepare();
            try (PcapngWriter writer = settings.pcap == null ? null : new PcapngWriter(settings.pcap, List.of(tun.dev), PacketTap.WHOLE)) {
                if (writer != null) {
                    writer.watch();
                }
                if (settings.watcher != null) {
                    settings.watcher.begins(tun.dev);
                }
                play();
            }
        } finally {
            if (settings.watcher != null) {
                settings.watcher.ends();
            }
            Machine.halt();
        }
    }

    private void prepare() throws ScriptException {
        me = current;
        tun = new Tun(settings.gso, settings.mtu, Printk.pI4(settings.localIp) + "/16", () -> wake_up_process(me));
        calls = new SystemCalls(settings, new Connections());
        packets = new Packets(settings, keys);
        shell = new ShellCommands(tun);
        // What is learnt from one connection for the next would surprise a script; MPTCP would change the SYNs of all others.
        sysctl("net.ipv4.tcp_no_metrics_save", "1");
        sysctl("net.mptcp.mptcp_enabled", speaksMptcp() ? "1" : "0");
        for (Map.Entry<String, String> s : settings.sysctls.entrySet()) {
            sysctl(s.getKey(), s.getValue());
        }
        sleepUntil(IDLE);
        tun.sent.clear();
        process = new Process(calls);
    }

    private void sysctl(String name, String value) throws ScriptException {
        int err = ShellCommands.write(name, value);
        if (err < 0) {
            throw new ScriptException(script.file(), 1, "sysctl " + name + " = " + value + ": " + Errno.name(err));
        }
    }

    /** Has any packet an option of Multipath TCP? */
    private boolean speaksMptcp() {
        return script.events().stream().map(Script.Event::action)
                .anyMatch(a -> a instanceof Script.Packet p && p.tcp() != null && p.tcp().options() != null
                        && p.tcp().options().stream().anyMatch(o -> o instanceof MptcpOptions.Mptcp));
    }

    private void play() throws ScriptException {
        start = Clock.now();
        Script.Event last = null;
        for (int i = 0; i < script.events().size(); i++) {
            if (script.events().get(i).action() instanceof Script.Packet p && !p.inbound()) {
                lastExpected = i;
            }
        }
        if (script.initCommand() != null) {
            command(script.initCommand());
        }
        start = Clock.now();
        for (played = 0; played < script.events().size(); played++) {
            Script.Event e = script.events().get(played);
            last = e;
            try {
                play(e);
            } catch (Failure f) {
                throw new ScriptException(script.file(), e.line(), f.getMessage());
            } catch (Oops oops) {
                throw new ScriptException(script.file(), e.line(), oops);
            }
        }
        try {
            finish();
        } catch (Failure f) {
            throw new ScriptException(script.file(), last.line(), f.getMessage());
        }
        if (script.cleanUp() != null) {
            command(script.cleanUp());
        }
        if (!Bug.warnings.isEmpty()) {
            throw new ScriptException(script.file(), last.line(), "the kernel has warned: " + Bug.warnings);
        }
    }

    private void command(Script.Command c) throws ScriptException {
        try {
            shell.run(c.text());
        } catch (Failure f) {
            throw new ScriptException(script.file(), c.line(), f.getMessage());
        }
    }

    /** What the script has left open at its end. */
    private void finish() throws Failure {
        if (sleeping != null) {
            awaitCall();
        }
        noneLeft("the script ended");
    }

    private long now() {
        return Clock.now() - start;
    }

    private static String seconds(long ns) {
        return String.format(Locale.ROOT, "%.6f", ns / 1e9);
    }

    private void show(String what) {
        if (settings.verbose) {
            out.println(seconds(now()) + " " + what);
        }
    }

    private void sleepUntil(long ns) {
        while (Clock.now() < ns) {
            set_current_state(TASK_INTERRUPTIBLE);
            schedule_hrtimeout(ns);
            set_current_state(TASK_RUNNING);
        }
    }

    private void play(Script.Event e) throws Failure {
        Script.When when = e.when();
        long base = when.relative() || when.kind() == Script.When.Kind.ANY ? now() : 0;
        at = base + when.at();
        until = base + when.until();
        if (e.action() instanceof Script.Packet p && !p.inbound()) {
            expect(e, p, base);
            return;
        }
        sleepUntil(start + at);
        if (now() > at + tolerance(at - base)) {
            throw new Failure("this should happen at " + seconds(at) + ", but it is " + seconds(now()) + " already");
        }
        noneLeft("this happened");
        if (e.action() instanceof Script.Packet p) {
            send(p);
        } else if (e.action() instanceof Script.Call c) {
            call(e, c, base);
        } else if (e.action() instanceof Script.Command c) {
            show("`" + c.text() + "`");
            shell.run(c.text());
        } else if (e.action() instanceof Script.Code c) {
            assertions(c);
        }
    }

    private long tolerance(long sinceLast) {
        return Math.max(settings.tolerance, (long) (settings.tolerancePercent / 100 * sinceLast));
    }

    // ---- packets ----

    private void send(Script.Packet p) throws Failure {
        Flow f = flows.of(p);
        if (p.tcp() != null && p.tcp().has(Script.Tcp.SYN)) {
            f.peerSyn(p.tcp().seq());
        }
        if (p.tcp() != null && p.tcp().has(Script.Tcp.ACK)) {
            if (f.state == Flow.State.SYNACK_SEEN || f.state == Flow.State.CONNECTING && p.tcp().has(Script.Tcp.SYN)) {
                f.state = Flow.State.OPEN;
            }
        }
        byte[] bytes = packets.build(p, f);
        show(p.icmp() != null ? "< icmp type " + p.icmp().type() + " code " + p.icmp().code() : PacketText.of(bytes, f, keys, true));
        tun.receive(bytes);
    }

    private void expect(Script.Event e, Script.Packet p, long base) throws Failure {
        Flow f = flows.of(p);
        boolean any = e.when().kind() == Script.When.Kind.ANY;
        long tolerance = tolerance(until - base);
        Tun.Sent s = awaitPacket(any ? now() + ANY_TIME : until + tolerance);
        boolean late = s == null && !any;
        if (late) {
            s = awaitPacket(now() + LATE);
        }
        if (s == null) {
            throw new Failure("a packet was expected" + expectedTime(e) + ", but none has come\n  expected: " + e.source());
        }
        s = whole(s, p.tcp(), until + tolerance);
        long time = s.ns() - start;
        Flow real = flows.of(s.bytes());
        String both = "\n  expected: " + seconds(any ? time : at) + " " + e.source() + "\n  actual:   " + seconds(time) + " ";
        if (real != f) {
            throw new Failure("a packet of another connection has come" + both + PacketText.of(s.bytes(), real, keys, false)
                    + (real == null ? "" : nameOf(real)));
        }
        learn(p, s.bytes(), f);
        List<String> wrong = packets.differences(p, s, f);
        String shown = PacketText.of(s.bytes(), f, keys, false);
        show(shown);
        if (!wrong.isEmpty()) {
            throw new Failure(String.join("; ", wrong) + both + shown);
        }
        if (!any && (time < at - tolerance || time > until + tolerance)) {
            throw new Failure("wrong time: expected" + expectedTime(e) + ", came at " + seconds(time) + both + shown);
        }
    }

    /** A segment of the script may have come in several: their data together, unless that is not wanted. */
    private Tun.Sent whole(Tun.Sent first, Script.Tcp expected, long limit) {
        Tun.Sent s = first;
        int length = Packets.isTcp(s.bytes()) ? Packets.payload(s.bytes()).length : 0;
        while (!settings.strictSegments && length > 0 && length < expected.length()) {
            Tun.Sent next = tun.sent.isEmpty() ? awaitPacket(limit) : tun.sent.peekFirst();
            boolean goesOn = next != null && Packets.isTcp(next.bytes()) && Packets.payload(next.bytes()).length > 0
                    && flows.of(next.bytes()) == flows.of(s.bytes()) && Packets.seq(next.bytes()) == Packets.seq(s.bytes()) + length;
            if (!goesOn) {
                if (next != null && next != tun.sent.peekFirst()) {
                    tun.sent.addFirst(next);
                }
                break;
            }
            tun.sent.remove(next);
            s = s.with(next);
            length = Packets.payload(s.bytes()).length;
        }
        return s;
    }

    private static String nameOf(Flow f) {
        return f.fd == null ? " (a connection that was not accepted)" : " sock(" + f.fd + ")";
    }

    private String expectedTime(Script.Event e) {
        return switch (e.when().kind()) {
            case ANY -> "";
            case ABSOLUTE, RELATIVE -> " at " + seconds(at);
            default -> " between " + seconds(at) + " and " + seconds(until);
        };
    }

    /** Sequence numbers and the state of the handshake, from what has come. */
    private static void learn(Script.Packet p, byte[] bytes, Flow f) {
        int flags = Packets.flags(bytes);
        if ((flags & Script.Tcp.SYN) != 0) {
            f.hostSyn(p.tcp().seq(), Packets.seq(bytes));
            if ((flags & Script.Tcp.ACK) != 0 && (f.state == Flow.State.SYN_SEEN || f.state == Flow.State.RESET)) {
                f.state = Flow.State.SYNACK_SEEN;
            }
        }
        f.settle((flags & Script.Tcp.SYN) != 0);
        if ((flags & Script.Tcp.RST) != 0) {
            f.state = Flow.State.RESET;
        }
    }

    /** @param limit time since the start */
    private Tun.Sent awaitPacket(long limit) {
        while (true) {
            while (!tun.sent.isEmpty()) {
                Tun.Sent s = tun.sent.removeFirst();
                if (Packets.isTcp(s.bytes())) {
                    return s;
                }
            }
            if (now() >= limit) {
                return null;
            }
            set_current_state(TASK_INTERRUPTIBLE);
            schedule_hrtimeout(start + limit);
            set_current_state(TASK_RUNNING);
        }
    }

    /** A packet that has come too long ago to be meant by what follows. If nothing follows, only a strict play minds it. */
    private void noneLeft(String before) throws Failure {
        if (!settings.strict && played >= lastExpected) {
            return;
        }
        for (Tun.Sent s : tun.sent) {
            if (Packets.isTcp(s.bytes()) && s.ns() - start < now() - settings.tolerance) {
                throw new Failure("a packet came that nobody expected, before " + before
                        + "\n  actual:   " + seconds(s.ns() - start) + " " + PacketText.of(s.bytes(), flows.of(s.bytes()), keys, false));
            }
        }
    }

    // ---- system calls ----

    private void call(Script.Event e, Script.Call c, long base) throws Failure {
        if (sleeping != null) {
            awaitCall();
        }
        boolean blocks = c.end() >= 0;
        boolean done = process.call(e);
        if (done && !blocks) {
            show(e.source());
            process.check();
            return;
        }
        if (!blocks) {
            throw new Failure(c.name() + " was expected to return at once, but it sleeps");
        }
        sleeping = e;
        sleepsUntil = (e.when().relative() ? base : 0) + c.end();
    }

    /** Waits until the call that sleeps has come back. */
    private void awaitCall() throws Failure {
        Script.Event e = sleeping;
        sleeping = null;
        if (!process.await(start + sleepsUntil + settings.tolerance + 1)) {
            throw new Failure("line " + e.line() + ": the call was expected to return at " + seconds(sleepsUntil) + ", but it still sleeps: "
                    + e.source());
        }
        show(e.source());
        try {
            process.check();
        } catch (Failure f) {
            throw new Failure("line " + e.line() + ": " + f.getMessage() + ": " + e.source());
        }
        long time = process.finished() - start;
        if (Math.abs(time - sleepsUntil) > settings.tolerance) {
            throw new Failure("line " + e.line() + ": the call was expected to return at " + seconds(sleepsUntil) + ", but returned at "
                    + seconds(time) + ": " + e.source());
        }
    }

    private void assertions(Script.Code c) throws Failure {
        Flow f = flows.last(g -> g.fd != null && calls.live(g.fd) != null);
        Integer fd = f != null ? calls.live(f.fd) : calls.lastOpened();
        if (fd == null) {
            throw new Failure("there is no socket that tcp_info could tell of");
        }
        byte[] info = new byte[tcp_info.SIZE];
        int err = sys_getsockopt(fd, SOL_TCP, TCP_INFO, info, new IntRef(info.length));
        if (err < 0) {
            throw new Failure("getsockopt(TCP_INFO): " + Errno.name(err));
        }
        Assertions.check(c.text(), info);
        show("%{" + c.text() + "}%");
    }

    /** What system calls tell about connections. */
    private final class Connections implements SystemCalls.Listener {
        @Override
        public void listens(int fd, int port) {
            flows.listens(fd, port);
        }

        @Override
        public void connects(int fd, int port) {
            if (flows.last(f -> Integer.valueOf(fd).equals(f.fd) && f.state != Flow.State.RESET) == null) {
                flows.connecting(fd, port);
            }
        }

        @Override
        public void accepted(int fd, int peerPort) {
            Flow f = flows.last(g -> g.remotePort == peerPort && g.listener >= 0);
            if (f != null) {
                f.fd = fd;
            }
        }

        @Override
        public void named(int fd, int listener) throws Failure {
            Flow f = flows.last(g -> g.join && g.fd == null && g.listener == listener);
            if (f == null) {
                throw new Failure("no subflow has joined that has no name yet");
            }
            f.fd = fd;
        }
    }
}
