// SPDX-License-Identifier: GPL-2.0-only
package scenario;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import linux.in.Prefix;
import linux.relay.RelayRule;

/**
 * Reads scenario files, {@code *.scn}: the language in which the recordings of the real kernel were made. Lines come in any order:
 *
 * <pre>
 *   title TEXT    group A                          for people
 *   topo lo|pair|two [mtu=N] [gso=on|off] [delay1=MS] [delay2=MS]
 *   sysctl NAME VALUE                              before the start, in every namespace
 *   setup R|C|S COMMAND                            ip ..., flags DEV BITS, echo N > FILE
 *   relay ACTION PATH DIRECTION KIND N COUNT [ARGUMENT]
 *   settle MS     snap N     seed N
 *   S: INSTRUCTION; INSTRUCTION ...                what the server does; several lines follow each other
 *   C: INSTRUCTION; ...                            what the client does
 * </pre>
 *
 * <p>A line that begins with {@code #} is a comment. The instructions are those of {@link #FORMS}.
 */
public final class ScenarioParser {
    /**
     * The instructions and their arguments. {@code NEW} makes a descriptor, {@code FD} uses one that an earlier instruction of the
     * same task made; what ends in {@code ?} may be left out, in {@code *} may come any number of times.
     */
    private static final Map<String, String> FORMS = new HashMap<>();

    static {
        FORMS.put("socket", "NEW");
        FORMS.put("bind", "FD ADDR PORT");
        FORMS.put("listen", "FD N");
        FORMS.put("accept", "FD NEW");
        FORMS.put("connect", "FD ADDR PORT");
        FORMS.put("send", "FD N SENDFLAG*");
        FORMS.put("sendall", "FD N CHUNK");
        FORMS.put("sendto", "FD N ADDR PORT FASTOPEN");
        FORMS.put("recv", "FD N RECVFLAG*");
        FORMS.put("recvall", "FD N CHUNK");
        FORMS.put("recveof", "FD CHUNK");
        FORMS.put("pollxfer", "FD N N CHUNK");
        FORMS.put("shutdown", "FD HOW");
        FORMS.put("close", "FD");
        FORMS.put("setsockopt", "FD LEVEL OPTION INT INT?");
        FORMS.put("getsockopt", "FD LEVEL OPTION");
        FORMS.put("tcpinfo", "FD");
        FORMS.put("nonblock", "FD");
        FORMS.put("poll", "FD EVENTS INT");
        FORMS.put("atmark", "FD");
        FORMS.put("sleep", "N");
        FORMS.put("mark", "NAME");
        FORMS.put("wait", "NAME");
        FORMS.put("sysctl", "NAME NAME*");
        FORMS.put("sh", "WORD*");
        FORMS.put("flags", "NAME HEX");
        FORMS.put("cat", "NAME");
    }

    private static final List<String> SEND_FLAGS = List.of("oob", "more", "dontwait");
    private static final List<String> RECV_FLAGS = List.of("peek", "waitall", "oob", "dontwait");
    private static final List<String> HOW = List.of("rd", "wr", "rdwr");
    private static final List<String> EVENTS = List.of("in", "out", "pri");

    private final String file;
    private final Scenario scenario;
    private final Map<String, Set<String>> descriptors = Map.of("S", new HashSet<>(), "C", new HashSet<>());
    private final Set<String> marked = new HashSet<>();
    private final Map<String, Integer> awaited = new HashMap<>();
    private int line;

    private ScenarioParser(String file) {
        this.file = file;
        String base = file.substring(file.lastIndexOf('/') + 1);
        scenario = new Scenario(base.endsWith(".scn") ? base.substring(0, base.length() - 4) : base);
    }

    /**
     * @param file its name, for messages
     * @param text what stands in it
     */
    public static Scenario parse(String file, String text) throws ScenarioException {
        ScenarioParser p = new ScenarioParser(file);
        for (String l : text.split("\n", -1)) {
            p.line++;
            p.line(l.strip());
        }
        p.finish();
        return p.scenario;
    }

    private void finish() throws ScenarioException {
        for (Map.Entry<String, Integer> w : awaited.entrySet()) {
            if (!marked.contains(w.getKey())) {
                line = w.getValue();
                throw wrong("wait " + w.getKey() + ": no task marks it");
            }
        }
        line = 0;
        if (scenario.tasks.values().stream().allMatch(List::isEmpty)) {
            throw wrong("expected a line S: or C: with instructions");
        }
        for (Scenario.Setup s : scenario.setups) {
            line = s.line();
            if (s.where() != 'R' && scenario.topology == Scenario.Topology.LO) {
                throw wrong("setup " + s.where() + ": topo lo has one namespace; expected setup R");
            }
        }
        if (!scenario.relayRules.isEmpty() && scenario.topology == Scenario.Topology.LO) {
            throw wrong("topo lo has no relay: relay rules need topo pair or topo two");
        }
    }

    private void line(String l) throws ScenarioException {
        if (l.isEmpty() || l.startsWith("#")) {
            return;
        }
        if (l.startsWith("S:") || l.startsWith("C:")) {
            instructions(l.substring(0, 1), l.substring(2));
            return;
        }
        String[] w = l.split("\\s+");
        String rest = l.substring(w[0].length()).strip();
        switch (w[0]) {
            case "title" -> scenario.title = rest;
            case "group" -> scenario.group = rest;
            case "topo" -> topo(w);
            case "sysctl" -> {
                expect(w.length >= 3, "sysctl NAME VALUE");
                scenario.sysctls.add(new Scenario.Setting(line, w[1], rest.substring(w[1].length()).strip()));
            }
            case "setup" -> setup(w);
            case "relay" -> relay(l);
            case "settle" -> {
                expect(w.length == 2, "settle MS");
                scenario.settle = number(w[1], "MS", 0);
            }
            case "snap" -> {
                expect(w.length == 2, "snap N");
                scenario.snap = number(w[1], "N", 1);
            }
            case "seed" -> {
                expect(w.length == 2, "seed N");
                scenario.seed = number(w[1], "N", 0);
            }
            default -> throw wrong("\"" + w[0] + "\": expected one of title, group, topo, sysctl, setup, relay, settle, snap, seed, S:, C:");
        }
    }

    private void topo(String[] w) throws ScenarioException {
        expect(w.length >= 2, "topo lo|pair|two [mtu=N] [gso=on|off] [delay1=MS] [delay2=MS]");
        switch (w[1]) {
            case "lo" -> scenario.topology = Scenario.Topology.LO;
            case "pair" -> scenario.topology = Scenario.Topology.PAIR;
            case "two" -> scenario.topology = Scenario.Topology.TWO;
            default -> throw wrong("topo \"" + w[1] + "\": expected lo, pair or two");
        }
        for (String option : Arrays.asList(w).subList(2, w.length)) {
            String value = option.substring(option.indexOf('=') + 1);
            switch (option.substring(0, Math.max(option.indexOf('='), 0))) {
                case "mtu" -> scenario.mtu = number(value, "mtu", 68);
                case "gso" -> scenario.gso = oneOf(value, List.of("on", "off"), "gso").equals("on");
                case "delay1" -> scenario.delay[0] = number(value, "delay1", 0);
                case "delay2" -> scenario.delay[1] = number(value, "delay2", 0);
                default -> throw wrong("topo: \"" + option + "\": expected mtu=N, gso=on|off, delay1=MS or delay2=MS");
            }
        }
    }

    private void setup(String[] w) throws ScenarioException {
        expect(w.length >= 3 && w[1].length() == 1 && "RCS".contains(w[1]), "setup R|C|S COMMAND");
        List<String> command = Arrays.asList(w).subList(2, w.length);
        String complaint = Command.complaint(command);
        if (complaint != null) {
            throw wrong(complaint);
        }
        scenario.setups.add(new Scenario.Setup(line, w[1].charAt(0), List.copyOf(command)));
    }

    private void relay(String l) throws ScenarioException {
        try {
            RelayRule.parse(l);
        } catch (IllegalArgumentException e) {
            throw wrong(e.getMessage());
        }
        scenario.relayRules.add(l);
    }

    private void instructions(String task, String text) throws ScenarioException {
        for (String part : text.split(";")) {
            if (!part.isBlank()) {
                List<String> w = Arrays.asList(part.strip().split("\\s+"));
                Instruction i = new Instruction(line, w.get(0), w.subList(1, w.size()));
                check(task, i);
                scenario.tasks.get(task).add(i);
            }
        }
    }

    private void check(String task, Instruction i) throws ScenarioException {
        String form = FORMS.get(i.word());
        if (form == null) {
            throw wrong("\"" + i.word() + "\" is no instruction; expected one of "
                    + String.join(", ", FORMS.keySet().stream().sorted().toList()));
        }
        String shape = i.word() + " " + form;
        String[] kinds = form.split(" ");
        int n = 0;
        for (String kind : kinds) {
            if (kind.endsWith("*")) {
                for (; n < i.args().size(); n++) {
                    argument(task, kind.substring(0, kind.length() - 1), i.arg(n), i);
                }
            } else if (n < i.args().size()) {
                argument(task, kind.replace("?", ""), i.arg(n++), i);
            } else if (!kind.endsWith("?")) {
                throw wrong("\"" + i + "\": too few arguments; expected " + shape);
            }
        }
        if (n < i.args().size()) {
            throw wrong("\"" + i + "\": \"" + i.arg(n) + "\" is too much; expected " + shape);
        }
        checkMeaning(i);
    }

    private void argument(String task, String kind, String a, Instruction i) throws ScenarioException {
        String what = i.word();
        switch (kind) {
            case "NEW" -> {
                expect(a.matches("[A-Za-z]\\w*"), what + ": a name for the descriptor, not \"" + a + "\"");
                descriptors.get(task).add(a);
            }
            case "FD" -> {
                if (!descriptors.get(task).contains(a)) {
                    throw wrong("\"" + i + "\": task " + task + " has no descriptor \"" + a + "\" here"
                            + (descriptors.get(task).isEmpty() ? "" : "; it has " + new ArrayList<>(descriptors.get(task))));
                }
            }
            case "ADDR" -> {
                try {
                    Prefix.parseAddr(a);
                } catch (IllegalArgumentException e) {
                    throw wrong("\"" + i + "\": \"" + a + "\": expected an IPv4 address");
                }
            }
            case "PORT" -> {
                if (number(a, "PORT", 0) > 65535) {
                    throw wrong("\"" + i + "\": expected a port from 0 to 65535");
                }
            }
            case "N" -> number(a, what, 0);
            case "CHUNK" -> number(a, what + ": CHUNK", 1);
            case "INT" -> number(a, what, Integer.MIN_VALUE);
            case "HEX" -> expect(a.matches("(0x)?[0-9a-fA-F]{1,8}"), what + ": hexadecimal bits, not \"" + a + "\"");
            case "SENDFLAG" -> oneOf(a, SEND_FLAGS, "flags of " + what);
            case "RECVFLAG" -> oneOf(a, RECV_FLAGS, "flags of " + what);
            case "FASTOPEN" -> oneOf(a, List.of("fastopen"), what);
            case "HOW" -> oneOf(a, HOW, what);
            case "EVENTS" -> {
                for (String e : a.split("\\|", -1)) {
                    oneOf(e, EVENTS, "events of " + what);
                }
            }
            case "LEVEL" -> oneOf(a, SocketOptions.levels(), "level of " + what);
            case "OPTION" -> {
                if (SocketOptions.option(i.arg(1), a) == null) {
                    throw wrong("\"" + i + "\": " + i.arg(1) + " has no option \"" + a + "\"");
                }
            }
            default -> { }
        }
    }

    private void checkMeaning(Instruction i) throws ScenarioException {
        switch (i.word()) {
            case "mark" -> marked.add(i.arg(0));
            case "wait" -> awaited.putIfAbsent(i.arg(0), line);
            case "sysctl" -> expect(i.args().size() >= 2, "sysctl NAME VALUE");
            case "sh" -> {
                String complaint = Command.complaint(i.args());
                if (complaint != null) {
                    throw wrong(complaint);
                }
            }
            case "setsockopt" -> {
                boolean two = i.arg(2).equals("SO_LINGER");
                expect(i.args().size() == (two ? 5 : 4), "setsockopt FD " + i.arg(1) + " " + i.arg(2) + (two ? " ONOFF SECONDS" : " VALUE"));
            }
            default -> { }
        }
    }

    private int number(String s, String what, int least) throws ScenarioException {
        try {
            int n = Integer.parseInt(s);
            if (n >= least) {
                return n;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw wrong(what + ": expected a whole number" + (least == Integer.MIN_VALUE ? "" : " from " + least) + ", not \"" + s + "\"");
    }

    private String oneOf(String s, List<String> allowed, String what) throws ScenarioException {
        if (!allowed.contains(s)) {
            throw wrong(what + ": expected one of " + String.join(", ", allowed) + ", not \"" + s + "\"");
        }
        return s;
    }

    private void expect(boolean ok, String what) throws ScenarioException {
        if (!ok) {
            throw wrong("expected " + what);
        }
    }

    private ScenarioException wrong(String why) {
        return new ScenarioException(file, line, why);
    }
}
