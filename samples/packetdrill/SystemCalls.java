// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

import static linux.errno.Errno.EBADF;
import static linux.syscalls.FileCalls.sys_close;
import static linux.syscalls.FileCalls.sys_fcntl;
import static linux.syscalls.FileCalls.sys_ioctl;
import static linux.syscalls.FileCalls.sys_poll;
import static linux.syscalls.FileCalls.sys_read;
import static linux.syscalls.FileCalls.sys_write;
import static linux.syscalls.SocketCalls.sys_accept4;
import static linux.syscalls.SocketCalls.sys_bind;
import static linux.syscalls.SocketCalls.sys_connect;
import static linux.syscalls.SocketCalls.sys_getpeername;
import static linux.syscalls.SocketCalls.sys_getsockname;
import static linux.syscalls.SocketCalls.sys_getsockopt;
import static linux.syscalls.SocketCalls.sys_listen;
import static linux.syscalls.SocketCalls.sys_recv;
import static linux.syscalls.SocketCalls.sys_recvmsg;
import static linux.syscalls.SocketCalls.sys_sendmsg;
import static linux.syscalls.SocketCalls.sys_sendto;
import static linux.syscalls.SocketCalls.sys_setsockopt;
import static linux.syscalls.SocketCalls.sys_shutdown;
import static linux.syscalls.SocketCalls.sys_socket;
import static linux.uaccess.User.get32;
import static linux.uaccess.User.put32;
import static uapi.linux.fcntl.Fcntl.F_GETFL;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.MSG_FASTOPEN;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import linux.compiler.IntRef;
import linux.errno.Errno;
import linux.fs.pollfd;
import linux.socket.iovec;
import linux.socket.msghdr;
import linux.socket.sockaddr_in;

/**
 * Makes the system calls of a script and compares what comes of them with what it says. Descriptors have the numbers of the script;
 * which ones the machine gave is known here only. Data that is written is zeros, as in packetdrill.
 */
final class SystemCalls {
    /** Those that a script can make. */
    static final Set<String> NAMES = Set.of("socket", "bind", "listen", "accept", "accept4", "connect", "read", "readv", "recv", "recvfrom",
            "recvmsg", "write", "writev", "send", "sendto", "sendmsg", "fcntl", "ioctl", "close", "shutdown", "getsockopt", "setsockopt",
            "getsockname", "getpeername", "poll", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "mp_join_accept");

    /** Who has to know of connections that system calls begin or accept. */
    interface Listener {
        /** The script's descriptor listens on this port. */
        void listens(int fd, int port);

        void connects(int fd, int port);

        /** The connection from that port of the peer has got a descriptor. */
        void accepted(int fd, int peerPort);

        /** The descriptor names the subflow that has joined through the listener. */
        void named(int fd, int listener) throws Failure;
    }

    private static final int INT = 4;

    private final Settings settings;
    private final Listener listener;
    private final Map<Integer, Integer> live = new HashMap<>();
    private final Map<Integer, Epoll> epolls = new HashMap<>();

    SystemCalls(Settings settings, Listener listener) {
        this.settings = settings;
        this.listener = listener;
    }

    /** Descriptor of the machine for one of the script, or null. */
    Integer live(int fd) {
        return live.get(fd);
    }

    /** Makes the call, and compares. */
    void run(Script.Call c) throws Failure {
        check(c, call(c));
    }

    private int call(Script.Call c) throws Failure {
        switch (c.name()) {
            case "socket":
                return opens(c, sys_socket(intOr(c, 0, AF_INET), number(c, 1), intOr(c, 2, 0)));
            case "bind":
                return bind(c);
            case "listen":
                return listen(c);
            case "accept":
                return accept(c, 0);
            case "accept4":
                return accept(c, number(c, 3));
            case "connect":
                listener.connects(scriptFd(c), address(c, 1).sin_port);
                return sys_connect(fd(c), address(c, 1), sockaddr_in.SIZE);
            case "read", "recv", "recvfrom":
                return receive(c);
            case "write", "send", "sendto":
                return send(c);
            case "readv", "writev":
                return vector(c);
            case "recvmsg", "sendmsg":
                return message(c);
            case "fcntl":
                return sys_fcntl(fd(c), number(c, 1), number(c, 1) == F_GETFL ? 0 : number(c, 2));
            case "ioctl":
                return ioctl(c);
            case "close":
                return close(c);
            case "shutdown":
                return sys_shutdown(fd(c), number(c, 1));
            case "getsockopt":
                return getsockopt(c);
            case "setsockopt":
                byte[] value = bytes(arg(c, 3));
                int length = number(c, 4);
                return sys_setsockopt(fd(c), number(c, 1), number(c, 2), Arrays.copyOf(value, Math.max(value.length, length)), length);
            case "getsockname":
                return sys_getsockname(fd(c), new sockaddr_in(), new IntRef(sockaddr_in.SIZE));
            case "getpeername":
                return sys_getpeername(fd(c), new sockaddr_in(), new IntRef(sockaddr_in.SIZE));
            case "poll":
                return poll(c);
            case "mp_join_accept":
                int name = number(c.result());
                listener.named(name, scriptFd(c));
                return name;
            default:
                return epoll(c);
        }
    }

    private int bind(Script.Call c) throws Failure {
        sockaddr_in a = arg(c, 1) instanceof Value.Any ? new sockaddr_in(settings.localIp, settings.bindPort) : address(c, 1);
        return sys_bind(fd(c), a, sockaddr_in.SIZE);
    }

    private int listen(Script.Call c) throws Failure {
        int ret = sys_listen(fd(c), number(c, 1));
        if (ret == 0) {
            sockaddr_in own = new sockaddr_in();
            sys_getsockname(fd(c), own, new IntRef(sockaddr_in.SIZE));
            listener.listens(scriptFd(c), own.sin_port);
        }
        return ret;
    }

    private int accept(Script.Call c, int flags) throws Failure {
        sockaddr_in peer = new sockaddr_in();
        int ret = opens(c, sys_accept4(fd(c), peer, new IntRef(sockaddr_in.SIZE), flags));
        if (ret >= 0) {
            listener.accepted(ret, peer.sin_port);
        }
        return ret;
    }

    /** A call that gives a descriptor: it gets the number of the script. */
    private int opens(Script.Call c, int ret) throws Failure {
        if (ret < 0) {
            return ret;
        }
        int fd = c.result() instanceof Value.Any ? ret : number(c.result());
        if (fd < 0) {
            // The script expects an error, and sees a descriptor.
            return ret;
        }
        if (live.containsKey(fd)) {
            throw new Failure("descriptor " + fd + " is open already");
        }
        live.put(fd, ret);
        return fd;
    }

    private int receive(Script.Call c) throws Failure {
        int n = number(c, 2);
        byte[] buf = new byte[n];
        return c.name().equals("read") ? sys_read(fd(c), buf, 0, n) : sys_recv(fd(c), buf, 0, n, number(c, 3));
    }

    private int send(Script.Call c) throws Failure {
        byte[] buf = arg(c, 1) instanceof Value.Text t ? t.text().getBytes(StandardCharsets.ISO_8859_1) : new byte[0];
        int n = number(c, 2);
        buf = Arrays.copyOf(buf, Math.max(n, 0));
        if (c.name().equals("write")) {
            return sys_write(fd(c), buf, 0, n);
        }
        boolean addressed = c.name().equals("sendto");
        sockaddr_in to = addressed ? address(c, 4) : null;
        if (addressed && (number(c, 3) & MSG_FASTOPEN) != 0) {
            listener.connects(scriptFd(c), to.sin_port);
        } else {
            to = null;
        }
        return sys_sendto(fd(c), buf, 0, n, number(c, 3), to, to == null ? 0 : sockaddr_in.SIZE);
    }

    private int vector(Script.Call c) throws Failure {
        msghdr msg = new msghdr();
        msg.msg_iov = iovecs(arg(c, 1));
        msg.msg_iovlen = msg.msg_iov.length;
        return c.name().equals("readv") ? sys_recvmsg(fd(c), msg, 0) : sys_sendmsg(fd(c), msg, 0);
    }

    private int message(Script.Call c) throws Failure {
        Value.Struct s = struct(arg(c, 1), "a msghdr");
        Value iov = s.members().get("msg_iov");
        if (iov == null) {
            throw new Failure("a msghdr needs msg_iov");
        }
        msghdr msg = new msghdr();
        msg.msg_iov = iovecs(iov);
        msg.msg_iovlen = msg.msg_iov.length;
        if (c.name().equals("sendmsg")) {
            return sys_sendmsg(fd(c), msg, number(c, 2));
        }
        int ret = sys_recvmsg(fd(c), msg, number(c, 2));
        Value flags = s.members().get("msg_flags");
        if (ret >= 0 && flags != null && !(flags instanceof Value.Any) && msg.msg_flags != number(flags)) {
            throw new Failure("msg_flags is 0x" + Integer.toHexString(msg.msg_flags) + ", expected " + flags);
        }
        return ret;
    }

    private static iovec[] iovecs(Value v) throws Failure {
        List<iovec> found = new ArrayList<>();
        for (Value item : array(v, "an array of iovecs").items()) {
            List<Value> parts = struct(item, "an iovec {..., LENGTH}").items();
            if (parts.size() != 2) {
                throw new Failure("expected an iovec {..., LENGTH}, not " + item);
            }
            int n = number(parts.get(1));
            found.add(new iovec(new byte[n], 0, n));
        }
        return found.toArray(new iovec[0]);
    }

    private int ioctl(Script.Call c) throws Failure {
        Value out = arg(c, 2);
        IntRef value = new IntRef(out instanceof Value.Array a && !a.items().isEmpty() ? number(a.items().get(0)) : 0);
        int ret = sys_ioctl(fd(c), number(c, 1), value);
        if (ret >= 0 && out instanceof Value.Array a && !a.items().isEmpty()) {
            compare("the value", number(a.items().get(0)), value.val);
        }
        return ret;
    }

    private int close(Script.Call c) throws Failure {
        int fd = scriptFd(c);
        if (epolls.remove(fd) != null) {
            return 0;
        }
        int ret = sys_close(fd(c));
        live.remove(fd);
        return ret;
    }

    private int getsockopt(Script.Call c) throws Failure {
        Value expected = arg(c, 3);
        Value room = arg(c, 4);
        IntRef length = new IntRef(room instanceof Value.Array a && !a.items().isEmpty() ? number(a.items().get(0)) : 256);
        byte[] value = new byte[Math.max(length.val, 0)];
        int ret = sys_getsockopt(fd(c), number(c, 1), number(c, 2), value, length);
        if (ret < 0 || expected instanceof Value.Any) {
            return ret;
        }
        if (expected instanceof Value.Array a && a.items().size() == 1 && !(a.items().get(0) instanceof Value.Text)) {
            compare("the value", number(a.items().get(0)), length.val < INT ? value[0] : get32(value, 0));
        } else {
            byte[] wanted = bytes(expected);
            byte[] got = Arrays.copyOf(value, Math.min(wanted.length, value.length));
            if (!Arrays.equals(wanted, got)) {
                throw new Failure("the value is " + text(got, expected) + ", expected " + expected);
            }
        }
        return ret;
    }

    private static String text(byte[] got, Value like) {
        if (like instanceof Value.Text || like instanceof Value.Array a && a.items().get(0) instanceof Value.Text) {
            return "\"" + new String(got, StandardCharsets.ISO_8859_1).replace("\0", "") + "\"";
        }
        List<String> numbers = new ArrayList<>();
        for (int i = 0; i + INT <= got.length; i += INT) {
            numbers.add(Integer.toString(get32(got, i)));
        }
        return numbers.toString();
    }

    private int poll(Script.Call c) throws Failure {
        List<Value> items = array(arg(c, 0), "an array of pollfds").items();
        pollfd[] polled = new pollfd[items.size()];
        for (int i = 0; i < polled.length; i++) {
            Value.Struct s = struct(items.get(i), "a pollfd {fd=..., events=...}");
            int fd = number(member(s, "fd"));
            polled[i] = new pollfd(live.getOrDefault(fd, -EBADF), number(member(s, "events")));
        }
        int ret = sys_poll(polled, number(c, 1), number(c, 2));
        for (int i = 0; i < polled.length && ret >= 0; i++) {
            Value expected = ((Value.Struct) items.get(i)).members().get("revents");
            int wanted = expected == null ? 0 : number(expected);
            if (polled[i].revents != wanted) {
                throw new Failure("revents is 0x" + Integer.toHexString(polled[i].revents) + ", expected 0x" + Integer.toHexString(wanted));
            }
        }
        return ret;
    }

    private int epoll(Script.Call c) throws Failure {
        if (c.name().startsWith("epoll_create")) {
            int fd = number(c.result());
            epolls.put(fd, new Epoll());
            return fd;
        }
        Epoll e = epolls.get(scriptFd(c));
        if (e == null) {
            return -EBADF;
        }
        if (c.name().equals("epoll_ctl")) {
            Value event = c.arguments().size() > 3 ? arg(c, 3) : new Value.Any();
            return e.control(number(c, 1), live.getOrDefault(number(c, 2), -EBADF), event instanceof Value.Any ? null : epollEvent(event));
        }
        List<Epoll.Event> ready = e.await(number(c, 2), number(c, 3));
        Value wanted = arg(c, 1);
        List<Value> items = wanted instanceof Value.Array a ? a.items() : wanted instanceof Value.Any ? List.of() : List.of(wanted);
        for (int i = 0; i < items.size() && i < ready.size(); i++) {
            if (!ready.get(i).equals(epollEvent(items.get(i)))) {
                throw new Failure("ready is " + String.format("{events=0x%x, data=%d}", ready.get(i).events(), ready.get(i).data())
                        + ", expected " + items.get(i));
            }
        }
        return ready.size();
    }

    private static Epoll.Event epollEvent(Value v) throws Failure {
        Value.Struct s = struct(v, "an epoll_event");
        for (String data : List.of("fd", "u32", "u64", "ptr")) {
            if (s.members().containsKey(data)) {
                return new Epoll.Event(number(member(s, "events")), number(s.members().get(data)));
            }
        }
        return new Epoll.Event(number(member(s, "events")), 0);
    }

    // ---- arguments and results ----

    private static Value arg(Script.Call c, int i) throws Failure {
        if (i >= c.arguments().size()) {
            throw new Failure(c.name() + " needs more than " + c.arguments().size() + " arguments");
        }
        return c.arguments().get(i);
    }

    private static int number(Script.Call c, int i) throws Failure {
        return number(arg(c, i));
    }

    private static int intOr(Script.Call c, int i, int usual) throws Failure {
        return arg(c, i) instanceof Value.Any ? usual : number(c, i);
    }

    private static int number(Value v) throws Failure {
        if (v instanceof Value.Number n) {
            return (int) n.value();
        }
        if (v instanceof Value.Symbol s) {
            return Symbols.value(s.name());
        }
        if (v instanceof Value.Or or) {
            return number(or.left()) | number(or.right());
        }
        throw new Failure("expected a number, not " + v);
    }

    private static Value.Array array(Value v, String what) throws Failure {
        if (v instanceof Value.Array a) {
            return a;
        }
        throw new Failure("expected " + what + ", not " + v);
    }

    private static Value.Struct struct(Value v, String what) throws Failure {
        if (v instanceof Value.Struct s) {
            return s;
        }
        throw new Failure("expected " + what + ", not " + v);
    }

    private static Value member(Value.Struct s, String name) throws Failure {
        Value v = s.members().get(name);
        if (v == null) {
            throw new Failure("expected a member " + name + " in " + s);
        }
        return v;
    }

    private static int scriptFd(Script.Call c) throws Failure {
        return number(c, 0);
    }

    /** The machine's descriptor; one that does not exist if the script's is not open. */
    private int fd(Script.Call c) throws Failure {
        return live.getOrDefault(scriptFd(c), -EBADF);
    }

    /** {@code ...}: the peer; or {@code {sa_family = AF_INET, sin_port = htons(80), sin_addr = inet_addr("192.0.2.1")}}. */
    private sockaddr_in address(Script.Call c, int i) throws Failure {
        Value v = arg(c, i);
        if (v instanceof Value.Any) {
            return new sockaddr_in(settings.remoteIp, settings.connectPort);
        }
        Value.Struct s = struct(v, "a socket address");
        return new sockaddr_in(number(member(s, "sin_addr")), number(member(s, "sin_port")));
    }

    /** A value of a socket option, as it lies in memory. */
    private static byte[] bytes(Value v) throws Failure {
        if (v instanceof Value.Text t) {
            return t.text().getBytes(StandardCharsets.ISO_8859_1);
        }
        if (v instanceof Value.Array a && a.items().size() == 1 && a.items().get(0) instanceof Value.Text t) {
            return t.text().getBytes(StandardCharsets.ISO_8859_1);
        }
        List<Value> numbers = v instanceof Value.Array a ? a.items()
                : v instanceof Value.Struct s ? List.of(member(s, "onoff"), member(s, "linger")) : List.of(v);
        byte[] b = new byte[INT * numbers.size()];
        for (int i = 0; i < numbers.size(); i++) {
            put32(b, INT * i, number(numbers.get(i)));
        }
        return b;
    }

    private static void compare(String what, int expected, int actual) throws Failure {
        if (expected != actual) {
            throw new Failure(what + " is " + actual + ", expected " + expected);
        }
    }

    private static void check(Script.Call c, int ret) throws Failure {
        if (c.result() instanceof Value.Any) {
            return;
        }
        int wanted = number(c.result());
        String expected = wanted + (c.error() == null ? "" : " " + c.error());
        if (ret < 0) {
            boolean right = wanted == -1 && (c.error() == null || Symbols.errno(c.error()) == -ret);
            if (!right) {
                throw new Failure("returned -1 " + Errno.name(-ret) + ", expected " + expected);
            }
        } else if (ret != wanted) {
            throw new Failure("returned " + ret + ", expected " + expected);
        }
    }
}
