// SPDX-License-Identifier: GPL-2.0-only
package trace;

import java.util.HashMap;
import java.util.Map;
import java.util.WeakHashMap;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_cb;
import net.sock.sock;
import net.sock.sock_common;
import net.tcp_states.TcpState;

/**
 * What sockets and packets are called in a trace: {@code client/meta}, {@code client/subflow 1}, {@code server}, {@code listener}. A
 * second connection's are {@code client2} and so on. A socket that is neither connected nor listening yet is a {@code socket}.
 */
final class Names {
    private static final String SOCKET = "socket";

    /** Of sockets and of {@link mptcp_cb}: the connection. */
    private final Map<Object, String> connections = new WeakHashMap<>();

    private final Map<sock_common, String> last = new WeakHashMap<>();
    private final Map<String, Integer> counts = new HashMap<>();
    private final Map<sk_buff, Integer> packets = new WeakHashMap<>();

    /** It connects, so it is a client's. */
    void connects(sock_common sk) {
        connections.computeIfAbsent(sk, k -> next("client"));
    }

    /** A listener or a meta socket had a child. */
    void born(sock_common parent, sock_common child) {
        String of = connections.get(parent);
        if (of == null) {
            connections.put(child, next("server"));
        } else {
            last.put(child, of + "/new subflow");
        }
    }

    private String next(String role) {
        int n = counts.merge(role, 1, Integer::sum);
        return n == 1 ? role : role + n;
    }

    String of(sock_common sk) {
        String subflow = sk instanceof tcp_sock && ((tcp_sock) sk).mpc && ((tcp_sock) sk).mpcb != null ? subflow((tcp_sock) sk) : null;
        if (subflow != null) {
            last.put(sk, subflow);
            return subflow;
        }
        String before = last.get(sk);
        if (before != null) {
            return before;
        }
        return connections.getOrDefault(sk, sk.skc_state == TcpState.TCP_LISTEN ? "listener" : SOCKET);
    }

    private String subflow(tcp_sock tp) {
        mptcp_cb mpcb = tp.mpcb;
        String of = connections.computeIfAbsent(mpcb, k -> {
            String known = mpcb.meta_sk == null ? null : connections.get(mpcb.meta_sk);
            return known != null ? known : next(mpcb.server_side ? "server" : "client");
        });
        if (mpcb.meta_sk == tp) {
            return of + "/meta";
        }
        // Not attached yet, or not any more.
        return tp.mptcp == null ? null : tp.mptcp.path_index == 0 ? of + "/new subflow" : of + "/subflow " + tp.mptcp.path_index;
    }

    /** Packet {@code number} is this one. */
    void packet(sk_buff skb, int number) {
        packets.put(skb, number);
    }

    /** The number of a packet that has passed a device, or 0. */
    int packet(sk_buff skb) {
        return packets.getOrDefault(skb, 0);
    }

    /** The socket that a call is about, or null. */
    String socketOf(Call c) {
        for (Object o : c.args) {
            if (o instanceof sock_common) {
                return of((sock_common) o);
            }
        }
        for (Object o : c.args) {
            if (o instanceof sk_buff && ((sk_buff) o).sk != null) {
                sock sk = ((sk_buff) o).sk;
                return of(sk);
            }
        }
        return null;
    }
}
