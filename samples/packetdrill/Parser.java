// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

import static packetdrill.Script.When.Kind.ABSOLUTE;
import static packetdrill.Script.When.Kind.ANY;
import static packetdrill.Script.When.Kind.RANGE;
import static packetdrill.Script.When.Kind.RELATIVE;
import static packetdrill.Script.When.Kind.RELATIVE_RANGE;
import static packetdrill.Token.Kind.CODE;
import static packetdrill.Token.Kind.COMMAND;
import static packetdrill.Token.Kind.ELLIPSIS;
import static packetdrill.Token.Kind.END;
import static packetdrill.Token.Kind.FLOAT;
import static packetdrill.Token.Kind.INTEGER;
import static packetdrill.Token.Kind.OPTION;
import static packetdrill.Token.Kind.WORD;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import linux.in.Prefix;

/**
 * Makes a {@link Script} of its text: the grammar of packetdrill and of its fork for Multipath TCP. Packets are read by {@link
 * PacketParser}.
 *
 * <pre>
 * script  = { --name=value } [ `command` ] event { event } [ `command` ]
 * event   = time ( packet | call | `command` | %{ code }% )
 * time    = * | [+] seconds [ ~ [+] seconds ]
 * call    = [ ...seconds ] name ( values ) = value [ ERRNO (text) ] [ (note) ]
 * </pre>
 */
final class Parser {
    private static final BigDecimal NSEC_PER_SEC = new BigDecimal(1_000_000_000);

    private final String file;
    private final String text;
    private final TokenReader in;
    private final PacketParser packets;
    private final Map<String, Long> keys = new HashMap<>();

    private Parser(String file, String text) throws ScriptException {
        this.file = file;
        this.text = text;
        in = new TokenReader(file, Lexer.tokens(file, text));
        packets = new PacketParser(in, keys);
    }

    /** @param file its name, for messages */
    static Script parse(String file, String text) throws ScriptException {
        return new Parser(file, text).script();
    }

    private Script script() throws ScriptException {
        List<Script.Setting> settings = new ArrayList<>();
        List<Script.Event> events = new ArrayList<>();
        while (in.nextIs(OPTION)) {
            settings.add(setting());
        }
        Script.Command init = in.nextIs(COMMAND) ? command() : null;
        while (!in.nextIs(END) && !in.nextIs(COMMAND)) {
            events.add(event());
        }
        Script.Command cleanUp = in.nextIs(COMMAND) ? command() : null;
        if (!in.nextIs(END)) {
            throw in.expected("the end of the script after its last command; a command in between needs a time");
        }
        if (events.isEmpty()) {
            throw in.expected("an event");
        }
        return new Script(file, settings, init, events, cleanUp, keys);
    }

    private Script.Setting setting() throws ScriptException {
        Token name = in.next();
        String value = "";
        if (in.take("=")) {
            StringBuilder b = new StringBuilder(in.next().text());
            while (in.take("=")) {
                b.append('=').append(in.next().text());
            }
            value = b.toString();
        }
        return new Script.Setting(name.line(), name.column(), name.text().substring(2), value);
    }

    private Script.Command command() {
        Token t = in.next();
        return new Script.Command(t.line(), t.text());
    }

    private Script.Event event() throws ScriptException {
        Token first = in.peek();
        Script.When when = when();
        Token start = in.peek();
        Script.Action action = action();
        boolean expectsPacket = action instanceof Script.Packet p && !p.inbound();
        if (!expectsPacket && when.kind() == ANY) {
            throw in.wrong(first, "only a packet from the host can come at any time");
        }
        if (!expectsPacket && when.range()) {
            throw in.wrong(first, "only a packet from the host can come within a range of time");
        }
        String source = text.substring(start.from(), in.last().to()).replaceAll("\\s+", " ");
        return new Script.Event(first.line(), when, action, source);
    }

    private Script.When when() throws ScriptException {
        if (in.take("*")) {
            return new Script.When(ANY, 0, 0);
        }
        boolean relative = in.take("+");
        Token start = in.peek();
        long at = time();
        if (!in.take("~")) {
            return new Script.When(relative ? RELATIVE : ABSOLUTE, at, at);
        }
        if (in.take("+") != relative) {
            throw in.wrong(start, "both ends of a range have a plus sign, or neither has");
        }
        long until = time();
        if (until < at) {
            throw in.wrong(start, "the time range is backwards");
        }
        return new Script.When(relative ? RELATIVE_RANGE : RANGE, at, until);
    }

    /** Seconds, as nanoseconds. */
    private long time() throws ScriptException {
        Token t = in.peek();
        if (t.kind() != FLOAT && t.kind() != INTEGER) {
            throw in.expected("a time");
        }
        if (t.text().startsWith("-")) {
            throw in.wrong(t, "a time cannot be negative");
        }
        in.next();
        return new BigDecimal(t.text()).multiply(NSEC_PER_SEC).longValue();
    }

    private Script.Action action() throws ScriptException {
        Token t = in.peek();
        if (t.is("<") || t.is(">")) {
            return packets.packet();
        }
        if (t.kind() == COMMAND) {
            return command();
        }
        if (t.kind() == CODE) {
            in.next();
            return new Script.Code(t.line(), t.text());
        }
        if (t.kind() == WORD || t.kind() == ELLIPSIS) {
            return call();
        }
        throw in.expected("a packet (< or >), a system call, a `command` or %{ code }%");
    }

    private Script.Call call() throws ScriptException {
        long end = in.take("...") ? time() : -1;
        Token name = in.peek();
        in.expectWord("the name of a system call");
        if (!SystemCalls.NAMES.contains(name.text())) {
            throw in.wrong(name, "there is no system call \"" + name.text() + "\"");
        }
        List<Value> arguments = new ArrayList<>();
        in.expect("(");
        while (!in.take(")")) {
            if (!arguments.isEmpty()) {
                in.expect(",");
            }
            arguments.add(value());
        }
        in.expect("=");
        Value result = value();
        String error = null;
        if (in.nextIs(WORD)) {
            Token e = in.next();
            if (Symbols.errno(e.text()) == null) {
                throw in.wrong(e, "there is no error \"" + e.text() + "\"");
            }
            error = e.text();
        }
        if (in.take("(")) {
            while (!in.take(")")) {
                if (in.nextIs(END)) {
                    throw in.expected("\")\"");
                }
                in.next();
            }
        }
        return new Script.Call(name.text(), arguments, end, result, error);
    }

    private Value value() throws ScriptException {
        Value v = single();
        while (in.take("|")) {
            v = new Value.Or(v, single());
        }
        return v;
    }

    private Value single() throws ScriptException {
        Token t = in.peek();
        switch (t.kind()) {
            case ELLIPSIS:
                in.next();
                return new Value.Any();
            case INTEGER, HEX:
                return new Value.Number(in.number("a number"), t.text());
            case STRING:
                return strings();
            case WORD:
                in.next();
                return in.peek().is("(") && (t.isWord("htons") || t.isWord("inet_addr")) ? function(t) : symbol(t);
            default:
                if (t.is("[")) {
                    return array();
                }
                if (t.is("{")) {
                    return struct();
                }
                throw in.expected("a value");
        }
    }

    private Value symbol(Token t) throws ScriptException {
        if (Symbols.value(t.text()) == null) {
            throw in.wrong(t, "\"" + t.text() + "\" is not a constant that we know");
        }
        return new Value.Symbol(t.text());
    }

    private Value strings() {
        StringBuilder b = new StringBuilder();
        while (in.nextIs(Token.Kind.STRING)) {
            b.append(in.next().text());
        }
        in.take("...");
        return new Value.Text(b.toString());
    }

    private Value function(Token name) throws ScriptException {
        in.expect("(");
        Value v;
        if (name.isWord("htons")) {
            int port = in.u16("a port");
            v = new Value.Number(port, "htons(" + port + ")");
        } else {
            v = new Value.Number(packets.address(), "inet_addr(" + in.last().shown() + ")");
        }
        in.expect(")");
        return v;
    }

    private Value array() throws ScriptException {
        List<Value> items = new ArrayList<>();
        in.expect("[");
        while (!in.take("]")) {
            if (!items.isEmpty()) {
                in.expect(",");
            }
            items.add(value());
        }
        return new Value.Array(items);
    }

    private Value struct() throws ScriptException {
        Map<String, Value> members = new LinkedHashMap<>();
        List<Value> items = new ArrayList<>();
        in.expect("{");
        while (!in.take("}")) {
            if (!members.isEmpty() || !items.isEmpty()) {
                in.expect(",");
            }
            if (in.nextIs(WORD) && (in.peek(1).is("=") || in.peek(1).is("("))) {
                String name = in.next().text();
                if (in.take("(")) {
                    members.put(name + "len", value());
                    in.expect(")");
                }
                in.expect("=");
                members.put(name, value());
            } else {
                items.add(value());
            }
        }
        return new Value.Struct(members, items);
    }

    /** An IPv4 address as a number. */
    static int parseAddress(String s) {
        return Prefix.parseAddr(s);
    }
}
