// SPDX-License-Identifier: GPL-2.0-only
package scenario;

import static linux.errno.Errno.EBADF;
import static linux.fs.file.O_NONBLOCK;
import static linux.sched.Sched.compute;
import static linux.sched.Sched.current;
import static linux.syscalls.FileCalls.sys_close;
import static linux.syscalls.FileCalls.sys_fcntl;
import static linux.syscalls.FileCalls.sys_ioctl;
import static linux.syscalls.FileCalls.sys_nanosleep;
import static linux.syscalls.FileCalls.sys_poll;
import static linux.syscalls.FileCalls.sys_read;
import static linux.syscalls.FileCalls.sys_write;
import static linux.syscalls.SocketCalls.sys_accept;
import static linux.syscalls.SocketCalls.sys_bind;
import static linux.syscalls.SocketCalls.sys_connect;
import static linux.syscalls.SocketCalls.sys_getsockopt;
import static linux.syscalls.SocketCalls.sys_listen;
import static linux.syscalls.SocketCalls.sys_recv;
import static linux.syscalls.SocketCalls.sys_send;
import static linux.syscalls.SocketCalls.sys_sendto;
import static linux.syscalls.SocketCalls.sys_setsockopt;
import static linux.syscalls.SocketCalls.sys_shutdown;
import static linux.syscalls.SocketCalls.sys_socket;
import static uapi.linux.fcntl.Fcntl.F_SETFL;
import static uapi.linux.poll.Poll.POLLERR;
import static uapi.linux.poll.Poll.POLLHUP;
import static uapi.linux.poll.Poll.POLLIN;
import static uapi.linux.poll.Poll.POLLNVAL;
import static uapi.linux.poll.Poll.POLLOUT;
import static uapi.linux.poll.Poll.POLLPRI;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;
import static uapi.linux.socket.SocketOpt.MSG_FASTOPEN;
import static uapi.linux.socket.SocketOpt.MSG_MORE;
import static uapi.linux.socket.SocketOpt.MSG_OOB;
import static uapi.linux.socket.SocketOpt.MSG_PEEK;
import static uapi.linux.socket.SocketOpt.MSG_WAITALL;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;
import static uapi.linux.socket.SocketOpt.SOL_TCP;
import static uapi.linux.sockios.Sockios.SIOCATMARK;
import static uapi.linux.tcp.TcpOpt.TCP_INFO;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import linux.compiler.IntRef;
import linux.errno.Errno;
import linux.fs.pollfd;
import linux.hrtimer.Clock;
import linux.in.Prefix;
import linux.socket.sockaddr_in;
import linux.uaccess.User;

/**
 * A task of a scenario: takes one instruction after the other, makes its system call, and notes what came of it. Set a breakpoint in
 * {@link #execute} to see a program run, call by call.
 */
final class Program implements Runnable {
    /** A descriptor, and how far the stream behind it has come in either direction. */
    private static final class Descriptor {
        final int fd;
        long sent;
        long received;

        Descriptor(int fd) {
            this.fd = fd;
        }
    }

    private final String who;
    private final List<Instruction> instructions;
    private final CallLog log;
    private final Map<String, int[]> marks;
    private final Map<String, Descriptor> descriptors = new HashMap<>();

    /** Bytes that the task has sent and received, over all descriptors. */
    long bytesSent;

    long bytesReceived;

    /** Bytes that did not have the value they should have. */
    int mismatches;

    /**
     * @param who S or C
     * @param marks a pipe for each mark: the end to read from, the end to write to
     */
    Program(String who, List<Instruction> instructions, CallLog log, Map<String, int[]> marks) {
        this.who = who;
        this.instructions = instructions;
        this.log = log;
        this.marks = marks;
    }

    @Override
    public void run() {
        compute(CpuTime.START);
        for (Instruction i : instructions) {
            execute(i);
        }
        log("(ends)");
    }

    private void execute(Instruction i) {
        switch (i.word()) {
            case "socket" -> socket(i.arg(0));
            case "bind" -> bind(i.arg(0), address(i, 1));
            case "listen" -> listen(i.arg(0), i.number(1));
            case "accept" -> accept(i.arg(0), i.arg(1));
            case "connect" -> connect(i.arg(0), address(i, 1));
            case "send" -> send(i.arg(0), i.number(1), i.from(2));
            case "sendall" -> sendall(i.arg(0), i.number(1), i.number(2));
            case "sendto" -> sendto(i.arg(0), i.number(1), address(i, 2));
            case "recv" -> recv(i.arg(0), i.number(1), i.from(2));
            case "recvall" -> recvall(i.arg(0), i.number(1), i.number(2));
            case "recveof" -> recveof(i.arg(0), i.number(1));
            case "pollxfer" -> pollxfer(i.arg(0), i.number(1), i.number(2), i.number(3));
            case "shutdown" -> shutdown(i.arg(0), i.arg(1));
            case "close" -> close(i.arg(0));
            case "setsockopt" -> setsockopt(i.arg(0), i.arg(1), i.arg(2), i.from(3));
            case "getsockopt" -> getsockopt(i.arg(0), i.arg(1), i.arg(2));
            case "tcpinfo" -> tcpinfo(i.arg(0));
            case "nonblock" -> nonblock(i.arg(0));
            case "poll" -> poll(i.arg(0), i.arg(1), i.number(2));
            case "atmark" -> atmark(i.arg(0));
            case "sleep" -> sleep(i.number(0));
            case "mark" -> mark(i.arg(0));
            case "wait" -> await(i.arg(0));
            case "sysctl" -> sysctl(i.arg(0), String.join(" ", i.from(1)));
            case "sh" -> sh(i.args());
            case "flags" -> flags(i.arg(0), i.arg(1));
            case "cat" -> cat(i.arg(0));
            default -> throw new IllegalStateException(i.toString());
        }
    }

    private void socket(String name) {
        enter("socket");
        int fd = sys_socket(AF_INET, SOCK_STREAM, 0);
        opened(name, fd);
        log("socket(AF_INET, SOCK_STREAM, 0) = %s", descriptor(fd, name));
    }

    private void bind(String name, sockaddr_in addr) {
        enter("bind");
        log("bind(%s, %s) = %s", name, addr, result(sys_bind(fd(name), addr, sockaddr_in.SIZE)));
    }

    private void listen(String name, int backlog) {
        enter("listen");
        log("listen(%s, %d) = %s", name, backlog, result(sys_listen(fd(name), backlog)));
    }

    private void accept(String listener, String name) {
        enter("accept");
        int fd = sys_accept(fd(listener), null, null);
        leave("accept");
        opened(name, fd);
        log("accept(%s) = %s", listener, descriptor(fd, name));
    }

    private void connect(String name, sockaddr_in addr) {
        long start = Clock.now();
        enter("connect");
        int err = sys_connect(fd(name), addr, sockaddr_in.SIZE);
        leave("connect");
        log("connect(%s, %s) = %s after %.3f ms", name, addr, result(err), (Clock.now() - start) / 1e6);
    }

    private int send(String name, int n, List<String> flags) {
        byte[] data = data(name, n);
        enter("send");
        int sent = sys_send(fd(name), data, 0, n, flags(flags));
        hasSent(name, sent);
        log("send(%s, %d%s) = %s", name, n, words(flags), result(sent));
        return sent;
    }

    private void sendall(String name, int n, int chunk) {
        while (n > 0) {
            int sent = send(name, Math.min(chunk, n), List.of());
            if (sent < 0) {
                break;
            }
            n -= sent;
        }
    }

    private void sendto(String name, int n, sockaddr_in addr) {
        byte[] data = data(name, n);
        enter("sendto");
        int sent = sys_sendto(fd(name), data, 0, n, MSG_FASTOPEN, addr, sockaddr_in.SIZE);
        hasSent(name, sent);
        log("sendto(%s, %d, fastopen, %s) = %s", name, n, addr, result(sent));
    }

    private int recv(String name, int n, List<String> flags) {
        byte[] buf = new byte[n];
        enter("recv");
        int got = sys_recv(fd(name), buf, 0, n, flags(flags));
        leave("recv");
        log("recv(%s, %d%s) = %s", name, n, words(flags), result(got));
        if (got > 0 && !flags.contains("oob")) {
            check(buf, got, stream(name).received);
            if (!flags.contains("peek")) {
                stream(name).received += got;
                bytesReceived += got;
            }
        }
        return got;
    }

    private void recvall(String name, int n, int chunk) {
        while (n > 0) {
            int got = recv(name, Math.min(chunk, n), List.of());
            if (got <= 0) {
                break;
            }
            n -= got;
        }
    }

    private void recveof(String name, int chunk) {
        while (recv(name, chunk, List.of()) > 0) {
            // until the other side has closed
        }
    }

    private void pollxfer(String name, int out, int in, int chunk) {
        while (out > 0 || in > 0) {
            int events = (in > 0 ? POLLIN : 0) | (out > 0 ? POLLOUT : 0);
            int ready = poll(name, events, eventNames(events), -1);
            if (ready < 0 || (ready & (POLLIN | POLLOUT)) == 0) {
                break;
            }
            if ((ready & POLLIN) != 0 && in > 0) {
                int got = recv(name, Math.min(chunk, in), List.of());
                if (got <= 0) {
                    break;
                }
                in -= got;
            }
            if ((ready & POLLOUT) != 0 && out > 0) {
                int sent = send(name, Math.min(chunk, out), List.of());
                if (sent < 0) {
                    break;
                }
                out -= sent;
            }
        }
    }

    private void shutdown(String name, String how) {
        int number = List.of("rd", "wr", "rdwr").indexOf(how);
        enter("shutdown");
        log("shutdown(%s, SHUT_%s) = %s", name, how, result(sys_shutdown(fd(name), number)));
    }

    private void close(String name) {
        enter("close");
        int err = sys_close(fd(name));
        leave("close");
        descriptors.remove(name);
        log("close(%s) = %s", name, result(err));
    }

    private void setsockopt(String name, String level, String option, List<String> values) {
        byte[] value = new byte[4 * values.size()];
        for (int i = 0; i < values.size(); i++) {
            User.put32(value, 4 * i, Integer.parseInt(values.get(i)));
        }
        enter("setsockopt");
        int err = sys_setsockopt(fd(name), SocketOptions.level(level), SocketOptions.option(level, option), value, value.length);
        log("setsockopt(%s, %s, %s, %s) = %s", name, level, option, String.join(" ", values), result(err));
    }

    private void getsockopt(String name, String level, String option) {
        byte[] value = new byte[8];
        IntRef len = new IntRef(value.length);
        enter("getsockopt");
        int err = sys_getsockopt(fd(name), SocketOptions.level(level), SocketOptions.option(level, option), value, len);
        log("getsockopt(%s, %s, %s) = %s%s", name, level, option, result(err), err < 0 ? "" : ", value " + User.get32(value, 0));
    }

    private void tcpinfo(String name) {
        byte[] b = new byte[uapi.linux.tcp.tcp_info.SIZE];
        enter("tcpinfo");
        int err = sys_getsockopt(fd(name), SOL_TCP, TCP_INFO, b, new IntRef(b.length));
        log("getsockopt(%s, SOL_TCP, TCP_INFO) = %s%s", name, result(err), err < 0 ? "" : ": " + TcpInfoText.of(b));
    }

    private void nonblock(String name) {
        enter("fcntl");
        log("fcntl(%s, F_SETFL, O_NONBLOCK) = %s", name, result(sys_fcntl(fd(name), F_SETFL, O_NONBLOCK)));
    }

    private void poll(String name, String events, int ms) {
        int mask = 0;
        for (String e : events.split("\\|")) {
            mask |= e.equals("in") ? POLLIN : e.equals("out") ? POLLOUT : POLLPRI;
        }
        poll(name, mask, events, ms);
    }

    /** @return what is ready, or a negative errno */
    private int poll(String name, int events, String shown, int ms) {
        pollfd p = new pollfd(fd(name), events);
        enter("poll");
        int n = sys_poll(new pollfd[] {p}, 1, ms);
        log("poll(%s, %s, %d) = %s%s", name, shown, ms, result(n), n > 0 ? ", " + eventNames(p.revents) : "");
        return n < 0 ? n : p.revents;
    }

    private void atmark(String name) {
        IntRef value = new IntRef();
        enter("ioctl");
        int err = sys_ioctl(fd(name), SIOCATMARK, value);
        log("ioctl(%s, SIOCATMARK) = %s%s", name, result(err), err < 0 ? "" : ", value " + value.val);
    }

    private void sleep(int ms) {
        enter("sleep");
        sys_nanosleep(ms / 1000, ms % 1000 * Clock.NSEC_PER_MSEC);
        log("(slept %d ms)", ms);
    }

    private void mark(String name) {
        enter("mark");
        sys_write(marks.get(name)[1], new byte[1], 0, 1);
        log("(mark %s)", name);
    }

    private void await(String name) {
        enter("wait");
        sys_read(marks.get(name)[0], new byte[1], 0, 1);
        leave("wait");
        log("(saw mark %s)", name);
    }

    private void sysctl(String name, String value) {
        enter("sysctl");
        int err = Command.sysctl(List.of(current.net_ns), name, value);
        if (err != 0 && current.net_ns != net.net_namespace.NetNs.init_net) {
            err = Command.sysctl(List.of(net.net_namespace.NetNs.init_net), name, value);
        }
        log("(sysctl %s %s)%s", name, value, err == 0 ? "" : " = " + result(err));
    }

    private void sh(List<String> command) {
        enter(command.contains("add") ? "sh add" : "sh");
        log("(command: %s) = %s", String.join(" ", command), result(Command.run(current.net_ns, command)));
    }

    private void flags(String device, String bits) {
        int err = Command.setFlags(current.net_ns, device, bits);
        enter("flags");
        log("(netlink RTM_NEWLINK: set interface flag 0x%x on %s)%s", Command.parseFlags(bits), device,
                err == 0 ? "" : " = " + result(err));
    }

    private void cat(String file) {
        String text = file.startsWith("/proc/net/") ? current.net_ns.proc_net.read(file.substring("/proc/net/".length())) : null;
        log(text == null ? "(no file %s)" : "(contents of %s:\n%s)", file, text);
    }

    // ---- names of descriptors, flags and results ----

    private void opened(String name, int fd) {
        if (fd >= 0) {
            descriptors.put(name, new Descriptor(fd));
        }
    }

    /** The number behind a name; one that does not exist if it is closed, or was never opened. */
    private int fd(String name) {
        Descriptor d = descriptors.get(name);
        return d == null ? -EBADF : d.fd;
    }

    private Descriptor stream(String name) {
        Descriptor d = descriptors.get(name);
        return d == null ? new Descriptor(-EBADF) : d;
    }

    private void hasSent(String name, int n) {
        if (n > 0) {
            stream(name).sent += n;
            bytesSent += n;
        }
    }

    private byte[] data(String name, int n) {
        compute((long) (n * CpuTime.MAKE_BYTE));
        return Pattern.bytes(stream(name).sent, n);
    }

    private void check(byte[] buf, int n, long from) {
        compute((long) (n * CpuTime.CHECK_BYTE));
        long wrong = Pattern.firstWrong(buf, n, from);
        if (wrong >= 0) {
            mismatches++;
            log("!! pattern mismatch at %d", wrong);
        }
    }

    private static sockaddr_in address(Instruction i, int at) {
        return new sockaddr_in(Prefix.parseAddr(i.arg(at)), i.number(at + 1));
    }

    private static int flags(List<String> words) {
        int flags = 0;
        for (String w : words) {
            flags |= switch (w) {
                case "oob" -> MSG_OOB;
                case "more" -> MSG_MORE;
                case "peek" -> MSG_PEEK;
                case "waitall" -> MSG_WAITALL;
                case "dontwait" -> MSG_DONTWAIT;
                default -> throw new IllegalStateException(w);
            };
        }
        return flags;
    }

    private static String words(List<String> flags) {
        // As the recorded program showed them: the first says enough.
        return flags.isEmpty() ? "" : ", " + flags.get(0);
    }

    private static String eventNames(int events) {
        StringBuilder b = new StringBuilder();
        int[] bits = {POLLIN, POLLPRI, POLLOUT, POLLERR, POLLHUP, POLLNVAL};
        String[] names = {"POLLIN", "POLLPRI", "POLLOUT", "POLLERR", "POLLHUP", "POLLNVAL"};
        for (int i = 0; i < bits.length; i++) {
            if ((events & bits[i]) != 0) {
                b.append(b.length() == 0 ? "" : "|").append(names[i]);
            }
        }
        return b.length() == 0 ? "0" : b.toString();
    }

    private static String result(int n) {
        return n < 0 ? "-" + Errno.name(n) : Integer.toString(n);
    }

    private static String descriptor(int fd, String name) {
        return fd < 0 ? result(fd) : "fd as " + name;
    }

    /** A system call begins. */
    private static void enter(String call) {
        compute(CpuTime.before(call));
    }

    /** It has done its work. */
    private static void leave(String call) {
        compute(CpuTime.after(call));
    }

    /** The system call is over. */
    private void log(String format, Object... args) {
        compute(CpuTime.RETURN);
        log.add(who, format, args);
        compute(CpuTime.LOG);
    }
}
