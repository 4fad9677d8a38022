// SPDX-License-Identifier: GPL-2.0-only
package trace;

import static net.sock.Alloc.liveSockets;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_tcp_sock;
import net.sock.sock;

/** Compares the fields of all TCP sockets with what they were: numbers, flags, lengths of queues. */
final class SocketChanges {
    /** More sockets than these are not looked at. */
    private static final int SOCKETS = 24;

    /** They change all the time and say little. */
    private static final Set<String> DULL = Set.of("skc_refcnt", "sk_wmem_alloc", "sk_omem_alloc", "sk_forward_alloc", "skc_hash", "mpcb_refcnt");

    private static final Set<String> SIGNED = Set.of("sk_err", "srtt", "undo_retrans", "sk_err_soft", "nonagle", "icsk_ext_hdr_len");

    /** A place in a socket: its name and how to get there. */
    private record Place(String name, Class<?> in, Field field, Kind kind) {}

    private enum Kind {
        INT,
        LONG,
        BOOLEAN
    }

    private static final List<Place> PLACES = new ArrayList<>();

    static {
        add(tcp_sock.class, "");
        add(mptcp_tcp_sock.class, "mptcp.");
        add(mptcp_cb.class, "mpcb.");
    }

    private static void add(Class<?> type, String prefix) {
        for (Class<?> c = type; c != Object.class; c = c.getSuperclass()) {
            for (Field f : c.getDeclaredFields()) {
                Kind kind = f.getType() == int.class ? Kind.INT : f.getType() == long.class ? Kind.LONG : f.getType() == boolean.class ? Kind.BOOLEAN : null;
                if (kind != null && Modifier.isPublic(f.getModifiers()) && !Modifier.isStatic(f.getModifiers()) && !DULL.contains(f.getName())) {
                    PLACES.add(new Place(prefix + f.getName(), type, f, kind));
                }
            }
        }
    }

    /** Behind the places: the queues. */
    private static final List<String> QUEUES = List.of("sk_receive_queue", "sk_write_queue", "out_of_order_queue", "ucopy.prequeue");

    /** What the sockets were like. */
    static final class Snapshot {
        private final Map<sock, long[]> sockets = new IdentityHashMap<>();
    }

    /** A field that has changed, from its first value to its last. */
    record Change(String socket, String field, long from, long to) {
        String text() {
            return field + " " + show(field, from) + " \u2192 " + show(field, to);
        }
    }

    private SocketChanges() {}

    /** As they are now. */
    static Snapshot now() {
        Snapshot s = new Snapshot();
        for (sock sk : liveSockets()) {
            if (sk instanceof tcp_sock && s.sockets.size() < SOCKETS) {
                s.sockets.put(sk, values((tcp_sock) sk));
            }
        }
        return s;
    }

    private static long[] values(tcp_sock tp) {
        long[] v = new long[PLACES.size() + QUEUES.size()];
        try {
            for (int i = 0; i < PLACES.size(); i++) {
                Place p = PLACES.get(i);
                Object o = p.in == tcp_sock.class ? tp : p.in == mptcp_tcp_sock.class ? tp.mptcp : tp.mpcb != null && tp.mpcb.meta_sk == tp ? tp.mpcb : null;
                if (o != null) {
                    v[i] = p.kind == Kind.INT ? p.field.getInt(o) : p.kind == Kind.LONG ? p.field.getLong(o) : p.field.getBoolean(o) ? 1 : 0;
                }
            }
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
        int q = PLACES.size();
        v[q++] = tp.sk_receive_queue.qlen;
        v[q++] = tp.sk_write_queue.qlen;
        v[q++] = tp.out_of_order_queue.qlen;
        v[q] = tp.ucopy.prequeue.qlen;
        return v;
    }

    private static String name(int i) {
        return i < PLACES.size() ? PLACES.get(i).name : QUEUES.get(i - PLACES.size()) + ".qlen";
    }

    /** Adds to {@code into} what has changed since {@code before}; what has changed back is taken out again. */
    static void since(Snapshot before, Names names, Map<String, Change> into) {
        for (Map.Entry<sock, long[]> e : now().sockets.entrySet()) {
            long[] was = before.sockets.get(e.getKey());
            long[] is = e.getValue();
            if (was == null) {
                continue;
            }
            String socket = names.of(e.getKey());
            for (int i = 0; i < is.length; i++) {
                if (was[i] != is[i]) {
                    String key = socket + " " + name(i);
                    Change earlier = into.get(key);
                    Change c = new Change(socket, name(i), earlier == null ? was[i] : earlier.from, is[i]);
                    if (c.from == c.to) {
                        into.remove(key);
                    } else {
                        into.put(key, c);
                    }
                }
            }
        }
    }

    static Map<String, Change> none() {
        return new LinkedHashMap<>();
    }

    private static String show(String field, long v) {
        return v == (int) v && !SIGNED.contains(field) && v < -1 ? Integer.toUnsignedString((int) v) : Long.toString(v);
    }
}
