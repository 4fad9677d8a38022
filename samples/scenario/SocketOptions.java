// SPDX-License-Identifier: GPL-2.0-only
package scenario;

import java.lang.reflect.Field;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import uapi.linux.socket.SocketOpt;
import uapi.linux.tcp.TcpOpt;

/** The numbers of socket options by their names, as the kernel's headers have them. */
public final class SocketOptions {
    private SocketOptions() {}

    private static final Map<String, Map<String, Integer>> OPTIONS = new LinkedHashMap<>();

    static {
        OPTIONS.put("SOL_SOCKET", named(SocketOpt.class, "SO_"));
        OPTIONS.put("SOL_TCP", named(TcpOpt.class, "TCP_", "MPTCP_"));
        OPTIONS.put("SOL_IP", Map.of("IP_TOS", 1, "IP_TTL", 2, "IP_MTU_DISCOVER", 10, "IP_RECVERR", 11, "IP_MTU", 14));
    }

    private static final Map<String, Integer> LEVELS =
            Map.of("SOL_SOCKET", SocketOpt.SOL_SOCKET, "SOL_TCP", SocketOpt.SOL_TCP, "SOL_IP", SocketOpt.SOL_IP);

    private static Map<String, Integer> named(Class<?> header, String... prefixes) {
        Map<String, Integer> found = new LinkedHashMap<>();
        for (Field f : header.getFields()) {
            for (String prefix : prefixes) {
                if (f.getName().startsWith(prefix) && f.getType() == int.class) {
                    try {
                        found.put(f.getName(), f.getInt(null));
                    } catch (IllegalAccessException e) {
                        throw new AssertionError(e);
                    }
                }
            }
        }
        return found;
    }

    public static List<String> levels() {
        return List.copyOf(OPTIONS.keySet());
    }

    /** {@code "SOL_TCP"}: 6. */
    public static int level(String name) {
        return LEVELS.get(name);
    }

    /** The number of an option, or null if the level has none of that name. */
    public static Integer option(String level, String name) {
        Map<String, Integer> options = OPTIONS.get(level);
        return options == null ? null : options.get(name);
    }
}
