// SPDX-License-Identifier: GPL-2.0-only
package hostile;

import static devinet.IpAddr.add;
import static devinet.IpAddr.linkUp;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Headers.skb_reset_network_header;
import static linux.syscalls.FileCalls.sys_close;
import static linux.syscalls.FileCalls.sys_poll;
import static linux.syscalls.SocketCalls.sys_accept4;
import static linux.syscalls.SocketCalls.sys_bind;
import static linux.syscalls.SocketCalls.sys_connect;
import static linux.syscalls.SocketCalls.sys_getsockopt;
import static linux.syscalls.SocketCalls.sys_listen;
import static linux.syscalls.SocketCalls.sys_recv;
import static linux.syscalls.SocketCalls.sys_send;
import static linux.syscalls.SocketCalls.sys_setsockopt;
import static linux.syscalls.SocketCalls.sys_shutdown;
import static linux.syscalls.SocketCalls.sys_socket;
import static linux.types.Be.get16;
import static linux.types.Be.get32;
import static linux.types.Be.get8;
import static net.net_namespace.NetNs.init_net;
import static net.secure_seq.SecureSeq.secure_tcp_sequence_number;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;
import static uapi.linux.if_packet.IfPacket.PACKET_HOST;
import static uapi.linux.poll.Poll.POLLIN;
import static uapi.linux.poll.Poll.POLLPRI;
import static uapi.linux.poll.Poll.POLLRDHUP;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.AF_UNSPEC;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;
import static uapi.linux.socket.SocketOpt.MSG_OOB;
import static uapi.linux.socket.SocketOpt.SHUT_WR;
import static uapi.linux.socket.SocketOpt.SOCK_NONBLOCK;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;
import static uapi.linux.socket.SocketOpt.SOL_SOCKET;
import static uapi.linux.socket.SocketOpt.SOL_TCP;
import static uapi.linux.socket.SocketOpt.SO_ERROR;
import static uapi.linux.socket.SocketOpt.SO_RCVBUF;
import static uapi.linux.socket.SocketOpt.SO_SNDBUF;
import static uapi.linux.tcp.TcpOpt.TCP_INFO;
import static uapi.linux.tcp.TcpOpt.TCP_WINDOW_CLAMP;

import fib_frontend.IpRoute;
import hostile.HostileCase.Event;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import linux.compiler.IntRef;
import linux.errno.Errno;
import linux.fs.pollfd;
import linux.hrtimer.Clock;
import linux.init.Machine;
import linux.moduleparam.ModuleParams;
import linux.printk.Printk;
import linux.sched.Sched;
import linux.skbuff.sk_buff;
import linux.socket.sockaddr;
import linux.socket.sockaddr_in;
import linux.uaccess.User;
import scenario.Counters;
import testing.Exchange;
import testing.Ipv4;
import testing.KernelExtension.Leftovers;
import testing.Nic;
import uapi.linux.tcp.tcp_info;

/**
 * Plays a hostile case against the port: the same packets at the same times, the same system calls. What this kernel sent and answered
 * and what the recorded one did are lists of lines, to be compared.
 */
final class Play {
    private static final String[] STATES = {
        "", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING"
    };

    /**
     * When things happen. A tick of the recorded kernel came at some time within a millisecond, and its clock jumped ahead while it got to
     * know the processor's: timers did not run for that long.
     */
    enum Timeline {
        RECORDED(0, false), LATER(300, false), LATE(600, false), NO_JUMPS(0, true);

        private final int phase;
        private final boolean noJumps;

        Timeline(int phase, boolean noJumps) {
            this.phase = phase;
            this.noJumps = noJumps;
        }

        /** Microseconds since the start, for each event. */
        long[] of(HostileCase c) {
            long[] at = new long[c.events.size()];
            long last = 0;
            long now = phase;
            Event before = null;
            for (int i = 0; i < at.length; i++) {
                Event e = c.events.get(i);
                long gap = e.at() - last;
                boolean answer = before != null && before.kind() == 'P' && before.bytes().length >= 40 && get8(before.bytes(), 33) == 2 && e.kind() == 'K';
                if (noJumps && gap > 30_000 && (e.kind() != 'K' || answer)) {
                    gap = answer ? 100 : 20_000;
                }
                now += gap;
                last = e.at();
                at[i] = now;
                if (e.kind() == 'P' || e.kind() == 'K' || e.kind() == 'A') {
                    before = e;
                }
            }
            return at;
        }
    }

    /** What is compared. */
    static final class Outcome {
        /** Packets of the kernel, and where those of the peer came between them. */
        final List<String> packets = new ArrayList<>();

        /** Packets of the peer as they went in: if they differ, they were not translated rightly. */
        final List<String> injected = new ArrayList<>();

        final List<String> calls = new ArrayList<>();
        Map<String, Long> counters = new LinkedHashMap<>();
        final List<String> log = new ArrayList<>();
    }

    final Outcome expected = new Outcome();
    final Outcome actual = new Outcome();

    /** What the machine had left when everything was closed. */
    List<String> leftovers = List.of();

    private final HostileCase theCase;
    private final Integer iss;
    private final Exchange recordedExchange = new Exchange();
    private final Exchange exchange = new Exchange();
    private final Nic nic;
    private final Numbers numbers;
    private final Counters before;
    private final int logged;
    private long[] times;
    private long start;
    private int seen;
    private int injected;
    private int listener = -1;
    private int s = -1;

    /**
     * @param iss the initial sequence number of the peer's first connection, and of the kernel's if the peer connects; null: as recorded
     */
    static Play of(HostileCase c, Integer iss, Timeline timeline) {
        Machine.boot();
        Play p = null;
        try {
            p = new Play(c, iss);
            p.times = timeline.of(c);
            p.run();
        } finally {
            Machine.halt();
        }
        return p;
    }

    private Play(HostileCase c, Integer iss) {
        theCase = c;
        this.iss = iss;
        nic = Nic.pointToPoint(init_net, "tun0");
        linkUp(nic.dev);
        add(nic.dev, "10.9.0.1/24");
        IpRoute.add(init_net, "default dev tun0");
        sysctl("net/ipv4/tcp_no_metrics_save", "1");
        int shift = 0;
        if (iss != null) {
            for (Event e : c.events) {
                if (e.kind() == 'P' && e.bytes().length >= 40 && get8(e.bytes(), 9) == 6) {
                    shift = iss - get32(e.bytes(), 24);
                    start = untilIsn(e);
                    break;
                }
            }
        }
        numbers = new Numbers(shift);
        before = Counters.of(init_net);
        logged = Printk.dmesg().size();
    }

    /** Nanoseconds until the case has to begin, so that the kernel answers the SYN {@code e} with the wanted number. */
    private long untilIsn(Event e) {
        byte[] ip = e.bytes();
        int now = secure_tcp_sequence_number(get32(ip, 16), get32(ip, 12), get16(ip, 22), get16(ip, 20));
        long rest = Math.floorMod(-Clock.ktime_get_real(), 64);
        int there = now + (int) ((e.at() * 1000 + rest) / 64);
        return rest + ((iss - there) & 0xffffffffL) * 64;
    }

    private void run() {
        Outcome[] both = {expected, actual};
        start += Clock.now();
        for (int i = 0; i < theCase.events.size(); i++) {
            Event e = theCase.events.get(i);
            until(start + times[i] * 1000);
            drain();
            switch (e.kind()) {
                case 'P':
                    injected++;
                    byte[] b = numbers.translate(e.bytes());
                    expected.injected.add(line(recordedExchange, e.bytes(), false));
                    actual.injected.add(line(exchange, b, false));
                    for (Outcome o : both) {
                        o.packets.add("P " + injected);
                    }
                    receive(b);
                    break;
                case 'K':
                    numbers.recorded(e.bytes());
                    expected.packets.add("K " + line(recordedExchange, e.bytes(), true));
                    break;
                case 'S':
                    int eq = e.text().indexOf(" = ");
                    sysctl(e.text().substring(0, eq), e.text().substring(eq + 3));
                    break;
                case 'A':
                    call(e, i);
                    break;
                case 'M':
                    if (s >= 0 && (e.text().equals("setup") || e.text().equals("after") && !closes(i))) {
                        sys_close(s);
                        s = -1;
                    }
                    break;
                default:
            }
            drain();
        }
        actual.counters = new LinkedHashMap<>(Counters.of(init_net).since(before));
        expected.counters = new LinkedHashMap<>(theCase.counters);
        for (Outcome o : both) {
            // Whether the device still had the segment when it was sent again says how quick the program was that read it.
            o.counters.keySet().removeIf(n -> n.startsWith("Icmp") || n.equals("TcpExt.TCPSpuriousRtxHostQueues"));
        }
        if (expected.counters.containsKey("Tcp.MaxConn")) {
            // Cases with ICMP: the list was cut.
            expected.counters.remove("Tcp.RtoAlgorithm");
            expected.counters.remove("Tcp.MaxConn");
            actual.counters.keySet().retainAll(expected.counters.keySet());
        }
        for (String l : theCase.log) {
            String word = l.replaceFirst("^<\\d>\\s*", "").replaceFirst(" .*", "");
            if (word.startsWith("mptcp_") || word.startsWith("tcp_") || word.equals("TCP:")) {
                expected.log.add(word);
            }
        }
        List<Printk.Line> dmesg = Printk.dmesg();
        for (Printk.Line l : dmesg.subList(logged, dmesg.size())) {
            String word = l.text().replaceFirst(" .*", "");
            if (word.startsWith("mptcp_") || word.startsWith("tcp_") || word.equals("TCP:")) {
                actual.log.add(word);
            }
        }
        if (s >= 0) {
            sys_close(s);
        }
        sys_close(listener);
        Sched.msleep(60 * 60 * 1000);
        leftovers = Leftovers.find();
    }

    /** Does the program close its socket after the event {@code i}? If not, it has done so before. */
    private boolean closes(int i) {
        return theCase.events.subList(i, theCase.events.size()).stream().anyMatch(e -> e.kind() == 'A' && e.text().startsWith("close"));
    }

    private static void until(long ns) {
        if (ns > Clock.now()) {
            Sched.nanosleep(ns - Clock.now());
        }
    }

    /** Takes what the kernel has sent since. */
    private void drain() {
        while (seen < nic.sent.size()) {
            byte[] ip = nic.sent.get(seen++);
            numbers.sent(ip);
            actual.packets.add("K " + line(exchange, ip, true));
        }
    }

    private String line(Exchange x, byte[] ip, boolean kernel) {
        byte[] frame = new byte[14 + ip.length];
        frame[12] = 8;
        System.arraycopy(ip, 0, frame, 14, ip.length);
        int n = x.lines().size();
        if (ip.length >= 20 && (get8(ip, 9) != 6 || (get16(ip, 6) & 0x1fff) == 0)) {
            x.add(frame);
        }
        String line = n == x.lines().size() ? "-" : x.lines().get(n);
        if (kernel && ip.length >= 40 && get8(ip, 9) == 6) {
            int off = 20 + (get8(ip, 32) >> 4) * 4;
            if (off < ip.length) {
                line += " data " + Integer.toHexString(Arrays.hashCode(Arrays.copyOfRange(ip, off, ip.length)));
            }
        }
        // A number that belongs to no connection is nobody's.
        return line.replaceAll("\\d+\\?|\\?\\d+", "?");
    }

    private void receive(byte[] ip) {
        sk_buff skb = alloc_skb(64 + ip.length, GFP_KERNEL);
        skb_reserve(skb, 64);
        skb_reset_network_header(skb);
        System.arraycopy(ip, 0, skb.head, skb_put(skb, ip.length), ip.length);
        skb.protocol = ETH_P_IP;
        skb.pkt_type = PACKET_HOST;
        nic.receive(skb);
    }

    private static void sysctl(String name, String value) {
        int err = name.startsWith("e/") ? ModuleParams.write("/sys/modul" + name, value) : init_net.sysctls.write(name, value);
        if (err < 0) {
            throw new AssertionError(name + ": " + Errno.name(err));
        }
    }

    private static final Pattern CALL = Pattern.compile("([a-z ]+)(?:\\((.*)\\))? = (-?\\d+)(?: (\\w+))?");

    private void call(Event e, int index) {
        String t = e.text();
        if (t.startsWith("(")) {
            return;
        } else if (t.startsWith("tcp_info")) {
            expected.calls.add(t);
            actual.calls.add(info());
            return;
        } else if (t.startsWith("/proc/net/mptcp")) {
            expected.calls.add(t);
            String now = mptcp();
            String state = t.substring(t.lastIndexOf(':') + 1);
            actual.calls.add(now.contains(";") && now.contains(state) ? t : now);
            return;
        }
        Matcher m = CALL.matcher(t);
        if (!m.matches()) {
            throw new AssertionError("what is " + t);
        }
        String[] args = m.group(2) == null ? new String[0] : m.group(2).split(", ");
        String call = m.group(1) + (m.group(2) == null ? "" : "(" + m.group(2) + ")");
        String want = m.group(4) != null ? m.group(4) : m.group(1).equals("accept") ? "ok" : m.group(3);
        int ret;
        String data = null;
        String wantData = null;
        switch (m.group(1)) {
            case "bind":
                listener = sys_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
                ret = sys_bind(listener, new sockaddr_in(0, Integer.parseInt(args[1].substring(4))), sockaddr_in.SIZE);
                break;
            case "listen":
                ret = sys_listen(listener, Integer.parseInt(args[1]));
                break;
            case "accept":
                ret = sys_accept4(listener, null, null, SOCK_NONBLOCK);
                if (ret >= 0) {
                    s = ret;
                }
                break;
            case "connect":
            case "connect again":
                if (args.length == 2 && args[1].equals("AF_UNSPEC")) {
                    sockaddr any = new sockaddr_in(0, 0);
                    any.sa_family = AF_UNSPEC;
                    ret = sys_connect(socket(), any, sockaddr_in.SIZE);
                } else {
                    ret = sys_connect(socket(), new sockaddr_in(Ipv4.ip("10.9.0.2"), 6000), sockaddr_in.SIZE);
                }
                break;
            case "recv":
                byte[] buf = new byte[Integer.parseInt(args[1])];
                ret = sys_recv(s, buf, 0, buf.length, MSG_DONTWAIT | (args.length > 2 ? MSG_OOB : 0));
                if (index + 1 < theCase.events.size() && theCase.events.get(index + 1).kind() == 'D' && ret > 0) {
                    wantData = theCase.events.get(index + 1).text().replace(".", "");
                    data = HexFormat.of().formatHex(buf, 0, ret);
                    data = data.substring(0, Math.min(data.length(), wantData.length()));
                }
                break;
            case "send":
                byte[] out = new byte[Integer.parseInt(args[1])];
                for (int i = 0; i < out.length; i++) {
                    out[i] = (byte) (7 + 31 * i);
                }
                ret = sys_send(s, out, 0, out.length, MSG_DONTWAIT);
                break;
            case "shutdown":
                ret = sys_shutdown(s, SHUT_WR);
                break;
            case "close":
                ret = sys_close(s);
                s = -1;
                break;
            case "poll":
                pollfd p = new pollfd(s, POLLIN | POLLPRI | POLLRDHUP);
                ret = sys_poll(new pollfd[] {p}, 1, 0);
                if (index + 1 < theCase.events.size() && theCase.events.get(index + 1).text().startsWith("revents")) {
                    wantData = theCase.events.get(index + 1).text();
                    data = "revents " + Integer.toHexString(p.revents);
                }
                break;
            case "setsockopt":
                byte[] v = new byte[4];
                User.put32(v, 0, Integer.parseInt(args[2]));
                boolean clamp = args[1].equals("TCP_WINDOW_CLAMP");
                ret = sys_setsockopt(socket(), clamp ? SOL_TCP : SOL_SOCKET,
                        clamp ? TCP_WINDOW_CLAMP : args[1].equals("SO_RCVBUF") ? SO_RCVBUF : SO_SNDBUF, v, 4);
                break;
            default:
                throw new AssertionError("what is " + t);
        }
        String got = ret < 0 ? Errno.name(ret) : m.group(1).equals("accept") ? "ok" : Integer.toString(ret);
        expected.calls.add(call + " = " + want + (wantData == null ? "" : " " + wantData));
        actual.calls.add(call + " = " + got + (data == null ? "" : " " + data));
    }

    private int socket() {
        if (s < 0) {
            s = sys_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        }
        return s;
    }

    private String info() {
        byte[] b = new byte[tcp_info.SIZE];
        int err = sys_getsockopt(s, SOL_TCP, TCP_INFO, b, new IntRef(b.length));
        if (err < 0) {
            return "tcp_info: " + Errno.name(err);
        }
        byte[] e = new byte[4];
        sys_getsockopt(s, SOL_SOCKET, SO_ERROR, e, new IntRef(4));
        int soError = User.get32(e, 0);
        return "tcp_info: state " + STATES[b[0]] + ", SO_ERROR " + (soError == 0 ? "0" : Errno.name(soError)) + ", unacked " + word(b, 24) + " sacked "
                + word(b, 28) + " lost " + word(b, 32) + " retrans " + word(b, 36) + " snd_mss " + word(b, 16) + " rcv_mss " + word(b, 20)
                + " cwnd " + word(b, 80) + " pmtu " + word(b, 60) + " opts " + (b[5] & 0xff);
    }

    private static String word(byte[] b, int at) {
        return Integer.toUnsignedString(User.get32(b, at));
    }

    private static String mptcp() {
        String[] lines = init_net.proc_net.read("mptcp").split("\n");
        if (lines.length < 2) {
            return "/proc/net/mptcp: no connection";
        }
        StringBuilder s = new StringBuilder();
        for (int i = 1; i < lines.length; i++) {
            Matcher m = Pattern.compile(" ([0-9A-F]{2}) ([0-9A-F]{2}) [0-9A-F]{8}:").matcher(lines[i]);
            s.append(i > 1 ? "; " : "/proc/net/mptcp: ").append("entry ").append(i)
                    .append(m.find() ? ": meta state " + m.group(1) + ", subflows " + m.group(2) : "?");
        }
        return s.toString();
    }

    /** What differs, a line each: the first lines that are not the same. */
    List<String> differences() {
        List<String> all = new ArrayList<>();
        differences(all, "injected", expected.injected, actual.injected);
        differences(all, "packet", expected.packets, actual.packets);
        differences(all, "call", expected.calls, actual.calls);
        Map<String, Long> more = new LinkedHashMap<>(expected.counters);
        actual.counters.forEach((k, v) -> more.merge(k, -v, Long::sum));
        more.forEach((k, v) -> {
            if (v != 0) {
                all.add("counter " + k + ": " + expected.counters.getOrDefault(k, 0L) + " recorded, " + actual.counters.getOrDefault(k, 0L) + " here");
            }
        });
        differences(all, "log", expected.log, actual.log);
        leftovers.forEach(l -> all.add("left behind: " + l));
        return all;
    }

    private static void differences(List<String> all, String what, List<String> recorded, List<String> here) {
        for (int i = 0; i < Math.max(recorded.size(), here.size()); i++) {
            String r = i < recorded.size() ? recorded.get(i) : "nothing";
            String h = i < here.size() ? here.get(i) : "nothing";
            if (!r.equals(h)) {
                all.add(what + " " + i + ":\n        recorded " + r + "\n        here     " + h);
                return;
            }
        }
    }
}
