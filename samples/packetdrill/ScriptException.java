// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

/** A script is wrong, or the machine did something else than it says. The message begins with the file and the line. */
public final class ScriptException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int line;

    /** A mistake in the text itself. */
    ScriptException(String file, int line, int column, String why) {
        super(file + ":" + line + ":" + column + ": " + why);
        this.line = line;
    }

    /** Something that came out differently when the script ran. */
    ScriptException(String file, int line, String why) {
        super(file + ":" + line + ": " + why);
        this.line = line;
    }

    public int line() {
        return line;
    }
}
