// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;


import java.util.List;
import java.util.Map;

/**
 * A script as the parser has understood it: options, and events in their order. An event is a packet to the host ({@code <}) or one
 * expected from it ({@code >}), a system call, a command in back quotes, or assertions about {@code tcp_info}.
 *
 * @param initCommand the command before the first event, or null
 * @param cleanUp the command after the last one, or null
 * @param keys values that the script gives to keys of Multipath TCP
 */
public record Script(String file, List<Setting> settings, Command initCommand, List<Event> events, Command cleanUp, Map<String, Long> keys) {
    /** {@code --tolerance_usecs=10000}. */
    public record Setting(int line, int column, String name, String value) {}

    /**
     * When something happens or is expected: nanoseconds since the script began, or since the event before it.
     *
     * @param until the end of a range; otherwise equal to {@code at}
     */
    public record When(Kind kind, long at, long until) {
        /** {@code *}; {@code 1.0}; {@code +1.0}; {@code 1.0~1.5}; {@code +1.0~+1.5}. */
        public enum Kind { ANY, ABSOLUTE, RELATIVE, RANGE, RELATIVE_RANGE }

        boolean relative() {
            return kind == Kind.RELATIVE || kind == Kind.RELATIVE_RANGE;
        }

        boolean range() {
            return kind == Kind.RANGE || kind == Kind.RELATIVE_RANGE;
        }
    }

    /** @param source the event's own text, for messages */
    public record Event(int line, When when, Action action, String source) {}

    /** What an event is about. */
    public sealed interface Action permits Packet, Call, Command, Code {}

    /** A command in back quotes. */
    public record Command(int line, String text) implements Action {}

    /** What stands between <code>%{</code> and <code>}%</code>. */
    public record Code(int line, String text) implements Action {}

    /**
     * A system call.
     *
     * @param end when a call that blocks returns, in nanoseconds like {@link When#at}; -1: it returns at once
     * @param error the name of the error that comes with -1, or null
     */
    public record Call(String name, List<Value> arguments, long end, Value result, String error) implements Action {}

    /**
     * A packet. Either {@code tcp} or {@code icmp} is null.
     *
     * @param ip what is said about the IP header, or null
     * @param sock the descriptor in {@code sock(N)}, or null
     */
    public record Packet(boolean inbound, Ip ip, Tcp tcp, Icmp icmp, Integer sock) implements Action {}

    /**
     * {@code [ect0]}, {@code [tos 0x10]}, {@code [ttl 255]}.
     *
     * @param mask which bits of the TOS field are meant
     * @param tos their value; -1: either of the two ECT code points
     * @param ttl -1: not said
     */
    public record Ip(int mask, int tos, int ttl) {}

    /**
     * @param flags the bits of the header's flag byte
     * @param seq relative to the initial number, as in the script; unsigned
     * @param window -1: not said
     * @param urgent the urgent pointer
     * @param options null: not looked at ({@code <...>})
     */
    public record Tcp(int flags, int seq, int length, int ack, int window, int urgent, List<TcpOption> options) {
        public static final int FIN = 0x01;
        public static final int SYN = 0x02;
        public static final int RST = 0x04;
        public static final int PSH = 0x08;
        public static final int ACK = 0x10;
        public static final int URG = 0x20;
        public static final int ECE = 0x40;
        public static final int CWR = 0x80;

        boolean has(int flag) {
            return (flags & flag) != 0;
        }
    }

    /**
     * An ICMP message about a segment.
     *
     * @param mtu -1: none
     * @param seq sequence number of the segment that it tells of
     * @param length bytes of data in that segment
     */
    public record Icmp(int type, int code, int mtu, int seq, int length) {}
}
