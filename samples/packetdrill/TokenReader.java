// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

import java.util.List;

/** The words of a script one after the other, for those who make sense of them; and the complaints when there is none. */
final class TokenReader {
    private final String file;
    private final List<Token> tokens;
    private int at;

    TokenReader(String file, List<Token> tokens) {
        this.file = file;
        this.tokens = tokens;
    }

    Token peek() {
        return tokens.get(at);
    }

    /** The one that comes {@code n} words later. */
    Token peek(int n) {
        return tokens.get(Math.min(at + n, tokens.size() - 1));
    }

    /** The one that was taken last. */
    Token last() {
        return tokens.get(Math.max(at - 1, 0));
    }

    Token next() {
        Token t = tokens.get(at);
        if (t.kind() != Token.Kind.END) {
            at++;
        }
        return t;
    }

    /** Takes the symbol if it is next. */
    boolean take(String symbol) {
        if (peek().is(symbol)) {
            next();
            return true;
        }
        return false;
    }

    boolean takeWord(String word) {
        if (peek().isWord(word)) {
            next();
            return true;
        }
        return false;
    }

    void expect(String symbol) throws ScriptException {
        if (!take(symbol)) {
            throw expected("\"" + symbol + "\"");
        }
    }

    String expectWord(String what) throws ScriptException {
        if (peek().kind() != Token.Kind.WORD) {
            throw expected(what);
        }
        return next().text();
    }

    String expectString(String what) throws ScriptException {
        if (peek().kind() != Token.Kind.STRING) {
            throw expected(what);
        }
        return next().text();
    }

    boolean nextIs(Token.Kind kind) {
        return peek().kind() == kind;
    }

    /** An integer, decimal or hexadecimal, within bounds. */
    long number(String what, long least, long most) throws ScriptException {
        Token t = peek();
        if (t.kind() != Token.Kind.INTEGER && t.kind() != Token.Kind.HEX) {
            throw expected(what);
        }
        long v = value(t);
        if (v < least || v > most) {
            throw wrong(t, what + " has to lie between " + least + " and " + most);
        }
        next();
        return v;
    }

    int u8(String what) throws ScriptException {
        return (int) number(what, 0, 0xff);
    }

    int u16(String what) throws ScriptException {
        return (int) number(what, 0, 0xffff);
    }

    /** An unsigned number of 32 bits. */
    int u32(String what) throws ScriptException {
        return (int) number(what, 0, 0xffffffffL);
    }

    /** Any number of 64 bits. */
    long number(String what) throws ScriptException {
        return number(what, Long.MIN_VALUE, Long.MAX_VALUE);
    }

    private long value(Token t) throws ScriptException {
        try {
            return t.kind() == Token.Kind.HEX ? Long.parseUnsignedLong(t.text().substring(2), 16)
                    : t.text().startsWith("-") ? Long.parseLong(t.text()) : Long.parseUnsignedLong(t.text());
        } catch (NumberFormatException e) {
            throw wrong(t, t.text() + " does not fit into 64 bits");
        }
    }

    ScriptException expected(String what) {
        return wrong(peek(), "expected " + what + ", not " + peek().shown());
    }

    ScriptException wrong(Token t, String why) {
        return new ScriptException(file, t.line(), t.column(), why);
    }
}
