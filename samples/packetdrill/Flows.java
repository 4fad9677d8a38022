// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The connections of a script, and which of them a packet belongs to: the one that {@code sock(N)} names; otherwise the one that is not
 * accepted yet, or the latest.
 */
final class Flows {
    /** The peer's port of the first connection to the host. */
    private static final int FIRST_PORT = 40_000;

    private final Settings settings;
    private final List<Flow> all = new ArrayList<>();

    /** Descriptors of listeners, and their ports. */
    private final Map<Integer, Integer> listeners = new HashMap<>();

    private int lastListener = -1;
    private int peerPort = FIRST_PORT;

    Flows(Settings settings) {
        this.settings = settings;
    }

    /** The script's descriptor listens on this port. */
    void listens(int fd, int port) {
        listeners.put(fd, port);
        lastListener = fd;
    }

    /** The connection that a packet of the script belongs to; the first one to a listener makes one. */
    Flow of(Script.Packet p) throws Failure {
        Integer sock = p.sock();
        Flow f;
        if (sock != null) {
            f = last(g -> sock.equals(g.fd));
            if (f == null && listeners.containsKey(sock)) {
                // A SYN by this name begins another connection, unless it can be a repeated one.
                boolean another = p.inbound() && p.tcp() != null && p.tcp().has(Script.Tcp.SYN);
                f = last(g -> g.listener == sock && unnamed(g) && !(another && g.state == Flow.State.OPEN));
                return f != null || !p.inbound() ? orFail(f, p) : passive(sock, p);
            }
            if (f == null && !p.inbound() && p.tcp().has(Script.Tcp.SYN) && !p.tcp().has(Script.Tcp.ACK)) {
                // The host joins with a subflow of its own.
                f = connecting(sock, settings.connectPort);
                f.join = true;
            }
            return orFail(f, p);
        }
        f = last(Flows::unnamed);
        if (f == null) {
            f = all.isEmpty() ? null : all.get(all.size() - 1);
        }
        if (f == null && p.inbound() && p.tcp() != null && lastListener >= 0) {
            f = passive(lastListener, p);
        }
        return orFail(f, p);
    }

    /** Not accepted yet. */
    private static boolean unnamed(Flow f) {
        return f.fd == null && f.state != Flow.State.RESET;
    }

    /** The latest one like that, or null. */
    Flow last(Predicate<Flow> test) {
        for (int i = all.size() - 1; i >= 0; i--) {
            if (test.test(all.get(i))) {
                return all.get(i);
            }
        }
        return null;
    }

    private static Flow orFail(Flow f, Script.Packet p) throws Failure {
        if (f == null) {
            throw new Failure("there is no connection that this packet could belong to" + (p.sock() == null ? "" : ": no sock(" + p.sock() + ")"));
        }
        return f;
    }

    private Flow passive(int listener, Script.Packet p) {
        Flow f = new Flow(Flow.State.SYN_SEEN, listener, listeners.get(listener), settings.remoteIp, peerPort++);
        f.join = p.tcp() != null && p.tcp().options().stream().anyMatch(o -> o instanceof MptcpOptions.JoinSyn);
        Flow first = last(g -> g.connection.hostKey != null);
        if (f.join && first != null) {
            f.connection = first.connection;
        }
        all.add(f);
        return f;
    }

    /** The host connects to this port of the peer. */
    Flow connecting(int fd, int port) {
        Flow f = new Flow(Flow.State.CONNECTING, -1, 0, settings.remoteIp, port);
        f.fd = fd;
        Flow first = last(g -> g.connection.peerKey != null);
        if (first != null) {
            f.connection = first.connection;
        }
        all.add(f);
        return f;
    }

    /** The connection that a packet of the host belongs to, or null. */
    Flow of(byte[] ip) {
        int local = Packets.sourcePort(ip);
        int remote = Packets.destinationPort(ip);
        Flow f = last(g -> g.localPort == local && g.remotePort == remote);
        if (f == null && (Packets.flags(ip) & (Script.Tcp.SYN | Script.Tcp.ACK)) == Script.Tcp.SYN) {
            f = last(g -> g.localPort == 0 && g.remotePort == remote);
            if (f != null) {
                f.localPort = local;
                f.remoteIp = Packets.destination(ip);
            }
        }
        return f;
    }
}
