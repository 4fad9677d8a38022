// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

/**
 * A word of a script.
 *
 * @param text what it says; of strings, commands and code what stands between the marks
 * @param line counted from 1, like the column
 * @param from where it begins in the script, and where it ends
 */
record Token(Kind kind, String text, int line, int column, int from, int to) {
    enum Kind { WORD, INTEGER, HEX, FLOAT, STRING, COMMAND, CODE, ELLIPSIS, OPTION, ADDRESS, SYMBOL, END }

    boolean is(String symbol) {
        return (kind == Kind.SYMBOL || kind == Kind.ELLIPSIS) && text.equals(symbol);
    }

    boolean isWord(String word) {
        return kind == Kind.WORD && text.equals(word);
    }

    /** How a message names it. */
    String shown() {
        switch (kind) {
            case END:
                return "the end of the script";
            case STRING:
                return "\"" + text + "\"";
            case COMMAND:
                return "a command in back quotes";
            case CODE:
                return "%{ ... }%";
            default:
                return "\"" + text + "\"";
        }
    }
}
