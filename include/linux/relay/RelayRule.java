// SPDX-License-Identifier: GPL-2.0-only
package linux.relay;

import java.util.Arrays;
import java.util.Locale;

/**
 * What a {@link Relay} does to which packets: {@code ACTION PATH DIRECTION KIND N COUNT [ARGUMENT]}, as in {@code drop 1 c2s
 * data 10 1}. {@code *} is any path, any direction. COUNT is how many of the matching packets are touched, 0 all of them.
 *
 * <pre>
 *   drop                      the packet is lost
 *   dup                       it is sent twice
 *   swap ... data N COUNT M   data segments N to M are held until M has come, then M is sent, those between, and N
 *   stall ... MS              it and all that follow it in this direction wait until MS ms have passed
 *   strip ... mptcp|join      MPTCP options, or only MP_JOIN, become NOPs
 *   corrupt                   the byte in the middle of the payload is inverted; the TCP checksum is right again
 *
 *   data N     the N-th new data segment of the path and direction, and with a COUNT above 1 its retransmissions
 *   every N    each N-th new data segment
 *   syn, synack, fin, nonsyn, any     by flags
 *   after N    everything on the path, both ways, from the N-th new data segment on
 *   time N     everything from N ms after the start on
 * </pre>
 */
public final class RelayRule {
    /** What is done. */
    public enum Action {
        DROP,
        DUP,
        SWAP,
        STALL,
        STRIP,
        CORRUPT
    }

    /** To which packets. */
    public enum Kind {
        DATA,
        EVERY,
        SYN,
        SYNACK,
        FIN,
        NONSYN,
        ANY,
        AFTER,
        TIME
    }

    static final int ANY_PATH = 0;

    final Action action;

    /** Counted from 1; 0: any. */
    final int path;

    /** null: any. */
    final Direction direction;

    final Kind kind;
    final long n;

    /** 0: no limit. */
    final long count;

    /** {@code swap}: the last segment; {@code stall}: milliseconds. */
    final long argument;

    /** {@code strip}: only MP_JOIN. */
    final boolean joinOnly;

    // ---- what has become of it ----

    /** Packets touched. */
    long hits;

    /** {@code data}: the segment that was the N-th; its retransmissions have the same flow and number. */
    TcpFlow segmentFlow;

    int segmentSeq;

    /** {@code after}: paths on which the N-th segment has come, a bit each. */
    long reached;

    private RelayRule(
            Action action, int path, Direction direction, Kind kind, long n, long count, long argument, boolean joinOnly) {
        this.action = action;
        this.path = path;
        this.direction = direction;
        this.kind = kind;
        this.n = n;
        this.count = count;
        this.argument = argument;
        this.joinOnly = joinOnly;
    }

    /**
     * @param text a rule; the word {@code relay} that begins the line in a scenario file may stand in front of it
     * @throws IllegalArgumentException it is none; the message says what was expected where
     */
    public static RelayRule parse(String text) {
        String[] w = text.strip().split("\\s+");
        if (w[0].equals("relay")) {
            w = Arrays.copyOfRange(w, 1, w.length);
        }
        if (w.length < 6) {
            throw wrong(text, "expected ACTION PATH DIRECTION KIND N COUNT [ARGUMENT]");
        }
        Action action = one(Action.values(), w[0], text, "ACTION");
        int path = w[1].equals("*") ? ANY_PATH : (int) number(w[1], 1, Long.SIZE - 1, text, "PATH", " or *");
        Direction direction = w[2].equals("*") ? null : one(Direction.values(), w[2], text, "DIRECTION");
        Kind kind = one(Kind.values(), w[3], text, "KIND");
        boolean counts = kind == Kind.DATA || kind == Kind.EVERY || kind == Kind.AFTER;
        long n = number(w[4], counts ? 1 : 0, Integer.MAX_VALUE, text, "N of " + w[3], "");
        long count = number(w[5], 0, Integer.MAX_VALUE, text, "COUNT", "");

        long argument = 0;
        boolean joinOnly = false;
        int words = 6;
        switch (action) {
            case SWAP:
                if (kind != Kind.DATA) {
                    throw wrong(text, "KIND: swap goes with data, not with " + w[3]);
                }
                argument = number(argument(w, text, "the last segment"), n + 1, Integer.MAX_VALUE, text, "ARGUMENT", "");
                words = 7;
                break;
            case STALL:
                argument = number(argument(w, text, "milliseconds"), 1, Integer.MAX_VALUE, text, "ARGUMENT", "");
                words = 7;
                break;
            case STRIP:
                String what = argument(w, text, "mptcp or join");
                if (!what.equals("mptcp") && !what.equals("join")) {
                    throw wrong(text, "ARGUMENT: expected mptcp or join, not \"" + what + "\"");
                }
                joinOnly = what.equals("join");
                words = 7;
                break;
            default:
                break;
        }
        if (w.length > words) {
            throw wrong(text, "nothing is expected behind \"" + w[words - 1] + "\"");
        }
        return new RelayRule(action, path, direction, kind, n, count, argument, joinOnly);
    }

    private static String argument(String[] w, String text, String expected) {
        if (w.length < 7) {
            throw wrong(text, "ARGUMENT: expected " + expected);
        }
        return w[6];
    }

    private static <E extends Enum<E>> E one(E[] values, String word, String text, String where) {
        StringBuilder expected = new StringBuilder();
        for (E e : values) {
            String name = e.name().toLowerCase(Locale.ROOT);
            if (name.equals(word)) {
                return e;
            }
            expected.append(expected.length() == 0 ? "" : ", ").append(name);
        }
        throw wrong(text, where + ": expected one of " + expected + ", not \"" + word + "\"");
    }

    private static long number(String word, long min, long max, String text, String where, String orElse) {
        try {
            long n = Long.parseLong(word);
            if (n >= min && n <= max) {
                return n;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw wrong(text, where + ": expected a number from " + min + " to " + max + orElse + ", not \"" + word + "\"");
    }

    private static IllegalArgumentException wrong(String text, String why) {
        return new IllegalArgumentException("relay rule \"" + text.strip() + "\": " + why);
    }

    /** The kind as log lines write it. */
    String kindText() {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    /**
     * Is {@code frame} one of those that are meant, whatever COUNT says?
     *
     * @param newData number of the new data segment that it is, in its path and direction; 0: it is none
     * @param ms since the start
     */
    boolean matches(int framePath, Direction frameDirection, RelayFrame frame, long newData, long ms) {
        if (path != ANY_PATH && path != framePath) {
            return false;
        }
        boolean myDirection = direction == null || direction == frameDirection;
        if (kind == Kind.AFTER) {
            if (myDirection && newData == n) {
                reached |= 1L << framePath;
            }
            return (reached & 1L << framePath) != 0;
        }
        if (!myDirection) {
            return false;
        }
        switch (kind) {
            case DATA:
                if (newData == n) {
                    segmentFlow = frame.flow;
                    segmentSeq = frame.seq;
                    return true;
                }
                return count != 1
                        && segmentFlow != null
                        && newData == 0
                        && frame.payload > 0
                        && frame.seq == segmentSeq
                        && frame.flow.equals(segmentFlow);
            case EVERY:
                return newData != 0 && newData % n == 0;
            case SYN:
                return frame.isTcp && frame.syn() && !frame.ack();
            case SYNACK:
                return frame.isTcp && frame.syn() && frame.ack();
            case FIN:
                return frame.isTcp && frame.fin();
            case NONSYN:
                return frame.isTcp && !frame.syn();
            case ANY:
                return true;
            case TIME:
                return ms >= n;
            default:
                throw new IllegalStateException(kind.toString());
        }
    }
}
