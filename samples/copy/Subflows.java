// SPDX-License-Identifier: GPL-2.0-only
package copy;

import static linux.types.Be.get16;
import static linux.types.Be.get32;
import static linux.types.Be.get8;
import static uapi.linux.if_ether.IfEther.ETH_HLEN;

import java.io.PrintStream;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import linux.netdevice.PacketTap;
import linux.printk.Printk;
import net.tcp.Sequence;

/**
 * What each subflow carried, seen from the wire: a packet whose subflow numbers were sent before is a retransmission, one that brings
 * new subflow numbers but data that has been sent before is a reinjection.
 */
final class Subflows {
    private static final int HEADERS = ETH_HLEN + 60 + 60;
    private static final int SYN = 2;

    /** One direction of a subflow. */
    private static final class Flow {
        /** The next subflow number. */
        int sent;

        long bytes;
        long packets;
        long retransmissions;
        long reinjections;
    }

    private final Map<String, Flow> flows = new LinkedHashMap<>();
    private final PacketTap tap;

    /** Where the mappings sent so far begin, on whichever subflow. */
    private final Set<Integer> mapped = new HashSet<>();

    Subflows(Network network) {
        tap = PacketTap.open(network.devices::contains, HEADERS, (dev, direction, ns, b, length) -> {
            if (direction == PacketTap.Direction.OUT) {
                look(b);
            }
        });
    }

    void close() {
        tap.close();
    }

    private void look(byte[] b) {
        int th = ETH_HLEN + (get8(b, ETH_HLEN) & 0xf) * 4;
        if (b.length < th + 20 || get8(b, ETH_HLEN + 9) != 6 || get16(b, th + 2) != 5001) {
            return;
        }
        String name = Printk.pI4(get32(b, ETH_HLEN + 12)) + "." + get16(b, th) + " > " + Printk.pI4(get32(b, ETH_HLEN + 16)) + ".5001";
        Flow f = flows.computeIfAbsent(name, k -> new Flow());
        int header = (get8(b, th + 12) >> 4) * 4;
        int seq = get32(b, th + 4);
        int data = get16(b, ETH_HLEN + 2) - (th - ETH_HLEN) - header;

        f.packets++;
        if ((get8(b, th + 13) & SYN) != 0) {
            f.sent = seq + 1;
        }
        if (data <= 0) {
            return;
        }
        if (!Sequence.after(seq + data, f.sent)) {
            f.retransmissions++;
            return;
        }
        // What netem has lost counts, too: it comes again, and is a retransmission then.
        f.bytes += seq + data - f.sent;
        f.sent = seq + data;
        mapping(f, b, th + 20, Math.min(th + header, b.length));
    }

    /** Looks for the DSS option: has this data been sent before? */
    private void mapping(Flow f, byte[] b, int at, int end) {
        while (at + 1 < end && get8(b, at) != 0) {
            int kind = get8(b, at);
            int len = kind == 1 ? 1 : get8(b, at + 1);
            if (len < 1) {
                return;
            }
            if (kind == 30 && len >= 4 && get8(b, at + 2) >> 4 == 2 && (get8(b, at + 3) & 4) != 0) {
                int flags = get8(b, at + 3);
                int p = at + 4 + ((flags & 1) == 0 ? 0 : (flags & 2) == 0 ? 4 : 8);
                boolean wide = (flags & 8) != 0;
                int dsn = get32(b, wide ? p + 4 : p);
                if (!mapped.add(dsn)) {
                    f.reinjections++;
                }
                return;
            }
            at += len;
        }
    }

    void report(PrintStream out) {
        flows.forEach((name, f) -> out.printf(Locale.ROOT,
                "%-44s %12d bytes %9d packets %6d retransmissions %6d reinjections%n", name, f.bytes, f.packets, f.retransmissions, f.reinjections));
    }
}
