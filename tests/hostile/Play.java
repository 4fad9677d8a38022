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
     * When things happen. The times of many recordings are those of ticks, so a thing may have happened somewhat earlier or later. And the
     * recorded kernel's clock jumped ahead while it got to know the processor's: a packet may have come before the timers that were due
     * then, or behind them.
     */
    enum Timeline {
        RECORDED, LATER, LATE, QUICKER, NO_JUMPS, BEFORE_TIMERS, BEHIND_TIMERS;

        private static final int JUMP = 30_000;

        /** The events of a case in their order, with their times. */
        List<Event> of(HostileCase c) {
            List<Event> events = new ArrayList<>();
            long last = 0;
            long now = 0;
            Event before = null;
            for (Event e : c.events) {
                long gap = e.at() - last;
                boolean answer = before != null && before.kind() == 'P' && before.bytes().length >= 40 && get8(before.bytes(), 33) == 2
                        && e.kind() == 'K';
                last = e.at();
                if (gap > JUMP && (e.kind() != 'K' || answer) && this == NO_JUMPS) {
                    now += answer ? 100 : 10_000;
                } else if (gap > JUMP && e.kind() != 'K' && this == BEFORE_TIMERS) {
                    now += 20_000;
                } else if (this == NO_JUMPS) {
                    now += gap;
                } else if (this == QUICKER) {
                    now = e.at() * 9 / 10;
                } else {
                    now = e.at() + (this == LATER ? 300 : this == LATE ? 600 : 0);
                }
                events.add(e.at(now));
                if (e.kind() == 'P' || e.kind() == 'K' || e.kind() == 'A') {
                    before = e;
                }
            }
            if (this == BEHIND_TIMERS) {
                behind(events);
            }
            return events;
        }

        private static void behind(List<Event> events) {
            for (int i = 0; i + 1 < events.size(); i++) {
                Event p = events.get(i);
                int k = i + 1;
                while (k < events.size() && events.get(k).kind() == 'K' && events.get(k).at() - p.at() > JUMP
                        && events.get(k).at() - events.get(i + 1).at() < 1000) {
                    k++;
                }
                if (p.kind() == 'P' && k > i + 1) {
                    events.remove(i);
                    events.add(k - 1, p.at(events.get(k - 2).at() + 100));
                    i = k - 1;
                }
            }
        }
    }

    /** Nanoseconds until initial sequence numbers come again. */
    private static final long ROUND = 64L << 32;

    private static final long MSEC = 1_000_000;

    /** What is compared. */
    static final class Outcome {
        /** Packets of the kernel. Those of the peer may have been written before the recorder read them, or after. */
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
    private final Exchange exchange = new Exchange();
    private final Nic nic;
    private final Numbers numbers;
    private final Counters before;
    private final int logged;
    private List<Event> events;
    private long start;
    private int seen;
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
            p.events = timeline.of(c);
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
        long wait = rest + ((iss - there) & 0xffffffffL) * 64;
        // The number comes round every 2^32 * 64 ns. Of all the times, take one at which the case begins near a tick.
        long best = wait;
        for (int round = 0; round < 200; round++, wait += ROUND) {
            if ((Clock.now() + wait) % MSEC < (Clock.now() + best) % MSEC) {
                best = wait;
            }
        }
        return best;
    }

    private void run() {
        Outcome[] both = {expected, actual};
        Exchange recorded = new Exchange();
        for (Event e : theCase.events) {
            if (e.kind() == 'P' || e.kind() == 'K') {
                (e.kind() == 'P' ? expected.injected : expected.packets).add(line(recorded, e.bytes(), e.kind() == 'K'));
            }
        }
        start += Clock.now();
        for (int i = 0; i < events.size(); i++) {
            Event e = events.get(i);
            until(start + e.at() * 1000);
            drain();
            switch (e.kind()) {
                case 'P':
                    byte[] b = numbers.translate(e.bytes());
                    actual.injected.add(line(exchange, b, false));
                    receive(b);
                    break;
                case 'K':
                    numbers.recorded(e.bytes());
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
        if (expected.counters.isEmpty()) {
            actual.counters.clear();
        }
        if (expected.counters.containsKey("Tcp.MaxConn")) {
            // Cases with ICMP: the list was cut.
            expected.counters.remove("Tcp.RtoAlgorithm");
            expected.counters.remove("Tcp.MaxConn");
            actual.counters.keySet().retainAll(expected.counters.keySet());
        }
        for (String l : theCase.log) {
            String word = word(l.replaceFirst("^<\\d>", ""));
            if (word != null) {
                expected.log.add(word);
            }
        }
        List<Printk.Line> dmesg = Printk.dmesg();
        for (Printk.Line l : dmesg.subList(logged, dmesg.size())) {
            String word = word(l.text());
            if (word != null) {
                actual.log.add(word);
            }
        }
        if (theCase.counters.isEmpty()) {
            expected.log.clear();
            actual.log.clear();
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
        return events.subList(i, events.size()).stream().anyMatch(e -> e.kind() == 'A' && e.text().startsWith("close"));
    }

    /** The function that says something in the log, or null. */
    private static String word(String line) {
        String word = line.strip().replaceFirst("^TCP: ", "").replaceFirst("[ :].*", "");
        return word.startsWith("mptcp_") || word.startsWith("tcp_") ? word : null;
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
            actual.packets.add(line(exchange, ip, true));
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
        if (!kernel && iss != null) {
            line = line.replaceAll("seq (0|none) ", "seq ? ");
        }
        return line.replaceAll("\\d+\\?|\\?\\d+", "?").replaceAll("(dack4|dsn4|dsn) -?\\d{8,}", "$1 far");
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
                if (index + 1 < events.size() && events.get(index + 1).kind() == 'D' && ret > 0) {
                    wantData = events.get(index + 1).text().replace(".", "");
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
                if (index + 1 < events.size() && events.get(index + 1).text().startsWith("revents")) {
                    wantData = events.get(index + 1).text();
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
