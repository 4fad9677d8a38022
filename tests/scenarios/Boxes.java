// SPDX-License-Identifier: GPL-2.0-only
package scenarios;

import static linux.types.Be.get32;
import static linux.types.Be.put32;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Middleboxes as they stand in real networks: RFC 6824, appendix "Interactions with middleboxes", and RFC 6182, section 7. */
final class Boxes {
    private Boxes() {}

    private static final int SACK = 5;
    private static final int TIMESTAMP = 8;

    /** A firewall that draws initial sequence numbers anew: all that the client sends is {@code up} higher, what the server sends {@code down}. */
    static Middlebox renumber(int up, int down) {
        return (s, toServer, on, back) -> {
            s.seq += toServer ? up : down;
            if (s.has(Segment.ACK)) {
                int shift = toServer ? down : up;
                s.ack -= shift;
                for (byte[] o : s.options) {
                    for (int at = 2; o[0] == SACK && at < o.length; at += 4) {
                        put32(o, at, get32(o, at) - shift);
                    }
                }
            }
            on.accept(s);
        };
    }

    /** Makes pieces of segments with more than {@code n} bytes; the options go with each piece, or with the first one alone. */
    static Middlebox split(int n, boolean repeatOptions) {
        return (s, toServer, on, back) -> {
            byte[] all = s.payload;
            for (int at = 0; at == 0 || at < all.length; at += n) {
                Segment piece = s.copy();
                boolean last = at + n >= all.length;
                piece.seq = s.seq + at;
                piece.payload = Arrays.copyOfRange(all, at, last ? all.length : at + n);
                if (!last) {
                    piece.flags &= ~(Segment.FIN | Segment.PSH);
                }
                if (at > 0 && !repeatOptions) {
                    piece.strip(Segment.MPTCP);
                }
                on.accept(piece);
            }
        };
    }

    /** Makes one segment of two of the client that follow each other; of their options, those of the first or of the second are kept. */
    static Middlebox coalesce(boolean keepFirst) {
        Map<Integer, Segment> held = new HashMap<>();
        return (s, toServer, on, back) -> {
            Segment first = toServer ? held.remove(s.source) : null;
            boolean plain = s.payload.length > 0 && (s.flags & ~Segment.PSH) == Segment.ACK;
            if (first != null && plain && s.seq == first.end()) {
                Segment both = keepFirst ? first.copy() : s.copy();
                both.seq = first.seq;
                both.ack = s.ack;
                both.window = s.window;
                both.flags = first.flags | s.flags;
                both.payload = Arrays.copyOf(first.payload, first.payload.length + s.payload.length);
                System.arraycopy(s.payload, 0, both.payload, first.payload.length, s.payload.length);
                on.accept(both);
                return;
            }
            if (first != null) {
                on.accept(first);
            }
            if (toServer && plain && !s.has(Segment.PSH)) {
                held.put(s.source, s);
            } else {
                on.accept(s);
            }
        };
    }

    /** A proxy that acknowledges what the client sends, from its n-th data segment on, before the server has it: with a plain ACK. */
    static Middlebox proxy(int n) {
        Map<Integer, Segment> last = new HashMap<>();
        int[] seen = {0};
        return (s, toServer, on, back) -> {
            if (!toServer) {
                last.put(s.dest, s);
            } else if (s.payload.length > 0 && ++seen[0] >= n && last.containsKey(s.source)) {
                Segment ack = last.get(s.source).copy();
                ack.seq = s.ack;
                ack.ack = s.end();
                ack.flags = Segment.ACK;
                ack.payload = new byte[0];
                ack.options.removeIf(o -> o[0] != TIMESTAMP);
                for (byte[] o : s.options) {
                    if (o[0] == TIMESTAMP && !ack.options.isEmpty()) {
                        System.arraycopy(o, 2, ack.options.get(0), 6, 4);
                    }
                }
                back.accept(ack);
            }
            on.accept(s);
        };
    }

    /** Translates the client's address into {@code address}, and its ports. */
    static Middlebox nat(int address) {
        Map<Integer, Integer> inside = new HashMap<>();
        return (s, toServer, on, back) -> {
            if (toServer) {
                s.source ^= 0x0101;
                inside.put(s.source, s.saddr);
                s.saddr = address;
            } else {
                s.daddr = inside.get(s.dest);
                s.dest ^= 0x0101;
            }
            on.accept(s);
        };
    }
}
