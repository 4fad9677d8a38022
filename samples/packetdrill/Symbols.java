// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import linux.errno.Errno;
import linux.fs.file;
import net.tcp_states.TcpState;
import uapi.linux.fcntl.Fcntl;
import uapi.linux.in.In;
import uapi.linux.poll.Poll;
import uapi.linux.socket.SocketOpt;
import uapi.linux.sockios.Sockios;
import uapi.linux.tcp.TcpOpt;

/** The constants that scripts use, by their names: those of the kernel's headers, and a few of the C library. */
final class Symbols {
    private Symbols() {}

    private static final Map<String, Integer> CONSTANTS = new HashMap<>();
    private static final Map<String, Integer> ERRORS = new HashMap<>();

    static {
        for (Class<?> header : List.of(SocketOpt.class, TcpOpt.class, In.class, Poll.class, Sockios.class, Fcntl.class, file.class, TcpState.class)) {
            collect(header, CONSTANTS);
        }
        collect(Errno.class, ERRORS);
        CONSTANTS.putAll(ERRORS);
        CONSTANTS.putAll(Map.of("SHUT_RD", 0, "SHUT_WR", 1, "SHUT_RDWR", 2, "SOL_IP", 0, "AF_INET6", 10, "PF_INET", 2));
        CONSTANTS.putAll(Map.of("EPOLLIN", Epoll.EPOLLIN, "EPOLLPRI", 2, "EPOLLOUT", 4, "EPOLLERR", 8, "EPOLLHUP", 0x10,
                "EPOLLRDNORM", 0x40, "EPOLLWRNORM", 0x100, "EPOLLRDHUP", 0x2000, "EPOLLONESHOT", Epoll.EPOLLONESHOT, "EPOLLET", Epoll.EPOLLET));
        CONSTANTS.putAll(Map.of("EPOLL_CTL_ADD", Epoll.ADD, "EPOLL_CTL_DEL", Epoll.DEL, "EPOLL_CTL_MOD", Epoll.MOD));
    }

    private static void collect(Class<?> header, Map<String, Integer> into) {
        for (Field f : header.getFields()) {
            if (Modifier.isStatic(f.getModifiers()) && Modifier.isFinal(f.getModifiers()) && f.getType() == int.class) {
                try {
                    into.putIfAbsent(f.getName(), f.getInt(null));
                } catch (IllegalAccessException e) {
                    throw new AssertionError(e);
                }
            }
        }
    }

    /** The number behind a name, or null. */
    static Integer value(String name) {
        return CONSTANTS.get(name);
    }

    /** The error number behind a name, or null. */
    static Integer errno(String name) {
        return name.equals("EWOULDBLOCK") ? ERRORS.get("EAGAIN") : ERRORS.get(name);
    }
}
