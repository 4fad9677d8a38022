// SPDX-License-Identifier: GPL-2.0-only
package scenarios;

import static linux.types.Be.get16;
import static linux.types.Be.get32;
import static linux.types.Be.get8;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import linux.netdevice.PacketTap;
import linux.netdevice.net_device;

/** Counts what the devices of {@link Hosts} send: bytes by subflow, flags, options of MPTCP. */
final class Wiretap {
    private static final int ETH = 14;
    private static final int HEADERS = ETH + 60 + 60;

    /** What one side has sent on one subflow. */
    static final class Flow {
        final int path;
        final int saddr;
        final int daddr;
        long packets;
        long bytes;
        int resets;
        int fins;

        Flow(int path, int saddr, int daddr) {
            this.path = path;
            this.saddr = saddr;
            this.daddr = daddr;
        }
    }

    private final Map<String, Flow> flows = new LinkedHashMap<>();

    /** Segments with an option of MPTCP by its subtype: what clients send, what servers send. */
    private final int[][] options = new int[2][16];

    private final int[] resets = new int[2];

    /** Does something with every segment that is sent. */
    Listener listener;

    interface Listener {
        void sent(boolean byClient, int flags, int seq, int payload);
    }

    Wiretap(Hosts hosts) {
        PacketTap.open(dev -> hosts.clientDevs.contains(dev) || hosts.serverDevs.contains(dev), HEADERS, (dev, direction, ns, b, length) -> {
            if (direction == PacketTap.Direction.OUT) {
                look(hosts, dev, b);
            }
        });
    }

    private void look(Hosts hosts, net_device dev, byte[] b) {
        int th = ETH + (get8(b, ETH) & 15) * 4;
        if (b.length < th + 20 || get16(b, 12) != 0x0800 || get8(b, ETH + 9) != 6) {
            return;
        }
        int header = (get8(b, th + 12) >> 4) * 4;
        int payload = get16(b, ETH + 2) - (th - ETH) - header;
        int flags = get8(b, th + 13);
        int source = get16(b, th);
        int side = Hosts.isServerPort(source) ? 1 : 0;
        int path = (side == 0 ? hosts.clientDevs : hosts.serverDevs).indexOf(dev) + 1;
        Flow f = flows.computeIfAbsent(path + " " + get32(b, ETH + 12) + " " + source + " " + get32(b, ETH + 16) + " " + get16(b, th + 2),
                k -> new Flow(path, get32(b, ETH + 12), get32(b, ETH + 16)));

        f.packets++;
        f.bytes += payload;
        if ((flags & Segment.RST) != 0) {
            f.resets++;
            resets[side]++;
        }
        f.fins += flags & Segment.FIN;
        for (int at = th + 20; at + 2 < Math.min(th + header, b.length) && b[at] != 0; ) {
            if (b[at] == Segment.MPTCP) {
                options[side][get8(b, at + 2) >> 4]++;
            }
            at += b[at] == 1 ? 1 : Math.max(get8(b, at + 1), 2);
        }
        if (listener != null) {
            listener.sent(side == 0, flags, get32(b, th + 4), payload);
        }
    }

    /** Segments of the client with this option. */
    int client(int subtype) {
        return options[0][subtype];
    }

    int server(int subtype) {
        return options[1][subtype];
    }

    int clientResets() {
        return resets[0];
    }

    int serverResets() {
        return resets[1];
    }

    /** Payload that went over a path, in both directions. */
    long bytes(int path) {
        return flows.values().stream().filter(f -> f.path == path).mapToLong(f -> f.bytes).sum();
    }

    /** Payload that the client has sent from its address on a path, over whichever. */
    long bytesFrom(int path) {
        return flows.values().stream().filter(f -> f.saddr == Hosts.address(path, 1)).mapToLong(f -> f.bytes).sum();
    }

    /** Payload that went to the server, by the client's ports. */
    Map<Integer, Long> bytesByPort() {
        Map<Integer, Long> found = new LinkedHashMap<>();
        flows.forEach((name, f) -> {
            int port = Integer.parseInt(name.split(" ")[2]);
            if (!Hosts.isServerPort(port)) {
                found.merge(port, f.bytes, Long::sum);
            }
        });
        return found;
    }

    /** Paths over which payload went. */
    Set<Integer> used() {
        Set<Integer> found = new TreeSet<>();
        flows.values().stream().filter(f -> f.bytes > 0).forEach(f -> found.add(f.path));
        return found;
    }

    /** Forgets what it has seen. */
    void reset() {
        flows.clear();
        for (int side = 0; side < 2; side++) {
            java.util.Arrays.fill(options[side], 0);
            resets[side] = 0;
        }
    }
}
