// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a script into words. Of all that could begin at a place the longest counts: {@code 192.0.2.1} is an address, {@code 0.1} a
 * number with a point, {@code 0...1} a number, three dots and a number. Comments are {@code //} to the end of the line, and
 * {@code /*} to the next end mark.
 */
final class Lexer {
    private static final Pattern SKIPPED = Pattern.compile("(?:\\s|//[^\\n]*|/\\*(?s:.*?)\\*/)+");

    private record Rule(Token.Kind kind, Pattern pattern) {}

    private static final List<Rule> RULES = List.of(
            rule(Token.Kind.ELLIPSIS, "\\.\\.\\."),
            rule(Token.Kind.OPTION, "--[a-zA-Z0-9_]+"),
            rule(Token.Kind.ADDRESS, "\\d+\\.\\d+\\.\\d+\\.\\d+"),
            rule(Token.Kind.FLOAT, "-?\\d*\\.\\d+"),
            rule(Token.Kind.INTEGER, "-?\\d+"),
            rule(Token.Kind.HEX, "0x[0-9a-fA-F]+"),
            rule(Token.Kind.WORD, "[a-zA-Z0-9_]+"),
            rule(Token.Kind.STRING, "\"((?:\\\\(?s:.)|[^\"\\\\])*)\""),
            rule(Token.Kind.COMMAND, "`((?:\\\\(?s:.)|[^`\\\\])*)`"),
            rule(Token.Kind.CODE, "%\\{((?s).*?)\\}%"),
            rule(Token.Kind.SYMBOL, "[-+*/~<>()\\[\\]{},:;=|.#%&!]"));

    private static Rule rule(Token.Kind kind, String pattern) {
        return new Rule(kind, Pattern.compile(pattern));
    }

    private final String file;
    private final String text;
    private int at;
    private int line = 1;
    private int lineStart;

    private Lexer(String file, String text) {
        this.file = file;
        this.text = text;
    }

    /** All words of a script, and {@code END}. */
    static List<Token> tokens(String file, String text) throws ScriptException {
        return new Lexer(file, text).all();
    }

    private List<Token> all() throws ScriptException {
        List<Token> found = new ArrayList<>();
        for (skip(); at < text.length(); skip()) {
            found.add(next());
        }
        found.add(new Token(Token.Kind.END, "", line, at - lineStart + 1, at, at));
        return found;
    }

    private void skip() throws ScriptException {
        Matcher m = SKIPPED.matcher(text).region(at, text.length());
        if (m.lookingAt()) {
            moveTo(m.end());
        }
        if (text.startsWith("/*", at)) {
            throw wrong("the comment that begins here has no end");
        }
    }

    private Token next() throws ScriptException {
        Rule best = null;
        Matcher found = null;
        for (Rule r : RULES) {
            Matcher m = r.pattern.matcher(text).region(at, text.length());
            if (m.lookingAt() && (found == null || m.end() > found.end())) {
                best = r;
                found = m;
            }
        }
        if (best == null) {
            throw wrong(unfinished());
        }
        String word = found.groupCount() > 0 ? found.group(1) : found.group();
        if (best.kind == Token.Kind.STRING || best.kind == Token.Kind.COMMAND) {
            word = word.replaceAll("\\\\(.)", "$1");
        }
        Token t = new Token(best.kind, word, line, at - lineStart + 1, at, found.end());
        moveTo(found.end());
        return t;
    }

    private String unfinished() {
        switch (text.charAt(at)) {
            case '"':
                return "the string that begins here has no end";
            case '`':
                return "the command that begins here has no end";
            default:
                return "\"" + text.charAt(at) + "\" means nothing here";
        }
    }

    private void moveTo(int to) {
        for (; at < to; at++) {
            if (text.charAt(at) == '\n') {
                line++;
                lineStart = at + 1;
            }
        }
    }

    private ScriptException wrong(String why) {
        return new ScriptException(file, line, at - lineStart + 1, why);
    }
}
